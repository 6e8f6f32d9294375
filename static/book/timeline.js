/**
 * The evening by table: bars to take in hand and to put on another table, by tap, by drag or by keys; the house's plan as
 * outlines to accept or wave away; covers by the quarter of an hour above.
 */
import { html, signal, effect, batch, untracked, useEffect, useRef } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm } from '../parts/words.js';
import { may, replica, venue, link, pending } from '../parts/here.js';
import { now, houseNow } from '../replica/clock.js';
import { numbersOf } from './faces.js';
import { eveningOf, inHand } from './lanes.js';
import { day, today, text, known, lanes } from './house.js';
import { openBooking, changeBooking } from './hand.js';
import { taken, over, hand, where, putAt } from './inhand.js';
import { gripped } from './grip.js';
import { PlanBar, openPlan, ForBooking } from '../plan/all.js';
import { lines, outlines, pins, planDay, looked } from '../plan/state.js';

/** @typedef {import('./lanes.js').Bar} Bar */
/** @typedef {import('./lanes.js').Lane} Lane */
/** @typedef {import('./lanes.js').Evening} Evening */

const LATE_MIN = 15; // until the venue says otherwise
const WIDTHS = [46, 64, 92, 132]; // pixels a half hour
const KEPT = 'timeline:width';
const HALF_MS = 30 * 60_000;

const evening = signal(/** @type {Evening | null} */ (null));
const width = signal(Math.min(WIDTHS.length - 1, Math.max(0, Number(kept() ?? 1))));
function kept() { try { return localStorage.getItem(KEPT); } catch { return null; } }
/** @param {number} by */
function zoom(by) {
  width.value = Math.min(WIDTHS.length - 1, Math.max(0, width.peek() + by));
  try { localStorage.setItem(KEPT, String(width.peek())); } catch { /* for this visit then */ }
}

/** @type {Map<string, Lane>} lanes as last drawn: one that has not changed is not drawn again */
let drawn = new Map();
/** Draws while the timeline is open. */
function follow() {
  return effect(() => {
    replica.revision.value;
    venue.value;
    now.value;
    const date = day.value, plan = outlines.value ? lines.value : [], kept = pins.value;
    if (!date) return;
    untracked(() => {
      const fresh = eveningOf(replica, date, { now: houseNow(), today: date === today(), lateAfter: venue.peek()?.late_after_min ?? LATE_MIN, touched: pending?.touched ?? new Map(), plan, pins: kept });
      /** @type {Map<string, Lane>} */ const next = new Map();
      for (const a of fresh.areas) a.lanes = a.lanes.map((lane) => {
        const was = drawn.get(lane.id);
        const same = was?.key === lane.key ? was : lane;
        next.set(lane.id, same);
        return same;
      });
      drawn = next;
      batch(() => {
        evening.value = fresh;
        if (taken.peek() && !inHand(replica, taken.peek(), houseNow())) taken.value = ''; // it left, or sits by now
      });
    });
  });
}

// The plan shown is that of the day that is open.
effect(() => { planDay.value = day.value; });

// ---- doing

/** @param {Bar} bar */
function tap(bar) {
  if (bar.kind === 'other') return;
  if (bar.kind === 'ghost') return openPlan(bar.owner);
  if (bar.kind === 'booking' && !bar.moves) return openBooking(bar.owner);
  taken.value = taken.peek() === bar.id ? '' : bar.id;
}

/** To the next table that would take it, by key. @param {number} by */
function aim(by) {
  const lanes = (evening.peek()?.areas ?? []).flatMap((a) => a.lanes).filter((l) => where.peek()?.get(l.id)?.legal);
  const i = lanes.findIndex((l) => l.id === over.peek());
  const next = lanes[i < 0 ? (by > 0 ? 0 : lanes.length - 1) : (i + by + lanes.length) % lanes.length];
  if (!next) return;
  over.value = next.id;
  document.querySelector(`[data-lane="${CSS.escape(next.id)}"]`)?.scrollIntoView({ block: 'nearest' });
}

lanes.zoom = zoom;
/** Keys while the timeline is open; true = that was one of ours. @param {KeyboardEvent} e */
lanes.take = (e) => {
  const el = /** @type {HTMLElement} */ (e.target);
  if (el.closest?.('.drawer')) return false;
  if (taken.peek()) {
    if (e.key === 'Escape') batch(() => { taken.value = ''; over.value = ''; });
    else if (e.key === 'ArrowDown') aim(1);
    else if (e.key === 'ArrowUp') aim(-1);
    else if (e.key === 'Enter' && over.peek()) { putAt(over.peek()); over.value = ''; }
    else return false;
    e.preventDefault();
    return true;
  }
  if (e.key === '+' || e.key === '-') { zoom(e.key === '+' ? 1 : -1); return true; }
  if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp') return false;
  const bars = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.tl .bar:not([disabled])')]);
  const i = bars.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  bars[i < 0 ? 0 : Math.max(0, Math.min(bars.length - 1, i + (e.key === 'ArrowDown' ? 1 : -1)))]?.focus();
  e.preventDefault();
  return true;
};

