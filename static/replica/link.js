/**
 * The link to the house: the official SDK does reconnects, recovery and positions; this wires its channels to the
 * replica and says in one word how the link is: connecting, live, stale or offline. The SDK is as big as the whole rest
 * of a first screen, so the room is read and drawn over REST while it is still on its way.
 */
import { signal, effect, untracked } from '../vendor/ui.js';
import { call, Declined } from './house.js';
import { anchorAt, houseNow, notBefore, rate } from './clock.js';

const STALE_MS = 8000; // staff sockets are pinged every 5 s; one missed ping and some patience
const WATCH_MS = 1000;
const PRESENCE_MS = 20_000; // who is connected changes slowly; joins and leaves are told at once where supported
const ENDED = new Set([401, 403, 404]); // asking again will not help

/** @typedef {'connecting' | 'live' | 'stale' | 'offline'} LinkWord */
/** @typedef {{ client: string, name: string, initials: string, role: string }} Device */

/** When the socket last said anything, in wall ms. */
let heardAt = Date.now();

/** A WebSocket that notes when it last heard something: pings never surface in the SDK. */
class HeardSocket extends WebSocket {
  /** @param {string | URL} url @param {string | string[]} [protocols] */
  constructor(url, protocols) {
    super(url, protocols);
    this.addEventListener('message', () => (heardAt = Date.now()));
  }
}

/** A kind of channel a page lives on. `book` and `messages` are those of the service date, and follow it.
 * @typedef {'floor' | 'waitlist' | 'book' | 'messages'} Watch */

