// Generated from schemas/ by `python -m hub.golden`; do not edit.

export type AddJoin = { "command": "add_join"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "a": string; "b": string; "combined_max"?: number | null };

/** A party joins the line. Without `quoted_min` the house quotes by the next fitting clear time. */
export type AddParty = { "command": "add_party"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "name": string; "covers": number; "phone"?: string | null; "quoted_min"?: number | null; "priority"?: number; "area_id"?: string | null; "accessible"?: boolean; "flags"?: string[]; "notes"?: string | null };

export type AddStaff = { "command": "add_staff"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "email": string; "name": string; "password": string; "roles": ("admin" | "chef" | "customer_support" | "host" | "kitchen" | "manager" | "server" | "station_manager" | "super_admin")[] };

/** Another time that would work, with its tables and why it was chosen. */
export type Alternative = { "starts_at": string; "table_ids": string[]; "reason": string };

/** System: takes every staged line of an import into the house, or none. A dry run counts and takes nothing. */
export type ApplyImport = { "command": "apply_import"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "import_id": string; "dry_run"?: boolean };

export type AreaChanged = { "fact": "floor.area_changed"; "area_id": string };

/** A room or zone with its own plan of `width` × `height` floor units. Capacity and table count are derived from its active tables (R-TAB-21). */
export type AreaRow = { "type": "area"; "id": string; "name": string; "kind": "bar" | "indoor" | "patio" | "private_room" | "takeout" | "vip"; "service_type": "bar_service" | "counter" | "full_service"; "features": string[]; "hours": Record<string, string[]> | null; "fixtures": Fixture[]; "width": number; "height": number; "position": number; "capacity": number; "table_count": number; "active": boolean; "version": number };

