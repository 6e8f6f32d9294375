"""A small client of the house's doors: keep-alive REST and the websocket, for the simulator and the load bench.

Why an own one: the load bench must cost less than what it measures, and the simulator ships with the house, where the
SDKs of the tests are not installed. It knows just what our doors use: JSON answers with a length or in chunks, one
cookie, text frames. `Socket` hands over each frame's payload as it arrives; `Tablet` speaks the Centrifugal protocol.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import httptools
import msgspec

ANSWER_S: Final = 10.0  # a house that has not answered by then is treated as away
HANDSHAKE_MAX: Final = 16 * 1024  # bytes of a websocket handshake's answer

_encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode


class AwayError(Exception):
    """The house was not reached, or did not answer in time; whether it heard is not known."""


class Address:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.scheme == "http", "plain http only: the bench runs beside the house"
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.origin = f"http://{parts.netloc}"


class Http:
    """One signed-in caller on one keep-alive connection. Calls queue up; each gets its own answer."""

    def __init__(self, address: Address, *, cookie: str = "") -> None:
        self.address, self.cookie = address, cookie
        self._turn = asyncio.Lock()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Status and body. Raises AwayError."""
        payload = b"" if body is None else body if isinstance(body, bytes) else _encode(body)
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: {self.address.host}:{self.address.port}\r\n"
            f"origin: {self.address.origin}\r\ncontent-type: application/json\r\ncontent-length: {len(payload)}\r\n"
            + (f"cookie: {self.cookie}\r\n" if self.cookie else "") + "\r\n"
        ).encode()  # fmt: skip
        async with self._turn:
            try:
                async with asyncio.timeout(ANSWER_S):
                    reader, writer = await self._connected()
                    writer.write(head + payload)
                    answer = await self._read(reader)
            except (OSError, TimeoutError, EOFError, httptools.HttpParserError) as away:
                self.close()
                raise AwayError(f"{method} {path}: {away or type(away).__name__}") from away
            except BaseException:
                self.close()  # cancelled between question and answer: the next answer would be the wrong one
                raise
            if not answer.keep_alive:
                self.close()
            if answer.cookies:
                self.cookie = "; ".join(answer.cookies)
            return answer.status, bytes(answer.body)

    async def get(self, path: str) -> Any:
        """The decoded body of a 200; None for anything else."""
        status, body = await self.call("GET", path)
        return decode(body) if status == 200 else None

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None or self._streams[0].at_eof() or self._streams[1].is_closing():
            self._streams = await asyncio.open_connection(self.address.host, self.address.port)
        return self._streams

    async def _read(self, reader: asyncio.StreamReader) -> "_Answer":
        answer = _Answer()
        while not answer.complete:
            data = await reader.read(65536)
            if not data:
                raise EOFError("closed before the answer was whole")
            answer.feed(data)
        return answer

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None


class _Answer:
    """One response, as httptools calls it back."""

    def __init__(self) -> None:
        self.status, self.keep_alive, self.complete = 0, True, False
        self.body, self.cookies = bytearray(), []
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"set-cookie":
            self.cookies.append(value.decode().split(";")[0])

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.keep_alive = self._parser.should_keep_alive()
        self.complete = True


