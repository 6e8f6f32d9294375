"""Timers: the house giving itself a command later, once.

The `timer` row is the truth, written in the transaction that armed it; the queue (pgqueuer) only wakes somebody up. A
job may run twice, early, late or never: whoever is woken gives the command through the ordinary door, where the row
turns `fired` under the site's lock in the very transaction of the effect, and only if it is armed and due by the house
clock. A sweep finds due timers whose job was lost. So a timer fires exactly once, whoever crashes.

A standing house clock plans no jobs: its timers stay armed until `replan`, or until the sweep finds them due.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import structlog
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import Channel
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries

from hub.core import metrics, sql
from hub.core.actor import HOUSE
from hub.core.clock import HouseClock, wall_now
from hub.core.work import Work
from schemas.base import Answer, Done, Refused
from schemas.catalogue import COMMANDS

log = structlog.get_logger("timers")
q = sql.load(__file__, "jobs.sql")

SWEEP_S = 2.0  # seconds between looks for due timers without a job
SWEEP_MAX = 200  # timers woken by one sweep, oldest first; the next sweep takes the rest
PLAN_MAX = 500  # timers planned by one statement
BATCH = 10  # jobs picked at once
AT_WORK_MAX = 20  # timers firing at once; they queue for their sites' locks anyway
PICKED_FOR_S = 6.0  # a job whose worker has been silent this long belongs to whoever takes it
LOOK_S = 2.0  # the queue is looked at this often even if nobody calls
EARLY_S = 0.002  # a job woken a breath too soon only has to be planned again
FIRE_S = 15.0  # one command, the wait for its site included
AFTER_FAULT_S = (1, 2, 5, 10, 30)  # waits after a fault; one fault more and the timer is given up
RESTART_S = (0.2, 0.5, 1.0, 2.0)  # waits before the worker connects again

# Named in full, because the library would otherwise let plain words of the environment (CHANNEL, FUNCTION) rename them.
_QUEUE = DBSettings(
    prefix="", channel=Channel("ch_pgqueuer"), function="fn_pgqueuer_changed", statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status", queue_table="pgqueuer", queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed", schedules_table="pgqueuer_schedules",
)  # fmt: skip

Give = Callable[..., Awaitable[Answer]]
"""`Commands.give`: (actor, wish, *, timer_id) → answer."""


def _queries(db: Any) -> Queries:
    return Queries(AsyncpgDriver(db), qbe=QueryBuilderEnvironment(_QUEUE), qbq=QueryQueueBuilder(_QUEUE))


async def write_timers(work: Work, clock: HouseClock) -> None:
    """The timers a command dropped and armed, inside its transaction. Drops come first: `disarm` then `arm` re-arms."""
    if work.dropped_timers:
        await q.drop_timers(work.db, site_id=work.site_id, subjects=list(dict.fromkeys(work.dropped_timers)))
    if not work.timers:
        return
    ids = [work.new_id() for _ in work.timers]
    # The key names the timer, not the wish: the same wish armed again is another firing, no repetition.
    wishes = [
        msgspec.structs.replace(command, key=f"timer.{timer_id}")
        for timer_id, (_, _, command) in zip(ids, work.timers, strict=True)
    ]
    due = [moment for _, moment, _ in work.timers]
    await q.arm_timers(
        work.db, site_id=work.site_id, ids=ids, subjects=[subject for subject, _, _ in work.timers],
        commands=[msgspec.json.encode(wish).decode() for wish in wishes], due=due,
    )  # fmt: skip
    await _plan(work.db, clock, zip(ids, due, strict=True))


async def fire_timer(db: Any, timer_id: str, now: datetime) -> bool:
    """Inside a command's transaction, under its site's lock: is this timer armed and due? It is fired from here on."""
    return await q.fire_timer(db, id=timer_id, now=now) is not None


async def _plan(db: Any, clock: HouseClock, timers: Iterable[tuple[str, datetime]]) -> None:
    """A job for each timer that has none, at the moment the wall shows when the house clock reaches it."""
    waits = [(timer_id, wait) for timer_id, due in timers if (wait := _wait(clock, due)) is not None]
    for start in range(0, len(waits), PLAN_MAX):
        page = waits[start : start + PLAN_MAX]
        ids = [timer_id for timer_id, _ in page]
        await _queries(db).enqueue(
            ["timer"] * len(page), [timer_id.encode() for timer_id in ids], [0] * len(page),
            execute_after=[wait for _, wait in page], dedupe_key=list(ids), on_conflict="skip",
        )  # fmt: skip


def _wait(clock: HouseClock, due: datetime) -> timedelta | None:
    """From now until `due`, on the wall; None while the clock stands before it."""
    if due <= clock.now():
        return timedelta(0)
    wall = clock.pace.wall_for(due)
    return None if wall is None else max(timedelta(0), wall - wall_now()) + timedelta(seconds=EARLY_S)


async def replan(pool: asyncpg.Pool, clock: HouseClock) -> None:
    """The house clock's pace has changed: every armed timer gets its job at the new moment, or none."""
    async with pool.acquire(timeout=5) as db, db.transaction():
        await q.replan_alone(db)
        await q.forget_plans(db)
        after = ""
        while page := await q.armed_after(db, after=after, at_most=PLAN_MAX):
            await _plan(db, clock, [(timer_id, due) for timer_id, due in page])
            after = page[-1]["id"]


