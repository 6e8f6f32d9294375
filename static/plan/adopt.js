/** Making a what-if real: its commands in order, up to the first that is refused; what was done can be taken back. */
import { html, signal, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { ask, linked } from '../parts/asking.js';
import { say } from '../parts/toast.js';
import { may, pending } from '../parts/here.js';
import { inputOf } from '../parts/fields.js';

/** @typedef {import('../wire.d.ts').AdoptStep} AdoptStep */
/** @typedef {{ state: 'waits' | 'doing' | 'done' | 'refused', says: string, seq: number }} Stage */

/** The right each command needs, for the button only: the house decides. @type {Record<string, string>} */
const NEEDS = { place_bookings: 'book.write', set_special_day: 'slots.edit', set_weather: 'slots.tonight', put_section: 'floor.sections', set_table_status: 'floor.status', book: 'book.write' };

/** How far each step got; null = not begun. */
export const stages = signal(/** @type {Stage[] | null} */ (null));
/** Are steps under way? What is being done is not thrown away. */
export const adopting = signal(false);

/** @param {AdoptStep[]} steps @param {Record<string, any>} given what the host filled in */
async function run(steps, given) {
  adopting.value = true;
  const all = /** @type {Stage[]} */ (steps.map(() => ({ state: 'waits', says: '', seq: 0 })));
  const mark = (/** @type {number} */ i, /** @type {Partial<Stage>} */ to) => {
    Object.assign(/** @type {Stage} */ (all[i]), to);
    stages.value = all.map((s) => ({ ...s }));
  };
  for (const [i, step] of steps.entries()) {
    mark(i, { state: 'doing' });
    const body = { ...step.body, ...Object.fromEntries(step.needs.filter((n) => given[n]).map((n) => [n, given[n]])) };
    const answer = await ask(step.command, body, { quiet: true, silent: true });
    if (answer.status === 'refused' || answer.queued) {
      mark(i, { state: 'refused', says: answer.message ?? 'The link broke before the house answered.' });
      if (answer.queued) pending.drop(answer.wish);
      break;
    }
    mark(i, { state: 'done', seq: answer.seq });
  }
  adopting.value = false;
  if (all.every((s) => s.state === 'done')) say('Adopted');
}

/** The latest first, so that nothing stands on what is taken back. */
async function back() {
  adopting.value = true;
  const all = /** @type {Stage[]} */ (stages.peek());
  for (const stage of [...all].reverse()) {
    if (stage.state !== 'done') continue;
    const answer = await ask('undo', { seq: stage.seq }, { silent: true });
    Object.assign(stage, answer.status === 'refused' ? { says: `Cannot be taken back: ${answer.message}` } : { state: 'waits', says: 'Taken back' });
    stages.value = all.map((s) => ({ ...s }));
  }
  adopting.value = false;
}

/** Takes out-of-service commands of one section together. @param {AdoptStep[]} steps */
function shown(steps) {
  const out = steps.filter((s) => s.command === 'set_table_status');
  return out.length > 2 ? [...steps.filter((s) => s.command !== 'set_table_status').map((s) => s.says), `Take ${out.length} tables out of service`] : steps.map((s) => s.says);
}

/** @param {{ steps: AdoptStep[], drop: () => void }} p */
export function Adopt({ steps, drop }) {
  const [given, setGiven] = useState(/** @type {Record<string, string>} */ ({}));
  const all = stages.value;
  const needs = [...new Set(steps.flatMap((s) => s.needs))];
  const barred = steps.find((s) => !may(NEEDS[s.command] ?? 'book.write'));
  const done = all?.filter((s) => s.state === 'done').length ?? 0, refused = all?.find((s) => s.state === 'refused');
  const go = (/** @type {Event} */ e) => { e.preventDefault(); void run(steps, given); };
  if (!steps.length) return html`<p class="note">Nothing has to be done for this.</p>`;
  const icon = { waits: 'circle-dot', doing: 'loader', done: 'check', refused: 'circle-x' };
  return html`<form class="adopt" onSubmit=${go}><h3>To make it so</h3>
    <ol class="steps">${all ? steps.map((s, i) => { const st = /** @type {Stage} */ (all[i]); return html`<li key=${i} class=${st.state}><${Icon} n=${icon[st.state]} class=${st.state === 'doing' ? 'spin' : ''} /><span>${s.says}${st.says && html`<small>${st.says}</small>`}</span></li>`; })
      : shown(steps).map((says, i) => html`<li key=${i} class="waits"><${Icon} n="circle-dot" /><span>${says}</span></li>`)}</ol>
    ${!all && needs.includes('name') && html`<label>In whose name<input class="in" name="name" required maxlength="80" autocomplete="off" value=${given.name ?? ''} onInput=${inputOf((name) => setGiven({ ...given, name }))} /></label>`}
    ${!all && needs.includes('phone') && html`<label>Phone (if known)<input class="in" name="phone" type="tel" maxlength="32" autocomplete="off" value=${given.phone ?? ''} onInput=${inputOf((phone) => setGiven({ ...given, phone }))} /></label>`}
    ${refused && html`<em role="alert">${done ? `${done} of ${steps.length} done; the rest was not.` : 'Nothing was done.'}</em>`}
    ${barred && !all && html`<p class="note warn"><${Icon} n="lock" />${barred.says}: that takes a manager.</p>`}
    <div class="stick row"><button type="button" class="btn grow" disabled=${adopting.value} onClick=${drop}><${Icon} n=${done && !refused ? 'check' : 'x'} />${done && !refused ? 'Good' : 'Drop it'}</button>
      ${!all ? html`<button key="go" class="btn pri grow" disabled=${!!barred || !linked.value || adopting.value}><${Icon} n="check-check" />Adopt</button>`
        : done ? html`<button key="back" type="button" class="btn grow" disabled=${adopting.value || !linked.value} onClick=${back}><${Icon} n="undo-2" />Take ${done === 1 ? 'it' : 'all'} back</button>` : ''}</div></form>`;
}
