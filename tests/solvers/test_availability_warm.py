"""After `warm` nothing is compiled any more, whatever is asked."""

import random
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from solvers.availability import chase, fewer, prices, puzzle, relax
from solvers.availability.asking import ask
from solvers.availability.exact import decide
from solvers.availability.hours import Cap, Hours
from solvers.availability.memory import Memory
from solvers.availability.night import Night
from solvers.availability.settling import settle
from solvers.availability.warm import warm
from solvers.availability.why import explain
from solvers.seating.evening import Pacing, Table
from tests.solvers.evenings import a_party, booked
from tests.solvers.test_availability_asking import PLENTY


def compiled():
    """Loops called from Python and how many kinds of arguments each is compiled for."""
    found = {}
    for module in (chase, fewer, prices, puzzle, relax):
        for name, loop in vars(module).items():
            if isinstance(loop, numba.core.dispatcher.Dispatcher):
                found[module.__name__, name] = len(loop.signatures)
    return found


def test_nothing_is_compiled_while_somebody_waits():
    warm()
    before = compiled()
    assert {"pinch", "chase", "circle", "at_once", "in_turn", "reaches",
            "_instant", "_shrink", "_cliques", "_legal"} <= {name for (_, name), many in before.items() if many}  # fmt: skip
    evening = booked(12, 6, seed=3)
    night = Night(evening, Hours(tuple(range(0, 300, 15)), Pacing(30)))
    for n in range(12):
        party = a_party(random.Random(n), must=False)
        if not ask(night, party, PLENTY).yes:
            explain(night, party, PLENTY)
    nobody = Night(type(evening)((Table(1, 4),), (), ()), Hours((0,), sitting=(Cap(0, 60, 4),)))
    somebody = nobody.question((a_party(random.Random(1), covers=3, accessible=False),), firm=True)
    assert settle(somebody, PLENTY, Memory()).at is not None
    question = night.question((a_party(random.Random(2)),), firm=True)
    assert decide(question, question.circle(), seconds=1, work=1, seed=1, stop=lambda: False) is not None
    assert compiled() == before


@pytest.mark.timeout(400)
def test_every_loop_is_compiled_for_one_kind_of_arguments():
    """In processes of their own: other tests call some of them with other kinds. The first compiles, if nobody has yet,
    and inside each other loops take more kinds; the second finds all stored, and counts what Python asked for.
    """
    code = "from tests.solvers.test_availability_warm import compiled, warm; warm(); print(max(compiled().values()))"
    for _ in range(2):
        said = subprocess.run(
            [sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2], capture_output=True, text=True,
            timeout=200,
        )  # fmt: skip
    assert said.stdout.split() == ["1"]
