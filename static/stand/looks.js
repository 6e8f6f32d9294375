/** How each table looks on the small map, and the figures of the top bar: pure functions of the rows and the house's time. */
import { hm, minutesFrom, spoken } from '../parts/words.js';

/** @typedef {import('../replica/replica.js').Replica} Replica */
/** @typedef {import('../wire.d.ts').TableRow} TableRow */
/** @typedef {import('../wire.d.ts').SeatingRow} SeatingRow */
/** @typedef {import('../wire.d.ts').HoldRow} HoldRow */
/** @typedef {import('../wire.d.ts').BookingRow} BookingRow */
/** @typedef {'available' | 'reserved' | 'seated' | 'dining' | 'check' | 'dirty' | 'blocked'} Look */
/** @typedef {{ number: string, look: Look, over: number, said: string }} Face over: minutes past the end of the turn */

/** The states in the floor's order: word, icon, and what is said of a table that is in a guest's way. */
export const LOOKS = /** @type {Record<Look, { word: string, icon: string, says: string }>} */ ({
  available: { word: 'Open', icon: 'check', says: 'open' },
  reserved: { word: 'Reserved', icon: 'clock', says: 'kept' },
  seated: { word: 'Just sat', icon: 'armchair', says: 'just sat' },
  dining: { word: 'Dining', icon: 'utensils', says: 'dining' },
  check: { word: 'Check', icon: 'receipt', says: 'paying' },
  dirty: { word: 'To clear', icon: 'spray-can', says: 'to clear' },
  blocked: { word: 'Blocked', icon: 'ban', says: 'blocked' },
});
const DUE_MIN = 60;
const TO_COME = new Set(['pending', 'confirmed', 'reminded', 'arrived']);

/** Tables planned for each owner. @param {Replica} view @returns {Map<string, HoldRow[]>} */
export function holdsByOwner(view) {
  const of = new Map();
  for (const h of view.all('hold').values()) {
    if (h.status === 'released') continue;
    of.has(h.owner_id) ? of.get(h.owner_id).push(h) : of.set(h.owner_id, [h]);
  }
  return of;
}

/** Every active table's face, by id. @param {Replica} view @param {number} now house ms @returns {Map<string, Face>} */
export function faces(view, now) {
  /** @type {Map<string, SeatingRow>} */ const party = new Map();
  for (const s of /** @type {Iterable<SeatingRow>} */ (view.all('seating').values())) for (const id of s.table_ids) party.set(id, s);
  /** @type {Map<string, HoldRow>} */ const kept = new Map();
  for (const h of /** @type {Iterable<HoldRow>} */ (view.all('hold').values())) {
    if (h.status !== 'held' || Date.parse(h.reserved_from) > now || Date.parse(h.ends_at) <= now) continue;
    const first = kept.get(h.table_id);
    if (!first || h.starts_at < first.starts_at) kept.set(h.table_id, h);
  }
  const out = new Map();
  for (const t of /** @type {Iterable<TableRow>} */ (view.all('table').values())) {
    if (t.active) out.set(t.id, face(t, party.get(t.id), kept.get(t.id), now));
  }
  return out;
}

/** @param {TableRow} t @param {SeatingRow | undefined} party @param {HoldRow | undefined} kept @param {number} now @returns {Face} */
function face(t, party, kept, now) {
  /** @type {Look} */
  const look = party ? (party.stage === 'just_sat' ? 'seated' : party.stage === 'check' || party.stage === 'paid' ? 'check' : 'dining')
    : t.status === 'out_of_service' ? 'blocked' : t.status === 'cleaning' ? 'dirty' : t.status === 'occupied' ? 'seated'
    : kept ? 'reserved' : 'available';
  const over = party ? minutesFrom(Date.parse(party.expected_clear), now) : 0;
  const said = [`Table ${t.number}, ${LOOKS[look].word}`, over && `${spoken(over)} over`, look === 'reserved' && kept && `from ${hm(kept.starts_at)}`];
  return { number: t.number, look, over, said: said.filter(Boolean).join(', ') };
}

/** Covers at the tables, and those booked for the next hour. @param {Replica} view @param {number} now */
export function figures(view, now) {
  let seated = 0, due = 0;
  for (const s of view.all('seating').values()) seated += s.covers;
  for (const b of /** @type {Iterable<BookingRow>} */ (view.all('booking').values())) {
    if (b.kind === 'dining' && TO_COME.has(b.status) && Date.parse(b.starts_at) <= now + DUE_MIN * 60_000) due += b.covers;
  }
  return { seated, due, by: hm(now + DUE_MIN * 60_000) };
}
