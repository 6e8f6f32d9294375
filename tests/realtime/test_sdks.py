# ruff: noqa: RUF059, ASYNC109, ASYNC110  (tests wait and unpack what a fixture gives)
"""The official SDKs against a real gateway: what a screen made of them sees."""

import asyncio
import contextlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from centrifuge import (
    CentrifugeError,
    Client,
    ClientEventHandler,
    StreamPosition,
    SubscriptionEventHandler,
)

from realtime import client as client_module
from realtime import gateway as gateway_module
from tests.realtime.kit import PATH, a_gateway, serving

ROOT = Path(__file__).parents[2]
SDK = ROOT / "static/vendor/centrifuge.js"


def has_node():
    node = shutil.which("node")
    if not node:
        return False
    asked = [node, "--experimental-websocket", "-e", "process.exit(typeof WebSocket === 'function' ? 0 : 1)"]
    return subprocess.run(asked, check=False, capture_output=True, timeout=20).returncode == 0


class Said:
    """What a client told us, in order; wait for the next of a kind."""

    def __init__(self):
        self.all = []
        self.at = 0
        self.more = asyncio.Event()

    def put(self, what, **more):
        self.all.append({"what": what, **more})
        self.more.set()

    async def next(self, what, timeout=10, **like):
        """The next matching thing after the last one found; what is between is passed over."""
        async with asyncio.timeout(timeout):
            while True:
                for i in range(self.at, len(self.all)):
                    seen = self.all[i]
                    if seen["what"] == what and all(seen.get(k) == v for k, v in like.items()):
                        self.at = i + 1
                        return seen
                self.more.clear()
                await self.more.wait()

    def offsets(self, channel):
        return [s["offset"] for s in self.all if s["what"] == "pub" and s["channel"] == channel]


class Script(Said):
    """The JavaScript SDK in node."""

    def do(self, what, **more):
        self.process.stdin.write(json.dumps({"do": what, **more}).encode() + b"\n")

    async def listen(self):
        while line := await self.process.stdout.readline():
            said = json.loads(line)
            self.put(said.pop("what"), **said)


