"""The processes that think, as the house's loop sees them: ask one, call it off, do without it. They plan evenings and
answer questions about availability.

The first mind is started when it is needed and kept. Another, up to `size`, is started only when somebody waits while
all that run think for others, and ended when nobody has needed it for `IDLE_S`: each takes 130 MB. At most
`WAITING_MAX` asks wait. Whoever stops waiting (its task is cancelled) calls the search off; the mind is free again as
soon as it has said so, which is within 50 ms, so that nobody starts another for that. A mind that dies, says nothing in
time, or answers with a plan that is none is replaced, and the asker gets the simple plan, everybody staying where they
are, with a flag that says why.
"""

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import msgspec
import structlog
from prometheus_client import Counter, Histogram

from hub.planning.worker import FRAME_MAX, Ask, Question, Ready, Stop, Told, frame
from schemas.planning import Flag
from solvers.availability.answers import Considered
from solvers.availability.hours import Hours
from solvers.seating.evening import Evening, Party, Plan

log = structlog.get_logger("minds")

SOLVES = Counter("maitred_solves_total", "Seating plans thought out, by outcome", ["outcome"])
CONSIDERED = Counter("maitred_considered_total", "Questions about availability thought about, by outcome", ["outcome"])
SOLVE_SECONDS = Histogram(
    "maitred_solve_seconds", "From the question to the plan, the wait for a free mind included",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5),
)  # fmt: skip
CANCEL_SECONDS = Histogram(
    "maitred_solve_cancel_seconds", "From calling a search off to the mind being free again",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
)  # fmt: skip

COMMAND = (sys.executable, "-m", "hub.planning.worker")
MINDS = 2  # of a process: one for the evening that is going on, one for those who ask beside it
WAITING_MAX = 24  # asks waiting for a mind; one more gets the simple plan
IDLE_S = 60.0  # a mind beyond the first that nobody has needed for so long is ended
GRACE_S = 2.0  # beyond its own budget a mind that says nothing is taken for dead
STOP_S = 1.0  # a mind that was called off has this long to say so (it needs 50 ms); then it is replaced
WARMING_S = 0.5  # nobody waits longer for a mind that is not warm yet
WARM_S = 120.0  # a mind compiles its kernels within 10 s, once a machine; one that takes longer than this is replaced
AFTER_FAULT_S = (0.0, 0.5, 2.0, 10.0, 30.0)  # waits before a mind that keeps dying is started again

