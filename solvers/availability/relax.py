"""The linear relaxation of a puzzle: proves most of what search cannot find.

Sets and data
    r ∈ R   some of the puzzle's parties (to leave parties out can only make it easier)    k ∈ K_r   their places
    (t, Q)  of each table the maximal sets Q of parties that may have it and are present together
Constraints
    one     Σ_k∈K_r x_k ≤ 1                            for each r
    table   Σ x_k ≤ 1 over the k of r ∈ Q that use t    for each (t, Q)
Objective
    max Σ x: below |R|, no seating of R exists.

The proof does not trust floating point. Any y ≥ 0 on the table rows bounds the optimum by
Σ y + Σ_r max(0, max_k (1 − Σ of y over the rows of k)); the duals are rounded to whole millionths and added up as
integers.
"""
# ruff: noqa: ANN001, ANN202

import numpy as np
from msgspec import Struct
from numba import njit
from scipy.optimize import linprog
from scipy.sparse import csr_array

from solvers.availability.puzzle import Puzzle

ONE = 1_000_000


class Relaxed(Struct, frozen=True):
    """`proven`: no seating exists, and `crowd` (n, flags) are the parties the proof is about. Else `share` gives each
    option its part of its party.
    """

    proven: bool
    crowd: np.ndarray
    share: np.ndarray


class Rows(Struct, frozen=True):
    """The table rows over `options` (indices into the puzzle's K); row i has the columns first[i] … first[i+1] − 1 of
    `column`, positions in `options`.
    """

    options: np.ndarray
    first: np.ndarray
    column: np.ndarray


def rows(puzzle: Puzzle, members: np.ndarray) -> Rows:
    """All the maximal sets of options of `members` (n, flags) of which at most one can be."""
    options = np.flatnonzero(members[puzzle.party]).astype(np.int32)
    order = np.argsort(puzzle.start[puzzle.party[options]], kind="stable").astype(np.int32)
    by = puzzle.party[options[order]]
    first, column = _cliques(
        puzzle.floor.tabs, puzzle.option[options[order]], puzzle.start[by], puzzle.end[by], puzzle.tables
    )
    return Rows(options, first, order[column])


def relax(puzzle: Puzzle, members: np.ndarray, *, limit_s: float) -> Relaxed | None:
    """Bounds how many of `members` can be seated. None if that took longer than `limit_s`."""
    of, seats = rows(puzzle, members), int(members.sum())
    parties = puzzle.party[of.options]
    count, columns = len(of.first) - 1, len(of.options)
    if not columns:
        return Relaxed(seats > 0, members, np.zeros(len(puzzle.option)))
    first = np.concatenate((np.searchsorted(parties, np.flatnonzero(members)), [columns], of.first[1:] + columns))
    column = np.concatenate((np.arange(columns), of.column))
    matrix = csr_array((np.ones(len(column)), column, first), shape=(seats + count, columns))
    answer = linprog(
        -np.ones(columns), A_ub=matrix, b_ub=np.ones(seats + count), bounds=(0, None), method="highs-ds",
        options={"time_limit": limit_s},
    )  # fmt: skip
    if answer.status != 0:
        return None
    y = np.rint(-answer.ineqlin.marginals[seats:] * ONE).astype(np.int64).clip(0)
    bound, crowd = proof(of, parties, y, len(members))
    share = np.zeros(len(puzzle.option))
    share[of.options] = answer.x
    return Relaxed(bound < ONE * seats, crowd, share)


def proof(of: Rows, parties: np.ndarray, y: np.ndarray, count: int) -> tuple[int, np.ndarray]:
    """The bound that `y` (millionths ≥ 0, one a row) sets on the parties seated, in millionths, and whom it is about:
    the parties with an option in a row that counts.
    """
    paid = np.zeros(len(of.options), np.int64)
    np.add.at(paid, of.column, np.repeat(y, np.diff(of.first)))
    worth = np.zeros(count, np.int64)
    np.maximum.at(worth, parties, ONE - paid)
    crowd = np.zeros(count, np.bool_)
    crowd[parties[paid > 0]] = True
    return int(y.sum()) + int(worth.sum()), crowd


@njit(cache=True, nogil=True)
def _cliques(tabs, place, start, end, tables):
    """Options in order of start → per table the maximal sets present together, as rows in compressed form."""
    count = np.zeros(tables, np.int64)
    for k in range(len(place)):
        for j in range(tabs.shape[1]):
            if tabs[place[k], j] >= 0:
                count[tabs[place[k], j]] += 1
    on = np.empty((tables, max(1, count.max())), np.int32)
    count[:] = 0
    for k in range(len(place)):
        for j in range(tabs.shape[1]):
            t = tabs[place[k], j]
            if t >= 0:
                on[t, count[t]] = k
                count[t] += 1
    first, column = [0], [np.int32(-1)]
    for t in range(tables):
        i = 0
        while i < count[t]:
            tau = start[on[t, i]]
            while i < count[t] and start[on[t, i]] == tau:
                i += 1
            following = start[on[t, i]] if i < count[t] else np.int32(1 << 30)
            present, ends = 0, False
            for j in range(i):
                if end[on[t, j]] > tau:
                    present += 1
                    ends |= end[on[t, j]] <= following
            if not ends or present < 2:  # the next start's set holds all of these
                continue
            for j in range(i):
                if end[on[t, j]] > tau:
                    column.append(on[t, j])  # noqa: PERF401 compiled
            first.append(len(column) - 1)
    return np.array(first), np.array(column[1:])
