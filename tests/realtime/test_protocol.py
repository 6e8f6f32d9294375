# ruff: noqa: ASYNC110, RUF059  (tests wait, poll and unpack what a fixture gives)
"""Raw frames against a real server: the client protocol, one promise or pitfall at a time."""

import asyncio
import json
import os
import time

import pytest

from realtime import channels as channels_module
from realtime import client as client_module
from realtime import gateway as gateway_module
from realtime import subscriptions
from realtime.edges import direct
from tests.realtime.kit import Closed, Raw, a_gateway, mask, serving


@pytest.fixture
async def house():
    book, gateway = await a_gateway()
    async with serving(gateway) as port:
        yield book, gateway, port


def pub(got):
    return got["push"]["pub"]["offset"]


# Connect, refresh, life


async def test_connect_reply_has_what_the_sdks_read(house):
    _, _, port = house
    c = await Raw.connected(port)
    hello = c.hello["connect"]
    assert set(hello) == {"client", "version", "ping", "pong"}
    assert hello["ping"] == 25
    assert hello["pong"] is True
    assert hello["client"]


async def test_client_ids_are_unique(house):
    _, _, port = house
    a, b = await Raw.connected(port), await Raw.connected(port)
    assert a.hello["connect"]["client"] != b.hello["connect"]["client"]


async def test_expired_token_is_an_error_reply_and_the_rest_of_the_frame_is_dropped(house):
    book, gateway, port = house
    c = await Raw.dial(port)
    c.put({"id": 1, "connect": {"token": "expired"}}, {"id": 2, "subscribe": {"channel": "floor:1"}})
    assert await c.next() == {"id": 1, "error": {"code": 109, "message": "token expired"}}
    assert await c.silent()
    assert not gateway.users
    c.put({"id": 3, "rpc": {"method": "echo"}})
    assert (await c.code())[0] == 3501


@pytest.mark.parametrize("token", ["forged", "", None])
async def test_invalid_token_closes_terminally_with_a_reason(house, token):
    c = await Raw.dial(house[2])
    c.put({"id": 1, "connect": {"token": token} if token is not None else {}})
    assert await c.code() == (3500, "invalid token")


@pytest.mark.parametrize(
    "first",
    [
        '{"id":1,"subscribe":{"channel":"floor:1"}}', '{"id":1,"rpc":{"method":"echo"}}', "{}", "[]", "nonsense", "", "\n",
        '{"id":1}', '{"id":0,"connect":{}}', '{"connect":{}}', '{"id":-1,"connect":{}}', '{"id":4294967296,"connect":{}}',
        '{"id":1,"connect":[]}', '{"id":"1","connect":{}}', '{"id":1,"connect":{"token":7}}', "[" * 20000, "\x00",
        '{"send":{}}', '{"id":1,"ping":{}}', '{"id":1,"connect":{}',
    ],
)  # fmt: skip
async def test_anything_but_connect_first_is_a_bad_request(house, first):
    c = await Raw.dial(house[2])
    c.put(first)
    assert await c.code() == (3501, "bad request")


@pytest.mark.parametrize(
    "later",
    [
        '{"id":2,"connect":{"token":"user:ann"}}', "nonsense", '{"id":2}', '{"id":2,"ping":{}}', '{"id":2,"nosuch":{}}',
        '{"id":2,"subscribe":{}}', '{"id":2,"subscribe":{"channel":""}}', '{"id":2,"refresh":{}}', "{}", "{ }",
        '{"id":2,"send":{}}\n\n{"id":3,"send":{}}', '{"subscribe":{"channel":"floor:1"}}',
        '{"id":2,"subscribe":{"channel":"a","offset":-1.5}}', '{"id":2,"rpc":{"method":"echo","data":"\\ud800"}}',
    ],
)  # fmt: skip
async def test_later_nonsense_is_a_bad_request_too(house, later):
    c = await Raw.connected(house[2])
    c.put(later)
    assert await c.code() == (3501, "bad request")


async def test_no_connect_in_time_is_stale(monkeypatch):
    monkeypatch.setattr(gateway_module, "TICK_S", 0.05)
    monkeypatch.setattr(client_module, "CONNECT_S", 0.2)
    book, gateway = await a_gateway()
    async with serving(gateway) as port:
        c = await Raw.dial(port)
        assert await c.code() == (3502, "stale")
        assert gateway.counters().connections == 0


