"""The proof: CP-SAT over the columns that the bound and the best plan leave open (see `relax`).

x_k ∈ {0, 1} for each column k given: at most one per party (exactly one if it is locked or cannot be left out in a
better plan), at most one per table row, sections and windows as in the relaxation; the cost is minimised. The protocol
buffer is written in bulk: the model's own methods take longer than the solver here.
"""

from collections.abc import Callable
from threading import Event, Thread

import numpy as np
from msgspec import Struct
from ortools.sat.python import cp_model

from solvers.seating.options import Flags, Ints
from solvers.seating.relax import Columns

POLL_S = 0.01


class Found(Struct, frozen=True):
    """`chosen`: the columns of the best plan found, None = none was. `bound`: no choice among the columns costs less;
    `done`: the best plan is the best there is among them, or there is none.
    """

    chosen: Ints | None
    bound: int
    done: bool


def exact(
    of: Columns, kept: Ints, hint: Ints, *, placed: Flags, seconds: float, work: float | None, seed: int,
    called_off: Callable[[], bool],
) -> Found:  # fmt: skip
    """The best choice among the columns `kept` (ascending). `hint`: columns of a plan, where kept; `placed`: parties
    that must not be left out. At most `seconds`, or `work` deterministic units on one thread.
    """
    model = _model(of, kept, placed, hint)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1  # a second one costs more than it finds: these models are solved by their LP
    solver.parameters.random_seed = seed
    solver.parameters.linearization_level = 2
    if work is not None:
        solver.parameters.max_deterministic_time = work
    else:
        solver.parameters.max_time_in_seconds = max(seconds, 0.001)
    status = _watched(solver, model, called_off)
    if status in (int(cp_model.OPTIMAL), int(cp_model.FEASIBLE)):
        chosen = kept[np.fromiter(solver.response_proto.solution, bool)[: len(kept)]]
        return Found(chosen, int(np.ceil(solver.best_objective_bound - 1e-6)), status == int(cp_model.OPTIMAL))
    if status == int(cp_model.INFEASIBLE):
        return Found(None, np.iinfo(np.int64).max, True)
    return Found(None, np.iinfo(np.int64).min, False)


def _watched(solver: cp_model.CpSolver, model: cp_model.CpModel, called_off: Callable[[], bool]) -> int:
    """Solves on a thread of its own, so that this one can call it off."""
    status, ready = [int(cp_model.UNKNOWN)], Event()

    def run() -> None:
        try:
            status[0] = int(solver.solve(model))
        finally:
            ready.set()

    thread = Thread(target=run, name="seating proof", daemon=True)
    thread.start()
    while not ready.wait(POLL_S):
        if called_off():
            solver.stop_search()
    thread.join()
    return status[0]


def _model(of: Columns, kept: Ints, placed: Flags, hint: Ints) -> cp_model.CpModel:
    model = cp_model.CpModel()
    proto = model.proto
    for _ in range(len(kept)):
        proto.variables.add().domain.extend((0, 1))
    party = np.searchsorted(of.first, kept, "right") - 1
    everyone = np.arange(len(of.covers))
    begin, until = np.searchsorted(party, everyone), np.searchsorted(party, everyone, "right")
    for guest, (low, high) in enumerate(zip(begin.tolist(), until.tolist(), strict=True)):
        if placed[guest] or of.locked[guest]:
            proto.constraints.add().exactly_one.literals.extend(range(low, high))
        elif high - low > 1:
            proto.constraints.add().at_most_one.literals.extend(range(low, high))
    for literals in _rows(of, kept):
        proto.constraints.add().at_most_one.literals.extend(literals)
    objective = proto.objective
    objective.vars.extend(range(len(kept)))
    objective.coeffs.extend(of.value[kept].tolist())
    objective.offset = float(of.price.sum())
    _sections(of, kept, party, model)
    for window in range(len(of.limit) - of.tables - of.sections):
        inside = np.flatnonzero(of.window[party] == window)
        _at_most(model, inside.tolist(), of.covers[party[inside]].tolist(), of.limit[of.tables + of.sections + window])
    proto.solution_hint.vars.extend(range(len(kept)))
    proto.solution_hint.values.extend(np.isin(kept, hint).astype(np.int64).tolist())
    return model


def _rows(of: Columns, kept: Ints) -> list[list[int]]:
    """The columns of each table row, where there are two or more and no other row of the table has them all."""
    users: list[list[int]] = [[] for _ in range(of.tables)]
    for at, column in enumerate(kept.tolist()):
        for q in range(int(of.pair[column]), int(of.pair[column + 1])):
            for row in range(int(of.low[q]), int(of.high[q])):
                users[row].append(at)
    return [row for row in users if len(row) > 1]


def _sections(of: Columns, kept: Ints, party: Ints, model: cp_model.CpModel) -> None:
    """over_s ≥ covers in s − share_s, at the price of the section."""
    for section in range(of.sections):
        row = of.tables + section
        inside = np.flatnonzero(of.section[kept] == section)
        most = int(of.covers[party[inside]].sum() - of.limit[row])
        if most <= 0 or of.roof[row] == 0:
            continue
        over = len(model.proto.variables)
        model.proto.variables.add().domain.extend((0, most))
        _at_most(model, [*inside.tolist(), over], [*of.covers[party[inside]].tolist(), -1], of.limit[row])
        model.proto.objective.vars.append(over)
        model.proto.objective.coeffs.append(int(of.roof[row]))


def _at_most(model: cp_model.CpModel, variables: list[int], factors: list[int], limit: int) -> None:
    linear = model.proto.constraints.add().linear
    linear.vars.extend(variables)
    linear.coeffs.extend(factors)
    linear.domain.extend((np.iinfo(np.int64).min, int(limit)))
