/** One piece of the calendar beside the list: its form, what it comes to in words, a look at the change, who changed it. */
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Icon } from '../../parts/icon.js';
import { may, replica } from '../../parts/here.js';
import { here, useDoor } from '../doors.js';
import { Wrong } from '../bits.js';
import { when } from '../words.js';
import { Look, Rival } from './look.js';
import { changeWords } from './words.js';

/** @typedef {import('../../wire.d.ts').Change} Change */
/** @typedef {import('./look.js').Wish} Wish */
/** How one kind of row is edited. `faults`: what is wrong by field, before the hub is asked.
 * @typedef {{ kind: string, icon: string, fresh: string, title: (row: any) => string, draftOf: (row: any) => any, form: any, words: (draft: any) => string, rowWords: (row: any) => string,
 *   faults: (draft: any) => Record<string, string>, wish: (draft: any, row: any) => Wish, gone: (row: any) => Wish, goneWords: string }} Sort */

const same = (/** @type {any} */ a, /** @type {any} */ b) => JSON.stringify(a) === JSON.stringify(b);

/** @param {{ sort: Sort, id: string, start: any, close: () => void }} p id '' for a new one; start: its first draft */
export function SlotEditor({ sort, id, start, close }) {
  const live = replica.row(sort.kind, id) ?? null;
  replica.revision.value;
  const [base, setBase] = useState(/** @type {any} */ (live));
  const [draft, setDraft] = useState(() => (live ? sort.draftOf(live) : start));
  const [wrong, setWrong] = useState(/** @type {Record<string, string>} */ ({}));
  const [looking, setLooking] = useState(/** @type {'' | 'save' | 'delete'} */ (''));
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const can = may('slots.edit');
  useEffect(() => { box.current?.focus({ preventScroll: true }); }, []);
  const put = (/** @type {any} */ change) => { setDraft({ ...draft, ...change }); setWrong({}); };
  const fresh = !base;
  const dirty = fresh || !same(draft, sort.draftOf(base));
  const quicker = !fresh && (live?.version ?? 0) !== base.version;
  const theirs = () => { setLooking(''); setWrong({}); live ? (setBase(live), setDraft(sort.draftOf(live))) : close(); };
  const look = (/** @type {Event} */ e) => {
    e.preventDefault();
    const faults = sort.faults(draft);
    setWrong(faults);
    if (!Object.keys(faults).length && dirty && can) return setLooking('save');
    requestAnimationFrame(() => /** @type {HTMLElement | null} */ (box.current?.querySelector('[aria-invalid="true"], [role="alert"]'))?.scrollIntoView({ block: 'center' }));
  };
  const title = fresh ? sort.fresh : sort.title(base);
  const done = () => close();
  const faults = Object.keys(wrong).length;
  return html`<section class="editor" ref=${box} tabindex="-1" role="dialog" aria-label=${title} data-testid="editor" onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === 'Escape' && !document.querySelector('dialog[open]')) { e.stopPropagation(); looking ? setLooking('') : close(); } }}>
    <header class="ehead"><div><h2>${looking === 'delete' ? sort.goneWords : title}</h2></div><button class="icon" aria-label="Close" onClick=${close}><${Icon} n="x" /></button></header>
    <div class="ebody">
    ${looking === 'save' ? html`<${Look} wish=${{ ...sort.wish(draft, base), ...(base ? { expect: base.version } : {}) }} says=${sort.words(draft)} told=${`Saved: ${sort.words(draft)}`} yes=${fresh ? 'Add it' : 'Save the change'} words=${sort.rowWords}
        done=${done} back=${() => setLooking('')} theirs=${theirs} refused=${(/** @type {any} */ no) => { setLooking(''); setWrong({ [no.field.split('.')[0]]: no.message }); }} />`
    : looking === 'delete' ? html`<${Look} wish=${{ ...sort.gone(base), expect: base.version }} says=${sort.rowWords(base)} told=${`Deleted: ${sort.rowWords(base)}`} yes="Delete it" danger=${true} words=${sort.rowWords} done=${done} back=${() => setLooking('')} theirs=${theirs} />`
    : html`${quicker && html`<${Rival} row=${live} about=${[sort.kind, id]} words=${sort.rowWords} over="Go on with mine" theirs=${theirs} mine=${() => setBase(live)} />`}
      <form novalidate onSubmit=${look}>
        <${sort.form} d=${draft} put=${put} wrong=${wrong} off=${!can} row=${base} />
        <p class="eg" data-testid="words"><${Icon} n=${sort.icon} /><span><b>In words</b>${sort.words(draft)}</span></p>
        ${faults > 0 && html`<${Wrong} message=${faults === 1 ? 'One thing to put right.' : `${faults} things to put right.`} />`}
        ${can ? html`<div class="row end estick">${!fresh && html`<button type="button" class="btn quiet" data-testid="delete" onClick=${() => setLooking('delete')}><${Icon} n="trash-2" />Delete</button>`}
          <button type="submit" class="btn pri grow" data-testid="review" disabled=${!dirty || (quicker && !live)}><${Icon} n="eye" />${dirty ? 'Look at the change' : 'Nothing changed yet'}</button></div>`
          : html`<p class="note"><${Icon} n="lock" />Your role can see this, not change it.</p>`}</form>
      ${!fresh && html`<${Past} kind=${sort.kind} id=${id} version=${live?.version ?? 0} />`}`}
    </div></section>`;
}

const PAST = 8; // changes shown; the record has the rest

/** Who changed it, and what. @param {{ kind: string, id: string, version: number }} p */
function Past({ kind, id, version }) {
  const read = useDoor(may('journal.read') ? `${here()}/changes/${kind}/${encodeURIComponent(id)}` : '');
  useEffect(() => { if (read.data) read.again(); }, [version]);
  const list = /** @type {Change[]} */ (read.data ?? []);
  return list.length > 0 && html`<section class="hist" aria-label="History"><h3><${Icon} n="history" />Who changed it</h3><ol class="past-of">${list.slice(0, PAST).map((c, i) => html`<li key=${c.seq}>
    <span class="v" aria-hidden="true">${list.length - i}</span><div><b>${c.by}</b> <small>${when(c.at)}</small><small>${i === list.length - 1 && c.command.startsWith('set') ? 'Added' : changeWords(c.fields) || 'Taken back'}</small></div></li>`)}</ol></section>`;
}
