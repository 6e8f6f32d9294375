"""The doors to what was done here: the undo drawer, the journal, the record of one row, what can be restored."""

from datetime import timedelta
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import FromPath, QueryParameter

from hub.core import auth
from hub.history import views
from schemas.history import Change, Deleted, JournalLine
from schemas.seating import Recent

READ_BY: dict[str, str] = {
    "booking": "book.read", "guest": "guests.read", "party": "waitlist.read", "offer": "waitlist.read",
}  # fmt: skip
"""Who may see what became of a thing: whoever may see the thing. The rest is for those who read the journal."""


@get("/api/sites/{site_id:str}/recent", tags=["history"])
async def recent(request: Request, site_id: FromPath[str]) -> list[Recent]:
    """What was done here lately, newest first, and until when it can be undone."""
    await auth.require(request, site_id, "undo")
    house = request.app.state.house
    async with house.pool.acquire(timeout=5) as db:
        window = timedelta(minutes=await _policy(house, db, site_id, "undo.window_min"))
        return await views.recent(db, site_id, window=window, now=house.clock.now())


@get("/api/sites/{site_id:str}/journal", tags=["history"])
async def journal(
    request: Request, site_id: FromPath[str],
    before: Annotated[int | None, QueryParameter(ge=0, le=2**53 - 1)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=views.LINES_MAX)] = 50,
    actor: Annotated[str | None, QueryParameter(max_length=80)] = None,
    command: Annotated[str | None, QueryParameter(max_length=40)] = None,
) -> list[JournalLine]:  # fmt: skip
    """Everything that was done here, newest first: the page after this one begins `before` its last `seq`."""
    await auth.require(request, site_id, "journal.read")
    async with request.app.state.house.pool.acquire(timeout=5) as db:
        return await views.journal(db, site_id, before=before, limit=limit, actor=actor, command=command)


@get("/api/sites/{site_id:str}/changes/{kind:str}/{row_id:str}", tags=["history"])
async def changes(request: Request, site_id: FromPath[str], kind: FromPath[str], row_id: FromPath[str]) -> list[Change]:
    """What became of one thing, newest first: who changed which field from what to what, where and why."""
    await auth.require(request, site_id, READ_BY.get(kind, "journal.read"))
    async with request.app.state.house.pool.acquire(timeout=5) as db:
        return await views.changes(db, site_id, kind, row_id)


@get("/api/sites/{site_id:str}/deleted", tags=["history"])
async def deleted(request: Request, site_id: FromPath[str]) -> list[Deleted]:
    """Deleted bookings and guests' profiles that can still be restored, latest first."""
    await auth.require(request, site_id, "book.delete")
    house = request.app.state.house
    async with house.pool.acquire(timeout=5) as db:
        kept = timedelta(days=await _policy(house, db, site_id, "audit.restore_days"))
        return await views.deleted(db, site_id, kept=kept, now=house.clock.now())


async def _policy(house: Any, db: Any, site_id: str, policy: str) -> Any:
    org_id = await db.fetchval("SELECT org_id FROM site WHERE id = $1", site_id)
    return (await house.policies_of(db, org_id, site_id)).get(policy)


ROUTES = (recent, journal, changes, deleted)
