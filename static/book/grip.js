/** Dragging a bar onto another table, as an extra beside tap and keys: a mouse drags at once, a finger after a rest. */
import { notATap } from '../parts/drop.js';
import { taken, over, putAt } from './inhand.js';

const REST_MS = 280; // a finger that rests this long means to drag
const SLOP_PX = 7;
const EDGE_PX = 44; // this near the edge of the list it scrolls
const STEP_PX = 12;

/** @param {PointerEvent} e @param {{ id: string, name: string, covers: number }} what */
export function gripped(e, what) {
  if (e.button !== 0) return;
  const from = { x: e.clientX, y: e.clientY }, touch = e.pointerType !== 'mouse', was = taken.peek();
  const el = /** @type {HTMLElement} */ (e.currentTarget);
  const list = /** @type {HTMLElement | null} */ (document.querySelector('.tl'));
  /** @type {HTMLElement | null} */ let shade = null;
  let frame = 0, y = from.y;
  const timer = touch ? setTimeout(() => start(from.x, from.y), REST_MS) : 0;

  /** @param {number} x @param {number} at */
  const start = (x, at) => {
    taken.value = what.id;
    shade = document.createElement('div');
    shade.className = 'shade';
    shade.textContent = `${what.covers} · ${what.name}`;
    document.body.append(shade);
    if (touch) navigator.vibrate?.(15);
    aim(x, at);
    frame = requestAnimationFrame(creep);
  };
  /** Near the edge the list comes along. */
  const creep = () => {
    const box = list?.getBoundingClientRect();
    if (list && box) list.scrollTop += y > box.bottom - EDGE_PX ? STEP_PX : y < box.top + 2 * EDGE_PX ? -STEP_PX : 0;
    frame = requestAnimationFrame(creep);
  };
  /** @param {number} x @param {number} at */
  const aim = (x, at) => {
    y = at;
    if (shade) shade.style.transform = `translate(${x}px,${at}px)`;
    const lane = /** @type {HTMLElement | undefined} */ (document.elementsFromPoint(x, at).find((n) => /** @type {HTMLElement} */ (n).dataset.lane));
    over.value = lane?.dataset.lane ?? '';
  };
  const move = (/** @type {PointerEvent} */ ev) => {
    if (!shade && Math.hypot(ev.clientX - from.x, ev.clientY - from.y) > SLOP_PX) {
      if (touch) return end();
      start(ev.clientX, ev.clientY);
    }
    if (!shade) return;
    ev.preventDefault();
    aim(ev.clientX, ev.clientY);
  };
  const hush = (/** @type {Event} */ ev) => shade && ev.preventDefault(); // no scrolling under a drag
  const up = () => {
    const dragged = !!shade, table = over.peek();
    end();
    if (!dragged) return;
    notATap();
    table ? putAt(table) : (taken.value = was);
  };
  const end = () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    shade?.remove();
    shade = null;
    over.value = '';
    removeEventListener('pointermove', move);
    removeEventListener('pointerup', up);
    removeEventListener('pointercancel', stop);
    el.removeEventListener('touchmove', hush);
  };
  const stop = () => {
    const dragged = !!shade;
    end();
    if (dragged) taken.value = was;
  };
  addEventListener('pointermove', move, { passive: false });
  addEventListener('pointerup', up);
  addEventListener('pointercancel', stop);
  el.addEventListener('touchmove', hush, { passive: false });
}
