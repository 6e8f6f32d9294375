# ruff: noqa: ASYNC110, RUF059  (tests poll, and unpack what a fixture gives)
"""What a connected client may ask, besides subscribing: raw frames against a real server."""

import asyncio
import json

import pytest

from realtime import client as client_module
from realtime import codes
from realtime.backend import Grant, Session
from tests.realtime.kit import Raw, a_gateway, serving


@pytest.fixture
async def house():
    book, gateway = await a_gateway()
    async with serving(gateway) as port:
        yield book, gateway, port


async def test_rpc(house):
    book, _, port = house
    c = await Raw.connected(port)
    assert (await c.ask(rpc={"method": "echo", "data": {"ü": [1, None, "\n"]}}))["rpc"] == {
        "data": {"ü": [1, None, "\n"]}
    }
    assert (await c.ask(rpc={"method": "echo"}))["rpc"] == {"data": None}
    assert (await c.ask(rpc={"method": "pretty"}))["rpc"] == {"data": {"a": 1}}
    assert (await c.ask(rpc={"method": "nosuch"}))["error"] == {"code": 104, "message": "method not found"}
    assert (await c.ask(rpc={"method": "busy"}))["error"]["temporary"] is True
    assert (await c.ask(rpc={"method": "crash"}))["error"] == {
        "code": 100,
        "message": "internal server error",
        "temporary": True,
    }
    assert (await c.ask(rpc={"method": "echo", "data": 1}))["rpc"] == {"data": 1}
    c.put({"id": 99, "rpc": {"method": "out"}})
    assert await c.code() == (3507, "permission denied")


async def test_a_command_that_never_ends_is_ended(house, monkeypatch):
    monkeypatch.setattr(client_module, "COMMAND_S", 0.2)
    book, _, port = house
    c = await Raw.connected(port)
    assert (await c.ask(rpc={"method": "wait"}))["error"]["code"] == 100
    assert (await c.ask(rpc={"method": "echo", "data": 1}))["rpc"] == {"data": 1}


async def test_send_has_no_answer(house):
    c = await Raw.connected(house[2])
    c.put({"send": {"data": {"x": 1}}})
    assert (await c.ask(rpc={"method": "echo", "data": 1}))["rpc"] == {"data": 1}


# Publish


async def test_a_publication_reaches_every_reader_signed(house):
    book, gateway, port = house
    c, other = await Raw.connected(port, "ann"), await Raw.connected(port, "bob")
    for x in (c, other):
        await x.subscribe("chat:1")
    c.put({"id": 9, "publish": {"channel": "chat:1", "data": {"say": "hé"}}})
    who = {"user": "ann", "client": c.hello["connect"]["client"], "conn_info": {"n": 1}, "chan_info": {"seat": 1}}
    published = {"offset": 1, "data": {"say": "hé"}, "info": who}
    assert await other.next() == {"push": {"channel": "chat:1", "pub": published}}
    got = [await c.next(), await c.next()]
    assert {"id": 9, "publish": {}} in got
    assert {"push": {"channel": "chat:1", "pub": published}} in got
    assert (await c.ask(history={"channel": "chat:1", "limit": 9}))["history"]["publications"] == [published]
    late = await Raw.connected(port, "eve")
    got = await late.subscribe("chat:1", recover=True, epoch="e1", offset=0)
    assert got["subscribe"]["publications"] == [published]


async def test_who_does_not_read_a_channel_publishes_without_its_chan_info(house):
    book, gateway, port = house
    c, reader = await Raw.connected(port, "ann"), await Raw.connected(port, "bob")
    await reader.subscribe("chat:1")
    assert (await c.ask(publish={"channel": "chat:1", "data": None})) == {"id": c.n, "publish": {}}
    pub = (await reader.next())["push"]["pub"]
    assert pub["data"] is None
    assert pub["info"] == {"user": "ann", "client": c.hello["connect"]["client"], "conn_info": {"n": 1}}


