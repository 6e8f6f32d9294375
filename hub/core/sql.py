"""Statements in the open: every slice keeps its SQL in `queries.sql`, each named, one sentence above each."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiosql
import asyncpg
import msgspec
from aiosql.types import SQLOperationType


def load(beside: str, name: str = "queries.sql") -> SimpleNamespace:
    """The statements of the `queries.sql` (or file `name`) beside a module (pass `__file__`): `await q.word(db, …)`.

    A name ending in `^` brings one record, `$` one value, `!` no rows, else a list. `q.text("word")` is the SQL."""
    queries = aiosql.from_path(Path(beside).with_name(name), "asyncpg", mandatory_parameters=False)
    named = SimpleNamespace(**{name: _as_list(getattr(queries, name)) for name in queries.available_queries})
    named.text = lambda name: getattr(queries, name).sql.rstrip().rstrip(";")
    return named


def _as_list(query: Any) -> Any:
    """aiosql yields the records of a plain SELECT one by one, though all are there already: take them as a list."""
    if query.operation is not SQLOperationType.SELECT:
        return query

    async def records(db: Any, **parameters: Any) -> list[asyncpg.Record]:
        return [record async for record in query(db, **parameters)]

    return records


async def _prepare(connection: asyncpg.Connection) -> None:
    # jsonb travels as JSON text made by msgspec; bytes that are already JSON pass through untouched.
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: value if isinstance(value, str) else msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
    )


AWAY = (
    asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError,
    asyncpg.InternalClientError,  # the postmaster died in the middle of a query
    OSError, TimeoutError,
)  # fmt: skip
"""The database is away, restarting or too slow to answer: no fault of what was asked; ask again later."""

POOL_SIZE = 12  # connections; one per command in flight, and the sites' own locks keep that number low
COMMAND_TIMEOUT_S = 15.0
# Every statement of the house asks by an index. A plan made while a table was young and empty reads all of it, and is
# kept for as long as the connection lives: the relay once read the whole day's publications for each commit.
PLANS = {"enable_seqscan": "off", "jit": "off"}
FORGOTTEN_S = 30  # a transaction of a process that hangs is ended by the server: it holds a site's lock


async def connect_pool(dsn: str, *, size: int = POOL_SIZE) -> asyncpg.Pool:
    return await asyncpg.create_pool(
        dsn, min_size=2, max_size=size, init=_prepare, command_timeout=COMMAND_TIMEOUT_S, timeout=10,
        server_settings={"idle_in_transaction_session_timeout": f"{FORGOTTEN_S}s", **PLANS},
        reset=_as_it_is,
    )  # fmt: skip


async def _as_it_is(_: asyncpg.Connection) -> None:
    """What users of the pool leave behind ends with their transaction (locks, settings), so nothing has to be reset:
    one round trip less for each use."""


async def connect_one(dsn: str, *, command_timeout: float | None = None) -> asyncpg.Connection:
    """A plain connection of its own: for listening, for an office, for the queue. `command_timeout` in seconds."""
    return await asyncpg.connect(dsn, timeout=10, command_timeout=command_timeout, server_settings=PLANS)
