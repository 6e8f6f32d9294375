/** The week: when the house is open, the services in it and how many come at a time. What no service says, the hours do. */
import { html } from '../../vendor/ui.js';
import { Icon } from '../../parts/icon.js';
import { may } from '../../parts/here.js';
import { Nothing } from '../bits.js';
import { when } from '../words.js';
import { hoursOn, opened, rowsOf, today, useWho } from './house.js';
import { Field, Input, MaybeWhole, Weekdays } from './parts.js';
import { beginsAt, clockOf, count, DAYS, endsAt, hoursWords, isoDay, LONG_DAYS, minuteOf, paceWords, plusDays, ruleTimes, ruleWords, weekdayWords } from './words.js';

/** @typedef {import('./words.js').SlotRuleRow} SlotRuleRow */
/** @typedef {import('./house.js').Usual} Usual */
/** @typedef {import('./editor.js').Sort} Sort */

const STEPS = [10, 15, 20, 30, 45, 60];

/** What is drawn of a day: from and until in minutes. @param {readonly string[]} hours @param {string} dayEnds @returns {[number, number][]} */
const spansOf = (hours, dayEnds) => hours.flatMap((t, i) => (i % 2 ? [] : [/** @type {[number, number]} */ ([beginsAt(t, dayEnds), endsAt(hours[i + 1] ?? t, dayEnds)])]));

