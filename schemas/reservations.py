"""Reservations: what a host may ask of a dining booking."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.base import Command, Covers, DeleteReason, Email, Fact, Flags, Id, Name, Note, Phone, TableIds
from schemas.bookings import Arrival, BookingRow, Occasion, Preorder, Source
from schemas.guests import Preferences, Tags

Preorders = Annotated[list[Preorder], Meta(max_length=10)]
Ticket = Annotated[str, Meta(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
"""The unguessable part of a guest's own link."""


class Reseat(Struct, frozen=True, forbid_unknown_fields=True):
    """A booking and the tables it is to have instead."""

    booking_id: Id
    table_ids: TableIds


class Book(Command, frozen=True, kw_only=True, tag="book"):
    """A dining booking. Without `table_ids` the best-fitting free table or adjacent pair is held for it.

    Its guest is `guest_id`, else whoever has this phone number or e-mail, else a new guest made of them. With neither
    it has no guest. `status` `inquiry` or `pending` waits for `confirm_booking`. A blacklisted guest is refused
    (`blacklisted`) unless `anyway` comes with a `reason` of 10 characters or more."""

    permission: ClassVar[str] = "book.write"
    undoable: ClassVar[bool] = True
    status: Literal["inquiry", "pending", "confirmed"] = "confirmed"
    guest_id: Id | None = None
    anyway: bool = False
    requests: Note | None = None
    tags: Tags = []
    preferences: Preferences = []
    preorders: Preorders = []
    access_notes: Note | None = None
    emergency_contact: Annotated[str, Meta(max_length=120)] | None = None
    sms_opt_in: bool = False
    name: Name
    covers: Covers
    starts_at: datetime
    phone: Phone | None = None
    email: Email | None = None
    duration_min: Annotated[int, Meta(ge=15, le=480)] | None = None
    source: Source = "phone"
    occasion: Occasion | None = None
    flags: Flags = []
    notes: Note | None = None
    area_id: Id | None = None
    accessible: bool = False
    table_ids: TableIds | None = None
    certificate_id: Id | None = None
    """What `why-not` found: its tables, and others planned elsewhere for it in the same commit; refused whole
    (`no_longer_possible`) when any of it is no longer legal. Only as policy `booking.reshuffle` allows."""
    moves: Annotated[list[Reseat], Meta(min_length=1, max_length=50)] | None = None
    """The same by hand: who is planned where, so that `table_ids` (then needed) come free."""
    checkout_id: Id | None = None
    """What `hold_slot` kept for it is taken over: the same tables, unless the wish has changed."""


class HoldSlot(Command, frozen=True, kw_only=True, tag="hold_slot"):
    """Keeps the tables a booking like this would get while the rest of it is filled in, for 10 minutes (F-AVL-12);
    `book` with its `checkout_id` takes them over, `release_slot` lets go of them. Refused as `book` would be."""

    permission: ClassVar[str] = "book.write"
    covers: Covers
    starts_at: datetime
    duration_min: Annotated[int, Meta(ge=15, le=480)] | None = None
    source: Source = "phone"
    area_id: Id | None = None
    accessible: bool = False
    flags: Flags = []
    preferences: Preferences = []
    table_ids: TableIds | None = None


class PlaceBooking(Command, frozen=True, kw_only=True, tag="place_booking"):
    """Plans a booking at these tables instead (or at the best free ones when none are named)."""

    permission: ClassVar[str] = "book.write"
    undoable: ClassVar[bool] = True
    booking_id: Id
    table_ids: TableIds | None = None


class ArriveBooking(Command, frozen=True, kw_only=True, tag="arrive_booking"):
    """The party is here: all of it, part of it, or waiting at the bar. Also reopens a no-show within 30 minutes."""

    permission: ClassVar[str] = "host.write"
    undoable: ClassVar[bool] = True
    booking_id: Id
    arrival: Arrival = "all"


class MarkLate(Command, frozen=True, kw_only=True, tag="mark_late"):
    """The guest called: `expected_in_min` minutes from now. Without it, just marked late."""

    permission: ClassVar[str] = "host.write"
    undoable: ClassVar[bool] = True
    booking_id: Id
    expected_in_min: Annotated[int, Meta(ge=1, le=240)] | None = None


