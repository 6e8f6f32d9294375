"""A websocket echo on the house's own edge, so that only its framing is judged: every message comes back as it is.

The sockets, their limits and their closing codes are those of the gateway; only what stands behind them is not the
protocol. Binary messages, which the gateway turns away (3506: an application's choice), are echoed here as well.

    python -m tests.autobahn.echo 9001
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn
from wsproto.connection import Connection
from wsproto.events import BytesMessage, Event

from realtime.edges.direct import Socket, protocol_class
from realtime.edges.frames import frame
from realtime.gateway import Gateway


class Echo:
    """What the edge sees of a connection, in place of `realtime.client.Client`."""

    def __init__(self, reader: Any) -> None:
        self.reader, self.closed = reader, False

    def received(self, message: bytes) -> None:
        self.reader.send(message)
        self.reader.flush()  # a frame of its own

    def end(self, code: int, reason: str) -> None:
        if not self.closed:
            self.closed = True
            self.reader.close(code, reason)

    def gone(self) -> None:
        self.closed = True


class EchoGateway(Gateway):
    def __init__(self) -> None:
        super().__init__(backend=None)  # type: ignore[arg-type]

    def arrived(self, reader: Any) -> Any:
        return Echo(reader)


class _Events:
    """A wsproto connection whose binary messages are echoed before the edge sees them."""

    def __init__(self, ws: Connection, socket: Socket) -> None:
        self._ws, self._socket, self._parts = ws, socket, socket.binary

    @property
    def state(self) -> Any:
        return self._ws.state

    def events(self) -> Iterator[Event]:
        for event in self._ws.events():
            if not isinstance(event, BytesMessage):
                yield event
                continue
            self._parts.append(bytes(event.data))
            if event.message_finished:
                self._socket.push(frame(b"".join(self._parts), 0x82))
                self._parts.clear()


def echo_protocol() -> type[Socket]:
    """For uvicorn's `ws=`."""

    class EchoSocket(protocol_class(EchoGateway())):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.binary: list[bytes] = []

        def _read_any(self, ws: Connection) -> None:
            super()._read_any(_Events(ws, self))

    return EchoSocket


@contextlib.asynccontextmanager
async def echoing(port: int = 0) -> AsyncIterator[int]:
    """An open echo server; gives its port."""
    listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    config = uvicorn.Config(
        _nothing_else, http="httptools", ws=echo_protocol(), lifespan="off", log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 10)
        listening.close()


async def _nothing_else(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def main(port: int) -> None:
    async with echoing(port) as opened:
        print(f"echoing on {opened}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    import uvloop

    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(main(int(sys.argv[1])))
