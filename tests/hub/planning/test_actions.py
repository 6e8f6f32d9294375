"""A plan in the database: stored when it says something new, accepted or dismissed by people, never half done."""

from datetime import timedelta

import pytest

from hub.core.actor import Actor
from schemas.base import Done, Refused
from tests.hub.planning.evening import (
    AT_20,
    a_line,
    ghosts,
    head,
    said_to_guests,
    stored,
    tables_of,
    the_plan,
)
from tests.kit import FRIDAY_19, SITE, LawfulHouse, a_room, joined

MANAGER = Actor.staff("st_manager")


async def booked(house: LawfulHouse, name: str, *table_ids: str, covers: int = 2, at=AT_20, **more) -> str:
    done = await house.done("book", name=name, covers=covers, starts_at=at, table_ids=list(table_ids), **more)
    return done.result["booking_id"]


async def policy(house: LawfulHouse, value: str) -> None:
    await house.done("set_policy", actor=MANAGER, policy="planning.auto_accept", value=value)


@pytest.fixture
async def floor(house: LawfulHouse) -> dict[str, str]:
    return await a_room(house, ("1", 2), ("2", 2), ("3", 4))


async def test_a_plan_is_rows_and_written_only_when_it_says_something_new(house, floor):
    a = await booked(house, "A", floor["3"])
    version = (await house.row("booking", a)).version
    line = a_line(a, [floor["3"]], [floor["1"]], why="Fewer seats stay empty.")
    done = await stored(house, line)
    assert await house.facts(done.seq) == ["assign.plan_updated"]
    assert (await ghosts(house))[a].to_ids == [floor["1"]]
    plan = await the_plan(house)
    assert (plan.basis, plan.proven, plan.unplaced, plan.flag) == (done.seq - 1, True, 0, None)
    again = await stored(house, line)
    assert isinstance(again, Refused)
    assert again.reason == "unchanged"
    assert await head(house) == done.seq  # no line in the journal, no publication
    flagged = await stored(house, line, flag="late")
    assert isinstance(flagged, Done)
    assert (await the_plan(house)).flag == "late"
    assert (await house.row("booking", a)).version == version
    gone = await stored(house)
    assert isinstance(gone, Done)
    assert await ghosts(house) == {}


async def test_an_older_plan_never_replaces_a_newer_one(house, floor):
    a = await booked(house, "A", floor["3"])
    done = await stored(house, a_line(a, [floor["3"]], [floor["1"]]))
    old = await stored(house, basis=(await the_plan(house)).basis - 1)
    assert (old.reason, await head(house)) == ("stale", done.seq)


async def test_what_is_no_longer_true_is_left_out(house, floor):
    a = await booked(house, "A", floor["3"])
    b = await booked(house, "B", floor["1"])
    basis = await head(house)
    await house.done("place_booking", booking_id=a, table_ids=[floor["2"]])
    await house.done("cancel_booking", booking_id=b)
    lines = a_line(a, [floor["3"]], [floor["1"]]), a_line(b, [floor["1"]], [floor["2"]])
    await stored(house, *lines, basis=basis)
    assert await ghosts(house) == {}


async def test_accepting_moves_two_bookings_across_each_other(house, floor):
    a, b = await booked(house, "A", floor["3"]), await booked(house, "B", floor["1"])
    told = await said_to_guests(house)
    await stored(house, a_line(a, [floor["3"]], [floor["1"]]), a_line(b, [floor["1"]], [floor["3"]]))
    basis = (await the_plan(house)).basis
    half = await house.refused("accept_plan", "no_longer_possible", basis=basis, owner_ids=[a])  # B is still there
    assert [fault.owner_id for fault in half.about] == [a]
    assert await tables_of(house, a) == [floor["3"]]
    done = await house.done("accept_plan", basis=basis)
    assert {move["owner_id"] for move in done.result["moves"]} == {a, b}
    assert (await tables_of(house, a), await tables_of(house, b)) == ([floor["1"]], [floor["3"]])
    assert await ghosts(house) == {}
    assert await said_to_guests(house) == told  # their time is what it was
    await house.done("undo", seq=done.seq)
    assert (await tables_of(house, a), await tables_of(house, b)) == ([floor["3"]], [floor["1"]])


