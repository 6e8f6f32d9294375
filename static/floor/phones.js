/**
 * The phones of the sample house's made-up guests: every message of the evening as it reaches them, and the answers they
 * can give. What is answered here goes through the guests' own doors, as it would from their pockets.
 */
import { html, signal, useEffect, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { Drawer } from '../parts/drawer.js';
import { warn } from '../parts/toast.js';
import { hm } from '../parts/words.js';
import { call, Declined } from '../replica/house.js';
import { newKey } from '../replica/pending.js';
import { replica, link, venue } from './house.js';

/** @typedef {import('../wire.d.ts').MessageRow} MessageRow */
/** @typedef {import('../wire.d.ts').TicketView} TicketView */

const SHOWN = 80; // messages: an evening's last hour, and what a phone is scrolled through
const LOOK_MS = 150; // after something moved in the line: one look for all of it
const TICKS = /** @type {Record<string, [string, string]>} */ ({ queued: ['clock', 'Being sent'], sent: ['check', 'Sent'], delivered: ['check-check', 'Delivered'],
  failed: ['circle-alert', 'Not delivered'], blocked: ['ban', 'Not sent'], suppressed: ['ban', 'Not sent'] });

/** Whose phone is held: a number or address; '' = that of the newest message. */
const whose = signal('');

/** The guest's ticket in a message's link. @param {MessageRow} m */
const ticketOf = (m) => (m.link ? /\/g\/([^/?#]+)/.exec(m.link)?.[1] ?? '' : '');

/** What this guest can answer now. @param {TicketView} t @returns {[string, string, string][]} */
function answers({ place, booking }) {
  if (place && (place.status === 'active' || place.status === 'notified')) {
    const leave = /** @type {[string, string, string]} */ (['leave', 'Can’t come', 'circle-x']);
    if (place.offer === 'sent') return [place.kind === 'slot' ? ['accept', 'Accept', 'check'] : ['accept', 'On my way', 'footprints'], ['decline', 'No thanks', 'x'], leave];
    return place.kind === 'slot' || place.offer || place.reply === 'on_my_way' ? [leave] : [['on_my_way', 'On my way', 'footprints'], leave];
  }
  if (booking?.changeable && !booking.reconfirmed) return [['coming', 'We’re coming', 'check']];
  return [];
}

export function Phones() {
  replica.revision.value;
  const all = /** @type {MessageRow[]} */ ([...replica.all('message').values()]).sort((a, b) => (a.created_at < b.created_at ? 1 : -1)).slice(0, SHOWN);
  /** @type {Map<string, MessageRow>} */ const people = new Map();
  for (const m of all) if (!people.has(m.recipient)) people.set(m.recipient, m);
  const mine = people.has(whose.value) ? whose.value : all[0]?.recipient ?? '';
  const thread = all.filter((m) => m.recipient === mine);
  const ticket = thread.map(ticketOf).find((t) => t) ?? '';
  return html`<${Drawer} title="Guests’ phones" sub="Made-up guests of the sample house" test="phones"><div class="scroll">
    ${!all.length ? html`<div class="empty"><${Icon} n="smartphone" /><b>No messages yet</b><span>Notify a waiting party, and its phone rings here.</span></div>` : html`
    <div class="people" role="group" aria-label="Guests">${[...people].map(([to, m]) => html`<button key=${to} class="chipb" aria-pressed=${to === mine} onClick=${() => (whose.value = to)}><${Icon} n=${m.channel === 'email' ? 'mail' : 'smartphone'} />${m.guest_name || to}</button>`)}</div>
    <div class="phone"><div class="bar"><b>${venue.value?.name}</b><span>to ${mine}</span></div>
      ${ticket && html`<${Answers} ticket=${ticket} key=${ticket} seq=${Math.max(0, ...[...replica.channels.values()].map((c) => c.seq))} />`}
      <ul aria-label="Messages, newest first">${thread.map((m) => html`<li key=${m.id} class=${`bubble ${m.channel} ${m.status}`} data-message=${m.id}>
        ${m.subject && html`<b>${m.subject}</b>`}<p>${m.body}</p>
        <small>${hm(m.created_at)}${m.has_calendar ? html` · <${Icon} n="calendar-check" />invitation` : ''} · <${Icon} n=${TICKS[m.status]?.[0] ?? 'clock'} />${TICKS[m.status]?.[1]}${m.problem ? `: ${m.problem}` : ''}</small></li>`)}</ul>
    </div>`}</div><//>`;
}

/** The guest's page, and the answers it offers just now. @param {{ ticket: string, seq: number }} p */
function Answers({ ticket, seq }) {
  const [now, setNow] = useState(/** @type {TicketView | null} */ (null));
  const [again, setAgain] = useState(0);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    let on = true;
    const timer = setTimeout(() => call(`/g/${ticket}/now`).then((t) => on && setNow(t), () => on && setNow(null)), LOOK_MS);
    return () => { on = false; clearTimeout(timer); };
  }, [seq, again]);
  const say = async (/** @type {string} */ answer) => {
    setBusy(true);
    try {
      await call(`/g/${ticket}/answer`, { form: { answer, key: newKey() } });
    } catch (fault) {
      warn(fault instanceof Declined ? fault.message : 'The house does not answer.');
    }
    setBusy(false);
    setAgain(again + 1);
  };
  return html`<div class="row answers">${now && answers(now).map(([k, w, i]) => html`<button key=${k} class=${`btn sm ${k === 'on_my_way' || k === 'accept' ? 'pri' : ''}`} data-answer=${k} disabled=${busy || link.word.value === 'offline'} onClick=${() => say(k)}><${Icon} n=${i} />${w}</button>`)}
    <a class="btn sm" href=${`/g/${ticket}`} target="_blank" rel="noopener"><${Icon} n="external-link" />Their page</a></div>`;
}
