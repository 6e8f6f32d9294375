"""What the house says after others' facts: that it did not mean what it said."""

from typing import Any

from hub.core.actor import HOUSE
from hub.core.reactions import hears
from schemas.base import Refused
from schemas.notifications import CorrectMessages


@hears("house.undone", name="correct_messages")
async def correct_messages(house: Any, site_id: str, _seq: int, facts: list[dict]) -> None:
    """A command was undone: guests it spoke to are not left believing it."""
    for fact in facts:
        wish = CorrectMessages(site_id=site_id, key=f"correct-{fact['seq']:06d}", seq=fact["seq"])
        answer = await house.commands.give(HOUSE, wish)
        if isinstance(answer, Refused) and answer.retry == "later":
            raise TimeoutError(answer.message)  # heard again


REACTIONS = (correct_messages,)
