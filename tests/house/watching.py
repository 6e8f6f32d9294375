"""A tablet that only watches, on the official SDK: the ten lines of a replica, and a strict eye on every offset."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
from centrifuge import Client, PublicationContext, StreamPosition, SubscriptionEventHandler

from tests.kit import apply


@dataclass
class Watcher:
    """Follows the channels of one site. `rows` is what its screen would show."""

    url: str
    site: str = "lumen"
    role: str = "host"
    rows: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)
    reread: int = 0
    gaps: list[str] = field(default_factory=list)
    seen_keys: list[str] = field(default_factory=list)

    async def open(self, *kinds: str) -> "Watcher":
        self.http = httpx.AsyncClient(base_url=self.url, timeout=5)
        await self.http.post("/api/login/sample", json={"role": self.role})
        state = (await self.http.get(f"/api/state/floor:{self.site}")).json()
        day = next(row["service_date"] for row in state["rows"] if row["type"] == "venue")
        names = {
            "floor": f"floor:{self.site}",
            "book": f"book:{self.site}:{day}",
            "waitlist": f"waitlist:{self.site}",
        }
        self.channels = [names[kind] for kind in kinds or names]
        address = self.url.replace("http", "ws") + "/connection/websocket"
        self.client = Client(address, get_token=self._token, max_reconnect_delay=1.0)
        await self.client.connect()
        for channel in self.channels:
            subscription = self.client.new_subscription(
                channel, events=_Events(self, channel), get_state=self._state, max_resubscribe_delay=1.0
            )
            await subscription.subscribe()
        await self.settled()
        return self

    async def _token(self, *_: Any) -> str:
        return (await self.http.get("/api/token")).json()["token"]

    async def _state(self, channel: str) -> StreamPosition:
        answer = await self.http.get(f"/api/state/{channel}")
        answer.raise_for_status()
        state = answer.json()
        self.rows = {at: row for at, row in self.rows.items() if at[0] != channel}
        self.rows |= {(channel, row["type"], row["id"]): row for row in state["rows"]}
        self.offsets[channel] = state["offset"]
        self.reread += 1
        return StreamPosition(offset=state["offset"], epoch=state["epoch"])

    async def hear(self, channel: str, offset: int, data: Any) -> None:
        at = self.offsets.get(channel, 0)
        if offset <= at:
            return  # already in the state that was read
        if offset != at + 1:
            self.gaps.append(f"{channel}: {offset} after {at}")
        self.offsets[channel] = offset
        if data.get("key"):
            self.seen_keys.append(data["key"])
        if data.get("type") == "reset":
            await self._state(channel)
            return
        apply(self.rows, channel, data["patches"])

    async def settled(self, within_s: float = 20.0) -> None:
        """Waits until this screen shows exactly what the house says; fails with the difference otherwise."""
        odd: Any = None
        async with asyncio.timeout(within_s + 5):
            for _ in range(int(within_s / 0.1)):
                try:
                    odd = await self._difference()
                except httpx.HTTPError as away:
                    odd = away
                if odd == []:
                    assert not self.gaps, self.gaps
                    return
                await asyncio.sleep(0.1)
        raise AssertionError(f"the screen never caught up: {odd}")

    async def _difference(self) -> list[Any]:
        odd = []
        for channel in self.channels:
            state = (await self.http.get(f"/api/state/{channel}")).json()
            want = {(channel, row["type"], row["id"]): row for row in state["rows"]}
            have = {at: row for at, row in self.rows.items() if at[0] == channel}
            odd += [(at, have.get(at), want.get(at)) for at in {*have, *want} if have.get(at) != want.get(at)][:3]
        return odd

    async def close(self) -> None:
        await self.client.disconnect()
        await self.http.aclose()


class _Events(SubscriptionEventHandler):
    def __init__(self, watcher: Watcher, channel: str) -> None:
        self.watcher, self.channel = watcher, channel

    async def on_publication(self, ctx: PublicationContext) -> None:
        data = ctx.pub.data
        await self.watcher.hear(
            self.channel, ctx.pub.offset, data if isinstance(data, dict) else msgspec.json.decode(data)
        )


async def ask(http: httpx.AsyncClient, name: str, body: dict[str, Any], *, patience_s: float = 40.0) -> dict[str, Any]:
    """One command as a stubborn tablet sends it: the same key until there is an answer, whatever dies meanwhile."""
    async with asyncio.timeout(patience_s):
        while True:
            try:
                answer = await http.post(f"/api/commands/{name}", json=body)
                told = answer.json()
                if answer.status_code < 500 and told.get("code") not in ("rate_limited", "unavailable"):
                    return told
            except (httpx.HTTPError, ValueError):
                pass
            await asyncio.sleep(0.05)
