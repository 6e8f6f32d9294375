"""The opening handshake, whatever edge it arrives at: who is let in, and with which status others are turned away."""

import binascii
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from realtime.gateway import Gateway

PATH = "/connection/websocket"
HANDSHAKE_BYTES = 16_384
"""Largest upgrade request."""
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class Asked(NamedTuple):
    """An upgrade request. Names of fields are in lower case; a field that came twice is one list."""

    method: str
    target: str
    fields: dict[str, str]


def read(head: bytes) -> Asked:
    """The request as it came, without its last empty line. That it is well-formed has been seen to."""
    first, *lines = head.decode("latin-1").split("\r\n")
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name = name.lower()
        if name in fields:
            note(fields, name, value.strip())
        else:
            fields[name] = value.strip()
    method, target, _ = first.split(" ")
    return Asked(method, target, fields)


def note(fields: dict[str, str], name: str, value: str) -> None:
    fields[name] = f"{fields[name]},{value}" if name in fields else value


def tokens(value: str) -> list[str]:
    return [token.strip() for token in value.lower().split(",")]


def refusal(status: bytes) -> bytes:
    """The answer that turns a request away; the connection ends with it."""
    more = b"Sec-WebSocket-Version: 13\r\n" if status.startswith(b"426") else b""
    return b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n" + more + b"\r\n"


def judge(asked: Asked, gateway: Gateway) -> str | bytes:
    """The upgrade request's key, or the status line it is turned away with."""
    fields = asked.fields
    path, _, query = asked.target.partition("?")
    if path != PATH:
        return b"404 Not Found"
    if asked.method != "GET" or "upgrade" not in tokens(fields.get("connection", "")):
        return b"400 Bad Request"
    if fields.get("upgrade", "").lower() != "websocket":
        return b"400 Bad Request"
    if fields.get("sec-websocket-version") != "13":
        return b"426 Upgrade Required"
    if not welcome(fields.get("origin"), fields.get("host", ""), gateway.origins, gateway.pages):
        return b"403 Forbidden"
    if query:
        said = parse_qs(query)
        if "protobuf" in said.get("cf_protocol", []) + said.get("format", []):
            return b"400 Bad Request"
    key = fields.get("sec-websocket-key", "")
    try:
        if len(binascii.a2b_base64(key, strict_mode=True)) != 16:
            return b"400 Bad Request"
    except (binascii.Error, ValueError):
        return b"400 Bad Request"
    if gateway.full:
        return b"503 Service Unavailable"
    return key


def welcome(origin: str | None, host: str, allowed: frozenset[str], pages: int | None = None) -> bool:
    """A browser says where its page is from: our own host, or a named one. Others say nothing and are no browsers.
    `pages` is a further port of our own host."""
    if origin is None:
        return True
    origin = origin.lower().rstrip("/")
    if origin in allowed:
        return True
    try:
        parts = urlsplit(origin)
        named = parts.hostname, parts.port or PORTS.get(parts.scheme)
        own = urlsplit(f"{parts.scheme}://{host.lower()}")
        port = own.port or PORTS.get(parts.scheme)
        return bool(parts.hostname) and named in ((own.hostname, port), (own.hostname, pages or port))
    except ValueError:
        return False
