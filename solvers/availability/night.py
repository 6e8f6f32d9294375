"""An evening made ready for questions: who has a promise, where each may sit, and a plan that keeps every promise.

Sets
    promised    parties that `must` be seated or are `locked`; all others (wishes) stand in nobody's way
    walls       closed tables, and the tables of locked parties during their stay
    kept        promised parties that may move: each stays seated whatever is answered, at any of its legal places
    strays      promised parties for whom there is no place even now (their table was lost): refusing others does not
                help them; they are left to the seating plan
A party's legal places are those of the right size, accessible where asked and clear of walls during its stay; also the
place it has now if that seats it, since staff put it there; but of a party whose preferred tables are guaranteed, and
which has one of them, only the places that keep one.
"""

from collections.abc import Collection, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from solvers.availability import chase
from solvers.availability.fewer import TRIALS, fewer
from solvers.availability.floor import Floor, plan
from solvers.availability.hours import Hours, Over
from solvers.availability.memory import Memory
from solvers.availability.puzzle import Puzzle, Wall, Walls, legal
from solvers.seating.evening import Evening, Party, Place
from solvers.seating.places import seats_of

STEPS = 2000
"""Ejections a search makes before something stronger takes over, ~2 ms."""

MOVED, BY_COVER, BY_HOUR = 100_000, 20, 20
"""What it costs to plan somebody elsewhere; more for every cover, and for every hour they come before the last."""

KNOWN_MOST = 200
"""Proofs kept per night; each is looked through with every question."""


class Known(Struct, frozen=True):
    """A proven no: nobody who may have at most these places (bits) fits for all of [start, end)."""

    places: int
    start: int
    end: int


