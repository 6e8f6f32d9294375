"""A mind for tests: answers like the house's simple plan, and does what a broken one does when it is asked to.

`python -m tests.hub.planning.double MODE`, where MODE is `plain`, `asked` (warm for questions about availability), `slow`
(thinks about an evening of few until it is called off), `stuck` (hears no stop), `dies`, `lies` (a plan that is none),
`fails` (raises) or `never` (never warm).
"""

import os
import sys
import time

from msgspec import structs

from hub.planning import worker
from hub.planning.simple import simple
from solvers.budget import Budget
from solvers.seating.evening import Evening, Plan

SLICE_S = 0.005
FEW = 8  # covers


def solve(evening: Evening, budget: Budget) -> Plan:
    mode = sys.argv[1]
    if mode == "dies":
        os._exit(9)
    if mode == "fails":
        raise ZeroDivisionError
    if mode == "stuck":
        time.sleep(60)
    few = sum(party.covers for party in evening.parties) < FEW
    while mode == "slow" and few and not budget.over:
        time.sleep(SLICE_S)
    plan = simple(evening)
    if mode == "lies":
        return structs.replace(plan, covers=plan.covers + 1)
    return structs.replace(plan, by="exact", proven=True, bound=plan.cost, gap=0.0, stopped=mode == "slow")


def warm() -> None:
    if sys.argv[1] == "asked":
        from solvers.availability import warm as availability

        availability.warm()
    if sys.argv[1] == "never":
        time.sleep(60)


if __name__ == "__main__":
    worker.serve(solve, warm, *worker.pipes())
