"""What stands in the way, in a host's words and in words for guests; what would help. Pure.

Words for guests name nobody and no table. Times are local, as on the house's wall.
"""

from dataclasses import dataclass
from datetime import datetime

from hub.availability.problem import Asked, Wish
from hub.planning.problem import Owner
from schemas.availability import InTheWay
from schemas.base import Refused
from solvers.availability.answers import Change, Fact

KEPT_FOR = {
    "offer": "offered to a waiting party", "checkout": "being booked by somebody right now",
    "opening": "kept for the waiting line", "block": "blocked",
}  # fmt: skip
ANOTHER = "Another party has a table then."


@dataclass(frozen=True, slots=True)
class Words:
    """Of one wish on one evening. `refused`: what the calendar says against its time, tables aside."""

    asked: Asked
    wish: Wish
    refused: Refused | None = None

    def clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.asked.scene.zone):%H:%M}"

    def at(self, minute: int) -> str:
        return self.clock(self.asked.moment(minute))

    def number(self, table: int) -> str:
        return self.asked.scene.tables[self.asked.table_ids[table]].number

    def area(self, area_id: str | None) -> str:
        found = (area.name for area in self.asked.times.calendar.areas if area.id == area_id)
        return next(found, "that area")

    def fact(self, fact: Fact) -> InTheWay:
        """One of the solver's facts."""
        match fact.kind:
            case "party":
                owner = self.asked.owners[fact.about]
                return InTheWay(owner.kind, ANOTHER, self._party(owner), owner.id)
            case "closed":
                return self._closed(fact)
            case "accessible":
                return _alike("accessible", "Without the need for a table without steps there would be room.")
            case "area":
                return _alike("area", f"Only {self.area(self.wish.area_id)} was asked for.")
            case "features":
                return _alike("features", "Without the wishes for the table there would be room.")
            case "too_large":
                return _alike("too_large", f"No table here seats {self.wish.covers}.")
            case "too_small":
                return _alike("too_small", f"Every table here is meant for more than {self.wish.covers}.")
            case kind:  # a limit: the calendar has said it better
                return self.rule() or _alike(kind, f"At {self.at(fact.about)} nobody more is taken.")

    def rule(self) -> InTheWay | None:
        """What the calendar says."""
        if self.refused is None:
            return None
        if self.refused.reason == "slot_full":
            plain = f"No more guests are taken for {self.at_wish()}."
            return InTheWay("slot_full", plain, self.refused.message)
        return _alike(self.refused.reason, self.refused.message)

    def at_wish(self) -> str:
        return "that time"

    def _party(self, owner: Owner) -> str:
        tables = self.asked.scene.tables
        numbers = " + ".join(tables[table_id].number for table_id in owner.table_ids if table_id in tables)
        where = f" at {numbers}" if numbers else " without a table yet"
        who, until = f"{owner.name} ({owner.covers})", self.clock(owner.ends_at)
        if owner.kind == "seating":
            return f"{who} sits{where} until about {until}, cleaning included."
        return f"{who} is booked{where}, {self.clock(owner.starts_at)}–{until} with cleaning."

    def _closed(self, fact: Fact) -> InTheWay:
        table_id = self.asked.table_ids[fact.about]
        row = self.asked.scene.tables[table_id]
        span = f"{self.at(fact.start)}–{self.at(fact.end)}"
        holds = [
            hold for hold in self.asked.scene.holds
            if hold.table_id == table_id and hold.owner_kind in KEPT_FOR
            and self.asked.minute(hold.starts_at) == fact.start
        ]  # fmt: skip
        plain = "A table is not to be had then."
        if holds:
            kind = holds[0].owner_kind
            return InTheWay(kind, plain, f"{row.number} is {KEPT_FOR[kind]}, {span}.", table_id)
        if row.status == "out_of_service" and self.asked.scene.today:
            return InTheWay("out_of_service", plain, f"{row.number} is out of service.", table_id)
        return InTheWay("area_shut", plain, f"{row.number} is in {self.area(row.area_id)}, closed {span}.", table_id)

    def change(self, change: Change) -> str:
        """What would help, for anybody to read."""
        first = change.parties[0]
        match change.kind:
            case "earlier" | "later":
                return f"At {self.at(first.start)} there is room."
            case "area":
                return "In another area there is room at that time."
            case "features":
                return "Without the wishes for the table there is room at that time."
            case "split":
                return f"At two tables, for {change.parties[0].covers} and {change.parties[1].covers}, there is room."
            case _:
                return "On the waiting list you are asked as soon as another party does not come."


def _alike(kind: str, text: str) -> InTheWay:
    return InTheWay(kind, text, text)
