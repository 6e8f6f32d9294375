// Generated from schemas/ by `python -m hub.golden`; do not edit.

/** Does what the plan of this `basis` proposes, for all bookings or those named: all of it or, when any of it is no longer possible, nothing (`about` says which and why). Guests are not told: their time stays. */
export type AcceptPlan = { "command"?: "accept_plan"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "basis": number; "owner_ids"?: string[] | null };

/** System: a key's hash, for the door that made the key and shows it once (POST /api/sites/{site}/keys). */
export type AddApiKey = { "command"?: "add_api_key"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "key_id": string; "name": string; "prefix": string; "hash_hex": string; "scopes": ("availability.read" | "book.read" | "book.write" | "floor.read" | "floor.status" | "guests.read" | "guests.write" | "host.write" | "messages.read" | "seating.write" | "waitlist.read")[]; "by": string };

/** A guest of this site. A phone number somebody of the organisation has already is that person: the profile here is made for them, and `known` in the result says so. */
export type AddGuest = { "command"?: "add_guest"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "name": string; "phone"?: string | null; "email"?: string | null; "birthday"?: string | null; "anniversaries"?: string[]; "flags"?: string[]; "preferences"?: string[]; "preferred_times"?: string[]; "favourite_table_id"?: string | null; "favourite_area_id"?: string | null; "tier"?: "bronze" | "gold" | "platinum" | "silver" | null; "tags"?: string[]; "notes"?: string | null; "consents"?: ("email" | "sms" | "whatsapp")[]; "preferred_contact"?: "both" | "email" | "sms" | null };

export type AddJoin = { "command"?: "add_join"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "a": string; "b": string; "combined_max"?: number | null };

/** A party joins the line. Without `quoted_min` the house quotes: an interval from the evening played forward, and by when it should sit; where it cannot, by the next fitting clear time. */
export type AddParty = { "command"?: "add_party"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "name": string; "covers": number; "phone"?: string | null; "quoted_min"?: number | null; "priority"?: number | null; "area_id"?: string | null; "accessible"?: boolean; "flags"?: string[]; "notes"?: string | null; "guest_id"?: string | null; "email"?: string | null; "contact"?: "both" | "email" | "sms" };

export type AddStaff = { "command"?: "add_staff"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "email": string; "name": string; "password": string; "roles": ("admin" | "chef" | "customer_support" | "host" | "kitchen" | "manager" | "server" | "station_manager" | "super_admin")[] };

/** A command that makes a change real: send `body` (with `site_id` and `key`) to `command`. `needs` names what a person has still to fill in. */
export type AdoptStep = { "says": string; "command": string; "body": Record<string, any>; "needs": string[] };

/** Another time that would work, with its tables and why it was chosen. */
export type Alternative = { "starts_at": string; "table_ids": string[]; "reason": string };

/** The guest's answer to an offer, given by the host for them or through their own link. One moment too late is too late, whatever the timer did (`offer_expired`). Accepted at the door: they are on their way, the tables stay held. Accepted for a time: it is a confirmed booking with a code. Declined: the next in line is offered it. */
export type AnswerOffer = { "command"?: "answer_offer"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "offer_id": string; "answer": "accept" | "decline" };

/** A guest's word: `on_my_way` and `leave` about their place in line, `accept` and `decline` an offer, `coming` = they reconfirm their booking. */
export type AnswerTicket = { "command"?: "answer_ticket"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "ticket": string; "answer": "accept" | "coming" | "decline" | "leave" | "on_my_way" };

export type ApiKeyAdded = { "fact": "people.key_added"; "key_id": string; "scopes": string[] };

export type ApiKeyRevoked = { "fact": "people.key_revoked"; "key_id": string };

/** GET /api/sites/{site}/keys. */
export type ApiKeyView = { "id": string; "name": string; "prefix": string; "scopes": string[]; "created_at": string; "created_by": string; "last_used_at": string | null; "revoked_at": string | null };

/** System: takes every staged line of an import into the house, or none. A dry run counts and takes nothing. */
export type ApplyImport = { "command"?: "apply_import"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "import_id": string; "dry_run"?: boolean };

export type AreaChanged = { "fact": "floor.area_changed"; "area_id": string };

/** A room or zone with its own plan of `width` × `height` floor units. Capacity and table count are derived from its active tables (R-TAB-21). */
export type AreaRow = { "type": "area"; "id": string; "name": string; "kind": "bar" | "indoor" | "patio" | "private_room" | "takeout" | "vip"; "service_type": "bar_service" | "counter" | "full_service"; "features": string[]; "hours": Record<string, string[]> | null; "fixtures": Fixture[]; "width": number; "height": number; "position": number; "capacity": number; "table_count": number; "active": boolean; "version": number };

