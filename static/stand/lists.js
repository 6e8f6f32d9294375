/**
 * What the stand shows, as pure functions of the rows and the house's time: who comes, who is here, who waits, what is
 * on offer. Everything is said in words short enough to be read from three metres.
 */
import { hm, mins, minutesFrom, quotedAs } from '../parts/words.js';
import { LOOKS } from './looks.js';

/** @typedef {import('../replica/replica.js').Replica} Replica */
/** @typedef {import('./looks.js').Face} Face */
/** @typedef {import('../wire.d.ts').BookingRow} BookingRow */
/** @typedef {import('../wire.d.ts').PartyRow} PartyRow */
/** @typedef {import('../wire.d.ts').OfferRow} OfferRow */
/** @typedef {import('../wire.d.ts').HoldRow} HoldRow */
/** @typedef {'' | 'late' | 'soon' | 'ok'} Tone */
/**
 * One line of the stand.
 * @typedef {object} Line
 * @property {string} id
 * @property {string} lead the figure on the left: a time, or a place in line
 * @property {string} name
 * @property {number} covers
 * @property {string[]} flags
 * @property {string} at table numbers, '' if none
 * @property {string} under what stands under the name
 * @property {string} figure the figure on the right
 * @property {string} note what it means
 * @property {Tone} tone
 * @property {string} icon of the tone: colour is never the only sign
 * @property {number} [part] of the quoted wait that is over, 0–1 and beyond
 */

const MIN = 60_000;
const TO_COME = new Set(['pending', 'confirmed', 'reminded']);
const FAR_MIN = 100; // minutes to go beyond which the time alone says enough
const REPLIES = /** @type {Record<string, string>} */ ({ on_my_way: 'On my way', declined: 'Declined', cancelled: 'Not coming' });

/** @param {Replica} view @param {readonly string[]} ids */
const numbers = (view, ids) => ids.map((id) => view.row('table', id)?.number ?? '?').join('+');

/** @param {Replica} view @param {Map<string, HoldRow[]>} holdsOf @param {BookingRow} b */
const tablesOf = (view, holdsOf, b) => numbers(view, (holdsOf.get(b.id) ?? []).map((h) => h.table_id));

/** @param {BookingRow | PartyRow} who */
function flagsOf(who) {
  const all = [...new Set([...who.flags, ...(who.guest_flags ?? [])])];
  if (who.accessible && !all.includes('step_free')) all.push('step_free');
  if (who.occasion && ['birthday', 'anniversary'].includes(who.occasion) && !all.includes(who.occasion)) all.push(who.occasion);
  return all;
}

/**
 * Bookings still to come, by their time; late ones say how late.
 * @param {Replica} view @param {Map<string, HoldRow[]>} holdsOf @param {number} now @param {number} lateAfter minutes
 * @returns {Line[]}
 */
export function arriving(view, holdsOf, now, lateAfter) {
  const bookings = /** @type {BookingRow[]} */ ([...view.all('booking').values()]).filter((b) => b.kind === 'dining' && TO_COME.has(b.status));
  return bookings.sort((a, b) => (a.starts_at === b.starts_at ? (a.name < b.name ? -1 : 1) : a.starts_at < b.starts_at ? -1 : 1)).map((b) => {
    const past = minutesFrom(Date.parse(b.starts_at), now);
    const late = past >= lateAfter || (!!b.late_at && past > 0);
    const inMin = Math.ceil((Date.parse(b.starts_at) - now) / MIN);
    const at = tablesOf(view, holdsOf, b);
    const expected = b.expected_at ? `here about ${hm(b.expected_at)}` : '';
    return {
      id: b.id, lead: hm(b.starts_at), name: b.name, covers: b.covers, flags: flagsOf(b), at: b.unplaced ? '' : at,
      under: b.no_show_proposed_at ? 'Did not come?' : expected || (b.status === 'pending' ? 'Not confirmed yet' : b.reconfirmed_at ? 'Coming' : ''),
      figure: late ? `${past}′` : inMin <= 0 ? 'now' : inMin < FAR_MIN ? `${inMin}′` : '',
      note: late ? 'late' : inMin <= 0 ? 'due' : inMin < FAR_MIN ? 'to go' : '',
      tone: late ? 'late' : inMin <= 0 ? 'soon' : '', icon: late ? 'triangle-alert' : inMin <= 0 ? 'clock' : '',
    };
  });
}

/**
 * Bookings whose guests stand here without a table, the longest wait first.
 * @param {Replica} view @param {Map<string, HoldRow[]>} holdsOf @param {(table: string) => Face | undefined} faceOf
 * @param {number} now @returns {Line[]}
 */
