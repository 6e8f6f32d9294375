"""Guests' own pages as HTML: templates filled with words, every moment on the house's own clock.

Nothing here decides anything; what a page may show is `TicketView`, and no row of the staff's is handed to a template.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.notifications.rules import DAYS, MONTHS, day_words, time_words
from hub.tickets import rules
from hub.venues.views import Site
from schemas.reservations import CancelTerms
from schemas.tickets import GuestBooking, GuestPlace, TicketView

TEMPLATES = Path(__file__).parent.parent.parent / "static" / "guest"
REFRESH_S = 15  # a page without script asks anew this often while something may change
SENT = "We have sent it."
IF_ANY = "If there is a booking with that, a code is on its way."
"""Said whether or not there is one."""
REASONS = ("Plans have changed", "Somebody is ill", "Found another time", "Booked twice", "Something else")

NOTICES = {
    "coming": "Thank you, we look forward to seeing you.",
    "on_my_way": "Thank you, the host knows.",
    "accept": "Thank you, your table is kept.",
    "decline": "Thank you for telling us. Your table goes to the next party.",
    "leave": "You have left the line.",
    "changed": "Done: your booking is changed.",
    "cancelled": "Your booking is cancelled.",
}
"""What `?said=` may bring: the words are ours, never the address's."""

STATUS: dict[str, tuple[str, str]] = {
    "inquiry": ("plain", "We will answer soon"), "pending": ("plain", "Not confirmed yet"),
    "confirmed": ("ok", "Confirmed"), "reminded": ("ok", "Confirmed"), "arrived": ("ok", "You are here"),
    "seated": ("ok", "At your table"), "dining": ("ok", "At your table"),
    "completed": ("plain", "Thank you for coming"),
    "cancelled": ("off", "Cancelled"), "no_show": ("off", "We missed you"), "rescheduled": ("plain", "Moved"),
}  # fmt: skip


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters["tel"] = lambda number: "".join(letter for letter in number if letter.isdigit() or letter == "+")
    made.filters["nth"] = nth
    made.globals |= {
        "house": None, "phone": None, "live": None, "notice": None, "problem": None, "refresh_s": REFRESH_S,
        "title": "", "at": "", "tag": "",
    }  # fmt: skip
    return made


def nth(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _page(name: str, site: Site | None, **words: Any) -> str:
    known = {"house": site.name, "phone": site.phone, "slug": site.slug or site.id} if site else {}
    return _environment().get_template(name).render(known | words)


def ticket_page(
    site: Site, ticket: str, view: TicketView, *, key: str, tag: str, step_min: int, said: str = "",
    problem: str | None = None,
) -> str:  # fmt: skip
    """A guest's booking, or their place in line. `tag` is what this very view is known by at /now."""
    common = {
        "ticket": ticket, "key": key, "problem": problem, "notice": None if problem else NOTICES.get(said),
        "at": view.at.isoformat(), "live": f"/g/{ticket}/now", "tag": tag,
    }  # fmt: skip
    if view.booking:
        return _booking(site, view, view.booking, common)
    assert view.place is not None, "a ticket leads to a booking or a place in line"
    return _place(site, view, view.place, common, step_min)


def _booking(site: Site, view: TicketView, booking: GuestBooking, common: dict[str, Any]) -> str:
    look, word = STATUS[booking.status]
    ahead = booking.ends_at > view.at and booking.status not in ("cancelled", "no_show", "completed", "rescheduled")
    return _page(
        "booking.html", site, title="Your booking", booking=booking, status={"look": look, "word": word}, ahead=ahead,
        day=day_words(booking.starts_at, site.timezone), time=time_words(booking.starts_at, site.timezone),
        address=site.address,
        map=f"https://www.openstreetmap.org/search?query={quote(site.address)}" if site.address else None,
        **(common if ahead else common | {"live": None}),
    )  # fmt: skip


def _place(site: Site, view: TicketView, place: GuestPlace, common: dict[str, Any], step_min: int) -> str:
    waits = place.status in ("active", "notified")
    zone = site.timezone
    words: dict[str, Any] = {}
    for name, moment in (("wanted", place.wanted_at), ("offer", place.offer_starts_at)):
        words[f"{name}_day"] = day_words(moment, zone) if moment else None
        words[f"{name}_time"] = time_words(moment, zone) if moment else None
    minutes = rules.about_minutes(place.ready_at, view.at, step_min) if place.ready_at else None
    around = time_words(view.at + timedelta(minutes=minutes), zone) if minutes else None
    return _page(
        "place.html", site, title="Your place in line" if place.kind == "walk_in" else "Waiting list", place=place,
        waits=waits, minutes=minutes, around=around,
        between=rules.about_interval(place.low_at, place.high_at, view.at, step_min) if minutes != 0 else None,
        expires=time_words(place.offer_expires_at, zone) if place.offer_expires_at else None, **words,
        **(common if waits else common | {"live": None}),
    )  # fmt: skip


def leave_page(site: Site, ticket: str, *, key: str) -> str:
    return _page("leave.html", site, title="Leave the line", ticket=ticket, key=key)


def code_page(
    site: Site, ticket: str, *, key: str, to: str, sent_to: str | None, minutes: int, problem: str | None = None
) -> str:
    """Asks whether to send a code, naming where it goes so that only its owner knows it."""
    return _page(
        "code.html", site, title="First, a code", ticket=ticket, key=key, to=to, sent_to=sent_to, minutes=minutes,
        problem=problem,
    )  # fmt: skip


def enter_page(
    site: Site, *, action: str, again: str, key: str, to: str, where: str, minutes: int, wrong: str | None = None,
    locked: bool = False,
) -> str:  # fmt: skip
    return _page(
        "enter.html", site, title="Your code", action=action, again=again, key=key, to=to, where=where, minutes=minutes,
        wrong=wrong, locked=locked,
    )  # fmt: skip


def change_page(
    site: Site, ticket: str, booking: GuestBooking, *, key: str, day: date, covers: int,
    bounds: tuple[date, date], most: int, times: Sequence[datetime], others: Sequence[datetime] = (),
    closed: bool = False, problem: str | None = None,
) -> str:  # fmt: skip
    """Day and size first, then the times that are free. `others` are offered when the day has none."""
    zone = site.timezone

    def moment(at: datetime, *, whole: bool = False) -> dict[str, Any]:
        words = f"{day_words(at, zone)}, {time_words(at, zone)}" if whole else time_words(at, zone)
        own = at == booking.starts_at
        return {
            "value": at.astimezone(UTC).isoformat(), "words": words, "own": own,
            "same": own and covers == booking.covers,
        }  # fmt: skip

    none = "We are closed that day." if closed else f"Nothing is free for {covers} that day."
    return _page(
        "change.html", site, title="Change your booking", ticket=ticket, key=key, booking=booking,
        day=day_words(booking.starts_at, zone), time=time_words(booking.starts_at, zone), covers=covers,
        wanted_day=day.isoformat(), wanted_words=f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}",
        first_day=bounds[0].isoformat(), last_day=bounds[1].isoformat(), most=most,
        times=[moment(at) for at in times], others=[moment(at, whole=True) for at in others], none_words=none,
        problem=problem,
    )  # fmt: skip


