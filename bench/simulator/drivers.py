"""Two ways to play an evening: `LockStep` sets the house clock from step to step, `Live` follows it.

Both do one step at a time: ask, hear the answer, see it in the room, look again. So a table is never promised twice by
us, and whatever people do in between is seen before the next step.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final

import structlog

from bench.simulator.doors import Doors, RestDoors
from bench.simulator.evening import Answer, Evening, Step
from bench.simulator.room import Room
from bench.wire import Address, AwayError, Tablet

log = structlog.get_logger("simulator")

STEP_EVERY_S: Final = 0.2  # wall seconds between two commands of one site: at most five a second
SLOW_DOWN_MAX_S: Final = 3.0  # wall seconds between commands while the house refuses one after another
LOOK_AGAIN_S: Final = 15.0  # wall seconds after which the room is looked at even if nothing was heard
AWAY_MAX_S: Final = 10.0  # wall seconds between attempts to reach a house that is away
TURNED_DOWN_MAX: Final = 200  # times one step is turned down for asking too fast before lock-step gives up
SEEN_S: Final = 2.0  # wall seconds within which an answer must be seen in the room; else the states are read again


def channels_of(room: Room) -> list[str]:
    """The channels that make up the room; the book's is known once the venue row is in."""
    site = room.site_id
    book = [f"book:{site}:{room.venue.service_date.isoformat()}"] if room.venue else []
    return [f"floor:{site}", f"waitlist:{site}", *book]


async def read_room(doors: Doors, room: Room) -> None:
    """All of the room's states. The floor goes first: it names the service day."""
    room.take_state(await doors.state(f"floor:{room.site_id}"))
    for channel in channels_of(room)[1:]:
        room.take_state(await doors.state(channel))


@dataclass(frozen=True, slots=True)
class Played:
    """A step that was asked for, and what came of it. `answer` is None if no table fitted and nothing was asked."""

    step: Step
    body: dict[str, Any] | None
    answer: dict[str, Any] | None


async def play(doors: Doors, room: Room, step: Step) -> Played:
    """Asks for one step; tables are looked for first where it needs them. Raises AwayError."""
    args = dict(step.args)
    if step.fit is not None:
        fits = await doors.fits(room.site_id, step.fit)
        best = next((f for f in fits if f["legal"]), None)
        if best is None:
            return Played(step, None, None)
        args["table_ids"] = best["table_ids"]
    body = {"site_id": room.site_id, "key": step.key, **args}
    answer = await doors.command(step.command, body)
    if step.insists and answer.get("reason") == "below_min":
        body["anyway"] = True
        answer = await doors.command(step.command, body)
    return Played(step, body, answer)


def heard(played: Played) -> Answer:
    if played.answer is None:
        return "no_table"
    if played.answer["status"] == "done":
        return "done"
    if played.answer.get("reason") == "key_reused":
        return "done"  # asked before, under other arguments, and granted: the step was done
    if played.step.fit is not None and played.answer.get("retry") == "anyway":
        return "no_table"  # the best there is asks for a host's second thought: wait for a better one
    return "lost" if played.answer.get("code") in ("rate_limited", "unavailable") else "refused"


def _too_fast(answer: dict[str, Any] | None) -> bool:
    return answer is not None and answer.get("code") == "rate_limited"


