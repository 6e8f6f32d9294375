/**
 * What a row of the book looks like now: pure functions of the rows, the house's time and what is looked for. Nothing
 * here touches the page; a row is drawn again only when one of its fields differs.
 */
import { hm, minutesFrom, flagOf } from '../parts/words.js';

/** @typedef {import('../replica/replica.js').Replica} Replica */
/** @typedef {import('../wire.d.ts').BookingRow} BookingRow */
/** @typedef {import('../wire.d.ts').PartyRow} PartyRow */
/** @typedef {import('../wire.d.ts').OfferRow} OfferRow */
/** @typedef {'all' | 'new' | 'coming' | 'here' | 'late' | 'unplaced' | 'gone'} Filter */

const MIN = 60_000;
const QUARTER_MS = 15 * MIN;
export const HALF_MS = 30 * MIN;

/** Each status's word, sign and tone. @type {Record<BookingRow['status'], { word: string, icon: string, tone: string }>} */
export const STATUS = {
  inquiry: { word: 'Inquiry', icon: 'circle-help', tone: 'open' },
  pending: { word: 'To confirm', icon: 'hourglass', tone: 'open' },
  confirmed: { word: 'Confirmed', icon: 'calendar-check', tone: 'to' },
  reminded: { word: 'Reminded', icon: 'bell', tone: 'to' },
  arrived: { word: 'Here', icon: 'user-check', tone: 'here' },
  seated: { word: 'Seated', icon: 'armchair', tone: 'sat' },
  dining: { word: 'Dining', icon: 'utensils', tone: 'meal' },
  completed: { word: 'Left', icon: 'door-open', tone: 'done' },
  cancelled: { word: 'Cancelled', icon: 'calendar-x', tone: 'done' },
  no_show: { word: 'No-show', icon: 'user-x', tone: 'bad' },
  rescheduled: { word: 'Moved', icon: 'arrow-left-right', tone: 'done' },
};
const ARRIVAL = { all: { word: 'Here', icon: 'user-check' }, partial: { word: 'Partly here', icon: 'users' }, bar: { word: 'At the bar', icon: 'martini' } };

export const SOURCES = /** @type {Record<string, string>} */ ({
  web: 'Web', telegram: 'Telegram', whatsapp: 'WhatsApp', phone: 'Phone', walk_in: 'Walk-in', ai_assistant: 'Assistant',
  sms: 'SMS', qr: 'QR code', in_person: 'In person', import: 'Import',
});
export const OCCASIONS = /** @type {Record<string, { word: string, icon: string }>} */ ({
  birthday: { word: 'Birthday', icon: 'cake' }, anniversary: { word: 'Anniversary', icon: 'heart' },
  proposal: { word: 'Proposal', icon: 'gem' }, business: { word: 'Business', icon: 'briefcase' },
  date: { word: 'Date', icon: 'wine' }, casual: { word: 'Casual', icon: 'users-round' }, custom: { word: 'Other', icon: 'party-popper' },
});

export const EXPECTED = new Set(['confirmed', 'reminded']);
const COMING = new Set(['inquiry', 'pending', 'confirmed', 'reminded']);
const HERE = new Set(['arrived', 'seated', 'dining']);
export const GONE = new Set(['cancelled', 'no_show', 'rescheduled']);
export const NEEDS_TABLE = new Set(['pending', 'confirmed', 'reminded', 'arrived']);

/** What a guest eats, needs and is, without doubles; what can harm first. @param {BookingRow} b */
export function flagsOf(b) {
  const all = [...new Set([...(b.guest_flags ?? []), ...b.flags, ...(b.accessible ? ['step_free'] : [])])];
  return all.sort((x, y) => Number(!flagOf(x).alert) - Number(!flagOf(y).alert));
}

/** Where parties sit or are planned: the tables of each booking. @param {Replica} view */
export function tablesOf(view) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const h of view.all('hold').values()) {
    if (h.status === 'released') continue;
    const had = found.get(h.owner_id);
    had ? had.push(h.table_id) : found.set(h.owner_id, [h.table_id]);
  }
  for (const s of view.all('seating').values()) if (s.booking_id) found.set(s.booking_id, s.table_ids);
  return found;
}

/** 12+13 @param {Replica} view @param {string[]} ids */
export const numbersOf = (view, ids) => ids.map((id) => view.row('table', id)?.number).filter(Boolean).join('+'); // a role without the floor knows no numbers

/** Minutes past its time a party is that has not come, 0 if it is not late. @param {BookingRow} b @param {number} now @param {number} after */
export function lateBy(b, now, after) {
  if (!EXPECTED.has(b.status)) return 0;
  const by = minutesFrom(Date.parse(b.starts_at), now);
  return by >= after || (b.late_at && by > 0) ? by : 0;
}

/**
 * @param {Replica} view
 * @param {BookingRow} b
 * @param {Map<string, string[]>} tables
 * @param {{ now: number, lateAfter: number, ghost: string, fresh: boolean }} at
 */
