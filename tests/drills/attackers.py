"""Clients that do everything wrong, each in its own way, and the end that each of them is owed."""

import asyncio
import json
import os
from typing import Any

from realtime.edges.handshake import PATH
from tests.realtime.kit import Closed, Raw, mask

MB = 1 << 20

# what a client sends once it is connected → the code it is closed with
FRAMES: dict[str, tuple[bytes, int]] = {
    "not masked": (b"\x81\x02{}", 1002),
    "reserved bits": (mask(b"{}", 0xF1), 1002),
    "no such opcode": (mask(b"{}", 0x8B), 1002),
    "a continuation of nothing": (mask(b"x", 0x80), 1002),
    "a ping too large": (mask(b"x" * 126, 0x89), 1002),
    "a forbidden close code": (mask((1005).to_bytes(2, "big"), 0x88), 1002),
    "no UTF-8": (mask(b'{"id":2,"rpc":{"method":"\xff"}}'), 1007),
    "binary": (mask(b"\x00\x01", 0x82), 3506),
    "too long": (mask(b"x" * 65_537), 1009),
    "a terabyte announced": (b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * MB, 1009),
    "fragments for ever": (mask(b"x", 0x01) + mask(b"x" * 1000, 0x00) * 100, 1009),
    "noise": (os.urandom(1) and bytes([0x83]) + b"\xff" * 4096, 1002),
    "no JSON": (mask(b"hello"), 3501),
    "half a JSON": (mask(b'{"id":2,"rpc":{"method":'), 3501),
    "no object": (mask(b"[1,2,3]"), 3501),
    "nothing": (mask(b""), 3501),
    "an empty line": (mask(b'{"id":2,"send":{}}\n\n{"id":3,"send":{}}'), 3501),
    "a nest": (mask(b"[" * 60_000), 3501),
    "a wrong type": (mask(b'{"id":"two","rpc":{"method":"x"}}'), 3501),
    "an id too large": (mask(b'{"id":4294967296,"rpc":{"method":"x"}}'), 3501),
    "a number too large": (mask(b'{"id":2,"subscribe":{"channel":"floor:x","offset":1e999}}'), 3501),
    "no request": (mask(b'{"id":2}'), 3501),
    "no channel": (mask(b'{"id":2,"subscribe":{}}'), 3501),
    "connected twice": (mask(b'{"id":2,"connect":{"token":""}}'), 3501),
    "a pong nobody asked for": (mask(b"{}"), 3501),
}

# what is refused by a reply, and the connection lives
COMMANDS: dict[str, tuple[dict[str, Any], int]] = {
    "a channel of no kind": ({"subscribe": {"channel": "no such"}}, 102),
    "a channel too long": ({"subscribe": {"channel": "c" * 300}}, 107),
    "a publication": ({"publish": {"channel": "floor:lumen", "data": {}}}, 108),
    "presence of anything": ({"presence": {"channel": "x:y"}}, 102),
    "history backwards from nothing": ({"history": {"channel": "floor:lumen", "limit": 1, "reverse": True, "since": {"offset": 0, "epoch": ""}}}, 107),
}  # fmt: skip

# what comes in place of an upgrade request → how the answer begins ("" = just closed)
REQUESTS: dict[str, tuple[bytes, bytes]] = {
    "a head without an end": (f"GET {PATH} HTTP/1.1\r\n".encode() + b"X: " + b"y" * MB, b""),
    "no HTTP": (os.urandom(64).replace(b"\n", b"."), b""),
    "TLS": (bytes.fromhex("16030100c8010000c403030000") + bytes(200), b""),
    "no key": (f"GET {PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n".encode(), b"HTTP/1.1 400"),
}  # fmt: skip

WAIT_S = 20


