"""The planner: listens to the journal, gathers, thinks, stores. One in the house, by its office.

Per site there is at most one round under way. A fact that matters opens one, `GATHER_S` later; a lost table at once. A
fact that comes while the solver thinks calls it off: the newest state wins. So that a busy evening still gets its plan,
a round is called off only so often (`CALLED_OFF_MAX`) before it is let finish. What a fact says is a hint only: the
round reads the rows as they are.

Time moves plans too (somebody overstays, a late party becomes later): a site with a plan is looked at again every
`LOOK_AGAIN` of house time.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from time import perf_counter
from typing import Any

import asyncpg
import structlog
from prometheus_client import Histogram

from hub.core import sql
from hub.core.actor import HOUSE
from hub.core.leader import Leader, Term
from hub.planning import thinking, views
from schemas.base import Done, Refused
from schemas.planning import StorePlan

log = structlog.get_logger("planner")
q = sql.load(__file__)

PLAN_SECONDS = Histogram(
    "maitred_plan_seconds", "From hearing a fact that matters to the plan being stored",
    buckets=(0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10),
)  # fmt: skip

HEARD = (
    "table.*", "reservation.*", "waitlist.added", "waitlist.edited", "waitlist.removed", "waitlist.converted",
    "waitlist.offer_*", "availability.*", "floor.*", "section.*", "policy.*", "house.undone",
    "house.imported", "house.service_day_turned", "house.clock_set", "assign.*",
)  # fmt: skip
SAID = (  # its own words, and what changes no plan
    "assign.plan_updated", "availability.changed", "table.stage_set", "table.scanned",
)  # fmt: skip
CLOSES = ("availability.weather_changed", "availability.day_changed")

GATHER_S = 0.4  # facts that come together make one round; with its thinking it stays within a second
POLL_S = 1.0  # looks at the journal even if nobody rings
LINES_MAX = 200  # journal lines read at once
LOOK_AGAIN = timedelta(minutes=5)
LOOK_EVERY_S = 15.0  # wall seconds between two looks that no fact asked for, however fast the house clock runs
FLAGGED_S = (2.0, 5.0, 15.0, 60.0)  # waits before a simple plan is thought about again
CALLED_OFF_MAX = 8  # searches called off in a row before one is let finish
AT_ONCE = 4  # sites that read, think and store at the same time; the minds are fewer
AFTER_FAULT_S = 2.0  # wait before a round that failed is tried again


def matters(facts: Iterable[dict]) -> bool:
    """Whether any of these facts may change a plan."""
    return any(
        any(fnmatchcase(fact["fact"], heard) for heard in HEARD) and fact["fact"] not in SAID for fact in facts
    )


def loses_a_table(facts: Iterable[dict]) -> bool:
    """Whether somebody's table may just have been lost: that does not wait to be gathered."""
    return any(
        (fact["fact"] == "table.status_changed" and fact["now"] == "out_of_service")
        or (fact["fact"] == "table.updated" and "active" in fact["fields"])
        or fact["fact"] in CLOSES
        for fact in facts
    )


@dataclass(slots=True)
class _Desk:
    """What the planner knows of one site. `read` is how far it has heard."""

    site_id: str
    read: int
    at_once: asyncio.Event = field(default_factory=asyncio.Event)
    since: float | None = None
    round: asyncio.Task | None = None
    search: asyncio.Task | None = None
    again: bool = False
    called_off: int = 0
    looked_at: datetime | None = None
    looked_wall: float = 0.0
    flagged: int = 0


