"""Who asks: a person with a login, a program with an API key, a guest, or the house itself."""

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["staff", "key", "guest", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is how the journal names the actor; `staff_id` is set for people with a login, whose roles are looked up
    anew for every command, and `key_id` for programs, whose key's scopes are."""

    kind: ActorKind
    id: str
    staff_id: str | None = None
    source: str = "api"
    key_id: str | None = None

    @classmethod
    def staff(cls, staff_id: str, source: str = "api") -> "Actor":
        return cls("staff", f"staff:{staff_id}", staff_id, source)


    @classmethod
    def key(cls, key_id: str) -> "Actor":
        return cls("key", f"key:{key_id}", source="key", key_id=key_id)

    @classmethod
    def guest(cls, ticket: str, source: str = "web") -> "Actor":
        """`ticket` must already be something the journal may keep for ever: no phone number, no whole link."""
        return cls("guest", f"guest:{ticket}", source=source)


HOUSE = Actor("system", "house", source="house")
"""Timers, reactions, imports: the house giving itself a command."""
