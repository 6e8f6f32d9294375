"""History: what was done, by whom, and what it made of each row (F-AUD-01)."""

from datetime import datetime
from typing import Any

from msgspec import Struct


class Change(Struct, frozen=True):
    """What one command made of one row; GET /api/sites/{site}/changes/{kind}/{id}. `fields` are those that differ, each
    [before, after]; a made row has only afters, a gone one only befores (the other is None)."""

    seq: int
    kind: str
    id: str
    at: datetime
    command: str
    what: str
    """In a host's words."""
    by: str
    """The person's name, `A guest`, the API key's name, or `The house`."""
    actor: str
    source: str
    reason: str | None
    fields: dict[str, tuple[Any, Any]]


class Deleted(Struct, frozen=True):
    """Something that can be restored until `restorable_until`; GET /api/sites/{site}/deleted."""

    kind: str
    id: str
    name: str
    deleted_at: datetime
    by: str
    reason: str
    restorable_until: datetime


class JournalLine(Struct, frozen=True):
    """One command that was granted; GET /api/sites/{site}/journal?before=&limit=&actor=&command=, newest first. The
    next page begins `before` the last line's `seq`."""

    seq: int
    at: datetime
    command: str
    what: str
    """In a host's words."""
    by: str
    """The person's name, `A guest`, the API key's name, or `The house`."""
    actor: str
    source: str
    reason: str | None
    undoes: int | None
    """The line this one took back."""
    undone: bool
    """Whether another line took this one back."""
    rows: list[tuple[str, str]]
    """What it is on record for, as (kind, id): GET …/changes/{kind}/{id} tells what became of each."""
