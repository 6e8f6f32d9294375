"""What `book` would say now, without a command: everything there is to say at once, and nothing written (F-RES-14)."""

from datetime import datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
import msgspec
from msgspec import structs

from hub.bookings import rules as life
from hub.bookings import views as book
from hub.core.clock import service_date
from hub.core.work import Policies
from hub.floor import views as floor
from hub.guests import phones
from hub.guests import views as guests
from hub.holds import fits
from hub.holds import rules as spans
from hub.holds import views as plans
from hub.reservations import checks, rules, times, views
from hub.reservations.checks import said
from hub.reservations.times import ELSEWHEN
from hub.slots.calendar import Calendar
from hub.venues import views as venues
from hub.venues.views import Site
from schemas.base import Covers, Email, Phone, Refused, conflict, invalid
from schemas.bookings import BookingRow
from schemas.floor import TableRow
from schemas.guests import GuestHit, GuestRow
from schemas.reservations import Alternative, Checked, CheckWish, Problem

Db: TypeAlias = asyncpg.Connection | asyncpg.Pool

READABLE: tuple[tuple[str, Any, str], ...] = (
    ("covers", Covers, "A party is 1 to 20 people."),
    ("phone", Phone | None, "That is no phone number."),
    ("email", Email | None, "That is no e-mail address."),
)


async def check(
    db: Db, site_id: str, wish: CheckWish, *, now: datetime, policies: Policies, booking: BookingRow | None = None
) -> Checked:
    """What a booking like this, or `booking` changed to be like this, would be told."""
    site = await venues.site(db, site_id)
    assert site is not None, "who may ask has a site"
    guest = await _guest(db, site_id, wish, booking)
    cards = [card for card in (wish, guest, booking) if card]
    phone, email = next((card.phone for card in cards if card.phone), None), next(
        (card.email for card in cards if card.email), None
    )
    wished = checks.Wished(
        covers=wish.covers, starts_at=wish.starts_at, source=booking.source if booking else "phone", phone=phone,
        email=email, by_guest=False, duration_min=_duration(wish, booking, policies),
    )  # fmt: skip
    own = booking.id if booking else wish.checkout_id or ""
    there = await times.at(db, site, policies, wish.starts_at, now=now, but=own)
    found: list[Problem | None] = [said(_unreadable(wish, *line), "error") for line in READABLE]
    found += checks.problems(wished, site, policies, now, there)
    if wish.area_id and not await floor.AREAS.read(db, site_id, [wish.area_id]):
        found.append(Problem("error", "unknown_area", "There is no such area here.", "area_id"))
    if wish.guest_id and guest is None:
        found.append(Problem("error", "not_found", "There is no such guest here.", "guest_id"))
    if booking and booking.status not in life.PLACEABLE:
        sentence = f"The booking of {booking.name} is {life.SAID[booking.status]}; its time stays."
        found.append(Problem("error", "illegal_move", sentence, "booking_id"))
    found.append(said(rules.refuse_blacklisted(guest, anyway=False, reason=None), "error"))
    problems = [problem for problem in found if problem]
    if any(problem.severity == "error" and problem.field in ("starts_at", "covers") for problem in problems):
        return Checked(valid=False, problems=problems, table_ids=[], alternatives=[], known=_hit(guest, wish, site))
    first = await book.same_wish(
        db, site_id, starts_at=rules.whole_minute(wish.starts_at), phone_key=phones.normal(phone, site.country),
        email=email, guest_id=guest.id if guest else None, but=booking.id if booking else "",
    )  # fmt: skip
    if first:
        duplicate = rules.duplicate(first)
        problems.append(Problem("error", duplicate.reason, duplicate.message, "starts_at"))
    untimely = any(problem.reason in ELSEWHEN for problem in problems)
    table_ids, more, offered = await _tables(
        db, site, wish, guest, booking, now=now, policies=policies, calendar=there.calendar, untimely=untimely
    )
    problems += more
    return Checked(
        valid=not any(problem.severity == "error" for problem in problems), problems=problems, table_ids=table_ids,
        alternatives=offered, known=_hit(guest, wish, site),
    )  # fmt: skip


def _duration(wish: CheckWish, booking: BookingRow | None, policies: Policies) -> int:
    usual = booking.duration_min if booking else policies.get("dining.duration_min", rules.DINING)
    return wish.duration_min or usual


def _unreadable(wish: CheckWish, field: str, kind: Any, sentence: str) -> Refused | None:
    value = getattr(wish, field) or None
    try:
        msgspec.convert(getattr(wish, field) if field == "covers" else value, kind)
    except msgspec.ValidationError:
        return invalid(field, sentence)
    return None


async def _guest(db: Db, site_id: str, wish: CheckWish, booking: BookingRow | None) -> GuestRow | None:
    if wish.guest_id:
        return await guests.guest(db, site_id, wish.guest_id)
    found = await guests.by_contact(db, site_id, phone=wish.phone, email=wish.email)
    if found is None and booking and booking.guest_id:
        return await guests.guest(db, site_id, booking.guest_id)
    return found


