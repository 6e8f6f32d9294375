/**
 * What each table and each card looks like now: pure functions of the rows, the house's time and what the host is
 * doing. Nothing here touches the page; a face is drawn again only when one of its fields differs.
 */
import { minutesFrom, mins, hm, spoken, rounded5, between, quotedAs, LONGEST_QUOTE_MIN } from '../parts/words.js';
import { STAGE_NAMES } from '../replica/wishes.js';

/** @typedef {import('../replica/replica.js').Replica} Replica */
/** @typedef {import('../wire.d.ts').TableRow} TableRow */
/** @typedef {import('../wire.d.ts').SeatingRow} SeatingRow */
/** @typedef {import('../wire.d.ts').HoldRow} HoldRow */
/** @typedef {import('../wire.d.ts').BookingRow} BookingRow */
/** @typedef {import('../wire.d.ts').PartyRow} PartyRow */
/** @typedef {import('../wire.d.ts').OfferRow} OfferRow */
/** @typedef {import('../wire.d.ts').MessageRow} MessageRow */
/** @typedef {import('../wire.d.ts').SectionRow} SectionRow */
/** @typedef {'available' | 'reserved' | 'seated' | 'dining' | 'check' | 'dirty' | 'blocked'} Look */
/** @typedef {{ legal: boolean, best: boolean, why: string, ids: string[] }} Glow */

/** The states in the legend's order: their word and icon. */
export const LOOKS = /** @type {Record<Look, { word: string, icon: string }>} */ ({
  available: { word: 'Open', icon: 'check' },
  reserved: { word: 'Reserved', icon: 'clock' },
  seated: { word: 'Just sat', icon: 'armchair' },
  dining: { word: 'Dining', icon: 'utensils' },
  check: { word: 'Check', icon: 'receipt' },
  dirty: { word: 'To clear', icon: 'spray-can' },
  blocked: { word: 'Blocked', icon: 'ban' },
});

const NEXT_MIN = 180; // a booking later than this is not yet the floor's business
const COMING = new Set(['pending', 'confirmed', 'reminded', 'arrived', 'rescheduled']);
const MIN = 60_000;

/**
 * @typedef {object} Face
 * @property {string} id
 * @property {string} number
 * @property {Look} look
 * @property {string} sign another icon than the look's, '' if its own
 * @property {string} name
 * @property {number} covers
 * @property {number} seats
 * @property {number} taken chairs of this table in use
 * @property {string} line what stands under the name
 * @property {string} short the same where there is little room
 * @property {number} over minutes past the end of the turn, 0 if in time
 * @property {number} part how much of the turn is gone, 0–1
 * @property {string} next time of the next booking, '' if none soon
 * @property {boolean} hot the next booking collides with the party at the table
 * @property {boolean} soon free, but booked soon
 * @property {string} server initials
 * @property {number} colour of the section, -1 if none
 * @property {string} seating id
 * @property {string} pair the other tables of the party
 * @property {'' | 'sent' | 'queued' | 'done' | 'refused'} ghost a tap of ours is under way here
 * @property {string} said all of it in words
 */

/** What is left of a span that ends then: 12′, "time up" @param {string} end @param {number} now */
const minutesLeft = (end, now) => (Date.parse(end) > now ? `${Math.ceil((Date.parse(end) - now) / MIN)}′` : 'time up');

/** The rows of tables and holds looked up the way the floor asks. @param {Replica} view */
export function index(view) {
  /** @type {Map<string, SeatingRow>} */ const seatingAt = new Map();
  for (const s of /** @type {ReadonlyMap<string, SeatingRow>} */ (view.all('seating')).values()) for (const t of s.table_ids) seatingAt.set(t, s);
  /** @type {Map<string, HoldRow[]>} */ const holdsAt = new Map();
  /** @type {Map<string, HoldRow[]>} */ const holdsOf = new Map();
  for (const h of /** @type {ReadonlyMap<string, HoldRow>} */ (view.all('hold')).values()) {
    if (h.status === 'released') continue;
    const at = holdsAt.get(h.table_id);
    at ? at.push(h) : holdsAt.set(h.table_id, [h]);
    const of = holdsOf.get(h.owner_id);
    of ? of.push(h) : holdsOf.set(h.owner_id, [h]);
  }
  for (const list of holdsAt.values()) list.sort((a, b) => (a.starts_at < b.starts_at ? -1 : 1));
  return { seatingAt, holdsAt, holdsOf };
}

