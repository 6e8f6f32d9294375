/** Asking the hub: what was done is shown with its Undo, a warning is put to the host, a refusal says who won. */
import { computed } from '../vendor/ui.js';
import { UNDOABLE } from '../replica/wishes.js';
import { say, warn, showDone } from './toast.js';
import { confirm } from './dialog.js';
import { pending, link } from './here.js';

const MINE = 50; // more than a host does in the five minutes in which anything can be taken back
/** The newest of our own doings that can be taken back, latest last. @type {{ seq: number, says: string }[]} */
export const mine = [];

/**
 * Asks, shows what was done with its Undo, or says who won.
 * @param {string} name
 * @param {Record<string, any>} args
 * @param {{ quiet?: boolean, silent?: boolean }} [how] quiet: no toast when done; silent: none when refused either,
 *   the caller shows the answer's `field` and `message` itself
 * @returns {Promise<any>} the answer
 */
export async function ask(name, args, { quiet = false, silent = false } = {}) {
  const before = pending.wishes.peek().at(-1);
  const asking = pending.ask(name, args);
  const wish = pending.wishes.peek().at(-1);
  const toast = !quiet && UNDOABLE.has(name) && wish && wish !== before ? showDone(wish.says) : null;
  const answer = await asking;
  if (answer.status === 'refused') {
    toast?.drop();
    if (answer.retry === 'anyway' && !args.anyway) {
      const yes = await confirm({ title: answer.message, yes: name === 'seat_party' ? 'Seat anyway' : 'Do it anyway', no: 'Leave it',
        text: name === 'seat_party' ? 'The later booking loses this table and is listed without one.' : '', danger: true });
      return yes ? ask(name, { ...args, anyway: true }, { quiet, silent }) : answer;
    }
    if (!silent) warn(answer.message);
    return answer;
  }
  if (answer.queued) {
    toast?.queued(() => pending.drop(answer.wish));
  } else if (toast) {
    mine.push({ seq: answer.seq, says: answer.wish.says });
    if (mine.length > MINE) mine.shift();
    toast.done(() => undo(answer.seq));
  }
  return answer;
}

/** Takes back one commit. @param {number} seq */
export async function undo(seq) {
  const at = mine.findIndex((m) => m.seq === seq);
  const says = at >= 0 ? mine[at]?.says : '';
  const answer = await pending.ask('undo', { seq });
  if (answer.status === 'refused') return warn(answer.message);
  if (at >= 0) mine.splice(at, 1);
  say(says ? `Taken back: ${says}` : 'Taken back');
}
export function undoLast() {
  const last = mine.at(-1);
  last ? undo(last.seq) : say('Nothing of yours to take back');
}

/** Something that ends a thing for good waits for the link. */
export const linked = computed(() => link?.word.value === 'live' || link?.word.value === 'stale');
