"""A floor plan in arrays: every place a party can be given, cheapest fit first, and which of them suit whom.

Places come from the seating room's enumeration; here they are only laid out so that compiled loops can read them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from solvers.seating.evening import PLACE_TABLES, Place, Table
from solvers.seating.places import places
from solvers.seating.problem import ANYWHERE, Join

MIXED = -2
"""The area of a place whose tables lie in several: it is in none that a party could ask for."""

NO_TABLE = -1


@dataclass(frozen=True)
class Floor:
    """P places over T tables. `tabs` (P × 4, padded with `NO_TABLE`), `least` and `most` covers, `reach` (all tables
    accessible), `area`, `features` (of all its tables). Ordered by seats, then tables: the first that is free wastes
    least.
    """

    tables: tuple[Table, ...]
    places: tuple[Place, ...]
    tabs: np.ndarray
    least: np.ndarray
    most: np.ndarray
    reach: np.ndarray
    area: np.ndarray
    features: np.ndarray
    seats: np.ndarray  # of each table

    @classmethod
    def of(cls, tables: Sequence[Table], places: Sequence[Place]) -> "Floor":
        ordered = sorted(places, key=lambda place: (place.max_covers, len(place.tables), place.tables))
        count = len(ordered)
        tabs = np.full((count, PLACE_TABLES), NO_TABLE, np.int16)
        area = np.full(count, MIXED, np.int16)
        features = np.zeros(count, np.int64)
        reach = np.zeros(count, np.bool_)
        for at, place in enumerate(ordered):
            of = [tables[t] for t in place.tables]
            tabs[at, : len(of)] = place.tables
            features[at] = of[0].features
            for table in of:
                features[at] &= table.features
            reach[at] = all(table.accessible for table in of)
            if len({table.area for table in of}) == 1:
                area[at] = of[0].area
        return cls(
            tuple(tables), tuple(ordered), tabs,
            np.array([place.min_covers for place in ordered], np.int16),
            np.array([place.max_covers for place in ordered], np.int16),
            reach, area, features, np.array([table.max_covers for table in tables], np.int16),
        )  # fmt: skip

    @cached_property
    def index(self) -> dict[tuple[int, ...], int]:
        """Tables (ascending) → place."""
        return {place.tables: at for at, place in enumerate(self.places)}

    def suiting(self, covers: int, accessible: bool, area: int, wanted: int) -> list[int]:
        """The places legal by size and access, in this area (`ANYWHERE` = any) and with all `wanted` features, in the
        floor's order.
        """
        fits = (self.least <= covers) & (covers <= self.most) & ((self.features & wanted) == wanted)
        if accessible:
            fits &= self.reach
        if area != ANYWHERE:
            fits &= self.area == area
        return np.flatnonzero(fits).tolist()


@lru_cache(maxsize=32)
def plan(tables: tuple[Table, ...], joins: tuple[Join, ...]) -> Floor:
    """The places of a floor plan in arrays, remembered for the last few plans."""
    return Floor.of(tables, places(tables, joins))
