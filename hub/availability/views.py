"""What watchers see, and the evening questions are asked about."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeAlias

import asyncpg

from hub.availability.problem import Asked
from hub.core import sql
from hub.core.rows import RowType
from hub.core.work import Policies
from hub.planning import views as planning
from hub.planning.problem import Scene
from hub.reservations import times
from hub.reservations.rules import DINING
from hub.venues import views as venues
from schemas.availability import SlotStateRow

q = sql.load(__file__)
Db: TypeAlias = asyncpg.Connection | asyncpg.Pool

STATES = RowType(
    "slot_state", SlotStateRow, q.text("slot_states"), "t.id", "availability",
    day=lambda row: row.service_date, day_column="t.service_date", tables=(("slot_state", "id"),), derived=True,
    public=True,
)  # fmt: skip
ROWS = (STATES,)


async def states(db: Db, site_id: str) -> dict[str, SlotStateRow]:
    """What is stored for watchers, of all days, by id."""
    return {record[0]: SlotStateRow(*record) for record in await db.fetch(STATES.view, site_id)}


async def asked(
    db: asyncpg.Connection, house: Any, site_id: str, day: date | None, but: str = ""
) -> tuple[Asked, Policies] | None:  # fmt: skip
    """A service day (None = tonight) at one seq of the site, within a transaction that is open; None when there is no
    such site. The booking or checkout `but` does not count."""
    site = await q.site_now(db, site_id=site_id)
    if site is None:
        return None
    policies = await house.policies_of(db, site["org_id"], site_id)
    scene = await planning.read(
        db, site_id, now=house.clock.now(), timezone=site["timezone"], seq=site["seq"], policies=policies, day=day
    )
    return await with_times(db, site_id, scene, policies, but), policies


async def with_times(
    db: asyncpg.Connection, site_id: str, scene: Scene, policies: Policies, but: str = ""
) -> Asked:  # fmt: skip
    """The same evening with what may be booked when."""
    own = tuple((hold.starts_at, hold.ends_at) for hold in scene.holds if hold.owner_id == but)
    scene = replace(
        scene, bookings=[row for row in scene.bookings if row.id != but],
        holds=[hold for hold in scene.holds if hold.owner_id != but],
    )  # fmt: skip
    site = await venues.site(db, site_id)
    assert site is not None, "it was there a moment ago"
    last = scene.span[1] - timedelta(minutes=1)
    there = await times.read(db, site, policies, scene.span[0], last, now=scene.now, but=but)
    return Asked(scene, there, policies.get("booking.max_days_ahead", DINING), own)
