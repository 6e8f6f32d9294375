"""How far behind a reader may be, whatever edge it is connected to. Then it is closed 3008 "slow"; its SDK
comes back by itself and recovers what it missed."""

BUFFER_BYTES = 65_536
"""In bytes (on top of the one write that filled its socket, and of what it asked for itself)."""
BUFFER_S = 5.0
"""In time."""
ASKED_BYTES = 1_500_000
"""Answers to a reader's own commands that may wait for it besides: one full recovery."""
