"""The referee: an evening written down once more, away from the solvers it judges, and the bound no plan can pass.

Sets and data
    k = (r, c) ∈ K   party r at place c, kept if it is legal by itself; cost_k ≥ 0, the terms of that party there
    price_r          what leaving r out costs: its covers and its value
    p_k, e_k         start, and end with the cleaning; half-open
Variables            x_k ∈ {0, 1}
Minimise             Σ_r price_r · (1 − Σ_k∋r x_k) + Σ_k cost_k x_k
Subject to
    one              Σ_k∋r x_k ≤ 1; = 1 with a promise
    table            for each table t and each start p of an option on t:  Σ x_k over k on t with p_k ≤ p < e_k  ≤ 1,
                     only the rows that no later row contains
    pacing           for each window w: Σ covers_r x_k over parties starting in w ≤ max(limit, what is promised in w)

Its LP relaxation bounds every plan from below. Terms between parties (tight turns, servers' balance) have no place
here: for an evening that weighs them the bound stays valid, since they only add, but is no longer the one to reach.
Everything is in hundredths of a point, as `Plan` has it.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from solvers.seating.evening import PLACE_TABLES, POINT, Evening, Party, Table
from solvers.seating.problem import ANYWHERE

Ints = NDArray[np.int64]
TINY: Final = 1e-7
"""What floating point may have wrong, relative; a bound gives way by as much before it is rounded up."""


class Model(Struct, frozen=True):
    """`tables[k]` of option k, ascending; the options of party r are `of[r]`, cheapest first, ties by tables."""

    evening: Evening
    party: Ints
    cost: Ints
    price: Ints
    tables: list[tuple[int, ...]]
    of: list[range]
    rows: list[list[int]]
    """Options of which at most one is taken, table by table."""
    windows: list[tuple[list[int], int]]
    """Options that start in a window, and how many covers it takes."""

    @property
    def worth(self) -> int:
        """What everything asked for is worth."""
        return int(self.price.sum())

    def matrix(self) -> tuple[csr_array, NDArray[np.float64], NDArray[np.float64]]:
        """Rows with their lower and upper sides: parties, tables, windows."""
        parties, covers = self.evening.parties, [self.evening.parties[r].covers for r in self.party]
        rows: list[Sequence[int]] = [*self.of, *self.rows, *(options for options, _ in self.windows)]
        column = np.concatenate([np.asarray(row, np.int64) for row in rows]) if rows else np.zeros(0, np.int64)
        row = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        value = np.ones(len(column))
        paced = row >= len(self.of) + len(self.rows)
        value[paced] = np.asarray(covers, float)[column[paced]]
        most = [1.0] * (len(self.of) + len(self.rows)) + [float(limit) for _, limit in self.windows]
        least = [1.0 if party.must or party.locked else 0.0 for party in parties]
        least += [-np.inf] * (len(rows) - len(parties))
        shape = (len(rows), len(self.cost))
        return csr_array((value, (row, column)), shape=shape), np.array(least), np.array(most)


class Bound(Struct, frozen=True):
    """`cost`: no plan costs less. `whole`: the relaxation's best answer seats nobody in halves, it is a plan."""

    cost: int
    whole: bool


def model(evening: Evening) -> Model:
    """The model of an evening; a party without a legal place has no option."""
    places = list(_places(evening))
    party, cost, tables, of = [], [], [], []
    for r, asking in enumerate(evening.parties):
        found = sorted(_options(evening, asking, places))
        of.append(range(len(cost), len(cost) + len(found)))
        party += [r] * len(found)
        cost += [c for c, _ in found]
        tables += [at for _, at in found]
    price = [(evening.weights.unplaced * p.covers + p.value) * POINT for p in evening.parties]
    return Model(
        evening, np.array(party, np.int64), np.array(cost, np.int64), np.array(price, np.int64), tables, of,
        _rows(evening, party, tables), _windows(evening, party),
    )  # fmt: skip


