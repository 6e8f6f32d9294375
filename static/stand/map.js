/** A small map of one area at a time: where the room is full, from across the room. */
import { html, useEffect, useLayoutEffect, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { LOOKS } from './looks.js';

/** @typedef {import('../wire.d.ts').AreaRow} AreaRow */
/** @typedef {import('../wire.d.ts').TableRow} TableRow */
/** @typedef {import('./looks.js').Face} Face */
/** @typedef {{ area: AreaRow, tables: TableRow[], taken: number }} Room */

const TURN_MS = 15_000; // long enough to find a table in each area
const TAKEN = new Set(['seated', 'dining', 'check']);
const calm = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * The areas with their tables, and how many of those have guests.
 * @param {Iterable<AreaRow>} areas @param {Iterable<TableRow>} tables @param {(id: string) => Face | undefined} faceOf
 * @returns {Room[]}
 */
export function rooms(areas, tables, faceOf) {
  const all = [...tables].filter((t) => t.active);
  return [...areas].filter((a) => a.active).sort((a, b) => a.position - b.position).map((area) => {
    const list = all.filter((t) => t.area_id === area.id);
    return { area, tables: list, taken: list.filter((t) => TAKEN.has(faceOf(t.id)?.look ?? '')).length };
  }).filter((r) => r.tables.length > 0);
}

/** Which areas are shown: the next ones every quarter of a minute; to eyes that want no motion, the busiest.
 * @param {Room[]} list @param {number} many */
function useTurns(list, many) {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (calm.matches || list.length <= many) return;
    const timer = setInterval(() => setTurn((t) => t + 1), TURN_MS);
    return () => clearInterval(timer);
  }, [list.length, many]);
  if (list.length <= many) return list;
  const busiest = [...list].sort((a, b) => b.taken - a.taken).slice(0, many);
  return list.filter((r, i) => (calm.matches ? busiest.includes(r) : (i - turn + list.length * (turn + 1)) % list.length < many));
}

/** How many areas are shown at once, and at which scale: as many as cost little of the size one would have alone.
 * @param {Room[]} list @param {{ w: number, h: number }} size @param {number} gap px between two of them */
export function fit(list, size, gap) {
  const w = Math.max(...list.map((r) => r.area.width), 1), h = Math.max(...list.map((r) => r.area.height), 1);
  const alone = Math.min(size.w / w, size.h / h);
  for (let many = list.length; many > 1; many--) {
    const stacked = Math.min(size.w / w, (size.h - gap * (many - 1)) / many / h);
    const beside = Math.min((size.w - gap * (many - 1)) / many / w, size.h / h);
    if (Math.max(stacked, beside) >= alone * SMALLER) return { many, s: Math.max(stacked, beside) };
  }
  return { many: 1, s: alone };
}
const SMALLER = 0.72; // a map this much smaller than alone still reads
const GAP = 8;

/** Walls, windows and the bar. @param {{ a: AreaRow }} p */
const Walls = ({ a }) => html`<svg viewBox=${`0 0 ${a.width} ${a.height}`} aria-hidden="true">${a.fixtures.map((f) => {
  const [x = 0, y = 0, w = 0, h = 0] = f.points;
  if (f.kind === 'wall' || f.kind === 'window') return html`<polyline class=${f.kind} points=${f.points.join(' ')} />`;
  if (f.kind === 'bar' || f.kind === 'zone') return html`<rect class=${f.kind} x=${x} y=${y} width=${w} height=${h} rx="12" />`;
  return null;
})}</svg>`;

/** @param {{ t: TableRow, f: Face, s: number }} p */
function Spot({ t, f, s }) {
  const w = t.w * s, h = t.h * s;
  const icon = f.over ? 'triangle-alert' : LOOKS[f.look].icon;
  const inside = t.shape === 'round' ? 0.78 : 0.9; // of the width that a line of text may take
  const high = h >= w * 0.75; // the icon stands over the number, else before it
  const letters = t.number.length * 0.74 + (high ? 0 : 1.25);
  const size = Math.min((w * inside) / letters, h * (high ? 0.36 : 0.44), 24);
  const both = size >= 8.5;
  const alone = Math.min((w * inside) / (t.number.length * 0.74), h * 0.5);
  return html`<li class=${`m ${f.look} ${t.shape === 'round' ? 'o' : ''} ${f.over ? 'over' : ''}`} style=${`left:${t.x * s}px;top:${t.y * s}px;width:${w}px;height:${h}px;font-size:${Math.max(7, both ? size : alone).toFixed(1)}px${t.rotation ? `;transform:rotate(${t.rotation}deg)` : ''}`}>
    <span class="sr">${f.said}</span><span aria-hidden="true" class=${high ? 'high' : ''} style=${t.rotation ? `transform:rotate(${-t.rotation}deg)` : ''}>${both && html`<${Icon} n=${icon} />`}<b>${t.number}</b></span></li>`;
}

/** @param {{ list: Room[], faceOf: (id: string) => Face | undefined }} p */
export function FloorMap({ list, faceOf }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [size, setSize] = useState({ w: 0, h: 0 });
  useLayoutEffect(() => {
    const el = /** @type {HTMLElement} */ (box.current);
    const watch = new ResizeObserver(() => setSize({ w: el.clientWidth, h: el.clientHeight }));
    watch.observe(el);
    return () => watch.disconnect();
  }, []);
  const { many, s } = size.w && list.length ? fit(list, size, GAP) : { many: 1, s: 0 };
  const shown = useTurns(list, many);
  const faces = list.flatMap((r) => r.tables.map((t) => faceOf(t.id))).filter((f) => f !== undefined);
  const count = (/** @type {string} */ look) => faces.filter((f) => f.look === look).length;
  const over = faces.filter((f) => f.over).length;
  return html`<section class="map" aria-label="Tables">
    <ul class="rooms">${list.map((r) => html`<li key=${r.area.id} class=${shown.includes(r) ? 'on' : ''}><span>${r.area.name}</span><b>${r.taken}<small>/${r.tables.length}</small></b></li>`)}</ul>
    <div class="pane" ref=${box}>${s > 0 && shown.map((r) => html`<div class="room" key=${r.area.id} style=${`width:${r.area.width * s}px;height:${r.area.height * s}px`}>
      <${Walls} a=${r.area} /><h3>${r.area.name}</h3><ul aria-label=${r.area.name}>${r.tables.map((t) => { const f = faceOf(t.id); return f && html`<${Spot} key=${t.id} t=${t} f=${f} s=${s} />`; })}</ul></div>`)}</div>
    <ul class="key">${Object.entries(LOOKS).map(([look, l]) => html`<li key=${look}><span class=${`m ${look}`}><${Icon} n=${l.icon} /></span><span>${l.word}</span><b>${count(look)}</b></li>`)}
      <li class=${over ? 'bad' : ''}><span class="m over"><${Icon} n="triangle-alert" /></span><span>Over time</span><b>${over}</b></li></ul></section>`;
}
