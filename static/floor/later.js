/** What the floor does without at first: drawers, keys, what a card can do, dragging, sounds. Loaded once it is drawn. */
import { signal, effect } from '../vendor/ui.js';
import { replica } from '../parts/here.js';
import { takeBooking, tab } from './hand.js';

/** @typedef {typeof import('./drawer.js') & typeof import('./keys.js') & typeof import('./cards.js') & typeof import('./left.js') & typeof import('../parts/sound.js') & typeof import('../plan/all.js')} Later */
export const later = signal(/** @type {Later | null} */ (null));

export async function loadLater() {
  const [drawers, keys, cards, left, sound, plan] = await Promise.all([import('./drawer.js'), import('./keys.js'), import('./cards.js'), import('./left.js'),
    import('../parts/sound.js'), import('../plan/all.js'), import('./drag.js')]);
  later.value = { ...drawers, ...keys, ...cards, ...left, ...sound, ...plan };
  keys.listenToKeys();
  left.listenForLeavers();
  sound.listen();
  takeAsked();
}

/** `/floor?booking=…`, from the book: that party in hand as soon as it is known here. */
function takeAsked() {
  const id = new URLSearchParams(location.search).get('booking');
  if (!id) return;
  history.replaceState(null, '', location.pathname);
  const stop = effect(() => {
    replica.revision.value;
    if (!replica.row('booking', id)) return;
    queueMicrotask(() => { stop(); tab.value = 'arriving'; takeBooking(id); });
  });
}
