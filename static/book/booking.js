/** A booking's sheet: everything about it, what may be done with it now, what was said to the guest, what was changed. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm, dayOf, flagOf } from '../parts/words.js';
import { replica, site, venue, may } from '../parts/here.js';
import { ask, linked } from '../parts/asking.js';
import { Drawer, close } from '../parts/drawer.js';
import { call } from '../replica/house.js';
import { now } from '../replica/clock.js';
import { NEEDS_TABLE, STATUS, SOURCES, OCCASIONS, EXPECTED, flagsOf, tablesOf, numbersOf, lateBy } from './faces.js';
import { Status } from './list.js';
import { dateWords, dateOf, today } from './house.js';
import { changeBooking, dialog, found, openGuest, openBooking } from './hand.js';
import { act } from './doing.js';
import { Changes } from './changes.js';
import { Messages } from './messages.js';
import { GuestLink } from './done.js';

/** @typedef {import('../wire.d.ts').BookingRow} BookingRow */

const LATE_CALLS = [10, 15, 20, 30];
const CANCELLABLE = new Set(['inquiry', 'pending', 'confirmed', 'reminded', 'arrived']);
const CHANGEABLE = new Set(['inquiry', 'pending', 'confirmed', 'reminded', 'arrived']);

/** The row from the day's channel, else as the house has it; undefined = on its way, null = gone. @param {string} id */
function useBooking(id) {
  replica.revision.value;
  const live = /** @type {BookingRow | undefined} */ (replica.row('booking', id));
  const [read, setRead] = useState(/** @type {BookingRow | null | undefined} */ (found.peek()?.id === id ? found.peek() : undefined));
  useEffect(() => {
    if (live) return;
    let on = true;
    call(`/api/sites/${site}/bookings/${encodeURIComponent(id)}`).then((b) => on && setRead(b), (e) => on && setRead((was) => (e?.status === 404 ? null : was ?? null)));
    return () => { on = false; };
  }, [id, !!live]);
  return live ?? read;
}

/** @param {{ b: BookingRow, tables: string[] }} p */
function Actions({ b, tables }) {
  const [late, setLate] = useState(false);
  const isToday = (b.service_date ?? dateOf(b.starts_at)) === today();
  const by = lateBy(b, now.value, venue.value?.late_after_min ?? 15);
  const give = (/** @type {string} */ name, /** @type {Record<string, any>} */ args = {}) => ask(name, { booking_id: b.id, ...args });
  const host = may('host.write'), book = may('book.write');
  const noShow = () => (dialog.value = { kind: 'reason', title: `Nobody came for ${b.name}?`, yes: 'No-show', hint: 'Called twice, no answer …', least: 0,
    text: 'The table is given to the next in line. If they come within half an hour it can be taken back.',
    go: (reason) => ask('mark_no_show', { booking_id: b.id, ...(reason ? { reason } : {}) }, { silent: true }) });
  const seat = () => ask('seat_party', { table_ids: tables, booking_id: b.id });
  const arrivals = /** @type {const} */ ([['all', 'Here', 'user-check'], ['partial', 'Partly', 'users'], ['bar', 'At the bar', 'martini']]);
  const free = tables.length > 0 && tables.every((t) => replica.row('table', t)?.status === 'available');
  return html`<div class="acts2" data-testid="actions">
    ${book && (b.status === 'inquiry' || b.status === 'pending') && html`<button class="btn pri wide" onClick=${() => act('confirm_booking', { booking_id: b.id }, b.status === 'inquiry' ? `${b.name} is to be confirmed` : `${b.name} is confirmed`)}><${Icon} n="check" />${b.status === 'inquiry' ? 'Take up the inquiry' : 'Confirm'}</button>`}
    ${host && ((EXPECTED.has(b.status) && isToday) || b.status === 'arrived') && html`<div class="segs" role="group" aria-label="Arrival">${arrivals.map(([k, w, i]) => {
      const on = b.status === 'arrived' && (b.arrival ?? 'all') === k;
      return html`<button key=${k} class=${`btn ${on ? 'on' : ''}`} aria-pressed=${on} disabled=${on} onClick=${() => give('arrive_booking', { arrival: k })}><${Icon} n=${i} />${w}</button>`;
    })}</div>`}
    ${host && b.status === 'no_show' && html`<button class="btn wide" onClick=${() => give('arrive_booking', { arrival: 'all' })}><${Icon} n="user-check" />They came after all</button>`}
    ${may('seating.write') && isToday && (EXPECTED.has(b.status) || b.status === 'arrived') && html`<div class="row">${free && html`<button class="btn pri grow" onClick=${seat}><${Icon} n="armchair" />Seat at ${numbersOf(replica, tables)}</button>`}
      <a class="btn grow" href=${`/floor?booking=${encodeURIComponent(b.id)}`}><${Icon} n="layout-grid" />${free ? 'Elsewhere' : 'Seat on the floor'}</a></div>`}
    ${EXPECTED.has(b.status) && html`<div class=${late ? 'row' : 'trio'}>${late ? html`<span class="note">Expected in</span>${LATE_CALLS.map((m) => html`<button key=${m} class="btn sm grow" onClick=${() => { setLate(false); give('mark_late', { expected_in_min: m }); }}>${m}′</button>`)}<button class="btn sm sq" aria-label="Never mind" onClick=${() => setLate(false)}><${Icon} n="x" /></button>`
      : html`${host && isToday && html`<button class="btn sm" onClick=${() => setLate(true)}><${Icon} n="phone" />Late call</button>`}${host && by > 0 && html`<button class="btn sm" disabled=${!linked.value} onClick=${noShow}><${Icon} n="user-x" />No-show</button>`}
        ${book && html`<button class="btn sm" disabled=${!linked.value} onClick=${() => act('remind_booking', { booking_id: b.id }, `${b.name} is reminded`)}><${Icon} n="bell" />Remind</button>`}
        ${book && !b.reconfirmed_at && html`<button class="btn sm" onClick=${() => act('reconfirm_booking', { booking_id: b.id }, `${b.name} will come`)}><${Icon} n="check-check" />Reconfirm</button>`}`}</div>`}
    ${book && CHANGEABLE.has(b.status) && html`<div class="trio"><button class="btn sm" data-testid="change" onClick=${() => changeBooking(b.id)}><${Icon} n="pencil" />Change</button>
      ${EXPECTED.has(b.status) && html`<button class="btn sm" onClick=${() => changeBooking(b.id, 'time')}><${Icon} n="clock" />Move</button>`}
      ${CANCELLABLE.has(b.status) && html`<button class="btn sm" disabled=${!linked.value} onClick=${() => (dialog.value = { kind: 'cancel', id: b.id })}><${Icon} n="calendar-x" />Cancel</button>`}</div>`}
    ${book && b.unplaced && CHANGEABLE.has(b.status) && html`<button class="btn wide" onClick=${() => give('place_booking')}><${Icon} n="map-pin" />Find a table</button>`}
  </div>`;
}

