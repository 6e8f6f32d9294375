"""Words for tests of the plan: scenes without a database, lines of a plan, what a house under test proposes."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from hub.core.clock import service_date, service_day
from hub.planning.minds import Minds
from hub.planning.problem import Scene
from hub.planning.simple import simple
from schemas.bookings import BookingRow
from schemas.floor import JoinRow, TableRow
from schemas.holds import HoldRow
from schemas.planning import GhostRow, Placement
from schemas.seating import SeatingRow
from tests.kit import FRIDAY_19, SITE, ZONE, LawfulHouse

DAY = service_date(FRIDAY_19, ZONE)
AT_20, AT_21 = (FRIDAY_19 + timedelta(hours=later) for later in (1, 2))


def a_table(number: str, seats: int = 4, **more: Any) -> TableRow:
    said: dict[str, Any] = {
        "area_id": "room", "number": number, "name": None, "min_covers": max(1, seats // 2), "max_covers": seats,
        "furniture": "standard", "size_class": "4_top", "shape": "square", "features": [], "preferred_for": [],
        "priority": 5, "x": 0.0, "y": 0.0, "w": 80.0, "h": 80.0, "rotation": 0.0, "status": "available",
        "status_since": FRIDAY_19, "status_note": None, "last_cleaned": None, "section_id": None, "notes": None,
        "qr": number, "active": True, "version": 1,
    }  # fmt: skip
    return TableRow(id=f"t{number}", **{**said, **more})


def a_join(a: str, b: str, seats: int) -> JoinRow:
    return JoinRow(id=f"{a}-{b}", a=a, b=b, combined_max=seats, version=1)


def a_booking(booking_id: str, covers: int = 2, at: datetime = AT_20, **more: Any) -> BookingRow:
    minutes = more.get("duration_min", 90)
    said: dict[str, Any] = {
        "kind": "dining", "code": booking_id, "name": booking_id.title(), "phone": None, "covers": covers,
        "service_date": DAY, "starts_at": at, "ends_at": at + timedelta(minutes=minutes), "duration_min": minutes,
        "status": "confirmed", "source": "phone", "occasion": None, "flags": [], "notes": None, "area_id": None,
        "accessible": False, "arrived_at": None, "arrival": None, "late_at": None, "expected_at": None,
        "no_show_proposed_at": None, "unplaced": False, "version": 1,
    }  # fmt: skip
    return BookingRow(id=booking_id, **{**said, **more})


def a_hold(owner_id: str, table_id: str, at: datetime = AT_20, minutes: int = 105, **more: Any) -> HoldRow:
    said: dict[str, Any] = {
        "owner_kind": "booking", "service_date": DAY, "ends_at": at + timedelta(minutes=minutes),
        "reserved_from": at, "status": "held", "version": 1,
    }  # fmt: skip
    return HoldRow(
        id=f"h-{owner_id}-{table_id}", owner_id=owner_id, table_id=table_id, starts_at=at, **{**said, **more}
    )


def a_seating(seating_id: str, table_id: str, at: datetime = FRIDAY_19, minutes: int = 90, **more: Any) -> SeatingRow:
    said: dict[str, Any] = {
        "table_ids": [table_id], "booking_id": None, "party_id": None, "name": seating_id.title(), "covers": 2,
        "server_id": None, "stage": "ordered", "stage_since": at, "seated_at": at, "turn_min": minutes,
        "expected_clear": at + timedelta(minutes=minutes), "turn_by": None, "over_noted": False, "flags": [],
        "occasion": None, "notes": None, "version": 1,
    }  # fmt: skip
    return SeatingRow(id=seating_id, **{**said, **more})


def a_scene(tables: Iterable[TableRow], bookings: Iterable[BookingRow] = (), **more: Any) -> Scene:
    """Friday evening, seven o'clock; bookings without a hold are not placed."""
    said: dict[str, Any] = {"now": FRIDAY_19, "zone": ZoneInfo(ZONE)}
    return Scene(
        seq=7, day=DAY, span=service_day(DAY, ZONE), tables={row.id: row for row in tables},
        bookings=tuple(bookings), **{**said, **more},
    )  # fmt: skip


def minute(moment: datetime) -> int:
    """Of the service day, which begins at four."""
    return int((moment - datetime(2026, 11, 20, 4, tzinfo=UTC)).total_seconds() // 60)


# ---- with a house


SCORE = {
    "found_by": "exact", "proven": True, "gap": 0.0, "cost": 0, "bound": 0, "covers": 2, "terms": {},
}  # fmt: skip


def a_line(owner_id: str, was: Iterable[str], to: Iterable[str], **more: Any) -> Placement:
    said: dict[str, Any] = {
        "starts_at": AT_20, "ends_at": AT_20 + timedelta(minutes=105), "reason": "wasted", "why": "Fits.", "about": [],
    }  # fmt: skip
    return Placement(owner_id=owner_id, from_ids=list(was), to_ids=list(to), **{**said, **more})


def a_double(mode: str = "plain") -> Minds:
    """Minds that think like `tests.hub.planning.double`."""
    return Minds(simple, lambda _evening, _plan: [], command=(sys.executable, "-m", "tests.hub.planning.double", mode))


async def head(house: LawfulHouse, site: str = SITE) -> int:
    return await house.pool.fetchval("SELECT seq FROM site_head WHERE site_id = $1", site)


async def stored(house: LawfulHouse, *lines: Placement, basis: int | None = None, **more: Any) -> Any:
    """The house stores a plan with these lines, made from the floor of now."""
    basis = await head(house) if basis is None else basis
    score = {**SCORE, **more}
    return await house.give(
        "store_plan", basis=basis, service_date=DAY, score=score, placements=msgspec.to_builtins(lines)
    )


async def ghosts(house: LawfulHouse) -> dict[str, GhostRow]:
    rows = await house.pool.fetch("SELECT id FROM ghost WHERE site_id = $1", SITE)
    return await house.types["ghost"].read(house.pool, SITE, [row["id"] for row in rows])


async def the_plan(house: LawfulHouse) -> Any:
    return await house.row("plan", DAY.isoformat())


async def tables_of(house: LawfulHouse, booking_id: str) -> list[str]:
    """Where a booking is planned."""
    records = await house.pool.fetch(
        "SELECT table_id FROM hold WHERE site_id = $1 AND owner_id = $2 AND owner_kind = 'booking'"
        " AND status IN ('held', 'active') ORDER BY table_id", SITE, booking_id,
    )  # fmt: skip
    return [record["table_id"] for record in records]


async def said_to_guests(house: LawfulHouse) -> int:
    return await house.pool.fetchval("SELECT count(*) FROM message")
