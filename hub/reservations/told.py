"""What guests are told of their bookings: written with what it tells of, by the way they agreed to."""

from hub.bookings import views as book
from hub.core.work import Work
from hub.guests import phones
from hub.guests import views as guests
from hub.notifications import links
from hub.notifications.actions import To, say
from hub.reservations import calendar
from hub.venues import views as venues
from hub.venues.views import Site
from schemas.bookings import BookingRow
from schemas.guests import GuestRow


async def tell(
    work: Work, booking: BookingRow, template: str, guest: GuestRow | None = None, *, site: Site | None = None,
    ticket: str | None = None,
) -> None:  # fmt: skip
    """Tells the guest of a booking, if they can be told at all: the code, the day, their link, and with an e-mail the
    entry for their calendar. `guest` (their card), `site` and `ticket` are for callers who have them at hand."""
    if not (booking.phone or booking.email):
        return
    site = site or await venues.site(work.db, work.site_id)
    ticket = ticket or await book.ticket_of(work.db, work.site_id, booking.id)
    assert site is not None, "a command works at a site that is open"
    if guest is None and booking.guest_id:
        guest = await guests.guest(work.db, work.site_id, booking.guest_id)
    entry = None
    if booking.email and ticket:
        entry = calendar.file(booking, site, ticket=ticket, link=links.whole(work.policies, ticket), now=work.now)
    to = To(
        name=booking.name, phone=phones.normal(booking.phone, site.country) if booking.phone else None,
        email=booking.email, sms_ok=booking.sms_opt_in or (guest is not None and "sms" in guest.consents),
        preferred=guest.preferred_contact if guest else None,
    )  # fmt: skip
    variables = {
        "date": booking.starts_at, "time": booking.starts_at, "covers": booking.covers, "code": booking.code,
    }  # fmt: skip
    # the same booking may be cancelled, taken back and cancelled again: each time is news
    await say(
        work, template, about=("booking", booking.id), to=to, variables=variables, ticket=ticket, calendar=entry,
        again=str(work.seq),
    )  # fmt: skip
