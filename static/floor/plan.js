/** The plan: one static drawing of the room, its tables as buttons over it, scaled to the space there is. */
import { html, useRef, useState, useLayoutEffect, useMemo } from '../vendor/ui.js';
import { areas, tablesOf, bands, faceSignal, replica } from './house.js';
import { area, tapTable, held, take, assigning, areaId, glow } from './hand.js';
import { Table } from './table.js';
import { Icon } from '../parts/icon.js';
import { later } from './later.js';

/** @typedef {import('../wire.d.ts').AreaRow} AreaRow */
/** @typedef {import('../wire.d.ts').TableRow} TableRow */

const SMALLEST = 0.62; // below this a two-top is under 44 px: the plan scrolls inside its pane instead
const LARGEST = 1.6;
const EDGE = 10; // px kept free around the plan

/** The room itself: drawn once per area. @param {{ a: AreaRow, s: number }} p */
function Room({ a, s }) {
  const shapes = a.fixtures.map((f) => {
    const p = f.points;
    const [x = 0, y = 0, w = 0, h = 0] = p;
    if (f.kind === 'wall' || f.kind === 'window') return html`<polyline class=${f.kind === 'wall' ? 'wall' : 'win'} points=${p.join(' ')} />`;
    if (f.kind === 'plant') return html`<circle class="plant" cx=${x} cy=${y} r=${w} />`;
    if (f.kind === 'label') return html`<text x=${x} y=${y}>${f.text}</text>`;
    return html`<rect class=${f.kind} x=${x} y=${y} width=${w} height=${h} rx="12" />${f.text && html`<text x=${x + 14} y=${f.kind === 'bar' ? y + h / 2 + 4 : y + 22}>${f.text}</text>`}`;
  });
  return html`<svg class="room" viewBox=${`0 0 ${a.width} ${a.height}`} style=${`width:${a.width * s}px;height:${a.height * s}px`} aria-hidden="true">${shapes}</svg>`;
}

/** Bands between the tables of one party. @param {{ list: TableRow[], s: number }} p */
function Bands({ list, s }) {
  const by = new Map(list.map((t) => [t.id, t]));
  const lines = bands.value.flatMap((ids) => {
    const ts = ids.split(' ').map((id) => by.get(id)).filter((t) => !!t);
    const look = faceSignal(ids.split(' ')[0] ?? '')?.value.look ?? 'dining';
    return ts.slice(1).map((t, i) => {
      const a = /** @type {TableRow} */ (ts[i]);
      return html`<line class=${look} x1=${(a.x + a.w / 2) * s} y1=${(a.y + a.h / 2) * s} x2=${(t.x + t.w / 2) * s} y2=${(t.y + t.h / 2) * s} />`;
    });
  });
  return lines.length ? html`<svg class="bands" aria-hidden="true">${lines}</svg>` : null;
}

/** @param {string} id */
const turn = (id) => (areaId.value = id);

/** The nearest table in the direction of an arrow key. @param {TableRow[]} list @param {TableRow} from @param {string} key */
function nearest(list, from, key) {
  const across = key === 'ArrowLeft' || key === 'ArrowRight', sign = key === 'ArrowRight' || key === 'ArrowDown' ? 1 : -1;
  let best = null, least = Infinity;
  for (const t of list) {
    const dx = t.x + t.w / 2 - from.x - from.w / 2, dy = t.y + t.h / 2 - from.y - from.h / 2;
    const ahead = (across ? dx : dy) * sign, aside = Math.abs(across ? dy : dx);
    if (t === from || ahead <= 4 || aside > ahead * 2.5) continue;
    const far = ahead + aside * 2;
    if (far < least) [best, least] = [t, far];
  }
  return best;
}

export function Plan() {
  const pane = useRef(/** @type {HTMLElement | null} */ (null));
  const [size, setSize] = useState({ w: 0, h: 0 });
  const [focus, setFocus] = useState('');
  const a = area.value;
  const list = (a && tablesOf.value.get(a.id)) || [];
  useLayoutEffect(() => {
    const el = /** @type {HTMLElement} */ (pane.current);
    const watch = new ResizeObserver(() => setSize({ w: el.clientWidth, h: el.clientHeight }));
    watch.observe(el);
    setSize({ w: el.clientWidth, h: el.clientHeight });
    return () => watch.disconnect();
  }, []);
  const fit = a && size.w ? Math.min((size.w - 2 * EDGE) / a.width, (size.h - 2 * EDGE) / a.height) : 0;
  const s = Math.min(LARGEST, Math.max(SMALLEST, Math.floor(fit * 500) / 500));
  const first = list.some((t) => t.id === focus) ? focus : list[0]?.id;
  const room = useMemo(() => a && html`<${Room} a=${a} s=${s} />`, [a, s]);
  /** @param {KeyboardEvent} e */
  const onKey = (e) => {
    if (!e.key.startsWith('Arrow')) return;
    const at = /** @type {HTMLElement} */ (e.target).dataset.table;
    const from = list.find((t) => t.id === at);
    const to = from && nearest(list, from, e.key);
    if (!to) return;
    e.preventDefault();
    setFocus(to.id);
    /** @type {HTMLElement | null | undefined} */ (pane.current?.querySelector(`[data-table="${CSS.escape(to.id)}"]`))?.focus();
  };
  if (a && !areaId.peek()) areaId.value = a.id;
  return html`<div class=${`pane ${held.value || assigning.value ? 'picking' : ''}`} ref=${pane} role="region" aria-label=${`Floor plan, ${a?.name ?? 'loading'}`} onKeyDown=${onKey}>
    ${a && fit > 0 && html`<div class="plan" key=${a.id} style=${`width:${a.width * s}px;height:${a.height * s}px;--k:${Math.min(1.25, Math.max(0.84, s))}`}>
      ${room}<${Bands} list=${list} s=${s} />
      ${list.map((t) => html`<${Table} key=${t.id} t=${t} s=${s} tab=${t.id === first} onTap=${tapTable} onFocus=${setFocus} />`)}
      ${later.value && html`<${later.value.Outlines} list=${list} s=${s} turn=${turn} />`}
    </div>`}
    ${areas.value.length > 0 && !list.length && html`<div class="empty"><${Icon} n="layout-grid" /><b>No tables here yet</b><span>${a?.name} has no active tables.</span></div>`}
    ${!areas.value.length && html`<div class="empty"><${Icon} n="layout-grid" /><b>No rooms yet</b><span>The floor has no areas to show.</span></div>`}
  </div>
  <${InHand} />`;
}

/** What is in hand and how to put it down. */
function InHand() {
  const h = held.value;
  const sec = assigning.value;
  if (!h && !sec) return null;
  const section = replica.row('section', sec);
  const none = glow.value && ![...glow.value.values()].some((g) => g.legal);
  const text = h ? { seat: none ? `${h.name} · ${h.covers}: no table fits now` : `${h.name} · ${h.covers}: tap a glowing table`, plan: `${h.name} · ${h.covers}: tap the table to plan`,
    offer: `${h.name} · ${h.covers}: tap the table to offer`,
    move: `Move ${h.name}: tap a table`, join: `Join to ${h.name}: tap a table`, merge: `Merge ${h.name} with: tap a party` }[h.does]
    : `Tap tables for ${section?.server_name ?? section?.name ?? 'the section'}`;
  return html`<div class="inhand"><${Icon} n=${h ? 'armchair' : 'users'} /><span>${text}</span>
    <button onClick=${() => { take(null); assigning.value = ''; }}>${h ? 'Cancel' : 'Done'}</button></div>`;
}
