/** Keys for programs: made once, shown once, revoked at once. */
import { html, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { Modal, confirm } from '../parts/dialog.js';
import { say } from '../parts/toast.js';
import { now } from '../replica/clock.js';
import { give, here, post, useDoor } from './doors.js';
import { Head, Loading, Nothing, Trouble, Wrong } from './bits.js';
import { rightWord, when } from './words.js';

/** @typedef {import('../wire.d.ts').ApiKeyView} ApiKeyView */
/** @typedef {import('../wire.d.ts').MadeApiKey} MadeApiKey */

/** What a key may be allowed; never people, policies, deletion or other keys. */
const SCOPES = ['floor.read', 'floor.status', 'seating.write', 'book.read', 'book.write', 'waitlist.read', 'host.write', 'guests.read', 'guests.write', 'messages.read'];

/** @param {string | null} at */
function ago(at) {
  if (!at) return 'never used';
  const m = Math.floor((now.value - Date.parse(at)) / 60_000);
  return m < 2 && m > -2 ? 'used just now' : `last used ${when(at)}`;
}

export function Keys() {
  const read = useDoor(`${here()}/keys`);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState(/** @type {MadeApiKey | null} */ (null));
  if (read.wrong && !read.data) return html`<${Trouble} message=${read.wrong} again=${read.again} />`;
  const all = /** @type {ApiKeyView[]} */ (read.data ?? []);
  const live = all.filter((k) => !k.revoked_at), gone = all.filter((k) => k.revoked_at);
  const revoke = async (/** @type {ApiKeyView} */ k) => {
    if (!(await confirm({ title: `Revoke “${k.name}”?`, text: 'Whatever uses this key stops working within five seconds. It cannot be brought back; make a new one instead.', yes: 'Revoke', no: 'Keep it', danger: true }))) return;
    const answer = await give('revoke_api_key', { key_id: k.id });
    say(answer.status === 'done' ? `“${k.name}” is revoked` : answer.message);
    read.again();
  };
  const row = (/** @type {ApiKeyView} */ k) => html`<li key=${k.id} class=${k.revoked_at ? 'gone' : ''} data-key=${k.id}><span class="av" aria-hidden="true"><${Icon} n="key-round" /></span>
    <div class="grow"><b>${k.name}</b> <code>${k.prefix}…</code><p class="tags">${k.scopes.map((s) => html`<span class="role" key=${s} title=${s}>${rightWord(s)}</span>`)}</p>
      <small>${k.revoked_at ? `revoked ${when(k.revoked_at)}` : ago(k.last_used_at)} · made by ${k.created_by}, ${when(k.created_at)}</small></div>
    ${!k.revoked_at && html`<button class="btn sm" aria-label=${`Revoke ${k.name}`} onClick=${() => revoke(k)}><${Icon} n="ban" />Revoke</button>`}</li>`;
  return html`<section class="listing" aria-label="API keys"><${Head} title="API keys" sub="For programs that work with this site: a phone system, a website, a till."><button class="btn pri" data-testid="make-key" onClick=${() => setMaking(true)}><${Icon} n="plus" />Make a key</button><//>
    ${!read.data ? html`<${Loading} />` : !live.length ? html`<${Nothing} icon="key-round" title="No keys" text="No program works with this site." />` : html`<ul class="cards">${live.map(row)}</ul>`}
    ${gone.length > 0 && html`<details class="past"><summary>Revoked <b>${gone.length}</b></summary><ul class="cards">${gone.map(row)}</ul></details>`}
    ${making && html`<${Make} close=${() => setMaking(false)} done=${(/** @type {MadeApiKey} */ k) => { setMaking(false); setMade(k); read.again(); }} />`}
    ${made && html`<${Once} made=${made} close=${() => setMade(null)} />`}</section>`;
}

/** @param {{ close: () => void, done: (key: MadeApiKey) => void }} p */
function Make({ close, done }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState(/** @type {string[]} */ ([]));
  const [wrong, setWrong] = useState(/** @type {Record<string, string>} */ ({}));
  const [busy, setBusy] = useState(false);
  /** @param {Event} e */
  const submit = async (e) => {
    e.preventDefault();
    /** @type {Record<string, string>} */ const bad = {};
    if (!name.trim()) bad.name = 'Which program is it for?';
    if (!scopes.length) bad.scopes = 'Allow it something.';
    setWrong(bad);
    if (Object.keys(bad).length) return;
    setBusy(true);
    const answer = await post(`${here()}/keys`, { name: name.trim(), scopes });
    setBusy(false);
    answer.status === 'done' ? done(answer.result) : setWrong({ [answer.field ?? 'all']: answer.message });
  };
  return html`<${Modal} label="Make a key" onClose=${close} class="wide"><h2>Make a key</h2><form class="stack" novalidate onSubmit=${submit}>
    <label class="f">For which program<input class="in" name="name" autofocus maxlength="80" autocomplete="off" placeholder="The website" value=${name} aria-invalid=${!!wrong.name} onInput=${(/** @type {any} */ e) => { setName(e.target.value); setWrong({}); }} /><${Wrong} message=${wrong.name} /></label>
    <fieldset class="roles"><legend>What it may do</legend>${SCOPES.map((s) => html`<label key=${s} class=${`check ${scopes.includes(s) ? 'on' : ''}`}><input type="checkbox" name="scope" value=${s} checked=${scopes.includes(s)}
      onChange=${() => { setScopes(scopes.includes(s) ? scopes.filter((x) => x !== s) : [...scopes, s]); setWrong({}); }} /><span><b>${rightWord(s)}</b><small><code>${s}</code></small></span></label>`)}</fieldset>
    <${Wrong} message=${wrong.scopes} /><${Wrong} message=${wrong.all} />
    <div class="row end"><button type="button" class="btn" onClick=${close}>Cancel</button><button class="btn pri" data-testid="save" disabled=${busy}>${busy ? 'One moment …' : 'Make the key'}</button></div></form><//>`;
}

/** The key, this once. @param {{ made: MadeApiKey, close: () => void }} p */
function Once({ made, close }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    const field = /** @type {HTMLInputElement} */ (document.getElementById('madekey'));
    field.select();
    // plain http has no clipboard of its own
    const ok = navigator.clipboard ? await navigator.clipboard.writeText(made.key).then(() => true, () => false) : document.execCommand('copy');
    setCopied(ok || document.execCommand('copy'));
  };
  return html`<${Modal} label="The new key" onClose=${() => copied && close()} class="wide"><h2>The key of “${made.name}”</h2>
    <p>Copy it now: it is shown this once, the house keeps only its fingerprint.</p>
    <div class="once"><input class="in code" id="madekey" readonly aria-label="Key" data-testid="key" value=${made.key} onFocus=${(/** @type {any} */ e) => e.target.select()} /><button class="btn pri" autofocus onClick=${copy}><${Icon} n=${copied ? 'check' : 'copy'} />${copied ? 'Copied' : 'Copy'}</button></div>
    <p class="hint">Sent with each request as <code>Authorization: Bearer …</code></p>
    <div class="row end"><button class="btn" onClick=${close}>${copied ? 'Done' : 'I have written it down'}</button></div><//>`;
}
