"""The bench of the solvers: evenings drawn as described, a referee that counts right, peers that play by the rules."""

import itertools
import time
from math import inf

import msgspec
import pytest
from msgspec.structs import replace

from bench.report import Report
from bench.solvers import availability, changes, contest, evenings
from bench.solvers.model import Bound, bound, cost_of, model, wrong_with
from bench.solvers.peers import PEERS, Found, Step, mixed
from solvers.availability.answers import Answer
from solvers.seating.evening import POINT, Evening, Pacing, Party, Table, Weights
from solvers.seating.options import options
from solvers.seating.problem import Join

SMALL = evenings.Kind(8, 16)
CALM, OVER = evenings.Kind(20, 60, over=False), evenings.Kind(20, 60)
ALL = Weights()


def left_out(evening, seats):
    return [at for at, tables in enumerate(seats) if not tables and evening.parties[at].covers]


def test_a_seed_draws_one_evening():
    assert evenings.evening(OVER, 3) == evenings.evening(OVER, 3) != evenings.evening(OVER, 4)


@pytest.mark.parametrize("kind", evenings.KINDS[:6], ids=lambda kind: kind.name)
def test_houses_and_books_are_as_described(kind):
    evening = evenings.evening(kind, 5)
    assert len(evening.tables) == kind.tables and len(evening.parties) == kind.parties
    neighbours = [0] * kind.tables
    for join in evening.joins:
        a, b = evening.tables[join.a], evening.tables[join.b]
        assert a.area == b.area and max(a.max_covers, b.max_covers) < join.combined_max
        neighbours[join.a] += 1
        neighbours[join.b] += 1
    assert max(neighbours) <= 4 < sum(neighbours)
    assert all(party.must and party.now for party in evening.parties if party.locked)
    assert sum(party.locked for party in evening.parties) == int(kind.pinned * kind.parties)
    assert kind.promised * kind.parties * 0.6 <= sum(party.must for party in evening.parties)
    assert all(party.start % 15 == 0 and party.start + party.turn_min <= evenings.CLOSES for party in evening.parties)


def test_calm_everybody_can_be_placed_and_over_far_more_is_asked_than_fits():
    calm, over = evenings.evening(CALM, 1), evenings.evening(OVER, 1)
    best = mixed(calm, 20, 1, time.perf_counter)
    assert best.seats and not left_out(calm, best.seats)
    least_out = bound(model(over)).cost / (POINT * ALL.unplaced)
    assert least_out > 0.1 * sum(party.covers for party in over.parties)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_referee_and_solver_mean_the_same_by_an_evening(seed):
    """Two enumerations of places and two ways to count, agreeing option by option."""
    evening = evenings.evening(SMALL, seed, ALL)
    of, theirs = model(evening), options(evening)
    mine = {(int(r), at): int(c) for r, at, c in zip(of.party, of.tables, of.cost, strict=True)}
    found = {(int(r), theirs.tables_of(k)): int(theirs.cost[k]) for k, r in enumerate(theirs.party)}
    assert found.items() <= mine.items()
    locked = [party for party in evening.parties if party.locked]
    for r, at in mine.keys() - found.keys():  # what they leave out, a locked party holds
        party = evening.parties[r]
        assert any(set(at) & set(p.now) and p.start < party.end and party.start < p.end for p in locked)


