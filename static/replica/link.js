/**
 * The link to the house: the official SDK does reconnects, recovery and positions; this wires its channels to the
 * replica and says in one word how the link is: connecting, live, stale or offline. The SDK is as big as the whole rest
 * of a first screen, so the room is read and drawn over REST while it is still on its way.
 */
import { signal, effect } from '../vendor/ui.js';
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

export class Link {
  word = signal(/** @type {LinkWord} */ ('connecting'));
  /** House time up to which the room is known, while not live. */
  since = signal(0);
  devices = signal(/** @type {Device[]} */ ([]));
  /** Why there will be no link any more (signed out, no right to this floor). */
  ended = signal('');
  /** This screen's own name among the devices. */
  self = '';
  /** Called each time every channel is live. */
  onLive = () => {};

  /** @type {Map<string, { sub: any, closed: boolean, live: boolean }>} */
  #channels = new Map();
  #book = '';
  #wasLive = false;

  /**
   * @param {import('./replica.js').Replica} replica
   * @param {string} site
   * @param {(permission: string) => boolean} may a channel that is not for this role is not asked for
   */
  constructor(replica, site, may) {
    this.may = may;
    this.replica = replica;
    this.site = site;
  }

  /** @type {import('../vendor/centrifuge.js').Centrifuge} */ client = /** @type {any} */ (null);
  /** States read ahead of the SDK, each used once. @type {Map<string, Promise<import('./replica.js').State>>} */
  #ahead = new Map();

  /** Reads the room before the socket is there. */
  async readAhead() {
    const read = (/** @type {string} */ channel) => {
      const state = call(`/api/state/${encodeURIComponent(channel)}`);
      this.#ahead.set(channel, state);
      return state.then((s) => (this.#took(s), s), () => null);
    };
    if (this.may('waitlist.read')) read(`waitlist:${this.site}`);
    const floor = await read(`floor:${this.site}`);
    const venue = floor?.rows.find((/** @type {any} */ r) => r.type === 'venue');
    if (venue && this.may('book.read')) read(`book:${this.site}:${venue.service_date}`);
  }

  async start() {
    const ahead = this.readAhead();
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
    this.#listen(`floor:${this.site}`);
    if (this.may('waitlist.read')) this.#listen(`waitlist:${this.site}`);
    if (this.may('book.read')) effect(() => this.#followBook());
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

  /** @param {string} channel */
  #listen(channel) {
    const made = { sub: /** @type {any} */ (null), closed: false, live: false };
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
    sub.on('subscribed', () => ((made.live = true), this.#judge(), this.who()));
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
  }

  /** @param {string} channel @param {number} offset @param {import('./replica.js').Publication} pub */
  #take(channel, offset, pub) {
    this.replica.publish(channel, offset, pub);
    const clock = pub.patches.find((p) => p.put?.type === 'clock')?.put;
    if (clock) anchorAt(Math.max(Date.parse(clock.house_at), Date.parse(pub.at)), clock.rate);
    else if (pub.at) notBefore(pub.at);
  }

  /** The book follows the venue's service date. */
  #followBook() {
    this.replica.revision.value;
    const venue = [...this.replica.all('venue').values()][0];
    if (!venue) return;
    const channel = `book:${this.site}:${venue.service_date}`;
    if (channel === this.#book) return;
    const old = this.#channels.get(this.#book);
    if (old) {
      old.sub.unsubscribe();
      this.client.removeSubscription(old.sub);
      this.#channels.delete(this.#book);
      this.replica.forget(this.#book);
    }
    this.#book = channel;
    this.#listen(channel);
  }

  #judge() {
    const connected = this.client?.state === 'connected' && !this.ended.value;
    const open = [...this.#channels.values()].filter((c) => !c.closed);
    const ready = connected && open.length > 0 && open.every((c) => c.live) && (!!this.#book || !this.may('book.read'));
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
