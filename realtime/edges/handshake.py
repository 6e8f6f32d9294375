"""The opening handshake, whatever edge it arrives at: who is let in, and with which status others are turned away."""

import base64
import binascii
from urllib.parse import parse_qs, urlsplit

from realtime.gateway import Gateway

PATH = "/connection/websocket"
HANDSHAKE_BYTES = 16_384
"""Largest upgrade request."""
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def judge(head: bytes, gateway: Gateway) -> str | bytes:
    """The upgrade request's key, or the status line it is turned away with."""
    first, *lines = head.decode("latin-1").split("\r\n")
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.strip().lower()
        fields[key] = f"{fields[key]},{value.strip()}" if key in fields else value.strip()
    method, _, target = first.partition(" ")
    path, _, query = target.partition(" ")[0].partition("?")
    if path != PATH:
        return b"404 Not Found"
    tokens = [token.strip().lower() for token in fields.get("connection", "").split(",")]
    if method != "GET" or "upgrade" not in tokens or fields.get("upgrade", "").lower() != "websocket":
        return b"400 Bad Request"
    if fields.get("sec-websocket-version") != "13":
        return b"426 Upgrade Required"
    if not welcome(fields.get("origin"), fields.get("host", ""), gateway.origins):
        return b"403 Forbidden"
    asked = parse_qs(query)
    if "protobuf" in asked.get("cf_protocol", []) + asked.get("format", []):
        return b"400 Bad Request"
    key = fields.get("sec-websocket-key", "")
    try:
        if len(base64.b64decode(key, validate=True)) != 16:
            return b"400 Bad Request"
    except (binascii.Error, ValueError):
        return b"400 Bad Request"
    if gateway.full:
        return b"503 Service Unavailable"
    return key


def welcome(origin: str | None, host: str, allowed: frozenset[str]) -> bool:
    """A browser says where its page is from: our own host, or a named one. Others say nothing and are no browsers."""
    if origin is None:
        return True
    origin = origin.lower().rstrip("/")
    if origin in allowed:
        return True
    try:
        parts = urlsplit(origin)
        named = parts.hostname, parts.port or PORTS.get(parts.scheme)
        own = urlsplit(f"{parts.scheme}://{host.lower()}")
        return bool(parts.hostname) and named == (own.hostname, own.port or PORTS.get(parts.scheme))
    except ValueError:
        return False
