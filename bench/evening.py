"""`python -m bench evening`: the whole house under an evening's load, opened as everybody opens it.

Cases
- start     from the command to readiness and to the first page, with an empty and with a used data directory.
- memory    what the whole house takes at rest, the simulated evening and one signed-in caller included.
- push      200 tablets, 50 of them on the measured channel, 1000 more sockets that are connected and quiet, 50 floor
            changes a second: how long a commit takes to reach every one of the 50.
- commands  durable floor changes a second on one site, flat out, beside the disk's own time for one durable write.
- tap       a finger on one tablet until the painted frame on another (two tabs of a real browser).
- screen    the main thread of the floor screen at 150 tables while 200 of their rows a second change.

What "commit → frame" is here. A client cannot see COMMIT itself. It knows the publication's `at`, the moment at which
the command began its work under the site's lock, some milliseconds *before* COMMIT, cut to the millisecond. So `begun
→ frame` is longer than commit → frame and stands for it: if it meets the target, so does the thing itself. Beside it
stand `due → frame` (what a guest of the house feels: from the moment the change should have been sent, the wait for
the lock included) and `answer → frame` (from the asker's answer; negative where the frame came first).
"""

import asyncio
import os
import resource
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import uvloop

from bench import load, screens
from bench.house import House
from bench.report import Report, quantile, spread
from bench.simulator.doors import RestDoors
from bench.wire import Address, AwayError

SITE_TABLETS, ALL_TABLETS, CHAT_SOCKETS = 50, 200, 1000
CHANGES_PER_S: Final = 50
HALL_TABLES: Final = 150
ROWS_PER_S: Final = 200
SINGLE_ROWS_PER_S, SECTIONS_PER_S, BLOCK = 40, 8, 10  # 40 + 8 × two blocks of 10 = 200 rows a second
LOAD_CPU_MAX: Final = 700  # ms a second; a load client busier than this measures itself


def run(report: Report, only: frozenset[str] = frozenset()) -> None:
    def wanted(*cases: str) -> bool:
        return not only or bool(only & set(cases))

    if wanted("start", "memory"):
        _start_and_memory(report)
    _allow_files()
    if wanted("push", "commands", "tap", "screen"):
        with House() as house:
            uvloop.run(_inside(report, house, wanted))


