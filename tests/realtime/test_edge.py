# ruff: noqa: ASYNC110, RUF059, B007  (tests wait, poll and unpack what a fixture gives)
"""What every edge promises, on real sockets: handshake, frames of every shape, close handshakes, and readers that do not
read. Where an edge cannot do as the default does, the case says so."""

import asyncio
import os
import random
import socket
import sys
import time

import pytest

from hub.core.settings import BadSettingError, Settings
from realtime.edges import EDGES, MissingEdgeError, choose, direct, limits
from realtime.edges.handshake import welcome
from realtime.turn import ROUNDS
from tests.realtime.kit import PATH, Closed, Raw, a_gateway, mask, serving

CUT = None
"""An edge that breaks a connection off without a close code."""
UNSEEN = -1
"""An edge that takes it for the beginning of something else, and waits for that until no pong comes."""


def at(name):
    """The case is about this edge alone."""
    return pytest.mark.parametrize("edge", [name], indirect=True)


@pytest.fixture(params=EDGES)
def edge(request):
    try:
        choose(request.param)
    except MissingEdgeError as missing:
        pytest.skip(f"NO {request.param.upper()} EDGE HERE: {missing}")
    return request.param


@pytest.fixture
async def house(edge):
    book, gateway = await a_gateway(origins=["https://book.example.org"])
    async with serving(gateway, edge) as port:
        yield book, gateway, port


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def http(port, text):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text.replace("\n", "\r\n").encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    return int(answer.split()[1]), reader, writer


@at("direct")
async def test_the_house_is_served_on_the_same_port(house):
    status, reader, writer = await http(house[2], "GET / HTTP/1.1\nHost: x\n\n")
    assert status == 200
    await reader.readexactly(2)
    # and the same kept-alive connection may still be upgraded
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    writer.write(
        f"GET {PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert head.startswith(b"HTTP/1.1 101")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
    c = Raw(reader, writer)
    assert "connect" in await c.ask(connect={"token": "user:ann"})


async def test_no_subprotocol_is_offered(house):
    c = await Raw.dial(house[2], headers=["Sec-WebSocket-Protocol: centrifuge-protobuf"])
    assert c.status == 101
    assert "protocol" not in c.head.lower().replace("switching protocols", "")
    assert "extensions" not in c.head.lower()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/elsewhere", [], 404), ("/", [], 404), (PATH + "/", [], 404), (PATH + "?x=1", [], 101),
        (PATH + "?cf_protocol=protobuf", [], 400), (PATH + "?format=protobuf", [], 400),
        (PATH, ["Origin: https://evil.example"], 403), (PATH, ["Origin: null"], 403), (PATH, ["Origin: "], 403),
        (PATH, ["Origin: https://book.example.org"], 101), (PATH, ["Origin: https://BOOK.example.org/"], 101),
        (PATH, ["Origin: https://book.example.org.evil.example"], 403), (PATH, ["Origin: https://book.example.org:8443"], 403),
    ],
)  # fmt: skip
async def test_handshakes(house, path, headers, status):
    c = await Raw.dial(house[2], path=path, headers=headers)
    assert c.status == status
    if status != 101:
        assert await asyncio.wait_for(c.r.read(), 5) == b""


@at("direct")
async def test_the_pages_own_host_is_welcome(house):
    port = house[2]
    assert (await Raw.dial(port, headers=[f"Origin: http://127.0.0.1:{port}"])).status == 101
    assert (await Raw.dial(port, headers=[f"Origin: http://127.0.0.1:{port + 1}"])).status == 403
    assert welcome("https://shop.example", "shop.example", frozenset())
    assert welcome("https://shop.example:443", "SHOP.example", frozenset())
    assert welcome("http://[::1]:80", "[::1]", frozenset())
    assert not welcome("https://shop.example", "shop.example:8443", frozenset())
    assert not welcome("https://shop.example:bad", "shop.example", frozenset())
    assert not welcome("file://", "", frozenset())


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (
            f"POST {PATH} HTTP/1.1\nHost: x\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n",
            400,
        ),
        (
            f"GET {PATH} HTTP/1.1\nHost: x\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 8\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n",
            426,
        ),
        (f"GET {PATH} HTTP/1.1\nHost: x\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\n\n", 400),
        (
            f"GET {PATH} HTTP/1.1\nHost: x\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: short\n\n",
            400,
        ),
    ],
)
async def test_bad_upgrades(house, text, status):
    assert (await http(house[2], text))[0] == status


