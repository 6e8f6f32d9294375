"""Opening hours and closing, across the days on which the clocks change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.clock import service_date, service_day
from hub.venues.rules import closes_at, open_spans

EVERY_DAY = {str(day): ["12:00", "15:00", "18:00", "01:30"] for day in range(1, 8)}
ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca")
days = st.dates(date(2026, 1, 1), date(2028, 12, 31))


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_an_ordinary_friday():
    assert open_spans(EVERY_DAY, "Europe/London", date(2026, 11, 20)) == [
        (utc(2026, 11, 20, 12), utc(2026, 11, 20, 15)), (utc(2026, 11, 20, 18), utc(2026, 11, 21, 1, 30)),
    ]  # fmt: skip
    assert closes_at(EVERY_DAY, "Europe/London", date(2026, 11, 20)) == utc(2026, 11, 21, 1, 30)


def test_a_date_of_its_own_wins_over_its_weekday():
    hours = {**EVERY_DAY, "2026-12-25": [], "2026-12-26": ["13:00", "17:00"]}
    assert open_spans(hours, "Europe/London", date(2026, 12, 25)) == []
    assert closes_at(hours, "Europe/London", date(2026, 12, 26)) == utc(2026, 12, 26, 17)


@pytest.mark.parametrize("hours", [{}, {"2026-11-20": []}])
def test_where_hours_say_nothing_the_service_day_ends_it(hours):
    assert closes_at(hours, "Europe/London", date(2026, 11, 20)) == utc(2026, 11, 21, 4)


def test_closing_never_passes_the_end_of_the_service_day():
    assert closes_at({"5": ["18:00", "05:30"]}, "Europe/London", date(2026, 11, 20)) == utc(2026, 11, 21, 4)


def test_the_hour_that_happens_twice_is_worked_twice():
    # London, night to 25 October 2026: 01:30 comes at 00:30 and at 01:30 UTC
    assert closes_at(EVERY_DAY, "Europe/London", date(2026, 10, 24)) == utc(2026, 10, 25, 1, 30)
    starts, ends = service_day(date(2026, 10, 24), "Europe/London")
    assert ends - starts == timedelta(hours=25)


def test_the_hour_that_is_skipped_is_not_worked():
    # London, night to 29 March 2026: 01:00 is 02:00 at once; closing "at 01:30" is half past the jump
    assert closes_at(EVERY_DAY, "Europe/London", date(2026, 3, 28)) in (
        utc(2026, 3, 29, 0, 30),
        utc(2026, 3, 29, 1, 30),
    )
    starts, ends = service_day(date(2026, 3, 28), "Europe/London")
    assert ends - starts == timedelta(hours=23)


@given(days, st.sampled_from(ZONES))
def test_spans_are_in_order_apart_and_inside_their_day(day, zone):
    spans = open_spans(EVERY_DAY, zone, day)
    assert all(opens < closes for opens, closes in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    starts, ends = service_day(day, zone)
    assert starts < spans[0][0] < closes_at(EVERY_DAY, zone, day) <= ends


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)), st.sampled_from(ZONES))  # noqa: DTZ001
def test_every_moment_is_in_the_service_day_it_is_named_after(moment, zone):
    moment = moment.replace(tzinfo=ZoneInfo("UTC"))
    starts, ends = service_day(service_date(moment, zone), zone)
    assert starts <= moment < ends
