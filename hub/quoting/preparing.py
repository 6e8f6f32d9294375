"""What is played forward before a command takes the site's lock: the line that is refreshed, and a party that joins it.
The command finds it as `work.prepared`; None where there is no forecast, and the rule alone is told.
"""

from dataclasses import dataclass
from typing import Any

import asyncpg

from hub.core.actor import Actor
from hub.core.commands import Commands, prepares
from hub.core.work import Policies
from hub.guests import views as guests
from hub.planning.problem import Scene
from hub.waitlist import actions as waitlist
from hub.waitlist.forecasts import Forecast
from schemas.waitlist import AddParty, PartyRow, RefreshWaiting

NEWCOMER = "newcomer"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A party at the door, as far as its wait depends on it."""

    covers: int
    priority: int | None = None
    area_id: str | None = None
    accessible: bool = False

    async def row(self, _db: asyncpg.Connection, _policies: Policies, scene: Scene) -> PartyRow:
        return self.standing(scene, self.priority or 0)

    def standing(self, scene: Scene, priority: int, **more: Any) -> PartyRow:
        """It in line, behind all who came before."""
        accessible = more.get("accessible", self.accessible)
        return PartyRow(
            id=NEWCOMER, name="", covers=self.covers, phone=None, status="active", priority=priority,
            joined_at=scene.now, quoted_min=None, quoted_at=None, area_id=self.area_id, accessible=accessible, flags=[],
            notes=None, expires_at=scene.span[1], version=1,
        )  # fmt: skip


@prepares(RefreshWaiting)
async def line(commands: Commands, _actor: Actor, wish: RefreshWaiting) -> Forecast | None:
    if commands.house is None:
        return None
    found: Forecast | None = await commands.house.quotes.forecast(commands.house, wish.site_id)
    return found


@prepares(AddParty)
async def newcomer(commands: Commands, actor: Actor, wish: AddParty) -> Forecast | None:
    """The party where it is going to stand in line, by whoever the house knows it to be."""
    if commands.house is None or actor.kind == "guest" or wish.quoted_min is not None:
        return None

    async def row(db: asyncpg.Connection, policies: Policies, scene: Scene) -> PartyRow:
        if wish.guest_id is not None:
            guest = await guests.guest(db, wish.site_id, wish.guest_id)
        else:
            guest = await guests.by_contact(db, wish.site_id, phone=wish.phone, email=wish.email)
        party = Newcomer(wish.covers, area_id=wish.area_id)
        priority = waitlist.priority_of(policies, wish.priority, guest)
        return party.standing(scene, priority, accessible=waitlist.step_free(wish, guest))

    found: Forecast | None = await commands.house.quotes.forecast(commands.house, wish.site_id, row)
    return found
