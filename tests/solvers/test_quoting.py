"""Wait quotes: the compiled line against a minute-by-minute brute force, and what a wait says of its runs."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from solvers.quoting.simulate import NEVER, POINTS, Coming, Evening, Sitter, Waiting, _wait, clearing, simulate
from solvers.seating.evening import Place
from solvers.seating.problem import Party, Table

HORIZON = 60


def row(minutes):
    return np.full(POINTS, float(minutes))


def asks(covers, need=10, *, draw=0, key=0, **more):
    return Waiting(Party(covers, need, need, **more), draw, key)


@st.composite
def evenings(draw):
    """Turns that are no longer a matter of chance (and no clearing), so that one run is the truth."""
    tables = [
        Table(1, draw(st.integers(1, 4)), accessible=draw(st.booleans()), priority=draw(st.integers(1, 10)))
        for _ in range(draw(st.integers(1, 4)))
    ]
    minutes = []

    def stay(least=1, most=20):
        minutes.append(draw(st.integers(least, most)))
        return len(minutes) - 1

    floor = [
        draw(st.sampled_from([Sitter(), Sitter(ready_min=draw(st.integers(1, 9))), Sitter(draw=stay(), key=at)]))
        for at in range(len(tables))
    ]
    if not draw(st.integers(0, 5)):
        floor[0] = Sitter(ready_min=NEVER)
    pairs = list(combinations(range(len(tables)), 2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    sets = [
        Place(pair, max(tables[at].max_covers for at in pair) + 1, sum(tables[at].max_covers for at in pair))
        for pair in chosen
    ]
    coming = [
        Coming((draw(st.integers(0, len(tables) - 1)),), draw(st.integers(0, 40)), stay(), 100 + at)
        for at in range(draw(st.integers(0, 4)))
    ]
    line = [
        asks(draw(st.integers(1, 7)), draw(st.integers(1, 12)), draw=stay(), key=200 + at, accessible=draw(st.booleans()))
        for at in range(draw(st.integers(0, 5)))
    ]
    probe = asks(draw(st.integers(1, 7)), draw(st.integers(1, 12)), draw=stay(), key=300)
    return Evening(tables, sets, floor, coming, line, [probe], np.array([row(m) for m in minutes]), 0, HORIZON)


def played(evening):
    """Minutes by party and probe: who is ahead in line first, minute by minute."""
    stay = evening.draws[:, 0].astype(int)
    tables = evening.tables
    free = [sitter.ready_min if sitter.draw < 0 else stay[sitter.draw] for sitter in evening.floor]
    booked = [sorted((b.start_min, n) for n, b in enumerate(evening.coming) if at in b.tables) for at in range(len(free))]
    places = [*(Place((at,), 1, table.max_covers) for at, table in enumerate(tables)), *evening.sets]
    waiting = [*evening.line, *evening.probes]
    found = [NEVER] * len(waiting)

    def cost(place, covers):
        priority = min(tables[at].priority for at in place.tables)
        more = len(place.tables) - 1
        return 9 * (4 * (place.max_covers - covers) + 4 * more) + 10 - priority, more, places.index(place)

    for minute in range(HORIZON + 1):
        for at, ahead in enumerate(booked):
            while ahead and ahead[0][0] <= minute and free[at] <= minute:
                free[at] = minute + stay[evening.coming[ahead.pop(0)[1]].draw]
        for q, asked in enumerate(waiting):
            party = asked.party
            fits = [
                place for place in places
                if place.min_covers <= party.covers <= place.max_covers and found[q] == NEVER
                and all(tables[at].accessible or not party.accessible for at in place.tables)
                and all(free[at] <= minute for at in place.tables)
                and all(not booked[at] or booked[at][0][0] >= minute + party.need_min for at in place.tables)
            ]  # fmt: skip
            if fits:
                found[q] = minute
                if q < len(evening.line):
                    for at in min(fits, key=lambda place: cost(place, party.covers)).tables:
                        free[at] = minute + stay[asked.draw]
                        while booked[at] and booked[at][0][0] < minute + party.need_min:
                            booked[at].pop(0)
    return found


@settings(max_examples=300, deadline=None)
@given(evenings())
def test_every_party_sits_when_it_would_at_the_door(evening):
    waits = simulate(evening, seed=3, runs=4)
    assert [wait.median for wait in (*waits.line, *waits.probes)] == [
        None if minute == NEVER else minute for minute in played(evening)
    ]  # fmt: skip


def one_table(draws, **more):
    spread = Evening([Table(1, 2)], [], [Sitter(draw=0, key=1)], [], [asks(2)], [], draws, 0, 300)
    return structs.replace(spread, **more)


def test_a_wait_is_the_distribution_of_what_it_waits_for():
    draws = np.linspace(10, 73, POINTS)[None, :]
    wait = simulate(one_table(draws), seed=1).line[0]
    for said, share in ((wait.low, 0.1), (wait.median, 0.5), (wait.late, 0.8), (wait.high, 0.9)):
        assert abs(said - (10 + 63 * share)) <= 2.5
    assert wait.quote == -(-wait.late // 5) * 5  # up to the next five minutes
    assert 0.8 <= wait.confidence <= 0.88
    assert abs(wait.confidence - (wait.quote - 10) / 63) < 0.03
    sooner = simulate(one_table(draws), seed=1, share=0.5, step_min=1).line[0]
    assert sooner.quote == wait.median


def test_not_in_sight_is_said_as_far_as_it_is_so():
    draws = np.linspace(10, 73, POINTS)[None, :]
    wait = simulate(one_table(draws, horizon_min=45), seed=1).line[0]
    assert wait.low
    assert wait.median
    assert (wait.late, wait.high, wait.quote) == (None, None, None)
    assert abs(wait.in_sight - 35 / 63) < 0.03
    assert wait.confidence == wait.in_sight


def test_the_same_evening_says_the_same_and_others_do_not_shake_it():
    draws = np.vstack([np.linspace(10, 73, POINTS), np.linspace(5, 90, POINTS)])
    alone = one_table(draws)
    assert simulate(alone, seed=5) == simulate(alone, seed=5)
    runs = {simulate(alone, seed=seed, runs=50).line[0] for seed in range(8)}
    assert len(runs) > 1
    both = structs.replace(
        alone, tables=[Table(1, 2), Table(5, 6)], floor=[Sitter(draw=0, key=1), Sitter(draw=1, key=2)]
    )
    assert simulate(both, seed=5).line[0] == simulate(alone, seed=5).line[0]


def test_tables_of_one_party_are_left_together():
    draws = np.linspace(10, 73, POINTS)[None, :]
    pair = Place((0, 1), 3, 4)
    joined = one_table(
        draws, tables=[Table(1, 2), Table(1, 2)], sets=[pair], line=[asks(4)],
        floor=[Sitter(draw=0, key=1), Sitter(draw=0, key=1)],
    )  # fmt: skip
    apart = structs.replace(joined, floor=[Sitter(draw=0, key=1), Sitter(draw=0, key=2)])
    assert abs(simulate(joined, seed=1).line[0].median - 41) <= 2
    assert simulate(apart, seed=1).line[0].median > 49  # the later of two: 10 + 63 · √½


def test_an_evening_that_goes_slowly_goes_slowly_for_everybody():
    draws = row(40)[None, :]
    steady = simulate(one_table(draws, buffer_min=2), seed=1).line[0]
    moody = simulate(one_table(draws, buffer_min=2, evening_sd=0.2), seed=1).line[0]
    assert steady.high - steady.low <= 2
    assert abs(moody.high - 2 - 40 * np.exp(0.2 * 1.2816)) < 2
    assert abs(moody.low - 2 - 40 * np.exp(-0.2 * 1.2816)) < 2


def test_clearing_takes_half_to_one_and_a_half_of_its_time():
    wait = simulate(one_table(row(30)[None, :], buffer_min=20), seed=1).line[0]
    assert abs(wait.low - 42) <= 1
    assert abs(wait.high - 58) <= 1
    begun = clearing(14, 20)
    assert begun[0] > 0
    assert abs(begun[-1] - 16) < 0.1
    floor = [Sitter(draw=0, key=1, clearing=True)]
    wait = simulate(one_table(begun[None, :], floor=floor, buffer_min=20, evening_sd=1.0), seed=1).line[0]
    assert wait.high <= 16  # it is no party: nothing comes after it, and the evening's pace is not its own


def test_who_is_expected_takes_half_of_what_a_large_party_waits_for():
    draws = np.vstack([row(5), row(20), row(50)])
    line = [asks(4, draw=2)]
    evening = Evening(
        [Table(1, 2), Table(1, 2)], [Place((0, 1), 3, 4)], [Sitter(draw=0, key=1), Sitter(draw=1, key=2)], [], line, [],
        draws, 0, 300,
    )  # fmt: skip

    def median(**more):
        return simulate(structs.replace(evening, **more), seed=1).line[0].median

    two = structs.replace(asks(2, draw=2, key=9), arrives_min=7)
    assert median() == 20
    assert median(expected=[two]) == 57  # 7 + 50
    assert median(expected=[structs.replace(two, arrives_min=21)]) == 20
    assert median(line=[asks(2)], expected=[structs.replace(two, arrives_min=0)]) == 5


def test_a_table_for_more_people_is_the_last_resort():
    draws = row(30)[None, :]
    floor = [Sitter(draw=0, key=1), Sitter()]
    tables = [Table(1, 2), Table(4, 6)]
    assert simulate(one_table(draws, tables=tables, floor=floor), seed=1).line[0].median == 30
    never = [Sitter(ready_min=NEVER), Sitter()]
    assert simulate(one_table(draws, tables=tables, floor=never), seed=1).line[0].median == 0


def test_wishes_decide_between_tables_that_are_ready_together():
    draws = row(30)[None, :]
    tables = [Table(1, 2, area=0), Table(1, 2, area=1, features=1), Table(1, 2, area=1)]
    coming = [Coming((1,), 20, 0, 7)]  # only the second table is wanted soon, so the probe tells which was taken

    def probe(**more):
        evening = Evening(
            tables, [], [Sitter() for _ in tables], coming, [asks(2, **more), asks(2, key=1), asks(2, key=2)], [asks(2)],
            draws, 0, 300,
        )  # fmt: skip
        return simulate(evening, seed=1)

    assert [wait.median for wait in probe(area=1, features=1).line] == [0, 0, 0]
    assert probe(area=1).probes[0].median == 30


def test_runs_come_in_pairs_of_which_one_draws_what_the_other_does_not():
    line = np.linspace(10, 73, POINTS)[None, :]
    for seed in range(5):
        turn = simulate(one_table(line), seed=seed, runs=2).line[0]
        assert abs(turn.low + turn.high - 83) <= 2
        clear = simulate(one_table(row(30)[None, :], buffer_min=40), seed=seed, runs=2).line[0]
        assert abs(clear.low + clear.high - 140) <= 2


def test_a_booking_at_the_end_of_a_gap_still_comes():
    draws = np.vstack([row(5), row(30)])
    waits = simulate(
        one_table(draws, floor=[Sitter()], coming=[Coming((0,), 10, 1, 7)], line=[asks(2), asks(2, key=1)]), seed=1
    )
    assert [wait.median for wait in waits.line] == [0, 40]


def test_the_share_of_an_interval_is_counted_as_it_is_told():
    told = _wait(np.arange(11, 111, dtype=np.int16), 200, 0.8, 5)
    assert (told.low, told.high, told.inside) == (21, 101, 0.86), "from 20 to 105"
    endless = _wait(np.arange(11, 111, dtype=np.int16), 95, 0.8, 5)
    assert (endless.low, endless.high, endless.inside) == (21, None, 0.91)
