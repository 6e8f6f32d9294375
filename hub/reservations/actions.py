"""What becomes of a host's wish about a dining booking."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import structs

from hub.bookings import actions as bookings
from hub.bookings import rules as life
from hub.bookings import views as book
from hub.core.clock import service_date
from hub.core.commands import handles
from hub.core.work import Work
from hub.floor import views as floor
from hub.holds import actions as holds
from hub.holds import fits
from hub.holds import views as plans
from hub.reservations import rules
from schemas.base import Refused, conflict, invalid
from schemas.bookings import BookingRow
from schemas.reservations import (
    Alternative,
    ArriveBooking,
    Book,
    Booked,
    BookingArrived,
    BookingCancelled,
    BookingLate,
    BookingNoShow,
    CancelBooking,
    EventsTeamCase,
    LeaveTable,
    MarkLate,
    MarkNoShow,
    NoteLateness,
    PlaceBooking,
)  # fmt: skip


@handles(Book)
async def take(work: Work, wish: Book) -> Booked | Refused:
    """Takes a booking with its table: the named ones, or the best that is free for the whole turn (F-AVL-04)."""
    refused = await _unbookable(work, wish)
    if refused:
        return refused
    starts_at = rules.whole_minute(wish.starts_at.astimezone(UTC))
    duration_min = wish.duration_min or _policy(work, "dining.duration_min")
    above = _policy(work, "booking.events_team_above")
    table_ids = await _where(
        work, wish.table_ids, at=starts_at, covers=wish.covers, need_min=_need_min(work, duration_min),
        accessible=wish.accessible, area_id=wish.area_id,
    )  # fmt: skip
    if isinstance(table_ids, Refused):
        return table_ids
    if not table_ids and wish.covers <= above:
        return await _full(work, wish, starts_at, duration_min, None)
    booking = await bookings.create(
        work, name=wish.name, covers=wish.covers, starts_at=starts_at, duration_min=duration_min, source=wish.source,
        phone=wish.phone, email=wish.email, occasion=wish.occasion, flags=wish.flags, notes=wish.notes,
        area_id=wish.area_id, accessible=wish.accessible, table_ids=table_ids,
    )  # fmt: skip
    if isinstance(booking, Refused):
        return booking
    if table_ids:
        held = await _hold(work, booking, table_ids, starts_at)
        if isinstance(held, Refused):
            return await _full(work, wish, starts_at, duration_min, held)
    await watch(work, booking)
    tables = await floor.tables(work.db, work.site_id)
    said = rules.warnings(wish.covers, [tables[table_id] for table_id in table_ids], events_team_above=above)
    if wish.covers > above:
        work.tell(EventsTeamCase(booking_id=booking.id, covers=wish.covers))
    if not table_ids:
        said.append("No table is planned for it yet.")
    return Booked(booking.id, booking.code, table_ids, said)


async def _unbookable(work: Work, wish: Book) -> Refused | None:
    refused = rules.refuse_time(
        wish.starts_at, work.now, timezone=work.timezone, max_days=_policy(work, "booking.max_days_ahead")
    ) or rules.refuse_covers(wish.covers, _policy(work, "booking.max_covers"))
    if refused:
        return refused
    if wish.area_id and not await floor.AREAS.read(work.db, work.site_id, [wish.area_id]):
        return invalid("area_id", "There is no such area here.", reason="unknown_area")
    if wish.phone:
        starts_at = rules.whole_minute(wish.starts_at.astimezone(UTC))
        first = await book.by_phone_at(work.db, work.site_id, phone=wish.phone, starts_at=starts_at)
        if first:
            return rules.duplicate(first)
    return None


def _policy(work: Work, key: str) -> int:
    """A dining booking's own value of a policy, if it has one."""
    return work.policies.get(key, "dining")


def _need_min(work: Work, duration_min: int) -> int:
    """The turn with the cleaning buffer behind it (R-DUR-03)."""
    return duration_min + _policy(work, "dining.buffer_min")


async def _where(
    work: Work, named: list[str] | None, *, at: datetime, covers: int, need_min: int, accessible: bool,
    area_id: str | None, owner_id: str | None = None,
) -> list[str] | Refused:  # fmt: skip
    """The tables for a party: those named, if it may be planned there, else the best free ones; empty = none."""
    if named is None:
        found = await fits.best(
            work.db, work.site_id, at=at, covers=covers, need_min=need_min, accessible=accessible, area_id=area_id,
            policies=work.policies, ignore_owner=owner_id,
        )  # fmt: skip
        return next((fit.table_ids for fit in found if fit.legal), [])
    day_ends = work.policies.get("venue.day_ends")
    refused = rules.refuse_tables(
        named, await floor.tables(work.db, work.site_id), await floor.joins(work.db, work.site_id), covers=covers,
        accessible=accessible,
        today=service_date(at, work.timezone, day_ends) == service_date(work.now, work.timezone, day_ends),
    )  # fmt: skip
    return refused or list(dict.fromkeys(named))


async def _hold(work: Work, booking: BookingRow, table_ids: list[str], since: datetime) -> list[str] | Refused:
    until = since + timedelta(minutes=_need_min(work, booking.duration_min))
    return await holds.hold(
        work, owner_kind="booking", owner_id=booking.id, table_ids=table_ids, starts_at=since, ends_at=until
    )


