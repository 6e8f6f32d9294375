"""The waiting line after everything that may move it: places, quotes and suggestions anew.

It stands here, above the waitlist, because it names the party a table is waiting for; the times come from the holds.
"""

from datetime import timedelta

from hub.core.commands import handles
from hub.core.work import Work
from hub.seating import views
from hub.waitlist import actions as waitlist
from hub.waitlist import views as waitlist_views
from hub.waitlist.rules import door
from schemas.base import Refused, conflict
from schemas.waitlist import RefreshWaiting

LOOK_AGAIN = timedelta(minutes=5)  # G-27: quotes are told in steps of five minutes, so they age no further than that
BY_TIMER = "timer."  # how the key of a command begins that a timer gives


@handles(RefreshWaiting)
async def refresh_waiting(work: Work, wish: RefreshWaiting) -> Refused | None:
    """Coalesced after its causes, and every five minutes while somebody waits, because gaps before bookings shrink
    without any command. When nothing came out differently, it leaves no line in the journal."""
    at_table = views.by_table(await views.open_seatings(work.db, work.site_id))
    leaving = {table_id: seating.name for table_id, seating in at_table.items()}
    changed = await waitlist.refresh(work, leaving)
    if not changed and not wish.key.startswith(BY_TIMER):
        return conflict("unchanged", "Nothing has changed for the waiting line.", retry="never")
    work.disarm("waiting")
    if door(await waitlist_views.parties(work.db, work.site_id)):
        again = RefreshWaiting(site_id=work.site_id, key=f"waiting-{work.seq}")
        work.arm("waiting", work.now + LOOK_AGAIN, again)
    return None
