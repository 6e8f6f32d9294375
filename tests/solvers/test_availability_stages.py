"""Each stage by itself, where the cheaper ones before it would have answered: none of them lies."""

import numpy as np
from hypothesis import given, settings
from msgspec.structs import replace

from solvers.availability.asking import told
from solvers.availability.check import check_answer
from solvers.availability.exact import decide
from solvers.availability.night import Night
from solvers.availability.prices import prices
from solvers.availability.relax import ONE, proof, relax, rows
from solvers.seating.evening import Party
from tests.solvers.test_availability_asking import brute, small, stay, two_tops


def the_question(one):
    evening, party = one
    night = Night(evening)
    return night, night.question((party,), firm=True)


@settings(max_examples=40, deadline=None)
@given(small())
def test_proofs_are_of_what_is_impossible_and_plans_are_legal(one):
    evening, party = one
    night, puzzle = the_question(one)
    possible, everybody = brute(evening, (party,)), np.ones(len(puzzle.start), np.bool_)
    assert not (possible and puzzle.pinched() is not None)
    assert not (possible and prices(puzzle, everybody, steps=300, patience=20).crowd is not None)
    relaxed = relax(puzzle, everybody, limit_s=5.0)
    assert relaxed is not None and not (possible and relaxed.proven)
    for members in (everybody, puzzle.circle()):
        found = decide(puzzle, members, seconds=9.0, work=9.0, seed=1, stop=lambda: False)
        assert found is not None and (found.at is not None) == possible
        if found.at is not None:
            assert check_answer(evening, None, (party,), told(night, found.at, "exact")) == []


@settings(max_examples=60, deadline=None)
@given(small())
def test_who_is_named_by_a_proof_is_enough_for_it(one):
    evening, party = one
    night, puzzle = the_question(one)
    crowds = [puzzle.pinched(), prices(puzzle, puzzle.circle(), steps=300, patience=20).crowd]
    for crowd in crowds:
        if crowd is not None:
            named = {night.kept[row] for row in np.flatnonzero(crowd[:-1])}
            there = tuple(p for at, p in enumerate(evening.parties) if at in named or p.locked)
            assert not brute(replace(evening, parties=there), (party,))


def test_a_bound_is_added_up_from_any_prices():
    """Two parties, one table: a price of 1 on it proves that one at most is seated; no price proves two."""
    night = Night(two_tops(stay(0, (0,)), tables=1))
    puzzle = night.question((Party(2, 30, 60),), firm=True)
    of = rows(puzzle, np.ones(2, np.bool_))
    parties = puzzle.party[of.options]
    assert len(of.first) == 2
    assert proof(of, parties, np.array([ONE]), 2)[0] == ONE
    assert proof(of, parties, np.array([ONE // 2]), 2)[0] == ONE // 2 + 2 * (ONE - ONE // 2)
    assert proof(of, parties, np.array([0]), 2)[0] == 2 * ONE
    assert relax(puzzle, np.ones(2, np.bool_), limit_s=5.0).proven
