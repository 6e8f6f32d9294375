/** The site's own card, to read: it is written when the house is set up. */
import { html } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { dayOf } from '../parts/words.js';
import { here, useDoor } from './doors.js';
import { Head, Loading, Trouble } from './bits.js';

/** @typedef {import('../wire.d.ts').SiteCard} SiteCard */
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** @param {string[] | undefined} times */
const spans = (times) => (!times ? 'not said' : !times.length ? 'closed' : times.flatMap((t, i) => (i % 2 ? [] : [`${t} – ${times[i + 1] ?? ''}`])).join(',  '));

export function House() {
  const read = useDoor(`${here()}/card`);
  if (read.wrong && !read.data) return html`<${Trouble} message=${read.wrong} again=${read.again} />`;
  if (!read.data) return html`<${Loading} />`;
  const c = /** @type {SiteCard} */ (read.data);
  const own = Object.keys(c.opening_hours).filter((k) => k.includes('-')).sort();
  const today = new Date(`${c.service_date}T12:00:00Z`).getUTCDay() || 7;
  const link = c.slug ? `${location.origin}/s/${c.slug}` : '';
  /** @param {string} icon @param {string} word @param {any} value */
  const line = (icon, word, value) => html`<div><dt><${Icon} n=${icon} />${word}</dt><dd>${value || html`<span class="muted">not given</span>`}</dd></div>`;
  return html`<section class="listing" aria-label="House"><${Head} title=${c.name} sub="What guests are told of the house. It is set when the house is set up." />
    <div class="twocards"><div class="box"><h3>Where and how</h3><dl class="card">${line('map-pin', 'Address', c.address)}${line('phone', 'Phone', c.phone)}${line('mail', 'E-mail', c.email)}
      ${line('external-link', 'Guests’ page', link && html`<a href=${link} target="_blank" rel="noopener">${link.replace(/^https?:\/\//, '')}</a>`)}${line('globe', 'Time zone', `${c.timezone.replaceAll('_', ' ')} · ${c.country}`)}${line('calendar-days', 'Service day', `${dayOf(`${c.service_date}T12:00:00Z`)}, until ${c.day_ends}`)}</dl></div>
    <div class="box"><h3>Opening hours</h3><table class="hours"><thead class="sr"><tr><th>Day</th><th>Open</th></tr></thead><tbody>${DAYS.map((d, i) => html`<tr key=${d} class=${today === i + 1 ? 'on' : ''}><th scope="row">${d}${today === i + 1 ? html`<small>today</small>` : ''}</th><td>${spans(c.opening_hours[String(i + 1)])}</td></tr>`)}
      ${own.map((d) => html`<tr key=${d} class="own"><th scope="row">${dayOf(`${d}T12:00:00Z`)}</th><td>${spans(c.opening_hours[d])}</td></tr>`)}</tbody></table></div></div></section>`;
}
