"""What the house's relay does with commits, for publications from the control port: one stream entry for each.

    python -m bench.realtime.servers.publisher --control N --redis URL

Whatever came in one turn of the loop goes to Redis in one pipeline.
"""

import argparse
import asyncio

import msgspec
import uvloop
from redis.asyncio import Redis

from bench.realtime.servers import control
from bench.realtime.servers.gateway import SITE
from hub.core.relay import TAIL_MAX, tail

_pack = msgspec.msgpack.Encoder().encode


async def serve(args: argparse.Namespace) -> None:
    bus = Redis.from_url(args.redis)
    tops: dict[str, int] = {}
    waiting: list[tuple[str, bytes]] = []
    there, seq = asyncio.Event(), 0

    def publish(channel: str, data: bytes) -> None:
        waiting.append((channel, data))
        there.set()

    await control.listen(args.control, publish, lambda: {"published": seq})
    while True:
        await there.wait()
        there.clear()
        taken, waiting[:] = waiting[:], []
        async with bus.pipeline(transaction=False) as pipe:
            for channel, data in taken:
                seq += 1
                tops[channel] = tops.get(channel, 0) + 1
                entry = _pack([(channel, tops[channel], data)])
                pipe.xadd(tail(SITE), {b"p": entry}, id=f"{seq}-0", maxlen=TAIL_MAX, approximate=True)
            await pipe.execute()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--redis", required=True)
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
