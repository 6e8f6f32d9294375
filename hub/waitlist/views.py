"""What screens and higher storeys see of the line."""

from typing import TypeAlias

import asyncpg

from hub.core import sql
from hub.core.rows import RowType
from schemas.waitlist import OfferRow, PartyRow, QuoteRow, WaitRow

q = sql.load(__file__)
Db: TypeAlias = asyncpg.Connection | asyncpg.Pool

PARTIES = RowType("party", PartyRow, q.text("parties"), "p.id", "waitlist", tables=(("party", "id"),))
OFFERS = RowType("offer", OfferRow, q.text("offers"), "o.id", "waitlist", tables=(("offer", "id"),))
WAITS = RowType("wait", WaitRow, q.text("waits"), "w.id", "waitlist", tables=(("wait", "id"),), derived=True)
QUOTES = RowType("quote", QuoteRow, q.text("quotes"), "k.id", "waitlist", tables=(("quote", "id"),), derived=True)
ROWS = (PARTIES, OFFERS, WAITS, QUOTES)


async def parties(db: Db, site_id: str) -> list[PartyRow]:
    """Everybody in line, in no particular order (`rules.in_line` knows it)."""
    return [PartyRow(*record) for record in await db.fetch(PARTIES.view, site_id)]


async def waits(db: Db, site_id: str) -> dict[str, WaitRow]:
    """Places in line as last worked out, by party."""
    return {record[0]: WaitRow(*record) for record in await db.fetch(WAITS.view, site_id)}


async def quotes(db: Db, site_id: str) -> dict[str, QuoteRow]:
    """Quotes by party size as last worked out, by band."""
    return {record[0]: QuoteRow(*record) for record in await db.fetch(QUOTES.view, site_id)}
