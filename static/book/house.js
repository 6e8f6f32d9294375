/**
 * The book this screen has open: which day, what is looked for, and the signals that say what to draw. Cards are made
 * at most twenty times a second and once a tick, and only those that differ are handed on.
 */
import { signal, computed, effect, batch, untracked } from '../vendor/ui.js';
import { replica, venue, link, pending, site } from '../parts/here.js';
import { call } from '../replica/house.js';
import { now, houseNow } from '../replica/clock.js';
import { hm, momentOf } from '../parts/words.js';
import { cards, slotCards, strip, totals, holds, plain, GONE } from './faces.js';
import { seen, startSeeing } from './seen.js';

/** @typedef {import('./faces.js').Card} Card */
/** @typedef {import('./faces.js').SlotCard} SlotCard */
/** @typedef {import('./faces.js').Filter} Filter */

const LATE_MIN = 15; // until the venue says otherwise
const DAY_MS = 86_400_000;

const asked = new URLSearchParams(location.search);
/** The service date shown, YYYY-MM-DD; '' until today is known. */
export const day = signal(/^\d{4}-\d\d-\d\d$/.test(asked.get('date') ?? '') ? /** @type {string} */ (asked.get('date')) : '');
/** Rows by time, or lanes by table. */
export const face = signal(/** @type {'list' | 'timeline'} */ (asked.get('view') === 'timeline' ? 'timeline' : 'list'));
export const filter = signal(/** @type {Filter} */ ('all'));
export const search = signal('');
/** The row the keyboard stands on. */
export const at = signal('');

export const list = signal(/** @type {Card[]} */ ([]));
export const slots = signal(/** @type {SlotCard[]} */ ([]));
export const load = signal(/** @type {ReturnType<typeof strip>} */ ([]));
export const sums = signal({ n: /** @type {Record<Filter, number>} */ ({ all: 0, new: 0, coming: 0, here: 0, late: 0, unplaced: 0, gone: 0 }), covers: 0, here: 0 });
/** Is the day's book here, or still on its way? */
export const known = signal(false);

export const text = computed(() => plain(search.value.trim()));
/** What the list shows: of the filter, and holding what is looked for; a search looks through everything. */
export const shown = computed(() => {
  const wanted = text.value, kind = filter.value;
  return list.value.filter((c) => (wanted ? holds(c, wanted) : c.kinds.split(' ').includes(kind)));
});

/** Today by the house's own reckoning: the service date, which turns over in the small hours. */
export const today = () => link.today.peek() || (venue.peek()?.service_date ?? dateOf(houseNow()));
/** The service date a moment belongs to. @param {string | number} moment */
export function dateOf(moment) {
  const ms = typeof moment === 'number' ? moment : Date.parse(moment);
  const local = new Intl.DateTimeFormat('en-CA', { timeZone: link.zone }).format(ms);
  return hm(ms) < (venue.peek()?.day_ends ?? '04:00').slice(0, 5) ? addDays(local, -1) : local;
}
/** @param {string} date @param {number} n */
export const addDays = (date, n) => new Date(Date.parse(`${date}T12:00Z`) + n * DAY_MS).toISOString().slice(0, 10);
/** Sat 21 Nov @param {string} date @param {Intl.DateTimeFormatOptions} [how] */
export const dateWords = (date, how = { weekday: 'short', day: 'numeric', month: 'short' }) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...how }).format(Date.parse(`${date}T12:00Z`));

/** The moment of a service date and a wall time, NaN if either is not one; after midnight still belongs to the evening
 * before. @param {string} date @param {string} time */
export function momentAt(date, time) {
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || !/^\d\d:\d\d$/.test(time)) return NaN;
  return momentOf(time < (venue.peek()?.day_ends ?? '04:00').slice(0, 5) ? addDays(date, 1) : date, time);
}

/** Turns to another day. @param {string} date */
export function turnTo(date) {
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || date === day.peek()) return;
  batch(() => {
    day.value = date;
    at.value = '';
    if (filter.peek() === 'new') filter.value = 'all';
  });
  redraw();
  note();
}

/** The address says what is open, so that a reload and a shared link find it again. @param {Record<string, string>} [more] */
export function note(more = {}) {
  const q = new URLSearchParams({ ...(face.peek() === 'timeline' ? { view: 'timeline' } : {}), ...(day.peek() && day.peek() !== today() ? { date: day.peek() } : {}), ...more });
  history.replaceState(null, '', `/book${q.size ? `?${q}` : ''}`);
}

/** Replaces a list only if a card of it differs, keeping the cards that do not.
 * @template {{ id: string }} C @param {{ value: C[], peek(): C[] }} sig @param {C[]} fresh */
function renew(sig, fresh) {
  const old = new Map(sig.peek().map((c) => [c.id, c]));
  let moved = old.size !== fresh.length;
  const next = fresh.map((card, i) => {
    const was = old.get(card.id);
    const kept = was && same(was, card) ? was : card;
    if (kept !== sig.peek()[i]) moved = true;
    return kept;
  });
  if (moved) sig.value = next;
}
/** @param {Record<string, any>} a @param {Record<string, any>} b */
function same(a, b) {
  for (const k in b) if (a[k] !== b[k]) return false;
  return true;
}

/** Whose day the link watches beside today's. */
let watched = '';
let lastToday = '';

/** Draws from now on. */
export function startDrawing() {
  effect(() => {
    replica.revision.value;
    venue.value;
    link.today.value;
    now.value;
    seen.value;
    untracked(redraw);
  });
}

export function redraw() {
  let date = day.peek() || link.today.peek();
  if (!date) return;
  if (lastToday && day.peek() === lastToday && today() !== lastToday) date = day.value = today(); // the house turned to its next day
  lastToday = today();
  if (!day.peek()) day.value = date;
  const other = date === today() ? '' : date;
  if (other !== watched) {
    if (watched) link.unwatchDay(watched);
    if (other) link.watchDay(other);
    watched = other;
  }
  const here = replica.channels.has(`book:${site}:${date}`);
  if (here) startSeeing(houseNow());
  batch(() => {
    known.value = here;
    const fresh = cards(replica, date, { now: houseNow(), lateAfter: venue.peek()?.late_after_min ?? LATE_MIN,
      touched: pending?.touched ?? new Map(), dateOf, isNew: (b) => seen.peek().isNew(b) && !GONE.has(b.status) });
    renew(list, fresh);
    const n = totals(fresh);
    if (JSON.stringify(n) !== JSON.stringify(sums.peek())) sums.value = n;
    renew(load, strip(fresh, houseNow()));
    renew(slots, slotCards(replica, date, dateOf, houseNow(), pending?.touched ?? new Map()));
  });
}

/** @param {'list' | 'timeline'} which */
export function turnFace(which) {
  face.value = which;
  note();
}
/** What the timeline does with a key and how it is made wider, once it is there.
 * @type {{ take?: (e: KeyboardEvent) => boolean, zoom?: (by: number) => void }} */
export const lanes = {};

/** The site's own card (hours, address), once asked for. */
export const card = signal(/** @type {import('../wire.d.ts').SiteCard | null} */ (null));
export async function readCard() {
  if (!card.peek()) card.value = await call(`/api/sites/${site}/card`).catch(() => null);
  return card.peek();
}
