/** Guests who answered by leaving: their card is gone with them, so their answer stands by itself until it has been seen. */
import { html, signal } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm } from '../parts/words.js';
import { replica } from './house.js';

/** @typedef {{ id: string, name: string, covers: number, word: string, at: string }} Gone */

const WORDS = /** @type {Record<string, string>} */ ({ cancelled: 'Cancelled', declined: 'Declined' });
const MOST = 5; // an evening's worth of unseen ones; older ones are in the history

const left = signal(/** @type {Gone[]} */ ([]));

export function listenForLeavers() {
  replica.hearers.add((pub) => {
    const dropped = new Set((pub.patches ?? []).flatMap((p) => (p.drop?.[0] === 'party' ? [p.drop[1]] : [])));
    for (const fact of pub.facts ?? []) {
      if (fact.fact !== 'waitlist.replied' || !WORDS[fact.reply] || !dropped.has(fact.party_id)) continue;
      const row = replica.row('party', fact.party_id); // as it was last drawn
      if (row) left.value = [{ id: row.id, name: row.name, covers: row.covers, word: /** @type {string} */ (WORDS[fact.reply]), at: pub.at }, ...left.peek()].slice(0, MOST);
    }
  });
}

export const Left = () => left.value.length > 0 && html`<ul class="left" aria-label="Left the line">${left.value.map((g) => html`<li key=${g.id} class="reply declined" data-left=${g.id}>
  <${Icon} n="circle-x" /><span>${g.name} · ${g.covers} “${g.word}”<small>${hm(g.at)}</small></span>
  <button class="btn sm" aria-label=${`Seen: ${g.name}, ${g.word}`} onClick=${() => (left.value = left.peek().filter((x) => x !== g))}>Seen</button></li>`)}</ul>`;
