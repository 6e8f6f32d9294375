"""The days to come as bits (`solvers.availability.days`), kept up to date from the journal. One `DaysKept` per process.

Whoever asks brings a snapshot of the database. What the commits since the last asking touched is read again, owner by
owner, and put in the old one's place: a hundred bookings cost a millisecond. What changes more than who sits where (the
floor, the calendar, a policy, another service day, an import) has the site's days built anew, off the loop, from one
query of all stays. A test holds the one to be the other.

A stay is a hold with the covers of its owner; all of them count, whoever holds. Bits are conservative where a time or a
stay is no whole cell: what they say is free is free. Caps on slots are not in them (`_room`), since bookings without a
table count there too.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import gcd
from typing import Any

import asyncpg

from hub.core import sql
from hub.core.clock import service_date, service_day
from hub.core.work import Policies
from hub.floor import views as floor
from hub.holds.fits import furniture
from hub.planning.problem import bits, in_order
from hub.reservations import times
from hub.reservations.rules import DINING, FEATURES
from hub.slots import views as slots
from hub.slots.calendar import DAY, Calendar, Slot
from hub.venues import views as venues
from hub.venues.views import Site
from schemas.floor import JoinRow, TableRow
from solvers.availability.days import Days
from solvers.availability.floor import plan
from solvers.availability.hours import Hours
from solvers.seating.evening import Party, Table
from solvers.seating.problem import ANYWHERE, Join

q = sql.load(__file__)

SITES_MAX = 16  # kept at a time; a large house's days are some 10 MB
LINES_MAX = 2000  # commits caught up with; after more the days are built anew
LEAST_STEP = 5  # minutes of a cell
LATEST_MIN = 25 * 60 + 480  # a service day as long as they get, and the longest stay after it

FLOOR = frozenset({"table", "join", "area"})
CALENDAR = frozenset({"slot_rule", "slot", "special_day", "staff_level", "weather", "site", "venue"})
OWNERS = frozenset({"booking", "seating", "offer", "party"})
"""Kinds of rows: those that have the floor looked at, the days built anew, an owner's stays read again."""
TURNS = ("policy.changed", "house.imported", "house.service_day_turned", "house.venue_refreshed", "house.clock_set")


@dataclass(frozen=True, slots=True)
class Stay:
    """At one table, in minutes of a service day (0 = the first kept). An owner's covers are told once."""

    day: int
    table: int
    start: int
    end: int
    covers: int


