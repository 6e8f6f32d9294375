"""The only place bookings change. Higher storeys call it inside their command's transaction."""

from datetime import datetime

from hub.bookings import rules, views
from hub.core import sql
from hub.core.clock import service_date
from hub.core.commands import TAKEN
from hub.core.work import Work
from hub.holds import actions as holds
from schemas.base import Refused, conflict, not_found
from schemas.bookings import (
    Arrival,
    BookingCreated,
    BookingKind,
    BookingPlaced,
    BookingRow,
    BookingStatus,
    BookingStatusChanged,
    BookingUnplaced,
    Occasion,
    Source,
)  # fmt: skip

q = sql.load(__file__)

TAKEN["booking_site_id_code_key"] = ("code_taken", "That booking code was taken a moment ago. Try again.")

CODE_TRIES = 8  # of a billion codes; more clashes in a row than this is a fault, not bad luck


async def create(
    work: Work, *, name: str, covers: int, starts_at: datetime, duration_min: int, source: Source,
    kind: BookingKind = "dining", status: BookingStatus = "confirmed", phone: str | None = None,
    email: str | None = None, occasion: Occasion | None = None, flags: list[str] | None = None,
    notes: str | None = None, area_id: str | None = None, accessible: bool = False,
    table_ids: list[str] | None = None, booking_id: str | None = None, code: str | None = None,
) -> BookingRow | Refused:  # fmt: skip
    """A new booking with a code of its own (R-RES-02); without `table_ids` it is unplaced. The caller holds the tables.

    `code` is for imports, whose guests know theirs; it is refused when somebody here has it."""
    booking_id = booking_id or work.new_id()
    work.make("booking", booking_id)
    for attempt in range(CODE_TRIES):
        made = await q.insert_booking(
            work.db, site_id=work.site_id, id=booking_id, kind=kind, name=name, phone=phone, email=email, covers=covers,
            code=code or rules.code_from(f"{booking_id}{attempt}"), starts_at=starts_at, duration_min=duration_min,
            service_date=service_date(starts_at, work.timezone, work.policies.get("venue.day_ends")), status=status,
            now=work.now, source=source, occasion=occasion, flags=list(flags or ()), notes=notes, area_id=area_id,
            accessible=accessible, unplaced=not table_ids,
        )  # fmt: skip
        if made:
            break
        if code:
            return conflict("code_taken", f"There is a booking {code} already.", field="code", retry="never")
    else:
        raise RuntimeError(f"no free booking code in {CODE_TRIES} tries")
    work.tell(
        BookingCreated(
            booking_id=booking_id, covers=covers, starts_at=starts_at, table_ids=list(table_ids or ()), source=source
        )
    )
    return await _now(work, booking_id)


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
    """Moves a booking along its life (F-RES-02) and stamps what that means: arrival, departure, cancellation and its
    reason (R-RES-12). Returns it as it is now. Its holds are the caller's business."""
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
