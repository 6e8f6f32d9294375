/** How policies, roles and rights are told: their groups, names and values in a manager's words. */
import { dayOf, hm } from '../parts/words.js';

/** @typedef {import('../wire.d.ts').PolicyView} PolicyView */
/** @typedef {import('../wire.d.ts').PolicyVersion} PolicyVersion */
/** @typedef {'number' | 'switch' | 'choice' | 'time' | 'weights' | 'standing' | 'bands' | 'template' | 'json'} Make */

/** Groups in the order of the page, and the first words of the policies in each. @type {{ id: string, title: string, icon: string, of: string[] }[]} */
export const GROUPS = [
  { id: 'tables', title: 'Tables and turns', icon: 'armchair', of: ['dining', 'seating', 'assign', 'qr'] },
  { id: 'bookings', title: 'Bookings', icon: 'calendar-check', of: ['booking', 'slot', 'availability'] },
  { id: 'waiting', title: 'Waiting line', icon: 'hourglass', of: ['waitlist'] },
  { id: 'floor', title: 'Floor screen', icon: 'layout-grid', of: ['floor'] },
  { id: 'messages', title: 'Messages to guests', icon: 'message-square', of: ['template'] },
  { id: 'house', title: 'The house', icon: 'store', of: ['venue', 'undo', 'audit'] },
  { id: 'more', title: 'More', icon: 'ellipsis', of: [] },
];
/** @param {string} policy */
export const groupOf = (policy) => GROUPS.find((g) => g.of.includes(policy.split('.')[0] ?? ''))?.id ?? 'more';

/** What sort of editor a value wants. @param {PolicyView} p @returns {Make} */
export function makeOf(p) {
  if (p.unit === 'template') return 'template';
  if (p.choices?.length) return 'choice';
  if (p.unit === 'switch' || typeof p.default === 'boolean') return 'switch';
  if (p.unit === 'time') return 'time';
  if (p.unit === 'weights') return 'weights';
  if (p.unit === 'standing') return 'standing';
  if (typeof p.default === 'number') return 'number';
  if (p.policy === 'waitlist.quote_bands') return 'bands';
  return 'json';
}

/** What a choice says in full. @type {Record<string, Record<string, [string, string]>>} */
export const CHOICES = {
  'floor.theme': { house: ['House colours', 'Seven states, each with a colour, icon and border of its own'], classic: ['Classic five', 'Green free, yellow taken, blue reserved, gray cleaning, red blocked'] },
  'waitlist.auto_offer': { off: ['Nobody', 'The host makes every offer'], slots: ['Those waiting for a time', 'The house offers freed times; the host serves the door'], all: ['Everybody waiting', 'The house offers tables at the door, too'] },
};
/** @param {string} policy @param {string} choice @returns {[string, string]} */
export const choiceWords = (policy, choice) => CHOICES[policy]?.[choice] ?? [choice.replaceAll('_', ' ').replace(/^./, (c) => c.toUpperCase()), ''];

/** The parts of a value that has parts. @type {Record<string, [string, string]>} */
export const PARTS = {
  wasted_seat: ['Empty seat', 'for each chair that stays empty'], feature: ['Wished feature', 'for each one the table lacks'],
  preference: ['What the table is best for', 'when it is best for something else'], priority: ['Table’s own rank', 'for tables you would rather fill later'],
  bronze: ['Bronze', 'tier'], silver: ['Silver', 'tier'], gold: ['Gold', 'tier'], platinum: ['Platinum', 'tier'],
  regular: ['Regular', 'added for regulars'], regular_visits: ['Visits of a regular', 'from this many on'],
};
/** @param {string} part */
export const partWords = (part) => PARTS[part] ?? [part.replaceAll('_', ' ').replace(/^./, (c) => c.toUpperCase()), ''];

const SINGLE = /** @type {Record<string, string>} */ ({ days: 'day', covers: 'cover', tries: 'try', offers: 'offer' });
/** @param {number} n @param {string} unit */
export const counted = (n, unit) => `${n} ${n === 1 ? SINGLE[unit] ?? unit : unit}`;
/** Units as they are spoken. */
export const UNITS = /** @type {Record<string, string>} */ ({ min: 'minutes', s: 'seconds', h: 'hours' });

/** A value in a few words. @param {PolicyView} p @param {any} value @returns {string} */
export function told(p, value) {
  switch (makeOf(p)) {
    case 'number': return counted(value, p.unit);
    case 'switch': return value ? 'On' : 'Off';
    case 'choice': return choiceWords(p.policy, value)[0];
    case 'bands': return value.map((/** @type {number[]} */ [a, b]) => (a === b ? a : `${a}–${b}`)).join(', ');
    case 'weights': case 'standing': return Object.values(value).join(' · ');
    case 'template': return value.body;
    case 'time': return value;
    default: return JSON.stringify(value);
  }
}

/** @param {string} scope @param {string | null | undefined} [kind] */
export const scopeWords = (scope, kind) => (scope === 'kind' ? (kind === 'event' ? 'Events' : 'Dining') : { site: 'This site', org: 'Organisation', default: 'Default' }[scope] ?? scope);

/** Fri 27 Nov, 19:05 @param {string | number} at */
export const when = (at) => `${dayOf(at)}, ${hm(at)}`;

export const ROLES = /** @type {Record<string, [string, string]>} */ ({
  super_admin: ['Super admin', 'Everything, people and their roles too'], admin: ['Admin', 'Everything but people'],
  manager: ['Manager', 'The floor, the book, policies'], station_manager: ['Station manager', 'As a manager, without imports'],
  host: ['Host', 'Seat, wait, book'], server: ['Server', 'Own section'], kitchen: ['Kitchen', 'Sees the floor'],
  customer_support: ['Guest support', 'The book, guests, messages'], chef: ['Chef', 'Own events'],
});
export const ROLE_ORDER = Object.keys(ROLES);
/** @param {string} role */
export const roleWord = (role) => ROLES[role]?.[0] ?? role;
/** @param {readonly string[]} roles */
export const inOrder = (roles) => [...roles].sort((a, b) => ROLE_ORDER.indexOf(a) - ROLE_ORDER.indexOf(b));

/** Rights in words, under the part of the house they are about. @type {Record<string, string>} */
export const RIGHTS = {
  'floor.read': 'See the floor', 'floor.status': 'Clear and block tables', 'floor.sections': 'Give out sections', 'floor.edit': 'Change the floor plan',
  'seating.write': 'Seat, move and clear parties', 'host.write': 'Mark arrivals, keep the waiting line', 'waitlist.read': 'See the waiting line', undo: 'Take things back',
  'book.read': 'See the book', 'book.write': 'Take and change bookings', 'book.delete': 'Delete and restore bookings', 'slots.tonight': 'Tell tonight’s staff and rain', 'slots.edit': 'Change what may be booked when',
  'guests.read': 'See guests', 'guests.write': 'Change guests', 'guests.merge': 'Put two guests together', 'guests.blacklist': 'Blacklist guests', 'guests.delete': 'Delete and restore guests',
  'messages.read': 'See messages', 'messages.write': 'Send messages', 'staff.read': 'See who works here', 'people.manage': 'Logins and roles', 'keys.manage': 'API keys',
  'policy.read': 'See policies', 'policy.edit': 'Change policies', 'journal.read': 'Read the record', 'clock.set': 'Set a sample house’s clock', import: 'Import a house',
};
/** @param {string} right */
export const rightWord = (right) => RIGHTS[right] ?? right;
