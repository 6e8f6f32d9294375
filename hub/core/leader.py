"""One at a time: an office (the relay, the reactions) held by at most one process of a house.

An office is a session-level advisory lock, so it lasts exactly as long as the connection that holds it: a killed
process gives it up at once, and the others, who ask every second, take over. What must never be done by two at once is
done on that very connection, whose transactions die with the office.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
import structlog

from hub.core import sql

log = structlog.get_logger("leader")
q = sql.load(__file__, "jobs.sql")

ASK_S = 1.0  # seconds between two tries for a taken office: a successor begins within two
STATEMENT_S = 5.0  # an office's own statements are small; one that hangs gives the office up
AFTER_FAULT_S = (0.2, 0.5, 1.0, 2.0)  # waits before an office that failed is tried for again


class Bell:
    """Rings at every commit of the house; collects whose it was."""

    def __init__(self) -> None:
        self._sites: set[str] = set()
        self._rung = asyncio.Event()

    def ring(self, site_id: str) -> None:
        self._sites.add(site_id)
        self._rung.set()

    async def wait(self, at_most_s: float) -> set[str]:
        """The sites heard since last asked; empty when it stayed quiet for `at_most_s`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):  # wait_for would swallow an end that comes together with a ring
                await self._rung.wait()
        self._rung.clear()
        heard, self._sites = self._sites, set()
        return heard


@dataclass(slots=True)
class Term:
    """One time in office. `db` is the connection that holds it; `bell` hears every commit on it."""

    db: asyncpg.Connection
    bell: Bell = field(default_factory=Bell)


class Leader:
    """Waits for an office and does its duty, for ever."""

    def __init__(self, dsn: str, office: str) -> None:
        self._dsn, self.office = dsn, office
        self.in_office = False

    async def hold(self, duty: Callable[[Term], Awaitable[None]]) -> None:
        """Does `duty` whenever in office; a lost connection or a fault in it ends the term and a new one is sought."""
        fails = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._term(duty)
            except (asyncpg.PostgresError, *sql.AWAY) as error:
                log.warning("office_lost", office=self.office, error=type(error).__name__, detail=str(error)[:200])
            except Exception:  # the outermost edge of a duty: a fault in it is told, then it begins anew
                log.exception("office_failed", office=self.office)
            finally:
                self.in_office = False
            fails = 0 if asyncio.get_running_loop().time() - began > 10 else min(fails + 1, len(AFTER_FAULT_S) - 1)
            await asyncio.sleep(AFTER_FAULT_S[fails])

    async def _term(self, duty: Callable[[Term], Awaitable[None]]) -> None:
        db = await sql.connect_one(self._dsn, command_timeout=STATEMENT_S)
        try:
            while not await q.take_office(db, office=self.office):  # noqa: ASYNC110 - the holder is another process
                await asyncio.sleep(ASK_S)
            term = Term(db)
            await db.add_listener("maitred_journal", lambda _db, _pid, _channel, site_id: term.bell.ring(site_id))
            self.in_office = True
            log.info("office_taken", office=self.office)
            at_duty = asyncio.ensure_future(duty(term))
            db.add_termination_listener(lambda *_: at_duty.cancel())
            try:
                await asyncio.wait([at_duty])
            finally:
                at_duty.cancel()
                await asyncio.wait([at_duty], timeout=STATEMENT_S)
            if at_duty.cancelled():
                raise ConnectionError("the connection that held the office ended")
            at_duty.result()
        finally:
            with contextlib.suppress(asyncpg.PostgresError, *sql.AWAY):
                await db.close(timeout=2)
