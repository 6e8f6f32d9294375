/** What may be booked when, in a manager's words. Times are the house's own; what is before the day's end is its night. */
import { dayOf, hm } from '../../parts/words.js';

/** @typedef {import('../../wire.d.ts').SlotRuleRow} SlotRuleRow */
/** @typedef {import('../../wire.d.ts').SlotRow} SlotRow */
/** @typedef {import('../../wire.d.ts').SpecialDayRow} SpecialDayRow */
/** @typedef {import('../../wire.d.ts').WeatherRow} WeatherRow */
/** @typedef {import('../../wire.d.ts').StaffLevelRow} StaffLevelRow */

export const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
export const LONG_DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const DAY_MIN = 1440;

/** @param {number} n @param {string} one @param {string} [many] */
export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
/** @param {string} clock */
export const minuteOf = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
/** Minutes from the midnight a service day begins after. @param {string} clock @param {string} dayEnds */
export const beginsAt = (clock, dayEnds) => minuteOf(clock) + (minuteOf(clock) < minuteOf(dayEnds) ? DAY_MIN : 0);
/** The same of an end: the moment the day ends belongs to it. @param {string} clock @param {string} dayEnds */
export const endsAt = (clock, dayEnds) => minuteOf(clock) + (minuteOf(clock) <= minuteOf(dayEnds) ? DAY_MIN : 0);
/** @param {number} minute */
export const clockOf = (minute) => `${String(Math.floor((minute % DAY_MIN) / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** @param {string} date YYYY-MM-DD */
export const isoDay = (date) => new Date(`${date}T12:00:00Z`).getUTCDay() || 7;
/** Sat 21 Nov @param {string} date */
export const dateWords = (date) => dayOf(`${date}T12:00:00Z`);
/** @param {string} date @param {number} days */
export const plusDays = (date, days) => new Date(Date.parse(`${date}T12:00:00Z`) + days * 864e5).toISOString().slice(0, 10);

/** Every day; Mon–Thu; Fri, Sat @param {readonly number[]} days */
export function weekdayWords(days) {
  if (days.length === 7) return 'Every day';
  /** @type {number[][]} */ const runs = [];
  for (const d of [...days].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    run && run.at(-1) === d - 1 ? run.push(d) : runs.push([d]);
  }
  const name = (/** @type {number | undefined} */ d) => DAYS[(d ?? 1) - 1] ?? '';
  return runs.map((r) => (r.length > 2 ? `${name(r[0])}–${name(r.at(-1))}` : r.map(name).join(', '))).join(', ');
}

/** 12:00–15:00, 18:00–01:00 @param {readonly string[]} times */
export const hoursWords = (times) => (times.length ? times.flatMap((t, i) => (i % 2 ? [] : [`${t}–${times[i + 1] ?? ''}`])).join(', ') : 'closed');

/** The times guests are offered. @param {Pick<SlotRuleRow, 'from_time' | 'until_time' | 'step_min' | 'starts'>} r @param {number} step the site's own @param {string} dayEnds */
export function ruleTimes(r, step, dayEnds) {
  if (r.starts.length) return [...r.starts].sort((a, b) => beginsAt(a, dayEnds) - beginsAt(b, dayEnds));
  const times = [];
  for (let at = beginsAt(r.from_time, dayEnds); at < endsAt(r.until_time, dayEnds); at += r.step_min || step) times.push(clockOf(at));
  return times;
}

/** every 15 min, 40 covers per 15 min @param {SlotRuleRow} r @param {number} step */
export function paceWords(r, step) {
  const every = r.step_min ?? step;
  const when = r.starts.length ? `at ${r.starts.join(', ')}` : `every ${every} min`;
  const most = r.covers_max === null ? 'no limit but the tables' : r.covers_max === 0 ? 'nobody is taken' : `${count(r.covers_max, 'cover')} ${r.starts.length ? 'at each' : `per ${every} min`}`;
  return `${when}, ${most}`;
}
/** Fri 17:00–22:30 every 15 min, 40 covers per 15 min @param {SlotRuleRow} r @param {number} step */
export const ruleWords = (r, step) => `${weekdayWords(r.weekdays)} ${r.from_time}–${r.until_time} ${paceWords(r, step)}`;

export const KINDS = /** @type {Record<SpecialDayRow['kind'], { word: string, more: string, icon: string }>} */ ({
  closed: { word: 'Closed', more: 'A holiday, a private party, building work', icon: 'ban' },
  event: { word: 'Event', more: 'Something is on; hours of its own if you like', icon: 'party-popper' },
  season: { word: 'Season', more: 'Other hours for some weeks', icon: 'leaf' },
});
/** 24 Dec @param {string} date */
const shortDate = (date) => dateWords(date).replace(/^\w+ /, '');
/** Thu 24 Dec – Sat 26 Dec; Mon, Tue, 4 Jan – 28 Feb @param {Pick<SpecialDayRow, 'first_day' | 'last_day' | 'weekdays'>} d */
export function rangeWords(d) {
  if (d.first_day === d.last_day) return dateWords(d.first_day);
  if (d.weekdays.length && d.weekdays.length < 7) return `${weekdayWords(d.weekdays)}, ${shortDate(d.first_day)} – ${shortDate(d.last_day)}`;
  return `${dateWords(d.first_day)} – ${dateWords(d.last_day)}`;
}
/** Thu 24 Dec: the house is closed, Christmas @param {SpecialDayRow} d @param {string} area its name; '' the house */
export function dayWords(d, area) {
  const who = area || 'the house';
  return `${rangeWords(d)}: ${d.kind === 'closed' ? `${who} is closed` : d.hours ? `${who} is open ${hoursWords(d.hours)}` : `${who} keeps its usual hours`}, ${d.title}`;
}

/** What one time has of its own: 6 covers, Jazz @param {SlotRow} s */
export function timeWords(s) {
  if (!s.active) return 'not offered';
  const said = [s.covers_max !== null && (s.covers_max ? count(s.covers_max, 'cover') : 'full'), s.special_event, s.staff_level !== null && `${s.staff_level} serving`, s.pricing, s.incentive, s.recommended && 'recommended', s.recommended === false && 'not recommended'];
  return said.filter(Boolean).join(', ') || 'as its service says';
}
/** Fri 20 Nov 19:00: 6 covers @param {SlotRow} s */
export const slotWords = (s) => `${dateWords(s.on)} ${s.at}: ${timeWords(s)}`;
/** @param {WeatherRow} w */
export const rainWords = (w) => `Rain ${dayOf(w.starts_at)} ${hm(w.starts_at)}–${hm(w.ends_at)}${w.note ? `, ${w.note}` : ''}`;

/** What a change on record changed, in a few words. @param {Record<string, any>} fields name → [was, now] */
export function changeWords(fields) {
  const said = Object.entries(fields).filter(([f]) => WORDS[f]).map(([f, [was, now]]) => `${WORDS[f]} ${value(f, was)} → ${value(f, now)}`);
  return said.join(' · ');
}
const WORDS = /** @type {Record<string, string>} */ ({
  weekdays: 'Days', from_time: 'From', until_time: 'Until', step_min: 'Every', starts: 'Times', covers_max: 'Covers', staff_needed: 'Staff needed', pricing: 'Price', incentive: 'Incentive', recommended: 'Recommended',
  kind: 'Kind', title: 'Title', first_day: 'First day', last_day: 'Last day', hours: 'Hours', special_event: 'Event', staff_level: 'Staff', level: 'Staff', active: 'Offered', note: 'Note', starts_at: 'From', ends_at: 'Until',
});
/** @param {string} field @param {any} v @returns {string} */
function value(field, v) {
  if (v === null || v === undefined || (Array.isArray(v) && !v.length)) return '–';
  if (field === 'weekdays') return weekdayWords(v);
  if (field === 'hours') return hoursWords(v);
  if (field.endsWith('_day')) return dateWords(v);
  if (field.endsWith('s_at')) return hm(v);
  return Array.isArray(v) ? v.join(', ') : typeof v === 'boolean' ? (v ? 'yes' : 'no') : String(v);
}