def bound(of: Model) -> Bound:
    """The LP relaxation by HiGHS' interior point method, its value computed again from the duals: by weak duality that
    is a bound whatever the solver's tolerances were. ValueError: not even the relaxation keeps every promise.
    """
    if not len(of.cost):
        return Bound(of.worth, whole=True)
    matrix, least, most = of.matrix()
    costs, equal = (of.cost - of.price[of.party]).astype(float), least == most
    sides: dict[str, Any] = {"A_ub": matrix[~equal], "b_ub": most[~equal]}
    if equal.any():
        sides |= {"A_eq": matrix[equal], "b_eq": most[equal]}
    found = linprog(costs, **sides, bounds=(0, 1), method="highs-ipm")
    if found.status != 0:
        raise ValueError(f"the relaxation has no answer: {found.message}")
    duals = np.zeros(len(most))
    duals[~equal] = np.minimum(0.0, found.ineqlin.marginals)
    duals[equal] = found.eqlin.marginals if equal.any() else 0.0
    lowest = duals @ most + np.minimum(0.0, costs - matrix.T @ duals).sum()
    whole = bool(np.abs(found.x - found.x.round()).max() < TINY)
    return Bound(math.ceil(of.worth + lowest - TINY * abs(lowest)), whole)


# ---- judging a plan


def cost_of(of: Model, seats: Sequence[tuple[int, ...]]) -> int:
    """What a plan costs: `seats[r]` are the tables of party r, none = left out. KeyError: it has no such option."""
    total = 0
    for r, at in enumerate(seats):
        places = {of.tables[k]: int(of.cost[k]) for k in of.of[r]} if at else {(): int(of.price[r])}
        total += places[tuple(sorted(at))]
    return total


def wrong_with(of: Model, seats: Sequence[tuple[int, ...]]) -> list[str]:
    """What is illegal in a plan by this model; empty = nothing. Checks spans pair by pair, not the model's rows."""
    evening, wrong = of.evening, []
    spans: list[list[tuple[int, int, int]]] = [[] for _ in evening.tables]
    covers: dict[int, int] = {}
    promised: dict[int, int] = {}
    for r, (party, at) in enumerate(zip(evening.parties, seats, strict=True)):
        window = party.start // evening.pacing.window_min
        if party.must or party.locked:
            promised[window] = promised.get(window, 0) + party.covers
            if not at:
                wrong.append(f"party {r} has a promise and no table")
        if not at:
            continue
        if tuple(sorted(at)) not in (of.tables[k] for k in of.of[r]):
            wrong.append(f"party {r} cannot be at {at}")
        covers[window] = covers.get(window, 0) + party.covers
        for table in at:
            spans[table].append((party.start, party.end, r))
    for table, busy in enumerate(spans):
        for (_, end, r), (start, _, later) in pairwise(sorted(busy)):
            if start < end:
                wrong.append(f"parties {r} and {later} are both at table {table}")
    limit = evening.pacing.covers
    for window, seated in covers.items():
        if limit and seated > max(limit, promised.get(window, 0)):
            wrong.append(f"{seated} covers in window {window}")
    return wrong


# ---- building


def _places(evening: Evening) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """(tables, smallest party, seats) of single tables and of connected sets in which none is idle."""
    gain: dict[frozenset[int], int] = {}
    for join in evening.joins:
        pair = frozenset((join.a, join.b))
        more = join.combined_max - evening.tables[join.a].max_covers - evening.tables[join.b].max_covers
        gain[pair] = max(more, gain.get(pair, more))
    seats: dict[frozenset[int], int] = {}
    for at, table in enumerate(evening.tables):
        seats[frozenset((at,))] = table.max_covers
        yield (at,), table.min_covers, table.max_covers
    layer = list(seats)
    for _ in range(PLACE_TABLES - 1):
        wider = {part | pair for part in layer for pair in gain if len(part | pair) == len(part) + 1 and part & pair}
        layer = sorted(wider, key=sorted)
        for chosen in layer:
            seats[chosen] = sum(evening.tables[at].max_covers for at in chosen) + _tree(chosen, gain)
        for chosen in layer:
            parts = (frozenset(p) for n in range(1, len(chosen)) for p in combinations(chosen, n))
            enough = max(seats.get(part, 0) for part in parts)
            if seats[chosen] > enough:
                yield tuple(sorted(chosen)), enough + 1, seats[chosen]


