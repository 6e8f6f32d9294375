"""The only place where parties sit down, move, join, part and leave.

Every action gathers the room (`_room`), asks `rules.place`, then writes: others' plans first (bookings that lose their
tables), its own hold, the tables' state, the seating itself. Timers are never disarmed: `note_overstay` asks again
whether it is true, so that an undone move, edit or clearing finds its clock still running.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import structs

import hub.bookings.actions as bookings
import hub.floor.actions as floor_actions
import hub.holds.actions as holds
import hub.waitlist.actions as waitlist
from hub.bookings import views as booking_views
from hub.core import sql
from hub.core.clock import service_date
from hub.core.commands import TAKEN, handles
from hub.core.work import Work
from hub.floor import views as floor
from hub.holds import views as hold_views
from hub.holds.fits import furniture
from hub.seating import rules, views
from hub.seating.rules import Placed, Room, Turn
from hub.waitlist import offers
from hub.waitlist import views as waitlist_views
from schemas.base import Refused, conflict, invalid, not_found
from schemas.bookings import BookingRow
from schemas.floor import TableRow, TableStatus
from schemas.holds import OwnerKind
from schemas.seating import (
    ClearSeating,
    EditSeating,
    MergeSeatings,
    MoveSeating,
    NoteOverstay,
    ScanTable,
    SeatingEdited,
    SeatingMoved,
    SeatingRow,
    SeatingsMerged,
    SeatingSplit,
    SeatParty,
    SetStage,
    SplitSeating,
    StageSet,
    TableCleared,
    TableScanned,
    TablesCombined,
    TableSeated,
    TurnAlert,
)
from schemas.waitlist import PartyRow

q = sql.load(__file__)

TAKEN["seating_one_per_table"] = ("table_taken", "Somebody was seated at that table a moment ago.")


# ---- what every action starts from


async def _room(work: Work, until: datetime) -> Room:
    """The floor now, with the plans up to `until` and the names behind them."""
    planned = await hold_views.busy(work.db, work.site_id, work.now, max(until, work.now + timedelta(minutes=1)))
    sitting = await views.open_seatings(work.db, work.site_id)
    owners = {hold.owner_id for hold in planned if hold.owner_kind == "booking"}
    booked = await q.booked_names(work.db, site_id=work.site_id, ids=sorted(owners)) if owners else []
    offered = sorted({hold.owner_id for hold in planned if hold.owner_kind == "offer"})
    names = dict(map(tuple, booked))
    if offered:
        names |= await waitlist_views.names_offered(work.db, work.site_id, offered)
    tables, joins = await furniture(work.db, work.site_id)
    return Room(
        tables=tables, joins=joins, holds=planned, sitting=views.by_table(sitting), names=names,
        zone=ZoneInfo(work.timezone), now=work.now,
    )  # fmt: skip


def _turn(work: Work, table_ids: Iterable[str], clear: datetime, **more: Any) -> Turn:
    return Turn(
        table_ids=list(dict.fromkeys(table_ids)), clear=clear, buffer_min=work.policies.get("dining.buffer_min"),
        short_min=work.policies.get("seating.short_turn_min"), **more,
    )  # fmt: skip


async def _place(work: Work, turn: Turn) -> Placed | Refused:
    room = await _room(work, turn.clear + timedelta(minutes=turn.buffer_min))
    return rules.place(room, turn)


async def _overrule(work: Work, placed: Placed) -> Refused | None:
    """The host has seen the warning: bookings in the way want other tables, offers are taken back."""
    for booking_id in placed.unplace:
        if refused := await _refused(bookings.unplace(work, booking_id)):
            return refused
    await offers.revoke_for(work, placed.revoke)
    return None


def _owner(seating: SeatingRow) -> str:
    return seating.booking_id or seating.id


def _still(work: Work, seating: SeatingRow) -> datetime:
    """The end of a seated party's turn; one that is over already ends now."""
    return max(seating.expected_clear, work.now)