class MarkNoShow(Command, frozen=True, kw_only=True, tag="mark_no_show"):
    """The host's word that nobody came (never before the grace is over)."""

    permission: ClassVar[str] = "host.write"
    undoable: ClassVar[bool] = True
    booking_id: Id


class EditBooking(Command, frozen=True, kw_only=True, tag="edit_booking"):
    """Changes what is given; the time stays (`reschedule_booking` changes it). More or fewer covers, another length,
    area or access need are checked against the floor as it is now: the booking keeps its tables if it still fits
    there, else gets others, else is refused with alternatives and stays as it was (F-RES-05)."""

    permission: ClassVar[str] = "book.write"
    undoable: ClassVar[bool] = True
    booking_id: Id
    anyway: bool = False
    name: Name | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    guest_id: Id | UnsetType | None = UNSET
    covers: Covers | UnsetType = UNSET
    duration_min: Annotated[int, Meta(ge=15, le=480)] | UnsetType = UNSET
    occasion: Occasion | UnsetType | None = UNSET
    flags: Flags | UnsetType = UNSET
    notes: Note | UnsetType | None = UNSET
    requests: Note | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET
    preferences: Preferences | UnsetType = UNSET
    preorders: Preorders | UnsetType = UNSET
    access_notes: Note | UnsetType | None = UNSET
    emergency_contact: Annotated[str, Meta(max_length=120)] | UnsetType | None = UNSET
    sms_opt_in: bool | UnsetType = UNSET
    area_id: Id | UnsetType | None = UNSET
    accessible: bool | UnsetType = UNSET


class RescheduleBooking(Command, frozen=True, kw_only=True, tag="reschedule_booking"):
    """Another time: the old booking becomes `rescheduled` and gives its tables back (the waiting line is served first);
    a new one with a code of its own refers to it. Refused with alternatives when nothing is free; then nothing
    moved."""

    permission: ClassVar[str] = "book.write"
    undoable: ClassVar[bool] = True
    booking_id: Id
    starts_at: datetime
    covers: Covers | None = None
    duration_min: Annotated[int, Meta(ge=15, le=480)] | None = None
    table_ids: TableIds | None = None


class ConfirmBooking(Command, frozen=True, kw_only=True, tag="confirm_booking"):
    """An inquiry becomes pending, a pending booking confirmed; the guest is told once it is confirmed."""

    permission: ClassVar[str] = "book.write"
    undoable: ClassVar[bool] = True
    booking_id: Id


class RemindBooking(Command, frozen=True, kw_only=True, tag="remind_booking"):
    """Sends the reminder now; a confirmed booking becomes reminded."""

    permission: ClassVar[str] = "book.write"
    booking_id: Id


class ReconfirmBooking(Command, frozen=True, kw_only=True, tag="reconfirm_booking"):
    """The guest said again that they will come."""

    permission: ClassVar[str] = "book.write"
    undoable: ClassVar[bool] = True
    booking_id: Id


class DeleteBooking(Command, frozen=True, kw_only=True, tag="delete_booking"):
    """Takes a booking out of the book (R-AUD-01): it gives its tables back and can be restored for 30 days. For
    bookings made by mistake; one that the guest gives up is cancelled instead."""

    permission: ClassVar[str] = "book.delete"
    booking_id: Id
    reason: DeleteReason


class RestoreBooking(Command, frozen=True, kw_only=True, tag="restore_booking"):
    """Back in the book as it was; at its tables if they are still free, else at others, else unplaced."""

    permission: ClassVar[str] = "book.delete"
    booking_id: Id


class RefreshGuest(Command, frozen=True, kw_only=True, tag="refresh_guest"):
    """System: a guest's card changed; bookings to come carry what lasts about them anew. After a merge the bookings of
    `gone_id` are theirs."""

    guest_id: Id
    gone_id: Id | None = None


class CancelBooking(Command, frozen=True, kw_only=True, tag="cancel_booking"):
    """`reason` is why, in the guest's or host's words (R-CAN-02)."""

    permission: ClassVar[str] = "book.write"
    undoable: ClassVar[bool] = True
    booking_id: Id


class NoteLateness(Command, frozen=True, kw_only=True, tag="note_lateness"):
    """System: the grace after the booked time ran out without an arrival; the host is asked to decide."""

    booking_id: Id


