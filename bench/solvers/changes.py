"""Something changes at seven in the evening: how many parties does a new plan send to another table?

An evening is planned, by our own engine; everybody placed has been told. At 19:00 those who came are seated, and one
thing happens:

- table     a table nobody sits at is lost for the rest of the evening, the one with most parties to come
- party     a party to come has two more guests
- late      a party to come will be half an hour late

What must not happen is that somebody who was told a table has none; next best is that few move. Re-planning afresh by
greedy, as it would plan before opening, moves many; `repair` leaves all but those hit where they are and gives them
what is free. `proven best` is the referee's model, solved by HiGHS with ample time.
"""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bench.report import Report
from bench.solvers.contest import short
from bench.solvers.evenings import Kind, evening
from bench.solvers.model import Model, cost_of, model, wrong_with
from bench.solvers.ours import OURS, ours
from bench.solvers.peers import Clock, Found, Peer, Seats, Sheet, Step, by_call, by_hour, mixed, restarts
from solvers.seating.evening import Evening, Pacing

SEVEN: Final = 19 * 60
END: Final = 26 * 60
MORE: Final = 2
LATE_MIN: Final = 30
PLAN_S: Final = 2.0
REPLAN_S: Final = 0.5
AMPLE_S: Final = 20.0
LARGEST: Final = 6
"""Parties that grow: a larger one may have no place in the house at all."""
SIZES_FULL, SIZES_QUICK = (40, 80), (40,)
BEST: Final = "proven best"


class Change(Struct, frozen=True):
    name: str
    evening: Evening


class Replanned(Struct, frozen=True):
    """Parties at other tables than they were told, covers left out, points in all, milliseconds."""

    moved: int
    left_out: int
    cost: int
    ms: float
    wrong: list[str]
    proven: bool


def changes_of(asked: Evening, seats: Seats, seed: int) -> list[Change]:
    """The evening at seven with each of the changes."""
    rng = random.Random(f"{seed}|changes")
    told = []
    for party, at in zip(asked.parties, seats, strict=True):
        if at and party.end > SEVEN:
            sits = party.start < SEVEN
            told.append(replace(party, now=tuple(sorted(at)), locked=sits, must=sits))
    now = replace(asked, parties=tuple(told), pacing=Pacing())
    sat_at = {at for party in told if party.locked for at in party.now}
    users: dict[int, int] = {}
    for party in told:
        for at in party.now:
            users[at] = users.get(at, 0) + (not party.locked)
    to_come = [n for n, party in enumerate(told) if not party.locked and party.covers <= LARGEST]
    free = [at for at in users if at not in sat_at]
    found = []
    if free:
        lost = max(free, key=lambda at: (users[at], -at))
        shut = replace(asked.tables[lost], closed=(*asked.tables[lost].closed, (SEVEN, END)))
        tables = tuple(shut if at == lost else table for at, table in enumerate(asked.tables))
        found.append(Change("table", replace(now, tables=tables)))
    if to_come:
        more, late = rng.choice(to_come), rng.choice(to_come)
        found.append(Change("party", _but(now, more, covers=told[more].covers + MORE)))
        found.append(Change("late", _but(now, late, start=told[late].start + LATE_MIN)))
    return found


def _but(evening: Evening, at: int, **changed: int) -> Evening:
    parties = list(evening.parties)
    parties[at] = replace(parties[at], **changed)
    return replace(evening, parties=tuple(parties))


def repair(evening: Evening, seconds: float, seed: int, clock: Clock) -> Found:  # noqa: ARG001
    """Everybody stays who can; then those who could not, in the order they come, get what is free."""
    began = clock()
    sheet = Sheet(model(evening))
    sheet.clear()
    for party in sorted(range(len(evening.parties)), key=lambda r: not evening.parties[r].locked):
        sheet.seat(party, at=evening.parties[party].now)
    for party in sorted(range(len(evening.parties)), key=lambda r: evening.parties[r].start):
        if not sheet.seats[party]:
            sheet.seat(party)
    took = clock() - began
    return Found(sheet.seats, [Step(took, sheet.cost)], at_s=took)


def replanned(of: Model, method: Peer, seconds: float, seed: int) -> Replanned | None:
    found = method(of.evening, seconds, seed, time.perf_counter)
    if found.seats is None:
        return None
    parties = of.evening.parties
    moved = sum(bool(at) and at != party.now for party, at in zip(parties, found.seats, strict=True))
    out = sum(party.covers for party, at in zip(parties, found.seats, strict=True) if not at)
    wrong = wrong_with(of, found.seats)
    cost, proven = 0 if wrong else cost_of(of, found.seats), found.proof_s is not None
    return Replanned(moved, out, cost, found.at_s * 1000, wrong, proven)


METHODS: Final[dict[str, Peer]] = {
    OURS: ours, "greedy, by call": by_call, "greedy, by hour": by_hour, "greedy, restarts": restarts,
    "greedy, repair": repair,
}  # fmt: skip


def measure(report: Report, kinds: Sequence[Kind]) -> None:
    for kind in kinds:
        if not kind.over or kind.tables not in (SIZES_QUICK if report.quick else SIZES_FULL):
            continue
        found: dict[tuple[str, str], list[Replanned]] = {}
        for n in range(1 if report.quick else 6):
            seed = report.seed + n
            asked = evening(kind, seed)
            plan = ours(asked, PLAN_S, seed, time.perf_counter).seats or []
            for change in changes_of(asked, plan, seed):
                _methods(change, seed, found)
        _rows(report, kind, found)


def _methods(change: Change, seed: int, found: dict[tuple[str, str], list[Replanned]]) -> None:
    of = model(change.evening)
    for method, peer in METHODS.items():
        result = replanned(of, peer, REPLAN_S, seed)
        if result:
            found.setdefault((change.name, method), []).append(result)
    best = replanned(of, mixed, AMPLE_S, seed)
    if best and best.proven:
        found.setdefault((change.name, BEST), []).append(best)


def _rows(report: Report, kind: Kind, found: dict[tuple[str, str], list[Replanned]]) -> None:
    case = f"after {kind.tables}/{kind.parties}"
    for (change, method), results in found.items():
        mean: Callable[[list[float]], float] = statistics.fmean
        moved, out = [r.moved for r in results], [r.left_out for r in results]
        note = f"{min(moved)} to {max(moved)}, n={len(results)}; {short(mean(out))} covers left out"
        report.add(case, f"{change}: {method}", "parties moved", mean(moved), "", note=note)
        if method == OURS:
            took = [r.ms for r in results]
            note = f"to {short(max(took))}"
            report.add(case, f"{change}: {method}", "took", statistics.median(took), "ms", note=note)
            wrong = [fault for r in results for fault in r.wrong]
            report.add(case, f"{change}: {method}", "faults", len(wrong), "", at_most=0, note="; ".join(wrong[:3]))
