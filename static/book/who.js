/** Who: a guest found as their name, number or address is typed, with what the house knows of them. */
import { html, useEffect, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { flagOf, dayOf } from '../parts/words.js';
import { site, may } from '../parts/here.js';
import { call } from '../replica/house.js';

/** @typedef {import('./form.js').Part} Part */
/** @typedef {import('../wire.d.ts').GuestHit} GuestHit */
/** @typedef {import('../wire.d.ts').GuestRow} GuestRow */

const SEARCH_AFTER_MS = 150;
const SEARCH_FROM = 2; // letters
const SHOWN = 6;
const MATCHED = { name: '', phone: 'by phone', email: 'by e-mail' };

/** What the house knows of a guest, at a glance. @param {{ g: GuestHit | GuestRow, children?: any }} p */
export function Glance({ g, children }) {
  const notes = 'notes' in g ? g.notes : null;
  const likes = 'preferences' in g ? g.preferences : [];
  return html`<div class=${`glance ${g.blacklisted ? 'banned' : ''}`} data-testid="glance">
    <div class="row"><span class="av">${g.name.split(/\s+/).map((w) => w[0]).slice(0, 2).join('')}</span><span class="grow"><b>${g.name}</b>${g.tier && html` <span class="chip">${g.tier}</span>`}${g.blacklisted && html` <span class="chip al"><${Icon} n="ban" />Blacklisted</span>`}
      <small>${g.visits ? `${g.visits} visit${g.visits === 1 ? '' : 's'}${g.last_seen ? ` · last ${dayOf(g.last_seen)}` : ''}` : 'First visit'}${g.no_shows ? html` · <b class="bad">${g.no_shows} no-show${g.no_shows === 1 ? '' : 's'}</b>` : ''}</small></span>${children}</div>
    ${g.flags.length > 0 && html`<div class="flags">${g.flags.map(flagOf).map((x) => html`<span class=${`chip ${x.alert ? 'al' : ''}`}><${Icon} n=${x.icon} />${x.word}</span>`)}${likes.map((x) => html`<span class="chip soft">likes ${x}</span>`)}</div>`}
    ${notes && html`<p class="note"><${Icon} n="notebook-pen" />${notes}</p>`}
  </div>`;
}

/** @param {Part & { id: string }} p */
export function Who({ f, set, err, hints, checked, id }) {
  const [typed, setTyped] = useState({ field: '', q: '' });
  const [hits, setHits] = useState(/** @type {GuestHit[]} */ ([]));
  const [on, setOn] = useState(-1);
  const [guest, setGuest] = useState(/** @type {GuestRow | GuestHit | null} */ (null));
  const nameRef = useRef(/** @type {HTMLInputElement | null} */ (null));

  useEffect(() => { // a guest that came with the form
    if (!f.guest_id || guest?.id === f.guest_id || !may('guests.read')) return;
    let live = true;
    call(`/api/sites/${site}/guests/${f.guest_id}`).then((g) => live && setGuest(g), () => {});
    return () => { live = false; };
  }, [f.guest_id]);

  useEffect(() => {
    setOn(-1);
    if (typed.q.length < SEARCH_FROM || !may('guests.read')) return setHits([]);
    let live = true;
    const timer = setTimeout(() => call(`/api/sites/${site}/guests?q=${encodeURIComponent(typed.q)}&limit=${SHOWN}`).then((h) => live && setHits(h), () => live && setHits([])), SEARCH_AFTER_MS);
    return () => { live = false; clearTimeout(timer); };
  }, [typed.q, typed.field]);

  const pick = (/** @type {GuestHit} */ g) => {
    setHits([]);
    setTyped({ field: '', q: '' });
    setGuest(g);
    set({ guest_id: g.id, name: g.name, phone: g.phone ?? '', email: g.email ?? '' });
  };
  const unlink = () => {
    setGuest(null);
    set({ guest_id: null });
    nameRef.current?.focus();
  };
  const input = (/** @type {'name' | 'phone' | 'email'} */ field) => (/** @type {any} */ e) => {
    set({ [field]: e.target.value });
    if (!f.guest_id) setTyped({ field, q: e.target.value.trim() });
  };
  const keys = (/** @type {KeyboardEvent} */ e) => {
    if (!hits.length) return;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); setOn((on + (e.key === 'ArrowDown' ? 1 : -1) + hits.length) % hits.length); }
    if (e.key === 'Enter' && hits[on]) { e.preventDefault(); pick(/** @type {GuestHit} */ (hits[on])); }
    if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); setHits([]); }
  };
  /** @param {'name' | 'phone' | 'email'} field */
  const combo = (field) => ({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': hits.length > 0 && typed.field === field, 'aria-controls': `hits-${field}`, autocomplete: 'off',
    'aria-activedescendant': hits.length && typed.field === field && on >= 0 ? `hit-${on}` : undefined, onInput: input(field), onKeyDown: keys, onBlur: () => setTimeout(() => setHits([]), 150) });
  /** @param {'name' | 'phone' | 'email'} field */
  const list = (field) => html`<ul class="combo" role="listbox" id=${`hits-${field}`} aria-label="Guests" hidden=${!hits.length || typed.field !== field}>${typed.field === field && hits.map((g, i) =>
    html`<li key=${g.id} id=${`hit-${i}`} role="option" aria-selected=${i === on} class=${i === on ? 'on' : ''} data-guest=${g.id} onPointerDown=${(/** @type {Event} */ e) => { e.preventDefault(); pick(g); }}>
      <span class="grow"><b>${g.name}</b>${g.flags.includes('vip') && html` <span class="mark star"><${Icon} n="star" /></span>`}${g.blacklisted && html` <span class="chip al"><${Icon} n="ban" />Blacklisted</span>`}<small>${[g.phone, g.email].filter(Boolean).join(' · ')}</small></span>
      <small class="r">${g.visits ? `${g.visits} visit${g.visits === 1 ? '' : 's'}` : 'first visit'}${g.no_shows ? html`<br /><span class="bad">${g.no_shows} no-show${g.no_shows === 1 ? '' : 's'}</span>` : ''}${MATCHED[g.matched] ? html`<br />${MATCHED[g.matched]}` : ''}</small></li>`)}</ul>`;
  const known = !f.guest_id && checked?.known && checked.known.id !== guest?.id ? checked.known : null;

  return html`<fieldset class="who-set"><legend class="sr">Guest</legend>
    <div class="field"><label>Name<input class="in" name="name" ref=${nameRef} data-focus=${!id || undefined} maxlength="80" aria-invalid=${!!err('name')} value=${f.name} ...${combo('name')} /></label>${list('name')}${err('name')}${hints('name')}</div>
    <div class="two"><div class="field"><label>Phone<input class="in" name="phone" type="tel" maxlength="32" aria-invalid=${!!err('phone')} value=${f.phone} ...${combo('phone')} /></label>${list('phone')}${err('phone')}</div>
      <div class="field"><label>E-mail<input class="in" name="email" type="email" maxlength="254" aria-invalid=${!!err('email')} value=${f.email} ...${combo('email')} /></label>${list('email')}${err('email')}</div></div>${f.name.trim() ? hints('phone', 'email') : ''}
    ${f.guest_id && guest ? html`<${Glance} g=${guest}><button type="button" class="btn sm" onClick=${unlink}><${Icon} n="x" />Someone else</button><//>`
      : known ? html`<${Glance} g=${known}><button type="button" class="btn sm pri" onClick=${() => pick(known)}><${Icon} n="user-check" />That’s them</button><//>` : ''}
    ${err('guest_id')}${hints('guest_id')}
    ${(f.phone || f.email) && html`<label class="check"><input type="checkbox" checked=${f.sms_opt_in} onChange=${(/** @type {any} */ e) => set({ sms_opt_in: e.target.checked })} /><span>Guest agrees to text messages</span></label>`}
  </fieldset>`;
}
