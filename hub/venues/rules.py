"""What time means at a site: opening hours and closing, across the days on which the clocks change. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo

from hub.core.clock import service_day

Hours = Mapping[str, Sequence[str]]
"""Opening hours in local time: an ISO weekday ("1" is Monday) or a date ("2026-12-25", which wins) → times at which the
house opens and closes by turns, as in ["12:00", "15:00", "18:00", "01:00"]. An empty list is a day closed. A closing at
or before its opening is on the next day.
"""

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


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


def hours_fault(times: Sequence[str]) -> str | None:
    """Why these are no hours of a day: times on the wall at which the house opens and closes by turns, in order; the
    last closing may be in the next morning. None (also for none at all, a day closed) when they are."""
    if any(not _CLOCK.fullmatch(clock) for clock in times):
        return "A time of the day is written as in 18:30."
    if len(times) % 2:
        return "Hours open and close by turns: there is one time too many, or too few."
    minutes = [int(clock[:2]) * 60 + int(clock[3:]) for clock in times]
    if minutes and minutes[-1] <= minutes[-2]:
        minutes[-1] += 24 * 60
    if any(later <= earlier for earlier, later in pairwise(minutes)):
        return "Hours come in order: each time is later than the one before."
    if minutes and minutes[-1] - minutes[0] > 24 * 60:
        return "A day has 24 hours."
    return None


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
