"""The closed sets: every command, fact and row there is. Decoders, OpenAPI and the
screens' types are built from them.
"""

import inspect
from types import ModuleType
from typing import Any

from schemas import (
    availability,
    bookings,
    floor,
    guests,
    holds,
    imports,
    notifications,
    people,
    planning,
    policies,
    reservations,
    seating,
    slots,
    tickets,
    venues,
    waitlist,
)  # fmt: skip
from schemas.base import Command, Fact, Row

MODULES: tuple[ModuleType, ...] = (
    imports, venues, people, policies, guests, notifications, floor, slots, holds, bookings, reservations, waitlist,
    seating, planning, availability, tickets,
)  # fmt: skip


def _all(base: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in MODULES:
        cls: Any
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if issubclass(cls, base) and cls is not base and cls.__module__ == module.__name__:
                found[cls.__struct_config__.tag] = cls
    return dict(sorted(found.items()))


COMMANDS: dict[str, type[Command]] = _all(Command)
FACTS: dict[str, type[Fact]] = _all(Fact)
ROWS: dict[str, type[Row]] = _all(Row)
ASKABLE: dict[str, type[Command]] = {name: cls for name, cls in COMMANDS.items() if cls.permission != "system"}
"""The commands a person or an API key may send; the rest are the house's own."""
