"""Evenings to plan: restaurants and their books, drawn from a seed. The same words and seed give the same evening.

The house. Tables stand on a grid a little wider than deep, an area every few columns (the first is the main room, the
last the terrace); 46 % seat two, 33 % four, 14 % six, 7 % eight. Neighbours in the same row or column of an area are
joined in three cases of four, never an eight: no table has more than four neighbours, so the sets of up to four that
can be pushed together grow with the tables, not with their square. A pair of larger tables loses two seats in one case
of three (the ends meet). A section is about five tables with one server. One table in six has step-free access, one in
four stands at a window, one in five is quiet, one in eight a booth.

The book. Sizes and hours of real books (`demand`), starts on the quarter. A party up to two stays 75 to 90 minutes, one
more quarter for every two guests up to 150, then 15 minutes of cleaning; one in six tends to stay half an hour longer.
4 % ask for step-free access, 10 % for an area, 15 % for a feature, 8 % have an occasion, 6 % a favourite table, which
is guaranteed to one in three of them; one in ten is worth more than its covers.

Some of the book is settled before: the first calls, a quarter of them, were promised a seat and have the table of then
(best fit; another time if nothing was free); a few of these a host has pinned. All the others only ask.

- `over`: one evening, 17 to 23 o'clock, by the hours people really ask for. Far more covers are asked than fit.
- `calm`: the same house open from 11:30. Each party is offered another time until one fits a plan that is then thrown
  away but for the promises, so that everybody can be placed, though not by everyone.
- `booked`: whoever could be was promised a table at one of three times asked for, and nobody else asks.
"""

from random import Random
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bench.simulator import demand
from solvers.seating.evening import Evening, Pacing, Party, Table, Weights
from solvers.seating.problem import ANYWHERE, Join

QUARTER: Final = 15
BUFFER_MIN: Final = 15
CLOSES: Final = 24 * 60 + 30
TOPS: Final = ((2, 1, 0.46), (4, 2, 0.33), (6, 3, 0.14), (8, 5, 0.07))
"""Seats, the smallest party they are meant for, share of the house."""
AREA_TABLES, SECTION_TABLES = 40, 5
WINDOW, QUIET, BOOTH = 1, 2, 4
ROMANTIC, FAMILY, BUSINESS = 1, 2, 4
LARGEST_OVER, LARGEST_CALM = 14, 8
FRIDAY: Final = 4
PACED_SEATS: Final = 3
"""A third of the seats may be newly taken in a quarter of an hour."""
TRIES, PATIENCE = 60, 3
CONTEST: Final = Weights(tight=0, balance=0)
"""What every method can count: the terms of one party at one place. Terms between parties have no word in the models of
the peers; they are measured apart.
"""


class Kind(Struct, frozen=True):
    """What an evening is drawn from. `promised` and `pinned` are shares of the book."""

    tables: int
    parties: int
    over: bool = True
    promised: float = 0.25
    pinned: float = 0.04

    @property
    def name(self) -> str:
        return f"{self.tables}/{self.parties} {'over' if self.over else 'calm'}"


SIZES: Final = ((20, 60), (40, 150), (80, 300), (150, 600))
KINDS: Final = tuple(Kind(tables, parties, over) for tables, parties in SIZES for over in (False, True))


def evening(kind: Kind, seed: int, weights: Weights = CONTEST) -> Evening:
    """One evening, planned before its doors open."""
    rng = Random(f"{seed}|{kind.tables}|{kind.parties}|{kind.over}")
    tables, joins = house(rng, kind.tables)
    return Evening(tables, joins, book(rng, kind, tables, joins), pacing(tables), weights)


def booked(kind: Kind, seed: int, day: int = 0) -> Evening:
    """A house in which everybody who could be was promised a table, and nobody else asks: first come, first served.
    The days of one seed are books of one house.
    """
    rng = Random(f"{seed}|{kind.tables}")
    tables, joins = house(rng, kind.tables)
    full = replace(kind, promised=1.0)
    taken = book(Random(f"{seed}|{kind.tables}|{kind.parties}|{day}"), full, tables, joins, tries=PATIENCE)
    return Evening(tables, joins, tuple(party for party in taken if party.must), weights=CONTEST)


