"""Parties that do not come: late, waited for, and in the end a no-show by the host's word (G-14)."""

from datetime import datetime, timedelta

from msgspec import structs

from hub.bookings import actions as bookings
from hub.bookings import rules as life
from hub.bookings import views as book
from hub.core.commands import handles
from hub.core.work import Work
from hub.holds import actions as holds
from hub.reservations import rules, tables
from schemas.base import Refused, conflict
from schemas.bookings import BookingRow
from schemas.reservations import BookingLate, BookingNoShow, MarkLate, MarkNoShow, NoteLateness


async def _expected(work: Work, booking_id: str, expect: int | None) -> BookingRow | Refused:
    """A booking whose party has not come yet."""
    booking = await work.one("booking", booking_id, field="booking_id", expect=expect)
    if isinstance(booking, Refused) or booking.status in life.EXPECTED:
        return booking
    sentence = f"The booking of {booking.name} is {life.SAID[booking.status]}; it cannot be late."
    return conflict("illegal_move", sentence, about=booking)


@handles(MarkLate)
async def mark_late(work: Work, wish: MarkLate) -> Refused | None:
    booking = await _expected(work, wish.booking_id, wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    said_min = wish.expected_in_min
    expected_at = booking.expected_at if said_min is None else work.now + timedelta(minutes=said_min)
    proposed_at = booking.no_show_proposed_at if said_min is None else None  # a guest who called is waited for
    await bookings.set_lateness(
        work, booking.id, late_at=booking.late_at or work.now, expected_at=expected_at, no_show_proposed_at=proposed_at
    )
    if said_min is not None:
        await watch(work, structs.replace(booking, expected_at=expected_at))
    work.tell(BookingLate(booking_id=booking.id, minutes_late=rules.minutes_late(booking, work.now)))
    return None


@handles(MarkNoShow)
async def mark_no_show(work: Work, wish: MarkNoShow) -> Refused | None:
    booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    refused = life.refuse_move(booking, "no_show") or rules.refuse_no_show(
        booking, work.now, grace_min=tables.policy(work, "booking.no_show_grace_min"), timezone=work.timezone
    )
    if refused:
        return refused
    gone = await bookings.set_status(work, booking.id, "no_show", reason=wish.reason)
    assert not isinstance(gone, Refused), "the same rule was asked a moment ago"
    await holds.open_up(work, booking.id)
    work.tell(BookingNoShow(booking_id=booking.id, minutes_late=rules.minutes_late(booking, work.now)))
    return None


async def watch(work: Work, booking: BookingRow) -> None:
    """Has the house look after a booking when its grace is over. Earlier timers are left alone: each asks anew."""
    look_again(work, booking.id, rules.decide_at(booking, tables.policy(work, "booking.no_show_grace_min")))


def look_again(work: Work, booking_id: str, at: datetime) -> None:
    """Has the house ask at that moment whether the party has come."""
    wish = NoteLateness(site_id=work.site_id, key=work.new_id(), booking_id=booking_id)
    work.arm(f"late:{booking_id}", at, wish)


@handles(NoteLateness)
async def note_lateness(work: Work, wish: NoteLateness) -> None:
    """The grace is over: if the party has not come, it is late and the host is asked to decide (G-14)."""
    booking = await book.booking(work.db, work.site_id, wish.booking_id)
    if booking is None or booking.no_show_proposed_at is not None:
        return
    if booking.status not in life.EXPECTED:
        since = await book.status_since(work.db, work.site_id, booking.id)
        undoable_until = since + timedelta(minutes=work.policies.get("undo.window_min"))
        if work.now < undoable_until:  # an arrival taken back after this moment must not be forgotten
            look_again(work, booking.id, undoable_until)
        return
    if work.now < rules.decide_at(booking, tables.policy(work, "booking.no_show_grace_min")):
        await watch(work, booking)  # it called meanwhile, or the grace became longer
        return
    await bookings.set_lateness(
        work, booking.id, late_at=booking.late_at or work.now, expected_at=booking.expected_at,
        no_show_proposed_at=work.now,
    )  # fmt: skip
    work.tell(BookingLate(booking_id=booking.id, minutes_late=rules.minutes_late(booking, work.now)))
