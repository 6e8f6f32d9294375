# ruff: noqa: ASYNC109, ASYNC110  (tests wait and poll)
"""Who reads at other gateways, against a real Valkey: two gateways with a feed each, as a house has them."""

import asyncio
import contextlib

import pytest

from realtime.backend import Grant
from realtime.feed import Feed
from realtime.gateway import Gateway
from realtime.presence import Presence
from tests.realtime.kit import Raw, serving
from tests.realtime.test_feed import VALKEY, Journal, cache, until

__all__ = ("cache",)
pytestmark = pytest.mark.skipif(not VALKEY.exists(), reason="no Valkey binary for this platform")
ROOM = "chat:s"  # shown in presence, told of


class Beside:
    """One gateway of several."""

    def __init__(self, cache, port, gateway, bus):
        self.port, self.gateway, self.bus = port, gateway, bus
        self.presence = Presence(bus, gateway)
        self.feed = Feed(bus, gateway, poll=gateway.backend.poll, presence=self.presence)
        self.tasks = [asyncio.create_task(self.feed.run()), asyncio.create_task(self.presence.run())]

    async def end(self):
        for task in self.tasks:
            task.cancel()
        _, left = await asyncio.wait(self.tasks, timeout=10)
        assert not left, "told to end, it went on"

    async def killed(self, monkeypatch):
        """What SIGKILL leaves behind: everything, untold."""
        self.gateway.others = Nothing()
        monkeypatch.setattr(self.presence, "_take_leave", lambda: asyncio.sleep(0))
        await self.end()


class Nothing:
    def came(self, *_, **__): ...
    def went(self, *_, **__): ...


@pytest.fixture
async def gateways(cache, monkeypatch):
    """Starts another gateway: `await gateways()`."""
    monkeypatch.setattr("realtime.presence.BEAT_S", 0.1)
    async with contextlib.AsyncExitStack() as stack:
        journal = Journal()

        async def another():
            gateway = Gateway(journal, lambda channel: channel.split(":")[1])
            bus = cache.client()
            stack.push_async_callback(bus.aclose)
            port = await stack.enter_async_context(serving(gateway))
            beside = Beside(cache, port, gateway, bus)
            stack.push_async_callback(beside.end)
            await until(lambda: (beside.feed.live and beside.presence.live) or not cache.process)
            return beside

        yield another


class Screen(Raw):
    """A client that keeps what it was told of who came and went."""

    @classmethod
    async def reading(cls, beside, user="ann", *, told=True):
        self = await cls.connected(beside.port, user)
        self.name = self.hello["connect"]["client"]
        self.told: list[tuple[str, str]] = []
        assert "subscribe" in await self.subscribe(ROOM, join_leave=told)
        return self

    def stash(self, got):
        kind = "join" if "join" in got["push"] else "leave"
        self.told.append((kind, got["push"][kind]["info"]["client"]))

    async def hears(self, kind, other, timeout=8):
        async with asyncio.timeout(timeout):
            while (kind, other.name) not in self.told:
                self.stash(await self.next(timeout))

    async def present(self, channel=ROOM):
        return (await self.ask(presence={"channel": channel}))["presence"]["presence"]

    async def shows(self, *others, timeout=8):
        """Who is there, oneself included."""
        async with asyncio.timeout(timeout):
            while set(await self.present()) != {self.name, *(other.name for other in others)}:
                await asyncio.sleep(0.02)


async def test_whoever_reads_at_one_gateway_is_seen_and_told_of_at_the_other(gateways):
    a, b = await gateways(), await gateways()
    ann = await Screen.reading(a)
    await ann.shows()
    bob = await Screen.reading(b, "bob")
    await ann.hears("join", bob)
    await ann.shows(bob)
    await bob.shows(ann)
    stats = (await bob.ask(presence_stats={"channel": ROOM}))["presence_stats"]
    assert stats == {"num_clients": 2, "num_users": 2}
    seen = (await ann.present())[bob.name]
    assert seen == {"user": "bob", "client": bob.name, "conn_info": {"n": 1}, "chan_info": {"seat": 1}}
    bob.cut()
    await ann.hears("leave", bob)
    await ann.shows()
    assert ann.told == [("join", ann.name), ("join", bob.name), ("leave", bob.name)], "everything once, in order"
    # who is not told of is shown all the same
    eve = await Screen.connected(b.port, "eve")
    await eve.subscribe("floor:s")
    await ann.subscribe("floor:s")
    async with asyncio.timeout(5):
        while len(await ann.present("floor:s")) != 2:
            await asyncio.sleep(0.02)


async def test_where_nobody_is_shown_comings_and_goings_are_told_all_the_same(gateways, monkeypatch):
    monkeypatch.setattr("realtime.presence.ALIVE_S", 1.0)
    a, b = await gateways(), await gateways()
    a.gateway.backend.grants["told:s"] = Grant(join_leave=True)
    ann, bob, eve = [await Screen.connected(at.port, who) for at, who in ((a, "ann"), (b, "bob"), (b, "eve"))]
    for screen in (ann, bob, eve):
        screen.name, screen.told = screen.hello["connect"]["client"], []
        await screen.subscribe("told:s", join_leave=True)
    for other in (bob, eve):
        await ann.hears("join", other)
    await bob.ask(unsubscribe={"channel": "told:s"})
    await ann.hears("leave", bob)
    assert (await ann.ask(presence={"channel": "told:s"}))["error"]["code"] == 108
    assert await a.presence.there("told:s") == {}, "nor does anybody else see them"
    await b.killed(monkeypatch)
    await ann.hears("leave", eve)