class Planner:
    """`house` has `pool`, `clock`, `commands`, `policies_of` and `minds`."""

    def __init__(self, house: Any) -> None:
        self._house = house
        self.leader = Leader(house.dsn, "planner")
        self._desks: dict[str, _Desk] = {}
        self._room = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """For ever."""
        await self.leader.hold(self._listen)

    async def _listen(self, term: Term) -> None:
        self._house.minds.start()
        self._desks = {}
        try:
            while True:
                for site_id, head in await q.heads(self._house.pool):
                    await self._hear(site_id, head)
                await term.bell.wait(POLL_S)
        finally:
            rounds = [desk.round for desk in self._desks.values() if desk.round]
            for task in rounds:
                task.cancel()
            await asyncio.gather(*rounds, return_exceptions=True)

    async def _hear(self, site_id: str, head: int) -> None:
        desk = self._desks.get(site_id)
        if desk is None:  # met for the first time in this term: whatever was told meanwhile is in the rows
            desk = self._desks[site_id] = _Desk(site_id, head)
            self._wake(desk, at_once=False)
            return
        while desk.read < head:
            lines = await q.lines_after(self._house.pool, site_id=site_id, after=desk.read, at_most=LINES_MAX)
            if not lines:
                break
            facts = [fact for line in lines for fact in line["facts"]]
            desk.read = lines[-1]["seq"]
            if matters(facts):
                self._wake(desk, at_once=loses_a_table(facts))
        if self._stale(desk):
            self._wake(desk, at_once=False)

    def _stale(self, desk: _Desk) -> bool:
        """Whether enough time has passed to look again, unasked: the evening went on, or the last plan was a simple
        one."""
        if desk.round is not None or desk.looked_at is None:
            return False
        wall = asyncio.get_running_loop().time() - desk.looked_wall
        if desk.flagged and wall >= FLAGGED_S[min(desk.flagged, len(FLAGGED_S)) - 1]:
            return True
        return wall >= LOOK_EVERY_S and abs(self._house.clock.now() - desk.looked_at) >= LOOK_AGAIN

    def _wake(self, desk: _Desk, *, at_once: bool) -> None:
        desk.since = desk.since or perf_counter()
        if at_once:
            desk.at_once.set()
        if desk.round is None:
            desk.round = asyncio.create_task(self._rounds(desk), name=f"plan@{desk.site_id}")
            return
        desk.again = True
        if desk.search is not None and desk.called_off < CALLED_OFF_MAX:
            desk.called_off += 1
            desk.search.cancel()

    async def _rounds(self, desk: _Desk) -> None:
        """Until nothing new was heard during the last round."""
        try:
            while True:
                await self._gather(desk)
                desk.again = False
                began, desk.since = desk.since or perf_counter(), None
                try:
                    async with self._room:
                        stored = await self._round(desk)
                except (asyncpg.PostgresError, *sql.AWAY) as error:
                    log.warning("plan_waits", site=desk.site_id, error=type(error).__name__)
                    desk.again = True
                    await asyncio.sleep(AFTER_FAULT_S)
                except Exception:  # the outermost edge of a round: one site's fault must not stop the others
                    log.exception("plan_failed", site=desk.site_id)
                    await asyncio.sleep(AFTER_FAULT_S)
                else:
                    if stored:
                        PLAN_SECONDS.observe(perf_counter() - began)
                if not desk.again:
                    return
        finally:
            desk.round = None

    async def _gather(self, desk: _Desk) -> None:
        try:
            async with asyncio.timeout(GATHER_S):
                await desk.at_once.wait()
        except TimeoutError:
            pass
        desk.at_once.clear()

    async def _round(self, desk: _Desk) -> bool:
        """One plan; False when it was called off, refused as stale, or is what it was."""
        found = await views.scene(self._house, desk.site_id)
        if found is None:
            return False
        scene, policies = found
        desk.looked_at, desk.looked_wall = scene.now, asyncio.get_running_loop().time()
        search = desk.search = asyncio.create_task(
            thinking.plan(self._house.minds, scene, policies.get("planning.budget_ms"))
        )
        try:
            planned = await search
        except asyncio.CancelledError:
            if not search.cancelled() or (task := asyncio.current_task()) is None or task.cancelling():
                search.cancel()
                raise  # the term is over
            desk.again = True  # a newer state: gather again
            return False
        finally:
            desk.search = None
        desk.called_off = 0
        desk.flagged = desk.flagged + 1 if planned.score.flag else 0
        wish = StorePlan(
            site_id=desk.site_id, key=f"plan-{scene.seq}-{self._house.commands.ids()}"[:64], basis=scene.seq,
            service_date=scene.day, score=planned.score, placements=planned.placements,
        )  # fmt: skip
        answer = await self._house.commands.give(HOUSE, wish)
        if isinstance(answer, Refused) and answer.code == "unavailable":
            raise TimeoutError(answer.message)
        return isinstance(answer, Done)
