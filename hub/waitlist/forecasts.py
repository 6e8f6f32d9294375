"""What is believed of the line, as storeys above work it out before a command runs: intervals beside the rule's moment.
Pure.

The rule (`rules.look`) plays the line forward once, everybody staying as long as planned. A forecast has played it
many times with turns as they really are. While a house's own turns are not known, the rule says when a table is ready
and the forecast how sure that is; from then on the forecast says both. A table that is free now is free now, whatever
is believed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.waitlist import QuoteSource

STEADY = timedelta(minutes=2)  # an interval that moved by no more stands as it was: it is told in steps of five


@dataclass(frozen=True, slots=True)
class Expected:
    """The wait of one party, in minutes from `Forecast.t0`; None = not in sight tonight. `low` and `high` are the 10th
    and 90th percentile, `quote` the time told (G-27), `confidence` the share of evenings within the interval as told.
    """

    low: int | None
    median: int | None
    high: int | None
    quote: int | None
    confidence: float
    source: QuoteSource

    @property
    def learned(self) -> bool:
        """Whether it rests on turns of this house."""
        return self.source in ("house", "cell")


@dataclass(frozen=True, slots=True)
class Forecast:
    """As of seq `basis` of the site. `line` are the parties at the door that were played forward; a party that is about
    to join (`newcomer`) stood behind `ahead`."""

    basis: int
    t0: datetime
    line: Mapping[str, Expected] = field(default_factory=dict)
    bands: Mapping[str, Expected] = field(default_factory=dict)
    newcomer: Expected | None = None
    ahead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Believed:
    """When a table should be ready, between when and when, how surely, and by what."""

    ready_at: datetime | None
    low_at: datetime | None = None
    high_at: datetime | None = None
    confidence: float | None = None
    source: QuoteSource = "rule"


@dataclass(frozen=True, slots=True)
class Promise:
    """What a party is told: minutes from now."""

    quoted_min: int | None
    low_min: int | None = None
    median_min: int | None = None
    high_min: int | None = None
    confidence: float | None = None
    source: QuoteSource = "rule"


def believed(
    by_rule: datetime | None, *, now: bool, expected: Expected | None, t0: datetime, before: Believed | None
) -> Believed:  # fmt: skip
    """The rule's moment (`now`: a table is free already) and the forecast made one. `before` is what stands."""
    if expected is None:
        return Believed(by_rule)
    share = _told(expected.confidence)
    if now:
        return Believed(by_rule, by_rule, by_rule, 1.0, expected.source)
    found = Believed(
        _at(t0, expected.median) if expected.learned else by_rule, _at(t0, expected.low), _at(t0, expected.high), share,
        expected.source,
    )  # fmt: skip
    if before is None:
        return found
    steady = near(before.low_at, found.low_at) and near(before.high_at, found.high_at)
    if not steady or (expected.learned and not near(before.ready_at, found.ready_at)):
        return found
    ready_at = before.ready_at if expected.learned else by_rule
    return Believed(ready_at, before.low_at, before.high_at, before.confidence, found.source)


def promise(by_rule: int | None, expected: Expected | None, *, step_min: int) -> Promise:
    """What a new party is told; `by_rule` in minutes, unrounded. The interval is widened to full steps."""
    ruled = None if by_rule is None else up(by_rule, step_min)
    if expected is None:
        return Promise(ruled)
    if by_rule == 0:
        return Promise(0, 0, 0, 0, 1.0, expected.source)
    quoted = expected.quote if expected.learned else ruled
    if expected.low is None or expected.median is None:  # most evenings it is not seated at all
        return Promise(quoted, source=expected.source)
    return Promise(
        quoted, expected.low // step_min * step_min, expected.median,
        None if expected.high is None else up(expected.high, step_min), _told(expected.confidence), expected.source,
    )  # fmt: skip


def up(minutes: int, step_min: int) -> int:
    """G-27: a quote goes up to the next full step."""
    return -(-minutes // step_min) * step_min


def near(a: datetime | None, b: datetime | None) -> bool:
    """Whether two moments are as good as one."""
    return a == b if a is None or b is None else abs(a - b) <= STEADY


def _at(t0: datetime, minute: int | None) -> datetime | None:
    return None if minute is None else t0 + timedelta(minutes=minute)


def _told(share: float) -> float:
    return round(share, 2)
