"""Something to say: a command that also tells the guest, as higher slices do."""

from typing import Any

import pytest

from hub.core import commands
from hub.notifications.actions import To, say

ADA = To(name="Ada", phone="+44 20 7946 0958", sms_ok=True)
TICKET = "T" * 22
WAITING = {"covers": 2, "quoted_min": 20, "position": 1}


@pytest.fixture
def saying(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`saying(template, **say's own)`: from now on every party that is added is told that."""

    def start(template: str = "waiting_joined", **said: Any) -> None:
        add = commands.ACTIONS["add_party"]

        async def add_and_say(work: Any, wish: Any) -> Any:
            result = await add(work, wish)
            about = said.get("about", ("party", result["party_id"]))
            words = {"to": ADA, "variables": WAITING, "ticket": TICKET, **said, "about": about}
            result["message_ids"] = await say(work, template, **words)
            return result

        monkeypatch.setitem(commands.ACTIONS, "add_party", add_and_say)

    return start


async def told(house: Any, **args: Any) -> Any:
    """A party joins the line and is told so; the message as staff see it."""
    done = await house.done("add_party", name="Ada", covers=2, **args)
    return await house.row("message", done.result["message_ids"][0])
