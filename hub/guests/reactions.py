"""After a change of a person at one site: the record of every other site that knows them says so, too."""

import hashlib
from typing import Any

from hub.core import sql
from hub.core.actor import HOUSE
from hub.core.reactions import hears
from hub.guests.rules import PERSON
from schemas.base import Refused
from schemas.guests import NoteGuest

q = sql.load(__file__)


@hears("guest.edited", "guest.merged", name="note_guests")
async def note_guests(house: Any, site_id: str, seq: int, facts: list[dict]) -> None:
    """What differs is read from the record of the site where it was done; only the person's own part of it leaves."""
    for fact in facts:
        merged = fact["fact"] == "guest.merged"
        guest_id = fact["keep_id"] if merged else fact["guest_id"]
        elsewhere = [other for other in fact["site_ids"] if other != site_id]
        record = await q.recorded(house.pool, site_id=site_id, seq=seq, id=guest_id) if elsewhere else None
        if record is None:
            continue
        was, now = ({name: side[name] for name in PERSON if name in (side or {})} for side in record)
        if merged:
            was, now = was | {"merged": None}, now | {"merged": fact["gone_id"]}
        for other in elsewhere if was != now else ():
            cause = hashlib.blake2b(f"{site_id} {seq} {guest_id}".encode(), digest_size=12).hexdigest()
            wish = NoteGuest(site_id=other, key=f"note_guest.{cause}", guest_id=guest_id, was=was, now=now)
            answer = await house.commands.give(HOUSE, wish)
            if isinstance(answer, Refused) and answer.retry == "later":
                raise TimeoutError(answer.message)  # heard again: no record may lack a line


REACTIONS = (note_guests,)
