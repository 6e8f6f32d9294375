"""Doors for guests: their booking or place in line behind its link, and the page that finds a booking again.

Everything here is a form and an answer, so that it works without script; what is changed is changed by a command. A
page never says more than `TicketView` holds, is kept by nobody, and is found by no search engine.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import PermissionDeniedException
from litestar.params import FromPath

from hub.bookings import views as book
from hub.core import auth, sql
from hub.core.actor import Actor
from hub.core.clock import service_date
from hub.core.work import Policies
from hub.notifications import links
from hub.reservations import calendar
from hub.reservations import views as reservations
from hub.tickets import pages, rules, views
from hub.tickets.throttle import slow_down
from hub.tickets.views import Held, Session
from hub.venues import views as venues
from hub.venues.views import Site
from schemas.base import Answer, Refused
from schemas.bookings import BookingRow
from schemas.tickets import TicketView

q = sql.load(__file__)

COOKIE = "maitred_guest"
COOKIE_S = 3600  # the browser forgets it after an hour; the house is done with it sooner
BODY_MAX = 4096  # bytes of a form: an address and a code

LOOKS_PER_MINUTE = 120  # of one ticket: a page asks every five seconds, a family has a few of them open
WISHES_PER_MINUTE = 20  # of one ticket
ADDRESS_LOOKS = 2400  # a minute from one address: a whole waiting room behind one router
ADDRESS_MISSES = 30  # a minute from one address: links that lead nowhere
ADDRESS_WISHES = 120  # a minute from one address
ADDRESS_CODES = 30  # a quarter of an hour from one address: codes asked for, and codes tried

HEADERS = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow"}
# `referrer-policy` stays the house's same-origin: no other site is told of a link, and under `no-referrer` browsers
# send forms with the origin "null", which could not be told from a foreign page.

_encode = msgspec.json.Encoder().encode


class Shown(Exception):  # noqa: N818 - not an error: a door has found out early what to show
    def __init__(self, response: Response[Any]) -> None:
        super().__init__()
        self.response = response


def html(text: str, status: int = 200, **headers: str) -> Response[str]:
    return Response(text, status_code=status, media_type=MediaType.HTML, headers=HEADERS | headers)


def see(address: str, cookie: Cookie | None = None) -> Response[None]:
    """After a form: the page that shows what came of it, so that going back and reloading repeat nothing."""
    return Response(
        None, status_code=303, headers=HEADERS | {"location": address}, cookies=[cookie] if cookie else []
    )  # fmt: skip


# ---- what every door asks first


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"


async def _held_up(request: Request, **limits: tuple[str, int, int]) -> None:
    """Each limit: whom it counts, how often, in how many seconds."""
    for name, (who, most, within_s) in limits.items():
        if await slow_down(request.app.state.house.redis, f"{name}:{who}", most, within_s):
            page = pages.message_page("One moment, please", "That was a little fast. Wait a minute, then try again.")
            raise Shown(html(page, 429, **{"retry-after": "60"}))


async def _opened(request: Request, ticket: str) -> Held:
    """What the link opens; a page that says so when it opens nothing."""
    address = _address(request)
    await _held_up(
        request, looks=(address, ADDRESS_LOOKS, 60), ticket=(rules.fingerprint(ticket), LOOKS_PER_MINUTE, 60)
    )
    plain = 16 <= len(ticket) <= 64 and ticket.replace("-", "").replace("_", "").isalnum() and ticket.isascii()
    house = request.app.state.house
    found = await views.held(house.pool, ticket, house.clock.now()) if plain else None
    if found is None:
        await _held_up(request, misses=(address, ADDRESS_MISSES, 60))
        raise Shown(html(pages.nowhere(), 404))
    return found


async def _booking(request: Request, ticket: str) -> tuple[Site, BookingRow]:
    """The booking behind a link; a place in line has its own page."""
    found = await _opened(request, ticket)
    if found.booking is None:
        raise Shown(see(f"/g/{ticket}"))
    return found.site, found.booking


async def _site(request: Request, slug: str) -> Site:
    await _held_up(request, looks=(_address(request), ADDRESS_LOOKS, 60))
    pool = request.app.state.house.pool
    site_id = None if "\x00" in slug else await q.by_slug(pool, slug=slug[:80])
    site = await venues.site(pool, site_id) if site_id else None
    if site is None:
        raise Shown(html(pages.nowhere(), 404))
    return site


async def _form(request: Request, who: str) -> Mapping[str, str]:
    """What was typed, from a page of our own."""
    try:
        auth.refuse_foreign(request)
    except PermissionDeniedException:
        page = pages.message_page("That did not come from our page", "Please open the page again and try once more.")
        raise Shown(html(page, 403)) from None
    await _held_up(
        request, wishes=(_address(request), ADDRESS_WISHES, 60), asked=(rules.fingerprint(who), WISHES_PER_MINUTE, 60)
    )
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str) and "\x00" not in value}


async def _ask(request: Request, who: str, name: str, site: Site, form: Mapping[str, str], **wish: Any) -> Answer:
    """Gives the house a guest's command; the page's own key makes a second tap the first one's."""
    house = request.app.state.house
    key = f"guest-{form.get('key', '')[:40]}"
    body = _encode({"site_id": site.id, "key": key if len(key) > 12 else _key(), **wish})
    return await house.commands.ask(Actor.guest(rules.fingerprint(who)), name, body)


