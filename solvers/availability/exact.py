"""The last word on a puzzle: CP-SAT, on whatever search and relaxation left open.

Sets as in `relax`; x_k ∈ {0, 1}; every party exactly one place, every table row at most one. No objective: any plan
will do. One worker, so that a deterministic limit gives the same answer on every machine.
"""

import threading
from collections.abc import Callable

import numpy as np
from msgspec import Struct
from ortools.sat.python import cp_model

from solvers.availability.puzzle import Puzzle
from solvers.availability.relax import rows

LOOK_S = 0.02  # how often a search is asked whether it is still wanted


class Decided(Struct, frozen=True):
    """`at`: a plan; None: there is none. Undecided is no `Decided`."""

    at: np.ndarray | None


def decide(
    puzzle: Puzzle, members: np.ndarray, *, seconds: float, work: float | None, seed: int, stop: Callable[[], bool]
) -> Decided | None:
    """Seats all `members` (the others stay), or proves that nobody can; None = not within `seconds` (or `work`, the
    solver's deterministic time), or called off.
    """
    of = rows(puzzle, members)
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in of.options]
    parties = puzzle.party[of.options]
    edges = np.searchsorted(parties, np.flatnonzero(members)).tolist()
    for begin, end in zip(edges, [*edges[1:], len(chosen)], strict=True):
        model.add_exactly_one(chosen[begin:end])
    for begin, end in zip(of.first[:-1].tolist(), of.first[1:].tolist(), strict=True):
        model.add_at_most_one([chosen[k] for k in of.column[begin:end].tolist()])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.linearization_level = 2  # its relaxation leads; probing and symmetries cost more than they find
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    if work is None:
        solver.parameters.max_time_in_seconds = seconds
    else:
        solver.parameters.max_deterministic_time = work
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(solver, stop, done), daemon=True)
    watch.start()
    try:
        status = solver.solve(model)
    finally:
        done.set()
        watch.join()
    if status == cp_model.INFEASIBLE:
        return Decided(None)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    at = puzzle.at.copy()
    for k, literal in zip(of.options.tolist(), chosen, strict=True):
        if solver.boolean_value(literal):
            at[puzzle.party[k]] = puzzle.option[k]
    return Decided(at)


def _watch(solver: cp_model.CpSolver, stop: Callable[[], bool], done: threading.Event) -> None:
    while not done.wait(LOOK_S):
        if stop():  # again and again: it may not have begun
            solver.stop_search()
