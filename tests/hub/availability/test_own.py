"""What the asker has already is in nobody's way: a time kept while its booking is filled in, a booking to be moved."""

from contextlib import aclosing
from datetime import timedelta

from tests.hub.availability.evening import asked_why, booked, states, the_day, thinking
from tests.kit import FRIDAY_19, SITE, a_room, joined

AT_20 = FRIDAY_19 + timedelta(hours=1)
FRIDAY = "2026-11-20"


def free(day) -> set[str]:
    return {at for at, state in states(day).items() if state == "free"}


async def test_what_is_free_by_pushing_three_tables_together_is_booked_without_naming_them(served, monkeypatch):
    house = served.house
    await thinking(house, monkeypatch)
    t = await a_room(house, ("1", 4), ("2", 4), ("3", 4), ("4", 2))
    for a, b in (("1", "2"), ("2", "3")):
        await joined(house, t[a], t[b])
    async with aclosing(await served.signed_in("host")) as host:
        assert "20:00" in free(await the_day(host, date=FRIDAY, covers=11))
    taken = await house.done("book", name="Eleven", covers=11, starts_at=AT_20)
    assert set(taken.result["table_ids"]) == {t["1"], t["2"], t["3"]}


async def test_ones_own_booking_or_kept_time_does_not_count(served, monkeypatch):
    house = served.house
    await thinking(house, monkeypatch)
    t = await a_room(house, ("1", 2), ("2", 4))
    couple = await booked(house, "Okafor", t["2"], covers=2, at=AT_20)
    async with aclosing(await served.signed_in("host")) as host, aclosing(await served.signed_in("kitchen")) as cook:

        async def says(**query):
            return await the_day(host, date=FRIDAY, covers=4, **query)

        day = await says()
        assert {slot["at"]: slot["moves"] for slot in day["slots"] if slot["state"] == "moving"}["20:00"] == 1
        assert "20:00" in free(await says(but=couple)) and "20:00" not in free(day)
        assert free(await says(but="nobody")) == free(day)
        for_cook = {"date": FRIDAY, "covers": 4, "but": couple}
        assert "20:00" not in free(await the_day(cook, **for_cook)), "whoever may not read the book has nothing in it"

        kept = await house.done("hold_slot", covers=4, starts_at=FRIDAY_19 + timedelta(hours=3))
        mine = kept.result["checkout_id"]
        assert "22:00" not in free(await says()) and "22:00" in free(await says(but=mine))
        at_22 = {"starts_at": (FRIDAY_19 + timedelta(hours=3)).isoformat(), "covers": 4}
        assert (await asked_why(host, **at_22))["state"] == "full"
        assert (await asked_why(host, **at_22, but=mine))["state"] == "free"

        async def checked(**more):
            answer = await host.post(f"/api/sites/{SITE}/check", json={**at_22, **more})
            assert answer.status_code == 200, answer.text
            return answer.json()

        assert (await checked())["valid"] is False
        assert (await checked(checkout_id=mine))["table_ids"] == [t["2"]]

        today = (await host.get(f"/api/sites/{SITE}/calendar", params={"covers": 4, "days": 1})).json()["days"][0]
        private = {"covers": 4, "days": 1, "area_id": "none such"}
        assert not (await host.get(f"/api/sites/{SITE}/calendar", params=private)).json()["days"][0]["open"]
        times = [slot for slot in (await says())["slots"] if slot["reason"] != "past"]
        assert (today["free"], today["times"]) == (len(free(await says())), len(times))
