/** The top bar: which day, its figures, how the link is. */
import { html } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { TopEnd } from '../parts/top.js';
import { me } from '../parts/here.js';
import { day, today, turnTo, addDays, dateWords, sums } from './house.js';

function Days() {
  const date = day.value;
  return html`<div class="days" role="group" aria-label="Day of the book">
    <button class="icon" aria-label="The day before" data-testid="before" disabled=${!date} onClick=${() => turnTo(addDays(date, -1))}><${Icon} n="chevron-left" /></button>
    <label class="date"><span aria-hidden="true"><b>${date ? dateWords(date, { weekday: 'long' }) : ' '}</b>${date ? dateWords(date, { day: 'numeric', month: 'long' }) : ''}</span>
      <input type="date" aria-label="Day of the book" data-testid="day" value=${date} onChange=${(/** @type {any} */ e) => turnTo(e.target.value)}
        onClick=${(/** @type {any} */ e) => { try { e.target.showPicker?.(); } catch { /* typing works as well */ } }} /></label>
    <button class="icon" aria-label="The day after" data-testid="after" disabled=${!date} onClick=${() => turnTo(addDays(date, 1))}><${Icon} n="chevron-right" /></button>
    <button class="btn sm" aria-pressed=${date === today()} onClick=${() => turnTo(today())}>Today</button>
  </div>`;
}

export function Top() {
  const { n, covers, here } = sums.value;
  return html`<header class="top">
    <h1>Book<small>${me.value?.sites[0]?.name ?? 'maitred'}</small></h1>
    <${Days} />
    <div class="kpi"><div><b data-testid="parties">${n.all}</b><span>parties</span></div><div><b>${covers}</b><span>covers</span></div><div><b>${here}</b><span>of them here</span></div></div>
    <${TopEnd} />
  </header>`;
}
