"""Planning: the evening's seating as the house proposes it, what people make of it, and what would be if."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from schemas.base import Command, Count, Covers, Fact, Id, Row, TableIds

OwnerIds = Annotated[list[Id], Meta(min_length=1, max_length=600)]
Flag = Literal["crashed", "late", "illegal", "warming", "busy"]
"""Why a plan is the simple one (everybody stays, the rest by best fit): the thinking process died, did not answer in
time, answered with a plan that is none, has not started yet, or has too much to do."""


class PlanRow(Row, frozen=True, tag="plan"):
    """Tonight's plan; `id` is its service date. Made from the site at seq `basis`; `found_by` is the stage that found
    it. No legal plan costs less than `bound`; `gap` is how far from it `cost` may be, 0 when `proven`. `covers` sit in
    it, `unplaced` bookings do not. Costs in hundredths of a point, by named `terms` (G-12)."""

    basis: int
    found_by: str
    proven: bool
    gap: float
    cost: int
    bound: int
    covers: int
    unplaced: int
    terms: dict[str, int]
    flag: Flag | None
    made_at: datetime


class GhostRow(Row, frozen=True, tag="ghost"):
    """What the plan proposes for one booking (`id` is its id): from the tables it has (none = not placed yet) to others
    (none = nowhere, and `why` says what stands in the way). `about` are bookings or tables behind the reason. Its time
    stays as it is."""

    owner_kind: Literal["booking"]
    from_ids: list[str]
    to_ids: list[str]
    starts_at: datetime
    ends_at: datetime
    reason: str
    why: str
    about: list[str]


class PinRow(Row, frozen=True, tag="pin"):
    """A booking (`id`) that the plan leaves alone: a host wants it where it is."""

    service_date: date
    pinned_at: datetime
    version: int


class Placement(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a plan, as `GhostRow` has it."""

    owner_id: Id
    from_ids: list[Id]
    to_ids: list[Id]
    starts_at: datetime
    ends_at: datetime
    reason: str
    why: str
    about: list[Id]


class Score(Struct, frozen=True, forbid_unknown_fields=True):
    """How good a plan is; see `PlanRow`."""

    found_by: str
    proven: bool
    gap: float
    cost: int
    bound: int
    covers: int
    terms: dict[str, int]
    flag: Flag | None = None


class Move(Struct, frozen=True, forbid_unknown_fields=True):
    """A booking and the tables it is to have."""

    booking_id: Id
    table_ids: TableIds


# ---- commands


class StorePlan(Command, frozen=True, kw_only=True, tag="store_plan"):
    """System, coalesced (≤ 500 ms after its causes): a plan made from the site at seq `basis`. What of it is no longer
    true is left out; what policy `planning.auto_accept` grants is done at once, the rest proposed."""

    basis: Count
    service_date: date
    score: Score
    placements: list[Placement]


class AcceptPlan(Command, frozen=True, kw_only=True, tag="accept_plan"):
    """Does what the plan of this `basis` proposes, for all bookings or those named: all of it or, when any of it is no
    longer possible, nothing (`about` says which and why). Guests are not told: their time stays."""

    permission: ClassVar[str] = "book.write"
    undoable: ClassVar[bool] = True
    basis: Count
    owner_ids: OwnerIds | None = None


class DismissPlan(Command, frozen=True, kw_only=True, tag="dismiss_plan"):
    """The host does not want what the plan of this `basis` proposes, for all bookings or those named: they are pinned
    where they are."""

    permission: ClassVar[str] = "book.write"
    undoable: ClassVar[bool] = True
    basis: Count
    owner_ids: OwnerIds | None = None


class PinBooking(Command, frozen=True, kw_only=True, tag="pin_booking"):
    """The plan leaves this booking where it is, or (`pinned` false) may move it again."""

    permission: ClassVar[str] = "book.write"
    undoable: ClassVar[bool] = True
    booking_id: Id
    pinned: bool = True


class PlaceBookings(Command, frozen=True, kw_only=True, tag="place_bookings"):
    """Plans several bookings at other tables at once, so that two may change places: all of them or none."""

    permission: ClassVar[str] = "book.write"
    undoable: ClassVar[bool] = True
    moves: Annotated[list[Move], Meta(min_length=1, max_length=100)]


# ---- facts


class PlanMove(Struct, frozen=True):
    owner_id: str
    was: list[str]
    now: list[str]


class PlanLeft(Struct, frozen=True):
    """A booking without a table, and the word for what stands in the way."""

    owner_id: str
    reason: str


class PlanUpdated(Fact, frozen=True, kw_only=True, tag="assign.plan_updated"):
    """The plan of a service day is other than it was: `moves` are proposed, `done` were made at once by policy,
    `unplaced` have no table."""

    basis: int
    service_date: date
    moves: list[PlanMove]
    done: list[PlanMove]
    unplaced: list[PlanLeft]


