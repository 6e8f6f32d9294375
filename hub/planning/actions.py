"""The only place the plan and its pins change: it is stored, accepted, dismissed; bookings are pinned and placed."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub.bookings import actions as bookings
from hub.core import sql
from hub.core.clock import service_date
from hub.core.commands import handles
from hub.core.work import Work
from hub.floor import views as floor
from hub.planning import moving, views
from hub.planning.moving import Wanted
from hub.planning.problem import meet
from hub.planning.words import LOST
from hub.reservations import tables
from schemas.base import Refused, conflict, invalid, not_found
from schemas.planning import (
    AcceptPlan,
    BookingPinned,
    BookingsPlaced,
    DismissPlan,
    GhostRow,
    Moved,
    NotPossible,
    PinBooking,
    PlaceBookings,
    Placement,
    PlanAccepted,
    PlanDismissed,
    PlanLeft,
    PlanMove,
    PlanRow,
    PlanUpdated,
    StorePlan,
)  # fmt: skip

q = sql.load(__file__)


# ---- the house stores a plan


@handles(StorePlan)
async def store(work: Work, wish: StorePlan) -> dict[str, Any] | Refused:
    """The plan of tonight as far as it is still true; what policy grants is done in the same commit (F-ASN-09)."""
    stored, ghosts = await views.plans(work.db, work.site_id), await views.ghosts(work.db, work.site_id)
    day = wish.service_date.isoformat()
    was = stored.get(day)
    if was is not None and was.basis > wish.basis:
        return conflict("stale", "There is a newer plan.", retry="never")
    if wish.service_date != service_date(work.now, work.timezone, work.policies.get("venue.day_ends")):
        return conflict("another_day", "That service day is not tonight.", retry="never")
    lines = await _still_true(work, wish.placements)
    done, lines = await _granted(work, lines)
    left = [line for line in lines if not line.to_ids]
    said = wish.score
    row = PlanRow(
        id=day, basis=wish.basis, found_by=said.found_by, proven=said.proven, gap=said.gap, cost=said.cost,
        bound=said.bound, covers=said.covers, unplaced=len(left), terms=said.terms, flag=said.flag, made_at=work.now,
    )  # fmt: skip
    now = {line.owner_id: _ghost(line) for line in lines}
    if not done and was is not None and now == ghosts and _says(row) == _says(was) and len(stored) == 1:
        return conflict("unchanged", "The plan is what it was.", retry="never")
    await _put_plan(work, stored, row)
    await _put_ghosts(work, ghosts, now)
    moves = [PlanMove(line.owner_id, line.from_ids, line.to_ids) for line in lines if line.to_ids]
    work.tell(
        PlanUpdated(
            basis=wish.basis, service_date=wish.service_date, moves=moves, done=done,
            unplaced=[PlanLeft(line.owner_id, line.reason) for line in left],
        )
    )
    return {"moves": len(moves), "done": len(done), "unplaced": len(left)}


def _says(row: PlanRow) -> tuple[Any, ...]:
    """What of a plan is worth a publication by itself."""
    return row.proven, row.covers, row.unplaced, row.flag, row.found_by == "greedy"


def _ghost(line: Placement) -> GhostRow:
    return GhostRow(
        id=line.owner_id, owner_kind="booking", from_ids=line.from_ids, to_ids=line.to_ids, starts_at=line.starts_at,
        ends_at=line.ends_at, reason=line.reason, why=line.why, about=line.about,
    )  # fmt: skip


async def _still_true(work: Work, lines: Sequence[Placement]) -> list[Placement]:
    """Those whose booking is as the plan saw it, and could move there now; a newer plan is on its way for the rest."""
    _, faults = await moving.look(work, [_wanted(line) for line in lines if line.to_ids])
    gone = {fault.owner_id for fault in faults}
    rows = await work.touch("booking", *(line.owner_id for line in lines if not line.to_ids))
    had = {line.owner_id: await moving.had(work, line.owner_id) for line in lines if not line.to_ids}
    return [
        line for line in lines
        if (line.owner_id not in gone if line.to_ids else _still_left(line, rows, had[line.owner_id]))
    ]  # fmt: skip


def _still_left(line: Placement, rows: Mapping[str, Any], had: set[str]) -> bool:
    row = rows.get(line.owner_id)
    return row is not None and row.status in moving.PLACEABLE and had == {*line.from_ids}


def _wanted(line: Placement | GhostRow) -> Wanted:
    booking_id = line.id if isinstance(line, GhostRow) else line.owner_id
    return Wanted(booking_id, tuple(line.to_ids), tuple(line.from_ids))


async def _granted(work: Work, lines: list[Placement]) -> tuple[list[PlanMove], list[Placement]]:
    """Policy `planning.auto_accept`: what is done without asking, and what is left to ask. Bookings whose table is lost
    and for whom there is no other lose it: they are listed, not planned at a table that is none."""
    policy = work.policies.get("planning.auto_accept")
    if policy == "off":
        return [], lines
    homeless = [line for line in lines if line.to_ids and (not line.from_ids or line.reason == LOST)]
    done = await _possible(work, [line for line in lines if line.to_ids] if policy == "all" else homeless)
    for line in homeless:
        if line.owner_id not in {move.owner_id for move in done}:
            done += await _housed(work, line, lines)
    for line in lines:
        if not line.to_ids and line.from_ids and line.reason == LOST:
            await bookings.unplace(work, line.owner_id)
    moved = {move.owner_id for move in done}
    return done, [_left(line) for line in lines if line.owner_id not in moved]


async def _possible(work: Work, chosen: Sequence[Placement]) -> list[PlanMove]:
    """Those of these moves that go together."""
    while chosen:
        made = await _tried(work, [_wanted(line) for line in chosen])
        if not isinstance(made, Refused):
            return made
        impossible = {fault.owner_id for fault in made.about if isinstance(fault, NotPossible)}
        chosen = [line for line in chosen if line.owner_id not in impossible] if impossible else []
    return []


async def _housed(work: Work, line: Placement, lines: Sequence[Placement]) -> list[PlanMove]:
    """A table for who has none, though the plan's is somebody else's still: one that is free as it is, so that nobody
    else is moved unasked; else the plan's, with the moves that free it."""
    row = (await work.touch("booking", line.owner_id)).get(line.owner_id)
    if row is None:
        return []
    free = await tables.find_for(work, row, None, max(line.starts_at, work.now))
    if free and not isinstance(free, Refused):
        made = await _tried(work, [Wanted(row.id, tuple(free), tuple(line.from_ids))])
        if not isinstance(made, Refused):
            return made
    made = await _tried(work, [_wanted(one) for one in _chain(line, lines)])
    return [] if isinstance(made, Refused) else made