@dataclass(slots=True)
class _Kept:
    """A site's days as of `seq`."""

    seq: int
    site: Site
    policies: Policies
    first: date
    count: int
    shape: Any
    calendar: Calendar
    slots: list[list[Slot]]
    starts: list[dict[int, Slot]]
    spans: list[tuple[datetime, datetime]]
    table_at: dict[str, int]
    areas: list[str]
    step: int
    days: Days
    stays: dict[str, list[Stay]] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    """Whose each hold was when it was last read: one may change hands."""

    @property
    def last(self) -> date:
        return self.first + (self.count - 1) * DAY

    def day_of(self, on: date) -> int | None:
        day = (on - self.first).days
        return day if 0 <= day < self.count else None

    def take(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Takes the stays of these holds, which are all there are of their owners."""
        told: set[tuple[str, int]] = set()
        for record in records:
            day, table = self.day_of(record["service_date"]), self.table_at.get(record["table_id"])
            if day is None or table is None:
                continue
            begins = self.spans[day][0]
            start, end = (_minutes(record[at] - begins) for at in ("starts_at", "ends_at"))
            self.holders[record["id"]] = record["owner_id"]
            owner_id, again = record["owner_id"], (record["owner_id"], day) in told
            told.add((owner_id, day))
            stay = Stay(day, table, start, end, 0 if again else record["covers"])
            self.stays.setdefault(owner_id, []).append(stay)
            self.days.take(stay.day, (stay.table,), stay.start, stay.end, stay.covers)

    def release(self, owner_id: str) -> None:
        for stay in self.stays.pop(owner_id, ()):
            self.days.release(stay.day, (stay.table,), stay.start, stay.end, stay.covers)

    def party(self, covers: int, need_min: int, *, accessible: bool = False, area_id: str | None = None) -> Party:
        """A party as the bits know it: rounded up to whole cells, a start inside a cell included."""
        odd = any(minute % self.step for starts in self.starts for minute in starts)
        need = -(-(need_min + (self.step - 1 if odd else 0)) // self.step) * self.step
        area = ANYWHERE if area_id is None else self.areas.index(area_id) if area_id in self.areas else len(self.areas)
        return Party(covers, 0, need, accessible=accessible, area=area)

    def filled(self, day: int) -> dict[datetime, float]:
        """By start: covers at table over the most that could be, 0..1."""
        taken, most = self.days.covers(day)
        minutes = sorted({minute - minute % self.step for minute in self.starts[day]})
        of = {at: (int(there), int(could)) for at, there, could in zip(minutes, taken, most, strict=True)}
        return {
            slot.starts_at: min(1.0, there / could) if could > 0 else 1.0
            for minute, slot in self.starts[day].items()
            for there, could in [of[minute - minute % self.step]]
        }

    def free(self, day: int, party: Party) -> list[Slot]:
        """The slots of a day at which this party finds a table as everybody is planned, tables aside from caps."""
        cells = {int(start) for start in self.days.starts(day, party)}
        return [slot for minute, slot in self.starts[day].items() if minute - minute % self.step in cells]


class DaysKept:
    """`house` has `clock` and `policies_of`."""

    def __init__(self) -> None:
        self._sites: OrderedDict[str, _Kept] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    async def at(self, house: Any, db: asyncpg.Connection, site_id: str) -> _Kept | None:
        """The site's days, at least as new as the snapshot of `db`; None when there is no such site. Use
        what it gives before anything else is awaited: it goes on with the journal."""
        async with self._locks.setdefault(site_id, asyncio.Lock()):
            site = await q.site_now(db, site_id=site_id)
            if site is None:
                return None
            policies = await house.policies_of(db, site["org_id"], site_id)
            today = service_date(house.clock.now(), site["timezone"], policies.get("venue.day_ends"))
            kept = self._sites.get(site_id)
            if kept is None or kept.first != today or not await _caught_up(kept, db, site_id, site["seq"]):
                kept = await build(db, site_id, seq=site["seq"], today=today, policies=policies)
                if kept is None:
                    return None
                self._sites[site_id] = kept
            self._sites.move_to_end(site_id)
            if len(self._sites) > SITES_MAX:
                gone, _ = self._sites.popitem(last=False)
                self._locks.pop(gone, None)
            return kept


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


async def _caught_up(kept: _Kept, db: asyncpg.Connection, site_id: str, head: int) -> bool:
    """Goes on to `head`; False when the days have to be built anew."""
    if head <= kept.seq:
        return True  # the snapshot is older than what is known
    if head - kept.seq > LINES_MAX:
        return False
    lines = await q.lines_after(db, site_id=site_id, after=kept.seq, upto=head)
    if len(lines) != head - kept.seq or any(fact["fact"] in TURNS for line in lines for fact in line["facts"]):
        return False
    touched: dict[str, set[str]] = {}
    for line in lines:
        for kind, row_id in line["touched"]:
            touched.setdefault(kind, set()).add(row_id)
    if touched.keys() & CALENDAR:
        return False
    if touched.keys() & FLOOR and await _shape(db, site_id) != kept.shape:
        return False
    await _read_again(kept, db, site_id, touched)
    kept.seq = head
    return True


async def _read_again(
    kept: _Kept, db: asyncpg.Connection, site_id: str, touched: Mapping[str, Collection[str]]
) -> None:
    owners = {row_id for kind in OWNERS for row_id in touched.get(kind, ())}
    owners |= {kept.holders.pop(hold_id) for hold_id in touched.get("hold", ()) if hold_id in kept.holders}
    holds, parties = sorted(touched.get("hold", ())), sorted(touched.get("party", ()))
    if holds or parties:
        found = await q.owners_of(db, site_id=site_id, ids=holds, parties=parties)
        owners |= {record["owner_id"] for record in found}
    if not owners:
        return
    records = await q.stays(db, site_id=site_id, first=kept.first, last=kept.last, owners=sorted(owners))
    for owner_id in owners:  # an opening takes its owner's holds under another name, so both are among them
        kept.release(owner_id)
    kept.take(records)


async def _shape(db: asyncpg.Connection, site_id: str) -> Any:
    """What of the floor the bits depend on: what seats whom, and which tables are out of service tonight."""
    tables, joins = await furniture(db, site_id)
    areas = [tuple(record) for record in await db.fetch(f"{floor.AREAS.view} AND a.active ORDER BY a.id", site_id)]
    return (
        [(row.id, _table(row, 0), row.area_id, row.status == "out_of_service") for row in in_order(tables.values())],
        sorted((join.a, join.b, join.combined_max) for join in joins), areas,
    )  # fmt: skip


def _table(row: TableRow, area: int) -> Table:
    return Table(
        row.min_covers, row.max_covers, area=area, accessible="accessible" in row.features,
        features=bits(FEATURES, row.features),
    )  # fmt: skip


async def build(
    db: asyncpg.Connection, site_id: str, *, seq: int, today: date, policies: Policies
) -> _Kept | None:  # fmt: skip
    """A site's days from nothing: as far ahead as bookings are taken."""
    site = await venues.site(db, site_id)
    if site is None:
        return None
    count = policies.get("booking.max_days_ahead", DINING) + 1
    last = today + (count - 1) * DAY
    calendar = await slots.calendar(db, site, policies, today, last)
    tables, joins = await furniture(db, site_id)
    shape = await _shape(db, site_id)
    records = await q.stays(db, site_id=site_id, first=today, last=last, owners=None)
    return await asyncio.to_thread(
        _built, seq, site, policies, today, count, shape, calendar, in_order(tables.values()), joins, records
    )


def _built(
    seq: int, site: Site, policies: Policies, today: date, count: int, shape: Any, calendar: Calendar,
    rows: Sequence[TableRow], joins: Collection[JoinRow], records: Sequence[Mapping[str, Any]],
) -> _Kept:  # fmt: skip
    spans = [service_day(today + day * DAY, site.timezone, site.day_ends) for day in range(count)]
    offered = [[slot for slot in calendar.slots(today + day * DAY) if slot.active] for day in range(count)]
    starts = [
        {_minutes(slot.starts_at - span[0]): slot for slot in there}
        for span, there in zip(spans, offered, strict=True)
    ]  # fmt: skip
    need = policies.get("dining.duration_min", DINING) + policies.get("dining.buffer_min", DINING)
    step = max(LEAST_STEP, gcd(need, *(minute for there in starts for minute in there)))
    areas = sorted({row.area_id for row in rows})
    at = {row.id: index for index, row in enumerate(rows)}
    places = plan(
        tuple(_table(row, areas.index(row.area_id)) for row in rows),
        tuple(
            Join(min(at[join.a], at[join.b]), max(at[join.a], at[join.b]), join.combined_max)
            for join in sorted(joins, key=lambda join: join.id)
        ),
    )  # fmt: skip
    hours = [Hours(tuple(sorted({minute - minute % step for minute in there}))) for there in starts]
    until = -(-LATEST_MIN // step) * step
    kept = _Kept(
        seq=seq, site=site, policies=policies, first=today, count=count, shape=shape, calendar=calendar,
        slots=[calendar.slots(today + day * DAY) for day in range(count)], starts=starts, spans=spans, table_at=at,
        areas=areas, step=step, days=Days(places, hours, origin_min=0, until_min=until, step_min=step),
    )  # fmt: skip
    _close(kept, rows)
    kept.take(records)
    return kept


def _close(kept: _Kept, rows: Sequence[TableRow]) -> None:
    """What is not to be had whoever is planned there: areas by their hours and in the rain, tables out of service. The
    cleaning may go on when an area has closed."""
    cleaning = kept.policies.get("dining.buffer_min", DINING)
    for day, (begins, ends) in enumerate(kept.spans):
        for closure in kept.calendar.closed(begins, ends):
            if closure.area_id is None:
                continue
            start, end = (_minutes(at - begins) for at in (closure.starts_at, closure.ends_at))
            for row in rows:
                if row.area_id == closure.area_id:
                    kept.days.close(day, kept.table_at[row.id], min(start + cleaning, end - 1), end)
    for row in rows:
        if row.status == "out_of_service":
            kept.days.close(0, kept.table_at[row.id], 0, LATEST_MIN)


async def room(db: asyncpg.Connection, kept: _Kept, day: int, *, now: datetime) -> dict[datetime, int]:
    """By start: the covers a slot of a day still takes, of those that have a cap."""
    capped = [slot for slot in kept.slots[day] if slot.covers_max is not None]
    if not capped:
        return {}
    begins, ends = kept.spans[day]
    there = await times.read(db, kept.site, kept.policies, begins, ends - timedelta(minutes=1), now=now)
    return {slot.starts_at: (slot.covers_max or 0) - there.booked(slot)[0] for slot in capped}
