/** The days that can be booked, month by month, each as full as it is for this size: a number and a level, closed days
 * and days taken out of the calendar told apart. The keys are those of a date grid. */
import { html, useEffect, useLayoutEffect, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { site } from '../parts/here.js';
import { linked } from '../parts/asking.js';
import { call } from '../replica/house.js';
import { today, addDays, dateWords } from './house.js';
import { useAnswer } from './answers.js';

/** @typedef {import('../wire.d.ts').CalendarDay} CalendarDay */

const AHEAD = 100; // the most a calendar tells at once: the horizon of 90 days is within it
const WEEK = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const LONG = /** @type {const} */ ({ weekday: 'long', day: 'numeric', month: 'long' });

const first = (/** @type {string} */ month) => `${month}-01`;
const monthOf = (/** @type {string} */ date) => date.slice(0, 7);
const nextMonth = (/** @type {string} */ month, /** @type {number} */ by) => {
  const [y = 0, m = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(y, m - 1 + by, 1)).toISOString().slice(0, 7);
};
/** 0 = Monday @param {string} date */
const weekdayOf = (date) => (new Date(`${date}T12:00Z`).getUTCDay() + 6) % 7;
/** The weeks a month touches that are not over, each from Monday on. @param {string} month */
function weeksOf(month) {
  const from = addDays(first(month), -weekdayOf(first(month)));
  const until = first(nextMonth(month, 1));
  const weeks = [];
  for (let w = from; w < until; w = addDays(w, 7)) if (addDays(w, 7) > today()) weeks.push(Array.from({ length: 7 }, (_, i) => addDays(w, i)));
  return weeks;
}

/** What a day is. @param {CalendarDay | undefined} d @returns {'none' | 'closed' | 'out' | 'full' | 'open'} */
const kind = (d) => (!d ? 'none' : d.closed ? (d.title ? 'out' : 'closed') : d.open ? 'open' : 'full');
/** How full, in four steps: 0 hardly, 3 nearly. @param {CalendarDay} d */
const level = (d) => Math.min(3, Math.floor((1 - (d.free ?? 0) / Math.max(1, d.times ?? 1)) * 4));
const LEVELS = ['wide open', 'some taken', 'filling', 'nearly full'];

/** @param {string} date @param {CalendarDay | undefined} d @param {number} covers @param {boolean} known */
function tell(date, d, covers, known) {
  const says = { none: !known ? '' : date < today() ? 'over' : 'cannot be booked yet', closed: 'closed', out: `closed: ${d?.title}`, full: `nothing free for ${covers}`,
    open: d ? `${LEVELS[level(d)]}, ${d.free} of ${d.times} times free for ${covers}` : '' }[kind(d)];
  return [dateWords(date, LONG), date === today() && 'today', says, d && !d.closed && d.title, d?.popular && 'much asked for'].filter(Boolean).join(', ');
}

/** @param {{ date: string, covers: number, area: string | null, pick: (date: string) => void, close: () => void }} p */
export function Heat({ date, covers, area, pick, close }) {
  const key = `${covers} ${area ?? ''}`;
  const { answer, of, word, again } = useAnswer(key, (signal) => call(`/api/sites/${site}/calendar?${new URLSearchParams({ days: String(AHEAD), covers: String(covers), ...(area ? { area_id: area } : {}) })}`, { signal }), linked.value);
  const days = new Map(/** @type {CalendarDay[]} */ (of === key ? answer?.days ?? [] : []).map((d) => [d.on, d]));
  const last = answer?.days.at(-1)?.on ?? addDays(today(), AHEAD - 1);
  const [at, setAt] = useState(date >= today() ? date : today()); // where the keyboard stands
  const box = useRef(/** @type {HTMLTableElement | null} */ (null));
  const moved = useRef(false);
  const month = monthOf(at);
  useLayoutEffect(() => { // before the next key
    if (moved.current) /** @type {HTMLElement | null} */ (box.current?.querySelector('[tabindex="0"]'))?.focus();
    moved.current = false;
  }, [at]);
  const to = (/** @type {string} */ next) => setAt(next < today() ? today() : next > last ? last : next);
  const keys = (/** @type {KeyboardEvent} */ e) => {
    /** @type {Record<string, () => string>} */
    const ways = { ArrowLeft: () => addDays(at, -1), ArrowRight: () => addDays(at, 1), ArrowUp: () => addDays(at, -7), ArrowDown: () => addDays(at, 7),
      Home: () => addDays(at, -weekdayOf(at)), End: () => addDays(at, 6 - weekdayOf(at)), PageUp: () => sameDay(-1), PageDown: () => sameDay(1) };
    const way = ways[e.key];
    if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); return close(); }
    if (!way) return;
    e.preventDefault();
    e.stopPropagation();
    moved.current = true;
    to(way());
  };
  const sameDay = (/** @type {number} */ by) => {
    const m = nextMonth(month, by);
    const day = addDays(first(m), Number(at.slice(8)) - 1);
    return monthOf(day) === m ? day : addDays(first(nextMonth(m, 1)), -1);
  };
  const known = days.size > 0;
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => frame.current?.scrollIntoView({ block: 'nearest' }), [known]);
  const here = days.get(at);
  return html`<section class="heat" ref=${frame} data-testid="heat" aria-label=${`Calendar for ${covers}`} aria-busy=${word === 'asking'}>
    <header><button type="button" class="icon" aria-label="The month before" disabled=${month <= monthOf(today())} onClick=${() => to(first(nextMonth(month, -1)))}><${Icon} n="chevron-left" /></button>
      <h3 id="heat-month" aria-live="polite">${dateWords(first(month), { month: 'long', year: 'numeric' })}</h3>
      <button type="button" class="icon" aria-label="The month after" disabled=${month >= monthOf(last)} onClick=${() => to(first(nextMonth(month, 1)))}><${Icon} n="chevron-right" /></button>
      <span class="sp"></span>${known && days.size < AHEAD && html`<span class="until">Bookable until <b>${dateWords(last, { day: 'numeric', month: 'short' })}</b></span>`}
      <button type="button" class="icon" aria-label="Close the calendar" onClick=${close}><${Icon} n="x" /></button></header>
    <table role="grid" aria-labelledby="heat-month" ref=${box} onKeyDown=${keys}>
      <thead><tr>${WEEK.map((w) => html`<th scope="col" abbr=${w} key=${w}>${w.slice(0, 2)}</th>`)}</tr></thead>
      <tbody>${weeksOf(month).map((week) => html`<tr key=${week[0]}>${week.map((d) => {
        const row = days.get(d);
        const k = kind(row);
        const out = monthOf(d) !== month;
        if (out) return html`<td key=${d}></td>`;
        return html`<td key=${d} role="gridcell" aria-selected=${d === date}><button type="button" data-day=${d} data-kind=${k} data-level=${row && k === 'open' ? level(row) : undefined} tabindex=${d === at ? 0 : -1}
          aria-current=${d === today() ? 'date' : undefined} aria-disabled=${(known && (k === 'none' || k === 'closed' || k === 'out')) || d < today() || undefined} aria-label=${tell(d, row, covers, known)}
          onFocus=${() => d !== at && d >= today() && d <= last && setAt(d)}
          onClick=${() => { if (d >= today() && (!known || k === 'open' || k === 'full')) pick(d); }}><b>${Number(d.slice(8))}</b><small>${k === 'open' ? row?.free : k === 'full' ? 'full' : k === 'closed' ? 'shut' : k === 'out' ? html`<${Icon} n="calendar-x" />` : ''}</small>
          ${row?.title && k !== 'out' ? html`<${Icon} n="star" />` : ''}<i></i></button></td>`;
      })}</tr>`)}</tbody></table>
    <p class="told" data-testid="heat-day">${!linked.value ? html`<${Icon} n="wifi-off" />No link: how full the days are is told when it is back.` : word === 'away' ? html`<${Icon} n="circle-alert" />The house did not say how full the days are. <button type="button" class="lnk" onClick=${() => again()}>Ask again</button>`
      : !known ? html`<${Icon} n="loader" class="spin" />Looking …` : html`<span><b>${dateWords(at)}</b> · ${tell(at, here, covers, known).split(', ').slice(1).join(', ')}</span>`}</p>
    <p class="keyline"><span><i class="k l0">9</i>times free</span><span><i class="k l2"></i>filling</span><span><i class="k lf"></i>full</span><span><i class="k shut"></i>closed</span><span><i class="k out"><${Icon} n="calendar-x" /></i>taken out</span></p></section>`;
}
