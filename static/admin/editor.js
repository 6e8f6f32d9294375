/**
 * One policy: for whom, the value, what it means, why; then the change once more, before and after, and only then
 * published. Its history stands below, with a way back to each version.
 */
import { html, useEffect, useMemo, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { say } from '../parts/toast.js';
import { me, may } from '../parts/here.js';
import { now } from '../replica/clock.js';
import { give, here, newKey, useDoor } from './doors.js';
import { Diff } from './diff.js';
import { example } from './examples.js';
import { ValueField } from './fields.js';
import { Loading, Trouble, Wrong } from './bits.js';
import { makeOf, scopeWords, told, when } from './words.js';

/** @typedef {import('./words.js').PolicyView} PolicyView */
/** @typedef {import('./words.js').PolicyVersion} PolicyVersion */
/** @typedef {'site' | 'org' | 'dining' | 'event'} Where for whom a value is */

const WHERE = /** @type {[Where, string][]} */ ([['site', 'This site'], ['org', 'Organisation'], ['dining', 'Dining'], ['event', 'Events']]);
const REASON_MAX = 500;
const same = (/** @type {any} */ a, /** @type {any} */ b) => JSON.stringify(a) === JSON.stringify(b);
/** @param {Where} where */
const scopeOf = (where) => (where === 'dining' || where === 'event' ? { scope: 'kind', kind: where } : { scope: where });
/** @param {{ scope: string, kind?: string | null }} v @returns {Where} */
const whereOf = (v) => /** @type {Where} */ (v.scope === 'kind' ? v.kind : v.scope === 'org' ? 'org' : 'site');
/** The next wider scopes of each, the nearest first. @type {Record<Where, Where[]>} */
const WIDER = { dining: ['site', 'org'], event: ['site', 'org'], site: ['org'], org: [] };

/** What holds for a scope while it says nothing itself. @param {PolicyView} p @param {Where} where */
function inherited(p, where) {
  for (const wider of WIDER[where]) {
    const said = (p.values ?? []).find((v) => whereOf(v) === wider);
    if (said) return { value: said.value, from: said.scope === 'org' ? 'the organisation' : 'this site' };
  }
  return { value: p.default, from: 'the house default' };
}

/** @param {{ p: PolicyView, get: (policy: string) => any, sample: Record<string, string>, changed: () => void, close: () => void }} e */
export function Editor({ p, get, sample, changed, close }) {
  const can = may('policy.edit');
  const [where, setWhere] = useState(/** @type {Where} */ (p.scope === 'org' ? 'org' : 'site'));
  const said = (p.values ?? []).find((v) => whereOf(v) === where);
  const wide = inherited(p, where);
  const is = said ? said.value : wide.value;
  const [draft, setDraft] = useState(/** @type {any} */ (is));
  const [fallBack, setFallBack] = useState(false);
  const [reason, setReason] = useState('');
  const [review, setReview] = useState(false);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState(/** @type {{ field: string, part: string, message: string } | null} */ (null));
  const [rival, setRival] = useState(/** @type {PolicyVersion | null} */ (null));
  const [expect, setExpect] = useState(p.newest ?? 0);
  const key = useRef(newKey());
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const history = useDoor(`${here()}/policies/${p.policy}`);
  const make = makeOf(p);
  const next = fallBack ? wide.value : draft;
  const dirty = fallBack ? !!said : !same(draft, is) || (!said && !same(draft, wide.value));

  useEffect(() => { /** @type {HTMLElement} */ (box.current).focus({ preventScroll: true }); }, []);
  /** Anything touched is another wish: it gets a key of its own, and what was wrong is no longer known to be. @param {() => void} change */
  const touch = (change) => { change(); key.current = newKey(); setWrong(null); };
  const put = (/** @type {any} */ value) => touch(() => { setDraft(value); setFallBack(false); });
  const at = (/** @type {Where} */ to) => touch(() => {
    const there = (p.values ?? []).find((v) => whereOf(v) === to);
    setWhere(to); setFallBack(false); setDraft(there ? there.value : inherited(p, to).value);
  });

  /** @param {number} expecting */
  const publish = async (expecting) => {
    setBusy(true);
    const answer = await give('set_policy', { policy: p.policy, ...scopeOf(where), value: fallBack ? null : draft, expect_version: expecting, ...(reason.trim() ? { reason: reason.trim() } : {}) }, key.current);
    if (answer.status === 'done') { // busy until the list is read anew, which begins this editor anew
      say(`Published: ${p.title}`);
      return changed();
    }
    setBusy(false);
    if (answer.reason === 'stale' && answer.about) return setRival(answer.about);
    const field = answer.field ?? '';
    setWrong({ field: field.split('.')[0] ?? '', part: field.startsWith('value.') ? field.slice(6) : '', message: answer.message });
    setReview(false);
  };

  const valueWrong = wrong?.field === 'value' ? { part: wrong.part, message: wrong.message.replace(`${p.title}: `, '').replace(/^./, (c) => c.toUpperCase()) } : null;
  const words = useMemo(() => (make === 'template' ? '' : example(p.policy, next, (k) => (k === p.policy ? next : get(k)), now.peek())), [next, make]);

  return html`<section class="editor" ref=${box} tabindex="-1" role="dialog" aria-label=${p.title} data-testid="editor" onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === 'Escape' && !document.querySelector('dialog[open]')) { e.stopPropagation(); review ? setReview(false) : close(); } }}>
    <header class="ehead"><div><h2>${p.title}</h2><code>${p.policy}</code></div><button class="icon" aria-label="Close" onClick=${close}><${Icon} n="x" /></button></header>
    <div class="ebody">
    ${review ? html`<${Review} ...${{ p, where, is, next, fallBack, wide, said, reason, words, busy, wrong, rival }} back=${() => { setReview(false); setRival(null); }} publish=${() => publish(expect)}
        mine=${() => { const newest = rival?.version ?? expect; key.current = newKey(); setExpect(newest); setRival(null); publish(newest); }} theirs=${() => { setRival(null); changed(); }} />`
      : html`<form novalidate onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); if (dirty && can) setReview(true); }}>
        <fieldset><legend>For</legend><div class="seg scopes" role="group" aria-label="For whom">${WHERE.map(([k, w]) => {
          const has = (p.values ?? []).some((v) => whereOf(v) === k);
          return html`<button type="button" key=${k} aria-pressed=${where === k} onClick=${() => at(k)}>${w}${has ? html`<i class="dot" aria-hidden="true"></i><span class="sr">, has a value of its own</span>` : ''}</button>`;
        })}</div>
        <p class="hint">${said ? `Version ${said.version}, by ${said.by_name}, ${when(said.at)}${said.reason ? `: “${said.reason}”` : ''}` : `Nothing is said for ${{ site: 'this site', org: 'the organisation', dining: 'dining alone', event: 'events alone' }[where]}; what holds comes from ${wide.from}.`}</p>
        ${wrong?.field === 'scope' || wrong?.field === 'kind' ? html`<${Wrong} message=${wrong.message} />` : ''}</fieldset>
        <fieldset class="value"><legend>Value</legend><${ValueField} p=${p} value=${next} set=${put} wrong=${valueWrong} off=${!can} sample=${sample} /></fieldset>
        ${words && html`<p class="eg" data-testid="example"><${Icon} n="circle-help" /><span><b>For example</b>${words}</span></p>`}
        ${can && html`
          ${said && html`<label class="check"><input type="checkbox" checked=${fallBack} onChange=${(/** @type {any} */ e) => touch(() => { setFallBack(e.target.checked); if (!e.target.checked) setDraft(is); })} /><span>Take this value back: what comes from ${wide.from} holds again</span></label>`}
          <label class="f">Why (for the record)<input class="in" name="reason" maxlength=${REASON_MAX} value=${reason} onInput=${(/** @type {any} */ e) => touch(() => setReason(e.target.value))} placeholder="Fridays run over" /></label>
          ${wrong && !['value', 'scope', 'kind'].includes(wrong.field) && html`<${Wrong} message=${wrong.message} />`}
          <div class="row end estick"><button type="submit" class="btn pri wide" data-testid="review" disabled=${!dirty}><${Icon} n="eye" />${dirty ? 'Look at the change' : 'Nothing changed yet'}</button></div>`}
        ${!can && html`<p class="note"><${Icon} n="lock" />Your role can see policies, not change them.</p>`}
      </form>`}
    ${!review && html`<${History} p=${p} read=${history} can=${can} restored=${changed} newest=${p.newest ?? 0} />`}
    </div></section>`;
}

