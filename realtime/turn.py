"""One turn of the event loop: whatever is to be sent in it leaves joined, in one write per connection.

A publication is encoded once; its line waits with its channel, not with its readers, and at the end of the turn the
edge hands one joined buffer to all of them in a tight loop (`deliver`). Replies wait with their own connection and go
out before any push of the same turn, so a subscribe reply is never overtaken. Whoever changes the readers of a channel
with lines waiting calls `flush` first: those lines belong to the readers of before.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from realtime.codes import Close

ROUNDS: Final = 8
"""How often in a row the end of a turn may be put off for what comes at once."""


class Reader(Protocol):
    """What the core needs of a connection's socket; the edge gives it.

    `send` queues one line for the end of the turn, `flush` hands over what is queued, `sweep` asks a reader that could
    not take everything whether its time is up.
    """

    def send(self, line: bytes) -> None: ...
    def flush(self) -> None: ...
    def sweep(self, now: float) -> None: ...
    def close(self, code: int, reason: str) -> None: ...
    def hold(self, *, on: bool) -> None:
        """Stop (or go on) reading: there is enough to do."""


class Shared(Protocol):
    """A channel, as seen from here."""

    name: str
    pending: list[bytes]

    @property
    def readers(self) -> Mapping[Reader, object]: ...


Lot = tuple[Shared, list[bytes]]
"""A channel and the lines of this turn, oldest first."""


def deliver_plainly(lots: list[Lot]) -> None:
    """For readers without an edge of their own."""
    for channel, lines in lots:
        for reader in channel.readers:
            for line in lines:
                reader.send(line)


class Turn:
    def __init__(self) -> None:
        self.deliver: Callable[[list[Lot]], None] = deliver_plainly
        self.deliveries = 0
        self._channels: list[Shared] = []
        self._wet: list[Reader] = []
        self._doomed: list[tuple[Callable[[int, str], None], Close]] = []
        self._due = self._more = False
        self._rounds = 0

    def _soon(self) -> None:
        if not self._due:
            self._due, self._rounds = True, 0
            asyncio.get_running_loop().call_soon(self._end)

    def linger(self) -> None:
        """More may come in the next round of the loop: commands of a client are answered one a round."""
        self._more = True

    def _end(self) -> None:
        if self._more and self._due and self._rounds < ROUNDS:
            self._more = False
            self._rounds += 1
            asyncio.get_running_loop().call_soon(self._end)
        else:
            self.flush()

    def publish(self, channel: Shared, line: bytes) -> None:
        """Queue one line for every reader of the channel."""
        if not channel.pending:
            self._channels.append(channel)
            self._soon()
        channel.pending.append(line)

    def wet(self, reader: Reader) -> None:
        """Remember a reader that has something queued of its own."""
        self._wet.append(reader)
        self._soon()

    def doom(self, end: Callable[[int, str], None], why: Close) -> None:
        """End a connection, but not while its channel's readers are being walked through."""
        self._doomed.append((end, why))
        self._soon()

    def flush(self) -> None:
        self._due = self._more = False
        wet, self._wet = self._wet, []
        for reader in wet:
            reader.flush()
        if self._channels:
            channels, self._channels = self._channels, []
            lots: list[Lot] = []
            for channel in channels:
                lines, channel.pending = channel.pending, []
                self.deliveries += len(lines) * len(channel.readers)
                lots.append((channel, lines))
            self.deliver(lots)
        doomed, self._doomed = self._doomed, []
        for end, why in doomed:
            end(why.code, why.reason)
