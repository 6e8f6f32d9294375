"""The small client: frames and answers come out whole, however the network cuts them."""

import asyncio
import random

import pytest

from bench.crowd import Ear
from bench.wire import Address, AwayError, Http, Socket
from realtime.edges.frames import frame
from realtime.wire import PING

GREETING = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"


class Pipe(asyncio.Transport):
    def __init__(self):
        super().__init__()
        self.written, self.closed = b"", False

    def write(self, data):
        self.written += data

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True


async def heard(stream: bytes, cuts: list[int]) -> tuple[list[bytes], list[int], Pipe]:
    said, codes, pipe = [], [], Pipe()
    socket = Socket(Address("http://h:1"), said.append, codes.append)
    socket.connection_made(pipe)
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        socket.data_received(stream[start:end])
    await asyncio.sleep(0)
    socket.connection_lost(None)
    return said, codes, pipe


async def test_frames_of_every_size_cut_anywhere():
    payloads = [b"{}", b"x" * 125, b"y" * 126, b"z" * 65535, b"w" * 65536, b"last"]
    stream = GREETING + b"".join(map(frame, payloads))
    rng = random.Random(3)
    for _ in range(20):
        cuts = sorted(rng.sample(range(1, len(stream)), 40))
        said, _, _ = await heard(stream, cuts)
        assert said == payloads
    said, _, _ = await heard(stream[: len(GREETING) + 300], list(range(1, len(GREETING) + 300)))
    assert said == payloads[:3][: len(said)]
    assert said


async def test_a_message_in_parts_a_ping_and_a_close():
    parts = frame(b"one ", 0x01) + frame(b"and ", 0x00) + frame(b"p", 0x89) + frame(b"two", 0x80)
    said, codes, pipe = await heard(GREETING + parts + frame((3008).to_bytes(2, "big") + b"slow", 0x88), [])
    assert said == [b"one and two"]
    assert codes == [3008]
    assert pipe.closed
    assert pipe.written[0] == 0x8A


async def test_a_refused_handshake_is_told():
    socket = Socket(Address("http://h:1"), lambda _: None, lambda _: None)
    socket.connection_made(Pipe())
    socket.data_received(b"HTTP/1.1 403 Forbidden\r\n\r\n")
    with pytest.raises(ConnectionRefusedError, match="403"):
        await socket.opened


def test_an_ear_notes_keys_times_and_gaps():
    ear = Ear()
    ear.worked = {}
    for offset in (5, 6, 8):
        ear._hear(
            b'{"push":{"channel":"floor:s1","pub":{"offset":%d,"data":{"seq":9,"key":"load-%d","at":"2026-11-27T19:05:00Z",'
            b'"facts":[],"patches":[]}}}}' % (offset, offset)
        )
    ear._hear(b'{"push":{"channel":"floor:s1","pub":{"offset":9,"data":{"seq":10,"key":null,"at":"x","facts":[]}}}}')
    ear._hear(b'{"push":{"channel":"waitlist:s1","pub":{"offset":3,"data":{"seq":10,"key":"load-7"}}}}')
    assert set(ear.came) == {b"load-5", b"load-6", b"load-8"}
    assert ear.worked[b"load-6"] == b"2026-11-27T19:05:00Z"
    assert ear.gaps == 1
    ear._hear(PING)  # a ping is no publication


async def serving(*answers: bytes):
    left = list(answers)

    async def serve(reader, writer):
        while left:
            await reader.readuntil(b"\r\n\r\n")
            said = left.pop(0)
            writer.write(said[:20])
            await asyncio.sleep(0)
            writer.write(said[20:])
            if b"connection: close" in said:
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, Address(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_answers_by_length_in_chunks_and_after_a_close():
    by_length = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nset-cookie: maitred=abc; Path=/; HttpOnly\r\n\r\n{}"
    in_chunks = b"HTTP/1.1 409 Conflict\r\ntransfer-encoding: chunked\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n"
    closing = b"HTTP/1.1 204 No Content\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    server, address = await serving(by_length, in_chunks, closing, by_length)
    http = Http(address)
    assert await http.call("GET", "/") == (200, b"{}")
    assert http.cookie == "maitred=abc"
    assert await http.call("GET", "/") == (409, b"[1]")
    assert await http.call("GET", "/") == (204, b"")
    assert await http.call("GET", "/") == (200, b"{}")
    http.close()
    server.close()


async def test_a_house_that_hangs_up_is_away():
    server, address = await serving()
    with pytest.raises(AwayError):
        await Http(address).call("GET", "/")
    server.close()
    with pytest.raises(AwayError):
        await Http(Address("http://127.0.0.1:1")).call("GET", "/")