async def test_a_plan_of_another_basis_is_not_accepted(house, floor):
    a = await booked(house, "A", floor["3"])
    await stored(house, a_line(a, [floor["3"]], [floor["1"]]))
    basis = (await the_plan(house)).basis
    await house.refused("accept_plan", "stale", basis=basis - 1)
    await house.refused("dismiss_plan", "stale", basis=basis - 1)
    await house.refused("accept_plan", "not_found", basis=basis, owner_ids=["nobody"])


async def test_a_move_that_is_no_longer_possible_stops_all_and_says_which(house, floor):
    a, b = await booked(house, "A", floor["3"]), await booked(house, "B", floor["1"], at=FRIDAY_19 + timedelta(hours=3))
    await stored(house, a_line(a, [floor["3"]], [floor["1"]]), a_line(b, [floor["1"]], [floor["2"]]))
    await house.done("set_table_status", table_id=floor["1"], status="out_of_service")
    refused = await house.refused("accept_plan", "no_longer_possible", basis=(await the_plan(house)).basis)
    assert [(fault.owner_id, fault.why) for fault in refused.about] == [(a, "Table 1 is out of service.")]
    assert await tables_of(house, b) == [floor["1"]]


async def test_nobody_is_planned_where_somebody_still_sits(house, floor):
    a = await booked(house, "A", floor["3"], at=FRIDAY_19 + timedelta(minutes=50))
    await stored(house, a_line(a, [floor["3"]], [floor["1"]]))
    await house.done("seat_party", table_ids=[floor["1"]], covers=2, name="Rossi", turn_min=40)
    await house.pass_time(49)  # over its time: it holds nothing any more, and sits there
    refused = await house.refused("accept_plan", "no_longer_possible", basis=(await the_plan(house)).basis)
    assert "Rossi" in refused.message


async def test_a_booking_without_a_table_gets_one_in_the_commit_that_stores_the_plan(house, floor):
    a = await booked(house, "A", floor["3"], at=FRIDAY_19 + timedelta(minutes=30))
    await house.done("seat_party", table_ids=[floor["3"]], covers=4, anyway=True)
    assert (await house.row("booking", a)).unplaced
    done = await stored(house, a_line(a, [], [floor["1"]], reason="placed"))
    assert (await tables_of(house, a), await ghosts(house)) == ([floor["1"]], {})
    assert not (await house.row("booking", a)).unplaced
    assert {"assign.plan_updated", "reservation.placed"} <= {*await house.facts(done.seq)}


async def test_by_policy_nothing_or_everything_is_done_at_once(house, floor):
    a = await booked(house, "A", floor["3"])
    line = a_line(a, [floor["3"]], [floor["1"]])
    await policy(house, "off")
    await house.done("set_table_status", table_id=floor["3"], status="out_of_service")
    await stored(house, a_line(a, [floor["3"]], [floor["1"]], reason="lost"))
    assert (await tables_of(house, a), len(await ghosts(house))) == ([floor["3"]], 1)
    await policy(house, "unplaced")
    await house.done("set_table_status", table_id=floor["3"], status="available")
    await stored(house, line)
    assert (await tables_of(house, a), len(await ghosts(house))) == ([floor["3"]], 1)
    await policy(house, "all")
    await stored(house, line)
    assert (await tables_of(house, a), len(await ghosts(house))) == ([floor["1"]], 0)


async def test_what_cannot_be_done_at_once_is_left_and_the_rest_is_done(house, floor):
    await policy(house, "all")
    a, b = await booked(house, "A", floor["3"]), await booked(house, "B", floor["1"])
    c = await booked(house, "C", floor["2"], at=FRIDAY_19 + timedelta(hours=3))
    lines = a_line(a, [floor["3"]], [floor["1"]]), a_line(c, [floor["2"]], [floor["3"]])
    done = await stored(house, *lines)  # B is still at 1
    assert (await tables_of(house, a), await tables_of(house, c)) == ([floor["3"]], [floor["3"]])
    assert b
    assert await house.facts(done.seq) == ["reservation.placed", "assign.plan_updated"]


