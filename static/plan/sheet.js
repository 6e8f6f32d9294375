/** The plan of the evening at the side: how good it is, each change with its reason, and what to make of it. */
import { html, useEffect, useRef } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm, dayOf } from '../parts/words.js';
import { Drawer } from '../parts/drawer.js';
import { drawer } from '../parts/opened.js';
import { linked } from '../parts/asking.js';
import { may, replica, link } from '../parts/here.js';
import { changes, plan, isTonight, planDay, look, outlines, showOutlines, pins, asked, askPlan, old } from './state.js';
import { difference, sureness, together, counted, weighed, points } from './rows.js';
import { accept, leave, pin } from './doing.js';

/** @typedef {import('./rows.js').Change} Change */
/** @typedef {import('./rows.js').Quality} Quality */

const GROUPS = /** @type {const} */ ([['left', 'Cannot be placed', 'triangle-alert'], ['place', 'Gets a table', 'armchair'], ['move', 'Moves', 'arrow-left-right']]);

/** From one table to another, in words a screen reader says too. @param {{ c: Change }} p */
export const Way = ({ c }) => (!c.from && !c.to ? html`<span class="way"><b class="none">No table</b></span>` : html`<span class="way">${c.from ? html`<span>${c.from}</span>` : html`<span class="none">no table</span>`}<${Icon} n="arrow-right" /><span class="sr"> to </span>${c.to ? html`<b>${c.to}</b>` : html`<b class="none">no table</b>`}</span>`);

/** @param {{ c: Change, acts: boolean }} p */
function ChangeRow({ c, acts }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const on = look.value === c.id;
  useEffect(() => { if (on) ref.current?.scrollIntoView({ block: 'nearest' }); }, [on]);
  /** @param {(id: string) => any} go */
  const decide = (go) => () => { // the row goes with it: the next one has the focus then
    const next = ref.current?.nextElementSibling, sheet = /** @type {HTMLElement | null | undefined} */ (ref.current?.closest('.drawer'));
    void go(c.id);
    requestAnimationFrame(() => document.activeElement === document.body && ((next?.isConnected && next.querySelector('button')) || sheet)?.focus({ preventScroll: true }));
  };
  const chain = c.to_ids.length ? together(changes.value, c.id) : [c];
  const others = chain.filter((o) => o.id !== c.id).map((o) => o.name);
  const off = !linked.value;
  return html`<li ref=${ref} class=${`chg ${c.kind} ${on ? 'sel' : ''}`} data-change=${c.id}>
    <button class="pick" aria-pressed=${on} onClick=${() => (look.value = on ? '' : c.id)}>
      <span class="sz">${c.covers}<small>${c.time}</small></span>
      <span class="who"><span class="nm">${c.name}</span><${Way} c=${c} /></span></button>
    <p>${c.why}${others.length ? html` <span class="note2">Together with ${others.join(', ')}.</span>` : ''}</p>
    ${acts && html`<div class="row">
      ${c.kind !== 'left' && html`<button class="btn sm" disabled=${off} onClick=${decide(accept)} aria-label=${`Do it: ${c.name} to ${c.to}${others.length ? `, with ${others.join(', ')}` : ''}`}><${Icon} n="check" />${others.length ? `Do these ${chain.length}` : 'Do it'}</button>`}
      <button class="btn sm" disabled=${off} onClick=${decide(leave)} aria-label=${c.from ? `Pin ${c.name} at ${c.from}` : `We see to ${c.name} ourselves`}><${Icon} n="lock" />${c.from ? `Stays at ${c.from}` : 'We see to it'}</button></div>`}
  </li>`;
}

/** @param {{ q: Quality }} p */
export function Sure({ q }) {
  const s = sureness(q);
  return html`<div class=${`surebox ${s.tone}`} data-testid="sure"><${Icon} n=${s.icon} /><div><b>${s.word}</b><span>${s.says}</span></div></div>`;
}

/** @param {{ q: Quality }} p */
function Weighed({ q }) {
  const rows = weighed(q.terms);
  if (!rows.length) return null;
  return html`<details class="weighed"><summary>How it was weighed<${Icon} n="chevron-down" /></summary>
    <ul>${rows.map(([word, n, part]) => html`<li key=${word}><span>${word}</span><b>${n}</b>${part > 0 && html`<i style=${`--w:${part * 100}%`}></i>`}</li>`)}</ul>
    <p class="note">Points against this plan, by the house’s policies: ${points(q.cost)} in all; no plan has fewer than ${points(q.bound)}.</p></details>`;
}

