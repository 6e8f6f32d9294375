"""Who reads a channel at other gateways: told and asked through Redis.

A gateway keeps in Redis who reads with it, and that it lives:

    presence:gateways            set of gateways' ids
    presence:alive:{id}          there while it lives: renewed every `BEAT_S`, gone `ALIVE_S` after its last sign
    presence:channels:{id}       set of its channels with readers
    presence:at:{id}:{channel}   hash: connection id → a mark, then raw JSON as shown
                                 `+` shown, its leaving is told · `-` shown only · `~` told only

So the readers of a gateway that was killed are gone `ALIVE_S` later at the latest. Whoever notices first takes it out
of the set (once, Redis decides), tells that its readers left, and removes what it kept.

Joins and leaves go to all gateways by the stream `presence`, read by the feed: an entry is what happened at one gateway
`g` at about the same time, field `t` = MessagePack of a list of (join or leave, channel, raw JSON). They are hints for
screens: while Redis is away they are dropped, and who wants the truth asks for presence. What this gateway has in Redis
is then written anew. Without Redis nobody reads elsewhere, as far as can be told; no client's command ever fails by it.
"""

import asyncio
import logging
import os
from collections import deque
from typing import Any, ClassVar

import msgspec
from redis.asyncio import Redis

from realtime.bus import AFTER_FAULT_S, AWAY, CALL_S, hang_up, line, own_pool
from realtime.gateway import Gateway

log = logging.getLogger("realtime")

BEAT_S = 2.5
"""Between two signs of life; also how often dead gateways are looked for."""
ALIVE_S = 10.0
"""After so long without a sign of life a gateway is dead."""
KEPT_S = 60.0
"""How long what a gateway told outlives its last renewal: until its death was noticed and told."""
GATHER_S = 0.02
"""How long news gather before they are written together: a storm of connections is few writes."""
ASK_S = 1.0
"""Time limit of one look at the other gateways."""
ASKING = 4
"""Looks at once; further ones wait, within their limit."""
AT_ONCE = 1_000
"""Readers, or channels, written in one go."""
TELL_MAX = 5_000
"""Joins and leaves waiting to be told; beyond it the oldest are dropped."""
TOLD_AT_ONCE = 200
"""Joins and leaves in one entry of the stream."""
STREAM_MAX = 100
"""Entries the stream keeps, about: they are read within milliseconds or of no use."""

Happening = tuple[str, str, bytes]
_GATEWAYS = "presence:gateways"
_BOTH, _SHOWN_ONLY, _TOLD_ONLY = b"+", b"-", b"~"
_KINDS = {"join": b"join", "leave": b"leave"}
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Happening]).decode


