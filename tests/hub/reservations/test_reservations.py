"""Bookings as a host asks for them: the last table, other times, coming late, not coming at all."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from hub.core.actor import Actor
from hub.holds import views
from hub.reservations.reactions import leave_table
from schemas.base import Done, Refused
from schemas.reservations import Book, Booked
from tests.hub.core.test_undo import undone
from tests.kit import HOST, SITE, a_room, joined

MANAGER = Actor.staff("st_manager")


def at(house, minutes):
    return (house.now + timedelta(minutes=minutes)).isoformat()


async def booked(house, minutes=60, **args):
    wish = {"name": "Silva", "covers": 4, "starts_at": at(house, minutes)} | args
    return msgspec.convert((await house.done("book", **wish)).result, Booked)


async def held(house, owner_id):
    return {row.table_id: row for row in await views.of_owner(house.pool, SITE, owner_id)}


async def policy(house, name, value):
    """The site's own value of a policy, live at once."""
    await house.done("set_policy", actor=Actor.staff("st_manager"), policy=name, value=value)


async def test_a_booking_gets_the_smallest_table_that_fits_for_turn_and_buffer(house):
    tables = await a_room(house, ("T1", 6), ("T2", 4))
    result = await booked(house, phone="+44 20 7946 0000", flags=["vip"], notes="by the window")
    assert result.table_ids == [tables["T2"]]
    assert result.warnings == []
    row = await house.row("booking", result.booking_id)
    assert (row.status, row.duration_min, row.unplaced, row.code) == ("confirmed", 90, False, result.code)
    assert (row.phone, row.flags, row.notes) == ("+44 20 7946 0000", ["vip"], "by the window")
    (hold,) = (await held(house, result.booking_id)).values()
    assert hold.ends_at == house.now + timedelta(minutes=60 + 90 + 15)
    assert (hold.status, hold.owner_kind) == ("held", "booking")


async def test_seven_take_the_joined_pair(house):
    tables = await a_room(house, ("T3", 4), ("T4", 4), ("T9", 4))
    await joined(house, tables["T3"], tables["T4"])
    assert set((await booked(house, covers=7)).table_ids) == {tables["T3"], tables["T4"]}
    refused = await house.refused("book", "full", name="Wang", covers=7, starts_at=at(house, 60))
    assert refused.code == "conflict"


async def test_a_wheelchair_party_is_never_planned_at_steps(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4), accessible=["T2"])
    assert (await booked(house, accessible=True)).table_ids == [tables["T2"]]
    await house.refused("book", "full", name="Wang", covers=4, starts_at=at(house, 60), accessible=True)
    refused = await house.refused(
        "book",
        "not_accessible",
        name="Wang",
        covers=4,
        starts_at=at(house, 60),
        accessible=True,
        table_ids=[tables["T1"]],
    )
    assert refused.field == "table_ids"


async def test_what_is_wrong_is_named(house):
    tables = await a_room(house, ("T1", 4), ("T2", 2))
    for field, reason, wrong in (
        ("starts_at", "past", {"starts_at": at(house, -1)}),
        ("starts_at", "invalid", {"starts_at": "2026-11-20T20:00:00"}),
        ("starts_at", "too_far_ahead", {"starts_at": at(house, 91 * 24 * 60)}),
        ("covers", "invalid", {"covers": 0}),
        ("covers", "invalid", {"covers": 21}),
        ("table_ids", "too_small", {"table_ids": [tables["T2"]]}),
        ("table_ids", "not_joined", {"table_ids": [tables["T1"], tables["T2"]]}),
        ("table_ids", "unknown_table", {"table_ids": ["elsewhere"]}),
        ("area_id", "unknown_area", {"area_id": "elsewhere"}),
    ):
        wish = {"name": "Silva", "covers": 4, "starts_at": at(house, 60)} | wrong
        refused = await house.refused("book", reason, **wish)
        assert (refused.code, refused.field) == ("invalid", field), wrong
    await house.done("set_table_status", table_id=tables["T1"], status="out_of_service")
    wish = {"name": "Silva", "covers": 4, "table_ids": [tables["T1"]]}
    await house.refused("book", "out_of_service", starts_at=at(house, 60), **wish)
    await house.done("book", starts_at=at(house, 60 + 24 * 60), **wish)


