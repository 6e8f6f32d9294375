/** How these pages read a door and ask for a change: nothing here waits for a link to come back, nothing is queued. */
import { useEffect, useRef, useState } from '../vendor/ui.js';
import { call, Declined } from '../replica/house.js';
import { newKey } from '../replica/pending.js';
import { site } from '../parts/here.js';

/** @typedef {{ status: 'done', result: any } | { status: 'refused', code: string, reason: string, message: string, field?: string, about?: any }} Answer */
/** @template T @typedef {{ data: T | null, wrong: string, busy: boolean, again: () => void, put: (data: T) => void }} Read */

const AWAY = 'The house does not answer. Check the network and try again.';
const UNSURE = 'The house did not answer in time. Asking again does it once, however often you ask.';
const LOOK = 'The house did not answer in time. Look whether it was done before you ask again.';

export const here = () => `/api/sites/${site}`;

/**
 * Reads a door, and again when it is asked to or the page comes back into view.
 * @template T
 * @param {string} path '' reads nothing
 * @returns {Read<T>}
 */
export function useDoor(path) {
  const [data, put] = useState(/** @type {T | null} */ (null));
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(!!path);
  const [times, setTimes] = useState(0);
  const was = useRef(path);
  useEffect(() => {
    if (!path) return;
    if (was.current !== path) put(null);
    was.current = path;
    let on = true;
    setBusy(true);
    call(path).then(
      (read) => { if (on) { put(read); setWrong(''); setBusy(false); } },
      (fault) => { if (on) { setWrong(fault instanceof Declined ? fault.message : AWAY); setBusy(false); } });
    return () => { on = false; };
  }, [path, times]);
  useEffect(() => {
    const seen = () => { if (!document.hidden) setTimes((n) => n + 1); };
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  }, []);
  return { data, wrong, busy, again: () => setTimes((n) => n + 1), put };
}

/**
 * Asks for a command. The same `key` asks for the same thing, so a try after a broken answer does nothing twice.
 * @param {string} name @param {Record<string, any>} args @param {string} [key] @returns {Promise<Answer>}
 */
export async function give(name, args, key = newKey()) {
  return post(`/api/commands/${name}`, { site_id: site, key, ...args }, (done) => done, UNSURE);
}

/** What a door made of it; without a key nobody can say whether it was done when no answer came.
 * @param {string} path @param {any} body @param {(reply: any) => Answer} [as] @param {string} [unsure] @returns {Promise<Answer>} */
export async function post(path, body, as = (result) => ({ status: 'done', result }), unsure = LOOK) {
  try {
    return as(await call(path, { post: body }));
  } catch (fault) {
    if (fault instanceof Declined) return { status: 'refused', code: 'unavailable', reason: 'fault', message: fault.message, ...fault.body };
    return { status: 'refused', code: 'unavailable', reason: 'away', message: unsure };
  }
}
export { newKey };
