"""Whose booking it is: the guest recognised, and whether they have it already."""

from datetime import datetime
from typing import Any

from hub.bookings import views as book
from hub.core.work import Work
from hub.guests import actions as guests
from hub.guests import phones
from hub.reservations import rules
from hub.venues.views import Site
from schemas.base import Refused
from schemas.bookings import BookingRow
from schemas.guests import GuestRow
from schemas.reservations import Book


async def recognise(work: Work, wish: Book, *, anyway: bool, reason: str | None) -> GuestRow | Refused | None:
    """The guest of a wish; none for a mere name. A blacklisted one is refused unless staff insist (R-AVL-15)."""
    guest = await guests.recognise(
        work, name=wish.name, phone=wish.phone, email=wish.email, guest_id=wish.guest_id, source=wish.source
    )
    if guest is None or isinstance(guest, Refused):
        return guest
    insists = anyway and work.actor.kind != "guest"
    return rules.refuse_blacklisted(guest, anyway=insists, reason=reason) or guest


def copied(guest: GuestRow | None) -> dict[str, Any]:
    """What a booking carries of its guest's card; a reaction keeps it up with the card."""
    if guest is None:
        return {"guest_id": None, "guest_flags": [], "guest_visits": None}
    return {"guest_id": guest.id, "guest_flags": list(guest.flags), "guest_visits": guest.visits}


async def same_wish(
    work: Work, site: Site, starts_at: datetime, *, phone: str | None, email: str | None, guest: GuestRow | None,
    but: str = "",
) -> BookingRow | None:  # fmt: skip
    """The booking this guest has at exactly that time already (R-AVL-14)."""
    return await book.same_wish(
        work.db, work.site_id, starts_at=starts_at, phone_key=phones.normal(phone, site.country), email=email,
        guest_id=guest.id if guest else None, but=but,
    )  # fmt: skip
