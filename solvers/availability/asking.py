"""May this party come? Exactly: yes iff everybody who has a promise and the party can be seated, whoever may move.

The question is settled by the first stage that can, cheapest first:
    limits    hours, pacing, staff: no plan changes who comes when                                    → no
    fixed     a legal place is free as everybody sits                                                 → yes
    pinch     at some instant too many for the tables between them (Hall)                             → no
    chain     some moves make room (ejection chains)                                                  → yes
    prices    prices on tables and times show that all together need more than there is               → no
    relaxed   the linear relaxation of those present during the stay, then of all who could matter,
              seats fewer than all (→ no), or its rounding plus a chain seats all                     → yes
    exact     CP-SAT                                                                                  → either
Out of budget, the answer is a no that is not `exact`. A yes brings its certificate (the newcomer's tables and the
moves); `check.check_answer` replays it.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from solvers.availability import chase
from solvers.availability.answers import Answer, Move
from solvers.availability.exact import decide
from solvers.availability.night import STEPS, Night
from solvers.availability.prices import prices
from solvers.availability.puzzle import Puzzle
from solvers.availability.relax import relax
from solvers.budget import Budget
from solvers.seating.evening import Party

WORK_PER_S = 1_000_000
"""Steps of a deterministic budget that pay for one second of the exact solver's deterministic time."""

PRICES_WORK, GUIDED_WORK, RELAX_WORK, EXACT_WORK = 2_000, 4_000, 8_000, 10_000
"""A deterministic budget of fewer steps ends before that stage."""

TURNS, GUIDED_TURNS = 3, 4  # searches before prices, and after each try at them
PRICES_STEPS, PATIENCE = 1300, 60
PART_STEPS, PART_PATIENCE = 400, 20
WINDOW_MOST = 2500  # options; of more, prices take longer than the relaxation, and instants prove as much
RELAX_MOST_S, NO_LIMIT_S = 0.3, 3600.0
"""How long one relaxation may run: it cannot be called off. A deterministic budget reads no clock here either."""


class Settled(Struct, frozen=True):
    """What a puzzle came to: a plan (`at`), or none with the parties the proof is about, or undecided."""

    by: str
    at: np.ndarray | None = None
    exact: bool = True
    crowd: np.ndarray | None = None


def ask(night: Night, party: Party, budget: Budget, *, firm: bool = True) -> Answer:
    """Whether the party can come at its `start`. `firm`: only to its area and with all its features."""
    return ask_all(night, (party,), budget, firm=firm)


def ask_all(night: Night, parties: Sequence[Party], budget: Budget, *, firm: bool = True) -> Answer:
    """Whether several new parties can all come: a party split over two tables, two bookings of one company."""
    over = night.over(parties)
    if over is not None:
        return Answer(yes=False, exact=True, by="limits", over=over)
    puzzle = night.question(parties, firm=firm)
    alone = len(parties) == 1
    if alone and night.known(puzzle):
        return Answer(yes=False, exact=True, by="known")
    settled = settle(puzzle, budget)
    if settled.at is None:
        if alone and settled.exact:
            night.learn(puzzle)
        return Answer(yes=False, exact=settled.exact, by=settled.by)
    return told(night, settled.at, settled.by)


def told(night: Night, at: np.ndarray, by: str) -> Answer:
    """A plan of everybody kept and the newcomers, as a yes."""
    tables = [night.floor.places[place].tables for place in at.tolist()]
    moves = tuple(
        Move(r, tables[row])
        for row, r in enumerate(night.kept)
        if tables[row] != tuple(sorted(night.evening.parties[r].now))
    )
    return Answer(yes=True, exact=True, by=by, seats=tuple(tables[len(night.kept) :]), moves=moves)


def settle(puzzle: Puzzle, budget: Budget) -> Settled:
    """Seats those who stand, or proves that it cannot be done."""
    at = puzzle.at_once()
    if at is not None:
        return Settled("fixed", at)
    crowd = puzzle.pinched()
    if crowd is not None:
        return Settled("pinch", crowd=crowd)
    for stage in (_chain, _prices, _relaxed, _exact):
        if budget.over:
            break
        settled = stage(puzzle, budget)
        if settled is not None:
            return settled
    return Settled("budget", exact=False)


