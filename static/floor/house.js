/**
 * The floor as signals that say what to draw, made of the rows of the house this tablet stands in.
 *
 * `drawn` recomputes all faces at most twenty times a second and once a tick, and hands on only those that differ,
 * so a change at one table draws one table.
 */
import { signal, effect, batch, untracked } from '../vendor/ui.js';
import { now } from '../replica/clock.js';
import { replica, pending, venue } from '../parts/here.js';
import { index, faceOf, same, waitingCards, slotsWaiting, arrivingCards, seatedCards, quotes, figures } from './faces.js';

export { replica, pending, link, site, me, venue, may } from '../parts/here.js';

/** @typedef {import('./faces.js').Face} Face */
/** @typedef {import('../wire.d.ts').AreaRow} AreaRow */
/** @typedef {import('../wire.d.ts').TableRow} TableRow */

// ---- what is drawn

export const areas = signal(/** @type {AreaRow[]} */ ([]));
/** Tables by area, in an order the keyboard can follow. */
export const tablesOf = signal(/** @type {Map<string, TableRow[]>} */ (new Map()));
/** Parties at several tables: table ids, for the bands between them. */
export const bands = signal(/** @type {string[]} */ ([]));
export const waiting = signal(/** @type {ReturnType<typeof waitingCards>} */ ([]));
/** Parties that wait for a time that is full. */
export const slots = signal(0);
export const arriving = signal(/** @type {ReturnType<typeof arrivingCards>} */ ([]));
export const seated = signal(/** @type {ReturnType<typeof seatedCards>} */ ([]));
export const quoteRow = signal(/** @type {ReturnType<typeof quotes>} */ ([]));
export const kpi = signal({ seated: 0, due: 0, by: '', turn: '–' });
/** Is there anything to draw yet? */
export const known = signal(false);

/** @type {Map<string, import('../vendor/ui.js').Signal<Face>>} */
const faces = new Map();
/** Goes up when any face changed: for counts. */
export const facesMoved = signal(0);
/** @param {string} id */
export const faceSignal = (id) => faces.get(id);
export const allFaces = () => [...faces.values()].map((f) => f.peek());

/** Replaces a list only if a card of it differs, keeping the cards that do not.
 * @template {{ id: string }} C @param {{ value: C[], peek(): C[] }} list @param {C[]} fresh */
function renew(list, fresh) {
  const old = new Map(list.peek().map((c) => [c.id, c]));
  let moved = old.size !== fresh.length;
  const next = fresh.map((card, i) => {
    const was = old.get(card.id);
    const kept = was && same(was, card) ? was : card;
    if (kept !== list.peek()[i]) moved = true;
    return kept;
  });
  if (moved) list.value = next;
}

/** Draws from now on. */
export function startDrawing() {
  effect(() => {
    replica.revision.value;
    const at = now.value;
    untracked(() => batch(() => draw(at)));
  });
}

/** @param {number} at house ms */
function draw(at) {
  const v = venue.peek();
  if (!v) return;
  const found = index(replica);
  const touched = pending?.touched ?? new Map();
  const rows = /** @type {ReadonlyMap<string, TableRow>} */ (replica.all('table'));
  layOut(rows);
  let moved = false;
  for (const t of rows.values()) {
    if (!t.active) continue;
    const seating = found.seatingAt.get(t.id);
    const ghost = touched.get(`table/${t.id}`) ?? (seating && touched.get(`seating/${seating.id}`)) ?? '';
    const fresh = faceOf(replica, found, t, at, v.soon_min, ghost);
    const sig = faces.get(t.id);
    if (!sig) faces.set(t.id, signal(fresh));
    else if (!same(sig.peek(), fresh)) sig.value = fresh;
    else continue;
    moved = true;
  }
  for (const id of faces.keys()) if (!rows.has(id)) faces.delete(id);
  if (moved) facesMoved.value++;
  const pairs = [...replica.all('seating').values()].filter((s) => s.table_ids.length > 1).map((s) => s.table_ids.join(' '));
  if (pairs.join() !== bands.peek().join()) bands.value = pairs;
  renew(waiting, waitingCards(replica, at, touched));
  slots.value = slotsWaiting(replica);
  renew(arriving, arrivingCards(replica, found, at, v.late_after_min, touched));
  renew(seated, seatedCards(replica, at, touched));
  renew(quoteRow, quotes(replica, at));
  const fresh = figures(replica, at);
  if (!same(kpi.peek(), fresh)) kpi.value = fresh;
  known.value = true;
}

/** Places change rarely: only a table row that moved lays the plan out anew. @param {ReadonlyMap<string, TableRow>} rows */
function layOut(rows) {
  const list = /** @type {AreaRow[]} */ ([...replica.all('area').values()]).filter((a) => a.active).sort((a, b) => a.position - b.position);
  if (list.length !== areas.peek().length || list.some((a, i) => a !== areas.peek()[i])) areas.value = list;
  /** @type {Map<string, TableRow[]>} */ const by = new Map(list.map((a) => [a.id, []]));
  for (const t of rows.values()) if (t.active) by.get(t.area_id)?.push(t);
  const old = tablesOf.peek();
  const stays = old.size === by.size && [...by].every(([id, ts]) => {
    const was = old.get(id);
    return was?.length === ts.length && ts.every((t, i) => placed(/** @type {TableRow} */ (was[i]), t));
  });
  if (!stays) tablesOf.value = by;
}

/** @param {TableRow} a @param {TableRow} b */
const placed = (a, b) => a === b || (a.id === b.id && a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h &&
  a.rotation === b.rotation && a.shape === b.shape && a.number === b.number && a.max_covers === b.max_covers);
