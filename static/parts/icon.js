import { html } from '../vendor/ui.js';

/** One icon of the sprite; decoration only, its words stand beside it. @param {{ n: string, class?: string }} p */
export const Icon = ({ n, class: cls = '' }) =>
  html`<svg class=${`i ${cls}`} aria-hidden="true"><use href=${`/static/vendor/icons.svg#${n}`} /></svg>`;
