"""The site and its clock as screens see them, and what other slices may ask about a site."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from hub.core import sql
from hub.core.rows import RowType
from hub.venues import rules
from schemas.venues import ClockRow, VenueRow

q = sql.load(__file__)

ROWS = (
    RowType("venue", VenueRow, q.text("venue_rows"), "s.id", "floor"),
    RowType("clock", ClockRow, q.text("clock_rows"), "c.id", "floor"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """A site's own data; `service_date` is the day its screens are on."""

    id: str
    org_id: str
    name: str
    timezone: str
    opening_hours: dict[str, Any]
    service_date: date
    day_ends: str
    slug: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    country: str = "GB"
    """Two letters; what a phone number without a country code is read by."""

    def closes_at(self, day: date) -> datetime:
        """When the house closes on a service day, UTC."""
        return rules.closes_at(self.opening_hours, self.timezone, day, self.day_ends)


async def site(db: asyncpg.Connection | asyncpg.Pool, site_id: str) -> Site | None:
    record = await q.site(db, site_id=site_id)
    if record is None:
        return None
    return Site(**{**record, "country": record["country"] or rules.country_of(record["timezone"])})


async def closes_at(db: asyncpg.Connection | asyncpg.Pool, site_id: str, day: date) -> datetime:
    """When a site closes on a service day, UTC."""
    found = await site(db, site_id)
    assert found is not None, f"no site {site_id}"
    return found.closes_at(day)
