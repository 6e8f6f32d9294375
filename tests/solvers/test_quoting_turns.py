"""Turns learned from a house's own history, and promises held against what became of them."""

import numpy as np
import pytest

from bench.solvers.quotes import HOUSES, study
from solvers.quoting.calibration import LAST, Promise, calibrate
from solvers.quoting.turns import ENOUGH, SPREADS, History, default, hour_band, learn, size_band

POINTS = 400


def past(n, *, covers=2, hour=19, median=60.0, spread=0.2, evening=None, seed=1):
    rng = np.random.default_rng(seed)
    turn = median * np.exp(spread * rng.standard_normal(n))
    began = np.full((n, 5), np.nan)
    began[:, 0] = 0.0
    evenings = np.arange(n) % 20 if evening is None else evening
    return History(np.full(n, covers), np.full(n, hour), evenings, began, turn)


def together(*histories):
    names = ("covers", "hour", "evening", "began", "turn_min")
    return History(*(np.concatenate([getattr(history, name) for history in histories]) for name in names))


def test_until_enough_is_known_it_is_the_default_with_its_spread():
    few = learn(past(ENOUGH - 1), 90)
    said = few.predict(2, 19)
    assert (said.source, said.n) == ("default", 0)
    assert said.median == pytest.approx(90, rel=0.01)
    assert np.log(said.high / said.low) == pytest.approx(2 * 1.2816 * SPREADS[0], rel=0.02)
    assert said.mean > said.median
    assert few.predict(8, 12).median == said.median


def test_a_house_that_is_known_speaks_for_itself():
    turns = learn(past(2000), 90)
    said = turns.predict(2, 19)
    assert (said.source, said.n) == ("cell", 1999)  # one stayed longer than anybody does
    assert said.median == pytest.approx(60, rel=0.02)
    assert np.log(said.high / said.low) == pytest.approx(2 * 1.2816 * 0.2, rel=0.06)
    assert turns.quantile(0.75, 2, 19) == pytest.approx(60 * np.exp(0.2 * 0.6745), rel=0.03)
    elsewhere = turns.predict(6, 12)
    assert (elsewhere.source, elsewhere.n) == ("house", 1999)
    assert elsewhere.median == pytest.approx(60, rel=0.03)


def test_a_cell_is_the_house_until_it_has_evidence_of_its_own():
    known = [past(600), past(600, covers=4, median=70, seed=2), past(600, covers=8, median=110, seed=3)]
    medians = []
    for n in (1, 10, 400):
        turns = learn(together(*known, past(n, covers=6, median=90, spread=0.1, seed=4)), 90)
        medians.append(turns.predict(6, 19).median)
    unseen = learn(together(*known), 90)
    assert unseen.predict(6, 19).median < medians[0] < 82  # that one party stayed 84 minutes
    assert unseen.spread[0, 2, 3] > 1.3 * unseen.spread[0, 1, 3]  # nobody of that size has been here: who knows
    assert turns.predict(8, 19).median == pytest.approx(110, rel=0.04)
    assert medians[0] < medians[1] < medians[2] == pytest.approx(90, rel=0.03)
    assert turns.predict(5, 19) == turns.predict(6, 19)
    late = learn(together(*known, past(600, hour=21, median=75, seed=5)), 90)
    assert late.predict(2, 21).median > late.predict(2, 19).median * 1.15


def test_forgotten_tables_and_slips_of_the_finger_teach_nothing():
    clean = past(500)
    wrong = past(500)
    wrong.turn_min[::20] = 400.0
    wrong.turn_min[1::20] = 1.0
    wrong.turn_min[2::50] = np.nan
    a, b = learn(clean, 90).predict(2, 19), learn(wrong, 90).predict(2, 19)
    assert b.median == pytest.approx(a.median, rel=0.02)
    assert b.high == pytest.approx(a.high, rel=0.04)


def test_the_shape_is_the_houses_own():
    rng = np.random.default_rng(7)
    history = past(4000)
    lingers = rng.random(4000) < 0.2
    history.turn_min[:] = np.where(lingers, 95, 60) * np.exp(0.08 * rng.standard_normal(4000))
    turns = learn(history, 90)
    for p in (0.1, 0.5, 0.85, 0.95):
        assert turns.quantile(p, 2, 19) == pytest.approx(np.quantile(history.turn_min, p), rel=0.06)


