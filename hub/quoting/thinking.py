"""The evening played forward beside the house's loop: a thread of its own, since the compiled loop holds no lock of the
interpreter's. One `Quotes` per process.

The loop is compiled by a process of its own when the house starts, and only loaded here. Until then, when `WAITING_MAX`
wait already, or when an answer takes longer than `PATIENCE_S`, there is no forecast: whoever asked does without it.
"""

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

import asyncpg
import structlog
from prometheus_client import Counter, Histogram

from hub.core import sql
from hub.core.clock import service_day
from hub.core.work import Policies
from hub.holds.fits import weights_of
from hub.planning import views as planning
from hub.planning.problem import Scene
from hub.planning.worker import keep_kernels
from hub.quoting import problem
from hub.quoting.problem import HOUR, Asked, Gone
from hub.quoting.turns import Learned, TurnsKept
from hub.venues import views as venues
from hub.waitlist import views as waitlist
from hub.waitlist.forecasts import Forecast
from schemas.waitlist import PartyRow

log = structlog.get_logger("quotes")
q = sql.load(__file__)

QUOTED = Counter("maitred_forecasts_total", "Waits played forward, by outcome", ["outcome"])
QUOTE_SECONDS = Histogram(
    "maitred_forecast_seconds", "From asking to the waits, reading the floor included",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
)  # fmt: skip

PATIENCE_S = 1.0  # an answer takes a few hundredths
WAITING_MAX = 16  # asked at a time; one more is told by the rule
LOOP = "solvers.quoting.simulate"
AFTER_OPENING_S = 2.0  # doors and screens first
COMPILE_S = 180.0  # of a cold, busy machine
CAME_MAX = 100  # of the last hour's walk-ins, for those who will come next
GONE_MAX = 600  # parties of one evening

Newcomer = Callable[[asyncpg.Connection, Policies, Scene], Awaitable[PartyRow]]
"""Makes the row of a party that is about to join the line."""


@dataclass(frozen=True, slots=True)
class Looked:
    """The evening as it was asked about, what is known of turns, and what may be expected; None = nobody can say."""

    asked: Asked
    learned: Learned
    forecast: Forecast | None


