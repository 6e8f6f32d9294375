/** What the pages of the calendar know: its rows as they are pushed, the house's hours, and who said what when. */
import { signal, useEffect, useState } from '../../vendor/ui.js';
import { replica, site, venue } from '../../parts/here.js';
import { say, showDone, warn } from '../../parts/toast.js';
import { call } from '../../replica/house.js';
import { give, here } from '../doors.js';
import { isoDay } from './words.js';

/** @typedef {import('../../wire.d.ts').AreaRow} AreaRow */
/** @typedef {import('../../wire.d.ts').JournalLine} JournalLine */
/** @typedef {import('./words.js').SpecialDayRow} SpecialDayRow */
/** @typedef {{ step_min: number, weather_gate: boolean, staff_needed: number, day_ends: string, hours: Record<string, string[]> }} Usual what holds where nothing is said */

/** The rows of one kind, drawn anew when they change. @template {{ id: string }} T @param {string} kind @returns {T[]} */
export function rowsOf(kind) {
  replica.revision.value;
  return /** @type {any} */ ([...replica.all(kind).values()]);
}
/** @returns {AreaRow[]} those in use */
export const areas = () => /** @type {AreaRow[]} */ (rowsOf('area')).filter((a) => a.active).sort((a, b) => a.position - b.position);
/** @param {string | null} id */
export const areaName = (id) => (id ? replica.row('area', id)?.name ?? 'an area that is gone' : '');
/** @param {AreaRow} a */
export const outdoor = (a) => a.kind === 'patio' || a.features.includes('outdoor');
export const today = () => venue.value?.service_date ?? '';
/** Are the rows there, or still on their way? */
export const known = () => { replica.revision.value; return replica.channels.has(`slots:${site}`); };

/** When the house is open on a day, special days counted; null where its hours say nothing. @param {Usual} usual @param {string} day @returns {string[] | null} */
export function hoursOn(usual, day) {
  const special = specialOn(day);
  if (special) return special.kind === 'closed' ? [] : special.hours ?? [];
  return usual.hours[day] ?? usual.hours[String(isoDay(day))] ?? (Object.keys(usual.hours).length ? [] : null);
}
const RANK = ['closed', 'event', 'season'];
/** The special day that says when the house is open, as the hub ranks them. @param {string} day @param {string | null} [area] @returns {SpecialDayRow | undefined} */
export function specialOn(day, area = null) {
  return /** @type {SpecialDayRow[]} */ (rowsOf('special_day'))
    .filter((d) => d.area_id === area && d.first_day <= day && day <= d.last_day && (!d.weekdays.length || d.weekdays.includes(isoDay(day))) && (d.kind === 'closed' || d.hours))
    .sort((a, b) => RANK.indexOf(a.kind) - RANK.indexOf(b.kind) || (a.first_day < b.first_day ? 1 : -1))[0];
}

// ---- who said it

/** @typedef {{ by: string, at: string }} Who */
const LINES = 100;
const GATHER_MS = 300; // one change makes one look, however many commits it came in

/** Who set rows last and when, by "kind id", from the journal: read once, and again when a row changes. @param {string[]} commands @returns {Map<string, Who>} */
export function useWho(commands) {
  const [who, setWho] = useState(/** @type {Map<string, Who>} */ (new Map()));
  const asked = commands.join();
  useEffect(() => {
    let on = true, timer = 0;
    const read = async () => {
      const lists = await Promise.all(commands.map((command) => call(`${here()}/journal?limit=${LINES}&command=${command}`).catch(() => [])));
      /** @type {Map<string, Who>} */ const found = new Map();
      for (const line of /** @type {JournalLine[]} */ (lists.flat()).filter((l) => !l.undone).sort((a, b) => b.seq - a.seq)) {
        for (const [kind, id] of line.rows) if (!found.has(`${kind} ${id}`)) found.set(`${kind} ${id}`, { by: line.by, at: line.at });
      }
      if (on) setWho(found);
    };
    const hear = (/** @type {any} */ _, /** @type {string} */ channel) => {
      if (!channel.startsWith('slots:')) return;
      clearTimeout(timer);
      timer = setTimeout(read, GATHER_MS);
    };
    read();
    replica.hearers.add(hear);
    return () => { on = false; clearTimeout(timer); replica.hearers.delete(hear); };
  }, [asked]);
  return who;
}

/** What was done, with the way back. @param {string} text @param {any} done the hub's answer */
export function tellDone(text, done) {
  showDone(text).done(async () => {
    const answer = await give('undo', { seq: done.seq });
    answer.status === 'refused' ? warn(answer.message) : say('Taken back');
  });
}

/** The piece of the calendar that is open beside the list: `new` makes one. */
export const opened = signal(/** @type {{ kind: 'slot_rule' | 'special_day' | 'slot', id: string, from?: Record<string, any> } | null} */ (null));
