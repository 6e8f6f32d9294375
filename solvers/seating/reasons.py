"""A plan in words: what each seat costs by term, which term decided against the next best place, and what stands in the
way of those left out (F-ASN-04).

The next best place is asked for one party at a time, everybody else where the plan has them. For a party left out:
    too_large, too_small    no place for so many, or for so few
    no_accessible           places, but none accessible
    closed                  those all closed while it would be there
    pacing                  a place is free, but its window is full; `about` the parties that fill it
    full                    taken; `about` the fewest parties that would have to go
    cost                    a place is free and costs more than the party is worth
"""

import numpy as np
from numba import njit

from solvers.seating.evening import Evening, Plan, Seat
from solvers.seating.options import TERMS, Ints, Options, arrays, closed
from solvers.seating.search import LEFT_OUT, Floor, Seating, extra, fits, put, take


def explained(
    evening: Evening, of: Options, floor: Floor, seating: Seating, *, bound: int, by: str, stopped: bool
) -> Plan:  # fmt: skip
    """The plan of a seating that no step will change any more."""
    cost = int(seating.money[0])
    nearest = second(floor, floor._replace(balance=0), seating)
    seats = tuple(
        _left_out(evening, of, floor, seating, party, int(nearest[party, 0]))
        if seating.seat[party] == LEFT_OUT
        else _placed(of, party, int(seating.seat[party]), nearest[party])
        for party in range(len(evening.parties))
    )
    total: dict[str, int] = {}
    for seat in seats:
        for term, price in seat.terms.items():
            total[term] = total.get(term, 0) + price
    if balance := int(of.balance * np.maximum(seating.load - of.share, 0).sum()):
        total["balance"] = balance
    placed = seating.seat != LEFT_OUT
    moved = (
        at for at, party in enumerate(evening.parties) if party.now and tuple(sorted(party.now)) != seats[at].tables
    )
    proven = bound >= cost
    gap = 0.0 if proven else (cost - bound) / max(1, int(of.worth.sum()))
    return Plan(
        seats, cost, min(bound, cost), gap, proven, by, stopped, int(of.covers[placed].sum()), tuple(moved), total
    )  # fmt: skip


@njit(cache=True, nogil=True)
def second(floor, unbalanced, seating):  # noqa: ANN001, ANN201
    """P × 4. Seated: the cheapest other option that is free (or LEFT_OUT), how much more it adds for tight turns than
    the own one, the same for balance, and 1 if somebody follows inside the risk. Left out: the option for which the
    fewest parties would have to go.
    """
    found = np.full((len(floor.start), 4), LEFT_OUT, np.int64)
    for party in range(len(floor.start)):
        own = seating.seat[party]
        if own == LEFT_OUT:
            found[party, 0] = _least_taken(floor, seating, party)
            continue
        found[party, 3] = seating.follows[party] > 0
        if floor.locked[party]:
            continue
        take(floor, seating, party)
        best = np.int64(0)
        for option in range(floor.first[party], floor.first[party + 1]):
            if option == own or not fits(floor, seating, party, option):
                continue
            price = floor.cost[option] + extra(floor, seating, party, option)
            if found[party, 0] == LEFT_OUT or price < best:
                best, found[party, 0] = price, option
        if found[party, 0] != LEFT_OUT:
            tight = extra(unbalanced, seating, party, found[party, 0]) - extra(unbalanced, seating, party, own)
            more = extra(floor, seating, party, found[party, 0]) - extra(floor, seating, party, own)
            found[party, 1], found[party, 2] = tight, more - tight
        put(floor, seating, party, own)
    return found


@njit(cache=True, nogil=True)
def _least_taken(floor, seating, party):  # noqa: ANN001, ANN202
    best, found = 1 << 30, LEFT_OUT
    for option in range(floor.first[party], floor.first[party + 1]):
        place, count = floor.place[option], 0
        for i in range(floor.place_first[place], floor.place_first[place + 1]):
            table = floor.place_table[i]
            for j in range(seating.held[table]):
                other = seating.guests[table, j]
                count += floor.start[other] < floor.end[party] and floor.start[party] < floor.end[other]
        if count < best:
            best, found = count, option
    return found


def _placed(of: Options, party: int, option: int, nearest: Ints) -> Seat:
    terms = {term: int(price) for term, price in zip(TERMS, of.terms[option], strict=True) if price}
    other, tight, balance, followed = (int(value) for value in nearest)
    if followed and of.tight:
        terms["tight"] = of.tight
    if of.locked[party]:
        return Seat(of.tables_of(option), terms, "locked")
    if other == LEFT_OUT:
        return Seat(of.tables_of(option), terms, "only_place")
    more = dict(zip(TERMS, (of.terms[other] - of.terms[option]).tolist(), strict=True))
    more["tight"], more["balance"] = tight, balance
    decided = max(more, key=lambda term: more[term])
    return Seat(of.tables_of(option), terms, decided if more[decided] > 0 else "equal", of.tables_of(other))


def _left_out(
    evening: Evening, of: Options, floor: Floor, seating: Seating, party: int, nearest: int
) -> Seat:  # fmt: skip
    terms = {"unplaced": int(of.price[party])}
    if nearest == LEFT_OUT:
        why, about = _nowhere(evening, of, floor, party)
        return Seat((), terms, why, about)
    blocking = _at(floor, seating, of.tables_of(nearest), party)
    if blocking:
        return Seat((), terms, "full", blocking)
    window = of.window[party]
    if window >= 0 and seating.paced[window] + of.covers[party] > of.limit[window]:
        inside = np.flatnonzero((of.window == window) & (seating.seat != LEFT_OUT))
        return Seat((), terms, "pacing", tuple(inside.tolist()))
    return Seat((), terms, "cost", of.tables_of(nearest))


def _at(floor: Floor, seating: Seating, tables: tuple[int, ...], party: int) -> tuple[int, ...]:
    """Who is at these tables while the party would be."""
    there = {int(guest) for table in tables for guest in seating.guests[table, : seating.held[table]]}
    start, end = floor.start[party], floor.end[party]
    return tuple(sorted(guest for guest in there if floor.start[guest] < end and start < floor.end[guest]))


def _nowhere(evening: Evening, of: Options, floor: Floor, party: int) -> tuple[str, tuple[int, ...]]:
    """Why a party has no option at all."""
    about = arrays(of.places, evening.tables)
    covers = int(of.covers[party])
    fit = about.seats >= covers
    if not fit.any():
        return "too_large", ()
    fit &= about.least <= covers
    if not fit.any():
        return "too_small", ()
    fit &= about.accessible | (not evening.parties[party].accessible)
    if not fit.any():
        return "no_accessible", ()
    fit &= ~(about.has & closed(evening)[party]).any(axis=1)
    if not fit.any():
        return "closed", ()
    best: tuple[int, ...] = ()
    for place in np.flatnonzero(fit):  # every one of them is held by locked parties
        guests = tuple(
            int(guest)
            for guest in np.flatnonzero(of.locked)
            if set(evening.parties[guest].now) & set(of.places[place].tables)
            and floor.start[guest] < floor.end[party]
            and floor.start[party] < floor.end[guest]
        )
        if not best or len(guests) < len(best):
            best = guests
    return "full", best
