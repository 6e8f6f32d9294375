"""What becomes of an offer. With `actions` and `asking` the only place where the line changes.

An offer's tables are its holds (owner_kind `offer`), so nobody else can have them meanwhile and no table is offered
twice for one time. It ends in one of five ways: accepted, declined, expired, revoked, or its party sits down; each of
them here, with what it means for the party. Declined and expired ones go on to the next in line in the same
transaction.

Timers ask again when they fire (`expire_offer`): on an offer that was answered, or revived by an undo, they find the
truth in the row.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from hub.core import sql
from hub.core.commands import handles
from hub.core.ids import new_ticket
from hub.core.work import Work
from hub.floor import views as floor
from hub.holds import actions as holds
from hub.holds import views as plans
from hub.reservations import actions as reservations
from hub.waitlist import asking, rules, views
from hub.waitlist.asking import Stored
from hub.waitlist.matching import Span
from schemas.base import Refused, conflict, not_found
from schemas.bookings import Occasion
from schemas.reservations import Book
from schemas.waitlist import (
    AnswerOffer,
    ExpireOffer,
    OfferAnswered,
    OfferExpired,
    OfferRevoked,
    OfferRow,
    OfferStatus,
    PartyConverted,
    PartyRemoved,
    PartyReplied,
    PartyRow,
    Reply,
    RevokeOffer,
)  # fmt: skip

q = sql.load(__file__)


# ---- the guest answers


async def _open_offer(work: Work, offer_id: str, expect: int | None = None) -> tuple[Stored, PartyRow] | Refused:
    """An offer with its party, both touched: in whatever state it is, or a refusal when it never was."""
    stored = await asking.stored(work, offer_id)
    if stored is None:
        return not_found("offer_id", "There is no such offer here.")
    if expect is not None and stored.row.version != expect:
        sentence = "This offer has changed since you looked. Here it is as it is now."
        return conflict("stale", sentence, about=stored.row, field="expect_version")
    await work.touch("offer", offer_id)
    await work.touch("party", stored.row.party_id)
    party = await views.party(work.db, work.site_id, stored.row.party_id)
    if party is None:
        over = rules.refuse_answer(stored.row, work.now, ZoneInfo(work.timezone))
        return over or conflict("offer_over", "This party waits no more.", retry="never")
    return stored, party


@handles(AnswerOffer)
async def answer_offer(work: Work, wish: AnswerOffer) -> dict[str, Any] | Refused:
    found = await _open_offer(work, wish.offer_id, wish.expect_version)
    if isinstance(found, Refused):
        return found
    stored, party = found
    if refused := rules.refuse_answer(stored.row, work.now, ZoneInfo(work.timezone)):
        return refused
    if wish.answer == "decline":
        return await _decline(work, stored, party)
    if party.kind == "slot":
        return await _take_time(work, wish, stored.row, party)
    await _close(work, stored.row, "accepted", live=True)
    await note_reply(work, party.id, "on_my_way")
    until = await _kept_until(work, stored.row)
    assert until is not None, "a live offer has its tables"
    asking.watch(work, stored.row.id, until)
    work.tell(OfferAnswered(offer_id=stored.row.id, party_id=party.id, outcome="accepted"))
    return {"offer_id": stored.row.id, "table_ids": stored.row.table_ids}


async def _kept_until(work: Work, offer: OfferRow) -> datetime | None:
    kept = await plans.of_owner(work.db, work.site_id, offer.id)
    return min((held.ends_at for held in kept), default=None)


async def _close(work: Work, offer: OfferRow, status: OfferStatus, *, live: bool = False) -> None:
    """What became of an offer. Its tables are the caller's business."""
    await work.touch("offer", offer.id)
    answered_at = work.now if status in ("accepted", "declined") else None
    await q.answer_offer(
        work.db, site_id=work.site_id, id=offer.id, status=status, answered_at=answered_at, live=live
    )


