/**
 * The dialog for a booking, new or changed: when and how many at the left, who and what at the right, checked with the
 * house as it is filled in. The time chosen is kept meanwhile. Nothing is lost by closing it or by a link that breaks.
 */
import { html, signal, useEffect, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm } from '../parts/words.js';
import { replica, site, pending, may, link } from '../parts/here.js';
import { linked, undo } from '../parts/asking.js';
import { showDone, warn, say } from '../parts/toast.js';
import { call } from '../replica/house.js';
import { houseNow } from '../replica/clock.js';
import { day, today, dateOf, dateWords, momentAt, readCard } from './house.js';
import { markMine } from './seen.js';
import { numbersOf } from './faces.js';
import { shut, found, changeBooking } from './hand.js';
import { give } from './doing.js';
import { Sheet } from './modal.js';
import { When } from './when.js';
import { Who } from './who.js';
import { Where } from './where.js';
import { Extras } from './extras.js';
import { Clash } from './clash.js';
import { Join } from './join.js';
import { Done } from './done.js';
import { useOpenings, slotAt } from './openings.js';
import { useKept, useKeeping } from './kept.js';
import { useWhy, areaOf } from './why.js';

/** @typedef {import('../wire.d.ts').BookingRow} BookingRow */
/** @typedef {import('../wire.d.ts').Checked} Checked */
/** @typedef {import('../wire.d.ts').Problem} Problem */
/** `second`: who sits at a second table, where the party is split.
 * @typedef {{ covers: number, second: { covers: number, table_ids: string[] | null } | null, date: string, time: string, duration_min: number | null, area_id: string | null, accessible: boolean,
 *   table_ids: string[] | null, guest_id: string | null, name: string, phone: string, email: string, occasion: string | null, flags: string[],
 *   preferences: string[], requests: string, notes: string, tags: string[], preorders: { what: string, quantity?: number }[],
 *   sms_opt_in: boolean, emergency_contact: string, access_notes: string, source: string, status: string, waited?: string }} Form */
/** @typedef {{ f: Form, set: (change: Partial<Form>) => void, err: (field: string) => any, hints: (...fields: string[]) => any, checked: Checked | null }} Part */

const CHECK_AFTER_MS = 250; // typing pauses; each check plans tables
const STEP_MS = 15 * 60_000;
const LEAST_REASON = 10;

/** What was being written when the dialog was closed by accident. */
const draft = signal(/** @type {Form | null} */ (null));

/** @returns {Form} */
function blank() {
  const date = day.peek() && day.peek() >= today() ? day.peek() : today();
  const soon = Math.ceil((houseNow() + 60_000) / STEP_MS) * STEP_MS;
  return { covers: 2, second: null, date, time: date === today() ? hm(Math.max(soon, 0)) : '19:00', duration_min: null, area_id: null, accessible: false, table_ids: null,
    guest_id: null, name: '', phone: '', email: '', occasion: null, flags: [], preferences: [], requests: '', notes: '', tags: [], preorders: [],
    sms_opt_in: false, emergency_contact: '', access_notes: '', source: 'phone', status: 'confirmed' };
}

/** @param {Record<string, any>} given @returns {Form} */
function begun(given) {
  const { at, ...rest } = given;
  const ms = at ? (/^\d\d:\d\d$/.test(at) ? NaN : Date.parse(at)) : NaN;
  const when = Number.isNaN(ms) ? (/^\d\d:\d\d$/.test(at ?? '') ? { time: at } : {}) : { date: dateOf(ms), time: hm(ms) };
  const f = { ...blank(), ...rest, ...when };
  if (given.date && given.date < today()) f.date = today();
  if (given.date && given.date > today() && !('time' in when)) f.time = '19:00';
  return f;
}

