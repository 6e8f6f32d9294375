"""What screens and others see of the parties at table."""

import asyncpg

from hub.core import sql
from hub.core.rows import RowType
from schemas.seating import PastVisit, SeatingRow

q = sql.load(__file__)

VISITS_SHOWN = 5  # F-TAB-07

SEATINGS = RowType(
    "seating", SeatingRow, q.text("seatings"), "s.id", "floor",
    tables=(("seating", "id"), ("seating_table", "seating_id")),
)  # fmt: skip
ROWS = (SEATINGS,)


async def open_seatings(db: asyncpg.Connection | asyncpg.Pool, site_id: str) -> list[SeatingRow]:
    """Every party at table now."""
    records = await db.fetch(f"{SEATINGS.view} ORDER BY s.seated_at, s.id", site_id)
    return [SeatingRow(*record) for record in records]


async def seating(db: asyncpg.Connection | asyncpg.Pool, site_id: str, seating_id: str) -> SeatingRow | None:
    """One party at table as it is now; None once it has left."""
    row = (await SEATINGS.read(db, site_id, [seating_id])).get(seating_id)
    assert row is None or isinstance(row, SeatingRow)
    return row


def by_table(seatings: list[SeatingRow]) -> dict[str, SeatingRow]:
    """Who is at which table."""
    return {table_id: seating for seating in seatings for table_id in seating.table_ids}


async def visits(db: asyncpg.Connection | asyncpg.Pool, site_id: str, table_id: str) -> list[PastVisit]:
    """The last five parties of a table, latest first; their turn counted at this table."""
    records = await q.visits(db, site_id=site_id, table_id=table_id, at_most=VISITS_SHOWN)
    return [PastVisit(*record) for record in records]
