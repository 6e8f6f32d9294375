"""Seating: the party that is at a table now — its turn, its stage, its moves."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from schemas.base import Command, Count, Covers, Fact, Flags, Id, Name, Note, Row, TableIds

Stage = Literal["just_sat", "ordered", "served", "check", "paid"]


class SeatingRow(Row, frozen=True, tag="seating"):
    """One party at one or several tables. `expected_clear` = `seated_at` + `turn_min` (R-DUR-05); `turn_by` is the
    start of the next hold on any of its tables when it was seated into a gap.
    """

    table_ids: list[str]
    booking_id: str | None
    party_id: str | None
    name: str
    covers: int
    server_id: str | None
    stage: Stage
    stage_since: datetime
    seated_at: datetime
    turn_min: int
    expected_clear: datetime
    turn_by: datetime | None
    over_noted: bool
    flags: list[str]
    occasion: str | None
    notes: str | None
    version: int


class SeatParty(Command, frozen=True, kw_only=True, tag="seat_party"):
    """Seats a waiting party, a booking, or a walk-in (neither id; needs `covers`) at one or several joined tables."""

    permission: ClassVar[str] = "seating.write"
    undoable: ClassVar[bool] = True
    table_ids: TableIds
    party_id: Id | None = None
    booking_id: Id | None = None
    covers: Covers | None = None
    name: Name | None = None
    turn_min: Annotated[int, Meta(ge=15, le=480)] | None = None
    flags: Flags = []
    notes: Note | None = None
    anyway: bool = False
    """The host saw the warning (booked soon, meant for more): seat, and unplace the later booking if need be."""


class ScanTable(Command, frozen=True, kw_only=True, tag="scan_table"):
    """A guest scanned the table's code (F-TAB-04): a free table becomes occupied, a dirty or blocked one stays."""

    permission: ClassVar[str] = "guest.scan"
    qr: Id


class MoveSeating(Command, frozen=True, kw_only=True, tag="move_seating"):
    """Moves a seated party to these tables (naming one it has and one more joins them; fewer gives tables back)."""

    permission: ClassVar[str] = "seating.write"
    undoable: ClassVar[bool] = True
    seating_id: Id
    table_ids: TableIds
    anyway: bool = False


class MergeSeatings(Command, frozen=True, kw_only=True, tag="merge_seatings"):
    """Two seated parties become one: `from_id` ends, `into_id` takes its tables and covers."""

    permission: ClassVar[str] = "seating.write"
    undoable: ClassVar[bool] = True
    from_id: Id
    into_id: Id


class SplitSeating(Command, frozen=True, kw_only=True, tag="split_seating"):
    """Part of a party (`covers` of it) stays on as a party of its own at `table_ids`, which it already has."""

    permission: ClassVar[str] = "seating.write"
    undoable: ClassVar[bool] = True
    seating_id: Id
    table_ids: TableIds
    covers: Covers
    name: Name | None = None


class SetStage(Command, frozen=True, kw_only=True, tag="set_stage"):
    permission: ClassVar[str] = "seating.write"
    undoable: ClassVar[bool] = True
    seating_id: Id
    stage: Stage


class EditSeating(Command, frozen=True, kw_only=True, tag="edit_seating"):
    """Changes the turn's length, covers or notes of a seated party."""

    permission: ClassVar[str] = "seating.write"
    undoable: ClassVar[bool] = True
    seating_id: Id
    turn_min: Annotated[int, Meta(ge=15, le=480)] | None = None
    covers: Covers | None = None
    notes: Note | None = None


class ClearSeating(Command, frozen=True, kw_only=True, tag="clear_seating"):
    """The party left: its tables are to be cleared (or free at once, by policy `floor.free_on_clear`)."""

    permission: ClassVar[str] = "seating.write"
    undoable: ClassVar[bool] = True
    seating_id: Id


class NoteOverstay(Command, frozen=True, kw_only=True, tag="note_overstay"):
    """System: the turn ran past its expected end."""

    seating_id: Id


class TableSeated(Fact, frozen=True, kw_only=True, tag="table.seated"):
    seating_id: str
    table_ids: list[str]
    covers: int
    server_id: str | None
    expected_clear: datetime
    booking_id: str | None = None
    party_id: str | None = None


class TableScanned(Fact, frozen=True, kw_only=True, tag="table.scanned"):
    table_id: str
    seating_id: str | None


class SeatingMoved(Fact, frozen=True, kw_only=True, tag="table.moved"):
    seating_id: str
    was: list[str]
    now: list[str]


class TablesCombined(Fact, frozen=True, kw_only=True, tag="table.combined"):
    seating_id: str
    table_ids: list[str]


class SeatingSplit(Fact, frozen=True, kw_only=True, tag="table.split"):
    seating_id: str
    new_seating_id: str
    table_ids: list[str]


class SeatingsMerged(Fact, frozen=True, kw_only=True, tag="table.merged"):
    from_id: str
    into_id: str


class StageSet(Fact, frozen=True, kw_only=True, tag="table.stage_set"):
    seating_id: str
    was: str
    now: str


class SeatingEdited(Fact, frozen=True, kw_only=True, tag="table.seating_edited"):
    seating_id: str
    fields: list[str]


class TableCleared(Fact, frozen=True, kw_only=True, tag="table.cleared"):
    seating_id: str
    table_ids: list[str]
    turn_min: int


class TurnAlert(Fact, frozen=True, kw_only=True, tag="table.turn_alert"):
    seating_id: str
    minutes_over: int


class Fit(Struct, frozen=True):
    """One table or joined pair for a party, legal or not, best first; GET /api/sites/{site}/fits.

    `free_min` = minutes until the next hold (None = free for the evening); `why` is what the host reads.
    """

    table_ids: list[str]
    legal: bool
    why: str
    free_min: int | None
    wasted: int


class Fits(Struct, frozen=True):
    at_seq: int
    fits: list[Fit]


class PastVisit(Struct, frozen=True):
    """One earlier party of a table; GET /api/sites/{site}/tables/{table}/visits (F-TAB-07: the last five)."""

    seating_id: str
    name: str
    covers: int
    seated_at: datetime
    left_at: datetime
    turn_min: int


class Undo(Command, frozen=True, kw_only=True, tag="undo"):
    """Takes back the command at `seq`, for 5 minutes, while nothing it left has changed since."""

    permission: ClassVar[str] = "undo"
    seq: Count


class Undone(Fact, frozen=True, kw_only=True, tag="house.undone"):
    seq: int
    command: str


class Recent(Struct, frozen=True):
    """One line of the undo history; GET /api/sites/{site}/recent."""

    seq: int
    command: str
    what: str
    at: datetime
    by: str
    undoable_until: datetime | None
    undone: bool
