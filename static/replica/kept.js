/**
 * What the tablet keeps for a cold start without a network: the last state of every channel, who is signed in, and
 * the taps that wait. Everything is kept per site and forgotten at sign-out.
 */
import { get, set, del } from '../vendor/idb-keyval.js';

const SAVE_EVERY_MS = 4000; // a crash loses at most this much of the last known room

const FIRST_SAVE_MS = 1000; // the first room is worth keeping at once: a page being closed cannot be relied on to write

let queueKept = false; // a page that never kept any must not sweep away those of another tab

/** @typedef {{ savedAt: number, me: any, states: import('./replica.js').State[] }} Kept */

/** Private windows may have no store; then nothing is kept and nothing breaks. @template T @param {Promise<T>} p */
const quietly = (p) => p.catch(() => undefined);

/** @returns {Promise<Kept | undefined>} */
export const lastKnown = () => quietly(get('room'));
/** @returns {Promise<import('./pending.js').Wish[] | undefined>} */
export const keptQueue = () => quietly(get('queue')).then((queue) => ((queueKept = !!queue?.length), queue));
/** @param {import('./pending.js').Wish[]} wishes */
export function keepQueue(wishes) {
  if (wishes.length) quietly(set('queue', wishes));
  else if (queueKept) quietly(del('queue'));
  queueKept = wishes.length > 0;
}
export const forgetAll = () => Promise.all([quietly(del('room')), quietly(del('queue'))]);

/**
 * Keeps the room from now on.
 * @param {import('./replica.js').Replica} replica
 * @param {any} me
 * @param {{ others: import('./replica.js').State[], worth: (channel: string) => boolean }} what others: of channels other
 *   pages live on, kept as they are; worth: days looked at in passing are not
 */
export function keepRoom(replica, me, { others, worth }) {
  let saved = -1;
  const save = () => {
    const seen = replica.revision.peek();
    if (seen === saved || !replica.channels.size) return;
    saved = seen;
    const states = [...replica.channels].filter(([channel]) => worth(channel)).map(([channel, held]) => ({
      channel, offset: held.offset, epoch: held.epoch, seq: held.seq, at: held.at,
      rows: [...held.rows.values()].flatMap((kind) => [...kind.values()]),
    }));
    quietly(set('room', { savedAt: Date.now(), me, states: [...states, ...others] }));
  };
  setInterval(save, SAVE_EVERY_MS);
  setTimeout(save, FIRST_SAVE_MS);
  addEventListener('pagehide', save);
}
