"""`maitred gateway`: the real process, driven by the official clients of both sides."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import jwt
import pytest
from cent import (
    AsyncClient,
    BatchRequest,
    BoolValue,
    BroadcastRequest,
    CentApiResponseError,
    CentUnauthorizedError,
    ChannelOptionsOverride,
    ChannelsRequest,
    Disconnect,
    DisconnectRequest,
    HistoryRemoveRequest,
    HistoryRequest,
    InfoRequest,
    PresenceRequest,
    PresenceStatsRequest,
    PublishRequest,
    RefreshRequest,
    StreamPosition,
    SubscribeRequest,
    UnsubscribeRequest,
)
from centrifuge import CentrifugeError, Client, ClientEventHandler, SubscriptionEventHandler
from centrifuge import StreamPosition as At

from hub.cli import main
from realtime import server_api
from tests.realtime.kit import PATH, Raw, mask
from tests.realtime.test_sdks import ROOT, SDK, Said, Script, has_node

SECRET = "a secret of the tests, which is long enough"
KEY = "a key of the tests"
UP_S = 30


class Process:
    """One gateway, as the command line starts it."""

    def __init__(self, *args):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MAITRED_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hub.cli", "gateway", "--port", "0", *args], cwd=ROOT, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.said = [self.process.stdout.readline().strip() for _ in range(3)]
        self.port = int(self.said[0].rpartition(":")[2].partition("/")[0])

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            out, errors = self.process.communicate(timeout=20)
        finally:
            self.process.kill()
        return self.process.returncode, out, errors


@pytest.fixture(scope="module")
def gateway():
    process = Process("--open", "--api-key", KEY, "--secret", SECRET)
    yield process
    code, _, errors = process.end()
    assert (code, errors) == (0, "")


@pytest.fixture
async def api(gateway):
    async with AsyncClient(f"http://127.0.0.1:{gateway.port}/api", KEY) as client:
        yield client


class Snake(Said):
    """The Python SDK, with the words of `open.mjs`."""

    def __init__(self, port):
        super().__init__()
        said = self

        class Events(ClientEventHandler):
            async def on_connected(self, ctx):
                said.put("connected", client=ctx.client)

            async def on_connecting(self, ctx):
                said.put("connecting", code=ctx.code)

            async def on_disconnected(self, ctx):
                said.put("disconnected", code=ctx.code, reason=ctx.reason)

            async def on_subscribed(self, ctx):
                said.put("given", channel=ctx.channel, data=ctx.data)

            async def on_publication(self, ctx):
                said.put("pub", channel=ctx.channel, offset=ctx.pub.offset, data=ctx.pub.data)

        self.client = Client(
            f"ws://127.0.0.1:{port}{PATH}", events=Events(), min_reconnect_delay=0.02, max_reconnect_delay=0.1
        )
        self.tasks = set()

    def do(self, what, **more):
        task = asyncio.ensure_future(self._try(getattr(self, "_" + what), more))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _try(self, what, more):
        try:
            await what(**more)
        except CentrifugeError as error:
            self.put("failed", code=getattr(error, "code", 0))

    async def _connect(self):
        await self.client.connect()

    async def _subscribe(self, channel):
        said = self

        class Events(SubscriptionEventHandler):
            async def on_subscribed(self, ctx):
                said.put("subscribed", channel=channel, recovered=ctx.recovered)

            async def on_unsubscribed(self, ctx):
                said.put("unsubscribed", channel=channel, code=ctx.code)

            async def on_publication(self, ctx):
                pub = ctx.pub
                said.put("pub", channel=channel, offset=pub.offset, data=pub.data, by=pub.info and pub.info.client, tags=pub.tags)

            async def on_join(self, ctx):
                said.put("join", channel=channel, client=ctx.info.client)

        subscription = self.client.new_subscription(
            channel, events=Events(), positioned=True, recoverable=True, join_leave=True
        )
        await subscription.subscribe()

    async def _publish(self, channel, data):
        await self.client.publish(channel, data)
        self.put("published")

    async def _presence(self, channel):
        self.put("presence", clients=list((await self.client.presence(channel)).clients))

    async def _history(self, channel, limit, since=None, reverse=False):
        found = await self.client.history(channel, limit=limit, since=since and At(**since), reverse=reverse)
        self.put("history", offsets=[p.offset for p in found.publications], epoch=found.epoch)


@pytest.fixture(params=["js", "python"])
async def dial(request, gateway):
    """Makes connected clients of one SDK; nobody asked who they are."""
    made = []
    if request.param == "js" and not (SDK.exists() and has_node()):
        pytest.skip("NO NODE WITH WEBSOCKET, OR NO SDK IN static/vendor: the JavaScript SDK is not tested here")

    async def one(*channels):
        if request.param == "python":
            client = Snake(gateway.port)
        else:
            client = Script()
            client.process = await asyncio.create_subprocess_exec(
                "node", "--experimental-websocket", "--no-warnings", str(ROOT / "tests/realtime/open.mjs"), SDK.as_uri(),
                str(gateway.port), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            client.task = asyncio.create_task(client.listen())
            await client.next("up")
        made.append(client)
        client.do("connect")
        client.ident = (await client.next("connected"))["client"]
        for channel in channels:
            client.do("subscribe", channel=channel)
            await client.next("subscribed", channel=channel)
        return client

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
def ch(request):
    """A channel of this test's own: the gateway is shared."""
    return request.node.name.replace("[", ":").rstrip("]")


