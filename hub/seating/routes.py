"""Doors: which tables suit a party, and who sat at a table before."""

from datetime import datetime, timedelta
from typing import Any, get_args

from litestar import Request, get
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import FromPath, FromQuery

from hub.core import auth, sql
from hub.holds import fits
from hub.seating import rules, views
from schemas.bookings import BookingRow
from schemas.floor import Feature
from schemas.seating import Fit, Fits, PastVisit

q = sql.load(__file__)

FEATURES = frozenset(get_args(Feature))
LEAST_TURN_MIN = 15  # a party that is moved near its turn's end still needs its new table for a moment


@get("/api/sites/{site_id:str}/fits", tags=["seating"])
async def which_tables(
    request: Request, site_id: FromPath[str], party_id: FromQuery[str | None] = None,
    booking_id: FromQuery[str | None] = None, seating_id: FromQuery[str | None] = None,
    covers: FromQuery[int | None] = None, accessible: FromQuery[bool] = False, area_id: FromQuery[str | None] = None,
) -> Fits:  # fmt: skip
    """Every table and joined pair for a waiting party, a booking, a seated party (to be moved) or so many people now,
    best first (F-ASN-01, F-ASN-02). A booking that is still to come is fitted at its own time."""
    await auth.require(request, site_id, "floor.read")
    house = request.app.state.house
    if covers is not None and not 1 <= covers <= 20:
        raise ValidationException("A party is 1 to 20 people.", extra=[{"key": "covers", "message": "1 to 20"}])
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        seq = await q.head(db, site_id=site_id)
        found = await _fits(
            house, db, site_id, party_id=party_id, booking_id=booking_id, seating_id=seating_id, covers=covers,
            accessible=accessible, area_id=area_id,
        )  # fmt: skip
    return Fits(at_seq=seq or 0, fits=found)


async def _row(house: Any, db: Any, site_id: str, kind: str, row_id: str) -> Any:
    row = (await house.types[kind].read(db, site_id, [row_id])).get(row_id)
    if row is None:
        raise NotFoundException(f"There is no such {kind} here.")
    return row


async def _fits(
    house: Any, db: Any, site_id: str, *, party_id: str | None, booking_id: str | None, seating_id: str | None,
    covers: int | None, accessible: bool, area_id: str | None,
) -> list[Fit]:  # fmt: skip
    now = house.clock.now()
    org_id = await q.org(db, site_id=site_id)
    policies = await house.policies_of(db, org_id, site_id)
    asked: dict[str, Any] = {
        "at": now, "covers": covers, "need_min": policies.get("dining.duration_min"), "accessible": accessible,
        "area_id": area_id, "seat_now": True,
    }  # fmt: skip
    if party_id:
        party = await _row(house, db, site_id, "party", party_id)
        asked |= {"covers": covers or party.covers, "accessible": accessible or party.accessible}
        asked |= {"area_id": area_id or party.area_id, "features": FEATURES.intersection(party.flags)}
    elif booking_id:
        booking = await _row(house, db, site_id, "booking", booking_id)
        lead = timedelta(minutes=policies.get("floor.reserved_lead_min"))
        asked |= _for_booking(booking, now, lead) | {"covers": covers or booking.covers}
        asked |= {"accessible": accessible or booking.accessible, "area_id": area_id or booking.area_id}
        asked |= {"features": FEATURES.intersection(booking.flags), "ignore_owner": booking.id}
    elif seating_id:
        seating = await _row(house, db, site_id, "seating", seating_id)
        left = int((seating.expected_clear - now).total_seconds() // 60)
        asked |= {"covers": covers or seating.covers, "need_min": max(left, LEAST_TURN_MIN)}
        asked |= {"accessible": accessible or rules.STEP_FREE in seating.flags, "own": seating.table_ids}
        asked |= {"ignore_owner": seating.booking_id or seating.id}
    elif covers is None:
        raise ValidationException("How many are they?", extra=[{"key": "covers", "message": "How many are they?"}])
    at_table = await views.open_seatings(db, site_id)
    names = {row.booking_id or row.id: row.name for row in at_table}
    names |= {row["id"]: row["name"] for row in await q.names_ahead(db, site_id=site_id, since=asked["at"])}
    return await fits.best(
        db, site_id, policies=policies, names=names, sitting=views.by_table(at_table), **asked
    )  # fmt: skip


def _for_booking(booking: BookingRow, now: datetime, lead: timedelta) -> dict[str, Any]:
    """A party that is here or due is fitted now, one to come at its time."""
    here = booking.status == "arrived" or booking.starts_at <= now + lead
    return {"need_min": booking.duration_min, "seat_now": here, "at": now if here else booking.starts_at}


@get("/api/sites/{site_id:str}/tables/{table_id:str}/visits", tags=["seating"])
async def past_visits(request: Request, site_id: FromPath[str], table_id: FromPath[str]) -> list[PastVisit]:
    """The last five parties of a table, latest first (F-TAB-07)."""
    await auth.require(request, site_id, "floor.read")
    return await views.visits(request.app.state.house.pool, site_id, table_id)


ROUTES = (which_tables, past_visits)
