"""The doors of the plan: of tonight and of another day, and what would be if, with its commands given for real."""

from contextlib import aclosing

from hub.core.actor import Actor
from tests.hub.planning.evening import AT_20, AT_21, DAY, a_double, head, tables_of
from tests.kit import SITE, a_room

MANAGER = Actor.staff("st_manager")


async def booked(house, name, *table_ids, covers=2, at=AT_20):
    done = await house.done("book", name=name, covers=covers, starts_at=at, table_ids=list(table_ids))
    return done.result["booking_id"]


async def planned(house):
    """Everything but the waiting line's own figures, which the house works out beside."""
    return {at: row for at, row in (await house.rows()).items() if at[1] not in ("", "quote")}


async def test_the_plan_of_any_day_is_made_for_whoever_asks(served):
    house = served.house
    house.house.minds = a_double()
    t = await a_room(house, ("1", 2), ("2", 4))
    a = await booked(house, "A", t["1"])
    tomorrow = AT_20.replace(day=AT_20.day + 1)
    b = await booked(house, "B", t["2"], covers=4, at=tomorrow)
    async with aclosing(await served.signed_in("host")) as host:
        tonight = (await host.get(f"/api/sites/{SITE}/plan")).json()
        assert tonight["service_date"] == DAY.isoformat()
        assert 0 < tonight["basis"] <= await head(house)
        assert [(seat["owner_id"], seat["table_ids"]) for seat in tonight["seats"]] == [(a, [t["1"]])]
        assert tonight["score"]["covers"] == 2
        other = (await host.get(f"/api/sites/{SITE}/plan", params={"date": "2026-11-21"})).json()
        assert [seat["owner_id"] for seat in other["seats"]] == [b]
        await house.done("cancel_booking", booking_id=a)
        assert (await host.get(f"/api/sites/{SITE}/plan")).json()["seats"] == []
        for wrong in ("yesterday", "2036-01-01"):
            answer = await host.get(f"/api/sites/{SITE}/plan", params={"date": wrong})
            assert (answer.status_code, answer.json()["field"]) == (422, "date")
    async with aclosing(await served.signed_in("kitchen")) as kitchen:
        assert (await kitchen.get(f"/api/sites/{SITE}/plan")).status_code == 403


async def test_what_would_be_if_and_its_commands_make_it_so(served):
    house = served.house
    house.house.minds = a_double()
    t = await a_room(house, ("1", 2), ("2", 4), ("3", 4))
    a = await booked(house, "A", t["2"], covers=4)
    before = await planned(house)
    async with aclosing(await served.signed_in("manager")) as manager:
        asked = {"changes": [
            {"change": "lose_table", "table_id": t["2"]},
            {"change": "add_party", "covers": 2, "starts_at": AT_21.isoformat()},
        ]}  # fmt: skip
        told = (await manager.post(f"/api/sites/{SITE}/what-if", json=asked)).json()
        assert await planned(house) == before  # nothing of it is written
        assert (told["present"]["covers"], told["after"]["covers"], told["after"]["moves"]) == (4, 6, 1)
        for step in told["adopt"]:
            filled = {"name": "Extra", "phone": "+44 20 7946 0001"} if step["needs"] else {}
            await house.done(step["command"], actor=MANAGER, **{**step["body"], **filled})
        assert await tables_of(house, a) == [t["3"]]
        assert (await house.row("table", t["2"])).status == "out_of_service"
        assert await house.pool.fetchval("SELECT count(*) FROM booking") == 2
        wrong = await manager.post(
            f"/api/sites/{SITE}/what-if", json={"changes": [{"change": "lose_table", "table_id": "none"}]}
        )
        assert wrong.status_code == 404
        nothing = await manager.post(f"/api/sites/{SITE}/what-if", json={"changes": []})
        assert (nothing.status_code, nothing.json()["field"]) == (422, "changes")
    async with aclosing(await served.signed_in("server")) as server:
        assert (await server.post(f"/api/sites/{SITE}/what-if", json=asked)).status_code == 403
