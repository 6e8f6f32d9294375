"""The server API of an open gateway, as Centrifugo's server clients call it: `POST /api/{method}` with a key.

401 without the right key, 400 for what is no JSON of the method's shape, 413 and 408 for a body too large or too slow;
otherwise always 200, with `{"result": …}` or `{"error": {code, message}}`. Beside it `GET /health`.

A plain ASGI application: a publication costs little more than reading its request.
"""

import asyncio
import fnmatch
import hmac
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

from msgspec import Raw, Struct, json, structs

from realtime import codes
from realtime.client import Client
from realtime.codes import BAD_REQUEST, INTERNAL, METHOD_NOT_FOUND, Error
from realtime.commands import CHANNEL_BYTES
from realtime.gateway import Gateway
from realtime.memory import MemoryBroker, NotDone
from realtime.tokens import Terms, json_bytes
from realtime.wire import EMPTY, publication, quote

log = logging.getLogger("realtime")

BODY_BYTES: Final = 4_194_304
"""Largest request: a batch of many publications."""
BODY_S: Final = 10.0
"""A body that takes longer is not waited for."""
TARGETS: Final = 10_000
"""Channels of one broadcast, commands of one batch: both run in one go, while sockets wait."""
PATTERN_CHARS: Final = 255
NO_RESULT: Final = b"{}"

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Publish(Struct, frozen=True):
    channel: str = ""
    data: Raw = EMPTY
    b64data: str | None = None
    tags: dict[str, str] | None = None
    skip_history: bool | None = None
    idempotency_key: str | None = None


class Broadcast(Publish, frozen=True):
    channels: list[str] = []


class Position(Struct, frozen=True):
    offset: int = 0
    epoch: str | None = None


class ReadHistory(Struct, frozen=True):
    channel: str = ""
    limit: int | None = None
    since: Position | None = None
    reverse: bool | None = None


class OfChannel(Struct, frozen=True):
    channel: str = ""


class ListChannels(Struct, frozen=True):
    pattern: str | None = None


class Nothing(Struct, frozen=True):
    pass


class OfUser(Struct, frozen=True):
    """A user's connections, or one of them. `session` names none on a websocket. The user must be said, if only as "":
    forgetting it is not meant to be "everyone anonymous"."""

    user: str | None = None
    client: str | None = None
    session: str | None = None


class Reason(Struct, frozen=True):
    code: int = 0
    reason: str = ""


class Disconnect(OfUser, frozen=True):
    whitelist: list[str] | None = None
    disconnect: Reason | None = None


class Subscribe(Terms, frozen=True):
    channel: str = ""
    user: str | None = None
    client: str | None = None
    session: str | None = None


class Unsubscribe(OfUser, frozen=True):
    channel: str = ""


class Refresh(OfUser, frozen=True):
    expired: bool | None = None
    expire_at: int | None = None


class Batch(Struct, frozen=True):
    """`parallel` is not looked at: nothing here waits long enough."""

    commands: list[dict[str, Raw]] = []