const READ = { floor: 'floor.read', waitlist: 'waitlist.read', book: 'book.read', messages: 'messages.read' };
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

  /** @type {Map<string, { sub: any, closed: boolean, live: boolean, day: string }>} */
  #channels = new Map();
  #wasLive = false;

  /**
   * @param {import('./replica.js').Replica} replica
   * @param {{ site: string, zone: string, may: (permission: string) => boolean, watch: Watch[] }} at a channel that is
   *   not for this role is not asked for
   */
  constructor(replica, { site, zone, may, watch }) {
    this.replica = replica;
    this.site = site;
    this.zone = zone;
    this.watch = new Set(watch.filter((kind) => may(READ[kind])));
  }

  /** @type {import('../vendor/centrifuge.js').Centrifuge} */ client = /** @type {any} */ (null);
  /** States read ahead of the SDK, each used once. @type {Map<string, Promise<import('./replica.js').State>>} */
  #ahead = new Map();

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
    this.#ahead.set(channel, state);
    return state.then((s) => (this.#took(s), s), () => null);
  }

  /** Reads the room before the socket is there. */
  async #readRoom() {
    const first = [...this.watch].filter((kind) => kind === 'floor' || kind === 'waitlist').map((kind) => this.#readAhead(`${kind}:${this.site}`));
    for (const day of this.days.peek().keys()) if (this.watch.has('book')) this.#readAhead(`book:${this.site}:${day}`);
    await first[0];
    this.#findToday();
    if (!this.today.peek() && !this.watch.has('floor')) this.today.value = serviceDay(houseNow(), this.zone);
    if (!this.today.peek()) return;
    for (const channel of this.#dated().keys()) if (!this.#ahead.has(channel)) this.#readAhead(channel);
  }

  async start() {
    const ahead = this.#readRoom();
    const { Centrifuge } = await import('../vendor/centrifuge.js');
    await ahead;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.client = new Centrifuge(`${scheme}://${location.host}/connection/websocket`, {
      websocket: HeardSocket,
      minReconnectDelay: 250,
      maxReconnectDelay: 4000, // a restarted house should be back on screen within seconds
      getToken: async () => {
        try {
          return (await call('/api/token')).token;
        } catch (fault) {
          if (fault instanceof Declined && ENDED.has(fault.status)) this.end('You are signed out.');
          throw fault;
        }
      },
    });
    this.client.on('connected', (/** @type {any} */ ctx) => ((this.self = ctx.client), this.#judge()));
    this.client.on('connecting', () => this.#judge());
    this.client.on('disconnected', (/** @type {any} */ ctx) => {
      if (ctx.code >= 3500) this.end(ctx.reason || 'The house closed this sign-in.');
      this.#judge();
    });
    for (const kind of this.watch) if (kind === 'floor' || kind === 'waitlist') this.#listen(`${kind}:${this.site}`);
    effect(() => {
      this.replica.revision.value;
      untracked(() => this.#findToday());
    });
    effect(() => {
      this.today.value;
      this.days.value;
      untracked(() => this.#follow());
    });
    this.client.connect();
    setInterval(() => this.#judge(), WATCH_MS);
    setInterval(() => this.who(), PRESENCE_MS);
  }

  /** @param {string} why */
  end(why) {
    this.ended.value = why;
    this.client?.disconnect();
    this.#judge();
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
  rpc = async (name, body) => (await this.client.rpc(name, body)).data;

  /** Asks who else is on this floor. */
  async who() {
    const floor = this.#channels.get(`floor:${this.site}`);
    if (!floor?.live || document.hidden) return;
    const reply = await floor.sub.presence().catch(() => null);
    if (reply) {
      this.devices.value = Object.values(reply.clients).map((/** @type {any} */ c) => ({
        client: c.client, name: c.connInfo?.name ?? 'Someone', initials: c.connInfo?.initials ?? '?',
        role: c.connInfo?.role ?? '',
      }));
    }
  }

  /** @param {string} channel @param {string} [day] a further day, which the link's word does not wait for */
  #listen(channel, day = '') {
    const made = { sub: /** @type {any} */ (null), closed: false, live: false, day };
    const sub = this.client.newSubscription(channel, {
      getState: async () => this.#readState(channel, made),
      joinLeave: channel.startsWith('floor:'),
      minResubscribeDelay: 250,
      maxResubscribeDelay: 4000,
    });
    made.sub = sub;
    this.#channels.set(channel, made);
    /** @type {{ offset: number, data: any }[] | null} */
    let held = null; // publications that arrive while a reset re-reads the state
    sub.on('publication', (/** @type {any} */ ctx) => {
      if (held) return void held.push(ctx);
      if (isReset(ctx.data)) {
        held = [];
        return void this.#readState(channel, made).catch(() => sub.unsubscribe()).then(() => {
          const later = held ?? [];
          held = null;
          for (const c of later) this.#take(channel, c.offset ?? 0, c.data);
          if (sub.state === 'unsubscribed') sub.subscribe();
        });
      }
      this.#take(channel, ctx.offset ?? 0, ctx.data);
    });
    sub.on('subscribed', () => ((made.live = true), this.#judge(), channel.startsWith('floor:') && this.who()));
    sub.on('subscribing', () => ((made.live = false), this.#judge()));
    sub.on('unsubscribed', (/** @type {any} */ ctx) => {
      made.live = false;
      if (ctx.code >= 100) made.closed = true; // not for this role: the screen does without it
      this.#judge();
    });
    sub.on('join', () => this.who());
    sub.on('leave', () => this.who());
    sub.subscribe();
  }

  /** @param {string} channel @param {{ sub: any, closed: boolean }} made */
  async #readState(channel, made) {
    try {
      const ahead = this.#ahead.get(channel);
      this.#ahead.delete(channel);
      const state = await (ahead ?? call(`/api/state/${encodeURIComponent(channel)}`));
      if (!ahead) this.#took(state);
      return { offset: state.offset, epoch: state.epoch };
    } catch (fault) {
      if (fault instanceof Declined && ENDED.has(fault.status)) {
        if (fault.status === 401) this.end('You are signed out.');
        made.closed = true;
        queueMicrotask(() => made.sub.unsubscribe());
      }
      throw fault;
    }
  }

  /** @param {import('./replica.js').State} state */
  #took(state) {
    this.replica.load(state);
    const clock = state.rows.find((r) => r.type === 'clock');
    if (clock) anchorAt(state.at, clock.rate);
    else if (!this.watch.has('floor')) anchorAt(state.at); // a role without the floor has no clock row to go by
  }

  /** @param {string} channel @param {number} offset @param {import('./replica.js').Publication} pub */
  #take(channel, offset, pub) {
    this.replica.publish(channel, offset, pub);
    const clock = pub.patches.find((p) => p.put?.type === 'clock')?.put;
    if (clock) anchorAt(Math.max(Date.parse(clock.house_at), Date.parse(pub.at)), clock.rate);
    else if (pub.at) notBefore(pub.at);
  }

  #findToday() {
    const venue = [...this.replica.all('venue').values()][0] ?? this.#venueHeld();
    if (venue) this.today.value = venue.service_date;
    else if (!this.watch.has('floor') && this.replica.channels.size) this.today.value = serviceDay(houseNow(), this.zone);
  }

  /** The venue's row before the replica was drawn with it. */
  #venueHeld() {
    return [...(this.replica.channels.get(`floor:${this.site}`)?.rows.get('venue')?.values() ?? [])][0];
  }

  /** The channels of days: the service date's own, and the book of each further day. */
  #dated() {
    const today = this.today.peek();
    const wanted = new Map(/** @type {[string, string][]} */ ([]));
    if (this.watch.has('book')) for (const day of this.days.peek().keys()) wanted.set(`book:${this.site}:${day}`, day);
    for (const kind of /** @type {const} */ (['book', 'messages'])) if (today && this.watch.has(kind)) wanted.set(`${kind}:${this.site}:${today}`, '');
    return wanted;
  }

  /** Listens to the days that are wanted, and no others. */
  #follow() {
    const wanted = this.#dated();
    for (const [channel, { sub }] of this.#channels) {
      if (wanted.has(channel) || channel.split(':').length < 3) continue;
      sub.unsubscribe();
      this.client.removeSubscription(sub);
      this.#channels.delete(channel);
      this.replica.forget(channel);
    }
    for (const [channel, day] of wanted) {
      const known = this.#channels.get(channel);
      if (known) known.day = day;
      else this.#listen(channel, day);
    }
    for (const held of [...this.replica.channels.keys()]) {
      if (held.split(':').length === 3 && !wanted.has(held) && this.today.peek()) this.replica.forget(held); // of a kept day gone by
    }
    this.#judge();
  }

  #tellDays() {
    const was = this.days.peek();
    const next = new Map(was);
    for (const day of was.keys()) {
      const c = this.#channels.get(`book:${this.site}:${day}`);
      next.set(day, c?.closed ? 'closed' : c?.live ? 'live' : 'loading');
    }
    if ([...next].some(([day, word]) => was.get(day) !== word)) this.days.value = next;
  }

  #judge() {
    const connected = this.client?.state === 'connected' && !this.ended.value;
    const open = [...this.#channels.values()].filter((c) => !c.closed && !c.day);
    const ready = connected && open.length > 0 && open.every((c) => c.live) && (!!this.today.peek() || !(this.watch.has('book') || this.watch.has('messages')));
    this.#tellDays();
    /** @type {LinkWord} */
    const word = ready ? (Date.now() - heardAt > STALE_MS ? 'stale' : 'live')
      : this.#wasLive || this.replica.channels.size || this.ended.value ? (connected ? 'connecting' : 'offline') : 'connecting';
    const before = this.word.peek();
    if (word === before) return;
    if (before === 'live' || !this.since.peek()) this.since.value = houseNow() - (Date.now() - heardAt) * rate.peek();
    this.word.value = word;
    if (word === 'live') {
      this.#wasLive = true;
      this.since.value = 0;
      if (before !== 'stale') this.onLive();
    }
  }
}

/** A commit too big for one publication tells screens to read the state again. @param {any} data */
const isReset = (data) => data.type === 'reset' || !!data.patches?.some((/** @type {any} */ p) => p.type === 'reset');
