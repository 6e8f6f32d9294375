"""Changes of a booking that stands: what it says of its party, its time, out of the book and back, its guest's card.

Either everything fits and is done, or the booking stays with its tables as it was (F-RES-05).
"""

from typing import Any

from msgspec import UNSET, to_builtins

from hub.bookings import actions as bookings
from hub.bookings import rules as life
from hub.core.commands import handles
from hub.core.work import Work
from hub.floor import views as floor
from hub.guests import actions as guest_actions
from hub.guests import views as guests
from hub.holds import actions as holds
from hub.reservations import checks, known, rules, tables, times, told
from hub.reservations.answers import booked, discreet, unknown_area
from hub.reservations.late import watch
from hub.venues import views as venues
from hub.venues.views import Site
from schemas.base import Refused, conflict, invalid
from schemas.bookings import BookingRow
from schemas.guests import GuestRow
from schemas.reservations import (
    Booked,
    BookingDeleted,
    BookingRescheduled,
    BookingRestored,
    DeleteBooking,
    EditBooking,
    EventsTeamCase,
    GuestRefreshed,
    RefreshGuest,
    RescheduleBooking,
    RestoreBooking,
)  # fmt: skip

SAYABLE = tuple(name for name in bookings.EDITED if name not in ("guest_flags", "guest_visits"))
CONTACT = ("phone", "email", "guest_id")
PLAN = ("covers", "duration_min", "area_id", "accessible")  # what the choice of its tables rests on


async def _site(work: Work) -> Site:
    site = await venues.site(work.db, work.site_id)
    assert site is not None, "a command works at a site that is open"
    return site


@handles(EditBooking)
@discreet
async def edit(work: Work, wish: EditBooking) -> Booked | Refused:
    """Changes what is given; the time stays. The booking keeps its tables if they still fit, else gets others."""
    booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    said = {name: to_builtins(value) for name in SAYABLE if (value := getattr(wish, name)) is not UNSET}
    changed = {name: value for name, value in said.items() if value != getattr(booking, name)}
    refused = _uneditable(booking, changed) or await _unfit(work, said)
    if refused:
        return refused
    crowded = await _crowded(work, booking, changed)
    if crowded and work.actor.kind == "guest":
        return crowded
    guest: GuestRow | None = None
    if changed.keys() & set(CONTACT):
        whose = await _whose(work, booking, wish, changed)
        if isinstance(whose, Refused):
            return whose
        guest = whose
        changed |= known.copied(guest)
        if first := await known.same_wish(
            work, await _site(work), booking.starts_at, phone=changed.get("phone", booking.phone),
            email=changed.get("email", booking.email), guest=guest, but=booking.id,
        ):  # fmt: skip
            return rules.duplicate(first)
    flags = {*changed.get("flags", booking.flags), *changed.get("guest_flags", booking.guest_flags)}
    if rules.STEP_FREE in flags and not booking.accessible and "accessible" not in changed and changed:
        changed["accessible"] = True  # somebody who needs it came to be known
    now = await bookings.edit(work, booking, **changed)
    table_ids = await _replan(work, booking, now)
    if isinstance(table_ids, Refused):
        return table_ids
    above = tables.policy(work, "booking.events_team_above")
    if now.covers > above >= booking.covers:
        work.tell(EventsTeamCase(booking_id=now.id, covers=now.covers))
    if now.covers != booking.covers and now.status in life.EXPECTED and now.ends_at > work.now:
        await told.tell(work, now, "booking_changed", guest)
    warned = [rules.for_events_team(now.covers)] if now.covers > above else []
    warned += [crowded.message] if crowded else []
    return await booked(work, now, table_ids, warned)


def _uneditable(booking: BookingRow, changed: dict[str, Any]) -> Refused | None:
    who = f"The booking of {booking.name} is {life.SAID[booking.status]}"
    if booking.status not in life.LIVE:
        return conflict("illegal_move", f"{who}; it is not changed any more.", about=booking)
    if booking.status not in life.PLACEABLE and (planned := [name for name in PLAN if name in changed]):
        sentence = f"{who}; change the party at its table instead."
        return conflict("illegal_move", sentence, about=booking, field=planned[0])
    return None


async def _unfit(work: Work, said: dict[str, Any]) -> Refused | None:
    most = tables.policy(work, "booking.max_covers")
    return (rules.refuse_covers(said["covers"], most) if "covers" in said else None) or await unknown_area(
        work, said.get("area_id")
    )


