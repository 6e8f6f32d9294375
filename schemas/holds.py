"""Holds: the one table of planned use of a table. Planned holds never overlap."""

from datetime import date, datetime
from typing import ClassVar, Literal

from schemas.base import Command, Fact, Id, Row

OwnerKind = Literal["booking", "seating", "offer", "checkout", "opening", "block"]
"""`seating`: a party without a booking holds its table for the turn it was given, so that one table tells all use."""
HoldStatus = Literal["held", "active", "released"]
"""held = planned; active = its party is at the table; released = over (kept for history, not shown)."""


class HoldRow(Row, frozen=True, tag="hold"):
    """`table_id` is kept for its owner during [`starts_at`, `ends_at`), the buffer inside; from `reserved_from` on a
    free table is drawn reserved (G-01).
    """

    owner_kind: OwnerKind
    owner_id: str
    table_id: str
    service_date: date
    starts_at: datetime
    ends_at: datetime
    reserved_from: datetime
    status: HoldStatus
    version: int


class ReleaseOpening(Command, frozen=True, kw_only=True, tag="release_opening"):
    """System: the 2 s in which the waiting line was served first are over; the opening is free."""

    owner_id: str


class ReleaseSlot(Command, frozen=True, kw_only=True, tag="release_slot"):
    """Lets go of a time that was kept by `hold_slot`; said twice it is let go of all the same."""

    permission: ClassVar[str] = "book.write"
    checkout_id: Id


class ExpireCheckout(Command, frozen=True, kw_only=True, tag="expire_checkout"):
    """System: the minutes a time was kept for somebody filling in a booking are over."""

    checkout_id: Id


class SlotHeld(Fact, frozen=True, kw_only=True, tag="availability.hold"):
    """Somebody is filling in a booking; its tables are nobody else's until `expires_at` (F-AVL-12)."""

    hold_id: str
    starts_at: datetime
    covers: int
    table_ids: list[str]
    expires_at: datetime


class SlotReleased(Fact, frozen=True, kw_only=True, tag="availability.hold_released"):
    """`why`: taken (by its booking), released, expired."""

    hold_id: str
    why: str


class OpeningMade(Fact, frozen=True, kw_only=True, tag="availability.opening"):
    """A cancellation or no-show gave tables back; the waiting line is served before the public."""

    owner_id: str
    table_ids: list[str]


class OpeningReleased(Fact, frozen=True, kw_only=True, tag="availability.opening_released"):
    owner_id: str
