"""The house behind an open gateway: channels kept in memory, and nobody asked who they are.

Each channel keeps its last `KEPT` publications until `KEPT_S` after the newest; its position (epoch, top) outlives
them by `POSITION_S`. A channel forgotten after that, or for want of room, begins again at 1 under another epoch, which
tells a client that comes back with its old position that it cannot catch up. What is being read is never forgotten.
"""

import itertools
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from realtime.backend import Grant, History, Refusal, Session
from realtime.codes import BAD_REQUEST, LIMIT_EXCEEDED, NOT_AVAILABLE, PERMISSION_DENIED, UNRECOVERABLE, Error
from realtime.codes import EXPIRED as CONNECTION_EXPIRED
from realtime.tokens import EXPIRED, INVALID, Terms, Tokens
from realtime.wire import one_line, signed

if TYPE_CHECKING:
    from realtime.gateway import Gateway

KEPT: Final = 100
"""Publications kept per channel."""
KEPT_S: Final = 300.0
POSITION_S: Final = 86_400.0
CHANNELS: Final = 100_000
"""Channels known at once, about 35 MB of positions; beyond it the one longest untouched and unread goes."""
KEPT_BYTES: Final = 134_217_728
"""Publications kept in all; beyond it the channel longest without a new one loses its own."""
ITEM_BYTES: Final = 128
"""What Python needs for each on top of its own bytes."""
PUBLICATION_BYTES: Final = 262_144
"""Largest publication: several still fit the 1 MiB that clients take in one message."""
LOOK: Final = 64
"""Channels looked at for one that may be forgotten, before a new one is refused."""
DUE: Final = 8
"""Channels let go of in one call, at most: who calls is not kept waiting."""
SWEEP: Final = 1_000
"""The same in a sweep."""
IDEMPOTENT: Final = 65_536
"""Idempotency keys remembered."""
IDEMPOTENT_S: Final = 300.0
KEY_CHARS: Final = 255

ENDED: Final = Refusal(*CONNECTION_EXPIRED, close=True)

Publication = tuple[int, bytes]
"""Offset and what `wire.publication` takes for data: JSON bytes, perhaps with `,"info":…` or `,"tags":…` behind."""


class NotDone(Exception):  # noqa: N818  (an answer, not a fault)
    def __init__(self, error: Error) -> None:
        super().__init__(error)
        self.error = error


class Placed(Struct, frozen=True, omit_defaults=True):
    """Where a publication went. Offset 0 and no epoch: delivered, not kept."""

    offset: int = 0
    epoch: str = ""


class Stream:
    """One channel. `at`: when it last got a publication or, once those are gone, was last touched."""

    __slots__ = ("at", "bytes", "epoch", "items", "name", "top")

    def __init__(self, name: str, epoch: str, at: float) -> None:
        self.name = name
        self.epoch = epoch
        self.at = at
        self.top = 0
        self.bytes = 0
        self.items: list[Publication] | None = None


