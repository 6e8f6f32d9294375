/** One table: a button with its seats around it, drawn again only when its own face, glow or place differs. */
import { html, useRef } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { LOOKS } from './faces.js';
import { faceSignal } from './house.js';
import { glow, held, hover, filter, onlySection, assigning, grip } from './hand.js';
import { replica } from './house.js';

/** @typedef {import('../wire.d.ts').TableRow} TableRow */
/** @typedef {import('./faces.js').Face} Face */
/** @typedef {'small' | 'tight' | 'mid' | 'full'} Size how much there is room to say */

const LONGEST_TAG = 26; // characters under a table before its neighbours are covered
const SEAT = 11; // half a chair's length, px at scale 1

/**
 * Chairs as two paths of short thick strokes: those taken, and those free.
 * @param {TableRow} t @param {number} w @param {number} h @param {number} s scale @param {number} taken
 */
function chairs(t, w, h, s, taken) {
  const n = Math.min(t.max_covers, 16), half = SEAT * 0.6 * s, off = 10 * s;
  let on = '', free = '';
  /** @param {number} i @param {number} cx @param {number} cy @param {number} a */
  const add = (i, cx, cy, a) => {
    const dx = Math.cos(a) * half, dy = Math.sin(a) * half;
    const d = `M${(cx - dx).toFixed(1)} ${(cy - dy).toFixed(1)}L${(cx + dx).toFixed(1)} ${(cy + dy).toFixed(1)}`;
    i < taken ? (on += d) : (free += d);
  };
  if (t.shape === 'round') {
    for (let i = 0; i < n; i++) {
      const a = (i / n) * 2 * Math.PI - Math.PI / 2 + (n === 4 ? Math.PI / 4 : 0);
      add(i, w / 2 + Math.cos(a) * (w / 2 + off), h / 2 + Math.sin(a) * (h / 2 + off), a + Math.PI / 2);
    }
  } else {
    const top = Math.ceil(n / 2), tall = h > w * 1.3;
    for (let i = 0; i < n; i++) {
      const first = i < top, k = first ? i : i - top, m = first ? top : n - top, at = (k + 0.5) / m;
      if (tall) add(i, first ? -off : w + off, h * at, Math.PI / 2);
      else add(i, w * at, first ? -off : h + off, 0);
    }
  }
  return { on, free };
}

