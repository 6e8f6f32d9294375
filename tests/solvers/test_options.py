"""Places of a floor plan and legal options of an evening: each rule with a case that meets it and one that breaks it."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.seating import places as places_module
from solvers.seating.evening import POINT, Evening, Pacing, Party, Place, Table, Weights
from solvers.seating.options import TERMS, options
from solvers.seating.places import places
from solvers.seating.problem import Join

FOUR = Table(2, 4)
ROW = (Join(0, 1, 8), Join(1, 2, 6), Join(2, 3, 8))


def test_a_row_of_tables_gives_every_stretch_of_up_to_four():
    found = places((FOUR,) * 5, (*ROW, Join(3, 4, 8)))
    assert found[:5] == tuple(Place((at,), 2, 4) for at in range(5))
    assert set(found[5:]) == {
        Place((0, 1), 5, 8), Place((1, 2), 5, 6), Place((2, 3), 5, 8), Place((3, 4), 5, 8),
        Place((0, 1, 2), 9, 10), Place((1, 2, 3), 9, 10), Place((2, 3, 4), 9, 12),
        Place((0, 1, 2, 3), 11, 14), Place((1, 2, 3, 4), 13, 14),
    }  # fmt: skip


def test_sets_that_add_no_seat_are_left_out_and_the_best_spanning_tree_counts():
    assert len(places((FOUR, FOUR), (Join(0, 1, 4),))) == 2
    ring = places((FOUR,) * 3, (Join(0, 1, 8), Join(1, 2, 8), Join(0, 2, 5)))
    assert ring[-1] == Place((0, 1, 2), 9, 12)


def test_a_dense_floor_is_capped_and_still_covered_all_over(monkeypatch):
    monkeypatch.setattr(places_module, "SETS_MAX", 50)
    tables = tuple(Table(2, 4, area=at) for at in range(30))
    joins = [Join(a, b, a + b + 8) for a, b in combinations(range(30), 2)]
    found = places(tables, tuple(joins))
    assert len(found) <= 30 + 150
    assert {place.tables[0] for place in found if len(place.tables) == 2} > {0, 10, 20}
    triple = next(place for place in found if len(place.tables) == 3)
    assert triple.min_covers == triple.tables[1] + triple.tables[2] + 9, "a pair that was not kept counts as well"


def seats_by_hand(chosen, tables, joins):
    """The most over all trees of joins that hold the tables together; None = nothing does."""
    inside = [join for join in joins if join.a in chosen and join.b in chosen and join.a != join.b]
    totals = []
    for tree in combinations(inside, len(chosen) - 1):
        reached = {chosen[0]}
        for _ in chosen:
            reached |= {x for join in tree if {join.a, join.b} & reached for x in (join.a, join.b)}
        if reached == set(chosen):
            extra = sum(j.combined_max - tables[j.a].max_covers - tables[j.b].max_covers for j in tree)
            totals.append(sum(tables[at].max_covers for at in chosen) + extra)
    return max(totals, default=None)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5), st.data())
def test_places_are_exactly_the_connected_sets_without_an_unnecessary_table(sizes, data):
    tables = tuple(Table(1, size) for size in sizes)
    pairs = list(combinations(range(len(sizes)), 2))
    drawn = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    joins = tuple(Join(b, a, sizes[a] + sizes[b] + data.draw(st.integers(-2, 1))) for a, b in drawn)
    expected = {}
    for size in range(1, 5):
        for chosen in combinations(range(len(sizes)), size):
            seats = seats_by_hand(chosen, tables, joins)
            parts = [part for less in range(1, size) for part in combinations(chosen, less)]
            enough = max((seats_by_hand(part, tables, joins) or 0 for part in parts), default=0)
            if seats is not None and seats > enough:
                expected[chosen] = (max(enough + 1, 1), seats)
    assert {p.tables: (p.min_covers, p.max_covers) for p in places(tables, joins)} == expected


def the_options(tables, party, joins=(), others=()):
    """Where one party may sit, with the terms by name."""
    of = options(Evening(tables, joins, (party, *others)))
    return {of.tables_of(k): {t: int(c) for t, c in zip(TERMS, of.terms[k], strict=True) if c} for k in of.of(0)}


@pytest.mark.parametrize(
    ("tables", "party", "expected"),
    [
        ((Table(2, 4),), Party(4, 0, 90), True),
        ((Table(2, 4),), Party(5, 0, 90), False),
        ((Table(2, 4),), Party(1, 0, 90), False),
        ((Table(1, 4, accessible=True),), Party(2, 0, 90, accessible=True), True),
        ((Table(1, 4),), Party(2, 0, 90, accessible=True), False),
        ((Table(1, 4, closed=((105, 200),)),), Party(2, 0, 90, 15), True),
        ((Table(1, 4, closed=((104, 200),)),), Party(2, 0, 90, 15), False),
        ((Table(1, 4, closed=((0, 50),)),), Party(2, 50, 90, 15), True),
        ((Table(2, 4),), Party(1, 0, 90, now=(0,)), True),
        ((Table(2, 4),), Party(5, 0, 90, now=(0,)), False),
        ((Table(2, 4),), Party(5, 0, 90, now=(0,), locked=True), True),
        ((Table(2, 4, closed=((0, 999),)),), Party(2, 0, 90, now=(0,), locked=True), True),
    ],
)
def test_a_party_may_sit_where_it_fits_and_the_table_is_open(tables, party, expected):
    assert bool(the_options(tables, party)) is expected


def test_all_tables_of_a_set_must_be_accessible_and_none_unnecessary():
    tables, joins = (Table(1, 4, accessible=True), Table(1, 4), Table(1, 6)), (Join(0, 1, 8), Join(1, 2, 10))
    assert set(the_options(tables, Party(7, 0, 90), joins)) == {(0, 1), (1, 2)}
    assert set(the_options(tables, Party(6, 0, 90), joins)) == {(2,), (0, 1)}
    assert set(the_options(tables, Party(7, 0, 90, accessible=True), joins)) == set()


def test_a_place_that_staff_made_up_is_for_that_party_alone():
    tables, put = (Table(1, 2), Table(1, 2)), Party(3, 0, 90, now=(0, 1))
    assert set(the_options(tables, put)) == {(0, 1)}
    assert set(the_options(tables, Party(3, 300, 90), others=(put,))) == set()


def test_a_locked_party_holds_its_tables_against_all_but_other_locked_ones():
    seated = Party(2, 0, 60, 15, now=(0,), locked=True)
    tables = (Table(1, 4), Table(1, 4))
    assert set(the_options(tables, Party(2, 60, 60), others=(seated,))) == {(1,)}
    assert set(the_options(tables, Party(2, 75, 60), others=(seated,))) == {(0,), (1,)}
    assert set(the_options(tables, Party(2, 60, 60, now=(0,), locked=True), others=(seated,))) == {(0,)}


def test_each_term_is_charged_by_its_weight():
    tables = (
        Table(1, 4, area=1, features=0b11, suits=0b10, priority=10, score=100),
        Table(1, 5, area=0, features=0b01, priority=1, score=0),
        Table(1, 2, area=1, features=0b11, suits=0b10, priority=10, score=100),
    )
    wish = Party(4, 0, 90, area=1, features=0b11, occasion=0b10, tables=(0,))
    w = Weights()
    cheap, dear = the_options(tables, wish)[0,], the_options(tables, wish)[1,]
    assert cheap == {}
    assert dear == {
        "wasted": w.wasted * POINT, "feature": w.feature * POINT, "preference": 3 * w.preference * POINT,
        "priority": w.priority * POINT,
    }  # fmt: skip
    promised = Party(4, 0, 90, tables=(0,), guaranteed=True, now=(0,))
    assert the_options(tables, promised)[1,]["guarantee"] == w.guarantee * POINT
    assert the_options(tables, promised)[1,]["moved"] == w.moved * POINT
    assert "preference" not in the_options(tables, promised)[1,]
    both = the_options(tables, Party(6, 0, 90, area=1, tables=(2,)), (Join(0, 2, 6),))[0, 2]
    assert both == {"joined": w.joined * POINT}


def test_options_of_a_party_stand_together_cheapest_first():
    tables = tuple(Table(1, size, priority=size) for size in (6, 4, 5, 2))
    of = options(Evening(tables, (Join(0, 1, 10),), (Party(2, 0, 90), Party(9, 0, 90), Party(11, 0, 90), Party(4, 9, 9))))
    assert [len(of.of(party)) for party in range(4)] == [4, 1, 0, 3]
    for party in range(4):
        costs = of.cost[of.first[party] : of.first[party + 1]]
        assert np.all(np.diff(costs) >= 0)
        assert np.all(of.party[of.first[party] : of.first[party + 1]] == party)


def test_promises_outweigh_everything_and_raise_the_limit_of_their_window():
    parties = (Party(6, 0, 90, must=True), Party(5, 14, 90), Party(3, 15, 90), Party(2, 20, 90, must=True))
    of = options(Evening((Table(1, 8),), (), parties, Pacing(4)))
    assert of.price[3] > of.price[1] + of.price[2] + POINT * sum(Weights().__getattribute__(f) for f in ("tight",)) * 4
    assert of.window.tolist() == [0, 0, 1, 1]
    assert of.limit.tolist() == [6, 4]
    assert options(Evening((), (), parties)).window.tolist() == [-1] * 4


def test_a_servers_share_follows_the_seats_of_the_section():
    tables = (Table(1, 4, section=0), Table(1, 2, section=1), Table(1, 4))
    assert options(Evening(tables, (), (Party(4, 0, 90), Party(1, 0, 90)))).share.tolist() == [2, 1]