class Quotes:
    """`house` has `pool`, `clock` and `policies_of`."""

    def __init__(self) -> None:
        self.turns = TurnsKept()
        self._thread: ThreadPoolExecutor | None = None
        self._loading: asyncio.Task[None] | None = None
        self._under_way = 0

    @property
    def loaded(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        """Has the loop compiled and loaded, off every path."""
        if self._loading is None:
            self._loading = asyncio.create_task(self._load_later(), name="quotes")

    async def _load_later(self) -> None:
        await asyncio.sleep(AFTER_OPENING_S)
        try:
            await self.ready()
        except Exception:  # the outermost edge: without it the house quotes by the rule, and says so
            log.exception("quotes_not_loaded")

    async def ready(self) -> None:
        """Until the loop is there. Raises what keeps it."""
        if self._thread is not None:
            return
        if LOOP not in sys.modules:
            await _compiled()
        thread = ThreadPoolExecutor(1, "quotes")
        await asyncio.get_running_loop().run_in_executor(thread, _load)
        self._thread = thread

    async def close(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)
        await self.turns.close()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def forecast(self, house: Any, site_id: str, newcomer: Newcomer | None = None) -> Forecast | None:
        """What may be expected of a site's line now; None when nobody can say in time."""
        if not self.loaded:
            QUOTED.labels("not_loaded").inc()
            return None
        try:
            looked = await self.look(house, site_id, newcomer)
        except (asyncpg.PostgresError, *sql.AWAY) as fault:  # the command itself may have more luck
            QUOTED.labels("away").inc()
            log.warning("quoted_by_rule", site=site_id, error=type(fault).__name__)
            return None
        except Exception:  # the outermost edge of thinking: a quote by the rule is better than nobody in line
            QUOTED.labels("failed").inc()
            log.exception("quoted_by_rule", site=site_id)
            return None
        return looked.forecast if looked else None

    async def look(self, house: Any, site_id: str, newcomer: Newcomer | None = None) -> Looked | None:
        """The same with what it was made from; None when there is no such site. Raises what the database raises."""
        began = perf_counter()
        found = await self._read(house, site_id, newcomer)
        if found is None:
            return None
        asked, learned = found
        forecast = await self._play(asked, learned, problem.seed_of(site_id, asked.scene.day))
        QUOTE_SECONDS.observe(perf_counter() - began)
        return Looked(asked, learned, forecast)

    async def _read(self, house: Any, site_id: str, newcomer: Newcomer | None) -> tuple[Asked, Learned] | None:
        async with asyncio.timeout(PATIENCE_S), house.pool.acquire() as db, db.transaction(
            isolation="repeatable_read", readonly=True
        ):
            site = await q.site_now(db, site_id=site_id)
            if site is None:
                return None
            policies = await house.policies_of(db, site["org_id"], site_id)
            asked = await _evening(db, site_id, site, policies, house.clock.now())
            if newcomer is not None:
                asked = asked.joining(await newcomer(db, policies, asked.scene))
        async with asyncio.timeout(PATIENCE_S):
            learned = await self.turns.of(
                house.pool, site_id, day=asked.scene.day, timezone=site["timezone"],
                day_ends=policies.get("venue.day_ends"), default_min=asked.scene.terms.duration_min,
            )  # fmt: skip
        return asked, learned

    async def _play(self, asked: Asked, learned: Learned, seed: int) -> Forecast | None:
        if self._thread is None or self._under_way >= WAITING_MAX:
            QUOTED.labels("busy" if self._thread else "not_loaded").inc()
            return None
        self._under_way += 1
        playing = asyncio.get_running_loop().run_in_executor(self._thread, _played, asked, learned, seed)
        playing.add_done_callback(self._done)
        try:
            async with asyncio.timeout(PATIENCE_S):
                found = await asyncio.shield(playing)
        except TimeoutError:
            QUOTED.labels("late").inc()
            log.warning("quoted_by_rule", error="late")
            return None
        except Exception:  # the same for the thread
            QUOTED.labels("failed").inc()
            log.exception("quoted_by_rule")
            return None
        QUOTED.labels("done").inc()
        return found

    def _done(self, playing: asyncio.Future[Forecast]) -> None:
        """What was given up is under way until it has been played, or dropped."""
        self._under_way -= 1
        if not playing.cancelled():
            playing.exception()  # nobody may be waiting for it any more


async def _evening(
    db: asyncpg.Connection, site_id: str, site: asyncpg.Record, policies: Policies, now: datetime
) -> Asked:  # fmt: skip
    zone, ends = site["timezone"], policies.get("venue.day_ends")
    scene = await planning.read(db, site_id, now=now, timezone=zone, seq=site["seq"], policies=policies)
    begins, over = service_day(scene.day, zone, ends)
    closes = await venues.closes_at(db, site_id, scene.day)
    gone = await q.past(
        db, site_id=site_id, since=begins, until=now, timezone=zone, day_ends=ends, at_most=GONE_MAX
    )  # fmt: skip
    return Asked(
        scene=scene, offers=await waitlist.offers(db, site_id), closes_at=closes if closes > now else over,
        gone=[Gone(record["covers"], record["hour"], record["turn_min"]) for record in gone],
        came=[tuple(record) for record in await q.came(db, site_id=site_id, since=now - HOUR, at_most=CAME_MAX)],
        bands=policies.get("waitlist.quote_bands"), short_min=policies.get("seating.short_turn_min"),
        step_min=policies.get("waitlist.quote_round_min"), weights=weights_of(policies),
    )  # fmt: skip


def _played(asked: Asked, learned: Learned, seed: int) -> Forecast:
    from solvers.quoting.simulate import simulate

    waits = simulate(problem.evening(asked, learned.turns), seed=seed, step_min=asked.step_min)
    return problem.forecast(asked, learned.turns, waits)


async def _compiled() -> None:
    """Has the loop compiled where its compiling disturbs nobody; once a machine, then it is kept."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "hub.quoting.compile")
    try:
        async with asyncio.timeout(COMPILE_S):
            await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _load() -> None:
    keep_kernels()
    from solvers.quoting.simulate import warm

    warm()
