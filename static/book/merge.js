/** Two cards of one person become one: found, side by side, confirmed. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { dayOf, flagOf } from '../parts/words.js';
import { site } from '../parts/here.js';
import { ask, linked } from '../parts/asking.js';
import { say } from '../parts/toast.js';
import { call } from '../replica/house.js';
import { shut, openGuest, readCardsAgain } from './hand.js';
import { Sheet, inputOf } from './modal.js';

/** @typedef {import('../wire.d.ts').GuestRow} GuestRow */
/** @typedef {import('../wire.d.ts').GuestHit} GuestHit */

const SEARCH_AFTER_MS = 150;

/** What is compared, and how it reads. @type {[string, (g: GuestRow) => string][]} */
const LINES = [['Name', (g) => g.name], ['Phone', (g) => g.phone ?? ''], ['E-mail', (g) => g.email ?? ''], ['Visits', (g) => `${g.visits}${g.last_seen ? ` · last ${dayOf(g.last_seen)}` : ''}`],
  ['No-shows', (g) => String(g.no_shows)], ['Good to know', (g) => g.flags.map((f) => flagOf(f).word).join(', ')], ['Likes', (g) => g.preferences.join(', ')], ['Tier', (g) => g.tier ?? ''], ['Tags', (g) => g.tags.join(', ')], ['Notes', (g) => g.notes ?? '']];

/** @param {{ id: string }} p */
export function Merge({ id }) {
  const [keep, setKeep] = useState(/** @type {GuestRow | null} */ (null));
  const [gone, setGone] = useState(/** @type {GuestRow | null} */ (null));
  const [q, setQ] = useState('');
  const [hits, setHits] = useState(/** @type {GuestHit[] | null} */ (null));
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  const read = (/** @type {string} */ g) => call(`/api/sites/${site}/guests/${encodeURIComponent(g)}`);
  useEffect(() => { read(id).then((g) => { setKeep(g); setQ(g.name.split(/\s+/).at(-1) ?? ''); }, () => setWrong('The card is not to be had just now.')); }, [id]);
  useEffect(() => {
    if (q.trim().length < 2) return setHits(null);
    let on = true;
    const timer = setTimeout(() => call(`/api/sites/${site}/guests?q=${encodeURIComponent(q.trim())}&limit=8`).then((h) => on && setHits(h.filter((/** @type {GuestHit} */ x) => x.id !== id)), () => on && setHits(null)), SEARCH_AFTER_MS);
    return () => { on = false; clearTimeout(timer); };
  }, [q]);
  const go = async () => {
    if (!keep || !gone) return;
    setBusy(true);
    const answer = await ask('merge_guests', { keep_id: keep.id, gone_id: gone.id }, { quiet: true, silent: true });
    setBusy(false);
    if (answer.status === 'refused') return setWrong(answer.message);
    shut();
    say(`${gone.name} and ${keep.name} are one card now`);
    openGuest(keep.id);
  readCardsAgain();
  };
  const swap = () => { setKeep(gone); setGone(keep); };
  return html`<${Sheet} label="Merge two cards" onClose=${shut} cls="merge" test="merge-dialog"><div class="body"><h2>Merge two cards<small>for one person who has two</small></h2>
    ${!gone ? html`<label>The other card<input class="in" data-focus autocomplete="off" placeholder="Name, phone or e-mail" value=${q} onInput=${inputOf(setQ)} /></label>
        <ul class="picks">${(hits ?? []).map((g) => html`<li key=${g.id}><button data-guest=${g.id} onClick=${() => read(g.id).then(setGone, () => setWrong('The card is not to be had just now.'))}><span class="grow"><b>${g.name}</b><small>${[g.phone, g.email].filter(Boolean).join(' · ') || 'no number or address'}</small></span><small>${g.visits} visits</small><${Icon} n="chevron-right" /></button></li>`)}</ul>
        ${hits && !hits.length && html`<p class="note" role="status">Nobody else like that.</p>`}`
      : keep && html`<table class="pairs"><thead><tr><th></th><th scope="col"><${Icon} n="check" />Stays</th><th scope="col"><${Icon} n="merge" />Goes into it</th></tr></thead><tbody>${LINES.map(([w, of]) => {
          const a = of(keep), b = of(gone);
          return html`<tr key=${w} class=${a !== b && b ? 'differs' : ''}><th scope="row">${w}</th><td>${a || (b ? html`<span class="takes">${b}</span>` : '–')}</td><td>${b || '–'}</td></tr>`;
        })}</tbody></table>
        <p class="note">What the staying card lacks it takes over; bookings and visits of both follow. This cannot be taken back.</p>`}
    ${wrong && html`<em role="alert" class="err">${wrong}</em>`}
    <div class="row end">${gone && html`<button class="btn" onClick=${swap}><${Icon} n="arrow-left-right" />The other stays</button><button class="btn" onClick=${() => setGone(null)}>Another card</button>`}
      <button class="btn" onClick=${shut}>Leave them</button>${gone && html`<button class="btn danger" data-testid="yes" disabled=${busy || !linked.value} onClick=${go}>Merge</button>`}</div></div><//>`;
}
