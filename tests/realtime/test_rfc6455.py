"""RFC 6455 by the groups of the Autobahn suite (`make autobahn`), with the `websockets` package as the other side: it
builds the frames (broken ones are its own with the first byte changed) and reads the answers strictly.

The server echoes on the house's own sockets. A group is a table of cases; all of them run at once on one server, and
a test names every case that came out otherwise.
"""

import asyncio
import base64
import itertools
import os

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from realtime.client import MESSAGE_BYTES
from realtime.edges.handshake import PATH
from tests.autobahn.echo import echoing

TEXT, BINARY, CONT = Opcode.TEXT, Opcode.BINARY, Opcode.CONT
CLOSE, PING, PONG = Opcode.CLOSE, Opcode.PING, Opcode.PONG
HELLO = "Hello-µ@ßöäüàá-UTF-8!!"
ANSWER_S = 20


@pytest.fixture
async def port():
    async with echoing() as opened:
        yield opened


# ------------------------------------------------------------------ frames to send


def sent(opcode, payload=b"", *, fin=True):
    payload = payload.encode() if isinstance(payload, str) else payload
    return Frame(opcode, payload, fin=fin).serialize(mask=True)


def patched(head, payload=b""):
    """A frame whose first byte is this one, whatever it means."""
    return bytes([head]) + sent(BINARY, payload)[1:]


def closing(code, reason=b""):
    return sent(CLOSE, code.to_bytes(2, "big") + reason) if code is not None else sent(CLOSE)


def fragments(opcode, *parts):
    """One message in these parts."""
    return [sent(opcode if n == 0 else CONT, part, fin=n == len(parts) - 1) for n, part in enumerate(parts)]


