"""What a guest may see, may do, and the words it is said in. Pure."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.base import Refused
from schemas.bookings import BookingRow
from schemas.tickets import GuestBooking, GuestPlace
from schemas.waitlist import OfferRow, PartyRow, WaitRow

SESSION = timedelta(minutes=30)  # a verified guest may change their bookings this long, then types a code again
CODES_MAX = 3  # codes to one number or address within …
CODES_WITHIN = timedelta(minutes=15)
FORGOTTEN = timedelta(days=1)  # verifications are kept this long, then their contact is nobody's business any more
LINK_LIVES = timedelta(days=30)  # after the meal a guest's link still tells of it, then of nothing
PLACE_LIVES = timedelta(days=1)  # after a wait is over
MOVABLE = frozenset({"confirmed", "reminded"})
GIVEN_UP = frozenset({"inquiry", "pending", "confirmed", "reminded"})

_LOCKED = "That code was typed wrong too often. Ask for a new one."


def fingerprint(secret: str) -> str:
    """How a ticket or verification is named in the journal, for ever: it opens nothing."""
    return hashlib.blake2b(secret.encode(), digest_size=8).hexdigest()


def hash_of(code: str, verification_id: str) -> bytes:
    """All that is kept of a one-time code. Salted with the verification; what protects six digits is that they are
    good for ten minutes and five tries."""
    salt = verification_id.encode()[:16]
    return hashlib.blake2b(code.encode(), digest_size=32, salt=salt, person=b"maitred-code").digest()


def digits(typed: str) -> str:
    return re.sub(r"\D", "", typed)


def right(typed: str, code_hash: bytes, verification_id: str) -> bool:
    """Whether this is the code, in the same time for every wrong one."""
    return hmac.compare_digest(hash_of(digits(typed), verification_id), code_hash)


def booking_of(row: BookingRow, now: datetime) -> GuestBooking:
    """What its guest sees of a booking."""
    ahead = row.starts_at > now
    return GuestBooking(
        code=row.code, name=row.name, covers=row.covers, starts_at=row.starts_at, ends_at=row.ends_at,
        status=row.status, occasion=row.occasion, requests=row.requests,
        reconfirmed=row.reconfirmed_at is not None, changeable=ahead and row.status in MOVABLE,
        cancellable=ahead and row.status in GIVEN_UP,
    )  # fmt: skip


def place_of(row: PartyRow, wait: WaitRow | None, offer: OfferRow | None) -> GuestPlace:
    """What its guest sees of a place in line."""
    waits = row.status in ("active", "notified")
    at_door = waits and row.kind == "walk_in"
    standing = offer if waits and offer and offer.status in ("sent", "accepted") else None
    return GuestPlace(
        name=row.name, covers=row.covers, kind=row.kind, status=row.status,
        position=wait.position if at_door and wait else None, ready_at=wait.ready_at if at_door and wait else None,
        wanted_at=row.wanted_at, reply=row.reply,
        offer=None if standing is None else "accepted" if standing.status == "accepted" else "sent",
        offer_starts_at=standing.starts_at if standing else None,
        offer_expires_at=standing.expires_at if standing else None,
        low_at=wait.low_at if at_door and wait else None, high_at=wait.high_at if at_door and wait else None,
    )  # fmt: skip


def about_minutes(ready_at: datetime, now: datetime, step_min: int) -> int:
    """A wait as it is told, rounded up (G-27); 0 = any moment now."""
    minutes = -int((now - ready_at).total_seconds() // 60)
    return -(-max(0, minutes) // step_min) * step_min


def about_interval(
    low_at: datetime | None, high_at: datetime | None, now: datetime, step_min: int
) -> tuple[int, int | None] | None:  # fmt: skip
    """Between how many minutes, widened to full steps; (from, None) = nobody can say until when. None where there is
    nothing to say, or it has shrunk to a moment."""
    if low_at is None:
        return None
    least = max(0, int((low_at - now).total_seconds() // 60)) // step_min * step_min
    most = None if high_at is None else about_minutes(high_at, now, step_min)
    return (least, most) if most is None or most > max(least, step_min) else None


def masked(contact: str) -> str:
    """A number or address its owner recognises and nobody else can use: "···958", "a···@example.test"."""
    if "@" in contact:
        name, _, host = contact.partition("@")
        return f"{name[:1]}···@{host}"
    return f"···{contact[-3:]}"


def starts_among(
    starts: Sequence[datetime], spans: Sequence[tuple[datetime, datetime]], now: datetime, turn_min: int
) -> list[datetime]:
    """The same of times the house has set itself."""
    turn = timedelta(minutes=turn_min)
    return [
        moment for moment in starts
        if moment > now and any(opens <= moment and moment + turn <= closes for opens, closes in spans)
    ]  # fmt: skip


def starts_of_day(
    spans: list[tuple[datetime, datetime]], *, now: datetime, step_min: int, turn_min: int, timezone: str
) -> list[datetime]:
    """The times a guest may choose on a day: on the step of the house's own clock, to come, and with time for a whole
    turn before it closes."""
    zone, step = ZoneInfo(timezone), timedelta(minutes=step_min)
    out = []
    for opens, closes in spans:
        local = opens.astimezone(zone)
        over = timedelta(minutes=local.minute % step_min, seconds=local.second, microseconds=local.microsecond)
        moment = opens - over + (step if over else timedelta())
        while moment + timedelta(minutes=turn_min) <= closes:
            if moment > now:
                out.append(moment.astimezone(UTC))
            moment += step
    return sorted(set(out))


WORDS = {
    "rate_limited": "That was a little fast. Wait a moment, then try again.",
    "codes_sent": "We have sent three codes to it already. Wait a quarter of an hour, then try again.",
    "no_way": "We have no way to send you a code. Please call us.",
    "no_code": "A code has six digits.",
    "no_contact": "Type a code, a phone number or an e-mail.",
    "code_over": "That code is over. Ask for a new one.",
    "locked": _LOCKED,
    "not_yours": "Please ask for a code again.",
    "offer_over": "This offer is over. You are still on our list, or call us.",
    "offer_expired": "This offer is over. You are still on our list, or call us.",
    "no_offer": "There is no offer to answer any more.",
    "no_place": "You are no longer on our waiting list.",
    "nothing_changed": "That is the time and size you have already.",
    "already_so": "That is done already.",
    "stale": "It has changed in the meantime. Here it is as it is now.",
    "busy": "The house is busy. Try again in a moment.",
}


def wrong_words(left: int) -> str:
    return f"That is not the code. You can try {'once more' if left == 1 else f'{left} more times'}."


def sentence(refused: Refused) -> str:
    """A refusal as a guest reads it. What reservations say to guests is said as it is; sentences that are meant for a
    host, and may name others, are not."""
    if refused.reason in WORDS:
        return WORDS[refused.reason]
    if refused.code == "rate_limited":
        return WORDS["rate_limited"]
    if refused.field in ("starts_at", "covers", "code", "contact") or refused.reason in ("full", "call_us", "closed"):
        return refused.message
    return "That did not work. Please call us."