# Official clients


async def test_what_the_api_publishes_is_read_live_and_later(api, dial, ch):
    c = await dial(ch)
    sent = await api.publish(PublishRequest(channel=ch, data={"n": [1, "ä", None]}, tags={"t": "1"}))
    assert sent.offset == 1
    seen = await c.next("pub")
    assert (seen["offset"], seen["data"], seen["tags"]) == (1, {"n": [1, "ä", None]}, {"t": "1"})
    assert not seen.get("by")
    c.do("publish", channel=ch, data={"from": "a client"})
    seen = await c.next("pub")
    assert (seen["offset"], seen["data"], seen["by"]) == (2, {"from": "a client"}, c.ident)
    c.at = 0
    await c.next("published")
    kept = await api.history(HistoryRequest(channel=ch, limit=-1))
    assert [(p.offset, p.data) for p in kept.publications] == [(1, {"n": [1, "ä", None]}), (2, {"from": "a client"})]
    assert (kept.publications[0].tags, kept.publications[0].info) == ({"t": "1"}, None)
    assert (kept.publications[1].info.client, kept.publications[1].info.user) == (c.ident, "")
    assert (kept.offset, kept.epoch) == (2, sent.epoch)
    c.do("history", channel=ch, limit=10, since={"offset": 1, "epoch": sent.epoch})
    assert (await c.next("history"))["offsets"] == [2]
    c.do("history", channel=ch, limit=1, reverse=True)
    assert (await c.next("history"))["offsets"] == [2]
    c.do("history", channel=ch, limit=1, since={"offset": 1, "epoch": "other"})
    assert (await c.next("failed"))["code"] == 112


async def test_whoever_was_away_recovers_what_was_missed(api, dial, ch):
    c = await dial(ch)
    for n in range(5):
        await api.publish(PublishRequest(channel=ch, data=n))
        await c.next("pub", offset=n * 2 + 1)
        await api.disconnect(DisconnectRequest(user="", client=c.ident, disconnect=Disconnect(code=3011, reason="again")))
        await api.publish(PublishRequest(channel=ch, data=n))
        c.ident = (await c.next("connected"))["client"]
        assert (await c.next("subscribed"))["recovered"] is True
        await c.next("pub", offset=n * 2 + 2)
    assert c.offsets(ch) == list(range(1, 11))


async def test_more_than_is_kept_cannot_be_recovered_and_is_said_so(api, gateway, ch):
    stays = await anonymous(gateway.port)  # so the gateway has it all at hand
    await stays.subscribe(ch)
    first = (await api.publish(PublishRequest(channel=ch, data=0))).epoch
    await api.batch(BatchRequest(requests=[PublishRequest(channel=ch, data=n) for n in range(1, 102)]))
    kept = await api.history(HistoryRequest(channel=ch, limit=-1))
    assert (kept.offset, [p.offset for p in kept.publications]) == (102, list(range(3, 103)))
    raw = await anonymous(gateway.port)
    got = await raw.subscribe(ch, recoverable=True, recover=True, offset=1, epoch=first)
    assert got["subscribe"].get("recovered") is None
    assert (got["subscribe"]["was_recovering"], got["subscribe"]["offset"]) == (True, 102)
    again = await anonymous(gateway.port)
    got = await again.subscribe(ch, recoverable=True, recover=True, offset=2, epoch=first)
    assert got["subscribe"]["recovered"] is True
    assert len(got["subscribe"]["publications"]) == 100
    await api.history_remove(HistoryRemoveRequest(channel=ch))
    late = await anonymous(gateway.port)
    assert "recovered" not in (await late.subscribe(ch, recover=True, offset=101, epoch=first))["subscribe"]
    assert "recovered" in (await raw.ask(unsubscribe={"channel": ch}) and await raw.subscribe(ch, recover=True, offset=102, epoch=first))["subscribe"]


