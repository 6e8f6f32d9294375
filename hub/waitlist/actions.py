"""The only place the line changes: who joins it, what is known about them, how they leave it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import UNSET, structs

from hub.core import sql
from hub.core.clock import service_date, service_day
from hub.core.commands import handles
from hub.core.work import Work
from hub.floor import views as floor
from hub.holds import views as holds
from hub.holds.fits import furniture, weights_of
from hub.venues import views as venues
from hub.waitlist import rules, views
from schemas.base import Refused, conflict, invalid
from schemas.floor import AreaRow
from schemas.waitlist import (
    AddParty,
    EditParty,
    ExpireParty,
    PartyAdded,
    PartyConverted,
    PartyEdited,
    PartyRemoved,
    PartyRow,
    PartyStatus,
    QuoteRow,
    RemoveParty,
    WaitingRefreshed,
    WaitRow,
)  # fmt: skip

q = sql.load(__file__)

EDITABLE = ("name", "covers", "phone", "quoted_min", "priority", "area_id", "accessible", "flags", "notes")


async def scene(work: Work) -> rules.Scene:
    """The floor and its plans until closing, as the line depends on them."""
    closes = await closing(work)
    tables, joins = await furniture(work.db, work.site_id)
    return rules.Scene(
        now=work.now, tables=tables, joins=joins,
        holds=await holds.busy(work.db, work.site_id, work.now, closes + timedelta(hours=2)), closes_at=closes,
        zone=ZoneInfo(work.timezone), duration_min=work.policies.get("dining.duration_min"),
        buffer_min=work.policies.get("dining.buffer_min"), short_min=work.policies.get("seating.short_turn_min"),
        weights=weights_of(work.policies),
    )  # fmt: skip


async def closing(work: Work) -> datetime:
    """When the house closes tonight (G-15); after closing, the end of the service day."""
    ends = work.policies.get("venue.day_ends")
    today = service_date(work.now, work.timezone, ends)
    closes = await venues.closes_at(work.db, work.site_id, today)
    return closes if closes > work.now else service_day(today, work.timezone, ends)[1]


@handles(AddParty)
async def add(work: Work, wish: AddParty) -> dict[str, Any] | Refused:
    if refused := await _no_such_area(work, wish.area_id):
        return refused
    expires_at = await closing(work)
    party = PartyRow(
        id=work.new_id(), name=wish.name, covers=wish.covers, phone=wish.phone, status="active",
        priority=wish.priority or 0, joined_at=work.now, quoted_min=wish.quoted_min, quoted_at=work.now,
        area_id=wish.area_id, accessible=wish.accessible, flags=wish.flags, notes=wish.notes, expires_at=expires_at,
        version=1, email=wish.email, contact=wish.contact,
    )  # fmt: skip
    if party.quoted_min is None:
        ahead = await views.parties(work.db, work.site_id)
        outlook = rules.look(await scene(work), [*ahead, party], [])
        step = work.policies.get("waitlist.quote_round_min")
        party = structs.replace(party, quoted_min=rules.rounded(outlook.minutes[party.id], step))
    work.make("party", party.id)
    await q.insert_party(
        work.db, site_id=work.site_id, id=party.id, joined_at=work.now, expires_at=expires_at,
        quoted_at=None if party.quoted_min is None else work.now, **{name: getattr(party, name) for name in EDITABLE},
    )  # fmt: skip
    wish_then = ExpireParty(site_id=work.site_id, key=f"expire-{party.id}", party_id=party.id)
    work.arm(f"party:{party.id}", expires_at, wish_then)
    work.tell(PartyAdded(party_id=party.id, covers=party.covers, quoted_min=party.quoted_min))
    return {"party_id": party.id, "quoted_min": party.quoted_min}


async def _no_such_area(work: Work, area_id: str | None) -> Refused | None:
    if area_id is None:
        return None
    area = (await floor.AREAS.read(work.db, work.site_id, [area_id])).get(area_id)
    known = isinstance(area, AreaRow) and area.active
    return None if known else invalid("area_id", "There is no such area in use here.")


async def _party(work: Work, party_id: str, expect: int | None = None) -> Any:
    gone = "This party is no longer waiting."
    return await work.one("party", party_id, field="party_id", expect=expect, gone=gone)


@handles(EditParty)
async def edit(work: Work, wish: EditParty) -> dict[str, Any] | Refused:
    party = await _party(work, wish.party_id, wish.expect_version)
    if isinstance(party, Refused):
        return party
    said = {name: value for name in EDITABLE if (value := getattr(wish, name)) is not UNSET}
    if refused := await _no_such_area(work, said.get("area_id")):
        return refused
    changed = sorted(name for name, value in said.items() if getattr(party, name) != value)
    if changed or "quoted_min" in said:
        now = structs.replace(party, **said)
        quoted_at = work.now if "quoted_min" in said else party.quoted_at
        fields = {name: getattr(now, name) for name in EDITABLE}
        await q.update_party(work.db, site_id=work.site_id, id=party.id, quoted_at=quoted_at, **fields)
        work.tell(PartyEdited(party_id=party.id, fields=changed or ["quoted_at"]))
    return {"party_id": party.id}


@handles(RemoveParty)
async def remove(work: Work, wish: RemoveParty) -> Refused | None:
    party = await _party(work, wish.party_id, wish.expect_version)
    if isinstance(party, Refused):
        return party
    if refused := await _move(work, party, "cancelled"):
        return refused
    work.tell(PartyRemoved(party_id=party.id, why="left"))
    return None


@handles(ExpireParty)
async def expire(work: Work, wish: ExpireParty) -> Refused | None:
    party = await _party(work, wish.party_id)
    if isinstance(party, Refused):
        return party
    if work.now < party.expires_at:
        return conflict("not_yet", f"{party.name} may wait until {party.expires_at:%H:%M} UTC.", retry="never")
    if refused := await _move(work, party, "expired"):
        return refused
    work.tell(PartyRemoved(party_id=party.id, why="closed"))
    return None


async def convert(work: Work, party_id: str, seating_id: str) -> PartyRow | Refused:
    """The party sits down. Returns it as it was in line."""
    party = await _party(work, party_id)
    if isinstance(party, Refused):
        return party
    if refused := await _move(work, party, "converted"):
        return refused
    work.tell(PartyConverted(party_id=party_id, seating_id=seating_id))
    return party


async def _move(work: Work, party: PartyRow, to: PartyStatus) -> Refused | None:
    if refused := rules.refuse_move(party, to):
        return refused
    converted_at = work.now if to == "converted" else None
    await q.set_status(work.db, site_id=work.site_id, id=party.id, status=to, converted_at=converted_at)
    return None


async def refresh(work: Work, leaving: Mapping[str, str]) -> bool:
    """Works places, suggestions and quotes out anew and writes those that differ. True if any did."""
    known, quoted = await views.waits(work.db, work.site_id), await views.quotes(work.db, work.site_id)
    outlook = rules.look(
        await scene(work), await views.parties(work.db, work.site_id), work.policies.get("waitlist.quote_bands"),
        leaving=leaving, known=known, quoted=quoted,
    )  # fmt: skip
    waits = await _put(work, "wait", known, outlook.waits, put=q.put_waits, drop=q.drop_waits)
    quotes = await _put(work, "quote", quoted, outlook.quotes, put=q.put_quotes, drop=q.drop_quotes)
    if waits or quotes:
        work.tell(WaitingRefreshed(at_seq=work.seq - 1))
    return waits or quotes


async def _put(
    work: Work, kind: str, was: Mapping[str, WaitRow | QuoteRow], now: Mapping[str, WaitRow | QuoteRow], *, put: Any,
    drop: Any,
) -> bool:  # fmt: skip
    changed = [row for row_id, row in now.items() if was.get(row_id) != row]
    gone = [row_id for row_id in was if row_id not in now]
    await work.touch(kind, *(row.id for row in changed), *gone)
    if changed:
        await put(work.db, site_id=work.site_id, rows=changed)
    if gone:
        await drop(work.db, site_id=work.site_id, ids=gone)
    return bool(changed or gone)
