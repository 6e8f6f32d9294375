"""What a guest may move their booking to: only times the house's calendar has room for."""

from datetime import date, timedelta

from hub.bookings import views as book
from hub.core.actor import Actor
from hub.tickets import views
from hub.venues import views as venues
from tests.hub.tickets.at_work import ADA, GUEST, TOMORROW_19, a_house, booked, verified
from tests.kit import ORG, SITE

MANAGER = Actor.staff("st_manager")
SATURDAY = date(2026, 11, 21)


async def times(house, booking, covers=2, day=SATURDAY):
    async with house.pool.acquire() as db:
        site, policies = await venues.site(db, SITE), await house.policies_of(db, ORG, SITE)
        row = await book.booking(db, SITE, booking["booking_id"])
        found = await views.free_times(db, site, row, day=day, covers=covers, now=house.now, policies=policies)
        closed = await views.is_closed(db, site, policies, day)
    return [f"{moment:%H:%M}" for moment in found], closed


async def test_the_times_of_a_day_are_those_of_its_calendar(house):
    await a_house(house)
    booking = await booked(house)
    usual, closed = await times(house, booking)
    assert (usual[0], usual[-1], closed) == ("12:00", "22:00", False)
    rule = {"weekdays": [6], "from_time": "18:00", "until_time": "23:30", "covers_max": 4}
    await house.done("set_slot_rule", actor=MANAGER, **rule, starts=["18:30", "21:00", "22:30"])
    shaped, _ = await times(house, booking)
    assert [at for at in shaped if at >= "18:00"] == ["18:30", "21:00"], "at half past ten no whole turn is left"
    await house.done("book", name="Grace", covers=3, starts_at=(TOMORROW_19 + timedelta(hours=2)).isoformat(), phone="+442079460111")
    assert [at for at in (await times(house, booking))[0] if at >= "18:00"] == ["18:30"]
    await house.done("set_special_day", actor=MANAGER, kind="closed", title="Painting", first_day=str(SATURDAY))
    assert await times(house, booking) == ([], True)


async def test_an_evening_of_its_own_hours_may_be_moved_into(house):
    await a_house(house)
    booking = await booked(house)
    await house.done(
        "set_special_day", actor=MANAGER, kind="event", title="Gala", first_day=str(SATURDAY), hours=["18:00", "02:00"]
    )
    assert (await times(house, booking))[0][-1] == "00:30"
    move = {"verification_id": await verified(house, booking["ticket"]), "booking_id": booking["booking_id"], "covers": 2}
    at_midnight = (TOMORROW_19 + timedelta(hours=5)).isoformat()
    moved = await house.done("move_own", actor=GUEST, starts_at=at_midnight, **move)
    assert (await house.row("booking", moved.result["booking_id"])).starts_at == TOMORROW_19 + timedelta(hours=5)
    assert ADA["name"]


async def test_it_does_not_rain_on_guests(house):
    await a_house(house)
    booking = await booked(house)
    await house.pool.execute("UPDATE area SET kind = 'patio'")
    rain = {"starts_at": TOMORROW_19.isoformat(), "ends_at": (TOMORROW_19 + timedelta(hours=1)).isoformat()}
    await house.done("set_weather", **rain)
    dry, _ = await times(house, booking)
    assert "17:30" in dry and "20:00" in dry
    assert not [at for at in dry if "17:30" < at < "20:00"]
