/**
 * The house's table for a waiting party, on its card: one line with the reason, one tap to seat there or to offer it. A
 * tap on the line shows the others in order, each with its reason; they are asked for then and kept up, and the line
 * never waits for them.
 */
import { html, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { useList } from '../parts/sides.js';
import { ask, linked } from '../parts/asking.js';
import { say } from '../parts/toast.js';
import { may, replica, site } from '../parts/here.js';
import { numbers } from './rows.js';

/** @typedef {import('../wire.d.ts').Fit} Fit */
/** @typedef {{ id: string, name: string, covers: number, tables: string, at: string, why: string }} Waits */

const OTHERS = 5; // tables shown besides the first
const REASONS = 4; // that keep tables of the right size from them, each with its tables
const NAMED = 6; // tables of one reason

/** Single tables large enough that something keeps from them, by what it is. @param {Fit[]} fits @returns {[string, string[]][]} */
function notNow(fits) {
  /** @type {Map<string, string[]>} */ const by = new Map();
  for (const f of fits) {
    if (f.legal || f.wasted < 0 || f.table_ids.length > 1) continue;
    const at = numbers(replica, f.table_ids), why = capital(f.why.startsWith(`${at} `) ? f.why.slice(at.length + 1).replace(/^is /, '') : f.why);
    by.set(why, [...(by.get(why) ?? []), at]);
  }
  return [...by].slice(0, REASONS);
}

/** @param {Waits} c @param {string[]} ids @param {() => void} put */
const seat = (c, ids, put) => { put(); void ask('seat_party', { party_id: c.id, table_ids: ids }); };
/** @param {Waits} c @param {string[]} ids @param {() => void} put */
async function offer(c, ids, put) {
  put();
  const answer = await ask('notify_party', { party_id: c.id, table_ids: ids });
  if (answer.status === 'done') say(`${c.name} is told; ${numbers(replica, ids)} is kept`);
}

/** @param {{ c: Waits, ids: string[], put: () => void, first?: boolean }} p */
function Acts({ c, ids, put, first = false }) {
  const at = numbers(replica, ids);
  return html`${may('seating.write') && html`<button class=${`btn sm ${first ? 'pri' : ''}`} aria-label=${`Seat ${c.name} at ${at}`} onClick=${() => seat(c, ids, put)}>Seat</button>`}
    ${may('host.write') && html`<button class="btn sm only" disabled=${!linked.value} aria-label=${`Offer ${at} to ${c.name}`} title="Offer" onClick=${() => offer(c, ids, put)}><${Icon} n="bell-ring" /></button>`}`;
}

/** As a sentence of its own. @param {string} words */
const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
/** The table's own number is said once. @param {string} why @param {string} at */
function reason(why, at) {
  const [first, ...rest] = why.split(' · ');
  return capital(rest.length && first?.replaceAll(' ', '') === at ? rest.join(' · ') : why);
}

/** @param {{ c: Waits, sel: boolean, put: () => void }} p put: puts the party down, should it be in hand */
export function Suggest({ c, sel, put }) {
  const [open, setOpen] = useState(false);
  const ids = c.tables ? c.tables.split(' ') : [];
  const why = reason(c.why, c.at) || (ids.length ? 'Fits best' : 'No table in sight yet');
  return html`<div class=${`sug ${ids.length ? 'has' : ''}`} data-suggested=${c.at}>
    <button class="why1" aria-expanded=${open} aria-label=${`${ids.length ? `Table ${c.at} for ${c.name}` : c.name}: ${why}. Other tables`} onClick=${() => setOpen(!open)}>
      ${ids.length ? html`<b><${Icon} n="armchair" />${c.at}</b>` : html`<${Icon} n="hourglass" />`}<span>${why}</span><${Icon} n=${open ? 'chevron-up' : 'chevron-down'} class="go" /></button>
    ${ids.length > 0 && !sel && html`<${Acts} c=${c} ids=${ids} put=${put} first=${true} />`}</div>
    ${open && html`<${Others} c=${c} put=${put} />`}`;
}

/** @param {{ c: Waits, put: () => void }} p */
function Others({ c, put }) {
  replica.revision.value;
  const seq = Math.max(0, ...[...replica.channels.values()].map((ch) => ch.seq));
  const fits = /** @type {{ fits: Fit[] } | null | undefined} */ (/** @type {unknown} */ (useList(`/api/sites/${site}/fits?party_id=${encodeURIComponent(c.id)}`, seq)));
  if (fits === undefined) return html`<div class="sugs" aria-busy="true"><p class="skel line"></p><p class="skel line"></p></div>`;
  if (fits === null) return html`<p class="sugs note"><${Icon} n="wifi-off" />Other tables need the link to the house.</p>`;
  const yes = fits.fits.filter((f) => f.legal).slice(0, OTHERS + 1), no = notNow(fits.fits);
  const rest = yes.filter((f) => f.table_ids.join(' ') !== c.tables);
  return html`<div class="sugs" role="group" aria-label=${`Other tables for ${c.name}`}>
    ${rest.length ? html`<ol>${rest.map((f) => html`<li key=${f.table_ids.join()}><b>${numbers(replica, f.table_ids)}</b><span>${capital(f.why) || 'Fits'}</span><${Acts} c=${c} ids=${f.table_ids} put=${put} /></li>`)}</ol>`
      : html`<p class="note">${yes.length ? 'No other table would do now.' : 'No table would do now.'}</p>`}
    ${no.length > 0 && html`<p class="cap2">Not now</p><ul>${no.map(([why, at]) => html`<li key=${why} class="no"><span>${why}</span><b>${at.slice(0, NAMED).join(', ')}${at.length > NAMED ? ` +${at.length - NAMED}` : ''}</b></li>`)}</ul>`}</div>`;
}
