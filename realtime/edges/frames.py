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


def joined(lines: Sequence[bytes]) -> Sequence[bytes]:
    """The lines of a turn as messages: one, as the protocol allows (fewer bytes, and one event in the browser, not
    many), unless they are too much for one."""
    if len(lines) == 1:
        return lines
    message = b"\n".join(lines)
    return (message,) if len(message) <= JOINED_BYTES else lines


def frames(lines: Sequence[bytes]) -> bytes:
    """The lines of a turn as frames, in one buffer."""
    messages = joined(lines)
    return frame(messages[0]) if len(messages) == 1 else b"".join(map(frame, messages))
