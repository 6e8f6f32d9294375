/** The door: one tap per role in a sample house, e-mail and password everywhere else. */
import { html, render, useState } from '../vendor/ui.js';
import { call, Declined } from '../replica/house.js';
import { Icon } from '../parts/icon.js';

/** What each role comes to do; the order is the order of the tiles. @type {Record<string, { word: string, icon: string, does: string }>} */
const ROLES = {
  host: { word: 'Host', icon: 'concierge-bell', does: 'Seat, wait, book' },
  server: { word: 'Server', icon: 'utensils', does: 'Own section' },
  manager: { word: 'Manager', icon: 'user-check', does: 'All of the floor' },
  admin: { word: 'Admin', icon: 'lock', does: 'People and policies' },
  super_admin: { word: 'Owner', icon: 'star', does: 'All houses' },
  kitchen: { word: 'Kitchen', icon: 'bell', does: 'Tickets' },
};
const ORDER = Object.keys(ROLES);

/** Where the tablet was when its session ran out: a page of this house, else the floor. */
function next() {
  const wanted = new URLSearchParams(location.search).get('next') ?? '';
  if (!/^\/[a-z]/.test(wanted)) return '/floor'; // "//elsewhere" and "/\\elsewhere" are other people's houses
  const to = new URL(wanted, location.origin);
  return to.origin === location.origin && !/^\/(login|api)\b/.test(to.pathname) ? to.pathname + to.search : '/floor';
}

/** @param {{ house: { name: string, sample: boolean, roles: string[] } | null, away: boolean }} p */
function Door({ house, away }) {
  const [busy, setBusy] = useState('');
  const [wrong, setWrong] = useState('');
  const [form, setForm] = useState(!house?.sample);
  /** @param {string} path @param {any} post @param {string} who */
  const enter = async (path, post, who) => {
    setBusy(who);
    setWrong('');
    try {
      await call(path, { post });
      location.href = next();
    } catch (fault) {
      setBusy('');
      setWrong(fault instanceof Declined ? fault.message : 'The house does not answer. Check the network and try again.');
    }
  };
  /** @param {SubmitEvent} e */
  const submit = (e) => {
    e.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (e.target));
    enter('/api/login', { email: data.get('email'), password: data.get('password') }, 'form');
  };
  const roles = [...(house?.roles ?? [])].sort((a, b) => (ORDER.indexOf(a) + 99) % 99 - (ORDER.indexOf(b) + 99) % 99);
  return html`<div class="card"><div class="logo" aria-hidden="true">m</div>
    <h1>${house?.name ?? 'maitred'}</h1>
    <p class="sub">${house?.sample ? 'A sample house, open for the evening. Come in as …' : away ? 'The house does not answer yet. You can still try.' : 'Sign in to work the floor'}</p>
    ${house?.sample && html`<div class="roles">${roles.map((r) => {
      const k = ROLES[r] ?? { word: r.replaceAll('_', ' ').replace(/^./, (c) => c.toUpperCase()), icon: 'user', does: '' };
      return html`<button key=${r} class=${`role ${r === 'host' ? 'first' : ''}`} data-role=${r} disabled=${!!busy} onClick=${() => enter('/api/login/sample', { role: r }, r)}>
        <${Icon} n=${busy === r ? 'loader' : k.icon} class=${busy === r ? 'spin' : ''} /><span><b>${k.word}</b><small>${k.does}</small></span></button>`;
    })}</div>`}
    ${wrong && html`<p class="wrong" role="alert"><${Icon} n="triangle-alert" />${wrong}</p>`}
    ${form ? html`<form onSubmit=${submit}>
        <label>E-mail<input class="in" name="email" type="email" autocomplete="username" required maxlength="254" /></label>
        <label>Password<input class="in" name="password" type="password" autocomplete="current-password" required maxlength="200" /></label>
        <button class="btn pri wide" disabled=${!!busy}>${busy === 'form' ? 'One moment …' : 'Sign in'}</button></form>`
      : html`<button class="plain" onClick=${() => setForm(true)}>Sign in with e-mail and password</button>`}
  </div>`;
}

const root = /** @type {HTMLElement} */ (document.getElementById('door'));
call('/api/house').then(
  (house) => render(html`<${Door} house=${house} away=${false} />`, root),
  () => render(html`<${Door} house=${null} away=${true} />`, root));
