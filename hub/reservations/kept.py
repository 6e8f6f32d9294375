"""A time kept while its booking is filled in (F-AVL-12): asked for like a booking, taken over by it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.core.commands import handles
from hub.core.work import Work
from hub.holds import checkouts
from hub.holds.checkouts import Checkout
from hub.reservations import checks, rules, tables, times
from hub.reservations.answers import discreet, unknown_area
from hub.venues import views as venues
from schemas.base import Refused, invalid
from schemas.reservations import HoldSlot, SlotKept


@handles(HoldSlot)
@discreet
async def hold_slot(work: Work, wish: HoldSlot) -> SlotKept | Refused:
    """Keeps what `book` would take; who the guest is comes later, so nothing is asked of them yet."""
    if wish.starts_at.tzinfo is None:
        return invalid("starts_at", "The time needs a time zone.")
    site = await venues.site(work.db, work.site_id)
    assert site is not None, "a command works at a site that is open"
    duration_min = wish.duration_min or tables.policy(work, "dining.duration_min")
    wished = checks.Wished(
        covers=wish.covers, starts_at=wish.starts_at, source=wish.source, phone=None, email=None,
        by_guest=work.actor.kind == "guest" or wish.source in rules.BY_GUESTS, duration_min=duration_min,
    )  # fmt: skip
    there = await times.at(work.db, site, work.policies, wish.starts_at, now=work.now)
    found = checks.problems(wished, site, work.policies, work.now, there)
    said = [problem for problem in found if problem.reason not in checks.OF_THE_GUEST]
    starts_at = rules.minute_in_utc(wish.starts_at)
    party: dict[str, Any] = {
        "covers": wish.covers, "duration_min": duration_min, "area_id": wish.area_id,
        "accessible": wish.accessible or rules.STEP_FREE in wish.flags,
    }  # fmt: skip
    if refused := checks.refusal(said):
        return await tables.elsewhen(work, refused, starts_at=starts_at, **party)
    if unknown := await unknown_area(work, wish.area_id):
        return unknown
    table_ids = await tables.find(
        work, wish.table_ids, at=starts_at, features=rules.features(wish.preferences, wish.flags),
        calendar=there.calendar, **party,
    )  # fmt: skip
    if isinstance(table_ids, Refused):
        return table_ids
    if not table_ids:
        return await tables.full(work, starts_at=starts_at, **party)
    shut = await tables.shut(work, there.calendar, table_ids, starts_at, duration_min)
    if shut and wished.by_guest:
        return invalid("table_ids", shut[0], reason="area_shut")
    kept = await checkouts.keep(
        work, table_ids, starts_at=starts_at, need_min=tables.need_min(work, duration_min), **party
    )
    if isinstance(kept, Refused):
        if kept.reason != "table_taken":
            return kept
        return await tables.full(work, starts_at=starts_at, taken=kept, **party)
    return SlotKept(kept.id, kept.expires_at, kept.table_ids, checks.warnings(said) + shut)


def tables_for(
    checkout: Checkout, now: datetime, starts_at: datetime, party: Mapping[str, Any]
) -> list[str] | None:
    """The tables kept for a booking, if it still is the wish they were kept for."""
    same = checkout.starts_at == starts_at and all(getattr(checkout, name) == party[name] for name in party)
    return checkout.table_ids if same and checkout.stands(now) else None


async def take_over(work: Work, checkout: Checkout) -> list[str]:
    """What was kept is the booking's now. Returns what the host should hear when it was not kept any more."""
    if checkout.status == "held":
        await checkouts.take_over(work, checkout)
    if checkout.stands(work.now):
        return []
    return ["The time was not kept any more; its tables were looked for anew."]