def _key() -> str:
    return secrets.token_urlsafe(12)


async def _policies(request: Request, site: Site) -> Policies:
    house = request.app.state.house
    return await house.policies_of(house.pool, site.org_id, site.id)


async def _session(request: Request, site: Site) -> Session | None:
    known = await views.session(request.app.state.house.pool, request.cookies.get(COOKIE))
    return known if known and known.site_id == site.id else None


async def _verified(request: Request, ticket: str, site: Site, booking: BookingRow, to: str) -> Session:
    """The guest behind the link, known by a code; else they are asked for one."""
    known = await _session(request, site)
    if known is None or known.contact not in views.contacts_of(booking, site.country):
        raise Shown(see(f"/g/{ticket}/code?to={to}"))
    return known


def _remembered(request: Request, verification_id: str) -> Cookie:
    return Cookie(
        COOKIE, value=verification_id, path="/", httponly=True, samesite="lax", max_age=COOKIE_S,
        secure=request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https",
    )  # fmt: skip


# ---- behind the link


async def _ticket_page(
    request: Request, ticket: str, found: Held, *, status: int = 200, problem: str | None = None
) -> Response[str]:
    house = request.app.state.house
    view = await views.seen(house.pool, found, house.clock.now())
    step_min = (await _policies(request, found.site)).get("waitlist.quote_round_min")
    page = pages.ticket_page(
        found.site, ticket, view, key=_key(), tag=_tag(view), step_min=step_min, problem=problem,
        said=request.query_params.get("said", ""),
    )  # fmt: skip
    return html(page, status)


def _tag(view: TicketView) -> str:
    """Differs when anything but the clock does."""
    told = _encode(msgspec.structs.replace(view, at=datetime(2000, 1, 1, tzinfo=UTC)))
    return f'"{blake2b(told, digest_size=12).hexdigest()}"'


@get("/g/{ticket:str}", include_in_schema=False)
async def ticket_page(request: Request, ticket: FromPath[str]) -> Response[str]:
    """A guest's booking or place in line."""
    return await _ticket_page(request, ticket, await _opened(request, ticket))


@get("/g/{ticket:str}/now", tags=["tickets"])
async def now(request: Request, ticket: FromPath[str]) -> Response[TicketView]:
    """The same as data, for the page that keeps itself up to date; 304 while it is as its `etag` says. `maitred-at` is
    the house's own time."""
    found = await _opened(request, ticket)
    house = request.app.state.house
    view = await views.seen(house.pool, found, house.clock.now())
    headers = HEADERS | {"etag": _tag(view), "maitred-at": view.at.isoformat()}
    # what a proxy makes of a tag when it compresses an answer
    known = request.headers.get("if-none-match", "").removeprefix("W/").replace("-gzip", "")
    if known == headers["etag"]:
        return Response(None, status_code=304, headers=headers)  # type: ignore[arg-type]
    return Response(view, headers=headers)


@get("/g/{ticket:str}/calendar.ics", include_in_schema=False)
async def calendar_file(request: Request, ticket: FromPath[str]) -> Response[str]:
    """The booking for the guest's own calendar (F-RES-11)."""
    site, booking = await _booking(request, ticket)
    link = links.whole(await _policies(request, site), ticket, str(request.base_url))
    text = calendar.file(booking, site, ticket=ticket, link=link, now=request.app.state.house.clock.now())
    headers = HEADERS | {"content-disposition": f'attachment; filename="{booking.code}.ics"'}
    return Response(text, media_type="text/calendar; charset=utf-8", headers=headers)


