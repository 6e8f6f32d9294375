"""For the tests of jobs: a bare house (sites, pool, bus) and commits written straight into its journal."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
import redis.asyncio as redis

from hub.core import sql
from hub.core.clock import HouseClock, wall_now
from hub.core.commands import q
from hub.core.relay import tail

NINE = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)


@dataclass
class Bare:
    """A house without slices."""

    dsn: str
    pool: asyncpg.Pool
    redis: redis.Redis
    clock: HouseClock

    async def commit(self, site: str, *facts: str, channels: int = 1, size: int = 10) -> int:
        """One commit that tells `facts` and says something on so many channels."""
        async with self.pool.acquire() as db, db.transaction():
            await q.lock_site(db, site_id=site)
            seq = 1 + await db.fetchval("SELECT seq FROM site_head WHERE site_id = $1", site)
            await q.write_line(
                db, site_id=site, seq=seq, channels=[f"c{n}:{site}" for n in range(channels)],
                datas=[f"{site}/{seq}/c{n}".encode().ljust(size) for n in range(channels)], day=wall_now().date(),
                at=wall_now(), command="test", actor="house", source="house", reason=None,
                facts=[{"fact": fact} for fact in facts], touched=[], undoes=None, key=f"k{seq}", wish=b"", answer=b"{}", undo=None,
                kinds=[], row_ids=[], wases=[], nows=[],
            )  # fmt: skip
        return seq


async def a_bare_house(dsn: str, redis_url: str, *sites: str) -> Bare:
    pool = await sql.connect_pool(dsn)
    await pool.execute("INSERT INTO org VALUES ('o1', 'Test kitchens')")
    for site in sites:
        await add_site(pool, site)
    bus = redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=1)
    return Bare(dsn, pool, bus, HouseClock.real())


async def add_site(pool: asyncpg.Pool, site: str) -> None:
    await pool.execute(
        "INSERT INTO site (id, org_id, name, timezone, service_date) VALUES ($1, 'o1', $1, 'Europe/London', $2)",
        site, NINE.date(),
    )  # fmt: skip
    await pool.execute("INSERT INTO site_head (site_id) VALUES ($1)", site)


async def tailed(bus: redis.Redis, site: str) -> list[tuple[int, list]]:
    """What a consumer that reads the tail from its beginning has: (seq, [[channel, pos, data], …])."""
    return [
        (int(entry_id.split(b"-")[0]), msgspec.msgpack.decode(fields[b"p"]))
        for entry_id, fields in await bus.xrange(tail(site))
    ]


async def until(done: Callable[[], Awaitable[Any]], within_s: float = 15.0) -> Any:
    """Waits until `done` brings something true, and brings it."""
    async with asyncio.timeout(within_s):
        while not (found := await done()):  # noqa: ASYNC110 - what is waited for is in a server
            await asyncio.sleep(0.02)
        return found
