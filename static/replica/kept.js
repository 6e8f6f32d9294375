/**
 * What the tablet keeps for a cold start without a network: the last state of every channel, who is signed in, and
 * the taps that wait. Everything is kept per site and forgotten at sign-out.
 */
import { get, set, del } from '../vendor/idb-keyval.js';

const SAVE_EVERY_MS = 4000; // a crash loses at most this much of the last known room

const FIRST_SAVE_MS = 1000; // the first room is worth keeping at once: a page being closed cannot be relied on to write

/** @typedef {{ savedAt: number, me: any, states: import('./replica.js').State[] }} Kept */

/** Private windows may have no store; then nothing is kept and nothing breaks. @template T @param {Promise<T>} p */
const quietly = (p) => p.catch(() => undefined);

/** @returns {Promise<Kept | undefined>} */
export const lastKnown = () => quietly(get('room'));
/** @returns {Promise<import('./pending.js').Wish[] | undefined>} */
export const keptQueue = () => quietly(get('queue'));
/** @param {import('./pending.js').Wish[]} wishes */
export const keepQueue = (wishes) => quietly(wishes.length ? set('queue', wishes) : del('queue'));
export const forgetAll = () => Promise.all([quietly(del('room')), quietly(del('queue'))]);

/**
 * Keeps the room from now on.
 * @param {import('./replica.js').Replica} replica
 * @param {any} me
 */
export function keepRoom(replica, me) {
  let saved = -1;
  const save = () => {
    const seen = replica.revision.peek();
    if (seen === saved || !replica.channels.size) return;
    saved = seen;
    const states = [...replica.channels].map(([channel, held]) => ({
      channel, offset: held.offset, epoch: held.epoch, seq: held.seq, at: held.at,
      rows: [...held.rows.values()].flatMap((kind) => [...kind.values()]),
    }));
    quietly(set('room', { savedAt: Date.now(), me, states }));
  };
  setInterval(save, SAVE_EVERY_MS);
  setTimeout(save, FIRST_SAVE_MS);
  addEventListener('pagehide', save);
}