@post("/g/{ticket:str}/answer", include_in_schema=False, status_code=303, request_max_body_size=BODY_MAX)
async def answer(request: Request, ticket: FromPath[str]) -> Response[Any]:
    """On my way, leave, take it, no thank you, we are coming."""
    form = await _form(request, ticket)
    found = await _opened(request, ticket)
    said = form.get("answer", "")
    told = await _ask(request, ticket, "answer_ticket", found.site, form, ticket=ticket, answer=said)
    if isinstance(told, Refused):
        again = await _opened(request, ticket)
        return await _ticket_page(request, ticket, again, status=409, problem=rules.sentence(told))
    return see(f"/g/{ticket}?said={said}")


@get("/g/{ticket:str}/leave", include_in_schema=False)
async def leave(request: Request, ticket: FromPath[str]) -> Response[Any]:
    """Asks once more before a place in line is given up."""
    found = await _opened(request, ticket)
    if found.party is None or found.party.status not in ("active", "notified"):
        return see(f"/g/{ticket}")
    return html(pages.leave_page(found.site, ticket, key=_key()))


# ---- the one-time code


def _next(form: Mapping[str, str]) -> str:
    return "cancel" if form.get("to") == "cancel" else "change"


async def _code_page(
    request: Request, ticket: str, site: Site, booking: BookingRow, to: str, *, status: int = 200,
    problem: str | None = None,
) -> Response[str]:  # fmt: skip
    way = await views.reach(request.app.state.house.pool, site, booking)
    minutes = (await _policies(request, site)).get("booking.code_ttl_min")
    page = pages.code_page(
        site, ticket, key=_key(), to=to, sent_to=rules.masked(way[0]) if way else None, minutes=minutes,
        problem=problem,
    )  # fmt: skip
    return html(page, status)


@get("/g/{ticket:str}/code", include_in_schema=False)
async def code_page(request: Request, ticket: FromPath[str]) -> Response[str]:
    site, booking = await _booking(request, ticket)
    return await _code_page(request, ticket, site, booking, _next(request.query_params))


@post("/g/{ticket:str}/code", include_in_schema=False, status_code=303, request_max_body_size=BODY_MAX)
async def send_code(request: Request, ticket: FromPath[str]) -> Response[Any]:
    form = await _form(request, ticket)
    site, booking = await _booking(request, ticket)
    await _held_up(request, codes=(_address(request), ADDRESS_CODES, 900))
    sent = await _ask(request, ticket, "send_code", site, form, ticket=ticket)
    if isinstance(sent, Refused):
        return await _code_page(
            request, ticket, site, booking, _next(form), status=409, problem=rules.sentence(sent)
        )  # fmt: skip
    return see(f"/g/{ticket}/enter?to={_next(form)}", _remembered(request, sent.result["verification_id"]))


async def _enter_page(
    request: Request, site: Site, *, at: str, again: str, to: str, where: str, **more: Any
) -> Response[str]:
    minutes = (await _policies(request, site)).get("booking.code_ttl_min")
    page = pages.enter_page(
        site, action=f"{at}/enter", again=again, key=_key(), to=to, where=where, minutes=minutes, **more
    )
    return html(page, 409 if more.get("wrong") or more.get("locked") else 200)


async def _tried(
    request: Request, site: Site, form: Mapping[str, str], *, at: str, again: str, goal: str, where: str
) -> Response[Any]:
    """A typed code: on to where the guest was going, or the same page with what is wrong."""
    await _held_up(request, codes=(_address(request), ADDRESS_CODES, 900))
    verification_id = request.cookies.get(COOKIE, "")
    more: dict[str, Any] = {"wrong": rules.WORDS["not_yours"]}
    if verification_id:
        told = await _ask(
            request, verification_id, "try_code", site, form, verification_id=verification_id,
            code=form.get("code", "")[:40],
        )  # fmt: skip
        if isinstance(told, Refused):
            more = {"wrong": rules.WORDS["no_code"] if told.code == "invalid" else rules.sentence(told)}
        else:
            tried = msgspec.to_builtins(told.result)
            if tried["right"]:
                return see(goal)
            more = {"locked": True} if tried["locked"] else {"wrong": rules.wrong_words(tried["tries_left"])}
    return await _enter_page(request, site, at=at, again=again, to=_next(form), where=where, **more)


