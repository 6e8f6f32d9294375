/**
 * Taps under way: shown at once, sent, and dropped when the hub has spoken.
 *
 * A wish is `sent` (on its way), `queued` (no link: kept in the tablet and sent in order once every channel is live
 * again), `done` (granted, waiting for its publication) or `refused` (a queued one the host must decide about).
 * The same key is sent again after a broken answer, so nothing happens twice.
 */
import { signal, batch } from '../vendor/ui.js';
import { EDITS, EFFECTS, NEEDS_LINK, sentence } from './wishes.js';
import { houseNow } from './clock.js';

/** @typedef {import('./replica.js').Replica} Replica */
/** @typedef {{ status: 'done', seq: number, offsets: Record<string, number>, result: any }} Done */
/** @typedef {{ status: 'refused', code: string, reason: string, message: string, field?: string, about?: any,
 *   retry?: 'never' | 'later' | 'reread' | 'anyway' }} Refused */
/** @typedef {Done | Refused} Answer */
/** @typedef {{ key: string, name: string, args: Record<string, any>, at: number, says: string,
 *   state: 'sent' | 'queued' | 'done' | 'refused', offsets?: Record<string, number>, refusal?: Refused }} Wish */

const MOST_CHARS = 16_000; // of one wish: in UTF-8 the gateway takes no message over 64 kB and would end the link
const MOST_QUEUED = 100; // taps; more than an hour of a busy host without a link
const AGAIN_MS = 2000; // an answer that never came on a link that lives: the same key is asked again
const GHOST_MS = 10_000; // a granted wish whose publication never came (unreadable channel) stops being drawn

/** A fresh id for a wish; `crypto.randomUUID` is missing on plain http. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/** @param {string} code @param {string} message @returns {Refused} */
const no = (code, message) => ({ status: 'refused', code, reason: code, message, retry: 'never' });

export class Pending {
  /** Every wish not yet settled, oldest first. */
  wishes = signal(/** @type {Wish[]} */ ([]));
  /** Rows a wish is drawn over, as `type/id`, with its state. @type {Map<string, Wish['state']>} */
  touched = new Map();
  #draining = false;
  /** Keys of our own latest wishes. @type {string[]} */
  #own = [];

