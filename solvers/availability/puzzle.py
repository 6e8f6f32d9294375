"""A seating question in arrays: parties at fixed times, the places each may have, and where they sit so far.

Whatever stays where it is (a closed table, a table under a locked party) is not a party here: it is a `Wall`, and only
takes places away from those it meets.
"""
# ruff: noqa: ANN001, ANN202

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numba import njit

from solvers.availability import chase
from solvers.availability.floor import Floor
from solvers.seating.evening import Party
from solvers.seating.problem import ANYWHERE

CLOSED = -1
"""The owner of a wall that is no party."""


class Wall(Struct, frozen=True):
    """Nobody else at `table` during [start, end): because of the locked party `owner`, or `CLOSED`."""

    table: int
    start: int
    end: int
    owner: int = CLOSED


@dataclass(frozen=True)
class Walls:
    """Walls by table: those of table t are rows `first[t]` … `first[t+1] − 1`."""

    first: np.ndarray
    start: np.ndarray
    end: np.ndarray

    @classmethod
    def of(cls, walls: Sequence[Wall], tables: int) -> "Walls":
        ordered = sorted(walls, key=lambda wall: (wall.table, wall.start))
        return cls(
            np.searchsorted([wall.table for wall in ordered], np.arange(tables + 1)).astype(np.int32),
            np.array([wall.start for wall in ordered], np.int32), np.array([wall.end for wall in ordered], np.int32),
        )  # fmt: skip

    def clear(self, tables: Iterable[int], start: int, end: int) -> bool:
        """Whether none of these tables meets a wall during [start, end)."""
        rows = (slice(self.first[t], self.first[t + 1]) for t in tables)
        return not any(((self.start[row] < end) & (start < self.end[row])).any() for row in rows)


def legal(floor: Floor, walls: Walls, party: Party, *, firm: bool) -> np.ndarray:
    """The places the party may have at its time, the one that wastes least first. `firm`: only those in its area, with
    all its features.
    """
    out = np.empty(len(floor.places), np.int32)
    area, features = (party.area, party.features) if firm else (ANYWHERE, 0)
    found = _legal(
        floor.tabs, floor.least, floor.most, floor.reach, floor.area, floor.features,
        walls.first, walls.start, walls.end,
        party.covers, party.accessible, area, features, party.start, party.end, out,
    )  # fmt: skip
    return out[:found]


@njit(cache=True, nogil=True)
def _suiting(least, most, reach, areas, features, covers, accessible, area, wanted, out):
    """Writes into `out` the places legal by size and access, in this area (`ANYWHERE` = any) and with all `wanted`
    features, in the floor's order; how many.
    """
    found = 0
    for p in range(len(least)):
        if covers < least[p] or covers > most[p] or (accessible and not reach[p]):
            continue
        if (area != ANYWHERE and areas[p] != area) or (features[p] & wanted) != wanted:
            continue
        out[found] = p
        found += 1
    return found


@njit(cache=True, nogil=True)
def _legal(
    tabs, least, most, reach, areas, features, wall_first, wall_start, wall_end,
    covers, accessible, area, wishes, start, end, out,
):  # fmt: skip
    found = _suiting(least, most, reach, areas, features, covers, accessible, area, wishes, out)
    shut = np.zeros(len(wall_first) - 1, np.bool_)
    for t in range(len(shut)):
        for i in range(wall_first[t], wall_first[t + 1]):
            shut[t] |= wall_start[i] < end and start < wall_end[i]
    kept = 0
    for i in range(found):
        ok = True
        for j in range(tabs.shape[1]):
            t = tabs[out[i], j]
            ok &= t < 0 or not shut[t]
        if ok:
            out[kept] = out[i]
            kept += 1
    return kept


