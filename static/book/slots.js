/** The day's times for this party: free, open by moving others, full, not offered. Arrows walk, Enter takes. */
import { html, useEffect, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { momentAt } from './house.js';

/** @typedef {import('./openings.js').AvailableSlot} AvailableSlot */
/** One time as drawn. `n`: covers that start then. @typedef {{ at: string, state: 'free' | 'moving' | 'full' | 'closed' | 'asking' | 'unknown', slot: AvailableSlot | null, n: number }} Cell */

const SAYS = { free: 'free', full: 'full', closed: 'not offered', asking: '', unknown: '', moving: '' };
const moved = (/** @type {number} */ n) => `${n} ${n === 1 ? 'other moves' : 'others move'}`;

/** What a time is, in a word for the eye. @param {Cell} c */
function sign({ state, slot }) {
  if (state === 'moving') return html`<${Icon} n="arrow-left-right" />${slot?.moves ?? 1}`;
  if (state === 'full') return slot?.exact ? 'full' : 'full?';
  if (state === 'closed') return html`<${Icon} n="ban" />shut`;
  if (state !== 'free') return '';
  const flags = slot?.flags ?? [];
  return flags.includes('special_event') ? html`<${Icon} n="ticket" />event` : flags.includes('recommended') ? html`<${Icon} n="star" />best`
    : flags.includes('filling_fast') ? 'few left' : flags.includes('off_peak') ? html`<${Icon} n="tag" />quiet` : 'free';
}

/** The same for who listens. @param {Cell} c */
export function spoken({ at, state, slot, n }) {
  const flags = slot?.flags ?? [];
  return [at, state === 'moving' ? `open if ${moved(slot?.moves ?? 1)}` : state === 'full' && !slot?.exact ? 'full, not proven' : SAYS[state],
    flags.includes('recommended') && 'recommended', flags.includes('filling_fast') && 'filling fast', slot?.special_event, slot?.incentive, slot?.pricing,
    n && `${n} covers start then`].filter(Boolean).join(', ');
}

/** Sentence for the line above the grid. @param {AvailableSlot | null} slot */
export const said = (slot) => !slot ? '' : slot.state === 'moving' ? `open if ${moved(slot.moves ?? 1)}` : slot.state === 'full' ? (slot.exact ? 'full' : 'full, as far as looked')
  : slot.state === 'closed' ? (slot.reason === 'past' ? 'over' : 'not offered') : slot.flags.includes('filling_fast') ? 'free, few left' : 'free';

/** Where an arrow leads from one of some buttons laid out in rows. @param {HTMLElement[]} all @param {HTMLElement} from @param {string} key */
export function stepTo(all, from, key) {
  const i = all.indexOf(from);
  if (key === 'ArrowRight') return all[i + 1];
  if (key === 'ArrowLeft') return all[i - 1];
  if (key === 'Home') return all[0];
  if (key === 'End') return all.at(-1);
  if (key !== 'ArrowUp' && key !== 'ArrowDown') return undefined;
  const down = key === 'ArrowDown';
  const x = from.offsetLeft;
  const rows = all.filter((b) => (down ? b.offsetTop > from.offsetTop : b.offsetTop < from.offsetTop));
  const edge = down ? Math.min(...rows.map((b) => b.offsetTop)) : Math.max(...rows.map((b) => b.offsetTop));
  return rows.filter((b) => b.offsetTop === edge).sort((a, b) => Math.abs(a.offsetLeft - x) - Math.abs(b.offsetLeft - x))[0];
}

/** @param {{ cells: Cell[], date: string, time: string, word: string, busy: boolean, most: number, focus: boolean, over: (at: string) => boolean, pick: (at: string) => void }} p */
export function Slots({ cells, date, time, word, busy, most, focus, over, pick }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [at, setAt] = useState(''); // where the keyboard stands
  const open = cells.filter((c) => !over(c.at));
  const stands = open.find((c) => c.at === at) ?? open.find((c) => c.at === time) ?? open.find((c) => c.state === 'free') ?? open[0];
  useEffect(() => setAt(''), [date, time]);
  const walk = (/** @type {KeyboardEvent} */ e) => {
    const all = /** @type {HTMLElement[]} */ ([...(box.current?.querySelectorAll('button:not(:disabled)') ?? [])]);
    const to = e.target instanceof HTMLElement ? stepTo(all, e.target, e.key) : undefined;
    if (!to && !/^(Arrow|Home$|End$)/.test(e.key)) return;
    e.preventDefault();
    e.stopPropagation();
    if (!to) return;
    setAt(to.dataset.time ?? '');
    to.focus();
  };
  return html`<div class="openings" ref=${box} role="group" aria-label=${`Times, ${word}`} aria-busy=${busy} data-testid="openings" onKeyDown=${walk}>${cells.map((c) => html`
    <button type="button" key=${c.at} data-time=${c.at} data-state=${c.state} data-focus=${(focus && time === c.at) || undefined} disabled=${over(c.at)} tabindex=${stands?.at === c.at ? 0 : -1}
      aria-pressed=${time === c.at} aria-label=${spoken(c)} onClick=${() => pick(c.at)}><b>${c.at}</b><small>${sign(c) || ' '}</small><i style=${`width:${Math.round((c.n / most) * 100)}%`}></i></button>`)}</div>`;
}

/** What the signs mean, of those there are. @param {{ cells: Cell[] }} p */
export function Legend({ cells }) {
  const there = new Set(cells.map((c) => c.state));
  return html`<p class="keyline">${there.has('free') && html`<span><i class="k free"></i>free</span>`}
    ${there.has('moving') && html`<span><i class="k moving"><${Icon} n="arrow-left-right" /></i>others move first</span>`}
    ${there.has('full') && html`<span><i class="k full"></i>full: tap for why</span>`}
    ${there.has('closed') && html`<span><i class="k closed"><${Icon} n="ban" /></i>not offered</span>`}</p>`;
}

/** Times fall into services where nothing is offered for a while. @param {AvailableSlot[]} slots @returns {{ word: string, times: string[] }[]} */
export function servicesOf(slots) {
  /** @type {AvailableSlot[][]} */
  const runs = [];
  for (const s of slots) {
    const last = runs.at(-1)?.at(-1);
    if (last && Date.parse(s.starts_at) - Date.parse(last.starts_at) <= GAP_MS) runs.at(-1)?.push(s);
    else runs.push([s]);
  }
  return runs.map((run) => ({ word: serviceWord(run[0]?.at ?? ''), times: run.map((s) => s.at) }));
}
const GAP_MS = 61 * 60_000; // a house may offer each full hour only
/** @param {string} from */
export const serviceWord = (from) => (from >= '04:00' && from < '11:00' ? 'Breakfast' : from >= '11:00' && from < '16:00' ? 'Lunch' : 'Dinner');

/** @param {{ times: string[], slots: AvailableSlot[], date: string, asking: boolean, covers: Map<number, number> }} p @returns {Cell[]} */
export const cellsOf = ({ times, slots, date, asking, covers }) => times.map((at) => {
  const slot = slots.find((s) => s.at === at) ?? null;
  return { at, slot, state: slot?.state ?? (asking ? 'asking' : 'unknown'), n: covers.get(momentAt(date, at)) ?? 0 };
});
