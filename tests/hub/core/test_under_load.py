"""Many at once, and people who go away in the middle: nobody waits in a circle, nothing is half done."""

import asyncio
import random
from typing import Any

import asyncpg
import msgspec
import pytest

from hub.core import sql
from hub.core.actor import HOUSE, Actor
from hub.core.commands import decode
from schemas.base import Command, Done, Refused
from tests.kit import HOST, ORG, SITE, ZONE, LawfulHouse, a_room

SITES = [f"many{number:02d}" for number in range(20)]


def wish(name: str, site: str, key: str, /, **args: Any) -> Command:
    body = msgspec.json.encode({"site_id": site, "key": key, **args})
    decoded = decode(name, body)
    assert not isinstance(decoded, Refused), decoded
    return decoded


async def many_sites(house: LawfulHouse) -> None:
    for site in SITES:
        await house.pool.execute(
            "INSERT INTO site (id, org_id, name, timezone, opening_hours, service_date) "
            "VALUES ($1, $2, $1, $3, $4, '2026-11-20')",
            site, ORG, ZONE, {str(day): ["12:00", "23:30"] for day in range(1, 8)},
        )  # fmt: skip
        await house.pool.execute("INSERT INTO site_head (site_id) VALUES ($1)", site)


async def journals_are_whole(house: LawfulHouse) -> None:
    gaps = await house.pool.fetch(
        "SELECT h.site_id, h.seq, count(j.seq) FROM site_head h LEFT JOIN journal j USING (site_id) "
        "GROUP BY 1, 2 HAVING h.seq <> count(j.seq) OR h.seq <> coalesce(max(j.seq), 0)"
    )
    assert gaps == []


@pytest.mark.parametrize("connections", [1, 3, 12])
async def test_a_hundred_at_once_over_twenty_sites_all_get_their_answer(house: LawfulHouse, connections: int):
    """With fewer connections than sites: whoever waits for a lock must not sit on a connection another one needs.
    Commands of the whole organisation, which take its lock as well, go between them."""
    await many_sites(house)
    commands, whole = house.commands, house.pool
    commands.pool = await sql.connect_pool(house.dsn, size=max(connections, 2))
    if connections == 1:
        taken = await commands.pool.acquire()
    wishes = [
        wish("set_policy", site, f"policy-{site}-{number}", policy="dining.buffer_min", value=number)
        if number == 2
        else wish("add_party", site, f"party-{site}-{number}", name="Li", covers=2)
        for number in range(5)
        for site in SITES
    ]
    try:
        async with asyncio.timeout(60):
            answers = await asyncio.gather(*(commands.give(HOUSE, one) for one in wishes))
    finally:
        if connections == 1:
            await commands.pool.release(taken)
        await commands.pool.close()
        commands.pool = whole
    assert [answer for answer in answers if not isinstance(answer, Done)] == []
    await journals_are_whole(house)


async def test_those_who_leave_in_the_middle_leave_nothing_half_done(house: LawfulHouse):
    """A command is cancelled at any moment: waiting, acting, committing. Afterwards it is done or it is not, the
    connections are clean and the next one finds the door open."""
    tables = await a_room(house, ("1", 4), ("2", 4), ("3", 4), ("4", 4))
    ids, rng = list(tables.values()), random.Random(7)
    for number in range(120):
        seated = list((await house.pool.fetch("SELECT id FROM seating WHERE left_at IS NULL"))[:1])
        asked = (
            wish("clear_seating", SITE, f"leaves-{number:04d}", seating_id=seated[0]["id"])
            if seated and number % 3
            else wish("seat_party", SITE, f"leaves-{number:04d}", table_ids=[ids[number % 4]], covers=2)
        )
        beside = wish("add_party", SITE, f"beside-{number:04d}", name="Li", covers=1)
        leaving, staying = (asyncio.create_task(house.commands.give(HOST, one)) for one in (asked, beside))
        await asyncio.sleep(rng.random() * 0.012)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert isinstance(await asyncio.wait_for(staying, 10), Done)
        again = await asyncio.wait_for(house.commands.give(HOST, asked), 10)
        done = await house.pool.fetchval("SELECT count(*) FROM journal WHERE command = 'seat_party'")
        sat = await house.pool.fetchval("SELECT count(*) FROM seating")
        assert done == sat, "a seating without its line, or a line without its seating"
        if isinstance(again, Refused):
            assert again.reason in {"table_taken", "table_to_clear"}, again
        await house.pool.execute("UPDATE floor_table SET status = 'available' WHERE status = 'cleaning'")
    await journals_are_whole(house)
    assert house.commands._waiting == {}
    assert house.commands._locks == {}
    left = await house.pool.fetchval(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    assert left == 0
    open_still = await house.pool.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
    )
    assert open_still == 0


async def test_sites_nobody_has_are_not_remembered(house: LawfulHouse):
    for number in range(50):
        await house.commands.give(HOST, wish("add_party", f"nosuch{number}", "nobody-there", name="Li", covers=2))
    assert house.commands._locks == {}


async def test_a_site_held_by_another_process_is_waited_for_and_then_given_up(house: LawfulHouse, monkeypatch):
    """A process that hangs in the middle holds its site's lock: others wait their time and say so, the rest of the
    house goes on."""
    await a_room(house, ("1", 4))
    whole = house.commands.pool
    monkeypatch.setattr(sql, "COMMAND_TIMEOUT_S", 0.5)
    house.commands.pool = await sql.connect_pool(house.dsn)
    hung = await asyncpg.connect(house.dsn)
    try:
        hanging = hung.transaction()
        await hanging.start()
        await hung.execute("SELECT pg_advisory_xact_lock(hashtextextended('site:' || $1, 0))", SITE)
        with pytest.raises(sql.AWAY):
            await house.commands.give(HOST, wish("add_party", SITE, "waits-here", name="Li", covers=2))
        other = Actor.staff("st_other")
        assert isinstance(
            await house.commands.give(other, wish("add_party", "s2", "goes-on-there", name="Li", covers=2)), Done
        )
        await hanging.rollback()
        done = await house.commands.give(HOST, wish("add_party", SITE, "waits-here", name="Li", covers=2))
        assert isinstance(done, Done)
    finally:
        await hung.close()
        await house.commands.pool.close()
        house.commands.pool = whole


async def test_a_forgotten_transaction_gives_its_site_back(house: LawfulHouse):
    """Whatever server it is, and however it is set up: the house asks it to end transactions nobody goes on with."""
    asked = await house.pool.fetchrow(
        "SELECT setting::int, source FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'"
    )
    assert asked["source"] == "client"
    assert 1_000 <= asked["setting"] <= 60_000
