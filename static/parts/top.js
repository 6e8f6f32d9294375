/** The end of every top bar: how the link is, what time it is, light or dark; and the banner when the room may be old. */
import { html, signal } from '../vendor/ui.js';
import { Icon } from './icon.js';
import { hm } from './words.js';
import { drawer } from './opened.js';
import { venue, link, pending, may } from './here.js';
import { now, rate } from '../replica/clock.js';

export const theme = signal(document.documentElement.dataset.theme ?? 'dark');
export function switchTheme() {
  theme.value = theme.peek() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme.peek();
  try { localStorage.setItem('theme', theme.peek()); } catch { /* a private window: remembered until it closes */ }
}

export function LinkPill() {
  const word = link.word.value;
  const queued = pending.wishes.value.filter((w) => w.state === 'queued' || w.state === 'refused').length;
  const n = link.devices.value.length;
  const text = { live: 'Live', stale: 'Quiet', connecting: 'Connecting', offline: 'Offline' }[word];
  const rest = queued ? ` · ${queued} queued` : word === 'live' && n ? html`<span class="dev"> · ${n} device${n === 1 ? '' : 's'}</span>` : '';
  return html`<button class=${`live ${word}`} data-testid="link" onClick=${() => (drawer.value = { kind: queued ? 'queue' : 'devices' })}><i></i><span role="status">${text}${rest}</span></button>`;
}

export function Clock() {
  const paused = rate.value === 0;
  const time = html`<time class="clock" data-testid="clock">${hm(now.value)}</time>`;
  if (!venue.value?.demo || !may('clock.set')) return time;
  return html`<button class="sim" aria-label=${`House clock ${hm(now.value)}, ${paused ? 'paused' : `${rate.value} times`}. Open the simulator`} onClick=${() => (drawer.value = { kind: 'sim' })}>
    ${time}<span class=${`x ${paused ? 'off' : ''}`}>${paused ? html`<${Icon} n="pause" />` : `${rate.value}×`}</span></button>`;
}

export const ThemeButton = () => html`<button class="icon theme" aria-label=${`Switch to the ${theme.value === 'dark' ? 'light' : 'dark'} theme`} onClick=${switchTheme}><${Icon} n=${theme.value === 'dark' ? 'moon' : 'sun'} /></button>`;

export const TopEnd = () => html`<${LinkPill} /><${Clock} /><${ThemeButton} />`;

/** Says how old the room is whenever it is not live. */
export function Banner() {
  const word = link.word.value;
  const since = link.since.value;
  const queued = pending.wishes.value.filter((w) => w.state === 'queued').length;
  const refused = pending.wishes.value.filter((w) => w.state === 'refused').length;
  if (refused) return html`<div class="banner" role="alert"><${Icon} n="triangle-alert" /><span>${refused} queued ${refused === 1 ? 'change was' : 'changes were'} not granted.</span><button onClick=${() => (drawer.value = { kind: 'queue' })}>Decide</button></div>`;
  if (word === 'live' || (word === 'connecting' && !since)) return null;
  if (link.ended.value) return html`<div class="banner" role="alert"><${Icon} n="lock" /><span>${link.ended.value}</span><a href=${`/login?next=${encodeURIComponent(location.pathname + location.search)}`}>Sign in</a></div>`;
  const minutes = Math.floor((now.value - since) / 60_000);
  const age = minutes >= 1 ? ` (${minutes}′ old)` : '';
  const text = word === 'stale' ? `The house has been quiet since ${hm(since)}${age} · what you see may be old`
    : `${word === 'connecting' ? 'Reconnecting' : 'Offline'} since ${hm(since)} · showing the last known room${age}`;
  return html`<div class="banner" role="alert"><${Icon} n="wifi-off" /><span>${text}${queued ? ` · ${queued} change${queued === 1 ? '' : 's'} will be sent when we reconnect` : ''}</span></div>`;
}
