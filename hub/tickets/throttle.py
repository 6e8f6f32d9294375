"""How often the same person may knock: counted over all processes, by each alone while Redis is away. Wall time."""

import hashlib
from time import time

import redis.asyncio as redis
import structlog

from hub.core.limits import Buckets

log = structlog.get_logger("tickets")

_alone: dict[tuple[int, int], Buckets] = {}


async def slow_down(bus: redis.Redis, who: str, most: int, within_s: int) -> bool:
    """Whether this one has knocked more than `most` times within the present span of `within_s` seconds."""
    who = hashlib.sha256(who.encode()).hexdigest()[:32]  # addresses of people are not left lying about
    key = f"guest:{who}:{int(time() // within_s)}"
    try:
        async with bus.pipeline(transaction=True) as pipe:
            pipe.incr(key)
            pipe.expire(key, 2 * within_s)
            knocks, _ = await pipe.execute()
    except redis.RedisError:
        log.warning("guest_throttle_alone")
        bucket = _alone.setdefault((most, within_s), Buckets(per_second=most / within_s, burst=most))
        return bucket.take(who) > 0
    return bool(knocks > most)
