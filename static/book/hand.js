/** What is open over the book, and how it is opened and closed: one sheet at the side, one dialog above all. */
import { signal, batch, effect } from '../vendor/ui.js';
import { drawer } from '../parts/opened.js';
import { replica, site } from '../parts/here.js';
import { call } from '../replica/house.js';
import { warn } from '../parts/toast.js';
import { day, turnTo, note, search } from './house.js';
import { markSeen } from './seen.js';

/** @typedef {import('../wire.d.ts').BookingRow} BookingRow */
/** What a dialog starts from: fields of `form.js`, whatever of them is known.
 * @typedef {Record<string, any>} Given */
/** @typedef {{ kind: 'form', id?: string, given?: Given, step?: 'time' | 'party', wait?: boolean } | { kind: 'cancel', id: string } |
 *   { kind: 'merge', id: string } | { kind: 'reason', title: string, text: string, yes: string, hint: string, go: (reason: string) => Promise<any>, least?: number } |
 *   { kind: 'keys' }} Dialog */

export const dialog = signal(/** @type {Dialog | null} */ (null));
/** On narrow screens one of the two is shown. */
export const pane = signal(/** @type {'book' | 'waiting'} */ ('book'));
/** A booking of a day that is not watched, found by the look-up: shown as it was read. @type {import('../vendor/ui.js').Signal<BookingRow | null>} */
export const found = signal(/** @type {BookingRow | null} */ (null));

/** Goes up when guest cards should be read again: bookings follow a merged card a moment after it. */
export const cardsMoved = signal(0);
export function readCardsAgain() {
  for (const ms of [0, 700, 2500, 6000]) setTimeout(() => cardsMoved.value++, ms);
}

export const shut = () => (dialog.value = null);

/** Opens a booking's sheet, turning to its day if it is of another one. @param {string} id @param {BookingRow} [row] */
export function openBooking(id, row) {
  batch(() => {
    if (row && row.service_date !== day.peek()) {
      found.value = row;
      search.value = '';
      turnTo(row.service_date);
    }
    drawer.value = { kind: 'booking', id };
  });
  markSeen(id);
  note({ booking: id });
}
/** @param {string} id */
export function openGuest(id) {
  drawer.value = { kind: 'guest', id };
  note({ guest: id });
}

/** The dialog, empty or with what is known. @param {Given} [given] */
export const newBooking = (given = {}) => (dialog.value = { kind: 'form', given });
/** @param {string} id @param {'time' | 'party'} [step] */
export const changeBooking = (id, step) => (dialog.value = { kind: 'form', id, step });

/** Opens what the address asks for. */
export async function openAsked() {
  const q = new URLSearchParams(location.search);
  if (q.get('waiting')) pane.value = 'waiting';
  const booking = q.get('booking'), guest = q.get('guest');
  if (q.get('new')) {
    const at = q.get('at') ?? '';
    const covers = Number(q.get('covers'));
    newBooking({ ...(covers >= 1 && covers <= 20 ? { covers } : {}), ...(at ? { at } : {}), ...Object.fromEntries(
      ['name', 'phone', 'email', 'guest_id', 'area_id', 'date'].flatMap((k) => (q.get(k) ? [[k, q.get(k)]] : []))) });
  } else if (booking) {
    const row = replica.row('booking', booking) ?? (await call(`/api/sites/${site}/bookings/${encodeURIComponent(booking)}`).catch(() => null));
    row ? openBooking(booking, row) : warn('There is no such booking any more.');
  } else if (guest) openGuest(guest);
}

/** A closed sheet is no longer in the address. */
export function followDrawer() {
  let was = '';
  effect(() => {
    const d = drawer.value;
    if (was && !d) note();
    was = d?.kind ?? '';
  });
}
