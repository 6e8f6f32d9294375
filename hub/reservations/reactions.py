"""What bookings do after others' facts: leave a table that was taken off the plan."""

from typing import Any

from hub.core.actor import HOUSE
from hub.core.reactions import hears
from schemas.base import Refused
from schemas.reservations import LeaveTable


@hears("table.updated", name="leave_table")
async def leave_table(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:
    """The table may have come back meanwhile: the command looks again."""
    for table_id in [fact["table_id"] for fact in facts if "active" in fact["fields"]]:
        wish = LeaveTable(site_id=site_id, key=f"leave-{seq}-{table_id}"[:64], table_id=table_id)
        answer = await house.commands.give(HOUSE, wish)
        if isinstance(answer, Refused) and answer.code == "unavailable":
            raise TimeoutError(answer.message)


REACTIONS = (leave_table,)