class Timers:
    """The worker: fires what is due. Any number may run in a house; `give` is `Commands.give`."""

    def __init__(self, pool: asyncpg.Pool, dsn: str, clock: HouseClock, give: Give) -> None:
        self._pool, self._dsn, self._clock, self._give = pool, dsn, clock, give
        self._faults: dict[str, int] = {}

    async def run(self) -> None:
        """For ever; a lost database is waited for."""
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._work())
            parts.create_task(self._sweep())

    async def replan(self) -> None:
        await replan(self._pool, self._clock)

    # ------------------------------------------------------------ woken by the queue

    async def _work(self) -> None:
        fails = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._listen()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - the worker's outermost edge: the library lets anything through
                log.warning("timers_restart", error=type(error).__name__, detail=str(error)[:200])
            lasted = asyncio.get_running_loop().time() - began
            fails = 0 if lasted > RESTART_S[-1] else min(fails + 1, len(RESTART_S) - 1)
            await asyncio.sleep(RESTART_S[fails])

    async def _listen(self) -> None:
        # A plain connection: the house's jsonb codec would hand the library objects where it expects text.
        db = await sql.connect_one(self._dsn, command_timeout=10)
        worker = QueueManager(_queries(db), Channel(_QUEUE.channel))
        worker.entrypoint("timer", accepts_context=False)(self._job)
        db.add_termination_listener(lambda *_: worker.shutdown.set())
        try:
            await worker.run(
                dequeue_timeout=timedelta(seconds=LOOK_S), batch_size=BATCH, max_concurrent_tasks=AT_WORK_MAX,
                heartbeat_timeout=timedelta(seconds=PICKED_FOR_S), shutdown_on_listener_failure=True,
            )  # fmt: skip
        finally:
            worker.shutdown.set()
            with contextlib.suppress(*sql.AWAY, asyncpg.PostgresError):
                await db.close(timeout=2)

    async def _job(self, job: Job) -> None:
        timer_id = (job.payload or b"").decode()
        again_s = await self.fire(timer_id)
        if again_s is not None:
            raise RetryRequested(timedelta(seconds=again_s))

    async def fire(self, timer_id: str) -> float | None:
        """Gives the timer's command if it is armed and due. Seconds until it should be tried again, or None."""
        try:
            async with asyncio.timeout(FIRE_S):
                return await self._fire(timer_id)
        except sql.AWAY as error:
            log.warning("timer_waits", timer=timer_id, error=type(error).__name__)
            return float(AFTER_FAULT_S[0])

    async def _fire(self, timer_id: str) -> float | None:
        timer = await q.armed_timer(self._pool, id=timer_id)
        if timer is None:
            return None
        wait = _wait(self._clock, timer["due_at"])
        if wait is None:
            return None  # the clock stands; `replan` or the sweep will come back to it
        if wait:
            return wait.total_seconds()
        command = timer["command"]
        try:
            wish = msgspec.convert(command, type=COMMANDS[command["command"]])
            answer = await self._give(HOUSE, wish, timer_id=timer_id)
        except sql.AWAY:
            raise
        except Exception as fault:  # noqa: BLE001 - one timer's fault must not stop the others
            return await self._after_fault(timer_id, command.get("command"), fault)
        self._faults.pop(timer_id, None)
        return await self._answered(timer_id, timer, answer)

    async def _answered(self, timer_id: str, timer: asyncpg.Record, answer: Answer) -> float | None:
        if isinstance(answer, Done):
            late = self._clock.now() - timer["due_at"]
            metrics.TIMER_LATENESS.observe(max(0.0, late.total_seconds()))
            return None
        assert isinstance(answer, Refused)
        if answer.code in ("unavailable", "rate_limited"):
            return answer.retry_s or 1.0
        if answer.reason != "timer_gone":
            # The world moved on and the command was refused, which rolled back the row's own turn too.
            await q.end_timer(self._pool, id=timer_id, state="fired")
            log.debug("timer_refused", timer=timer_id, subject=timer["subject"], reason=answer.reason)
        return None

    async def _after_fault(self, timer_id: str, command: str | None, fault: Exception) -> float | None:
        tries = self._faults.get(timer_id, 0)
        if tries >= len(AFTER_FAULT_S):
            del self._faults[timer_id]
            await q.end_timer(self._pool, id=timer_id, state="dropped")
            log.error("timer_given_up", timer=timer_id, command=command, tries=tries + 1, exc_info=fault)
            return None
        self._faults[timer_id] = tries + 1
        log.error("timer_failed", timer=timer_id, command=command, tries=tries + 1, exc_info=fault)
        return float(AFTER_FAULT_S[tries])

    # ------------------------------------------------------------ the net

    async def _sweep(self) -> None:
        while True:
            try:
                await self.sweep()
            except (asyncpg.PostgresError, *sql.AWAY) as error:
                log.warning("sweep_waits", error=type(error).__name__)
            await asyncio.sleep(SWEEP_S)

    async def sweep(self) -> None:
        """Wakes due timers whose job is lost, or was planned by another pace of the clock."""
        now = self._clock.now()
        async with self._pool.acquire(timeout=5) as db:
            due = await q.overdue_timers(db, now=now, at_most=SWEEP_MAX)
            metrics.OLDEST_TIMER.set((now - due[0]["due_at"]).total_seconds() if due else 0)
            late = [timer["id"] for timer in due if timer["waits"] and timer["id"] not in self._faults]
            if late:
                await q.wake_timers(db, ids=late)
            await _plan(db, self._clock, [(timer["id"], timer["due_at"]) for timer in due if timer["lost"]])
