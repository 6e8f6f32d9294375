/** The changes a what-if may make: their words, what each starts from, and its fields. */
import { html } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { Step, inputOf } from '../parts/fields.js';
import { hm, momentOf } from '../parts/words.js';
import { replica, venue } from '../parts/here.js';
import { houseNow } from '../replica/clock.js';

/** What a host filled in; times are wall times, '' = from now, to the end.
 * @typedef {{ kind: 'close_area' | 'lose_server' | 'add_party' | 'rain' | 'lose_table', id: string, covers: number, from: string, until: string, accessible: boolean }} Draft */

const STEP_MIN = 15;
/** @type {[Draft['kind'], string, string][]} */
export const KINDS = [['add_party', 'One more party', 'user-plus'], ['close_area', 'Close an area', 'ban'], ['rain', 'It rains', 'trees'], ['lose_server', 'Lose a server', 'user-x'], ['lose_table', 'Lose a table', 'armchair']];

/** @template T @param {Iterable<T>} rows @param {(row: T) => string} by */
const inOrder = (rows, by) => [...rows].sort((a, b) => by(a).localeCompare(by(b), 'en', { numeric: true }));
export const areas = () => inOrder(/** @type {Iterable<import('../wire.d.ts').AreaRow>} */ (replica.all('area').values()), (a) => a.name).filter((a) => a.active);
/** Areas in the open. */
export const outside = () => areas().filter((a) => a.kind === 'patio' || a.features.includes('outdoor'));
export const sections = () => inOrder(/** @type {Iterable<import('../wire.d.ts').SectionRow>} */ (replica.all('section').values()), (s) => s.server_name ?? s.name);
export const tables = () => inOrder(/** @type {Iterable<import('../wire.d.ts').TableRow>} */ (replica.all('table').values()), (t) => t.number).filter((t) => t.active && t.status !== 'out_of_service');

/** A change as it is first shown. @param {Draft['kind']} kind @returns {Draft} */
export function draft(kind) {
  const id = { close_area: areas()[0]?.id, lose_server: sections()[0]?.id, lose_table: tables()[0]?.id, add_party: '', rain: '' }[kind] ?? '';
  const next = Math.ceil((houseNow() + 30 * 60_000) / (STEP_MIN * 60_000)) * STEP_MIN * 60_000;
  return { kind, id, covers: 12, from: kind === 'add_party' ? hm(next) : '', until: '', accessible: false };
}

/** The moment of a wall time this evening; small hours belong to it. @param {string} time */
export function tonightAt(time) {
  const v = venue.peek();
  const date = v?.service_date ?? '';
  const night = time < (v?.day_ends ?? '04:00').slice(0, 5) ? new Date(Date.parse(`${date}T12:00Z`) + 86_400_000).toISOString().slice(0, 10) : date;
  return new Date(momentOf(night, time)).toISOString();
}

/** As the door wants it. @param {Draft} d */
export function asked(d) {
  const span = { ...(d.from ? { starts_at: tonightAt(d.from) } : {}), ...(d.until ? { ends_at: tonightAt(d.until) } : {}) };
  switch (d.kind) {
    case 'close_area': return { change: 'close_area', area_id: d.id, ...span };
    case 'rain': return { change: 'rain', ...span };
    case 'lose_server': return { change: 'lose_server', section_id: d.id };
    case 'lose_table': return { change: 'lose_table', table_id: d.id };
    case 'add_party': return { change: 'add_party', covers: d.covers, starts_at: tonightAt(d.from), accessible: d.accessible };
  }
}

/** Nothing the host has to say is missing. @param {Draft} d */
export const whole = (d) => (d.kind === 'add_party' ? /^\d\d:\d\d$/.test(d.from) : d.kind === 'rain' || !!d.id);

/** @param {Draft} d in a few words */
export function told(d) {
  const span = d.from || d.until ? ` ${d.from ? `from ${d.from}` : ''}${d.until ? ` until ${d.until}` : ''}` : ' from now on';
  switch (d.kind) {
    case 'close_area': return `${replica.row('area', d.id)?.name ?? 'An area'} closed${span}`;
    case 'rain': return `Rain${span}`;
    case 'lose_server': { const s = replica.row('section', d.id); return `Nobody works ${s?.name ?? 'a section'}`; }
    case 'lose_table': return `Table ${replica.row('table', d.id)?.number ?? '?'} is lost`;
    case 'add_party': return `A party of ${d.covers} at ${d.from}`;
  }
}

/** @param {{ d: Draft, set: (d: Draft) => void, drop: () => void }} p */
export function ChangeFields({ d, set, drop }) {
  const [, word, icon] = /** @type {[string, string, string]} */ (KINDS.find(([k]) => k === d.kind));
  const put = (/** @type {Partial<Draft>} */ some) => set({ ...d, ...some });
  const pick = (/** @type {string} */ label, /** @type {[string, string][]} */ of) => html`<label>${label}<select class="in" value=${d.id} onChange=${(/** @type {any} */ e) => put({ id: e.target.value })}>${of.map(([k, w]) => html`<option key=${k} value=${k} selected=${k === d.id}>${w}</option>`)}</select></label>`;
  const time = (/** @type {string} */ label, /** @type {'from' | 'until'} */ key, must = false) => html`<label class="grow">${label}<input class="in" type="time" required=${must} value=${d[key]} onInput=${inputOf((v) => put({ [key]: v }))} /></label>`;
  const span = html`<div class="row">${time('From, else now', 'from')}${time('Until, else close', 'until')}</div>`;
  return html`<li class="box draft" data-draft=${d.kind}><div class="row"><${Icon} n=${icon} /><b class="grow">${word}</b><button type="button" class="icon" aria-label=${`Not this: ${told(d)}`} onClick=${drop}><${Icon} n="x" /></button></div>
    ${d.kind === 'close_area' && html`${pick('Area', areas().map((a) => [a.id, a.name]))}${span}`}
    ${d.kind === 'rain' && html`<p class="note">${outside().length ? `In the open: ${outside().map((a) => a.name).join(', ')}` : 'No area of this house is in the open.'}</p>${span}`}
    ${d.kind === 'lose_server' && pick('Who goes', sections().map((s) => [s.id, `${s.server_name ?? 'Nobody'} · ${s.name}`]))}
    ${d.kind === 'lose_table' && pick('Table', tables().map((t) => [t.id, `${t.number} · ${t.max_covers} seats`]))}
    ${d.kind === 'add_party' && html`<${Step} label="Guests" value=${d.covers} set=${(/** @type {number} */ covers) => put({ covers })} by=${1} min=${1} max=${20} />
      <div class="row">${time('At', 'from', true)}<label class="check grow"><input type="checkbox" checked=${d.accessible} onChange=${(/** @type {any} */ e) => put({ accessible: e.target.checked })} />Step-free</label></div>`}
  </li>`;
}
