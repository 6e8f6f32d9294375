# ruff: noqa: ASYNC110  (a test waits for what it sees)
"""What can happen to a house of two gateways with a room full of screens, one thing after the other, commands flowing
all the while; after each the database is asked whether every screen shows what is true."""

import asyncio
import contextlib
import itertools
import os
import random
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from bench.house import House
from tests.drills.attackers import attacked
from tests.drills.oracle import all_agree
from tests.drills.screens import Screen, signed_in
from tests.house.watching import ask

pytestmark = [pytest.mark.house, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]
SITE = "lumen"
FLOOR, LINE = f"floor:{SITE}", f"waitlist:{SITE}"
SCREENS = 40
HERD = 160
SCREENS_CHANNELS = sum((2, 1, 1)[n % 3] for n in range(SCREENS))
COMMANDS_A_ROUND = 4
HISTORY_QUERIES = 8  # of a herd: a few for each gateway and channel, however many come
FOUND_S = 15.0  # a peer that is silently gone is known to be gone by then
LOADED_S = 3.0  # what a machine with other work may add to it


class Pen:
    """Writes commands one after the other, each until it is acknowledged; `granted` is what was promised for good."""

    def __init__(self, http: httpx.AsyncClient, name: str, tables: list[str]) -> None:
        self.http, self.name, self.tables = http, name, tables
        self.granted: dict[str, int] = {}
        self._numbers = itertools.count()
        self._writing: asyncio.Task[None] | None = None

    async def command(self, name: str, /, **args: object) -> dict:
        key = f"{self.name}-{next(self._numbers):06}"
        told = await ask(self.http, name, {"site_id": SITE, "key": key, **args}, patience_s=60)
        assert told["status"] == "done", told
        self.granted[key] = told["seq"]
        return told

    async def write(self, rounds: int = 1) -> None:
        """Four commands a round: a table blocked and back, a party in line and off it."""
        for _ in range(rounds):
            table = random.choice(self.tables)
            await self.command("set_table_status", table_id=table, status="out_of_service")
            party = await self.command("add_party", name="A drill", covers=2, quoted_min=10)
            await self.command("set_table_status", table_id=table, status="available")
            await self.command("remove_party", party_id=party["result"]["party_id"])

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Commands flow while the block runs; at least a round of them after it has ended."""
        stop = asyncio.Event()

        async def go_on() -> None:
            while not stop.is_set():
                await self.write()
            await self.write()

        task = asyncio.create_task(go_on())
        try:
            yield
        finally:
            stop.set()
            await task


@dataclass
class Room:
    house: House
    http: httpx.AsyncClient
    token: str
    pens: list[Pen]
    screens: list[Screen] = field(default_factory=list)

    async def agree(self, *others: Screen) -> None:
        granted = {key: seq for pen in self.pens for key, seq in pen.granted.items()}
        await all_agree(self.house, SITE, [*self.screens, *others], granted)

    def a_screen(self, name: str, *channels: str) -> Screen:
        screen = Screen(name, self.http, self.token, channels or (FLOOR, LINE))
        screen.open()
        return screen

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        async with self.pens[0].writing(), self.pens[1].writing():
            yield

    def gateways(self) -> list[int]:
        return [p.pid for p in self.house.processes() if "hub.serve" in p.command]

    async def both_gateways(self) -> list[int]:
        """Their process ids, the one with the house's offices first, once both serve."""
        async with asyncio.timeout(60):
            while len(found := self.gateways()) != 2 or not await self.counters(2):
                await asyncio.sleep(0.05)
        return found

    async def all_live(self) -> None:
        async with asyncio.timeout(60):
            while not all(screen.live.is_set() for screen in self.screens):
                await asyncio.sleep(0.02)

    async def pens_moved(self, rounds: int) -> None:
        """Until each pen has had that many more rounds of commands acknowledged."""
        goals = [len(pen.granted) + rounds * COMMANDS_A_ROUND for pen in self.pens]
        async with asyncio.timeout(60):
            while any(len(pen.granted) < goal for pen, goal in zip(self.pens, goals, strict=True)):
                await asyncio.sleep(0.02)

    def connects(self) -> dict[str, int]:
        return {screen.name: screen.connects for screen in self.screens}

    def rereads(self) -> int:
        return sum(screen.rereads for screen in self.screens)

    async def counters(self, of: int) -> dict[str, float]:
        """What the gateways count, added up, once that many tell."""
        for _ in range(60):
            try:
                async with httpx.AsyncClient(base_url=self.house.url, timeout=5) as fresh:
                    lines = (await fresh.get("/metrics")).text.splitlines()
            except httpx.HTTPError:
                return {}
            if sum(line.startswith("maitred_process_up{") and line.endswith(" 1.0") for line in lines) == of:
                found: dict[str, float] = {}
                for _, _process, _, name, count in (
                    line.split('"') for line in lines if line.startswith("maitred_gateway{")
                ):
                    found[name] = found.get(name, 0.0) + float(count.rpartition(" ")[2])
                return found
            await asyncio.sleep(0.05)
        return {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room() -> AsyncIterator[Room]:
    house = House(environment={"MAITRED_PROCESSES": "2"})
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(house.__exit__)
        await asyncio.to_thread(house.open)
        http, token = await signed_in(house.url)
        stack.push_async_callback(http.aclose)
        manager, _ = await signed_in(house.url, "manager")
        stack.push_async_callback(manager.aclose)
        stopped = {"site_id": SITE, "key": "stop-the-clock", "rate": 0}
        assert (await ask(http, "set_clock", stopped))["status"] == "done"
        rows = (await http.get(f"/api/state/{FLOOR}")).json()["rows"]
        free = [r["id"] for r in rows if r["type"] == "table" and r["status"] == "available" and r["active"]]
        opened = Room(house, http, token, [Pen(http, "host", free[0::2]), Pen(manager, "manager", free[1::2])])
        await opened.both_gateways()
        for n in range(SCREENS):
            screen = opened.a_screen(f"screen {n}", *[(FLOOR, LINE), (FLOOR,), (LINE,)][n % 3])
            stack.push_async_callback(screen.close)
            opened.screens.append(screen)
        await opened.agree()
        yield opened


async def test_a_killed_gateway_takes_nothing_along_and_the_other_goes_on(room: Room):
    for which in (1, 0):  # the gateway beside, then the process with the house's offices
        pids = await room.both_gateways()
        for screen in room.screens:  # spread over both
            screen.reset()
        await room.agree()
        before = room.connects()
        async with room.writing():
            os.kill(pids[which], signal.SIGKILL)
            await room.all_live()
        await room.agree()
        moved = [name for name, connects in room.connects().items() if connects > before[name]]
        assert 0 < len(moved) < SCREENS, "those of the other never noticed"
    assert room.rereads() == SCREENS_CHANNELS, "nobody had to read a state again"


@pytest.mark.parametrize("server", ["valkey-server", "bin/postgres"])
async def test_a_server_restarts_in_the_middle_of_commands(room: Room, server: str):
    await room.both_gateways()
    before = room.connects(), room.rereads()
    async with room.writing():
        await room.pens_moved(2)
        assert room.house.kill(server)
        await room.pens_moved(2)
    await room.agree()
    assert (room.connects(), room.rereads()) == before, "no screen lost its link or its place"


async def test_bursts_of_resets(room: Room):
    rereads = room.rereads()
    async with room.writing():
        for _ in range(4):
            for screen in random.sample(room.screens, SCREENS // 2):
                screen.reset()
            await asyncio.sleep(random.uniform(0, 0.3))
            await room.all_live()
    await room.agree()
    assert room.rereads() == rereads


async def test_a_gateway_that_stands_still_for_a_while(room: Room):
    pids = await room.both_gateways()
    before = room.connects(), room.rereads()
    async with room.writing():
        os.kill(pids[1], signal.SIGSTOP)
        try:
            await asyncio.sleep(2)
        finally:
            os.kill(pids[1], signal.SIGCONT)
        await room.pens_moved(1)
    await room.agree()
    assert (room.connects(), room.rereads()) == before


async def test_who_is_silently_gone_is_found_and_who_reads_slowly_catches_up(room: Room):
    """Half-open links are gone from presence within `FOUND_S`. A reader that takes nothing while it is owed megabytes
    is closed as slow; one that pauses is not. Both show what is true as soon as they read again."""
    loop = asyncio.get_running_loop()
    dead = [room.a_screen(f"dead {n}", FLOOR) for n in range(6)]
    stuck = [room.a_screen(f"stuck {n}", FLOOR) for n in range(3)]
    pausing = [room.a_screen(f"pausing {n}") for n in range(3)]
    try:
        await room.agree(*dead, *stuck, *pausing)
        watcher = next(screen for screen in room.screens if FLOOR in screen.channels)
        there = (await watcher.ask("presence", {"channel": FLOOR}))["presence"]["presence"]
        assert {screen.ident for screen in (*dead, *stuck, *pausing)} <= there.keys()
        slow = (await room.counters(2))["slow_disconnects"]
        found: dict[str, float] = {}
        async with room.writing():
            silent_at = loop.time()
            for screen in (*dead, *pausing, *stuck):
                screen.hold()
            for screen in stuck:
                for n in range(80):  # more than the kernel takes for them
                    screen.say({"id": 1_000 + n, "history": {"channel": FLOOR, "limit": -1}})
            await room.pens_moved(2)
            for screen in pausing:
                screen.read_on()
            while loop.time() < silent_at + FOUND_S + 10 and len(found) < len(dead):
                there = (await watcher.ask("presence", {"channel": FLOOR}))["presence"]["presence"]
                found |= {s.name: loop.time() - silent_at for s in dead if s.ident not in there and s.name not in found}
                await asyncio.sleep(0.1)
        assert len(found) == len(dead) and max(found.values()) <= FOUND_S + LOADED_S, found
        async with asyncio.timeout(20):
            while (await room.counters(2))["slow_disconnects"] < slow + len(stuck):
                await asyncio.sleep(0.1)
        for screen in (*dead, *stuck):
            screen.read_on()
        await room.agree(*dead, *stuck, *pausing)
        for screen in stuck:  # or cut, if it had not read on when the wait for its goodbye was over
            assert screen.codes in ({3008: 1}, {1006: 1})
        assert [screen.connects for screen in pausing] == [1] * len(pausing)
        assert [screen.connects for screen in dead] == [2] * len(dead)
        assert {screen.rereads for screen in (*dead, *stuck)} == {1}
    finally:
        for screen in (*dead, *stuck, *pausing):
            await screen.close()


async def test_a_thundering_herd_costs_the_database_nothing_per_head(room: Room):
    more = [room.a_screen(f"herd {n}", FLOOR) for n in range(HERD)]
    try:
        await room.agree(*more)
        herd = [*room.screens, *more]
        for screen in herd:
            screen.stay_away()
            screen.reset()
        await room.pens[0].write(5)
        rereads = sum(screen.rereads for screen in herd)
        before = await room.counters(2)
        for screen in herd:
            screen.come_back()
        await room.agree(*more)
        after = await room.counters(2)
        assert after["connected"] - before["connected"] == len(herd)
        assert after["recovered"] - before["recovered"] == sum(len(screen.channels) for screen in herd)
        assert after["history_queries"] - before["history_queries"] <= HISTORY_QUERIES
        assert sum(screen.rereads for screen in herd) == rereads
    finally:
        for screen in more:
            await screen.close()


async def test_malformed_clients_cost_themselves_their_connection_and_nobody_else_a_thing(room: Room):
    before = room.connects(), room.rereads()
    address = urlsplit(room.house.url)
    async with room.writing():
        odd = await attacked(address.port, room.token)
    assert not odd, "\n".join(odd)
    await room.agree()
    assert (room.connects(), room.rereads()) == before