class Snake(Said):
    """The Python SDK, with the same words."""

    def __init__(self, port, token):
        super().__init__()
        said, self.position, self.subs = self, None, {}

        class Events(ClientEventHandler):
            async def on_subscribed(self, ctx):
                at = ctx.stream_position
                said.put("given", channel=ctx.channel, recovered=ctx.recovered,
                         at=at and {"offset": at.offset, "epoch": at.epoch})  # fmt: skip

            async def on_unsubscribed(self, ctx):
                said.put("taken", channel=ctx.channel)

            async def on_publication(self, ctx):
                said.put("pub", channel=ctx.channel, offset=ctx.pub.offset, data=ctx.pub.data)

            async def on_join(self, ctx):
                said.put("join", user=ctx.info.user)

            async def on_connected(self, ctx):
                said.put("connected", client=ctx.client)

            async def on_connecting(self, ctx):
                said.put("connecting", code=ctx.code)

            async def on_disconnected(self, ctx):
                said.put("disconnected", code=ctx.code, reason=ctx.reason)

        async def get_token():
            said.put("getToken")
            return "user:ann"

        self.client = Client(
            f"ws://127.0.0.1:{port}{PATH}", token=token, events=Events(), get_token=get_token,
            min_reconnect_delay=0.02, max_reconnect_delay=0.1,
        )  # fmt: skip

    def do(self, what, **more):
        task = asyncio.ensure_future(getattr(self, "_" + what)(**more))
        task.add_done_callback(lambda t: t.cancelled() or t.exception())

    async def _connect(self):
        await self.client.connect()

    async def _disconnect(self):
        await self.client.disconnect()

    async def _position(self, offset, epoch):
        self.position = StreamPosition(offset, epoch)
        self.put("noted")

    async def _subscribe(self, channel, state=False, lives=()):
        said, lives = self, list(lives)

        async def get_token(_channel):
            said.put("subToken")
            return lives.pop(0) if len(lives) > 1 else lives[0]

        class Events(SubscriptionEventHandler):
            async def on_subscribed(self, ctx):
                at = ctx.stream_position
                said.put("subscribed", channel=channel, recovered=ctx.recovered, wasRecovering=ctx.was_recovering,
                         at=at and {"offset": at.offset, "epoch": at.epoch})  # fmt: skip

            async def on_unsubscribed(self, ctx):
                said.put("unsubscribed", channel=channel, code=ctx.code, reason=ctx.reason)

            async def on_publication(self, ctx):
                info = ctx.pub.info
                said.put("pub", channel=channel, offset=ctx.pub.offset, data=ctx.pub.data, by=info and info.user,
                         seat=info and info.chan_info and info.chan_info["seat"])  # fmt: skip

            async def on_join(self, ctx):
                said.put("join", user=ctx.info.user, seat=ctx.info.chan_info and ctx.info.chan_info["seat"])

            async def on_leave(self, ctx):
                said.put("leave", user=ctx.info.user)

        async def get_state(_channel):
            said.put("getState")
            return said.position

        self.subs[channel] = self.client.new_subscription(
            channel, events=Events(), positioned=True, recoverable=True, join_leave=True,
            get_state=get_state if state else None, get_token=get_token if lives else None, min_resubscribe_delay=0.02, max_resubscribe_delay=0.1,
        )  # fmt: skip
        await self.subs[channel].subscribe()

    async def _unsubscribe(self, channel):
        await self.subs[channel].unsubscribe()

    async def _rpc(self, method, data):
        try:
            self.put("rpc", data=(await self.client.rpc(method, data)).data)
        except CentrifugeError as error:
            self.put("rpcError", code=error.code)

    async def _presence(self, channel):
        self.put("presence", clients=(await self.client.presence(channel)).clients)

    async def _stats(self, channel):
        stats = await self.client.presence_stats(channel)
        self.put("stats", numClients=stats.num_clients, numUsers=stats.num_users)

    async def _publish(self, channel, data):
        try:
            await self.client.publish(channel, data)
            self.put("published")
        except CentrifugeError as error:
            self.put("publishError", code=error.code)

    async def _history(self, channel, limit, reverse=False, since=None):
        since = since and StreamPosition(since["offset"], since["epoch"])
        try:
            found = await self.client.history(channel, limit=limit, reverse=reverse, since=since)
        except CentrifugeError as error:
            self.put("historyError", code=error.code)
            return
        self.put("history", n=len(found.publications), offset=found.offset, epoch=found.epoch,
                 offsets=[p.offset for p in found.publications])  # fmt: skip


