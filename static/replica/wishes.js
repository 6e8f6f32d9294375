/**
 * What each command will look like once granted: its optimistic patches, and the sentence that tells it.
 *
 * An effect is a guess, redone over the newest base at every draw and dropped as soon as the hub has spoken; it reads
 * only the rows drawn so far. A command without an effect simply shows nothing until it is answered.
 */
/** @typedef {import('./replica.js').Replica} Replica */
/** @typedef {import('./replica.js').Patch} Patch */
/** @typedef {import('./replica.js').Row} Row */
/** @typedef {{ key: string, name: string, args: Record<string, any>, at: number }} Asked */

/** Commands that end something for good or cannot be judged later: they wait for the link instead of the queue. */
export const NEEDS_LINK = new Set([
  'cancel_booking', 'mark_no_show', 'remove_party', 'merge_seatings', 'undo', 'set_clock', 'put_section', 'notify_party',
  'answer_offer', 'revoke_offer', 'resend_message',
]);
/** Commands the hub can take back for five minutes. */
export const UNDOABLE = new Set([
  'seat_party', 'move_seating', 'merge_seatings', 'split_seating', 'set_stage', 'edit_seating', 'clear_seating',
  'set_table_status', 'put_section', 'add_party', 'edit_party', 'remove_party', 'book', 'place_booking',
  'arrive_booking', 'mark_late', 'mark_no_show', 'cancel_booking',
]);
/** The row whose version an edit speaks of, so that a queued one cannot overwrite what others did meanwhile. */
export const EDITS = /** @type {Record<string, [string, string]>} */ ({
  set_stage: ['seating', 'seating_id'], edit_seating: ['seating', 'seating_id'], move_seating: ['seating', 'seating_id'],
  clear_seating: ['seating', 'seating_id'], split_seating: ['seating', 'seating_id'], edit_party: ['party', 'party_id'],
  set_table_status: ['table', 'table_id'], arrive_booking: ['booking', 'booking_id'], mark_late: ['booking', 'booking_id'],
  place_booking: ['booking', 'booking_id'],
});

const OFFER_MIN = 15; // what the house's policy says unless it was changed; the answer brings the right moment
const iso = (/** @type {number} */ ms) => new Date(ms).toISOString();
const guessTurn = (/** @type {number} */ covers) => (covers <= 2 ? 75 : covers <= 4 ? 90 : covers <= 6 ? 105 : 120);

/** @param {Replica} view @param {string[]} ids @param {string} status @param {number} at @returns {Patch[]} */
const tables = (view, ids, status, at) =>
  ids.flatMap((id) => {
    const row = view.row('table', id);
    return row ? [{ put: { ...row, status, status_since: iso(at) } }] : [];
  });

/** @param {Row | undefined} row @param {Record<string, any>} change @returns {Patch[]} */
const change = (row, change) => (row ? [{ put: { ...row, ...change } }] : []);

/** What a party was offered, and the tables kept for that, are no more. @param {Replica} view @param {string} party @returns {Patch[]} */
const unoffer = (view, party) => [...view.all('offer').values()].filter((o) => o.party_id === party).flatMap((o) => [
  { drop: /** @type {[string, string]} */ (['offer', o.id]) },
  ...[...view.all('hold').values()].filter((h) => h.owner_id === o.id).map((h) => ({ drop: /** @type {[string, string]} */ (['hold', h.id]) }))]);

/** @param {Record<string, any>} from @param {string[]} names */
const pick = (from, names) => Object.fromEntries(names.filter((n) => n in from).map((n) => [n, from[n]]));

