"""Messages reach a carrier, come what may, and the house knows what became of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from hub.core.clock import wall_now
from hub.notifications import courier as work
from hub.notifications.carriers import FlakyCarrier, NotEverError, NotNowError
from hub.notifications.courier import LAG, Courier
from tests.hub.notifications.at_work import ADA, done_and_told, saying, told
from tests.kit import SITE

__all__ = ["saying"]


@contextlib.asynccontextmanager
async def at_duty(house: Any, carrier: Any) -> AsyncIterator[Courier]:
    courier = Courier(house.house, {"sms": carrier, "email": carrier})
    task = asyncio.create_task(courier.run())
    try:
        yield courier
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(house: Any, message_id: str, *statuses: str, within_s: float = 10) -> Any:
    async with asyncio.timeout(within_s):
        while True:
            message = await house.row("message", message_id)
            if message.status in statuses:
                return message
            await asyncio.sleep(0.02)


@pytest.fixture
def hasty(monkeypatch):
    """The waits of a whole evening, in a moment."""
    monkeypatch.setattr(work, "AFTER_FAULT_S", (0.0, 0.0, 0.0, 0.0))
    monkeypatch.setattr(work, "FAULTS_MAX", 99)
    monkeypatch.setattr(work, "POLL_S", 0.05)


async def test_what_is_queued_is_carried_and_noted(house, saying):
    saying()
    before = await told(house)
    carrier = FlakyCarrier()
    async with at_duty(house, carrier):
        assert (await until(house, before.id, "sent")).sent_at == house.now
        after = await told(house)  # it rings: nobody waits for the poll
        await until(house, after.id, "sent")
    assert [letter.id for letter in carrier.arrived] == [before.id, after.id]
    assert (carrier.arrived[0].recipient, carrier.arrived[0].body) == (ADA.phone, before.body)


async def test_a_carrier_that_fails_is_asked_again_with_the_same_id(house, saying, hasty):
    saying()
    message = await told(house)
    carrier = FlakyCarrier([NotNowError, "lost", TimeoutError, OSError])
    async with at_duty(house, carrier):
        await until(house, message.id, "sent")
    assert carrier.calls == work.TRIES_MAX
    assert [letter.id for letter in carrier.arrived] == [message.id]


async def test_after_five_tries_it_has_failed_and_says_so(house, saying, hasty):
    saying()
    message = await told(house)
    carrier = FlakyCarrier([NotNowError] * 99)
    async with at_duty(house, carrier):
        failed = await until(house, message.id, "failed")
    assert (carrier.calls, failed.problem) == (5, "Nobody would carry it, in 5 tries.")


async def test_a_number_that_does_not_exist_is_tried_once(house, saying):
    saying()
    message = await told(house)
    carrier = FlakyCarrier([NotEverError("No such number.")])
    async with at_duty(house, carrier):
        assert (await until(house, message.id, "failed")).problem == "No such number."
    assert carrier.calls == 1


async def test_waits_grow_and_end_before_the_alarm(house, saying):
    saying()
    message = await told(house)
    async with at_duty(house, FlakyCarrier([NotNowError] * 9)):
        async with asyncio.timeout(10):
            while not (due := await house.pool.fetchrow("SELECT due_at, attempts FROM message"))["attempts"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert (await house.row("message", message.id)).status == "queued"
    assert timedelta(0) < due["due_at"] - wall_now() <= timedelta(seconds=work.AFTER_FAULT_S[0])
    assert list(work.AFTER_FAULT_S) == sorted(work.AFTER_FAULT_S)
    assert sum(work.AFTER_FAULT_S) + work.TRIES_MAX * work.CARRY_S <= 330


async def test_a_fault_of_one_carrier_stops_nobody(house, saying, hasty):
    saying()
    first, second = await told(house), await told(house)
    carrier = FlakyCarrier([ValueError("a bug with +44 20 7946 0958 in it")])
    with capture_logs() as logs:
        async with at_duty(house, carrier):
            await until(house, first.id, "sent")
            await until(house, second.id, "sent")
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["carrier_fault"]


async def test_a_carrier_that_is_down_is_left_alone(house, saying, monkeypatch):
    monkeypatch.setattr(work, "AFTER_FAULT_S", (0.0, 0.0, 0.0, 0.0))
    monkeypatch.setattr(work, "POLL_S", 0.05)
    monkeypatch.setattr(work, "FAULTS_MAX", 2)
    monkeypatch.setattr(work, "ALONE_S", 0.5)
    saying()
    message = await told(house)
    carrier = FlakyCarrier([NotNowError, NotNowError])
    async with at_duty(house, carrier):
        await asyncio.sleep(0.4)
        assert carrier.calls == 2
        await until(house, message.id, "sent")


@pytest.mark.parametrize("crash", ["before the note", "in the carrier"])
async def test_a_crash_between_carrying_and_noting_loses_nothing(house, saying, monkeypatch, crash):
    saying()
    message = await told(house)
    carrier = FlakyCarrier()
    met = asyncio.Event()

    async def hang(*_args):
        met.set()
        await asyncio.sleep(60)

    with monkeypatch.context() as patch:
        if crash == "before the note":
            patch.setattr(type(house.house.commands), "give", hang)
        else:
            patch.setattr(carrier, "carry", hang)
        async with at_duty(house, carrier):
            await asyncio.wait_for(met.wait(), 10)
    assert (await house.row("message", message.id)).status == "queued"
    async with at_duty(house, carrier):
        await until(house, message.id, "sent")
    assert [letter.id for letter in carrier.arrived] == [message.id]


async def test_one_courier_of_two_processes_carries(house, saying):
    saying()
    messages = [await told(house) for _ in range(6)]
    one, other = FlakyCarrier(), FlakyCarrier()
    async with at_duty(house, one), at_duty(house, other):
        for message in messages:
            await until(house, message.id, "sent")
    assert sorted(map(len, (one.arrived, other.arrived))) == [0, 6]


async def test_the_successor_takes_over(house, saying):
    saying()
    carrier = FlakyCarrier()
    async with at_duty(house, carrier):
        await asyncio.sleep(0.2)
    message = await told(house)
    async with at_duty(house, carrier):
        await until(house, message.id, "sent")


async def test_what_is_held_back_is_never_carried(house, saying):
    saying(to=type(ADA)(name="Ada", phone=ADA.phone, sms_ok=False))
    held = await told(house)
    saying()
    message = await told(house)
    carrier = FlakyCarrier()
    async with at_duty(house, carrier):
        await until(house, message.id, "sent")
    assert held.id not in {letter.id for letter in carrier.arrived}


async def test_one_that_waits_too_long_raises_the_alarm(house, saying):
    saying()
    message = await told(house)
    courier = Courier(house.house)
    with capture_logs() as logs:
        await courier.watch()
        assert not [line for line in logs if line["event"] == "message_late"]
        await house.pool.execute("UPDATE message SET queued_at = now() - interval '301 s'")
        await courier.watch()
        await courier.watch()  # once a minute is enough
    late = [line for line in logs if line["event"] == "message_late"]
    assert [line["site"] for line in late] == [SITE]
    assert LAG.collect()[0].samples[0].value >= 301
    assert message.recipient not in str(logs)


async def test_the_house_carries_by_itself_and_hears_of_an_undo(served, saying):
    house = served.house
    saying()
    done = await done_and_told(house)
    (message_id,) = done.result["message_ids"]
    await until(house, message_id, "delivered")
    await house.done("undo", seq=done.seq)
    async with asyncio.timeout(10):
        while await house.pool.fetchval("SELECT count(*) FROM message WHERE template = 'correction'") != 1:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    host = await served.signed_in("host")
    told_of = await host.get(f"/api/sites/{SITE}/messages", params={"about": done.result["section_id"]})
    assert [message["template"] for message in told_of.json()] == ["correction", "waiting_joined"]
    server = await served.signed_in("server")
    assert (await server.get(f"/api/sites/{SITE}/messages", params={"about": "x"})).status_code == 403
    assert (await host.get("/api/sites/s2/messages", params={"about": "x"})).status_code == 404
    assert (await host.get(f"/api/sites/{SITE}/messages")).status_code == 422
    for client in (host, server):
        await client.aclose()
