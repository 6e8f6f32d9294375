"""The evening as a problem and back, without a database: who is asked for what, who stays, what is closed, and why."""

from datetime import timedelta

import pytest
from msgspec import structs

from hub.planning.problem import Closed, Known, Placed, Scene, Terms, answer, clears_at, puzzle
from hub.planning.words import placements
from schemas.floor import SectionRow
from schemas.waitlist import PartyRow, WaitRow
from solvers.seating.evening import NOBODY, Plan, Seat
from solvers.seating.problem import ANYWHERE, Join
from tests.hub.planning.evening import (
    AT_20,
    AT_21,
    a_booking,
    a_hold,
    a_join,
    a_scene,
    a_seating,
    a_table,
    minute,
)
from tests.kit import FRIDAY_19


def plan_of(*seats: Seat) -> Plan:
    return Plan(
        seats=seats, cost=0, bound=0, gap=0.0, proven=True, by="exact", stopped=False, covers=0, moved=(), terms={}
    )


def party(scene: Scene, owner_id: str):
    asked = puzzle(scene)
    return next(
        (one for one, owner in zip(asked.evening.parties, asked.owners, strict=True) if owner.id == owner_id), None
    )


def proposed(scene: Scene, **to: tuple[str, str]):
    """What a plan says of each booking: (table number or "", reason)."""
    asked = puzzle(scene)
    at = {table_id: index for index, table_id in enumerate(asked.table_ids)}
    seats = [
        Seat((at[f"t{to[owner.id][0]}"],) if to[owner.id][0] else (), {}, to[owner.id][1]) if owner.id in to
        else Seat(tuple(sorted(at[table_id] for table_id in owner.table_ids)), {})
        for owner in asked.owners
    ]  # fmt: skip
    return placements(scene, answer(asked, plan_of(*seats)))


def test_a_table_is_what_the_plan_of_the_floor_says():
    rows = [
        a_table("10", 6, features=["window", "accessible"], preferred_for=["romantic"], priority=9, section_id="s1"),
        a_table("2", 4, area_id="bar", section_id="s2"),
    ]  # fmt: skip
    sections = [
        SectionRow(id="s1", name="A", server_id="st", server_name="St", initials="ST", colour=0, version=1),
        SectionRow(id="s2", name="B", server_id=None, server_name=None, initials="", colour=1, version=1),
    ]
    asked = puzzle(a_scene(rows, sections=sections, joins=[a_join("t10", "t2", 9), a_join("t2", "tx", 8)]))
    assert asked.table_ids == ("t2", "t10")  # as a host counts
    two, ten = asked.evening.tables
    assert (two.max_covers, two.accessible, two.section, two.suits) == (4, False, NOBODY, 0)
    assert (ten.max_covers, ten.accessible, ten.section, ten.priority) == (6, True, 0, 9)
    assert two.area != ten.area
    assert ten.features.bit_count() == ten.suits.bit_count() == 1
    assert asked.evening.joins == (Join(0, 1, 9),)


def test_a_booking_asks_for_the_time_it_holds():
    booking = a_booking("li", 4)
    held = a_hold("li", "t1", minutes=100)  # its buffer was ten minutes when it was booked
    one = party(a_scene([a_table("1")], [booking], holds=[held]), "li")
    assert (one.start, one.end, one.covers, one.now) == (minute(AT_20), minute(AT_20) + 100, 4, (0,))
    assert (one.must, one.locked, one.buffer_min) == (True, False, 15)


def test_one_without_a_table_asks_for_its_whole_turn_from_when_it_can_have_it():
    late = a_booking("late", at=FRIDAY_19 - timedelta(minutes=20), unplaced=True)
    one = party(a_scene([a_table("1")], [late]), "late")
    assert (one.start, one.turn_min, one.buffer_min, one.now) == (minute(FRIDAY_19), 90, 15, ())
    over = structs.replace(late, ends_at=FRIDAY_19)
    assert party(a_scene([a_table("1")], [over]), "late") is None
    assert party(a_scene([a_table("1")], [structs.replace(over, status="arrived")]), "late") is not None


@pytest.mark.parametrize(
    ("status", "asked", "must"),
    [("pending", True, False), ("reminded", True, True), ("arrived", True, True), ("seated", False, False),
     ("cancelled", False, False), ("no_show", False, False)],
)  # fmt: skip
def test_only_who_is_still_to_sit_down_is_planned_and_a_confirmed_one_has_a_promise(status, asked, must):
    one = party(a_scene([a_table("1")], [a_booking("li", status=status)], holds=[a_hold("li", "t1")]), "li")
    assert (one is not None) == asked
    assert one is None or one.must == must


