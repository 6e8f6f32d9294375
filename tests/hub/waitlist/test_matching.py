"""Who gets what was given back, held against a brute-force reading of the rules; no database."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from hub.reservations.times import Times
from hub.slots.calendar import Calendar
from hub.waitlist.matching import Hall, Match, for_now, for_time
from schemas.floor import JoinRow
from tests.hub.waitlist.test_rules import LONDON, NOW, T0, a_hold, a_party, a_table, a_wish

TURN, BUFFER = 90, 15
NEED = TURN + BUFFER
HOURS = {str(day): ["12:00", "23:30"] for day in range(1, 8)}


def a_hall(tables, holds=(), joins=()):
    return Hall(
        now=NOW, tables={table.id: table for table in tables}, joins=[JoinRow(a + b, a, b, m, 1) for a, b, m in joins],
        holds=holds, zone=LONDON, duration_min=TURN, buffer_min=BUFFER, step_min=15,
        times=Times(Calendar(timezone=LONDON.key, day_ends="04:00", hours=HOURS, step_min=15)),
    )  # fmt: skip


def at(minute):
    return T0 + timedelta(minutes=minute)


@st.composite
def halls(draw):
    tables = [a_table(str(number), draw(st.integers(1, 5))) for number in range(1, 4)]
    joins = [("1", "2", tables[0].max_covers + tables[1].max_covers)] if draw(st.booleans()) else []
    holds, minute = [], {}
    for table in tables:
        start = draw(st.integers(-2, 12)) * 15
        minute[table.id] = (start, start + draw(st.sampled_from([60, NEED])))
        if draw(st.booleans()):
            holds.append(a_hold(table.id, *minute[table.id], kind="booking", status="held"))
    return tables, joins, holds


@settings(max_examples=300, deadline=None)
@given(
    hall=halls(), covers=st.integers(1, 9), wanted=st.integers(1, 20), window=st.none() | st.integers(0, 12),
    opened=st.integers(-4, 16), accessible=st.booleans(),
)  # fmt: skip
def test_a_match_is_found_exactly_if_there_is_one(hall, covers, wanted, window, opened, accessible):
    tables, joins, holds = hall
    span = {"1": (at(opened * 15), at(opened * 15 + NEED))}
    windows = [] if window is None else [(at(wanted * 15), at((wanted + window) * 15))]
    party = structs.replace(a_wish(at(wanted * 15), *windows), covers=covers, accessible=accessible)
    found = for_time(a_hall(tables, holds, joins), party, span)

    def free(table, start):
        return all(
            hold.table_id != table or start + timedelta(minutes=NEED) <= hold.starts_at or hold.ends_at <= start
            for hold in holds
        )

    possible = set()
    for step in [wanted, *(range(wanted, wanted + window + 1) if window is not None else ())]:
        start = at(step * 15)
        meets = start < span["1"][1] and span["1"][0] < start + timedelta(minutes=NEED)
        if not meets or accessible or start >= T0.replace(hour=23, minute=30):  # no table here is accessible
            continue
        if tables[0].max_covers >= covers and free("1", start):
            possible.add((("1",), start))
        for a, b, most in joins:
            alone = max(tables[0].max_covers, tables[1].max_covers)
            if most >= covers > alone and free(a, start) and free(b, start):
                possible.add(((a, b), start))
    assert (found is None) == (not possible)
    if found is not None:
        assert (tuple(found.table_ids), found.starts_at) in possible
        assert found.duration_min == TURN
        nearest = min(abs(start - party.wanted_at) for _, start in possible)
        assert abs(found.starts_at - party.wanted_at) == nearest


def test_an_opening_of_others_stands_in_nobodys_way():
    opening = a_hold("1", 60, 60 + NEED, kind="opening", status="held")
    hall = a_hall([a_table("1")], [opening])
    assert for_time(hall, a_wish(at(60)), {"1": (at(60), at(60 + NEED))}) == Match(["1"], at(60), TURN)


def test_an_entry_with_a_length_of_its_own_needs_all_of_it():
    hall = a_hall([a_table("1")], [a_hold("1", 60 + NEED, 60 + 2 * NEED, kind="booking", status="held")])
    opened = {"1": (at(60), at(60 + NEED))}
    assert for_time(hall, a_wish(at(60)), opened) is not None
    assert for_time(hall, structs.replace(a_wish(at(60)), duration_min=TURN + 1), opened) is None
    assert for_time(hall, structs.replace(a_wish(at(60)), duration_min=60), opened).duration_min == 60


def test_nothing_is_offered_in_less_than_a_minute():
    hall = a_hall([a_table("1")])
    assert for_time(hall, a_wish(NOW + timedelta(seconds=59)), {"1": (at(0), at(NEED))}) is None
    assert for_time(hall, a_wish(NOW + timedelta(seconds=60)), {"1": (at(0), at(NEED))}) is not None


def test_the_door_gets_what_is_free_for_a_whole_turn_and_not_meant_for_more():
    party = a_party(covers=2)
    free = a_hall([a_table("1", 2)])
    assert for_now(free, party, ["1"]) == Match(["1"], NOW, TURN)
    assert for_now(a_hall([a_table("1", 6, least=3)]), party, ["1"]) is None
    assert for_now(a_hall([a_table("1", status="cleaning")]), party, ["1"]) is None
    assert for_now(a_hall([a_table("1")], [a_hold("1", 60, 165, kind="booking", status="held")]), party, ["1"]) is None
    assert for_now(a_hall([a_table("1"), a_table("2")]), party, ["2"]).table_ids == ["2"]  # only what became free
    pair = a_hall([a_table("1"), a_table("2")], joins=[("1", "2", 4)])
    assert for_now(pair, a_party(covers=4), ["2"]).table_ids == ["1", "2"]
