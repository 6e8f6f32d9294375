"""Proofs of no by prices, at one instant: what the linear relaxation mostly proves, found by a search over its duals
alone, ten times sooner.

Of the parties present at an instant no two share a table. Let y_t ≥ 0 be a price on each table, and let each party r
choose its cheapest place k, paying min(1, Σ_t∈k y_t). If the parties pay more than all tables together cost,
    Σ_r min(1, min_k Σ_t∈k y_t) > Σ_t y_t ,
they cannot all be seated: in a seating each table is paid at most once. (It is the Lagrangian bound of `relax` for
these parties; prices of 0 and 1 are Hall's condition.) Search: subgradient steps of Polyak's length, a table's price
rising with the parties that chose it beyond one. Parties that may have the same places choose alike, so they are taken
together and share the ties, another one first with every step. The proof is added up in whole millionths.
"""
# ruff: noqa: ANN001, ANN202

import numpy as np
from numba import njit

from solvers.availability.puzzle import Puzzle
from solvers.availability.relax import ONE

STEPS, PATIENCE = 400, 20
"""Steps at most; the steps' length shrinks after so many without a better surplus."""

HOPE = 0.5
"""The surplus the step length aims at; proofs found have 0.2 to 1."""

ENOUGH = 1e-3
"""The surplus at which the search ends; far above what rounding to millionths can lose."""

SHORTER = 0.7


def at_instant(puzzle: Puzzle, members: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    """Looks for a proof that `members` (n, flags), who are all present at one instant, cannot all be seated: the
    parties it is about, as flags; None = none found. `y` (one a table) are prices to set out from, and become those of
    the proof: good ones for the next who ask about that instant.
    """
    rows = np.flatnonzero(members)
    alike, count = np.unique(puzzle.kind[rows], return_counts=True)
    tabs, first, option = puzzle.floor.tabs, puzzle.first, puzzle.option
    if not _instant(tabs, first, option, puzzle.like[alike], count, y, STEPS, PATIENCE):
        return None
    whole = np.rint(y * ONE).astype(np.int64)
    price = np.where(tabs >= 0, whole[tabs], 0).sum(axis=1)
    paid, crowd = 0, np.zeros(len(members), np.bool_)
    for r in rows.tolist():
        pays = int(price[option[first[r] : first[r + 1]]].min(initial=ONE))
        paid += pays
        crowd[r] = pays > 0
    return crowd if paid > int(whole.sum()) else None


@njit(cache=True, nogil=True)
def _instant(tabs, first, option, like, count, y, steps, patience):
    """Changes `y` until the parties (`count` of them like each of `like`) pay more than the tables cost."""
    price, gain = np.full(len(tabs), -1.0), np.empty(len(y))
    used, size = np.empty(len(tabs), np.int32), 0
    for c in range(len(like)):
        for k in range(first[like[c]], first[like[c] + 1]):
            if price[option[k]] < 0.0:
                price[option[k]] = 0.0
                used[size] = option[k]
                size += 1
    best, length, since = -1e9, 1.0, 0
    for step in range(steps):
        for p in used[:size]:
            price[p] = 0.0
            for j in range(tabs.shape[1]):
                if tabs[p, j] < 0:
                    break
                price[p] += y[tabs[p, j]]
        gain[:] = -1.0
        surplus = -y.sum()
        for c in range(len(like)):
            low, high = first[like[c]], first[like[c] + 1]
            least = 1.0
            for k in range(low, high):
                if price[option[k]] < least:
                    least = price[option[k]]
                    if least <= 0.0:
                        break
            surplus += count[c] * least
            if least >= 1.0:
                continue
            left, k = count[c], low + step * 7 % (high - low)
            while left > 0:  # the ties in turn, from another one with every step
                p = option[k]
                k = k + 1 if k + 1 < high else low
                if price[p] > least:
                    continue
                left -= 1
                for j in range(tabs.shape[1]):
                    if tabs[p, j] < 0:
                        break
                    gain[tabs[p, j]] += 1.0
        if surplus > ENOUGH:
            return True
        since += 1
        if surplus > best + ENOUGH:
            best, since = surplus, 0
        if since > patience:
            length *= SHORTER
            since = 0
        if not _step(y, gain, length * (HOPE - surplus)):
            return False
    return False


@njit(cache=True, nogil=True)
def _step(y, gain, length):
    """Prices a step along `gain`, none below 0; False where nothing is to be gained."""
    norm = 0.0
    for i in range(len(y)):
        if gain[i] < 0.0 and y[i] <= 0.0:
            gain[i] = 0.0
        norm += gain[i] * gain[i]
    if norm == 0.0:
        return False
    for i in range(len(y)):
        y[i] = max(0.0, y[i] + length / norm * gain[i])
    return True