@dataclass(frozen=True)
class Puzzle:
    """n parties, K options. `start`, `end` (n, minutes); the places of party r are `option[first[r] : first[r+1]]`;
    `at` (n) the place it has, `chase.OUT` for those to be seated. Nobody who sits is in another's way.
    """

    floor: Floor
    start: np.ndarray
    end: np.ndarray
    first: np.ndarray
    option: np.ndarray
    at: np.ndarray

    @classmethod
    def of(
        cls, floor: Floor, spans: Sequence[tuple[int, int]], options: Sequence[np.ndarray], at: Sequence[int]
    ) -> "Puzzle":  # fmt: skip
        """From each party's [start, end), places and present place."""
        first = np.zeros(len(options) + 1, np.int32)
        np.cumsum([len(of) for of in options], out=first[1:])
        return cls(
            floor, np.array([start for start, _ in spans], np.int32), np.array([end for _, end in spans], np.int32),
            first, np.concatenate(options).astype(np.int32) if options else np.empty(0, np.int32),
            np.array(at, np.int32),
        )  # fmt: skip

    def joined_by(self, spans: Sequence[tuple[int, int]], options: Sequence[np.ndarray]) -> "Puzzle":
        """With more parties, to be seated."""
        more = Puzzle.of(self.floor, spans, options, [chase.OUT] * len(spans))
        return Puzzle(
            self.floor, np.concatenate((self.start, more.start)), np.concatenate((self.end, more.end)),
            np.concatenate((self.first, more.first[1:] + self.first[-1])),
            np.concatenate((self.option, more.option)), np.concatenate((self.at, more.at)),
        )  # fmt: skip

    def seated(self, at: np.ndarray) -> "Puzzle":
        """The same with everybody at these places."""
        return Puzzle(self.floor, self.start, self.end, self.first, self.option, at)

    @property
    def tables(self) -> int:
        return len(self.floor.tables)

    @cached_property
    def party(self) -> np.ndarray:
        """Of each option, its party."""
        return np.repeat(np.arange(len(self.start)), np.diff(self.first))

    @cached_property
    def kind(self) -> np.ndarray:
        """Of each party, a number it shares with those that may have the same places."""
        kinds: dict[bytes, int] = {}
        whole, size = self.option.tobytes(), self.option.itemsize
        edges = (self.first * size).tolist()
        return np.array([kinds.setdefault(whole[a:b], len(kinds)) for a, b in pairwise(edges)], np.int64)

    @cached_property
    def like(self) -> np.ndarray:
        """Of each kind, the first party."""
        return np.unique(self.kind, return_index=True)[1]

    @cached_property
    def reach(self) -> tuple[np.ndarray, np.ndarray]:
        """`chase.reaches` of all parties."""
        return chase.reaches(self.floor.tabs, self.first, self.option, -(-self.tables // 64))

    def at_once(self) -> np.ndarray | None:
        """The plan in which nobody moves, if there is one."""
        at = self.at.copy()
        done = chase.at_once(self.floor.tabs, self.start, self.end, self.first, self.option, at, self.tables)
        return at if done else None

    def pinched(self) -> np.ndarray | None:
        """Parties that are too many for their tables at some instant: a proof that nobody else fits."""
        bits, need = self.reach
        crowd = np.zeros(len(self.start), np.bool_)
        tau = chase.pinch(self.floor.tabs, self.start, self.end, self.at, bits, need, self.tables, crowd)
        return crowd if tau >= 0 else None

    def chased(self, *, seed: int, steps: int, begin: np.ndarray | None = None, keep: int = 0) -> np.ndarray | None:
        """A plan that seats everybody, found in so many ejections, if it was. `begin`: where to set out from. `keep`:
        how dear it is to put out who sits where they are now, in ejections.
        """
        at = (self.at if begin is None else begin).copy()
        took = chase.chase(
            self.floor.tabs, self.start, self.end, self.first, self.option, at, self.at, self.tables, seed, steps, keep
        )
        return at if took >= 0 else None

    def in_turn(self, order: np.ndarray) -> np.ndarray:
        """Takes options in this order, each if its party still stands and its tables are free; the rest stand."""
        at = np.full(len(self.start), chase.OUT, np.int32)
        chase.in_turn(self.floor.tabs, self.start, self.end, self.party, self.option, order, at, self.tables)
        return at

    def circle(self) -> np.ndarray:
        """The parties that could have to move; the others are in nobody's way."""
        bits, _ = self.reach
        return chase.circle(self.floor.tabs, self.start, self.end, self.at, bits, self.tables)
