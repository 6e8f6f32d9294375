"""The house put together: every slice registered, every part handed what it needs. Nothing here decides anything."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import redis.asyncio as redis

import hub.availability.actions
import hub.core.undo
import hub.guests.actions
import hub.notifications.actions
import hub.people.actions
import hub.planning.actions
import hub.policies.actions
import hub.quoting.preparing
import hub.reservations.actions
import hub.seating.actions
import hub.seating.line
import hub.seating.visits
import hub.slots.actions
import hub.tickets.actions
import hub.venues.actions
import hub.waitlist.actions  # noqa: F401
from hub.availability import views as availability
from hub.availability.days import DaysKept
from hub.bookings import views as bookings
from hub.core import sql
from hub.core.clock import HouseClock
from hub.core.commands import Commands
from hub.core.rows import RowTypes
from hub.core.settings import Settings
from hub.core.state import States
from hub.floor import views as floor
from hub.guests import views as guests
from hub.holds import views as holds
from hub.notifications import views as notifications
from hub.planning import views as planning
from hub.planning.minds import Minds
from hub.planning.simple import simple
from hub.policies.views import PoliciesInForce
from hub.quoting.thinking import Quotes
from hub.seating import views as seating
from hub.slots import views as slots
from hub.venues import views as venues
from hub.waitlist import views as waitlist
from solvers.seating.check import check_plan

CONNECTIONS = 56  # of the pools of one port's processes together: the embedded PostgreSQL has 80, jobs take some
CLOSE_S = 1.0  # each server's share of an orderly end
ROW_VIEWS = (
    venues, guests, notifications, floor, slots, holds, bookings, waitlist, seating, planning,
    availability,
)  # fmt: skip


def row_types() -> RowTypes:
    types = RowTypes()
    for views in ROW_VIEWS:
        types.add(*views.ROWS)
    return types


@dataclass(slots=True)
class House:
    """What doors, jobs and tests reach for. `gateway` is set where sockets are served."""

    settings: Settings
    pool: asyncpg.Pool
    redis: redis.Redis
    clock: HouseClock
    types: RowTypes
    commands: Commands
    states: States
    policies_of: Any
    minds: Minds
    days: DaysKept
    quotes: Quotes
    gateway: Any = None
    jobs: list[Any] = field(default_factory=list)
    checks: dict[str, Any] = field(default_factory=dict)

    @property
    def dsn(self) -> str:
        assert self.settings.database_url, "the supervisor names the database"
        return self.settings.database_url

    @classmethod
    async def open(cls, settings: Settings, **commands: Any) -> "House":
        """Connects to the database and Redis of the settings (both must be named there by now)."""
        assert settings.database_url and settings.redis_url, "the supervisor names both servers"
        size = min(sql.POOL_SIZE, CONNECTIONS // settings.processes)
        pool = await sql.connect_pool(settings.database_url, size=size)
        clock = HouseClock.real()
        await clock.read(pool)
        types, in_force = row_types(), PoliciesInForce()
        bus = redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=2, decode_responses=False)
        house = cls(
            settings=settings, pool=pool, redis=bus, clock=clock, types=types,
            policies_of=in_force.of,
            commands=Commands(
                pool=pool,
                clock=clock,
                types=types,
                policies_of=in_force.of,
                secret=settings.secret.encode()[:64],
                after_commit=[in_force.heard],
                **commands,
            ),
            states=States(pool=pool, types=types, clock=clock),
            minds=Minds(simple, check_plan),
            days=DaysKept(), quotes=Quotes(),
        )  # fmt: skip
        house.commands.house = house
        return house

    async def close(self) -> None:
        """In order, unless a server does not answer any more: then without it."""
        await self.quotes.close()
        await self.minds.close()
        with contextlib.suppress(redis.RedisError, OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self.redis.aclose()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self.pool.close()  # cut short, it drops its connections
