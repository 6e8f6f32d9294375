"""Days as bits: minute by minute the same as brute force, and kept up to date the same as built anew."""

import random
import subprocess
import sys
from math import gcd
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from solvers.availability.days import Days, step_for
from solvers.availability.floor import Floor
from solvers.availability.hours import Cap, Hours
from solvers.seating.evening import Pacing, Party, Table
from solvers.seating.places import places
from solvers.seating.problem import Join

TABLES = (
    Table(1, 2, area=0, accessible=True, features=1),
    Table(1, 2, area=0),
    Table(2, 4, area=1, accessible=True, features=3),
    Table(3, 6, area=1, features=2),
)
JOINS = (Join(0, 1, 4), Join(2, 3, 10))
FLOOR = Floor.of(TABLES, places(TABLES, JOINS))


@st.composite
def days(draw):
    """One day on a grid of 1 to 15 minutes, more than a word long, with stays and closings off the grid."""
    step = draw(st.sampled_from((1, 5, 15)))
    origin, cells = draw(st.sampled_from((0, 30))), draw(st.sampled_from((20, 64, 70, 130)))
    until = origin + step * cells
    minute = st.integers(origin, until)
    span = st.tuples(minute, minute).filter(lambda span: span[0] < span[1])
    start = st.integers(0, cells - 1).map(lambda cell: origin + cell * step)
    caps = st.lists(st.builds(lambda span, most: Cap(*span, most), span, st.integers(0, 8)), max_size=2).map(tuple)
    hours = Hours(
        tuple(draw(st.lists(start, max_size=30))),
        draw(st.sampled_from((Pacing(), Pacing(6, 15), Pacing(5, 20)))), draw(caps), draw(caps),
    )  # fmt: skip
    on = st.sampled_from((*((t,) for t in range(4)), (0, 1), (2, 3)))
    stays = draw(st.lists(st.tuples(on, span, st.integers(1, 6)), max_size=6))
    closings = draw(st.lists(st.tuples(st.integers(0, 3), span), max_size=2))
    return step, origin, until, hours, stays, closings


def built(step, origin, until, hours, stays, closings):
    made = Days(FLOOR, [Hours(()), hours], origin_min=origin, until_min=until, step_min=step)
    for tables, (start, end), covers in stays:
        made.take(1, tables, start, end, covers)
    for table, (start, end) in closings:
        made.close(1, table, start, end)
    return made


def free_starts(until, hours, stays, closings, party, *, firm):
    """Start by start, place by place, minute by minute."""
    found = []
    for start in sorted(set(hours.starts)):
        end = start + party.turn_min + party.buffer_min
        caps = [cap for cap in hours.starting if cap.start <= start < cap.end]
        if hours.pacing.covers:
            at = start // hours.pacing.window_min * hours.pacing.window_min
            caps.append(Cap(at, at + hours.pacing.window_min, hours.pacing.covers))
        if any(
            sum(c for _, (s, _), c in stays if cap.start <= s < cap.end) + party.covers > cap.covers for cap in caps
        ):
            continue
        if any(
            sum(c for _, (s, e), c in stays if s <= m < e) + party.covers > cap.covers
            for cap in hours.sitting
            for m in range(max(start, cap.start), min(end, cap.end))
        ):
            continue
        taken = {t for tables, (s, e), _ in stays if s < end and start < e for t in tables}
        taken |= {t for t, (s, e) in closings if s < end and start < e}
        for place in FLOOR.places:
            at = [TABLES[t] for t in place.tables]
            if (
                end <= until
                and place.min_covers <= party.covers <= place.max_covers
                and not taken & set(place.tables)
                and (not party.accessible or all(t.accessible for t in at))
                and (not firm or party.area < 0 or {t.area for t in at} == {party.area})
                and (not firm or not any(party.features & ~t.features for t in at))
            ):
                found.append(start)
                break
    return found


def parties(step):
    cells = st.integers(1, 80).map(lambda cells: cells * step)
    return st.builds(
        Party, covers=st.integers(1, 11), start=st.just(0), turn_min=cells,
        buffer_min=st.integers(0, 3).map(lambda n: n * step), accessible=st.booleans(),
        area=st.sampled_from((-1, 0, 1)), features=st.sampled_from((0, 0, 1, 2)),
    )  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(days(), st.data(), st.booleans())
def test_open_starts_are_what_brute_force_says(day, data, firm):
    step, _, until, hours, stays, closings = day
    made = built(*day)
    for party in data.draw(st.lists(parties(step), min_size=1, max_size=3)):
        want = free_starts(until, hours, stays, closings, party, firm=firm)
        assert made.starts(1, party, firm=firm).tolist() == want
        assert made.open_days(party, firm=firm).tolist() == [False, bool(want)]
        assert made.open_days(party, firm=firm, first=1).tolist() == [bool(want)]


