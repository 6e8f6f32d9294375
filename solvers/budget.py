"""How long a solver may think. Solvers know no clock: the caller's comes in here, with a way to call the search off."""

from collections.abc import Callable

from msgspec import Struct


def _never() -> bool:
    return False


class Budget(Struct, frozen=True):
    """`ms` of the caller's `clock` (seconds, monotonic) from the moment the budget is made.

    `work` instead bounds the search in steps of its own (iterations, the exact solver's deterministic time): the same
    problem and seed then give the same plan on any machine, and the clock is not read. `stop` is asked at least every
    50 ms: a newer state of the floor makes the search pointless.
    """

    clock: Callable[[], float]
    started: float
    ms: float
    work: int | None = None
    seed: int = 1
    stop: Callable[[], bool] = _never

    @classmethod
    def of(
        cls, ms: float, clock: Callable[[], float], *, work: int | None = None, seed: int = 1,
        stop: Callable[[], bool] = _never,
    ) -> "Budget":  # fmt: skip
        """A budget that starts now."""
        return cls(clock, clock(), ms, work, seed, stop)

    @property
    def deterministic(self) -> bool:
        return self.work is not None

    @property
    def left_ms(self) -> float:
        """What is left of the time; without end where work is what counts."""
        return float("inf") if self.deterministic else self.ms - (self.clock() - self.started) * 1000

    @property
    def over(self) -> bool:
        return self.stop() or self.left_ms <= 0
