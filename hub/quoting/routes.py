"""Doors: what a party would be told now, and whether what was told came true."""

from datetime import timedelta
from math import ceil
from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException, TooManyRequestsException
from litestar.exceptions import ValidationException as Invalid
from litestar.params import FromPath, FromQuery

from hub.core import auth, sql
from hub.core.actor import Actor
from hub.core.clock import service_date
from hub.quoting import records
from hub.quoting.preparing import Newcomer
from hub.quoting.problem import Asked
from hub.waitlist import forecasts, rules
from schemas.quoting import QuoteView, WaitsReport

q = sql.load(__file__)

COVERS, PRIORITY, DAYS = (1, 20), (0, 10), (1, 120)
PROMISES_MAX = 2000  # parties a report counts, the latest


@get("/api/sites/{site_id:str}/quote", tags=["waitlist"])
async def quote(
    request: Request, site_id: FromPath[str], covers: FromQuery[int] = 2, priority: FromQuery[int | None] = None,
    area_id: FromQuery[str | None] = None, accessible: FromQuery[bool] = False,
    guest_id: FromQuery[str | None] = None,
) -> QuoteView:  # fmt: skip
    """What a party would be told if it joined the line now (F-WTL-02); nothing is written. A guest the house knows
    stands where their standing puts them, unless `priority` says otherwise."""
    actor = await auth.require(request, site_id, "waitlist.read")
    _within("covers", covers, COVERS)
    _within("priority", priority or 0, PRIORITY)
    house = request.app.state.house
    _not_too_often(house, actor)
    party = Newcomer(site_id, covers, priority, area_id, accessible, guest_id=guest_id)
    looked = await house.quotes.look(house, site_id, party.row)
    if looked is None:
        raise NotFoundException("There is no such site.")
    asked, learned, forecast = looked.asked, looked.learned, looked.forecast
    expected = forecast.newcomer if forecast else None
    told = forecasts.promise(_by_rule(asked), expected, step_min=asked.step_min)
    parties = learned.turns.source(0, covers, asked.scene.now.astimezone(asked.scene.zone).hour)[1]
    return QuoteView(
        covers=covers, position=_position(asked), quoted_min=told.quoted_min, low_min=told.low_min,
        high_min=told.high_min, confidence=told.confidence, source=told.source, parties=parties if expected else 0,
        basis=asked.scene.seq,
    )  # fmt: skip


@get("/api/sites/{site_id:str}/waits", tags=["waitlist"])
async def waits(request: Request, site_id: FromPath[str], days: FromQuery[int] = 30) -> WaitsReport:
    """Quotes of the last days held against what was waited, and how long parties stay here (F-DUR-02). For managers."""
    await auth.require(request, site_id, "journal.read")
    _within("days", days, DAYS)
    house = request.app.state.house
    now = house.clock.now()
    since = now - timedelta(days=days)
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        site = await q.site_now(db, site_id=site_id)
        policies = await house.policies_of(db, site["org_id"], site_id)
        found = await q.promises(db, site_id=site_id, since=since, at_most=PROMISES_MAX)
        gave_up = await q.left_early(db, site_id=site_id, since=since)
    ends = policies.get("venue.day_ends")
    learned = await house.quotes.turns.of(
        house.pool, site_id, day=service_date(now, site["timezone"], ends), timezone=site["timezone"], day_ends=ends,
        default_min=policies.get("dining.duration_min", "dining"),
    )  # fmt: skip
    return records.report(days, found, gave_up, learned)


def _by_rule(asked: Asked) -> int | None:
    """The newcomer's minutes if everybody stays as long as planned."""
    scene = rules.Scene(
        now=asked.scene.now, tables=asked.scene.tables, joins=asked.scene.joins, holds=asked.scene.holds,
        closes_at=asked.closes_at, zone=asked.scene.zone, duration_min=asked.scene.terms.duration_min,
        buffer_min=asked.scene.terms.buffer_min, short_min=asked.short_min, weights=asked.weights,
    )  # fmt: skip
    assert asked.newcomer is not None, "a quote is for somebody"
    outlook = rules.look(scene, [*asked.scene.waiting, asked.newcomer], [], offers=asked.offers)
    return outlook.minutes[asked.newcomer.id]


def _position(asked: Asked) -> int:
    assert asked.newcomer is not None, "a quote is for somebody"
    return rules.door([*asked.scene.waiting, asked.newcomer]).index(asked.newcomer) + 1


def _within(field: str, value: int, bounds: tuple[int, int]) -> None:
    if not bounds[0] <= value <= bounds[1]:
        raise Invalid("", extra=[{"key": field, "message": f"From {bounds[0]} to {bounds[1]}."}])


def _not_too_often(house: Any, actor: Actor) -> None:
    """Playing forward costs: whoever asks too often comes back in a moment. A key has been counted at the door."""
    wait = 0.0 if actor.kind == "key" else house.commands.staff_rate.take(actor.id)
    if wait:
        raise TooManyRequestsException("Too many questions at once.", headers={"retry-after": str(max(1, ceil(wait)))})


ROUTES = (quote, waits)
