"""Reservations: what a host may ask of a dining booking."""

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from schemas.base import Command, Covers, Email, Fact, Flags, Id, Name, Note, Phone, TableIds
from schemas.bookings import Arrival, Occasion, Source


class Book(Command, frozen=True, kw_only=True, tag="book"):
    """A dining booking. Without `table_ids` the best-fitting free table or adjacent pair is held for it."""

    permission: ClassVar[str] = "book.write"
    undoable: ClassVar[bool] = True
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


class CancelBooking(Command, frozen=True, kw_only=True, tag="cancel_booking"):
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


class Alternative(Struct, frozen=True):
    """Another time that would work, with its tables and why it was chosen."""

    starts_at: datetime
    table_ids: list[str]
    reason: str
