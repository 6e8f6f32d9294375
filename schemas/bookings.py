"""Bookings: code, party, place and life cycle common to dining and events. Dining's own words: `reservations`."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.base import Fact, Row

BookingKind = Literal["dining", "event"]
BookingStatus = Literal[
    "inquiry", "pending", "confirmed", "reminded", "arrived", "seated", "dining", "completed", "cancelled", "no_show",
    "rescheduled",
]  # fmt: skip
Source = Literal["web", "telegram", "whatsapp", "phone", "walk_in", "ai_assistant", "sms", "qr", "in_person", "import"]
Occasion = Literal["birthday", "anniversary", "proposal", "business", "casual", "date", "custom"]
Arrival = Literal["all", "partial", "bar"]


class Preorder(Struct, frozen=True, forbid_unknown_fields=True):
    """Something to be ready when they come: a cake, a bottle (F-RES-09)."""

    what: Annotated[str, Meta(min_length=1, max_length=80)]
    quantity: Annotated[int, Meta(ge=1, le=50)] = 1


class BookingRow(Row, frozen=True, tag="booking"):
    """A booking as staff see it. Its tables are its holds; `unplaced` means it has none and wants some."""

    kind: BookingKind
    code: str
    name: str
    phone: str | None
    covers: int
    service_date: date
    starts_at: datetime
    ends_at: datetime
    duration_min: int
    status: BookingStatus
    source: str
    occasion: str | None
    flags: list[str]
    notes: str | None
    area_id: str | None
    accessible: bool
    arrived_at: datetime | None
    arrival: Arrival | None
    late_at: datetime | None
    """Since when the house knows it is late: the guest called, or the grace ran out."""
    expected_at: datetime | None
    """When a late party said it will come."""
    no_show_proposed_at: datetime | None
    """Set once the grace is over without an arrival: the host decides (G-14)."""
    unplaced: bool
    version: int
    guest_id: str | None = None
    guest_flags: list[str] = []
    """What lasts about its guest (allergies, vip …), copied from their card and kept up with it."""
    guest_visits: int | None = None
    """How often this guest was here before; None = nobody we know by a number or address."""
    email: str | None = None
    requests: str | None = None
    """What the guest asked for, in words guests may see again; `notes` and `tags` are staff's and never leave."""
    tags: list[str] = []
    preferences: list[str] = []
    preorders: list[Preorder] = []
    access_notes: str | None = None
    emergency_contact: str | None = None
    sms_opt_in: bool = False
    reconfirmed_at: datetime | None = None
    seated_at: datetime | None = None
    departed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    no_show_reason: str | None = None
    rescheduled_from: str | None = None
    rescheduled_to: str | None = None
    booked_at: datetime | None = None


class BookingCreated(Fact, frozen=True, kw_only=True, tag="reservation.created"):
    booking_id: str
    covers: int
    starts_at: datetime
    table_ids: list[str]
    source: str


class BookingStatusChanged(Fact, frozen=True, kw_only=True, tag="reservation.status_changed"):
    booking_id: str
    was: str
    now: str


class BookingUnplaced(Fact, frozen=True, kw_only=True, tag="reservation.unplaced"):
    """The booking lost its tables (somebody was seated there anyway) and needs new ones."""

    booking_id: str
    table_ids: list[str]


class BookingPlaced(Fact, frozen=True, kw_only=True, tag="reservation.placed"):
    booking_id: str
    table_ids: list[str]


class BookingEdited(Fact, frozen=True, kw_only=True, tag="reservation.updated"):
    booking_id: str
    fields: list[str]
