"""A seated party's turn: never over somebody else's plan, never nothing, never moved by an overstay."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from hub.holds import rules
from schemas.holds import HoldRow

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def a_hold(table_id: str, start: int, end: int, *, owner_kind="booking", owner_id="b1", status="held") -> HoldRow:
    return HoldRow(f"h{table_id}{start}", owner_kind, owner_id, table_id, DAY, at(start), at(end), at(start), status, 1)


spans = st.tuples(st.integers(0, 300), st.integers(1, 120)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(spans, spans)
@example((0, 60), (60, 120))
@example((0, 60), (59, 61))
@example((0, 60), (0, 60))
def test_overlap_is_sharing_a_minute(a, b):
    shares = bool(set(range(*a)) & set(range(*b)))
    assert rules.overlap(tuple(map(at, a)), tuple(map(at, b))) == shares
    assert rules.overlap(tuple(map(at, b)), tuple(map(at, a))) == shares


def test_a_turn_ends_with_the_next_hold_on_any_table():
    turn = rules.turn({"t1": at(0), "t2": at(0)}, at(105), [a_hold("t2", 60, 165), a_hold("t1", 90, 195)])
    assert turn.ends_at == at(60)
    assert turn.spans == {"t1": (at(0), at(60)), "t2": (at(0), at(60))}


def test_a_turn_without_a_next_hold_is_whole():
    assert rules.turn({"t1": at(0)}, at(105), [a_hold("t1", 105, 200)]).ends_at == at(105)


def test_a_hold_under_way_is_in_the_way():
    late = a_hold("t1", -10, 90)
    assert rules.turn({"t1": at(0)}, at(105), [late]) == [late]


def test_an_overstay_keeps_its_end_and_moves_nobody():
    turn = rules.turn({"t1": at(-90), "t2": at(5)}, at(60), [a_hold("t1", 0, 105)])
    assert turn.spans["t1"] == (at(-90), at(0))
    assert turn.spans["t2"][0] == at(5) < turn.spans["t2"][1]


@given(
    st.dictionaries(st.sampled_from(["t1", "t2", "t3"]), st.integers(-60, 0), min_size=1),
    st.integers(-100, 200),
    st.lists(st.tuples(st.sampled_from(["t1", "t2", "t3"]), spans), max_size=8),
)
def test_no_turn_meets_anybody_elses_hold(starts, until, others):
    holds = [a_hold(table, start - 100, end - 100) for table, (start, end) in others if table in starts]
    turn = rules.turn({table: at(start) for table, start in starts.items()}, at(until), holds)
    if isinstance(turn, list):
        assert turn
        assert all(hold.starts_at <= at(starts[hold.table_id]) < hold.ends_at for hold in turn)
        return
    assert set(turn.spans) == set(starts)
    for table, (start, end) in turn.spans.items():
        assert start == at(starts[table]) < end
        assert not any(rules.overlap((start, end), rules.span(hold)) for hold in holds if hold.table_id == table)
    assert turn.ends_at == min(end for _, end in turn.spans.values())


def test_who_has_the_table_is_said_in_local_time():
    said = rules.taken([a_hold("t1", 60, 165)], {"t1": "T4"}, "Europe/Berlin")
    assert said.message == "Table T4 is kept for a booking from 14:00 until 15:45."
    assert (said.code, said.reason, said.retry) == ("conflict", "table_taken", "reread")
    assert [row.id for row in said.about] == ["ht160"]
