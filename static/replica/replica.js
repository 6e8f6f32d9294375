/**
 * What this screen knows: the rows of each channel as the hub last told them (base), the taps still under way laid
 * over them (pending), and what is drawn (view = base ⊕ pending).
 *
 * The law: state before + patches == state after. Applying a publication is ten lines and knows no row type.
 * Painting is paced: the first change at once, then at most one paint per 50 ms, one batch per frame.
 */
import { signal } from '../vendor/ui.js';

/** @typedef {{ type: string, id: string } & Record<string, any>} Row */
/** @typedef {{ put?: Row, drop?: [string, string] }} Patch */
/** @typedef {{ seq: number, key?: string, at: string, facts: any[], patches: Patch[], type?: 'reset' }} Publication */
/** @typedef {{ channel: string, offset: number, epoch: string, seq: number, at: string, rows: Row[] }} State */
/** @typedef {Map<string, Map<string, Row>>} Rows */
/** @typedef {{ offset: number, epoch: string, seq: number, at: string, rows: Rows }} Held */

const PAINT_GAP_MS = 50; // a render per message built a 10 s backlog on slow tablets; 20 paints a second are smooth
const HIDDEN_GAP_MS = 1000; // nobody looks
const NONE = /** @type {ReadonlyMap<string, Row>} */ (new Map());

/**
 * Lays patches over a map of rows, in order.
 * @param {Rows} rows
 * @param {Patch[]} patches
 */
export function apply(rows, patches) {
  for (const { put, drop } of patches) {
    const type = put ? put.type : drop ? drop[0] : '';
    let kind = rows.get(type);
    if (!kind) rows.set(type, (kind = new Map()));
    if (put) kind.set(put.id, put);
    else if (drop) kind.delete(drop[1]);
  }
}

export class Replica {
  /** Goes up by one each time the view changes: read it in a render to be drawn again. */
  revision = signal(0);
  /** @type {Map<string, Held>} */
  channels = new Map();
  /** What pending taps lay over the base, tap by tap; set by `pending.js`. @type {(view: Replica) => Iterable<Patch[]>} */
  overlay = () => [];
  /** Called with every publication applied. @type {Set<(pub: Publication, channel: string) => void>} */
  hearers = new Set();

  /** @type {Rows} */ #view = new Map();
  #painted = 0;
  #due = false;

  /**
   * The rows of one type, as drawn.
   * @template {Row} [T=Row]
   * @param {string} type
   * @returns {ReadonlyMap<string, T>}
   */
  all(type) {
    return /** @type {any} */ (this.#view.get(type) ?? NONE);
  }

  /**
   * @param {string} type
   * @param {string | null | undefined} id
   * @returns {any} the row as drawn, or undefined
   */
  row(type, id) {
    return id ? this.#view.get(type)?.get(id) : undefined;
  }

  /**
   * Takes a channel's whole state in place of what was known of it.
   * @param {State} state
   */
  load(state) {
    /** @type {Rows} */
    const rows = new Map();
    apply(rows, state.rows.map((put) => ({ put })));
    this.channels.set(state.channel, { offset: state.offset, epoch: state.epoch, seq: state.seq, at: state.at, rows });
    this.soon();
  }

  /**
   * Applies one publication, unless the state already has it.
   * @param {string} channel
   * @param {number} offset
   * @param {Publication} pub
   */
  publish(channel, offset, pub) {
    const held = this.channels.get(channel);
    if (!held || offset <= held.offset) return;
    held.offset = offset;
    held.seq = pub.seq;
    held.at = pub.at;
    apply(held.rows, pub.patches);
    for (const hear of this.hearers) hear(pub, channel);
    this.soon();
  }

  /** @param {string} channel */
  forget(channel) {
    this.channels.delete(channel);
    this.soon();
  }

  /** Has this screen seen everything the answer speaks of? @param {Record<string, number>} offsets */
  reached(offsets) {
    return Object.entries(offsets).every(([channel, n]) => (this.channels.get(channel)?.offset ?? Infinity) >= n);
  }

  /** Draws in the next frame that is due. */
  soon() {
    if (this.#due) return;
    this.#due = true;
    if (document.hidden) setTimeout(() => this.draw(), HIDDEN_GAP_MS);
    else {
      const wait = this.#painted + PAINT_GAP_MS - performance.now();
      if (wait > 0) setTimeout(() => requestAnimationFrame(() => this.draw()), wait);
      else requestAnimationFrame(() => this.draw());
    }
  }

  /** Draws now: for a tap of one's own, in the same frame. */
  draw() {
    this.#due = false;
    this.#painted = performance.now();
    /** @type {Rows} */
    const view = new Map();
    for (const { rows } of this.channels.values()) {
      for (const [type, kind] of rows) {
        const met = view.get(type);
        view.set(type, met ? new Map([...met, ...kind]) : kind);
      }
    }
    this.#view = view;
    const copied = new Set();
    for (const patches of this.overlay(this)) {
      for (const { put, drop } of patches) {
        const type = put ? put.type : drop ? drop[0] : '';
        if (!copied.has(type)) view.set(type, new Map(view.get(type))); // never write a ghost into the base
        copied.add(type);
      }
      apply(view, patches);
    }
    this.revision.value++;
  }
}
