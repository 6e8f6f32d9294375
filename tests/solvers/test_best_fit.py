"""Ranking of tables and pairs, against brute force and against the checker."""

from itertools import combinations
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from solvers.seating.best_fit import rank
from solvers.seating.check import check_fit, check_ranking
from solvers.seating.problem import FOREVER, LEGAL, Join, Party, Problem, Ranked, State, Table, Why


@st.composite
def problems(draw, tables_max=6):
    def table():
        least = draw(st.integers(1, 4))
        busy = draw(st.sampled_from([0, 0, 0, 20]))
        return Table(
            min_covers=least, max_covers=least + draw(st.integers(0, 4)), area=draw(st.integers(0, 1)),
            accessible=draw(st.booleans()), priority=draw(st.integers(1, 10)), features=draw(st.integers(0, 7)),
            free_from=busy, free_until=draw(st.sampled_from([FOREVER, FOREVER, 200, 90, 89, 45, 44, 10])),
            state=draw(st.sampled_from([State.FREE, State.FREE, State.FREE, *State])),
        )  # fmt: skip

    tables = tuple(table() for _ in range(draw(st.integers(0, tables_max))))
    pairs = list(combinations(range(len(tables)), 2))
    joined = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    joins = tuple(
        Join(a, b, max(1, tables[a].max_covers + tables[b].max_covers + draw(st.integers(-1, 1)))) for a, b in joined
    )
    party = Party(
        covers=draw(st.integers(1, 14)), need_min=90, short_min=draw(st.sampled_from([45, 90])),
        accessible=draw(st.booleans()), area=draw(st.integers(-1, 1)), features=draw(st.integers(0, 7)),
    )  # fmt: skip
    return Problem(tables, joins, party)


@given(problems())
def test_every_ranking_passes_the_checker(problem):
    assert check_ranking(problem, rank(problem)) == []


def brute(problem):
    """All legal choices by the rules as a host would say them, with cost in weights (floats), no shared code."""
    party, found = problem.party, {}
    choices = [((at,), table.max_covers) for at, table in enumerate(problem.tables)]
    choices += [((join.a, join.b), join.combined_max) for join in problem.joins]
    fits = False
    for chosen, seats in choices + more(problem):
        at_it = [problem.tables[at] for at in chosen]
        alone = len(chosen) == 2 and any(table.max_covers >= party.covers for table in at_it)
        if len(chosen) > 2 and fits:
            continue
        ready = all(t.state == State.FREE and t.free_from == 0 and t.free_until >= party.short_min for t in at_it)
        reach = all(t.accessible for t in at_it) or not party.accessible
        if seats < party.covers or alone or not ready or not reach:
            continue
        missed = sum(1 for bit in (1, 2, 4) if party.features & bit and not all(t.features & bit for t in at_it))
        away = party.area >= 0 and any(t.area != party.area for t in at_it)
        worth = 4 * (seats - party.covers) + 3 * missed + 2 * away + (10 - min(t.priority for t in at_it)) / 9
        worth += 4 * (len(chosen) - 1)
        short = any(t.free_until < party.need_min for t in at_it)
        warned = short or (len(chosen) == 1 and party.covers < at_it[0].min_covers)
        found[chosen] = (warned, round(worth, 6))
        fits = fits or not warned
    return found


def more(problem):
    """Three and four tables that hang together, as many as they seat, where no part of them would do."""
    seats = {(at,): table.max_covers for at, table in enumerate(problem.tables)}
    gain = {}
    for join in problem.joins:
        a, b = sorted((join.a, join.b))
        gain[a, b] = max(gain.get((a, b), -99), join.combined_max - seats[a,] - seats[b,])
    for size in (2, 3, 4):
        for chosen in combinations(range(len(problem.tables)), size):
            grown = [
                seats[rest] + seats[one,] + gain[pair]
                for one in chosen
                for rest in [tuple(at for at in chosen if at != one)] if rest in seats
                for other in rest
                for pair in [(min(one, other), max(one, other))] if pair in gain
            ]  # fmt: skip
            if grown:
                seats[chosen] = max(grown)
    return [
        (chosen, many) for chosen, many in seats.items()
        if len(chosen) > 2 and not any(
            seats.get(part, 0) >= problem.party.covers for size in (1, 2, 3) if size < len(chosen)
            for part in combinations(chosen, size)
        )
    ]  # fmt: skip


@given(problems())
def test_legal_ones_and_the_first_are_what_brute_force_says(problem):
    ranked, truth = rank(problem), brute(problem)
    assert {fit.tables for fit in ranked if fit.legal} == set(truth)
    assert {fit.tables for fit in ranked if fit.why in {Why.BEST, Why.FITS}} == {
        k for k, (warned, _) in truth.items() if not warned
    }
    if truth:
        assert truth[ranked[0].tables] == min(truth.values())


