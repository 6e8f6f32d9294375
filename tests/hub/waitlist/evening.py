"""Words for tests of the waiting line: who waits, what the house does when its clock strikes."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from hub.core.timers import Timers
from schemas.base import Done
from tests.kit import FRIDAY_19, SITE, LawfulHouse, difference, without_seq

_numbers = itertools.count(2000)
AT_20 = FRIDAY_19 + timedelta(hours=1)


async def at_door(house: LawfulHouse, name: str, covers: int = 2, **more: Any) -> str:
    return (await house.done("add_party", name=name, covers=covers, **more)).result["party_id"]


async def for_time(house: LawfulHouse, name: str, wanted_at: datetime = AT_20, covers: int = 2, **more: Any) -> str:
    if not {"phone", "guest_id"} & more.keys():
        more["phone"] = f"+44 20 7946 {next(_numbers):04}"
    done = await house.done("join_waitlist", name=name, covers=covers, wanted_at=wanted_at, **more)
    return done.result["party_id"]


def window(earliest: datetime, latest: datetime) -> dict[str, datetime]:
    return {"earliest": earliest, "latest": latest}


async def booked(house: LawfulHouse, *table_ids: str, at: datetime = AT_20, covers: int = 2, **more: Any) -> str:
    done = await house.done(
        "book", name="Planned", covers=covers, starts_at=at, table_ids=list(table_ids), **more
    )  # fmt: skip
    return done.result["booking_id"]


async def given_back(house: LawfulHouse, booking_id: str) -> list[str]:
    """A cancellation and what the house does at once; the parties asked."""
    await house.done("cancel_booking", booking_id=booking_id)
    answer = await house.give("offer_opening", owner_id=booking_id)
    return answer.result["party_ids"] if isinstance(answer, Done) else []


async def offer_of(house: LawfulHouse, party_id: str) -> Any:
    """The offer a party has now, as screens have it."""
    rows = await house.rows()
    return next((row for row in rows.values() if is_offer(row) and row["party_id"] == party_id), None)


def is_offer(row: Any) -> bool:
    return isinstance(row, dict) and row.get("type") == "offer"


async def stored_offers(house: LawfulHouse) -> list[Any]:
    return await house.pool.fetch("SELECT * FROM offer WHERE site_id = $1 ORDER BY sent_at, id", SITE)


async def strike(house: LawfulHouse, inner: Any = None) -> list[str]:
    """Fires every timer that is due, as the house's jobs do (of `inner`, another process of it, if given). The replica
    law holds over each. Returns their subjects."""
    inner = inner or house.house
    worker = Timers(inner.pool, inner.dsn, inner.clock, inner.commands.give)
    struck = []
    while due := await house.pool.fetch(
        "SELECT id, subject FROM timer WHERE state = 'armed' AND due_at <= $1 ORDER BY due_at, id", house.now
    ):
        for timer in due:
            before = await house.rows()
            assert await worker.fire(timer["id"]) is None, timer["subject"]
            after = await house.rows()
            replayed = await house.replay(before, SITE, after)
            assert replayed == without_seq(after), difference(replayed, after)
            struck.append(timer["subject"])
    return struck


async def said(house: LawfulHouse, party_id: str) -> list[tuple[str, str, str]]:
    """What was said to a party, as (template, channel, status), in order."""
    records = await house.pool.fetch(
        "SELECT m.template, m.channel, m.status FROM message m WHERE m.site_id = $1 AND (m.about_id = $2 OR m.about_id IN"
        " (SELECT id FROM offer WHERE party_id = $2)) ORDER BY m.seq, m.id", SITE, party_id,
    )  # fmt: skip
    return [tuple(record) for record in records]
