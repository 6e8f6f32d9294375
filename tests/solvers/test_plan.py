"""The whole evening's plan: never illegal, never worse than greedy, optimal where it says so, called off when asked."""

from itertools import combinations
from time import monotonic

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.budget import Budget
from solvers.seating import check, relax, search
from solvers.seating.check import check_plan
from solvers.seating.evening import POINT, Evening, Pacing, Party, Plan, Seat, Table, Weights
from solvers.seating.options import options, worth
from solvers.seating.plan import solve, warm
from solvers.seating.problem import Join


def planned(evening, work=300, seed=1, seen=None):
    plan = solve(evening, Budget.of(0, lambda: 0.0, work=work, seed=seed), seen)
    assert check_plan(evening, plan) == []
    return plan


def tables_of(plan):
    return [seat.tables for seat in plan.seats]


TWO, FOUR = Table(1, 2), Table(1, 4)


# --- one rule each


def test_two_parties_share_a_table_one_after_the_other_but_never_at_once():
    assert planned(Evening((FOUR,), (), (Party(4, 0, 60, 15), Party(4, 75, 60)))).covers == 8
    assert planned(Evening((FOUR,), (), (Party(4, 0, 60, 15), Party(4, 74, 60)))).covers == 4


def test_a_locked_party_stays_whatever_that_costs():
    seated = Party(1, 0, 90, now=(0,), locked=True)
    assert tables_of(planned(Evening((FOUR, TWO), (), (Party(4, 0, 90), seated)))) == [(), (0,)]
    free = msgspec.structs.replace(seated, locked=False)
    assert tables_of(planned(Evening((FOUR, TWO), (), (Party(4, 0, 90), free)))) == [(0,), (1,)]


def test_two_locked_parties_may_stand_on_one_table():
    stays_longer, pinned = Party(2, 0, 120, now=(0,), locked=True), Party(2, 90, 60, now=(0,), locked=True)
    plan = planned(Evening((TWO, TWO), (), (stays_longer, pinned, Party(2, 119, 30))))
    assert tables_of(plan) == [(0,), (0,), (1,)]


def test_a_promise_is_kept_against_any_number_of_others():
    promised = Party(2, 0, 200, now=(0,), must=True)
    others = tuple(Party(4, 30 * at, 30) for at in range(6))
    plan = planned(Evening((FOUR,), (), (*others, promised)))
    assert tables_of(plan) == [()] * 6 + [(0,)]
    unpromised = msgspec.structs.replace(promised, must=False)
    assert tables_of(planned(Evening((FOUR,), (), (*others, unpromised))))[-1] == ()


def test_a_promise_whose_table_is_lost_moves_or_is_listed_with_what_stands_in_the_way():
    lost = Table(1, 4, closed=((0, 999),))
    promised = Party(4, 0, 90, now=(0,), must=True)
    plan = planned(Evening((lost, FOUR), (), (promised, Party(4, 0, 90))))
    assert (tables_of(plan), plan.moved) == ([(1,), ()], (0,))
    plan = planned(Evening((lost, TWO), (), (promised, Party(2, 0, 90))))
    assert (tables_of(plan), plan.seats[0].why) == ([(), (1,)], "closed")


def test_pacing_holds_back_parties_without_a_promise_only():
    tables, pacing = (FOUR,) * 4, Pacing(covers=6, window_min=15)
    assert planned(Evening(tables, (), (Party(4, 0, 90), Party(4, 14, 90)), pacing)).covers == 4
    assert planned(Evening(tables, (), (Party(4, 0, 90), Party(4, 15, 90)), pacing)).covers == 8
    promised = [Party(4, at, 90, must=True) for at in (0, 1)]
    plan = planned(Evening(tables, (), (*promised, Party(1, 2, 90)), pacing))
    assert plan.covers == 8
    assert (plan.seats[2].why, plan.seats[2].about) == ("pacing", (0, 1))


def test_four_tables_are_pushed_together_and_no_fifth():
    tables, joins = (TWO,) * 5, tuple(Join(at, at + 1, 4) for at in range(4))
    assert len(tables_of(planned(Evening(tables, joins, (Party(8, 0, 90),))))[0]) == 4
    plan = planned(Evening(tables, joins, (Party(9, 0, 90),)))
    assert (tables_of(plan), plan.seats[0].why) == ([()], "too_large")


