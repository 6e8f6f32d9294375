"""Furnishes the sample house, plays its evening up to five past seven by ordinary commands, and opens its doors.

The script runs by a clock of its own, which stands still at each step; timers that come due on the way fire as they
would have. The house becomes a sample, and its real clock starts, in the last step: a load cut short is begun anew.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import structlog

from hub.bookings.rules import code_from
from hub.core import sql
from hub.core.actor import HOUSE, Actor
from hub.core.clock import HouseClock, Pace, wall_now
from hub.core.commands import Commands
from hub.core.ids import new_id, seeded
from hub.core.timers import Timers, replan
from hub.guests.rules import searchable, spelled
from hub.people.rules import initials
from hub.sample import premises
from hub.sample.evening import TURN, Evening, Step, evening
from hub.sample.guests import Regular, counts, regulars
from hub.venues import actions as venues
from schemas.base import Command, Refused
from schemas.catalogue import COMMANDS
from schemas.venues import RefreshVenue, SetClock, TurnServiceDay
from schemas.waitlist import RefreshWaiting

log = structlog.get_logger("sample")
q = sql.load(__file__)

SEED = 15
PAUSED_AFTER = timedelta(minutes=5)  # a house closed for longer goes on where it was left


Refusals = list[tuple[Step, Refused]]


class NotEmptyError(RuntimeError):
    """A sample house is made in an empty database only; this one holds somebody's real house."""


async def load(house: Any, *, seed: int = SEED, day: date | None = None, second: bool = False) -> Refusals:
    """Makes the sample house if there is no house yet, or lets the one there is go on where it was left.

    `day` is the Friday to play (default: the next one, today included); `second` adds a small second site for tests of
    tenancy. Returns the steps that were refused: none, unless the house's rules changed under the script."""
    async with house.pool.acquire(timeout=30) as db:
        await q.take_turn(db)
        try:
            sample, orgs, ours = await q.what_is_there(db, org_id=premises.ORG)
            if sample:
                await resume(house)
                return []
            if orgs and not (ours and orgs == 1):
                raise NotEmptyError("there is a house in this database already")
            if ours:
                await q.empty(db)
            return await _make(house, db, seed, day or next_friday(), second=second)
        finally:
            await q.end_turn(db)


def next_friday(wall: datetime | None = None) -> date:
    today = (wall or wall_now()).astimezone(ZoneInfo(premises.ZONE)).date()
    return today + timedelta(days=(4 - today.weekday()) % 7)


async def resume(house: Any) -> None:
    """After a pause the evening goes on at its last event: while nobody was there nothing happened, timers included."""
    last = await q.last_line(house.pool, site_id=premises.SITE)
    if last is None or wall_now() - last["wall_at"] < PAUSED_AFTER:
        return
    house.clock.pace = Pace(last["at"], wall_now(), 1.0)
    await house.commands.give(HOUSE, SetClock(site_id=premises.SITE, key=f"resume-{new_id()}", rate=1.0))
    await replan(house.pool, house.clock)


async def _make(house: Any, db: asyncpg.Connection, seed: int, day: date, *, second: bool) -> Refusals:
    script = evening(seed, day)
    async with db.transaction():
        await venues.add_org(db, premises.ORG, premises.NAME)
        await _furnish(db, script, premises.SITE, premises.NAME, seed)
        if second:
            await _furnish(db, script, premises.SECOND_SITE, premises.SECOND_NAME, seed, only="terrace")
        await _people(db, second=second)
        await _guests(db, regulars(seed, day, script.bookings), script)
    refused = await _Stage(house, script, seed).play()
    await q.deliver_past(db, now=script.now)
    await q.open_doors(db, house_at=script.now, wall_at=wall_now())
    await house.clock.read(db)
    for site_id in (premises.SITE, premises.SECOND_SITE)[: 1 + second]:
        for wish in (RefreshVenue, TurnServiceDay, RefreshWaiting):
            await house.commands.give(HOUSE, wish(site_id=site_id, key=f"sample-{wish.__name__}"))
    await q.ring(db)
    await replan(house.pool, house.clock)
    log.info("sample_loaded", day=day.isoformat(), steps=len(script.steps), refused=len(refused))
    return refused


