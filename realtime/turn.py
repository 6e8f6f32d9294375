"""One turn of the event loop: whatever is to be sent in it leaves joined, in one write per connection.

A publication is encoded once; its frame waits with its channel, not with its readers, and at the end of the turn one
joined buffer goes to all of them in a tight loop (`fan`, the edge's). Replies wait with their own connection and go
out before any push of the same turn, so a subscribe reply is never overtaken. Whoever changes the readers of a channel
with frames waiting calls `flush` first: those frames belong to the readers of before.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from realtime.codes import Close


class Reader(Protocol):
    """What the core needs of a connection's socket; the edge gives it.

    `send` queues one frame for the end of the turn, `push` hands over bytes now (behind what is queued), `flush` hands
    over what is queued, `sweep` asks a reader that could not take everything whether its time is up.
    """

    def send(self, data: bytes) -> None: ...
    def push(self, data: bytes) -> None: ...
    def flush(self) -> None: ...
    def sweep(self, now: float) -> None: ...
    def close(self, code: int, reason: str) -> None: ...
    def hold(self, *, on: bool) -> None:
        """Stop (or go on) reading: there is enough to do."""


class Shared(Protocol):
    """A channel, as seen from here."""

    pending: list[bytes]

    @property
    def readers(self) -> Mapping[Reader, object]: ...


def fan_plainly(readers: Collection[Reader], data: bytes) -> None:
    for reader in readers:
        reader.push(data)


class Turn:
    def __init__(self) -> None:
        self.fan: Callable[[Collection[Reader], bytes], None] = fan_plainly
        self.deliveries = 0
        self._channels: list[Shared] = []
        self._wet: list[Reader] = []
        self._doomed: list[tuple[Callable[[int, str], None], Close]] = []
        self._due = False

    def _soon(self) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self.flush)

    def publish(self, channel: Shared, data: bytes) -> None:
        """Queue one frame for every reader of the channel."""
        if not channel.pending:
            self._channels.append(channel)
            self._soon()
        channel.pending.append(data)

    def wet(self, reader: Reader) -> None:
        """Remember a reader that has something queued of its own."""
        self._wet.append(reader)
        self._soon()

    def doom(self, end: Callable[[int, str], None], why: Close) -> None:
        """End a connection, but not while its channel's readers are being walked through."""
        self._doomed.append((end, why))
        self._soon()

    def flush(self) -> None:
        self._due = False
        channels, self._channels = self._channels, []
        if len(channels) == 1:
            channel = channels[0]
            data = self._joined(channel)
            self.fan(channel.readers.keys(), data)
        elif channels:
            lots: dict[Reader, list[bytes]] = {}
            for channel in channels:
                data = self._joined(channel)
                for reader in channel.readers:
                    lot = lots.get(reader)
                    if lot is None:
                        lots[reader] = [data]
                    else:
                        lot.append(data)
            for reader, lot in lots.items():
                self.fan((reader,), lot[0] if len(lot) == 1 else b"".join(lot))
        wet, self._wet = self._wet, []
        for reader in wet:
            reader.flush()
        doomed, self._doomed = self._doomed, []
        for end, why in doomed:
            end(why.code, why.reason)

    def _joined(self, channel: Shared) -> bytes:
        pending, channel.pending = channel.pending, []
        self.deliveries += len(pending) * len(channel.readers)
        return pending[0] if len(pending) == 1 else b"".join(pending)