export function here(view, holdsOf, faceOf, now) {
  const bookings = /** @type {BookingRow[]} */ ([...view.all('booking').values()]).filter((b) => b.kind === 'dining' && b.status === 'arrived');
  return bookings.map((b) => {
    const since = Math.max(Date.parse(b.starts_at), Date.parse(b.arrived_at ?? b.starts_at));
    const waits = minutesFrom(since, now);
    const ids = (holdsOf.get(b.id) ?? []).map((h) => h.table_id);
    const faces = ids.map(faceOf).filter((f) => f !== undefined);
    const ready = faces.length > 0 && faces.every((f) => f.look === 'available' || f.look === 'reserved');
    const busy = faces.find((f) => f.look !== 'available' && f.look !== 'reserved');
    const where = { all: '', partial: 'some of them', bar: 'at the bar' }[b.arrival ?? 'all'];
    const table = !ids.length ? 'No table yet' : ready ? 'Table is ready' : busy ? (ids.length > 1 ? `${busy.number}: ` : '') + LOOKS[busy.look].says : '';
    return {
      order: since, id: b.id, lead: hm(b.starts_at), name: b.name, covers: b.covers, flags: flagsOf(b), at: numbers(view, ids),
      under: [where, table].filter(Boolean).join(' · '), figure: waits ? mins(waits) : 'now', note: waits ? 'waiting' : 'here',
      tone: /** @type {Tone} */ (!ids.length || waits >= PATIENCE_MIN ? 'late' : ready ? 'ok' : ''),
      icon: !ids.length || waits >= PATIENCE_MIN ? 'triangle-alert' : ready ? 'circle-check' : 'hourglass',
    };
  }).sort((a, b) => a.order - b.order);
}

const PATIENCE_MIN = 10; // a guest with a booking who stands longer than this past its time wants a word

/**
 * Tables on offer: how long each guest has to answer, and what they said.
 * @param {Replica} view @param {number} now @returns {Line[]}
 */
export function offers(view, now) {
  const out = [];
  for (const o of /** @type {Iterable<OfferRow>} */ (view.all('offer').values())) {
    const party = /** @type {PartyRow | undefined} */ (view.row('party', o.party_id));
    if (!party || (o.status !== 'sent' && o.status !== 'accepted')) continue;
    const left = Math.ceil((Date.parse(o.expires_at) - now) / MIN);
    const coming = o.status === 'accepted' || party.reply === 'on_my_way';
    const reply = party.reply ? REPLIES[party.reply] ?? '' : '';
    out.push({
      order: Date.parse(o.expires_at), id: o.id, lead: numbers(view, o.table_ids), name: party.name, covers: party.covers, flags: flagsOf(party), at: '',
      under: reply || (coming ? 'On my way' : `asked at ${hm(o.sent_at)}`), figure: left > 0 ? `${left}′` : 'over', note: left > 0 ? 'left' : 'time is up',
      tone: /** @type {Tone} */ (left <= 0 || party.reply === 'declined' || party.reply === 'cancelled' ? 'late' : coming ? 'ok' : left <= 3 ? 'soon' : ''),
      icon: left <= 0 || (party.reply && !coming) ? 'triangle-alert' : coming ? 'footprints' : 'hourglass',
    });
  }
  return out.sort((a, b) => a.order - b.order);
}

/**
 * The line at the door, in its order; a party that has been offered a table stands among the offers instead.
 * @param {Replica} view @param {number} now @returns {Line[]}
 */
export function waiting(view, now) {
  const asked = new Set([...view.all('offer').values()].filter((o) => o.status === 'sent' || o.status === 'accepted').map((o) => o.party_id));
  const parties = /** @type {PartyRow[]} */ ([...view.all('party').values()])
    .filter((p) => p.kind !== 'slot' && (p.status === 'active' || p.status === 'notified') && !asked.has(p.id));
  const place = (/** @type {PartyRow} */ p) => view.row('wait', p.id)?.position ?? Infinity;
  return parties.sort((a, b) => place(a) - place(b) || (a.joined_at < b.joined_at ? -1 : 1)).map((p, i) => {
    const waited = minutesFrom(Date.parse(p.joined_at), now);
    const quoted = p.quoted_min;
    const over = quoted !== null && waited > quoted;
    const position = place(p);
    return {
      id: p.id, lead: `${position === Infinity ? i + 1 : position}`, name: p.name, covers: p.covers, flags: flagsOf(p), at: '',
      under: p.reply ? REPLIES[p.reply] ?? '' : quoted === null ? 'no quote' : quoted ? `of ${quotedAs(p)}′ quoted` : 'quoted: now', figure: mins(waited),
      note: over && quoted ? `${waited - quoted}′ over` : 'waited', tone: over ? 'late' : quoted && waited > quoted * 0.8 ? 'soon' : '',
      icon: over ? 'triangle-alert' : quoted && waited > quoted * 0.8 ? 'hourglass' : '', part: quoted ? waited / quoted : 0,
    };
  });
}

/** How many wait for a time that is full. @param {Replica} view */
export const wantSlots = (view) => [...view.all('party').values()].filter((p) => p.kind === 'slot' && (p.status === 'active' || p.status === 'notified')).length;

/**
 * Room for `cap` lines shared among lists: each gets what it wants while there is room, the rest share evenly.
 * @param {number} cap @param {number[]} wants @returns {number[]}
 */
export function share(cap, wants) {
  const got = wants.map(() => 0);
  for (let left = Math.max(0, cap); left > 0; left--) {
    let next = -1;
    wants.forEach((want, i) => {
      if ((got[i] ?? 0) < want && (next < 0 || (got[i] ?? 0) < (got[next] ?? 0))) next = i;
    });
    if (next < 0) break;
    got[next] = (got[next] ?? 0) + 1;
  }
  return got;
}
