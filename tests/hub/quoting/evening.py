"""Words for tests of quotes: evenings without a database, a house with a past, a loop that is there."""

from datetime import datetime, timedelta
from typing import Any

from hub.quoting.problem import Asked
from hub.quoting.thinking import Quotes
from schemas.waitlist import PartyRow
from tests.hub.planning.evening import a_scene
from tests.kit import FRIDAY_19, SITE, LawfulHouse

CLOSES = FRIDAY_19 + timedelta(hours=4, minutes=30)


def a_party(party_id: str, covers: int = 2, *, waited_min: int = 5, **more: Any) -> PartyRow:
    said: dict[str, Any] = {
        "name": party_id, "phone": None, "status": "active", "priority": 0, "quoted_min": None, "quoted_at": None,
        "area_id": None, "accessible": False, "flags": [], "notes": None, "expires_at": CLOSES, "version": 1,
        "joined_at": FRIDAY_19 - timedelta(minutes=waited_min),
    }  # fmt: skip
    return PartyRow(id=party_id, covers=covers, **{**said, **more})


def asked(tables: Any, waiting: Any = (), **more: Any) -> Asked:
    """Friday, seven o'clock: what a forecast is made from."""
    said: dict[str, Any] = {
        "offers": (), "closes_at": CLOSES, "gone": (), "came": (), "bands": [(1, 2), (3, 4)], "short_min": 45, "step_min": 5,
    }  # fmt: skip
    own = {name: more.pop(name) for name in said if name in more}
    return Asked(scene=a_scene(tables, waiting=tuple(waiting), **more), **{**said, **own})


async def loaded(house: LawfulHouse) -> Quotes:
    """The loop that plays forward, ready; a cold machine compiles it first."""
    await house.house.quotes.ready()
    return house.house.quotes


async def a_past(
    house: LawfulHouse, table_id: str, *, parties: int = 60, turn_min: float = 40, covers: int = 2, until: datetime = FRIDAY_19
) -> None:  # fmt: skip
    """Finished parties of the last evenings, four an evening at seven, turns a little apart."""
    for number in range(parties):
        came = until - timedelta(days=1 + number // 4)
        left = came + timedelta(minutes=turn_min + (number % 5 - 2) * 2)
        await house.pool.execute(
            "INSERT INTO seating (site_id, id, name, covers, stage, stage_since, seated_at, turn_min, left_at)"
            " VALUES ($1, $2, 'Past', $3, 'just_sat', $4, $4, 90, $5)", SITE, f"past{number}", covers, came, left,
        )  # fmt: skip
