/**
 * What the host's hand is doing: what is picked up, what is open, and what a tap on a table means just now.
 */
import { signal, computed, effect, untracked } from '../vendor/ui.js';
import { call } from '../replica/house.js';
import { numbers } from '../replica/wishes.js';
import { warn } from '../parts/toast.js';
import { confirm } from '../parts/dialog.js';
import { drawer } from '../parts/opened.js';
import { ask } from '../parts/asking.js';
import { replica, site } from '../parts/here.js';
import { faceSignal, allFaces, areas, facesMoved } from './house.js';

export { ask, undo, undoLast, linked } from '../parts/asking.js';
export { drawer } from '../parts/opened.js';

/** @typedef {{ kind: 'party' | 'booking' | 'seating' | 'walkin', id: string, covers: number, name: string,
 *   does: 'seat' | 'plan' | 'offer' | 'move' | 'join' | 'merge' }} Held */
/** @typedef {import('./faces.js').Glow} Glow */

/** The party in hand. */
export const held = signal(/** @type {Held | null} */ (null));
export const tab = signal(/** @type {'waiting' | 'arriving' | 'seated'} */ ('waiting'));
export const areaId = signal('');
/** Looks pressed in the legend, `over` among them; empty = all. */
export const filter = signal(/** @type {Set<string>} */ (new Set()));
/** A section's id: only its tables stand out; '' = all. */
export const onlySection = signal('');
/** The section that tapped tables go to, while assigning. */
export const assigning = signal('');
/** A table being dragged over, for the dwell mark. */
export const hover = signal('');

export const area = computed(() => areas.value.find((a) => a.id === areaId.value) ?? areas.value[0]);

// ---- where it fits

const ASK_AFTER_MS = 150; // taps and floor changes come in flocks
/** Table id → how it suits the party in hand; null while nothing is held. */
export const glow = signal(/** @type {Map<string, Glow> | null} */ (null));
let asked = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;

/** What the tablet itself can say before the hub has, or without it. @param {Held} h @returns {Map<string, Glow>} */
function guess(h) {
  const out = new Map();
  for (const f of allFaces()) {
    const free = f.look === 'available' || (f.look === 'reserved' && h.kind !== 'walkin' && f.name === h.name);
    const legal = free && f.seats >= h.covers && !f.soon;
    out.set(f.id, { legal, best: false, ids: [f.id],
      why: legal ? 'Fits' : free ? (f.soon ? `Booked ${f.next}` : `${f.seats} seat${f.seats === 1 ? '' : 's'}`) : '' });
  }
  return kept(h, out);
}

/** The tables kept for this party already. @param {Held} h @param {Map<string, Glow>} out */
function kept(h, out) {
  /** @type {string[]} */ const ids = h.does === 'seat' && [...replica.all('offer').values()].find((o) => o.party_id === h.id)?.table_ids || [];
  for (const id of ids) if (out.has(id)) out.set(id, { legal: true, best: true, ids, why: 'Kept for them' });
  return out;
}

/** @param {import('../wire.d.ts').Fits} fits @param {Held} h */
function glowOf(fits, h) {
  const out = guess(h);
  for (const g of out.values()) g.legal = false;
  const first = fits.fits.find((f) => f.legal);
  for (const fit of fits.fits) {
    for (const id of fit.table_ids) {
      const was = out.get(id);
      const one = { legal: fit.legal, best: fit === first, why: fit.why, ids: fit.table_ids };
      const single = fit.table_ids.length === 1;
      if (!was || one.best || (single && !was.best) || (fit.legal && !was.legal)) {
        if (was?.legal && !one.best && !(single && fit.legal)) continue;
        out.set(id, one);
      }
    }
  }
  return kept(h, out);
}

async function askFits() {
  const h = held.peek();
  if (!h || h.does === 'merge') return;
  const turn = ++asked;
  const q = h.kind === 'walkin' ? `covers=${h.covers}` : `${h.kind}_id=${encodeURIComponent(h.id)}`;
  try {
    const fits = await call(`/api/sites/${site}/fits?${q}`);
    if (turn === asked && held.peek() === h) glow.value = glowOf(fits, h);
  } catch {
    /* the guess stays: without a link the tablet's own word is the best there is */
  }
}

/** Keeps the glow right while a party is in hand. */
export function startGlowing() {
  effect(() => {
    const h = held.value;
    facesMoved.value;
    untracked(() => {
      clearTimeout(timer);
      if (!h) return void (glow.value = null);
      if (h.does === 'merge') return void (glow.value = new Map(allFaces().filter((f) => f.seating && f.seating !== h.id)
        .map((f) => [f.id, { legal: true, best: false, why: 'Merge', ids: [f.id] }])));
      if (!glow.peek()) glow.value = guess(h);
      timer = setTimeout(askFits, ASK_AFTER_MS);
    });
  });
}

// ---- taking in hand

