"""The only place planned use changes. Higher storeys call it inside their command's transaction."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from hub.core import sql
from hub.core.clock import service_date
from hub.core.commands import TAKEN, handles
from hub.core.work import Work
from hub.floor import views as floor
from hub.holds import rules, views
from schemas.base import Refused, not_found
from schemas.holds import HoldRow, HoldStatus, OpeningMade, OpeningReleased, OwnerKind, ReleaseOpening

q = sql.load(__file__)

TAKEN["hold_no_overlap"] = ("table_taken", "The table is taken for that time.")


async def hold(
    work: Work, *, owner_kind: OwnerKind, owner_id: str, table_ids: Sequence[str], starts_at: datetime,
    ends_at: datetime, status: HoldStatus = "held",
) -> list[str] | Refused:  # fmt: skip
    """Keeps these tables for an owner during [starts_at, ends_at), the cleaning buffer inside: all of them or none.

    Returns the holds' ids, or who has which table until when. A refusal leaves no hold behind, so the caller may try
    other tables in the same command."""
    assert starts_at < ends_at, "a hold has a length"
    ends = dict.fromkeys(table_ids, ends_at)
    return await _take(work, owner_kind=owner_kind, owner_id=owner_id, starts_at=starts_at, ends=ends, status=status)


async def _take(
    work: Work, *, owner_kind: OwnerKind, owner_id: str, starts_at: datetime, ends: dict[str, datetime],
    status: HoldStatus,
) -> list[str] | Refused:  # fmt: skip
    ids = [work.new_id() for _ in ends]
    work.make("hold", *ids)
    lead = timedelta(minutes=0 if status == "active" else work.policies.get("floor.reserved_lead_min"))
    had = await q.take(
        work.db, site_id=work.site_id, ids=ids, table_ids=list(ends), ends=list(ends.values()), owner_kind=owner_kind,
        owner_id=owner_id, service_date=_day(work, starts_at), starts_at=starts_at, reserved_from=starts_at - lead,
        status=status,
    )  # fmt: skip
    if len(had) == len(ends):
        return [record["id"] for record in had]
    missing = set(ends) - {record["table_id"] for record in had}
    await q.give_back(work.db, site_id=work.site_id, ids=[record["id"] for record in had])
    tables = await floor.tables(work.db, work.site_id)
    unknown = sorted(missing - tables.keys())
    if unknown:
        return not_found("table_ids", "There is no such table in use here.")
    met = await views.busy(work.db, work.site_id, starts_at, max(ends.values()))
    clashes = [clash for clash in met if clash.table_id in missing]
    return rules.taken(clashes, {table.id: table.number for table in tables.values()}, work.timezone)


def _day(work: Work, moment: datetime) -> date:
    return service_date(moment, work.timezone, work.policies.get("venue.day_ends"))


async def _locked(work: Work, owner_id: str) -> list[HoldRow]:
    """What an owner holds now, locked and touched."""
    ids = [record["id"] for record in await q.lock_owner(work.db, site_id=work.site_id, owner_id=owner_id)]
    if not ids:
        return []
    await work.touch("hold", *ids)
    return await views.of_owner(work.db, work.site_id, owner_id)


async def release(work: Work, owner_id: str) -> list[str]:
    """An owner's holds are over. Returns the tables they were on."""
    mine = await _locked(work, owner_id)
    if mine:
        await q.release(work.db, site_id=work.site_id, ids=[held.id for held in mine])
    return [held.table_id for held in mine]


async def let_go(work: Work, owner_id: str) -> None:
    """The same for tables that were kept for a moment only: free at once, and for good, since what took them over may
    be undone when nobody fills anything in any more."""
    ids = [record["id"] for record in await q.lock_owner(work.db, site_id=work.site_id, owner_id=owner_id)]
    if ids:
        await work.touch("hold", *ids, for_good=True)
        await q.release(work.db, site_id=work.site_id, ids=ids)


async def open_up(work: Work, owner_id: str, table_ids: Sequence[str] | None = None) -> list[str]:
    """A cancellation, a no-show, another time, a smaller party: what the owner still held (on these tables, else on
    all) is an opening for policy `waitlist.opening_s` seconds, so that the waiting line is served before the public.
    With 0 seconds they are simply free. Returns the tables given back. An owner that keeps other tables keeps its name:
    the opening gets one of its own."""
    mine = await _locked(work, owner_id)
    if table_ids is not None:
        mine = [held for held in mine if held.table_id in table_ids]
    kept_s = work.policies.get("waitlist.opening_s")
    opened = [held for held in mine if held.status == "held" and held.ends_at > work.now and kept_s > 0]
    over = [held.id for held in mine if held not in opened]
    if over:
        await q.release(work.db, site_id=work.site_id, ids=over)
    if opened:
        opening_id = owner_id if table_ids is None else work.new_id()
        await q.open_up(work.db, site_id=work.site_id, ids=[held.id for held in opened], opening_id=opening_id)
        work.tell(OpeningMade(owner_id=opening_id, table_ids=[held.table_id for held in opened]))
        wish = ReleaseOpening(site_id=work.site_id, key=work.new_id(), owner_id=opening_id)
        work.arm(f"opening:{opening_id}", work.now + timedelta(seconds=kept_s), wish)
    return [held.table_id for held in mine]