async def _seating(work: Work, seating_id: str, *, field: str = "seating_id", expect: int | None) -> Any:
    gone = "This party is not at a table any more."
    return await work.one("seating", seating_id, field=field, expect=expect, gone=gone)


async def _store(work: Work, seating: SeatingRow, **changed: Any) -> SeatingRow:
    """Writes the row as it is with these changes (the row has been touched)."""
    now = structs.replace(seating, **changed)
    await q.update_seating(
        work.db, site_id=work.site_id, id=now.id, booking_id=now.booking_id, covers=now.covers, server_id=now.server_id,
        stage=now.stage, stage_since=now.stage_since, turn_min=now.turn_min, turn_by=now.turn_by,
        over_noted=now.over_noted, flags=now.flags, notes=now.notes,
    )  # fmt: skip
    return now


def _watch(work: Work, seating_id: str, expected_clear: datetime) -> None:
    wish = NoteOverstay(site_id=work.site_id, key=f"over-{seating_id}-{work.seq}", seating_id=seating_id)
    work.arm(f"turn:{seating_id}", max(expected_clear, work.now), wish)


# ---- sitting down


@handles(SeatParty)
async def seat(work: Work, wish: SeatParty) -> dict[str, Any] | Refused:
    """SC-01: a waiting party, a booking or a walk-in at one or several joined tables."""
    if wish.party_id and wish.booking_id:
        return invalid("booking_id", "Seat either a waiting party or a booking.")
    party: PartyRow | None = None
    booking: BookingRow | None = None
    if wish.party_id:
        gone = "This party is no longer waiting."
        party = await work.one("party", wish.party_id, field="party_id", expect=wish.expect_version, gone=gone)
        if isinstance(party, Refused):
            return party
    elif wish.booking_id:
        booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
        if isinstance(booking, Refused):
            return booking
        today = service_date(work.now, work.timezone, work.policies.get("venue.day_ends"))
        if refused := rules.refuse_booking(booking, today):
            return refused
    came = party or booking
    covers = wish.covers or (came.covers if came else None)
    if covers is None:
        return invalid("covers", "How many are they?")
    # what lasts about the guest comes first: an allergy must be on the table's own card
    flags = list(dict.fromkeys([*(came.guest_flags if came else []), *(came.flags if came else []), *wish.flags]))
    if came and came.accessible and rules.STEP_FREE not in flags:
        flags.append(rules.STEP_FREE)
    turn_min = wish.turn_min or (booking.duration_min if booking else work.policies.get("dining.duration_min"))
    return await _sit_down(
        work, wish.table_ids, party=party, booking=booking, anyway=wish.anyway,
        name=wish.name or (came.name if came else "Walk-in"), covers=covers,
        turn_min=turn_min, flags=flags, notes=wish.notes or (came.notes if came else None),
        guest_id=came.guest_id if came else None,
    )  # fmt: skip


