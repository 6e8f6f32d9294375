"""May this party come? Exactly: yes iff everybody who has a promise and the party can be seated, whoever may move.

The question is settled by the first stage that can, cheapest first:
    limits    hours, pacing, staff: no plan changes who comes when                                    → no
    fixed     a legal place is free as everybody sits                                                 → yes
    pinch     at some instant too many for the tables between them (Hall)                             → no
    chain     some moves make room (ejection chains), at first such that spare who sits well          → yes
    known     an earlier proof rules the party out, or a plan that made room for another does again   → either
    prices    prices on tables show that those present at one instant need more than there is         → no
    again     more chains, longer ones                                                                → yes
    relaxed   the linear relaxation of those present during the stay, then of all who could matter,
              seats fewer than all (→ no), or its rounding plus a chain seats all                     → yes
    exact     CP-SAT                                                                                  → either
Out of budget, the answer is a no that is not `exact`. A yes brings its certificate (the newcomer's tables and the
moves), of as few moves as `fewer` finds; `check.check_answer` replays it.
"""

from collections.abc import Sequence

import numpy as np

from solvers.availability.answers import Answer, Move
from solvers.availability.fewer import CAREFUL, TRIALS, cost, fewer
from solvers.availability.night import STEPS, Night
from solvers.availability.puzzle import Puzzle
from solvers.availability.settling import settle
from solvers.budget import Budget
from solvers.seating.evening import Party

STARTS, KEEPS = 8, (10, 3, 0)
"""Searches more, where as few as can be are to move; how unwillingly they put out who sits where they are now."""


def ask(night: Night, party: Party, budget: Budget, *, firm: bool = True, sparing: bool = False) -> Answer:
    """Whether the party can come at its `start`. `firm`: only to its area and with all its features. `sparing`: as few
    are to move as can be found, a dozen ms are for that; else the first way found is shortened for one or two.
    """
    return ask_all(night, (party,), budget, firm=firm, sparing=sparing)


def ask_all(
    night: Night, parties: Sequence[Party], budget: Budget, *, firm: bool = True, sparing: bool = False
) -> Answer:  # fmt: skip
    """Whether several new parties can all come: a party split over two tables, two bookings of one company."""
    over = night.over(parties)
    if over is not None:
        return Answer(yes=False, exact=True, by="limits", over=over)
    puzzle = night.question(parties, firm=firm)
    alone = len(parties) == 1
    if alone and night.known(puzzle):
        return Answer(yes=False, exact=True, by="known")
    settled = settle(puzzle, budget, night.memory)
    if settled.at is None:
        if alone and settled.exact:
            night.learn(puzzle)
        return Answer(yes=False, exact=settled.exact, by=settled.by)
    if settled.by == "fixed":
        return told(night, settled.at, settled.by)
    at = _spared(night, puzzle, settled.at, budget, STARTS if sparing else 0)
    night.memory.made_room(at[: len(night.kept)])
    return told(night, at, settled.by)


def _spared(night: Night, puzzle: Puzzle, at: np.ndarray, budget: Budget, starts: int) -> np.ndarray:
    """The plan made to move fewer, or what others like it come to: where a search begins decides more than how long it
    goes on.
    """
    prices = night.prices(len(at))
    trials = CAREFUL if starts else TRIALS
    best = fewer(puzzle, at, prices, seed=budget.seed, trials=trials)
    for start in range(starts):
        if budget.over:
            break
        seed = budget.seed + start + 1
        other = puzzle.chased(seed=seed, steps=STEPS // 3, keep=KEEPS[start % len(KEEPS)])
        if other is not None:
            other = fewer(puzzle, other, prices, seed=seed, trials=trials)
            best = min(best, other, key=lambda plan: cost(puzzle, plan, prices))
    return best


def told(night: Night, at: np.ndarray, by: str) -> Answer:
    """A plan of everybody kept and the newcomers, as a yes."""
    tables = [night.floor.places[place].tables for place in at.tolist()]
    moves = tuple(
        Move(r, tables[row])
        for row, r in enumerate(night.kept)
        if tables[row] != tuple(sorted(night.evening.parties[r].now))
    )
    return Answer(yes=True, exact=True, by=by, seats=tuple(tables[len(night.kept) :]), moves=moves)
