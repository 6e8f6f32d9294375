"""Tickets: what guests do from their own phone, through the link they were sent.

Whoever has the link may read, say "on my way", and answer an offer; changing or cancelling a booking takes a one-time
code sent to the booking's own phone or e-mail first (R-RES-05).
"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from schemas.base import Command, Covers, Fact, Id, Note
from schemas.reservations import Ticket

SixDigits = Annotated[str, Meta(pattern=r"^ *[0-9]{3} ?[0-9]{3} *$")]


class AnswerTicket(Command, frozen=True, kw_only=True, tag="answer_ticket"):
    """A guest's word: `on_my_way` and `leave` about their place in line, `accept` and `decline` an offer, `coming` =
    they reconfirm their booking."""

    permission: ClassVar[str] = "guest.ticket"
    ticket: Ticket
    answer: Literal["on_my_way", "leave", "accept", "decline", "coming"]


class SendCode(Command, frozen=True, kw_only=True, tag="send_code"):
    """Sends a one-time code (6 digits, 10 minutes, 5 tries: G-21) to the contact of the ticket's booking, or to that
    of the bookings made with `contact` (a phone number or e-mail, or a booking's code). The answer is the same whether
    or not there are any."""

    permission: ClassVar[str] = "guest.ticket"
    ticket: Ticket | None = None
    contact: Annotated[str, Meta(min_length=3, max_length=254)] | None = None


class TryCode(Command, frozen=True, kw_only=True, tag="try_code"):
    """A code as the guest typed it. A wrong one is counted, so it is an answer, not a refusal; the sixth locks."""

    permission: ClassVar[str] = "guest.ticket"
    verification_id: Id
    code: SixDigits


class MoveOwn(Command, frozen=True, kw_only=True, tag="move_own"):
    """A verified guest moves their booking to another time or size, under the same checks as a host."""

    permission: ClassVar[str] = "guest.ticket"
    verification_id: Id
    booking_id: Id
    starts_at: datetime
    covers: Covers


class CancelOwn(Command, frozen=True, kw_only=True, tag="cancel_own"):
    permission: ClassVar[str] = "guest.ticket"
    verification_id: Id
    booking_id: Id
    reason: Note | None = None


class CodeSent(Fact, frozen=True, kw_only=True, tag="guest.code_sent"):
    verification_id: str


class CodeTried(Fact, frozen=True, kw_only=True, tag="guest.code_tried"):
    verification_id: str
    right: bool
    locked: bool


class Tried(Struct, frozen=True):
    """The result of `try_code`."""

    right: bool
    locked: bool
    tries_left: int


class GuestBooking(Struct, frozen=True):
    """A booking as its guest sees it: never staff's notes, tags, flags, tables of others, or scores."""

    code: str
    name: str
    covers: int
    starts_at: datetime
    ends_at: datetime
    status: str
    occasion: str | None
    requests: str | None
    reconfirmed: bool
    changeable: bool
    cancellable: bool


class GuestPlace(Struct, frozen=True):
    """A place in line as its guest sees it. `position` and the times of a table at the door only: when one should be
    ready, and between when and when it nearly always is (`high_at` None beside a `low_at` = nobody can say)."""

    name: str
    covers: int
    kind: Literal["walk_in", "slot"]
    status: str
    position: int | None
    ready_at: datetime | None
    wanted_at: datetime | None
    reply: str | None
    offer: Literal["sent", "accepted"] | None
    offer_starts_at: datetime | None
    offer_expires_at: datetime | None
    low_at: datetime | None = None
    high_at: datetime | None = None


class TicketView(Struct, frozen=True):
    """GET /g/{ticket}/now: all a guest's page shows, in the site's own time zone."""

    house: str
    timezone: str
    address: str | None
    phone: str | None
    at: datetime
    booking: GuestBooking | None
    place: GuestPlace | None
