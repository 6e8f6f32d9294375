"""Doors: what guests were told."""

from typing import Annotated

from litestar import Request, get
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from hub.core import auth
from hub.notifications import views
from schemas.notifications import MessageRow


@get("/api/sites/{site_id:str}/messages", tags=["notifications"])
async def messages(
    request: Request, site_id: FromPath[str], about: FromQuery[Annotated[str, Meta(min_length=1, max_length=64)]]
) -> list[MessageRow]:
    """What guests were told about one booking, party or offer (`about` is its id), newest first."""
    await auth.require(request, site_id, "messages.read")
    return await views.about(request.app.state.house.pool, site_id, about)


ROUTES = (messages,)
