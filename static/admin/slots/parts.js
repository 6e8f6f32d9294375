/** The fields the calendar's forms share; what is wrong stands below the field it is about. */
import { html } from '../../vendor/ui.js';
import { Icon } from '../../parts/icon.js';
import { Wrong } from '../bits.js';
import { Whole } from '../fields.js';
import { DAYS, LONG_DAYS } from './words.js';

/** @param {{ label: string, message?: string | undefined, hint?: any, children?: any, class?: string }} p */
export const Field = ({ label, message, hint, children, class: cls = '' }) => html`<fieldset class=${`fld ${cls}`}><legend>${label}</legend>${children}${message ? html`<${Wrong} message=${message} />` : hint && html`<p class="hint">${hint}</p>`}</fieldset>`;

/** @param {{ label: string, type: string, value: string, set: (v: string) => void, off?: boolean, wrong?: string | undefined, min?: string, max?: string, name?: string, placeholder?: string, maxlength?: number }} p */
export const Input = ({ label, type, value, set, off = false, wrong, min, max, name, placeholder, maxlength }) => html`<label class="f">${label}<input class="in" ...${{ type, name, min, max, placeholder, maxlength }} autocomplete="off" value=${value} disabled=${off} aria-invalid=${!!wrong} onInput=${(/** @type {any} */ e) => set(e.target.value)} />${wrong && html`<${Wrong} message=${wrong} />`}</label>`;

/** @param {{ value: number[], set: (days: number[]) => void, off?: boolean, label?: string }} p */
export const Weekdays = ({ value, set, off = false, label = 'Weekdays' }) => html`<div class="wdays" role="group" aria-label=${label}>${DAYS.map((d, i) => html`<button type="button" key=${d} class="chipb" aria-pressed=${value.includes(i + 1)} aria-label=${LONG_DAYS[i]} disabled=${off}
  onClick=${() => set(value.includes(i + 1) ? value.filter((x) => x !== i + 1) : [...value, i + 1].sort((a, b) => a - b))}>${d}</button>`)}</div>`;

/** A number, or none of one's own. @param {{ label: string, none: string, value: number | '' | null, set: (n: number | '' | null) => void, first: number, min: number, max: number, by?: number, unit?: string, off?: boolean, wrong?: string | undefined }} p */
export const MaybeWhole = ({ label, none, value, set, first, min, max, by = 1, unit = '', off = false, wrong }) => html`<div class="maybe">
  <label class="check small"><input type="checkbox" checked=${value === null} disabled=${off} onChange=${(/** @type {any} */ e) => set(e.target.checked ? null : first)} /><span>${none}</span></label>
  ${value !== null && html`<${Whole} label=${label} value=${value} set=${set} min=${min} max=${max} by=${by} unit=${unit} off=${off} wrong=${!!wrong} />`}</div>`;

/** @param {{ name: string, value: string, of: [string, string, string?][], set: (v: string) => void, off?: boolean }} p */
export const Radios = ({ name, value, of, set, off = false }) => html`<div class="radios" role="radiogroup">${of.map(([k, word, more]) => html`<label key=${k} class=${`radio ${value === k ? 'on' : ''}`}><input type="radio" name=${name} value=${k} checked=${value === k} disabled=${off} onChange=${() => set(k)} /><span><b>${word}</b>${more && html`<small>${more}</small>`}</span></label>`)}</div>`;

/** Opening and closing by turns. @param {{ value: string[], set: (times: string[]) => void, off?: boolean }} p */
export function Hours({ value, set, off = false }) {
  const put = (/** @type {number} */ i, /** @type {string} */ t) => set(value.map((old, j) => (j === i ? t : old)));
  return html`<ul class="hoursin">${value.flatMap((t, i) => (i % 2 ? [] : [html`<li key=${i}><input class="in" type="time" aria-label="Opens" value=${t} disabled=${off} onInput=${(/** @type {any} */ e) => put(i, e.target.value)} /><span>to</span>
      <input class="in" type="time" aria-label="Closes" value=${value[i + 1] ?? ''} disabled=${off} onInput=${(/** @type {any} */ e) => put(i + 1, e.target.value)} />
      ${value.length > 2 && html`<button type="button" class="icon" aria-label="Take these hours out" disabled=${off} onClick=${() => set(value.filter((_, j) => j !== i && j !== i + 1))}><${Icon} n="x" /></button>`}</li>`]))}</ul>
    ${!off && value.length < 8 && html`<button type="button" class="btn sm" onClick=${() => set([...value, '18:00', '22:00'])}><${Icon} n="plus" />Add hours</button>`}`;
}
