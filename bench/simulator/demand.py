"""What real books look like, as samplers: party mix, arrival hours by weekday, lead times.

The figures are aggregates of 36,259 reservations of 275 restaurants (January to May 2017, the AirREGI part of the
public "Recruit Restaurant Visitor Forecasting" data). Facts about one country's books, not policy. Parties above 20
are left out, since the house takes at most 20 (R-AVL-04); shares are used relative to each other.
"""

from bisect import bisect_left
from itertools import accumulate
from random import Random

PARTY_SHARE: dict[int, float] = {
    1: 1.6, 2: 42.7, 3: 16.7, 4: 13.6, 5: 6.3, 6: 4.9, 7: 2.7, 8: 2.7, 9: 1.3, 10: 1.3, 11: 0.8, 12: 0.8, 13: 0.5,
    14: 0.5, 15: 0.5, 16: 0.3, 17: 0.3, 18: 0.2, 19: 0.2, 20: 0.4,
}  # fmt: skip
_MON_THU = {17: 8.6, 18: 32.3, 19: 29.5, 20: 16.9, 21: 8.9, 22: 3.8}
_FRI_SAT = {17: 11.7, 18: 30.4, 19: 27.9, 20: 17.3, 21: 9.0, 22: 3.6}
_SUN = {17: 18.4, 18: 32.9, 19: 24.4, 20: 13.1, 21: 8.1, 22: 3.1}
LUNCH_HOUR_SHARE = {11: 32.4, 12: 33.7, 13: 19.8, 14: 9.1, 15: 5.0}
LUNCH_SHARE = 0.096
LEAD_QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.90, 0.95)
LEAD_H: dict[int, tuple[int, ...]] = {  # largest party of the band → hours at the quantiles above
    2: (0, 3, 24, 94, 216, 343),
    4: (0, 6, 48, 148, 321, 460),
    8: (1, 25, 93, 218, 427, 579),
    20: (3, 72, 193, 404, 701, 959),
}


def evening_hour_share(weekday: int) -> dict[int, float]:
    """Local hour → share of the evening's arrivals; `weekday` as in `date.weekday()` (Monday 0)."""
    return _MON_THU if weekday < 4 else _FRI_SAT if weekday < 6 else _SUN


def covers(rng: Random, *, largest: int = 20) -> int:
    """One party's size, of those up to `largest`."""
    return _pick(rng, {size: share for size, share in PARTY_SHARE.items() if size <= largest})


def arrival_min(rng: Random, weekday: int) -> int:
    """One arrival, lunch or evening, as minutes after local midnight."""
    lunch = rng.random() < LUNCH_SHARE
    hour = _pick(rng, LUNCH_HOUR_SHARE if lunch else evening_hour_share(weekday))
    return hour * 60 + rng.randrange(60)


def lead_h(rng: Random, party: int) -> float:
    """Hours from the call to the visit, straight lines between the known quantiles, cut off at the outer two."""
    known = next(hours for largest, hours in LEAD_H.items() if party <= largest)
    u = min(max(rng.random(), LEAD_QUANTILES[0]), LEAD_QUANTILES[-1])
    right = max(1, bisect_left(LEAD_QUANTILES, u))
    low, high = LEAD_QUANTILES[right - 1], LEAD_QUANTILES[right]
    return known[right - 1] + (known[right] - known[right - 1]) * (u - low) / (high - low)


def _pick(rng: Random, shares: dict[int, float]) -> int:
    return rng.choices(list(shares), cum_weights=list(accumulate(shares.values())))[0]
