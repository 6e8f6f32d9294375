/** The quieter drawers: what was done, whose tables, who is connected, what waits, and the sample evening's clock. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm } from '../parts/words.js';
import { call } from '../replica/house.js';
import { now, rate } from '../replica/clock.js';
import { replica, link, pending, site, me, may, facesMoved } from './house.js';
import { ask, undo, assigning, onlySection, linked, take } from './hand.js';
import { Drawer } from './drawer.js';

/** Reads a list and reads it again when `again` changes. @param {string} path @param {any} again */
function useList(path, again) {
  const [list, setList] = useState(/** @type {any[] | null | undefined} */ (undefined));
  useEffect(() => {
    if (!path) return setList([]);
    let on = true;
    const timer = setTimeout(() => call(path).then((l) => on && setList(l), () => on && setList((was) => was ?? null)), 120);
    return () => { on = false; clearTimeout(timer); };
  }, [path, again]);
  return list;
}

const away = html`<div class="empty"><${Icon} n="wifi-off" /><b>Not to be had without the link</b></div>`;
const loading = html`<div class="scroll"><p class="skel line"></p><p class="skel line"></p><p class="skel line"></p></div>`;

export function History() {
  const seq = Math.max(0, ...[...replica.channels.values()].map((c) => c.seq));
  replica.revision.value;
  const list = useList(`/api/sites/${site}/recent`, seq);
  return html`<${Drawer} title="What was done" sub="The last five minutes can be taken back" test="history">
    ${list === undefined ? loading : list === null ? away : !list.length ? html`<div class="empty"><${Icon} n="history" /><b>Nothing yet</b></div>`
      : html`<ul class="scroll lines tall">${list.map((r) => {
        const can = !r.undone && r.undoable_until && Date.parse(r.undoable_until) > now.value && may('undo');
        return html`<li key=${r.seq} class=${r.undone ? 'undone' : ''}><b>${hm(r.at)}</b><span>${r.what}<small>${r.by}${r.undone ? ' · taken back' : ''}</small></span>
          ${can && html`<button class="btn sm" disabled=${!linked.value} aria-label=${`Undo: ${r.what}`} onClick=${() => undo(r.seq)}><${Icon} n="undo-2" />Undo</button>`}</li>`;
      })}</ul>`}<//>`;
}

export function Sections() {
  replica.revision.value;
  facesMoved.value;
  const staff = useList(may('staff.read') ? `/api/sites/${site}/staff` : '', 0);
  const [pick, setPick] = useState('');
  useEffect(() => () => { assigning.value = ''; }, []);
  const sections = /** @type {import('../wire.d.ts').SectionRow[]} */ ([...replica.all('section').values()]).sort((a, b) => (a.name < b.name ? -1 : 1));
  const tables = [...replica.all('table').values()].filter((t) => t.active);
  const seatings = [...replica.all('seating').values()];
  const load = (/** @type {string} */ id) => {
    const ids = new Set(tables.filter((t) => t.section_id === id).map((t) => t.id));
    const here = seatings.filter((s) => s.table_ids.some((/** @type {string} */ t) => ids.has(t)));
    return { tables: ids.size, parties: here.length, covers: here.reduce((n, s) => n + s.covers, 0), last: Math.max(0, ...here.map((s) => Date.parse(s.seated_at))) };
  };
  const loads = new Map(sections.map((s) => [s.id, load(s.id)]));
  const upNext = sections.filter((s) => s.server_id).sort((a, b) => (loads.get(a.id)?.covers ?? 0) - (loads.get(b.id)?.covers ?? 0) || (loads.get(a.id)?.last ?? 0) - (loads.get(b.id)?.last ?? 0))[0];
  const free = (staff ?? []).filter((p) => p.active && !sections.some((s) => s.server_id === p.id));
  const can = may('floor.sections');
  const start = (/** @type {string} */ id) => { take(null); onlySection.value = ''; assigning.value = assigning.value === id ? '' : id; };
  const none = tables.filter((t) => !t.section_id).length;
  return html`<${Drawer} title="Sections" sub=${can ? 'Pick a server, then tap their tables' : 'Who serves where'} test="sections"><div class="scroll">
    <ul class="secs">${sections.map((s) => {
      const l = loads.get(s.id);
      return html`<li key=${s.id} class=${`sec s${s.colour % 6} ${assigning.value === s.id ? 'sel' : ''}`}>
        <button class="pick" disabled=${!can} aria-pressed=${assigning.value === s.id} onClick=${() => start(s.id)}>
          <span class="av">${s.initials || '–'}</span><span class="who"><span class="nm">${s.server_name ?? 'No server'}${upNext?.id === s.id ? html`<span class="chip">next up</span>` : ''}</span><span class="meta">${s.name} · ${l?.tables} tables</span></span>
          <span class="w"><b>${l?.covers}</b><span>covers · ${l?.parties}</span></span></button>
        <div class="row">
          <button class="btn sm" aria-pressed=${onlySection.value === s.id} onClick=${() => (onlySection.value = onlySection.value === s.id ? '' : s.id)}>${s.server_id === me.value?.staff_id ? 'Only mine' : 'Show only'}</button>
          ${can && html`<button class="btn sm" aria-expanded=${pick === s.id} onClick=${() => setPick(pick === s.id ? '' : s.id)}>${s.server_id ? 'Hand over' : 'Give to'}</button>`}
        </div>
        ${pick === s.id && html`<div class="chips">${free.map((p) => html`<button key=${p.id} class="chipb" disabled=${!linked.value} onClick=${() => { ask('put_section', { section_id: s.id, server_id: p.id }); setPick(''); }}>${p.name}</button>`)}
          ${s.server_id && html`<button class="chipb" disabled=${!linked.value} onClick=${() => { ask('put_section', { section_id: s.id, server_id: null }); setPick(''); }}>Nobody</button>`}</div>`}
      </li>`;
    })}</ul>
    ${none > 0 && html`<p class="note">${none} table${none === 1 ? ' has' : 's have'} no section.</p>`}
    ${can && free.length > 0 && html`<h3>Give a server a section</h3><div class="chips">${free.map((p) => html`<button key=${p.id} class="chipb" disabled=${!linked.value} onClick=${async () => {
      const answer = await ask('put_section', { name: p.name.split(' ')[0], server_id: p.id, table_ids: [] });
      const made = answer.result?.section_id ?? [...replica.all('section').values()].find((s) => s.server_id === p.id)?.id;
      if (answer.status === 'done' && made) start(made);
    }}><span class="av sm">${p.initials}</span>${p.name}</button>`)}</div>`}
    ${staff === null && away}
  </div><//>`;
}

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
