"""Real PostgreSQL and Valkey from the wheels, once per test process; a fresh database cloned for every test.

MAITRED_TEST_PG_BIN names the folder of another PostgreSQL's programs (`make test-pg15`): the house promises to run on 15.
What tests write goes to memory where the machine has room: a database is made there in a tenth of the time.
"""

import asyncio
import functools
import itertools
import os
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from hub.core.embedded import TEST_SETTINGS, Postgres, Valkey, migrate
from hub.core.settings import Settings
from tests.kit import FRIDAY_19, LawfulHouse, found

ROOT = Path(__file__).parent.parent
MEMORY = Path("/dev/shm")
NEEDED_BYTES = 2 << 30  # per test process; a house's own servers take some 200 MB, and tests open two beside each other

LONG = (
    "tests/house/", "tests/static/", "tests/drills/", "tests/bench/", "sample/test_load", "test_supervisor",
    "test_stateful", "test_evening", "test_whole_house", "core/test_timers", "history/", "waitlist/",
)  # fmt: skip

THINKING = (
    "tests/solvers/",
    "tests/hub/planning/",
    "tests/hub/availability/",
    "tests/hub/quoting/",
    "tests/bench/test_sol",
)
"""Whose tests need the solvers' compiled loops."""
WARMING = "MAITRED_TEST_WARMING"

_scratch = pytest.StashKey[Path]()
_warming = pytest.StashKey[subprocess.Popen[bytes]]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """One folder for all that is written during the run, handed down to the test processes and to whatever they start."""
    ssl.create_default_context = functools.cache(
        ssl.create_default_context
    )  # 25 ms for every HTTP client, and none needs it
    if hasattr(config, "workerinput"):
        return
    scratch = Path(tempfile.mkdtemp(prefix="mt-", dir=MEMORY if roomy(config) else None))  # short: sockets lie in it
    scratch.chmod(0o711)  # to be passed by the `nobody` a server may run as
    config.stash[_scratch] = scratch
    os.environ["TMPDIR"] = str(scratch)
    tempfile.tempdir = None  # asked anew
    config.option.basetemp = config.option.basetemp or str(scratch / "t")
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):  # dozens of processes would compile everything again
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(scratch / "pycache"))

    if getattr(config.option, "numprocesses", None):
        # one process compiles the loops, while the others test what needs none of them
        config.stash[_warming] = warming = subprocess.Popen([sys.executable, "-m", "solvers.warm"], cwd=ROOT)
        os.environ[WARMING] = str(warming.pid)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Before a test's own time begins."""
    if item.nodeid.startswith(THINKING) and (pid := os.environ.get(WARMING)):
        while compiling(int(pid)):
            time.sleep(0.2)
        os.environ.pop(WARMING, None)
    return (yield)


def compiling(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pytest_unconfigure(config: pytest.Config) -> None:
    if warming := config.stash.get(_warming, None):
        warming.kill()
        warming.wait()
    if scratch := config.stash.get(_scratch, None):
        shutil.rmtree(scratch, ignore_errors=True)


def roomy(config: pytest.Config) -> bool:
    asked = getattr(config.option, "numprocesses", None) or 1  # or "auto"
    processes = asked if isinstance(asked, int) else os.cpu_count() or 1
    if not os.access(MEMORY, os.W_OK):
        return False
    free = os.statvfs(MEMORY)
    room = min(free.f_bavail * free.f_frsize, psutil.virtual_memory().available)
    return room >= processes * NEEDED_BYTES


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
    """Whatever starts servers is a house test, so that the unit part stays under a minute. Files that take long begin
    first: the run ends when the last of them does.
    """
    items.sort(key=lambda item: next((at for at, part in enumerate(LONG) if part in item.nodeid), len(LONG)))
    for item in items:
        if "servers" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.house)