class PlanAccepted(Fact, frozen=True, kw_only=True, tag="assign.plan_accepted"):
    basis: int
    moves: list[PlanMove]


class PlanDismissed(Fact, frozen=True, kw_only=True, tag="assign.plan_dismissed"):
    basis: int
    booking_ids: list[str]


class BookingPinned(Fact, frozen=True, kw_only=True, tag="assign.booking_pinned"):
    booking_id: str
    pinned: bool


class BookingsPlaced(Fact, frozen=True, kw_only=True, tag="assign.bookings_placed"):
    """Several bookings were planned at other tables at once; each has its own `reservation.placed` too."""

    moves: list[PlanMove]


# ---- doors


class NotPossible(Struct, frozen=True):
    """A move that can no longer be made, and why; `about` of a refused `accept_plan` or `place_bookings`."""

    owner_id: str
    why: str


class Moved(Struct, frozen=True):
    """The result of `accept_plan` and `place_bookings`."""

    moves: list[PlanMove]


class PlannedSeat(Struct, frozen=True):
    """Where one booking, seated or waiting party is to be in a plan; `table_ids` empty = nowhere."""

    owner_kind: Literal["booking", "seating", "party"]
    owner_id: str
    name: str
    covers: int
    table_ids: list[str]
    starts_at: datetime
    ends_at: datetime
    locked: bool


class PlanView(Struct, frozen=True):
    """GET /api/sites/{site}/plan?date=: the plan of any day, made on demand. `placements` are what it would change,
    nobody without a table left out."""

    service_date: date
    basis: int
    score: Score
    unplaced: int
    seats: list[PlannedSeat]
    placements: list[Placement]


class CloseArea(Struct, frozen=True, forbid_unknown_fields=True, tag="close_area", tag_field="change"):
    """An area takes nobody in [`starts_at`, `ends_at`); who sits there stays."""

    area_id: Id
    starts_at: datetime | None = None
    """None = from now on."""
    ends_at: datetime | None = None
    """None = for the rest of the day."""


class LoseServer(Struct, frozen=True, forbid_unknown_fields=True, tag="lose_server", tag_field="change"):
    """Nobody works a section any more: it takes no further parties, those at its tables stay."""

    section_id: Id


class ExtraParty(Struct, frozen=True, forbid_unknown_fields=True, tag="add_party", tag_field="change"):
    """One more party, at a time."""

    covers: Covers
    starts_at: datetime
    duration_min: Annotated[int, Meta(ge=15, le=480)] | None = None
    accessible: bool = False


class Rain(Struct, frozen=True, forbid_unknown_fields=True, tag="rain", tag_field="change"):
    """Areas in the open (`outdoor`, or a patio) take nobody in [`starts_at`, `ends_at`); who sits there stays."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None


class LoseTable(Struct, frozen=True, forbid_unknown_fields=True, tag="lose_table", tag_field="change"):
    """A table is out of use for the rest of the day."""

    table_id: Id


Change = CloseArea | LoseServer | ExtraParty | Rain | LoseTable


class WhatIf(Struct, frozen=True, forbid_unknown_fields=True):
    """POST /api/sites/{site}/what-if: the live evening with these changes. Nothing of it is written."""

    changes: Annotated[list[Change], Meta(min_length=1, max_length=12)]


class Outcome(Struct, frozen=True):
    """One side of a comparison. `moves` counts bookings that would change tables; `mean_wait_min` is over the parties
    waiting at the door (None = nobody waits), `not_in_sight` those of them no table comes free for."""

    covers: int
    unplaced: int
    moves: int
    mean_wait_min: float | None
    not_in_sight: int


class AdoptStep(Struct, frozen=True):
    """A command that makes a change real: send `body` (with `site_id` and `key`) to `command`. `needs` names what a
    person has still to fill in."""

    says: str
    command: str
    body: dict[str, Any]
    needs: list[str]


class Compared(Struct, frozen=True):
    """The answer to what-if: the plan as it stands beside the plan after the changes, who would move or be left
    without a table by them, and the commands that adopt them."""

    basis: int
    present: Outcome
    after: Outcome
    score: Score
    placements: list[Placement]
    adopt: list[AdoptStep]


__all__ = [
    "AcceptPlan", "AdoptStep", "BookingPinned", "BookingsPlaced", "Change", "CloseArea", "Compared", "DismissPlan",
    "ExtraParty", "Flag", "GhostRow", "LoseServer", "LoseTable", "Move", "Moved", "NotPossible", "Outcome",
    "PinBooking", "PinRow", "PlaceBookings", "Placement", "PlanAccepted", "PlanDismissed", "PlanLeft", "PlanMove",
    "PlanRow", "PlanUpdated", "PlanView", "PlannedSeat", "Rain", "Score", "StorePlan", "WhatIf",
]  # fmt: skip
