/** The floor's drawers, by kind. */
import { html } from '../vendor/ui.js';
import { SharedDrawers } from '../parts/sides.js';
import { drawer } from './hand.js';
import { TableSheet } from './sheet.js';
import { AddPad, WalkInPad, BookPad } from './pads.js';
import { History, Sections } from './sides.js';
import { LinkSheet } from './link.js';
import { Phones } from './phones.js';
import { PlanSheet, WhatIfSheet } from '../plan/all.js';

export function Drawers() {
  const d = drawer.value;
  const id = d?.id ?? '';
  switch (d?.kind) {
    case 'table': return html`<${TableSheet} id=${id} key=${id} />`;
    case 'add': return html`<${AddPad} key="add" />`;
    case 'edit': return html`<${AddPad} id=${id} key=${id} />`;
    case 'walkin': return html`<${WalkInPad} />`;
    case 'book': return html`<${BookPad} />`;
    case 'link': return html`<${LinkSheet} id=${id} key=${id} />`;
    case 'phones': return html`<${Phones} />`;
    case 'history': return html`<${History} />`;
    case 'plan': return html`<${PlanSheet} />`;
    case 'whatif': return html`<${WhatIfSheet} />`;
    case 'sections': return html`<${Sections} />`;
    default: return html`<${SharedDrawers} />`;
  }
}
