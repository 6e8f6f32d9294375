/**
 * What if: the evening as it stands beside the same evening changed. The house plans both and nothing is written; what
 * comes of it is adopted as ordinary commands, or dropped.
 */
import { html, signal, useEffect } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm } from '../parts/words.js';
import { Drawer } from '../parts/drawer.js';
import { linked } from '../parts/asking.js';
import { site, replica } from '../parts/here.js';
import { call, Declined } from '../replica/house.js';
import { houseNow } from '../replica/clock.js';
import { KINDS, ChangeFields, draft, asked, whole, told } from './change.js';
import { changesOf, lineOf, difference } from './rows.js';
import { Sure, Way, openPlan } from './sheet.js';
import { Adopt, stages, adopting } from './adopt.js';

/** @typedef {import('./change.js').Draft} Draft */
/** @typedef {import('../wire.d.ts').Compared} Compared */
/** @typedef {import('../wire.d.ts').Outcome} Outcome */

const MOST = 12; // changes of one question

const drafts = signal(/** @type {(Draft & { n: number })[]} */ ([]));
const answer = signal(/** @type {{ state: 'thinking' | 'there' | 'wrong', of: string, at: number, compared?: Compared, extras?: { covers: number, starts_at: string }[], says?: string } | null} */ (null));
let turn = 0, made = 0;
/** What the house is asked just now. */ let asking = new AbortController();

/** @param {Draft['kind']} kind */
const add = (kind) => (drafts.value = [...drafts.peek(), { ...draft(kind), n: ++made }]);
/** Nobody waits for the answer any more. */
function stop() {
  turn++;
  asking.abort();
}
/** Everything is as it was. */
function drop() {
  stop();
  drafts.value = [];
  answer.value = null;
  stages.value = null;
}
function cancel() {
  stop();
  answer.value = null;
}

async function think() {
  stop();
  const mine = turn;
  asking = new AbortController();
  const wanted = drafts.peek();
  const changes = wanted.map(asked);
  const of = wanted.map(told).join(' · ');
  const extras = changes.map((c) => ({ covers: 'covers' in c ? c.covers ?? 0 : 0, starts_at: 'starts_at' in c ? c.starts_at ?? '' : '' }));
  stages.value = null;
  answer.value = { state: 'thinking', of, at: houseNow() };
  try {
    const compared = await call(`/api/sites/${site}/what-if`, { post: { changes }, signal: asking.signal });
    if (mine === turn) answer.value = { state: 'there', of, at: houseNow(), compared, extras };
  } catch (fault) {
    if (mine !== turn) return; // cancelled meanwhile
    answer.value = { state: 'wrong', of, at: houseNow(), says: fault instanceof Declined ? fault.message : 'The house does not answer. Nothing was changed; try again.' };
  }
}

/** @type {[keyof Outcome, string, boolean, string][]} figure, word, is more better, unit */
const FIGURES = [['covers', 'Covers seated', true, ''], ['unplaced', 'Bookings without a table', false, ''], ['moves', 'Bookings that move', false, ''], ['mean_wait_min', 'Wait at the door', false, '′'], ['not_in_sight', 'No table in sight', false, '']];

/** @param {{ c: Compared }} p */
function Beside({ c }) {
  const cell = (/** @type {number | null} */ n, /** @type {string} */ unit) => (n === null ? '–' : `${Math.round(n)}${unit}`);
  return html`<table class="beside"><thead><tr><td></td><th scope="col">Now</th><th scope="col">Then</th><th scope="col"><span class="sr">Difference</span></th></tr></thead>
    <tbody>${FIGURES.map(([key, word, more, unit]) => {
      const was = c.present[key], then = c.after[key];
      const by = was === null || then === null ? 0 : Math.round(then) - Math.round(was);
      const tone = !by ? '' : (by > 0) === more ? 'ok' : 'bad';
      return html`<tr key=${key}><th scope="row">${word}</th><td>${cell(was, unit)}</td><td><b>${cell(then, unit)}</b></td><td class=${`by ${tone}`}>${by ? `${by > 0 ? '+' : '−'}${Math.abs(by)}${unit}` : '='}</td></tr>`;
    })}</tbody></table>`;
}

