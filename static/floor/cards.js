/** What can be done with the card in hand: a waiting party, or a booking that is due. */
import { html, useEffect, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { confirm } from '../parts/dialog.js';
import { say } from '../parts/toast.js';
import { may } from './house.js';
import { ForBooking } from '../plan/here.js';
import { held, drawer, takeParty, takeBooking, ask, linked } from './hand.js';
import { sourceOf } from './waits.js';

/** @typedef {ReturnType<typeof import('./faces.js').waitingCards>[number]} Wait */
/** @typedef {ReturnType<typeof import('./faces.js').arrivingCards>[number]} Arrive */

const REPLIES = /** @type {Record<string, [string, string]>} */ ({ on_my_way: ['footprints', 'On my way'], cancelled: ['circle-x', 'Cancelled'], declined: ['circle-x', 'Declined'] });

/** The guest's own word, until the host has seen it. @param {{ c: Wait }} p */
export function Reply({ c }) {
  const [icon, word] = REPLIES[c.reply] ?? ['message-square', c.reply];
  return html`<div class=${`reply ${c.reply}`}><${Icon} n=${icon} /><span>“${word}”<small>${c.replied ? `${c.replied}′ ago` : 'just now'}</small></span>
    ${may('host.write') && html`<button class="btn sm" aria-label=${`Seen: ${c.name}, ${word}`} onClick=${() => ask('dismiss_reply', { party_id: c.id })}>Seen</button>`}</div>`;
}

/** A card that opens at the edge of the list comes into sight. @param {any} again when what it shows grew */
function useInSight(again) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => ref.current?.closest('.p')?.scrollIntoView({ block: 'nearest' }), [again]);
  return ref;
}

/** How far the text or mail got, in a host's words. @type {Record<string, string>} */
const TICKS = { queued: 'Being sent', sent: 'Sent, not confirmed yet', delivered: 'Delivered', failed: 'Not delivered', blocked: 'Not sent', suppressed: 'Not sent: no number or address they agreed to' };

/** @param {{ c: Wait }} p */
export function WaitActs({ c }) {
  const [more, setMore] = useState(false);
  const write = may('host.write');
  const seat = () => { held.value = null; ask('seat_party', { party_id: c.id, table_ids: c.tables.split(' ') }); };
  const remove = async () => {
    if (await confirm({ title: `Take ${c.name} off the waitlist?`, yes: 'Take off', no: 'Keep', danger: true })) ask('remove_party', { party_id: c.id });
  };
  const notify = async () => {
    const answer = await ask('notify_party', { party_id: c.id });
    if (answer.status === 'done') say(c.offer ? `${c.name} is told once more` : `${c.name} is told; the table is kept`);
  };
  const revoke = async () => {
    if ((await ask('revoke_offer', { offer_id: c.offer })).status === 'done') say(`${c.name} waits on, the table is free`);
  };
  const ref = useInSight(`${more} ${c.offer}`);
  const pick = held.value?.does === 'offer';
  const off = !linked.value || !!c.ghost;
  return html`<div class="act" ref=${ref}>
    ${may('seating.write') && (c.tables ? html`<button class="btn pri" onClick=${seat}><${Icon} n="armchair" />Seat at ${c.at}</button>` : html`<span class="hint">No table fits just now</span>`)}
    ${write && html`<button class="btn" disabled=${off} onClick=${notify}><${Icon} n=${c.offer ? 'rotate-cw' : 'bell-ring'} />${c.offer ? 'Resend' : 'Notify'}</button>
      <button class="btn sq" aria-label=${`More for ${c.name}`} aria-expanded=${more} onClick=${() => setMore(!more)}><${Icon} n="ellipsis" /></button>`}
    ${c.between && !c.tables ? html`<span class="why" data-testid="wait">A table in ${c.between}′, ${sourceOf(c.source)}</span>` : ''}
    ${c.offer ? html`<span class=${`why ${c.tick === 'failed' || c.tick === 'blocked' ? 'warn' : ''}`} data-testid="told">${c.tick ? `${TICKS[c.tick]}${c.problem ? `: ${c.problem}` : ''}` : c.reachable ? 'The message is being written' : 'No phone or e-mail: call them'}</span>` : ''}
    ${(more || (c.offer && write)) && html`<div class="chips wide">
      ${c.offer ? html`<button class="chipb" disabled=${off} onClick=${revoke}><${Icon} n="undo-2" />Take offer back</button>
        ${!c.coming && html`<button class="chipb" disabled=${off} onClick=${() => ask('answer_offer', { offer_id: c.offer, answer: 'accept' })}><${Icon} n="footprints" />On the way</button>
        <button class="chipb" disabled=${off} onClick=${() => ask('answer_offer', { offer_id: c.offer, answer: 'decline' })}><${Icon} n="circle-x" />Declines</button>`}`
        : html`<button class="chipb" disabled=${off} aria-pressed=${pick} onClick=${() => takeParty(c.id, pick ? 'seat' : 'offer')}><${Icon} n="map-pin" />Offer another table</button>`}
      ${more && html`<button class="chipb" onClick=${() => (drawer.value = { kind: 'edit', id: c.id })}><${Icon} n="pencil" />Edit</button>
        <button class="chipb" onClick=${() => (drawer.value = { kind: 'link', id: c.id })}><${Icon} n="qr-code" />Their link</button>
        <button class="chipb" aria-label=${`Take ${c.name} off the waitlist`} disabled=${!linked.value} onClick=${remove}><${Icon} n="x" />Take off</button>`}
    </div>`}
  </div>`;
}

