/** What a quote rests on, in a host's words, and what a party would be told that joins now. */
import { useEffect, useState } from '../vendor/ui.js';
import { call } from '../replica/house.js';
import { span } from '../parts/words.js';
import { site } from './house.js';

/** @typedef {import('../wire.d.ts').QuoteView} QuoteView */

const SOURCES = /** @type {Record<string, string>} */ ({ default: 'by usual turns', house: 'by turns in this house', cell: 'by turns of such parties here', rule: 'as planned', host: 'the host’s word' });
/** @param {string} source */
export const sourceOf = (source) => SOURCES[source] ?? source;

const PAUSE_MS = 150; // a size is often changed by several taps

/** Asks the house whenever the party is another; null until it has answered, and without a link.
 * @param {{ covers: number, stepFree: boolean, place: string, guest: string, on: boolean }} party @returns {QuoteView | null} */
export function useQuote({ covers, stepFree, place, guest, on }) {
  const [told, setTold] = useState(/** @type {QuoteView | null} */ (null));
  useEffect(() => {
    if (!on) return;
    let wanted = true;
    const words = new URLSearchParams({ covers: String(covers), accessible: String(stepFree), ...(place ? { priority: place } : {}), ...(guest ? { guest_id: guest } : {}) });
    const soon = setTimeout(() => call(`/api/sites/${site}/quote?${words}`).then((q) => wanted && setTold(q), () => wanted && setTold(null)), PAUSE_MS);
    return () => { wanted = false; clearTimeout(soon); };
  }, [covers, stepFree, place, guest, on]);
  return told?.covers === covers ? told : null;
}

/** 25–40′ @param {QuoteView} q */
export const quoteWords = (q) => (q.quoted_min === 0 ? 'now' : q.low_min !== null ? `${span(q.low_min, q.high_min)}′` : q.quoted_min === null ? 'not in sight' : `${q.quoted_min}′`);
