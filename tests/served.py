"""A house with its doors open, inside the test's own loop: real HTTP, real socket, jobs beside them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import uvicorn

from hub.app import make_app
from hub.core.reactions import Reactions
from hub.core.relay import Relay
from hub.gate import Gate, site_of
from hub.notifications.courier import Courier
from hub.serve import REACTIONS
from realtime.edges.direct import protocol_class
from realtime.feed import Feed
from realtime.gateway import Gateway
from tests.kit import LawfulHouse


@dataclass
class Served:
    house: LawfulHouse
    url: str
    gateway: Gateway

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws") + "/connection/websocket"

    async def signed_in(self, role: str) -> httpx.AsyncClient:
        """A browser of the member of staff with this role, signed in by one tap (the test house is a sample)."""
        person = httpx.AsyncClient(base_url=self.url, timeout=10)
        answer = await person.post("/api/login/sample", json={"role": role})
        assert answer.status_code == 200, answer.text
        return person


@contextlib.asynccontextmanager
async def doors_open(house: LawfulHouse) -> AsyncIterator[Served]:
    inner = house.house
    await inner.pool.execute("UPDATE house SET sample = true")
    gateway = inner.gateway = Gateway(Gate(inner), site_of=site_of)
    feed = Feed(inner.redis, gateway, poll=inner.states.commits_after, head=inner.states.head)
    gateway.use(feed)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        make_app(inner),
        http="httptools",
        ws=protocol_class(gateway),
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    loop = asyncio.get_running_loop()
    tasks = [
        loop.create_task(job)
        for job in (
            server.serve(sockets=[listening]),
            feed.run(),
            Relay(inner.dsn, inner.pool, inner.redis).run(),
            Reactions(inner.dsn, inner.pool, inner, REACTIONS).run(),
            Courier(inner).run(),
        )
    ]
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield Served(house, f"http://127.0.0.1:{listening.getsockname()[1]}", gateway)
    finally:
        await gateway.stop()
        server.should_exit = True
        await asyncio.wait([tasks[0]], timeout=5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
