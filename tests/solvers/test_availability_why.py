"""What stands in the way is enough and irreducible, by brute force; every change told is possible; a day's slots."""

import random
from time import perf_counter

from hypothesis import given, settings
from msgspec.structs import replace

from solvers.availability.answers import Fact
from solvers.availability.asking import ask
from solvers.availability.check import check_answer
from solvers.availability.grid import grid
from solvers.availability.hours import Cap, Hours
from solvers.availability.night import Night
from solvers.availability.why import blocking, changes, explain
from solvers.budget import Budget
from solvers.seating.evening import Evening, Pacing, Party, Table
from solvers.seating.problem import ANYWHERE, Join
from tests.solvers.evenings import a_party, booked
from tests.solvers.test_availability_asking import PLENTY, brute, small, stay, two_tops


def only(evening, party, facts):
    """The evening and the newcomer with nothing in the way but these facts."""
    kinds = {fact.kind for fact in facts}
    closed = {(fact.about, fact.start, fact.end) for fact in facts if fact.kind == "closed"}
    tables = tuple(
        replace(table, closed=tuple(span for span in table.closed if (t, *span) in closed))
        for t, table in enumerate(evening.tables)
    )
    there = {fact.about for fact in facts if fact.kind == "party"}
    parties = tuple(p for at, p in enumerate(evening.parties) if at in there)
    wished = replace(
        party, accessible=party.accessible and "accessible" in kinds,
        area=party.area if "area" in kinds else ANYWHERE, features=party.features if "features" in kinds else 0,
    )  # fmt: skip
    return replace(evening, tables=tables, parties=parties), wished


@settings(max_examples=200, deadline=None)
@given(small())
def test_the_facts_rule_it_out_and_none_of_them_could_be_missing(one):
    evening, party = one
    night = Night(evening)
    if ask(night, party, PLENTY).yes:
        return
    facts, minimal = blocking(night, party, PLENTY)
    assert facts and minimal
    if facts[0].kind in ("too_large", "too_small"):
        empty = replace(evening, parties=(), tables=tuple(replace(t, closed=()) for t in evening.tables))
        assert not brute(empty, (Party(party.covers, party.start, party.turn_min),))
        return
    fewer, wished = only(evening, party, facts)
    assert not brute(fewer, (wished,))
    for fact in facts:
        fewer, wished = only(evening, party, [other for other in facts if other != fact])
        assert brute(fewer, (wished,)), fact


@settings(max_examples=60, deadline=None)
@given(small())
def test_every_change_is_possible_and_no_nearer_time_is(one):
    evening, party = one
    hours = Hours(starts=tuple(range(0, 120, 10)))
    night = Night(evening, hours)
    if ask(night, party, PLENTY).yes:
        return
    told = {change.kind: change for change in explain(night, party, PLENTY).changes}
    for kind, change in told.items():
        then = evening
        if kind == "waiting":
            then = replace(evening, parties=tuple(p for at, p in enumerate(evening.parties) if at != change.cancels[0]))
        assert check_answer(then, hours, change.parties, change.answer) == []
        assert sum(one.covers for one in change.parties) == party.covers
    for kind, side in (("earlier", -1), ("later", 1)):
        free = [s for s in hours.starts if (s - party.start) * side > 0 and brute(evening, (replace(party, start=s),))]
        nearest = min(free, key=lambda s: abs(s - party.start), default=None)
        assert (told[kind].parties[0].start if kind in told else None) == nearest
    leave = [
        at for at, p in enumerate(evening.parties)
        if not p.locked and brute(replace(evening, parties=evening.parties[:at] + evening.parties[at + 1 :]), (party,))
    ]  # fmt: skip
    assert (list(told["waiting"].cancels) if "waiting" in told else []) == leave
    halves = [(replace(party, covers=n), replace(party, covers=party.covers - n)) for n in range(1, party.covers)]
    assert ("split" in told) == any(brute(evening, both) for both in halves)


def test_a_full_hour_is_told_by_who_fills_it_and_by_nobody_else():
    evening = two_tops(stay(0, (0,)), stay(30, (1,)), stay(200, (0,)), stay(0, (2,), locked=True), tables=3)
    refusal = explain(Night(evening), Party(2, 30, 60), PLENTY)
    assert refusal.facts == (Fact("party", 3), Fact("party", 0), Fact("party", 1))
    assert refusal.minimal
    assert {change.kind: change.parties[0].start for change in refusal.changes} == {"later": 60, "waiting": 30}
    assert refusal.changes[-1].cancels == (0, 1)


def test_a_wheelchair_is_told_about_the_tables_it_could_use_only():
    tables = (Table(1, 2, accessible=True), Table(1, 2), Table(1, 2, accessible=True, closed=((0, 50),)))
    night = Night(Evening(tables, (), (stay(0, (0,), accessible=True),)))
    facts, minimal = blocking(night, Party(2, 30, 60, accessible=True), PLENTY)
    assert (set(facts), minimal) == ({Fact("accessible"), Fact("closed", 2, 0, 50), Fact("party", 0)}, True)