def _chain(line: Placement, lines: Sequence[Placement]) -> list[Placement]:
    """A move and those that make room for it, and for them."""
    chain = [line]
    for one in chain:
        chain += [
            other for other in lines
            if other not in chain and {*other.from_ids} & {*one.to_ids}
            and meet((other.starts_at, other.ends_at), (one.starts_at, one.ends_at))
        ]  # fmt: skip
    return [one for one in chain if one.to_ids]


def _left(line: Placement) -> Placement:
    """One that has lost its table and has no other has none."""
    if line.to_ids or line.reason != LOST:
        return line
    return Placement(
        owner_id=line.owner_id, from_ids=[], to_ids=[], starts_at=line.starts_at, ends_at=line.ends_at,
        reason=line.reason, why=line.why, about=line.about,
    )  # fmt: skip


async def _tried(work: Work, wanted: Sequence[Wanted]) -> list[PlanMove] | Refused:
    """All of these moves or, leaving nothing behind, a refusal the command can go on after: facts are told only once
    all are made."""
    savepoint = work.db.transaction()
    await savepoint.start()
    made = await moving.move(work, wanted)
    if isinstance(made, Refused):
        await savepoint.rollback()
    else:
        await savepoint.commit()
    return made


async def _put_plan(work: Work, stored: Mapping[str, PlanRow], row: PlanRow) -> None:
    over = [day for day in stored if day != row.id]
    await work.touch("plan", row.id, *over)
    if over:
        await q.drop_plans(work.db, site_id=work.site_id, ids=over)
    await q.put_plan(
        work.db, site_id=work.site_id,
        **{name: getattr(row, name) for name in PlanRow.__struct_fields__},
    )  # fmt: skip


async def _put_ghosts(work: Work, was: Mapping[str, GhostRow], now: Mapping[str, GhostRow]) -> None:
    changed = [row for owner_id, row in now.items() if was.get(owner_id) != row]
    gone = [owner_id for owner_id in was if owner_id not in now]
    await work.touch("ghost", *(row.id for row in changed), *gone)
    if changed:
        await q.put_ghosts(work.db, site_id=work.site_id, rows=changed)
    if gone:
        await q.drop_ghosts(work.db, site_id=work.site_id, ids=gone)


# ---- people decide