async def test_refresh_prolongs_and_carries_the_client_id(monkeypatch):
    book, gateway = await a_gateway()
    book.life_s = 60
    async with serving(gateway) as port:
        c = await Raw.connected(port)
        assert c.hello["connect"]["expires"] is True
        assert 55 <= c.hello["connect"]["ttl"] <= 60
        book.life_s = 600
        got = (await c.ask(refresh={"token": "user:ann"}))["refresh"]
        assert got["client"] == c.hello["connect"]["client"]
        assert got["expires"] is True
        assert 590 <= got["ttl"] <= 600
        c.put({"id": 9, "refresh": {"token": "expired"}})
        assert await c.code() == (3005, "connection expired")
        d = await Raw.connected(port)
        d.put({"id": 9, "refresh": {"token": "user:bob"}})
        assert await d.code() == (3500, "invalid token")


async def test_without_refresh_it_expires_after_the_grace(monkeypatch):
    monkeypatch.setattr(gateway_module, "TICK_S", 0.05)
    monkeypatch.setattr(subscriptions, "REFRESH_S", 0.3)
    book, gateway = await a_gateway()
    book.life_s, book.ping_s = 0.8, 1
    async with serving(gateway) as port:
        c = await Raw.connected(port)
        with pytest.raises(Closed) as closed:
            while True:
                assert await c.next() == {}
                c.put("{}")
        assert closed.value.code == 3005


async def test_pings_are_answered_or_the_connection_is_given_up(monkeypatch):
    monkeypatch.setattr(gateway_module, "TICK_S", 0.05)
    monkeypatch.setattr(client_module, "PONG_S", 0.8)
    book, gateway = await a_gateway()
    book.ping_s = 1
    async with serving(gateway) as port:
        alive, silent = await Raw.connected(port), await Raw.connected(port)

        async def answer():
            for _ in range(2):
                assert await alive.next() == {}
                alive.put("{}")
            return True

        answered = asyncio.create_task(answer())
        assert await silent.code(8) == (3012, "no pong")
        assert await asyncio.wait_for(answered, 8)
        alive.put("{}")
        assert (await alive.code())[0] == 3501, "a pong nobody asked for"


async def test_who_spoke_while_the_process_stood_still_is_heard_before_it_is_judged(monkeypatch):
    for name, seconds in {"TICK_S": 0.02, "STILL_S": 0.2, "GRACE_S": 0.5}.items():
        monkeypatch.setattr(gateway_module, name, seconds)
    monkeypatch.setattr(client_module, "PONG_S", 0.6)
    monkeypatch.setattr(client_module, "CONNECT_S", 0.6)
    swept = []

    class Slow:
        def sweep(self, now):
            swept.append(gateway.spared(now))

    book, gateway = await a_gateway()
    book.ping_s = 0.1
    async with serving(gateway) as port:
        new, dead, alive = await Raw.dial(port), await Raw.connected(port), await Raw.connected(port)
        nobody = await Raw.dial(port)
        gateway.slow.add(Slow())
        assert await alive.next() == {}
        answers = mask(b"{}"), mask(json.dumps({"id": 1, "connect": {"token": "user:ann"}}).encode())
        for screen, said in zip((alive, new), answers, strict=True):
            os.write(screen.w.get_extra_info("socket").fileno(), said)
        time.sleep(0.8)  # noqa: ASYNC251  (nothing runs: the process stands still, and they have answered)
        assert "connect" in await new.next()
        alive.put({"id": 9, "rpc": {"method": "echo", "data": 9}})
        while (got := await alive.next()) == {}:
            pass
        assert got["id"] == 9
        assert await dead.code() == (3012, "no pong"), "later, but it is noticed"
        assert await nobody.code() == (3502, "stale")
        assert False in swept and True not in swept


# Subscribe, deliver, recover


async def test_subscribe_replies_with_the_position_then_pushes_go_on_from_there(house):
    book, gateway, port = house
    book.commit("floor:1", "old")
    c = await Raw.connected(port)
    got = await c.subscribe("floor:1", positioned=True, recoverable=True)
    assert got["subscribe"] == {"recoverable": True, "positioned": True, "epoch": "e1", "offset": 1}
    gateway.deliver([book.commit("floor:1", {"a": i}) for i in range(3)])
    assert [await c.next() for _ in range(3)] == [
        {"push": {"channel": "floor:1", "pub": {"offset": 2 + i, "data": {"a": i}}}} for i in range(3)
    ]
    assert (await c.ask(unsubscribe={"channel": "floor:1"})) == {"id": c.n, "unsubscribe": {}}
    gateway.deliver([book.commit("floor:1", 4)])
    assert await c.silent()
    assert (await c.ask(unsubscribe={"channel": "never"})) == {"id": c.n, "unsubscribe": {}}


