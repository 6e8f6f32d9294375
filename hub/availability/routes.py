"""Doors: a day's slots for a party, the calendar, why not, and how a booking got in."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, date, timedelta
from math import ceil
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.exceptions import (
    NotFoundException,
    PermissionDeniedException,
    TooManyRequestsException,
)  # fmt: skip
from litestar.exceptions import ValidationException as Invalid
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from hub.availability import certificates, thinking
from hub.availability.problem import Wish
from hub.availability.thinking import Asker
from hub.core import auth, sql
from hub.core.actor import Actor
from hub.core.clock import service_date
from hub.core.work import Policies
from hub.reservations import rules
from schemas.availability import AvailableDay, CalendarView, Certificate, WhyNot, WhyNotAnswer

q = sql.load(__file__)

KEPT_MAX = 256  # answers remembered by a process, some kB each; one is used until its site moves on
AGE_MIN = 5  # house minutes: what is asked about tonight ages also when nothing happens
BODY_MAX = 8 * 1024  # bytes of one question
DAYS_MAX = 100  # of one calendar
DAYS_BACK, DAYS_AHEAD = 1, 731
"""Days that may be asked about, around today."""
TOO_FAR = "That day is too far away."
COVERS, MINUTES = (1, 20), (15, 480)


@get("/api/sites/{site_id:str}/availability", tags=["availability"])
async def available(
    request: Request, site_id: FromPath[str], date: FromQuery[str | None] = None, covers: FromQuery[int] = 2,
    accessible: FromQuery[bool] = False, area_id: FromQuery[str | None] = None,
    duration_min: FromQuery[int | None] = None, but: FromQuery[str | None] = None,
) -> AvailableDay:  # fmt: skip
    """A day's slots for a party (none given: today, two): free, by moving others, full or closed (F-AVL-02). In
    `area_id` only, where one is named. Whether moving others would do is told to those who may ask for it (policy
    `booking.reshuffle`). To who reads the book, the booking or checkout `but` does not count."""
    asker, actor = await _asker(request, site_id)
    policies, seq, today, _ = await _site(request, site_id)
    on = _day(date, today)
    own = but or "" if asker.reads_book else ""
    wish = _wish(policies, covers, duration_min, accessible=accessible, area_id=area_id, but=own)
    house = request.app.state.house
    age = int(house.clock.now().timestamp() // (60 * AGE_MIN)) if on == today else 0
    return await _once(
        request, actor, ("day", site_id, seq, on, wish, asker, age),
        lambda: thinking.day(house, site_id, on, wish, asker),
    )  # fmt: skip


@get("/api/sites/{site_id:str}/calendar", tags=["availability"])
async def calendar(
    request: Request, site_id: FromPath[str], first: Annotated[str | None, QueryParameter(name="from")] = None,
    days: FromQuery[int] = 42, covers: FromQuery[int] = 2, area_id: FromQuery[str | None] = None,
) -> CalendarView:  # fmt: skip
    """The load of days from `first` on (none given: today), what is closed, popular or a weekend, and whether a party
    of `covers` finds a time as everybody is planned (F-AVL-06), in `area_id` where one is named. Days beyond the
    horizon are left out."""
    _, actor = await _asker(request, site_id)
    policies, seq, today, _ = await _site(request, site_id)
    if not 1 <= days <= DAYS_MAX:
        raise _invalid("days", f"1 to {DAYS_MAX} days can be asked for at once.")
    since, wish = _day(first, today), _wish(policies, covers, None, area_id=area_id)
    house = request.app.state.house
    age = int(house.clock.now().timestamp() // (60 * AGE_MIN))
    return await _once(
        request, actor, ("calendar", site_id, seq, since, days, wish, age),
        lambda: thinking.calendar(house, site_id, since, days, wish),
    )  # fmt: skip


@post("/api/sites/{site_id:str}/why-not", tags=["availability"], status_code=200, request_max_body_size=BODY_MAX)
async def why_not(request: Request, site_id: FromPath[str], data: JSONBody[WhyNot]) -> WhyNotAnswer:
    """May this party come, and if not, why not: facts that rule it out, none of them needless, and the nearest changes
    that would help, each tried (R-SUG-01). Where others can be moved for it: a certificate for `book`."""
    asker, actor = await _asker(request, site_id)
    policies, seq, today, zone = await _site(request, site_id)
    if data.starts_at.tzinfo is None:
        raise _invalid("starts_at", "The time needs a time zone.")
    house = request.app.state.house
    if abs(data.starts_at - house.clock.now()) > timedelta(days=DAYS_AHEAD + 1):
        raise _invalid("starts_at", TOO_FAR)  # at its very ends the calendar has no local time
    moment = rules.whole_minute(data.starts_at.astimezone(UTC))
    on = service_date(moment, zone, policies.get("venue.day_ends"))
    _near(on, today, "starts_at")
    wish = _wish(
        policies, data.covers, data.duration_min, accessible=data.accessible, area_id=data.area_id,
        preferences=tuple(sorted(data.preferences)), but=data.but or "" if asker.reads_book else "",
    )  # fmt: skip
    age = int(house.clock.now().timestamp() // (60 * AGE_MIN))  # younger than any certificate's end
    return await _once(
        request, actor, ("why", site_id, seq, moment, wish, asker, age),
        lambda: thinking.why_not(house, site_id, on, moment, wish, asker),
    )  # fmt: skip


@get("/api/sites/{site_id:str}/bookings/{booking_id:str}/certificate", tags=["availability"])
async def certificate(request: Request, site_id: FromPath[str], booking_id: FromPath[str]) -> Certificate:
    """Who was moved so that this booking got in."""
    await auth.require(request, site_id, "book.read")
    kept = await certificates.of_booking(request.app.state.house.pool, site_id, booking_id)
    if kept is None:
        raise NotFoundException("Nobody was moved for a booking like that here.")
    return kept.told()


# ---- what every door asks


async def _asker(request: Request, site_id: str) -> tuple[Asker, Actor]:
    try:
        return Asker(reads_book=True), await auth.require(request, site_id, "book.read")
    except PermissionDeniedException:
        return Asker(reads_book=False), await auth.require(request, site_id, "availability.read")


async def _site(request: Request, site_id: str) -> tuple[Policies, int, date, str]:
    house = request.app.state.house
    async with house.pool.acquire(timeout=5) as db:
        site = await q.site_now(db, site_id=site_id)
        if site is None:
            raise NotFoundException("There is no such site.")
        policies = await house.policies_of(db, site["org_id"], site_id)
    zone = site["timezone"]
    return policies, site["seq"], service_date(house.clock.now(), zone, policies.get("venue.day_ends")), zone


def _invalid(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, extra=[{"key": field, "message": sentence}])


def _day(text: str | None, today: date) -> date:
    if text is None:
        return today
    try:
        on = date.fromisoformat(text)
    except ValueError:
        raise _invalid("date", "A date is written 2026-11-20.") from None
    _near(on, today, "date")
    return on


def _near(on: date, today: date, field: str) -> None:
    if not -DAYS_BACK <= (on - today).days <= DAYS_AHEAD:
        raise _invalid(field, TOO_FAR)


def _wish(policies: Policies, covers: int, duration_min: int | None, **more: Any) -> Wish:
    for field, value, (least, most) in (("covers", covers, COVERS), ("duration_min", duration_min or 15, MINUTES)):
        if not least <= value <= most:
            raise _invalid(field, f"From {least} to {most}.")
    return Wish(covers, thinking.duration(policies, duration_min), **more)


async def _once(
    request: Request, actor: Actor, key: Any, answer: Callable[[], Awaitable[Any]]
) -> Any:  # fmt: skip
    """The answer, worked out once for all who ask the same before the site moves on."""
    state = request.app.state
    if "availability" not in state:
        state["availability"] = OrderedDict()
    kept: OrderedDict[Any, asyncio.Task[Any]] = state["availability"]
    if key not in kept:
        _not_too_often(state.house, actor)
        kept[key] = asyncio.ensure_future(answer())
        if len(kept) > KEPT_MAX:
            kept.popitem(last=False)
    kept.move_to_end(key)
    try:
        found = await asyncio.shield(kept[key])
    except Exception:
        kept.pop(key, None)  # who asks again may have more luck
        raise
    if found is None:
        raise NotFoundException("There is no such site.")
    if not _sure(found):
        kept.pop(key, None)
    return found


def _sure(found: Any) -> bool:
    """Whether looking again before anything happens would be a waste."""
    if isinstance(found, AvailableDay):
        return all(slot.exact for slot in found.slots)
    return not isinstance(found, WhyNotAnswer) or (found.exact and found.minimal)


def _not_too_often(house: Any, actor: Actor) -> None:
    """Thinking costs: whoever asks too often comes back in a moment. A key has been counted at the door."""
    wait = 0.0 if actor.kind == "key" else house.commands.staff_rate.take(actor.id)
    if wait:
        raise TooManyRequestsException("Too many questions at once.", headers={"retry-after": str(max(1, ceil(wait)))})


ROUTES = (available, calendar, why_not, certificate)
