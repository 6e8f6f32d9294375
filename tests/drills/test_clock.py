"""The wall clock jumps, forward and back. Tokens end by it; pings, limits and the stream run on the loop's own time."""

import contextlib
import time

import httpx
import pytest

from realtime.edges.handshake import PATH
from tests.realtime.kit import Closed, Raw, a_gateway, serving

HOUR = 3600.0


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("realtime.gateway.TICK_S", 0.05)
    monkeypatch.setattr("hub.gate.STAFF_PING_S", 1)


@pytest.fixture
def wall(monkeypatch):
    """`jump(seconds)`: from now on the wall clock is that much off, wherever it is read."""
    real, off = time.time, 0.0

    def jump(seconds):
        nonlocal off
        off = seconds

    monkeypatch.setattr(time, "time", lambda: real() + off)
    monkeypatch.setattr("hub.gate.time", lambda: real() + off)
    monkeypatch.setattr("hub.core.auth.time", lambda: real() + off)
    return jump


class Screen(Raw):
    """Answers pings (and counts them) and takes every publication in order."""

    pings, at = 0, 0

    async def go_on(self, until):
        """Reads until that publication."""
        while self.at < until:
            got = await self.next(10)
            if not got:
                self.pings += 1
                self.put({})
            else:
                self.take(got["push"]["pub"])

    def take(self, publication):
        assert publication["offset"] == self.at + 1
        self.at += 1

    def stash(self, got):
        if not got:
            self.pings += 1
            self.put({})
        elif "pub" in got.get("push", {}):
            self.take(got["push"]["pub"])

    async def pinged(self, times):
        while self.pings < times:
            self.stash(await self.next(10))

    async def end(self):
        """The code it is closed with, pings answered meanwhile."""
        with contextlib.suppress(ConnectionError):
            while True:
                try:
                    self.stash(await self.next(10))
                except Closed as closed:
                    return closed.code
        return None


@pytest.fixture
async def gate():
    book, gateway = await a_gateway()
    book.ping_s = 1
    async with serving(gateway) as port:
        yield book, gateway, port


async def test_forward_past_every_token_sends_screens_back_for_a_new_one_and_loses_nothing(gate, wall):
    book, gateway, port = gate
    book.life_s = 600
    mortal = await Screen.connected(port)
    book.life_s = None
    lasting = await Screen.connected(port, "bob")
    for screen in (mortal, lasting):
        await screen.subscribe("floor:1")
    gateway.deliver([book.commit("floor:1", "before")])
    await mortal.go_on(1)
    wall(HOUR)
    gateway.deliver([book.commit("floor:1", "after the jump")])
    assert await mortal.end() == 3005, "a code to come back with"
    gateway.deliver([book.commit("floor:1", "while away")])
    book.life_s = 600
    again = await Screen.connected(port)
    assert again.hello["connect"]["ttl"] in (599, 600)
    reply = await again.subscribe("floor:1", recover=True, offset=mortal.at, epoch="e1", flag=3)
    assert [p["offset"] for p in reply["subscribe"].get("publications", [])] == list(range(mortal.at + 1, 4))
    await lasting.go_on(3)
    await lasting.pinged(lasting.pings + 1)
    assert len(gateway.clients) == 2


async def test_within_the_grace_a_refresh_saves_the_connection(gate, wall):
    book, _, port = gate
    book.life_s = 600
    careful, careless = await Screen.connected(port), await Screen.connected(port, "bob")
    wall(610)
    reply = await careful.ask(refresh={"token": "user:ann"})
    assert reply["refresh"]["ttl"] in (599, 600)
    wall(600 + 30)
    assert await careless.end() == 3005
    await careful.pinged(careful.pings + 1)


async def test_backward_nobody_is_sent_away_and_time_goes_on(gate, wall):
    book, gateway, port = gate
    book.life_s = 600
    screen = await Screen.connected(port)
    await screen.subscribe("floor:1")
    wall(-HOUR)
    gateway.deliver([book.commit("floor:1", "after the jump")])
    await screen.go_on(1)
    await screen.pinged(screen.pings + 2)
    newcomer = await Screen.connected(port, "bob")
    assert newcomer.hello["connect"]["ttl"] in (599, 600)
    reply = await screen.ask(refresh={"token": "user:ann"})
    assert reply["refresh"]["ttl"] in (599, 600)
    gateway.deliver([book.commit("floor:1", "and on")])
    await screen.go_on(2)


async def test_the_houses_own_tokens_end_with_the_wall_clock_and_are_given_anew(served, wall):
    person = await served.signed_in("host")
    port = httpx.URL(served.url).port
    token = (await person.get("/api/token")).json()["token"]

    async def asked(token):
        client = await Screen.dial(port, path=PATH)
        return client, await client.ask(connect={"token": token})

    first, reply = await asked(token)
    assert 0 < reply["connect"]["ttl"] <= 600
    wall(HOUR)
    _, reply = await asked(token)
    assert reply["error"]["code"] == 109, "expired, so its SDK asks for a new one"
    _, reply = await asked((await person.get("/api/token")).json()["token"])
    assert 0 < reply["connect"]["ttl"] <= 600
    assert await first.end() == 3005
    wall(-HOUR)
    _, reply = await asked(token)
    assert "connect" in reply
    await person.aclose()
