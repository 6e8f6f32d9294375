"""What a party is told and what stands on screens, from the rule's moment and the forecast's: without a database."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.waitlist import forecasts
from hub.waitlist.forecasts import Believed, Expected, Forecast
from tests.hub.waitlist.test_rules import T0, a_hold, a_party, a_table, look


def expected(low, median, high, quote=None, source="default", confidence=0.84):
    return Expected(low, median, high, quote, confidence, source)


def at(minute):
    return T0 + timedelta(minutes=minute)


def believed(by_rule, wait, *, now=False, before=None, t0=T0):
    return forecasts.believed(by_rule, now=now, expected=wait, t0=t0, before=before)


def test_until_turns_are_known_the_rule_says_when_and_the_forecast_how_sure():
    default, learned = expected(21, 40, 66, 55), expected(21, 40, 66, 55, source="house")
    assert believed(at(47), None) == Believed(at(47))
    assert believed(at(47), default) == Believed(at(47), at(21), at(66), 0.84, "default")
    assert believed(at(47), learned) == Believed(at(40), at(21), at(66), 0.84, "house")
    assert believed(None, learned).ready_at == at(40)
    assert believed(at(47), expected(200, None, None, source="cell")).ready_at is None
    assert believed(at(0), learned, now=True) == Believed(at(0), at(0), at(0), 1.0, "house")


def test_what_a_party_is_told():
    promise = forecasts.promise
    assert promise(46, None, step_min=5) == forecasts.Promise(50)
    told = promise(46, expected(21, 40, 66, 55), step_min=5)
    assert (told.quoted_min, told.low_min, told.median_min, told.high_min, told.source) == (50, 20, 40, 70, "default")
    assert promise(46, expected(21, 40, 66, 55, source="cell"), step_min=5).quoted_min == 55
    endless = promise(46, expected(21, 90, None, None, source="house"), step_min=5)
    assert (endless.quoted_min, endless.low_min, endless.high_min) == (None, 20, None)
    nowhere = promise(None, expected(None, None, None, source="house"), step_min=5)
    assert (nowhere.quoted_min, nowhere.low_min, nowhere.source) == (None, None, "house")
    free = promise(0, expected(3, 8, 20, 15, source="house"), step_min=5)
    assert (free.quoted_min, free.low_min, free.high_min, free.confidence) == (0, 0, 0, 1.0)


@given(st.integers(0, 300), st.integers(0, 60), st.integers(0, 60), st.sampled_from([1, 5, 15]), st.booleans())
def test_a_told_interval_holds_the_believed_one(low, more, most, step, learned):
    wait = expected(low, low + more, low + more + most, -(-(low + more) // step) * step, "house" if learned else "default")
    told = forecasts.promise(low + 1, wait, step_min=step)
    assert told.low_min <= low < told.low_min + step
    assert told.high_min - step < low + more + most <= told.high_min
    assert told.low_min % step == told.high_min % step == told.quoted_min % step == 0


@given(st.lists(st.integers(-1, 1), max_size=40), st.sampled_from(["default", "house"]))
def test_a_breath_moves_no_row_and_a_drift_does(steps, source):
    """What stands is never further from what is believed than a breath, however slowly that drifts."""
    stands, minute = None, 50
    for step in steps:
        minute += step
        wait = expected(minute - 20, minute, minute + 20, minute, source)
        fresh, was = believed(at(47), wait), stands
        stands = believed(at(47), wait, before=was)
        for name in ("ready_at", "low_at", "high_at"):
            assert abs(getattr(stands, name) - getattr(fresh, name)) <= forecasts.STEADY
        assert stands in (was, fresh) or was is None


def test_what_it_rests_on_is_told_at_once():
    stands = believed(at(40), expected(21, 40, 66))
    assert believed(at(40), expected(21, 40, 66, source="house"), before=stands).source == "house"


def test_the_line_carries_what_is_believed_and_strangers_the_rule():
    tables, holds = [a_table("1"), a_table("2", 4, least=3)], [a_hold("1", 0, 31), a_hold("2", 0, 60)]
    parties = [a_party("a"), a_party("b", joined=1)]
    forecast = Forecast(
        7, T0, {"a": expected(20, 33, 50, 45, "cell")}, {"1-2": expected(70, 100, 150, 120, "house")}
    )  # fmt: skip
    found = look(tables, holds, parties, forecast=forecast)
    a, b = found.waits["a"], found.waits["b"]
    assert (a.ready_at, a.low_at, a.high_at, a.source, a.position) == (at(33), at(20), at(50), "cell", 1)
    assert a.why == f"1 about {at(33):%H:%M}", "the words say the same moment"
    assert (b.low_at, b.source) == (None, "rule")
    assert found.quotes["1-2"].ready_at == at(100) and found.quotes["3-4"].source == "rule"
    plain = look(tables, holds, parties)
    assert plain.waits["b"] == b and plain.minutes == found.minutes