async def _full(work: Work, wish: Book, starts_at: datetime, duration_min: int, taken: Refused | None) -> Refused:
    """No: and up to three other times of the same day that would work (R-SUG-01, G-08), with their tables."""
    need_min, zone = _need_min(work, duration_min), ZoneInfo(work.timezone)
    tables, joins = await floor.tables(work.db, work.site_id), await floor.joins(work.db, work.site_id)
    window = (starts_at - rules.WINDOW, starts_at + rules.WINDOW + timedelta(minutes=need_min))
    planned = await plans.busy(work.db, work.site_id, *window)
    offered: list[Alternative] = []
    for moment in rules.other_times(
        starts_at, work.now, step_min=_policy(work, "dining.slot_step_min"), timezone=work.timezone,
        day_ends=work.policies.get("venue.day_ends"),
    ):  # fmt: skip
        found = fits.judge(
            tables, joins, planned, at=moment, covers=wish.covers, need_min=need_min, short_min=need_min, zone=zone,
            weights=fits.weights_of(work.policies), accessible=wish.accessible, area_id=wish.area_id,
        )  # fmt: skip
        best = next((fit for fit in found if fit.legal), None)
        if best:
            offered.append(Alternative(moment, best.table_ids, rules.shift(starts_at, moment)))
        if len(offered) == rules.OFFERED_MAX:
            break
    if taken:
        return structs.replace(taken, about=offered, field="table_ids")
    sentence = f"No table is free for {wish.covers} at {starts_at.astimezone(zone):%H:%M}."
    return conflict("full", sentence, about=offered)


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
    table_ids = await _where(
        work, wish.table_ids, at=since, covers=booking.covers, need_min=_need_min(work, booking.duration_min),
        accessible=booking.accessible, area_id=booking.area_id, owner_id=booking.id,
    )  # fmt: skip
    if isinstance(table_ids, Refused):
        return table_ids
    if not table_ids:
        return conflict("full", f"No table is free for {booking.name}, a party of {booking.covers}, then.")
    await holds.release(work, booking.id)
    held = await _hold(work, booking, table_ids, since)
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
            await _replace(work, booking)
    work.tell(BookingArrived(booking_id=booking.id, arrival=wish.arrival))
    return None


async def _replace(work: Work, booking: BookingRow) -> None:
    """A no-show that turned up after all gets its table again if nobody has it yet, else another, else none for now."""
    had = await holds.release(work, booking.id) or await plans.given_back(work.db, work.site_id, booking.id)
    since = max(booking.starts_at, work.now)
    if had:
        again = await _where(
            work, had, at=since, covers=booking.covers, need_min=_need_min(work, booking.duration_min),
            accessible=booking.accessible, area_id=booking.area_id,
        )  # fmt: skip
        if not isinstance(again, Refused) and not isinstance(await _hold(work, booking, again, since), Refused):
            await bookings.placed(work, booking.id, again)
            return
    table_ids = await _where(
        work, None, at=since, covers=booking.covers, need_min=_need_min(work, booking.duration_min),
        accessible=booking.accessible, area_id=booking.area_id,
    )  # fmt: skip
    if table_ids and not isinstance(table_ids, Refused):
        held = await _hold(work, booking, table_ids, since)
        assert not isinstance(held, Refused), "what fits under the site's lock can be held"
        await bookings.placed(work, booking.id, table_ids)
    else:
        await bookings.unplace(work, booking.id)


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
        booking, work.now, grace_min=_policy(work, "booking.no_show_grace_min"), timezone=work.timezone
    )
    if refused:
        return refused
    gone = await bookings.set_status(work, booking.id, "no_show", reason=wish.reason)
    assert not isinstance(gone, Refused), "the same rule was asked a moment ago"
    await holds.open_up(work, booking.id)
    work.tell(BookingNoShow(booking_id=booking.id, minutes_late=rules.minutes_late(booking, work.now)))
    return None


@handles(CancelBooking)
async def cancel(work: Work, wish: CancelBooking) -> Refused | None:
    booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    gone = await bookings.set_status(work, booking.id, "cancelled", reason=wish.reason)
    if isinstance(gone, Refused):
        return gone
    await holds.open_up(work, booking.id)
    work.tell(BookingCancelled(booking_id=booking.id))
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


async def watch(work: Work, booking: BookingRow) -> None:
    """Has the house look after a booking when its grace is over. Earlier timers are left alone: each asks anew."""
    look_again(work, booking.id, rules.decide_at(booking, _policy(work, "booking.no_show_grace_min")))


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
    if work.now < rules.decide_at(booking, _policy(work, "booking.no_show_grace_min")):
        await watch(work, booking)  # it called meanwhile, or the grace became longer
        return
    await bookings.set_lateness(
        work, booking.id, late_at=booking.late_at or work.now, expected_at=booking.expected_at,
        no_show_proposed_at=work.now,
    )  # fmt: skip
    work.tell(BookingLate(booking_id=booking.id, minutes_late=rules.minutes_late(booking, work.now)))
