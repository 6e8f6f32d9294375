"""The door to a site's own card: where it is, how it is reached, when it is open."""

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from hub.core import auth
from hub.venues import views
from schemas.venues import SiteCard


@get("/api/sites/{site_id:str}/card", tags=["venues"])
async def card(request: Request, site_id: FromPath[str]) -> SiteCard:
    """The site as its own people know it."""
    await auth.require(request, site_id, "floor.read")
    site = await views.site(request.app.state.house.pool, site_id)
    if site is None:
        raise NotFoundException("There is no such site.")
    return SiteCard(
        id=site.id, name=site.name, slug=site.slug, address=site.address, phone=site.phone, email=site.email,
        country=site.country, timezone=site.timezone, opening_hours=site.opening_hours, day_ends=site.day_ends,
        service_date=site.service_date,
    )  # fmt: skip


ROUTES = (card,)