async def _sit_down(
    work: Work, table_ids: Sequence[str], *, name: str, covers: int, turn_min: int, flags: list[str],
    notes: str | None = None, party: PartyRow | None = None, booking: BookingRow | None = None, anyway: bool = False,
    guest_id: str | None = None,
) -> dict[str, Any] | Refused:  # fmt: skip
    seating_id = work.new_id()
    owner = booking.id if booking else seating_id
    if party:
        await offers.take_up(work, party)
    clear = work.now + timedelta(minutes=turn_min)
    turn = _turn(
        work, table_ids, clear, covers=covers, owner_id=owner, anyway=anyway, accessible=rules.STEP_FREE in flags
    )
    placed = await _place(work, turn)
    if isinstance(placed, Refused):
        return placed
    if refused := await _overrule(work, placed):
        return refused
    kind: OwnerKind = "booking" if booking else "seating"
    ends = await holds.activate(work, owner, turn.table_ids, work.now, placed.until, owner_kind=kind)
    if isinstance(ends, Refused):
        return ends
    if refused := await _refused(floor_actions.set_status(work, turn.table_ids, "occupied")):
        return refused
    work.make("seating", seating_id)
    server_id = await q.section_server(work.db, site_id=work.site_id, table_id=turn.table_ids[0])
    await q.insert_seating(
        work.db, site_id=work.site_id, id=seating_id, booking_id=booking.id if booking else None,
        party_id=party.id if party else None, name=name, covers=covers, server_id=server_id, stage="just_sat",
        stage_since=work.now, seated_at=work.now, turn_min=turn_min, turn_by=placed.turn_by, flags=flags,
        occasion=booking.occasion if booking else party.occasion if party else None, notes=notes, guest_id=guest_id,
    )  # fmt: skip
    await q.take_tables(work.db, site_id=work.site_id, id=seating_id, table_ids=turn.table_ids, now=work.now)
    if party and (refused := await _refused(waitlist.convert(work, party.id, seating_id))):
        return refused
    if booking:
        if refused := await _refused(bookings.set_status(work, booking.id, "seated")):
            return refused
        if booking.unplaced:
            await bookings.placed(work, booking.id, turn.table_ids)
    _watch(work, seating_id, clear)
    work.tell(
        TableSeated(
            seating_id=seating_id, table_ids=turn.table_ids, covers=covers, server_id=server_id, expected_clear=clear,
            booking_id=booking.id if booking else None, party_id=party.id if party else None,
        )
    )  # fmt: skip
    return {
        "seating_id": seating_id, "table_ids": turn.table_ids, "expected_clear": clear, "turn_by": placed.turn_by
    }  # fmt: skip


async def _refused(done: Any) -> Refused | None:
    """The refusal in what a lower slice answered, if it is one."""
    answer = await done
    return answer if isinstance(answer, Refused) else None


@handles(ScanTable)
async def scan(work: Work, wish: ScanTable) -> dict[str, Any] | Refused:
    """F-TAB-04: a guest's scan occupies a free table that nobody is about to get; any other table stays as it is."""
    tables = await floor.tables(work.db, work.site_id)
    table = next((table for table in tables.values() if table.qr == wish.qr), None)
    if table is None:
        return not_found("qr", "This code is not in use.")
    if table.status == "occupied":
        sitting = views.by_table(await views.open_seatings(work.db, work.site_id)).get(table.id)
        seating_id = sitting.id if sitting else None
    else:
        seating_id = await _seat_scanned(work, table.id) if await _may_scan(work, table) else None
    work.tell(TableScanned(table_id=table.id, seating_id=seating_id))
    return {"table_id": table.id, "seating_id": seating_id}


async def _may_scan(work: Work, table: TableRow) -> bool:
    if table.status != "available" or not work.policies.get("qr.auto_occupy"):
        return False
    lead = timedelta(minutes=work.policies.get("floor.reserved_lead_min"))
    kept = await hold_views.busy(work.db, work.site_id, work.now, work.now + lead + rules.LEAST_HOLD)
    if any(hold.table_id == table.id and hold.reserved_from <= work.now for hold in kept):
        return False
    turn_min = work.policies.get("dining.duration_min")
    turn = _turn(work, [table.id], work.now + timedelta(minutes=turn_min), covers=table.min_covers)
    return not isinstance(await _place(work, turn), Refused)


async def _seat_scanned(work: Work, table_id: str) -> str:
    table = (await floor.tables(work.db, work.site_id))[table_id]
    sat = await _sit_down(
        work, [table_id], name="Guest", covers=table.min_covers, flags=[],
        turn_min=work.policies.get("dining.duration_min"),
    )  # fmt: skip
    assert not isinstance(sat, Refused), f"asked a moment ago: {sat}"
    return sat["seating_id"]


# ---- at table