async def test_a_load_tester_is_not_held_back(gateway, ch):
    raw = await anonymous(gateway.port)
    for n in range(10):
        raw.put(*({"id": n * 100 + i + 2, "publish": {"channel": ch, "data": i}} for i in range(100)))
    answers = [await raw.next(30) for _ in range(1000)]
    assert all("publish" in answer for answer in answers)


async def test_who_does_not_read_is_found_out_before_the_kernel_holds_megabytes(api, gateway, ch):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with s:
        s.settimeout(20)
        await asyncio.to_thread(s.connect, ("127.0.0.1", gateway.port))
        s.sendall(
            b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n" % PATH.encode()
        )
        s.sendall(mask(b'{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"%b"}}' % ch.encode()))
        got = b""
        while b'"subscribe"' not in got:
            got += await asyncio.to_thread(s.recv, 1000)
        for _ in range(60):
            await api.publish(PublishRequest(channel=ch, data="x" * 10_000))
        held = 0
        while part := await asyncio.to_thread(s.recv, 65536):
            held, got = held + len(part), part
    assert got.endswith(b"\x88\x06\x0b\xc0slow")
    assert held < 200_000


async def test_one_user_is_disconnected_but_for_the_listed(api, gateway):
    signed = jwt.encode({"sub": "bob"}, SECRET)
    raws = [await Raw.dial(gateway.port) for _ in range(2)]
    stays, goes = [(await raw.ask(connect={"token": signed}))["connect"]["client"] for raw in raws]
    await api.disconnect(DisconnectRequest(user="bob", whitelist=[stays], disconnect=Disconnect(code=4500, reason="5")))
    assert await raws[1].code() == (4500, "closed: 5")
    assert "presence" in await raws[0].ask(presence={"channel": "any"})
    assert stays != goes


async def test_presence_is_the_same_from_both_sides(api, dial, ch):
    c = await dial(ch)
    other = await dial(ch)
    assert (await c.next("join", client=other.ident))["channel"] == ch
    present = (await api.presence(PresenceRequest(channel=ch))).presence
    assert set(present) == {c.ident, other.ident}
    assert (present[c.ident].client, present[c.ident].user) == (c.ident, "")
    c.do("presence", channel=ch)
    assert set((await c.next("presence"))["clients"]) == set(present)
    stats = await api.presence_stats(PresenceStatsRequest(channel=ch))
    assert (stats.num_clients, stats.num_users) == (2, 1)
    listed = await api.channels(ChannelsRequest(pattern=ch[:8] + "*" + ch[-3:].replace("[", "?")))
    assert listed.channels[ch].num_clients == 2
    node = (await api.info(InfoRequest())).nodes[0]
    assert node.num_clients >= 2
    assert node.num_subs >= 2
    assert node.uid


async def test_one_broadcast_reaches_many_channels(api, dial, ch):
    one, two = ch + "1", ch + "2"
    c = await dial(one, two)
    sent = await api.broadcast(BroadcastRequest(channels=[one, "", two], data="hello", idempotency_key="k"))
    assert [r.result and r.result.offset for r in sent.responses] == [1, None, 1]
    assert sent.responses[1].error.code == 107
    again = await api.broadcast(BroadcastRequest(channels=[two], data="hello again", idempotency_key="k"))
    assert again.responses[0].result == sent.responses[2].result
    await api.publish(PublishRequest(channel=two, data="last"))
    await c.next("pub", channel=two, data="last")
    assert [(s["channel"], s["data"]) for s in c.all if s["what"] == "pub"] == [(one, "hello"), (two, "hello"), (two, "last")]


