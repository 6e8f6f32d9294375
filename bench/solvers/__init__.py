"""`python -m bench solvers`: seating, answers and quotes against their bounds, their peers and the truth.

Cases
- contest       generated evenings of 20 to 150 tables, calm and over-demanded (`evenings`): our plan beside greedy
                best-fit, its restarts, CP-SAT with intervals and HiGHS, against the bound of a referee (`model`).
- changes       a table is lost, a party grows, a party is late: who has to move (`changes`).
- availability  what an answer takes, and whether it is true (`availability`).
- doors         availability as the hub answers it, on the sample house (`doors`).
- quotes        waits promised and waited on evenings nobody has seen (`quotes`).

`--only contest,80/300` measures only evenings of that size. Times are wall time on a machine that may be busy (its load
stands above the table): trust medians, gaps and ratios. An evening is its name and its seed; the first is `--seed`.
"""

import importlib
from collections.abc import Callable, Sequence

from bench.report import Report
from bench.solvers.evenings import KINDS, SIZES, Kind

CASES = ("contest", "changes", "availability", "doors", "quotes")


def run(report: Report, only: frozenset[str] = frozenset()) -> None:
    sizes = {f"{tables}/{parties}" for tables, parties in SIZES}
    kinds = [kind for kind in KINDS if not only & sizes or f"{kind.tables}/{kind.parties}" in only]
    measures: dict[str, Callable[[Report, Sequence[Kind]], object]] = {}
    for case in CASES:
        if not only - sizes or case in only:
            measures[case] = importlib.import_module(f"bench.solvers.{case}").measure
    for case, measure in measures.items():
        try:
            measure(report, kinds)
        except (ArithmeticError, LookupError, ValueError) as failed:
            report.fail(case, "the whole case", f"{type(failed).__name__}: {failed}")