async def test_too_many_connections_are_turned_away(house, monkeypatch):
    monkeypatch.setattr("realtime.gateway.CONNECTIONS", 1)
    held = await Raw.connected(house[2])
    assert (await Raw.dial(house[2])).status == 503
    held.cut()


# Frames in


def command(n, pad=0):
    return b'{"id":%d,"rpc":{"method":"echo","data":"%s"}}' % (n, b"x" * pad)


async def test_fragments_pings_between_them_and_bytes_one_by_one(house):
    c = await Raw.connected(house[2])
    text = '{"id":2,"rpc":{"method":"echo","data":"Küche"}}'.encode()
    c.w.write(mask(text[:5], 0x01))
    c.w.write(mask(b"are you there", 0x89))
    c.w.write(mask(text[5:42], 0x00) + mask(b"", 0x00) + mask(text[42:], 0x80))
    assert await c.frame() == (0x8A, b"are you there")
    assert (await c.next())["rpc"]["data"] == "Küche"
    c.w.write(mask(b"unasked", 0x8A))  # a websocket pong is nothing
    for byte in mask(command(3)) + mask(command(4)):
        c.w.write(bytes([byte]))
        await asyncio.sleep(0)
    assert (await c.next())["id"] == 3
    assert (await c.next())["id"] == 4


async def test_sizes_either_side_of_the_length_forms(house):
    c = await Raw.connected(house[2])
    for pad in (0, 60, 66, 67, 68, 200, 65_000):
        c.w.write(mask(command(2, pad)) + mask(command(3, pad), key=b"\0\0\0\0") + mask(command(4, pad)))
        for n in (2, 3, 4):
            assert await c.next() == {"id": n, "rpc": {"data": "x" * pad}}


@pytest.mark.parametrize("fragments", [1, 3])
async def test_the_message_limit(house, fragments):
    room = 65_536 - len(command(2))
    c = await Raw.connected(house[2])

    def sent(body):
        step = len(body) // fragments + 1
        parts = [body[i : i + step] for i in range(0, len(body), step)]
        for i, part in enumerate(parts):
            c.w.write(mask(part, (0x01 if i == 0 else 0x00) | (0x80 if i == len(parts) - 1 else 0)))

    sent(command(2, room))
    assert len((await c.next())["rpc"]["data"]) == room
    sent(command(3, room + 1))
    code, reason = await c.code()
    assert code == 1009
    assert reason


async def the_end(c):
    """The close code, or CUT where the connection just ends."""
    try:
        return (await c.code())[0]
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return CUT


async def test_an_announced_giant_is_refused_before_it_is_there(house, edge):
    c = await Raw.connected(house[2])
    c.w.write(b"\x81\xff" + (2**40).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * 70_000)
    assert await the_end(c) == {"direct": 1009, "socketify": CUT}[edge]


