/** The floor screen, put together and started. */
import { html, render, signal } from '../vendor/ui.js';
import { call, Declined } from '../replica/house.js';
import { startTicking, anchorAt } from '../replica/clock.js';
import { lastKnown, keptQueue, keepRoom, forgetAll } from '../replica/kept.js';
import { Icon } from '../parts/icon.js';
import { Toasts } from '../parts/toast.js';
import { Asking } from '../parts/dialog.js';
import { enter, startDrawing, replica, pending, link, known, may } from './house.js';
import { startGlowing, drawer, held, assigning } from './hand.js';
import { Top, Banner } from './top.js';
import { Plan } from './plan.js';
import { Legend } from './legend.js';
import { Panel } from './panel.js';

const root = /** @type {HTMLElement} */ (document.getElementById('app'));

/** What opens later and is loaded once the floor is drawn: sheets, pads, keys. */
const later = signal(/** @type {(typeof import('./drawer.js') & typeof import('./keys.js')) | null} */ (null));
async function loadLater() {
  const [drawers, keys] = await Promise.all([import('./drawer.js'), import('./keys.js')]);
  later.value = { ...drawers, ...keys };
  keys.listenToKeys();
}

async function leave() {
  await call('/api/logout', { post: {} }).catch(() => null);
  await forgetAll();
  location.href = '/login';
}

/** @param {{ n: string, w: string, go: () => void, on?: boolean, badge?: number }} p */
const RailButton = ({ n, w, go, on, badge }) => html`<button aria-current=${on ? 'page' : undefined} onClick=${go}><${Icon} n=${n} />${w}${badge ? html`<span class="badge" aria-label=${`${badge}`}>${badge}</span>` : ''}</button>`;

function Rail() {
  const d = drawer.value?.kind;
  const refused = pending.wishes.value.filter((w) => w.state === 'refused').length;
  return html`<nav class="rail" aria-label="Screens"><div class="logo" aria-hidden="true">m</div>
    <${RailButton} n="layout-grid" w="Floor" on=${!d || d === 'table'} go=${() => (drawer.value = null)} />
    <${RailButton} n="search" w="Find" go=${() => later.value?.openSearch()} />
    <${RailButton} n="users" w="Sections" on=${d === 'sections'} go=${() => (drawer.value = d === 'sections' ? null : { kind: 'sections' })} />
    <${RailButton} n="history" w="History" on=${d === 'history'} badge=${refused} go=${() => (drawer.value = d === 'history' ? null : { kind: 'history' })} />
    <span class="sp"></span>
    <${RailButton} n="keyboard" w="Keys" go=${() => later.value?.openHelp()} />
    <${RailButton} n="log-out" w="Leave" go=${leave} />
  </nav>`;
}

function Screen() {
  if (link.ended.value && !known.value) return html`<${Stop} title="No floor for this sign-in" text=${link.ended.value} />`;
  if (!known.value) return html`<${Skeleton} />`;
  return html`<div class=${`app ${link.word.value === 'offline' ? 'is-off' : ''} ${held.value ? 'holding' : ''} ${assigning.value ? 'assigning' : ''}`}>
    <${Rail} /><${Top} />
    <main class="main"><${Banner} /><${Plan} /><${Legend} /><${Toasts} /></main>
    <div class="side"><${Panel} />${later.value && html`<${later.value.Drawers} />`}</div>
    <${Asking} />${later.value && html`<${later.value.KeyPages} />`}</div>`;
}

function Skeleton() {
  return html`<div class="app skeleton" aria-busy="true"><nav class="rail" aria-hidden="true"><div class="logo">m</div></nav>
    <header class="top"><h1>maitred<small>${link.word.value === 'offline' ? 'The house does not answer; trying again …' : 'Opening the floor …'}</small></h1><span class="sp"></span><span class="live connecting" data-testid="link"><i></i><span role="status">Connecting</span></span></header>
    <main class="main"><div class="pane">${Array.from({ length: 15 }, (_, i) => html`<span class="skel sk" style=${`left:${6 + (i % 5) * 19}%;top:${8 + Math.floor(i / 5) * 30}%`}></span>`)}</div></main>
    <div class="side"><aside class="panel">${[1, 2, 3, 4].map(() => html`<span class="skel skc"></span>`)}</aside></div></div>`;
}

/** @param {{ title: string, text: string, away?: boolean }} p */
const Stop = ({ title, text, away }) => html`<main class="stop"><${Icon} n=${away ? 'wifi-off' : 'lock'} /><h1>${title}</h1><p>${text}</p>
  ${away ? html`<button class="btn pri" onClick=${() => location.reload()}>Try again</button>` : html`<a class="btn pri" href="/login">Sign in</a>`}</main>`;

/** The shell for a cold start without a network; only where the browser allows it. */
function keepShell() {
  if (window.isSecureContext && 'serviceWorker' in navigator) navigator.serviceWorker.register('/sw.js').catch(() => {});
}

async function start() {
  const [kept, queue] = await Promise.all([lastKnown(), keptQueue()]);
  let who;
  try {
    who = await call('/api/me');
  } catch (fault) {
    if (fault instanceof Declined && fault.status === 401) {
      location.replace('/login');
      return;
    }
    who = kept?.me; // no network: the room as it was last seen
    if (!who) {
      render(html`<${Stop} title="The house does not answer" text="Check the tablet’s network, then try again." away=${true} />`, root);
      setTimeout(() => location.reload(), 5000);
      return;
    }
  }
  if (!who.sites.length) return render(html`<${Stop} title="No house" text="This sign-in has no house to work at." />`, root);
  enter(who);
  if (!may('floor.read')) return render(html`<${Stop} title="No floor for this sign-in" text="Your role does not work on the floor. Sign in as somebody who does." />`, root);
  if (kept && kept.me?.staff_id === who.staff_id && kept.me.sites[0]?.site_id === who.sites[0].site_id) {
    for (const state of kept.states) replica.load(state);
    const floor = kept.states.find((s) => s.channel.startsWith('floor:'));
    const clock = floor?.rows.find((r) => r.type === 'clock');
    if (floor) {
      link.since.value = Date.parse(floor.at);
      anchorAt(Date.parse(floor.at) + (Date.now() - kept.savedAt) * (clock?.rate ?? 1), clock?.rate ?? 1);
    }
    if (queue?.length) pending.restore(queue);
  }
  replica.draw();
  startDrawing();
  startTicking();
  startGlowing();
  link.start();
  keepRoom(replica, who);
  render(html`<${Screen} />`, root);
  loadLater();
  keepShell();
}

addEventListener('unhandledrejection', (e) => console.warn('unhandled', e.reason));
start();
