/** The panel beside the plan, always: who waits, who comes, who sits. */
import { html, signal } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { Marks, Ghost } from '../parts/marks.js';
import { mins, LONGEST_QUOTE_MIN } from '../parts/words.js';
import { waiting, slots, arriving, seated, quoteRow, allFaces, facesMoved, may } from './house.js';
import { tab, held, drawer, take, takeParty, takeBooking, ask, tapTable, grip } from './hand.js';
import { later } from './later.js';

const TICKS = /** @type {Record<string, string>} */ ({ queued: 'clock', sent: 'check', delivered: 'check-check' });

/** @param {{ c: (typeof waiting.value)[number] }} p */
function WaitCard({ c }) {
  const sel = held.value?.id === c.id;
  const most = Math.max(c.waited, c.quoted, 1) * 1.15;
  const mine = !c.id.startsWith('ghost:') && !c.gone;
  const L = later.value;
  const offered = c.offer && `${c.coming ? 'on the way' : 'offered'} ${c.at}, ${c.left}`;
  return html`<li class=${`p ${sel ? 'sel' : ''} ${c.ghost ? 'ghost' : ''} ${c.gone ? 'gone' : ''}`} data-party=${c.id} ...${grip({ kind: 'party', id: c.id, says: `${c.name} · ${c.covers}`, on: mine })}>
    <button class="pick" aria-pressed=${sel} onClick=${() => mine && takeParty(c.id)} aria-label=${`${c.name}, ${c.covers} guests, waiting ${c.waited} minutes${c.quoted >= 0 ? ` of ${c.quotedAs} quoted` : ''}${offered ? `, ${offered}` : c.at ? `, table ${c.at} suggested` : ''}`}>
      <span class="sz">${c.covers}<small>guest${c.covers === 1 ? '' : 's'}</small></span>
      <span class="who"><span class="nm">${c.name}<${Marks} flags=${c.flags} /><${Ghost} g=${c.ghost} />${c.offer ? html`<span class=${`chip off ${c.coming ? 'ok' : ''}`}><${Icon} n=${c.coming ? 'footprints' : 'bell-ring'} />${c.left}</span>` : ''}</span>
        <span class="meta">${c.joined}${c.at && c.offer ? html` · <b class="at"><${Icon} n="armchair" />${c.at}</b>` : ''}${c.told >= 0 ? html` · <b class=${c.tick === 'failed' || c.tick === 'blocked' || c.tick === 'suppressed' ? 'warn' : 'at'}>${c.tick ? html`<${Icon} n=${TICKS[c.tick] ?? 'circle-alert'} />` : ''}${c.told}′ ago</b>` : ''}${c.skips ? html` · <b class="warn">${c.skips} missed</b>` : ''}${c.notes ? ` · ${c.notes}` : ''}</span></span>
      <span class=${`w ${c.tone}`}><b>${c.waited}′</b><span>${c.quoted > 0 ? `of ${c.quotedAs}′ quoted` : c.quoted === 0 ? 'quoted: now' : 'no quote'}</span></span>
      <span class=${`wb ${c.tone}`} aria-hidden="true"><i style=${`width:${(c.waited / most) * 100}%`}></i>${c.quoted > 0 ? html`<u style=${`left:${(c.quoted / most) * 100}%`}></u>` : ''}</span>
    </button>
    ${!c.offer && mine && (L ? html`<${L.Suggest} c=${c} sel=${sel} put=${() => sel && take(null)} />` : html`<div class="sug"></div>`)}
    ${L && html`${c.reply && html`<${L.Reply} c=${c} />`}${sel && html`<${L.WaitActs} c=${c} />`}`}
  </li>`;
}

