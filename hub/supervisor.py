"""Opens the house and keeps it open: its servers, the serving process and, in a sample house, the simulated evening.

    supervisor ─┬─ PostgreSQL, Valkey      unless MAITRED_DATABASE_URL / MAITRED_REDIS_URL name others
                ├─ python -m hub.serve     REST, pages, socket, jobs
                ├─ python -m hub.serve     (--processes 2 and more) further gateways on the same port
                └─ python -m bench.simulator   (--demo) once the doors are open

- A died process is started again, ever more slowly; a killed server at once, and it recovers what it acknowledged.
- SIGTERM, SIGINT and SIGHUP close the house in order: processes first, then the servers, cleanly.
- If the supervisor itself is killed, the kernel kills its processes; the servers stay, and the next start attaches.
- Several supervisors may share a data directory (`--role`, another port); the last to leave stops the servers.
"""

import argparse
import contextlib
import ctypes
import errno
import fcntl
import http.client
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any, Final, Self, get_args

from hub.core.embedded import Postgres, ServerError, Valkey, migrate
from hub.core.settings import PROCESSES_MAX, BadSettingError, Role, Settings

SERVING: Final = [sys.executable, "-m", "hub.serve"]
EVENING: Final = [sys.executable, "-m", "bench.simulator"]

BACKOFF_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0)  # before the 1st, 2nd … further start; the last one stays
STEADY_AFTER_S: Final = 30.0  # a process that lived this long starts again at the shortest wait
FIRST_STARTS_MAX: Final = 5  # a house that never opened will not open by itself: say so and end
GRACE_S: Final = 12.0  # processes finish what they answer, then close their sockets with a code to reconnect
LOOK_EVERY_S: Final = 0.5  # between two looks at the servers; a died process is noticed at once
READY_EVERY_S: Final = 0.1
READY_ANSWER_S: Final = 2.0
STILL_CLOSED_AFTER_S: Final = 15.0  # then the reason is said, and again as often

_PR_SET_PDEATHSIG: Final = 1
_libc: Final = ctypes.CDLL(None, use_errno=True)


# ------------------------------------------------------------------ doors of the command line


def register(commands: Any) -> None:
    serve = commands.add_parser("serve", help="open the house and keep it open")
    serve.add_argument("--role", choices=get_args(Role), help="which parts run here (default: MAITRED_ROLE or all)")
    serve.add_argument(
        "--processes", type=int, choices=range(1, PROCESSES_MAX + 1), metavar="N",
        help="processes side by side on the port: one in its role, then gateways (default: MAITRED_PROCESSES or 1)",
    )  # fmt: skip
    serve.add_argument("--demo", action="store_true", help="a sample house with a simulated evening")
    serve.add_argument("--fresh", action="store_true", help="forget the stored evening, begin a new one")
    serve.set_defaults(run=_serve)
    up = commands.add_parser("migrate", help="bring the database up to date, without opening the house")
    up.set_defaults(run=_migrate)


def _serve(args: argparse.Namespace) -> int:
    settings = Settings.load()
    settings = replace(
        settings, demo=settings.demo or args.demo, role=args.role or settings.role,
        processes=args.processes or settings.processes,
    )  # fmt: skip
    return run(settings, fresh=args.fresh)


def _migrate(_: argparse.Namespace) -> int:
    with Servers(Settings.load()) as servers:
        migrate(servers.settings.database_url or "")
    return 0


# ------------------------------------------------------------------ the servers


