"""One command at work: the transaction it runs in, what it touched, what it told.

An action loads rows through `one` or `some` (or its own SQL), asks its rules, names the rows it is about to write with
`touch` *before* writing them, writes, and `tell`s facts. It never publishes: patches come from the touched rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg

from hub.core.actor import Actor
from hub.core.ids import Ids
from hub.core.rows import RowTypes
from schemas.base import Command, Fact, Row, conflict, not_found


class Policies:
    """The policies in force at one site, most specific scope first. An unknown name is a bug, not a default."""

    def __init__(self, values: Mapping[tuple[str, str | None], Any]) -> None:
        self._values = values

    def get(self, policy: str, kind: str | None = None) -> Any:
        found = self._values.get((policy, kind)) if kind else None
        return self._values[policy, None] if found is None else found


@dataclass(slots=True)
class Work:
    """Everything an action may use. `now` is house time; `db` the command's own connection, inside its transaction."""

    db: asyncpg.Connection
    site_id: str
    org_id: str
    timezone: str
    seq: int
    now: datetime
    actor: Actor
    new_id: Ids
    policies: Policies
    types: RowTypes
    before: dict[tuple[str, str], Row | None] = field(default_factory=dict)
    images: dict[tuple[str, str], dict[str, list[dict]]] = field(default_factory=dict)
    after: dict[tuple[str, str], Row | None] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    timers: list[tuple[str, datetime, Command]] = field(default_factory=list)
    dropped_timers: list[str] = field(default_factory=list)
    resets: set[str] = field(default_factory=set)
    noted: list[tuple[str, str, dict | None, dict | None]] = field(default_factory=list)
    undoable: bool = False
    undoes: int | None = None
    prepared: Any = None
    """What was worked out for the wish before the site's lock was taken (`core.commands.prepares`)."""

    async def touch(self, kind: str, *ids: str, for_good: bool = False) -> dict[str, Any]:
        """Names rows about to be written. Returns those visible now, by id; new ids simply have no row yet.

        What is written `for_good` stays so when the command is undone: it was the house's own tidying."""
        row_type = self.types[kind]
        fresh = [row_id for row_id in dict.fromkeys(ids) if (kind, row_id) not in self.before]
        if fresh:
            seen = await row_type.read(self.db, self.site_id, fresh)
            for row_id in fresh:
                self.before[kind, row_id] = seen.get(row_id)
            if self.undoable and not for_good:
                await self._keep_images(kind, fresh)
        return {row_id: row for row_id in ids if (row := self.before[kind, row_id]) is not None}

    def make(self, kind: str, *new_ids: str, for_good: bool = False) -> None:
        """Names rows about to be made under ids that are new: there is nothing to read first. Those made `for_good`
        stay when the command is undone: a message that was sent cannot be unsaid."""
        for row_id in new_ids:
            self.before[kind, row_id] = None
            if self.undoable and not for_good:
                self.images[kind, row_id] = {}

    async def _keep_images(self, kind: str, ids: list[str]) -> None:
        for row_id in ids:
            self.images[kind, row_id] = {}
        for table, key in self.types[kind].tables:
            records = await self.db.fetch(
                f"SELECT {key}, to_jsonb(t) FROM {table} t WHERE site_id = $1 AND {key} = ANY($2)",  # noqa: S608 - registry
                self.site_id, ids,
            )  # fmt: skip
            for row_id, image in records:
                self.images[kind, row_id].setdefault(table, []).append(image)

    async def one(
        self, kind: str, row_id: str, *, field: str, expect: int | None = None, gone: str | None = None
    ) -> Any:
        """The visible row to be changed, touched (its struct), or a `Refused`: when it is not there (naming `field`),
        or no longer at the version the asker saw."""
        row = (await self.touch(kind, row_id)).get(row_id)
        if row is None:
            return not_found(field, gone or f"There is no such {kind} here.")
        version = getattr(row, "version", None)
        if expect is not None and version != expect:
            sentence = f"This {kind} has changed since you looked. Here it is as it is now."
            return conflict("stale", sentence, about=row, field="expect_version")
        return row

    async def some(self, kind: str, ids: list[str], *, field: str) -> Any:
        """All of several visible rows, touched, by id (dict), or a `Refused` naming the field when one is not there."""
        rows = await self.touch(kind, *ids)
        missing = [row_id for row_id in ids if row_id not in rows]
        if missing:
            return not_found(field, f"There is no such {kind} here.")
        return rows

    def note_change(self, kind: str, row_id: str, was: dict | None, now: dict | None) -> None:
        """Puts on record what became of something that is no row of a channel: a login, a policy, a key. No secrets."""
        self.noted.append((kind, row_id, was, now))

    def reset(self, *channels: str) -> None:
        """Has screens re-read whole channels: for bulk work, where row by row would be slower than the state."""
        self.resets.update(channels)

    def tell(self, *facts: Fact) -> None:
        self.facts.extend(facts)

    def arm(self, subject: str, due_at: datetime, command: Command) -> None:
        """Has the house give itself `command` at `due_at` (house time). It fires once, restart or not; the command
        must ask its rules again, since the world may have moved on."""
        self.timers.append((subject, due_at.astimezone(UTC), command))

    def disarm(self, subject: str) -> None:
        """Drops the armed timers of a subject (those armed earlier, not in this command)."""
        self.dropped_timers.append(subject)
