"""Channels in use: where each stands, who reads it, and how it catches up with the database.

Promise to a reader: after its subscribe reply every offset exactly once, in order, strictly +1; or an unsubscribe push
2500 (for what the server subscribed it to: the end of the connection, 3010), after which it asks again with its
position. So "subscribed" means "no gap between state and stream". Only who was given no position has no such promise.

A channel becomes active with its first reader: live deliveries are held while its position is read once for all who
wait; then they are merged (repeats dropped). A live offset further than +1 is a gap: the database fills it in order,
live ones held meanwhile. A ring outlives its last reader by `KEEP_S`, so a reconnect storm costs no query.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from realtime.backend import Backend, Grant, History
from realtime.ring import RING, Ring
from realtime.turn import Reader, Turn
from realtime.wire import presence_push, publication, push_head, together

if TYPE_CHECKING:
    from realtime.client import Client

log = logging.getLogger("realtime")

KEEP_S = 60.0
"""How long a ring outlives its last reader: longer than a client's back-off, shorter than an evening."""
AHEAD_S = 1.0
"""How long to wait for a position not reached here yet: the database was faster than the tail."""
ASK_AGAIN_S = 0.1
"""Least time between two looks at the database for one channel on behalf of readers who are ahead."""
HISTORY_S = 5.0
"""Time limit of one history call."""
HELD = 2048
"""Live publications held while a channel reads the database; beyond it the oldest go and are read again."""
RELOAD_AFTER_S = (0.0, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
"""Tries to fill a gap; then the readers are told to start over."""
ROUNDS = 4
"""History calls per try: four times a full ring; who is further behind starts over."""

TOLD_BYTES = 65_536
"""Joins and leaves that are sent as one piece."""


class Tail(Protocol):
    """Where live publications come from. After `want` returns, everything committed from then on is delivered."""

    async def want(self, site: str) -> None: ...
    def drop(self, site: str) -> None: ...


class Quiet:
    """No tail: whoever composes the gateway calls `deliver` for every commit by itself."""

    async def want(self, site: str) -> None:
        pass

    def drop(self, site: str) -> None:
        pass


class Subscription:
    """One reader of one channel. Presence is who has one of these, so it ends with the connection, however it ends.

    `join_leave`: it is told who comes and goes; `positioned`: it knows where it is, and is promised no gap; `server`:
    it did not ask; `token` is the last one shown for it.
    """

    __slots__ = ("channel", "client", "grant", "join_leave", "positioned", "server", "token")

    def __init__(
        self,
        client: "Client",
        channel: "Channel",
        grant: Grant,
        *,
        token: str = "",
        join_leave: bool = False,
        positioned: bool = True,
        server: bool = False,
    ) -> None:
        self.client = client
        self.channel = channel
        self.grant = grant
        self.token = token
        self.join_leave = join_leave
        self.positioned = positioned
        self.server = server


class Channel:
    """One channel in use. `busy`: it reads the database, live deliveries are held; `filled`: its ring reaches as far
    back as the database does."""

    __slots__ = (
        "busy",
        "checked_at",
        "filled",
        "filling",
        "head",
        "held",
        "name",
        "pending",
        "readers",
        "ring",
        "site",
    )

    def __init__(self, name: str, site: str) -> None:
        self.name = name
        self.site = site
        self.head = push_head(name)
        self.ring: Ring | None = None
        self.readers: dict[Reader, Subscription] = {}
        self.pending: list[bytes] = []
        self.held: list[tuple[int, bytes]] = []
        self.busy: asyncio.Task[None] | None = None
        self.filling: asyncio.Task[None] | None = None
        self.filled = False
        self.checked_at = 0.0


class Channels:
    def __init__(self, backend: Backend, site_of: Callable[[str], str], turn: Turn) -> None:
        self.tail: Tail = Quiet()
        self.gaps = self.repeats = self.lost = self.queries = self.publications = 0
        self._backend = backend
        self._site_of = site_of
        self._turn = turn
        self._active: dict[str, Channel] = {}
        self._idle: dict[Channel, float] = {}  # since when without readers, oldest first
        self._sites: dict[str, int] = {}
        self._told: dict[str, list[tuple[bytes, bytes]]] = {}  # who joined or left in this turn, by channel

    def __len__(self) -> int:
        return len(self._active)

    def get(self, name: str) -> Channel | None:
        return self._active.get(name)

    # Live publications

    def deliver(self, publications: Iterable[tuple[str, int, bytes]]) -> None:
        """Publications as they were committed; those of one call leave together. Offset 0: outside of the stream."""
        active = self._active
        for name, offset, data in publications:
            channel = active.get(name)
            if channel is not None:
                self._admit(channel, offset, data)

    def _admit(self, channel: Channel, offset: int, data: bytes) -> None:
        ring = channel.ring
        if not offset:
            self.publications += 1
            if channel.readers:
                self._turn.publish(channel, channel.head + publication(0, data) + b"}}")
        elif channel.busy is not None or ring is None:
            channel.held.append((offset, data))
            if len(channel.held) > HELD:
                del channel.held[0]
        elif offset == ring.top + 1:
            self._append(channel, ring, offset, data)
        elif offset <= ring.top:
            self.repeats += 1
        else:
            self.gaps += 1
            channel.held.append((offset, data))
            channel.busy = asyncio.create_task(self._reload(channel, ring))

    def _append(self, channel: Channel, ring: Ring, offset: int, data: bytes) -> None:
        item = ring.append(offset, data)
        self.publications += 1
        if channel.readers:
            self._turn.publish(channel, channel.head + item + b"}}")

    def _merge(self, channel: Channel) -> None:
        held, channel.held = channel.held, []
        for offset, data in held:
            self._admit(channel, offset, data)

    def trim(self, name: str, base: int) -> None:
        """Recover nothing up to offset `base` any more: the backend no longer keeps it."""
        channel = self._active.get(name)
        if channel is not None and channel.ring is not None:
            channel.ring.trim(base)

    # Readers come and go

    def tell(self, name: str, kind: bytes, info: bytes) -> None:
        """Tell who wants to know that somebody joined or left (`kind`). What a herd does in one turn is told as one."""
        channel = self._active.get(name)
        if channel is not None and channel.readers:
            if not self._told:
                asyncio.get_running_loop().call_soon(self._tell_all)
            self._told.setdefault(name, []).append((kind, info))

    def _tell_all(self) -> None:
        told, self._told = self._told, {}
        for name, happened in told.items():
            channel = self._active.get(name)
            wanting = [reader for reader, held in channel.readers.items() if held.join_leave] if channel else []
            if wanting:
                for lines in together([presence_push(name, kind, info) for kind, info in happened], TOLD_BYTES):
                    for reader in wanting:
                        reader.send(lines)

    def join(self, channel: Channel, reader: Reader, subscription: Subscription) -> None:
        if channel.pending:
            self._turn.flush()
        channel.readers[reader] = subscription
        self._idle.pop(channel, None)

    def leave(self, channel: Channel, reader: Reader) -> Subscription | None:
        if channel.pending:
            self._turn.flush()
        subscription = channel.readers.pop(reader, None)
        if subscription is not None and not channel.readers and self._active.get(channel.name) is channel:
            self._idle[channel] = asyncio.get_running_loop().time()
        return subscription

    def sweep(self, now: float) -> None:
        """Forget rings that nobody has read for `KEEP_S`."""
        while self._idle:
            channel, since = next(iter(self._idle.items()))
            if now - since < KEEP_S:
                return
            del self._idle[channel]
            if channel.busy is None:
                self._forget(channel)
            else:
                self._idle[channel] = now

    def _forget(self, channel: Channel) -> None:
        if self._active.get(channel.name) is not channel:
            return
        del self._active[channel.name]
        self._idle.pop(channel, None)
        self._sites[channel.site] -= 1
        if not self._sites[channel.site]:
            del self._sites[channel.site]
            self.tail.drop(channel.site)

    def _open(self, name: str) -> Channel:
        channel = Channel(name, self._site_of(name))
        self._active[name] = channel
        self._sites[channel.site] = self._sites.get(channel.site, 0) + 1
        channel.busy = asyncio.create_task(self._load(channel))
        return channel

    # Where a reader may begin

    def still(self, channel: Channel) -> bool:
        """Whether a channel that was ready is so now, some awaits later."""
        return channel.busy is None and self._active.get(channel.name) is channel

    async def ready(self, name: str) -> Channel:
        """The channel, with a position and nothing in flight. From here to the next await it stands still.

        Raises what the backend raises when the position cannot be read.
        """
        while True:
            channel = self._active.get(name)
            if channel is None:
                channel = self._open(name)
                self._idle[channel] = asyncio.get_running_loop().time()
            if channel.busy is not None:
                await asyncio.shield(channel.busy)
            elif channel.ring is not None:
                return channel

    async def place(self, name: str, since: tuple[int, str] | None) -> tuple[Channel, bytes | None]:
        """The channel for a new reader, and what it missed after `since` = (offset, epoch) as a JSON list.

        None for the list when nothing was asked for or it cannot be had. An offset ahead of us may be one the
        database has and the tail has not brought yet: look there, for up to `AHEAD_S`.
        """
        deadline = asyncio.get_running_loop().time() + AHEAD_S
        verified = False
        while True:
            channel = await self.ready(name)
            ring = channel.ring
            assert ring is not None
            if since is None:
                return channel, None
            offset, epoch = since
            if epoch and epoch != ring.epoch:
                if verified:
                    return channel, None
                verified = True
                await self._look(channel, least_s=AHEAD_S)
            elif offset > ring.top:
                if asyncio.get_running_loop().time() >= deadline:
                    return channel, None
                if not await self._look(channel, least_s=ASK_AGAIN_S):
                    await asyncio.sleep(ASK_AGAIN_S)
            else:
                listed = ring.missed(offset)
                if listed is not None or channel.filled:
                    return channel, listed
                await self._fill(channel)

    async def _look(self, channel: Channel, *, least_s: float) -> bool:
        """Compare with the database, unless that was done less than `least_s` ago."""
        now = asyncio.get_running_loop().time()
        if now - channel.checked_at < least_s or channel.ring is None:
            return False
        if channel.busy is None:
            channel.busy = asyncio.create_task(self._reload(channel, channel.ring))
        await asyncio.shield(channel.busy)
        return True

    async def _fill(self, channel: Channel) -> None:
        if channel.filling is None:
            channel.filling = asyncio.create_task(self._reach_back(channel))
        await asyncio.shield(channel.filling)

    # The database

    async def compare(self) -> None:
        """Hold every channel against the database, one after the other: bring what is missing, or 2500.

        What is being read already was perhaps asked before whatever made us doubt; so that is awaited, and asked anew.
        """
        for channel in list(self._active.values()):
            while channel.busy is not None:
                await asyncio.wait({channel.busy})
            await self._look(channel, least_s=0.0)

    async def history(self, name: str, since: int | None, limit: int) -> History:
        self.queries += 1
        async with asyncio.timeout(HISTORY_S):
            return await self._backend.history(name, since, limit)

    async def _load(self, channel: Channel) -> None:
        try:
            async with asyncio.timeout(HISTORY_S):
                await self.tail.want(channel.site)
            found = await self.history(channel.name, None, 0)
        except BaseException as fault:
            channel.busy = None
            channel.held.clear()
            self._forget(channel)
            if not channel.readers:
                raise
            log.warning("position of %s cannot be read: %r", channel.name, fault)
            readers, channel.readers = channel.readers, {}
            for subscription in readers.values():
                subscription.client.lost(subscription)
            return
        channel.ring = Ring(found.epoch, found.top)
        channel.busy = None
        self._merge(channel)

    async def _reach_back(self, channel: Channel) -> None:
        ring = channel.ring
        try:
            if ring is None:
                return
            found = await self.history(channel.name, max(0, ring.top - RING), RING)
            if found.epoch == ring.epoch and channel.ring is ring:
                ring.reach_back(found.publications)
                channel.filled = True
            elif channel.ring is ring:
                self._lose(channel)
        finally:
            channel.filling = None

    async def _reload(self, channel: Channel, ring: Ring) -> None:
        """Append what the database has after our top; give up (2500) if it no longer has all of it."""
        for pause in RELOAD_AFTER_S:
            await asyncio.sleep(pause)
            try:
                whole = await self._catch_up(channel, ring)
            except Exception as fault:  # noqa: BLE001  (a task of its own: this is its outermost edge)
                log.warning("history of %s failed: %r", channel.name, fault)
                continue
            if not whole:
                break
            ahead = [offset for offset, _ in channel.held if offset > ring.top]
            if not ahead or min(ahead) == ring.top + 1:
                channel.checked_at = asyncio.get_running_loop().time()
                channel.busy = None
                self._merge(channel)
                return
        self._lose(channel)

    async def _catch_up(self, channel: Channel, ring: Ring) -> bool:
        for _ in range(ROUNDS):
            found = await self.history(channel.name, ring.top, RING)
            if found.epoch != ring.epoch or found.top < ring.top:
                return False
            for offset, data in found.publications:
                if offset <= ring.top:
                    continue
                if offset != ring.top + 1:
                    return False
                self._append(channel, ring, offset, data)
            if ring.top >= found.top:
                return True
            if not found.publications:
                return False
        return False

    def _lose(self, channel: Channel) -> None:
        """We cannot go on from where we are: every reader starts over from its own position; who has none stays."""
        self._turn.flush()
        self.lost += 1
        channel.busy = None
        channel.held.clear()
        self._forget(channel)
        readers, channel.readers = channel.readers, {}
        staying = {reader: subscription for reader, subscription in readers.items() if not subscription.positioned}
        if staying:
            anew = self._open(channel.name)
            anew.readers = staying
            for subscription in staying.values():
                subscription.channel = anew
        for subscription in readers.values():
            if subscription.positioned:
                subscription.client.lost(subscription)
