/** What the floor does without at first: drawers, keys, what a card can do, dragging, sounds. Loaded once it is drawn. */
import { signal } from '../vendor/ui.js';

/** @typedef {typeof import('./drawer.js') & typeof import('./keys.js') & typeof import('./cards.js') & typeof import('./left.js') & typeof import('../parts/sound.js')} Later */
export const later = signal(/** @type {Later | null} */ (null));

export async function loadLater() {
  const [drawers, keys, cards, left, sound] = await Promise.all([import('./drawer.js'), import('./keys.js'), import('./cards.js'), import('./left.js'),
    import('../parts/sound.js'), import('./drag.js')]);
  later.value = { ...drawers, ...keys, ...cards, ...left, ...sound };
  keys.listenToKeys();
  left.listenForLeavers();
  sound.listen();
}
