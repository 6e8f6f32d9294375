"""/metrics of several processes on one port: whichever is asked tells of all of them."""

import asyncio
import contextlib
import re
import secrets
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hub.core import counts
from hub.core.settings import Settings
from realtime.gateway import Counters


@pytest.fixture
def place():
    """Nobody else's, however many run at once."""
    return secrets.token_hex(8)


class Process:
    """As much of a house as is counted."""

    class Gateway:
        def counters(self):
            return Counters(connections=7)

    gateway = Gateway()

    def __init__(self, number, processes, host):
        self.settings = Settings(secret="s" * 40, host=host, processes=processes, number=number, data_dir=Path())


@contextlib.asynccontextmanager
async def telling(process):
    task = asyncio.create_task(counts.tell(process))
    try:
        async with asyncio.timeout(5):
            while await counts._ask(process.settings, process.settings.number) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def read(process):
    """By name and process."""
    text = (await counts.told(process)).decode()
    kinds = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert len(kinds) == len(set(kinds)), "every family once"
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {}).setdefault(sample.labels["process"], []).append(sample)
    return found


def up(found):
    return {number: samples[0].value for number, samples in found["maitred_process_up"].items()}


async def test_whichever_is_asked_tells_of_all_and_who_is_down(place):
    first, second, third = (Process(number, 3, place) for number in (1, 2, 3))
    async with telling(first), telling(second):
        for asked in (first, second):
            found = await read(asked)
            assert up(found) == {"1": 1.0, "2": 1.0, "3": 0.0}
            assert found["process_cpu_seconds_total"].keys() == {"1", "2"}
            (connections,) = [s for s in found["maitred_gateway"]["2"] if s.labels["what"] == "connections"]
            assert connections.value == 7
        async with telling(third):
            assert up(await read(first)) == {"1": 1.0, "2": 1.0, "3": 1.0}
    assert up(await read(third)) == {"1": 0.0, "2": 0.0, "3": 1.0}


@pytest.mark.parametrize("says", [b"", b"\xc1", None])
async def test_one_that_stands_still_or_talks_nonsense_holds_up_nobody(monkeypatch, place, says):
    monkeypatch.setattr(counts, "ASK_S", 0.1)
    first, second = (Process(number, 2, place) for number in (1, 2))
    over = asyncio.Event()

    async def odd(_, writer):
        if says is None:
            await over.wait()
        writer.write(says or b"")
        writer.close()

    server = await asyncio.start_unix_server(odd, counts._name(second.settings, 2))
    async with asyncio.timeout(5):
        found = await read(first)
    over.set()
    server.close()
    assert up(found) == {"1": 1.0, "2": 0.0} and found["process_cpu_seconds_total"].keys() == {"1"}


async def test_a_process_alone_asks_nobody(monkeypatch, place):
    monkeypatch.setattr(counts, "_ask", None)
    assert up(await read(Process(1, 1, place))) == {"1": 1.0}
