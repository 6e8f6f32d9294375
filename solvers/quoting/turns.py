"""How long parties stay, learned from a house's own history (F-DUR-02).

For each stage s (R_s = minutes from entering it until the table is left; R_0 the whole turn) and cell c = (party size
band i, hour band j), log R_s = m_sc + e_d + r: e_d is common to an evening d, r a party's own.
    forgotten   |y − median| > 3.5 · 1.4826 · MAD of the house's y = log R is a table nobody cleared in time, or a slip
                of the finger: left out. Turns outside 5 minutes to 8 hours never count.
    house       m_s = (k·m⁰_s + Σy) / (k + n), k = 20: the default is worth twenty parties
    effects     of size, then hour, then the cell, each on what the ones before leave over: b·ȳ with the empirical-Bayes
                factor b = τ²/(τ² + σ²/n), τ² between the groups by the method of moments (DerSimonian and Laird). A
                cell of few parties is the house; one of many is itself.
    spread      σ²_c = (ν·σ² + Σ_c r²) / (ν + n_c), ν = 20, of the cell towards the house's, of the house's towards the
                default's, and the variance of m_sc itself on top
    shape       r/σ is normal at first and the house's own quantiles as parties come in (weight n/(n + 200)); above
                the 95th percentile the tail is exponential, so who overstays has a time that no longer shrinks
    evening     var e_d by the same method of moments over evenings; tonight's e from the parties gone *and* those still
                sitting (censored, by EM: only the quick ones have left so far)
Until `ENOUGH` parties are known everything is the default: `default_min` for the median, `SPREADS` for σ. A later stage
nobody has marked often enough is a usual share of the turn (`SHARES`).
"""

from collections.abc import Sequence
from math import erfc, exp, log, pi, sqrt
from statistics import NormalDist
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[np.float64]
Source = Literal["default", "house", "cell"]

STAGES = ("just_sat", "ordered", "served", "check", "paid")
SIZES_FROM = (1, 3, 5, 7)  # covers at which a size band begins
HOURS_FROM = (5, 11, 15, 18, 20)  # local hour at which one begins; the last runs past midnight
SHARES = (1.0, 0.82, 0.6, 0.17, 0.08)  # of the turn left when a stage begins: 90, 74, 54, 15 and 7 minutes
SPREADS = (0.35, 0.4, 0.45, 0.6, 0.7)  # σ of the log by stage: P10–P90 of a turn of 90 is 57 to 141 minutes
ENOUGH = 30  # parties after which the house, or a cell, speaks for itself
SHORTEST_MIN, LONGEST_MIN = 5.0, 480.0
OUTLIER = 3.5  # robust standard deviations
PRIOR = 20.0  # parties the default is worth
SHAPE_PRIOR = 200.0  # parties the normal shape is worth
TAIL = 0.95
GRID = 400  # points of a shape
_P = (np.arange(GRID) + 0.5) / GRID
_NORMAL = np.array([NormalDist().inv_cdf(p) for p in _P])


class History(Struct, frozen=True):
    """Finished seatings, one a place: covers; local hour of sitting down (0–23); a number of the service day; minutes
    from sitting down until each stage began ([n, 5], not-a-number where never marked, stage 0 = 0); the whole turn in
    minutes.
    """

    covers: NDArray[np.int64]
    hour: NDArray[np.int64]
    evening: NDArray[np.int64]
    began: Array
    turn_min: Array


class Prediction(Struct, frozen=True):
    """Minutes still to come. `n` is how many parties of the `source` stand behind it (0 for the default)."""

    median: float
    mean: float
    low: float  # 10th and
    high: float  # 90th percentile
    source: Source
    n: int


