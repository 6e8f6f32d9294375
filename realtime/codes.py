"""The numbers of the protocol, all that this server says: errors (a reply), disconnects (a close frame), unsubscribes
(a push). Documents are made from `ERRORS`, `DISCONNECTS` and `UNSUBSCRIBES`.

A client reads the range, not the number. Disconnects 3000–3499 and 4000–4499 reconnect, 3500–3999 and 4500–4999 are
the end; unsubscribes below 2500 are the end of the subscription, from 2500 on it is asked for again. An error is asked
again if it is temporary (or 109: with a new token); any other is the answer. Below 3000 it is the websocket that ended,
and SDKs come again, but for 1009: JavaScript's ends there, Python's comes back, and what it sent has failed.
"""

from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from realtime.backend import Refusal

REASON_BYTES = 123
"""A close frame holds 125 bytes: two for the code, the rest for the reason."""


class Error(NamedTuple):
    code: int
    message: str
    temporary: bool = False


class Close(NamedTuple):
    """The end of a connection, or of one subscription."""

    code: int
    reason: str

    @property
    def message(self) -> str:
        return self.reason

    @property
    def temporary(self) -> bool:
        """Whether clients come again by themselves."""
        if self.code < 3000:
            return self.code >= 2500
        return self.code % 1000 < 500


class Refused(Exception):  # noqa: N818  (an answer on its way out, not a fault)
    """Ends a command: an error reply (`temporary` invites a retry), or the end of the connection."""

    def __init__(self, why: "Error | Close | Refusal") -> None:
        super().__init__(why)
        self.why = why

    @property
    def terminal(self) -> bool:
        """Whether it ends the connection."""
        return self.why.close if not isinstance(self.why, Error | Close) else isinstance(self.why, Close)


INTERNAL = Error(100, "internal server error", temporary=True)
UNAUTHORIZED = Error(101, "unauthorized")
UNKNOWN_CHANNEL = Error(102, "unknown channel")
PERMISSION_DENIED = Error(103, "permission denied")
METHOD_NOT_FOUND = Error(104, "method not found")
ALREADY_SUBSCRIBED = Error(105, "already subscribed")
LIMIT_EXCEEDED = Error(106, "limit exceeded")
BAD_REQUEST = Error(107, "bad request")
NOT_AVAILABLE = Error(108, "not available")
TOKEN_EXPIRED = Error(109, "token expired")
LAPSED = Error(110, "expired")
TOO_MANY = Error(111, "too many requests", temporary=True)
UNRECOVERABLE = Error(112, "unrecoverable position")

TOO_BIG = Close(1009, "message size limit")
SHUTDOWN = Close(3001, "shutdown")
FAULT = Close(3004, "internal server error")
EXPIRED = Close(3005, "connection expired")
SUBSCRIPTION_EXPIRED = Close(3006, "subscription expired")
SLOW = Close(3008, "slow")
POSITION_LOST = Close(3010, "insufficient state")
FORCE_RECONNECT = Close(3011, "force reconnect")
NO_PONG = Close(3012, "no pong")
FLOOD = Close(3013, "too many requests")
INVALID_TOKEN = Close(3500, "invalid token")
MALFORMED = Close(3501, "bad request")
STALE = Close(3502, "stale")
FORCE_DISCONNECT = Close(3503, "force disconnect")
CHANNEL_LIMIT = Close(3505, "channel limit")
INAPPROPRIATE = Close(3506, "inappropriate protocol")
FORBIDDEN = Close(3507, "permission denied")

SERVER_UNSUBSCRIBE = Close(2000, "server unsubscribe")
INSUFFICIENT = Close(2500, "insufficient state")
UNSUBSCRIBE_EXPIRED = Close(2501, "subscription expired")

ERRORS = (
    INTERNAL, UNAUTHORIZED, UNKNOWN_CHANNEL, PERMISSION_DENIED, METHOD_NOT_FOUND, ALREADY_SUBSCRIBED, LIMIT_EXCEEDED,
    BAD_REQUEST, NOT_AVAILABLE, TOKEN_EXPIRED, LAPSED, TOO_MANY, UNRECOVERABLE,
)  # fmt: skip
DISCONNECTS = (
    TOO_BIG, SHUTDOWN, FAULT, EXPIRED, SUBSCRIPTION_EXPIRED, SLOW, POSITION_LOST, FORCE_RECONNECT, NO_PONG, FLOOD,
    INVALID_TOKEN, MALFORMED, STALE, FORCE_DISCONNECT, CHANNEL_LIMIT, INAPPROPRIATE, FORBIDDEN,
)  # fmt: skip
UNSUBSCRIBES = (SERVER_UNSUBSCRIBE, INSUFFICIENT, UNSUBSCRIBE_EXPIRED)


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