def cancel_page(
    site: Site, ticket: str, booking: GuestBooking, terms: CancelTerms, *, key: str, problem: str | None = None
) -> str:
    """The policy, what is given back and other times come before the question (R-RES-07)."""
    zone = site.timezone
    late = "That time is over." if terms.late else ""
    refund = (
        f"You get {terms.refund_cents / 100:.2f} back." if terms.refund_cents
        else "Nothing was paid in advance, so there is nothing to give back."
    )  # fmt: skip
    others = [
        {"value": other.starts_at.astimezone(UTC).isoformat(),
         "words": f"{day_words(other.starts_at, zone)}, {time_words(other.starts_at, zone)}"}
        for other in terms.alternatives
    ]  # fmt: skip
    return _page(
        "cancel.html", site, title="Cancel your booking", ticket=ticket, key=key, booking=booking, terms=terms,
        day=day_words(booking.starts_at, zone), time=time_words(booking.starts_at, zone), late_words=late,
        refund_words=refund, others=others, reasons=REASONS, problem=problem,
    )  # fmt: skip


def find_page(site: Site, *, key: str, problem: str | None = None) -> str:
    return _page("find.html", site, title="Find my booking", key=key, problem=problem)


def mine_page(site: Site, bookings: Sequence[tuple[GuestBooking, str | None]], *, contact: str) -> str:
    zone = ZoneInfo(site.timezone).key
    shown = [
        {
            "day": day_words(booking.starts_at, zone), "time": time_words(booking.starts_at, zone),
            "covers": booking.covers, "name": booking.name, "code": booking.code,
            "status": STATUS[booking.status][1], "link": f"/g/{ticket}" if ticket else None,
        }
        for booking, ticket in bookings
    ]  # fmt: skip
    return _page("mine.html", site, title="Your bookings", bookings=shown, contact=rules.masked(contact))


def message_page(title: str, *lines: str, site: Site | None = None, back: str | None = None) -> str:
    """A page that says one thing: a link that leads nowhere, a request too fast."""
    return _page("message.html", site, title=title, lines=lines, back=back)


def nowhere() -> str:
    """The one answer to every link that opens nothing, whatever it once was."""
    return message_page(
        "This link leads nowhere any more",
        "It may have been cut off when it was sent, or what it led to is long over.",
        "Open the whole link from our message once more, or call the restaurant: they will find your booking.",
    )
