"""Something to say: a command that also tells the guest, as higher slices do."""

from typing import Any

import pytest

from hub.core import commands
from hub.notifications.actions import To, say

ADA = To(name="Ada", phone="+44 20 7946 0958", sms_ok=True)
TICKET = "T" * 22
NOW = {"covers": 2, "quoted_min": 20, "position": 1}


@pytest.fixture
def saying(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`saying(template, **say's own)`: from now on whoever puts a section also tells a guest that."""

    put = commands.ACTIONS["put_section"]

    def start(template: str = "waiting_joined", **said: Any) -> None:
        async def put_and_say(work: Any, wish: Any) -> Any:
            result = await put(work, wish)
            about = said.get("about", ("party", result["section_id"]))
            words = {"to": ADA, "variables": NOW, "ticket": TICKET, **said, "about": about}
            return {**result, "message_ids": await say(work, template, **words)}

        monkeypatch.setitem(commands.ACTIONS, "put_section", put_and_say)

    return start


async def done_and_told(house: Any) -> Any:
    return await house.done("put_section", name="Window")


async def told(house: Any) -> Any:
    """The message as staff see it."""
    done = await done_and_told(house)
    return await house.row("message", done.result["message_ids"][0])