async def test_the_api_ends_and_begins_what_clients_read(api, dial, ch):
    c, stays = await dial(ch), await dial(ch)
    await api.unsubscribe(UnsubscribeRequest(user="", channel=ch, client=c.ident))
    assert (await c.next("unsubscribed", channel=ch))["code"] == 2000
    given = ch + ":given"
    await api.subscribe(
        SubscribeRequest(user="", channel=given, client=c.ident, info={"by": "api"}, data={"why": 1},
                         override=ChannelOptionsOverride(presence=BoolValue(value=True)))
    )  # fmt: skip
    assert (await c.next("given", channel=given))["data"] == {"why": 1}
    await api.publish(PublishRequest(channel=given, data="x"))
    assert (await c.next("pub", channel=given))["offset"] == 1
    assert (await api.presence(PresenceRequest(channel=given))).presence[c.ident].chan_info == {"by": "api"}
    await api.disconnect(DisconnectRequest(user="", client=c.ident, whitelist=[stays.ident]))
    assert await c.next("disconnected") == {"what": "disconnected", "code": 3503, "reason": "force disconnect"}
    await api.publish(PublishRequest(channel=ch, data="to who stays"))
    await stays.next("pub", channel=ch)
    assert not [s for s in c.all if s["what"] == "pub" and s["channel"] == ch]


# The server API


async def test_a_batch_answers_each_command(api, ch):
    done = await api.batch(
        BatchRequest(requests=[PublishRequest(channel=ch, data=1), HistoryRequest(channel=ch, limit=5), InfoRequest()])
    )
    assert (done.replies[0].offset, done.replies[1].publications[0].data) == (1, 1)


async def test_removed_history_leaves_the_position(api, gateway, ch):
    first = await api.publish(PublishRequest(channel=ch, data=1))
    await api.history_remove(HistoryRemoveRequest(channel=ch))
    now = await api.history(HistoryRequest(channel=ch, limit=-1))
    assert (now.publications, now.offset, now.epoch) == ([], 1, first.epoch)
    raw = await anonymous(gateway.port)
    assert "recovered" not in (await raw.subscribe(ch, recover=True, offset=0, epoch=first.epoch))["subscribe"]


async def test_what_skips_history_is_delivered_without_a_place(api, gateway, ch):
    raw = await anonymous(gateway.port)
    await raw.subscribe(ch, recoverable=True)
    sent = await api.publish(PublishRequest(channel=ch, data="passing", skip_history=True))
    assert (sent.offset, sent.epoch) == (0, "")
    assert await raw.next() == {"push": {"channel": ch, "pub": {"data": "passing"}}}
    await api.publish(PublishRequest(channel=ch, data="kept", b64data="eyJiIjogMX0="))
    assert await raw.next() == {"push": {"channel": ch, "pub": {"offset": 1, "data": {"b": 1}}}}


async def test_refused_calls_are_errors_with_their_codes(api, gateway, ch):
    await api.publish(PublishRequest(channel=ch, data=1))
    for ask, code in (
        (api.publish(PublishRequest(channel="", data=1)), 107),
        (api.publish(PublishRequest(channel="ä" * 128, data=1)), 107),
        (api.publish(PublishRequest(channel=ch, data=None)), 107),
        (api.publish(PublishRequest(channel=ch, data=1, b64data="AAAA")), 107),
        (api.history(HistoryRequest(channel=ch, limit=1, since=StreamPosition(offset=1, epoch="other"))), 112),
        (api.history(HistoryRequest(channel=ch, limit=1, since=StreamPosition(), reverse=True)), 107),
        (api.disconnect(DisconnectRequest(user="", disconnect=Disconnect(code=1000, reason="x"))), 107),
        (api.broadcast(BroadcastRequest(channels=[], data=1)), 107),
    ):
        with pytest.raises(CentApiResponseError) as error:
            await ask
        assert error.value.code == code
    assert (await api.history(HistoryRequest(channel=ch))).offset == 1, "nothing was published"
    async with AsyncClient(f"http://127.0.0.1:{gateway.port}/api", "another key") as stranger:
        with pytest.raises(CentUnauthorizedError):
            await stranger.info(InfoRequest())