/** @param {any} r */
function Review({ p, where, is, next, fallBack, wide, said, reason, words, busy, wrong, rival, back, publish, mine, theirs }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => { /** @type {HTMLElement} */ (ref.current).focus({ preventScroll: true }); }, []);
  const site = me.value?.sites[0]?.name ?? 'this site';
  const reach = { site: `${site}, every kind of booking that has no value of its own`, org: 'All sites of the organisation that have no value of their own', dining: `Dining bookings at ${site}`, event: `Events at ${site}` }[/** @type {Where} */ (where)];
  return html`<div class="review" ref=${ref} tabindex="-1" aria-label="The change" data-testid="reviewing">
    <h3>The change</h3>
    <${Diff} p=${p} was=${is} now=${next} wasNote=${said ? '' : `from ${wide.from}`} nowNote=${fallBack ? `from ${wide.from}` : ''} />
    ${words && html`<p class="eg"><${Icon} n="circle-help" /><span><b>For example</b>${words}</span></p>`}
    <dl class="facts"><div><dt>For</dt><dd>${reach}</dd></div><div><dt>From</dt><dd>Now on; on every screen within five seconds. What was booked before keeps its word.</dd></div>
      <div><dt>Why</dt><dd>${reason.trim() || html`<span class="muted">no reason given</span>`}</dd></div></dl>
    ${rival && html`<div class="rival" role="alert" data-testid="rival"><p><${Icon} n="triangle-alert" /><span><b>${rival.by_name} was quicker.</b> ${rival.value === null ? 'They took the value back' : html`They made it <b>${told(p, rival.value)}</b>`} for ${scopeWords(rival.scope, rival.kind).toLowerCase()}, ${when(rival.at)}${rival.reason ? ` (“${rival.reason}”)` : ''}.</span></p>
      <div class="row"><button type="button" class="btn" onClick=${theirs}>Keep theirs</button><button type="button" class="btn danger" disabled=${busy} onClick=${mine}>Publish mine over it</button></div></div>`}
    ${wrong && html`<${Wrong} message=${wrong.message} />`}
    ${!rival && html`<div class="row end estick"><button type="button" class="btn" onClick=${back}><${Icon} n="arrow-left" />Back</button><button type="button" class="btn pri grow" data-testid="publish" disabled=${busy} onClick=${publish}><${Icon} n="check" />${busy ? 'Publishing …' : 'Publish'}</button></div>`}</div>`;
}