async def test_recovery_reply_carries_the_requests_offset_not_the_top(house):
    book, gateway, port = house
    for i in range(5):
        book.commit("floor:1", i)
    c = await Raw.connected(port)
    got = (await c.subscribe("floor:1", recover=True, offset=2, epoch="e1"))["subscribe"]
    assert got["offset"] == 2
    assert got["recovered"] is True
    assert got["was_recovering"] is True
    assert got["publications"] == [{"offset": o, "data": o - 1} for o in (3, 4, 5)]
    gateway.deliver([book.commit("floor:1", "next")])
    assert pub(await c.next()) == 6


async def test_recovery_with_nothing_missed(house):
    book, _, port = house
    book.commit("floor:1", 1)
    c = await Raw.connected(port)
    got = (await c.subscribe("floor:1", recover=True, offset=1, epoch="e1"))["subscribe"]
    assert got["recovered"] is True
    assert got["offset"] == 1
    assert not got.get("publications")


async def test_everything_from_zero_without_an_epoch(house):
    """What getState of an empty state sends."""
    book, _, port = house
    book.commit("floor:1", 1)
    c = await Raw.connected(port)
    got = (await c.subscribe("floor:1", recover=True, flag=3))["subscribe"]
    assert [p["offset"] for p in got["publications"]] == [1]
    d = await Raw.connected(port)
    got = (await d.subscribe("floor:empty", recover=True, flag=3))["subscribe"]
    assert got["recovered"] is True


@pytest.mark.parametrize(
    "ask", [{"offset": 1, "epoch": "other"}, {"offset": 1, "epoch": "e1"}, {"offset": 9, "epoch": "e1"}]
)
async def test_unrecoverable_is_112_with_flag_2_and_a_fresh_position_without(house, ask, monkeypatch):
    monkeypatch.setattr(channels_module, "AHEAD_S", 0.3)
    book, gateway, port = house
    for i in range(5):
        book.commit("room:1", i)
    del book.kept["room:1"][:3]  # offsets 1–3 are no longer kept
    other = await Raw.connected(port, "bob")
    await other.subscribe("room:1", join_leave=True)
    assert "join" in (await other.next())["push"]
    c = await Raw.connected(port)
    refused = await c.subscribe("room:1", recover=True, flag=3, **ask)
    assert refused["error"] == {"code": 112, "message": "unrecoverable position"}
    assert await other.silent(), "no join of a subscription that never was"
    assert len((await other.ask(presence={"channel": "room:1"}))["presence"]["presence"]) == 1
    got = (await c.subscribe("room:1", recover=True, **ask))["subscribe"]
    assert "recovered" not in got
    assert "publications" not in got
    assert got["offset"] == 5
    assert got["was_recovering"] is True


async def test_an_offset_ahead_waits_for_the_database(house):
    """State was read at 3, the tail has brought 2: the gateway looks itself and then goes on strictly +1."""
    book, gateway, port = house
    early = await Raw.connected(port)
    await early.subscribe("floor:1")
    rows = [book.commit("floor:1", i) for i in range(2)]
    gateway.deliver(rows)
    third = book.commit("floor:1", 2)
    c = await Raw.connected(port)
    got = (await c.subscribe("floor:1", recover=True, offset=3, epoch="e1", flag=3))["subscribe"]
    assert got["recovered"] is True
    assert got["offset"] == 3
    gateway.deliver([third, book.commit("floor:1", 3)])  # the tail repeats what was read
    assert pub(await c.next()) == 4
    assert [pub(await early.next()) for _ in range(4)] == [1, 2, 3, 4]


