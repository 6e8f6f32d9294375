"""The waiting line played forward: who could sit where, and when (F-WTL-02, R-WTL-08).

Parties are served in the order given; each takes, among all tables and joined pairs that fit it, the one that is free
for its whole turn at the earliest minute (between equals: the cheapest by `best_fit.cost`), and blocks it from then on
for its turn and the buffer. A table meant for more people is taken only when nothing else is in sight before `horizon`.
After the line, the same question is asked for each probe (a party that might walk in), which blocks nothing.
"""

from bisect import insort
from collections.abc import Sequence

from msgspec import Struct

from solvers.seating import best_fit
from solvers.seating.problem import Join, Party, Table, Weights

NOT_IN_SIGHT = -1


class Busy(Struct, frozen=True):
    """A table with its planned and actual use: sorted half-open spans of minutes; out of use = one endless span."""

    table: Table
    spans: tuple[tuple[int, int], ...] = ()


class Ready(Struct, frozen=True):
    """From which minute a party could sit (`NOT_IN_SIGHT` = not before the horizon), where, and until when that place
    is free then.
    """

    minute: int
    tables: tuple[int, ...] = ()
    free_until: int = 0


class Line(Struct, frozen=True):
    parties: list[Ready]
    probes: list[Ready]


class _Place(Struct, frozen=True):
    tables: tuple[int, ...]
    seats: int
    least: int
    accessible: bool
    most_single: int  # the larger of a pair's tables; a party it seats alone does not need the pair


def play(
    floor: Sequence[Busy],
    joins: Sequence[Join],
    parties: Sequence[Party],
    probes: Sequence[Party],
    *,
    buffer_min: int,
    horizon_min: int,
    weights: Weights,
) -> Line:
    """Plays the line forward over `horizon_min` minutes. `floor` is not changed."""
    tables = [busy.table for busy in floor]
    spans = [list(busy.spans) for busy in floor]
    places = [_Place((at,), t.max_covers, t.min_covers, t.accessible, 0) for at, t in enumerate(tables)]
    for join in joins:
        a, b = tables[join.a], tables[join.b]
        most = max(a.max_covers, b.max_covers)
        places.append(_Place((join.a, join.b), join.combined_max, most + 1, a.accessible and b.accessible, most))

    def serve(party: Party) -> Ready:
        return _earliest(party, places, tables, spans, horizon=horizon_min, weights=weights)

    served = []
    for party in parties:
        ready = serve(party)
        served.append(ready)
        for at in ready.tables:
            insort(spans[at], (ready.minute, ready.minute + party.need_min + buffer_min))
    return Line(served, [serve(probe) for probe in probes])


def _earliest(
    party: Party,
    places: list[_Place],
    tables: list[Table],
    spans: list[list[tuple[int, int]]],
    *,
    horizon: int,
    weights: Weights,
) -> Ready:
    for below_min in (False, True):
        best: tuple | None = None
        for place in places:
            if place.seats < party.covers or (party.covers < place.least) != below_min:
                continue
            if (party.accessible and not place.accessible) or party.covers <= place.most_single:
                continue
            limit = horizon if best is None else best[0]
            minute = _gap([spans[at] for at in place.tables], party.need_min, limit)
            if minute > limit:
                continue
            dear = best_fit.cost(place.seats - party.covers, tuple(tables[at] for at in place.tables), party, weights)
            offer = (minute, dear, len(place.tables), place.tables)
            if best is None or offer < best:
                best = offer
        if best is not None:
            minute, _, _, taken = best
            after = [start for at in taken for start, _ in spans[at] if start >= minute + party.need_min]
            return Ready(minute, taken, min(after, default=horizon))
    return Ready(NOT_IN_SIGHT)


def _gap(spans: list[list[tuple[int, int]]], need: int, limit: int) -> int:
    """The first minute from which all these tables are free for `need` minutes; anything beyond `limit` is as good as
    never.
    """
    minute, moved = 0, True
    while moved and minute <= limit:
        moved = False
        for table in spans:
            for start, end in table:
                if start >= minute + need:
                    break
                if end > minute:
                    minute, moved = end, True
    return minute
