"""The load client and the floor: they build here, count right, and find what a server leaves out."""

import asyncio
import json

import pytest

from bench.realtime import peers
from bench.realtime.native import LoadError, MissingError, build, drive
from realtime.edges.frames import frame


@pytest.fixture(autouse=True, scope="module")
def built():
    try:
        build("client")
        build("floor")
    except MissingError as missing:
        pytest.skip(f"the realtime bench cannot be built: {missing}")


def by_hand(port, *phases, **more):
    """One run against a server that publishes what it is told on the same port."""
    words = {"protocol": "raw", "publisher": "raw", "readers": 40, "pids": []} | more
    return drive(phases, ports=[port], publisher_port=port, **words)


@pytest.mark.parametrize("name", [peers.FLOOR, peers.JOINED])
def test_what_is_published_arrives_once_at_each_reader_of_its_topic(name):
    with peers.running(peers.PEERS[name], None) as floor:
        phases = ["connect", "publish=7", "window=8:0.2", "rate=200:0.1", "drop", "connect"]
        first, seven, window, rate, again = by_hand(floor.port, *phases, topics=4, pids=floor.pids)
    assert first.ready == again.ready == 40
    assert (seven.published, seven.deliveries) == (28, 280)
    assert window.published > 8
    assert window.deliveries == 10 * window.published
    assert rate.deliveries == 200
    assert not any(phase.wrong or phase.closed for phase in (seven, window, rate))
    assert window.cpu > 0
    assert 0 < window.p50_us <= window.p99_us


def test_the_gateway_of_the_bench_recovers_what_was_missed():
    with peers.running(peers.PEERS[peers.DIRECT], None) as server:
        storm = ["connect", "publish=20", "drop", "recover=15", "publish=2"]
        said = drive(
            storm, protocol="centrifugal", ports=[server.port], publisher="control",
            publisher_port=server.publisher_port, pids=server.pids, readers=30,
        )  # fmt: skip
        counted = server.counters()
    _, published, back, more = said
    assert published.deliveries == 600
    assert (back.recovered, back.reread, back.recovered_items) == (30, 0, 450)
    assert more.deliveries == 60
    assert not any(phase.wrong for phase in said)
    assert counted["histories"] <= 2


class Liar:
    """A gateway that speaks the protocol and tells one publication otherwise than it was."""

    def __init__(self, lie):
        self.lie, self.readers = lie, []

    async def serve(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        )
        try:
            while True:
                for line in (await self.message(reader)).split(b"\n"):
                    self.answer(json.loads(line), writer)
        except asyncio.IncompleteReadError:
            writer.close()

    async def message(self, reader):
        _, size = await reader.readexactly(2)
        wide = size & 127 == 126
        length = int.from_bytes(await reader.readexactly(2), "big") if wide else size & 127
        mask = await reader.readexactly(4)
        payload = await reader.readexactly(length)
        return bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))

    def answer(self, command, writer):
        if "connect" in command:
            writer.write(frame(b'{"id":1,"connect":{"client":"c","ping":25,"pong":true}}'))
        elif "subscribe" in command:
            self.readers.append(writer)
            reply = b'{"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"e"}}'
            writer.write(frame(reply + b"\n{}"))  # a ping in the same frame
        elif "publish" in command:
            data = json.dumps(command["publish"]["data"], separators=(",", ":")).encode()
            offset = command["publish"]["data"]["seq"]
            for reader in self.readers:
                for told in self.lie(offset):
                    reader.write(frame(b'{"push":{"channel":"r0","pub":{"offset":%d,"data":%b}}}' % (told, data)))


async def lied_to(lie, *phases, **more):
    liar = Liar(lie)
    server = await asyncio.start_server(liar.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    words = {"protocol": "centrifugal", "publisher": "centrifugal", "readers": 3} | more
    try:
        return await asyncio.to_thread(by_hand, port, *phases, **words)
    finally:
        server.close()


async def test_a_true_server_is_found_true():
    _, said = await lied_to(lambda offset: [offset], "connect", "publish=6")
    assert (said.deliveries, said.wrong) == (18, 0)


@pytest.mark.parametrize(
    ("lie", "found"),
    [
        (lambda offset: [offset + (offset > 3)], "gaps"),  # an offset is left out
        (lambda offset: [offset - (offset > 3)], "repeats"),  # an offset is used twice
        (lambda offset: [offset] * 2, "repeats"),  # a publication comes twice
    ],
)
async def test_a_gap_and_a_repeat_are_found(lie, found):
    _, said, after = await lied_to(lie, "connect", "publish=6", "hold=0")
    wrong = {name: getattr(said, name) + getattr(after, name) for name in ("gaps", "repeats")}
    assert wrong.pop(found) >= 3
    assert set(wrong.values()) == {0}
    assert said.deliveries == 18


async def test_a_publication_that_never_comes_is_missing():
    _, said = await lied_to(lambda offset: [offset] if offset != 2 else [], "connect", "publish=2", patience_s=0.3)
    assert said.missing == 3


async def test_no_upgrade_is_an_error_that_says_so():
    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    with pytest.raises(LoadError, match="503"):
        await asyncio.to_thread(by_hand, server.sockets[0].getsockname()[1], "connect")
    server.close()
