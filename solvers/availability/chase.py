"""Compiled search over a puzzle: is there an instant too full for everybody, and if not, who could move so that the
newcomers fit? (The two cheap stages of an exact answer.)

`pinch` is a proof of no. At an instant τ every party present holds different tables. Relax a party to as many separate
seats as its smallest place has tables, each at any table of any of its places: a bipartite matching. Those present are
matched already, by where they sit; if a newcomer's seat finds no augmenting path, no re-seating exists, and the parties
reached are a Hall violator: too many for the tables they can use between them.

`chase` is a search for yes: seat the newcomer on the place whose occupants have been hardest to re-seat least often,
put those out, re-seat them likewise, until nobody stands (ejection chains with penalty counters, Nagata & Bräysy 2009).
"""
# ruff: noqa: ANN001, ANN201, ANN202

import numpy as np
from numba import njit

OUT = -1
"""The place of a party that stands."""


@njit(cache=True, nogil=True)
def reaches(tabs, first, option, words):
    """Per party the tables of all its places as bits, and how many tables the smallest of them has."""
    count = len(first) - 1
    bits, need = np.zeros((count, words), np.uint64), np.zeros(count, np.int32)
    for r in range(count):
        least = tabs.shape[1] + 1
        for k in range(first[r], first[r + 1]):
            size = 0
            for j in range(tabs.shape[1]):
                t = tabs[option[k], j]
                if t < 0:
                    break
                size += 1
                bits[r, t >> 6] |= np.uint64(1) << np.uint64(t & 63)
            least = min(least, size)
        need[r] = least
    return bits, need


@njit(cache=True, nogil=True)
def sit(tabs, place, r, on, count):
    for j in range(tabs.shape[1]):
        t = tabs[place, j]
        if t < 0:
            break
        on[t, count[t]] = r
        count[t] += 1


@njit(cache=True, nogil=True)
def rise(tabs, place, r, on, count):
    for j in range(tabs.shape[1]):
        t = tabs[place, j]
        if t < 0:
            break
        for i in range(count[t]):
            if on[t, i] == r:
                count[t] -= 1
                on[t, i] = on[t, count[t]]
                break


@njit(cache=True, nogil=True)
def seated(tabs, start, end, at, tables):
    """Who sits at which table: rows of parties and their lengths. Room for as many as could ever follow one another."""
    order, most, free = np.argsort(end), 0, np.int64(-(1 << 60))
    for r in order:  # the most pairwise disjoint stays: earliest end first
        if start[r] >= free:
            most += 1
            free = np.int64(end[r])
    on, count = np.zeros((tables, most + 1), np.int32), np.zeros(tables, np.int32)
    for r in range(len(at)):
        if at[r] != OUT:
            sit(tabs, at[r], r, on, count)
    return on, count


@njit(cache=True, nogil=True)
def clear(tabs, place, begin, until, start, end, on, count):
    for j in range(tabs.shape[1]):
        t = tabs[place, j]
        if t < 0:
            break
        for i in range(count[t]):
            q = on[t, i]
            if start[q] < until and begin < end[q]:
                return False
    return True


@njit(cache=True, nogil=True)
def at_once(tabs, start, end, first, option, at, tables):
    """Seats those who stand, in order, where nobody has to move; False if one cannot be. `at` is changed."""
    on, count = seated(tabs, start, end, at, tables)
    for r in range(len(at)):
        if at[r] != OUT:
            continue
        for k in range(first[r], first[r + 1]):
            if clear(tabs, option[k], start[r], end[r], start, end, on, count):
                at[r] = option[k]
                sit(tabs, option[k], r, on, count)
                break
        if at[r] == OUT:
            return False
    return True


@njit(cache=True, nogil=True)
def in_turn(tabs, start, end, party, option, order, at, tables):
    """Takes each option of `order` whose party still stands and whose tables are free. `at` is changed."""
    on, count = seated(tabs, start, end, at, tables)
    for k in order:
        r = party[k]
        if at[r] == OUT and clear(tabs, option[k], start[r], end[r], start, end, on, count):
            at[r] = option[k]
            sit(tabs, option[k], r, on, count)


@njit(cache=True, nogil=True)
def pinch(tabs, start, end, at, bits, need, tables, crowd):
    """The first instant proven too full for those who stand, or −1. `crowd` marks the parties of the violator."""
    n = len(start)
    owner, came = np.empty(tables, np.int32), np.empty(tables, np.int32)
    via, seen = np.empty(n, np.int32), np.empty(n, np.bool_)
    queue = np.empty(n, np.int32)
    on, count = seated(tabs, start, end, at, tables)
    for new in range(n):
        if at[new] != OUT:
            continue
        for moment in range(n):
            tau = start[moment]
            if moment != new and (at[moment] == OUT or tau <= start[new] or tau >= end[new]):
                continue
            for t in range(tables):
                owner[t] = -1
            left = need.copy()
            for t in range(tables):
                for i in range(count[t]):
                    q = on[t, i]
                    if start[q] <= tau < end[q] and left[q] > 0:
                        owner[t] = q
                        left[q] -= 1
            for u in range(n):
                if at[u] == OUT and start[u] <= tau < end[u]:
                    for _ in range(need[u]):
                        if not _augment(u, bits, owner, came, via, seen, queue, tables):
                            for q in range(n):
                                crowd[q] = seen[q]
                            return tau
    return -1


