"""The planner on a real house: it hears, gathers, thinks and stores; the newest state wins; a lost table is not waited for.

Its mind is the tests' double, so that nothing here depends on how long a solver thinks.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from hub.core.actor import Actor
from hub.planning import gathering
from hub.planning import minds as minds_module
from hub.planning import planner as planner_module
from hub.planning.planner import Planner
from tests.hub.planning.evening import AT_20, DAY, a_double, ghosts, head, tables_of, the_plan
from tests.kit import FRIDAY_19, LawfulHouse, a_room, difference, without_seq

PATIENCE_S = 30.0
COLD_S = 240.0  # kernels that nobody has compiled yet, on a busy box
PROMISED_S = 2.0  # F-ASN-09
MANAGER = Actor.staff("st_manager")


@asynccontextmanager
async def planning(house: LawfulHouse, mode: str = "plain") -> AsyncIterator[Planner]:
    house.house.minds = a_double(mode)
    planner = Planner(house.house)
    house.house.minds.start()
    await house.house.minds._minds[0]._ready
    running = asyncio.create_task(planner.run())
    try:
        yield planner
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(there, what: str, patience_s: float = PATIENCE_S):
    began = monotonic()
    while not (found := await there()):
        assert monotonic() - began < patience_s, f"{what} did not come"
        await asyncio.sleep(0.01)
    return found


async def booked(house: LawfulHouse, *table_ids: str, covers: int = 4, at=AT_20) -> str:
    done = await house.done("book", name="Li", covers=covers, starts_at=at, table_ids=list(table_ids))
    return done.result["booking_id"]


async def test_a_lost_table_re_places_its_booking_within_two_seconds_and_then_lists_it(house: LawfulHouse):
    """SC-02, F-ASN-09."""
    t = await a_room(house, ("7", 4), ("8", 4))
    a = await booked(house, t["7"], at=FRIDAY_19 + timedelta(minutes=90))
    async with planning(house):
        await until(lambda: the_plan(house), "a first plan")
        before = await house.rows()
        messages = await house.pool.fetchval("SELECT count(*) FROM message")
        began = monotonic()
        await house.done("set_table_status", table_id=t["7"], status="out_of_service")

        async def at_8():
            return await tables_of(house, a) == [t["8"]]

        await until(at_8, "another table")
        assert monotonic() - began < PROMISED_S * 3  # room for a busy box; alone it takes a tenth
        await house.done("set_table_status", table_id=t["8"], status="out_of_service")

        async def listed():
            return (await ghosts(house)).get(a)

        ghost = await until(listed, "the list of those without a table")
        assert (ghost.to_ids, ghost.why) == ([], "8 is out of service.")
        assert (await house.row("booking", a)).unplaced
        assert await house.pool.fetchval("SELECT count(*) FROM message") == messages  # their time is what it was
        await house.done("set_table_status", table_id=t["7"], status="available")

        async def at_7():
            return await tables_of(house, a) == [t["7"]] and not await ghosts(house)

        await until(at_7, "its first table again")
        after = await house.rows()
    replayed = await house.replay(before, "s1", after)
    assert replayed == without_seq(after), difference(replayed, after)
    facts = await house.pool.fetchval(
        "SELECT facts FROM journal WHERE command = 'store_plan' AND facts::text LIKE '%\"done\": [{%' ORDER BY seq LIMIT 1"
    )
    assert [fact["fact"] for fact in facts] == ["reservation.placed", "assign.plan_updated"]  # in one commit


async def test_facts_that_come_together_make_one_plan_and_nothing_new_makes_none(house: LawfulHouse, monkeypatch):
    monkeypatch.setattr(gathering, "GATHER_S", 0.2)
    t = await a_room(house, ("7", 4), ("8", 4))
    async with planning(house):
        await until(lambda: the_plan(house), "a first plan")
        for minutes in (0, 120):
            await booked(house, t["7"], at=AT_20 + timedelta(minutes=minutes))

        async def both():
            return (await the_plan(house)).covers == 8

        await until(both, "a plan of both")
        at = await head(house)
        await house.done("set_policy", actor=MANAGER, policy="planning.budget_ms", value=300)  # changes no plan
        await asyncio.sleep(3 * gathering.GATHER_S)
        assert await head(house) == at + 1
    stored = await house.pool.fetchval("SELECT count(*) FROM journal WHERE command = 'store_plan' AND site_id = 's1'")
    assert stored <= 3  # the first, the bookings: in one round, or two on a busy box


async def test_a_newer_state_calls_the_search_off(house: LawfulHouse, monkeypatch):
    monkeypatch.setattr(gathering, "GATHER_S", 0.01)
    t = await a_room(house, ("7", 4), ("8", 4))
    await booked(house, t["7"])
    await house.done("set_policy", actor=MANAGER, policy="planning.budget_ms", value=5000)
    async with planning(house, "slow") as planner:
        desk = await until(lambda: _searching(planner), "a search")
        search = desk.search
        await booked(house, t["8"])
        await until(lambda: _over(search), "the end of the search")
        assert search.cancelled()

        async def newest():
            plan = await the_plan(house)
            return plan is not None and plan.covers == 8

        await until(newest, "the plan of the newest state")
    assert await house.pool.fetchval("SELECT count(*) FROM journal WHERE command = 'store_plan' AND site_id = 's1'") == 1


async def test_nobody_thinks_and_nothing_is_asked_where_the_problem_is_what_it_was(house: LawfulHouse, monkeypatch):
    monkeypatch.setattr(gathering, "GATHER_S", 0.01)
    t = await a_room(house, ("7", 4), ("8", 4))
    await booked(house, t["7"])
    async with planning(house) as planner:
        asked = counted(monkeypatch, house.house.minds, "solve", lambda evening, _ms: evening.parties)
        given = counted(monkeypatch, planner, "_store", lambda desk, *_: desk.site_id == "s1")
        await until(lambda: settled(planner), "a first plan")
        before = len(asked), len(given)
        for minutes in (16, 17):
            await house.done("set_policy", actor=MANAGER, policy="booking.no_show_grace_min", value=minutes)
            at = await head(house)

            await until(lambda at=at: looked(planner, at), "a look at the rows")
        assert len(asked) == before[0]  # a policy that no plan depends on
        assert len(given) == before[1] + 2  # people may have changed what the house does by itself
        await house.done("book", name="Ng", covers=2, starts_at=AT_20 + timedelta(days=1), table_ids=[t["7"]])
        at = await head(house)
        await until(lambda: looked(planner, at), "a look at the rows")
        assert (len(asked), len(given)) == (before[0], before[1] + 2)  # another day's: not even the house is asked
        await booked(house, t["8"])

        async def thought():
            return len(asked) > before[0]

        await until(thought, "a new thought")


async def test_a_proposal_that_people_took_away_is_made_again_when_the_problem_is_what_it_was(
    house: LawfulHouse, monkeypatch
):
    t = await a_room(house, ("7", 4), ("8", 4))
    await house.done("seat_party", table_ids=[t["7"]], covers=4, turn_min=70)
    a = await booked(house, t["7"], at=FRIDAY_19 + timedelta(minutes=90))
    await house.pass_time(85)  # they sit there still
    async with planning(house) as planner:

        async def proposed():
            return (await ghosts(house)).get(a)

        await until(proposed, "a proposal")
        await until(lambda: settled(planner), "the end of the round")
        monkeypatch.setattr(gathering, "GATHER_S", 2.0)  # both in one round
        asked = counted(monkeypatch, house.house.minds, "solve", lambda evening, _ms: evening.parties)
        done = await house.done("accept_plan", basis=(await the_plan(house)).basis)
        assert not await ghosts(house)
        await house.done("undo", seq=done.seq)
        await until(proposed, "the proposal")
        assert not asked


async def test_a_search_is_not_begun_for_rows_that_are_older_than_what_is_heard(house: LawfulHouse, monkeypatch):
    monkeypatch.setattr(gathering, "GATHER_S", 0.01)
    t = await a_room(house, ("7", 4), ("8", 4))
    await booked(house, t["7"])
    read = planner_module.views.scene
    async with planning(house) as planner:
        asked = counted(monkeypatch, house.house.minds, "solve", lambda evening, _ms: evening.parties)
        await until(lambda: settled(planner), "a first plan")
        desk = planner._desks["s1"]

        async def slowly(*args):
            found = await read(*args)
            monkeypatch.setattr(planner_module.views, "scene", read)
            await booked(house, t["8"], at=AT_20 + timedelta(minutes=120))

            async def heard():
                return desk.gathering.disturbed

            await until(heard, "the newer fact")
            return found

        monkeypatch.setattr(planner_module.views, "scene", slowly)
        await booked(house, t["8"])

        async def all_three():
            return (await the_plan(house)).covers == 12

        await until(all_three, "the plan of the newest state")
        assert [len(evening.parties) for evening, _ms in asked] == [1, 3]  # never of two


def counted(monkeypatch, where, name: str, counts: Callable[..., Any]) -> list:
    """What this is called with from now on, as far as it `counts`: the house has other sites."""
    calls, real = [], getattr(where, name)

    def counting(*args):
        if counts(*args):
            calls.append(args)
        return real(*args)

    monkeypatch.setattr(where, name, counting)
    return calls


async def looked(planner: Planner, seq: int):
    desk = planner._desks["s1"]
    return desk.seen >= seq and desk.round is None


def mapped(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


async def settled(planner: Planner):
    desk = planner._desks.get("s1")
    return desk is not None and desk.round is None and desk.settled is not None


async def _searching(planner: Planner):
    desk = planner._desks.get("s1")
    return desk if desk is not None and desk.search is not None else None


async def _over(task: asyncio.Task):
    return task.done()


async def test_a_mind_that_dies_leaves_the_simple_plan_with_a_flag(house: LawfulHouse):
    t = await a_room(house, ("7", 4), ("8", 4))
    a = await booked(house, t["7"])
    async with planning(house, "dies"):
        plan = await until(lambda: the_plan(house), "a plan")
        assert (plan.flag, plan.found_by, plan.proven) == ("crashed", "greedy", False)
        await house.done("set_table_status", table_id=t["7"], status="out_of_service")

        async def at_8():
            return await tables_of(house, a) == [t["8"]]

        await until(at_8, "another table")  # without a mind, too


async def test_time_alone_is_a_reason_to_look_again(house: LawfulHouse, monkeypatch):
    monkeypatch.setattr(planner_module, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(planner_module, "POLL_S", 0.05)
    t = await a_room(house, ("7", 4), ("8", 4))
    await house.done("seat_party", table_ids=[t["7"]], covers=4, turn_min=70)
    a = await booked(house, t["7"], at=FRIDAY_19 + timedelta(minutes=90))
    async with planning(house):
        await until(lambda: the_plan(house), "a first plan")
        await house.pass_time(85)  # they sit there still

        async def proposed():
            return (await ghosts(house)).get(a)

        ghost = await until(proposed, "a proposal")
        assert (ghost.from_ids, ghost.to_ids, ghost.reason) == ([t["7"]], [t["8"]], "taken")
        assert await tables_of(house, a) == [t["7"]]  # it may yet come free: people decide
    assert (await the_plan(house)).id == DAY.isoformat()


@pytest.mark.timeout(2 * COLD_S)
async def test_the_house_with_its_own_minds_plans_to_a_proof(house: LawfulHouse, monkeypatch):
    monkeypatch.setattr(minds_module, "WARMING_S", COLD_S)
    monkeypatch.setattr(minds_module, "GRACE_S", COLD_S)
    await house.done("set_policy", actor=MANAGER, policy="planning.budget_ms", value=5000)
    t = await a_room(house, ("6", 6), ("2", 2), ("4", 4))
    couple = await booked(house, t["6"], covers=2)
    running = asyncio.create_task(Planner(house.house).run())
    try:

        async def better():
            return (await ghosts(house)).get(couple)

        ghost = await until(better, "a proposal", COLD_S)
        assert ghost.to_ids == [t["2"]]  # F-ASN-01: the two-top, not the six-top
        plan = await the_plan(house)
        assert (plan.proven, plan.gap, plan.flag, plan.cost) == (True, 0.0, None, plan.bound)
        assert "/pandas/" not in mapped(house.house.minds._minds[0]._process.pid)
        await house.done("accept_plan", basis=plan.basis)
        assert await tables_of(house, couple) == [t["2"]]
        await booked(house, t["6"], covers=6)  # F-ASN-07: what was freed
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_simple_plan_is_thought_about_again_soon(house: LawfulHouse, monkeypatch):
    monkeypatch.setattr(minds_module, "WARMING_S", 0.0)
    monkeypatch.setattr(planner_module, "FLAGGED_S", (0.1,))
    monkeypatch.setattr(planner_module, "POLL_S", 0.05)
    t = await a_room(house, ("7", 4))
    await booked(house, t["7"])
    house.house.minds = a_double()
    monkeypatch.setattr(house.house.minds, "start", lambda: None)  # it is started by the first who asks
    running = asyncio.create_task(Planner(house.house).run())
    try:
        plan = await until(lambda: the_plan(house), "a plan")
        assert plan.flag == "warming"

        async def thought():
            monkeypatch.setattr(minds_module, "WARMING_S", PATIENCE_S)  # no fact comes, it is warm by now
            return (await the_plan(house)).flag is None

        await until(thought, "a plan of a mind")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
