"""The relay: hands every commit on from the database to Redis, whole, in order, once.

A commit leaves one row in the outbox. The relay takes rows out in a transaction of its own, writes them to the stream
`tail:{site}` under the explicit id `{seq}-0`, and commits only after Redis has them: a crash in between repeats the
write, and Redis refuses an id it has. So the stream has no gap and no repetition. One stream entry is one commit:
field `p` = MessagePack of `[[channel, pos, data], …]`, `data` being the very bytes of the publication.

Redis is a cache of the tail. While it is away rows wait in the outbox and nobody else does; when it comes back with an
empty memory, the last minutes are filled in from the database before what is new. A tail that is *ahead* of the
database means the database is an older one: then the epoch changes and the tails go.
"""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from typing import Any

import asyncpg
import msgspec
import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

from hub.core import metrics, sql
from hub.core.leader import Leader, Term

log = structlog.get_logger("relay")
q = sql.load(__file__, "jobs.sql")

BATCH = 200  # commits handed on at once
TAIL_MAX = 1024  # commits kept per site's stream, about; twice the history a channel keeps
TAIL_DAYS = 1  # an idle site's stream goes after a day, as its publications do
KEPT = timedelta(minutes=5)  # how far back an emptied stream is filled
POLL_S = 1.0  # looks at the outbox even if nobody rings
WATCH_S = 5.0  # looks whether the streams written lately are still there
REDIS_S = 2.0  # one hand-over
AFTER_FAULT_S = (0.1, 0.2, 0.5, 1.0, 2.0)  # waits while Redis is away; the last one repeats

_pack = msgspec.msgpack.Encoder().encode

# All of one site's commits at once. Stops at the first that fails for another reason than being there already: what
# follows must not overtake it. `filled` = 0 asks first whether the stream is there at all.
_HAND_ON = """
local filled = ARGV[1]
if filled == '0' and redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
local added = 0
for i = 4, #ARGV, 2 do
    local said = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], ARGV[i] .. '-0', 'p', ARGV[i + 1])
    if type(said) == 'table' and said.err then
        if not string.find(said.err, 'equal or smaller') then return redis.error_reply(said.err) end
    else
        added = added + 1
    end
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return added
"""
_EMPTIED = -1

Commit = tuple[int, list[tuple[str, int, bytes]]]
"""A commit's seq and what it said: (channel, pos, data)."""


def tail(site_id: str) -> str:
    return f"tail:{site_id}"


class Relay:
    """One of a house's processes relays at a time; the others wait to take over."""

    def __init__(self, dsn: str, pool: asyncpg.Pool, bus: redis.Redis) -> None:
        self._pool, self._redis = pool, bus
        self._hand_on = bus.register_script(_HAND_ON)
        self.leader = Leader(dsn, "relay")
        self._written: dict[str, int] = {}  # per site, the last seq handed on in this term

    async def run(self) -> None:
        """For ever."""
        await self.leader.hold(self._relay)

    async def _relay(self, term: Term) -> None:
        self._written = {}
        fails, checked, watched = 0, False, 0.0
        while True:
            try:
                if not checked:
                    await start_check(term.db, self._redis)
                    checked = True
                while await self._drain(term.db):
                    fails = 0
                now = asyncio.get_running_loop().time()
                if now - watched > WATCH_S:
                    await self._watch(term.db)
                    watched = now
                fails = 0
                metrics.OUTBOX_LAG.set(0)
            except (RedisError, OSError, TimeoutError) as error:
                if term.db.is_closed():
                    raise
                if fails == 0:
                    log.warning("tail_away", error=type(error).__name__, detail=str(error)[:200])
                metrics.OUTBOX_LAG.set(await q.outbox_lag_s(term.db))
                await asyncio.sleep(AFTER_FAULT_S[min(fails, len(AFTER_FAULT_S) - 1)])
                fails += 1
                continue
            await term.bell.wait(POLL_S)

    async def _drain(self, db: asyncpg.Connection) -> int:
        """Hands one batch on. The office's own connection: should the office be lost, so is this transaction."""
        async with db.transaction():
            records = await q.take_commits(db, at_most=BATCH)
            count = 0
            for site_id, of_site in groupby(records, key=lambda record: record["site_id"]):
                commits = _commits(of_site)
                await self._hand(db, site_id, commits)
                count += len(commits)
        metrics.RELAYED.inc(count)
        return count

    async def _hand(self, db: asyncpg.Connection, site_id: str, commits: list[Commit]) -> None:
        if await self._write(site_id, commits, filled=False) == _EMPTIED:
            records = await q.recent_commits(
                db, site_id=site_id, before=commits[0][0], at_most=TAIL_MAX, kept=KEPT
            )
            await self._write(site_id, [*_commits(records), *commits], filled=True)
        self._written[site_id] = commits[-1][0]

    async def _write(self, site_id: str, commits: list[Commit], *, filled: bool) -> int:
        args: list[Any] = [int(filled), TAIL_MAX, TAIL_DAYS * 86_400]
        for seq, said in commits:
            args += (seq, _pack(said))
        async with asyncio.timeout(REDIS_S):
            return await self._hand_on(keys=[tail(site_id)], args=args)

    async def _watch(self, db: asyncpg.Connection) -> None:
        """Redis may forget while nothing happens; then the last minutes are written again without waiting for news."""
        sites = list(self._written)
        if not sites:
            return
        async with asyncio.timeout(REDIS_S), self._redis.pipeline(transaction=False) as ask:
            for site_id in sites:
                ask.exists(tail(site_id))
            there = await ask.execute()
        for site_id, found in zip(sites, there, strict=True):
            if found:
                continue
            records = await q.recent_commits(
                db, site_id=site_id, before=self._written[site_id] + 1, at_most=TAIL_MAX, kept=KEPT
            )
            if records:
                log.info("tail_filled", site=site_id)
                await self._write(site_id, _commits(records), filled=True)
            else:
                del self._written[site_id]


def _commits(records: Iterable[asyncpg.Record]) -> list[Commit]:
    return [
        (seq, [(record["channel"], record["pos"], record["data"]) for record in said])
        for seq, said in groupby(records, key=lambda record: record["seq"])
    ]


async def start_check(db: asyncpg.Connection | asyncpg.Pool, bus: redis.Redis) -> str | None:
    """If a site's tail is ahead of the database, the database was put back from a backup: a new epoch begins, every
    screen re-reads, and the tails start anew. Returns the new epoch, or None when all is well."""
    sites = [record["site_id"] for record in await q.heads(db)]
    async with asyncio.timeout(REDIS_S), bus.pipeline(transaction=False) as ask:
        for site_id in sites:
            ask.xrevrange(tail(site_id), count=1)
        tops = await ask.execute()
    # The tails first, the heads after: a commit in between makes the head larger, never the tail.
    heads = {record["site_id"]: record["seq"] for record in await q.heads(db)}
    ahead = [
        site_id for site_id, top in zip(sites, tops, strict=True)
        if top and int(top[0][0].split(b"-")[0]) > heads.get(site_id, 0)
    ]  # fmt: skip
    if not ahead:
        return None
    epoch = await q.new_epoch(db)
    async with asyncio.timeout(REDIS_S):
        await bus.delete(*(tail(site_id) for site_id in sites))
    log.warning("new_epoch", epoch=epoch, sites=ahead)
    return epoch