class LockStep:
    """Plays the evening by setting the clock: the same seed in the same house asks for the same commands in the same
    order. For tests and benches; the sample house's clock must be free to be set.
    """

    def __init__(
        self, doors: Doors, room: Room, evening: Evening, *, clock: Doors | None = None, settle_s: float = 0.0
    ) -> None:
        """`clock`: the doors of a second sign-in that moves the clock, since each may ask only so fast. `settle_s`:
        wall seconds left to the house's own timers after each move of the clock.
        """
        self.doors, self.room, self.evening, self.settle_s = doors, room, evening, settle_s
        self.clock = clock or doors
        self.played: list[Played] = []

    @classmethod
    async def start(
        cls, doors: Doors, site_id: str, timezone: str, seed: int, *, at: datetime | None = None,
        clock: Doors | None = None, settle_s: float = 0.0,
    ) -> "LockStep":  # fmt: skip
        """Stops the house's clock (at `at`, or where it is) and looks at the room."""
        room = Room(site_id, timezone)
        await read_room(doors, room)
        steps = cls(doors, room, Evening(seed, room.now()), clock=clock, settle_s=settle_s)
        await steps._set_clock(at)
        steps.evening.since = room.now()
        return steps

    async def step_to(self, moment: datetime) -> list[Played]:
        """Everything that falls due up to `moment`, in order; then it is `moment`."""
        first = len(self.played)
        while True:
            steps = self.evening.steps(self.room, self.room.now())
            nearest = steps[0] if steps else None
            if nearest is None or nearest.at > moment:
                break
            if nearest.at > self.room.now():
                await self._set_clock(nearest.at)
                continue  # the house may have done something of its own at that time
            await self._play(nearest)
        if moment > self.room.now():
            await self._set_clock(moment)
        return self.played[first:]

    async def _play(self, step: Step) -> None:
        played = await play(self.doors, self.room, step)
        for _ in range(TURNED_DOWN_MAX):
            if not _too_fast(played.answer):
                break
            await asyncio.sleep(played.answer.get("retry_s") or 0.05)
            played = await play(self.doors, self.room, step)
        self.played.append(played)
        if played.answer and played.answer["status"] == "done":
            known = set(channels_of(self.room))
            for channel in sorted(known & set(played.answer["offsets"])):
                self.room.take_state(await self.doors.state(channel))
        elif played.answer:
            await read_room(self.doors, self.room)
        self.evening.settle(step, heard(played), self.room, self.room.now())

    async def _set_clock(self, moment: datetime | None) -> None:
        at = {} if moment is None else {"house_at": moment.isoformat()}
        # keyed by the time that is set: after a lost answer the same move is asked for again, not a second one
        key = f"sim-clock-{moment.timestamp():.3f}" if moment else f"sim-clock-stop-{self.room.seq}"
        wish = {"site_id": self.room.site_id, "key": key, "rate": 0, **at}
        answer = await self.clock.command("set_clock", wish)
        for _ in range(TURNED_DOWN_MAX):
            if not _too_fast(answer):
                break
            await asyncio.sleep(answer.get("retry_s") or 0.05)
            answer = await self.clock.command("set_clock", wish)
        if answer["status"] != "done":
            raise AwayError(f"set_clock: {answer.get('message')}")
        if self.settle_s:
            await asyncio.sleep(self.settle_s)
        await read_room(self.doors, self.room)


