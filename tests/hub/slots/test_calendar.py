"""Which times a day has, what is shut then, and how many covers a short staff serves: across days the clocks change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.clock import service_day
from hub.slots import rules
from hub.slots.calendar import Calendar, record_id
from hub.slots.spans import merged, overlap, within, without
from hub.venues.rules import hours_fault, open_spans
from schemas.floor import AreaRow
from schemas.slots import SlotRow, SlotRuleRow, SpecialDayRow, WeatherRow

FRIDAY = date(2026, 11, 20)
NOON_TO_LATE = {str(day): ["12:00", "15:00", "18:00", "01:00"] for day in range(1, 8)}
ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago")
LONDON = ZoneInfo("Europe/London")


def a_rule(begins, until, rule_id="r1", **args):
    return SlotRuleRow(**{
        "id": rule_id, "weekdays": [1, 2, 3, 4, 5, 6, 7], "from_time": begins, "until_time": until, "step_min": None,
        "starts": [], "covers_max": None, "staff_needed": None, "pricing": None, "incentive": None,
        "recommended": False, "version": 1,
    } | args)  # fmt: skip


def a_record(at, on=FRIDAY, **args):
    return SlotRow(**{
        "id": record_id(on, at), "on": on, "at": at, "covers_max": None, "staff_level": None, "special_event": None,
        "pricing": None, "incentive": None, "recommended": None, "active": True, "version": 1,
    } | args)  # fmt: skip


def a_day(kind, first=FRIDAY, last=None, day_id="d1", **args):
    return SpecialDayRow(**{
        "id": day_id, "kind": kind, "title": kind.title(), "first_day": first, "last_day": last or first,
        "weekdays": [], "area_id": None, "hours": None, "version": 1,
    } | args)  # fmt: skip


def an_area(area_id="a1", **args):
    return AreaRow(**{
        "id": area_id, "name": area_id, "kind": "indoor", "service_type": "full_service", "features": [],
        "hours": None, "fixtures": [], "width": 1.0, "height": 1.0, "position": 0, "capacity": 40, "table_count": 10,
        "active": True, "version": 1,
    } | args)  # fmt: skip


def a_calendar(*rules_, records=(), zone="Europe/London", hours=NOON_TO_LATE, **args):
    return Calendar(**{
        "timezone": zone, "day_ends": "04:00", "hours": hours, "step_min": 15, "rules": rules_,
        "records": {record.id: record for record in records},
    } | args)  # fmt: skip


def at(clock, day=FRIDAY, zone=LONDON):
    on = day + timedelta(days=clock < "04:00")
    return datetime(on.year, on.month, on.day, int(clock[:2]), int(clock[3:]), tzinfo=zone).astimezone(UTC)


def times(calendar, day=FRIDAY):
    return [slot.at for slot in calendar.slots(day)]


# ---- nothing configured: nothing is different

days = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@settings(max_examples=25)
@given(days, st.sampled_from(ZONES), st.sampled_from([5, 15, 20, 60]), st.sampled_from([
    NOON_TO_LATE, {str(day): ["11:40", "23:20"] for day in range(1, 8)}, {str(day): ["17:00", "03:30"] for day in range(1, 8)},
]))  # fmt: skip
def test_without_any_rule_every_open_moment_has_its_slot_on_the_step(day, zone, step, hours):
    calendar = a_calendar(zone=zone, step_min=step, hours=hours)
    slots, opened = calendar.slots(day), open_spans(hours, zone, day)
    assert not calendar.shaped(day)
    for one, other in pairwise(slots):
        assert one.starts_at < one.ends_at <= other.starts_at
    assert all(slot.ends_at - slot.starts_at <= timedelta(minutes=step) for slot in slots)
    assert all(slot.covers_max is None and slot.active for slot in slots)
    for opens, closes in opened:
        moment = opens
        while moment < closes:
            slot = calendar.slot(moment)
            assert slot is not None and slot.starts_at <= moment < slot.ends_at, moment
            assert calendar.is_open(moment) is True
            moment += timedelta(minutes=7)
    opening = {opens for opens, _ in opened}
    local = [slot.starts_at.astimezone(ZoneInfo(zone)) for slot in slots if slot.starts_at not in opening]
    if len({moment.utcoffset() for moment in local}) == 1:
        assert all((moment.hour * 60 + moment.minute) % step == 0 for moment in local)


def test_the_slots_of_an_ordinary_friday():
    told = times(a_calendar())
    assert told[:2] == ["12:00", "12:15"]
    assert told[told.index("14:45") + 1] == "18:00"
    assert told[-1] == "00:45"
    assert len(told) == 12 + 28


def test_a_house_that_says_nothing_of_its_hours_is_open_all_day():
    calendar = a_calendar(hours={})
    assert calendar.spans(FRIDAY) is None
    assert calendar.is_open(at("05:00")) is None
    assert len(calendar.slots(FRIDAY)) == 96


# ---- rules and records


def test_a_rule_shapes_its_window_and_nothing_else():
    calendar = a_calendar(a_rule("18:00", "20:00", step_min=30, covers_max=12, recommended=True, pricing="€€"))
    told = times(calendar)
    assert told[11:18] == ["14:45", "18:00", "18:30", "19:00", "19:30", "20:00", "20:15"]
    slot = calendar.slot(at("19:29"))
    assert (slot.at, slot.covers_max, slot.recommended, slot.pricing) == ("19:00", 12, True, "€€")
    assert calendar.slot(at("20:00")).covers_max is None
    assert calendar.shaped(FRIDAY)


def test_fixed_times_take_arrivals_for_one_step_only():
    calendar = a_calendar(a_rule("18:00", "01:00", starts=["18:00", "20:30", "00:15"]))
    assert times(calendar)[12:] == ["18:00", "20:30", "00:15"]
    assert calendar.slot(at("18:14")).at == "18:00"
    assert calendar.slot(at("18:15")) is None and calendar.is_open(at("18:15"))
    assert calendar.slot(at("00:20")).at == "00:15"


def test_a_rule_holds_on_its_weekdays():
    calendar = a_calendar(a_rule("18:00", "20:00", weekdays=[5, 6], covers_max=3))
    assert [calendar.slot(at("19:00", FRIDAY + timedelta(days=ahead))).covers_max for ahead in range(3)] == [3, 3, None]


def test_between_the_end_of_a_window_and_the_next_step_bookings_are_taken():
    calendar = a_calendar(a_rule("18:00", "19:40", step_min=20))
    assert [slot for slot in times(calendar) if "19:00" <= slot < "20:15"] == ["19:00", "19:20", "19:40", "19:45", "20:00"]


def test_what_one_time_has_of_its_own_goes_before_its_rule():
    calendar = a_calendar(
        a_rule("18:00", "20:00", covers_max=12, incentive="a glass"),
        records=[
            a_record("19:00", covers_max=4, recommended=True), a_record("19:15", active=False),
            a_record("18:15", covers_max=0), a_record("19:30", special_event="Jazz"), a_record("19:05", pricing="€"), a_record("16:00"),
        ],
    )  # fmt: skip
    slots = {slot.at: slot for slot in calendar.slots(FRIDAY)}
    assert (slots["19:00"].covers_max, slots["19:00"].recommended, slots["19:00"].incentive) == (4, True, "a glass")
    assert [slots[clock].active for clock in ("19:00", "19:15")] == [True, False]
    assert slots["19:30"].special_event == "Jazz"
    assert slots["18:15"].covers_max == 0, "nobody, which is not the same as nothing said"
    assert (slots["19:05"].covers_max, slots["19:00"].ends_at) == (12, slots["19:05"].starts_at), "a time of its own"
    assert "16:00" not in slots, "the house is closed then"
    assert calendar.slots(FRIDAY + timedelta(days=7))[12].covers_max == 12


# ---- days on which the clocks change

CHANGES = [  # zone, service day, slots of a night from 23:00 to 04:00 on the quarter, a time that is skipped
    ("Europe/London", date(2026, 10, 24), 24, None), ("Europe/London", date(2026, 3, 28), 16, "01:30"),
    ("Australia/Lord_Howe", date(2027, 4, 3), 22, None), ("Australia/Lord_Howe", date(2027, 10, 2), 18, "02:15"),
    ("America/Santiago", date(2027, 9, 4), 16, "00:30"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "day", "count", "skipped"), CHANGES)
def test_a_night_has_the_slots_its_hours_last(zone, day, count, skipped):
    night = {str(weekday): ["23:00", "04:00"] for weekday in range(1, 8)}
    calendar = a_calendar(a_rule("23:00", "04:00", covers_max=8), zone=zone, hours=night)
    slots = calendar.slots(day)
    assert len(slots) == count
    assert {slot.ends_at - slot.starts_at for slot in slots} == {timedelta(minutes=15)}
    assert slots[-1].ends_at == service_day(day, zone)[1]
    assert len(slots) == len(a_calendar(zone=zone, hours=night).slots(day)), "with and without a rule"
    if skipped:
        assert skipped not in times(calendar, day)
        fixed = a_calendar(a_rule("23:00", "04:00", starts=["23:00", skipped]), zone=zone, hours=night)
        assert times(fixed, day) == ["23:00"]
        told = a_calendar(records=[a_record(skipped, day, covers_max=1)], zone=zone, hours=night)
        assert skipped not in times(told, day)
    else:
        twice = [slot.at for slot in slots if times(calendar, day).count(slot.at) == 2]
        assert len(twice) == 2 * (count - 20), "each time that comes twice is two slots"
        fixed = a_calendar(a_rule("23:00", "04:00", starts=twice[:1]), zone=zone, hours=night)
        assert [slot.starts_at for slot in fixed.slots(day)] == [next(s.starts_at for s in slots if s.at == twice[0])]


def test_a_window_that_ends_at_a_time_that_comes_twice_ends_at_the_second():
    night = {str(weekday): ["23:00", "04:00"] for weekday in range(1, 8)}
    calendar = a_calendar(a_rule("23:00", "01:30", covers_max=8), hours=night)
    capped = [slot for slot in calendar.slots(date(2026, 10, 24)) if slot.covers_max]
    assert len(capped) == 14 and capped[-1].ends_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


# ---- staff


@given(st.none() | st.integers(0, 300), st.none() | st.integers(0, 20), st.integers(0, 20), st.integers(0, 200))
def test_fewer_staff_never_offer_more(cap, level, needed, seats):
    offered = rules.offered_covers(cap, level=level, needed=needed, seats=seats)
    if level is None or level >= needed:
        assert offered == cap
    else:
        assert 0 <= offered <= seats * level / needed
        assert cap is None or offered <= cap * level / needed
        more = rules.offered_covers(cap, level=level + 1, needed=needed, seats=seats)
        assert more is None or offered <= more


def test_a_short_evening_offers_its_share():
    friday = {"areas": [an_area(capacity=40)], "staff_needed": 4, "levels": {FRIDAY: 3}}
    calendar = a_calendar(
        a_rule("18:00", "20:00", covers_max=12), a_rule("20:00", "21:00", "r2", covers_max=12, staff_needed=6),
        a_rule("21:00", "22:00", "r3", covers_max=12, staff_needed=0),
        records=[a_record("18:30", staff_level=1), a_record("19:00", staff_level=9)], **friday,
    )  # fmt: skip
    caps = {slot.at: slot.covers_max for slot in calendar.slots(FRIDAY)}
    assert [caps[clock] for clock in ("18:00", "18:30", "19:00", "20:00", "21:00")] == [9, 3, 12, 6, 12]
    assert caps["12:00"] == 30, "without a cap, its share of the seats"
    assert calendar.slot(at("18:00", FRIDAY + timedelta(days=1))).covers_max == 12
    assert a_calendar(**friday).shaped(FRIDAY)


# ---- special days


def test_a_closed_day_is_closed_whatever_else_is_said():
    christmas = date(2026, 12, 25)
    calendar = a_calendar(days=[
        a_day("season", date(2026, 12, 1), date(2027, 1, 5), "d1", hours=["10:00", "23:00"]),
        a_day("event", christmas, day_id="d2", hours=["18:00", "23:00"], title="Dinner"),
        a_day("closed", christmas, day_id="d3", title="Christmas"),
        a_day("event", date(2026, 12, 31), day_id="d4", title="Gala", hours=["19:00", "03:00"]),
    ])  # fmt: skip
    assert calendar.slots(christmas) == [] and calendar.is_open(at("19:00", christmas)) is False
    assert calendar.title(christmas) == "Christmas"
    assert times(calendar, date(2026, 12, 31))[:1] == ["19:00"] and times(calendar, date(2026, 12, 31))[-1] == "02:45"
    assert {slot.special_event for slot in calendar.slots(date(2026, 12, 31))} == {"Gala"}
    assert times(calendar, date(2026, 12, 2))[0] == "10:00" and calendar.event(date(2026, 12, 2)) is None
    assert calendar.is_open(at("02:30", date(2026, 12, 31))) is True, "the night of the gala goes on"
    assert times(calendar, date(2027, 1, 6))[0] == "12:00"


def test_what_is_on_at_the_usual_hours_is_shown_at_each_time():
    calendar = a_calendar(days=[a_day("event", FRIDAY, title="Jazz"), a_day("season", FRIDAY, day_id="d2", title="Advent")])
    assert {slot.special_event for slot in calendar.slots(FRIDAY)} == {"Jazz"}
    assert {slot.special_event for slot in calendar.slots(FRIDAY + timedelta(days=1))} == {None}


def test_of_two_alike_the_one_that_begins_later_counts():
    long = a_day("season", date(2026, 11, 1), date(2026, 12, 31), "d1", hours=["10:00", "23:00"])
    short = a_day("season", date(2026, 11, 16), date(2026, 11, 22), "d2", hours=["11:00", "23:00"])
    for days_ in ([long, short], [short, long]):
        assert times(a_calendar(days=days_))[0] == "11:00"


def test_a_house_that_says_nothing_of_its_hours_can_be_closed_all_the_same():
    calendar = a_calendar(hours={}, days=[a_day("closed")])
    assert calendar.is_open(at("05:00")) is False and calendar.is_open(at("02:00")) is False
    assert calendar.is_open(at("05:00", FRIDAY + timedelta(days=1))) is None


def test_a_special_day_holds_on_its_weekdays():
    calendar = a_calendar(days=[a_day("closed", FRIDAY, FRIDAY + timedelta(days=30), weekdays=[1])])
    open_ = [calendar.is_open(at("19:00", FRIDAY + timedelta(days=ahead))) for ahead in range(5)]
    assert open_ == [True, True, True, False, True]


# ---- areas

TURN = timedelta(minutes=90)


def shut(calendar, clock, day=FRIDAY):
    return set(calendar.shut(at(clock, day), at(clock, day) + TURN))


def test_a_patio_that_closes_at_nine_has_no_table_at_half_past_eight():
    """F-TAB-09"""
    calendar = a_calendar(areas=[
        an_area("hall"), an_area("patio", kind="patio", hours={str(day): ["12:00", "21:00"] for day in range(1, 8)}),
    ])  # fmt: skip
    assert shut(calendar, "20:30") == {"patio"}
    assert shut(calendar, "19:31") == {"patio"} and shut(calendar, "19:30") == set()
    assert calendar.shut(at("20:30"), at("22:00")) == {"patio": "patio: closed for part of that time"}
    assert calendar.is_open(at("16:00"), TURN) is True, "the patio is open in the afternoon"
    assert shut(calendar, "16:00") == {"hall"}
    assert calendar.is_open(at("11:00"), TURN) is False


def test_an_areas_bar_hours_reach_past_the_houses():
    bar = {str(day): ["18:00", "03:30"] for day in range(1, 8)}
    calendar = a_calendar(areas=[an_area("hall"), an_area("bar", hours=bar)])
    assert calendar.is_open(at("01:30"), TURN) is True and calendar.is_open(at("02:30"), TURN) is False
    assert shut(calendar, "01:30") == {"hall"}
    assert "01:45" in times(calendar)
    assert shut(calendar, "00:30") == set(), "the house judges the start alone"


def test_special_days_of_an_area_and_of_the_house_go_before_an_areas_usual_hours():
    own = {str(day): ["12:00", "21:00"] for day in range(1, 8)}
    areas = [an_area("hall"), an_area("patio", hours=own)]
    gala = a_calendar(areas=areas, days=[a_day("event", hours=["18:00", "03:00"])])
    assert shut(gala, "22:00") == set()
    closed = a_calendar(areas=areas, days=[a_day("closed", area_id="hall", title="Painting")])
    assert closed.shut(at("19:00"), at("20:30")) == {"hall": "hall: closed, Painting"}
    assert shut(closed, "19:00", FRIDAY + timedelta(days=1)) == set()
    whole = a_calendar(areas=areas, days=[a_day("closed")])
    assert whole.is_open(at("19:00"), TURN) is False, "a closed house has no open patio"
    assert shut(whole, "19:00") == set(), "a host who insists may have any table"


@pytest.mark.parametrize("hours", [{"5": ["12:00"]}, {"5": ["noon", "late"]}, {}])
def test_hours_of_an_area_that_nobody_can_read_are_none(hours):
    assert shut(a_calendar(areas=[an_area("hall", hours=hours)]), "20:30") == set()


def test_rain_takes_what_is_outdoors():
    areas = [an_area("hall"), an_area("patio", kind="patio"), an_area("roof", features=["outdoor"])]
    rain = WeatherRow("w1", at("18:00"), at("20:00"), None, 1)
    calendar = a_calendar(areas=areas, weather=[rain])
    assert shut(calendar, "18:30") == {"patio", "roof"}
    assert shut(calendar, "20:00") == set() and shut(calendar, "12:00") == set()
    assert calendar.shut(at("18:30"), at("20:00"))["patio"] == "patio: rain until 20:00"
    assert shut(a_calendar(areas=areas, weather=[rain], weather_gate=False), "18:30") == set()


moments = st.integers(-600, 1100).map(lambda minutes: at("12:00") + timedelta(minutes=minutes))


@given(moments, st.integers(1, 200), st.sampled_from([None, ["12:00", "21:00"], ["18:00", "02:00"], []]),
       st.sampled_from([(), ("closed",), ("event",)]), st.booleans())  # fmt: skip
def test_a_turn_is_shut_out_exactly_where_a_closure_of_its_area_meets_it(start, turn_min, own, special, rain):
    """What the planner reads as spans and what a booking is told are one truth."""
    areas = [an_area("hall"), an_area("patio", kind="patio", hours=own and {str(day): own for day in range(1, 8)})]
    days_ = [a_day(kind, area_id="patio", hours=["19:00", "23:00"] if kind == "event" else None) for kind in special]
    weather = [WeatherRow("w1", at("18:30"), at("19:30"), None, 1)] if rain else []
    calendar = a_calendar(areas=areas, days=days_, weather=weather)
    end = start + timedelta(minutes=turn_min)
    if calendar.is_open(start, end - start) is False or service_day(FRIDAY, "Europe/London")[1] < end:
        return
    told = calendar.closed(start - timedelta(hours=5), end + timedelta(hours=5))
    met = any(c.area_id == "patio" and overlap((c.starts_at, c.ends_at), (start, end)) for c in told)
    house = any(c.area_id is None and c.starts_at <= start < c.ends_at for c in told)
    indoors_only = not calendar._has_own(areas[1], start) and calendar._house_open(start) is False
    assert not house or indoors_only or calendar.is_open(start, end - start)
    assert ("patio" in calendar.shut(start, end)) == (met or indoors_only)


def test_closures_say_when_the_house_takes_nobody_in():
    calendar = a_calendar(areas=[an_area("hall")], days=[a_day("closed", FRIDAY + timedelta(days=1))])
    told = calendar.closed(at("12:00"), at("12:00") + timedelta(days=2))
    assert [(c.area_id, c.starts_at, c.ends_at) for c in told if c.area_id is None] == [
        (None, at("15:00"), at("18:00")), (None, at("01:00"), at("12:00", FRIDAY + timedelta(days=2))),
    ]  # fmt: skip
    assert [c.area_id for c in told if c.area_id] == ["hall"]


# ---- spans

spans = st.lists(st.tuples(moments, st.integers(0, 300)).map(lambda pair: (pair[0], pair[0] + timedelta(minutes=pair[1]))))


@settings(max_examples=50)
@given(spans, spans, moments)
def test_spans_are_sets_of_moments(some, others, moment):
    def has(all_):
        return any(start <= moment < end for start, end in all_)

    bounds = (at("12:00"), at("20:00"))
    assert has(merged(some)) == has(some)
    assert all(one[1] < other[0] for one, other in pairwise(merged(some)))
    assert has(without(some, others)) == (has(some) and not has(others))
    assert has(within(some, bounds)) == (has(some) and bounds[0] <= moment < bounds[1])


# ---- what makes no sense


@pytest.mark.parametrize(("rule", "field"), [
    (a_rule("18:00", "20:00", weekdays=[]), "weekdays"), (a_rule("18:00", "12:00"), "until_time"),
    (a_rule("18:00", "18:00"), "until_time"), (a_rule("18:00", "20:00", starts=["20:00"]), "starts"),
    (a_rule("18:00", "20:00", starts=["19:00"], step_min=15), "step_min"), (a_rule("13:00", "18:01"), "from_time"),
    (a_rule("01:00", "05:00"), "until_time"),
])  # fmt: skip
def test_rules_that_make_no_sense(rule, field):
    other = a_rule("18:00", "20:00", "other", weekdays=[7])
    assert rules.refuse_rule(rule, [other] if field == "from_time" else [], "04:00").field == field


def test_rules_beside_each_other():
    other = a_rule("18:00", "20:00", "other", weekdays=[5])
    for fine in (a_rule("20:00", "04:00"), a_rule("12:00", "18:00"), a_rule("18:00", "20:00", weekdays=[4, 6]),
                 a_rule("19:00", "20:00", "other", weekdays=[5])):  # fmt: skip
        assert rules.refuse_rule(fine, [other], "04:00") is None
    refused = rules.refuse_rule(a_rule("19:00", "21:00"), [other], "04:00")
    assert (refused.reason, "Friday" in refused.message) == ("overlaps", True)


@pytest.mark.parametrize(("day", "field"), [
    (a_day("closed", FRIDAY, FRIDAY - timedelta(days=1)), "last_day"), (a_day("closed", FRIDAY - timedelta(days=1)), "last_day"),
    (a_day("closed", hours=["12:00", "13:00"]), "hours"), (a_day("event", hours=["12:00"]), "hours"),
    (a_day("event", hours=[]), "hours"), (a_day("season", weekdays=[6]), "weekdays"),
    (a_day("closed", FRIDAY, FRIDAY + timedelta(days=800)), "last_day"),
])  # fmt: skip
def test_days_that_make_no_sense(day, field):
    assert rules.refuse_day(day, FRIDAY).field == field
    assert rules.refuse_day(a_day("season", FRIDAY, FRIDAY + timedelta(days=1), weekdays=[6]), FRIDAY) is None


@given(st.lists(st.sampled_from(["00:30", "09:00", "12:00", "15:00", "18:00", "23:59", "24:00", "7pm"]), max_size=6))
def test_hours_without_a_fault_can_be_kept(told):
    if hours_fault(told) is None:
        kept = open_spans({FRIDAY.isoformat(): told}, "Europe/London", FRIDAY)
        assert len(kept) == len(told) // 2
        assert merged(kept) == kept or any(one[1] == other[0] for one, other in pairwise(kept))
