# ruff: noqa: BLE001  (a screen goes on whatever happens to it, and remembers what)
"""A crowd of screens on real sockets: each keeps what it shows by the rules of the SDKs, and everything it was sent.

A screen reads a channel's state once, then follows the stream from there and recovers by itself. It reads a state anew
only when it is told in so many words that it must (112). Whatever else a server must not do (a gap, a repeat, a push
outside a subscription) it notes as a fault; the oracle asks for those.
"""

import asyncio
import contextlib
import random
import socket
import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from bench.wire import Address, AwayError, Socket, decode
from tests.kit import apply

BACK_AFTER_S = (0.02, 0.25)  # of a lost link, drawn anew each time
UNRECOVERABLE = 112


@dataclass
class Screen:
    """`rows` is what it would show, `heard` every publication it was sent, by channel and offset."""

    name: str
    http: httpx.AsyncClient
    token: str
    channels: tuple[str, ...]
    rows: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    positions: dict[str, tuple[int, str]] = field(default_factory=dict)
    heard: dict[str, dict[int, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    connects: int = 0
    rereads: int = 0
    recovered: int = 0

    def __post_init__(self) -> None:
        self.ident = ""
        self.live = asyncio.Event()
        self._socket: Socket | None = None
        self._asked: dict[int, tuple[asyncio.Future[dict[str, Any]], Any]] = {}
        self._subscribed: set[str] = set()
        self._gone = asyncio.Event()
        self._numbers = 0
        self._held = False
        self._stay_away = asyncio.Event()
        self._stay_away.set()
        self._again: set[asyncio.Task[None]] = set()
        self._life: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._life = asyncio.create_task(self._live())

    async def close(self) -> None:
        if self._life:
            self._life.cancel()
            await asyncio.gather(self._life, *self._again, return_exceptions=True)
        self.reset()

    # ---- what a drill does to it

    def reset(self) -> None:
        """Closes its socket with an RST, as a machine does that has forgotten the connection."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            raw = transport.get_extra_info("socket")
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()

    def hold(self) -> None:
        """Reads nothing more of this connection; the kernel goes on answering for it."""
        self._held = True
        if self._transport is not None:
            self._transport.pause_reading()

    def read_on(self) -> None:
        self._held = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def stay_away(self) -> None:
        self._stay_away.clear()

    def come_back(self) -> None:
        self._stay_away.set()

    def say(self, *messages: Any) -> None:
        if self._socket is not None:
            self._socket.say(*messages)

    @property
    def _transport(self) -> Any:
        return self._socket._transport if self._socket is not None else None

    # ---- its life

    async def _live(self) -> None:
        while True:
            await self._stay_away.wait()
            with contextlib.suppress(AwayError, httpx.HTTPError, ValueError):
                await self._one_connection()
            self.live.clear()
            self.reset()
            await asyncio.sleep(random.uniform(*BACK_AFTER_S))

    async def _one_connection(self) -> None:
        self._gone.clear()
        self._subscribed.clear()
        self._held = False
        address = Address(str(self.http.base_url))
        self._socket = await Socket.connect(address, self._hear, self._lost)
        reply = await self.ask("connect", {"token": self.token})
        if "error" in reply:
            if reply["error"]["code"] == 109:
                self.token = (await self.http.get("/api/token")).json()["token"]
            return
        self.ident = reply["connect"]["client"]
        self.connects += 1
        await asyncio.gather(*map(self._follow, self.channels))
        self.live.set()
        await self._gone.wait()

    async def _follow(self, channel: str) -> None:
        """Subscribe, for as long as it takes on this connection."""
        while not self._gone.is_set():
            if channel not in self.positions:
                await self._read_state(channel)
            offset, epoch = self.positions[channel]
            ask = {"channel": channel, "recover": True, "offset": offset, "epoch": epoch, "flag": 3}
            reply = await self.ask("subscribe", ask)
            if "error" not in reply:
                return
            error = reply["error"]
            if error["code"] == UNRECOVERABLE:
                del self.positions[channel]
            elif error.get("temporary"):
                await asyncio.sleep(0.1)
            else:
                self.faults.append(f"{channel} is refused: {error}")
                return

    async def _read_state(self, channel: str) -> None:
        answer = await self.http.get(f"/api/state/{channel}")
        answer.raise_for_status()
        state = answer.json()
        self.rows = {at: row for at, row in self.rows.items() if at[0] != channel}
        self.rows |= {(channel, row["type"], row["id"]): row for row in state["rows"]}
        self.positions[channel] = state["offset"], state["epoch"]
        self.rereads += 1

    async def ask(self, what: str, args: dict[str, Any]) -> dict[str, Any]:
        self._numbers += 1
        answered = asyncio.get_running_loop().create_future()
        self._asked[self._numbers] = answered, args.get("channel") if what == "subscribe" else None
        self.say({"id": self._numbers, what: args})
        async with asyncio.timeout(20):
            return await answered

    def _lost(self, code: int) -> None:
        self.codes[code] += 1
        if 3500 <= code < 4000 or code >= 4500:
            self.faults.append(f"closed for good: {code}")
        for answered, _ in self._asked.values():
            if not answered.done():
                answered.set_exception(AwayError(f"closed ({code})"))
                answered.exception()
        self._asked.clear()
        self._gone.set()
        self.live.clear()

    # ---- what it is told

    def _hear(self, payload: bytes) -> None:
        for line in payload.split(b"\n"):
            said = decode(line)
            if "id" in said:
                answered, channel = self._asked.pop(said["id"], (None, None))
                if channel and "subscribe" in said:
                    self._begin(channel, said["subscribe"])
                if answered is not None and not answered.done():
                    answered.set_result(said)
            elif "push" in said:
                self._pushed(said["push"])
            elif not self._held:
                self.say({})

    def _begin(self, channel: str, reply: dict[str, Any]) -> None:
        position = self.positions[channel]
        if not reply.get("recovered") or reply.get("offset", 0) != position[0] or reply["epoch"] != position[1]:
            self.faults.append(f"{channel}: asked for {position}, got {reply}")
        self._subscribed.add(channel)
        self.recovered += len(reply.get("publications", ()))
        for publication in reply.get("publications", ()):
            self._take(channel, publication)

    def _pushed(self, push: dict[str, Any]) -> None:
        channel = push["channel"]
        if "pub" in push:
            if channel not in self._subscribed:
                self.faults.append(f"{channel}: a publication outside a subscription")
            self._take(channel, push["pub"])
        elif "unsubscribe" in push:
            self._subscribed.discard(channel)
            if push["unsubscribe"]["code"] < 2500:
                self.faults.append(f"{channel} ended: {push['unsubscribe']}")
                return
            task = asyncio.create_task(self._follow_again(channel))
            self._again.add(task)
            task.add_done_callback(self._again.discard)

    async def _follow_again(self, channel: str) -> None:
        try:
            await self._follow(channel)
        except Exception:  # the link is of no use any more
            self.reset()

    def _take(self, channel: str, publication: dict[str, Any]) -> None:
        offset, data = publication.get("offset", 0), publication["data"]
        at, epoch = self.positions.get(channel, (0, ""))
        if offset != at + 1:
            self.faults.append(f"{channel}: {offset} after {at}")
        self.positions[channel] = offset, epoch
        self.heard.setdefault(channel, {})[offset] = data
        if data.get("type") == "reset":  # a clock was set: the state is read again, on a new link
            self.positions.pop(channel)
            self.reset()
            return
        apply(self.rows, channel, data["patches"])


async def signed_in(url: str, role: str = "host") -> tuple[httpx.AsyncClient, str]:
    """A caller at the doors, and its token for sockets."""
    http = httpx.AsyncClient(base_url=url, timeout=10, limits=httpx.Limits(max_connections=8))
    (await http.post("/api/login/sample", json={"role": role})).raise_for_status()
    return http, (await http.get("/api/token")).json()["token"]
