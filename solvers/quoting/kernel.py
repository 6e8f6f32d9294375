"""The compiled half of the simulation: one evening, many runs. Arrays only; `simulate` says what they mean.

All gaps are kept per run: `ready` has the first one of each table for each length asked for, `bounds` for each place
the latest of its tables', which is when a single table is ready and never later than when a joined set is. The next
seat of a kind of party is then the least of (bound, rank), eight places at a time; only a set that comes out first is
looked at closely, and its bound raised if need be. It stays the next one until one of its tables is taken, since gaps
only ever move away.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Floats32 = NDArray[np.float32]

POINTS = 128  # of a party's remaining turn, a power of two: the columns of `draws`
NEVER = 32_000  # minutes; beyond any horizon, and small enough for 16 bits
RANK_BITS = 13
PLACES_MAX = 1 << RANK_BITS  # more than any line asks for; NEVER << RANK_BITS leaves room for UNFIT in 32 bits
UNFIT = 1 << 30  # the rank of a place that will not do
BLOCK = 64  # runs drawn together: what one party's turn needs stays in the cache


class Scene(NamedTuple):
    """What does not change. T tables, P places, Q parties, C distinct gaps, K kinds of party (by list
    and gap), L lists of places."""

    sitters: Ints  # T × (ready minute, row of draws or −1, key, whether there is a party)
    come_at: Ints  # T + 1: where each table's bookings begin in `come`
    come: Ints  # (start, row, key), by start
    wants: Ints  # Q × (row, key, minute of arrival): the line, the probes, those expected
    needs: Ints  # C
    kinds: Ints  # K × (which gap, the list of places that fit: the one after it has those meant for more people)
    kind_at: Ints  # K + 1: where each kind's parties begin in `kind_line`, in order of the line
    kind_line: Ints
    ranks: Ints32  # L × P
    ranked: Ints32  # L × P: place by rank
    place_at: Ints  # P + 1
    place_tables: Ints
    part_at: Ints  # T + 1: where the places begin that a table is part of
    part: Ints
    in_line: int
    here: int  # the line and the probes
    buffer: int
    horizon: int


class Run(NamedTuple):
    """One run as it goes. Minutes; `stays` with the buffer."""

    free: Ints  # T: when whoever is there now has left
    following: Ints  # T: the table's next booking
    taken: Ints  # T: the last party that took it in this run
    stays: Ints  # of each booking
    ready: Ints32  # C × T
    bounds: Ints32  # C × P


@njit(cache=True, nogil=True, inline="always")
def _bits(seed: np.uint64, key: int, pair: int) -> np.uint64:
    """The same for the same seed, key and pair of runs."""
    z = seed + np.uint64(key) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(pair) * np.uint64(0xD1B54A32D192ED03)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def _leave(
    seed: np.uint64, key: int, points: Floats32, factors: Floats32, first: int, buffer: int, minutes: Ints32
) -> None:
    """Fills in how long one party keeps its table in a block of runs, cleaning included: ½ to 1½ of the buffer. Without
    a buffer nobody sits there, and how the evening goes makes no difference. The second run of a pair gets the
    complement of what the first one drew (antithetic)."""
    half, step = np.float32(0.5 * buffer), np.float32(buffer / 65536)
    for i in range(0, len(minutes), 2):
        bits = _bits(seed, key, (first + i) >> 1)
        column, share = np.int64(bits >> np.uint64(57)), np.int64((bits >> np.uint64(41)) & np.uint64(0xFFFF))
        one, other = points[column], points[POINTS - 1 - column]
        if buffer > 0:
            one = one * factors[first + i] + half + step * np.float32(share)
            other = other * factors[first + i + 1] + half + step * np.float32(0xFFFF - share)
        minutes[i] = np.int32(np.ceil(one))
        minutes[i + 1] = np.int32(np.ceil(other))


@njit(cache=True, nogil=True)
def _gap(scene: Scene, run: Run, t: int, need: int, minute: int) -> int:
    """The first minute a table has `need` minutes before its next booking, once all that start before `minute` + need
    have been played."""
    own, k = run.free[t], run.following[t]
    while k < scene.come_at[t + 1] and scene.come[k, 0] < max(own, minute) + need:
        own = max(own, scene.come[k, 0]) + run.stays[k]
        k += 1
    return own


@njit(cache=True, nogil=True)
def _together(scene: Scene, run: Run, place: int, need: int, minute: int) -> int:
    """Not before which minute, from this one on, the tables of a place have a gap in common. They have it at `minute`
    if that is the answer; else ask again."""
    for i in range(scene.place_at[place], scene.place_at[place + 1]):
        minute = max(minute, _gap(scene, run, scene.place_tables[i], need, minute))
    return minute


@njit(cache=True, nogil=True, inline="always")
def _bound(scene: Scene, ready: Ints32, place: int) -> np.int32:
    latest = np.int32(0)
    for j in range(scene.place_at[place], scene.place_at[place + 1]):
        latest = max(latest, ready[scene.place_tables[j]])
    return min(latest, np.int32(NEVER))


@njit(cache=True, nogil=True)
def _least(bounds: Ints32, ranks: Ints32) -> np.int32:
    """The smallest (minute, rank) of any place in one number."""
    least = np.int32(UNFIT)
    for i in range(len(bounds)):
        least = min(least, np.int32((bounds[i] << RANK_BITS) + ranks[i]))
    return least


@njit(cache=True, nogil=True)
def _begin(scene: Scene, run: Run) -> None:
    for c in range(len(scene.needs)):
        for t in range(len(scene.sitters)):
            run.ready[c, t] = _gap(scene, run, t, scene.needs[c], 0)
        for place in range(len(scene.place_at) - 1):
            run.bounds[c, place] = _bound(scene, run.ready[c], place)


@njit(cache=True, nogil=True)
def _earliest(scene: Scene, run: Run, kind: int) -> tuple[int, int]:
    """The minute and the place of the next party of a kind, −1 where nothing is in sight."""
    c, row = scene.kinds[kind, 0], scene.kinds[kind, 1]
    while True:
        least = _least(run.bounds[c], scene.ranks[row])
        best = int(least >> RANK_BITS)
        if best > scene.horizon:
            if row > scene.kinds[kind, 1]:
                return NEVER, -1
            row += 1
            continue
        place = scene.ranked[row, least & (PLACES_MAX - 1)]
        if scene.place_at[place + 1] - scene.place_at[place] == 1:
            return best, place
        minute = _together(scene, run, place, scene.needs[c], best)
        if minute == best:
            return best, place
        run.bounds[c, place] = min(minute, NEVER)


@njit(cache=True, nogil=True)
def _take(scene: Scene, run: Run, place: int, minute: int, need: int, stay: int, by: int) -> None:
    """A party (number `by`) sits down: its tables' bookings before it are over, their gaps and those of every set
    anew."""
    for i in range(scene.place_at[place], scene.place_at[place + 1]):
        t = scene.place_tables[i]
        k = run.following[t]
        while k < scene.come_at[t + 1] and scene.come[k, 0] < minute + need:
            k += 1
        run.free[t], run.following[t], run.taken[t] = minute + stay, k, by
        for c in range(len(scene.needs)):
            run.ready[c, t] = _gap(scene, run, t, scene.needs[c], 0)
    for i in range(scene.place_at[place], scene.place_at[place + 1]):
        t = scene.place_tables[i]
        for c in range(len(scene.needs)):
            for j in range(scene.part_at[t], scene.part_at[t + 1]):
                run.bounds[c, scene.part[j]] = _bound(scene, run.ready[c], scene.part[j])


@njit(cache=True, nogil=True)
def _serve(scene: Scene, run: Run, turns: Ints32, minutes: NDArray[np.int16]) -> None:
    """Seats the line: always whoever can sit first, of two at one minute the one ahead in line; until everybody who is
    here has been seated."""
    kinds = len(scene.kinds)
    when, where = np.empty(kinds, np.int64), np.empty(kinds, np.int64)
    head, left = scene.kind_at[:kinds].copy(), scene.here
    for kind in range(kinds):
        when[kind], where[kind] = _earliest(scene, run, kind)
    while True:
        first, ahead = -1, np.int64(NEVER) << 32
        for kind in range(kinds):
            if head[kind] < scene.kind_at[kind + 1]:
                q = scene.kind_line[head[kind]]
                order = (max(when[kind], scene.wants[q, 2]) << 32) + q
                if order < ahead:
                    first, ahead = kind, order
        if first < 0:
            break
        q, minute, place = scene.kind_line[head[first]], when[first], where[first]
        head[first] += 1
        if q < scene.here:
            minutes[q] = minute
            left -= 1
            if left == 0:
                break
        if scene.in_line <= q < scene.here:
            continue
        if q >= scene.here:
            minute = max(minute, scene.wants[q, 2])
            if _together(scene, run, place, scene.needs[scene.kinds[first, 0]], minute) > minute:
                continue  # no longer free for a whole turn when it comes; where it goes then is not followed up
        _take(scene, run, place, minute, scene.needs[scene.kinds[first, 0]], turns[q], q)
        for kind in range(kinds):
            if where[kind] >= 0 and head[kind] < scene.kind_at[kind + 1]:
                for i in range(scene.place_at[where[kind]], scene.place_at[where[kind] + 1]):
                    if run.taken[scene.place_tables[i]] == q:
                        when[kind], where[kind] = _earliest(scene, run, kind)
                        break


@njit(cache=True, nogil=True)
def play(
    scene: Scene, draws: Floats32, factors: Floats32, seed: np.uint64, out: NDArray[np.int16]
) -> None:
    """Fills in minutes by [party or probe, run], `NEVER` = not before the horizon. `factors` has one number a run,
    which all its turns are multiplied by. Runs come in pairs: there is an even number of them."""
    tables, bookings = len(scene.sitters), len(scene.come)
    out[:, :] = NEVER
    run = Run(
        np.empty(tables, np.int64), np.empty(tables, np.int64), np.empty(tables, np.int64),
        np.empty(bookings, np.int64),
        np.empty((len(scene.needs), tables), np.int32),
        np.empty((len(scene.needs), len(scene.place_at) - 1), np.int32),
    )  # fmt: skip
    left = np.empty((tables, BLOCK), np.int32)
    stays = np.empty((bookings, BLOCK), np.int32)
    turns = np.empty((len(scene.wants), BLOCK), np.int32)
    for first in range(0, out.shape[1], BLOCK):
        block = min(BLOCK, out.shape[1] - first)
        for t in range(tables):
            left[t, :] = scene.sitters[t, 0]
            if scene.sitters[t, 1] >= 0:
                points = draws[scene.sitters[t, 1]]
                buffer = scene.buffer * scene.sitters[t, 3]
                _leave(seed, scene.sitters[t, 2], points, factors, first, buffer, left[t, :block])
        for k in range(bookings):
            points = draws[scene.come[k, 1]]
            _leave(seed, scene.come[k, 2], points, factors, first, scene.buffer, stays[k, :block])
        for q in range(len(scene.wants)):
            points = draws[scene.wants[q, 0]]
            _leave(seed, scene.wants[q, 1], points, factors, first, scene.buffer, turns[q, :block])
        for at in range(block):
            run.free[:], run.stays[:] = left[:, at], stays[:, at]
            run.following[:], run.taken[:] = scene.come_at[:tables], -1
            _begin(scene, run)
            _serve(scene, run, turns[:, at].copy(), out[:, first + at])
