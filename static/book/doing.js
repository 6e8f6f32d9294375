/** What the book asks the house beside what the floor asks: what it will look like, and the words that tell it. */
import { ask, mine, undo } from '../parts/asking.js';
import { showDone, say } from '../parts/toast.js';
import { pending } from '../parts/here.js';
import { EFFECTS, EDITS, NEEDS_LINK } from '../replica/wishes.js';

/** @typedef {import('../replica/replica.js').Row} Row */

// shown in the same frame, dropped when the house has spoken
/** @param {(row: Row, at: number) => Record<string, any>} how @returns {(typeof EFFECTS)[string]} */
const booking = (how) => (view, a, { at }) => {
  const row = view.row('booking', a.booking_id);
  return row ? [{ put: { ...row, ...how(row, at) } }] : [];
};
EFFECTS.confirm_booking ??= booking((b) => ({ status: b.status === 'inquiry' ? 'pending' : 'confirmed' }));
EFFECTS.reconfirm_booking ??= booking((_, at) => ({ reconfirmed_at: new Date(at).toISOString() }));
for (const name of ['confirm_booking', 'reconfirm_booking', 'edit_booking']) EDITS[name] ??= ['booking', 'booking_id'];
// judged on the floor as it is now, or gone for good: not to be sent blindly later
for (const name of ['reschedule_booking', 'edit_booking', 'delete_booking', 'restore_booking', 'remind_booking', 'join_waitlist', 'edit_guest', 'merge_guests', 'set_blacklist', 'delete_guest', 'restore_guest']) NEEDS_LINK.add(name);

const UNDONE = new Set(['confirm_booking', 'reconfirm_booking']);

/** Asks, and tells what was done in these words, with its Undo where there is one. @param {string} name @param {Record<string, any>} args @param {string} says */
export async function act(name, args, says) {
  const answer = await ask(name, args, { quiet: true });
  if (answer.status === 'refused') return answer;
  if (answer.queued) showDone(says).queued(() => pending.drop(answer.wish));
  else if (UNDONE.has(name)) {
    mine.push({ seq: answer.seq, says });
    showDone(says).done(() => undo(answer.seq));
  } else say(says);
  return answer;
}

/** Asks and keeps what it brings for Undo; refusals come back to be shown at their fields, and nothing is sent later unseen.
 * @param {string} name @param {Record<string, any>} args */
export async function give(name, args) {
  const answer = await pending.ask(name, args);
  if (answer.status === 'done' && !answer.queued) mine.push({ seq: answer.seq, says: answer.wish.says });
  return answer;
}
