/** What the plan says of one booking or one table, where that is open already. */
import { html } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { linked } from '../parts/asking.js';
import { may } from '../parts/here.js';
import { changes, pins } from './state.js';
import { accept, leave, pin } from './doing.js';
import { Way, openPlan } from './sheet.js';

/** A booking in hand: the proposal to do or to decline; without one, whether the plan may move it. @param {{ id: string }} p */
export function ForBooking({ id }) {
  const c = changes.value.find((one) => one.id === id), stays = pins.value.has(id);
  const off = !linked.value || id.startsWith('ghost:');
  if (!may('book.write')) return null;
  if (!c) return html`<button class="chipb" aria-pressed=${stays} disabled=${off} title="Whether the plan may move it to another table" onClick=${() => pin(id, !stays)}><${Icon} n="lock" /><span>${stays ? 'Pinned' : 'Pin'}</span></button>`;
  return html`<div class="planhere" data-testid="planhere"><p><${Icon} n="chart-gantt" /><span><${Way} c=${c} /> ${c.why}</span></p>
    <div class="row">${c.to_ids.length ? html`<button class="btn sm" disabled=${off} onClick=${() => accept(id)}><${Icon} n="check" />Do it</button>` : ''}
      <button class="btn sm" disabled=${off} onClick=${() => leave(id)}><${Icon} n="lock" />${c.from ? 'Stays' : 'We see to it'}</button></div></div>`;
}

/** Who the plan would bring to a table, and who away from it. @param {{ id: string }} p */
export function AtTable({ id }) {
  const here = changes.value.filter((c) => c.to_ids.length && (c.to_ids.includes(id) || c.from_ids.includes(id)));
  if (!here.length) return null;
  return html`<h3>The plan would</h3><ul class="lines atplan">${here.map((c) => html`<li key=${c.id}><b>${c.time}</b><span>${c.name} · ${c.covers}<small><${Way} c=${c} /></small></span>
    <button class="btn sm" aria-label=${`Show ${c.name} in the plan`} onClick=${() => openPlan(c.id)}><${Icon} n="chevron-right" /></button></li>`)}</ul>`;
}
