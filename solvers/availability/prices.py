"""Proofs of no by prices: what the linear relaxation proves, found by a search over its duals alone, ten times sooner.

Let y ≥ 0 be a price on each set of options of which at most one can be (`relax.rows`), and let each party choose its
cheapest place k, paying min(1, Σ of y over the rows of k). If the parties pay more than all rows together cost,
    Σ_r min(1, min_k y(k)) > Σ y ,
they cannot all be seated: in a seating each row is paid at most once. (It is the Lagrangian bound of `relax`; prices of
0 and 1 are Hall's condition.) Search: subgradient steps of Polyak's length, a row's price rising with the parties that
chose it beyond one; ties turn with every step. `relax.proof` adds the result up in whole millionths.
"""
# ruff: noqa: ANN001, ANN202

import numpy as np
from msgspec import Struct
from numba import njit

from solvers.availability.puzzle import Puzzle
from solvers.availability.relax import ONE, proof, rows

HOPE = 0.5
"""The surplus the step length aims at; proofs found have 0.2 to 1."""

ENOUGH = 1e-3
"""The surplus at which the search ends; far above what rounding to millionths can lose."""

SHORTER = 0.7
"""The steps' factor after `patience` of them without a better surplus."""

FADE = 64
"""Choices count half as much after so many steps."""


class Priced(Struct, frozen=True):
    """`crowd` (n, flags): the parties of a proof that not all can be seated; None = none found. `share` (K): how often
    each option was chosen of late, which comes near the relaxation's solution.
    """

    crowd: np.ndarray | None
    share: np.ndarray


def prices(puzzle: Puzzle, members: np.ndarray, *, steps: int, patience: int) -> Priced:
    """Looks for a proof that `members` (n, flags) cannot all be seated. Few members need little patience."""
    of = rows(puzzle, members)
    parties = puzzle.party[of.options]
    count = len(of.first) - 1
    by_option = np.argsort(of.column, kind="stable")
    row = np.repeat(np.arange(count), np.diff(of.first))[by_option]
    row_first = np.searchsorted(of.column[by_option], np.arange(len(of.options) + 1))
    first = np.append(np.searchsorted(parties, np.flatnonzero(members)), len(of.options))
    y, chosen = np.zeros(count), np.zeros(len(of.options))
    found = _search(first, row_first, row, y, chosen, steps, patience)
    share = np.zeros(len(puzzle.option))
    share[of.options] = chosen / max(1.0, chosen.max(initial=0.0))
    if not found:
        return Priced(None, share)
    bound, crowd = proof(of, parties, np.rint(y * ONE).astype(np.int64), len(members))
    return Priced(crowd if bound < ONE * int(members.sum()) else None, share)


@njit(cache=True, nogil=True)
def _search(first, row_first, row, y, often, steps, patience):
    """Changes `y` until the parties pay more than the rows cost; False if they never do. `often` counts choices."""
    gain = np.empty(len(y))
    best, length, since = -1e9, 1.0, 0
    for step in range(steps):
        gain[:] = -1.0
        surplus = -y.sum()
        if step % FADE == 0:
            for k in range(len(often)):
                often[k] *= 0.5
        for r in range(len(first) - 1):
            size = first[r + 1] - first[r]
            least, chosen = 1e18, -1
            for i in range(size):
                k = first[r] + (i + step * 7 + r * 3) % size
                price = 0.0
                for j in range(row_first[k], row_first[k + 1]):
                    price += y[row[j]]
                if price < least:
                    least, chosen = price, k
                    if price <= 0.0:
                        break
            surplus += min(1.0, least)
            if chosen < 0:  # no place at all
                continue
            often[chosen] += 1.0
            if least < 1.0:
                for j in range(row_first[chosen], row_first[chosen + 1]):
                    gain[row[j]] += 1.0
        if surplus > ENOUGH:
            return True
        since += 1
        if surplus > best + ENOUGH:
            best, since = surplus, 0
        if since > patience:
            length *= SHORTER
            since = 0
        norm = 0.0
        for i in range(len(y)):
            if gain[i] < 0.0 and y[i] <= 0.0:
                gain[i] = 0.0
            norm += gain[i] * gain[i]
        if norm == 0.0:
            return False
        for i in range(len(y)):
            y[i] = max(0.0, y[i] + length * (HOPE - surplus) / norm * gain[i])
    return False
