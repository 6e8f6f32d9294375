"""A host at the telephone, for tests: bookings, guests, what was said to them."""

from datetime import timedelta

import msgspec

from hub.core.actor import Actor
from hub.holds import views as plans
from schemas.reservations import Booked
from tests.kit import SITE, LawfulHouse

MANAGER = Actor.staff("st_manager")
PHONE = "+44 20 7946 0000"
EMAIL = "silva@example.test"
GUEST = Actor.guest("abcdefghijklmnop")


def at(house: LawfulHouse, minutes: float) -> str:
    return (house.now + timedelta(minutes=minutes)).isoformat()


async def booked(house: LawfulHouse, minutes: float = 60, **args) -> Booked:
    wish = {"name": "Silva", "covers": 4, "starts_at": at(house, minutes)} | args
    return msgspec.convert((await house.done("book", **wish)).result, Booked)


async def held(house: LawfulHouse, owner_id: str) -> dict:
    """By table: what an owner holds, openings aside."""
    rows = await plans.of_owner(house.pool, SITE, owner_id)
    return {row.table_id: row for row in rows if row.owner_kind == "booking"}


async def openings(house: LawfulHouse) -> set[str]:
    records = await house.pool.fetch("SELECT table_id FROM hold WHERE owner_kind = 'opening' AND status = 'held'")
    return {record["table_id"] for record in records}


async def said(house: LawfulHouse, booking_id: str) -> list:
    """What was said about a booking, oldest first."""
    return await house.pool.fetch(
        "SELECT template, channel, recipient, body, calendar, ticket, status, seq FROM message WHERE about_id = $1"
        " ORDER BY created_at, id",
        booking_id,
    )


async def policy(house: LawfulHouse, name: str, value) -> None:
    """The site's own value of a policy, live at once."""
    await house.done("set_policy", actor=MANAGER, policy=name, value=value)


async def a_guest(house: LawfulHouse, **args) -> str:
    done = await house.done("add_guest", actor=MANAGER, **({"name": "Ana Silva", "phone": PHONE} | args))
    return done.result["guest_id"]