function Pinned() {
  const ids = [...pins.value].filter((id) => replica.row('booking', id));
  if (!ids.length) return null;
  const off = !linked.value || !may('book.write');
  return html`<h3>Pinned: the plan leaves them alone</h3><ul class="pinned">${ids.map((id) => {
    const b = replica.row('booking', id);
    return html`<li key=${id} data-pinned=${id}><${Icon} n="lock" /><span><b>${b.name}</b> · ${b.covers} · ${hm(b.starts_at)}</span>
      <button class="btn sm" disabled=${off} aria-label=${`Unpin ${b.name}`} onClick=${() => pin(id, false)}>Unpin</button></li>`;
  })}</ul>`;
}

/** Opens the plan, at one change if that is named. @param {string} [id] */
export function openPlan(id = '') {
  look.value = id;
  drawer.value = { kind: 'plan' };
}

/** What stands where a list would: nothing to change, none yet, or none without the link. */
function Nothing() {
  if (!plan.value && !isTonight.value && asked.value?.day !== planDay.value) return html`<div class="empty"><${Icon} n="chart-gantt" /><b>This day is planned on asking</b><span>Every booking at its best table, with reasons.</span>
    <button class="btn pri" disabled=${!linked.value} onClick=${() => askPlan(planDay.peek())}>Plan this day</button></div>`;
  if (!plan.value) {
    const away = link.word.value === 'offline' || asked.value?.state === 'away';
    return html`<div class="empty"><${Icon} n=${away ? 'wifi-off' : 'loader'} class=${away ? '' : 'spin'} /><b>${away ? 'No plan without the house' : 'The house is planning'}</b><span>${asked.value?.says ?? (away ? 'It appears as soon as the house answers.' : 'The evening’s plan appears here by itself.')}</span></div>`;
  }
  return html`<div class="empty calm"><${Icon} n="check" /><b>Everybody sits where the plan would have them</b><span>Changes are proposed here as the evening goes on.</span></div>`;
}

export function PlanSheet() {
  const all = changes.value, q = plan.value;
  const { moves, places, left } = counted(all);
  const acts = may('book.write');
  const given = moves + places;
  useEffect(() => () => void (look.value = ''), []);
  const sub = !isTonight.value ? dayOf(`${planDay.value}T12:00:00Z`) : q?.made ? `Tonight, as of ${hm(q.made)}` : 'Tonight';
  return html`<${Drawer} title="The plan" sub=${sub} test="plan-sheet"><div class="scroll plansheet">
    ${q && html`<${Sure} q=${q} />
    <dl class="pfigs"><div><dt>covers seated</dt><dd>${q.covers}</dd></div><div><dt>move${moves === 1 ? '' : 's'}</dt><dd>${moves}</dd></div><div><dt>placed</dt><dd>${places}</dd></div><div class=${left ? 'bad' : ''}><dt>without a table</dt><dd>${left}</dd></div></dl>`}
    ${old.value && html`<p class="note warn"><${Icon} n="clock" />The house has moved on since this was thought out. <button class="link" onClick=${() => askPlan(planDay.peek())}>Plan again</button></p>`}
    ${!all.length ? html`<${Nothing} />` : html`
      ${acts && (given > 0 || all.length > 1) && html`<div class="row both">${given ? html`<button class="btn pri grow" data-first disabled=${!linked.value} onClick=${() => accept()}><${Icon} n="check-check" />${given === 1 ? 'Do it' : `Do all ${given}`}</button>` : ''}
        <button class="btn" disabled=${!linked.value} onClick=${() => leave()}><${Icon} n="x" />Dismiss</button></div>`}
      <p class="sr" role="status">${difference(all)}</p>
      ${GROUPS.map(([kind, word, icon]) => { const of = all.filter((c) => c.kind === kind); return of.length > 0 && html`<section key=${kind} class=${`grp ${kind}`}><h3><${Icon} n=${icon} />${word} · ${of.length}</h3><ul>${of.map((c) => html`<${ChangeRow} key=${c.id} c=${c} acts=${acts} />`)}</ul></section>`; })}`}
    <${Pinned} />
    ${q && html`<${Weighed} q=${q} />`}
    <div class="stick row"><button class="btn grow" aria-pressed=${outlines.value} onClick=${() => showOutlines(!outlines.peek())}><${Icon} n=${outlines.value ? 'eye' : 'eye-off'} />Outlines</button>
      ${acts && isTonight.value && html`<button class="btn grow" onClick=${() => (drawer.value = { kind: 'whatif' })}><${Icon} n="split" />What if …</button>`}</div>
  </div><//>`;
}
