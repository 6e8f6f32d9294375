/** What waiting parties were told, whether it came true, and how long parties stay here: what quotes rest on. */
import { html, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { span } from '../parts/words.js';
import { here, useDoor } from './doors.js';
import { Head, Loading, Nothing, Trouble } from './bits.js';
import { when } from './words.js';

/** @typedef {import('../wire.d.ts').WaitsReport} WaitsReport */
/** @typedef {import('../wire.d.ts').PromiseKept} PromiseKept */
/** @typedef {import('../wire.d.ts').TurnView} TurnView */

const DAYS = [7, 30, 90];
const FEW = 20; // parties below which a share says little
const percent = (/** @type {number | null} */ x) => (x === null ? '–' : `${Math.round(x * 100)} %`);
const minutes = (/** @type {number} */ m) => `${m.toFixed(1)} min`;
const hour = (/** @type {number} */ h) => `${String(h).padStart(2, '0')}:00`;

export function Waits() {
  const [days, setDays] = useState(30);
  const read = useDoor(`${here()}/waits?days=${days}`);
  const r = /** @type {WaitsReport | null} */ (read.data);
  if (read.wrong && !r) return html`<${Trouble} message=${read.wrong} again=${read.again} />`;
  return html`<section class="listing" aria-label="Waits"><${Head} title="Waits" sub="What parties at the door were told, and how long they waited.">
      <div class="chips" role="group" aria-label="How far back">${DAYS.map((d) => html`<button key=${d} class="chipb" aria-pressed=${days === d} onClick=${() => setDays(d)}>${d} days</button>`)}</div><//>
    ${!r ? html`<${Loading} />` : html`${r.told.parties ? html`<div class="twocards"><${Told} r=${r} /><${Latest} of=${r.latest} /></div>`
      : html`<${Nothing} icon="hourglass" title="Nobody was told a wait" text=${`Of the last ${days} days there is nothing to compare${r.gave_up ? `; ${r.gave_up} left before they were seated` : ''}.`} />`}
    <${Turns} r=${r} />`}</section>`;
}

/** @param {{ r: WaitsReport }} p */
function Told({ r }) {
  const t = r.told;
  const line = (/** @type {string} */ icon, /** @type {string} */ word, /** @type {any} */ value, /** @type {string} */ note) => html`<div><dt><${Icon} n=${icon} />${word}</dt><dd><b>${value}</b> <small class="muted">${note}</small></dd></div>`;
  const bias = t.bias_min ?? 0;
  return html`<div class="box" data-testid="told"><h3>Kept promises</h3><dl class="card">
    ${line('circle-check', 'Waited within what they were told', percent(t.coverage), `of ${t.parties} ${t.parties === 1 ? 'party' : 'parties'}; the house expected ${percent(t.promised)}${t.parties < FEW ? '. Too few to judge by' : ''}`)}
    ${line('clock', 'Seated by the time quoted', percent(t.kept), 'the time is told so that about eight in ten are')}
    ${t.error_min !== null && line('timer', 'Off by', minutes(t.error_min), Math.abs(bias) < 0.5 ? 'on average, neither too long nor too short' : `on average; told ${minutes(Math.abs(bias))} too ${bias > 0 ? 'long' : 'short'}`)}
    ${t.simple_error_min !== null && t.ratio !== null && line('history', 'The mean of the last 30 waits would be off by', minutes(t.simple_error_min), t.ratio < 1 ? `the house is ${percent(1 - t.ratio)} nearer` : 'no worse than the house')}
    ${line('door-open', 'Left before they were seated', String(r.gave_up), 'after they were told a wait')}
  </dl></div>`;
}

/** @param {{ of: PromiseKept[] }} p */
function Latest({ of }) {
  const most = Math.max(10, ...of.map((one) => Math.max(one.waited_min, one.high_min ?? one.low_min)));
  const at = (/** @type {number} */ m) => `${(100 * m) / most}%`;
  return html`<div class="box"><h3>The latest</h3><ul class="waits">${of.slice(0, 12).map((one, i) => html`<li key=${i}>
    <span>${when(one.told_at)} · ${one.covers}</span><b class=${one.inside ? '' : 'warn'}>${one.waited_min}′ <small>of ${span(one.low_min, one.high_min)}′</small><span class="sr">${one.inside ? ', as told' : ', not as told'}</span></b>
    <i aria-hidden="true"><u style=${`left:${at(one.low_min)};right:${one.high_min === null ? 0 : `calc(100% - ${at(one.high_min)})`}`}></u><s class=${one.inside ? '' : 'off'} style=${`left:${at(one.waited_min)}`}></s></i></li>`)}</ul></div>`;
}

/** @param {{ r: WaitsReport }} p */
function Turns({ r }) {
  const sizes = [...new Set(r.turns.map((t) => t.covers_from))], hours = [...new Set(r.turns.map((t) => t.hour_from))];
  const of = (/** @type {number} */ size, /** @type {number} */ from) => /** @type {TurnView} */ (r.turns.find((t) => t.covers_from === size && t.hour_from === from));
  const said = r.learned >= r.enough ? `From ${r.learned} parties of this house. Where fewer than ${r.enough} of a size came at an hour, the rest of the house speaks for them.`
    : `Usual turns around ${r.default_min} minutes, until ${r.enough} parties have been seated and cleared here; ${r.learned} have so far.`;
  const first = hours[0] ?? 0;
  return html`<div class="turns"><h3>How long parties stay</h3><p class="muted">${said}</p><div class="scrollx" role="region" aria-label="How long parties stay" tabindex="0"><table data-testid="turns"><thead><tr><th scope="col">Guests</th>${hours.map((h) => html`<th scope="col" key=${h}>${hour(h)}–${hour(of(sizes[0] ?? 1, h).hour_to)}</th>`)}</tr></thead>
    <tbody>${sizes.map((size) => html`<tr key=${size}><th scope="row">${of(size, first).covers_to === null ? `${size} and more` : `${size}–${of(size, first).covers_to}`}</th>
      ${hours.map((h) => { const t = of(size, h); return html`<td key=${h} class=${t.source} title=${t.source === 'cell' ? `${t.parties} parties` : t.source === 'house' ? 'by the rest of the house' : 'usual turns'}><b>${t.median_min}′</b><small>${span(t.low_min, t.high_min)}′</small></td>`; })}</tr>`)}</tbody></table></div>
    <p class="muted">In the middle, and what eight in ten stay within.</p></div>`;
}