class Streams:
    """All channels. `in_use` tells which may not be forgotten, `trim` is told up to where a channel is no longer kept.
    Every call first lets go of some that are due."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self.bytes = 0
        self.in_use: Callable[[str], bool] = lambda _channel: False
        self.trim: Callable[[str, int], None] = lambda _channel, _offset: None
        self._clock = clock
        self._full: OrderedDict[str, Stream] = OrderedDict()  # with publications, by the newest
        self._bare: OrderedDict[str, Stream] = OrderedDict()  # positions only, longest untouched first
        self._begun = os.urandom(4).hex()
        self._epochs = itertools.count(1)

    def __len__(self) -> int:
        return len(self._full) + len(self._bare)

    def append(self, name: str, data: bytes) -> Stream:
        stream = self.get(name)
        if stream.items is None:
            stream.items = []
            del self._bare[name]
            self._full[name] = stream
        stream.at = self._clock()
        self._full.move_to_end(name)
        stream.top += 1
        stream.items.append((stream.top, data))
        self._weigh(stream, len(data) + ITEM_BYTES)
        if len(stream.items) > KEPT:
            gone, said = stream.items.pop(0)
            self._weigh(stream, -len(said) - ITEM_BYTES)
            self.trim(name, gone)
        while self.bytes > KEPT_BYTES:
            self._empty(next(iter(self._full.values())))
        return stream

    def get(self, name: str) -> Stream:
        """The channel, made if it is not known. Raises `NotDone` (106) when there is no room for it."""
        now = self._clock()
        self._let_go(now, DUE)
        stream = self._full.get(name)
        if stream is not None:
            if now - stream.at >= KEPT_S:
                self._empty(stream)
            return stream
        stream = self._bare.get(name)
        if stream is not None and (now - stream.at < POSITION_S or self.in_use(name)):
            stream.at = now
            self._bare.move_to_end(name)
            return stream
        if stream is None and len(self) >= CHANNELS:
            self._make_room()
        stream = self._bare[name] = Stream(name, f"{self._begun}-{next(self._epochs):x}", now)
        self._bare.move_to_end(name)
        return stream

    def sweep(self) -> None:
        """Let go of what is due, also when nobody calls."""
        self._let_go(self._clock(), SWEEP)

    def empty(self, name: str) -> None:
        """Forget its publications; where it stands remains."""
        stream = self._full.get(name)
        if stream is not None:
            self._empty(stream)

    def _empty(self, stream: Stream) -> None:
        del self._full[stream.name]
        self._weigh(stream, -stream.bytes)
        stream.items = None
        stream.at = self._clock()
        self._bare[stream.name] = stream
        self.trim(stream.name, stream.top)

    def _weigh(self, stream: Stream, more: int) -> None:
        stream.bytes += more
        self.bytes += more

    def _let_go(self, now: float, most: int) -> None:
        for stream in list(islice(self._full.values(), most)):
            if now - stream.at < KEPT_S:
                break
            self._empty(stream)
        for name, stream in list(islice(self._bare.items(), most)):
            if now - stream.at < POSITION_S:
                break
            if self.in_use(name):
                stream.at = now
                self._bare.move_to_end(name)
            else:
                del self._bare[name]

    def _make_room(self) -> None:
        for streams in (self._bare, self._full):
            for name, stream in islice(streams.items(), LOOK):
                if not self.in_use(name):
                    self._weigh(stream, -stream.bytes)
                    del streams[name]
                    return
        raise NotDone(LIMIT_EXCEEDED)


class MemoryBroker:
    """A backend of its own. `is_open`: anyone may connect and publish; else a token is needed, and only the server API
    publishes. A token that is shown is verified either way; an open gateway ignores its end, as nobody checks ends
    of those who show none.

    It needs its gateway to be known (`stand_behind`): whom to deliver to, and which channels are being read.
    """

    def __init__(self, secret: str = "", *, is_open: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.is_open = is_open
        self.streams = Streams(clock=clock)
        self._grant = Grant(presence=True, join_leave=True, recovery="asked", history=True)
        self._tokens = Tokens(secret, self._grant)
        self._clock = clock
        self._placed: OrderedDict[tuple[str, str], tuple[float, Placed]] = OrderedDict()
        self._deliver: Callable[[Iterable[tuple[str, int, bytes]]], None] = lambda _publications: None

    def stand_behind(self, gateway: "Gateway") -> None:
        self._deliver = gateway.deliver
        self.streams.in_use = lambda channel: gateway.channels.get(channel) is not None
        self.streams.trim = gateway.channels.trim

    # For the gateway

    async def connect(self, token: str, data: bytes) -> Session | Refusal:  # noqa: ARG002
        if not token:
            return Session("") if self.is_open else INVALID
        return self._held(token)

    async def refresh(self, session: Session, token: str) -> Session | Refusal:  # noqa: ARG002
        held = self._held(token)
        return ENDED if held is EXPIRED else held

    def _held(self, token: str) -> Session | Refusal:
        held = self._tokens.session(token)
        if self.is_open and isinstance(held, Session):
            return Session(held.user, info=held.info, channels=held.channels, meta=held.meta)
        return held

    async def stands(self, session: Session) -> Refusal | None:
        """Nobody is signed out of a memory."""

    async def authorise(self, session: Session, channel: str, token: str = "") -> Grant | Refusal:
        if token:
            return self._tokens.grant(token, session.user, channel)
        if isinstance(session.meta, dict) and channel in session.meta:
            grant: Grant = session.meta[channel]
            return grant
        if channel.startswith("$") and not self.is_open:
            return Refusal(PERMISSION_DENIED.code, PERMISSION_DENIED.message)
        return self._grant

    def granted(self, terms: Terms) -> Grant:
        """What a channel's reader gets under these terms. Raises `NotDone` (107)."""
        try:
            return self._tokens.granted(terms)
        except ValueError:
            raise NotDone(BAD_REQUEST) from None

    async def publish(self, session: Session, channel: str, data: bytes, info: bytes) -> Refusal | None:  # noqa: ARG002
        if not self.is_open:
            return Refusal(PERMISSION_DENIED.code, PERMISSION_DENIED.message)
        try:
            self.put(channel, data, info=info)
        except NotDone as no:
            return Refusal(no.error.code, no.error.message)
        return None

    async def history(self, channel: str, since: int | None, limit: int) -> History:
        stream = self.streams.get(channel)
        if since is None:
            return History(stream.epoch, stream.top, [])
        found = [item for item in stream.items or () if item[0] > since]
        return History(stream.epoch, stream.top, found[:limit] if limit >= 0 else found)

    async def rpc(self, session: Session, method: str, data: bytes) -> bytes | Refusal:  # noqa: ARG002
        return Refusal(NOT_AVAILABLE.code, NOT_AVAILABLE.message)

    # For whoever publishes and asks from outside

    def put(
        self, channel: str, data: bytes, *, info: bytes = b"", tags: bytes = b"", key: str = "", keep: bool = True
    ) -> Placed:
        """Publish one JSON value, checked by the caller for its form. `info` and `tags` are JSON as well. The same
        idempotency `key` within `IDEMPOTENT_S` gives the first answer and publishes nothing. Without `keep` it goes to
        those who are there, and is not kept.

        Raises `NotDone`: 107 for what cannot be published, 106 when there is no room for another channel.
        """
        if not data or len(data) + len(tags) > PUBLICATION_BYTES or len(key) > KEY_CHARS:
            raise NotDone(BAD_REQUEST)
        if key:
            known = self._placed.get((channel, key))
            if known is not None and self._clock() - known[0] < IDEMPOTENT_S:
                return known[1]
        data = one_line(data)
        if info:
            data = signed(data, one_line(info))
        if tags:
            data = b'%b,"tags":%b' % (data, one_line(tags))
        if keep:
            stream = self.streams.append(channel, data)
            placed = Placed(stream.top, stream.epoch)
        else:
            placed = Placed()
        self._deliver(((channel, placed.offset, data),))
        if key:
            self._remember((channel, key), placed)
        return placed

    def _remember(self, key: tuple[str, str], placed: Placed) -> None:
        now = self._clock()
        self._placed.pop(key, None)
        self._placed[key] = (now, placed)
        while self._placed:
            oldest, (at, _) = next(iter(self._placed.items()))
            if len(self._placed) <= IDEMPOTENT and now - at < IDEMPOTENT_S:
                return
            del self._placed[oldest]

    def page(
        self, channel: str, *, since: tuple[int, str] | None, limit: int, reverse: bool = False
    ) -> tuple[Stream, list[Publication]]:
        """Publications after `since` = (offset, epoch), or with `reverse` before it, newest first. `limit` 0 asks for
        the position only, a negative one for all. Raises `NotDone`: 107, or 112 when the epoch is another one."""
        stream = self.streams.get(channel)
        if since is not None and reverse and not since[0]:
            raise NotDone(BAD_REQUEST)
        if since is not None and since[1] and since[1] != stream.epoch:
            raise NotDone(UNRECOVERABLE)
        items = list(stream.items or ())
        if reverse:
            items.reverse()
        if since is not None:
            items = [item for item in items if (item[0] < since[0] if reverse else item[0] > since[0])]
        return stream, items[:limit] if limit >= 0 else items