def test_wishes_of_the_guest_and_what_lasts_about_them():
    tables = [a_table("1"), a_table("2", area_id="terrace")]
    booking = a_booking(
        "li", 6, occasion="anniversary", preferences=["window"], flags=["high_chair"], guest_flags=["vip"],
        guest_id="g", accessible=True,
    )  # fmt: skip
    known = {"g": Known(favourite_table_id="t2", favourite_area_id="terrace", tier="platinum")}
    one = party(a_scene(tables, [booking], guests=known), "li")
    assert one.features.bit_count() == 2
    assert one.occasion.bit_count() == 1
    assert (one.tables, one.guaranteed, one.accessible, one.value, one.risk_min) == ((1,), True, True, 60, 15)
    assert one.area == 1
    unpromised = a_scene(tables, [booking], guests=known, terms=Terms(vip_guarantee=False, linger_covers=7))
    other = party(unpromised, "li")
    assert (other.guaranteed, other.risk_min) == (False, 0)
    plain = party(a_scene(tables, [a_booking("li", area_id="room")], guests=known), "li")
    assert (plain.tables, plain.area, plain.occasion) == ((), 0, 0)
    assert party(a_scene(tables, [a_booking("li", area_id="gone")]), "li").area == ANYWHERE


def test_a_party_at_table_is_locked_until_it_is_expected_to_be_gone():
    seated = a_seating("rossi", "t1", at=FRIDAY_19 - timedelta(minutes=30))
    one = party(a_scene([a_table("1")], seatings=[seated]), "rossi")
    assert (one.locked, one.now) == (True, (0,))
    assert (one.start, one.end) == (minute(FRIDAY_19) - 30, minute(FRIDAY_19) + 60 + 15)
    over = a_seating("rossi", "t1", at=FRIDAY_19 - timedelta(minutes=100))
    assert clears_at(over, FRIDAY_19) == FRIDAY_19 + timedelta(minutes=10)
    told = structs.replace(seated, turn_by=FRIDAY_19 + timedelta(minutes=40))
    assert clears_at(told, FRIDAY_19) == FRIDAY_19 + timedelta(minutes=40)
    assert clears_at(told, FRIDAY_19 + timedelta(minutes=45)) == seated.expected_clear


def test_the_next_plan_may_cut_the_cleaning_short_but_not_the_meal():
    next_up = a_booking("li", at=AT_20)
    holds = [a_hold("li", "t1")]
    short = a_scene([a_table("1")], [next_up], holds=holds, seatings=[a_seating("rossi", "t1", minutes=55)])
    assert party(short, "rossi").end == party(short, "li").start
    long = a_scene([a_table("1")], [next_up], holds=holds, seatings=[a_seating("rossi", "t1", minutes=75)])
    assert party(long, "rossi").end == party(long, "li").start + 30


def test_who_stays_where_they_are():
    soon = FRIDAY_19 + timedelta(minutes=20)
    bookings = [
        a_booking("soon", at=soon), a_booking("pinned"), a_booking("free"), a_booking("event", kind="event", at=AT_21),
    ]
    holds = [
        a_hold("soon", "t1", soon), a_hold("pinned", "t2"), a_hold("free", "t3"), a_hold("event", "t4", AT_21),
    ]  # fmt: skip
    tables = [a_table(number) for number in "1234"]
    scene = a_scene(tables, bookings, holds=holds, pinned={"pinned"})
    assert [party(scene, owner).locked for owner in ("soon", "pinned", "free", "event")] == [True, True, False, True]
    taken = a_scene(tables, bookings, holds=holds, pinned={"pinned"}, seatings=[a_seating("rossi", "t2", minutes=90)])
    assert not party(taken, "pinned").locked  # nobody stays where somebody else sits
    lost = a_scene([a_table("1", status="out_of_service"), *tables[1:]], bookings, holds=holds)
    assert not party(lost, "soon").locked
    rain = a_scene(tables, bookings, holds=holds, closed=[Closed("t3", AT_20, AT_21)])
    assert not party(rain, "free").locked  # it would begin there when nobody may
    closing = a_scene(tables, bookings, holds=holds, closed=[Closed("t3", AT_21, AT_21 + timedelta(hours=2))])
    assert party(closing, "free").locked  # who is there before stays
    unplaced = a_scene(tables, [a_booking("pinned")], pinned={"pinned"})
    assert party(unplaced, "pinned") is None  # a host sees to it


