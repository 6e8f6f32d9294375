/** The floor's quieter drawers: what was done, and whose tables are whose. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm } from '../parts/words.js';
import { Drawer } from '../parts/drawer.js';
import { useList, away, loading } from '../parts/sides.js';
import { now } from '../replica/clock.js';
import { replica, site, me, may, facesMoved } from './house.js';
import { ask, undo, assigning, onlySection, linked, take } from './hand.js';

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
