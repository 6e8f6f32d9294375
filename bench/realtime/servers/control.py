r"""How publications get into our own processes: a plain TCP connection.

Each message is its length (4 bytes, big-endian) and `channel\ndata`. The channel `?` asks for the process' counters,
answered with one line of JSON.
"""

import asyncio
from collections.abc import Callable, Iterator

import msgspec

Publish = Callable[[str, bytes], None]
Ask = Callable[[], dict[str, int]]


class Control(asyncio.Protocol):
    def __init__(self, publish: Publish, counters: Ask) -> None:
        self._publish, self._counters = publish, counters
        self._kept = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for message in self._whole(self._kept + data if self._kept else data):
            channel, _, payload = message.partition(b"\n")
            if channel == b"?":
                self._transport.write(msgspec.json.encode(self._counters()) + b"\n")
            else:
                self._publish(channel.decode(), payload)

    def _whole(self, data: bytes) -> Iterator[bytes]:
        at, size = 0, len(data)
        while size - at >= 4:
            end = at + 4 + int.from_bytes(data[at : at + 4], "big")
            if end > size:
                break
            yield data[at + 4 : end]
            at = end
        self._kept = data[at:]


async def listen(port: int, publish: Publish, counters: Ask) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Control(publish, counters), "127.0.0.1", port)
