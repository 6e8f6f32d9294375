"""The best tables for a party: the seating solver, fed from the floor and the holds, in words a host reads.

`best` asks the database and `judge` decides; `judge` is pure, so that what a host is told can be tested without one.
Names in the words are for staff only. Times are local, since a host reads them off the wall.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from hub.core.work import Policies
from hub.floor import views as floor
from hub.holds import views
from hub.slots import views as slots
from hub.slots.calendar import Calendar
from hub.venues import views as venues
from schemas.floor import JoinRow, TableRow
from schemas.holds import HoldRow
from schemas.seating import Fit, SeatingRow
from solvers.seating import best_fit
from solvers.seating.problem import ANYWHERE, FOREVER, Join, Party, Problem, Ranked, State, Table, Weights, Why

EVENING = timedelta(hours=10)  # what is planned later than this after the asked time is another service's matter
STATES = {
    "available": State.FREE,
    "occupied": State.OCCUPIED,
    "cleaning": State.TO_CLEAR,
    "out_of_service": State.BLOCKED,
}


async def best(
    db: asyncpg.Connection | asyncpg.Pool,
    site_id: str,
    *,
    at: datetime,
    covers: int,
    need_min: int,
    policies: Policies,
    accessible: bool = False,
    area_id: str | None = None,
    seat_now: bool = False,
    ignore_owner: str | None = None,
    features: Collection[str] = (),
    names: Mapping[str, str] | None = None,
    sitting: Mapping[str, SeatingRow] | None = None,
    own: Collection[str] = (),
    calendar: Calendar | None = None,
    turn_min: int | None = None,
) -> list[Fit]:
    """Tables and joined pairs for a party of `covers` from `at` for `need_min` minutes, best first (F-ASN-01/02/05).

    `seat_now` also asks that the tables are free to sit down at, and offers gaps from the policy
    `seating.short_turn_min` on; without it only whole turns count. Holds of `ignore_owner` do not stand in the way, nor
    do the tables in `own` (where the party sits already). `names` (owner → name) and `sitting` (table → who is there)
    come from storeys above this one and only make the words better. Areas that are shut for the party's `turn_min` (all
    of `need_min` when not said) are no choice; `calendar` is for callers who have it at hand."""
    site = await venues.site(db, site_id)
    tables, joins = await furniture(db, site_id)
    leaves_at = at + timedelta(minutes=need_min if turn_min is None else turn_min)
    if calendar is None and site is not None:
        calendar = await slots.around(db, site, policies, at, leaves_at)
    return judge(
        tables, joins, await views.busy(db, site_id, at, at + EVENING),
        at=at, covers=covers, need_min=need_min,
        short_min=min(need_min, policies.get("seating.short_turn_min")) if seat_now else need_min,
        accessible=accessible, area_id=area_id, seat_now=seat_now, ignore_owner=ignore_owner, features=features,
        names=names or {}, sitting=sitting or {}, own=own, weights=weights_of(policies),
        zone=ZoneInfo(site.timezone if site else "UTC"), shut=calendar.shut(at, leaves_at) if calendar else {},
    )  # fmt: skip


async def furniture(
    db: asyncpg.Connection | asyncpg.Pool, site_id: str
) -> tuple[dict[str, TableRow], list[JoinRow]]:  # fmt: skip
    """The tables in use and the joins between them. The joins are matched here: on a house whose statistics have never
    been gathered the database matches them table by table by join, 27 ms instead of 0.3 ms for 150 tables.
    """
    tables = await floor.tables(db, site_id)
    joins = [JoinRow(*record) for record in await db.fetch(f"{floor.JOINS.view} ORDER BY j.a, j.b", site_id)]
    return tables, [join for join in joins if join.a in tables and join.b in tables]


def weights_of(policies: Policies) -> Weights:
    """G-12, as the policy in force has it."""
    said = policies.get("assign.weights")
    return Weights(
        wasted=said["wasted_seat"], feature=said["feature"], area=said["preference"], priority=said["priority"],
        joined=said["wasted_seat"],
    )  # fmt: skip


def judge(
    tables: Mapping[str, TableRow],
    joins: Collection[JoinRow],
    holds: Collection[HoldRow],
    *,
    at: datetime,
    covers: int,
    need_min: int,
    short_min: int,
    zone: ZoneInfo,
    weights: Weights = Weights(),  # noqa: B008 - frozen
    accessible: bool = False,
    area_id: str | None = None,
    seat_now: bool = False,
    ignore_owner: str | None = None,
    features: Collection[str] = (),
    names: Mapping[str, str] | None = None,
    sitting: Mapping[str, SeatingRow] | None = None,
    own: Collection[str] = (),
    shut: Mapping[str, str] | None = None,
) -> list[Fit]:
    """What `best` answers, from rows already at hand. `shut`: areas that are not to be had then, with why."""
    shut = shut or {}
    rows = sorted(tables.values(), key=lambda table: (len(table.number), table.number, table.id))
    place = {table.id: index for index, table in enumerate(rows)}
    areas = {area: index for index, area in enumerate(dict.fromkeys(table.area_id for table in rows))}
    bits = {feature: 1 << index for index, feature in enumerate(sorted(features))}
    if seat_now:  # a party that is being seated goes before an opening
        holds = [hold for hold in holds if hold.owner_kind != "opening"]
    now, later = _plans(holds, at, ignore_owner)
    solver_tables = tuple(
        Table(
            min_covers=row.min_covers, max_covers=row.max_covers, area=areas[row.area_id],
            accessible="accessible" in row.features, priority=row.priority,
            features=sum(bits.get(feature, 0) for feature in set(row.features)),
            free_from=_up(now[row.id].ends_at - at) if row.id in now else 0,
            free_until=_down(later[row.id].starts_at - at) if row.id in later else FOREVER,
            state=State.FREE if row.id in own else State.BLOCKED if row.area_id in shut
            else _state(row, seat_now=seat_now),
        )
        for row in rows
    )  # fmt: skip
    problem = Problem(
        solver_tables,
        tuple(Join(place[j.a], place[j.b], j.combined_max) for j in joins if j.a in place and j.b in place),
        Party(
            covers=covers, need_min=need_min, short_min=short_min, accessible=accessible,
            area=ANYWHERE if area_id is None else areas.get(area_id, len(areas)), features=sum(bits.values()),
        ),
        weights,
    )  # fmt: skip
    words = _Words(rows, now, later, names or {}, sitting or {}, zone, at, covers, shut)
    return [
        Fit(
            table_ids=[rows[index].id for index in fit.tables], legal=fit.legal, why=words.why(fit),
            free_min=None if fit.free_min >= FOREVER else fit.free_min, wasted=fit.wasted,
        )
        for fit in best_fit.rank(problem)
        if {rows[index].id for index in fit.tables} != set(own)
    ]  # fmt: skip


def _state(row: TableRow, *, seat_now: bool) -> State:
    state = STATES[row.status]
    return state if seat_now or state is State.BLOCKED else State.FREE


def _plans(
    holds: Collection[HoldRow], at: datetime, ignore_owner: str | None
) -> tuple[dict[str, HoldRow], dict[str, HoldRow]]:
    """By table: the hold that covers `at`, and the next one to start after it."""
    now: dict[str, HoldRow] = {}
    later: dict[str, HoldRow] = {}
    for hold in sorted(holds, key=lambda hold: hold.starts_at):
        if hold.owner_id == ignore_owner or hold.ends_at <= at:
            continue
        if hold.starts_at <= at:
            now[hold.table_id] = hold
        else:
            later.setdefault(hold.table_id, hold)
    return now, later


def _up(span: timedelta) -> int:
    return -int(-span.total_seconds() // 60)


def _down(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class _Words:
    """Turns a reason code into what a host reads."""

    rows: list[TableRow]
    now: dict[str, HoldRow]
    later: dict[str, HoldRow]
    names: Mapping[str, str]
    sitting: Mapping[str, SeatingRow]
    zone: ZoneInfo
    at: datetime
    covers: int
    shut: Mapping[str, str]

    def why(self, fit: Ranked) -> str:
        rows = [self.rows[index] for index in fit.tables]
        match fit.why:
            case Why.BEST | Why.FITS:
                return f"{'Best' if fit.why is Why.BEST else 'Fits'} · {_free(fit.free_min)}"
            case Why.SHORT_TURN:
                return f"Free {fit.minutes}′ only · {self._next(rows)}"
            case Why.BELOW_MIN:
                return f"Meant for {rows[0].min_covers} or more"
            case Why.TOO_SMALL:
                return f"Too small: seats {self.covers + fit.wasted}"
            case Why.NOT_ACCESSIBLE:
                return f"{self._first(rows, lambda row: 'accessible' not in row.features)} is not accessible"
            case Why.ONE_IS_ENOUGH:
                return f"{self._first(rows, lambda row: row.max_covers >= self.covers)} alone is enough"
            case Why.BLOCKED:
                why = next((self.shut[row.area_id] for row in rows if row.area_id in self.shut), "")
                return why[:1].upper() + why[1:] or "Out of service"
            case Why.TAKEN:
                return self._taken(next(row for row in rows if row.status == "occupied"))
            case Why.TO_CLEAR:
                return "To be cleared"
            case Why.HELD:
                return self._held(next(row for row in rows if row.id in self.now))
            case Why.BOOKED:
                words = self._next(rows)
                return words[0].upper() + words[1:]

    def _first(self, rows: list[TableRow], wanted: Callable[[TableRow], bool]) -> str:
        return next(row.number for row in rows if wanted(row))

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%H:%M}"

    def _taken(self, row: TableRow) -> str:
        seating, hold = self.sitting.get(row.id), self.now.get(row.id)
        name = seating.name if seating else self.names.get(hold.owner_id) if hold else None
        clear = seating.expected_clear if seating else hold.ends_at if hold else None
        by = f"Taken by {name}" if name else "Taken"
        if clear is None:
            return by
        return f"{by} until about {self._clock(clear)}" if clear > self.at else f"{by}, over since {self._clock(clear)}"

    def _held(self, row: TableRow) -> str:
        hold = self.now[row.id]
        if hold.owner_kind == "booking":
            return f"Booked for {self.names.get(hold.owner_id, 'a party')} at {self._clock(hold.starts_at)}"
        return f"Kept until {self._clock(hold.ends_at)}"

    def _next(self, rows: list[TableRow]) -> str:
        hold = min((self.later[row.id] for row in rows if row.id in self.later), key=lambda hold: hold.starts_at)
        when = self._clock(hold.starts_at)
        if hold.owner_kind != "booking":
            return f"kept from {when}"
        name = self.names.get(hold.owner_id)
        return f"{name} booked at {when}" if name else f"booked at {when}"


def _free(minutes: int) -> str:
    if minutes >= FOREVER:
        return "no booking"
    return f"free {minutes}′" if minutes < 60 else f"free {minutes // 60}:{minutes % 60:02} h"
