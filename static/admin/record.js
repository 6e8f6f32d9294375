/** Who did what: every command that was granted, what it made of each thing, and what can still be brought back. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { confirm } from '../parts/dialog.js';
import { say } from '../parts/toast.js';
import { dayOf, hm } from '../parts/words.js';
import { may, replica } from '../parts/here.js';
import { now } from '../replica/clock.js';
import { call, Declined } from '../replica/house.js';
import { give, here, useDoor } from './doors.js';
import { Head, Loading, Nothing, Trouble } from './bits.js';
import { when } from './words.js';

/** @typedef {import('../wire.d.ts').JournalLine} JournalLine */
/** @typedef {import('../wire.d.ts').Change} Change */
/** @typedef {import('../wire.d.ts').Deleted} Deleted */

const PAGE = 100; // lines read at once
const ENOUGH = 25; // lines to show before one has to ask for more
const PAGES = 6; // read for that at most: a quiet night of the house alone is long
/** Kinds of doing one looks for. @type {[string, string][]} */
const COMMANDS = [['', 'Everything'], ['book', 'Booked'], ['edit_booking', 'Booking changed'], ['reschedule_booking', 'Booking moved'], ['cancel_booking', 'Booking cancelled'], ['mark_no_show', 'No-show'],
  ['delete_booking', 'Booking deleted'], ['seat_party', 'Seated'], ['move_seating', 'Party moved'], ['clear_seating', 'Table cleared'], ['add_party', 'Added to the line'], ['remove_party', 'Taken off the line'],
  ['notify_party', 'Table offered'], ['edit_guest', 'Guest changed'], ['delete_guest', 'Guest deleted'], ['set_blacklist', 'Blacklist'], ['set_policy', 'Policy changed'], ['restore_policy', 'Policy restored'],
  ['set_roles', 'Roles changed'], ['add_staff', 'Login made'], ['deactivate_staff', 'Login closed'], ['add_api_key', 'API key made'], ['undo', 'Taken back'], ['set_clock', 'Clock set']];
const PEOPLE = 'people';
const SOURCES = /** @type {Record<string, string>} */ ({ api: '', socket: '', screen: '', qr: 'by a table’s code', link: 'by their link', web: 'on the web', timer: 'by itself', system: 'by itself', house: 'by itself' });