async def _take_time(work: Work, wish: AnswerOffer, offer: OfferRow, party: PartyRow) -> dict[str, Any] | Refused:
    """F-WTL-04: a confirmed booking at the offer's tables, with a code, under the same link."""
    ticket = await q.give_ticket(work.db, site_id=work.site_id, id=party.id, ticket=new_ticket())
    await holds.release(work, offer.id)
    booked = await reservations.take(
        work,
        Book(
            site_id=work.site_id, key=wish.key, name=party.name, covers=party.covers, starts_at=offer.starts_at,
            duration_min=offer.duration_min, phone=party.phone, email=party.email, guest_id=party.guest_id,
            occasion=cast(Occasion | None, party.occasion), flags=party.flags, notes=party.notes, area_id=party.area_id,
            accessible=party.accessible, table_ids=offer.table_ids, status="confirmed",
            source="web" if work.actor.kind == "guest" else "phone",
            sms_opt_in=party.phone is not None and party.contact != "email",
        ),
        ticket=ticket, promised=True,
    )  # fmt: skip
    if isinstance(booked, Refused):
        return booked
    await _close(work, offer, "accepted")
    await q.end_wait(
        work.db, site_id=work.site_id, id=party.id, status="converted", booking_id=booked.booking_id, seating_id=None,
        now=work.now,
    )  # fmt: skip
    work.tell(
        OfferAnswered(offer_id=offer.id, party_id=party.id, outcome="accepted"),
        PartyConverted(party_id=party.id, booking_id=booked.booking_id),
    )
    return {
        "offer_id": offer.id, "booking_id": booked.booking_id, "code": booked.code, "table_ids": booked.table_ids
    }  # fmt: skip


async def _decline(work: Work, stored: Stored, party: PartyRow) -> dict[str, Any]:
    given = await _given_back(work, stored.row)
    await _close(work, stored.row, "declined")
    await _miss(work, party, reply="declined")
    work.tell(OfferAnswered(offer_id=stored.row.id, party_id=party.id, outcome="declined"))
    return {"offer_id": stored.row.id, "next_party_id": await _advance(work, stored, given)}


async def note_reply(work: Work, party_id: str, reply: Reply) -> None:
    """What a waiting guest answered, for the host to see."""
    await work.touch("party", party_id)
    await q.replied(work.db, site_id=work.site_id, id=party_id, reply=reply, replied_at=work.now)
    work.tell(PartyReplied(party_id=party_id, reply=reply))


# ---- no answer, the next in line


async def _given_back(work: Work, offer: OfferRow) -> dict[str, Span]:
    """Releases an offer's tables; what time each was kept."""
    kept = await plans.of_owner(work.db, work.site_id, offer.id)
    await holds.release(work, offer.id)
    return {held.table_id: (held.starts_at, held.ends_at) for held in kept}


async def _miss(work: Work, party: PartyRow, *, reply: Reply | None = None, stayed_away: bool = False) -> None:
    """C-42: once a party waits on; the last time its wait is over. Who never answered is told so. One that said it was
    on its way and never came waits no more."""
    misses_max = 1 if stayed_away else work.policies.get("waitlist.misses_max")
    status, skips = rules.after_miss(party, work.now, misses_max)
    await q.missed(
        work.db, site_id=work.site_id, id=party.id, status=status, skips=skips, reply=reply, now=work.now
    )
    if reply:
        work.tell(PartyReplied(party_id=party.id, reply=reply))
    if status == "expired":
        work.tell(PartyRemoved(party_id=party.id, why="missed"))
        if reply is None and not stayed_away:
            await asking.tell(work, party, "wait_over", {}, about=("party", party.id))


async def _advance(work: Work, stored: Stored, given: Mapping[str, Span]) -> str | None:
    """The same tables for the next in line, while their time is still ahead; None = they are free for the public."""
    ahead = {table_id: span for table_id, span in given.items() if span[1] > work.now}
    if work.policies.get("waitlist.auto_offer") == "off":
        return None
    if stored.kind == "slot":
        served = await asking.serve_times(work, stored.chain, ahead)
    else:
        served = await asking.serve_door(work, stored.chain, list(ahead))
    return served[0] if served else None


