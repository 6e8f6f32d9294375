/** Drawers every page has: who is connected, what waits for the link, and the sample evening's clock. Loaded late. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from './icon.js';
import { hm } from './words.js';
import { drawer, Drawer } from './drawer.js';
import { ask, linked } from './asking.js';
import { link, pending } from './here.js';
import { call } from '../replica/house.js';
import { now, rate } from '../replica/clock.js';

/** The drawer that is open, if it is one of these. */
export function SharedDrawers() {
  switch (drawer.value?.kind) {
    case 'devices': return html`<${Devices} />`;
    case 'queue': return html`<${Queue} />`;
    case 'sim': return html`<${Simulator} />`;
    default: return null;
  }
}

/** Reads a list and reads it again when `again` changes. undefined = not yet, null = not to be had. @param {string} path @param {any} again */
export function useList(path, again) {
  const [list, setList] = useState(/** @type {any[] | null | undefined} */ (undefined));
  useEffect(() => {
    if (!path) return setList([]);
    let on = true;
    const timer = setTimeout(() => call(path).then((l) => on && setList(l), () => on && setList((was) => was ?? null)), 120);
    return () => { on = false; clearTimeout(timer); };
  }, [path, again]);
  return list;
}

export const away = html`<div class="empty"><${Icon} n="wifi-off" /><b>Not to be had without the link</b></div>`;
export const loading = html`<div class="scroll"><p class="skel line"></p><p class="skel line"></p><p class="skel line"></p></div>`;

export function Devices() {
  useEffect(() => void link.who(), []);
  const all = link.devices.value;
  const word = link.word.value;
  return html`<${Drawer} title="Connected" sub=${`${all.length} screen${all.length === 1 ? '' : 's'} on this floor`} test="devices">
    ${!all.length ? html`<div class="empty"><${Icon} n="users" /><b>${word === 'live' ? 'Nobody is shown' : 'The link is down'}</b></div>`
      : html`<ul class="scroll lines">${all.map((d) => html`<li key=${d.client}><span class="av">${d.initials}</span><span>${d.name}<small>${d.role.replaceAll('_', ' ')}${d.client === link.self ? ' · this screen' : ''}</small></span></li>`)}</ul>`}<//>`;
}

export function Queue() {
  const wishes = pending.wishes.value.filter((w) => w.state === 'queued' || w.state === 'refused');
  return html`<${Drawer} title="Waiting changes" sub="Sent in this order once the link is back" test="queue">
    ${!wishes.length ? html`<div class="empty"><${Icon} n="check" /><b>Everything is sent</b></div>` : html`<ul class="scroll lines tall">${wishes.map((w) => html`<li key=${w.key} class=${w.state}>
      <b>${hm(w.at)}</b><span>${w.says}<small>${w.state === 'refused' ? w.refusal?.message : 'waiting for the link'}</small></span>
      <div class="row">${w.state === 'refused' && (w.refusal?.retry === 'anyway' || w.refusal?.retry === 'reread' || w.refusal?.retry === 'later') && html`<button class="btn sm pri" onClick=${async () => {
        const { name, args, refusal } = w;
        pending.drop(w);
        const { expect_version: _, ...rest } = args;
        await ask(name, refusal?.retry === 'anyway' ? { ...rest, anyway: true } : rest);
      }}>${w.refusal.retry === 'later' ? 'Try again' : 'Apply anyway'}</button>`}
      <button class="btn sm" onClick=${() => pending.drop(w)}>Discard</button></div></li>`)}</ul>`}<//>`;
}

const RATES = [1, 4, 15, 60];

export function Simulator() {
  const paused = rate.value === 0;
  const [last, setLast] = useState(rate.value || 1);
  const set = (/** @type {number} */ r) => { if (r) setLast(r); ask('set_clock', { rate: r }); };
  return html`<${Drawer} title="Sample evening" sub=${`House time ${hm(now.value)}`} test="simulator"><div class="scroll">
    <p class="note">This is a made-up house. Its evening can be paused or run faster; every screen follows.</p>
    <button class="btn pri wide" data-first disabled=${!linked.value} onClick=${() => set(paused ? last : 0)}><${Icon} n=${paused ? 'play' : 'pause'} />${paused ? 'Play' : 'Pause'}</button>
    <div class="rates" role="group" aria-label="Speed">${RATES.map((r) => html`<button key=${r} class="btn" disabled=${!linked.value} aria-pressed=${rate.value === r} onClick=${() => set(r)}>${r}×</button>`)}</div>
  </div><//>`;
}
