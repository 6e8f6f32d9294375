"""Orders to gateways while Redis takes none: nobody waits long, what is kept is bounded, and it is said in the end."""

import asyncio
from types import SimpleNamespace

import msgspec
import pytest

from hub.people import orders


class Bus:
    """As much of Redis as an order needs. `state`: it answers, is gone, or takes everything and never answers."""

    def __init__(self):
        self.state = "there"
        self.said: list[tuple[str, str, str]] = []
        self.asked = 0

    async def xadd(self, name, fields, maxlen, approximate):
        assert (name, maxlen) == (orders.CONTROL, orders.CONTROL_MAX)
        self.asked += 1
        if self.state == "gone":
            raise ConnectionRefusedError
        if self.state == "stalled":
            await asyncio.Event().wait()
        order = msgspec.json.decode(fields["c"])
        self.said.append((order["op"], order["user"], order["sign_in"]))


@pytest.fixture
def house(monkeypatch):
    monkeypatch.setattr(orders, "SAY_S", 0.05)
    monkeypatch.setattr(orders, "AGAIN_S", 0.02)
    return SimpleNamespace(redis=Bus(), gateway=None)


async def until(true):
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("state", ["gone", "stalled"])
async def test_what_was_not_taken_is_said_once_when_redis_is_back(house, state):
    house.redis.state = state
    async with asyncio.timeout(5):
        await orders.sign_out(house, "ann", "bar")
        asked = house.redis.asked
        for _ in range(50):
            await orders.sign_out(house, "bob", "door")
        assert house.redis.asked == asked, "who comes later does not wait for a Redis that is known to be away"
        with pytest.raises(orders.AWAY):
            await orders.order(house, "recheck", "eve")
    await until(lambda: house.redis.asked > asked)
    house.redis.state = "there"
    await until(lambda: len(house.redis.said) == 3)
    assert house.redis.said == [("disconnect", "ann", "bar"), ("disconnect", "bob", "door"), ("recheck", "eve", "")]
    await until(lambda: orders._unsaid_of(house).saying is None)
    await orders.sign_out(house, "ann", "again")
    assert house.redis.said[3:] == [("disconnect", "ann", "again")], "and everything is as before"


async def test_too_many_become_one_order_to_look_at_everybody(house, monkeypatch):
    monkeypatch.setattr(orders, "UNSAID_MAX", 3)
    house.redis.state = "gone"
    for n in range(10):
        await orders.sign_out(house, "ann", f"s{n}")
    house.redis.state = "there"
    await until(lambda: orders._unsaid_of(house).saying is None)
    assert house.redis.said == [("recheck", "", "")]
