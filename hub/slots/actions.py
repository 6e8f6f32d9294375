"""The only place the house's calendar changes. Every wish names what it changes; the rest stays as it is."""

from datetime import date, timedelta
from typing import Any

from hub.core import sql
from hub.core.clock import service_date
from hub.core.commands import handles
from hub.core.work import Work
from hub.floor import views as floor
from hub.slots import rules, views
from hub.slots.calendar import record_id
from hub.slots.changes import DAY, GONE, RAIN, RULE, SLOT_DEFAULTS, Kind, slot_fields
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


def _today(work: Work) -> date:
    return service_date(work.now, work.timezone, work.policies.get("venue.day_ends"))


async def _full(work: Work, counts: str, most: int, many: str, on: date | None = None) -> Refused | None:
    """Everything has a limit: what a site may keep of one kind (of times: on one day, or in all)."""
    today = _today(work)
    counted = await q.counted(work.db, site_id=work.site_id, today=today, on=on or today, now=work.now)
    if counted[counts] < most:
        return None
    return conflict("too_many", f"There are {most} {many} already. Delete one that is over first.", retry="never")


async def _wanted(work: Work, kind: Kind, wish: Any) -> tuple[Any, Any] | Refused:
    """(the row as it was, None for a new one; the row as it is wanted), not written yet."""
    if getattr(wish, kind.id) is not None:
        was = await work.one(
            kind.word, getattr(wish, kind.id), field=kind.id, expect=wish.expect_version, gone=GONE
        )  # fmt: skip
        return was if isinstance(was, Refused) else (was, kind.wanted(wish, was))
    row = kind.wanted(wish, None, work.new_id())
    if isinstance(row, Refused):
        return row
    work.make(kind.word, row.id)
    return await _full(work, kind.counts, kind.most, kind.many) or (None, row)


async def _keep(work: Work, kind: Kind, was: Any, row: Any, insert: Any, update: Any) -> dict[str, str]:
    """Writes a wanted row, and names it."""
    fields = {name: getattr(row, name) for name in kind.fields}
    await (insert if was is None else update)(work.db, site_id=work.site_id, id=row.id, **fields)
    return {kind.id: row.id}


async def _drop(work: Work, kind: Kind, wish: Any, delete: Any) -> Any:
    """Deletes the row a wish names, and returns it as it was."""
    row = await work.one(kind.word, getattr(wish, kind.id), field=kind.id, expect=wish.expect_version, gone=GONE)
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
    wanted = await _wanted(work, RULE, wish)
    if isinstance(wanted, Refused):
        return wanted
    was, row = wanted
    others = [SlotRuleRow(*record) for record in await work.db.fetch(views.RULES.view, work.site_id)]
    if refused := rules.refuse_rule(row, others, work.policies.get("venue.day_ends")):
        return refused
    work.tell(SlotRuleChanged(rule_id=row.id))
    return await _keep(work, RULE, was, row, q.insert_rule, q.update_rule)


@handles(DeleteSlotRule)
async def delete_slot_rule(work: Work, wish: DeleteSlotRule) -> Refused | None:
    row = await _drop(work, RULE, wish, q.delete_rule)
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
    fields = slot_fields(wish, was)
    if fields == SLOT_DEFAULTS:
        await q.delete_slot(work.db, site_id=work.site_id, id=slot_id)
    else:
        await q.put_slot(work.db, site_id=work.site_id, id=slot_id, on=wish.on, at=wish.at, **fields)
    work.tell(SlotChanged(on=wish.on, at=wish.at))
    return {"slot_id": slot_id}


@handles(SetSpecialDay)
async def set_special_day(work: Work, wish: SetSpecialDay) -> dict[str, str] | Refused:
    wanted = await _wanted(work, DAY, wish)
    if isinstance(wanted, Refused):
        return wanted
    was, row = wanted
    if row.area_id and not await floor.AREAS.read(work.db, work.site_id, [row.area_id]):
        return invalid("area_id", "There is no such area here.", reason="unknown_area")
    if refused := rules.refuse_day(row, _today(work)):
        return refused
    _tell_day(work, row, was or row)
    return await _keep(work, DAY, was, row, q.insert_day, q.update_day)


@handles(DeleteSpecialDay)
async def delete_special_day(work: Work, wish: DeleteSpecialDay) -> Refused | None:
    row = await _drop(work, DAY, wish, q.delete_day)
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
    wanted = await _wanted(work, RAIN, wish)
    if isinstance(wanted, Refused):
        return wanted
    was, row = wanted
    _tell_weather(work, row, was or row)
    return await _keep(work, RAIN, was, row, q.insert_weather, q.update_weather)


@handles(DeleteWeather)
async def delete_weather(work: Work, wish: DeleteWeather) -> Refused | None:
    row = await _drop(work, RAIN, wish, q.delete_weather)
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
