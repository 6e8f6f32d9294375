"""Tables kept while a booking is being filled in (F-AVL-12): nobody else is offered them, for some minutes.

A checkout ends once: taken over by its booking, released, or expired. It counts until `expires_at` and not one moment
longer, whatever its timer did; its tables are free for others when it is released or the timer has fired.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import asyncpg

from hub.core import sql
from hub.core.commands import handles
from hub.core.work import Work
from hub.holds import actions as holds
from schemas.base import Refused, conflict, not_found
from schemas.holds import ExpireCheckout, ReleaseSlot, SlotHeld, SlotReleased

q = sql.load(__file__)

REMEMBERED = timedelta(days=1)  # as long as an answer is: who asks again about an ended one is told what became of it
How = Literal["taken", "released", "expired"]


@dataclass(frozen=True, slots=True)
class Checkout:
    """What was wished for, and the tables that are kept for it."""

    id: str
    actor: str
    covers: int
    starts_at: datetime
    duration_min: int
    area_id: str | None
    accessible: bool
    table_ids: list[str]
    expires_at: datetime
    status: str

    def stands(self, now: datetime) -> bool:
        return self.status == "held" and now < self.expires_at


async def keep(
    work: Work, table_ids: Sequence[str], *, starts_at: datetime, need_min: int, **wish: Any
) -> Checkout | Refused:
    """Keeps tables for a wish (covers, duration_min, area_id, accessible) of the asker, or says who has them. An asker
    has `booking.checkouts_max` at a time."""
    most = work.policies.get("booking.checkouts_max", "dining")
    if await q.live_of(work.db, site_id=work.site_id, actor=work.actor.id, now=work.now) >= most:
        sentence = f"You are keeping {most} times already. Finish or let go of one first."
        return conflict("too_many_held", sentence, retry="later")
    await q.forget_ended(work.db, site_id=work.site_id, before=work.now - REMEMBERED)
    checkout_id = work.new_id()
    held = await holds.hold(
        work, owner_kind="checkout", owner_id=checkout_id, table_ids=table_ids, starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=need_min),
    )  # fmt: skip
    if isinstance(held, Refused):
        return held
    expires_at = work.now + timedelta(minutes=work.policies.get("booking.checkout_hold_min", "dining"))
    await q.add_checkout(
        work.db, site_id=work.site_id, id=checkout_id, actor=work.actor.id, starts_at=starts_at,
        table_ids=list(table_ids), made_at=work.now, expires_at=expires_at, **wish,
    )  # fmt: skip
    work.arm(_timer(checkout_id), expires_at, ExpireCheckout(
        site_id=work.site_id, key=work.new_id(), checkout_id=checkout_id
    ))  # fmt: skip
    work.tell(SlotHeld(
        hold_id=checkout_id, starts_at=starts_at, covers=wish["covers"], table_ids=list(table_ids),
        expires_at=expires_at,
    ))  # fmt: skip
    return Checkout(
        id=checkout_id, actor=work.actor.id, starts_at=starts_at, table_ids=list(table_ids), expires_at=expires_at,
        status="held", **wish,
    )  # fmt: skip


async def of(work: Work, checkout_id: str) -> Checkout | Refused:
    """A checkout in whatever state it is. A guest knows only their own."""
    record = await q.checkout(work.db, site_id=work.site_id, id=checkout_id)
    if record is None or (work.actor.kind == "guest" and record["actor"] != work.actor.id):
        return not_found("checkout_id", "There is no such time kept here.")
    return Checkout(**record)


async def take_over(work: Work, checkout: Checkout) -> None:
    """Its booking is being made in this very command, which plans the tables anew."""
    await _end(work, checkout, "taken")


@handles(ReleaseSlot)
async def release_slot(work: Work, wish: ReleaseSlot) -> Refused | None:
    """Said twice, or too late, it is released all the same."""
    checkout = await of(work, wish.checkout_id)
    if isinstance(checkout, Refused):
        return checkout
    if checkout.status == "held":
        await _end(work, checkout, "released")
    return None


@handles(ExpireCheckout)
async def expire_checkout(work: Work, wish: ExpireCheckout) -> Refused | None:
    checkout = await of(work, wish.checkout_id)
    if isinstance(checkout, Refused):
        return checkout
    if checkout.status != "held":
        return conflict("checkout_over", "It was booked or let go of before.", retry="never")
    if work.now < checkout.expires_at:
        return conflict("too_early", "It is kept a while yet.", retry="later")
    await _end(work, checkout, "expired")
    return None


async def _end(work: Work, checkout: Checkout, how: How) -> None:
    await q.end_checkout(work.db, site_id=work.site_id, id=checkout.id, status=how)
    await holds.let_go(work, checkout.id)
    work.disarm(_timer(checkout.id))
    work.tell(SlotReleased(hold_id=checkout.id, why=how))


def _timer(checkout_id: str) -> str:
    return f"checkout:{checkout_id}"


async def covers_between(
    db: asyncpg.Connection | asyncpg.Pool, site_id: str, start: datetime, end: datetime, *, now: datetime, but: str
) -> list[tuple[datetime, int]]:
    """(start, covers) of what is being filled in for times in [start, end), other than `but`."""
    records = await q.kept_between(db, site_id=site_id, since=start, until=end, now=now, but=but)
    return [(record["starts_at"], record["covers"]) for record in records]
