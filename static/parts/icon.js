import { html } from '../vendor/ui.js';

// The sprite goes into the page once: a <use> of another file is looked up anew each time it is drawn, which was a third
// of the floor's main-thread time.
fetch('/static/vendor/icons.svg').then((r) => r.text()).then((svg) => {
  const sprite = document.createElement('div');
  sprite.style.display = 'none';
  sprite.innerHTML = svg;
  document.body.prepend(sprite);
}).catch(() => {}); // words stand beside every icon

/** One icon of the sprite; decoration only, its words stand beside it. @param {{ n: string, class?: string }} p */
export const Icon = ({ n, class: cls = '' }) => html`<svg class=${`i ${cls}`} aria-hidden="true"><use href=${`#${n}`} /></svg>`;
