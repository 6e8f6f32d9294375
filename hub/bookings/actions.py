"""The only place bookings change. Higher storeys call it inside their command's transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from hub.bookings import rules, views
from hub.core import sql
from hub.core.clock import service_date
from hub.core.commands import TAKEN
from hub.core.ids import new_ticket
from hub.core.work import Work
from hub.guests import phones
from hub.guests.rules import searchable
from hub.holds import actions as holds
from hub.venues import views as venues
from schemas.base import Refused, conflict, not_found
from schemas.bookings import (
    Arrival,
    BookingCreated,
    BookingEdited,
    BookingKind,
    BookingPlaced,
    BookingRow,
    BookingStatus,
    BookingStatusChanged,
    BookingUnplaced,
    Occasion,
    Preorder,
    Source,
)  # fmt: skip

q = sql.load(__file__)

TAKEN["booking_site_id_code_key"] = ("code_taken", "That booking code was taken a moment ago. Try again.")

PATCHED_MAX = 50  # bookings to come of one guest that are patched one by one; with more, screens read the days anew
CODE_TRIES = 8  # of a billion codes; more clashes in a row than this is a fault, not bad luck


async def create(
    work: Work, *, name: str, covers: int, starts_at: datetime, duration_min: int, source: Source,
    kind: BookingKind = "dining", status: BookingStatus = "confirmed", phone: str | None = None,
    email: str | None = None, occasion: Occasion | None = None, flags: Sequence[str] = (),
    notes: str | None = None, area_id: str | None = None, accessible: bool = False,
    table_ids: Sequence[str] = (), booking_id: str | None = None, code: str | None = None,
    guest_id: str | None = None, guest_flags: Sequence[str] = (), guest_visits: int | None = None,
    requests: str | None = None, tags: Sequence[str] = (), preferences: Sequence[str] = (),
    preorders: Sequence[Preorder] = (), access_notes: str | None = None, emergency_contact: str | None = None,
    sms_opt_in: bool = False, ticket: str | None = None, rescheduled_from: str | None = None, version: int = 1,
    country: str | None = None,
) -> BookingRow | Refused:  # fmt: skip
    """A new booking with a code of its own (R-RES-02); without `table_ids` it is unplaced. The caller holds the tables.

    `code` is for imports, whose guests know theirs; it is refused when somebody here has it. `ticket` is for a guest
    who has one: from the waiting line, or from the booking that was moved here (then `version` goes on from there).
    `country` is the site's, for callers who have it at hand."""
    booking_id = booking_id or work.new_id()
    phone_key, search = await _keys(work, name, phone, country)
    work.make("booking", booking_id)
    for attempt in range(CODE_TRIES):
        made = await q.insert_booking(
            work.db, site_id=work.site_id, id=booking_id, kind=kind, name=name, phone=phone, email=email, covers=covers,
            code=code or rules.code_from(f"{booking_id}{attempt}"), starts_at=starts_at, duration_min=duration_min,
            service_date=service_date(starts_at, work.timezone, work.policies.get("venue.day_ends")), status=status,
            now=work.now, source=source, occasion=occasion, flags=list(flags), notes=notes, area_id=area_id,
            accessible=accessible, unplaced=not table_ids, guest_id=guest_id, guest_flags=list(guest_flags),
            guest_visits=guest_visits, phone_key=phone_key, search=search, requests=requests, tags=list(tags),
            preferences=list(preferences), preorders=list(preorders), access_notes=access_notes,
            emergency_contact=emergency_contact, sms_opt_in=sms_opt_in, ticket=ticket or new_ticket(),
            rescheduled_from=rescheduled_from, version=version, org_id=work.org_id,
        )  # fmt: skip
        if made:
            break
        if code:
            return conflict("code_taken", f"There is a booking {code} already.", field="code", retry="never")
    else:
        raise RuntimeError(f"no free booking code in {CODE_TRIES} tries")
    work.tell(
        BookingCreated(
            booking_id=booking_id, covers=covers, starts_at=starts_at, table_ids=list(table_ids), source=source
        )
    )
    return await _now(work, booking_id)


