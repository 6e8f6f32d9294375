# ruff: noqa: ASYNC110  (tests wait for what others do)
"""Who meets a connection first: sockets are taken at once, HTTP is served as if nobody stood before it."""

import asyncio
import ssl
import subprocess

import pytest

from realtime.edges import front
from realtime.edges.handshake import HANDSHAKE_BYTES
from tests.realtime.kit import PATH, Raw, a_gateway, mask, serving

UPGRADE = (
    f"GET {PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
).encode()
CONNECT = mask(b'{"id":1,"connect":{"token":"user:ann"}}')


async def mirror(scope, receive, send):
    """An application that says what it was asked."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    names = b",".join(name for name, _ in scope["headers"])
    said = b"%b %b?%b %b %b" % (
        scope["method"].encode(), scope["raw_path"], scope["query_string"], names, body,
    )  # fmt: skip
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
    await send({"type": "http.response.body", "body": said})


@pytest.fixture
async def house():
    _, gateway = await a_gateway()
    async with serving(gateway, app=mirror, date_header=False) as port:
        yield gateway, port


async def said(port, *pieces, end=True, **tls):
    """Everything the server says to these bytes, which then end; or what it says until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, **tls)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01 if len(pieces) > 1 else 0)
    answer = await reader.readuntil(b"\r\n\r\n") if end else b""
    if end and writer.can_write_eof():
        writer.write_eof()
    async with asyncio.timeout(5):
        answer += await reader.read()
    writer.close()
    return answer


LIKE_ITSELF = [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % PATH.encode(),
    b"GET %b?a=b HTTP/1.1\r\nHost: x\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\n\r\n" % PATH.encode(),
    b"GET %bs HTTP/1.1\r\nHost: x\r\n\r\n" % PATH.encode(),
    b"HEAD %b HTTP/1.1\r\nHost: x\r\n\r\n" % PATH.encode(),
    b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" % PATH.encode(),
    b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" % PATH.encode(),
    UPGRADE.replace(b"GET", b"POST"),
    UPGRADE.replace(b"websocket\r", b"h2c\r"),
    UPGRADE.replace(b"Connection: Upgrade", b"Connection: close"),
    UPGRADE.replace(PATH.encode(), b"/elsewhere"),
    UPGRADE.replace(PATH.encode(), b"http://x" + PATH.encode()),
    UPGRADE.replace(b"HTTP/1.1", b"HTTP/1.0"),
    UPGRADE.replace(b"HTTP/1.1", b"HTTP/2.0"),
    UPGRADE.replace(b" HTTP/1.1", b""),
    UPGRADE.replace(b"Host: x", b"Host x"),
    UPGRADE.replace(b"Host: x", b"Host : x"),
    UPGRADE.replace(b"Host: x", b"Ho\x00st: x"),
    UPGRADE.replace(b"Host: x", b"Host: \x01x"),
    UPGRADE.replace(b"Host: x", b"Host: x\r\n folded"),
    UPGRADE.replace(b"Host: x", b"Host: x\nX: y"),
    UPGRADE.replace(b"Host: x\r\n", b""),
    UPGRADE.replace(b"Host: x", b": x"),
    UPGRADE.replace(b"Host: x", b"Host: x\r\nContent-Length: 8") + mask(b"{}"),
    UPGRADE.replace(b"Host: x", b"Host: x\r\nTransfer-Encoding: chunked") + b"8\r\n" + mask(b"{}") + b"\r\n0\r\n\r\n",
    UPGRADE.replace(b"Version: 13", b"Version: 8"),
    UPGRADE.replace(b"Version: 13", b"Version: 13\r\nSec-WebSocket-Version: 13"),
    UPGRADE.replace(b"Key: d", b"Key: e"),
    UPGRADE.replace(b"==\r", b"\r"),
    UPGRADE.replace(b"Host: x", b"Host: x\r\nOrigin: https://evil.example"),
    b"\r\n" + UPGRADE,
    b"GET\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


async def test_every_request_is_answered_as_without_it(house):
    """Whatever is sent, in one piece or in two: what stands in front changes no answer."""
    gateway, port = house
    async with serving(gateway, app=mirror, http="httptools", date_header=False) as plain:
        for request in LIKE_ITSELF:
            wanted = await said(plain, request)
            assert await said(port, request) == wanted, request
            assert await said(port, request[:2], request[2:30], request[30:]) == wanted, request
    assert not front_of(gateway)


def front_of(gateway):
    """Who has not been handed over yet, at any edge of this gateway."""
    return [one for kind in front.Front.__subclasses__() if kind.gateway is gateway for one in kind.threshold.waiting]


@pytest.mark.parametrize(
    "request_",
    [
        UPGRADE, UPGRADE.lower().replace(b"get ", b"GET ").replace(b"http/", b"HTTP/").replace(b"dghlihnhbxbszsbub25jzq", b"dGhlIHNhbXBsZSBub25jZQ"),
        UPGRADE.replace(PATH.encode(), PATH.encode() + b"?x=1"), UPGRADE.replace(b": ", b":\t "),
        UPGRADE.replace(b"Connection: Upgrade", b"Connection: keep-alive\r\nCookie: a=b; c=\xe9\r\nConnection: upgrade"),
    ],
)  # fmt: skip
async def test_an_upgrade_is_taken_wherever_it_is_cut(house, request_):
    gateway, port = house
    for cut in [*range(1, len(request_) - 1, 23), len(request_) - 1, len(request_), len(request_) + 9]:
        both = request_ + CONNECT
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(both[:cut])
        await asyncio.sleep(0.002)
        writer.write(both[cut:])
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert head.startswith(b"HTTP/1.1 101"), cut
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
        assert "connect" in await Raw(reader, writer).next(), "what came with the request is not lost"
        writer.close()
    assert not front_of(gateway)


async def test_an_upgrade_may_come_byte_by_byte(house):
    reader, writer = await asyncio.open_connection("127.0.0.1", house[1])
    for byte in UPGRADE + CONNECT:
        writer.write(bytes([byte]))
        await asyncio.sleep(0)
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).startswith(b"HTTP/1.1 101")
    assert "connect" in await Raw(reader, writer).next()
    writer.close()


