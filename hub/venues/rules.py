"""What time means at a site: opening hours and closing, across the days on which the clocks change. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from hub.core.clock import service_day

Hours = Mapping[str, Sequence[str]]
"""Opening hours in local time: an ISO weekday ("1" is Monday) or a date ("2026-12-25", which wins) → times at which the
house opens and closes by turns, as in ["12:00", "15:00", "18:00", "01:00"]. An empty list is a day closed. A closing at
or before its opening is on the next day.
"""


def open_spans(hours: Hours, timezone: str, day: date) -> list[tuple[datetime, datetime]]:
    """The half-open spans [opens, closes) of a service day in UTC, in order; empty when closed or when nothing is said.

    Where a local time happens twice the house opens at the first and closes at the second; where it is skipped, the
    clock's own jump applies.
    """
    zone = ZoneInfo(timezone)
    spans = []
    times = hours.get(day.isoformat(), hours.get(str(day.isoweekday()), ()))
    for opens, closes in zip(times[::2], times[1::2], strict=True):
        next_day = timedelta(days=1) if closes <= opens else timedelta()
        start = _moment(day, opens, zone, fold=0)
        end = _moment(day + next_day, closes, zone, fold=1)
        if start < end:
            spans.append((start, end))
    return sorted(spans)


def closes_at(hours: Hours, timezone: str, day: date, day_ends: str = "04:00") -> datetime:
    """When the house closes on a service day (G-15): the end of its last span, or of the service day when its hours say
    nothing about the day. Never later than the service day itself.
    """
    _, day_end = service_day(day, timezone, day_ends)
    spans = open_spans(hours, timezone, day)
    return min(max(end for _, end in spans), day_end) if spans else day_end


@cache
def country_of(timezone: str) -> str:
    """The country a time zone belongs to, by the zone database's own table; GB where it names none."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if not line.startswith("#") and line.split("\t")[2] == timezone:
            return line[:2]
    return "GB"


def _moment(day: date, text: str, zone: ZoneInfo, *, fold: int) -> datetime:
    hour, minute = (int(part) for part in text.split(":"))
    extra, hour = divmod(hour, 24)  # 24:00 is the end of the day
    day += timedelta(days=extra)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold).astimezone(UTC)
