"""Undo: a command that puts back the stored images another command found, while nothing has changed since.

No slice writes undo code. An undoable command's touched rows are kept as they were (`Work.images`), with the version it
left them at. Undo is legal within the policy's window (5 minutes) as long as every one of those rows is still at that
version; it puts the images back under a new version, through the same constraints as everything else. It takes the
permission the undone command took.

Timers ask their rules again when they fire, so nobody drops or arms them for an undo; but one that fired while the
command stood was refused by the world as it was then. Those of the rows put back are given a second chance.
"""

from datetime import timedelta
from typing import Any

import msgspec

from hub.core import roles, sql
from hub.core.commands import handles
from hub.core.work import Work
from schemas.base import Command, Refused, conflict, not_found
from schemas.catalogue import COMMANDS
from schemas.seating import Undo, Undone

q = sql.load(__file__)


@handles(Undo)
async def undo(work: Work, wish: Undo) -> dict[str, Any] | Refused:
    line = await q.line(work.db, site_id=work.site_id, seq=wish.seq)
    if line is None:
        return not_found("seq", "There is nothing to undo there.")
    if line["undone_at"] is not None:
        return conflict("undone_already", "That was undone already.", retry="never")
    if line["undo"] is None:
        return conflict("not_undoable", "That cannot be undone.", retry="never")
    if not await _may(work, COMMANDS[line["command"]]):
        return Refused(code="forbidden", reason="forbidden", message="Your role may not take that back.")
    window = timedelta(minutes=work.policies.get("undo.window_min"))
    if work.now - line["at"] > window:
        return conflict("too_late", "It is too late to undo that.", retry="never")
    by_kind: dict[str, list[dict]] = {}
    for kept in line["undo"]:
        by_kind.setdefault(kept["kind"], []).append(kept)
    for kind, rows in by_kind.items():
        ids = [row["id"] for row in rows]
        await work.touch(kind, *ids)
        versions = await _versions(work, kind, ids)
        if any(versions.get(row["id"]) != row["version"] for row in rows):
            sentence = "Something has changed there since, so it can no longer be undone."
            return conflict("changed_since", sentence, retry="never")
    for kind in reversed(by_kind):
        await _remove(work, kind, [row["id"] for row in by_kind[kind]])
    for kind, rows in by_kind.items():
        for row in rows:
            await _put_back(work, kind, row)
    put_back = [row["id"] for rows in by_kind.values() for row in rows]
    for timer in await q.fired_about(
        work.db, site_id=work.site_id, ids=put_back, since=line["at"] - window, until=work.now
    ):  # fmt: skip
        work.arm(timer["subject"], work.now, msgspec.convert(timer["command"], COMMANDS[timer["command"]["command"]]))
    work.undoes = wish.seq
    work.tell(Undone(seq=wish.seq, command=line["command"]))
    return {"seq": wish.seq, "command": line["command"]}


async def _may(work: Work, command: type[Command]) -> bool:
    """Whether the asker may give that command: what a role may not do it may not take back either."""
    if work.actor.kind == "system":
        return True
    held = await q.roles_of(work.db, site_id=work.site_id, staff_id=work.actor.staff_id)
    return command.permission in roles.permissions(held)


async def _versions(work: Work, kind: str, ids: list[str]) -> dict[str, int]:
    table, key = work.types[kind].tables[0]
    statement = f"SELECT {key}, version FROM {table} WHERE site_id = $1 AND {key} = ANY($2) FOR UPDATE"  # noqa: S608 - names come from the registry
    return dict(map(tuple, await work.db.fetch(statement, work.site_id, ids)))


async def _remove(work: Work, kind: str, ids: list[str]) -> None:
    for table, key in reversed(work.types[kind].tables):
        await work.db.execute(f"DELETE FROM {table} WHERE site_id = $1 AND {key} = ANY($2)", work.site_id, ids)  # noqa: S608


async def _put_back(work: Work, kind: str, row: dict) -> None:
    for table, _ in work.types[kind].tables:
        images = row["before"].get(table, [])
        for image in images:
            if "version" in image:
                image["version"] = (row["version"] or image["version"]) + 1
        if images:
            await work.db.execute(
                f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, $1)", images  # noqa: S608
            )  # fmt: skip
