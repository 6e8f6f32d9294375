"""Any interleaving of commits, late, repeated and lost deliveries, new readers, reconnects and forgotten history: each
reader sees every offset exactly once and in order, or is told in so many words that it cannot."""

import asyncio
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from realtime import channels as channels_module
from realtime.gateway import Gateway
from realtime.ring import RING, Ring
from tests.realtime.kit import Book

CHANNEL = "floor:1"


class Slate:
    """A reader without a socket: keeps the lines of one connection as a client would see them."""

    def __init__(self, gateway):
        self.queued, self.seen, self.replies = [], [], {}
        self.closed = None
        self.gateway = gateway
        self.client = gateway.arrived(self)

    def send(self, line):
        if not self.queued:
            self.gateway.turn.wet(self)
        self.queued.append(line)

    def flush(self):
        queued, self.queued = self.queued, []
        for line in queued:
            value = json.loads(line)
            if "id" in value:
                self.replies[value["id"]] = value
            self.seen.append(value)

    def close(self, code, reason):
        self.flush()
        self.closed = code

    def hold(self, *, on):
        pass

    def sweep(self, now):
        pass


class Screen:
    """A client by the rules of the SDKs: keeps its position, recovers with it, reads the state anew when told 112."""

    def __init__(self, gateway, book):
        self.gateway, self.book = gateway, book
        self.position = None  # (offset, epoch)
        self.got: list[list[int]] = [[]]  # unbroken runs of offsets; a new run begins with an explicit re-read
        self.slate = None
        self.n = 1
        self.read = 0
        self.subscribed = False
        self.waiting = None

    def dial(self):
        self.slate = Slate(self.gateway)
        self.read, self.n, self.subscribed, self.waiting = 0, 1, False, None
        self.slate.client.received(b'{"id":1,"connect":{"token":"user:ann"}}')
        self.ask()

    def ask(self):
        self.n += 1
        self.waiting = self.n
        ask = {"channel": CHANNEL, "flag": 3}
        if self.position is not None:
            ask |= {"recover": True, "offset": self.position[0], "epoch": self.position[1]}
        self.slate.client.received(json.dumps({"id": self.n, "subscribe": ask}).encode())

    def cut(self):
        self.look()
        if self.slate:
            self.slate.client.gone()
        self.slate = None
        self.subscribed = False

    def look(self):
        """Take what has arrived."""
        if self.slate is None:
            return
        seen = self.slate.seen
        while self.slate is not None and self.read < len(seen):
            value = seen[self.read]
            self.read += 1
            if "id" in value:
                if value["id"] == self.waiting:
                    self.answered(value)
            elif "pub" in value["push"]:
                assert self.subscribed, "a push before the reply or after the end"
                self.take(value["push"]["pub"])
            elif "unsubscribe" in value["push"]:
                assert value["push"]["unsubscribe"]["code"] == 2500
                self.subscribed = False
                self.ask()

    def answered(self, value):
        if "error" in value:
            if value["error"]["code"] == 112:
                self.position = None
            else:
                assert value["error"]["code"] == 100
            self.ask()
            return
        got = value["subscribe"]
        self.waiting = None
        self.subscribed = True
        if self.position is None:
            self.position = got.get("offset", 0), got["epoch"]
            self.got.append([])
            return
        assert got["recovered"]
        assert got.get("offset", 0) == self.position[0]
        for pub in got.get("publications", ()):
            self.take(pub)

    def take(self, pub):
        assert pub["offset"] == self.position[0] + 1, (pub, self.position)
        assert pub["data"] == [self.position[1], pub["offset"]], "another epoch's publication"
        self.position = pub["offset"], self.position[1]
        self.got[-1].append(pub["offset"])


class Given(Screen):
    """A client the server subscribes: what it missed comes with the connect reply, what cannot be goes with the end of
    the connection, and a reply without it is a new beginning."""

    def dial(self):
        self.slate = Slate(self.gateway)
        self.read, self.waiting, self.subscribed = 0, 1, False
        ask = {"token": "user:given"}
        if self.position is not None:
            ask["subs"] = {CHANNEL: {"recover": True, "offset": self.position[0], "epoch": self.position[1]}}
        self.slate.client.received(json.dumps({"id": 1, "connect": ask}).encode())

    def look(self):
        super().look()
        if self.slate is not None and self.slate.closed is not None:
            assert self.slate.closed == 3010
            self.slate, self.subscribed = None, False

    def answered(self, value):
        self.waiting = None
        if "error" in value:
            assert value["error"]["code"] == 100
            self.slate.client.gone()
            self.slate = None
            return
        got = value["connect"]["subs"][CHANNEL]
        self.subscribed = True
        if got.get("recovered"):
            assert got.get("offset", 0) == self.position[0]
            for pub in got.get("publications", ()):
                self.take(pub)
        else:
            assert "publications" not in got
            self.position = got.get("offset", 0), got["epoch"]
            self.got.append([])


def step(what, numbers, weight=1):
    """A step and how many turns of the loop pass after it."""
    return [st.tuples(st.just(what), numbers, st.sampled_from([0, 0, 1, 2, 4, 9]))] * weight


