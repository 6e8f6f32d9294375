"""What somebody on the telephone waits for: the doors of availability on the sample house, way through the hub and all.

- day       a day's slots for a party, first asked and asked again before anything happens
- calendar  six weeks
- why not   the answer for one time, with facts and changes where it is a no
"""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any, Final

import uvloop

from bench import crowd
from bench.house import House, NotOpenError
from bench.opened import Opened
from bench.report import Report, spread
from bench.solvers.evenings import Kind
from bench.wire import AwayError

AHEAD: Final = range(14)
SIZES: Final = (2, 4, 7)
WEEKS: Final = 42


def measure(report: Report, kinds: Sequence[Kind]) -> None:  # noqa: ARG001 - the sample house has one size
    try:
        with House() as house:
            uvloop.run(_inside(report, house))
    except (AwayError, NotOpenError, TimeoutError) as failed:
        report.fail("doors", "the whole case", str(failed) or "took too long")


async def _inside(report: Report, house: House) -> None:
    opened = await Opened.at(house)
    today = date.fromisoformat((await opened.row("venue"))["service_date"])
    days = [today + timedelta(days=ahead) for ahead in (AHEAD[:4] if report.quick else AHEAD)]
    first, again, slots, unsure = [], [], [], 0
    for on, covers in product(days, SIZES):
        path = f"availability?date={on}&covers={covers}"
        took, answer = await opened.get(path)
        first.append(took)
        again.append((await opened.get(path))[0])
        slots += [(covers, slot) for slot in answer["slots"] if slot["state"] != "closed"]
        unsure += sum(not slot["exact"] for slot in answer["slots"])
    case, many = "doors", f"{len(days)} days, parties of {', '.join(map(str, SIZES))}"
    spread(report, case, f"a day's slots: {many}", first, "ms")
    spread(report, case, "the same again", again, "ms")
    report.add(case, "a day's slots", "not looked into", unsure, "", note=f"of {len(slots)} slots that are not closed")
    calendars = [(await opened.get(f"calendar?days={WEEKS}&covers={covers}"))[0] for covers in range(1, 13)]
    spread(report, case, f"calendar of {WEEKS} days", calendars, "ms")
    await _why_not(report, opened, slots[:: max(1, len(slots) // (20 if report.quick else 100))])


async def _why_not(report: Report, opened: Opened, slots: Sequence[tuple[int, dict[str, Any]]]) -> None:
    took: dict[str, list[float]] = {}
    for covers, slot in slots:
        wish = json.dumps({"starts_at": slot["starts_at"], "covers": covers}).encode()
        began = crowd.clock()
        status, body = await opened.doors.http.call("POST", f"/api/sites/{opened.site_id}/why-not", wish)
        if status == 429:  # more than one person asks
            continue
        if status != 200:
            raise AwayError(f"why-not: {status}")
        took.setdefault(json.loads(body)["state"], []).append((crowd.clock() - began) * 1000)
    for state, times in sorted(took.items()):
        spread(report, "doors", f"why not: {state}", times, "ms")