async def _crowded(work: Work, booking: BookingRow, changed: dict[str, Any]) -> Refused | None:
    """A party that grows may be more than its time takes (I2): refused with other times, if nobody weighs it."""
    if changed.get("covers", 0) <= booking.covers:
        return None
    there = await times.at(
        work.db, await _site(work), work.policies, booking.starts_at, now=work.now, but=booking.id
    )  # fmt: skip
    refused = there.refuse(booking.starts_at, covers=changed["covers"], turn_min=booking.duration_min)
    if refused is None or refused.reason != "slot_full":
        return None
    return await tables.elsewhen(
        work, refused, starts_at=booking.starts_at, covers=changed["covers"], duration_min=booking.duration_min,
        accessible=booking.accessible, area_id=booking.area_id, ignore_owner=booking.id,
    )  # fmt: skip


async def _whose(
    work: Work, booking: BookingRow, wish: EditBooking, changed: dict[str, Any]
) -> GuestRow | Refused | None:
    """Whose booking it is with another number, address or guest. A number nobody has is its guest's new one; a guest
    taken off leaves a mere name."""
    if "guest_id" in changed and changed["guest_id"] is None:
        return None
    contact = {name: changed.get(name, getattr(booking, name)) for name in ("phone", "email")}
    guest: GuestRow | Refused | None = None
    if "guest_id" not in changed:
        guest = await guests.by_contact(work.db, work.site_id, **contact)
        if guest is None and booking.guest_id:
            guest = await guests.guest(work.db, work.site_id, booking.guest_id)
    if guest is None:
        guest = await guest_actions.recognise(
            work, name=changed.get("name", booking.name), guest_id=changed.get("guest_id"), source=booking.source,
            **contact,
        )  # fmt: skip
    if guest is None or isinstance(guest, Refused) or guest.id == booking.guest_id:
        return guest
    insists = wish.anyway and work.actor.kind != "guest"
    return rules.refuse_blacklisted(guest, anyway=insists, reason=wish.reason) or guest


async def _replan(work: Work, was: BookingRow, now: BookingRow) -> list[str] | Refused:
    """The tables of a booking that became another size, length or need: its own if they still fit, else the best free
    ones, else refused with other times."""
    had = [held.table_id for held in await tables.planned(work, now.id)]
    if now.status not in life.PLACEABLE or all(getattr(was, name) == getattr(now, name) for name in PLAN):
        return had
    since = max(now.starts_at, work.now)
    there = await floor.tables(work.db, work.site_id)
    elsewhere = now.area_id != was.area_id and any(there[table_id].area_id != now.area_id for table_id in had)
    fits = bool(had) and await tables.still_fit(work, now, had, since)
    if fits and not elsewhere:
        refused = await tables.swap(work, now, had, since) if now.duration_min != was.duration_min else None
        return refused or had
    found = await tables.find_for(work, now, None, since)
    if isinstance(found, Refused):
        return found
    if fits and not all(there[table_id].area_id == now.area_id for table_id in found):
        found = had  # nothing is free in the area they would like: a wish, and they have a table
    if not found and had and now.covers <= tables.policy(work, "booking.events_team_above"):
        return await tables.full(
            work, starts_at=now.starts_at, covers=now.covers, duration_min=now.duration_min, ignore_owner=now.id,
            accessible=now.accessible, area_id=now.area_id,
        )  # fmt: skip
    if found or had:
        refused = await tables.swap(work, now, found, since)
        if refused:
            return refused
    return found


@handles(RescheduleBooking)
@discreet
async def reschedule(work: Work, wish: RescheduleBooking) -> Booked | Refused:
    """Another time: a new booking with a code of its own, which refers to this one and takes over the guest's link.
    This one gives its tables back. When nothing is free, nothing moved."""
    booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    refused = life.refuse_move(booking, "rescheduled")
    if refused:
        return refused
    if wish.starts_at.tzinfo is None:
        return invalid("starts_at", "The time needs a time zone.")
    covers, duration_min = wish.covers or booking.covers, wish.duration_min or booking.duration_min
    wished = checks.Wished(
        covers=covers, starts_at=wish.starts_at, source=booking.source, phone=booking.phone, email=booking.email,
        by_guest=work.actor.kind == "guest", duration_min=duration_min,
    )  # fmt: skip
    site = await _site(work)
    there = await times.at(work.db, site, work.policies, wish.starts_at, now=work.now, but=booking.id)
    said = checks.problems(wished, site, work.policies, work.now, there)
    guest = await guests.guest(work.db, work.site_id, booking.guest_id) if booking.guest_id else None
    refused = checks.refusal(said) or (
        rules.refuse_blacklisted(guest, anyway=False, reason=None) if work.actor.kind == "guest" else None
    )
    party: Any = {
        "covers": covers, "duration_min": duration_min, "accessible": booking.accessible, "area_id": booking.area_id,
    }  # fmt: skip
    starts_at = rules.minute_in_utc(wish.starts_at)
    if refused:
        return await tables.elsewhen(work, refused, starts_at=starts_at, ignore_owner=booking.id, **party)
    if wish.table_ids is None and (starts_at, covers, duration_min) == (
        booking.starts_at, booking.covers, booking.duration_min,
    ):  # fmt: skip
        return invalid("starts_at", "That is when the booking is already.", reason="same_time")
    if first := await known.same_wish(
        work, site, starts_at, phone=booking.phone, email=booking.email, guest=guest, but=booking.id
    ):
        return rules.duplicate(first)
    wants = rules.features(booking.preferences, booking.flags, booking.guest_flags)
    table_ids = await tables.find(
        work, wish.table_ids, at=starts_at, features=wants, owner_id=booking.id, calendar=there.calendar, **party
    )
    if isinstance(table_ids, Refused):
        return table_ids
    shut = await tables.shut(work, there.calendar, table_ids, starts_at, duration_min)
    above = tables.policy(work, "booking.events_team_above")
    if not table_ids and covers <= above:
        return await tables.full(work, starts_at=starts_at, ignore_owner=booking.id, **party)
    moved = await _move(work, booking, wish, table_ids, starts_at=starts_at, **party)
    if isinstance(moved, Refused):
        return await tables.full(work, starts_at=starts_at, ignore_owner=booking.id, taken=moved, **party)
    await watch(work, moved)
    work.tell(BookingRescheduled(booking_id=booking.id, new_booking_id=moved.id))
    if covers > above:
        work.tell(EventsTeamCase(booking_id=moved.id, covers=covers))
    await told.tell(work, moved, "booking_changed", guest)
    return await booked(work, moved, table_ids, checks.warnings(said) + shut)


