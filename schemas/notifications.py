"""Messages to guests: what was said to whom, over which channel, and whether it arrived."""

from datetime import date, datetime
from typing import ClassVar, Literal

from schemas.base import Command, Fact, Id, Row

MessageChannel = Literal["sms", "email"]
MessageStatus = Literal["queued", "sent", "delivered", "failed", "blocked", "suppressed"]
"""queued = written with what it tells of; sent = a carrier took it; delivered = it said so; failed = no carrier would;
blocked = a variable of its template was missing; suppressed = no consent, no address, or taken back in time."""


class MessageRow(Row, frozen=True, tag="message"):
    """One message of a service date, on `messages:{site}:{date}`. `about_kind` and `about_id` name the booking,
    party or offer it tells of; `link` is the guest's own page that stands in it."""

    service_date: date
    channel: MessageChannel
    recipient: str
    guest_name: str
    template: str
    subject: str | None
    body: str
    has_calendar: bool
    link: str | None
    about_kind: str
    about_id: str
    status: MessageStatus
    problem: str | None
    created_at: datetime
    sent_at: datetime | None
    version: int


class NoteDelivery(Command, frozen=True, kw_only=True, tag="note_delivery"):
    """System: what became of a message a carrier was given."""

    message_id: Id
    status: Literal["sent", "delivered", "failed"]
    problem: str | None = None
    retry_at: datetime | None = None


class ResendMessage(Command, frozen=True, kw_only=True, tag="resend_message"):
    """Says the same once more, as a new message."""

    permission: ClassVar[str] = "messages.write"
    message_id: Id


class CorrectMessages(Command, frozen=True, kw_only=True, tag="correct_messages"):
    """System: the command at `seq` was undone; what it said is held back if it still can be, else put right."""

    seq: int


class MessageQueued(Fact, frozen=True, kw_only=True, tag="message.queued"):
    message_id: str
    template: str


class MessageNoted(Fact, frozen=True, kw_only=True, tag="message.noted"):
    message_id: str
    status: str


class MessageBlocked(Fact, frozen=True, kw_only=True, tag="message.blocked"):
    """Not sent: a variable of its template had no value."""

    message_id: str
    template: str
    missing: list[str]
