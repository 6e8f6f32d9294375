/** The editor of a text guests are sent: its blanks as chips, and beside it what a guest would read. */
import { html, useRef } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { Wrong } from './bits.js';

/** @typedef {import('./fields.js').Field} Field */

export const SMS_MAX = 480; // characters; what the house takes
const BASIC = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ!"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà');
const DOUBLE = new Set('^{}\\[~]|€'); // these take two places of the basic alphabet

/** What a text message costs: its places, how many texts it is sent as, and the letters that make it dearer.
 * @param {string} text */
export function smsOf(text) {
  const letters = [...text];
  const odd = [...new Set(letters.filter((c) => !BASIC.has(c) && !DOUBLE.has(c)))];
  const places = odd.length ? text.length : letters.reduce((n, c) => n + (DOUBLE.has(c) ? 2 : 1), 0);
  const [one, each] = odd.length ? [70, 67] : [160, 153]; // a text in parts loses some places to their numbers
  return { places, parts: places <= one ? 1 : Math.ceil(places / each), one, odd };
}

/** A text with its blanks filled in; unknown ones stay as they are. @param {string} text @param {Record<string, string>} sample */
export const filledIn = (text, sample) => text.replaceAll('{{', '\u0001').replaceAll('}}', '\u0002').replace(/\{(\w+)\}/g, (all, name) => sample[name] ?? all).replaceAll('\u0001', '{').replaceAll('\u0002', '}');

/** The first blank there is not, or what is wrong with the braces; '' if all is well. @param {string} text @param {readonly string[]} known */
export function faultIn(text, known) {
  const bare = text.replaceAll('{{', '').replaceAll('}}', '');
  for (const [, name] of bare.matchAll(/\{(\w*)\}/g)) if (!known.includes(name ?? '')) return `There is no {${name}} here.`;
  return /[{}]/.test(bare.replace(/\{\w+\}/g, '')) ? 'There is a brace without its other half.' : '';
}

/** @param {Field & { sample: Record<string, string> }} f */
export function MessageField({ p, value, set, wrong, off, sample }) {
  const mail = p.policy.endsWith('.email');
  const body = useRef(/** @type {HTMLTextAreaElement | null} */ (null)), subject = useRef(/** @type {HTMLInputElement | null} */ (null));
  const last = useRef(/** @type {'body' | 'subject'} */ ('body'));
  const known = p.variables ?? [];
  const text = filledIn(value.body ?? '', sample), head = filledIn(value.subject ?? '', sample);
  const sms = mail ? null : smsOf(text);
  const at = (/** @type {'body' | 'subject'} */ part) => (wrong?.part === part ? wrong.message : faultIn(value[part] ?? '', known));
  /** @param {string} name */
  const insert = (name) => {
    const part = last.current, el = part === 'subject' ? subject.current : body.current;
    const was = value[part] ?? '', from = el?.selectionStart ?? was.length, to = el?.selectionEnd ?? from;
    set({ ...value, [part]: `${was.slice(0, from)}{${name}}${was.slice(to)}` });
    requestAnimationFrame(() => { el?.focus(); el?.setSelectionRange(from + name.length + 2, from + name.length + 2); });
  };
  return html`<div class="msg">
    ${mail && html`<label class="f">Subject<input class="in" ref=${subject} maxlength="120" value=${value.subject ?? ''} disabled=${off} aria-invalid=${!!at('subject')} onFocus=${() => (last.current = 'subject')}
      onInput=${(/** @type {any} */ e) => set({ ...value, subject: e.target.value })} /><${Wrong} message=${at('subject')} /></label>`}
    <label class="f">Text<textarea class="in" ref=${body} rows=${mail ? 9 : 5} maxlength="4000" value=${value.body ?? ''} disabled=${off} aria-invalid=${!!at('body')} onFocus=${() => (last.current = 'body')}
      onInput=${(/** @type {any} */ e) => set({ ...value, body: e.target.value })}></textarea><${Wrong} message=${at('body')} /></label>
    ${!off && html`<div class="blanks" role="group" aria-label="Blanks to put in">${known.map((name) => html`<button type="button" key=${name} class="chipb" title=${sample[name] ?? ''} onClick=${() => insert(name)}><${Icon} n="plus" />${name.replaceAll('_', ' ')}</button>`)}</div>`}
    <figure class=${mail ? 'mail' : 'sms'}><figcaption>What a guest reads</figcaption>
      ${mail ? html`<div class="sheet"><b>${head || 'No subject'}</b><p>${text}</p></div>` : html`<div class="smsbox"><p>${text}</p></div>`}
      ${sms && html`<p class=${`count ${sms.places > SMS_MAX || sms.parts > 2 ? 'bad' : ''}`} data-testid="count">${sms.places} characters, sent as ${sms.parts} text${sms.parts === 1 ? '' : 's'}
        <small>${sms.odd.length ? `“${sms.odd.slice(0, 3).join('” “')}” is no letter of plain texts: only ${sms.one} fit in one` : `${sms.one} fit in one`}; a longer name or link makes it longer.</small></p>`}
    </figure></div>`;
}
