"""Where bytes meet the core: each edge takes connections its own way and keeps one contract (`tests/realtime`).

An edge makes a `Reader` of every connection, tells the gateway of it (`Gateway.arrived`), gives the `Client` it gets
its messages, and puts the lines of a turn on the wire (`Turn.deliver`).
"""

import asyncio
from collections.abc import Callable
from typing import Literal, Protocol

from realtime.gateway import Gateway

EDGES = ("direct", "socketify")


class MissingEdgeError(RuntimeError):
    """The edge asked for cannot run on this machine; the message says what it wants."""


class Edge(Protocol):
    """The way to one gateway."""

    @property
    def http(self) -> type[asyncio.Protocol] | Literal["httptools"]:
        """What uvicorn takes as its `http=`: the class that meets every connection on its own port."""

    @property
    def websocket(self) -> type[asyncio.Protocol] | Literal["none"]:
        """What uvicorn takes as its `ws=`: the class that takes connections on its own port, or "none" where the edge
        listens by itself."""

    def open(self, host: str, port: int, *, shared: bool = False) -> int | None:
        """Listen and give the port (0 takes a free one), or None where uvicorn does. `shared`: others may listen on the
        same port. Needs a running loop; OSError when the port cannot be had."""

    async def close(self) -> None:
        """Take no one new and let go of the loop. The gateway is stopped before, so that everyone has their code."""


def choose(name: str) -> Callable[[Gateway], Edge]:
    """The edge of that name, to be made for a gateway. MissingEdgeError where it cannot run, ValueError for no edge."""
    if name == "direct":
        from realtime.edges.front import Direct

        return Direct
    if name == "socketify":
        try:
            from realtime.edges.uws import Socketify
        except ImportError as missing:
            raise MissingEdgeError("it is an extra: pip install 'maitred[socketify]'") from missing
        except OSError as missing:
            raise MissingEdgeError(f"its library needs libuv (Debian: apt-get install libuv1): {missing}") from missing
        return Socketify
    raise ValueError(f"there is no edge {name!r}, only {', '.join(EDGES)}")
