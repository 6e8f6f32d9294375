/** Why a time is not open, in plain words, and what would do instead: each one tap away. Where it opens by moving others:
 * who moves where, before anybody confirms it. */
import { html, useEffect, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm } from '../parts/words.js';
import { replica, site, may } from '../parts/here.js';
import { linked } from '../parts/asking.js';
import { call } from '../replica/house.js';
import { houseNow, now } from '../replica/clock.js';
import { dateOf, dateWords } from './house.js';
import { numbersOf } from './faces.js';
import { useAnswer } from './answers.js';

/** @typedef {import('../wire.d.ts').WhyNotAnswer} WhyNotAnswer */
/** @typedef {import('../wire.d.ts').WouldHelp} WouldHelp */
/** @typedef {import('../wire.d.ts').InTheWay} InTheWay */
/** @typedef {import('../wire.d.ts').Certificate} Certificate */
/** @typedef {{ answer: WhyNotAnswer | null, word: import('./answers.js').Word, again: () => void, certificate: Certificate | null }} Why */

const SOON_MS = 20_000; // a certificate that ends while one reads it is of no use

/** @param {string} key a `WhyNot` as JSON; '' asks nothing @returns {Why} */
export function useWhy(key) {
  const { answer, of, word, again } = useAnswer(key, (signal) => call(`/api/sites/${site}/why-not`, { post: JSON.parse(key), signal }), linked.value);
  const here = key && of === key ? answer : null;
  const certificate = here?.certificate ?? null;
  return { answer: here, word, again: () => again(), certificate };
}

const FEW = 3; // facts that are read at a glance
const SIGNS = /** @type {Record<string, string>} */ ({ booking: 'book-open', seating: 'armchair', offer: 'bell', checkout: 'lock', opening: 'hourglass', block: 'ban', area_shut: 'door-open',
  closed: 'door-open', out_of_service: 'ban', slot_full: 'users', slot_closed: 'ban', no_slot: 'clock', past: 'clock', too_large: 'users', too_small: 'users', area: 'map-pin', accessible: 'accessibility', moving: 'arrow-left-right' });
const KINDS = /** @type {Record<string, { icon: string, word: string }>} */ ({ earlier: { icon: 'clock', word: 'Earlier' }, later: { icon: 'clock', word: 'Later' }, other_day: { icon: 'calendar-days', word: 'Another day' },
  area: { icon: 'map-pin', word: 'Another area' }, features: { icon: 'tag', word: 'Without the wishes' }, split: { icon: 'split', word: 'At two tables' } });

/** @param {{ c: Certificate, at: string }} p who moves where */
const Moves = ({ c, at }) => html`<ul class="moves" data-testid="moves">${c.moves.map((m) => {
  const b = replica.row('booking', m.owner_id);
  return html`<li key=${m.owner_id}><span class="who2"><b>${b?.name ?? 'A booking'}</b>${b ? html`<small>${b.covers} guests, ${hm(b.starts_at)}</small>` : ''}</span>
    <span class="way"><s>${numbersOf(replica, m.was) || 'no table'}</s><${Icon} n="arrow-right" /><span class="sr">moves to</span><b>${numbersOf(replica, m.now) || '?'}</b></span></li>`;
})}<li class="new"><span class="who2"><b>This party</b><small>${c.covers} guests, ${at}</small></span><span class="way"><${Icon} n="arrow-right" /><span class="sr">gets</span><b>${numbersOf(replica, c.table_ids) || 'a table'}</b></span></li></ul>`;

/** What a change is, for the button that takes it. @param {WouldHelp} w @param {string} date */
function told(w, date) {
  const on = dateOf(w.starts_at);
  const when = `${on === date ? '' : `${dateWords(on, { weekday: 'short', day: 'numeric', month: 'short' })} `}${hm(w.starts_at)}`;
  const tables = numbersOf(replica, w.table_ids);
  if (w.kind === 'split') return { big: w.covers.join(' + '), small: `at two tables${tables ? ` · ${tables}` : ''}` };
  if (w.kind === 'area') {
    const area = areaOf(w);
    return { big: area ? replica.row('area', area)?.name ?? 'Another area' : 'Any area', small: `${when}${tables ? ` · table ${tables}` : ''}` };
  }
  return { big: when, small: tables ? `table ${tables}` : (KINDS[w.kind]?.word ?? '').toLowerCase() };
}
/** The one area of a change's tables. @param {WouldHelp} w */
export function areaOf(w) {
  const areas = new Set(w.table_ids.map((t) => replica.row('table', t)?.area_id));
  return areas.size === 1 ? [...areas][0] ?? null : null;
}

/** A fact, and for the house's own rule who could change it. @param {{ f: InTheWay }} p */
const Fact = ({ f }) => html`<li><${Icon} n=${SIGNS[f.kind] ?? 'circle-alert'} /><span>${f.says ?? f.for_guests}${f.kind === 'moving' && html`<small>This house moves nobody for a booking. Who may change policies can allow it: “booking.reshuffle”.</small>`}</span></li>`;

