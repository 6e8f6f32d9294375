"""What screens and higher storeys see of the line."""

from datetime import datetime
from typing import TypeAlias

import asyncpg

from hub.core import sql
from hub.core.rows import RowType
from schemas.waitlist import OfferRow, PartyRow, PastParty, QuoteRow, WaitRow

q = sql.load(__file__)
Db: TypeAlias = asyncpg.Connection | asyncpg.Pool

HISTORY_MAX = 100  # parties shown of an evening; who asks for more asks the records

PARTIES = RowType("party", PartyRow, q.text("parties"), "p.id", "waitlist", tables=(("party", "id"),))
OFFERS = RowType("offer", OfferRow, q.text("offers"), "o.id", "waitlist", tables=(("offer", "id"),))
WAITS = RowType("wait", WaitRow, q.text("waits"), "w.id", "waitlist", tables=(("wait", "id"),), derived=True)
QUOTES = RowType("quote", QuoteRow, q.text("quotes"), "k.id", "waitlist", tables=(("quote", "id"),), derived=True)
ROWS = (PARTIES, OFFERS, WAITS, QUOTES)


async def parties(db: Db, site_id: str) -> list[PartyRow]:
    """Everybody in line, in no particular order (`rules.in_line` knows it)."""
    return [PartyRow(*record) for record in await db.fetch(PARTIES.view, site_id)]


async def party(db: Db, site_id: str, party_id: str) -> PartyRow | None:
    """One party that waits, as it is now."""
    return (await PARTIES.read(db, site_id, [party_id])).get(party_id)


async def by_ticket(db: Db, ticket: str) -> tuple[str, PartyRow] | None:
    """Whose place in line this link is, and where; also when the wait is over. One that was converted into a booking
    has handed its ticket on to it."""
    record = await q.by_ticket(db, ticket=ticket)
    if record is None:
        return None
    site_id, *fields = record
    return site_id, PartyRow(*fields)


async def offers(db: Db, site_id: str) -> list[OfferRow]:
    """Every offer that is to be answered or whose party is on its way."""
    return [OfferRow(*record) for record in await db.fetch(OFFERS.view, site_id)]


async def offer_of(db: Db, site_id: str, party_id: str) -> OfferRow | None:
    """The offer a party has now."""
    record = await db.fetchrow(f"{OFFERS.view} AND o.party_id = $2", site_id, party_id)
    return None if record is None else OfferRow(*record)


async def names_offered(db: Db, site_id: str, offer_ids: list[str]) -> dict[str, str]:
    """Who these offers were made to."""
    return dict(map(tuple, await q.names_offered(db, site_id=site_id, ids=offer_ids)))


async def wait(db: Db, site_id: str, party_id: str) -> WaitRow | None:
    """A party's place in line, as last worked out."""
    return (await WAITS.read(db, site_id, [party_id])).get(party_id)


async def ticket(db: Db, site_id: str, party_id: str) -> str | None:
    """What stands in the party's own link; None for one that waits no more, or never had one."""
    return await q.ticket(db, site_id=site_id, id=party_id)


async def history(db: Db, site_id: str, since: datetime) -> list[PastParty]:
    """The parties whose wait ended since then, latest first."""
    return [PastParty(*record) for record in await q.history(db, site_id=site_id, since=since, at_most=HISTORY_MAX)]


async def waits(db: Db, site_id: str) -> dict[str, WaitRow]:
    """Places in line as last worked out, by party."""
    return {record[0]: WaitRow(*record) for record in await db.fetch(WAITS.view, site_id)}


async def quotes(db: Db, site_id: str) -> dict[str, QuoteRow]:
    """Quotes by party size as last worked out, by band."""
    return {record[0]: QuoteRow(*record) for record in await db.fetch(QUOTES.view, site_id)}
