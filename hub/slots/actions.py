"""The only place the house's calendar changes. Every wish names what it changes; the rest stays as it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from msgspec import UNSET, structs

from hub.core import sql
from hub.core.clock import service_date
from hub.core.commands import handles
from hub.core.work import Work
from hub.floor import views as floor
from hub.slots import rules, views
from hub.slots.calendar import record_id
from schemas.base import Refused, conflict, invalid
from schemas.slots import (
    DeleteSlotRule,
    DeleteSpecialDay,
    DeleteWeather,
    SetSlot,
    SetSlotRule,
    SetSpecialDay,
    SetStaffLevel,
    SetWeather,
    SlotChanged,
    SlotRuleChanged,
    SlotRuleRow,
    SpecialDayChanged,
    SpecialDayRow,
    StaffLevelChanged,
    TidySlots,
    WeatherChanged,
    WeatherRow,
)  # fmt: skip

q = sql.load(__file__)


@dataclass(frozen=True)
class _Kind:
    """What is kept under ids of its own: added by a wish without one, else changed in the fields the wish names."""

    row: Any
    word: str
    """The row type."""
    id: str
    """The wish's field for the id."""
    defaults: dict[str, Any]
    needed: tuple[str, ...]
    """The fields a new one has to have."""
    needs: str
    counts: str
    """The column of the `counted` query that holds how many there are."""
    most: int
    many: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.needed, *self.defaults)


_RULE = _Kind(
    SlotRuleRow, "slot_rule", "rule_id",
    {
        "step_min": None, "starts": [], "covers_max": None, "staff_needed": None, "pricing": None, "incentive": None,
        "recommended": False,
    },
    ("weekdays", "from_time", "until_time"), "A rule needs its weekdays, from when and until when.",
    "rules", rules.RULES_MAX, "rules",
)  # fmt: skip
_DAY = _Kind(
    SpecialDayRow, "special_day", "day_id", {"last_day": None, "weekdays": [], "area_id": None, "hours": None},
    ("kind", "title", "first_day"), "A special day needs its kind, what it is called and its first day.",
    "days", rules.DAYS_MAX, "special days",
)  # fmt: skip
_RAIN = _Kind(
    WeatherRow, "weather", "weather_id", {"note": None}, ("starts_at", "ends_at"), "Rain begins and ends.",
    "weather", rules.WEATHER_MAX, "rains told",
)  # fmt: skip
_SLOT_DEFAULTS: dict[str, Any] = {
    "covers_max": None, "staff_level": None, "special_event": None, "pricing": None, "incentive": None,
    "recommended": None, "active": True,
}  # fmt: skip
_GONE = "That is not there, or was deleted already."


def _said(wish: Any, fields: Iterable[str]) -> dict[str, Any]:
    """The fields a wish names."""
    said = {name: value for name in fields if (value := getattr(wish, name)) is not UNSET}
    if "weekdays" in said:
        said["weekdays"] = sorted(set(said["weekdays"]))
    return said


def _today(work: Work) -> date:
    return service_date(work.now, work.timezone, work.policies.get("venue.day_ends"))


async def _full(work: Work, counts: str, most: int, many: str, on: date | None = None) -> Refused | None:
    """Everything has a limit: what a site may keep of one kind (of times: on one day, or in all)."""
    today = _today(work)
    counted = await q.counted(work.db, site_id=work.site_id, today=today, on=on or today, now=work.now)
    if counted[counts] < most:
        return None
    return conflict("too_many", f"There are {most} {many} already. Delete one that is over first.", retry="never")


async def _wanted(work: Work, kind: _Kind, wish: Any) -> tuple[Any, Any] | Refused:
    """(the row as it was, None for a new one; the row as it is wanted), not written yet."""
    said, row_id = _said(wish, kind.fields), getattr(wish, kind.id)
    if row_id is not None:
        was = await work.one(kind.word, row_id, field=kind.id, expect=wish.expect_version, gone=_GONE)
        return was if isinstance(was, Refused) else (was, structs.replace(was, **said))
    for needed in kind.needed:
        if needed not in said:
            return invalid(needed, kind.needs)
    if full := await _full(work, kind.counts, kind.most, kind.many):
        return full
    row = kind.row(id=work.new_id(), version=1, **(kind.defaults | said))
    work.make(kind.word, row.id)
    return None, row


async def _keep(work: Work, kind: _Kind, was: Any, row: Any, insert: Any, update: Any) -> dict[str, str]:
    """Writes a wanted row, and names it."""
    fields = {name: getattr(row, name) for name in kind.fields}
    await (insert if was is None else update)(work.db, site_id=work.site_id, id=row.id, **fields)
    return {kind.id: row.id}


async def _drop(work: Work, kind: _Kind, wish: Any, delete: Any) -> Any:
    """Deletes the row a wish names, and returns it as it was."""
    row = await work.one(kind.word, getattr(wish, kind.id), field=kind.id, expect=wish.expect_version, gone=_GONE)
    if not isinstance(row, Refused):
        await delete(work.db, site_id=work.site_id, id=row.id)
    return row


async def _named(work: Work, word: str, row_id: str, wish: Any, what: str) -> Any:
    """The row of a day or a time, None while nothing is said of it (version 0 to who expects that)."""
    was = (await work.touch(word, row_id)).get(row_id)
    if wish.expect_version is not None and wish.expect_version != (was.version if was else 0):
        sentence = f"{what} has changed since you looked. Here it is as it is now."
        return conflict("stale", sentence, about=was, field="expect_version")
    return was


