"""Doors: search as you type, and one guest's card."""

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from hub.core import auth
from hub.guests import views
from schemas.guests import GuestHit, GuestRow

SHOWN = 10  # lines below the search field, unless the asker wants another number


@get("/api/sites/{site_id:str}/guests", tags=["guests"])
async def search(
    request: Request, site_id: FromPath[str], q: FromQuery[str] = "", limit: FromQuery[int] = SHOWN
) -> list[GuestHit]:
    """Guests by what has been typed so far of a name, a phone number or an e-mail address, best first; at most 50."""
    await auth.require(request, site_id, "guests.read")
    return await views.search(request.app.state.house.pool, site_id, q, max(1, min(limit, views.HITS_MAX)))


@get("/api/sites/{site_id:str}/guests/{guest_id:str}", tags=["guests"])
async def card(request: Request, site_id: FromPath[str], guest_id: FromPath[str]) -> GuestRow:
    """A guest as this site knows them. The id of a record that was merged leads to the one that stayed."""
    await auth.require(request, site_id, "guests.read")
    guest = await views.guest(request.app.state.house.pool, site_id, guest_id)
    if guest is None:
        raise NotFoundException("There is no such guest here.")
    return guest


ROUTES = (search, card)