/** @param {{ c: (typeof arriving.value)[number] }} p */
function ArriveCard({ c }) {
  const sel = held.value?.id === c.id;
  const mine = !c.id.startsWith('ghost:');
  const L = later.value;
  const here = { all: 'Here', partial: 'Partly here', bar: 'At the bar' }[/** @type {'all'} */ (c.arrival)];
  const [big, small, tone] = c.gone ? ['–', 'no-show', ''] : c.here ? [here, c.waits ? `${c.waits}′ waiting` : 'now', 'ok'] : c.late ? [`${c.late}′ late`, c.expected ? `here ~${c.expected}` : 'not here', 'bad'] : [c.inMin <= 0 ? 'due' : c.inMin < 100 ? `in ${c.inMin}′` : c.time, c.sure ? 'reconfirmed' : c.status === 'reminded' ? 'reminded' : c.status === 'pending' ? 'unconfirmed' : 'booked', ''];
  const before = c.visits < 0 ? '' : c.visits ? `${c.visits} visit${c.visits === 1 ? '' : 's'}` : 'first visit';
  return html`<li class=${`p ${sel ? 'sel' : ''} ${c.gone ? 'gone' : ''} ${c.ghost ? 'ghost' : ''}`} data-booking=${c.id} ...${grip({ kind: 'booking', id: c.id, says: `${c.name} · ${c.covers}`, on: mine && !c.gone })}>
    <button class="pick" aria-pressed=${sel} onClick=${() => mine && !c.gone && takeBooking(c.id)} aria-label=${`${c.name}, ${c.covers} guests at ${c.time}, ${big} ${small}${c.at ? `, table ${c.at}` : ', no table'}${before && `, ${before}`}`}>
      <span class="sz">${c.covers}<small>${c.time}</small></span>
      <span class="who"><span class="nm">${c.name}<${Marks} flags=${c.flags} />${c.sure && html`<span class="mark sure" title="Reconfirmed"><${Icon} n="mail-check" /></span>`}<${Ghost} g=${c.ghost} /></span>
        <span class="meta">${[c.unplaced ? html`<b class="warn"><${Icon} n="triangle-alert" />no table</b>` : c.at ? html`<b class="at"><${Icon} n="armchair" />${c.at}</b>` : '', c.to ? html`<b class="plto"><${Icon} n="arrow-right" />${c.to}</b>` : '', before, c.notes || c.phone].filter(Boolean).map((x, i) => html`${i ? ' · ' : ''}${x}`)}</span></span>
      <span class=${`w t2 ${tone}`}><b>${big}</b><span>${small}</span></span>
    </button>
    ${L && html`${(c.ask || c.gone) && html`<${L.ArriveAsks} c=${c} />`}${sel && mine && html`<${L.ArriveActs} c=${c} />`}`}
  </li>`;
}

/** @param {{ c: (typeof seated.value)[number] }} p */
function SeatedCard({ c }) {
  return html`<li class=${`p ${c.ghost ? 'ghost' : ''}`} data-seating=${c.id}><button class="pick" onClick=${() => c.table && tapTable(c.table)} aria-label=${`${c.name}, ${c.covers} at table ${c.at}, ${c.stage}, ${c.over ? `${c.over} minutes over` : `${c.sat} of ${c.turn} minutes`}`}>
      <span class="sz">${c.at}<small>table</small></span>
      <span class="who"><span class="nm">${c.name}<${Marks} flags=${c.flags} /><${Ghost} g=${c.ghost} /></span><span class="meta">${c.covers} since ${c.since} · ${c.stage}</span></span>
      <span class=${`w ${c.over ? 'bad' : ''}`}><b>${c.over ? `+${mins(c.over)}` : mins(c.sat)}</b><span>${c.over ? 'over' : `of ${mins(c.turn)}`}</span></span>
      <span class=${`wb ${c.over ? 'bad' : c.sat > c.turn * 0.8 ? 'warn' : ''}`} aria-hidden="true"><i style=${`width:${Math.min(100, (c.sat / c.turn) * 100)}%`}></i></span>
    </button></li>`;
}

/** Tables to clear, each ready with one tap. */
function ToClear() {
  facesMoved.value;
  const dirty = allFaces().filter((f) => f.look === 'dirty');
  if (!dirty.length || !may('floor.status')) return null;
  return html`<div class="toclear"><span class="cap">To clear</span>${dirty.slice(0, 12).map((f) => html`<button key=${f.id} class="btn" aria-label=${`Table ${f.number} is ready`} onClick=${() => ask('set_table_status', { table_id: f.id, status: 'available' })}><${Icon} n="check" />${f.number}<small>${f.line}</small></button>`)}</div>`;
}

const sizes = signal(''); // the waitlist by size: '', '1-2', '3-4', '5-99'

