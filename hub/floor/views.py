"""What screens and higher storeys see of the floor."""

import asyncpg

from hub.core import sql
from hub.core.rows import RowType
from schemas.floor import AreaRow, JoinRow, SectionRow, TableRow

q = sql.load(__file__)

AREAS = RowType("area", AreaRow, q.text("areas"), "a.id", "floor", tables=(("area", "id"),))
SECTIONS = RowType("section", SectionRow, q.text("sections"), "s.id", "floor", tables=(("section", "id"),))
TABLES = RowType("table", TableRow, q.text("tables"), "t.id", "floor", tables=(("floor_table", "id"),))
JOINS = RowType("join", JoinRow, q.text("joins"), "j.id", "floor", tables=(("table_join", "id"),))

ROWS = (AREAS, SECTIONS, TABLES, JOINS)


async def tables(db: asyncpg.Connection | asyncpg.Pool, site_id: str) -> dict[str, TableRow]:
    """The tables in use, by id (R-TAB-13: inactive ones never enter a calculation)."""
    records = await db.fetch(f"{TABLES.view} AND t.active ORDER BY t.id", site_id)
    return {record[0]: TableRow(*record) for record in records}


async def joins(db: asyncpg.Connection | asyncpg.Pool, site_id: str) -> list[JoinRow]:
    """The pairs that may be pushed together, both of their tables in use."""
    return [JoinRow(*record) for record in await q.usable_joins(db, site_id=site_id)]
