"""`python -m bench load`: a house under the load of many at once.

Cases
- api    50 and 100 people, each asking again as soon as they are answered (no pause to think: harsher than people):
         states of the floor and the book, guests searched, tables that fit, bookings looked up, and one in four of
         their requests a durable floor change within the staff's rate. Every answer counts; an error is anything but
         a 200 or a command's own answer. Memory of the serving process before and after 1000 requests, and at the end.
- push   200 tablets, 1000 more sockets and 50 floor changes a second for a minute (as in `bench evening`).
- sites  durable commands a second by 50 people: one at each of 50 sites of one house, and all at one site.
"""

import asyncio
import itertools
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import uvloop

from bench import crowd, push
from bench.house import House
from bench.opened import Opened
from bench.report import Report, quantile, spread
from bench.simulator.doors import RestDoors
from bench.wire import AwayError
from hub.core import sql
from hub.core.embedded import Postgres
from hub.sample import premises
from hub.venues import actions as venues

USERS: Final = {50: 200.0, 100: 500.0}
"""People at once → the average answer they may wait for, ms."""
ERRORS_MAX: Final = 0.001
WARM_REQUESTS, GROWTH_MB = 1000, 8.0
"""After so many requests the serving process has grown into its work; how much it may still grow in as many more."""
STAFF: Final = 24
"""Sign-ins among them: enough for the commands they may ask, each 20 a second."""
SITES: Final = 50
TABLES: Final = 4
"""Of each of these sites."""


def run(report: Report, only: frozenset[str] = frozenset()) -> None:
    push.allow_files()
    with House() as house:
        uvloop.run(_inside(report, house, only))


async def _inside(report: Report, house: House, only: frozenset[str]) -> None:
    opened = await Opened.at(house)
    cases: dict[str, Callable[[Report, Opened], Awaitable[None]]] = {"api": _api, "push": push.push, "sites": _sites}
    for name, measure in cases.items():
        if not only or name in only:
            try:
                await measure(report, opened)
            except (AwayError, TimeoutError) as failed:
                report.fail(name, "the whole case", str(failed) or "took too long")


# ---- api


@dataclass(slots=True)
class _Answers:
    """What the people at the doors were told."""

    took_ms: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)

    def note(self, door: str, took_ms: float, error: str | None) -> None:
        self.took_ms.setdefault(door, []).append(took_ms)
        if error:
            self.errors[f"{door}: {error}"] += 1

    @property
    def all_ms(self) -> list[float]:
        return [took for times in self.took_ms.values() for took in times]


class _Person:
    """One member of staff at the doors; which door is next is drawn by a seed."""

    def __init__(self, hand: crowd.Hand, day: str, seed: int) -> None:
        self.hand, self.day, self.rng = hand, day, random.Random(seed)
        self.site = hand.site_id

    async def ask(self, answers: _Answers) -> None:
        began = crowd.clock()
        if self.rng.random() < 0.25:
            asked = await self.hand.change(began)
            error = None if asked.done or asked.reason == "rate_limited" else asked.reason or "refused"
            answers.note("command", (crowd.clock() - began) * 1000, error)
            return
        door, path = self.rng.choice(self.doors())
        try:
            status, _ = await self.hand.doors.http.call("GET", path)
            error = None if status == 200 else str(status)
        except AwayError as away:
            error = str(away)[:40]
        answers.note(door, (crowd.clock() - began) * 1000, error)

    def doors(self) -> list[tuple[str, str]]:
        name = self.rng.choice(("ma", "sor", "o'c", "07700", "chen"))
        site = f"/api/sites/{self.site}"
        return [
            ("floor", f"/api/state/floor:{self.site}"),
            ("book", f"/api/state/book:{self.site}:{self.day}"),
            ("waitlist", f"/api/state/waitlist:{self.site}"),
            ("guests", f"{site}/guests?q={quote(name)}"),
            ("fits", f"{site}/fits?covers={self.rng.randint(1, 6)}"),
            ("lookup", f"{site}/lookup?q={quote(name)}"),
        ]


async def _api(report: Report, opened: Opened) -> None:
    day = (await opened.row("venue"))["service_date"]
    await opened.hall(max(USERS))  # so that nobody meets anybody on one row
    for users, average_ms in USERS.items():
        hands = await _shared(opened, users)
        people = [_Person(hand, day, report.seed + n) for n, hand in enumerate(hands)]
        await _ask(people, _Answers(), WARM_REQUESTS)
        before_mb = opened.house.pss_mb().get("hub.serve", 0.0)
        await _ask(people, _Answers(), WARM_REQUESTS)
        after_mb = opened.house.pss_mb().get("hub.serve", 0.0)
        answers = _Answers()
        cpu = opened.house.cpu_s()
        began = crowd.clock()
        with crowd.OwnCost() as own:
            await _ask(people, answers, 1500 if report.quick else 6000)
        subject = f"{users} people, no pause"
        took = answers.all_ms
        report.add("api", subject, "requests", len(took) / (crowd.clock() - began), "1/s", note="one in four a command")
        report.add("api", subject, "average answer", sum(took) / len(took), "ms", at_most=average_ms)
        spread(report, "api", subject, took, "ms")
        for door, times in sorted(answers.took_ms.items()):
            report.add("api", f"{subject}: {door}", "p50", quantile(times, 0.5), "ms", note=f"n={len(times)}")
            report.add("api", f"{subject}: {door}", "p99", quantile(times, 0.99), "ms")
        share = answers.errors.total() / len(took)
        report.add("api", subject, "errors", share, "", at_most=ERRORS_MAX, note=str(dict(answers.errors)))
        push.cpu_rows(report, "api", subject, cpu, opened.house.cpu_s(), len(took), "request")
        report.add("api", subject, "load client CPU", own.ms_per_s, "ms/s", at_most=crowd.CPU_MAX)
        grown = after_mb - before_mb
        note = f"hub.serve PSS after {WARM_REQUESTS} more requests: {after_mb:.0f} MB"
        report.add("api", subject, "growth", grown, "MB", at_most=GROWTH_MB, note=note)
        for hand in hands:
            await hand.put_back()


