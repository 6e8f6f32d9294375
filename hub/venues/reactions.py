"""What the venues do after others' facts: renew the copies their screens draw by."""

from typing import Any

from hub.core import sql
from hub.core.actor import HOUSE
from hub.core.reactions import hears
from schemas.base import Done, Refused
from schemas.venues import RefreshVenue

q = sql.load(__file__)

COPIED = {"venue.day_ends", "booking.no_show_grace_min", "floor.soon_min", "floor.theme"}


@hears("policy.changed", name="refresh_venue")
async def refresh_venue(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:
    """A policy screens draw by changed: here, or at every site of the organisation."""
    changed = [fact for fact in facts if fact["policy"] in COPIED]
    if changed:
        everywhere = any(fact["scope"] == "org" for fact in changed)
        sites = [site["id"] for site in await q.sites_of_org(house.pool, site_id=site_id)] if everywhere else [site_id]
        await _refresh(house, sites, f"policy.{site_id}.{seq}")


@hears("house.clock_set", name="refresh_clocks")
async def refresh_clocks(house: Any, site_id: str, seq: int, _facts: list[dict]) -> None:
    """The house clock was set at one site; the screens of the others are told."""
    others = [site["id"] for site in await q.sites(house.pool) if site["id"] != site_id]
    await _refresh(house, others, f"clock.{site_id}.{seq}")


async def _refresh(house: Any, sites: list[str], cause: str) -> None:
    for site_id in sites:
        # the cause in the key: heard twice it is done once
        answer = await house.commands.give(HOUSE, RefreshVenue(site_id=site_id, key=f"refresh.{cause}"[:64]))
        assert isinstance(answer, Done) or not _again(answer), answer


def _again(refused: Refused) -> bool:
    """Whether asking again may help: then this reaction fails, and is run again."""
    return refused.retry == "later"


REACTIONS = (refresh_venue, refresh_clocks)
