"""What screens and higher storeys see of bookings."""

from datetime import datetime
from typing import Literal, TypeAlias

import asyncpg

from hub.core import sql
from hub.core.rows import RowType
from schemas.bookings import BookingRow
from schemas.reservations import Found

q = sql.load(__file__)
Db: TypeAlias = asyncpg.Connection | asyncpg.Pool

BY_GUEST_MAX = 200  # bookings of one guest shown at once; nobody reads further back
PART_MIN = 3  # letters of a name from which on any part of it is looked for; fewer match the beginning of a word
MATCHED: dict[int, Literal["code", "phone", "email", "name"]] = {1: "code", 2: "phone", 3: "email", 4: "name"}
_LITERALLY = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})

BOOKINGS = RowType(
    "booking", BookingRow, q.text("bookings"), "b.id", "book",
    day=lambda row: row.service_date, day_column="b.service_date", tables=(("booking", "id"),),
)  # fmt: skip
ROWS = (BOOKINGS,)


async def booking(db: Db, site_id: str, booking_id: str) -> BookingRow | None:
    """One booking as it is now."""
    return (await BOOKINGS.read(db, site_id, [booking_id])).get(booking_id)


async def same_wish(
    db: Db, site_id: str, *, starts_at: datetime, phone_key: str | None = None, email: str | None = None,
    guest_id: str | None = None, but: str = "",
) -> BookingRow | None:  # fmt: skip
    """The first live booking of this guest, number or address at exactly this time, other than `but`."""
    if not (phone_key or email or guest_id):
        return None
    record = await q.same_wish(
        db, site_id=site_id, starts_at=starts_at, phone_key=phone_key, email=email, guest_id=guest_id, but=but
    )
    return await booking(db, site_id, record["id"]) if record else None


async def covers_between(
    db: Db, site_id: str, start: datetime, end: datetime, *, but: str = ""
) -> dict[datetime, tuple[int, int]]:
    """By start: (covers, bookings) that come, or came, at times in [start, end), the booking `but` left out."""
    records = await q.covers_between(db, site_id=site_id, since=start, until=end, but=but)
    return {record["starts_at"]: (record["covers"], record["bookings"]) for record in records}


async def by_ticket(db: Db, ticket: str) -> tuple[str, BookingRow] | None:
    """Where a guest's link leads: (site, booking). A link outlives a move to another time; a booking that was deleted
    has none."""
    if not ticket or "\x00" in ticket:
        return None
    record = await q.by_ticket(db, ticket=ticket)
    row = await booking(db, record["site_id"], record["id"]) if record else None
    return (record["site_id"], row) if row else None


async def ticket_of(db: Db, site_id: str, booking_id: str) -> str | None:
    """The ticket of a booking; None for one that was moved (the other has it) or is not there."""
    return await q.ticket_of(db, site_id=site_id, id=booking_id)


async def by_guest(db: Db, site_id: str, guest_id: str, limit: int = BY_GUEST_MAX) -> list[BookingRow]:
    """A guest's bookings here, latest first, past and to come."""
    ids = [record["id"] for record in await q.by_guest(db, site_id=site_id, guest_id=guest_id, at_most=limit)]
    rows = await BOOKINGS.read(db, site_id, ids)
    return [rows[booking_id] for booking_id in ids if booking_id in rows]


async def lookup(
    db: Db, site_id: str, *, now: datetime, codes: list[str], phone_keys: list[str], email: str | None, name: str,
    limit: int,
) -> list[Found]:  # fmt: skip
    """Bookings by any of these keys, relevant ones first; `name` as `guests.rules.searchable` makes it ("" = none)."""
    part = f"%{name.translate(_LITERALLY)}%" if len(name) >= PART_MIN else None
    asked = {"site_id": site_id, "now": now, "codes": codes, "phone_keys": phone_keys, "email": email, "at_most": limit}
    records = await q.lookup(db, **asked, name=None, part=part)
    if not records and name:  # perhaps misspelt: dearer, so only when nothing is spelt like that
        records = await q.lookup(db, **asked, name=name, part=None)
    rows = await BOOKINGS.read(db, site_id, [record["id"] for record in records])
    return [Found(rows[record["id"]], MATCHED[record["by"]]) for record in records if record["id"] in rows]


async def status_since(db: Db, site_id: str, booking_id: str) -> datetime:
    """Since when a booking is in its state."""
    return await q.status_since(db, site_id=site_id, id=booking_id)
