"""A site's day turns, its clock is set and its copies of policies are renewed here and nowhere else."""

from datetime import date, timedelta

import asyncpg

from hub.core import sql
from hub.core.clock import service_date, service_day, wall_now
from hub.core.commands import handles
from hub.core.work import Work
from hub.policies.views import policies_of
from hub.venues.rules import Hours
from schemas.base import Refused, invalid
from schemas.venues import ClockSet, RefreshVenue, ServiceDayTurned, SetClock, TurnServiceDay, VenueRefreshed

q = sql.load(__file__)

SKIP_MAX = timedelta(days=7)  # how far the sample house's clock may be set forward at once


@handles(SetClock)
async def set_clock(work: Work, wish: SetClock) -> Refused | None:
    """Every process hears of it by NOTIFY `maitred_clock` once it is committed, and reads the pace anew."""
    if not await q.sample(work.db):
        return Refused(code="forbidden", reason="sample_only", message="Only a sample house can set its clock.")
    house_at = wish.house_at or work.now
    if house_at.tzinfo is None:
        return invalid("house_at", "The time needs its zone, as in 2026-11-20T19:05:00Z.")
    if house_at < work.now:
        return invalid("house_at", "The house clock runs forward only.", reason="backwards")
    if house_at - work.now > SKIP_MAX:
        return invalid("house_at", "The house clock can be set forward by a week at most.", reason="too_far")
    await work.touch("clock", "clock")
    await q.set_clock(work.db, house_at=house_at, wall_at=wall_now(), rate=wish.rate)
    await q.copy_clock(work.db, site_id=work.site_id)
    await q.ring(work.db)
    work.tell(ClockSet(rate=wish.rate, house_at=house_at))
    return None


@handles(TurnServiceDay)
async def turn_service_day(work: Work, wish: TurnServiceDay) -> None:  # noqa: ARG001 - the site and the clock say it all
    """Names the service day it is now, and comes back at its end; asked twice, or early, it changes nothing."""
    venue = (await work.touch("venue", work.site_id))[work.site_id]
    await _keep_day(work, venue.service_date, venue.day_ends)


@handles(RefreshVenue)
async def refresh_venue(work: Work, wish: RefreshVenue) -> None:  # noqa: ARG001
    """Copies the policies and the clock screens draw by."""
    venue = (await work.touch("venue", work.site_id))[work.site_id]
    await work.touch("clock", "clock")
    get = (await policies_of(work.db, work.org_id, work.site_id)).get  # not what the process remembers: it may be old
    now = {
        "day_ends": get("venue.day_ends"), "late_after_min": get("booking.no_show_grace_min"),
        "soon_min": get("floor.soon_min"), "theme": get("floor.theme"),
    }  # fmt: skip
    await q.copy_clock(work.db, site_id=work.site_id)
    if any(getattr(venue, name) != value for name, value in now.items()):
        await q.copy_policies(work.db, site_id=work.site_id, **now)
        work.tell(VenueRefreshed(fields=sorted(name for name, value in now.items() if getattr(venue, name) != value)))
    if now["day_ends"] != venue.day_ends:
        await _keep_day(work, venue.service_date, now["day_ends"])


async def _keep_day(work: Work, known: object, day_ends: str) -> None:
    today = service_date(work.now, work.timezone, day_ends)
    if today != known:
        await q.turn_day(work.db, site_id=work.site_id, service_date=today)
        work.tell(ServiceDayTurned(service_date=today))
    work.disarm("service_day")
    _, ends = service_day(today, work.timezone, day_ends)
    work.arm("service_day", ends, TurnServiceDay(site_id=work.site_id, key=f"service_day.{ends:%Y%m%dT%H%M}"))


async def add_org(db: asyncpg.Connection, org_id: str, name: str) -> None:
    await q.add_org(db, org_id=org_id, name=name)


async def add_site(
    db: asyncpg.Connection, site_id: str, *, org_id: str, name: str, timezone: str, opening_hours: Hours,
    on: date, kind: str = "restaurant",
) -> None:  # fmt: skip
    """A new site with an empty journal; give it `turn_service_day` once, so that its days turn."""
    await q.add_site(
        db, site_id=site_id, org_id=org_id, name=name, kind=kind, timezone=timezone, opening_hours=opening_hours,
        service_date=on,
    )  # fmt: skip
