/** The hub's REST doors, as this screen uses them: every call has a time limit, every failure is told apart. */

const CALL_MS = 8000; // a hub that has not answered by then is treated as away

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

/**
 * @param {string} path
 * @param {{ post?: any }} [how]
 * @returns {Promise<any>}
 */
export async function call(path, { post } = {}) {
  let reply;
  try {
    reply = await fetch(path, {
      method: post === undefined ? 'GET' : 'POST',
      headers: post === undefined ? {} : { 'content-type': 'application/json' },
      body: post === undefined ? undefined : JSON.stringify(post),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(CALL_MS),
    });
  } catch (fault) {
    throw new Unreached(String(fault));
  }
  const body = await reply.json().catch(() => null);
  if (!reply.ok) throw new Declined(reply.status, body);
  return body;
}