def test_a_follow_on_inside_the_risk_is_avoided_if_there_is_a_choice_and_charged_if_not():
    early, late = Party(2, 0, 60, 15, risk_min=30), Party(2, 75, 60)
    assert "tight" not in planned(Evening((TWO, TWO), (), (early, late))).terms
    assert planned(Evening((TWO,), (), (early, late))).terms["tight"] == Weights().tight * POINT
    assert "tight" not in planned(Evening((TWO,), (), (early, Party(2, 105, 60)))).terms


def test_a_follow_on_of_a_locked_party_is_charged_as_well():
    seated = Party(2, 0, 60, 15, risk_min=30, now=(0,), locked=True)
    pinned = Party(2, 75, 60, now=(0,), locked=True)
    assert planned(Evening((TWO,), (), (seated, pinned))).terms["tight"] == Weights().tight * POINT
    assert planned(Evening((TWO,), (), (seated, Party(2, 75, 60)))).terms["tight"] == Weights().tight * POINT
    assert tables_of(planned(Evening((TWO, TWO), (), (seated, Party(2, 75, 60)))))[1] == (1,)


def test_a_vip_gets_the_guaranteed_table_before_a_cover_more_is_wasted_elsewhere():
    wishes = (Party(2, 0, 90, tables=(0,)), Party(2, 0, 90, tables=(0,), guaranteed=True))
    plan = planned(Evening((TWO, Table(1, 2, priority=1, score=0)), (), wishes))
    assert tables_of(plan) == [(1,), (0,)]
    assert plan.seats[0].terms["preference"] == 2 * POINT


def test_servers_are_kept_in_balance():
    tables = (Table(1, 2, section=0), Table(1, 2, section=0), Table(1, 2, section=1, priority=4), Table(1, 2, section=1))
    plan = planned(Evening(tables, (), (Party(2, 0, 90), Party(2, 0, 90)), weights=Weights(balance=2)))
    assert "balance" not in plan.terms
    heavy = planned(Evening(tables[:2] + tables[2:], (), (Party(2, 0, 90, now=(0,)), Party(2, 0, 90, now=(1,)))))
    assert heavy.terms["balance"] == 2 * POINT, "moving costs more than the two covers too many"


# --- reasons


@pytest.mark.parametrize(
    ("tables", "parties", "why"),
    [
        ((TWO,), (Party(3, 0, 90),), ("too_large", ())),
        ((Table(2, 4),), (Party(1, 0, 90),), ("too_small", ())),
        ((FOUR,), (Party(3, 0, 90, accessible=True),), ("no_accessible", ())),
        ((Table(1, 4, closed=((80, 90),)),), (Party(3, 0, 90),), ("closed", ())),
        ((FOUR,), (Party(3, 0, 90), Party(1, 30, 90, now=(0,), locked=True)), ("full", (1,))),
        ((FOUR,), (Party(2, 60, 60), Party(3, 0, 90), Party(2, 90, 90)), ("full", (1, 2))),
        ((TWO, FOUR), (Party(2, 0, 90),), ("wasted", (1,))),
        ((TWO, Table(1, 2, priority=1)), (Party(2, 0, 90),), ("priority", (1,))),
        ((TWO, TWO), (Party(2, 0, 90, now=(1,)),), ("moved", (0,))),
        ((TWO, TWO), (Party(2, 0, 90),), ("equal", (1,))),
        ((TWO,), (Party(2, 0, 90),), ("only_place", ())),
        ((TWO, TWO), (Party(2, 0, 90, now=(1,), locked=True),), ("locked", ())),
    ],
)
def test_every_party_is_given_a_reason(tables, parties, why):
    seat = planned(Evening(tables, (), parties)).seats[0]
    assert (seat.why, seat.about) == why


# --- whole evenings


@st.composite
def evenings(draw, tables_max=4, parties_max=5):
    def table():
        least = draw(st.integers(1, 2))
        return Table(
            least, least + draw(st.integers(0, 3)), area=draw(st.integers(0, 1)), section=draw(st.integers(-1, 1)),
            accessible=draw(st.booleans()), priority=draw(st.integers(1, 10)), score=draw(st.integers(0, 100)),
            features=draw(st.integers(0, 3)), suits=draw(st.integers(0, 3)),
            closed=draw(st.sampled_from([(), (), (), ((30, 60),), ((0, 10), (90, 100))])),
        )  # fmt: skip

    tables = tuple(table() for _ in range(draw(st.integers(1, tables_max))))
    pairs = list(combinations(range(len(tables)), 2))
    joined = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    joins = tuple(Join(a, b, tables[a].max_covers + tables[b].max_covers - draw(st.integers(0, 1))) for a, b in joined)

    def party():
        chosen = st.lists(st.integers(0, len(tables) - 1), unique=True, max_size=2).map(tuple)
        wants = draw(chosen)
        now = draw(st.one_of(st.just(()), chosen))
        return Party(
            draw(st.integers(1, 9)), draw(st.integers(0, 8)) * 15, draw(st.sampled_from([30, 60, 90])),
            draw(st.sampled_from([0, 15])), draw(st.sampled_from([0, 0, 15, 40])), draw(st.integers(0, 9)) == 0,
            draw(st.integers(-1, 1)), draw(st.integers(0, 3)), draw(st.integers(0, 3)), wants,
            draw(st.booleans()), draw(st.sampled_from([0, 0, 50])), now, draw(st.integers(0, 3)) == 0,
            draw(st.integers(0, 5)) == 0,
        )  # fmt: skip

    parties = tuple(party() for _ in range(draw(st.integers(0, parties_max))))
    return Evening(tables, joins, parties, Pacing(draw(st.sampled_from([0, 0, 6]))))