/** @param {Replica} view @param {HoldRow} hold */
export function holder(view, hold) {
  const booking = view.row('booking', hold.owner_id);
  if (booking) return { name: booking.name, covers: booking.covers };
  const party = hold.owner_kind === 'offer' && view.row('party', view.row('offer', hold.owner_id)?.party_id);
  if (party) return { name: party.name, covers: party.covers };
  return { name: { block: 'Kept free', offer: 'Offered', opening: 'Opening', checkout: 'Being booked' }[/** @type {'block'} */ (hold.owner_kind)] ?? 'Booked', covers: 0 };
}

/**
 * @param {Replica} view
 * @param {ReturnType<typeof index>} found
 * @param {TableRow} t
 * @param {number} now house ms
 * @param {number} soonMin
 * @param {string} ghost
 * @returns {Face}
 */
export function faceOf(view, found, t, now, soonMin, ghost) {
  const seating = found.seatingAt.get(t.id);
  const section = /** @type {SectionRow | undefined} */ (view.row('section', t.section_id));
  const holds = (found.holdsAt.get(t.id) ?? []).filter(
    (h) => h.status === 'held' && h.owner_id !== seating?.booking_id && Date.parse(h.ends_at) > now);
  const first = holds[0];
  const reserved = !seating && first && Date.parse(first.reserved_from) <= now ? first : undefined;
  const after = reserved ? holds[1] : first;
  const startsIn = after ? Math.ceil((Date.parse(after.starts_at) - now) / MIN) : Infinity;
  const next = startsIn <= NEXT_MIN && after ? hm(after.starts_at) : '';

  /** @type {Look} */ let look = 'available';
  let name = '', line = '', short = '', sign = '', covers = 0, over = 0, part = 0, hot = false;
  const since = minutesFrom(Date.parse(t.status_since), now);
  if (seating) {
    look = seating.stage === 'just_sat' ? 'seated' : seating.stage === 'check' || seating.stage === 'paid' ? 'check' : 'dining';
    name = seating.name;
    covers = seating.covers;
    const sat = minutesFrom(Date.parse(seating.seated_at), now);
    over = Math.max(0, minutesFrom(Date.parse(seating.expected_clear), now));
    part = Math.min(1, sat / Math.max(1, seating.turn_min));
    const clear = Date.parse(seating.expected_clear);
    hot = !!after && startsIn <= NEXT_MIN && (Math.max(now, clear) > Date.parse(after.starts_at) || (clear <= now && Date.parse(after.reserved_from) <= now));
    const stage = look === 'dining' || seating.stage === 'paid' ? `${STAGE_NAMES[seating.stage]} · ` : '';
    short = over ? `+${mins(over)}` : mins(sat);
    line = over ? `${short} over` : stage + short;
  } else if (t.status === 'out_of_service') {
    look = 'blocked';
    line = t.status_note ?? 'Blocked';
  } else if (t.status === 'cleaning') {
    look = 'dirty';
    line = mins(since);
  } else if (t.status === 'occupied') {
    look = 'seated'; // the guest scanned the code; nobody named the party yet
    name = 'Guests';
    line = mins(since);
  } else if (reserved) {
    look = 'reserved';
    ({ name, covers } = holder(view, reserved));
    const inMin = Math.ceil((Date.parse(reserved.starts_at) - now) / MIN);
    short = hm(reserved.starts_at);
    line = inMin > 0 ? `${hm(reserved.starts_at)} · in ${inMin}′` : `${hm(reserved.starts_at)} · due`;
    const offer = reserved.owner_kind === 'offer' && view.row('offer', reserved.owner_id);
    if (offer) {
      sign = offer.status === 'accepted' ? 'footprints' : 'bell-ring';
      short = minutesLeft(offer.expires_at, now);
      line = `${offer.status === 'accepted' ? 'Coming' : 'Offered'} · ${short}`;
    }
  }
  const soon = look === 'available' && startsIn <= soonMin;
  const pair = seating && seating.table_ids.length > 1
    ? seating.table_ids.filter((id) => id !== t.id).map((id) => view.row('table', id)?.number ?? '').join('+') : '';
  let before = 0; // a party at several tables fills them one after another
  for (const id of seating?.table_ids ?? []) {
    if (id === t.id) break;
    before += view.row('table', id)?.max_covers ?? 0;
  }
  const last = !seating || seating.table_ids.at(-1) === t.id;
  const taken = Math.max(0, last ? covers - before : Math.min(t.max_covers, covers - before));
  const said = [
    `Table ${t.number}, ${t.max_covers} seat${t.max_covers === 1 ? '' : 's'}, ${over ? `${LOOKS[look].word}, over time` : LOOKS[look].word}`,
    name && `${name}${covers ? `, party of ${covers}` : ''}`,
    seating && `seated ${spoken(minutesFrom(Date.parse(seating.seated_at), now))}`,
    over && `${spoken(over)} over`,
    reserved && (reserved.owner_kind === 'offer' ? line.replace(' ·', ',').replace('′', ' minutes left') : `from ${hm(reserved.starts_at)}`),
    pair && `joined with ${pair}`,
    next && `next booking ${next}${hot ? ', collides' : ''}`,
    section?.server_name && `server ${section.server_name}`,
    ghost && (ghost === 'queued' ? 'waiting for the link' : 'being sent'),
  ].filter(Boolean).join(', ');
  return { id: t.id, number: t.number, look, sign, name, covers, taken, seats: t.max_covers, line, short: short || line, over, part: Math.round(part * 100) / 100,
    next, hot, soon, server: section?.initials ?? '', colour: section ? section.colour : -1, seating: seating?.id ?? '', pair,
    ghost: /** @type {Face['ghost']} */ (ghost), said };
}

