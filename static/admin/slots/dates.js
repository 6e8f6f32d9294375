/** Dates that differ: closures, events, seasons, an area that is shut, and single times of a day. */
import { html } from '../../vendor/ui.js';
import { Icon } from '../../parts/icon.js';
import { may, replica } from '../../parts/here.js';
import { now } from '../../replica/clock.js';
import { here, useDoor } from '../doors.js';
import { Nothing, Wrong } from '../bits.js';
import { areaName, areas, opened, rowsOf, today, useWho } from './house.js';
import { Field, Hours, Input, MaybeWhole, Radios, Weekdays } from './parts.js';
import { dateWords, dayWords, hoursWords, KINDS, plusDays, rangeWords, slotWords, timeWords } from './words.js';
import { By, whole } from './week.js';

/** @typedef {import('./words.js').SpecialDayRow} SpecialDayRow */
/** @typedef {import('./words.js').SlotRow} SlotRow */
/** @typedef {import('./house.js').Usual} Usual */
/** @typedef {import('./editor.js').Sort} Sort */
/** @typedef {import('../../wire.d.ts').SlotDay} SlotDay */

export function Dates() {
  const from = today();
  const days = /** @type {SpecialDayRow[]} */ (rowsOf('special_day')).filter((d) => d.last_day >= from).sort((a, b) => (a.first_day + a.id < b.first_day + b.id ? -1 : 1));
  const times = /** @type {SlotRow[]} */ (rowsOf('slot')).filter((s) => s.on >= from).sort((a, b) => (a.id < b.id ? -1 : 1));
  const who = useWho(['set_special_day', 'set_slot']);
  const can = may('slots.edit'), on = opened.value?.id ?? '';
  let month = '';
  return html`<section aria-label="Dates">
    <div class="shead small"><div><h3><${Icon} n="calendar-days" />Days that differ<small>${days.length}</small></h3></div>${can && html`<button class="btn pri sm" data-testid="add-day" onClick=${() => (opened.value = { kind: 'special_day', id: '' })}><${Icon} n="plus" />Add a date</button>`}</div>
    ${!days.length ? html`<${Nothing} icon="calendar-days" title="Every day is as usual" text="Holidays, private parties, a season with other hours: add the dates and guests are told so at once." />`
      : html`<ul class="plain">${days.map((d) => {
        const m = d.first_day.slice(0, 7), turn = m !== month, kind = KINDS[d.kind];
        month = m;
        return html`${turn && html`<li class="day" key=${m}>${monthWords(d.first_day)}</li>`}<li key=${d.id}><button class=${`pol dated ${d.kind} ${d.id === on ? 'on' : ''}`} data-day=${d.id} aria-current=${d.id === on ? 'true' : undefined} onClick=${() => (opened.value = { kind: 'special_day', id: d.id })}>
          <span class="k" aria-hidden="true"><${Icon} n=${kind.icon} /></span><span class="t">${rangeWords(d)}</span><span class="r">${d.area_id && html`<span class="tagc site">${areaName(d.area_id)}</span>`}<span class="v">${d.kind === 'closed' ? 'Closed' : d.hours ? hoursWords(d.hours) : kind.word}</span></span>
          <span class="m"><span>${d.title}</span>${d.first_day <= from && html`<span class="tagc site">on now</span>`}<${By} who=${who.get(`special_day ${d.id}`)} /></span><${Icon} n="chevron-right" /></button></li>`;
      })}</ul>`}
    <div class="shead small"><div><h3><${Icon} n="clock" />Single times<small>${times.length}</small></h3></div>${can && html`<button class="btn sm" data-testid="add-time" onClick=${() => (opened.value = { kind: 'slot', id: '' })}><${Icon} n="plus" />Change one time</button>`}</div>
    ${!times.length ? html`<p class="hint">No time of any day differs from its service.</p>`
      : html`<ul class="plain">${times.map((s) => html`<li key=${s.id}><button class=${`pol ${s.id === on ? 'on' : ''}`} data-time=${s.id} aria-current=${s.id === on ? 'true' : undefined} onClick=${() => (opened.value = { kind: 'slot', id: s.id })}>
        <span class="t">${dateWords(s.on)} ${s.at}</span><span class="r"><span class="v">${timeWords(s)}</span></span><span class="m"><${By} who=${who.get(`slot ${s.id}`)} /></span><${Icon} n="chevron-right" /></button></li>`)}</ul>`}
  </section>`;
}