def _tree(chosen: frozenset[int], gain: dict[frozenset[int], int]) -> int:
    """What the best tree of joins over these tables adds; by trying every tree."""
    inside = [(pair, more) for pair, more in gain.items() if pair <= chosen]
    best = None
    for edges in combinations(inside, len(chosen) - 1):
        reached = set(edges[0][0])
        for _ in edges:
            for pair, _more in edges:
                if reached & pair:
                    reached |= pair
        total = sum(more for _, more in edges)
        if reached == chosen and (best is None or total > best):
            best = total
    if best is None:
        raise ValueError(f"tables {sorted(chosen)} are not connected")
    return best


def _options(
    evening: Evening, party: Party, places: list[tuple[tuple[int, ...], int, int]]
) -> Iterator[tuple[int, tuple[int, ...]]]:  # fmt: skip
    now = tuple(sorted(party.now))
    for at, least, seats in places:
        tables = [evening.tables[table] for table in at]
        fits = seats >= party.covers and (party.covers >= least or at == now)
        allowed = at == now if party.locked and now else fits and _takes(party, tables)
        if allowed:
            yield _cost(evening, party, at, seats, tables), at


def _takes(party: Party, tables: list[Table]) -> bool:
    """Step-free where that is asked for, and open all the while."""
    closed = [span for table in tables for span in table.closed]
    if any(begin < party.end and party.start < until for begin, until in closed):
        return False
    return not party.accessible or all(table.accessible for table in tables)


def _cost(evening: Evening, party: Party, at: tuple[int, ...], seats: int, tables: list[Table]) -> int:
    weights = evening.weights
    features = suits = -1
    for table in tables:
        features, suits = features & table.features, suits & table.suits
    favourite_missed = bool(party.tables) and not set(party.tables) & set(at)
    whole = weights.guarantee * (favourite_missed and party.guaranteed)
    whole += weights.wasted * max(0, seats - party.covers)
    whole += weights.feature * (party.features & ~features).bit_count()
    preferences = [
        favourite_missed and not party.guaranteed,
        party.area != ANYWHERE and any(table.area != party.area for table in tables),
        bool(party.occasion & ~suits),
    ]
    whole += weights.preference * sum(preferences)
    whole += weights.joined * (len(at) - 1)
    whole += weights.moved * (bool(party.now) and at != tuple(sorted(party.now)))
    rank = max((10 - table.priority) * 50 // 9 + (100 - table.score) // 2 for table in tables)
    return whole * POINT + weights.priority * rank


def _rows(evening: Evening, party: list[int], tables: list[tuple[int, ...]]) -> list[list[int]]:
    """For each table, its options at each start; a row contained in another says nothing."""
    on: list[list[int]] = [[] for _ in evening.tables]
    for k, at in enumerate(tables):
        for table in at:
            on[table].append(k)
    rows = []
    for options in on:
        spans = [(evening.parties[party[k]].start, evening.parties[party[k]].end, k) for k in options]
        starts = sorted({start for start, _, _ in spans})
        there = [[k for start, end, k in spans if start <= at < end] for at in starts]
        for n, row in enumerate(there):
            after = there[n + 1] if n + 1 < len(there) else []
            if len(row) > 1 and not set(row) <= set(after):
                rows.append(row)
    return rows


def _windows(evening: Evening, party: list[int]) -> list[tuple[list[int], int]]:
    if not evening.pacing.covers:
        return []
    starts: dict[int, list[int]] = {}
    promised: dict[int, int] = {}
    for r, asking in enumerate(evening.parties):
        window = asking.start // evening.pacing.window_min
        starts.setdefault(window, []).append(r)
        promised[window] = promised.get(window, 0) + asking.covers * (asking.must or asking.locked)
    windows = []
    for window, parties in sorted(starts.items()):
        limit = max(evening.pacing.covers, promised[window])
        if sum(evening.parties[r].covers for r in parties) > limit:
            chosen = set(parties)
            windows.append(([k for k, r in enumerate(party) if r in chosen], limit))
    return windows
