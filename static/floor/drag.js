/**
 * Dragging a party onto a table, as an extra beside select-and-tap. Pointer events only: a mouse drags at once, a
 * finger after a short hold, so that lists still scroll.
 */
import { notATap } from '../parts/drop.js';
import { dragging, held, hover, take, takeParty, takeBooking, takeSeating, place, joinAt } from './hand.js';
import { faceSignal } from './house.js';

const HOLD_MS = 280; // a finger that rests this long means to drag
const SLOP_PX = 7;
const DWELL_MS = 400; // over one table: join rather than move

/** @type {HTMLElement | null} */ let shade = null;

dragging.begin = begin;

/** @param {PointerEvent} e @param {import('./hand.js').Gripped} what */
function begin(e, what) {
  if (e.button !== 0 || (held.peek() && what.kind === 'seating' && held.peek()?.id !== what.id)) return;
  const from = { x: e.clientX, y: e.clientY };
  const touch = e.pointerType !== 'mouse';
  let on = false, over = '', since = 0; // by the events' own clock: a busy page must not make a pass a dwell
  const el = /** @type {HTMLElement} */ (e.currentTarget);
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let dwelling;
  const timer = touch ? setTimeout(() => start(from.x, from.y, performance.now()), HOLD_MS) : undefined;

  /** @param {number} x @param {number} y @param {number} at */
  const start = (x, y, at) => {
    on = true;
    if (held.peek()?.id !== what.id) {
      if (what.kind === 'party') takeParty(what.id);
      else if (what.kind === 'booking') takeBooking(what.id);
      else takeSeating(what.id, 'move');
    }
    shade = document.createElement('div');
    shade.className = 'shade';
    shade.textContent = what.says;
    document.body.append(shade);
    if (touch) navigator.vibrate?.(15);
    follow(x, y, at);
  };
  /** @param {number} x @param {number} y @param {number} at */
  const follow = (x, y, at) => {
    if (shade) shade.style.transform = `translate(${x}px,${y}px)`;
    const hit = /** @type {HTMLElement | undefined} */ (document.elementsFromPoint(x, y).find((n) => /** @type {HTMLElement} */ (n).dataset.table));
    const id = hit?.dataset.table ?? '';
    if (id !== over) {
      [over, since] = [id, at];
      clearTimeout(dwelling);
      if (shade) shade.textContent = what.says;
      if (id && what.kind === 'seating') dwelling = setTimeout(() => shade && (shade.textContent = `${what.says} · join?`), DWELL_MS);
    }
    hover.value = id;
  };
  const move = (/** @type {PointerEvent} */ ev) => {
    const far = Math.hypot(ev.clientX - from.x, ev.clientY - from.y) > SLOP_PX;
    if (!on && far) {
      if (touch) return end();
      start(ev.clientX, ev.clientY, ev.timeStamp);
    }
    if (on) {
      ev.preventDefault();
      follow(ev.clientX, ev.clientY, ev.timeStamp);
    }
  };
  const hush = (/** @type {Event} */ ev) => on && ev.preventDefault(); // no scrolling under a drag
  const up = (/** @type {PointerEvent} */ ev) => {
    const was = on;
    end();
    if (!was) return;
    notATap();
    const h = held.peek();
    if (!h || !over) return take(null);
    const dwelt = ev.timeStamp - since > DWELL_MS;
    const f = faceSignal(over)?.peek();
    if (what.kind === 'seating') {
      if (f?.seating === what.id) return take(null);
      if (dwelt && f && !f.seating) {
        take(null);
        return void joinAt(what.id, over);
      }
    }
    void place(h, over);
  };
  const end = () => {
    clearTimeout(timer);
    clearTimeout(dwelling);
    shade?.remove();
    shade = null;
    hover.value = '';
    on = false;
    removeEventListener('pointermove', move);
    removeEventListener('pointerup', up);
    removeEventListener('pointercancel', stop);
    el.removeEventListener('touchmove', hush);
  };
  const stop = () => {
    const was = on;
    end();
    if (was) take(null);
  };
  addEventListener('pointermove', move, { passive: false });
  addEventListener('pointerup', up);
  addEventListener('pointercancel', stop);
  el.addEventListener('touchmove', hush, { passive: false });
}