async def test_tonight_can_be_booked_and_the_largest_covers_are_a_policy(house):
    await a_room(house, ("T1", 8))
    await booked(house, 0, covers=8)
    await policy(house, "booking.max_covers", 6)
    refused = await house.refused("book", "too_many", name="Big", covers=7, starts_at=at(house, 200))
    assert refused.field == "covers"


async def test_a_turn_keeps_its_length_the_night_the_clocks_change(house):
    tables = await a_room(house, ("T1", 4))
    london = ZoneInfo("Europe/London")
    await house.set_now(datetime(2027, 3, 20, 18, 0, tzinfo=london))
    night = datetime(2027, 3, 27, 23, 45, tzinfo=london)  # the clocks go forward at 01:00
    result = (await house.done("book", name="Silva", covers=4, starts_at=night.isoformat(), duration_min=120)).result
    (hold,) = (await held(house, result["booking_id"])).values()
    assert hold.ends_at - hold.starts_at == timedelta(minutes=135)
    refused = await house.refused(
        "book", "table_taken", name="Wang", covers=4, starts_at=datetime(2027, 3, 28, 2, 15, tzinfo=london).isoformat(),
        table_ids=[tables["T1"]],
    )  # fmt: skip
    assert "from 23:45 until 03:00" in refused.message  # 02:15 summer time is 90 minutes after 23:45


async def test_a_party_of_thirteen_is_taken_and_the_events_team_told(house):
    await a_room(house, ("T1", 14), ("T2", 4))
    done = await house.done("book", name="Big", covers=13, starts_at=at(house, 60))
    assert await house.facts(done.seq) == ["reservation.created", "reservation.events_team"]
    assert len(done.result["warnings"]) == 1
    again = await house.done("book", name="Bigger", covers=14, starts_at=at(house, 60))
    assert (again.result["table_ids"], len(again.result["warnings"])) == ([], 2)
    assert (await house.row("booking", again.result["booking_id"])).unplaced
    twelve = await house.done("book", name="Twelve", covers=12, starts_at=at(house, 225))
    assert twelve.result["warnings"] == []
    assert await house.facts(twelve.seq) == ["reservation.created"]


async def test_the_same_guest_at_the_same_time_hears_the_first_code(house):
    await a_room(house, ("T1", 4), ("T2", 4), ("T3", 4))
    first = await booked(house, phone="+44 20 7946-0000")
    refused = await house.refused(
        "book", "duplicate", name="S.", covers=2, starts_at=at(house, 60), phone="+442079460000"
    )
    assert first.code in refused.message
    assert refused.about.id == first.booking_id
    await booked(house, 75, phone="+442079460000")
    await house.done("cancel_booking", booking_id=first.booking_id)
    await booked(house, phone="+442079460000")


async def test_fifty_ask_for_the_last_table_and_one_gets_it(house):
    await a_room(house, ("T1", 4))

    async def wish(number):
        return await house.commands.give(
            HOST, Book(site_id=SITE, key=f"wish-{number:04d}", name=f"Guest {number}", covers=4, starts_at=house.now + timedelta(minutes=60))
        )  # fmt: skip

    answers = await asyncio.gather(*(wish(number) for number in range(50)))
    assert sum(isinstance(answer, Done) for answer in answers) == 1
    refusals = [answer for answer in answers if isinstance(answer, Refused)]
    assert {(refused.code, refused.reason) for refused in refusals} == {("conflict", "full")}
    assert all(len(refused.about) <= 3 for refused in refusals)
    assert await house.pool.fetchval("SELECT count(*) FROM booking") == 1
    assert await house.pool.fetchval("SELECT count(*) FROM hold") == 1
    again = await wish(next(number for number, answer in enumerate(answers) if isinstance(answer, Done)))
    assert isinstance(again, Done)
    assert await house.pool.fetchval("SELECT count(*) FROM booking") == 1


