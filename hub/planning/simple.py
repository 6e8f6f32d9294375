"""The plan when nobody could think: who has a table keeps it, the others get the best that is free, promises first.

Quick, never illegal, nothing proven. Who cannot stay (the table is lost, or somebody sits there) is placed like one
without a table. Its cost leaves out tight turns and the balance between servers.
"""

import numpy as np

from solvers.seating.evening import POINT, Evening, Plan, Seat
from solvers.seating.options import TERMS, Options, options, worth


def simple(evening: Evening) -> Plan:
    """A legal plan of the evening."""
    of = options(evening)
    chosen = _chosen(evening, of)
    prices = worth(evening)
    seats: list[Seat] = []
    total = dict.fromkeys(("unplaced", *TERMS), 0)
    for at, option in enumerate(chosen):
        if option is None:
            terms = {"unplaced": int(prices[at])}
        else:
            terms = {name: int(points) for name, points in zip(TERMS, of.terms[option], strict=True) if points}
        tables = () if option is None else of.tables_of(option)
        seats.append(Seat(tables, terms, "full" if option is None else ""))
        for name, points in terms.items():
            total[name] += points
    cost, asked = sum(total.values()), int(prices.sum())
    moved = tuple(
        at for at, (seat, party) in enumerate(zip(seats, evening.parties, strict=True))
        if party.now and {*seat.tables} != {*party.now}
    )  # fmt: skip
    covers = sum(party.covers for seat, party in zip(seats, evening.parties, strict=True) if seat.tables)
    return Plan(
        seats=tuple(seats), cost=cost, bound=0, gap=min(1.0, cost / max(asked, POINT)), proven=False, by="greedy",
        stopped=True, covers=covers, moved=moved, terms={name: points for name, points in total.items() if points},
    )  # fmt: skip


def _chosen(evening: Evening, of: Options) -> list[int | None]:
    """By party: its option, or None. Locked parties first, then those that can stay, then promises, then the large."""
    parties = evening.parties
    stays = [_present(evening, of, at) for at in range(len(parties))]
    order = sorted(
        range(len(parties)),
        key=lambda at: (
            not parties[at].locked, stays[at] is None, not parties[at].must, -parties[at].covers, parties[at].start, at
        ),
    )  # fmt: skip
    taken: list[list[tuple[int, int]]] = [[] for _ in evening.tables]
    arriving = np.zeros(len(of.limit), np.int64)
    chosen: list[int | None] = [None] * len(parties)
    for at in order:
        party, window = parties[at], int(of.window[at])
        paced = window < 0 or party.locked or arriving[window] + party.covers <= of.limit[window]
        tried = [] if not paced else list(of.of(at)) if stays[at] is None else [stays[at], *of.of(at)]
        for option in tried:
            if option is None or any(
                start < party.end and party.start < end
                for table in of.tables_of(option) for start, end in taken[table] if not party.locked
            ):  # fmt: skip
                continue
            chosen[at] = option
            for table in of.tables_of(option):
                taken[table].append((party.start, party.end))
            if window >= 0:
                arriving[window] += party.covers
            break
    return chosen


def _present(evening: Evening, of: Options, at: int) -> int | None:
    """The option of staying where one is, if that is one."""
    now = {*evening.parties[at].now}
    return next((option for option in of.of(at) if now and {*of.tables_of(option)} == now), None)