@handles(MoveSeating)
async def move(work: Work, wish: MoveSeating) -> dict[str, Any] | Refused:
    seating = await _seating(work, wish.seating_id, expect=wish.expect_version)
    if isinstance(seating, Refused):
        return seating
    turn = _turn(
        work, wish.table_ids, _still(work, seating), covers=seating.covers, owner_id=_owner(seating),
        own=seating.table_ids, anyway=wish.anyway, accessible=rules.STEP_FREE in seating.flags,
    )  # fmt: skip
    had, gets = seating.table_ids, turn.table_ids
    if set(had) == set(gets):
        return {"seating_id": seating.id, "table_ids": had}
    placed = await _place(work, turn)
    if isinstance(placed, Refused):
        return placed
    if refused := await _overrule(work, placed):
        return refused
    come = [table_id for table_id in gets if table_id not in had]
    go = [table_id for table_id in had if table_id not in gets]
    if refused := await _refused(_hold_on(work, seating, gets, placed)):
        return refused
    # where nobody has eaten there is nothing to clear
    left_as: TableStatus = "available" if seating.stage == "just_sat" else "cleaning"
    if go and (refused := await _refused(floor_actions.set_status(work, go, left_as))):
        return refused
    if come and (refused := await _refused(floor_actions.set_status(work, come, "occupied"))):
        return refused
    await q.leave_tables(work.db, site_id=work.site_id, id=seating.id, table_ids=go, now=work.now)
    await q.take_tables(work.db, site_id=work.site_id, id=seating.id, table_ids=come, now=work.now)
    server_id = seating.server_id
    if gets[0] not in had:
        server_id = await q.section_server(work.db, site_id=work.site_id, table_id=gets[0])
    await _store(work, seating, turn_by=placed.turn_by, server_id=server_id)
    work.tell(SeatingMoved(seating_id=seating.id, was=had, now=gets))
    if len(gets) > 1 and come:
        work.tell(TablesCombined(seating_id=seating.id, table_ids=gets))
    return {"seating_id": seating.id, "table_ids": gets, "turn_by": placed.turn_by}


async def _hold_on(work: Work, seating: SeatingRow, table_ids: Sequence[str], placed: Placed) -> Any:
    """The party's hold follows it to these tables. Where it has overstayed into another's plan it keeps what it holds
    there, but takes nothing new: that is a conflict to be shown, no reason to refuse what has happened already."""
    owner = _owner(seating)
    had = {hold.table_id for hold in await hold_views.of_owner(work.db, work.site_id, owner)}
    keeps = [table_id for table_id in table_ids if table_id in had or table_id not in placed.begun]
    if not keeps:
        return await holds.release(work, owner)
    kind: OwnerKind = "booking" if seating.booking_id else "seating"
    return await holds.reshape(work, owner, keeps, placed.until, owner_kind=kind)


@handles(MergeSeatings)
async def merge(work: Work, wish: MergeSeatings) -> dict[str, Any] | Refused:
    """`from_id` ends here and now (its booking, if it has one and the other has none, goes over to `into_id`; else that
    booking's visit is over), `into_id` has the tables and people of both. Its own turn goes on."""
    if wish.from_id == wish.into_id:
        return invalid("into_id", "These are the same party.")
    into = await _seating(work, wish.into_id, field="into_id", expect=wish.expect_version)
    if isinstance(into, Refused):
        return into
    gone = await _seating(work, wish.from_id, field="from_id", expect=None)
    if isinstance(gone, Refused):
        return gone
    tables, covers = [*into.table_ids, *gone.table_ids], into.covers + gone.covers
    both = {_owner(into), _owner(gone)}
    flags = list(dict.fromkeys([*into.flags, *gone.flags]))
    turn = _turn(
        work, tables, _still(work, into), covers=covers, own=tables, owner_id=_owner(into),
        accessible=rules.STEP_FREE in flags,
    )  # fmt: skip
    room = await _room(work, turn.clear + timedelta(minutes=turn.buffer_min))
    room = replace(room, holds=[hold for hold in room.holds if hold.owner_id not in both])
    placed = rules.place(room, turn)
    if isinstance(placed, Refused):
        return structs.replace(placed, field="from_id")
    await holds.release(work, _owner(gone))
    now = into
    if gone.booking_id and not into.booking_id:
        await holds.release(work, into.id)
        now = structs.replace(into, booking_id=gone.booking_id)
    elif gone.booking_id and (refused := await _refused(bookings.set_status(work, gone.booking_id, "completed"))):
        return refused
    await q.leave_tables(work.db, site_id=work.site_id, id=gone.id, table_ids=gone.table_ids, now=work.now)
    await q.close_seating(work.db, site_id=work.site_id, id=gone.id, now=work.now, merged_into=into.id)
    if refused := await _refused(_hold_on(work, now, tables, placed)):
        return refused
    await q.take_tables(work.db, site_id=work.site_id, id=into.id, table_ids=gone.table_ids, now=work.now)
    await q.set_guest(work.db, site_id=work.site_id, id=into.id, from_id=gone.id)
    await _store(work, now, covers=covers, flags=flags, turn_by=placed.turn_by)
    work.tell(SeatingsMerged(from_id=gone.id, into_id=into.id), TablesCombined(seating_id=into.id, table_ids=tables))
    return {"seating_id": into.id, "table_ids": tables}