class Turns(Struct, frozen=True):
    """What has been learned: log-medians and spreads by [stage, size, hour], party counts, one shape a stage.

    `evening_sd` is the part of the spread that is common to an evening, `shift` what is believed of tonight's.
    """

    centre: Array
    spread: Array
    counts: NDArray[np.int64]
    house: NDArray[np.int64]  # parties by stage
    shape: Array  # [stage, GRID] standardised quantiles
    evening_sd: float = 0.0
    shift: float = 0.0
    shift_sd: float = 0.0

    def source(self, stage: int, covers: int, hour: int) -> tuple[Source, int]:
        """Who speaks: the cell, the house, or the default; and of how many parties."""
        if self.house[0] < ENOUGH:
            return "default", 0
        n = int(self.counts[stage, size_band(covers), hour_band(hour)])
        return ("cell", n) if n >= ENOUGH else ("house", int(self.house[stage] or self.house[0]))

    def predict(self, covers: int, hour: int, *, stage: int = 0, past_min: float = 0.0) -> Prediction:
        """Minutes left of a party that has been in `stage` for `past_min` minutes (the whole turn for a new one)."""
        points = self.remaining([stage], [covers], [hour], [past_min], points=GRID, whole=True)[0]
        low, median, high = (float(points[int(GRID * p)]) for p in (0.1, 0.5, 0.9))
        source, n = self.source(stage, covers, hour)
        return Prediction(median, float(points.mean()), low, high, source, n)

    def quantile(self, p: float, covers: int, hour: int, *, stage: int = 0, past_min: float = 0.0) -> float:
        """Minutes within which a share `p` of such parties is gone."""
        points = self.remaining([stage], [covers], [hour], [past_min], points=GRID, whole=True)[0]
        return float(np.interp(p, _P, points))

    def remaining(
        self, stage: Sequence[int], covers: Sequence[int], hour: Sequence[int], past_min: Sequence[float], *,
        points: int, whole: bool = False,
    ) -> Array:  # fmt: skip
        """Minutes left given those already spent in the stage, for each party: [n, points] quantiles at the middle of
        equal shares. `whole` puts the evening's common part into the spread; without it the caller draws it.
        """
        at = np.asarray(stage, np.int64)
        size, band = size_bands(np.asarray(covers)), hour_bands(np.asarray(hour))
        centre, spread = self.centre[at, size, band] + self.shift, self.spread[at, size, band]
        if not whole:
            spread = np.sqrt(np.maximum(spread**2 - self.evening_sd**2, (0.3 * spread) ** 2))
        return _remaining(centre, spread, self.shape, at, np.asarray(past_min, float), points)

    def tonight(
        self, gone: tuple[Sequence[int], Sequence[int], Sequence[float]],
        sitting: tuple[Sequence[int], Sequence[int], Sequence[float]],
    ) -> "Turns":  # fmt: skip
        """The same with what this evening has shown so far: (covers, hour, minutes) of the parties gone, and of those
        still sitting.
        """
        if self.evening_sd <= 0.0:
            return self
        own = sqrt(max(float(self.spread[0].mean()) ** 2 - self.evening_sd**2, 0.01))
        left, stay = self._surplus(*gone), self._surplus(*sitting)
        left = left[np.abs(left) <= OUTLIER * sqrt(own**2 + self.evening_sd**2)]
        stay = stay[stay <= 2 * own]  # beyond that it has been forgotten, or is no usual party
        shift, weight = 0.0, 0.0
        for _ in range(12):
            hazards = np.array([_mills((surplus - shift) / own) for surplus in stay])
            total = float(left.sum() + (shift + own * hazards).sum())
            shift = total / (len(left) + len(stay) + (own / self.evening_sd) ** 2)
            weight = len(left) + float((hazards * (hazards - (stay - shift) / own)).sum())
        sd = 1 / sqrt(1 / self.evening_sd**2 + weight / own**2)
        return Turns(self.centre, self.spread, self.counts, self.house, self.shape, self.evening_sd, shift, sd)

    def _surplus(self, covers: Sequence[int], hour: Sequence[int], minutes: Sequence[float]) -> Array:
        size, band = size_bands(np.asarray(covers, np.int64)), hour_bands(np.asarray(hour, np.int64))
        return np.log(np.maximum(np.asarray(minutes, float), 1.0)) - self.centre[0, size, band]