async def _move(
    work: Work, old: BookingRow, wish: RescheduleBooking, table_ids: list[str], **when: Any
) -> BookingRow | Refused:
    """The new booking in place of the old one, the two knowing each other, with the new one's tables held."""
    gone = await bookings.set_status(work, old.id, "rescheduled", reason=wish.reason)
    assert not isinstance(gone, Refused), "the same rule was asked a moment ago"
    same: Any = {name: getattr(old, name) for name in ("source", *bookings.EDITED) if name not in when}
    new = await bookings.create(
        work, kind=old.kind, status="confirmed", table_ids=table_ids,
        ticket=await bookings.give_ticket(work, old.id), rescheduled_from=old.id, version=old.version + 1,
        **same, **when,
    )  # fmt: skip
    if isinstance(new, Refused):
        return new
    await bookings.moved_to(work, old.id, new.id)
    return await tables.swap(work, new, table_ids, new.starts_at, left_by=old) or new


@handles(DeleteBooking)
async def delete(work: Work, wish: DeleteBooking) -> Refused | None:
    booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    if booking.status in ("seated", "dining"):
        sentence = f"The party of {booking.name} is at its table; clear the table first."
        return conflict("in_house", sentence, about=booking)
    await holds.open_up(work, booking.id)
    await bookings.delete(work, booking.id, wish.reason)
    work.tell(BookingDeleted(booking_id=booking.id))
    return None


@handles(RestoreBooking)
async def restore(work: Work, wish: RestoreBooking) -> Booked | Refused:
    booking = await bookings.restore(work, wish.booking_id)
    if isinstance(booking, Refused):
        return booking
    if booking.status in life.LIVE:
        guest = await guests.guest(work.db, work.site_id, booking.guest_id) if booking.guest_id else None
        if first := await known.same_wish(
            work, await _site(work), booking.starts_at, phone=booking.phone, email=booking.email, guest=guest,
            but=booking.id,
        ):  # fmt: skip
            return rules.duplicate(first)
    if booking.status in life.PLACEABLE and not booking.unplaced:
        if booking.ends_at > work.now:
            await tables.place_again(work, booking)
        else:  # its evening is over: there is nothing left to plan
            await bookings.unplace(work, booking.id)
    if booking.status in life.EXPECTED:
        await watch(work, booking)
    work.tell(BookingRestored(booking_id=booking.id))
    held = [held.table_id for held in await tables.planned(work, booking.id)]
    return Booked(booking.id, booking.code, held, [], guest_id=booking.guest_id)


@handles(RefreshGuest)
async def refresh_guest(work: Work, wish: RefreshGuest) -> dict[str, int] | None:
    """What lasts about a guest, copied anew. A card this site does not have leaves the copies as they are."""
    guest = await guests.guest(work.db, work.site_id, wish.guest_id)
    if guest is None and wish.gone_id is None:
        return None
    ids = await bookings.take_over(work, guest.id if guest else wish.guest_id, gone_id=wish.gone_id)
    changed = await bookings.copy_guest(work, ids, flags=guest.flags, visits=guest.visits) if guest else []
    if changed or wish.gone_id:
        work.tell(GuestRefreshed(guest_id=wish.guest_id, booking_ids=changed[:bookings.PATCHED_MAX]))
    return {"bookings": len(changed)}
