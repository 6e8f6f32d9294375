"""The default edge: RFC 6455 on an `asyncio.Protocol`, served by uvicorn on the port of the rest of the house.

What stands in front (`front`) reads the upgrade request and hands the connection over; for one that was used for HTTP
before, uvicorn does (its `ws=` setting takes `protocol_class(gateway)`). From then on bytes go straight to the socket:
`fan` writes one shared buffer to every reader of a channel with nothing but a system call per reader. That is only
right while the transport holds nothing back, or the bytes would overtake; so a connection is `fast` or it is not. When
the socket does not take everything, the rest goes to the transport and the connection leaves the fast set until that is
drained. How far behind it may be is in `limits`.
A TLS transport is never fast.

Frames in: whole, unfragmented text frames, which is all that SDKs send, are read in place. At anything else a wsproto
connection takes over for the rest of this connection's life, and its few KB are spent only there.
"""

import asyncio
import os
from collections.abc import Collection
from typing import Any, ClassVar

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.utilities import generate_accept_token

from realtime import codes
from realtime.client import MESSAGE_BYTES, Client
from realtime.codes import close_reason
from realtime.edges import limits
from realtime.edges.frames import frame, frames
from realtime.edges.handshake import HANDSHAKE_BYTES, Asked, judge, read, refusal
from realtime.gateway import Gateway
from realtime.turn import Lot, Reader

CLOSE_S = 5.0
"""How long a close frame waits for its answer."""

SHUTDOWN_S = 1.0
"""The same when the process is going down and others wait for it."""

NEW, OPEN, CLOSING, CLOSED = range(4)


def deliver(lots: list[Lot]) -> None:
    """Every line of the turn to its readers. Readers of the same channels share one buffer and one write."""
    if len(lots) == 1 or _disjoint(lots):
        for channel, lines in lots:
            fan(channel.readers.keys(), frames(lines))  # type: ignore[arg-type]
        return
    reads: dict[Reader, int] = {}  # which of the channels, a bit each
    for bit, (channel, _) in enumerate(lots):
        for reader in channel.readers:
            reads[reader] = reads.get(reader, 0) | 1 << bit
    alike: dict[int, list[Reader]] = {}
    for reader, mask in reads.items():
        alike.setdefault(mask, []).append(reader)
    for mask, readers in alike.items():
        fan(readers, frames([line for bit, (_, lines) in enumerate(lots) if mask >> bit & 1 for line in lines]))  # type: ignore[arg-type]


def _disjoint(lots: list[Lot]) -> bool:
    """Nobody reads two of these channels, as it is when they are of different houses."""
    all_of_them = [channel.readers for channel, _ in lots]
    return len(set[Reader]().union(*all_of_them)) == sum(map(len, all_of_them))


