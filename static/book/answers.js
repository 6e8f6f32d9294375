/** A question that changes while a booking is filled in: asked after a pause, one at a time, the newest instead of the
 * one under way. The last answer stays until the next is there, so that nothing jumps. */
import { useEffect, useRef, useState } from '../vendor/ui.js';
import { Declined } from '../replica/house.js';

const PAUSE_MS = 200; // typing pauses
const AGAIN_MS = 2000; // a house that is busy, or has just been opened, is asked once more
const TRIES = 10;

/** idle: nothing to ask; asking: the answer is of an earlier question; away: no link, or no answer.
 * @typedef {'idle' | 'asking' | 'there' | 'away'} Word */

/**
 * @template T
 * @param {string} key what is asked; '' asks nothing
 * @param {(signal: AbortSignal) => Promise<T>} read
 * @param {boolean} online without a link nothing is asked
 * @returns {{ answer: T | null, of: string, word: Word, again: (gap?: number) => void }} `of`: the key of the answer;
 *   again: what was answered is out of date; with a gap in ms: not sooner than that after it was last asked
 */
export function useAnswer(key, read, online) {
  const [got, setGot] = useState({ answer: /** @type {T | null} */ (null), of: '', word: /** @type {Word} */ ('idle') });
  const it = useRef({ key, read, online, timer: 0, way: /** @type {AbortController | null} */ (null), due: -1, began: 0, tries: 0 }).current;
  it.key = key;
  it.read = read;
  it.online = online;

  const begin = async () => {
    const way = new AbortController();
    const asked = it.key;
    Object.assign(it, { timer: 0, way, due: -1, began: Date.now() });
    setGot((was) => ({ ...was, word: 'asking' }));
    try {
      const answer = await it.read(way.signal);
      if (it.way !== way) return;
      it.tries = 0;
      setGot({ answer, of: asked, word: 'there' });
    } catch (fault) {
      if (it.way !== way) return;
      const busy = fault instanceof Declined && (fault.status === 429 || fault.status === 503) && it.tries++ < TRIES;
      if (busy) it.due = AGAIN_MS;
      else setGot((was) => ({ ...was, word: 'away' }));
    }
    it.way = null;
    if (it.due >= 0) wait(it.due);
  };
  const wait = (/** @type {number} */ gap) => (it.timer = setTimeout(begin, Math.max(0, it.began + gap - Date.now())));
  const stop = () => {
    clearTimeout(it.timer);
    it.way?.abort();
    Object.assign(it, { timer: 0, way: null, due: -1 });
  };

  useEffect(() => {
    if (!key || !online) return void setGot((was) => ({ ...was, word: key ? 'away' : 'idle' }));
    setGot((was) => ({ ...was, word: 'asking' }));
    it.tries = 0;
    it.timer = setTimeout(begin, PAUSE_MS);
    return stop;
  }, [key, online]);

  const again = (gap = 0) => {
    if (!it.key || !it.online || it.timer) return;
    if (it.way) it.due = Math.max(gap, PAUSE_MS);
    else wait(gap);
  };
  return { ...got, again };
}
