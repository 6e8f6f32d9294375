"""Every place of a floor plan: single tables and connected sets of up to four (F-ASN-02), found once per plan.

A set is connected if its joins hold it together. A pair seats its join's `combined_max`; a larger set seats the sum of
its tables and what the joins of its best spanning tree add (or take). `min_covers` of a set is one more than the most
that a connected part of it seats: below that a table would be unnecessary. Sets that seat no more than a part are left
out. Places 0 … T − 1 are the tables themselves, in order; then pairs, triples, fours, each in order of its tables.
"""

from functools import lru_cache
from itertools import combinations

from solvers.seating.evening import PLACE_TABLES, Place, Table
from solvers.seating.problem import Join

SETS_MAX = 3000
"""The most sets kept of each size: a dense floor (everything movable) has millions, and most of them are alike."""


def places(tables: tuple[Table, ...], joins: tuple[Join, ...]) -> tuple[Place, ...]:
    """All places; remembered for the last few floor plans."""
    return places_of(tuple((table.min_covers, table.max_covers) for table in tables), joins)


@lru_cache(maxsize=128)
def places_of(sizes: tuple[tuple[int, int], ...], joins: tuple[Join, ...]) -> tuple[Place, ...]:
    """The same for tables of which only the least and the most covers matter."""
    gains = _gains(sizes, joins)
    near: list[set[int]] = [set() for _ in sizes]
    for a, b in gains:
        near[a].add(b)
        near[b].add(a)
    known: dict[tuple[int, ...], int | None] = {}

    def seats(chosen: tuple[int, ...]) -> int:
        if chosen not in known:
            known[chosen] = _seats(chosen, sizes, gains)
        return known[chosen] or 0

    found = [Place((at,), least, most) for at, (least, most) in enumerate(sizes)]
    layer = [place.tables for place in found]
    for _ in range(1, PLACE_TABLES):
        grown = {tuple(sorted((*part, at))) for part in layer for of in part for at in near[of] - {*part}}
        layer = _thinned(sorted(grown))
        for chosen in layer:
            enough = max(seats(part) for size in range(1, len(chosen)) for part in combinations(chosen, size))
            if seats(chosen) > enough:
                found.append(Place(chosen, enough + 1, seats(chosen)))
    return tuple(found)


def seats_of(chosen: tuple[int, ...], tables: tuple[Table, ...], joins: tuple[Join, ...]) -> int:
    """What these tables seat together; where nothing joins two of them, what they seat side by side."""
    joined = seats_joined(chosen, tuple((table.min_covers, table.max_covers) for table in tables), joins)
    return sum(tables[at].max_covers for at in chosen) if joined is None else joined


def seats_joined(chosen: tuple[int, ...], sizes: tuple[tuple[int, int], ...], joins: tuple[Join, ...]) -> int | None:
    """What these tables seat pushed together; None where their joins do not hold them together."""
    return _seats(chosen, sizes, _gains(sizes, joins))


def _gains(sizes: tuple[tuple[int, int], ...], joins: tuple[Join, ...]) -> dict[tuple[int, int], int]:
    """What joining a pair adds to its two tables; of a pair listed twice the better."""
    gains: dict[tuple[int, int], int] = {}
    for join in joins:
        pair = (min(join.a, join.b), max(join.a, join.b))
        if pair[0] != pair[1]:
            gain = join.combined_max - sizes[pair[0]][1] - sizes[pair[1]][1]
            gains[pair] = max(gain, gains.get(pair, gain))
    return gains


def _seats(
    chosen: tuple[int, ...], sizes: tuple[tuple[int, int], ...], gains: dict[tuple[int, int], int]
) -> int | None:  # fmt: skip
    """Kruskal's best spanning tree over a handful of tables; None = there is none."""
    group = {at: at for at in chosen}
    total, trees = sum(sizes[at][1] for at in chosen), len(chosen)
    pairs = [pair for pair in combinations(sorted(chosen), 2) if pair in gains]
    for a, b in sorted(pairs, key=lambda pair: (-gains[pair], pair)):
        if group[a] != group[b]:
            total, trees = total + gains[a, b], trees - 1
            gone, kept = group[b], group[a]
            group = {at: kept if of == gone else of for at, of in group.items()}
    return total if trees == 1 else None


def _thinned(found: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """At most `SETS_MAX`, taken evenly over the floor."""
    if len(found) <= SETS_MAX:
        return found
    return [found[at * len(found) // SETS_MAX] for at in range(SETS_MAX)]