def _hit(guest: GuestRow | None, wish: CheckWish, site: Site) -> GuestHit | None:
    if guest is None:
        return None
    number = phones.normal(wish.phone, site.country)
    by_phone = number is not None and guest.phone == number
    by_email = bool(wish.email) and (guest.email or "").lower() == (wish.email or "").lower()
    return GuestHit(
        id=guest.id, name=guest.name, phone=guest.phone, email=guest.email, flags=guest.flags, tier=guest.tier,
        visits=guest.visits, no_shows=guest.no_shows, last_seen=guest.last_seen, blacklisted=guest.blacklisted,
        matched="phone" if by_phone else "email" if by_email else "name",
    )  # fmt: skip


async def _tables(
    db: Db, site: Site, wish: CheckWish, guest: GuestRow | None, booking: BookingRow | None, *, now: datetime,
    policies: Policies, calendar: Calendar, untimely: bool,
) -> tuple[list[str], list[Problem], list[Alternative]]:  # fmt: skip
    """The tables it would take, what there is to say of them, and other times when there are none or `untimely`."""
    starts_at = rules.whole_minute(wish.starts_at)
    flags = {*wish.flags, *(guest.flags if guest else ())}
    duration_min = _duration(wish, booking, policies)
    need_min = duration_min + policies.get("dining.buffer_min", rules.DINING)
    accessible = wish.accessible or rules.STEP_FREE in flags
    there = await floor.tables(db, site.id)
    owner_id = booking.id if booking else wish.checkout_id
    problems: list[Problem] = []
    if wish.table_ids is not None:
        table_ids = list(dict.fromkeys(wish.table_ids))
        refused = await _named(
            db, site, table_ids, there, starts_at=starts_at, need_min=need_min, covers=wish.covers, now=now,
            accessible=accessible, owner_id=owner_id or "",
        )  # fmt: skip
    else:
        best = await fits.best(
            db, site.id, at=starts_at, covers=wish.covers, need_min=need_min, policies=policies, accessible=accessible,
            area_id=wish.area_id, ignore_owner=owner_id, features=rules.features(wish.preferences, flags),
            calendar=calendar, turn_min=duration_min,
        )  # fmt: skip
        table_ids, refused = next((fit.table_ids for fit in best if fit.legal), []), None
        if not table_ids and wish.covers <= policies.get("booking.events_team_above", rules.DINING):
            refused = conflict("full", rules.no_table(wish.covers, starts_at, site.timezone))
    kinds = checks.kinds_of_table(wish.covers, list(there.values()))
    problems += [kinds] if kinds else []
    shut = calendar.shut(starts_at, starts_at + timedelta(minutes=duration_min))
    problems += [
        Problem("warning", "area_shut", text, "table_ids")
        for text in rules.in_shut_areas([there[table_id] for table_id in table_ids if table_id in there], shut)
    ]
    if refused is None:
        named = [there[table_id] for table_id in table_ids]
        problems += [Problem("warning", "large_table", text) for text in rules.too_large_a_table(wish.covers, named)]
        if not table_ids:
            problems.append(Problem("warning", "unplaced", "No table is planned for it yet."))
    if refused is None and not untimely:
        return table_ids, problems, []
    offered = await views.alternatives(
        db, site.id, now=now, starts_at=starts_at, covers=wish.covers, duration_min=duration_min, policies=policies,
        accessible=accessible, area_id=wish.area_id, ignore_owner=owner_id,
    )  # fmt: skip
    if refused is None:
        return table_ids, problems, offered
    instead = f" It would work {offered[0].reason}." if offered else " Nothing near it works either."
    refused = structs.replace(refused, message=refused.message + instead)
    return [], [*problems, Problem("error", refused.reason, refused.message, refused.field)], offered


async def _named(
    db: Db, site: Site, table_ids: list[str], there: dict[str, TableRow], *, starts_at: datetime, need_min: int,
    covers: int, accessible: bool, now: datetime, owner_id: str,
) -> Refused | None:  # fmt: skip
    """Why the tables a host named cannot be had: the wrong ones, or somebody's."""
    today = service_date(now, site.timezone, site.day_ends)
    refused = rules.refuse_tables(
        table_ids, there, await floor.joins(db, site.id), covers=covers, accessible=accessible,
        today=service_date(starts_at, site.timezone, site.day_ends) == today,
    )  # fmt: skip
    if refused:
        return refused
    turn = (starts_at, starts_at + timedelta(minutes=need_min))
    others = await plans.beside(db, site.id, table_ids, starts_at, owner_id)
    clashes = [other for other in others if spans.overlap(turn, spans.span(other))]
    if not clashes:
        return None
    taken = spans.taken(clashes, {table.id: table.number for table in there.values()}, site.timezone)
    return structs.replace(taken, field="table_ids")
