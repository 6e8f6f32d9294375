"""Which waiting party gets tables that are free: the choice behind every offer. Pure.

A slot entry is served from an *opening*, tables given back during [start, end): at any start it would take, if it fits
at tables of the opening for its whole turn, alone or pushed together with a neighbour that is free then too (R-WTL-04).
A party at the door is served now. Openings stand in nobody's way here: the waiting line is served before the public.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.holds import fits
from hub.holds.rules import overlap
from hub.reservations.times import Times
from hub.waitlist import rules
from schemas.floor import JoinRow, TableRow
from schemas.holds import HoldRow
from schemas.seating import Fit
from schemas.waitlist import PartyRow
from solvers.seating.problem import Weights

LEAST_NOTICE = timedelta(minutes=1)  # nobody is asked whether they want a table in less than this

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Hall:
    """All the choice depends on: the floor, its plans around the time asked about, and the policies."""

    now: datetime
    tables: Mapping[str, TableRow]
    joins: Collection[JoinRow]
    holds: Collection[HoldRow]
    zone: ZoneInfo
    duration_min: int
    buffer_min: int
    step_min: int
    weights: Weights = Weights()  # noqa: RUF009 - frozen
    times: Times | None = None
    """When the house takes bookings; None: whenever there is a table."""

    def may_be_booked(self, moment: datetime, party: PartyRow) -> bool:
        """Whether the house takes a booking of this party for this moment, tables aside."""
        if self.times is None:
            return True
        return self.times.refuse(moment, covers=party.covers, turn_min=self.turn_min(party)) is None

    def shut(self, moment: datetime, party: PartyRow) -> Mapping[str, str]:
        """The areas nobody is offered then."""
        if self.times is None:
            return {}
        return self.times.calendar.shut(moment, moment + timedelta(minutes=self.turn_min(party)))

    def near(self, table_ids: Collection[str]) -> tuple[dict[str, TableRow], list[JoinRow]]:
        """These tables and what may be pushed against them: nobody is offered anything else, so nothing else counts."""
        joins = [join for join in self.joins if join.a in table_ids or join.b in table_ids]
        wanted = {*table_ids, *(end for join in joins for end in (join.a, join.b))}
        return {table_id: row for table_id, row in self.tables.items() if table_id in wanted}, joins

    def turn_min(self, party: PartyRow) -> int:
        return party.duration_min or self.duration_min


@dataclass(frozen=True, slots=True)
class Match:
    """Tables for a party at `starts_at`."""

    table_ids: list[str]
    starts_at: datetime
    duration_min: int


def reach(hall: Hall, party: PartyRow, opened: Mapping[str, Span]) -> Span:
    """Starts whose turn would meet the opening, as far as they are still to come."""
    turn = timedelta(minutes=hall.turn_min(party) + hall.buffer_min)
    since = min(start for start, _ in opened.values()) - turn + timedelta(minutes=1)
    return max(since, hall.now + LEAST_NOTICE), max(end for _, end in opened.values())


def for_time(hall: Hall, party: PartyRow, opened: Mapping[str, Span]) -> Match | None:
    """What a slot entry would be offered from an opening: the start nearest to its wish, then the best tables."""
    if not opened:
        return None
    since, until = reach(hall, party, opened)
    tables, joins = hall.near(opened)
    alone = [tables[table_id].max_covers for table_id in opened if table_id in tables]
    if party.covers > max([*alone, *(join.combined_max for join in joins)], default=0):
        return None
    held = [hold for hold in hall.holds if hold.owner_kind != "opening" and hold.table_id in tables]
    duration_min = hall.turn_min(party)
    need_min = duration_min + hall.buffer_min
    for start in rules.starts(party, since, until, step_min=hall.step_min, zone=hall.zone):
        turn = (start, start + timedelta(minutes=need_min))
        found = fits.judge(
            tables, joins, held, at=start, covers=party.covers, need_min=need_min, short_min=need_min, zone=hall.zone,
            weights=hall.weights, accessible=party.accessible, area_id=party.area_id, shut=hall.shut(start, party),
        )  # fmt: skip
        for fit in found:
            if not fit.legal:
                break
            met = any(table in opened and overlap(turn, opened[table]) for table in fit.table_ids)
            if met and hall.may_be_booked(start, party):
                return Match(fit.table_ids, start, duration_min)
    return None


def for_now(hall: Hall, party: PartyRow, table_ids: Collection[str]) -> Match | None:
    """What a party at the door would be offered of tables that are free now: for its whole turn, and never a table
    that is meant for more people. That is the host's choice."""
    tables, joins = hall.near(table_ids)
    held = [hold for hold in hall.holds if hold.table_id in tables]
    duration_min = hall.turn_min(party)
    found = fits.judge(
        tables, joins, held, at=hall.now, covers=party.covers, need_min=duration_min, short_min=duration_min,
        zone=hall.zone, weights=hall.weights, accessible=party.accessible, area_id=party.area_id, seat_now=True,
        shut=hall.shut(hall.now, party),
    )  # fmt: skip
    for fit in found:
        if not fit.legal:
            break
        if not _meant_for_more(fit, tables, party.covers) and not set(fit.table_ids).isdisjoint(table_ids):
            return Match(fit.table_ids, hall.now, duration_min)
    return None


def _meant_for_more(fit: Fit, tables: Mapping[str, TableRow], covers: int) -> bool:
    return len(fit.table_ids) == 1 and covers < tables[fit.table_ids[0]].min_covers