def value(evening, plan):
    """Promises broken, then the cost without what a promise adds."""
    alone = worth(evening).tolist()
    out = [at for at, seat in enumerate(plan.seats) if not seat.tables]
    broken = [at for at in out if evening.parties[at].must]
    return len(broken), plan.cost - sum(plan.seats[at].terms["unplaced"] - alone[at] for at in broken)


def brute(evening):
    """The best value over all plans there are, by what the checker says of them."""
    alone = worth(evening).tolist()
    subsets = [c for size in range(1, 5) for c in combinations(range(len(evening.tables)), size)]

    def legal(seats):
        plan = Plan(tuple(Seat(tables, {}) for tables in seats), 0, 0, 0, True, "", False, 0, (), {})
        cut = msgspec.structs.replace(evening, parties=evening.parties[: len(seats)])
        return not check._places_wrong(cut, plan) and not check._overlaps(cut, plan)

    best = None
    layer = [()]
    for party in evening.parties:
        choices = [tuple(sorted(party.now))] if party.locked and party.now else [(), *subsets]
        layer = [(*seats, tables) for seats in layer for tables in choices if not tables or legal((*seats, tables))]
    for seats in layer:
        plan = Plan(tuple(Seat(tables, {}) for tables in seats), 0, 0, 0, True, "", False, 0, (), {})
        if check._pacing_wrong(evening, plan):
            continue
        cost = check._unbalanced(evening, plan)
        for at, tables in enumerate(seats):
            cost += sum(check._terms(evening, plan, at).values()) if tables else alone[at]
        broken = sum(p.must and not tables for p, tables in zip(evening.parties, seats, strict=True))
        best = min(best or (99, 0), (broken, cost))
    return best


@settings(max_examples=60, deadline=None)
@given(evenings())
def test_what_is_proven_is_the_best_there_is(evening):
    plan = planned(evening, work=2000)
    assert plan.proven
    assert value(evening, plan) == brute(evening)


@settings(max_examples=40, deadline=None)
@given(evenings(), st.sampled_from([1, 5, 25]), st.integers(0, 3))
def test_whatever_stage_it_ends_in_the_bound_holds_and_the_plan_is_legal(evening, work, seed):
    bounds = []
    plan = planned(evening, work, seed, lambda cost, bound, _by: bounds.append((bound, cost)))
    assert max(bound for bound, _ in bounds) <= planned(evening, 2000).cost <= plan.cost


def a_busy_evening(tables=16, parties=48, seed=5):
    dice = np.random.default_rng(seed)
    floor = tuple(
        Table(1, int(dice.choice([2, 4, 6])), section=at % 3, priority=int(dice.integers(1, 11))) for at in range(tables)
    )
    joins = tuple(Join(at, at + 1, floor[at].max_covers + floor[at + 1].max_covers) for at in range(0, tables - 1, 2))
    guests = tuple(
        Party(int(dice.integers(1, 8)), 15 * int(dice.integers(0, 12)), 90, 15, risk_min=15) for _ in range(parties)
    )
    return Evening(floor, joins, guests)


def test_never_worse_than_greedy_and_each_word_on_the_way_is_better_than_the_last():
    evening, told = a_busy_evening(), []
    plan = planned(evening, 400, seen=lambda cost, bound, by: told.append((cost, bound, by)))
    costs, bounds = [cost for cost, _, _ in told], [bound for _, bound, _ in told]
    assert told[0][2] == "greedy"
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert plan.cost == costs[-1] < min(cost for cost, _, by in told if by == "greedy")
    of = options(evening)
    floor = search.floor_of(of, np.array([p.start for p in evening.parties]), np.array([p.end for p in evening.parties]))
    for order in (np.argsort(floor.start, kind="stable"), np.arange(len(evening.parties))):
        seating = search.empty(floor, len(evening.tables))
        search.fill(floor, seating, order, np.array([1], np.uint64))
        assert costs[0] <= seating.money[0] or costs[1] <= seating.money[0]