def fan(readers: Collection["Socket"], data: bytes) -> None:
    """The hot path: the same bytes to many."""
    write, size = os.write, len(data)
    for reader in readers:
        if reader.plain:
            try:
                sent = write(reader.fd, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                reader.broken()
                continue
            if sent != size:
                reader.cut(data, sent, asked=0)
        else:
            reader.push(data)


class Socket(asyncio.Protocol):
    """One connection. `plain`: fast, and nothing queued of its own; `asked`: bytes of its own in the transport."""

    gateway: ClassVar[Gateway]
    __slots__ = (
        "_asked",
        "_behind_at",
        "_client",
        "_connections",
        "_direct",
        "_fast",
        "_held",
        "_least",
        "_linger",
        "_out",
        "_parts",
        "_stage",
        "_transport",
        "_ws",
        "fd",
        "plain",
    )

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:  # noqa: ARG002  (uvicorn's call)
        """As uvicorn makes it; of all that only the set of open connections is used, for its shutdown."""
        self._connections = server_state.connections
        self._client: Client | None = None
        self._stage = NEW
        self._out: list[bytes] = []
        self._parts: list[bytes] | None = None
        self._ws: Connection | None = None
        self._linger: asyncio.TimerHandle | None = None
        self._asked = self._least = 0
        self._behind_at = 0.0
        self._fast = self._held = self.plain = False

    # Life

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._connections.add(self)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._connections.discard(self)
        self._finish()

    def shutdown(self) -> None:
        """uvicorn is going down."""
        if self._client is not None:
            self._client.end(*codes.SHUTDOWN)
        else:
            self._transport.close()

    def broken(self) -> None:
        """The socket failed under our hand; the transport learns it from us."""
        self.plain = self._fast = False
        self._transport.abort()

    def _finish(self) -> None:
        self._stage = CLOSED
        self.plain = self._fast = False
        self._out.clear()
        self._parts = None
        self.gateway.slow.discard(self)
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None
        if self._client is not None:
            self._client.gone()
            self._client = None

    # In

    def data_received(self, data: bytes) -> None:
        if self._stage == NEW:
            self._meet(data)
        elif self._stage != CLOSED:
            self._read(data)

    def _meet(self, data: bytes) -> None:
        """From uvicorn: the whole request, and nothing else."""
        if len(data) > HANDSHAKE_BYTES:
            self._turn_away(b"431 Request Header Fields Too Large")
        else:
            self._shake_hands(read(data.removesuffix(b"\r\n\r\n")))

    def _shake_hands(self, asked: Asked) -> None:
        answer = judge(asked, self.gateway)
        if isinstance(answer, bytes):
            self._turn_away(answer)
            return
        transport = self._transport
        self._direct = transport.get_extra_info("sslcontext") is None
        self.fd = transport.get_extra_info("socket").fileno()
        transport.set_write_buffer_limits(high=0)
        self._stage = OPEN
        self._write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + generate_accept_token(answer.encode()) + b"\r\n\r\n",
            asked=0,
        )
        self._client = self.gateway.arrived(self)

    def _turn_away(self, status: bytes) -> None:
        self._stage = CLOSED
        self._transport.write(refusal(status))
        self._transport.close()

    def _read(self, data: bytes) -> None:
        if self._ws is None:
            at = self._read_plain(data)
            if at == len(data) or self._stage == CLOSED:
                return
            data = data[at:]
            self._ws = Connection(ConnectionType.SERVER)
        if self._ws.state is ConnectionState.OPEN:
            self._ws.receive_data(data)
            self._read_any(self._ws)

    def _read_plain(self, data: bytes) -> int:
        """Take whole masked text frames; the position of the first byte that is something else."""
        at, size = 0, len(data)
        while size - at >= 6 and data[at] == 0x81 and data[at + 1] & 0x80:
            length, start = data[at + 1] & 0x7F, at + 6
            if length == 127:
                break
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 8
                if length < 126:
                    break
            end = start + length
            if end > size:
                break
            mask = data[start - 4 : start]
            payload = data[start:end]
            if length and mask != b"\0\0\0\0":
                key = (mask * (length // 4 + 1))[:length]
                payload = (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(length, "big")
            if not payload.isascii():
                try:
                    payload.decode()
                except UnicodeDecodeError:
                    break  # wsproto finds the same and has the words for it
            at = end
            self._message(payload)
            if self._stage == CLOSED:
                return size
        return at

    def _read_any(self, ws: Connection) -> None:
        for event in ws.events():
            if isinstance(event, CloseConnection):
                if ws.state is ConnectionState.OPEN:  # not from them: they broke the protocol
                    self._fail(event.code, event.reason or "protocol error")
                    self._last_word()
                else:
                    self._answer_close(event.code)
                return
            if self._stage != OPEN:
                continue
            if isinstance(event, Ping):
                self.push(frame(bytes(event.payload), 0x8A))
            elif isinstance(event, TextMessage):
                self._piece(event.data.encode(), last=event.message_finished)
            elif isinstance(event, BytesMessage):
                self._fail(*codes.INAPPROPRIATE)

    def _piece(self, data: bytes, *, last: bool) -> None:
        if self._parts is None:
            self._parts = []
        if data:
            self._parts.append(data)
        if sum(map(len, self._parts)) > MESSAGE_BYTES:
            self._fail(*codes.TOO_BIG)
            self._last_word()
        elif last:
            message = b"".join(self._parts)
            self._parts = None
            self._message(message)

    def _message(self, message: bytes) -> None:
        if self._stage == OPEN and self._client is not None:
            if len(message) > MESSAGE_BYTES:
                self._fail(*codes.TOO_BIG)
            else:
                self._client.received(message)

    def _fail(self, code: int, reason: str) -> None:
        if self._client is not None:
            self._client.end(code, reason)

    def _last_word(self) -> None:
        """What they still send cannot be understood or is not wanted: no close frame of theirs will be found in it."""
        self._stage = CLOSED
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()

    def _answer_close(self, code: int) -> None:
        if self._stage == OPEN:
            echo = code.to_bytes(2, "big") if 1000 <= code < 5000 and code not in (1005, 1006, 1015) else b""
            client, self._client = self._client, None
            if client is not None:
                client.gone()
            self.flush()
            echoed = frame(echo, 0x88)
            self._write(echoed, asked=len(echoed))
        self._stage = CLOSED
        self._transport.close()
        if self._linger is None:
            self._linger = asyncio.get_running_loop().call_later(CLOSE_S, self._transport.abort)

    # Out

    @property
    def waiting(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    def send(self, line: bytes) -> None:
        if self._stage == OPEN:
            if not self._out:
                self.plain = False
                self.gateway.turn.wet(self)
            self._out.append(line)

    def flush(self) -> None:
        if self._out:
            data = frames(self._out)
            self._out.clear()
            self._write(data, asked=len(data))
            self.plain = self._fast

    def push(self, data: bytes) -> None:
        """A frame now, behind what is queued."""
        if self._stage == OPEN:
            self.flush()
            self._write(data, asked=0)

    def _write(self, data: bytes, *, asked: int) -> None:
        """Straight to the socket if the transport holds nothing, else behind what it holds."""
        if self._stage == CLOSED:
            return
        if not self._fast:
            waiting = self._transport.get_write_buffer_size()
            if not waiting:
                self._caught_up()
            if not self._fast:
                self._queue(data, waiting, asked)
                return
        try:
            sent = os.write(self.fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.broken()
            return
        if sent != len(data):
            self.cut(data, sent, asked=asked)

    def cut(self, data: bytes, sent: int, *, asked: int) -> None:
        """The socket took `sent` bytes and no more: leave the fast set."""
        self._fast = self.plain = False
        self._queue(data[sent:], 0, asked)

    def _queue(self, data: bytes, waiting: int, asked: int) -> None:
        """Behind what waits already. The first may be as large as it is."""
        if not waiting:
            asked = max(asked, len(data) - limits.BUFFER_BYTES)
        if self not in self.gateway.slow and (waiting or self._direct):
            self._fall_behind(waiting + len(data))
        self._asked = min(self._asked + asked, limits.ASKED_BYTES)
        if self._stage == OPEN and waiting + len(data) > limits.BUFFER_BYTES + self._asked:
            self._too_slow()  # this and all that follows is dropped: the connection has ended
            return
        self._transport.write(data)

    def _fall_behind(self, waiting: int) -> None:
        self._behind_at = asyncio.get_running_loop().time()
        self._least = waiting
        self.gateway.slow.add(self)
        self._transport.pause_reading()

    def _caught_up(self) -> None:
        self._fast = self._direct
        self.plain = self._fast and not self._out
        self._asked = 0
        if self in self.gateway.slow:
            self.gateway.slow.discard(self)
            if not self._held and self._stage != CLOSED:
                self._transport.resume_reading()

    def resume_writing(self) -> None:
        if self._stage == OPEN and not self._transport.get_write_buffer_size():
            self._caught_up()

    def sweep(self, now: float) -> None:
        """Time is up after `BUFFER_S` behind; an answer asked for may take longer as long as some of it goes out."""
        waiting = self._transport.get_write_buffer_size()
        if not waiting:
            self._caught_up()
        elif self._asked and waiting < self._least:
            self._least, self._behind_at = waiting, now
        elif now - self._behind_at > limits.BUFFER_S:
            self._too_slow()

    def _too_slow(self) -> None:
        if self._client is not None and not self._client.closed:
            self.gateway.closed_slow()
            self._stage = CLOSING  # takes nothing more; the close frame goes when nobody walks through the readers
            self.gateway.turn.doom(self._client.end, codes.SLOW)

    def hold(self, *, on: bool) -> None:
        self._held = on
        if self._stage in (OPEN, CLOSING) and self not in self.gateway.slow:
            if on:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def close(self, code: int, reason: str) -> None:
        """Queued frames, then the code; then their answer, or `CLOSE_S`."""
        if self._stage == CLOSED:
            return
        self._stage = CLOSING
        self.flush()
        last = frame(code.to_bytes(2, "big") + close_reason(reason), 0x88)
        self._write(last, asked=len(last))
        self._client = None
        self.plain = False
        if self in self.gateway.slow:
            self.gateway.slow.discard(self)
        if not self._transport.is_closing():
            self._transport.resume_reading()
        linger_s = SHUTDOWN_S if code == codes.SHUTDOWN.code else CLOSE_S
        self._linger = asyncio.get_running_loop().call_later(linger_s, self._transport.abort)


def protocol_class(gateway: Gateway) -> type[Socket]:
    """A websocket protocol class for uvicorn's `ws=`, bound to one gateway."""
    gateway.turn.deliver = deliver
    return type("GatewaySocket", (Socket,), {"gateway": gateway, "__slots__": ()})
