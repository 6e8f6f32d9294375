/** Who is this? Guests the house knows, found while a phone number or a name is typed. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from './icon.js';
import { Marks } from './marks.js';
import { site, may } from './here.js';
import { call } from '../replica/house.js';

/** @typedef {import('../wire.d.ts').GuestHit} GuestHit */

const LEAST = 3; // characters: fewer mean half the town
const PAUSE_MS = 200; // between two keys; nobody reads a list that jumps
const SHOWN = 4;
export const TIERS = /** @type {Record<string, string>} */ ({ bronze: 'Bronze', silver: 'Silver', gold: 'Gold', platinum: 'Platinum' });

/** Guests that go with what is typed. Without the link, or without the right to see guests: none. @param {string} typed @returns {GuestHit[]} */
export function useGuests(typed) {
  const [hits, setHits] = useState(/** @type {GuestHit[]} */ ([]));
  const q = typed.trim();
  useEffect(() => {
    if (q.length < LEAST || !may('guests.read')) return setHits([]);
    let on = true;
    const timer = setTimeout(() => call(`/api/sites/${site}/guests?limit=${SHOWN}&q=${encodeURIComponent(q)}`).then((found) => on && setHits(found), () => on && setHits([])), PAUSE_MS);
    return () => { on = false; clearTimeout(timer); };
  }, [q]);
  return hits;
}

/** 12 visits, 1 no-show, Gold. @param {GuestHit} g */
export const standing = (g) => [g.visits ? `${g.visits} visit${g.visits === 1 ? '' : 's'}` : 'not here yet',
  g.no_shows ? `${g.no_shows} no-show${g.no_shows === 1 ? '' : 's'}` : '', g.tier ? TIERS[g.tier] : ''].filter(Boolean).join(' · ');

/** The guests found, each to be taken with a tap. @param {{ hits: GuestHit[], choose: (g: GuestHit) => void }} p */
export const GuestHits = ({ hits, choose }) => hits.length > 0 && html`<ul class="known" aria-label="Guests we know">${hits.map((g) => html`<li key=${g.id}><button type="button" data-guest=${g.id} onClick=${() => choose(g)}>
  <span class="who"><span class="nm">${g.name}<${Marks} flags=${g.flags} />${g.blacklisted && html`<span class="chip al">Blacklisted</span>`}</span><span class="meta">${[g.phone ?? g.email, standing(g)].filter(Boolean).join(' · ')}</span></span></button></li>`)}</ul>`;

/** The guest taken. @param {{ g: GuestHit, drop: () => void }} p */
export const GuestTaken = ({ g, drop }) => html`<div class="known one" data-testid="guest"><${Icon} n="user-check" /><span class="who"><span class="nm">${g.name}<${Marks} flags=${g.flags} />${g.blacklisted && html`<span class="chip al">Blacklisted</span>`}</span><span class="meta">${standing(g)}</span></span>
  <button type="button" class="icon" aria-label=${`Not ${g.name}`} onClick=${drop}><${Icon} n="x" /></button></div>`;