/** The party is here: all of it, part of it, or waiting at the bar. Also reopens a no-show within 30 minutes. */
export type ArriveBooking = { "command": "arrive_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string; "arrival"?: "all" | "bar" | "partial" };

/** A dining booking. Without `table_ids` the best-fitting free table or adjacent pair is held for it. */
export type Book = { "command": "book"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "name": string; "covers": number; "starts_at": string; "phone"?: string | null; "email"?: string | null; "duration_min"?: number | null; "source"?: "ai_assistant" | "import" | "in_person" | "phone" | "qr" | "sms" | "telegram" | "walk_in" | "web" | "whatsapp"; "occasion"?: "anniversary" | "birthday" | "business" | "casual" | "custom" | "date" | "proposal" | null; "flags"?: string[]; "notes"?: string | null; "area_id"?: string | null; "accessible"?: boolean; "table_ids"?: string[] | null };

/** The result of `book`: where, and what the host should be told. */
export type Booked = { "booking_id": string; "code": string; "table_ids": string[]; "warnings": string[] };

export type BookingArrived = { "fact": "reservation.arrived"; "booking_id": string; "arrival": string };

export type BookingCancelled = { "fact": "reservation.cancelled"; "booking_id": string };

export type BookingCreated = { "fact": "reservation.created"; "booking_id": string; "covers": number; "starts_at": string; "table_ids": string[]; "source": string };

export type BookingLate = { "fact": "reservation.late"; "booking_id": string; "minutes_late": number };

export type BookingNoShow = { "fact": "reservation.no_show"; "booking_id": string; "minutes_late": number };

export type BookingPlaced = { "fact": "reservation.placed"; "booking_id": string; "table_ids": string[] };

/** A booking as staff see it. Its tables are its holds; `unplaced` means it has none and wants some. */
export type BookingRow = { "type": "booking"; "id": string; "kind": "dining" | "event"; "code": string; "name": string; "phone": string | null; "covers": number; "service_date": string; "starts_at": string; "ends_at": string; "duration_min": number; "status": "arrived" | "cancelled" | "completed" | "confirmed" | "dining" | "inquiry" | "no_show" | "pending" | "reminded" | "rescheduled" | "seated"; "source": string; "occasion": string | null; "flags": string[]; "notes": string | null; "area_id": string | null; "accessible": boolean; "arrived_at": string | null; "arrival": "all" | "bar" | "partial" | null; "late_at": string | null; "expected_at": string | null; "no_show_proposed_at": string | null; "unplaced": boolean; "version": number };

export type BookingStatusChanged = { "fact": "reservation.status_changed"; "booking_id": string; "was": string; "now": string };

/** The booking lost its tables (somebody was seated there anyway) and needs new ones. */
export type BookingUnplaced = { "fact": "reservation.unplaced"; "booking_id": string; "table_ids": string[] };

export type CancelBooking = { "command": "cancel_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string };

/** The party left: its tables are to be cleared (or free at once, by policy `floor.free_on_clear`). */
export type ClearSeating = { "command": "clear_seating"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seating_id": string };

/** House time = `house_at` + (wall − `wall_at`) × `rate`. Outside a sample house the two are equal and rate is 1. */
export type ClockRow = { "type": "clock"; "id": string; "house_at": string; "wall_at": string; "rate": number };

export type ClockSet = { "fact": "house.clock_set"; "rate": number; "house_at": string };

/** POST /api/login. */
export type Credentials = { "email": string; "password": string };

export type DeactivateStaff = { "command": "deactivate_staff"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "staff_id": string };

/** A wish granted: the site's `seq` at which it is true, and the offset it took on every channel it touched. */
export type Done = { "status": "done"; "seq": number; "offsets": Record<string, number>; "result"?: any };

export type EditParty = { "command": "edit_party"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "party_id": string; "name"?: string; "covers"?: number; "phone"?: string | null; "quoted_min"?: number; "priority"?: number; "area_id"?: string | null; "accessible"?: boolean; "flags"?: string[]; "notes"?: string | null };

/** Changes the turn's length, covers or notes of a seated party. */
export type EditSeating = { "command": "edit_seating"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seating_id": string; "turn_min"?: number | null; "covers"?: number | null; "notes"?: string | null };

/** A party above the events-team line (R-AVL-04: more than 12) was taken; somebody there should call. */
export type EventsTeamCase = { "fact": "reservation.events_team"; "booking_id": string; "covers": number };

/** System: the house closed (G-15) and the party is still in line. */
export type ExpireParty = { "command": "expire_party"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "party_id": string };

/** One table or joined pair for a party, legal or not, best first; GET /api/sites/{site}/fits. `free_min` = minutes until the next hold (None = free for the evening); `why` is what the host reads. */
export type Fit = { "table_ids": string[]; "legal": boolean; "why": string; "free_min": number | null; "wasted": number };

export type Fits = { "at_seq": number; "fits": Fit[] };

/** A thing drawn but never seated at, in floor units: a wall, window or bar front is a poly-line of `points` [x0, y0, x1, y1, …]; a zone or bar is a rectangle [x, y, w, h]; a plant is [x, y, r]; a label is [x, y]. */
export type Fixture = { "kind": "bar" | "label" | "plant" | "wall" | "window" | "zone"; "points": number[]; "text"?: string };

/** `table_id` is kept for its owner during [`starts_at`, `ends_at`), the buffer inside; from `reserved_from` on a free table is drawn reserved (G-01). */
export type HoldRow = { "type": "hold"; "id": string; "owner_kind": "block" | "booking" | "checkout" | "offer" | "opening" | "seating"; "owner_id": string; "table_id": string; "service_date": string; "starts_at": string; "ends_at": string; "reserved_from": string; "status": "active" | "held" | "released"; "version": number };

export type Imported = { "fact": "house.imported"; "import_id": string; "counts": Record<string, Record<string, number>> };

export type JoinAdded = { "fact": "floor.join_added"; "join_id": string; "a": string; "b": string };

export type JoinRemoved = { "fact": "floor.join_removed"; "join_id": string };

/** Two tables that can be pushed together (G-28), and how many the pair then seats. */
export type JoinRow = { "type": "join"; "id": string; "a": string; "b": string; "combined_max": number; "version": number };

/** System: a table was taken off the plan; the bookings planned at it are unplaced. */
export type LeaveTable = { "command": "leave_table"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "table_id": string };

/** The guest called: `expected_in_min` minutes from now. Without it, just marked late. */
export type MarkLate = { "command": "mark_late"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string; "expected_in_min"?: number | null };

/** The host's word that nobody came (never before the grace is over). */
export type MarkNoShow = { "command": "mark_no_show"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string };

/** GET /api/me. */
export type Me = { "staff_id": string; "name": string; "initials": string; "sites": SiteRoles[]; "sample": boolean };

/** Two seated parties become one: `from_id` ends, `into_id` takes its tables and covers. */
export type MergeSeatings = { "command": "merge_seatings"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "from_id": string; "into_id": string };

/** Moves a seated party to these tables (naming one it has and one more joins them; fewer gives tables back). */
export type MoveSeating = { "command": "move_seating"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seating_id": string; "table_ids": string[]; "anyway"?: boolean };

/** System: the grace after the booked time ran out without an arrival; the host is asked to decide. */
export type NoteLateness = { "command": "note_lateness"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string };

/** System: the turn ran past its expected end. */
export type NoteOverstay = { "command": "note_overstay"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seating_id": string };

/** A cancellation or no-show gave tables back; the waiting line is served before the public. */
export type OpeningMade = { "fact": "availability.opening"; "owner_id": string; "table_ids": string[] };

export type OpeningReleased = { "fact": "availability.opening_released"; "owner_id": string };

export type PartyAdded = { "fact": "waitlist.added"; "party_id": string; "covers": number; "quoted_min": number | null };

export type PartyConverted = { "fact": "waitlist.converted"; "party_id": string; "seating_id": string };

export type PartyEdited = { "fact": "waitlist.edited"; "party_id": string; "fields": string[] };

export type PartyRemoved = { "fact": "waitlist.removed"; "party_id": string; "why": string };

/** A party waiting at the door. Shown while active or notified. */
export type PartyRow = { "type": "party"; "id": string; "name": string; "covers": number; "phone": string | null; "status": "active" | "cancelled" | "converted" | "expired" | "notified"; "priority": number; "joined_at": string; "quoted_min": number | null; "quoted_at": string | null; "area_id": string | null; "accessible": boolean; "flags": string[]; "notes": string | null; "expires_at": string; "version": number };

/** One earlier party of a table; GET /api/sites/{site}/tables/{table}/visits (F-TAB-07: the last five). */
export type PastVisit = { "seating_id": string; "name": string; "covers": number; "seated_at": string; "left_at": string; "turn_min": number };

/** Plans a booking at these tables instead (or at the best free ones when none are named). */
export type PlaceBooking = { "command": "place_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string; "table_ids"?: string[] | null };

export type PolicyChanged = { "fact": "policy.changed"; "policy": string; "scope": string; "version": number };

/** One line of a policy's history; GET /api/sites/{site}/policies/{policy}. */
export type PolicyVersion = { "policy": string; "scope": string; "kind": string | null; "version": number; "value": any; "by": string | null; "at": string; "reason": string | null };

/** One policy as it is in force here: its unit, bounds, default, value, where the value comes from, its version. */
export type PolicyView = { "policy": string; "title": string; "unit": string; "default": any; "value": any; "scope": string; "version": number; "min"?: number | null; "max"?: number | null };

/** Adds an area (no `area_id`) or changes the named fields of one. */
export type PutArea = { "command": "put_area"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "area_id"?: string | null; "name"?: string; "kind"?: "bar" | "indoor" | "patio" | "private_room" | "takeout" | "vip"; "service_type"?: "bar_service" | "counter" | "full_service"; "features"?: ("outdoor" | "private" | "smoking")[]; "hours"?: Record<string, string[]> | null; "fixtures"?: Fixture[]; "width"?: number; "height"?: number; "position"?: number; "active"?: boolean };

/** Adds or changes a section: its name, its server, and exactly which tables it has (F-TAB-13). */
export type PutSection = { "command": "put_section"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "section_id"?: string | null; "name"?: string; "server_id"?: string | null; "table_ids"?: string[] };

/** Adds a table (no `table_id`; needs area, number, covers) or changes the named fields of one (F-TAB-01). */
export type PutTable = { "command": "put_table"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "table_id"?: string | null; "area_id"?: string; "number"?: string; "name"?: string | null; "min_covers"?: number; "max_covers"?: number; "furniture"?: "bar" | "booth" | "patio" | "private" | "standard"; "size_class"?: "2_top" | "4_top" | "6_top" | "bar_stool" | "large_party"; "shape"?: "rectangular" | "round" | "square"; "features"?: ("accessible" | "business_friendly" | "highchair" | "private" | "quiet" | "window")[]; "preferred_for"?: ("business" | "family" | "romantic")[]; "priority"?: number; "x"?: number; "y"?: number; "w"?: number; "h"?: number; "rotation"?: number; "notes"?: string | null; "active"?: boolean };

/** Derived, one per size band: when a new party of that size would be seated (R-WTL-08, rounded on screen, G-27). `ready_at` None = not in sight tonight. */
export type QuoteRow = { "type": "quote"; "id": string; "covers_min": number; "covers_max": number; "ready_at": string | null };

/** One line of the undo history; GET /api/sites/{site}/recent. */
export type Recent = { "seq": number; "command": string; "what": string; "at": string; "by": string; "undoable_until": string | null; "undone": boolean };

/** System: a policy its screens draw by changed, or the clock did; the venue's copies are renewed. */
export type RefreshVenue = { "command": "refresh_venue"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null };

/** System, coalesced (≤ 500 ms after its causes): positions, quotes and suggestions anew. */
export type RefreshWaiting = { "command": "refresh_waiting"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null };

/** A wish that was not granted: a code, the slice's own word, a sentence for the host, and the facts behind it. */
export type Refused = { "status": "refused"; "code": "conflict" | "forbidden" | "invalid" | "not_found" | "rate_limited" | "unauthorised" | "unavailable"; "reason": string; "message": string; "field"?: string | null; "about"?: any; "retry"?: "anyway" | "later" | "never" | "reread"; "retry_s"?: number | null };

/** System: the 2 s in which the waiting line was served first are over; the opening is free. */
export type ReleaseOpening = { "command": "release_opening"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "owner_id": string };

export type RemoveJoin = { "command": "remove_join"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "join_id": string };

/** The party left or asked to be taken off. */
export type RemoveParty = { "command": "remove_party"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "party_id": string };

/** Makes an earlier version current again (as a new version: history is never rewritten). */
export type RestorePolicy = { "command": "restore_policy"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "policy": string; "version": number };

export type RolesSet = { "fact": "people.roles_set"; "staff_id": string; "roles": string[] };

/** POST /api/login/sample: one-tap sign-in, sample house only. */
export type SampleRole = { "role": "admin" | "chef" | "customer_support" | "host" | "kitchen" | "manager" | "server" | "station_manager" | "super_admin" };

/** A guest scanned the table's code (F-TAB-04): a free table becomes occupied, a dirty or blocked one stays. */
export type ScanTable = { "command": "scan_table"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "qr": string };

/** Seats a waiting party, a booking, or a walk-in (neither id; needs `covers`) at one or several joined tables. */
export type SeatParty = { "command": "seat_party"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "table_ids": string[]; "party_id"?: string | null; "booking_id"?: string | null; "covers"?: number | null; "name"?: string | null; "turn_min"?: number | null; "flags"?: string[]; "notes"?: string | null; "anyway"?: boolean };

export type SeatingEdited = { "fact": "table.seating_edited"; "seating_id": string; "fields": string[] };

export type SeatingMoved = { "fact": "table.moved"; "seating_id": string; "was": string[]; "now": string[] };

/** One party at one or several tables. `expected_clear` = `seated_at` + `turn_min` (R-DUR-05); `turn_by` is the start of the next hold on any of its tables when it was seated into a gap. */
export type SeatingRow = { "type": "seating"; "id": string; "table_ids": string[]; "booking_id": string | null; "party_id": string | null; "name": string; "covers": number; "server_id": string | null; "stage": "check" | "just_sat" | "ordered" | "paid" | "served"; "stage_since": string; "seated_at": string; "turn_min": number; "expected_clear": string; "turn_by": string | null; "over_noted": boolean; "flags": string[]; "occasion": string | null; "notes": string | null; "version": number };

export type SeatingSplit = { "fact": "table.split"; "seating_id": string; "new_seating_id": string; "table_ids": string[] };

export type SeatingsMerged = { "fact": "table.merged"; "from_id": string; "into_id": string };

export type SectionChanged = { "fact": "section.changed"; "section_id": string; "server_id": string | null; "table_ids": string[] };

/** The tables one server works this shift. Which tables: every table row names its section. */
export type SectionRow = { "type": "section"; "id": string; "name": string; "server_id": string | null; "server_name": string | null; "initials": string; "colour": number; "version": number };

export type ServiceDayTurned = { "fact": "house.service_day_turned"; "service_date": string };

/** Runs the sample house's clock at `rate` (0 pauses); `house_at` also sets it, forward only. Sample house only. */
export type SetClock = { "command": "set_clock"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "rate": number; "house_at"?: string | null };

/** Makes a new version of one policy at one scope; `value` None falls back to the wider scope again. */
export type SetPolicy = { "command": "set_policy"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "policy": string; "scope"?: "kind" | "org" | "site"; "kind"?: "dining" | "event" | null; "value"?: any };

/** Replaces one person's roles at this site; an empty list takes them off it. Sockets follow within 5 s. */
export type SetRoles = { "command": "set_roles"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "staff_id": string; "roles": ("admin" | "chef" | "customer_support" | "host" | "kitchen" | "manager" | "server" | "station_manager" | "super_admin")[] };

export type SetStage = { "command": "set_stage"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seating_id": string; "stage": "check" | "just_sat" | "ordered" | "paid" | "served" };

/** One tap by staff: bussed (cleaning → available), blocked (→ out_of_service), back (→ available or cleaning). */
export type SetTableStatus = { "command": "set_table_status"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "table_id": string; "status": "available" | "cleaning" | "out_of_service"; "note"?: string | null };

export type SiteRoles = { "site_id": string; "name": string; "timezone": string; "roles": string[]; "permissions": string[] };

/** GET /api/token: what the socket's connect and refresh take. `ttl_s` seconds of life. */
export type SocketToken = { "token": string; "ttl_s": number };

/** Part of a party (`covers` of it) stays on as a party of its own at `table_ids`, which it already has. */
export type SplitSeating = { "command": "split_seating"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seating_id": string; "table_ids": string[]; "covers": number; "name"?: string | null };

export type StaffAdded = { "fact": "people.staff_added"; "staff_id": string; "roles": string[] };

export type StaffDeactivated = { "fact": "people.staff_deactivated"; "staff_id": string };

/** GET /api/sites/{site}/staff. */
export type StaffMember = { "id": string; "name": string; "initials": string; "roles": string[]; "active": boolean };

export type StageSet = { "fact": "table.stage_set"; "seating_id": string; "was": string; "now": string };

/** One consistent snapshot of a channel; publications with an offset at or below `offset` are already in it. */
export type State = { "channel": string; "offset": number; "epoch": string; "seq": number; "at": string; "rows": any };

export type TableChanged = { "fact": "table.updated"; "table_id": string; "fields": string[] };

export type TableCleared = { "fact": "table.cleared"; "seating_id": string; "table_ids": string[]; "turn_min": number };

/** Bussed and ready again; `last_cleaned` was stamped (R-TAB-14). */
export type TableReset = { "fact": "table.reset"; "table_id": string };

/** One table or bar stool. (x, y) is its upper left corner in its area's floor units before rotation (degrees). */
export type TableRow = { "type": "table"; "id": string; "area_id": string; "number": string; "name": string | null; "min_covers": number; "max_covers": number; "furniture": "bar" | "booth" | "patio" | "private" | "standard"; "size_class": "2_top" | "4_top" | "6_top" | "bar_stool" | "large_party"; "shape": "rectangular" | "round" | "square"; "features": string[]; "preferred_for": string[]; "priority": number; "x": number; "y": number; "w": number; "h": number; "rotation": number; "status": "available" | "cleaning" | "occupied" | "out_of_service"; "status_since": string; "status_note": string | null; "last_cleaned": string | null; "section_id": string | null; "notes": string | null; "qr": string; "active": boolean; "version": number };

export type TableScanned = { "fact": "table.scanned"; "table_id": string; "seating_id": string | null };

export type TableSeated = { "fact": "table.seated"; "seating_id": string; "table_ids": string[]; "covers": number; "server_id": string | null; "expected_clear": string; "booking_id"?: string | null; "party_id"?: string | null };

export type TableStatusChanged = { "fact": "table.status_changed"; "table_id": string; "was": string; "now": string };

export type TablesCombined = { "fact": "table.combined"; "seating_id": string; "table_ids": string[] };

export type TurnAlert = { "fact": "table.turn_alert"; "seating_id": string; "minutes_over": number };

/** System: the service day ended; the venue row names the next one. */
export type TurnServiceDay = { "command": "turn_service_day"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null };

/** Takes back the command at `seq`, for 5 minutes, while nothing it left has changed since. */
export type Undo = { "command": "undo"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seq": number };

export type Undone = { "fact": "house.undone"; "seq": number; "command": string };

export type VenueRefreshed = { "fact": "house.venue_refreshed"; "fields": string[] };

/** The site itself, as its screens need it. `service_date` turns over at `day_ends` local (R: 04:00). */
export type VenueRow = { "type": "venue"; "id": string; "name": string; "kind": "hybrid" | "restaurant" | "station"; "timezone": string; "day_ends": string; "service_date": string; "demo": boolean; "late_after_min": number; "soon_min": number; "theme": string; "version": number };

/** Derived, one per waiting party (same id): its place in line, when a table should fit (`ready_at`; None = not in sight tonight), and the best table or pair for it now (empty = none), with the reason a host would give. */
export type WaitRow = { "type": "wait"; "id": string; "position": number; "ready_at": string | null; "table_ids": string[]; "why": string };

/** Positions, quotes or suggestions changed; `at_seq` is the floor they were made from. */
export type WaitingRefreshed = { "fact": "waitlist.reordered"; "at_seq": number };

export type Row = AreaRow | BookingRow | ClockRow | HoldRow | JoinRow | PartyRow | QuoteRow | SeatingRow | SectionRow | TableRow | VenueRow | WaitRow;
export type Fact = OpeningMade | OpeningReleased | AreaChanged | JoinAdded | JoinRemoved | ClockSet | Imported | ServiceDayTurned | Undone | VenueRefreshed | RolesSet | StaffAdded | StaffDeactivated | PolicyChanged | BookingArrived | BookingCancelled | BookingCreated | EventsTeamCase | BookingLate | BookingNoShow | BookingPlaced | BookingStatusChanged | BookingUnplaced | SectionChanged | TableCleared | TablesCombined | SeatingsMerged | SeatingMoved | TableReset | TableScanned | TableSeated | SeatingEdited | SeatingSplit | StageSet | TableStatusChanged | TurnAlert | TableChanged | PartyAdded | PartyConverted | PartyEdited | PartyRemoved | WaitingRefreshed;
export type Answer = Done | Refused;
export interface RowByType {
  "area": AreaRow;
  "booking": BookingRow;
  "clock": ClockRow;
  "hold": HoldRow;
  "join": JoinRow;
  "party": PartyRow;
  "quote": QuoteRow;
  "seating": SeatingRow;
  "section": SectionRow;
  "table": TableRow;
  "venue": VenueRow;
  "wait": WaitRow;
}
export interface CommandByName {
  "add_join": AddJoin;
  "add_party": AddParty;
  "add_staff": AddStaff;
  "arrive_booking": ArriveBooking;
  "book": Book;
  "cancel_booking": CancelBooking;
  "clear_seating": ClearSeating;
  "deactivate_staff": DeactivateStaff;
  "edit_party": EditParty;
  "edit_seating": EditSeating;
  "mark_late": MarkLate;
  "mark_no_show": MarkNoShow;
  "merge_seatings": MergeSeatings;
  "move_seating": MoveSeating;
  "place_booking": PlaceBooking;
  "put_area": PutArea;
  "put_section": PutSection;
  "put_table": PutTable;
  "remove_join": RemoveJoin;
  "remove_party": RemoveParty;
  "restore_policy": RestorePolicy;
  "scan_table": ScanTable;
  "seat_party": SeatParty;
  "set_clock": SetClock;
  "set_policy": SetPolicy;
  "set_roles": SetRoles;
  "set_stage": SetStage;
  "set_table_status": SetTableStatus;
  "split_seating": SplitSeating;
  "undo": Undo;
}
export type Patch = { put: Row } | { drop: [string, string] };
export interface Publication {
  type?: 'reset'; seq: number; key: string | null; at: string; facts: Fact[]; patches: Patch[];
}