async def _keys(
    work: Work, name: str, phone: str | None, country: str | None = None
) -> tuple[str | None, str]:
    """What a booking is looked up by: its number as everybody's is written, its name as everybody types it."""
    if phone and country is None:
        site = await venues.site(work.db, work.site_id)
        country = site.country if site else None
    return (phones.normal(phone, country) if phone and country else None), searchable(name)


async def _now(work: Work, booking_id: str) -> BookingRow:
    booking = await views.booking(work.db, work.site_id, booking_id)
    assert booking is not None, "it was there a moment ago"
    return booking


async def _found(work: Work, booking_id: str) -> BookingRow | Refused:
    """The booking, touched, as it is at this point of the command."""
    await work.touch("booking", booking_id)
    booking = await views.booking(work.db, work.site_id, booking_id)
    return not_found("booking_id", "There is no such booking here.") if booking is None else booking


async def set_status(
    work: Work, booking_id: str, to: BookingStatus, *, reason: str | None = None, arrival: Arrival = "all"
) -> BookingRow | Refused:
    """Moves a booking along its life (F-RES-02) and stamps what that means: arrival, seating, departure, cancellation
    and its reason (R-RES-12). Returns it as it is now. Its holds are the caller's business."""
    booking = await _found(work, booking_id)
    if isinstance(booking, Refused):
        return booking
    refused = rules.refuse_move(booking, to)
    if refused:
        return refused
    if booking.status == "no_show":
        since = await q.status_since(work.db, site_id=work.site_id, id=booking_id)
        reopen_min = work.policies.get("booking.reopen_no_show_min", booking.kind)
        refused = rules.refuse_reopening(booking, since, work.now, reopen_min)
        if refused:
            return refused
    await q.set_status(
        work.db, site_id=work.site_id, id=booking_id, status=to, now=work.now, arrival=arrival, reason=reason
    )
    work.tell(BookingStatusChanged(booking_id=booking_id, was=booking.status, now=to))
    return await _now(work, booking_id)


async def set_arrival(work: Work, booking_id: str, arrival: Arrival) -> None:
    """More (or less) of a party that is here already is here."""
    await work.touch("booking", booking_id)
    await q.set_arrival(work.db, site_id=work.site_id, id=booking_id, arrival=arrival)


async def set_lateness(
    work: Work, booking_id: str, *, late_at: datetime | None, expected_at: datetime | None,
    no_show_proposed_at: datetime | None,
) -> None:  # fmt: skip
    """What is known about a party that has not come: since when it is late, when it says it will come, and since when
    the host is asked to decide."""
    await work.touch("booking", booking_id)
    await q.set_lateness(
        work.db, site_id=work.site_id, id=booking_id, late_at=late_at, expected_at=expected_at,
        no_show_proposed_at=no_show_proposed_at,
    )  # fmt: skip


async def unplace(work: Work, booking_id: str) -> BookingRow | Refused:
    """The booking loses its tables (somebody is seated there anyway) and wants new ones."""
    booking = await _found(work, booking_id)
    if isinstance(booking, Refused):
        return booking
    if booking.status not in rules.PLACEABLE:
        sentence = f"The booking of {booking.name} is {rules.SAID[booking.status]}; its table is no plan any more."
        return conflict("illegal_move", sentence, about=booking)
    table_ids = await holds.release(work, booking_id)
    if not booking.unplaced:
        await q.set_unplaced(work.db, site_id=work.site_id, id=booking_id, unplaced=True)
        work.tell(BookingUnplaced(booking_id=booking_id, table_ids=table_ids))
    return await _now(work, booking_id)


async def placed(work: Work, booking_id: str, table_ids: list[str]) -> None:
    """The booking has these tables now (the caller holds them)."""
    await work.touch("booking", booking_id)
    if (await _now(work, booking_id)).unplaced:
        await q.set_unplaced(work.db, site_id=work.site_id, id=booking_id, unplaced=False)
    work.tell(BookingPlaced(booking_id=booking_id, table_ids=list(table_ids)))


