"""Kill -9 of anything, at any moment: every acknowledged command is there, every open screen catches up by itself."""

import asyncio
import random
from collections.abc import Iterator

import httpx
import pytest

from bench.house import House
from tests.house.watching import Watcher, ask

pytestmark = [pytest.mark.house, pytest.mark.timeout(240)]
SITE = "lumen"


@pytest.fixture
def house() -> Iterator[House]:
    with House() as opened:
        yield opened


async def free_tables(http: httpx.AsyncClient) -> list[str]:
    rows = (await http.get(f"/api/state/floor:{SITE}")).json()["rows"]
    return [row["id"] for row in rows if row["type"] == "table" and row["status"] == "available" and row["active"]]


async def test_what_was_acknowledged_survives_and_every_screen_catches_up(house: House):
    """One seat command → patch → second tablet, through a kill -9 of each part of the house."""
    one, two = await Watcher(house.url).open(), await Watcher(house.url, role="server").open("floor", "book")
    await ask(one.http, "set_clock", {"site_id": SITE, "key": "stop-the-clock", "rate": 0})
    for n, victim in enumerate(("hub.serve", "postgres: checkpointer", "bin/postgres", "valkey-server", "hub.serve")):
        table = (await free_tables(one.http))[0]
        body = {
            "site_id": SITE,
            "key": f"crash-seat-{n}",
            "table_ids": [table],
            "covers": 1,
            "name": f"Crash {n}",
            "anyway": True,
        }
        done = await ask(one.http, "seat_party", body)
        assert done["status"] == "done", done
        assert house.kill(victim), f"nothing to kill for {victim}"
        again = await ask(one.http, "seat_party", body)
        assert (again["seq"], again["result"]) == (done["seq"], done["result"]), "the same key, the same answer"
        await one.settled()
        await two.settled()
        seatings = [row for row in two.rows.values() if row["type"] == "seating" and row["name"] == f"Crash {n}"]
        assert [row["table_ids"] for row in seatings] == [[table]]
    await one.close()
    await two.close()


async def test_the_whole_house_dies_at_once_and_opens_again_as_it_was(house: House):
    watcher = await Watcher(house.url).open()
    await ask(watcher.http, "set_clock", {"site_id": SITE, "key": "stop-the-clock", "rate": 0})
    table = (await free_tables(watcher.http))[0]
    body = {"site_id": SITE, "key": "before-the-end", "table_ids": [table], "covers": 1, "anyway": True}
    done = await ask(watcher.http, "seat_party", body)
    house.crash()
    await asyncio.to_thread(house.open)
    assert (await ask(watcher.http, "seat_party", body))["seq"] == done["seq"]
    await watcher.settled()
    await watcher.close()


async def test_commands_in_flight_while_the_hub_dies_happen_once_or_not_at_all(house: House):
    rng = random.Random(7)
    watcher = await Watcher(house.url).open("waitlist")
    await ask(watcher.http, "set_clock", {"site_id": SITE, "key": "stop-the-clock", "rate": 0})

    async def keep_killing() -> None:
        for _ in range(4):
            await asyncio.sleep(rng.uniform(0.2, 1.2))
            house.kill("hub.serve")
            await asyncio.to_thread(house.wait_ready)

    killing = asyncio.create_task(keep_killing())
    names = []
    for n in range(60):
        names.append(f"Flight {n}")
        body = {"site_id": SITE, "key": f"flight-{n:04}", "name": names[-1], "covers": 2, "quoted_min": 10}
        assert (await ask(watcher.http, "add_party", body))["status"] == "done"
        if n % 5 == 0:
            await asyncio.sleep(0.2)
    await killing
    await watcher.settled()
    there = sorted(row["name"] for row in watcher.rows.values() if row["type"] == "party" and row["name"] in names)
    assert there == sorted(names), "each exactly once"
    await watcher.close()
