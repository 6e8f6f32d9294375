"""The only place the line changes, with `offers`: who joins it, what is known about them, how they leave it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, structs

from hub.core import sql
from hub.core.clock import service_date, service_day
from hub.core.commands import handles
from hub.core.ids import new_ticket
from hub.core.work import Policies, Work
from hub.floor import views as floor
from hub.guests import actions as guests
from hub.guests import rules as guest_rules
from hub.guests import views as guest_views
from hub.holds import views as holds
from hub.holds.fits import furniture, weights_of
from hub.reservations import rules as booking_rules
from hub.reservations import times
from hub.reservations.checks import Wished, problems, refusal
from hub.venues import views as venues
from hub.waitlist import asking, forecasts, offers, rules, views
from hub.waitlist.forecasts import Forecast, Promise
from hub.waitlist.offers import answer_offer, note_reply
from schemas.base import Refused, conflict, invalid
from schemas.floor import AreaRow
from schemas.guests import Contact, GuestRow
from schemas.waitlist import (
    AddParty,
    DismissReply,
    EditParty,
    ExpireParty,
    JoinWaitlist,
    PartyAdded,
    PartyConverted,
    PartyEdited,
    PartyRemoved,
    PartyRow,
    PartyStatus,
    QuoteRow,
    RefreshWaitingGuest,
    RemoveParty,
    WaitingRefreshed,
    WaitRow,
    Window,
)  # fmt: skip

__all__ = ["add", "answer_offer", "convert", "edit", "join", "note_reply", "refresh", "remove"]
q = sql.load(__file__)

EDITABLE = (
    "name", "covers", "phone", "quoted_min", "priority", "area_id", "accessible", "flags", "notes", "guest_id", "email",
    "contact", "wanted_at", "flexible",
)  # fmt: skip
WHO = frozenset({"phone", "email", "guest_id"})
"""What says who a party is: when it changes the house looks anew whom it knows."""


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
    """A party at the door: who it is, what it is told, and a link to its own place in line."""
    if refused := await _no_such_area(work, wish.area_id):
        return refused
    guest = await _guest(work, wish)
    if isinstance(guest, Refused):
        return guest
    party = PartyRow(
        id=work.new_id(), name=wish.name, covers=wish.covers, status="active", **_reach(wish, guest),
        priority=priority_of(work.policies, wish.priority, guest), joined_at=work.now, quoted_min=wish.quoted_min,
        quoted_at=work.now, area_id=wish.area_id, flags=wish.flags, notes=wish.notes,
        accessible=step_free(wish.flags, guest, asked=wish.accessible), expires_at=await closing(work), version=1,
        contact=wish.contact, **_known(guest),
    )  # fmt: skip
    party = structs.replace(party, contact=_contact(party))
    told = Promise(party.quoted_min, source="host") if party.quoted_min is not None else await _quote(work, party)
    party = structs.replace(
        party, quoted_min=told.quoted_min, quoted_low_min=told.low_min, quoted_high_min=told.high_min,
        quote_confidence=told.confidence, quote_source=told.source,
    )  # fmt: skip
    await _join(work, party, median_min=told.median_min)
    said = {} if party.quoted_min is None else {"quoted_min": party.quoted_min}
    ahead = rules.door([*await views.parties(work.db, work.site_id)])
    position = next(at for at, row in enumerate(ahead, start=1) if row.id == party.id)
    await asking.tell(work, party, "waiting_joined", {**said, "position": position}, about=("party", party.id))
    return {"party_id": party.id, "quoted_min": party.quoted_min}


async def _quote(work: Work, party: PartyRow) -> Promise:
    """What a party is told: played forward before the command began, if it was the same line; else by the rule."""
    ahead = await views.parties(work.db, work.site_id)
    offers_now = await views.offers(work.db, work.site_id)
    outlook = rules.look(await scene(work), [*ahead, party], [], offers=offers_now)
    forecast: Forecast | None = work.prepared
    before = rules.ahead_of(party, ahead, offers_now)
    expected = forecast.newcomer if forecast is not None and forecast.ahead == before else None
    step = work.policies.get("waitlist.quote_round_min")
    return forecasts.promise(outlook.minutes[party.id], expected, step_min=step)


@handles(JoinWaitlist)
async def join(work: Work, wish: JoinWaitlist) -> dict[str, Any] | Refused:
    """F-WTL-01: a party that waits for a time that is full."""
    guest = await _guest(work, wish)
    if isinstance(guest, Refused):
        return guest
    refused = await _cannot_wait(work, wish, guest) or await _no_such_area(work, wish.area_id)
    if refused:
        return refused
    if guest and guest.blacklisted:  # it could never take what it would be offered
        return conflict("blacklisted", f"{guest.name} is not to be booked for here.", retry="never", field="guest_id")
    wanted_at, flexible = _whole(wish.wanted_at), [_utc(window) for window in wish.flexible]
    last = rules.last_start(wanted_at, flexible)
    party = PartyRow(
        id=work.new_id(), name=wish.name, covers=wish.covers, status="active", **_reach(wish, guest),
        priority=priority_of(work.policies, wish.priority, guest), joined_at=work.now, quoted_min=None, quoted_at=None,
        area_id=wish.area_id, flags=wish.flags, notes=wish.notes,
        accessible=step_free(wish.flags, guest, asked=wish.accessible),
        expires_at=min(last, wish.expires_at or last), version=1, contact=wish.contact,
        kind="slot", wanted_at=wanted_at, flexible=flexible, duration_min=wish.duration_min, occasion=wish.occasion,
        **_known(guest),
    )  # fmt: skip
    party = structs.replace(party, contact=_contact(party))
    if twin := _twin(party, await views.parties(work.db, work.site_id)):
        sentence = f"{twin.name} waits for that time already."
        return conflict("duplicate", sentence, about=twin, retry="never")
    await _join(work, party)
    await asking.tell(work, party, "waiting_joined", {}, about=("party", party.id))
    return {"party_id": party.id, "expires_at": party.expires_at}


async def _cannot_wait(work: Work, wish: JoinWaitlist, guest: GuestRow | None) -> Refused | None:
    refused = rules.refuse_wish(wish.wanted_at, wish.flexible, work.now)
    if refused:
        return refused
    if wish.expires_at is not None and (wish.expires_at.tzinfo is None or wish.expires_at <= work.now):
        return invalid("expires_at", "That time is over, or needs a time zone.")
    site = await venues.site(work.db, work.site_id)
    assert site is not None, "a command works at a site that is open"
    # what a guest's own answer to an offer would be held to: nobody waits for what they could not take
    booking = Wished(
        covers=wish.covers, starts_at=wish.wanted_at, source="web", by_guest=True, **_reach(wish, guest),
    )  # fmt: skip
    there = await times.at(work.db, site, work.policies, wish.wanted_at, now=work.now)
    if refused := refusal(problems(booking, site, work.policies, work.now, there, counted=False)):
        return structs.replace(refused, field="wanted_at" if refused.field == "starts_at" else refused.field)
    days = work.policies.get("booking.max_days_ahead", "dining")
    for window in wish.flexible:
        if refused := booking_rules.refuse_time(window.latest, work.now, timezone=work.timezone, max_days=days):
            return structs.replace(refused, field="flexible")
    tables, joins = await furniture(work.db, work.site_id)
    most = max([row.max_covers for row in tables.values()] + [row.combined_max for row in joins], default=0)
    if wish.covers > most:
        return invalid("covers", f"No table here seats {wish.covers}; the largest seats {most}.", reason="too_many")
    return None


def _whole(moment: datetime) -> datetime:
    return booking_rules.whole_minute(moment.astimezone(UTC))


def _utc(window: Window) -> Window:
    return Window(earliest=window.earliest.astimezone(UTC), latest=window.latest.astimezone(UTC))


def _twin(party: PartyRow, waiting: list[PartyRow]) -> PartyRow | None:
    """The same guest waiting for the same time."""
    return next(
        (
            row for row in waiting
            if row.kind == "slot" and row.wanted_at == party.wanted_at and row.guest_id is not None
            and row.guest_id == party.guest_id
        ),
        None,
    )  # fmt: skip


async def _guest(work: Work, wish: AddParty | JoinWaitlist) -> GuestRow | Refused | None:
    return await guests.recognise(
        work, name=wish.name, phone=wish.phone, email=wish.email, guest_id=wish.guest_id, source="waitlist"
    )


def _known(guest: GuestRow | None) -> dict[str, Any]:
    return {} if guest is None else {"guest_id": guest.id, "guest_flags": guest.flags}


def priority_of(policies: Policies, said: int | None, guest: GuestRow | None) -> int:
    """R-WTL-02: by tier and visits, unless the host says otherwise."""
    if said is not None or guest is None:
        return said or 0
    return guest_rules.points(guest.tier, guest.visits, policies.get("waitlist.priority"))


def step_free(flags: Iterable[str], guest: GuestRow | None, *, asked: bool) -> bool:
    """Whoever is known to need it is not offered stairs."""
    return asked or booking_rules.STEP_FREE in {*flags, *(guest.flags if guest else ())}


def _reach(wish: AddParty | JoinWaitlist, guest: GuestRow | None) -> dict[str, Any]:
    """Where the party can be reached: as it says, else as its card does."""
    known = (guest.phone, guest.email) if guest else (None, None)
    return {"phone": wish.phone or known[0], "email": wish.email or known[1]}


def _contact(party: PartyRow) -> Contact:
    """The chosen contact; the other one where only that has an address."""
    if party.contact == "sms" and not party.phone and party.email:
        return "email"
    if party.contact == "email" and not party.email and party.phone:
        return "sms"
    return party.contact


async def _join(work: Work, party: PartyRow, *, median_min: int | None = None) -> None:
    work.make("party", party.id)
    await q.insert_party(
        work.db, site_id=work.site_id, id=party.id, joined_at=work.now, expires_at=party.expires_at, kind=party.kind,
        quoted_at=None if party.quoted_min is None else work.now, guest_flags=party.guest_flags,
        duration_min=party.duration_min, occasion=party.occasion, ticket=new_ticket(),
        quoted_low_min=party.quoted_low_min, quoted_median_min=median_min, quoted_high_min=party.quoted_high_min,
        quote_confidence=party.quote_confidence, quote_source=party.quote_source,
        **{name: getattr(party, name) for name in EDITABLE},
    )  # fmt: skip
    _watch(work, party.id, party.expires_at)
    work.tell(PartyAdded(party_id=party.id, covers=party.covers, quoted_min=party.quoted_min))


def _watch(work: Work, party_id: str, at: datetime) -> None:
    work.arm(f"party:{party_id}", at, ExpireParty(site_id=work.site_id, key=f"expire-{party_id}", party_id=party_id))


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
    """What the host now knows better. An offer that no longer suits the party is taken back."""
    party = await _party(work, wish.party_id, wish.expect_version)
    if isinstance(party, Refused):
        return party
    said = {name: value for name in EDITABLE if (value := getattr(wish, name)) is not UNSET}
    if refused := _refuse_times(work, party, said) or await _no_such_area(work, said.get("area_id")):
        return refused
    now = structs.replace(party, **said)
    if said.keys() & {"wanted_at", "flexible"}:
        assert now.wanted_at is not None, "a slot entry wants a time"
        flexible = [_utc(window) for window in rules.windows(now)]
        wanted_at = _whole(now.wanted_at)
        now = structs.replace(
            now, wanted_at=wanted_at, flexible=msgspec.to_builtins(flexible),
            expires_at=rules.last_start(wanted_at, flexible),
        )  # fmt: skip
    if any(getattr(party, name) != value for name, value in said.items() if name in WHO):
        guest = await _same_guest(work, now, said)
        if isinstance(guest, Refused):
            return guest
        now = structs.replace(now, **{"guest_id": None, "guest_flags": [], **_known(guest)})
    now = structs.replace(now, contact=_contact(now))
    changed = sorted(name for name in EDITABLE if getattr(party, name) != getattr(now, name))
    if changed or "quoted_min" in said:
        if now.expires_at != party.expires_at:
            _watch(work, party.id, now.expires_at)
        quoted_at = work.now if "quoted_min" in said else party.quoted_at
        await q.update_party(
            work.db, site_id=work.site_id, id=party.id, quoted_at=quoted_at, guest_flags=now.guest_flags,
            expires_at=now.expires_at, **{name: getattr(now, name) for name in EDITABLE},
        )  # fmt: skip
        if "quoted_min" in said:
            await q.quoted_by_host(work.db, site_id=work.site_id, id=party.id)
        work.tell(PartyEdited(party_id=party.id, fields=changed or ["quoted_at"]))
        if party.status == "notified":
            await _still_suits(work, now)
    return {"party_id": party.id}


def _refuse_times(work: Work, party: PartyRow, said: Mapping[str, Any]) -> Refused | None:
    times = said.keys() & {"wanted_at", "flexible"}
    if not times:
        return None
    if party.kind != "slot":
        return invalid(min(times), f"{party.name} waits for a table tonight, not for a time.")
    flexible = said["flexible"] if "flexible" in said else rules.windows(party)
    wanted_at = said.get("wanted_at") or party.wanted_at
    assert wanted_at is not None, "a slot entry wants a time"
    refused = rules.refuse_wish(wanted_at, flexible, work.now)
    if refused:
        return refused
    days = work.policies.get("booking.max_days_ahead", "dining")
    refused = booking_rules.refuse_time(
        rules.last_start(wanted_at, flexible), work.now, timezone=work.timezone, max_days=days
    )
    return structs.replace(refused, field=min(times)) if refused else None


async def _same_guest(work: Work, party: PartyRow, said: Mapping[str, Any]) -> GuestRow | Refused | None:
    """Whom the house knows by what it is told now; nobody if the host says so."""
    if "guest_id" in said and said["guest_id"] is None:
        return None
    return await guests.recognise(
        work, name=party.name, phone=party.phone, email=party.email, guest_id=said.get("guest_id"), source="waitlist"
    )


async def _still_suits(work: Work, party: PartyRow) -> None:
    offer = await views.offer_of(work.db, work.site_id, party.id)
    if offer is None:
        return
    refused = booking_rules.refuse_tables(
        offer.table_ids, await floor.tables(work.db, work.site_id), await floor.joins(work.db, work.site_id),
        covers=party.covers, accessible=party.accessible, today=False,
    )  # fmt: skip
    if refused or (party.kind == "slot" and not rules.would_take(party, offer.starts_at)):
        await offers.revoke_for(work, [offer.id])


@handles(DismissReply)
async def dismiss_reply(work: Work, wish: DismissReply) -> Refused | None:
    party = await _party(work, wish.party_id, wish.expect_version)
    if isinstance(party, Refused):
        return party
    if party.reply is not None:
        await q.replied(work.db, site_id=work.site_id, id=party.id, reply=None, replied_at=None)
        work.tell(PartyEdited(party_id=party.id, fields=["reply"]))
    return None


@handles(RemoveParty)
async def remove(work: Work, wish: RemoveParty) -> Refused | None:
    party = await _party(work, wish.party_id, wish.expect_version)
    if isinstance(party, Refused):
        return party
    await offers.give_up(work, party)
    if refused := await _end(work, party, "cancelled"):
        return refused
    work.tell(PartyRemoved(party_id=party.id, why="left"))
    return None


@handles(ExpireParty)
async def expire(work: Work, wish: ExpireParty) -> Refused | None:
    """G-15. A party with an offer in hand is waited for; when that is over, so is its wait."""
    party = await _party(work, wish.party_id)
    if isinstance(party, Refused):
        return party
    if work.now < party.expires_at:
        return conflict("not_yet", f"{party.name} may wait until {party.expires_at:%H:%M} UTC.", retry="never")
    if party.status == "notified":
        return conflict("offer_open", f"{party.name} has an offer to answer.", retry="never")
    if refused := await _end(work, party, "expired"):
        return refused
    work.tell(PartyRemoved(party_id=party.id, why="closed"))
    return None


async def convert(work: Work, party_id: str, seating_id: str) -> PartyRow | Refused:
    """The party sits down. Returns it as it was in line."""
    party = await _party(work, party_id)
    if isinstance(party, Refused):
        return party
    if refused := await _end(work, party, "converted", seating_id=seating_id):
        return refused
    work.tell(PartyConverted(party_id=party_id, seating_id=seating_id))
    return party


async def _end(work: Work, party: PartyRow, to: PartyStatus, *, seating_id: str | None = None) -> Refused | None:
    if refused := rules.refuse_move(party, to):
        return refused
    await q.end_wait(
        work.db, site_id=work.site_id, id=party.id, status=to, booking_id=None, seating_id=seating_id, now=work.now
    )
    return None


@handles(RefreshWaitingGuest)
async def refresh_guest(work: Work, wish: RefreshWaitingGuest) -> Refused | None:
    guest = await guest_views.guest(work.db, work.site_id, wish.guest_id)
    known_as = [wish.guest_id, *([wish.gone_id] if wish.gone_id else [])]
    found = await q.waiting_of(work.db, site_id=work.site_id, guest_ids=known_as)
    rows = await work.touch("party", *(record["id"] for record in found))
    stale = [
        row.id for row in rows.values()
        if guest is not None and (row.guest_id != guest.id or row.guest_flags != guest.flags)
    ]  # fmt: skip
    if guest is None or not stale:
        return conflict("unchanged", "Nobody who waits is concerned.", retry="never")
    await q.refresh_guest(work.db, site_id=work.site_id, ids=stale, guest_id=guest.id, guest_flags=guest.flags)
    work.tell(*(PartyEdited(party_id=party_id, fields=["guest_flags"]) for party_id in stale))
    return None


async def refresh(work: Work, leaving: Mapping[str, str]) -> bool:
    """Works places, suggestions and quotes out anew and writes those that differ. True if any did. What was played
    forward before the command began comes into them."""
    known, quoted = await views.waits(work.db, work.site_id), await views.quotes(work.db, work.site_id)
    outlook = rules.look(
        await scene(work), await views.parties(work.db, work.site_id), work.policies.get("waitlist.quote_bands"),
        leaving=leaving, known=known, quoted=quoted,
        offers=await views.offers(work.db, work.site_id), forecast=work.prepared,
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
