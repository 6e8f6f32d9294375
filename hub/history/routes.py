"""The door to the undo history."""

from datetime import timedelta

from litestar import Request, get
from litestar.params import FromPath

from hub.core import auth
from hub.history import views
from schemas.seating import Recent


@get("/api/sites/{site_id:str}/recent", tags=["history"])
async def recent(request: Request, site_id: FromPath[str]) -> list[Recent]:
    """What was done here lately, newest first, and until when it can be undone."""
    await auth.require(request, site_id, "undo")
    house = request.app.state.house
    async with house.pool.acquire(timeout=5) as db:
        org_id = await db.fetchval("SELECT org_id FROM site WHERE id = $1", site_id)
        policies = await house.policies_of(db, org_id, site_id)
        window = timedelta(minutes=policies.get("undo.window_min"))
        return await views.recent(db, site_id, window=window, now=house.clock.now())


ROUTES = (recent,)
