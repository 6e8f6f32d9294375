"""What screens and others see of the plan, and the scene a plan is made from."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import asyncpg

from hub.bookings import views as bookings
from hub.core import sql
from hub.core.clock import service_date, service_day
from hub.core.rows import RowType
from hub.core.work import Policies
from hub.floor import views as floor
from hub.guests import views as guests
from hub.holds import views as holds
from hub.holds.fits import furniture
from hub.planning.problem import OUTDOOR, Closed, Known, Scene, Span, Terms
from hub.reservations.rules import DINING
from hub.seating import views as seating
from hub.slots import views as slots
from hub.venues import views as venues
from hub.waitlist import views as waitlist
from schemas.bookings import BookingRow
from schemas.floor import AreaRow, JoinRow, SectionRow, TableRow
from schemas.planning import GhostRow, PinRow, PlanRow
from solvers.seating.evening import Pacing, Weights

q = sql.load(__file__)
Db: TypeAlias = asyncpg.Connection | asyncpg.Pool

PLANS = RowType("plan", PlanRow, q.text("plans"), "p.id", "floor", tables=(("plan", "id"),), derived=True)
GHOSTS = RowType("ghost", GhostRow, q.text("ghosts"), "g.id", "floor", tables=(("ghost", "id"),), derived=True)
PINS = RowType(
    "pin", PinRow, q.text("pins"), "n.id", "book",
    day=lambda row: row.service_date, day_column="n.service_date", tables=(("pin", "id"),),
)  # fmt: skip
ROWS = (PLANS, GHOSTS, PINS)


async def plans(db: Db, site_id: str) -> dict[str, PlanRow]:
    """The stored plans, by service date."""
    return {record[0]: PlanRow(*record) for record in await db.fetch(PLANS.view, site_id)}


async def ghosts(db: Db, site_id: str) -> dict[str, GhostRow]:
    """What the plan proposes, by booking."""
    return {record[0]: GhostRow(*record) for record in await db.fetch(GHOSTS.view, site_id)}


async def pins(db: Db, site_id: str, day: date) -> set[str]:
    """The bookings of a day the plan leaves alone."""
    return {record[0] for record in await db.fetch(f"{PINS.view} AND n.service_date = $2", site_id, day)}


def terms(policies: Policies) -> Terms:
    """The policies a plan depends on."""
    said, more = policies.get("assign.weights"), policies.get("planning.weights")
    return Terms(
        duration_min=policies.get("dining.duration_min", DINING), buffer_min=policies.get("dining.buffer_min", DINING),
        keep_min=policies.get("planning.keep_min"), linger_min=policies.get("planning.linger_min"),
        linger_covers=policies.get("planning.linger_covers"), vip_guarantee=policies.get("planning.vip_guarantee"),
        weights=Weights(
            unplaced=more["unplaced"], guarantee=more["guarantee"], wasted=said["wasted_seat"],
            feature=said["feature"], preference=said["preference"], priority=said["priority"], joined=more["joined"],
            moved=more["moved"], tight=more["tight"], balance=more["balance"],
        ),
        pacing=Pacing(policies.get("planning.pacing_covers"), policies.get("planning.pacing_min")),
    )  # fmt: skip


async def scene(house: Any, site_id: str, day: date | None = None) -> tuple[Scene, Policies] | None:
    """All a plan of a day (None = tonight) depends on, at one seq of the site; None when there is no such site."""
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        site = await q.site_now(db, site_id=site_id)
        if site is None:
            return None
        policies = await house.policies_of(db, site["org_id"], site_id)
        now = house.clock.now()
        found = await read(db, site_id, now=now, timezone=site["timezone"], seq=site["seq"], policies=policies, day=day)
    return found, policies


async def read(
    db: asyncpg.Connection, site_id: str, *, now: datetime, timezone: str, seq: int, policies: Policies,
    day: date | None = None,
) -> Scene:  # fmt: skip
    """The same within a transaction that is open."""
    ends = policies.get("venue.day_ends")
    today = service_date(now, timezone, ends)
    day = day or today
    span = service_day(day, timezone, ends)
    tables, joins = await furniture(db, site_id)
    areas = [AreaRow(*record) for record in await db.fetch(floor.AREAS.view, site_id)]
    booked = [
        BookingRow(*record)
        for record in await db.fetch(f"{bookings.BOOKINGS.view} AND b.service_date = $2", site_id, day)
    ]
    known = await guests.guests(db, site_id, sorted({row.guest_id for row in booked if row.guest_id}))
    tonight = day == today
    return Scene(
        seq=seq, day=day, span=span, now=now, zone=ZoneInfo(timezone), tables=tables, joins=joins,
        sections=[SectionRow(*record) for record in await db.fetch(floor.SECTIONS.view, site_id)],
        bookings=booked,
        guests={
            row.id: Known(row.favourite_table_id, row.favourite_area_id, row.tier) for row in known.values()
        },
        seatings=await seating.open_seatings(db, site_id) if tonight else (),
        holds=await holds.busy(db, site_id, *span),
        waiting=await waitlist.parties(db, site_id) if tonight else (),
        waits=await waitlist.waits(db, site_id) if tonight else {},
        pinned=await pins(db, site_id, day), closed=await _closed(db, site_id, span, tables, policies),
        terms=terms(policies),
        outdoor=[area.id for area in areas if OUTDOOR in area.features or area.kind == "patio"],
    )  # fmt: skip


async def floor_now(
    db: asyncpg.Connection, site_id: str, *, now: datetime, timezone: str, seq: int, policies: Policies,
    tables: Mapping[str, TableRow], joins: Collection[JoinRow],
) -> Scene:  # fmt: skip
    """The tables, who sits there and what is closed today: what a move is checked against."""
    ends = policies.get("venue.day_ends")
    today = service_date(now, timezone, ends)
    span = service_day(today, timezone, ends)
    return Scene(
        seq=seq, day=today, span=span, now=now, zone=ZoneInfo(timezone), tables=tables,
        joins=joins, seatings=await seating.open_seatings(db, site_id),
        closed=await _closed(db, site_id, span, tables, policies),
        terms=terms(policies),
    )  # fmt: skip


async def _closed(
    db: asyncpg.Connection, site_id: str, span: Span, tables: Mapping[str, TableRow], policies: Policies
) -> list[Closed]:
    """When tables take nobody because their area does not: its own hours, a special day, rain. Guests have to be gone
    by then; the cleaning after them may go on, as where a booking is taken."""
    site = await venues.site(db, site_id)
    if site is None:
        return []
    shut = await slots.closed(db, site, policies, *span)
    cleaning, least = timedelta(minutes=policies.get("dining.buffer_min", DINING)), timedelta(minutes=1)
    return [
        Closed(table.id, min(closure.starts_at + cleaning, closure.ends_at - least), closure.ends_at)
        for closure in shut if closure.area_id is not None
        for table in tables.values() if table.area_id == closure.area_id
    ]  # fmt: skip
