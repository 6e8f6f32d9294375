"""What guests may do with their own link."""

import secrets
from datetime import timedelta
from typing import Any, Literal

from hub.bookings import views as book
from hub.core import sql
from hub.core.clock import service_date, wall_now
from hub.core.commands import handles
from hub.core.work import Work
from hub.notifications.actions import To, say
from hub.reservations import actions as reservations
from hub.reservations import changes
from hub.slots import views as slots
from hub.tickets import rules, views
from hub.venues import views as venues
from hub.venues.views import Site
from hub.waitlist import actions as waitlist
from hub.waitlist import offers
from hub.waitlist import views as line
from schemas.base import Refused, conflict, invalid, not_found
from schemas.bookings import BookingRow
from schemas.reservations import Booked, CancelBooking, EditBooking, ReconfirmBooking, RescheduleBooking
from schemas.tickets import AnswerTicket, CancelOwn, CodeSent, CodeTried, MoveOwn, SendCode, Tried, TryCode
from schemas.waitlist import AnswerOffer, PartyRow, RemoveParty

q = sql.load(__file__)

NO_LINK = "This link leads nowhere any more."


@handles(SendCode)
async def send_code(work: Work, wish: SendCode) -> dict[str, str] | Refused:
    """A code on its way, or nothing that looks exactly the same: whoever types a stranger's number learns nothing. At
    most three codes go to one number or address in a quarter of an hour, known or not."""
    if (wish.ticket is None) == (wish.contact is None):
        return invalid("contact", "Give the link of a booking, or the number or address it was made with.")
    site = await _site(work)
    to: To | None
    if wish.ticket is not None:
        found = await book.by_ticket(work.db, wish.ticket)
        if found is None or found[0] != work.site_id:
            return not_found("ticket", NO_LINK)
        way = await views.reach(work.db, site, found[1])
        if way is None:
            return conflict("no_way", "There is no way to send this guest a code.", retry="never")
        contact, to = way
    else:
        contact, to = await views.named(work.db, site, wish.contact or "", work.now)
    now = wall_now()  # codes are good for so long on the guest's own clock
    sent = await q.codes_lately(work.db, site_id=work.site_id, contact=contact, since=now - rules.CODES_WITHIN)
    if sent >= rules.CODES_MAX:
        return Refused(
            code="rate_limited", reason="codes_sent", message="Three codes were sent there already.", retry="later",
            retry_s=rules.CODES_WITHIN.total_seconds(),
        )  # fmt: skip
    await q.forget(work.db, site_id=work.site_id, before=now - rules.FORGOTTEN)
    verification_id, code = secrets.token_urlsafe(16), f"{secrets.randbelow(10**6):06d}"
    minutes = work.policies.get("booking.code_ttl_min")
    await q.add_verification(
        work.db, id=verification_id, site_id=work.site_id, contact=contact,
        code_hash=rules.hash_of(code, verification_id), now=now, expires_at=now + timedelta(minutes=minutes),
    )  # fmt: skip
    if to is not None:
        await say(
            work, "one_time_code", about=("verification", rules.fingerprint(verification_id)), to=to,
            variables={"one_time_code": code, "minutes": minutes}, contact=views.channel_of(contact),
        )  # fmt: skip
    work.tell(CodeSent(verification_id=rules.fingerprint(verification_id)))
    return {"verification_id": verification_id}


@handles(TryCode)
async def try_code(work: Work, wish: TryCode) -> Tried | Refused:
    """A wrong code is an answer, so that it is counted; after the last try even the right one is too late (G-21)."""
    kept = await q.verification(work.db, id=wish.verification_id, site_id=work.site_id)
    now = wall_now()
    if kept is None or now >= kept["expires_at"]:
        return conflict("code_over", "This code is over.", retry="never", field="code")
    most = work.policies.get("booking.code_tries")
    if kept["locked_at"] is not None:
        return _tried(work, wish, right=False, locked=True, left=0)
    if rules.right(wish.code, kept["code_hash"], wish.verification_id):
        await q.note_right(work.db, id=wish.verification_id, now=now)
        return _tried(work, wish, right=True, locked=False, left=most - kept["tries"])
    tries = kept["tries"] + 1
    await q.note_wrong(work.db, id=wish.verification_id, lock=tries >= most, now=now)
    return _tried(work, wish, right=False, locked=tries >= most, left=max(0, most - tries))


def _tried(work: Work, wish: TryCode, *, right: bool, locked: bool, left: int) -> Tried:
    told = rules.fingerprint(wish.verification_id)
    work.tell(CodeTried(verification_id=told, right=right, locked=locked))
    return Tried(right=right, locked=locked, tries_left=left)


# ---- what the link alone allows


@handles(AnswerTicket)
async def answer(work: Work, wish: AnswerTicket) -> dict[str, Any] | Refused:
    if wish.answer == "coming":
        return await _coming(work, wish)
    found = await line.by_ticket(work.db, wish.ticket)
    if found is None or found[0] != work.site_id:
        return not_found("ticket", NO_LINK)
    party = found[1]
    if party.status not in ("active", "notified"):
        return conflict("no_place", "This party waits no more.", retry="never")
    if wish.answer == "leave":
        gone = await waitlist.remove(
            work, RemoveParty(site_id=work.site_id, key=wish.key, party_id=party.id, reason="The guest left the line.")
        )
        return gone if isinstance(gone, Refused) else {}
    return await _answer_offer(work, wish, party)


