/**
 * A change looked at before it is made: what it says, who is booked and would no longer fit, who was quicker. Nothing that
 * stands is touched by it; the bookings are listed for the host to call.
 */
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Icon } from '../../parts/icon.js';
import { hm } from '../../parts/words.js';
import { site } from '../../parts/here.js';
import { call } from '../../replica/house.js';
import { give, here, newKey, post } from '../doors.js';
import { Wrong } from '../bits.js';
import { when } from '../words.js';
import { tellDone } from './house.js';
import { count, dateWords } from './words.js';

/** @typedef {import('../../wire.d.ts').SlotEffects} SlotEffects */
/** @typedef {{ field: string, message: string }} Fault */
/** A wish as it will be given: `row` is what it is about, `expect` the version it was looked at in.
 * @typedef {{ name: string, args: Record<string, any>, row: [string, string], expect?: number }} Wish */

const SHOWN = 6; // bookings in sight before one asks for all

/** Bookings a change would leave aside. @param {{ told: SlotEffects }} p */
export function Effects({ told }) {
  const [all, setAll] = useState(false);
  const list = told.bookings ?? [], n = told.count ?? 0;
  if (!n) return html`<p class="eg fine" data-testid="effects"><${Icon} n="circle-check" /><span><b>Nobody is left out</b>${told.seen ? `${count(told.seen, 'booking')} of these days ${told.seen === 1 ? 'is' : 'are'} still fine.` : 'Nobody is booked for these days yet.'}</span></p>`;
  return html`<section class="touched" data-testid="effects" aria-label="Bookings that would no longer fit">
    <p><${Icon} n="triangle-alert" /><span><b>${count(n, 'booking')}, ${count(told.covers ?? 0, 'cover')}, would no longer fit.</b> They stay in the book as they are: call the guests, or move them.</span></p>
    <ul>${(all ? list : list.slice(0, SHOWN)).map((b) => html`<li key=${b.booking_id}><a href=${`/book?date=${b.service_date}`} target="_blank" rel="noopener"><time>${hm(b.starts_at)}<small>${dateWords(b.service_date)}</small></time>
      <span><b>${b.name}</b><small>${b.why}</small></span><span class="c">${b.covers}<small>${b.tables.length ? b.tables.join(' + ') : 'no table'}</small></span></a></li>`)}</ul>
    ${!all && list.length > SHOWN && html`<button type="button" class="btn sm wide" onClick=${() => setAll(true)}>Show ${n > list.length ? `the first ${list.length}` : `all ${n}`}</button>`}</section>`;
}

/** Somebody was quicker. @param {{ row: any, about: [string, string], words: (row: any) => string, busy?: boolean, over?: string, theirs: () => void, mine: () => void }} p row: theirs; null when they deleted it */
export function Rival({ row, about, words, busy = false, over = 'Save mine over it', theirs, mine }) {
  const [who, setWho] = useState(/** @type {{ by: string, at: string } | null} */ (null));
  useEffect(() => {
    let on = true;
    call(`${here()}/changes/${about[0]}/${encodeURIComponent(about[1])}`).then((list) => on && setWho(list[0] ?? null), () => {});
    return () => { on = false; };
  }, [row?.version, about.join()]);
  return html`<div class="rival" role="alert" data-testid="rival"><p><${Icon} n="triangle-alert" /><span><b>${who?.by ?? 'Somebody'} was quicker.</b> ${row ? html`Now it says: <b>${words(row)}</b>` : 'It is deleted'}${who ? ` (${when(who.at)})` : ''}.</span></p>
    <div class="row"><button type="button" class="btn" onClick=${theirs}>Keep theirs</button>${row && html`<button type="button" class="btn danger" disabled=${busy} onClick=${mine}>${over}</button>`}</div></div>`;
}

/**
 * @param {{ wish: Wish, says: any, told: string, yes: string, words: (row: any) => string, danger?: boolean, autofocus?: boolean,
 *   done: () => void, back: () => void, refused?: (fault: Fault) => void, theirs?: () => void }} p
 *   says: the change in words; told: what the toast says once it is made; refused: takes a fault to its field
 */
export function Look({ wish, says, told, yes, words, danger = false, done, back, refused, theirs = back }) {
  const [effects, setEffects] = useState(/** @type {SlotEffects | null} */ (null));
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  const [rival, setRival] = useState(/** @type {{ row: any } | null} */ (null));
  const [times, setTimes] = useState(0);
  const key = useRef(newKey());
  const expect = useRef(wish.expect);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const fault = (/** @type {any} */ no) => (refused && no.field ? refused({ field: no.field, message: no.message }) : setWrong(no.message));
  useEffect(() => { box.current?.focus({ preventScroll: true }); }, []);
  useEffect(() => {
    let on = true;
    post(`${here()}/slots/effects`, { command: wish.name, site_id: site, key: key.current, ...wish.args }, (result) => ({ status: 'done', result })).then((answer) => {
      if (!on) return;
      if (answer.status === 'refused') return setWrong(answer.message);
      const found = /** @type {SlotEffects} */ (answer.result);
      found.refused ? fault(found.refused) : (setWrong(''), setEffects(found));
    });
    return () => { on = false; };
  }, [times]);
  const go = async () => {
    setBusy(true);
    const answer = await give(wish.name, { ...wish.args, ...(expect.current === undefined ? {} : { expect_version: expect.current }) }, key.current);
    setBusy(false);
    if (answer.status === 'done') { tellDone(told, answer); return done(); }
    if (answer.reason === 'stale' || answer.reason === 'not_found') return setRival({ row: answer.about ?? null });
    fault(answer);
  };
  const mine = () => { expect.current = rival?.row?.version ?? 0; key.current = newKey(); setRival(null); go(); };
  const n = effects?.count ?? 0;
  return html`<div class="review" ref=${box} tabindex="-1" aria-label="The change" data-testid="reviewing">
    <p class="says">${says}</p>
    ${effects ? html`<${Effects} told=${effects} />` : !wrong && html`<p class="eg wait" aria-busy="true"><${Icon} n="loader" class="spin" /><span>Looking who is booked …</span></p>`}
    <${Wrong} message=${wrong} />
    ${rival && html`<${Rival} row=${rival.row} about=${wish.row} words=${words} busy=${busy} theirs=${theirs} mine=${mine} />`}
    ${!rival && html`<div class="row end estick"><button type="button" class="btn" onClick=${back}><${Icon} n="arrow-left" />Back</button>
      ${wrong && !effects ? html`<button type="button" class="btn grow" onClick=${() => { setWrong(''); setTimes(times + 1); }}><${Icon} n="refresh-cw" />Look again</button>`
        : html`<button type="button" class=${`btn grow ${danger || n ? 'danger' : 'pri'}`} data-testid="confirm" disabled=${busy || !effects} onClick=${go}><${Icon} n="check" />${busy ? 'One moment …' : n ? `${yes}; ${count(n, 'booking')} to see to` : yes}</button>`}</div>`}</div>`;
}