def tiny(seed):
    evening = evenings.evening(evenings.Kind(4, 6, promised=0.2, pinned=0.2), seed)
    return replace(evening, pacing=Pacing(9, 15), parties=tuple(replace(p, start=p.start // 90 * 90) for p in evening.parties))


def best_of_all(of):
    """Every plan there is."""
    ways = [[(), *(of.tables[k] for k in ks)] for ks in of.of]
    plans = (list(seats) for seats in itertools.product(*ways))
    return min(cost_of(of, seats) for seats in plans if not wrong_with(of, seats))


@pytest.mark.parametrize("seed", [1, 2, 3, 5])
def test_no_plan_passes_the_bound_and_exact_peers_find_the_best(seed):
    of = model(tiny(seed))
    best = best_of_all(of)
    assert bound(of).cost <= best
    for name in ("CP-SAT, intervals", "HiGHS, at most one"):
        found = PEERS[name](of.evening, 20, 1, time.perf_counter)
        assert found.proof_s is not None and cost_of(of, found.seats) == best, name


def test_without_joins_the_bound_is_the_optimum():
    """Then every table's rows are intervals, and the relaxation seats nobody in halves."""
    of = model(replace(evenings.evening(SMALL, 2), joins=(), parties=tuple(
        replace(p, must=False, locked=False, now=()) for p in evenings.evening(SMALL, 2).parties), pacing=Pacing()))  # fmt: skip
    found = mixed(of.evening, 20, 1, time.perf_counter)
    assert abs(cost_of(of, found.seats) - bound(of).cost) <= 10 * of.worth * 1e-7


@pytest.mark.parametrize("name", PEERS)
def test_peers_keep_the_rules_and_tell_what_their_plan_costs(name):
    evening = evenings.evening(SMALL, 4)
    of = model(evening)
    found = PEERS[name](evening, 0.5, 1, time.perf_counter)
    assert found.seats and wrong_with(of, found.seats) == []
    costs = [step.cost for step in found.steps]
    assert costs == sorted(costs, reverse=True)
    assert not costs or costs[-1] == cost_of(of, found.seats)
    assert bound(of).cost <= cost_of(of, found.seats) < of.worth


FLOOR = Evening(
    (Table(1, 2), Table(2, 4, accessible=True), Table(2, 4, closed=((120, 180),))),
    (Join(1, 2, 8),),
    (Party(2, 0, 60, 15), Party(2, 60, 60, 15), Party(7, 0, 60), Party(2, 150, 30, now=(1,), must=True)),
    Pacing(8, 15),
)


@pytest.mark.parametrize(
    "seats, fault",
    [
        ([(0,), (1,), (), (1,)], None),
        ([(0,), (0,), (), (1,)], "both at table 0"),  # the cleaning still runs
        ([(1,), (), (1, 2), (0,)], "both at table 1"),
        ([(0,), (1,), (1, 2), (1,)], "9 covers in window 0"),
        ([(0,), (1,), (), ()], "has a promise"),
        ([(0,), (1,), (), (2,)], "party 3 cannot be at (2,)"),  # closed
        ([(0,), (1, 2), (), (1,)], "party 1 cannot be at (1, 2)"),  # one is enough
    ],
)
def test_the_referee_sees_what_is_not_allowed(seats, fault):
    wrong = wrong_with(model(FLOOR), seats)
    assert any(fault in one for one in wrong) if fault else wrong == []


def test_the_referee_counts_points():
    of = model(FLOOR)
    rank = (10 - 5) * 50 // 9 + 25
    party, at_4 = 1000 * POINT, rank + 2 * 4 * POINT
    assert cost_of(of, [(0,), (1,), (), (1,)]) == 7 * party + rank + at_4 + at_4
    assert cost_of(of, [(0,), (1,), (), (0,)]) == 7 * party + rank + at_4 + rank + 3 * POINT  # moved
    assert cost_of(of, [(), (), (1, 2), (1,)]) == 4 * party + (rank + 4 * POINT + 4 * POINT) + at_4


# ---- the contest


def judge(steps_of):
    """Methods with (seconds, cost) steps, all with the one plan of an evening; the LP bound is 0 below the optimum."""
    of = model(FLOOR)
    seats = [(0,), (1,), (), (1,)]
    best = cost_of(of, seats)
    said = {name: Found(seats, [Step(s, c) for s, c in steps] + [Step(9, best)], **more) for name, steps, more in steps_of}
    return contest.judged(of, Bound(best - 1000, whole=False), said), best, of.worth


def test_time_to_near_counts_from_the_proven_optimum_else_from_the_bound():
    of = model(FLOOR)
    best = cost_of(of, [(0,), (1,), (), (1,)])
    one_percent = (of.worth - best) // 100
    steps = [(1, best + one_percent + 5), (2, best + one_percent)]
    found, *_ = judge([("a", steps, {}), ("b", [], {"proof_s": 9.0})])
    assert found["a"].near_ms == 2000 and found["a"].proof_ms == inf and found["b"].proof_ms == 9000
    assert found["a"].gap == pytest.approx(100 * 1000 / (of.worth - best + 1000))
    alone, *_ = judge([("a", steps, {})])
    assert alone["a"].near_ms == 9000


def test_a_bound_that_a_plan_passes_and_a_cost_that_is_not_so_are_faults():
    of = model(FLOOR)
    best = cost_of(of, [(0,), (1,), (), (1,)])
    found, *_ = judge([("a", [], {"bound": best}), ("b", [], {"bound": best + 1})])
    assert (found["a"].passed, found["b"].passed) == (False, True)
    wrong = {"a": Found([(0,), (1,), (), (1,)], [Step(1, best - 1)]), "b": Found([(0,), (0,), (), (1,)], [Step(1, 0)])}
    judged = contest.judged(of, Bound(0, whole=False), wrong)
    assert judged["a"].wrong == ["its cost is not what it says"] and "both at table 0" in judged["b"].wrong[0]
    assert judged["b"].cost == inf


def test_the_whole_contest_of_one_evening():
    """Every method plans it by the rules; ours is no worse than greedy ones."""
    results = contest.one(evenings.Kind(8, 16, over=True), 6, 0.6)
    assert set(results) == {contest.OURS, contest.WHOLE, *PEERS}
    ours = results[contest.OURS]
    assert all(not result.wrong and not result.passed for result in results.values())
    assert all(ours.cost <= results[name].cost for name in contest.GREEDY)
    assert all(result.gap >= 0 for result in results.values())


def test_a_figure_never_reached_is_a_miss_with_a_target_and_quiet_without(capsys):
    report = Report("solvers", seed=1, quick=True)
    contest._row(report, "40/150 over", "maitred", "to 1 %", [50.0, inf, inf], "ms", at_most=100)
    contest._row(report, "40/150 over", "peer", "to 1 %", [50.0, inf, inf], "ms")
    assert [row.ok for row in report.rows] == [False, None]
    assert "reached in 1 of 3" in report.rows[1].note
    assert msgspec.json.decode(report.as_json())["rows"][0]["value"] is None


# ---- changes


def test_at_seven_who_is_seated_stays_and_the_rest_has_been_told():
    evening = evenings.evening(OVER, 2)
    seats = PEERS["greedy, by hour"](evening, 1, 1, time.perf_counter).seats
    found = {change.name: change.evening for change in changes.changes_of(evening, seats, 1)}
    assert set(found) == {"table", "party", "late"}
    for after in found.values():
        assert all(party.now and party.end > changes.SEVEN for party in after.parties)
        assert all(party.locked == party.must == (party.start < changes.SEVEN) for party in after.parties)
        assert any(party.locked for party in after.parties)
        of = model(after)
        assert wrong_with(of, changes.repair(after, 1, 1, time.perf_counter).seats) == []
    shut = [at for at, table in enumerate(found["table"].tables) if table.closed]
    assert len(shut) == 1 and not any(p.locked and shut[0] in p.now for p in found["table"].parties)
    told = [party for party, at in zip(evening.parties, seats, strict=True) if at and party.end > changes.SEVEN]
    assert sum(p.covers for p in found["party"].parties) == sum(p.covers for p in told) + changes.MORE
    assert sum(p.start for p in found["late"].parties) == sum(p.start for p in told) + changes.LATE_MIN


def test_repair_moves_only_whom_the_change_hit():
    evening = evenings.evening(OVER, 2)
    seats = PEERS["greedy, by hour"](evening, 1, 1, time.perf_counter).seats
    lost = next(change.evening for change in changes.changes_of(evening, seats, 1) if change.name == "table")
    shut = next(at for at, table in enumerate(lost.tables) if table.closed)
    after = changes.repair(lost, 1, 1, time.perf_counter).seats
    moved = [at for at, (party, there) in enumerate(zip(lost.parties, after, strict=True)) if there != party.now]
    assert moved and all(shut in lost.parties[at].now for at in moved)


# ---- answers


def test_answers_are_doubted_by_the_referee():
    evening = availability.unguaranteed(evenings.booked(evenings.Kind(8, 30), 5))
    asked = availability.questions(evening, availability.strangers(5, 20), truths=20)
    assert {one.answer.yes for one in asked} == {True, False}
    assert [fault for one in asked for fault in one.wrong] == []
    yes = next(one for one in asked if one.answer.yes and one.answer.moves)
    still = replace(yes.answer, moves=())
    assert availability.untrue(evening, yes.party, still, prove_no=False)
    no = Answer(yes=False, exact=True, by="exact")
    assert availability.untrue(evening, yes.party, no, prove_no=True) == ["a no, though all can be seated"]
    refused = next(one for one in asked if not one.answer.yes)
    assert not availability.seatable(evening, refused.party)
