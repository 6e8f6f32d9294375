"""Exact answers: against brute force on small floors, replayed by the checker, deterministic, and called off in time."""

import random
from itertools import combinations
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from solvers.availability.answers import Answer, Move
from solvers.availability.asking import ask, ask_all
from solvers.availability.check import _illegal, check_answer
from solvers.availability.hours import Cap, Hours
from solvers.availability.night import Night
from solvers.budget import Budget
from solvers.seating.evening import Evening, Pacing, Party, Table
from solvers.seating.problem import Join
from tests.solvers.evenings import a_party, booked

PLENTY = Budget.of(0, perf_counter, work=1_000_000)


def spots(evening, party, *, firm):
    """All sets of tables the checker finds nothing wrong with, and the one the party has."""
    sets = [s for size in range(1, 5) for s in combinations(range(len(evening.tables)), size)]
    return [s for s in sets if not _illegal(evening, "", party, s, firm=firm)]


def brute(evening, asked, *, firm=True):
    """Whether some seating of all promised parties and the newcomers exists: every one is looked at."""
    todo, taken = [], []
    for party in evening.parties:
        if party.locked:
            taken.append((party.now, party.start, party.end))
        elif party.must:
            here = spots(evening, party, firm=False)
            if party.now not in here:
                here.append(party.now)
            if party.guaranteed and set(party.now) & set(party.tables):
                here = [s for s in here if set(s) & set(party.tables)]
            todo.append((party, here))
    todo += [(party, spots(evening, party, firm=firm)) for party in asked]
    todo.sort(key=lambda one: len(one[1]))

    def seat(left):
        if not left:
            return True
        party, here = left[0]
        for s in here:
            if any(set(s) & set(t) and party.start < end and start < party.end for t, start, end in taken):
                continue
            taken.append((s, party.start, party.end))
            if seat(left[1:]):
                return True
            taken.pop()
        return False

    return seat(todo)


@st.composite
def small(draw):
    """Two to five tables and up to eight parties, everybody legally seated; then somebody asks."""
    rng = random.Random(draw(st.integers(0, 10**9)))
    count = rng.randint(2, 5)
    tables = []
    for _ in range(count):
        most = rng.choice((2, 2, 4, 4, 6))
        closed = ((40, 60),) if rng.random() < 0.15 else ()
        tables.append(Table(
            max(1, most - rng.randint(1, 3)), most, area=rng.randrange(2), accessible=rng.random() < 0.7,
            features=rng.randrange(4), closed=closed,
        ))  # fmt: skip
    pairs = [pair for pair in combinations(range(count), 2) if rng.random() < 0.5]
    joins = tuple(Join(a, b, tables[a].max_covers + tables[b].max_covers + rng.choice((-1, 0, 0))) for a, b in pairs)
    evening = Evening(tuple(tables), joins, ())

    def anybody():
        return Party(
            rng.choice((1, 2, 2, 3, 4, 4, 5, 6, 7, 8)), rng.randrange(0, 80, 10), rng.choice((20, 30, 40)),
            rng.choice((0, 10)), accessible=rng.random() < 0.15, area=rng.choice((-1, -1, 0, 1)),
            features=rng.choice((0, 0, 0, 1)),
        )  # fmt: skip

    parties: list[Party] = []
    for _ in range(rng.randint(4, 14)):
        party = anybody()
        free = [
            s for s in spots(evening, party, firm=False)
            if not any(set(s) & set(q.now) and party.start < q.end and q.start < party.end for q in parties)
        ]  # fmt: skip
        if free and len(parties) < 8:
            locked, now = rng.random() < 0.15, rng.choice(free)
            liked = rng.choice(((), (), now[:1], (0,)))
            parties.append(replace(
                party, now=now, must=not locked or rng.random() < 0.5, locked=locked, tables=liked,
                guaranteed=rng.random() < 0.5,
            ))  # fmt: skip
    return replace(evening, parties=tuple(parties)), anybody()


@settings(max_examples=150, deadline=None)
@given(small(), st.booleans())
def test_a_yes_and_a_no_are_what_brute_force_says(one, firm):
    evening, party = one
    night = Night(evening)
    assert night.strays == ()
    answer = ask(night, party, PLENTY, firm=firm)
    assert answer.exact
    assert answer.yes == brute(evening, (party,), firm=firm)
    assert check_answer(evening, None, (party,), answer, firm=firm) == []


