/** What was deleted and can still be brought back. */
import { html, useState, useEffect } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { dayOf, hm } from '../parts/words.js';
import { site } from '../parts/here.js';
import { ask, linked } from '../parts/asking.js';
import { Drawer } from '../parts/drawer.js';
import { call } from '../replica/house.js';
import { say } from '../parts/toast.js';
import { openBooking, openGuest } from './hand.js';

const RESTORE = /** @type {Record<string, [string, string, string]>} */ ({ booking: ['restore_booking', 'booking_id', 'calendar-x'], guest: ['restore_guest', 'guest_id', 'user-x'] });

export function DeletedSheet() {
  const [list, setList] = useState(/** @type {import('../wire.d.ts').Deleted[] | null | undefined} */ (undefined));
  const read = () => call(`/api/sites/${site}/deleted`).then(setList, () => setList(null));
  useEffect(() => void read(), []);
  /** @param {import('../wire.d.ts').Deleted} d */
  const restore = async (d) => {
    const [name, field] = /** @type {[string, string, string]} */ (RESTORE[d.kind]);
    const answer = await ask(name, { [field]: d.id }, { quiet: true });
    if (answer.status === 'refused') return;
    say(`${d.name} is back`);
    if (d.kind === 'guest') return openGuest(d.id);
    const row = await call(`/api/sites/${site}/bookings/${encodeURIComponent(d.id)}`).catch(() => null);
    row ? openBooking(d.id, row) : read();
  };
  return html`<${Drawer} title="Deleted" sub="Can be restored for 30 days" test="deleted-list">
    ${list === undefined ? html`<div class="scroll"><p class="skel line"></p><p class="skel line"></p></div>` : list === null ? html`<div class="empty"><${Icon} n="wifi-off" /><b>Not to be had without the link</b></div>`
      : !list.length ? html`<div class="empty"><${Icon} n="circle-check" /><b>Nothing was deleted</b></div>`
      : html`<ul class="scroll lines tall">${list.filter((d) => RESTORE[d.kind]).map((d) => html`<li key=${d.id}><span class="av"><${Icon} n=${RESTORE[d.kind]?.[2] ?? 'trash-2'} /></span><span><b>${d.name}</b><small>${d.by} · ${dayOf(d.deleted_at)} ${hm(d.deleted_at)} · until ${dayOf(d.restorable_until)}</small><small>“${d.reason}”</small></span>
        <button class="btn sm" disabled=${!linked.value} onClick=${() => restore(d)}><${Icon} n="undo-2" />Restore</button></li>`)}</ul>`}<//>`;
}