/** @type {Record<string, (view: Replica, args: Record<string, any>, asked: Asked) => Patch[]>} */
export const EFFECTS = {
  seat_party(view, a, { key, at }) {
    const guest = a.party_id ? view.row('party', a.party_id) : view.row('booking', a.booking_id);
    const covers = guest?.covers ?? a.covers ?? 1;
    const turn_min = a.turn_min ?? guest?.duration_min ?? guessTurn(covers);
    /** @type {Row} */
    const seating = {
      type: 'seating', id: `ghost:${key}`, table_ids: a.table_ids, booking_id: a.booking_id ?? null,
      party_id: a.party_id ?? null, name: guest?.name ?? a.name ?? 'Walk-in', covers, server_id: null, stage: 'just_sat',
      stage_since: iso(at), seated_at: iso(at), turn_min, expected_clear: iso(at + turn_min * 60_000), turn_by: null,
      over_noted: false, flags: guest?.flags ?? a.flags ?? [], occasion: guest?.occasion ?? null,
      notes: guest?.notes ?? a.notes ?? null, version: 0,
    };
    /** @type {Patch[]} */
    const out = [{ put: seating }, ...tables(view, a.table_ids, 'occupied', at)];
    if (a.party_id) out.push({ drop: ['party', a.party_id] }, { drop: ['wait', a.party_id] }, ...unoffer(view, a.party_id));
    if (a.booking_id) {
      out.push(...change(guest, { status: 'seated' }));
      for (const hold of view.all('hold').values()) if (hold.owner_id === a.booking_id) out.push({ drop: ['hold', hold.id] });
    }
    return out;
  },
  clear_seating(view, a, { at }) {
    const seating = view.row('seating', a.seating_id);
    if (!seating) return [];
    return [{ drop: ['seating', seating.id] }, ...tables(view, seating.table_ids, 'cleaning', at)];
  },
  set_stage: (view, a, { at }) => change(view.row('seating', a.seating_id), { stage: a.stage, stage_since: iso(at) }),
  edit_seating(view, a) {
    const row = view.row('seating', a.seating_id);
    const turn = a.turn_min && row ? { expected_clear: iso(Date.parse(row.seated_at) + a.turn_min * 60_000) } : {};
    return change(row, { ...pick(a, ['turn_min', 'covers', 'notes']), ...turn });
  },
  move_seating(view, a, { at }) {
    const row = view.row('seating', a.seating_id);
    if (!row) return [];
    const left = row.table_ids.filter((/** @type {string} */ id) => !a.table_ids.includes(id));
    const after = row.stage === 'just_sat' ? 'available' : 'cleaning'; // where nobody has eaten there is nothing to clear
    return [...change(row, { table_ids: a.table_ids }), ...tables(view, left, after, at),
      ...tables(view, a.table_ids, 'occupied', at)];
  },
  merge_seatings(view, a) {
    const from = view.row('seating', a.from_id);
    const into = view.row('seating', a.into_id);
    if (!from || !into) return [];
    return [{ drop: ['seating', from.id] },
      ...change(into, { table_ids: [...into.table_ids, ...from.table_ids], covers: into.covers + from.covers })];
  },
  split_seating(view, a, { key }) {
    const row = view.row('seating', a.seating_id);
    if (!row) return [];
    const rest = row.table_ids.filter((/** @type {string} */ id) => !a.table_ids.includes(id));
    return [...change(row, { table_ids: rest, covers: row.covers - a.covers }),
      ...change(row, { id: `ghost:${key}`, table_ids: a.table_ids, covers: a.covers, name: a.name ?? row.name })];
  },
  set_table_status: (view, a, { at }) =>
    change(view.row('table', a.table_id), { status: a.status, status_since: iso(at), status_note: a.note ?? null }),
  add_party(_view, a, { key, at }) {
    const id = `ghost:${key}`;
    return [
      { put: { type: 'party', id, name: a.name, covers: a.covers, phone: a.phone ?? null, status: 'active',
        priority: a.priority ?? 0, joined_at: iso(at), quoted_min: a.quoted_min ?? null, quoted_at: iso(at),
        area_id: a.area_id ?? null, accessible: !!a.accessible, flags: a.flags ?? [], notes: a.notes ?? null,
        expires_at: iso(at), version: 0, kind: 'walk_in', guest_flags: [], skips: 0, contact: a.contact ?? 'sms' } },
    ];
  },
  notify_party(view, a, { key, at }) {
    const party = view.row('party', a.party_id);
    if (!party || [...view.all('offer').values()].some((o) => o.party_id === party.id)) return []; // said once more
    const ids = a.table_ids ?? view.row('wait', party.id)?.table_ids ?? [];
    const ends_at = iso(at + OFFER_MIN * 60_000);
    return [...change(party, { status: 'notified', notified_at: iso(at), reply: null }),
      { put: { type: 'offer', id: `ghost:${key}`, party_id: party.id, table_ids: ids, starts_at: iso(at), duration_min: 0, sent_at: iso(at), expires_at: ends_at, status: 'sent', answered_at: null, version: 0 } },
      ...ids.map((/** @type {string} */ id, /** @type {number} */ i) => ({ put: { type: 'hold', id: `ghost:${key}:${i}`, owner_kind: 'offer', owner_id: `ghost:${key}`, table_id: id, starts_at: iso(at), ends_at, reserved_from: iso(at), status: 'held', version: 0 } }))];
  },
  revoke_offer(view, a) {
    const offer = view.row('offer', a.offer_id);
    return offer ? [...unoffer(view, offer.party_id), ...change(view.row('party', offer.party_id), { status: 'active', reply: null })] : [];
  },
  answer_offer(view, a) {
    const offer = view.row('offer', a.offer_id);
    if (!offer) return [];
    return a.answer === 'accept' ? change(offer, { status: 'accepted' }) : unoffer(view, offer.party_id);
  },
  dismiss_reply: (view, a) => change(view.row('party', a.party_id), { reply: null }),
  edit_party: (view, a) => change(view.row('party', a.party_id),
    pick(a, ['name', 'covers', 'phone', 'email', 'contact', 'quoted_min', 'priority', 'area_id', 'accessible', 'flags', 'notes', 'wanted_at', 'flexible'])),
  remove_party: (view, a) => [{ drop: ['party', a.party_id] }, { drop: ['wait', a.party_id] }, ...unoffer(view, a.party_id)],
  book(view, a, { key }) {
    const starts = Date.parse(a.starts_at);
    const venue = [...view.all('venue').values()][0];
    if (venue && Math.abs(starts - Date.parse(`${venue.service_date}T12:00Z`)) > 30 * 3600_000) return [];
    const minutes = a.duration_min ?? guessTurn(a.covers);
    return [{ put: { type: 'booking', id: `ghost:${key}`, kind: 'dining', code: '', name: a.name, phone: a.phone ?? null,
      covers: a.covers, starts_at: a.starts_at, ends_at: iso(starts + minutes * 60_000), duration_min: minutes,
      status: 'confirmed', source: a.source ?? 'phone', occasion: a.occasion ?? null, flags: a.flags ?? [],
      notes: a.notes ?? null, area_id: null, accessible: !!a.accessible, arrived_at: null, arrival: null, late_at: null,
      expected_at: null, no_show_proposed_at: null, unplaced: false, version: 0 } }];
  },
  arrive_booking: (view, a, { at }) => change(view.row('booking', a.booking_id),
    { status: 'arrived', arrived_at: iso(at), arrival: a.arrival ?? 'all', no_show_proposed_at: null }),
  mark_late: (view, a, { at }) => change(view.row('booking', a.booking_id), { late_at: iso(at), no_show_proposed_at: null,
    expected_at: a.expected_in_min ? iso(at + a.expected_in_min * 60_000) : null }),
  mark_no_show: (view, a) => change(view.row('booking', a.booking_id), { status: 'no_show', no_show_proposed_at: null }),
  cancel_booking: (view, a) => change(view.row('booking', a.booking_id), { status: 'cancelled' }),
  place_booking: (view, a) => change(view.row('booking', a.booking_id), { unplaced: false }),
  put_section(view, a) {
    if (!a.section_id || !a.table_ids) return [];
    /** @type {Patch[]} */
    const out = [];
    for (const t of view.all('table').values()) {
      const has = a.table_ids.includes(t.id);
      if (has !== (t.section_id === a.section_id)) out.push({ put: { ...t, section_id: has ? a.section_id : null } });
    }
    return out;
  },
};

