"""The door to the house's calendar as it is configured. What is left of a day's covers, reservations know."""

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from hub.core import auth
from hub.core.clock import service_date
from hub.policies.views import org_of
from hub.slots import views
from hub.venues import views as venues
from schemas.slots import SlotsConfig


@get("/api/sites/{site_id:str}/slots/config", tags=["availability"])
async def slots_config(request: Request, site_id: FromPath[str]) -> SlotsConfig:
    """Rules, records, special days, staff levels and rain from today on, and when events may start (R-AVL-16)."""
    await auth.require(request, site_id, "book.read")
    house = request.app.state.house
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        site = await venues.site(db, site_id)
        if site is None:
            raise NotFoundException("There is no such site.")
        policies = await house.policies_of(db, await org_of(db, site_id), site_id)
        return await views.config(
            db, site, policies, service_date(house.clock.now(), site.timezone, site.day_ends)
        )  # fmt: skip


ROUTES = (slots_config,)