/** What stands in the way: a glance of it, and all of it on asking. @param {{ answer: WhyNotAnswer }} p */
function Facts({ answer }) {
  const [all, setAll] = useState(false);
  const { facts } = answer;
  const shown = all ? facts : facts.slice(0, facts.length > FEW + 1 ? FEW : FEW + 1);
  return html`${facts.length > FEW + 1 && html`<p class="fine">${facts.length} things stand in the way together${answer.minimal ? '; without any one of them there would be room' : ''}.</p>`}
    ${facts.length > 0 && html`<ul class="facts2" data-testid="facts">${shown.map((f, i) => html`<${Fact} key=${f.about ?? i} f=${f} />`)}</ul>`}
    ${shown.length < facts.length && html`<button type="button" class="lnk" data-testid="all-facts" onClick=${() => setAll(true)}><${Icon} n="chevron-down" />All ${facts.length}</button>`}
    ${facts.length > 1 && facts.length <= FEW + 1 && answer.minimal && answer.state === 'full' && html`<p class="fine">Without any one of these there would be room.</p>`}`;
}

/**
 * @param {{ why: Why, time: string, date: string, covers: number, change: boolean, take: (w: WouldHelp) => void, name: (table_ids: string[]) => void, wait: (() => void) | null }} p
 *   change: an existing booking is moved, which moves nobody else; name: takes these very tables; wait: puts them on the waiting list
 */
export function WhyNot({ why, time, date, covers, change, take, name, wait }) {
  const { answer, word, certificate } = why;
  const changes = (answer?.changes ?? []).filter((w) => w.kind !== 'waiting' && !(change && (w.kind === 'split' || w.certificate))); // a change of time is one booking's
  const queue = answer?.changes.find((w) => w.kind === 'waiting');
  const n = certificate?.moves.length ?? 0;
  const free = answer?.state === 'free';
  now.value;
  const old = !!certificate && Date.parse(certificate.expires_at) - houseNow() < SOON_MS;
  useEffect(() => { if (old) why.again(); }, [old]); // renewed while it is looked at
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), [!answer, time]); // what was asked for by a tap is seen
  return html`<section ref=${box} class=${`why ${answer?.state ?? ''}`} data-testid="why" aria-label=${`About ${time}`} aria-busy=${word === 'asking'}>
    ${!answer ? html`<h3><${Icon} n=${word === 'asking' ? 'loader' : 'circle-alert'} class=${word === 'asking' ? 'spin' : ''} />${word === 'asking' ? `Looking why ${time} is not open …` : linked.value ? `The house did not say why ${time} is not open.` : 'No link: why is told when it is back.'}</h3>
        ${word === 'asking' ? html`<p class="skel line"></p>` : linked.value && html`<button type="button" class="btn sm" onClick=${why.again}><${Icon} n="rotate-cw" />Ask again</button>`}`
      : free ? html`<h3><${Icon} n="circle-check" />${answer.table_ids.length > 1 ? `${time} is free at ${answer.table_ids.length} tables together` : `${time} is free`}</h3>
        ${answer.table_ids.length ? html`<button type="button" class="btn" data-testid="these" onClick=${() => name(answer.table_ids)}><${Icon} n="check" />Take ${numbersOf(replica, answer.table_ids)}</button>` : ''}`
      : certificate ? html`<h3><${Icon} n="arrow-left-right" />${time} opens when ${n === 1 ? 'one other booking moves' : `${n} other bookings move`}</h3>
        <${Moves} c=${certificate} at=${time} />
        <p class="fine">${change ? 'A change of time moves nobody else. Move them on the timeline first, or book anew.'
          : may('book.write') ? `Nothing moves before you book; then all of it at once, or none. For staff who take bookings: you may. Good until ${hm(certificate.expires_at)}.` : 'Only staff who take bookings may do this.'}</p>`
      : html`<h3><${Icon} n=${answer.state === 'closed' ? 'ban' : 'circle-help'} />Why ${time} is ${answer.state === 'closed' ? 'not offered' : `full for ${covers}`}</h3>
        <${Facts} key=${`${time}${covers}`} answer=${answer} />
        ${!answer.exact ? html`<p class="fine">Not proven: there was no time to try every way of moving others. <button type="button" class="lnk" disabled=${word === 'asking'} onClick=${why.again}>Look again</button></p>` : ''}`}
    ${changes.length > 0 && html`<div class="instead" role="group" aria-label="What would do instead" data-testid="instead"><p class="cap"><${Icon} n="circle-check" />Would do instead</p>
      <div class="chips">${changes.map((w, i) => {
        const { big, small } = told(w, date);
        return html`<button type="button" key=${`${w.kind}${w.starts_at}${i}`} class="chipb ok" data-kind=${w.kind} title=${w.for_guests} onClick=${() => take(w)}><${Icon} n=${KINDS[w.kind]?.icon ?? 'check'} /><b>${big}</b><small>${small}${w.certificate ? ` · ${w.certificate.moves.length} move` : ''}</small></button>`;
      })}</div></div>`}
    ${wait && html`<div data-testid="full"><button type="button" class="btn" onClick=${wait}><${Icon} n="hourglass" />Put on the waiting list for ${time}</button>
      ${queue && queue.cancels ? html`<p class="fine">A table comes free when ${queue.cancels === 1 ? 'one booking' : `one of ${queue.cancels} bookings`} is cancelled.</p>` : ''}</div>`}
  </section>`;
}