export function cardOf(view, b, tables, { now, lateAfter, ghost, fresh }) {
  const look = STATUS[b.status];
  const arrival = b.status === 'arrived' ? ARRIVAL[b.arrival ?? 'all'] : null;
  const late = lateBy(b, now, lateAfter);
  const ids = tables.get(b.id) ?? [];
  const at = numbersOf(view, ids);
  const unplaced = NEEDS_TABLE.has(b.status) && (b.unplaced || (!ids.length && !ghost));
  const flags = flagsOf(b);
  const expected = !arrival && b.expected_at && EXPECTED.has(b.status) ? hm(b.expected_at) : '';
  const visits = b.guest_visits ?? -1;
  const word = arrival?.word ?? look.word;
  const starts = Date.parse(b.starts_at);
  /** @type {Filter[]} */
  const kinds = GONE.has(b.status) ? ['gone'] : ['all'];
  if (fresh) kinds.push('new');
  if (COMING.has(b.status)) kinds.push('coming');
  if (HERE.has(b.status)) kinds.push('here');
  if (late) kinds.push('late');
  if (unplaced) kinds.push('unplaced');
  const said = [hm(starts), b.name, `party of ${b.covers}`, word, late && `${late} minutes late`, expected && `expected ${expected}`,
    unplaced ? 'no table' : at && `table ${at}`, ...flags.map((f) => flagOf(f).word), visits > 0 && `${visits} visits`,
    b.occasion && OCCASIONS[b.occasion]?.word, b.reconfirmed_at && 'reconfirmed', (b.notes || b.requests) && 'has notes', fresh && 'new',
    ghost && (ghost === 'queued' ? 'waiting for the link' : 'being sent')].filter(Boolean).join(', ');
  return {
    id: b.id, name: b.name, code: b.code, covers: b.covers, starts, time: hm(starts), quarter: Math.floor(starts / QUARTER_MS) * QUARTER_MS,
    status: b.status, word, icon: arrival?.icon ?? look.icon, tone: look.tone, late, expected, ask: !!b.no_show_proposed_at && !!late,
    at, unplaced, alerts: flags.filter((f) => flagOf(f).alert).join(' '), marks: flags.filter((f) => !flagOf(f).alert && f !== b.occasion).join(' '),
    visits, occasion: b.occasion && b.occasion !== 'casual' && !flags.includes('') ? b.occasion : '', source: SOURCES[b.source] ?? b.source,
    note: b.notes ?? '', asked: b.requests ?? '', orders: (b.preorders ?? []).length, reconfirmed: !!b.reconfirmed_at && EXPECTED.has(b.status),
    fresh, ghost, kinds: kinds.join(' '), said, tags: (b.tags ?? []).join(' · '),
    find: `${plain(`${b.name} ${b.code} ${b.email ?? ''} ${b.notes ?? ''} ${b.requests ?? ''} ${(b.tags ?? []).join(' ')}`)} #${at.split('+').join(' #')}`,
    digits: (b.phone ?? '').replace(/\D/g, ''),
  };
}
/** @typedef {ReturnType<typeof cardOf>} Card */

/** Lower case, without accents: what is typed and what is written meet there. @param {string} text */
export const plain = (text) => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');

/** Does a card hold what is looked for? Every word must be in it; figures also meet the phone. @param {Card} c @param {string} text plain */
export function holds(c, text) {
  const figures = text.replace(/[\s+()./-]/g, '');
  if (/^\d{3,}$/.test(figures) && c.digits.includes(figures.replace(/^0+/, ''))) return true;
  return text.split(/\s+/).every((w) => c.find.includes(w));
}

/** Bookings of a day, by time. @param {Replica} view @param {string} day @param {{ now: number, lateAfter: number, touched: Map<string, string>,
 *  isNew: (b: BookingRow) => boolean, dateOf: (at: string) => string }} at a booking still on its way has no service date of its own */
