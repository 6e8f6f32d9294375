"""Ruin & recreate over whole evenings, compiled: parties are taken off their places and put back better, thousands of
times a second.

One round picks a party (left out, or seated at random), frees some of the places it could have for a stretch around
its time, and puts back what it took, the party itself and a few of those left out, each at its cheapest free place, in
an order drawn anew. A worse evening is kept with a probability that falls as the search goes on (simulated annealing);
the best one is remembered. Seats of locked parties never change, pacing and table times are never broken.

Whether a place is free is one AND. Starts are numbered, and a party holds the slots of the starts in [start, end): of
two parties that overlap, the later one's start is a slot of both. The tables busy in its slots are put together once,
as bits; each of its places is bits as well. The same arrays serve the greedy answer.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from solvers.seating.options import Ints, Options

LEFT_OUT = -1
OUTSIDE = -2  # not concerned by this round
TAKEN_MAX = 12  # parties taken off in a round, at most
TRIED_MAX = 4  # parties left out that are tried in a round besides
STRETCH_MIN = 45  # minutes around the chosen party's time that are freed, at most


class Floor(NamedTuple):
    """What does not change. Index names as in `Options`; T tables, B words of table bits."""

    first: Ints
    place: Ints
    cost: Ints
    start: Ints  # P
    end: Ints  # P
    risk: Ints
    covers: Ints
    price: Ints
    locked: NDArray[np.bool_]
    window: Ints
    limit: Ints
    place_first: Ints
    place_table: Ints
    section: Ints
    share: Ints
    slot: Ints  # P: the first slot it holds
    slot_end: Ints  # P: and the one after the last
    tables: NDArray[np.uint64]  # K × B: the tables of an option
    tight: int
    balance: int
    must: NDArray[np.bool_]  # P
    guide: Ints  # K: by what an option is chosen, ascending for each party; its cost, or its price by the relaxation


class Seating(NamedTuple):
    """One evening as seated. `money[0]` is its cost; `idle[:idle_count[0]]` the parties left out, `idle_at` where in
    it each stands.
    """

    seat: Ints  # P: option, or LEFT_OUT
    busy: NDArray[np.uint64]  # slots × B: tables taken
    guests: Ints  # T × D: the parties of each table, in no order
    held: Ints  # T: how many
    follows: Ints  # P: how often somebody follows inside its risk, over its tables
    load: Ints  # S: covers
    paced: Ints  # W: covers
    idle: Ints
    idle_at: Ints
    idle_count: Ints
    money: Ints
    taken: NDArray[np.uint64]  # B: scratch of `cheapest`


def floor_of(of: Options, start: Ints, end: Ints) -> Floor:
    """The arrays the kernels read. `start`, `end`: of each party, also of those without an option."""
    starts, slot = np.unique(start, return_inverse=True)
    words = max((at for place in of.places for at in place.tables), default=0) // 64 + 1
    bits = np.zeros((len(of.places), words), np.uint64)
    owner = np.repeat(np.arange(len(of.places)), np.diff(of.place_first))
    np.bitwise_or.at(bits, (owner, of.place_table // 64), np.uint64(1) << (of.place_table % 64).astype(np.uint64))
    return Floor(
        of.first, of.place, of.cost, start, end, of.risk, of.covers, of.price, of.locked, of.window, of.limit,
        of.place_first, of.place_table, of.section, of.share, slot.astype(np.int64), np.searchsorted(starts, end),
        bits[of.place], of.tight, of.balance, of.must, of.cost,
    )  # fmt: skip


def empty(floor: Floor, tables: int) -> Seating:
    """Nobody seated but the locked parties."""
    parties, words = len(floor.start), floor.tables.shape[1]
    room = parties
    if parties:
        shortest = max(1, int((floor.end - floor.start).min()))
        longest = int(floor.end.max() - floor.start.min())
        room = min(parties, longest // shortest + 2 + int(floor.locked.sum()))
    seating = Seating(
        np.full(parties, LEFT_OUT, np.int64), np.zeros((int(floor.slot.max(initial=-1)) + 1, words), np.uint64),
        np.zeros((tables, room), np.int64), np.zeros(tables, np.int64), np.zeros(parties, np.int64),
        np.zeros(len(floor.share), np.int64), np.zeros(len(floor.limit), np.int64),
        np.arange(parties), np.arange(parties), np.array([parties], np.int64),
        np.array([floor.price.sum()], np.int64), np.zeros(words, np.uint64),
    )  # fmt: skip
    for party in np.flatnonzero(floor.locked):
        put(floor, seating, int(party), int(floor.first[party]))
    return seating


@njit(cache=True, nogil=True)
def fits(floor, seating, party, option):  # noqa: ANN001, ANN201
    """All tables of the option are free for the party, [start, end)."""
    for slot in range(floor.slot[party], floor.slot_end[party]):
        for word in range(floor.tables.shape[1]):
            if seating.busy[slot, word] & floor.tables[option, word]:
                return False
    return True


@njit(cache=True, nogil=True)
def paced(floor, seating, party):  # noqa: ANN001, ANN201
    """One more party is allowed in its window."""
    window = floor.window[party]
    return window < 0 or seating.paced[window] + floor.covers[party] <= floor.limit[window]


@njit(cache=True, nogil=True)
def extra(floor, seating, party, option):  # noqa: ANN001, ANN201
    """What seating the party there costs beyond the option's own cost: tight turns and a server's load."""
    place = floor.place[option]
    more, own = 0, False
    begin, until = floor.place_first[place], floor.place_first[place + 1]
    start, end = floor.start[party], floor.end[party]
    for i in range(begin, until if floor.tight else begin):
        table = floor.place_table[i]
        for j in range(seating.held[table]):
            other = seating.guests[table, j]
            if end <= floor.start[other] < end + floor.risk[party]:
                own = True
            over = floor.end[other]
            if over <= start < over + floor.risk[other] and seating.follows[other] == 0:
                seen = False  # at an earlier table of this place already
                for before in range(begin, i):
                    earlier = floor.place_table[before]
                    for g in range(seating.held[earlier]):
                        seen = seen or seating.guests[earlier, g] == other
                if not seen:
                    more += floor.tight
    if own:
        more += floor.tight
    section = floor.section[place]
    if section >= 0 and floor.balance:
        above = seating.load[section] + floor.covers[party] - floor.share[section]
        if above > 0:
            more += floor.balance * min(above, floor.covers[party])
    return more


@njit(cache=True, nogil=True)
def put(floor, seating, party, option):  # noqa: ANN001, ANN201
    """Seats the party; the caller has asked `fits` and `paced`."""
    place = floor.place[option]
    seating.money[0] += floor.cost[option] - floor.price[party]
    start, end = floor.start[party], floor.end[party]
    for i in range(floor.place_first[place], floor.place_first[place + 1]):
        table = floor.place_table[i]
        for j in range(seating.held[table] if floor.tight else 0):
            other = seating.guests[table, j]
            if end <= floor.start[other] < end + floor.risk[party]:
                if seating.follows[party] == 0:
                    seating.money[0] += floor.tight
                seating.follows[party] += 1
            if floor.end[other] <= start < floor.end[other] + floor.risk[other]:
                if seating.follows[other] == 0:
                    seating.money[0] += floor.tight
                seating.follows[other] += 1
        seating.guests[table, seating.held[table]] = party
        seating.held[table] += 1
    for slot in range(floor.slot[party], floor.slot_end[party]):
        for word in range(floor.tables.shape[1]):
            seating.busy[slot, word] |= floor.tables[option, word]
    section = floor.section[place]
    if section >= 0:
        seating.load[section] += floor.covers[party]
        above = seating.load[section] - floor.share[section]
        if above > 0:
            seating.money[0] += floor.balance * min(above, floor.covers[party])
    if floor.window[party] >= 0:
        seating.paced[floor.window[party]] += floor.covers[party]
    seating.seat[party] = option
    last = seating.idle[seating.idle_count[0] - 1]
    at = seating.idle_at[party]
    seating.idle[at], seating.idle_at[last] = last, at
    seating.idle_count[0] -= 1


@njit(cache=True, nogil=True)
def take(floor, seating, party):  # noqa: ANN001, ANN201
    """The reverse of `put`."""
    option = seating.seat[party]
    place = floor.place[option]
    seating.money[0] -= floor.cost[option] - floor.price[party]
    start = floor.start[party]
    for i in range(floor.place_first[place], floor.place_first[place + 1]):
        table = floor.place_table[i]
        kept = 0
        for j in range(seating.held[table]):
            other = seating.guests[table, j]
            if other == party:
                continue
            seating.guests[table, kept] = other
            kept += 1
            if floor.tight and floor.end[other] <= start < floor.end[other] + floor.risk[other]:
                seating.follows[other] -= 1
                if seating.follows[other] == 0:
                    seating.money[0] -= floor.tight
        seating.held[table] = kept
    for slot in range(floor.slot[party], floor.slot_end[party]):
        for word in range(floor.tables.shape[1]):
            seating.busy[slot, word] &= ~floor.tables[option, word]
    if seating.follows[party]:
        seating.money[0] -= floor.tight
        seating.follows[party] = 0
    section = floor.section[place]
    if section >= 0:
        above = seating.load[section] - floor.share[section]
        if above > 0:
            seating.money[0] -= floor.balance * min(above, floor.covers[party])
        seating.load[section] -= floor.covers[party]
    if floor.window[party] >= 0:
        seating.paced[floor.window[party]] -= floor.covers[party]
    seating.seat[party] = LEFT_OUT
    seating.idle[seating.idle_count[0]] = party
    seating.idle_at[party] = seating.idle_count[0]
    seating.idle_count[0] += 1


@njit(cache=True, nogil=True)
def cheapest(floor, seating, party, skip, dice):  # noqa: ANN001, ANN201
    """The option that costs least as things stand, LEFT_OUT if none is free or worth it. Each is overlooked with the
    probability `skip`, which keeps the search from doing the same again.
    """
    best, found = floor.price[party], LEFT_OUT
    if not paced(floor, seating, party):
        return found
    words, taken = floor.tables.shape[1], seating.taken
    taken[:] = 0
    for slot in range(floor.slot[party], floor.slot_end[party]):
        for word in range(words):
            taken[word] |= seating.busy[slot, word]
    for option in range(floor.first[party], floor.first[party + 1]):
        if floor.guide[option] >= best:
            break
        clash = np.uint64(0)
        for word in range(words):
            clash |= taken[word] & floor.tables[option, word]
        if clash or (skip > 0 and chance(dice) < skip):
            continue
        price = floor.guide[option] + extra(floor, seating, party, option)
        if price < best:
            best, found = price, option
    return found


@njit(cache=True, nogil=True)
def fill(floor, seating, order, dice):  # noqa: ANN001, ANN201
    """Best fit, one after the other: the greedy answer."""
    for party in order:
        if seating.seat[party] == LEFT_OUT:
            option = cheapest(floor, seating, party, 0.0, dice)
            if option != LEFT_OUT:
                put(floor, seating, party, option)


@njit(cache=True, nogil=True)
def seat_all(floor, seating, seats):  # noqa: ANN001, ANN201
    """Seats parties as `seats` says (options, LEFT_OUT), as far as that is legal."""
    for party in range(len(seats)):
        option = seats[party]
        if option == LEFT_OUT or seating.seat[party] != LEFT_OUT:
            continue
        if fits(floor, seating, party, option) and paced(floor, seating, party):
            put(floor, seating, party, option)


@njit(cache=True, nogil=True)
def draw(dice, below):  # noqa: ANN001, ANN201
    """A whole number in [0, below): splitmix64, the same everywhere."""
    dice[0] += np.uint64(0x9E3779B97F4A7C15)
    z = dice[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((z ^ (z >> np.uint64(31))) >> np.uint64(1)) % below


@njit(cache=True, nogil=True)
def chance(dice):  # noqa: ANN001, ANN201
    return draw(dice, 1 << 30) / (1 << 30)


@njit(cache=True, nogil=True)
def improve(floor, seating, best, dice, rounds, hot, cold):  # noqa: ANN001, ANN201
    """`rounds` rounds while the temperature falls from `hot` to `cold` (money). `best`: the best seats so far (P) with
    their cost behind them. Returns whether it was bettered.
    """
    parties = len(floor.start)
    pool = np.empty(TAKEN_MAX + TRIED_MAX + 1, np.int64)
    key = np.empty(len(pool), np.int64)
    was = np.full(parties, OUTSIDE, np.int64)
    bettered = False
    for round_ in range(rounds if parties else 0):
        before = seating.money[0]
        size = _ruin(floor, seating, dice, pool, was)
        size = _call(floor, seating, dice, pool, was, size)
        _order(floor, dice, pool, key, size)
        for i in range(size):
            option = cheapest(floor, seating, pool[i], 0.02, dice)
            if option != LEFT_OUT:
                put(floor, seating, pool[i], option)
        after = seating.money[0]
        if after < best[parties]:
            best[:parties] = seating.seat
            best[parties] = after
            bettered = True
        heat = hot * (cold / hot) ** (round_ / rounds)
        if after > before and after - before > -heat * np.log(max(chance(dice), 1e-12)):
            for i in range(size):
                if seating.seat[pool[i]] != LEFT_OUT:
                    take(floor, seating, pool[i])
            for i in range(size):
                if was[pool[i]] != LEFT_OUT:
                    put(floor, seating, pool[i], was[pool[i]])
        for i in range(size):
            was[pool[i]] = OUTSIDE
    return bettered


@njit(cache=True, nogil=True)
def _ruin(floor, seating, dice, pool, was):  # noqa: ANN001, ANN202
    """Picks a party and frees a few of its places around its time, rather the cheap ones. The pool then holds it and
    who sat there.
    """
    idle = seating.idle_count[0]
    seed = seating.idle[draw(dice, idle)] if idle and draw(dice, 2) else draw(dice, len(floor.start))
    choices = floor.first[seed + 1] - floor.first[seed]
    if choices == 0 or floor.locked[seed]:
        return 0
    pool[0], size = seed, 1
    was[seed] = seating.seat[seed]
    if was[seed] != LEFT_OUT:
        take(floor, seating, seed)
    wanted = 2 + draw(dice, TAKEN_MAX - 1)
    begin, until = floor.start[seed] - draw(dice, STRETCH_MIN), floor.end[seed] + draw(dice, STRETCH_MIN)
    for _ in range(wanted):
        cheap = min(draw(dice, choices), draw(dice, choices), draw(dice, choices))
        place = floor.place[floor.first[seed] + cheap]
        for i in range(floor.place_first[place], floor.place_first[place + 1]):
            table = floor.place_table[i]
            j = 0
            while j < seating.held[table] and size < wanted:
                other = seating.guests[table, j]
                if floor.start[other] < until and begin < floor.end[other] and not floor.locked[other]:
                    was[other] = seating.seat[other]
                    pool[size] = other
                    size += 1
                    take(floor, seating, other)
                else:
                    j += 1
        if size >= wanted:
            break
    return size


@njit(cache=True, nogil=True)
def _call(floor, seating, dice, pool, was, size):  # noqa: ANN001, ANN202
    """Adds a few of those left out that could profit: somebody was taken off during their time."""
    idle = seating.idle_count[0]
    seed, tried = pool[0], 0
    for _ in range(2 * TRIED_MAX if size else 0):
        party = seating.idle[draw(dice, idle)]
        near = floor.start[party] < floor.end[seed] + STRETCH_MIN and floor.start[seed] < floor.end[party] + STRETCH_MIN
        if near and was[party] == OUTSIDE and floor.first[party + 1] > floor.first[party]:
            was[party] = LEFT_OUT
            pool[size] = party
            size += 1
            tried += 1
            if tried == TRIED_MAX:
                break
    return size


@njit(cache=True, nogil=True)
def _order(floor, dice, pool, key, size):  # noqa: ANN001, ANN202
    """Sorts the pool: at random, dearest first, fewest choices first, earliest first, or the picked one first;
    promises before all others.
    """
    kind = draw(dice, 5)
    for i in range(size):
        party = pool[i]
        if kind == 1:
            key[i] = -floor.price[party]
        elif kind == 2:
            key[i] = floor.first[party + 1] - floor.first[party]
        elif kind == 3:
            key[i] = floor.start[party]
        else:
            key[i] = draw(dice, 1 << 30) if kind == 0 or i else -1
        if floor.must[party]:
            key[i] -= 1 << 40
    for i in range(1, size):
        party, value, j = pool[i], key[i], i - 1
        while j >= 0 and key[j] > value:
            pool[j + 1], key[j + 1] = pool[j], key[j]
            j -= 1
        pool[j + 1], key[j + 1] = party, value
