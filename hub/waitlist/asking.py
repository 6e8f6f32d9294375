"""Asking a waiting party whether it wants tables that are kept for it meanwhile: of the house's own accord when some
are given back or freed, or because the host says so. What becomes of an offer then is the business of `offers`.

Whoever let the same opening pass before is not asked again: the *chain* is named by that opening, at the door by the
first offer of it. A command that sent an offer cannot be undone, since a message is out: `revoke_offer` takes it back.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub.core import sql
from hub.core.commands import TAKEN, handles
from hub.core.ids import new_ticket
from hub.core.work import Work
from hub.floor import views as floor
from hub.holds import actions as holds
from hub.holds import fits
from hub.holds import views as plans
from hub.notifications.actions import To, say
from hub.reservations import rules as booking_rules
from hub.reservations import times
from hub.venues import views as venues
from hub.waitlist import matching, rules, views
from hub.waitlist.matching import Hall, Match, Span
from schemas.base import Refused, conflict, invalid
from schemas.waitlist import (
    ExpireOffer,
    NotifyParty,
    OfferOpening,
    OfferRow,
    OfferSent,
    OfferTables,
    PartyKind,
    PartyRow,
)  # fmt: skip

q = sql.load(__file__)

TAKEN["offer_one_per_party"] = ("offered_already", "This party has an offer to answer.")

ASKED_MAX = 200  # waiting parties looked at for one opening, the first in line first; the site waits meanwhile


# ---- what every offer starts from


async def _hall(work: Work, since: datetime, until: datetime) -> Hall:
    tables, joins = await fits.furniture(work.db, work.site_id)
    site = await venues.site(work.db, work.site_id)
    assert site is not None, "a command works at a site that is open"
    return Hall(
        now=work.now, tables=tables, joins=joins, holds=await plans.busy(work.db, work.site_id, since, until),
        zone=ZoneInfo(work.timezone), duration_min=work.policies.get("dining.duration_min", "dining"),
        buffer_min=work.policies.get("dining.buffer_min", "dining"),
        step_min=work.policies.get("dining.slot_step_min", "dining"), weights=fits.weights_of(work.policies),
        times=await times.read(work.db, site, work.policies, since, until, now=work.now),
    )  # fmt: skip


def to(party: PartyRow) -> To:
    """Who left a number with the host to be called up has asked for the message."""
    return To(name=party.name, phone=party.phone, email=party.email, sms_ok=True)


async def tell(
    work: Work, party: PartyRow, template: str, variables: Mapping[str, Any], *, about: tuple[str, str], again: str = ""
) -> None:
    """A message to a waiting guest with their own link, over the contact they chose and no other (F-WTL-05)."""
    if not (party.phone or party.email):
        return
    ticket = await q.give_ticket(work.db, site_id=work.site_id, id=party.id, ticket=new_ticket())
    await say(
        work, template, about=about, to=to(party), variables={"covers": party.covers, **variables}, ticket=ticket,
        contact=party.contact, again=again,
    )  # fmt: skip


async def _tell_offer(work: Work, party: PartyRow, offer: OfferRow, *, again: str = "") -> None:
    minutes = max(1, -int((work.now - offer.expires_at).total_seconds() // 60))
    said = {"minutes": minutes, "expires": offer.expires_at, "date": offer.starts_at, "time": offer.starts_at}
    template = "slot_offer" if party.kind == "slot" else "table_ready"
    await tell(work, party, template, said, about=("offer", offer.id), again=again)


async def send(work: Work, party: PartyRow, match: Match, *, chain: str | None) -> OfferRow | Refused:
    """The offer, its tables held, its party told and its time running. Without `chain` it begins one."""
    offer_id = work.new_id()
    buffer = timedelta(minutes=work.policies.get("dining.buffer_min", "dining"))
    until = match.starts_at + timedelta(minutes=match.duration_min) + buffer
    ends_at = await holds.offer(work, offer_id, match.table_ids, starts_at=match.starts_at, ends_at=until)
    if isinstance(ends_at, Refused):
        return ends_at
    least = timedelta(minutes=min(match.duration_min, work.policies.get("seating.short_turn_min")))
    if ends_at - match.starts_at < least:
        clock = ends_at.astimezone(ZoneInfo(work.timezone)).strftime("%H:%M")
        return conflict("booked_soon", f"These tables are wanted again at {clock}.", field="table_ids")
    expires_at = work.now + timedelta(minutes=work.policies.get("waitlist.offer_minutes"))
    if party.kind == "slot":
        expires_at = min(expires_at, match.starts_at)  # nobody can take a time that has come
    offer = OfferRow(
        id=offer_id, party_id=party.id, table_ids=match.table_ids, starts_at=match.starts_at,
        duration_min=match.duration_min, sent_at=work.now, expires_at=expires_at, status="sent", answered_at=None,
        version=1,
    )  # fmt: skip
    work.make("offer", offer_id)
    await work.touch("party", party.id)
    await q.insert_offer(
        work.db, site_id=work.site_id, id=offer.id, party_id=party.id, opening_id=chain or offer.id,
        table_ids=offer.table_ids, starts_at=offer.starts_at, duration_min=offer.duration_min, sent_at=work.now,
        expires_at=expires_at,
    )  # fmt: skip
    await q.notified(work.db, site_id=work.site_id, id=party.id, now=work.now)
    watch(work, offer.id, expires_at)
    work.tell(OfferSent(offer_id=offer.id, party_id=party.id, table_ids=offer.table_ids, expires_at=expires_at))
    await _tell_offer(work, party, offer)
    work.undoable = False  # a guest has been told
    return offer


def watch(work: Work, offer_id: str, at: datetime) -> None:
    wish = ExpireOffer(site_id=work.site_id, key=f"offer-{offer_id}", offer_id=offer_id)
    work.arm(f"offer:{offer_id}", at, wish)


@dataclass(frozen=True, slots=True)
class Stored:
    """An offer, whatever became of it; `chain` is the opening it came from."""

    row: OfferRow
    chain: str
    kind: PartyKind


async def stored(work: Work, offer_id: str) -> Stored | None:
    record = await q.offer(work.db, site_id=work.site_id, id=offer_id)
    if record is None:
        return None
    *fields, chain, kind = record
    return Stored(OfferRow(*fields), chain, kind)


# ---- the house offers


async def serve_times(work: Work, chain: str, opened: Mapping[str, Span]) -> list[str]:
    """Slot entries in order, each the tables of the opening that suit it; whom they were offered before is passed
    over. Returns the parties asked."""
    if not opened:
        return []
    waiting = [party for party in await views.parties(work.db, work.site_id) if party.kind == "slot"]
    asked_before = await _asked(work, chain)
    line = [party for party in rules.in_line(waiting) if party.status == "active" and party.id not in asked_before]
    if not line:
        return []
    longest = timedelta(hours=9)  # the longest turn that can be wished for, with its buffer
    hall = await _hall(
        work, min(start for start, _ in opened.values()) - longest, max(end for _, end in opened.values()) + longest
    )
    served: list[str] = []
    for party in line[:ASKED_MAX]:
        match = matching.for_time(hall, party, opened)
        if match is None:
            continue
        offer = await send(work, party, match, chain=chain)
        assert not isinstance(offer, Refused), f"what fits under the site's lock can be held: {offer}"
        served.append(party.id)
        hall = await _again(work, hall, offer)
    return served


async def _again(work: Work, hall: Hall, offer: OfferRow) -> Hall:
    """The hall with the tables of an offer taken."""
    return replace(hall, holds=[*hall.holds, *await plans.of_owner(work.db, work.site_id, offer.id)])


async def serve_door(work: Work, chain: str, table_ids: Collection[str]) -> list[str]:
    """Parties at the door in order, each those of these tables that suit it now."""
    asked_before = await _asked(work, chain)
    parties = rules.door(await views.parties(work.db, work.site_id))
    line = [party for party in parties if party.status == "active" and party.id not in asked_before]
    left = set(table_ids)
    if not line or not left:
        return []
    hall = await _hall(work, work.now, work.now + fits.EVENING)
    served: list[str] = []
    for party in line[:ASKED_MAX]:
        match = matching.for_now(hall, party, left)
        if match is None:
            continue
        offer = await send(work, party, match, chain=chain)
        assert not isinstance(offer, Refused), f"what fits under the site's lock can be held: {offer}"
        served.append(party.id)
        left -= set(offer.table_ids)
        if not left:
            break
        hall = await _again(work, hall, offer)
    return served


async def _asked(work: Work, chain: str) -> set[str]:
    return {record["party_id"] for record in await q.offered(work.db, site_id=work.site_id, opening_id=chain)}


NOBODY = conflict("nobody", "Nobody waits for these tables.", retry="never")
"""Leaves no line in the journal: nothing has happened."""


@handles(OfferOpening)
async def offer_opening(work: Work, wish: OfferOpening) -> dict[str, Any] | Refused:
    """R-WTL-07: what was given back goes to those who wait for such a time; under policy `all` a table that is free
    now also to the door. An opening left by a guest who gave up their offer goes on along its chain."""
    auto = work.policies.get("waitlist.auto_offer")
    opened = await plans.opened(work.db, work.site_id, wish.owner_id)
    if auto == "off" or not opened:
        return NOBODY
    begun = await stored(work, wish.owner_id)
    chain = begun.chain if begun else wish.owner_id
    served: list[str] = []
    if begun is None or begun.kind == "slot":
        served += await serve_times(work, chain, opened)
    if auto == "all" or (begun and begun.kind == "walk_in"):
        served += await serve_door(work, chain, _free_now(work, opened))
    return {"party_ids": served} if served else NOBODY


def _free_now(work: Work, opened: Mapping[str, Span]) -> list[str]:
    return [table_id for table_id, (start, end) in opened.items() if start <= work.now < end]


@handles(OfferTables)
async def offer_tables(work: Work, wish: OfferTables) -> dict[str, Any] | Refused:
    if work.policies.get("waitlist.auto_offer") != "all":
        return NOBODY
    served = await serve_door(work, work.new_id(), wish.table_ids)
    return {"party_ids": served} if served else NOBODY


# ---- the host offers


@handles(NotifyParty)
async def notify(work: Work, wish: NotifyParty) -> dict[str, Any] | Refused:
    """A table now for a party at the door; for one that waits for a time, the first such time that is free."""
    gone = "This party is no longer waiting."
    party = await work.one("party", wish.party_id, field="party_id", expect=wish.expect_version, gone=gone)
    if isinstance(party, Refused):
        return party
    offer = await views.offer_of(work.db, work.site_id, party.id)
    if offer is not None:
        return await _notify_again(work, wish, party, offer)
    if party.kind == "slot":
        match = await _time_for(work, wish, party)
    else:
        match = await _tables_for(work, wish, party)
    if isinstance(match, Refused):
        return match
    sent = await send(work, party, match, chain=None)
    if isinstance(sent, Refused):
        return sent
    return _offered(sent)


def _offered(offer: OfferRow) -> dict[str, Any]:
    return {
        "offer_id": offer.id, "party_id": offer.party_id, "table_ids": offer.table_ids, "starts_at": offer.starts_at,
        "expires_at": offer.expires_at,
    }  # fmt: skip


async def _notify_again(
    work: Work, wish: NotifyParty, party: PartyRow, offer: OfferRow
) -> dict[str, Any] | Refused:
    if refused := rules.refuse_answer(offer, work.now, ZoneInfo(work.timezone)):
        return refused
    if wish.table_ids and set(wish.table_ids) != set(offer.table_ids):
        sentence = f"{party.name} has other tables on offer. Take those back first."
        return conflict("offered_already", sentence, about=offer, field="table_ids")
    await _tell_offer(work, party, offer, again=f"notify-{work.seq}")
    return _offered(offer)


async def _tables_for(work: Work, wish: NotifyParty, party: PartyRow) -> Match | Refused:
    duration_min = party.duration_min or work.policies.get("dining.duration_min", "dining")
    if wish.table_ids is None:
        found = await fits.best(
            work.db, work.site_id, at=work.now, covers=party.covers, need_min=duration_min, policies=work.policies,
            accessible=party.accessible, area_id=party.area_id, seat_now=True,
        )  # fmt: skip
        best = next((fit for fit in found if fit.legal), None)
        if best is None:
            return conflict("nothing_free", f"No table is free for {party.name} now.", retry="later")
        return Match(best.table_ids, work.now, duration_min)
    tables = await floor.tables(work.db, work.site_id)
    refused = booking_rules.refuse_tables(
        wish.table_ids, tables, await floor.joins(work.db, work.site_id), covers=party.covers,
        accessible=party.accessible, today=True,
    )  # fmt: skip
    if refused:
        return refused
    for table_id in wish.table_ids:
        if tables[table_id].status == "occupied":  # one that is being cleared is ready by the time they come
            sentence = f"{tables[table_id].number} is taken."
            return conflict("table_taken", sentence, about=tables[table_id], field="table_ids")
    return Match(list(dict.fromkeys(wish.table_ids)), work.now, duration_min)


async def _time_for(work: Work, wish: NotifyParty, party: PartyRow) -> Match | Refused:
    if wish.table_ids is not None:
        return invalid("table_ids", f"{party.name} waits for a time: the house chooses the tables that are free then.")
    until = rules.last_start(party.wanted_at or work.now, rules.windows(party)) + timedelta(hours=9)
    hall = await _hall(work, work.now, until)
    everywhere = dict.fromkeys(hall.tables, (work.now, until))
    match = matching.for_time(hall, party, everywhere)
    if match is None:
        sentence = f"Nothing is free for {party.name} at the times they would take."
        return conflict("nothing_free", sentence, retry="later")
    return match