@settings(max_examples=60, deadline=None)
@given(small(), st.integers(1, 3))
def test_two_who_come_together_are_both_seated_or_neither(one, covers):
    evening, party = one
    both = (party, replace(party, covers=covers))
    answer = ask_all(Night(evening), both, PLENTY)
    assert (answer.yes, answer.exact) == (brute(evening, both), True)
    assert check_answer(evening, None, both, answer) == []


@settings(max_examples=60, deadline=None)
@given(small(), st.lists(st.tuples(st.integers(1, 8), st.sampled_from((-10, 0, 10))), min_size=2, max_size=5))
def test_a_night_that_remembers_its_proofs_answers_like_one_that_does_not(one, others):
    evening, party = one
    night = Night(evening)
    for covers, more in [(party.covers, 0), *others]:
        other = replace(party, covers=covers, turn_min=party.turn_min + more, start=party.start + max(0, more))
        assert ask(night, other, PLENTY).yes == ask(Night(evening), other, PLENTY).yes


def test_a_no_rules_out_who_needs_the_same_places_for_longer_without_a_search():
    night = Night(two_tops(stay(30, (0,)), stay(30, (1,))))
    assert ask(night, Party(2, 30, 60), PLENTY).by == "pinch"
    assert ask(night, Party(1, 20, 90), PLENTY) == Answer(yes=False, exact=True, by="known")
    assert ask(night, Party(2, 30, 30), PLENTY).by == "pinch"


def two_tops(*parties, tables=2, **more):
    return Evening(tuple(Table(1, 2) for _ in range(tables)), (), parties, **more)


def stay(start, now, turn=60, **more):
    return Party(2, start, turn, now=now, must=True, **more)


def test_one_moves_so_that_another_can_come():
    """Table 0 is taken early, table 1 late; who is at 1 late moves to 0, and the newcomer has 1 all evening."""
    evening = two_tops(stay(0, (0,)), stay(60, (1,)))
    answer = ask(Night(evening), Party(2, 0, 120), PLENTY)
    assert answer == Answer(yes=True, exact=True, by="chain", seats=((1,),), moves=(Move(1, (0,)),))


def test_a_locked_party_does_not_move_and_a_wish_is_in_nobodys_way():
    both = two_tops(stay(0, (0,), locked=True), stay(60, (1,), locked=True))
    assert not ask(Night(both), Party(2, 0, 120), PLENTY).yes
    night = Night(two_tops(replace(stay(0, (0,)), must=False)))
    assert ask(night, Party(2, 0, 60), PLENTY) == Answer(yes=True, exact=True, by="fixed", seats=((0,),))


def test_who_lost_the_table_is_placed_again_before_anybody_new():
    lost = Table(1, 2, closed=((0, 400),))
    evening = Evening((lost, Table(1, 2)), (), (stay(0, (0,)),))
    night = Night(evening)
    assert (night.kept, night.strays) == ((0,), ())
    assert not ask(night, Party(2, 0, 60), PLENTY).yes
    assert ask(night, Party(2, 60, 60), PLENTY).moves == (Move(0, (1,)),)


def test_two_at_one_table_are_parted_and_who_sits_oddly_may_stay():
    night = Night(two_tops(stay(0, (0,)), stay(30, (0,))))
    answer = ask(night, Party(2, 60, 30), PLENTY)
    assert (answer.seats, answer.moves) == (((0,),), (Move(1, (1,)),))
    odd = Evening((Table(2, 4), Table(1, 2)), (), (Party(1, 0, 60, now=(0,), must=True),))
    assert ask(Night(odd), Party(2, 0, 60), PLENTY) == Answer(yes=True, exact=True, by="fixed", seats=((1,),))
    assert ask(Night(odd), Party(3, 0, 60), PLENTY).moves == (Move(0, (1,)),)


def test_that_two_cannot_come_says_nothing_about_one():
    night = Night(two_tops(tables=1))
    two = Party(2, 0, 60)
    assert not ask_all(night, (two, two), PLENTY).yes
    assert ask(night, two, PLENTY).yes


