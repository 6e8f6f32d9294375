/** The day's book: what is looked for, the filters with their counts, covers by the half hour, and the rows by time. */
import { html, useEffect, useRef, useState, signal } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { flagOf, hm, dayOf } from '../parts/words.js';
import { may, link, site } from '../parts/here.js';
import { ask } from '../parts/asking.js';
import { drawer } from '../parts/opened.js';
import { call } from '../replica/house.js';
import { FILTERS, OCCASIONS, EXPECTED, STATUS } from './faces.js';
import { list, slots, shown, filter, search, text, sums, load, known, day, today, dateWords, face, turnFace, lanes } from './house.js';
import { openBooking, newBooking, pane } from './hand.js';

/** @typedef {import('./faces.js').Card} Card */
/** @typedef {import('../wire.d.ts').Found} Found */

const LOOKUP_AFTER_MS = 250;
const AGAIN_MS = 1000;
const LOOKUP_FROM = 3; // letters; fewer would find half the town

// ---- what is looked for beyond the day

const beyond = signal(/** @type {{ q: string, state: 'idle' | 'asking' | 'there' | 'away', found: Found[] }} */ ({ q: '', state: 'idle', found: [] }));

/** @param {string} q @param {boolean} [last] a look-up that fails is made once more */
async function lookUp(q, last = false) {
  beyond.value = { q, state: 'asking', found: beyond.peek().found };
  try {
    const found = await call(`/api/sites/${site}/lookup?q=${encodeURIComponent(q)}`);
    if (beyond.peek().q === q) beyond.value = { q, state: 'there', found };
  } catch {
    if (beyond.peek().q !== q) return;
    if (last) beyond.value = { q, state: 'away', found: [] };
    else setTimeout(() => beyond.peek().q === q && lookUp(q, true), AGAIN_MS);
  }
}

function Search() {
  const value = search.value;
  useEffect(() => {
    const q = value.trim();
    if (q.length < LOOKUP_FROM) return void (beyond.value = { q: '', state: 'idle', found: [] });
    const timer = setTimeout(() => lookUp(q), LOOKUP_AFTER_MS);
    return () => clearTimeout(timer);
  }, [value]);
  const keys = (/** @type {KeyboardEvent} */ e) => {
    if (e.key === 'Escape') { e.stopPropagation(); search.value = ''; /** @type {HTMLElement} */ (e.target).blur(); }
    if (e.key === 'ArrowDown') { e.preventDefault(); step(1); }
    if (e.key === 'Enter') { e.preventDefault(); /** @type {HTMLElement | null} */ (document.querySelector('.book-list [data-booking] .open, .book-list [data-found]'))?.click(); }
  };
  return html`<div class="seek2" role="search"><${Icon} n="search" /><input class="in" id="seek" type="search" autocomplete="off" spellcheck=${false} placeholder="Name, code, phone, e-mail" aria-label="Find in the book"
    value=${value} onInput=${(/** @type {any} */ e) => (search.value = e.target.value)} onKeyDown=${keys} />
    ${value && html`<button class="icon" aria-label="Clear the search" onClick=${() => { search.value = ''; document.getElementById('seek')?.focus(); }}><${Icon} n="x" /></button>`}</div>`;
}

const MATCHED = { code: 'code', phone: 'phone', email: 'e-mail', name: 'name' };

