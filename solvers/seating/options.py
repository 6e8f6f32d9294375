"""An evening as arrays: every legal (party, place), what it costs by term, and what leaving the party out costs.

`Options` is what all stages share. Option k seats party `party[k]` at place `place[k]` during [`start[k]`, `end[k]`)
(turn and buffer) for `cost[k]` = Σ `terms[k]`; the options of party r are `first[r] … first[r+1] − 1`, cheapest first.
The tables of place c are `place_table[place_first[c] : place_first[c+1]]`. What depends on other parties is not in an
option: overlaps, the pacing of `window[r]`, the price `tight` of a follow-on in [`end`, `end` + `risk[r]`), and
`balance` per cover of a section above its `share`. Leaving party r out costs `price[r]`, which for a promise is more
than everything else together. All money is hundredths of a point (`POINT`), int64.

Kept is an option only if the place is big and small enough, accessible where asked, open, and not held by a locked
party. The place a party has now needs only seats, access and open spans: staff put it there. A locked party has that
one option, whatever is wrong with it, and a party that is locked holds its tables for [start, end) against all others.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from solvers.seating.evening import NOBODY, POINT, Evening, Place, Table
from solvers.seating.places import places as places_of
from solvers.seating.places import seats_of
from solvers.seating.problem import ANYWHERE

TERMS = ("guarantee", "wasted", "feature", "preference", "priority", "joined", "moved")
"""The terms an option has by itself, in the order of `Options.terms`; of a whole plan also `unplaced`, `tight`,
`balance`.
"""
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
MIXED = -2  # the area of a place whose tables stand in several


class Options(Struct, frozen=True):
    """See above. P parties, C places, K options, T tables, S sections, W pacing windows."""

    places: tuple[Place, ...]
    place_first: Ints  # C + 1
    place_table: Ints
    section: Ints  # C: that of the place's first table, NOBODY = −1
    share: Ints  # S: covers a section's server is to have at most
    first: Ints  # P + 1
    party: Ints  # K
    place: Ints  # K
    start: Ints  # K
    end: Ints  # K
    cost: Ints  # K
    terms: Ints  # K × len(TERMS)
    covers: Ints  # P
    price: Ints  # P
    risk: Ints  # P
    locked: Flags  # P
    must: Flags  # P: has a promise, locked parties too
    window: Ints  # P, −1 = not paced
    limit: Ints  # W: covers
    tight: int
    balance: int
    worth: Ints  # P: the price without what a promise adds

    def tables_of(self, option: int) -> tuple[int, ...]:
        return self.places[int(self.place[option])].tables

    def of(self, party: int) -> range:
        return range(int(self.first[party]), int(self.first[party + 1]))


class Arrays(Struct, frozen=True):
    """Parties, places and tables of an evening by attribute, before anything is crossed."""

    place_first: Ints
    place_table: Ints
    has: Flags  # C × T
    least: Ints
    seats: Ints
    accessible: Flags
    area: Ints
    features: Ints
    suits: Ints
    rank: Ints  # 0 … 100: how far from the best priority and score
    section: Ints


def options(evening: Evening, places: tuple[Place, ...] | None = None) -> Options:
    """All legal options. `places`: if the caller has them already. Parties' present places are added where missing."""
    parties, tables, weights = evening.parties, evening.tables, evening.weights
    regular = places_of(tables, evening.joins) if places is None else places
    all_places = _with_present(regular, evening)
    of = arrays(all_places, tables)
    now = _present(all_places, evening)
    locked = np.array([party.locked and bool(party.now) for party in parties], bool)
    must = np.array([party.must for party in parties], bool) | locked
    covers = _ints(party.covers for party in parties)
    start, end = _ints(party.start for party in parties), _ints(party.end for party in parties)

    fits = (of.least <= covers[:, None]) & (of.seats >= covers[:, None])
    fits[:, len(regular) :] = False  # where staff put somebody is no place for others
    placed = np.flatnonzero(now >= 0)
    fits[placed, now[placed]] = of.seats[now[placed]] >= covers[placed]
    needs = np.array([party.accessible for party in parties], bool)
    fits &= ~needs[:, None] | of.accessible
    shut = closed(evening) | held(evening, locked)
    if shut.any():
        fits &= ~_any_table(shut, of)
    fits[locked] = False
    fits[np.flatnonzero(locked), now[locked]] = True

    party, place = np.nonzero(fits)
    terms = _terms(evening, of, party, place, now)
    cost = terms.sum(axis=1)
    order = np.lexsort((place, cost, party))
    party, place, cost, terms = party[order], place[order], cost[order], terms[order]
    alone = worth(evening)
    price = alone.copy()
    dearest = np.zeros(len(parties), np.int64)
    np.maximum.at(dearest, party, cost)
    others = weights.tight * len(parties) + weights.balance * int(covers.sum())
    price[must] += int((price + dearest).sum()) + POINT * others + 1
    window, limit = _pacing(evening, covers, start, must)
    return Options(
        all_places, of.place_first, of.place_table, of.section, _shares(tables, int(covers.sum())),
        np.searchsorted(party, np.arange(len(parties) + 1)).astype(np.int64), party, place, start[party], end[party],
        cost, terms, covers, price, _ints(party.risk_min for party in parties), locked, must, window, limit,
        weights.tight * POINT, weights.balance * POINT, alone,
    )  # fmt: skip


