"""Imports: a house's own floor plan, book and guests, as lines of CSV or JSON."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from schemas.base import Command, Fact, Id

Kind = Literal["floor", "joins", "book", "guests"]
Seats = Annotated[int, Meta(ge=1, le=40)]
PartySize = Annotated[int, Meta(ge=1, le=200)]  # a house's own past may hold larger parties than it sells today
Text = Annotated[str, Meta(min_length=1, max_length=80)]
Long = Annotated[str, Meta(max_length=500)]
Words = Annotated[list[Annotated[str, Meta(min_length=1, max_length=24)]], Meta(max_length=12)]


class FloorLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table: its area by name, its number, how many it seats; everything else is optional."""

    area: Text
    number: Annotated[str, Meta(min_length=1, max_length=12)]
    max_covers: Seats
    min_covers: Seats | None = None
    name: Text | None = None
    furniture: Literal["standard", "booth", "bar", "patio", "private"] = "standard"
    shape: Literal["round", "square", "rectangular"] = "square"
    features: list[Literal["window", "quiet", "accessible", "highchair", "private", "business_friendly"]] = []
    preferred_for: list[Literal["business", "romantic", "family"]] = []
    priority: Annotated[int, Meta(ge=1, le=10)] = 5
    x: Annotated[float, Meta(ge=-10_000, le=10_000)] | None = None
    y: Annotated[float, Meta(ge=-10_000, le=10_000)] | None = None
    w: Annotated[float, Meta(ge=10, le=2_000)] | None = None
    h: Annotated[float, Meta(ge=10, le=2_000)] | None = None
    rotation: Annotated[float, Meta(ge=-360, le=360)] = 0
    notes: Long | None = None
    joins: Annotated[list[Annotated[str, Meta(min_length=1, max_length=12)]], Meta(max_length=12)] = []
    """Numbers of the tables it can be pushed together with."""


class BookLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reservation. Visit time, booking time and party size are enough; times are local without an offset."""

    starts_at: Text
    booked_at: Text
    covers: PartySize
    name: Text | None = None
    phone: Annotated[str, Meta(max_length=32, pattern=r"^[+()0-9 ./-]*$")] | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    duration_min: Annotated[int, Meta(ge=15, le=480)] | None = None
    status: Literal["confirmed", "completed", "cancelled", "no_show"] | None = None
    source: Text | None = None
    occasion: Literal["birthday", "anniversary", "proposal", "business", "casual", "date", "custom"] | None = None
    flags: Words = []
    notes: Long | None = None
    tables: Annotated[list[Annotated[str, Meta(min_length=1, max_length=12)]], Meta(max_length=8)] = []
    ref: Text | None = None
    """The other system's own id of the booking, if it has one."""


class GuestLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Text
    phone: Annotated[str, Meta(max_length=32, pattern=r"^[+()0-9 ./-]*$")] | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    flags: Words = []
    notes: Long | None = None
    ref: Text | None = None


class ApplyImport(Command, frozen=True, kw_only=True, tag="apply_import"):
    """System: takes every staged line of an import into the house, or none. A dry run counts and takes nothing."""

    permission: ClassVar[str] = "system"
    import_id: Id
    dry_run: bool = False


class Imported(Fact, frozen=True, kw_only=True, tag="house.imported"):
    import_id: str
    counts: dict[str, dict[str, int]]


class Report(Struct, frozen=True, kw_only=True):
    """What an import did, or would do: per kind how many lines add, change or find everything as it is."""

    counts: dict[str, dict[str, int]]
    changes: list[str]
    """The first changes, one sentence each."""
    warnings: list[str]