async def test_other_times_work_when_they_are_taken(house):
    tables = await a_room(house, ("T1", 4))
    await booked(house, 60)
    for wish, reason in (({}, "full"), ({"table_ids": [tables["T1"]]}, "table_taken")):
        refused = await house.refused("book", reason, name="Wang", covers=4, starts_at=at(house, 120), **wish)
        offered = refused.about
        assert [(other.starts_at - house.now) / timedelta(minutes=1) for other in offered] == [165, 180, 195]
        assert all(other.table_ids == [tables["T1"]] for other in offered)
        assert offered[0].reason == "45 minutes later"
    await house.done("book", name="Wang", covers=4, starts_at=offered[0].starts_at.isoformat())


async def test_placing_by_hand_and_by_the_house(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4), ("T3", 2))
    first = await booked(house, table_ids=[tables["T1"]])
    second = await booked(house, name="Wang", table_ids=[tables["T2"]])
    refused = await house.refused("place_booking", "table_taken", booking_id=first.booking_id, table_ids=[tables["T2"]])
    assert refused.about[0].owner_id == second.booking_id
    assert set(await held(house, first.booking_id)) == {tables["T1"]}
    await house.refused("place_booking", "too_small", booking_id=first.booking_id, table_ids=[tables["T3"]])
    await house.done("cancel_booking", booking_id=second.booking_id)
    await house.refused("place_booking", "table_taken", booking_id=first.booking_id, table_ids=[tables["T2"]])
    await house.done("release_opening", owner_id=second.booking_id)
    await house.done("place_booking", booking_id=first.booking_id, table_ids=[tables["T2"]])
    assert set(await held(house, first.booking_id)) == {tables["T2"]}
    await house.done("set_table_status", table_id=tables["T2"], status="out_of_service")
    placed = await house.done("place_booking", booking_id=first.booking_id)
    assert placed.result["table_ids"] == [tables["T1"]]
    await house.refused("place_booking", "stale", booking_id=first.booking_id, expect_version=99)
    await house.refused("place_booking", "illegal_move", booking_id=second.booking_id)


async def test_coming_in_parts(house):
    await a_room(house, ("T1", 4))
    result = await booked(house)
    done = await house.done("arrive_booking", booking_id=result.booking_id, arrival="bar")
    assert await house.facts(done.seq) == ["reservation.status_changed", "reservation.arrived"]
    await house.done("arrive_booking", booking_id=result.booking_id)
    row = await house.row("booking", result.booking_id)
    assert (row.status, row.arrival, row.arrived_at) == ("arrived", "all", house.now)
    await house.refused("arrive_booking", "already_so", booking_id=result.booking_id)
    await house.refused("mark_late", "illegal_move", booking_id=result.booking_id)
    await house.refused("mark_no_show", "illegal_move", booking_id=result.booking_id)


async def test_the_grace_then_the_hosts_word(house):
    tables = await a_room(house, ("T1", 4))
    result = await booked(house, 0)
    booking = {"booking_id": result.booking_id}
    due = await house.pool.fetchval("SELECT due_at FROM timer WHERE subject = $1", f"late:{result.booking_id}")
    assert due == house.now + timedelta(minutes=15)
    await house.pass_time(14)
    refused = await house.refused("mark_no_show", "too_early", **booking)
    assert refused.retry_s == 60
    await house.done("note_lateness", **booking)
    assert (await house.row("booking", result.booking_id)).late_at is None
    await house.pass_time(1)
    done = await house.done("note_lateness", **booking)
    assert await house.facts(done.seq) == ["reservation.late"]
    row = await house.row("booking", result.booking_id)
    assert (row.late_at, row.no_show_proposed_at, row.status) == (house.now, house.now, "confirmed")
    await house.done("note_lateness", **booking)
    assert (await house.row("booking", result.booking_id)).version == row.version
    done = await house.done("mark_no_show", **booking)
    assert await house.facts(done.seq) == [
        "reservation.status_changed", "availability.opening", "reservation.no_show",
    ]  # fmt: skip
    assert (await held(house, result.booking_id))[tables["T1"]].owner_kind == "opening"
    await house.done("release_opening", owner_id=result.booking_id)
    assert await held(house, result.booking_id) == {}
    assert (await house.row("booking", result.booking_id)).no_show_proposed_at is None
    await booked(house, 0, name="Wang")


