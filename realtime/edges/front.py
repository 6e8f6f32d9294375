"""The first bytes of a connection, and the default edge as others hold it.

uvicorn makes a `Front` of every connection (its `http=` setting). An upgrade on the socket's path makes a websocket of
it there and then. Anything else, and whatever is not plainly that, goes on to uvicorn's own protocol with every byte of
it: HTTP is served as if nobody stood before it, and a handshake does not pay for what HTTP needs.

Who has not said what it wants after `HELLO_S` is closed, and so is a request for the socket that does not end.
"""

import asyncio
import re
from enum import Enum, auto
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from realtime.edges.direct import CLOSED, OPEN, Socket, protocol_class
from realtime.edges.handshake import HANDSHAKE_BYTES, PATH, Asked, read, tokens
from realtime.gateway import Gateway

HELLO_S = 10.0
"""From the connection to the end of its first request, as far as that is for the socket."""
SWEEP_S = 1.0

BEGIN = b"GET " + PATH.encode()
PLAIN = re.compile(re.escape(BEGIN) + rb"(?:\?[!-~]*)? HTTP/1\.1(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*)+")
"""A request that needs no judgement on its form: whatever is not exactly this is uvicorn's to read or to refuse."""
END = b"\r\n\r\n"


class Whose(Enum):
    UNKNOWN = auto()
    HTTP = auto()
    TOO_LARGE = auto()


def whose(data: bytes) -> Whose | tuple[Asked, int]:
    """Whom the first bytes of a connection are for. For the socket: what it asks, and where that ends."""
    if not data.startswith(BEGIN):
        return Whose.UNKNOWN if BEGIN.startswith(data) else Whose.HTTP
    end = data.find(END)
    if end < 0 and len(data) <= HANDSHAKE_BYTES:
        return Whose.UNKNOWN
    if not 0 <= end <= HANDSHAKE_BYTES:
        return Whose.TOO_LARGE
    head = data[:end]
    if not PLAIN.fullmatch(head):
        return Whose.HTTP
    asked = read(head)
    return (asked, end + len(END)) if upgrades(asked) else Whose.HTTP


def upgrades(asked: Asked) -> bool:
    """Whether it is an upgrade in the first place, and nothing but that; how good a one is judged by the socket."""
    fields = asked.fields
    return (
        fields.get("upgrade", "").lower() == "websocket"
        and "upgrade" in tokens(fields.get("connection", ""))
        and "content-length" not in fields
        and "transfer-encoding" not in fields
    )


class Threshold:
    """Those who have not said yet what they want, oldest first, and since when."""

    def __init__(self) -> None:
        self.waiting: dict[Front, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, front: "Front") -> None:
        if self._timer is None:
            self._loop = asyncio.get_running_loop()
            self._timer = self._loop.call_later(SWEEP_S, self._sweep)
        self.waiting[front] = self._loop.time()

    def _sweep(self) -> None:
        before = self._loop.time() - HELLO_S
        for front, since in list(self.waiting.items()):
            if since > before:
                break
            del self.waiting[front]
            front.expire()
        self._timer = self._loop.call_later(SWEEP_S, self._sweep) if self.waiting else None

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Front(Socket):
    """A connection that has not said yet what it wants."""

    threshold: ClassVar[Threshold]
    __slots__ = ("_config", "_head", "_state", "_state_of_app")

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        super().__init__(config, server_state, app_state)
        self._config, self._state, self._state_of_app = config, server_state, app_state
        self._head = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.threshold.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.threshold.waiting.pop(self, None)
        super().connection_lost(exc)

    def expire(self) -> None:
        """It took too long."""
        if self._head:
            self._turn_away(b"408 Request Timeout")
        else:
            self._stage = CLOSED
            self._transport.close()

    def _meet(self, data: bytes) -> None:
        if self._head:
            data = self._head + data
        found = whose(data)
        if found is Whose.UNKNOWN:
            self._head = data
            return
        self.threshold.waiting.pop(self, None)
        self._head = b""
        if found is Whose.HTTP:
            self._hand_over(data)
        elif found is Whose.TOO_LARGE:
            self._turn_away(b"431 Request Header Fields Too Large")
        else:
            asked, end = found
            self._shake_hands(asked)
            if len(data) > end and self._stage == OPEN:
                self._read(data[end:])

    def _hand_over(self, data: bytes) -> None:
        """What uvicorn does itself at an upgrade."""
        self._connections.discard(self)
        self._stage = CLOSED
        http = HttpToolsProtocol(self._config, self._state, self._state_of_app)
        self._transport.set_protocol(http)
        http.connection_made(self._transport)
        http.data_received(data)


class Direct:
    """The edge as others hold it (`edges.Edge`): it has no port of its own. `websocket` is for what comes on
    connections that were used for HTTP before."""

    def __init__(self, gateway: Gateway) -> None:
        self.websocket = protocol_class(gateway)
        mine = {"gateway": gateway, "threshold": Threshold(), "__slots__": ()}
        self.http: type[Front] = type("GatewayFront", (Front,), mine)

    def open(self, host: str, port: int, *, shared: bool = False) -> None:
        """uvicorn listens."""

    async def close(self) -> None:
        """uvicorn closes the connections."""
        self.http.threshold.close()
