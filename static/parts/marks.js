/** What is good to know about a guest, as signs beside their name: alerts in words, the rest as icons. */
import { html } from '../vendor/ui.js';
import { Icon } from './icon.js';
import { flagOf } from './words.js';

/** @param {{ flags: string | string[] }} p a list, or its words joined by spaces */
export function Marks({ flags }) {
  const all = (typeof flags === 'string' ? flags.split(' ') : flags).filter(Boolean).map(flagOf);
  return html`${all.filter((f) => !f.alert).map((f) => html`<span class=${`mark ${f.icon}`} title=${f.word}><${Icon} n=${f.icon} /><span class="sr">${f.word}</span></span>`)}
    ${all.filter((f) => f.alert).map((f) => html`<span class="chip al">${f.word}</span>`)}`;
}

/** A tap of ours that waits for the link. */
export const Ghost = (/** @type {{ g: string }} */ { g }) => g === 'queued' ? html`<span class="chip q"><${Icon} n="hourglass" />queued</span>` : null;
