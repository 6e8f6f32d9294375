"""The client protocol's words (Centrifugal v2, JSON) and the bytes that carry them.

Inward: one line is one `Command`; fields we have no use for are ignored, because the protocol is not ours and its
SDKs send more than we offer. Payloads stay raw bytes from end to end. Outward: replies and pushes are put together
from bytes, one line each, once for every reader alike; the edge puts the lines of a turn into websocket frames.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Annotated

from msgspec import Meta, Raw, Struct, json

Offset = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
"""A place in a channel's stream; the first publication has 1."""

_NO_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[^]["{}]+')
NULL = Raw(b"null")
EMPTY = Raw(b"")


class There(Struct, frozen=True):
    """An object of which only the presence matters."""


class Subscribe(Struct, frozen=True):
    """`flag & 2`: answer 112 rather than go on without what was missed."""

    channel: str | None = None
    token: str | None = None
    flag: int = 0
    positioned: bool = False
    recoverable: bool = False
    recover: bool = False
    offset: Offset = 0
    epoch: str | None = None
    join_leave: bool = False
    type: int = 0
    tf: There | None = None


class Connect(Struct, frozen=True):
    """`subs`: where the client stood in channels the server had subscribed it to."""

    token: str | None = None
    data: Raw = EMPTY
    subs: dict[str, Subscribe] | None = None


class Refresh(Struct, frozen=True):
    token: str | None = None


class Since(Struct, frozen=True):
    offset: Offset = 0
    epoch: str | None = None


class ReadHistory(Struct, frozen=True):
    """`limit` 0 asks for the position only, a negative one for all there is."""

    channel: str | None = None
    limit: int = 0
    since: Since | None = None
    reverse: bool = False


class OfChannel(Struct, frozen=True):
    channel: str | None = None


class Publish(Struct, frozen=True):
    channel: str | None = None
    data: Raw = EMPTY
    type: int = 0


class SubRefresh(Struct, frozen=True):
    channel: str | None = None
    token: str | None = None


class Rpc(Struct, frozen=True):
    method: str = ""
    data: Raw = NULL


class Command(Struct, frozen=True):
    """What a client asks. Exactly one request counts: the first present, in this order."""

    id: int = 0
    connect: Connect | None = None
    subscribe: Subscribe | None = None
    unsubscribe: OfChannel | None = None
    publish: Publish | None = None
    presence: OfChannel | None = None
    presence_stats: OfChannel | None = None
    history: ReadHistory | None = None
    send: There | None = None
    rpc: Rpc | None = None
    refresh: Refresh | None = None
    sub_refresh: SubRefresh | None = None
    ping: There | None = None


class Who(Struct, frozen=True):
    """As much as is needed of `{user, client, …}`."""

    user: str = ""


decode_command = json.Decoder(Command).decode
decode_who = json.Decoder(Who).decode
quote = json.Encoder().encode
"""A str as JSON."""


PING = b"{}"
"""The reply that is none."""


def one_line(data: bytes) -> bytes:
    """JSON without raw line ends (legal there only as blanks between values): a line end parts messages."""
    if b"\n" in data or b"\r" in data:
        return data.replace(b"\n", b" ").replace(b"\r", b" ")
    return data


def nested_deeper(data: bytes, levels: int) -> bool:
    """Whether valid JSON is nested deeper than so many levels."""
    if data.count(b"[") + data.count(b"{") <= levels:
        return False
    brackets = _NO_BRACKETS.sub(b"", data)
    return max(accumulate(1 if bracket in b"[{" else -1 for bracket in brackets), default=0) > levels


def together(lines: Sequence[bytes], most: int) -> Iterator[bytes]:
    """Lines joined into pieces of so many bytes at most; a longer line is a piece of its own."""
    begin = size = 0
    for at, line in enumerate(lines):
        if size + len(line) >= most and at > begin:
            yield b"\n".join(lines[begin:at])
            begin, size = at, 0
        size += len(line) + 1
    if begin < len(lines):
        yield b"\n".join(lines[begin:])


def publication(offset: int, data: bytes) -> bytes:
    """Offset 0 is a publication outside of the stream: it has none."""
    if not offset:
        return b'{"data":%b}' % one_line(data)
    return b'{"offset":%d,"data":%b}' % (offset, one_line(data))


def signed(data: bytes, info: bytes) -> bytes:
    """A publication's data and who published it, as one piece: what `publication` takes for data."""
    return b'%b,"info":%b' % (data, info)


def push_head(channel: str) -> bytes:
    """What every publication push of this channel begins with; the publication and `}}` follow."""
    return b'{"push":{"channel":%b,"pub":' % quote(channel)


def reply(ident: int, name: bytes, body: bytes = b"{}") -> bytes:
    return b'{"id":%d,"%b":%b}' % (ident, name, body)


def error_reply(ident: int, code: int, message: str, *, temporary: bool) -> bytes:
    tail = b',"temporary":true' if temporary else b""
    return b'{"id":%d,"error":{"code":%d,"message":%b%b}}' % (ident, code, quote(message or "error"), tail)


def unsubscribe_push(channel: str, code: int, reason: str) -> bytes:
    body = b'{"push":{"channel":%b,"unsubscribe":{"code":%d,"reason":%b}}}'
    return body % (quote(channel), code, quote(reason or "unsubscribed"))


def subscribe_push(channel: str, body: bytes) -> bytes:
    return b'{"push":{"channel":%b,"subscribe":%b}}' % (quote(channel), body)


def presence_push(channel: str, kind: bytes, info: bytes) -> bytes:
    """`kind` is join or leave."""
    return b'{"push":{"channel":%b,"%b":{"info":%b}}}' % (quote(channel), kind, info)