/** @param {{ usual: Usual }} p */
export function Week({ usual }) {
  const rules = /** @type {SlotRuleRow[]} */ (rowsOf('slot_rule')).sort((a, b) => (a.weekdays[0] ?? 0) - (b.weekdays[0] ?? 0) || beginsAt(a.from_time, usual.day_ends) - beginsAt(b.from_time, usual.day_ends));
  const who = useWho(['set_slot_rule']);
  const can = may('slots.edit');
  const first = plusDays(today(), 1 - isoDay(today()));
  const days = DAYS.map((_, i) => ({ i: i + 1, hours: usual.hours[String(i + 1)] ?? (Object.keys(usual.hours).length ? [] : null), now: hoursOn(usual, plusDays(first, i)) }));
  const all = [...days.flatMap((d) => spansOf(d.hours ?? [], usual.day_ends)), ...rules.map((r) => /** @type {[number, number]} */ ([beginsAt(r.from_time, usual.day_ends), endsAt(r.until_time, usual.day_ends)]))];
  const from = Math.floor(Math.min(1080, ...all.map(([a]) => a)) / 60) * 60, until = Math.ceil(Math.max(1320, ...all.map(([, b]) => b)) / 60) * 60;
  const at = (/** @type {number} */ m) => `${((Math.min(until, Math.max(from, m)) - from) / (until - from)) * 100}%`;
  const part = (/** @type {number} */ a, /** @type {number} */ b) => `left:${at(a)};width:calc(${at(b)} - ${at(a)})`;
  const hours = Array.from({ length: Math.floor((until - from) / 120) + 1 }, (_, i) => from + i * 120).filter((m) => m < until);
  const open = (/** @type {SlotRuleRow} */ r) => (opened.value = { kind: 'slot_rule', id: r.id });
  const on = opened.value?.id ?? '';
  return html`<section aria-label="The week">
    <div class="wgrid" data-testid="week"><div class="wrow axis" aria-hidden="true"><span></span><div class="track">${hours.map((m) => html`<i key=${m} style=${`left:${at(m)}`}>${clockOf(m)}</i>`)}</div></div>
      ${days.map((d) => html`<div class=${`wrow ${isoDay(today()) === d.i ? 'on' : ''}`} key=${d.i}><span class="d">${DAYS[d.i - 1]}</span><div class="track">
        ${hours.map((m) => html`<u key=${m} style=${`left:${at(m)}`} aria-hidden="true"></u>`)}
        ${d.hours === null ? html`<span class="band" style="left:0;width:100%"></span>` : d.hours.length ? spansOf(d.hours, usual.day_ends).map(([a, b]) => (can ? html`<button class="band" key=${a} style=${part(a, b)} aria-label=${`Add a service on ${LONG_DAYS[d.i - 1]} ${clockOf(a)}–${clockOf(b)}`} onClick=${() => (opened.value = { kind: 'slot_rule', id: '', from: { weekdays: [d.i], from_time: clockOf(a), until_time: clockOf(b) } })}></button>`
          : html`<span class="band" key=${a} style=${part(a, b)}></span>`)) : html`<em>closed</em>`}
        ${rules.filter((r) => r.weekdays.includes(d.i)).map((r) => {
          const a = beginsAt(r.from_time, usual.day_ends), b = endsAt(r.until_time, usual.day_ends);
          return html`<button key=${r.id} class=${`svc ${r.id === on ? 'on' : ''} ${r.covers_max === 0 ? 'none' : ''}`} style=${part(a, b)} aria-label=${`${LONG_DAYS[d.i - 1]}: ${ruleWords(r, usual.step_min)}`} onClick=${() => open(r)}><b>${r.covers_max ?? '∞'}</b><small>${r.starts.length ? count(r.starts.length, 'time') : `per ${r.step_min ?? usual.step_min}′`}</small></button>`;
        })}</div></div>`)}</div>
    <div class="shead small"><div><h3><${Icon} n="utensils" />Services<small>${rules.length}</small></h3></div>${can && html`<button class="btn pri sm" data-testid="add-rule" onClick=${() => (opened.value = { kind: 'slot_rule', id: '' })}><${Icon} n="plus" />Add a service</button>`}</div>
    ${!rules.length ? html`<${Nothing} icon="calendar-clock" title="No service is set" text=${`Guests can book every ${usual.step_min} min while the house is open, as many as the tables hold. A service limits how many come at a time, or names the times.`} />`
      : html`<ul class="plain">${rules.map((r) => html`<li key=${r.id}><button class=${`pol ${r.id === on ? 'on' : ''}`} data-rule=${r.id} aria-current=${r.id === on ? 'true' : undefined} onClick=${() => open(r)}>
        <span class="t">${weekdayWords(r.weekdays)} ${r.from_time}–${r.until_time}</span><span class="r">${r.recommended && html`<span class="tagc site">recommended</span>`}<span class="v">${r.covers_max === null ? 'no limit' : count(r.covers_max, 'cover')}</span></span>
        <span class="m"><span>${paceWords(r, usual.step_min)}</span>${r.staff_needed !== null && html`<span>· ${r.staff_needed} staff for all of it</span>`}${r.incentive && html`<span>· ${r.incentive}</span>`}${r.pricing && html`<span>· ${r.pricing}</span>`}<${By} who=${who.get(`slot_rule ${r.id}`)} /></span><${Icon} n="chevron-right" /></button></li>`)}</ul>`}
    <p class="hint foot-note"><${Icon} n="clock" />Outside of a service: every ${usual.step_min} min while the house is open, no limit but the tables. ${may('policy.read') && html`<a href="#policies/dining.slot_step_min">Change that</a>`}</p>
  </section>`;
}

/** @param {{ who?: import('./house.js').Who | undefined }} p */
export const By = ({ who }) => (who ? html`<span class="by">${who.by}, ${when(who.at)}</span>` : null);

// ---- one service

