/** The guest card: who they are, what to mind, how often they came and when next; changed in place. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { dayOf, hm, flagOf } from '../parts/words.js';
import { replica, site, may, link } from '../parts/here.js';
import { ask, linked } from '../parts/asking.js';
import { showDone } from '../parts/toast.js';
import { Drawer, close } from '../parts/drawer.js';
import { call } from '../replica/house.js';
import { houseNow } from '../replica/clock.js';
import { STATUS, OCCASIONS } from './faces.js';
import { Status } from './list.js';
import { dialog, cardsMoved, newBooking, openBooking } from './hand.js';
import { Changes } from './changes.js';
import { Clash } from './clash.js';
import { Chips, FlagChips, Tags, likeChoices } from './extras.js';
import { inputOf } from './modal.js';

/** @typedef {import('../wire.d.ts').GuestRow} GuestRow */
/** @typedef {import('../wire.d.ts').GuestVisits} GuestVisits */
/** @typedef {import('../wire.d.ts').GuestVisit} GuestVisit */

const YEAR_MS = 300 * 86_400_000; // a day and month alone would be taken for this year's
const TIERS = ['bronze', 'silver', 'gold', 'platinum'];
const CONSENTS = /** @type {[string, string, string][]} */ ([['sms', 'Text', 'smartphone'], ['email', 'E-mail', 'mail'], ['whatsapp', 'WhatsApp', 'message-square']]);
const EDITABLE = ['name', 'phone', 'email', 'birthday', 'flags', 'preferences', 'preferred_times', 'favourite_table_id', 'tier', 'tags', 'notes', 'consents', 'preferred_contact'];

/** 11 Apr 2025 @param {string} at */
const year = (at) => new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: link.zone }).format(Date.parse(at));
/** 14 Mar @param {string} d MM-DD */
const monthDay = (d) => new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(Date.parse(`2024-${d}T12:00Z`));

