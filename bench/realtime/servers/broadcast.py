"""`websockets` with its `broadcast`: python broadcast.py PORT. Paths and messages as in ws.js; on uvloop."""

import sys
from urllib.parse import parse_qs, urlsplit

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

readers: dict[str, set[ServerConnection]] = {}


async def handle(socket: ServerConnection) -> None:
    asked = urlsplit(socket.request.path)
    if asked.path == "/pub":
        async for message in socket:
            topic, _, payload = message.partition("\n")
            broadcast(readers.get(topic, ()), payload)
        return
    mine = readers.setdefault(parse_qs(asked.query)["topic"][0], set())
    mine.add(socket)
    try:
        await socket.wait_closed()
    finally:
        mine.discard(socket)


async def main() -> None:
    port = int(sys.argv[1])
    async with serve(handle, "127.0.0.1", port, compression=None, backlog=4096, ping_interval=25) as server:
        await server.serve_forever()


uvloop.run(main())
