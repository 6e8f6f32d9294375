"""A yes that asks less of the others: from a plan that seats everybody to one that moves fewer of them.

Each party r has a price w_r > 0 of being moved (`Night.dear`): every one counts first, then who they are, so a plan is
cheaper when fewer move, and of as many when small, late and little-valued parties do. Minimise Σ w_r over those who do
not sit at home.

Search: one of those moved goes home and stays there for this trial; whoever is in the way is re-seated by a short
ejection chain (`chase.reseat`), which puts out who has been moved already rather than who sits at home. The plan is
taken if it is no dearer. Every plan on the way is a legal one: nobody stands, nobody shares.
"""
# ruff: noqa: ANN001, ANN202

import numpy as np
from numba import njit

from solvers.availability import chase
from solvers.availability.puzzle import Puzzle

TRIALS, CAREFUL = 100, 400
"""Of one search, at most, each some ten microseconds; the second where as few as can be are to move."""

PATIENCE = 3
"""It ends when so many trials for each party still moved have found nothing cheaper."""

CHAIN = 12
"""Ejections of one trial."""

KEEP = 2
"""What putting out somebody who sits at home costs more, in ejections."""

NEVER = 1 << 40


def fewer(puzzle: Puzzle, at: np.ndarray, dear: np.ndarray, *, seed: int, trials: int) -> np.ndarray:
    """A plan that costs no more than `at`, which seats everybody; `dear` (n) are the prices. Both stay as they are."""
    plan = at.copy()
    _shrink(
        puzzle.floor.tabs, puzzle.start, puzzle.end, puzzle.first, puzzle.option, plan, puzzle.at, dear,
        puzzle.tables, seed, trials,
    )  # fmt: skip
    return plan


def cost(puzzle: Puzzle, at: np.ndarray, dear: np.ndarray) -> int:
    """What a plan asks of those who sit."""
    return int(dear[(puzzle.at != chase.OUT) & (at != puzzle.at)].sum())


@njit(cache=True, nogil=True)
def _cost(at, home, dear):
    cost = 0
    for r in range(len(at)):
        if home[r] != chase.OUT and at[r] != home[r]:
            cost += dear[r]
    return cost


@njit(cache=True, nogil=True)
def _shrink(tabs, start, end, first, option, at, home, dear, tables, seed, trials):
    """Changes `at` for the cheapest plan found."""
    n = len(start)
    on, count = chase.seated(tabs, start, end, at, tables)
    penalty, stamp, stack = np.ones(n, np.int64), np.full(n, -1, np.int64), np.empty(n, np.int32)
    state, mark, since = np.uint64(seed * 2 + 1), np.int64(0), 0
    best, was, moved = at.copy(), at.copy(), np.empty(n, np.int32)
    have = least = _cost(at, home, dear)
    for _ in range(trials):
        size = 0
        for r in range(n):
            if home[r] != chase.OUT and at[r] != home[r]:
                moved[size] = r
                size += 1
        if since >= PATIENCE * size:
            break
        since += 1
        state = chase.drawn(state)
        back = moved[np.int64(state % np.uint64(size))]
        was[:] = at
        penalty[:] = 1
        penalty[back] = NEVER
        chase.rise(tabs, at[back], back, on, count)
        depth = chase.put_out(tabs, home[back], start[back], end[back], start, end, at, on, count, stack, 0)
        at[back] = home[back]
        chase.sit(tabs, home[back], back, on, count)
        step, state, mark = chase.reseat(
            tabs, start, end, first, option, at, home, on, count, stack, depth, penalty, stamp, KEEP, state, mark,
            CHAIN, NEVER,
        )  # fmt: skip
        if step >= 0:
            chase.go_home(tabs, start, end, home, at, on, count)
            cost = _cost(at, home, dear)
            if cost <= have:
                have = cost
                if cost < least:
                    least, since = cost, 0
                    best[:] = at
                continue
        at[:] = was
        count[:] = 0
        for r in range(n):
            chase.sit(tabs, at[r], r, on, count)
    at[:] = best
