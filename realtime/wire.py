"""The client protocol's words (Centrifugal v2, JSON) and the bytes that carry them.

Inward: one line is one `Command`; fields we have no use for are ignored, because the protocol is not ours and its
SDKs send more than we offer. Payloads stay raw bytes from end to end. Outward: replies and pushes are put together
from bytes, and `frame` wraps them once, for every reader alike.
"""

from msgspec import Raw, Struct, json

NULL = Raw(b"null")


class There(Struct, frozen=True):
    """An object of which only the presence matters."""


class Connect(Struct, frozen=True):
    token: str | None = None


class Refresh(Struct, frozen=True):
    token: str | None = None


class Subscribe(Struct, frozen=True):
    """`flag & 2`: answer 112 rather than go on without what was missed."""

    channel: str | None = None
    flag: int = 0
    recover: bool = False
    offset: int = 0
    epoch: str | None = None
    join_leave: bool = False
    type: int = 0
    tf: There | None = None


class Since(Struct, frozen=True):
    offset: int = 0
    epoch: str | None = None


class ReadHistory(Struct, frozen=True):
    """`limit` 0 asks for the position only, a negative one for all there is."""

    channel: str | None = None
    limit: int = 0
    since: Since | None = None
    reverse: bool = False


class OfChannel(Struct, frozen=True):
    channel: str | None = None


class Rpc(Struct, frozen=True):
    method: str = ""
    data: Raw = NULL


class Command(Struct, frozen=True):
    """What a client asks. Exactly one request counts: the first present, in this order."""

    id: int = 0
    connect: Connect | None = None
    subscribe: Subscribe | None = None
    unsubscribe: OfChannel | None = None
    publish: OfChannel | None = None
    presence: OfChannel | None = None
    presence_stats: OfChannel | None = None
    history: ReadHistory | None = None
    send: There | None = None
    rpc: Rpc | None = None
    refresh: Refresh | None = None
    sub_refresh: OfChannel | None = None
    ping: There | None = None


decode_command = json.Decoder(Command).decode
quote = json.Encoder().encode
"""A str as JSON."""


def frame(payload: bytes, head: int = 0x81) -> bytes:
    """One unmasked websocket frame (FIN + text unless told otherwise)."""
    size = len(payload)
    if size < 126:
        return bytes((head, size)) + payload
    if size < 65536:
        return bytes((head, 126)) + size.to_bytes(2, "big") + payload
    return bytes((head, 127)) + size.to_bytes(8, "big") + payload


PING = frame(b"{}")


def one_line(data: bytes) -> bytes:
    """JSON without raw line ends (legal there only as blanks between values): a line end parts messages."""
    if b"\n" in data or b"\r" in data:
        return data.replace(b"\n", b" ").replace(b"\r", b" ")
    return data


def publication(offset: int, data: bytes) -> bytes:
    return b'{"offset":%d,"data":%b}' % (offset, one_line(data))


def push_head(channel: str) -> bytes:
    """What every publication push of this channel begins with; the publication and `}}` follow."""
    return b'{"push":{"channel":%b,"pub":' % quote(channel)


def reply(ident: int, name: bytes, body: bytes = b"{}") -> bytes:
    return frame(b'{"id":%d,"%b":%b}' % (ident, name, body))


def error_reply(ident: int, code: int, message: str, *, temporary: bool) -> bytes:
    tail = b',"temporary":true' if temporary else b""
    return frame(b'{"id":%d,"error":{"code":%d,"message":%b%b}}' % (ident, code, quote(message or "error"), tail))


def unsubscribe_push(channel: str, code: int, reason: str) -> bytes:
    body = b'{"push":{"channel":%b,"unsubscribe":{"code":%d,"reason":%b}}}'
    return frame(body % (quote(channel), code, quote(reason)))


def presence_push(channel: str, kind: bytes, info: bytes) -> bytes:
    """`kind` is join or leave."""
    return frame(b'{"push":{"channel":%b,"%b":{"info":%b}}}' % (quote(channel), kind, info))
