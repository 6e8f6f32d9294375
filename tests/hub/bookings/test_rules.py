"""The life of a booking as a table: every pair of its eleven states, legal exactly when it is listed."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.bookings import rules
from schemas.bookings import BookingRow, BookingStatus

STATES = get_args(BookingStatus)
NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)

LEGAL = {
    (was, to)
    for was, tos in {
        "inquiry": "pending cancelled",
        "pending": "confirmed cancelled",
        "confirmed": "reminded arrived seated cancelled no_show rescheduled",
        "reminded": "arrived seated cancelled no_show rescheduled",
        "arrived": "seated cancelled",
        "seated": "dining completed",
        "dining": "completed",
        "no_show": "arrived",
    }.items()
    for to in tos.split()
}


def a_booking(*, status="confirmed", starts_at=NOW, **fields) -> BookingRow:
    said = {
        "kind": "dining", "code": "K7Q2MX", "name": "Silva", "phone": None, "covers": 4, "service_date": date(2026, 11, 20),
        "starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=90), "duration_min": 90, "status": status,
        "source": "phone", "occasion": None, "flags": [], "notes": None, "area_id": None, "accessible": False,
        "arrived_at": None, "arrival": None, "late_at": None, "expected_at": None, "no_show_proposed_at": None,
        "unplaced": False, "version": 1,
    }  # fmt: skip
    return BookingRow("b1", **(said | fields))


def test_all_eleven_states_are_there():
    assert len(STATES) == 11
    assert set(rules.MOVES) == set(STATES) == set(rules.SAID)


@pytest.mark.parametrize(("was", "to"), [*product(STATES, STATES)])
def test_a_move_is_legal_exactly_when_listed(was, to):
    refused = rules.refuse_move(a_booking(status=was), to)
    assert (refused is None) == ((was, to) in LEGAL)
    if refused:
        assert refused.code == "conflict"
        assert refused.reason == ("already_so" if was == to else "illegal_move")
        assert "Silva" in refused.message
        assert refused.message.endswith(".")


def test_completed_to_seated_is_refused_in_words():
    assert rules.refuse_move(a_booking(status="completed"), "seated").message == (
        "The booking of Silva (K7Q2MX) is over, so it cannot become seated."
    )


@given(st.integers(-10, 240), st.integers(0, 120))
def test_a_no_show_is_reopened_for_a_while(minutes, reopen_min):
    refused = rules.refuse_reopening(a_booking(status="no_show"), NOW, NOW + timedelta(minutes=minutes), reopen_min)
    assert (refused is None) == (minutes <= reopen_min)


@given(st.text(min_size=1))
def test_a_code_is_six_letters_to_read_out(seed):
    code = rules.code_from(seed)
    assert len(code) == 6
    assert set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_codes_of_many_ids_hardly_clash():
    assert len({rules.code_from(f"id{number}") for number in range(5_000)}) >= 4_990
