/** What a change changes: before and after, word by word for texts, part by part for values that have parts. */
import { html } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { makeOf, partWords, told } from './words.js';

/** @typedef {import('./words.js').PolicyView} PolicyView */

const MOST_WORDS = 900; // a text of 4000 characters has fewer; beyond that the whole is shown as changed

/** @typedef {{ text: string, on: boolean }[]} Words on: only on this side */

/** The words of two texts, those that only one has marked. @param {string} a @param {string} b @returns {[Words, Words]} */
export function compared(a, b) {
  const left = a.split(/(\s+)/), right = b.split(/(\s+)/);
  if (left.length > MOST_WORDS || right.length > MOST_WORDS) return [[{ text: a, on: true }], [{ text: b, on: true }]];
  const same = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  const get = (/** @type {number} */ i, /** @type {number} */ j) => same[i]?.[j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      /** @type {Uint16Array} */ (same[i])[j] = left[i] === right[j] ? get(i + 1, j + 1) + 1 : Math.max(get(i + 1, j), get(i, j + 1));
    }
  }
  /** @type {[Words, Words]} */ const out = [[], []];
  const add = (/** @type {0 | 1} */ side, /** @type {string} */ text, /** @type {boolean} */ on) => {
    const end = out[side].at(-1);
    end && end.on === on ? (end.text += text) : out[side].push({ text, on });
  };
  let i = 0, j = 0;
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) { add(0, left[i++] ?? '', false); add(1, right[j++] ?? '', false); }
    else if (j >= right.length || (i < left.length && get(i + 1, j) >= get(i, j + 1))) add(0, left[i++] ?? '', true);
    else add(1, right[j++] ?? '', true);
  }
  return out;
}

/** @param {{ words: Words, side: 'was' | 'now' }} p */
const Text = ({ words, side }) => html`${words.map((w) => (w.on ? (side === 'was' ? html`<del>${w.text}</del>` : html`<ins>${w.text}</ins>`) : w.text))}`;

/** @param {{ p: PolicyView, was: any, now: any, wasNote?: string, nowNote?: string }} d */
export function Diff({ p, was, now, wasNote = '', nowNote = '' }) {
  const make = makeOf(p);
  if (make === 'template') {
    return html`<div class="diff texts" data-testid="diff">${['subject', 'body'].filter((part) => (was[part] ?? now[part] ?? null) !== null).map((part) => {
      const [a, b] = compared(was[part] ?? '', now[part] ?? '');
      return was[part] === now[part] && part === 'subject' ? null : html`<div key=${part}><p class="was"><b>Before</b><${Text} words=${a} side="was" /></p><p class="now"><b>After</b><${Text} words=${b} side="now" /></p></div>`;
    })}${(wasNote || nowNote) && html`<small>${[wasNote, nowNote].filter(Boolean).join(' → ')}</small>`}</div>`;
  }
  const parts = make === 'weights' || make === 'standing' ? Object.keys(p.default).filter((k) => was[k] !== now[k]) : null;
  const rows = parts ? parts.map((k) => /** @type {const} */ ([partWords(k)[0], `${was[k]}`, `${now[k]}`])) : [/** @type {const} */ (['', told(p, was), told(p, now)])];
  return html`<div class="diff" data-testid="diff">${rows.map(([word, a, b]) => html`<div class="swap" key=${word}>${word && html`<small>${word}</small>`}<span class="was"><span class="sr">before </span>${a}</span><${Icon} n="arrow-right" /><span class="now"><span class="sr">after </span>${b}</span></div>`)}
    ${!rows.length && html`<p class="hint">The value stays the same.</p>`}${(wasNote || nowNote) && html`<small>${[wasNote, nowNote].filter(Boolean).join(' → ')}</small>`}</div>`;
}
