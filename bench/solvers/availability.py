"""May this party come? What an answer takes, and whether it is true.

Evenings are booked up (`evenings.booked`), then strangers ask for a table at hours people ask for. Each is asked
exactly: yes iff all who were promised a seat and the stranger can be seated, whoever moves.

- latency     of a day's and a calendar's open starts while nobody moves, and of exact answers by the way they went
- truth       every yes is replayed: its moves made, the whole plan judged by the referee; a sample of the noes is
              proven again on the referee's model, by its relaxation or, where that is not enough, by CP-SAT without a
              time limit; open starts are counted again from the spans
- worth       how many noes of a book that moves nobody are a yes in truth
"""

import time
from collections.abc import Sequence
from random import Random
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from ortools.sat.python import cp_model

from bench.report import Report, quantile
from bench.simulator import demand
from bench.solvers.evenings import BUFFER_MIN, CLOSES, FRIDAY, QUARTER, Kind, Taken, booked
from bench.solvers.model import bound, model, wrong_with
from solvers.availability.answers import Answer
from solvers.availability.asking import ask
from solvers.availability.check import check_answer
from solvers.availability.days import Days
from solvers.availability.floor import Floor
from solvers.availability.hours import Hours
from solvers.availability.night import Night
from solvers.budget import Budget
from solvers.seating import best_fit
from solvers.seating.evening import Evening, Party
from solvers.seating.places import places
from solvers.seating.problem import Party as Guest
from solvers.seating.problem import Problem, Table

ANY_ANSWER_MS: Final = {40: 25, 80: 150}
RESHUFFLE_MS: Final = 3
DAY_US, CALENDAR_US, CALENDAR_DAYS = 60, 150, 90
TABLE_MS: Final = 5
LIMIT_MS: Final = 10_000
LARGEST: Final = 12
OPENS: Final = 17 * 60
TRUTH_EACH: Final = 12
"""Noes of an evening that are proven again."""


class Asked(Struct, frozen=True):
    """One stranger's question. `cpu_ms`: of all threads, for a machine that has other things to do. `greedy`: a table
    is free as everybody sits, by the house's usual best fit.
    """

    party: Party
    answer: Answer
    ms: float
    cpu_ms: float
    greedy: bool
    wrong: list[str]


def measure(report: Report, kinds: Sequence[Kind]) -> None:
    for kind in kinds:
        if kind.tables in ANY_ANSWER_MS and not (report.quick and kind.tables > 40):
            _exact(report, kind)
    if any(kind.tables == 40 for kind in kinds):
        _calendar(report, Kind(40, 150))
        _one_table(report, Kind(80, 300))


# ---- exact answers