async def test_the_readers_of_a_gateway_that_was_killed_are_gone_and_told_of_once(gateways, monkeypatch):
    monkeypatch.setattr("realtime.presence.ALIVE_S", 1.0)
    a, b, c = await gateways(), await gateways(), await gateways()
    ann, eve, bob = await Screen.reading(a), await Screen.reading(b, "eve"), await Screen.reading(c, "bob")
    for screen in (ann, eve):
        await screen.hears("join", bob)
    await ann.shows(eve, bob)
    await c.killed(monkeypatch)
    for screen in (ann, eve):
        await screen.hears("leave", bob)
        await screen.shows(*{ann, eve} - {screen})
        assert await screen.silent(0.3)
        assert screen.told.count(("leave", bob.name)) == 1
    left = [key.decode() for key in await a.bus.keys("presence:*")]
    assert not any(c.presence.name in key for key in left), left


async def test_an_orderly_end_leaves_nothing_behind(gateways):
    a, b = await gateways(), await gateways()
    ann, bob = await Screen.reading(a), await Screen.reading(b, "bob")
    await ann.hears("join", bob)
    await b.gateway.stop()
    await b.end()
    await ann.hears("leave", bob)
    assert set(await ann.present()) == {ann.name}
    left = [key.decode() for key in await a.bus.keys("presence*")]
    assert not any(b.presence.name in key for key in left), left


async def test_without_redis_a_gateway_shows_its_own_and_with_it_everybody_again(gateways, cache):
    a, b = await gateways(), await gateways()
    ann, bob = await Screen.reading(a), await Screen.reading(b, "bob")
    await ann.shows(bob)
    cache.kill()
    await ann.shows()
    eve = await Screen.reading(b, "eve")
    await bob.hears("join", eve)
    await until(lambda: not (a.presence.live or b.presence.live))
    cache.start()  # with an empty memory
    await ann.shows(bob, eve)
    await bob.shows(ann, eve)
    await until(lambda: a.feed.live and b.feed.live)
    eve.cut()
    await ann.hears("leave", eve)


async def test_a_redis_that_does_not_answer_holds_up_nobody(gateways, cache, monkeypatch):
    for limit in ("bus.CALL_S", "feed.CALL_S", "presence.CALL_S", "presence.ASK_S"):
        monkeypatch.setattr(f"realtime.{limit}", 0.3)
    a, b = await gateways(), await gateways()
    ann, bob = await Screen.reading(a), await Screen.reading(b, "bob")
    await ann.shows(bob)
    cache.stall()
    assert ann.name in await ann.present(), "whoever asks is answered before it is noticed"
    eve = await Screen.reading(a, "eve")
    await ann.hears("join", eve)
    await until(lambda: not a.presence.live)
    assert set(await ann.present()) == {ann.name, eve.name}
    cache.go_on()
    await ann.shows(eve, bob)
    await bob.shows(ann, eve)
    cache.stall()  # and it can still be told to end


async def test_a_gateway_taken_for_dead_comes_back_with_all_its_readers(gateways):
    a, b = await gateways(), await gateways()
    ann, bob = await Screen.reading(a), await Screen.reading(b, "bob")
    await ann.hears("join", bob)
    ann.told.clear()
    # what others do when a gateway stands still for too long
    name = b.presence.name
    async with a.bus.pipeline(transaction=True) as buried:
        buried.srem("presence:gateways", name)
        buried.delete(f"presence:alive:{name}", f"presence:channels:{name}", f"presence:at:{name}:{ROOM}")
        await buried.execute()
    await ann.hears("join", bob)
    await ann.shows(bob)


async def test_a_storm_is_few_writes_and_what_waits_is_bounded(gateways, monkeypatch):
    monkeypatch.setattr("realtime.presence.TELL_MAX", 300)
    a, b = await gateways(), await gateways()
    ann = await Screen.reading(a)
    before = int((await a.bus.info("commandstats")).get("cmdstat_hset", {"calls": 0})["calls"])
    for i in range(3000):
        b.presence.came(ROOM, f"c{i}", b'{"user":"u","client":"c%d"}' % i, shown=True, told=True)
    assert len(b.presence._tell) == 300
    while len(ann.told) < 301:
        ann.stash(await ann.next())
    assert ann.told[1:] == [("join", f"c{i}") for i in range(2700, 3000)], "the newest, in order"
    async with asyncio.timeout(8):
        while len(await a.presence.there(ROOM)) < 3000:
            await asyncio.sleep(0.02)
    assert int((await a.bus.info("commandstats"))["cmdstat_hset"]["calls"]) - before < 10
    for i in range(3000):
        b.presence.went(ROOM, f"c{i}", b'{"user":"u","client":"c%d"}' % i, told=False)
    async with asyncio.timeout(8):
        while await a.presence.there(ROOM):
            await asyncio.sleep(0.02)
    assert not b.presence._here and not b.presence._changed


async def test_entries_that_cannot_be_read_do_no_harm(gateways):
    a, b = await gateways(), await gateways()
    ann = await Screen.reading(a)
    odd = [{"g": "x"}, {"t": b"\xc1"}, {"t": b"\x91\x93\xa4join\x01\x02"}, {"t": b"\x91\x93\xa4jump\xa1c\xc4\x02{}"}]
    for fields in odd:
        await b.bus.xadd("presence", fields)
    bob = await Screen.reading(b, "bob")
    await ann.hears("join", bob)
    assert ann.told == [("join", ann.name), ("join", bob.name)]
