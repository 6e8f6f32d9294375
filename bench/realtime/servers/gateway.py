"""Our gateway on a port, as the house serves it, before a backend that lives in memory.

    python -m bench.realtime.servers.gateway --port N --control N [--edge NAME] [--redis URL]

Everything a client meets is the real thing: connect, subscribe, positions, recovery from the ring. Publications come
in on the control port, or with `--redis` from a stream, through the same `Feed` that the house uses.
"""

import argparse
import asyncio
import itertools
import socket
from collections import deque
from typing import Any

import msgspec
import uvicorn
import uvloop
from redis.asyncio import Redis

from bench.realtime.servers import control
from realtime.backend import Grant, History, Refusal, Session
from realtime.edges import choose, limits
from realtime.garbage import settle
from realtime.gateway import Gateway
from realtime.ring import RING

EPOCH = "bench"
SITE = "bench"
BACKLOG = 4096
NO_METHOD = Refusal(104, "method not found")

_unpack = msgspec.msgpack.Decoder(list[tuple[str, int, bytes]]).decode


class Stand:
    """Where the house and its database would be: everyone is a guest, and every channel is theirs to read."""

    def __init__(self, bus: Redis | None) -> None:
        self._bus = bus
        self._guests = itertools.count(1)
        self._kept: dict[str, deque[tuple[int, bytes]]] = {}
        self._tops: dict[str, int] = {}
        self.histories = 0

    def commit(self, channel: str, data: bytes) -> tuple[str, int, bytes]:
        offset = self._tops.get(channel, 0) + 1
        self._tops[channel] = offset
        self._kept.setdefault(channel, deque(maxlen=RING)).append((offset, data))
        return channel, offset, data

    async def connect(self, token: str, data: bytes) -> Session | Refusal:  # noqa: ARG002
        return Session(f"guest-{next(self._guests)}")

    async def refresh(self, session: Session, token: str) -> Session | Refusal:  # noqa: ARG002
        return session

    async def stands(self, session: Session) -> Refusal | None:
        """Nobody is ever signed out here."""

    async def authorise(self, session: Session, channel: str, token: str = "") -> Grant | Refusal:  # noqa: ARG002
        return Grant()

    async def publish(self, session: Session, channel: str, data: bytes, info: bytes) -> Refusal | None:  # noqa: ARG002
        return Refusal(103, "permission denied")

    async def history(self, channel: str, since: int | None, limit: int) -> History:
        self.histories += 1
        if self._bus is not None:
            await self._read_stream(self._bus, channel)
        top, kept = self._tops.get(channel, 0), self._kept.get(channel, ())
        if since is None:
            return History(EPOCH, top, [])
        return History(EPOCH, top, [one for one in kept if one[0] > since][:limit])

    async def rpc(self, session: Session, method: str, data: bytes) -> bytes | Refusal:  # noqa: ARG002
        return NO_METHOD

    async def _read_stream(self, bus: Redis, channel: str) -> None:
        entries: Any = await bus.xrange(f"tail:{SITE}")
        said = [one for _, fields in entries for one in _unpack(fields[b"p"]) if one[0] == channel]
        self._kept[channel] = deque(((offset, data) for _, offset, data in said), maxlen=RING)
        if said:
            self._tops[channel] = said[-1][1]


async def no_pages(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def serve(args: argparse.Namespace) -> None:
    bus = Redis.from_url(args.redis) if args.redis else None
    stand = Stand(bus)
    gateway = Gateway(stand, site_of=lambda _channel: SITE if bus else "")
    following = None
    if bus is not None:
        from realtime.feed import Feed

        feed = Feed(bus, gateway)
        gateway.use(feed)
        following = asyncio.create_task(feed.run())

    def publish(channel: str, data: bytes) -> None:
        gateway.deliver([stand.commit(channel, data)])

    def counters() -> dict[str, int]:
        return {"histories": stand.histories, "slow": gateway.counters().slow_disconnects}

    edge = choose(args.edge)(gateway)
    edge.open("127.0.0.1", args.port)
    settle()
    await control.listen(args.control, publish, counters)
    if edge.websocket == "none":
        await asyncio.Event().wait()
    config = uvicorn.Config(
        no_pages, http=edge.http, ws=edge.websocket, log_config=None, access_log=False, backlog=BACKLOG, lifespan="off",
    )  # fmt: skip
    listening = socket.create_server(("127.0.0.1", args.port), backlog=BACKLOG)
    limits.bound(listening)
    await uvicorn.Server(config).serve([listening])
    if following is not None:
        following.cancel()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--edge", default="direct")
    parser.add_argument("--redis", default="")
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
