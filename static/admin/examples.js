/** What a value means on an evening: one sentence beside the editor, worked with the value being typed. */

const at = (/** @type {number} */ minutes) => `${String(Math.floor((((minutes % 1440) + 1440) % 1440) / 60)).padStart(2, '0')}:${String(((minutes % 60) + 60) % 60).padStart(2, '0')}`;
const clock = (/** @type {number} */ hours, /** @type {number} */ min = 0) => hours * 60 + min;
const nth = (/** @type {number} */ n) => (n === 1 ? 'first' : n === 2 ? 'second' : n === 3 ? 'third' : `${n}th`);
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** @typedef {(value: any, get: (policy: string) => any, now: number) => string} Example */

/** @type {Record<string, Example>} */
const EXAMPLES = {
  'dining.duration_min': (v, get) => `A 19:00 party is planned until ${at(clock(19) + v)}; with ${get('dining.buffer_min')} min of cleaning the table is free again at ${at(clock(19) + v + get('dining.buffer_min'))}.`,
  'dining.buffer_min': (v, get) => `A 19:00 party of ${get('dining.duration_min')} min keeps its table until ${at(clock(19) + get('dining.duration_min') + v)}.`,
  'dining.slot_step_min': (v) => `Guests can ask for ${[0, 1, 2, 3].map((i) => at(clock(19) + i * v)).join(', ')} …`,
  'floor.reserved_lead_min': (v) => `For a 20:00 booking a free table is drawn reserved from ${at(clock(20) - v)}.`,
  'floor.soon_min': (v) => `For a 20:00 booking a free table says “soon 20:00” from ${at(clock(20) - v)}.`,
  'floor.free_on_clear': (v) => (v ? 'When a party leaves, its table is open at once.' : 'When a party leaves, its table is “to clear” until somebody says it is ready.'),
  'floor.theme': (v) => (v === 'classic' ? 'Every floor screen takes the five classic colours; icons and borders stay.' : 'Every floor screen takes the house’s own colours.'),
  'seating.short_turn_min': (v) => (v ? `A table booked for 20:00 warns whoever seats somebody there after ${at(clock(20) - v)}.` : 'Nobody is warned of a short turn.'),
  'qr.auto_occupy': (v) => (v ? 'A guest scans the code of a free table: the floor shows it taken.' : 'A guest scans the code of a free table: nothing changes on the floor.'),
  'booking.max_days_ahead': (v, _, now) => `Today the last day that can be booked is ${new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' }).format(now + v * 864e5)}.`,
  'booking.max_covers': (v) => (v < 20 ? `A party of ${v + 1} cannot be booked and is asked to call.` : 'The largest party the house can seat at all.'),
  'booking.events_team_above': (v) => (v < 20 ? `A party of ${v} is an ordinary booking; one of ${v + 1} goes to the events team, too.` : 'No party goes to the events team.'),
  'booking.no_show_grace_min': (v) => `A 19:30 booking is shown late at ${at(clock(19, 30) + v)}, and the host is asked whether it is a no-show.`,
  'booking.reopen_no_show_min': (v) => (v ? `Marked no-show at 19:45, a booking can be reopened until ${at(clock(19, 45) + v)}.` : 'A no-show stays one.'),
  'booking.cancel_free_h': (v) => {
    const t = 5 * 1440 + clock(19, 30) - v * 60, day = Math.floor(t / 1440);
    return `A booking for Saturday 19:30 can be cancelled freely until ${v === 0 ? 'it begins' : `${DAYS[((day % 7) + 7) % 7]} ${at(t)}${day < -1 ? `, ${Math.round(v / 24)} days before` : ''}`}.`;
  },
  'booking.code_ttl_min': (v) => `A code sent at 19:00 works until ${at(clock(19) + v)}.`,
  'booking.code_tries': (v) => `The ${nth(v + 1)} wrong try locks the code; the guest has to ask for a new one.`,
  'waitlist.quote_bands': (v) => { const b = v.find((/** @type {number[]} */ [a, z]) => (a ?? 0) <= 5 && 5 <= (z ?? 0)); return b ? `A party of 5 is quoted with parties of ${b[0]}–${b[1]}.` : 'A party of 5 is quoted with the largest.'; },
  'waitlist.quote_round_min': (v) => `A table in 22 minutes is quoted as ${Math.ceil(22 / v) * v} minutes.`,
  'waitlist.opening_s': (v) => (v ? `A table given back at 19:00:00 goes to the waiting line first, to everybody from 19:00:${String(v % 60).padStart(2, '0')}.` : 'A table given back is everybody’s at once.'),
  'waitlist.offer_minutes': (v) => `A table offered at 19:00 is kept until ${at(clock(19) + v)}.`,
  'waitlist.misses_max': (v) => `The ${nth(v)} offer a guest lets pass ends their wait.`,
  'waitlist.auto_offer': (v) => ({ off: 'A cancelled table waits for the host’s word.', slots: 'A cancelled 20:00 is offered to whoever waits for 20:00; the door is the host’s.', all: 'A table that comes free is offered to the next party it fits, at the door or for a time.' }[/** @type {'off'} */ (v)] ?? ''),
  'waitlist.priority': (v) => `A gold guest on visit ${v.regular_visits + 1} has ${Math.min(10, v.gold + v.regular)} points and stands before all with fewer, whenever they came.`,
  'assign.weights': (v) => `For a party of 2, a table of 4 costs ${2 * v.wasted_seat}; a table of 2 without the window they asked for costs ${v.feature}. ${v.feature === 2 * v.wasted_seat ? 'They weigh the same.' : `The ${v.feature < 2 * v.wasted_seat ? 'table of 2' : 'table of 4'} is proposed.`}`,
  'audit.restore_days': (v) => `A booking deleted on 1 March can be restored until ${new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' }).format(Date.UTC(2026, 2, 1 + v))}.`,
  'undo.window_min': (v) => `A party seated at 19:00 can be taken back until ${at(clock(19) + v)}.`,
  'venue.day_ends': (v) => (String(v) > '01:30' ? 'A party seated on Saturday at 01:30 belongs to Friday’s service.' : 'A party seated on Saturday at 01:30 belongs to Saturday’s service.'),
};

/** @param {string} policy @param {any} value @param {(policy: string) => any} get what is in force @param {number} now @returns {string} */
export function example(policy, value, get, now) {
  try {
    return EXAMPLES[policy]?.(value, get, now) ?? '';
  } catch {
    return ''; // a value half typed has no example yet
  }
}
