/** Who works here and as what; what each role may do. Only who may manage people sees anything to press. */
import { html, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { Modal, confirm } from '../parts/dialog.js';
import { say } from '../parts/toast.js';
import { may, me } from '../parts/here.js';
import { give, here, newKey, useDoor } from './doors.js';
import { Head, Loading, Nothing, plain, Search, Trouble, Wrong } from './bits.js';
import { inOrder, RIGHTS, ROLE_ORDER, ROLES, rightWord, roleWord } from './words.js';

/** @typedef {import('../wire.d.ts').StaffMember} StaffMember */
/** @typedef {import('../wire.d.ts').RoleView} RoleView */

const MOST_ROLES = 4;
const LEAST_PASSWORD = 10;

export function Staff() {
  const read = useDoor(`${here()}/staff`);
  const [text, setText] = useState('');
  const [gone, setGone] = useState(false);
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState('');
  const can = may('people.manage');
  if (read.wrong && !read.data) return html`<${Trouble} message=${read.wrong} again=${read.again} />`;
  const all = /** @type {StaffMember[]} */ (read.data ?? []);
  const owners = all.filter((p) => p.active && p.roles.includes('super_admin'));
  const low = plain(text.trim());
  const shown = all.filter((p) => p.active !== gone && plain(`${p.name} ${p.roles.map(roleWord).join(' ')}`).includes(low));
  const person = all.find((p) => p.id === editing);
  return html`<section class="listing" aria-label="Staff"><${Head} title="Staff" sub=${can ? 'A changed role reaches every screen within five seconds.' : 'Only a super admin can change who works here.'}>
      ${can && html`<button class="btn pri" data-testid="add-staff" onClick=${() => setAdding(true)}><${Icon} n="user-plus" />Add somebody</button>`}<//>
    <div class="tools"><${Search} label="Find by name or role" value=${text} set=${setText} />
      <div class="seg" role="group" aria-label="Which"><button aria-pressed=${!gone} onClick=${() => setGone(false)}>Here <span class="n">${all.filter((p) => p.active).length}</span></button>
        <button aria-pressed=${gone} onClick=${() => setGone(true)}>Left <span class="n">${all.filter((p) => !p.active).length}</span></button></div></div>
    ${!read.data ? html`<${Loading} />` : !shown.length ? html`<${Nothing} icon="users" title=${text ? 'Nobody by that name' : gone ? 'Nobody has left' : 'Nobody works here yet'} />`
      : html`<ul class="cards">${shown.map((p) => html`<li key=${p.id} class=${p.active ? '' : 'gone'} data-staff=${p.id}><span class="av" aria-hidden="true">${p.initials}</span>
        <div class="grow"><b>${p.name}${p.id === me.value?.staff_id ? html` <small class="you">you</small>` : ''}</b><p class="tags">${inOrder(p.roles).map((r) => html`<span class=${`role ${r}`} key=${r}>${roleWord(r)}</span>`)}${!p.roles.length && html`<span class="muted">no role here</span>`}</p></div>
        ${can && html`<button class="btn sm" aria-label=${`Change ${p.name}`} onClick=${() => setEditing(p.id)}><${Icon} n=${p.active ? 'pencil' : 'rotate-cw'} />${p.active ? 'Change' : 'Bring back'}</button>`}</li>`)}</ul>`}
    ${adding && html`<${Add} close=${() => setAdding(false)} done=${() => { setAdding(false); read.again(); }} />`}
    ${person && html`<${Change} key=${person.id} p=${person} last=${owners.length === 1 && owners[0]?.id === person.id} close=${() => setEditing('')} done=${() => { setEditing(''); read.again(); }} />`}
    <${Roles} /></section>`;
}

/** @param {{ value: string[], set: (roles: string[]) => void, kept?: string, why?: string }} p kept: a role that cannot go, and why */
function RolePick({ value, set, kept = '', why = '' }) {
  return html`<fieldset class="roles"><legend>Roles</legend>${ROLE_ORDER.map((r) => {
    const [word, more] = ROLES[r] ?? [r, ''], on = value.includes(r);
    return html`<label key=${r} class=${`check ${on ? 'on' : ''}`}><input type="checkbox" name="role" value=${r} checked=${on} disabled=${(!on && value.length >= MOST_ROLES) || (on && r === kept)}
      onChange=${() => set(on ? value.filter((x) => x !== r) : [...value, r])} /><span><b>${word}</b><small>${on && r === kept ? why : more}</small></span></label>`;
  })}</fieldset>`;
}

/** @param {{ close: () => void, done: () => void }} p */
function Add({ close, done }) {
  const [form, setForm] = useState({ name: '', email: '', password: '' });
  const [roles, setRoles] = useState(/** @type {string[]} */ ([]));
  const [wrong, setWrong] = useState(/** @type {Record<string, string>} */ ({}));
  const [busy, setBusy] = useState(false);
  const [key, setKey] = useState(newKey);
  const put = (/** @type {Partial<typeof form>} */ change) => { setForm({ ...form, ...change }); setWrong({}); setKey(newKey()); };
  /** @param {Event} e */
  const submit = async (e) => {
    e.preventDefault();
    /** @type {Record<string, string>} */ const bad = {};
    if (!form.name.trim()) bad.name = 'Who is it?';
    if (!/^[^@\s]+@[^@\s]+$/.test(form.email)) bad.email = 'This is no e-mail address.';
    if (form.password.length < LEAST_PASSWORD) bad.password = `A password has ${LEAST_PASSWORD} characters or more.`;
    if (!roles.length) bad.roles = 'Pick a role at least.';
    setWrong(bad);
    if (Object.keys(bad).length) return;
    setBusy(true);
    const answer = await give('add_staff', { ...form, name: form.name.trim(), roles }, key);
    setBusy(false);
    if (answer.status === 'refused') return setWrong({ [answer.field ?? 'all']: answer.message });
    say(`${form.name.trim()} can sign in now`);
    done();
  };
  const field = (/** @type {'name' | 'email' | 'password'} */ name, /** @type {string} */ label, /** @type {any} */ more) => html`<label class="f">${label}<input class="in" name=${name} value=${form[name]} aria-invalid=${!!wrong[name]} ...${more} onInput=${(/** @type {any} */ e) => put({ [name]: e.target.value })} /><${Wrong} message=${wrong[name]} /></label>`;
  return html`<${Modal} label="Add somebody" onClose=${close} class="wide"><h2>Add somebody</h2><form class="stack" novalidate onSubmit=${submit}>
    ${field('name', 'Name', { autofocus: true, autocomplete: 'off', maxlength: 80 })}${field('email', 'E-mail, to sign in with', { type: 'email', autocomplete: 'off', maxlength: 254 })}
    ${field('password', 'First password; they can change it', { type: 'text', autocomplete: 'off', maxlength: 200, spellcheck: false })}
    <${RolePick} value=${roles} set=${(/** @type {string[]} */ r) => { setRoles(r); setWrong({}); setKey(newKey()); }} /><${Wrong} message=${wrong.roles} /><${Wrong} message=${wrong.all} />
    <div class="row end"><button type="button" class="btn" onClick=${close}>Cancel</button><button class="btn pri" disabled=${busy} data-testid="save">${busy ? 'One moment …' : 'Add'}</button></div></form><//>`;
}

/** @param {{ p: StaffMember, last: boolean, close: () => void, done: () => void }} c last: the only super admin there is to see */
function Change({ p, last, close, done }) {
  const [roles, setRoles] = useState(/** @type {string[]} */ (p.roles));
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  const why = 'The last super admin; make somebody else one first';
  /** @param {string} name @param {Record<string, any>} args @param {string} told */
  const act = async (name, args, told) => {
    setBusy(true);
    const answer = await give(name, { staff_id: p.id, ...args });
    setBusy(false);
    if (answer.status === 'refused') return setWrong(answer.message);
    say(told);
    done();
  };
  const leave = async () => {
    if (await confirm({ title: `Close the login of ${p.name}?`, text: 'They are signed out everywhere within five seconds. Their name stays on what they did, and they can be brought back.', yes: 'Close login', no: 'Leave it', danger: true })) act('deactivate_staff', {}, `${p.name} is signed out`);
  };
  const same = [...roles].sort().join() === [...p.roles].sort().join();
  return html`<${Modal} label=${p.name} onClose=${close} class="wide"><h2>${p.name}</h2>
    ${!p.active ? html`<p>Their login is closed. Brought back, they sign in with the password they had, as ${inOrder(p.roles).map(roleWord).join(' and ') || 'nobody in particular'}.</p><${Wrong} message=${wrong} />
      <div class="row end"><button class="btn" onClick=${close}>Leave it</button><button class="btn pri" autofocus disabled=${busy} data-testid="back" onClick=${() => act('reactivate_staff', {}, `${p.name} can sign in again`)}>Bring back</button></div>`
    : html`<div class="stack"><${RolePick} value=${roles} kept=${last ? 'super_admin' : ''} why=${why} set=${(/** @type {string[]} */ r) => { setRoles(r); setWrong(''); }} />
      ${!roles.length && html`<p class="hint">Without a role they work here no longer; their login stays.</p>`}<${Wrong} message=${wrong} />
      <div class="row end"><button class="btn quiet" disabled=${busy || last} title=${last ? why : ''} onClick=${leave}><${Icon} n="user-x" />Close login</button><span class="sp"></span>
        <button class="btn" onClick=${close}>Cancel</button><button class="btn pri" disabled=${busy || same} data-testid="save" onClick=${() => act('set_roles', { roles }, `${p.name}: ${inOrder(roles).map(roleWord).join(', ') || 'no role here'}`)}>${busy ? 'One moment …' : 'Save roles'}</button></div></div>`}<//>`;
}

/** What each role may do: rights down, roles across. */
function Roles() {
  const read = useDoor('/api/roles');
  if (read.wrong) return html`<${Trouble} message=${read.wrong} again=${read.again} />`;
  if (!read.data) return html`<${Loading} />`;
  const list = /** @type {RoleView[]} */ (read.data);
  const roles = [...list].sort((a, b) => ROLE_ORDER.indexOf(a.role) - ROLE_ORDER.indexOf(b.role));
  const order = Object.keys(RIGHTS);
  const rights = [...new Set(roles.flatMap((r) => r.permissions))].sort((a, b) => (order.indexOf(a) + 1 || 99) - (order.indexOf(b) + 1 || 99));
  return html`<section class="matrix" aria-label="What each role may do"><h3><${Icon} n="shield" />What each role may do</h3><div class="scrollx" tabindex="0" role="region" aria-label="Rights of roles, scrolls sideways"><table>
    <thead><tr><th scope="col">Right</th>${roles.map((r) => html`<th scope="col" key=${r.role}>${roleWord(r.role)}</th>`)}</tr></thead>
    <tbody>${rights.map((right) => html`<tr key=${right}><th scope="row">${rightWord(right)}<code>${right}</code></th>${roles.map((r) => html`<td key=${r.role}>${r.permissions.includes(right) ? html`<${Icon} n="check" /><span class="sr">yes</span>` : html`<span class="sr">no</span>`}</td>`)}</tr>`)}</tbody></table></div></section>`;
}
