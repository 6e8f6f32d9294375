/** When guests can book: tonight, the week, and the dates that differ. Two managers see the same at once. */
import { html, useEffect } from '../vendor/ui.js';
import { here, useDoor } from './doors.js';
import { goTo, Head, Loading, place, Trouble } from './bits.js';
import { SlotEditor } from './slots/editor.js';
import { known, opened, today } from './slots/house.js';
import { Dates, daySort, newDay, newTime, timeSort } from './slots/dates.js';
import { Night } from './slots/night.js';
import { newRule, ruleSort, Week } from './slots/week.js';

/** @typedef {import('../wire.d.ts').SiteCard} SiteCard */
/** @typedef {import('../wire.d.ts').SlotsConfig} SlotsConfig */

const FACES = /** @type {const} */ ([['night', 'Tonight'], ['week', 'The week'], ['dates', 'Dates']]);

export function Slots() {
  const card = useDoor(`${here()}/card`), config = useDoor(`${here()}/slots/config`);
  const face = FACES.find(([k]) => k === place.value.id)?.[0] ?? 'night';
  const open = opened.value;
  useEffect(() => { opened.value = null; }, [face]);
  const fault = card.wrong || config.wrong;
  if (fault && !(card.data && config.data)) return html`<${Trouble} message=${fault} again=${() => { card.again(); config.again(); }} />`;
  const c = /** @type {SiteCard | null} */ (card.data), set = /** @type {SlotsConfig | null} */ (config.data);
  const usual = c && set ? { step_min: set.step_min, weather_gate: set.weather_gate, staff_needed: set.staff_needed, day_ends: c.day_ends, hours: c.opening_hours } : null;
  const ready = usual && known() && today();
  const sort = open && usual && { slot_rule: ruleSort(usual), special_day: daySort, slot: timeSort }[open.kind];
  const start = open && usual && { slot_rule: () => sort?.draftOf({ ...newRule(usual), ...open.from }), special_day: newDay, slot: newTime }[open.kind]();
  const close = () => {
    const at = open?.id;
    opened.value = null;
    if (at) requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector(`[data-rule="${CSS.escape(at)}"], [data-day="${CSS.escape(at)}"], [data-time="${CSS.escape(at)}"]`))?.focus());
  };
  return html`<div class=${`duo ${open ? 'two' : ''} bookable`}>
    <section class="listing" aria-label="Booking times"><${Head} title="Booking times" sub="When guests can book and how many come at a time. A change counts at once, on every screen and for every guest." />
      <div class="seg faces" role="group" aria-label="What to look at">${FACES.map(([k, w]) => html`<button key=${k} aria-pressed=${face === k} onClick=${() => goTo('slots', k)}>${w}</button>`)}</div>
      ${!ready ? html`<${Loading} />` : face === 'week' ? html`<${Week} usual=${usual} />` : face === 'dates' ? html`<${Dates} />` : html`<${Night} usual=${usual} />`}</section>
    ${open && sort && html`<${SlotEditor} key=${`${open.kind} ${open.id} ${JSON.stringify(open.from ?? '')}`} sort=${sort} id=${open.id} start=${start} close=${close} />`}
  </div>`;
}
