"""The journal's lines as sentences a host reads: names are looked up, for facts hold ids only."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from hub.core import sql
from hub.core.clock import wall_now
from schemas.catalogue import COMMANDS
from schemas.seating import Recent

q = sql.load(__file__)

SHOWN = 40  # lines of the history drawer
UNDOABLE = sorted(name for name, command in COMMANDS.items() if command.undoable)

# The first of these that a command told names it: what it was for stands before what followed from it.
SENTENCES: dict[str, str] = {
    "table.seated": "{seating} seated at {tables}",
    "table.moved": "{seating} moved to {now}",
    "table.merged": "{into} and another party put together",
    "table.split": "{seating} split",
    "table.stage_set": "{seating}: {stage}",
    "table.seating_edited": "{seating} changed",
    "table.cleared": "{seating} left {tables}",
    "section.changed": "Section changed",
    "reservation.created": "{booking} booked",
    "reservation.placed": "{booking} planned at {tables}",
    "reservation.arrived": "{booking} arrived",
    "reservation.late": "{booking} marked late",
    "reservation.cancelled": "{booking} cancelled",
    "reservation.no_show": "{booking} marked no-show",
    "waitlist.added": "{party} added to the waitlist",
    "waitlist.edited": "{party} changed",
    "waitlist.removed": "{party} taken off the waitlist",
    "table.status_changed": "{table} {status}",
}
STAGES = {"just_sat": "just sat", "ordered": "ordered", "served": "served", "check": "check", "paid": "paid"}
STATUSES = {"available": "open", "cleaning": "to clear", "out_of_service": "blocked", "occupied": "occupied"}


async def recent(db: asyncpg.Connection, site_id: str, *, window: timedelta, now: datetime) -> list[Recent]:
    """The last undoable commands, newest first; `undoable_until` None once they are past it or were undone."""
    lines = await q.recent(
        db, site_id=site_id, commands=UNDOABLE, at_most=SHOWN, from_day=(wall_now() - timedelta(days=1)).date()
    )
    names = await _names(db, site_id, [fact for line in lines for fact in line["facts"]])
    told = []
    for line in lines:
        until = line["at"] + window
        open_still = line["undoable"] and not line["undone"] and until > now
        told.append(
            Recent(
                seq=line["seq"],
                command=line["command"],
                what=_sentence(line["command"], line["facts"], names),
                at=line["at"],
                by=line["by"],
                undoable_until=until if open_still else None,
                undone=line["undone"],
            )
        )
    return told


async def _names(db: asyncpg.Connection, site_id: str, facts: list[dict]) -> dict[str, str]:
    def ids(*fields: str) -> list[str]:
        found: set[str] = set()
        for fact in facts:
            for field in fields:
                value = fact.get(field)
                found.update(value if isinstance(value, list) else [value] if isinstance(value, str) else [])
        return sorted(found)

    names: dict[str, str] = {}
    for query, wanted in (
        (q.seating_names, ids("seating_id", "into_id", "new_seating_id")),
        (q.booking_names, ids("booking_id")),
        (q.party_names, ids("party_id")),
    ):
        if wanted:
            names |= {
                row["id"]: f"{row['name']} · {row['covers']}" for row in await query(db, site_id=site_id, ids=wanted)
            }
    tables = ids("table_ids", "table_id", "now", "was")
    if tables:
        names |= {row["id"]: row["number"] for row in await q.table_numbers(db, site_id=site_id, ids=tables)}
    return names


def _sentence(command: str, facts: list[dict], names: dict[str, str]) -> str:
    told = {fact["fact"]: fact for fact in reversed(facts)}
    for name, sentence in SENTENCES.items():
        if name in told:
            return sentence.format_map(_Words(told[name], names))
    return command.replace("_", " ").capitalize()


class _Words(dict):
    """What the blanks of a sentence stand for; a name that is gone reads as what kind of thing it was."""

    def __init__(self, fact: dict[str, Any], names: dict[str, str]) -> None:
        super().__init__()
        self._fact, self._names = fact, names

    def __missing__(self, blank: str) -> str:
        fact = self._fact
        if blank == "tables":
            return self._numbers(fact.get("table_ids", []))
        if blank == "now":
            return self._numbers(fact.get("now", []))
        if blank == "table":
            return f"Table {self._names.get(fact.get('table_id', ''), '?')}"
        if blank == "stage":
            return STAGES.get(fact.get("now", ""), "")
        if blank == "status":
            return STATUSES.get(fact.get("now", ""), "")
        found = fact.get("into_id") if blank == "into" else fact.get(f"{blank}_id")
        return self._names.get(found or "", f"A {blank}")

    def _numbers(self, ids: Iterable[str]) -> str:
        return " + ".join(self._names.get(table_id, "?") for table_id in ids) or "no table"
