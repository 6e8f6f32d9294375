/** Tonight: how full it gets, who serves, whether it rains, and what closes. */
import { html, useEffect, useState } from '../../vendor/ui.js';
import { Icon } from '../../parts/icon.js';
import { Modal } from '../../parts/dialog.js';
import { may, replica } from '../../parts/here.js';
import { hm, momentOf } from '../../parts/words.js';
import { now } from '../../replica/clock.js';
import { here, useDoor } from '../doors.js';
import { Loading, Trouble, Wrong } from '../bits.js';
import { Whole } from '../fields.js';
import { areaName, areas, hoursOn, outdoor, rowsOf, specialOn, today, useWho } from './house.js';
import { Look } from './look.js';
import { Input } from './parts.js';
import { beginsAt, clockOf, count, dateWords, dayWords, endsAt, hoursWords, minuteOf, plusDays, rainWords } from './words.js';
import { By } from './week.js';

/** @typedef {import('./words.js').SpecialDayRow} SpecialDayRow */
/** @typedef {import('./words.js').WeatherRow} WeatherRow */
/** @typedef {import('./words.js').StaffLevelRow} StaffLevelRow */
/** @typedef {import('./house.js').Usual} Usual */
/** @typedef {import('../../wire.d.ts').SlotDay} SlotDay */
/** @typedef {import('../../wire.d.ts').SlotRuleRow} SlotRuleRow */
/** What is asked before it is done. @typedef {{ title: string, wish: import('./look.js').Wish, says: any, told: string, yes: string, words: (row: any) => string, danger?: boolean }} Asked */

const TITLE_MAX = 80;

