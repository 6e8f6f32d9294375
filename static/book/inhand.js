/** The party in hand on the timeline: which it is, what each table would say to it, and putting it somewhere. */
import { signal, computed } from '../vendor/ui.js';
import { replica } from '../parts/here.js';
import { ask } from '../parts/asking.js';
import { warn } from '../parts/toast.js';
import { houseNow } from '../replica/clock.js';
import { inHand, targets } from './lanes.js';
import { day, today } from './house.js';

/** The id of the booking or the seated party in hand, '' if none is. */
export const taken = signal('');
/** The table a drag or the keys point at. */
export const over = signal('');

export const hand = computed(() => {
  replica.revision.value;
  return taken.value ? inHand(replica, taken.value, houseNow()) : null;
});
export const where = computed(() => {
  const who = hand.value;
  return who && targets(replica, who, { now: houseNow(), today: day.value === today() });
});

/** Puts what is in hand at a table, or says why not. @param {string} table */
export function putAt(table) {
  const who = hand.peek(), target = where.peek()?.get(table);
  if (!who || !target) return;
  if (!target.legal) return warn(`${replica.row('table', table)?.number ?? 'That table'}: ${target.why}.`);
  taken.value = '';
  void (who.kind === 'seating' ? ask('move_seating', { seating_id: who.id, table_ids: target.ids })
    : ask('place_booking', { booking_id: who.id, table_ids: target.ids }));
}