/** @typedef {{ kind: 'party' | 'booking' | 'seating', id: string, says: string, on?: boolean }} Gripped */
/** How a drag begins: there once `drag.js` has been loaded. @type {{ begin?: (e: PointerEvent, what: Gripped) => void }} */
export const dragging = {};
/** Handlers that make an element draggable. @param {Gripped} what */
export const grip = (what) => (what.on === false ? {} : { onPointerDown: (/** @type {PointerEvent} */ e) => dragging.begin?.(e, what) });

/** @param {Held | null} h */
export function take(h) {
  glow.value = null;
  held.value = h;
  if (h) assigning.value = '';
}
/** @param {string} id @param {'seat' | 'offer'} [does] */
export function takeParty(id, does = 'seat') {
  const p = replica.row('party', id);
  if (held.peek()?.id === id && held.peek()?.does === does) return take(null);
  if (p) take({ kind: 'party', id, covers: p.covers, name: p.name, does });
}
/** @param {string} id @param {'seat' | 'plan'} [does] */
export function takeBooking(id, does = 'seat') {
  const b = replica.row('booking', id);
  if (held.peek()?.id === id && held.peek()?.does === does) return take(null);
  if (b) take({ kind: 'booking', id, covers: b.covers, name: b.name, does });
}
/** @param {string} id @param {'move' | 'join' | 'merge'} does */
export function takeSeating(id, does) {
  const s = replica.row('seating', id);
  if (s) take({ kind: 'seating', id, covers: s.covers, name: s.name, does });
}

// ---- a tap on a table

/** @param {string} id */
export async function tapTable(id) {
  const f = faceSignal(id)?.peek();
  if (!f) return;
  if (assigning.peek()) return toggleSection(id);
  const h = held.peek();
  if (!h) return void (drawer.value = { kind: 'table', id });
  return place(h, id);
}

/** Puts the party in hand at a table (and what that table fits together with). @param {Held} h @param {string} id */
export async function place(h, id) {
  const f = faceSignal(id)?.peek();
  if (!f) return;
  const g = glow.peek()?.get(id);
  const ids = g?.legal ? g.ids : [id];
  if (h.kind === 'seating') {
    const row = replica.row('seating', h.id);
    if (!row) return take(null);
    if (row.table_ids.includes(id)) return warn(`${h.name} is already at ${f.number}.`);
    if (f.seating) return merge(h.id, f.seating);
    take(null);
    return ask('move_seating', { seating_id: h.id, table_ids: h.does === 'join' ? [...row.table_ids, id] : ids });
  }
  if (f.seating) return warn(`${f.number} is taken by ${f.name}.`);
  if (f.look === 'dirty' || f.look === 'blocked') return warn(`${f.number} is ${f.look === 'dirty' ? 'still to be cleared' : 'blocked'}.`);
  take(null);
  if (h.kind === 'booking' && h.does === 'plan') return ask('place_booking', { booking_id: h.id, table_ids: ids });
  if (h.kind === 'booking') return ask('seat_party', { table_ids: ids, booking_id: h.id });
  if (h.kind === 'party' && h.does === 'offer') return ask('notify_party', { party_id: h.id, table_ids: ids });
  if (h.kind === 'party') return ask('seat_party', { table_ids: ids, party_id: h.id });
  return ask('seat_party', { table_ids: ids, covers: h.covers, ...(h.name === 'Walk-in' ? {} : { name: h.name }) });
}

/** @param {string} from @param {string} into */
export async function merge(from, into) {
  const a = replica.row('seating', from);
  const b = replica.row('seating', into);
  if (!a || !b || from === into) return;
  const yes = await confirm({ title: `Merge ${a.name} with ${b.name}?`, yes: 'Merge', no: 'Leave them',
    text: `${a.name} (${a.covers}) at ${numbers(replica, a.table_ids)} becomes one party with ${b.name} (${b.covers}) at ${numbers(replica, b.table_ids)}.` });
  take(null);
  if (yes) await ask('merge_seatings', { from_id: from, into_id: into });
}

/** Dwelt on: asks whether to join, naming both. @param {string} seating @param {string} id */
export async function joinAt(seating, id) {
  const row = replica.row('seating', seating);
  const f = faceSignal(id)?.peek();
  if (!row || !f) return;
  if (f.seating) return merge(seating, f.seating);
  const yes = await confirm({ title: `Join ${numbers(replica, row.table_ids)} and ${f.number}?`, yes: `Join ${numbers(replica, row.table_ids)} + ${f.number}`,
    no: 'Cancel', other: 'Move only', text: `${row.name} (${row.covers}) will sit at both.` });
  if (yes === 'other') await ask('move_seating', { seating_id: seating, table_ids: [id] });
  else if (yes) await ask('move_seating', { seating_id: seating, table_ids: [...row.table_ids, id] });
}

/** @param {string} id */
function toggleSection(id) {
  const section = assigning.peek();
  const ids = [...replica.all('table').values()].filter((t) => t.section_id === section).map((t) => t.id);
  const next = ids.includes(id) ? ids.filter((x) => x !== id) : [...ids, id];
  return ask('put_section', { section_id: section, table_ids: next }, { quiet: true });
}
