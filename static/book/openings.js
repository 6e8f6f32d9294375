/** Which times of a day are open for this party, kept up while somebody looks: read at the door, told to look again by
 * `availability:{site}:{date}`, whose rows also open and close the plain times at once. */
import { effect, signal, useEffect, useRef } from '../vendor/ui.js';
import { call } from '../replica/house.js';
import { linked } from '../parts/asking.js';
import { replica, link, site } from '../parts/here.js';
import { useAnswer } from './answers.js';

/** @typedef {import('../wire.d.ts').AvailableDay} AvailableDay */
/** @typedef {import('../wire.d.ts').AvailableSlot} AvailableSlot */
/** @typedef {import('../wire.d.ts').SlotStateRow} SlotStateRow */
/** @typedef {{ date: string, covers: number, duration_min: number | null, area_id: string | null, accessible: boolean }} Wish */
/** @typedef {{ day: AvailableDay | null, word: import('./answers.js').Word, again: () => void }} Openings `day` is of this wish */

const SETTLED_MS = 500; // days flicked through are not worth a channel
const HEARD_MS = 1000; // between two looks because the times changed
const MOVED_MS = 4000; // because anything in the day's book did: who might be moved
const UNSURE_MS = 1500; // a time nobody had the time to prove is looked at again, from where the proof stood
const LOOKS = 3;

/** Listens to a day's times. @param {string} date @param {(rows: SlotStateRow[]) => void} heard @returns {() => void} */
function listen(date, heard) {
  const channel = `availability:${site}:${date}`;
  /** @type {any} */ let sub = null;
  const stop = effect(() => {
    const client = linked.value && link.client;
    if (!client || sub) return;
    sub = client.newSubscription(channel, { getState: async () => {
      const state = await call(`/api/state/${encodeURIComponent(channel)}`);
      return { offset: state.offset, epoch: state.epoch };
    } });
    sub.on('publication', (/** @type {any} */ ctx) => heard((ctx.data.patches ?? []).flatMap((/** @type {any} */ p) => (p.put?.type === 'slot_state' ? [p.put] : []))));
    sub.subscribe();
  });
  return () => {
    stop();
    sub?.unsubscribe();
    if (sub) link.client?.removeSubscription(sub);
  };
}

/** @param {Wish} wish @param {{ but: string, on: boolean }} how but: a booking or kept time of one's own, which is in nobody's way
 * @returns {Openings} */
export function useOpenings(wish, { but, on }) {
  const { date, covers, duration_min, area_id, accessible } = wish;
  const key = on && /^\d{4}-\d\d-\d\d$/.test(date) ? JSON.stringify([date, covers, duration_min, area_id, accessible]) : '';
  const own = useRef(but);
  own.current = but;
  const { answer, of, word, again } = useAnswer(key, (signal) => call(`/api/sites/${site}/availability?${new URLSearchParams({ date, covers: String(covers),
    ...(duration_min ? { duration_min: String(duration_min) } : {}), ...(area_id ? { area_id } : {}), ...(accessible ? { accessible: 'true' } : {}), ...(own.current ? { but: own.current } : {}) })}`, { signal }), linked.value);
  const told = useRef(signal(/** @type {Map<string, SlotStateRow>} */ (new Map()))).current; // newer than the answer
  const looks = useRef({ key: '', left: LOOKS }).current;

  useEffect(() => { told.value = new Map(); }, [answer]);
  useEffect(() => { if (word !== 'asking') again(); }, [but]);
  useEffect(() => {
    if (!key) return;
    let leave = () => {};
    const timer = setTimeout(() => {
      leave = listen(date, (rows) => {
        told.value = new Map([...told.peek(), ...rows.map((r) => /** @type {const} */ ([r.at, r]))]);
        again(HEARD_MS);
      });
    }, SETTLED_MS);
    const book = (/** @type {any} */ _, /** @type {string} */ channel) => channel === `book:${site}:${date}` && again(MOVED_MS);
    replica.hearers.add(book);
    return () => { clearTimeout(timer); leave(); replica.hearers.delete(book); };
  }, [key]);
  useEffect(() => { // from what was proven so far
    if (looks.key !== key) Object.assign(looks, { key, left: LOOKS });
    if (word === 'there' && answer?.slots.some((/** @type {AvailableSlot} */ s) => !s.exact) && looks.left-- > 0) again(UNSURE_MS);
  }, [answer]);

  const plain = !area_id && !accessible && !duration_min && !but;
  const day = of === key && answer ? (plain && told.value.size ? renewed(answer, told.value) : answer) : null;
  return { day, word, again: () => again() };
}

/** The day with what was heard since: a time that opened or closed for everybody. @param {AvailableDay} day @param {Map<string, SlotStateRow>} told */
function renewed(day, told) {
  return { ...day, slots: day.slots.map((slot) => {
    const row = told.get(slot.at);
    if (!row || slot.reason === 'past') return slot;
    const state = row.state === 'closed' ? 'closed' : row.sizes.includes(day.covers) ? 'free' : slot.state === 'free' ? 'full' : slot.state;
    return state === slot.state ? slot : /** @type {AvailableSlot} */ ({ ...slot, state, flags: row.flags, reason: null, moves: 0 });
  }) };
}

/** @param {AvailableDay | null} day @param {number} at @returns {AvailableSlot | null} */
export const slotAt = (day, at) => day?.slots.find((s) => Date.parse(s.starts_at) === at) ?? null;
