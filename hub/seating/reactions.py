"""After anything that may free a table, take one, or change who waits: the line anew."""

from typing import Any

from hub.core.actor import HOUSE
from hub.core.reactions import hears
from schemas.base import Refused
from schemas.waitlist import RefreshWaiting


@hears(
    "table.*", "waitlist.*", "reservation.*", "availability.*", "floor.*", "policy.*", "house.undone",
    name="waiting", coalesced=True, tells=("waitlist.reordered", "availability.changed"),
)  # fmt: skip
async def refresh_waiting(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:  # noqa: ARG001 - a hint only
    answer = await house.commands.give(HOUSE, RefreshWaiting(site_id=site_id, key=f"waiting-{seq}"))
    if isinstance(answer, Refused) and answer.code == "unavailable":
        raise TimeoutError(answer.message)  # heard again: the line must not stay as it was


REACTIONS = (refresh_waiting,)
