"""`python -m bench book`: the book of a house with a long past, beside the same house without one.

Two sample houses are opened as everybody opens them; one is given 50,000 guests and 200,000 past reservations. What
depends on the past is measured there; what must not depend on it (taking a booking, seating and clearing) is measured
in both, by turns, so that whatever else this machine does falls on both alike.

Cases
- fill      how long the past takes to copy in.
- search    search as you type, over HTTP: every keystroke of seeded queries (names of many scripts, numbers as people
            write them, e-mail addresses), and whether the one who was meant is among the ten shown in the end.
- day       the book of a day: read from the database, and again while nothing has changed.
- lookup    a booking by code, number, name.
- card      a guest's card and their visits.
- book      taking a booking for a known guest, beside the house without a past.
- floor     walk-ins seated, cleared and their tables made ready, flat out, beside the house without a past.
"""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

import uvloop

from bench import crowd, past
from bench.house import House
from bench.opened import Opened
from bench.report import Report, quantile, spread
from bench.wire import AwayError
from hub.core.embedded import Postgres
from hub.guests.phones import shown
from hub.guests.rules import searchable

GUESTS, RESERVATIONS, QUERIES = 50_000, 200_000, 200
QUICK = 10  # times smaller
SEARCH_MS, DAY_MS = 50, 100  # p95
TYPED_MAX: Final = 12  # letters of a name after which everybody has looked up
ROUNDS: Final = 4  # turns of each house
TABLES: Final = 24  # of a hall nobody has booked


def run(report: Report, only: frozenset[str] = frozenset()) -> None:
    with House() as empty, House() as full:
        uvloop.run(_inside(report, empty, full, only))


async def _inside(report: Report, empty_house: House, full_house: House, only: frozenset[str]) -> None:
    empty, full = await Opened.at(empty_house), await Opened.at(full_house)
    part = QUICK if report.quick else 1
    guests, reservations = GUESTS // part, RESERVATIONS // part
    dsn = Postgres(full_house.data_dir / "postgres").dsn()
    began = crowd.clock()
    known = await past.fill(dsn, full.site_id, report.seed, guests=guests, reservations=reservations)
    subject = f"{guests:,} guests, {reservations:,} bookings"
    report.add("fill", subject, "copied in", crowd.clock() - began, "s")
    cases: dict[str, Callable[[], Awaitable[None]]] = {
        "search": lambda: _search(report, full, known),
        "day": lambda: _day(report, full),
        "lookup": lambda: _lookup(report, full, known),
        "card": lambda: _card(report, full, known),
        "book": lambda: _book(report, empty, full, known),
        "floor": lambda: _floor(report, empty, full),
    }
    for name, measure in cases.items():
        if not only or name in only:
            try:
                await measure()
            except (AwayError, TimeoutError) as failed:
                report.fail(name, "the whole case", str(failed) or "took too long")


# ---- search as you type


def queries(seed: int, known: list[past.Person], count: int) -> list[tuple[past.Person, str]]:
    """Whom somebody looks for and what they type in the end: half by name, a third by number, the rest by address."""
    rng = random.Random(seed + 2)
    asked = []
    for person in rng.sample(known, count):
        way = rng.random()
        if way < 0.30:
            typed = person.name[:TYPED_MAX]
        elif way < 0.52:
            typed = person.name.split()[-1]
        elif way < 0.85 or person.email is None:
            typed = person.phone if rng.random() < 0.3 else shown(person.phone, past.HOME)
        else:
            typed = person.email.partition("@")[0] + "@ex"
        asked.append((person, typed if way >= 0.3 or rng.random() < 0.5 else searchable(typed)))
    return asked


