"""Words for tests of availability: a house whose minds answer at once, its doors, a booking."""

from typing import Any

from hub.planning import minds as minds_module
from tests.hub.planning.evening import a_double
from tests.kit import SITE, LawfulHouse

COLD_S = 240.0  # loops that nobody has compiled yet, on a busy box


async def thinking(house: LawfulHouse, monkeypatch: Any, mode: str = "asked") -> None:
    """Minds that get all the time they need to be warm, and then answer exactly."""
    house.house.minds = a_double(mode)
    for name in ("GRACE_S", "WARMING_S"):
        monkeypatch.setattr(minds_module, name, COLD_S)


async def booked(house: LawfulHouse, name: str, *table_ids: str, covers: int, at: Any, **more: Any) -> str:
    done = await house.done("book", name=name, covers=covers, starts_at=at, table_ids=list(table_ids), **more)
    return done.result["booking_id"]


async def tables_of(house: LawfulHouse, booking_id: str) -> list[str]:
    records = await house.pool.fetch(
        "SELECT table_id FROM hold WHERE site_id = $1 AND owner_id = $2 AND status = 'held' ORDER BY table_id",
        SITE, booking_id,
    )  # fmt: skip
    return [record["table_id"] for record in records]


async def the_day(client: Any, **query: Any) -> dict[str, Any]:
    answer = await client.get(f"/api/sites/{SITE}/availability", params=query, timeout=COLD_S)
    assert answer.status_code == 200, answer.text
    return answer.json()


def states(day: dict[str, Any]) -> dict[str, str]:
    return {slot["at"]: slot["state"] for slot in day["slots"]}


async def asked_why(client: Any, **wish: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/sites/{SITE}/why-not", json=wish, timeout=COLD_S)
    assert answer.status_code == 200, answer.text
    return answer.json()