/** Width of a character of a table's small print, px at scale 1, in whatever system font there is. */
const CHAR = (() => {
  const pen = document.createElement('canvas').getContext('2d');
  if (!pen) return 7.2;
  pen.font = `550 12px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText('Ordered · 52′ in').width / 16;
})();

/** @param {{ f: Face, bar: boolean, size: Size, room: number, wide: boolean }} p room = characters that fit on a line */
function Inside({ f, bar, size, room, wide }) {
  const icon = f.over ? 'triangle-alert' : f.sign || LOOKS[f.look].icon;
  const busy = f.seating !== '' || f.name === 'Guests';
  if (size === 'small') return html`<span class="no"><${Icon} n=${icon} /></span><span class="cap">${busy || f.look === 'dirty' ? f.short : f.number}</span>`;
  if (size === 'tight' && f.look !== 'available') {
    const head = `${f.number}${f.short && f.look !== 'blocked' && room > f.number.length + f.short.length + 2 ? ` · ${f.short}` : ''}`;
    return html`<span class=${`no ${f.over ? 'late' : ''}`}><${Icon} n=${icon} />${head}</span>
      <span class="nm">${f.look === 'dirty' ? 'To clear' : f.look === 'blocked' ? 'Blocked' : f.name}</span>
      ${bar && busy && html`<span class="pb"><i style=${`width:${f.part * 100}%`}></i></span>`}`;
  }
  if (f.look === 'available') return html`<span class="big">${f.number}</span><span class="cap">${f.soon ? html`<b>soon ${f.next}</b>` : `${f.seats} seat${f.seats === 1 ? '' : 's'}`}</span>`;
  const head = !wide ? f.number : busy ? `${f.number} · ${f.covers || '?'}${f.pair ? '' : `/${f.seats}`}` : f.look === 'reserved' ? `${f.number} · ${f.covers}p` : f.number;
  return html`<span class="no"><${Icon} n=${icon} />${head}</span>
    <span class="nm">${f.look === 'dirty' ? 'To clear' : f.look === 'blocked' ? 'Blocked' : f.name}</span>
    ${f.line && f.line !== 'Blocked' && html`<span class=${`tm ${f.over ? 'late' : ''}`}>${f.line.length > room ? f.short : f.line}</span>`}
    ${bar && busy && html`<span class="pb"><i style=${`width:${f.part * 100}%`}></i></span>`}`;
}

/** @param {{ t: TableRow, s: number, tab: boolean, onTap: (id: string) => void, onFocus: (id: string) => void }} p */
export function Table({ t, s, tab, onTap, onFocus }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const f = faceSignal(t.id)?.value;
  if (!f) return null;
  const w = t.w * s, h = t.h * s, round = t.shape === 'round';
  /** @type {Size} */
  const size = Math.min(w, h) < 46 || (t.max_covers === 1 && w < 70) ? 'small' : h < 50 ? 'tight' : Math.min(w, h) < (round ? 76 : 62) ? 'mid' : 'full';
  const small = size === 'small';
  const g = glow.value?.get(t.id);
  const chosen = filter.value;
  const row = replica.row('table', t.id) ?? t;
  const mineOnly = assigning.value || onlySection.value;
  const hidden = (chosen.size > 0 && !chosen.has(f.look) && !(chosen.has('over') && f.over)) || (!!mineOnly && row.section_id !== mineOnly);
  const inHand = held.value;
  const own = inHand?.kind === 'seating' && inHand.id === f.seating;
  const dim = hidden || (!!glow.value && !g?.legal && !own);
  const cls = ['t', f.look, round ? 'o' : '', f.over ? 'over' : '', f.soon ? 'soon' : '', g?.legal ? (g.best ? 'fit best' : 'fit') : '',
    f.ghost ? `ghost ${f.ghost}` : '', own ? 'own' : '', size === 'tight' ? 'mid tight' : size, assigning.value && !hidden ? 'mine' : '', hover.value === t.id ? 'hover' : ''].join(' ');
  const seats = f.seats > 1 || !small ? chairs(t, w, h, s, f.look === 'reserved' ? 0 : f.taken) : null;
  const ring = round && f.seating && !small;
  const r = w / 2 - 2, around = 2 * Math.PI * r;
  const clause = g?.why.split(' · ')[0] ?? '';
  const tag = !g ? '' : g.legal ? (g.best && g.why.length <= LONGEST_TAG ? g.why : clause) : f.look === 'available' && !small ? clause : '';
  const said = g ? `${f.said}. ${g.legal ? 'Fits' : 'Does not fit'}${g.why ? `: ${g.why}` : ''}` : f.said;
  const turn = t.rotation ? `transform:rotate(${t.rotation}deg)` : '';
  return html`<div class=${`spot ${dim ? 'dim' : ''} ${f.look} s${f.colour % 6}`} style=${`left:${(t.x * s).toFixed(1)}px;top:${(t.y * s).toFixed(1)}px;width:${w.toFixed(1)}px;height:${h.toFixed(1)}px;${turn}`}>
    ${seats && html`<svg class="chairs" aria-hidden="true">${seats.free && html`<path d=${seats.free} />`}${seats.on && html`<path class="on" d=${seats.on} />`}</svg>`}
    <button class=${cls} ref=${ref} data-table=${t.id} data-number=${t.number} data-look=${f.look} tabindex=${tab ? 0 : -1} aria-label=${said}
      onClick=${() => onTap(t.id)} onFocus=${() => onFocus(t.id)} ...${grip({ kind: 'seating', id: f.seating, says: f.name, on: !!f.seating && !f.seating.startsWith('ghost:') })}>
      ${ring && html`<svg class="ring" viewBox=${`0 0 ${w} ${h}`} aria-hidden="true"><circle class="bg" cx=${w / 2} cy=${h / 2} r=${r} /><circle class="fg" cx=${w / 2} cy=${h / 2} r=${r} stroke-dasharray=${`${around * f.part} ${around}`} /></svg>`}
      <span class="body" style=${t.rotation ? `transform:rotate(${-t.rotation}deg)` : ''}><${Inside} f=${f} bar=${!round} size=${size} wide=${w >= 84} room=${Math.floor((w - (round ? 26 : 24)) / (CHAR * (size === 'full' ? Math.min(1.25, Math.max(0.84, s)) : 0.84)))} /></span>
      ${f.pair && html`<span class="pair"><${Icon} n="link" />${f.pair}</span>`}
      ${f.server && !small && html`<span class="sv">${f.server}</span>`}
      ${f.ghost && html`<span class="gh"><${Icon} n=${f.ghost === 'queued' ? 'hourglass' : 'send'} /></span>`}
      ${f.next && !small && !(f.soon && !g) && html`<span class=${`nx ${f.hot ? 'hot' : ''}`}><${Icon} n=${f.hot ? 'triangle-alert' : 'clock'} />${f.next}</span>`}
    </button>
    ${tag && html`<span class=${`tag ${g?.legal ? (g.best ? 'best' : '') : 'no'}`}>${tag}</span>`}
  </div>`;
}
