"""The simulator and the load client against a whole house, opened as everybody opens it."""

import asyncio
import contextlib
from datetime import datetime, timedelta

import pytest

from bench import crowd
from bench.house import House
from bench.simulator.doors import RestDoors
from bench.simulator.drivers import Live, LockStep, read_room
from bench.simulator.room import KEPT, Room
from bench.wire import Address

pytestmark = [pytest.mark.house, pytest.mark.timeout(300)]

SITE, ZONE = "lumen", "Europe/London"
EXPECTED = {"booked_soon", "below_min", "table_taken", "table_held", "too_small", "no_table", "full"}
"""Refusals a host lives with on a busy evening; anything else is the simulator asking for what makes no sense."""


@pytest.fixture(scope="module")
def house():
    with House() as opened:
        yield opened


async def signed_in(url: str, role: str) -> RestDoors:
    doors = RestDoors(Address(url), role)
    await doors.sign_in()
    return doors


async def in_lock_step(url: str, *, minutes: int) -> LockStep:
    host, manager = await signed_in(url, "host"), await signed_in(url, "manager")
    look = Room(SITE, ZONE)
    await read_room(host, look)
    start = look.now().replace(second=0, microsecond=0) + timedelta(minutes=2)
    evening = await LockStep.start(host, SITE, ZONE, 3, at=start, clock=manager, settle_s=0.02)
    await evening.step_to(start + timedelta(minutes=minutes))
    return evening


def shape(evening: LockStep) -> list[tuple]:
    """What was asked for, without the ids and times the house gave out."""
    return [
        (p.step.subject, p.step.name, p.step.command, p.step.key, p.body and p.body.get("table_ids"), p.step.at)
        for p in evening.played
        if not p.step.subject.startswith("p:")
    ]


async def test_lock_step_is_the_same_in_two_houses_and_asks_nothing_absurd(house):
    first = await in_lock_step(house.url, minutes=30)
    with House() as other:
        second = await in_lock_step(other.url, minutes=30)
    assert shape(first) == shape(second)
    assert len(first.played) > 40
    reasons = {p.answer["reason"] for p in first.played if p.answer and p.answer["status"] == "refused"}
    assert reasons <= EXPECTED
    done = [p for p in first.played if p.answer and p.answer["status"] == "done"]
    assert len(done) > len(first.played) / 2


async def test_a_live_evening_keeps_its_room_true_and_outlives_a_killed_house(house):
    manager = await signed_in(house.url, "manager")
    key = f"rate-{datetime.now().timestamp()}"  # noqa: DTZ005 only a key
    answer = await manager.command("set_clock", {"site_id": SITE, "key": key, "rate": 60})
    assert answer["status"] == "done"
    live = Live(Address(house.url), SITE, ZONE, seed=3)
    playing = asyncio.create_task(live.run())
    try:
        await until(lambda: live.room.seq > 0)
        began = live.room.seq
        await until(lambda: live.room.seq > began + 15)
        house.kill("hub.serve")
        await asyncio.to_thread(house.wait_ready)
        at_restart = live.room.seq
        await until(lambda: live.room.seq > at_restart + 10)
        manager = await signed_in(house.url, "manager")
        await manager.command("set_clock", {"site_id": SITE, "key": key + "-stop", "rate": 0})
        truth = Room(SITE, ZONE)
        async with asyncio.timeout(60):
            while live.room.seq != truth.seq:  # what was due when the clock stopped is still asked for
                await asyncio.sleep(1.5)
                truth = Room(SITE, ZONE)
                await read_room(manager, truth)
                await until(lambda seq=truth.seq: live.room.seq >= seq)
        for kind in KEPT:
            assert list(live.room.all(kind)) == list(truth.all(kind)), kind
    finally:
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing


async def test_ears_hear_every_change_once_and_hands_leave_the_floor_as_it_was(house):
    address = Address(house.url)
    doors = await signed_in(house.url, "manager")
    before = {r["id"]: r["status"] for r in (await doors.state(f"floor:{SITE}"))["rows"] if r["type"] == "table"}
    ears = await crowd.ears(address, await doors.token(), 5, [f"floor:{SITE}"])
    hands = await crowd.hire(address, SITE, 2, "test")
    await crowd.give_rows(hands, await doors.state(f"floor:{SITE}"))
    asked = await crowd.at_a_rate(hands, 20, 2)
    for hand in hands:
        await hand.put_back()
    await asyncio.sleep(1)
    assert len(asked) == 40
    assert all(a.done for a in asked)
    for ear in ears:
        assert {a.key.encode() for a in asked} <= set(ear.came)
        assert ear.gaps == 0
        ear.close()
    after = {r["id"]: r["status"] for r in (await doors.state(f"floor:{SITE}"))["rows"] if r["type"] == "table"}
    assert after == before


async def until(true, *, at_most_s: float = 60) -> None:
    async with asyncio.timeout(at_most_s):
        while not true():  # noqa: ASYNC110 what is waited for has no event
            await asyncio.sleep(0.05)
