/** After it is taken: code, tables, warnings, the guest's own link, and the three things that are asked next. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm } from '../parts/words.js';
import { replica, site } from '../parts/here.js';
import { undo } from '../parts/asking.js';
import { say } from '../parts/toast.js';
import { call } from '../replica/house.js';
import { dateWords, turnTo } from './house.js';
import { shut, dialog, openBooking } from './hand.js';
import { numbersOf } from './faces.js';
import { Sheet } from './modal.js';

/** The guest's own page as a link and a picture to scan. @param {{ path: string }} p */
export function GuestLink({ path }) {
  const [link, setLink] = useState(/** @type {{ url: string, qr_svg: string } | null | undefined} */ (undefined));
  useEffect(() => { call(path).then(setLink, () => setLink(null)); }, [path]);
  if (link === undefined) return html`<p class="skel line"></p>`;
  if (link === null) return html`<p class="note">The guest’s link is not to be had just now.</p>`;
  const url = new URL(link.url, location.origin).href; // a house without a public address tells the path only
  const copy = async () => { try { await navigator.clipboard.writeText(url); say('Link copied'); } catch { say('Select the link and copy it'); } };
  return html`<div class="glink" data-testid="guest-link"><img alt="QR code of the guest’s page" width="112" height="112" src=${`data:image/svg+xml;utf8,${encodeURIComponent(link.qr_svg)}`} />
    <div class="grow"><p class="cap">The guest’s own page</p><a href=${url} target="_blank" rel="noopener">${url.replace(/^https?:\/\//, '')}</a><button type="button" class="btn sm" onClick=${copy}><${Icon} n="copy" />Copy</button></div></div>`;
}

/** @param {{ done: any, change: (what: 'time' | 'party') => void }} p */
export function Done({ done, change }) {
  const { f, at } = done;
  const row = replica.revision.value >= 0 ? replica.row('booking', done.booking_id) : null;
  const tables = numbersOf(replica, done.table_ids ?? []);
  const close = () => { turnTo(f.date); shut(); };
  return html`<${Sheet} label="Booked" onClose=${close} cls="done" test="done"><div class="body">
    <div class="big"><span class="tickbig"><${Icon} n="check" /></span><h2>${done.moved ? 'Moved' : f.status === 'confirmed' ? 'Booked' : 'Taken'}<small>${f.name.trim()} · ${f.covers} guest${f.covers === 1 ? '' : 's'}</small></h2><span class="code" data-testid="code" aria-label=${`Code ${done.code.split('').join(' ')}`}>${done.code}</span></div>
    <dl class="facts"><div><dt>When</dt><dd>${dateWords(f.date, { weekday: 'long', day: 'numeric', month: 'long' })}, ${hm(at)}</dd></div>
      <div><dt>Table</dt><dd>${tables || html`<span class="bad"><${Icon} n="triangle-alert" />No table yet</span>`}</dd></div>
      ${done.moved && html`<div><dt>Was</dt><dd><s>${dateWords(done.moved.service_date)} ${hm(done.moved.starts_at)} · ${done.moved.code}</s></dd></div>`}
      ${row && row.status !== 'confirmed' && html`<div><dt>Status</dt><dd>${row.status.replace('_', ' ')}</dd></div>`}</dl>
    ${done.moved_others ? html`<p class="hint2 info"><${Icon} n="arrow-left-right" />${done.moved_others === 1 ? 'One other booking was' : `${done.moved_others} other bookings were`} moved for it.</p>` : ''}
    ${done.second && (done.second.code ? html`<p class="hint2 info" data-testid="second"><${Icon} n="split" />Second table for ${done.second.covers}: ${numbersOf(replica, done.second.table_ids) || 'no table yet'}, code ${done.second.code}.</p>`
      : html`<p class="hint2 warning" data-testid="second"><${Icon} n="triangle-alert" />The second table, for ${done.second.covers}, was not taken: ${done.second.says}</p>`)}
    ${(done.warnings ?? []).map((/** @type {string} */ w) => html`<p class="hint2 warning" key=${w}><${Icon} n="triangle-alert" />${w}</p>`)}
    <${GuestLink} path=${`/api/sites/${site}/bookings/${done.booking_id}/link`} />
    <div class="three"><button class="btn" onClick=${() => change('time')}><${Icon} n="clock" />Change time</button><button class="btn" onClick=${() => change('party')}><${Icon} n="users" />Change party</button>
      <button class="btn" onClick=${() => { turnTo(f.date); dialog.value = { kind: 'cancel', id: done.booking_id }; }}><${Icon} n="calendar-x" />Cancel it</button></div>
    <div class="row end"><button class="btn" onClick=${async () => { close(); if (done.second?.seq) await undo(done.second.seq); await undo(done.seq); }}><${Icon} n="undo-2" />Undo</button>
      <button class="btn" onClick=${() => { close(); openBooking(done.booking_id, row ?? undefined); }}>Open</button><button class="btn pri grow" autofocus data-testid="good" onClick=${close}>Good</button></div></div><//>`;
}
