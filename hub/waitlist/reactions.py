"""What the waiting line does after others' facts: it is offered what is given back, before the public."""

from typing import Any

from hub.core.actor import HOUSE
from hub.core.reactions import hears
from hub.core.sql import load
from schemas.base import Command, Refused
from schemas.waitlist import OfferOpening, OfferTables, RefreshWaitingGuest, RevokeOffer

q = load(__file__)


async def _give(house: Any, wish: Command) -> None:
    answer = await house.commands.give(HOUSE, wish)
    if isinstance(answer, Refused) and answer.code == "unavailable":
        raise TimeoutError(answer.message)  # heard again


@hears("availability.opening", name="offer_opening")
async def offer_opening(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:
    """At once: the opening stands for two seconds."""
    for fact in facts:
        owner_id = fact["owner_id"]
        await _give(house, OfferOpening(site_id=site_id, key=f"opening-{seq}-{owner_id}"[:64], owner_id=owner_id))


@hears("table.status_changed", name="offer_tables")
async def offer_tables(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:
    """Tables that became free together are offered together, so that a large party gets its pair."""
    free = [fact["table_id"] for fact in facts if fact["now"] == "available"][:8]
    if not free:
        return
    async with house.pool.acquire(timeout=5) as db:
        org_id = await q.org(db, site_id=site_id)
        policies = await house.policies_of(db, org_id, site_id)
    if policies.get("waitlist.auto_offer") == "all":
        await _give(house, OfferTables(site_id=site_id, key=f"free-{seq}", table_ids=free))


@hears("table.status_changed", "table.updated", name="revoke_offers")
async def revoke_offers(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:
    """A table that was taken off the plan, or out of service, is not offered any more. The command looks again."""
    gone = [
        fact["table_id"] for fact in facts
        if fact.get("now") == "out_of_service" or "active" in fact.get("fields", ())
    ]  # fmt: skip
    if not gone:
        return
    for record in await q.offered_tables(house.pool, site_id=site_id, table_ids=gone):
        offer_id = record["id"]
        await _give(house, RevokeOffer(site_id=site_id, key=f"lost-{seq}-{offer_id}"[:64], offer_id=offer_id))


@hears("guest.edited", "guest.merged", name="refresh_waiting_guest")
async def refresh_guest(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:
    """Parties that wait carry what lasts about their guest; at every site that knows them."""
    for fact in facts:
        guest_id, gone_id = fact.get("guest_id") or fact["keep_id"], fact.get("gone_id")
        for site in {site_id, *fact["site_ids"]}:
            key = f"card-{site_id}-{seq}-{guest_id}"[:64]
            await _give(house, RefreshWaitingGuest(site_id=site, key=key, guest_id=guest_id, gone_id=gone_id))


REACTIONS = (offer_opening, offer_tables, revoke_offers, refresh_guest)
