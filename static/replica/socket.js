/**
 * The socket, once it is there: the official SDK does reconnects, recovery and positions; this wires its channels to the
 * replica and judges in one word how the link is.
 */
import { effect, untracked } from '../vendor/ui.js';
import { Centrifuge } from '../vendor/centrifuge.js';
import { call, Declined } from './house.js';
import { anchorAt, houseNow, notBefore, rate } from './clock.js';
import { dayless } from './link.js';

const STALE_MS = 8000; // staff sockets are pinged every 5 s; one missed ping and some patience
const WATCH_MS = 1000;
const PRESENCE_MS = 20_000; // who is connected changes slowly; joins and leaves are told at once where supported
const ENDED = new Set([401, 403, 404]); // asking again will not help

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

export class Socket {
  /** @type {Map<string, { sub: any, closed: boolean, live: boolean, day: string }>} */
  #channels = new Map();
  #wasLive = false;

  /** @param {import('./link.js').Link} link */
  constructor(link) {
    this.link = link;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.client = new Centrifuge(`${scheme}://${link.socketHost}/connection/websocket`, {
      websocket: HeardSocket,
      minReconnectDelay: 250,
      maxReconnectDelay: 4000, // a restarted house should be back on screen within seconds
      getToken: async () => {
        try {
          return (await call('/api/token')).token;
        } catch (fault) {
          if (fault instanceof Declined && ENDED.has(fault.status)) link.end('You are signed out.');
          throw fault;
        }
      },
    });
    this.client.on('connected', (/** @type {any} */ ctx) => ((link.self = ctx.client), this.#judge()));
    this.client.on('connecting', () => this.#judge());
    this.client.on('disconnected', (/** @type {any} */ ctx) => {
      if (ctx.code >= 3500) link.end(ctx.reason || 'The house closed this sign-in.');
      this.#judge();
    });
    for (const kind of link.watch) if (dayless(kind)) this.#listen(`${kind}:${link.site}`);
    effect(() => {
      link.replica.revision.value;
      untracked(() => link.findToday());
    });
    effect(() => {
      link.today.value;
      link.days.value;
      untracked(() => this.#follow());
    });
    this.client.connect();
    setInterval(() => this.#judge(), WATCH_MS);
    setInterval(() => this.who(), PRESENCE_MS);
  }

  /** The link has ended: no more tries. */
  close() {
    this.client.disconnect();
    this.#judge();
  }

  /** Asks who else is on this floor. */
  async who() {
    const floor = this.#channels.get(`floor:${this.link.site}`);
    if (!floor?.live || document.hidden) return;
    const reply = await floor.sub.presence().catch(() => null);
    if (reply) {
      this.link.devices.value = Object.values(reply.clients).map((/** @type {any} */ c) => ({
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
      const ahead = this.link.ahead.get(channel);
      this.link.ahead.delete(channel);
      const state = await (ahead ?? call(`/api/state/${encodeURIComponent(channel)}`));
      if (!ahead) this.link.took(state);
      return { offset: state.offset, epoch: state.epoch };
    } catch (fault) {
      if (fault instanceof Declined && ENDED.has(fault.status)) {
        if (fault.status === 401) this.link.end('You are signed out.');
        made.closed = true;
        queueMicrotask(() => made.sub.unsubscribe());
      }
      throw fault;
    }
  }

  /** @param {string} channel @param {number} offset @param {import('./replica.js').Publication} pub */
  #take(channel, offset, pub) {
    this.link.replica.publish(channel, offset, pub);
    const clock = pub.patches.find((p) => p.put?.type === 'clock')?.put;
    if (clock) anchorAt(Math.max(Date.parse(clock.house_at), Date.parse(pub.at)), clock.rate);
    else if (pub.at) notBefore(pub.at);
  }

  /** Listens to the days that are wanted, and no others. */
  #follow() {
    const wanted = this.link.dated();
    for (const [channel, { sub }] of this.#channels) {
      if (wanted.has(channel) || channel.split(':').length < 3) continue;
      sub.unsubscribe();
      this.client.removeSubscription(sub);
      this.#channels.delete(channel);
      this.link.replica.forget(channel);
    }
    for (const [channel, day] of wanted) {
      const known = this.#channels.get(channel);
      if (known) known.day = day;
      else this.#listen(channel, day);
    }
    for (const held of [...this.link.replica.channels.keys()]) {
      if (held.split(':').length === 3 && !wanted.has(held) && this.link.today.peek()) this.link.replica.forget(held); // of a kept day gone by
    }
    this.#judge();
  }

  #tellDays() {
    const was = this.link.days.peek();
    const next = new Map(was);
    for (const day of was.keys()) {
      const c = this.#channels.get(`book:${this.link.site}:${day}`);
      next.set(day, c?.closed ? 'closed' : c?.live ? 'live' : 'loading');
    }
    if ([...next].some(([day, word]) => was.get(day) !== word)) this.link.days.value = next;
  }

  #judge() {
    const { link } = this;
    const connected = this.client.state === 'connected' && !link.ended.value;
    const open = [...this.#channels.values()].filter((c) => !c.closed && !c.day);
    const dated = link.watch.has('book') || link.watch.has('messages');
    const ready = connected && open.length > 0 && open.every((c) => c.live) && (!!link.today.peek() || !dated);
    this.#tellDays();
    /** @type {import('./link.js').LinkWord} */
    const word = ready ? (Date.now() - heardAt > STALE_MS ? 'stale' : 'live')
      : this.#wasLive || link.replica.channels.size || link.ended.value ? (connected ? 'connecting' : 'offline') : 'connecting';
    const before = link.word.peek();
    if (word === before) return;
    if (before === 'live' || !link.since.peek()) link.since.value = houseNow() - (Date.now() - heardAt) * rate.peek();
    link.word.value = word;
    if (word === 'live') {
      this.#wasLive = true;
      link.since.value = 0;
      if (before !== 'stale') link.onLive();
    }
  }
}

/** A commit too big for one publication tells screens to read the state again. @param {any} data */
const isReset = (data) => data.type === 'reset' || !!data.patches?.some((/** @type {any} */ p) => p.type === 'reset');