/** @param {{ a: NonNullable<typeof answer.value> }} p */
function Answer({ a }) {
  const c = /** @type {Compared} */ (a.compared);
  const all = changesOf(replica, c.placements.map(lineOf), a.extras);
  return html`<section class="then" aria-label="What would be" data-testid="compared"><h3>${a.of}</h3>
    <p class="sr" role="status">${difference(all) || 'Nobody would move'}</p>
    <${Beside} c=${c} /><${Sure} q=${{ basis: c.basis, ...c.score, flag: c.score.flag ?? null, made: '' }} />
    ${all.length ? html`<details class="weighed" open=${all.length <= 3}><summary>${difference(all)}<${Icon} n="chevron-down" /></summary><ul class="plain">${all.map((one) => html`<li key=${one.id} class=${`chg ${one.kind}`}><div class="pick"><span class="sz">${one.covers}<small>${one.time}</small></span><span class="who"><span class="nm">${one.name}</span><${Way} c=${one} /></span></div><p>${one.why}</p></li>`)}</ul></details>`
      : html`<p class="note"><${Icon} n="check" />Nobody would have to move.</p>`}
    <p class="note">As of ${hm(a.at)}. Everything is checked again when it is adopted.</p>
    <${Adopt} steps=${c.adopt} drop=${drop} /></section>`;
}

export function WhatIfSheet() {
  const all = drafts.value, a = answer.value;
  const thinking = a?.state === 'thinking';
  const ready = all.length > 0 && all.every(whole);
  useEffect(() => () => { if (answer.peek()?.state === 'thinking') cancel(); }, []);
  const set = (/** @type {number} */ n) => (/** @type {Draft} */ d) => (drafts.value = drafts.peek().map((was) => (was.n === n ? { ...d, n } : was)));
  const go = (/** @type {Event} */ e) => { e.preventDefault(); void think(); };
  // the two last buttons have keys: one that turned from Cancel into a submit under a tap would ask again
  return html`<${Drawer} title="What if …" sub="Nothing changes until you adopt it" test="whatif"><div class="scroll plansheet">
    ${a?.state === 'there' || stages.value ? '' : html`<form class="asks" onSubmit=${go}>
      <div class="kinds" role="group" aria-label="Add a change">${KINDS.map(([kind, word, icon], i) => html`<button type="button" key=${kind} class="btn sm" data-first=${i === 0 ? true : undefined} data-kind=${kind} disabled=${thinking || all.length >= MOST} onClick=${() => add(kind)}><${Icon} n=${icon} />${word}</button>`)}</div>
      ${!all.length && html`<div class="empty"><${Icon} n="split" /><b>What are you thinking of?</b><span>Add one change or several; the house plans the evening with them and shows what comes of it beside how it stands.</span></div>`}
      <ul class="drafts">${all.map((d) => html`<${ChangeFields} key=${d.n} d=${d} set=${set(d.n)} drop=${() => (drafts.value = drafts.peek().filter((was) => was.n !== d.n))} />`)}</ul>
      ${a?.state === 'wrong' && html`<em role="alert"><${Icon} n="triangle-alert" />${a.says}</em>`}
      <div class="stick">${thinking ? html`<div class="busy" role="status"><span><${Icon} n="loader" class="spin" />Planning both evenings …</span><i></i></div><button key="cancel" type="button" class="btn wide" onClick=${cancel}>Cancel</button>`
        : html`<button key="go" class="btn pri wide" disabled=${!ready || !linked.value}><${Icon} n="chart-gantt" />${all.length ? 'Show what would be' : 'Add a change first'}</button>`}</div></form>`}
    ${a?.state === 'there' && html`<button class="btn sm again" disabled=${adopting.value} onClick=${() => { cancel(); stages.value = null; }}><${Icon} n="arrow-left" />Change the question</button><${Answer} a=${a} />`}
    ${!a && !all.length && html`<button class="btn wide" onClick=${() => openPlan()}><${Icon} n="chart-gantt" />The plan as it stands</button>`}
  </div><//>`;
}
