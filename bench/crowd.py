"""Many tablets and a busy staff, in one lean process: what the evening's load is made of.

An `Ear` is a tablet that only listens: of each frame it notes when it came and which command's key it carries, and
decodes nothing else. A `Hand` is a signed-in member of staff with floor rows of their own to change, so that no two
hands ever meet on one row. Staff may ask 20 commands a second (burst 60), hence several hands.
"""

import asyncio
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from bench.simulator.doors import RestDoors
from bench.wire import Address, AwayError, Tablet

STAFF_RATE: Final = 20  # commands a second one member of staff may ask (see hub/core/limits.py)
CPU_MAX: Final = 700  # ms a second; a load client busier than this measures itself
CONNECT_AT_ONCE: Final = 20  # sockets opened at the same time: a rush of tablets is another bench's matter
_PUB, _KEY = b'{"push":{"channel":"floor:', b'"key":"'

clock = time.perf_counter


class Ear(Tablet):
    """Notes (key → when it came) of the floor's publications, and counts frames. Pings are answered as ever."""

    def __init__(self) -> None:
        super().__init__(lambda *_: None, self._left)
        self.came: dict[bytes, float] = {}
        self.worked: dict[bytes, bytes] | None = None
        """Key → the house moment at which the command began its work, where somebody wants to know."""
        self.frames = self.bytes = 0
        self.offsets: list[int] = []
        self.lost_at: float | None = None

    def _left(self) -> None:
        self.lost_at = clock()

    def _hear(self, payload: bytes) -> None:
        now = clock()
        self.frames, self.bytes = self.frames + 1, self.bytes + len(payload)
        for line in payload.split(b"\n"):
            if line.startswith(_PUB):
                self._note(line, now)
            elif not line.startswith(b'{"push"'):
                super()._hear(line)

    def _note(self, line: bytes, now: float) -> None:
        at = line.find(b'"offset":')
        self.offsets.append(int(line[at + 9 : line.index(b",", at)]))
        start = line.find(_KEY)
        if start > 0:
            key = line[start + 7 : line.index(b'"', start + 7)]
            self.came[key] = now
            if self.worked is not None:
                at = line.find(b'"at":"')
                self.worked[key] = line[at + 6 : line.index(b'"', at + 6)]

    @property
    def gaps(self) -> int:
        """Offsets of the floor's channel that were skipped: 0, or the realtime promise is broken."""
        return sum(b - a != 1 for a, b in zip(self.offsets, self.offsets[1:], strict=False))


async def ears(address: Address, token: str, count: int, channels: list[str]) -> list[Ear]:
    """So many connected and subscribed tablets."""
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)

    async def one() -> Ear:
        async with gate:
            ear = Ear()
            await ear.connect(address, token)
            for channel in channels:
                await ear.subscribe(channel)
            return ear

    return list(await asyncio.gather(*(one() for _ in range(count))))


@dataclass(slots=True)
class Asked:
    """One command under load; moments by `clock`. `due_at` is when it should have been sent, whoever was slow."""

    key: str
    due_at: float
    sent_at: float
    answered_at: float
    done: bool
    reason: str = ""


@dataclass(slots=True)
class Hand:
    """A member of staff with rows of their own: tables to take out of service and back, seatings to write notes on,
    a section that works now one, now the other of two blocks of tables (each change touches the rows of both).
    """

    doors: RestDoors
    site_id: str
    name: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    _count: int = 0
    _out: set[str] = field(default_factory=set)

    async def change(self, due_at: float) -> Asked:
        """One floor change, by turns over its rows."""
        row = self.rows[self._count % len(self.rows)]
        self._count += 1
        key = f"load-{self.name}-{self._count:06d}"
        if row["type"] == "table":
            status = "available" if row["id"] in self._out else "out_of_service"
            name, args = "set_table_status", {"table_id": row["id"], "status": status}
        elif row["type"] == "section":
            name, args = "put_section", {"section_id": row["id"], "table_ids": row["blocks"][self._count % 2]}
        else:
            name, args = "edit_seating", {"seating_id": row["id"], "notes": f"Note {self._count} of {self.name}"}
        sent_at = clock()
        try:
            answer = await self.doors.command(name, {"site_id": self.site_id, "key": key, **args})
        except AwayError as away:
            return Asked(key, due_at, sent_at, clock(), done=False, reason=str(away)[:60])
        done = answer["status"] == "done"
        if done and row["type"] == "table":
            self._out ^= {row["id"]}
        return Asked(key, due_at, sent_at, clock(), done=done, reason=answer.get("reason", ""))

    async def put_back(self) -> None:
        """Leaves the tables as they were found."""
        for n, table in enumerate(sorted(self._out)):
            body = {"site_id": self.site_id, "key": f"load-{self.name}-back-{n}", "table_id": table}
            await self.doors.command("set_table_status", {**body, "status": "available"})
        self._out.clear()