function Beyond() {
  const { state, found } = beyond.value;
  if (!text.value || text.value.length < LOOKUP_FROM) return null;
  const here = new Set(shown.value.map((c) => c.id));
  const rest = found.filter((f) => !here.has(f.booking.id));
  return html`<section class="beyond" aria-label="Found beyond this list" aria-busy=${state === 'asking'}>
    <h2><${Icon} n=${state === 'asking' ? 'loader' : 'calendar-days'} class=${state === 'asking' ? 'spin' : ''} />${state === 'away' ? 'Other days cannot be searched just now' : rest.length ? 'In the whole book' : state === 'there' ? 'Nothing more in the whole book' : 'Looking through the whole book …'}</h2>
    <ul>${rest.map(({ booking: b, matched }) => html`<li key=${b.id}><button class="brow open" data-found=${b.id} onClick=${() => openBooking(b.id, b)}>
      <span class="tm wide"><b>${hm(b.starts_at)}</b><small>${dayOf(`${b.service_date}T12:00:00Z`)}</small></span><span class="sz">${b.covers}</span>
      <span class="who"><span class="nm"><span class="t-nm">${b.name}</span></span><span class="meta">${b.code} · found by ${MATCHED[matched]}${b.phone ? ` · ${b.phone}` : ''}</span></span>
      <${Status} icon=${STATUS[b.status].icon} word=${STATUS[b.status].word} tone=${STATUS[b.status].tone} /><span class="tb"></span></button></li>`)}</ul></section>`;
}

// ---- rows

/** @param {{ icon: string, word: string, tone: string }} p */
export const Status = ({ icon, word, tone }) => html`<span class=${`st ${tone}`}><${Icon} n=${icon} />${word}</span>`;

/** @param {{ c: Card, today: boolean }} p */
function Row({ c, today: isToday }) {
  const alerts = c.alerts ? c.alerts.split(' ').map(flagOf) : [];
  const marks = c.marks ? c.marks.split(' ') : [];
  const meta = [c.visits === 0 ? 'First visit' : c.visits > 0 ? `${c.visits} visit${c.visits === 1 ? '' : 's'}` : '', c.source, c.tags, c.asked || c.note].filter(Boolean).join(' · ');
  const mayArrive = isToday && EXPECTED.has(c.status) && may('host.write') && !c.ghost;
  const occasion = c.occasion ? OCCASIONS[c.occasion] : undefined;
  return html`<li data-booking=${c.id} data-status=${c.status} class=${`b ${c.tone} ${c.late ? 'is-late' : ''} ${c.ghost ? 'ghost' : ''}`}>
    <button class="brow open" aria-label=${c.said} onClick=${() => openBooking(c.id)}>
      <span class="tm"><b>${c.time}</b>${c.late ? html`<span class="bad">${c.late}′ late</span>` : c.fresh ? html`<span class="fresh">new</span>` : ''}</span>
      <span class="sz">${c.covers}</span>
      <span class="who"><span class="nm"><span class="t-nm">${c.name}</span>
        ${marks.includes('vip') && html`<span class="mark star" title="VIP"><${Icon} n="star" /></span>`}
        ${alerts.map((f) => html`<span class="chip al"><${Icon} n=${f.icon} />${f.word}</span>`)}
        ${marks.filter((m) => m !== 'vip').map((m) => html`<span class="mark" title=${flagOf(m).word}><${Icon} n=${flagOf(m).icon} /></span>`)}
        ${occasion && html`<span class="mark" title=${occasion.word}><${Icon} n=${occasion.icon} /></span>`}
        ${c.orders > 0 && html`<span class="mark" title="Pre-ordered"><${Icon} n="gift" /></span>`}
        ${(c.note || c.asked) && html`<span class="mark" title="Has notes"><${Icon} n="notebook-pen" /></span>`}
        ${c.ghost === 'queued' && html`<span class="chip q"><${Icon} n="hourglass" />queued</span>`}</span>
        <span class="meta">${meta}</span></span>
      <span class="stc"><${Status} icon=${c.icon} word=${c.word} tone=${c.tone} />${c.expected ? html`<small>expects ${c.expected}</small>` : c.ask ? html`<small class="bad">No-show?</small>` : c.reconfirmed ? html`<small class="ok"><${Icon} n="check-check" />reconfirmed</small>` : ''}</span>
      <span class=${`tb ${c.unplaced ? 'bad' : ''}`}>${c.unplaced ? html`<${Icon} n="triangle-alert" />No table` : c.at}</span>
    </button>
    ${mayArrive ? html`<button class="quick" aria-label=${`${c.name} is here`} title="Here" onClick=${() => ask('arrive_booking', { booking_id: c.id, arrival: 'all' })}><${Icon} n="user-check" /></button>` : isToday ? html`<span class="quick none"></span>` : ''}
  </li>`;
}

