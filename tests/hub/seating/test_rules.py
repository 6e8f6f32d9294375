"""Who may sit where, without a database: properties of every yes and every no."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.seating.rules import Placed, Room, Turn, place
from schemas.base import Refused
from schemas.floor import JoinRow, TableRow
from schemas.holds import HoldRow

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
TURN, BUFFER, SHORT = 90, 15, 45


def a_table(at, seats, least, status, accessible):
    return TableRow(
        id=f"t{at}", area_id="main", number=f"T{at}", name=None, min_covers=min(least, seats), max_covers=seats,
        furniture="standard", size_class="4_top", shape="square", features=["accessible"] if accessible else [],
        preferred_for=[], priority=5, x=0, y=0, w=80, h=80, rotation=0, status=status, status_since=NOW, status_note=None,
        last_cleaned=None, section_id=None, notes=None, qr=f"q{at}", active=True, version=1,
    )  # fmt: skip


def a_hold(table, start, length, kind, owner):
    start = NOW + timedelta(minutes=start)
    return HoldRow(
        id=f"{table}{start:%d%H%M}", owner_kind=kind, owner_id=owner, table_id=table, service_date=date(2026, 11, 20),
        starts_at=start, ends_at=start + timedelta(minutes=length), reserved_from=start, status="held", version=1,
    )  # fmt: skip


@st.composite
def rooms(draw):
    tables = [
        a_table(
            at, draw(st.integers(1, 6)), draw(st.integers(1, 3)),
            draw(st.sampled_from(["available"] * 4 + ["occupied", "cleaning", "out_of_service"])), draw(st.booleans()),
        )
        for at in range(draw(st.integers(1, 4)))
    ]  # fmt: skip
    joins = [
        JoinRow(a.id + b.id, a.id, b.id, a.max_covers + b.max_covers, 1)
        for a, b in combinations(tables, 2)
        if draw(st.booleans())
    ]
    holds = []
    for table in tables:
        at = draw(st.sampled_from([-30, 0, 1]))
        for number in range(draw(st.integers(0, 2))):
            start = at + draw(st.sampled_from([0, 10, 44, 45, 89, 90, 104, 105]))
            length = draw(st.sampled_from([20, 105]))
            owner = "own" if draw(st.integers(0, 5)) == 0 else f"{table.id}-{number}"
            kind = draw(st.sampled_from(["booking", "booking", "booking", "opening", "checkout"]))
            holds.append(a_hold(table.id, start, length, "booking" if owner == "own" else kind, owner))
            at = start + length
    room = Room({table.id: table for table in tables}, joins, holds, {}, {}, ZoneInfo("UTC"), NOW)
    wanted = draw(st.lists(st.sampled_from([table.id for table in tables]), min_size=1, max_size=3, unique=True))
    return room, Turn(
        table_ids=wanted, covers=draw(st.integers(1, 12)), clear=NOW + timedelta(minutes=TURN), buffer_min=BUFFER,
        short_min=SHORT, accessible=draw(st.booleans()), owner_id="own", anyway=draw(st.booleans()),
    )  # fmt: skip


def connected(room, ids):
    """By brute force: some order in which each table is joined to one before it."""
    pairs = {frozenset((join.a, join.b)) for join in room.joins}
    reached, rest = {ids[0]}, set(ids[1:])
    while rest:
        step = {two for two in rest if any(frozenset((one, two)) in pairs for one in reached)}
        if not step:
            return False
        reached |= step
        rest -= step
    return True


def in_the_way(room, turn):
    return [
        hold for hold in room.holds
        if hold.table_id in turn.table_ids and hold.owner_id != "own" and hold.owner_kind != "opening"
        and hold.ends_at > NOW and hold.starts_at < NOW + timedelta(minutes=SHORT)
    ]  # fmt: skip


@given(rooms())
def test_a_yes_keeps_every_hard_rule_and_everybody_elses_plan(case):
    room, turn = case
    answer = place(room, turn)
    if isinstance(answer, Refused):
        return
    tables = [room.tables[table_id] for table_id in turn.table_ids]
    assert all(table.status == "available" for table in tables)
    assert sum(table.max_covers for table in tables) >= turn.covers
    assert connected(room, turn.table_ids)
    assert not turn.accessible or all("accessible" in table.features for table in tables)
    soon = in_the_way(room, turn)
    assert all(hold.owner_kind == "booking" for hold in soon)
    assert {hold.owner_id for hold in soon} <= set(answer.unplace)
    if not turn.anyway:
        assert not answer.unplace
        assert len(tables) > 1 or turn.covers >= tables[0].min_covers
    # what keeps its table starts at turn_by or after the whole hold
    for hold in room.holds:
        others = (
            hold.table_id in turn.table_ids and hold.owner_id not in {"own", *answer.unplace} and hold.ends_at > NOW
        )
        if others and hold.owner_kind != "opening":
            assert hold.starts_at >= (answer.turn_by or NOW + timedelta(minutes=TURN + BUFFER))
            assert hold.starts_at >= NOW + timedelta(minutes=SHORT)
    if not soon:
        assert answer.unplace == []


@given(rooms())
def test_a_no_has_its_reason_and_anyway_overrules_only_warnings(case):
    room, turn = case
    answer = place(room, turn)
    if isinstance(answer, Placed):
        return
    tables = [room.tables[table_id] for table_id in turn.table_ids]
    truth = {
        "table_taken": any(table.status == "occupied" for table in tables),
        "table_to_clear": any(table.status == "cleaning" for table in tables),
        "table_blocked": any(table.status == "out_of_service" for table in tables),
        "not_joined": not connected(room, turn.table_ids),
        "too_small": sum(table.max_covers for table in tables) < turn.covers,
        "not_accessible": turn.accessible and not all("accessible" in table.features for table in tables),
        "table_held": any(hold.owner_kind == "checkout" for hold in in_the_way(room, turn)),
        "booked_soon": any(hold.owner_kind == "booking" for hold in in_the_way(room, turn)),
        "below_min": len(tables) == 1 and turn.covers < tables[0].min_covers,
    }
    assert truth[answer.reason]
    assert (answer.retry == "anyway") == (answer.reason in {"booked_soon", "below_min"})
    if answer.retry == "anyway":
        assert not turn.anyway
        assert isinstance(
            place(room, Turn(**{name: getattr(turn, name) for name in Turn.__slots__} | {"anyway": True})), Placed
        )


def test_three_tables_in_a_chain_seat_what_they_add_up_to():
    tables = [a_table(at, 4, 1, "available", accessible=False) for at in range(3)]
    joins = [JoinRow("j1", "t0", "t1", 7, 1), JoinRow("j2", "t1", "t2", 7, 1)]
    room = Room({table.id: table for table in tables}, joins, [], {}, {}, ZoneInfo("UTC"), NOW)

    def ask(ids, covers):
        answer = place(
            room, Turn(table_ids=ids, covers=covers, clear=NOW + timedelta(minutes=90), buffer_min=15, short_min=45)
        )
        return answer.reason if isinstance(answer, Refused) else "yes"

    assert [ask(["t0", "t1", "t2"], 12), ask(["t0", "t1", "t2"], 13)] == ["yes", "too_small"]
    joins[:] = [JoinRow("j1", "t0", "t1", 9, 1), JoinRow("j2", "t1", "t2", 7, 1)]
    assert [ask(["t0", "t1"], 9), ask(["t0", "t1"], 10)] == ["yes", "too_small"]
    joins[1] = JoinRow("j2", "t1", "t2", 9, 1)
    assert [ask(["t0", "t1", "t2"], 14), ask(["t0", "t1", "t2"], 15)] == ["yes", "too_small"]
    joins[0] = JoinRow("j1", "t0", "t1", 7, 1)
    assert [ask(["t0", "t1"], 7), ask(["t0", "t1"], 8)] == ["yes", "too_small"]  # a pair seats what its join says
    assert ask(["t0", "t2"], 5) == "not_joined"


@pytest.mark.parametrize(("gap", "warned"), [(44, True), (45, False), (46, False)])
def test_a_gap_as_long_as_a_short_turn_is_no_warning(gap, warned):
    """`seating.short_turn_min`: warned when a table is free for less than this."""
    table = a_table(0, 4, 1, "available", accessible=False)
    room = Room({table.id: table}, [], [a_hold(table.id, gap, 105, "booking", "b1")], {}, {}, ZoneInfo("UTC"), NOW)
    turn = Turn([table.id], 2, NOW + timedelta(minutes=TURN), BUFFER, SHORT)
    answer = place(room, turn)
    assert isinstance(answer, Refused) == warned
    if isinstance(answer, Placed):
        assert answer.turn_by == NOW + timedelta(minutes=gap)
