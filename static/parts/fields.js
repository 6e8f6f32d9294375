/** Big keys and few fields: what the pads are made of. */
import { html, useState } from '../vendor/ui.js';
import { Icon } from './icon.js';
import { FLAGS } from './words.js';

const PAD = 8; // sizes with a key of their own; larger ones by the list
const MOST = 20; // guests of one party

/** @param {{ value: number, set: (n: number) => void, label?: string }} p */
export function Sizes({ value, set, label = 'Guests' }) {
  return html`<div class="pad" role="group" aria-label=${label}>${Array.from({ length: PAD }, (_, i) => i + 1).map((n) =>
    html`<button type="button" key=${n} class="btn" data-covers=${n} data-first=${n === 2 ? true : undefined} aria-pressed=${value === n} onClick=${() => set(n)}>${n}</button>`)}
    <select class=${`btn ${value > PAD ? 'on' : ''}`} aria-label="More guests" value=${value > PAD ? value : ''} onChange=${(/** @type {any} */ e) => set(Number(e.target.value))}>
      <option value="" disabled>9+</option>${Array.from({ length: MOST - PAD }, (_, i) => i + PAD + 1).map((n) => html`<option value=${n}>${n}</option>`)}</select></div>`;
}

/** The common flags and those that are set; the rest on asking. @param {{ value: string[], set: (f: string[]) => void }} p */
export function Flags({ value, set }) {
  const [all, setAll] = useState(false);
  return html`<div class="chips" role="group" aria-label="Flags">${Object.entries(FLAGS).filter(([k, f]) => all || !f.rare || value.includes(k)).map(([k, f]) =>
    html`<button type="button" key=${k} class=${`chipb ${f.alert ? 'al' : ''}`} aria-pressed=${value.includes(k)} onClick=${() => set(value.includes(k) ? value.filter((x) => x !== k) : [...value, k])}><${Icon} n=${f.icon} />${f.word}</button>`)}
    ${!all && html`<button type="button" class="chipb" onClick=${() => setAll(true)}><${Icon} n="plus" />More</button>`}</div>`;
}

/** One of a few, or none. @param {{ label: string, value: string, set: (v: string) => void, of: [string, string][] }} p */
export const Choice = ({ label, value, set, of }) => html`<div class="chips" role="group" aria-label=${label}>${of.map(([k, w]) =>
  html`<button type="button" key=${k} class="chipb" aria-pressed=${value === k} onClick=${() => set(k)}>${w}</button>`)}</div>`;

/** @param {{ label: string, value: number, set: (n: number) => void, by: number, min: number, max: number }} p */
export function Step({ label, value, set, by, min, max }) {
  return html`<div class="step" role="group" aria-label=${label}><span>${label}</span>
    <button type="button" class="btn sq" aria-label=${`${label}: less`} disabled=${value - by < min} onClick=${() => set(value - by)}><${Icon} n="minus" /></button>
    <b aria-live="polite">${value}</b>
    <button type="button" class="btn sq" aria-label=${`${label}: more`} disabled=${value + by > max} onClick=${() => set(value + by)}><${Icon} n="plus" /></button></div>`;
}

/** @param {(text: string) => void} set */
export const inputOf = (set) => (/** @type {any} */ e) => set(e.target.value);

/** Leaves out what is empty. @param {Record<string, any>} o */
export const filled = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== null && v !== false && !(Array.isArray(v) && !v.length)));