def test_a_promise_that_cannot_be_kept_closes_nobody_elses_door():
    lost = Table(1, 2, closed=((0, 400),))
    evening = Evening((lost, Table(1, 2)), (), (stay(0, (0,)), stay(0, (1,))))
    night = Night(evening)
    assert night.strays == (0,)
    answer = ask(night, Party(2, 60, 60), PLENTY)
    assert answer.yes and answer.moves == ()
    assert check_answer(evening, None, (Party(2, 60, 60),), answer) == []


@pytest.mark.parametrize(
    ("hours", "pacing", "kind"),
    [
        (Hours(starts=(0, 30)), Pacing(), "hours"),
        (Hours(pacing=Pacing(covers=3)), Pacing(), "pacing"),
        (Hours(), Pacing(covers=3), "pacing"),
        (Hours(starting=(Cap(0, 30, 3),)), Pacing(), "pacing"),
        (Hours(sitting=(Cap(50, 90, 3),)), Pacing(), "staff"),
    ],
)
def test_limits_that_no_plan_can_bend(hours, pacing, kind):
    """Beside a party of two at minute 0: nobody at 10; from then on whoever keeps to the limits."""
    evening = two_tops(stay(0, (0,), 61), tables=3, pacing=pacing)
    night = Night(evening, hours)
    late = Party(2, 10, 60)
    answer = ask(night, late, PLENTY)
    assert (answer.yes, answer.exact, answer.by, answer.over.kind) == (False, True, "limits", kind)
    assert check_answer(evening, hours, (late,), Answer(yes=True, exact=True, by="", seats=((1,),))) != []
    fits = replace(late, start=30, covers=1) if kind != "staff" else replace(late, turn_min=40)
    assert ask(night, fits, PLENTY).yes
    assert ask(night, replace(late, covers=1), PLENTY).yes == (kind != "hours")  # just up to the limit


def test_the_same_budget_in_steps_gives_the_same_answer_without_a_clock():
    def nobody_asks():
        raise AssertionError

    evening = booked(20, 6, seed=3)
    asked = [a_party(random.Random(n), must=False) for n in range(25)]
    for work in (300, 3_000, 12_000):
        budget = Budget(nobody_asks, 0.0, 0.0, work=work)
        answers = [[ask(Night(evening), party, budget) for party in asked] for _ in range(2)]
        assert answers[0] == answers[1]


def test_whoever_calls_the_search_off_gets_a_no_that_claims_nothing():
    evening = booked(20, 6, seed=3)
    hard = [a_party(random.Random(n), must=False) for n in range(40)]
    off = Budget.of(1000, perf_counter, stop=lambda: True)
    answers = [ask(Night(evening), party, off) for party in hard]
    assert any(not answer.exact for answer in answers)
    assert {answer.by for answer in answers if answer.exact} <= {"fixed", "pinch", "limits"}


def test_the_checker_sees_what_is_wrong():
    evening = Evening(
        (Table(1, 2), Table(1, 2), Table(3, 4, accessible=True, closed=((0, 20),))), (Join(0, 1, 4),),
        (stay(0, (0,)), stay(0, (1,), locked=True), replace(stay(0, (2,)), must=False)),
    )  # fmt: skip

    def faults(party, seats, *moves):
        found = check_answer(evening, None, (party,), Answer(yes=True, exact=True, by="", seats=(seats,), moves=moves))
        return " ".join(found)

    two = Party(2, 0, 60)
    assert "newcomer 0 at one table" in faults(two, (0,)) or "party 0 and newcomer 0" in faults(two, (0,))
    assert "locked" in faults(two, (1,), Move(1, (2,)))
    assert "no promise" in faults(two, (0,), Move(2, (1,)))
    assert "too small" in faults(Party(3, 100, 60), (0,))
    assert "meant for more" in faults(Party(2, 100, 60), (2,))
    assert "a table too many" in faults(Party(2, 100, 60), (0, 1))
    assert "no joins" in faults(Party(5, 100, 60), (0, 2))
    assert "not accessible" in faults(Party(2, 100, 60, accessible=True), (0,))
    assert "closed" in faults(Party(3, 0, 60), (2,))
    assert "no such place" in faults(two, ())
    assert faults(Party(4, 100, 60), (0, 1)) == ""