/** @param {{ p: PolicyView, read: import('./doors.js').Read<PolicyVersion[]>, can: boolean, restored: () => void, newest: number }} h */
function History({ p, read, can, restored, newest }) {
  const [open, setOpen] = useState(0);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');
  const inForce = new Set((p.values ?? []).map((v) => v.version));
  /** @param {PolicyVersion} v */
  const restore = async (v) => {
    setBusy(true);
    const answer = await give('restore_policy', { policy: p.policy, version: v.version, expect_version: newest, reason: `Back to version ${v.version}` });
    if (answer.status === 'refused') { setBusy(false); return setWrong(answer.message); }
    say(`Version ${v.version} holds again`);
    restored();
  };
  return html`<section class="hist" aria-label="History"><h3><${Icon} n="history" />History</h3>
    ${read.wrong ? html`<${Trouble} message=${read.wrong} again=${read.again} />` : !read.data ? html`<${Loading} />`
      : !read.data.length ? html`<p class="hint">Nobody has changed this yet. The house began with ${make(p)}.</p>`
      : html`<ol>${read.data.map((v) => html`<li key=${v.version} class=${inForce.has(v.version) ? 'on' : ''}>
        <span class="v">${v.version}</span><div><b class=${makeOf(p) === 'template' ? 'clip' : ''}>${v.value === null ? 'Taken back' : told(p, v.value)}</b>
          <small>${scopeWords(v.scope, v.kind)}${inForce.has(v.version) ? ' · in force' : ''} · ${v.by_name}, ${when(v.at)}</small>${v.reason && html`<small class="why">“${v.reason}”</small>`}</div>
        ${can && !inForce.has(v.version) && html`<button class="btn sm" aria-expanded=${open === v.version} aria-label=${`Restore version ${v.version}`} onClick=${() => { setWrong(''); setOpen(open === v.version ? 0 : v.version); }}><${Icon} n="rotate-cw" />Restore</button>`}
        ${open === v.version && html`<${Back} p=${p} v=${v} busy=${busy} wrong=${wrong} yes=${() => restore(v)} no=${() => setOpen(0)} />`}</li>`)}</ol>`}</section>`;
}
/** @param {PolicyView} p */
const make = (p) => (makeOf(p) === 'template' ? 'a text of its own' : told(p, p.default));

/** @param {{ p: PolicyView, v: PolicyVersion, busy: boolean, wrong: string, yes: () => void, no: () => void }} b */
function Back({ p, v, busy, wrong, yes, no }) {
  const where = whereOf(v), wide = inherited(p, where), said = (p.values ?? []).find((x) => whereOf(x) === where);
  return html`<div class="back" data-testid="back"><${Diff} p=${p} was=${said ? said.value : wide.value} now=${v.value === null ? wide.value : v.value} nowNote=${v.value === null ? `from ${wide.from}` : ''} />
    <${Wrong} message=${wrong} /><div class="row end"><button class="btn sm" onClick=${no}>Leave it</button><button class="btn pri sm" data-testid="restore" disabled=${busy} onClick=${yes}>Make version ${v.version} hold again</button></div></div>`;
}
