/** An editor for each make of value: a draft goes in, the changed draft comes out; what is wrong is shown at its part. */
import { html } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { Wrong } from './bits.js';
import { MessageField } from './message.js';
import { makeOf, choiceWords, partWords, counted, UNITS } from './words.js';

/** @typedef {import('./words.js').PolicyView} PolicyView */
/** @typedef {{ p: PolicyView, value: any, set: (value: any) => void, wrong: { part: string, message: string } | null, off: boolean }} Field */


/** A whole number with its keys. @param {{ id?: string, label: string, value: number | string, set: (n: number | string) => void, min: number, max: number, by?: number, unit?: string, off?: boolean, wrong?: boolean, small?: boolean }} p */
export function Whole({ id, label, value, set, min, max, by = 1, unit = '', off = false, wrong = false, small = false }) {
  const n = Number(value);
  const to = (/** @type {number} */ next) => set(Math.min(max, Math.max(min, next)));
  return html`<div class=${`whole ${small ? 'small' : ''}`}>
    <button type="button" class="btn sq" aria-label=${`${label}: less`} disabled=${off || !(n > min)} onClick=${() => to(Math.ceil((n - by) / by) * by)}><${Icon} n="minus" /></button>
    <span class="numb"><input class="in" id=${id} type="number" inputmode="numeric" aria-label=${label} min=${min} max=${max} step="1" value=${value} disabled=${off} aria-invalid=${wrong}
      onInput=${(/** @type {any} */ e) => set(e.target.value === '' ? '' : Number(e.target.value))} />${unit && html`<span class="unit">${unit}</span>`}</span>
    <button type="button" class="btn sq" aria-label=${`${label}: more`} disabled=${off || !(n < max)} onClick=${() => to(Math.floor((n + by) / by) * by)}><${Icon} n="plus" /></button></div>`;
}

/** Minutes are turned in fives where that is how a house thinks of them. @param {PolicyView} p */
const stepOf = (p) => (p.unit === 'min' && (p.max ?? 0) > 60 ? 5 : p.unit === 'h' && (p.max ?? 0) > 48 ? 12 : 1);

/** @param {Field} f */
function NumberField({ p, value, set, wrong, off }) {
  const min = p.min ?? 0, max = p.max ?? 1000;
  return html`<${Whole} label=${p.title} value=${value} set=${set} min=${min} max=${max} by=${stepOf(p)} unit=${UNITS[p.unit] ?? p.unit} off=${off} wrong=${!!wrong} />
    <p class="hint">${counted(min, p.unit)} to ${counted(max, p.unit)}. The house began with ${counted(p.default, p.unit)}.</p>`;
}

/** @param {Field} f */
const SwitchField = ({ p, value, set, off }) => html`<button type="button" class="toggle" role="switch" aria-checked=${!!value} disabled=${off} aria-label=${p.title} onClick=${() => set(!value)}><i></i><b>${value ? 'On' : 'Off'}</b></button>`;

/** @param {Field} f */
function ChoiceField({ p, value, set, off }) {
  return html`<div class="radios" role="radiogroup" aria-label=${p.title}>${(p.choices ?? []).map((c) => {
    const [word, more] = choiceWords(p.policy, c);
    return html`<label key=${c} class=${`radio ${value === c ? 'on' : ''}`}><input type="radio" name=${p.policy} value=${c} checked=${value === c} disabled=${off} onChange=${() => set(c)} /><span><b>${word}</b>${more && html`<small>${more}</small>`}</span></label>`;
  })}</div>`;
}

/** @param {Field} f */
const TimeField = ({ p, value, set, wrong, off }) => html`<input class="in timein" type="time" aria-label=${p.title} min="00:00" max="09:59" value=${value} disabled=${off} aria-invalid=${!!wrong} onInput=${(/** @type {any} */ e) => set(e.target.value)} />
  <p class="hint">Between 00:00 and 09:59, by the clock of the house.</p>`;