/** @param {{ g: GuestRow, done: (g: GuestRow | null) => void }} p */
function Edit({ g, done }) {
  const [base, setBase] = useState(g);
  const [f, setF] = useState(/** @type {Record<string, any>} */ ({ ...g, phone: g.phone ?? '', email: g.email ?? '', notes: g.notes ?? '' }));
  const [wrong, setWrong] = useState({ field: '', message: '' });
  const [clash, setClash] = useState(/** @type {GuestRow | null} */ (null));
  const [busy, setBusy] = useState(false);
  const set = (/** @type {Record<string, any>} */ change) => { setF((was) => ({ ...was, ...change })); setWrong({ field: '', message: '' }); };
  const err = (/** @type {string} */ k) => wrong.field === k && html`<em role="alert" class="err">${wrong.message}</em>`;
  const save = async (/** @type {Event | null} */ e, force = false) => {
    e?.preventDefault();
    const is = /** @type {Record<string, any>} */ ({ ...f, name: f.name.trim(), phone: f.phone.trim() || null, email: f.email.trim() || null, notes: f.notes.trim() || null });
    if (!is.name) return setWrong({ field: 'name', message: 'What is their name?' });
    const change = Object.fromEntries(EDITABLE.filter((k) => JSON.stringify(is[k]) !== JSON.stringify(/** @type {any} */ (base)[k])).map((k) => [k, is[k]]));
    if (!Object.keys(change).length) return done(null);
    setBusy(true);
    const answer = await ask('edit_guest', { guest_id: g.id, ...change, ...(force ? {} : { expect_version: base.version }) }, { silent: true });
    setBusy(false);
    if (answer.status !== 'refused') { showDone(`${is.name}’s card changed`); return done(answer.result?.type === 'guest' ? answer.result : null); }
    if (answer.reason === 'stale' && answer.about) return setClash(answer.about);
    setWrong({ field: answer.field ?? 'form', message: answer.message });
  };
  const tables = [...replica.all('table').values()].filter((t) => t.active).sort((a, b) => a.number.localeCompare(b.number, 'en', { numeric: true }));
  return html`<form class="scroll" onSubmit=${save} novalidate data-testid="guest-edit">
    ${clash && html`<${Clash} was=${base} is=${clash} id=${g.id} kind="guest" anyway=${() => { setClash(null); void save(null, true); }} theirs=${() => { setBase(clash); setF({ ...clash, phone: clash.phone ?? '', email: clash.email ?? '', notes: clash.notes ?? '' }); setClash(null); }} />`}
    ${err('form')}
    <label>Name<input class="in" name="name" data-first maxlength="80" value=${f.name} onInput=${inputOf((name) => set({ name }))} />${err('name')}</label>
    <label>Phone<input class="in" name="phone" type="tel" maxlength="32" value=${f.phone} onInput=${inputOf((phone) => set({ phone }))} />${err('phone')}</label>
    <label>E-mail<input class="in" name="email" type="email" maxlength="254" value=${f.email} onInput=${inputOf((email) => set({ email }))} />${err('email')}</label>
    <fieldset><legend>Agreed to be told by</legend><${Chips} label="Consents" all=${CONSENTS} value=${f.consents} set=${(/** @type {string[]} */ consents) => set({ consents })} /></fieldset>
    <fieldset><legend>Good to know, on every booking</legend><${FlagChips} value=${f.flags} set=${(/** @type {string[]} */ flags) => set({ flags })} />${err('flags')}</fieldset>
    <fieldset><legend>Likes</legend><${Chips} label="Likes" all=${likeChoices(f.preferences)} value=${f.preferences} set=${(/** @type {string[]} */ preferences) => set({ preferences })} /></fieldset>
    <div class="two"><label>Tier<select class="in" value=${f.tier ?? ''} onChange=${inputOf((t) => set({ tier: t || null }))}><option value="">none</option>${TIERS.map((t) => html`<option value=${t}>${t}</option>`)}</select></label>
      <label>Favourite table<select class="in" value=${f.favourite_table_id ?? ''} onChange=${inputOf((t) => set({ favourite_table_id: t || null }))}><option value="">none</option>${tables.map((t) => html`<option value=${t.id}>${t.number}</option>`)}</select></label></div>
    <div class="two"><label>Birthday<input class="in" placeholder="MM-DD" maxlength="5" pattern="\\d\\d-\\d\\d" value=${f.birthday ?? ''} onInput=${inputOf((d) => set({ birthday: d || null }))} />${err('birthday')}</label>
      <label>Prefers<select class="in" value=${f.preferred_contact ?? ''} onChange=${inputOf((c) => set({ preferred_contact: c || null }))}><option value="">no matter</option><option value="sms">Text</option><option value="email">E-mail</option><option value="both">Both</option></select></label></div>
    <${Tags} label="Tags · never shown to guests" value=${f.tags} set=${(/** @type {string[]} */ tags) => set({ tags })} />
    <label class="staff"><span><${Icon} n="lock" />Staff notes · never shown to guests</span><textarea class="in" name="notes" rows="3" maxlength="500" value=${f.notes} onInput=${inputOf((notes) => set({ notes }))}></textarea>${err('notes')}</label>
    <div class="stick row"><button type="button" class="btn" onClick=${() => done(null)}>Leave it</button><button class="btn pri grow" data-testid="save" disabled=${busy || !linked.value}>${linked.value ? 'Save' : 'Waits for the link'}</button></div></form>`;
}

/** @param {{ v: GuestVisit }} p */
function Visit({ v }) {
  const look = STATUS[/** @type {'confirmed'} */ (v.status)];
  const line = html`<b>${Date.parse(v.at) < houseNow() - YEAR_MS ? year(v.at) : dayOf(v.at)}</b><span class="grow">${hm(v.at)} · ${v.covers} guest${v.covers === 1 ? '' : 's'}${v.tables.length ? ` · table ${v.tables.join('+')}` : ''}${v.occasion ? ` · ${OCCASIONS[v.occasion]?.word ?? v.occasion}` : ''}${v.notes ? html`<small>${v.notes}</small>` : ''}</span>${look && html`<${Status} icon=${look.icon} word=${look.word} tone=${look.tone} />`}`;
  const go = async () => {
    const row = await call(`/api/sites/${site}/bookings/${encodeURIComponent(/** @type {string} */ (v.booking_id))}`).catch(() => null);
    if (row) openBooking(row.id, row);
  };
  return html`<li>${v.booking_id ? html`<button onClick=${go}>${line}</button>` : html`<div>${line}</div>`}</li>`;
}

