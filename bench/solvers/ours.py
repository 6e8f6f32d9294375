"""The house's own engine in the shape of its peers, held to its promises on the way."""

from functools import cache

from bench.solvers.model import Model, wrong_with
from bench.solvers.peers import Clock, Found, Step
from solvers.budget import Budget
from solvers.seating.check import check_plan
from solvers.seating.evening import Evening, Plan
from solvers.seating.plan import solve, warm

OURS = "maitred"


@cache
def warmed() -> None:
    """Compiles the kernels, as a worker does when it starts."""
    warm()


class Solved(Found, frozen=True, kw_only=True):
    """`plan`: the whole answer, with its reasons."""

    plan: Plan


def ours(evening: Evening, seconds: float, seed: int, clock: Clock) -> Solved:
    warmed()
    began = clock()
    steps: list[Step] = []
    proofs: list[float] = []

    def seen(cost: int, bound: int, by: str) -> None:  # noqa: ARG001
        now = clock() - began
        if not steps or cost < steps[-1].cost:
            steps.append(Step(now, cost))
        if bound >= cost and not proofs:
            proofs.append(now)

    plan = solve(evening, Budget.of(seconds * 1000, clock, seed=seed), seen)
    took = clock() - began
    seats = [tuple(sorted(seat.tables)) for seat in plan.seats]
    proof = (proofs[-1] if proofs else took) if plan.proven else None
    return Solved(seats, steps or [Step(took, plan.cost)], proof, plan.bound, took, plan=plan)


def wrong_with_ours(of: Model, solved: Solved) -> list[str]:
    """By the solver's own check and by the referee."""
    return check_plan(of.evening, solved.plan) + wrong_with(of, solved.seats or [])