@pytest.fixture(params=["js", "python"])
async def dial(request):
    """Makes clients of one SDK."""
    made = []
    if request.param == "js" and not (SDK.exists() and has_node()):
        pytest.skip("NO NODE WITH WEBSOCKET, OR NO SDK IN static/vendor: the JavaScript SDK is not tested here")

    async def one(port, token="user:ann"):
        if request.param == "python":
            snake = Snake(port, token)
            made.append(snake)
            return snake
        script = Script()
        script.process = await asyncio.create_subprocess_exec(
            "node", "--experimental-websocket", "--no-warnings", str(Path(__file__).with_name("sdk.mjs")), SDK.as_uri(),
            str(port), token, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        script.task = asyncio.create_task(script.listen())
        made.append(script)
        await script.next("up")
        return script

    yield one
    for client in made:
        if isinstance(client, Snake):
            await client.client.disconnect()
        else:
            with contextlib.suppress(ProcessLookupError):
                client.process.kill()
            await client.process.wait()
            client.task.cancel()


@pytest.fixture
async def house():
    book, gateway = await a_gateway()
    async with serving(gateway) as port:
        yield book, gateway, port


def drop_all(gateway):
    for client in list(gateway.clients):
        client._reader._transport.abort()


async def test_what_is_too_big_is_not_sent_again_by_itself(house, dial):
    book, gateway, port = house
    c = await dial(port)
    c.do("connect")
    await c.next("connected")
    c.do("rpc", method="echo", data="x" * client_module.MESSAGE_BYTES)
    if isinstance(c, Snake):
        await c.next("connecting", code=3)
        await c.next("connected")
    else:
        assert (await c.next("disconnected"))["code"] == 3
    assert not [said for said in c.all if said["what"] == "rpc"], c.all
    assert not [asked for asked in book.asked if asked[0] == "rpc"]


async def test_an_evening_of_one_screen(house, dial):
    book, gateway, port = house
    book.commit("room:1", "before")
    c = await dial(port)
    c.do("subscribe", channel="room:1")
    c.do("subscribe", channel="floor:1")
    c.do("connect")
    await c.next("connected")
    seen = {s["channel"]: s for s in [await c.next("subscribed"), await c.next("subscribed")]}
    assert seen["room:1"]["at"] == {"offset": 1, "epoch": "e1"}
    assert seen["floor:1"]["at"] == {"offset": 0, "epoch": "e1"}
    c.do("rpc", method="echo", data={"party": 12})
    assert (await c.next("rpc"))["data"] == {"party": 12}
    c.do("rpc", method="nosuch", data={})
    assert (await c.next("rpcError"))["code"] == 104
    c.do("stats", channel="room:1")
    assert (await c.next("stats"))["numClients"] == 1
    c.do("presence", channel="room:1")
    assert len((await c.next("presence"))["clients"]) == 1
    for i in range(3):
        gateway.deliver([book.commit("room:1", i), book.commit("floor:1", i)])
    await c.next("pub", channel="floor:1", offset=3)
    c.do("history", channel="room:1", limit=10)
    whole = {"what": "history", "n": 4, "offset": 4, "epoch": "e1", "offsets": [1, 2, 3, 4]}
    assert await c.next("history") == whole
    c.do("history", channel="room:1", limit=2, reverse=True, since={"offset": 4, "epoch": "e1"})
    assert (await c.next("history"))["offsets"] == [3, 2]
    c.do("history", channel="room:1", limit=2, since={"offset": 1, "epoch": "another"})
    assert (await c.next("historyError"))["code"] == 112
    other = await dial(port, "user:bob")
    other.do("subscribe", channel="room:1")
    other.do("connect")
    assert (await c.next("join"))["user"] == "bob"
    other.do("disconnect")
    assert (await c.next("leave"))["user"] == "bob"
    c.do("unsubscribe", channel="floor:1")
    assert (await c.next("unsubscribed"))["channel"] == "floor:1"
    gateway.deliver([book.commit("room:1", "x"), book.commit("floor:1", "x")])
    await c.next("pub", channel="room:1", offset=5)
    assert c.offsets("room:1") == [2, 3, 4, 5]
    assert c.offsets("floor:1") == [1, 2, 3]


async def test_people_talk(house, dial):
    book, gateway, port = house
    c, other = await dial(port), await dial(port, "user:bob")
    for client in (c, other):
        client.do("subscribe", channel="chat:1")
        client.do("connect")
        await client.next("subscribed")
    assert (await c.next("join", user="bob"))["seat"] == 1
    c.do("publish", channel="chat:1", data={"say": "hé"})
    said = await other.next("pub")
    assert (said["offset"], said["data"], said["by"], said["seat"]) == (1, {"say": "hé"}, "ann", 1)
    await c.next("published")
    c.do("publish", channel="floor:1", data={})
    assert (await c.next("publishError"))["code"] == 108
    drop_all(gateway)
    await other.next("connecting")
    other.do("publish", channel="chat:1", data="still there")  # goes out when it is connected again
    assert (await c.next("pub", offset=2))["by"] == "bob"
    assert c.offsets("chat:1") == [1, 2]


async def test_channels_the_server_gives_and_takes(house, dial):
    book, gateway, port = house
    book.given = ("floor:1",)
    book.commit("floor:1", 1)
    c = await dial(port)
    c.do("connect")
    seen = await c.next("given")
    assert (seen["channel"], seen["at"]) == ("floor:1", {"offset": 1, "epoch": "e1"})
    gateway.deliver([book.commit("floor:1", 2)])
    await c.next("pub", offset=2)
    drop_all(gateway)
    gateway.deliver([book.commit("floor:1", 3)])
    assert (await c.next("given"))["recovered"] is True
    await c.next("pub", offset=3)
    rows = [book.commit("floor:1", i) for i in range(4)]  # 4 … 7, of which the last is all that is left
    book.kept["floor:1"] = book.kept["floor:1"][-1:]
    gateway.deliver(rows[3:])
    assert (await c.next("connecting", code=3010))["code"] == 3010
    seen = await c.next("given")
    assert (seen["recovered"], seen["at"]["offset"]) == (False, 7)
    await gateway.subscribe_user("ann", "book:1")
    await c.next("given", channel="book:1")
    gateway.deliver([book.commit("book:1", "b"), book.commit("floor:1", "on")])
    await c.next("pub", channel="floor:1", offset=8)
    assert c.offsets("book:1") == [1]
    gateway.unsubscribe_user("ann", "floor:1")
    assert (await c.next("taken"))["channel"] == "floor:1"
    assert c.offsets("floor:1") == [2, 3, 8]


async def test_a_channel_s_token_is_fetched_and_renewed(house, dial):
    book, gateway, port = house
    c = await dial(port)
    c.do("subscribe", channel="$1", lives=["old:0", "sub:1", "sub:600"])
    c.do("connect")
    await c.next("subscribed")
    await c.next("subToken")  # before its end
    async with asyncio.timeout(5):
        while not any(asked[0] == "authorise" and asked[-1] == "sub:600" for asked in book.asked):
            await asyncio.sleep(0.02)
    gateway.deliver([book.commit("$1", 1)])
    await c.next("pub", channel="$1", offset=1)
    assert sum(s["what"] == "subscribed" for s in c.all) == 1
    assert sum(s["what"] == "subToken" for s in c.all) == 3
    d = await dial(port)
    d.do("subscribe", channel="$1", lives=["forged"])
    d.do("connect")
    assert (await d.next("unsubscribed"))["code"] == 103


async def test_lost_connections_recover_every_offset_once(house, dial):
    book, gateway, port = house
    c = await dial(port)
    c.do("subscribe", channel="floor:1")
    c.do("connect")
    await c.next("subscribed")
    for _ in range(6):
        gateway.deliver([book.commit("floor:1", 1)])
        await asyncio.sleep(0.02)
        drop_all(gateway)
        gateway.deliver([book.commit("floor:1", 2)])
        assert (await c.next("subscribed"))["recovered"] is True
    gateway.deliver([book.commit("floor:1", "last")])
    await c.next("pub", offset=13)
    assert c.offsets("floor:1") == list(range(1, 14))


async def test_get_state_first_and_again_only_when_recovery_is_impossible(house, dial):
    book, gateway, port = house
    for i in range(4):
        book.commit("floor:1", i)
    c = await dial(port)
    c.do("position", offset=2, epoch="e1")  # the state was read a little earlier
    await c.next("noted")
    c.do("subscribe", channel="floor:1", state=True)
    c.do("connect")
    await c.next("getState")
    assert (await c.next("subscribed"))["recovered"] is True
    await c.next("pub", offset=4)
    assert c.offsets("floor:1") == [3, 4]
    drop_all(gateway)
    gateway.deliver([book.commit("floor:1", "missed")])
    await c.next("pub", offset=5)
    assert sum(s["what"] == "getState" for s in c.all) == 1, "recovery was possible"
    # the house is put back from a copy: another epoch
    book.epoch, book.kept["floor:1"], book.top["floor:1"] = "e2", [], 0
    book.commit("floor:1", "new")
    c.do("position", offset=1, epoch="e2")
    await c.next("noted")
    await gateway.channels.compare()
    await c.next("getState")
    seen = await c.next("subscribed")
    assert seen["at"] == {"offset": 1, "epoch": "e2"}
    gateway.deliver([book.commit("floor:1", "newer")])
    await c.next("pub", offset=2)
    assert sum(s["what"] == "getState" for s in c.all) == 2


async def test_insufficient_state_resubscribes_and_goes_on(house, dial):
    book, gateway, port = house
    c = await dial(port)
    c.do("subscribe", channel="floor:1")
    c.do("connect")
    await c.next("subscribed")
    rows = [book.commit("floor:1", i) for i in range(5)]
    book.kept["floor:1"] = rows and [(5, b'"5"')]
    gateway.deliver(rows[4:])
    seen = await c.next("subscribed")
    assert seen["wasRecovering"] is True
    assert seen["recovered"] is False
    gateway.deliver([book.commit("floor:1", "on")])
    await c.next("pub", offset=6)


async def test_an_expired_token_is_fetched_anew_and_then_refreshed(house, dial):
    book, gateway, port = house
    book.life_s = 2
    c = await dial(port, "expired")
    c.do("connect")
    await c.next("getToken")
    await c.next("connected")
    await c.next("getToken")  # before its end
    c.do("rpc", method="echo", data=1)
    assert (await c.next("rpc"))["data"] == 1
    assert sum(s["what"] == "connected" for s in c.all) == 1


@pytest.mark.parametrize(
    ("code", "reason", "comes_back"),
    [(3500, "revoked", False), (3501, "bad request", False), (3001, "shutdown", True), (3008, "slow", True), (4000, "custom", True), (4500, "gone", False)],
)
async def test_codes_bring_a_client_back_or_end_it(house, dial, code, reason, comes_back):
    _, gateway, port = house
    c = await dial(port)
    c.do("connect")
    await c.next("connected")
    gateway.disconnect_user("ann", code, reason)
    if comes_back:
        assert (await c.next("connecting", code=code))["code"] == code
        await c.next("connected")
    else:
        assert (await c.next("disconnected"))["code"] == code
        await asyncio.sleep(0.3)
        assert not gateway.clients


async def test_an_invalid_token_is_the_end(house, dial):
    c = await dial(house[2], "forged")
    c.do("connect")
    assert (await c.next("disconnected"))["code"] == 3500


async def test_revoked_channels_end_and_refused_ones_never_begin(house, dial):
    book, gateway, port = house
    c = await dial(port)
    c.do("subscribe", channel="private:1")
    c.do("subscribe", channel="floor:1")
    c.do("connect")
    assert (await c.next("unsubscribed", channel="private:1"))["code"] == 103
    c.at = 0
    await c.next("subscribed", channel="floor:1")
    book.forbidden.add(("ann", "floor:1"))
    await gateway.recheck_user("ann")
    assert (await c.next("unsubscribed", channel="floor:1"))["code"] == 2000


async def test_pings_keep_an_sdk_connected(house, dial, monkeypatch):
    book, gateway, port = house
    monkeypatch.setattr(gateway_module, "TICK_S", 0.05)
    pong, pongs = client_module.Client._pong, []

    def heard(self):
        pongs.append(self._unanswered)
        pong(self)

    monkeypatch.setattr(client_module.Client, "_pong", heard)
    book.ping_s = 1
    c = await dial(port)
    c.do("connect")
    await c.next("connected")
    async with asyncio.timeout(15):
        while len(pongs) < 2:
            await asyncio.sleep(0.05)
    assert all(pongs), "each answers a ping"
    assert [s["what"] for s in c.all if s["what"] in ("connected", "connecting", "disconnected")][-1] == "connected"
    assert len(gateway.clients) == 1
