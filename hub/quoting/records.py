"""Promises held against waits, and turns as they are known, in a manager's figures. Pure."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from hub.quoting.turns import Learned
from schemas.quoting import PromiseKept, TurnView, WaitsReport, WaitsTold
from solvers.quoting.calibration import LAST, Promise, calibrate
from solvers.quoting.turns import ENOUGH, HOURS_FROM, SIZES_FROM

LATEST_MAX = 50  # promises listed one by one

Record = Mapping[str, Any]


def report(days: int, records: Sequence[Record], gave_up: int, learned: Learned) -> WaitsReport:
    """`records` are the promises, latest seated first."""
    return WaitsReport(
        days=days, told=told(records), gave_up=gave_up, latest=[kept(record) for record in records[:LATEST_MAX]],
        turns=turns(learned), learned=learned.parties, enough=ENOUGH, default_min=learned.default_min,
    )  # fmt: skip


def told(records: Sequence[Record]) -> WaitsTold:
    """How far promises came true."""
    ordered = sorted(records, key=lambda record: record["converted_at"])
    seated, waits = [record["converted_at"] for record in ordered], [record["waited_min"] for record in ordered]
    promises = [
        Promise(
            record["quoted_low_min"], record["quoted_median_min"], record["quoted_high_min"],
            inf if record["quoted_min"] is None else record["quoted_min"], record["waited_min"],
        )
        for record in ordered
    ]  # fmt: skip
    before = []
    for record in ordered:
        known = bisect_right(seated, record["quoted_at"])
        before.append(waits[max(0, known - LAST) : known])
    found = calibrate(promises, before)
    expected = sum(record["quote_confidence"] for record in ordered) / len(ordered) if ordered else None
    return WaitsTold(
        parties=found.n, coverage=found.coverage, promised=expected, kept=found.kept, bias_min=found.bias,
        error_min=found.error, simple_error_min=found.mean_of_last, ratio=found.ratio,
    )  # fmt: skip


def kept(record: Record) -> PromiseKept:
    """One of them."""
    low, high, waited = record["quoted_low_min"], record["quoted_high_min"], record["waited_min"]
    return PromiseKept(
        told_at=record["quoted_at"], covers=record["covers"], low_min=low, high_min=high,
        quoted_min=record["quoted_min"], confidence=record["quote_confidence"], source=record["quote_source"],
        waited_min=round(waited), inside=low <= waited and (high is None or waited <= high),
    )  # fmt: skip


def turns(learned: Learned) -> list[TurnView]:
    """Every size at every hour of the day."""
    found = []
    for size, covers in enumerate(SIZES_FROM):
        for band, hour in enumerate(HOURS_FROM):
            of = learned.turns.predict(covers, hour)
            found.append(TurnView(
                covers_from=covers, covers_to=SIZES_FROM[size + 1] - 1 if size + 1 < len(SIZES_FROM) else None,
                hour_from=hour, hour_to=HOURS_FROM[(band + 1) % len(HOURS_FROM)], median_min=round(of.median),
                low_min=round(of.low), high_min=round(of.high), source=of.source, parties=of.n,
            ))  # fmt: skip
    return found
