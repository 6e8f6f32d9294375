/** A table's sheet: its party and the next thing to do with it, or how to fill it. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm, mins, minutesFrom, flagOf } from '../parts/words.js';
import { STAGE_NAMES, numbers } from '../replica/wishes.js';
import { call } from '../replica/house.js';
import { now } from '../replica/clock.js';
import { LOOKS, index, holder } from './faces.js';
import { faceSignal, replica, areas, site, may } from './house.js';
import { ask, takeSeating, linked, take } from './hand.js';
import { Step } from '../parts/fields.js';
import { Drawer, close } from '../parts/drawer.js';
import { AtTable } from '../plan/here.js';

/** @typedef {import('../wire.d.ts').SeatingRow} SeatingRow */
/** @typedef {import('../wire.d.ts').PastVisit} PastVisit */

const STAGES = /** @type {const} */ (['just_sat', 'ordered', 'served', 'check', 'paid']);
const STAGE_ICONS = { just_sat: 'armchair', ordered: 'pencil', served: 'utensils', check: 'receipt', paid: 'check' };
const VISITS = 5;

/** @param {{ id: string }} p */
export function TableSheet({ id }) {
  replica.revision.value;
  const f = faceSignal(id)?.value;
  const t = replica.row('table', id);
  if (!f || !t) return html`<${Drawer} title="Table"><div class="empty"><b>This table is gone</b></div><//>`;
  const area = areas.value.find((a) => a.id === t.area_id);
  const seating = replica.row('seating', f.seating);
  const section = replica.row('section', t.section_id);
  const look = f.over ? { word: `Over by ${mins(f.over)}`, icon: 'triangle-alert' } : LOOKS[f.look];
  return html`<${Drawer} title=${`Table ${t.number}`} test="sheet"
      sub=${`${area?.name ?? ''} · ${t.min_covers}–${t.max_covers} seats${section?.server_name ? ` · ${section.server_name}` : ''}`}>
    <div class="scroll">
      <div class=${`state t ${f.look} ${f.over ? 'over' : ''}`}><${Icon} n=${look.icon} />${look.word}${f.line && !f.over ? html`<span>${f.line}</span>` : ''}</div>
      ${seating ? html`<${Seated} s=${seating} t=${t} />` : html`<${Empty} t=${t} f=${f} />`}
      <${AtTable} id=${id} />
      <${Coming} id=${id} skip=${seating?.booking_id ?? ''} />
      ${(t.notes || t.features.length > 0) && html`<h3>About this table</h3><p class="note">${[t.notes, t.features.map((/** @type {string} */ x) => x.replaceAll('_', ' ')).join(', ')].filter(Boolean).join(' · ')}</p>`}
      <${Visits} id=${id} />
    </div><//>`;
}

