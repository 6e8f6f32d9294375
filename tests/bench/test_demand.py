"""The sampler keeps the shares of real books: chi-square against them, at a level a right sampler passes by far."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest

from bench.simulator import demand, plans

DRAWS = 20_000
LOUD = 3.0  # chi-square per degree of freedom; 20,000 right draws stay below 2.5 but once in many thousand seeds


def chi_square_per_degree(counts: Counter, shares: dict[int, float]) -> float:
    total, whole = sum(counts.values()), sum(shares.values())
    expected = {k: share / whole * total for k, share in shares.items()}
    assert set(counts) <= set(shares)
    return sum((counts[k] - e) ** 2 / e for k, e in expected.items()) / (len(shares) - 1)


def test_party_mix():
    rng = Random(7)
    assert chi_square_per_degree(Counter(demand.covers(rng) for _ in range(DRAWS)), demand.PARTY_SHARE) < LOUD


def test_party_mix_up_to_a_size_keeps_the_proportions():
    rng = Random(8)
    small = {size: share for size, share in demand.PARTY_SHARE.items() if size <= 8}
    assert chi_square_per_degree(Counter(demand.covers(rng, largest=8) for _ in range(DRAWS)), small) < LOUD


@pytest.mark.parametrize("weekday", range(7))
def test_hours_by_weekday(weekday):
    rng = Random(weekday)
    hours = Counter(demand.arrival_min(rng, weekday) // 60 for _ in range(DRAWS))
    evening = demand.evening_hour_share(weekday)
    lunch = sum(n for hour, n in hours.items() if hour in demand.LUNCH_HOUR_SHARE)
    assert lunch / DRAWS == pytest.approx(demand.LUNCH_SHARE, abs=0.01)
    assert chi_square_per_degree(Counter({h: n for h, n in hours.items() if h in evening}), evening) < LOUD


def test_the_chi_square_hears_a_wrong_weekday():
    rng = Random(1)
    sundays = Counter(h for h in (demand.arrival_min(rng, 6) // 60 for _ in range(DRAWS)) if h >= 17)
    assert chi_square_per_degree(sundays, demand.evening_hour_share(0)) > 10 * LOUD


@pytest.mark.parametrize(("party", "median_h", "p90_h"), [(2, 24, 216), (4, 48, 321), (6, 93, 427), (12, 193, 701)])
def test_lead_times(party, median_h, p90_h):
    rng = Random(party)
    drawn = sorted(demand.lead_h(rng, party) for _ in range(DRAWS))
    assert drawn[DRAWS // 2] == pytest.approx(median_h, rel=0.1)
    assert drawn[DRAWS * 9 // 10] == pytest.approx(p90_h, rel=0.1)


def test_walk_ins_of_many_days_have_the_shape_and_the_volume():
    fridays = [date(2026, 1, 2) + timedelta(weeks=n) for n in range(52)]
    days = [plans.walk_ins(1, day, seats=120) for day in fridays]
    mean = sum(map(len, days)) / len(days)
    assert mean == pytest.approx(120 * plans.WALK_INS_PER_SEAT, rel=0.1)
    evening = Counter(w.at_min // 60 for day in days for w in day if w.at_min >= 17 * 60)
    assert chi_square_per_degree(evening, demand.evening_hour_share(4)) < LOUD


def test_another_table_changes_nobody_elses_evening():
    day = date(2026, 11, 20)
    before, after = plans.walk_ins(3, day, seats=100), plans.walk_ins(3, day, seats=104)
    assert set(before) <= set(after)
    assert len(after) - len(before) <= 4


def test_names_of_a_day_are_different():
    walk_ins = plans.walk_ins(1, date(2026, 11, 20), seats=plans.SEATS_MAX)
    assert len(walk_ins) > 80
    assert len({w.name for w in walk_ins}) == len(walk_ins)
