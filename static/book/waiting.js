/** Beside the list: who waits for a time of this day, what was offered to them and what they answered. */
import { html } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { flagOf } from '../parts/words.js';
import { may, replica } from '../parts/here.js';
import { ask, linked } from '../parts/asking.js';
import { say } from '../parts/toast.js';
import { confirm } from '../parts/dialog.js';
import { now } from '../replica/clock.js';
import { slots, day, today, dateWords } from './house.js';
import { dialog, newBooking, openGuest } from './hand.js';

/** @typedef {import('./faces.js').SlotCard} SlotCard */

const CONTACT = /** @type {Record<string, [string, string]>} */ ({ sms: ['smartphone', 'text'], email: ['mail', 'e-mail'], both: ['mail', 'text and e-mail'] });

/** What became of the message. @type {Record<string, [string, string]>} */
const TICK = { queued: ['hourglass', 'waiting to go'], sent: ['check', 'sent'], delivered: ['check-check', 'delivered'], failed: ['circle-x', 'not delivered'], blocked: ['circle-alert', 'held back'], suppressed: ['ban', 'not sent: no consent'] };

/** @param {{ c: SlotCard }} p */
function Slot({ c }) {
  const remove = async () => {
    if (await confirm({ title: `Take ${c.name} off the waiting list?`, text: `They wanted ${c.wanted} for ${c.covers}.`, yes: 'Take off', no: 'Keep', danger: true })) await ask('remove_party', { party_id: c.id });
  };
  const [icon, way] = CONTACT[c.contact] ?? ['smartphone', 'text'];
  const live = c.offerStatus === 'sent', taken = c.offerStatus === 'accepted';
  return html`<li class=${`p slot ${live ? 'sel' : ''} ${c.ghost ? 'ghost' : ''}`} data-slot=${c.id}>
    <div class="pick"><span class="sz">${c.covers}<small>${c.covers === 1 ? 'guest' : 'guests'}</small></span>
      <span class="who"><span class="nm"><span class="t-nm">${c.name}</span>${c.flags.split(' ').filter(Boolean).map((f) => flagOf(f)).map((f) => f.alert ? html`<span class="chip al"><${Icon} n=${f.icon} />${f.word}</span>` : html`<span class=${`mark ${f.icon}`} title=${f.word}><${Icon} n=${f.icon} /><span class="sr">${f.word}</span></span>`)}</span>
        <span class="meta">${c.windows ? `or ${c.windows}` : 'this time only'}</span></span>
      <span class="w"><b>${c.wanted}</b><span>${c.position ? `${c.position}. in line` : 'wanted'}</span></span></div>
    <p class="meta line"><${Icon} n=${icon} /><span class="grow">${c.phone || c.email ? `by ${way}` : 'no number or address'} · ${c.since < 1 ? 'just joined' : `waiting ${ago(c.since)}`}${c.skips ? ` · missed ${c.skips} offer${c.skips === 1 ? '' : 's'}` : ''}${c.notes ? ` · ${c.notes}` : ''}</span>${c.guest && may('guests.read') && html`<button class="lnk" onClick=${() => openGuest(c.guest)}>Guest<${Icon} n="chevron-right" /></button>`}</p>
    ${c.offer && html`<p class=${`offer ${c.offerStatus}`} role="status"><${Icon} n=${taken ? 'circle-check' : live ? 'bell-ring' : 'circle-x'} /><span><b>${c.offered}</b> ${c.offerAt}${c.offerTables ? ` at ${c.offerTables}` : ''}${live ? html` · ${c.told < 1 ? 'told just now' : `told ${ago(c.told)} ago`}` : ''}${c.tick && TICK[c.tick] ? html`<small class="tk"><${Icon} n=${TICK[c.tick]?.[0] ?? ''} />${TICK[c.tick]?.[1]}</small>` : ''}</span>${live && html`<span class="left">${c.left}′ left</span>`}</p>`}
    ${c.reply && html`<p class=${`offer ${c.replyBad ? 'declined' : 'accepted'}`}><${Icon} n=${c.replyIcon} /><span><b>${c.reply}</b></span>${may('host.write') && html`<button class="btn sm" onClick=${() => ask('dismiss_reply', { party_id: c.id }, { quiet: true })}>Seen</button>`}</p>`}
    ${may('host.write') && html`<div class="row acts">
      ${live ? html`<button class="btn pri sm grow" onClick=${() => ask('answer_offer', { offer_id: c.offer, answer: 'accept' })}>They take it</button>
          <button class="btn sm" onClick=${() => ask('answer_offer', { offer_id: c.offer, answer: 'decline' })}>Decline</button>
          <button class="btn sm sq" aria-label=${`Tell ${c.name} again`} title="Tell them again" disabled=${!linked.value} onClick=${() => again(c)}><${Icon} n="refresh-cw" /></button>
          <button class="btn sm sq" aria-label=${`Take the offer to ${c.name} back`} title="Take the offer back" disabled=${!linked.value} onClick=${() => ask('revoke_offer', { offer_id: c.offer })}><${Icon} n="undo-2" /></button>`
        : html`<button class="btn sm grow" disabled=${!linked.value} onClick=${() => ask('notify_party', { party_id: c.id })}><${Icon} n="bell" />Offer a table</button>
          ${may('book.write') && html`<button class="btn sm" onClick=${() => book(c)}><${Icon} n="calendar-plus" />Book</button>`}
          <button class="btn sm sq" aria-label=${`Take ${c.name} off the waiting list`} title="Take off the list" disabled=${!linked.value} onClick=${remove}><${Icon} n="x" /></button>`}
    </div>`}
  </li>`;
}