def test_another_area_and_two_tables_are_offered():
    tables = (Table(1, 4, area=0), Table(1, 4, area=1), Table(1, 4, area=1))
    night = Night(Evening(tables, (), (stay(0, (0,)),)))
    told = {c.kind: c for c in changes(night, Party(3, 0, 60, area=0), (), PLENTY)}
    assert told["area"].answer.seats == ((1,),)
    told = {c.kind: c for c in changes(night, Party(6, 0, 60), (), PLENTY)}
    assert [party.covers for party in told["split"].parties] == [3, 3]
    assert sorted(told["split"].answer.seats) == [(1,), (2,)]
    uneven = Night(Evening((Table(1, 2), Table(4, 4)), (), ()))
    told = {c.kind: c for c in changes(uneven, Party(6, 0, 60), (), PLENTY)}
    assert [party.covers for party in told["split"].parties] == [4, 2]


def test_sizes_and_limits_need_no_search():
    night = Night(two_tops(stay(0, (0,)), stay(60, (0,)), pacing=Pacing(covers=3)))
    assert blocking(night, Party(3, 0, 60), PLENTY) == ((Fact("pacing", 0),), True)
    assert blocking(night, Party(3, 30, 60), PLENTY) == ((Fact("too_large"),), True)
    assert blocking(Night(Evening((Table(2, 4),), (), ())), Party(1, 0, 60), PLENTY) == ((Fact("too_small"),), True)
    told = {c.kind: c for c in explain(night, Party(2, 60, 60), PLENTY).changes}
    assert told["waiting"].cancels == (1,)


def test_out_of_budget_nothing_is_claimed():
    evening = booked(20, 6, seed=3)
    night = Night(evening)
    off = Budget.of(1000, perf_counter, stop=lambda: True)
    for n in range(20):
        party = a_party(random.Random(n), must=False)
        if not ask(Night(evening), party, PLENTY).yes:
            refusal = explain(night, party, off)
            assert refusal.changes == ()
            assert not refusal.minimal or len(refusal.facts) == 1


def test_a_larger_house_tells_few_facts_that_hold():
    evening = booked(20, 5, seed=5)
    night, told = Night(evening), 0
    for n in range(12):
        party = a_party(random.Random(n), must=False)
        if ask(night, party, PLENTY).yes:
            continue
        facts, minimal = blocking(night, party, PLENTY)
        assert minimal and facts
        fewer, wished = only(evening, party, facts)
        assert not ask(Night(fewer), wished, PLENTY).yes
        told += 1
    assert told > 3


@settings(max_examples=40, deadline=None)
@given(small())
def test_a_grid_says_of_every_slot_what_asking_says(one):
    evening, party = one
    hours = Hours(starts=tuple(range(0, 80, 10)), sitting=(Cap(0, 200, 12),))
    slots = grid(Night(evening, hours), party, PLENTY)
    assert [slot.start for slot in slots] == list(hours.starts)
    for slot in slots:
        then = replace(party, start=slot.start)
        assert slot.answer.exact
        assert slot.answer.yes == ask(Night(evening, hours), then, PLENTY).yes
        assert check_answer(evening, hours, (then,), slot.answer) == []


def test_a_grid_out_of_budget_still_tells_what_is_free_and_what_is_full_by_rule():
    evening = two_tops(stay(0, (0,)), stay(60, (1,)), pacing=Pacing(covers=3, window_min=15))
    hours = Hours(starts=(0, 5, 120))
    off = Budget.of(1000, perf_counter, stop=lambda: True)
    slots = grid(Night(evening, hours), Party(2, 120, 120), off)
    assert [(slot.answer.yes, slot.answer.exact) for slot in slots] == [(False, True), (False, True), (True, True)]
    slots = grid(Night(replace(evening, pacing=Pacing()), hours), Party(2, 120, 120), off)
    assert [(slot.answer.yes, slot.answer.exact) for slot in slots] == [(False, False), (False, False), (True, True)]


def test_a_slot_says_how_full_it_is():
    closed = Table(1, 4, closed=((0, 30),))
    evening = Evening((Table(1, 4), Table(1, 6), closed), (), (Party(4, 0, 60, now=(0,), must=True),), Pacing(5))
    hours = Hours(starts=(0, 30), sitting=(Cap(30, 90, 8),))
    first, second = grid(Night(evening, hours), Party(1, 0, 30), PLENTY)
    assert (first.taken, first.most, first.coming, first.limit, first.share) == (4, 10, 4, 5, 0.8)
    assert (second.taken, second.most, second.coming, second.limit, second.share) == (4, 8, 0, 5, 0.5)


def test_joined_tables_count_once():
    evening = Evening((Table(1, 2), Table(1, 2)), (Join(0, 1, 4),), (Party(4, 0, 60, now=(0, 1), must=True),))
    facts, _ = blocking(Night(evening), Party(2, 0, 60), PLENTY)
    assert facts == (Fact("party", 0),)
