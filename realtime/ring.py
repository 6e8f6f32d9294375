"""The tail of one channel: its position and the last publications, ready to be sent. Pure; no clock, no await.

Invariant: `items` are exactly the publications `base + 1 … top`, in order, each already in wire form. Live offsets are
strictly +1: what is not the next one is a repeat (dropped) or shows a gap (the caller reads what is missing).
"""

from collections import deque
from itertools import islice

from realtime.wire import publication

RING = 512
"""Publications kept per channel: the reach of recovery; older positions re-read the state."""
RING_BYTES = 2_000_000
"""Bytes kept per channel: 512 full 64 KB publications would be 32 MB."""


class Ring:
    __slots__ = ("base", "bytes", "epoch", "items", "shared", "top")

    def __init__(self, epoch: str, top: int) -> None:
        self.epoch = epoch
        self.top = top
        self.base = top
        self.items: deque[bytes] = deque()
        self.bytes = 0
        self.shared: tuple[int, int, bytes] | None = None

    def append(self, offset: int, data: bytes) -> bytes:
        """Take the next publication and give its wire form."""
        assert offset == self.top + 1
        item = publication(offset, data)
        self.items.append(item)
        self.bytes += len(item)
        self.top = offset
        self.shared = None
        while len(self.items) > RING or self.bytes > RING_BYTES:
            self.bytes -= len(self.items.popleft())
            self.base += 1
        return item

    def reach_back(self, publications: list[tuple[int, bytes]]) -> None:
        """Put older publications (oldest first) before the ones held, as far as they connect and there is room."""
        for offset, data in reversed(publications):
            if offset > self.base:
                continue
            if offset != self.base or len(self.items) >= RING or self.bytes >= RING_BYTES:
                break
            item = publication(offset, data)
            self.items.appendleft(item)
            self.bytes += len(item)
            self.base -= 1

    def trim(self, base: int) -> None:
        """Let go of everything up to `base`: it is no longer kept where it came from."""
        while self.items and self.base < base:
            self.bytes -= len(self.items.popleft())
            self.base += 1
        self.shared = None

    def missed(self, offset: int) -> bytes | None:
        """Everything after `offset` as one JSON list, or None if the ring does not reach that far either way.

        The last answer is kept: a reconnect storm asks the same thing a thousand times.
        """
        if not self.base <= offset <= self.top:
            return None
        if self.shared is not None and self.shared[:2] == (offset, self.top):
            return self.shared[2]
        listed = b"[" + b",".join(islice(self.items, offset - self.base, None)) + b"]"
        self.shared = (offset, self.top, listed)
        return listed
