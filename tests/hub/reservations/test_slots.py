"""Bookings and the house's calendar: what is closed, full, shut or wet, for guests and for the host who may insist."""

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from hub.app import make_app
from hub.core import auth
from schemas.base import Done
from tests.hub.holds.at_work import at_work
from tests.hub.reservations.book import EMAIL, GUEST, MANAGER, PHONE, at, booked, policy
from tests.kit import SITE, a_room

FRIDAY = "2026-11-20"
AT_20 = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
EVENING = {"weekdays": [5], "from_time": "18:00", "until_time": "23:00"}
WEB = {"name": "Silva", "source": "web", "email": EMAIL}


def local(answer):
    return [other.starts_at.strftime("%d %H:%M") for other in answer.about]


async def give(house, command, /, **args):
    return (await house.done(command, actor=MANAGER, **args)).result


async def check(house, **wish):
    """What the dialog would be told."""
    session = {"cookie": f"{auth.COOKIE}={await auth.open_session(house.pool, 'st_host')}"}
    transport = httpx.ASGITransport(app=make_app(house.house))
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test", headers=session) as client:
        wish = {"covers": 4, "starts_at": AT_20.isoformat(), "phone": "+44 20 7946 0990"} | wish
        answer = await client.post(f"/api/sites/{SITE}/check", json=wish)
        assert answer.status_code == 200, answer.text
        return answer.json()


def said(checked):
    return {(problem["severity"], problem["reason"]) for problem in checked["problems"] if problem["severity"] != "info"}


async def test_a_closed_date_says_closed_and_when_instead(house):
    """F-AVL-07"""
    await a_room(house, ("T1", 4))
    await give(house, "set_special_day", kind="closed", title="Painting", first_day=FRIDAY)
    refused = await house.refused("book", "closed", covers=4, starts_at=AT_20.isoformat(), **WEB)
    assert (refused.code, refused.field) == ("invalid", "starts_at")
    assert refused.message == "The house is closed on Friday 20 November: Painting."
    assert local(refused) == ["21 20:00", "27 20:00"]
    checked = await check(house)
    assert (checked["valid"], said(checked)) == (True, {("warning", "closed")})
    assert [other["starts_at"][:10] for other in checked["alternatives"]] == ["2026-11-21", "2026-11-27"]
    insisted = await booked(house, 60, phone=PHONE)
    assert insisted.table_ids and insisted.warnings == [refused.message]


async def test_a_long_holiday_offers_the_first_days_after_it(house):
    await a_room(house, ("T1", 4))
    await give(house, "set_special_day", kind="closed", title="Holidays", first_day=FRIDAY, last_day="2026-12-09")
    refused = await house.refused("book", "closed", covers=4, starts_at=AT_20.isoformat(), **WEB)
    assert local(refused) == ["10 20:00", "11 20:00", "12 20:00"]
    assert refused.about[0].reason == "20 days later at the same time"
    await policy(house, "booking.max_days_ahead", 10)
    assert (await house.refused("book", "closed", covers=4, starts_at=AT_20.isoformat(), **WEB)).about == []


async def test_changing_the_covers_of_a_time_changes_offers_at_once(house):
    """F-AVL-11, I2"""
    await a_room(house, *((f"T{number}", 4) for number in range(1, 7)))
    rule = await give(house, "set_slot_rule", **EVENING, covers_max=8)
    for minute in (0, 14):
        await booked(house, 60 + minute, phone=f"+44 20 7946 01{minute:02}")
    refused = await house.refused("book", "slot_full", covers=4, starts_at=AT_20.isoformat(), **WEB)
    assert (refused.code, refused.field) == ("conflict", "starts_at")
    assert local(refused) == ["20 20:15", "20 19:45", "20 20:30"], "the next slots have room"
    assert said(await check(house)) == {("warning", "slot_full")}
    await give(house, "set_slot", on=FRIDAY, at="20:00", covers_max=12)
    assert said(await check(house)) == set()
    await house.done("book", covers=4, starts_at=AT_20.isoformat(), **WEB)
    await give(house, "set_slot_rule", **rule, covers_max=3)
    refused = await house.refused("book", "slot_full", covers=4, starts_at=at(house, 90), **WEB | {"name": "Wang", "email": "w@example.test"})
    assert local(refused) == ["27 20:30"] or all(moment.startswith(("21", "27")) for moment in local(refused))
    over = await booked(house, 60, name="Wang", phone="+44 20 7946 0199")
    assert over.warnings == ["At 20:00 12 of 12 covers are booked; 4 more are too many."]


