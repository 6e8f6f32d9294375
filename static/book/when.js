/** When and how many: presets, party size, day, and the quarters of an hour with how many covers start in each. */
import { html } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { replica } from '../parts/here.js';
import { now, houseNow } from '../replica/clock.js';
import { today, addDays, dateWords, momentAt, card } from './house.js';
import { GONE } from './faces.js';
import { inputOf } from './modal.js';
import { Others } from './others.js';

/** @typedef {import('./form.js').Part} Part */

const PAD = 8; // sizes with a key of their own
const MOST = 20;
const LAST_ORDER_MIN = 45; // before closing nobody sits down to a meal any more
const QUARTER = 15;
const USUAL = ['12:00', '15:00', '17:00', '23:00']; // where the site's hours are not known

/** @param {{ value: number, set: (n: number) => void, focus: boolean }} p */
const Sizes = ({ value, set, focus }) => html`<div class="pad" role="group" aria-label="Guests">${Array.from({ length: PAD }, (_, i) => i + 1).map((n) =>
  html`<button type="button" key=${n} class="btn" data-covers=${n} data-focus=${(focus && value === n) || undefined} aria-pressed=${value === n} onClick=${() => set(n)}>${n}</button>`)}
  <select class=${`btn ${value > PAD ? 'on' : ''}`} aria-label="More guests" value=${value > PAD ? value : ''} onChange=${(/** @type {any} */ e) => set(Number(e.target.value))}>
    <option value="" disabled>9+</option>${Array.from({ length: MOST - PAD }, (_, i) => i + PAD + 1).map((n) => html`<option value=${n}>${n}</option>`)}</select></div>`;

/** Is a wall time of a day over? @param {string} date @param {string} time */
const over = (date, time) => momentAt(date, time) < Math.floor(houseNow() / 60_000) * 60_000;

/** @param {string} date */
const weekday = (date) => new Date(`${date}T12:00Z`).getUTCDay();
function nextWeekend() {
  for (let n = 0; n < 8; n++) {
    const date = addDays(today(), n);
    if ((weekday(date) === 6 || weekday(date) === 0) && !over(date, '11:00')) return date;
  }
  return today();
}

/** @param {{ set: Part['set'] }} p */
function Presets({ set }) {
  const tonight = over(today(), '19:00') ? addDays(today(), 1) : today();
  const brunch = nextWeekend();
  return html`<div class="presets" role="group" aria-label="Presets">
    <button type="button" class="preset" data-preset="dinner" onClick=${() => set({ covers: 2, date: tonight, time: '19:00', table_ids: null })}><${Icon} n="utensils" /><span><b>Dinner for 2</b>${tonight === today() ? 'tonight' : 'tomorrow'} 19:00</span></button>
    <button type="button" class="preset" data-preset="brunch" onClick=${() => set({ date: brunch, time: '11:00', table_ids: null })}><${Icon} n="egg" /><span><b>Weekend brunch</b>${dateWords(brunch, { weekday: 'short' })} 11:00</span></button>
    <button type="button" class="preset" data-preset="large" onClick=${() => set({ covers: 8, table_ids: null })}><${Icon} n="party-popper" /><span><b>Large party</b>from 8</span></button></div>`;
}

/** The services of a day: from, to and their quarters. @param {string} date */
function services(date) {
  const iso = String(weekday(date) || 7);
  const hours = card.value?.opening_hours;
  const list = hours ? (hours[date] ?? hours[iso] ?? []) : USUAL;
  const minutes = (/** @type {string} */ t) => Number(t.slice(0, 2)) * 60 + Number(t.slice(3, 5));
  const out = [];
  for (let i = 0; i + 1 < list.length; i += 2) {
    const from = minutes(list[i] ?? ''), shut = minutes(list[i + 1] ?? '');
    const to = (shut <= from ? shut + 1440 : shut) - LAST_ORDER_MIN;
    const times = [];
    for (let m = Math.ceil(from / QUARTER) * QUARTER; m <= to; m += QUARTER) times.push(`${String(Math.floor(m / 60) % 24).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`);
    out.push({ word: from < 11 * 60 ? 'Breakfast' : from < 16 * 60 ? 'Lunch' : 'Dinner', times });
  }
  return out;
}