class Presence:
    """`realtime.backend.Others` by way of Redis. Without `run` nobody is told and nobody is found."""

    STREAM: ClassVar[str] = "presence"

    def __init__(self, bus: Redis, gateway: Gateway) -> None:
        self.name = os.urandom(8).hex()
        self._pool = own_pool(bus)
        self._gateway = gateway
        self._here: dict[str, dict[str, bytes]] = {}  # channel → connection id → value of the hash
        self._changed: dict[tuple[str, str], None] = {}  # (channel, connection id) to be written
        self._tell: deque[Happening] = deque(maxlen=TELL_MAX)
        self._news = asyncio.Event()
        self._asking: dict[str, asyncio.Task[dict[str, bytes]]] = {}
        self._gate = asyncio.Semaphore(ASKING)
        self._known = False  # to others, from some earlier time with Redis
        self.live = False
        gateway.others = self

    # For the gateway

    def came(self, channel: str, ident: str, info: bytes, *, shown: bool, told: bool) -> None:
        mark = _SHOWN_ONLY if not told else _BOTH if shown else _TOLD_ONLY
        self._here.setdefault(channel, {})[ident] = mark + info
        self._note("join", channel, ident, info, told=told)

    def went(self, channel: str, ident: str, info: bytes, *, told: bool) -> None:
        readers = self._here.get(channel)
        if readers is not None:
            readers.pop(ident, None)
            if not readers:
                del self._here[channel]
        self._note("leave", channel, ident, info, told=told)

    def _note(self, kind: str, channel: str, ident: str, info: bytes, *, told: bool) -> None:
        if self.live:  # else all there is will be written as soon as Redis is back
            self._changed[channel, ident] = None
            if told:
                self._tell.append((kind, channel, info))
            self._news.set()

    async def there(self, channel: str) -> dict[str, bytes]:
        if not self.live:
            return {}
        asking = self._asking.get(channel)
        if asking is None:  # who asks for the same at the same time waits for the same answer
            asking = asyncio.create_task(self._ask(channel))
            self._asking[channel] = asking
            asking.add_done_callback(lambda _: self._asking.pop(channel, None))
        return await asyncio.shield(asking)

    async def _ask(self, channel: str) -> dict[str, bytes]:
        bus = Redis(connection_pool=self._pool)
        found: dict[str, bytes] = {}
        try:
            async with asyncio.timeout(ASK_S), self._gate:
                others = await self._others(bus)
                async with bus.pipeline(transaction=False) as ask:
                    for name in others:
                        ask.exists(_alive(name))
                        ask.hgetall(_at(name, channel))
                    answers: Any = await ask.execute()
        except AWAY as fault:
            log.warning("presence elsewhere cannot be read: %r", fault)
            return found
        for alive, readers in zip(answers[::2], answers[1::2], strict=True):
            if alive:
                found |= {ident.decode(): shown[1:] for ident, shown in readers.items() if shown[:1] != _TOLD_ONLY}
        return found

    async def _others(self, bus: Redis) -> list[str]:
        names: Any = await bus.smembers(_GATEWAYS)
        return [name.decode() for name in names if name.decode() != self.name]

    # For the feed

    def heard(self, fields: dict[bytes, bytes]) -> None:
        """An entry of the stream."""
        if fields.get(b"g") == self.name.encode():
            return
        try:
            happenings = _unpack(fields[b"t"])
            kinds = [_KINDS[kind] for kind, _, _ in happenings]
        except (KeyError, msgspec.DecodeError):
            log.warning("who came or went elsewhere cannot be read")
            return
        for kind, (_, channel, info) in zip(kinds, happenings, strict=True):
            self._gateway.tell(channel, kind, info)

    # The loop

    async def run(self) -> None:
        """For ever. Cancel it to end: then this gateway's readers are taken out at once."""
        fails = 0
        try:
            while True:
                try:
                    await self._session()
                except AWAY as fault:
                    if self.live or not fails:
                        log.warning("presence is on its own, redis is away: %r", fault)
                except Exception:  # this task's outermost edge
                    log.exception("telling who is here failed")
                fails = 0 if self.live else fails
                self._forget_news()
                await hang_up(self._pool)
                await asyncio.sleep(AFTER_FAULT_S[min(fails, len(AFTER_FAULT_S) - 1)])
                fails += 1
        finally:
            if self.live:
                await self._take_leave()
            self._forget_news()
            await hang_up(self._pool)

    def _forget_news(self) -> None:
        self.live = False
        self._changed.clear()
        self._tell.clear()

    async def _session(self) -> None:
        """One time with Redis; ends with an exception."""
        loop = asyncio.get_running_loop()
        async with line(self._pool) as bus:
            async with asyncio.timeout(CALL_S):
                was_dead = await self._beat(bus) and self._known
            self.live = self._known = True  # from here on what changes is noted; what was before is written now
            await self._write_all(bus, anew=was_dead)
            began = beaten = renewed = loop.time()
            while True:
                try:
                    async with asyncio.timeout_at(beaten + BEAT_S):
                        await self._news.wait()
                        await asyncio.sleep(GATHER_S)
                except TimeoutError:
                    pass
                self._news.clear()
                await self._write(bus)
                now = loop.time()
                if now < beaten + BEAT_S:
                    continue
                beaten = now
                async with asyncio.timeout(CALL_S):
                    was_dead = await self._beat(bus)
                if was_dead:
                    await self._write_all(bus, anew=True)
                elif now > renewed + KEPT_S / 3:
                    renewed = now
                    await self._renew(bus)
                if now > began + ALIVE_S:  # before, whoever lost Redis together with us may still be on the way
                    await self._bury_the_dead(bus)

    async def _beat(self, bus: Redis) -> bool:
        """A sign of life. Whether we were taken for dead."""
        async with bus.pipeline(transaction=True) as say:
            say.sadd(_GATEWAYS, self.name)
            say.set(_alive(self.name), 1, px=round(ALIVE_S * 1000))
            say.expire(_GATEWAYS, round(KEPT_S))
            added, *_ = await say.execute()
        return bool(added)

    async def _write(self, bus: Redis) -> None:
        """What has changed, the newest state of each; then joins and leaves, in order."""
        while self._changed or self._tell:
            chosen = list(self._changed)[:AT_ONCE]
            for key in chosen:
                del self._changed[key]
            channels: dict[str, list[str]] = {}
            for channel, ident in chosen:
                channels.setdefault(channel, []).append(ident)
            async with asyncio.timeout(CALL_S), bus.pipeline(transaction=False) as say:
                for channel, idents in channels.items():
                    readers = self._here.get(channel, {})
                    self._say_readers(say, channel, {ident: readers[ident] for ident in idents if ident in readers})
                    if left := [ident for ident in idents if ident not in readers]:
                        say.hdel(_at(self.name, channel), *left)
                    if not readers:
                        say.srem(_channels(self.name), channel)
                if not self._changed and self._tell:
                    told = [self._tell.popleft() for _ in range(min(TOLD_AT_ONCE, len(self._tell)))]
                    entry: Any = {"g": self.name, "t": _pack(told)}
                    say.xadd(self.STREAM, entry, maxlen=STREAM_MAX, approximate=True)
                    say.expire(self.STREAM, round(KEPT_S))
                await say.execute()

    def _say_readers(self, say: Any, channel: str, readers: dict[str, bytes]) -> None:
        if readers:
            say.hset(_at(self.name, channel), mapping=readers)
            say.expire(_at(self.name, channel), round(KEPT_S))
            say.sadd(_channels(self.name), channel)
            say.expire(_channels(self.name), round(KEPT_S))

    async def _write_all(self, bus: Redis, *, anew: bool) -> None:
        """What Redis knows of this gateway is forgotten; everything is noted as changed. `anew`: we were taken for dead
        (away from Redis, or stopped, for too long), and others told that our readers left."""
        await self._remove(bus, self.name)
        for channel, readers in self._here.items():
            for ident, shown in readers.items():
                self._changed[channel, ident] = None
                if anew and shown[:1] != _SHOWN_ONLY:
                    self._tell.append(("join", channel, shown[1:]))
        self._news.set()

    async def _renew(self, bus: Redis) -> None:
        channels = list(self._here)
        for at in range(0, len(channels), AT_ONCE):
            async with asyncio.timeout(CALL_S), bus.pipeline(transaction=False) as say:
                say.expire(_channels(self.name), round(KEPT_S))
                for channel in channels[at : at + AT_ONCE]:
                    say.expire(_at(self.name, channel), round(KEPT_S))
                await say.execute()

    async def _bury_the_dead(self, bus: Redis) -> None:
        async with asyncio.timeout(CALL_S):
            others = await self._others(bus)
            async with bus.pipeline(transaction=False) as ask:
                for name in others:
                    ask.exists(_alive(name))
                alive: Any = await ask.execute() if others else []
        for name in (name for name, lives in zip(others, alive, strict=True) if not lives):
            async with asyncio.timeout(CALL_S):
                first: Any = await bus.srem(_GATEWAYS, name)
            if first:
                log.info("gateway %s is gone", name)
                await self._remove(bus, name, telling=True)

    async def _remove(self, bus: Redis, name: str, *, telling: bool = False) -> None:
        """Forget what a gateway had told; with `telling`, say that its readers left."""
        async with asyncio.timeout(CALL_S):
            members: Any = await bus.smembers(_channels(name))
        for channel in sorted(member.decode() for member in members):
            if telling:
                async with asyncio.timeout(CALL_S):
                    readers: Any = await bus.hgetall(_at(name, channel))
                gone: list[Happening] = [
                    ("leave", channel, shown[1:]) for shown in readers.values() if shown[:1] != _SHOWN_ONLY
                ]
                for _, _, info in gone:
                    self._gateway.tell(channel, b"leave", info)
                self._tell.extend(gone)
                await self._write(bus)
            async with asyncio.timeout(CALL_S):
                await bus.delete(_at(name, channel))
        async with asyncio.timeout(CALL_S):
            await bus.delete(_channels(name))

    async def _take_leave(self) -> None:
        """An orderly end: what was to be told is told, and nobody has to wait for our death to be noticed."""
        try:
            async with asyncio.timeout(CALL_S), line(self._pool) as bus:
                await self._write(bus)
                await self._remove(bus, self.name)
                await bus.delete(_alive(self.name))
                await bus.srem(_GATEWAYS, self.name)
        except AWAY as fault:
            log.warning("no leave taken, redis is away: %r", fault)


def _alive(name: str) -> str:
    return f"presence:alive:{name}"


def _channels(name: str) -> str:
    return f"presence:channels:{name}"


def _at(name: str, channel: str) -> str:
    return f"presence:at:{name}:{channel}"
