/** What every drag ends with. */

/** @param {Event} e */
const swallow = (e) => {
  e.stopPropagation();
  e.preventDefault();
};

/** The drop is not also a tap: the click that follows it goes nowhere. */
export function notATap() {
  addEventListener('click', swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener('click', swallow, { capture: true }), 0);
}