@get("/g/{ticket:str}/enter", include_in_schema=False)
async def enter(request: Request, ticket: FromPath[str]) -> Response[str]:
    site, _ = await _booking(request, ticket)
    to = _next(request.query_params)
    return await _enter_page(
        request, site, at=f"/g/{ticket}", again=f"/g/{ticket}/code?to={to}", to=to, where=pages.SENT
    )


@post("/g/{ticket:str}/enter", include_in_schema=False, status_code=303, request_max_body_size=BODY_MAX)
async def try_code(request: Request, ticket: FromPath[str]) -> Response[Any]:
    form = await _form(request, ticket)
    site, _ = await _booking(request, ticket)
    to = _next(form)
    return await _tried(
        request, site, form, at=f"/g/{ticket}", again=f"/g/{ticket}/code?to={to}", goal=f"/g/{ticket}/{to}",
        where=pages.SENT,
    )  # fmt: skip


# ---- change and cancel


async def _change_page(
    request: Request, ticket: str, site: Site, booking: BookingRow, asked: Mapping[str, str], *, status: int = 200,
    problem: str | None = None,
) -> Response[str]:  # fmt: skip
    house, policies = request.app.state.house, await _policies(request, site)
    moment = house.clock.now()
    first = service_date(moment, site.timezone, site.day_ends)
    last = first + timedelta(days=policies.get("booking.max_days_ahead", "dining"))
    own_day = service_date(booking.starts_at, site.timezone, site.day_ends)
    most = min(
        policies.get("booking.max_covers", "dining"), policies.get("booking.events_team_above", "dining")
    )  # fmt: skip
    day = min(max(_day(asked.get("day", "")) or own_day, first), last)
    covers = min(max(_number(asked.get("covers", "")) or booking.covers, 1), most)
    times = await views.free_times(
        house.pool, site, booking, day=day, covers=covers, now=moment, policies=policies
    )  # fmt: skip
    others: list[datetime] = []
    if not times:
        near = day - own_day
        offered = await reservations.alternatives(
            house.pool, site.id, now=moment, starts_at=booking.starts_at + near, covers=covers,
            duration_min=booking.duration_min, policies=policies, accessible=booking.accessible,
            area_id=booking.area_id, ignore_owner=booking.id,
        )  # fmt: skip
        others = [other.starts_at for other in offered]
    page = pages.change_page(
        site, ticket, rules.booking_of(booking, moment), key=_key(), day=day, covers=covers, bounds=(first, last),
        most=most, times=times, others=others, problem=problem,
        closed=await views.is_closed(house.pool, site, policies, day),
    )  # fmt: skip
    return html(page, status)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else None


async def _changeable(request: Request, ticket: str, to: str) -> tuple[Site, BookingRow, Session]:
    site, booking = await _booking(request, ticket)
    may = rules.booking_of(booking, request.app.state.house.clock.now())
    if not (may.changeable if to == "change" else may.cancellable):
        raise Shown(see(f"/g/{ticket}"))
    return site, booking, await _verified(request, ticket, site, booking, to)


@get("/g/{ticket:str}/change", include_in_schema=False)
async def change_page(request: Request, ticket: FromPath[str]) -> Response[str]:
    site, booking, _ = await _changeable(request, ticket, "change")
    return await _change_page(request, ticket, site, booking, request.query_params)


@post("/g/{ticket:str}/change", include_in_schema=False, status_code=303, request_max_body_size=BODY_MAX)
async def change(request: Request, ticket: FromPath[str]) -> Response[Any]:
    form = await _form(request, ticket)
    site, booking, known = await _changeable(request, ticket, "change")
    told = await _ask(
        request, known.verification_id, "move_own", site, form, verification_id=known.verification_id,
        booking_id=booking.id, starts_at=form.get("starts_at", ""), covers=_number(form.get("covers", "")) or 0,
    )  # fmt: skip
    if isinstance(told, Refused):
        asked = {"day": form.get("starts_at", "")[:10], "covers": form.get("covers", "")}
        return await _change_page(
            request, ticket, site, booking, asked, status=409, problem=rules.sentence(told)
        )  # fmt: skip
    # the link goes with the booking when it moves
    moved = await book.ticket_of(request.app.state.house.pool, site.id, told.result["booking_id"])
    return see(f"/g/{moved or ticket}?said=changed")


