"""Reactions: what a slice does after others' facts, once they are committed.

    @hears("booking.no_show", name="free_the_table")
    async def free_the_table(house, site_id, seq, facts): ...

    @hears("waitlist.*", "table.*", name="waiting", coalesced=True, tells=("waitlist.reordered",))
    async def refresh_waiting(house, site_id, seq, facts): ...

    REACTIONS = (free_the_table, refresh_waiting)

Each reaction hears each site's journal in order and remembers how far it has come, so a crash makes it hear a commit
again, never miss one: *at least once*. It has to be idempotent by `seq` (a command it gives takes a key made of its
name and the seq). A coalesced one, for derived rows, runs once for what came within half a second, with the newest
seq; it reads the rows as they are and takes the facts as a hint. One that raises is tried again and again with longer
waits, then skipped, loudly; meanwhile the others, and itself at other sites, go on.

Only one process of a house runs them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

import asyncpg
import structlog
from prometheus_client import Counter

from hub.core import sql
from hub.core.leader import Leader, Term

log = structlog.get_logger("reactions")
q = sql.load(__file__, "jobs.sql")

RAN = Counter("maitred_reactions_total", "Reactions run, by name and outcome", ["reaction", "outcome"])

GATHER_S = 0.4  # how long a coalesced reaction gathers; with its own run it stays within half a second
LINES_MAX = 200  # journal lines read at once
RUN_S = 30.0  # one run; whoever needs longer hands the work to a job
AFTER_FAULT_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # waits after a fault; one fault more and the commit is skipped
AWAY_S = 1.0  # wait while the database is away; that is nobody's fault and never skips anything
AT_ONCE = 4  # sites at which one reaction runs at the same time; the pool has room for a few of them
LATELY = timedelta(minutes=10)  # a reaction new to a site hears this far back
POLL_S = 1.0  # looks at the journal even if nobody rings
KEEP_EVERY = 500  # lines passed over before an idle reaction writes down how far it is

React = Callable[[Any, str, int, list[dict]], Awaitable[None]]
"""(house, site_id, seq, facts as they are in the journal)."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """`hears` are names of facts, `*` for any ending; `tells` are those it causes itself and never hears."""

    name: str
    hears: tuple[str, ...]
    react: React
    coalesced: bool = False
    tells: tuple[str, ...] = ()

    def heard_in(self, facts: Iterable[dict]) -> list[dict]:
        return [fact for fact in facts if _among(fact["fact"], self.hears) and not _among(fact["fact"], self.tells)]


def _among(fact: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(fact, pattern) for pattern in patterns)


def hears(*facts: str, name: str, coalesced: bool = False, tells: tuple[str, ...] = ()) -> Callable[[React], Reaction]:
    """Makes a reaction of a function; the slice lists it in its REACTIONS."""
    return lambda react: Reaction(name, facts, react, coalesced, tells)


@dataclass(slots=True)
class _Ear:
    """One reaction at one site. `seq` is how far it has heard, `kept` what of that is written down."""

    reaction: Reaction
    site_id: str
    seq: int
    kept: int
    task: asyncio.Task | None = None
    again: bool = field(default=False)


class Reactions:
    """Runs the reactions of a house. `house` is handed through to them."""

    def __init__(self, dsn: str, pool: asyncpg.Pool, house: Any, reactions: Iterable[Reaction]) -> None:
        self._pool, self._house, self._reactions = pool, house, tuple(reactions)
        names = [reaction.name for reaction in self._reactions]
        assert len(names) == len(set(names)), f"two reactions of one name: {names}"
        self.leader = Leader(dsn, "reactions")
        self._ears: dict[tuple[str, str], _Ear] = {}
        self._read: dict[str, int] = {}  # per site, up to where lines were handed to ears
        self._room: dict[str, asyncio.Semaphore] = {}

    async def run(self) -> None:
        """For ever."""
        await self.leader.hold(self._listen)

    async def _listen(self, term: Term) -> None:
        self._ears, self._read = {}, {}
        self._room = {reaction.name: asyncio.Semaphore(AT_ONCE) for reaction in self._reactions}
        kept = {(row["name"], row["site_id"]): row["seq"] for row in await q.cursors(self._pool)}
        try:
            while True:
                for site_id, head in await q.heads(self._pool):
                    if site_id not in self._read:
                        await self._begin(site_id, head, kept)
                    elif head > self._read[site_id]:
                        await self._hear(site_id)
                await term.bell.wait(POLL_S)
        finally:
            tasks = [ear.task for ear in self._ears.values() if ear.task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _begin(self, site_id: str, head: int, kept: dict[tuple[str, str], int]) -> None:
        """A site is met for the first time in this term: everyone goes on where they were."""
        for reaction in self._reactions:
            seq = kept.get((reaction.name, site_id))
            if seq is None:
                begun = await q.begin_hearing(self._pool, name=reaction.name, site_id=site_id, lately=LATELY)
                seq = begun["seq"]
            ear = self._ears[reaction.name, site_id] = _Ear(reaction, site_id, seq, seq)
            if seq < head:
                self._wake(ear)
        self._read[site_id] = head

    async def _hear(self, site_id: str) -> None:
        """New lines of a site: wakes who hears something in them, moves on who does not."""
        while lines := await q.lines_after(self._pool, site_id=site_id, after=self._read[site_id], at_most=LINES_MAX):
            last = lines[-1]["seq"]
            for reaction in self._reactions:
                ear = self._ears[reaction.name, site_id]
                if any(reaction.heard_in(facts) for _, facts in lines):
                    self._wake(ear)
                elif ear.task is None:  # idle: whatever it would hear has been heard
                    ear.seq = max(ear.seq, last)
                    if last - ear.kept >= KEEP_EVERY:
                        await self._keep(ear)
            self._read[site_id] = last

    def _wake(self, ear: _Ear) -> None:
        if ear.task is None:
            ear.task = asyncio.create_task(self._catch_up(ear), name=f"{ear.reaction.name}@{ear.site_id}")
        else:
            ear.again = True

    async def _keep(self, ear: _Ear) -> None:
        await q.heard(self._pool, name=ear.reaction.name, site_id=ear.site_id, seq=ear.seq)
        ear.kept = ear.seq

    # ------------------------------------------------------------ one ear at work

    async def _catch_up(self, ear: _Ear) -> None:
        try:
            while True:
                ear.again = False
                if ear.reaction.coalesced:
                    await asyncio.sleep(GATHER_S)
                try:
                    await (self._gathered(ear) if ear.reaction.coalesced else self._each(ear))
                except (asyncpg.PostgresError, *sql.AWAY) as error:
                    log.warning("reaction_waits", reaction=ear.reaction.name, error=type(error).__name__)
                    await asyncio.sleep(AWAY_S)
                    continue
                except Exception:  # a line that cannot be heard at all: told for as long as it is there
                    log.exception("reaction_stuck", reaction=ear.reaction.name, site=ear.site_id, seq=ear.seq)
                    await asyncio.sleep(AFTER_FAULT_S[-1])
                    continue
                if not ear.again:
                    return
        finally:
            ear.task = None

    async def _lines(self, ear: _Ear, after: int) -> list[asyncpg.Record]:
        return await q.lines_after(self._pool, site_id=ear.site_id, after=after, at_most=LINES_MAX)

    async def _each(self, ear: _Ear) -> None:
        while lines := await self._lines(ear, ear.seq):
            for seq, said in lines:
                facts = ear.reaction.heard_in(said)
                if facts:
                    await self._react(ear, seq, facts)
                ear.seq = seq
                if facts:
                    await self._keep(ear)

    async def _gathered(self, ear: _Ear) -> None:
        facts: list[dict] = []
        seq = ear.seq
        while lines := await self._lines(ear, seq):
            for _, said in lines:
                facts += ear.reaction.heard_in(said)
            facts = facts[-LINES_MAX:]
            seq = lines[-1]["seq"]
        if facts:
            await self._react(ear, seq, facts)
        ear.seq = seq
        if facts:
            await self._keep(ear)

    async def _react(self, ear: _Ear, seq: int, facts: list[dict]) -> None:
        """One run, tried until it succeeds or has failed too often."""
        name = ear.reaction.name
        for wait_s in (*AFTER_FAULT_S, None):
            try:
                async with self._room[name], asyncio.timeout(RUN_S):
                    await ear.reaction.react(self._house, ear.site_id, seq, facts)
            except Exception as fault:  # the outermost edge of a reaction: one's fault must not stop the others
                if isinstance(fault, sql.AWAY) and not await self._there():
                    raise  # the database is away: the same commit again, as often as it takes
                log.exception("reaction_failed", reaction=name, site=ear.site_id, seq=seq)
                RAN.labels(name, "failed").inc()
            else:
                RAN.labels(name, "done").inc()
                return
            if wait_s is not None:
                await asyncio.sleep(wait_s)
        RAN.labels(name, "skipped").inc()
        log.error("reaction_skipped", reaction=name, site=ear.site_id, seq=seq, tries=len(AFTER_FAULT_S) + 1)

    async def _there(self) -> bool:
        try:
            await self._pool.fetchval("SELECT 1", timeout=2)
        except (asyncpg.PostgresError, *sql.AWAY):
            return False
        return True
