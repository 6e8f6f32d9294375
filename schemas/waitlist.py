"""Waitlist: walk-in parties in line, their quotes and the tables suggested to them."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.base import Command, Covers, Email, Fact, Flags, Id, Name, Note, Phone, Row, TableIds
from schemas.bookings import Occasion
from schemas.guests import Contact

PartyStatus = Literal["active", "notified", "converted", "expired", "cancelled"]
PartyKind = Literal["walk_in", "slot"]
"""walk_in = at the door tonight; slot = wants a booking at a time that is full."""
OfferStatus = Literal["sent", "accepted", "declined", "expired", "revoked"]
Reply = Literal["on_my_way", "cancelled", "declined"]
QuoteSource = Literal["rule", "default", "house", "cell", "host"]
"""What a quote rests on: `rule` = everybody stays as long as planned; else the evening played forward, with turns as
they are usual (`default`), as they are in this house (`house`), or of such parties at such an hour here (`cell`);
`host` = a person said it."""


class Window(Struct, frozen=True, forbid_unknown_fields=True):
    """A span of start times a waiting guest would also take: [`earliest`, `latest`], both possible (R-WTL-04). It
    may be on another date than the wanted time."""

    earliest: datetime
    latest: datetime


Flexible = Annotated[list[Window], Meta(max_length=8)]


class PartyRow(Row, frozen=True, tag="party"):
    """A party waiting at the door (`walk_in`) or for a full time (`slot`). Shown while active or notified."""

    name: str
    covers: int
    phone: str | None
    status: PartyStatus
    priority: int
    """Higher is earlier, then first come (R-WTL-02, C-63)."""
    joined_at: datetime
    quoted_min: int | None
    quoted_at: datetime | None
    area_id: str | None
    accessible: bool
    flags: list[str]
    notes: str | None
    expires_at: datetime
    version: int
    kind: PartyKind = "walk_in"
    guest_id: str | None = None
    guest_flags: list[str] = []
    email: str | None = None
    contact: Contact = "sms"
    wanted_at: datetime | None = None
    """A slot entry's own wish; None at the door."""
    flexible: list[Window] = []
    duration_min: int | None = None
    occasion: str | None = None
    skips: int = 0
    """Offers it let pass; the second one ends its wait (C-42)."""
    notified_at: datetime | None = None
    reply: Reply | None = None
    """What the guest answered; drawn until the host has dealt with it."""
    replied_at: datetime | None = None
    quoted_low_min: int | None = None
    """What it was told as an interval, in minutes from `quoted_at`; then `quoted_high_min` None = no end in sight."""
    quoted_high_min: int | None = None
    quote_confidence: float | None = None
    """Of the evenings played forward, the share in which it sat within that interval."""
    quote_source: QuoteSource | None = None


class OfferRow(Row, frozen=True, tag="offer"):
    """Tables held for a waiting party until `expires_at`. Shown while sent, and while accepted by a party on its
    way."""

    party_id: str
    table_ids: list[str]
    starts_at: datetime
    duration_min: int
    sent_at: datetime
    expires_at: datetime
    status: OfferStatus
    answered_at: datetime | None
    version: int


class WaitRow(Row, frozen=True, tag="wait"):
    """Derived, one per waiting party (same id): its place in line, when a table should fit (`ready_at`; None = not in
    sight tonight), and the best table or pair for it now (empty = none), with the reason a host would give. Unless
    `source` is `rule`: the wait ends within [`low_at`, `high_at`] (told in full steps) in a share `confidence` of the
    evenings played forward, in one of ten before, in one of ten after; None = not in sight tonight.
    """

    position: int
    ready_at: datetime | None
    table_ids: list[str]
    why: str
    low_at: datetime | None = None
    high_at: datetime | None = None
    confidence: float | None = None
    source: QuoteSource = "rule"


