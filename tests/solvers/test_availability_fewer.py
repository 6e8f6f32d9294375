"""A yes moves as few as may be: against brute force on small floors, and what two hundred answers come to."""

import random
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from solvers.availability.answers import Move
from solvers.availability.asking import ask, told
from solvers.availability.check import check_answer
from solvers.availability.fewer import cost, fewer
from solvers.availability.night import Night
from solvers.seating.evening import Evening, Party, Table
from tests.solvers.evenings import a_party, booked
from tests.solvers.test_availability_asking import PLENTY, brute, small, stay, two_tops


def fewest(evening, asked, most):
    """In how few moves it can be done: all but some stay where they are, for ever more of them."""
    movable = [at for at, party in enumerate(evening.parties) if party.must and not party.locked]
    for count in range(most):
        for loose in combinations(movable, count):
            fixed = tuple(
                party if at in loose or not party.must else replace(party, locked=True)
                for at, party in enumerate(evening.parties)
            )
            if brute(replace(evening, parties=fixed), (asked,)):
                return count
    return most


@settings(max_examples=80, deadline=None, derandomize=True)
@given(small())
def test_on_small_floors_nobody_moves_without_need(one):
    evening, party = one
    answer = ask(Night(evening), party, PLENTY, sparing=True)
    if answer.yes:
        assert len(answer.moves) == fewest(evening, party, len(answer.moves))


@settings(max_examples=60, deadline=None)
@given(small(), st.integers(1, 99))
def test_a_plan_made_to_move_fewer_is_legal_and_never_dearer(one, seed):
    evening, party = one
    night = Night(evening)
    puzzle = night.question((party,), firm=True)
    plan = puzzle.chased(seed=seed, steps=500)
    if plan is None:
        return
    prices, before = night.prices(len(plan)), plan.copy()
    better = fewer(puzzle, plan, prices, seed=seed, trials=100)
    assert check_answer(evening, None, (party,), told(night, better, "chain")) == []
    assert cost(puzzle, better, prices) <= cost(puzzle, plan, prices)
    assert (plan == before).all()
    moved = np.flatnonzero(better != puzzle.at)[:-1]  # the newcomer is the last
    for row in moved:  # none of them could simply have stayed
        back = better.copy()
        back[row] = puzzle.at[row]
        assert check_answer(evening, None, (party,), told(night, back, "chain")) != []


def test_who_was_moved_in_a_chain_for_nothing_goes_back_in_a_chain():
    """0 and 1 have each other's table, which does not matter; nobody can go back alone."""
    night = Night(two_tops(stay(0, (0,)), stay(0, (1,)), tables=3))
    puzzle = night.question((Party(2, 0, 60),), firm=True)
    index = night.floor.index
    around = np.array([index[(1,)], index[(0,)], index[(2,)]], np.int32)
    assert fewer(puzzle, around, night.prices(3), seed=1, trials=100).tolist() == [index[(0,)], index[(1,)], index[(2,)]]


def test_of_as_many_the_small_the_late_and_the_little_valued_move():
    """Either of two could make room for six at 0 on their table; both could go to the table for two."""
    sixes = (Table(1, 6), Table(1, 6), Table(1, 4))

    def moved(**other):
        one, two = replace(stay(0, (0,), 240), covers=3), replace(stay(0, (1,), 240), covers=3)
        evening = Evening(sixes, (), (one, replace(two, **other)))
        return ask(Night(evening), Party(6, 100, 60), PLENTY).moves

    assert moved(covers=2) == (Move(1, (2,)),)
    assert moved(covers=4) == (Move(0, (2,)),)
    assert moved(start=60) == (Move(1, (2,)),)
    assert moved(value=50) == (Move(0, (2,)),)


def test_few_move_on_a_booked_up_evening():
    """Chains by themselves move many; what is told moves few, and fewest where somebody may act on it. Deterministic."""
    evening = booked(20, 6, seed=3)
    raw, short, best = [], [], []
    for n in range(40):
        party, night = a_party(random.Random(n), must=False), Night(evening)
        answers = [ask(Night(evening), party, PLENTY, sparing=sparing) for sparing in (False, True)]
        assert answers[0].yes == answers[1].yes
        if answers[0].moves:
            puzzle = night.question((party,), firm=True)
            plan = puzzle.chased(seed=1, steps=2000)
            raw.append(np.count_nonzero(plan[:-1] != puzzle.at[:-1]))
            short.append(len(answers[0].moves))
            best.append(len(answers[1].moves))
    assert len(raw) >= 8 and sum(raw) > 3 * sum(short)
    assert sum(short) >= sum(best) and max(best) <= 3