// ---- drawing

/** @param {{ bar: Bar & { row: number }, from: number, span: number }} p */
function BarView({ bar, from, span }) {
  const part = (/** @type {number} */ ms) => `${((ms / span) * 100).toFixed(3)}%`;
  const dim = text.value && !bar.found.includes(text.value);
  const inMine = (taken.value && (taken.value === bar.id || taken.value === bar.owner)) || ((bar.kind === 'ghost' || bar.leaves) && looked.value === bar.owner);
  const grip = bar.moves || bar.kind === 'seating' ? { onPointerDown: (/** @type {PointerEvent} */ e) => may('book.write') && gripped(e, bar) } : {};
  return html`<button class=${`bar ${bar.kind} ${bar.tone} ${bar.hot ? 'hot' : ''} ${bar.over ? 'over' : ''} ${bar.late ? 'late' : ''} ${bar.ghost ? 'sent' : ''} ${bar.leaves ? 'leaves' : ''} ${dim ? 'dim' : ''} ${inMine ? 'mine' : ''}`}
    style=${`left:${part(bar.start - from)};width:${part(bar.until - bar.start)};--turn:${(((bar.end - bar.start) / Math.max(1, bar.until - bar.start)) * 100).toFixed(2)}%;--row:${bar.row}`}
    data-bar=${bar.id} aria-label=${bar.said} aria-pressed=${bar.kind === 'other' ? undefined : !!inMine} disabled=${bar.kind === 'other'} title=${bar.why || undefined} onClick=${() => tap(bar)} ...${grip}>
    <span class="in2">${bar.covers ? html`<b>${bar.covers}</b>` : html`<${Icon} n=${bar.icon} />`}<span class="nm3">${bar.name}</span>${bar.vip && html`<${Icon} n="star" class="gold" />`}${bar.pinned && html`<${Icon} n="lock" class="pin" />`}${bar.alert && html`<${Icon} n="triangle-alert" class="al3" />`}${bar.pair && html`<i class="pr">${bar.pair}</i>`}${bar.over ? html`<i class="ov">+${bar.over}′</i>` : bar.late ? html`<i class="ov">${bar.late}′ late</i>` : ''}</span>
  </button>`;
}

/** @param {{ lane: Lane, from: number, span: number }} p */
function LaneView({ lane, from, span }) {
  const target = where.value?.get(lane.id);
  const state = !hand.value ? '' : target?.legal ? 'yes' : 'no';
  return html`<div class=${`lane ${state} ${over.value === lane.id ? 'aim' : ''} ${lane.blocked ? 'blocked' : ''}`} data-lane=${lane.id} data-number=${lane.number} style=${`--rows:${lane.rows}`}>
    <div class="tbl">${lane.colour >= 0 && html`<i class="sec" style=${`background:var(--s${lane.colour % 6})`}></i>`}<b>${lane.number}</b><small>${lane.seats}</small></div>
    <div class="track">${lane.bars.map((bar) => html`<${BarView} key=${bar.id} bar=${bar} from=${from} span=${span} />`)}
      ${lane.blocked && html`<span class="shut"><${Icon} n="ban" />${lane.blocked}</span>`}
      ${hand.value && html`<button class="put" disabled=${!target?.legal} aria-label=${`${lane.number}: ${target?.legal ? `put ${hand.value.name} here${target.why ? `, ${target.why}` : ''}` : target?.why}`} onClick=${() => putAt(lane.id)}>
        <span style=${`left:${(((hand.value.start - from) / span) * 100).toFixed(3)}%;width:${(((hand.value.until - hand.value.start) / span) * 100).toFixed(3)}%`}></span><em>${target?.why ?? ''}</em></button>`}</div></div>`;
}

function Ruler(/** @type {{ e: Evening, halves: number[] }} */ { e, halves }) {
  const span = e.to - e.from;
  return html`<div class="ruler"><div class="tbl"><${Icon} n="clock" /></div><div class="track">
    ${halves.map((at) => html`<span key=${at} class=${at % (2 * HALF_MS) ? 'half' : ''} style=${`left:${((at - e.from) / span) * 100}%`}>${hm(at)}</span>`)}</div></div>
  <div class="pace" aria-label="Covers by the quarter of an hour" role="img"><div class="tbl"><small>covers</small></div><div class="track">
    ${e.pace.map((p) => html`<i key=${p.at} title=${`${hm(p.at)}: ${p.covers} covers, ${p.parties} part${p.parties === 1 ? 'y' : 'ies'}`} style=${`left:${((p.at - e.from) / span) * 100}%;width:${(HALF_MS / 2 / span) * 100}%;--h:${p.covers / e.most}`}><b>${p.covers}</b></i>`)}</div></div>`;
}

