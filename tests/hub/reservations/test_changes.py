"""A booking changes: its party, its time, its state, out of the book and back."""

import asyncio
from datetime import timedelta

import icalendar
import pytest

from hub.bookings import views as book
from hub.core.actor import Actor
from hub.reservations import actions
from schemas.base import Done, Refused
from schemas.reservations import CancelBooking, RescheduleBooking
from tests.hub.core.test_undo import comparable, undone
from tests.hub.holds.at_work import at_work
from tests.hub.reservations.book import EMAIL, GUEST, MANAGER, PHONE, a_guest, at, booked, held, openings, policy, said
from tests.kit import HOST, SITE, a_room


async def told(house, booking_id):
    return [message["template"] for message in await said(house, booking_id)]


# ---------------------------------------------------------------- edit


async def test_words_change_and_tables_stay(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    result = await booked(house, email=EMAIL)
    before = await held(house, result.booking_id)
    done = await house.done(
        "edit_booking", booking_id=result.booking_id, notes="window", requests="candles", tags=["press"],
        occasion="birthday", preorders=[{"what": "cake"}], flags=["vip"], emergency_contact="Rui",
    )  # fmt: skip
    row = await house.row("booking", result.booking_id)
    assert (row.notes, row.requests, row.tags, row.occasion) == ("window", "candles", ["press"], "birthday")
    assert (row.preorders, row.flags, row.emergency_contact) == ([{"what": "cake", "quantity": 1}], ["vip"], "Rui")
    assert await held(house, result.booking_id) == before
    assert await house.facts(done.seq) == ["reservation.updated"]
    assert await told(house, result.booking_id) == ["booking_confirmed"]
    cleared = await house.done("edit_booking", booking_id=result.booking_id, notes=None, occasion=None)
    row = await house.row("booking", result.booking_id)
    assert (row.notes, row.occasion, row.requests) == (None, None, "candles")
    same = await house.done("edit_booking", booking_id=result.booking_id, notes=None)
    assert await house.facts(same.seq) == []
    assert cleared.seq < same.seq


async def test_more_people_stay_if_they_fit_else_move_else_nothing_changes(house):
    tables = await a_room(house, ("T1", 4), ("T2", 6))
    result = await booked(house, covers=2, email=EMAIL)
    edit = {"booking_id": result.booking_id}
    assert set(await held(house, result.booking_id)) == {tables["T1"]}
    assert (await house.done("edit_booking", covers=4, **edit)).result["table_ids"] == [tables["T1"]]
    assert await openings(house) == set()
    moved = await house.done("edit_booking", covers=6, **edit)
    assert moved.result["table_ids"] == [tables["T2"]]
    assert await openings(house) == {tables["T1"]}, "the waiting line is served before the public"
    assert await told(house, result.booking_id) == ["booking_confirmed", "booking_changed", "booking_changed"]
    before = await house.rows()
    refused = await house.refused("edit_booking", "full", covers=8, **edit)
    assert refused.code == "conflict"
    assert await house.rows() == before
    shrunk = await house.done("edit_booking", covers=2, **edit)
    assert shrunk.result["table_ids"] == [tables["T2"]], "nobody is moved without need"


async def test_a_longer_stay_finds_room_or_is_refused_with_other_times(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    first = await booked(house, 60, table_ids=[tables["T1"]])
    await booked(house, 60 + 105, name="Next", table_ids=[tables["T1"]])
    done = await house.done("edit_booking", booking_id=first.booking_id, duration_min=120)
    assert done.result["table_ids"] == [tables["T2"]]
    (hold,) = (await held(house, first.booking_id)).values()
    assert hold.ends_at - hold.starts_at == timedelta(minutes=135)
    await house.done("edit_booking", booking_id=first.booking_id, duration_min=90)
    (hold,) = (await held(house, first.booking_id)).values()
    assert (hold.table_id, hold.ends_at - hold.starts_at) == (tables["T2"], timedelta(minutes=105))
    await booked(house, 60 + 105, name="After", table_ids=[tables["T2"]])
    before = await house.rows()
    refused = await house.refused("edit_booking", "full", booking_id=first.booking_id, duration_min=120)
    assert all(other.table_ids for other in refused.about)
    assert await house.rows() == before


async def test_a_need_that_comes_to_be_known_finds_its_table(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4), accessible=["T2"])
    result = await booked(house)
    assert set(await held(house, result.booking_id)) == {tables["T1"]}
    done = await house.done("edit_booking", booking_id=result.booking_id, flags=["step_free"])
    assert done.result["table_ids"] == [tables["T2"]]
    assert (await house.row("booking", result.booking_id)).accessible


async def test_another_area_is_a_wish(house):
    await a_room(house, ("T1", 4))
    other = (await house.done("put_area", actor=MANAGER, name="Garden")).result["area_id"]
    result = await booked(house)
    done = await house.done("edit_booking", booking_id=result.booking_id, area_id=other)
    assert done.result["table_ids"] == result.table_ids, "nothing is free there, and they have a table"
    put = await house.done("put_table", actor=MANAGER, area_id=other, number="G1", min_covers=2, max_covers=4, x=0.0, y=0.0)
    await house.done("edit_booking", booking_id=result.booking_id, area_id=None)
    done = await house.done("edit_booking", booking_id=result.booking_id, area_id=other)
    assert done.result["table_ids"] == [put.result["table_id"]]


async def test_more_than_twelve_go_to_the_events_team_once(house):
    await a_room(house, ("T1", 12))
    result = await booked(house, covers=12)
    done = await house.done("edit_booking", booking_id=result.booking_id, covers=13)
    assert "reservation.events_team" in await house.facts(done.seq)
    assert (await house.row("booking", result.booking_id)).unplaced
    again = await house.done("edit_booking", booking_id=result.booking_id, covers=14)
    assert "reservation.events_team" not in await house.facts(again.seq)


async def test_another_number_is_another_guest_or_the_same_ones_new_number(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    ana = await a_guest(house, flags=["vip"])
    rui = await a_guest(house, name="Rui", phone="+44 20 7946 0001", flags=["gluten"])
    result = await booked(house, phone=PHONE)
    edit = {"booking_id": result.booking_id}
    await house.done("edit_booking", phone="+44 20 7946 0001", **edit)
    row = await house.row("booking", result.booking_id)
    assert (row.guest_id, row.guest_flags) == (rui, ["gluten"])
    await house.done("edit_booking", phone="+44 20 7946 0777", **edit)
    assert (await house.row("booking", result.booking_id)).guest_id == rui
    await house.done("edit_booking", guest_id=ana, **edit)
    row = await house.row("booking", result.booking_id)
    assert (row.guest_id, row.guest_flags) == (ana, ["vip"])
    await house.done("edit_booking", guest_id=None, **edit)
    row = await house.row("booking", result.booking_id)
    assert (row.guest_id, row.guest_flags, row.guest_visits) == (None, [], None)
    await house.done("set_blacklist", actor=MANAGER, guest_id=rui, blacklisted=True, reason="walked out twice")
    await house.refused("edit_booking", "blacklisted", guest_id=rui, **edit)
    await house.refused("edit_booking", "no_reason", guest_id=rui, anyway=True, **edit)
    await house.done("edit_booking", guest_id=rui, anyway=True, reason="the manager said so", **edit)


async def test_a_changed_number_may_make_two_wishes_one(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    first = await booked(house, phone=PHONE)
    second = await booked(house, name="Wang", phone="+44 20 7946 0001")
    refused = await house.refused("edit_booking", "duplicate", booking_id=second.booking_id, phone="020 7946 0000")
    assert first.code in refused.message


async def test_a_seated_party_is_changed_at_its_table(house):
    tables = await a_room(house, ("T1", 4))
    result = await booked(house, 0)
    await house.done("seat_party", booking_id=result.booking_id, table_ids=[tables["T1"]])
    await house.done("edit_booking", booking_id=result.booking_id, notes="birthday cake at ten")
    for change in ({"covers": 2}, {"duration_min": 120}, {"accessible": True}):
        refused = await house.refused("edit_booking", "illegal_move", booking_id=result.booking_id, **change)
        assert refused.field == next(iter(change))


# ---------------------------------------------------------------- another time


async def test_a_move_links_both_and_takes_the_guests_link_along(house):
    tables = await a_room(house, ("T1", 4))
    first = await booked(house, 60, email=EMAIL, requests="candles", tags=["press"], preorders=[{"what": "cake"}])
    done = await house.done("reschedule_booking", booking_id=first.booking_id, starts_at=at(house, 90))
    new_id, new_code = done.result["booking_id"], done.result["code"]
    old, new = await house.row("booking", first.booking_id), await house.row("booking", new_id)
    assert (old.status, old.rescheduled_to, new.rescheduled_from, new.status) == ("rescheduled", new_id, old.id, "confirmed")
    assert new_code != first.code
    assert (new.requests, new.tags, new.preorders) == ("candles", ["press"], [{"what": "cake", "quantity": 1}])
    assert await held(house, old.id) == {}
    assert set(await held(house, new_id)) == {tables["T1"]}, "half an hour later at its own table"
    assert done.result["ticket"] == first.ticket
    assert (await book.by_ticket(house.pool, first.ticket))[1].id == new_id
    facts = await house.facts(done.seq)
    assert {"reservation.rescheduled", "reservation.created", "reservation.status_changed"} <= set(facts)
    assert await told(house, new_id) == ["booking_changed"]
    entries = [
        next(iter(icalendar.Calendar.from_ical(message["calendar"]).walk("VEVENT")))
        for message in [*await said(house, old.id), *await said(house, new_id)]
    ]
    assert entries[0]["uid"] == entries[1]["uid"]
    assert entries[0]["sequence"] < entries[1]["sequence"]
    again = await house.done("reschedule_booking", booking_id=new_id, starts_at=at(house, 60), covers=2)
    assert (await book.by_ticket(house.pool, first.ticket))[1].id == again.result["booking_id"]
    await house.refused("reschedule_booking", "already_so", booking_id=old.id, starts_at=at(house, 120))


async def test_the_old_slot_is_the_waiting_lines_first(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    first = await booked(house, 60, table_ids=[tables["T1"]])
    done = await house.done("reschedule_booking", booking_id=first.booking_id, starts_at=at(house, 240), table_ids=[tables["T2"]])
    assert await openings(house) == {tables["T1"]}
    assert "availability.opening" in await house.facts(done.seq)
    await house.done("release_opening", owner_id=first.booking_id)
    assert await openings(house) == set()
    await booked(house, 60, name="Wang", table_ids=[tables["T1"]])


async def test_a_move_to_a_full_slot_keeps_the_old_one_with_its_tables(house):
    tables = await a_room(house, ("T1", 4))
    await booked(house, 180, name="Wang")
    first = await booked(house, 60, email=EMAIL)
    before = await house.rows()
    refused = await house.refused("reschedule_booking", "full", booking_id=first.booking_id, starts_at=at(house, 180))
    assert 1 <= len(refused.about) <= 3
    refused = await house.refused(
        "reschedule_booking", "table_taken", booking_id=first.booking_id, starts_at=at(house, 180), table_ids=[tables["T1"]]
    )
    assert refused.field == "table_ids"
    assert await house.rows() == before
    assert set(await held(house, first.booking_id)) == {tables["T1"]}
    other = refused.about[0]
    await house.done("reschedule_booking", booking_id=first.booking_id, starts_at=other.starts_at.isoformat())


async def test_what_is_wrong_with_a_move_is_named(house):
    await a_room(house, ("T1", 4))
    result = await booked(house, 60, phone=PHONE)
    other = await booked(house, 24 * 60, name="Silva again", phone=PHONE)
    before = await house.rows()
    for field, reason, wrong in (
        ("starts_at", "past", {"starts_at": at(house, -1)}),
        ("starts_at", "too_far_ahead", {"starts_at": at(house, 91 * 24 * 60)}),
        ("starts_at", "invalid", {"starts_at": "2026-11-20T21:00:00"}),
        ("starts_at", "invalid", {"starts_at": "later"}),
        ("starts_at", "same_time", {"starts_at": at(house, 60)}),
        ("covers", "invalid", {"covers": 0, "starts_at": at(house, 90)}),
        ("table_ids", "unknown_table", {"table_ids": ["elsewhere"], "starts_at": at(house, 90)}),
        ("duration_min", "invalid", {"duration_min": 14, "starts_at": at(house, 90)}),
        ("booking_id", "not_found", {"booking_id": "nobody", "starts_at": at(house, 90)}),
        ("expect_version", "stale", {"expect_version": 9, "starts_at": at(house, 90)}),
    ):
        refused = await house.refused("reschedule_booking", reason, **({"booking_id": result.booking_id} | wrong))
        assert refused.field == field, (wrong, refused)
    refused = await house.refused("reschedule_booking", "duplicate", booking_id=result.booking_id, starts_at=at(house, 24 * 60))
    assert other.code in refused.message
    assert await house.rows() == before


async def test_a_guest_moves_their_booking_within_what_guests_may(house):
    await a_room(house, ("T1", 4))
    guest = await a_guest(house)
    first = await booked(house, 60, phone=PHONE, notes="argues about the bill")

    async def ask(command, action, **args):
        async with at_work(house) as work:
            work.actor = GUEST
            answer = await action(work, command(site_id=SITE, key="guests-0001", booking_id=first.booking_id, **args))
            if isinstance(answer, Refused):
                return answer
            raise AssertionError(answer)

    closed = await ask(RescheduleBooking, actions.reschedule, starts_at=house.now + timedelta(hours=6))
    assert (closed.reason, closed.field) == ("closed", "starts_at")
    await house.done("arrive_booking", booking_id=first.booking_id)
    here = await ask(RescheduleBooking, actions.reschedule, starts_at=house.now + timedelta(hours=2))
    assert (here.reason, here.about) == ("illegal_move", None), "a booking with its notes is for staff"
    await house.done("cancel_booking", booking_id=first.booking_id)
    assert (await ask(CancelBooking, actions.cancel)).about is None
    assert guest


# ---------------------------------------------------------------- its life


async def test_from_inquiry_to_reminded(house):
    await a_room(house, ("T1", 4))
    result = await booked(house, 60, email=EMAIL, status="inquiry")
    booking = {"booking_id": result.booking_id}
    await house.refused("reschedule_booking", "illegal_move", starts_at=at(house, 90), **booking)
    await house.refused("reconfirm_booking", "illegal_move", **booking)
    await house.done("confirm_booking", **booking)
    assert await told(house, result.booking_id) == ["booking_received"]
    await house.done("confirm_booking", **booking)
    assert await told(house, result.booking_id) == ["booking_received", "booking_confirmed"]
    refused = await house.refused("confirm_booking", "already_so", **booking)
    assert refused.about.id == result.booking_id
    await house.done("remind_booking", **booking)
    assert (await house.row("booking", result.booking_id)).status == "reminded"
    assert (await told(house, result.booking_id))[-1] == "booking_reminder"
    await house.refused("remind_booking", "already_so", **booking)
    done = await house.done("reconfirm_booking", **booking)
    assert await house.facts(done.seq) == ["reservation.reconfirmed"]
    row = await house.row("booking", result.booking_id)
    assert row.reconfirmed_at == house.now
    await house.done("reconfirm_booking", **booking)
    assert (await house.row("booking", result.booking_id)).version == row.version


async def test_nobody_can_be_reminded_who_cannot_be_reached(house):
    await a_room(house, ("T1", 4))
    result = await booked(house)
    await house.refused("remind_booking", "no_contact", booking_id=result.booking_id)
    assert (await house.row("booking", result.booking_id)).status == "confirmed"


async def test_a_confirmed_inquiry_can_be_late(house):
    await a_room(house, ("T1", 4))
    result = await booked(house, 0, status="pending")
    await house.pass_time(16)
    await house.done("note_lateness", booking_id=result.booking_id)
    assert (await house.row("booking", result.booking_id)).late_at is None
    await house.done("confirm_booking", booking_id=result.booking_id)
    await house.done("note_lateness", booking_id=result.booking_id)
    assert (await house.row("booking", result.booking_id)).no_show_proposed_at == house.now


async def test_a_cancellation_takes_the_entry_out_of_the_calendar(house):
    await a_room(house, ("T1", 4))
    result = await booked(house, email=EMAIL)
    await house.done("cancel_booking", booking_id=result.booking_id, reason="the train is cancelled")
    row = await house.row("booking", result.booking_id)
    assert (row.cancelled_at, row.cancel_reason) == (house.now, "the train is cancelled")
    confirmed, cancelled = await said(house, result.booking_id)
    assert cancelled["template"] == "booking_cancelled"
    was, now = (icalendar.Calendar.from_ical(message["calendar"]) for message in (confirmed, cancelled))
    assert (str(was["method"]), str(now["method"])) == ("PUBLISH", "CANCEL")
    (old,), (new,) = was.walk("VEVENT"), now.walk("VEVENT")
    assert old["uid"] == new["uid"] and new["sequence"] > old["sequence"] and str(new["status"]) == "CANCELLED"


async def test_who_stands_at_the_door_is_not_written_to(house):
    await a_room(house, ("T1", 4))
    result = await booked(house, 0, email=EMAIL)
    await house.done("arrive_booking", booking_id=result.booking_id)
    await house.done("cancel_booking", booking_id=result.booking_id)
    assert await told(house, result.booking_id) == ["booking_confirmed"]


async def test_the_same_news_twice_is_said_twice(house):
    await a_room(house, ("T1", 4))
    result = await booked(house, email=EMAIL)
    for _ in range(2):
        done = await house.done("cancel_booking", booking_id=result.booking_id)
        await house.done("undo", seq=done.seq)
    assert (await told(house, result.booking_id)).count("booking_cancelled") == 2


async def test_arriving_sitting_and_leaving_are_stamped(house):
    tables = await a_room(house, ("T1", 4))
    result = await booked(house, 0)
    came = house.now
    await house.done("arrive_booking", booking_id=result.booking_id)
    await house.pass_time(3)
    sat = house.now
    seating = (await house.done("seat_party", booking_id=result.booking_id, table_ids=[tables["T1"]])).result["seating_id"]
    await house.pass_time(89)
    await house.done("clear_seating", seating_id=seating)
    row = await house.row("booking", result.booking_id)
    assert (row.status, row.arrived_at, row.seated_at, row.departed_at) == ("completed", came, sat, house.now)
    for name, more in (
        ("edit_booking", {"notes": "x"}), ("reschedule_booking", {"starts_at": at(house, 60)}), ("confirm_booking", {}),
        ("remind_booking", {}), ("reconfirm_booking", {}), ("cancel_booking", {}), ("arrive_booking", {}),
        ("mark_late", {}), ("mark_no_show", {}), ("place_booking", {}),
        ("seat_party", {"table_ids": [tables["T1"]], "anyway": True}),
    ):  # fmt: skip
        refused = await house.refused(name, None, booking_id=result.booking_id, **more)
        assert refused.code == "conflict", (name, refused)


# ---------------------------------------------------------------- out of the book and back


WHY = "booked twice by mistake"


async def test_a_deleted_booking_comes_back_to_its_table(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    result = await booked(house, table_ids=[tables["T2"]])
    before = await house.row("booking", result.booking_id)
    await house.done("delete_booking", actor=MANAGER, booking_id=result.booking_id, reason=WHY)
    assert await house.row("booking", result.booking_id) is None
    assert await openings(house) == {tables["T2"]}
    assert await book.by_ticket(house.pool, result.ticket) is None
    assert await book.by_guest(house.pool, SITE, "nobody") == []
    await house.refused("arrive_booking", "not_found", booking_id=result.booking_id)
    who = await house.pool.fetchrow("SELECT deleted_by, delete_reason FROM booking WHERE id = $1", result.booking_id)
    assert tuple(who) == ("staff:st_manager", WHY)
    await house.done("release_opening", owner_id=result.booking_id)
    await house.pass_time(5)
    restored = await house.done("restore_booking", actor=MANAGER, booking_id=result.booking_id)
    assert restored.result["table_ids"] == [tables["T2"]]
    row = await house.row("booking", result.booking_id)
    assert (row.code, row.status, row.starts_at) == (before.code, before.status, before.starts_at)
    assert (await book.by_ticket(house.pool, result.ticket))[1].id == result.booking_id
    refused = await house.refused("restore_booking", "not_found", actor=MANAGER, booking_id=result.booking_id)
    assert refused.field == "booking_id"


@pytest.mark.parametrize(("rooms", "placed"), [(["T1", "T2"], True), (["T1"], False)])
async def test_a_table_taken_meanwhile(house, rooms, placed):
    tables = await a_room(house, *((number, 4) for number in rooms))
    result = await booked(house, table_ids=[tables["T1"]])
    await house.done("delete_booking", actor=MANAGER, booking_id=result.booking_id, reason=WHY)
    await house.done("release_opening", owner_id=result.booking_id)
    await booked(house, name="Wang", table_ids=[tables["T1"]])
    await house.done("restore_booking", actor=MANAGER, booking_id=result.booking_id)
    assert set(await held(house, result.booking_id)) == ({tables["T2"]} if placed else set())
    assert (await house.row("booking", result.booking_id)).unplaced == (not placed)


async def test_what_was_deleted_can_be_restored_for_thirty_days(house):
    await a_room(house, ("T1", 4))
    ids = [(await booked(house, minutes)).booking_id for minutes in (60, 180)]
    for booking_id in ids:
        await house.done("delete_booking", actor=MANAGER, booking_id=booking_id, reason=WHY)
    await house.pass_time(30 * 24 * 60)
    await house.done("restore_booking", actor=MANAGER, booking_id=ids[0])
    row = await house.row("booking", ids[0])
    assert row.unplaced and await held(house, ids[0]) == {}, "its evening is long over"
    await house.pass_time(1)
    refused = await house.refused("restore_booking", "too_late", actor=MANAGER, booking_id=ids[1])
    assert "30 days" in refused.message
    await policy(house, "audit.restore_days", 31)
    await house.done("restore_booking", actor=MANAGER, booking_id=ids[1])


@pytest.mark.parametrize(("reason", "ok"), [("x" * 9, False), ("x" * 10, True), ("x" * 500, True), ("x" * 501, False)])
async def test_a_reason_for_deleting(house, reason, ok):
    await a_room(house, ("T1", 4))
    result = await booked(house)
    delete = {"actor": MANAGER, "booking_id": result.booking_id, "reason": reason}
    if ok:
        await house.done("delete_booking", **delete)
    else:
        assert (await house.refused("delete_booking", None, **delete)).field == "reason"


async def test_deleting_is_not_everybodys(house):
    tables = await a_room(house, ("T1", 4))
    result = await booked(house, 0)
    for role in ("host", "server"):
        await house.refused("delete_booking", "forbidden", actor=Actor.staff(f"st_{role}"), booking_id=result.booking_id, reason=WHY)
        await house.refused("restore_booking", "forbidden", actor=Actor.staff(f"st_{role}"), booking_id=result.booking_id)
    await house.done("seat_party", booking_id=result.booking_id, table_ids=[tables["T1"]])
    await house.refused("delete_booking", "in_house", actor=MANAGER, booking_id=result.booking_id, reason=WHY)


async def test_a_guest_who_booked_again_is_not_booked_twice_by_a_restore(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    first = await booked(house, phone=PHONE)
    await house.done("delete_booking", actor=MANAGER, booking_id=first.booking_id, reason=WHY)
    again = await booked(house, phone=PHONE)
    refused = await house.refused("restore_booking", "duplicate", actor=MANAGER, booking_id=first.booking_id)
    assert again.code in refused.message


# ---------------------------------------------------------------- and back again


async def test_every_change_can_be_taken_back(house):
    tables = await a_room(house, ("T1", 4), ("T2", 6))
    result = await booked(house, status="pending")
    booking = {"booking_id": result.booking_id}
    await undone(house, "confirm_booking", **booking)
    await house.done("confirm_booking", **booking)
    await undone(house, "reconfirm_booking", **booking)
    await undone(house, "edit_booking", notes="window", **booking)
    await undone(house, "edit_booking", covers=6, **booking)
    await undone(house, "reschedule_booking", starts_at=at(house, 75), **booking)
    await undone(house, "reschedule_booking", starts_at=at(house, 240), table_ids=[tables["T2"]], **booking)
    assert (await book.by_ticket(house.pool, result.ticket))[1].id == result.booking_id


async def test_a_move_taken_back_brings_the_link_back(house):
    await a_room(house, ("T1", 4))
    result = await booked(house, 60, email=EMAIL)
    before = comparable(await house.rows())
    moved = await house.done("reschedule_booking", booking_id=result.booking_id, starts_at=at(house, 180))
    await house.done("undo", seq=moved.seq)
    after = comparable(await house.rows())
    unsaid = {at: row for at, row in after.items() if at[1] != "message"}
    assert unsaid == {at: row for at, row in before.items() if at[1] != "message"}, "what was said stays said"
    assert (await book.by_ticket(house.pool, result.ticket))[1].id == result.booking_id


BAD = [
    ("edit_booking", "covers", {"covers": 0}), ("edit_booking", "covers", {"covers": 21}),
    ("edit_booking", "name", {"name": ""}), ("edit_booking", "phone", {"phone": "call"}),
    ("edit_booking", "email", {"email": "nobody"}), ("edit_booking", "duration_min", {"duration_min": 481}),
    ("edit_booking", "area_id", {"area_id": "elsewhere"}), ("edit_booking", "guest_id", {"guest_id": "nobody"}),
    ("edit_booking", "starts_at", {"starts_at": "2026-11-20T21:00:00Z"}), ("edit_booking", "flags", {"flags": "vip"}),
    ("edit_booking", "preorders", {"preorders": [{"what": "cake", "colour": "blue"}]}),
    ("reconfirm_booking", "expect_version", {"expect_version": 99}), ("confirm_booking", "expect_version", {"expect_version": 99}),
    ("remind_booking", "expect_version", {"expect_version": 99}), ("cancel_booking", "expect_version", {"expect_version": 99}),
    ("delete_booking", "reason", {"reason": None}), ("delete_booking", "expect_version", {"reason": WHY, "expect_version": 99}),
    *((name, "booking_id", {"booking_id": "nobody"} | more) for name, more in (
        ("edit_booking", {}), ("reconfirm_booking", {}), ("confirm_booking", {}), ("remind_booking", {}),
        ("cancel_booking", {}), ("delete_booking", {"reason": WHY}), ("restore_booking", {}),
    )),
]  # fmt: skip


async def test_bad_input_names_the_field_and_changes_nothing(house):
    await a_room(house, ("T1", 4))
    result = await booked(house, email=EMAIL)
    before = await house.rows()
    for name, field, wrong in BAD:
        refused = await house.refused(name, None, actor=MANAGER, **({"booking_id": result.booking_id} | wrong))
        assert refused.field == field, (name, wrong, refused)
        assert refused.message
    assert await house.rows() == before


async def test_nobody_elses_booking(house):
    await a_room(house, ("T1", 4))
    result = await booked(house)
    for name, more in (
        ("edit_booking", {"notes": "x"}), ("reschedule_booking", {"starts_at": at(house, 90)}), ("confirm_booking", {}),
        ("remind_booking", {}), ("reconfirm_booking", {}),
    ):  # fmt: skip
        refused = await house.refused(name, None, actor=Actor.staff("st_other"), site="s2", booking_id=result.booking_id, **more)
        assert (refused.code, refused.field) == ("not_found", "booking_id")
        refused = await house.refused(name, None, actor=Actor.staff("st_kitchen"), booking_id=result.booking_id, **more)
        assert refused.code == "forbidden"


async def test_twenty_want_to_move_to_the_last_table_and_one_does(house):
    """The others keep what they had, tables and all."""
    await a_room(house, *((f"T{n}", 4) for n in range(20)))
    ids = [(await booked(house, 240, name=f"Guest {n}")).booking_id for n in range(20)]
    for n in range(19):
        await booked(house, 60, name=f"Early {n}")
    wishes = [
        RescheduleBooking(site_id=SITE, key=f"move-{n:04d}", booking_id=booking_id, starts_at=house.now + timedelta(minutes=60))
        for n, booking_id in enumerate(ids)
    ]
    answers = await asyncio.gather(*(house.commands.give(HOST, wish) for wish in wishes))
    assert sum(isinstance(answer, Done) for answer in answers) == 1
    for booking_id, answer in zip(ids, answers, strict=True):
        moved = isinstance(answer, Done)
        assert (await house.row("booking", booking_id)).status == ("rescheduled" if moved else "confirmed")
        assert len(await held(house, booking_id)) == (0 if moved else 1)
        assert moved or (answer.reason == "full" and len(answer.about) <= 3)