@pytest.mark.parametrize(
    ("ask", "code"),
    [({"channel": "chat:1"}, 107), ({"channel": "floor:1", "data": 1}, 108), ({"channel": "c" * 256, "data": 1}, 107),
     ({"channel": "chat:1", "data": 1, "type": 1}, 108),
     ({"channel": "chat:1", "data": json.loads("[" * 129 + "]" * 129)}, 107),
     ({"channel": "chat:1", "data": ["[" * 200, json.loads('{"]":' * 128 + "0" + "}" * 128)]}, 107)],
)  # fmt: skip
async def test_what_cannot_be_published(house, ask, code):
    book, _, port = house
    c = await Raw.connected(port)
    assert (await c.ask(publish=ask))["error"]["code"] == code
    assert not book.kept


async def test_a_publication_outside_of_the_stream_has_no_offset_and_moves_none(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    await c.subscribe("floor:1")
    gateway.deliver([("floor:1", 0, b'"now"'), book.commit("floor:1", "kept")])
    assert (await c.next())["push"]["pub"] == {"data": "now"}
    assert (await c.next())["push"]["pub"] == {"offset": 1, "data": "kept"}


async def test_a_rich_publication_that_is_not_deep(house):
    c = await Raw.connected(house[2])
    await c.subscribe("chat:1")
    for data in ([[]] * 500, ['[[{\\"' * 300, {"{": "]"}] * 3, json.loads("[" * 128 + "]" * 128)):
        c.put({"id": 9, "publish": {"channel": "chat:1", "data": data}})
        got = [await c.next(), await c.next()]
        assert {"id": 9, "publish": {}} in got
        assert data in [g["push"]["pub"]["data"] for g in got if "push" in g]


# Presence


async def test_presence_counts_and_goes_with_a_reset(house):
    book, gateway, port = house
    a, b = await Raw.connected(port, "ann"), await Raw.connected(port, "ann")
    c = await Raw.connected(port, "bob")
    assert (await c.ask(presence_stats={"channel": "floor:1"}))["presence_stats"] == {"num_clients": 0, "num_users": 0}
    for x in (a, b, c):
        await x.subscribe("floor:1")
    ident = a.hello["connect"]["client"]
    there = (await c.ask(presence={"channel": "floor:1"}))["presence"]["presence"]
    assert there[ident] == {"user": "ann", "client": ident, "conn_info": {"n": 1}}
    assert len(there) == 3
    assert (await c.ask(presence_stats={"channel": "floor:1"}))["presence_stats"] == {"num_clients": 3, "num_users": 2}
    assert len(await gateway.presence("floor:1")) == 3
    a.cut()
    async with asyncio.timeout(3):
        while len((await c.ask(presence={"channel": "floor:1"}))["presence"]["presence"]) != 2:
            await asyncio.sleep(0.01)
    assert (await c.ask(presence={"channel": "quiet:1"}))["error"]["code"] == 108
    assert (await c.ask(presence={"channel": "private:1"}))["error"]["code"] == 103


class Elsewhere:
    """Two readers at another gateway."""

    def __init__(self):
        self.noted = []

    def came(self, channel, ident, info, *, shown, told):
        assert shown or told
        self.noted.append(("came", channel, ident, json.loads(info)["user"], told))

    def went(self, channel, ident, info, *, told):
        self.noted.append(("went", channel, ident, json.loads(info)["user"], told))

    async def there(self, channel):
        return {"far1": b'{"user":"ann","client":"far1"}', "far2": b'{"user":"","client":"far2"}'}


async def test_presence_is_of_all_gateways(house):
    book, gateway, port = house
    gateway.others = Elsewhere()
    a, b = await Raw.connected(port, "ann"), await Raw.connected(port, "")
    for c in (a, b):
        await c.subscribe("floor:1")
    there = (await a.ask(presence={"channel": "floor:1"}))["presence"]["presence"]
    assert {info["client"]: info["user"] for info in there.values()} == {
        "far1": "ann", "far2": "", a.hello["connect"]["client"]: "ann", b.hello["connect"]["client"]: "",
    }  # fmt: skip
    assert (await a.ask(presence_stats={"channel": "floor:1"}))["presence_stats"] == {"num_clients": 4, "num_users": 2}


async def test_the_other_gateways_hear_who_comes_and_goes(house):
    book, gateway, port = house
    gateway.others = elsewhere = Elsewhere()
    c = await Raw.connected(port, "ann")
    ident = c.hello["connect"]["client"]
    await c.subscribe("floor:1")
    await c.subscribe("room:1", join_leave=True)
    assert (await c.next())["push"]["join"]["info"]["user"] == "ann"
    await c.subscribe("quiet:1")
    gateway.tell("room:1", b"join", b'{"user":"bob","client":"far"}')
    assert await c.next() == {"push": {"channel": "room:1", "join": {"info": {"user": "bob", "client": "far"}}}}
    gateway.tell("floor:1", b"join", b'{"user":"bob","client":"far"}')
    gateway.tell("nobody:1", b"leave", b'{"user":"bob","client":"far"}')
    rows = [book.commit("floor:1", i) for i in range(3)]
    book.kept["floor:1"] = []
    gateway.deliver(rows[2:])
    assert (await c.next())["push"]["unsubscribe"]["code"] == 2500
    c.cut()
    async with asyncio.timeout(5):
        while gateway.clients:
            await asyncio.sleep(0.01)
    assert elsewhere.noted == [
        ("came", "floor:1", ident, "ann", False), ("came", "room:1", ident, "ann", True),
        ("went", "floor:1", ident, "ann", False), ("went", "room:1", ident, "ann", True),
    ]  # fmt: skip


# History


async def test_history(house):
    book, _, port = house
    for i in range(1, 11):
        book.commit("floor:1", i)
    c = await Raw.connected(port)

    async def ask(**kw):
        return (await c.ask(history={"channel": "floor:1", **kw}))["history"]

    assert await ask() == {"publications": [], "epoch": "e1", "offset": 10}
    assert [p["offset"] for p in (await ask(limit=-1))["publications"]] == list(range(1, 11))
    assert [p["offset"] for p in (await ask(limit=3))["publications"]] == [1, 2, 3]
    assert [p["offset"] for p in (await ask(limit=3, since={"offset": 4, "epoch": "e1"}))["publications"]] == [5, 6, 7]
    assert [p["offset"] for p in (await ask(limit=3, reverse=True))["publications"]] == [10, 9, 8]
    since = {"offset": 4, "epoch": "e1"}
    assert [p["offset"] for p in (await ask(limit=2, reverse=True, since=since))["publications"]] == [3, 2]
    assert (await c.ask(history={"channel": "floor:1", "limit": 1, "since": {"offset": 1, "epoch": "no"}}))["error"][
        "code"
    ] == 112
    assert (await c.ask(history={"channel": "floor:1", "reverse": True, "since": {"offset": 0}}))["error"][
        "code"
    ] == 107
    assert (await c.ask(history={"channel": "private:1", "limit": 1}))["error"]["code"] == 103
    book.grants["floor:off"] = Grant(history=False)
    assert (await c.ask(history={"channel": "floor:off", "limit": 1}))["error"]["code"] == 108
    c.put({"id": 99, "history": {"channel": "floor:1", "limit": 1, "since": {"offset": -1}}})
    assert await c.code() == (3501, "bad request")


async def test_history_gives_so_much_and_no_more(house):
    book, _, port = house
    for i in range(1, 331):
        book.commit("floor:1", i)
    c = await Raw.connected(port)
    for limit in (-1, 5000):
        got = (await c.ask(history={"channel": "floor:1", "limit": limit}))["history"]
        assert [p["offset"] for p in got["publications"]] == list(range(1, 301))
        assert got["offset"] == 330
    got = (await c.ask(history={"channel": "floor:1", "limit": -1, "reverse": True}))["history"]
    assert [p["offset"] for p in got["publications"]] == list(range(330, 30, -1))


async def test_a_session_without_user_and_info(house, monkeypatch):
    book, gateway, port = house

    async def anonymous(token, data):
        return Session("")

    monkeypatch.setattr(book, "connect", anonymous)
    c = await Raw.connected(port)
    await c.subscribe("floor:1")
    (info,) = (await c.ask(presence={"channel": "floor:1"}))["presence"]["presence"].values()
    assert info == {"user": "", "client": c.hello["connect"]["client"]}


# Too much


async def test_a_flooding_client_is_asked_to_slow_down_and_then_closed_alone(house, monkeypatch):
    monkeypatch.setattr(client_module, "COMMANDS_PER_S", 0.001)
    monkeypatch.setattr(client_module, "COMMANDS_BURST", 40)
    book, gateway, port = house
    calm, c = await Raw.connected(port, "bob"), await Raw.connected(port, "ann")
    c.put(*({"id": i, "unsubscribe": {"channel": "x"}} for i in range(2, 50)))
    got = [await c.next() for _ in range(48)]
    assert [g["id"] for g in got] == list(range(2, 50))
    assert all("unsubscribe" in g for g in got[:39])  # connecting was one
    assert [g["error"] for g in got[39:]] == [{"code": 111, "message": "too many requests", "temporary": True}] * 9
    c.put(*({"send": {}} for _ in range(30)), {"id": 90, "rpc": {"method": "echo"}}, {"id": 91, "rpc": {}}, {"id": 92, "rpc": {}})
    assert (await c.next())["id"] == 90
    assert await c.code() == (3013, "too many requests")
    assert not [a for a in book.asked if a[0] == "rpc"]
    assert "rpc" in await calm.ask(rpc={"method": "echo"})


async def test_who_slows_down_is_heard_again(house, monkeypatch):
    monkeypatch.setattr(client_module, "COMMANDS_PER_S", 50.0)
    monkeypatch.setattr(client_module, "COMMANDS_BURST", 10)
    c = await Raw.connected(house[2])
    c.put(*({"id": i, "unsubscribe": {"channel": "x"}} for i in range(2, 20)))
    assert "error" in [await c.next() for _ in range(18)][-1]
    async with asyncio.timeout(5):
        while "error" in await c.ask(unsubscribe={"channel": "x"}):
            await asyncio.sleep(0.05)


async def test_many_commands_in_a_frame_are_answered_in_order_and_others_between_them(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    turns = []
    loop = asyncio.get_running_loop()
    (client,) = gateway.clients
    lines = b"\n".join(b'{"id":%d,"unsubscribe":{"channel":"x"}}' % i for i in range(2, 302))
    client.received(lines)
    loop.call_soon(turns.append, client._backlog is not None)
    client.received(b'{"id":302,"unsubscribe":{"channel":"x"}}')
    assert [(await c.next())["id"] for _ in range(301)] == list(range(2, 303))
    assert turns == [True]


async def test_a_fault_of_the_connection_itself_ends_it_and_no_other(house, monkeypatch):
    book, gateway, port = house
    c, other = await Raw.connected(port, "ann"), await Raw.connected(port, "bob")
    (client,) = gateway.users["ann"]
    monkeypatch.setattr(client_module.Client, "leaves", lambda self, name: 1 / 0)
    c.put({"id": 2, "unsubscribe": {"channel": "x"}})
    assert await c.code() == (3004, "internal server error")
    monkeypatch.undo()
    d = await Raw.connected(port, "ann")
    (client,) = gateway.users["ann"]
    due = client_module.Client.due
    monkeypatch.setattr(client_module.Client, "due", lambda self, now: 1 / 0 if self is client else due(self, now))
    gateway.wake_at(client, 0)
    assert await d.code() == (3004, "internal server error")
    assert "rpc" in await other.ask(rpc={"method": "echo"})


def test_the_table_of_codes():
    errors = {error.code: error.temporary for error in codes.ERRORS}
    assert [code for code, temporary in errors.items() if temporary] == [100, 111]
    assert len(errors) == len(codes.ERRORS)
    for close in codes.DISCONNECTS:
        assert close.code == 1009 or 3000 <= close.code < 4000
        assert close.temporary == (3000 <= close.code < 3500)
        assert codes.close_reason(close.reason) == close.message.encode()
    assert {end.code: end.temporary for end in codes.UNSUBSCRIBES} == {2000: False, 2500: True, 2501: True}
    assert codes.Close(4000, "x").temporary
    assert not codes.Close(4500, "x").temporary
    named = [value for value in vars(codes).values() if isinstance(value, codes.Error | codes.Close)]
    assert sorted(named) == sorted((*codes.ERRORS, *codes.DISCONNECTS, *codes.UNSUBSCRIBES))