def size_bands(covers: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.maximum(np.searchsorted(SIZES_FROM, covers, side="right") - 1, 0)


def hour_bands(hour: NDArray[np.int64]) -> NDArray[np.int64]:
    """Hours before the first band belong to the night before: its last band."""
    return (np.searchsorted(HOURS_FROM, hour, side="right") - 1) % len(HOURS_FROM)


def size_band(covers: int) -> int:
    return int(size_bands(np.array([covers]))[0])


def hour_band(hour: int) -> int:
    return int(hour_bands(np.array([hour]))[0])


def default(default_min: float) -> Turns:
    """What is believed of a house nobody knows."""
    shape = (len(STAGES), len(SIZES_FROM), len(HOURS_FROM))
    ones = np.ones(shape)
    centre = ones * (log(default_min) + np.log(SHARES))[:, None, None]
    return Turns(
        centre, ones * np.array(SPREADS)[:, None, None], np.zeros(shape, np.int64), np.zeros(shape[0], np.int64),
        np.tile(_NORMAL, (shape[0], 1)),
    )  # fmt: skip


def learn(history: History, default_min: float) -> Turns:
    """The house's turns. Needs no order, no normal sample, and no stages marked."""
    turns = default(default_min)
    turn = history.turn_min
    known = np.isfinite(turn) & (turn >= SHORTEST_MIN) & (turn <= LONGEST_MIN)
    known[known] = _usual(np.log(turn[known]))
    if int(known.sum()) < ENOUGH:
        return turns
    sizes, hours = size_bands(history.covers), hour_bands(history.hour)
    evening_sd = 0.0
    for stage in range(len(STAGES)):
        left = turn - history.began[:, stage]
        rows = np.flatnonzero(known & np.isfinite(left) & (left >= 1.0))
        rows = rows[_usual(np.log(left[rows]))]
        prior = turns.centre[0] + log(SHARES[stage]) if stage else turns.centre[0]
        y = np.log(left[rows]) - prior[sizes[rows], hours[rows]]
        rest = _learn_stage(turns, stage, prior, y, sizes[rows], hours[rows])
        if stage == 0:
            _, evenings = np.unique(history.evening[rows], return_inverse=True)
            evening_sd = sqrt(_between(rest, evenings, _within(rest, evenings)))
    return Turns(
        turns.centre, turns.spread, turns.counts, turns.house, turns.shape, evening_sd, 0.0, evening_sd
    )  # fmt: skip


def _learn_stage(
    turns: Turns, stage: int, prior: Array, y: Array, size: NDArray[np.int64], hour: NDArray[np.int64]
) -> Array:
    """Fills one stage in; `y` counts from the prior log-median of each party's cell. Returns what is left over."""
    n, spread = len(y), SPREADS[stage]
    house = float(y.sum()) / (n + PRIOR)
    rest = y - house
    variance = (PRIOR * spread**2 + float((rest**2).sum())) / (n + PRIOR)
    sizes, hours = len(SIZES_FROM), len(HOURS_FROM)
    cells = size * hours + hour
    by_size, size_doubt = _effects(rest, size, sizes, variance)
    rest = rest - by_size[size]
    by_hour, hour_doubt = _effects(rest, hour, hours, variance)
    rest = rest - by_hour[hour]
    by_cell, cell_doubt = _effects(rest, cells, sizes * hours, variance)
    rest = rest - by_cell[cells]
    variance = (PRIOR * spread**2 + float((rest**2).sum())) / (n + PRIOR)
    own = np.bincount(cells, rest**2, minlength=sizes * hours)
    counts = np.bincount(cells, minlength=sizes * hours)
    doubt = (size_doubt[:, None] + hour_doubt[None, :]).ravel() + cell_doubt + variance / (n + PRIOR)
    spreads = np.sqrt((PRIOR * variance + own) / (PRIOR + counts) + doubt)
    turns.centre[stage] = prior + house + by_size[:, None] + by_hour[None, :] + by_cell.reshape(sizes, hours)
    turns.spread[stage] = spreads.reshape(sizes, hours)
    turns.counts[stage] = counts.reshape(sizes, hours)
    turns.house[stage] = n
    if n:
        weight = n / (n + SHAPE_PRIOR)
        standard = rest / np.sqrt((PRIOR * variance + own) / (PRIOR + counts))[cells]
        turns.shape[stage] = (1 - weight) * _NORMAL + weight * np.quantile(standard, _P)
    return rest


def _usual(y: Array) -> NDArray[np.bool_]:
    """Without forgotten tables and slips of the finger."""
    if not len(y):
        return np.ones(0, np.bool_)
    middle = np.median(y)
    away = np.abs(y - middle)
    return away <= OUTLIER * 1.4826 * max(float(np.median(away)), 0.1)


def _between(y: Array, group: NDArray[np.int64], variance: float) -> float:
    """τ²: what the means of groups vary by beyond what their own parties explain (never negative)."""
    n = np.bincount(group).astype(float)
    means = np.bincount(group, y)[n > 0] / n[n > 0]
    n = n[n > 0]
    if len(n) < 2:
        return 0.0
    middle = float((n * means).sum() / n.sum())
    excess = float((n * (means - middle) ** 2).sum()) - (len(n) - 1) * variance
    return max(0.0, excess / (n.sum() - float((n**2).sum()) / n.sum()))


def _within(y: Array, group: NDArray[np.int64]) -> float:
    """σ² inside the groups, pooled."""
    n = np.bincount(group)
    rest = y - (np.bincount(group, y) / np.maximum(n, 1))[group]
    return float((rest**2).sum()) / max(len(y) - int((n > 0).sum()), 1)


def _effects(y: Array, group: NDArray[np.int64], groups: int, variance: float) -> tuple[Array, Array]:
    """The groups' shrunken means, and how uncertain they remain (variance)."""
    n = np.bincount(group, minlength=groups).astype(float)
    between = _between(y, group, variance)
    means = np.bincount(group, y, minlength=groups) / np.maximum(n, 1.0)
    trust = between * n / (between * n + variance)
    return trust * means, between * (1 - trust)


def _mills(z: float) -> float:
    """E[Z | Z > z] of a standard normal."""
    beyond = 0.5 * erfc(z / sqrt(2))
    return exp(-z * z / 2) / sqrt(2 * pi) / beyond if beyond > 1e-12 else z


def _remaining(
    centre: Array, spread: Array, shapes: Array, stage: NDArray[np.int64], past: Array, points: int
) -> Array:  # fmt: skip
    shape = shapes[stage]

    def at(p: Array) -> Array:  # minutes, [n, …] of probabilities below TAIL or so
        place = np.clip(p * GRID - 0.5, 0.0, GRID - 1.0)
        lower = np.minimum(place.astype(np.int64), GRID - 2)
        step = np.take_along_axis(shape, lower, 1)
        standard = step + (place - lower) * (np.take_along_axis(shape, lower + 1, 1) - step)
        return np.exp(centre[:, None] + spread[:, None] * standard)

    ones = np.ones((len(past), 1))
    edge = at(ones * TAIL)
    tail = (at(ones * 0.99) - edge) / log((1 - TAIL) / 0.01)  # mean excess of the exponential
    past = past[:, None]
    standard = (np.log(np.maximum(past, 1e-9)) - centre[:, None]) / spread[:, None]
    gone = np.zeros_like(past)
    for one in np.unique(stage):
        gone[stage == one] = np.interp(standard[stage == one], shapes[one], _P, left=0.0)
    over = past >= edge
    gone = np.where(over, 0.0, np.minimum(gone, TAIL))
    share = gone + (1 - gone) * (np.arange(points) + 0.5) / points
    far = np.log((1 - TAIL) / np.maximum(1 - share, 1e-9)) * tail
    minutes = np.where(share <= TAIL, at(np.minimum(share, TAIL)), edge + far) - past
    endless = -np.log(1 - share) * tail
    return np.maximum(np.where(over, endless, minutes), 0.5)
