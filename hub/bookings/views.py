"""What screens and higher storeys see of bookings."""

from datetime import datetime

import asyncpg

from hub.core import sql
from hub.core.rows import RowType
from schemas.bookings import BookingRow

q = sql.load(__file__)

BOOKINGS = RowType(
    "booking", BookingRow, q.text("bookings"), "b.id", "book",
    day=lambda row: row.service_date, day_column="b.service_date", tables=(("booking", "id"),),
)  # fmt: skip
ROWS = (BOOKINGS,)


async def booking(db: asyncpg.Connection | asyncpg.Pool, site_id: str, booking_id: str) -> BookingRow | None:
    """One booking as it is now."""
    return (await BOOKINGS.read(db, site_id, [booking_id])).get(booking_id)


async def by_phone_at(
    db: asyncpg.Connection | asyncpg.Pool, site_id: str, *, phone: str, starts_at: datetime
) -> BookingRow | None:
    """The first live booking of this phone number at exactly this time."""
    record = await q.by_phone_at(db, site_id=site_id, phone=phone, starts_at=starts_at)
    return await booking(db, site_id, record["id"]) if record else None


async def status_since(db: asyncpg.Connection | asyncpg.Pool, site_id: str, booking_id: str) -> datetime:
    """Since when a booking is in its state."""
    return await q.status_since(db, site_id=site_id, id=booking_id)
