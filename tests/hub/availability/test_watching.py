"""What watchers see: a time that opens again is told to them unasked, without a word of who or what else."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import msgspec

from hub.core.actor import Actor
from tests.hub.availability.evening import COLD_S, booked, thinking
from tests.hub.waitlist.test_served import until
from tests.kit import FRIDAY_19, SITE, a_room, difference, without_seq

AT_20 = FRIDAY_19 + timedelta(hours=1)
CHANNEL = f"availability:{SITE}:2026-11-20"
MANAGER = Actor.staff("st_manager")


async def rows_of(client, channel=CHANNEL):
    answer = await client.get(f"/api/state/{channel}", timeout=COLD_S)
    assert answer.status_code == 200, answer.text
    return {row["at"]: row for row in answer.json()["rows"]}


async def told(house, at):
    row = await house.row("slot_state", f"2026-11-20T{at}")
    return (row.state, row.sizes) if row else None


async def test_a_cancelled_booking_reopens_its_time_on_a_watching_screen(served, monkeypatch):
    """F-AVL-03."""
    house = served.house
    await thinking(house, monkeypatch, "plain")
    t = await a_room(house, ("1", 2))
    first = await booked(house, "Li", t["1"], covers=2, at=AT_20)
    await house.done("edit_booking", booking_id=first, notes="nobody watches yet")
    await asyncio.sleep(0.6)  # longer than a reaction gathers
    assert await house.pool.fetchval("SELECT count(*) FROM slot_state") == 0
    async with aclosing(await served.signed_in("kitchen")) as cook:
        rows = await rows_of(cook)
        assert (rows["20:00"]["state"], rows["21:45"]["state"], rows["21:45"]["sizes"]) == ("full", "free", [1, 2])
        before = await house.rows()
        await house.done("cancel_booking", booking_id=first)
        await house.done("release_opening", owner_id=first)

        async def open_again():
            return await told(house, "20:00") == ("free", [1, 2])

        await until(open_again, "the time")
        after = await house.rows()
        assert await house.replay(before, SITE, after) == without_seq(after), difference(before, after)
        assert (await rows_of(cook))["20:00"]["state"] == "free"
    said = [
        msgspec.json.decode(record["data"])
        for record in await house.pool.fetch("SELECT data FROM publication WHERE channel = $1", CHANNEL)
    ]  # fmt: skip
    assert said and all(one["facts"] == [] and one["key"] is None for one in said)
    facts = await house.pool.fetchval("SELECT facts FROM journal WHERE command = 'store_availability' ORDER BY seq DESC LIMIT 1")
    changed = {slot["at"]: slot["state"] for slot in facts[0]["slots"]}
    assert facts[0]["fact"] == "availability.changed" and changed["20:00"] == "free" and "21:45" not in changed
    lines = await house.pool.fetchval("SELECT count(*) FROM journal WHERE command = 'store_availability'")
    await asyncio.sleep(0.6)  # its own words wake nobody
    assert lines == await house.pool.fetchval("SELECT count(*) FROM journal WHERE command = 'store_availability'")


async def test_what_a_slot_is_configured_to_be_is_shown_at_once(served, monkeypatch):
    """F-AVL-08, F-AVL-11: caps, marks, a time taken out of offers; fewer staff, fewer covers."""
    house = served.house
    await thinking(house, monkeypatch, "plain")
    t = await a_room(house, ("1", 4), ("2", 2))
    async with aclosing(await served.signed_in("host")) as host:
        await rows_of(host)
        await house.done("set_slot", actor=MANAGER, on="2026-11-20", at="21:00", active=False)
        await house.done(
            "set_slot", actor=MANAGER, on="2026-11-20", at="22:00", covers_max=5, recommended=True, incentive="Half price"
        )
        await booked(house, "Li", t["1"], covers=4, at=FRIDAY_19 + timedelta(hours=3))

        async def shown():
            return await told(house, "22:00") == ("free", [1]) and await told(house, "21:00") == ("closed", [])

        await until(shown, "the slots")
        row = await house.row("slot_state", "2026-11-20T22:00")
        assert (row.flags, row.incentive) == (["recommended", "filling_fast", "off_peak"], "Half price")
        await house.done("set_slot", actor=MANAGER, on="2026-11-20", at="22:00", covers_max=4)

        async def full():
            return await told(house, "22:00") == ("full", [])

        await until(full, "a full slot")
        day = (await host.get(f"/api/sites/{SITE}/availability", params={"date": "2026-11-20"}, timeout=COLD_S)).json()
        slots = {slot["at"]: (slot["state"], slot["reason"]) for slot in day["slots"]}
        assert (slots["22:00"], slots["21:00"]) == (("full", "slot_full"), ("closed", "slot_closed"))