/** @param {{ usual: Usual }} p */
export function Night({ usual }) {
  const day = today();
  const read = useDoor(day ? `${here()}/slots/${day}` : '');
  const [asked, setAsked] = useState(/** @type {Asked | null} */ (null));
  const [closing, setClosing] = useState('');
  const who = useWho(['set_staff_level', 'set_weather', 'set_special_day']);
  useEffect(() => {
    const hear = (/** @type {any} */ _, /** @type {string} */ channel) => { if (channel.startsWith('slots:')) read.again(); };
    replica.hearers.add(hear);
    return () => { replica.hearers.delete(hear); };
  }, []);
  const told = /** @type {SlotDay | null} */ (read.data);
  const done = () => setAsked(null);
  return html`<section aria-label="Tonight" class="night">
    ${read.wrong && !told ? html`<${Trouble} message=${read.wrong} again=${read.again} />` : !told ? html`<${Loading} />` : html`<${Evening} told=${told} usual=${usual} />`}
    <div class="twocards">
      ${may('slots.tonight') && html`<${Staff} key=${`${level()?.version ?? 0}`} usual=${usual} who=${who} ask=${setAsked} /><${Rain} usual=${usual} who=${who} ask=${setAsked} />`}
      ${may('slots.edit') && html`<${Closing} usual=${usual} who=${who} ask=${setAsked} choose=${setClosing} />`}</div>
    ${closing && html`<${ClosingDialog} what=${closing} usual=${usual} close=${() => setClosing('')} ask=${(/** @type {Asked} */ a) => { setClosing(''); setAsked(a); }} />`}
    ${asked && html`<${Modal} label=${asked.title} onClose=${done} class="wide"><h2>${asked.title}</h2><div class="stack"><${Look} ...${asked} done=${done} back=${done} /></div><//>`}
  </section>`;
}

// ---- how full it gets

/** Covers at each time against what may come. @param {{ told: SlotDay, usual: Usual }} p */
function Evening({ told, usual }) {
  const slots = told.slots, covers = slots.reduce((n, s) => n + s.covers_booked, 0);
  const most = Math.max(8, ...slots.map((s) => Math.max(s.covers_booked, s.covers_max ?? 0)));
  const fullest = slots.reduce((/** @type {typeof slots[number] | null} */ a, s) => (!a || s.covers_booked > a.covers_booked ? s : a), null);
  const at = now.value;
  const hours = hoursOn(usual, told.on);
  return html`<section class="box evening" aria-label="How full it gets"><header><div><h3>${dateWords(told.on)}${told.title ? html`<span class="tagc site">${told.title}</span>` : ''}</h3><p class="muted">${hours === null ? 'Its hours are not said' : hours.length ? `Open ${hoursWords(hours)}` : 'Closed'}</p></div>
    ${slots.length > 0 && html`<dl><div><dt>covers at these times</dt><dd>${covers}</dd></div><div><dt>fullest at</dt><dd>${fullest?.covers_booked ? fullest.at : '–'}</dd></div><div><dt>times off or full</dt><dd>${slots.filter((s) => s.state !== 'available').length}</dd></div></dl>`}</header>
    ${slots.length ? html`<div class="bars" role="img" aria-label=${`${count(covers, 'cover')} booked over ${count(slots.length, 'time')}${fullest?.covers_booked ? `, most of them at ${fullest.at}: ${fullest.covers_booked}` : ''}`}>${slots.map((s) => html`<span key=${s.starts_at} class=${`bar ${s.state} ${s === fullest ? 'most' : ''} ${Date.parse(s.ends_at) <= at ? 'past' : ''}`} title=${`${s.at}: ${s.covers_booked}${s.covers_max === null ? '' : ` of ${s.covers_max}`} covers${s.state === 'closed' ? ', not offered' : ''}`}>
        ${s.covers_max !== null && html`<u style=${`height:${(s.covers_max / most) * 100}%`}></u>`}<i style=${`height:${(s.covers_booked / most) * 100}%`}></i>${s.covers_booked > 0 && html`<b style=${`bottom:${(s.covers_booked / most) * 100}%`}>${s.covers_booked}</b>`}${s.at.endsWith(':00') && html`<small>${Number(s.at.slice(0, 2))}</small>`}</span>`)}</div>`
      : html`<p class="hint">Nobody can book today. Who is booked already stands in <a href=${`/book?date=${told.on}`}>the book</a>.</p>`}
    ${slots.some((s) => s.covers_max !== null) && html`<p class="hint key"><span><i class="cap"></i>may come</span><span><i class="is"></i>are booked</span></p>`}</section>`;
}

// ---- who serves

const level = () => /** @type {StaffLevelRow | undefined} */ (replica.row('staff_level', today()));

/** @param {{ usual: Usual, who: Map<string, import('./house.js').Who>, ask: (a: Asked) => void }} p */
function Staff({ usual, who, ask }) {
  replica.revision.value;
  const is = level(), day = today();
  const [n, setN] = useState(/** @type {number | ''} */ (is?.level ?? (usual.staff_needed || 4)));
  const needed = [usual.staff_needed, .../** @type {SlotRuleRow[]} */ (rowsOf('slot_rule')).map((r) => r.staff_needed ?? 0)].filter((x) => x > 0);
  const bad = n === '' || !Number.isInteger(n) || n < 0 || n > 200;
  const words = (/** @type {StaffLevelRow | null} */ r) => (r ? `${count(r.level, 'person', 'people')} on duty` : 'nothing said');
  const set = (/** @type {number | null} */ to) => ask({
    title: to === null ? 'Take the staff of tonight back?' : 'Staff on duty tonight', wish: { name: 'set_staff_level', args: { on: day, level: to }, row: ['staff_level', day], expect: is?.version ?? 0 }, yes: to === null ? 'Take it back' : 'Save',
    says: to === null ? 'Every service offers all it has again.' : `${count(to, 'person serves', 'people serve')} tonight.${needed.length ? ` Services that need more offer their share: ${Math.min(100, Math.round((to / Math.max(...needed)) * 100))} % where ${Math.max(...needed)} are needed.` : ''}`,
    told: to === null ? 'Staff of tonight taken back' : `${count(to, 'person', 'people')} on duty tonight`, words,
  });
  return html`<section class="box" aria-label="Staff on duty" data-testid="staff-level"><h3><${Icon} n="users" />Staff on duty</h3>
    <p class="state">${is ? html`<b>${words(is)}</b> <${By} who=${who.get(`staff_level ${day}`)} />` : html`<span class="muted">Not said: everything is offered</span>`}</p>
    <${Whole} label="People serving" value=${n} set=${setN} min=${0} max=${200} unit="people" wrong=${bad} />
    <${Wrong} message=${bad ? 'A whole number from 0 to 200.' : ''} />
    <p class="hint">${needed.length ? `Up to ${Math.max(...needed)} are needed for all of it; with fewer, guests are offered that share.` : 'It counts once a service, or the policy “staff for all covers”, says how many are needed.'}</p>
    <div class="row end">${is && html`<button class="btn" onClick=${() => set(null)}>Take back</button>`}<button class="btn pri" data-testid="save-level" disabled=${bad || n === is?.level} onClick=${() => set(Number(n))}>Save</button></div></section>`;
}

// ---- the weather

/** @param {string} day @param {string} clock @param {string} dayEnds */
const moment = (day, clock, dayEnds) => momentOf(minuteOf(clock) < minuteOf(dayEnds) ? plusDays(day, 1) : day, clock);

/** @param {{ usual: Usual, who: Map<string, import('./house.js').Who>, ask: (a: Asked) => void }} p */
function Rain({ usual, who, ask }) {
  const at = now.value, day = today();
  const out = areas().filter(outdoor);
  const rains = /** @type {WeatherRow[]} */ (rowsOf('weather')).filter((w) => Date.parse(w.ends_at) > at).sort((a, b) => (a.starts_at < b.starts_at ? -1 : 1));
  const close = (hoursOn(usual, day) ?? []).at(-1) ?? '23:00';
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const start = from ? moment(day, from, usual.day_ends) : Math.floor(at / 60_000) * 60_000, end = moment(day, until || close, usual.day_ends);
  const bad = end <= start ? 'It has to end after it begins.' : end <= at ? 'That time is over.' : '';
  const names = out.map((a) => a.name).join(', ');
  const tell = () => ask({
    title: 'Rain on the terrace', yes: 'Take the tables outdoors out', words: rainWords,
    wish: { name: 'set_weather', args: { starts_at: new Date(start).toISOString(), ends_at: new Date(end).toISOString() }, row: ['weather', ''] },
    says: `From ${from || 'now'} until ${until || close} nobody is offered a table outdoors (${names}). Who sits there stays.`, told: `Rain until ${until || close}: ${names} out of offers`,
  });
  const over = (/** @type {WeatherRow} */ w) => ask({
    title: 'No rain after all?', yes: 'Offer them again', words: rainWords, wish: { name: 'delete_weather', args: { weather_id: w.id }, row: ['weather', w.id], expect: w.version },
    says: `${names} can be booked again at once.`, told: `${names} offered again`,
  });
  return html`<section class="box" aria-label="Weather" data-testid="rain"><h3><${Icon} n="trees" />Terrace and rain</h3>
    ${!out.length ? html`<p class="hint">No area of this house is outdoors.</p>` : html`
      ${rains.length ? html`<ul class="told">${rains.map((w) => html`<li key=${w.id}><span><b>${Date.parse(w.starts_at) <= at ? `Rain until ${hm(w.ends_at)}` : `Rain ${hm(w.starts_at)}–${hm(w.ends_at)}`}</b><small>${names} not offered · <${By} who=${who.get(`weather ${w.id}`)} /></small></span><button class="btn sm" data-testid="dry" onClick=${() => over(w)}>It is dry</button></li>`)}</ul>` : html`<p class="state"><b>Dry</b> <span class="muted">${names} can be booked</span></p>`}
      ${!usual.weather_gate && html`<p class="hint warn">The policy “rain closes tables outdoors” is off: rain changes nothing.</p>`}
      <div class="pair"><${Input} label="Rain from (empty: now)" type="time" name="rain_from" value=${from} set=${setFrom} /><${Input} label="until" type="time" name="rain_until" value=${until || close} set=${setUntil} wrong=${bad} /></div>
      <div class="row end"><button class="btn pri" data-testid="rain-tell" disabled=${!!bad} onClick=${tell}><${Icon} n="trees" />It rains</button></div>`}</section>`;
}

// ---- what closes

/** @param {{ usual: Usual, who: Map<string, import('./house.js').Who>, ask: (a: Asked) => void, choose: (what: string) => void }} p */
function Closing({ usual, who, ask, choose }) {
  const day = today();
  const special = specialOn(day);
  const shut = areas().map((a) => ({ area: a, by: specialOn(day, a.id) })).filter((x) => x.by?.kind === 'closed');
  const words = (/** @type {SpecialDayRow} */ r) => dayWords(r, areaName(r.area_id));
  /** Only what is of today alone is taken back here; the rest is changed with its dates. @param {SpecialDayRow} d @param {string} what */
  const again = (d, what) => ask({
    title: `${what} again?`, yes: what, words, wish: { name: 'delete_special_day', args: { day_id: d.id }, row: ['special_day', d.id], expect: d.version }, says: `${words(d)}. That is taken back: the usual hours hold tonight.`, told: `${what} again`,
  });
  const line = (/** @type {SpecialDayRow} */ d, /** @type {string} */ word, /** @type {string} */ what) => html`<li key=${d.id} class=${d.kind}><span><b>${word}</b><small>${d.title} · <${By} who=${who.get(`special_day ${d.id}`)} /></small></span>
    ${d.first_day === d.last_day ? html`<button class="btn sm" data-testid="reopen" onClick=${() => again(d, what)}>${what}</button>` : html`<a class="btn sm" href="#slots/dates">See its dates</a>`}</li>`;
  const closed = special?.kind === 'closed', hours = hoursOn(usual, day) ?? [];
  const free = areas().filter((a) => !shut.some((x) => x.area.id === a.id));
  return html`<section class="box whole" aria-label="Close" data-testid="closing"><h3><${Icon} n="ban" />Close</h3>
    ${(special || shut.length > 0) && html`<ul class="told">${special && line(special, closed ? 'The house is closed today' : `Open ${hoursWords(special.hours ?? [])} today`, closed ? 'Open' : 'Usual hours')}${shut.map(({ area, by }) => by && line(by, `${area.name} is closed`, `Open ${area.name}`))}</ul>`}
    ${closed ? html`<p class="hint">Nobody can book today. Who is booked stays in the book.</p>` : html`<div class="quick">
      <button class="btn" data-testid="close-early" disabled=${!hours.length} onClick=${() => choose('early')}><${Icon} n="clock" />Close early</button>
      <button class="btn" data-testid="close-tonight" onClick=${() => choose('house')}><${Icon} n="ban" />Close tonight</button>
      ${free.map((a) => html`<button class="btn" key=${a.id} data-area=${a.id} onClick=${() => choose(a.id)}><${Icon} n="lock" />Close ${a.name}</button>`)}</div>`}</section>`;
}

/** @param {{ what: string, usual: Usual, close: () => void, ask: (a: Asked) => void }} p what: house, early, or an area's id */
function ClosingDialog({ what, usual, close, ask }) {
  const day = today(), area = what === 'house' || what === 'early' ? '' : what;
  const hours = hoursOn(usual, day) ?? [];
  const last = hours.at(-1) ?? '22:00', ends = usual.day_ends;
  const soon = clockOf(Math.ceil((minuteOf(hm(now.peek())) + 30) / 15) * 15);
  const [title, setTitle] = useState('');
  const [at, setAt] = useState(beginsAt(soon, ends) < endsAt(last, ends) ? soon : last);
  /** The hours of today that are left when nobody is taken in from then on. */
  const left = hours.flatMap((t, i) => (i % 2 || beginsAt(t, ends) >= endsAt(at || last, ends) ? [] : [t, endsAt(hours[i + 1] ?? t, ends) <= endsAt(at || last, ends) ? hours[i + 1] ?? t : at]));
  const bad = what !== 'early' ? '' : !at ? 'From when?' : !left.length ? 'The house is not open before that.' : endsAt(at, ends) >= endsAt(last, ends) ? `The house closes at ${last} anyway.` : '';
  const name = area ? areaName(area) : 'The house';
  const same = what === 'early' ? specialOn(day) : undefined;
  const mine = same?.kind === 'event' && same.first_day === day && same.last_day === day ? same : undefined; // closed early before: its hours change
  const called = title.trim() || (what === 'early' ? 'Closing early' : area ? 'Closed tonight' : 'Closed today');
  const go = (/** @type {Event} */ e) => {
    e.preventDefault();
    if (bad) return;
    const row = { kind: what === 'early' ? 'event' : 'closed', title: called, first_day: day, last_day: day, area_id: area || null, ...(what === 'early' ? { hours: left } : {}) };
    ask({
      title: what === 'early' ? `No more bookings from ${at}?` : `Close ${area ? name : 'tonight'}?`, yes: what === 'early' ? 'Close early' : `Close ${area ? name : 'tonight'}`, danger: true, words: (r) => dayWords(r, areaName(r.area_id)),
      wish: { name: 'set_special_day', args: { ...row, ...(mine ? { day_id: mine.id } : {}) }, row: ['special_day', mine?.id ?? ''], ...(mine ? { expect: mine.version } : {}) },
      says: what === 'early' ? `Tonight nobody can book a table from ${at} on; open ${hoursWords(left)}. “${called}”.` : `${name} takes no bookings any more today: “${called}”. Who is here stays.`,
      told: what === 'early' ? `No more bookings from ${at}` : `${name} is closed tonight`,
    });
  };
  return html`<${Modal} label="Close" onClose=${close}><h2>${what === 'early' ? 'Close early tonight' : area ? `Close ${name} tonight` : 'Close the house tonight'}</h2>
    <form class="stack" onSubmit=${go}>${what === 'early' && html`<${Input} label="Nobody comes from" type="time" name="early" value=${at} set=${setAt} wrong=${bad} />`}
      <${Input} label="Why; guests are told it" type="text" name="why" maxlength=${TITLE_MAX} placeholder=${what === 'early' ? 'Closing early' : 'Private party, a leak'} value=${title} set=${setTitle} />
      <div class="row end"><button type="button" class="btn" onClick=${close}>Leave it</button><button class="btn pri" data-testid="closing-next" disabled=${!!bad}>See who is booked</button></div></form><//>`;
}
