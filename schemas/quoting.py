"""Quoting: what a party would be told, and whether what was told came true."""

from datetime import datetime

from msgspec import Struct

from schemas.waitlist import QuoteSource


class QuoteView(Struct, frozen=True):
    """GET /api/sites/{site}/quote: what a party joining the line now would be told, at seq `basis`; nothing is written.
    `quoted_min` None = not in sight tonight. No interval where the rule alone speaks; `high_min` None where there is a
    `low_min` = no end in sight. `parties` of the house's own stand behind it."""

    covers: int
    position: int
    quoted_min: int | None
    low_min: int | None
    high_min: int | None
    confidence: float | None
    source: QuoteSource
    parties: int
    basis: int


class TurnView(Struct, frozen=True):
    """How long parties of a size stay that sit down within [`hour_from`, `hour_to`) local time: the median, and what
    one in ten falls short of or exceeds (F-DUR-02). `covers_to` None = and more. `parties` stand behind it."""

    covers_from: int
    covers_to: int | None
    hour_from: int
    hour_to: int
    median_min: int
    low_min: int
    high_min: int
    source: QuoteSource
    parties: int


class PromiseKept(Struct, frozen=True):
    """One party's interval and wait, in minutes; `inside` or not."""

    told_at: datetime
    covers: int
    low_min: int
    high_min: int | None
    quoted_min: int | None
    confidence: float
    source: QuoteSource
    waited_min: int
    inside: bool


class WaitsTold(Struct, frozen=True):
    """Over `parties` that were told an interval and sat down. `coverage` of the waits were inside; `promised` is what
    the house had expected of it. `kept` of the parties sat by the time they were quoted. `bias_min` above zero = told
    too long. `simple_error_min` is the error of a simpler way, the mean of the last thirty waits, and `ratio` ours to
    that. None where there is nothing to say it of."""

    parties: int
    coverage: float | None
    promised: float | None
    kept: float | None
    bias_min: float | None
    error_min: float | None
    simple_error_min: float | None
    ratio: float | None


class WaitsReport(Struct, frozen=True):
    """GET /api/sites/{site}/waits: promises of the last `days` held against what was waited, and turns as they are
    known. `gave_up` left the line before. The house speaks for itself from `enough` parties on; it knows `learned`."""

    days: int
    told: WaitsTold
    gave_up: int
    latest: list[PromiseKept]
    turns: list[TurnView]
    learned: int
    enough: int
    default_min: int
