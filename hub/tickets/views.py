"""What guests see: where a link leads, whose bookings are theirs, and which times they could have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

import asyncpg

from hub.bookings import views as book
from hub.core import sql
from hub.core.clock import service_day, wall_now
from hub.core.work import Policies
from hub.guests import phones
from hub.guests import views as guests
from hub.holds import fits
from hub.holds import views as plans
from hub.notifications import rules as ways
from hub.notifications.rules import To
from hub.reservations import rules as written
from hub.reservations import times
from hub.slots import views as slots
from hub.tickets import rules
from hub.venues import views as venues
from hub.venues.views import Site
from hub.waitlist import views as waitlist
from schemas.bookings import BookingRow
from schemas.notifications import MessageChannel
from schemas.reservations import Found
from schemas.tickets import TicketView
from schemas.waitlist import PartyRow

q = sql.load(__file__)
Db: TypeAlias = asyncpg.Connection | asyncpg.Pool

MINE_MAX = 20  # bookings to come that one guest is shown


@dataclass(frozen=True, slots=True)
class Held:
    """What a ticket opens: a booking or a place in line, and its site."""

    site: Site
    booking: BookingRow | None
    party: PartyRow | None


async def held(db: Db, ticket: str, now: datetime) -> Held | None:
    """Where a guest's link leads; None when it leads nowhere, or what it led to is long over. A booking goes before the
    place in line it came from."""
    booked = await book.by_ticket(db, ticket)
    waiting = None if booked else await waitlist.by_ticket(db, ticket)
    found = booked or waiting
    site = await venues.site(db, found[0]) if found else None
    if site is None or (booked and now > booked[1].ends_at + rules.LINK_LIVES):
        return None
    if waiting and now > waiting[1].expires_at + rules.PLACE_LIVES:
        return None
    return Held(site, booked[1] if booked else None, waiting[1] if waiting else None)


async def seen(db: Db, found: Held, now: datetime) -> TicketView:
    """All a guest's page shows."""
    place = None
    if found.party:
        party = found.party
        place = rules.place_of(
            party, await waitlist.wait(db, found.site.id, party.id),
            await waitlist.offer_of(db, found.site.id, party.id),
        )  # fmt: skip
    return TicketView(
        house=found.site.name, timezone=found.site.timezone, address=found.site.address, phone=found.site.phone,
        at=now, booking=rules.booking_of(found.booking, now) if found.booking else None, place=place,
    )  # fmt: skip


# ---- whose bookings


async def _to(db: Db, site: Site, booking: BookingRow) -> To:
    """A booking's guest: their number and address as they are compared (E.164, small letters), and what they agreed
    to."""
    guest = await guests.guest(db, site.id, booking.guest_id) if booking.guest_id else None
    return To(
        name=booking.name, phone=phones.normal(booking.phone, site.country),
        email=booking.email.lower() if booking.email else None,
        sms_ok=booking.sms_opt_in or (guest is not None and "sms" in guest.consents),
        preferred=guest.preferred_contact if guest else None,
    )  # fmt: skip


async def reach(db: Db, site: Site, booking: BookingRow) -> tuple[str, To] | None:
    """Where a code for a booking is sent; None when there is no number or address, or its guest takes no messages
    there (R-NOT-03)."""
    to = await _to(db, site, booking)
    channel, held_back = ways.channels(to, None)[0]
    contact = to.address(channel)
    return None if held_back or contact is None else (contact, to)


def channel_of(contact: str) -> MessageChannel:
    """How a number or address is reached."""
    return "email" if "@" in contact else "sms"


def contacts_of(booking: BookingRow, country: str) -> set[str]:
    """The numbers and addresses a booking was made with, as they are compared."""
    phone, email = phones.normal(booking.phone, country), booking.email.lower() if booking.email else None
    return {contact for contact in (phone, email) if contact}


async def named(db: Db, site: Site, typed: str, now: datetime) -> tuple[str, To | None]:
    """What somebody typed to find their booking, as it is compared, and whom to send the code to: nobody when there is
    no booking by this code, number or address, or its guest takes no messages there."""
    meant = [one for one in await _found(db, site, typed, now) if _to_come(one.booking, now)]
    if "@" in typed:
        contact = " ".join(typed.lower().split())
    else:
        contact = phones.normal(typed, site.country) or ""
        if any(one.matched == "code" for one in meant) or len(contact.lstrip("+")) < 7:
            contact = f"code:{' '.join(typed.upper().split())[:40]}"
    for one in meant:
        if one.matched == "code":
            way = await reach(db, site, one.booking)
            if way:
                return way
        else:
            to, channel = await _to(db, site, one.booking), channel_of(contact)
            if contact == to.address(channel) and to.why_not(channel) is None:
                return contact, to
    return contact, None