async def offer(
    work: Work, offer_id: str, table_ids: Sequence[str], *, starts_at: datetime, ends_at: datetime
) -> datetime | Refused:
    """Keeps tables for a waiting party that is asked whether it wants them. It goes before openings, whose time it
    takes over, and ends where the next plan for any of its tables begins. Returns that end, or who is in the way."""
    others = await views.beside(work.db, work.site_id, table_ids, starts_at, offer_id)
    openings = [
        other for other in others
        if other.owner_kind == "opening" and rules.overlap(rules.span(other), (starts_at, ends_at))
    ]  # fmt: skip
    turn = rules.turn(dict.fromkeys(table_ids, starts_at), ends_at, [row for row in others if row not in openings])
    if isinstance(turn, list):
        tables = await floor.tables(work.db, work.site_id)
        return rules.taken(turn, {table.id: table.number for table in tables.values()}, work.timezone)
    await _free(work, openings)
    had = await hold(
        work, owner_kind="offer", owner_id=offer_id, table_ids=table_ids, starts_at=starts_at, ends_at=turn.ends_at
    )
    return had if isinstance(had, Refused) else turn.ends_at


@handles(ReleaseOpening)
async def release_opening(work: Work, wish: ReleaseOpening) -> None:
    await _free(work, [held for held in await _locked(work, wish.owner_id) if held.owner_kind == "opening"])


async def _free(work: Work, openings: Sequence[HoldRow]) -> None:
    if openings:
        # for good: its two seconds are over by the time anybody undoes what took it, and no timer would end it again
        await work.touch("hold", *(opening.id for opening in openings), for_good=True)
        await q.release_opening(work.db, site_id=work.site_id, ids=[opening.id for opening in openings])
        for owner_id in dict.fromkeys(opening.owner_id for opening in openings):
            work.tell(OpeningReleased(owner_id=owner_id))


async def activate(
    work: Work, owner_id: str, table_ids: Sequence[str], now: datetime, until: datetime, *,
    owner_kind: OwnerKind = "seating",
) -> datetime | Refused:  # fmt: skip
    """A seating takes over: on these tables the owner's holds are active during [now, `until`), missing ones are added
    (as the owner's kind, else `owner_kind`), those on other tables are released.

    Returns the end, clipped at the next hold on any of the tables; refused when another hold is under way there."""
    return await _occupy(work, owner_id, table_ids, since=now, until=until, owner_kind=owner_kind, afresh=True)


async def reshape(
    work: Work, owner_id: str, table_ids: Sequence[str], until: datetime, *, owner_kind: OwnerKind = "seating"
) -> datetime | Refused:
    """A seated party moves, or its turn gets another length: tables it keeps run on from when it sat down, new ones
    from now, those it leaves are released. Returns the clipped end, or who is in the way."""
    return await _occupy(work, owner_id, table_ids, since=work.now, until=until, owner_kind=owner_kind, afresh=False)


async def _occupy(
    work: Work, owner_id: str, table_ids: Sequence[str], *, since: datetime, until: datetime, owner_kind: OwnerKind,
    afresh: bool,
) -> datetime | Refused:  # fmt: skip
    mine = await _locked(work, owner_id)
    kept = {held.table_id: held for held in mine if held.table_id in table_ids}
    starts = dict.fromkeys(table_ids, since)
    if not afresh:
        starts |= {table_id: held.starts_at for table_id, held in kept.items() if held.status == "active"}
    others = await views.beside(work.db, work.site_id, list(starts), min(starts.values()), owner_id)
    openings = [
        other for other in others
        if other.owner_kind == "opening" and rules.overlap(rules.span(other), (starts[other.table_id], until))
    ]  # fmt: skip
    turn = rules.turn(starts, until, [other for other in others if other not in openings])
    if isinstance(turn, list):
        tables = await floor.tables(work.db, work.site_id)
        return rules.taken(turn, {table.id: table.number for table in tables.values()}, work.timezone)
    await _free(work, openings)
    left = [held.id for held in mine if held.table_id not in kept]
    if left:
        await q.release(work.db, site_id=work.site_id, ids=left)
    if kept:
        spans = {held.id: turn.spans[table_id] for table_id, held in sorted(kept.items(), key=lambda item: item[1].id)}
        await q.reshape(
            work.db, site_id=work.site_id, ids=list(spans), starts=[start for start, _ in spans.values()],
            ends=[end for _, end in spans.values()], days=[_day(work, start) for start, _ in spans.values()],
        )  # fmt: skip
    added = {table_id: turn.spans[table_id][1] for table_id in starts if table_id not in kept}
    if added:
        kind = next((held.owner_kind for held in mine if held.owner_kind != "opening"), owner_kind)
        had = await _take(work, owner_kind=kind, owner_id=owner_id, starts_at=since, ends=added, status="active")
        if isinstance(had, Refused):
            return had
    return turn.ends_at
