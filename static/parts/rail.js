/** The rail: the screens of the house this role may enter, the page's own buttons, and the way out. */
import { html } from '../vendor/ui.js';
import { Icon } from './icon.js';
import { may, leave } from './here.js';

/** Each screen, and the permissions of which one opens it. */
const SCREENS = /** @type {const} */ ([
  ['floor', 'Floor', 'layout-grid', ['floor.read']],
  ['book', 'Book', 'book-open', ['book.read']],
  ['stand', 'Stand', 'clipboard-list', ['waitlist.read']],
  ['admin', 'Admin', 'settings', ['policy.read', 'people.manage', 'keys.manage', 'journal.read']],
]);

/** @param {{ n: string, w: string, go: () => void, on?: boolean, badge?: number, cls?: string }} p */
export const RailButton = ({ n, w, go, on, badge, cls = '' }) => html`<button class=${cls} aria-current=${on ? 'true' : undefined} onClick=${go}><${Icon} n=${n} />${w}${badge ? html`<span class="badge" aria-label=${`${badge}`}>${badge}</span>` : ''}</button>`;

/** @param {{ here: 'floor' | 'book' | 'stand' | 'admin', children?: any, last?: any, home?: () => void, away?: boolean }} p
 *  home: what a tap on the page's own name does; away: something else of the page is in front; last: buttons above Leave */
export const Rail = ({ here, children, last, home, away }) => html`<nav class="rail" aria-label="Screens"><div class="logo" aria-hidden="true">m</div>
  ${SCREENS.filter(([, , , any]) => any.some(may)).map(([k, w, n]) => k === here
    ? html`<button key=${k} aria-current=${away ? undefined : 'page'} onClick=${home}><${Icon} n=${n} />${w}</button>`
    : html`<a key=${k} href=${`/${k}`}><${Icon} n=${n} />${w}</a>`)}
  ${children}<span class="sp"></span>${last}
  <${RailButton} n="log-out" w="Leave" go=${leave} /></nav>`;
