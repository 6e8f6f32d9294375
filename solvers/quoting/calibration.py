"""Promised against waited: whether the house's wait quotes can be believed, and what a simpler method would say."""

from collections import deque
from collections.abc import Sequence

from msgspec import Struct

LAST = 30  # parties the simple method averages


class Promise(Struct, frozen=True):
    """What a party was told when it joined and how long it waited, in minutes. `low` to `high` is the 10th to the 90th
    percentile, `high` None = not in sight then.
    """

    low: float
    median: float
    high: float | None
    quoted: float
    waited: float


class Calibration(Struct, frozen=True):
    """Over `n` promises. None where there is nothing to say it of."""

    n: int
    coverage: float | None  # share of waits inside low … high; honest is about 0.8
    kept: float | None  # share of parties seated by the time they were quoted
    bias: float | None  # median − waited, mean minutes: above zero = told too long
    error: float | None  # |median − waited|, mean minutes
    mean_of_last: float | None  # the error of the average of the last waits before, over the promises it can answer
    ratio: float | None  # own error to that one, over the same promises; below 1 is better than it


def calibrate(promises: Sequence[Promise], before: Sequence[Sequence[float]] | None = None) -> Calibration:
    """`promises` in the order in which parties sat down. `before[k]` are the waits known when promise k was given, the
    latest last; without it those of the promises ahead of it, which flatters the simple method.
    """
    if not promises:
        return Calibration(0, None, None, None, None, None, None)
    n = len(promises)
    inside = sum(p.low <= p.waited and (p.high is None or p.waited <= p.high) for p in promises)
    errors = [abs(p.median - p.waited) for p in promises]
    rivals = [mean_of_last(waits) for waits in (_before(promises) if before is None else before)]
    both = [
        (own, abs(rival - promise.waited))
        for own, rival, promise in zip(errors, rivals, promises, strict=True) if rival is not None
    ]  # fmt: skip
    own, other = sum(own for own, _ in both), sum(other for _, other in both)
    return Calibration(
        n, inside / n, sum(p.waited <= p.quoted for p in promises) / n, sum(p.median - p.waited for p in promises) / n,
        sum(errors) / n, other / len(both) if both else None, own / other if other else None,
    )  # fmt: skip


def mean_of_last(waits: Sequence[float]) -> float | None:
    """The simple method: the average wait of the last parties."""
    last = waits[-LAST:]
    return sum(last) / len(last) if last else None


def _before(promises: Sequence[Promise]) -> list[list[float]]:
    last: deque[float] = deque(maxlen=LAST)
    found = []
    for promise in promises:
        found.append(list(last))
        last.append(promise.waited)
    return found
