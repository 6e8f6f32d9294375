"""Holds in a real database: all tables or none, clipped, given back, opened up."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from hub.holds import actions, views
from schemas.base import Refused
from tests.hub.holds.at_work import at_work
from tests.kit import SITE, a_room


def minutes(house, count):
    return house.now + timedelta(minutes=count)


async def kept(house, table, start, end, *, owner_id="b1", owner_kind="booking"):
    async with at_work(house) as work:
        return await actions.hold(
            work, owner_kind=owner_kind, owner_id=owner_id, table_ids=[table] if isinstance(table, str) else table,
            starts_at=minutes(house, start), ends_at=minutes(house, end),
        )  # fmt: skip


async def held(house, owner_id):
    return {
        row.table_id: ((row.starts_at - house.now).total_seconds() / 60, (row.ends_at - house.now).total_seconds() / 60)
        for row in await views.of_owner(house.pool, SITE, owner_id)
    }


async def test_all_tables_or_none(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4), ("T3", 4))
    one, two, three = tables.values()
    assert len(await kept(house, [one, two], 60, 165)) == 2
    refused = await kept(house, [three, two], 100, 205, owner_id="b2")
    assert isinstance(refused, Refused)
    assert refused.reason == "table_taken"
    assert refused.message == "Table T2 is kept for a booking from 20:00 until 21:45."
    assert [row.table_id for row in refused.about] == [two]
    assert await held(house, "b2") == {}
    assert len(await kept(house, [three, two], 165, 270, owner_id="b2")) == 2  # back to back is no overlap


async def test_a_hold_knows_its_day_and_when_it_is_drawn(house):
    tables = await a_room(house, ("T1", 4))
    await kept(house, tables["T1"], 60, 165)
    (row,) = await views.of_owner(house.pool, SITE, "b1")
    assert row.reserved_from == minutes(house, 30)
    assert row.service_date == house.now.date()
    await kept(house, tables["T1"], 7 * 60, 8 * 60, owner_id="b2")  # 02:00 belongs to the evening before
    (late,) = await views.of_owner(house.pool, SITE, "b2")
    assert late.service_date == house.now.date()


async def test_tables_out_of_use_are_not_held(house):
    from hub.core.actor import Actor

    tables = await a_room(house, ("T1", 4))
    await house.done("put_table", actor=Actor.staff("st_manager"), table_id=tables["T1"], active=False)
    refused = await kept(house, tables["T1"], 0, 60)
    assert (refused.code, refused.field) == ("not_found", "table_ids")


async def test_the_database_refuses_an_overlap_whoever_writes_it(house):
    tables = await a_room(house, ("T1", 4))
    await kept(house, tables["T1"], 0, 60)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await house.pool.execute(
            "INSERT INTO hold SELECT site_id, 'x', owner_kind, owner_id, table_id, service_date, starts_at, during,"
            " reserved_from, status FROM hold"
        )


async def test_many_at_once_without_the_sites_lock(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    both = list(tables.values())

    async def wish(number):
        order = both if number % 2 else both[::-1]
        return await kept(house, order, 30, 135, owner_id=f"b{number}")

    answers = await asyncio.gather(*(wish(number) for number in range(12)))
    assert sum(not isinstance(answer, Refused) for answer in answers) == 1


async def test_busy_and_next_starts(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    one, two = tables.values()
    await kept(house, one, 60, 165)
    await kept(house, one, 200, 300, owner_id="b2")
    await kept(house, two, 0, 60, owner_id="b3")

    async def met(start, end):
        return [row.owner_id for row in await views.busy(house.pool, SITE, minutes(house, start), minutes(house, end))]

    assert await met(60, 61) == ["b1"]
    assert await met(165, 200) == []
    assert await met(-10, 400) == ["b3", "b1", "b2"]
    nexts = await views.next_starts(house.pool, SITE, house.now)
    assert {table: row.owner_id for table, row in nexts.items()} == {one: "b1", two: "b3"}
    nexts = await views.next_starts(house.pool, SITE, minutes(house, 61))
    assert {table: row.owner_id for table, row in nexts.items()} == {one: "b2"}


async def test_a_seating_takes_over_and_is_clipped(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4), ("T3", 4))
    one, two, three = tables.values()
    await kept(house, [one, three], 10, 115)
    await kept(house, two, 60, 165, owner_id="b2")
    async with at_work(house) as work:
        end = await actions.activate(work, "b1", [one, two], house.now, minutes(house, 105))
    assert end == minutes(house, 60)
    assert await held(house, "b1") == {one: (0, 60), two: (0, 60)}
    rows = await views.of_owner(house.pool, SITE, "b1")
    assert {(row.owner_kind, row.status) for row in rows} == {("booking", "active")}
    assert await held(house, "b2") == {two: (60, 165)}


async def test_a_walk_in_holds_its_table_as_a_seating(house):
    tables = await a_room(house, ("T1", 4))
    async with at_work(house) as work:
        assert await actions.activate(work, "s1", [tables["T1"]], house.now, minutes(house, 105)) == minutes(house, 105)
    (row,) = await views.of_owner(house.pool, SITE, "s1")
    assert (row.owner_kind, row.status, row.reserved_from) == ("seating", "active", house.now)


async def test_a_hold_under_way_stands_in_the_way_of_a_seating(house):
    tables = await a_room(house, ("T1", 4))
    await kept(house, tables["T1"], -10, 95)
    async with at_work(house) as work:
        refused = await actions.activate(work, "s1", [tables["T1"]], house.now, minutes(house, 60))
    assert refused.reason == "table_taken"
    assert await held(house, "s1") == {}


async def test_a_move_keeps_when_it_sat_down_and_gives_tables_back(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4), ("T3", 4))
    one, two, three = tables.values()
    async with at_work(house) as work:
        await actions.activate(work, "s1", [one, two], house.now, minutes(house, 105))
    sat = house.now
    await house.pass_time(30)
    async with at_work(house) as work:
        end = await actions.reshape(work, "s1", [two, three], sat + timedelta(minutes=120))
    assert end == sat + timedelta(minutes=120)
    assert await held(house, "s1") == {two: (-30, 90), three: (0, 90)}
    await house.pass_time(120)  # an overstay; somebody else's plan begins, then the host makes the turn longer
    await kept(house, two, -20, 60, owner_id="b2")
    async with at_work(house) as work:
        await actions.reshape(work, "s1", [two, three], minutes(house, 15))
    assert await held(house, "b2") == {two: (-20, 60)}
    assert (await held(house, "s1"))[two] == (-150, -20)


async def test_an_opening_goes_to_the_waiting_line_first_and_then_is_free(house):
    tables = await a_room(house, ("T1", 4))
    table = tables["T1"]
    await kept(house, table, 60, 165)
    async with at_work(house) as work:
        assert await actions.open_up(work, "b1") == [table]
        (armed,) = work.timers
        assert [type(fact).__name__ for fact in work.facts] == ["OpeningMade"]
    subject, due_at, wish = armed
    assert (subject, due_at, wish.owner_id) == ("opening:b1", house.now + timedelta(seconds=2), "b1")
    refused = await kept(house, table, 60, 165, owner_id="b2")
    assert refused.message == "Table T1 is kept for the waiting line from 20:00 until 21:45."
    done = await house.done("release_opening", owner_id="b1")
    assert await house.facts(done.seq) == ["availability.opening_released"]
    assert not isinstance(await kept(house, table, 60, 165, owner_id="b2"), Refused)
    again = await house.done("release_opening", owner_id="b1")
    assert await house.facts(again.seq) == []


async def test_a_party_being_seated_goes_before_an_opening(house):
    tables = await a_room(house, ("T1", 4))
    await kept(house, tables["T1"], -20, 85)
    async with at_work(house) as work:
        await actions.open_up(work, "b1")
    async with at_work(house) as work:
        end = await actions.activate(work, "s1", [tables["T1"]], house.now, minutes(house, 105))
        assert [type(fact).__name__ for fact in work.facts] == ["OpeningReleased"]
    assert end == minutes(house, 105)
    assert await held(house, "b1") == {}


async def test_what_is_over_is_released_and_not_offered(house):
    tables = await a_room(house, ("T1", 4))
    await kept(house, tables["T1"], -120, -15)
    async with at_work(house) as work:
        assert await actions.open_up(work, "b1") == [tables["T1"]]
        assert not work.timers
        assert not work.facts
    assert await held(house, "b1") == {}


async def test_some_tables_given_back_are_an_opening_of_their_own(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    one, two = tables.values()
    await kept(house, [one, two], 60, 165)
    async with at_work(house) as work:
        assert await actions.open_up(work, "b1", [two]) == [two]
        (made,) = work.facts
        (armed,) = work.timers
    assert made.owner_id != "b1"
    assert armed[2].owner_id == made.owner_id
    assert await held(house, "b1") == {one: (60, 165)}
    assert await views.opened(house.pool, SITE, made.owner_id) == {two: (minutes(house, 60), minutes(house, 165))}
    await house.done("release_opening", owner_id=made.owner_id)
    assert await held(house, "b1") == {one: (60, 165)}
    assert list(await views.opened(house.pool, SITE, made.owner_id)) == [two]  # the line may still ask for it


async def offered(house, offer_id, tables, start, end):
    async with at_work(house) as work:
        return await actions.offer(
            work, offer_id, tables, starts_at=minutes(house, start), ends_at=minutes(house, end)
        )  # fmt: skip


async def test_a_table_has_one_live_offer_at_a_time(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    one, two = tables.values()
    assert await offered(house, "o1", [one], 0, 105) == minutes(house, 105)
    refused = await offered(house, "o2", [two, one], 90, 195)
    assert refused.message == "Table T1 is offered to a waiting party from 19:00 until 20:45."
    assert await held(house, "o2") == {}
    assert await offered(house, "o2", [one], 105, 210) == minutes(house, 210)  # another time of it is another matter
    async with at_work(house) as work:
        await actions.release(work, "o1")
    assert await offered(house, "o3", [one, two], 0, 200) == minutes(house, 105)  # to the next plan of any of them
    assert await held(house, "o3") == {one: (0, 105), two: (0, 105)}


async def test_an_offer_goes_before_an_opening(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    one, two = tables.values()
    await kept(house, [one, two], 60, 165)
    async with at_work(house) as work:
        await actions.open_up(work, "b1")
    assert await offered(house, "o1", [one], 75, 180) == minutes(house, 180)
    assert await held(house, "b1") == {two: (60, 165)}  # the other table is still kept for the line
