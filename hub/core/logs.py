"""Logs: one JSON line per event on stderr, readable lines on a terminal, never a person in them.

What names a person is masked wherever it stands in an event; the database's own error details (which quote rows) are
cut from tracebacks. Python's own logging, which the libraries use, goes the same way.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

PRIVATE = frozenset({
    "name", "phone", "email", "notes", "note", "password", "token", "secret", "cookie", "authorization", "key",
    "guest_name", "access_token", "refresh_token", "password_hash", "dsn", "database_url", "redis_url",
})  # fmt: skip
DEPTH_MAX = 4  # levels of nesting looked into; deeper ones are not logged at all
VALUE_MAX = 2000  # characters of one value
TRACE_MAX = 8000  # characters of a traceback, its end kept

_MASK = "···"
# What PostgreSQL adds to an error: the row, the key, the statement's parameters.
_DETAIL = re.compile(r"^(DETAIL|CONTEXT|HINT|WHERE): .*$", re.MULTILINE)
_ARGUMENT = re.compile(r"(query argument \$\d+: ).*")  # the driver quotes the value it could not send
_ADDRESS = re.compile(r"://[^/@\s]+@")


def _masked(value: Any, depth: int = 0) -> Any:
    if isinstance(value, Mapping):
        if depth >= DEPTH_MAX:
            return _MASK
        return {
            key: _MASK if str(key).lower() in PRIVATE and inner is not None else _masked(inner, depth + 1)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return _MASK if depth >= DEPTH_MAX else [_masked(inner, depth + 1) for inner in value]
    if isinstance(value, str):
        return _ADDRESS.sub("://", value if len(value) <= VALUE_MAX else value[:VALUE_MAX] + "…")
    if isinstance(value, int | float | bool | None):
        return value
    if hasattr(value, "__struct_fields__"):
        return type(value).__name__
    return _ADDRESS.sub("://", repr(value)[:VALUE_MAX])


def no_persons(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Masks what may name a person. A Struct is named by its type only: rows and commands hold guests' names."""
    trace = event.pop("exception", None)
    said = event.pop("event", "")
    out: MutableMapping[str, Any] = _masked(event)
    out["event"] = _masked(said) if isinstance(said, str) else _masked(str(said))
    if trace is not None:
        unquoted = _ARGUMENT.sub(r"\1···", _DETAIL.sub(r"\1: ···", trace))
        out["exception"] = _ADDRESS.sub("://", unquoted)[-TRACE_MAX:]
    return out


def set_up(*, level: str = "INFO", pretty: bool | None = None) -> None:
    """Once per process. `pretty` None: as stderr is a terminal or not."""
    pretty = sys.stderr.isatty() if pretty is None else pretty
    common: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        no_persons,
    ]
    draw = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*common, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, draw],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [out]
    root.setLevel(level)
    logging.captureWarnings(True)  # a library's warning is a line like any other
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # what it says of starting and ending we say ourselves
    # The queue tells every retry and lost connection at length; what matters of it is told by the timers themselves.
    logging.getLogger("pgqueuer").setLevel(logging.ERROR)
