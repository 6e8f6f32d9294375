"""The evening as it is planned: nobody meets anybody, everybody fits, and it looks like a real Friday."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.guests.phones import normal
from hub.sample import premises
from hub.sample.evening import FRIDAY_HOURS, NOW, PARTY_SIZES, evening
from hub.sample.guests import KNOWN, LASTING, regulars
from hub.sample.load import SEED, next_friday

FRIDAY = date(2026, 11, 27)
SPOTS = {spot.id: spot for spot in premises.TABLES}
PAIRS = {frozenset((f"t{a.lower()}", f"t{b.lower()}")): most for a, b, most in premises.JOINS}
seeds = st.integers(0, 10_000)


def test_the_premises_have_what_a_floor_needs():
    assert len(premises.TABLES) >= 45
    assert sum(spot.size_class == "bar_stool" for spot in premises.TABLES) >= 8
    shapes, furniture = ({getattr(spot, word) for spot in premises.TABLES} for word in ("shape", "furniture"))
    assert shapes == {"round", "square", "rectangular"}
    assert furniture == {"booth", "bar", "patio", "private", "standard"}
    assert {"window", "quiet", "accessible", "highchair"} <= {
        feature for spot in premises.TABLES for feature in spot.features
    }
    assert (
        len({spot.number for spot in premises.TABLES})
        == len({spot.id for spot in premises.TABLES})
        == len(premises.TABLES)
    )
    sections = {section_id for section_id, *_ in premises.SECTIONS}
    assert {spot.section_id for spot in premises.TABLES} == sections
    servers = {person.id for person in premises.STAFF if "server" in person.roles}
    assert {server for *_, server in premises.SECTIONS} == servers
    assert len({person.name for person in premises.STAFF}) == len(premises.STAFF)


@pytest.mark.parametrize("area", premises.AREAS, ids=lambda area: area.id)
def test_tables_stand_inside_and_apart(area):
    """Seats reach 16 units out, the pill of the next booking 15 below: two facing rows need 40 between them."""
    here = [spot for spot in premises.TABLES if spot.area_id == area.id]
    for spot in here:
        x, y, w, h = spot.box
        assert x >= 40 and x + w <= premises.WIDTH - 34 and y >= 55 and y + h <= premises.HEIGHT - 40, spot.number
    for a, b in combinations(here, 2):
        (ax, ay, aw, ah), (bx, by, bw, bh) = a.box, b.box
        across = max(ax - bx - bw, bx - ax - aw)
        down = max(ay - by - bh, by - ay - ah)
        stools = a.furniture == b.furniture == "bar"
        assert across >= (16 if stools else 23) or down >= 40, (a.number, b.number)


def test_joined_tables_stand_next_to_each_other_in_one_room():
    for pair, most in PAIRS.items():
        a, b = (SPOTS[table_id] for table_id in pair)
        assert a.area_id == b.area_id
        (ax, ay, aw, ah), (bx, by, bw, bh) = a.box, b.box
        assert max(ax - bx - bw, bx - ax - aw, ay - by - bh, by - ay - ah) <= 80, (a.number, b.number)
        assert most >= max(a.covers[1], b.covers[1])


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_no_table_is_planned_twice_and_every_party_fits(seed):
    book = evening(seed, FRIDAY).bookings
    for a, b in combinations(book, 2):
        if set(a.tables) & set(b.tables):
            assert a.ends <= b.start or b.ends <= a.start, (a, b)
    for booking in book:
        spots = [SPOTS[table_id] for table_id in booking.tables]
        if len(spots) == 1:
            assert spots[0].covers[0] <= booking.covers <= spots[0].covers[1]
        else:
            assert booking.covers <= PAIRS[frozenset(booking.tables)]
        if "step_free" in booking.flags:
            assert all("accessible" in spot.features for spot in spots)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_the_script_is_in_order_and_rests_only_on_what_came_before(seed):
    script = evening(seed, FRIDAY)
    known = set()
    before = datetime(2020, 1, 1, tzinfo=UTC)
    for step in script.steps:
        assert before <= step.at < script.now
        before = step.at
        for value in step.args.values():
            if isinstance(value, str) and value.startswith("@"):
                assert value[1:] in known, step
        known |= {step.ref} - {None}
        if step.command == "book":
            assert step.at < step.args["starts_at"]
            assert step.args["starts_at"] - step.at < timedelta(days=90)
    waiting = [step.args for step in script.steps if step.command == "add_party"]
    names = [booking.name for booking in script.bookings] + [wait["name"] for wait in waiting]
    assert len(names) == len(set(names))
    assert 4 <= len(waiting) <= 8


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_one_number_is_one_guest(seed):
    script = evening(seed, FRIDAY)
    numbers = [booking.phone for booking in script.bookings]
    assert len(set(numbers)) == len(numbers)
    people = regulars(seed, FRIDAY, script.bookings)
    theirs = [person.phone for person in people]
    assert len(people) == len(set(theirs)) == KNOWN
    tonight = {phone.replace(" ", "") for phone in numbers}
    assert len(tonight & set(theirs)) >= 20
    banned = [person for person in people if person.blacklist_reason]
    assert len(banned) == 1 and banned[0].phone not in tonight
    assert all(normal(person.phone, "GB") == person.phone for person in people)
    assert all(set(person.flags) <= LASTING for person in people)
    assert all(len(person.tier or "") > 0 or len(person.kept) < 3 for person in people)


def test_the_same_seed_is_the_same_evening():
    assert evening(3, FRIDAY).steps == evening(3, FRIDAY).steps
    assert evening(3, FRIDAY).steps != evening(4, FRIDAY).steps


def test_many_evenings_together_have_the_shape_of_real_books():
    """Within 4 points of the published shares, over 60 evenings; what did not fit the tables is missing."""
    books = [evening(seed, FRIDAY).bookings for seed in range(60)]
    assert all(60 <= len(book) <= 75 for book in books)
    everybody = [booking for book in books for booking in book]
    sizes = Counter(booking.covers for booking in everybody)
    hours = Counter(booking.start // 60 for booking in everybody)
    for covers, percent in PARTY_SIZES.items():
        assert abs(100 * sizes[covers] / len(everybody) - percent) < 4, covers
    for hour, percent in FRIDAY_HOURS.items():
        assert abs(100 * hours[hour] / len(everybody) - percent) < 4, hour
    small = sorted(booking.booked_h for booking in everybody if booking.covers <= 2)
    large = sorted(booking.booked_h for booking in everybody if booking.covers >= 5)
    assert 12 <= small[len(small) // 2] <= 48 and 60 <= large[len(large) // 2] <= 180, "medians of lead time"


def test_telephone_numbers_are_fictional():
    ranges = ("+44 7700 900", "+44 20 7946 0", "+1 212 555 01", "+33 6 39 98 ")
    for step in evening(SEED, FRIDAY).steps:
        if "phone" in step.args:
            assert step.args["phone"].startswith(ranges)


def test_the_evening_is_a_friday_local_time_in_summer_and_winter():
    for day, utc_hour in ((date(2026, 11, 27), 19), (date(2026, 7, 31), 18)):
        now = datetime(day.year, day.month, day.day, utc_hour, NOW % 60, tzinfo=UTC)
        assert evening(SEED, day).now.replace(second=0) == now
    wall = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert [next_friday(wall + timedelta(days=n)) for n in (0, 6, 7)] == [
        date(2026, 11, 27),
        date(2026, 11, 27),
        date(2026, 12, 4),
    ]