/** The party at the table. @param {{ s: SeatingRow, t: any }} p */
function Seated({ s, t }) {
  const [mode, setMode] = useState('');
  const at = now.value;
  const sat = minutesFrom(Date.parse(s.seated_at), at);
  const ghost = s.id.startsWith('ghost:');
  const stage = STAGES.indexOf(s.stage);
  const next = STAGES[stage + 1];
  const write = may('seating.write') && !ghost;
  const set = (/** @type {string} */ to) => ask('set_stage', { seating_id: s.id, stage: to });
  const clear = () => { ask('clear_seating', { seating_id: s.id }); close(); };
  const other = s.table_ids.filter((x) => x !== t.id);
  return html`<div class="party"><span class="sz">${s.covers}<small>guests</small></span>
      <div><h2>${s.name}</h2><p class="meta">${s.occasion && s.occasion !== 'casual' ? `${s.occasion} · ` : ''}since ${hm(s.seated_at)} · table ${numbers(replica, s.table_ids)}</p></div></div>
    ${s.flags.length > 0 && html`<p class="flags">${s.flags.map((x) => { const g = flagOf(x); return html`<span class=${`chip ${g.alert ? 'al' : ''}`}><${Icon} n=${g.icon} />${g.word}</span>`; })}</p>`}
    ${s.notes && html`<p class="note">${s.notes}</p>`}
    <div class="turn"><div><b>${mins(sat)}</b> of ${mins(s.turn_min)}<span class="r">${s.turn_by ? html`<b class="late">turn by ${hm(s.turn_by)}</b>` : html`clear by <b>${hm(s.expected_clear)}</b>`}</span></div>
      <span class=${`wb ${sat > s.turn_min ? 'bad' : sat > s.turn_min * 0.8 ? 'warn' : ''}`}><i style=${`width:${Math.min(100, (sat / s.turn_min) * 100)}%`}></i></span></div>
    ${ghost && html`<p class="note"><${Icon} n="hourglass" />Waiting to be sent to the house. More can be done once it is there.</p>`}
    ${write && html`
      ${next ? html`<button class="btn pri wide" data-first data-testid="next" onClick=${() => set(next)}><${Icon} n=${STAGE_ICONS[next]} />${STAGE_NAMES[next]}</button>`
        : html`<button class="btn pri wide" data-first onClick=${clear}><${Icon} n="door-open" />Clear table</button>`}
      <div class="stages" role="group" aria-label="Stage">${STAGES.map((x, i) => html`<button key=${x} class=${`btn ${i < stage ? 'was' : ''}`} aria-pressed=${i === stage} onClick=${() => i !== stage && set(x)}><${Icon} n=${STAGE_ICONS[x]} />${STAGE_NAMES[x]}</button>`)}</div>
      <div class="grid3">
        <button class="btn" onClick=${() => { close(); takeSeating(s.id, 'move'); }}><${Icon} n="move" />Move</button>
        <button class="btn" onClick=${() => { close(); takeSeating(s.id, 'join'); }}><${Icon} n="link" />Join</button>
        <button class="btn" disabled=${!linked.value} onClick=${() => { close(); takeSeating(s.id, 'merge'); }}><${Icon} n="merge" />Merge</button>
        <button class="btn" disabled=${other.length === 0} title=${other.length ? '' : 'A party at one table cannot be split'} onClick=${() => setMode(mode === 'split' ? '' : 'split')}><${Icon} n="split" />Split</button>
        <button class="btn" onClick=${() => setMode(mode === 'edit' ? '' : 'edit')} aria-pressed=${mode === 'edit'}><${Icon} n="pencil" />Edit</button>
        <button class="btn" onClick=${clear}><${Icon} n="door-open" />Clear</button>
      </div>
      ${mode === 'edit' && html`<${Edit} s=${s} done=${() => setMode('')} />`}
      ${mode === 'split' && html`<${Split} s=${s} t=${t} done=${() => setMode('')} />`}`}`;
}

/** @param {{ s: SeatingRow, done: () => void }} p */
function Edit({ s, done }) {
  const [covers, setCovers] = useState(s.covers);
  const [turn, setTurn] = useState(s.turn_min);
  const [notes, setNotes] = useState(s.notes ?? '');
  const save = (/** @type {Event} */ e) => {
    e.preventDefault();
    /** @type {Record<string, any>} */ const args = { seating_id: s.id };
    if (covers !== s.covers) args.covers = covers;
    if (turn !== s.turn_min) args.turn_min = turn;
    if (notes !== (s.notes ?? '')) args.notes = notes;
    if (Object.keys(args).length > 1) ask('edit_seating', args);
    done();
  };
  return html`<form class="box" onSubmit=${save}>
    <${Step} label="Guests" value=${covers} set=${setCovers} by=${1} min=${1} max=${20} />
    <${Step} label="Turn, minutes" value=${turn} set=${setTurn} by=${15} min=${15} max=${480} />
    <label>Notes<textarea rows="2" maxlength="500" value=${notes} onInput=${(/** @type {any} */ e) => setNotes(e.target.value)}></textarea></label>
    <button class="btn pri wide">Save</button></form>`;
}

/** @param {{ s: SeatingRow, t: any, done: () => void }} p */
function Split({ s, t, done }) {
  const [covers, setCovers] = useState(Math.max(1, Math.floor(s.covers / 2)));
  return html`<div class="box"><p class="note">Who stays at ${t.number} as a party of their own?</p>
    <${Step} label=${`Guests at ${t.number}`} value=${covers} set=${setCovers} by=${1} min=${1} max=${Math.max(1, s.covers - 1)} />
    <button class="btn pri wide" onClick=${() => { ask('split_seating', { seating_id: s.id, table_ids: [t.id], covers }); done(); }}>Split ${covers} off at ${t.number}</button></div>`;
}