async def _proposed(work: Work, wish: AcceptPlan | DismissPlan) -> list[GhostRow] | Refused:
    """What the plan of this basis proposes, for all or for those named."""
    today = service_date(work.now, work.timezone, work.policies.get("venue.day_ends")).isoformat()
    plan = (await views.plans(work.db, work.site_id)).get(today)
    if plan is None:
        return not_found("basis", "There is no plan yet.")
    if plan.basis != wish.basis:
        sentence = "The plan has changed since you looked. Here it is as it is now."
        return conflict("stale", sentence, about=plan, field="basis")
    ghosts = await views.ghosts(work.db, work.site_id)
    if wish.owner_ids is None:
        return list(ghosts.values())
    named = list(dict.fromkeys(wish.owner_ids))
    if any(owner_id not in ghosts for owner_id in named):
        return not_found("owner_ids", "The plan proposes nothing for that booking.")
    return [ghosts[owner_id] for owner_id in named]


async def _drop(work: Work, booking_ids: Sequence[str]) -> None:
    """Proposals that were decided. Derived: an undo leaves them to the next plan."""
    await work.touch("ghost", *booking_ids, for_good=True)
    await q.drop_ghosts(work.db, site_id=work.site_id, ids=list(booking_ids))


@handles(AcceptPlan)
async def accept(work: Work, wish: AcceptPlan) -> Moved | Refused:
    ghosts = await _proposed(work, wish)
    if isinstance(ghosts, Refused):
        return ghosts
    if wish.owner_ids is not None and not all(ghost.to_ids for ghost in ghosts):
        return invalid("owner_ids", "The plan has no table for that booking.", reason="no_table")
    wanted = [_wanted(ghost) for ghost in ghosts if ghost.to_ids]
    if not wanted:
        return conflict("nothing_proposed", "The plan proposes no moves.", retry="never")
    moves = await moving.move(work, wanted)
    if isinstance(moves, Refused):
        return moves
    await _drop(work, [one.booking_id for one in wanted])
    work.tell(PlanAccepted(basis=wish.basis, moves=moves))
    return Moved(moves)


@handles(DismissPlan)
async def dismiss(work: Work, wish: DismissPlan) -> dict[str, list[str]] | Refused:
    ghosts = await _proposed(work, wish)
    if isinstance(ghosts, Refused):
        return ghosts
    if not ghosts:
        return conflict("nothing_proposed", "The plan proposes nothing.", retry="never")
    ids = [ghost.id for ghost in ghosts]
    await work.touch("pin", *ids)
    await q.put_pins(work.db, site_id=work.site_id, ids=ids, now=work.now)
    await _drop(work, ids)
    work.tell(PlanDismissed(basis=wish.basis, booking_ids=ids))
    return {"booking_ids": ids}


@handles(PinBooking)
async def pin(work: Work, wish: PinBooking) -> dict[str, Any] | Refused:
    booking = await work.one("booking", wish.booking_id, field="booking_id", expect=wish.expect_version)
    if isinstance(booking, Refused):
        return booking
    pinned = bool(await work.touch("pin", booking.id))
    if pinned == wish.pinned:
        return conflict("already_so", f"{booking.name} is {'' if pinned else 'not '}pinned already.", retry="never")
    if wish.pinned:
        await q.put_pins(work.db, site_id=work.site_id, ids=[booking.id], now=work.now)
    else:
        await q.drop_pins(work.db, site_id=work.site_id, ids=[booking.id])
    work.tell(BookingPinned(booking_id=booking.id, pinned=wish.pinned))
    return {"booking_id": booking.id, "pinned": wish.pinned}


@handles(PlaceBookings)
async def place_bookings(work: Work, wish: PlaceBookings) -> Moved | Refused:
    ids = [one.booking_id for one in wish.moves]
    if len({*ids}) < len(ids):
        return invalid("moves", "A booking is named twice.")
    rows = await work.some("booking", ids, field="moves")
    if isinstance(rows, Refused):
        return rows
    in_use = await floor.tables(work.db, work.site_id)
    if any(table_id not in in_use for one in wish.moves for table_id in one.table_ids):
        return invalid("moves", "There is no such table in use here.", reason="unknown_table")
    moves = await moving.move(work, [Wanted(one.booking_id, tuple(one.table_ids)) for one in wish.moves])
    if isinstance(moves, Refused):
        return moves
    ghosts = await views.ghosts(work.db, work.site_id)
    if decided := [booking_id for booking_id in ids if booking_id in ghosts]:
        await _drop(work, decided)
    work.tell(BookingsPlaced(moves=moves))
    return Moved(moves)