export function cards(view, day, { now, lateAfter, touched, isNew, dateOf }) {
  const tables = tablesOf(view);
  const out = [];
  for (const b of /** @type {Iterable<BookingRow>} */ (view.all('booking').values())) {
    if ((b.service_date ?? dateOf(b.starts_at)) !== day || b.kind !== 'dining') continue;
    out.push(cardOf(view, b, tables, { now, lateAfter, ghost: touched.get(`booking/${b.id}`) ?? '', fresh: isNew(b) }));
  }
  return out.sort((a, b) => a.starts - b.starts || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
}

/** The words and order of the filters. @type {[Filter, string, string][]} */
export const FILTERS = [['all', 'All', 'list'], ['coming', 'To come', 'calendar-clock'], ['here', 'Here', 'user-check'], ['late', 'Late', 'triangle-alert'],
  ['unplaced', 'No table', 'map-pin'], ['new', 'New', 'circle-dot'], ['gone', 'Cancelled, no-show', 'calendar-x']];

/** How many of each, and the covers of the living. @param {Card[]} list */
export function totals(list) {
  const n = /** @type {Record<Filter, number>} */ ({ all: 0, new: 0, coming: 0, here: 0, late: 0, unplaced: 0, gone: 0 });
  let covers = 0, here = 0;
  for (const c of list) {
    for (const k of c.kinds.split(' ')) n[/** @type {Filter} */ (k)]++;
    if (!GONE.has(c.status)) covers += c.covers;
    if (HERE.has(c.status) || c.status === 'completed') here += c.covers;
  }
  return { n, covers, here };
}

/** Covers that start in each half hour, from the first to the last booking. @param {Card[]} list @param {number} now */
export function strip(list, now) {
  const by = new Map();
  for (const c of list) {
    if (GONE.has(c.status)) continue;
    const at = Math.floor(c.starts / HALF_MS) * HALF_MS;
    by.set(at, (by.get(at) ?? 0) + c.covers);
  }
  if (!by.size) return [];
  const first = Math.min(...by.keys()), last = Math.max(...by.keys()), most = Math.max(...by.values());
  const out = [];
  let gap = 0;
  for (let at = first; at <= last; at += HALF_MS) {
    const covers = by.get(at) ?? 0;
    gap = covers ? 0 : gap + 1;
    if (gap > 2) continue; // between lunch and dinner nobody comes
    out.push({ id: String(at), at, time: hm(at), covers, part: Math.round((covers / most) * 100), past: at + HALF_MS <= now, now: at <= now && now < at + HALF_MS });
  }
  return out;
}

const OFFER = /** @type {Record<string, string>} */ ({ sent: 'Offered', accepted: 'Accepted', declined: 'Declined', expired: 'Not answered', revoked: 'Taken back' });
const REPLY = /** @type {Record<string, { word: string, icon: string, bad?: boolean }>} */ ({
  on_my_way: { word: 'On the way', icon: 'footprints' }, cancelled: { word: 'Gave up', icon: 'x', bad: true }, declined: { word: 'Declined', icon: 'x', bad: true },
});

/** Parties that wait for a time of this day. @param {Replica} view @param {string} day @param {(at: string) => string} dayOf the service date of a moment
 *  @param {number} now @param {Map<string, string>} touched */
export function slotCards(view, day, dayOf, now, touched) {
  /** @type {Map<string, OfferRow>} */
  const offers = new Map();
  for (const o of /** @type {Iterable<OfferRow>} */ (view.all('offer').values())) {
    const met = offers.get(o.party_id);
    if (!met || met.sent_at < o.sent_at) offers.set(o.party_id, o);
  }
  /** @type {Map<string, import('../wire.d.ts').MessageRow>} */
  const said = new Map();
  for (const m of view.all('message').values()) if ((said.get(m.about_id)?.created_at ?? '') < m.created_at) said.set(m.about_id, /** @type {any} */ (m));
  const out = [];
  for (const p of /** @type {Iterable<PartyRow>} */ (view.all('party').values())) {
    if (p.kind !== 'slot' || !p.wanted_at) continue;
    const days = [dayOf(p.wanted_at), ...(p.flexible ?? []).map((w) => dayOf(w.earliest))];
    if (!days.includes(day)) continue;
    const offer = offers.get(p.id);
    const left = offer?.status === 'sent' ? Math.max(0, Math.ceil((Date.parse(offer.expires_at) - now) / MIN)) : 0;
    const windows = (p.flexible ?? []).map((w) => `${dayOf(w.earliest) === day ? '' : `${w.earliest.slice(5, 10)} `}${hm(w.earliest)}–${hm(w.latest)}`).join(', ');
    const reply = p.reply ? REPLY[p.reply] : undefined;
    out.push({ id: p.id, name: p.name, covers: p.covers, wanted: hm(p.wanted_at), sort: p.wanted_at, windows, priority: p.priority, joined: p.joined_at,
      position: view.row('wait', p.id)?.position ?? 0, since: minutesFrom(Date.parse(p.joined_at), now), flags: [...new Set([...(p.guest_flags ?? []), ...p.flags])].join(' '),
      notes: p.notes ?? '', contact: p.contact ?? 'sms', phone: p.phone ?? '', email: p.email ?? '', skips: p.skips ?? 0, guest: p.guest_id ?? '',
      offer: offer?.id ?? '', offered: offer ? OFFER[offer.status] ?? '' : '', offerStatus: offer?.status ?? '', offerAt: offer ? hm(offer.starts_at) : '', left,
      tick: offer ? said.get(offer.id)?.status ?? '' : '', offerTables: offer ? numbersOf(view, offer.table_ids) : '', told: offer ? minutesFrom(Date.parse(offer.sent_at), now) : -1,
      reply: reply?.word ?? '', replyIcon: reply?.icon ?? '', replyBad: !!reply?.bad, ghost: touched.get(`party/${p.id}`) ?? '' });
  }
  return out.sort((a, b) => Number(!b.offer) - Number(!a.offer) || b.priority - a.priority || (a.joined < b.joined ? -1 : 1)).sort((a, b) => (a.offer && !b.offer ? -1 : b.offer && !a.offer ? 1 : 0));
}
/** @typedef {ReturnType<typeof slotCards>[number]} SlotCard */