/** @param {string} date */
const monthWords = (date) => new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${date}T12:00:00Z`));

// ---- a day that differs

const AHEAD = 731; // as far as the hub keeps a calendar

/** @param {{ d: any, put: (change: any) => void, wrong: Record<string, string>, off: boolean, row: any }} p */
function DayForm({ d, put, wrong, off, row }) {
  const own = d.hours !== null, last = plusDays(today(), AHEAD), min = row && row.first_day < today() ? row.first_day : today();
  return html`<${Field} label="What is it" message=${wrong.kind}><${Radios} name="kind" value=${d.kind} off=${off} of=${Object.entries(KINDS).map(([k, w]) => [k, w.word, w.more])} set=${(/** @type {string} */ kind) => put({ kind, hours: kind === 'closed' ? null : d.hours })} /><//>
    <${Input} label="What it is called" type="text" name="title" maxlength=${80} placeholder=${d.kind === 'closed' ? 'Christmas, private party' : 'Jazz night'} value=${d.title} wrong=${wrong.title} off=${off} set=${(/** @type {string} */ title) => put({ title })} />
    <div class="pair"><${Input} label="First day" type="date" name="first_day" min=${min} max=${last} value=${d.first_day} wrong=${wrong.first_day} off=${off} set=${(/** @type {string} */ v) => put({ first_day: v, last_day: !d.last_day || d.last_day < v || d.last_day === d.first_day ? v : d.last_day })} />
      <${Input} label="Last day" type="date" name="last_day" min=${d.first_day || min} max=${last} value=${d.last_day} wrong=${wrong.last_day} off=${off} set=${(/** @type {string} */ v) => put({ last_day: v })} /></div>
    ${d.first_day !== d.last_day && html`<${Field} label="On" message=${wrong.weekdays} hint=${d.weekdays.length ? '' : 'None chosen: every day of these.'}><${Weekdays} value=${d.weekdays} off=${off} set=${(/** @type {number[]} */ weekdays) => put({ weekdays })} /><//>`}
    <label class="f">For<select class="in" name="area_id" disabled=${off} aria-invalid=${!!wrong.area_id} value=${d.area_id ?? ''} onChange=${(/** @type {any} */ e) => put({ area_id: e.target.value || null })}><option value="">The whole house</option>${areas().map((a) => html`<option key=${a.id} value=${a.id}>${a.name} only</option>`)}</select><${Wrong} message=${wrong.area_id} /></label>
    ${d.kind !== 'closed' && html`<${Field} label="Hours" message=${wrong.hours}><label class="check small"><input type="checkbox" checked=${!own} disabled=${off} onChange=${(/** @type {any} */ e) => put({ hours: e.target.checked ? null : ['18:00', '23:00'] })} /><span>The usual hours</span></label>
      ${own && html`<${Hours} value=${d.hours} off=${off} set=${(/** @type {string[]} */ hours) => put({ hours })} />`}<//>`}`;
}

/** @param {any} d @returns {any} */
const keptDay = (d) => ({ kind: d.kind, title: d.title.trim(), first_day: d.first_day, last_day: d.last_day, weekdays: d.first_day === d.last_day ? [] : d.weekdays, area_id: d.area_id, hours: d.kind === 'closed' ? null : d.hours });

/** @type {Sort} */
export const daySort = {
  kind: 'special_day', icon: 'calendar-days', fresh: 'A day that differs', goneWords: 'Delete this date?', title: (r) => `${r.title}`, rowWords: (r) => dayWords(r, areaName(r.area_id)),
  draftOf: (r) => ({ kind: r.kind, title: r.title, first_day: r.first_day, last_day: r.last_day, weekdays: r.weekdays, area_id: r.area_id, hours: r.hours }), form: DayForm,
  words: (d) => (d.first_day && d.last_day ? dayWords({ ...keptDay(d), title: d.title.trim() || '…' }, areaName(d.area_id)) : 'Choose the days.'),
  faults: (d) => ({
    ...(d.title.trim() ? {} : { title: 'Give it a name; guests are told it.' }), ...(d.first_day ? {} : { first_day: 'Which day?' }), ...(d.last_day ? {} : { last_day: 'Until which day?' }),
    ...(d.first_day && d.last_day && d.last_day < d.first_day ? { last_day: 'The last day is before the first.' } : {}),
    ...(d.kind !== 'closed' && d.hours?.some((/** @type {string} */ t) => !t) ? { hours: 'Say when it opens and when it closes.' } : {}),
  }),
  wish: (d, row) => ({ name: 'set_special_day', args: { ...keptDay(d), ...(row ? { day_id: row.id } : {}) }, row: ['special_day', row?.id ?? ''] }),
  gone: (row) => ({ name: 'delete_special_day', args: { day_id: row.id }, row: ['special_day', row.id] }),
};
export const newDay = () => ({ kind: 'closed', title: '', first_day: plusDays(today(), 1), last_day: plusDays(today(), 1), weekdays: [], area_id: null, hours: null });

// ---- a single time

/** @param {{ d: any, put: (change: any) => void, wrong: Record<string, string>, off: boolean, row: any }} p */
function TimeForm({ d, put, wrong, off, row }) {
  const read = useDoor(d.on && !row ? `${here()}/slots/${d.on}` : '');
  const day = /** @type {SlotDay | null} */ (read.data);
  const slot = day?.slots.find((s) => s.at === d.at);
  const choose = (/** @type {string} */ at) => (replica.row('slot', `${d.on}T${at}`) ? (opened.value = { kind: 'slot', id: `${d.on}T${at}` }) : put({ at }));
  return html`${row ? html`<p class="says">${dateWords(row.on)} ${row.at}</p>` : html`<${Input} label="Day" type="date" name="on" min=${today()} max=${plusDays(today(), AHEAD)} value=${d.on} wrong=${wrong.on} off=${off} set=${(/** @type {string} */ on) => put({ on })} />
      <${Field} label="Time" message=${wrong.at}>${day && !day.slots.length ? html`<p class="hint">${day.title ?? 'The house is closed'}: no times that day.</p>` : html`<div class="timegrid" role="group" aria-label="Times of that day">${(day?.slots ?? []).filter((s) => Date.parse(s.ends_at) > now.peek()).map((s) => html`<button type="button" key=${s.starts_at} class=${`chipb ${s.state}`} aria-pressed=${d.at === s.at} onClick=${() => choose(s.at)}>${s.at}<small>${s.state === 'closed' ? 'off' : s.covers_max === null ? s.covers_booked || '' : `${s.covers_booked}/${s.covers_max}`}</small></button>`)}</div>`}<//>`}
    ${slot && html`<p class="hint">${slot.covers_booked ? `${slot.covers_booked} covers are booked then${slot.covers_max === null ? '' : ` of ${slot.covers_max}`}.` : 'Nobody is booked then yet.'}</p>`}
    <${Field} label="Is it offered"><div class="seg" role="group" aria-label="Is it offered"><button type="button" aria-pressed=${d.active} disabled=${off} onClick=${() => put({ active: true })}>Offered</button><button type="button" aria-pressed=${!d.active} disabled=${off} onClick=${() => put({ active: false })}>Not offered</button></div><//>
    ${d.active && html`<${Field} label="Covers that may arrive then" message=${wrong.covers_max}><${MaybeWhole} label="Covers" none="As its service says" value=${d.covers_max} first=${slot?.covers_max ?? 10} min=${0} max=${999} by=${1} unit="covers" off=${off} wrong=${wrong.covers_max} set=${(/** @type {any} */ n) => put({ covers_max: n })} /><//>
      <${Input} label="What is on then" type="text" maxlength=${80} placeholder="Jazz, kitchen table" value=${d.special_event} wrong=${wrong.special_event} off=${off} set=${(/** @type {string} */ v) => put({ special_event: v })} />
      <div class="pair"><${Input} label="Incentive" type="text" maxlength=${80} placeholder="A glass of wine" value=${d.incentive} wrong=${wrong.incentive} off=${off} set=${(/** @type {string} */ v) => put({ incentive: v })} /><${Input} label="Price" type="text" maxlength=${80} placeholder="Set menu 45" value=${d.pricing} wrong=${wrong.pricing} off=${off} set=${(/** @type {string} */ v) => put({ pricing: v })} /></div>`}`;
}

/** @param {any} d @returns {any} */
const keptTime = (d) => ({ covers_max: d.covers_max, special_event: d.special_event.trim() || null, pricing: d.pricing.trim() || null, incentive: d.incentive.trim() || null, active: d.active });
const NOTHING = { covers_max: null, staff_level: null, special_event: null, pricing: null, incentive: null, recommended: null, active: true };

/** @type {Sort} */
export const timeSort = {
  kind: 'slot', icon: 'clock', fresh: 'Change one time', goneWords: 'As its service says again?', title: (r) => `${dateWords(r.on)} ${r.at}`, rowWords: slotWords,
  draftOf: (r) => ({ on: r.on, at: r.at, covers_max: r.covers_max, special_event: r.special_event ?? '', pricing: r.pricing ?? '', incentive: r.incentive ?? '', active: r.active }), form: TimeForm,
  words: (d) => (d.on && d.at ? slotWords({ ...NOTHING, ...keptTime(d), on: d.on, at: d.at, type: 'slot', id: '', version: 0 }) : 'Choose a day and a time.'),
  faults: (d) => ({ ...(d.on ? {} : { on: 'Which day?' }), ...(d.at ? {} : { at: 'Which time?' }), ...whole(d.covers_max, 0, 999, 'covers_max') }),
  wish: (d, row) => ({ name: 'set_slot', args: { on: d.on, at: d.at, ...keptTime(d) }, row: ['slot', row?.id ?? `${d.on}T${d.at}`], expect: 0 }),
  gone: (row) => ({ name: 'set_slot', args: { on: row.on, at: row.at, ...NOTHING }, row: ['slot', row.id] }),
};
export const newTime = () => ({ on: today(), at: '', covers_max: null, special_event: '', pricing: '', incentive: '', active: true });
