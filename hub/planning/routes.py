"""Doors: the plan of any day, and what would be if."""

import asyncio
from collections import OrderedDict
from datetime import date, datetime
from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException, TooManyRequestsException, ValidationException
from litestar.params import FromPath, FromQuery, JSONBody

from hub.core import auth
from hub.core.actor import Actor
from hub.core.clock import service_date
from hub.core.work import Policies
from hub.holds.fits import weights_of
from hub.planning import forks, thinking, views
from hub.planning.problem import Scene
from hub.planning.thinking import Planned
from hub.venues import views as venues
from schemas.base import Refused
from schemas.planning import Compared, PlannedSeat, PlanView, WhatIf

BUDGET_MS = 300  # of a plan somebody waits for, at most
KEPT_MAX = 64  # plans remembered by a process, a few kB each; one is used until its site moves on
KEPT_FOR_MIN = 5  # house minutes: tonight's plan ages also when nothing happens
WHAT_IF_MAX = 32 * 1024  # bytes of one question
DAYS_BACK, DAYS_AHEAD = 1, 731
"""Days a plan may be asked for, around today."""


@get("/api/sites/{site_id:str}/plan", tags=["planning"])
async def plan_of(request: Request, site_id: FromPath[str], date: FromQuery[str | None] = None) -> PlanView:
    """The plan of a service day (none given: tonight's), made for whoever asks (F-ASN-03). Of tonight it may say more
    than the rows on the floor's channel, which hold what is proposed."""
    actor = await auth.require(request, site_id, "book.read")
    house = request.app.state.house
    day = _day(date)
    scene, policies = await _scene(house, site_id, day)
    kept = _kept(request)
    key = (site_id, scene.day, scene.seq, _age(scene.now) if scene.today else 0)
    if key not in kept:
        _not_too_often(house, actor)
        planned = await thinking.plan(house.minds, scene, _budget(policies))
        kept[key] = _view(scene, planned)
        if len(kept) > KEPT_MAX:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]


@post("/api/sites/{site_id:str}/what-if", tags=["planning"], status_code=200, request_max_body_size=WHAT_IF_MAX)
async def what_if(request: Request, site_id: FromPath[str], data: JSONBody[WhatIf]) -> Compared:
    """The live evening with these changes beside the evening as it stands; nothing is written. Adopt it by sending
    `adopt`, in order."""
    actor = await auth.require(request, site_id, "book.write")
    house = request.app.state.house
    _not_too_often(house, actor)
    scene, policies = await _scene(house, site_id, None)
    forked = forks.fork(scene, data.changes)
    if isinstance(forked, Refused):
        if forked.code == "not_found":
            raise NotFoundException(forked.message)
        raise ValidationException(forked.message, extra=[{"key": forked.field, "message": forked.message}])
    ms = _budget(policies)
    present = await thinking.plan(house.minds, scene, ms)  # one after the other, by one mind: a fair comparison
    after = await thinking.plan(house.minds, forked, ms)
    weights = weights_of(policies)
    sides = await asyncio.to_thread(
        lambda: (forks.outcome(scene, present, weights), forks.outcome(forked, after, weights))
    )
    site = await venues.site(house.pool, site_id)
    return Compared(
        basis=scene.seq, present=sides[0], after=sides[1], score=after.score, placements=after.placements,
        adopt=forks.adopt(scene, data.changes, after, site.opening_hours if site else {}),
    )  # fmt: skip


async def _scene(house: Any, site_id: str, day: date | None) -> tuple[Scene, Policies]:
    found = await views.scene(house, site_id, day)
    if found is None:
        raise NotFoundException("There is no such site.")
    scene, policies = found
    today = service_date(scene.now, scene.zone.key, policies.get("venue.day_ends"))
    if not -DAYS_BACK <= (scene.day - today).days <= DAYS_AHEAD:
        raise ValidationException("That day is too far away.", extra=[{"key": "date", "message": "Too far away."}])
    return found


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = "A date is written 2026-11-20."
        raise ValidationException(message, extra=[{"key": "date", "message": message}]) from None


def _budget(policies: Policies) -> int:
    return min(BUDGET_MS, policies.get("planning.budget_ms"))


def _not_too_often(house: Any, actor: Actor) -> None:
    """Thinking costs: whoever asks too often comes back in a moment. A key has been counted at the door."""
    wait = 0.0 if actor.kind == "key" else house.commands.staff_rate.take(actor.id)
    if wait:
        raise TooManyRequestsException("Too many questions at once.", headers={"retry-after": str(max(1, round(wait)))})


def _age(now: datetime) -> int:
    return int(now.timestamp() // (60 * KEPT_FOR_MIN))


def _kept(request: Request) -> OrderedDict[Any, PlanView]:
    state = request.app.state
    if "plans" not in state:
        state["plans"] = OrderedDict()
    return state["plans"]


def _view(scene: Scene, planned: Planned) -> PlanView:
    seats = [
        PlannedSeat(
            owner_kind=line.owner.kind, owner_id=line.owner.id, name=line.owner.name, covers=line.owner.covers,
            table_ids=list(line.to), starts_at=line.owner.starts_at, ends_at=line.owner.ends_at, locked=line.locked,
        )
        for line in planned.lines
    ]  # fmt: skip
    return PlanView(
        service_date=scene.day, basis=scene.seq, score=planned.score,
        unplaced=sum(not line.to for line in planned.lines if line.owner.kind == "booking"), seats=seats,
        placements=planned.placements,
    )  # fmt: skip


ROUTES = (plan_of, what_if)
