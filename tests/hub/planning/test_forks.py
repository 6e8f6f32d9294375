"""What if: each change by itself on a scene, how two evenings compare, and the commands that make it real."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from hub.planning import forks
from hub.planning.minds import Thought
from hub.planning.problem import Scene, puzzle
from hub.planning.simple import simple
from hub.planning.thinking import Planned, planned
from schemas.base import Refused
from schemas.floor import SectionRow
from schemas.planning import CloseArea, ExtraParty, LoseServer, LoseTable, Rain
from schemas.waitlist import PartyRow, WaitRow
from solvers.seating.problem import Weights
from tests.hub.planning.evening import AT_20, AT_21, DAY, a_booking, a_hold, a_scene, a_seating, a_table
from tests.kit import FRIDAY_19

TABLES = (a_table("1", 2), a_table("2", 4, area_id="terrace", section_id="s"), a_table("3", 4))
SECTION = SectionRow(id="s", name="S", server_id="st", server_name="St", initials="ST", colour=0, version=1)
HOURS = {str(day): ["12:00", "23:30"] for day in range(1, 8)}


def evening(**more) -> Scene:
    """One booking of four on the terrace at 20:00, a couple inside; table 3 is free."""
    bookings = [a_booking("four", 4), a_booking("two", 2)]
    holds = [a_hold("four", "t2"), a_hold("two", "t1")]
    return a_scene(TABLES, bookings, holds=holds, sections=[SECTION], outdoor=["terrace"], **more)


def thought(scene: Scene) -> Planned:
    asked = puzzle(scene)
    return planned(scene, asked, Thought(simple(asked.evening)))


def where(scene: Scene) -> dict[str, tuple[str, ...]]:
    return {line.owner.id: line.to for line in thought(scene).lines if line.owner.kind == "booking"}


@pytest.mark.parametrize(
    "change",
    [
        CloseArea(area_id="terrace", starts_at=AT_20 - timedelta(minutes=30)), Rain(), LoseServer(section_id="s"),
        LoseTable(table_id="t2"),
    ],
)  # fmt: skip
def test_whoever_loses_their_table_gets_another(change):
    assert where(evening()) == {"four": ("t2",), "two": ("t1",)}
    forked = forks.fork(evening(), [change])
    assert where(forked) == {"four": ("t3",), "two": ("t1",)}
    side = forks.outcome(forked, thought(forked), Weights())
    assert (side.covers, side.unplaced, side.moves) == (6, 0, 1)


def test_what_ends_before_or_begins_after_moves_nobody():
    for change in (
        CloseArea(area_id="terrace", starts_at=AT_21), Rain(ends_at=AT_20), Rain(starts_at=AT_21),
    ):  # fmt: skip
        assert where(forks.fork(evening(), [change]))["four"] == ("t2",)


def test_an_extra_party_gets_a_table_but_never_somebody_elses():
    forked = forks.fork(evening(), [ExtraParty(covers=4, starts_at=AT_20)])
    assert where(forked)["extra-0"] == ("t3",)
    asked = puzzle(forked)
    promised = {owner.id for owner, party in zip(asked.owners, asked.evening.parties, strict=True) if party.must}
    assert promised == {"four", "two"}
    crowded = forks.fork(evening(), [ExtraParty(covers=4, starts_at=AT_20), LoseTable(table_id="t3")])
    assert where(crowded) == {"extra-0": (), "four": ("t2",), "two": ("t1",)}
    assert forks.outcome(crowded, thought(crowded), Weights()).unplaced == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (CloseArea(area_id="nowhere"), "area_id"), (LoseServer(section_id="nobody"), "section_id"),
        (LoseTable(table_id="none"), "table_id"), (Rain(ends_at=FRIDAY_19 - timedelta(hours=1)), "ends_at"),
        (ExtraParty(covers=2, starts_at=FRIDAY_19 - timedelta(minutes=1)), "starts_at"),
        (ExtraParty(covers=2, starts_at=FRIDAY_19 + timedelta(days=1)), "starts_at"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(change, field):
    refused = forks.fork(evening(), [change])
    assert isinstance(refused, Refused)
    assert refused.field == field


def test_the_wait_at_the_door_under_either_plan():
    couple = PartyRow(
        id="w", name="W", covers=4, phone=None, status="active", priority=0, joined_at=FRIDAY_19, quoted_min=None,
        quoted_at=None, area_id=None, accessible=False, flags=[], notes=None, expires_at=AT_21, version=1,
    )  # fmt: skip
    seated = [a_seating("rossi", "t3", minutes=30, covers=4)]
    scene = a_scene([TABLES[2]], waiting=[couple], seatings=seated)
    expected = WaitRow(id="w", position=1, ready_at=FRIDAY_19 + timedelta(minutes=45), table_ids=[], why="")
    for waits in ({}, {"w": expected}):  # whether or not the plan keeps room for them
        scene = replace(scene, waits=waits)
        side = forks.outcome(scene, thought(scene), Weights())
        assert (side.mean_wait_min, side.not_in_sight) == (45.0, 0)  # thirty, and the cleaning
    lost = forks.fork(scene, [CloseArea(area_id="room")])
    side = forks.outcome(lost, thought(lost), Weights())
    assert (side.mean_wait_min, side.not_in_sight) == (None, 1)


def test_the_commands_that_make_it_real_bookings_first():
    changes = [
        CloseArea(area_id="terrace", starts_at=AT_20, ends_at=AT_21), ExtraParty(covers=2, starts_at=AT_21),
        LoseServer(section_id="s"), Rain(starts_at=AT_20), LoseTable(table_id="t2"),
    ]  # fmt: skip
    forked = forks.fork(evening(), changes)
    steps = forks.adopt(forked, changes, thought(forked), HOURS)
    assert [step.command for step in steps] == [
        "place_bookings", "set_special_day", "book", "put_section", "set_weather", "set_table_status",
    ]  # fmt: skip
    by_name = {step.command: step for step in steps}
    assert by_name["place_bookings"].body == {"moves": [{"booking_id": "four", "table_ids": ["t3"]}]}
    assert by_name["set_special_day"].body == {
        "area_id": "terrace", "first_day": DAY.isoformat(), "last_day": DAY.isoformat(), "title": "Closed tonight",
        "kind": "event", "hours": ["12:00", "20:00", "21:00", "23:30"],
    }  # fmt: skip
    assert by_name["book"].needs == ["name", "phone"]
    whole = forks.adopt(forked, [CloseArea(area_id="terrace", starts_at=forked.span[0])], thought(forked), HOURS)
    assert whole[-1].body["kind"] == "closed"
    occupied = structs.replace(TABLES[1], status="occupied")
    busy = a_scene([occupied, TABLES[2]], sections=[SECTION])
    assert [step.command for step in forks.adopt(busy, [LoseServer(section_id="s")], thought(busy), HOURS)] == [
        "put_section"
    ]
