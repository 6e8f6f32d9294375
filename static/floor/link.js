/** A waiting guest's own page, as a code to scan. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { Icon } from '../parts/icon.js';
import { Drawer } from '../parts/drawer.js';
import { say, warn } from '../parts/toast.js';
import { call } from '../replica/house.js';
import { replica, site } from './house.js';

/** Their link, to be scanned from this screen. @param {{ id: string }} p */
export function LinkSheet({ id }) {
  const [link, setLink] = useState(/** @type {{ url: string, qr_svg: string } | null | undefined} */ (undefined));
  useEffect(() => {
    let on = true;
    call(`/api/sites/${site}/parties/${id}/link`).then((l) => on && setLink(l), () => on && setLink(null));
    return () => { on = false; };
  }, [id]);
  const name = replica.row('party', id)?.name ?? 'Guest';
  const whole = link && new URL(link.url, location.origin).href;
  const copy = () => navigator.clipboard?.writeText(whole ?? '').then(() => say('Copied'), () => warn('This browser does not let us copy.'));
  return html`<${Drawer} title=${`${name}’s link`} sub="Their place in line, on their own phone" test="link-sheet"><div class="scroll">
    ${link === undefined ? html`<p class="skel qr"></p>` : link === null ? html`<div class="empty"><${Icon} n="wifi-off" /><b>Not to be had just now</b></div>`
      : html`<img class="qr" alt=${`Code to scan for ${name}’s place in line`} src=${`data:image/svg+xml,${encodeURIComponent(link.qr_svg)}`} />
        <p class="note">${name} scans this with a phone’s camera, and sees the line move.</p>
        <div class="row"><a class="btn grow" href=${link.url} target="_blank" rel="noopener"><${Icon} n="external-link" />Open</a>
          ${window.isSecureContext && html`<button class="btn grow" onClick=${copy}><${Icon} n="copy" />Copy</button>`}</div>`}
  </div><//>`;
}