@handles(ExpireOffer)
async def expire_offer(work: Work, wish: ExpireOffer) -> dict[str, Any] | Refused:
    """Nobody answered in time; or a party on its way did not come as long as its tables could be kept."""
    found = await _open_offer(work, wish.offer_id)
    if isinstance(found, Refused):
        return found
    stored, party = found
    offer = stored.row
    if not await q.is_live(work.db, site_id=work.site_id, id=offer.id):
        return conflict("offer_over", "This offer was answered or taken back.", retry="never")
    if refused := rules.refuse_remaining(offer, await _kept_until(work, offer), work.now):
        return refused
    given = await _given_back(work, offer)
    await _close(work, offer, "expired")
    await _miss(work, party, stayed_away=offer.status == "accepted")
    next_party_id = await _advance(work, stored, given)
    work.tell(OfferExpired(offer_id=offer.id, party_id=party.id, next_party_id=next_party_id))
    return {"next_party_id": next_party_id}


# ---- taken back, given up, sat down


@handles(RevokeOffer)
async def revoke_offer(work: Work, wish: RevokeOffer) -> dict[str, Any] | Refused:
    offer = await work.one(
        "offer", wish.offer_id, field="offer_id", expect=wish.expect_version, gone="This offer is over."
    )
    if isinstance(offer, Refused):
        return offer
    if work.actor.kind == "system" and not await _lost(work, offer):
        return conflict("tables_there", "Its tables are in use.", retry="never")
    await revoke(work, offer)
    return {"offer_id": offer.id, "party_id": offer.party_id}


async def _lost(work: Work, offer: OfferRow) -> bool:
    """Whether the floor has lost a table of an offer: off the plan, or out of service tonight."""
    tables = await floor.tables(work.db, work.site_id)
    soon = offer.starts_at - work.now < timedelta(hours=12)
    return any(
        table_id not in tables or (soon and tables[table_id].status == "out_of_service") for table_id in offer.table_ids
    )


async def revoke(work: Work, offer: OfferRow) -> None:
    """The house takes an offer back: its tables are free, its party waits on, no miss counted."""
    await holds.release(work, offer.id)
    await _close(work, offer, "revoked")
    await work.touch("party", offer.party_id)
    party = await views.party(work.db, work.site_id, offer.party_id)
    if party is not None and party.expires_at <= work.now:
        await q.end_wait(
            work.db, site_id=work.site_id, id=party.id, status="expired", booking_id=None, seating_id=None, now=work.now
        )
        work.tell(PartyRemoved(party_id=party.id, why="closed"))
    elif party is not None:
        await q.back_in_line(work.db, site_id=work.site_id, id=party.id)
    work.tell(OfferRevoked(offer_id=offer.id, party_id=offer.party_id))


async def revoke_for(work: Work, offer_ids: Sequence[str]) -> None:
    """Their tables are given to somebody else."""
    rows = await work.touch("offer", *offer_ids)
    for offer in rows.values():
        await revoke(work, offer)


async def give_up(work: Work, party: PartyRow) -> None:
    """A party leaves with an offer in hand: its tables are an opening for the next in line."""
    offer = await views.offer_of(work.db, work.site_id, party.id)
    if offer is not None:
        await _close(work, offer, "declined")
        await holds.open_up(work, offer.id)
        work.tell(OfferAnswered(offer_id=offer.id, party_id=party.id, outcome="left"))


async def take_up(work: Work, party: PartyRow) -> None:
    """A party sits down, at the tables it was offered or at others: what was held for it is no longer."""
    offer = await views.offer_of(work.db, work.site_id, party.id)
    if offer is not None:
        await holds.release(work, offer.id)
        await _close(work, offer, "accepted")
        work.tell(OfferAnswered(offer_id=offer.id, party_id=party.id, outcome="seated"))
