/**
 * Guests who answered by leaving: their card is gone with them, so their answer stands by itself until it has been seen.
 * The record tells a guest who left from one that a host took off.
 */
import { html, signal } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm } from '../parts/words.js';
import { call } from '../replica/house.js';
import { replica, pending, site, waiting } from './house.js';

/** @typedef {{ id: string, name: string, covers: number, word: string, at: string }} Gone */

const WORDS = /** @type {Record<string, string>} */ ({ cancelled: 'Cancelled', declined: 'Declined' });
const MOST = 5; // an evening's worth of unseen ones; older ones are in the history

const left = signal(/** @type {Gone[]} */ ([]));

export function listenForLeavers() {
  replica.hearers.add((pub) => {
    const dropped = new Set((pub.patches ?? []).flatMap((p) => (p.drop?.[0] === 'party' ? [p.drop[1]] : [])));
    if (!dropped.size || pending.owns(pub.key)) return;
    const facts = (pub.facts ?? []).filter((f) => dropped.has(f.party_id));
    for (const { party_id: id, fact, why } of facts) {
      const row = waiting.peek().find((c) => c.id === id); // as it was last drawn: the row is gone already
      const said = facts.find((f) => f.fact === 'waitlist.replied' && f.party_id === id)?.reply;
      if (!row || fact !== 'waitlist.removed') continue;
      if (WORDS[said]) note(row, said, pub.at);
      else if (why === 'left') call(`/api/sites/${site}/changes/party/${id}`).then((all) => all[0]?.actor.startsWith('guest:') && note(row, 'cancelled', pub.at), () => {});
    }
  });
}

/** @param {{ id: string, name: string, covers: number }} row @param {string} said @param {string} at */
const note = (row, said, at) => (left.value = [{ id: row.id, name: row.name, covers: row.covers, word: /** @type {string} */ (WORDS[said]), at }, ...left.peek().filter((x) => x.id !== row.id)].slice(0, MOST));

export const Left = () => html`${left.value.map((g) => html`<li key=${g.id} class="reply declined" data-left=${g.id}>
  <${Icon} n="circle-x" /><span>${g.name} · ${g.covers} “${g.word}”<small>${hm(g.at)}</small></span>
  <button class="btn sm" aria-label=${`Seen: ${g.name}, ${g.word}`} onClick=${() => (left.value = left.peek().filter((x) => x !== g))}>Seen</button></li>`)}`;