/** @param {BookingRow} b @returns {Form} */
export const formOf = (b) => ({
  covers: b.covers, second: null, date: b.service_date, time: hm(b.starts_at), duration_min: b.duration_min, area_id: b.area_id, accessible: b.accessible, table_ids: null,
  guest_id: b.guest_id ?? null, name: b.name, phone: b.phone ?? '', email: b.email ?? '', occasion: b.occasion, flags: b.flags, preferences: b.preferences ?? [],
  requests: b.requests ?? '', notes: b.notes ?? '', tags: b.tags ?? [], preorders: b.preorders ?? [], sms_opt_in: !!b.sms_opt_in,
  emergency_contact: b.emergency_contact ?? '', access_notes: b.access_notes ?? '', source: b.source, status: b.status,
});

const TEXTS = ['phone', 'email', 'requests', 'notes', 'emergency_contact', 'access_notes'];
const EDITABLE = /** @type {const} */ (['name', 'phone', 'email', 'guest_id', 'covers', 'duration_min', 'occasion', 'flags', 'notes', 'requests', 'tags', 'preferences',
  'preorders', 'access_notes', 'emergency_contact', 'sms_opt_in', 'area_id', 'accessible']);

/** The form's fields as the wire wants them: trimmed, empty texts none. @param {Form} f @returns {Record<string, any>} */
function wire(f) {
  /** @type {Record<string, any>} */
  const out = { ...f, name: f.name.trim() };
  delete out.second;
  for (const k of TEXTS) out[k] = String(out[k]).trim() || null;
  return out;
}
/** Leaves out what is empty. @param {Record<string, any>} o */
const lean = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== null && v !== false && v !== '' && v !== undefined && !(Array.isArray(v) && !v.length)));
/** @param {any} a @param {any} b */
const equal = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** @param {{ id?: string, given?: Record<string, any>, step?: 'time' | 'party', wait?: boolean }} p */
export function BookingForm({ id = '', given, step, wait = false }) {
  const old = /** @type {BookingRow | null} */ (useRef(id ? (replica.row('booking', id) ?? (found.peek()?.id === id ? found.peek() : null)) : null).current);
  const kept = !id && !given?.name && !given?.at && !wait && (draft.peek()?.name.trim() || draft.peek()?.phone.trim()) ? draft.peek() : null;
  const [f, setF] = useState(/** @type {Form} */ (old ? formOf(old) : kept ?? begun(given ?? {})));
  const [base, setBase] = useState(/** @type {{ form: Form, row: BookingRow } | null} */ (old ? { form: formOf(old), row: old } : null));
  const [checked, setChecked] = useState(/** @type {(Checked & { when?: string }) | null} */ (null)); // when: of what time and party it speaks
  const [looking, setLooking] = useState(/** @type {'idle' | 'asking' | 'away'} */ ('idle'));
  const [wrong, setWrong] = useState(/** @type {{ field: string, message: string, reason?: string }} */ ({ field: '', message: '' }));
  const [clash, setClash] = useState(/** @type {BookingRow | null} */ (null));
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const [armed, setArmed] = useState(false); // to be sent as soon as the link is back
  const [joining, setJoining] = useState(wait);
  const [done, setDone] = useState(/** @type {any} */ (null));
  const [fromKept, setFromKept] = useState(!!kept);
  const [seat, setSeat] = useState({ when: '', state: '', table_ids: /** @type {string[] | null} */ (null) }); // in the area looked through
  const [chosen, setChosen] = useState(!!(given?.at || given?.time)); // by a tap, and so worth keeping
  const online = linked.value;
  const at = momentAt(f.date, f.time);
  const ahead = at >= Math.floor(houseNow() / 60_000) * 60_000;

  const set = (/** @type {Partial<Form>} */ change) => {
    setF((was) => {
      const next = { ...was, ...change };
      if (!id && !wait) draft.value = next;
      return next;
    });
    const touched = Object.keys(change);
    if (touched.includes('time')) setChosen(true);
    if (touched.includes(wrong.field) || wrong.field === 'form' || wrong.reason === 'full') setWrong({ field: '', message: '' });
  };

  useEffect(() => void readCard(), []);
  useEffect(() => { // the day's bookings and holds: how full each quarter is, which tables are taken
    if (!f.date || f.date === today() || !/^\d{4}-\d\d-\d\d$/.test(f.date)) return;
    link.watchDay(f.date);
    return () => link.unwatchDay(f.date);
  }, [f.date]);

  // ---- which times are open, why the chosen one is not, and how it is kept
  const hold = useKept();
  const held = hold.word === 'kept' ? hold.id : '';
  const openings = useOpenings(f, { but: id || held, on: !done });
  const slot = slotAt(openings.day, at);
  const accessible = f.accessible || f.flags.includes('step_free');
  const when = JSON.stringify([at, f.covers, f.duration_min, f.area_id, accessible]);
  const sought = seat.when === when ? seat.state : '';
  const free = (slot ? slot.state === 'free' : true) && !(sought && sought !== 'free'); // a time between the slots is the check's to judge
  const full = wrong.reason === 'full' || (checked?.when === when && looking !== 'away' && checked.problems.some((p) => p.severity === 'error' && p.reason === 'full'));
  const open = !done && !joining && ahead && !f.table_ids;
  const other = (/** @type {(keyof Form)[]} */ ...keys) => (base ? keys.some((k) => f[k] !== base.form[k]) : chosen); // by the host's own hand
  const shutOut = open && other('covers', 'date', 'time', 'duration_min', 'area_id', 'accessible') && (!free || full);
  const within = open && other('date', 'time', 'area_id') && free && !!f.area_id && seat.when !== when; // to the house an area is a wish; who looked through it meant it
  const whyNot = useWhy(shutOut || within ? JSON.stringify(lean({ starts_at: new Date(at).toISOString(), covers: f.covers, duration_min: f.duration_min, area_id: f.area_id, accessible, but: id || held })) : '');
  const way = shutOut && !base ? whyNot.certificate : null;
  useEffect(() => {
    if (within && (whyNot.answer || whyNot.word === 'away')) setSeat({ when, state: whyNot.answer?.state ?? '', table_ids: whyNot.answer?.state === 'free' && whyNot.answer.table_ids.length ? whyNot.answer.table_ids : null });
  }, [within, whyNot.answer, whyNot.word]);
  useEffect(() => { if (seat.state && seat.state !== 'free') setSeat({ when: '', state: '', table_ids: null }); }, [openings.day]); // it may have come free
  const table_ids = f.table_ids ?? (seat.when === when ? seat.table_ids : null);
  useKeeping(hold, chosen && free && !base && !joining && !done && ahead && !within ? JSON.stringify(lean({ covers: f.covers,
    starts_at: new Date(at).toISOString(), duration_min: f.duration_min, area_id: f.area_id, accessible, table_ids })) : '', online);
  /** What would do instead, taken. @param {import('../wire.d.ts').WouldHelp} w */
  const instead = (w) => {
    const [covers = f.covers, rest] = w.covers;
    const each = rest && w.table_ids.length === 2 ? w.table_ids.map((t) => [t]) : []; // which tables belong together is not told
    set({ date: dateOf(w.starts_at), time: hm(w.starts_at), covers, second: rest ? { covers: rest, table_ids: each[1] ?? null } : null, table_ids: each[0] ?? null, ...(w.kind === 'area' ? { area_id: areaOf(w) } : {}) });
  };

  // ---- the live check
  const wish = Number.isNaN(at) || (base && !moves(f, base.form)) ? '' : JSON.stringify(lean({ covers: f.covers, starts_at: new Date(at).toISOString(), booking_id: id, guest_id: f.guest_id, name: f.name.trim(), checkout_id: held,
    phone: f.phone.trim(), email: f.email.trim(), duration_min: f.duration_min, area_id: f.area_id, accessible: f.accessible, flags: f.flags, preferences: f.preferences, table_ids }));
  useEffect(() => {
    if (!wish || !online || done) return void setLooking(online ? 'idle' : 'away');
    let on = true;
    setLooking('asking');
    if (hold.word === 'asking') return; // what is about to be kept would stand in its own way
    const timer = setTimeout(() => call(`/api/sites/${site}/check`, { post: JSON.parse(wish) }).then(
      (c) => on && (setChecked({ ...c, when }), setLooking('idle')), () => on && (setChecked(null), setLooking('away'))), CHECK_AFTER_MS);
    return () => { on = false; clearTimeout(timer); };
  }, [wish, online, done, hold.word === 'asking']);
  const current = wish && looking !== 'away' ? checked : null;
  const problems = current?.problems ?? [];
  const errors = problems.filter((p) => p.severity === 'error');
  const banned = errors.some((p) => p.reason === 'blacklisted') || wrong.reason === 'blacklisted';
  const placed = new Set(['starts_at', 'covers', 'name', 'phone', 'email', 'guest_id', 'table_ids', 'area_id', 'accessible', 'flags', 'preferences', 'duration_min']);

  const err = (/** @type {string} */ field) => {
    const p = errors.find((e) => e.field === field && e.reason !== 'blacklisted');
    if (shutOut && p && wrong.field !== field && (p.reason === 'full' || field === 'starts_at')) return null; // why stands at the times
    const text = wrong.field === field ? wrong.message : p?.message;
    return text ? html`<em role="alert" class="err" id=${`err-${field}`}><${Icon} n="circle-alert" />${text}</em>` : null;
  };
  const hints = (/** @type {string[]} */ ...fields) => problems.filter((p) => p.severity !== 'error' && fields.includes(p.field ?? '')).map((p) =>
    html`<p class=${`hint2 ${p.severity}`} key=${p.reason}><${Icon} n=${p.severity === 'warning' ? 'triangle-alert' : 'circle-help'} />${p.message}</p>`);
  const rest = problems.filter((p) => !placed.has(p.field ?? '') && p.reason !== 'blacklisted' && p.reason !== 'full');

  // ---- sending
  const refused = async (/** @type {any} */ answer) => {
    if (answer.reason === 'stale' && answer.about) return setClash(answer.about);
    setWrong({ field: placed.has(answer.field) ? answer.field : 'form', message: answer.message, reason: answer.reason });
    if (Array.isArray(answer.about) && answer.about[0]?.starts_at) setChecked({ valid: false, problems: problems.filter((p) => p.severity !== 'error'), table_ids: [], alternatives: answer.about });
  };
  const anyway = banned ? { anyway: true, reason: why.trim() } : {};

  async function takeNew() {
    const { date: _d, time: _t, waited, ...all } = wire(f);
    const mine = hold.word === 'kept' && !way ? { checkout_id: hold.id } : {};
    const by = way ? { certificate_id: way.id, table_ids: null } : { table_ids };
    const answer = await give('book', lean({ starts_at: new Date(at).toISOString(), ...all, ...anyway, ...mine, ...by }));
    if (answer.status === 'refused') {
      if (way) whyNot.again();
      openings.again();
      return refused(answer);
    }
    hold.taken();
    if (answer.queued || !answer.result) { draft.value = null; shut(); return; }
    const second = f.second ? await takeSecond(answer.result.code) : null;
    draft.value = null;
    markMine(answer.result.booking_id);
    if (waited) void pending.ask('remove_party', { party_id: waited, reason: 'Has a booking now' });
    setDone({ ...answer.result, f, at, seq: answer.seq, made: true, second, moved_others: way?.moves.length ?? 0 });
  }

  /** The other table of a party that is split, without the guest's number: it is no booking twice. @param {string} code */
  async function takeSecond(code) {
    const answer = await give('book', lean({ name: `${f.name.trim()} (2nd table)`, ...f.second, starts_at: new Date(at).toISOString(), duration_min: f.duration_min, area_id: f.area_id,
      accessible: f.accessible, flags: f.flags, occasion: f.occasion, source: f.source, status: f.status, notes: `With ${f.name.trim()}, ${code}` }));
    return answer.status === 'refused' ? { covers: f.second?.covers, says: answer.message } : { covers: f.second?.covers, seq: answer.seq, ...answer.result };
  }

  /** @param {boolean} [force] over what others changed meanwhile */
  async function saveChange(force = false) {
    if (!base) return;
    const was = wire(base.form), is = wire(f);
    const expect = force ? {} : { expect_version: base.row.version };
    const moved = at !== Math.floor(Date.parse(base.row.starts_at) / 60_000) * 60_000;
    let target = id;
    let last = null;
    if (moved) {
      const answer = await give('reschedule_booking', { booking_id: id, starts_at: new Date(at).toISOString(), ...expect,
        ...lean({ covers: is.covers !== was.covers ? is.covers : null, duration_min: is.duration_min !== was.duration_min ? is.duration_min : null, table_ids }) });
      if (answer.status === 'refused') return refused(answer);
      if (!answer.result) return shut();
      last = answer;
      target = answer.result.booking_id;
      markMine(target);
    }
    const change = Object.fromEntries(EDITABLE.filter((k) => !equal(is[k], was[k]) && !(moved && (k === 'covers' || k === 'duration_min'))).map((k) => [k, is[k]]));
    if (Object.keys(change).length) {
      const answer = await give('edit_booking', { booking_id: target, ...change, ...(moved ? {} : expect), ...anyway });
      if (answer.status === 'refused') {
        if (moved) warn(`Moved to ${f.time}, but: ${answer.message}`);
        return refused(answer);
      }
      last ??= answer;
    }
    if (table_ids && !moved) {
      const answer = await give('place_booking', { booking_id: target, table_ids, ...(last ? {} : expect) });
      if (answer.status === 'refused') return refused(answer);
      last ??= answer;
    }
    if (moved && last) return setDone({ ...last.result, f, at, seq: last.seq, moved: base.row });
    shut();
    if (last) { const seq = last.seq; showDone(`${f.name} changed`).done(() => undo(seq)); }
    else say('Nothing was changed');
  }

  const save = async (/** @type {Event | null} */ e) => {
    e?.preventDefault();
    if (busy || done) return;
    if (!f.name.trim()) return setWrong({ field: 'name', message: 'In whose name?' });
    if (Number.isNaN(at)) return setWrong({ field: 'starts_at', message: 'Which day, and at what time?' });
    if (banned && why.trim().length < LEAST_REASON) return setWrong({ field: 'reason', message: `Say why in ${LEAST_REASON} characters or more.`, reason: wrong.reason });
    if (!linked.peek()) return setArmed(true);
    setArmed(false);
    setBusy(true);
    try { await (base ? saveChange() : takeNew()); } finally { setBusy(false); }
  };
  useEffect(() => { if (online && armed) void save(null); }, [online, armed]);
  useEffect(() => { if (wrong.field) document.getElementById(`err-${wrong.field}`)?.scrollIntoView({ block: 'nearest' }); }, [wrong]);

  if (id && !base) return html`<${Sheet} label="Change booking" onClose=${shut}><div class="empty"><b>This booking is not to be had just now</b></div><//>`;
  if (done) return html`<${Done} done=${done} change=${async (/** @type {'time' | 'party'} */ what) => {
    // its publication may still be on its way, or its day no longer be watched once this dialog is gone
    const row = replica.row('booking', done.booking_id) ?? (await call(`/api/sites/${site}/bookings/${encodeURIComponent(done.booking_id)}`).catch(() => null));
    found.value = row ?? null;
    shut();
    setTimeout(() => row ? changeBooking(done.booking_id, what) : warn('The booking is not on this tablet yet.'), 0);
  }} />`;

  const title = base ? `Change ${base.row.name}’s booking` : joining ? 'Wait for a full time' : 'New booking';
  const waits = may('host.write') && !base && !joining ? () => setJoining(true) : null;
  const blocking = way ? errors.filter((p) => p.reason !== 'full') : errors;
  const part = { f, set, err, hints, checked: current };
  return html`<${Sheet} label=${title} onClose=${shut} cls="form" test="form">
    <form onSubmit=${save} novalidate>
      <header><h2>${title}${base && html`<small>${base.row.code} · ${dateWords(base.row.service_date)} ${hm(base.row.starts_at)}</small>`}</h2>
        ${fromKept && html`<button type="button" class="btn sm" onClick=${() => { draft.value = null; setF(begun({ date: day.peek() })); setFromKept(false); }}><${Icon} n="rotate-cw" />Start over</button>`}
        <button type="button" class="icon" aria-label="Close" onClick=${shut}><${Icon} n="x" /></button></header>
      <div class="cols">
        <div class="col when"><${When} ...${part} others=${!joining} fresh=${!base && !joining} first=${step} at=${at} change=${!!base} openings=${openings} kept=${hold} why=${shutOut && !joining ? whyNot : null} wait=${waits} take=${instead} /></div>
        <div class="col what">
          ${clash && base && html`<${Clash} was=${base.row} is=${clash} id=${id} anyway=${async () => { setClash(null); setBusy(true); await saveChange(true); setBusy(false); }}
            theirs=${() => { setBase({ form: formOf(clash), row: clash }); setF(formOf(clash)); setClash(null); }} />`}
          ${err('form')}
          ${rest.map((p) => html`<p class=${`hint2 ${p.severity}`} key=${p.reason}><${Icon} n=${p.severity === 'info' ? 'circle-help' : 'triangle-alert'} />${p.message}</p>`)}
          <${Who} ...${part} id=${id} />
          ${banned && html`<div class="box danger" data-testid="banned"><p><${Icon} n="ban" /><b>This guest may not book here.</b></p>
            <label>Book anyway, because<textarea class="in" rows="2" maxlength="500" value=${why} aria-invalid=${wrong.field === 'reason'} onInput=${(/** @type {any} */ e) => setWhy(e.target.value)}></textarea></label>${err('reason')}
            <p class="note">The reason is kept with the booking’s history.</p></div>`}
          ${joining ? html`<${Join} ...${part} at=${at} back=${wait ? null : () => setJoining(false)} />` : html`
            <${Where} ...${part} id=${id} at=${at} own=${id || hold.id} moving=${way?.table_ids ?? null} />
            <${Extras} ...${part} edit=${!!base} />`}
        </div>
      </div>
      ${!joining && html`<footer>
        <p class=${`state ${(blocking.length || wrong.message) && online && looking !== 'asking' ? 'bad' : ''}`} role="status">${!online ? html`<${Icon} n="wifi-off" />${armed ? 'Will be sent as soon as the link is back.' : 'No link: nothing is lost, sending waits.'}`
          : looking === 'asking' ? html`<${Icon} n="loader" class="spin" />Checking …`
          : wrong.message ? html`<${Icon} n="circle-alert" />${wrong.message}`
          : blocking.length ? html`<${Icon} n="circle-alert" />${blocking[0]?.message}`
          : way ? html`<${Icon} n="arrow-left-right" />Table ${numbersOf(replica, way.table_ids)} comes free when ${way.moves.length === 1 ? 'one booking moves' : `${way.moves.length} bookings move`}`
          : hold.word === 'kept' && current?.valid ? html`<${Icon} n="lock" />Table ${numbersOf(replica, hold.table_ids)} is kept for this booking and would be held`
          : current?.valid ? html`<${Icon} n="circle-check" />${current.table_ids.length ? `Table ${current.table_ids.map((t) => replica.row('table', t)?.number ?? '?').join('+')} would be held` : 'Would be taken without a table'}` : ''}</p>
        <button class="btn pri" data-testid="save" disabled=${busy}><${Icon} n=${armed ? 'hourglass' : base ? 'check' : 'calendar-plus'} />${armed ? 'Waiting for the link' : base ? (at !== Date.parse(base.row.starts_at) && !Number.isNaN(at) ? `Move to ${f.time}` : 'Save') : `Book ${f.name.trim() || 'table'} · ${f.covers}${f.second ? ` + ${f.second.covers}` : ''} · ${f.time}${way ? ` · ${way.moves.length} ${way.moves.length === 1 ? 'move' : 'moves'}` : ''}`}</button></footer>`}
    </form><//>`;
}

/** Would this change be checked against the floor? @param {Form} f @param {Form} was */
const moves = (f, was) => ['covers', 'date', 'time', 'duration_min', 'area_id', 'accessible', 'table_ids', 'phone', 'email', 'guest_id'].some((k) => !equal(/** @type {any} */ (f)[k], /** @type {any} */ (was)[k]));