async def _shared(opened: Opened, count: int) -> list[crowd.Hand]:
    """So many people with a connection and rows of their own; some share a sign-in, as signing in is limited."""
    staff, run = await opened.staff(STAFF), uuid.uuid4().hex[:6]
    people = [
        crowd.Hand(RestDoors.known(hand.doors), opened.site_id, f"{run}-{n}")
        for n, hand in zip(range(count), itertools.cycle(staff), strict=False)
    ]
    await crowd.give_rows(people, await opened.doors.state(opened.floor))
    return people


async def _ask(people: list[_Person], answers: _Answers, count: int) -> None:
    """So many requests, by everybody at once, each in their own order."""
    left = count

    async def one(person: _Person) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await person.ask(answers)

    await asyncio.gather(*map(one, people))


# ---- sites


async def _sites(report: Report, opened: Opened) -> None:
    seconds = 5 if report.quick else 15
    await opened.hall(max(USERS))
    spread_out, together = await _houses(opened), await _shared(opened, SITES)
    for subject, some in ((f"{SITES} sites, one host each", spread_out), (f"one site, {SITES} hosts", together)):
        await crowd.flat_out(some, 1)
        cpu = opened.house.cpu_s()
        with crowd.OwnCost() as own:
            began = crowd.clock()
            asked = await crowd.flat_out(some, seconds)
            took = crowd.clock() - began
        done = [one for one in asked if one.done]
        refused = Counter(one.reason for one in asked if not one.done)
        note = f"staff limit {crowd.STAFF_RATE}/s each; not granted: {dict(refused)}"
        report.add("sites", subject, "durable commands", len(done) / took, "1/s", note=note)
        spread(report, "sites", subject, [(one.answered_at - one.sent_at) * 1000 for one in done], "ms")
        push.cpu_rows(report, "sites", subject, cpu, opened.house.cpu_s(), len(asked), "command")
        report.add("sites", subject, "load client CPU", own.ms_per_s, "ms/s", at_most=crowd.CPU_MAX)
    for hand in (*spread_out, *together):
        await hand.put_back()


async def _houses(opened: Opened) -> list[crowd.Hand]:
    """Fifty more sites of the sample's organisation, where its staff works too; a few tables and one hand at each."""
    staff = await opened.staff(STAFF)
    today = datetime.fromisoformat((await opened.row("venue"))["service_date"]).date()
    run = uuid.uuid4().hex[:6]
    names = [f"bench-{run}-{n:02d}" for n in range(SITES)]
    dsn = Postgres(opened.house.data_dir / "postgres").dsn()
    async with await sql.connect_pool(dsn, size=2) as pool, pool.acquire() as db, db.transaction():
        for name in names:
            await venues.add_site(
                db, name, org_id=premises.ORG, name=name, timezone=premises.ZONE, opening_hours=premises.HOURS,
                on=today,
            )  # fmt: skip
        await db.execute(
            "INSERT INTO staff_role (site_id, staff_id, role) SELECT site, staff_id, role "
            "FROM unnest($1::text[]) AS site, staff_role WHERE site_id = $2",
            names, opened.site_id,
        )  # fmt: skip
    admin = RestDoors(opened.address, "super_admin")
    await admin.sign_in()
    hands = []
    for name, member in zip(names, itertools.cycle(staff), strict=False):
        hand = crowd.Hand(RestDoors.known(member.doors), name, f"{member.name}-{name}")
        area = await _done(admin, name, "put_area", name="Room", kind="indoor", service_type="full_service")
        for n in range(TABLES):
            table = {"number": str(n + 1), "min_covers": 1, "max_covers": 4, "shape": "square"}
            place = {"x": 20 + 90 * n, "y": 20, "w": 64, "h": 60}
            await _done(admin, name, "put_table", area_id=area["area_id"], **table, **place)
        await crowd.give_rows([hand], await hand.doors.state(f"floor:{name}"))
        hands.append(hand)
    admin.http.close()
    return hands


async def _done(doors: RestDoors, site_id: str, command: str, /, **args: Any) -> Any:
    """One command of the administrator's, again when the rate says so."""
    while True:
        answer = await doors.command(command, {"site_id": site_id, "key": f"bench-{uuid.uuid4().hex}", **args})
        if answer["status"] == "done":
            return answer["result"]
        if answer.get("code") != "rate_limited":
            raise AwayError(f"{command} at {site_id}: {answer.get('message')}")
        await asyncio.sleep(answer.get("retry_s") or 0.05)
