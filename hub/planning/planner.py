"""The planner: listens to the journal, gathers, thinks, stores. One in the house, by its office.

Per site there is at most one round under way: when it begins and whether it is called off, `gathering` says. What a
fact says is a hint only: the round reads the rows as they are, once, and facts that are in those rows already ask for
no other round. Where the rows make the very problem that the last plan answers, nobody thinks; where the answer says
what is stored, the house is not asked.

Time moves plans too (somebody overstays, a late party becomes later): a site with a plan is looked at again every
`LOOK_AGAIN` of house time.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import asyncpg
import structlog
from prometheus_client import Counter, Histogram

from hub.core import sql
from hub.core.actor import HOUSE
from hub.core.leader import Leader, Term
from hub.core.work import Policies
from hub.planning import thinking, views
from hub.planning.gathering import Gathering
from hub.planning.hearing import decides, loses_a_table, matters
from hub.planning.problem import Scene
from hub.planning.thinking import Planned
from hub.planning.words import LOST
from schemas.base import Answer, Refused
from schemas.planning import StorePlan

log = structlog.get_logger("planner")
q = sql.load(__file__)

PLAN_SECONDS = Histogram(
    "maitred_plan_seconds", "From hearing a fact that matters to the plan being stored",
    buckets=(0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10),
)  # fmt: skip
ROUNDS = Counter("maitred_plan_rounds_total", "Rounds of the planner, by what came of them", ["outcome"])

POLL_S = 1.0  # looks at the journal even if nobody rings
LISTEN_S = 0.15  # between two looks, so that a busy evening is not one look for each commit
WATCH_S = 0.03  # the same while there is a search that a fact would call off
LINES_MAX = 200  # journal lines read at once
LOOK_AGAIN = timedelta(minutes=5)
LOOK_EVERY_S = 15.0  # wall seconds between two looks that no fact asked for, however fast the house clock runs
FLAGGED_S = (2.0, 5.0, 15.0, 60.0)  # waits before a simple plan is thought about again
AT_ONCE = 4  # sites that read, think and store at the same time; the minds are fewer
AFTER_FAULT_S = 2.0  # wait before a round that failed is tried again


@dataclass(slots=True)
class _Desk:
    """What the planner knows of one site. `read` is how far it has heard, `wanted` the last line of it that matters,
    `seen` how far the rows of the last round were."""

    site_id: str
    read: int
    wanted: int = 0
    seen: int = 0
    gathering: Gathering = field(default_factory=Gathering)
    sooner: asyncio.Event = field(default_factory=asyncio.Event)
    since: float | None = None
    round: asyncio.Task | None = None
    search: asyncio.Task | None = None
    looked_at: datetime | None = None
    looked_wall: float = 0.0
    flagged: int = 0
    last: Planned | None = None
    decided: int = 0
    settled: tuple[Any, ...] | None = None
    """What the stored plan says, where it is stored whole and leaves nothing for the house to do."""


class Planner:
    """`house` has `pool`, `clock`, `commands`, `policies_of` and `minds`."""

    def __init__(self, house: Any) -> None:
        self._house = house
        self.leader = Leader(house.dsn, "planner")
        self._desks: dict[str, _Desk] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._watch = asyncio.Event()

    async def run(self) -> None:
        """For ever."""
        await self.leader.hold(self._listen)

    # ---- hearing

    async def _listen(self, term: Term) -> None:
        self._house.minds.start()
        self._desks = {}
        polled, rung = 0.0, set[str]()
        try:
            while True:
                if not rung <= self._desks.keys() or _now() - polled >= POLL_S:
                    polled = _now()
                    await self._poll()
                else:
                    for site_id in rung:
                        await self._hear(self._desks[site_id])
                await self._pause()
                rung = await term.bell.wait(POLL_S)
        finally:
            rounds = [desk.round for desk in self._desks.values() if desk.round]
            for task in rounds:
                task.cancel()
            await asyncio.gather(*rounds, return_exceptions=True)

    async def _pause(self) -> None:
        self._watch.clear()
        watching = any(desk.search is not None and not desk.gathering.firm for desk in self._desks.values())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WATCH_S if watching else LISTEN_S):
                await self._watch.wait()

    async def _poll(self) -> None:
        """Every site, rung or not: what was missed, what is new, what time has changed."""
        for site_id, head in await q.heads(self._house.pool):
            desk = self._desks.get(site_id)
            if desk is None:  # met for the first time in this term: whatever was told meanwhile is in the rows
                desk = self._desks[site_id] = _Desk(site_id, head, wanted=head)
                self._wake(desk, at_once=False)
                continue
            if desk.read < head:
                await self._hear(desk)
            if self._stale(desk):
                desk.settled = None
                desk.last = desk.last if desk.last is not None and desk.last.score.proven else None
                self._wake(desk, at_once=False)

    async def _hear(self, desk: _Desk) -> None:
        lines: list[asyncpg.Record] = []
        while not lines or len(lines) == LINES_MAX:
            lines = await q.lines_after(self._house.pool, site_id=desk.site_id, after=desk.read, at_most=LINES_MAX)
            if not lines:
                return
            desk.read = lines[-1]["seq"]
            self._heard(desk, [(line["seq"], line["facts"]) for line in lines])

    def _heard(self, desk: _Desk, lines: Iterable[tuple[int, list[Mapping[str, Any]]]]) -> None:
        at_once = False
        wanted = desk.wanted
        for seq, facts in lines:
            if decides(facts):
                desk.decided += 1
                desk.settled = None
            if seq > desk.seen and matters(facts):
                wanted = seq
                at_once |= loses_a_table(facts)
        if wanted > desk.wanted:
            desk.wanted = wanted
            self._wake(desk, at_once=at_once)

    def _stale(self, desk: _Desk) -> bool:
        """Whether enough time has passed to look again, unasked: the evening went on, or the last plan was a simple
        one."""
        if desk.round is not None or desk.looked_at is None:
            return False
        wall = _now() - desk.looked_wall
        if desk.flagged and wall >= FLAGGED_S[min(desk.flagged, len(FLAGGED_S)) - 1]:
            return True
        return wall >= LOOK_EVERY_S and abs(self._house.clock.now() - desk.looked_at) >= LOOK_AGAIN

    def _wake(self, desk: _Desk, *, at_once: bool) -> None:
        desk.since = desk.since or perf_counter()
        called_off = desk.gathering.hear(_now(), at_once=at_once)
        if at_once:
            desk.sooner.set()
        if called_off and desk.search is not None:
            desk.search.cancel()
        if desk.round is None:
            desk.round = asyncio.create_task(self._rounds(desk), name=f"plan@{desk.site_id}")

    # ---- thinking

    async def _rounds(self, desk: _Desk) -> None:
        """Until nothing is heard that the last round has not read."""
        try:
            while await self._gathered(desk):
                try:
                    async with self._room:
                        await self._timed(desk)
                except (asyncpg.PostgresError, *sql.AWAY) as error:
                    log.warning("plan_waits", site=desk.site_id, error=type(error).__name__)
                    ROUNDS.labels("failed").inc()
                    await asyncio.sleep(AFTER_FAULT_S)
                    desk.gathering.hear(_now())
                except Exception:  # the outermost edge of a round: one site's fault must not stop the others
                    log.exception("plan_failed", site=desk.site_id)
                    ROUNDS.labels("failed").inc()
                    await asyncio.sleep(AFTER_FAULT_S)
        finally:
            desk.round = None

    async def _gathered(self, desk: _Desk) -> bool:
        """Waits until the next round is due; False when none is."""
        while (due := desk.gathering.due()) is not None:
            left = due - _now()
            if left <= 0:
                return True
            desk.sooner.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await desk.sooner.wait()
        return False

    async def _timed(self, desk: _Desk) -> None:
        began, desk.since = desk.since or perf_counter(), None
        desk.gathering.begin(_now())
        outcome = "failed"
        try:
            outcome = await self._round(desk)
        finally:
            desk.gathering.end()
        ROUNDS.labels(outcome).inc()
        if outcome == "called_off":
            desk.since = began
        if outcome == "stored":
            PLAN_SECONDS.observe(perf_counter() - began)

    async def _round(self, desk: _Desk) -> str:
        """One plan, and what came of it: stored, unchanged (or refused as stale), called_off, gone."""
        found = await views.scene(self._house, desk.site_id)
        if found is None:
            return "gone"
        scene, policies = found
        desk.looked_at, desk.looked_wall, desk.seen = scene.now, _now(), scene.seq
        if desk.wanted <= scene.seq:
            desk.gathering.known()
            desk.since = None
        elif not desk.gathering.firm:
            return "called_off"  # before it was begun
        search = desk.search = asyncio.create_task(
            thinking.plan(self._house.minds, scene, policies.get("planning.budget_ms"), desk.last)
        )
        if not desk.gathering.firm:
            self._watch.set()
        try:
            planned = await search
        except asyncio.CancelledError:
            if not search.cancelled() or (task := asyncio.current_task()) is None or task.cancelling():
                search.cancel()
                raise  # the term is over
            return "called_off"
        finally:
            desk.search = None
        desk.last = planned
        desk.flagged = desk.flagged + 1 if planned.score.flag else 0
        if desk.settled == _says(scene, planned):
            return "unchanged"
        return await self._store(desk, scene, planned, policies)

    async def _store(self, desk: _Desk, scene: Scene, planned: Planned, policies: Policies) -> str:
        wish = StorePlan(
            site_id=desk.site_id, key=f"plan-{scene.seq}-{self._house.commands.ids()}"[:64], basis=scene.seq,
            service_date=scene.day, score=planned.score, placements=planned.placements,
        )  # fmt: skip
        desk.settled, decided = None, desk.decided
        answer = await self._house.commands.give(HOUSE, wish)
        if isinstance(answer, Refused) and answer.code == "unavailable":
            raise TimeoutError(answer.message)
        if await self._is_whole(answer, desk, scene.seq, planned) and decided == desk.decided:
            desk.settled = None if _asks_more(planned, policies) else _says(scene, planned)
        return "unchanged" if isinstance(answer, Refused) else "stored"

    async def _is_whole(self, answer: Answer, desk: _Desk, seq: int, planned: Planned) -> bool:
        """Whether what is stored is this plan: nothing of it was untrue by then, or done at once."""
        if isinstance(answer, Refused):
            site = await q.site_now(self._house.pool, site_id=desk.site_id) if answer.reason == "unchanged" else None
            return site is not None and site["seq"] == seq
        kept = answer.result["moves"] + answer.result["unplaced"]
        return kept == len(planned.placements) and not answer.result["done"]


def _now() -> float:
    return asyncio.get_running_loop().time()


def _says(scene: Scene, planned: Planned) -> tuple[Any, ...]:
    """What of a plan is stored anew when it differs, as `actions.store` has it."""
    score = planned.score
    return scene.day, score.proven, score.covers, score.flag, score.found_by == "greedy", planned.placements


def _asks_more(planned: Planned, policies: Policies) -> bool:
    """Whether the house may do something about it by itself, which it then tries whenever this is stored."""
    policy = policies.get("planning.auto_accept")
    return policy == "all" or any(not line.from_ids or line.reason == LOST for line in planned.placements)
