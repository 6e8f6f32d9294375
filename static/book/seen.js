/** Which bookings this tablet has not looked at: kept here, since what one host has read another may not have. */
import { signal } from '../vendor/ui.js';

const KEPT = 'book:seen';
const MOST = 400; // ids; older ones are covered by the moment the tablet first opened the book
const OUTSIDE = new Set(['web', 'telegram', 'whatsapp', 'ai_assistant', 'sms', 'qr']); // taken without a host

/** @typedef {import('../wire.d.ts').BookingRow} BookingRow */

/** @type {{ since: number, ids: string[] }} */
let kept = { since: 0, ids: [] };
try { kept = JSON.parse(localStorage.getItem(KEPT) ?? '') ?? kept; } catch { /* first time here, or a private window */ }
let ids = new Set(kept.ids);

const view = () => ({
  /** Came in from outside after this tablet first looked, and nobody opened it here. @param {BookingRow} b */
  isNew: (b) => !!b.booked_at && kept.since > 0 && OUTSIDE.has(b.source) && Date.parse(b.booked_at) > kept.since && !ids.has(b.id),
});
export const seen = signal(view());

function keep() {
  if (ids.size > MOST) ids = new Set([...ids].slice(-MOST));
  try { localStorage.setItem(KEPT, JSON.stringify({ since: kept.since, ids: [...ids] })); } catch { /* remembered until the page closes */ }
  seen.value = view();
}
/** From here on what comes in is new. @param {number} at house ms */
export function startSeeing(at) {
  if (kept.since && kept.since <= at) return;
  kept.since = at; // also when the sample house began its evening anew
  keep();
}
/** @param {string} id */
export function markSeen(id) {
  if (ids.has(id)) return;
  ids.add(id);
  keep();
}
/** What was made on this tablet is known here. @param {string} id */
export const markMine = markSeen;
/** @param {number} at house ms */
export function markAllSeen(at) {
  kept.since = at;
  ids = new Set();
  keep();
}