export function Record() {
  const [actor, setActor] = useState(PEOPLE);
  const [command, setCommand] = useState('');
  const staff = useDoor(may('staff.read') ? `${here()}/staff` : '');
  const [lines, setLines] = useState(/** @type {JournalLine[] | null} */ (null));
  const [end, setEnd] = useState(false);
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  const [open, setOpen] = useState(0);
  const [last, setLast] = useState(0);
  /** @param {number | null} before */
  const load = async (before) => {
    setBusy(true);
    /** @type {JournalLine[]} */ const found = [];
    try {
      for (let page = 0, from = before; page < PAGES; page++) {
        const query = new URLSearchParams({ limit: String(PAGE), ...(from ? { before: String(from) } : {}), ...(actor && actor !== PEOPLE ? { actor } : {}), ...(command ? { command } : {}) });
        const more = /** @type {JournalLine[]} */ (await call(`${here()}/journal?${query}`));
        found.push(...more.filter((l) => actor !== PEOPLE || l.actor !== 'house'));
        from = more.at(-1)?.seq ?? from;
        setLast(from ?? 0);
        setEnd(more.length < PAGE);
        if (found.length >= ENOUGH || more.length < PAGE) break;
      }
      setLines((was) => (before ? [...(was ?? []), ...found] : found));
      setWrong('');
    } catch (fault) {
      setWrong(fault instanceof Declined ? fault.message : 'The house does not answer. Check the network and try again.');
    }
    setBusy(false);
  };
  useEffect(() => { setOpen(0); load(null); }, [actor, command]);
  let day = '';
  return html`<section class="listing" aria-label="Record"><${Head} title="Record" sub="Everything that was done here, newest first. It cannot be changed."><button class="btn" disabled=${busy} onClick=${() => load(null)}><${Icon} n="refresh-cw" />Look again</button><//>
    <div class="tools"><label class="f">Who<select class="in" value=${actor} onChange=${(/** @type {any} */ e) => setActor(e.target.value)}><option value=${PEOPLE}>All people</option><option value="">People and the house</option><option value="house">The house itself</option>
        ${(/** @type {any[]} */ (staff.data ?? [])).map((p) => html`<option key=${p.id} value=${`staff:${p.id}`}>${p.name}</option>`)}</select></label>
      <label class="f">What<select class="in" value=${command} onChange=${(/** @type {any} */ e) => setCommand(e.target.value)}>${COMMANDS.map(([k, w]) => html`<option key=${k} value=${k}>${w}</option>`)}</select></label></div>
    ${wrong ? html`<${Trouble} message=${wrong} again=${() => load(null)} />` : !lines ? html`<${Loading} />` : !lines.length ? html`<${Nothing} icon="history" title="Nothing of that sort" />`
      : html`<ol class="journal">${lines.map((l) => {
        const on = dayOf(l.at), turn = on !== day;
        day = on;
        return html`${turn && html`<li class="day" key=${`d${l.seq}`}>${on}</li>`}<li key=${l.seq} class=${`jline ${l.undone ? 'undone' : ''}`}><button aria-expanded=${open === l.seq} disabled=${!l.rows.length} onClick=${() => setOpen(open === l.seq ? 0 : l.seq)}>
          <time>${hm(l.at)}</time><span class="say">${l.what}${l.undone ? html` <small class="tagc">taken back</small>` : ''}${l.reason && html`<small class="why">“${l.reason}”</small>`}</span><span class="b">${l.by}${SOURCES[l.source] ? html`<small>${SOURCES[l.source]}</small>` : ''}</span>${l.rows.length > 0 && html`<${Icon} n="chevron-down" />`}</button>
          ${open === l.seq && html`<${Changes} line=${l} />`}</li>`;
      })}</ol>${!end && html`<button class="btn wide more" disabled=${busy} onClick=${() => load(last)}>${busy ? 'One moment …' : 'Earlier'}</button>`}`}</section>`;
}

/** A value as a person reads it. @param {string} field @param {any} v @returns {string} */
function shown(field, v) {
  if (v === null || v === undefined || v === '' || (Array.isArray(v) && !v.length)) return '–';
  if (Array.isArray(v)) return v.map((one) => shown(field, one)).join(', ');
  if (field.startsWith('table_id')) return replica.row('table', v)?.number ?? 'a table that is gone';
  if (field === 'area_id') return replica.row('area', v)?.name ?? 'an area that is gone';
  if (typeof v === 'string') return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(v) ? when(v) : /^[a-z]+(_[a-z]+)+$/.test(v) ? v.replaceAll('_', ' ') : v;
  if (typeof v === 'boolean') return v ? 'yes' : 'no';
  return typeof v === 'object' ? Object.entries(v).map(([k, one]) => `${k.replaceAll('_', ' ')}: ${shown(k, one)}`).join(', ') : String(v);
}
/** Of no interest to a person: counters, and names only machines call things by. @param {string} field */
const quiet = (field) => ['version', 'type', 'id', 'service_date'].includes(field) || (/_ids?$/.test(field) && !/^(table_ids?|area_id)$/.test(field));
/** What differs, as rows of field, before, after. @param {Change} c */
const differing = (c) => Object.entries(c.fields).map(([f, [was, is]]) => /** @type {const} */ ([f, shown(f, was), shown(f, is)])).filter(([f, was, is]) => !quiet(f) && was !== is);