class LeaveTable(Command, frozen=True, kw_only=True, tag="leave_table"):
    """System: a table was taken off the plan; the bookings planned at it are unplaced."""

    table_id: Id


class BookingLate(Fact, frozen=True, kw_only=True, tag="reservation.late"):
    booking_id: str
    minutes_late: int


class BookingArrived(Fact, frozen=True, kw_only=True, tag="reservation.arrived"):
    booking_id: str
    arrival: str


class BookingCancelled(Fact, frozen=True, kw_only=True, tag="reservation.cancelled"):
    booking_id: str


class BookingRescheduled(Fact, frozen=True, kw_only=True, tag="reservation.rescheduled"):
    booking_id: str
    new_booking_id: str


class BookingReconfirmed(Fact, frozen=True, kw_only=True, tag="reservation.reconfirmed"):
    booking_id: str


class BookingDeleted(Fact, frozen=True, kw_only=True, tag="reservation.deleted"):
    booking_id: str


class BookingRestored(Fact, frozen=True, kw_only=True, tag="reservation.restored"):
    booking_id: str


class GuestRefreshed(Fact, frozen=True, kw_only=True, tag="reservation.guest_refreshed"):
    guest_id: str
    booking_ids: list[str]


class BookingNoShow(Fact, frozen=True, kw_only=True, tag="reservation.no_show"):
    booking_id: str
    minutes_late: int


class EventsTeamCase(Fact, frozen=True, kw_only=True, tag="reservation.events_team"):
    """A party above the events-team line (R-AVL-04: more than 12) was taken; somebody there should call."""

    booking_id: str
    covers: int


class Booked(Struct, frozen=True):
    """The result of `book`: where, and what the host should be told."""

    booking_id: str
    code: str
    table_ids: list[str]
    warnings: list[str]
    ticket: str | None = None
    guest_id: str | None = None


class SlotKept(Struct, frozen=True):
    """The result of `hold_slot`: until when which tables are kept, and what the host should be told."""

    checkout_id: str
    expires_at: datetime
    table_ids: list[str]
    warnings: list[str]


class Problem(Struct, frozen=True):
    """One thing a check found. Only an `error` stands in the way (R-AVL-05)."""

    severity: Literal["error", "warning", "info"]
    reason: str
    message: str
    field: str | None = None


class Checked(Struct, frozen=True):
    """POST /api/sites/{site}/check: what `book` (or, with `booking_id`, an edit or reschedule) would say now, with the
    tables it would take; nothing is written. `known` is the guest recognised by phone, e-mail or id."""

    valid: bool
    problems: list[Problem]
    table_ids: list[str]
    alternatives: list["Alternative"]
    known: Any = None
    """A `GuestHit`, or None."""


class CheckWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the booking dialog holds so far; half of it may be missing. What `hold_slot` keeps for it (`checkout_id`)
    is in nobody's way."""

    covers: int
    starts_at: datetime
    booking_id: Id | None = None
    checkout_id: Id | None = None
    guest_id: Id | None = None
    name: Annotated[str, Meta(max_length=80)] | None = None
    phone: Annotated[str, Meta(max_length=32)] | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    duration_min: Annotated[int, Meta(ge=15, le=480)] | None = None
    area_id: Id | None = None
    accessible: bool = False
    flags: Flags = []
    preferences: Preferences = []
    table_ids: TableIds | None = None


class CancelTerms(Struct, frozen=True):
    """What cancelling now would mean, before anybody confirms it (F-RES-06): the policy in words, whether the time
    for a free cancellation is over, what is given back (nothing was paid: 0), and times the guest could move to
    instead."""

    policy: str
    free_until: datetime
    late: bool
    refund_cents: int
    alternatives: list["Alternative"]


class Found(Struct, frozen=True):
    """One booking found by a look-up; GET /api/sites/{site}/lookup?q=. `matched` says by what (F-RES-03)."""

    booking: BookingRow
    matched: Literal["code", "phone", "email", "name"]


class BookingLink(Struct, frozen=True):
    """A guest's own link to their booking, and it as a picture to scan; GET /api/sites/{site}/bookings/{id}/link."""

    url: str
    """Without the house's address."""
    qr_svg: str


class Alternative(Struct, frozen=True):
    """Another time that would work, with its tables and why it was chosen."""

    starts_at: datetime
    table_ids: list[str]
    reason: str
