"""What was done here, read from the journal and the record of changes."""

from datetime import datetime, timedelta
from typing import Any

import asyncpg

from hub.core import sql
from hub.core.clock import wall_now
from hub.history.sentences import Sentences
from schemas.catalogue import COMMANDS
from schemas.history import Change, Deleted, JournalLine
from schemas.seating import Recent

q = sql.load(__file__)

SHOWN = 40  # lines of the undo drawer
CHANGES_MAX = 200  # changes of one row shown, newest first; all are kept
LINES_MAX = 200  # lines of the journal on one page
DELETED_MAX = 500  # things that can be restored shown, latest first
UNDOABLE = sorted(name for name, command in COMMANDS.items() if command.undoable)


async def recent(db: asyncpg.Connection, site_id: str, *, window: timedelta, now: datetime) -> list[Recent]:
    """The last undoable commands, newest first; `undoable_until` None once they are past it or were undone."""
    lines = await q.recent(
        db, site_id=site_id, commands=UNDOABLE, at_most=SHOWN, from_day=(wall_now() - timedelta(days=1)).date()
    )
    sentences = await Sentences.about(db, site_id, lines)
    told = []
    for line in lines:
        until = line["at"] + window
        open_still = line["undoable"] and not line["undone"] and until > now
        told.append(
            Recent(
                seq=line["seq"],
                command=line["command"],
                what=sentences.of(line),
                at=line["at"],
                by=line["by"],
                undoable_until=until if open_still else None,
                undone=line["undone"],
            )
        )
    return told


async def journal(
    db: asyncpg.Connection, site_id: str, *, before: int | None, limit: int, actor: str | None, command: str | None
) -> list[JournalLine]:
    """Lines older than `before`, newest first; only those of one actor or one command when they are named."""
    lines = await q.lines(
        db, site_id=site_id, before=before, actor=actor, command=command, at_most=min(limit, LINES_MAX)
    )
    sentences = await Sentences.about(db, site_id, lines)
    return [
        JournalLine(
            seq=line["seq"], at=line["at"], command=line["command"], what=sentences.of(line), by=line["by"],
            actor=line["actor"], source=line["source"], reason=line["reason"], undoes=line["undoes"],
            undone=line["undone"], rows=line["rows"],
        )
        for line in lines
    ]  # fmt: skip


async def changes(db: asyncpg.Connection, site_id: str, kind: str, row_id: str) -> list[Change]:
    """What became of one row, newest first."""
    records = await q.changes(db, site_id=site_id, kind=kind, row_id=row_id, at_most=CHANGES_MAX)
    sentences = await Sentences.about(db, site_id, records)
    return [
        Change(
            seq=one["seq"], kind=kind, id=row_id, at=one["at"], command=one["command"], what=sentences.of(one),
            by=one["by"], actor=one["actor"], source=one["source"], reason=one["reason"],
            fields=_fields(one["was"], one["now"]),
        )
        for one in records
    ]  # fmt: skip


def _fields(was: dict[str, Any] | None, now: dict[str, Any] | None) -> dict[str, tuple[Any, Any]]:
    was, now = was or {}, now or {}
    return {name: (was.get(name), now.get(name)) for name in {**was, **now}}


async def deleted(db: asyncpg.Connection, site_id: str, *, kept: timedelta, now: datetime) -> list[Deleted]:
    """What can still be restored, latest first. The last moment is one too late: day 30 is fine, day 31 is not."""
    records = await q.deleted(db, site_id=site_id, since=now - kept, at_most=DELETED_MAX)
    return [
        Deleted(
            kind=one["kind"], id=one["id"], name=one["name"], deleted_at=one["deleted_at"], by=one["by"],
            reason=one["reason"], restorable_until=one["deleted_at"] + kept,
        )
        for one in records
    ]  # fmt: skip
