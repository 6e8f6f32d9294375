"""Evenings to ask about: small random ones for brute force, and whole services booked up first come, first served.

A service of T tables (2, 4, 6 and 8 seats; each joined to its right neighbour within rows of five) takes bookings for
17:00–21:45 in order of call, bell-shaped over the evening, most for two and four; each gets the smallest place that is
free as the others sit, or is turned away. `calls` per table: about 3.5 fills a calm evening, 8 more than anybody can take.
"""

import random

from solvers.seating.evening import Evening, Party, Table
from solvers.seating.places import places
from solvers.seating.problem import Join

SIZES = (2, 2, 2, 2, 4, 4, 4, 4, 6, 8)
COVERS = (1, 2, 2, 2, 2, 2, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 7, 8, 10, 12)
FIRST, LAST, BUFFER = 0, 285, 15


def floor(tables: int, rng: random.Random) -> tuple[tuple[Table, ...], tuple[Join, ...]]:
    sizes = [SIZES[n % len(SIZES)] for n in range(tables)]
    rng.shuffle(sizes)
    made = tuple(
        Table(
            max(1, size // 2 - 1), size, area=n * 3 // tables, accessible=rng.random() < 0.7, features=rng.randrange(8)
        )
        for n, size in enumerate(sizes)
    )
    joins = tuple(
        Join(n, n + 1, sizes[n] + sizes[n + 1] - rng.choice((0, 0, 1))) for n in range(tables - 1) if n % 5 != 4
    )
    return made, joins


def a_party(rng: random.Random, **more) -> Party:
    covers = rng.choice(COVERS)
    bell = sum(rng.random() for _ in range(3)) / 3
    start = min(LAST, FIRST + 15 * int(bell * 20))
    turn = 75 if covers <= 2 else 105 if covers <= 4 else 135
    return Party(**{
        "covers": covers, "start": start, "turn_min": turn + rng.choice((0, 0, 15)), "buffer_min": BUFFER,
        "accessible": rng.random() < 0.06, "must": True, **more,
    })  # fmt: skip


def booked(tables: int, calls: float, seed: int) -> Evening:
    rng = random.Random(seed)
    made, joins = floor(tables, rng)
    spots = sorted(places(made, joins), key=lambda place: (place.max_covers, len(place.tables), place.tables))
    taken: dict[int, list[tuple[int, int]]] = {t: [] for t in range(tables)}
    parties = []
    for _ in range(int(tables * calls)):
        party = a_party(rng)
        for spot in spots:
            if not spot.min_covers <= party.covers <= spot.max_covers:
                continue
            if party.accessible and not all(made[t].accessible for t in spot.tables):
                continue
            if all(end <= party.start or party.end <= start for t in spot.tables for start, end in taken[t]):
                break
        else:
            continue
        for t in spot.tables:
            taken[t].append((party.start, party.end))
        fields = {name: getattr(party, name) for name in party.__struct_fields__}
        parties.append(Party(**{**fields, "now": spot.tables}))
    return Evening(made, joins, tuple(parties))
