/** The keyboard: everything a finger can do, and a page that tells how. */
import { html, signal, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { Modal } from '../parts/dialog.js';
import { drawer, held, take, assigning, undoLast, takeParty, takeBooking, tapTable, areaId, tab, filter, onlySection } from './hand.js';
import { waiting, arriving, allFaces, replica, may } from './house.js';

const help = signal(false);
const finding = signal(false);
export const openHelp = () => (help.value = true);
export const openSearch = () => (finding.value = true);

const KEYS = [['Arrows', 'go from table to table'], ['Enter', 'open the table, or seat the party in hand'], ['Esc', 'close, or put the party down'],
  ['/', 'find a party, booking or table'], ['w', 'seat a walk-in'], ['a', 'add a party to the waitlist'], ['b', 'new booking'],
  ['u', 'take back your last doing'], ['p', 'the plan of the evening'], ['i', 'what if …'], ['h', 'what was done'], ['1 – 9', 'show an area'], ['?', 'this page']];

export function listenToKeys() {
  addEventListener('keydown', (e) => {
    const el = /** @type {HTMLElement} */ (e.target);
    if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) || document.querySelector('dialog[open]')) return;
    const press = () => e.preventDefault();
    switch (e.key) {
      case 'Escape':
        if (held.peek() || assigning.peek()) { take(null); assigning.value = ''; } else if (drawer.peek()) drawer.value = null;
        else { filter.value = new Set(); onlySection.value = ''; }
        return;
      case '/': return press(), void openSearch();
      case '?': return press(), void openHelp();
      case 'w': return press(), void (drawer.value = { kind: 'walkin' });
      case 'a': return press(), void (drawer.value = { kind: 'add' });
      case 'b': return press(), void (drawer.value = { kind: 'book' });
      case 'p': return press(), void (may('book.read') && (drawer.value = { kind: 'plan' }));
      case 'i': return press(), void (may('book.write') && (drawer.value = { kind: 'whatif' }));
      case 'h': return press(), void (drawer.value = { kind: 'history' });
      case 'u': return press(), undoLast();
    }
    if (/^[1-9]$/.test(e.key)) {
      const buttons = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.areas button'));
      buttons[Number(e.key) - 1]?.click();
    }
  });
}

export function KeyPages() {
  return html`${help.value && html`<${Modal} label="Keys" onClose=${() => (help.value = false)}><h2>Keys</h2>
    <dl class="keys">${KEYS.map(([k, w]) => html`<div key=${k}><dt><kbd>${k}</kbd></dt><dd>${w}</dd></div>`)}</dl>
    <div class="row end"><button class="btn pri" autofocus onClick=${() => (help.value = false)}>Good</button></div><//>`}
    ${finding.value && html`<${Search} />`}`;
}

function Search() {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const close = () => (finding.value = false);
  const low = text.trim().toLowerCase();
  const has = (/** @type {string[]} */ ...words) => words.some((w) => w.toLowerCase().includes(low));
  /** @type {{ key: string, icon: string, what: string, sub: string, go: () => void }[]} */
  const hits = !low ? [] : [
    ...allFaces().filter((f) => f.number.toLowerCase() === low || (f.name && has(f.name))).map((f) => ({ key: `t${f.id}`, icon: 'armchair', what: `Table ${f.number}${f.name ? ` · ${f.name}` : ''}`, sub: f.line || 'Open',
      go: () => { areaId.value = replica.row('table', f.id)?.area_id ?? areaId.peek(); take(null); tapTable(f.id); } })),
    ...waiting.value.filter((c) => has(c.name, c.phone)).map((c) => ({ key: c.id, icon: 'hourglass', what: `${c.name} · ${c.covers}`, sub: `waiting ${c.waited}′`, go: () => { tab.value = 'waiting'; takeParty(c.id); } })),
    ...arriving.value.filter((c) => has(c.name, c.phone, c.code)).map((c) => ({ key: c.id, icon: 'calendar-clock', what: `${c.name} · ${c.covers}`, sub: `booked ${c.time}${c.at ? ` at ${c.at}` : ''}`, go: () => { tab.value = 'arriving'; takeBooking(c.id); } })),
  ].slice(0, 8);
  const key = (/** @type {KeyboardEvent} */ e) => {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); setAt(Math.max(0, Math.min(hits.length - 1, at + (e.key === 'ArrowDown' ? 1 : -1)))); }
    if (e.key === 'Enter' && hits[at]) { e.preventDefault(); close(); hits[at].go(); }
  };
  return html`<${Modal} label="Find" onClose=${close} class="find"><div class="seek"><${Icon} n="search" /><input class="in" autofocus aria-label="Name, phone, code or table" placeholder="Name, phone, code or table" autocomplete="off" value=${text}
      onInput=${(/** @type {any} */ e) => { setText(e.target.value); setAt(0); }} onKeyDown=${key} /></div>
    <ul class="hits">${hits.map((h, i) => html`<li key=${h.key}><button class=${i === at ? 'on' : ''} onClick=${() => { close(); h.go(); }}><${Icon} n=${h.icon} /><span>${h.what}</span><small>${h.sub}</small></button></li>`)}</ul>
    ${low && !hits.length && html`<p class="note" role="status">Nobody by that name tonight.</p>`}<//>`;
}
