"""What watchers see, kept up: after whatever may change who can come when, the times of the days somebody looks at.

A day is watched from the first reading of its channel on, for a day. A house where nobody looks pays nothing. Every
size of party at every time of a watched day is asked of the bits each time: some milliseconds a day, less than finding
out what a fact may have changed.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import asyncpg

from hub.availability import views
from hub.availability.days import room
from hub.availability.thinking import marks
from hub.core import sql
from hub.core.actor import HOUSE
from hub.core.clock import wall_now
from hub.core.reactions import hears
from hub.reservations import rules
from hub.slots.calendar import Slot
from schemas.availability import SlotStateRow, StoreAvailability
from schemas.base import Refused

q = sql.load(__file__)

DAYS_MAX = 731  # around today; nobody can book further away
WATCHED = timedelta(days=1)  # from the last reading on, in wall time


@hears(
    "table.*", "reservation.*", "waitlist.offer_*", "waitlist.converted", "waitlist.edited", "availability.*",
    "floor.*", "assign.*", "policy.*", "house.*",
    name="slot_states", coalesced=True, tells=("availability.changed",),
)  # fmt: skip
async def refresh_states(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:  # noqa: ARG001 - a hint only
    await refresh(house, site_id)


async def watch(house: Any, site_id: str, on: date) -> None:
    """Somebody looks at a day: its times are there before they read it, and are kept up from now on."""
    now = wall_now()
    if abs((on - house.clock.now().date()).days) > DAYS_MAX:
        return
    if not await q.watch(house.pool, site_id=site_id, on_day=on, now=now, until=now + WATCHED):
        await refresh(house, site_id)


async def refresh(house: Any, site_id: str) -> None:
    """Works the watched days out anew, and has what differs stored."""
    days = [record["service_date"] for record in await q.watched(house.pool, site_id=site_id, now=wall_now())]
    if not days:
        return
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        found = await states(house, db, site_id, days)
        was = await views.states(db, site_id)
    if found is None:
        return
    basis, rows = found
    put = [row for row_id, row in rows.items() if was.get(row_id) != row]
    gone = [row_id for row_id in was if row_id not in rows]
    if not put and not gone:
        return
    wish = StoreAvailability(
        site_id=site_id, key=f"states-{basis}-{house.commands.ids()}"[:64], basis=basis, put=put, gone=gone,
    )  # fmt: skip
    answer = await house.commands.give(HOUSE, wish)
    if isinstance(answer, Refused) and answer.code == "unavailable":
        raise TimeoutError(answer.message)  # heard again


async def states(
    house: Any, db: asyncpg.Connection, site_id: str, on: Sequence[date]
) -> tuple[int, dict[str, SlotStateRow]] | None:  # fmt: skip
    """The times of these days, by id, and the seq they are true at. The clock does not come into them: a time that
    has passed is what it was."""
    kept = await house.days.at(house, db, site_id)
    if kept is None:
        return None
    shown = [day for one in on if (day := kept.day_of(one)) is not None]
    caps = {day: await room(db, kept, day, now=house.clock.now()) for day in shown}
    most = kept.policies.get("booking.max_covers", rules.DINING)
    fast = kept.policies.get("booking.filling_fast_pct", rules.DINING)
    need_min = sum(kept.policies.get(key, rules.DINING) for key in ("dining.duration_min", "dining.buffer_min"))
    rows = {}
    for day in shown:
        sizes: dict[str, list[int]] = {}
        for covers in range(1, most + 1):
            for slot in kept.free(day, kept.party(covers, need_min)):
                if covers <= caps[day].get(slot.starts_at, covers):
                    sizes.setdefault(slot_id(slot), []).append(covers)
        fills = kept.filled(day)
        for slot in kept.slots[day]:
            free = sizes.get(slot_id(slot), [])
            share = fills.get(slot.starts_at, 0.0)
            if slot.covers_max:
                share = max(share, 1 - max(0, caps[day].get(slot.starts_at, 0)) / slot.covers_max)
            rows[slot_id(slot)] = SlotStateRow(
                id=slot_id(slot), service_date=kept.first + timedelta(days=day), starts_at=slot.starts_at, at=slot.at,
                state="closed" if not slot.active else "free" if free else "full", sizes=free,
                flags=marks(slot, fast=bool(free) and share * 100 >= fast), special_event=slot.special_event,
                incentive=slot.incentive,
            )  # fmt: skip
    return kept.seq, rows


def slot_id(slot: Slot) -> str:
    """Its start in UTC."""
    return f"{slot.starts_at:%Y-%m-%dT%H:%M}"


REACTIONS = (refresh_states,)