@handles(SetSlotRule)
async def set_slot_rule(work: Work, wish: SetSlotRule) -> dict[str, str] | Refused:
    wanted = await _wanted(work, _RULE, wish)
    if isinstance(wanted, Refused):
        return wanted
    was, row = wanted
    others = [SlotRuleRow(*record) for record in await work.db.fetch(views.RULES.view, work.site_id)]
    if refused := rules.refuse_rule(row, others, work.policies.get("venue.day_ends")):
        return refused
    work.tell(SlotRuleChanged(rule_id=row.id))
    return await _keep(work, _RULE, was, row, q.insert_rule, q.update_rule)


@handles(DeleteSlotRule)
async def delete_slot_rule(work: Work, wish: DeleteSlotRule) -> Refused | None:
    row = await _drop(work, _RULE, wish, q.delete_rule)
    if isinstance(row, Refused):
        return row
    work.tell(SlotRuleChanged(rule_id=row.id))
    return None


@handles(SetSlot)
async def set_slot(work: Work, wish: SetSlot) -> dict[str, str] | Refused:
    """A record that says nothing any more is taken away."""
    if refused := rules.refuse_date("on", wish.on, _today(work)):
        return refused
    slot_id = record_id(wish.on, wish.at)
    was = await _named(work, "slot", slot_id, wish, "This time")
    if isinstance(was, Refused):
        return was
    if was is None:
        for counts, most, many in rules.SLOTS_MOST:
            if full := await _full(work, counts, most, many, wish.on):
                return full
    fields = {name: getattr(was, name) for name in _SLOT_DEFAULTS} if was else dict(_SLOT_DEFAULTS)
    fields |= _said(wish, _SLOT_DEFAULTS)
    if fields == _SLOT_DEFAULTS:
        await q.delete_slot(work.db, site_id=work.site_id, id=slot_id)
    else:
        await q.put_slot(work.db, site_id=work.site_id, id=slot_id, on=wish.on, at=wish.at, **fields)
    work.tell(SlotChanged(on=wish.on, at=wish.at))
    return {"slot_id": slot_id}


@handles(SetSpecialDay)
async def set_special_day(work: Work, wish: SetSpecialDay) -> dict[str, str] | Refused:
    wanted = await _wanted(work, _DAY, wish)
    if isinstance(wanted, Refused):
        return wanted
    was, row = wanted
    if row.last_day is None:
        row = structs.replace(row, last_day=row.first_day)
    if row.area_id and not await floor.AREAS.read(work.db, work.site_id, [row.area_id]):
        return invalid("area_id", "There is no such area here.", reason="unknown_area")
    if refused := rules.refuse_day(row, _today(work)):
        return refused
    _tell_day(work, row, was or row)
    return await _keep(work, _DAY, was, row, q.insert_day, q.update_day)


@handles(DeleteSpecialDay)
async def delete_special_day(work: Work, wish: DeleteSpecialDay) -> Refused | None:
    row = await _drop(work, _DAY, wish, q.delete_day)
    if isinstance(row, Refused):
        return row
    _tell_day(work, row, row)
    return None


def _tell_day(work: Work, row: SpecialDayRow, was: SpecialDayRow) -> None:
    first, last = min(row.first_day, was.first_day), max(row.last_day, was.last_day)
    work.tell(SpecialDayChanged(day_id=row.id, first_day=first, last_day=last))


@handles(SetStaffLevel)
async def set_staff_level(work: Work, wish: SetStaffLevel) -> Refused | None:
    if refused := rules.refuse_date("on", wish.on, _today(work)):
        return refused
    level_id = wish.on.isoformat()
    was = await _named(work, "staff_level", level_id, wish, "The staff of that evening")
    if isinstance(was, Refused):
        return was
    if wish.level is None:
        await q.delete_staff_level(work.db, site_id=work.site_id, id=level_id)
    else:
        await q.put_staff_level(work.db, site_id=work.site_id, id=level_id, on=wish.on, level=wish.level)
    work.tell(StaffLevelChanged(on=wish.on, level=wish.level))
    return None


@handles(SetWeather)
async def set_weather(work: Work, wish: SetWeather) -> dict[str, str] | Refused:
    if refused := rules.refuse_weather(wish.starts_at, wish.ends_at, work.now):
        return refused
    wanted = await _wanted(work, _RAIN, wish)
    if isinstance(wanted, Refused):
        return wanted
    was, row = wanted
    _tell_weather(work, row, was or row)
    return await _keep(work, _RAIN, was, row, q.insert_weather, q.update_weather)


@handles(DeleteWeather)
async def delete_weather(work: Work, wish: DeleteWeather) -> Refused | None:
    row = await _drop(work, _RAIN, wish, q.delete_weather)
    if isinstance(row, Refused):
        return row
    _tell_weather(work, row, row)
    return None


def _tell_weather(work: Work, row: WeatherRow, was: WeatherRow) -> None:
    starts_at, ends_at = min(row.starts_at, was.starts_at), max(row.ends_at, was.ends_at)
    work.tell(WeatherChanged(weather_id=row.id, starts_at=starts_at, ends_at=ends_at))


@handles(TidySlots)
async def tidy_slots(work: Work, wish: TidySlots) -> None:  # noqa: ARG001 - the site and the clock say it all
    """What is long over is let go: screens hold the whole calendar."""
    over = await q.over(work.db, site_id=work.site_id, before=_today(work) - timedelta(days=rules.KEPT_DAYS))
    for word, delete in (
        ("slot", q.delete_slot), ("special_day", q.delete_day), ("staff_level", q.delete_staff_level),
        ("weather", q.delete_weather),
    ):  # fmt: skip
        ids = [record["id"] for record in over if record["kind"] == word]
        await work.touch(word, *ids)
        for row_id in ids:
            await delete(work.db, site_id=work.site_id, id=row_id)
