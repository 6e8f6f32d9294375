"""When and where a booking may be made, pure; the nights the clocks change included."""

from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import msgspec
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from hub.core.clock import service_date
from hub.core.ids import short_code
from hub.core.work import Policies
from hub.floor import rules as floor
from hub.policies.defaults import POLICIES
from hub.reservations import checks, rules
from hub.reservations.times import Times
from hub.slots.calendar import Calendar
from schemas.base import conflict
from schemas.bookings import Source
from schemas.floor import JoinRow
from schemas.reservations import Alternative
from tests.hub.bookings.test_rules import a_booking
from tests.hub.floor.test_rules import a_table
from tests.hub.reservations.test_calendar import a_site

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
    assert floor.seats([one], []) == 4
    assert floor.seats([one, two], []) is None
    assert floor.seats([one, two], [join("t1", "t2", 7)]) == 7
    assert floor.seats([one, two, three], [join("t1", "t2"), join("t2", "t3", 9)]) == 13
    assert floor.seats([three, one, two], [join("t1", "t2"), join("t2", "t3", 9)]) == 13
    assert floor.seats([one, two, three], [join("t1", "t2")]) is None


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


@given(st.integers(0, 2**30 - 1), st.randoms(use_true_random=False))
def test_a_code_is_understood_however_it_is_typed(bits, rng):
    code = short_code(bits)
    typed = "".join(
        rng.choice([letter, letter.lower(), *{"0": "oO", "1": "iIlL"}.get(letter, "")]) + rng.choice(["", "", " ", "-"])
        for letter in code
    )
    assert code in rules.codes_meant(typed)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_read_as_something(text):
    codes = rules.codes_meant(text)
    assert all(codes) and len(codes) == len(set(codes)) <= 3
    assert rules.like_a_phone(text) in (True, False)


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
def test_numbers_of_every_country_are_looked_up_as_numbers(region):
    number = phonenumbers.example_number(region)
    if number is None or len(str(number.national_number)) < 5:
        return
    for style in (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL):
        written = phonenumbers.format_number(number, style)
        assert rules.like_a_phone(written), written
    assert not rules.like_a_phone("K7Q2MX") and not rules.like_a_phone("José María 12345")


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)), st.integers(1, 14),  # noqa: DTZ001
    zones,
)  # fmt: skip
def test_days_later_is_the_same_time_by_the_wall_clock_or_not_at_all(moment, days, zone):
    here = ZoneInfo(zone)
    later = rules.days_later(moment, days, zone)
    wanted = moment.astimezone(here).replace(tzinfo=None) + timedelta(days=days)
    if later is None:
        there = wanted.replace(tzinfo=here).astimezone(UTC).astimezone(here).replace(tzinfo=None)
        assert there != wanted, "only a time the clocks skip is not there"
    else:
        assert later.astimezone(here).replace(tzinfo=None) == wanted


HOURS = {"5": ["12:00", "15:00", "18:00", "01:00"], "6": [], "2026-12-25": ["10:00", "14:00"]}


def calendar_of(hours):
    return Calendar(timezone="Europe/London", day_ends="04:00", hours=hours, step_min=15)


def open_at(*said):
    return calendar_of(HOURS).is_open(datetime(*said, tzinfo=ZoneInfo("Europe/London")))


def test_the_house_is_open_when_its_hours_say_so():
    assert open_at(2026, 11, 20, 12, 0) and open_at(2026, 11, 20, 14, 59) and open_at(2026, 11, 20, 18, 0)
    assert open_at(2026, 11, 21, 0, 59), "the small hours belong to the evening before"
    for closed in ((2026, 11, 20, 11, 59), (2026, 11, 20, 15, 0), (2026, 11, 21, 1, 0), (2026, 11, 21, 13, 0), (2026, 11, 19, 13, 0)):
        assert open_at(*closed) is False, closed
    assert open_at(2026, 12, 25, 11, 0) and open_at(2026, 12, 25, 19, 0) is False, "a date goes before its weekday"
    assert calendar_of({}).is_open(NOW) is None


def test_what_a_guest_may_read_of_an_answer():
    booking = a_booking(notes="argues about the bill", tags=["difficult"])
    offered = [Alternative(NOW, ["t1"], "later")]
    for answer in (
        conflict("illegal_move", "No.", about=booking), conflict("table_taken", "No.", about=[booking]),
        rules.duplicate(booking), conflict("full", "No.", about=offered),
    ):  # fmt: skip
        said = msgspec.json.encode(rules.for_guest(answer)).decode()
        assert "argues" not in said and "difficult" not in said and "t1" not in said
    assert booking.code not in rules.for_guest(rules.duplicate(booking)).message
    assert rules.for_guest(conflict("full", "No.", about=offered)).about == [Alternative(NOW, [], "later")]
    assert rules.for_guest(None) is None


@pytest.mark.parametrize("source", get_args(Source))
def test_who_has_to_leave_a_number_or_an_address(source):
    refused = rules.no_contact(source, None, None)
    assert (refused is None) == (source in {"walk_in", "import"})
    assert rules.no_contact(source, "020 7946 0000", None) is None
    assert rules.no_contact(source, None, "a@b.test") is None


def test_needs_and_wishes_name_features():
    assert rules.features(["window", "patio"], ["high_chair", "vip"], ["step_free"]) == {"window", "highchair"}


def problems(now=NOW, by_guest=False, site=None, **fields):
    said = {"covers": 4, "starts_at": NOW + timedelta(days=3), "source": "phone", "phone": "020 7946 0000", "email": None}
    site = site or a_site(opening_hours={str(day): ["12:00", "23:30"] for day in range(1, 8)})
    policies = Policies({(key, None): policy.default for key, policy in POLICIES.items()})
    calendar = Calendar(timezone=site.timezone, day_ends=site.day_ends, hours=site.opening_hours, step_min=15)
    found = checks.problems(checks.Wished(by_guest=by_guest, **(said | fields)), site, policies, now, Times(calendar))
    return {(problem.severity, problem.reason) for problem in found}


def test_each_problem_has_its_weight():
    assert problems() == set()
    assert problems(phone=None) == {("warning", "no_contact")}
    assert problems(phone=None, by_guest=True) == {("error", "no_contact")}
    assert problems(phone=None, source="walk_in", by_guest=False) == set()
    late = NOW.replace(hour=3) + timedelta(days=4)
    assert problems(starts_at=late) == {("warning", "closed")}
    assert problems(starts_at=late, by_guest=True) == {("error", "closed")}
    assert problems(covers=12) == set() and problems(covers=13) == {("warning", "events_team")}
    assert problems(covers=21) == {("error", "too_many"), ("warning", "events_team")}
    assert problems(starts_at=NOW - timedelta(days=1)) == {("error", "past")}
    assert problems(starts_at=NOW + timedelta(days=90)) == set()
    assert problems(starts_at=NOW + timedelta(days=91)) == {("error", "too_far_ahead")}
    assert problems(starts_at=NOW + timedelta(days=1)) == {("info", "soon")}
    assert problems(starts_at=NOW) == {("info", "soon")}, "tonight 19:00 can be booked"
