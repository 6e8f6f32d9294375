"""Waitlist: walk-in parties in line, their quotes and the tables suggested to them."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from schemas.base import Command, Covers, Fact, Flags, Id, Name, Note, Phone, Row

PartyStatus = Literal["active", "notified", "converted", "expired", "cancelled"]


class PartyRow(Row, frozen=True, tag="party"):
    """A party waiting at the door. Shown while active or notified."""

    name: str
    covers: int
    phone: str | None
    status: PartyStatus
    priority: int
    """Higher is earlier, then first come (R-WTL-02, C-63)."""
    joined_at: datetime
    quoted_min: int | None
    quoted_at: datetime | None
    area_id: str | None
    accessible: bool
    flags: list[str]
    notes: str | None
    expires_at: datetime
    version: int


class WaitRow(Row, frozen=True, tag="wait"):
    """Derived, one per waiting party (same id): its place in line, when a table should fit (`ready_at`; None = not in
    sight tonight), and the best table or pair for it now (empty = none), with the reason a host would give.
    """

    position: int
    ready_at: datetime | None
    table_ids: list[str]
    why: str


class QuoteRow(Row, frozen=True, tag="quote"):
    """Derived, one per size band: when a new party of that size would be seated (R-WTL-08, rounded on screen, G-27).
    `ready_at` None = not in sight tonight.
    """

    covers_min: int
    covers_max: int
    ready_at: datetime | None


class AddParty(Command, frozen=True, kw_only=True, tag="add_party"):
    """A party joins the line. Without `quoted_min` the house quotes by the next fitting clear time."""

    permission: ClassVar[str] = "host.write"
    undoable: ClassVar[bool] = True
    name: Name
    covers: Covers
    phone: Phone | None = None
    quoted_min: Annotated[int, Meta(ge=0, le=360)] | None = None
    priority: Annotated[int, Meta(ge=0, le=10)] = 0
    area_id: Id | None = None
    accessible: bool = False
    flags: Flags = []
    notes: Note | None = None


class EditParty(Command, frozen=True, kw_only=True, tag="edit_party"):
    permission: ClassVar[str] = "host.write"
    undoable: ClassVar[bool] = True
    party_id: Id
    name: Name | UnsetType = UNSET
    covers: Covers | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    quoted_min: Annotated[int, Meta(ge=0, le=360)] | UnsetType = UNSET
    priority: Annotated[int, Meta(ge=0, le=10)] | UnsetType = UNSET
    area_id: Id | UnsetType | None = UNSET
    accessible: bool | UnsetType = UNSET
    flags: Flags | UnsetType = UNSET
    notes: Note | UnsetType | None = UNSET


class RemoveParty(Command, frozen=True, kw_only=True, tag="remove_party"):
    """The party left or asked to be taken off."""

    permission: ClassVar[str] = "host.write"
    undoable: ClassVar[bool] = True
    party_id: Id


class ExpireParty(Command, frozen=True, kw_only=True, tag="expire_party"):
    """System: the house closed (G-15) and the party is still in line."""

    party_id: Id


class RefreshWaiting(Command, frozen=True, kw_only=True, tag="refresh_waiting"):
    """System, coalesced (≤ 500 ms after its causes): positions, quotes and suggestions anew."""


class PartyAdded(Fact, frozen=True, kw_only=True, tag="waitlist.added"):
    party_id: str
    covers: int
    quoted_min: int | None


class PartyEdited(Fact, frozen=True, kw_only=True, tag="waitlist.edited"):
    party_id: str
    fields: list[str]


class PartyRemoved(Fact, frozen=True, kw_only=True, tag="waitlist.removed"):
    party_id: str
    why: str


class PartyConverted(Fact, frozen=True, kw_only=True, tag="waitlist.converted"):
    party_id: str
    seating_id: str


class WaitingRefreshed(Fact, frozen=True, kw_only=True, tag="waitlist.reordered"):
    """Positions, quotes or suggestions changed; `at_seq` is the floor they were made from."""

    at_seq: int
