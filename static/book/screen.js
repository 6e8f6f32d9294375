/** The book screen, put together and started. */
import { html, signal } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { Toasts } from '../parts/toast.js';
import { Asking } from '../parts/dialog.js';
import { SoundButton, listen } from '../parts/sound.js';
import { open, link, may, Stop } from '../parts/here.js';
import { Rail, RailButton } from '../parts/rail.js';
import { Banner } from '../parts/top.js';
import { drawer } from '../parts/opened.js';
import { startDrawing, known, day, face } from './house.js';
import { dialog, pane, openAsked, newBooking, followDrawer } from './hand.js';
import { Top } from './top.js';
import { Book, Panes } from './list.js';
import { Side } from './waiting.js';
import { listenToKeys } from './keys.js';

/** What opens later and is loaded once the book is drawn: sheets and dialogs. */
const later = signal(/** @type {(typeof import('./sheets.js') & typeof import('./dialogs.js') & typeof import('./timeline.js')) | null} */ (null));
const loadLater = async () => (later.value = { ...(await import('./sheets.js')), ...(await import('./dialogs.js')), ...(await import('./timeline.js')) });

function Screen() {
  if (link.ended.value && !known.value) return html`<${Stop} title="No book for this sign-in" text=${link.ended.value} />`;
  const L = later.value;
  const timeline = face.value === 'timeline' && L ? L.Timeline : null;
  return html`<div class=${`app sided book ${timeline ? 'by-table' : ''} ${link.word.value === 'offline' ? 'is-off' : ''} on-${pane.value}`}>
    <${Rail} here="book" home=${() => (drawer.value = null)} last=${html`<${SoundButton} /><${RailButton} n="keyboard" w="Keys" cls="keysb" go=${() => (dialog.value = { kind: 'keys' })} />`} />
    <${Top} />
    <main class="main" data-day=${day.value}><${Banner} /><${Panes} /><${Book} timeline=${timeline} /><${Toasts} /></main>
    <div class="side"><${Side} />${L && html`<${L.Sheets} />`}</div>
    ${L && html`<${L.Dialogs} />`}<${Asking} />
    ${may('book.write') && !drawer.value && !timeline && html`<button class="fab btn pri" onClick=${() => newBooking({ date: day.peek() })}><${Icon} n="calendar-plus" />New booking</button>`}</div>`;
}

open({ needs: 'book.read', name: 'book', watch: ['floor', 'waitlist', 'book', 'messages'], draw: () => html`<${Screen} />`,
  before: startDrawing,
  after: () => {
    followDrawer();
    listenToKeys();
    listen();
    void loadLater().then(openAsked);
  } });
addEventListener('unhandledrejection', (e) => console.warn('unhandled', e.reason));