async def test_a_guest_who_called_is_waited_for(house):
    await a_room(house, ("T1", 4))
    result = await booked(house, 0)
    booking = {"booking_id": result.booking_id}
    await house.pass_time(15)
    await house.done("note_lateness", **booking)
    await house.done("mark_late", expected_in_min=20, **booking)
    row = await house.row("booking", result.booking_id)
    assert (row.expected_at, row.no_show_proposed_at) == (house.now + timedelta(minutes=20), None)
    await house.pass_time(20)
    await house.done("note_lateness", **booking)
    assert (await house.row("booking", result.booking_id)).no_show_proposed_at is None
    await house.pass_time(15)
    await house.done("note_lateness", **booking)
    assert (await house.row("booking", result.booking_id)).no_show_proposed_at == house.now


async def test_an_arrival_taken_back_is_not_forgotten(house):
    await a_room(house, ("T1", 4))
    result = await booked(house, 0)
    booking = {"booking_id": result.booking_id}
    await house.pass_time(14)
    arrived = await house.done("arrive_booking", **booking)
    await house.pass_time(1)
    await house.done("note_lateness", **booking)
    await house.done("undo", seq=arrived.seq)
    due = await house.pool.fetchval("SELECT max(due_at) FROM timer WHERE subject = $1", f"late:{result.booking_id}")
    assert due == house.now + timedelta(minutes=4)
    await house.pass_time(4)
    await house.done("note_lateness", **booking)
    assert (await house.row("booking", result.booking_id)).no_show_proposed_at == house.now


@pytest.mark.parametrize("gone", [False, True])
async def test_a_no_show_that_turns_up_gets_a_table_if_there_is_one(house, gone):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    result = await booked(house, 0, table_ids=[tables["T1"]])
    await house.pass_time(20)
    await house.done("mark_no_show", booking_id=result.booking_id)
    await house.done("release_opening", owner_id=result.booking_id)
    await booked(house, 0, name="Wang", table_ids=[tables["T1"]])
    if gone:
        await booked(house, 0, name="Rossi", table_ids=[tables["T2"]])
    await house.pass_time(5)
    await house.done("arrive_booking", booking_id=result.booking_id)
    row = await house.row("booking", result.booking_id)
    assert (row.status, row.unplaced) == ("arrived", gone)
    assert set(await held(house, result.booking_id)) == (set() if gone else {tables["T2"]})