/** @param {Record<string, any>} a @param {Record<string, any>} b */
export function same(a, b) {
  for (const k in b) {
    if (a[k] === b[k]) continue;
    if (Array.isArray(a[k]) && Array.isArray(b[k]) && a[k].length === b[k].length && a[k].every((/** @type {any} */ x, /** @type {number} */ i) => x === b[k][i])) continue;
    return false;
  }
  return true;
}

/** @param {string[]} flags @param {string[] | undefined} lasting the guest's own @param {string | null} occasion @param {boolean} accessible */
function marks(flags, lasting, occasion, accessible) {
  const all = [...new Set([...(lasting ?? []), ...flags])];
  if (occasion && !['casual', 'custom', 'date'].includes(occasion) && !all.includes(occasion)) all.push(occasion);
  if (accessible && !all.includes('step_free')) all.push('step_free');
  return all;
}

/** How far a message got, best news first: what a later one says is what counts. @param {Replica} view @param {string[]} about ids */
function told(view, about) {
  let last = null;
  for (const m of /** @type {Iterable<MessageRow>} */ (view.all('message').values())) {
    if (about.includes(m.about_id) && OFFERS.has(m.template.split('.')[0] ?? '') && (!last || m.created_at > last.created_at)) last = m;
  }
  return last;
}
const OFFERS = new Set(['table_ready', 'slot_offer']); // messages that carry an offer

