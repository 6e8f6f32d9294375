/** What: occasion, what to mind, the guest's own words and, apart from them, the house's; the rare rest behind "more". */
import { html, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { FLAGS } from '../parts/words.js';
import { OCCASIONS, SOURCES } from './faces.js';
import { inputOf } from './modal.js';

/** @typedef {import('./form.js').Part} Part */

const LIKES = ['window', 'booth', 'patio', 'quiet', 'bar', 'garden'];
const NOTE_MOST = 500;
/** Flags the occasion already says. */
const SAID = new Set(['birthday', 'anniversary', 'step_free']);

/** @param {{ label: string, all: [string, string, string, boolean?][], value: string[], set: (v: string[]) => void }} p */
export const Chips = ({ label, all, value, set }) => html`<div class="chips" role="group" aria-label=${label}>${all.map(([k, w, i, alert]) =>
  html`<button type="button" key=${k} class=${`chipb ${alert ? 'al' : ''}`} aria-pressed=${value.includes(k)} onClick=${() => set(value.includes(k) ? value.filter((x) => x !== k) : [...value, k])}>${i && html`<${Icon} n=${i} />`}${w}</button>`)}</div>`;

/** Every flag there is, and those of this guest that have no word of their own. @param {string[]} [own] @returns {[string, string, string, boolean?][]} */
export const flagChoices = (own = []) => [...Object.entries(FLAGS).filter(([k]) => !SAID.has(k) || own.includes(k)).map(([k, v]) => /** @type {[string, string, string, boolean?]} */ ([k, v.word, v.icon, v.alert])),
  ...own.filter((k) => !FLAGS[k]).map((k) => /** @type {[string, string, string, boolean?]} */ ([k, k.replaceAll('_', ' '), 'circle-alert', /allerg/.test(k)]))];
const COMMON = new Set(['vip', 'gluten', 'nut_allergy', 'shellfish', 'dairy', 'vegan', 'vegetarian', 'high_chair']);
/** What to mind about a guest: the common flags, and all there are on asking. @param {{ value: string[], set: (v: string[]) => void }} p */
export function FlagChips({ value, set }) {
  const [all, setAll] = useState(false);
  const shown = flagChoices(value).filter(([k]) => all || COMMON.has(k) || value.includes(k));
  return html`<div class="chips" role="group" aria-label="Good to know">${shown.map(([k, w, i, alert]) =>
      html`<button type="button" key=${k} data-flag=${k} class=${`chipb ${alert ? 'al' : ''}`} aria-pressed=${value.includes(k)} onClick=${() => set(value.includes(k) ? value.filter((x) => x !== k) : [...value, k])}><${Icon} n=${i} />${w}</button>`)}
    ${!all && html`<button type="button" class="chipb soft" onClick=${() => setAll(true)}><${Icon} n="plus" />More allergies and diets</button>`}</div>`;
}
/** @param {string[]} own @returns {[string, string, string][]} */
export const likeChoices = (own) => [...new Set([...LIKES, ...own])].map((k) => [k, k.replace(/^./, (c) => c.toUpperCase()), '']);

/** Short words, added one by one. @param {{ label: string, value: string[], set: (v: string[]) => void, most?: number }} p */
export function Tags({ label, value, set, most = 12 }) {
  const [text, setText] = useState('');
  const add = () => {
    const t = text.trim();
    if (t && !value.includes(t) && value.length < most) set([...value, t]);
    setText('');
  };
  return html`<div class="field"><label>${label}<span class="taglist">${value.map((t) => html`<span class="chip" key=${t}>${t}<button type="button" aria-label=${`Remove ${t}`} onClick=${() => set(value.filter((x) => x !== t))}><${Icon} n="x" /></button></span>`)}
    <input class="bare" maxlength="24" placeholder="add …" aria-label=${`Add to ${label}`} value=${text} onInput=${inputOf(setText)} onBlur=${add} onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === 'Enter' || e.key === ',') { e.preventDefault(); add(); } if (e.key === 'Backspace' && !text) set(value.slice(0, -1)); }} /></span></label></div>`;
}

/** @param {Part & { edit: boolean }} p */
export function Extras({ f, set, err, hints, edit }) {
  const [more, setMore] = useState(!!(f.emergency_contact || f.access_notes || f.tags.length || f.preorders.length || f.preferences.length));
  /** @param {number} i @param {{ what?: string, quantity?: number }} change */
  const order = (i, change) => set({ preorders: f.preorders.map((p, n) => (n === i ? { ...p, ...change } : p)) });
  return html`<fieldset><legend>Occasion</legend><div class="chips" role="group" aria-label="Occasion">${Object.entries(OCCASIONS).filter(([k]) => k !== 'casual').map(([k, o]) =>
      html`<button type="button" key=${k} class="chipb" aria-pressed=${f.occasion === k} onClick=${() => set({ occasion: f.occasion === k ? null : k })}><${Icon} n=${o.icon} />${o.word}</button>`)}</div></fieldset>
    <fieldset><legend>Good to know</legend><${FlagChips} value=${f.flags} set=${(/** @type {string[]} */ flags) => set({ flags })} />${err('flags')}${hints('flags', 'preferences')}</fieldset>
    <label>Requests, in the guest’s words<textarea class="in" name="requests" rows="2" maxlength=${NOTE_MOST} value=${f.requests} onInput=${inputOf((requests) => set({ requests }))}></textarea></label>
    <label class="staff"><span><${Icon} n="lock" />Staff notes · never shown to guests</span><textarea class="in" name="notes" rows="2" maxlength=${NOTE_MOST} value=${f.notes} onInput=${inputOf((notes) => set({ notes }))}></textarea></label>
    <button type="button" class="lnk" aria-expanded=${more} onClick=${() => setMore(!more)}><${Icon} n=${more ? 'chevron-up' : 'chevron-down'} />${more ? 'Less' : 'More: table wishes, pre-orders, tags, access, emergency, source'}</button>
    ${more && html`
      <fieldset><legend>Table wishes</legend><${Chips} label="Table wishes" all=${likeChoices(f.preferences)} value=${f.preferences} set=${(/** @type {string[]} */ preferences) => set({ preferences })} /></fieldset>
      <fieldset><legend>Ordered ahead</legend>${f.preorders.map((p, i) => html`<div class="row" key=${i}><input class="in qty" type="number" min="1" max="50" aria-label="How many" value=${p.quantity ?? 1} onInput=${inputOf((v) => order(i, { quantity: Math.max(1, Math.min(50, Number(v) || 1)) }))} />
          <input class="in" maxlength="80" aria-label="What" value=${p.what} onInput=${inputOf((what) => order(i, { what }))} /><button type="button" class="icon" aria-label=${`Remove ${p.what || 'line'}`} onClick=${() => set({ preorders: f.preorders.filter((_, n) => n !== i) })}><${Icon} n="x" /></button></div>`)}
        <div class="chips">${['Birthday cake', 'Champagne', 'Flowers', ''].map((w) => html`<button type="button" key=${w} class="chipb" disabled=${f.preorders.length >= 10} onClick=${() => set({ preorders: [...f.preorders, { what: w, quantity: 1 }] })}><${Icon} n="plus" />${w || 'Something else'}</button>`)}</div></fieldset>
      <${Tags} label="Tags · never shown to guests" value=${f.tags} set=${(/** @type {string[]} */ tags) => set({ tags })} />
      <label>Access notes<textarea class="in" name="access" rows="2" maxlength=${NOTE_MOST} value=${f.access_notes} onInput=${inputOf((access_notes) => set({ access_notes }))}></textarea></label>
      <label>Emergency contact<input class="in" name="emergency" maxlength="120" autocomplete="off" value=${f.emergency_contact} onInput=${inputOf((emergency_contact) => set({ emergency_contact }))} /></label>
      ${!edit && html`<div class="two"><label>Came by<select class="in" value=${f.source} onChange=${inputOf((source) => set({ source }))}>${Object.entries(SOURCES).filter(([k]) => k !== 'import').map(([k, w]) => html`<option value=${k}>${w}</option>`)}</select></label>
        <label>Taken as<select class="in" value=${f.status} onChange=${inputOf((status) => set({ status }))}><option value="confirmed">Confirmed</option><option value="pending">To be confirmed</option><option value="inquiry">Inquiry</option></select></label></div>`}`}`;
}