class Night:
    """Built once for a state of the floor, asked many times. Without `hours` any start is offered and only the
    evening's own pacing limits who comes.
    """

    def __init__(self, evening: Evening, hours: Hours | None = None) -> None:
        self.evening, self.hours, self.paced = evening, hours or Hours(), Hours(pacing=evening.pacing)
        parties = evening.parties
        self.promised = tuple(at for at, party in enumerate(parties) if party.must or party.locked)
        self.floor = _floor(evening)
        self.walls = _walls(evening)
        self._walls = Walls.of(self.walls, len(evening.tables))
        self.movable = tuple(at for at in self.promised if not pinned(parties[at]))
        self._last_start = max((party.start for party in parties), default=0)
        self.kept, self.strays, self.puzzle = self._settled()
        self.memory = Memory()
        self._known: list[Known] = []

    def dear(self, party: Party) -> int:
        """What moving the party costs: the fewest move, and of as many those who are few, late and little valued."""
        ahead = (self._last_start - party.start) * BY_HOUR // 60
        return MOVED + BY_COVER * party.covers + party.value + ahead

    def prices(self, count: int) -> np.ndarray:
        """`dear` of all parties of a `question` (`count`): newcomers cost nothing."""
        prices = np.zeros(count, np.int64)
        prices[: len(self.kept)] = [self.dear(self.evening.parties[r]) for r in self.kept]
        return prices

    def places_for(self, at: int, walls: Walls) -> np.ndarray:
        """The legal places among `walls` of a party of the evening."""
        party = self.evening.parties[at]
        found = legal(self.floor, walls, party, firm=False)
        if not party.now:
            return found
        now = self.floor.index[tuple(sorted(party.now))]
        if now not in found and self._seats(now, party) and walls.clear(party.now, party.start, party.end):
            found = np.append(found, np.int32(now))
        if party.guaranteed and now in found and set(party.tables) & set(party.now):
            found = found[np.isin(self.floor.tabs[found], party.tables).any(axis=1)]
        return found

    def question(self, parties: Sequence[Party], *, firm: bool) -> Puzzle:
        """Whether `parties` fit beside everybody kept."""
        places = [legal(self.floor, self._walls, party, firm=firm) for party in parties]
        return self.puzzle.joined_by([(party.start, party.end) for party in parties], places)

    def part(
        self, kept: Collection[int], walls: Collection[Wall], parties: Sequence[Party], *, firm: bool
    ) -> Puzzle:  # fmt: skip
        """The same question among some of those kept and some of the walls only."""
        among = Walls.of(tuple(walls), len(self.evening.tables))
        rows = [row for row, at in enumerate(self.kept) if at in kept]
        some = Puzzle.of(
            self.floor, [self._span(self.kept[row]) for row in rows],
            [self.places_for(self.kept[row], among) for row in rows], [int(self.puzzle.at[row]) for row in rows],
        )  # fmt: skip
        return some.joined_by(
            [(party.start, party.end) for party in parties],
            [legal(self.floor, among, party, firm=firm) for party in parties],
        )

    def over(self, parties: Sequence[Party]) -> Over | None:
        """The first rule of the house that these parties would break, wherever they sat."""
        promised = [self.evening.parties[at] for at in self.promised]
        return self.hours.over(promised, parties) or self.paced.over(promised, parties)

    def known(self, puzzle: Puzzle) -> bool:
        """Whether an earlier proof says no: for somebody who had all of the last party's places, and no longer stay."""
        places, start, end = self._last(puzzle)
        return any(no.start >= start and no.end <= end and not places & ~no.places for no in self._known)

    def learn(self, puzzle: Puzzle) -> None:
        """Keeps the proof that the last party of `puzzle` does not fit."""
        if len(self._known) < KNOWN_MOST:
            self._known.append(Known(*self._last(puzzle)))

    def _last(self, puzzle: Puzzle) -> tuple[int, int, int]:
        bits = 0
        for place in puzzle.option[puzzle.first[-2] :].tolist():
            bits |= 1 << place
        return bits, int(puzzle.start[-1]), int(puzzle.end[-1])

    def _span(self, at: int) -> tuple[int, int]:
        return self.evening.parties[at].start, self.evening.parties[at].end

    def _seats(self, place: int, party: Party) -> bool:
        reach = bool(self.floor.reach[place]) or not party.accessible
        return reach and int(self.floor.most[place]) >= party.covers

    def _settled(self) -> tuple[tuple[int, ...], tuple[int, ...], Puzzle]:
        """Everybody where they are; then, one after another, those who are nowhere, if room can be made."""
        parties, stays = self.evening.parties, Stays()
        kept, at, loose = [], [], []
        options = {r: self.places_for(r, self._walls) for r in self.movable}
        for r in self.movable:
            party = parties[r]
            now = self.floor.index[tuple(sorted(party.now))] if party.now else chase.OUT
            if now in options[r] and stays.take(party):
                kept.append(r)
                at.append(now)
            else:
                loose.append(r)
        puzzle = Puzzle.of(self.floor, [self._span(r) for r in kept], [options[r] for r in kept], at)
        strays = []
        for r in loose:
            more = puzzle.joined_by([self._span(r)], [options[r]])
            plan = None if more.pinched() is not None else more.chased(seed=1, steps=STEPS)
            if plan is None:
                strays.append(r)
            else:
                kept.append(r)
                prices = [self.dear(parties[q]) for q in kept]
                puzzle = more.seated(fewer(more, plan, np.array(prices), seed=1, trials=TRIALS))
        return tuple(kept), tuple(strays), puzzle


class Stays:
    """Who is at which table, for as long as nobody is in another's way."""

    def __init__(self) -> None:
        self._at: dict[int, list[Party]] = {}

    def take(self, party: Party) -> bool:
        """Seats the party where it is now, unless somebody is there."""
        if any(q.start < party.end and party.start < q.end for t in party.now for q in self._at.get(t, ())):
            return False
        for t in party.now:
            self._at.setdefault(t, []).append(party)
        return True


def pinned(party: Party) -> bool:
    """Whether the party stays where it is whatever comes."""
    return party.locked and bool(party.now)


def _walls(evening: Evening) -> tuple[Wall, ...]:
    closed = [Wall(t, start, end) for t, table in enumerate(evening.tables) for start, end in table.closed]
    return (
        *closed,
        *(Wall(t, p.start, p.end, at) for at, p in enumerate(evening.parties) if pinned(p) for t in p.now),
    )  # fmt: skip


def _floor(evening: Evening) -> Floor:
    """All places of the plan, and those that staff put parties at beside it, which suit nobody else."""
    floor = plan(tuple(replace(table, closed=()) if table.closed else table for table in evening.tables), evening.joins)
    odd = sorted({tuple(sorted(p.now)) for p in evening.parties if p.now} - floor.index.keys())
    if not odd:
        return floor
    seats = [seats_of(now, evening.tables, evening.joins) for now in odd]
    extra = [Place(now, most + 1, most) for now, most in zip(odd, seats, strict=True)]
    return Floor.of(floor.tables, (*floor.places, *extra))