async def test_an_offset_ahead_that_is_committed_within_the_second(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    asked = asyncio.create_task(c.subscribe("floor:1", recover=True, offset=1, epoch="e1", flag=3))
    await asyncio.sleep(0.3)
    gateway.deliver([book.commit("floor:1", 0)])
    assert (await asked)["subscribe"]["recovered"] is True


async def test_a_gap_is_filled_from_the_database_unseen(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    await c.subscribe("floor:1")
    rows = [book.commit("floor:1", i) for i in range(10)]
    gateway.deliver(rows[:2])
    gateway.deliver(rows[6:8])
    gateway.deliver(rows[8:])
    assert [pub(await c.next()) for _ in range(10)] == list(range(1, 11))
    gateway.deliver(rows)
    assert await c.silent(), "repeats are dropped"
    assert gateway.counters().gaps == 1


async def test_a_gap_that_cannot_be_filled_sends_the_reader_back_with_2500(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    await c.subscribe("floor:1")
    rows = [book.commit("floor:1", i) for i in range(5)]
    del book.kept["floor:1"][:3]
    gateway.deliver(rows[4:])
    push = (await c.next())["push"]
    assert push["unsubscribe"]["code"] == 2500
    assert push["unsubscribe"]["reason"]
    got = await c.subscribe("floor:1", recover=True, offset=0, epoch="e1", flag=2)
    assert got["error"]["code"] == 112
    assert (await c.subscribe("floor:1"))["subscribe"]["offset"] == 5


async def test_a_new_epoch_found_at_a_gap_is_2500(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    await c.subscribe("floor:1")
    rows = [book.commit("floor:1", i) for i in range(5)]
    book.epoch = "e2"
    gateway.deliver(rows[3:])
    assert (await c.next())["push"]["unsubscribe"]["code"] == 2500


async def test_a_client_of_a_newer_epoch_makes_the_gateway_look(house):
    book, gateway, port = house
    old = await Raw.connected(port)
    await old.subscribe("floor:1")
    book.epoch = "e2"
    c = await Raw.connected(port)
    got = (await c.subscribe("floor:1", recover=True, offset=0, epoch="e2", flag=2))["subscribe"]
    assert got["recovered"] is True
    assert got["epoch"] == "e2"
    assert (await old.next())["push"]["unsubscribe"]["code"] == 2500


async def test_publications_during_the_subscribe_are_neither_lost_nor_doubled(house):
    book, gateway, port = house
    book.pause_s = 0.1
    c = await Raw.connected(port)
    asked = asyncio.create_task(c.subscribe("floor:1"))
    for i in range(40):
        gateway.deliver([book.commit("floor:1", i)])
        await asyncio.sleep(0.01)
    top = (await asked)["subscribe"].get("offset", 0)
    assert [pub(await c.next()) for _ in range(40 - top)] == list(range(top + 1, 41))
    assert await c.silent()


async def test_frames_of_the_turn_belong_to_the_readers_of_before(house, monkeypatch):
    """A commit in the very turn a reader joins or leaves: the joiner has it in its position, the leaver gets it."""
    book, gateway, port = house
    early, late = await Raw.connected(port, "ann"), await Raw.connected(port, "bob")
    await early.subscribe("floor:1")
    authorise = book.authorise

    async def commit_meanwhile(session, channel, token):
        grant = await authorise(session, channel)
        gateway.deliver([book.commit("floor:1", "now")])
        return grant

    monkeypatch.setattr(book, "authorise", commit_meanwhile)
    assert (await late.subscribe("floor:1"))["subscribe"]["offset"] == 1
    assert pub(await early.next()) == 1
    assert await late.silent()
    gateway.deliver([book.commit("floor:1", 2)])
    gateway.unsubscribe_user("ann", "floor:1")
    assert pub(await early.next()) == 2
    assert (await early.next())["push"]["unsubscribe"]["code"] == 2000
    assert pub(await late.next()) == 2


async def test_one_history_query_for_many_and_none_in_a_storm(house):
    book, gateway, port = house
    for i in range(60):
        book.commit("floor:1", i)
    book.pause_s = 0.05
    many = await asyncio.gather(*(Raw.connected(port, f"u{i}") for i in range(30)))
    await asyncio.gather(*(c.subscribe("floor:1") for c in many))
    assert book.histories("floor:1") == 1
    for c in many:
        c.cut()
    await asyncio.sleep(0.05)
    gateway.deliver([book.commit("floor:1", "while nobody reads")])
    back = await asyncio.gather(*(Raw.connected(port, f"u{i}") for i in range(30)))
    got = await asyncio.gather(
        *(c.subscribe("floor:1", recover=True, offset=i + 11, epoch="e1", flag=2) for i, c in enumerate(back))
    )
    for i, g in enumerate(got):
        assert [p["offset"] for p in g["subscribe"]["publications"]] == list(range(i + 12, 62))
    assert book.histories("floor:1") == 2  # the position once, the older ones once


async def test_a_failing_database_is_a_temporary_error_and_heals(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    book.broken = True
    assert (await c.subscribe("floor:1"))["error"] == {
        "code": 100,
        "message": "internal server error",
        "temporary": True,
    }
    book.broken = False
    assert "subscribe" in await c.subscribe("floor:1")


async def test_rings_are_forgotten_after_a_while(house, monkeypatch):
    monkeypatch.setattr(channels_module, "KEEP_S", 0.1)
    book, gateway, port = house
    c = await Raw.connected(port)
    await c.subscribe("floor:1")
    await c.ask(unsubscribe={"channel": "floor:1"})
    async with asyncio.timeout(5):
        while gateway.counters().channels:
            await asyncio.sleep(0.05)
    await c.subscribe("floor:1")
    assert book.histories("floor:1") == 2


async def test_errors_of_subscribe(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    assert (await c.subscribe("unknown:x"))["error"]["code"] == 102
    assert (await c.subscribe("private:x"))["error"]["code"] == 103
    assert (await c.subscribe("x" * 256))["error"]["code"] == 107
    assert (await c.subscribe("ß" * 128))["error"]["code"] == 107
    assert (await c.subscribe("floor:1", tf={"op": "eq"}))["error"]["code"] == 107
    assert (await c.subscribe("floor:1", type=1))["error"]["code"] == 108
    assert "subscribe" in await c.subscribe("floor:1", delta="fossil")
    assert (await c.subscribe("floor:1"))["error"]["code"] == 105
    for i in range(127):
        assert "subscribe" in await c.subscribe(f"floor:n{i}")
    assert (await c.subscribe("floor:toomany"))["error"]["code"] == 106
    await c.ask(unsubscribe={"channel": "floor:n3"})
    assert "subscribe" in await c.subscribe("floor:toomany")


# Order and batches


async def test_one_frame_with_everything_is_answered_in_order(house):
    book, gateway, port = house
    book.pause_s = 0.05
    c = await Raw.dial(port)
    c.put(
        {"id": 1, "connect": {"token": "user:ann"}},
        {"id": 2, "subscribe": {"channel": "floor:1"}},
        {"id": 3, "unsubscribe": {"channel": "floor:1"}},
        {"id": 4, "subscribe": {"channel": "floor:1"}},
        {"id": 5, "subscribe": {"channel": "private:1"}},
        {"id": 6, "rpc": {"method": "echo", "data": 6}},
    )
    c.put({"id": 7, "unsubscribe": {"channel": "floor:1"}})
    c.put(json.dumps({"id": 8, "rpc": {"method": "echo", "data": 8}}) + "\n")
    got = [await c.next() for _ in range(8)]
    assert [g["id"] for g in got] == list(range(1, 9))
    assert got[4]["error"]["code"] == 103
    assert got[6] == {"id": 7, "unsubscribe": {}}
    gateway.deliver([book.commit("floor:1", 1)])
    assert await c.silent()


async def test_pongs_pass_a_waiting_command(monkeypatch):
    monkeypatch.setattr(gateway_module, "TICK_S", 0.05)
    book, gateway = await a_gateway()
    book.ping_s = 1
    async with serving(gateway) as port:
        c = await Raw.connected(port)
        c.put({"id": 2, "rpc": {"method": "wait"}}, {"id": 3, "rpc": {"method": "echo", "data": 3}})
        for _ in range(2):
            assert await c.next() == {}
            c.put("{}")
        book.go_on.set()
        assert await c.next() == {"id": 2, "rpc": {"data": "waited"}}
        assert await c.next() == {"id": 3, "rpc": {"data": 3}}


async def test_a_flood_behind_a_slow_command_stops_the_reading_not_the_order(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    c.put({"id": 2, "rpc": {"method": "wait"}})
    await book.in_rpc.wait()
    n, pad = 200, "x" * 3000
    for i in range(n):
        c.put({"id": 3 + i, "rpc": {"method": "echo", "data": pad}})
    await asyncio.sleep(0.2)
    (client,) = gateway.clients
    assert client._backlog_bytes < 2 * client_module.BACKLOG_BYTES + 2**18
    book.go_on.set()
    assert [(await c.next())["id"] for _ in range(n + 1)] == list(range(2, n + 3))


async def test_what_was_begun_is_finished_when_the_client_goes(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    c.put({"id": 2, "rpc": {"method": "wait"}}, {"id": 3, "rpc": {"method": "echo", "data": "never"}})
    await book.in_rpc.wait()
    c.cut()
    async with asyncio.timeout(3):
        while gateway.clients:
            await asyncio.sleep(0.01)
    book.go_on.set()
    await asyncio.sleep(0.05)
    assert ("rpc", "echo", b'"never"') not in book.asked
    assert not gateway._tasks


async def test_one_commit_is_one_write_and_replies_precede_pushes(house, monkeypatch):
    book, gateway, port = house
    c = await Raw.connected(port)
    c.put(*({"id": 2 + i, "subscribe": {"channel": f"floor:{i}"}} for i in range(3)))
    for _ in range(3):
        await c.next()
    (client,) = gateway.clients
    writes = []
    reader = client._reader
    fan = direct.fan

    def spy(readers, data):
        if reader in readers:
            writes.append(data)
        fan(readers, data)

    monkeypatch.setattr(direct, "fan", spy)
    gateway.deliver([book.commit(f"floor:{i}", "a") for i in range(3)] + [book.commit("floor:0", "b")])
    got = [await c.next() for _ in range(4)]
    assert len(writes) == 1
    assert sorted((g["push"]["channel"], pub(g)) for g in got) == [
        ("floor:0", 1),
        ("floor:0", 2),
        ("floor:1", 1),
        ("floor:2", 1),
    ]


# Rights


async def test_disconnect_unsubscribe_recheck(house):
    book, gateway, port = house
    a, a2, b = await Raw.connected(port, "ann"), await Raw.connected(port, "ann"), await Raw.connected(port, "bob")
    for c in (a, a2, b):
        await c.subscribe("floor:1")
        await c.subscribe("book:1")
    gateway.unsubscribe_user("ann", "book:1")
    for c in (a, a2):
        push = (await c.next())["push"]
        assert push["channel"] == "book:1"
        assert push["unsubscribe"] == {"code": 2000, "reason": "server unsubscribe"}
    book.forbidden.add(("ann", "floor:1"))
    await gateway.recheck_user("ann")
    for c in (a, a2):
        assert (await c.next())["push"]["channel"] == "floor:1"
    gateway.deliver([book.commit("floor:1", 1), book.commit("book:1", 1)])
    assert {(await b.next())["push"]["channel"] for _ in range(2)} == {"floor:1", "book:1"}
    assert await a.silent()
    assert gateway.disconnect_user("ann", 3500, "revoked") == 2
    assert await a.code() == (3500, "revoked")
    assert await a2.code() == (3500, "revoked")
    assert (await b.ask(rpc={"method": "echo", "data": 1}))["rpc"]["data"] == 1


async def test_a_refreshed_connection_belongs_to_the_sign_in_of_its_newest_token(house):
    book, gateway, port = house
    c = await Raw.connected(port, "ann@old")
    await c.ask(refresh={"token": "user:ann@new"})
    assert gateway.disconnect_user("ann", sign_in="old") == 0
    assert gateway.disconnect_user("ann", sign_in="new") == 1
    assert (await c.code())[0] == 3500


async def test_a_revocation_during_a_subscribe_is_not_overtaken(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    book.pause_s = 0.15
    asked = asyncio.create_task(c.subscribe("floor:1"))
    await asyncio.sleep(0.2)  # allowed, now reading the position
    book.forbidden.add(("ann", "floor:1"))
    await gateway.recheck_user("ann")
    assert (await asked)["error"]["code"] == 103


async def test_who_cannot_be_rechecked_asks_again(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    await c.subscribe("floor:1")
    book.broken = True
    await gateway.recheck_user("ann")
    assert (await c.next())["push"]["unsubscribe"]["code"] == 2500


async def test_close_reasons_are_never_empty_nor_json(house):
    _, gateway, port = house
    for given, seen in [("", "closed"), ("5", "closed: 5"), ("true", "closed: true"), ("ü" * 100, "ü" * 61)]:
        c = await Raw.connected(port, "eve")
        gateway.disconnect_user("eve", 3503, given)
        assert await c.code() == (3503, seen)


async def test_stop_says_shutdown_and_refuses_newcomers(house):
    _, gateway, port = house
    c = await Raw.connected(port)
    await gateway.stop()
    assert await c.code() == (3001, "shutdown")
    assert (await Raw.dial(port)).status == 503
