"""Patches, from what the touched rows were and became."""

import msgspec

from hub.core.commands import changes
from tests.hub.holds.at_work import at_work
from tests.kit import SITE, LawfulHouse, a_room


async def test_a_row_that_moves_to_another_channel_leaves_the_first(house: LawfulHouse):
    tables = await a_room(house, ("1", 4), ("2", 4))
    for number in ("1", "2"):
        await house.done("book", name="Silva", covers=2, starts_at="2026-11-20T20:00:00Z", table_ids=[tables[number]])
    moves, stays = [row["id"] for row in await house.pool.fetch("SELECT id FROM hold ORDER BY id")]
    async with at_work(house) as work:
        await work.touch("hold", moves, stays)
        await work.db.execute("UPDATE hold SET service_date = '2026-11-21', version = 2 WHERE id = $1", moves)
        await work.db.execute("UPDATE hold SET version = 2 WHERE id = $1", stays)
        patches = await changes(work)
    said = {
        channel: [("drop", patch["drop"][1]) if "drop" in patch else ("put", patch["put"].id) for patch in its]
        for channel, its in patches.items()
    }
    assert said == {
        f"book:{SITE}:2026-11-20": [("drop", moves), ("put", stays)],
        f"book:{SITE}:2026-11-21": [("put", moves)],
    }


async def test_what_did_not_change_says_nothing(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    async with at_work(house) as work:
        await work.touch("table", tables["1"])
        assert await changes(work) == {}


async def test_a_publication_carries_the_askers_key_and_never_the_houses_own(house: LawfulHouse):
    await a_room(house, ("1", 4))
    await house.done("add_party", name="Li", covers=2, key="ghost-of-mine")
    await house.done("refresh_waiting")
    said = await house.pool.fetch("SELECT data FROM publication WHERE channel = $1 ORDER BY pos", f"waitlist:{SITE}")
    assert [msgspec.json.decode(data)["key"] for (data,) in said] == ["ghost-of-mine", None]