async def _answer_offer(work: Work, wish: AnswerTicket, party: PartyRow) -> dict[str, Any] | Refused:
    offer = await line.offer_of(work.db, work.site_id, party.id)
    if wish.answer == "on_my_way" and (offer is None or offer.status != "sent" or party.kind == "slot"):
        await waitlist.note_reply(work, party.id, "on_my_way")
        return {}
    if offer is None:
        return conflict("no_offer", "There is no offer to answer.", retry="never")
    # on their way to a table that is kept for them: they take it
    said: Literal["accept", "decline"] = "decline" if wish.answer == "decline" else "accept"
    done = await offers.answer_offer(
        work, AnswerOffer(site_id=work.site_id, key=wish.key, offer_id=offer.id, answer=said)
    )
    return done if isinstance(done, Refused) else {}


async def _coming(work: Work, wish: AnswerTicket) -> dict[str, Any] | Refused:
    found = await book.by_ticket(work.db, wish.ticket)
    if found is None or found[0] != work.site_id:
        return not_found("ticket", NO_LINK)
    if found[1].reconfirmed_at is not None:
        return {}
    told = await reservations.reconfirm(
        work, ReconfirmBooking(site_id=work.site_id, key=wish.key, booking_id=found[1].id)
    )
    return told if isinstance(told, Refused) else {}


# ---- what a one-time code allows


@handles(MoveOwn)
async def move_own(work: Work, wish: MoveOwn) -> dict[str, Any] | Refused:
    """Another time, another size, or both, checked as it is for a host; and where no host weighs it, only for a whole
    turn while the house is open. Refused, the booking stays as it is (F-RES-05)."""
    booking = await _own(work, wish.verification_id, wish.booking_id)
    if isinstance(booking, Refused):
        return booking
    site = await _site(work)
    if wish.starts_at.tzinfo is None:
        return invalid("starts_at", "The time needs a time zone.")
    if wish.starts_at == booking.starts_at and wish.covers == booking.covers:
        return conflict("nothing_changed", "That is its time and size already.", retry="never")
    if not rules.booking_of(booking, work.now).changeable:
        return conflict("call_us", "This booking can no longer be changed here. Please call us.", retry="never")
    if wish.covers > work.policies.get("booking.events_team_above", "dining"):
        return invalid("covers", f"For a party of {wish.covers}, please call us.", reason="events_team")
    if wish.starts_at == booking.starts_at:
        moved = await changes.edit(
            work, EditBooking(site_id=work.site_id, key=wish.key, booking_id=booking.id, covers=wish.covers)
        )
    else:
        day = service_date(wish.starts_at, site.timezone, site.day_ends)
        spans = (await slots.calendar(work.db, site, work.policies, day, day)).spans(day) or []
        turn = timedelta(minutes=booking.duration_min)
        if not any(opens <= wish.starts_at and wish.starts_at + turn <= closes for opens, closes in spans):
            return invalid("starts_at", "The house is not open for that long then.", reason="closed")
        moved = await changes.reschedule(
            work,
            RescheduleBooking(
                site_id=work.site_id, key=wish.key, booking_id=booking.id, starts_at=wish.starts_at,
                covers=wish.covers,
            ),
        )  # fmt: skip
    if isinstance(moved, Refused):
        return moved
    now_id = moved.booking_id if isinstance(moved, Booked) else booking.id
    return {"booking_id": now_id}


@handles(CancelOwn)
async def cancel_own(work: Work, wish: CancelOwn) -> dict[str, Any] | Refused:
    booking = await _own(work, wish.verification_id, wish.booking_id)
    if isinstance(booking, Refused):
        return booking
    if not rules.booking_of(booking, work.now).cancellable:
        return conflict("call_us", "This booking can no longer be cancelled here. Please call us.", retry="never")
    gone = await reservations.cancel(
        work, CancelBooking(site_id=work.site_id, key=wish.key, booking_id=booking.id, reason=wish.reason)
    )
    return gone if isinstance(gone, Refused) else {"booking_id": booking.id}


async def _own(work: Work, verification_id: str, booking_id: str) -> BookingRow | Refused:
    """A booking of the number or address that was verified lately; anybody else's looks like none."""
    known = await views.session(work.db, verification_id)
    if known is None or known.site_id != work.site_id:
        return Refused(code="forbidden", reason="not_yours", message="Please ask for a code first.")
    booking = await book.booking(work.db, work.site_id, booking_id)
    if booking is None or known.contact not in views.contacts_of(booking, (await _site(work)).country):
        return not_found("booking_id", "There is no such booking.")
    return booking


async def _site(work: Work) -> Site:
    site = await venues.site(work.db, work.site_id)
    assert site is not None, "a command works at a site that is open"
    return site
