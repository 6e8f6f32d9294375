"""What screens see of messages."""

from typing import TypeAlias

import asyncpg

from hub.core import sql
from hub.core.rows import RowType
from schemas.notifications import MessageRow

q = sql.load(__file__)
Db: TypeAlias = asyncpg.Connection | asyncpg.Pool

SHOWN_MAX = 100  # messages of one booking or party that a door tells; more is nobody's evening

# `derived`, so that the record of changes keeps no second copy: a message is its own record, and what it says of a
# guest should not outlive it.
MESSAGES = RowType(
    "message", MessageRow, q.text("messages"), "m.id", "messages", day=lambda row: row.service_date,
    day_column="m.service_date", tables=(("message", "id"),), derived=True,
)  # fmt: skip
ROWS = (MESSAGES,)


async def about(db: Db, site_id: str, *about_ids: str) -> list[MessageRow]:
    """What guests were told about these bookings, parties or offers, newest first."""
    ids = [record["id"] for record in await q.about(db, site_id=site_id, about_ids=list(about_ids), at_most=SHOWN_MAX)]
    found = await MESSAGES.read(db, site_id, ids)
    return [found[message_id] for message_id in ids]
