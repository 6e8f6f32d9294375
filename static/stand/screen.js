/**
 * The screen at the stand (F-DSH-05): who comes next, who is here, who waits, what is on offer and how full the room is,
 * to be read from three metres and never touched. Everything on it follows the replica and the house's clock; what does
 * not fit is counted, not scrolled.
 */
import { html, signal, useLayoutEffect, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { Marks } from '../parts/marks.js';
import { dayOf, hm } from '../parts/words.js';
import { open, replica, venue, link } from '../parts/here.js';
import { now } from '../replica/clock.js';
import { faces, figures, holdsByOwner } from './looks.js';
import { arriving, here, offers, waiting, wantSlots, share } from './lists.js';
import { FloorMap, rooms } from './map.js';

/** @typedef {import('./lists.js').Line} Line */

const kept = signal(''); // how the screen is kept awake, for the curious

/** Keeps the screen on where the browser allows it (secure pages only), again after each time it was hidden. */
function stayAwake() {
  const lock = () => {
    if (document.hidden || !('wakeLock' in navigator)) return;
    navigator.wakeLock.request('screen').then(
      (held) => { kept.value = 'on'; held.addEventListener('release', () => (kept.value = '')); },
      () => (kept.value = ''));
  };
  document.addEventListener('visibilitychange', lock);
  lock();
}

/** @param {{ l: Line }} p */
function Row({ l }) {
  return html`<li class=${`line ${l.tone}`} data-line=${l.id}>
    <b class="lead">${l.lead}</b>
    <span class="who"><span class="nm"><span class="n">${l.name}</span><span class="cv"><${Icon} n="users" />${l.covers}<span class="sr"> guests</span></span></span>
      ${(l.under || l.at || l.flags.length > 0) && html`<span class="un">${l.at && html`<b><${Icon} n="armchair" /><span class="sr">table </span>${l.at}</b>`}${l.under && html`<span class="say">${l.under}</span>`}<${Marks} flags=${l.flags} /></span>`}
      ${!!l.part && html`<span class="bar" aria-hidden="true"><i style=${`width:${Math.min(100, l.part * 80)}%`}></i><u></u></span>`}</span>
    <span class="fig">${l.icon && html`<${Icon} n=${l.icon} />`}<b>${l.figure}</b><small>${l.note}</small></span></li>`;
}

/** @param {{ id: string, title: string, lines: Line[], room: number, none: string, icon: string, more?: string }} p */
function Group({ id, title, lines, room, none, icon, more = '' }) {
  const hidden = lines.length - Math.min(lines.length, room);
  return html`<section class="group" data-group=${id} aria-label=${title}><h2>${title}<b>${lines.length}</b>
${more && html`<em>${more}</em>`}${hidden > 0 && html`<small>${hidden} more not shown</small>`}</h2>
    ${lines.length ? html`<ul>${lines.slice(0, room).map((l) => html`<${Row} key=${l.id} l=${l} />`)}</ul>` : html`<p class="none"><${Icon} n=${icon} />${none}</p>`}</section>`;
}

const SAYING_NONE = 0.7; // of a line's height: a group without lines says so in less

/** How many lines fit in an element, headings left out. @param {number} headings */
function useRoom(headings) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const [lines, setLines] = useState(0);
  useLayoutEffect(() => {
    const el = /** @type {HTMLElement} */ (ref.current);
    const measure = () => {
      const one = /** @type {HTMLElement} */ (document.getElementById('one')).offsetHeight || 1;
      const head = /** @type {HTMLElement} */ (document.getElementById('head')).offsetHeight;
      setLines(Math.max(headings, (el.clientHeight - headings * head) / one));
    };
    const watch = new ResizeObserver(measure);
    watch.observe(el);
    measure();
    return () => watch.disconnect();
  }, [headings]);
  return { ref, lines };
}

function Pill() {
  const word = link.word.value;
  const since = link.since.value;
  const old = since ? Math.floor((now.value - since) / 60_000) : 0;
  const text = { live: 'Live', stale: 'Quiet', connecting: 'Connecting', offline: 'Offline' }[word];
  return html`<span class=${`pill ${word}`} data-testid="link" title=${kept.value ? 'This screen is kept on' : ''}><i></i><span role="status">${text}${word !== 'live' && old ? ` · ${old}′ old` : ''}</span></span>`;
}

