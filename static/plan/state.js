/**
 * The plan this screen shows: tonight's as the hub keeps it proposed, any other day's as a door made it for whoever asked.
 * `changes` is a new list only when something in it differs, so whatever reads it is drawn for a reason.
 */
import { signal, computed } from '../vendor/ui.js';
import { replica, link, venue, site } from '../parts/here.js';
import { call, Declined } from '../replica/house.js';
import { changesOf, lineOf } from './rows.js';

/** @typedef {import('./rows.js').Change} Change */
/** @typedef {import('./rows.js').Line} Line */
/** @typedef {import('./rows.js').Quality} Quality */
/** @typedef {import('../wire.d.ts').PlanRow} PlanRow */
/** @typedef {import('../wire.d.ts').PlanView} PlanView */
/** @typedef {import('../wire.d.ts').GhostRow} GhostRow */

/** The service date shown, '' = tonight. */
export const planDay = signal('');
/** Are the outlines drawn on the floor and between the lanes? */
export const outlines = signal(kept() !== 'off');
/** The change somebody looks at, by its booking. */
export const look = signal('');
/** The plan of another day, once asked for. */
export const asked = signal(/** @type {{ day: string, state: 'asking' | 'there' | 'away', view?: PlanView, says?: string } | null} */ (null));

const KEPT = 'plan:outlines';
function kept() { try { return localStorage.getItem('plan:outlines'); } catch { return null; } }
export function showOutlines(/** @type {boolean} */ on) {
  outlines.value = on;
  try { localStorage.setItem(KEPT, on ? 'on' : 'off'); } catch { /* for this visit then */ }
}

export const tonight = () => link?.today.value || venue.value?.service_date || '';
export const isTonight = computed(() => !planDay.value || planDay.value === tonight());

/** What is proposed, booking by booking. */
export const lines = computed(() => {
  replica.revision.value;
  if (!isTonight.value) return asked.value?.day === planDay.value ? (asked.value.view?.placements ?? []).map(lineOf) : [];
  return /** @type {Line[]} */ ([...(/** @type {ReadonlyMap<string, GhostRow>} */ (replica.all('ghost'))).values()].map(({ id, from_ids, to_ids, starts_at, ends_at, reason, why, about }) => ({ id, from_ids, to_ids, starts_at, ends_at, reason, why, about })));
});
const told = computed(() => JSON.stringify(changesOf(replica, lines.value)));
export const changes = computed(() => /** @type {Change[]} */ (JSON.parse(told.value)));
/** The same booking as long as something is proposed for it, else ''. */
export const looked = computed(() => (changes.value.some((c) => c.id === look.value) ? look.value : ''));

/** How good it is; null while there is no plan. */
const quality = computed(() => {
  replica.revision.value;
  if (isTonight.value) {
    const p = /** @type {PlanRow | undefined} */ (replica.row('plan', tonight()));
    return p ? JSON.stringify({ basis: p.basis, found_by: p.found_by, proven: p.proven, gap: p.gap, cost: p.cost, bound: p.bound, covers: p.covers, terms: p.terms, flag: p.flag, made: p.made_at }) : '';
  }
  const view = asked.value?.day === planDay.value ? asked.value?.view : undefined;
  return view ? JSON.stringify({ basis: view.basis, ...view.score, made: '' }) : '';
});
export const plan = computed(() => (quality.value ? /** @type {Quality} */ (JSON.parse(quality.value)) : null));

/** May that day's book have moved on since its plan was made? Tonight's follows by itself. */
export const old = computed(() => {
  replica.revision.value;
  const made = plan.value;
  return !isTonight.value && !!made && (replica.channels.get(`book:${site}:${planDay.value}`)?.seq ?? 0) > made.basis;
});

/** Bookings the plan leaves alone. */
const kept2 = computed(() => {
  replica.revision.value;
  const day = planDay.value || tonight();
  return [...replica.all('pin').values()].filter((p) => p.service_date === day).map((p) => p.id).join(' ');
});
export const pins = computed(() => new Set(kept2.value ? kept2.value.split(' ') : []));

/** Has the plan of a day made. @param {string} day */
export async function askPlan(day) {
  const had = asked.peek()?.day === day ? asked.peek()?.view : undefined;
  asked.value = { day, state: 'asking', view: had };
  try {
    const view = await call(`/api/sites/${site}/plan?date=${day}`);
    if (asked.peek()?.day === day) asked.value = { day, state: 'there', view };
  } catch (fault) {
    if (asked.peek()?.day === day) asked.value = { day, state: 'away', view: had, says: fault instanceof Declined ? fault.message : 'The house does not answer.' };
  }
}
