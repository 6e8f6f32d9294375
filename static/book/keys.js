/** The keyboard: everything a finger can do. */
import { drawer, close } from '../parts/opened.js';
import { undoLast } from '../parts/asking.js';
import { may } from '../parts/here.js';
import { day, turnTo, addDays, today, filter, search, note, face, turnFace, lanes } from './house.js';
import { dialog, newBooking, changeBooking } from './hand.js';
import { FILTERS } from './faces.js';
import { step } from './list.js';

/** @type {[string, string][]} */
export const KEYS = [['n', 'new booking'], ['/', 'find a booking, on any day'], ['↑ ↓', 'go from row to row'], ['Enter', 'open the booking'],
  ['e', 'change the open booking'], ['← →', 'the day before, the day after'], ['t', 'today'], ['v', 'list or timeline'], ['p', 'the plan of the day'], ['i', 'what if … (tonight)'], ['+ −', 'wider, narrower (timeline)'], ['1 – 6', 'filters'], ['u', 'take back your last doing'], ['Esc', 'close'], ['?', 'this page']];

export function listenToKeys() {
  addEventListener('keydown', (e) => {
    const el = /** @type {HTMLElement} */ (e.target);
    if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]')) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) return;
    const press = () => e.preventDefault();
    const row = /** @type {HTMLElement | null} */ (el.closest?.('[data-booking]'))?.dataset.booking;
    if (face.peek() === 'timeline' && lanes.take?.(e)) return;
    switch (e.key) {
      case 'v': return press(), turnFace(face.peek() === 'list' ? 'timeline' : 'list');
      case 'Escape': if (drawer.peek()) { close(); note(); } else search.value = ''; return;
      case 'p': return press(), void (drawer.value = { kind: 'plan' });
      case 'i': return press(), void (may('book.write') && day.peek() === today() && (drawer.value = { kind: 'whatif' }));
      case 'n': return press(), void (may('book.write') && newBooking({ date: day.peek() }));
      case '/': return press(), document.getElementById('seek')?.focus();
      case '?': return press(), void (dialog.value = { kind: 'keys' });
      case 'u': return press(), undoLast();
      case 't': return press(), turnTo(today());
      case 'ArrowDown': return inSheet(el) ? undefined : (press(), step(1));
      case 'ArrowUp': return inSheet(el) ? undefined : (press(), step(-1));
      case 'ArrowLeft': return inSheet(el) ? undefined : (press(), turnTo(addDays(day.peek(), -1)));
      case 'ArrowRight': return inSheet(el) ? undefined : (press(), turnTo(addDays(day.peek(), 1)));
      case 'e': {
        const id = drawer.peek()?.kind === 'booking' ? drawer.peek()?.id : row;
        return id && may('book.write') ? (press(), void changeBooking(id)) : undefined;
      }
    }
    const n = Number(e.key);
    if (n >= 1 && n <= FILTERS.length) {
      press();
      filter.value = /** @type {any} */ (FILTERS[n - 1])[0];
      search.value = '';
    }
  });
}

/** Arrows scroll an open sheet. @param {HTMLElement} el */
const inSheet = (el) => !!el.closest?.('.drawer');
