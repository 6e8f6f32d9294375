"""The only place the house's calendar changes. Every wish names what it changes; the rest stays as it is."""

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
    SlotRow,
    SlotRuleChanged,
    SlotRuleRow,
    SpecialDayChanged,
    SpecialDayRow,
    StaffLevelChanged,
    WeatherChanged,
    WeatherRow,
)  # fmt: skip

q = sql.load(__file__)

RULE_DEFAULTS: dict[str, Any] = {
    "step_min": None, "starts": [], "covers_max": None, "staff_needed": None, "pricing": None, "incentive": None,
    "recommended": False,
}  # fmt: skip
RULE_FIELDS = ("weekdays", "from_time", "until_time", *RULE_DEFAULTS)
SLOT_DEFAULTS: dict[str, Any] = {
    "covers_max": None, "staff_level": None, "special_event": None, "pricing": None, "incentive": None,
    "recommended": None, "active": True,
}  # fmt: skip
DAY_DEFAULTS: dict[str, Any] = {"weekdays": [], "area_id": None, "hours": None}
DAY_FIELDS = ("kind", "title", "first_day", "last_day", *DAY_DEFAULTS)


def _said(wish: Any, fields: Any) -> dict[str, Any]:
    """The fields a wish names."""
    return {name: value for name in fields if (value := getattr(wish, name)) is not UNSET}


def _today(work: Work) -> Any:
    return service_date(work.now, work.timezone, work.policies.get("venue.day_ends"))


async def _full(work: Work, kind: str, most: int, what: str, **on: Any) -> Refused | None:
    """Everything has a limit: what a site may keep of one kind."""
    asked: dict[str, Any] = {"today": _today(work), "on": _today(work), "now": work.now} | on
    counted = await q.counted(work.db, site_id=work.site_id, **asked)
    if counted[kind] < most:
        return None
    return conflict("too_many", f"There are {most} {what} already. Delete one that is over first.", retry="never")


@handles(SetSlotRule)
async def set_slot_rule(work: Work, wish: SetSlotRule) -> dict[str, str] | Refused:
    said = _said(wish, RULE_FIELDS)
    if "weekdays" in said:
        said["weekdays"] = sorted(set(said["weekdays"]))
    if wish.rule_id is None:
        for needed in ("weekdays", "from_time", "until_time"):
            if needed not in said:
                return invalid(needed, "A rule needs its weekdays, from when and until when.")
        if full := await _full(work, "rules", rules.RULES_MAX, "rules"):
            return full
        row = SlotRuleRow(id=work.new_id(), version=1, **(RULE_DEFAULTS | said))
        work.make("slot_rule", row.id)
    else:
        was = await work.one("slot_rule", wish.rule_id, field="rule_id", expect=wish.expect_version)
        if isinstance(was, Refused):
            return was
        row = structs.replace(was, **said)
    records = await work.db.fetch(views.RULES.view, work.site_id)
    others = [SlotRuleRow(*record) for record in records]
    if refused := rules.refuse_rule(row, others, work.policies.get("venue.day_ends")):
        return refused
    write = q.insert_rule if wish.rule_id is None else q.update_rule
    await write(work.db, site_id=work.site_id, id=row.id, **{name: getattr(row, name) for name in RULE_FIELDS})
    work.tell(SlotRuleChanged(rule_id=row.id))
    return {"rule_id": row.id}


@handles(DeleteSlotRule)
async def delete_slot_rule(work: Work, wish: DeleteSlotRule) -> Refused | None:
    row = await work.one("slot_rule", wish.rule_id, field="rule_id", expect=wish.expect_version, gone=_GONE)
    if isinstance(row, Refused):
        return row
    await q.delete_rule(work.db, site_id=work.site_id, id=row.id)
    work.tell(SlotRuleChanged(rule_id=row.id))
    return None


@handles(SetSlot)
async def set_slot(work: Work, wish: SetSlot) -> dict[str, str] | Refused:
    """A record that says nothing any more is taken away."""
    if refused := rules.refuse_date("on", wish.on, _today(work)):
        return refused
    slot_id = record_id(wish.on, wish.at)
    was: SlotRow | None = (await work.touch("slot", slot_id)).get(slot_id)
    if wish.expect_version is not None and wish.expect_version != (was.version if was else 0):
        sentence = "This time has changed since you looked. Here it is as it is now."
        return conflict("stale", sentence, about=was, field="expect_version")
    if was is None and (full := await _full(work, "slots", rules.SLOTS_MAX, "times on that day", on=wish.on)):
        return full
    fields = {name: getattr(was, name) for name in SLOT_DEFAULTS} if was else dict(SLOT_DEFAULTS)
    fields |= _said(wish, SLOT_DEFAULTS)
    if fields == SLOT_DEFAULTS:
        await q.delete_slot(work.db, site_id=work.site_id, id=slot_id)
    else:
        await q.put_slot(work.db, site_id=work.site_id, id=slot_id, on=wish.on, at=wish.at, **fields)
    work.tell(SlotChanged(on=wish.on, at=wish.at))
    return {"slot_id": slot_id}