async def edit(work: Work, booking: BookingRow, **said: Any) -> BookingRow:
    """A booking says this of its party from now on (its columns by name); the caller has asked the rules."""
    await work.touch("booking", booking.id)
    now = structs.replace(booking, **said)
    fields = [name for name in EDITED if getattr(now, name) != getattr(booking, name)]
    if not fields:
        return booking
    phone_key, search = await _keys(work, now.name, now.phone)
    await q.edit(
        work.db, site_id=work.site_id, id=booking.id, phone_key=phone_key, search=search,
        **{name: getattr(now, name) for name in EDITED},
    )  # fmt: skip
    work.tell(BookingEdited(booking_id=booking.id, fields=fields))
    return await _now(work, booking.id)


EDITED = (
    "name", "phone", "email", "covers", "duration_min", "occasion", "flags", "notes", "requests", "tags", "preferences",
    "preorders", "access_notes", "emergency_contact", "sms_opt_in", "area_id", "accessible", "guest_id", "guest_flags",
    "guest_visits",
)  # fmt: skip


async def reconfirm(work: Work, booking_id: str) -> None:
    """The guest said again that they will come."""
    await work.touch("booking", booking_id)
    await q.reconfirm(work.db, site_id=work.site_id, id=booking_id, now=work.now)


async def give_ticket(work: Work, booking_id: str) -> str | None:
    """Takes a booking's ticket off it, for the one it is moved to."""
    await work.touch("booking", booking_id)
    return await q.give_ticket(work.db, site_id=work.site_id, id=booking_id)


async def moved_to(work: Work, booking_id: str, new_id: str) -> None:
    """Says on a booking that was moved which one it is now."""
    await work.touch("booking", booking_id)
    await q.moved_to(work.db, site_id=work.site_id, id=booking_id, new_id=new_id)


async def delete(work: Work, booking_id: str, reason: str) -> None:
    """Out of the book, until somebody restores it (R-AUD-01)."""
    await work.touch("booking", booking_id)
    await q.delete(
        work.db, site_id=work.site_id, id=booking_id, now=work.now, by=work.actor.id, reason=reason
    )


async def restore(work: Work, booking_id: str) -> BookingRow | Refused:
    """Back in the book as it was, if it was deleted no longer ago than policy `audit.restore_days`."""
    missing = not_found("booking_id", "No such booking was deleted here.")
    deleted_at = await q.deleted_at(work.db, site_id=work.site_id, id=booking_id)
    if deleted_at is None:
        return missing
    days = work.policies.get("audit.restore_days")
    if work.now - deleted_at > timedelta(days=days):
        sentence = f"It was deleted more than {days} days ago and cannot be restored."
        return conflict("too_late", sentence, retry="never", field="booking_id")
    await work.touch("booking", booking_id)
    await q.restore(work.db, site_id=work.site_id, id=booking_id)
    return await _now(work, booking_id)


async def take_over(work: Work, guest_id: str, *, gone_id: str | None) -> list[str]:
    """A guest's bookings of today and later, named to be changed; with `gone_id`, the same person, all of that one's
    bookings are theirs from now on, past ones included. A guest of many years has hundreds: past days, and many at
    once, are read anew by screens instead of patched."""
    today = service_date(work.now, work.timezone, work.policies.get("venue.day_ends"))
    guest_ids = [guest_id, gone_id] if gone_id else [guest_id]
    records = await q.of_guests(work.db, site_id=work.site_id, guest_ids=guest_ids)
    to_come = [record["id"] for record in records if record["service_date"] >= today]
    over = {record["service_date"] for record in records if record["service_date"] < today}
    reread = {record["service_date"] for record in records if record["guest_id"] == gone_id} & over
    if len(to_come) <= PATCHED_MAX:
        await work.touch("booking", *to_come)
    else:
        reread |= {record["service_date"] for record in records} - over
    work.reset(*(f"book:{work.site_id}:{day.isoformat()}" for day in sorted(reread)))
    if gone_id:
        await q.hand_over(work.db, site_id=work.site_id, gone_id=gone_id, keep_id=guest_id)
    return to_come


async def copy_guest(work: Work, booking_ids: list[str], *, flags: Sequence[str], visits: int | None) -> list[str]:
    """What lasts about a guest, on those bookings named by `take_over` that are live. Returns those that changed."""
    changed = await q.copy_guest(work.db, site_id=work.site_id, ids=booking_ids, flags=list(flags), visits=visits)
    return sorted(record["id"] for record in changed)
