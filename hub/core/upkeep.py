"""Upkeep: what a house throws away, and the empty pages it lays out.

Patches and answers may hold guests' names; they live in one partition per day, made ahead and dropped whole, so that
erasing is complete and costs nothing. Sign-ins past their time, spent tokens and timers long gone are deleted. The
journal and the record of changes are kept. Every process may run it: one at a time does, the others find nothing left
to do.
"""

import asyncio
from datetime import date, timedelta
from typing import Any

import asyncpg
import structlog

from hub.core import sql
from hub.core.clock import wall_now

log = structlog.get_logger("upkeep")
q = sql.load(__file__, "upkeep.sql")

PARTED = ("publication", "answer")
AHEAD_DAYS = 2  # partitions laid out ahead: a house whose upkeep fails for a day still has its page
KEEP_DAYS = 1  # whole days kept beside today: at least 24 h of patches and answers
TIMERS_KEPT = timedelta(days=7)  # fired and dropped timers, for looking back
SIGN_INS_KEPT = timedelta(days=1)  # ended ones, so that who comes back with an old token is told why
USED_TOKENS_KEPT = timedelta(days=7)  # one that comes back within it ends its sign-in; later it is merely unknown
LOG_KEPT = timedelta(days=1)  # the queue's log of jobs
EVERY_S = 3600.0
LOCK_MS = 2000  # a partition is swapped in a moment or not at all: commits must not queue behind it
DELETE_MAX = 5000  # rows deleted by one statement
AFTER_FAULT_S = 30.0  # wait before an upkeep that failed is tried again


class Upkeep:
    """At the start, then every hour."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await keep_up(self._pool)
            except (asyncpg.PostgresError, *sql.AWAY) as error:
                log.warning("upkeep_waits", error=type(error).__name__)
                await asyncio.sleep(AFTER_FAULT_S)
            else:
                await asyncio.sleep(EVERY_S)


async def keep_up(pool: asyncpg.Pool, today: date | None = None) -> None:
    """One round. `today` is the wall's date in UTC, by which commits are filed."""
    today = today or wall_now().date()
    async with pool.acquire(timeout=10) as db:
        if not await q.alone(db):
            return  # another process is at it
        try:
            for table in PARTED:
                for ahead in range(AHEAD_DAYS + 1):
                    await _lay_out(db, table, today + timedelta(days=ahead))
                await _throw_away(db, table, today - timedelta(days=KEEP_DAYS))
            await _delete(db, q.expired_sessions, now=wall_now())
            await _delete(db, q.old_sign_ins, before=wall_now() - SIGN_INS_KEPT)
            await _delete(db, q.used_tokens, before=wall_now() - USED_TOKENS_KEPT)
            await _delete(db, q.old_timers, kept=TIMERS_KEPT)
            await _delete(db, q.old_job_log, kept=LOG_KEPT)
            await _delete(db, q.old_job_statistics, kept=TIMERS_KEPT)
        finally:
            await q.no_longer_alone(db)


def _page(table: str, day: date) -> str:
    return f"{table}_d{day:%Y%m%d}"


async def _partitions(db: asyncpg.Connection, table: str) -> set[str]:
    return {record["name"] for record in await q.partitions(db, parent=table)}


async def _lay_out(db: asyncpg.Connection, table: str, day: date) -> None:
    """The page of a day. Rows that found none were filed under the rest; they move along."""
    page = _page(table, day)
    if page in await _partitions(db, table):
        return
    async with db.transaction():
        await db.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
        # Nobody may file under the rest between the moving and the attaching.
        await db.execute(f"LOCK TABLE {table}_rest IN ACCESS EXCLUSIVE MODE")
        await db.execute(f"CREATE TABLE {page} (LIKE {table} INCLUDING ALL)")
        astray = f"DELETE FROM {table}_rest WHERE day = $1 RETURNING *"  # noqa: S608 - names are our own
        await db.execute(f"WITH astray AS ({astray}) INSERT INTO {page} SELECT * FROM astray", day)  # noqa: S608
        await db.execute(
            f"ALTER TABLE {table} ATTACH PARTITION {page} FOR VALUES FROM ('{day}') TO ('{day + timedelta(days=1)}')"
        )


async def _throw_away(db: asyncpg.Connection, table: str, keep_from: date) -> None:
    """Pages of days before `keep_from`, and what of the rest is as old."""
    oldest_kept = _page(table, keep_from)
    for page in sorted(await _partitions(db, table)):
        if page.startswith(f"{table}_d") and page < oldest_kept:
            async with db.transaction():
                await db.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
                await db.execute(f"DROP TABLE {page}")
            log.info("page_dropped", page=page)
    await db.execute(f"DELETE FROM {table}_rest WHERE day < $1", keep_from)  # noqa: S608 - names are our own


async def _delete(db: asyncpg.Connection, statement: Any, **args: Any) -> None:
    gone = DELETE_MAX
    while gone == DELETE_MAX:
        gone = await statement(db, at_most=DELETE_MAX, **args)
