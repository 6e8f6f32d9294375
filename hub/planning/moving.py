"""Bookings to other tables, several at once: checked against the floor of now under the site's lock, all or none.

What moves is the plan only: nobody's time changes, so no guest is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.bookings import actions as bookings
from hub.bookings import rules as life
from hub.core.work import Work
from hub.holds import actions as holds
from hub.holds import views as plans
from hub.holds.fits import furniture
from hub.planning import views
from hub.planning.problem import Scene, clears_at, closures, meet
from hub.reservations import rules
from schemas.base import Refused, conflict
from schemas.bookings import BookingRow
from schemas.holds import HoldRow
from schemas.planning import NotPossible, PlanMove

PLACEABLE = life.PLACEABLE


@dataclass(frozen=True, slots=True)
class Wanted:
    """A booking, the tables it is to have, and (if the asker knew) those it had: else the move is out of date."""

    booking_id: str
    table_ids: tuple[str, ...]
    had: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A move that is possible as far as its own booking and tables go."""

    booking: BookingRow
    had: tuple[str, ...]
    table_ids: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime

    @property
    def told(self) -> PlanMove:
        return PlanMove(self.booking.id, sorted(self.had), list(self.table_ids))


async def move(work: Work, wanted: Sequence[Wanted]) -> list[PlanMove] | Refused:
    """Makes all these moves, or refuses: `about` says which are no longer possible, and why."""
    ready, faults = await look(work, wanted)
    if faults:
        return refused(faults)
    # all give their tables back before any takes one, so that two may change places
    for one in ready:
        await holds.release(work, one.booking.id)
    for one in ready:
        held = await holds.hold(
            work, owner_kind="booking", owner_id=one.booking.id, table_ids=one.table_ids, starts_at=one.starts_at,
            ends_at=one.ends_at,
        )  # fmt: skip
        if isinstance(held, Refused):
            faults.append(NotPossible(one.booking.id, held.message))
    if faults:
        return refused(faults)
    for one in ready:
        await bookings.placed(work, one.booking.id, list(one.table_ids))
    return [one.told for one in ready]


def refused(faults: Sequence[NotPossible]) -> Refused:
    first = faults[0].why
    others = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
    return conflict("no_longer_possible", f"{first}{others}".rstrip(), about=list(faults))


async def look(work: Work, wanted: Sequence[Wanted]) -> tuple[list[_Ready], list[NotPossible]]:
    """Which moves are possible as the floor is now, each by itself, and why the others are not."""
    if not wanted:
        return [], []
    rows: Mapping[str, BookingRow] = await work.touch("booking", *(one.booking_id for one in wanted))
    scene = await scene_of(work)
    held = {one.booking_id: await _held(work, one.booking_id) for one in wanted}
    ready: list[_Ready] = []
    faults: list[NotPossible] = []
    for one in wanted:
        row = rows.get(one.booking_id)
        found = "It is no longer in the book." if row is None else _judge(work, scene, row, one, held[row.id])
        if isinstance(found, str):
            faults.append(NotPossible(one.booking_id, found))
        else:
            ready.append(found)
    return ready, faults


async def _held(work: Work, booking_id: str) -> list[HoldRow]:
    mine = await plans.of_owner(work.db, work.site_id, booking_id)
    return [hold for hold in mine if hold.owner_kind == "booking" and hold.status == "held"]


async def had(work: Work, booking_id: str) -> set[str]:
    """The tables a booking is planned at."""
    return {hold.table_id for hold in await _held(work, booking_id)}


async def scene_of(work: Work) -> Scene:
    """The floor of now, as far as a move depends on it."""
    tables, joins = await furniture(work.db, work.site_id)
    return await views.floor_now(
        work.db, work.site_id, now=work.now, timezone=work.timezone, seq=work.seq, policies=work.policies,
        tables=tables, joins=joins,
    )  # fmt: skip


def _judge(work: Work, scene: Scene, row: BookingRow, one: Wanted, held: Sequence[HoldRow]) -> _Ready | str:
    who = f"{row.name} ({row.covers})"
    if row.status not in life.PLACEABLE:
        return f"{who} is {life.SAID[row.status]}."
    had = tuple(sorted(hold.table_id for hold in held))
    if one.had is not None and {*one.had} != {*had}:
        return f"{who} has other tables by now."
    starts_at = max(held[0].starts_at if held else row.starts_at, work.now)
    turn_min = row.duration_min + scene.terms.buffer_min
    ends_at = max(hold.ends_at for hold in held) if held else starts_at + timedelta(minutes=turn_min)
    if ends_at <= starts_at:
        return f"The time of {who} is over."
    today = meet((starts_at, ends_at), scene.span)
    refusal = rules.refuse_tables(
        one.table_ids, scene.tables, scene.joins, covers=row.covers, accessible=row.accessible, today=today
    )
    if refusal:
        return refusal.message
    shut = closures(scene)
    for table_id in one.table_ids if today else ():
        if any(meet((starts_at, ends_at), span) for span in shut[table_id]):
            return f"{scene.tables[table_id].number} is closed then."
    for seating in scene.seatings:
        both = [table_id for table_id in one.table_ids if table_id in seating.table_ids]
        clear = clears_at(seating, scene.now)
        if both and clear > starts_at:
            number, until = scene.tables[both[0]].number, clear.astimezone(ZoneInfo(work.timezone))
            return f"{number} is taken by {seating.name} until about {until:%H:%M}."
    return _Ready(row, had, tuple(dict.fromkeys(one.table_ids)), starts_at, ends_at)

