"""The evening of now in the simulation's words, without a database: whom it knows, and what it makes of them."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.planning.problem import Closed
from hub.quoting import problem
from hub.quoting.problem import Gone
from schemas.waitlist import OfferRow
from solvers.quoting.kernel import POINTS
from solvers.quoting.simulate import NEVER, simulate
from solvers.quoting.turns import History, default, learn
from tests.hub.planning.evening import AT_20, a_booking, a_hold, a_join, a_seating, a_table
from tests.hub.quoting.evening import a_party, asked
from tests.kit import FRIDAY_19

TURNS = default(90)
SEED = 7


def minutes_ago(minutes):
    return FRIDAY_19 - timedelta(minutes=minutes)


def made(tables, waiting=(), **more):
    return problem.evening(asked(tables, waiting, **more), TURNS)


def told(question, turns=TURNS):
    return problem.forecast(question, turns, simulate(problem.evening(question, turns), seed=SEED, runs=400))


def median(evening, row):
    return float(np.median(evening.draws[row]))


def test_every_table_is_as_it_stands():
    tables = [
        a_table("1"), a_table("2", status="out_of_service"), a_table("3", status="cleaning", status_since=minutes_ago(10)),
        a_table("4", seats=6, status="occupied", status_since=minutes_ago(30)), a_table("5"), a_table("6"),
    ]  # fmt: skip
    evening = made(tables, seatings=[a_seating("li", "t5", at=minutes_ago(60), table_ids=["t5", "t6"])])
    free, broken, dirty, scanned, one, other = evening.floor
    assert (free.ready_min, free.draw, broken.ready_min) == (0, -1, NEVER)
    assert dirty.clearing and 0 < median(evening, dirty.draw) < 15
    assert 40 < median(evening, scanned.draw) < 90
    assert (one.draw, one.key) == (other.draw, other.key), "one party leaves both of its tables"
    assert (one.key, scanned.key) == (problem.key_of("li"), problem.key_of("t4"))


def test_a_party_is_judged_by_its_stage_and_how_long_it_has_been_in_it():
    def left(**seating):
        evening = made([a_table("1")], seatings=[a_seating("li", "t1", **seating)])
        return median(evening, evening.floor[0].draw)

    begun = {"at": minutes_ago(60), "minutes": 90}
    ordered = left(**begun, stage="ordered", stage_since=minutes_ago(45))
    paid = left(**begun, stage="paid", stage_since=minutes_ago(2))
    assert paid < 10 < left(**begun, stage="check", stage_since=minutes_ago(2)) < ordered
    assert left(at=minutes_ago(0), stage="just_sat") == pytest.approx(90, rel=0.03)
    assert left(at=minutes_ago(0), stage="just_sat", minutes=180) == pytest.approx(180, rel=0.03), "set by hand"
    halfway = left(at=minutes_ago(30), stage="just_sat")
    assert left(at=minutes_ago(60), stage="just_sat", minutes=180) == pytest.approx(2 * halfway), "all of it is stretched"


def test_who_comes_and_what_is_closed():
    tables = [a_table(str(number)) for number in range(1, 7)]
    offer = OfferRow("o1", "p2", ["t3"], FRIDAY_19, 90, FRIDAY_19, AT_20, "sent", None, 1)
    evening = made(
        tables, [a_party("p1"), a_party("p2", covers=3)], offers=[offer],
        bookings=[
            a_booking("late", at=minutes_ago(10)), a_booking("pair", covers=6), a_booking("lost", covers=5, unplaced=True),
        ],
        holds=[
            a_hold("late", "t1", at=minutes_ago(10)), a_hold("pair", "t2"), a_hold("pair", "t4"),
            a_hold("o1", "t3", at=FRIDAY_19, owner_kind="offer"), a_hold("b", "t5", minutes=60, owner_kind="block"),
            a_hold("x", "t6", owner_kind="opening"), a_hold("seated", "t6", at=FRIDAY_19, status="active"),
        ],
        closed=[Closed("t6", AT_20, AT_20 + timedelta(hours=1))], came=[("gone", 4, minutes_ago(20))],
    )  # fmt: skip
    coming = {booking.key: booking for booking in evening.coming}
    assert coming[problem.key_of("late")].start_min == 0
    assert (coming[problem.key_of("pair")].tables, coming[problem.key_of("pair")].start_min) == ((1, 3), 60)
    assert (coming[problem.key_of("o1")].tables, coming[problem.key_of("o1")].start_min) == ((2,), 0)
    block = coming[problem.key_of("b")]
    assert (evening.draws[block.draw] == 60 - evening.buffer_min).all()
    assert len(coming) == 5 and sum(booking.tables == (5,) for booking in evening.coming) == 1, "only its closing"
    assert [waiting.party.covers for waiting in evening.line] == [2], "who has an offer has its tables"
    assert [(waiting.party.covers, waiting.arrives_min) for waiting in evening.expected] == [(5, 60), (4, 40)]
    assert [probe.party.covers for probe in evening.probes] == [2, 4]
    assert evening.horizon_min == 270 - 45


def test_tables_are_joined_and_sizes_are_asked_for_as_far_as_the_house_seats_them():
    evening = made([a_table("1"), a_table("2")], joins=[a_join("t1", "t2", 7)], bands=[(1, 2), (5, 20)])
    assert [(place.tables, place.max_covers) for place in evening.sets] == [((0, 1), 7)]
    assert [probe.party.covers for probe in evening.probes] == [2, 7]


def test_a_newcomer_stands_where_its_priority_puts_it():
    line = [a_party("first"), a_party("second", waited_min=1)]
    question = asked([a_table("1")], line)
    last, ahead = a_party("newcomer", waited_min=0), a_party("newcomer", waited_min=0, priority=3)
    assert told(question).newcomer is None
    assert told(question.joining(last)).ahead == ("first", "second")
    assert told(question.joining(ahead)).ahead == ()
    assert told(question.joining(last)).line.keys() == {"first", "second"}
    offer = OfferRow("o1", "first", ["t1"], FRIDAY_19, 90, FRIDAY_19, AT_20, "sent", None, 1)
    assert told(asked([a_table("1")], line, offers=[offer]).joining(last)).ahead == ("second",), "who has a table takes none"


def test_the_longer_a_line_the_longer_its_end_waits_and_what_happens_elsewhere_shakes_nobody():
    sitting = [a_seating(f"s{at}", f"t{at}", at=minutes_ago(20 * at)) for at in range(1, 4)]
    tables = [a_table(str(at)) for at in range(1, 4)]
    found = told(asked(tables, [a_party("a"), a_party("b", waited_min=4), a_party("c", waited_min=3)], seatings=sitting))
    medians = [found.line[name].median for name in ("a", "b", "c")]
    assert medians == sorted(medians) and medians[0] > 10
    assert all(wait.low <= wait.median <= wait.high and 0.8 <= wait.confidence < 0.99 for wait in found.line.values())
    assert found.bands["1-2"].median >= medians[-1], "probes stand at the end"
    again = told(asked(tables, [a_party("a"), a_party("b", waited_min=4)], seatings=sitting))
    assert [again.line[name] for name in ("a", "b")] == [found.line[name] for name in ("a", "b")]


def test_a_slow_night_is_noticed():
    rng = np.random.default_rng(1)
    nights = np.repeat(np.arange(30), 20)
    turn = 60 * np.exp(0.25 * rng.standard_normal(30)[nights] + 0.2 * rng.standard_normal(600))
    began = np.full((600, 5), np.nan)
    began[:, 0] = 0
    turns = learn(History(np.full(600, 2), np.full(600, 19), nights, began, turn), 90)
    sitting = [a_seating("li", "t1", at=minutes_ago(20))]
    slow = [Gone(2, 19, 100.0)] * 8
    usual = told(asked([a_table("1")], [a_party("a")], seatings=sitting), turns)
    late = told(asked([a_table("1")], [a_party("a")], seatings=sitting, gone=slow), turns)
    assert late.line["a"].median > usual.line["a"].median + 5
    spreads = [
        problem.evening(asked([a_table("1")], gone=gone), turns).evening_sd for gone in ((), slow)
    ]  # fmt: skip
    assert 0.15 < spreads[0] < 0.3 and 0 < spreads[1] < spreads[0] / 2, "the longer it goes the better it is known"
    assert usual.line["a"].source == "cell" and usual.line["a"].learned


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["available", "cleaning", "occupied", "out_of_service"]), st.integers(1, 8),
                       st.integers(0, 200)), max_size=6),
    st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.integers(0, 10)), max_size=5),
)  # fmt: skip
def test_any_floor_makes_an_evening_that_can_be_played(floor, line):
    tables = [
        a_table(str(at), seats, status=status, status_since=minutes_ago(since))
        for at, (status, seats, since) in enumerate(floor)
    ]  # fmt: skip
    waiting = [
        a_party(f"p{at}", covers, accessible=accessible, priority=priority)
        for at, (covers, accessible, priority) in enumerate(line)
    ]  # fmt: skip
    question = asked(tables, waiting)
    evening = problem.evening(question, TURNS)
    rows = [*evening.floor, *evening.coming, *evening.line, *evening.probes, *evening.expected]
    assert len(evening.floor) == len(tables) and evening.draws.shape[1] == POINTS
    assert all(-1 <= one.draw < len(evening.draws) for one in rows) and (evening.draws >= 0).all()
    found = problem.forecast(question, TURNS, simulate(evening, seed=SEED, runs=8))
    assert found.line.keys() == {party.id for party in waiting} and found.bands.keys() == {"1-2", "3-4"}
