"""The gateway: what the hub holds in its hand. It joins connections, channels and the house behind them.

The hub calls `deliver` once per commit, and `disconnect_user`, `subscribe_user`, `unsubscribe_user`, `recheck_user`
when rights change.
An edge calls `arrived` for each socket and gives the returned `Client` its messages. Everything here runs on one event
loop; nothing touches a socket.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from msgspec import Struct

from realtime import subscriptions, wire
from realtime.backend import Backend, Nobody, Others, Refusal, Session
from realtime.channels import Channels, Subscription, Tail
from realtime.client import COMMAND_S, Client
from realtime.codes import FAULT, INSUFFICIENT, INVALID_TOKEN, SERVER_UNSUBSCRIBE, SHUTDOWN, Refused
from realtime.turn import Reader, Turn

log = logging.getLogger("realtime")

TICK_S = 1.0
"""How often pings, expiries and slow readers are looked at."""
STILL_S = 3.0
"""Longer than this between two ticks: the whole process stood still (a suspended machine, a stopped process)."""
GRACE_S = 8.0
"""For so long after it nobody is called silent, slow or late: what they sent meanwhile lies there unread."""
CONNECTIONS = 20_000
"""Connections at once; above it a handshake is answered 503."""
STOP_S = 2.0
"""How long a shutdown waits for close frames to be answered."""
CHECKS = 128
"""Connections asked about at once when everyone is checked again."""


class Counters(Struct):
    """For the metrics: gauges first, then totals since the start."""

    connections: int = 0
    subscriptions: int = 0
    users: int = 0
    channels: int = 0
    connected: int = 0
    commands: int = 0
    errors: int = 0
    publications: int = 0
    deliveries: int = 0
    repeats: int = 0
    gaps: int = 0
    lost_positions: int = 0
    history_queries: int = 0
    recovered: int = 0
    unrecovered: int = 0
    slow_disconnects: int = 0
    closes: int = 0


class Gateway:
    def __init__(
        self,
        backend: Backend,
        site_of: Callable[[str], str] = lambda _channel: "",
        *,
        origins: Iterable[str] = (),
        pages: int | None = None,
        version: str = "maitred",
        unlimited: bool = False,
    ) -> None:
        """`origins` may open a socket from a browser besides the page's own host, e.g. `https://book.example.org`.
        `pages` is the port of the pages of this host, where sockets have another.
        `unlimited` bounds nobody's commands per second: for load testers."""
        self.backend = backend
        self.origins = frozenset(origin.lower().rstrip("/") for origin in origins)
        self.pages = pages
        self.version = version
        self.unlimited = unlimited
        self.others: Others = Nobody()
        self.turn = Turn()
        self.channels = Channels(backend, site_of, self.turn)
        self.clients: set[Client] = set()
        self.users: dict[str, set[Client]] = {}
        self.slow: set[Reader] = set()
        self.stopping = False
        self.revocations = 0
        """How many there were: who was being recognised meanwhile is looked at again."""
        self.count = Counters()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wheel: dict[int, list[Client]] = {}
        self._tick_due: asyncio.TimerHandle | None = None
        self._ticked = 0
        self._looked_at = 0.0
        self._woke_at = -math.inf

    # For the hub

    def use(self, tail: Tail) -> None:
        """Where live publications come from (a `Feed`). Without one the hub calls `deliver` for every commit itself."""
        self.channels.tail = tail

    def deliver(self, publications: Iterable[tuple[str, int, bytes]]) -> None:
        """All publications `(channel, offset, JSON bytes)` of one commit. They leave in one write per connection."""
        self.channels.deliver(publications)

    def disconnect_user(
        self, user: str, code: int = INVALID_TOKEN.code, reason: str = "revoked", *, sign_in: str = "", client: str = ""
    ) -> int:
        """Close every connection of a user, or only those one sign-in opened, or one `client` id; 3500 is terminal for
        its clients. How many there were. `ValueError` for a code that is not in 3000–4999."""
        if not 3000 <= code <= 4999:
            raise ValueError(f"{code} is no code to disconnect with")
        self.revocations += 1
        clients = [
            one for one in self._of(user, client)
            if not sign_in or (one.session is not None and one.session.sign_in == sign_in)
        ]  # fmt: skip
        for one in clients:
            one.end(code, reason)
        return len(clients)

    async def subscribe_user(self, user: str, channel: str, *, client: str = "") -> int:
        """Have a user's connections (or one `client` id) read a channel they did not ask for, if they may. How many do.

        What is being connected just now gets what its session says. A connection that cannot be told is closed 3004:
        it comes back, and its session says the same.
        """
        done = 0
        for one in self._of(user, client):
            if one.connected:
                try:
                    async with asyncio.timeout(COMMAND_S):
                        done += await subscriptions.give(one, channel)
                except Refused as refused:
                    one.refuse(0, refused.why)
                except Exception as fault:  # noqa: BLE001  (whatever the house's fault: it must not stay unnoticed)
                    log.warning("cannot subscribe a connection to %s: %r", channel, fault)
                    one.end(*FAULT)
        return done

    def unsubscribe_user(self, user: str, channel: str, *, client: str = "") -> None:
        """Take a channel ("" = all) from a user for good (until they ask again), or from one `client` id."""
        for one in self._of(user, client):
            one.rights_changed()
            for name in [channel] if channel else list(one.channels):
                one.drop(name, SERVER_UNSUBSCRIBE)

    def _of(self, user: str, ident: str = "") -> list[Client]:
        return [client for client in self.users.get(user, ()) if not ident or client.ident == ident]

    async def recheck_user(self, user: str) -> None:
        """Ask for every subscription of a user whether it is still allowed; drop what is not."""
        self.revocations += 1
        for client in list(self.users.get(user, ())):
            client.rights_changed()
            await self._recheck(client)

    async def recheck_everyone(self) -> None:
        """After a time in which revocations may have been missed."""
        self.revocations += 1
        gate = asyncio.Semaphore(CHECKS)

        async def check(client: Client) -> None:
            async with gate:
                client.rights_changed()
                await self._recheck(client)

        await asyncio.gather(*(check(client) for client in list(self.clients)))

    async def _recheck(self, client: Client) -> None:
        if client.session is None or not await self._stands(client, client.session):
            return
        for channel, held in list(client.channels.items()):
            if client.session is None or client.closed:
                return
            try:
                async with asyncio.timeout(COMMAND_S):
                    answer = await self.backend.authorise(client.session, channel, held.token)
            except Exception as fault:  # noqa: BLE001  (whoever cannot be checked must ask again, whatever the fault)
                log.warning("cannot check %s again: %r", channel, fault)
                if held.server:
                    client.end(*FAULT)
                else:
                    client.drop(channel, INSUFFICIENT)
                continue
            if isinstance(answer, Refusal) and not subscriptions.stands(held, answer):
                if answer.close:
                    client.end(answer.code, answer.reason)
                else:
                    client.drop(channel, SERVER_UNSUBSCRIBE)

    async def _stands(self, client: Client, session: Session) -> bool:
        """Whether a connection may go on at all; one that reads nothing shows by nothing else that it may not."""
        try:
            async with asyncio.timeout(COMMAND_S):
                answer = await self.backend.stands(session)
        except Exception as fault:  # noqa: BLE001  (the same)
            log.warning("cannot check a connection again: %r", fault)
            if not client.channels:
                client.end(*FAULT)
            return not client.closed
        if answer is not None and answer.close:
            client.end(answer.code, answer.reason)
        return not client.closed

    async def presence(self, channel: str) -> dict[str, bytes]:
        """Who reads a channel, here and at other gateways, by connection id: raw JSON
        `{user, client, conn_info?, chan_info?}`."""
        there = await self.others.there(channel)
        return there | {s.client.ident: s.client.info(s.grant.info) for s in self._present(channel)}

    async def presence_stats(self, channel: str) -> tuple[int, int]:
        """How many connections read a channel, here and at other gateways, and how many different users ("" is one)."""
        there = await self.others.there(channel)
        here = {s.client.ident: s.client.session.user for s in self._present(channel) if s.client.session is not None}
        users = {ident: wire.decode_who(info).user for ident, info in there.items()} | here
        return len(users), len(set(users.values()))

    def _present(self, channel: str) -> list[Subscription]:
        found = self.channels.get(channel)
        return [s for s in found.readers.values() if s.grant.presence] if found else []

    def tell(self, channel: str, kind: bytes, info: bytes) -> None:
        """Somebody joined or left (`kind`: b"join", b"leave") at another gateway; `info` is raw JSON as in presence."""
        self.channels.tell(channel, kind, info)

    def counters(self) -> Counters:
        count, channels = self.count, self.channels
        count.connections = len(self.clients)
        count.users = len(self.users)
        count.subscriptions = sum(len(client.channels) for client in self.clients)
        count.channels = len(channels)
        count.publications, count.deliveries = channels.publications, self.turn.deliveries
        count.repeats, count.gaps = channels.repeats, channels.gaps
        count.lost_positions, count.history_queries = channels.lost, channels.queries
        return count

    async def stop(self) -> None:
        """Close everyone with 3001 (they come back, to whoever listens then) and take no one new."""
        self.stopping = True
        for client in list(self.clients):
            client.end(*SHUTDOWN)
        self.turn.flush()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=STOP_S)
        if self._tick_due is not None:
            self._tick_due.cancel()
            self._tick_due = None

    # For the edge and the clients

    @property
    def full(self) -> bool:
        return self.stopping or len(self.clients) >= CONNECTIONS

    def arrived(self, reader: Reader) -> Client:
        client = Client(self, reader)
        self.clients.add(client)
        if self._tick_due is None:
            loop = asyncio.get_running_loop()
            self._looked_at = loop.time()
            self._ticked = int(self._looked_at / TICK_S)
            self._wheel.clear()
            self._tick_due = loop.call_later(TICK_S, self._tick)
        client.wind()
        return client

    def left(self, client: Client) -> None:
        self.clients.discard(client)
        self.unseat(client)

    def unseat(self, client: Client) -> None:
        """Nobody's connection any more."""
        mine = self.users.get(client.session.user) if client.session is not None else None
        if mine is not None and client.session is not None:
            mine.discard(client)
            if not mine:
                del self.users[client.session.user]

    def came(self, subscription: Subscription) -> None:
        """A reader has its reply: presence shows it, and who wants to know is told."""
        grant, name = subscription.grant, subscription.channel.name
        if grant.presence or grant.join_leave:
            info = subscription.client.info(grant.info)
            self.others.came(name, subscription.client.ident, info, shown=grant.presence, told=grant.join_leave)
            if grant.join_leave:
                self.channels.tell(name, b"join", info)

    def went(self, subscription: Subscription) -> None:
        """It reads no more."""
        grant, name = subscription.grant, subscription.channel.name
        if grant.presence or grant.join_leave:
            info = subscription.client.info(grant.info)
            self.others.went(name, subscription.client.ident, info, told=grant.join_leave)
            if grant.join_leave:
                self.channels.tell(name, b"leave", info)

    def closed_slow(self) -> None:
        self.count.slow_disconnects += 1

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def wake_at(self, client: Client, when: float) -> None:
        """Have `client.due` called in the tick after `when` (the loop's time)."""
        slot = max(int(when / TICK_S), self._ticked) + 1
        waiting = self._wheel.get(slot)
        if waiting is None:
            self._wheel[slot] = [client]
        else:
            waiting.append(client)

    def spared(self, now: float) -> bool:
        """Whether the process stood still a short while ago, which is nobody's fault but ours."""
        return now - self._woke_at <= GRACE_S

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now - self._looked_at > STILL_S:
            log.warning("stood still for %.1f s", now - self._looked_at)
            self._woke_at = now
        self._looked_at = now
        while self._ticked < int(now / TICK_S):
            self._ticked += 1
            for client in self._wheel.pop(self._ticked, ()):
                if not client.closed:
                    try:
                        client.due(now)
                    except Exception:  # the outermost edge of one connection: the clock goes on for the others
                        log.exception("a connection failed")
                        client.end(*FAULT)
        if not self.spared(now):
            for reader in list(self.slow):
                reader.sweep(now)
        self.channels.sweep(now)
        self._tick_due = loop.call_later(TICK_S, self._tick) if self.clients or len(self.channels) else None
