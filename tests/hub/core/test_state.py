"""State and history: one snapshot, one position; what came after it makes it the state of now."""

import msgspec

from hub.core.rows import ChannelName
from tests.kit import SITE, LawfulHouse, a_room, apply


async def read(house: LawfulHouse, channel: str) -> dict:
    return msgspec.json.decode(await house.states.read(ChannelName.parse(channel), channel))


async def test_state_plus_later_publications_is_the_state_of_now(house: LawfulHouse):
    tables = await a_room(house, ("1", 4), ("2", 4))
    channel = f"floor:{SITE}"
    early = await read(house, channel)
    await house.done("seat_party", table_ids=[tables["1"]], covers=3)
    await house.done("set_table_status", table_id=tables["2"], status="out_of_service")
    epoch, top, missed = await house.states.history(channel, early["offset"], 512)
    assert epoch == early["epoch"]
    assert [offset for offset, _ in missed] == list(range(early["offset"] + 1, top + 1))
    rows = {(channel, row["type"], row["id"]): row for row in early["rows"]}
    for _, data in missed:
        apply(rows, channel, msgspec.json.decode(data)["patches"])
    late = await read(house, channel)
    assert late["offset"] == top
    assert rows == {(channel, row["type"], row["id"]): row for row in late["rows"]}


async def test_a_cached_state_still_tells_the_time(house: LawfulHouse):
    await a_room(house, ("1", 4))
    first = await read(house, f"floor:{SITE}")
    await house.pass_time(7)
    again = await read(house, f"floor:{SITE}")
    assert again["rows"] == first["rows"]
    assert again["at"] != first["at"]


async def test_unknown_channels_have_no_state(house: LawfulHouse):
    for channel in ("nosuch:s1", "book:s1", "floor:s1:2026-11-20"):
        assert await house.states.read(ChannelName.parse(channel), channel) is None
    for channel in ("", "floor", "floor:", "book:s1:yesterday", "a:b:c:d"):
        assert ChannelName.parse(channel) is None


async def test_too_many_patches_become_one_reset(house: LawfulHouse):
    from hub.core import commands

    tables = await a_room(house, *((str(n), 4) for n in range(12)))
    old, commands.PATCHES_MAX = commands.PATCHES_MAX, 2000
    try:
        done = await house.done("put_section", name="All", table_ids=list(tables.values()))
    finally:
        commands.PATCHES_MAX = old
    data = await house.pool.fetchval(
        "SELECT data FROM publication WHERE site_id = $1 AND seq = $2 AND channel = $3", SITE, done.seq, f"floor:{SITE}"
    )
    assert msgspec.json.decode(data)["type"] == "reset"