@handles(SetSpecialDay)
async def set_special_day(work: Work, wish: SetSpecialDay) -> dict[str, str] | Refused:
    said = _said(wish, DAY_FIELDS)
    if "weekdays" in said:
        said["weekdays"] = sorted(set(said["weekdays"]))
    was: SpecialDayRow | None = None
    if wish.day_id is None:
        for needed in ("kind", "title", "first_day"):
            if needed not in said:
                return invalid(needed, "A special day needs its kind, what it is called and its first day.")
        if full := await _full(work, "days", rules.DAYS_MAX, "special days"):
            return full
        said.setdefault("last_day", said["first_day"])
        row = SpecialDayRow(id=work.new_id(), version=1, **(DAY_DEFAULTS | said))
        work.make("special_day", row.id)
    else:
        found = await work.one("special_day", wish.day_id, field="day_id", expect=wish.expect_version)
        if isinstance(found, Refused):
            return found
        was, row = found, structs.replace(found, **said)
    if row.area_id and not await floor.AREAS.read(work.db, work.site_id, [row.area_id]):
        return invalid("area_id", "There is no such area here.", reason="unknown_area")
    if refused := rules.refuse_day(row, _today(work)):
        return refused
    write = q.insert_day if was is None else q.update_day
    await write(work.db, site_id=work.site_id, id=row.id, **{name: getattr(row, name) for name in DAY_FIELDS})
    both = [row, was] if was else [row]
    work.tell(SpecialDayChanged(
        day_id=row.id, first_day=min(day.first_day for day in both), last_day=max(day.last_day for day in both)
    ))  # fmt: skip
    return {"day_id": row.id}


@handles(DeleteSpecialDay)
async def delete_special_day(work: Work, wish: DeleteSpecialDay) -> Refused | None:
    row = await work.one("special_day", wish.day_id, field="day_id", expect=wish.expect_version, gone=_GONE)
    if isinstance(row, Refused):
        return row
    await q.delete_day(work.db, site_id=work.site_id, id=row.id)
    work.tell(SpecialDayChanged(day_id=row.id, first_day=row.first_day, last_day=row.last_day))
    return None


@handles(SetStaffLevel)
async def set_staff_level(work: Work, wish: SetStaffLevel) -> Refused | None:
    if refused := rules.refuse_date("on", wish.on, _today(work)):
        return refused
    level_id = wish.on.isoformat()
    was = (await work.touch("staff_level", level_id)).get(level_id)
    if wish.expect_version is not None and wish.expect_version != (was.version if was else 0):
        sentence = "The staff of that evening has changed since you looked. Here it is as it is now."
        return conflict("stale", sentence, about=was, field="expect_version")
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
    told = {"starts_at": wish.starts_at, "ends_at": wish.ends_at, "note": wish.note}
    both: list[Any] = [wish]
    if wish.weather_id is None:
        if full := await _full(work, "weather", rules.WEATHER_MAX, "rains told"):
            return full
        weather_id = work.new_id()
        work.make("weather", weather_id)
        await q.insert_weather(work.db, site_id=work.site_id, id=weather_id, **told)
    else:
        weather_id = wish.weather_id
        was = await work.one("weather", weather_id, field="weather_id", expect=wish.expect_version, gone=_GONE)
        if isinstance(was, Refused):
            return was
        both.append(was)
        await q.update_weather(work.db, site_id=work.site_id, id=weather_id, **told)
    _tell_weather(work, weather_id, both)
    return {"weather_id": weather_id}


@handles(DeleteWeather)
async def delete_weather(work: Work, wish: DeleteWeather) -> Refused | None:
    row = await work.one("weather", wish.weather_id, field="weather_id", expect=wish.expect_version, gone=_GONE)
    if isinstance(row, Refused):
        return row
    await q.delete_weather(work.db, site_id=work.site_id, id=row.id)
    _tell_weather(work, row.id, [row])
    return None


def _tell_weather(work: Work, weather_id: str, spans: list[SetWeather | WeatherRow]) -> None:
    work.tell(WeatherChanged(
        weather_id=weather_id, starts_at=min(span.starts_at for span in spans),
        ends_at=max(span.ends_at for span in spans),
    ))  # fmt: skip


_GONE = "That is not there, or was deleted already."
