/**
 * Where this tablet stands: who is signed in, at which site, what is known of it and how it is reached. Every page
 * of the house opens through `open`; what it draws is its own affair. Static/README.md shows a page in full.
 */
import { render, html, signal, effect, untracked } from '../vendor/ui.js';
import { Replica } from '../replica/replica.js';
import { Pending } from '../replica/pending.js';
import { Link } from '../replica/link.js';
import { call, Declined, door } from '../replica/house.js';
import { startTicking, anchorAt } from '../replica/clock.js';
import { lastKnown, keptQueue, keepQueue, keepRoom, forgetAll } from '../replica/kept.js';
import { useZone } from './words.js';
import { Icon } from './icon.js';

/** @typedef {import('../wire.d.ts').Me} Me */
/** @typedef {import('../wire.d.ts').VenueRow} VenueRow */
/** @typedef {import('../replica/link.js').Watch} Watch */

export const replica = new Replica();
export const me = signal(/** @type {Me | null} */ (null));
/** The site's own row: name, zone, service date; null until it is known, or to a role that may not see the floor. */
export const venue = signal(/** @type {VenueRow | null} */ (null));
/** @type {Link} */ export let link;
/** @type {Pending} */ export let pending;
export let site = '';

/** May the person signed in here do this? The hub decides; the screen only leaves out what it would refuse.
 * @param {string} permission */
export const may = (permission) => {
  const mine = me.value?.sites.find((s) => s.site_id === site)?.permissions ?? [];
  return mine.includes(permission) || mine.includes('*');
};

/** Signs this session out and forgets what the tablet kept. */
export async function leave() {
  await call('/api/logout', { post: {} }).catch(() => null);
  await forgetAll();
  location.href = '/login';
}

/** @param {Me} who @param {Watch[]} watch */
function enter(who, watch) {
  me.value = who;
  const at = who.sites[0];
  site = at?.site_id ?? '';
  if (at) useZone(at.timezone);
  link = new Link(replica, { site, zone: at?.timezone ?? 'UTC', may, watch, socketPort: who.socket_port });
  pending = new Pending(replica, { site, live: link.live, rpc: link.rpc, keep: keepQueue });
  link.onLive = () => pending.drain();
}

/** The venue's row as a signal, its zone and colours applied. */
function followVenue() {
  effect(() => {
    replica.revision.value;
    untracked(() => {
      const row = /** @type {VenueRow | undefined} */ ([...replica.all('venue').values()][0]);
      if (!row || row === venue.peek()) return;
      useZone(row.timezone);
      document.documentElement.dataset.colours = row.theme;
      venue.value = row;
    });
  });
}

/** @param {{ title: string, text: string, away?: boolean }} p */
export const Stop = ({ title, text, away }) => html`<main class="stop"><${Icon} n=${away ? 'wifi-off' : 'lock'} /><h1>${title}</h1><p>${text}</p>
  ${away ? html`<button class="btn pri" onClick=${() => location.reload()}>Try again</button>` : html`<a class="btn pri" href="/login">Sign in</a>`}</main>`;

const RETRY_MS = 5000;

/**
 * Opens a page: who is here, what the tablet last knew, the link; then draws.
 * @param {{ needs: string, watch?: Watch[], name: string, draw: () => any, before?: () => void, after?: () => void }} page
 *   needs: the permission without which it makes no sense; watch: kinds of channel it lives on (only those its reader
 *   may read are asked for); name: as in "No floor for this sign-in"; before: once the rows known are in the replica;
 *   after: once it is drawn, for what loads later
 */
export async function open({ needs, watch = ['floor', 'waitlist', 'book'], name, draw, before, after }) {
  const root = /** @type {HTMLElement} */ (document.getElementById('app'));
  const [kept, queue] = await Promise.all([lastKnown(), keptQueue()]);
  let who;
  try {
    who = await call('/api/me');
  } catch (fault) {
    if (fault instanceof Declined && fault.status === 401) return door();
    who = kept?.me; // no network: the room as it was last seen
    if (!who) {
      render(html`<${Stop} title="The house does not answer" text="Check the tablet’s network, then try again." away=${true} />`, root);
      setTimeout(() => location.reload(), RETRY_MS);
      return;
    }
  }
  if (!who.sites.length) return render(html`<${Stop} title="No house" text="This sign-in has no house to work at." />`, root);
  enter(who, watch);
  if (!may(needs)) return render(html`<${Stop} title=${`No ${name} for this sign-in`} text="Your role does not work here. Sign in as somebody who does." />`, root);
  const same = kept && kept.me?.staff_id === who.staff_id && kept.me.sites[0]?.site_id === site;
  if (same) {
    for (const state of kept.states) if (link.wants(state.channel)) replica.load(state);
    const newest = kept.states.find((s) => s.channel.startsWith('floor:')) ?? kept.states[0];
    const clock = newest?.rows.find((r) => r.type === 'clock');
    if (newest) {
      link.since.value = Date.parse(newest.at);
      anchorAt(Date.parse(newest.at) + (Date.now() - kept.savedAt) * (clock?.rate ?? 1), clock?.rate ?? 1);
    }
    if (queue?.length) pending.restore(queue);
  }
  followVenue();
  replica.draw();
  before?.();
  startTicking();
  link.start();
  keepRoom(replica, who, { others: same ? kept.states.filter((s) => !link.wants(s.channel)) : [], worth: (channel) => link.current(channel) });
  render(draw(), root);
  after?.();
  keepShell();
}

/** The shell for a cold start without a network; only where the browser allows it. */
function keepShell() {
  if (window.isSecureContext && 'serviceWorker' in navigator) navigator.serviceWorker.register('/sw.js').catch(() => {});
}
