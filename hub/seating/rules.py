"""Who may sit where, and until when. Pure: everything it knows comes in as `Room` and `Turn`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub.floor import rules as floor
from schemas.base import Refused, conflict, not_found
from schemas.bookings import BookingRow
from schemas.floor import JoinRow, TableRow
from schemas.holds import HoldRow
from schemas.seating import SeatingRow, Stage

STAGES: tuple[Stage, ...] = ("just_sat", "ordered", "served", "check", "paid")
SEATABLE = frozenset({"confirmed", "reminded", "arrived"})  # booking states a party may be seated from (4.2)
STEP_FREE = "step_free"  # the flag by which a seated party goes on needing an accessible table
GIVES_WAY = frozenset({"booking", "offer"})  # plans a host may overrule when somebody is seated anyway
LEAST_HOLD = timedelta(minutes=1)  # an active hold is never empty, even where the turn is over already


@dataclass(frozen=True, slots=True)
class Room:
    """The floor as it is at `now`. `names` says who owns a hold, `sitting` who is at a table."""

    tables: Mapping[str, TableRow]
    joins: Collection[JoinRow]
    holds: Collection[HoldRow]
    sitting: Mapping[str, SeatingRow]
    names: Mapping[str, str]
    zone: ZoneInfo
    now: datetime

    def clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%H:%M}"


@dataclass(frozen=True, slots=True)
class Turn:
    """A party that is to be at `table_ids` until `clear` (the turn's end). It sits at the tables in `own` already;
    `owner_id` names its holds.
    """

    table_ids: list[str]
    covers: int
    clear: datetime
    buffer_min: int
    short_min: int
    accessible: bool = False
    owner_id: str | None = None
    own: Collection[str] = ()
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """The yes: the party may hold its tables until `until` (the buffer inside; the holds clip it at the next plan);
    with `turn_by` the next party wants one of them then. `unplace` are bookings that lose their tables to it, `revoke`
    offers to waiting parties that are taken back for it.
    In `begun` are tables it sits at although somebody else's plan for them has begun: there it can hold nothing new.
    """

    until: datetime
    turn_by: datetime | None
    unplace: list[str] = field(default_factory=list)
    revoke: list[str] = field(default_factory=list)
    begun: frozenset[str] = frozenset()


def place(room: Room, turn: Turn) -> Placed | Refused:
    """May this party have these tables? Hard rules first (R-ASN-02), then what the host may overrule with `anyway`:
    all warnings stand in one refusal, so that nobody overrules what they have not read.
    """
    for table_id in turn.table_ids:
        if table_id not in room.tables:
            return not_found("table_ids", "There is no such table in use here.")
    tables = [room.tables[table_id] for table_id in dict.fromkeys(turn.table_ids)]
    refused = _not_free(room, tables, turn) or _not_joined(room, tables) or _too_small(room, tables, turn.covers)
    if refused:
        return refused
    if turn.accessible:
        for table in tables:
            if "accessible" not in table.features:
                sentence = f"{table.number} is not accessible."
                return conflict("not_accessible", sentence, retry="never", field="table_ids", about=table)
    return _fit_in(room, tables, turn)


def _not_free(room: Room, tables: list[TableRow], turn: Turn) -> Refused | None:
    for table in tables:
        if table.id in turn.own or table.status == "available":
            continue
        if table.status == "occupied":
            return _taken(room, table)
        if table.status == "cleaning":
            return conflict("table_to_clear", f"{table.number} is still to be cleared.", about=table)
        return conflict("table_blocked", f"{table.number} is out of service.", about=table)
    return None


def _taken(room: Room, table: TableRow) -> Refused:
    seating = room.sitting.get(table.id)
    if seating is None:  # the floor says occupied, no party is known: still nobody may sit there
        return conflict("table_taken", f"{table.number} is taken.", about=table)
    words = f"{table.number} is taken by {seating.name}"
    when = room.clock(seating.expected_clear)
    until = f" until about {when}" if seating.expected_clear > room.now else f", over since {when}"
    return conflict("table_taken", f"{words}{until}.", about=seating)


def _not_joined(room: Room, tables: list[TableRow]) -> Refused | None:
    """Several tables must hang together by the plan's joins (G-28)."""
    near: dict[str, set[str]] = {}
    for join in room.joins:
        near.setdefault(join.a, set()).add(join.b)
        near.setdefault(join.b, set()).add(join.a)
    wanted = {table.id for table in tables}
    reached, edge = {tables[0].id}, [tables[0].id]
    while edge:
        step = (near.get(edge.pop(), set()) & wanted) - reached
        reached |= step
        edge.extend(step)
    apart = [table.number for table in tables if table.id not in reached]
    if not apart:
        return None
    together = " + ".join(table.number for table in tables if table.id in reached)
    sentence = f"{together} and {' + '.join(apart)} cannot be pushed together."
    return conflict("not_joined", sentence, retry="never", field="table_ids")


def seats(room: Room, tables: list[TableRow]) -> int:
    """How many sit at these tables: a pair as its join says; of more the host, who sees them, may also count what they
    seat each.
    """
    together = floor.seats(tables, room.joins) or 0
    return together if len(tables) == 2 else max(together, sum(table.max_covers for table in tables))


def _too_small(room: Room, tables: list[TableRow], covers: int) -> Refused | None:
    room_for = seats(room, tables)
    if room_for >= covers:
        return None
    where = " + ".join(table.number for table in tables)
    sentence = f"{where} {'seats' if len(tables) == 1 else 'seat'} {room_for}, the party is {covers}."
    return conflict("too_small", sentence, retry="never", field="table_ids")


def _fit_in(room: Room, tables: list[TableRow], turn: Turn) -> Placed | Refused:
    """The turn between the plans of others: warned when the gap is short, clipped when it is not (holds never overlap).

    With `anyway` the bookings that would cut the turn short lose their tables, and offers are taken back; what begins
    only within the buffer after it keeps them."""
    ids = {table.id for table in tables}
    others = [
        hold for hold in room.holds
        if hold.table_id in ids and hold.owner_id != turn.owner_id and hold.ends_at > room.now
        and hold.owner_kind != "opening"  # a party that is being seated goes before an opening
    ]  # fmt: skip
    least = min(timedelta(minutes=turn.short_min), turn.clear - room.now)
    soon = [
        hold for hold in others
        if hold.table_id not in turn.own and (hold.starts_at <= room.now or hold.starts_at < room.now + least)
    ]  # fmt: skip
    number = {table.id: table.number for table in tables}
    for hold in soon:
        if hold.owner_kind not in GIVES_WAY:
            sentence = f"{number[hold.table_id]} is kept for another party until {room.clock(hold.ends_at)}."
            return conflict("table_held", sentence, about=hold, retry="later")
    warnings = _warnings(room, tables, turn, soon)
    if warnings and not turn.anyway:
        about = soon[0] if soon else tables[0]
        reason = ("offered" if soon[0].owner_kind == "offer" else "booked_soon") if soon else "below_min"
        return conflict(reason, " ".join(warnings), about=about, retry="anyway", field="table_ids")
    unplace: list[str] = []
    revoke: list[str] = []
    if soon:
        cut = [hold for hold in others if hold.starts_at < turn.clear]
        unplace = sorted({hold.owner_id for hold in cut if hold.owner_kind == "booking"})
        revoke = sorted({hold.owner_id for hold in cut if hold.owner_kind == "offer"})
    gone = {*unplace, *revoke}
    end = turn.clear + timedelta(minutes=turn.buffer_min)
    # on its own tables a next party's time may have come already; that clips nothing any more, it is shown
    ahead = [hold.starts_at for hold in others if hold.owner_id not in gone]
    turn_by = min((start for start in ahead if start < end), default=None)
    begun = {hold.table_id for hold in others if hold.owner_id not in gone and hold.starts_at <= room.now}
    return Placed(max(end, room.now + LEAST_HOLD), turn_by, unplace, revoke, frozenset(begun))


def _warnings(room: Room, tables: list[TableRow], turn: Turn, soon: list[HoldRow]) -> list[str]:
    said = []
    first: dict[str, HoldRow] = {}
    for hold in sorted(soon, key=lambda hold: hold.starts_at):
        first.setdefault(hold.owner_id, hold)
    for owner, hold in first.items():
        where = next(table.number for table in tables if table.id == hold.table_id)
        who = room.names.get(owner, "a party")
        if hold.owner_kind == "offer":
            said.append(f"{where} is kept for {who}, to whom it was offered.")
            continue
        said.append(f"{where} is booked for {who} at {room.clock(hold.starts_at)}.")
    if len(tables) == 1 and tables[0].id not in turn.own and turn.covers < tables[0].min_covers:
        said.append(f"{tables[0].number} is meant for {tables[0].min_covers} or more.")
    return said


def refuse_booking(booking: BookingRow, today: Any) -> Refused | None:
    """Why this booking's party may not be seated now (4.2)."""
    if booking.status not in SEATABLE:
        at_table = "is at a table already"
        words = {"seated": at_table, "dining": at_table, "pending": "is not confirmed yet"}
        said = words.get(booking.status, f"is {booking.status.replace('_', '-')}")
        return conflict("not_seatable", f"The booking of {booking.name} {said}.", about=booking, field="booking_id")
    if booking.service_date != today:
        sentence = f"The booking of {booking.name} is for {booking.service_date:%A %d %B}."
        return conflict("another_day", sentence, about=booking, retry="never", field="booking_id")
    return None


def refuse_split(seating: SeatingRow, table_ids: Collection[str], covers: int) -> Refused | None:
    """A split needs tables the party has, some left for the rest, and people on both sides."""
    for table_id in table_ids:
        if table_id not in seating.table_ids:
            return not_found("table_ids", f"{seating.name} does not have that table.")
    if set(table_ids) == set(seating.table_ids):
        return conflict(
            "nothing_left", f"{seating.name} needs a table for the rest of the party.", retry="never", field="table_ids"
        )
    if covers >= seating.covers:
        sentence = f"{seating.name} are {seating.covers}; fewer of them must move apart."
        return conflict("too_many", sentence, retry="never", field="covers")
    return None