class QuoteRow(Row, frozen=True, tag="quote"):
    """Derived, one per size band: when a new party of that size would be seated (R-WTL-08, rounded on screen, G-27).
    `ready_at` None = not in sight tonight. The rest is as of a `wait`.
    """

    covers_min: int
    covers_max: int
    ready_at: datetime | None
    low_at: datetime | None = None
    high_at: datetime | None = None
    confidence: float | None = None
    source: QuoteSource = "rule"


class AddParty(Command, frozen=True, kw_only=True, tag="add_party"):
    """A party joins the line. Without `quoted_min` the house quotes: an interval from the evening played forward, and
    by when it should sit; where it cannot, by the next fitting clear time."""

    permission: ClassVar[str] = "host.write"
    undoable: ClassVar[bool] = True
    name: Name
    covers: Covers
    phone: Phone | None = None
    quoted_min: Annotated[int, Meta(ge=0, le=360)] | None = None
    priority: Annotated[int, Meta(ge=0, le=10)] | None = None
    """None: by the guest's tier and visits (policy `waitlist.priority`)."""
    area_id: Id | None = None
    accessible: bool = False
    flags: Flags = []
    notes: Note | None = None
    guest_id: Id | None = None
    email: Email | None = None
    contact: Contact = "sms"


class JoinWaitlist(Command, frozen=True, kw_only=True, tag="join_waitlist"):
    """Waits for a time that is full (F-WTL-01): the wanted one or any of the windows. Its wait ends at `expires_at`,
    else when the last time it would take has come (G-15)."""

    permission: ClassVar[str] = "host.write"
    undoable: ClassVar[bool] = True
    name: Name
    covers: Covers
    wanted_at: datetime
    flexible: Flexible = []
    duration_min: Annotated[int, Meta(ge=15, le=480)] | None = None
    expires_at: datetime | None = None
    phone: Phone | None = None
    email: Email | None = None
    contact: Contact = "sms"
    priority: Annotated[int, Meta(ge=0, le=10)] | None = None
    area_id: Id | None = None
    accessible: bool = False
    flags: Flags = []
    notes: Note | None = None
    occasion: Occasion | None = None
    guest_id: Id | None = None


class NotifyParty(Command, frozen=True, kw_only=True, tag="notify_party"):
    """Offers a party tables now (`table_ids`, else the best that are free): they are held for policy
    `waitlist.offer_minutes`, and the guest is told over the contact they chose. Given again while the offer stands it
    sends the message once more."""

    permission: ClassVar[str] = "host.write"
    party_id: Id
    table_ids: TableIds | None = None


class AnswerOffer(Command, frozen=True, kw_only=True, tag="answer_offer"):
    """The guest's answer to an offer, given by the host for them or through their own link. One moment too late is too
    late, whatever the timer did (`offer_expired`). Accepted at the door: they are on their way, the tables stay held.
    Accepted for a time: it is a confirmed booking with a code. Declined: the next in line is offered it."""

    permission: ClassVar[str] = "host.write"
    offer_id: Id
    answer: Literal["accept", "decline"]


class RevokeOffer(Command, frozen=True, kw_only=True, tag="revoke_offer"):
    """The house takes an offer back (its table is lost, or the host needs it): the party waits on, no miss counted."""

    permission: ClassVar[str] = "host.write"
    offer_id: Id


class DismissReply(Command, frozen=True, kw_only=True, tag="dismiss_reply"):
    """The host has seen what the guest answered."""

    permission: ClassVar[str] = "host.write"
    party_id: Id


class OfferOpening(Command, frozen=True, kw_only=True, tag="offer_opening"):
    """System: tables were given back (`owner_id` names the opening); the waiting line is served before the public."""

    owner_id: Id


class OfferTables(Command, frozen=True, kw_only=True, tag="offer_tables"):
    """System: these tables have just become free; under policy `waitlist.auto_offer` = all they are offered to the
    first party at the door they suit."""

    table_ids: TableIds


class ExpireOffer(Command, frozen=True, kw_only=True, tag="expire_offer"):
    """System: the time to answer is over; the party has missed once (or, the second time, its wait is over), and the
    next in line is offered the tables."""

    offer_id: Id