def pacing(tables: tuple[Table, ...]) -> Pacing:
    return Pacing(sum(table.max_covers for table in tables) // PACED_SEATS, QUARTER)


# ---- the house


def house(rng: Random, count: int) -> tuple[tuple[Table, ...], tuple[Join, ...]]:
    columns = max(2, round((count * 1.6) ** 0.5))
    rows = -(-count // columns)
    stripe = max(2, AREA_TABLES // rows)
    tops = _tops(rng, count)
    # a section runs down a column and up the next, so that its tables are neighbours
    order = sorted(range(count), key=lambda at: (at % columns, (at // columns) * (1 if at % columns % 2 else -1)))
    section = {at: n // SECTION_TABLES for n, at in enumerate(order)}
    tables = []
    for at, (seats, least) in enumerate(tops):
        border = at % columns in (0, columns - 1) or at // columns in (0, rows - 1)
        features = WINDOW * (border and rng.random() < 0.5) | QUIET * (rng.random() < 0.2)
        features |= BOOTH * (rng.random() < 0.125)
        suits = sum(bit for bit in (ROMANTIC, FAMILY, BUSINESS) if rng.random() < 0.25)
        tables.append(Table(
            least, seats, area=at % columns // stripe, section=section[at], accessible=rng.random() < 1 / 6,
            priority=rng.choice((3, 5, 5, 5, 8)), score=rng.randrange(30, 91), features=features, suits=suits,
        ))  # fmt: skip
    joins = []
    for at in range(count):
        for by in (at + 1 if (at + 1) % columns else count, at + columns):
            joined, ends_meet = rng.random() < 0.75, rng.random() < 1 / 3
            if by >= count or not joined or tables[at].area != tables[by].area:
                continue
            sizes = tables[at].max_covers, tables[by].max_covers
            if max(sizes) < 8:
                joins.append(Join(at, by, sum(sizes) - 2 * (ends_meet and min(sizes) > 2)))
    return tuple(tables), tuple(joins)


def _tops(rng: Random, count: int) -> list[tuple[int, int]]:
    """Seats and smallest party of each table, in shares as exact as the count allows."""
    tops = [(seats, least) for seats, least, share in TOPS for _ in range(round(share * count))]
    tops = (tops + [(TOPS[0][0], TOPS[0][1])] * count)[:count]
    rng.shuffle(tops)
    return tops


# ---- the book


def book(
    rng: Random, kind: Kind, tables: tuple[Table, ...], joins: tuple[Join, ...], *, tries: int = TRIES
) -> tuple[Party, ...]:  # fmt: skip
    """Who is promised a seat has asked for up to so many times."""
    taken = Taken(tables, joins)
    promised, pinned, parties = kind.promised * kind.parties, kind.pinned * kind.parties, []
    covers_max = pacing(tables).covers
    paced: dict[int, int] = {}
    while len(parties) < kind.parties:
        party = _wish(rng, kind, tables)
        early = kind.over and len(parties) < promised  # whoever calls first is promised a seat, if there is one
        now: tuple[int, ...] = ()
        if early or not kind.over:
            for _ in range(tries):
                now = taken.place(party) if paced.get(party.start, 0) + party.covers <= covers_max else ()
                if now:
                    break
                party = replace(party, start=_start(rng, kind, party))
            if not now and not kind.over:
                continue  # nothing for such a party all day: somebody else calls
            if now:
                taken.take(party, now)
                paced[party.start] = paced.get(party.start, 0) + party.covers
        has_promise = bool(now) and len(parties) < promised
        parties.append(replace(party, now=now, must=True) if has_promise else party)
    settled = [at for at, party in enumerate(parties) if party.must]
    for at in rng.sample(settled, min(int(pinned), len(settled))):
        parties[at] = replace(parties[at], locked=True)
    return tuple(rng.sample(parties, len(parties)))


def _wish(rng: Random, kind: Kind, tables: tuple[Table, ...]) -> Party:
    covers = demand.covers(rng, largest=LARGEST_OVER if kind.over else LARGEST_CALM)
    turn = min(150, 75 + QUARTER * ((covers - 1) // 2) + rng.choice((0, 0, QUARTER)))
    favourite = rng.randrange(len(tables)) if rng.random() < 0.06 else None
    if favourite is not None and tables[favourite].max_covers < covers:
        favourite = None
    areas = 1 + max(table.area for table in tables)
    party = Party(
        covers, 0, turn, BUFFER_MIN, risk_min=30 if rng.random() < 1 / 6 else 0, accessible=rng.random() < 0.04,
        area=rng.randrange(areas) if rng.random() < 0.10 else ANYWHERE,
        features=rng.choice((WINDOW, QUIET, BOOTH)) if rng.random() < 0.15 else 0,
        occasion=rng.choice((ROMANTIC, FAMILY, BUSINESS)) if rng.random() < 0.08 else 0,
        tables=() if favourite is None else (favourite,), guaranteed=favourite is not None and rng.random() < 1 / 3,
        value=rng.randrange(10, 101) if rng.random() < 0.1 else 0,
    )  # fmt: skip
    return replace(party, start=_start(rng, kind, party))


def _start(rng: Random, kind: Kind, party: Party) -> int:
    """A quarter hour that leaves the party its turn before the house closes."""
    while True:
        if kind.over or rng.random() < 0.5:
            hours = demand.evening_hour_share(FRIDAY)
            start = rng.choices(list(hours), list(hours.values()))[0] * 60 + QUARTER * rng.randrange(4)
        else:
            start = 11 * 60 + 30 + QUARTER * rng.randrange(22)
        if start + party.turn_min <= CLOSES:
            return start


class Taken:
    """A book as most are kept: the smallest table that is free, else the smallest pair."""

    def __init__(self, tables: tuple[Table, ...], joins: tuple[Join, ...]) -> None:
        singles = [(t.max_covers, t.min_covers, t.accessible, (at,)) for at, t in enumerate(tables)]
        pairs = []
        for join in joins:
            a, b = tables[join.a], tables[join.b]
            larger = max(a.max_covers, b.max_covers)
            if join.combined_max > larger:
                both = (join.a, join.b)
                pairs.append((join.combined_max, larger + 1, a.accessible and b.accessible, both))
        self.places = sorted(singles, key=lambda place: place[0]) + sorted(pairs, key=lambda place: place[0])
        self.spans: list[list[tuple[int, int]]] = [[] for _ in tables]

    def place(self, party: Party) -> tuple[int, ...]:
        for seats, least, accessible, at in self.places:
            if least <= party.covers <= seats and (accessible or not party.accessible) and self.free(at, party):
                return at
        return ()

    def free(self, tables: tuple[int, ...], party: Party) -> bool:
        return all(end <= party.start or party.end <= start for at in tables for start, end in self.spans[at])

    def take(self, party: Party, tables: tuple[int, ...]) -> None:
        for at in tables:
            self.spans[at].append((party.start, party.end))