async def test_who_has_lost_their_table_moves_nobody_else_unless_it_must_be(house, floor):
    t = floor | await a_room(house, ("4", 4), ("5", 4))
    a, b = await booked(house, "A", t["3"], covers=4), await booked(house, "B", t["4"])
    later = await booked(house, "C", t["5"], at=FRIDAY_19 + timedelta(hours=4))
    await house.done("set_table_status", table_id=t["3"], status="out_of_service")
    lines = [a_line(a, [t["3"]], [t["4"]], reason="lost"), a_line(b, [t["4"]], [t["1"]])]
    await stored(house, *lines, a_line(later, [t["5"]], [t["2"]], starts_at=AT_20 + timedelta(hours=3)))
    assert (await tables_of(house, a), await tables_of(house, b)) == ([t["5"]], [t["4"]])  # 5 was free as it was
    await house.done("set_table_status", table_id=t["5"], status="out_of_service")
    await stored(house, a_line(a, [t["5"]], [t["4"]], reason="lost"), lines[1])
    assert (await tables_of(house, a), await tables_of(house, b)) == ([t["4"]], [t["1"]])  # no other seats four
    assert await tables_of(house, later) == [t["5"]]  # nobody's chain


async def test_a_lost_table_without_another_is_listed_with_why(house, floor):
    a = await booked(house, "A", floor["3"], covers=4)
    await house.done("set_table_status", table_id=floor["3"], status="out_of_service")
    await stored(house, a_line(a, [floor["3"]], [], reason="lost", why="3 is out of service."))
    booking, ghost = await house.row("booking", a), (await ghosts(house))[a]
    assert (booking.unplaced, ghost.from_ids, ghost.to_ids, ghost.why) == (True, [], [], "3 is out of service.")
    assert (await the_plan(house)).unplaced == 1
    basis = (await the_plan(house)).basis
    await house.refused("accept_plan", "nothing_proposed", basis=basis)
    await house.refused("accept_plan", "no_table", basis=basis, owner_ids=[a])


async def test_what_a_host_dismisses_is_pinned_until_they_take_it_back(house, floor):
    a = await booked(house, "A", floor["3"])
    await stored(house, a_line(a, [floor["3"]], [floor["1"]]))
    done = await house.done("dismiss_plan", basis=(await the_plan(house)).basis)
    assert (await house.row("pin", a)).service_date == AT_20.date()
    assert await ghosts(house) == {}
    await house.refused("pin_booking", "already_so", booking_id=a)
    await house.done("undo", seq=done.seq)
    assert await house.row("pin", a) is None
    pinned = await house.done("pin_booking", booking_id=a)
    await house.done("pin_booking", booking_id=a, pinned=False)
    assert await house.row("pin", a) is None
    assert await house.facts(pinned.seq) == ["assign.booking_pinned"]


async def test_several_bookings_are_placed_by_hand_at_once_or_not_at_all(house, floor):
    await joined(house, floor["1"], floor["2"])
    a, b = await booked(house, "A", floor["3"]), await booked(house, "B", floor["1"], floor["2"], covers=4)
    swap = [
        {"booking_id": a, "table_ids": [floor["1"]]}, {"booking_id": b, "table_ids": [floor["3"]]},
    ]  # fmt: skip
    too_small = [swap[0], {"booking_id": b, "table_ids": [floor["2"]]}]
    refused = await house.refused("place_bookings", "no_longer_possible", moves=too_small)
    assert [fault.owner_id for fault in refused.about] == [b]
    assert await tables_of(house, a) == [floor["3"]]
    await house.refused("place_bookings", "invalid", moves=[swap[0], swap[0]])
    done = await house.done("place_bookings", moves=swap)
    assert (await tables_of(house, a), await tables_of(house, b)) == ([floor["1"]], [floor["3"]])
    await house.done("undo", seq=done.seq)
    assert await tables_of(house, b) == sorted([floor["1"], floor["2"]])


async def test_yesterdays_plan_goes_with_the_first_of_today(house, floor):
    a = await booked(house, "A", floor["3"])
    await stored(house, a_line(a, [floor["3"]], [floor["1"]]))
    await house.set_now(FRIDAY_19 + timedelta(days=1))
    late = await stored(house)
    assert late.reason == "another_day"
    await house.give(
        "store_plan", basis=await head(house), service_date=(AT_20 + timedelta(days=1)).date(),
        score={"found_by": "greedy", "proven": True, "gap": 0.0, "cost": 0, "bound": 0, "covers": 0, "terms": {}},
        placements=[],
    )  # fmt: skip
    assert (await ghosts(house), await the_plan(house)) == ({}, None)
    assert await house.pool.fetchval("SELECT count(*) FROM plan WHERE site_id = $1", SITE) == 1
