"""A guest's evenings here, past and to come."""

from datetime import datetime, timedelta

import asyncpg
from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from hub.bookings.rules import PLACEABLE
from hub.core import auth, sql
from hub.guests import views as guests
from schemas.guests import GuestVisit, GuestVisits

q = sql.load(__file__, "visits.sql")

PAST_SHOWN = 50  # evenings; a regular of years is known by now
READ_MAX = 200  # bookings read of one guest, those to come included
STILL_EXPECTED = timedelta(hours=12)  # nobody has said what became of it, but it can still be tonight's


@get("/api/sites/{site_id:str}/guests/{guest_id:str}/visits", tags=["guests"])
async def visits(request: Request, site_id: FromPath[str], guest_id: FromPath[str]) -> GuestVisits:
    """A guest's evenings at this site: those to come soonest first, those past (the one at table now included) latest
    first."""
    await auth.require(request, site_id, "guests.read")
    house = request.app.state.house
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        guest = await guests.guest(db, site_id, guest_id)
        if guest is None:
            raise NotFoundException("There is no such guest here.")
        return await of_guest(db, site_id, guest.id, now=house.clock.now())


async def of_guest(db: asyncpg.Connection, site_id: str, guest_id: str, *, now: datetime) -> GuestVisits:
    booked = await q.booked(db, site_id=site_id, guest_id=guest_id, at_most=READ_MAX)
    unbooked = await q.unbooked(db, site_id=site_id, guest_id=guest_id, at_most=PAST_SHOWN)
    evenings = [GuestVisit(**record) for record in (*booked, *unbooked)]
    to_come = [one for one in evenings if one.status in PLACEABLE and one.at >= now - STILL_EXPECTED]
    past = [one for one in evenings if one not in to_come]
    return GuestVisits(
        upcoming=sorted(to_come, key=lambda one: one.at),
        past=sorted(past, key=lambda one: one.at, reverse=True)[:PAST_SHOWN],
    )


ROUTES = (visits,)