@settings(max_examples=60, deadline=None)
@given(days())
def test_loads_are_covers_at_table_over_covers_that_could_be(day):
    _, _, _, hours, stays, closings = day
    made, taken, most = built(*day), 0, 0
    for start in set(hours.starts):
        taken += sum(c for _, (s, e), c in stays if s <= start < e)
        gone = {t for t, (s, e) in closings if shuts(day, start, s, e)}
        staff = [cap.covers for cap in hours.sitting if cap.start <= start < cap.end]
        most += min([sum(t.max_covers for n, t in enumerate(TABLES) if n not in gone), *staff])
    assert made.loads().tolist() == [1.0, min(1.0, taken / most) if most else 1.0]
    assert made.loads(first=1).shape == (1,)
    here, could = made.covers(1)
    assert (int(here.sum()), int(could.sum())) == (taken, most)


def shuts(day, start, s, e):
    """A table is counted as closed in every cell its closing touches."""
    step, origin = day[:2]
    return s < start + step and start < e and origin <= start


class Kept(RuleBasedStateMachine):
    """A run of days changed fact by fact is the one built from what is left."""

    SPANS = st.tuples(st.integers(-20, 700), st.integers(1, 200)).map(lambda at: (at[0], at[0] + at[1]))

    @initialize(step=st.sampled_from((5, 15)))
    def begin(self, step):
        hours = Hours(tuple(range(0, 600, 15)), Pacing(8, 30), (Cap(60, 90, 4),), (Cap(100, 400, 12),))
        self.make = lambda: Days(FLOOR, [hours, hours], origin_min=0, until_min=690, step_min=step)
        self.kept, self.stays, self.closings = self.make(), [], []

    @rule(day=st.integers(0, 1), on=st.sampled_from(((0,), (1,), (2, 3), (0, 1))), span=SPANS, covers=st.integers(1, 8))
    def take(self, day, on, span, covers):
        self.kept.take(day, on, *span, covers)
        self.stays.append((day, on, *span, covers))

    @rule(day=st.integers(0, 1), table=st.integers(0, 3), span=SPANS)
    def close(self, day, table, span):
        self.kept.close(day, table, *span)
        self.closings.append((day, table, *span))

    @precondition(lambda self: self.stays)
    @rule(data=st.data())
    def release(self, data):
        stay = self.stays.pop(data.draw(st.integers(0, len(self.stays) - 1)))
        self.kept.release(*stay)

    @precondition(lambda self: self.closings)
    @rule(data=st.data())
    def reopen(self, data):
        closing = self.closings.pop(data.draw(st.integers(0, len(self.closings) - 1)))
        self.kept.reopen(*closing)

    @invariant()
    def same_as_built_anew(self):
        if not hasattr(self, "kept"):
            return
        anew = self.make()
        for stay in reversed(self.stays):
            anew.take(*stay)
        for closing in reversed(self.closings):
            anew.close(*closing)
        assert self.kept.same_as(anew) and anew.same_as(self.kept)


Kept.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestKept = Kept.TestCase


def test_two_states_that_differ_are_told_apart():
    hours = Hours((0,), Pacing(9))
    here, there = (Days(FLOOR, [hours], origin_min=0, until_min=60, step_min=15) for _ in range(2))
    here.take(0, (0,), 0, 30, 2)
    there.take(0, (0,), 0, 30, 3)
    assert not here.same_as(there)


def test_the_step_is_the_largest_on_which_everything_is_whole():
    assert step_for((30, 60, 90), (105, 120), 30) == 15
    assert step_for((30, 60), (90, 97), 30) == 1
    rng = random.Random(1)
    for _ in range(50):
        starts, stays = [rng.randrange(0, 600, 5) for _ in range(4)], [rng.randrange(5, 200, 5) for _ in range(3)]
        step = step_for(starts, stays, 0)
        assert step == gcd(*starts, *stays)


def test_off_the_grid_is_an_error_not_a_wrong_answer():
    with pytest.raises(ValueError, match="off the grid"):
        Days(FLOOR, [Hours((7,))], origin_min=0, until_min=60, step_min=5)
    with pytest.raises(ValueError, match="not made of"):
        Days(FLOOR, [Hours((0,))], origin_min=0, until_min=62, step_min=5)
    made = Days(FLOOR, [Hours((0,))], origin_min=0, until_min=60, step_min=5)
    with pytest.raises(ValueError, match="not made of"):
        made.starts(0, Party(2, 0, 31))


def test_words_are_the_starts_as_bits():
    made = Days(FLOOR, [Hours((0, 45, 64 * 15))], origin_min=0, until_min=100 * 15, step_min=15)
    assert made.bits(0, Party(2, 0, 30)) == 0b1001 | 1 << 64
    assert made.starts(0, Party(2, 0, 30)).dtype.kind == "i"
    assert np.array_equal(made.starts(0, Party(2, 0, 30)), [0, 45, 960])


def test_who_keeps_days_compiles_nothing():
    """A process that serves has no use for a compiler, nor the memory."""
    code = "import sys, solvers.availability.days; print(*{'numba', 'scipy', 'ortools'} & sys.modules.keys())"
    said = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2], capture_output=True, text=True,
        timeout=100,
    )  # fmt: skip
    assert said.stdout.split() == []