BROKEN = [
    # bytes, the code at the default edge, and at the other
    ("not masked", b"\x81\x02{}", 1002, UNSEEN),
    ("a reserved bit", mask(b"{}", 0xC1), 1002, CUT),
    ("no such opcode", mask(b"{}", 0x83), 1002, CUT),
    ("a fragmented ping", mask(b"x", 0x09), 1002, CUT),
    ("a continuation of nothing", mask(b"x", 0x80), 1002, CUT),
    ("a new message inside another", mask(b"x", 0x01) + mask(b"y", 0x81), 1002, CUT),
    ("a ping too large", mask(b"x" * 126, 0x89), 1002, CUT),
    ("half a close code", mask(b"\x03", 0x88), 1002, 0),
    ("a length longer than it need be", b"\x81\xfe\x00\x05\0\0\0\0hello", 1002, 3501),
    ("no UTF-8", mask(b'"\xff\xfe"'), 1007, CUT),
    ("no UTF-8 across fragments", mask(b'"\xc3', 0x01) + mask(b'x"', 0x80), 1007, CUT),
    ("binary", mask(b"\x00", 0x82), 3506, 3506),
]


async def test_broken_frames(house, edge):
    """Each costs its sender the connection and nobody else anything."""
    _, gateway, port = house
    healthy = await Raw.connected(port)
    for what, data, at_direct, at_socketify in BROKEN:
        c = await Raw.connected(port, "bob")
        c.w.write(data)
        wanted = at_direct if edge == "direct" else at_socketify
        if wanted is not UNSEEN:
            assert await the_end(c) == wanted, what
            assert len(gateway.clients) == 1, what
        c.cut()
    assert (await healthy.ask(rpc={"method": "echo", "data": 1}))["rpc"]["data"] == 1


async def test_a_client_that_says_goodbye(house):
    _, gateway, port = house
    for payload in (b"", b"\x03\xe8", b"\x03\xe8bye", b"\x0f\xa0custom"):
        c = await Raw.connected(port)
        await c.subscribe("floor:1")
        c.put({"id": 9, "rpc": {"method": "echo", "data": "last"}})
        c.w.write(mask(payload, 0x88))
        with pytest.raises(Closed) as closed:
            while True:
                await c.next()
        assert closed.value.code == (int.from_bytes(payload[:2], "big") if payload else 0)
        assert await asyncio.wait_for(c.r.read(), 5) == b""
        await until(lambda: not gateway.clients)


async def test_half_closed_and_reset_sockets_leave_nothing(house):
    _, gateway, port = house
    a, b = await Raw.connected(port), await Raw.connected(port)
    a.w.write_eof()
    b.cut()
    await until(lambda: not gateway.clients)
    assert not gateway.users
    assert not gateway.slow


async def test_a_close_nobody_answers_is_cut(house, monkeypatch):
    monkeypatch.setattr(direct, "CLOSE_S", 0.2)
    _, gateway, port = house
    c = await Raw.connected(port)
    gateway.disconnect_user("ann")
    with pytest.raises(Closed):
        await c.next()
    assert await asyncio.wait_for(c.r.read(), 3) == b""


async def test_noise_never_hurts_others(house):
    _, gateway, port = house
    healthy = await Raw.connected(port)
    for seed in range(60):
        c = await Raw.connected(port, f"n{seed}")
        rnd = __import__("random").Random(seed)
        body = bytearray(mask(command(2)) * 3)
        for _ in range(rnd.randrange(1, 6)):
            body[rnd.randrange(len(body))] = rnd.randrange(256)
        c.w.write(bytes(body))
        if seed % 2:
            c.cut()
    assert (await healthy.ask(rpc={"method": "echo", "data": 1}))["rpc"]["data"] == 1


# Readers that do not read


