"""`python -m bench evening`: the whole house under an evening's load, opened as everybody opens it.

Cases
- start     from the command to readiness and to the first page, with an empty and with a used data directory.
- memory    what the whole house takes at rest, the simulated evening and one signed-in caller included.
- push      200 tablets, 50 of them on the measured channel, 1000 more sockets that are connected and quiet, 50 floor
            changes a second: how long a commit takes to reach every one of the 50.
- commands  durable floor changes a second on one site, flat out, beside the disk's own time for one durable write.
- tap       a finger on one tablet until the painted frame on another (two tabs of a real browser).
- screen    the main thread of the floor screen at 150 tables while 200 of their rows a second change.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import uvloop

from bench import crowd, push, screens
from bench.house import House
from bench.opened import Opened
from bench.report import Report, quantile, spread
from bench.wire import AwayError

HALL_TABLES: Final = 150
ROWS_PER_S: Final = 200
SINGLE_ROWS_PER_S, SECTIONS_PER_S, BLOCK = 40, 8, 10  # 40 + 8 × two blocks of 10 = 200 rows a second


def run(report: Report, only: frozenset[str] = frozenset()) -> None:
    def wanted(*cases: str) -> bool:
        return not only or bool(only & set(cases))

    if wanted("start", "memory"):
        _start_and_memory(report)
    push.allow_files()
    if wanted("push", "commands", "tap", "screen"):
        with House() as house:
            uvloop.run(_inside(report, house, wanted))


async def _inside(report: Report, house: House, wanted: Callable[..., bool]) -> None:
    evening = await Opened.at(house)
    cases: dict[str, Callable[[Report, Opened], Awaitable[None]]] = {
        "tap": _tap, "push": push.push, "commands": _commands, "screen": _screen,
    }  # fmt: skip
    for name, measure in cases.items():
        if wanted(name):
            try:
                await measure(report, evening)
            except (AwayError, TimeoutError) as failed:
                report.fail(name, "the whole case", str(failed) or "took too long")


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


# ---- commands


async def _commands(report: Report, evening: Opened) -> None:
    seconds = 6 if report.quick else 20
    hands = await evening.staff(24)
    before = _durable_write_ms(evening.house.data_dir)
    await crowd.flat_out(hands, 1)
    cpu = evening.house.cpu_s()
    with crowd.OwnCost() as own:
        began = crowd.clock()
        asked = await crowd.flat_out(hands, seconds)
        took = crowd.clock() - began
    cpu_after = evening.house.cpu_s()
    after = _durable_write_ms(evening.house.data_dir)
    done = [a for a in asked if a.done]
    refused = Counter(a.reason for a in asked if not a.done)
    subject = f"one site, {len(hands)} staff at once"
    note = f"staff limit {crowd.STAFF_RATE}/s each; not granted: {dict(refused)}"
    report.add("commands", subject, "durable commands", len(done) / took, "1/s", at_least=200, note=note)
    spread(report, "commands", f"{subject}: sent → answer", [(a.answered_at - a.sent_at) * 1000 for a in done], "ms")
    push.cpu_rows(report, "commands", subject, cpu, cpu_after, len(asked), "command")
    disk = sorted([*before, *after])
    report.add("commands", "disk: 8 KB + fdatasync", "p50", quantile(disk, 0.5), "ms", note=f"n={len(disk)}, same disk")
    report.add("commands", "disk: 8 KB + fdatasync", "p99", quantile(disk, 0.99), "ms")
    report.add("commands", subject, "load client CPU", own.ms_per_s, "ms/s", at_most=crowd.CPU_MAX)
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


async def _tap(report: Report, evening: Opened) -> None:
    count = 20 if report.quick else 100
    number = await _served_table(evening)
    try:
        async with screens.browser() as opened:
            took = await screens.taps(opened, evening.house.url, number, count)
    except screens.NoBrowserError as missing:
        report.skip("tap", "tablet A → pixel on tablet B", "p95", str(missing), target="<= 100")
        return
    spread(report, "tap", "tablet A → pixel on tablet B", took, "ms", p95=100)


async def _screen(report: Report, evening: Opened) -> None:
    seconds = 8 if report.quick else 30
    area_id = await evening.hall(HALL_TABLES)
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
                crowd.at_a_rate(singles, SINGLE_ROWS_PER_S, seconds + 3),
                crowd.at_a_rate(sections, SECTIONS_PER_S, seconds + 3),
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


async def _served_table(evening: Opened) -> str:
    """A table of the first area where a party has been served: its stage can go to the check and back."""
    state = await evening.doors.state(evening.floor)
    rows = {(r["type"], r["id"]): r for r in state["rows"]}
    areas = sorted((r for r in state["rows"] if r["type"] == "area"), key=lambda a: a["position"])
    for seating in (r for r in state["rows"] if r["type"] == "seating"):
        table = rows["table", seating["table_ids"][0]]
        if table["area_id"] == areas[0]["id"] and seating["stage"] == "served" and len(seating["table_ids"]) == 1:
            return table["number"]
    raise AwayError("no party of the first area has been served yet")


async def _hall_rows(
    evening: Opened, singles: list[crowd.Hand], sections: list[crowd.Hand], area_id: str
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
