"""Readiness: can this house serve right now? Each question is asked on its own and given one second."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hub.core import sql

q = sql.load(__file__, "jobs.sql")

CHECK_S = 1.0  # one check; a load balancer asks every few seconds
OUTBOX_LAG_MAX_S = 5.0  # commits older than this have not reached the screens
TIMER_OVERDUE_MAX_S = 30.0  # house seconds; the sweep alone would have fired it long ago

Check = Callable[[], Awaitable[dict[str, Any]]]
"""Answers `{"ok": bool, …figures}`; raising counts as not ok."""


async def _asked(check: Check) -> dict[str, Any]:
    try:
        async with asyncio.timeout(CHECK_S):
            return await check()
    except Exception as fault:  # noqa: BLE001 - whatever keeps a check from answering is the answer
        return {"ok": False, "error": type(fault).__name__}


async def ready(house: Any, more: dict[str, Check] | None = None) -> tuple[bool, dict[str, dict[str, Any]]]:
    """Whether the house can serve, and each check by name. `house` has `pool`, `redis` and `clock`."""

    async def postgres() -> dict[str, Any]:
        return {"ok": await house.pool.fetchval("SELECT 1") == 1}

    async def redis() -> dict[str, Any]:
        return {"ok": bool(await house.redis.ping())}

    async def outbox() -> dict[str, Any]:
        lag_s = await q.outbox_lag_s(house.pool)
        return {"ok": lag_s < OUTBOX_LAG_MAX_S, "lag_s": round(lag_s, 3)}

    async def timers() -> dict[str, Any]:
        now = house.clock.now()
        oldest = await q.oldest_due(house.pool, now=now)
        overdue_s = (now - oldest).total_seconds() if oldest else 0.0
        return {"ok": overdue_s < TIMER_OVERDUE_MAX_S, "overdue_s": round(overdue_s, 3)}

    checks: dict[str, Check] = {"postgres": postgres, "redis": redis, "outbox": outbox, "timers": timers}
    checks |= more or {}
    answers = await asyncio.gather(*(_asked(check) for check in checks.values()))
    told = dict(zip(checks, answers, strict=True))
    return all(answer["ok"] for answer in answers), told
