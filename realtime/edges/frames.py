"""Websocket frames, server to client: unmasked."""

from collections.abc import Sequence

JOINED_BYTES = 262_144
"""Lines that share one frame: well under what clients take by default (1 MiB in Python's)."""


def frame(payload: bytes, head: int = 0x81) -> bytes:
    """One unmasked websocket frame (FIN + text unless told otherwise)."""
    size = len(payload)
    if size < 126:
        return bytes((head, size)) + payload
    if size < 65536:
        return bytes((head, 126)) + size.to_bytes(2, "big") + payload
    return bytes((head, 127)) + size.to_bytes(8, "big") + payload


def frames(lines: Sequence[bytes]) -> bytes:
    """The lines of a turn in one frame, as the protocol allows: fewer bytes, and one event in the browser, not many."""
    if len(lines) == 1:
        return frame(lines[0])
    joined = b"\n".join(lines)
    if len(joined) <= JOINED_BYTES:
        return frame(joined)
    return b"".join(map(frame, lines))