/** Covers that start at each wall moment of a day. @param {string} date */
function load(date) {
  replica.revision.value;
  const by = new Map();
  for (const b of replica.all('booking').values()) if (b.service_date === date && !GONE.has(b.status)) by.set(Date.parse(b.starts_at), (by.get(Date.parse(b.starts_at)) ?? 0) + b.covers);
  return by;
}

/** @param {Part & { fresh: boolean, others: boolean, first?: 'time' | 'party' }} p */
export function When({ f, set, err, hints, checked, fresh, others, first }) {
  const all = services(f.date);
  const covers = load(f.date);
  const most = Math.max(1, ...covers.values());
  const here = all.find((s) => s.times.includes(f.time)) ?? all.find((s) => f.time >= (s.times[0] ?? '') ) ?? all.at(-1);
  const service = here ?? all[0];
  now.value;
  const dates = [0, 1, 2].map((n) => addDays(today(), n));
  return html`<div class="stack">
    ${fresh && html`<${Presets} set=${set} />`}
    <fieldset><legend>Guests</legend><${Sizes} focus=${first === 'party'} value=${f.covers} set=${(/** @type {number} */ covers) => set({ covers, table_ids: null })} />${err('covers')}${hints('covers')}</fieldset>
    <fieldset><legend>Day</legend><div class="dates">${dates.map((d, n) => html`<button type="button" key=${d} class="chipb" aria-pressed=${f.date === d} onClick=${() => set({ date: d, table_ids: null })}>${n === 0 ? 'Today' : n === 1 ? 'Tomorrow' : dateWords(d, { weekday: 'short', day: 'numeric' })}</button>`)}
      <input class="in" type="date" aria-label="Day" min=${today()} value=${f.date} onInput=${inputOf((date) => set({ date, table_ids: null }))} /></div></fieldset>
    <fieldset data-testid="time"><legend>Time</legend>
      <div class="row">${all.length > 1 && html`<div class="seg" role="group" aria-label="Service">${all.map((s) => html`<button type="button" key=${s.word} aria-pressed=${s === service} onClick=${() => set({ time: s.times.find((t) => !over(f.date, t)) ?? s.times[0] ?? f.time, table_ids: null })}>${s.word}</button>`)}</div>`}
        <label class="exact"><span class="sr">Exact time</span><input class="in" type="time" aria-label="Exact time" value=${f.time} onInput=${inputOf((time) => set({ time, table_ids: null }))} /></label>
        <label class="exact"><span class="sr">Length</span><select class="in" aria-label="How long" value=${f.duration_min ?? ''} onChange=${inputOf((v) => set({ duration_min: v ? Number(v) : null }))}><option value="">usual length</option>${[...new Set([60, 75, 90, 105, 120, 150, 180, 240, ...(f.duration_min ? [f.duration_min] : [])])].sort((a, b) => a - b).map((m) => html`<option value=${m}>${m} min</option>`)}</select></label></div>
      ${!all.length ? html`<p class="hint2 warning"><${Icon} n="triangle-alert" />The house is closed that day.</p>`
        : html`<div class="times" role="group" aria-label=${`Times, ${service?.word}`}>${service?.times.map((t) => {
          const n = covers.get(momentAt(f.date, t)) ?? 0;
          return html`<button type="button" key=${t} data-time=${t} data-focus=${(first === 'time' && f.time === t) || undefined} disabled=${over(f.date, t)} aria-pressed=${f.time === t} aria-label=${`${t}${n ? `, ${n} covers start then` : ''}`} onClick=${() => set({ time: t, table_ids: null })}>${t}<i style=${`width:${Math.round((n / most) * 100)}%`}></i></button>`;
        })}</div>`}
      ${err('starts_at')}${hints('starts_at', 'duration_min')}
      ${others && html`<${Others} list=${checked?.alternatives ?? []} date=${f.date} pick=${set} />`}
    </fieldset></div>`;
}
