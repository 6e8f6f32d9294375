"""Guests: one person per organisation, one profile per site, and what a host may do with them.

`guest_id` is the person's id everywhere. A site sees a person only through its own profile of them: notes, tags and
counts never leave the site.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.base import Command, DeleteReason, Email, Fact, Flags, Id, Name, Note, Phone, Row

Tier = Literal["bronze", "silver", "gold", "platinum"]
Contact = Literal["sms", "email", "both"]
Consent = Literal["sms", "email", "whatsapp"]
Tag = Annotated[str, Meta(min_length=1, max_length=24)]
Tags = Annotated[list[Tag], Meta(max_length=12)]
Preferences = Annotated[list[Tag], Meta(max_length=8)]
"""window, booth, patio, quiet … (R-RES-10)."""
MonthDay = Annotated[str, Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
LocalTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]

ALLERGIES = (
    "nut_allergy", "peanut_allergy", "gluten", "dairy", "shellfish", "fish", "egg", "soy", "sesame",
)  # fmt: skip
"""Flags drawn in the danger colour on floor and kitchen screens (F-RES-08)."""
DIETS = ("vegetarian", "vegan", "pescatarian", "halal", "kosher")
NEEDS = ("step_free", "high_chair")


class GuestRow(Row, frozen=True, tag="guest"):
    """A guest as this site knows them. On no channel: read through the guest doors, one at a time."""

    name: str
    phone: str | None
    """E.164 where it can be read as a number, else its digits."""
    email: str | None
    birthday: str | None
    anniversaries: list[str]
    flags: list[str]
    """What lasts: allergies, diets, needs, `vip`. Every booking of theirs shows them."""
    preferences: list[str]
    preferred_times: list[str]
    favourite_table_id: str | None
    favourite_area_id: str | None
    tier: Tier | None
    tags: list[str]
    notes: str | None
    consents: list[str]
    preferred_contact: Contact | None
    blacklisted: bool
    blacklist_reason: str | None
    visits: int
    no_shows: int
    cancellations: int
    covers_total: int
    """Covers over all visits; divided by `visits` the usual party."""
    first_seen: datetime | None
    last_seen: datetime | None
    source: str | None
    version: int


class AddGuest(Command, frozen=True, kw_only=True, tag="add_guest"):
    """A guest of this site. A phone number somebody of the organisation has already is that person: the profile here is
    made for them, and `known` in the result says so."""

    permission: ClassVar[str] = "guests.write"
    org_wide: ClassVar[bool] = True
    name: Name
    phone: Phone | None = None
    email: Email | None = None
    birthday: MonthDay | None = None
    anniversaries: Annotated[list[MonthDay], Meta(max_length=4)] = []
    flags: Flags = []
    preferences: Preferences = []
    preferred_times: Annotated[list[LocalTime], Meta(max_length=4)] = []
    favourite_table_id: Id | None = None
    favourite_area_id: Id | None = None
    tier: Tier | None = None
    tags: Tags = []
    notes: Note | None = None
    consents: Annotated[list[Consent], Meta(max_length=3)] = []
    preferred_contact: Contact | None = None


class EditGuest(Command, frozen=True, kw_only=True, tag="edit_guest"):
    """Changes what is given. Name, phone, e-mail and dates are the person's, at every site; the rest is this site's. A
    phone number another guest has is refused with that guest: they may be one person (`merge_guests`)."""

    permission: ClassVar[str] = "guests.write"
    org_wide: ClassVar[bool] = True
    guest_id: Id
    name: Name | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    birthday: MonthDay | UnsetType | None = UNSET
    anniversaries: Annotated[list[MonthDay], Meta(max_length=4)] | UnsetType = UNSET
    flags: Flags | UnsetType = UNSET
    preferences: Preferences | UnsetType = UNSET
    preferred_times: Annotated[list[LocalTime], Meta(max_length=4)] | UnsetType = UNSET
    favourite_table_id: Id | UnsetType | None = UNSET
    favourite_area_id: Id | UnsetType | None = UNSET
    tier: Tier | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET
    notes: Note | UnsetType | None = UNSET
    consents: Annotated[list[Consent], Meta(max_length=3)] | UnsetType = UNSET
    preferred_contact: Contact | UnsetType | None = UNSET


class MergeGuests(Command, frozen=True, kw_only=True, tag="merge_guests"):
    """Two records of one person become one (F-CRM-03): `keep_id` stays and takes over what the other has and it lacks,
    at every site of the organisation. Bookings and seatings follow."""

    permission: ClassVar[str] = "guests.merge"
    org_wide: ClassVar[bool] = True
    keep_id: Id
    gone_id: Id


class SetBlacklist(Command, frozen=True, kw_only=True, tag="set_blacklist"):
    """Nobody may book for a blacklisted guest here, unless staff override it with a reason (R-AVL-15)."""

    permission: ClassVar[str] = "guests.blacklist"
    guest_id: Id
    blacklisted: bool
    reason: DeleteReason | None = None  # required to blacklist, not to lift it


class DeleteGuest(Command, frozen=True, kw_only=True, tag="delete_guest"):
    """Takes the site's profile away (R-AUD-01): it can be restored for 30 days."""

    permission: ClassVar[str] = "guests.delete"
    guest_id: Id
    reason: DeleteReason


