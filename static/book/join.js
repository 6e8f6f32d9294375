/** Waiting for a full time: how flexible they are and how they want to be told. */
import { html, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm } from '../parts/words.js';
import { replica } from '../parts/here.js';
import { linked } from '../parts/asking.js';
import { dateWords, turnTo } from './house.js';
import { shut, pane } from './hand.js';
import { give } from './doing.js';
import { FlagChips } from './extras.js';
import { inputOf } from './modal.js';

/** @typedef {import('./form.js').Part} Part */

const MIN = 60_000;
const WINDOWS = /** @type {[number, string][]} */ ([[0, 'Only then'], [30, '± 30′'], [60, '± 1 h'], [120, '± 2 h']]);

/** @param {Part & { at: number, back: (() => void) | null }} p */
export function Join({ f, set, at, back }) {
  const [flex, setFlex] = useState(60);
  const [contact, setContact] = useState(/** @type {'sms' | 'email' | 'both'} */ (f.phone || !f.email ? 'sms' : 'email'));
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  replica.revision.value;
  const join = async () => {
    if (!f.name.trim()) return setWrong('In whose name?');
    if (Number.isNaN(at)) return setWrong('For which day and time?');
    if ((contact !== 'email' && !f.phone.trim()) || (contact !== 'sms' && !f.email.trim())) return setWrong(contact === 'sms' ? 'Texting needs a phone number.' : contact === 'email' ? 'Writing needs an e-mail address.' : 'Both need a phone number and an e-mail address.');
    setBusy(true);
    const iso = (/** @type {number} */ ms) => new Date(ms).toISOString();
    const answer = await give('join_waitlist', { name: f.name.trim(), covers: f.covers, wanted_at: iso(at), contact, flexible: flex ? [{ earliest: iso(at - flex * MIN), latest: iso(at + flex * MIN) }] : [],
      accessible: f.accessible, flags: f.flags, ...(f.phone.trim() ? { phone: f.phone.trim() } : {}), ...(f.email.trim() ? { email: f.email.trim() } : {}), ...(f.guest_id ? { guest_id: f.guest_id } : {}),
      ...(f.area_id ? { area_id: f.area_id } : {}), ...(f.occasion ? { occasion: f.occasion } : {}), ...(f.notes.trim() ? { notes: f.notes.trim() } : {}), ...(f.duration_min ? { duration_min: f.duration_min } : {}) });
    setBusy(false);
    if (answer.status === 'refused') return setWrong(answer.message);
    turnTo(f.date);
    pane.value = 'waiting';
    shut();
  };
  return html`<div class="stack" data-testid="join">
    <p class="hint2 info"><${Icon} n="hourglass" />They are told as soon as a table is given back for ${Number.isNaN(at) ? 'that time' : `${dateWords(f.date)}, ${hm(at)}`}${flex ? ` (${hm(at - flex * MIN)}–${hm(at + flex * MIN)})` : ''}.</p>
    <fieldset><legend>Would also take</legend><div class="chips" role="group" aria-label="Would also take">${WINDOWS.map(([m, w]) => html`<button type="button" key=${m} class="chipb" aria-pressed=${flex === m} onClick=${() => setFlex(m)}>${w}</button>`)}</div></fieldset>
    <fieldset><legend>Tell them by</legend><div class="chips" role="group" aria-label="Tell them by">${/** @type {const} */ ([['sms', 'Text', 'smartphone'], ['email', 'E-mail', 'mail'], ['both', 'Both', 'message-square']]).map(([k, w, i]) => html`<button type="button" key=${k} class="chipb" aria-pressed=${contact === k} onClick=${() => { setContact(k); setWrong(''); }}><${Icon} n=${i} />${w}</button>`)}</div></fieldset>
    <fieldset><legend>Good to know</legend><${FlagChips} value=${f.flags} set=${(/** @type {string[]} */ flags) => set({ flags })} /></fieldset>
    <label class="staff"><span><${Icon} n="lock" />Staff notes · never shown to guests</span><textarea class="in" rows="2" maxlength="500" value=${f.notes} onInput=${inputOf((notes) => set({ notes }))}></textarea></label>
    ${wrong && html`<em role="alert" class="err"><${Icon} n="circle-alert" />${wrong}</em>`}
    <div class="row end last">${back && html`<button type="button" class="btn" onClick=${back}>Back</button>`}
      <button type="button" class="btn pri grow" data-testid="join-now" disabled=${busy || !linked.value} onClick=${join}><${Icon} n=${linked.value ? 'hourglass' : 'wifi-off'} />${linked.value ? `Wait for ${f.time} · ${f.covers}` : 'Waits for the link'}</button></div></div>`;
}