/** @param {{ id: string }} p */
export function GuestSheet({ id }) {
  const [g, setG] = useState(/** @type {GuestRow | null | undefined} */ (undefined));
  const [visits, setVisits] = useState(/** @type {GuestVisits | null | undefined} */ (undefined));
  const [editing, setEditing] = useState(false);
  const [round, setRound] = useState(0); // goes up when the card should be read again
  useEffect(() => {
    let on = true;
    const path = `/api/sites/${site}/guests/${encodeURIComponent(id)}`;
    call(path).then((row) => on && setG(row), () => on && setG((was) => was ?? null));
    call(`${path}/visits`).then((v) => on && setVisits(v), () => on && setVisits((was) => was ?? null));
    return () => { on = false; };
  }, [id, round, linked.value, dialog.value === null, cardsMoved.value]);
  if (g === undefined) return html`<${Drawer} title="Guest" test="guest"><div class="scroll"><p class="skel line"></p><p class="skel line"></p></div><//>`;
  if (g === null) return html`<${Drawer} title="Guest" test="guest"><div class="empty"><${Icon} n="user-x" /><b>This card is not to be had</b><span>It was deleted or merged, or the house does not answer.</span></div><//>`;
  const again = () => setRound((n) => n + 1);
  const ban = () => g.blacklisted
    ? ask('set_blacklist', { guest_id: id, blacklisted: false }, { quiet: true }).then(again)
    : (dialog.value = { kind: 'reason', title: `Blacklist ${g.name}?`, yes: 'Blacklist', hint: 'What happened', text: 'Nobody can book for them here any more, unless a host overrides it with a reason.',
      go: async (reason) => { const a = await ask('set_blacklist', { guest_id: id, blacklisted: true, reason }, { quiet: true, silent: true }); again(); return a; } });
  const remove = () => (dialog.value = { kind: 'reason', title: `Delete ${g.name}’s card?`, yes: 'Delete', hint: 'Asked to be forgotten, made twice …', text: 'Their bookings stay. The card can be restored for 30 days.',
    go: async (reason) => { const a = await ask('delete_guest', { guest_id: id, reason }, { quiet: true, silent: true }); if (a.status !== 'refused') close(); return a; } });
  const usual = g.visits ? Math.round((g.covers_total / g.visits) * 10) / 10 : 0;
  const sub = [g.tier && `${g.tier.replace(/^./, (c) => c.toUpperCase())} guest`, g.first_seen && `since ${year(g.first_seen)}`].filter(Boolean).join(' · ') || 'New guest';
  if (editing) return html`<${Drawer} title=${`Change ${g.name}`} test="guest"><${Edit} g=${g} done=${(/** @type {GuestRow | null} */ row) => { if (row) setG(row); setEditing(false); again(); }} /><//>`;
  const telling = g.consents.length ? g.consents.map((c) => CONSENTS.find(([k]) => k === c)?.[1] ?? c).join(', ') : 'no messages';
  return html`<${Drawer} title=${g.name} sub=${sub} test="guest"><div class="scroll">
    ${g.blacklisted && html`<div class="box danger"><p><${Icon} n="ban" /><b>Blacklisted.</b> ${g.blacklist_reason ?? ''}</p></div>`}
    <div class="figs"><div><b>${g.visits}</b><span>visits</span></div><div><b>${usual || '–'}</b><span>usual party</span></div><div class=${g.no_shows ? 'bad' : ''}><b>${g.no_shows}</b><span>no-shows</span></div><div><b>${g.cancellations}</b><span>cancelled</span></div></div>
    ${(g.flags.length > 0 || g.preferences.length > 0) && html`<div class="flags">${g.flags.map(flagOf).map((f) => html`<span class=${`chip ${f.alert ? 'al' : ''}`} key=${f.word}><${Icon} n=${f.icon} />${f.word}</span>`)}${g.preferences.map((p) => html`<span class="chip soft" key=${p}>likes ${p}</span>`)}</div>`}
    <div class="acts2"><div class="row">${may('book.write') && html`<button class="btn pri grow" disabled=${g.blacklisted && false} onClick=${() => newBooking({ guest_id: g.id, name: g.name, phone: g.phone ?? '', email: g.email ?? '', sms_opt_in: g.consents.includes('sms') })}><${Icon} n="calendar-plus" />Book</button>`}
      ${may('guests.write') && html`<button class="btn grow" data-testid="edit" onClick=${() => setEditing(true)}><${Icon} n="pencil" />Change</button>`}
      ${may('guests.merge') && html`<button class="btn grow" data-testid="merge" disabled=${!linked.value} onClick=${() => (dialog.value = { kind: 'merge', id })}><${Icon} n="merge" />Merge</button>`}</div></div>
    ${g.notes && html`<div class="notes"><p class="staff"><span class="cap"><${Icon} n="lock" />Staff only</span>${g.notes}</p></div>`}
    <dl class="facts">
      ${g.phone && html`<div><dt>Phone</dt><dd><a href=${`tel:${g.phone}`}>${g.phone}</a></dd></div>`}${g.email && html`<div><dt>E-mail</dt><dd><a href=${`mailto:${g.email}`}>${g.email}</a></dd></div>`}
      <div><dt>Agreed to</dt><dd>${telling}${g.preferred_contact ? ` · prefers ${{ sms: 'text', email: 'e-mail', both: 'both' }[g.preferred_contact]}` : ''}</dd></div>
      ${g.birthday && html`<div><dt>Birthday</dt><dd>${monthDay(g.birthday)}</dd></div>`}${g.anniversaries.length > 0 && html`<div><dt>Anniversary</dt><dd>${g.anniversaries.map(monthDay).join(', ')}</dd></div>`}
      ${(g.favourite_table_id || g.favourite_area_id) && html`<div><dt>Favourite</dt><dd>${[replica.row('table', g.favourite_table_id)?.number && `table ${replica.row('table', g.favourite_table_id)?.number}`, replica.row('area', g.favourite_area_id)?.name].filter(Boolean).join(', ')}</dd></div>`}
      ${g.preferred_times.length > 0 && html`<div><dt>Likes to come</dt><dd>${g.preferred_times.join(', ')}</dd></div>`}
      ${g.tags.length > 0 && html`<div><dt>Tags</dt><dd>${g.tags.map((t) => html`<span class="chip" key=${t}>${t}</span>`)}</dd></div>`}
      ${g.last_seen && html`<div><dt>Last seen</dt><dd>${year(g.last_seen)}</dd></div>`}</dl>
    ${visits === undefined ? html`<p class="skel line"></p>` : visits === null ? html`<p class="note">Visits are not to be had just now.</p>` : html`
      <h3>To come · ${visits.upcoming.length}</h3>${visits.upcoming.length ? html`<ul class="visits">${visits.upcoming.map((v) => html`<${Visit} key=${v.booking_id ?? v.at} v=${v} />`)}</ul>` : html`<p class="note">Nothing booked.</p>`}
      <h3>Before · ${visits.past.length}</h3>${visits.past.length ? html`<ul class="visits">${visits.past.map((v) => html`<${Visit} key=${v.booking_id ?? v.seating_id ?? v.at} v=${v} />`)}</ul>` : html`<p class="note">Never here before.</p>`}`}
    <h3>What was changed</h3><${Changes} kind="guest" id=${id} version=${g.version} />
    <div class="row wrap">${may('guests.blacklist') && html`<button class="lnk bad" data-testid="ban" disabled=${!linked.value} onClick=${ban}><${Icon} n="ban" />${g.blacklisted ? 'Take off the blacklist' : 'Blacklist …'}</button>`}
      ${may('guests.delete') && html`<button class="lnk bad" data-testid="delete" disabled=${!linked.value} onClick=${remove}><${Icon} n="trash-2" />Delete this card …</button>`}</div>
  </div><//>`;
}
