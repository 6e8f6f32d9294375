"""The feed: brings every commit of the sites in use to this gateway, from Redis, or from the database without it.

One stream per site, `tail:{site}`: an entry is one commit, its id `{seq}-0`, field `p` = MessagePack of a list of
(channel, offset, data). A site is followed from where it stands when first wanted; what came before is in the rings'
own reading of the database. Redis is a cache and may be gone, late, or back with an empty memory. So whenever it was
away, commits are asked from the database (`poll`) every `POLL_S`, and when it answers again the database is asked once
more before the stream is trusted from that seq on; then every channel compares itself with the database, because a
database put back from a copy has another epoch. Repeats cost nothing: channels drop them by offset.

The stream `control` carries field `c` = JSON `{"op": "disconnect" | "recheck", "user": …, "sign_in": …}` to all
gateways; with a sign-in only the connections it opened are closed, and a recheck of user "" is of everyone. As some may
be missed while Redis is away, or when we are far behind, everyone's rights are checked again afterwards.

A stream of those who come and go elsewhere (`realtime.presence`) is read along; what of it is missed is not asked for.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from redis.asyncio import Redis

from realtime.bus import AFTER_FAULT_S, AWAY, CALL_S, end, hang_up, line, own_pool
from realtime.gateway import Gateway
from realtime.presence import Presence

log = logging.getLogger("realtime")

CONTROL = b"control"
CONTROL_NAME = CONTROL.decode()
BLOCK_MS = 1_000
"""How long one read waits for news. A Redis that does not answer is noticed `CALL_S` after that."""
COUNT = 500
"""Commits of one site taken in one read; well below what a stream keeps (`MAXLEN`), so that fewer mean nothing was
dropped before we read it."""
POLL_S = 0.1
"""Looks at the database while Redis is away."""
POLL_CALL_S = 5.0
"""Time limit of one look."""
POLL_FAULT_S = 1.0
"""Wait after a look that failed: the database is away as well."""
WATCH_S = 5.0
"""Looks whether a stream has been begun anew behind our back."""

Publications = list[tuple[str, int, bytes]]
Commits = list[tuple[str, int, Publications]]
Poll = Callable[[dict[str, int]], Awaitable[Commits]]
Head = Callable[[str], Awaitable[int]]


class Order(msgspec.Struct, frozen=True):
    """What the control stream may ask. Fields for other listeners are none of ours."""

    op: Literal["disconnect", "recheck"]
    user: str
    sign_in: str = ""


_unpack = msgspec.msgpack.Decoder(Publications).decode
_order = msgspec.json.Decoder(Order).decode


class Feed:
    """`poll` gives the commits of each site after a seq, in order, at most so many at a time. `head`, if given, the seq
    a site has reached; without it the stream's newest id is taken, and while Redis is away the site is paged through.
    `presence`, if given, hears of those who come and go at other gateways.
    """

    def __init__(
        self, bus: Redis, gateway: Gateway, poll: Poll | None = None, head: Head | None = None,
        presence: Presence | None = None,
    ) -> None:  # fmt: skip
        self._pool = own_pool(bus)
        self._gateway = gateway
        self._poll = poll
        self._head = head
        self._presence = presence
        self._after: dict[str, int] = {}
        self._control_after: str | None = None
        self._presence_after = "0-0"
        self._bus: Redis | None = None  # for short calls, while Redis answers
        self._reading = 0  # the waiting read's client id
        self._work: set[asyncio.Task[None]] = set()
        self._polling: asyncio.Task[None] | None = None
        self.live = False
        self.outages = 0
        gateway.use(self)

    # For the channels

    async def want(self, site: str) -> None:
        """Follow a site. On return everything committed from now on will be delivered."""
        if not site or site in self._after:
            return
        seq = await self._stands_at(site)
        if self._after.setdefault(site, seq) == seq:
            await self._wake()

    def drop(self, site: str) -> None:
        self._after.pop(site, None)

    async def _stands_at(self, site: str) -> int:
        if self._head is not None:
            async with asyncio.timeout(POLL_CALL_S):
                return await self._head(site)
        if self._bus is not None:
            try:
                async with asyncio.timeout(CALL_S):
                    return await _newest(self._bus, site)
            except AWAY as fault:
                log.warning("redis does not say where %s stands: %r", site, fault)
        if self._poll is None:
            raise ConnectionError("redis is away and there is no database to ask")
        return await self._page({site: -1})

    async def _page(self, sites: dict[str, int]) -> int:
        """Read on to the present; the highest seq met."""
        assert self._poll is not None
        top = 0
        while True:
            async with asyncio.timeout(POLL_CALL_S):
                commits = await self._poll(dict(sites))
            for site, seq, publications in commits:
                self._gateway.deliver(publications)
                sites[site] = max(seq, sites[site])
                top = max(top, seq)
            if not commits:
                return top

    async def _wake(self) -> None:
        """Have the waiting read look at its list of streams again."""
        if self._bus is not None and self._reading:
            try:
                async with asyncio.timeout(CALL_S):
                    await self._bus.client_unblock(self._reading)
            except AWAY:
                pass  # it ends its wait by itself

    # The loop

    async def run(self) -> None:
        """For ever. Cancel it to end."""
        fails = 0
        try:
            while True:
                try:
                    await self._session()
                except AWAY as fault:
                    if self.live or not fails:
                        log.warning("redis is away: %r", fault)
                except Exception:  # this task's outermost edge: the database may fail in its own ways while we catch up
                    log.exception("following redis failed")
                if self.live:
                    fails = 0
                self.live, self._bus, self._reading = False, None, 0
                self.outages += 1
                await hang_up(self._pool)
                await asyncio.sleep(AFTER_FAULT_S[min(fails, len(AFTER_FAULT_S) - 1)])
                fails += 1
        finally:
            for task in (*self._work, self._polling):
                if task is not None:
                    await end(task)
            await hang_up(self._pool)

    async def _session(self) -> None:
        """One time with Redis: until it is reached the database is polled; ends with an exception."""
        if self._polling is None and self._poll is not None:
            self._polling = asyncio.create_task(self._keep_polling())
        async with line(self._pool) as reader, line(self._pool) as bus:
            await self._arrive(reader, bus)
            if self._polling is not None:
                await end(self._polling)
                self._polling = None
                await self._catch_up()
            if self.outages:
                self._spawn(self._doubt_everything())
            self.live = True
            await self._follow(reader, bus)

    async def _arrive(self, reader: Redis, bus: Redis) -> None:
        async with asyncio.timeout(CALL_S):
            self._reading = await reader.client_id()
            newest: Any = await bus.xrevrange(CONTROL_NAME, count=1)
            at = newest[0][0].decode() if newest else "0-0"
            if self._control_after is None or _order_of(at) < _order_of(self._control_after):
                self._control_after = at
            if self._presence is not None:
                newest = await bus.xrevrange(self._presence.STREAM, count=1)
                self._presence_after = newest[0][0].decode() if newest else "0-0"
        self._bus = bus

    async def _follow(self, reader: Redis, bus: Redis) -> None:
        loop = asyncio.get_running_loop()
        watched = loop.time()
        while True:
            assert self._control_after is not None
            streams: dict[Any, Any] = {CONTROL_NAME: self._control_after}
            if self._presence is not None:
                streams[self._presence.STREAM] = self._presence_after
            streams.update((f"tail:{site}", f"{seq}-0") for site, seq in self._after.items())
            async with asyncio.timeout(CALL_S + BLOCK_MS / 1000):
                found: Any = await reader.xread(streams, count=COUNT, block=BLOCK_MS)
            for name, entries in found or ():
                if name == CONTROL:
                    self._obey(entries)
                elif self._presence is not None and name == self._presence.STREAM.encode():
                    self._presence_after = entries[-1][0].decode()
                    for _, fields in entries:
                        self._presence.heard(fields)
                else:
                    await self._take(name.decode().removeprefix("tail:"), entries)
            if loop.time() - watched > WATCH_S:
                await self._watch(bus)
                watched = loop.time()

    async def _take(self, site: str, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
        after = self._after.get(site)
        if after is None:
            return
        first = _seq(entries[0][0])
        if len(entries) >= COUNT and first > after + 1 and self._poll is not None:
            # So far behind that the stream may have dropped what we had not read.
            await self._catch_up(site)
        for ident, fields in entries:
            try:
                publications = _unpack(fields[b"p"])
            except (KeyError, msgspec.DecodeError):
                log.exception("entry %s of %s cannot be read; its channels will find the gap", ident, site)
                continue
            self._gateway.deliver(publications)
        if site in self._after:
            self._after[site] = max(self._after[site], _seq(entries[-1][0]))

    def _obey(self, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
        if len(entries) >= COUNT:
            log.warning("so far behind that orders may have been dropped: everyone is checked again")
            self._spawn(self._gateway.recheck_everyone())
        for ident, fields in entries:
            self._control_after = ident.decode()
            try:
                order = _order(fields[b"c"])
            except (KeyError, msgspec.DecodeError):
                log.warning("control entry %s is not for us", ident)
                continue
            if order.op == "disconnect":
                self._gateway.disconnect_user(order.user, sign_in=order.sign_in)
            elif not order.user:
                self._spawn(self._gateway.recheck_everyone())
            else:
                self._spawn(self._gateway.recheck_user(order.user))

    async def _watch(self, bus: Redis) -> None:
        """A stream whose newest entry is older than what we have read was begun anew: the database was put back."""
        sites = list(self._after)
        async with asyncio.timeout(CALL_S), bus.pipeline(transaction=False) as ask:
            for site in sites:
                ask.xrevrange(f"tail:{site}", count=1)
            tops = await ask.execute()
        anew = False
        for site, top in zip(sites, tops, strict=True):
            newest = _seq(top[0][0]) if top else None
            if newest is None or newest >= self._after.get(site, 0):
                continue
            if self._head is not None:  # the relay may only be late
                async with asyncio.timeout(POLL_CALL_S):
                    newest = await self._head(site)
            if newest < self._after.get(site, 0):
                self._after[site] = newest
                anew = True
        if anew:
            log.warning("a tail was begun anew")
            self._spawn(self._gateway.channels.compare())

    # Without Redis

    async def _catch_up(self, *sites: str) -> None:
        chosen = {site: self._after[site] for site in sites or self._after}
        if not chosen:
            return
        await self._page(chosen)
        for site, seq in chosen.items():
            if site in self._after:
                self._after[site] = max(self._after[site], seq)

    async def _keep_polling(self) -> None:
        if self._poll is None:
            return
        while True:
            pause = POLL_S
            try:
                await self._catch_up()
            except Exception as fault:  # noqa: BLE001  (a task of its own: this is its outermost edge)
                log.warning("the database cannot be polled: %r", fault)
                pause = POLL_FAULT_S
            await asyncio.sleep(pause)

    async def _doubt_everything(self) -> None:
        await asyncio.gather(self._gateway.channels.compare(), self._gateway.recheck_everyone())

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)


async def _newest(bus: Redis, site: str) -> int:
    entries: Any = await bus.xrevrange(f"tail:{site}", count=1)
    return _seq(entries[0][0]) if entries else 0


def _seq(ident: bytes) -> int:
    return int(ident.partition(b"-")[0])


def _order_of(ident: str) -> tuple[int, int]:
    at, _, n = ident.partition("-")
    return int(at), int(n)