/** What is in hand, and what may be done with it besides a table. */
function Hand() {
  const who = hand.value;
  if (!who) return null;
  const free = [...(where.value?.values() ?? [])].filter((t) => t.legal).length;
  const id = who.kind === 'booking' ? who.id : replica.row('seating', who.id)?.booking_id;
  return html`<div class="inhand" role="status" data-testid="hand"><span class="sz">${who.covers}</span><div class="grow"><b>${who.name}</b>
      <small>${hm(who.start)} – ${hm(who.until)}${who.now.length ? ` · at ${numbersOf(replica, who.now)}` : ' · no table'} · ${free ? `${free} table${free === 1 ? '' : 's'} would do` : 'no other table would do'}</small></div>
    ${id && html`<button class="btn sm" onClick=${() => { taken.value = ''; openBooking(id); }}><${Icon} n="book-open" /><span>Open</span></button>`}
    ${who.kind === 'booking' && html`<button class="btn sm" onClick=${() => { taken.value = ''; changeBooking(who.id, 'time'); }}><${Icon} n="clock" /><span>Other time</span></button>`}
    ${who.kind === 'booking' && html`<${ForBooking} id=${who.id} />`}
    <button class="icon" aria-label="Put it back" onClick=${() => (taken.value = '')}><${Icon} n="x" /></button></div>`;
}

function Tray(/** @type {{ e: Evening }} */ { e }) {
  if (!e.loose.length) return null;
  return html`<section class="tray" aria-label="Bookings without a table" data-testid="tray"><span class="cap"><${Icon} n="triangle-alert" />No table</span>
    ${e.loose.map((b) => html`<button key=${b.id} class=${`chipb ${taken.value === b.id ? 'mine' : ''} ${text.value && !b.found.includes(text.value) ? 'dim' : ''}`} data-loose=${b.id} aria-pressed=${taken.value === b.id} title=${b.why || undefined}
      onClick=${() => (taken.value = taken.peek() === b.id ? '' : b.id)} onPointerDown=${(/** @type {PointerEvent} */ ev) => may('book.write') && gripped(ev, b)}><b>${b.covers}</b>${b.name}<small>${b.time}</small>${b.alert && html`<${Icon} n="triangle-alert" />`}</button>`)}</section>`;
}

export function Timeline() {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(follow, []);
  const e = evening.value, seen = looked.value;
  const there = known.value && !!e;
  useEffect(() => { // opens with the hour of now a third from the left
    const el = ref.current;
    if (!el || !e || day.peek() !== today()) return;
    el.scrollLeft = Math.max(0, ((houseNow() - e.from) / HALF_MS) * (WIDTHS[width.peek()] ?? 0) - el.clientWidth / 3);
  }, [there, day.value, width.value]);
  useEffect(() => { // the change looked at comes into sight
    const bar = (/** @type {string} */ id) => document.querySelector(`[data-bar="${CSS.escape(id)}"]`);
    if (seen) (bar(`plan:${seen}`) ?? bar(seen))?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [seen]);
  if (!there || !e) return html`<div class="tl" aria-busy="true"><div class="empty">${link.word.value === 'offline' ? html`<${Icon} n="wifi-off" /><b>This day is not on the tablet</b><span>It appears as soon as the house answers.</span>` : html`<${Icon} n="loader" class="spin" /><b>One moment</b>`}</div></div>`;
  const span = e.to - e.from, halves = [];
  for (let at = e.from; at < e.to; at += HALF_MS) halves.push(at);
  const at = day.value === today() ? Math.floor((houseNow() - e.from) / 60_000) / (span / 60_000) : -1; // by the minute
  const tables = e.areas.reduce((n, a) => n + a.lanes.length, 0);
  return html`<div class=${`tlbox ${hand.value ? 'holding' : ''}`}><${PlanBar} /><${Tray} e=${e} /><${Hand} />
    <div class="tl" ref=${ref} tabindex="-1" role="region" aria-label="The evening by table" style=${`--half:${WIDTHS[width.value]}px;--halves:${halves.length};--now:${at >= 0 && at <= 1 ? `${(at * 100).toFixed(3)}%` : '-9px'}`}>
      <${Ruler} e=${e} halves=${halves} />
      ${!tables ? html`<div class="empty"><${Icon} n="layout-grid" /><b>No tables yet</b><span>Tables appear here as soon as the floor has some.</span></div>` : e.areas.map((a) => html`<section key=${a.id} aria-label=${a.name}><h2><span>${a.name}</span></h2>
        ${a.lanes.map((lane) => html`<${LaneView} key=${lane.id} lane=${lane} from=${e.from} span=${span} />`)}</section>`)}
    </div></div>`;
}
