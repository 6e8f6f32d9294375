"""What the calendar does after others' facts: with each day that begins it lets go of what is long over."""

from typing import Any

from hub.core.actor import HOUSE
from hub.core.reactions import hears
from schemas.base import Refused
from schemas.slots import TidySlots


@hears("house.service_day_turned", name="tidy_slots")
async def tidy_slots(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:  # noqa: ARG001 - the clock says it
    answer = await house.commands.give(HOUSE, TidySlots(site_id=site_id, key=f"tidy-slots-{seq}"))
    if isinstance(answer, Refused) and answer.retry == "later":
        raise TimeoutError(answer.message)  # heard again


REACTIONS = (tidy_slots,)
