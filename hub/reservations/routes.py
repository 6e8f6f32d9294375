"""Doors: whose booking it is, what a booking would be told, one booking with its terms and its guest's link."""

import asyncio
from datetime import date
from typing import Any

import asyncpg
from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody

from hub.bookings import views as book
from hub.core import auth
from hub.core.work import Policies
from hub.notifications import links
from hub.policies.views import org_of
from hub.reservations import dry_run, effects, views
from hub.venues import views as venues
from schemas.bookings import BookingRow
from schemas.reservations import BookingLink, CancelTerms, Checked, CheckWish, Found
from schemas.slots import SlotDay, SlotEffects, SlotWish

FIRST, LAST = 2000, 9000  # years whose every day has a midnight everywhere
CHECK_MAX = 16 * 1024  # bytes of a dialog's fields


async def _policies(house: Any, db: asyncpg.Connection, site_id: str) -> Policies:
    return await house.policies_of(db, await org_of(db, site_id), site_id)


async def _booking(db: asyncpg.Connection | asyncpg.Pool, site_id: str, booking_id: str) -> BookingRow:
    row = await book.booking(db, site_id, booking_id)
    if row is None:
        raise NotFoundException("There is no such booking here.")
    return row


@get("/api/sites/{site_id:str}/lookup", tags=["reservations"])
async def lookup(request: Request, site_id: FromPath[str], q: FromQuery[str] = "") -> list[Found]:
    """Bookings by code in any letter case, phone however it is written, e-mail or name, and which of these it was;
    those to come first, then the latest; at most 20 (F-RES-03)."""
    await auth.require(request, site_id, "book.read")
    house = request.app.state.house
    return await views.lookup(house.pool, site_id, q, now=house.clock.now())


@post("/api/sites/{site_id:str}/check", tags=["reservations"], status_code=200, request_max_body_size=CHECK_MAX)
async def check(request: Request, site_id: FromPath[str], data: JSONBody[CheckWish]) -> Checked:
    """What booking this would be told, its tables and other times; nothing is written (F-RES-14)."""
    await auth.require(request, site_id, "book.write")
    house = request.app.state.house
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        booking = await _booking(db, site_id, data.booking_id) if data.booking_id else None
        return await dry_run.check(
            db, site_id, data, now=house.clock.now(), policies=await _policies(house, db, site_id), booking=booking
        )


@get("/api/sites/{site_id:str}/bookings/{booking_id:str}", tags=["reservations"])
async def one_booking(request: Request, site_id: FromPath[str], booking_id: FromPath[str]) -> BookingRow:
    """One booking of any day."""
    await auth.require(request, site_id, "book.read")
    return await _booking(request.app.state.house.pool, site_id, booking_id)


@get("/api/sites/{site_id:str}/bookings/{booking_id:str}/cancel-terms", tags=["reservations"])
async def cancel_terms(request: Request, site_id: FromPath[str], booking_id: FromPath[str]) -> CancelTerms:
    """What cancelling now would mean, before anybody does (F-RES-06)."""
    await auth.require(request, site_id, "book.read")
    house = request.app.state.house
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        booking = await _booking(db, site_id, booking_id)
        policies = await _policies(house, db, site_id)
        return await views.cancel_terms(db, site_id, booking, now=house.clock.now(), policies=policies)


@get("/api/sites/{site_id:str}/bookings/{booking_id:str}/link", tags=["reservations"])
async def link(request: Request, site_id: FromPath[str], booking_id: FromPath[str]) -> BookingLink:
    """The guest scans it from the host's screen and has their booking on their phone. A booking that was moved has none
    any more: the link leads to where it went."""
    await auth.require(request, site_id, "book.read")
    house = request.app.state.house
    async with house.pool.acquire(timeout=5) as db:
        ticket = await book.ticket_of(db, site_id, booking_id)
        if ticket is None:
            raise NotFoundException("There is no such booking here, or it was moved.")
        policies = await _policies(house, db, site_id)
    whole = links.whole(policies, ticket, str(request.base_url))
    return BookingLink(url=f"/g/{ticket}", qr_svg=links.picture(whole))


@get("/api/sites/{site_id:str}/slots/{on:date}", tags=["availability"])
async def slot_day(request: Request, site_id: FromPath[str], on: FromPath[date]) -> SlotDay:
    """The slots of a service day with their caps and what is booked in them, and what is shut when (F-AVL-11)."""
    await auth.require(request, site_id, "book.read")
    house = request.app.state.house
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        site = await venues.site(db, site_id)
        if site is None or not FIRST <= on.year <= LAST:
            raise NotFoundException("There is no such day here.")
        policies = await _policies(house, db, site_id)
        return await views.slot_day(db, site, on, now=house.clock.now(), policies=policies)


@post("/api/sites/{site_id:str}/slots/effects", tags=["availability"], status_code=200, request_max_body_size=CHECK_MAX)
async def slot_effects(request: Request, site_id: FromPath[str], data: JSONBody[SlotWish]) -> SlotEffects:
    """Which bookings a change of the calendar would leave where none is taken any more; nothing is written."""
    for permission in (data.permission, "book.read"):
        await auth.require(request, site_id, permission)
    house = request.app.state.house
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        site = await venues.site(db, site_id)
        if site is None:
            raise NotFoundException("There is no such site.")
        policies = await _policies(house, db, site_id)
        scene = await effects.scene(db, site, policies, now=house.clock.now())
    return await asyncio.to_thread(effects.of, scene, data)


ROUTES = (slot_day, slot_effects, lookup, check, one_booking, cancel_terms, link)
