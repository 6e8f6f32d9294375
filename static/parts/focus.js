/** Focus given back after something was open over the page. */

/** What a thing on the page is known by. */
const KNOWN = ['booking', 'found', 'party', 'slot', 'number', 'guest', 'staff', 'policy', 'deleted'];
const ANY = KNOWN.map((k) => `[data-${k}]`).join();

/** Remembers what has the focus now; call the answer to give it back. A row that changed meanwhile may have been drawn
 * anew elsewhere, so what is gone is found again by what it stands for; if that has left too, its list gets the focus.
 * @returns {() => void} */
export function focusKept() {
  const was = /** @type {HTMLElement | null} */ (document.activeElement);
  const thing = /** @type {HTMLElement | null | undefined} */ (was?.closest?.(ANY));
  const kind = thing && KNOWN.find((k) => k in thing.dataset);
  const list = /** @type {HTMLElement | null | undefined} */ (thing?.closest('[role=region][tabindex]'));
  const known = kind && `[data-${kind}="${CSS.escape(thing.dataset[kind] ?? '')}"]`;
  return () => {
    let to = was;
    if (known && !was?.isConnected) {
      const again = /** @type {HTMLElement | null} */ (document.querySelector(known));
      to = again?.matches('button, [tabindex]') ? again : again?.querySelector('button') ?? list ?? null;
    }
    to?.focus?.({ preventScroll: true });
  };
}
