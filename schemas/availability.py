"""Availability: when a party may come, why not, and what else would do."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.base import Command, Count, Covers, Fact, Id, Row
from schemas.guests import Preferences
from schemas.planning import PlanMove
from schemas.reservations import Alternative

SlotState = Literal["free", "moving", "full", "closed"]
"""free = a table is free as everybody is planned; moving = others would have to be re-seated; closed = not offered."""
SlotFlag = Literal["recommended", "filling_fast", "off_peak", "special_event"]
Duration = Annotated[int, Meta(ge=15, le=480)]


# ---- what watchers see


class SlotStateRow(Row, frozen=True, tag="slot_state"):
    """A time of a service day (`id` = its start in UTC) for anybody: `sizes` are the parties that find a table as
    everybody is planned, `state` what that comes to. No counts, no names."""

    service_date: date
    starts_at: datetime
    at: str
    state: Literal["free", "full", "closed"]
    sizes: list[int]
    flags: list[SlotFlag]
    special_event: str | None
    incentive: str | None


class StoreAvailability(Command, frozen=True, kw_only=True, tag="store_availability"):
    """System, coalesced (≤ 500 ms after its causes): slot states of the days somebody looks at, worked
    out at seq `basis`. `put` are those that differ, `gone` those that are no more."""

    basis: Count
    put: list[SlotStateRow]
    gone: list[str]


# ---- facts


class SlotChange(Struct, frozen=True):
    date: date
    at: str
    state: str


class AvailabilityChanged(Fact, frozen=True, kw_only=True, tag="availability.changed"):
    """Times that are other than they were, worked out at seq `basis`."""

    basis: int
    slots: list[SlotChange]


class BookedByMoving(Fact, frozen=True, kw_only=True, tag="availability.reseated"):
    """A booking was taken by planning others at other tables, in the same commit."""

    booking_id: str
    certificate_id: str
    moves: list[PlanMove]


# ---- doors


class Certificate(Struct, frozen=True):
    """How a party gets in: its tables, and who is planned elsewhere for it. `book` with this `certificate_id` does both
    or neither; good until `expires_at`, and checked again then."""

    id: str
    starts_at: datetime
    covers: int
    table_ids: list[str]
    moves: list[PlanMove]
    expires_at: datetime


class AvailableSlot(Struct, frozen=True):
    """One time for the party asked for. `exact` false: nobody had the time to look whether moving others would do.
    `reason` says why a time is closed or full, where a rule says so. `covers_left` of the slot's cap, else of the seats
    of open tables. `moves`: how many others would be planned elsewhere."""

    starts_at: datetime
    at: str
    state: SlotState
    exact: bool
    flags: list[SlotFlag]
    covers_left: int
    reason: str | None
    special_event: str | None
    pricing: str | None
    incentive: str | None
    moves: int = 0


class AvailableDay(Struct, frozen=True):
    """GET /api/sites/{site}/availability: a day's slots for a party (F-AVL-02), true at seq `basis`. `closed` says why
    when the house takes nobody that day; `alternatives` are there when no slot is free."""

    on: date
    covers: int
    duration_min: int
    basis: int
    closed: str | None
    slots: list[AvailableSlot]
    alternatives: list[Alternative]


class CalendarDay(Struct, frozen=True):
    """`load` 0..1: covers planned over seats at the times offered; `open`: some time is free for the party; `popular`:
    an event, or a load from policy `availability.popular_pct` on. `free` of `times`: those still to come at which the
    party finds a table."""

    on: date
    load: float
    closed: bool
    weekend: bool
    popular: bool
    open: bool
    title: str | None
    free: int = 0
    times: int = 0


class CalendarView(Struct, frozen=True):
    """GET /api/sites/{site}/calendar (F-AVL-06), true at seq `basis`."""

    covers: int
    basis: int
    days: list[CalendarDay]


class WhyNot(Struct, frozen=True, forbid_unknown_fields=True):
    """POST /api/sites/{site}/why-not: may this party come, and if not, why not and what would help?"""

    starts_at: datetime
    covers: Covers
    duration_min: Duration | None = None
    accessible: bool = False
    area_id: Id | None = None
    preferences: Preferences = []
    but: Id | None = None
    """A booking to be changed, or what `hold_slot` keeps for the asker: it is in nobody's way."""


class InTheWay(Struct, frozen=True):
    """One fact that stands in the way: `says` for the host, `for_guests` without anybody's name. `about` is a booking,
    seating or table. Whoever may not read the book gets neither `says` nor `about`."""

    kind: str
    for_guests: str
    says: str | None = None
    about: str | None = None


class WouldHelp(Struct, frozen=True):
    """A change that was asked for and found possible. `starts_at` and `covers` (two of a split) are what to ask for
    then; with `certificate` others are moved for it; `cancels` counts the bookings of which one would have to go."""

    kind: Literal["earlier", "later", "area", "features", "split", "waiting", "other_day"]
    for_guests: str
    starts_at: datetime
    covers: list[int]
    table_ids: list[str]
    certificate: Certificate | None = None
    cancels: int = 0


class WhyNotAnswer(Struct, frozen=True):
    """`state` as of a slot; `exact` false = not proven, nobody had the time. `facts` are a set that rules the party out
    by itself, without any one of which it would not (`minimal`)."""

    state: SlotState
    exact: bool
    basis: int
    table_ids: list[str]
    certificate: Certificate | None
    facts: list[InTheWay]
    minimal: bool
    changes: list[WouldHelp]


__all__ = [
    "AvailabilityChanged", "AvailableDay", "AvailableSlot", "BookedByMoving", "CalendarDay", "CalendarView",
    "Certificate", "InTheWay", "SlotChange", "SlotStateRow", "StoreAvailability", "WhyNot", "WhyNotAnswer", "WouldHelp",
]  # fmt: skip
