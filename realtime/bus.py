"""Redis as a gateway uses it: connections of its own, every wait bounded, nothing mended or retried in silence.

redis-py's own `socket_timeout` stays off. With it every command is sent under `asyncio.wait_for`, which before Python
3.12 swallows a cancellation that arrives together with the result: a task told to end then went on for ever. The limit
is ours instead: `asyncio.timeout` around each call.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

log = logging.getLogger("realtime")

CALL_S = 2.0
"""Time limit of every call to Redis, reaching it included; a waiting read has its wait on top."""
AFTER_FAULT_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between two tries to reach Redis; the last one repeats."""
INSIST_S = (0.2, 1.0, 2.0)
"""How long tasks may take to end, each time they are told to."""
AWAY = (RedisError, OSError, TimeoutError)


def own_pool(bus: Redis) -> ConnectionPool:
    """A pool to where the house's client connects."""
    given = bus.connection_pool
    limits = {
        "retry": Retry(NoBackoff(), 0),
        "socket_connect_timeout": CALL_S,
        "socket_timeout": None,
        "health_check_interval": 0,
        "decode_responses": False,
        "protocol": 2,
    }
    # over TCP a pool writes what it made for itself among what it was given; a second pool makes its own
    asked = {k: v for k, v in given.connection_kwargs.items() if not k.startswith(("maint_", "orig_", "himport_"))}
    return ConnectionPool(
        connection_class=given.connection_class,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),  # a speciality of RESP 3
        **{**asked, **limits},
    )


@contextlib.asynccontextmanager
async def line(pool: ConnectionPool) -> AsyncIterator[Redis]:
    """A client on one connection of its own: that it was cut is an error we see. Raises one of `AWAY`."""
    client = Redis(connection_pool=pool, single_connection_client=True)
    try:
        async with asyncio.timeout(CALL_S):
            await client.initialize()
        yield client
    finally:
        await client.aclose()  # back to the pool; nothing is sent


async def hang_up(pool: ConnectionPool) -> None:
    """Close what is open, answered or not."""
    with contextlib.suppress(*AWAY):
        async with asyncio.timeout(CALL_S):
            await pool.disconnect()


async def end(*tasks: asyncio.Task[Any], patience_s: Sequence[float] = INSIST_S) -> set[asyncio.Task[Any]]:
    """Cancel tasks until they have ended: what one waits in may swallow the first time. Gives those left."""
    left = {task for task in tasks if not task.done()}
    for patience in patience_s:
        for task in left:
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=patience)
    for task in left:
        log.error("%s does not end", task.get_coro())
    return left