STEPS = st.lists(
    st.one_of(
        *step("commit", st.integers(1, 4), 3),
        *step("deliver", st.integers(0, 6), 3),
        *step("repeat", st.integers(1, 5)),
        *step("lose", st.integers(1, 3)),
        *step("dial", st.integers(0, 2), 3),
        *step("cut", st.integers(0, 2)),
        *step("forget", st.integers(0, 5)),
        *step("drop_ring", st.just(0)),
        *step("restore", st.just(0)),
        *step("slow", st.integers(0, 2)),
        *step("fail", st.booleans()),
    ),
    min_size=12,
    max_size=60,
)


class Pages(Book):
    """A database whose answers take some turns of the loop."""

    turns = 0

    def session(self, token):
        session = super().session(token)
        return replace(session, channels=(CHANNEL,)) if session.user == "given" else session

    async def history(self, channel, since, limit):
        for _ in range(self.turns):
            await asyncio.sleep(0)
        found = await super().history(channel, since, limit)
        for _ in range(self.turns):
            await asyncio.sleep(0)
        return found


async def live_through(steps):
    book = Pages()
    gateway = Gateway(book)
    screens = [Screen(gateway, book), Screen(gateway, book), Given(gateway, book)]
    tail: list = []  # committed, not yet delivered
    past: list = []

    async def settle(turns):
        for _ in range(turns):
            await asyncio.sleep(0)
            for screen in screens:
                screen.look()

    for what, n, turns in steps:
        if what == "commit":
            for _ in range(n):
                tail.append(book.commit(CHANNEL, [book.epoch, book.top.get(CHANNEL, 0) + 1]))
        elif what == "deliver":
            now, tail = tail[:n], tail[n:]
            past += now
            gateway.deliver(now)
        elif what == "repeat":
            gateway.deliver(past[-n:])
        elif what == "lose":
            tail = tail[n:]
        elif what == "dial":
            if screens[n].slate is None:
                screens[n].dial()
        elif what == "cut":
            screens[n].cut()
        elif what == "forget":
            book.kept[CHANNEL] = book.kept.get(CHANNEL, [])[n:]
        elif what == "drop_ring":
            gateway.channels.sweep(asyncio.get_running_loop().time() + channels_module.KEEP_S + 1)
        elif what == "restore":
            # The relay empties the tail and every gateway then compares itself with the database.
            book.epoch, book.kept, book.top = book.epoch + "x", {}, {}
            tail, past = [], []
            book.broken = False
            for screen in screens:
                screen.look()
            await gateway.channels.compare()
        elif what == "slow":
            book.turns = n
        elif what == "fail":
            book.broken = n
        await settle(turns)
    # In the end the database is well, everyone is connected, and one more commit arrives.
    book.broken = False
    for screen in screens:
        screen.look()
        if screen.slate is None:
            screen.dial()
    gateway.deliver([book.commit(CHANNEL, [book.epoch, book.top.get(CHANNEL, 0) + 1])])
    top = book.top[CHANNEL]
    for _ in range(3000):
        await settle(5)
        if all(s.subscribed and s.position == (top, book.epoch) for s in screens):
            break
        for screen in screens:
            if screen.slate is None:
                screen.dial()
        await asyncio.sleep(0.001)
    else:
        raise AssertionError([(s.subscribed, s.position, top, book.epoch) for s in screens])
    for screen in screens:
        for run in screen.got:
            assert not run or run == list(range(run[0], run[-1] + 1))
    await gateway.stop()


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_every_offset_once_in_order_or_an_explicit_end(steps):
    saved = channels_module.RELOAD_AFTER_S, channels_module.AHEAD_S, channels_module.ASK_AGAIN_S
    channels_module.RELOAD_AFTER_S, channels_module.AHEAD_S, channels_module.ASK_AGAIN_S = (0.0, 0.001, 0.002), 0.01, 0.002
    try:
        asyncio.run(asyncio.wait_for(live_through(steps), 30))
    finally:
        channels_module.RELOAD_AFTER_S, channels_module.AHEAD_S, channels_module.ASK_AGAIN_S = saved


@given(st.integers(0, 600), st.integers(0, 600), st.integers(0, 1300), st.integers(0, 700))
def test_a_ring_gives_exactly_what_was_missed_or_nothing(start, older, newer, asked):
    ring = Ring("e", start)
    for offset in range(start + 1, start + newer + 1):
        ring.append(offset, b"%d" % offset)
    ring.reach_back([(offset, b"%d" % offset) for offset in range(max(1, start - older + 1), start + newer + 1)])
    assert ring.top == start + newer
    assert len(ring.items) == ring.top - ring.base <= RING
    assert ring.bytes == sum(map(len, ring.items))
    missed = ring.missed(asked)
    if missed is None:
        assert asked < ring.base or asked > ring.top
    else:
        assert json.loads(missed) == [{"offset": o, "data": o} for o in range(asked + 1, ring.top + 1)]
    assert ring.missed(asked) == missed


def test_a_ring_is_bounded_in_bytes():
    ring = Ring("e", 0)
    for offset in range(1, 101):
        ring.append(offset, b'"%b"' % (b"x" * 60_000))
    assert ring.bytes <= 2_000_000
    assert ring.top == 100
    assert ring.base > 60