@handles(SplitSeating)
async def split(work: Work, wish: SplitSeating) -> dict[str, Any] | Refused:
    """Part of a party stays on as one of its own, with the turn it has been given; the booking stays with the rest."""
    seating = await _seating(work, wish.seating_id, expect=wish.expect_version)
    if isinstance(seating, Refused):
        return seating
    if refused := rules.refuse_split(seating, wish.table_ids, wish.covers):
        return refused
    new_id, apart = work.new_id(), list(dict.fromkeys(wish.table_ids))
    rest = [table_id for table_id in seating.table_ids if table_id not in apart]
    room = await _room(work, _still(work, seating) + timedelta(minutes=work.policies.get("dining.buffer_min")))
    places = []
    for tables, covers in ((rest, seating.covers - wish.covers), (apart, wish.covers)):
        turn = _turn(
            work, tables, _still(work, seating), covers=covers, own=tables, owner_id=_owner(seating), anyway=True
        )
        placed = rules.place(room, turn)
        if isinstance(placed, Refused):
            return placed
        places.append(placed)
    staying, parting = places
    if refused := await _refused(_hold_on(work, seating, rest, staying)):
        return refused
    await q.leave_tables(work.db, site_id=work.site_id, id=seating.id, table_ids=apart, now=work.now)
    await _store(work, seating, covers=seating.covers - wish.covers, turn_by=staying.turn_by)
    work.make("seating", new_id)
    await q.insert_seating(
        work.db, site_id=work.site_id, id=new_id, booking_id=None, party_id=None, name=wish.name or seating.name,
        covers=wish.covers, server_id=seating.server_id, stage=seating.stage, stage_since=seating.stage_since,
        seated_at=seating.seated_at, turn_min=seating.turn_min, turn_by=parting.turn_by, flags=seating.flags,
        occasion=None, notes=seating.notes, guest_id=None,
    )  # fmt: skip
    await q.take_tables(work.db, site_id=work.site_id, id=new_id, table_ids=apart, now=work.now)
    keeps = [table_id for table_id in apart if table_id not in parting.begun]
    if keeps and (refused := await _refused(holds.activate(work, new_id, keeps, work.now, parting.until))):
        return refused
    _watch(work, new_id, seating.expected_clear)
    work.tell(SeatingSplit(seating_id=seating.id, new_seating_id=new_id, table_ids=apart))
    return {"seating_id": seating.id, "new_seating_id": new_id, "table_ids": apart}


@handles(SetStage)
async def set_stage(work: Work, wish: SetStage) -> dict[str, Any] | Refused:
    """One tap to any stage, forwards as a rule and backwards by hand; the first beyond sitting down starts the meal."""
    seating = await _seating(work, wish.seating_id, expect=wish.expect_version)
    if isinstance(seating, Refused):
        return seating
    if seating.stage != wish.stage:
        await _store(work, seating, stage=wish.stage, stage_since=work.now)
        if seating.booking_id and wish.stage != "just_sat" and (refused := await _dine(work, seating.booking_id)):
            return refused
        work.tell(StageSet(seating_id=seating.id, was=seating.stage, now=wish.stage))
    return {"seating_id": seating.id, "stage": wish.stage}


