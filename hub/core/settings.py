"""What the house is told from outside: every setting, its default and its bounds, read once from the environment.

A bad value stops the start with one sentence that names the variable; nothing is guessed. The house hands its
resolved settings on to its own processes by the same variables (`Settings.as_environment`).
"""

import contextlib
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, Self, cast, get_args
from urllib.parse import urlsplit

from realtime.edges import MissingEdgeError, choose

Role = Literal["all", "hub", "gateway", "worker"]
Edge = Literal["direct", "socketify"]

SECRET_MIN_CHARS: Final = 32  # 32 characters of hex are 128 bits: below that a signing key can be guessed
SECRET_FILE: Final = "secret"  # noqa: S105 a file name
_YES: Final = {"1", "true", "yes", "on"}
_NO: Final = {"", "0", "false", "no", "off"}
PROCESSES_MAX: Final = 16  # on one port; beyond that a machine is better served by another machine
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")


class BadSettingError(ValueError):
    """A setting that cannot be used; the message names the variable and says what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One house's settings. Everything that could hold a password stays out of `repr`, and so out of logs."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path(".data")
    database_url: str | None = field(default=None, repr=False)  # None: the embedded PostgreSQL
    redis_url: str | None = field(default=None, repr=False)  # None: the embedded Valkey
    demo: bool = False
    secret: str = field(repr=False)
    origins: tuple[str, ...] = ()  # further origins a page may come from; the house's own is always welcome
    role: Role = "all"
    edge: Edge = "direct"  # what takes websocket connections: see docs/decisions/0009-two-edges.md
    socket_port: int = 8001  # of an edge that listens by itself; the direct one shares `port`
    processes: int = 1  # side by side on one port: the first in its role, the others gateways
    number: int = 1  # which of them this is; the supervisor says it
    plans: bool = True  # the house plans and plays the evening forward by itself; off: plans when somebody asks

    def __post_init__(self) -> None:
        if self.processes > 1 and self.role not in ("all", "gateway"):
            raise BadSettingError(
                f"MAITRED_PROCESSES={self.processes}: only the roles all and gateway have several processes, "
                f"{self.role} has one"
            )
        if self.edge != "direct" and self.socket_port == self.port:
            raise BadSettingError(f"MAITRED_SOCKET_PORT={self.port} is the port of the doors: it takes another one")
        if self.processes > 1 and sys.platform != "linux":
            raise BadSettingError("MAITRED_PROCESSES: only Linux shares one port among processes; it takes 1 here")

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Settings from the environment. Creates the data directory and, unless one is given, its secret."""
        env = os.environ if environ is None else environ
        data_dir = Path(env.get("MAITRED_DATA_DIR") or ".data").expanduser().absolute()
        port = _port(env, "MAITRED_PORT", 8000)
        database_url = _url(env, "MAITRED_DATABASE_URL", ("postgresql", "postgres"))
        redis_url = _url(env, "MAITRED_REDIS_URL", ("redis", "rediss", "unix"))
        demo, origins, role = _flag(env, "MAITRED_DEMO"), _origins(env), _role(env)
        processes, number = _count(env, "MAITRED_PROCESSES"), _count(env, "MAITRED_NUMBER")
        edge = _edge(env)
        return cls(
            host=env.get("MAITRED_HOST") or "127.0.0.1",
            port=port,
            data_dir=data_dir,
            database_url=database_url,
            redis_url=redis_url,
            demo=demo,
            secret=_secret(env, data_dir),  # last: it is the one that writes
            origins=origins,
            role=role,
            processes=processes,
            number=number,
            edge=edge,
            socket_port=_port(env, "MAITRED_SOCKET_PORT", min(port + 1, 65535)),
            plans=_flag(env, "MAITRED_PLANS", "1"),
        )

    def with_servers(self, *, database_url: str, redis_url: str) -> Self:
        """The same house, its servers' addresses resolved."""
        return replace(self, database_url=database_url, redis_url=redis_url)

    def as_environment(self) -> dict[str, str]:
        """The variables from which another process of this house loads the very same settings."""
        variables = {
            "MAITRED_HOST": self.host,
            "MAITRED_PORT": str(self.port),
            "MAITRED_DATA_DIR": str(self.data_dir),
            "MAITRED_DATABASE_URL": self.database_url or "",
            "MAITRED_REDIS_URL": self.redis_url or "",
            "MAITRED_DEMO": "1" if self.demo else "0",
            "MAITRED_SECRET": self.secret,
            "MAITRED_ORIGINS": ",".join(self.origins),
            "MAITRED_ROLE": self.role,
            "MAITRED_PROCESSES": str(self.processes),
            "MAITRED_NUMBER": str(self.number),
            "MAITRED_EDGE": self.edge,
            "MAITRED_SOCKET_PORT": str(self.socket_port),
            "MAITRED_PLANS": "1" if self.plans else "0",
        }
        return {name: value for name, value in variables.items() if value}

    @property
    def url(self) -> str:
        """Where someone on this machine opens the house; a wildcard address is reached by loopback."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)  # noqa: S104 read, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise BadSettingError(f"{name}={text!r} is no port: it takes a whole number from 1 to 65535")
    return int(text)


def _flag(env: Mapping[str, str], name: str, default: str = "") -> bool:
    text = env.get(name, default).strip().lower()
    if text not in _YES | _NO:
        raise BadSettingError(f"{name}={env[name]!r} is neither yes nor no: it takes 1 or 0")
    return text in _YES


def _url(env: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str | None:
    text = env.get(name, "").strip()
    if not text:
        return None
    if text.partition("://")[0] not in schemes or "://" not in text:
        # the value is not repeated: it may hold a password
        raise BadSettingError(f"{name} must start with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    return text


def _origins(env: Mapping[str, str]) -> tuple[str, ...]:
    origins = tuple(o.strip().rstrip("/") for o in env.get("MAITRED_ORIGINS", "").split(",") if o.strip())
    for origin in origins:
        if not _ORIGIN.fullmatch(origin) or not urlsplit(origin).hostname:
            raise BadSettingError(
                f"MAITRED_ORIGINS: {origin!r} is no origin: it takes https://host[:port], several parted by commas"
            )
    return origins


def _role(env: Mapping[str, str]) -> Role:
    text = env.get("MAITRED_ROLE") or "all"
    if text not in get_args(Role):
        raise BadSettingError(f"MAITRED_ROLE={text!r} is no role: it takes one of {', '.join(get_args(Role))}")
    return cast("Role", text)


def _edge(env: Mapping[str, str]) -> Edge:
    text = env.get("MAITRED_EDGE") or "direct"
    if text not in get_args(Edge):
        raise BadSettingError(f"MAITRED_EDGE={text!r} is no edge: it takes one of {', '.join(get_args(Edge))}")
    try:
        choose(text)
    except MissingEdgeError as missing:
        raise BadSettingError(f"MAITRED_EDGE={text}: {missing}") from missing
    return cast("Edge", text)


def _count(env: Mapping[str, str], name: str) -> int:
    text = env.get(name) or "1"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= PROCESSES_MAX:
        raise BadSettingError(f"{name}={text!r}: it takes a whole number from 1 to {PROCESSES_MAX}")
    return int(text)


def _secret(env: Mapping[str, str], data_dir: Path) -> str:
    """The signing key: given, or made once and kept in the data directory, readable by its owner only."""
    if given := env.get("MAITRED_SECRET"):
        if len(given) < SECRET_MIN_CHARS:
            raise BadSettingError(f"MAITRED_SECRET is too short: it takes at least {SECRET_MIN_CHARS} characters")
        return given
    file = data_dir / SECRET_FILE
    try:
        data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)  # passed through, not listed; see embedded.py
        if not file.exists():
            # written beside, then linked: a link never replaces, so of two houses starting at once one key wins
            fd, draft = tempfile.mkstemp(dir=data_dir, prefix=".secret-")  # 0600 by contract
            with os.fdopen(fd, "w") as out:
                out.write(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):
                os.link(draft, file)
            Path(draft).unlink()
        kept = file.read_text().strip()
    except OSError as err:
        raise BadSettingError(f"MAITRED_DATA_DIR={str(data_dir)!r} cannot be used: {err.strerror}") from err
    if len(kept) < SECRET_MIN_CHARS:
        raise BadSettingError(f"{file} holds no usable secret: delete it, or set MAITRED_SECRET")
    return kept
