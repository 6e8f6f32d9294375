"""Promises held against waits: figures a manager can trust."""

from datetime import date, timedelta

import pytest

from hub.quoting import records
from hub.quoting.turns import Learned
from solvers.quoting.turns import default
from tests.kit import FRIDAY_19


def a_promise(told_min, waited, low=20, high=40, quoted=35, **more):
    told_at = FRIDAY_19 + timedelta(minutes=told_min)
    return {
        "id": f"p{told_min}", "covers": 2, "quoted_at": told_at, "converted_at": told_at + timedelta(minutes=waited),
        "quoted_min": quoted, "quoted_low_min": low, "quoted_median_min": 30, "quoted_high_min": high,
        "quote_confidence": 0.8, "quote_source": "house", "waited_min": float(waited), **more,
    }  # fmt: skip


def test_nothing_is_said_of_nobody():
    told = records.told([])
    assert (told.parties, told.coverage, told.promised, told.ratio) == (0, None, None, None)


def test_what_came_true_and_what_a_simple_way_would_have_said():
    promises = [
        a_promise(0, 20), a_promise(1, 41), a_promise(60, 36, high=None, quoted=None), a_promise(61, 10, quote_confidence=0.9),
    ]  # fmt: skip
    told = records.told(promises[::-1])  # as the house reads them: latest first
    assert (told.parties, told.coverage, told.kept) == (4, 0.5, 0.75)
    assert told.promised == pytest.approx(0.825)
    assert told.bias_min == pytest.approx((10 - 11 - 6 + 20) / 4)
    assert told.error_min == pytest.approx((10 + 11 + 6 + 20) / 4)
    # only the last two could know anybody's wait, and the mean of 20 and 41 is 30.5
    assert told.simple_error_min == pytest.approx((5.5 + 20.5) / 2)
    assert told.ratio == pytest.approx((6 + 20) / (5.5 + 20.5))


def test_each_promise_says_whether_it_was_kept():
    inside = [records.kept(a_promise(0, waited)).inside for waited in (19, 20, 40, 41)]
    assert inside == [False, True, True, False]
    assert records.kept(a_promise(0, 400, high=None)).inside


def test_turns_are_told_for_every_size_and_hour():
    told = records.turns(Learned(date(2026, 11, 20), 90, default(90), 0))
    assert len(told) == 20 and {turn.source for turn in told} == {"default"}
    first, last = told[0], told[-1]
    assert (first.covers_from, first.covers_to, first.hour_from, first.hour_to) == (1, 2, 5, 11)
    assert (last.covers_from, last.covers_to, last.hour_from, last.hour_to) == (7, None, 20, 5)
    assert first.low_min < first.median_min == 90 < first.high_min
    report = records.report(30, [a_promise(at, 30) for at in range(80)], 3, Learned(date(2026, 11, 20), 90, default(90), 0))
    assert (len(report.latest), report.told.parties, report.gave_up, report.enough) == (50, 80, 3, 30)
