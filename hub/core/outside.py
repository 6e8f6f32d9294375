"""Servers of one's own (MAITRED_DATABASE_URL, MAITRED_REDIS_URL), looked at before the house opens on them.

Whatever they lack is said in one sentence with its remedy, before a migration or a screen finds out half way. The
house makes its extensions itself where its role may; a server that is still starting is waited for. No message
repeats an address: it may hold a password.
"""

import asyncio
import time
from typing import Final

import asyncpg
import redis

from hub.core.embedded import EXTENSIONS, ServerError

POSTGRES_MIN: Final = 15
REDIS_MIN: Final = (6, 2)  # GETDEL, by which tickets are used once
PATIENCE_S: Final = 20.0  # machines start their services in any order
ASK_AGAIN_S: Final = 0.5
CALL_S: Final = 5.0
OPERATIONS: Final = "see docs/operations.md, “A PostgreSQL and Redis of your own”"


def look_at_postgres(url: str) -> None:
    """Raises `ServerError` unless the house can live in the database of this address."""
    asyncio.run(_look_at_postgres(url))


async def _look_at_postgres(url: str) -> None:
    db = await _connect(url)
    try:
        await _fit(db)
        await _extensions(db)
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError) as error:
        raise ServerError(f"MAITRED_DATABASE_URL: the connection was lost ({error})") from None
    finally:
        await db.close(timeout=CALL_S)


async def _connect(url: str) -> asyncpg.Connection:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await asyncpg.connect(url, timeout=CALL_S, command_timeout=CALL_S)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError) as away:
            if time.monotonic() > until:
                why = away or type(away).__name__
                raise ServerError(f"MAITRED_DATABASE_URL: no PostgreSQL answers there ({why})") from None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as refused:
            raise ServerError(f"MAITRED_DATABASE_URL: PostgreSQL does not let the house in: {refused}") from None
        await asyncio.sleep(ASK_AGAIN_S)


async def _fit(db: asyncpg.Connection) -> None:
    version = db.get_server_version()
    if version.major < POSTGRES_MIN:
        raise ServerError(f"MAITRED_DATABASE_URL: PostgreSQL {POSTGRES_MIN} or newer is needed, it is {version.major}")
    encoding = await db.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise ServerError(f"MAITRED_DATABASE_URL: the database must be made with ENCODING 'UTF8', it is {encoding}")
    role, may_make = await db.fetchrow(
        "SELECT current_user, coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"
    )
    if not may_make:
        raise ServerError(
            f"MAITRED_DATABASE_URL: the role {role} may not make tables there: it should own its database; {OPERATIONS}"
        )


async def _extensions(db: asyncpg.Connection) -> None:
    have = {name for (name,) in await db.fetch("SELECT extname FROM pg_extension")}
    for name in (name for name in EXTENSIONS if name not in have):
        try:
            await db.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        except asyncpg.InsufficientPrivilegeError:
            raise ServerError(
                f"MAITRED_DATABASE_URL: the extension {name} is missing, and the house's role may not create it. "
                f"Someone who may: CREATE EXTENSION {name}; {OPERATIONS}"
            ) from None
        except (asyncpg.FeatureNotSupportedError, asyncpg.UndefinedFileError):
            raise ServerError(
                f"MAITRED_DATABASE_URL: the extension {name} is not installed on that server "
                "(on Debian it comes with PostgreSQL itself, elsewhere in a package such as postgresql-contrib)"
            ) from None


def look_at_redis(url: str) -> None:
    """Raises `ServerError` unless a Redis or Valkey new enough answers at this address."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            with redis.from_url(url, socket_timeout=CALL_S, socket_connect_timeout=CALL_S) as bus:
                bus.ping()
                version = str(bus.info("server").get("redis_version", ""))
            break
        except redis.AuthenticationError as refused:
            raise ServerError(f"MAITRED_REDIS_URL: Redis does not let the house in: {refused}") from None
        except (redis.ConnectionError, redis.TimeoutError, OSError) as away:
            if time.monotonic() > until:
                raise ServerError(f"MAITRED_REDIS_URL: no Redis answers there ({away})") from None
        except (redis.RedisError, ValueError) as refused:
            raise ServerError(f"MAITRED_REDIS_URL: {refused}") from None
        time.sleep(ASK_AGAIN_S)
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers and numbers < REDIS_MIN:
        needed = ".".join(map(str, REDIS_MIN))
        raise ServerError(f"MAITRED_REDIS_URL: Redis {needed} or newer is needed, it is {version}")