def worth(evening: Evening) -> Ints:
    """What each party is worth without its promise; Σ is what a plan's gap is measured against."""
    return _ints(evening.weights.unplaced * party.covers + party.value for party in evening.parties) * POINT


def arrays(places: tuple[Place, ...], tables: tuple[Table, ...]) -> Arrays:
    """Attributes of places: of several tables the worse, features and occasions only what all have."""
    first = np.cumsum([0, *(len(place.tables) for place in places)]).astype(np.int64)
    flat = _ints(at for place in places for at in place.tables)
    has = np.zeros((len(places), len(tables)), bool)
    has[np.repeat(np.arange(len(places)), np.diff(first)), flat] = True

    def by_place(values: Ints, how: np.ufunc) -> Ints:
        return how.reduceat(values[flat], first[:-1]) if len(places) else flat

    area = _ints(table.area for table in tables)
    low, high = by_place(area, np.minimum), by_place(area, np.maximum)
    rank = _ints((10 - table.priority) * 50 // 9 + (100 - table.score) // 2 for table in tables)
    return Arrays(
        first, flat, has,
        _ints(place.min_covers for place in places), _ints(place.max_covers for place in places),
        by_place(_ints(table.accessible for table in tables), np.minimum).astype(bool),
        np.where(low == high, low, MIXED),
        by_place(_ints(table.features for table in tables), np.bitwise_and),
        by_place(_ints(table.suits for table in tables), np.bitwise_and),
        by_place(rank, np.maximum),
        _ints(table.section for table in tables)[flat[first[:-1]]],
    )  # fmt: skip


def closed(evening: Evening) -> Flags:
    """P × T: a closed span of the table overlaps the party's turn and buffer."""
    start, end = _ints(p.start for p in evening.parties), _ints(p.end for p in evening.parties)
    shut = np.zeros((len(evening.parties), len(evening.tables)), bool)
    for at, table in enumerate(evening.tables):
        for begin, until in table.closed:
            shut[:, at] |= (start < until) & (begin < end)
    return shut


def held(evening: Evening, locked: Flags) -> Flags:
    """P × T: a locked party has the table while this party would be there."""
    start, end = _ints(p.start for p in evening.parties), _ints(p.end for p in evening.parties)
    taken = np.zeros((len(evening.parties), len(evening.tables)), bool)
    for at in np.flatnonzero(locked):
        overlaps = (start < end[at]) & (start[at] < end)
        taken[:, list(evening.parties[at].now)] |= overlaps[:, None]
    return taken


def _with_present(places: tuple[Place, ...], evening: Evening) -> tuple[Place, ...]:
    known = {place.tables for place in places}
    extra = sorted({tuple(sorted(party.now)) for party in evening.parties if party.now} - known)
    return places + tuple(Place(now, 1, seats_of(now, evening.tables, evening.joins)) for now in extra)


def _present(places: tuple[Place, ...], evening: Evening) -> Ints:
    """P: the place each party has now, −1 = none."""
    at = {place.tables: index for index, place in enumerate(places)}
    return _ints(at[tuple(sorted(party.now))] if party.now else -1 for party in evening.parties)


def _terms(evening: Evening, of: Arrays, party: Ints, place: Ints, now: Ints) -> Ints:
    """K × len(TERMS), in hundredths of a point."""
    parties, weights = evening.parties, evening.weights
    covers, area = _ints(p.covers for p in parties), _ints(p.area for p in parties)
    missed, promised = _preferred_missed(evening, of), np.array([p.guaranteed for p in parties], bool)
    missed_here = missed[party, place]
    wanted, occasion = _ints(p.features for p in parties), _ints(p.occasion for p in parties)
    tables = np.diff(of.place_first)[place]
    preference = (missed_here & ~promised[party]).astype(np.int64)
    preference += (area[party] != ANYWHERE) & (area[party] != of.area[place])
    preference += (occasion[party] & ~of.suits[place]) != 0
    columns = (
        POINT * weights.guarantee * (missed_here & promised[party]),
        POINT * weights.wasted * np.maximum(of.seats[place] - covers[party], 0),
        POINT * weights.feature * np.bitwise_count(wanted[party] & ~of.features[place]).astype(np.int64),
        POINT * weights.preference * preference,
        weights.priority * of.rank[place],
        POINT * weights.joined * (tables - 1),
        POINT * weights.moved * ((now[party] >= 0) & (now[party] != place)),
    )
    return np.stack([np.asarray(column, np.int64) for column in columns], axis=1)


def _preferred_missed(evening: Evening, of: Arrays) -> Flags:
    """P × C: the party prefers tables, and none of them is among the place's."""
    missed = np.zeros((len(evening.parties), len(of.seats)), bool)
    for at, party in enumerate(evening.parties):
        if party.tables:
            missed[at] = ~of.has[:, list(party.tables)].any(axis=1)
    return missed


def _any_table(shut: Flags, of: Arrays) -> Flags:
    """P × C: any table of the place is shut for the party."""
    return np.logical_or.reduceat(shut[:, of.place_table], of.place_first[:-1], axis=1)


def _shares(tables: tuple[Table, ...], covers: int) -> Ints:
    """Each section's covers if all that is asked for were spread over the house by seats, rounded up."""
    sections = 1 + max((table.section for table in tables), default=NOBODY)
    seats = np.zeros(sections, np.int64)
    for table in tables:
        if table.section != NOBODY:
            seats[table.section] += table.max_covers
    everywhere = max(1, sum(table.max_covers for table in tables))
    return -(-covers * seats // everywhere)


def _pacing(evening: Evening, covers: Ints, start: Ints, must: Flags) -> tuple[Ints, Ints]:
    """The window of each party, and of each window max(limit, what is promised in it)."""
    pacing = evening.pacing
    if pacing.covers <= 0 or len(covers) == 0:
        return np.full(len(covers), -1, np.int64), np.zeros(0, np.int64)
    _, window = np.unique(start // pacing.window_min, return_inverse=True)
    promised = np.bincount(window[must], weights=covers[must], minlength=int(window.max()) + 1).astype(np.int64)
    return window.astype(np.int64), np.maximum(pacing.covers, promised)


def _ints(values: Iterator[int]) -> Ints:
    return np.fromiter(values, np.int64)
