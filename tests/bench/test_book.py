"""The past that the book's bench gives a house: seeded, like real books, and counted as the house would count it."""

from collections import Counter
from datetime import date

import phonenumbers
import pytest

from bench import past
from bench.__main__ import offered
from bench.book import queries
from bench.simulator import demand
from hub.guests import views
from hub.guests.phones import normal
from hub.history.visits import of_guest
from tests.kit import SITE, a_room

BEFORE = date(2026, 11, 20)


def test_it_is_offered():
    assert "book" in offered()


def test_every_country_has_names_and_numbers():
    for country, (given, family) in past.NAMES.items():
        assert len(given) >= 7 and len(family) >= 6, country
        assert phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE), country


def test_guests_are_seeded_unlike_and_reachable():
    known = past.people(3, 2000)
    assert known == past.people(3, 2000) != past.people(4, 2000)
    assert len({one.phone for one in known}) == len({one.id for one in known}) == 2000
    assert all(normal(one.phone, "GB") == one.phone for one in known)
    scripts = Counter(one.name[0].isascii() for one in known)
    assert scripts[False] > 300, "names of many scripts"


def test_the_past_is_like_real_books():
    visits = list(past.visits(3, 500, 20_000, before=BEFORE, zone="Europe/London"))
    assert visits == list(past.visits(3, 500, 20_000, before=BEFORE, zone="Europe/London"))
    assert len({one.id for one in visits}) == len({one.code for one in visits}) == 20_000
    assert all(one.day < BEFORE and 0 <= one.guest < 500 and one.booked_at <= one.starts_at for one in visits)
    sizes = Counter(one.covers for one in visits)
    for covers, percent in demand.PARTY_SHARE.items():
        assert abs(100 * sizes[covers] / len(visits) - percent) < 2, covers
    weekdays = Counter(one.day.weekday() for one in visits)
    assert weekdays[5] > 2 * weekdays[0], "Saturdays are full, Mondays are not"
    fates = Counter(one.status for one in visits)
    assert abs(fates["completed"] / len(visits) - past.COMPLETED) < 0.01
    faithful = Counter(one.guest for one in visits).most_common(50)
    assert sum(count for _, count in faithful) > 1.5 * 50 * len(visits) / 500, "a few come very often"


def test_what_is_looked_for_is_seeded_and_of_every_kind():
    known = past.people(3, 3000)
    asked = queries(3, known, 200)
    assert asked == queries(3, known, 200)
    kinds = Counter("@" if "@" in typed else "+" if typed[:1] in "+0(" else "name" for _, typed in asked)
    assert min(kinds[kind] for kind in ("@", "+", "name")) >= 15
    assert all(typed for _, typed in asked)


@pytest.mark.timeout(240)
async def test_a_filled_house_is_one_the_house_itself_could_have_left(house, db_dsn):
    tables = await a_room(house, ("1", 4), ("2", 4))
    known = await past.fill(db_dsn, SITE, 5, guests=300, reservations=2000)
    assert await house.pool.fetchval("SELECT count(*) FROM booking") == 2000
    assert await house.pool.fetchval("SELECT count(*) FROM guest_profile") == 300
    for start in (0, 200):
        done = await house.done("recount_guests", guest_ids=[one.id for one in known[start : start + 200]])
        assert await house.facts(done.seq) == [], "counted anew nothing changes"
    middle = await views.guest(house.pool, SITE, known[150].id)
    async with house.pool.acquire() as db:
        evenings = await of_guest(db, SITE, middle.id, now=house.now)
    assert middle.visits == sum(one.status == "completed" for one in evenings.past) > 0
    assert all(one.tables in (["1"], ["2"]) for one in evenings.past if one.status == "completed")
    for person, typed in queries(5, known, 40):
        if "@" in typed or typed[:1] in "+0(":
            assert person.id in [hit.id for hit in await views.search(house.pool, SITE, typed, 10)], typed
    free = await house.done("book", name="New", phone="07700 900123", covers=2, starts_at="2026-11-21T19:00:00Z")
    assert free.result["table_ids"][0] in tables.values()
