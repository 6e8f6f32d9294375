"""Compiles every loop before anybody waits for an answer: seconds the first time on a machine, a blink afterwards."""

import numpy as np

from solvers.availability import fewer, prices, relax
from solvers.availability.asking import ask
from solvers.availability.exact import decide
from solvers.availability.night import Night
from solvers.availability.why import explain
from solvers.budget import Budget
from solvers.seating.evening import Evening, Party, Table
from solvers.seating.problem import Join


def _no_clock() -> float:
    return 0.0


def warm() -> None:
    """Sends a small house through every stage."""
    tables = (Table(1, 2), Table(1, 2), Table(2, 4, closed=((0, 30),)))
    parties = (Party(2, 0, 60, now=(0,), must=True), Party(2, 60, 60, now=(1,), must=True))
    night = Night(Evening(tables, (Join(0, 1, 4),), parties))
    budget = Budget(_no_clock, 0.0, 0.0, work=100_000)
    for party in (Party(2, 0, 120), Party(2, 30, 60), Party(4, 0, 60), Party(2, 200, 60)):
        if not ask(night, party, budget).yes:
            explain(night, party, budget)
    puzzle = night.question((Party(2, 0, 120),), firm=True)
    everybody = puzzle.circle()
    prices.at_instant(puzzle, everybody, np.zeros(puzzle.tables))
    fewer.fewer(puzzle, puzzle.at, night.prices(len(puzzle.at)), seed=1, trials=0)
    relax.relax(puzzle, everybody, limit_s=1.0)
    decide(puzzle, everybody, seconds=1.0, work=1.0, seed=1, stop=lambda: False)
    puzzle.chased(seed=1, steps=10, begin=puzzle.in_turn(relax.rows(puzzle, everybody).options[:0].astype("int64")))
