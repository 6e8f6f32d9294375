/** Where: the house's best table, or named ones; what is taken then is told from the holds of that day. */
import { html, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm } from '../parts/words.js';
import { replica } from '../parts/here.js';
import { numbersOf } from './faces.js';

/** @typedef {import('./form.js').Part} Part */
/** @typedef {import('../wire.d.ts').TableRow} TableRow */
/** @typedef {import('../wire.d.ts').AreaRow} AreaRow */

const USUAL_MIN = 105; // a turn and its cleaning, where the length is left to the house; the house itself checks

/** When each table is taken in a span: its end. @param {number} from @param {number} to @param {string} own whose own holds do not count */
function taken(from, to, own) {
  const out = new Map();
  for (const h of replica.all('hold').values()) {
    if (h.status === 'released' || h.owner_id === own) continue;
    const ends = Date.parse(h.ends_at);
    if (Date.parse(h.starts_at) < to && ends > from) out.set(h.table_id, Math.max(out.get(h.table_id) ?? 0, ends));
  }
  return out;
}

/** @param {Part & { id: string, at: number, own: string, moving: string[] | null }} p own: whose holds are this dialog's own; moving: the tables others make free for it */
export function Where({ f, set, err, hints, checked, id, at, own, moving }) {
  const [open, setOpen] = useState(!!f.table_ids);
  replica.revision.value;
  const areas = /** @type {AreaRow[]} */ ([...replica.all('area').values()]).filter((a) => a.active).sort((a, b) => a.position - b.position);
  const busy = Number.isNaN(at) ? new Map() : taken(at, at + (f.duration_min ?? USUAL_MIN) * 60_000, own);
  const best = moving ? numbersOf(replica, moving) : checked?.valid && !f.table_ids && checked.table_ids.length ? numbersOf(replica, checked.table_ids) : '';
  const chosen = f.table_ids ?? [];
  const toggle = (/** @type {string} */ t) => {
    const next = chosen.includes(t) ? chosen.filter((x) => x !== t) : [...chosen, t];
    set({ table_ids: next.length ? next : null });
  };
  return html`<fieldset data-testid="where"><legend>Table</legend>
    <div class="row wrap"><div class="seg" role="group" aria-label="Table"><button type="button" aria-pressed=${!open} onClick=${() => { setOpen(false); set({ table_ids: null }); }}>${id && !best ? 'As planned' : `Best${best ? ` · ${best}` : ''}`}</button>
        <button type="button" aria-pressed=${open} onClick=${() => setOpen(true)}>${chosen.length ? `Named · ${numbersOf(replica, chosen)}` : 'Name one'}</button></div>
      <button type="button" class="chipb" aria-pressed=${f.accessible} onClick=${() => set({ accessible: !f.accessible })}><${Icon} n="accessibility" />Step-free</button></div>
    ${open && areas.filter((a) => !f.area_id || a.id === f.area_id).map((a) => html`<div key=${a.id}><p class="cap">${a.name}</p><div class="tabs">${/** @type {TableRow[]} */ ([...replica.all('table').values()])
      .filter((t) => t.area_id === a.id && t.active).sort((x, y) => x.number.localeCompare(y.number, 'en', { numeric: true })).map((t) => {
        const until = busy.get(t.id);
        return html`<button type="button" key=${t.id} class=${`tchip ${until ? 'busy' : ''}`} data-pick=${t.number} aria-pressed=${chosen.includes(t.id)} aria-label=${`Table ${t.number}, ${t.min_covers} to ${t.max_covers} guests${until ? `, taken until ${hm(until)}` : ''}`} onClick=${() => toggle(t.id)}>
          <b>${t.number}</b><small>${until ? `till ${hm(until)}` : `${t.min_covers === t.max_covers ? '' : `${t.min_covers}–`}${t.max_covers}`}</small></button>`;
      })}</div></div>`)}
    ${err('table_ids')}${hints('table_ids', 'accessible')}</fieldset>`;
}
