"""What doors and higher storeys may ask about bookings: other times, what cancelling means, whose booking it is."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from hub.bookings import views as book
from hub.core import sql
from hub.core.clock import service_day
from hub.core.work import Policies
from hub.guests import phones
from hub.guests.rules import searchable
from hub.holds import fits
from hub.holds import views as plans
from hub.policies.defaults import POLICIES
from hub.reservations import rules, times
from hub.reservations.times import Times
from hub.slots.calendar import DAY
from hub.venues import views as venues
from schemas.bookings import BookingRow
from schemas.reservations import Alternative, CancelTerms, Found
from schemas.slots import SlotDay

q = sql.load(__file__)

FOUND_MAX = 20  # bookings a look-up shows; who finds more types another letter
ASKED_MAX = 120  # characters of a look-up that are read


async def alternatives(
    db: asyncpg.Connection | asyncpg.Pool, site_id: str, *, now: datetime, starts_at: datetime, covers: int,
    duration_min: int, policies: Policies, accessible: bool, area_id: str | None, ignore_owner: str | None = None,
) -> list[Alternative]:  # fmt: skip
    """Up to three other times that would work, each with its tables and why it was chosen (R-SUG-01, G-08): the same
    day first, nearest first, then the next day, then the next week at the same time; where none of them is possible,
    the first days it is. Only times that may be booked: the house is open, and there is room for so many."""
    site = await venues.site(db, site_id)
    assert site is not None, f"no site {site_id}"
    latest = now + timedelta(days=policies.get("booking.max_days_ahead", rules.DINING))
    ends = min(latest, starts_at + timedelta(days=rules.OTHER_DAYS[-1][0]))
    read = partial(times.read, db, site, policies, now=now, but=ignore_owner or "")
    there = await read(starts_at - rules.WINDOW, max(ends, starts_at))
    near = rules.other_times(
        starts_at, now, step_min=policies.get("dining.slot_step_min", rules.DINING), timezone=site.timezone,
        day_ends=site.day_ends,
        slots=[slot.starts_at for slot in there.calendar.slots(there.calendar.service_day(starts_at))],
    )  # fmt: skip
    days: list[list[tuple[datetime | None, str]]] = [
        [(moment, rules.shift(starts_at, moment)) for moment in near],
        *([(rules.days_later(starts_at, count, site.timezone), why)] for count, why in rules.OTHER_DAYS),
    ]
    asked: Any = {
        "now": now, "latest": latest, "covers": covers, "duration_min": duration_min, "policies": policies,
        "accessible": accessible, "area_id": area_id, "ignore_owner": ignore_owner,
    }  # fmt: skip
    offered = await _that_work(db, site, days, there, **asked)
    if offered:
        return offered
    there = await read(starts_at, max(starts_at, min(latest, starts_at + timedelta(days=rules.FURTHER[-1]))))
    later = [(rules.days_later(starts_at, count, site.timezone), rules.in_days(count)) for count in rules.FURTHER]
    return await _that_work(db, site, [[one] for one in later], there, days_max=rules.FURTHER_TRIED, **asked)


async def _that_work(
    db: asyncpg.Connection | asyncpg.Pool, site: venues.Site, days: Iterable[list[tuple[datetime | None, str]]],
    there: Times, *, now: datetime, latest: datetime, covers: int, duration_min: int, policies: Policies,
    accessible: bool, area_id: str | None, ignore_owner: str | None, days_max: int = 1000,
) -> list[Alternative]:  # fmt: skip
    """The first of these times, day by day, that may be booked and have a table; at most `days_max` days with a time
    that may be booked are looked at."""
    need_min = duration_min + policies.get("dining.buffer_min", rules.DINING)
    site_id, turn = site.id, timedelta(minutes=duration_min)
    tables, joins = await fits.furniture(db, site_id)
    offered: list[Alternative] = []
    for day in days:
        wanted: list[tuple[datetime, str]] = [
            (moment, why) for moment, why in day
            if moment and now <= moment <= latest
            and there.refuse(moment, covers=covers, turn_min=duration_min) is None
        ]  # fmt: skip
        if not wanted:
            continue
        if (days_max := days_max - 1) < 0:
            return offered
        moments = [moment for moment, _ in wanted]
        planned = await plans.busy(db, site_id, min(moments), max(moments) + fits.EVENING)
        for moment, why in wanted:
            found = fits.judge(
                tables, joins, planned, at=moment, covers=covers, need_min=need_min, short_min=need_min,
                zone=ZoneInfo(site.timezone), weights=fits.weights_of(policies), accessible=accessible,
                area_id=area_id, ignore_owner=ignore_owner, shut=there.calendar.shut(moment, moment + turn),
            )  # fmt: skip
            best = next((fit for fit in found if fit.legal), None)
            if best:
                offered.append(Alternative(moment, best.table_ids, why))
            if len(offered) == rules.OFFERED_MAX:
                return offered
    return offered


async def slot_day(
    db: asyncpg.Connection | asyncpg.Pool, site: venues.Site, on: date, *, now: datetime, policies: Policies
) -> SlotDay:
    """A service day as it may be booked: its slots with what is booked in them, and what is shut when."""
    start, end = service_day(on, site.timezone, site.day_ends)
    there = await times.read(db, site, policies, start, end, now=now)
    calendar = there.calendar
    fast = policies.get("booking.filling_fast_pct", rules.DINING)
    if not calendar.shaped(on):  # nothing is capped, but who looks wants to know
        there = Times(calendar, await book.covers_between(db, site.id, start - DAY, end + DAY))
    slots = [rules.day_slot(slot, *there.booked(slot), filling_fast_pct=fast) for slot in calendar.slots(on)]
    spans = calendar.spans(on)
    return SlotDay(
        on=on, open=None if spans is None else bool(spans), title=calendar.title(on), slots=slots,
        closures=calendar.closed(start, end),
    )  # fmt: skip


async def cancel_terms(
    db: asyncpg.Connection | asyncpg.Pool, site_id: str, booking: BookingRow, *, now: datetime, policies: Policies
) -> CancelTerms:
    """What cancelling now would mean, and times to move to instead (F-RES-06). The notice that counts is the one that
    was in force when it was booked (C-13)."""
    site = await venues.site(db, site_id)
    assert site is not None, f"no site {site_id}"
    said = await q.cancel_free_h_then(
        db, org_id=site.org_id, site_id=site_id, at=booking.booked_at or now, kind=booking.kind
    )
    free_h = POLICIES["booking.cancel_free_h"].default if said is None else said
    free_until = booking.starts_at - timedelta(hours=free_h)
    offered = await alternatives(
        db, site_id, now=now, starts_at=booking.starts_at, covers=booking.covers, duration_min=booking.duration_min,
        policies=policies, accessible=booking.accessible, area_id=booking.area_id, ignore_owner=booking.id,
    )  # fmt: skip
    return CancelTerms(
        policy=rules.cancel_words(free_h, free_until, site.timezone), free_until=free_until, late=now > free_until,
        refund_cents=0, alternatives=offered,
    )  # fmt: skip


async def lookup(
    db: asyncpg.Connection | asyncpg.Pool, site_id: str, text: str, *, now: datetime, limit: int = FOUND_MAX
) -> list[Found]:
    """Bookings by code in any letter case, by phone however it is written, by e-mail or by name (F-RES-03)."""
    text = " ".join(text.replace("\x00", "").split())[:ASKED_MAX]
    site = await venues.site(db, site_id)
    if not text or site is None:
        return []
    email = text.lower() if "@" in text else None
    number = None if email else phones.normal(text, site.country) if rules.like_a_phone(text) else None
    digits = phones.digits_of(text)
    return await book.lookup(
        db, site_id, now=now, codes=rules.codes_meant(text), email=email, limit=limit,
        phone_keys=list(dict.fromkeys([number, digits])) if number else [],
        name="" if email or number else searchable(text),
    )  # fmt: skip
