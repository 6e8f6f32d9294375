/**
 * A short sound and a buzz for what a host must not miss: a party that joined, a guest who answered. Each tablet for
 * itself: it has to be tapped once before a browser lets it sound, can be muted, and is quiet when nobody looks.
 */
import { html, signal } from '../vendor/ui.js';
import { RailButton } from './rail.js';
import { replica, pending } from './here.js';
import { houseNow, rate } from '../replica/clock.js';

const NEWS = new Set(['waitlist.added', 'waitlist.replied', 'waitlist.offer_answered']);
const GAP_MS = 1500; // news come in flocks; one sound tells of all
const OLD_MS = 30_000; // what a reconnect brings in is no news any more
const NOTES_HZ = [660, 880];
const NOTE_S = 0.14;

/** Muted on this tablet? */
export const muted = signal(read());
function read() {
  try { return localStorage.getItem('muted') === '1'; } catch { return false; }
}
export function switchMute() {
  muted.value = !muted.peek();
  try { localStorage.setItem('muted', muted.peek() ? '1' : '0'); } catch { /* a private window: until it closes */ }
  if (!muted.peek()) ring(true);
}

/** How often this tablet rang: for tests, and for whoever wonders. */
export const rung = signal(0);
/** @type {AudioContext | null} */ let audio = null;
let last = 0;

/** @param {boolean} [now] whatever rang a moment ago */
function ring(now = false) {
  if (muted.peek() || document.hidden || !audio || (!now && performance.now() - last < GAP_MS)) return;
  last = performance.now();
  rung.value++;
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([60, 40, 60]);
  NOTES_HZ.forEach((hz, i) => {
    const from = /** @type {AudioContext} */ (audio).currentTime + i * NOTE_S;
    const tone = new OscillatorNode(/** @type {AudioContext} */ (audio), { frequency: hz, type: 'sine' });
    const loud = new GainNode(/** @type {AudioContext} */ (audio), { gain: 0 });
    loud.gain.setValueAtTime(0, from);
    loud.gain.linearRampToValueAtTime(0.25, from + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.001, from + NOTE_S * 1.6);
    tone.connect(loud).connect(/** @type {AudioContext} */ (audio).destination);
    tone.start(from);
    tone.stop(from + NOTE_S * 1.7);
  });
}

/** From the first tap on, until the page closes. */
export function listen() {
  const unlock = () => {
    audio ??= new AudioContext();
    if (audio.state === 'suspended') audio.resume().catch(() => {});
  };
  addEventListener('pointerdown', unlock, { once: true });
  addEventListener('keydown', unlock, { once: true });
  replica.hearers.add((pub) => {
    if (!pub.facts?.some((f) => NEWS.has(f.fact)) || pending.owns(pub.key)) return;
    if (houseNow() - Date.parse(pub.at) > OLD_MS * Math.max(1, rate.peek())) return;
    ring();
  });
}

/** On the rail: whether this tablet sounds. */
export const SoundButton = () => html`<${RailButton} n=${muted.value ? 'volume-x' : 'volume-2'} w=${muted.value ? 'Muted' : 'Sound'} go=${switchMute} />`;
