# ruff: noqa: ASYNC110, RUF059  (tests poll, and unpack what a fixture gives)
"""Subscriptions that need a token, end, carry no position, or were given by the server; raw frames."""

import asyncio
import time

import pytest

from realtime import channels as channels_module
from realtime import gateway as gateway_module
from realtime import subscriptions
from realtime.backend import Grant, Refusal
from realtime.edges.direct import Socket
from tests.realtime.kit import Raw, a_gateway, serving


@pytest.fixture
async def house():
    book, gateway = await a_gateway()
    async with serving(gateway) as port:
        yield book, gateway, port


def lose(book, gateway, channel):
    """A gap that nobody can fill."""
    rows = [book.commit(channel, i) for i in range(3)]
    book.kept[channel] = book.kept[channel][-1:]
    gateway.deliver(rows[2:])


# Tokens and their end


async def test_a_channel_with_a_token(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    assert (await c.subscribe("$1"))["error"] == {"code": 103, "message": "permission denied"}
    assert (await c.subscribe("$1", token="forged"))["error"]["code"] == 103
    assert (await c.subscribe("$1", token="old:0"))["error"] == {"code": 109, "message": "token expired"}
    got = (await c.subscribe("$1", token="sub:60"))["subscribe"]
    assert got["expires"] is True
    assert 55 <= got["ttl"] <= 60
    assert got["data"] == {"sub": 1}
    assert (await c.ask(history={"channel": "$1", "limit": 1}))["history"]["offset"] == 0


async def test_a_new_token_prolongs_a_subscription(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    await c.subscribe("$1", token="sub:60")
    got = (await c.ask(sub_refresh={"channel": "$1", "token": "sub:600"}))["sub_refresh"]
    assert got["expires"] is True
    assert 590 <= got["ttl"] <= 600
    assert (await c.ask(sub_refresh={"channel": "$2", "token": "sub:9"}))["error"]["code"] == 103
    assert (await c.ask(sub_refresh={"channel": "$1", "token": "old:9"}))["error"] == {"code": 110, "message": "expired"}
    await c.subscribe("floor:1")
    assert (await c.ask(sub_refresh={"channel": "floor:1", "token": "x"}))["sub_refresh"] == {}
    c.put({"id": 99, "sub_refresh": {"channel": "$1", "token": "forged"}})
    assert await c.code() == (3500, "invalid token")
    d = await Raw.connected(port)
    d.put({"id": 99, "sub_refresh": {"channel": "$1"}})
    assert await d.code() == (3501, "bad request")


async def test_a_subscription_that_is_not_prolonged_ends_after_the_grace(house, monkeypatch):
    monkeypatch.setattr(gateway_module, "TICK_S", 0.05)
    monkeypatch.setattr(subscriptions, "REFRESH_S", 0.1)
    book, gateway, port = house
    c = await Raw.connected(port)
    await c.subscribe("$1", token="sub:0.2")
    await c.subscribe("$2", token="sub:0.3")
    await c.ask(sub_refresh={"channel": "$2", "token": "sub:600"})
    await c.subscribe("floor:1")
    push = {"channel": "$1", "unsubscribe": {"code": 2501, "reason": "subscription expired"}}
    assert await c.next() == {"push": push}
    gateway.deliver([book.commit(name, 1) for name in ("$1", "$2", "floor:1")])
    assert {(await c.next())["push"]["channel"] for _ in range(2)} == {"$2", "floor:1"}
    assert "subscribe" in await c.subscribe("$1", token="sub:60")


async def test_a_recheck_shows_the_token_again_and_outlives_it(house, monkeypatch):
    book, gateway, port = house
    c = await Raw.connected(port)
    await c.subscribe("$1", token="sub:60")
    await gateway.recheck_user("ann")
    assert ("authorise", "$1", "sub:60") in book.asked[-1:]
    authorise, answers = book.authorise, [Refusal(109, "token expired")]

    async def spent(session, channel, token):
        return answers[-1] if channel == "$1" else await authorise(session, channel, token)

    monkeypatch.setattr(book, "authorise", spent)
    await gateway.recheck_user("ann")
    assert "history" in await c.ask(history={"channel": "$1"})
    gateway.deliver([book.commit("$1", 1)])
    assert (await c.next())["push"]["pub"]["offset"] == 1
    monkeypatch.setattr(subscriptions, "REFRESH_S", -61)
    await gateway.recheck_user("ann")
    assert (await c.next())["push"]["unsubscribe"]["code"] == 2000
    monkeypatch.undo()
    await c.subscribe("$1", token="sub:60")
    monkeypatch.setattr(book, "authorise", spent)
    answers.append(Refusal(103, "permission denied"))
    await gateway.recheck_user("ann")
    assert (await c.next())["push"]["unsubscribe"]["code"] == 2000


# Position


@pytest.mark.parametrize(
    ("recovery", "ask", "gets"),
    [
        ("always", {}, {"recoverable", "positioned", "epoch", "offset"}),
        ("asked", {}, set()),
        ("asked", {"positioned": True}, {"positioned", "epoch", "offset"}),
        ("asked", {"recoverable": True}, {"recoverable", "positioned", "epoch", "offset"}),
        ("asked", {"recover": True, "offset": 1, "epoch": "e1"},
         {"recoverable", "positioned", "epoch", "offset", "recovered", "was_recovering"}),
        ("never", {"positioned": True, "recoverable": True}, set()),
        ("never", {"recover": True, "offset": 0, "epoch": "e1", "flag": 3}, set()),
    ],
)  # fmt: skip
async def test_position_and_recovery_as_granted_and_asked(house, recovery, ask, gets):
    book, gateway, port = house
    book.grants["floor:1"] = Grant(recovery=recovery)
    book.commit("floor:1", 1)
    c = await Raw.connected(port)
    assert set((await c.subscribe("floor:1", **ask))["subscribe"]) == gets
    gateway.deliver([book.commit("floor:1", 2)])
    assert (await c.next())["push"]["pub"]["data"] == 2


async def test_who_has_no_position_cannot_lose_it(house):
    book, gateway, port = house
    book.grants["floor:1"] = Grant(recovery="asked")
    a, b, c = [await Raw.connected(port) for _ in range(3)]
    await a.subscribe("floor:1", recoverable=True)
    await b.subscribe("floor:1")
    await c.subscribe("floor:1", positioned=True)
    lose(book, gateway, "floor:1")
    for x in (a, c):
        assert (await x.next())["push"]["unsubscribe"]["code"] == 2500
    await a.subscribe("floor:1")
    gateway.deliver([book.commit("floor:1", "on")])
    assert (await b.next())["push"]["pub"] == {"offset": 4, "data": "on"}
    assert (await a.next())["push"]["pub"] == {"offset": 4, "data": "on"}
    assert "unsubscribe" in await b.ask(unsubscribe={"channel": "floor:1"})
    gateway.deliver([book.commit("floor:1", "away")])
    assert await b.silent()


async def test_when_even_the_new_position_cannot_be_read_all_are_sent_back(house, monkeypatch):
    monkeypatch.setattr(channels_module, "RELOAD_AFTER_S", (0.0,))
    book, gateway, port = house
    book.grants["floor:1"] = Grant(recovery="asked")
    a, b = await Raw.connected(port), await Raw.connected(port)
    await a.subscribe("floor:1", recoverable=True)
    await b.subscribe("floor:1")
    book.broken = True
    gateway.deliver([("floor:1", 7, b"7")])
    for x in (a, b):
        assert (await x.next())["push"]["unsubscribe"]["code"] == 2500
    book.broken = False
    assert "subscribe" in await b.subscribe("floor:1")


# Given by the server


async def test_channels_that_come_with_the_connection(house):
    book, gateway, port = house
    book.given, book.hello = ("floor:1", "room:1", "private:1", "quiet:1"), b'{"motd":\n1}'
    book.grants["quiet:1"] = Grant(recovery="never", data=b'"hush"')
    book.commit("floor:1", 1)
    c = await Raw.connected(port)
    hello = c.hello["connect"]
    assert hello["data"] == {"motd": 1}
    assert hello["subs"] == {
        "floor:1": {"recoverable": True, "positioned": True, "epoch": "e1", "offset": 1},
        "room:1": {"recoverable": True, "positioned": True, "epoch": "e1"},
        "quiet:1": {"data": "hush"},
    }
    assert (await c.next())["push"]["join"]["info"]["user"] == "ann"
    gateway.deliver([book.commit("floor:1", 2), book.commit("private:1", 2)])
    assert (await c.next())["push"] == {"channel": "floor:1", "pub": {"offset": 2, "data": 2}}
    assert (await c.subscribe("floor:1"))["error"]["code"] == 105
    assert len((await c.ask(presence={"channel": "floor:1"}))["presence"]["presence"]) == 1
    await c.ask(unsubscribe={"channel": "floor:1"})
    gateway.deliver([book.commit("floor:1", 3)])
    assert await c.silent()


async def test_they_recover_with_the_connection(house):
    book, gateway, port = house
    book.given = ("floor:1", "floor:2", "floor:3")
    for i in range(4):
        for name in book.given:
            book.commit(name, i)
    book.pause_s = 0.03
    c = await Raw.dial(port)
    stood = {"floor:1": {"recover": True, "offset": 2, "epoch": "e1"}, "floor:9": {"recover": True},
             "floor:2": {"recover": True, "offset": 2, "epoch": "other"}}  # fmt: skip
    c.put({"id": 1, "connect": {"token": "user:ann", "subs": stood}})
    tasks = [asyncio.create_task(asyncio.sleep(0.02 * i)) for i in range(1, 20)]
    seen = 4
    for task in tasks:  # commits while the connection is being made: none lost, none twice
        await task
        gateway.deliver([book.commit(name, seen) for name in book.given])
        seen += 1
    got = await c.next()
    subs = got["connect"]["subs"]
    assert set(subs) == set(book.given)
    one = subs["floor:1"]
    assert one["offset"] == 2
    assert one["recovered"] is one["was_recovering"] is True
    at = {"floor:1": 2 + len(one["publications"])} | {name: subs[name]["offset"] for name in ("floor:2", "floor:3")}
    assert [p["offset"] for p in one["publications"]] == list(range(3, at["floor:1"] + 1))
    assert subs["floor:2"]["was_recovering"] is True
    assert "recovered" not in subs["floor:2"]
    assert "was_recovering" not in subs["floor:3"]
    while min(at.values()) < seen:
        push = (await c.next())["push"]
        at[push["channel"]] += 1
        assert push["pub"]["offset"] == at[push["channel"]]
    assert set(at.values()) == {seen}


async def test_a_lost_position_of_theirs_is_the_end_of_the_connection(house):
    book, gateway, port = house
    book.given = ("floor:1",)
    c = await Raw.connected(port)
    await c.subscribe("book:1")
    lose(book, gateway, "floor:1")
    assert await c.code() == (3010, "insufficient state")
    assert not gateway.channels.get("book:1").readers


async def test_one_that_expires_ends_the_connection_too(house, monkeypatch):
    monkeypatch.setattr(gateway_module, "TICK_S", 0.05)
    monkeypatch.setattr(subscriptions, "REFRESH_S", 0.1)
    book, gateway, port = house
    book.given = ("floor:1",)
    book.grants["floor:1"] = Grant(expires_at=time.time() + 0.5)
    c = await Raw.connected(port)
    assert "expires" not in c.hello["connect"]["subs"]["floor:1"]
    assert await c.code() == (3006, "subscription expired")


async def test_a_session_with_too_many_channels(house):
    book, gateway, port = house
    book.given = tuple(f"floor:{i}" for i in range(129))
    c = await Raw.dial(port)
    c.put({"id": 1, "connect": {"token": "user:ann"}})
    assert await c.code() == (3505, "channel limit")
    assert not gateway.users


async def test_a_house_that_cannot_say_refuses_the_connection_for_now(house):
    book, gateway, port = house
    book.given, book.broken = ("floor:1",), True
    c = await Raw.dial(port)
    c.put({"id": 1, "connect": {"token": "user:ann"}}, {"id": 2, "subscribe": {"channel": "floor:2"}})
    assert (await c.next())["error"] == {"code": 100, "message": "internal server error", "temporary": True}
    assert await c.silent()
    assert not gateway.users
    c.put({"id": 3, "rpc": {"method": "echo"}})
    assert (await c.code())[0] == 3501


async def test_a_revocation_while_connecting_is_not_overtaken(house):
    book, gateway, port = house
    book.given, book.pause_s = ("floor:1", "floor:2"), 0.1
    asked = asyncio.create_task(Raw.connected(port))
    async with asyncio.timeout(5):
        while ("history", "floor:1", None, 0) not in book.asked:
            await asyncio.sleep(0.01)
    book.forbidden.add(("ann", "floor:1"))
    await gateway.recheck_user("ann")
    assert set((await asked).hello["connect"]["subs"]) == {"floor:2"}


async def test_a_channel_that_is_lost_while_another_is_prepared_is_prepared_anew(house):
    book, gateway, port = house
    book.given, book.pause_s = ("floor:1", "floor:2"), 0.1
    asked = asyncio.create_task(Raw.connected(port))
    async with asyncio.timeout(5):
        while ("history", "floor:2", None, 0) not in book.asked:
            await asyncio.sleep(0.01)
    book.epoch = "e2"
    gateway.deliver([("floor:1", 5, b"5")])
    c = await asked
    assert c.hello["connect"]["subs"]["floor:1"]["epoch"] == "e2"
    gateway.deliver([book.commit("floor:1", 1)])
    assert (await c.next())["push"]["pub"]["offset"] == 1


async def test_the_server_subscribes_and_unsubscribes(house):
    book, gateway, port = house
    book.commit("floor:1", 1)
    a, b, c = await Raw.connected(port, "ann"), await Raw.connected(port, "ann"), await Raw.connected(port, "bob")
    await b.subscribe("floor:1")
    assert await gateway.subscribe_user("ann", "floor:1") == 2
    given = {"recoverable": True, "positioned": True, "epoch": "e1", "offset": 1}
    assert await a.next() == {"push": {"channel": "floor:1", "subscribe": given}}
    gateway.deliver([book.commit("floor:1", 2)])
    for x in (a, b):
        assert (await x.next())["push"]["pub"]["offset"] == 2
    assert await gateway.subscribe_user("ann", "private:1") == 0
    assert await gateway.subscribe_user("ann", "book:1", client=a.hello["connect"]["client"]) == 1
    assert (await a.next())["push"]["channel"] == "book:1"
    gateway.unsubscribe_user("ann", "floor:1", client=a.hello["connect"]["client"])
    ended = {"code": 2000, "reason": "server unsubscribe"}
    assert await a.next() == {"push": {"channel": "floor:1", "unsubscribe": ended}}
    gateway.unsubscribe_user("ann", "")
    assert (await a.next())["push"] == {"channel": "book:1", "unsubscribe": ended}
    assert (await b.next())["push"] == {"channel": "floor:1", "unsubscribe": ended}
    assert await c.silent()
    assert "subscribe" in await a.subscribe("floor:1")


async def test_what_cannot_be_given_ends_the_connection_so_that_it_asks_again(house):
    book, gateway, port = house
    c, full = await Raw.connected(port, "ann"), await Raw.connected(port, "bob")
    book.broken = True
    assert await gateway.subscribe_user("ann", "floor:1") == 0
    assert await c.code() == (3004, "internal server error")
    book.broken = False
    for i in range(128):
        await full.subscribe(f"book:{i}")
    assert await gateway.subscribe_user("bob", "floor:1") == 0
    assert await full.code() == (3505, "channel limit")


@pytest.mark.parametrize("asked_first", [True, False])
async def test_a_channel_given_while_it_is_asked_for(house, monkeypatch, asked_first):
    """Both are under way at once; which is ready first is decided here, not by the machine."""
    book, gateway, port = house
    c = await Raw.connected(port)
    authorise, waiting = book.authorise, []

    async def when_told(*args):
        waiting.append(asyncio.Event())
        await waiting[-1].wait()
        return await authorise(*args)

    async def under_way(many):
        async with asyncio.timeout(5):
            while len(waiting) < many:
                await asyncio.sleep(0)

    def give():
        return asyncio.create_task(gateway.subscribe_user("ann", "floor:1"))

    monkeypatch.setattr(book, "authorise", when_told)
    given = None if asked_first else give()
    await under_way(0 if asked_first else 1)
    c.put({"id": 2, "subscribe": {"channel": "floor:1"}})
    await under_way(1 if asked_first else 2)
    given = given or give()
    await under_way(2)
    waiting[0].set()
    first = await c.next()
    waiting[1].set()
    assert await given == 1
    if asked_first:
        assert "subscribe" in first
    else:
        assert "subscribe" in first["push"]
        assert (await c.next())["error"]["code"] == 105
    gateway.deliver([book.commit("floor:1", 1)])
    assert (await c.next())["push"]["pub"]["offset"] == 1
    assert await c.silent()


# Who else is there


async def test_a_herd_is_told_of_in_few_pieces(house, monkeypatch):
    """So many joins to so many readers in one turn are one piece each, not one for every pair."""
    book, gateway, port = house
    readers = [await Raw.connected(port) for _ in range(20)]
    for reader in readers:
        await reader.subscribe("room:1", join_leave=True)
    for n, reader in enumerate(readers):
        for _ in readers[n:]:
            assert "join" in (await reader.next())["push"]
    sent = []
    send = Socket.send
    monkeypatch.setattr(Socket, "send", lambda socket, line: (sent.append(len(line)), send(socket, line)))
    for i in range(2000):
        gateway.tell("room:1", (b"join", b"leave")[i % 2], b'{"user":"u%d","client":"c"}' % i)
    for reader in readers:
        got = [(await reader.next())["push"] for _ in range(2000)]
        assert [next(iter(push[kind]["info"].values())) for push in got for kind in push if kind != "channel"] == [
            f"u{i}" for i in range(2000)
        ], "all of them, in order"
        assert await reader.silent(0.01)
    assert len(sent) <= 3 * len(readers) and max(sent) <= 65_536


async def test_join_and_leave(house):
    book, gateway, port = house
    a, b = await Raw.connected(port, "ann"), await Raw.connected(port, "bob")
    await a.subscribe("room:1", join_leave=True)
    assert (await a.next())["push"]["join"]["info"]["user"] == "ann"
    await b.subscribe("room:1")  # does not ask for joins
    join = (await a.next())["push"]
    assert join["channel"] == "room:1"
    assert join["join"]["info"]["user"] == "bob"
    b.cut()
    assert (await a.next())["push"]["leave"]["info"]["user"] == "bob"


async def test_a_grant_says_how_others_see_a_reader(house):
    book, gateway, port = house
    a, b = await Raw.connected(port, "ann"), await Raw.connected(port, "bob")
    await a.subscribe("chat:1", join_leave=True)
    assert (await a.next())["push"]["join"]["info"]["chan_info"] == {"seat": 1}
    await b.subscribe("chat:1")
    info = (await a.next())["push"]["join"]["info"]
    assert info == {"user": "bob", "client": b.hello["connect"]["client"], "conn_info": {"n": 1}, "chan_info": {"seat": 1}}
    assert info in (await a.ask(presence={"channel": "chat:1"}))["presence"]["presence"].values()
    await b.ask(unsubscribe={"channel": "chat:1"})
    assert (await a.next())["push"]["leave"]["info"] == info


async def test_a_disconnect_needs_a_code_that_is_one(house):
    _, gateway, port = house
    c = await Raw.connected(port)
    for code in (0, 1000, 2999, 5000, 99999):
        with pytest.raises(ValueError, match="no code"):
            gateway.disconnect_user("ann", code, "x")
    assert gateway.disconnect_user("ann", 4000, "custom", client="another") == 0
    assert gateway.disconnect_user("ann", 4000, "custom", client=c.hello["connect"]["client"]) == 1
    assert await c.code() == (4000, "custom")
