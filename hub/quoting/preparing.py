"""What is played forward before a command takes the site's lock: the line that is refreshed, and a party that joins it.
The command finds it as `work.prepared`; None where there is no forecast, and the rule alone is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from hub.core.actor import Actor
from hub.core.commands import Commands, prepares
from hub.core.work import Policies
from hub.guests import views as guests
from hub.planning.problem import Scene
from hub.waitlist import actions as waitlist
from hub.waitlist.forecasts import Forecast
from schemas.guests import GuestRow
from schemas.waitlist import AddParty, PartyRow, RefreshWaiting

NEWCOMER = "newcomer"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A party at the door, as far as its wait depends on it: who it is known to be says where in line it stands."""

    site_id: str
    covers: int
    priority: int | None = None
    area_id: str | None = None
    accessible: bool = False
    flags: Sequence[str] = ()
    guest_id: str | None = None
    phone: str | None = None
    email: str | None = None

    async def row(self, db: asyncpg.Connection, policies: Policies, scene: Scene) -> PartyRow:
        """It in line, behind all of its standing who came before."""
        guest = await self._guest(db)
        return PartyRow(
            id=NEWCOMER, name="", covers=self.covers, phone=None, status="active",
            priority=waitlist.priority_of(policies, self.priority, guest), joined_at=scene.now, quoted_min=None,
            quoted_at=None, area_id=self.area_id, flags=[], notes=None, expires_at=scene.span[1], version=1,
            accessible=waitlist.step_free(self.flags, guest, asked=self.accessible),
        )  # fmt: skip

    async def _guest(self, db: asyncpg.Connection) -> GuestRow | None:
        if self.guest_id is not None:
            return await guests.guest(db, self.site_id, self.guest_id)
        if self.phone or self.email:
            return await guests.by_contact(db, self.site_id, phone=self.phone, email=self.email)
        return None


@prepares(RefreshWaiting)
async def line(commands: Commands, _actor: Actor, wish: RefreshWaiting) -> Forecast | None:
    if commands.house is None:
        return None
    found: Forecast | None = await commands.house.quotes.forecast(commands.house, wish.site_id)
    return found


@prepares(AddParty)
async def newcomer(commands: Commands, actor: Actor, wish: AddParty) -> Forecast | None:
    if commands.house is None or actor.kind == "guest" or wish.quoted_min is not None:
        return None
    party = Newcomer(
        wish.site_id, wish.covers, wish.priority, wish.area_id, wish.accessible, wish.flags, wish.guest_id, wish.phone,
        wish.email,
    )  # fmt: skip
    found: Forecast | None = await commands.house.quotes.forecast(commands.house, wish.site_id, party.row)
    return found
