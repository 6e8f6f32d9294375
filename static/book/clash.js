/** Somebody else changed the same thing meanwhile: what, who, and what to do about it. */
import { html, useEffect, useRef, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { site } from '../parts/here.js';
import { call } from '../replica/house.js';
import { inWords } from './changes.js';

/** @param {{ was: Record<string, any>, is: Record<string, any>, id: string, kind?: string, anyway: () => void, theirs: () => void }} p */
export function Clash({ was, is, id, kind = 'booking', anyway, theirs }) {
  const [by, setBy] = useState('');
  useEffect(() => { call(`/api/sites/${site}/changes/${kind}/${encodeURIComponent(id)}`).then((list) => setBy(list[0]?.by ?? ''), () => {}); }, [id]);
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => ref.current?.scrollIntoView({ block: 'nearest' }), []);
  const fields = Object.fromEntries(Object.keys(is).filter((k) => JSON.stringify(is[k]) !== JSON.stringify(was[k])).map((k) => [k, [was[k], is[k]]]));
  const lines = inWords(fields);
  return html`<div class="box danger" ref=${ref} role="alert" data-testid="clash"><p><${Icon} n="triangle-alert" /><b>Changed${by ? ` by ${by}` : ''} since you looked.</b></p>
    ${lines.length > 0 && html`<ul class="diff">${lines.map((l) => html`<li key=${l.word}><span>${l.word}</span><s>${l.before}</s><b>${l.after}</b></li>`)}</ul>`}
    <div class="row"><button type="button" class="btn" onClick=${theirs}>Take theirs</button><button type="button" class="btn danger" onClick=${anyway}>Apply mine anyway</button></div></div>`;
}
