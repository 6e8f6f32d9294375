/** When and how many: presets, party size, day, and the times with what is open for this party. */
import { html, useEffect, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { replica } from '../parts/here.js';
import { linked } from '../parts/asking.js';
import { now, houseNow } from '../replica/clock.js';
import { today, addDays, dateWords, momentAt, card } from './house.js';
import { GONE } from './faces.js';
import { inputOf } from './modal.js';
import { Others } from './others.js';
import { slotAt } from './openings.js';
import { Slots, Legend, cellsOf, servicesOf, serviceWord, said } from './slots.js';
import { Heat } from './heat.js';
import { KeptFor } from './kept.js';
import { WhyNot } from './why.js';

/** @typedef {import('./form.js').Part} Part */
/** @typedef {import('../wire.d.ts').AreaRow} AreaRow */

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

/** The services of a day as the hours have them, until the house has told its times. @param {string} date */
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
    out.push({ word: serviceWord(times[0] ?? ''), times });
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

const LENGTHS = [60, 75, 90, 105, 120, 150, 180, 240];

/** The chosen time, always in sight: what it is, and how long it is kept. @param {{ f: Part['f'], slot: import('./openings.js').AvailableSlot | null, asking: boolean, kept: import('./kept.js').Kept, moves: number }} p */
const Chosen = ({ f, slot, asking, kept, moves }) => html`<p class="chosen" data-testid="chosen"><${Icon} n="clock" /><span><b>${f.time || '–'}</b> ${f.date === today() ? 'today' : /^\d{4}-/.test(f.date) ? dateWords(f.date) : ''}${' '}
  <span class="is">${kept.word === 'kept' ? '' : slot ? said(moves ? { ...slot, moves } : slot) : asking ? '…' : ''}</span>${kept.word === 'no' && kept.says ? html` <small>${kept.says}</small>` : ''}</span><${KeptFor} kept=${kept} /></p>`;

/**
 * @param {Part & { fresh: boolean, others: boolean, first?: 'time' | 'party', at: number, change: boolean, openings: import('./openings.js').Openings, kept: import('./kept.js').Kept,
 *   why: import('./why.js').Why | null, wait: (() => void) | null, take: (w: import('../wire.d.ts').WouldHelp) => void }} p
 */
export function When({ f, set, err, hints, checked, fresh, others, first, at, change, openings, kept, why, wait, take }) {
  const { day, word } = openings;
  const online = linked.value;
  const asking = online && !day && word !== 'away';
  const hours = services(f.date);
  const all = day?.slots.length ? servicesOf(day.slots) : day?.closed ? [] : hours;
  const covers = load(f.date);
  const most = Math.max(1, ...covers.values());
  const [shown, setShown] = useState(''); // the first time of the service looked at, where it is not the chosen time's
  const [heat, setHeat] = useState(false);
  const calendar = useRef(/** @type {HTMLButtonElement | null} */ (null));
  useEffect(() => setShown(''), [f.date, f.time]);
  now.value;
  const service = all.find((s) => s.times[0] === shown) ?? all.find((s) => s.times.includes(f.time)) ?? all.find((s) => momentAt(f.date, s.times.at(-1) ?? '') >= at) ?? all.at(-1);
  const times = (service?.times ?? []).filter((t) => t === f.time || !over(f.date, t));
  const moves = why?.certificate?.moves.length ?? 0; // the way that would be taken, where the day's own look found another
  const cells = cellsOf({ times, slots: (day?.slots ?? []).map((s) => (moves && s.at === f.time ? { ...s, moves } : s)), date: f.date, asking, covers });
  const dates = [0, 1, 2].map((n) => addDays(today(), n));
  const areas = /** @type {AreaRow[]} */ ([...replica.all('area').values()]).filter((a) => a.active).sort((a, b) => a.position - b.position);
  const turn = (/** @type {string} */ date) => set({ date, table_ids: null });
  const shut = () => { setHeat(false); calendar.current?.focus(); };
  return html`<div class="stack">
    ${fresh && html`<${Presets} set=${set} />`}
    <fieldset><legend>Guests</legend><${Sizes} focus=${first === 'party'} value=${f.covers} set=${(/** @type {number} */ covers) => set({ covers, second: null, table_ids: null })} />${err('covers')}
      ${f.second ? html`<p class="hint2 info" data-testid="second"><${Icon} n="split" />At two tables: ${f.covers} here, ${f.second.covers} at another. <button type="button" class="lnk" onClick=${() => set({ covers: f.covers + (f.second?.covers ?? 0), second: null, table_ids: null })}>One table</button></p>` : ''}</fieldset>
    <fieldset><legend>Day</legend><div class="dates">${dates.map((d, n) => html`<button type="button" key=${d} class="chipb" aria-pressed=${f.date === d} onClick=${() => turn(d)}>${n === 0 ? 'Today' : n === 1 ? 'Tomorrow' : dateWords(d, { weekday: 'short', day: 'numeric' })}</button>`)}
      <input class="in" type="date" aria-label="Day" min=${today()} value=${f.date} onInput=${inputOf(turn)} />
      <button type="button" class="chipb" ref=${calendar} aria-expanded=${heat} aria-label="How full the days are" title="How full the days are" data-testid="calendar" onClick=${() => setHeat(!heat)}><${Icon} n="calendar-days" /></button></div>
      ${heat && html`<${Heat} date=${f.date} covers=${f.covers} area=${f.area_id} pick=${(/** @type {string} */ d) => { turn(d); shut(); }} close=${shut} />`}</fieldset>
    <fieldset data-testid="time"><legend class="sr">Time</legend>
      <${Chosen} f=${f} slot=${slotAt(day, at)} asking=${asking} kept=${kept} moves=${moves} />
      <div class="fine3"><label class="exact"><span class="sr">Exact time</span><input class="in" type="time" aria-label="Exact time" value=${f.time} onInput=${inputOf((time) => set({ time, table_ids: null }))} /></label>
        <label class="exact"><span class="sr">Length</span><select class="in" aria-label="How long" value=${f.duration_min ?? ''} onChange=${inputOf((v) => set({ duration_min: v ? Number(v) : null }))}><option value="">usual length</option>${[...new Set([...LENGTHS, ...(f.duration_min ? [f.duration_min] : [])])].sort((a, b) => a - b).map((m) => html`<option value=${m}>${m} min</option>`)}</select></label>
        ${areas.length > 1 && html`<label class="exact"><span class="sr">Area</span><select class=${`in ${f.area_id ? 'on' : ''}`} aria-label="Area" value=${f.area_id ?? ''} onChange=${inputOf((v) => set({ area_id: v || null, table_ids: null }))}><option value="">any area</option>${areas.map((a) => html`<option value=${a.id}>${a.name}</option>`)}</select></label>`}</div>
      ${err('area_id')}${hints('area_id')}
      ${all.length > 1 && html`<div class="seg" role="group" aria-label="Service">${all.map((s) => html`<button type="button" key=${s.times[0]} aria-pressed=${s === service} disabled=${s.times.every((t) => over(f.date, t))} onClick=${() => setShown(s.times[0] ?? '')}>${s.word}</button>`)}</div>`}
      ${!all.length ? html`<p class="hint2 warning"><${Icon} n="triangle-alert" />The house is closed that day${day?.closed && day.closed !== 'closed' ? `: ${day.closed}` : ''}.</p>`
        : !times.length ? html`<p class="hint2 info"><${Icon} n="clock" />${service?.word} is over for that day.</p>`
        : html`<${Slots} cells=${cells} date=${f.date} time=${f.time} word=${`${service?.word}, for ${f.covers}`} busy=${word === 'asking'} most=${most} focus=${first === 'time'} over=${(/** @type {string} */ t) => over(f.date, t)}
          pick=${(/** @type {string} */ time) => set({ time, table_ids: null })} />
          <div class="under">${!online ? html`<p class="keyline"><${Icon} n="wifi-off" />No link: which times are open is told when it is back.</p>`
            : word === 'away' && !day ? html`<p class="keyline" role="alert"><${Icon} n="circle-alert" />The house did not say which times are open. <button type="button" class="lnk" onClick=${openings.again}>Ask again</button></p>`
            : !day ? html`<p class="keyline"><${Icon} n="loader" class="spin" />Looking which times are open …</p>` : html`<${Legend} cells=${cells} />`}</div>`}
      ${why && html`<${WhyNot} why=${why} time=${f.time} date=${f.date} covers=${f.covers} change=${change} take=${take} name=${(/** @type {string[]} */ table_ids) => set({ table_ids })} wait=${wait} />`}
      ${err('starts_at')}${hints('starts_at', 'duration_min')}
      ${others && !why && html`<${Others} list=${checked?.alternatives.length ? checked.alternatives : day?.alternatives ?? []} date=${f.date} pick=${set} />`}
    </fieldset>${hints('covers')}</div>`;
}
