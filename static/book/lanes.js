/**
 * The evening by table: pure functions of the rows. A lane is a table with the bars planned and sitting at it; a bar has
 * the turn, and behind it the time its table is cleaned in. Nothing here touches the page.
 */
import { hm, flagOf } from '../parts/words.js';
import { STATUS, NEEDS_TABLE, GONE, flagsOf, lateBy, numbersOf, plain } from './faces.js';

/** @typedef {import('../replica/replica.js').Replica} Replica */
/** @typedef {import('../wire.d.ts').BookingRow} BookingRow */
/** @typedef {import('../wire.d.ts').HoldRow} HoldRow */
/** @typedef {import('../wire.d.ts').SeatingRow} SeatingRow */
/** @typedef {import('../wire.d.ts').TableRow} TableRow */
/** @typedef {import('../wire.d.ts').JoinRow} JoinRow */
/** @typedef {import('../plan/rows.js').Line} Line */

const MIN = 60_000;
const HALF_MS = 30 * MIN;
const LEAST_MS = 4 * 60 * MIN; // an empty evening still has a width
const PAST = new Set(['completed']);
const OTHERS = /** @type {Record<string, string>} */ ({ offer: 'Offered', opening: 'Opening', checkout: 'Being booked', block: 'Kept free', seating: 'Walk-in' });

/**
 * One party at one table. `end` is the end of the turn, `until` when its table is free again, clean.
 * @typedef {{ id: string, kind: 'booking' | 'seating' | 'other' | 'ghost', owner: string, start: number, end: number, until: number, name: string,
 *   covers: number, time: string, tone: string, icon: string, alert: boolean, vip: boolean, pair: string, hot: boolean, over: number, late: number,
 *   ghost: string, moves: boolean, leaves: boolean, pinned: boolean, found: string, said: string, why: string }} Bar
 */
/** @typedef {{ id: string, number: string, seats: number, area: string, colour: number, blocked: string, rows: number, bars: (Bar & { row: number })[], key: string }} Lane */
/** @typedef {{ id: string, name: string, lanes: Lane[] }} Area */
/** @typedef {{ id: string, name: string, covers: number, time: string, starts: number, alert: boolean, why: string, found: string }} Loose a booking without a table */
/** @typedef {{ at: number, covers: number, parties: number }} Pace */
/** @typedef {{ from: number, to: number, areas: Area[], loose: Loose[], pace: Pace[], most: number }} Evening */

/**
 * @param {Replica} view
 * @param {string} date
 * @param {{ now: number, today: boolean, lateAfter: number, touched: Map<string, string>, plan: Line[], pins: Set<string> }} at `plan`: what is proposed; `pins`: bookings the plan leaves alone
 * @returns {Evening}
 */
export function eveningOf(view, date, { now, today, lateAfter, touched, plan, pins }) {
  /** @type {Map<string, Bar[]>} */
  const at = new Map();
  const put = (/** @type {string} */ table, /** @type {Bar} */ bar) => { const had = at.get(table); had ? had.push(bar) : at.set(table, [bar]); };
  const ghosts = new Map(plan.map((l) => [l.id, l]));
  const sitting = new Set();
  if (today) for (const s of /** @type {Iterable<SeatingRow>} */ (view.all('seating').values())) {
    sitting.add(s.id);
    if (s.booking_id) sitting.add(s.booking_id);
    for (const t of s.table_ids) put(t, barOfSeating(view, s, now, touched));
  }
  /** @type {Set<string>} */ const held = new Set();
  for (const h of /** @type {Iterable<HoldRow>} */ (view.all('hold').values())) {
    if (h.service_date !== date || sitting.has(h.owner_id)) continue;
    const b = /** @type {BookingRow | undefined} */ (view.row('booking', h.owner_id));
    if (h.status === 'released' && !(b && PAST.has(b.status))) continue;
    if (b && GONE.has(b.status)) continue;
    if (h.status !== 'released') held.add(h.owner_id);
    put(h.table_id, b ? barOfBooking(view, b, h, ghosts.get(b.id), { now, lateAfter, touched, pins }) : barOfOther(h));
  }
  for (const g of ghosts.values()) {
    const b = /** @type {BookingRow | undefined} */ (view.row('booking', g.id));
    if (b) for (const t of g.to_ids) if (!g.from_ids.includes(t)) put(t, barOfGhost(view, b, g));
  }
  const bookings = /** @type {BookingRow[]} */ ([...view.all('booking').values()]).filter((b) => b.kind === 'dining' && b.service_date === date && !GONE.has(b.status));
  const loose = bookings.filter((b) => NEEDS_TABLE.has(b.status) && !held.has(b.id) && !sitting.has(b.id) && !b.id.startsWith('ghost:'))
    .map((b) => ({ id: b.id, name: b.name, covers: b.covers, time: hm(b.starts_at), starts: Date.parse(b.starts_at),
      alert: flagsOf(b).some((f) => flagOf(f).alert), why: ghosts.get(b.id)?.why ?? '', found: plain(`${b.name} ${b.code} ${b.phone ?? ''}`) }))
    .sort((a, b) => a.starts - b.starts);
  const pace = paceOf(bookings);
  const all = [...at.values()].flat();
  const starts = [...all.map((b) => b.start), ...loose.map((b) => b.starts), ...(today ? [now] : [])];
  const first = starts.length ? Math.min(...starts) : Date.parse(`${date}T17:00Z`);
  const from = Math.floor((first - MIN) / HALF_MS) * HALF_MS;
  const to = Math.max(from + LEAST_MS, Math.ceil(Math.max(...all.map((b) => b.until), ...loose.map((b) => b.starts + 2 * HALF_MS), from) / HALF_MS) * HALF_MS);
  const areas = areasOf(view, at, today);
  return { from, to, areas, loose, pace, most: Math.max(1, ...pace.map((p) => p.covers)) };
}