/** @param {{ d: any, put: (change: any) => void, wrong: Record<string, string>, off: boolean, usual: Usual }} p */
function RuleForm({ d, put, wrong, off, usual }) {
  const every = d.step_min ?? usual.step_min;
  const steps = [...new Set([...STEPS, every])].sort((a, b) => a - b);
  const open = d.weekdays.length === 1 ? usual.hours[String(d.weekdays[0])] : null;
  return html`<${Field} label="On" message=${wrong.weekdays}><${Weekdays} value=${d.weekdays} set=${(/** @type {number[]} */ weekdays) => put({ weekdays })} off=${off} /><//>
    <div class="pair"><${Input} label="From" type="time" name="from_time" value=${d.from_time} wrong=${wrong.from_time} off=${off} set=${(/** @type {string} */ v) => put({ from_time: v })} /><${Input} label="Until" type="time" name="until_time" value=${d.until_time} wrong=${wrong.until_time} off=${off} set=${(/** @type {string} */ v) => put({ until_time: v })} /></div>
    ${open && html`<p class="hint">Open then: ${hoursWords(open)}</p>`}
    <${Field} label="Guests come" message=${wrong.step_min ?? wrong.starts}><div class="seg" role="group" aria-label="How times are set"><button type="button" aria-pressed=${!d.fixed} disabled=${off} onClick=${() => put({ fixed: false })}>At a pace</button><button type="button" aria-pressed=${d.fixed} disabled=${off} onClick=${() => put({ fixed: true, starts: d.starts.length ? d.starts : [d.from_time].filter(Boolean) })}>At set times</button></div>
      ${d.fixed ? html`<div class="chips times">${d.starts.map((/** @type {string} */ t, /** @type {number} */ i) => html`<span class="timechip" key=${i}><input class="in" type="time" aria-label=${`Time ${i + 1}`} value=${t} disabled=${off} onInput=${(/** @type {any} */ e) => put({ starts: d.starts.map((/** @type {string} */ o, /** @type {number} */ j) => (j === i ? e.target.value : o)) })} />${d.starts.length > 1 && html`<button type="button" class="icon" aria-label=${`Take out ${t}`} disabled=${off} onClick=${() => put({ starts: d.starts.filter((/** @type {string} */ _, /** @type {number} */ j) => j !== i) })}><${Icon} n="x" /></button>`}</span>`)}
          ${!off && html`<button type="button" class="btn sm" onClick=${() => put({ starts: [...d.starts, clockOf(minuteOf(d.starts.at(-1) || d.from_time || '18:00') + 120)] })}><${Icon} n="plus" />Add a time</button>`}</div>`
        : html`<div class="chips" role="group" aria-label="Every">${steps.map((n) => html`<button type="button" key=${n} class="chipb" aria-pressed=${every === n} disabled=${off} onClick=${() => put({ step_min: n === usual.step_min ? null : n })}>${n} min${n === usual.step_min ? html`<small>house</small>` : ''}</button>`)}</div>`}<//>
    <${Field} label=${d.fixed ? 'Covers at each time' : `Covers per ${every} min`} message=${wrong.covers_max} hint="How many may arrive then, all parties together; it keeps the kitchen and the door from a rush.">
      <${MaybeWhole} label="Covers" none="No limit but the tables" value=${d.covers_max} first=${20} min=${0} max=${999} by=${5} unit="covers" off=${off} wrong=${wrong.covers_max} set=${(/** @type {any} */ n) => put({ covers_max: n })} /><//>
    <details class="morein" open=${d.staff_needed !== null || !!d.incentive || !!d.pricing || d.recommended}><summary>Staff, price and marks</summary>
      <${Field} label="Staff needed for all of it" message=${wrong.staff_needed} hint="With fewer on duty, its share is offered.">
        <${MaybeWhole} label="Staff needed" none=${usual.staff_needed ? `As the policy says: ${usual.staff_needed}` : 'As the policy says: not counted'} value=${d.staff_needed} first=${usual.staff_needed || 4} min=${0} max=${200} unit="people" off=${off} wrong=${wrong.staff_needed} set=${(/** @type {any} */ n) => put({ staff_needed: n })} /><//>
      <div class="pair"><${Input} label="Incentive" type="text" maxlength=${80} placeholder="A glass of wine" value=${d.incentive} wrong=${wrong.incentive} off=${off} set=${(/** @type {string} */ v) => put({ incentive: v })} /><${Input} label="Price" type="text" maxlength=${80} placeholder="Set menu 45" value=${d.pricing} wrong=${wrong.pricing} off=${off} set=${(/** @type {string} */ v) => put({ pricing: v })} /></div>
      <label class="check"><input type="checkbox" checked=${d.recommended} disabled=${off} onChange=${(/** @type {any} */ e) => put({ recommended: e.target.checked })} /><span>Recommend these times to guests</span></label></details>`;
}