/** Nobody sits here. @param {{ t: any, f: import('./faces.js').Face }} p */
function Empty({ t, f }) {
  const [why, setWhy] = useState('');
  const status = (/** @type {string} */ to, /** @type {string} */ note = '') => ask('set_table_status', { table_id: t.id, status: to, ...(note ? { note } : {}) });
  const seat = (/** @type {number} */ n) => { close(); take(null); ask('seat_party', { table_ids: [t.id], covers: n }); };
  const most = Math.min(20, t.max_covers);
  if (f.look === 'dirty') return html`<button class="btn pri wide" data-first data-testid="bussed" onClick=${() => { status('available'); close(); }}><${Icon} n="check" />Bussed, ready</button>
    <button class="btn wide" onClick=${() => status('out_of_service')}><${Icon} n="ban" />Block</button>`;
  if (f.look === 'blocked') return html`<button class="btn pri wide" data-first onClick=${() => { status('available'); close(); }}><${Icon} n="check" />Back in service</button>
    <button class="btn wide" onClick=${() => status('cleaning')}><${Icon} n="spray-can" />To clear first</button>`;
  if (f.look !== 'available' && f.look !== 'reserved') return html`<button class="btn wide" onClick=${() => status('cleaning')}><${Icon} n="spray-can" />They left: to clear</button>`;
  return html`${may('seating.write') && html`<h3 id="wi">Seat a walk-in</h3><div class="pad" role="group" aria-labelledby="wi">${Array.from({ length: most }, (_, i) => i + 1).map((n) =>
      html`<button key=${n} class="btn" data-first=${n === Math.min(2, most) ? true : undefined} data-covers=${n} aria-label=${`Seat ${n} here`} onClick=${() => seat(n)}>${n}</button>`)}</div>`}
    ${may('floor.status') && html`<div class="row"><input class="in" aria-label="Why it is blocked" placeholder="Reason (optional)" maxlength="200" value=${why} onInput=${(/** @type {any} */ e) => setWhy(e.target.value)} />
      <button class="btn" onClick=${() => status('out_of_service', why)}><${Icon} n="ban" />Block</button></div>`}`;
}

/** Bookings still planned here. @param {{ id: string, skip: string }} p */
function Coming({ id, skip }) {
  const holds = (index(replica).holdsAt.get(id) ?? []).filter((h) => h.status === 'held' && h.owner_id !== skip && Date.parse(h.ends_at) > now.value);
  if (!holds.length) return null;
  return html`<h3>Booked next</h3><ul class="lines">${holds.slice(0, 4).map((h) => {
    const w = holder(replica, h);
    const b = replica.row('booking', h.owner_id);
    return html`<li key=${h.id}><b>${hm(h.starts_at)}</b><span>${w.name}${w.covers ? ` · ${w.covers}` : ''}</span>${b && may('seating.write') && b.status !== 'seated' && !faceSignal(id)?.peek().seating
      ? html`<button class="btn sm" onClick=${() => { close(); const all = [...replica.all('hold').values()].filter((x) => x.owner_id === b.id).map((x) => x.table_id); ask('seat_party', { booking_id: b.id, table_ids: all }); }}>Seat</button>` : html`<small>until ${hm(h.ends_at)}</small>`}</li>`;
  })}</ul>`;
}

/** @param {{ id: string }} p */
function Visits({ id }) {
  const [past, setPast] = useState(/** @type {PastVisit[] | null | undefined} */ (undefined));
  useEffect(() => {
    let on = true;
    call(`/api/sites/${site}/tables/${id}/visits`).then((v) => on && setPast(v), () => on && setPast(null));
    return () => { on = false; };
  }, [id]);
  return html`<h3>Last parties here</h3>${past === undefined ? html`<p class="note skel">…</p>`
    : past === null ? html`<p class="note">Not to be had without the link.</p>`
    : !past.length ? html`<p class="note">Nobody yet.</p>`
    : html`<ul class="lines">${past.slice(0, VISITS).map((v) => html`<li key=${v.seating_id}><b>${hm(v.seated_at)}</b><span>${v.name} · ${v.covers}</span><small>${mins(v.turn_min)}</small></li>`)}</ul>`}`;
}