export function Panel() {
  const t = tab.value === 'waiting' && !may('waitlist.read') ? 'seated' : tab.value;
  const tabs = /** @type {[typeof t, string, number][]} */ ([['waiting', 'Waitlist', waiting.value.filter((c) => !c.gone).length], ['arriving', 'Arriving', arriving.value.filter((c) => !c.gone).length], ['seated', 'Seated', seated.value.length]]).filter(([k]) => k === 'seated' || may(k === 'waiting' ? 'waitlist.read' : 'book.read'));
  const news = waiting.value.filter((c) => c.reply).length;
  const [lo, hi] = sizes.value ? sizes.value.split('-').map(Number) : [0, 99];
  const line = waiting.value.filter((c) => c.covers >= (lo ?? 0) && c.covers <= (hi ?? 99));
  const empty = (/** @type {string} */ i, /** @type {string} */ a, /** @type {string} */ b) => html`<div class="empty"><${Icon} n=${i} /><b>${a}</b><span>${b}</span></div>`;
  return html`<aside class="panel" aria-label="Guests">
    <div class="seg" role="group" aria-label="Guest lists">${tabs.map(([k, w, n]) => html`<button key=${k} data-tab=${k} aria-pressed=${t === k} onClick=${() => (tab.value = k)}>${w} <span class="n">${n}</span>${k === 'waiting' && news ? html`<span class="badge" aria-label=${`${news} answered`}>${news}</span>` : ''}</button>`)}</div>
    ${t === 'waiting' && quoteRow.value.length > 0 && html`<div class="quote" role="group" aria-label="Estimated wait now, by party size"><span>Wait<br />est.</span>${quoteRow.value.map((q) => {
      const text = q.minutes === 0 ? 'now' : q.between ? `${q.between.replace('+', '')}′${q.between.endsWith('+') ? '+' : ''}` : q.minutes === null ? 'full' : q.minutes > LONGEST_QUOTE_MIN ? `${LONGEST_QUOTE_MIN}′+` : `${q.minutes}′`;
      const key = `${q.from}-${q.to}`;
      return html`<button key=${q.id} aria-pressed=${sizes.value === key} title="Estimate in steps of five minutes; tap to show only this size" onClick=${() => (sizes.value = sizes.value === key ? '' : key)}><b>${text}</b>${q.from}${q.to >= 20 ? '+' : `–${q.to}`}</button>`;
    })}</div>`}
    ${t === 'arriving' && (later.value ? html`<${later.value.PlanLine} />` : html`<div class="planline"></div>`)}
    ${t === 'seated' && html`<${ToClear} />`}
    ${t === 'waiting' && html`<ul class="list">${later.value && html`<${later.value.Left} />`}${line.map((c) => html`<${WaitCard} key=${c.id} c=${c} />`)}
      ${!line.length && html`<li>${empty('hourglass', waiting.value.length ? 'Nobody of that size' : 'Nobody is waiting', waiting.value.length ? 'Tap the size again to see everyone.' : 'Walk-ins you cannot seat yet go here.')}</li>`}
      ${slots.value > 0 && html`<li><a class="slots" href="/book?waiting=1"><${Icon} n="calendar-clock" />${slots.value} wait${slots.value === 1 ? 's' : ''} for a time that is full<${Icon} n="chevron-right" /></a></li>`}</ul>`}
    ${t === 'arriving' && (arriving.value.length ? html`<ul class="list">${arriving.value.map((c) => html`<${ArriveCard} key=${c.id} c=${c} />`)}</ul>` : empty('calendar-clock', 'No more arrivals', 'Everybody booked today is here.'))}
    ${t === 'seated' && (seated.value.length ? html`<ul class="list">${seated.value.map((c) => html`<${SeatedCard} key=${c.id} c=${c} />`)}</ul>` : empty('armchair', 'Nobody is seated', 'Tap an open table to seat a walk-in.'))}
    <div class="foot">
      ${t === 'arriving' ? may('book.write') && html`<button class="btn pri" onClick=${() => (drawer.value = { kind: 'book' })}><${Icon} n="calendar-plus" />New booking</button>`
        : may('host.write') && html`<button class="btn pri" onClick=${() => (drawer.value = { kind: 'add' })}><${Icon} n="plus" />Add party</button>`}
      ${may('seating.write') && html`<button class="btn" onClick=${() => (drawer.value = { kind: 'walkin' })}><${Icon} n="users" />Walk-in</button>`}
    </div></aside>`;
}
