"""What becomes of a host's or guest's wish about a dining booking. Changes of one that stands are in `changes`."""

from typing import Any

from hub.bookings import actions as bookings
from hub.bookings import rules as life
from hub.core.commands import handles
from hub.core.ids import new_ticket
from hub.core.work import Work
from hub.floor import views as floor
from hub.holds import actions as holds
from hub.holds import checkouts
from hub.holds import views as plans
from hub.reservations import checks, kept, known, rules, tables, times, told
from hub.reservations.answers import booked, discreet, unknown_area
from hub.reservations.changes import delete, edit, refresh_guest, reschedule, restore
from hub.reservations.kept import hold_slot
from hub.reservations.late import look_again, mark_late, mark_no_show, note_lateness, watch
from hub.venues import views as venues
from schemas.base import Refused, conflict, invalid
from schemas.reservations import (
    ArriveBooking,
    Book,
    Booked,
    BookingArrived,
    BookingCancelled,
    BookingReconfirmed,
    CancelBooking,
    ConfirmBooking,
    EventsTeamCase,
    LeaveTable,
    PlaceBooking,
    ReconfirmBooking,
    RemindBooking,
)  # fmt: skip

__all__ = [
    "arrive", "cancel", "confirm", "delete", "edit", "hold_slot", "leave_table", "look_again", "mark_late",
    "mark_no_show", "note_lateness", "place", "reconfirm", "refresh_guest", "remind", "reschedule", "restore", "take",
    "watch",
]  # fmt: skip

@discreet
async def take(
    work: Work, wish: Book, *, ticket: str | None = None, promised: bool = False
) -> Booked | Refused:  # fmt: skip
    """Takes a booking with its table: the named ones, or the best that is free for the whole turn (F-AVL-04). `ticket`
    is for a guest who has a link already, from the waiting line; what was `promised` them there, neither the rain nor
    covers that were booked since take back."""
    if wish.starts_at.tzinfo is None:
        return invalid("starts_at", "The time needs a time zone.")
    site = await venues.site(work.db, work.site_id)
    assert site is not None, "a command works at a site that is open"
    guest = await known.recognise(work, wish, anyway=wish.anyway, reason=wish.reason)
    if isinstance(guest, Refused):
        return guest
    phone, email = wish.phone or (guest.phone if guest else None), wish.email or (guest.email if guest else None)
    checkout = await checkouts.of(work, wish.checkout_id) if wish.checkout_id else None
    if isinstance(checkout, Refused):
        return checkout
    kept_id = checkout.id if checkout else None
    duration_min = wish.duration_min or tables.policy(work, "dining.duration_min")
    wished = checks.Wished(
        covers=wish.covers, starts_at=wish.starts_at, source=wish.source, phone=phone, email=email,
        by_guest=work.actor.kind == "guest" or wish.source in rules.BY_GUESTS, duration_min=duration_min,
    )  # fmt: skip
    there = await times.at(work.db, site, work.policies, wish.starts_at, now=work.now, but=kept_id or "")
    said = checks.problems(wished, site, work.policies, work.now, there, counted=not promised)
    starts_at = rules.minute_in_utc(wish.starts_at)
    flags = guest.flags if guest else []
    party: Any = {
        "covers": wish.covers, "duration_min": duration_min, "area_id": wish.area_id,
        "accessible": wish.accessible or rules.STEP_FREE in {*wish.flags, *flags},
    }  # fmt: skip
    if refused := checks.refusal(said):
        return await tables.elsewhen(work, refused, starts_at=starts_at, ignore_owner=kept_id, **party)
    if unknown := await unknown_area(work, wish.area_id):
        return unknown
    if first := await known.same_wish(work, site, starts_at, phone=phone, email=email, guest=guest):
        return rules.duplicate(first)
    named = wish.table_ids or (kept.tables_for(checkout, work.now, starts_at, party) if checkout else None)
    table_ids = await tables.find(
        work, named, at=starts_at, features=rules.features(wish.preferences, wish.flags, flags), owner_id=kept_id,
        calendar=there.calendar, **party,
    )  # fmt: skip
    if isinstance(table_ids, Refused):
        return table_ids
    shut = await tables.shut(work, there.calendar, table_ids, starts_at, duration_min)
    if shut and wished.by_guest and not promised:
        return invalid("table_ids", shut[0], reason="area_shut")
    events = wish.covers > tables.policy(work, "booking.events_team_above")
    if not table_ids and not events:
        return await tables.full(work, starts_at=starts_at, ignore_owner=kept_id, **party)
    if checkout:
        shut += await kept.take_over(work, checkout)
    ticket = ticket or new_ticket()
    booking = await bookings.create(
        work, name=wish.name, starts_at=starts_at, source=wish.source, status=wish.status, phone=phone, email=email,
        occasion=wish.occasion, flags=wish.flags, notes=wish.notes, table_ids=table_ids, requests=wish.requests,
        tags=wish.tags, preferences=wish.preferences, preorders=wish.preorders, access_notes=wish.access_notes,
        emergency_contact=wish.emergency_contact, sms_opt_in=wish.sms_opt_in, ticket=ticket, country=site.country,
        **party, **known.copied(guest),
    )  # fmt: skip
    if isinstance(booking, Refused):
        return booking
    if table_ids:
        held = await tables.hold(work, booking, table_ids, starts_at)
        if isinstance(held, Refused):
            return await tables.full(work, starts_at=starts_at, taken=held, **party)
    await watch(work, booking)
    if events:
        work.tell(EventsTeamCase(booking_id=booking.id, covers=wish.covers))
    if wish.source not in rules.UNSAID:
        received = "booking_confirmed" if booking.status == "confirmed" else "booking_received"
        await told.tell(work, booking, received, guest, site=site, ticket=ticket)
    return await booked(work, booking, table_ids, checks.warnings(said) + shut, ticket)


