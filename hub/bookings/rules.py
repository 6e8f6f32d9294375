"""The life of a booking as a table, and the words for a move that is not in it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from hub.core.ids import short_code
from schemas.base import Refused, conflict
from schemas.bookings import BookingRow, BookingStatus

MOVES: Mapping[BookingStatus, frozenset[BookingStatus]] = {
    "inquiry": frozenset({"pending", "cancelled"}),
    "pending": frozenset({"confirmed", "cancelled"}),
    "confirmed": frozenset({"reminded", "arrived", "seated", "cancelled", "no_show", "rescheduled"}),
    "reminded": frozenset({"arrived", "seated", "cancelled", "no_show", "rescheduled"}),
    "arrived": frozenset({"seated", "cancelled"}),
    "seated": frozenset({"dining", "completed"}),
    "dining": frozenset({"completed"}),
    "no_show": frozenset({"arrived"}),  # for policy `booking.reopen_no_show_min` only
    "completed": frozenset(),
    "cancelled": frozenset(),
    "rescheduled": frozenset(),
}
"""model.md 4.2. What is not here is refused; undo puts rows back without asking it."""

EXPECTED = frozenset[BookingStatus]({"confirmed", "reminded"})
"""The party has a booking and has not come: it can be late, and become a no-show."""
LIVE = frozenset[BookingStatus]({"inquiry", "pending", "confirmed", "reminded", "arrived", "seated", "dining"})
"""The booking still is, or will be, somebody's evening."""
PLACEABLE = frozenset[BookingStatus]({"inquiry", "pending", "confirmed", "reminded", "arrived"})
"""Its table is still a plan."""

SAID: Mapping[BookingStatus, str] = {
    "inquiry": "an inquiry", "pending": "not confirmed yet", "confirmed": "confirmed", "reminded": "reminded",
    "arrived": "here already", "seated": "seated", "dining": "at its meal", "completed": "over",
    "cancelled": "cancelled", "no_show": "marked as a no-show", "rescheduled": "moved to another time",
}  # fmt: skip


def refuse_move(booking: BookingRow, to: BookingStatus) -> Refused | None:
    """Why this booking may not become that; None when it may."""
    if to in MOVES[booking.status]:
        return None
    who = f"{booking.name} ({booking.code})"
    if booking.status == to:
        return conflict("already_so", f"The booking of {who} is {SAID[to]} already.", about=booking)
    sentence = f"The booking of {who} is {SAID[booking.status]}, so it cannot become {SAID[to]}."
    return conflict("illegal_move", sentence, about=booking)


def refuse_reopening(booking: BookingRow, since: datetime, now: datetime, reopen_min: int) -> Refused | None:
    """A no-show that turns up may be let in for a while after it was written off at `since`."""
    if now - since <= timedelta(minutes=reopen_min):
        return None
    sentence = f"{booking.name} was written off more than {reopen_min} minutes ago. Take a new party instead."
    return conflict("too_late", sentence, about=booking, retry="never")


def code_from(seed: str) -> str:
    """A code to read out on the phone, from any fresh id: 30 of its hash's bits."""
    return short_code(int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=4).digest(), "big") >> 2)
