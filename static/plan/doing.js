/** What can be done with a plan, as wishes: what each will look like once granted, and the words for it. */
import { EFFECTS, UNDOABLE, NEEDS_LINK, WORDS } from '../replica/wishes.js';
import { replica } from '../parts/here.js';
import { ask } from '../parts/asking.js';
import { plan, changes, isTonight, planDay, askPlan, look } from './state.js';
import { together } from './rows.js';

/** @typedef {import('../replica/replica.js').Replica} Replica */
/** @typedef {import('../replica/replica.js').Patch} Patch */
/** @typedef {import('../wire.d.ts').GhostRow} GhostRow */

for (const name of ['accept_plan', 'dismiss_plan', 'pin_booking', 'place_bookings']) {
  UNDOABLE.add(name);
  NEEDS_LINK.add(name);
}

/** @param {Replica} view @param {string[] | undefined} ids */
const ghosts = (view, ids) => [...(/** @type {ReadonlyMap<string, GhostRow>} */ (view.all('ghost'))).values()].filter((g) => !ids || ids.includes(g.id));

/** A booking's holds at other tables. @param {Replica} view @param {string} id @param {string[]} to @param {string} key @returns {Patch[]} */
function moved(view, id, to, key) {
  const held = [...view.all('hold').values()].filter((h) => h.owner_id === id && h.status === 'held');
  const booking = view.row('booking', id), first = held[0];
  return [...held.map((h) => ({ drop: /** @type {[string, string]} */ (['hold', h.id]) })),
    ...(first ? to.map((table_id, i) => ({ put: { ...first, type: 'hold', id: `ghost:${key}:${id}:${i}`, table_id } })) : []),
    ...(booking ? [{ put: { ...booking, unplaced: false } }] : []), { drop: /** @type {[string, string]} */ (['ghost', id]) }];
}

EFFECTS.accept_plan = (view, a, { key }) => ghosts(view, a.owner_ids).filter((g) => g.to_ids.length).flatMap((g) => moved(view, g.id, g.to_ids, key));
EFFECTS.place_bookings = (view, a, { key }) => a.moves.flatMap((/** @type {{ booking_id: string, table_ids: string[] }} */ m) => moved(view, m.booking_id, m.table_ids, key));
EFFECTS.dismiss_plan = (view, a) => ghosts(view, a.owner_ids).flatMap((g) => [{ drop: /** @type {[string, string]} */ (['ghost', g.id]) }, ...pinned(view, g.id)]);
EFFECTS.pin_booking = (view, a) => (a.pinned === false ? [{ drop: ['pin', a.booking_id] }] : pinned(view, a.booking_id));

/** @param {Replica} view @param {string} id @returns {Patch[]} */
function pinned(view, id) {
  const b = view.row('booking', id);
  return b ? [{ put: { type: 'pin', id, service_date: b.service_date, pinned_at: b.starts_at, version: 0 } }] : [];
}

const many = (/** @type {number} */ n, /** @type {string} */ what) => `${n} booking${n === 1 ? '' : 's'} ${what}`;
/** @param {Replica} view @param {string[]} ids @param {string} what */
const named = (view, ids, what) => (ids.length === 1 ? `${view.row('booking', ids[0])?.name ?? 'Booking'} ${what}` : many(ids.length, what));
WORDS.accept_plan = (view, a) => {
  const all = ghosts(view, a.owner_ids).filter((g) => g.to_ids.length);
  return named(view, all.map((g) => g.id), all.length === 1 && all[0] ? `planned at ${all[0].to_ids.map((t) => view.row('table', t)?.number ?? '?').join('+')}` : 'planned as proposed');
};
WORDS.dismiss_plan = (view, a) => named(view, ghosts(view, a.owner_ids).map((g) => g.id), ghosts(view, a.owner_ids).length === 1 ? 'stays' : 'stay');
WORDS.place_bookings = (_view, a) => many(a.moves.length, 'planned at other tables');
WORDS.pin_booking = (view, a) => `${view.row('booking', a.booking_id)?.name ?? 'Booking'} ${a.pinned === false ? 'may be moved again' : 'stays where it is'}`;

/** Does what is proposed: everything, or one with those that make room for it. @param {string} [id] */
export async function accept(id) {
  const all = changes.peek().filter((c) => c.to_ids.length);
  const chosen = id ? together(all, id) : all;
  look.value = '';
  if (isTonight.peek()) return ask('accept_plan', { basis: plan.peek()?.basis ?? 0, ...(id ? { owner_ids: chosen.map((c) => c.id) } : {}) });
  const day = planDay.peek();
  const answer = await ask('place_bookings', { moves: chosen.map((c) => ({ booking_id: c.id, table_ids: c.to_ids })) });
  await askPlan(day);
  return answer;
}

/** Nothing of it: they are pinned where they are. @param {string} [id] */
export async function leave(id) {
  look.value = '';
  if (isTonight.peek()) return ask('dismiss_plan', { basis: plan.peek()?.basis ?? 0, ...(id ? { owner_ids: [id] } : {}) });
  const day = planDay.peek();
  for (const c of changes.peek().filter((one) => !id || one.id === id)) {
    const answer = await ask('pin_booking', { booking_id: c.id });
    if (answer.status === 'refused') break;
  }
  return askPlan(day);
}

/** A booking stays where it is, or may be moved again. @param {string} id @param {boolean} on */
export async function pin(id, on) {
  const answer = await ask('pin_booking', { booking_id: id, pinned: on });
  if (!isTonight.peek() && replica.row('booking', id)?.service_date === planDay.peek() && plan.peek()) await askPlan(planDay.peek());
  return answer;
}
