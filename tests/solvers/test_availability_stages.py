"""Each stage by itself, where the cheaper ones before it would have answered: none of them lies."""

from time import perf_counter

import numpy as np
from hypothesis import given, settings
from msgspec.structs import replace

from solvers.availability.asking import ask, told
from solvers.availability.check import check_answer
from solvers.availability.exact import decide
from solvers.availability.memory import Memory
from solvers.availability.night import Night
from solvers.availability.prices import at_instant
from solvers.availability.relax import ONE, proof, relax, rows
from solvers.availability.settling import settle
from solvers.budget import Budget
from solvers.seating.evening import Evening, Party, Table
from solvers.seating.problem import Join
from tests.solvers.test_availability_asking import PLENTY, brute, small, stay, two_tops


def the_question(one):
    evening, party = one
    night = Night(evening)
    return night, night.question((party,), firm=True)


def at_instants(puzzle):
    """The crowd of each instant that prices prove too full, from nothing and once more from the prices found."""
    for tau in sorted({int(start) for start in puzzle.start}):
        y = np.zeros(puzzle.tables)
        present = (puzzle.start <= tau) & (tau < puzzle.end)
        found = at_instant(puzzle, present, y)
        if found is not None:
            again = at_instant(puzzle, present, y)
            assert again is not None and (again == found).all()
            assert not found[~present].any()
            yield found


@settings(max_examples=40, deadline=None)
@given(small())
def test_proofs_are_of_what_is_impossible_and_plans_are_legal(one):
    evening, party = one
    night, puzzle = the_question(one)
    possible, everybody = brute(evening, (party,)), np.ones(len(puzzle.start), np.bool_)
    assert not (possible and puzzle.pinched() is not None)
    assert not (possible and any(True for _ in at_instants(puzzle)))
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
    crowds = [puzzle.pinched(), *at_instants(puzzle)]
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


def test_prices_prove_what_no_count_of_tables_does():
    """Tables for four in all, two each for two parties; but every pair has the table in the middle. The price found is
    kept, and proves it to the next one who asks about that instant.
    """
    star = tuple(Join(0, leaf, 4) for leaf in (1, 2, 3))
    four = Party(4, 0, 60, now=(0, 1), must=True)
    night = Night(Evening(tuple(Table(1, 2) for _ in range(4)), star, (four,)))
    puzzle = night.question((replace(four, now=()),), firm=True)
    assert puzzle.pinched() is None
    memory = Memory()
    settled = settle(puzzle, PLENTY, memory)
    assert (settled.by, settled.crowd.tolist()) == ("prices", [True, True])
    assert memory.prices[0].argmax() == 0 and memory.prices[0][0] > memory.prices[0][1:].sum()


def test_a_plan_that_made_room_makes_room_again():
    """One of two moves for who comes first; the same plan does for who comes a little later, without a search."""
    night = Night(two_tops(stay(0, (0,)), stay(60, (1,))))
    assert ask(night, Party(2, 0, 120), PLENTY).by == "chain"
    night.memory.plans = [plan for plan in night.memory.plans for _ in range(2)]
    none = Budget.of(0, perf_counter, work=0)  # no search finds anything
    assert ask(night, Party(2, 0, 115), none).by == "known"
    assert ask(Night(night.evening), Party(2, 0, 115), none).by == "budget"