@njit(cache=True, nogil=True)
def _augment(root, bits, owner, came, via, seen, queue, tables):
    """One more seat for `root`; `seen` are the parties reached from it."""
    seen[:] = False
    came[:] = -1
    seen[root] = True
    via[root] = -1
    queue[0] = root
    head, tail = 0, 1
    while head < tail:
        u = queue[head]
        head += 1
        for t in range(tables):
            if came[t] >= 0 or not (bits[u, t >> 6] >> np.uint64(t & 63)) & np.uint64(1):
                continue
            came[t] = u
            q = owner[t]
            if q == -1:
                back = t
                while back != -1:
                    owner[back] = came[back]
                    back = via[came[back]]
                return True
            if not seen[q]:
                seen[q] = True
                via[q] = t
                queue[tail] = q
                tail += 1
    return False


@njit(cache=True, nogil=True)
def chase(tabs, start, end, first, option, at, home, tables, seed, steps, keep):
    """Seats those who stand in at most `steps` ejections; `at` is the plan if so. Returns the steps taken, −1 = failed.
    Whoever sits at `home` is put out less willingly, by `keep`; in the end whoever can go home does.
    """
    n = len(start)
    on, count = seated(tabs, start, end, at, tables)
    penalty, stamp = np.ones(n, np.int64), np.full(n, -1, np.int64)
    stack, depth = np.empty(n, np.int32), 0
    for r in range(n - 1, -1, -1):
        if at[r] == OUT:
            stack[depth] = r
            depth += 1
    step, _, _ = reseat(
        tabs, start, end, first, option, at, home, on, count, stack, depth, penalty, stamp, keep,
        np.uint64(seed * 2 + 1), np.int64(0), steps, np.int64(1 << 60),
    )  # fmt: skip
    if step >= 0:
        go_home(tabs, start, end, home, at, on, count)
    return step


@njit(cache=True, nogil=True)
def reseat(
    tabs, start, end, first, option, at, home, on, count, stack, depth, penalty, stamp, keep, state, mark, steps, most
):  # fmt: skip
    """Seats the `depth` parties on the `stack`, putting others out, until nobody stands. Returns the steps taken (−1 =
    somebody stands still), the state of chance and the last mark. Nobody is put out at a price of `most`.
    """
    step = 0
    while depth > 0:
        if step >= steps:
            return -1, state, mark
        step += 1
        depth -= 1
        r = stack[depth]
        size = first[r + 1] - first[r]
        if size == 0:
            return -1, state, mark
        state = drawn(state)
        turn = np.int64(state % np.uint64(size))
        best, cost = -1, most
        for i in range(-1, size):  # its home first, then the others from a random one on
            k = home[r] if i < 0 else option[first[r] + (i + turn) % size]
            if k == OUT:
                continue
            mark += 1
            price = _price(tabs, k, start[r], end[r], start, end, on, count, penalty, at, home, keep, stamp, mark, cost)
            if price < cost:
                best, cost = k, price
                if price == 0:
                    break
        if best == OUT:
            return -1, state, mark
        if cost > 0:
            penalty[r] += 1
            depth = put_out(tabs, best, start[r], end[r], start, end, at, on, count, stack, depth)
        at[r] = best
        sit(tabs, best, r, on, count)
    return step, state, mark


@njit(cache=True, nogil=True)
def drawn(state):
    """The next state of chance (xorshift)."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@njit(cache=True, nogil=True)
def put_out(tabs, place, begin, until, start, end, at, on, count, stack, depth):
    """Whoever is at `place` during [begin, until) stands now, on the stack; how many are on it."""
    for j in range(tabs.shape[1]):
        t = tabs[place, j]
        if t < 0:
            break
        i = 0
        while i < count[t]:
            q = on[t, i]
            if start[q] < until and begin < end[q]:
                rise(tabs, at[q], q, on, count)
                at[q] = OUT
                stack[depth] = q
                depth += 1
            else:
                i += 1
    return depth


@njit(cache=True, nogil=True)
def _price(tabs, place, begin, until, start, end, on, count, penalty, at, home, keep, stamp, mark, most):
    """Penalties of those who would have to leave, and `keep` for each who sits at home; may stop at `most`."""
    price = np.int64(0)
    for j in range(tabs.shape[1]):
        t = tabs[place, j]
        if t < 0:
            break
        for i in range(count[t]):
            q = on[t, i]
            if start[q] < until and begin < end[q] and stamp[q] != mark:
                stamp[q] = mark
                price += penalty[q] + (keep if at[q] == home[q] else 0)
                if price >= most:
                    return price
    return price


@njit(cache=True, nogil=True)
def go_home(tabs, start, end, home, at, on, count):
    """Everybody whose own place is free goes there."""
    again = True
    while again:
        again = False
        for r in range(len(at)):
            if home[r] == OUT or at[r] == home[r]:
                continue
            rise(tabs, at[r], r, on, count)
            if clear(tabs, home[r], start[r], end[r], start, end, on, count):
                at[r] = home[r]
                again = True
            sit(tabs, at[r], r, on, count)


@njit(cache=True, nogil=True)
def circle(tabs, start, end, at, bits, tables):
    """The parties that could ever have to move for those who stand: all others sit where nobody of these could go."""
    n = len(start)
    inside, queue = np.zeros(n, np.bool_), np.empty(n, np.int32)
    on, count = seated(tabs, start, end, at, tables)
    tail = 0
    for r in range(n):
        if at[r] == OUT:
            inside[r] = True
            queue[tail] = r
            tail += 1
    head = 0
    while head < tail:
        r = queue[head]
        head += 1
        for t in range(tables):
            if not (bits[r, t >> 6] >> np.uint64(t & 63)) & np.uint64(1):
                continue
            for i in range(count[t]):
                q = on[t, i]
                if not inside[q] and start[q] < end[r] and start[r] < end[q]:
                    inside[q] = True
                    queue[tail] = q
                    tail += 1
    return inside
