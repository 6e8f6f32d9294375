/**
 * The link to the house: which channels a page lives on, and in one word how they are: connecting, live, stale or
 * offline. The socket's SDK is as big as the whole rest of a first screen, so the room is read and drawn over REST while
 * it (`socket.js`) is still on its way.
 */
import { signal } from '../vendor/ui.js';
import { call } from './house.js';
import { anchorAt, houseNow } from './clock.js';

/** @typedef {'connecting' | 'live' | 'stale' | 'offline'} LinkWord */
/** @typedef {{ client: string, name: string, initials: string, role: string }} Device */

/** A kind of channel a page lives on. `book` and `messages` are those of the service date, and follow it.
 * @typedef {'floor' | 'waitlist' | 'slots' | 'book' | 'messages'} Watch */

const READ = { floor: 'floor.read', waitlist: 'waitlist.read', book: 'book.read', messages: 'messages.read', slots: 'book.read' };
/** One channel for the site, whatever the day. @param {Watch} kind */
export const dayless = (kind) => kind !== 'book' && kind !== 'messages';
const DAYS = 16; // further days at once: two weeks and the ends of a flick through them; the house allows 128 channels
const DAY_ENDS_MS = 4 * 3600_000; // where no venue row says it, the service day ends at four

/** YYYY-MM-DD of a service day. @param {number} at house ms @param {string} zone */
const serviceDay = (at, zone) => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at - DAY_ENDS_MS);

export class Link {
  word = signal(/** @type {LinkWord} */ ('connecting'));
  /** House time up to which the room is known, while not live. */
  since = signal(0);
  devices = signal(/** @type {Device[]} */ ([]));
  /** Why there will be no link any more (signed out, no right to this floor). */
  ended = signal('');
  /** The service date of now, YYYY-MM-DD; '' until it is known. */
  today = signal('');
  /** The further days watched, and whether their rows are there yet. @type {import('../vendor/ui.js').Signal<Map<string, 'loading' | 'live' | 'closed'>>} */
  days = signal(new Map());
  /** This screen's own name among the devices. */
  self = '';
  /** Called each time every channel is live. */
  onLive = () => {};

  /** @type {import('./socket.js').Socket | null} */ #socket = null;

  /**
   * @param {import('./replica.js').Replica} replica
   * @param {{ site: string, zone: string, may: (permission: string) => boolean, watch: Watch[], socketPort?: number | null }} at
   *   a channel that is not for this role is not asked for; socketPort: where the socket is, if not where the page is from
   */
  constructor(replica, { site, zone, may, watch, socketPort = null }) {
    this.replica = replica;
    this.site = site;
    this.zone = zone;
    this.socketHost = socketPort ? `${location.hostname}:${socketPort}` : location.host;
    this.watch = new Set(watch.filter((kind) => may(READ[kind])));
  }

  /** The SDK's client, once there is one. */
  get client() {
    return this.#socket?.client;
  }
  /** States read ahead of the SDK, each used once. @type {Map<string, Promise<import('./replica.js').State>>} */
  ahead = new Map();

  /** Is this one of the page's channels, of whatever day? @param {string} channel */
  wants(channel) {
    return this.watch.has(/** @type {Watch} */ (channel.slice(0, channel.indexOf(':'))));
  }

  /** Is it of now, and no further day looked at in passing? @param {string} channel */
  current(channel) {
    const day = channel.split(':')[2];
    return !day || !this.today.peek() || day === this.today.peek();
  }

  /** Reads a channel over REST, for the SDK to go on from. @param {string} channel */
  #readAhead(channel) {
    const state = call(`/api/state/${encodeURIComponent(channel)}`);
    this.ahead.set(channel, state);
    return state.then((s) => (this.took(s), s), () => null);
  }

  /** Reads the room before the socket is there. */
  async #readRoom() {
    const first = [...this.watch].filter(dayless).map((kind) => this.#readAhead(`${kind}:${this.site}`));
    for (const day of this.days.peek().keys()) if (this.watch.has('book')) this.#readAhead(`book:${this.site}:${day}`);
    await first[0];
    this.findToday();
    if (!this.today.peek() && !this.watch.has('floor')) this.today.value = serviceDay(houseNow(), this.zone);
    if (!this.today.peek()) return;
    for (const channel of this.dated().keys()) if (!this.ahead.has(channel)) this.#readAhead(channel);
  }

  /** @param {string} why */
  end(why) {
    this.ended.value = why;
    this.#socket?.close();
  }

  /** How often each further day is watched. @type {Map<string, number>} */ #asked = new Map();

  /**
   * The bookings and holds of one more service date join the replica, until `unwatchDay` is called as often. They do not
   * count for the link's word; `days` says when they are there. The newest days are kept if there are too many.
   * @param {string} day YYYY-MM-DD
   */
  watchDay(day) {
    this.#asked.set(day, (this.#asked.get(day) ?? 0) + 1);
    if (this.days.peek().has(day)) return;
    const next = new Map(this.days.peek()).set(day, /** @type {const} */ ('loading'));
    for (const old of [...next.keys()].slice(0, Math.max(0, next.size - DAYS))) next.delete(old);
    this.days.value = next;
  }

  /** @param {string} day */
  unwatchDay(day) {
    const left = (this.#asked.get(day) ?? 1) - 1;
    if (left > 0) return void this.#asked.set(day, left);
    this.#asked.delete(day);
    const next = new Map(this.days.peek());
    if (next.delete(day)) this.days.value = next;
  }

  live = () => this.word.peek() === 'live' || this.word.peek() === 'stale';

  /** @param {string} name @param {any} body */
  rpc = async (name, body) => {
    if (!this.client) throw new Error('not connected yet');
    return (await this.client.rpc(name, body)).data;
  };

  /** Asks who else is on this floor. */
  who = () => this.#socket?.who();

  /** @param {import('./replica.js').State} state */
  took(state) {
    this.replica.load(state);
    const clock = state.rows.find((r) => r.type === 'clock');
    if (clock) anchorAt(state.at, clock.rate);
    else if (!this.watch.has('floor')) anchorAt(state.at); // a role without the floor has no clock row to go by
  }

  /** Reads the room over REST and draws it, then has the socket follow it. */
  async start() {
    const reading = this.#readRoom();
    const { Socket } = await import('./socket.js');
    await reading;
    this.#socket = new Socket(this);
  }

  findToday() {
    const venue = [...this.replica.all('venue').values()][0] ?? this.#venueHeld();
    if (venue) this.today.value = venue.service_date;
    else if (!this.watch.has('floor') && this.replica.channels.size) this.today.value = serviceDay(houseNow(), this.zone);
  }

  /** The venue's row before the replica was drawn with it. */
  #venueHeld() {
    return [...(this.replica.channels.get(`floor:${this.site}`)?.rows.get('venue')?.values() ?? [])][0];
  }

  /** The channels of days: the service date's own, and the book of each further day. */
  dated() {
    const today = this.today.peek();
    const wanted = new Map(/** @type {[string, string][]} */ ([]));
    if (this.watch.has('book')) for (const day of this.days.peek().keys()) wanted.set(`book:${this.site}:${day}`, day);
    for (const kind of /** @type {const} */ (['book', 'messages'])) if (today && this.watch.has(kind)) wanted.set(`${kind}:${this.site}:${today}`, '');
    return wanted;
  }
}
