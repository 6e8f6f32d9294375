"""What a guest sees, pure."""

import string
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.tickets import pages, rules
from hub.venues.rules import open_spans
from schemas.base import conflict, invalid
from tests.kit import FRIDAY_19


@given(st.text(string.digits, min_size=6, max_size=6), st.text(string.digits, min_size=6, max_size=6))
def test_only_the_code_is_the_code(code, typed):
    kept = rules.hash_of(code, "v" * 22)
    assert rules.right(typed, kept, "v" * 22) == (typed == code)
    assert code.encode() not in kept


def test_a_code_is_good_for_its_own_verification_only():
    assert rules.hash_of("123456", "a" * 22) != rules.hash_of("123456", "b" * 22)
    assert rules.right(" 123 456 ", rules.hash_of("123456", "a" * 22), "a" * 22)


@pytest.mark.parametrize(
    ("contact", "wanted"),
    [("+442079460958", "···958"), ("ada@example.test", "a···@example.test"), ("12", "···12")],
)
def test_a_contact_is_masked(contact, wanted):
    assert rules.masked(contact) == wanted


@pytest.mark.parametrize(("minutes", "told"), [(-5, 0), (0, 0), (0.5, 5), (5, 5), (5.01, 10), (21, 25)])
def test_a_wait_is_rounded_up(minutes, told):
    assert rules.about_minutes(FRIDAY_19 + timedelta(minutes=minutes), FRIDAY_19, 5) == told


@pytest.mark.parametrize(("number", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")])
def test_ordinals(number, said):
    assert pages.nth(number) == said


SATURDAY = date(2026, 11, 21)


def _spans(*times, day=SATURDAY, zone="Europe/London"):
    return open_spans({str(day.isoweekday()): list(times)}, zone, day)


def test_times_of_a_day_leave_room_for_a_whole_turn():
    starts = rules.starts_of_day(
        _spans("18:00", "22:00"), now=FRIDAY_19, step_min=30, turn_min=90, timezone="Europe/London"
    )
    assert [f"{at:%H:%M}" for at in starts] == ["18:00", "18:30", "19:00", "19:30", "20:00", "20:30"]


def test_times_that_are_over_are_not_offered():
    starts = rules.starts_of_day(
        _spans("18:00", "22:00"), now=datetime(2026, 11, 21, 19, 30, tzinfo=UTC), step_min=30, turn_min=90,
        timezone="Europe/London",
    )  # fmt: skip
    assert [f"{at:%H:%M}" for at in starts] == ["20:00", "20:30"]


@given(
    step=st.sampled_from([5, 15, 30, 60]), turn=st.integers(15, 240),
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)), zone=st.sampled_from(["Europe/London", "America/New_York", "Asia/Kathmandu", "UTC"]),
)  # fmt: skip
def test_every_time_offered_is_inside_an_opening(step, turn, day, zone):
    spans = _spans("12:10", "15:00", "18:00", "02:00", day=day, zone=zone)
    starts = rules.starts_of_day(spans, now=datetime(2020, 1, 1, tzinfo=UTC), step_min=step, turn_min=turn, timezone=zone)
    for at in starts:
        assert any(opens <= at and at + timedelta(minutes=turn) <= closes for opens, closes in spans)
    assert starts == sorted(set(starts))


def test_a_sentence_for_a_host_is_never_read_by_a_guest():
    secret = "T4 is taken by the party of Mr Smith."
    assert "Smith" not in rules.sentence(conflict("table_taken", secret))
    assert "Smith" not in rules.sentence(conflict("answered_already", secret))
    assert rules.sentence(conflict("full", "No table is free for 4 at 20:00.")) == "No table is free for 4 at 20:00."
    assert rules.sentence(invalid("covers", "Parties of up to 20 can be booked.")) == "Parties of up to 20 can be booked."


def test_every_status_has_its_words():
    from typing import get_args

    from schemas.bookings import BookingStatus

    assert set(pages.STATUS) == set(get_args(BookingStatus))


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (None, None, None), (None, 40, None), (21, 39, (20, 40)), (20, 40, (20, 40)), (21, None, (20, None)),
        (-3, 12, (0, 15)), (2, 4, None), (-9, -2, None), (11, 12, (10, 15)),
    ],
)  # fmt: skip
def test_an_interval_is_widened_to_full_steps_and_left_out_once_it_is_a_moment(low, high, told):
    at = [None if minute is None else FRIDAY_19 + timedelta(minutes=minute) for minute in (low, high)]
    assert rules.about_interval(*at, FRIDAY_19, 5) == told
