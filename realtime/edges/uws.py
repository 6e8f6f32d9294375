"""The second edge: uWebSockets, out of the wheel of `socketify`, on a port of its own; an extra, not the default.

Only the native library is used, none of that package's Python: its application polls, replaces the task factory of our
loop and unhooks `drain`.

Fan-out is one native publish per channel and turn. It says nothing about who could not take it, so whoever may be
behind is asked: after every `LOOK_BYTES` of a channel, and once a second. What else must be known of this library:

- a `ws` is a pointer, gone after `close`: it is kept by its address in `Socketify.sockets` and forgotten there;
- over its own back-pressure limit it drops frames without a word, so that limit is off and ours counts;
- a handler that returns without an answer ends the process, so nothing may be raised out of one;
- it breaks off a connection that breaks the protocol, without a close code (we give ours: 1009, 3506, 3008, 3013);
- it cannot stop reading, so who goes on sending while told to wait is closed 3013.
"""

import asyncio
import logging
from collections.abc import KeysView
from typing import Any, Literal

from socketify.native import ffi, lib

from realtime import codes
from realtime.client import MESSAGE_BYTES, Client
from realtime.codes import Close, close_reason
from realtime.edges import limits
from realtime.edges.frames import joined
from realtime.edges.handshake import Asked, judge, note
from realtime.edges.libuv import Libuv
from realtime.gateway import Gateway
from realtime.turn import Lot, Shared

log = logging.getLogger("realtime")

LOOK_BYTES = 16_384
"""So much may be published in a channel before its readers are asked how far they are."""
LOOK_S = 1.0
"""And so long."""
HELD_BYTES = 131_072
"""What may still arrive from a connection that is told to wait: two full messages."""
TOO_MANY = Close(3013, "too many requests")
IDLE_S = 240
"""When the library closes what is silent by itself; pings are ours and far more often."""
TEXT, NO_TLS, ALONE = 1, 0, 1

class Topic:
    """A channel as the library knows it. `unseen`: bytes since its readers were last asked how far they are."""

    __slots__ = ("members", "name", "unseen")

    def __init__(self, name: str) -> None:
        self.name = name.encode()
        self.members: set[Any] = set()
        self.unseen = 0