def stalled_socket(port, user):
    """A connection with a tiny receive buffer that reads its connect and subscribe replies and then nothing."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", port))
    s.sendall(
        f"GET {PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    s.setblocking(False)
    return s


async def stall(port, user, channel):
    s = await asyncio.to_thread(stalled_socket, port, user)
    loop = asyncio.get_running_loop()
    got = b""
    while b"\r\n\r\n" not in got:
        got += await loop.sock_recv(s, 1000)
    both = b'{"id":1,"connect":{"token":"user:%b"}}\n{"id":2,"subscribe":{"channel":"%b"}}'
    await loop.sock_sendall(s, mask(both % (user.encode(), channel.encode())))
    while b'"subscribe"' not in got:
        got += await loop.sock_recv(s, 1000)
    return s


SLOW = b"\x88\x06\x0b\xc0slow"


async def drain(s):
    """All frames a stalled socket still holds, the close frame last."""
    loop = asyncio.get_running_loop()
    data = bytearray()
    async with asyncio.timeout(20):
        while not data.endswith(SLOW):
            try:
                part = await loop.sock_recv(s, 65536)
            except ConnectionResetError:
                break
            if not part:
                break
            data += part
    frames, at = [], 0
    while len(data) - at >= 2:
        n, head = data[at + 1] & 127, 2
        if n == 126:
            n, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
        elif n == 127:
            n, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
        if at + head + n > len(data):
            break
        frames.append((data[at], bytes(data[at + head : at + head + n])))
        at += head + n
    return frames


async def test_a_reader_that_does_not_read_is_closed_slow_and_delays_nobody(house):
    book, gateway, port = house
    s = await stall(port, "stuck", "floor:1")
    c = await Raw.connected(port)
    await c.subscribe("floor:1")
    worst, sent = 0.0, 0
    async with asyncio.timeout(30):
        while not gateway.count.slow_disconnects:
            gateway.deliver([book.commit("floor:1", "x" * 20_000)])
            sent += 1
            began = time.perf_counter()
            assert (await c.next())["push"]["pub"]["offset"] == sent
            worst = max(worst, time.perf_counter() - began)
    assert worst < 0.5
    (client,) = gateway.clients
    assert client.session.user == "ann"
    assert len(await gateway.presence("floor:1")) == 1
    for _ in range(5):
        gateway.deliver([book.commit("floor:1", "after")])
        sent += 1
        assert (await c.next())["push"]["pub"]["offset"] == sent
    # Once it reads again it finds an unbroken prefix, whole frames only, and the reason.
    frames = await drain(s)
    s.close()
    assert frames[-1][0] == 0x88
    assert frames[-1][1] == (3008).to_bytes(2, "big") + b"slow"
    offsets = [int(f.partition(b'"offset":')[2].partition(b",")[0]) for op, f in frames[:-1]]
    assert offsets == list(range(1, len(offsets) + 1))
    assert 0 < len(offsets) < sent


async def test_memory_held_for_a_slow_reader_is_bounded(house, monkeypatch):
    monkeypatch.setattr(limits, "BUFFER_S", 3600)
    book, gateway, port = house
    s = await stall(port, "stuck", "floor:1")
    (client,) = gateway.clients
    reader = client._reader
    most = 0
    while not gateway.count.slow_disconnects:
        gateway.deliver([book.commit("floor:1", "x" * 3_000)])
        await asyncio.sleep(0)
        most = max(most, reader.waiting)
    assert 32_000 < most <= 96 * 1024
    s.close()


def in_kernel(fd):
    """Bytes the kernel holds to be sent, with what it needs around them (`SO_MEMINFO`)."""
    with socket.socket(fileno=os.dup(fd)) as own:
        return int.from_bytes(own.getsockopt(socket.SOL_SOCKET, 55, 36)[20:24], sys.byteorder)


@at("direct")
async def test_the_kernel_holds_little_for_a_slow_reader_as_well(house, monkeypatch):
    """The whole of it is under 96 KB; and once it reads again it comes back to everything it missed."""
    monkeypatch.setattr(limits, "BUFFER_S", 3600)
    book, gateway, port = house
    s = await stall(port, "stuck", "floor:1")
    (client,) = gateway.clients
    reader, most = client._reader, 0
    while not gateway.count.slow_disconnects:
        gateway.deliver([book.commit("floor:1", "x" * 500)])
        await asyncio.sleep(0)
        most = max(most, in_kernel(reader.fd) + reader.waiting)
    assert limits.BUFFER_BYTES < most <= 96 * 1024
    frames = await drain(s)
    s.close()
    last = int(frames[-2][1].rpartition(b'"offset":')[2].partition(b",")[0])
    c = await Raw.connected(port, "stuck")
    missed = (await c.subscribe("floor:1", recover=True, offset=last, epoch="e1"))["subscribe"]
    assert missed["recovered"]
    assert [one["offset"] for one in missed["publications"]] == list(range(last + 1, book.top["floor:1"] + 1))


async def test_five_seconds_behind_is_slow_as_well(house, monkeypatch):
    monkeypatch.setattr(limits, "BUFFER_S", 0.5)
    monkeypatch.setattr("realtime.gateway.TICK_S", 0.1)
    book, gateway, port = house
    s = await stall(port, "stuck", "floor:1")
    while not gateway.slow:
        gateway.deliver([book.commit("floor:1", "x" * 10_000)])
        await asyncio.sleep(0)
    assert not gateway.count.slow_disconnects
    async with asyncio.timeout(20):
        while not gateway.count.slow_disconnects:
            await asyncio.sleep(0.05)
    s.close()


async def test_a_reader_that_catches_up_in_time_is_fast_again_and_missed_nothing(house):
    book, gateway, port = house
    s = await stall(port, "stuck", "floor:1")
    (client,) = gateway.clients
    reader = client._reader
    sent = 0
    while not gateway.slow:
        gateway.deliver([book.commit("floor:1", "x" * 10_000)])
        sent += 1
        await asyncio.sleep(0)
    for _ in range(3):
        gateway.deliver([book.commit("floor:1", "small")])
        sent += 1
        await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    data = bytearray()
    async with asyncio.timeout(10):
        while data.count(b'"offset":') < sent:
            data += await loop.sock_recv(s, 65536)
    assert [int(x.partition(b",")[0]) for x in bytes(data).split(b'"offset":')[1:]] == list(range(1, sent + 1))
    await until(lambda: not gateway.slow)
    assert not reader.waiting
    gateway.deliver([book.commit("floor:1", "more")])
    async with asyncio.timeout(3):
        assert b'"more"' in await loop.sock_recv(s, 65536)
    s.close()


async def test_a_large_answer_to_a_slow_line_is_not_a_fault_of_the_line(house, monkeypatch):
    """A recovery larger than the buffer may take its time, as long as some of it goes out."""
    monkeypatch.setattr(limits, "BUFFER_S", 0.5)
    monkeypatch.setattr("realtime.gateway.TICK_S", 0.1)
    book, gateway, port = house
    for i in range(120):
        book.commit("floor:1", "x" * 3_000)
    s = await stall(port, "thin", "other:1")
    loop = asyncio.get_running_loop()
    ask = b'{"id":3,"subscribe":{"channel":"floor:1","recover":true,"epoch":"e1","flag":2}}'
    await loop.sock_sendall(s, mask(ask))
    data, began = bytearray(), loop.time()
    while data.count(b'"offset":') < 120 or not data.endswith(b"}}"):
        await asyncio.sleep(0.02)
        data += await asyncio.wait_for(loop.sock_recv(s, 5_000), 5)
    assert loop.time() - began > 1.0, "it was slow enough to tell"
    assert gateway.count.slow_disconnects == 0
    assert b'"recovered":true' in data
    await until(lambda: not gateway.slow)
    gateway.deliver([book.commit("floor:1", "next")])
    assert b'"next"' in await asyncio.wait_for(loop.sock_recv(s, 5_000), 5)
    s.close()


async def test_a_flooder_that_never_reads_its_answers_is_bounded(house, edge, monkeypatch):
    monkeypatch.setattr(limits, "BUFFER_S", 0.5)
    monkeypatch.setattr("realtime.gateway.TICK_S", 0.1)
    book, gateway, port = house
    s = await stall(port, "stuck", "floor:1")
    (client,) = gateway.clients
    reader, most = client._reader, 0
    loop = asyncio.get_running_loop()
    flood = mask(command(7, 30_000)) * 20

    async def pour():
        while True:
            await loop.sock_sendall(s, flood)

    pouring = asyncio.create_task(pour())
    try:
        async with asyncio.timeout(20):
            while not client.closed:
                most = max(most, reader.waiting)
                await asyncio.sleep(0.01)
    finally:
        pouring.cancel()
        await asyncio.gather(pouring, return_exceptions=True)
        s.close()
    assert most < limits.ASKED_BYTES + 2 * limits.BUFFER_BYTES
    assert gateway.count.slow_disconnects == (edge == "direct"), "the other edge cannot stop reading: 3013"


async def test_many_channels_many_readers_all_in_order(house):
    book, gateway, port = house
    clients = await asyncio.gather(*(Raw.connected(port, f"u{i}") for i in range(20)))
    names = [f"c:{i}" for i in range(5)]
    for i, c in enumerate(clients):
        for name in names[: 1 + i % 5]:
            await c.subscribe(name)
    for _ in range(40):
        gateway.deliver([book.commit(name, os.urandom(4).hex()) for name in names])
        if _ % 3:
            await asyncio.sleep(0)
    for i, c in enumerate(clients):
        seen = dict.fromkeys(names[:1 + i % 5], 0)
        for _ in range(40 * len(seen)):
            push = (await c.next())["push"]
            seen[push["channel"]] += 1
            assert push["pub"]["offset"] == seen[push["channel"]]
        assert set(seen.values()) == {40}


async def test_what_a_client_publishes_in_one_go_leaves_together(house):
    """Up to a bound: nobody waits for the end of a long row of commands."""
    _, _, port = house
    reader, writer = await Raw.connected(port, "bob"), await Raw.connected(port)
    await reader.subscribe("chat:1")
    offset = 0
    for count, least, most in ((8, 1, 1), (100, 100 // (ROUNDS + 2), 50)):
        before = reader.frames
        for n in range(count):
            writer.put({"id": 100 + n, "publish": {"channel": "chat:1", "data": n}})
        for n in range(count):
            push = (await reader.next())["push"]
            offset += 1
            assert (push["pub"]["offset"], push["pub"]["data"]) == (offset, n)
        assert least <= reader.frames - before <= most
        assert [(await writer.next())["id"] for _ in range(count)] == [100 + n for n in range(count)]


@at("direct")
async def test_what_a_reader_of_two_channels_is_sent_in_one_turn_is_one_frame(house):
    book, gateway, port = house
    a, b, both = await asyncio.gather(*(Raw.connected(port, name) for name in ("a", "b", "both")))
    for c, names in ((a, "1"), (b, "2"), (both, "12")):
        for name in names:
            await c.subscribe(f"floor:{name}")
    before = [c.frames for c in (a, b, both)]
    gateway.deliver([book.commit(f"floor:{name}", name) for name in "1212"])
    for c, wanted in ((a, "11"), (b, "22"), (both, "1122")):
        assert "".join([(await c.next())["push"]["pub"]["data"] for _ in wanted]) == wanted
    assert [c.frames for c in (a, b, both)] == [n + 1 for n in before]
    both.cut()
    await until(lambda: len(gateway.clients) == 2)
    gateway.deliver([book.commit(f"floor:{name}", name) for name in "1212"])  # now nobody reads two
    for c, wanted in ((a, "11"), (b, "22")):
        assert "".join([(await c.next())["push"]["pub"]["data"] for _ in wanted]) == wanted


async def test_who_comes_and_goes_in_the_middle_of_a_turn_has_neither_a_gap_nor_a_push_too_many(house):
    book, gateway, port = house
    rnd = random.Random(7)
    c = await Raw.connected(port)
    gateway.deliver([])
    asked, n = {}, 10
    inside = False
    for _ in range(60):
        n += 1
        inside = not inside
        asked[n] = inside
        c.put({"id": n, ("subscribe" if inside else "unsubscribe"): {"channel": "floor:1"}})
        for _ in range(rnd.randrange(4)):
            gateway.deliver([book.commit("floor:1", "x"), book.commit("floor:2", "y")])
            if rnd.random() < 0.6:
                await asyncio.sleep(0)
    gateway.deliver([book.commit("floor:1", "x")])
    position, seen = None, 0
    while seen < 60:
        got = await c.next()
        if "push" in got:
            assert position is not None, "a push outside of a subscription"
            position += 1
            assert got["push"]["pub"]["offset"] == position
            continue
        seen += 1
        assert asked[got["id"]] == ("subscribe" in got)
        position = got["subscribe"].get("offset", 0) if "subscribe" in got else None
    await c.silent()


async def test_who_breaks_off_while_much_is_published_harms_nobody(house):
    book, gateway, port = house
    healthy = await Raw.connected(port)
    await healthy.subscribe("floor:1")
    sent = 0
    for n in range(8):
        others = await asyncio.gather(*(Raw.connected(port, f"u{n}-{i}") for i in range(6)))
        for c in others:
            c.put({"id": 9, "subscribe": {"channel": "floor:1"}})
        for i, c in enumerate(others):
            gateway.deliver([book.commit("floor:1", "x" * (20_000 if n % 2 else 200))])
            sent += 1
            if i % 2:
                c.cut()  # a reset, with much unread
            else:
                c.w.write(mask(b"", 0x88))
            if i % 3 == 0:
                await asyncio.sleep(0)
            gateway.deliver([book.commit("floor:1", "y")])
            sent += 1
    for offset in range(1, sent + 1):
        assert (await healthy.next())["push"]["pub"]["offset"] == offset
    await until(lambda: len(gateway.clients) == 1)
    gateway.deliver([book.commit("floor:1", "still here")])
    assert (await healthy.next())["push"]["pub"]["data"] == "still here"


async def test_a_turn_too_large_for_one_frame_comes_in_several(house):
    book, gateway, port = house
    c = await Raw.connected(port)
    await c.subscribe("floor:1")
    for size, frames in ((6_000, 1), (30_000, 10)):
        before = c.frames
        first = book.top.get("floor:1", 0) + 1
        gateway.deliver([book.commit("floor:1", "x" * size) for _ in range(10)])
        for offset in range(first, first + 10):
            assert (await c.next())["push"]["pub"]["offset"] == offset
        assert c.frames - before == frames


async def test_everyone_is_told_of_the_end(edge):
    book, gateway = await a_gateway()
    async with serving(gateway, edge) as port:
        c = await Raw.connected(port)
        await gateway.stop()
        assert await c.code() == (3001, "shutdown")
        refused = await Raw.dial(port)
        assert refused.status == 503
    with pytest.raises(OSError):
        await Raw.dial(port)


@at("socketify")
async def test_a_port_is_shared_only_where_that_is_said(edge):
    gateways = [(await a_gateway())[1] for _ in range(3)]
    one, two, three = (choose(edge)(gateway) for gateway in gateways)
    port = one.open("127.0.0.1", 0)
    await one.close()
    assert one.open("127.0.0.1", port, shared=True) == port
    assert two.open("127.0.0.1", port, shared=True) == port
    with pytest.raises(OSError, match=str(port)):
        three.open("127.0.0.1", port)
    await one.close()
    assert (await Raw.connected(port)).status == 101
    assert len(gateways[1].clients) == 1
    await two.close()


def test_an_edge_that_is_not_there_says_what_it_wants(monkeypatch):
    with pytest.raises(ValueError, match="no edge 'cliff'"):
        choose("cliff")
    monkeypatch.setitem(sys.modules, "realtime.edges.uws", None)
    with pytest.raises(MissingEdgeError, match=r"maitred\[socketify\]"):
        choose("socketify")
    with pytest.raises(BadSettingError, match=r"MAITRED_EDGE=socketify: .*maitred\[socketify\]"):
        Settings.load({"MAITRED_EDGE": "socketify"})