class Servers:
    """The house's database and cache, its own or the named ones: `with Servers(settings) as servers: …`.

    `servers.settings` has both addresses resolved. On leaving, servers of our own stop, unless another process of
    this data directory still uses them. `alone` is refused while another one does; `fresh` drops what they hold.
    """

    def __init__(self, settings: Settings, *, fresh: bool = False, alone: bool = False) -> None:
        if fresh and settings.database_url:
            raise BadSettingError("--fresh forgets an embedded evening only: MAITRED_DATABASE_URL is your own")
        settings.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)  # as a process without its own user passes it
        self.postgres = None if settings.database_url else Postgres(settings.data_dir / "postgres")
        self.valkey = None if settings.redis_url else Valkey(settings.data_dir / "valkey")
        self.settings = settings.with_servers(
            database_url=settings.database_url or (self.postgres.dsn() if self.postgres else ""),
            redis_url=settings.redis_url or (self.valkey.url() if self.valkey else ""),
        )
        self._fresh, self._alone = fresh, alone
        mark = settings.data_dir / ".in-use"
        mark.touch(mode=0o600)  # nobody else may hold the lock on it
        self._in_use = mark.open("w")
        self._failures, self._look_at = 0, 0.0

    def __enter__(self) -> Self:
        if self._fresh or self._alone:
            try:
                fcntl.flock(self._in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ServerError(
                    f"another maitred is open on {self.settings.data_dir}: close it first"
                ) from None
        else:
            fcntl.flock(self._in_use, fcntl.LOCK_SH)
        try:
            self._begin()
        except BaseException:
            self.__exit__()  # what was started does not stay behind
            raise
        if self._fresh and not self._alone:  # the beginning needed it, the evening does not
            fcntl.flock(self._in_use, fcntl.LOCK_SH)
        return self

    def _begin(self) -> None:
        self._look_at_named()
        if self.postgres:
            self.postgres.start()
        if self.valkey:
            self.valkey.start()
        if self._fresh:
            if self.postgres:
                self.postgres.drop_database()
                self.postgres.create_database()
            if self.valkey:
                self.valkey.forget()

    def _look_at_named(self) -> None:
        """Servers of one's own are asked whether they will do. Their clients are imported only for that."""
        if not self.postgres:
            from hub.core.outside import look_at_postgres

            look_at_postgres(self.settings.database_url or "")
        if not self.valkey:
            from hub.core.outside import look_at_redis

            look_at_redis(self.settings.redis_url or "")

    def mend(self, now: float) -> None:
        """Start again what was killed. A server that will not start is tried ever more slowly."""
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_S
        for name, server in (("PostgreSQL", self.postgres), ("Valkey", self.valkey)):
            if server is None or server.alive():
                continue
            gone_at = time.monotonic()
            try:
                server.start()
            except ServerError as error:
                pause_s = BACKOFF_S[min(self._failures, len(BACKOFF_S) - 1)]
                self._failures, self._look_at = self._failures + 1, time.monotonic() + pause_s
                say(f">>> {name} was gone and did not come back, again in {pause_s:g} s: {error}")
            else:
                self._failures = 0
                say(f"{name} was gone; it is back after {time.monotonic() - gone_at:.1f} s.")

    def __exit__(self, *exc: object) -> None:
        with self._in_use:
            try:
                fcntl.flock(self._in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # another process of this house still works with them: the last to leave stops them
            if self.valkey:
                self.valkey.stop()
            if self.postgres:
                self.postgres.stop()


# ------------------------------------------------------------------ the processes


def _tied_to(supervisor: int) -> None:
    """In the new process, before its program: end with the supervisor, however that ends (Linux only)."""
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:  # it died in between
            os._exit(1)


@dataclass(slots=True)
class Process:
    """A process of the house: started, watched, started again."""

    name: str
    command: list[str]
    environment: dict[str, str]
    may_end: bool = False  # its work can be done (an evening ends), and exit code 0 says so
    starts: int = 0
    failures: int = 0
    running: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0

    def tend(self, now: float) -> None:
        if self.running is not None and (code := self.running.poll()) is not None:
            self.running = None
            if self.may_end and code == 0:
                self.start_at = float("inf")
                return
            if now - self.started_at >= STEADY_AFTER_S:
                self.failures = 0
            pause_s = BACKOFF_S[min(self.failures, len(BACKOFF_S) - 1)]
            self.failures, self.start_at = self.failures + 1, now + pause_s
            say(f">>> {self.name} ended ({_how(code)}); it starts again in {pause_s:g} s.")
        if self.running is None and now >= self.start_at:
            supervisor = os.getpid()
            self.running = subprocess.Popen(  # noqa: S603 our own module
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # ^C reaches the supervisor alone, which closes the house in order
                preexec_fn=lambda: _tied_to(supervisor),  # noqa: PLW1509 the supervisor has one thread
            )
            self.starts, self.started_at = self.starts + 1, now


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _close(processes: list[Process], bell: "Bell") -> None:
    """Ask all to end, wait; after the grace, or when asked a second time, insist."""
    running = [p.running for p in processes if p.running is not None]
    for process in running:
        process.terminate()
    until, asked = time.monotonic() + GRACE_S, bell.rung
    while any(p.poll() is None for p in running) and time.monotonic() < until and bell.rung == asked:
        bell.wait(0.1)
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


class Bell:
    """Signals turned into something one loop can wait for. A died child rings too, but does not count as asking."""

    ENDING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def __init__(self) -> None:
        self.rung = 0  # how often the house was asked to close
        self._heard, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        self._before = {n: signal.signal(n, self._ring) for n in (*self.ENDING, signal.SIGCHLD)}
        self._fd_before = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        return self

    def __exit__(self, *exc: object) -> None:
        signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._heard)
        os.close(self._wake)

    def _ring(self, number: int, _: FrameType | None) -> None:
        self.rung += number in self.ENDING

    def wait(self, seconds: float) -> None:
        if select.select([self._heard], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(self._heard, 4096)


# ------------------------------------------------------------------ the house


def run(settings: Settings, *, fresh: bool = False) -> int:
    """Open the house, keep it open until a signal, close it. Exit code 0, or 1 if it never opened."""
    began = time.monotonic()
    ports = contextlib.ExitStack()
    if settings.role != "worker":
        ports.enter_context(_claim_port(settings.host, settings.port, "MAITRED_PORT"))
    if settings.edge != "direct" and settings.role in ("all", "gateway"):
        ports.enter_context(_claim_port(settings.host, settings.socket_port, "MAITRED_SOCKET_PORT"))
    say("Opening the house …")
    with ports, Bell() as bell, Servers(settings, fresh=fresh) as servers:
        migrate(servers.settings.database_url or "")
        serving = Process(
            "The serving process",
            SERVING,
            os.environ | servers.settings.as_environment(),
        )
        processes = [serving]
        try:
            return _keep_open(servers, serving, processes, bell, began)
        finally:
            if bell.rung:
                say("Closing: processes first, then the servers.")
            _close(processes, bell)


def _keep_open(servers: Servers, serving: Process, processes: list[Process], bell: Bell, began: float) -> int:
    settings = servers.settings
    opened = False
    ask_at, complain_at = 0.0, began + STILL_CLOSED_AFTER_S
    while not bell.rung:
        now = time.monotonic()
        servers.mend(now)
        for process in processes:
            process.tend(now)
        if not opened and serving.starts > FIRST_STARTS_MAX:
            say(f">>> maitred: {serving.name.lower()} ended {FIRST_STARTS_MAX} times before the house was open.")
            return 1
        if not opened and now >= ask_at and serving.running is not None:
            why_not = None if settings.role == "worker" else _why_not_ready(settings)
            if why_not is None:
                opened = True
                processes += _gateways_beside(settings)
                _welcome(settings, now - began)
                if settings.demo and settings.role in ("all", "hub"):
                    processes.append(_evening(settings))
            elif now >= complain_at:
                complain_at = now + STILL_CLOSED_AFTER_S
                say(f">>> Still closed after {now - began:.0f} s: {why_not}")
            ask_at = time.monotonic() + READY_EVERY_S
        bell.wait(LOOK_EVERY_S if opened else READY_EVERY_S)
    return 0


def _gateways_beside(settings: Settings) -> list[Process]:
    """What joins the first process on its port. They begin when it is open: until then its answer is the house's."""
    return [
        Process(
            f"Gateway {number} of {settings.processes}",
            SERVING,
            os.environ | replace(settings, role="gateway", number=number).as_environment(),
        )
        for number in range(2, settings.processes + 1)
    ]


def _evening(settings: Settings) -> Process:
    """The simulated evening comes in by the front door like any client: it is told the URL, no server, no secret."""
    return Process(
        "The simulated evening",
        [*EVENING, "--url", settings.url],
        {name: value for name, value in os.environ.items() if not name.startswith("MAITRED_")},
        may_end=True,
    )


def _why_not_ready(settings: Settings) -> str | None:
    """None once /health/ready says 200."""
    host = settings.url.removeprefix("http://").rpartition(":")[0].strip("[]")
    door = http.client.HTTPConnection(host, settings.port, timeout=READY_ANSWER_S)
    try:
        door.request("GET", "/health/ready")
        answer = door.getresponse()
        body = answer.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"{settings.url}/health/ready: {error}"
    finally:
        door.close()
    return None if answer.status == http.HTTPStatus.OK else f"/health/ready says {answer.status}: {body}"


def _claim_port(host: str, port: int, variable: str) -> contextlib.AbstractContextManager[object]:
    """Asked before anything is started. The port may be taken yet by the time it is used; then the log says so.

    Processes side by side share their port, and the kernel lets in whoever of the same user asks to share it. So that
    two houses opening at the same moment do not, each holds a name that goes with the port, as long as it is open.
    """
    taken = ServerError(
        f"PORT {port} IS TAKEN by another program (or another maitred). "
        f"Close that, or choose a free one: {variable}={port % 65535 + 1} make run"
    )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))  # without sharing: refused also where others share
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise taken from None
            raise BadSettingError(
                f"MAITRED_HOST={host!r}, {variable}={port}: cannot listen there "
                f"({error.strerror or error})"
            ) from None
    if sys.platform != "linux":
        return contextlib.nullcontext()
    name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        name.bind(f"\0maitred/{host}/{port}")  # no file; the kernel frees it with its holder
    except OSError as error:
        name.close()
        if error.errno == errno.EADDRINUSE:
            raise taken from None
    return name


def _welcome(settings: Settings, seconds: float) -> None:
    if settings.role == "worker":
        say(f"\n  maitred is at work in the back (worker), after {seconds:.1f} s.\n")
        return
    evening = "\n  A simulated evening is running. make run FRESH=1 begins a new one." if settings.demo else ""
    beside = f", {settings.processes} processes" if settings.processes > 1 else ""
    say(f"\n  maitred is open:  {settings.url}   (ready in {seconds:.1f} s{beside}){evening}\n  Close with Ctrl-C.\n")


def say(text: str) -> None:
    """To whoever opened the house. A closed terminal must not stop it from closing in order."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr if text.startswith(">>>") else sys.stdout, flush=True)