/** @param {Replica} view @param {Map<string, Bar[]>} at @param {boolean} today @returns {Area[]} */
function areasOf(view, at, today) {
  const tables = /** @type {TableRow[]} */ ([...view.all('table').values()]).filter((t) => t.active || at.has(t.id))
    .sort((a, b) => a.number.length - b.number.length || (a.number < b.number ? -1 : 1));
  return [...view.all('area').values()].sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || (a.name < b.name ? -1 : 1)).map((a) => ({
    id: a.id, name: a.name, lanes: tables.filter((t) => t.area_id === a.id).map((t) => {
      const section = view.row('section', t.section_id);
      const { bars, rows } = stacked(at.get(t.id) ?? []);
      const lane = { id: t.id, number: t.number, seats: t.max_covers, area: a.id, colour: section ? section.colour : -1, rows, bars,
        blocked: today && t.status === 'out_of_service' ? t.status_note ?? 'Blocked' : '' };
      return { ...lane, key: JSON.stringify(lane) };
    }) })).filter((a) => a.lanes.length);
}

/** Bars that meet stand one below the other, and both are marked: a plan never overlaps a plan, so somebody sits too long.
 * @param {Bar[]} all */
function stacked(all) {
  const sorted = [...all].sort((a, b) => a.start - b.start || a.until - b.until);
  /** @type {number[]} */ const free = [];
  const bars = sorted.map((bar) => {
    let row = free.findIndex((until) => until <= bar.start);
    if (row < 0) row = free.length;
    free[row] = bar.kind === 'ghost' ? bar.end : bar.until;
    const meets = bar.kind !== 'ghost' && sorted.some((o) => o !== bar && o.owner !== bar.owner && o.kind !== 'ghost' && o.tone !== 'done' && bar.tone !== 'done' && o.start < bar.until && bar.start < o.until && (o.kind === 'seating' || bar.kind === 'seating'));
    return { ...bar, row, hot: meets };
  });
  return { bars, rows: Math.max(1, free.length) };
}

/** @param {Replica} view @param {string[]} ids @param {string} not */
const others = (view, ids, not) => numbersOf(view, ids.filter((id) => id !== not));

/** @param {Replica} view @param {SeatingRow} s @param {number} now @param {Map<string, string>} touched @returns {Bar} */
function barOfSeating(view, s, now, touched) {
  const start = Date.parse(s.seated_at), due = Date.parse(s.expected_clear), over = Math.max(0, Math.floor((now - due) / MIN));
  const end = Math.max(due, now);
  const b = /** @type {BookingRow | undefined} */ (view.row('booking', s.booking_id));
  const meal = s.stage !== 'just_sat';
  const alert = [...s.flags, ...(b ? flagsOf(b) : [])].some((f) => flagOf(f).alert);
  return { id: s.id, kind: 'seating', owner: s.booking_id ?? s.id, start, end, until: end, name: s.name, covers: s.covers, time: hm(start), tone: meal ? 'meal' : 'sat',
    icon: meal ? 'utensils' : 'armchair', alert, vip: s.flags.includes('vip'), pair: s.table_ids.length > 1 ? numbersOf(view, s.table_ids) : '', hot: false, over, late: 0,
    ghost: touched.get(`seating/${s.id}`) ?? '', moves: false, leaves: false, pinned: false, why: '', found: plain(`${s.name} ${b?.code ?? ''} ${b?.phone ?? ''}`),
    said: `${s.name}, party of ${s.covers}, seated since ${hm(start)}, ${over ? `${over} minutes over` : `until ${hm(due)}`}${alert ? ', allergy' : ''}` };
}

