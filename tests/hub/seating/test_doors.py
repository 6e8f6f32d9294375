"""The doors: fits and past visits, for those who may see them."""

from datetime import timedelta

import pytest
from httpx import ASGITransport, AsyncClient

from hub.app import make_app
from hub.core import auth
from tests.kit import FRIDAY_19, OTHER_SITE, SITE, a_room, joined


@pytest.fixture
async def door(house):
    transport = ASGITransport(make_app(house.house))  # in this test's own loop, where the pool lives
    async with AsyncClient(transport=transport, base_url="http://house.test") as client:
        client.cookies.set(auth.COOKIE, await auth.open_session(house.pool, "st_host"))
        yield client


async def fits(door, **asked):
    answer = await door.get(f"/api/sites/{SITE}/fits", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def legal(door, **asked):
    return [fit["table_ids"] for fit in (await fits(door, **asked))["fits"] if fit["legal"]]


async def test_fits_for_so_many_people(house, door):
    t = await a_room(house, ("3", 4), ("4", 4), ("9", 4))
    last = await joined(house, t["3"], t["4"])
    body = await fits(door, covers=7)
    assert body["fits"][0] == {
        "table_ids": [t["3"], t["4"]],
        "legal": True,
        "why": "Best · no booking",
        "free_min": None,
        "wasted": 1,
    }
    assert body["at_seq"] == await house.pool.fetchval("SELECT seq FROM site_head WHERE site_id = $1", SITE)
    assert len(body["fits"]) == 4
    assert last


async def test_fits_name_who_is_in_the_way(house, door):
    t = await a_room(house, ("1", 4), ("2", 4))
    await house.done("seat_party", table_ids=[t["1"]], covers=4, name="Rossi", turn_min=75)
    await house.done(
        "book",
        name="Bianchi",
        covers=2,
        starts_at=FRIDAY_19 + timedelta(minutes=30),
        table_ids=[t["2"]],
        phone="020 7946 0000",
    )
    said = {fit["table_ids"][0]: fit["why"] for fit in (await fits(door, covers=4))["fits"]}
    assert said == {t["1"]: "Taken by Rossi until about 20:15", t["2"]: "Bianchi booked at 19:30"}


async def test_fits_for_those_the_house_knows(house, door):
    t = await a_room(house, ("1", 4), ("2", 4), ("3", 6), accessible=["2"])
    party = (await house.done("add_party", name="A", covers=3, accessible=True)).result["party_id"]
    assert await legal(door, party_id=party) == [[t["2"]]]
    later = (
        await house.done(
            "book",
            name="B",
            covers=5,
            starts_at=FRIDAY_19 + timedelta(minutes=150),
            table_ids=[t["3"]],
            phone="020 7946 0000",
        )
    ).result["booking_id"]
    walk_in = (await house.done("seat_party", table_ids=[t["3"]], covers=5, name="C")).result["seating_id"]
    assert await legal(door, booking_id=later) == [[t["3"]]]  # at its own time, its own hold ignored
    assert await legal(door, seating_id=walk_in) == []
    small = (await house.done("seat_party", table_ids=[t["1"]], covers=2, name="D")).result["seating_id"]
    assert await legal(door, seating_id=small) == [[t["2"]]]


async def test_refusals(house, door):
    await a_room(house, ("1", 4))
    for asked, status in (({}, 422), ({"covers": 21}, 422), ({"covers": 0}, 422), ({"party_id": "nobody"}, 404)):
        answer = await door.get(f"/api/sites/{SITE}/fits", params=asked)
        assert answer.json()["status"] == "refused"
        assert (asked, answer.status_code) == (asked, status)
    assert (await door.get(f"/api/sites/{OTHER_SITE}/fits", params={"covers": 2})).status_code == 404
    door.cookies.clear()
    assert (await door.get(f"/api/sites/{SITE}/fits", params={"covers": 2})).status_code == 401


async def test_the_last_five_visits(house, door):
    t = await a_room(house, ("1", 4), ("2", 4))
    for number in range(6):
        party = (await house.done("seat_party", table_ids=[t["1"]], covers=2, name=f"Party {number}")).result[
            "seating_id"
        ]
        await house.pass_time(20)
        await house.done("clear_seating", seating_id=party)
        await house.done("set_table_status", table_id=t["1"], status="available")
    here = (await house.done("seat_party", table_ids=[t["1"]], covers=2, name="Here")).result["seating_id"]
    visits = (await door.get(f"/api/sites/{SITE}/tables/{t['1']}/visits")).json()
    assert [visit["name"] for visit in visits] == [f"Party {number}" for number in (5, 4, 3, 2, 1)]
    assert {visit["turn_min"] for visit in visits} == {20}
    assert (await door.get(f"/api/sites/{SITE}/tables/{t['2']}/visits")).json() == []
    assert (await door.get(f"/api/sites/{OTHER_SITE}/tables/{t['1']}/visits")).status_code == 404
    assert here