async def post(port, path, body=b"{}", *, method="POST", **headers):
    """One request over a connection of its own: status and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    fields = {"Host": "x", "Content_Length": len(body), "X_API_Key": KEY, "Connection": "close"} | headers
    head = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in fields.items() if v is not None)
    writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
    async with asyncio.timeout(20):
        status = int((await reader.readline()).split()[1])
        answer = await reader.read()
    writer.close()
    return status, answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"path": "/api/info"}, 200),
        ({"path": "/api/info", "X_API_Key": None, "Authorization": f"apikey {KEY}"}, 200),
        ({"path": "/api/info", "X_API_Key": None}, 401),
        ({"path": "/api/info", "X_API_Key": "ä"}, 401),
        ({"path": "/api/info", "X_API_Key": None, "Authorization": f"Bearer {KEY}"}, 401),
        ({"path": "/api/info", "X_API_Key": None, "Authorization": "apikey another"}, 401),
        ({"path": "/api/publish", "body": b"{"}, 400),
        ({"path": "/api/publish", "body": b""}, 400),
        ({"path": "/api/publish", "body": b'{"channel":"a","data":{"x":1,}}'}, 400),
        ({"path": "/api/publish", "body": b'{"channel":"a","data":"\xff"}'}, 400),
        ({"path": "/api/publish", "body": b'{"channel":7,"data":1}'}, 400),
        ({"path": "/api/publish", "body": b'{"channel":"a","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}"}, 400),
        ({"path": "/api/history", "body": b'{"channel":"a","limit":"all"}'}, 400),
        ({"path": "/api/batch", "body": b'{"commands":[{"publish":7}]}'}, 200),
        ({"path": "/api/disconnect"}, 200),
        ({"path": "/api/info", "method": "GET"}, 405),
        ({"path": "/api/nosuch"}, 404),
        ({"path": "/api"}, 404),
        ({"path": "/api/publish", "body": b" " * (server_api.BODY_BYTES + 1)}, 413),
        ({"path": "/health", "method": "GET", "X_API_Key": None}, 200),
    ],
)  # fmt: skip
async def test_the_api_answers_every_request_with_its_status(gateway, asked, status):
    got, said = await post(gateway.port, **asked)
    assert got == status
    if asked.get("body") == b'{"commands":[{"publish":7}]}':
        assert json.loads(said) == {"replies": [{"error": {"code": 107, "message": "bad request"}}]}
    if asked["path"] == "/api/disconnect":
        assert json.loads(said)["error"]["code"] == 107, "a user must be named, if only as nobody"


# Sockets


async def anonymous(port, **connect):
    raw = await Raw.dial(port)
    assert "connect" in (await raw.ask(connect=connect)), "an open gateway lets anyone in"
    return raw


async def test_a_token_that_is_shown_is_verified_though_none_is_needed(api, gateway, ch):
    signed = jwt.encode({"sub": "ann", "info": {"n": 1}, "channels": [ch], "exp": int(time.time()) + 60}, SECRET)
    raw = await Raw.dial(gateway.port)
    hello = (await raw.ask(connect={"token": signed}))["connect"]
    assert "expires" not in hello
    assert ch in hello["subs"]
    assert (await api.presence(PresenceRequest(channel=ch))).presence[hello["client"]].conn_info == {"n": 1}
    await api.refresh(RefreshRequest(user="ann", expired=True))
    assert await raw.code() == (3005, "connection expired")
    forged = await Raw.dial(gateway.port)
    forged.put({"id": 1, "connect": {"token": signed[:-2]}})
    assert (await forged.code())[0] == 3500


async def test_a_publication_is_one_line_whatever_it_was(gateway, ch):
    raw = await anonymous(gateway.port)
    await raw.subscribe(ch)
    body = b'{"channel":%b,"data":{\r\n"x":\n1}}' % json.dumps(ch).encode()
    assert (await post(gateway.port, "/api/publish", body))[0] == 200
    assert (await raw.next())["push"]["pub"]["data"] == {"x": 1}
    raw.w.write(mask(b'{"id":7,"publish":{"channel":%b,"data":{"x":1,}}}' % json.dumps(ch).encode()))
    assert (await raw.code())[0] == 3501


# The command


def test_it_says_where_it_is_and_that_it_is_open(gateway):
    assert gateway.said == [
        f"sockets  ws://127.0.0.1:{gateway.port}{PATH}",
        f"API      http://127.0.0.1:{gateway.port}/api/  X-API-Key: (as given)",
        "open gateway: anyone may read and publish; not for production",
    ]


async def test_a_key_is_made_clients_need_tokens_without_open_and_the_end_is_orderly():
    gateway = await asyncio.to_thread(Process, "--secret", SECRET)
    assert "not for production" in gateway.said[2]
    key = gateway.said[1].rpartition(" ")[2]
    assert len(key) == 32
    async with AsyncClient(f"http://127.0.0.1:{gateway.port}/api", key) as api:
        await api.publish(PublishRequest(channel="a", data=1))
    stranger = await Raw.dial(gateway.port)
    stranger.put({"id": 1, "connect": {}})
    assert (await stranger.code())[0] == 3500
    raw = await Raw.dial(gateway.port)
    ends = int(time.time()) + 100
    hello = await raw.ask(connect={"token": jwt.encode({"sub": "ann", "exp": ends}, SECRET)})
    assert hello["connect"]["expires"] is True
    assert 0 < hello["connect"]["ttl"] <= 100
    assert (await raw.ask(publish={"channel": "a", "data": 1}))["error"]["code"] == 103
    assert (await raw.subscribe("$a"))["error"]["code"] == 103
    token = jwt.encode({"sub": "ann", "channel": "$a"}, SECRET)
    assert "subscribe" in await raw.subscribe("$a", token=token)
    ended = asyncio.create_task(asyncio.to_thread(gateway.end))
    assert await raw.code() == (3001, "shutdown")
    assert (await ended)[0] == 0


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--open", "--port", "http"], "is no port"), (["--open", "--port", "65536"], "is no port"),
        ([], "CLIENTS NEED TOKENS"), (["--open", "--api-key", ""], "--api-key"),
        (["--open", "--host", "no.such.host.invalid"], "--host"), (["--open", "--host", "192.0.2.1"], "cannot listen"),
    ],
)  # fmt: skip
def test_asked_wrongly_it_says_so_in_one_line(monkeypatch, capsys, args, says):
    monkeypatch.delenv("MAITRED_GATEWAY_SECRET", raising=False)
    try:
        code = main(["gateway", *args])
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert says in capsys.readouterr().err.splitlines()[-1]


def test_a_taken_port_is_one_line_and_exit_1(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["gateway", "--open", "--port", str(port)]) == 1
    assert capsys.readouterr().err == (
        f">>> maitred gateway: PORT {port} IS TAKEN by another program. Choose a free one with --port\n"
    )


async def test_the_second_edge_listens_beside_the_api_and_is_the_same_gateway():
    pytest.importorskip("socketify", reason="NO SOCKETIFY: the edge with a port of its own is not tested here")
    process = Process("--open", "--api-key", KEY, "--edge", "socketify", "--socket-port", "0")
    try:
        api_port = int(process.said[1].split("/api/")[0].rpartition(":")[2])
        assert process.port != api_port
        async with AsyncClient(f"http://127.0.0.1:{api_port}/api", KEY) as api:
            c = await Raw.dial(process.port)
            assert c.status == 101, c.head
            c.put({"id": 1, "connect": {}}, {"id": 2, "subscribe": {"channel": "news", "recoverable": True}})
            assert [(await c.next())["id"] for _ in range(2)] == [1, 2]
            assert (await api.publish(PublishRequest(channel="news", data={"n": 1}))).offset == 1
            assert (await c.next())["push"]["pub"] == {"offset": 1, "data": {"n": 1}}
            assert (await api.presence_stats(PresenceStatsRequest(channel="news"))).num_clients == 1
            second = await asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-m", "hub.cli", "gateway", "--open", "--port", "0", "--edge", "socketify",
                 "--socket-port", str(process.port)],
                cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
            )  # fmt: skip
            assert second.returncode == 1 and f"PORT {process.port} CANNOT BE HAD" in second.stderr, second.stderr
            process.process.send_signal(signal.SIGTERM)
            assert await c.code() == (3001, "shutdown")
    finally:
        code, _, errors = process.end()
    assert (code, errors) == (0, "")


def test_an_edge_that_is_not_installed_is_one_line_and_exit_2(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "realtime.edges.uws", None)
    assert main(["gateway", "--open", "--port", "0", "--edge", "socketify"]) == 2
    assert capsys.readouterr().err == (
        ">>> maitred gateway: --edge socketify: it is an extra: pip install 'maitred[socketify]'\n"
    )
