"""What gateways are told when somebody's rights change. Every gateway listens to one stream; the one of this process is
told at once as well."""

from typing import Any, Literal

import msgspec
import redis.asyncio as redis
import structlog

log = structlog.get_logger("people")

CONTROL = "control"  # the stream every gateway listens to
CONTROL_MAX = 1_000  # entries kept, about: gateways read them within seconds


async def order(house: Any, op: Literal["disconnect", "recheck"], user: str, sign_in: str = "") -> None:
    """Closes a person's sockets (with `sign_in` only those it opened), or has every subscription of theirs asked for
    again. Twice does no harm. Raises when Redis is away."""
    said = msgspec.json.encode({"op": op, "user": user, "sign_in": sign_in})
    await house.redis.xadd(CONTROL, {"c": said}, maxlen=CONTROL_MAX, approximate=True)


async def sign_out(house: Any, user: str, sign_in: str) -> None:
    """Closes the sockets of a sign-in that has ended. While Redis is away only this process hears of it; the other
    gateways check everybody again as soon as it is back."""
    if house.gateway:
        house.gateway.disconnect_user(user, sign_in=sign_in)
    try:
        await order(house, "disconnect", user, sign_in)
    except (redis.RedisError, OSError):
        log.warning("control_unsaid", sign_in=sign_in)
