/** Which drawer is open: known at once, drawn (`drawer.js`) when it has been loaded. */
import { signal } from '../vendor/ui.js';

/** What is open, by its kind; a page adds fields of its own. `queue`, `devices` and `sim` are every page's (`sides.js`).
 * @typedef {{ kind: string, id?: string, [field: string]: any }} Drawing */
export const drawer = signal(/** @type {Drawing | null} */ (null));
export const close = () => (drawer.value = null);
