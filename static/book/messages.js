/** What the house said to the guest: by which way, whether it arrived, and once more if wanted. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { dayOf, hm, minutesFrom } from '../parts/words.js';
import { replica, site, may } from '../parts/here.js';
import { ask, linked } from '../parts/asking.js';
import { call } from '../replica/house.js';
import { now } from '../replica/clock.js';
import { ago } from './waiting.js';

/** @typedef {import('../wire.d.ts').MessageRow} MessageRow */

const TICKS = /** @type {Record<MessageRow['status'], [string, string, string]>} */ ({
  queued: ['hourglass', 'waiting to go', ''], sent: ['check', 'sent', ''], delivered: ['check-check', 'delivered', 'ok'],
  failed: ['circle-x', 'not delivered', 'bad'], blocked: ['circle-alert', 'held back: something is missing in it', 'bad'], suppressed: ['ban', 'not sent: no consent or address', ''],
});

/** @param {{ about: string }} p */
export function Messages({ about }) {
  replica.revision.value;
  const live = /** @type {MessageRow[]} */ ([...replica.all('message').values()]).filter((m) => m.about_id === about);
  const [read, setRead] = useState(/** @type {MessageRow[] | null | undefined} */ (undefined));
  const stamp = live.map((m) => m.version).join();
  useEffect(() => {
    let on = true;
    call(`/api/sites/${site}/messages?about=${encodeURIComponent(about)}`).then((l) => on && setRead(l), () => on && setRead((was) => was ?? null));
    return () => { on = false; };
  }, [about, stamp]);
  if (read === undefined) return html`<p class="skel line"></p>`;
  if (read === null && !live.length) return html`<p class="note"><${Icon} n="wifi-off" />Not to be had without the link.</p>`;
  const all = [...new Map([...(read ?? []), ...live].map((m) => [m.id, m])).values()].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  if (!all.length) return html`<p class="note">Nothing was sent about this booking.</p>`;
  return html`<ul class="msgs" data-testid="messages">${all.map((m) => {
    const [icon, word, tone] = TICKS[m.status];
    return html`<li key=${m.id}><div class="row"><${Icon} n=${m.channel === 'sms' ? 'smartphone' : 'mail'} /><b class="grow">${m.subject ?? m.template.replace(/_(sms|email)$/, '').replaceAll('_', ' ').replace(/^./, (c) => c.toUpperCase())}</b><time>${dayOf(m.created_at)} ${hm(m.created_at)}</time></div>
      <p>${m.body}</p><div class="row"><small class=${`tick ${tone}`}><${Icon} n=${icon} />${word}${m.sent_at ? ` · ${ago(minutesFrom(Date.parse(m.sent_at), now.value))} ago` : ''} · ${m.recipient}${m.problem ? ` · ${m.problem}` : ''}</small>
        ${may('messages.write') && html`<button class="btn sm" disabled=${!linked.value} onClick=${() => ask('resend_message', { message_id: m.id })}><${Icon} n="refresh-cw" />Again</button>`}</div></li>`;
  })}</ul>`;
}