  /**
   * @param {Replica} replica
   * @param {{ live: () => boolean, rpc: (name: string, body: any) => Promise<Answer>,
   *   keep: (queue: Wish[]) => void, site: string }} door
   */
  constructor(replica, door) {
    this.replica = replica;
    this.door = door;
    replica.overlay = () => this.#overlay();
    replica.hearers.add((pub) => this.#heard(pub));
  }

  /**
   * Asks the hub for something. Shows it in this very frame.
   * @param {string} name
   * @param {Record<string, any>} args
   * @returns {Promise<Answer & { wish: Wish, queued?: boolean }>}
   */
  async ask(name, args) {
    /** @type {Wish} */
    const wish = { key: newKey(), name, args, at: houseNow(), says: sentence(this.replica, name, args), state: 'sent' };
    if (JSON.stringify(args).length > MOST_CHARS) return { ...no('invalid', 'That is too much text at once. Shorten it.'), wish };
    this.#own = [...this.#own.slice(-MOST_QUEUED), wish.key];
    if (!this.door.live()) {
      if (NEEDS_LINK.has(name)) return { ...no('unavailable', 'This has to wait for the link to the house.'), wish };
      if (this.queued().length >= MOST_QUEUED) return { ...no('unavailable', 'Too many taps are waiting already.'), wish };
      this.#queue(wish);
      this.#add(wish);
      return { status: 'done', seq: 0, offsets: {}, result: null, wish, queued: true };
    }
    this.#add(wish);
    return { ...(await this.#send(wish)), wish, ...(wish.state === 'queued' ? { queued: true } : {}) };
  }

  /** Was this asked here? @param {string | undefined} key */
  owns = (key) => !!key && this.#own.includes(key);

  /** Sends what was tapped without a link, in order; called when every channel is live again. */
  async drain() {
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (const wish of this.queued()) {
        if (!this.door.live()) return;
        wish.state = 'sent';
        const answer = await this.#send(wish);
        if (answer.status === 'refused') {
          wish.state = 'refused';
          wish.refusal = answer;
          this.#add(wish);
        }
      }
    } finally {
      this.#draining = false;
      this.#changed();
    }
  }

  /** Forgets a wish: not drawn, not sent. @param {Wish} wish */
  drop(wish) {
    this.wishes.value = this.wishes.value.filter((w) => w !== wish);
    this.#changed();
  }

  queued() {
    return this.wishes.value.filter((w) => w.state === 'queued');
  }

  /** Takes back the queue a closed browser left behind. @param {Wish[]} kept */
  restore(kept) {
    this.wishes.value = [...kept, ...this.wishes.value];
    this.replica.soon();
  }

  /** @param {Wish} wish @returns {Promise<Answer>} */
  async #send(wish) {
    const { site } = this.door;
    try {
      const answer = await this.door.rpc(wish.name, { site_id: site, key: wish.key, ...wish.args });
      if (answer.status === 'refused') {
        this.drop(wish);
        return answer;
      }
      wish.state = 'done';
      wish.offsets = answer.offsets;
      if (this.replica.reached(answer.offsets)) this.drop(wish);
      else setTimeout(() => this.drop(wish), GHOST_MS);
      this.#changed();
      return answer;
    } catch (fault) {
      const code = /** @type {{ code?: number, message?: string }} */ (fault).code ?? 0;
      if (code >= 100 && code !== 111) {
        this.drop(wish); // the hub answered, but not to this wish: a fault there or a right that was taken away
        return no('unavailable', code === 103 ? 'You may not do that.' : 'The house could not do that. Try again.');
      }
      if (NEEDS_LINK.has(wish.name)) {
        this.drop(wish);
        return no('unavailable', 'The link broke before the house answered. Look before you try again.');
      }
      this.#queue(wish);
      this.#changed();
      setTimeout(() => this.drain(), AGAIN_MS);
      return { status: 'done', seq: 0, offsets: {}, result: null };
    }
  }

  /** @param {Wish} wish */
  #queue(wish) {
    wish.state = 'queued';
    const edits = EDITS[wish.name];
    if (!edits) return;
    const id = wish.args[edits[1]];
    const row = this.replica.row(edits[0], id);
    const already = this.touched.has(`${edits[0]}/${id}`); // our own earlier tap will raise the version
    if (row?.version && !already) wish.args = { ...wish.args, expect_version: row.version };
  }

  /** @param {Wish} wish */
  #add(wish) {
    this.wishes.value = [...this.wishes.value.filter((w) => w !== wish), wish].sort((a, b) => a.at - b.at);
    this.#changed();
  }

  #changed() {
    batch(() => {
      this.wishes.value = [...this.wishes.value];
      this.replica.draw();
    });
    this.door.keep(this.wishes.value.filter((w) => w.state === 'queued' || w.state === 'refused'));
  }

  /** @param {import('./replica.js').Publication} pub */
  #heard(pub) {
    const gone = this.wishes.value.filter(
      (w) => w.state !== 'refused' && (w.key === pub.key || (w.offsets && this.replica.reached(w.offsets))));
    if (gone.length) this.wishes.value = this.wishes.value.filter((w) => !gone.includes(w));
  }

  *#overlay() {
    this.touched.clear();
    for (const wish of this.wishes.peek()) {
      if (wish.state === 'refused') continue;
      const patches = EFFECTS[wish.name]?.(this.replica, wish.args, wish) ?? [];
      for (const p of patches) this.touched.set(p.put ? `${p.put.type}/${p.put.id}` : p.drop?.join('/') ?? '', wish.state);
      yield patches;
    }
  }
}
