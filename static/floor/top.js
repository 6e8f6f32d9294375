/** The top bar: which house, which room, three figures, how the link is, what time it is. */
import { html } from '../vendor/ui.js';
import { TopEnd } from '../parts/top.js';
import { dayOf, hm } from '../parts/words.js';
import { now } from '../replica/clock.js';
import { areas, tablesOf, faceSignal, facesMoved, venue, kpi } from './house.js';
import { area, areaId, glow } from './hand.js';

/** @param {number} at */
function meal(at) {
  const h = Number(hm(at).slice(0, 2));
  return h >= 4 && h < 11 ? 'Breakfast' : h >= 11 && h < 16 ? 'Lunch' : 'Dinner';
}

function Areas() {
  facesMoved.value;
  const count = (/** @type {string} */ id) => {
    const list = tablesOf.value.get(id) ?? [];
    const busy = list.filter((t) => { const f = faceSignal(t.id)?.peek(); return f && f.look !== 'available' && f.look !== 'blocked' && f.look !== 'reserved' && f.look !== 'dirty'; }).length;
    return [busy, list.length];
  };
  return html`<div class="seg areas" role="group" aria-label="Areas">${areas.value.map((a) => {
    const [busy, all] = count(a.id);
    const fits = glow.value ? (tablesOf.value.get(a.id) ?? []).filter((t) => glow.value?.get(t.id)?.legal).length : -1;
    return html`<button key=${a.id} aria-pressed=${area.value?.id === a.id} onClick=${() => (areaId.value = a.id)} aria-label=${`${a.name}, ${busy} of ${all} tables taken${fits > 0 ? `, ${fits} would fit` : ''}`}>${a.name} <span class=${`n ${fits > 0 ? 'fits' : ''}`}>${fits >= 0 ? `${fits} fit` : `${busy}/${all}`}</span></button>`;
  })}</div>`;
}

export function Top() {
  const k = kpi.value;
  return html`<header class="top">
    <h1>${venue.value?.name ?? 'maitred'}<small>${venue.value ? `${dayOf(`${venue.value.service_date}T12:00:00Z`)} · ${meal(now.value)}` : ' '}</small></h1>
    <${Areas} />
    <div class="kpi"><div><b>${k.seated}</b><span>seated covers</span></div><div><b>${k.due}</b><span>due by ${k.by}</span></div><div title="Expected turn of the parties seated now"><b>${k.turn}</b><span>avg turn</span></div></div>
    <${TopEnd} />
  </header>`;
}