/** The same offer once more, as a message. @param {SlotCard} c */
async function again(c) {
  const answer = await ask('notify_party', { party_id: c.id }, { quiet: true });
  if (answer.status !== 'refused') say(`${c.name} is told again`);
}

/** 12′, 3 h, 2 days @param {number} m */
export const ago = (m) => (m < 90 ? `${m}′` : m < 48 * 60 ? `${Math.round(m / 60)} h` : `${Math.round(m / 1440)} days`);

/** A booking for somebody who waits: what they told is in the dialog already. @param {SlotCard} c */
function book(c) {
  const p = replica.row('party', c.id);
  if (p) newBooking({ name: p.name, covers: p.covers, at: p.wanted_at, phone: p.phone ?? '', email: p.email ?? '', guest_id: p.guest_id ?? '', flags: p.flags, notes: p.notes ?? '', accessible: p.accessible, occasion: p.occasion ?? '', waited: p.id });
}

export function Side() {
  const list = slots.value;
  now.value; // the minutes left of an offer run down
  return html`<aside class="panel" aria-label="Waiting for a time">
    <header class="ph"><h2>Waiting for a time <span class="n">${list.length}</span></h2><small>${day.value ? (day.value === today() ? 'today' : dateWords(day.value)) : ''}</small></header>
    ${!may('waitlist.read') ? html`<div class="empty"><${Icon} n="lock" /><b>Not for this sign-in</b><span>Your role does not see the waiting list.</span></div>`
      : list.length ? html`<ul class="list">${list.map((c) => html`<${Slot} key=${c.id} c=${c} />`)}</ul>`
      : html`<div class="empty"><${Icon} n="hourglass" /><b>Nobody waits for a time</b><span>When a time is full, guests can wait for it; a table that is given back is offered to them first.</span></div>`}
    <div class="foot">${may('book.write') && html`<button class="btn pri" data-testid="new" onClick=${() => newBooking({ date: day.peek() })}><${Icon} n="calendar-plus" />New booking</button>`}
      ${may('host.write') && html`<button class="btn" data-testid="wait" onClick=${() => (dialog.value = { kind: 'form', given: { date: day.peek() }, wait: true })}><${Icon} n="hourglass" />Waitlist</button>`}</div>
  </aside>`;
}
