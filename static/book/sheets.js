/** What slides in at the side: a booking, a guest, what was deleted; and what every page has. */
import { html } from '../vendor/ui.js';
import { drawer } from '../parts/opened.js';
import { SharedDrawers } from '../parts/sides.js';
import { BookingSheet } from './booking.js';
import { GuestSheet } from './guest.js';
import { DeletedSheet } from './deleted.js';
import { PlanSheet, WhatIfSheet } from '../plan/all.js';

export function Sheets() {
  const d = drawer.value;
  switch (d?.kind) {
    case 'booking': return html`<${BookingSheet} id=${d.id} key=${d.id} />`;
    case 'guest': return html`<${GuestSheet} id=${d.id} key=${d.id} />`;
    case 'plan': return html`<${PlanSheet} />`;
    case 'whatif': return html`<${WhatIfSheet} />`;
    case 'deleted': return html`<${DeletedSheet} />`;
    default: return html`<${SharedDrawers} />`;
  }
}
