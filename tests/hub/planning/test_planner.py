"""The planner on a real house: it hears, gathers, thinks and stores; the newest state wins; a lost table is not waited for.

Its mind is the tests' double, so that nothing here depends on how long a solver thinks.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from time import monotonic

import pytest

from hub.core.actor import Actor
from hub.planning import minds as minds_module
from hub.planning import planner as planner_module
from hub.planning.planner import Planner, loses_a_table, matters
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


def test_what_it_hears():
    assert matters([{"fact": "message.queued"}, {"fact": "reservation.created"}])
    assert matters([{"fact": "assign.plan_dismissed"}])
    assert not matters([{"fact": "assign.plan_updated"}, {"fact": "waitlist.reordered"}, {"fact": "table.stage_set"}])
    assert not matters([{"fact": "availability.changed"}])
    assert loses_a_table([{"fact": "table.status_changed", "now": "out_of_service"}])
    assert loses_a_table([{"fact": "table.updated", "fields": ["active"]}])
    assert loses_a_table([{"fact": "availability.weather_changed"}])
    assert not loses_a_table([{"fact": "table.status_changed", "now": "occupied"}, {"fact": "reservation.created"}])


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
    monkeypatch.setattr(planner_module, "GATHER_S", 0.2)
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
        await asyncio.sleep(3 * planner_module.GATHER_S)
        assert await head(house) == at + 1
    stored = await house.pool.fetchval("SELECT count(*) FROM journal WHERE command = 'store_plan' AND site_id = 's1'")
    assert stored <= 3  # the first, the bookings: in one round, or two on a busy box


async def test_a_newer_state_calls_the_search_off(house: LawfulHouse, monkeypatch):
    monkeypatch.setattr(planner_module, "GATHER_S", 0.01)
    monkeypatch.setattr(planner_module, "CALLED_OFF_MAX", 1)
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