async def _furnish(
    db: asyncpg.Connection, script: Evening, site_id: str, name: str, seed: int, only: str | None = None
) -> None:
    """Rooms, sections, tables and joins of a site; `only` one of its areas."""
    await venues.add_site(
        db, site_id, org_id=premises.ORG, name=name, timezone=premises.ZONE, opening_hours=premises.HOURS,
        on=script.day,
    )  # fmt: skip
    await q.say_where(db, site_id=site_id, **premises.WHERE[site_id])
    people = {person.id: person for person in premises.STAFF}
    for colour, (section_id, title, server) in enumerate(premises.SECTIONS):
        await q.add_section(
            db, site_id=site_id, section_id=section_id, name=title, server_id=server, server_name=people[server].name,
            initials=initials(people[server].name), colour=colour,
        )  # fmt: skip
    for position, area in enumerate(area for area in premises.AREAS if only in (None, area.id)):
        await q.add_area(
            db, site_id=site_id, area_id=area.id, name=area.name, kind=area.kind, service_type=area.service_type,
            features=list(area.features), fixtures=msgspec.json.encode(area.fixtures).decode(), width=premises.WIDTH,
            height=premises.HEIGHT, position=position,
        )  # fmt: skip
    codes, stood = seeded(seed + len(site_id)), {}
    for spot in premises.TABLES:
        code = codes()
        if only not in (None, spot.area_id):
            continue
        stood[spot.number] = spot.id
        x, y, w, h = spot.box
        await q.add_table(
            db, site_id=site_id, table_id=spot.id, area_id=spot.area_id, number=spot.number, least=spot.covers[0],
            most=spot.covers[1], furniture=spot.furniture, size_class=spot.size_class, shape=spot.shape,
            features=list(spot.features), preferred_for=list(spot.preferred_for), priority=spot.priority, x=x, y=y, w=w,
            h=h, since=script.now - timedelta(hours=9), section_id=spot.section_id, qr=code,
        )  # fmt: skip
    for a, b, most in premises.JOINS:
        if a in stood and b in stood:
            first, then = sorted((stood[a], stood[b]))
            await q.add_join(db, site_id=site_id, join_id=f"{first}-{then}", a=first, b=then, most=most)


async def _people(db: asyncpg.Connection, *, second: bool) -> None:
    for person in premises.STAFF:
        await q.add_person(
            db, staff_id=person.id, org_id=premises.ORG, email=f"{person.id}@casa-lumen.example", name=person.name,
            initials=initials(person.name),
        )  # fmt: skip
        for role in person.roles:
            await q.add_role(db, site_id=premises.SITE, staff_id=person.id, role=role)
    if second:
        await q.add_person(
            db, staff_id="ines", org_id=premises.ORG, email="ines@casa-lumen.example", name="Inês Duarte", initials="ID"
        )
        await q.add_role(db, site_id=premises.SECOND_SITE, staff_id="ines", role="host")


