/** The change log of a booking or a guest: who, when, and what became of what, in a host's words. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm, dayOf, flagOf } from '../parts/words.js';
import { replica, site } from '../parts/here.js';
import { call } from '../replica/house.js';
import { STATUS, SOURCES, OCCASIONS } from './faces.js';

/** @typedef {import('../wire.d.ts').Change} Change */

const WORDS = /** @type {Record<string, string>} */ ({
  name: 'Name', phone: 'Phone', email: 'E-mail', covers: 'Guests', starts_at: 'Time', ends_at: '', duration_min: 'Length', status: 'Status', source: 'Source', occasion: 'Occasion',
  flags: 'Good to know', notes: 'Staff notes', requests: 'Requests', area_id: 'Area', accessible: 'Step-free', arrived_at: 'Came', arrival: 'Arrival', late_at: 'Late since', expected_at: 'Expected',
  no_show_proposed_at: 'No-show asked', unplaced: 'Without a table', guest_id: '', guest_flags: 'Guest’s flags', guest_visits: 'Visits', tags: 'Tags', preferences: 'Table wishes', preorders: 'Ordered ahead',
  access_notes: 'Access notes', emergency_contact: 'Emergency contact', sms_opt_in: 'Text messages', reconfirmed_at: 'Reconfirmed', seated_at: 'Seated', departed_at: 'Left', cancelled_at: 'Cancelled',
  cancel_reason: 'Reason', no_show_reason: 'Reason', rescheduled_to: '', rescheduled_from: '', booked_at: '', service_date: '', version: '', code: 'Code', kind: '', type: '', id: '', search: '',
  birthday: 'Birthday', anniversaries: 'Anniversaries', preferred_times: 'Likes to come at', favourite_table_id: 'Favourite table', favourite_area_id: 'Favourite area', tier: 'Tier', consents: 'Agreed to',
  preferred_contact: 'Prefers', blacklisted: 'Blacklisted', blacklist_reason: 'Reason', visits: 'Visits', no_shows: 'No-shows', cancellations: 'Cancellations', covers_total: '', first_seen: '', last_seen: 'Last seen',
  deleted_at: 'Deleted', table_ids: 'Tables', table_id: 'Table', ticket: '', status_since: '',
});

/** @param {string} field @param {any} v */
function worded(field, v) {
  if (v === null || v === undefined || v === '' || (Array.isArray(v) && !v.length)) return '–';
  if (typeof v === 'boolean') return v ? 'yes' : 'no';
  if (field === 'status') return STATUS[/** @type {'confirmed'} */ (v)]?.word ?? String(v);
  if (field === 'source') return SOURCES[v] ?? v;
  if (field === 'occasion') return OCCASIONS[v]?.word ?? v;
  if (field === 'flags' || field === 'guest_flags') return v.map((/** @type {string} */ f) => flagOf(f).word).join(', ');
  if (field === 'preorders') return v.map((/** @type {any} */ p) => `${p.quantity ?? 1} × ${p.what}`).join(', ');
  if (field === 'duration_min') return `${v} min`;
  if (field === 'area_id' || field === 'favourite_area_id') return replica.row('area', v)?.name ?? v;
  if (field === 'favourite_table_id' || field === 'table_id') return replica.row('table', v)?.number ?? v;
  if (field === 'table_ids') return v.map((/** @type {string} */ t) => replica.row('table', t)?.number ?? '?').join('+');
  if (field === 'arrival') return { all: 'all', partial: 'partly', bar: 'at the bar' }[/** @type {'all'} */ (v)] ?? v;
  if (typeof v === 'string' && /^\d{4}-\d\d-\d\dT/.test(v)) return `${dayOf(v)} ${hm(v)}`;
  if (Array.isArray(v)) return v.join(', ');
  return typeof v === 'object' ? JSON.stringify(v) : String(v);
}

/** @param {Record<string, [any, any] | any[]>} fields @returns {{ word: string, before: string, after: string }[]} */
export const inWords = (fields) => Object.entries(fields).flatMap(([k, [a, b]]) => {
  const word = WORDS[k] ?? k.replaceAll('_', ' ').replace(/^./, (c) => c.toUpperCase());
  const before = worded(k, a), after = worded(k, b);
  return word && before !== after ? [{ word, before, after }] : [];
});

/** Where staff work is no news. */
const AROUND = new Set(['', 'api', 'rest', 'socket', 'screen', 'staff', 'sample', 'house', 'timer']);
/** What a new row has by itself is not worth a line. */
const NOTHING = new Set(['–', '0', 'no']);

/** @param {{ kind: 'booking' | 'guest', id: string, version: number }} p read again when the version moves */
export function Changes({ kind, id, version }) {
  const [list, setList] = useState(/** @type {Change[] | null | undefined} */ (undefined));
  useEffect(() => {
    let on = true;
    call(`/api/sites/${site}/changes/${kind}/${encodeURIComponent(id)}`).then((l) => on && setList(l), () => on && setList((was) => was ?? null));
    return () => { on = false; };
  }, [id, version]);
  if (list === undefined) return html`<p class="skel line"></p>`;
  if (list === null) return html`<p class="note"><${Icon} n="wifi-off" />The log is not to be had without the link.</p>`;
  if (!list.length) return html`<p class="note">Nothing on record.</p>`;
  return html`<ol class="log" data-testid="log">${list.map((c) => {
    const lines = inWords(c.fields);
    const made = lines.length > 0 && Object.values(c.fields).every(([a]) => a === null || a === undefined);
    return html`<li key=${c.seq}><div class="row"><b class="grow">${c.what}</b><time>${dayOf(c.at)} ${hm(c.at)}</time></div><small>${c.by}${AROUND.has(c.source) ? '' : ` · ${SOURCES[c.source] ?? c.source.replaceAll('_', ' ')}`}${c.reason ? html` · “${c.reason}”` : ''}</small>
      ${lines.length > 0 && html`<ul class="diff">${lines.filter((l) => !made || !NOTHING.has(l.after)).map((l) => html`<li key=${l.word}><span>${l.word}</span>${!made && html`<s>${l.before}</s>`}<b>${l.after}</b></li>`)}</ul>`}</li>`;
  })}</ol>`;
}