def test_the_same_work_and_seed_give_the_same_plan():
    evening = a_busy_evening()
    assert planned(evening, 150, seed=3) == planned(evening, 150, seed=3)


def test_moves_of_the_search_keep_its_books():
    """Costs, loads and times kept by increments equal those of the same seats put down afresh."""
    evening = a_busy_evening()
    of = options(evening)
    floor = search.floor_of(of, np.array([p.start for p in evening.parties]), np.array([p.end for p in evening.parties]))
    seating, dice = search.empty(floor, len(evening.tables)), np.array([9], np.uint64)
    best = np.append(seating.seat, seating.money[0])
    search.improve(floor, seating, best, dice, 500, 30000.0, 300.0)
    fresh = search.empty(floor, len(evening.tables))
    search.seat_all(floor, fresh, seating.seat)
    assert (fresh.seat == seating.seat).all()
    for kept in ("busy", "held", "follows", "load", "money", "idle_count"):
        assert (getattr(fresh, kept) == getattr(seating, kept)).all(), kept


def test_any_duals_give_a_bound_and_no_plan_has_less_than_the_spare_of_its_columns():
    evening = a_busy_evening(8, 20)
    plan, of = planned(evening, 4000), options(evening)
    assert plan.proven
    columns, dice = relax.columns(of), np.random.default_rng(2)
    party = np.searchsorted(columns.first, np.arange(len(columns.option)), "right") - 1
    for scale in (0, 300, 20000, 200000):
        proof = relax.prove(columns, scale * dice.random(len(columns.limit)))
        assert proof.bound <= plan.cost
        for at, seat in enumerate(plan.seats):
            mine = (party == at) & np.array([of.tables_of(k) == seat.tables for k in columns.option])
            spare = proof.spare[mine].min() if seat.tables else proof.unplaced[at]
            assert proof.bound + spare <= plan.cost


def test_the_relaxation_is_the_same_wherever_it_begins_and_after_a_dive_is_taken_back():
    columns, dice = relax.columns(options(a_busy_evening())), np.random.default_rng(4)
    plain, other = (relax.Programme(columns, lambda: False, None) for _ in range(2))
    for programme in (plain, other):
        programme.add(np.arange(len(columns.option)))
    other.begin(dice.random(len(columns.option)) / 8, 20000 * dice.random(len(columns.limit)))
    assert plain.run()
    assert other.run()
    assert other.value == pytest.approx(plain.value, abs=1)
    assert (np.abs(other.shares - other.shares.round()) > 0.01).any()
    while other.settle() and other.run():
        pass
    assert np.abs(other.shares - other.shares.round()).max() < 1e-6
    assert other.value > plain.value + 100
    other.surface()
    assert other.run()
    assert other.value == pytest.approx(plain.value, abs=1)


def test_without_conflicts_the_bound_is_the_cost_to_the_last_digit():
    evening = Evening((TWO, FOUR), (), (Party(2, 0, 60, 15, risk_min=30), Party(3, 300, 60)))
    columns = relax.columns(options(evening))
    assert relax.prove(columns, np.zeros(len(columns.limit))).bound == planned(evening).cost


def test_before_a_locked_party_that_follows_there_is_no_comfortable_form():
    early, pinned = Party(2, 0, 60, 15, risk_min=30), Party(2, 75, 60, now=(0,), locked=True)
    columns = relax.columns(options(Evening((TWO, FOUR), (), (early, pinned))))
    assert columns.tight[: columns.first[1]].tolist() == [True, True, False]


def test_a_solve_that_is_called_off_answers_with_what_it_has_and_asks_often():
    for calls in (0, 1, 3, 10, 30, 100, 300):
        asked = []
        budget = Budget.of(1e9, monotonic, stop=lambda asked=asked, calls=calls: asked.append(1) or len(asked) > calls)
        plan = solve(a_busy_evening(30, 110), budget)
        assert check_plan(a_busy_evening(30, 110), plan) == []
        assert plan.stopped
        assert not plan.proven
        assert plan.bound < plan.cost


def test_warming_up_needs_no_clock():
    warm()
    assert planned(Evening((), (), ())).cost == 0
    assert planned(Evening((), (), (Party(2, 0, 90),))).seats[0].why == "too_large"