async def test_a_no_show_back_within_the_opening_keeps_its_table(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    result = await booked(house, 0, table_ids=[tables["T2"]])
    await house.pass_time(20)
    await house.done("mark_no_show", booking_id=result.booking_id)
    await house.done("arrive_booking", booking_id=result.booking_id)
    (hold,) = (await held(house, result.booking_id)).values()
    assert (hold.table_id, hold.owner_kind, hold.starts_at) == (tables["T2"], "booking", house.now)


async def test_every_wish_can_be_taken_back(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    await undone(house, "book", name="Silva", covers=4, starts_at=at(house, 30))
    result = await booked(house, 0, table_ids=[tables["T1"]])
    booking = {"booking_id": result.booking_id}
    await undone(house, "place_booking", table_ids=[tables["T2"]], **booking)
    await undone(house, "arrive_booking", **booking)
    await undone(house, "mark_late", expected_in_min=10, **booking)
    await undone(house, "cancel_booking", **booking)
    await house.pass_time(20)
    await undone(house, "mark_no_show", **booking)
    await house.done("mark_no_show", **booking)
    await undone(house, "arrive_booking", **booking)


async def test_a_cancellation_can_be_taken_back_after_its_opening_is_over(house):
    tables = await a_room(house, ("T1", 4))
    result = await booked(house)
    cancelled = await house.done("cancel_booking", booking_id=result.booking_id)
    await house.done("release_opening", owner_id=result.booking_id)
    await house.done("undo", seq=cancelled.seq)
    assert (await house.row("booking", result.booking_id)).status == "confirmed"
    assert (await held(house, result.booking_id))[tables["T1"]].owner_kind == "booking"
    cancelled = await house.done("cancel_booking", booking_id=result.booking_id)
    await house.done("release_opening", owner_id=result.booking_id)
    await booked(house, name="Wang")
    await house.refused("undo", "table_taken", seq=cancelled.seq)


async def test_cancelling_keeps_the_reason_and_ends_there(house):
    await a_room(house, ("T1", 4))
    result = await booked(house)
    body = msgspec.json.encode(
        {"site_id": SITE, "key": "cancel-0001", "booking_id": result.booking_id, "reason": "ill"}
    )
    assert isinstance(await house.commands.ask(HOST, "cancel_booking", body), Done)
    assert await house.pool.fetchval("SELECT cancel_reason FROM booking") == "ill"
    for name in ("cancel_booking", "arrive_booking", "mark_no_show", "mark_late", "place_booking"):
        assert (await house.refused(name, booking_id=result.booking_id)).code == "conflict"


async def test_nobody_elses_booking(house):
    await a_room(house, ("T1", 4))
    result = await booked(house)
    for name in ("cancel_booking", "arrive_booking", "mark_no_show", "mark_late", "place_booking"):
        refused = await house.refused(name, actor=Actor.staff("st_other"), site="s2", booking_id=result.booking_id)
        assert (refused.code, refused.field) == ("not_found", "booking_id")
        refused = await house.refused(name, actor=Actor.staff("st_kitchen"), booking_id=result.booking_id)
        assert refused.code == "forbidden"


async def test_a_day_without_a_command_changes_nothing(house):
    await a_room(house, ("T1", 4))
    await booked(house)
    before = await house.rows()
    await house.pass_time(24 * 60)
    assert await house.rows() == before


async def test_bookings_leave_a_table_that_is_taken_off_the_plan(house):
    """F-ASN-09: they are listed as unplaced, for another table to be found; those elsewhere stay."""
    tables = await a_room(house, ("1", 4), ("2", 4))
    gone = await booked(house, name="Silva", table_ids=[tables["1"]])
    stays = await booked(house, name="Chen", table_ids=[tables["2"]])
    off = await house.done("put_table", actor=MANAGER, table_id=tables["1"], active=False)
    facts = await house.pool.fetchval("SELECT facts FROM journal WHERE site_id = $1 AND seq = $2", SITE, off.seq)
    for _ in range(2):  # heard twice is done once
        await leave_table.react(house, SITE, off.seq, facts)
    assert (await house.row("booking", gone.booking_id)).unplaced
    assert not (await house.row("booking", stays.booking_id)).unplaced
    assert not await held(house, gone.booking_id)
    assert set(await held(house, stays.booking_id)) == {tables["2"]}
    await house.done("put_table", actor=MANAGER, table_id=tables["1"], active=True)
    await house.done("place_booking", booking_id=gone.booking_id, table_ids=[tables["1"]])
    await house.refused("leave_table", "nothing_planned", table_id=tables["1"])


async def test_without_a_moment_for_the_waiting_line_a_table_given_back_is_free_at_once(house):
    tables = await a_room(house, ("1", 4))
    await policy(house, "waitlist.opening_s", 0)
    first = await booked(house)
    cancelled = await house.done("cancel_booking", booking_id=first.booking_id)
    assert "availability.opening" not in await house.facts(cancelled.seq)
    assert (await booked(house, name="Chen")).table_ids == [tables["1"]]


@pytest.mark.parametrize("blocked", [False, True])
async def test_a_no_show_who_comes_after_all_gets_its_own_table_back(house, blocked):
    """Long after the waiting line had its moment, and though another table would fit as well; never one out of use."""
    tables = await a_room(house, ("1", 4), ("2", 4), ("3", 4))
    late = await booked(house, minutes=0, table_ids=[tables["3"]])
    await house.pass_time(16)
    await house.done("mark_no_show", booking_id=late.booking_id)
    await house.pass_time(3)
    await house.done("release_opening", owner_id=late.booking_id)
    if blocked:
        await house.done("set_table_status", table_id=tables["3"], status="out_of_service")
    await house.done("arrive_booking", booking_id=late.booking_id)
    assert set(await held(house, late.booking_id)) == {tables["1"] if blocked else tables["3"]}
