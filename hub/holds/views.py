"""What screens and higher storeys see of planned use. In SQL `busy` alone asks whether spans meet."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

import asyncpg

from hub.core import sql
from hub.core.rows import RowType
from schemas.holds import HoldRow

q = sql.load(__file__)
Db: TypeAlias = asyncpg.Connection | asyncpg.Pool

HOLDS = RowType(
    "hold", HoldRow, q.text("holds"), "h.id", "book",
    day=lambda row: row.service_date, day_column="h.service_date", tables=(("hold", "id"),),
)  # fmt: skip
ROWS = (HOLDS,)


async def busy(db: Db, site_id: str, start: datetime, end: datetime) -> list[HoldRow]:
    """Every hold that meets [start, end), openings included, by start."""
    records = await db.fetch(
        f"{HOLDS.view} AND h.during && tstzrange($2, $3, '[)') ORDER BY h.starts_at, h.table_id", site_id, start, end
    )
    return [HoldRow(*record) for record in records]


async def next_starts(db: Db, site_id: str, after: datetime) -> dict[str, HoldRow]:
    """By table: the next planned hold that starts at or after this moment."""
    records = await db.fetch(
        f"{HOLDS.view} AND h.starts_at >= $2 AND h.status = 'held' ORDER BY h.starts_at DESC", site_id, after
    )
    return {record["table_id"]: HoldRow(*record) for record in records}


async def of_owner(db: Db, site_id: str, owner_id: str) -> list[HoldRow]:
    """What one owner holds now, by table."""
    records = await db.fetch(f"{HOLDS.view} AND h.owner_id = $2 ORDER BY h.table_id", site_id, owner_id)
    return [HoldRow(*record) for record in records]


async def given_back(db: Db, site_id: str, owner_id: str) -> list[str]:
    """The tables a cancelled or missing party gave back to the waiting line, that moment over."""
    return [record["table_id"] for record in await q.given_back(db, site_id=site_id, owner_id=owner_id)]


async def opened(db: Db, site_id: str, owner_id: str) -> dict[str, tuple[datetime, datetime]]:
    """By table: the time an opening gave back. Its seconds may be over; who asks has to look who plans there now."""
    records = await q.opened(db, site_id=site_id, owner_id=owner_id)
    return {record["table_id"]: (record["starts_at"], record["ends_at"]) for record in records}


async def beside(db: Db, site_id: str, table_ids: Sequence[str], since: datetime, owner_id: str) -> list[HoldRow]:
    """Other owners' holds on these tables that end after this moment, by start."""
    ours = "h.table_id = ANY($2) AND upper(h.during) > $3 AND h.owner_id <> $4"
    records = await db.fetch(
        f"{HOLDS.view} AND {ours} ORDER BY h.starts_at, h.id", site_id, list(table_ids), since, owner_id
    )
    return [HoldRow(*record) for record in records]
