/** The office: policies, people, keys, the record, the house. Which of them there are, the role says. */
import { html, signal, useEffect } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { open, may, venue } from '../parts/here.js';
import { Rail } from '../parts/rail.js';
import { Banner, LinkPill, Clock } from '../parts/top.js';
import { Toasts } from '../parts/toast.js';
import { Asking } from '../parts/dialog.js';
import { SharedDrawers } from '../parts/sides.js';
import { goTo, place } from './bits.js';
import { Policies } from './policies.js';

/** What is not in front on most visits comes when it is asked for. */
const LATER = /** @type {Record<string, () => Promise<any>>} */ ({
  slots: async () => (await import('./slots.js')).Slots,
  staff: async () => (await import('./staff.js')).Staff, keys: async () => (await import('./keys.js')).Keys,
  waits: async () => (await import('./waits.js')).Waits,
  record: async () => (await import('./record.js')).Record, deleted: async () => (await import('./record.js')).DeletedThings, house: async () => (await import('./house.js')).House,
});
const loaded = signal(/** @type {Record<string, any>} */ ({ policies: Policies }));

/** Sections with the right that opens each. */
const SECTIONS = /** @type {const} */ ([
  ['policies', 'Policies', 'book-open', 'policy.read'], ['slots', 'Booking times', 'calendar-clock', 'slots.tonight'], ['staff', 'Staff and roles', 'users', 'staff.read'], ['keys', 'API keys', 'key-round', 'keys.manage'],
  ['waits', 'Waits', 'hourglass', 'journal.read'],
  ['record', 'Record', 'history', 'journal.read'], ['deleted', 'Deleted', 'trash-2', 'book.delete'], ['house', 'House', 'store', 'floor.read'],
]);

const theme = signal(document.documentElement.dataset.theme ?? 'light');
function switchTheme() {
  theme.value = theme.peek() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme.peek();
  try { localStorage.setItem('theme-admin', theme.peek()); } catch { /* a private window: remembered until it closes */ }
}

function Screen() {
  const mine = SECTIONS.filter(([, , , right]) => may(right));
  const at = mine.find(([k]) => k === place.value.section) ?? mine[0];
  const id = at?.[0] ?? '';
  const Section = loaded.value[id];
  useEffect(() => {
    if (id && !loaded.peek()[id]) LATER[id]?.().then((section) => (loaded.value = { ...loaded.peek(), [id]: section }), () => location.reload());
    document.title = `${at?.[1] ?? 'Admin'} · maitred`;
    document.querySelector('.page')?.scrollTo(0, 0);
  }, [id]);
  return html`<div class="app admin"><${Rail} here="admin" home=${() => goTo('policies')} />
    <header class="top"><h1>${venue.value?.name ?? 'maitred'}<small>Administration</small></h1><span class="sp"></span><${LinkPill} /><${Clock} />
      <button class="icon theme" aria-label=${`Switch to the ${theme.value === 'dark' ? 'light' : 'dark'} theme`} onClick=${switchTheme}><${Icon} n=${theme.value === 'dark' ? 'moon' : 'sun'} /></button></header>
    <main class="main"><${Banner} /><div class="office">
      <nav class="sections" aria-label="Sections">${mine.map(([k, word, icon]) => html`<a key=${k} href=${`#${k}`} aria-current=${k === id ? 'page' : undefined}><${Icon} n=${icon} />${word}</a>`)}</nav>
      <div class="page" tabindex="-1">${Section ? html`<${Section} />` : html`<div class="loading" aria-busy="true"><p class="skel line"></p><p class="skel line"></p><p class="skel line"></p></div>`}</div></div><${Toasts} /></main>
    <div class="side"><${SharedDrawers} /></div><${Asking} /></div>`;
}

open({ needs: 'policy.read', name: 'administration', watch: ['floor', 'slots'], draw: () => html`<${Screen} />` });