def _chain(puzzle: Puzzle, budget: Budget) -> Settled | None:
    """A few short searches from different corners find more than a long one."""
    steps = STEPS if budget.work is None else min(STEPS, budget.work)
    for turn in range(TURNS):
        at = puzzle.chased(seed=budget.seed + turn, steps=steps // TURNS)
        if at is not None:
            return Settled("chain", at)
    return None


def _prices(puzzle: Puzzle, budget: Budget) -> Settled | None:
    """Of all present during the stay, in short and at length, then of those at one instant; the other way round where
    there are very many. Where nothing is proven there mostly is a way, and the choices made at these prices lead to it.
    """
    near = puzzle.circle() & _present(puzzle)
    quick = (near, PART_STEPS, PART_PATIENCE)
    parts = [(near & (puzzle.start <= tau) & (tau < puzzle.end), *quick[1:]) for tau in _instants(puzzle)]
    few = int(np.diff(puzzle.first)[near].sum()) <= WINDOW_MOST
    for members, steps, patience in [quick, (near, PRICES_STEPS, PATIENCE), *parts] if few else [*parts, quick]:
        if _spent(budget, PRICES_WORK):
            return None
        found = prices(puzzle, members, steps=steps, patience=patience)
        if found.crowd is not None:
            return Settled("prices", crowd=found.crowd)
        settled = _guided(puzzle, found.share, budget, seed=steps) if members is near else None
        if settled is not None:
            return settled
    return None


def _guided(puzzle: Puzzle, share: np.ndarray, budget: Budget, *, seed: int) -> Settled | None:
    """Chains that set out from the plan the prices suggest, and one from the plan of now."""
    begin = _rounded(puzzle, share)
    for turn in range(GUIDED_TURNS):
        if _spent(budget, GUIDED_WORK):
            return None
        at = puzzle.chased(seed=budget.seed + seed + turn, steps=STEPS // 2, begin=begin if turn else None)
        if at is not None:
            return Settled("chain", at)
    return None


def _relaxed(puzzle: Puzzle, budget: Budget) -> Settled | None:
    circle, near = puzzle.circle(), puzzle.circle() & _present(puzzle)
    for members in (near, circle):
        if _spent(budget, RELAX_WORK):
            return None
        limit_s = NO_LIMIT_S if budget.deterministic else min(RELAX_MOST_S, budget.left_ms / 1000)
        found = relax(puzzle, members, limit_s=limit_s)
        if found is None:
            continue
        if found.proven:
            return Settled("relaxed", crowd=found.crowd)
        at = puzzle.chased(seed=budget.seed, steps=STEPS, begin=_rounded(puzzle, found.share))
        if at is not None:
            return Settled("relaxed", at)
        if (near == circle).all():
            break
    return None


def _spent(budget: Budget, work: int) -> bool:
    """Whether the budget is over, or one in steps does not reach as far as a stage that begins at `work`."""
    return budget.over or (budget.work is not None and budget.work < work)


def _instants(puzzle: Puzzle) -> list[int]:
    """The starts during the newcomers' stay, the most crowded first."""
    new = puzzle.at == chase.OUT
    start, end = int(puzzle.start[new].min()), int(puzzle.end[new].max())
    instants = {int(tau) for tau in puzzle.start if start <= tau < end}
    return sorted(instants, key=lambda tau: (-int(((puzzle.start <= tau) & (tau < puzzle.end)).sum()), tau))


def _present(puzzle: Puzzle) -> np.ndarray:
    """Who is there at some time while those who stand would be."""
    new = puzzle.at == chase.OUT
    start, end = puzzle.start[new].min(), puzzle.end[new].max()
    return (puzzle.start < end) & (start < puzzle.end)


def _rounded(puzzle: Puzzle, share: np.ndarray) -> np.ndarray:
    """Everybody at the place they have most of, the surest first; then whoever can at their own."""
    score = share + 0.001 * (puzzle.option == puzzle.at[puzzle.party])
    order = np.argsort(-score, kind="stable")
    order = order[: np.count_nonzero(score > 0.0005)]
    return puzzle.in_turn(order)


def _exact(puzzle: Puzzle, budget: Budget) -> Settled | None:
    if _spent(budget, EXACT_WORK):
        return None
    work = None if budget.work is None else budget.work / WORK_PER_S
    circle = puzzle.circle()
    found = decide(puzzle, circle, seconds=budget.left_ms / 1000, work=work, seed=budget.seed, stop=budget.stop)
    if found is None:
        return None
    return Settled("exact", found.at, crowd=circle if found.at is None else None)
