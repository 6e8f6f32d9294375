"""The waiting line played forward, against a minute-by-minute brute force."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.seating.line import NOT_IN_SIGHT, Busy, play
from solvers.seating.problem import FOREVER, Join, Party, Table, Weights

HORIZON, BUFFER = 60, 2


@st.composite
def evenings(draw):
    def spans():
        out, at = [], 0
        for _ in range(draw(st.integers(0, 3))):
            start = at + draw(st.integers(0, 12))
            at = start + draw(st.integers(1, 12))
            out.append((start, at))
        return tuple(out) if draw(st.integers(0, 9)) else ((0, FOREVER),)

    floor = []
    for _ in range(draw(st.integers(0, 4))):
        least = draw(st.integers(1, 3))
        table = Table(
            least, least + draw(st.integers(0, 3)), accessible=draw(st.booleans()), priority=draw(st.integers(1, 10))
        )
        floor.append(Busy(table, spans()))
    pairs = list(combinations(range(len(floor)), 2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    joins = [Join(a, b, floor[a].table.max_covers + floor[b].table.max_covers) for a, b in chosen]
    party = st.builds(
        Party, covers=st.integers(1, 9), need_min=st.integers(1, 15), short_min=st.just(1), accessible=st.booleans()
    )
    return floor, joins, draw(st.lists(party, max_size=4)), draw(st.lists(party, max_size=2))


def earliest(floor, joins, party, taken):
    """The first minute at which some table or pair is free for the whole turn, minute by minute."""

    def fits(at, minute):
        return all(end <= minute or start >= minute + party.need_min for start, end in (*floor[at].spans, *taken[at]))

    places = [((at,), busy.table.max_covers, busy.table.min_covers) for at, busy in enumerate(floor)]
    for join in joins:
        most = max(floor[join.a].table.max_covers, floor[join.b].table.max_covers)
        places.append(((join.a, join.b), join.combined_max, most + 1))
    for anyway in (False, True):
        for minute in range(HORIZON + 1):
            found = set()
            for chosen, seats, least in places:
                small = party.covers < least
                if len(chosen) == 2 and small:
                    continue
                reach = not party.accessible or all(floor[at].table.accessible for at in chosen)
                if seats >= party.covers and small == anyway and reach and all(fits(at, minute) for at in chosen):
                    found.add(chosen)
            if found:
                return minute, found
    return NOT_IN_SIGHT, set()


@settings(max_examples=150)
@given(evenings())
def test_everybody_gets_the_earliest_minute_there_is(evening):
    floor, joins, parties, probes = evening
    line = play(floor, joins, parties, probes, buffer_min=BUFFER, horizon_min=HORIZON, weights=Weights())
    taken = [[] for _ in floor]
    for party, ready in zip(parties, line.parties, strict=True):
        minute, where = earliest(floor, joins, party, taken)
        assert ready.minute == minute
        assert (ready.tables in where) if where else ready.tables == ()
        for at in ready.tables:
            starts = [start for start, _ in (*floor[at].spans, *taken[at]) if start >= minute + party.need_min]
            assert ready.free_until <= min(starts, default=HORIZON)
            taken[at].append((minute, minute + party.need_min + BUFFER))
    for party, ready in zip(probes, line.probes, strict=True):
        assert ready.minute == earliest(floor, joins, party, taken)[0]


def test_the_next_in_line_waits_for_the_one_before():
    floor = [Busy(Table(1, 2), ((0, 20),))]
    two = Party(2, 90, 90)
    line = play(floor, [], [two, two], [two], buffer_min=15, horizon_min=400, weights=Weights())
    assert [ready.minute for ready in line.parties] == [20, 125]
    assert line.probes[0].minute == 230


def test_a_booking_that_leaves_no_whole_turn_is_waited_out():
    floor = [Busy(Table(1, 2), ((60, 165),))]
    line = play(floor, [], [Party(2, 90, 90), Party(2, 45, 45)], [], buffer_min=15, horizon_min=400, weights=Weights())
    assert [ready.minute for ready in line.parties] == [165, 0]
    assert line.parties[1].free_until == 60


def test_a_larger_table_is_kept_for_larger_parties_unless_nothing_else_is_in_sight():
    floor = [Busy(Table(1, 2), ((0, 30),)), Busy(Table(4, 6))]
    two = Party(2, 90, 90)
    assert play(floor, [], [two], [], buffer_min=15, horizon_min=400, weights=Weights()).parties[0].minute == 30
    alone = play(floor[1:], [], [two], [], buffer_min=15, horizon_min=400, weights=Weights())
    assert alone.parties[0].minute == 0


def test_out_of_use_is_never_in_sight():
    floor = [Busy(Table(1, 4), ((0, FOREVER),))]
    assert (
        play(floor, [], [Party(2, 90, 90)], [], buffer_min=15, horizon_min=400, weights=Weights()).parties[0].minute
        == NOT_IN_SIGHT
    )