/** A deleted, reasoned goodbye. @param {BookingRow} b */
const remove = (b) => (dialog.value = { kind: 'reason', title: `Delete ${b.name}’s booking?`, yes: 'Delete', hint: 'Made twice, for the wrong day …',
  text: 'For bookings made by mistake: it leaves the book and can be restored for 30 days. One that the guest gives up is cancelled instead.',
  go: async (reason) => {
    const answer = await ask('delete_booking', { booking_id: b.id, reason }, { silent: true });
    if (answer.status !== 'refused') close();
    return answer;
  } });

/** @param {{ w: string, children?: any }} p */
const Fact = ({ w, children }) => html`<div><dt>${w}</dt><dd>${children}</dd></div>`;

/** @param {{ id: string }} p */
export function BookingSheet({ id }) {
  const b = useBooking(id);
  const [showLink, setShowLink] = useState(false);
  if (b === undefined) return html`<${Drawer} title="Booking" test="booking"><div class="scroll"><p class="skel line"></p><p class="skel line"></p></div><//>`;
  if (b === null) return html`<${Drawer} title="Booking" test="booking"><div class="empty"><${Icon} n="calendar-x" /><b>Not in the book</b><span>It was deleted, or the house does not answer.</span></div><//>`;
  const ghost = b.id.startsWith('ghost:');
  const tables = tablesOf(replica).get(b.id) ?? [];
  const by = lateBy(b, now.value, venue.value?.late_after_min ?? 15);
  const look = STATUS[b.status];
  const flags = flagsOf(b).map(flagOf);
  const word = b.status === 'arrived' ? { all: 'Here', partial: 'Partly here', bar: 'At the bar' }[b.arrival ?? 'all'] : look.word;
  const other = (/** @type {string} */ to) => async () => {
    const row = replica.row('booking', to) ?? (await call(`/api/sites/${site}/bookings/${encodeURIComponent(to)}`).catch(() => null));
    if (row) openBooking(to, row);
  };
  const stamp = (/** @type {string | null | undefined} */ at) => (at ? `${dayOf(at)} ${hm(at)}` : '');
  return html`<${Drawer} title=${b.name} sub=${`${b.code} · ${dateWords(b.service_date ?? dateOf(b.starts_at))}`} test="booking"><div class="scroll">
    <div class="party"><span class="sz">${b.covers}<small>${b.covers === 1 ? 'guest' : 'guests'}</small></span><div><h2>${hm(b.starts_at)}–${hm(b.ends_at)}</h2><p class="meta">${b.duration_min} min${tables.length ? ` · table ${numbersOf(replica, tables)}` : NEEDS_TABLE.has(b.status) ? html` · <b class="bad">no table</b>` : ''}${b.area_id ? ` · ${replica.row('area', b.area_id)?.name ?? ''}` : ''}</p></div></div>
    <div class="row wrap"><${Status} icon=${look.icon} word=${word} tone=${look.tone} />${by > 0 && html`<span class="st bad"><${Icon} n="triangle-alert" />${by}′ late</span>`}${b.expected_at && EXPECTED.has(b.status) && html`<span class="st open"><${Icon} n="clock" />expects ${hm(b.expected_at)}</span>`}${b.reconfirmed_at && html`<span class="st here"><${Icon} n="check-check" />Reconfirmed</span>`}</div>
    ${flags.length > 0 && html`<div class="flags">${flags.map((f) => html`<span class=${`chip ${f.alert ? 'al' : ''}`} key=${f.word}><${Icon} n=${f.icon} />${f.word}</span>`)}</div>`}
    ${!ghost && html`<${Actions} b=${b} tables=${tables} />`}
    ${(b.requests || b.notes || b.access_notes) && html`<div class="notes">${b.requests && html`<p><span class="cap"><${Icon} n="message-square" />The guest asks</span>${b.requests}</p>`}${b.notes && html`<p class="staff"><span class="cap"><${Icon} n="lock" />Staff only</span>${b.notes}</p>`}${b.access_notes && html`<p class="staff"><span class="cap"><${Icon} n="door-open" />Access</span>${b.access_notes}</p>`}</div>`}
    <dl class="facts">
      ${b.guest_id ? html`<${Fact} w="Guest">${may('guests.read') ? html`<button class="lnk" data-testid="guest" onClick=${() => openGuest(/** @type {string} */ (b.guest_id))}>${b.guest_visits ? `${b.guest_visits} visit${b.guest_visits === 1 ? '' : 's'}` : 'First visit'}<${Icon} n="chevron-right" /></button>` : b.guest_visits ? `${b.guest_visits} visits` : 'First visit'}<//>` : ''}
      ${b.phone && html`<${Fact} w="Phone"><a href=${`tel:${b.phone.replace(/[^+\d]/g, '')}`}>${b.phone}</a><//>`}
      ${b.email && html`<${Fact} w="E-mail"><a href=${`mailto:${b.email}`}>${b.email}</a><//>`}
      ${b.occasion && html`<${Fact} w="Occasion"><span class="ic"><${Icon} n=${OCCASIONS[b.occasion]?.icon ?? 'party-popper'} />${OCCASIONS[b.occasion]?.word ?? b.occasion}</span><//>`}
      ${(b.preorders ?? []).length > 0 && html`<${Fact} w="Ordered ahead">${(b.preorders ?? []).map((p) => `${p.quantity ?? 1} × ${p.what}`).join(', ')}<//>`}
      ${(b.preferences ?? []).length > 0 && html`<${Fact} w="Table wishes">${(b.preferences ?? []).join(', ')}<//>`}
      ${(b.tags ?? []).length > 0 && html`<${Fact} w="Tags">${(b.tags ?? []).map((t) => html`<span class="chip" key=${t}>${t}</span>`)}<//>`}
      ${b.emergency_contact && html`<${Fact} w="Emergency">${b.emergency_contact}<//>`}
      <${Fact} w="Booked">${SOURCES[b.source] ?? b.source}${b.booked_at ? ` · ${stamp(b.booked_at)}` : ''}<//>
      ${b.arrived_at && html`<${Fact} w="Came">${stamp(b.arrived_at)}<//>`}${b.seated_at && html`<${Fact} w="Seated">${stamp(b.seated_at)}<//>`}${b.departed_at && html`<${Fact} w="Left">${stamp(b.departed_at)}<//>`}
      ${b.cancelled_at && html`<${Fact} w="Cancelled">${stamp(b.cancelled_at)}${b.cancel_reason ? ` · “${b.cancel_reason}”` : ''}<//>`}
      ${b.no_show_reason && html`<${Fact} w="No-show">“${b.no_show_reason}”<//>`}
      ${b.rescheduled_from && html`<${Fact} w="Moved from"><button class="lnk" onClick=${other(b.rescheduled_from)}>the earlier booking<${Icon} n="chevron-right" /></button><//>`}
      ${b.rescheduled_to && html`<${Fact} w="Moved to"><button class="lnk" onClick=${other(b.rescheduled_to)}>the new booking<${Icon} n="chevron-right" /></button><//>`}
    </dl>
    ${!ghost && html`<button class="lnk" aria-expanded=${showLink} onClick=${() => setShowLink(!showLink)}><${Icon} n="qr-code" />The guest’s own page</button>${showLink && html`<${GuestLink} path=${`/api/sites/${site}/bookings/${encodeURIComponent(b.id)}/link`} />`}
      ${may('messages.read') && html`<h3>Messages</h3><${Messages} about=${b.id} />`}
      <h3>What was changed</h3><${Changes} kind="booking" id=${b.id} version=${b.version} />
      ${may('book.delete') && html`<button class="lnk bad" data-testid="delete" disabled=${!linked.value} onClick=${() => remove(b)}><${Icon} n="trash-2" />Delete this booking …</button>`}`}
  </div><//>`;
}
