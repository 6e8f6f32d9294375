/** The pads: a party for the line, a walk-in, a booking. Big keys, few fields, the rest by default. */
import { html, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { momentOf, hm, LONGEST_QUOTE_MIN } from '../parts/words.js';
import { Sizes, Flags, Choice, inputOf, filled } from '../parts/fields.js';
import { useGuests, GuestHits, GuestTaken, TIERS } from '../parts/guests.js';
import { now } from '../replica/clock.js';
import { say, warn } from '../parts/toast.js';
import { quoteRow, replica, venue } from './house.js';
import { ask, take, tab } from './hand.js';
import { Drawer, close } from '../parts/drawer.js';
import { useQuote, quoteWords, sourceOf } from './waits.js';

const CONTACTS = /** @type {[string, string][]} */ ([['sms', 'Text'], ['email', 'E-mail'], ['both', 'Both']]);
const PLACES = /** @type {[string, string][]} */ ([['0', 'In turn'], ['5', 'Ahead'], ['10', 'First']]);

/** A party joins the line, or is changed. @param {{ id?: string }} p */
export function AddPad({ id = '' }) {
  const old = id ? replica.row('party', id) : null;
  const [covers, setCovers] = useState(old?.covers ?? 2);
  const [name, setName] = useState(old?.name ?? '');
  const [phone, setPhone] = useState(old?.phone ?? '');
  const [email, setEmail] = useState(old?.email ?? '');
  const [contact, setContact] = useState(old?.contact ?? 'sms');
  const [guest, setGuest] = useState(/** @type {import('../parts/guests.js').GuestHit | null} */ (null));
  const [typed, setTyped] = useState('');
  const [quote, setQuote] = useState(/** @type {number | null} */ (old?.quoted_min ?? null));
  const [place, setPlace] = useState(old ? String(old.priority) : '');
  const [flags, setFlags] = useState(/** @type {string[]} */ (old ? [...old.flags, ...(old.accessible && !old.flags.includes('step_free') ? ['step_free'] : [])] : []));
  const [notes, setNotes] = useState(old?.notes ?? '');
  const [wrong, setWrong] = useState({ field: '', message: '' });
  const [busy, setBusy] = useState(false);
  const hits = useGuests(guest ? '' : typed);
  const band = quoteRow.value.find((q) => covers >= q.from && covers <= q.to);
  const auto = band?.minutes ?? null;
  const told = useQuote({ covers, stepFree: flags.includes('step_free'), place, guest: guest?.id ?? '', on: !id });
  /** @param {import('../parts/guests.js').GuestHit} g */
  const choose = (g) => {
    setGuest(g);
    setName(g.name);
    if (g.phone) setPhone(g.phone);
    if (g.email) setEmail(g.email);
    if (!g.phone && g.email) setContact('email');
  };
  const typing = (/** @type {(t: string) => void} */ set) => (/** @type {any} */ e) => { set(e.target.value); setTyped(e.target.value); };
  const save = async (/** @type {Event} */ e) => {
    e.preventDefault();
    const called = name.trim();
    if (!called) return setWrong({ field: 'name', message: 'Whom shall we call?' });
    if (contact !== 'sms' && !email.trim()) return setWrong({ field: 'email', message: 'Which address?' });
    const all = { name: called, covers, phone: phone.trim() || null, email: email.trim() || null, contact, flags, accessible: flags.includes('step_free'), notes: notes.trim() || null };
    if (id) {
      /** @type {Record<string, any>} */ const changed = Object.fromEntries(Object.entries(all).filter(([k, v]) => JSON.stringify(old?.[k] ?? null) !== JSON.stringify(v)));
      if (guest) changed.guest_id = guest.id;
      if (quote !== null && quote !== old?.quoted_min) changed.quoted_min = quote;
      if (place !== String(old?.priority)) changed.priority = Number(place);
      close();
      return void (Object.keys(changed).length && ask('edit_party', { party_id: id, ...changed }));
    }
    tab.value = 'waiting';
    setBusy(true);
    const args = { ...filled({ ...all, guest_id: guest?.id ?? null }), ...(quote !== null ? { quoted_min: quote } : {}), ...(place ? { priority: Number(place) } : {}) };
    const answer = await ask('add_party', args, { silent: true });
    setBusy(false);
    if (answer.status !== 'refused') return close();
    setWrong({ field: answer.field ?? 'form', message: answer.message });
  };
  const err = (/** @type {string[]} */ ...fields) => fields.includes(wrong.field) && html`<em role="alert">${wrong.message}</em>`;
  const known = ['name', 'phone', 'email'];
  return html`<${Drawer} title=${id ? 'Change party' : 'Add to the waitlist'} test="add">
    <form class="scroll" onSubmit=${save}>
      <${Sizes} value=${covers} set=${setCovers} />${err('covers')}
      ${guest && html`<${GuestTaken} g=${guest} drop=${() => { setGuest(null); setTyped(''); }} />`}
      <label>Phone<input class="in" name="phone" type="tel" autocomplete="off" maxlength="32" pattern="[+()0-9 ./\\-]{3,}" aria-invalid=${wrong.field === 'phone'} value=${phone} onInput=${typing(setPhone)} />${err('phone')}</label>
      <label>Name<input class="in" name="name" autocomplete="off" maxlength="80" aria-invalid=${wrong.field === 'name'} value=${name} onInput=${typing(setName)} />${err('name')}</label>
      <${GuestHits} hits=${hits} choose=${choose} />
      <fieldset><legend>Tell them by</legend><${Choice} label="Tell them by" value=${contact} set=${setContact} of=${CONTACTS} /></fieldset>
      ${(contact !== 'sms' || email) && html`<label>E-mail<input class="in" name="email" type="email" autocomplete="off" maxlength="254" aria-invalid=${wrong.field === 'email'} value=${email} onInput=${typing(setEmail)} />${err('email', 'contact')}</label>`}
      <fieldset><legend>Quote</legend><div class="chips">
        ${!id && html`<button type="button" class="chipb" aria-pressed=${quote === null} onClick=${() => setQuote(null)}>House’s estimate${told ? ` ${quoteWords(told)}` : auto === null ? '' : auto > LONGEST_QUOTE_MIN ? ` ${LONGEST_QUOTE_MIN}′+` : ` ${auto}′`}</button>`}
        ${[5, 10, 15, 20, 30, 45, 60].map((m) => html`<button type="button" key=${m} class="chipb" aria-pressed=${quote === m} onClick=${() => setQuote(m)}>${m}′</button>`)}</div>
        ${!id && quote === null && told?.low_min != null && told.quoted_min !== 0 ? html`<span class="hint" data-testid="quoted">in ${Math.round((told.confidence ?? 0) * 100)} of 100 evenings, ${sourceOf(told.source)}</span>` : ''}</fieldset>
      <fieldset><legend>Place in line</legend><${Choice} label="Place in line" value=${place} set=${setPlace} of=${/** @type {[string, string][]} */ ([
        ...(id ? [] : [['', guest?.tier ? `${TIERS[guest.tier]} guest’s` : 'House’s rule']]), ...PLACES, ...(id && !PLACES.some(([k]) => k === String(old?.priority)) ? [[String(old?.priority), `${old?.priority} ahead`]] : [])])} /></fieldset>
      <fieldset><legend>Good to know</legend><${Flags} value=${flags} set=${setFlags} /></fieldset>
      <label>Notes<input class="in" maxlength="500" value=${notes} onInput=${inputOf(setNotes)} /></label>
      ${wrong.field && ![...known, 'covers', 'contact'].includes(wrong.field) && html`<em role="alert">${wrong.message}</em>`}
      <div class="stick"><button class="btn pri wide" disabled=${busy} data-testid="save">${id ? 'Save' : html`<${Icon} n="plus" />Add ${name.trim() || 'party'} · ${covers}`}</button></div>
    </form><//>`;
}

/** A size, then a table. */
export function WalkInPad() {
  const [name, setName] = useState('');
  const go = (/** @type {number} */ covers) => {
    close();
    take({ kind: 'walkin', id: 'walkin', covers, name: name.trim() || 'Walk-in', does: 'seat' });
  };
  return html`<${Drawer} title="Walk-in" sub="How many? Then tap a glowing table." test="walkin">
    <div class="scroll"><${Sizes} value=${0} set=${go} /><label>Name (optional)<input class="in" maxlength="80" autocomplete="off" value=${name} onInput=${inputOf(setName)} /></label></div><//>`;
}

const OCCASIONS = ['birthday', 'anniversary', 'proposal', 'business', 'date'];
const STEP_MIN = 15;

/** A booking by phone or at the door. */
export function BookPad() {
  const today = venue.value?.service_date ?? '';
  const [date, setDate] = useState(today);
  const first = Math.ceil((now.peek() + 60_000) / (STEP_MIN * 60_000)) * STEP_MIN * 60_000;
  const [time, setTime] = useState(hm(first));
  const [covers, setCovers] = useState(2);
  const [name, setName] = useState('');
  const [phone, setPhone] = useState('');
  const [guest, setGuest] = useState(/** @type {import('../parts/guests.js').GuestHit | null} */ (null));
  const [typed, setTyped] = useState('');
  const [flags, setFlags] = useState(/** @type {string[]} */ ([]));
  const [occasion, setOccasion] = useState('');
  const [notes, setNotes] = useState('');
  const [wrong, setWrong] = useState({ field: '', message: '' });
  const [busy, setBusy] = useState(false);
  const hits = useGuests(guest ? '' : typed);
  const typing = (/** @type {(t: string) => void} */ set) => (/** @type {any} */ e) => { set(e.target.value); setTyped(e.target.value); };
  /** @param {import('../parts/guests.js').GuestHit} g */
  const choose = (g) => { setGuest(g); setName(g.name); if (g.phone) setPhone(g.phone); };
  const save = async (/** @type {Event} */ e) => {
    e.preventDefault();
    if (!name.trim()) return setWrong({ field: 'name', message: 'In whose name?' });
    if (!/^\d\d:\d\d$/.test(time)) return setWrong({ field: 'starts_at', message: 'At what time?' });
    const next = time < (venue.peek()?.day_ends ?? '04:00'); // after midnight still belongs to this evening
    const night = next ? new Date(Date.parse(`${date}T12:00Z`) + 86_400_000).toISOString().slice(0, 10) : date;
    setBusy(true);
    const answer = await ask('book', { starts_at: new Date(momentOf(night, time)).toISOString(),
      ...filled({ name: name.trim(), guest_id: guest?.id ?? null, covers, phone: phone.trim() || null, flags, occasion: occasion || null, notes: notes.trim() || null, accessible: flags.includes('step_free') }) });
    setBusy(false);
    if (answer.status === 'refused') return setWrong({ field: answer.field ?? 'form', message: answer.message });
    close();
    tab.value = 'arriving';
    if (date !== today) say(`Booked for ${date}`);
    if (answer.result?.warnings?.length) warn(answer.result.warnings.join(' '));
  };
  const err = (/** @type {string} */ field) => wrong.field === field && html`<em role="alert">${wrong.message}</em>`;
  return html`<${Drawer} title="New booking" test="book">
    <form class="scroll" onSubmit=${save}>
      <${Sizes} value=${covers} set=${setCovers} />
      <div class="row"><label class="grow">Date<input class="in" type="date" required min=${today} value=${date} onInput=${inputOf(setDate)} /></label>
        <label class="grow">Time<input class="in" type="time" required step=${STEP_MIN * 60} value=${time} onInput=${inputOf(setTime)} /></label></div>${err('starts_at')}${err('form')}
      ${guest && html`<${GuestTaken} g=${guest} drop=${() => { setGuest(null); setTyped(''); }} />`}
      <label>Name<input class="in" name="name" autocomplete="off" maxlength="80" value=${name} onInput=${typing(setName)} />${err('name')}</label>
      <label>Phone<input class="in" type="tel" autocomplete="off" maxlength="32" value=${phone} onInput=${typing(setPhone)} />${err('phone')}</label>
      <${GuestHits} hits=${hits} choose=${choose} />
      <fieldset><legend>Occasion</legend><div class="chips">${OCCASIONS.map((o) => html`<button type="button" key=${o} class="chipb" aria-pressed=${occasion === o} onClick=${() => setOccasion(occasion === o ? '' : o)}>${o.replace(/^./, (c) => c.toUpperCase())}</button>`)}</div></fieldset>
      <fieldset><legend>Good to know</legend><${Flags} value=${flags} set=${setFlags} /></fieldset>
      <label>Notes<input class="in" maxlength="500" value=${notes} onInput=${inputOf(setNotes)} /></label>
      <div class="stick"><button class="btn pri wide" disabled=${busy} data-testid="save"><${Icon} n="calendar-plus" />Book ${name.trim() || 'table'} · ${covers} · ${time}</button></div>
    </form><//>`;
}
