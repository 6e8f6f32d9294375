"""Row types: how a slice's stored rows become rows on screens.

A slice registers each of its row types once. From then on nobody writes patches: the store re-reads touched rows
through their view before COMMIT and works out what to put and what to drop. A view reads its own slice's stored rows
and never the clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import asyncpg

from schemas.base import Row


@dataclass(frozen=True)
class RowType:
    """`view` is a SELECT whose columns are `struct`'s fields in order, whose only parameter is the site ($1), and which
    ends inside its WHERE clause, so that a condition can follow. It returns visible rows only.

    `key` is the id column in the view's own names; `channel` the kind of channel the rows live on, "" for rows that are
    read one at a time through a door and pushed to nobody (50,000 guests are no screen's state); `day` (with
    `day_column`) splits the channel by service date; `tables` are the stored tables behind a row with the column that
    holds its id, parents first: undo restores them. What becomes of a row is put on record, before and after, unless it
    is `derived`: worked out from others by the house itself. A `public` channel is read by guests too: its publications
    carry rows, never facts or an asker's key."""

    kind: str
    struct: type[Row]
    view: str
    key: str
    channel: str
    day: Callable[[Any], date] | None = None
    day_column: str | None = None
    tables: tuple[tuple[str, str], ...] = ()
    derived: bool = False
    public: bool = False

    @cached_property
    def recorded(self) -> tuple[str, ...]:
        """The fields the record of changes compares."""
        return tuple(name for name in self.struct.__struct_fields__ if name not in ("id", "version"))

    def channel_of(self, site_id: str, row: Row) -> str | None:
        if not self.channel:
            return None
        name = f"{self.channel}:{site_id}"
        return name if self.day is None else f"{name}:{self.day(row).isoformat()}"

    async def read(self, db: asyncpg.Connection | asyncpg.Pool, site_id: str, ids: list[str]) -> dict[str, Any]:
        """The visible rows among `ids`, by id."""
        records = await db.fetch(f"{self.view} AND {self.key} = ANY($2)", site_id, ids)
        return {record[0]: self.struct(*record) for record in records}

    async def read_channel(self, db: asyncpg.Connection, site_id: str, on: date | None) -> list[Row]:
        """Every visible row of this type on one channel."""
        if self.day_column is None:
            records = await db.fetch(f"{self.view} ORDER BY {self.key}", site_id)
        else:
            records = await db.fetch(f"{self.view} AND {self.day_column} = $2 ORDER BY {self.key}", site_id, on)
        return [self.struct(*record) for record in records]


@dataclass(slots=True)
class RowTypes:
    """The registry; one per house, filled by `hub.app` from every slice's `ROWS`."""

    by_kind: dict[str, RowType] = field(default_factory=dict)

    def add(self, *types: RowType) -> None:
        for kind in types:
            assert kind.kind not in self.by_kind, f"row type {kind.kind} is registered twice"
            assert kind.struct.__struct_config__.tag == kind.kind, f"{kind.struct} is not tagged {kind.kind}"
            self.by_kind[kind.kind] = kind

    def __getitem__(self, kind: str) -> RowType:
        return self.by_kind[kind]

    def is_public(self, name: str) -> bool:
        """Whether guests read the channel of this name."""
        return any(kind.public for kind in self.of_channel(name.partition(":")[0]))

    def of_channel(self, channel: str) -> list[RowType]:
        return [kind for kind in self.by_kind.values() if channel and kind.channel == channel]


@dataclass(frozen=True, slots=True)
class ChannelName:
    """`floor:{site}` or `book:{site}:{date}`, taken apart."""

    kind: str
    site_id: str
    on: date | None

    @classmethod
    def parse(cls, channel: str) -> "ChannelName | None":
        parts = channel.split(":")
        if len(parts) == 2 and parts[1]:
            return cls(parts[0], parts[1], None)
        if len(parts) == 3 and parts[1]:
            try:
                return cls(parts[0], parts[1], date.fromisoformat(parts[2]))
            except ValueError:
                return None
        return None