/** Rows as they were last drawn: the same card is not drawn again. @type {WeakMap<Card, any>} */
const drawn = new WeakMap();
/** @param {Card} c @param {boolean} isToday */
function rowOf(c, isToday) {
  let row = drawn.get(c);
  if (!row) drawn.set(c, (row = html`<${Row} key=${c.id} c=${c} today=${isToday} />`));
  return row;
}

/** @param {Card[]} cards by quarter of an hour */
function groups(cards) {
  /** @type {{ at: number, cards: Card[], covers: number }[]} */
  const out = [];
  for (const c of cards) {
    let g = out.at(-1);
    if (!g || g.at !== c.quarter) out.push((g = { at: c.quarter, cards: [], covers: 0 }));
    g.cards.push(c);
    g.covers += c.covers;
  }
  return out;
}

const Faces = () => html`<div class="seg faces" role="group" aria-label="The day as">
  <button aria-pressed=${face.value === 'list'} data-face="list" onClick=${() => turnFace('list')}><${Icon} n="list" />List</button>
  <button aria-pressed=${face.value === 'timeline'} data-face="timeline" onClick=${() => turnFace('timeline')}><${Icon} n="chart-gantt" />Timeline</button></div>`;

function Filters() {
  const { n } = sums.value;
  if (face.value === 'timeline') return html`<div class="filters"><${Faces} /><div class="zoom"><button class="icon" aria-label="Narrower" onClick=${() => lanes.zoom?.(-1)}><${Icon} n="minus" /></button><button class="icon" aria-label="Wider" onClick=${() => lanes.zoom?.(1)}><${Icon} n="plus" /></button></div></div>`;
  return html`<div class="filters" role="group" aria-label="Show"><${Faces} />${FILTERS.filter(([k]) => (k !== 'new' && k !== 'late') || n[k] || filter.value === k).map(([k, w, i]) =>
    html`<button key=${k} class=${`chipb ${(k === 'late' || k === 'unplaced') && n[k] ? 'al' : ''}`} data-filter=${k} aria-pressed=${!text.value && filter.value === k} onClick=${() => { filter.value = k; search.value = ''; }}><${Icon} n=${i} />${w}<b>${n[k]}</b></button>`)}
    ${may('book.delete') && html`<button class="chipb" data-testid="deleted" aria-pressed=${drawer.value?.kind === 'deleted'} onClick=${() => (drawer.value = { kind: 'deleted' })}><${Icon} n="trash-2" />Deleted</button>`}</div>`;
}

/** Goes to the first row at or after a moment. @param {number} moment */
function goTo(moment) {
  const g = groups(shown.peek()).find((x) => x.at >= moment);
  const el = g && document.querySelector(`[data-at="${g.at}"]`);
  el?.scrollIntoView({ block: 'start' });
  /** @type {HTMLElement | null | undefined} */ (el?.querySelector('.open'))?.focus({ preventScroll: true });
}

function Strip() {
  const halves = load.value;
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const hour = halves.find((h) => h.now)?.id ?? '';
  useEffect(() => { // on a narrow screen the half hour of now stands at the left
    const el = /** @type {HTMLElement | null | undefined} */ (ref.current?.querySelector('.now'));
    if (el && ref.current) ref.current.scrollLeft = el.offsetLeft - ref.current.offsetLeft;
  }, [hour]);
  if (!halves.length) return html`<div class="strip none"></div>`;
  return html`<div class="strip" ref=${ref} role="group" aria-label="Covers by half hour">${halves.map((h) => html`<button key=${h.id} class=${`${h.past ? 'past' : ''} ${h.now ? 'now' : ''}`} disabled=${!h.covers} aria-label=${`${h.time}: ${h.covers} covers`} onClick=${() => goTo(h.at)}>
    <b>${h.covers || ''}</b><i style=${`height:${h.covers ? Math.max(4, h.part * 0.3) : 0}px`}></i><span>${h.time}</span></button>`)}</div>`;
}

