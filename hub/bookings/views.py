"""What screens and higher storeys see of bookings."""

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
