"""The waiting line and the house's calendar: nobody waits for a closed day, nobody is offered what may not be booked."""

from datetime import timedelta

from hub.core.actor import Actor
from tests.hub.waitlist.evening import AT_20, booked, for_time, given_back, offer_of, strike
from tests.kit import a_room

MANAGER = Actor.staff("st_manager")
EVENING = {"weekdays": [5], "from_time": "18:00", "until_time": "23:00"}
FRIDAY = "2026-11-20"


async def test_a_full_time_is_waited_for_and_a_closed_one_is_not(house):
    await a_room(house, ("T1", 4))
    await house.done("set_slot_rule", actor=MANAGER, **EVENING, covers_max=1)
    party = await for_time(house, "Ada")
    assert (await house.row("party", party)).status == "active"
    await house.done("set_special_day", actor=MANAGER, kind="closed", title="Painting", first_day=FRIDAY)
    refused = await house.refused(
        "join_waitlist", "closed", name="Bo", covers=2, wanted_at=AT_20, phone="+44 20 7946 0555"
    )
    assert refused.field == "wanted_at"


async def test_a_table_given_back_is_offered_within_the_covers_of_its_time(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    rule = (await house.done("set_slot_rule", actor=MANAGER, **EVENING, covers_max=4)).result
    stays, goes = await booked(house, tables["T1"], covers=3), await booked(house, tables["T2"])
    party = await for_time(house, "Ada")
    assert await given_back(house, goes) == [], "with hers it would be five"
    await house.pass_time(1)
    await strike(house)  # the opening is over
    await house.done("set_slot_rule", actor=MANAGER, **rule, covers_max=5)
    goes = await booked(house, tables["T2"])
    assert await given_back(house, goes) == [party]
    assert stays


async def test_an_offer_is_kept_though_the_time_has_filled_since(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    await house.done("set_slot_rule", actor=MANAGER, **EVENING, covers_max=4)
    goes = await booked(house, tables["T2"], covers=4)
    party = await for_time(house, "Ada")
    assert await given_back(house, goes) == [party]
    await booked(house, tables["T1"], covers=4)
    offer = await offer_of(house, party)
    accepted = await house.done("answer_offer", offer_id=offer["id"], answer="accept")
    row = await house.row("booking", accepted.result["booking_id"])
    assert (row.starts_at, row.covers) == (AT_20, 2)


async def test_nobody_is_offered_a_table_in_the_rain(house):
    await a_room(house, ("T1", 2))
    patio = (await house.done("put_area", actor=MANAGER, name="Patio", kind="patio")).result["area_id"]
    outside = await house.done("put_table", actor=MANAGER, area_id=patio, number="P1", min_covers=1, max_covers=4)
    party = await for_time(house, "Ada", covers=4)
    for rain, asked in ((timedelta(minutes=30), []), (timedelta(minutes=-30), [party])):
        goes = await booked(house, outside.result["table_id"], covers=4)
        told = await house.done("set_weather", starts_at=house.now, ends_at=AT_20 + rain)
        assert await given_back(house, goes) == asked
        await house.pass_time(1)
        await strike(house)
        await house.done("delete_weather", weather_id=told.result["weather_id"])
