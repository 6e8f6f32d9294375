/** What slides in from the right over the panel: the floor stays in sight and in reach. */
import { html, useEffect, useRef } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { drawer } from './hand.js';
import { TableSheet } from './sheet.js';
import { AddPad, WalkInPad, BookPad } from './pads.js';
import { History, Sections, Devices, Queue, Simulator } from './sides.js';

export const close = () => (drawer.value = null);

/** @param {{ title: string, sub?: any, children?: any, test?: string }} p */
export function Drawer({ title, sub, children, test = '' }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const el = /** @type {HTMLElement} */ (ref.current);
    (/** @type {HTMLElement | null} */ (el.querySelector('[data-first]')) ?? el).focus({ preventScroll: true });
    return () => {
      if (document.activeElement === document.body || el.contains(document.activeElement)) before?.focus?.({ preventScroll: true });
    };
  }, []);
  return html`<section class="drawer" ref=${ref} tabindex="-1" role="dialog" aria-label=${title} data-testid=${test || 'drawer'}
    onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === 'Escape') { e.stopPropagation(); close(); } }}>
    <div class="head"><h2>${title}${sub && html`<small>${sub}</small>`}</h2><button class="icon" aria-label="Close" onClick=${close}><${Icon} n="x" /></button></div>
    ${children}</section>`;
}

export function Drawers() {
  const d = drawer.value;
  if (!d) return null;
  switch (d.kind) {
    case 'table': return html`<${TableSheet} id=${d.id} key=${d.id} />`;
    case 'add': return html`<${AddPad} key="add" />`;
    case 'edit': return html`<${AddPad} id=${d.id} key=${d.id} />`;
    case 'walkin': return html`<${WalkInPad} />`;
    case 'book': return html`<${BookPad} />`;
    case 'history': return html`<${History} />`;
    case 'sections': return html`<${Sections} />`;
    case 'devices': return html`<${Devices} />`;
    case 'queue': return html`<${Queue} />`;
    case 'sim': return html`<${Simulator} />`;
  }
}
