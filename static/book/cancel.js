/** Cancelling, guided: what it would mean, another time first, then why (F-RES-06). */
import { html, useEffect, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm, dayOf } from '../parts/words.js';
import { replica, site } from '../parts/here.js';
import { ask, linked } from '../parts/asking.js';
import { call } from '../replica/house.js';
import { dialog, shut, found } from './hand.js';
import { dateWords } from './house.js';
import { Sheet, inputOf } from './modal.js';
import { Others } from './others.js';

/** @typedef {import('../wire.d.ts').CancelTerms} CancelTerms */

const WHY = ['Plans changed', 'Ill', 'Found another place', 'Made by mistake', 'Weather or travel'];
const money = (/** @type {number} */ cents) => (cents ? (cents / 100).toFixed(2) : 'nothing was paid');

/** @param {{ id: string }} p */
export function Cancel({ id }) {
  const b = useRef(replica.row('booking', id) ?? found.peek()).current;
  const [terms, setTerms] = useState(/** @type {CancelTerms | null | undefined} */ (undefined));
  const [reason, setReason] = useState('');
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => { call(`/api/sites/${site}/bookings/${encodeURIComponent(id)}/cancel-terms`).then(setTerms, () => setTerms(null)); }, [id]);
  if (!b) return html`<${Sheet} label="Cancel" onClose=${shut} cls="small"><div class="empty"><b>This booking is not to be had just now</b></div><//>`;
  const go = async (/** @type {Event} */ e) => {
    e.preventDefault();
    if (!reason.trim()) return setWrong('Ask why, it is kept with the booking.');
    setBusy(true);
    const answer = await ask('cancel_booking', { booking_id: id, reason: reason.trim() }, { silent: true });
    setBusy(false);
    if (answer.status === 'refused') setWrong(answer.message);
    else shut();
  };
  return html`<${Sheet} label=${`Cancel ${b.name}’s booking`} onClose=${shut} cls="small" test="cancel"><form class="body" onSubmit=${go} novalidate>
    <h2>Cancel ${b.name}’s booking?<small>${dateWords(b.service_date)} ${hm(b.starts_at)} · ${b.covers} · ${b.code}</small></h2>
    ${terms === undefined ? html`<p class="skel line"></p>` : terms === null ? html`<p class="note">The terms are not to be had just now.</p>`
      : html`<div class=${`box ${terms.late ? 'danger' : ''}`} data-testid="terms"><p><${Icon} n=${terms.late ? 'triangle-alert' : 'circle-check'} /><span>${terms.policy}</span></p>
          <p class="note">${terms.late ? `Free until ${dayOf(terms.free_until)} ${hm(terms.free_until)}: that is over.` : `Free until ${dayOf(terms.free_until)} ${hm(terms.free_until)}.`} Given back: ${money(terms.refund_cents)}.</p></div>
        ${terms.alternatives.length > 0 && html`<p class="note">Would another time suit them?</p>`}
        <${Others} list=${terms.alternatives} date=${b.service_date} pick=${(/** @type {any} */ a) => (dialog.value = { kind: 'form', id, step: 'time', given: a })} />`}
    <fieldset><legend>Why?</legend><div class="chips">${WHY.map((w) => html`<button type="button" key=${w} class="chipb" aria-pressed=${reason === w} onClick=${() => { setReason(w); setWrong(''); }}>${w}</button>`)}</div></fieldset>
    <label>In their words<textarea class="in" name="reason" rows="2" maxlength="500" aria-invalid=${!!wrong} value=${reason} onInput=${inputOf((t) => { setReason(t); setWrong(''); })}></textarea></label>
    ${wrong && html`<em role="alert" class="err">${wrong}</em>`}
    <div class="row end"><button type="button" class="btn" onClick=${() => (dialog.value = { kind: 'form', id, step: 'time' })}><${Icon} n="clock" />Another time</button>
      <button type="button" class="btn" data-focus onClick=${shut}>Keep it</button><button class="btn danger" data-testid="yes" disabled=${busy || !linked.value}>Cancel booking</button></div></form><//>`;
}
