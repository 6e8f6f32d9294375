"""The table's life as a table: every pair of states is allowed exactly when it is listed."""

from datetime import UTC, datetime
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.floor import rules
from schemas.floor import TableRow, TableStatus

STATES = get_args(TableStatus)
BY_HAND = {
    ("cleaning", "available"), ("available", "out_of_service"), ("cleaning", "out_of_service"),
    ("out_of_service", "cleaning"), ("out_of_service", "available"),
}  # fmt: skip
BY_PARTY = {("available", "occupied"), ("occupied", "cleaning"), ("occupied", "available")}


def a_table(table_id="t1", *, status="available", active=True, area_id="a1", max_covers=4) -> TableRow:
    return TableRow(
        table_id, area_id, table_id.upper(), None, 1, max_covers, "standard", "4_top", "square", [], [], 5, 0, 0, 80, 80,
        0, status, datetime(2026, 11, 20, tzinfo=UTC), None, None, None, None, "qr", active, 1,
    )  # fmt: skip


@pytest.mark.parametrize(("was", "to"), [*product(STATES, STATES)])
def test_a_tap_moves_only_along_the_table(was, to):
    refused = rules.refuse_move(a_table(status=was), to, by_hand=True)
    assert (refused is None) == ((was, to) in BY_HAND), refused
    if refused:
        assert refused.code == "conflict"
        assert "T1" in refused.message


@pytest.mark.parametrize(("was", "to"), [*product(STATES, STATES)])
def test_a_party_also_sits_down_and_leaves(was, to):
    refused = rules.refuse_move(a_table(status=was), to, by_hand=False)
    assert (refused is None) == ((was, to) in BY_HAND | BY_PARTY), refused


def test_a_table_with_a_party_says_so_when_blocked():
    refused = rules.refuse_move(a_table(status="occupied"), "out_of_service", by_hand=True)
    assert refused.reason == "occupied"
    assert "party" in refused.message


def test_an_inactive_table_moves_nowhere():
    for was, to in product(STATES, STATES):
        assert rules.refuse_move(a_table(status=was, active=False), to, by_hand=False).reason == "inactive"


@given(st.integers(1, 40), st.integers(1, 40))
def test_smallest_party_is_no_larger_than_the_largest(least, most):
    refused = rules.refuse_covers(least, most)
    assert (refused is None) == (least <= most)
    if refused:
        assert (refused.code, refused.field) == ("invalid", "min_covers")


def test_size_class_follows_the_seats():
    assert [rules.size_class(seats, "standard") for seats in (1, 2, 3, 4, 5, 6, 7)] == [
        "2_top", "2_top", "4_top", "4_top", "6_top", "6_top", "large_party",
    ]  # fmt: skip
    assert rules.size_class(1, "bar") == "bar_stool"


def test_joins_are_of_two_tables_of_one_area():
    one, two = a_table("t1"), a_table("t2", max_covers=6)
    assert rules.refuse_join(one, two, 10) is None
    assert rules.refuse_join(one, two, 5).field == "combined_max"
    assert rules.refuse_join(one, one, 8).field == "b"
    assert rules.refuse_join(one, a_table("t2", area_id="a2"), 8).field == "b"
    assert rules.refuse_join(one, a_table("t2", active=False), 8).field == "b"


@given(st.sets(st.integers(0, 12)))
def test_the_next_colour_is_the_lowest_free_one(taken):
    colour = rules.next_colour(taken)
    assert colour not in taken
    assert set(range(colour)) <= taken
