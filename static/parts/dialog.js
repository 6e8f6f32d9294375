/** One question at a time, in the browser's own modal dialog: focus goes in and comes back, Esc says no. */
import { html, signal, useEffect, useRef } from '../vendor/ui.js';

/** @typedef {{ title: string, text?: string, yes: string, no: string, other?: string, danger?: boolean }} Question other = a third way out */
const open = signal(/** @type {(Question & { answer: (yes: boolean | 'other') => void }) | null} */ (null));

/** @param {Question} q @returns {Promise<boolean | 'other'>} */
export function confirm(q) {
  open.peek()?.answer(false);
  return new Promise((resolve) => {
    open.value = { ...q, answer: (yes) => { open.value = null; resolve(yes); } };
  });
}

export function Asking() {
  const q = open.value;
  return q && html`<${Modal} label=${q.title} onClose=${() => q.answer(false)} key=${q.title}>
    <h2>${q.title}</h2>${q.text && html`<p>${q.text}</p>`}
    <div class="row end"><button class="btn" onClick=${() => q.answer(false)}>${q.no}</button>
      ${q.other && html`<button class="btn" onClick=${() => q.answer('other')}>${q.other}</button>`}
      <button class=${`btn ${q.danger ? 'danger' : 'pri'}`} data-testid="yes" autofocus onClick=${() => q.answer(true)}>${q.yes}</button></div>
  <//>`;
}

/** @param {{ label: string, onClose: () => void, children?: any, class?: string }} p */
export function Modal({ label, onClose, children, class: cls = '' }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const d = ref.current;
    d?.showModal();
    /** @type {HTMLElement | null | undefined} */ (d?.querySelector('[autofocus]'))?.focus();
    return () => d?.close();
  }, []);
  return html`<dialog class=${`ask ${cls}`} ref=${ref} aria-label=${label} onCancel=${(/** @type {Event} */ e) => { e.preventDefault(); onClose(); }}
    onClick=${(/** @type {MouseEvent} */ e) => e.target === ref.current && onClose()}><div class="in">${children}</div></dialog>`;
}
