"""Real PostgreSQL and Valkey from the wheels, once per test process; a fresh database cloned for every test.

MAITRED_TEST_PG_BIN names the folder of another PostgreSQL's programs (`make test-pg15`): the house promises to run on 15.
"""

import asyncio
import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from hub.core.embedded import TEST_SETTINGS, Postgres, Valkey, migrate
from hub.core.settings import Settings
from tests.kit import FRIDAY_19, LawfulHouse, found

ROOT = Path(__file__).parent.parent


@dataclass
class Servers:
    postgres: Postgres
    valkey: Valkey

    async def superuser(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.postgres.dsn("postgres", superuser=True))


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    root = Path(tempfile.mkdtemp(prefix="maitred-test-"))
    other = os.environ.get("MAITRED_TEST_PG_BIN")
    postgres = Postgres(root / "pg", TEST_SETTINGS, binaries=Path(other) if other else None)
    valkey = Valkey(root / "valkey")
    try:
        postgres.start()
        valkey.start()
        migrate(postgres.dsn("maitred"))
        yield Servers(postgres, valkey)
    finally:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(root, ignore_errors=True)


_numbers = itertools.count()


@pytest.fixture
def db_dsn(servers: Servers) -> Iterator[str]:
    """A migrated, empty database of this test's own."""
    name = f"t{next(_numbers)}_{secrets.token_hex(3)}"

    async def run(statement: str) -> None:
        db = await servers.superuser()
        try:
            await db.execute(statement)
        finally:
            await db.close()

    asyncio.run(run(f"CREATE DATABASE {name} TEMPLATE maitred STRATEGY FILE_COPY OWNER maitred"))
    yield servers.postgres.dsn(name)
    asyncio.run(run(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def settings(servers: Servers, db_dsn: str, tmp_path: Path) -> Settings:
    # each test process has its own Valkey; tests run one after another in it, and each starts with it empty
    import redis

    with redis.from_url(servers.valkey.url()) as bus:
        bus.flushall()
    return Settings(data_dir=tmp_path, database_url=db_dsn, redis_url=servers.valkey.url(), secret="s" * 40)


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[LawfulHouse]:
    """A composed house on a fresh database, its clock standing at Friday 19:00, no jobs running, no doors open."""
    from hub.house import House

    opened = await House.open(settings)
    lawful = LawfulHouse(opened)
    await found(opened)
    await lawful.set_now(FRIDAY_19)
    yield lawful
    await opened.close()


@pytest.fixture
async def served(house: LawfulHouse) -> AsyncIterator[Any]:
    """The same house with its doors open: HTTP, socket, relay and reactions in this loop."""
    from tests.served import doors_open

    async with doors_open(house) as opened:
        yield opened


def pytest_report_header() -> str | None:
    other = os.environ.get("MAITRED_TEST_PG_BIN")
    return f"PostgreSQL: {other}" if other else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever starts servers is a house test, so that the unit part stays under a minute."""
    for item in items:
        if "servers" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.house)