/** @param {Replica} view @param {BookingRow} b @param {HoldRow} h @param {Line | undefined} g
 * @param {{ now: number, lateAfter: number, touched: Map<string, string>, pins: Set<string> }} at @returns {Bar} */
function barOfBooking(view, b, h, g, { now, lateAfter, touched, pins }) {
  const past = PAST.has(b.status);
  const start = past && b.seated_at ? Date.parse(b.seated_at) : Date.parse(h.starts_at);
  const until = past && b.departed_at ? Date.parse(b.departed_at) : Date.parse(h.ends_at);
  const end = past ? until : Math.min(until, start + b.duration_min * MIN);
  const look = STATUS[b.status], late = lateBy(b, now, lateAfter);
  const ids = [...view.all('hold').values()].filter((o) => o.owner_id === b.id && o.status !== 'released').map((o) => o.table_id);
  const flags = flagsOf(b), alert = flags.some((f) => flagOf(f).alert);
  const pair = ids.length > 1 ? numbersOf(view, ids) : '';
  return { id: b.id, kind: 'booking', owner: b.id, start, end, until, name: b.name, covers: b.covers, time: hm(b.starts_at), tone: look.tone, icon: look.icon, alert,
    vip: flags.includes('vip'), pair, hot: false, over: 0, late, ghost: touched.get(`booking/${b.id}`) ?? '', moves: NEEDS_TABLE.has(b.status) && h.status === 'held',
    leaves: !!g && g.to_ids.length > 0 && g.from_ids.includes(h.table_id) && !g.to_ids.includes(h.table_id), pinned: pins.has(b.id), why: g?.why ?? '', found: plain(`${b.name} ${b.code} ${b.phone ?? ''}`),
    said: [`${hm(b.starts_at)} ${b.name}`, `party of ${b.covers}`, look.word, `until ${hm(end)}`, pair && `with ${others(view, ids, h.table_id)}`, late && `${late} minutes late`,
      alert && 'allergy', pins.has(b.id) && 'pinned to its table', g && 'the plan would move it'].filter(Boolean).join(', ') };
}

/** @param {HoldRow} h @returns {Bar} */
function barOfOther(h) {
  const start = Date.parse(h.starts_at), until = Date.parse(h.ends_at), name = OTHERS[h.owner_kind] ?? 'Kept';
  return { id: h.id, kind: 'other', owner: h.owner_id, start, end: until, until, name, covers: 0, time: hm(start), tone: 'open', icon: 'lock', alert: false, vip: false, pair: '',
    hot: false, over: 0, late: 0, ghost: '', moves: false, leaves: false, pinned: false, why: '', found: '', said: `${name} from ${hm(start)} until ${hm(until)}` };
}

/** @param {Replica} view @param {BookingRow} b @param {Line} g @returns {Bar} */
function barOfGhost(view, b, g) {
  const start = Date.parse(g.starts_at), until = Date.parse(g.ends_at);
  return { id: `plan:${b.id}`, kind: 'ghost', owner: b.id, start, end: Math.min(until, start + b.duration_min * MIN), until, name: b.name, covers: b.covers, time: hm(start), tone: 'plan',
    icon: 'chart-gantt', alert: false, vip: false, pair: g.to_ids.length > 1 ? numbersOf(view, g.to_ids) : '', hot: false, over: 0, late: 0, ghost: '', moves: false, leaves: false, pinned: false,
    why: g.why, found: plain(b.name), said: `Proposed: ${b.name}, party of ${b.covers}, here from ${hm(start)}. ${g.why}` };
}

/** Covers that begin in each half hour's two quarters. @param {BookingRow[]} bookings @returns {Pace[]} */
function paceOf(bookings) {
  /** @type {Map<number, Pace>} */ const found = new Map();
  for (const b of bookings) {
    const at = Math.floor(Date.parse(b.starts_at) / (15 * MIN)) * 15 * MIN;
    const p = found.get(at) ?? { at, covers: 0, parties: 0 };
    p.covers += b.covers;
    p.parties++;
    found.set(at, p);
  }
  return [...found.values()].sort((a, b) => a.at - b.at);
}