_GONE = (OSError, EOFError, asyncio.IncompleteReadError)
_told = msgspec.msgpack.Decoder(Ready | Told)
Simple = Callable[[Evening], Plan]
Check = Callable[[Evening, Plan], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Thought:
    """A legal plan. With a `flag` it is the simple one, and the flag says why."""

    plan: Plan
    flag: Flag | None = None


class Unthought(Exception):  # noqa: N818 - no error: the asker does without
    """No plan from the mind, and why."""

    def __init__(self, flag: Flag, detail: str = "") -> None:
        super().__init__(detail or flag)
        self.flag: Flag = flag


class Mind:
    """One process, asked one thing at a time. An answer is read to its end whoever still waits for it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._ready: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[Ready | Told] | None = None
        self._number = 0
        self._faults = 0
        self._not_before = self._begun_at = 0.0
        self._called_off_at: float | None = None
        self._reaping: set[asyncio.Task[None]] = set()

    async def ask(self, ask: Ask | Question) -> Told:
        """The mind's word, unchecked. Its number is the mind's own business. Raises `Unthought`."""
        await self.settle()
        patience_s = ask.ms / 1000 + GRACE_S
        process = await self._warm()
        assert process.stdin is not None, "it was opened with one"
        self._number += 1
        try:
            process.stdin.write(frame(msgspec.structs.replace(ask, number=self._number)))
            self._reading = asyncio.create_task(_next(process))
            async with asyncio.timeout(patience_s):
                told = await asyncio.shield(self._reading)
        except asyncio.CancelledError:
            with contextlib.suppress(OSError, RuntimeError):
                process.stdin.write(frame(Stop(self._number)))
            self._called_off_at = perf_counter()
            raise
        except TimeoutError:
            raise self._lost("late") from None
        except (*_GONE, msgspec.DecodeError) as fault:
            raise self._lost("crashed", type(fault).__name__) from None
        if not isinstance(told, Told) or told.number != self._number:
            raise self._lost("crashed", "out of step")
        self._faults = 0
        if told.plan is None and told.considered is None:
            raise Unthought("crashed", told.fault)
        return told

    async def settle(self) -> None:
        """What was called off has to be told before anything else is asked: waits for that."""
        since = self._called_off_at
        if since is None or self._reading is None:
            return
        try:
            async with asyncio.timeout(STOP_S):
                await asyncio.shield(self._reading)
        except TimeoutError:
            self._lost("late")
        except (*_GONE, msgspec.DecodeError):
            self._lost("crashed")
        else:
            CANCEL_SECONDS.observe(perf_counter() - since)
            self._called_off_at = None

    def start(self) -> None:
        """Begins to warm it, if it is not there."""
        if self._ready is None:
            self._begun_at = asyncio.get_running_loop().time()
            self._ready = asyncio.create_task(self._begin(), name="mind")

    async def warmed(self) -> None:
        """Until it is there; raises what keeps it."""
        if self._ready is not None:
            await asyncio.shield(self._ready)

    @property
    def warm(self) -> bool:
        ready = self._ready
        return ready is not None and ready.done() and not ready.cancelled() and ready.exception() is None

    async def joined(self) -> bool:
        """Warms it, however long that takes; False when it cannot be had now."""
        if self._ready is None and asyncio.get_running_loop().time() < self._not_before:
            return False
        self.start()
        try:
            async with asyncio.timeout(WARM_S):
                await self.warmed()
        except (TimeoutError, *_GONE, msgspec.DecodeError) as fault:
            self._lost("crashed", type(fault).__name__)
            return False
        return True

    def leave(self) -> None:
        """Ends its process; whoever asks it again starts another."""
        self._end()

    async def _warm(self) -> asyncio.subprocess.Process:
        if self._ready is None and asyncio.get_running_loop().time() < self._not_before:
            raise Unthought("crashed", "it is not started again yet")
        self.start()
        assert self._ready is not None, "it was started"
        try:
            async with asyncio.timeout(WARMING_S):
                await asyncio.shield(self._ready)
        except TimeoutError:
            if asyncio.get_running_loop().time() - self._begun_at > WARM_S:
                raise self._lost("late", "never warm") from None
            # one that is started anew is not told for another reason than why: the flag on screen would flicker
            raise Unthought("crashed" if self._faults else "warming") from None
        except (*_GONE, msgspec.DecodeError) as fault:
            raise self._lost("crashed", type(fault).__name__) from None
        assert self._process is not None, "it is ready"
        return self._process

    async def _begin(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=FRAME_MAX
        )
        if not isinstance(await _next(self._process), Ready):
            raise EOFError("no word of being ready")  # noqa: TRY004 - of the process, not of a caller

    def _lost(self, why: Flag, detail: str = "") -> Unthought:
        """Ends the process; the next ask starts another, later and later if it keeps dying."""
        wait_s = AFTER_FAULT_S[min(self._faults, len(AFTER_FAULT_S) - 1)]
        self._faults += 1
        self._not_before = asyncio.get_running_loop().time() + wait_s
        log.warning("mind_lost", why=why, detail=detail, faults=self._faults, again_in_s=wait_s)
        self._end()
        return Unthought(why, detail)

    def _end(self) -> None:
        for task in (self._ready, self._reading):
            if task is not None and not task.done():
                task.cancel()
        if self._process is not None:
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
            reaping = asyncio.create_task(_reaped(self._process), name="reap")
            self._reaping.add(reaping)
            reaping.add_done_callback(self._reaping.discard)
        self._process = self._ready = self._reading = self._called_off_at = None

    async def close(self) -> None:
        ready = self._ready
        self._end()
        if ready is not None:
            await asyncio.gather(ready, return_exceptions=True)
        await asyncio.gather(*self._reaping)


async def _reaped(process: asyncio.subprocess.Process) -> None:
    """A killed process is gone within moments; its pipes are closed with it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_S):
            await process.wait()


async def _next(process: asyncio.subprocess.Process) -> Ready | Told:
    assert process.stdout is not None, "it was opened with one"
    head = await process.stdout.readexactly(4)
    length = int.from_bytes(head, "big")
    if length > FRAME_MAX:
        raise EOFError("a frame beyond all measure")
    return _told.decode(await process.stdout.readexactly(length))


