/** The plan in one line: the difference in words and how sure the house is; a tap shows each change. */
import { html } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { may } from '../parts/here.js';
import { linked } from '../parts/asking.js';
import { drawer } from '../parts/opened.js';
import { changes, plan, isTonight, planDay, asked, askPlan, outlines, showOutlines, old } from './state.js';
import { difference, sureness, whyLeft, counted } from './rows.js';
import { accept, leave } from './doing.js';
import { openPlan } from './sheet.js';

/** How many changes are proposed, and whether somebody has no table. */
export const proposed = () => ({ n: changes.value.length, lack: counted(changes.value).left > 0 });

/** What the line says: words, and the small print under them. @returns {{ icon: string, tone: string, says: string, more: string }} */
function line() {
  const all = changes.value, q = plan.value;
  if (!q) return { icon: 'loader', tone: 'none', says: 'No plan yet', more: 'The house is thinking' };
  const sure = sureness(q);
  const more = old.value ? 'The house has moved on since' : counted(all).left ? `${sure.word} · ${whyLeft(all)}` : sure.word;
  const lack = counted(all).left > 0;
  return { icon: lack ? 'triangle-alert' : sure.icon, tone: lack ? 'left' : sure.tone, says: difference(all) || 'Nothing to change', more };
}

/** Above the lanes. */
export function PlanBar() {
  if (!isTonight.value && !plan.value) return html`<${AskPlan} />`;
  const { icon, tone, says, more } = line();
  const all = changes.value, given = counted(all).moves + counted(all).places;
  const acts = may('book.write') && all.length > 0;
  return html`<section class=${`plan ${tone}`} aria-label="The house’s plan" data-testid="plan"><button class="says" onClick=${() => openPlan()} aria-label=${`The plan: ${says}. ${more}. Show each change`}><${Icon} n=${icon} class=${icon === 'loader' ? 'spin' : ''} /><span class="grow"><b>${says}</b><small>${more}</small></span><${Icon} n="chevron-right" class="go" /></button>
    <button class="btn sm sq2" aria-pressed=${outlines.value} aria-label="Outlines" onClick=${() => showOutlines(!outlines.peek())}><${Icon} n=${outlines.value ? 'eye' : 'eye-off'} /><span>Outlines</span></button>
    ${acts && given > 0 ? html`<button class="btn sm pri" disabled=${!linked.value} onClick=${() => accept()}><${Icon} n="check-check" />Do all</button>` : ''}
    ${acts && html`<button class="btn sm" disabled=${!linked.value} onClick=${() => leave()}>Dismiss</button>`}
    ${isTonight.value && may('book.write') && html`<button class="btn sm" onClick=${() => (drawer.value = { kind: 'whatif' })}><${Icon} n="split" /><span>What if …</span></button>`}</section>`;
}

/** Another day is planned when somebody asks. */
function AskPlan() {
  const mine = asked.value?.day === planDay.value ? asked.value : null;
  const busy = mine?.state === 'asking';
  return html`<section class="plan none" aria-label="The house’s plan" data-testid="plan" aria-busy=${busy}><div class="says flat"><${Icon} n=${busy ? 'loader' : mine ? 'triangle-alert' : 'chart-gantt'} class=${busy ? 'spin' : ''} />
    <span class="grow" role="status"><b>${busy ? 'Planning the day …' : mine ? 'Not planned' : 'This day is planned on asking'}</b><small>${busy ? 'A moment' : mine?.says ?? 'Every booking at its best table, with reasons'}</small></span></div>
    <button class="btn sm pri" disabled=${busy || !linked.value} onClick=${() => askPlan(planDay.peek())}>${mine && !busy ? 'Try again' : 'Plan this day'}</button></section>`;
}

/** Among the lists of the floor: always there and always as tall. */
export function PlanLine() {
  const { icon, tone, says, more } = line();
  return html`<button class=${`planline ${tone}`} data-testid="planline" onClick=${() => openPlan()} aria-label=${`The plan: ${says}. ${more}`}><${Icon} n=${icon} /><span class="grow"><b>${says}</b><small>${more}</small></span><${Icon} n="chevron-right" /></button>`;
}