// ---- where a party in hand may go

/** @typedef {{ kind: 'booking' | 'seating', id: string, name: string, covers: number, start: number, until: number, accessible: boolean, now: string[] }} InHand */
/** @typedef {{ legal: boolean, ids: string[], why: string }} Target */

/** A booking or a seated party taken in hand, null if it cannot move. @param {Replica} view @param {string} id @param {number} now @returns {InHand | null} */
export function inHand(view, id, now) {
  const s = /** @type {SeatingRow | undefined} */ (view.row('seating', id));
  if (s) return { kind: 'seating', id, name: s.name, covers: s.covers, start: now, until: Math.max(now, Date.parse(s.expected_clear)), accessible: false, now: s.table_ids };
  const b = /** @type {BookingRow | undefined} */ (view.row('booking', id));
  if (!b || !NEEDS_TABLE.has(b.status)) return null;
  const holds = /** @type {HoldRow[]} */ ([...view.all('hold').values()]).filter((h) => h.owner_id === id && h.status === 'held');
  const start = Math.max(Date.parse(b.starts_at), now);
  const buffer = holds[0] ? Math.max(0, Date.parse(holds[0].ends_at) - Date.parse(holds[0].starts_at) - b.duration_min * MIN) : 0;
  return { kind: 'booking', id, name: b.name, covers: b.covers, start, until: start + b.duration_min * MIN + buffer,
    accessible: b.accessible || flagsOf(b).includes('step_free'), now: holds.map((h) => h.table_id) };
}

/**
 * What each table would say to the party in hand. The tablet's own guess: the hub has the last word.
 * @param {Replica} view @param {InHand} who @param {{ now: number, today: boolean }} at @returns {Map<string, Target>}
 */
export function targets(view, who, { now, today }) {
  /** @type {Map<string, string>} */ const taken = new Map();
  for (const h of /** @type {Iterable<HoldRow>} */ (view.all('hold').values())) {
    if (h.status !== 'held' || h.owner_id === who.id || h.owner_kind === 'opening') continue;
    if (Date.parse(h.starts_at) < who.until && who.start < Date.parse(h.ends_at)) taken.set(h.table_id, `${view.row('booking', h.owner_id)?.name ?? OTHERS[h.owner_kind] ?? 'Taken'} ${hm(h.starts_at)}`);
  }
  if (today) for (const s of /** @type {Iterable<SeatingRow>} */ (view.all('seating').values())) {
    if (s.id === who.id || s.booking_id === who.id || Math.max(now, Date.parse(s.expected_clear)) <= who.start) continue;
    for (const t of s.table_ids) taken.set(t, `${s.name} until ${hm(s.expected_clear)}`);
  }
  const tables = /** @type {ReadonlyMap<string, TableRow>} */ (view.all('table'));
  /** @param {TableRow} t */
  const against = (t) => {
    if (!t.active || (today && t.status === 'out_of_service')) return 'Blocked';
    if (who.accessible && !t.features.includes('accessible')) return 'Not step-free';
    if (who.kind === 'seating' && t.status !== 'available') return t.status === 'cleaning' ? 'To clear' : taken.get(t.id) ?? 'In use';
    return taken.get(t.id) ?? '';
  };
  /** @type {Map<string, Target>} */ const found = new Map();
  for (const t of tables.values()) {
    const why = against(t);
    if (who.now.length === 1 && who.now[0] === t.id) found.set(t.id, { legal: false, ids: [t.id], why: 'Here now' });
    else if (why) found.set(t.id, { legal: false, ids: [t.id], why });
    else if (t.max_covers >= who.covers) found.set(t.id, { legal: true, ids: [t.id], why: who.covers < t.min_covers ? `For ${t.min_covers} and more` : '' });
    else found.set(t.id, { legal: false, ids: [t.id], why: `Seats ${t.max_covers}` });
  }
  for (const j of /** @type {Iterable<JoinRow>} */ (view.all('join').values())) {
    const [a, b] = [tables.get(j.a), tables.get(j.b)];
    if (!a || !b || j.combined_max < who.covers || Math.max(a.max_covers, b.max_covers) >= who.covers || against(a) || against(b)) continue;
    if (who.now.includes(a.id) && who.now.includes(b.id)) continue;
    for (const t of [a, b]) if (!found.get(t.id)?.legal) found.set(t.id, { legal: true, ids: [j.a, j.b], why: `${a.number}+${b.number}` });
  }
  return found;
}
