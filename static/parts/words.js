/** Times and minutes as a host reads them. */

let zone = 'UTC';
/** @type {Intl.DateTimeFormat} */ let clock;
/** @type {Intl.DateTimeFormat} */ let day;

/** All times on the screen are the site's. @param {string} timezone */
export function useZone(timezone) {
  zone = timezone;
  clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone });
  day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: zone });
}
useZone('UTC');

/** 20:45 @param {number | string} at */
export const hm = (at) => clock.format(typeof at === 'number' ? at : Date.parse(at));
/** Sat 21 Nov @param {number | string} at */
export const dayOf = (at) => day.format(typeof at === 'number' ? at : Date.parse(at));
/** 52′, 1:11 @param {number} m */
export const mins = (m) => (m >= 60 ? `${Math.floor(m / 60)}:${String(m % 60).padStart(2, '0')}` : `${m}′`);
/** 52 minutes, 1 hour 11 minutes @param {number} m */
export const spoken = (m) =>
  m < 60 ? `${m} minute${m === 1 ? '' : 's'}` : `${Math.floor(m / 60)} h ${m % 60} min`;
/** Whole minutes from one moment to another, never below 0 @param {number} from @param {number} to */
export const minutesFrom = (from, to) => Math.max(0, Math.floor((to - from) / 60_000));
/** A wait, rounded up to the next five minutes, as a house quotes it @param {number} ms */
export const rounded5 = (ms) => Math.max(0, Math.ceil(ms / 300_000) * 5);
/** A span of minutes: 25–40, 50+ where nobody knows the end @param {number} low @param {number | null | undefined} high */
export const span = (low, high) => (high == null ? `${low}+` : low === high ? `${high}` : `${low}–${high}`);
/** What a party was told, in minutes: an interval, or one figure.
 * @param {{ quoted_min: number | null, quoted_low_min?: number | null, quoted_high_min?: number | null }} p */
export const quotedAs = (p) => (p.quoted_low_min == null ? `${p.quoted_min}` : span(p.quoted_low_min, p.quoted_high_min));
/** What is left of an interval of moments, widened to five minutes; '' where there is none, or it is about now.
 * @param {{ low_at?: string | null, high_at?: string | null } | undefined} w @param {number} now */
export function between(w, now) {
  if (!w?.low_at) return '';
  const low = Math.max(0, Math.floor((Date.parse(w.low_at) - now) / 300_000) * 5);
  const high = w.high_at ? rounded5(Date.parse(w.high_at) - now) : null;
  return high !== null && high <= Math.max(5, low) ? '' : span(low, high);
}

/**
 * The moment of a wall time in the site's zone.
 * @param {string} date YYYY-MM-DD
 * @param {string} time HH:MM
 */
export function momentOf(date, time) {
  const asIf = Date.parse(`${date}T${time}:00Z`);
  const off = (/** @type {number} */ at) => {
    const p = Object.fromEntries(new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', year: 'numeric',
      month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).formatToParts(at).map((x) => [x.type, x.value]));
    return Date.parse(`${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:00Z`) - Math.floor(at / 60_000) * 60_000;
  };
  const first = asIf - off(asIf);
  return asIf - off(first); // once more: the first guess may lie beyond a change of summer time
}

/** Flags a guest may carry: their words and signs. An allergy is an alert everywhere, however rare. @type {Record<string, { word: string, icon: string, alert?: boolean, rare?: boolean }>} */
export const FLAGS = {
  vip: { word: 'VIP', icon: 'star' },
  birthday: { word: 'Birthday', icon: 'cake' },
  anniversary: { word: 'Anniversary', icon: 'heart' },
  gluten: { word: 'Gluten', icon: 'wheat-off', alert: true },
  nut_allergy: { word: 'Nut allergy', icon: 'nut', alert: true },
  shellfish: { word: 'Shellfish', icon: 'fish-off', alert: true },
  dairy: { word: 'Dairy', icon: 'milk-off', alert: true },
  peanut_allergy: { word: 'Peanut allergy', icon: 'bean', alert: true, rare: true },
  fish: { word: 'Fish', icon: 'fish', alert: true, rare: true },
  egg: { word: 'Egg', icon: 'egg', alert: true, rare: true },
  soy: { word: 'Soy', icon: 'bean', alert: true, rare: true },
  sesame: { word: 'Sesame', icon: 'wheat', alert: true, rare: true },
  vegan: { word: 'Vegan', icon: 'leaf' },
  vegetarian: { word: 'Vegetarian', icon: 'salad', rare: true },
  pescatarian: { word: 'Pescatarian', icon: 'fish', rare: true },
  halal: { word: 'Halal', icon: 'utensils', rare: true },
  kosher: { word: 'Kosher', icon: 'utensils', rare: true },
  step_free: { word: 'Step-free', icon: 'accessibility' },
  high_chair: { word: 'High chair', icon: 'baby' },
};
/** @param {string} flag */
export const flagOf = (flag) =>
  FLAGS[flag] ?? { word: flag.replaceAll('_', ' ').replace(/^./, (c) => c.toUpperCase()), icon: 'circle-alert',
    alert: /allerg|intoler/.test(flag) };

/** The longest a quote is told in figures; beyond that a host says "later". */
export const LONGEST_QUOTE_MIN = 90;