def _allow_files() -> None:
    """Sockets are files: here and, by inheritance, in the house."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * (ALL_TABLETS + CHAT_SOCKETS)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard > 0 else wanted, hard))


async def _inside(report: Report, house: House, wanted: Callable[..., bool]) -> None:
    evening = await _Open.at(house)
    cases: dict[str, Callable[[Report, _Open], Awaitable[None]]] = {
        "tap": _tap, "push": _push, "commands": _commands, "screen": _screen,
    }  # fmt: skip
    for name, measure in cases.items():
        if wanted(name):
            try:
                await measure(report, evening)
            except (AwayError, TimeoutError) as failed:
                report.fail(name, "the whole case", str(failed) or "took too long")


class _Open:
    """An open sample house as the cases use it."""

    def __init__(self, house: House, doors: RestDoors, site_id: str) -> None:
        self.house, self.doors, self.site_id = house, doors, site_id
        self.address = Address(house.url)
        self.floor = f"floor:{site_id}"
        self.hands: list[load.Hand] = []

    @classmethod
    async def at(cls, house: House) -> "_Open":
        doors = RestDoors(Address(house.url), "manager")
        me = await doors.sign_in()
        return cls(house, doors, me["sites"][0]["site_id"])

    async def staff(self, count: int) -> list[load.Hand]:
        """So many hands, each with rows of the floor as it is now."""
        if len(self.hands) < count:
            self.hands += await load.hire(
                self.address, self.site_id, count - len(self.hands), f"h{uuid.uuid4().hex[:6]}"
            )
        hands = self.hands[:count]
        for hand in hands:
            hand.rows.clear()
        await load.give_rows(hands, await self.doors.state(self.floor))
        return hands

    async def ask(self, name: str, /, **args: Any) -> dict[str, Any]:
        body = {"site_id": self.site_id, "key": f"bench-{uuid.uuid4().hex}", **args}
        answer = await self.doors.command(name, body)
        while answer.get("code") == "rate_limited":
            await asyncio.sleep(answer.get("retry_s") or 0.05)
            answer = await self.doors.command(name, body)
        if answer["status"] != "done":
            raise AwayError(f"{name}: {answer.get('message')}")
        return answer


# ---- start and memory


def _start_and_memory(report: Report) -> None:
    # `make run` is this command after a check that the packages are installed; that check is not timed here
    note = "python -m hub.cli serve --demo"
    with House(evening=True) as house:
        report.add("start", "empty data directory", "ready", house.opened_s, "s", note=note)
        report.add("start", "empty data directory", "first page", _page_s(house) + house.opened_s, "s", note=note)
        time.sleep(4 if report.quick else 15)  # the evening has begun, nobody is in a hurry
        _memory(report, house)
        cpu, rest_s = sum(house.cpu_s().values()), 5 if report.quick else 20
        time.sleep(rest_s)
        spent = (sum(house.cpu_s().values()) - cpu) / rest_s * 1000
        report.add("memory", "whole house", "CPU", spent, "ms/s", note="an evening in real time, no tablet open")
        house.close()
        warm = []
        for _ in range(1 if report.quick else 3):
            opened = house.open()
            warm.append(opened + _page_s(house))
            house.close()
        subject = "used data directory"
        report.add("start", subject, "first page", quantile(warm, 0.5), "s", note=f"median of {len(warm)}")


def _page_s(house: House) -> float:
    began = time.monotonic()
    while not house.answers("/login"):
        time.sleep(0.02)
    return time.monotonic() - began


def _memory(report: Report, house: House) -> None:
    parts = house.pss_mb()
    for name, mb in sorted(parts.items(), key=lambda part: -part[1]):
        report.add("memory", name, "PSS", mb, "MB")
    report.add("memory", "whole house", "PSS", sum(parts.values()), "MB", note="each shared page counted once")
    report.add("memory", "whole house", "RSS, plain sum", house.rss_mb(), "MB", note="shared pages counted repeatedly")


# ---- push


async def _push(report: Report, evening: _Open) -> None:
    seconds = 10 if report.quick else 60
    site, today = evening.site_id, await _service_date(evening)
    token = await evening.doors.token()
    quieter = [f"waitlist:{site}", f"book:{site}:{today}"]
    near = await load.ears(evening.address, token, SITE_TABLETS, [evening.floor, *quieter])
    far = await load.ears(evening.address, token, ALL_TABLETS - SITE_TABLETS, quieter)
    chats = await load.ears(evening.address, token, 100 if report.quick else CHAT_SOCKETS, [])
    hands = await evening.staff(8)
    near[0].worked = {}
    await load.at_a_rate(hands, CHANGES_PER_S, 2)  # warm: connections, plans, caches
    cpu = evening.house.cpu_s()
    with load.OwnCost() as own:
        asked = await load.at_a_rate(hands, CHANGES_PER_S, seconds)
        await asyncio.sleep(0.5)
    each = f"command, its {SITE_TABLETS} frames included"
    _cpu_rows(report, "push", _subject(seconds), cpu, evening.house.cpu_s(), len(asked), each)
    to_clock = load.wall_of_house(await _clock_row(evening))
    _push_rows(report, [a for a in asked if a.done], near, near[0].worked, to_clock)
    subject = _subject(seconds)
    report.add("push", subject, "lost or repeated", sum(e.gaps for e in near), "offsets", at_most=0)
    everybody = (*near, *far, *chats)
    lost = sum(e.lost_at is not None for e in everybody)
    report.add("push", subject, "sockets lost", lost, "", at_most=0, note=f"of {len(everybody)}")
    refused = Counter(a.reason for a in asked if not a.done)
    report.add("push", subject, "commands not granted", sum(refused.values()), "", at_most=0, note=str(dict(refused)))
    report.add("push", subject, "load client CPU", own.ms_per_s, "ms/s", at_most=LOAD_CPU_MAX)
    for ear in everybody:
        ear.close()
    for hand in hands:
        await hand.put_back()


def _push_rows(
    report: Report, asked: list[load.Asked], near: list[load.Ear], worked: dict[bytes, bytes],
    to_clock: Callable[[Any], float],
) -> None:  # fmt: skip
    begun, due, answered, slowest, missing = [], [], [], [], 0
    for one in asked:
        key = one.key.encode()
        came = [ear.came[key] for ear in near if key in ear.came]
        missing += len(near) - len(came)
        if not came or key not in worked:
            continue
        at = to_clock(worked[key])
        begun += [(c - at) * 1000 for c in came]
        due += [(c - one.due_at) * 1000 for c in came]
        answered += [(c - one.answered_at) * 1000 for c in came]
        slowest.append((max(came) - at) * 1000)
    subject = f"{SITE_TABLETS} of {ALL_TABLETS} tablets, {CHANGES_PER_S}/s"
    report.add("push", subject, "frames missing", missing, "", at_most=0, note=f"of {len(asked) * len(near)}")
    spread(report, "push", f"{subject}: begun → frame", begun, "ms", p99=100)
    spread(report, "push", "begun → the last of 50 frames", slowest, "ms", p99=100)
    spread(report, "push", "due → frame", due, "ms")
    spread(report, "push", "answer → frame", answered, "ms")


def _cpu_rows(
    report: Report, case: str, subject: str, before: dict[str, float], after: dict[str, float], count: int, each: str
) -> None:
    """What one command costs the machine: the figure to compare between commits, whoever else is on the box."""
    spent = {name: (cpu - before.get(name, 0.0)) / count * 1000 for name, cpu in after.items()}
    report.add(case, subject, "CPU, whole house", sum(spent.values()), "ms", note=f"per {each}")
    for name in ("hub.serve", "postgres"):
        report.add(case, subject, f"CPU, {name}", spent.get(name, 0.0), "ms", note=f"per {each}")


def _subject(seconds: float) -> str:
    return f"{CHANGES_PER_S}/s for {seconds:g} s"


# ---- commands


async def _commands(report: Report, evening: _Open) -> None:
    seconds = 6 if report.quick else 20
    hands = await evening.staff(24)
    before = _durable_write_ms(evening.house.data_dir)
    await load.flat_out(hands, 1)
    cpu = evening.house.cpu_s()
    with load.OwnCost() as own:
        began = load.clock()
        asked = await load.flat_out(hands, seconds)
        took = load.clock() - began
    cpu_after = evening.house.cpu_s()
    after = _durable_write_ms(evening.house.data_dir)
    done = [a for a in asked if a.done]
    refused = Counter(a.reason for a in asked if not a.done)
    subject = f"one site, {len(hands)} staff at once"
    note = f"staff limit {load.STAFF_RATE}/s each; not granted: {dict(refused)}"
    report.add("commands", subject, "durable commands", len(done) / took, "1/s", at_least=200, note=note)
    spread(report, "commands", f"{subject}: sent → answer", [(a.answered_at - a.sent_at) * 1000 for a in done], "ms")
    _cpu_rows(report, "commands", subject, cpu, cpu_after, len(asked), "command")
    disk = sorted([*before, *after])
    report.add("commands", "disk: 8 KB + fdatasync", "p50", quantile(disk, 0.5), "ms", note=f"n={len(disk)}, same disk")
    report.add("commands", "disk: 8 KB + fdatasync", "p99", quantile(disk, 0.99), "ms")
    report.add("commands", subject, "load client CPU", own.ms_per_s, "ms/s", at_most=LOAD_CPU_MAX)
    for hand in hands:
        await hand.put_back()


def _durable_write_ms(beside: Path, count: int = 100) -> list[float]:
    """One small write made durable, on the disk the house writes to."""
    path = beside / "bench-fdatasync"
    took = []
    with path.open("wb", buffering=0) as file:
        for _ in range(count):
            began = time.perf_counter()
            file.write(b"\0" * 8192)
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    path.unlink()
    return took


# ---- screens


async def _tap(report: Report, evening: _Open) -> None:
    count = 20 if report.quick else 100
    number = await _served_table(evening)
    try:
        async with screens.browser() as opened:
            took = await screens.taps(opened, evening.house.url, number, count)
    except screens.NoBrowserError as missing:
        report.skip("tap", "tablet A → pixel on tablet B", "p95", str(missing), target="<= 100")
        return
    spread(report, "tap", "tablet A → pixel on tablet B", took, "ms", p95=100)


async def _screen(report: Report, evening: _Open) -> None:
    seconds = 8 if report.quick else 30
    area_id = await _hall(evening)
    subject = f"{HALL_TABLES} tables, {ROWS_PER_S} rows/s"
    try:
        async with screens.browser() as opened:
            page = await screens.tablet(opened, evening.house.url)
            # by touch: a mouse left hovering over the page is hit-tested after every layout, and tablets have none
            await page.locator(".areas button", has_text="Hall").tap()
            await page.locator(f'[data-number="H{HALL_TABLES}"]').wait_for()
            idle = await screens.main_thread(page, min(seconds, 10))
            hands = await evening.staff(12)
            singles, sections = hands[:8], hands[8:]
            await _hall_rows(evening, singles, sections, area_id)
            loads = asyncio.gather(
                load.at_a_rate(singles, SINGLE_ROWS_PER_S, seconds + 3),
                load.at_a_rate(sections, SECTIONS_PER_S, seconds + 3),
            )
            await asyncio.sleep(1.5)
            busy = await screens.main_thread(page, seconds)
            one_row, many_rows = await loads
            for hand in singles:
                await hand.put_back()
    except screens.NoBrowserError as missing:
        report.skip("screen", subject, "main thread", str(missing), target="<= 200")
        return
    asked = [*one_row, *many_rows]
    rows = sum(a.done for a in one_row) + sum(a.done for a in many_rows) * 2 * BLOCK
    reached = rows / (max(a.answered_at for a in asked) - min(a.due_at for a in asked))
    note = f"{SINGLE_ROWS_PER_S} changes/s of one table, {SECTIONS_PER_S} of {2 * BLOCK}; what follows is at this rate"
    report.add("screen", subject, "rows changed", reached, "1/s", at_least=ROWS_PER_S * 0.9, note=note)
    note = "Chromium's thread clock"
    report.add("screen", subject, "main thread", busy["TaskDuration"], "ms/s", at_most=200, note=note)
    for part in ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration"):
        report.add("screen", subject, f"of it {part.removesuffix('Duration')}", busy[part], "ms/s")
    report.add("screen", f"{HALL_TABLES} tables, quiet", "main thread", idle["TaskDuration"], "ms/s")


async def _served_table(evening: _Open) -> str:
    """A table of the first area where a party has been served: its stage can go to the check and back."""
    state = await evening.doors.state(evening.floor)
    rows = {(r["type"], r["id"]): r for r in state["rows"]}
    areas = sorted((r for r in state["rows"] if r["type"] == "area"), key=lambda a: a["position"])
    for seating in (r for r in state["rows"] if r["type"] == "seating"):
        table = rows["table", seating["table_ids"][0]]
        if table["area_id"] == areas[0]["id"] and seating["stage"] == "served" and len(seating["table_ids"]) == 1:
            return table["number"]
    raise AwayError("no party of the first area has been served yet")


async def _hall(evening: _Open) -> str:
    """An area of 150 free tables, as a large house has."""
    state = await evening.doors.state(evening.floor)
    known = next((r for r in state["rows"] if r["type"] == "area" and r["name"] == "Hall"), None)
    if known:
        return known["id"]
    await evening.ask("put_area", name="Hall", kind="indoor", service_type="full_service", width=1500, height=1000)
    state = await evening.doors.state(evening.floor)
    area = next(r for r in state["rows"] if r["type"] == "area" and r["name"] == "Hall")
    for n in range(HALL_TABLES):
        await evening.ask(
            "put_table", area_id=area["id"], number=f"H{n + 1}", min_covers=1, max_covers=4,
            shape=("round", "square")[n % 2], x=20 + n % 15 * 98, y=20 + n // 15 * 97, w=64, h=60,
        )  # fmt: skip
    return area["id"]


async def _hall_rows(
    evening: _Open, singles: list[load.Hand], sections: list[load.Hand], area_id: str
) -> None:
    """Half of the hall's tables go to hands that change one at a time, half to sections that change hands."""
    state = await evening.doors.state(evening.floor)
    tables = [r for r in state["rows"] if r["type"] == "table" and r["area_id"] == area_id]
    split = len(sections) * 2 * BLOCK
    worked, alone = tables[:split], tables[split:]
    for n, hand in enumerate(singles):
        hand.rows = alone[n :: len(singles)]
    for n, hand in enumerate(sections):
        name = f"Hall {n}"
        section = next((r for r in state["rows"] if r["type"] == "section" and r["name"] == name), None)
        if section is None:
            await evening.ask("put_section", name=name, table_ids=[])
            state = await evening.doors.state(evening.floor)
            section = next(r for r in state["rows"] if r["type"] == "section" and r["name"] == name)
        ids = [t["id"] for t in worked[n * 2 * BLOCK : (n + 1) * 2 * BLOCK]]
        hand.rows = [{"type": "section", "id": section["id"], "blocks": (ids[:BLOCK], ids[BLOCK:])}]


async def _clock_row(evening: _Open) -> dict[str, Any]:
    state = await evening.doors.state(evening.floor)
    now = datetime.now(UTC).isoformat()
    return next((r for r in state["rows"] if r["type"] == "clock"), {"house_at": now, "wall_at": now, "rate": 1.0})


async def _service_date(evening: _Open) -> str:
    state = await evening.doors.state(evening.floor)
    return next(r for r in state["rows"] if r["type"] == "venue")["service_date"]