async def _search(report: Report, full: Opened, known: list[past.Person]) -> None:
    asked = queries(report.seed, known, QUERIES // (5 if report.quick else 1))
    for _, typed in asked[:5]:  # warm: connections and plans
        await full.get(f"guests?{urlencode({'q': typed})}")
    took, found, meant = [], 0, 0
    cpu = sum(full.house.cpu_s().values())
    for person, typed in asked:
        hits: list[dict[str, Any]] = []
        for end in range(1, len(typed) + 1):
            ms, hits = await full.get(f"guests?{urlencode({'q': typed[:end]})}")
            took.append(ms)
        if typed.startswith(("+", "0", "(")) or "@" in typed:  # a name may be that of more people than are shown
            meant += 1
            found += any(hit["id"] == person.id for hit in hits)
    subject = f"{len(asked)} queries, every keystroke"
    spread(report, "search", subject, took, "ms", p95=SEARCH_MS)
    report.add("search", subject, "the slowest", max(took), "ms")
    spent = (sum(full.house.cpu_s().values()) - cpu) / len(took) * 1000
    note = "per keystroke; the same on a busy machine"
    report.add("search", subject, "CPU, whole house", spent, "ms", note=note)
    note = f"of {meant} looked for by number or address"
    report.add("search", "who was meant is shown", "share", found / max(meant, 1), "", at_least=0.99, note=note)


# ---- the book


async def _day(report: Report, full: Opened) -> None:
    floor = await full.doors.state(f"floor:{full.site_id}")
    today = datetime.fromisoformat(next(row for row in floor["rows"] if row["type"] == "venue")["service_date"]).date()
    rng = random.Random(report.seed + 3)
    days = [today - timedelta(days=ago) for ago in rng.sample(range(1, 365 * past.YEARS), 40 if report.quick else 150)]
    first, again, rows = [], [], []
    for day in days:
        path = f"/api/state/book:{full.site_id}:{day}"
        for times in (first, again):
            began = crowd.clock()
            status, body = await full.doors.http.call("GET", path)
            times.append((crowd.clock() - began) * 1000)
            if status != 200:
                raise AwayError(f"{path}: {status}")
            rows.append(body.count(b'"type":"booking"'))
    subject = f"{len(days)} days, up to {max(rows)} bookings"
    spread(report, "day", f"{subject}: read", first, "ms", p95=DAY_MS)
    spread(report, "day", f"{subject}: kept", again, "ms", p95=DAY_MS)


async def _lookup(report: Report, full: Opened, known: list[past.Person]) -> None:
    rng = random.Random(report.seed + 4)
    some = rng.sample(known, 20 if report.quick else 100)
    codes = []
    for person in some:
        _, evenings = await full.get(f"guests/{person.id}/visits")
        codes += [visit["code"] for visit in evenings["past"][:1]]
    for what, texts in (
        ("by code", codes), ("by number", [shown(person.phone, past.HOME) for person in some]),
        ("by name", [person.name for person in some]),
    ):  # fmt: skip
        took, hits = [], 0
        for text in texts:
            ms, found = await full.get(f"lookup?{urlencode({'q': text})}")
            took.append(ms)
            hits += bool(found)
        spread(report, "lookup", what, took, "ms")
        report.add("lookup", what, "found something", hits / len(texts), "")


async def _card(report: Report, full: Opened, known: list[past.Person]) -> None:
    rng = random.Random(report.seed + 5)
    some = [known[0], *rng.sample(known, 40 if report.quick else 200)]  # the first comes most
    for what in ("", "/visits"):
        took = [(await full.get(f"guests/{quote(person.id)}{what}"))[0] for person in some]
        spread(report, "card", "visits" if what else "card", took, "ms")


# ---- beside a house without a past


async def _book(report: Report, empty: Opened, full: Opened, known: list[past.Person]) -> None:
    """The same bookings in both houses: the same guests on the same evenings, new to one house, known to the other."""
    each = 5 if report.quick else 25
    rng = random.Random(report.seed + 6)
    took: dict[str, list[float]] = {"empty": [], "full": []}
    start = datetime.now(UTC).replace(hour=18, minute=0, second=0, microsecond=0) + timedelta(days=10)
    for turn in range(ROUNDS):
        wishes = [
            {
                "name": person.name, "phone": person.phone, "covers": rng.choice((2, 2, 3, 4)),
                "starts_at": (start + timedelta(days=day % 70, minutes=15 * rng.randrange(8))).isoformat(),
            }
            for day, person in enumerate(rng.sample(known, each), turn * each)
        ]  # fmt: skip
        for name, house in (("empty", empty), ("full", full)) if turn % 2 else (("full", full), ("empty", empty)):
            for wish in wishes:
                began = crowd.clock()
                await house.ask("book", **wish, source="phone")
                took[name].append((crowd.clock() - began) * 1000)
                await asyncio.sleep(0.055)  # below what one member of staff may ask
    medians = {name: quantile(times, 0.5) for name, times in took.items()}
    spread(report, "book", "in the house with a past", took["full"], "ms")
    spread(report, "book", "in the house without", took["empty"], "ms")
    report.add("book", "with a past : without", "median ratio", medians["full"] / medians["empty"], "", at_most=1.5)


async def _floor(report: Report, empty: Opened, full: Opened) -> None:
    seconds = 2.0 if report.quick else 5.0
    staffed = {"empty": await _staff(empty), "full": await _staff(full)}
    rates: dict[str, list[float]] = {"empty": [], "full": []}
    for turn in range(ROUNDS + 1):
        for name in ("empty", "full") if turn % 2 else ("full", "empty"):
            began = crowd.clock()
            done = sum(await asyncio.gather(*(_turn_tables(*one, seconds) for one in staffed[name])))
            if turn:  # the first is for plans and connections
                rates[name].append(done / (crowd.clock() - began))
    medians = {name: quantile(times, 0.5) for name, times in rates.items()}
    for name, said in (("full", "with a past"), ("empty", "without")):
        report.add("floor", said, "seat, clear, make ready", medians[name], "1/s", note=f"{ROUNDS} rounds, median")
    report.add("floor", "with a past : without", "ratio", medians["full"] / medians["empty"], "", at_least=0.85)


async def _staff(one: Opened) -> list[tuple[crowd.Hand, list[str]]]:
    """Hosts with tables of their own in a hall nobody has booked."""
    area = (await one.ask("put_area", name="Hall", kind="indoor", service_type="full_service"))["area_id"]
    tables = [
        (await one.ask(
            "put_table", area_id=area, number=f"H{n + 1}", min_covers=1, max_covers=4, shape="square",
            x=20 + n % 8 * 98, y=20 + n // 8 * 97, w=64, h=60,
        ))["table_id"]
        for n in range(TABLES)
    ]  # fmt: skip
    hands = await crowd.hire(one.address, one.site_id, 12, f"b{uuid.uuid4().hex[:6]}")
    return [(hand, tables[n :: len(hands)]) for n, hand in enumerate(hands)]


async def _turn_tables(hand: crowd.Hand, tables: list[str], seconds: float) -> int:
    """Seats, clears and makes ready, flat out within what one may ask; how many commands were granted."""
    until, began, count = crowd.clock() + seconds, crowd.clock(), 0

    async def ask(name: str, /, **args: Any) -> dict[str, Any]:
        nonlocal count
        await asyncio.sleep(max(0.0, began + count / (crowd.STAFF_RATE - 1) - crowd.clock()))
        body = {"site_id": hand.site_id, "key": f"bench-{uuid.uuid4().hex}", **args}
        answer = await hand.doors.command(name, body)
        if answer["status"] != "done":
            raise AwayError(f"{name}: {answer.get('message')}")
        count += 1
        return answer["result"] or {}

    while crowd.clock() < until:
        for table in tables:
            seated = await ask("seat_party", table_ids=[table], covers=2, name="Walk-in")
            await ask("clear_seating", seating_id=seated["seating_id"])
            await ask("set_table_status", table_id=table, status="available")
    return count
