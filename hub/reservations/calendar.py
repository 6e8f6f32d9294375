"""A booking as a calendar file (RFC 5545): when, where, and the guest's own link.

Times are in UTC: every calendar shows them in the right local time, also in the hours a clock change makes doubtful,
and also where a zone's rules change after the file was sent. The UID stays with the guest's ticket when the booking
moves, and the sequence grows with every change: a calendar replaces its entry instead of adding another.
"""

import hashlib
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress, vText

from hub.venues.views import Site
from schemas.bookings import BookingRow

PRODUCT = "-//maitred//bookings//EN"
STATUS = {"inquiry": "TENTATIVE", "pending": "TENTATIVE", "cancelled": "CANCELLED", "rescheduled": "CANCELLED"}


def uid(ticket: str) -> str:
    """The entry's name in guests' calendars. A calendar may be shared: its entries' names open nothing."""
    return hashlib.blake2b(ticket.encode(), digest_size=16).hexdigest() + "@maitred"


def file(booking: BookingRow, site: Site, *, ticket: str, link: str, now: datetime) -> str:
    """The text of a booking's .ics file; for one that is cancelled it takes the entry away."""
    status = STATUS.get(booking.status, "CONFIRMED")
    said = Event()
    said.add("uid", uid(ticket))
    said.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    said.add("sequence", booking.version)
    said.add("status", status)
    said.add("summary", f"{site.name}: table for {booking.covers}")
    said.add("dtstart", booking.starts_at.astimezone(UTC))
    said.add("dtend", booking.ends_at.astimezone(UTC))
    said.add("location", site.address or site.name)
    lines = [f"{booking.name}, {booking.covers} people.", f"Code {booking.code}."]
    lines += [f"Phone {site.phone}."] if site.phone else []
    if "://" in link:  # without the house's public address there is no link a calendar could open
        said.add("url", link)
        lines.append(link)
    said.add("description", "\n".join(lines))
    said.add("transp", "OPAQUE")
    if site.email:  # a method other than PUBLISH names an organiser
        house = vCalAddress(f"MAILTO:{site.email}")
        house.params["cn"] = vText(site.name)
        said.add("organizer", house)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if status == "CANCELLED" else "PUBLISH")
    calendar.add_component(said)
    return calendar.to_ical().decode()
