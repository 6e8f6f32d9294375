/**
 * The house's plan in a host's words: pure functions of the rows. A line is what the plan says of one booking, as the
 * floor's channel or a door has it; a change is that line with names, numbers and times.
 */
import { hm } from '../parts/words.js';

/** @typedef {import('../replica/replica.js').Replica} Replica */
/** @typedef {import('../wire.d.ts').GhostRow} GhostRow */
/** @typedef {import('../wire.d.ts').Placement} Placement */
/** @typedef {import('../wire.d.ts').Score} Score */
/** @typedef {{ id: string, from_ids: string[], to_ids: string[], starts_at: string, ends_at: string, reason: string, why: string, about: string[] }} Line */
/** `to` and `from` are table numbers in words, '' = no table.
 * @typedef {{ id: string, kind: 'left' | 'place' | 'move', name: string, covers: number, time: string, starts: number, ends: number, from: string, to: string,
 *   from_ids: string[], to_ids: string[], why: string, reason: string }} Change */
/** @typedef {{ basis: number, found_by: string, proven: boolean, gap: number, cost: number, bound: number, covers: number, terms: Record<string, number>, flag: string | null, made: string }} Quality */

export const EXTRA = 'extra-'; // a party of a what-if that is in no book

/** @param {Replica} view @param {string[]} ids */
export const numbers = (view, ids) => ids.map((id) => view.row('table', id)?.number ?? '?').join(' + ');

/** A placement of a door's answer as the floor's channel would have it. @param {Placement} p @returns {Line} */
export const lineOf = ({ owner_id, ...rest }) => ({ id: owner_id, ...rest });

/** Who has no table first, then who gets one, then who moves; each by time. @param {Replica} view @param {Iterable<Line>} lines @param {{ covers: number, starts_at: string }[]} [extras]
 * @returns {Change[]} */
export function changesOf(view, lines, extras = []) {
  const order = { left: 0, place: 1, move: 2 };
  return [...lines].flatMap((l) => {
    const extra = l.id.startsWith(EXTRA) ? extras[Number(l.id.slice(EXTRA.length))] : undefined;
    const b = extra ? { name: 'The extra party', ...extra } : view.row('booking', l.id);
    if (!b) return []; // gone meanwhile; a newer plan is on its way
    /** @type {Change['kind']} */ const kind = !l.to_ids.length ? 'left' : l.from_ids.length ? 'move' : 'place';
    return [{ id: l.id, kind, name: b.name, covers: b.covers, time: hm(b.starts_at), starts: Date.parse(l.starts_at), ends: Date.parse(l.ends_at),
      from: numbers(view, l.from_ids), to: numbers(view, l.to_ids), from_ids: l.from_ids, to_ids: l.to_ids, why: l.why, reason: l.reason }];
  }).sort((a, b) => order[a.kind] - order[b.kind] || a.starts - b.starts || (a.id < b.id ? -1 : 1));
}

/** @param {Change[]} changes */
export function counted(changes) {
  const n = (/** @type {Change['kind']} */ kind) => changes.filter((c) => c.kind === kind).length;
  return { moves: n('move'), places: n('place'), left: n('left') };
}

/** 3 moves, 1 placed, 2 cannot be placed @param {Change[]} changes */
export function difference(changes) {
  const { moves, places, left } = counted(changes);
  return [moves && `${moves} move${moves === 1 ? '' : 's'}`, places && `${places} placed`, left && `${left} cannot be placed`].filter(Boolean).join(', ');
}

/** Why the first of those without a table has none. @param {Change[]} changes */
export const whyLeft = (changes) => changes.find((c) => c.kind === 'left')?.why ?? '';

/** A move and those that make room for it, and for them: what has to be done together. @param {Change[]} changes @param {string} id */
export function together(changes, id) {
  const chain = changes.filter((c) => c.id === id);
  for (const one of chain) {
    chain.push(...changes.filter((c) => !chain.includes(c) && c.to_ids.length && c.starts < one.ends && one.starts < c.ends && c.from_ids.some((t) => one.to_ids.includes(t))));
  }
  return chain;
}

const FLAGS = /** @type {Record<string, string>} */ ({
  crashed: 'The planner stopped and is being started again', late: 'The planner did not answer in time', illegal: 'The planner’s answer did not stand up to a check',
  warming: 'The planner is warming up', busy: 'The planner has too much to do just now',
});

/** How good a plan is: in a word or two, and in a sentence. @param {Quality} q @returns {{ tone: 'sure' | 'near' | 'simple', icon: string, word: string, says: string }} */
export function sureness(q) {
  if (q.flag) return { tone: 'simple', icon: 'triangle-alert', word: 'Simple plan', says: `${FLAGS[q.flag] ?? 'The planner could not think'}: everybody stays who can, the rest by best fit. Nothing is proven; a better plan follows by itself.` };
  if (q.found_by === 'greedy' && !q.proven) return { tone: 'simple', icon: 'triangle-alert', word: 'Simple plan', says: `Best fit, one after the other: at most ${atMost(q.gap)} below the best.` };
  if (q.proven) return { tone: 'sure', icon: 'circle-check', word: 'Proven best', says: 'No other way to seat this evening is better by the house’s own rules.' };
  const most = atMost(q.gap);
  return { tone: 'near', icon: 'circle-dot', word: `At most ${most} below the best`, says: `Whatever way there is to seat this evening, it is better by ${most} at most.` };
}

/** 0.4 %, always rounded up: it is a promise. @param {number} gap */
function atMost(gap) {
  const percent = gap * 100;
  return `${percent < 0.1 ? '0.1' : percent < 10 ? (Math.ceil(percent * 10) / 10).toFixed(1) : Math.ceil(percent)} %`;
}

/** What a plan is weighed by. @type {Record<string, string>} */
export const TERMS = {
  unplaced: 'Parties without a table', guarantee: 'Promised tables not given', wasted: 'Seats left empty', feature: 'Wishes not met', preference: 'Not their favourite place',
  priority: 'Tables you would rather fill', joined: 'Tables pushed together', moved: 'Bookings moved', tight: 'Tight turns', balance: 'Servers uneven',
};

const HEAVY = new Set(['unplaced', 'guarantee']); // worth more than all else together: no bar shows them beside the rest
/** The largest first, in points, with its part of the largest that is not beyond comparison. @param {Record<string, number>} terms @returns {[string, string, number][]} */
export function weighed(terms) {
  const most = Math.max(1, ...Object.entries(terms).map(([k, n]) => (HEAVY.has(k) ? 0 : n)));
  return Object.entries(terms).filter(([, n]) => n).sort((a, b) => b[1] - a[1]).map(([k, n]) => [TERMS[k] ?? k.replaceAll('_', ' '), points(n), HEAVY.has(k) ? 0 : n / most]);
}
/** Hundredths of a point as points: 1,234.5 @param {number} cost */
export const points = (cost) => (Math.round(cost / 10) / 10).toLocaleString('en-GB');