def test_what_closes_a_table():
    tables = [a_table("1", status="out_of_service"), a_table("2"), a_table("3"), a_table("4")]
    scene = a_scene(
        tables, [a_booking("li")], closed=[Closed("t2", AT_20, AT_21)],
        holds=[
            a_hold("an offer", "t3", FRIDAY_19, 30, owner_kind="offer"), a_hold("li", "t4"),
            a_hold("over", "t4", FRIDAY_19 - timedelta(hours=2), 60, owner_kind="block"),
        ],
    )  # fmt: skip
    one, two, three, four = (table.closed for table in puzzle(scene).evening.tables)
    assert one == ((0, 24 * 60),)
    assert two == ((minute(AT_20), minute(AT_21)),)
    assert three == ((minute(FRIDAY_19), minute(FRIDAY_19) + 30),)
    assert four == ()  # a booking's own hold is the booking
    tomorrow = a_scene(tables, now=FRIDAY_19 - timedelta(days=1))
    assert puzzle(tomorrow).evening.tables[0].closed == ()  # tonight's broken table may be planned for another day


def test_the_line_asks_for_the_moment_it_expects_a_table():
    waiting = [
        PartyRow(
            id=name, name=name, covers=2, phone=None, status=status, priority=0, joined_at=FRIDAY_19, quoted_min=None,
            quoted_at=None, area_id=None, accessible=False, flags=[], notes=None, expires_at=AT_21, version=1, kind=kind,
        )
        for name, status, kind in (
            ("door", "active", "walk_in"), ("offered", "notified", "walk_in"), ("slot", "active", "slot"),
            ("unseen", "active", "walk_in"), ("ready", "active", "walk_in"),
        )
    ]  # fmt: skip
    sights = {"door": AT_20, "offered": AT_20, "slot": AT_20, "unseen": None, "ready": FRIDAY_19 - timedelta(minutes=3)}
    waits = {
        name: WaitRow(id=name, position=1, ready_at=at, table_ids=[], why="") for name, at in sights.items()
    }  # fmt: skip
    asked = puzzle(a_scene([a_table("1")], waiting=waiting, waits=waits))
    assert [owner.id for owner in asked.owners] == ["door", "ready"]
    assert [one.start for one in asked.evening.parties] == [minute(AT_20), minute(FRIDAY_19)]
    assert not any(one.must or one.locked for one in asked.evening.parties)


def test_a_plan_comes_back_in_ids():
    scene = a_scene([a_table("1"), a_table("2")], [a_booking("li")], holds=[a_hold("li", "t1")])
    asked = puzzle(scene)
    [line] = answer(asked, plan_of(Seat((1,), {}, "wasted", (0,))))
    assert line == Placed(asked.owners[0], ("t2",), "wasted", ("t1",), False)  # better than there
    [left] = answer(asked, plan_of(Seat((), {}, "full", (0,))))
    assert left.about == ("li",)
    assert line.moves
    [stays] = answer(asked, plan_of(Seat((0,), {})))
    assert not stays.moves


def test_why_in_the_words_of_a_host():
    tables = [a_table("1"), a_table("2"), a_table("3", status="out_of_service"), a_table("4")]
    bookings = [
        a_booking("lost"), a_booking("taken"), a_booking("room"), a_booking("better", at=AT_21), a_booking("new", 6),
        a_booking("none", 5),
    ]
    holds = [
        a_hold("lost", "t3"), a_hold("taken", "t1"), a_hold("room", "t2"), a_hold("better", "t2", AT_21 + timedelta(hours=1)),
    ]  # fmt: skip
    scene = a_scene(tables, bookings, holds=holds, seatings=[a_seating("rossi", "t1", minutes=80)])
    lines = proposed(
        scene, lost=("4", "wasted"), taken=("", "full"), room=("1", "moved"), better=("4", "preference"),
        new=("2", "wasted"), none=("", "too_large"),
    )  # fmt: skip
    assert {line.owner_id: line.why for line in lines} == {
        "lost": "3 is out of service.",
        "taken": "1 is taken by Rossi until about 20:20.",
        "room": "Makes room for New (6) at 2.",
        "better": "The place they prefer.",
        "new": "2 is free from 20:00.",
        "none": "No table here seats 5.",
    }
    assert [line.reason for line in lines if line.owner_id in ("lost", "taken")] == ["lost", "taken"]
    assert all(line.from_ids != line.to_ids for line in lines if line.to_ids)
