"""Who plans an evening best in the same time: covers, gap to the bound, time to 1 % of it, time to a proof.

The gap is (cost − bound) / (worth of all that is asked − bound): how much less the plan is worth than the bound says
could be. "1 %" counts from the proven optimum if anybody proved one, else from the referee's LP bound. Every plan is
checked by the referee, and its cost counted again there; ours by its own check as well.
"""

import math
import statistics
import time
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from bench.report import Report, Row
from bench.solvers.evenings import Kind, evening
from bench.solvers.model import Bound, Model, bound, cost_of, model, wrong_with
from bench.solvers.ours import OURS, Solved, ours, wrong_with_ours
from bench.solvers.peers import PEERS, Found, Peer, Seats
from solvers.seating.evening import Weights

GREEDY: Final = ("greedy, by call", "greedy, by hour")
WITHIN: Final = 0.01
MORE_COVERS: Final = 9.0
WHOLE: Final = f"{OURS}, all weights"


class Size(Struct, frozen=True):
    """Seconds everybody gets; targets for ours in milliseconds."""

    seconds: float
    near_ms: float | None = None
    proof_ms: float | None = None


FULL: Final = {20: Size(2), 40: Size(4, 100, 500), 80: Size(8, 250, 1000), 150: Size(15, 2000, 10_000)}
QUICK: Final = {20: Size(0.5), 40: Size(1, 100, 500), 80: Size(3, 250, 1000)}
SEEDS_FULL, SEEDS_QUICK = 3, 1


class Result(Struct, frozen=True):
    """One method's plan of one evening. `gap` in per cent of the bound's worth, infinite without a plan; `near_ms` and
    `proof_ms` infinite where not reached; `near_ms` None if the plan is near, but the method told no plan before it.
    """

    covers: int
    cost: float
    gap: float
    near_ms: float | None
    proof_ms: float
    ended_ms: float
    wrong: list[str]
    passed: bool = False
    """Its own bound was passed by a legal plan of somebody's: a false bound."""


def measure(report: Report, kinds: Sequence[Kind]) -> None:
    """One row for each figure, then all of them as one table."""
    sizes, seeds = (QUICK, SEEDS_QUICK) if report.quick else (FULL, SEEDS_FULL)
    found: dict[tuple[str, str], list[Result]] = {}
    for kind in kinds:
        if kind.tables not in sizes or (report.quick and kind.tables == 80 and not kind.over):
            report.skip(kind.name, "every method", "", "not in a quick run")
            continue
        for n in range(seeds):
            for method, result in one(kind, report.seed + n, sizes[kind.tables].seconds).items():
                found.setdefault((kind.name, method), []).append(result)
        _rows(report, kind, sizes[kind.tables], found)
    print(table(found), flush=True)


def one(kind: Kind, seed: int, seconds: float) -> dict[str, Result]:
    """Every method on one evening."""
    asked = evening(kind, seed)
    of = model(asked)
    least = bound(of)
    methods: dict[str, Peer] = {OURS: ours, **PEERS}
    said = {name: method(asked, seconds, seed, time.perf_counter) for name, method in methods.items()}
    results = judged(of, least, said)
    whole = evening(kind, seed, Weights())
    results[WHOLE] = _by_its_own_bound(model(whole), ours(whole, seconds, seed, time.perf_counter))
    return results


def judged(of: Model, least: Bound, said: dict[str, Found]) -> dict[str, Result]:
    """Plans of one evening beside each other."""
    wrong = {name: _wrong(of, found) for name, found in said.items()}
    costs = {name: cost_of(of, found.seats) for name, found in said.items() if found.seats and not wrong[name]}
    optima = [costs[name] for name in costs if said[name].proof_s is not None]
    best = min(costs.values(), default=of.worth)
    floor = min([best, *optima]) if optima else least.cost
    near = floor + WITHIN * (of.worth - floor)
    results = {}
    for name, found in said.items():
        cost = costs.get(name, math.inf)
        proof_ms = math.inf if found.proof_s is None else found.proof_s * 1000
        told_false = found.bound is not None and best < found.bound
        told_false |= found.proof_s is not None and best < cost
        results[name] = Result(
            _covers(of, found.seats), cost, _gap(of, cost, least.cost), _near_ms(found, cost, near), proof_ms,
            found.at_s * 1000, wrong[name], told_false,
        )  # fmt: skip
    return results


def _wrong(of: Model, found: Found) -> list[str]:
    if found.seats is None:
        return []
    wrong = wrong_with_ours(of, found) if isinstance(found, Solved) else wrong_with(of, found.seats)
    if not wrong and found.steps and found.steps[-1].cost != cost_of(of, found.seats):
        wrong.append("its cost is not what it says")
    return wrong


def _gap(of: Model, cost: float, least: int) -> float:
    return 100 * (cost - least) / max(1, of.worth - least)


def _near_ms(found: Found, cost: float, near: float) -> float | None:
    if not found.steps:
        return None if cost <= near else math.inf
    return next((step.seconds * 1000 for step in found.steps if step.cost <= near), math.inf)


