"""Minds: one answers; one that dies, hangs, lies or fails costs a flag; one called off is free at once."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from hub.planning import minds as minds_module
from hub.planning import worker
from hub.planning.minds import Minds
from hub.planning.problem import puzzle
from hub.planning.simple import simple
from solvers.seating.evening import Evening, Plan
from tests.hub.planning.evening import a_booking, a_hold, a_scene, a_table

EVENING = puzzle(
    a_scene([a_table("1"), a_table("2")], [a_booking("li"), a_booking("ng")], holds=[a_hold("li", "t1")])
).evening


def covers_right(evening: Evening, plan: Plan) -> list[str]:
    seated = sum(one.covers for one, seat in zip(evening.parties, plan.seats, strict=True) if seat.tables)
    return [] if seated == plan.covers else ["covers miscounted"]


@asynccontextmanager
async def thinking(mode: str, size: int = 1, simply: Callable[[Evening], Plan] = simple) -> AsyncIterator[Minds]:
    command = (sys.executable, "-m", "tests.hub.planning.double", mode)
    minds = Minds(simply, covers_right, command=command, size=size)
    try:
        yield minds
    finally:
        await minds.close()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minds_module, "AFTER_FAULT_S", (0.0, 3600.0))
    monkeypatch.setattr(minds_module, "GRACE_S", 30.0)
    monkeypatch.setattr(minds_module, "WARMING_S", 30.0)


async def test_a_mind_thinks_in_a_process_of_its_own_and_is_asked_again():
    async with thinking("plain") as minds:
        first = await minds.solve(EVENING, 500)
        assert (first.flag, first.plan.by, first.plan.proven, first.plan.covers) == (None, "exact", True, 4)
        process = minds._minds[0]._process
        assert process.pid != os.getpid()
        assert (await minds.solve(EVENING, 500)).plan == first.plan
        assert minds._minds[0]._process is process


@pytest.mark.parametrize(("mode", "flag"), [("dies", "crashed"), ("lies", "illegal"), ("fails", "crashed")])
async def test_without_a_plan_of_a_mind_the_simple_one_stands_with_a_flag(mode, flag):
    async with thinking(mode) as minds:
        thought = await minds.solve(EVENING, 500)
        assert (thought.flag, thought.plan) == (flag, simple(EVENING))


async def test_one_that_dies_is_started_anew_but_ever_later():
    async with thinking("dies") as minds:
        for _ in range(3):
            assert (await minds.solve(EVENING, 500)).flag == "crashed"
        assert minds._minds[0]._faults == 2  # the third time nobody was started


async def test_a_mind_ends_with_whoever_asked_it():
    command = (sys.executable, "-m", "tests.hub.planning.double", "never")
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    process.stdin.close()
    async with asyncio.timeout(30):  # though it is at its warming for a minute yet
        assert await process.wait() == 0


async def test_one_that_hangs_is_replaced(monkeypatch):
    async with thinking("stuck") as minds:
        minds.start()
        await minds._minds[0]._ready
        process = minds._minds[0]._process
        monkeypatch.setattr(minds_module, "GRACE_S", 0.05)
        assert (await minds.solve(EVENING, 50)).flag == "late"
        await process.wait()
        assert process.returncode != 0


async def test_nobody_waits_for_one_that_is_still_warming(monkeypatch):
    async with thinking("never") as minds:
        monkeypatch.setattr(minds_module, "WARMING_S", 0.05)
        assert (await minds.solve(EVENING, 50)).flag == "warming"
        monkeypatch.setattr(minds_module, "WARM_S", 0.0)
        assert (await minds.solve(EVENING, 50)).flag == "late"


async def test_one_called_off_answers_at_once_and_thinks_on():
    async with thinking("slow") as minds:
        minds.start()
        await minds._minds[0]._ready
        process = minds._minds[0]._process
        search = asyncio.create_task(minds.solve(EVENING, 600_000))
        while minds._minds[0]._reading is None:  # noqa: ASYNC110 - it has been asked
            await asyncio.sleep(0.001)
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
        assert (await minds.solve(EVENING, 1)).flag is None  # only once the first has been told
        assert minds._minds[0]._process is process


async def started(minds: Minds) -> asyncio.Task:
    """Somebody for whom the first mind thinks until they are called off."""
    search = asyncio.create_task(minds.solve(EVENING, 600_000))
    while minds._minds[0]._reading is None:  # noqa: ASYNC110 - it has been asked
        await asyncio.sleep(0.001)
    return search


async def ended(search: asyncio.Task) -> None:
    search.cancel()
    await asyncio.gather(search, return_exceptions=True)


async def test_for_one_that_was_called_off_no_other_is_started():
    async with thinking("slow", size=2) as minds:
        for _ in range(3):
            await ended(await started(minds))
            assert (await minds.solve(EVENING, 1)).flag is None
        assert minds._minds[1]._ready is None


async def test_another_thinks_for_who_would_wait_and_ends_when_nobody_needs_it(monkeypatch):
    monkeypatch.setattr(minds_module, "IDLE_S", 0.05)
    async with thinking("slow", size=2) as minds:
        search = await started(minds)
        assert (await minds.solve(EVENING, 1)).flag is None
        other = minds._minds[1]
        process = other._process
        await process.wait()  # it is ended
        assert (await minds.solve(EVENING, 1)).flag is None  # and there again when somebody would wait
        assert other._process.pid != process.pid
        await ended(search)
        monkeypatch.setattr(minds_module, "IDLE_S", 3600.0)
        both = await asyncio.gather(*(minds.solve(EVENING, 1) for _ in range(6)))
        assert [thought.flag for thought in both] == [None] * 6
        assert minds._minds[0]._process.returncode is None  # the first stays


async def test_who_waits_is_served_though_no_other_can_be_started_or_its_neighbour_leaves():
    async with thinking("slow", size=2) as minds:
        search = await started(minds)
        minds._minds[1]._command = ("/nowhere",)
        waits = [asyncio.create_task(minds.solve(EVENING, 1)) for _ in range(3)]
        while minds._joining or not minds._spare:  # noqa: ASYNC110 - it could not be started
            await asyncio.sleep(0.001)
        await ended(waits[0])
        await ended(search)
        assert [(await wait).flag for wait in waits[1:]] == [None, None]
        assert not minds._turns


async def test_more_than_can_wait_get_the_simple_plan(monkeypatch):
    monkeypatch.setattr(minds_module, "WAITING_MAX", 0)
    async with thinking("plain") as minds:
        assert (await minds.solve(EVENING, 500)).flag == "busy"


def test_the_simple_plan_keeps_who_has_a_table_and_places_who_has_none():
    tables = [a_table("1", 2), a_table("2", 4, status="out_of_service"), a_table("3", 4)]
    bookings = [a_booking("keeps"), a_booking("lost", 4), a_booking("new", 2, status="pending")]
    asked = puzzle(a_scene(tables, bookings, holds=[a_hold("keeps", "t1"), a_hold("lost", "t2")]))
    plan = simple(asked.evening)
    at = {owner.id: seat.tables for owner, seat in zip(asked.owners, plan.seats, strict=True)}
    assert at == {"keeps": (0,), "lost": (2,), "new": ()}
    assert (plan.by, plan.proven, plan.covers, len(plan.moved)) == ("greedy", False, 6, 1)
    assert plan.cost == sum(plan.terms.values()) == sum(sum(seat.terms.values()) for seat in plan.seats)
    assert simple(puzzle(a_scene([])).evening).cost == 0


def test_where_the_sources_cannot_be_written_to_kernels_are_kept_with_the_data(monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("MAITRED_DATA_DIR", str(tmp_path))
    worker.keep_kernels()
    assert "NUMBA_CACHE_DIR" not in os.environ  # beside the sources, here
    monkeypatch.setattr(os, "access", lambda *_: False)
    worker.keep_kernels()
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "kernels")
    monkeypatch.delenv("NUMBA_CACHE_DIR")
