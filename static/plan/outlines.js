/**
 * The plan on the floor: a dashed outline around each table somebody would come to, a word at each they would leave, and
 * the way between them for the change looked at. A layer of its own over the tables, so that a new plan draws no table.
 */
import { html, computed, useEffect } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { replica } from '../parts/here.js';
import { changes, outlines, looked } from './state.js';

/** @typedef {import('../wire.d.ts').TableRow} TableRow */
/** @typedef {import('./rows.js').Change} Change */

const AROUND = 7; // px between a table and its outline
const SHORT = 9; // letters of a name that fit over a small table

/** By table: who would come, and who would leave. */
const marks = computed(() => {
  /** @type {Map<string, { come: Change[], go: Change[] }>} */ const at = new Map();
  const of = (/** @type {string} */ id) => at.get(id) ?? (at.set(id, { come: [], go: [] }), /** @type {{ come: Change[], go: Change[] }} */ (at.get(id)));
  for (const c of changes.value) {
    for (const id of c.to_ids) if (!c.from_ids.includes(id)) of(id).come.push(c);
    if (c.to_ids.length) for (const id of c.from_ids) if (!c.to_ids.includes(id)) of(id).go.push(c);
  }
  return at;
});

/** @param {{ t: TableRow, s: number, m: { come: Change[], go: Change[] } }} p */
function Mark({ t, s, m }) {
  const seen = looked.value;
  const come = m.come.find((c) => c.id === seen) ?? m.come[0], go = m.go.find((c) => c.id === seen) ?? m.go[0];
  const on = !!seen && [...m.come, ...m.go].some((c) => c.id === seen);
  const more = (/** @type {Change[]} */ all) => (all.length > 1 ? ` +${all.length - 1}` : '');
  const name = come && come.name.length > SHORT && t.w * s < 90 ? `${come.name.slice(0, SHORT - 1)}…` : come?.name;
  return html`<div class=${`outl ${come ? 'come' : 'go'} ${t.shape === 'round' ? 'o' : ''} ${on ? 'on' : seen ? 'off' : ''}`} data-outline=${t.id}
    style=${`left:${(t.x * s - AROUND).toFixed(1)}px;top:${(t.y * s - AROUND).toFixed(1)}px;width:${(t.w * s + 2 * AROUND).toFixed(1)}px;height:${(t.h * s + 2 * AROUND).toFixed(1)}px;${t.rotation ? `transform:rotate(${t.rotation}deg)` : ''}`}>
    ${come ? html`<span class="olab">${name} ${come.time}${more(m.come)}</span>` : go && html`<span class="olab go">${go.time}${more(m.go)} <${Icon} n="arrow-right" />${go.to}</span>`}</div>`;
}

/** A line from edge to edge of two tables. @param {TableRow} a @param {TableRow} b @param {number} s */
function between(a, b, s) {
  const dx = b.x + b.w / 2 - a.x - a.w / 2, dy = b.y + b.h / 2 - a.y - a.h / 2;
  const out = (/** @type {TableRow} */ t) => Math.min(t.w / 2 / Math.max(1, Math.abs(dx)), t.h / 2 / Math.max(1, Math.abs(dy))); // part of the way that is inside
  const far = Math.hypot(dx, dy) || 1, edge = (AROUND + 3) / s / far;
  const [p, q] = [out(a) + edge, 1 - out(b) - edge];
  const at = (/** @type {number} */ k) => [(a.x + a.w / 2 + dx * k) * s, (a.y + a.h / 2 + dy * k) * s];
  const [x1, y1] = at(p), [x2, y2] = at(Math.max(p, q));
  return { x1, y1, x2, y2 };
}

/** Which tables the change looked at is about, as the area they are in. @param {string} id */
function areaOf(id) {
  const c = changes.peek().find((one) => one.id === id);
  return replica.row('table', c?.to_ids[0] ?? c?.from_ids[0])?.area_id ?? '';
}

/** @param {{ list: TableRow[], s: number, turn: (area: string) => void }} p turn: shows an area */
export function Outlines({ list, s, turn }) {
  const seen = looked.value;
  useEffect(() => {
    const area = areaOf(seen);
    if (area) turn(area);
  }, [seen]);
  if (!outlines.value && !seen) return null;
  const at = marks.value;
  const c = changes.value.find((one) => one.id === seen);
  const by = new Map(list.map((t) => [t.id, t]));
  const from = c?.from_ids.map((id) => by.get(id)).find((t) => t), to = c?.to_ids.map((id) => by.get(id)).find((t) => t);
  const way = from && to ? between(from, to, s) : null;
  return html`<div class="outls" aria-hidden="true" data-testid="outlines">
    ${way && html`<svg class="oway"><defs><marker id="tip" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="6" markerHeight="6" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" /></marker></defs><line x1=${way.x1} y1=${way.y1} x2=${way.x2} y2=${way.y2} marker-end="url(#tip)" /></svg>`}
    ${list.map((t) => { const m = at.get(t.id); return m && (outlines.value || [...m.come, ...m.go].some((one) => one.id === seen)) ? html`<${Mark} key=${t.id} t=${t} s=${s} m=${m} />` : null; })}</div>`;
}