async def _dine(work: Work, booking_id: str) -> Refused | None:
    booked = await booking_views.booking(work.db, work.site_id, booking_id)
    if booked is None or booked.status != "seated":
        return None
    return await _refused(bookings.set_status(work, booking_id, "dining"))


@handles(EditSeating)
async def edit(work: Work, wish: EditSeating) -> dict[str, Any] | Refused:
    seating = await _seating(work, wish.seating_id, expect=wish.expect_version)
    if isinstance(seating, Refused):
        return seating
    said = {name: getattr(wish, name) for name in ("turn_min", "covers", "notes") if getattr(wish, name) is not None}
    changed = {name: value for name, value in said.items() if getattr(seating, name) != value}
    if not changed:
        return {"seating_id": seating.id}
    now = structs.replace(seating, **changed)
    now = structs.replace(now, expected_clear=seating.seated_at + timedelta(minutes=now.turn_min))
    if {"turn_min", "covers"} & changed.keys():
        turn = _turn(
            work, seating.table_ids, _still(work, now), covers=now.covers, owner_id=_owner(seating),
            own=seating.table_ids,
        )  # fmt: skip
        placed = await _place(work, turn)
        if isinstance(placed, Refused):
            return structs.replace(placed, field="covers")
        if "turn_min" in changed:
            if refused := await _refused(_hold_on(work, seating, seating.table_ids, placed)):
                return refused
            over = seating.over_noted and now.expected_clear <= work.now
            now = structs.replace(now, turn_by=placed.turn_by, over_noted=over)
            if not over:
                _watch(work, seating.id, now.expected_clear)
    await _store(work, now)
    work.tell(SeatingEdited(seating_id=seating.id, fields=sorted(changed)))
    return {"seating_id": seating.id, "expected_clear": now.expected_clear, "turn_by": now.turn_by}


# ---- leaving


@handles(ClearSeating)
async def clear(work: Work, wish: ClearSeating) -> dict[str, Any] | Refused:
    """The party left: R-DUR-06 counts its turn from sitting down to now."""
    seating = await _seating(work, wish.seating_id, expect=wish.expect_version)
    if isinstance(seating, Refused):
        return seating
    await holds.release(work, _owner(seating))
    status: TableStatus = "available" if work.policies.get("floor.free_on_clear") else "cleaning"
    if refused := await _refused(floor_actions.set_status(work, seating.table_ids, status)):
        return refused
    await q.leave_tables(work.db, site_id=work.site_id, id=seating.id, table_ids=seating.table_ids, now=work.now)
    await q.close_seating(work.db, site_id=work.site_id, id=seating.id, now=work.now, merged_into=None)
    if seating.booking_id and (
        refused := await _refused(bookings.set_status(work, seating.booking_id, "completed"))
    ):  # fmt: skip
        return refused
    turn_min = int((work.now - seating.seated_at).total_seconds() // 60)
    work.tell(TableCleared(seating_id=seating.id, table_ids=seating.table_ids, turn_min=turn_min))
    return {"seating_id": seating.id, "turn_min": turn_min}


@handles(NoteOverstay)
async def note_overstay(work: Work, wish: NoteOverstay) -> dict[str, Any] | Refused:
    """The turn's end has come: true only if the party still sits there and got no longer turn meanwhile."""
    seating = await views.seating(work.db, work.site_id, wish.seating_id)
    if seating is None or seating.over_noted or work.now < seating.expected_clear:
        return conflict("not_over", "This party is gone, has got longer, or is known to be over.", retry="never")
    await work.touch("seating", seating.id)
    await _store(work, seating, over_noted=True)
    over = int((work.now - seating.expected_clear).total_seconds() // 60)
    work.tell(TurnAlert(seating_id=seating.id, minutes_over=over))
    return {"minutes_over": over}
