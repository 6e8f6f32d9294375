/** Every policy of the house in its group, with what is in force, who said so and when; one of them open beside it. */
import { html, signal, useMemo, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { me, venue } from '../parts/here.js';
import { here, useDoor } from './doors.js';
import { GROUPS, groupOf, makeOf, scopeWords, told, when } from './words.js';
import { goTo, Head, Loading, Nothing, place, plain, Search, Trouble } from './bits.js';

/** @typedef {import('./words.js').PolicyView} PolicyView */
/** @typedef {import('../wire.d.ts').SiteCard} SiteCard */

/** The editor comes while the list is being read. */
const editor = signal(/** @type {typeof import('./editor.js').Editor | null} */ (null));
import('./editor.js').then((m) => (editor.value = m.Editor), () => location.reload());

/** What the blanks of a text are filled with for a look at it. @param {SiteCard | null} card @returns {Record<string, string>} */
export const sampleOf = (card) => ({
  guest_name: 'Marta Silva', house: card?.name ?? venue.value?.name ?? 'The house', date: 'Friday 27 November', time: '19:30', covers: '4', code: 'K7QF2M',
  link: `${location.origin}/g/MUdD5Q-hturlIPNI2Ub5FQ`, address: card?.address ?? '12 Harbour Row', house_phone: card?.phone ?? '020 7946 0000', quoted_min: '25', position: '3',
  minutes: '15', expires: '19:45', one_time_code: '482913',
});

/** @param {{ p: PolicyView, kinds: PolicyView[], on: boolean }} r */
function Row({ p, kinds, on }) {
  const last = (p.values ?? []).reduce((/** @type {any} */ a, v) => (!a || v.version > a.version ? v : a), null);
  const make = makeOf(p);
  return html`<li><button class=${`pol ${on ? 'on' : ''} ${make}`} data-policy=${p.policy} aria-current=${on ? 'true' : undefined} onClick=${() => goTo('policies', p.policy)}>
    <span class="t">${p.title}</span>
    <span class="r"><span class=${`tagc ${p.scope}`}>${scopeWords(p.scope, p.kind)}</span><span class=${`v ${make === 'switch' && p.value ? 'yes' : ''}`}>${make === 'switch' && html`<i class="led" aria-hidden="true"></i>`}${told(p, p.value)}</span></span>
    ${last && html`<span class="m">${kinds.map((k) => html`<span class="tagc kind" key=${k.kind}>${scopeWords('kind', k.kind)}: ${told(k, k.value)}</span>`)}<span class="by">version ${p.newest} · ${last.by_name}, ${when(last.at)}</span></span>`}
    <${Icon} n="chevron-right" /></button></li>`;
}

export function Policies() {
  const read = useDoor(`${here()}/policies`);
  const card = useDoor(`${here()}/card`);
  const [text, setText] = useState('');
  const [own, setOwn] = useState(false);
  const all = /** @type {PolicyView[]} */ (read.data ?? []);
  const base = all.filter((p) => !p.kind);
  const open = base.find((p) => p.policy === place.value.id);
  const words = plain(text.trim()).split(/\s+/).filter(Boolean);
  const shown = base.filter((p) => (!own || (p.values ?? []).length > 0) && words.every((w) => plain(`${p.title} ${p.policy} ${told(p, p.value)}`).includes(w)));
  const changedCount = base.filter((p) => (p.values ?? []).length > 0).length;
  const get = (/** @type {string} */ key) => base.find((p) => p.policy === key)?.value;
  const sample = useMemo(() => sampleOf(card.data), [card.data]);
  if (read.wrong && !read.data) return html`<${Trouble} message=${read.wrong} again=${read.again} />`;
  const close = () => { const id = place.value.id; goTo('policies'); requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector(`[data-policy="${CSS.escape(id)}"]`))?.focus()); };
  return html`<div class=${`duo ${open ? 'two' : ''}`}>
    <section class="listing" aria-label="Policies"><${Head} title="Policies" sub=${`How ${me.value?.sites[0]?.name ?? 'the house'} runs. A change is on every screen within five seconds.`} />
      <div class="tools"><${Search} label="Find a policy" value=${text} set=${setText} />
        <div class="seg" role="group" aria-label="Which"><button aria-pressed=${!own} onClick=${() => setOwn(false)}>All <span class="n">${base.length}</span></button><button aria-pressed=${own} onClick=${() => setOwn(true)}>Changed <span class="n">${changedCount}</span></button></div></div>
      ${!read.data ? html`<${Loading} />` : !shown.length ? html`<${Nothing} icon="search" title="No such policy" text=${text ? `Nothing is called “${text}”.` : 'Everything is as the house began.'}><button class="btn" onClick=${() => { setText(''); setOwn(false); }}>Show all</button><//>`
        : GROUPS.map((g) => {
          const list = shown.filter((p) => groupOf(p.policy) === g.id);
          return list.length > 0 && html`<section class="pgroup" key=${g.id} aria-label=${g.title}><h3><${Icon} n=${g.icon} />${g.title}<small>${list.length}</small></h3>
            <ul>${list.map((p) => html`<${Row} key=${p.policy} p=${p} kinds=${all.filter((k) => k.policy === p.policy && k.kind)} on=${p.policy === open?.policy} />`)}</ul></section>`;
        })}</section>
    ${open && editor.value && html`<${editor.value} key=${`${open.policy} ${open.newest}`} p=${open} get=${get} sample=${sample} close=${close} changed=${read.again} />`}
  </div>`;
}
