"""Whether a time may be booked: the house's calendar, and the covers that come then already (I2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from hub.bookings import views as book
from hub.core.work import Policies
from hub.holds import checkouts
from hub.slots import views as slots
from hub.slots.calendar import DAY, Calendar, Slot
from hub.venues.views import Site
from schemas.base import Refused, conflict, invalid

ELSEWHEN = frozenset({"closed", "no_slot", "slot_closed", "slot_full"})
"""Reasons another time would help against."""


@dataclass(frozen=True, slots=True)
class Times:
    """`taken`: covers and bookings by their start. Pure; what it does not know was not loaded."""

    calendar: Calendar
    taken: Mapping[datetime, tuple[int, int]] = field(default_factory=dict)

    def booked(self, slot: Slot) -> tuple[int, int]:
        """(covers, bookings) that come in a slot."""
        here = [count for start, count in self.taken.items() if slot.starts_at <= start < slot.ends_at]
        return sum(covers for covers, _ in here), sum(bookings for _, bookings in here)

    def refuse(self, moment: datetime, *, covers: int, turn_min: int) -> Refused | None:
        """Why no booking of so many is taken for a moment; None when it is, as far as tables do not matter."""
        calendar = self.calendar
        local = moment.astimezone(ZoneInfo(calendar.timezone))
        if calendar.is_open(moment, timedelta(minutes=turn_min)) is False:
            return invalid("starts_at", closed_then(calendar, local), reason="closed")
        if not calendar.shaped(calendar.service_day(moment)):
            return None
        slot = calendar.slot(moment)
        if slot is None:
            return invalid("starts_at", f"{local:%H:%M} is no time bookings are taken for that day.", reason="no_slot")
        if not slot.active:
            return invalid("starts_at", f"{slot.at} is not offered on {local:%A %-d %B}.", reason="slot_closed")
        there, _ = self.booked(slot)
        if slot.covers_max is None or there + covers <= slot.covers_max:
            return None
        sentence = f"At {slot.at} {there} of {slot.covers_max} covers are booked; {covers} more are too many."
        return conflict("slot_full", sentence, field="starts_at")


def closed_then(calendar: Calendar, local: datetime) -> str:
    special = calendar.special(calendar.service_day(local))
    if special and special.kind == "closed":
        return f"The house is closed on {local:%A %-d %B}: {special.title}."
    return f"The house is closed at {local:%H:%M} on {local:%A}."


async def read(
    db: asyncpg.Connection | asyncpg.Pool, site: Site, policies: Policies, start: datetime, end: datetime, *,
    now: datetime, but: str = "",
) -> Times:  # fmt: skip
    """What times in [start, end] are judged by. The booking or checkout `but` does not count."""
    calendar = await slots.around(db, site, policies, start, end)
    first, last = calendar.service_day(start) - DAY, calendar.service_day(end)
    if not any(calendar.shaped(first + ahead * DAY) for ahead in range((last - first).days + 1)):
        return Times(calendar)  # nothing is counted in a house that caps nothing
    return Times(calendar, await _taken(db, site, start - DAY, end + DAY, now=now, but=but))


async def at(
    db: asyncpg.Connection | asyncpg.Pool, site: Site, policies: Policies, moment: datetime, *, now: datetime,
    but: str = "",
) -> Times:  # fmt: skip
    """What one time is judged by. One that no booking is taken for anyway (past, far ahead, without its zone) may be
    any: the calendar of the time nearest to it is read."""
    far = now + timedelta(days=policies.get("booking.max_days_ahead", "dining") + 2)
    near = now if moment.tzinfo is None else min(max(moment, now - DAY), far)
    return await read(db, site, policies, near, near, now=now, but=but)


async def _taken(
    db: asyncpg.Connection | asyncpg.Pool, site: Site, start: datetime, end: datetime, *, now: datetime, but: str
) -> dict[datetime, tuple[int, int]]:
    """Bookings, and parties somebody is filling in right now."""
    taken = await book.covers_between(db, site.id, start, end, but=but)
    for moment, covers in await checkouts.covers_between(db, site.id, start, end, now=now, but=but):
        there, bookings = taken.get(moment, (0, 0))
        taken[moment] = (there + covers, bookings)
    return taken
