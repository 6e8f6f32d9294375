"""Which facts may change a plan, and which cannot wait. Pure: looks at the journal's facts, never at rows."""

from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

HEARD = (
    "table.*", "reservation.*", "waitlist.added", "waitlist.edited", "waitlist.removed", "waitlist.converted",
    "waitlist.offer_*", "availability.*", "floor.*", "section.*", "policy.*", "house.undone",
    "house.imported", "house.service_day_turned", "house.clock_set", "assign.*",
)  # fmt: skip
SAID = (  # its own words, and what changes no plan
    "assign.plan_updated", "availability.changed", "table.stage_set", "table.scanned", "table.reset",
)  # fmt: skip
NO_MATTER: Mapping[str, Collection[str]] = {
    "table.seating_edited": {"notes"},
    "table.updated": {"x", "y", "w", "h", "rotation", "shape", "name", "notes", "status_note"},
    "reservation.updated": {"notes", "phone", "email", "requests", "tags", "preorders", "access_notes",
                            "emergency_contact", "sms_opt_in"},
}  # fmt: skip
"""By fact: fields that no plan depends on."""
CLOSES = ("availability.weather_changed", "availability.day_changed")
DECIDED = ("assign.*", "house.*", "policy.*")
"""After these the stored plan may be other than the planner left it, or more may be done about it."""

LOST = "out_of_service"


def matters(facts: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any of these facts may change a plan."""
    return any(_heard(fact["fact"]) and not _immaterial(fact) for fact in facts)


def loses_a_table(facts: Iterable[Mapping[str, Any]]) -> bool:
    """Whether somebody's table may just have been lost: that does not wait to be gathered."""
    return any(
        (fact["fact"] == "table.status_changed" and fact["now"] == LOST)
        or (fact["fact"] == "table.updated" and "active" in fact["fields"])
        or fact["fact"] in CLOSES
        for fact in facts
    )


def decides(facts: Iterable[Mapping[str, Any]]) -> bool:
    """Whether people may have decided about the stored plan."""
    return any(_decided(fact["fact"]) for fact in facts)


def _immaterial(fact: Mapping[str, Any]) -> bool:
    """Of a table's status only being out of service bears on a plan: who sits there has facts of their own."""
    if fact["fact"] == "table.status_changed":
        return LOST not in (fact["was"], fact["now"])
    fields = NO_MATTER.get(fact["fact"])
    return fields is not None and {*fact["fields"]} <= {*fields}


@lru_cache(maxsize=512)
def _heard(name: str) -> bool:
    return name not in SAID and any(fnmatchcase(name, heard) for heard in HEARD)


@lru_cache(maxsize=512)
def _decided(name: str) -> bool:
    return name not in SAID and any(fnmatchcase(name, decided) for decided in DECIDED)
