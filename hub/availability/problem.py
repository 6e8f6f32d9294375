"""An evening and a wish as the solver's question, and its answers in ids. Pure.

Minutes count from the start of the service day, as in `planning.problem`, whose parties and tables these are. Two
things differ from a plan: whoever has a table is promised it (a booking that waits for a word holds its table all the
same), and what may be booked when is the calendar's to say, not the plan's pacing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from msgspec import structs

from hub.planning.problem import Owner, Puzzle, Scene, Span, bits, puzzle
from hub.reservations import rules
from hub.reservations.times import Times
from hub.slots.calendar import Slot
from schemas.base import Refused
from schemas.planning import PlanMove
from solvers.availability.answers import Answer, Move
from solvers.availability.hours import Cap, Hours
from solvers.seating.evening import Evening, Pacing, Party
from solvers.seating.problem import ANYWHERE


@dataclass(frozen=True, slots=True)
class Wish:
    """A party that would like to come. `area_id` and `preferences` must be met, not only liked. `but`: its own booking
    or checkout, which does not count."""

    covers: int
    duration_min: int
    accessible: bool = False
    area_id: str | None = None
    preferences: tuple[str, ...] = ()
    but: str = ""


@dataclass(frozen=True)
class Asked:
    """A service day as it can be asked about: the scene and the calendar of one moment of the site's life. `own`: when
    the asker's own booking or checkout, left out of it, has tables."""

    scene: Scene
    times: Times
    max_days: int
    own: tuple[Span, ...] = ()

    @cached_property
    def _puzzle(self) -> Puzzle:
        return puzzle(replace(self.scene, waiting=()))  # who stands at the door has no promise

    @cached_property
    def evening(self) -> Evening:
        found = self._puzzle.evening
        parties = tuple(
            structs.replace(party, must=party.must or bool(party.now), value=_worth(party)) for party in found.parties
        )
        return structs.replace(found, parties=parties, pacing=Pacing())

    @property
    def owners(self) -> tuple[Owner, ...]:
        return self._puzzle.owners

    @property
    def table_ids(self) -> tuple[str, ...]:
        return self._puzzle.table_ids

    @cached_property
    def slots(self) -> list[Slot]:
        return self.times.calendar.slots(self.scene.day)

    @cached_property
    def areas(self) -> list[str]:
        """In the order the solver counts them."""
        return sorted({row.area_id for row in self.scene.tables.values()})

    def minute(self, moment: datetime) -> int:
        return int((moment - self.scene.span[0]).total_seconds() // 60)

    def moment(self, minute: int) -> datetime:
        return (self.scene.span[0] + timedelta(minutes=minute)).astimezone(UTC)

    def refused(self, moment: datetime, wish: Wish) -> Refused | None:
        """Why no booking of so many is taken for a moment, tables aside; None when it is."""
        zone = self.scene.zone.key
        return rules.refuse_time(moment, self.scene.now, timezone=zone, max_days=self.max_days) or self.times.refuse(
            moment, covers=wish.covers, turn_min=wish.duration_min
        )

    def hours(self, also: datetime | None = None) -> Hours:
        """The times offered that are still to come (`also`: one that is asked for by itself), and what each still
        takes. A slot's cap is told so that the solver, which counts those with a promise, comes to what is booked."""
        promised = [party for party in self.evening.parties if party.must or party.locked]
        starts, caps = [], []
        for slot in self.slots:
            start, end = self.minute(slot.starts_at), self.minute(slot.ends_at)
            if slot.covers_max is not None:
                booked, _ = self.times.booked(slot)
                counted = sum(party.covers for party in promised if start <= party.start < end)
                caps.append(Cap(start, end, max(0, slot.covers_max - booked + counted)))
            if slot.active and slot.starts_at >= rules.whole_minute(self.scene.now):
                starts.append(start)
        if also is not None:
            starts.append(self.minute(also))
        return Hours(tuple(sorted(set(starts))), starting=tuple(caps))

    def party(self, moment: datetime, wish: Wish, area_id: str | None = None) -> Party:
        wanted = area_id or wish.area_id
        return Party(
            wish.covers, self.minute(moment), wish.duration_min, buffer_min=self.scene.terms.buffer_min,
            accessible=wish.accessible,
            area=ANYWHERE if wanted is None else self.areas.index(wanted) if wanted in self.areas else len(self.areas),
            features=bits(rules.FEATURES, rules.features(wish.preferences)),
        )  # fmt: skip

    def ways(self, moment: datetime, wish: Wish) -> tuple[Party, ...]:
        """How a party may come at a moment: to anywhere, or, where areas are shut by the hours of their start and not
        by closed tables, to each of the others."""
        shut = self.times.calendar.shut(moment, moment + timedelta(minutes=wish.duration_min))
        party = self.party(moment, wish)
        if all(self._closed(at, party) for at, table_id in enumerate(self.table_ids) if self._area(table_id) in shut):
            return (party,)
        if wish.area_id is not None:
            return () if wish.area_id in shut else (party,)
        return tuple(self.party(moment, wish, area) for area in self.areas if area not in shut)

    def _area(self, table_id: str) -> str:
        return self.scene.tables[table_id].area_id

    def _closed(self, table: int, party: Party) -> bool:
        return any(start < party.end and party.start < end for start, end in self.evening.tables[table].closed)

    def moves(self, moves: Sequence[Move]) -> list[PlanMove]:
        """The solver's moves in ids."""
        return [
            PlanMove(self.owners[move.party].id, sorted(self.owners[move.party].table_ids), self.ids(move.tables))
            for move in moves
        ]  # fmt: skip

    def ids(self, tables: Sequence[int]) -> list[str]:
        return [self.table_ids[at] for at in tables]

    def tables(self, answer: Answer) -> list[str]:
        """Where the newcomer is to sit."""
        return self.ids(answer.seats[0]) if answer.seats else []


def _worth(party: Party) -> int:
    """0..100. Of as many, who still waits for a word is planned elsewhere rather than who was given it."""
    return 50 + party.value // 2 if party.must else 0