class ServerApi:
    """The HTTP side of one gateway. `name` is how `info` calls it."""

    def __init__(self, gateway: Gateway, broker: MemoryBroker, key: str, *, name: str = "maitred") -> None:
        self._gateway = gateway
        self._broker = broker
        self._key = key.encode()
        self._name = name
        self._uid = os.urandom(8).hex()
        self._since = time.monotonic()
        methods: tuple[tuple[type[Struct], Callable[[Any], Awaitable[bytes]]], ...] = (
            (Publish, self.publish), (Broadcast, self.broadcast), (ReadHistory, self.history),
            (OfChannel, self.history_remove), (OfChannel, self.presence), (OfChannel, self.presence_stats),
            (ListChannels, self.channels), (Nothing, self.info), (Disconnect, self.disconnect),
            (Subscribe, self.subscribe), (Unsubscribe, self.unsubscribe), (Refresh, self.refresh),
        )  # fmt: skip
        self._methods = {run.__name__: (json.Decoder(shape).decode, run) for shape, run in methods}
        self._batch = json.Decoder(Batch).decode

    # HTTP

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "sockets go to the gateway, and there is no lifespan"
        status, kind, body = await self._answer(scope, receive)
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
        if status == 405:
            headers.append((b"allow", b"POST"))
        elif status in (408, 413):
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: dict[str, Any], receive: Receive) -> tuple[int, bytes, bytes]:
        path: str = scope["path"]
        if path == "/health" and scope["method"] in ("GET", "HEAD"):
            return 200, b"application/json", b'{"status":"ok"}'
        method = path.removeprefix("/api/")
        if method == path or (method not in self._methods and method != "batch"):
            return 404, b"text/plain", b"not found\n"
        if scope["method"] != "POST":
            return 405, b"text/plain", b"POST only\n"
        if not self._may(scope["headers"]):
            return 401, b"text/plain", b"unauthorized\n"
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(receive)
        except TimeoutError:
            return 408, b"text/plain", b"the body did not arrive\n"
        if body is None:
            return 413, b"text/plain", b"body too large\n"
        try:
            body.decode()
            if method == "batch":
                said = await self.batch(self._batch(body))
            else:
                said = await self._run(method, body, b'{"result":%b}')
        except (ValueError, RecursionError) as fault:
            return 400, b"text/plain", f"bad request: {fault}\n".encode()
        return 200, b"application/json", said

    def _may(self, headers: list[tuple[bytes, bytes]]) -> bool:
        for name, value in headers:
            if name == b"x-api-key":
                return hmac.compare_digest(value, self._key)
            if name == b"authorization" and value[:7].lower() == b"apikey ":
                return hmac.compare_digest(value[7:], self._key)
        return False

    async def _run(self, method: str, body: bytes, shape: bytes) -> bytes:
        """One method: its result put into `shape`, or its error. Raises ValueError for a body of another shape."""
        decode, run = self._methods[method]
        asked = decode(body)
        try:
            return shape % await run(asked)
        except NotDone as no:
            return _error(no.error)
        except Exception:  # the outermost edge of one call
            log.exception("%s failed", method)
            return _error(INTERNAL)

    # Methods: what was asked → the result as JSON. `NotDone` is an error reply.

    async def publish(self, ask: Publish) -> bytes:
        return self._put(_named(ask.channel), ask)

    async def broadcast(self, ask: Broadcast) -> bytes:
        if not ask.channels or len(ask.channels) > TARGETS:
            raise NotDone(BAD_REQUEST)
        responses = []
        for channel in ask.channels:
            try:
                responses.append(b'{"result":%b}' % self._put(_named(channel), ask))
            except NotDone as no:
                responses.append(_error(no.error))
        return b'{"responses":[%b]}' % b",".join(responses)

    def _put(self, channel: str, ask: Publish) -> bytes:
        try:
            data = json_bytes(ask.b64data) if ask.b64data else bytes(ask.data)
        except ValueError:
            raise NotDone(BAD_REQUEST) from None
        tags = json.encode(ask.tags) if ask.tags else b""
        key = ask.idempotency_key or ""
        return json.encode(self._broker.put(channel, data, tags=tags, key=key, keep=not ask.skip_history))

    async def history(self, ask: ReadHistory) -> bytes:
        since = (ask.since.offset, ask.since.epoch or "") if ask.since else None
        stream, items = self._broker.page(
            _named(ask.channel), since=since, limit=ask.limit or 0, reverse=bool(ask.reverse)
        )
        listed = b",".join(publication(*item) for item in items)
        return b'{"publications":[%b],"offset":%d,"epoch":%b}' % (listed, stream.top, quote(stream.epoch))

    async def history_remove(self, ask: OfChannel) -> bytes:
        self._broker.streams.empty(_named(ask.channel))
        return NO_RESULT

    async def presence(self, ask: OfChannel) -> bytes:
        present = await self._gateway.presence(_named(ask.channel))
        return b'{"presence":{%b}}' % b",".join(b"%b:%b" % (quote(ident), info) for ident, info in present.items())

    async def presence_stats(self, ask: OfChannel) -> bytes:
        clients, users = await self._gateway.presence_stats(_named(ask.channel))
        return b'{"num_clients":%d,"num_users":%d}' % (clients, users)

    async def channels(self, ask: ListChannels) -> bytes:
        """Channels with readers. The pattern knows `*`, `?` and `[…]`."""
        pattern = ask.pattern or "*"
        if len(pattern) > PATTERN_CHARS:
            raise NotDone(BAD_REQUEST)
        readers: dict[str, int] = {}
        for client in self._gateway.clients:
            for name in client.channels:
                readers[name] = readers.get(name, 0) + 1
        matching = set(fnmatch.filter(readers, pattern)) if pattern != "*" else readers
        return json.encode({"channels": {name: {"num_clients": readers[name]} for name in matching}})

    async def info(self, _: Nothing) -> bytes:
        count = self._gateway.counters()
        node = {
            "uid": self._uid, "name": self._name, "version": self._gateway.version, "num_clients": count.connections,
            "num_users": count.users, "num_subs": count.subscriptions, "num_channels": count.channels,
            "uptime": int(time.monotonic() - self._since),
        }  # fmt: skip
        return json.encode({"nodes": [node]})

    async def disconnect(self, ask: Disconnect) -> bytes:
        why = codes.FORCE_DISCONNECT
        if ask.disconnect is not None and ask.disconnect.code:
            why = codes.Close(ask.disconnect.code, ask.disconnect.reason)
            if not 3000 <= why.code < 5000:
                raise NotDone(BAD_REQUEST)
        for client in self._meant(ask):
            if client.ident not in (ask.whitelist or ()):
                client.end(*why)
        return NO_RESULT

    async def subscribe(self, ask: Subscribe) -> bytes:
        """Have a user's connections read a channel; they are told by a push. Recovery is theirs to ask for."""
        channel, grant = _named(ask.channel), self._broker.granted(ask)
        for client in self._meant(ask):
            session = client.session
            assert session is not None
            known = session.meta if isinstance(session.meta, dict) else {}
            client.session = structs.replace(session, meta={**known, channel: grant})
            await self._gateway.subscribe_user(session.user, channel, client=client.ident)
        return NO_RESULT

    async def unsubscribe(self, ask: Unsubscribe) -> bytes:
        for client in self._meant(ask):
            self._gateway.unsubscribe_user(ask.user or "", ask.channel, client=client.ident)
        return NO_RESULT

    async def refresh(self, ask: Refresh) -> bytes:
        """A later (or no) end of the connection; 3005 at once if it is said to have expired."""
        ended = ask.expired or (ask.expire_at and ask.expire_at < time.time())
        for client in self._meant(ask):
            if ended:
                client.end(*codes.EXPIRED)
            elif client.session is not None:
                client.session = structs.replace(client.session, expires_at=ask.expire_at or None)
        return NO_RESULT

    def _meant(self, ask: OfUser | Subscribe) -> Iterator[Client]:
        if ask.user is None:
            raise NotDone(BAD_REQUEST)
        for client in list(self._gateway.users.get(ask.user, ())):
            if not ask.session and (not ask.client or client.ident == ask.client):
                yield client

    async def batch(self, ask: Batch) -> bytes:
        """Commands one after the other: `{"replies": [{method: result}]}`, each reply a bare result or an error."""
        if len(ask.commands) > TARGETS:
            return _error(BAD_REQUEST)
        replies = []
        for command in ask.commands:
            method = next((name for name in command if name in self._methods), "")
            if not method:
                replies.append(_error(METHOD_NOT_FOUND))
                continue
            try:
                replies.append(await self._run(method, bytes(command[method]), b"{%b:%%b}" % quote(method)))
            except (ValueError, RecursionError):
                replies.append(_error(BAD_REQUEST))
        return b'{"replies":[%b]}' % b",".join(replies)


def _named(channel: str) -> str:
    if not channel or len(channel.encode()) > CHANNEL_BYTES:
        raise NotDone(BAD_REQUEST)
    return channel


def _error(error: Error) -> bytes:
    return b'{"error":{"code":%d,"message":%b}}' % (error.code, quote(error.message))


async def _body(receive: Receive) -> bytes | None:
    """The whole request body; None when it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise TimeoutError
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_BYTES:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)
