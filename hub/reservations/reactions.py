"""What bookings do after others' facts: leave a table that was taken off the plan, keep up with their guests' cards."""

from typing import Any

from hub.core.actor import HOUSE
from hub.core.reactions import hears
from schemas.base import Refused
from schemas.reservations import LeaveTable, RefreshGuest

COPIED = frozenset({"flags"})  # what of a card stands on bookings; how often they were here has a fact of its own


@hears("table.updated", name="leave_table")
async def leave_table(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:
    """The table may have come back meanwhile: the command looks again."""
    for table_id in [fact["table_id"] for fact in facts if "active" in fact["fields"]]:
        wish = LeaveTable(site_id=site_id, key=f"leave-{seq}-{table_id}"[:64], table_id=table_id)
        _later(await house.commands.give(HOUSE, wish))


@hears("guest.edited", "guest.merged", "guest.recounted", name="refresh_bookings")
async def refresh_bookings(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:
    """An allergy that was told today stands on tomorrow's booking; two records of one person have one's bookings. At
    every site of the organisation that knows them."""
    for fact in facts:
        for known_at, guest_id, gone_id in _renewed(site_id, fact):
            wish = RefreshGuest(
                site_id=known_at, key=f"card-{seq}-{guest_id}-{site_id}"[:64], guest_id=guest_id, gone_id=gone_id
            )
            _later(await house.commands.give(HOUSE, wish))


def _renewed(site_id: str, fact: dict) -> list[tuple[str, str, str | None]]:
    """(site, guest, the record that became theirs) whose bookings a fact makes stale."""
    if fact["fact"] == "guest.recounted":
        return [(site_id, guest_id, None) for guest_id in fact["guest_ids"]]
    if fact["fact"] == "guest.merged":
        return [(known_at, fact["keep_id"], fact["gone_id"]) for known_at in fact["site_ids"]]
    return [(at, fact["guest_id"], None) for at in fact["site_ids"] if COPIED & set(fact["fields"])]


def _later(answer: Any) -> None:
    """Fails the reaction, so that it is run again, when asking again may help."""
    if isinstance(answer, Refused) and answer.code == "unavailable":
        raise TimeoutError(answer.message)


REACTIONS = (leave_table, refresh_bookings)
