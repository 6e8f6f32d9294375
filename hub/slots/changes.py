"""What a wish makes of the calendar before anybody decides whether it may. Pure.

What is kept under an id of its own (rules, special days, rain) is added by a wish without one and else changed in the
fields the wish names; what a day or a time has of its own is known by the day and the time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from msgspec import UNSET, structs

from hub.slots import calendar, rules
from hub.slots.calendar import Calendar, record_id
from schemas.base import Refused, invalid, not_found
from schemas.slots import (
    DeleteSlotRule,
    DeleteSpecialDay,
    DeleteWeather,
    SetSlot,
    SetSlotRule,
    SetSpecialDay,
    SetStaffLevel,
    SetWeather,
    SlotRow,
    SlotRuleRow,
    SlotWish,
    SpecialDayRow,
    WeatherRow,
)  # fmt: skip

GONE = "That is not there, or was deleted already."
NEW = "new"  # the id of a row that is only tried
SLOT_DEFAULTS: dict[str, Any] = {
    "covers_max": None, "staff_level": None, "special_event": None, "pricing": None, "incentive": None,
    "recommended": None, "active": True,
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """What is kept under ids of its own. `counts` is the column of the `counted` query that says how many there are."""

    row: Any
    word: str
    """The row type."""
    id: str
    """The wish's field for the id."""
    needed: tuple[str, ...]
    """The fields a new one has to have."""
    needs: str
    defaults: dict[str, Any]
    counts: str
    most: int
    many: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.needed, *self.defaults)

    def wanted(self, wish: Any, was: Any, new_id: str = NEW) -> Any:
        """The row as it is wanted, or a `Refused` when a new one lacks what it needs."""
        told = said(wish, self.fields)
        if was is not None:
            return structs.replace(was, **told)
        for needed in self.needed:
            if needed not in told:
                return invalid(needed, self.needs)
        row = self.row(id=new_id, version=1, **(self.defaults | told))
        return structs.replace(row, last_day=row.first_day) if self is DAY and row.last_day is None else row


RULE = Kind(
    SlotRuleRow, "slot_rule", "rule_id", ("weekdays", "from_time", "until_time"),
    "A rule needs its weekdays, from when and until when.",
    {
        "step_min": None, "starts": [], "covers_max": None, "staff_needed": None, "pricing": None, "incentive": None,
        "recommended": False,
    },
    "rules", rules.RULES_MAX, "rules",
)  # fmt: skip
DAY = Kind(
    SpecialDayRow, "special_day", "day_id", ("kind", "title", "first_day"),
    "A special day needs its kind, what it is called and its first day.",
    {"last_day": None, "weekdays": [], "area_id": None, "hours": None}, "days", rules.DAYS_MAX, "special days",
)  # fmt: skip
RAIN = Kind(
    WeatherRow, "weather", "weather_id", ("starts_at", "ends_at"), "Rain begins and ends.", {"note": None}, "weather",
    rules.WEATHER_MAX, "rains told",
)  # fmt: skip


def said(wish: Any, fields: Iterable[str]) -> dict[str, Any]:
    """The fields a wish names."""
    told = {name: value for name in fields if (value := getattr(wish, name)) is not UNSET}
    if "weekdays" in told:
        told["weekdays"] = sorted(set(told["weekdays"]))
    return told


def slot_fields(wish: SetSlot, was: SlotRow | None) -> dict[str, Any]:
    """What a time has of its own as it is wanted; equal to `SLOT_DEFAULTS` when nothing is said any more."""
    fields = {name: getattr(was, name) for name in SLOT_DEFAULTS} if was else dict(SLOT_DEFAULTS)
    return fields | said(wish, SLOT_DEFAULTS)


# ---- a change, tried


def tried(was: Calendar, wish: SlotWish, now: Any) -> Calendar | Refused:
    """The calendar as it would be, or why the wish would be refused, as far as the calendar knows."""
    after = _tried(was, wish, was.service_day(now), now)
    return after if isinstance(after, Refused) else replace(was, **after, _known={})


def differs_on(before: Calendar, after: Calendar) -> Callable[[date], bool]:
    """Whether two calendars of a house may say something else of a service day; a night may reach into the next."""
    rules_ = _apart(before.rules, after.rules)
    days = _apart(before.days, after.days)
    told = {record.on for record in _apart(before.records.values(), after.records.values())}
    told |= {day for day, _ in set(before.levels.items()) ^ set(after.levels.items())}
    wet = [(before.service_day(rain.starts_at), before.service_day(rain.ends_at))
           for rain in _apart(before.weather, after.weather)]  # fmt: skip

    def one(day: date) -> bool:
        return (
            day in told
            or any(day.isoweekday() in rule.weekdays for rule in rules_)
            or any(special.first_day <= day <= special.last_day for special in days)
            or any(first <= day <= last for first, last in wet)
        )

    return lambda day: one(day) or one(day - calendar.DAY)


def _apart(before: Iterable[Any], after: Iterable[Any]) -> list[Any]:
    """What two lists do not have alike."""
    was, now = ({row.id: row for row in rows} for rows in (before, after))
    pairs = ((was.get(row_id), now.get(row_id)) for row_id in {**was, **now})
    return [row for old, new in pairs if old != new for row in (old, new) if row is not None]


def _tried(was: Calendar, wish: SlotWish, today: date, now: Any) -> dict[str, Any] | Refused:
    match wish:
        case SetSlotRule() | DeleteSlotRule():
            return _list(
                RULE, was.rules, wish, "rules",
                lambda row: rules.refuse_rule(row, was.rules, was.day_ends),
            )  # fmt: skip
        case SetSpecialDay() | DeleteSpecialDay():
            return _list(DAY, was.days, wish, "days", lambda row: rules.refuse_day(row, today))
        case SetWeather() | DeleteWeather():
            return _list(
                RAIN, was.weather, wish, "weather",
                lambda row: rules.refuse_weather(row.starts_at, row.ends_at, now),
            )  # fmt: skip
        case SetSlot():
            slot_id = record_id(wish.on, wish.at)
            fields = slot_fields(wish, was.records.get(slot_id))
            records = {key: record for key, record in was.records.items() if key != slot_id}
            if fields != SLOT_DEFAULTS:
                records[slot_id] = SlotRow(id=slot_id, on=wish.on, at=wish.at, version=1, **fields)
            return rules.refuse_date("on", wish.on, today) or {"records": records}
        case SetStaffLevel():
            levels = {day: level for day, level in was.levels.items() if day != wish.on}
            if wish.level is not None:
                levels[wish.on] = wish.level
            return rules.refuse_date("on", wish.on, today) or {"levels": levels}


def _list(kind: Kind, rows: Any, wish: Any, name: str, refuse: Any) -> dict[str, Any] | Refused:
    """One of the calendar's lists with a row added, changed or deleted."""
    row_id = getattr(wish, kind.id)
    was = next((row for row in rows if row.id == row_id), None)
    if row_id is not None and was is None:
        return not_found(kind.id, GONE)
    others = [row for row in rows if row.id != row_id]
    if isinstance(wish, DeleteSlotRule | DeleteSpecialDay | DeleteWeather):
        return {name: others}
    row = kind.wanted(wish, was)
    return row if isinstance(row, Refused) else refuse(row) or {name: [*others, row]}