/** Cards of those who wait at the door, in the line's order. @param {Replica} view @param {number} now @param {Map<string, string>} touched */
export function waitingCards(view, now, touched) {
  const parties = /** @type {PartyRow[]} */ ([...view.all('party').values()])
    .filter((p) => p.kind !== 'slot' && (p.status === 'active' || p.status === 'notified' || p.reply));
  /** @type {Map<string, OfferRow>} */ const offers = new Map();
  for (const o of /** @type {Iterable<OfferRow>} */ (view.all('offer').values())) if (o.status === 'sent' || o.status === 'accepted') offers.set(o.party_id, o);
  return parties.map((p) => {
    const wait = view.row('wait', p.id);
    const offer = offers.get(p.id);
    const message = offer && told(view, [offer.id, p.id]);
    const waited = minutesFrom(Date.parse(p.joined_at), now);
    const quoted = p.quoted_min ?? -1; // −1: nobody told them a time; 0: a table was free
    const tables = /** @type {string[]} */ (offer?.table_ids ?? wait?.table_ids ?? []);
    const gone = p.status !== 'active' && p.status !== 'notified';
    return { id: p.id, name: p.name, covers: p.covers, joined: hm(p.joined_at), waited, quoted, quotedAs: quotedAs(p), gone,
      between: offer ? '' : between(wait, now), source: wait?.source ?? 'rule',
      tone: gone ? '' : quoted >= 0 && waited > quoted ? 'bad' : quoted > 0 && waited > quoted * 0.8 ? 'warn' : 'ok',
      flags: marks(p.flags, p.guest_flags, null, p.accessible).join(' '), notes: p.notes ?? '', phone: p.phone ?? '',
      tables: tables.join(' '), at: tables.map((id) => view.row('table', id)?.number ?? '?').join('+'), why: offer ? '' : wait?.why ?? '',
      offer: offer?.id ?? '', coming: offer?.status === 'accepted', left: offer ? minutesLeft(offer.expires_at, now) : '',
      message: message?.id ?? '', tick: message?.status ?? '', problem: message?.problem ?? '',
      told: p.notified_at && offer ? minutesFrom(Date.parse(message?.created_at ?? offer.sent_at), now) : -1,
      reply: p.reply ?? '', replied: p.replied_at ? minutesFrom(Date.parse(p.replied_at), now) : 0, skips: p.skips ?? 0, contact: p.contact ?? 'sms',
      reachable: !!(p.phone || p.email), position: wait?.position ?? 999, priority: p.priority, order: p.joined_at, ghost: touched.get(`party/${p.id}`) ?? '' };
  }).sort((a, b) => Number(a.gone) - Number(b.gone) || a.position - b.position || b.priority - a.priority || (a.order < b.order ? -1 : 1));
}

/** How many wait for a time that is full: they are the book's. @param {Replica} view */
export const slotsWaiting = (view) => [...view.all('party').values()].filter((p) => p.kind === 'slot' && (p.status === 'active' || p.status === 'notified')).length;

/** Bookings still to come or just here. @param {Replica} view @param {ReturnType<typeof index>} found @param {number} now
 *  @param {number} lateAfter @param {Map<string, string>} touched */