async def attacked(port: int, token: str) -> list[str]:
    """All of them at once; whatever ended otherwise."""
    attacks = [
        *(_frames(port, token, name, data, code) for name, (data, code) in FRAMES.items()),
        *(_early(port, name, data, code) for name, data, code in (
            ("a command before connect", b'{"id":1,"subscribe":{"channel":"floor:lumen"}}', 3501),
            ("a forged token", json.dumps({"id": 1, "connect": {"token": token[:-3] + "abc"}}).encode(), 3500),
            ("noise for a token", b'{"id":1,"connect":{"token":"\\u0000\\ud83d\\ude00.x.y"}}', 3500),
        )),
        _commands(port, token),
        _flood(port, token),
        *(_request(port, name, data, start) for name, (data, start) in REQUESTS.items()),
        *(_vanish(port, token, n) for n in range(8)),
    ]  # fmt: skip
    return [told for told in await asyncio.gather(*map(_timed, attacks)) if told]


async def _timed(attack: Any) -> str | None:
    try:
        async with asyncio.timeout(WAIT_S):
            return await attack
    except TimeoutError:
        return f"{attack.__name__} {attack.cr_frame and attack.cr_frame.f_locals.get('name')}: no end of it"


async def _connected(port: int, token: str) -> Raw:
    client = await Raw.dial(port)
    assert "connect" in await client.ask(connect={"token": token})
    return client


async def _ended(client: Raw, name: str, code: int) -> str | None:
    try:
        while True:
            await client.next(WAIT_S)
    except Closed as closed:
        return None if closed.code == code and closed.reason else f"{name}: {closed.code} {closed.reason}, not {code}"
    except (ConnectionError, asyncio.IncompleteReadError) as cut:
        return f"{name}: no close frame, {cut!r}"
    finally:
        client.cut()


async def _frames(port: int, token: str, name: str, data: bytes, code: int) -> str | None:
    client = await _connected(port, token)
    client.w.write(data)
    return await _ended(client, name, code)


async def _early(port: int, name: str, data: bytes, code: int) -> str | None:
    client = await Raw.dial(port)
    client.w.write(mask(data))
    return await _ended(client, name, code)


async def _commands(port: int, token: str) -> str | None:
    client = await _connected(port, token)
    odd = []
    for name, (request, code) in COMMANDS.items():
        reply = await client.ask(WAIT_S, **request)
        if reply.get("error", {}).get("code") != code:
            odd.append(f"{name}: {reply}")
    if "data" not in (await client.ask(WAIT_S, rpc={"method": "no_such_command", "data": {}})).get("rpc", {}):
        odd.append("an unknown command has no refusal")
    client.cut()
    return "\n".join(odd) or None


async def _flood(port: int, token: str) -> str | None:
    """Thousands of commands that are never waited for, then a reset."""
    client = await _connected(port, token)
    line = b'{"id":7,"history":{"channel":"floor:lumen","limit":100}}'
    try:
        async with asyncio.timeout(2):
            for _ in range(500):
                client.w.write(mask(b"\n".join([line] * 50)))
                await client.w.drain()
    except (ConnectionError, TimeoutError):
        pass
    client.cut()
    return None


async def _request(port: int, name: str, data: bytes, start: bytes) -> str | None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    try:
        writer.write(data + b"\r\n\r\n")
        while part := await reader.read(65536):
            answer += part
            if b"\r\n\r\n" in answer:
                break
    except ConnectionError:
        pass
    finally:
        writer.transport.abort()
    return None if answer.startswith(start or b"HTTP/1.1 4") or not (answer or start) else f"{name}: {answer[:60]!r}"


async def _vanish(port: int, token: str, how: int) -> str | None:
    """Gone with a reset, in the middle of something."""
    client = await _connected(port, token)
    whole = mask(b'{"id":2,"subscribe":{"channel":"floor:lumen"}}')
    client.w.write(whole[: (len(whole) * (how + 1)) // 8])
    if how % 2:
        await asyncio.sleep(0.01)
    client.cut()
    return None
