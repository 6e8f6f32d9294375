"""Who asks: a person with a login, a guest, or the house itself."""

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["staff", "guest", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is how the journal names the actor; `staff_id` is set for people with a login, whose roles are looked up
    anew for every command."""

    kind: ActorKind
    id: str
    staff_id: str | None = None
    source: str = "api"

    @classmethod
    def staff(cls, staff_id: str, source: str = "api") -> "Actor":
        return cls("staff", f"staff:{staff_id}", staff_id, source)


HOUSE = Actor("system", "house", source="house")
"""Timers, reactions, imports: the house giving itself a command."""