async def _found(db: Db, site: Site, typed: str, now: datetime) -> Sequence[Found]:
    """Bookings by code, number or address, those to come first. Names are for staff to look for."""
    email = typed.strip().lower() if "@" in typed else None
    number = phones.normal(typed, site.country) if email is None and written.like_a_phone(typed) else None
    numbers = [number, phones.digits_of(typed)] if number else []
    return await book.lookup(
        db, site.id, now=now, codes=[] if email else written.codes_meant(typed), email=email, name="", limit=MINE_MAX,
        phone_keys=list(dict.fromkeys(numbers)),
    )  # fmt: skip


async def mine(db: Db, site: Site, contact: str, now: datetime) -> list[tuple[BookingRow, str | None]]:
    """The bookings to come of a verified number or address, soonest first, each with its ticket."""
    rows = [
        one.booking for one in await _found(db, site, contact, now)
        if _to_come(one.booking, now) and contact in contacts_of(one.booking, site.country)
    ]  # fmt: skip
    rows = sorted(rows, key=lambda row: (row.starts_at, row.id))[:MINE_MAX]
    return [(row, await book.ticket_of(db, site.id, row.id)) for row in rows]


def _to_come(booking: BookingRow, now: datetime) -> bool:
    return booking.ends_at > now and booking.status in ("inquiry", "pending", "confirmed", "reminded", "arrived")


@dataclass(frozen=True, slots=True)
class Session:
    """A guest who has typed the right code lately."""

    verification_id: str
    site_id: str
    contact: str


async def session(db: Db, verification_id: str | None) -> Session | None:
    """Who a guest's cookie says they are, as long as it is true."""
    if not verification_id or "\x00" in verification_id:
        return None
    record = await q.session(db, id=verification_id, since=wall_now() - rules.SESSION)
    if record is None or not record["open"]:
        return None
    return Session(verification_id, record["site_id"], record["contact"])


# ---- other times


async def is_closed(db: Db, site: Site, policies: Policies, day: date) -> bool:
    """Whether the house takes nobody in all day."""
    return (await slots.calendar(db, site, policies, day, day)).spans(day) == []


async def free_times(
    db: Db, site: Site, booking: BookingRow, *, day: date, covers: int, now: datetime, policies: Policies
) -> Sequence[datetime]:
    """When on a day a table is free for a guest's own booking in another size; its own tables count as free."""
    turn_min = booking.duration_min
    start, end = service_day(day, site.timezone, site.day_ends)
    there = await times.read(db, site, policies, start, end, now=now, but=booking.id)
    spans = there.calendar.spans(day) or []
    if there.calendar.shaped(day):
        moments = rules.starts_among([slot.starts_at for slot in there.calendar.slots(day)], spans, now, turn_min)
    else:
        moments = rules.starts_of_day(
            spans, now=now, step_min=policies.get("dining.slot_step_min", "dining"), turn_min=turn_min,
            timezone=site.timezone,
        )  # fmt: skip
    moments = [moment for moment in moments if there.refuse(moment, covers=covers, turn_min=turn_min) is None]
    if not moments:
        return []
    need_min = turn_min + policies.get("dining.buffer_min", "dining")
    tables, joins = await fits.furniture(db, site.id)
    planned = await plans.busy(db, site.id, moments[0], moments[-1] + timedelta(minutes=need_min))
    weights, zone = fits.weights_of(policies), ZoneInfo(site.timezone)
    return [
        moment for moment in moments
        if any(fit.legal for fit in fits.judge(
            tables, joins, planned, at=moment, covers=covers, need_min=need_min, short_min=need_min, zone=zone,
            weights=weights, accessible=booking.accessible, area_id=booking.area_id, ignore_owner=booking.id,
            shut=there.calendar.shut(moment, moment + timedelta(minutes=turn_min)),
        ))
    ]  # fmt: skip
