"""What doors and other slices see of guests."""

from typing import Any

import asyncpg

from hub.core import sql
from hub.core.rows import RowType
from hub.guests import phones, rules
from hub.venues import views as venues
from schemas.guests import GuestHit, GuestRow

q = sql.load(__file__)

GUESTS = RowType("guest", GuestRow, q.text("guests"), "p.id", "", tables=(("guest_profile", "id"),))
ROWS = (GUESTS,)

HITS_MAX = 50  # guests one search may bring: more than a screen shows
OFTEN = 2000  # most frequent guests looked through first for what very many match: a letter, a number's first digits


async def guest(db: asyncpg.Connection | asyncpg.Pool, site_id: str, guest_id: str) -> GuestRow | None:
    """A guest as this site knows them, also by the id of a record that was merged into theirs."""
    row = (await GUESTS.read(db, site_id, [guest_id])).get(guest_id)
    if row is None:
        kept = await q.kept_id(db, id=guest_id)
        row = (await GUESTS.read(db, site_id, [kept])).get(kept) if kept else None
    assert row is None or isinstance(row, GuestRow)
    return row


async def guests(db: asyncpg.Connection | asyncpg.Pool, site_id: str, guest_ids: list[str]) -> dict[str, GuestRow]:
    """Several guests of a site, by id."""
    return await GUESTS.read(db, site_id, guest_ids)


async def by_contact(
    db: asyncpg.Connection | asyncpg.Pool, site_id: str, *, phone: str | None = None, email: str | None = None
) -> GuestRow | None:
    """Whom this site knows by a phone number, however it is written, else by an e-mail address."""
    site = await venues.site(db, site_id)
    if site is None:
        return None
    number = phones.normal(phone, site.country)
    person = await q.by_phone(db, org_id=site.org_id, phone=number) if number else None
    if person is None and email:
        person = await q.by_email(db, site_id=site_id, org_id=site.org_id, email=email)
    return (await GUESTS.read(db, site_id, [person["id"]])).get(person["id"]) if person else None


async def search(db: asyncpg.Connection | asyncpg.Pool, site_id: str, text: str, limit: int) -> list[GuestHit]:
    """Guests of a site by what somebody has typed so far of a name, a number or an e-mail address, best first."""
    wanted = rules.asked(text)
    if wanted is None:
        return []
    at_most = min(limit, HITS_MAX)
    patterns: dict[str, Any] = {
        "begins": wanted.begins, "word": wanted.word, "rarest": wanted.rarest, "others": wanted.others,
        "address": wanted.address, "at_most": at_most,
    }  # fmt: skip
    records = []
    if wanted.common:
        records = await q.found_often(db, site_id=site_id, often=OFTEN, **patterns)
    if len(records) < at_most:
        records = await q.found(db, site_id=site_id, **patterns)
    return [GuestHit(**record, matched=rules.matched(wanted, record["name"], record["email"])) for record in records]
