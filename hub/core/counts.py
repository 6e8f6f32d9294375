"""What is read at /metrics: the counts of every process on the port, whichever of them is asked, each with its number
as the label `process`. So a scraper sees the same series each time, and their rates make sense.

Each process tells the others on a socket whose name goes with port and number (a name without a file: only Linux has
them, and only there processes share a port). Who does not answer in time is shown as down and its series are left out.
"""

import asyncio
import socket
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import structlog
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import Metric
from prometheus_client.samples import Sample

from hub.core import metrics
from hub.core.settings import Settings

__all__ = ("CONTENT_TYPE_LATEST", "tell", "told")
log = structlog.get_logger("counts")

ASK_S = 0.5  # for one process to answer another; the scraper waits for the slowest
BYTES_MAX = 4 * 1024 * 1024  # of one answer; a few hundred series are tens of kB
AGAIN_S = 1.0  # between two tries to have the name, which a dying predecessor may hold yet


class Family(msgspec.Struct, frozen=True, array_like=True):
    """One metric with its samples: name, labels, value."""

    name: str
    doc: str
    kind: str
    samples: list[tuple[str, dict[str, str], float]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Family]).decode


def own(house: Any) -> list[Family]:
    """What this process counts."""
    if house.gateway:
        for what, count in msgspec.structs.asdict(house.gateway.counters()).items():
            metrics.GATEWAY.labels(what).set(count)
    return [
        Family(one.name, one.documentation, one.type, [(s.name, s.labels, s.value) for s in one.samples])
        for one in REGISTRY.collect()
    ]


async def told(house: Any) -> bytes:
    """The counts of all processes as Prometheus reads them."""
    settings = house.settings
    others = [number for number in range(1, settings.processes + 1) if number != settings.number]
    answers = await asyncio.gather(*(_ask(settings, number) for number in others))
    found = dict(zip(others, answers, strict=True)) | {settings.number: own(house)}
    return generate_latest(_Together(dict(sorted(found.items()))))


async def tell(house: Any) -> None:
    """Answer the others. For ever."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(_encode(own(house)))
            async with asyncio.timeout(ASK_S):
                await writer.drain()
        except (OSError, TimeoutError):
            writer.transport.abort()
        finally:
            writer.close()

    settings = house.settings
    while True:
        try:
            server = await asyncio.start_unix_server(answer, _name(settings, settings.number))
        except OSError as fault:
            log.warning("counts_untold", error=str(fault))
            await asyncio.sleep(AGAIN_S)
            continue
        async with server:
            await server.serve_forever()


async def _ask(settings: Settings, number: int) -> list[Family] | None:
    """What another process counts; None if it does not say."""
    try:
        async with asyncio.timeout(ASK_S):
            reader, writer = await asyncio.open_unix_connection(sock=_dialled(_name(settings, number)))
            try:
                parts, size = [], 0
                while size < BYTES_MAX and (part := await reader.read(65_536)):
                    parts.append(part)
                    size += len(part)
            finally:
                writer.close()
        return _decode(b"".join(parts))
    except (OSError, TimeoutError, msgspec.DecodeError):
        return None


def _dialled(name: str) -> socket.socket:
    """By hand: uvloop connects to no name without a file. It is answered, or refused, at once."""
    dialled = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        dialled.setblocking(False)
        dialled.connect(name)
    except BaseException:
        dialled.close()
        raise
    return dialled


def _name(settings: Settings, number: int) -> str:
    return f"\0maitred/{settings.host}/{settings.port}/counts/{number}"


class _Together:
    """Every family once, with the samples of all processes."""

    def __init__(self, found: dict[int, list[Family] | None]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        up = Metric("maitred_process_up", "Whether the process of this number answers", "gauge")
        together: dict[str, Metric] = {}
        for number, families in self._found.items():
            which = {"process": str(number)}
            up.samples.append(Sample(up.name, which, float(families is not None)))
            for family in families or ():
                metric = together.get(family.name)
                if metric is None:
                    metric = together[family.name] = Metric(family.name, family.doc, family.kind)
                metric.samples.extend(_labelled(family.samples, which))
        yield up
        yield from together.values()


def _labelled(samples: Iterable[tuple[str, dict[str, str], float]], which: dict[str, str]) -> Iterator[Sample]:
    return (Sample(name, labels | which, value) for name, labels, value in samples)
