"""When and where a booking may be made, pure; the nights the clocks change included."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hub.core.clock import service_date
from hub.reservations import rules
from schemas.floor import JoinRow
from tests.hub.bookings.test_rules import a_booking
from tests.hub.floor.test_rules import a_table

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)


def refusal(starts_at, now=NOW, timezone="Europe/London", max_days=90):
    return rules.refuse_time(starts_at, now, timezone=timezone, max_days=max_days)


def test_later_today_is_fine_and_the_past_is_not():
    assert refusal(NOW + timedelta(hours=1)) is None
    assert refusal(NOW, NOW + timedelta(seconds=40)) is None  # the minute that is running
    assert (refusal(NOW - timedelta(minutes=1)).field, refusal(NOW - timedelta(minutes=1)).reason) == (
        "starts_at",
        "past",
    )


def test_the_horizon_is_counted_in_local_days():
    last = datetime(2027, 2, 18, 23, 59, tzinfo=ZoneInfo("Europe/London"))
    assert refusal(last) is None
    assert refusal(last + timedelta(minutes=1)).reason == "too_far_ahead"
    assert refusal(last + timedelta(minutes=1), timezone="Pacific/Auckland") is None  # where today is the 21st already


def test_a_time_without_a_zone_is_no_time():
    assert refusal(datetime(2026, 11, 20, 20, 0)).field == "starts_at"  # noqa: DTZ001


def join(a, b, combined=8):
    return JoinRow(f"{a}{b}", a, b, combined, 1)


def test_joined_tables_seat_what_their_joins_say():
    one, two, three = a_table("t1"), a_table("t2"), a_table("t3", max_covers=6)
    assert rules.seats([one], []) == 4
    assert rules.seats([one, two], []) is None
    assert rules.seats([one, two], [join("t1", "t2", 7)]) == 7
    assert rules.seats([one, two, three], [join("t1", "t2"), join("t2", "t3", 9)]) == 13
    assert rules.seats([three, one, two], [join("t1", "t2"), join("t2", "t3", 9)]) == 13
    assert rules.seats([one, two, three], [join("t1", "t2")]) is None


def named(*ids, tables, joins=(), covers=4, accessible=False, today=True):
    by_id = {table.id: table for table in tables}
    return rules.refuse_tables(ids, by_id, joins, covers=covers, accessible=accessible, today=today)


def test_each_reason_against_named_tables():
    one, two, blocked = a_table("t1"), a_table("t2"), a_table("t3", status="out_of_service")
    room = (one, two, blocked)
    assert named("t1", tables=room) is None
    for refused, reason in (
        (named("t9", tables=room), "unknown_table"),
        (named("t1", tables=room, covers=5), "too_small"),
        (named("t1", "t2", tables=room, covers=7), "not_joined"),
        (named("t1", tables=room, accessible=True), "not_accessible"),
        (named("t3", tables=room), "out_of_service"),
    ):
        assert (refused.code, refused.field, refused.reason) == ("invalid", "table_ids", reason)
    assert named("t1", "t2", tables=room, covers=7, joins=[join("t1", "t2")]) is None
    assert named("t3", tables=room, today=False) is None


def test_warnings_never_block():
    big = a_table("t1", max_covers=8)
    assert rules.too_large_a_table(big.min_covers, [big]) == []
    assert len(rules.too_large_a_table(big.min_covers - 1, [big])) == 1
    assert rules.too_large_a_table(1, [big, big]) == []


zones = st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu"])


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)), st.sampled_from([5, 15, 30]),  # noqa: DTZ001
    zones, st.integers(-300, 300),
)  # fmt: skip
def test_other_times_are_near_on_the_step_and_not_over(moment, step, zone, ago):
    starts_at = rules.whole_minute(moment)
    now = starts_at - timedelta(minutes=ago)
    times = list(rules.other_times(starts_at, now, step_min=step, timezone=zone, day_ends="04:00"))
    gaps = [abs(time - starts_at) for time in times]
    assert gaps == sorted(gaps)
    assert len(set(times)) == len(times)
    for time in times:
        assert time >= now
        assert timedelta(0) < abs(time - starts_at) <= rules.WINDOW
        assert service_date(time, zone, "04:00") == service_date(starts_at, zone, "04:00")
    local = [time.astimezone(ZoneInfo(zone)) for time in times]
    if (
        starts_at.astimezone(ZoneInfo(zone)).utcoffset() in {time.utcoffset() for time in local}
        and len({time.utcoffset() for time in local}) == 1
    ):
        assert all(time.minute % step == 0 for time in local)


def test_the_later_of_two_equally_near_times_comes_first():
    first, second, *_ = rules.other_times(
        NOW, NOW - timedelta(hours=3), step_min=15, timezone="Europe/London", day_ends="04:00"
    )
    assert (first, second) == (NOW + timedelta(minutes=15), NOW - timedelta(minutes=15))
    assert rules.shift(NOW, first) == "15 minutes later"
    assert rules.shift(NOW, second) == "15 minutes earlier"


@given(st.integers(-60, 120), st.integers(0, 60))
def test_nobody_is_a_no_show_before_the_grace_is_over(minutes, grace):
    refused = rules.refuse_no_show(
        a_booking(starts_at=NOW), NOW + timedelta(minutes=minutes), grace_min=grace, timezone="UTC"
    )
    assert (refused is None) == (minutes >= grace)
    if refused:
        assert (refused.reason, refused.retry, refused.retry_s) == ("too_early", "later", (grace - minutes) * 60)


def test_a_guest_who_called_is_asked_about_later():
    booking = a_booking(starts_at=NOW)
    assert rules.decide_at(booking, 15) == NOW + timedelta(minutes=15)
    assert rules.decide_at(a_booking(starts_at=NOW, expected_at=NOW + timedelta(minutes=20)), 15) == NOW + timedelta(
        minutes=35
    )
    assert rules.minutes_late(booking, NOW + timedelta(minutes=7)) == 7
    assert rules.minutes_late(booking, NOW - timedelta(minutes=7)) == 0