def strangers(seed: int, count: int) -> list[Party]:
    """Parties that ask, at hours of a Friday; their wishes are hard, so they have none but step-free access."""
    rng, hours, found = Random(f"{seed}|strangers"), demand.evening_hour_share(FRIDAY), []
    while len(found) < count:
        covers = demand.covers(rng, largest=LARGEST)
        start = rng.choices(list(hours), list(hours.values()))[0] * 60 + QUARTER * rng.randrange(4)
        turn = min(150, 75 + QUARTER * ((covers - 1) // 2))
        if start + turn <= CLOSES:
            found.append(Party(covers, start, turn, BUFFER_MIN, accessible=rng.random() < 0.04, must=True))
    return found


def questions(evening: Evening, parties: Sequence[Party], *, truths: int) -> list[Asked]:
    night, book = Night(evening), Taken(evening.tables, evening.joins)
    for party in evening.parties:
        book.take(party, party.now)
    ask(night, replace(parties[0], covers=1), Budget.of(LIMIT_MS, time.perf_counter))  # compiles
    found = []
    for party in parties:
        began, spent = time.perf_counter(), time.process_time()
        answer = ask(night, party, Budget.of(LIMIT_MS, time.perf_counter))
        took, spent = (time.perf_counter() - began) * 1000, (time.process_time() - spent) * 1000
        doubted = answer.exact and not answer.yes and truths > 0
        truths -= doubted
        wrong = untrue(evening, party, answer, prove_no=doubted)
        found.append(Asked(party, answer, took, spent, bool(book.place(party)), wrong))
    return found


def untrue(evening: Evening, party: Party, answer: Answer, *, prove_no: bool) -> list[str]:
    """What is wrong with an answer; empty = nothing was found."""
    if not answer.yes:
        return ["a no, though all can be seated"] if prove_no and seatable(evening, party) else []
    moved = {move.party: move.tables for move in answer.moves}
    seats = [tuple(sorted(moved.get(at, old.now))) for at, old in enumerate(evening.parties)]
    wrong = check_answer(evening, None, (party,), answer)
    return wrong + wrong_with(model(_joined_by(evening, party)), [*seats, tuple(sorted(answer.seats[0]))])


def seatable(evening: Evening, party: Party) -> bool:
    """Whether everybody and the party can be seated, on the referee's model, as long as it takes."""
    of, cp = model(_joined_by(evening, party)), cp_model.CpModel()
    try:
        bound(of)
    except ValueError:
        return False  # nor in halves
    taken = [cp.new_bool_var("") for _ in of.tables]
    for options in of.of:
        cp.add_exactly_one([taken[k] for k in options])
    for row in of.rows:
        cp.add_at_most_one([taken[k] for k in row])
    status = cp_model.CpSolver().solve(cp)
    if status == cp_model.INFEASIBLE:
        return False
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return True
    raise ValueError("CP-SAT gave no answer")


def _joined_by(evening: Evening, party: Party) -> Evening:
    return replace(evening, parties=(*evening.parties, party))


def unguaranteed(evening: Evening) -> Evening:
    """A guaranteed table counts as points for a plan and as a rule for an answer; here nobody has one."""
    return replace(evening, parties=tuple(replace(party, guaranteed=False) for party in evening.parties))


def _exact(report: Report, kind: Kind) -> None:
    evenings, each = (1, 60) if report.quick else (4, 150)
    asked: list[Asked] = []
    for n in range(evenings):
        evening = unguaranteed(booked(kind, report.seed + n))
        asked += questions(evening, strangers(report.seed + n, each), truths=TRUTH_EACH)
    case = f"answers {kind.tables}"
    took = [one.ms for one in asked]
    noes = [one for one in asked if not one.answer.yes]
    reshuffled = [one for one in asked if one.answer.yes and one.answer.moves]
    hours = "all day" if not kind.over else "evening"
    subject = f"{hours}, {kind.parties} calls"
    counts = f"n={len(asked)}: {len(asked) - len(noes)} yes, {len(reshuffled)} of them by moves, {len(noes)} no"
    report.add(case, subject, "exact answer p50", quantile(took, 0.5), "ms", note=counts)
    note = f"the slowest {max(took):.1f}; of CPU p99 {quantile([one.cpu_ms for one in asked], 0.99):.1f}"
    most = ANY_ANSWER_MS[kind.tables]
    report.add(case, subject, "exact answer p99", quantile(took, 0.99), "ms", at_most=most, note=note)
    if reshuffled:
        moves = [one.ms for one in reshuffled]
        cpu = quantile([one.cpu_ms for one in reshuffled], 0.99)
        most = sorted(len(one.answer.moves) for one in reshuffled)
        note = f"n={len(moves)}, {most[len(most) // 2]} moves, at most {most[-1]}; of CPU p99 {cpu:.1f}"
        report.add(case, subject, "yes by moves p99", quantile(moves, 0.99), "ms", at_most=RESHUFFLE_MS, note=note)
    else:
        report.skip(case, subject, "yes by moves p99", "no question needed moves", target=f"<= {RESHUFFLE_MS}")
    rigid = [one for one in asked if not one.greedy]
    if rigid:
        share = 100 * sum(one.answer.yes for one in rigid) / len(rigid)
        report.add(case, subject, "greedy's noes that are yes", share, "%", note=f"of {len(rigid)}")
    wrong = [fault for one in asked for fault in one.wrong]
    sure = f"every yes replayed, {min(TRUTH_EACH * evenings, len(noes))} noes proven again"
    report.add(case, subject, "untrue answers", len(wrong), "", at_most=0, note="; ".join([sure, *wrong[:2]]))
    late = sum(not one.answer.exact for one in asked)
    report.add(case, subject, "answers without proof", late, "", at_most=0, note=f"in {LIMIT_MS / 1000:g} s")


# ---- while nobody moves


def _calendar(report: Report, kind: Kind) -> None:
    """Ninety evenings of one house."""
    count = 14 if report.quick else CALENDAR_DAYS
    evenings = [booked(kind, report.seed, day) for day in range(count)]
    house = evenings[0]
    floor = Floor.of(house.tables, places(house.tables, house.joins))
    starts = tuple(range(OPENS, 23 * 60 + 1, QUARTER))
    days = Days(floor, [Hours(starts)] * count, origin_min=OPENS, until_min=27 * 60, step_min=QUARTER)
    for day, evening in enumerate(evenings):
        for party in evening.parties:
            days.take(day, party.now, party.start, party.end, party.covers)
    parties = strangers(report.seed, 60 if report.quick else 300)
    days.bits(0, parties[0])
    days.open_days(parties[0])
    one, all_days = [], []
    for n, party in enumerate(parties):
        began = time.perf_counter()
        days.bits(n % count, party)
        between = time.perf_counter()
        days.open_days(party)
        one.append((between - began) * 1e6)
        all_days.append((time.perf_counter() - between) * 1e6)
    subject = f"{kind.tables} tables, nobody moves"
    note = f"p50 {quantile(one, 0.5):.0f}, n={len(one)}"
    report.add("day", subject, "day × party p99", quantile(one, 0.99), "µs", at_most=DAY_US, note=note)
    note = f"p50 {quantile(all_days, 0.5):.0f}, {count} days"
    most = None if report.quick else CALENDAR_US
    report.add("day", subject, "calendar p99", quantile(all_days, 0.99), "µs", at_most=most, note=note)
    wrong = sum(
        days.starts(n % count, party).tolist() != open_starts(evenings[n % count], party, starts)
        for n, party in enumerate(parties[:60])
    )
    report.add("day", subject, "days answered wrong", wrong, "", at_most=0, note="of 60 counted again from the spans")


def open_starts(evening: Evening, party: Party, starts: Sequence[int]) -> list[int]:
    """Starts at which some place of the referee's is free."""
    book = Taken(evening.tables, evening.joins)
    for other in evening.parties:
        book.take(other, other.now)
    found = []
    for start in starts:
        asking = replace(party, start=start)
        options = model(replace(evening, parties=(asking,))).tables
        if any(all(book.free((at,), asking) for at in tables) for tables in options):
            found.append(start)
    return found


def _one_table(report: Report, kind: Kind) -> None:
    """The single best table for a party at the door."""
    evening = booked(kind, report.seed)
    tables = tuple(
        Table(t.min_covers, t.max_covers, t.area, t.accessible, t.priority, t.features) for t in evening.tables
    )  # fmt: skip
    took, cpu = [], []
    for party in strangers(report.seed, 100):
        guest = Guest(party.covers, party.turn_min, 45, party.accessible)
        began, spent = time.perf_counter(), time.process_time()
        best_fit.rank(Problem(tables, evening.joins, guest))
        took.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - spent) * 1000)
    note = f"the engine alone, without the way through the hub; of CPU {quantile(cpu, 0.95):.2f}"
    subject = f"{kind.tables} tables"
    report.add("one table", subject, "p95", quantile(took, 0.95), "ms", at_most=TABLE_MS, note=note)
