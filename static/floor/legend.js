/** The legend is the filter: a state pressed stands out, the rest step back. */
import { html } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { LOOKS } from './faces.js';
import { allFaces, facesMoved, tablesOf, faceSignal } from './house.js';
import { filter, area, onlySection, assigning } from './hand.js';
import { me, replica } from './house.js';

/** @param {string} key */
function press(key) {
  const next = new Set(filter.peek());
  next.has(key) ? next.delete(key) : next.add(key);
  filter.value = next;
}

export function Legend() {
  facesMoved.value;
  const here = area.value && tablesOf.value.get(area.value.id);
  const faces = here ? here.map((t) => faceSignal(t.id)?.peek()).filter((f) => !!f) : allFaces();
  const count = (/** @type {string} */ look) => faces.filter((f) => f.look === look).length;
  const over = faces.filter((f) => f.over).length;
  const mine = [...replica.all('section').values()].find((s) => s.server_id && s.server_id === me.value?.staff_id);
  return html`<div class="legend" role="group" aria-label="Filter by state">
    ${Object.entries(LOOKS).map(([look, l]) => html`<button key=${look} aria-pressed=${filter.value.has(look)} onClick=${() => press(look)}>
      <span class=${`sw t ${look}`}><${Icon} n=${l.icon} /></span><span class="wd">${l.word}</span> <b>${count(look)}</b></button>`)}
    <span class="sp"></span>
    ${mine && !assigning.value && html`<button aria-pressed=${onlySection.value === mine.id} onClick=${() => (onlySection.value = onlySection.value === mine.id ? '' : mine.id)}><${Icon} n="user" /><span class="wd">Mine</span></button>`}
    <button class=${over ? 'late' : ''} aria-pressed=${filter.value.has('over')} onClick=${() => press('over')}><${Icon} n="triangle-alert" /><span class="wd">Over time</span> <b>${over}</b></button>
  </div>`;
}