@pytest.mark.parametrize("ended", [b"\r\n\r\n", b""])
async def test_an_upgrade_request_is_bounded(house, ended):
    room = HANDSHAKE_BYTES - len(UPGRADE) - len(b"X: \r\n") + 4
    for over, status in ((0, b"101"), (1, b"431")):
        padded = UPGRADE.replace(b"Host: x", b"Host: x\r\nX: " + b"y" * (room + over))
        if not ended and status == b"101":
            continue
        asked = padded if ended else padded[:-4] + b"y" * 5
        answer = await said(house[1], asked, end=status == b"101")
        assert answer.startswith(b"HTTP/1.1 " + status), over
    assert not house[0].clients


async def test_who_does_not_say_what_it_wants_is_closed(house, monkeypatch):
    gateway, port = house
    monkeypatch.setattr(front, "HELLO_S", 0.3)
    monkeypatch.setattr(front, "SWEEP_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)  # half an HTTP request is not ours to bound
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
    dripping = [bytes([byte]) for byte in UPGRADE]

    async def drip():
        answer = b""
        mine, to = await asyncio.open_connection("127.0.0.1", port)
        for byte in dripping[:-1]:
            to.write(byte)
            try:
                answer += await asyncio.wait_for(mine.read(1000), 0.01)
            except TimeoutError:
                continue
            break
        to.close()
        return answer

    silent, cut, dripped = await asyncio.gather(said(port, end=False), said(port, UPGRADE[:-2], end=False), drip())
    assert silent == b""
    assert cut.startswith(b"HTTP/1.1 408 ")
    assert dripped.startswith(b"HTTP/1.1 408 ")
    assert not front_of(gateway)
    held = await Raw.connected(port)
    await asyncio.sleep(0.5)
    assert "error" in await held.ask(rpc={"method": "none"}), "who has said it is not"
    writer.write(b"\r\n")
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).startswith(b"HTTP/1.1 200")
    writer.close()
    held.cut()


async def test_half_closed_and_reset_ones_leave_nothing(house):
    gateway, port = house
    for sent in (b"", b"GET /conn", UPGRADE[:-2]):
        _, a = await asyncio.open_connection("127.0.0.1", port)
        _, b = await asyncio.open_connection("127.0.0.1", port)
        for writer in (a, b):
            writer.write(sent)
        await asyncio.sleep(0.01)
        a.write_eof()
        b.transport.abort()
    async with asyncio.timeout(5):
        while front_of(gateway):
            await asyncio.sleep(0.01)


async def test_it_holds_no_shutdown_up():
    _, gateway = await a_gateway()
    async with serving(gateway) as port:
        (kind,) = [one for one in front.Front.__subclasses__() if one.gateway is gateway]
        answer = asyncio.create_task(said(port, UPGRADE[:-2], end=False))
        async with asyncio.timeout(5):
            while not front_of(gateway):
                await asyncio.sleep(0.01)
            (waiting,) = front_of(gateway)
            for connection in list(waiting._state.connections):  # as uvicorn does
                connection.shutdown()
            assert await answer == b""
        assert not kind.threshold.waiting
        assert (await said(port, b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200")
        async with asyncio.timeout(5):
            while waiting._state.connections:  # it would wait for them
                await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, signed = folder / "key.pem", folder / "cert.pem"
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", key, "-out", signed, "-days", "2", "-subj", "/CN=localhost"],
            check=True, capture_output=True, timeout=30,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("NO OPENSSL HERE")
    return key, signed


async def test_tls_is_no_different(certificate):
    key, signed = certificate
    book, gateway = await a_gateway()
    trust = ssl.create_default_context(cafile=str(signed))
    tls = {"ssl": trust, "server_hostname": "localhost"}
    async with serving(gateway, app=mirror, ssl_keyfile=str(key), ssl_certfile=str(signed)) as port:
        assert b"GET /page? " in await said(port, b"GET /page HTTP/1.1\r\nConnection: close\r\n\r\n", **tls)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, **tls)
        writer.write(UPGRADE[:40])
        await asyncio.sleep(0.01)
        writer.write(UPGRADE[40:] + CONNECT)
        assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).startswith(b"HTTP/1.1 101")
        c = Raw(reader, writer)
        assert "connect" in await c.next()
        c.n = 1
        await c.subscribe("floor:1")
        for n in range(1, 50):
            gateway.deliver([book.commit("floor:1", "x" * n * 100)])
        for n in range(1, 50):
            assert (await c.next())["push"]["pub"]["offset"] == n
        gateway.disconnect_user("ann")
        assert (await c.code())[0] == 3500