@handles(PlaceBooking)
async def place(work: Work, wish: PlaceBooking) -> Booked | Refused:
    """Plans a booking at other tables for the same turn; a late or waiting party gets it whole from now."""
    booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    if booking.status not in life.PLACEABLE:
        sentence = f"The booking of {booking.name} is {life.SAID[booking.status]}; it needs no other table."
        return conflict("illegal_move", sentence, about=booking)
    since = max(booking.starts_at, work.now)
    table_ids = await tables.find_for(work, booking, wish.table_ids, since)
    if isinstance(table_ids, Refused):
        return table_ids
    if not table_ids:
        return conflict("full", f"No table is free for {booking.name}, a party of {booking.covers}, then.")
    await holds.release(work, booking.id)
    held = await tables.hold(work, booking, table_ids, since)
    if isinstance(held, Refused):
        return held
    await bookings.placed(work, booking.id, table_ids)
    return Booked(booking.id, booking.code, table_ids, [])


@handles(ArriveBooking)
async def arrive(work: Work, wish: ArriveBooking) -> Refused | None:
    booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    if booking.status == "arrived" and booking.arrival != wish.arrival:
        await bookings.set_arrival(work, booking.id, wish.arrival)
    else:
        here = await bookings.set_status(work, booking.id, "arrived", arrival=wish.arrival)
        if isinstance(here, Refused):
            return here
        if booking.status == "no_show":
            await tables.place_again(work, booking)
    work.tell(BookingArrived(booking_id=booking.id, arrival=wish.arrival))
    return None


@handles(CancelBooking)
@discreet
async def cancel(work: Work, wish: CancelBooking) -> Refused | None:
    booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    gone = await bookings.set_status(work, booking.id, "cancelled", reason=wish.reason)
    if isinstance(gone, Refused):
        return gone
    await holds.open_up(work, booking.id)
    work.tell(BookingCancelled(booking_id=booking.id))
    if booking.status != "arrived" and booking.ends_at > work.now:  # who stands at the door knows
        await told.tell(work, gone, "booking_cancelled")
    return None


@handles(ConfirmBooking)
async def confirm(work: Work, wish: ConfirmBooking) -> Refused | None:
    """An inquiry becomes pending, a pending booking confirmed: then its guest is told and it can be late."""
    booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    now = await bookings.set_status(work, booking.id, "pending" if booking.status == "inquiry" else "confirmed")
    if isinstance(now, Refused):
        return now
    if now.status == "confirmed":
        await watch(work, now)
        await told.tell(work, now, "booking_confirmed")
    return None


@handles(RemindBooking)
async def remind(work: Work, wish: RemindBooking) -> Refused | None:
    booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    refused = life.refuse_move(booking, "reminded")
    if refused:
        return refused
    if not (booking.phone or booking.email):
        sentence = f"There is no number and no address to remind {booking.name} at."
        return conflict("no_contact", sentence, about=booking, retry="never")
    now = await bookings.set_status(work, booking.id, "reminded")
    assert not isinstance(now, Refused), "the same rule was asked a moment ago"
    await told.tell(work, now, "booking_reminder")
    return None


@handles(ReconfirmBooking)
@discreet
async def reconfirm(work: Work, wish: ReconfirmBooking) -> Refused | None:
    """The guest's own word; said twice it is still one."""
    booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    if booking.status not in life.EXPECTED:
        sentence = f"The booking of {booking.name} is {life.SAID[booking.status]}; there is nothing to reconfirm."
        return conflict("illegal_move", sentence, about=booking)
    if booking.reconfirmed_at is None:
        await bookings.reconfirm(work, booking.id)
        work.tell(BookingReconfirmed(booking_id=booking.id))
    return None


@handles(LeaveTable)
async def leave_table(work: Work, wish: LeaveTable) -> dict[str, list[str]] | Refused:
    """Nobody is planned at a table that is not on the plan: the host sees who needs another one (F-ASN-09)."""
    nothing = conflict("nothing_planned", "Nobody is planned at that table, or it is in use.", retry="never")
    if wish.table_id in await floor.tables(work.db, work.site_id):
        return nothing
    planned = await plans.beside(work.db, work.site_id, [wish.table_id], work.now, "")
    booking_ids = list(dict.fromkeys(
        hold.owner_id for hold in planned if hold.owner_kind == "booking" and hold.status == "held"
    ))  # fmt: skip
    if not booking_ids:
        return nothing
    for booking_id in booking_ids:
        refused = await bookings.unplace(work, booking_id)
        if isinstance(refused, Refused):
            return refused
    return {"booking_ids": booking_ids}