def _by_its_own_bound(of: Model, solved: Solved) -> Result:
    """With terms between parties no peer can say how good the plan is, only the solver's bound."""
    plan = solved.plan
    near = plan.bound + WITHIN * (of.worth - plan.bound)
    return Result(
        plan.covers, plan.cost, _gap(of, plan.cost, plan.bound), _near_ms(solved, plan.cost, near),
        math.inf if solved.proof_s is None else solved.proof_s * 1000, solved.at_s * 1000, wrong_with_ours(of, solved),
    )  # fmt: skip


def _covers(of: Model, seats: Seats | None) -> int:
    return sum(party.covers for party, at in zip(of.evening.parties, seats or (), strict=False) if at)


# ---- rows


def _rows(report: Report, kind: Kind, size: Size, found: dict[tuple[str, str], list[Result]]) -> None:
    for (name, method), results in found.items():
        if name != kind.name:
            continue
        mine = method == OURS
        plans = [r for r in results if math.isfinite(r.cost)]
        note = f"in {size.seconds:g} s, n={len(results)}"
        _quiet(report, name, method, "plans found", len(plans), "", note)
        _row(report, name, method, "covers", [r.covers for r in results], "")
        _row(report, name, method, "below the bound", [r.gap for r in results], "%")
        near = [r.ended_ms if r.near_ms is None else r.near_ms for r in results]
        _row(report, name, method, "to 1 %", near, "ms", at_most=size.near_ms if mine else None)
        if method not in GREEDY and "restarts" not in method:
            proofs = [r.proof_ms for r in results]
            _row(report, name, method, "to the proof", proofs, "ms", at_most=size.proof_ms if mine else None)
    _promises(report, kind, found)


def _promises(report: Report, kind: Kind, found: dict[tuple[str, str], list[Result]]) -> None:
    mine = found[kind.name, OURS]
    for method in (OURS, WHOLE):
        wrong = [fault for result in found[kind.name, method] for fault in result.wrong]
        report.add(kind.name, method, "faults found by checks", len(wrong), "", at_most=0, note="; ".join(wrong[:3]))
    false = sum(result.passed for result in mine)
    report.add(kind.name, OURS, "false bounds or proofs", false, "", at_most=0)
    pairs = zip(mine, *(found[kind.name, method] for method in GREEDY), strict=True)
    more, worse = [], 0
    for result, *greedy in pairs:
        more.append(100 * (result.covers / max(g.covers for g in greedy) - 1))
        worse += any(result.cost > g.cost for g in greedy)
    report.add(kind.name, f"{OURS} : greedy", "worse plans", worse, "", at_most=0)
    if kind.over:
        least = MORE_COVERS if kind.tables == 80 else None
        _row(report, kind.name, f"{OURS} : better greedy", "more covers", more, "%", at_least=least)


def _row(
    report: Report, case: str, subject: str, metric: str, figures: Sequence[float], unit: str, *,
    at_most: float | None = None, at_least: float | None = None,
) -> None:  # fmt: skip
    """The worse of the middle seeds and what all lay between; what was never reached is endless, null in the file. A
    row without a target is not shown by itself: the table at the end has it.
    """
    reached = [figure for figure in figures if math.isfinite(figure)]
    median = statistics.median_low(figures) if at_least is not None else statistics.median_high(figures)
    note = f"{short(min(figures))} to {short(max(figures))}, n={len(figures)}"
    if len(reached) < len(figures):
        note = f"reached in {len(reached)} of {len(figures)} evenings; {note}"
    if at_most is None and at_least is None:
        _quiet(report, case, subject, metric, median, unit, note)
    else:
        report.add(case, subject, metric, median, unit, at_most=at_most, at_least=at_least, note=note)


def _quiet(report: Report, case: str, subject: str, metric: str, value: float, unit: str, note: str) -> None:
    report.rows.append(Row(case=case, subject=subject, metric=metric, value=value, unit=unit, note=note))


def short(figure: float) -> str:
    if not math.isfinite(figure):
        return "–"
    return f"{figure:,.2f}" if abs(figure) < 100 else f"{figure:,.0f}"


_LEGEND: Final = """
  Medians of the seeds, times in ms, – = not in the time given (HiGHS tells no plan before its last). gap % to the LP
  bound of the referee; of `all weights`, which counts terms between parties too, to its own bound."""


def table(found: dict[tuple[str, str], list[Result]]) -> str:
    """The contest at a glance: medians of the seeds; the same figures are rows of the report."""
    lines = ["", f"  {'evening':<14}{'method':<24}{'covers':>8}{'gap %':>9}{'worst':>8}{'to 1 %':>10}{'proof':>10}"]
    last = ""
    for (kind, method), results in found.items():
        gaps = [r.gap for r in results]
        near = [r.near_ms for r in results if r.near_ms is not None]
        cells = (
            f"{statistics.median_high([r.covers for r in results]):,}", short(statistics.median_high(gaps)),
            short(max(gaps)), short(statistics.median_high(near)) if near else "–",
            short(statistics.median_high([r.proof_ms for r in results])),
        )  # fmt: skip
        head = kind if kind != last else ""
        lines.append(f"  {head:<14}{method:<24}{cells[0]:>8}{cells[1]:>9}{cells[2]:>8}{cells[3]:>10}{cells[4]:>10}")
        last = kind
    return "\n".join([*lines, _LEGEND, ""])
