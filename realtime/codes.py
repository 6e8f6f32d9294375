"""The numbers of the protocol: errors (a reply), disconnects (a close frame), unsubscribes (a push).

A client reads the range, not the number. Disconnects 3000–3499 and 4000–4499 reconnect, 3500–3999 and 4500–4999 are
the end; unsubscribes below 2500 are the end of the subscription, from 2500 on it is asked for again.
"""

from typing import NamedTuple

import msgspec

REASON_BYTES = 123
"""A close frame holds 125 bytes: two for the code, the rest for the reason."""


class Error(NamedTuple):
    code: int
    message: str
    temporary: bool = False


class Close(NamedTuple):
    code: int
    reason: str


INTERNAL = Error(100, "internal server error", temporary=True)
PERMISSION_DENIED = Error(103, "permission denied")
METHOD_NOT_FOUND = Error(104, "method not found")
ALREADY_SUBSCRIBED = Error(105, "already subscribed")
LIMIT_EXCEEDED = Error(106, "limit exceeded")
BAD_REQUEST = Error(107, "bad request")
NOT_AVAILABLE = Error(108, "not available")
UNRECOVERABLE = Error(112, "unrecoverable position")

SHUTDOWN = Close(3001, "shutdown")
EXPIRED = Close(3005, "connection expired")
SLOW = Close(3008, "slow")
NO_PONG = Close(3012, "no pong")
INVALID_TOKEN = Close(3500, "invalid token")
MALFORMED = Close(3501, "bad request")
STALE = Close(3502, "stale")
INAPPROPRIATE = Close(3506, "inappropriate protocol")
TOO_BIG = Close(1009, "message size limit")

SERVER_UNSUBSCRIBE = Close(2000, "server unsubscribe")
INSUFFICIENT = Close(2500, "insufficient state")


def close_reason(reason: str) -> bytes:
    """The reason as a client may safely read it: never empty (it would ignore the code) and never itself JSON (it
    would take it for advice), cut to what fits a close frame."""
    raw = " ".join(reason.split()).encode("utf-8", "replace")
    if not raw:
        return b"closed"
    try:
        msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        pass
    else:
        raw = b"closed: " + raw
    return raw[:REASON_BYTES].decode("utf-8", "ignore").encode()
