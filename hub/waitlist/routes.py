"""Doors: a waiting guest's own link as a picture to scan, and who waited tonight."""

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from hub.core import auth, sql
from hub.core.clock import service_date, service_day
from hub.notifications import links
from hub.waitlist import views
from schemas.waitlist import PartyLink, PastParty

q = sql.load(__file__)


@get("/api/sites/{site_id:str}/parties/{party_id:str}/link", tags=["waitlist"])
async def link(request: Request, site_id: FromPath[str], party_id: FromPath[str]) -> PartyLink:
    """The guest scans it from the host's screen and watches their place in line."""
    await auth.require(request, site_id, "waitlist.read")
    house = request.app.state.house
    ticket = await views.ticket(house.pool, site_id, party_id)
    if ticket is None:
        raise NotFoundException("There is no such party waiting here, or it has no link.")
    async with house.pool.acquire(timeout=5) as db:
        policies = await house.policies_of(db, await q.org(db, site_id=site_id), site_id)
    whole = links.whole(policies, ticket, str(request.base_url))
    return PartyLink(url=f"/g/{ticket}", qr_svg=links.picture(whole))


@get("/api/sites/{site_id:str}/waitlist/history", tags=["waitlist"])
async def history(request: Request, site_id: FromPath[str]) -> list[PastParty]:
    """Whose wait ended today: seated, booked, gone or given up; latest first, at most 100."""
    await auth.require(request, site_id, "waitlist.read")
    house = request.app.state.house
    async with house.pool.acquire(timeout=5) as db:
        site = await q.site_days(db, site_id=site_id)
        policies = await house.policies_of(db, site["org_id"], site_id)
        ends = policies.get("venue.day_ends")
        today = service_date(house.clock.now(), site["timezone"], ends)
        return await views.history(db, site_id, service_day(today, site["timezone"], ends)[0])


ROUTES = (link, history)