class Socket(asyncio.Protocol):
    """One websocket: `hear(payload)` for each text message, `gone(code)` once at its end."""

    def __init__(self, address: Address, hear: Callable[[bytes], None], gone: Callable[[int], None]) -> None:
        self._address, self._hear, self._gone = address, hear, gone
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer, self._open, self._code = b"", False, 1006
        self._parts: list[bytes] = []
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def connect(
        cls, address: Address, hear: Callable[[bytes], None], gone: Callable[[int], None]
    ) -> "Socket":
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWER_S):
                _, socket = await loop.create_connection(lambda: cls(address, hear, gone), address.host, address.port)
                socket.shake_hands()
                await socket.opened
        except (OSError, TimeoutError) as away:
            raise AwayError(f"websocket: {away or type(away).__name__}") from away
        return socket

    def say(self, *messages: Any) -> None:
        """Messages as one text frame, one a line."""
        payload = b"\n".join(_encode(m) for m in messages)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_masked(0x81, payload))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # ---- asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        if not self._open:
            data = self._opened_by(data)
            if not self._open:
                self._buffer = data
                return
        at, size = 0, len(data)
        while size - at >= 2:
            length, body = data[at + 1] & 0x7F, at + 2
            if length == 126:
                if size - at < 4:
                    break
                length, body = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                if size - at < 10:
                    break
                length, body = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if size - body < length:
                break
            self._frame(data[at], data[body : body + length])
            at = body + length
        self._buffer = data[at:] if at else data

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the close code says more
        if not self.opened.done():
            self.opened.set_exception(ConnectionResetError("closed during the handshake"))
        self._gone(self._code)

    # ---- frames

    def _frame(self, head: int, payload: bytes) -> None:
        match head:
            case 0x81:
                self._hear(payload)
            case 0x88:
                self._code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
                if self._transport is not None:
                    self._transport.write(_masked(0x88, payload[:2]))
                    self._transport.close()
            case 0x89:
                if self._transport is not None:
                    self._transport.write(_masked(0x8A, payload))
            case 0x01 | 0x00 | 0x80:
                self._parts.append(payload)
                if head == 0x80:
                    whole, self._parts = b"".join(self._parts), []
                    self._hear(whole)

    def shake_hands(self) -> None:
        assert self._transport is not None
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write((
            f"GET /connection/websocket HTTP/1.1\r\nhost: {self._address.host}:{self._address.port}\r\n"
            f"origin: {self._address.origin}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            f"sec-websocket-key: {key}\r\nsec-websocket-version: 13\r\n\r\n"
        ).encode())  # fmt: skip

    def _opened_by(self, data: bytes) -> bytes:
        head, found, rest = data.partition(b"\r\n\r\n")
        if not found:
            if len(data) > HANDSHAKE_MAX:
                self.close()
            return data
        if not head.startswith(b"HTTP/1.1 101"):
            if not self.opened.done():
                self.opened.set_exception(ConnectionRefusedError(head[:64].decode("latin-1")))
            self.close()
            return b""
        self._open = True
        if not self.opened.done():
            self.opened.set_result(None)
        return rest


def _masked(head: int, payload: bytes) -> bytes:
    """A client's frame: every client frame must be masked; the mask is no secret here."""
    mask = os.urandom(4)
    size = len(payload)
    if size < 126:
        start = bytes((head, 0x80 | size))
    elif size < 65536:
        start = bytes((head, 0xFE)) + size.to_bytes(2, "big")
    else:
        start = bytes((head, 0xFF)) + size.to_bytes(8, "big")
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return start + mask + (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")


class Tablet:
    """A websocket client of some channels. `push(channel, offset, data)` for each publication, `lost()` when the link
    or one of its channels is gone; the caller then reads the states anew and connects again.
    """

    def __init__(self, push: Callable[[str, int, Any], None], lost: Callable[[], None]) -> None:
        self._push, self._lost = push, lost
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._socket: Socket | None = None
        self._pongs = False
        self._next = 0

    async def connect(self, address: Address, token: str) -> None:
        self._socket = await Socket.connect(address, self._hear, self._gone)
        reply = await self._ask("connect", {"token": token, "name": "bench"})
        self._pongs = bool(reply.get("pong"))

    async def subscribe(self, channel: str) -> int:
        """The position from which publications will come."""
        return (await self._ask("subscribe", {"channel": channel})).get("offset", 0)

    async def rpc(self, name: str, body: Any) -> Any:
        return (await self._ask("rpc", {"method": name, "data": body})).get("data")

    def unsubscribe_soon(self, channel: str) -> None:
        if self._socket:
            self._next += 1
            self._socket.say({"id": self._next, "unsubscribe": {"channel": channel}})

    def close(self) -> None:
        if self._socket:
            self._socket.close()

    async def _ask(self, what: str, args: dict[str, Any]) -> dict[str, Any]:
        assert self._socket is not None
        self._next += 1
        answered = self._asked[self._next] = asyncio.get_running_loop().create_future()
        self._socket.say({"id": self._next, what: args})
        try:
            async with asyncio.timeout(ANSWER_S):
                reply = await answered
        except TimeoutError as away:
            raise AwayError(f"{what}: no answer") from away
        if "error" in reply:
            raise AwayError(f"{what}: {reply['error'].get('message')} ({reply['error'].get('code')})")
        return reply.get(what, {})

    def _hear(self, payload: bytes) -> None:
        for line in payload.split(b"\n"):
            said = decode(line)
            if "push" in said:
                push = said["push"]
                if "pub" in push:
                    self._push(push["channel"], push["pub"].get("offset", 0), push["pub"]["data"])
                elif "unsubscribe" in push:
                    self._lost()
            elif "id" in said:
                answered = self._asked.pop(said["id"], None)
                if answered and not answered.done():
                    answered.set_result(said)
            elif self._pongs and self._socket:
                self._socket.say({})

    def _gone(self, code: int) -> None:
        for answered in self._asked.values():
            if not answered.done():
                answered.set_exception(AwayError(f"the socket closed ({code})"))
                answered.exception()  # nobody may be waiting any more
        self._asked.clear()
        self._lost()