def chopped(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


# ------------------------------------------------------------------ the other side


class Peer:
    """One connection: chunks out as they are, whole frames in."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.stream = StreamReader()
        self.parser = None

    @classmethod
    async def dial(cls, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        writer.write(head.encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        return cls(reader, writer)

    async def put(self, chunks):
        for chunk in chunks:
            self.writer.write(chunk)
            if len(chunks) > 1:
                await asyncio.sleep(0)  # a turn of the loop, in which the server reads what is there
        await asyncio.sleep(0)

    async def frame(self):
        """(opcode, payload, fin); None at the end of the stream. Anything a server must not send raises."""
        if self.parser is None:
            self.parser = Frame.parse(self.stream.read_exact, mask=False)
        while True:
            try:
                next(self.parser)
            except StopIteration as done:
                self.parser = None
                frame = done.value
                return frame.opcode, bytes(frame.data), frame.fin
            except EOFError:
                return None
            data = await self.reader.read(65536)
            if data:
                self.stream.feed_data(data)
            else:
                self.stream.feed_eof()

    async def answers(self):
        """Every frame until the server closes, and that it really does."""
        found = []
        while (frame := await self.frame()) is not None:
            assert frame[2], "nothing is sent in fragments"
            found.append(frame[:2])
            if frame[0] is CLOSE and frame[1][:2] in STAYS:
                self.writer.write(closing(int.from_bytes(frame[1][:2], "big")))
        return found


STAYS = {code.to_bytes(2, "big") for code in (1009,)}  # closes that wait for ours


async def outcome(port, case):
    """What came back, message by message, and the code at the end (None: a close without one)."""
    peer = await Peer.dial(port)
    try:
        await peer.put(case["send"])
        found = await peer.answers()
    finally:
        peer.writer.transport.abort()
    assert found and found[-1][0] is CLOSE, f"no close frame: {found}"
    assert [opcode for opcode, _ in found].count(CLOSE) == 1, "one close frame, and nothing behind it"
    last = found.pop()[1]
    return found, int.from_bytes(last[:2], "big") if last else None


def case(name, *send, back=(), code=1000):
    """`back`: (opcode, payload) expected in this order, before the close `code`."""
    return {"name": name, "send": [*itertools.chain(*(s if isinstance(s, list) else [s] for s in send))], "back": [*back], "code": code}


async def held(port, cases):
    """Runs them all at once; fails with every one that came out otherwise."""
    cases = list(cases)
    names = [c["name"] for c in cases]
    assert len(set(names)) == len(names), "two of one name"

    async def run(one):
        try:
            async with asyncio.timeout(ANSWER_S):
                back, code = await outcome(port, one)
        except (AssertionError, Exception) as fault:  # noqa: BLE001 - a case among others; all are told at the end
            return f"{one['name']}: {fault!r}"
        if (back, code) != (one["back"], one["code"]):
            short = [(op.name, data[:40], len(data)) for op, data in back]
            return f"{one['name']}: wanted {one['code']} after {len(one['back'])} answers, got {code} after {short}"
        return None

    odd = [told for told in await asyncio.gather(*map(run, cases)) if told]
    assert not odd, "\n".join(odd)


BYE = closing(1000)
"""Our goodbye; the server echoes the code and closes."""


# ------------------------------------------------------------------ 1 framing


async def test_1_messages_of_every_length_form_whole_and_in_odd_chops(port):
    cases = []
    for opcode, size in itertools.product((TEXT, BINARY), (0, 125, 126, 127, 128, 65_535, 65_536)):
        payload = b"*" * size if opcode is TEXT else b"\xfe" * size
        data = sent(opcode, payload)
        for name, chunks in (("whole", [data]), ("in chops", chopped(data, 997 if size > 1000 else 11))):
            cases.append(case(f"{opcode.name} {size} {name}", chunks, BYE, back=[(opcode, payload)]))
    await held(port, cases)


async def test_1_lengths_are_minimal_and_frames_are_masked(port):
    mask = b"\1\2\3\4"
    await held(
        port,
        (case(name, data, code=1002) for name, data in (
            ("not masked", Frame(TEXT, b"hi").serialize(mask=False)),
            ("16 bits for 5", b"\x81\xfe\x00\x05" + mask + b"hello"),
            ("16 bits for 125", b"\x82\xfe\x00\x7d" + mask + b"x" * 125),
            ("64 bits for 5", b"\x81\xff" + (5).to_bytes(8, "big") + mask + b"hello"),
            ("64 bits for 65535", b"\x82\xff" + (65_535).to_bytes(8, "big") + mask + b"x" * 65_535),
            ("the 64th bit", b"\x81\xff" + (1 << 63).to_bytes(8, "big") + mask),
        )),
    )  # fmt: skip


# ------------------------------------------------------------------ 2 pings and pongs


async def test_2_pings_are_answered_with_their_payload_in_order(port):
    ten = [b"payload-%d" % n for n in range(10)]
    binary = bytes(range(131, 256))
    cases = [
        case("empty", sent(PING), BYE, back=[(PONG, b"")]),
        case("text", sent(PING, b"Hello, world!"), BYE, back=[(PONG, b"Hello, world!")]),
        case("bytes", sent(PING, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"), BYE, back=[(PONG, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff")]),
        case("125", sent(PING, binary), BYE, back=[(PONG, binary)]),
        case("125 byte by byte", chopped(sent(PING, binary), 1), BYE, back=[(PONG, binary)]),
        case("126", patched(0x89, b"x" * 126), code=1002),
        case("a pong nobody asked for", sent(PONG), BYE),
        case("one with a payload", sent(PONG, b"unasked"), BYE),
        case("and a ping after it", sent(PONG, b"unasked"), sent(PING, b"asked"), BYE, back=[(PONG, b"asked")]),
        case("ten at once", b"".join(sent(PING, p) for p in ten), BYE, back=[(PONG, p) for p in ten]),
        case("ten in chops", chopped(b"".join(sent(PING, p) for p in ten), 1), BYE, back=[(PONG, p) for p in ten]),
    ]  # fmt: skip
    await held(port, cases)


# ------------------------------------------------------------------ 3 reserved bits, 4 opcodes


async def test_3_reserved_bits_end_the_connection_after_what_came_before(port):
    ok = sent(TEXT, HELLO)
    echo = (TEXT, HELLO.encode())
    cases = []
    for bits in range(1, 8):
        for name, opcode, payload in (("text", 0x1, b"x"), ("binary", 0x2, b"x"), ("ping", 0x9, b""), ("close", 0x8, b"\x03\xe8")):
            bad = patched(0x80 | bits << 4 | opcode, payload)
            cases.append(case(f"{bits} on {name}", bad, sent(PING), code=1002))
            cases.append(case(f"{bits} on {name} behind a text", ok + bad + sent(PING), back=[echo], code=1002))
            cases.append(case(f"{bits} on {name} in chops", chopped(ok + bad, 1), back=[echo], code=1002))
    await held(port, cases)


async def test_4_reserved_opcodes_end_the_connection_after_what_came_before(port):
    ok = sent(TEXT, HELLO)
    echo = (TEXT, HELLO.encode())
    cases = []
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        for payload in (b"", b"x"):
            bad = patched(0x80 | opcode, payload)
            cases.append(case(f"{opcode} with {len(payload)}", bad, code=1002))
            cases.append(case(f"{opcode} with {len(payload)} behind a text", ok + bad + sent(PING), back=[echo], code=1002))
        cases.append(case(f"{opcode} unfinished", patched(opcode, b"x"), code=1002))
    await held(port, cases)


# ------------------------------------------------------------------ 5 fragmentation


async def test_5_fragments_and_what_may_come_between_them(port):
    echo = [(TEXT, b"fragment1fragment2")]
    one, two = fragments(TEXT, b"fragment1", b"fragment2")
    three = fragments(TEXT, b"one ", b"two ", b"three")
    ping, pong = sent(PING, b"between"), (PONG, b"between")
    stray = sent(CONT, b"stray"), sent(CONT, b"stray", fin=False)
    done = sent(TEXT, "whole")
    whole = [(TEXT, b"whole")]
    cases = [
        case("a ping in fragments", patched(0x09, b"a"), sent(CONT, b"b"), code=1002),
        case("a pong in fragments", patched(0x0A, b"a"), sent(CONT, b"b"), code=1002),
        case("a close in fragments", patched(0x08, b"\x03\xe8"), sent(CONT, b"b"), code=1002),
        case("two", one, two, BYE, back=echo),
        case("two at once", one + two + BYE, back=echo),
        case("two in chops", chopped(one + two, 1), BYE, back=echo),
        case("a ping between", one, ping, two, BYE, back=[pong, *echo]),
        case("a ping between at once", one + ping + two, BYE, back=[pong, *echo]),
        case("a ping between in chops", chopped(one + ping + two, 1), BYE, back=[pong, *echo]),
        case("pings between three", three[0], ping, three[1], ping, three[2], BYE, back=[pong, pong, (TEXT, b"one two three")]),
        case("a pong between", one, sent(PONG, b"unasked"), two, BYE, back=echo),
        case("empty ones", fragments(TEXT, b"", b"", b"", b"x", b""), BYE, back=[(TEXT, b"x")]),
        case("nothing but empty ones", fragments(TEXT, b"", b"", b""), BYE, back=[(TEXT, b"")]),
        case("binary ones", fragments(BINARY, b"\xff", b"\xfe", b"\x00"), BYE, back=[(BINARY, b"\xff\xfe\x00")]),
        case("a message after them", one, two, done, BYE, back=[*echo, *whole]),
        case("a close inside a message", one, BYE),
        *(case(f"a continuation of nothing {n}", bad, done, code=1002) for n, bad in enumerate(stray)),
        *(case(f"a continuation after a message {n}", done + bad, back=whole, code=1002) for n, bad in enumerate(stray)),
        *(case(f"a continuation after the last {n}", one, two, bad, back=echo, code=1002) for n, bad in enumerate(stray)),
        case("a new text inside a text", one, done, code=1002),
        case("an unfinished text inside a text", one, one, code=1002),
        case("a binary inside a text", one, sent(BINARY, b"x"), code=1002),
        case("a text inside a binary", fragments(BINARY, b"a", b"b")[0], done, code=1002),
    ]  # fmt: skip
    await held(port, cases)


# ------------------------------------------------------------------ 6 UTF-8

VALID = [
    "", "κόσμε", "\x00", "\x7f", "\x80", "߿", "ࠀ", "\ufffd", "￾", "\uffff", "\U00010000", "\U0010ffff", "\ud7ff", "\ue000",
    "\ufdd0", "\U0001fffe", "\U0008ffff", "\U0010fffe", "𐍈 日本語 ñ", "a" * 9 + "€" * 9,
]  # fmt: skip
INVALID = [
    b"\x80", b"\xbf", b"\x80\xbf\x80", b"\xc0 ", b"\xdf ", b"\xe0 ", b"\xef ", b"\xf0 ", b"\xf7 ", b"\xf8", b"\xfb ", b"\xfc",
    b"\xfd ", b"\xfe", b"\xff", b"\xfe\xfe\xff\xff", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\xaf", b"\xe0\x9f\xbf", b"\xf0\x80\x80\xaf",
    b"\xf0\x8f\xbf\xbf", b"\xf8\x80\x80\x80\xaf", b"\xfc\x80\x80\x80\x80\xaf", b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80",
    b"\xf4\x90\x80\x80", b"\xf7\xbf\xbf\xbf", b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80", b"\xed\xaf\xbf\xed\xbf\xbf",
    "κόσμε".encode() + b"\xed\xa0\x80edited",
]  # fmt: skip
UNFINISHED = [b"\xc3", b"\xdf", b"\xe2\x82", b"\xef\xbf", b"\xf0\x90", b"\xf4\x8f\xbf", "κόσμ".encode() + b"\xce"]


async def test_6_what_is_utf8_comes_back_however_it_is_cut(port):
    cases = []
    for number, text in enumerate(VALID):
        data = text.encode()
        back = [(TEXT, data)]
        singles = [bytes([byte]) for byte in data] or [b"", b""]
        cases.append(case(f"{number} whole", sent(TEXT, data), BYE, back=back))
        cases.append(case(f"{number} a byte a fragment", fragments(TEXT, *singles), BYE, back=back))
        cases.append(case(f"{number} in chops", chopped(sent(TEXT, data), 1), BYE, back=back))
        for cut in range(1, len(data)):
            cases.append(case(f"{number} cut at {cut}", fragments(TEXT, data[:cut], b"", data[cut:]), BYE, back=back))
    await held(port, cases)


async def test_6_what_is_not_ends_the_connection(port):
    cases = []
    for bad in (*INVALID, *UNFINISHED):
        name = bad.hex()
        cases.append(case(f"{name} whole", sent(TEXT, bad), sent(TEXT, "after"), code=1007))
        cases.append(case(f"{name} behind a text", sent(TEXT, "ok") + sent(TEXT, b"fine: " + bad), back=[(TEXT, b"ok")], code=1007))
        cases.append(case(f"{name} a byte a fragment", fragments(TEXT, b"a", *(bytes([b]) for b in bad)), code=1007))
        cases.append(case(f"{name} in chops", chopped(sent(TEXT, bad), 1), code=1007))
    # binary may be anything
    cases.append(case("binary", sent(BINARY, b"\xff\xfe" + INVALID[-1]), BYE, back=[(BINARY, b"\xff\xfe" + INVALID[-1])]))
    await held(port, cases)


async def test_6_it_is_noticed_before_the_message_is_there(port):
    good, bad = "κόσμε".encode(), b"\xf4\x90\x80\x80"
    frame = sent(TEXT, good + bad + b"edited")
    cases = [
        case("a fragment that is not the last", sent(TEXT, good + bad, fin=False), code=1007),
        case("a later one", sent(TEXT, good, fin=False), sent(CONT, bad, fin=False), code=1007),
        case("a character continued wrongly", sent(TEXT, good + b"\xce", fin=False), sent(CONT, b"x", fin=False), code=1007),
        case("half a frame", frame[: 6 + len(good) + 2], code=1007),
        case("half a frame in two chops", [frame[: 6 + len(good)], frame[6 + len(good) : 6 + len(good) + 2]], code=1007),
    ]
    await held(port, cases)


# ------------------------------------------------------------------ 7 closing


async def test_7_goodbyes_are_echoed_and_forbidden_ones_are_not(port):
    longest = b"*" * 123
    after = sent(TEXT, "too late"), sent(PING, b"too late")
    cases = [
        case("without a code", sent(CLOSE), code=None),
        case("with a reason", closing(1000, b"Bye, \xc3\xb6")),
        case("with the longest reason", closing(1000, longest)),
        case("one too long", patched(0x88, b"\x03\xe8" + longest + b"*"), code=1002),
        case("half a code", patched(0x88, b"\x03"), code=1002),
        case("a reason that is no text", patched(0x88, b"\x03\xe8" + b"\xce\xba\xf4\x90\x80\x80"), code=1007),
        case("an unfinished reason", patched(0x88, b"\x03\xe8\xce"), code=1007),
        case("twice", closing(1000) + closing(1001)),
        case("a text after it", closing(1000) + after[0]),
        case("a ping after it", closing(1000) + after[1]),
        case("both after it", b"".join((closing(1000), *after))),
        case("in chops", chopped(closing(1000, b"bye"), 1)),
        case("behind a text", sent(TEXT, HELLO) + closing(1000), back=[(TEXT, HELLO.encode())]),
        case("in place of the rest of a message", sent(TEXT, b"half", fin=False), closing(1000) + sent(CONT, b"rest")),
        *(case(f"code {code}", closing(code), code=code) for code in (
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)),
        *(case(f"code {code}", patched(0x88, code.to_bytes(2, "big")), code=1002) for code in (
            0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)),
    ]  # fmt: skip
    await held(port, cases)


# ------------------------------------------------------------------ 9 limits, 10 many fragments


async def test_9_messages_up_to_the_limit_and_over_it(port):
    text = b"*" * MESSAGE_BYTES
    over = b"*" * (MESSAGE_BYTES + 1)
    many = [b"%05d" % n for n in range(300)]
    cases = [
        case("the largest, in fragments of 64", fragments(TEXT, *chopped(text, 64)), BYE, back=[(TEXT, text)]),
        case("the largest, in chops of 64", chopped(sent(TEXT, text), 64), BYE, back=[(TEXT, text)]),
        case("the largest, thrice", sent(TEXT, text) * 3, BYE, back=[(TEXT, text)] * 3),
        case("300 messages at once", b"".join(sent(TEXT, m) for m in many), BYE, back=[(TEXT, m) for m in many]),
        case("300 bytes messages", [sent(BINARY, m) for m in many], BYE, back=[(BINARY, m) for m in many]),
        case("over it", sent(TEXT, over), code=1009),
        case("over it, in fragments", fragments(TEXT, *chopped(over, 1000)), code=1009),
        case("over it, in fragments without an end", [sent(TEXT, b"*", fin=False), *[sent(CONT, b"*" * 9000, fin=False)] * 8], code=1009),
        case("over it, behind one", sent(TEXT, "ok") + sent(TEXT, over), back=[(TEXT, b"ok")], code=1009),
    ]  # fmt: skip
    await held(port, cases)


async def test_10_a_client_library_of_others_talks_with_it_for_a_while(port):
    """`websockets` with its own habits: fragments by itself, pings with a deadline, compression offered, goodbyes."""
    async with connect(f"ws://127.0.0.1:{port}{PATH}", max_size=None) as client:
        assert client.protocol.extensions == [], "compression is offered and not taken"
        text = "".join(chr(0x4E00 + n % 999) for n in range(65_536 // 3))
        await client.send(text)
        assert await client.recv() == text
        await client.send(text[at : at + 433] for at in range(0, len(text), 433))
        waited = [await client.ping() for _ in range(5)]
        assert await client.recv() == text
        await asyncio.gather(*waited)
        for n in range(200):
            await client.send(f"message {n}")
        assert [await client.recv() for _ in range(200)] == [f"message {n}" for n in range(200)]
        await client.close(4001, "enough")
    assert (client.close_code, client.close_reason) == (4001, "")
    async with connect(f"ws://127.0.0.1:{port}{PATH}") as client:
        await client.send("x" * (MESSAGE_BYTES + 1))
        with pytest.raises(ConnectionClosed) as ended:
            await client.recv()
    assert ended.value.rcvd.code == 1009