/** Several whole numbers, each with a bar of how much it counts. @param {Field} f */
function PartsField({ p, value, set, wrong, off }) {
  const weights = makeOf(p) === 'weights', most = Math.max(1, ...Object.entries(value).filter(([k]) => k !== 'regular_visits').map(([, v]) => Number(v)));
  return html`<ul class="parts">${Object.keys(p.default).map((part) => {
    const [word, more] = partWords(part), visits = part === 'regular_visits', bad = wrong?.part === part;
    return html`<li key=${part}><span><b>${word}</b><small>${more}</small>${!visits && html`<u aria-hidden="true"><i style=${`width:${(Number(value[part]) / most) * 100}%`}></i></u>`}</span>
      <${Whole} small=${true} label=${word} value=${value[part]} set=${(/** @type {any} */ n) => set({ ...value, [part]: n })} min=${visits ? 1 : 0} max=${visits ? 1000 : weights ? 100 : 10} off=${off} wrong=${bad} />
      ${bad && html`<${Wrong} message=${wrong?.message} />`}</li>`;
  })}</ul>`;
}

const LARGEST = 20, MOST_BANDS = 8;
/** Sizes from one to the largest, cut into bands: only the upper end of each is typed. @param {Field} f */
function BandsField({ value, set, off }) {
  const bands = /** @type {number[][]} */ (value);
  /** @param {number[]} ends */
  const cut = (ends) => { let from = 1; set(ends.map((end) => { const band = [from, Math.max(from, end)]; from = Math.max(from, end) + 1; return band; }).filter(([a]) => (a ?? 0) <= LARGEST).map(([a, b]) => [a, Math.min(LARGEST, b ?? 0)])); };
  const ends = bands.map((b) => b[1] ?? 0);
  const last = ends.at(-1) ?? 0;
  return html`<div class="bandbar" aria-hidden="true">${bands.map(([a = 1, b = 1]) => html`<i style=${`flex:${b - a + 1}`}>${a === b ? a : `${a}–${b}`}</i>`)}</div>
    <ul class="parts">${bands.map(([a = 1, b = 1], i) => html`<li key=${i}><span><b>${a === b ? `${a}` : `${a} to ${b}`}</b><small>guests</small></span>
      <${Whole} small=${true} label=${`Band ${i + 1}: up to`} value=${b} min=${a} max=${LARGEST} off=${off} set=${(/** @type {any} */ n) => cut(ends.map((e, j) => (j === i ? Number(n) : e)))} />
      <button type="button" class="icon" aria-label=${`Take out the band ${a} to ${b}`} disabled=${off || bands.length < 2} onClick=${() => cut(ends.filter((_, j) => j !== i))}><${Icon} n="x" /></button></li>`)}</ul>
    ${!off && last < LARGEST && bands.length < MOST_BANDS && html`<button type="button" class="btn sm" onClick=${() => cut([...ends, LARGEST])}><${Icon} n="plus" />Add ${last + 1} to ${LARGEST}</button>`}
    ${last < LARGEST && html`<p class="hint">Parties above ${last} are quoted with the largest.</p>`}`;
}

/** What there is no editor for yet is edited as it is stored. @param {Field} f */
function JsonField({ p, value, set, wrong, off }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return html`<textarea class="in code" rows="8" aria-label=${p.title} disabled=${off} aria-invalid=${!!wrong} value=${text}
    onInput=${(/** @type {any} */ e) => { try { set(JSON.parse(e.target.value)); } catch { set(e.target.value); } }}></textarea>`;
}

/** @param {Field & { sample: Record<string, string> }} f */
export function ValueField(f) {
  const Make = { number: NumberField, switch: SwitchField, choice: ChoiceField, time: TimeField, weights: PartsField, standing: PartsField, bands: BandsField, template: MessageField, json: JsonField }[makeOf(f.p)];
  const inPart = f.wrong?.part && ['weights', 'standing', 'template'].includes(makeOf(f.p));
  return html`<${Make} ...${f} />${f.wrong && !inPart && html`<${Wrong} message=${f.wrong.message} />`}`;
}
