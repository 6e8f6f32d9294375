/** The top bar: which house, which room, three figures, how the link is, what time it is. */
import { html, signal } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { dayOf, hm } from '../parts/words.js';
import { now, rate } from '../replica/clock.js';
import { areas, tablesOf, faceSignal, facesMoved, venue, kpi, link, pending, may } from './house.js';
import { area, areaId, drawer, glow } from './hand.js';

export const theme = signal(document.documentElement.dataset.theme ?? 'dark');
export function switchTheme() {
  theme.value = theme.peek() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme.peek();
  try { localStorage.setItem('theme', theme.peek()); } catch { /* a private window: remembered until it closes */ }
}

/** @param {number} at */
function meal(at) {
  const h = Number(hm(at).slice(0, 2));
  return h >= 4 && h < 11 ? 'Breakfast' : h >= 11 && h < 16 ? 'Lunch' : 'Dinner';
}

function Areas() {
  facesMoved.value;
  const count = (/** @type {string} */ id) => {
    const list = tablesOf.value.get(id) ?? [];
    const busy = list.filter((t) => { const f = faceSignal(t.id)?.peek(); return f && f.look !== 'available' && f.look !== 'blocked' && f.look !== 'reserved' && f.look !== 'dirty'; }).length;
    return [busy, list.length];
  };
  return html`<div class="seg areas" role="group" aria-label="Areas">${areas.value.map((a) => {
    const [busy, all] = count(a.id);
    const fits = glow.value ? (tablesOf.value.get(a.id) ?? []).filter((t) => glow.value?.get(t.id)?.legal).length : -1;
    return html`<button key=${a.id} aria-pressed=${area.value?.id === a.id} onClick=${() => (areaId.value = a.id)} aria-label=${`${a.name}, ${busy} of ${all} tables taken${fits > 0 ? `, ${fits} would fit` : ''}`}>${a.name} <span class=${`n ${fits > 0 ? 'fits' : ''}`}>${fits >= 0 ? `${fits} fit` : `${busy}/${all}`}</span></button>`;
  })}</div>`;
}

function LinkPill() {
  const word = link.word.value;
  const queued = pending.wishes.value.filter((w) => w.state === 'queued' || w.state === 'refused').length;
  const n = link.devices.value.length;
  const text = { live: 'Live', stale: 'Quiet', connecting: 'Connecting', offline: 'Offline' }[word];
  const rest = queued ? ` · ${queued} queued` : word === 'live' && n ? html`<span class="dev"> · ${n} device${n === 1 ? '' : 's'}</span>` : '';
  return html`<button class=${`live ${word}`} data-testid="link" onClick=${() => (drawer.value = { kind: queued ? 'queue' : 'devices' })}><i></i><span role="status">${text}${rest}</span></button>`;
}

function Clock() {
  const paused = rate.value === 0;
  const time = html`<time class="clock" data-testid="clock">${hm(now.value)}</time>`;
  if (!venue.value?.demo || !may('clock.set')) return time;
  return html`<button class="sim" aria-label=${`House clock ${hm(now.value)}, ${paused ? 'paused' : `${rate.value} times`}. Open the simulator`} onClick=${() => (drawer.value = { kind: 'sim' })}>
    ${time}<span class=${`x ${paused ? 'off' : ''}`}>${paused ? html`<${Icon} n="pause" />` : `${rate.value}×`}</span></button>`;
}

export function Top() {
  const k = kpi.value;
  return html`<header class="top">
    <h1>${venue.value?.name ?? 'maitred'}<small>${venue.value ? `${dayOf(`${venue.value.service_date}T12:00:00Z`)} · ${meal(now.value)}` : ' '}</small></h1>
    <${Areas} />
    <div class="kpi"><div><b>${k.seated}</b><span>seated covers</span></div><div><b>${k.due}</b><span>due by ${k.by}</span></div><div title="Expected turn of the parties seated now"><b>${k.turn}</b><span>avg turn</span></div></div>
    <${LinkPill} /><${Clock} />
    <button class="icon" aria-label=${`Switch to the ${theme.value === 'dark' ? 'light' : 'dark'} theme`} onClick=${switchTheme}><${Icon} n=${theme.value === 'dark' ? 'moon' : 'sun'} /></button>
  </header>`;
}

/** Says how old the room is whenever it is not live. */
export function Banner() {
  const word = link.word.value;
  const since = link.since.value;
  const queued = pending.wishes.value.filter((w) => w.state === 'queued').length;
  const refused = pending.wishes.value.filter((w) => w.state === 'refused').length;
  if (refused) return html`<div class="banner" role="alert"><${Icon} n="triangle-alert" /><span>${refused} queued ${refused === 1 ? 'change was' : 'changes were'} not granted.</span><button onClick=${() => (drawer.value = { kind: 'queue' })}>Decide</button></div>`;
  if (word === 'live' || (word === 'connecting' && !since)) return null;
  if (link.ended.value) return html`<div class="banner" role="alert"><${Icon} n="lock" /><span>${link.ended.value}</span><a href="/login">Sign in</a></div>`;
  const minutes = Math.floor((now.value - since) / 60_000);
  const age = minutes >= 1 ? ` (${minutes}′ old)` : '';
  const text = word === 'stale' ? `The house has been quiet since ${hm(since)}${age} · what you see may be old`
    : `${word === 'connecting' ? 'Reconnecting' : 'Offline'} since ${hm(since)} · showing the last known room${age}`;
  return html`<div class="banner" role="alert"><${Icon} n="wifi-off" /><span>${text}${queued ? ` · ${queued} change${queued === 1 ? '' : 's'} will be sent when we reconnect` : ''}</span></div>`;
}
