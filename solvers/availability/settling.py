"""The stages that settle a puzzle, cheapest first; `asking` says what each of them is.

What they cost at 40 tables, in ms: spare 1, known 0.1, chain 4, prices 1 an instant (0.4 where it was proven before),
again 30, relaxed 30 to 150, exact without end. Their order is by what they settle for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from solvers.availability import chase
from solvers.availability.exact import decide
from solvers.availability.memory import Memory
from solvers.availability.night import STEPS
from solvers.availability.prices import at_instant
from solvers.availability.puzzle import Puzzle
from solvers.availability.relax import relax
from solvers.budget import Budget

WORK_PER_S = 1_000_000
"""Steps of a deterministic budget that pay for one second of the exact solver's deterministic time."""

PRICES_WORK, AGAIN_WORK, RELAX_WORK, EXACT_WORK = 2_000, 4_000, 8_000, 10_000
"""A deterministic budget of fewer steps ends before that stage."""

SPARING, THOROUGH, AGAIN = ((10, 300), (3, 300)), ((0, STEPS),), ((0, STEPS),) * 8
"""Searches as (how unwillingly those are put out who sit where they are now, ejections at most): a search that spares
them moves fewer people, one that does not finds more.
"""

GUIDED = 12  # searches from what a relaxation suggests
RELAX_MOST_S, NO_LIMIT_S = 0.3, 3600.0
"""How long one relaxation may run: it cannot be called off. A deterministic budget reads no clock here either."""


class Settled(Struct, frozen=True):
    """What a puzzle came to: a plan (`at`), or none with the parties the proof is about, or undecided."""

    by: str
    at: np.ndarray | None = None
    exact: bool = True
    crowd: np.ndarray | None = None


def settle(puzzle: Puzzle, budget: Budget, memory: Memory) -> Settled:
    """Seats those who stand, or proves that it cannot be done. The memory is of the same parties, and is added to."""
    at = puzzle.at_once()
    if at is not None:
        return Settled("fixed", at)
    crowd = puzzle.pinched()
    if crowd is not None:
        return Settled("pinch", crowd=crowd)
    stages = _Stages(puzzle, budget, memory)
    for stage in (
        stages.spare, stages.known, stages.chain, stages.prices, stages.again, stages.relaxed, stages.exact,
    ):  # fmt: skip
        if budget.over:
            break
        settled = stage()
        if settled is not None:
            return settled
    return Settled("budget", exact=False)


@dataclass(frozen=True)
class _Stages:
    """Each gives what it comes to, or None."""

    puzzle: Puzzle
    budget: Budget
    memory: Memory

    def spare(self) -> Settled | None:
        return self._searched(SPARING)

    def known(self) -> Settled | None:
        """In a plan that made room for somebody else."""
        for plan in self.memory.plans:
            at = self.puzzle.seated(np.concatenate((plan, self.puzzle.at[len(plan) :]))).at_once()
            if at is not None:
                return Settled("known", at)
        return None

    def chain(self) -> Settled | None:
        return self._searched(THOROUGH, seed=len(SPARING))

    def again(self) -> Settled | None:
        if self._spent(AGAIN_WORK):
            return None
        return self._searched(AGAIN, seed=len(SPARING) + len(THOROUGH))

    def prices(self) -> Settled | None:
        """Those at one instant: first at the instants that proved a no to others, then at the most crowded."""
        near, taus = self._near(), _starts(self.puzzle)
        start, end = self.puzzle.start, self.puzzle.end
        proven = [tau for tau in self.memory.prices if tau in taus]
        for tau in [*proven, *(tau for tau in taus if tau not in self.memory.prices)]:
            if self._spent(PRICES_WORK):
                return None
            known = self.memory.prices.get(tau)
            y = np.zeros(self.puzzle.tables) if known is None else known.copy()
            crowd = at_instant(self.puzzle, near & (start <= tau) & (tau < end), y)
            if crowd is not None:
                self.memory.proved(tau, y)
                return Settled("prices", crowd=crowd)
        return None

    def relaxed(self) -> Settled | None:
        circle, near = self.puzzle.circle(), self._near()
        for members in (near, circle):
            if self._spent(RELAX_WORK):
                return None
            limit_s = NO_LIMIT_S if self.budget.deterministic else min(RELAX_MOST_S, self.budget.left_ms / 1000)
            found = relax(self.puzzle, members, limit_s=limit_s)
            if found is None:
                continue
            if found.proven:
                return Settled("relaxed", crowd=found.crowd)
            settled = self._guided(found.share)
            if settled is not None:
                return settled
            if (near == circle).all():
                break
        return None

    def exact(self) -> Settled | None:
        if self._spent(EXACT_WORK):
            return None
        budget = self.budget
        work = None if budget.work is None else budget.work / WORK_PER_S
        circle, seconds = self.puzzle.circle(), budget.left_ms / 1000
        found = decide(self.puzzle, circle, seconds=seconds, work=work, seed=budget.seed, stop=budget.stop)
        if found is None:
            return None
        return Settled("exact", found.at, crowd=circle if found.at is None else None)

    def _searched(self, turns: Sequence[tuple[int, int]], *, seed: int = 0) -> Settled | None:
        """A few searches from different corners find more than a long one."""
        for turn, (keep, steps) in enumerate(turns):
            if self.budget.over:
                return None
            most = steps if self.budget.work is None else min(steps, self.budget.work)
            at = self.puzzle.chased(seed=self.budget.seed + seed + turn, steps=most, keep=keep)
            if at is not None:
                return Settled("chain", at)
        return None

    def _guided(self, share: np.ndarray) -> Settled | None:
        """Chains that set out from the plan a relaxation suggests."""
        begin = _rounded(self.puzzle, share)
        for turn in range(GUIDED):
            if self.budget.over:
                return None
            at = self.puzzle.chased(seed=self.budget.seed + turn, steps=STEPS, begin=begin, keep=turn % 2)
            if at is not None:
                return Settled("relaxed", at)
        return None

    def _near(self) -> np.ndarray:
        """Who could have to move, and is there at some time while those who stand would be."""
        puzzle = self.puzzle
        new = puzzle.at == chase.OUT
        start, end = puzzle.start[new].min(), puzzle.end[new].max()
        return puzzle.circle() & (puzzle.start < end) & (start < puzzle.end)

    def _spent(self, work: int) -> bool:
        """Whether the budget is over, or one in steps does not reach as far as a stage that begins at `work`."""
        return self.budget.over or (self.budget.work is not None and self.budget.work < work)


def _starts(puzzle: Puzzle) -> list[int]:
    """The starts during the newcomers' stay, the most crowded first."""
    new = puzzle.at == chase.OUT
    start, end = int(puzzle.start[new].min()), int(puzzle.end[new].max())
    instants = {int(tau) for tau in puzzle.start if start <= tau < end}
    return sorted(instants, key=lambda tau: (-int(((puzzle.start <= tau) & (tau < puzzle.end)).sum()), tau))


def _rounded(puzzle: Puzzle, share: np.ndarray) -> np.ndarray:
    """Everybody at the place they have most of, the surest first; then whoever can at their own."""
    score = share + 0.001 * (puzzle.option == puzzle.at[puzzle.party])
    order = np.argsort(-score, kind="stable")
    order = order[: np.count_nonzero(score > 0.0005)]
    return puzzle.in_turn(order)
