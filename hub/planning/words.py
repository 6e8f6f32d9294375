"""Why a booking is to move, or has no table, as a host would say it. Pure. Names in it are for staff only."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from hub.planning.problem import Placed, Scene, clears_at, closures, in_order, meet
from schemas.planning import Placement

LOST = "lost"
CLOSED = "closed"
TAKEN = "taken"
ROOM = "room"
PLACED = "placed"
LEFT: Mapping[str, str] = {
    "too_large": "No table here seats {covers}",
    "too_small": "Every table here is for more than {covers}",
    "no_accessible": "No accessible table is free at {at}",
    "closed": "Every table that would do is closed at {at}",
    "pacing": "Too many arrive around {at}",
    "full": "Every table that would do is taken at {at}",
    "cost": "A table at {at} is worth more to others",
}
"""Why somebody has no table, by the solver's word for it."""
BETTER: Mapping[str, str] = {
    "guarantee": "Their own table, as promised",
    "wasted": "Fewer seats stay empty",
    "feature": "Has what they asked for",
    "preference": "The place they prefer",
    "joined": "No tables have to be pushed together",
    "tight": "More time before the next party",
    "balance": "Evens out the servers",
    "priority": "A table you would rather fill",
    "moved": "Keeps others where they are",
}
"""Why a place is better than the one before, by the term of the plan that says so."""


def placements(scene: Scene, lines: Sequence[Placed]) -> list[Placement]:
    """What a plan proposes: every booking that is to move, gets a table, or has none. By time, then name of the id."""
    said = _Words(scene, lines)
    found = [
        said.of(line) for line in lines if line.owner.kind == "booking" and (line.moves or not line.to)
    ]
    return sorted(found, key=lambda each: (each.starts_at, each.owner_id))


class _Words:
    def __init__(self, scene: Scene, lines: Sequence[Placed]) -> None:
        self.scene, self.lines = scene, lines
        self.numbers = {row.id: row.number for row in scene.tables.values()}
        self.rank = {row.id: at for at, row in enumerate(in_order(scene.tables.values()))}
        self.shut = closures(scene)
        self.known = {line.owner.id: line.owner for line in lines}

    def of(self, line: Placed) -> Placement:
        reason, why, about = self._why(line)
        owner = line.owner
        return Placement(
            owner_id=owner.id, from_ids=sorted(owner.table_ids, key=lambda at: self.rank.get(at, 0)),
            to_ids=list(line.to), starts_at=owner.starts_at, ends_at=owner.ends_at, reason=reason, why=why, about=about,
        )  # fmt: skip

    def _why(self, line: Placed) -> tuple[str, str, list[str]]:
        for say in (self._lost, self._taken) if line.owner.table_ids else ():
            if found := say(line):
                return found
        if not line.to:
            words = LEFT.get(line.reason, LEFT["full"])
            said = words.format(covers=line.owner.covers, at=self._clock(line.owner.starts_at))
            return line.reason or "full", f"{said}.", self._named(line.about)
        if not line.owner.table_ids:
            return PLACED, f"{self._where(line.to)} is free from {self._clock(line.owner.starts_at)}.", []
        if found := self._makes_room(line):
            return found
        better = BETTER.get(line.reason, "Fits the evening better")
        return line.reason or "better", f"{better}.", self._named(line.about)

    def _lost(self, line: Placed) -> tuple[str, str, list[str]] | None:
        """A table it has is not to be had. What is closed for a while is for people to decide, and no loss."""
        turn = (line.owner.starts_at, line.owner.ends_at)
        for table_id in line.owner.table_ids:
            row = self.scene.tables.get(table_id)
            if row is None:
                return LOST, "Its table was taken off the plan.", [table_id]
            if row.status == "out_of_service" and self.scene.today:
                return LOST, f"{row.number} is out of service.", [table_id]
            if any(meet(turn, span) and span[0] <= turn[0] for span in self.shut[table_id]):
                return CLOSED, f"{row.number} is closed then.", [table_id]
        return None

    def _taken(self, line: Placed) -> tuple[str, str, list[str]] | None:
        """Somebody sits there still."""
        for seating in self.scene.seatings:
            both = [table_id for table_id in line.owner.table_ids if table_id in seating.table_ids]
            clear = clears_at(seating, self.scene.now)
            if both and meet((seating.seated_at, clear), (line.owner.starts_at, line.owner.ends_at)):
                where = self.numbers.get(both[0], "Its table")
                return TAKEN, f"{where} is taken by {seating.name} until about {self._clock(clear)}.", [seating.id]
        return None

    def _makes_room(self, line: Placed) -> tuple[str, str, list[str]] | None:
        """Somebody else is to have one of its tables."""
        left = {*line.owner.table_ids} - {*line.to}
        for other in self.lines:
            here = left & {*other.to}
            if other is line or not here:
                continue
            owner = other.owner
            if meet((owner.starts_at, owner.ends_at), (line.owner.starts_at, line.owner.ends_at)):
                words = f"Makes room for {owner.name} ({owner.covers}) at {self._where(sorted(here))}."
                return ROOM, words, [owner.id]
        return None

    def _where(self, table_ids: Sequence[str]) -> str:
        return " + ".join(self.numbers.get(table_id, "?") for table_id in table_ids)

    def _named(self, about: Sequence[str]) -> list[str]:
        return [one for one in about if one in self.known or one in self.numbers][:8]

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.scene.zone):%H:%M}"