async def _cancel_page(
    request: Request, ticket: str, site: Site, booking: BookingRow, *, status: int = 200, problem: str | None = None
) -> Response[str]:
    house = request.app.state.house
    moment = house.clock.now()
    terms = await reservations.cancel_terms(
        house.pool, site.id, booking, now=moment, policies=await _policies(request, site)
    )
    page = pages.cancel_page(
        site, ticket, rules.booking_of(booking, moment), terms, key=_key(), problem=problem
    )  # fmt: skip
    return html(page, status)


@get("/g/{ticket:str}/cancel", include_in_schema=False)
async def cancel_page(request: Request, ticket: FromPath[str]) -> Response[str]:
    """What cancelling means, before it is confirmed (F-RES-06)."""
    site, booking, _ = await _changeable(request, ticket, "cancel")
    return await _cancel_page(request, ticket, site, booking)


@post("/g/{ticket:str}/cancel", include_in_schema=False, status_code=303, request_max_body_size=BODY_MAX)
async def cancel(request: Request, ticket: FromPath[str]) -> Response[Any]:
    form = await _form(request, ticket)
    site, booking, known = await _changeable(request, ticket, "cancel")
    why = form.get("why", "")
    told = await _ask(
        request, known.verification_id, "cancel_own", site, form, verification_id=known.verification_id,
        booking_id=booking.id, reason=why if why in pages.REASONS else "Cancelled by the guest.",
    )  # fmt: skip
    if isinstance(told, Refused):
        return await _cancel_page(request, ticket, site, booking, status=409, problem=rules.sentence(told))
    return see(f"/g/{ticket}?said=cancelled")


# ---- find my booking


@get("/s/{slug:str}", include_in_schema=False)
async def find(request: Request, slug: FromPath[str]) -> Response[str]:
    return html(pages.find_page(await _site(request, slug), key=_key()))


@post("/s/{slug:str}", include_in_schema=False, status_code=303, request_max_body_size=BODY_MAX)
async def look_up(request: Request, slug: FromPath[str]) -> Response[Any]:
    """The same answer for whoever has a booking and whoever has none."""
    form = await _form(request, _address(request))
    site = await _site(request, slug)
    await _held_up(request, codes=(_address(request), ADDRESS_CODES, 900))
    contact = " ".join(form.get("contact", "").split())
    # the journal names the page it was typed on: even a hash of a number would name its owner for ever
    sent = await _ask(request, form.get("key") or _key(), "send_code", site, form, contact=contact)
    if isinstance(sent, Refused):
        problem = rules.WORDS["no_contact"] if sent.field == "contact" else rules.sentence(sent)
        return html(pages.find_page(site, key=_key(), problem=problem), 409)
    return see(f"/s/{slug}/enter", _remembered(request, sent.result["verification_id"]))


@get("/s/{slug:str}/enter", include_in_schema=False)
async def enter_found(request: Request, slug: FromPath[str]) -> Response[str]:
    site = await _site(request, slug)
    return await _enter_page(request, site, at=f"/s/{slug}", again=f"/s/{slug}", to="change", where=pages.IF_ANY)


@post("/s/{slug:str}/enter", include_in_schema=False, status_code=303, request_max_body_size=BODY_MAX)
async def try_found(request: Request, slug: FromPath[str]) -> Response[Any]:
    form = await _form(request, request.cookies.get(COOKIE, "") or _address(request))
    site = await _site(request, slug)
    return await _tried(
        request, site, form, at=f"/s/{slug}", again=f"/s/{slug}", goal=f"/s/{slug}/mine", where=pages.IF_ANY
    )


@get("/s/{slug:str}/mine", include_in_schema=False)
async def mine(request: Request, slug: FromPath[str]) -> Response[Any]:
    """The bookings to come of whoever typed the right code lately."""
    site = await _site(request, slug)
    known = await _session(request, site)
    if known is None:
        return see(f"/s/{slug}")
    house = request.app.state.house
    moment = house.clock.now()
    found = await views.mine(house.pool, site, known.contact, moment)
    shown = [(rules.booking_of(row, moment), ticket) for row, ticket in found]
    return html(pages.mine_page(site, shown, contact=known.contact))


DOORS = Router(
    path="/",
    route_handlers=[
        ticket_page, now, calendar_file, answer, leave, code_page, send_code, enter, try_code, change_page, change,
        cancel_page, cancel, find, look_up, enter_found, try_found, mine,
    ],
    exception_handlers={Shown: lambda _, shown: shown.response},
)  # fmt: skip
ROUTES = (DOORS,)