async def test_a_guest_is_not_told_how_many_come(house):
    from hub.reservations import actions
    from schemas.reservations import Book

    await a_room(house, ("T1", 4), ("T2", 4))
    await give(house, "set_slot_rule", **EVENING, covers_max=4)
    await booked(house)
    async with at_work(house) as work:
        work.actor = GUEST
        wish = Book(site_id=SITE, key="guests-0001", covers=4, starts_at=AT_20, **WEB)
        refused = await actions.take(work, wish)
    assert (refused.reason, refused.message) == ("slot_full", "That time is full for a party of this size.")
    assert refused.about and all(other.table_ids == [] for other in refused.about)


async def test_a_time_that_is_not_offered_and_one_between_the_times(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    await give(house, "set_slot_rule", **EVENING, starts=["18:30", "20:00", "21:30"])
    refused = await house.refused("book", "no_slot", covers=4, starts_at=at(house, 120), **WEB)
    assert local(refused)[:2] == ["20 21:30", "20 20:00"]
    await give(house, "set_slot", on=FRIDAY, at="20:00", active=False)
    refused = await house.refused("book", "slot_closed", covers=4, starts_at=AT_20.isoformat(), **WEB)
    assert refused.message == "20:00 is not offered on Friday 20 November."
    insisted = await booked(house, 60, phone=PHONE)
    assert insisted.warnings == [refused.message]


async def test_rain_takes_the_patio_out_of_offers(house):
    """F-AVL-08"""
    inside = await a_room(house, ("T1", 2))
    patio = await give(house, "put_area", name="Patio", kind="patio")
    outside = (await give(house, "put_table", area_id=patio["area_id"], number="P1", min_covers=1, max_covers=4))["table_id"]
    assert (await check(house))["table_ids"] == [outside]
    rain = await house.done("set_weather", starts_at=at(house, 0), ends_at=at(house, 120))
    checked = await check(house)
    assert (checked["table_ids"], said(checked)) == ([], {("error", "full")})
    assert checked["alternatives"][0]["starts_at"].startswith("2026-11-20T21:00"), "the rain is over by then"
    refused = await house.refused("book", "full", covers=4, starts_at=AT_20.isoformat(), **WEB)
    assert local(refused)[0] == "20 21:00"
    assert (await check(house, covers=2))["table_ids"] == [inside["T1"]]
    named = await check(house, table_ids=[outside])
    assert (named["valid"], said(named)) == (True, {("warning", "area_shut")})
    refused = await house.refused("book", "area_shut", covers=4, starts_at=AT_20.isoformat(), table_ids=[outside], **WEB)
    assert refused.field == "table_ids"
    insisted = await booked(house, 60, table_ids=[outside], phone=PHONE)
    assert insisted.warnings == ["Table P1 is not offered then. Patio: rain until 21:00."]
    await house.done("cancel_booking", booking_id=insisted.booking_id)
    await house.done("undo", seq=rain.seq)
    await house.pool.execute("UPDATE hold SET status = 'released' WHERE status = 'held'")
    assert (await check(house))["table_ids"] == [outside]


async def test_an_area_that_closes_early_is_not_booked_past_its_hours(house):
    """F-TAB-09"""
    await a_room(house, ("T1", 2))
    patio = await give(house, "put_area", name="Patio", hours={"5": ["12:00", "21:00"]})
    outside = (await give(house, "put_table", area_id=patio["area_id"], number="P1", min_covers=1, max_covers=4))["table_id"]
    half_past_seven = datetime(2026, 11, 20, 19, 30, tzinfo=UTC).isoformat()
    assert (await check(house, starts_at=half_past_seven))["table_ids"] == [outside]
    taken = await house.done("book", covers=4, starts_at=half_past_seven, **WEB)
    assert taken.result["table_ids"] == [outside], "the table is cleaned after hours"
    await house.done("undo", seq=taken.seq)
    late = datetime(2026, 11, 20, 20, 30, tzinfo=UTC).isoformat()
    assert said(await check(house, starts_at=late)) == {("error", "full")}
    assert (await check(house, starts_at=late, duration_min=30))["table_ids"] == [outside]


async def test_a_booking_that_moves_or_grows_is_held_to_the_same(house):
    await a_room(house, *((f"T{number}", 6) for number in range(1, 7)))
    await give(house, "set_slot_rule", **EVENING, covers_max=6)
    one = await booked(house, 60, phone=PHONE)
    two = await booked(house, 90, covers=4, name="Wang", phone="+44 20 7946 0001")
    moved = await house.done("reschedule_booking", booking_id=two.booking_id, starts_at=AT_20.isoformat(), covers=3)
    assert moved.result["warnings"] == ["At 20:00 4 of 6 covers are booked; 3 more are too many."]
    grown = await house.done("edit_booking", booking_id=one.booking_id, covers=5)
    assert "At 20:00 3 of 6 covers are booked; 5 more are too many." in grown.result["warnings"]
    shrunk = await house.done("edit_booking", booking_id=one.booking_id, covers=3)
    assert shrunk.result["warnings"] == []
    same = await house.done("reschedule_booking", booking_id=one.booking_id, starts_at=at(house, 61), covers=3)
    assert same.result["warnings"] == [], "what moves is not counted twice"
    async with at_work(house) as work:
        from hub.reservations import changes
        from schemas.reservations import EditBooking, RescheduleBooking

        work.actor = GUEST
        refused = await changes.edit(
            work, EditBooking(site_id=SITE, key="guests-0001", booking_id=same.result["booking_id"], covers=6)
        )
        assert (refused.reason, bool(refused.about)) == ("slot_full", True)
        refused = await changes.reschedule(work, RescheduleBooking(
            site_id=SITE, key="guests-0002", booking_id=same.result["booking_id"], starts_at=AT_20 + timedelta(minutes=5), covers=4,
        ))  # fmt: skip
        assert refused.reason == "slot_full"


async def test_the_day_at_its_door(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    await give(house, "set_slot_rule", **EVENING, covers_max=5, incentive="a glass of wine")
    await give(house, "set_slot", on=FRIDAY, at="20:15", covers_max=4, recommended=True, special_event="Jazz")
    await give(house, "set_slot", on=FRIDAY, at="20:30", active=False)
    await booked(house, 60, phone=PHONE)
    wang = await booked(house, 75, name="Wang", phone="+44 20 7946 0001")
    session = {"cookie": f"{auth.COOKIE}={await auth.open_session(house.pool, 'st_server')}"}
    transport = httpx.ASGITransport(app=make_app(house.house))
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test", headers=session) as client:
        day = (await client.get(f"/api/sites/{SITE}/slots/{FRIDAY}")).json()
        slots = {slot["at"]: slot for slot in day["slots"]}
        assert (day["open"], slots["12:00"]["covers_max"], slots["20:00"]["covers_booked"], slots["20:00"]["bookings"]) == (True, None, 4, 1)
        assert [(slots[at]["state"], slots[at]["flags"]) for at in ("20:00", "20:15", "20:30", "21:00")] == [
            ("available", ["off_peak", "filling_fast"]), ("full", ["recommended", "off_peak"]), ("closed", ["off_peak"]),
            ("available", ["off_peak"]),
        ]  # fmt: skip
        config = (await client.get(f"/api/sites/{SITE}/slots/config")).json()
        assert config["event"] == {"starts": ["12:00", "15:00", "18:00", "21:00"], "pref_shift_min": 30, "max_shift_min": 60}
        assert (len(config["rules"]), len(config["records"])) == (1, 2)
        tomorrow = (await client.get(f"/api/sites/{SITE}/slots/2026-11-21")).json()
        assert [slot["covers_booked"] for slot in tomorrow["slots"]] == [0] * 46
        await house.done("cancel_booking", booking_id=wang.booking_id)
        day = (await client.get(f"/api/sites/{SITE}/slots/{FRIDAY}")).json()
        assert {slot["at"]: slot["covers_booked"] for slot in day["slots"]}["20:15"] == 0
        for nonsense in ("9999-12-31", "0001-01-01", "tomorrow"):
            assert (await client.get(f"/api/sites/{SITE}/slots/{nonsense}")).status_code in {400, 404, 422}


async def test_a_night_may_outlast_its_service_day(house):
    await a_room(house, ("T1", 4))
    wish = WEB | {"covers": 4, "starts_at": "2026-11-21T04:30:00Z", "duration_min": 30}
    await house.refused("book", "closed", **wish)
    await give(house, "set_special_day", kind="event", title="All night", first_day=FRIDAY, hours=["19:00", "05:00"])
    await house.done("book", **wish)


@pytest.mark.parametrize("on", [date(2027, 3, 27), date(2027, 10, 30)])
async def test_a_night_the_clocks_change_is_capped_by_its_real_slots(house, on):
    await a_room(house, *((f"T{number}", 4) for number in range(1, 5)))
    await house.pool.execute("UPDATE site SET opening_hours = $1", {str(day): ["18:00", "03:45"] for day in range(1, 8)})
    await house.set_now(datetime(on.year, on.month, on.day, 12, 0, tzinfo=UTC))
    await give(house, "set_slot_rule", weekdays=[6], from_time="22:00", until_time="03:45", covers_max=4)
    one_utc = datetime(on.year, on.month, on.day, tzinfo=UTC) + timedelta(hours=24, minutes=30)
    taken = []
    for hours in (0, 1):
        wish = {"covers": 4, "starts_at": (one_utc + timedelta(hours=hours)).isoformat(), "duration_min": 15}
        for person in range(2):
            answer = await house.give("book", name="S", source="web", email=f"s{hours}{person}@example.test", **wish)
            taken.append(isinstance(answer, Done) or answer.reason)
    assert taken == [True, "slot_full", True, "slot_full"]