@given(problems(), st.randoms(use_true_random=False))
def test_the_order_tables_are_listed_in_changes_only_ties(problem, rng):
    order = list(range(len(problem.tables)))
    rng.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    moved = Problem(
        tuple(problem.tables[old] for old in order),
        tuple(Join(place[j.a], place[j.b], j.combined_max) for j in problem.joins),
        problem.party,
    )  # fmt: skip
    here, there = rank(problem), rank(moved)
    assert [(f.legal, f.cost) for f in here if f.legal] == [(f.legal, f.cost) for f in there if f.legal]


def party(covers, **more):
    return Party(**{"covers": covers, "need_min": 90, "short_min": 45, **more})


def test_sc01_party_of_seven_is_offered_the_pair():
    t3, t4, t9 = Table(2, 4), Table(2, 4), Table(2, 4)
    t12 = Table(5, 8, state=State.OCCUPIED, free_from=40)
    ranked = rank(Problem((t3, t4, t9, t12), (Join(0, 1, 8),), party(7)))
    assert (ranked[0].tables, ranked[0].why, ranked[0].wasted) == ((0, 1), Why.BEST, 1)
    assert [fit.tables for fit in ranked if fit.legal] == [(0, 1)]
    assert next(fit for fit in ranked if fit.tables == (3,)).why is Why.TAKEN


def test_twelve_are_offered_three_fours_where_no_pair_will_do():
    fours = tuple(Table(2, 4) for _ in range(4))
    row = tuple(Join(at, at + 1, 8) for at in range(3))
    ranked = rank(Problem(fours, row, party(12)))
    assert [fit.tables for fit in ranked if fit.legal] == [(0, 1, 2), (1, 2, 3)]
    assert [fit.tables for fit in ranked if len(fit.tables) > 2] == [(0, 1, 2), (1, 2, 3)]
    held = (fours[0], Table(2, 4, free_from=30), *fours[2:])
    assert not any(fit.legal for fit in rank(Problem(held, row, party(12))))
    assert not any(len(fit.tables) > 2 for fit in rank(Problem(fours, row, party(8))))


def test_a_pair_with_one_table_out_of_reach_is_not_offered_to_a_wheelchair():
    ranked = rank(Problem((Table(2, 4), Table(2, 4, accessible=True)), (Join(0, 1, 8),), party(7, accessible=True)))
    assert not any(fit.legal for fit in ranked)
    assert next(fit for fit in ranked if fit.tables == (0, 1)).why is Why.NOT_ACCESSIBLE


def test_two_get_the_two_top_not_the_six_top():
    ranked = rank(Problem((Table(1, 6), Table(1, 2)), (), party(2)))
    assert [fit.tables for fit in ranked] == [(1,), (0,)]


def test_equal_fits_go_by_priority_and_never_above_a_wasted_seat():
    assert rank(Problem((Table(1, 2, priority=3), Table(1, 2, priority=10)), (), party(2)))[0].tables == (1,)
    assert rank(Problem((Table(1, 2, priority=1), Table(1, 3, priority=10)), (), party(2)))[0].tables == (0,)


def test_between_equals_the_table_whose_gap_just_covers_the_turn():
    assert rank(Problem((Table(1, 2), Table(1, 2, free_until=95)), (), party(2)))[0].tables == (1,)
    assert rank(Problem((Table(1, 2, priority=6), Table(1, 2, free_until=95)), (), party(2)))[0].tables == (0,)


def test_gaps_at_the_edge():
    def why(free):
        return rank(Problem((Table(1, 2, free_until=free),), (), party(2)))[0].why

    assert [why(90), why(89), why(45), why(44)] == [Why.BEST, Why.SHORT_TURN, Why.SHORT_TURN, Why.BOOKED]


def test_below_the_minimum_is_legal_with_a_warning_and_last():
    ranked = rank(Problem((Table(3, 4), Table(1, 8)), (), party(2)))
    assert [(fit.tables, fit.why) for fit in ranked] == [((1,), Why.BEST), ((0,), Why.BELOW_MIN)]


def test_the_checker_sees_what_is_wrong():
    problem = Problem(
        (Table(1, 4), Table(1, 4, state=State.TO_CLEAR), Table(1, 4, free_until=60)),
        (Join(0, 1, 8),),
        party(6, accessible=True),
    )
    lie = Ranked((0, 2), Why.BEST, 0, FOREVER, 2, 0)
    assert {"not joined", "not accessible", "short turn not told", "free time overstated"} <= set(
        check_fit(problem, lie)
    )
    assert "not usable" in check_fit(problem, Ranked((0, 1), Why.FITS, 0, 60, 2, 0))
    assert "too small" in check_fit(problem, Ranked((0,), Why.FITS, 0, 60, -2, 0))
    assert {Why.BEST, Why.FITS, Why.SHORT_TURN, Why.BELOW_MIN} == LEGAL


def test_a_large_floor_is_ranked_quickly():
    tables = tuple(Table(1 + n % 3, 2 + n % 7, area=n % 4, priority=1 + n % 10, free_until=30 + n) for n in range(150))
    problem = Problem(tables, tuple(Join(n, n + 1, 8) for n in range(100)), party(4, area=1))
    began = perf_counter()
    assert len(rank(problem)) == 250
    assert perf_counter() - began < 0.1  # measured 1 ms; the limit only catches a change of order
