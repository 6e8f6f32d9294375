"""The whole house by a seeded evening: the simulator's commands, with kills in between, against an independent oracle."""

import random
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from bench.house import House
from bench.simulator.doors import RestDoors
from bench.simulator.drivers import LockStep
from bench.wire import Address, AwayError
from tests.house.watching import Watcher, ask

pytestmark = [pytest.mark.house, pytest.mark.timeout(420)]
SITE, ZONE = "lumen", "Europe/London"
COMMANDS_MIN = 300


class StubbornDoors(RestDoors):
    """Doors that ask again under the same key until the house is back; now and then something dies on the way."""

    def __init__(self, address: Address, role: str, watcher: Watcher, on_command: Any) -> None:
        super().__init__(address, role)
        self.watcher, self.on_command = watcher, on_command
        self.granted: dict[str, int] = {}

    async def command(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        await self.on_command()
        answer = await ask(self.watcher.http, name, body)
        if answer["status"] == "done":
            self.granted[body["key"]] = answer["seq"]
        return answer

    async def state(self, channel: str) -> dict[str, Any]:
        return await self._patiently(super().state, channel)

    async def fits(self, site_id: str, ask_for: dict[str, str]) -> list[dict[str, Any]]:
        return await self._patiently(super().fits, site_id, ask_for)

    async def _patiently(self, door: Any, *args: Any) -> Any:
        import asyncio

        for _ in range(400):
            try:
                return await door(*args)
            except AwayError:
                await asyncio.sleep(0.05)
        raise AssertionError("the house never came back")


async def test_a_seeded_evening_with_crashes_in_it():
    rng = random.Random(2026)
    with House() as house:
        one, two = await Watcher(house.url).open(), await Watcher(house.url).open()
        count, kills = 0, []

        async def now_and_then_something_dies() -> None:
            nonlocal count
            count += 1
            if count % 60 == 30:
                kills.append(rng.choice(["hub.serve", "bin/postgres", "valkey-server", "hub.serve"]))
                house.kill(kills[-1])

        doors = StubbornDoors(Address(house.url), "host", one, now_and_then_something_dies)
        await doors.sign_in()
        evening = await LockStep.start(doors, SITE, ZONE, seed=11)
        moment: datetime = evening.room.now()
        while count < COMMANDS_MIN * 1.1:
            moment += timedelta(minutes=10)
            await evening.step_to(moment)
            assert moment - evening.evening.since < timedelta(hours=9), f"only {count} commands in nine hours"
        await one.settled()
        await two.settled()
        assert count >= COMMANDS_MIN
        assert len(kills) >= 4
        await the_oracle_agrees(house, doors.granted)
        await one.close()
        await two.close()


async def the_oracle_agrees(house: House, granted: dict[str, int]) -> None:
    """Asks the database itself, in words of its own, whether the house kept its promises."""
    from hub.core.embedded import Postgres

    db = await asyncpg.connect(Postgres(house.data_dir / "postgres").dsn())
    try:
        kept = dict(await db.fetch("SELECT key, seq FROM answer WHERE site_id = $1", SITE))
        lost = {key: seq for key, seq in granted.items() if kept.get(key) != seq}
        assert not lost, f"acknowledged and gone: {lost}"
        seqs = [seq for (seq,) in await db.fetch("SELECT seq FROM journal WHERE site_id = $1 ORDER BY seq", SITE)]
        assert seqs == list(range(1, len(seqs) + 1)), "the journal has no holes"
        for (channel,) in await db.fetch("SELECT channel FROM channel_head WHERE site_id = $1", SITE):
            offsets = [
                pos for (pos,) in await db.fetch("SELECT pos FROM publication WHERE channel = $1 ORDER BY pos", channel)
            ]
            assert offsets == list(range(1, len(offsets) + 1)), f"{channel} has no holes"
        twice = await db.fetch(
            "SELECT table_id FROM seating_table WHERE site_id = $1 AND left_at IS NULL GROUP BY 1 HAVING count(*) > 1",
            SITE,
        )
        assert not twice, "no table is taken twice"
        overlaps = await db.fetch(
            """SELECT a.id, b.id FROM hold a JOIN hold b ON a.site_id = b.site_id AND a.table_id = b.table_id AND a.id < b.id
               WHERE a.status IN ('held', 'active') AND b.status IN ('held', 'active') AND a.during && b.during"""
        )
        assert not overlaps, "planned holds never overlap"
        odd = await db.fetch(
            """SELECT t.number, t.status FROM floor_table t WHERE (t.status = 'occupied') <> EXISTS (
                   SELECT FROM seating_table s WHERE s.site_id = t.site_id AND s.table_id = t.id AND s.left_at IS NULL)"""
        )
        assert not odd, f"occupied iff somebody sits there: {odd}"
        ghosts = await db.fetch(
            """SELECT id FROM booking b WHERE status IN ('seated', 'dining') AND NOT EXISTS (
                   SELECT FROM seating s WHERE s.site_id = b.site_id AND s.booking_id = b.id AND s.left_at IS NULL)"""
        )
        assert not ghosts, "a seated booking has a seating"
    finally:
        await db.close()