class Live:
    """Plays one site's evening by the house's own clock, for as long as the house stands; shares it with people."""

    def __init__(self, address: Address, site_id: str, timezone: str, seed: int) -> None:
        self.address, self.seed = address, seed
        self.doors = RestDoors(address)
        self.room = Room(site_id, timezone)
        self.evening: Evening | None = None
        self._stirred = asyncio.Event()
        self._broken = False
        self._held: list[tuple[str, int, Any]] | None = None
        self._refused_in_row = 0
        self._next_at = 0.0

    async def run(self) -> None:
        """Until cancelled. A house that is away is waited for, longer each time."""
        wait = 0.5
        while True:
            tablet = Tablet(self._push, self._lost)
            try:
                await self._open(tablet)
                wait = 0.5
                await self._follow(tablet)
            except AwayError as away:
                log.info("away", why=str(away)[:200], again_in_s=wait)
            finally:
                tablet.close()
            await asyncio.sleep(wait)
            wait = min(wait * 2, AWAY_MAX_S)

    # ---- seeing

    async def _open(self, tablet: Tablet) -> None:
        await self.doors.sign_in()
        self._broken, self._held = False, []
        await tablet.connect(self.address, await self.doors.token())
        await tablet.subscribe(f"floor:{self.room.site_id}")
        await tablet.subscribe(f"waitlist:{self.room.site_id}")
        await read_room(self.doors, self.room)
        await self._open_book(tablet)
        self.evening = self.evening or Evening(self.seed, self.room.now())

    async def _open_book(self, tablet: Tablet) -> None:
        """Listens to the service day's book, then reads it; what was heard meanwhile is laid on top."""
        self._held = self._held if self._held is not None else []
        book = channels_of(self.room)[-1]
        await tablet.subscribe(book)
        self.room.take_state(await self.doors.state(book))
        held, self._held = self._held, None
        for channel, offset, data in held:
            self._push(channel, offset, data)
        self._book = book

    def _push(self, channel: str, offset: int, data: Any) -> None:
        if self._held is not None:
            self._held.append((channel, offset, data))
        elif not self.room.take(channel, offset, data):
            self._broken = True
        self._stirred.set()

    def _lost(self) -> None:
        self._broken = True
        self._stirred.set()

    # ---- doing

    async def _follow(self, tablet: Tablet) -> None:
        assert self.evening is not None
        while True:
            if self._broken:
                raise AwayError("the link to the room broke")
            if channels_of(self.room)[-1] != self._book:
                tablet.unsubscribe_soon(self._book)
                self.room.forget(self._book)
                await self._open_book(tablet)
            self._stirred.clear()
            now = self.room.now()
            steps = self.evening.steps(self.room, now)
            if steps and steps[0].at <= now:
                await asyncio.sleep(max(0.0, self._next_at - monotonic()))
                await self._play(steps[0])
            else:
                until = self.room.wall_s_until(steps[0].at) if steps else None
                await self._stir(LOOK_AGAIN_S if until is None else min(until + 0.005, LOOK_AGAIN_S))

    async def _play(self, step: Step) -> None:
        assert self.evening is not None
        if not self._still_due(step):
            return
        try:
            played = await play(self.doors, self.room, step)
        except AwayError:
            self.evening.settle(step, "lost", self.room, self.room.now())
            raise
        answer = heard(played)
        self.evening.settle(step, answer, self.room, self.room.now())
        self._pace(played)
        if played.answer and played.answer["status"] == "done":
            await self._see(played.answer["offsets"])
        elif played.answer:
            log.debug("refused", command=step.command, reason=played.answer.get("reason"))

    def _still_due(self, step: Step) -> bool:
        """People may have acted while we waited for our turn."""
        assert self.evening is not None
        now = self.room.now()
        due = (s for s in self.evening.steps(self.room, now) if s.at <= now)
        return any(s.key == step.key and s.args == step.args for s in due)

    def _pace(self, played: Played) -> None:
        refused = played.answer is not None and played.answer["status"] == "refused"
        self._refused_in_row = self._refused_in_row + 1 if refused else 0
        gap = min(STEP_EVERY_S * 2 ** max(0, self._refused_in_row - 2), SLOW_DOWN_MAX_S)
        retry = played.answer.get("retry_s") if played.answer else None
        self._next_at = monotonic() + max(gap, min(retry or 0.0, AWAY_MAX_S))

    async def _see(self, offsets: dict[str, int]) -> None:
        """Waits until the room shows a granted command. Silence means a lost link: everything is read again."""
        until = monotonic() + SEEN_S
        while any(self.room.offsets.get(c, offset) < offset for c, offset in offsets.items()) and not self._broken:
            if monotonic() > until:
                self._broken = True
                return
            self._stirred.clear()
            await self._stir(0.1)

    async def _stir(self, at_most_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):  # wait_for would swallow an end that comes together with a stir
                await self._stirred.wait()


async def sites_of(address: Address, *, patience_s: float = 60.0) -> list[Any]:
    """The sites a host of the sample house works at, once the house answers. Raises AwayError after `patience_s`."""
    until, doors = monotonic() + patience_s, RestDoors(address)
    try:
        while True:
            try:
                me = await doors.sign_in()
                return [site for site in me["sites"] if "host.write" in site["permissions"]]
            except AwayError:
                if monotonic() > until:
                    raise
                await asyncio.sleep(0.5)
    finally:
        doors.http.close()
