"""Which tables a booking gets, keeps and gives back, inside its command.

A table that is given back is an opening first (`holds`): the waiting line is served before the public.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from hub.bookings import actions as bookings
from hub.core.clock import service_date
from hub.core.work import Work
from hub.floor import views as floor
from hub.holds import actions as holds
from hub.holds import fits
from hub.holds import rules as spans
from hub.holds import views as plans
from hub.reservations import rules, views
from hub.reservations.times import ELSEWHEN
from hub.slots.calendar import Calendar
from schemas.base import Refused, conflict
from schemas.bookings import BookingRow
from schemas.holds import HoldRow


def policy(work: Work, key: str) -> int:
    """A dining booking's own value of a policy, if it has one."""
    return work.policies.get(key, rules.DINING)


def need_min(work: Work, duration_min: int) -> int:
    """The turn with the cleaning buffer behind it (R-DUR-03)."""
    return duration_min + policy(work, "dining.buffer_min")


async def find(
    work: Work, named: Sequence[str] | None, *, at: datetime, covers: int, duration_min: int, accessible: bool,
    area_id: str | None, features: Collection[str] = (), owner_id: str | None = None, calendar: Calendar | None = None,
) -> list[str] | Refused:  # fmt: skip
    """The tables for a party: those named, if it may be planned there, else the best free ones; empty = none. Areas
    that are shut then are left to the host: see `shut`."""
    if named is None:
        found = await fits.best(
            work.db, work.site_id, at=at, covers=covers, need_min=need_min(work, duration_min), accessible=accessible,
            area_id=area_id, features=features, policies=work.policies, ignore_owner=owner_id, calendar=calendar,
            turn_min=duration_min,
        )  # fmt: skip
        return next((fit.table_ids for fit in found if fit.legal), [])
    refused = rules.refuse_tables(
        named, await floor.tables(work.db, work.site_id), await floor.joins(work.db, work.site_id), covers=covers,
        accessible=accessible, today=is_today(work, at),
    )  # fmt: skip
    return refused or list(dict.fromkeys(named))


def is_today(work: Work, at: datetime) -> bool:
    day_ends = work.policies.get("venue.day_ends")
    return service_date(at, work.timezone, day_ends) == service_date(work.now, work.timezone, day_ends)


async def shut(
    work: Work, calendar: Calendar, table_ids: Sequence[str], at: datetime, duration_min: int
) -> list[str]:
    """What a host should hear of tables they named where nobody is offered one: the rain, an area that closes."""
    areas = calendar.shut(at, at + timedelta(minutes=duration_min))
    if not (areas and table_ids):
        return []
    there = await floor.tables(work.db, work.site_id)
    return rules.in_shut_areas([there[table_id] for table_id in table_ids if table_id in there], areas)


async def find_for(
    work: Work, booking: BookingRow, named: Sequence[str] | None, since: datetime
) -> list[str] | Refused:
    """The same for a booking as it is, its own tables counting as free."""
    return await find(
        work, named, at=since, covers=booking.covers, duration_min=booking.duration_min, accessible=booking.accessible,
        area_id=booking.area_id, features=rules.features(booking.preferences, booking.flags, booking.guest_flags),
        owner_id=booking.id,
    )  # fmt: skip


async def hold(work: Work, booking: BookingRow, table_ids: Sequence[str], since: datetime) -> list[str] | Refused:
    """Keeps tables for a booking's whole turn from `since`."""
    until = since + timedelta(minutes=need_min(work, booking.duration_min))
    return await holds.hold(
        work, owner_kind="booking", owner_id=booking.id, table_ids=table_ids, starts_at=since, ends_at=until
    )


async def full(
    work: Work, *, starts_at: datetime, covers: int, duration_min: int, accessible: bool, area_id: str | None,
    taken: Refused | None = None, ignore_owner: str | None = None,
) -> Refused:  # fmt: skip
    """No: and up to three other times that would work (R-SUG-01, G-08), with their tables."""
    offered = await views.alternatives(
        work.db, work.site_id, now=work.now, starts_at=starts_at, covers=covers, duration_min=duration_min,
        policies=work.policies, accessible=accessible, area_id=area_id, ignore_owner=ignore_owner,
    )  # fmt: skip
    if taken:
        return structs.replace(taken, about=offered, field="table_ids")
    return conflict("full", rules.no_table(covers, starts_at, work.timezone), about=offered)


async def elsewhen(work: Work, refused: Refused, **wish: Any) -> Refused:
    """A time that may not be booked, and up to three others that may (F-AVL-07); other refusals as they are."""
    if refused.reason not in ELSEWHEN:
        return refused
    offered = await views.alternatives(work.db, work.site_id, now=work.now, policies=work.policies, **wish)
    return structs.replace(refused, about=offered)


async def still_fit(work: Work, booking: BookingRow, table_ids: Sequence[str], since: datetime) -> bool:
    """Whether the tables a booking has are right for what it has become, and free for all of its turn."""
    refused = rules.refuse_tables(
        table_ids, await floor.tables(work.db, work.site_id), await floor.joins(work.db, work.site_id),
        covers=booking.covers, accessible=booking.accessible, today=is_today(work, since),
    )  # fmt: skip
    if refused:
        return False
    turn = (since, since + timedelta(minutes=need_min(work, booking.duration_min)))
    others = await plans.beside(work.db, work.site_id, table_ids, since, booking.id)
    return not any(spans.overlap(turn, spans.span(other)) for other in others)


async def planned(work: Work, owner_id: str) -> list[HoldRow]:
    """What an owner still has planned, openings aside."""
    mine = await plans.of_owner(work.db, work.site_id, owner_id)
    return [held for held in mine if held.status == "held" and held.owner_kind != "opening"]


async def swap(
    work: Work, booking: BookingRow, table_ids: Sequence[str], since: datetime, *, left_by: BookingRow | None = None
) -> Refused | None:
    """`booking` has these tables from `since` on. What it had before (or what `left_by`, the booking it comes from,
    had) is given back, and is an opening where the new turn does not meet it."""
    owner_id = (left_by or booking).id
    had = await planned(work, owner_id)
    turn = (since, since + timedelta(minutes=need_min(work, booking.duration_min)))
    left = [old.table_id for old in had if old.table_id not in table_ids or not spans.overlap(turn, spans.span(old))]
    if left:
        # one that lives on keeps its name, and the opening gets its own: nobody takes it for the booking's
        await holds.open_up(work, owner_id, None if left_by and len(left) == len(had) else left)
    if len(left) < len(had):
        await holds.release(work, owner_id)
    if table_ids:
        held = await hold(work, booking, table_ids, since)
        if isinstance(held, Refused):
            return held
    if left_by is None:
        if table_ids:
            await bookings.placed(work, booking.id, list(table_ids))
        else:
            await bookings.unplace(work, booking.id)
    return None


async def place_again(work: Work, booking: BookingRow) -> None:
    """A booking that gave its tables back and is live again gets them if nobody has them yet, else others, else none
    for now."""
    had = await holds.release(work, booking.id) or await plans.given_back(work.db, work.site_id, booking.id)
    since = max(booking.starts_at, work.now)
    for named in ([had] if had else []) + [None]:
        table_ids = await find_for(work, booking, named, since)
        if not table_ids or isinstance(table_ids, Refused):
            continue
        if not isinstance(await hold(work, booking, table_ids, since), Refused):
            await bookings.placed(work, booking.id, table_ids)
            return
    await bookings.unplace(work, booking.id)
