# ruff: noqa: ASYNC109, N818  (tests wait, poll and unpack what a fixture gives)
"""A house in memory behind a real gateway on a real port, and a client that shows every raw frame."""

import asyncio
import base64
import contextlib
import json
import os
import socket
import struct
import time

import uvicorn

from realtime.backend import Grant, History, Refusal, Session
from realtime.edges import choose, limits
from realtime.edges.handshake import PATH
from realtime.gateway import Gateway
from realtime.wire import signed


class Book:
    """A backend: channels with epochs and publications, and knobs to make it slow, forgetful or broken.

    Anyone publishes to `chat:…`, whose readers are signed, shown and told of; `$…` wants a token `sub:LIFE_S`;
    `grants` overrides what a channel gives.
    """

    def __init__(self):
        self.epoch = "e1"
        self.kept: dict[str, list[tuple[int, bytes]]] = {}
        self.top: dict[str, int] = {}
        self.asked: list[tuple] = []
        self.forbidden: set[tuple[str, str]] = set()
        self.signed_out: set[str] = set()
        self.life_s: float | None = None
        self.given: tuple[str, ...] = ()
        self.hello: bytes | None = None
        self.grants: dict[str, Grant] = {}
        self.tell = lambda _publications: None
        self.ping_s = 25
        self.pause_s = 0.0
        self.broken = False
        self.in_rpc = asyncio.Event()
        self.go_on = asyncio.Event()

    def commit(self, channel, value):
        """One more publication; what `Gateway.deliver` takes."""
        return self.keep(channel, json.dumps(value).encode())

    def keep(self, channel, data):
        offset = self.top.get(channel, 0) + 1
        self.top[channel] = offset
        self.kept.setdefault(channel, []).append((offset, data))
        return channel, offset, data

    async def connect(self, token, data=b""):
        self.asked.append(("connect", token, data))
        await asyncio.sleep(self.pause_s)
        if token == "expired":
            return Refusal(109, "token expired")
        if not token.startswith("user:"):
            return Refusal(3500, "invalid token", close=True)
        return self.session(token)

    def session(self, token):
        user, _, sign_in = token.removeprefix("user:").partition("@")
        ends = None if self.life_s is None else time.time() + self.life_s
        return Session(
            user, ends, self.ping_s, b'{"n":1}', sign_in=sign_in, data=self.hello, channels=self.given
        )  # fmt: skip

    async def refresh(self, session, token):
        if token == "expired":
            return Refusal(3005, "connection expired", close=True)
        return self.session(token)

    async def stands(self, session):
        self.asked.append(("stands", session.user))
        if self.broken:
            raise OSError("no database")
        return Refusal(3500, "invalid token", close=True) if session.user in self.signed_out else None

    async def authorise(self, session, channel, token=""):
        self.asked.append(("authorise", channel, token))
        await asyncio.sleep(self.pause_s)
        if self.broken:
            raise OSError("no database")
        if channel.startswith("unknown:"):
            return Refusal(102, "unknown channel")
        if (session.user, channel) in self.forbidden or channel.startswith("private:"):
            return Refusal(103, "permission denied")
        if channel.startswith("$"):
            kind, _, life_s = token.partition(":")
            if kind == "old":
                return Refusal(109, "token expired")
            if kind != "sub":
                return Refusal(103, "permission denied")
            return Grant(expires_at=time.time() + float(life_s), data=b'{"sub": 1}')
        if channel.startswith("chat:"):
            return Grant(presence=True, join_leave=True, info=b'{"seat": 1}')
        if channel in self.grants:
            return self.grants[channel]
        return Grant(presence=not channel.startswith("quiet:"), join_leave=channel.startswith("room:"))

    async def publish(self, session, channel, data, info):
        if not channel.startswith("chat:"):
            return Refusal(108, "not available")
        self.tell([self.keep(channel, signed(data, info))])
        return None

    async def history(self, channel, since, limit):
        self.asked.append(("history", channel, since, limit))
        await asyncio.sleep(self.pause_s)
        if self.broken:
            raise OSError("no database")
        top = self.top.get(channel, 0)
        if since is None:
            return History(self.epoch, top, [])
        return History(self.epoch, top, [p for p in self.kept.get(channel, []) if p[0] > since][:limit])

    async def rpc(self, session, method, data):
        self.asked.append(("rpc", method, data))
        if method == "echo":
            return data
        if method == "pretty":
            return b'{\n  "a": 1\r\n}'
        if method == "wait":
            self.in_rpc.set()
            await self.go_on.wait()
            return b'"waited"'
        if method == "crash":
            raise RuntimeError("boom")
        if method == "busy":
            return Refusal(111, "too many requests", temporary=True)
        if method == "out":
            return Refusal(3507, "permission denied", close=True)
        return Refusal(104, "method not found")

    def histories(self, channel):
        return sum(1 for a in self.asked if a[0] == "history" and a[1] == channel)