class Socket:
    """One connection. `asked`: bytes of its own answers among those that wait."""

    __slots__ = ("_asked", "_behind_at", "_client", "_edge", "_held", "_least", "_out", "topics", "ws")

    def __init__(self, edge: "Socketify", ws: Any) -> None:
        self._edge = edge
        self.ws = ws
        self.topics: set[str] = set()
        self._out: list[bytes] = []
        self._asked = self._least = self._held = 0
        self._behind_at = 0.0
        self._client: Client | None = edge.gateway.arrived(self)

    @property
    def waiting(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return 0 if self.ws is None else lib.uws_ws_get_buffered_amount(NO_TLS, self.ws)

    def received(self, opcode: int, message: Any, size: int) -> None:
        client = self._client
        if client is None:
            return
        if self._held:
            self._held += size
        if opcode != TEXT:
            client.end(*codes.INAPPROPRIATE)
        elif size > MESSAGE_BYTES:
            client.end(*codes.TOO_BIG)
        elif self._held > HELD_BYTES:
            client.end(*TOO_MANY)
        else:
            client.received(ffi.buffer(message, size)[:])

    def send(self, line: bytes) -> None:
        if self.ws is not None:
            if not self._out:
                self._edge.gateway.turn.wet(self)
            self._out.append(line)

    def flush(self) -> None:
        """The library sends what was published to this reader before, so nothing is overtaken."""
        if not self._out:
            return
        lines, self._out = self._out, []
        for message in joined(lines):
            if lib.uws_ws_send(NO_TLS, self.ws, message, len(message), TEXT) != lib.SUCCESS:
                self._asked = min(self._asked + len(message), limits.ASKED_BYTES)
                self.look()

    def look(self) -> None:
        """Far enough, or behind, or too far behind. What first filled the socket may be as large as it is."""
        waiting, slow = self.waiting, self._edge.gateway.slow
        if not waiting:
            self._asked = 0
            slow.discard(self)
        elif self not in slow:
            self._behind_at, self._least = asyncio.get_running_loop().time(), waiting
            self._asked = min(max(self._asked, waiting - limits.BUFFER_BYTES), limits.ASKED_BYTES)
            slow.add(self)
            self._edge.libuv.soon()
        if waiting > limits.BUFFER_BYTES + self._asked:
            self._too_slow()

    def sweep(self, now: float) -> None:
        """As at the default edge: time is up, unless an answer asked for still goes out."""
        waiting = self.waiting
        if waiting and self._asked and waiting < self._least:
            self._least, self._behind_at = waiting, now
        elif waiting and now - self._behind_at > limits.BUFFER_S:
            self._too_slow()
        else:
            self.look()

    def _too_slow(self) -> None:
        client, self._client = self._client, None
        if client is not None and not client.closed:
            self._edge.gateway.closed_slow()
            self._edge.gateway.turn.doom(client.end, codes.SLOW)

    def hold(self, *, on: bool) -> None:
        self._held = max(self._held, 1) if on else 0

    def close(self, code: int, reason: str) -> None:
        """Queued lines, then the code. The library does the rest, within 16 s, and calls `closed` at once."""
        if self.ws is not None:
            self.flush()
            why = close_reason(reason)
            lib.uws_ws_end(NO_TLS, self.ws, code, why, len(why))
            self._edge.libuv.soon()

    def closed(self) -> None:
        self.ws = None  # never to be touched again
        self._out.clear()
        client, self._client = self._client, None
        if client is not None:
            client.gone()
        self._edge.gateway.slow.discard(self)
        for name in self.topics:
            topic = self._edge.topics[name]
            topic.members.discard(self)
            if not topic.members:
                del self._edge.topics[name]


class Socketify:
    """The edge as others hold it (`edges.Edge`)."""

    http: Literal["httptools"] = "httptools"
    websocket: Literal["none"] = "none"

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        gateway.turn.deliver = self.deliver
        self.libuv = Libuv.here()
        self.sockets: dict[int, Socket] = {}
        self.topics: dict[str, Topic] = {}
        self._unseen: set[Topic] = set()
        self._looking: asyncio.TimerHandle | None = None
        self._app = self._listener = None

    def open(self, host: str, port: int, *, shared: bool = False) -> int:
        """As `edges.Edge.open`. The native application is never freed: connections that linger still belong to it."""
        self._box = [self]
        handle, behaviour = ffi.new_handle(self._box), ffi.new("uws_socket_behavior_t *")
        behaviour.maxPayloadLength, behaviour.idleTimeout = 2 * MESSAGE_BYTES, IDLE_S
        behaviour.upgrade, behaviour.open, behaviour.message = on_upgrade, on_open, on_message
        behaviour.drain, behaviour.close = on_drain, on_close
        heard: list[Any] = []
        name, listening = ffi.new("char[]", host.encode()), ffi.new_handle(heard)
        KEPT.append((handle, behaviour, name, listening))
        self.libuv.take()
        self._app = lib.uws_create_app(NO_TLS, ffi.new("struct us_socket_context_options_t *")[0])
        lib.uws_filter(NO_TLS, self._app, on_connection, handle)
        lib.uws_ws(NO_TLS, self._app, b"/*", behaviour[0], handle)
        lib.uws_app_any(NO_TLS, self._app, b"/*", on_request, handle)
        config = ffi.new("uws_app_listen_config_t *", {"port": port, "host": name, "options": 0 if shared else ALONE})
        lib.uws_app_listen_with_config(NO_TLS, self._app, config[0], on_listen, listening)
        if not heard[0]:
            self.libuv.leave()
            raise OSError(f"cannot listen on {host}:{port}")
        self._listener = heard[0]
        return lib.us_socket_local_port(NO_TLS, self._listener)

    async def close(self) -> None:
        """As `edges.Edge.close`."""
        if self._listener is not None:
            lib.us_listen_socket_close(NO_TLS, self._listener)
            self._listener = None
            for socket in list(self.sockets.values()):
                socket.close(*codes.SHUTDOWN)
            if self._looking is not None:
                self._looking.cancel()
            self._box.clear()
            self.libuv.leave()

    def deliver(self, lots: list[Lot]) -> None:
        """One native publish per channel and turn; what the readers are sent besides has gone out before."""
        for channel, lines in lots:
            topic = self.topics.get(channel.name) or Topic(channel.name)
            if topic.members != channel.readers.keys():
                self._align(topic, channel)
            for message in joined(lines):
                lib.uws_publish(NO_TLS, self._app, topic.name, len(topic.name), message, len(message), TEXT, False)
                topic.unseen += len(message)
            if topic.unseen > LOOK_BYTES:
                self._look(topic)
            self._unseen.add(topic)
        if self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(LOOK_S, self._look_at_all)
        self.libuv.soon()

    def _align(self, topic: Topic, channel: Shared) -> None:
        """Whoever left was sent the reason since, and with it what was published before."""
        readers: KeysView[Any] = channel.readers.keys()  # all of this edge
        name = topic.name
        for socket in topic.members - readers:
            socket.topics.discard(channel.name)
            if socket.ws is not None:
                lib.uws_ws_unsubscribe(NO_TLS, socket.ws, name, len(name))
        for socket in readers - topic.members:
            socket.topics.add(channel.name)
            if socket.ws is not None:
                lib.uws_ws_subscribe(NO_TLS, socket.ws, name, len(name))
        topic.members = set(readers)
        if readers:
            self.topics[channel.name] = topic
        else:
            self.topics.pop(channel.name, None)

    def _look(self, topic: Topic) -> None:
        topic.unseen = 0
        for socket in topic.members:
            socket.look()

    def _look_at_all(self) -> None:
        self._looking = None
        unseen, self._unseen = self._unseen, set()
        for topic in unseen:
            self._look(topic)


# What the library calls. Nothing may be raised here.

KEPT: list[Any] = []


def here(data: Any) -> Socketify | None:
    box = ffi.from_handle(data)
    if not box:
        return None
    edge: Socketify = box[0]
    edge.libuv.stirred = True
    return edge


def socket_of(ws: Any, data: Any) -> Socket | None:
    edge = here(data)
    return None if edge is None else edge.sockets.get(address(ws))


def address(ws: Any) -> int:
    return int(ffi.cast("uintptr_t", ws))


def text(size: int, at: Any) -> str:
    return bytes(ffi.buffer(at, size)).decode("latin-1")


def failed(kind: object, fault: object, trace: object) -> None:  # noqa: ARG001  (as cffi calls it)
    log.error("the edge failed: %r", fault)


@ffi.callback("uws_get_headers_server_handler")
def on_field(name: Any, name_size: int, value: Any, size: int, data: Any) -> None:
    note(ffi.from_handle(data), text(name_size, name), text(size, value))


@ffi.callback("uws_websocket_upgrade_handler", onerror=failed)
def on_upgrade(res: Any, req: Any, context: Any, data: Any) -> None:
    answer: str | bytes = b"500 Internal Server Error"
    try:
        edge, at = here(data), ffi.new("char **")
        fields: dict[str, str] = {}
        size = lib.uws_req_get_case_sensitive_method(req, at)
        method = text(size, at[0])
        size = lib.uws_req_get_full_url(req, at)
        target = text(size, at[0])
        lib.uws_req_for_each_header(req, on_field, ffi.new_handle(fields))
        answer = b"503 Service Unavailable" if edge is None else judge(Asked(method, target, fields), edge.gateway)
    finally:
        if isinstance(answer, str) and context:
            key = answer.encode()
            lib.uws_res_upgrade(NO_TLS, res, ffi.NULL, key, len(key), b"", 0, b"", 0, context)
        else:
            status = answer if isinstance(answer, bytes) else b"400 Bad Request"
            lib.uws_res_write_status(NO_TLS, res, status, len(status))
            if status.startswith(b"426"):
                lib.uws_res_write_header(NO_TLS, res, b"Sec-WebSocket-Version", 21, b"13", 2)
            lib.uws_res_end(NO_TLS, res, b"", 0, True)


@ffi.callback("uws_method_handler", onerror=failed)
def on_request(res: Any, req: Any, data: Any) -> None:
    """Whatever the library takes for no upgrade: turned away, with the status that says why."""
    on_upgrade(res, req, ffi.NULL, data)


@ffi.callback("uws_filter_handler", onerror=failed)
def on_connection(_res: Any, _change: int, data: Any) -> None:
    here(data)


@ffi.callback("uws_listen_handler", onerror=failed)
def on_listen(listener: Any, _config: Any, data: Any) -> None:
    ffi.from_handle(data).append(listener)


@ffi.callback("uws_websocket_handler", onerror=failed)
def on_open(ws: Any, data: Any) -> None:
    edge = here(data)
    if edge is not None:
        edge.sockets[address(ws)] = Socket(edge, ws)


@ffi.callback("uws_websocket_message_handler", onerror=failed)
def on_message(ws: Any, message: Any, size: int, opcode: int, data: Any) -> None:
    socket = socket_of(ws, data)
    if socket is not None:
        socket.received(opcode, message, size)


@ffi.callback("uws_websocket_handler", onerror=failed)
def on_drain(ws: Any, data: Any) -> None:
    socket = socket_of(ws, data)
    if socket is not None:
        socket.look()


@ffi.callback("uws_websocket_close_handler", onerror=failed)
def on_close(ws: Any, _code: int, _message: Any, _size: int, data: Any) -> None:
    edge = here(data)
    socket = None if edge is None else edge.sockets.pop(address(ws), None)
    if socket is not None:
        socket.closed()
