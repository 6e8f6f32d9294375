"""What follows when somebody's rights change: their sockets are looked at again, everywhere, within 5 s."""

from typing import Any

import msgspec

from hub.core.reactions import hears

CONTROL = "control"  # the stream every gateway listens to
CONTROL_MAX = 1_000  # entries kept, about: gateways read them within seconds


@hears("people.roles_set", "people.staff_deactivated", name="revoke")
async def revoke(house: Any, _site_id: str, _seq: int, facts: list[dict]) -> None:
    """New roles: every channel is authorised anew. No login any more: the sockets are closed. Twice does no harm."""
    for fact in facts:
        op = "disconnect" if fact["fact"] == "people.staff_deactivated" else "recheck"
        said = msgspec.json.encode({"op": op, "user": fact["staff_id"]})
        await house.redis.xadd(CONTROL, {"c": said}, maxlen=CONTROL_MAX, approximate=True)


REACTIONS = (revoke,)
