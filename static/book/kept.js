/** The chosen time, kept for this dialog while the rest is filled in: let go of when the dialog closes or the wish
 * changes, told when the minutes are over. */
import { html, useEffect, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { site, link } from '../parts/here.js';
import { newKey } from '../replica/pending.js';
import { now, houseNow } from '../replica/clock.js';

/** @typedef {import('../wire.d.ts').SlotKept} SlotKept */
/** @typedef {{ word: 'none' | 'asking' | 'kept' | 'over' | 'no', key: string, id: string, until: number, table_ids: string[], says: string }} Keeping */
/** @typedef {Keeping & { keep: (key: string) => Promise<void>, expire: () => void, taken: () => void, letGo: () => Promise<void>, now: () => Keeping }} Kept */

const SETTLED_MS = 350; // times tapped one after the other are not all kept
/** @type {Keeping} */
const NONE = { word: 'none', key: '', id: '', until: 0, table_ids: [], says: '' };

/** Said outside the pending taps: nothing of it is drawn before the house has spoken. @param {string} name @param {Record<string, any>} args */
const tell = (name, args) => link.rpc(name, { site_id: site, key: newKey(), ...args });
/** A page that goes away cannot wait for an answer. @param {string} checkout_id */
const letGoAtOnce = (checkout_id) => void fetch('/api/commands/release_slot', { method: 'POST', keepalive: true, credentials: 'same-origin',
  headers: { 'content-type': 'application/json' }, body: JSON.stringify({ site_id: site, key: newKey(), checkout_id }) }).catch(() => null);

/** @returns {Kept} */
export function useKept() {
  const [state, setState] = useState(NONE);
  const it = useRef({ state: NONE, turn: 0 }).current;
  const be = (/** @type {Partial<Keeping>} */ change) => setState((it.state = { ...NONE, ...change }));
  const letGo = async () => {
    it.turn++;
    const { id } = it.state;
    be({});
    if (id) await tell('release_slot', { checkout_id: id }).catch(() => null); // else it ends by itself
  };
  const keep = async (/** @type {string} */ key) => {
    await letGo();
    const turn = it.turn;
    be({ word: 'asking', key });
    const answer = await tell('hold_slot', JSON.parse(key)).catch(() => null);
    const result = /** @type {SlotKept | null} */ (answer?.status === 'done' ? answer.result : null);
    if (turn !== it.turn) return void (result && tell('release_slot', { checkout_id: result.checkout_id }).catch(() => null));
    if (result) be({ word: 'kept', key, id: result.checkout_id, until: Date.parse(result.expires_at), table_ids: result.table_ids });
    else be({ word: 'no', key, says: !answer || answer.reason === 'too_many_held' ? answer?.message ?? 'Not kept for you just now.' : '' }); // else the check has said it
  };
  useEffect(() => {
    const away = () => it.state.id && letGoAtOnce(it.state.id);
    addEventListener('pagehide', away);
    return () => { removeEventListener('pagehide', away); void letGo(); };
  }, []);
  return { ...state, keep, letGo, now: () => it.state, expire: () => be({ word: 'over', key: it.state.key }), taken: () => { it.turn++; be({}); } };
}

/** Keeps what is wished for, and lets go of what no longer is. @param {Kept} kept @param {string} key the wish as JSON of `hold_slot`; '' = none @param {boolean} online */
export function useKeeping(kept, key, online) {
  useEffect(() => {
    const { word, key: had } = kept.now();
    if (key === had && word !== 'none') return;
    if (!key) return void (word !== 'none' && kept.letGo());
    if (!online) return;
    const timer = setTimeout(() => kept.keep(key), word === 'none' ? 0 : SETTLED_MS);
    return () => clearTimeout(timer);
  }, [key, online]);
}

/** How long the time is still kept. @param {{ kept: Kept }} p */
export function KeptFor({ kept }) {
  now.value;
  const left = Math.ceil((kept.until - houseNow()) / 60_000);
  const over = kept.word === 'kept' && left <= 0;
  useEffect(() => { if (over) kept.expire(); }, [over]);
  return html`<span class="keep" data-testid="kept" data-kept=${kept.word}>${kept.word === 'kept' ? html`<${Icon} n="lock" />kept ${left} min`
    : kept.word === 'asking' ? html`<${Icon} n="loader" class="spin" />keeping …`
    : kept.word === 'over' ? html`<button type="button" class="btn sm" data-testid="keep-again" onClick=${() => kept.keep(kept.key)}><${Icon} n="rotate-cw" />Keep it again</button>` : ''}</span>
    <span class="sr" role="status">${kept.word === 'over' ? 'The time is no longer kept for you.' : ''}</span>`;
}
