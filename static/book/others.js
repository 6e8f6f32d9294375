/** Other times that would work, each one tap away. */
import { html } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { hm } from '../parts/words.js';
import { replica } from '../parts/here.js';
import { dateOf, dateWords } from './house.js';
import { numbersOf } from './faces.js';

/** @param {{ list: import('../wire.d.ts').Alternative[], date: string, pick: (when: { date: string, time: string, table_ids: null }) => void }} p */
export const Others = ({ list, date, pick }) => list.length ? html`<div class="others" role="group" aria-label="Other times that are free" data-testid="others"><p class="cap"><${Icon} n="circle-check" />Free instead</p>
  <div class="chips">${list.map((a) => html`<button type="button" key=${a.starts_at} class="chipb ok" onClick=${() => pick({ date: dateOf(a.starts_at), time: hm(a.starts_at), table_ids: null })}>
    <b>${dateOf(a.starts_at) === date ? '' : `${dateWords(dateOf(a.starts_at), { weekday: 'short', day: 'numeric' })} `}${hm(a.starts_at)}</b>${a.reason}${a.table_ids.length ? html`<small>· table ${numbersOf(replica, a.table_ids)}</small>` : ''}</button>`)}</div></div>` : null;
