"""Others who plan an evening, each in its best known form, each with the same evening, weights and time.

- greedy, by call     what products document: in the order people called, each gets the best place still free
- greedy, by hour     the same in the order they come
- greedy, restarts    the same in random orders until the time is over; the best counts
- CP-SAT, intervals   the textbook model: an optional interval for each option, no overlap on a table
- HiGHS, at most one  the referee's own model as a mixed integer program

All of them begin with the evening: building their model is part of their time. Promised parties stay where they are for
the greedy ones. `Peer` = (evening, seconds, seed, clock) → Found.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from ortools.sat.python import cp_model
from scipy.optimize import Bounds, LinearConstraint, milp

from bench.solvers.model import Model, model
from solvers.seating.evening import Evening

Seats = list[tuple[int, ...]]
Clock = Callable[[], float]
WORKERS: Final = 2


class Step(Struct, frozen=True):
    """A better plan after so many seconds."""

    seconds: float
    cost: int


class Found(Struct, frozen=True):
    """`seats` of each party (() = left out), None = no plan in the time; `proof_s`: when it was proven best, None =
    not; `steps`: better and better plans, [] = the solver tells only its last; `at_s`: when it ended.
    """

    seats: Seats | None
    steps: list[Step] = []
    proof_s: float | None = None
    bound: int | None = None
    at_s: float = 0.0


Peer = Callable[[Evening, float, int, Clock], Found]


# ---- greedy


class Sheet:
    """Who has which table when, as one bit for each stretch between two times that matter; and covers by window."""

    def __init__(self, of: Model) -> None:
        self.of, evening = of, of.evening
        moments = sorted({moment for p in evening.parties for moment in (p.start, p.end)})
        at = {moment: n for n, moment in enumerate(moments)}
        self.span = [(1 << at[p.end]) - (1 << at[p.start]) for p in evening.parties]
        self.limit = {n: limit for n, (_, limit) in enumerate(of.windows)}
        self.window = {int(of.party[k]): n for n, (options, _) in enumerate(of.windows) for k in options}
        self.options = [[(of.tables[k], int(of.cost[k])) for k in ks] for ks in of.of]
        self.clear()

    def clear(self) -> None:
        self.busy = [0] * len(self.of.evening.tables)
        self.covers = dict.fromkeys(self.limit, 0)
        self.seats: Seats = [()] * len(self.of.evening.parties)
        self.cost = self.of.worth

    def seat(self, party: int, *, at: tuple[int, ...] | None = None) -> bool:
        """Seats a party at the cheapest place still free (or only `at`)."""
        span, window, covers = self.span[party], self.window.get(party), self.of.evening.parties[party].covers
        if window is not None and self.covers[window] + covers > self.limit[window]:
            return False
        for tables, cost in self.options[party]:
            if (at is None or tables == at) and not any(self.busy[table] & span for table in tables):
                for table in tables:
                    self.busy[table] |= span
                if window is not None:
                    self.covers[window] += covers
                self.seats[party] = tables
                self.cost += cost - int(self.of.price[party])
                return True
        return False


def seated_in(sheet: Sheet, order: Iterable[int]) -> None:
    """One greedy plan: locked and promised parties where they are, then the others in this order."""
    sheet.clear()
    parties = sheet.of.evening.parties
    settled = sorted((r for r, p in enumerate(parties) if p.must or p.locked), key=lambda r: not parties[r].locked)
    for party in settled:
        sheet.seat(party, at=tuple(sorted(parties[party].now)) or None)
    for party in order:
        if not sheet.seats[party] and not parties[party].must:
            sheet.seat(party)


def by_call(evening: Evening, seconds: float, seed: int, clock: Clock) -> Found:  # noqa: ARG001
    return _greedy(evening, range(len(evening.parties)), clock)


def by_hour(evening: Evening, seconds: float, seed: int, clock: Clock) -> Found:  # noqa: ARG001
    return _greedy(evening, sorted(range(len(evening.parties)), key=lambda r: evening.parties[r].start), clock)


def _greedy(evening: Evening, order: Sequence[int], clock: Clock) -> Found:
    began = clock()
    sheet = Sheet(model(evening))
    seated_in(sheet, order)
    took = clock() - began
    return Found(sheet.seats, [Step(took, sheet.cost)], at_s=took)


def restarts(evening: Evening, seconds: float, seed: int, clock: Clock) -> Found:
    began, rng = clock(), random.Random(seed)
    sheet = Sheet(model(evening))
    order = sorted(range(len(evening.parties)), key=lambda r: evening.parties[r].start)
    best, steps = None, []
    while best is None or clock() - began < seconds:
        seated_in(sheet, order)
        if best is None or sheet.cost < steps[-1].cost:
            best = sheet.seats
            steps.append(Step(clock() - began, sheet.cost))
        rng.shuffle(order)
    return Found(best, steps, at_s=clock() - began)


# ---- exact solvers


class _Steps(cp_model.CpSolverSolutionCallback):
    def __init__(self, began: float, clock: Clock) -> None:
        super().__init__()
        self.began, self.clock, self.steps = began, clock, []

    def on_solution_callback(self) -> None:
        self.steps.append(Step(self.clock() - self.began, round(self.objective_value)))


def intervals(evening: Evening, seconds: float, seed: int, clock: Clock) -> Found:
    """An optional interval of fixed start and length for each option and table; no two overlap on a table."""
    began = clock()
    of, cp = model(evening), cp_model.CpModel()
    taken = [cp.new_bool_var("") for _ in of.tables]
    on: list[list[cp_model.IntervalVar]] = [[] for _ in evening.tables]
    for k, tables in enumerate(of.tables):
        party = evening.parties[of.party[k]]
        span = cp.new_optional_fixed_size_interval_var(party.start, party.end - party.start, taken[k], "")
        for table in tables:
            on[table].append(span)
    for spans in on:
        cp.add_no_overlap(spans)
    for party, options in zip(evening.parties, of.of, strict=True):
        chosen = [taken[k] for k in options]
        cp.add_exactly_one(chosen) if party.must or party.locked else cp.add_at_most_one(chosen)
    for options, limit in of.windows:
        covers = [evening.parties[of.party[k]].covers for k in options]
        cp.add(cp_model.LinearExpr.weighted_sum([taken[k] for k in options], covers) <= limit)
    saves = (of.cost - of.price[of.party]).tolist()
    cp.minimize(cp_model.LinearExpr.weighted_sum(taken, saves) + of.worth)
    solver, told = cp_model.CpSolver(), _Steps(began, clock)
    solver.parameters.num_workers, solver.parameters.random_seed = WORKERS, seed
    solver.parameters.max_time_in_seconds = max(0.01, seconds - (clock() - began))
    status = solver.solve(cp, told)
    took = clock() - began
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Found(None, at_s=took)
    chosen = [k for k, variable in enumerate(taken) if solver.value(variable)]
    proof = took if status == cp_model.OPTIMAL else None
    return Found(_seats(of, chosen), told.steps, proof, int(np.floor(solver.best_objective_bound)), took)


def mixed(evening: Evening, seconds: float, seed: int, clock: Clock) -> Found:  # noqa: ARG001 (HiGHS by scipy has none)
    began = clock()
    of = model(evening)
    matrix, least, most = of.matrix()
    saves = (of.cost - of.price[of.party]).astype(float)
    limit = {"time_limit": max(0.01, seconds - (clock() - began)), "mip_rel_gap": 0.0}
    rules = LinearConstraint(matrix, least, most)
    found = milp(saves, constraints=rules, integrality=np.ones(len(saves)), bounds=Bounds(0, 1), options=limit)
    took = clock() - began
    if found.x is None:
        return Found(None, at_s=took)
    proof = took if found.status == 0 else None
    return Found(_seats(of, np.flatnonzero(found.x > 0.5).tolist()), [], proof, at_s=took)


def _seats(of: Model, chosen: Iterable[int]) -> Seats:
    seats: Seats = [()] * len(of.evening.parties)
    for k in chosen:
        seats[int(of.party[k])] = of.tables[k]
    return seats


PEERS: Final[dict[str, Peer]] = {
    "greedy, by call": by_call, "greedy, by hour": by_hour, "greedy, restarts": restarts,
    "CP-SAT, intervals": intervals, "HiGHS, at most one": mixed,
}  # fmt: skip
