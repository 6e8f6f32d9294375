/** A large question: the browser's own modal dialog; focus goes in and comes back, Esc closes. */
import { html, useEffect, useRef } from '../vendor/ui.js';
import { focusKept } from '../parts/focus.js';

/** @param {{ label: string, onClose: () => void, children?: any, cls?: string, test?: string }} p */
export function Sheet({ label, onClose, children, cls = '', test = '' }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const d = ref.current;
    const back = focusKept();
    d?.showModal();
    const first = /** @type {HTMLElement | null | undefined} */ (d?.querySelector('[data-focus]') ?? d?.querySelector('[autofocus]'));
    if (first && (first.tagName === 'BUTTON' || matchMedia('(min-width: 901px)').matches)) first.focus();
    else d?.focus(); // a phone's keyboard would cover half the dialog
    return () => {
      d?.close();
      back();
    };
  }, []);
  return html`<dialog class=${`ask wide ${cls}`} ref=${ref} tabindex="-1" aria-label=${label} data-testid=${test || undefined} onCancel=${(/** @type {Event} */ e) => { e.preventDefault(); onClose(); }}>${children}</dialog>`;
}

/** @param {(text: string) => void} set */
export const inputOf = (set) => (/** @type {any} */ e) => set(e.target.value);
