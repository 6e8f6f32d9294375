/** Small pieces the sections share: what is wrong, loading, nothing there, a heading with its tools. */
import { html, signal } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';

/** @param {{ message?: string }} p */
export const Wrong = ({ message }) => (message ? html`<em role="alert" class="wrongf"><${Icon} n="triangle-alert" />${message}</em>` : null);

export const Loading = () => html`<div class="loading" aria-busy="true"><span class="sr" role="status">Loading</span>${[1, 2, 3, 4, 5, 6].map((n) => html`<p class="skel line" key=${n}></p>`)}</div>`;

/** @param {{ message: string, again: () => void }} p */
export const Trouble = ({ message, again }) => html`<div class="empty" role="alert"><${Icon} n="wifi-off" /><b>Not to be had just now</b><span>${message}</span><button class="btn" onClick=${again}><${Icon} n="refresh-cw" />Try again</button></div>`;

/** @param {{ icon: string, title: string, text?: string, children?: any }} p */
export const Nothing = ({ icon, title, text, children }) => html`<div class="empty"><${Icon} n=${icon} /><b>${title}</b>${text && html`<span>${text}</span>`}${children}</div>`;

/** @param {{ title: string, sub?: any, children?: any }} p */
export const Head = ({ title, sub, children }) => html`<header class="shead"><div><h2>${title}</h2>${sub && html`<p>${sub}</p>`}</div>${children}</header>`;

/** @param {{ label: string, value: string, set: (text: string) => void }} p */
export const Search = ({ label, value, set }) => html`<div class="seek search"><${Icon} n="search" /><input class="in" type="search" aria-label=${label} placeholder=${label} autocomplete="off" value=${value} onInput=${(/** @type {any} */ e) => set(e.target.value)} /></div>`;

/** Letters without accents and case, as people search. @param {string} text */
export const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

// ---- where on the page: #policies/dining.buffer_min

const read = () => { const [section = '', ...rest] = decodeURIComponent(location.hash.slice(1)).split('/'); return { section, id: rest.join('/') }; };
export const place = signal(read());
addEventListener('hashchange', () => (place.value = read()));
/** @param {string} section @param {string} [id] */
export const goTo = (section, id = '') => { location.hash = id ? `${section}/${id}` : section; };