async def http_app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@contextlib.asynccontextmanager
async def serving(gateway, edge="direct", *, app=http_app, http=None, **config):
    """The gateway behind an edge, beside a real uvicorn; gives the port of the socket."""
    way = choose(edge)(gateway)
    own = way.open("127.0.0.1", 0)
    sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
    limits.bound(sock)
    config = uvicorn.Config(app, ws=way.websocket, log_level="warning", http=http or way.http, **config)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup([sock])
    try:
        yield own or sock.getsockname()[1]
    finally:  # at once: how a server goes down in good order is tested where that is the point
        for listening in server.servers:
            listening.close()
        for open_still in list(server.server_state.connections):
            if transport := getattr(open_still, "_transport", None) or getattr(open_still, "transport", None):
                transport.abort()
        await gateway.stop()
        await way.close()


class Closed(Exception):
    def __init__(self, code, reason):
        super().__init__(code, reason)
        self.code, self.reason = code, reason


def mask(payload, head=0x81, key=b"\x01\x02\x03\x04"):
    n = len(payload)
    size = (
        bytes([0x80 | n])
        if n < 126
        else b"\xfe" + struct.pack("!H", n)
        if n < 65536
        else b"\xff" + struct.pack("!Q", n)
    )
    masked = bytes(b ^ key[i % 4] for i, b in enumerate(payload))
    return bytes([head]) + size + key + masked


class Raw:
    """A websocket client of a few lines that hides nothing: frames as they come, one JSON value per line."""

    def __init__(self, reader, writer):
        self.r, self.w = reader, writer
        self.lines: list = []
        self.n = 0
        self.frames = 0

    @classmethod
    async def dial(cls, port, *, path=PATH, headers=(), limit=2**24, host=None):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=limit)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host or f'127.0.0.1:{port}'}",
            "Upgrade: websocket",
            "Connection: keep-alive, Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            *headers,
            "",
            "",
        ]
        writer.write("\r\n".join(lines).encode())
        self = cls(reader, writer)
        self.head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
        self.status = int(self.head.split()[1])
        return self

    @classmethod
    async def connected(cls, port, user="ann", **kw):
        self = await cls.dial(port, **kw)
        assert self.status == 101, self.head
        self.hello = await self.ask(connect={"token": f"user:{user}"})
        assert "connect" in self.hello, self.hello
        return self

    def put(self, *values):
        self.w.write(mask("\n".join(v if isinstance(v, str) else json.dumps(v) for v in values).encode()))

    async def frame(self, timeout=5):
        """(opcode, payload) of the next frame; servers do not mask."""
        async with asyncio.timeout(timeout):
            a, b = await self.r.readexactly(2)
            assert not b & 0x80
            n = b & 127
            if n == 126:
                n = int.from_bytes(await self.r.readexactly(2), "big")
            elif n == 127:
                n = int.from_bytes(await self.r.readexactly(8), "big")
            self.frames += 1
            return a, await self.r.readexactly(n)

    async def next(self, timeout=5):
        """The next JSON value from the server; pings `{}` included. Raises Closed at a close frame."""
        while not self.lines:
            op, payload = await self.frame(timeout)
            if op == 0x88:
                raise Closed(int.from_bytes(payload[:2], "big"), payload[2:].decode())
            assert op == 0x81, hex(op)
            assert payload
            for line in payload.split(b"\n"):
                assert line, "an empty line kills the SDKs"
                self.lines.append(json.loads(line))
        return self.lines.pop(0)

    async def ask(self, timeout=5, **request):
        self.n += 1
        self.put({"id": self.n, **request})
        while True:
            got = await self.next(timeout)
            if got.get("id") == self.n:
                return got
            self.stash(got)

    def stash(self, got):
        raise AssertionError(f"unexpected {got}")

    async def subscribe(self, channel, **kw):
        return await self.ask(subscribe={"channel": channel, **kw})

    async def code(self, timeout=5):
        """Read on until the server closes; its code and reason. Answers the close and sees the socket end."""
        try:
            while True:
                await self.next(timeout)
        except Closed as closed:
            self.w.write(mask(closed.code.to_bytes(2, "big"), 0x88))
            assert await asyncio.wait_for(self.r.read(), 5) == b""
            return closed.code, closed.reason

    async def silent(self, seconds=0.15):
        try:
            got = await self.next(seconds)
        except TimeoutError:
            return True
        raise AssertionError(f"expected nothing, got {got}")

    def cut(self):
        self.w.transport.abort()


async def a_gateway(**kw):
    book = Book()
    gateway = Gateway(book, lambda channel: channel.split(":")[-1], **kw)
    book.tell = gateway.deliver
    return book, gateway
