"""Codes: of a hundred thousand no two are the same, and each can be read out on the phone."""

import re

from hub.bookings import actions, rules
from hub.core.ids import seeded
from tests.hub.bookings.test_bookings import a_booking
from tests.kit import SITE

MANY = 100_000


def taken_by_many():
    """The codes a site with so many bookings has given, each the first of its candidates that was free."""
    taken, second_tries = set(), 0
    for new_id, _ in zip(iter(seeded(7), None), range(MANY), strict=False):
        tries = (rules.code_from(f"{new_id}{attempt}") for attempt in range(actions.CODE_TRIES))
        for attempt, code in enumerate(tries):
            second_tries += attempt > 0
            if code not in taken:
                taken.add(code)
                break
    return taken, second_tries


async def test_a_hundred_thousand_codes_have_no_clash(house):
    taken, second_tries = taken_by_many()
    assert len(taken) == MANY
    assert second_tries < 50, "of a billion codes, a hundred thousand meet about five times"
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{6}", code) for code in taken), "no I, L, O, U: nobody mishears them"
    await house.pool.execute(
        "INSERT INTO booking (site_id, id, code, name, covers, service_date, starts_at, duration_min, status_since, source,"
        " booked_at) SELECT $1, 'old-' || n, code, 'X', 2, '2026-11-19', $2, 90, $2, 'phone', $2"
        " FROM unnest($3::text[]) WITH ORDINALITY AS given (code, n)",
        SITE, house.now, sorted(taken),
    )  # fmt: skip
    assert await house.pool.fetchval("SELECT count(DISTINCT code) FROM booking") == MANY
    assert await house.pool.fetchval("SELECT count(DISTINCT ticket) FROM booking") == MANY, "whoever writes it, it has a link"


async def test_a_code_somebody_has_is_not_given_again(house, monkeypatch):
    """Among a hundred bookings whose first candidate is always somebody's already."""
    real, first = rules.code_from, (await a_booking(house)).code
    monkeypatch.setattr(rules, "code_from", lambda seed: first if seed.endswith("0") else real(seed))
    codes = {(await a_booking(house)).code for _ in range(30)}
    assert len(codes | {first}) == 31