def test_what_is_left_is_conditioned_on_what_has_passed():
    turns = learn(past(5000, spread=0.25), 90)
    fresh = turns.remaining([0], [2], [19], [0.0], points=20_000, whole=True)[0]
    for past_min in (20.0, 55.0, 75.0):
        left = turns.remaining([0], [2], [19], [past_min], points=POINTS, whole=True)[0]
        truth = fresh[fresh > past_min] - past_min
        for p in (0.1, 0.5, 0.9):
            assert np.quantile(left, p) == pytest.approx(np.quantile(truth, p), rel=0.05, abs=0.5)
    over = [turns.predict(2, 19, past_min=past_min) for past_min in (120.0, 300.0)]
    assert over[0].median == over[1].median > 1  # who overstays has a time that no longer shrinks


def test_a_stage_says_more_than_the_time_alone():
    history = past(800, spread=0.2)
    rng = np.random.default_rng(3)
    history.began[:, 3] = history.turn_min - 12 * np.exp(0.3 * rng.standard_normal(800))
    turns = learn(history, 90)
    assert turns.predict(2, 19, stage=3).median == pytest.approx(12, rel=0.05)
    assert turns.predict(2, 19, stage=3).source == "cell"
    # nobody marks the fourth stage here: its usual share of a turn that is known
    assert turns.predict(2, 19, stage=4).median == pytest.approx(0.08 * 60, rel=0.05)
    assert default(90).predict(2, 19, stage=2).median == pytest.approx(54, rel=0.02)


def test_tonight_is_slow_when_those_still_sitting_say_so():
    rng = np.random.default_rng(5)
    moods = rng.normal(0, 0.15, 60)
    nights = [past(40, median=60 * np.exp(mood), spread=0.2, evening=np.full(40, at), seed=at)
              for at, mood in enumerate(moods)]  # fmt: skip
    turns = learn(together(*nights), 90)
    assert turns.evening_sd == pytest.approx(0.15, rel=0.3)
    assert learn(past(2000), 90).evening_sd < 0.04

    def seen(mood, n=60, at=55.0):
        """An evening of that pace, looked at 55 minutes after everybody sat down."""
        stays = 60 * np.exp(mood + 0.2 * np.random.default_rng(9).standard_normal(n))
        gone, here = stays[stays <= at], stays[stays > at]
        return turns.tonight(([2] * len(gone), [19] * len(gone), gone), ([2] * len(here), [19] * len(here), [at] * len(here)))

    for mood in (-0.2, 0.0, 0.2):
        assert seen(mood).shift == pytest.approx(mood, abs=0.07)
        assert seen(mood).shift_sd < turns.evening_sd / 2
    assert seen(0.2).predict(2, 19).median > 1.1 * seen(0.0).predict(2, 19).median
    nothing = turns.tonight(([], [], []), ([], [], []))
    assert (nothing.shift, nothing.shift_sd) == (0.0, pytest.approx(turns.evening_sd))


def test_bands():
    assert [size_band(covers) for covers in (1, 2, 3, 4, 5, 6, 7, 20)] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert [hour_band(hour) for hour in (5, 10, 11, 15, 18, 20, 23, 0, 4)] == [0, 0, 1, 2, 3, 4, 4, 4, 4]


def test_promises_are_held_against_the_waits():
    promises = [
        Promise(10, 20, 30, 25, 20), Promise(10, 20, 30, 25, 31), Promise(10, 20, None, 25, 60), Promise(10, 20, 30, 25, 9),
    ]  # fmt: skip
    found = calibrate(promises, [[40], [], [50, 70], [9]])
    assert (found.n, found.coverage, found.kept) == (4, 0.5, 0.5)
    assert found.bias == pytest.approx(-10)
    assert found.error == pytest.approx((0 + 11 + 40 + 11) / 4)
    assert found.mean_of_last == pytest.approx((20 + 0 + 0) / 3)
    assert found.ratio == pytest.approx((0 + 40 + 11) / 20)
    assert calibrate([]).coverage is None
    many = [Promise(0, 5, 9, 5, 100)] * 5 + [Promise(0, 5, 9, 5, 10)] * (LAST + 1)
    assert calibrate(many).mean_of_last == pytest.approx(
        sum(abs(sum(w[-LAST:]) / len(w[-LAST:]) - p.waited) for p, w in
            ((p, [q.waited for q in many[:at]]) for at, p in enumerate(many) if at)) / (len(many) - 1)
    )  # fmt: skip


def test_on_evenings_it_has_not_seen_the_interval_is_honest_and_the_error_small():
    found = study(HOUSES["family"], tables=30, before=15, evenings=5, crowd=0.5, seed=3)
    assert found["n"] > 60
    assert 0.65 < found["coverage"] < 0.92  # a few evenings; the bench has the figure
    assert found["ratio"] < 0.75
