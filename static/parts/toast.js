/** Short words at the foot of the plan: what was done (with Undo for six seconds), or why not. */
import { html, signal, useEffect } from '../vendor/ui.js';
import { Icon } from './icon.js';

const UNDO_MS = 6000;
const WARN_MS = 6500; // a sentence with a name and a time in it takes a while to read
const SAY_MS = 2500;

/** @typedef {{ id: number, text: string, tone: 'done' | 'warn' | 'say', until: number, act?: string, go?: () => void }} Toast */
const shown = signal(/** @type {Toast | null} */ (null));
const tick = signal(0); // seconds left
let last = 0;

/** @param {Omit<Toast, 'id' | 'until'>} t @param {number} ms */
function show(t, ms) {
  shown.value = { ...t, id: ++last, until: Date.now() + ms };
  return last;
}
/** @param {string} text */
export const say = (text) => show({ text, tone: 'say' }, SAY_MS);
/** @param {string} text */
export const warn = (text) => show({ text, tone: 'warn' }, WARN_MS);

/** What was just tapped; its Undo appears with the hub's answer. @param {string} text */
export function showDone(text) {
  const id = show({ text, tone: 'done' }, UNDO_MS);
  const mine = (/** @type {Partial<Toast>} */ change) => {
    const t = shown.peek();
    if (t?.id === id) shown.value = { ...t, ...change };
  };
  return {
    drop: () => shown.peek()?.id === id && (shown.value = null),
    /** @param {() => void} go */
    done: (go) => mine({ act: 'Undo', go, until: Date.now() + UNDO_MS }),
    /** @param {() => void} go */
    queued: (go) => mine({ text: `${text} · queued`, act: 'Take back', go, until: Date.now() + UNDO_MS }),
  };
}

export function Toasts() {
  const t = shown.value;
  useEffect(() => {
    if (!t) return;
    const timer = setInterval(() => {
      const ms = t.until - Date.now();
      if (ms <= 0) shown.peek()?.id === t.id && (shown.value = null);
      else tick.value = Math.ceil(ms / 1000);
    }, 250);
    tick.value = Math.ceil((t.until - Date.now()) / 1000);
    return () => clearInterval(timer);
  }, [t]);
  return html`<div class="toasts">
    <div role="status" class="sr">${t && t.tone !== 'warn' ? t.text : ''}</div>
    <div role="alert" class="sr">${t?.tone === 'warn' ? t.text : ''}</div>
    ${t && html`<div class=${`toast ${t.tone}`} data-testid="toast" key=${t.id}>
      <${Icon} n=${t.tone === 'warn' ? 'triangle-alert' : 'check'} /><span>${t.text}</span>
      ${t.act && html`<button onClick=${() => { shown.value = null; t.go?.(); }}><${Icon} n="undo-2" />${t.act} <span class="cd" aria-hidden="true">${tick.value} s</span></button>`}
      ${t.tone === 'warn' && html`<button class="x" aria-label="Dismiss" onClick=${() => (shown.value = null)}><${Icon} n="x" /></button>`}
    </div>`}
  </div>`;
}