class Minds:
    """The minds of one process of the house. `simple` plans without one; `check` says what is wrong with a plan."""

    def __init__(self, simple: Simple, check: Check, *, command: Sequence[str] = COMMAND, size: int = MINDS) -> None:
        self._simple, self._check = simple, check
        self._minds = [Mind(command) for _ in range(size)]
        self._free, self._spare = self._minds[:1], self._minds[1:]
        self._turns: deque[asyncio.Future[Mind]] = deque()  # of those who wait, the longest first
        self._settling = 0
        self._joining = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle: dict[Mind, asyncio.TimerHandle] = {}

    def start(self) -> None:
        """Warms the first, off every path."""
        self._minds[0].start()

    async def warmed(self) -> None:
        """Until the first mind has compiled the loops all share, or cannot, or takes too long."""
        self.start()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(WARM_S):
                await self._minds[0].warmed()

    async def solve(self, evening: Evening, ms: float, *, seed: int = 1, work: int | None = None) -> Thought:
        """A legal plan within `ms` and a little; the simple one, flagged, when no mind has one."""
        began = perf_counter()
        try:
            plan = (await self._asked(Ask(0, evening, ms, seed, work))).plan
            assert plan is not None, "a plan was asked for"
            wrong = await asyncio.to_thread(self._check, evening, plan)
            if wrong:
                log.error("plan_illegal", found_by=plan.by, faults=len(wrong), first=wrong[0][:200])
                raise Unthought("illegal")  # noqa: TRY301 - one way out for every plan that is none
        except asyncio.CancelledError:
            SOLVES.labels("cancelled").inc()
            raise
        except Unthought as lost:
            SOLVES.labels(lost.flag).inc()
            log.warning("plan_simple", flag=lost.flag, detail=str(lost)[:200])
            return Thought(await asyncio.to_thread(self._simple, evening), lost.flag)
        finally:
            SOLVE_SECONDS.observe(perf_counter() - began)
        SOLVES.labels("done").inc()
        return Thought(plan)

    async def consider(
        self, evening: Evening, hours: Hours, asked: Sequence[tuple[Party, ...]], ms: float, *, why: bool = False,
        seed: int = 1, work: int | None = None,
    ) -> Considered | None:  # fmt: skip
        """Exact answers within `ms` and a little, yeses checked where they were found; None when no mind has any."""
        try:
            told = await self._asked(Question(0, evening, hours, tuple(asked), ms, why, seed, work))
        except asyncio.CancelledError:
            CONSIDERED.labels("cancelled").inc()
            raise
        except Unthought as lost:
            CONSIDERED.labels(lost.flag).inc()
            log.warning("not_considered", flag=lost.flag, detail=str(lost)[:200])
            return None
        CONSIDERED.labels("done").inc()
        return told.considered

    async def _asked(self, ask: Ask | Question) -> Told:
        mind = await self._turn()
        try:
            told = await mind.ask(ask)
        except asyncio.CancelledError:
            self._settling += 1
            self._beside(self._settle(mind))
            raise
        except BaseException:
            self._give(mind)
            raise
        self._give(mind)
        return told

    async def _turn(self) -> Mind:
        """A mind to ask; whoever gets it gives it back."""
        if len(self._turns) >= WAITING_MAX:
            raise Unthought("busy")
        if self._free:
            mind = min(self._free, key=self._minds.index)  # the same ones, so that the others can end
            self._free.remove(mind)
            if (idle := self._idle.pop(mind, None)) is not None:
                idle.cancel()
            return mind
        if self._spare and not self._settling and not self._joining and self._minds[0].warm:
            self._joining = True
            self._beside(self._join(self._spare.pop(0)))
        turn: asyncio.Future[Mind] = asyncio.get_running_loop().create_future()
        self._turns.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                with contextlib.suppress(ValueError):
                    self._turns.remove(turn)
            elif turn.done():  # it was its turn at that very moment
                self._give(turn.result())
            raise

    def _give(self, mind: Mind) -> None:
        """To who waits longest, or back."""
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(mind)
                return
        self._free.append(mind)
        if mind is not self._minds[0]:
            self._idle[mind] = asyncio.get_running_loop().call_later(IDLE_S, self._retire, mind)

    def _retire(self, mind: Mind) -> None:
        del self._idle[mind]
        self._free.remove(mind)
        self._spare.append(mind)
        mind.leave()

    async def _settle(self, mind: Mind) -> None:
        """A mind that was called off is free once it has said so."""
        try:
            await mind.settle()
        finally:
            self._settling -= 1
            self._give(mind)

    async def _join(self, mind: Mind) -> None:
        """One more mind, off every path."""
        joined = False
        try:
            joined = await mind.joined()
        finally:
            self._joining = False
            if joined:
                self._give(mind)
            else:
                self._spare.append(mind)

    def _beside(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing, name="minds")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Ends them all; what they were thinking is lost."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for idle in self._idle.values():
            idle.cancel()
        self._idle.clear()
        await asyncio.gather(*(mind.close() for mind in self._minds))
