"""Compiled loops over a day's bits. Bit i of a table's words: cell i (minutes `origin + i·step` on) is free.

A run of d free cells from cell i on is one bit of `x & x>>1 & … & x>>(d−1)`, got by doubling in log d steps.
"""
# ruff: noqa: ANN001, ANN201, ANN202

import numpy as np
from numba import njit

from solvers.availability.floor import suiting

ONE = np.uint64(1)
WORD = 64


@njit(cache=True, nogil=True)
def mark(count, free, table, first, last, by):
    """Adds `by` users to cells [first, last) of a table; a cell is free while it has none."""
    for cell in range(first, last):
        count[table, cell] += by
        bit = ONE << np.uint64(cell & 63)
        if count[table, cell] == 0:
            free[table, cell >> 6] |= bit
        else:
            free[table, cell >> 6] &= ~bit


@njit(cache=True, nogil=True)
def runs(words, cells):
    """Keeps, in place, the bits from which on `cells` bits are set."""
    size, have = len(words), 1
    while have < cells:
        shift = min(have, cells - have)
        skip, rest = shift >> 6, np.uint64(shift & 63)
        for w in range(size):
            low = words[w + skip] if w + skip < size else np.uint64(0)
            if rest:
                high = words[w + skip + 1] if w + skip + 1 < size else np.uint64(0)
                low = (low >> rest) | (high << (np.uint64(WORD) - rest))
            words[w] &= low
        have += shift


@njit(cache=True, nogil=True)
def wanted(offered, room, spare, covers, cells, out):
    """Into `out`: the offered starts at which the limits let `covers` more come, and stay for `cells` cells."""
    size = len(out)
    tight = False
    for w in range(size):
        out[w] = ~np.uint64(0)
    for cell in range(len(spare)):
        if spare[cell] < covers:
            tight = True
            out[cell >> 6] &= ~(ONE << np.uint64(cell & 63))
    if tight:
        runs(out, cells)
    left = np.uint64(0)
    for w in range(size):
        out[w] &= offered[w]
        word = out[w]
        at = w << 6
        while word:
            if word & ONE and room[at] < covers:
                out[w] &= ~(ONE << np.uint64(at & 63))
            word >>= ONE
            at += 1
        left |= out[w]
    return left != 0


@njit(cache=True, nogil=True)
def free_starts(free, tabs, suits, want, cells, run, ready, found, enough):
    """Into `found`: the starts in `want` at which a suiting place is free for `cells` cells. `run` and `ready` are
    scratch, one row a table. Stops at the first start if that is `enough`. Whether there is any.
    """
    size = len(want)
    for w in range(size):
        found[w] = 0
    for t in range(len(ready)):
        ready[t] = False
    some = np.uint64(0)
    for at in range(len(suits)):
        place = suits[at]
        for k in range(tabs.shape[1]):
            t = tabs[place, k]
            if t < 0:
                break
            if not ready[t]:
                ready[t] = True
                run[t] = free[t]
                runs(run[t], cells)
        missing = np.uint64(0)
        for w in range(size):
            both = want[w]
            for k in range(tabs.shape[1]):
                t = tabs[place, k]
                if t < 0:
                    break
                both &= run[t, w]
            found[w] |= both
            some |= both
            missing |= want[w] & ~found[w]
        if not missing or (enough and some):
            break
    return some != 0


@njit(cache=True, nogil=True)
def day_starts(
    free, offered, room, spare, day, tabs, least, most, reach, areas, features,
    covers, accessible, area, wishes, cells, found,
):  # fmt: skip
    """One day, one party: the starts that are open as the tables are given out now."""
    suits, count = _suiting(tabs, least, most, reach, areas, features, covers, accessible, area, wishes)
    want = np.empty(offered.shape[1], np.uint64)
    if not wanted(offered[day], room[day], spare[day], covers, cells, want):
        for w in range(len(found)):
            found[w] = 0
        return False
    run = np.empty(free.shape[1:], np.uint64)
    ready = np.empty(free.shape[1], np.bool_)
    return free_starts(free[day], tabs, suits[:count], want, cells, run, ready, found, False)


@njit(cache=True, nogil=True)
def many_days(
    free, offered, room, spare, first, last, tabs, least, most, reach, areas, features,
    covers, accessible, area, wishes, cells, is_open,
):  # fmt: skip
    """Days [first, last): whether any start is open. The words of one day are the scratch of the next."""
    suits, count = _suiting(tabs, least, most, reach, areas, features, covers, accessible, area, wishes)
    want, found = np.empty(offered.shape[1], np.uint64), np.empty(offered.shape[1], np.uint64)
    run = np.empty(free.shape[1:], np.uint64)
    ready = np.empty(free.shape[1], np.bool_)
    for day in range(first, last):
        is_open[day - first] = wanted(
            offered[day], room[day], spare[day], covers, cells, want
        ) and free_starts(free[day], tabs, suits[:count], want, cells, run, ready, found, True)  # fmt: skip


@njit(cache=True, nogil=True)
def loads(sitting, serve, seats, offered, step, first, last, out):
    """Days [first, last): covers at table over covers that could be, summed over the starts offered."""
    for day in range(first, last):
        taken = most = 0
        for cell in range(seats.shape[1]):
            if (offered[day, cell >> 6] >> np.uint64(cell & 63)) & ONE:
                taken += sitting[day, cell * step]
                most += min(seats[day, cell], serve[day, cell * step])
        out[day - first] = min(1.0, taken / most) if most > 0 else 1.0


@njit(cache=True, nogil=True)
def _suiting(tabs, least, most, reach, areas, features, covers, accessible, area, wishes):
    suits = np.empty(len(tabs), np.int32)
    return suits, suiting(least, most, reach, areas, features, covers, accessible, area, wishes, suits)
