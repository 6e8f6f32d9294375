"""After an evening ended, never began, or was taken back: what its guest's evenings here add up to, counted anew.

The counts are the bookings and parties themselves, so they are right whatever was undone, merged or brought in late,
and counting twice changes nothing.
"""

from collections.abc import Iterable
from typing import Any

from hub.core import sql
from hub.core.actor import HOUSE
from hub.core.commands import handles
from hub.core.reactions import hears
from hub.core.work import Work
from hub.guests import actions as guests
from schemas.base import Refused
from schemas.guests import GuestsRecounted, RecountGuests

q = sql.load(__file__, "visits.sql")

AT_ONCE = 200  # guests counted by one command, so that the site's lock is not kept long


@handles(RecountGuests)
async def recount_guests(work: Work, wish: RecountGuests) -> None:
    if wish.gone_id and wish.guest_ids:
        theirs = [record["id"] for record in await q.of_gone(work.db, site_id=work.site_id, gone_id=wish.gone_id)]
        await work.touch("seating", *theirs)
        await q.hand_over(work.db, site_id=work.site_id, keep_id=wish.guest_ids[0], gone_id=wish.gone_id)
    changed = [
        counted["guest_id"]
        for counted in await q.counts(work.db, site_id=work.site_id, guest_ids=wish.guest_ids)
        if await guests.set_counts(work, **counted)
    ]
    if changed:
        work.tell(GuestsRecounted(guest_ids=sorted(changed)))


@hears(
    "reservation.status_changed", "reservation.cancelled", "reservation.no_show", "reservation.updated",
    "reservation.deleted", "reservation.restored", "reservation.guest_refreshed", "table.cleared", "table.merged",
    "table.seating_edited", "house.undone", "guest.added",
    name="count_visits", coalesced=True,
)  # fmt: skip
async def count_visits(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:
    ids = {value for fact in facts for name in _IDS for value in _listed(fact.get(name))}
    undone = [fact["seq"] for fact in facts if fact["fact"] == "house.undone"]
    if undone:
        ids |= {row_id for (_, row_id), in await q.touched_by(house.pool, site_id=site_id, seqs=undone)}
    guest_ids = {fact["guest_id"] for fact in facts if "guest_id" in fact}
    guest_ids |= {record["guest_id"] for record in await q.guests_of(house.pool, site_id=site_id, ids=sorted(ids))}
    await _recount(house, site_id, f"recount-{seq}", sorted(guest_ids))


_IDS = ("booking_id", "booking_ids", "seating_id", "from_id", "into_id")


def _listed(value: Any) -> Iterable[str]:
    return value if isinstance(value, list) else () if value is None else (value,)


@hears("guest.merged", name="merge_visits")
async def merge_visits(house: Any, _site_id: str, seq: int, facts: list[dict]) -> None:
    """At every site that knew either."""
    for fact in facts:
        for site in fact["site_ids"]:
            key = f"merged-{seq}-{fact['gone_id']}"
            await _recount(house, site, key, [fact["keep_id"]], gone_id=fact["gone_id"])


async def _recount(house: Any, site_id: str, key: str, guest_ids: list[str], gone_id: str | None = None) -> None:
    for start in range(0, len(guest_ids), AT_ONCE):
        wish = RecountGuests(
            site_id=site_id, key=f"{key}-{start}", guest_ids=guest_ids[start : start + AT_ONCE], gone_id=gone_id
        )
        answer = await house.commands.give(HOUSE, wish)
        if isinstance(answer, Refused) and answer.retry == "later":
            raise TimeoutError(answer.message)  # heard again: a count must not stay wrong


REACTIONS = (count_visits, merge_visits)