/** What one line made of each thing. @param {{ line: JournalLine }} p */
function Changes({ line }) {
  const [all, setAll] = useState(/** @type {Change[] | null} */ (null));
  const [wrong, setWrong] = useState('');
  useEffect(() => {
    Promise.all(line.rows.slice(0, 8).map(([kind, id]) => call(`${here()}/changes/${kind}/${encodeURIComponent(id)}`).catch(() => [])))
      .then((lists) => setAll(lists.flat().filter((/** @type {Change} */ c) => c.seq === line.seq)), () => setWrong('Not to be had just now.'));
  }, [line.seq]);
  if (wrong) return html`<p class="hint">${wrong}</p>`;
  if (!all) return html`<p class="skel line"></p>`;
  if (!all.length) return html`<p class="hint">No more is on record of this.</p>`;
  const seen = all.map((c) => ({ c, rows: differing(c) })).filter(({ rows }) => rows.length);
  if (!seen.length) return html`<p class="hint">Nothing of it changed that has a name.</p>`;
  return html`<div class="changes">${seen.map(({ c, rows }) => html`<table key=${`${c.kind}${c.id}`}><caption>${c.kind.replaceAll('_', ' ')}</caption><thead class="sr"><tr><th>Field</th><th>Before</th><th>After</th></tr></thead><tbody>${rows.map(([f, was, is]) =>
    html`<tr key=${f}><th scope="row">${f.replace(/_ids?$/, '').replaceAll('_', ' ')}</th><td class=${was === '–' ? 'none' : 'was'}>${was}</td><td class="now">${is}</td></tr>`)}</tbody></table>`)}</div>`;
}

const KINDS = /** @type {Record<string, { word: string, icon: string, command: string, field: string }>} */ ({
  booking: { word: 'Booking', icon: 'calendar-x', command: 'restore_booking', field: 'booking_id' },
  guest: { word: 'Guest', icon: 'user-x', command: 'restore_guest', field: 'guest_id' },
});

export function DeletedThings() {
  const read = useDoor(`${here()}/deleted`);
  const [busy, setBusy] = useState('');
  const [wrong, setWrong] = useState(/** @type {Record<string, string>} */ ({}));
  if (read.wrong && !read.data) return html`<${Trouble} message=${read.wrong} again=${read.again} />`;
  const all = /** @type {Deleted[]} */ (read.data ?? []);
  /** @param {Deleted} d */
  const restore = async (d) => {
    const kind = KINDS[d.kind];
    if (!kind || !(await confirm({ title: `Restore ${d.name}?`, text: d.kind === 'booking' ? 'It goes back into the book, at its tables if they are free still, at others if not.' : 'Their card is back as it was.', yes: 'Restore', no: 'Leave it' }))) return;
    setBusy(d.id);
    const answer = await give(kind.command, { [kind.field]: d.id });
    setBusy('');
    if (answer.status === 'refused') return setWrong({ [d.id]: answer.message });
    say(`${d.name} is back`);
    read.again();
  };
  return html`<section class="listing" aria-label="Deleted"><${Head} title="Deleted" sub="What was deleted can be restored for as long as the policy says, then no longer." />
    ${!read.data ? html`<${Loading} />` : !all.length ? html`<${Nothing} icon="trash-2" title="Nothing to restore" text="Nothing was deleted lately." />`
      : html`<ul class="cards">${all.map((d) => {
        const k = KINDS[d.kind], left = Math.ceil((Date.parse(d.restorable_until) - now.value) / 864e5);
        return html`<li key=${`${d.kind}${d.id}`} data-deleted=${d.id}><span class="av" aria-hidden="true"><${Icon} n=${k?.icon ?? 'trash-2'} /></span><div class="grow"><b>${d.name}</b> <small class="tagc">${k?.word ?? d.kind}</small>
          <p class="quote">“${d.reason}”</p><small>deleted by ${d.by}, ${when(d.deleted_at)} · ${left > 1 ? `${left} days left` : 'the last day'}</small>${wrong[d.id] && html`<em role="alert" class="wrongf"><${Icon} n="triangle-alert" />${wrong[d.id]}</em>`}</div>
          ${k && html`<button class="btn sm" aria-label=${`Restore ${d.name}`} disabled=${busy === d.id} onClick=${() => restore(d)}><${Icon} n="rotate-cw" />Restore</button>`}</li>`;
      })}</ul>`}</section>`;
}
