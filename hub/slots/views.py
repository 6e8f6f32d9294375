"""What doors and higher storeys may ask of the house's calendar. Its rows are on a channel of their own, for who plans
the week: no other screen is told a year of closures. What they make of a day is pushed to all who look at it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
import msgspec

from hub.core import sql
from hub.core.clock import service_date
from hub.core.rows import RowType
from hub.core.work import Policies
from hub.floor import views as floor
from hub.slots.calendar import DAY, Calendar, Slot, record_id
from hub.venues.views import Site
from schemas.floor import AreaRow
from schemas.slots import (
    Closure,
    EventSlots,
    SlotRow,
    SlotRuleRow,
    SlotsConfig,
    SpecialDayRow,
    StaffLevelRow,
    WeatherRow,
)  # fmt: skip

q = sql.load(__file__)
Db: TypeAlias = asyncpg.Connection | asyncpg.Pool

CHANNEL = "slots"
RULES = RowType("slot_rule", SlotRuleRow, q.text("rules"), "r.id", CHANNEL, tables=(("slot_rule", "id"),))
RECORDS = RowType("slot", SlotRow, q.text("slots"), "s.id", CHANNEL, tables=(("slot", "id"),))
DAYS = RowType("special_day", SpecialDayRow, q.text("days"), "d.id", CHANNEL, tables=(("special_day", "id"),))
LEVELS = RowType("staff_level", StaffLevelRow, q.text("staff_levels"), "l.id", CHANNEL, tables=(("staff_level", "id"),))
WEATHER = RowType("weather", WeatherRow, q.text("weather"), "w.id", CHANNEL, tables=(("weather", "id"),))
ROWS = (RULES, RECORDS, DAYS, LEVELS, WEATHER)

KIND = "dining"


async def calendar(db: Db, site: Site, policies: Policies, since: date, until: date) -> Calendar:
    """The service days from `since` to `until`, and the one before them: its night may reach into the first."""
    told = await q.calendar(db, site_id=site.id, since=since - DAY, until=until)
    records = await db.fetch(f"{floor.AREAS.view} AND a.active ORDER BY a.position, a.id", site.id)
    return Calendar(
        timezone=site.timezone, day_ends=site.day_ends, hours=site.opening_hours,
        step_min=policies.get("dining.slot_step_min", KIND), areas=[AreaRow(*record) for record in records],
        rules=_rows(told["rules"], SlotRuleRow),
        records={record_id(row.on, row.at): row for row in _rows(told["records"], SlotRow)},
        days=_rows(told["days"], SpecialDayRow),
        levels={row.on: row.level for row in _rows(told["levels"], StaffLevelRow)},
        weather=_rows(told["weather"], WeatherRow), staff_needed=policies.get("slot.staff_level", KIND),
        weather_gate=policies.get("availability.weather_gate", KIND),
    )  # fmt: skip


def _rows(told: list[list[Any]] | None, struct: Any) -> Sequence[Any]:
    names = struct.__struct_fields__
    return [msgspec.convert(dict(zip(names, row, strict=True)), struct) for row in told or ()]


async def around(db: Db, site: Site, policies: Policies, start: datetime, end: datetime) -> Calendar:
    """The calendar of the service days that [start, end] meets."""
    first, last = (service_date(moment, site.timezone, site.day_ends) for moment in (start, end))
    return await calendar(db, site, policies, first, last)


async def day(db: Db, site: Site, policies: Policies, on: date) -> list[Slot]:
    """The slots of a service day, each with its cap as it is offered and its marks."""
    return (await calendar(db, site, policies, on, on)).slots(on)


async def closed(db: Db, site: Site, policies: Policies, start: datetime, end: datetime) -> list[Closure]:
    """Within [start, end): when the house takes nobody in, and when which areas are not to be had. A party's turn must
    not meet a closure of its area; only its start must be clear of the house's."""
    return (await around(db, site, policies, start, end)).closed(start, end)


async def config(db: Db, site: Site, policies: Policies, today: date) -> SlotsConfig:
    """The configuration as it stands, what is over left out."""
    far = today + timedelta(days=100_000)
    told = await q.calendar(db, site_id=site.id, since=today, until=far)
    return SlotsConfig(
        step_min=policies.get("dining.slot_step_min", KIND),
        weather_gate=policies.get("availability.weather_gate", KIND),
        staff_needed=policies.get("slot.staff_level", KIND),
        rules=list(_rows(told["rules"], SlotRuleRow)), records=list(_rows(told["records"], SlotRow)),
        days=list(_rows(told["days"], SpecialDayRow)), staff_levels=list(_rows(told["levels"], StaffLevelRow)),
        weather=list(_rows(told["weather"], WeatherRow)),
        event=EventSlots(
            starts=policies.get("event.slot_starts", "event"),
            pref_shift_min=policies.get("event.adjust_pref", "event"),
            max_shift_min=policies.get("event.adjust_max", "event"),
        ),
    )  # fmt: skip


__all__ = ["ROWS", "Calendar", "Slot", "around", "calendar", "closed", "config", "day"]
