"""What gateways are told when somebody's rights change. Every gateway listens to one stream; the one of this process is
told at once as well.

What Redis did not take is kept and said later, because gateways that lost nothing themselves do not notice. Those kept
are bounded: beyond it all of them become one order, to look at everybody. A process that ends takes them along.
"""

import asyncio
from typing import Any, Literal
from weakref import WeakKeyDictionary

import msgspec
import redis.asyncio as redis
import structlog

log = structlog.get_logger("people")

CONTROL = "control"  # the stream every gateway listens to
CONTROL_MAX = 1_000  # entries kept, about: gateways read them within seconds
SAY_S = 1.0  # whoever signs out waits no longer for a Redis that does not answer
AGAIN_S = 0.5  # between two tries to say what is unsaid
UNSAID_MAX = 500
AWAY = (redis.RedisError, OSError, TimeoutError)

Op = Literal["disconnect", "recheck"]


async def order(house: Any, op: Op, user: str, sign_in: str = "") -> None:
    """Closes a person's sockets (with `sign_in` only those it opened), or has every subscription of theirs asked for
    again. Twice does no harm. Raises one of `AWAY` when Redis does not take it; it is said as soon as Redis does."""
    said, unsaid = _encoded(op, user, sign_in), _unsaid_of(house)
    if unsaid.saying is not None:  # nobody waits for a Redis that is known to be away
        unsaid.keep(house.redis, said)
        raise ConnectionError("redis is away")
    try:
        await _say(house.redis, said)
    except AWAY:
        unsaid.keep(house.redis, said)
        raise


async def sign_out(house: Any, user: str, sign_in: str) -> None:
    """Closes the sockets of a sign-in that has ended. While Redis is away only this process hears of it; the other
    gateways are told, or check everybody again, as soon as it is back."""
    if house.gateway:
        house.gateway.disconnect_user(user, sign_in=sign_in)
    try:
        await order(house, "disconnect", user, sign_in)
    except AWAY:
        log.warning("control_unsaid", sign_in=sign_in)


def _encoded(op: Op, user: str, sign_in: str = "") -> bytes:
    return msgspec.json.encode({"op": op, "user": user, "sign_in": sign_in})


EVERYBODY = _encoded("recheck", "")


async def _say(bus: redis.Redis, said: bytes) -> None:
    async with asyncio.timeout(SAY_S):
        await bus.xadd(CONTROL, {"c": said}, maxlen=CONTROL_MAX, approximate=True)


class _Unsaid:
    """The orders one Redis has not taken, oldest first, and the task that tries again."""

    def __init__(self) -> None:
        self._orders: dict[bytes, None] = {}
        self.saying: asyncio.Task[None] | None = None

    def keep(self, bus: redis.Redis, said: bytes) -> None:
        if EVERYBODY not in self._orders:
            self._orders[said] = None
            if len(self._orders) > UNSAID_MAX:
                self._orders = {EVERYBODY: None}
        if self.saying is None:
            self.saying = asyncio.create_task(self._say_all(bus))

    async def _say_all(self, bus: redis.Redis) -> None:
        try:
            while self._orders:
                await asyncio.sleep(AGAIN_S)
                try:
                    while self._orders:
                        said = next(iter(self._orders))
                        await _say(bus, said)
                        self._orders.pop(said, None)
                except AWAY:
                    continue
        finally:
            self.saying = None


_unsaid: WeakKeyDictionary[redis.Redis, _Unsaid] = WeakKeyDictionary()


def _unsaid_of(house: Any) -> _Unsaid:
    return _unsaid.setdefault(house.redis, _Unsaid())
