"""What an asker hears: staff all of it, guests what is theirs to know."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from hub.bookings import views as book
from hub.core.work import Work
from hub.floor import views as floor
from hub.reservations import rules
from schemas.base import Refused, invalid
from schemas.bookings import BookingRow
from schemas.reservations import Booked

Wish = ParamSpec("Wish")


def discreet(
    action: Callable[Concatenate[Work, Wish], Awaitable[Any]]
) -> Callable[Concatenate[Work, Wish], Awaitable[Any]]:
    """What a guest asks for is answered in words guests may read."""

    @wraps(action)
    async def act(work: Work, *wish: Wish.args, **more: Wish.kwargs) -> Any:
        answer = await action(work, *wish, **more)
        return rules.for_guest(answer) if work.actor.kind == "guest" else answer

    return act


async def booked(
    work: Work, booking: BookingRow, table_ids: list[str], said: list[str], ticket: str | None = None
) -> Booked:
    """What the asker hears of a booking that was taken or changed."""
    there = await floor.tables(work.db, work.site_id)
    said = said + rules.too_large_a_table(booking.covers, [there[table_id] for table_id in table_ids])
    if not table_ids:
        said.append("No table is planned for it yet.")
    return Booked(
        booking.id, booking.code, table_ids, said,
        ticket or await book.ticket_of(work.db, work.site_id, booking.id), booking.guest_id,
    )  # fmt: skip


async def unknown_area(work: Work, area_id: str | None) -> Refused | None:
    if area_id and not await floor.AREAS.read(work.db, work.site_id, [area_id]):
        return invalid("area_id", "There is no such area here.", reason="unknown_area")
    return None