export function arrivingCards(view, found, now, lateAfter, touched) {
  const out = [];
  const today = [...view.all('venue').values()][0]?.service_date;
  for (const b of /** @type {Iterable<BookingRow>} */ (view.all('booking').values())) {
    if (b.service_date && b.service_date !== today) continue; // of a further day somebody looks at
    const starts = Date.parse(b.starts_at);
    const gone = b.status === 'no_show' && now - starts < 90 * MIN;
    if (b.kind !== 'dining' || (!COMING.has(b.status) && !gone)) continue;
    const here = b.status === 'arrived';
    const lateBy = minutesFrom(starts, now);
    const late = !here && !gone && (lateBy >= lateAfter || (!!b.late_at && lateBy > 0));
    const ids = (found.holdsOf.get(b.id) ?? []).map((h) => h.table_id);
    const waits = here && b.arrived_at ? minutesFrom(Math.max(starts, Date.parse(b.arrived_at)), now) : 0;
    out.push({ id: b.id, name: b.name, covers: b.covers, time: hm(b.starts_at), starts, here, arrival: b.arrival ?? 'all',
      late: late ? lateBy : 0, expected: !here && b.expected_at ? hm(b.expected_at) : '', told: !here && !!b.late_at, gone,
      ask: !here && !gone && !!b.no_show_proposed_at, unplaced: b.unplaced || (!ids.length && !gone && !b.id.startsWith('ghost:')), inMin: Math.ceil((starts - now) / MIN), waits,
      flags: marks(b.flags, b.guest_flags, b.occasion, b.accessible).join(' '), notes: b.notes ?? b.requests ?? '', phone: b.phone ?? '', code: b.code,
      visits: b.guest_visits ?? -1, sure: !!b.reconfirmed_at,
      status: b.status, tables: ids.join(' '), at: ids.map((id) => view.row('table', id)?.number ?? '?').join('+'),
      to: view.row('ghost', b.id)?.to_ids.map((/** @type {string} */ id) => view.row('table', id)?.number ?? '?').join('+') ?? '',
      group: gone ? 4 : here ? 0 : b.no_show_proposed_at ? 1 : b.unplaced ? 2 : 3, ghost: touched.get(`booking/${b.id}`) ?? '' });
  }
  return out.sort((a, b) => a.group - b.group || a.starts - b.starts || (a.name < b.name ? -1 : 1));
}

/** Parties at the tables, the next to leave first. @param {Replica} view @param {number} now @param {Map<string, string>} touched */
export function seatedCards(view, now, touched) {
  return /** @type {SeatingRow[]} */ ([...view.all('seating').values()]).map((s) => {
    const end = Date.parse(s.expected_clear);
    return { id: s.id, name: s.name, covers: s.covers, at: s.table_ids.map((id) => view.row('table', id)?.number ?? '?').join('+'),
      table: s.table_ids[0], stage: STAGE_NAMES[s.stage], sat: minutesFrom(Date.parse(s.seated_at), now), turn: s.turn_min,
      over: minutesFrom(end, now), end, since: hm(s.seated_at), flags: marks(s.flags, [], s.occasion, false).join(' '),
      ghost: touched.get(`seating/${s.id}`) ?? '' };
  }).sort((a, b) => a.end - b.end);
}

/** An interval short enough for its place: 40–75, 60+, 90+; '' if there is none @param {string} told */
function within(told) {
  const [low = 0, high = 0] = told.split('–').map(parseFloat);
  return !told || Math.max(low, high) <= LONGEST_QUOTE_MIN ? told : `${Math.min(low, LONGEST_QUOTE_MIN)}+`;
}

/** The wait told to a new party of each size. @param {Replica} view @param {number} now */
export function quotes(view, now) {
  return /** @type {import('../wire.d.ts').QuoteRow[]} */ ([...view.all('quote').values()]).map((q) => ({
    id: q.id, from: q.covers_min, to: q.covers_max,
    minutes: q.ready_at === null ? null : rounded5(Date.parse(q.ready_at) - now), between: within(between(q, now)),
  })).sort((a, b) => a.from - b.from);
}

/** The three figures of the top bar. @param {Replica} view @param {number} now */
export function figures(view, now) {
  let seated = 0, due = 0, turn = 0, parties = 0;
  for (const s of view.all('seating').values()) {
    seated += s.covers;
    turn += Math.max(s.turn_min, minutesFrom(Date.parse(s.seated_at), now));
    parties++;
  }
  for (const b of view.all('booking').values()) {
    if (COMING.has(b.status) && Date.parse(b.starts_at) <= now + 60 * MIN) due += b.covers;
  }
  return { seated, due, by: hm(now + 60 * MIN), turn: parties ? mins(Math.round(turn / parties)) : '–' };
}