/** @param {Replica} view @param {string[]} ids */
export const numbers = (view, ids) => ids.map((id) => view.row('table', id)?.number ?? '?').join('+');

export const STAGE_NAMES = /** @type {Record<string, string>} */ ({
  just_sat: 'Just sat', ordered: 'Ordered', served: 'Served', check: 'Check', paid: 'Paid',
});

/** Sentences of wishes that are loaded later. @type {Record<string, (view: Replica, a: any) => string>} */
export const WORDS = {};
/** The sentence that tells the wish, taken before it is done. @param {Replica} view @param {string} name @param {any} a */
export function sentence(view, name, a) {
  const seating = view.row('seating', a.seating_id);
  const party = view.row('party', a.party_id);
  const booking = view.row('booking', a.booking_id);
  const table = view.row('table', a.table_id);
  const who = seating?.name ?? party?.name ?? booking?.name ?? a.name ?? 'Walk-in';
  switch (name) {
    case 'seat_party': return `${who} · ${party?.covers ?? booking?.covers ?? a.covers} seated at ${numbers(view, a.table_ids)}`;
    case 'clear_seating': return `${who} left ${seating ? numbers(view, seating.table_ids) : ''}`;
    case 'set_stage': return `${who} · ${STAGE_NAMES[a.stage]}`;
    case 'move_seating': return `${who} moved to ${numbers(view, a.table_ids)}`;
    case 'merge_seatings': return `${view.row('seating', a.from_id)?.name} joined ${view.row('seating', a.into_id)?.name}`;
    case 'split_seating': return `${who} split · ${a.covers} stay at ${numbers(view, a.table_ids)}`;
    case 'edit_seating': return `${who} changed`;
    case 'set_table_status':
      return `${table?.number} ${{ available: 'is ready', cleaning: 'to clear', out_of_service: 'blocked' }[/** @type {'cleaning'} */ (a.status)]}`;
    case 'add_party': return `${a.name} · ${a.covers} joined the waitlist`;
    case 'edit_party': return `${who} changed`;
    case 'notify_party': return `${who} told that a table is ready`;
    case 'revoke_offer': return 'Offer taken back';
    case 'dismiss_reply': return `${who}’s answer seen`;
    case 'remove_party': return `${who} taken off the waitlist`;
    case 'book': return `${a.name} · ${a.covers} booked`;
    case 'place_booking': return a.table_ids ? `${who} planned at ${numbers(view, a.table_ids)}` : `${who} planned`;
    case 'arrive_booking': return { all: `${who} is here`, partial: `${who} is partly here`, bar: `${who} is at the bar` }[/** @type {'all'} */ (a.arrival ?? 'all')];
    case 'mark_late': return `${who} is late${a.expected_in_min ? ` · expected in ${a.expected_in_min}′` : ''}`;
    case 'mark_no_show': return `${who} marked no-show`;
    case 'cancel_booking': return `${who} cancelled`;
    case 'confirm_booking': return `${who} confirmed`;
    case 'reconfirm_booking': return `${who} reconfirmed`;
    case 'edit_booking': return `${who}’s booking changed`;
    case 'reschedule_booking': return `${who} moved to another time`;
    case 'join_waitlist': return `${who} waits for a time`;
    case 'put_section': return 'Section changed';
    default: return WORDS[name]?.(view, a) ?? name.replaceAll('_', ' ');
  }
}