async def _guests(db: asyncpg.Connection, people: list[Regular], script: Evening) -> None:
    """Whom the house knows and their past, all at once."""
    morning = script.now - timedelta(hours=9)
    await q.add_guests(
        db, org_id=premises.ORG, now=morning, ids=[one.id for one in people], names=[one.name for one in people],
        phones=[one.phone for one in people], emails=[one.email for one in people],
        birthdays=[one.birthday for one in people],
        anniversaries=[{"days": one.anniversaries} for one in people],
    )  # fmt: skip
    cards, past = [], []
    for one in people:
        search = spelled([(one.name, one.phone, one.email)])
        cards.append((
            premises.SITE, one.id, search, one.flags, one.preferences, one.preferred_times, one.favourite_table_id,
            one.tier, one.tags, one.notes, one.consents, one.blacklist_reason is not None, one.blacklist_reason,
            "phone", *counts(one).values(),
        ))  # fmt: skip
        for visit in one.visits:
            on = visit.starts_at.astimezone(ZoneInfo(premises.ZONE)).date()
            came = visit.starts_at if visit.status == "completed" else None
            past.append((
                premises.SITE, visit.id, code_from(visit.id), one.name, one.phone, one.phone, searchable(one.name),
                one.email, visit.covers, on, visit.starts_at, TURN, visit.status, visit.starts_at, visit.source,
                visit.starts_at - timedelta(hours=visit.booked_h), False, one.id, one.flags, came, came,
                came and came + timedelta(minutes=TURN),
            ))  # fmt: skip
    await db.copy_records_to_table("guest_profile", records=cards, columns=_CARD)
    await db.copy_records_to_table("booking", records=past, columns=_PAST)


_CARD = (
    "site_id", "id", "search", "flags", "preferences", "preferred_times", "favourite_table_id", "tier", "tags", "notes",
    "consents", "blacklisted", "blacklist_reason", "source", "visits", "covers_total", "no_shows", "cancellations",
    "first_seen", "last_seen",
)  # fmt: skip
_PAST = (
    "site_id", "id", "code", "name", "phone", "phone_key", "search", "email", "covers", "service_date", "starts_at",
    "duration_min", "status", "status_since", "source", "booked_at", "unplaced", "guest_id", "guest_flags",
    "arrived_at", "seated_at", "departed_at",
)  # fmt: skip


class _Stage:
    """Gives the script's commands, each at its own house time."""

    def __init__(self, house: Any, script: Evening, seed: int) -> None:
        self.pool, self.script = house.pool, script
        self.clock = HouseClock(Pace(script.steps[0].at, wall_now(), 0.0))
        self.commands = Commands(
            pool=house.pool, clock=self.clock, types=house.types, policies_of=house.policies_of, ids=seeded(seed)
        )
        self.timers = Timers(house.pool, "", self.clock, self.commands.give)
        self.ids: dict[str, str] = {}
        self.host = Actor.staff(premises.HOST, source="sample")

    async def play(self) -> Refusals:
        refused = []
        for number, step in enumerate(self.script.steps):
            await self._until(step.at)
            wish = self._wish(step, number)
            answer = await self.commands.give(self.host, wish) if wish else None
            if isinstance(answer, Refused):
                log.warning("sample_step_refused", command=step.command, reason=answer.reason, message=answer.message)
                refused.append((step, answer))
            elif answer and step.ref:
                brought = msgspec.to_builtins(answer.result)
                self.ids[step.ref] = brought.get("seating_id") or brought["booking_id"]
        await self._until(self.script.now)
        return refused

    async def _until(self, moment: datetime) -> None:
        """Lets the time pass; what comes due on the way happens at its own moment, and may bring more."""
        fired = set()
        while due := await q.due_timers(self.pool, site_id=premises.SITE, now=moment):
            timer_id, due_at = due[0]
            assert timer_id not in fired, f"timer {timer_id} does not fire"
            fired.add(timer_id)
            self._stand(max(due_at, self.clock.now()))
            await self.timers.fire(timer_id)
        self._stand(moment)

    def _stand(self, moment: datetime) -> None:
        self.clock.pace = Pace(moment, wall_now(), 0.0)

    def _wish(self, step: Step, number: int) -> Command | None:
        """The command, ids put in for references; None when an earlier step it rests on was refused."""
        args = {}
        for name, value in step.args.items():
            if isinstance(value, str) and value.startswith("@"):
                if value[1:] not in self.ids:
                    return None
                args[name] = self.ids[value[1:]]
            else:
                args[name] = value
        said = {"command": step.command, "site_id": premises.SITE, "key": f"sample-{number:04d}", **args}
        return msgspec.convert(said, type=COMMANDS[step.command])
