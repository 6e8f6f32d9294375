"""The first bytes of a connection: who is it for?

uvicorn makes one `Front` of every connection (its `http=` setting takes `front_class`). An upgrade on the socket's path
is answered here; anything else, and whatever is not plainly that, goes on to uvicorn's own protocol with every byte of
it. So HTTP is served as if nobody stood before it, and a handshake does not pay for what HTTP needs.

Who has not said what it wants after `HELLO_S` is closed, and so is a request for the socket that does not end.
"""

import asyncio
import re
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from realtime.edges.handshake import HANDSHAKE_BYTES, PATH, Asked, read, refusal, tokens

HELLO_S = 10.0
"""From the connection to the end of its first request, as far as that is for the socket."""
SWEEP_S = 1.0

BEGIN = b"GET " + PATH.encode()
PLAIN = re.compile(re.escape(BEGIN) + rb"(?:\?[!-~]*)? HTTP/1\.1(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*)+")
"""A request that needs no judgement on its form: whatever is not exactly this is uvicorn's to read or to refuse."""


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
        loop = asyncio.get_running_loop()
        self.waiting[front] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time() - HELLO_S
        for front, since in list(self.waiting.items()):
            if since > before:
                break
            front.expire()
        self._timer = loop.call_later(SWEEP_S, self._sweep) if self.waiting else None

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Front(asyncio.Protocol):
    threshold: ClassVar[Threshold]
    socket: ClassVar[Any]
    """The websocket's protocol, as uvicorn's `ws=` takes it."""
    __slots__ = ("_config", "_head", "_state", "_state_of_app", "_transport")

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        """As uvicorn makes it; all of that is for whom the connection is handed to."""
        self._config, self._state, self._state_of_app = config, server_state, app_state
        self._head = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._state.connections.add(self)
        self.threshold.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._gone()

    def _gone(self) -> None:
        self.threshold.waiting.pop(self, None)
        self._state.connections.discard(self)

    def shutdown(self) -> None:
        """uvicorn is going down."""
        self._transport.close()

    def expire(self) -> None:
        if self._head:
            self._transport.write(refusal(b"408 Request Timeout"))
        self._gone()
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        if self._head:
            data = self._head + data
        if not data.startswith(BEGIN):
            if BEGIN.startswith(data):
                self._head = data
            else:
                self._hand_over(HttpToolsProtocol).data_received(data)
            return
        end = data.find(b"\r\n\r\n")
        if end < 0 and len(data) <= HANDSHAKE_BYTES:
            self._head = data
        elif not 0 <= end <= HANDSHAKE_BYTES:
            self._gone()
            self._transport.write(refusal(b"431 Request Header Fields Too Large"))
            self._transport.close()
        else:
            head = data[:end]
            asked = read(head) if PLAIN.fullmatch(head) else None
            if asked is None or not upgrades(asked):
                self._hand_over(HttpToolsProtocol).data_received(data)
                return
            socket = self._hand_over(self.socket)
            socket.shake_hands(asked)
            if len(data) > end + 4:
                socket.data_received(data[end + 4 :])

    def _hand_over(self, to: Any) -> Any:
        """What uvicorn does itself at an upgrade."""
        self._gone()
        protocol = to(config=self._config, server_state=self._state, app_state=self._state_of_app)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        return protocol


def front_class(socket: Any) -> type[Front]:
    """A protocol class for uvicorn's `http=`; `socket` is the one for its `ws=`."""
    return type("GatewayFront", (Front,), {"socket": socket, "threshold": Threshold(), "__slots__": ()})
