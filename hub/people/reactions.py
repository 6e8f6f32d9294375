"""What follows when somebody's rights change: their sockets are looked at again, everywhere, within 5 s."""

from typing import Any

from hub.core.reactions import hears
from hub.people.orders import order


@hears("people.roles_set", "people.staff_deactivated", name="revoke")
async def revoke(house: Any, _site_id: str, _seq: int, facts: list[dict]) -> None:
    """New roles: every channel is authorised anew. No login any more: the sockets are closed."""
    for fact in facts:
        await order(house, "disconnect" if fact["fact"] == "people.staff_deactivated" else "recheck", fact["staff_id"])


REACTIONS = (revoke,)