/** As the hub would keep a draft. @param {any} d @returns {any} */
const kept = (d) => ({ weekdays: d.weekdays, from_time: d.from_time, until_time: d.until_time, step_min: d.fixed ? null : d.step_min, starts: d.fixed ? [...new Set(d.starts)].filter(Boolean) : [], covers_max: d.covers_max,
  staff_needed: d.staff_needed, pricing: d.pricing.trim() || null, incentive: d.incentive.trim() || null, recommended: d.recommended });

/** @param {Usual} usual @returns {Sort} */
export const ruleSort = (usual) => ({
  kind: 'slot_rule', icon: 'calendar-clock', fresh: 'A new service', goneWords: 'Delete this service?', title: (r) => `${weekdayWords(r.weekdays)} ${r.from_time}–${r.until_time}`,
  draftOf: (r) => ({ ...r, weekdays: r.weekdays ?? [], starts: r.starts ?? [], fixed: !!r.starts?.length, pricing: r.pricing ?? '', incentive: r.incentive ?? '', covers_max: r.covers_max ?? null, staff_needed: r.staff_needed ?? null, step_min: r.step_min ?? null, recommended: !!r.recommended }),
  form: (/** @type {any} */ p) => html`<${RuleForm} ...${p} usual=${usual} />`,
  rowWords: (r) => ruleWords(r, usual.step_min),
  words: (d) => {
    const r = kept(d);
    if (!r.weekdays.length || !r.from_time || !r.until_time) return 'Choose the days, from when and until when.';
    const times = ruleTimes(r, usual.step_min, usual.day_ends), most = r.covers_max === null ? '' : `, ${count(times.length * r.covers_max, 'cover')} at most`;
    return `${ruleWords(r, usual.step_min)}. ${times.length ? `${count(times.length, 'time')}, the last at ${times.at(-1)}${most}.` : 'That is no time at all.'}`;
  },
  faults: (d) => ({
    ...(d.weekdays.length ? {} : { weekdays: 'Name the weekdays it holds on.' }), ...(d.from_time ? {} : { from_time: 'From when?' }), ...(d.until_time ? {} : { until_time: 'Until when?' }),
    ...(d.from_time && d.until_time && endsAt(d.until_time, usual.day_ends) <= beginsAt(d.from_time, usual.day_ends) ? { until_time: 'It has to end after it begins.' } : {}),
    ...whole(d.covers_max, 0, 999, 'covers_max'), ...whole(d.staff_needed, 0, 200, 'staff_needed'),
    ...(d.fixed && !d.starts.filter(Boolean).length ? { starts: 'Name a time.' } : {}),
  }),
  wish: (d, row) => ({ name: 'set_slot_rule', args: { ...kept(d), ...(row ? { rule_id: row.id } : {}) }, row: ['slot_rule', row?.id ?? ''] }),
  gone: (row) => ({ name: 'delete_slot_rule', args: { rule_id: row.id }, row: ['slot_rule', row.id] }),
});

/** What is wrong with a whole number that may be none. @param {any} n @param {number} min @param {number} max @param {string} field @returns {Record<string, string>} */
export const whole = (n, min, max, field) => (n === null || (Number.isInteger(n) && n >= min && n <= max) ? {} : { [field]: `A whole number from ${min} to ${max}.` });

/** @param {Usual} usual */
export const newRule = (usual) => ({ weekdays: [5], from_time: (usual.hours['5'] ?? [])[((usual.hours['5'] ?? []).length || 2) - 2] ?? '18:00', until_time: (usual.hours['5'] ?? []).at(-1) ?? '22:00', covers_max: 20 });