/** The party is here: all of it, part of it, or waiting at the bar. Also reopens a no-show within 30 minutes. */
export type ArriveBooking = { "command"?: "arrive_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string; "arrival"?: "all" | "bar" | "partial" };

/** Times that are other than they were, worked out at seq `basis`. */
export type AvailabilityChanged = { "fact": "availability.changed"; "basis": number; "slots": SlotChange[] };

/** GET /api/sites/{site}/availability: a day's slots for a party (F-AVL-02), true at seq `basis`. `closed` says why when the house takes nobody that day; `alternatives` are there when no slot is free. */
export type AvailableDay = { "on": string; "covers": number; "duration_min": number; "basis": number; "closed": string | null; "slots": AvailableSlot[]; "alternatives": Alternative[] };

/** One time for the party asked for. `exact` false: nobody had the time to look whether moving others would do. `reason` says why a time is closed or full, where a rule says so. `covers_left` of the slot's cap, else of the seats of open tables. `moves`: how many others would be planned elsewhere. */
export type AvailableSlot = { "starts_at": string; "at": string; "state": "closed" | "free" | "full" | "moving"; "exact": boolean; "flags": ("filling_fast" | "off_peak" | "recommended" | "special_event")[]; "covers_left": number; "reason": string | null; "special_event": string | null; "pricing": string | null; "incentive": string | null; "moves"?: number };

/** A dining booking. Without `table_ids` the best-fitting free table or adjacent pair is held for it. Its guest is `guest_id`, else whoever has this phone number or e-mail, else a new guest made of them. With neither it has no guest. `status` `inquiry` or `pending` waits for `confirm_booking`. A blacklisted guest is refused (`blacklisted`) unless `anyway` comes with a `reason` of 10 characters or more. */
export type Book = { "command"?: "book"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "status"?: "confirmed" | "inquiry" | "pending"; "guest_id"?: string | null; "anyway"?: boolean; "requests"?: string | null; "tags"?: string[]; "preferences"?: string[]; "preorders"?: Preorder[]; "access_notes"?: string | null; "emergency_contact"?: string | null; "sms_opt_in"?: boolean; "name": string; "covers": number; "starts_at": string; "phone"?: string | null; "email"?: string | null; "duration_min"?: number | null; "source"?: "ai_assistant" | "import" | "in_person" | "phone" | "qr" | "sms" | "telegram" | "walk_in" | "web" | "whatsapp"; "occasion"?: "anniversary" | "birthday" | "business" | "casual" | "custom" | "date" | "proposal" | null; "flags"?: string[]; "notes"?: string | null; "area_id"?: string | null; "accessible"?: boolean; "table_ids"?: string[] | null; "certificate_id"?: string | null; "moves"?: Reseat[] | null; "checkout_id"?: string | null };

/** The result of `book`: where, and what the host should be told. */
export type Booked = { "booking_id": string; "code": string; "table_ids": string[]; "warnings": string[]; "ticket"?: string | null; "guest_id"?: string | null };

/** A booking was taken by planning others at other tables, in the same commit. */
export type BookedByMoving = { "fact": "availability.reseated"; "booking_id": string; "certificate_id": string; "moves": PlanMove[] };

export type BookingArrived = { "fact": "reservation.arrived"; "booking_id": string; "arrival": string };

export type BookingCancelled = { "fact": "reservation.cancelled"; "booking_id": string };

export type BookingCreated = { "fact": "reservation.created"; "booking_id": string; "covers": number; "starts_at": string; "table_ids": string[]; "source": string };

export type BookingDeleted = { "fact": "reservation.deleted"; "booking_id": string };

export type BookingEdited = { "fact": "reservation.updated"; "booking_id": string; "fields": string[] };

export type BookingLate = { "fact": "reservation.late"; "booking_id": string; "minutes_late": number };

/** A guest's own link to their booking, and it as a picture to scan; GET /api/sites/{site}/bookings/{id}/link. */
export type BookingLink = { "url": string; "qr_svg": string };

export type BookingNoShow = { "fact": "reservation.no_show"; "booking_id": string; "minutes_late": number };

export type BookingPinned = { "fact": "assign.booking_pinned"; "booking_id": string; "pinned": boolean };

export type BookingPlaced = { "fact": "reservation.placed"; "booking_id": string; "table_ids": string[] };

export type BookingReconfirmed = { "fact": "reservation.reconfirmed"; "booking_id": string };

export type BookingRescheduled = { "fact": "reservation.rescheduled"; "booking_id": string; "new_booking_id": string };

export type BookingRestored = { "fact": "reservation.restored"; "booking_id": string };

/** A booking as staff see it. Its tables are its holds; `unplaced` means it has none and wants some. */
export type BookingRow = { "type": "booking"; "id": string; "kind": "dining" | "event"; "code": string; "name": string; "phone": string | null; "covers": number; "service_date": string; "starts_at": string; "ends_at": string; "duration_min": number; "status": "arrived" | "cancelled" | "completed" | "confirmed" | "dining" | "inquiry" | "no_show" | "pending" | "reminded" | "rescheduled" | "seated"; "source": string; "occasion": string | null; "flags": string[]; "notes": string | null; "area_id": string | null; "accessible": boolean; "arrived_at": string | null; "arrival": "all" | "bar" | "partial" | null; "late_at": string | null; "expected_at": string | null; "no_show_proposed_at": string | null; "unplaced": boolean; "version": number; "guest_id"?: string | null; "guest_flags"?: string[]; "guest_visits"?: number | null; "email"?: string | null; "requests"?: string | null; "tags"?: string[]; "preferences"?: string[]; "preorders"?: Preorder[]; "access_notes"?: string | null; "emergency_contact"?: string | null; "sms_opt_in"?: boolean; "reconfirmed_at"?: string | null; "seated_at"?: string | null; "departed_at"?: string | null; "cancelled_at"?: string | null; "cancel_reason"?: string | null; "no_show_reason"?: string | null; "rescheduled_from"?: string | null; "rescheduled_to"?: string | null; "booked_at"?: string | null };

export type BookingStatusChanged = { "fact": "reservation.status_changed"; "booking_id": string; "was": string; "now": string };

/** The booking lost its tables (somebody was seated there anyway) and needs new ones. */
export type BookingUnplaced = { "fact": "reservation.unplaced"; "booking_id": string; "table_ids": string[] };

/** Several bookings were planned at other tables at once; each has its own `reservation.placed` too. */
export type BookingsPlaced = { "fact": "assign.bookings_placed"; "moves": PlanMove[] };

/** `load` 0..1: covers planned over seats at the times offered; `open`: some time is free for the party; `popular`: an event, or a load from policy `availability.popular_pct` on. `free` of `times`: those still to come at which the party finds a table. */
export type CalendarDay = { "on": string; "load": number; "closed": boolean; "weekend": boolean; "popular": boolean; "open": boolean; "title": string | null; "free"?: number; "times"?: number };

/** GET /api/sites/{site}/calendar (F-AVL-06), true at seq `basis`. */
export type CalendarView = { "covers": number; "basis": number; "days": CalendarDay[] };

/** `reason` is why, in the guest's or host's words (R-CAN-02). */
export type CancelBooking = { "command"?: "cancel_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string };

export type CancelOwn = { "command"?: "cancel_own"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "verification_id": string; "booking_id": string };

/** What cancelling now would mean, before anybody confirms it (F-RES-06): the policy in words, whether the time for a free cancellation is over, what is given back (nothing was paid: 0), and times the guest could move to instead. */
export type CancelTerms = { "policy": string; "free_until": string; "late": boolean; "refund_cents": number; "alternatives": Alternative[] };

/** How a party gets in: its tables, and who is planned elsewhere for it. `book` with this `certificate_id` does both or neither; good until `expires_at`, and checked again then. */
export type Certificate = { "id": string; "starts_at": string; "covers": number; "table_ids": string[]; "moves": PlanMove[]; "expires_at": string };

/** What one command made of one row; GET /api/sites/{site}/changes/{kind}/{id}. `fields` are those that differ, each [before, after]; a made row has only afters, a gone one only befores (the other is None). */
export type Change = { "seq": number; "kind": string; "id": string; "at": string; "command": string; "what": string; "by": string; "actor": string; "source": string; "reason": string | null; "fields": Record<string, [any, any]> };

/** What the booking dialog holds so far; half of it may be missing. What `hold_slot` keeps for it (`checkout_id`) is in nobody's way. */
export type CheckWish = { "covers": number; "starts_at": string; "booking_id"?: string | null; "checkout_id"?: string | null; "guest_id"?: string | null; "name"?: string | null; "phone"?: string | null; "email"?: string | null; "duration_min"?: number | null; "area_id"?: string | null; "accessible"?: boolean; "flags"?: string[]; "preferences"?: string[]; "table_ids"?: string[] | null };

/** POST /api/sites/{site}/check: what `book` (or, with `booking_id`, an edit or reschedule) would say now, with the tables it would take; nothing is written. `known` is the guest recognised by phone, e-mail or id. */
export type Checked = { "valid": boolean; "problems": Problem[]; "table_ids": string[]; "alternatives": Alternative[]; "known"?: any };

/** The party left: its tables are to be cleared (or free at once, by policy `floor.free_on_clear`). */
export type ClearSeating = { "command"?: "clear_seating"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seating_id": string };

/** House time = `house_at` + (wall − `wall_at`) × `rate`. Outside a sample house the two are equal and rate is 1. */
export type ClockRow = { "type": "clock"; "id": string; "house_at": string; "wall_at": string; "rate": number };

export type ClockSet = { "fact": "house.clock_set"; "rate": number; "house_at": string };

/** An area takes nobody in [`starts_at`, `ends_at`); who sits there stays. */
export type CloseArea = { "change": "close_area"; "area_id": string; "starts_at"?: string | null; "ends_at"?: string | null };

/** [`starts_at`, `ends_at`) in which the house (`area_id` None) takes nobody in, or an area's tables are not to be had. */
export type Closure = { "area_id": string | null; "starts_at": string; "ends_at": string; "why": string };

export type CodeSent = { "fact": "guest.code_sent"; "verification_id": string };

export type CodeTried = { "fact": "guest.code_tried"; "verification_id": string; "right": boolean; "locked": boolean };

/** The answer to what-if: the plan as it stands beside the plan after the changes, who would move or be left without a table by them, and the commands that adopt them. */
export type Compared = { "basis": number; "present": Outcome; "after": Outcome; "score": Score; "placements": Placement[]; "adopt": AdoptStep[] };

/** An inquiry becomes pending, a pending booking confirmed; the guest is told once it is confirmed. */
export type ConfirmBooking = { "command"?: "confirm_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string };

/** System: the command at `seq` was undone; what it said is held back if it still can be, else put right. */
export type CorrectMessages = { "command"?: "correct_messages"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seq": number };

/** POST /api/login. */
export type Credentials = { "email": string; "password": string };

/** One time of a day that may be booked, judged by its cap alone: whether a table is free then is the floor's to say. `closed` = taken out of offers. */
export type DaySlot = { "starts_at": string; "ends_at": string; "at": string; "state": "available" | "closed" | "full"; "flags": ("filling_fast" | "off_peak" | "recommended")[]; "covers_max": number | null; "covers_booked": number; "bookings": number; "staff_level": number | null; "special_event": string | null; "pricing": string | null; "incentive": string | null };

export type DeactivateStaff = { "command"?: "deactivate_staff"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "staff_id": string };

/** Takes a booking out of the book (R-AUD-01): it gives its tables back and can be restored for 30 days. For bookings made by mistake; one that the guest gives up is cancelled instead. */
export type DeleteBooking = { "command"?: "delete_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason": string; "booking_id": string };

/** Takes the site's profile away (R-AUD-01): it can be restored for 30 days. */
export type DeleteGuest = { "command"?: "delete_guest"; "site_id": string; "key": string; "expect_version"?: number | null; "reason": string; "guest_id": string };

export type DeleteSlotRule = { "command"?: "delete_slot_rule"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "rule_id": string };

export type DeleteSpecialDay = { "command"?: "delete_special_day"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "day_id": string };

/** No rain after all, or it is over. */
export type DeleteWeather = { "command"?: "delete_weather"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "weather_id": string };

/** Something that can be restored until `restorable_until`; GET /api/sites/{site}/deleted. */
export type Deleted = { "kind": string; "id": string; "name": string; "deleted_at": string; "by": string; "reason": string; "restorable_until": string };

/** The host does not want what the plan of this `basis` proposes, for all bookings or those named: they are pinned where they are. */
export type DismissPlan = { "command"?: "dismiss_plan"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "basis": number; "owner_ids"?: string[] | null };

/** The host has seen what the guest answered. */
export type DismissReply = { "command"?: "dismiss_reply"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "party_id": string };

/** A wish granted: the site's `seq` at which it is true, and the offset it took on every channel it touched. */
export type Done = { "status": "done"; "seq": number; "offsets": Record<string, number>; "result"?: any };

/** Changes what is given; the time stays (`reschedule_booking` changes it). More or fewer covers, another length, area or access need are checked against the floor as it is now: the booking keeps its tables if it still fits there, else gets others, else is refused with alternatives and stays as it was (F-RES-05). */
export type EditBooking = { "command"?: "edit_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string; "anyway"?: boolean; "name"?: string; "phone"?: string | null; "email"?: string | null; "guest_id"?: string | null; "covers"?: number; "duration_min"?: number; "occasion"?: "anniversary" | "birthday" | "business" | "casual" | "custom" | "date" | "proposal" | null; "flags"?: string[]; "notes"?: string | null; "requests"?: string | null; "tags"?: string[]; "preferences"?: string[]; "preorders"?: Preorder[]; "access_notes"?: string | null; "emergency_contact"?: string | null; "sms_opt_in"?: boolean; "area_id"?: string | null; "accessible"?: boolean };

/** Changes what is given. Name, phone, e-mail and dates are the person's, at every site; the rest is this site's. A phone number another guest has is refused with that guest: they may be one person (`merge_guests`). */
export type EditGuest = { "command"?: "edit_guest"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "guest_id": string; "name"?: string; "phone"?: string | null; "email"?: string | null; "birthday"?: string | null; "anniversaries"?: string[]; "flags"?: string[]; "preferences"?: string[]; "preferred_times"?: string[]; "favourite_table_id"?: string | null; "favourite_area_id"?: string | null; "tier"?: "bronze" | "gold" | "platinum" | "silver" | null; "tags"?: string[]; "notes"?: string | null; "consents"?: ("email" | "sms" | "whatsapp")[]; "preferred_contact"?: "both" | "email" | "sms" | null };

export type EditParty = { "command"?: "edit_party"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "party_id": string; "name"?: string; "covers"?: number; "phone"?: string | null; "quoted_min"?: number; "priority"?: number; "area_id"?: string | null; "accessible"?: boolean; "flags"?: string[]; "notes"?: string | null; "guest_id"?: string | null; "email"?: string | null; "contact"?: "both" | "email" | "sms"; "wanted_at"?: string; "flexible"?: Window[] };

/** Changes the turn's length, covers or notes of a seated party. */
export type EditSeating = { "command"?: "edit_seating"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seating_id": string; "turn_min"?: number | null; "covers"?: number | null; "notes"?: string | null };

/** When events may start, and how many minutes one may be shifted (R-AVL-06, R-ADJ-01). */
export type EventSlots = { "starts": string[]; "pref_shift_min": number; "max_shift_min": number };

/** A party above the events-team line (R-AVL-04: more than 12) was taken; somebody there should call. */
export type EventsTeamCase = { "fact": "reservation.events_team"; "booking_id": string; "covers": number };

/** System: the minutes a time was kept for somebody filling in a booking are over. */
export type ExpireCheckout = { "command"?: "expire_checkout"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "checkout_id": string };

/** System: the time to answer is over; the party has missed once (or, the second time, its wait is over), and the next in line is offered the tables. */
export type ExpireOffer = { "command"?: "expire_offer"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "offer_id": string };

/** System: the house closed (G-15) and the party is still in line. */
export type ExpireParty = { "command"?: "expire_party"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "party_id": string };

/** One more party, at a time. */
export type ExtraParty = { "change": "add_party"; "covers": number; "starts_at": string; "duration_min"?: number | null; "accessible"?: boolean };

/** One table or joined pair for a party, legal or not, best first; GET /api/sites/{site}/fits. `free_min` = minutes until the next hold (None = free for the evening); `why` is what the host reads. */
export type Fit = { "table_ids": string[]; "legal": boolean; "why": string; "free_min": number | null; "wasted": number };

export type Fits = { "at_seq": number; "fits": Fit[] };

/** A thing drawn but never seated at, in floor units: a wall, window or bar front is a poly-line of `points` [x0, y0, x1, y1, …]; a zone or bar is a rectangle [x, y, w, h]; a plant is [x, y, r]; a label is [x, y]. */
export type Fixture = { "kind": "bar" | "label" | "plant" | "wall" | "window" | "zone"; "points": number[]; "text"?: string };

/** One booking found by a look-up; GET /api/sites/{site}/lookup?q=. `matched` says by what (F-RES-03). */
export type Found = { "booking": BookingRow; "matched": "code" | "email" | "name" | "phone" };

/** What the plan proposes for one booking (`id` is its id): from the tables it has (none = not placed yet) to others (none = nowhere, and `why` says what stands in the way). `about` are bookings or tables behind the reason. Its time stays as it is. */
export type GhostRow = { "type": "ghost"; "id": string; "owner_kind": "booking"; "from_ids": string[]; "to_ids": string[]; "starts_at": string; "ends_at": string; "reason": string; "why": string; "about": string[] };

export type GuestAdded = { "fact": "guest.added"; "guest_id": string };

export type GuestBlacklisted = { "fact": "guest.blacklisted"; "guest_id": string; "blacklisted": boolean };

/** A booking as its guest sees it: never staff's notes, tags, flags, tables of others, or scores. */
export type GuestBooking = { "code": string; "name": string; "covers": number; "starts_at": string; "ends_at": string; "status": string; "occasion": string | null; "requests": string | null; "reconfirmed": boolean; "changeable": boolean; "cancellable": boolean };

export type GuestDeleted = { "fact": "guest.deleted"; "guest_id": string };

/** `fields` of the card changed; the copies on bookings to come follow by reaction, at `site_ids`. */
export type GuestEdited = { "fact": "guest.edited"; "guest_id": string; "fields": string[]; "site_ids": string[] };

/** One line of the search as you type; GET /api/sites/{site}/guests?q=. `matched` says by what. */
export type GuestHit = { "id": string; "name": string; "phone": string | null; "email": string | null; "flags": string[]; "tier": "bronze" | "gold" | "platinum" | "silver" | null; "visits": number; "no_shows": number; "last_seen": string | null; "blacklisted": boolean; "matched": "email" | "name" | "phone" };

/** A place in line as its guest sees it. `position` and the times of a table at the door only: when one should be ready, and between when and when it nearly always is (`high_at` None beside a `low_at` = nobody can say). */
export type GuestPlace = { "name": string; "covers": number; "kind": "slot" | "walk_in"; "status": string; "position": number | null; "ready_at": string | null; "wanted_at": string | null; "reply": string | null; "offer": "accepted" | "sent" | null; "offer_starts_at": string | null; "offer_expires_at": string | null; "low_at"?: string | null; "high_at"?: string | null };

export type GuestRefreshed = { "fact": "reservation.guest_refreshed"; "guest_id": string; "booking_ids": string[] };

export type GuestRestored = { "fact": "guest.restored"; "guest_id": string };

/** A guest as this site knows them. On no channel: read through the guest doors, one at a time. */
export type GuestRow = { "type": "guest"; "id": string; "name": string; "phone": string | null; "email": string | null; "birthday": string | null; "anniversaries": string[]; "flags": string[]; "preferences": string[]; "preferred_times": string[]; "favourite_table_id": string | null; "favourite_area_id": string | null; "tier": "bronze" | "gold" | "platinum" | "silver" | null; "tags": string[]; "notes": string | null; "consents": string[]; "preferred_contact": "both" | "email" | "sms" | null; "blacklisted": boolean; "blacklist_reason": string | null; "visits": number; "no_shows": number; "cancellations": number; "covers_total": number; "first_seen": string | null; "last_seen": string | null; "source": string | null; "version": number };

/** One evening of a guest here, past or to come; GET /api/sites/{site}/guests/{guest}/visits. */
export type GuestVisit = { "booking_id": string | null; "seating_id": string | null; "code": string | null; "at": string; "covers": number; "status": string; "tables": string[]; "occasion": string | null; "notes": string | null };

/** `upcoming` soonest first, `past` latest first (the last 50). */
export type GuestVisits = { "upcoming": GuestVisit[]; "past": GuestVisit[] };

export type GuestsMerged = { "fact": "guest.merged"; "keep_id": string; "gone_id": string; "site_ids": string[] };

/** Visits, no-shows or cancellations of these guests are other than they were. */
export type GuestsRecounted = { "fact": "guest.recounted"; "guest_ids": string[] };

/** `table_id` is kept for its owner during [`starts_at`, `ends_at`), the buffer inside; from `reserved_from` on a free table is drawn reserved (G-01). */
export type HoldRow = { "type": "hold"; "id": string; "owner_kind": "block" | "booking" | "checkout" | "offer" | "opening" | "seating"; "owner_id": string; "table_id": string; "service_date": string; "starts_at": string; "ends_at": string; "reserved_from": string; "status": "active" | "held" | "released"; "version": number };

/** Keeps the tables a booking like this would get while the rest of it is filled in, for 10 minutes (F-AVL-12); `book` with its `checkout_id` takes them over, `release_slot` lets go of them. Refused as `book` would be. */
export type HoldSlot = { "command"?: "hold_slot"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "covers": number; "starts_at": string; "duration_min"?: number | null; "source"?: "ai_assistant" | "import" | "in_person" | "phone" | "qr" | "sms" | "telegram" | "walk_in" | "web" | "whatsapp"; "area_id"?: string | null; "accessible"?: boolean; "flags"?: string[]; "preferences"?: string[]; "table_ids"?: string[] | null };

export type Imported = { "fact": "house.imported"; "import_id": string; "counts": Record<string, Record<string, number>> };

/** One fact that stands in the way: `says` for the host, `for_guests` without anybody's name. `about` is a booking, seating or table. Whoever may not read the book gets neither `says` nor `about`. */
export type InTheWay = { "kind": string; "for_guests": string; "says"?: string | null; "about"?: string | null };

export type JoinAdded = { "fact": "floor.join_added"; "join_id": string; "a": string; "b": string };

export type JoinRemoved = { "fact": "floor.join_removed"; "join_id": string };

/** Two tables that can be pushed together (G-28), and how many the pair then seats. */
export type JoinRow = { "type": "join"; "id": string; "a": string; "b": string; "combined_max": number; "version": number };

/** Waits for a time that is full (F-WTL-01): the wanted one or any of the windows. Its wait ends at `expires_at`, else when the last time it would take has come (G-15). */
export type JoinWaitlist = { "command"?: "join_waitlist"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "name": string; "covers": number; "wanted_at": string; "flexible"?: Window[]; "duration_min"?: number | null; "expires_at"?: string | null; "phone"?: string | null; "email"?: string | null; "contact"?: "both" | "email" | "sms"; "priority"?: number | null; "area_id"?: string | null; "accessible"?: boolean; "flags"?: string[]; "notes"?: string | null; "occasion"?: "anniversary" | "birthday" | "business" | "casual" | "custom" | "date" | "proposal" | null; "guest_id"?: string | null };

/** One command that was granted; GET /api/sites/{site}/journal?before=&limit=&actor=&command=, newest first. The next page begins `before` the last line's `seq`. */
export type JournalLine = { "seq": number; "at": string; "command": string; "what": string; "by": string; "actor": string; "source": string; "reason": string | null; "undoes": number | null; "undone": boolean; "rows": [string, string][] };

/** System: a table was taken off the plan; the bookings planned at it are unplaced. */
export type LeaveTable = { "command"?: "leave_table"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "table_id": string };

/** Nobody works a section any more: it takes no further parties, those at its tables stay. */
export type LoseServer = { "change": "lose_server"; "section_id": string };

/** A table is out of use for the rest of the day. */
export type LoseTable = { "change": "lose_table"; "table_id": string };

/** The key itself, this once; the house keeps its hash only. */
export type MadeApiKey = { "id": string; "name": string; "key": string; "scopes": string[] };

/** The guest called: `expected_in_min` minutes from now. Without it, just marked late. */
export type MarkLate = { "command"?: "mark_late"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string; "expected_in_min"?: number | null };

/** The host's word that nobody came (never before the grace is over). */
export type MarkNoShow = { "command"?: "mark_no_show"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string };

/** GET /api/me. `socket_port` is where this host's socket listens, if it is not where this was asked. */
export type Me = { "staff_id": string; "name": string; "initials": string; "sites": SiteRoles[]; "sample": boolean; "socket_port"?: number | null };

/** Two records of one person become one (F-CRM-03): `keep_id` stays and takes over what the other has and it lacks, at every site of the organisation. Bookings and seatings follow. */
export type MergeGuests = { "command"?: "merge_guests"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "keep_id": string; "gone_id": string };

/** Two seated parties become one: `from_id` ends, `into_id` takes its tables and covers. */
export type MergeSeatings = { "command"?: "merge_seatings"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "from_id": string; "into_id": string };

/** Not sent: a variable of its template had no value. */
export type MessageBlocked = { "fact": "message.blocked"; "message_id": string; "template": string; "missing": string[] };

export type MessageNoted = { "fact": "message.noted"; "message_id": string; "status": string };

export type MessageQueued = { "fact": "message.queued"; "message_id": string; "template": string };

/** One message of a service date, on `messages:{site}:{date}`. `about_kind` and `about_id` name the booking, party or offer it tells of; `link` is the guest's own page that stands in it. */
export type MessageRow = { "type": "message"; "id": string; "service_date": string; "channel": "email" | "sms"; "recipient": string; "guest_name": string; "template": string; "subject": string | null; "body": string; "has_calendar": boolean; "link": string | null; "about_kind": string; "about_id": string; "status": "blocked" | "delivered" | "failed" | "queued" | "sent" | "suppressed"; "problem": string | null; "created_at": string; "sent_at": string | null; "version": number };

/** A booking and the tables it is to have. */
export type Move = { "booking_id": string; "table_ids": string[] };

/** A verified guest moves their booking to another time or size, under the same checks as a host. */
export type MoveOwn = { "command"?: "move_own"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "verification_id": string; "booking_id": string; "starts_at": string; "covers": number };

/** Moves a seated party to these tables (naming one it has and one more joins them; fewer gives tables back). */
export type MoveSeating = { "command"?: "move_seating"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seating_id": string; "table_ids": string[]; "anyway"?: boolean };

/** The result of `accept_plan` and `place_bookings`. */
export type Moved = { "moves": PlanMove[] };

/** A move that can no longer be made, and why; `about` of a refused `accept_plan` or `place_bookings`. */
export type NotPossible = { "owner_id": string; "why": string };

/** System: what became of a message a carrier was given. */
export type NoteDelivery = { "command"?: "note_delivery"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "message_id": string; "status": "delivered" | "failed" | "sent"; "problem"?: string | null; "retry_at"?: string | null };

/** System: the person's own data were changed, or merged, at another site of the organisation; this site's record of changes says so too (the fields that differ, before and after). */
export type NoteGuest = { "command"?: "note_guest"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "guest_id": string; "was": Record<string, any>; "now": Record<string, any> };

/** System: the grace after the booked time ran out without an arrival; the host is asked to decide. */
export type NoteLateness = { "command"?: "note_lateness"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string };

/** System: the turn ran past its expected end. */
export type NoteOverstay = { "command"?: "note_overstay"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seating_id": string };

/** Offers a party tables now (`table_ids`, else the best that are free): they are held for policy `waitlist.offer_minutes`, and the guest is told over the contact they chose. Given again while the offer stands it sends the message once more. */
export type NotifyParty = { "command"?: "notify_party"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "party_id": string; "table_ids"?: string[] | null };

export type OfferAnswered = { "fact": "waitlist.offer_answered"; "offer_id": string; "party_id": string; "outcome": string };

export type OfferExpired = { "fact": "waitlist.offer_expired"; "offer_id": string; "party_id": string; "next_party_id"?: string | null };

/** System: tables were given back (`owner_id` names the opening); the waiting line is served before the public. */
export type OfferOpening = { "command"?: "offer_opening"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "owner_id": string };

export type OfferRevoked = { "fact": "waitlist.offer_revoked"; "offer_id": string; "party_id": string };

/** Tables held for a waiting party until `expires_at`. Shown while sent, and while accepted by a party on its way. */
export type OfferRow = { "type": "offer"; "id": string; "party_id": string; "table_ids": string[]; "starts_at": string; "duration_min": number; "sent_at": string; "expires_at": string; "status": "accepted" | "declined" | "expired" | "revoked" | "sent"; "answered_at": string | null; "version": number };

export type OfferSent = { "fact": "waitlist.offer_sent"; "offer_id": string; "party_id": string; "table_ids": string[]; "expires_at": string };

/** System: these tables have just become free; under policy `waitlist.auto_offer` = all they are offered to the first party at the door they suit. */
export type OfferTables = { "command"?: "offer_tables"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "table_ids": string[] };

/** A cancellation or no-show gave tables back; the waiting line is served before the public. */
export type OpeningMade = { "fact": "availability.opening"; "owner_id": string; "table_ids": string[] };

export type OpeningReleased = { "fact": "availability.opening_released"; "owner_id": string };

/** One side of a comparison. `moves` counts bookings that would change tables; `mean_wait_min` is over the parties waiting at the door (None = nobody waits), `not_in_sight` those of them no table comes free for. */
export type Outcome = { "covers": number; "unplaced": number; "moves": number; "mean_wait_min": number | null; "not_in_sight": number };

export type PartyAdded = { "fact": "waitlist.added"; "party_id": string; "covers": number; "quoted_min": number | null };

/** It sits down (`seating_id`), or has its booking (`booking_id`). */
export type PartyConverted = { "fact": "waitlist.converted"; "party_id": string; "seating_id"?: string | null; "booking_id"?: string | null };

export type PartyEdited = { "fact": "waitlist.edited"; "party_id": string; "fields": string[] };

/** A waiting guest's own page, for them to scan; GET /api/sites/{site}/parties/{party}/link. */
export type PartyLink = { "url": string; "qr_svg": string };

export type PartyRemoved = { "fact": "waitlist.removed"; "party_id": string; "why": string };

export type PartyReplied = { "fact": "waitlist.replied"; "party_id": string; "reply": string };

/** A party waiting at the door (`walk_in`) or for a full time (`slot`). Shown while active or notified. */
export type PartyRow = { "type": "party"; "id": string; "name": string; "covers": number; "phone": string | null; "status": "active" | "cancelled" | "converted" | "expired" | "notified"; "priority": number; "joined_at": string; "quoted_min": number | null; "quoted_at": string | null; "area_id": string | null; "accessible": boolean; "flags": string[]; "notes": string | null; "expires_at": string; "version": number; "kind"?: "slot" | "walk_in"; "guest_id"?: string | null; "guest_flags"?: string[]; "email"?: string | null; "contact"?: "both" | "email" | "sms"; "wanted_at"?: string | null; "flexible"?: Window[]; "duration_min"?: number | null; "occasion"?: string | null; "skips"?: number; "notified_at"?: string | null; "reply"?: "cancelled" | "declined" | "on_my_way" | null; "replied_at"?: string | null; "quoted_low_min"?: number | null; "quoted_high_min"?: number | null; "quote_confidence"?: number | null; "quote_source"?: "cell" | "default" | "host" | "house" | "rule" | null };

/** A party that is no longer in line; GET /api/sites/{site}/waitlist/history. Its seating or booking says what became of it. */
export type PastParty = { "id": string; "name": string; "covers": number; "kind": "slot" | "walk_in"; "status": "active" | "cancelled" | "converted" | "expired" | "notified"; "joined_at": string; "ended_at": string; "quoted_min": number | null; "wanted_at": string | null; "skips": number; "booking_id": string | null; "seating_id": string | null };

/** One earlier party of a table; GET /api/sites/{site}/tables/{table}/visits (F-TAB-07: the last five). */
export type PastVisit = { "seating_id": string; "name": string; "covers": number; "seated_at": string; "left_at": string; "turn_min": number };

/** The plan leaves this booking where it is, or (`pinned` false) may move it again. */
export type PinBooking = { "command"?: "pin_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string; "pinned"?: boolean };

/** A booking (`id`) that the plan leaves alone: a host wants it where it is. */
export type PinRow = { "type": "pin"; "id": string; "service_date": string; "pinned_at": string; "version": number };

/** Plans a booking at these tables instead (or at the best free ones when none are named). */
export type PlaceBooking = { "command"?: "place_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string; "table_ids"?: string[] | null };

/** Plans several bookings at other tables at once, so that two may change places: all of them or none. */
export type PlaceBookings = { "command"?: "place_bookings"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "moves": Move[] };

/** One line of a plan, as `GhostRow` has it. */
export type Placement = { "owner_id": string; "from_ids": string[]; "to_ids": string[]; "starts_at": string; "ends_at": string; "reason": string; "why": string; "about": string[] };

export type PlanAccepted = { "fact": "assign.plan_accepted"; "basis": number; "moves": PlanMove[] };

export type PlanDismissed = { "fact": "assign.plan_dismissed"; "basis": number; "booking_ids": string[] };

/** A booking without a table, and the word for what stands in the way. */
export type PlanLeft = { "owner_id": string; "reason": string };

export type PlanMove = { "owner_id": string; "was": string[]; "now": string[] };

/** Tonight's plan; `id` is its service date. Made from the site at seq `basis`; `found_by` is the stage that found it. No legal plan costs less than `bound`; `gap` is how far from it `cost` may be, 0 when `proven`. `covers` sit in it, `unplaced` bookings do not. Costs in hundredths of a point, by named `terms` (G-12). */
export type PlanRow = { "type": "plan"; "id": string; "basis": number; "found_by": string; "proven": boolean; "gap": number; "cost": number; "bound": number; "covers": number; "unplaced": number; "terms": Record<string, number>; "flag": "busy" | "crashed" | "illegal" | "late" | "warming" | null; "made_at": string };

/** The plan of a service day is other than it was: `moves` are proposed, `done` were made at once by policy, `unplaced` have no table. */
export type PlanUpdated = { "fact": "assign.plan_updated"; "basis": number; "service_date": string; "moves": PlanMove[]; "done": PlanMove[]; "unplaced": PlanLeft[] };

/** GET /api/sites/{site}/plan?date=: the plan of any day, made on demand. `placements` are what it would change, nobody without a table left out. */
export type PlanView = { "service_date": string; "basis": number; "score": Score; "unplaced": number; "seats": PlannedSeat[]; "placements": Placement[] };

/** Where one booking, seated or waiting party is to be in a plan; `table_ids` empty = nowhere. */
export type PlannedSeat = { "owner_kind": "booking" | "party" | "seating"; "owner_id": string; "name": string; "covers": number; "table_ids": string[]; "starts_at": string; "ends_at": string; "locked": boolean };

export type PolicyChanged = { "fact": "policy.changed"; "policy": string; "scope": string; "version": number };

/** One line of a policy's history; GET /api/sites/{site}/policies/{policy}. */
export type PolicyVersion = { "policy": string; "scope": string; "kind": string | null; "version": number; "value": any; "by": string | null; "at": string; "reason": string | null; "by_name"?: string };

/** One policy as it is in force here: its unit, bounds, default, value, where the value comes from, its version. */
export type PolicyView = { "policy": string; "title": string; "unit": string; "default": any; "value": any; "scope": string; "version": number; "min"?: number | null; "max"?: number | null; "kind"?: string | null; "choices"?: string[]; "variables"?: string[]; "newest"?: number; "values"?: PolicyVersion[] };

/** Something to be ready when they come: a cake, a bottle (F-RES-09). */
export type Preorder = { "what": string; "quantity"?: number };

/** One thing a check found. Only an `error` stands in the way (R-AVL-05). */
export type Problem = { "severity": "error" | "info" | "warning"; "reason": string; "message": string; "field"?: string | null };

/** One party's interval and wait, in minutes; `inside` or not. */
export type PromiseKept = { "told_at": string; "covers": number; "low_min": number; "high_min": number | null; "quoted_min": number | null; "confidence": number; "source": "cell" | "default" | "host" | "house" | "rule"; "waited_min": number; "inside": boolean };

/** Adds an area (no `area_id`) or changes the named fields of one. */
export type PutArea = { "command"?: "put_area"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "area_id"?: string | null; "name"?: string; "kind"?: "bar" | "indoor" | "patio" | "private_room" | "takeout" | "vip"; "service_type"?: "bar_service" | "counter" | "full_service"; "features"?: ("outdoor" | "private" | "smoking")[]; "hours"?: Record<string, string[]> | null; "fixtures"?: Fixture[]; "width"?: number; "height"?: number; "position"?: number; "active"?: boolean };

/** Adds or changes a section: its name, its server, and exactly which tables it has (F-TAB-13). */
export type PutSection = { "command"?: "put_section"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "section_id"?: string | null; "name"?: string; "server_id"?: string | null; "table_ids"?: string[] };

/** Adds a table (no `table_id`; needs area, number, covers) or changes the named fields of one (F-TAB-01). */
export type PutTable = { "command"?: "put_table"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "table_id"?: string | null; "area_id"?: string; "number"?: string; "name"?: string | null; "min_covers"?: number; "max_covers"?: number; "furniture"?: "bar" | "booth" | "patio" | "private" | "standard"; "size_class"?: "2_top" | "4_top" | "6_top" | "bar_stool" | "large_party"; "shape"?: "rectangular" | "round" | "square"; "features"?: ("accessible" | "business_friendly" | "highchair" | "private" | "quiet" | "window")[]; "preferred_for"?: ("business" | "family" | "romantic")[]; "priority"?: number; "x"?: number; "y"?: number; "w"?: number; "h"?: number; "rotation"?: number; "notes"?: string | null; "active"?: boolean };

/** Derived, one per size band: when a new party of that size would be seated (R-WTL-08, rounded on screen, G-27). `ready_at` None = not in sight tonight. The rest is as of a `wait`. */
export type QuoteRow = { "type": "quote"; "id": string; "covers_min": number; "covers_max": number; "ready_at": string | null; "low_at"?: string | null; "high_at"?: string | null; "confidence"?: number | null; "source"?: "cell" | "default" | "host" | "house" | "rule" };

/** GET /api/sites/{site}/quote: what a party joining the line now would be told, at seq `basis`; nothing is written. `quoted_min` None = not in sight tonight. No interval where the rule alone speaks; `high_min` None where there is a `low_min` = no end in sight. `parties` of the house's own stand behind it. */
export type QuoteView = { "covers": number; "position": number; "quoted_min": number | null; "low_min": number | null; "high_min": number | null; "confidence": number | null; "source": "cell" | "default" | "host" | "house" | "rule"; "parties": number; "basis": number };

/** Areas in the open (`outdoor`, or a patio) take nobody in [`starts_at`, `ends_at`); who sits there stays. */
export type Rain = { "change": "rain"; "starts_at"?: string | null; "ends_at"?: string | null };

export type ReactivateStaff = { "command"?: "reactivate_staff"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "staff_id": string };

/** One line of the undo history; GET /api/sites/{site}/recent. */
export type Recent = { "seq": number; "command": string; "what": string; "at": string; "by": string; "undoable_until": string | null; "undone": boolean };

/** The guest said again that they will come. */
export type ReconfirmBooking = { "command"?: "reconfirm_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string };

/** System: what these guests' evenings here add up to, counted anew from bookings and seatings. After a merge the evenings of `gone_id` are theirs. */
export type RecountGuests = { "command"?: "recount_guests"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "guest_ids": string[]; "gone_id"?: string | null };

/** System: a guest's card changed; bookings to come carry what lasts about them anew. After a merge the bookings of `gone_id` are theirs. */
export type RefreshGuest = { "command"?: "refresh_guest"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "guest_id": string; "gone_id"?: string | null };

/** System: a policy its screens draw by changed, or the clock did; the venue's copies are renewed. */
export type RefreshVenue = { "command"?: "refresh_venue"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null };

/** System, coalesced (≤ 500 ms after its causes): positions, quotes and suggestions anew. */
export type RefreshWaiting = { "command"?: "refresh_waiting"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null };

/** System: a guest's card changed; parties of theirs that wait carry what lasts about them anew. After a merge those of `gone_id` are theirs. */
export type RefreshWaitingGuest = { "command"?: "refresh_waiting_guest"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "guest_id": string; "gone_id"?: string | null };

/** A wish that was not granted: a code, the slice's own word, a sentence for the host, and the facts behind it. */
export type Refused = { "status": "refused"; "code": "conflict" | "forbidden" | "invalid" | "not_found" | "rate_limited" | "unauthorised" | "unavailable"; "reason": string; "message": string; "field"?: string | null; "about"?: any; "retry"?: "anyway" | "later" | "never" | "reread"; "retry_s"?: number | null };

/** System: the 2 s in which the waiting line was served first are over; the opening is free. */
export type ReleaseOpening = { "command"?: "release_opening"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "owner_id": string };

/** Lets go of a time that was kept by `hold_slot`; said twice it is let go of all the same. */
export type ReleaseSlot = { "command"?: "release_slot"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "checkout_id": string };

/** Sends the reminder now; a confirmed booking becomes reminded. */
export type RemindBooking = { "command"?: "remind_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string };

export type RemoveJoin = { "command"?: "remove_join"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "join_id": string };

/** The party left or asked to be taken off. */
export type RemoveParty = { "command"?: "remove_party"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "party_id": string };

/** Another time: the old booking becomes `rescheduled` and gives its tables back (the waiting line is served first); a new one with a code of its own refers to it. Refused with alternatives when nothing is free; then nothing moved. */
export type RescheduleBooking = { "command"?: "reschedule_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string; "starts_at": string; "covers"?: number | null; "duration_min"?: number | null; "table_ids"?: string[] | null };

/** A booking and the tables it is to have instead. */
export type Reseat = { "booking_id": string; "table_ids": string[] };

/** Says the same once more, as a new message. */
export type ResendMessage = { "command"?: "resend_message"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "message_id": string };

/** Back in the book as it was; at its tables if they are still free, else at others, else unplaced. */
export type RestoreBooking = { "command"?: "restore_booking"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "booking_id": string };

export type RestoreGuest = { "command"?: "restore_guest"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "guest_id": string };

/** Makes an earlier version current again (as a new version: history is never rewritten). */
export type RestorePolicy = { "command"?: "restore_policy"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "policy": string; "version": number };

export type RevokeApiKey = { "command"?: "revoke_api_key"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "key_id": string };

/** The house takes an offer back (its table is lost, or the host needs it): the party waits on, no miss counted. */
export type RevokeOffer = { "command"?: "revoke_offer"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "offer_id": string };

/** GET /api/roles: a role and what it may do. */
export type RoleView = { "role": "admin" | "chef" | "customer_support" | "host" | "kitchen" | "manager" | "server" | "station_manager" | "super_admin"; "permissions": string[] };

export type RolesSet = { "fact": "people.roles_set"; "staff_id": string; "roles": string[] };

/** POST /api/login/sample: one-tap sign-in, sample house only. */
export type SampleRole = { "role": "admin" | "chef" | "customer_support" | "host" | "kitchen" | "manager" | "server" | "station_manager" | "super_admin" };

/** A guest scanned the table's code (F-TAB-04): a free table becomes occupied, a dirty or blocked one stays. */
export type ScanTable = { "command"?: "scan_table"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "qr": string };

/** How good a plan is; see `PlanRow`. */
export type Score = { "found_by": string; "proven": boolean; "gap": number; "cost": number; "bound": number; "covers": number; "terms": Record<string, number>; "flag"?: "busy" | "crashed" | "illegal" | "late" | "warming" | null };

/** Seats a waiting party, a booking, or a walk-in (neither id; needs `covers`) at one or several joined tables. */
export type SeatParty = { "command"?: "seat_party"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "table_ids": string[]; "party_id"?: string | null; "booking_id"?: string | null; "covers"?: number | null; "name"?: string | null; "turn_min"?: number | null; "flags"?: string[]; "notes"?: string | null; "anyway"?: boolean };

export type SeatingEdited = { "fact": "table.seating_edited"; "seating_id": string; "fields": string[] };

export type SeatingMoved = { "fact": "table.moved"; "seating_id": string; "was": string[]; "now": string[] };

/** One party at one or several tables. `expected_clear` = `seated_at` + `turn_min` (R-DUR-05); `turn_by` is the start of the next hold on any of its tables when it was seated into a gap. */
export type SeatingRow = { "type": "seating"; "id": string; "table_ids": string[]; "booking_id": string | null; "party_id": string | null; "name": string; "covers": number; "server_id": string | null; "stage": "check" | "just_sat" | "ordered" | "paid" | "served"; "stage_since": string; "seated_at": string; "turn_min": number; "expected_clear": string; "turn_by": string | null; "over_noted": boolean; "flags": string[]; "occasion": string | null; "notes": string | null; "version": number };

export type SeatingSplit = { "fact": "table.split"; "seating_id": string; "new_seating_id": string; "table_ids": string[] };

export type SeatingsMerged = { "fact": "table.merged"; "from_id": string; "into_id": string };

export type SectionChanged = { "fact": "section.changed"; "section_id": string; "server_id": string | null; "table_ids": string[] };

/** The tables one server works this shift. Which tables: every table row names its section. */
export type SectionRow = { "type": "section"; "id": string; "name": string; "server_id": string | null; "server_name": string | null; "initials": string; "colour": number; "version": number };

/** Sends a one-time code (6 digits, 10 minutes, 5 tries: G-21) to the contact of the ticket's booking, or to that of the bookings made with `contact` (a phone number or e-mail, or a booking's code). The answer is the same whether or not there are any. */
export type SendCode = { "command"?: "send_code"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "ticket"?: string | null; "contact"?: string | null };

export type ServiceDayTurned = { "fact": "house.service_day_turned"; "service_date": string };

/** Nobody may book for a blacklisted guest here, unless staff override it with a reason (R-AVL-15). */
export type SetBlacklist = { "command"?: "set_blacklist"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "guest_id": string; "blacklisted": boolean };

/** Runs the sample house's clock at `rate` (0 pauses); `house_at` also sets it, forward only. Sample house only. */
export type SetClock = { "command"?: "set_clock"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "rate": number; "house_at"?: string | null };

/** Makes a new version of one policy at one scope; `value` None falls back to the wider scope again. */
export type SetPolicy = { "command"?: "set_policy"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "policy": string; "scope"?: "kind" | "org" | "site"; "kind"?: "dining" | "event" | null; "value"?: any };

/** Replaces one person's roles at this site; an empty list takes them off it. Sockets follow within 5 s. */
export type SetRoles = { "command"?: "set_roles"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "staff_id": string; "roles": ("admin" | "chef" | "customer_support" | "host" | "kitchen" | "manager" | "server" | "station_manager" | "super_admin")[] };

/** Changes the named fields of one time of one day; None takes back what was said. A time that no rule has is added. `active` false takes it out of offers (F-AVL-11). */
export type SetSlot = { "command"?: "set_slot"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "on": string; "at": string; "covers_max"?: number | null; "staff_level"?: number | null; "special_event"?: string | null; "pricing"?: string | null; "incentive"?: string | null; "recommended"?: boolean | null; "active"?: boolean };

/** Adds a rule (no `rule_id`; needs weekdays, from and until) or changes the named fields of one. Two rules never meet on one weekday. */
export type SetSlotRule = { "command"?: "set_slot_rule"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "rule_id"?: string | null; "weekdays"?: number[]; "from_time"?: string; "until_time"?: string; "step_min"?: number | null; "starts"?: string[]; "covers_max"?: number | null; "staff_needed"?: number | null; "pricing"?: string | null; "incentive"?: string | null; "recommended"?: boolean };

/** Adds a special day (no `day_id`; needs kind, title and first day) or changes the named fields of one: a closure, an event or a season, of the house or of one area (F-AVL-07). Bookings that stand are left to the host. */
export type SetSpecialDay = { "command"?: "set_special_day"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "day_id"?: string | null; "kind"?: "closed" | "event" | "season"; "title"?: string; "first_day"?: string; "last_day"?: string; "weekdays"?: number[]; "area_id"?: string | null; "hours"?: string[] | null };

/** How many people serve on an evening; None takes it back (F-AVL-08). */
export type SetStaffLevel = { "command"?: "set_staff_level"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "on": string; "level": number | null };

export type SetStage = { "command"?: "set_stage"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seating_id": string; "stage": "check" | "just_sat" | "ordered" | "paid" | "served" };

/** One tap by staff: bussed (cleaning → available), blocked (→ out_of_service), back (→ available or cleaning). */
export type SetTableStatus = { "command"?: "set_table_status"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "table_id": string; "status": "available" | "cleaning" | "out_of_service"; "note"?: string | null };

/** Rain from `starts_at` until `ends_at`; with `weather_id` another span for a rain already told (F-AVL-08). */
export type SetWeather = { "command"?: "set_weather"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "weather_id"?: string | null; "starts_at": string; "ends_at": string; "note"?: string | null };

/** GET /api/sites/{site}/card. `opening_hours`: an ISO weekday ("1" is Monday) or a date → times in local time at which the house opens and closes by turns; an empty list is a day closed. */
export type SiteCard = { "id": string; "name": string; "slug": string | null; "address": string | null; "phone": string | null; "email": string | null; "country": string; "timezone": string; "opening_hours": Record<string, string[]>; "day_ends": string; "service_date": string };

export type SiteRoles = { "site_id": string; "name": string; "timezone": string; "roles": string[]; "permissions": string[] };

export type SlotChange = { "date": string; "at": string; "state": string };

export type SlotChanged = { "fact": "availability.slot_changed"; "on": string; "at": string };

/** GET /api/sites/{site}/slots/{day}: a service day as it may be booked. `open` None: its hours say nothing. */
export type SlotDay = { "on": string; "open": boolean | null; "title": string | null; "slots": DaySlot[]; "closures": Closure[] };

/** POST /api/sites/{site}/slots/effects: what a change would mean; nothing is written. `refused`: why it would not be made. Bookings that stand in the way of the calendar as it is are not told again. */
export type SlotEffects = { "refused"?: Refused | null; "count"?: number; "covers"?: number; "bookings"?: Touched[]; "seen"?: number };

/** Somebody is filling in a booking; its tables are nobody else's until `expires_at` (F-AVL-12). */
export type SlotHeld = { "fact": "availability.hold"; "hold_id": string; "starts_at": string; "covers": number; "table_ids": string[]; "expires_at": string };

/** The result of `hold_slot`: until when which tables are kept, and what the host should be told. */
export type SlotKept = { "checkout_id": string; "expires_at": string; "table_ids": string[]; "warnings": string[] };

/** `why`: taken (by its booking), released, expired. */
export type SlotReleased = { "fact": "availability.hold_released"; "hold_id": string; "why": string };

/** What one time of one day has of its own (R-AVL-07); None is as the rules say. Its id is the day and the time. */
export type SlotRow = { "type": "slot"; "id": string; "on": string; "at": string; "covers_max": number | null; "staff_level": number | null; "special_event": string | null; "pricing": string | null; "incentive": string | null; "recommended": boolean | null; "active": boolean; "version": number };

export type SlotRuleChanged = { "fact": "availability.rule_changed"; "rule_id": string };

/** What recurs on these weekdays from `from_time` until `until_time` (local): times every `step_min` minutes, or the fixed `starts`; with neither, the site's own step. At most `covers_max` covers come at each time; an evening with fewer than `staff_needed` people serving offers its share of them (R-AVL-09). */
export type SlotRuleRow = { "type": "slot_rule"; "id": string; "weekdays": number[]; "from_time": string; "until_time": string; "step_min": number | null; "starts": string[]; "covers_max": number | null; "staff_needed": number | null; "pricing": string | null; "incentive": string | null; "recommended": boolean; "version": number };

/** A time of a service day (`id` = its start in UTC) for anybody: `sizes` are the parties that find a table as everybody is planned, `state` what that comes to. No counts, no names. */
export type SlotStateRow = { "type": "slot_state"; "id": string; "service_date": string; "starts_at": string; "at": string; "state": "closed" | "free" | "full"; "sizes": number[]; "flags": ("filling_fast" | "off_peak" | "recommended" | "special_event")[]; "special_event": string | null; "incentive": string | null };

/** GET /api/sites/{site}/slots/config (R-AVL-16). Records, days and staff levels from today on. */
export type SlotsConfig = { "step_min": number; "weather_gate": boolean; "staff_needed": number; "rules": SlotRuleRow[]; "records": SlotRow[]; "days": SpecialDayRow[]; "staff_levels": StaffLevelRow[]; "weather": WeatherRow[]; "event": EventSlots };

/** GET /api/token: what the socket's connect and refresh take. `ttl_s` seconds of life. */
export type SocketToken = { "token": string; "ttl_s": number };

/** `first_day` to `last_day` span what it was and what it is. */
export type SpecialDayChanged = { "fact": "availability.day_changed"; "day_id": string; "first_day": string; "last_day": string };

/** From `first_day` to `last_day`, on these weekdays (none named: all), the house or one area is closed or keeps other `hours` (None: its usual ones). */
export type SpecialDayRow = { "type": "special_day"; "id": string; "kind": "closed" | "event" | "season"; "title": string; "first_day": string; "last_day": string; "weekdays": number[]; "area_id": string | null; "hours": string[] | null; "version": number };

/** Part of a party (`covers` of it) stays on as a party of its own at `table_ids`, which it already has. */
export type SplitSeating = { "command"?: "split_seating"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seating_id": string; "table_ids": string[]; "covers": number; "name"?: string | null };

export type StaffAdded = { "fact": "people.staff_added"; "staff_id": string; "roles": string[] };

export type StaffDeactivated = { "fact": "people.staff_deactivated"; "staff_id": string };

export type StaffLevelChanged = { "fact": "availability.staff_changed"; "on": string; "level": number | null };

/** How many people serve on an evening. Its id is the day. */
export type StaffLevelRow = { "type": "staff_level"; "id": string; "on": string; "level": number; "version": number };

/** GET /api/sites/{site}/staff. */
export type StaffMember = { "id": string; "name": string; "initials": string; "roles": string[]; "active": boolean };

export type StaffReactivated = { "fact": "people.staff_reactivated"; "staff_id": string };

export type StageSet = { "fact": "table.stage_set"; "seating_id": string; "was": string; "now": string };

/** One consistent snapshot of a channel; publications with an offset at or below `offset` are already in it. */
export type State = { "channel": string; "offset": number; "epoch": string; "seq": number; "at": string; "rows": any };

/** System, coalesced (≤ 500 ms after its causes): slot states of the days somebody looks at, worked out at seq `basis`. `put` are those that differ, `gone` those that are no more. */
export type StoreAvailability = { "command"?: "store_availability"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "basis": number; "put": SlotStateRow[]; "gone": string[] };

/** System, coalesced (≤ 500 ms after its causes): a plan made from the site at seq `basis`. What of it is no longer true is left out; what policy `planning.auto_accept` grants is done at once, the rest proposed. */
export type StorePlan = { "command"?: "store_plan"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "basis": number; "service_date": string; "score": Score; "placements": Placement[] };

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

/** GET /g/{ticket}/now: all a guest's page shows, in the site's own time zone. */
export type TicketView = { "house": string; "timezone": string; "address": string | null; "phone": string | null; "at": string; "booking": GuestBooking | null; "place": GuestPlace | null };

/** Lets go of what has been over for a month. */
export type TidySlots = { "command"?: "tidy_slots"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null };

/** A booking to come that a change would leave where no new one is taken: too late, too many, or in an area that is shut. It stays as it is; the host sees to it. */
export type Touched = { "booking_id": string; "code": string; "name": string; "covers": number; "service_date": string; "starts_at": string; "tables": string[]; "why": string };

/** A code as the guest typed it. A wrong one is counted, so it is an answer, not a refusal; the sixth locks. */
export type TryCode = { "command"?: "try_code"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "verification_id": string; "code": string };

export type TurnAlert = { "fact": "table.turn_alert"; "seating_id": string; "minutes_over": number };

/** System: the service day ended; the venue row names the next one. */
export type TurnServiceDay = { "command"?: "turn_service_day"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null };

/** How long parties of a size stay that sit down within [`hour_from`, `hour_to`) local time: the median, and what one in ten falls short of or exceeds (F-DUR-02). `covers_to` None = and more. `parties` stand behind it. */
export type TurnView = { "covers_from": number; "covers_to": number | null; "hour_from": number; "hour_to": number; "median_min": number; "low_min": number; "high_min": number; "source": "cell" | "default" | "host" | "house" | "rule"; "parties": number };

/** Takes back the command at `seq`, for 5 minutes, while nothing it left has changed since. */
export type Undo = { "command"?: "undo"; "site_id": string; "key": string; "expect_version"?: number | null; "reason"?: string | null; "seq": number };

export type Undone = { "fact": "house.undone"; "seq": number; "command": string };

export type VenueRefreshed = { "fact": "house.venue_refreshed"; "fields": string[] };

/** The site itself, as its screens need it. `service_date` turns over at `day_ends` local (R: 04:00). */
export type VenueRow = { "type": "venue"; "id": string; "name": string; "kind": "hybrid" | "restaurant" | "station"; "timezone": string; "day_ends": string; "service_date": string; "demo": boolean; "late_after_min": number; "soon_min": number; "theme": string; "version": number };

/** Derived, one per waiting party (same id): its place in line, when a table should fit (`ready_at`; None = not in sight tonight), and the best table or pair for it now (empty = none), with the reason a host would give. Unless `source` is `rule`: the wait ends within [`low_at`, `high_at`] (told in full steps) in a share `confidence` of the evenings played forward, in one of ten before, in one of ten after; None = not in sight tonight. */
export type WaitRow = { "type": "wait"; "id": string; "position": number; "ready_at": string | null; "table_ids": string[]; "why": string; "low_at"?: string | null; "high_at"?: string | null; "confidence"?: number | null; "source"?: "cell" | "default" | "host" | "house" | "rule" };

/** Positions, quotes or suggestions changed; `at_seq` is the floor they were made from. */
export type WaitingRefreshed = { "fact": "waitlist.reordered"; "at_seq": number };

/** GET /api/sites/{site}/waits: promises of the last `days` held against what was waited, and turns as they are known. `gave_up` left the line before. The house speaks for itself from `enough` parties on; it knows `learned`. */
export type WaitsReport = { "days": number; "told": WaitsTold; "gave_up": number; "latest": PromiseKept[]; "turns": TurnView[]; "learned": number; "enough": number; "default_min": number };

/** Over `parties` that were told an interval and sat down. `coverage` of the waits were inside; `promised` is what the house had expected of it. `kept` of the parties sat by the time they were quoted. `bias_min` above zero = told too long. `simple_error_min` is the error of a simpler way, the mean of the last thirty waits, and `ratio` ours to that. None where there is nothing to say it of. */
export type WaitsTold = { "parties": number; "coverage": number | null; "promised": number | null; "kept": number | null; "bias_min": number | null; "error_min": number | null; "simple_error_min": number | null; "ratio": number | null };

/** `starts_at` to `ends_at` span what it was and what it is. */
export type WeatherChanged = { "fact": "availability.weather_changed"; "weather_id": string; "starts_at": string; "ends_at": string };

/** Rain is expected: nobody is offered a table outdoors meanwhile (R-TAB-27). */
export type WeatherRow = { "type": "weather"; "id": string; "starts_at": string; "ends_at": string; "note": string | null; "version": number };

/** POST /api/sites/{site}/what-if: the live evening with these changes. Nothing of it is written. */
export type WhatIf = { "changes": (CloseArea | LoseServer | ExtraParty | Rain | LoseTable)[] };

/** POST /api/sites/{site}/why-not: may this party come, and if not, why not and what would help? */
export type WhyNot = { "starts_at": string; "covers": number; "duration_min"?: number | null; "accessible"?: boolean; "area_id"?: string | null; "preferences"?: string[]; "but"?: string | null };

/** `state` as of a slot; `exact` false = not proven, nobody had the time. `facts` are a set that rules the party out by itself, without any one of which it would not (`minimal`). */
export type WhyNotAnswer = { "state": "closed" | "free" | "full" | "moving"; "exact": boolean; "basis": number; "table_ids": string[]; "certificate": Certificate | null; "facts": InTheWay[]; "minimal": boolean; "changes": WouldHelp[] };

/** A span of start times a waiting guest would also take: [`earliest`, `latest`], both possible (R-WTL-04). It may be on another date than the wanted time. */
export type Window = { "earliest": string; "latest": string };

/** A change that was asked for and found possible. `starts_at` and `covers` (two of a split) are what to ask for then; with `certificate` others are moved for it; `cancels` counts the bookings of which one would have to go. */
export type WouldHelp = { "kind": "area" | "earlier" | "features" | "later" | "other_day" | "split" | "waiting"; "for_guests": string; "starts_at": string; "covers": number[]; "table_ids": string[]; "certificate"?: Certificate | null; "cancels"?: number };

export type Row = AreaRow | BookingRow | ClockRow | GhostRow | GuestRow | HoldRow | JoinRow | MessageRow | OfferRow | PartyRow | PinRow | PlanRow | QuoteRow | SeatingRow | SectionRow | SlotRow | SlotRuleRow | SlotStateRow | SpecialDayRow | StaffLevelRow | TableRow | VenueRow | WaitRow | WeatherRow;
export type Fact = BookingPinned | BookingsPlaced | PlanAccepted | PlanDismissed | PlanUpdated | AvailabilityChanged | SpecialDayChanged | SlotHeld | SlotReleased | OpeningMade | OpeningReleased | BookedByMoving | SlotRuleChanged | SlotChanged | StaffLevelChanged | WeatherChanged | AreaChanged | JoinAdded | JoinRemoved | GuestAdded | GuestBlacklisted | CodeSent | CodeTried | GuestDeleted | GuestEdited | GuestsMerged | GuestsRecounted | GuestRestored | ClockSet | Imported | ServiceDayTurned | Undone | VenueRefreshed | MessageBlocked | MessageNoted | MessageQueued | ApiKeyAdded | ApiKeyRevoked | RolesSet | StaffAdded | StaffDeactivated | StaffReactivated | PolicyChanged | BookingArrived | BookingCancelled | BookingCreated | BookingDeleted | EventsTeamCase | GuestRefreshed | BookingLate | BookingNoShow | BookingPlaced | BookingReconfirmed | BookingRescheduled | BookingRestored | BookingStatusChanged | BookingUnplaced | BookingEdited | SectionChanged | TableCleared | TablesCombined | SeatingsMerged | SeatingMoved | TableReset | TableScanned | TableSeated | SeatingEdited | SeatingSplit | StageSet | TableStatusChanged | TurnAlert | TableChanged | PartyAdded | PartyConverted | PartyEdited | OfferAnswered | OfferExpired | OfferRevoked | OfferSent | PartyRemoved | WaitingRefreshed | PartyReplied;
export type Answer = Done | Refused;
export interface RowByType {
  "area": AreaRow;
  "booking": BookingRow;
  "clock": ClockRow;
  "ghost": GhostRow;
  "guest": GuestRow;
  "hold": HoldRow;
  "join": JoinRow;
  "message": MessageRow;
  "offer": OfferRow;
  "party": PartyRow;
  "pin": PinRow;
  "plan": PlanRow;
  "quote": QuoteRow;
  "seating": SeatingRow;
  "section": SectionRow;
  "slot": SlotRow;
  "slot_rule": SlotRuleRow;
  "slot_state": SlotStateRow;
  "special_day": SpecialDayRow;
  "staff_level": StaffLevelRow;
  "table": TableRow;
  "venue": VenueRow;
  "wait": WaitRow;
  "weather": WeatherRow;
}
export interface CommandByName {
  "accept_plan": AcceptPlan;
  "add_guest": AddGuest;
  "add_join": AddJoin;
  "add_party": AddParty;
  "add_staff": AddStaff;
  "answer_offer": AnswerOffer;
  "answer_ticket": AnswerTicket;
  "arrive_booking": ArriveBooking;
  "book": Book;
  "cancel_booking": CancelBooking;
  "cancel_own": CancelOwn;
  "clear_seating": ClearSeating;
  "confirm_booking": ConfirmBooking;
  "deactivate_staff": DeactivateStaff;
  "delete_booking": DeleteBooking;
  "delete_guest": DeleteGuest;
  "delete_slot_rule": DeleteSlotRule;
  "delete_special_day": DeleteSpecialDay;
  "delete_weather": DeleteWeather;
  "dismiss_plan": DismissPlan;
  "dismiss_reply": DismissReply;
  "edit_booking": EditBooking;
  "edit_guest": EditGuest;
  "edit_party": EditParty;
  "edit_seating": EditSeating;
  "hold_slot": HoldSlot;
  "join_waitlist": JoinWaitlist;
  "mark_late": MarkLate;
  "mark_no_show": MarkNoShow;
  "merge_guests": MergeGuests;
  "merge_seatings": MergeSeatings;
  "move_own": MoveOwn;
  "move_seating": MoveSeating;
  "notify_party": NotifyParty;
  "pin_booking": PinBooking;
  "place_booking": PlaceBooking;
  "place_bookings": PlaceBookings;
  "put_area": PutArea;
  "put_section": PutSection;
  "put_table": PutTable;
  "reactivate_staff": ReactivateStaff;
  "reconfirm_booking": ReconfirmBooking;
  "release_slot": ReleaseSlot;
  "remind_booking": RemindBooking;
  "remove_join": RemoveJoin;
  "remove_party": RemoveParty;
  "reschedule_booking": RescheduleBooking;
  "resend_message": ResendMessage;
  "restore_booking": RestoreBooking;
  "restore_guest": RestoreGuest;
  "restore_policy": RestorePolicy;
  "revoke_api_key": RevokeApiKey;
  "revoke_offer": RevokeOffer;
  "scan_table": ScanTable;
  "seat_party": SeatParty;
  "send_code": SendCode;
  "set_blacklist": SetBlacklist;
  "set_clock": SetClock;
  "set_policy": SetPolicy;
  "set_roles": SetRoles;
  "set_slot": SetSlot;
  "set_slot_rule": SetSlotRule;
  "set_special_day": SetSpecialDay;
  "set_staff_level": SetStaffLevel;
  "set_stage": SetStage;
  "set_table_status": SetTableStatus;
  "set_weather": SetWeather;
  "split_seating": SplitSeating;
  "try_code": TryCode;
  "undo": Undo;
}
export type Patch = { put: Row } | { drop: [string, string] };
export interface Publication {
  type?: 'reset'; seq: number; key: string | null; at: string; facts: Fact[]; patches: Patch[];
}
