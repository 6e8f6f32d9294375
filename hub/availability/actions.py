"""A booking that gets in by moving others, in one commit; and what watchers see, stored by the house."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from msgspec import structs

from hub.availability import certificates, views
from hub.availability.problem import Asked, Wish
from hub.core import sql
from hub.core.clock import service_date
from hub.core.commands import handles
from hub.core.work import Work
from hub.planning import moving
from hub.planning import views as planning
from hub.planning.moving import Wanted
from hub.reservations import actions as reservations
from hub.reservations import rules, tables
from hub.reservations.answers import discreet
from schemas.availability import AvailabilityChanged, BookedByMoving, SlotChange, StoreAvailability
from schemas.base import Refused, conflict, invalid, not_found
from schemas.planning import NotPossible
from schemas.reservations import Book, Booked
from solvers.availability.answers import Answer, Move
from solvers.availability.check import check_answer
from solvers.seating.evening import Evening, Party

q = sql.load(__file__)

TOLD_MAX = 200  # times named in a fact; with more, whoever listens reads the days anew
GONE = "Somebody else was faster: the others can no longer be moved like that."


# ---- one more guest, others at other tables


@handles(Book)
async def book(work: Work, wish: Book) -> Booked | Refused:
    """Takes a booking; where it says how others are to be moved for it, moves them first, all of it or nothing."""
    if wish.certificate_id is None and wish.moves is None:
        return await reservations.take(work, wish)
    return await _by_moving(work, wish)


async def _by_moving(work: Work, wish: Book) -> Booked | Refused:
    answer = await _moved_and_taken(work, wish)
    if work.actor.kind == "guest" and isinstance(answer, Refused) and answer.reason == "no_longer_possible":
        return structs.replace(answer, message=GONE, about=None)
    return answer


@discreet
async def _moved_and_taken(work: Work, wish: Book) -> Booked | Refused:
    refused = _may(work, wish)
    if refused:
        return refused
    way = await _way(work, wish)
    if isinstance(way, Refused):
        return way
    wish, wanted, kept = way
    asked = await _evening(work, wish)
    refused = _stays(asked, wanted) or _wrong(asked, wish, wanted)
    if refused:
        return refused
    moves = await moving.move(work, wanted)
    if isinstance(moves, Refused):
        return moves
    taken = await reservations.take(work, wish)
    if isinstance(taken, Refused):  # other times were looked for on a floor that is not to be
        return structs.replace(taken, about=None) if isinstance(taken.about, list) else taken
    if kept is None:
        assert wish.table_ids, "moves are for tables"
        kept = await certificates.keep(
            work.db, work.site_id, basis=work.seq, now=work.now, covers=wish.covers,
            starts_at=rules.whole_minute(wish.starts_at), duration_min=_duration(work, wish),
            table_ids=wish.table_ids, moves=moves, booking_id=taken.booking_id,
        )  # fmt: skip
    else:
        await certificates.take_up(work.db, work.site_id, kept.id, taken.booking_id)
    work.tell(BookedByMoving(booking_id=taken.booking_id, certificate_id=kept.id, moves=moves))
    return taken


def _may(work: Work, wish: Book) -> Refused | None:
    """Policy `booking.reshuffle`: for nobody, by staff, or for anybody."""
    policy = work.policies.get("booking.reshuffle", rules.DINING)
    by_guest = work.actor.kind == "guest" or wish.source in rules.BY_GUESTS
    if policy == "all" or (policy == "staff" and not by_guest):
        return None
    return conflict("reshuffle_off", "Others are not moved for a booking like this.", retry="never")


async def _way(
    work: Work, wish: Book
) -> tuple[Book, list[Wanted], certificates.Kept | None] | Refused:  # fmt: skip
    """The booking with its tables, and who is to sit where instead: as the certificate says, or the asker."""
    if refused := rules.refuse_time(
        wish.starts_at, work.now, timezone=work.timezone, max_days=tables.policy(work, "booking.max_days_ahead")
    ):
        return refused
    if wish.checkout_id is not None:
        return invalid("checkout_id", "A time that is kept needs nobody moved.", reason="kept")
    if wish.certificate_id is None:
        if wish.table_ids is None:
            return invalid("table_ids", "Say which tables come free.", reason="no_tables")
        moves = wish.moves or []
        if len({move.booking_id for move in moves}) < len(moves):
            return invalid("moves", "A booking is named twice.")
        return wish, [Wanted(move.booking_id, tuple(move.table_ids)) for move in moves], None
    if wish.moves is not None:
        return invalid("moves", "Either a certificate or moves, not both.", reason="both")
    kept = await certificates.of(work.db, work.site_id, wish.certificate_id)
    if kept is None:
        return not_found("certificate_id", "There is no such certificate here.")
    if kept.booking_id is not None or work.now >= kept.expires_at:
        sentence = "That certificate was used, or is too old. Ask again."
        return conflict("certificate_over", sentence, retry="later", field="certificate_id")
    told = rules.whole_minute(wish.starts_at.astimezone(UTC)), wish.covers, _duration(work, wish)
    if told != (kept.starts_at, kept.covers, kept.duration_min):
        sentence = "That certificate is for another time, length or party."
        return conflict("other_wish", sentence, retry="never", field="certificate_id")
    wanted = [Wanted(move.owner_id, tuple(move.now), tuple(move.was)) for move in kept.moves]
    return structs.replace(wish, table_ids=kept.table_ids), wanted, kept


def _duration(work: Work, wish: Book) -> int:
    return wish.duration_min or tables.policy(work, "dining.duration_min")


async def _evening(work: Work, wish: Book) -> Asked:
    """The day of the booking as it is under the lock."""
    day = service_date(wish.starts_at, work.timezone, work.policies.get("venue.day_ends"))
    scene = await planning.read(
        work.db, work.site_id, now=work.now, timezone=work.timezone, seq=work.seq, policies=work.policies, day=day
    )
    return await views.with_times(work.db, work.site_id, scene, work.policies)


def _stays(asked: Asked, wanted: Sequence[Wanted]) -> Refused | None:
    """Who is to be moved but stays where they are: at table, pinned, about to come."""
    places = {owner.id: at for at, owner in enumerate(asked.owners)}
    faults = [
        NotPossible(one.booking_id, f"{owner.name} ({owner.covers}) stays where they are.")
        for one in wanted
        if (at := places.get(one.booking_id)) is not None
        and asked.evening.parties[at].locked and (owner := asked.owners[at])
    ]  # fmt: skip
    return moving.refused(faults) if faults else None


def _wrong(asked: Asked, wish: Book, wanted: Sequence[Wanted]) -> Refused | None:
    """The moves and the newcomer replayed on the evening as it is, by the solver's independent check. Bookings that are
    not in it any more are left to `moving`, which says so by name."""
    places = {owner.id: at for at, owner in enumerate(asked.owners)}
    index = {table_id: at for at, table_id in enumerate(asked.table_ids)}
    new = wish.table_ids or []
    if any(table_id not in index for one in wanted for table_id in (*one.table_ids, *new)):
        return invalid("moves", "There is no such table in use here.", reason="unknown_table")
    to = {
        places[one.booking_id]: tuple(sorted({index[table_id] for table_id in one.table_ids}))
        for one in wanted if one.booking_id in places
    }  # fmt: skip
    seat = tuple(sorted({index[table_id] for table_id in new}))
    evening, kept = _part(asked.evening, to, {*seat, *(table for tables in to.values() for table in tables)})
    party = asked.party(
        rules.whole_minute(wish.starts_at), Wish(wish.covers, wish.duration_min or asked.scene.terms.duration_min,
                                                 accessible=wish.accessible or rules.STEP_FREE in wish.flags)
    )  # fmt: skip
    moves = tuple(Move(kept.index(at), tables) for at, tables in to.items())
    wrong = check_answer(evening, None, (party,), Answer(yes=True, exact=True, by="told", seats=(seat,), moves=moves))
    return conflict("no_longer_possible", GONE, retry="reread") if wrong else None


def _part(evening: Evening, moved: dict[int, Any], concerned: set[int]) -> tuple[Evening, list[int]]:
    """Only those who move, or have one of the tables that matter: nobody else can be in the way."""
    kept = [
        at for at, party in enumerate(evening.parties)
        if at in moved or (concerned & {*party.now} and (party.must or party.locked))
    ]  # fmt: skip
    parties: list[Party] = [evening.parties[at] for at in kept]
    return structs.replace(evening, parties=tuple(parties)), kept


# ---- the house stores what watchers see


@handles(StoreAvailability)
async def store(work: Work, wish: StoreAvailability) -> dict[str, int] | Refused:
    """Times that differ from what is stored. What was worked out before what is stored is out of date."""
    newest = await q.newest_basis(work.db, site_id=work.site_id)
    if newest is not None and newest > wish.basis:
        return conflict("stale", "There is something newer.", retry="never")
    stored = await views.states(work.db, work.site_id)
    put = [row for row in wish.put if stored.get(row.id) != row]
    gone = [row_id for row_id in wish.gone if row_id in stored]
    if not put and not gone:
        return conflict("unchanged", "The times are what they were.", retry="never")
    await work.touch("slot_state", *(row.id for row in put), *gone)
    if put:
        await q.put_states(work.db, site_id=work.site_id, rows=put, basis=wish.basis)
    if gone:
        await q.drop_states(work.db, site_id=work.site_id, ids=gone)
    changes = [SlotChange(row.service_date, row.at, row.state) for row in put]
    changes += [SlotChange(stored[row_id].service_date, stored[row_id].at, "closed") for row_id in gone]
    work.tell(AvailabilityChanged(basis=wish.basis, slots=changes[:TOLD_MAX]))
    return {"put": len(put), "gone": len(gone)}
