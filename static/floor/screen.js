/** The floor screen, put together and started. */
import { html } from '../vendor/ui.js';
import { open, pending, link, venue, may, Stop } from '../parts/here.js';
import { Rail, RailButton } from '../parts/rail.js';
import { Banner } from '../parts/top.js';
import { Toasts } from '../parts/toast.js';
import { Asking } from '../parts/dialog.js';
import { startDrawing, known } from './house.js';
import { later, loadLater } from './later.js';
import { startGlowing, drawer, held, assigning } from './hand.js';
import { Top } from './top.js';
import { Plan } from './plan.js';
import { Legend } from './legend.js';
import { Panel } from './panel.js';

function FloorRail() {
  const d = drawer.value?.kind;
  const L = later.value, p = L?.proposed();
  const refused = pending.wishes.value.filter((w) => w.state === 'refused').length;
  const turn = (/** @type {string} */ kind) => () => (drawer.value = d === kind ? null : { kind });
  return html`<${Rail} here="floor" home=${() => (drawer.value = null)} away=${!!d && d !== 'table'}
      last=${html`${L && html`<${L.SoundButton} />`}<${RailButton} n="keyboard" w="Keys" cls="keysb" go=${() => L?.openHelp()} />`}>
    <${RailButton} n="search" w="Find" go=${() => L?.openSearch()} />
    ${may('book.read') && html`<${RailButton} n="chart-gantt" w="Plan" on=${d === 'plan' || d === 'whatif'} badge=${p?.n} cls=${p?.lack ? '' : 'calm'} go=${turn('plan')} />`}
    <${RailButton} n="users" w="Sections" on=${d === 'sections'} go=${turn('sections')} />
    <${RailButton} n="history" w="History" on=${d === 'history'} badge=${refused} go=${turn('history')} />
    ${venue.value?.demo && may('messages.read') && html`<${RailButton} n="smartphone" w="Phones" on=${d === 'phones'} go=${turn('phones')} />`}<//>`;
}

function Screen() {
  if (link.ended.value && !known.value) return html`<${Stop} title="No floor for this sign-in" text=${link.ended.value} />`;
  if (!known.value) return html`<${Skeleton} />`;
  return html`<div class=${`app floor ${link.word.value === 'offline' ? 'is-off' : ''} ${held.value ? 'holding' : ''} ${assigning.value ? 'assigning' : ''}`}>
    <${FloorRail} /><${Top} />
    <main class="main"><${Banner} /><${Plan} /><${Legend} /><${Toasts} /></main>
    <div class="side"><${Panel} />${later.value && html`<${later.value.Drawers} />`}</div>
    <${Asking} />${later.value && html`<${later.value.KeyPages} />`}</div>`;
}

function Skeleton() {
  return html`<div class="app floor skeleton" aria-busy="true"><nav class="rail" aria-hidden="true"><div class="logo">m</div></nav>
    <header class="top"><h1>maitred<small>${link.word.value === 'offline' ? 'The house does not answer; trying again …' : 'Opening the floor …'}</small></h1><span class="sp"></span><span class="live connecting" data-testid="link"><i></i><span role="status">Connecting</span></span></header>
    <main class="main"><div class="pane">${Array.from({ length: 15 }, (_, i) => html`<span class="skel sk" style=${`left:${6 + (i % 5) * 19}%;top:${8 + Math.floor(i / 5) * 30}%`}></span>`)}</div></main>
    <div class="side"><aside class="panel">${[1, 2, 3, 4].map(() => html`<span class="skel skc"></span>`)}</aside></div></div>`;
}

addEventListener('unhandledrejection', (e) => console.warn('unhandled', e.reason));
open({
  needs: 'floor.read', name: 'floor', watch: ['floor', 'waitlist', 'book', 'messages'],
  before: () => { startDrawing(); startGlowing(); },
  draw: () => html`<${Screen} />`,
  after: loadLater,
});
