/** The dialogs: a booking's form, cancelling, merging, a reason, the keys. One at a time. */
import { html, useState } from '../vendor/ui.js';
import { dialog, shut } from './hand.js';
import { Sheet, inputOf } from './modal.js';
import { BookingForm } from './form.js';
import { Cancel } from './cancel.js';
import { Merge } from './merge.js';
import { KEYS } from './keys.js';

const LEAST_REASON = 10, MOST_REASON = 500; // R-AUD-02

/** Why something goes. @param {{ d: Extract<import('./hand.js').Dialog, { kind: 'reason' }> }} p */
function Reason({ d }) {
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  const least = d.least ?? LEAST_REASON;
  const left = least - text.trim().length;
  const go = async (/** @type {Event} */ e) => {
    e.preventDefault();
    if (left > 0) return setWrong(`Say why in ${least} characters or more: ${left} to go.`);
    setBusy(true);
    const answer = await d.go(text.trim());
    setBusy(false);
    if (answer?.status === 'refused') setWrong(answer.message);
    else if (dialog.peek() === d) shut();
  };
  return html`<${Sheet} label=${d.title} onClose=${shut} cls="small" test="reason"><form class="body" onSubmit=${go} novalidate><h2>${d.title}</h2><p>${d.text}</p>
    <label>${least ? 'Reason' : 'Reason, if there is one to tell'}<textarea class="in" name="reason" data-focus rows="3" maxlength=${MOST_REASON} placeholder=${d.hint} aria-invalid=${!!wrong} value=${text} onInput=${inputOf((t) => { setText(t); setWrong(''); })}></textarea><span class="count">${text.trim().length} / ${MOST_REASON}</span></label>
    ${wrong && html`<em role="alert" class="err">${wrong}</em>`}
    <div class="row end"><button type="button" class="btn" onClick=${shut}>Leave it</button><button class="btn danger" data-testid="yes" disabled=${busy}>${d.yes}</button></div></form><//>`;
}

const Keys = () => html`<${Sheet} label="Keys" onClose=${shut} cls="small"><div class="body"><h2>Keys</h2><dl class="keys">${KEYS.map(([k, w]) => html`<div key=${k}><dt><kbd>${k}</kbd></dt><dd>${w}</dd></div>`)}</dl>
  <div class="row end"><button class="btn pri" autofocus onClick=${shut}>Good</button></div></div><//>`;

export function Dialogs() {
  const d = dialog.value;
  if (!d) return null;
  switch (d.kind) {
    case 'form': return html`<${BookingForm} key=${d.id ?? (d.wait ? 'wait' : 'new')} id=${d.id} given=${d.given} step=${d.step} wait=${d.wait} />`;
    case 'cancel': return html`<${Cancel} key=${d.id} id=${d.id} />`;
    case 'merge': return html`<${Merge} key=${d.id} id=${d.id} />`;
    case 'reason': return html`<${Reason} d=${d} />`;
    case 'keys': return html`<${Keys} />`;
  }
}
