"""How far behind a reader may be, whatever edge it is connected to. Then it is closed 3008 "slow"; its SDK
comes back by itself and recovers what it missed."""

import socket

BUFFER_BYTES = 65_536
"""In bytes (on top of the one write that filled its socket, and of what it asked for itself)."""
BUFFER_S = 5.0
"""In time."""
ASKED_BYTES = 1_500_000
"""Answers to a reader's own commands that may wait for it besides: one full recovery."""
KERNEL_BYTES = 16_384
"""What the kernel takes that is not even sent. Left alone it takes 4 MB for a reader that does not read."""


def bound(listening: socket.socket) -> None:
    """Have it so for every connection that is accepted here."""
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, KERNEL_BYTES)
