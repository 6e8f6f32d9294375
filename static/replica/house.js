/**
 * The hub's REST doors, as this screen uses them: every call has a time limit, every failure is told apart.
 *
 * A session that ran out is renewed once (`POST /api/refresh`) and the call made again. Tabs of one tablet share the
 * cookies, so only one of them renews at a time; where that fails the tablet goes to the door and comes back to where
 * it was.
 */

const CALL_MS = 8000; // a hub that has not answered by then is treated as away
const FRESH_MS = 5000; // what another tab renewed this short a time ago is not renewed again

/** The hub was not reached at all. */
export class Unreached extends Error {}
/** The hub said no; `body` is its refusal. */
export class Declined extends Error {
  /** @param {number} status @param {any} body */
  constructor(status, body) {
    super(body?.message ?? `The house answered ${status}.`);
    this.status = status;
    this.body = body;
  }
}

/** @typedef {{ post?: any, form?: Record<string, string>, raw?: BodyInit, headers?: Record<string, string>, signal?: AbortSignal }} How
 *   post = JSON; form = fields of a form; raw = a file, as it is; signal: nobody waits for the answer any more */

/**
 * @param {string} path
 * @param {How} [how]
 * @returns {Promise<any>}
 */
export async function call(path, how = {}) {
  const began = Date.now();
  let reply = await send(path, how);
  if (reply.status === 401 && !path.startsWith('/api/login')) {
    if (await renew(began)) reply = await send(path, how);
    if (reply.status === 401 && path !== '/api/logout') door();
  }
  const body = await reply.json().catch(() => null);
  if (!reply.ok) throw new Declined(reply.status, body);
  return body;
}

/** @param {string} path @param {How} how @returns {Promise<Response>} */
async function send(path, { post, form, raw, headers = {}, signal }) {
  const body = post !== undefined ? JSON.stringify(post) : form ? new URLSearchParams(form) : raw;
  try {
    return await fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: post === undefined ? headers : { 'content-type': 'application/json', ...headers },
      body,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]) : AbortSignal.timeout(CALL_MS),
    });
  } catch (fault) {
    throw new Unreached(String(fault));
  }
}

/** @type {Promise<boolean> | null} */ let renewing = null;

/** Renews the session, once for all who ask meanwhile. @param {number} since when the call that was turned away began */
function renew(since) {
  renewing ??= (navigator.locks ? navigator.locks.request('maitred-session', () => once(since)) : once(since))
    .finally(() => (renewing = null));
  return renewing;
}

/** @param {number} since @returns {Promise<boolean>} */
async function once(since) {
  const at = Number(kept('renewed'));
  if (at >= since && Date.now() - at < FRESH_MS) return true; // another tab did, while we waited our turn
  const reply = await send('/api/refresh', { post: {} });
  if (reply.status >= 500 || reply.status === 429) throw new Unreached(`no renewal just now (${reply.status})`); // nobody is signed out for that
  if (reply.ok) try { localStorage.setItem('renewed', String(Date.now())); } catch { /* a private window has one tab's worth of memory */ }
  return reply.ok;
}

/** @param {string} key */
function kept(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

/** To the door, and back here after it. */
export function door() {
  if (location.pathname !== '/login') location.replace(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}