class EditParty(Command, frozen=True, kw_only=True, tag="edit_party"):
    permission: ClassVar[str] = "host.write"
    undoable: ClassVar[bool] = True
    party_id: Id
    name: Name | UnsetType = UNSET
    covers: Covers | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    quoted_min: Annotated[int, Meta(ge=0, le=360)] | UnsetType = UNSET
    priority: Annotated[int, Meta(ge=0, le=10)] | UnsetType = UNSET
    area_id: Id | UnsetType | None = UNSET
    accessible: bool | UnsetType = UNSET
    flags: Flags | UnsetType = UNSET
    notes: Note | UnsetType | None = UNSET
    guest_id: Id | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    contact: Contact | UnsetType = UNSET
    wanted_at: datetime | UnsetType = UNSET
    flexible: Flexible | UnsetType = UNSET


class RemoveParty(Command, frozen=True, kw_only=True, tag="remove_party"):
    """The party left or asked to be taken off."""

    permission: ClassVar[str] = "host.write"
    undoable: ClassVar[bool] = True
    party_id: Id


class ExpireParty(Command, frozen=True, kw_only=True, tag="expire_party"):
    """System: the house closed (G-15) and the party is still in line."""

    party_id: Id


class RefreshWaitingGuest(Command, frozen=True, kw_only=True, tag="refresh_waiting_guest"):
    """System: a guest's card changed; parties of theirs that wait carry what lasts about them anew. After a merge those
    of `gone_id` are theirs."""

    guest_id: Id
    gone_id: Id | None = None


class RefreshWaiting(Command, frozen=True, kw_only=True, tag="refresh_waiting"):
    """System, coalesced (≤ 500 ms after its causes): positions, quotes and suggestions anew."""


class PartyAdded(Fact, frozen=True, kw_only=True, tag="waitlist.added"):
    party_id: str
    covers: int
    quoted_min: int | None


class PartyEdited(Fact, frozen=True, kw_only=True, tag="waitlist.edited"):
    party_id: str
    fields: list[str]


class PartyRemoved(Fact, frozen=True, kw_only=True, tag="waitlist.removed"):
    party_id: str
    why: str


class PartyConverted(Fact, frozen=True, kw_only=True, tag="waitlist.converted"):
    """It sits down (`seating_id`), or has its booking (`booking_id`)."""

    party_id: str
    seating_id: str | None = None
    booking_id: str | None = None


class OfferSent(Fact, frozen=True, kw_only=True, tag="waitlist.offer_sent"):
    offer_id: str
    party_id: str
    table_ids: list[str]
    expires_at: datetime


class OfferAnswered(Fact, frozen=True, kw_only=True, tag="waitlist.offer_answered"):
    offer_id: str
    party_id: str
    outcome: str


class OfferExpired(Fact, frozen=True, kw_only=True, tag="waitlist.offer_expired"):
    offer_id: str
    party_id: str
    next_party_id: str | None = None


class OfferRevoked(Fact, frozen=True, kw_only=True, tag="waitlist.offer_revoked"):
    offer_id: str
    party_id: str


class PartyReplied(Fact, frozen=True, kw_only=True, tag="waitlist.replied"):
    party_id: str
    reply: str


class WaitingRefreshed(Fact, frozen=True, kw_only=True, tag="waitlist.reordered"):
    """Positions, quotes or suggestions changed; `at_seq` is the floor they were made from."""

    at_seq: int


class PastParty(Struct, frozen=True):
    """A party that is no longer in line; GET /api/sites/{site}/waitlist/history. Its seating or booking says what
    became of it."""

    id: str
    name: str
    covers: int
    kind: PartyKind
    status: PartyStatus
    joined_at: datetime
    ended_at: datetime
    quoted_min: int | None
    wanted_at: datetime | None
    skips: int
    booking_id: str | None
    seating_id: str | None


class PartyLink(Struct, frozen=True):
    """A waiting guest's own page, for them to scan; GET /api/sites/{site}/parties/{party}/link."""

    url: str
    qr_svg: str
