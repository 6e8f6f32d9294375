"""What a wish makes of the calendar, tried without a house: as the house would keep it, and on which days it tells."""

from datetime import date, timedelta

import pytest

from hub.slots import changes
from schemas.base import Refused
from schemas.slots import DeleteSlotRule, SetSlot, SetSlotRule, SetSpecialDay, SetStaffLevel, SetWeather
from tests.hub.slots.test_calendar import FRIDAY, a_calendar, a_day, a_record, a_rule, at, times

NOW = at("12:00")
WISH = {"site_id": "s1", "key": "only-tried"}


def tried(calendar, wish):
    after = changes.tried(calendar, wish, NOW)
    assert not isinstance(after, Refused), after
    return after


def days_of(calendar, after):
    """Which days of the four weeks around today may be different, counted from today."""
    differs = changes.differs_on(calendar, after)
    return [ahead for ahead in range(-1, 14) if differs(FRIDAY + timedelta(days=ahead))]


def test_a_calendar_that_was_looked_at_already_is_made_anew():
    calendar = a_calendar(a_rule("18:00", "22:00"))
    assert "19:15" in times(calendar)
    after = tried(calendar, SetSlotRule(**WISH, rule_id="r1", step_min=30))
    assert "19:15" not in times(after) and "19:15" in times(calendar), "the one as it is stays as it is"
    assert times(tried(calendar, DeleteSlotRule(**WISH, rule_id="r1"))) == times(a_calendar())
    closed = tried(calendar, SetSpecialDay(**WISH, kind="closed", title="x", first_day=FRIDAY))
    assert times(closed) == [] and closed.days[0].last_day == FRIDAY


@pytest.mark.parametrize(("wish", "days"), [
    (SetSlotRule(**WISH, weekdays=[7], from_time="12:00", until_time="14:00"), [2, 3, 9, 10]),
    (SetSlotRule(**WISH, rule_id="r1", weekdays=[1]), [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
    (SetSlot(**WISH, on=FRIDAY, at="19:00", covers_max=3), [0, 1]), (SetStaffLevel(**WISH, on=FRIDAY, level=3), [0, 1]),
    (SetSpecialDay(**WISH, kind="season", title="x", first_day=date(2026, 11, 23), last_day=date(2026, 11, 24)), [3, 4, 5]),
    (SetSpecialDay(**WISH, day_id="d1", last_day=FRIDAY + timedelta(days=8)), [7, 8, 9]),
    (SetWeather(**WISH, starts_at=at("19:00"), ends_at=at("02:00")), [0, 1]),
    (SetWeather(**WISH, starts_at=at("19:00"), ends_at=at("12:00", FRIDAY + timedelta(days=1))), [0, 1, 2]),
])  # fmt: skip
def test_the_days_a_change_tells_on_and_the_night_after_each(wish, days):
    calendar = a_calendar(a_rule("18:00", "22:00"), days=[a_day("event", FRIDAY + timedelta(days=7))])
    assert days_of(calendar, tried(calendar, wish)) == days


def test_what_says_the_same_tells_on_no_day():
    calendar = a_calendar(a_rule("18:00", "22:00", covers_max=4), records=[a_record("19:00", covers_max=2)])
    assert days_of(calendar, tried(calendar, SetSlotRule(**WISH, rule_id="r1", covers_max=4))) == []
    back = tried(calendar, SetSlot(**WISH, on=FRIDAY, at="19:00", covers_max=None))
    assert back.records == {}, "a record that says nothing any more is taken away"
    assert days_of(calendar, back) == [0, 1]
