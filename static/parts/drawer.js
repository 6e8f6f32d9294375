/** What slides in from the right: the page stays in sight and in reach. One at a time; each page says what its own are. */
import { html, useEffect, useRef } from '../vendor/ui.js';
import { Icon } from './icon.js';
import { focusKept } from './focus.js';
import { close } from './opened.js';

export { drawer, close } from './opened.js';

/** @param {{ title: string, sub?: any, children?: any, test?: string }} p */
export function Drawer({ title, sub, children, test = '' }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const back = focusKept();
    const el = /** @type {HTMLElement} */ (ref.current);
    (/** @type {HTMLElement | null} */ (el.querySelector('[data-first]')) ?? el).focus({ preventScroll: true });
    return () => {
      if (document.activeElement === document.body || el.contains(document.activeElement)) back();
    };
  }, []);
  return html`<section class="drawer" ref=${ref} tabindex="-1" role="dialog" aria-label=${title} data-testid=${test || 'drawer'}
    onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === 'Escape') { e.stopPropagation(); close(); } }}>
    <div class="head"><h2>${title}${sub && html`<small>${sub}</small>`}</h2><button class="icon" aria-label="Close" onClick=${close}><${Icon} n="x" /></button></div>
    ${children}</section>`;
}