/** A booking nobody came for: the house proposes, the host decides. @param {{ c: Arrive }} p */
export function ArriveAsks({ c }) {
  if (!may('host.write')) return null;
  const noShow = async () => {
    if (await confirm({ title: `${c.name} did not come?`, text: 'The table is given back. You can undo this for five minutes.', yes: 'No-show', no: 'Not yet', danger: true })) ask('mark_no_show', { booking_id: c.id });
  };
  return html`${c.ask && html`<div class="act two"><span class="hint warn">${c.late}′ past ${c.time}, not here. No-show?</span>
      <button class="btn" disabled=${!linked.value} onClick=${noShow}>No-show</button><button class="btn" onClick=${() => ask('mark_late', { booking_id: c.id, expected_in_min: 15 })}>Wait 15′</button></div>`}
    ${c.gone && html`<div class="act one"><button class="btn" onClick=${() => ask('arrive_booking', { booking_id: c.id, arrival: 'all' })}><${Icon} n="user-check" />Came after all</button></div>`}`;
}

/** @param {{ c: Arrive }} p */
export function ArriveActs({ c }) {
  const arrive = (/** @type {string} */ arrival) => ask('arrive_booking', { booking_id: c.id, arrival });
  const cancel = async () => {
    if (await confirm({ title: `Cancel ${c.name}, ${c.time}?`, text: 'The guest’s table is given back to the house.', yes: 'Cancel booking', no: 'Keep it', danger: true })) ask('cancel_booking', { booking_id: c.id });
  };
  const plan = held.value?.does === 'plan';
  const ref = useInSight(true);
  return html`<div class="act" ref=${ref}>
    ${may('seating.write') && (c.at && !c.unplaced ? html`<button class="btn pri" onClick=${() => { held.value = null; ask('seat_party', { booking_id: c.id, table_ids: c.tables.split(' ') }); }}><${Icon} n="armchair" />Seat at ${c.at}</button>`
      : html`<button class="btn pri" onClick=${() => { held.value = null; ask('place_booking', { booking_id: c.id }); }}><${Icon} n="search" />Find table</button>`)}
    ${may('book.write') && html`<button class=${`btn ${plan ? 'on' : ''}`} aria-pressed=${plan} onClick=${() => takeBooking(c.id, plan ? 'seat' : 'plan')}><${Icon} n="map-pin" />Re-plan</button>
    <button class="btn sq" aria-label=${`Cancel ${c.name}’s booking`} disabled=${!linked.value} onClick=${cancel}><${Icon} n="x" /></button>`}
    ${may('host.write') && html`<div class="segs" role="group" aria-label="Arrival">
      ${[['all', 'Here', 'user-check'], ['partial', 'Partly', 'users'], ['bar', 'At bar', 'martini']].map(([k, w, i]) => html`<button class=${`btn ${c.here && c.arrival === k ? 'on' : ''}`} aria-pressed=${c.here && c.arrival === k} onClick=${() => arrive(/** @type {string} */ (k))}><${Icon} n=${/** @type {string} */ (i)} />${w}</button>`)}
      ${!c.here && html`<button class="btn" onClick=${() => ask('mark_late', { booking_id: c.id, expected_in_min: 15 })}><${Icon} n="clock" />+15′</button>`}</div>`}
    <div class="chips wide"><${ForBooking} id=${c.id} /><a class="chipb" href=${`/book?booking=${encodeURIComponent(c.id)}`}><${Icon} n="book-open" />Open in the book</a></div>
  </div>`;
}
