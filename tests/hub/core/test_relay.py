"""Every commit reaches the tail whole, in order and once, whoever is killed in between."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.core import metrics
from hub.core.embedded import Valkey
from hub.core.relay import Relay, start_check, tail
from tests.hub.core.jobs import Bare, a_bare_house, tailed, until


@pytest.fixture
async def house(servers, db_dsn) -> AsyncIterator[Bare]:
    bare = await a_bare_house(db_dsn, servers.valkey.url(), "s1", "s2")
    await bare.redis.flushall()
    yield bare
    await bare.redis.aclose()
    await bare.pool.close()


@contextlib.asynccontextmanager
async def relaying(bare: Bare, relay: Relay | None = None) -> AsyncIterator[Relay]:
    relay = relay or Relay(bare.dsn, bare.pool, bare.redis)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def arrived(bare: Bare, site: str, seq: int) -> list:
    async def there():
        got = await tailed(bare.redis, site)
        return got if got and got[-1][0] >= seq else None

    return await until(there)


async def test_a_commit_arrives_with_all_its_channels(house):
    async with relaying(house):
        await house.commit("s1", channels=3)
        await house.commit("s1", channels=2)
        got = await arrived(house, "s1", 2)
    assert got == [
        (1, [[f"c{n}:s1", 1, f"s1/1/c{n}".encode().ljust(10)] for n in range(3)]),
        (2, [[f"c{n}:s1", 2, f"s1/2/c{n}".encode().ljust(10)] for n in range(2)]),
    ]
    assert await house.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_many_writers_at_two_sites_leave_no_gap(house):
    async with relaying(house):
        await asyncio.gather(*(house.commit(site) for site in ("s1", "s2") for _ in range(60)))
        for site in ("s1", "s2"):
            got = await arrived(house, site, 60)
            assert [seq for seq, _ in got] == list(range(1, 61))
            assert [said[0][1] for _, said in got] == list(range(1, 61)), "positions follow the commits"


async def test_a_relay_killed_between_redis_and_commit_leaves_no_gap_and_no_double(house, servers):
    for _ in range(5):
        await house.commit("s1")
    script = f"""
import asyncio, os, signal
import redis.asyncio as redis
from hub.core.relay import Relay

class Dies(Relay):
    async def _write(self, *args, **kwargs):
        added = await super()._write(*args, **kwargs)
        if added > 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return added

asyncio.run(Dies({house.dsn!r}, None, redis.from_url({servers.valkey.url()!r})).run())
"""
    root = Path(__file__).parents[3]
    dying = await asyncio.create_subprocess_exec(sys.executable, "-c", script, cwd=root)
    assert await asyncio.wait_for(dying.wait(), 30) == -signal.SIGKILL
    assert [seq for seq, _ in await tailed(house.redis, "s1")] == [1, 2, 3, 4, 5], "Redis had them before it died"
    assert await house.pool.fetchval("SELECT count(*) FROM outbox") == 5, "the outbox did not let go of them"
    async with relaying(house):
        await house.commit("s1")
        got = await arrived(house, "s1", 6)
    assert [seq for seq, _ in got] == [1, 2, 3, 4, 5, 6]
    assert await house.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_another_relay_takes_over_within_two_seconds(house):
    async with relaying(house) as first:
        await house.commit("s1")
        await arrived(house, "s1", 1)
        async with relaying(house) as second:
            await asyncio.sleep(0.2)
            assert first.leader.in_office
            assert not second.leader.in_office
            ended = await house.pool.fetchval(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            assert ended
            await house.commit("s1")
            await asyncio.wait_for(arrived(house, "s1", 2), 5)
            await house.commit("s1")
            got = await arrived(house, "s1", 3)
            assert [seq for seq, _ in got] == [1, 2, 3]
            assert first.leader.in_office != second.leader.in_office


async def test_redis_away_holds_nobody_up_and_loses_nothing(house, tmp_path):
    valkey = Valkey(tmp_path).start()
    try:
        import redis.asyncio as redis

        bus = redis.from_url(valkey.url(), socket_timeout=1, socket_connect_timeout=1)
        away = Bare(house.dsn, house.pool, bus, house.clock)
        async with relaying(away):
            await away.commit("s1")
            await arrived(away, "s1", 1)
            valkey.stop()
            for _ in range(3):
                await asyncio.wait_for(away.commit("s1"), 2)  # commits do not wait for Redis
            await until(_lags)
            assert await away.pool.fetchval("SELECT count(*) FROM outbox") == 3
            valkey.start()
            got = await arrived(away, "s1", 4)
            # its memory was empty: what it had is there again, before what is new
            assert [seq for seq, _ in got] == [1, 2, 3, 4]
            await until(lambda: _caught_up(away))
        await bus.aclose()
    finally:
        valkey.stop()


async def _lags() -> bool:
    return metrics.OUTBOX_LAG._value.get() > 0


async def _caught_up(bare: Bare) -> bool:
    return await bare.pool.fetchval("SELECT count(*) FROM outbox") == 0 and not await _lags()


async def test_a_tail_forgotten_while_nothing_happens_is_filled_again(house, monkeypatch):
    monkeypatch.setattr("hub.core.relay.WATCH_S", 0.1)
    async with relaying(house):
        await house.commit("s1")
        await house.commit("s1")
        await arrived(house, "s1", 2)
        await until(lambda: _caught_up(house))
        await house.redis.flushall()
        assert [seq for seq, _ in await arrived(house, "s1", 2)] == [1, 2]


async def test_an_error_of_one_commit_stops_those_after_it(house):
    """What Redis refuses for another reason than having it already must not be overtaken by what follows."""
    relay = Relay(house.dsn, house.pool, house.redis)
    assert await relay._write("s1", [(1, []), (2, [])], filled=True) == 2
    with pytest.raises(Exception, match="Invalid stream ID"):
        await relay._write("s1", [(3, []), ("x", []), (4, [])], filled=True)
    assert [seq for seq, _ in await tailed(house.redis, "s1")] == [1, 2, 3]
    assert await relay._write("s1", [(2, []), (3, []), (4, [])], filled=False) == 1, "repeats are ignored"


async def test_the_tail_keeps_about_a_thousand(house):
    relay = Relay(house.dsn, house.pool, house.redis)
    for start in range(0, 3000, 200):
        await relay._write("s1", [(start + n, []) for n in range(1, 201)], filled=True)
    assert 1024 <= await house.redis.xlen(tail("s1")) < 1324


async def test_a_tail_ahead_of_the_database_begins_a_new_epoch(house):
    before = await house.pool.fetchval("SELECT epoch FROM house")
    await house.commit("s1")
    await house.redis.xadd(tail("s1"), {"p": b"\x90"}, id="1-0")
    assert await start_check(house.pool, house.redis) is None, "level with the database is well"
    await house.redis.xadd(tail("s2"), {"p": b"\x90"}, id="7-0")
    epoch = await start_check(house.pool, house.redis)
    assert epoch
    assert epoch != before
    assert await house.pool.fetchval("SELECT epoch FROM house") == epoch
    assert await house.redis.exists(tail("s1"), tail("s2")) == 0
    assert await start_check(house.pool, house.redis) is None