/** From row to row, by the arrows. @param {number} by */
export function step(by) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.book-list .open')]);
  const i = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = rows[i < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, i + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

const EMPTY = /** @type {Record<string, [string, string, string]>} */ ({
  all: ['book-open', 'Nobody is booked', 'The first booking of the day appears here as soon as it is taken.'],
  coming: ['user-check', 'Nobody is still to come', 'Everybody expected is here.'],
  here: ['armchair', 'Nobody is here yet', 'Parties that arrived and sit stand here.'],
  late: ['clock', 'Nobody is late', 'Everybody due so far has come.'],
  unplaced: ['circle-check', 'Everybody has a table', 'Bookings without one are listed here, so that none is forgotten.'],
  new: ['circle-check', 'Nothing new', 'Bookings guests made themselves are marked until somebody looks at them.'],
  gone: ['calendar-x', 'Nobody cancelled', 'Cancelled and moved bookings and no-shows stand here.'],
});

function Empty() {
  const [icon, title, words] = text.value ? ['search', 'Not in this day’s book', 'Names, codes, phones, e-mails and #tables are searched.'] : EMPTY[filter.value] ?? ['book-open', '', ''];
  return html`<div class="empty"><${Icon} n=${icon} /><b>${title}</b><span>${words}</span>
    ${!text.value && filter.value === 'all' && may('book.write') && html`<button class="btn pri" onClick=${() => newBooking({ date: day.peek() })}><${Icon} n="calendar-plus" />New booking</button>`}</div>`;
}

/** @param {{ timeline?: any }} p timeline: what draws it, once it is loaded and wanted */
export function Book({ timeline }) {
  const isToday = day.value === today();
  const cards = shown.value;
  const [first, setFirst] = useState('');
  useEffect(() => { // today's book opens at what is next, as a paper one would
    if (!isToday || first === day.value || !list.value.length) return;
    setFirst(day.value);
    const due = list.peek().find((c) => EXPECTED.has(c.status) || c.status === 'arrived');
    const before = due && document.querySelector(`[data-at="${due.quarter}"]`);
    if (before && !search.peek()) before.scrollIntoView({ block: 'start' });
  });
  return html`<div class="tools"><${Search} /><${Strip} /></div>
    <${Filters} />
    ${timeline ? html`<${timeline} />` : html`<div class="book-list" tabindex="-1" aria-label=${`Bookings of ${day.value ? dateWords(day.value) : 'the day'}`} role="region">
      ${!known.value ? html`<${Waiting} />` : cards.length ? groups(cards).map((g) => html`<section class="q" key=${g.at} data-at=${g.at}>
        <h2><b>${hm(g.at)}</b><span>${g.cards.length} part${g.cards.length === 1 ? 'y' : 'ies'} · ${g.covers} covers</span></h2>
        <ul>${g.cards.map((c) => rowOf(c, isToday))}</ul></section>`) : html`<${Empty} />`}
      <${Beyond} />
    </div>`}`;
}

/** While the day is on its way; without a link it may not come. */
const Waiting = () => link.word.value === 'offline' || link.days.value.get(day.value) === 'closed'
  ? html`<div class="empty"><${Icon} n="wifi-off" /><b>This day is not on the tablet</b><span>It appears as soon as the house answers.</span></div>`
  : html`<div aria-busy="true" aria-label="Opening the book">${Array.from({ length: 9 }, (_, i) => html`<span key=${i} class="skel bsk"></span>`)}</div>`;

export const Panes = () => html`<div class="seg panes" role="group" aria-label="Book or waiting list">
  <button aria-pressed=${pane.value === 'book'} onClick=${() => (pane.value = 'book')}>Book <span class="n">${sums.value.n.all}</span></button>
  <button aria-pressed=${pane.value === 'waiting'} onClick=${() => (pane.value = 'waiting')}>Waiting <span class="n">${slots.value.length}</span></button></div>`;