async def hire(address: Address, site_id: str, count: int, run: str) -> list[Hand]:
    """So many hosts with logins of their own, made by the sample house's administrator."""
    admin = RestDoors(address, "super_admin")
    await admin.sign_in()
    hands = []
    for n in range(count):
        name = f"{run}{n:02d}"
        login = {"email": f"{name}@example.test", "password": f"bench-only-{name}"}
        body = {"site_id": site_id, "key": f"hire-{name}", "name": f"Hand {name}", "roles": ["host"], **login}
        answer = await admin.command("add_staff", body)
        if answer["status"] != "done":
            raise AwayError(f"add_staff: {answer.get('message')}")
        doors = RestDoors(address)
        status, said = await doors.http.call("POST", "/api/login", login)
        if status != 200:
            raise AwayError(f"login of {name}: {status} {said[:120].decode()}")
        hands.append(Hand(doors, site_id, name))
    admin.http.close()
    return hands


async def give_rows(hands: list[Hand], state: dict[str, Any]) -> None:
    """Deals free tables and seatings out to the hands, each row to one hand only."""
    free = [r for r in state["rows"] if r["type"] == "table" and r["active"] and r["status"] == "available"]
    sat = [r for r in state["rows"] if r["type"] == "seating"]
    rows = free + sat
    assert len(rows) >= len(hands), f"{len(rows)} rows of the floor can be changed, {len(hands)} hands want one each"
    for n, row in enumerate(rows):
        hands[n % len(hands)].rows.append(row)


async def at_a_rate(hands: list[Hand], per_s: float, seconds: float) -> list[Asked]:
    """Open loop: change n is due at n / per_s, whatever became of the one before; a hand that is late stays late."""
    assert per_s <= STAFF_RATE * len(hands) * 0.9, "the house would turn the staff down: more hands"
    began = clock() + 0.05
    asked: list[Asked] = []

    async def work(first: int, hand: Hand) -> None:
        for n in range(first, int(per_s * seconds), len(hands)):
            due = began + n / per_s
            await asyncio.sleep(max(0.0, due - clock()))
            asked.append(await hand.change(due))

    await asyncio.gather(*(work(n, hand) for n, hand in enumerate(hands)))
    return asked


async def flat_out(hands: list[Hand], seconds: float) -> list[Asked]:
    """Closed loop: each hand asks again as soon as it is answered, within the staff's rate."""
    until = clock() + seconds
    asked: list[Asked] = []

    async def work(hand: Hand) -> None:
        began, count = clock(), 0
        while clock() < until:
            # the burst of 60 is spent at once, then 20 a second: below that, so as not to be turned down
            earliest = began + max(0.0, (count - 50) / (STAFF_RATE - 1))
            await asyncio.sleep(max(0.0, earliest - clock()))
            asked.append(await hand.change(clock()))
            count += 1

    await asyncio.gather(*map(work, hands))
    return asked


class OwnCost:
    """How busy this load process was: a client at its limit measures itself."""

    def __enter__(self) -> Self:
        gc.collect()
        gc.freeze()
        self._cpu, self._at = time.process_time(), clock()
        return self

    def __exit__(self, *exc: object) -> None:
        self.ms_per_s = (time.process_time() - self._cpu) / (clock() - self._at) * 1000
        gc.unfreeze()


def wall_of_house(clock_row: dict[str, Any]) -> Callable[[Any], float]:
    """House moment → seconds of this process's `clock`, by the house's pace and this machine's one wall clock."""
    wall_minus_clock = time.time() - clock()
    house_at, wall_at = (_stamp(clock_row[name]) for name in ("house_at", "wall_at"))
    rate = clock_row["rate"]
    assert rate > 0, "the clock stands still"
    return lambda moment: wall_at + (_stamp(moment) - house_at) / rate - wall_minus_clock


def _stamp(moment: str | bytes) -> float:
    moment = moment.decode() if isinstance(moment, bytes) else moment
    return datetime.fromisoformat(moment).timestamp()