class RestoreGuest(Command, frozen=True, kw_only=True, tag="restore_guest"):
    permission: ClassVar[str] = "guests.delete"
    guest_id: Id


class RecountGuests(Command, frozen=True, kw_only=True, tag="recount_guests"):
    """System: what these guests' evenings here add up to, counted anew from bookings and seatings. After a merge the
    evenings of `gone_id` are theirs."""

    guest_ids: Annotated[list[Id], Meta(max_length=200)]
    gone_id: Id | None = None


class NoteGuest(Command, frozen=True, kw_only=True, tag="note_guest"):
    """System: the person's own data were changed, or merged, at another site of the organisation; this site's record
    of changes says so too (the fields that differ, before and after)."""

    guest_id: Id
    was: dict[str, Any]
    now: dict[str, Any]


class GuestAdded(Fact, frozen=True, kw_only=True, tag="guest.added"):
    guest_id: str


class GuestEdited(Fact, frozen=True, kw_only=True, tag="guest.edited"):
    """`fields` of the card changed; the copies on bookings to come follow by reaction, at `site_ids`."""

    guest_id: str
    fields: list[str]
    site_ids: list[str]


class GuestsMerged(Fact, frozen=True, kw_only=True, tag="guest.merged"):
    keep_id: str
    gone_id: str
    site_ids: list[str]


class GuestsRecounted(Fact, frozen=True, kw_only=True, tag="guest.recounted"):
    """Visits, no-shows or cancellations of these guests are other than they were."""

    guest_ids: list[str]


class GuestBlacklisted(Fact, frozen=True, kw_only=True, tag="guest.blacklisted"):
    guest_id: str
    blacklisted: bool


class GuestDeleted(Fact, frozen=True, kw_only=True, tag="guest.deleted"):
    guest_id: str


class GuestRestored(Fact, frozen=True, kw_only=True, tag="guest.restored"):
    guest_id: str


class AddedGuest(Struct, frozen=True):
    """The result of `add_guest`. `known`: the organisation knew this number, so the person (and their name) was there
    already."""

    guest_id: str
    known: bool


class GuestHit(Struct, frozen=True):
    """One line of the search as you type; GET /api/sites/{site}/guests?q=. `matched` says by what."""

    id: str
    name: str
    phone: str | None
    email: str | None
    flags: list[str]
    tier: Tier | None
    visits: int
    no_shows: int
    last_seen: datetime | None
    blacklisted: bool
    matched: Literal["name", "phone", "email"]


class GuestVisit(Struct, frozen=True):
    """One evening of a guest here, past or to come; GET /api/sites/{site}/guests/{guest}/visits."""

    booking_id: str | None
    seating_id: str | None
    code: str | None
    at: datetime
    covers: int
    status: str
    tables: list[str]
    occasion: str | None
    notes: str | None


class GuestVisits(Struct, frozen=True):
    """`upcoming` soonest first, `past` latest first (the last 50)."""

    upcoming: list[GuestVisit]
    past: list[GuestVisit]
