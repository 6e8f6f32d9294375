"""What a change of the calendar would mean for who is booked: told before anybody makes it, and told right."""

from datetime import timedelta

import httpx
import pytest

from hub.app import make_app
from hub.core import auth
from tests.hub.reservations.book import MANAGER, booked
from tests.kit import SITE, a_room

FRIDAY, SATURDAY = "2026-11-20", "2026-11-21"
EVENING = {"weekdays": [5], "from_time": "18:00", "until_time": "23:00"}


async def effects(house, command, *, staff="st_manager", status=200, **wish):
    session = {"cookie": f"{auth.COOKIE}={await auth.open_session(house.pool, staff)}"}
    transport = httpx.ASGITransport(app=make_app(house.house))
    body = {"command": command, "site_id": SITE, "key": "only-asked", **wish}
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test", headers=session) as client:
        answer = await client.post(f"/api/sites/{SITE}/slots/effects", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
async def evening(house):
    """20:00 Silva (4) and Wang (4), booked in this order; 21:00 Okafor (2); the first two at T1 and T2."""
    await a_room(house, ("T1", 4), ("T2", 4), ("T3", 2))
    for minutes, covers, name in ((60, 4, "Silva"), (60, 4, "Wang"), (120, 2, "Okafor")):
        await booked(house, minutes, covers=covers, name=name, phone=f"+44 20 7946 0{ord(name[0]):03d}")
        await house.pass_time(0.01)
    return house


def told(answer):
    assert answer["refused"] is None
    assert (answer["count"], answer["covers"]) == (len(answer["bookings"]), sum(one["covers"] for one in answer["bookings"]))
    return [one["name"] for one in answer["bookings"]]


async def test_who_is_booked_on_a_day_that_is_closed_is_told_with_when_and_where(evening):
    answer = await effects(evening, "set_special_day", kind="closed", title="Painting", first_day=FRIDAY)
    assert told(answer) == ["Silva", "Wang", "Okafor"] and answer["seen"] == 3
    first = answer["bookings"][0]
    assert (first["service_date"], first["starts_at"], len(first["tables"]), first["why"]) == (
        FRIDAY, "2026-11-20T20:00:00Z", 1, "The house is closed on Friday 20 November: Painting.",
    )  # fmt: skip
    assert told(await effects(evening, "set_special_day", kind="closed", title="x", first_day=SATURDAY)) == []
    early = await effects(evening, "set_special_day", kind="event", title="Party", first_day=FRIDAY, hours=["12:00", "20:30"])
    assert told(early) == ["Okafor"]
    for table in ("special_day", "slot_rule"):
        assert await evening.pool.fetchval(f"SELECT count(*) FROM {table}") == 0, "a look is no change"


async def test_of_too_many_those_who_booked_last_are_told(evening):
    assert told(await effects(evening, "set_slot_rule", **EVENING, covers_max=8)) == []
    answer = await effects(evening, "set_slot_rule", **EVENING, covers_max=4)
    assert told(answer) == ["Wang"] and answer["bookings"][0]["why"] == "8 covers are booked for 20:00, where 4 may come."
    assert told(await effects(evening, "set_slot_rule", **EVENING, starts=["18:00", "21:00"])) == ["Silva", "Wang"]
    assert told(await effects(evening, "set_slot", on=FRIDAY, at="20:00", active=False)) == ["Silva", "Wang"]
    assert told(await effects(evening, "set_slot", on=FRIDAY, at="20:00", covers_max=3)) == ["Silva", "Wang"]


async def test_what_is_so_already_is_not_told_again(evening):
    rule = (await evening.done("set_slot_rule", actor=MANAGER, **EVENING, covers_max=4)).result
    assert told(await effects(evening, "set_slot_rule", **rule, covers_max=3)) == ["Silva"], "Wang was over the cap before"
    assert told(await effects(evening, "delete_slot_rule", **rule)) == []


async def test_rain_an_area_and_a_short_staff(evening):
    patio = (await evening.done("put_area", actor=MANAGER, name="Patio", kind="patio")).result["area_id"]
    table, _ = [
        (await evening.done("put_table", actor=MANAGER, area_id=patio, number=number, min_covers=1, max_covers=2)).result["table_id"]
        for number in ("P1", "P2")
    ]
    await booked(evening, 60, covers=2, name="Ray", phone="+44 20 7946 0999", table_ids=[table])
    unplaced = await booked(evening, 120, covers=2, name="Unplaced", phone="+44 20 7946 0998", area_id=patio)
    await evening.pool.execute("DELETE FROM hold WHERE owner_id = $1", unplaced.booking_id)
    rain = {"starts_at": "2026-11-20T20:30:00Z", "ends_at": "2026-11-20T22:00:00Z"}
    answer = await effects(evening, "set_weather", **rain, staff="st_host")
    assert told(answer) == ["Ray", "Unplaced"] and answer["bookings"][0]["why"] == "Patio: rain until 22:00."
    assert (answer["bookings"][1]["tables"], answer["bookings"][1]["why"]) == ([], "Patio: rain until 22:00."), "it asked for the patio"
    assert told(await effects(evening, "set_special_day", kind="closed", title="Wedding", first_day=FRIDAY, area_id=patio)) == ["Ray", "Unplaced"]
    await evening.done("set_slot_rule", actor=MANAGER, **EVENING, covers_max=10, staff_needed=5)
    assert told(await effects(evening, "set_staff_level", on=FRIDAY, level=4)) == ["Ray"], "10 covers where 8 may come"
    assert told(await effects(evening, "set_staff_level", on=FRIDAY, level=2)) == ["Wang", "Ray"], "where 4 may come"


async def test_guests_who_are_over_or_gone_do_not_count(evening):
    gone = (await evening.rows())
    silva = next(row for (_, kind, _), row in gone.items() if kind == "booking" and row["name"] == "Silva")
    await evening.done("cancel_booking", booking_id=silva["id"])
    answer = await effects(evening, "set_special_day", kind="closed", title="x", first_day=FRIDAY)
    assert told(answer) == ["Wang", "Okafor"]
    await evening.pass_time(timedelta(days=1) / timedelta(minutes=1))
    assert told(await effects(evening, "set_special_day", kind="closed", title="x", first_day=SATURDAY)) == []


@pytest.mark.parametrize(("command", "wish", "field"), [
    ("set_slot_rule", EVENING | {"until_time": "18:00"}, "until_time"), ("set_slot_rule", {"weekdays": [5]}, "from_time"),
    ("set_special_day", {"kind": "closed", "title": "x", "first_day": FRIDAY, "last_day": "2026-11-01"}, "last_day"),
    ("set_slot", {"on": "2026-11-19", "at": "19:00"}, "on"), ("delete_weather", {"weather_id": "nothing"}, "weather_id"),
    ("set_weather", {"starts_at": "2026-11-20T20:30:00Z", "ends_at": "2026-11-20T20:30:00Z"}, "ends_at"),
    ("set_staff_level", {"on": "2026-11-19", "level": 3}, "on"),
])  # fmt: skip
async def test_what_would_be_refused_is_refused_here_as_well(house, command, wish, field):
    answer = await effects(house, command, **wish)
    refused = await house.refused(command, actor=MANAGER, **wish)
    assert (answer["refused"]["field"], answer["refused"]["message"]) == (field, refused.message)


async def test_only_who_may_make_a_change_asks_what_it_would_do(house):
    closing = {"kind": "closed", "title": "x", "first_day": FRIDAY}
    await effects(house, "set_special_day", **closing, staff="st_host", status=403)
    await effects(house, "set_staff_level", on=FRIDAY, level=3, staff="st_server", status=403)
