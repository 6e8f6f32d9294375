"""A work in hand: what holds and bookings do for the storeys above, without a command around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.core.actor import HOUSE
from hub.core.ids import new_id
from hub.core.work import Work
from tests.kit import ORG, SITE, ZONE, LawfulHouse


@asynccontextmanager
async def at_work(house: LawfulHouse) -> AsyncIterator[Work]:
    """Commits what was done, without a journal line: for what is asked of the database, not of the wire."""
    async with house.pool.acquire() as db, db.transaction():
        yield Work(
            db=db, site_id=SITE, org_id=ORG, timezone=ZONE, seq=0, now=house.now, actor=HOUSE, new_id=new_id,
            policies=await house.policies_of(db, ORG, SITE), types=house.types,
        )  # fmt: skip
