/**
 * The house's time on this screen, whatever the tablet's own clock says.
 *
 * House time is anchored where the hub last told it (`State.at`, a clock row) and runs on by the *difference* of the
 * tablet's clock times the house's rate, so a tablet set an hour wrong still shows the right minutes. One tick a
 * second is shared by everything that counts; nobody else keeps a timer.
 */
import { signal } from '../vendor/ui.js';

const TICK_MS = 1000; // minutes are what the floor shows; a second keeps bars and count-downs honest
const DRIFT_MS = 1500; // a publication this far ahead of us means our anchor is late, e.g. after a sleep

let anchor = { house: Date.now(), wall: Date.now(), rate: 1 };

/** House time in ms, renewed each tick: read it in a render to be drawn again as time goes on. */
export const now = signal(Date.now());
/** How fast the house's clock runs; 0 = paused, 1 outside a sample house. */
export const rate = signal(1);

/** House time in ms, exact, for a tap. */
export const houseNow = () => anchor.house + (Date.now() - anchor.wall) * anchor.rate;

/**
 * Sets the house's time as told by the hub just now.
 * @param {string | number} house
 * @param {number} [atRate]
 */
export function anchorAt(house, atRate = anchor.rate) {
  const ms = typeof house === 'number' ? house : Date.parse(house);
  anchor = { house: ms, wall: Date.now(), rate: atRate };
  rate.value = atRate;
  now.value = ms;
}

/**
 * A publication was made at this house time, so it cannot be earlier here.
 * @param {string} at
 */
export function notBefore(at) {
  const ms = Date.parse(at);
  if (ms - houseNow() > DRIFT_MS) anchorAt(ms);
}

/** Starts the shared tick; the returned function stops it. */
export function startTicking() {
  const timer = setInterval(() => (now.value = houseNow()), TICK_MS);
  return () => clearInterval(timer);
}
