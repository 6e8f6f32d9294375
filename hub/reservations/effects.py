"""What a change of the calendar would mean for the bookings that stand: which of them it leaves where none is taken any
more. They are not touched by it; the manager sees them before the change is made. Pure, but for `scene`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from hub.bookings import views as book
from hub.core.clock import service_date, service_day
from hub.core.work import Policies
from hub.floor import views as floor
from hub.holds import views as holds
from hub.reservations.times import closed_then
from hub.slots import views as slots
from hub.slots.calendar import Calendar, Slot
from hub.slots.changes import differs_on, tried
from hub.slots.rules import AHEAD_DAYS
from hub.venues.views import Site
from schemas.base import Refused
from schemas.bookings import BookingRow
from schemas.floor import TableRow
from schemas.slots import SlotEffects, SlotWish, Touched

STILL_TO_COME = ("inquiry", "pending", "confirmed", "reminded")
SEEN_MAX = 5000  # bookings looked at, the next ones first: more than 90 days of a full house
SHOWN_MAX = 100  # bookings told one by one


@dataclass(frozen=True)
class Scene:
    """The calendar as it is and who is still to come, by start. `tables`: by owner, those planned for it."""

    calendar: Calendar
    bookings: Sequence[BookingRow]
    tables: Mapping[str, Sequence[TableRow]]
    now: datetime


async def scene(db: asyncpg.Connection, site: Site, policies: Policies, *, now: datetime) -> Scene:
    today = service_date(now, site.timezone, site.day_ends)
    last = today + timedelta(days=AHEAD_DAYS)
    calendar = await slots.calendar(db, site, policies, today, last)
    records = await db.fetch(
        f"{book.BOOKINGS.view} AND b.service_date BETWEEN $2 AND $3 AND b.status = ANY($4)"
        " ORDER BY b.starts_at, b.id LIMIT $5",
        site.id, today, last, STILL_TO_COME, SEEN_MAX,
    )  # fmt: skip
    there = await floor.tables(db, site.id)
    tables: dict[str, list[TableRow]] = defaultdict(list)
    start, _ = service_day(today, site.timezone, site.day_ends)
    for held in await holds.busy(db, site.id, start, start + timedelta(days=AHEAD_DAYS)):
        if held.owner_kind == "booking" and held.table_id in there:
            tables[held.owner_id].append(there[held.table_id])
    return Scene(calendar, [BookingRow(*record) for record in records], tables, now)


def of(there: Scene, wish: SlotWish) -> SlotEffects:
    """Bookings in nobody's way as the calendar is, that would be in the way of it as it is wanted."""
    after = tried(there.calendar, wish, there.now)
    if isinstance(after, Refused):
        return SlotEffects(refused=after)
    concerned = differs_on(there.calendar, after)
    there = replace(there, bookings=[booking for booking in there.bookings if concerned(booking.service_date)])
    before = dict(_astray(there, there.calendar))
    rows = {booking.id: booking for booking in there.bookings}
    found = [
        Touched(
            booking_id=booking_id, code=rows[booking_id].code, name=rows[booking_id].name,
            covers=rows[booking_id].covers, service_date=rows[booking_id].service_date,
            starts_at=rows[booking_id].starts_at,
            tables=[table.number for table in there.tables.get(booking_id, ())], why=why,
        )
        for booking_id, why in _astray(there, after) if booking_id not in before
    ]  # fmt: skip
    found.sort(key=lambda one: (one.starts_at, one.booking_id))
    return SlotEffects(
        count=len(found), covers=sum(one.covers for one in found), bookings=found[:SHOWN_MAX], seen=len(rows)
    )


def _astray(there: Scene, calendar: Calendar) -> Iterator[tuple[str, str]]:
    """(booking, why) of those that would not be taken like this any more."""
    coming: dict[datetime, list[BookingRow]] = defaultdict(list)
    slot_at: dict[datetime, Slot] = {}
    for booking in there.bookings:
        why = _shut_out(there, calendar, booking)
        slot = calendar.slot(booking.starts_at) if why is None else None
        if why is not None:
            yield booking.id, why
        elif slot is not None:
            coming[slot.starts_at].append(booking)
            slot_at[slot.starts_at] = slot
    for starts_at, bookings in coming.items():
        yield from _too_many(slot_at[starts_at], bookings)


def _shut_out(there: Scene, calendar: Calendar, booking: BookingRow) -> str | None:
    """Why nobody would be taken for that time at those tables, caps aside."""
    start, end = booking.starts_at, booking.ends_at
    local = start.astimezone(ZoneInfo(calendar.timezone))
    if calendar.is_open(start, end - start) is False:
        return closed_then(calendar, local)
    if calendar.shaped(calendar.service_day(start)):
        slot = calendar.slot(start)
        if slot is None:
            return f"{local:%H:%M} is no time bookings are taken for that day."
        if not slot.active:
            return f"{slot.at} is not offered that day."
    shut = calendar.shut(start, end)
    areas = [table.area_id for table in there.tables.get(booking.id, ())] or [booking.area_id or ""]
    return next((f"{shut[area]}." for area in sorted(areas) if area in shut), None)


def _too_many(slot: Slot, bookings: Sequence[BookingRow]) -> Iterator[tuple[str, str]]:
    """Those over a slot's cap: who booked last."""
    if slot.covers_max is None:
        return
    covers = sum(booking.covers for booking in bookings)
    why = f"{covers} covers are booked for {slot.at}, where {slot.covers_max} may come."
    for booking in sorted(bookings, key=lambda one: (one.booked_at or one.starts_at, one.id), reverse=True):
        if covers <= slot.covers_max:
            return
        yield booking.id, why
        covers -= booking.covers
