"""Holds: the one table of planned use of a table. Planned holds never overlap."""

from datetime import date, datetime
from typing import Literal

from schemas.base import Command, Fact, Row

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


class OpeningMade(Fact, frozen=True, kw_only=True, tag="availability.opening"):
    """A cancellation or no-show gave tables back; the waiting line is served before the public."""

    owner_id: str
    table_ids: list[str]


class OpeningReleased(Fact, frozen=True, kw_only=True, tag="availability.opening_released"):
    owner_id: str