/** What everybody at the stand must know before they trust the rest. */
function Age() {
  const word = link.word.value;
  const since = link.since.value;
  if (link.ended.value) return html`<p class="age" role="alert"><${Icon} n="lock" />${link.ended.value}</p>`;
  if (word === 'live' || !since) return null;
  const text = word === 'stale' ? `The house has been quiet since ${hm(since)}; this may be old` : `No link since ${hm(since)}; this is the last known room`;
  return html`<p class="age" role="alert"><${Icon} n="wifi-off" />${text}</p>`;
}

const Stand = () => (venue.value ? html`<${Board} v=${venue.value} />` : html`<${Opening} />`);

/** @param {{ v: import('../wire.d.ts').VenueRow }} p */
function Board({ v }) {
  replica.revision.value;
  const at = now.value;
  const col = useRoom(1), mid = useRoom(3);
  const holds = holdsByOwner(replica), seen = faces(replica, at);
  const face = (/** @type {string} */ id) => seen.get(id);
  const come = arriving(replica, holds, at, v.late_after_min);
  const stand = here(replica, holds, face, at), asked = offers(replica, at), line = waiting(replica, at);
  const late = come.filter((l) => l.tone === 'late').length, slots = wantSlots(replica);
  const k = figures(replica, at);
  const empty = [stand, asked, line].filter((l) => !l.length).length; // a group without lines still says so, in one line
  const [a = 0, b = 0, c = 0] = share(Math.floor(mid.lines - empty * SAYING_NONE), [stand.length, asked.length, line.length]);
  const list = rooms(/** @type {any} */ (replica.all('area').values()), /** @type {any} */ (replica.all('table').values()), face);
  const free = [...seen.values()].filter((f) => f.look === 'available').length;
  return html`<div class="stand">
    <header class="top"><a class="logo" href="/floor" aria-label="To the floor">m</a>
      <h1>${v.name}<small>${dayOf(`${v.service_date}T12:00:00Z`)}</small></h1>
      <dl class="kpi"><div><dt>covers seated</dt><dd data-kpi="seated">${k.seated}</dd></div><div><dt>due by ${k.by}</dt><dd data-kpi="due">${k.due}</dd></div><div><dt>tables open</dt><dd data-kpi="open">${free}</dd></div></dl>
      <${Pill} /><time class="clock" data-testid="clock">${hm(at)}</time></header>
    <${Age} />
    <main class="cols">
      <div class="col" ref=${col.ref}><${Group} id="arriving" title="Arriving" lines=${come} room=${Math.floor(col.lines)} more=${late ? `${late} late` : ''} none="Nobody else is booked for tonight" icon="calendar-check" /></div>
      <div class="col" ref=${mid.ref}>
        <${Group} id="here" title="Here, no table yet" lines=${stand} room=${a} none="Everybody here sits" icon="circle-check" />
        <${Group} id="offers" title="Table offered" lines=${asked} room=${b} none="No offer is out" icon="bell" />
        <${Group} id="waiting" title="Waiting" lines=${line} room=${c} more=${slots ? `${slots} for a full time` : ''} none="Nobody waits" icon="hourglass" /></div>
      <div class="col"><${FloorMap} list=${list} faceOf=${face} /></div>
    </main></div>`;
}

function Opening() {
  const gone = link.ended.value;
  return html`<main class="opening" aria-busy=${!gone}><span class="logo" aria-hidden="true">m</span><h1>${gone || (link.word.value === 'offline' ? 'The house does not answer; trying again …' : 'Opening the stand …')}</h1>
    ${gone && html`<a class="btn pri" href="/login?next=/stand">Sign in</a>`}<${Pill} /></main>`;
}

/** One line and one heading, never seen: what the lists are measured by. */
const Measures = html`<div class="measures" aria-hidden="true"><div id="one" class="line"></div><h2 id="head">.</h2></div>`;

open({ needs: 'waitlist.read', name: 'stand', draw: () => html`${Measures}<${Stand} />`, after: stayAwake });
