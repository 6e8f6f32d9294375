"""The shapes every word of the wire shares: commands, facts, rows, patches, refusals, answers."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Id = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.:-]+$")]
Key = Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
Note = Annotated[str, Meta(max_length=500)]
Phone = Annotated[str, Meta(min_length=3, max_length=32, pattern=r"^[+()0-9 ./-]+$")]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Covers = Annotated[int, Meta(ge=1, le=20)]  # R-AVL-04; the policy `booking.max_covers` may be stricter
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]  # a seq or version: as far as every screen can count
DeleteReason = Annotated[str, Meta(min_length=10, max_length=500)]  # R-AUD-02
Minutes = Annotated[int, Meta(ge=0, le=24 * 60)]
TableIds = Annotated[list[Id], Meta(min_length=1, max_length=8)]
Flag = Annotated[str, Meta(min_length=1, max_length=24)]  # vip, gluten, nut_allergy, birthday, step_free, high_chair …
Flags = Annotated[list[Flag], Meta(max_length=12)]

RefusalCode = Literal["invalid", "unauthorised", "forbidden", "not_found", "conflict", "rate_limited", "unavailable"]
Retry = Literal["never", "later", "reread", "anyway"]
"""What asking again would bring: nothing, maybe something in a while, something after reading the row again, or the
wish itself if it is sent with `anyway` (the host has seen the warning)."""


class Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="command"):
    """A wish. It may be refused. `key` makes it idempotent: the same key brings the stored answer for 24 h."""

    permission: ClassVar[str] = "system"
    undoable: ClassVar[bool] = False
    org_wide: ClassVar[bool] = False
    """It writes what an organisation's sites share: one writer per organisation, its lock before the site's."""
    site_id: Id
    key: Key
    expect_version: Count | None = None
    reason: Note | None = None


class Fact(Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Something that happened; past tense, true forever. Holds ids, never names or phone numbers."""


class Row(Struct, frozen=True, tag_field="type"):
    """One thing a screen shows. Holds moments, never ages. Fields stand in the order of its view's columns."""

    id: str


class Patch(Struct, frozen=True, omit_defaults=True):
    """Puts one whole row (`put`) or drops one (`drop` = [type, id])."""

    put: Any = UNSET
    drop: tuple[str, str] | UnsetType = UNSET


class Refused(Struct, frozen=True, kw_only=True, tag_field="status", tag="refused", omit_defaults=True):
    """A wish that was not granted: a code, the slice's own word, a sentence for the host, and the facts behind it."""

    code: RefusalCode
    reason: str
    message: str
    field: str | None = None
    about: Any = None
    retry: Retry = "never"
    retry_s: float | None = None


class Done(Struct, frozen=True, kw_only=True, tag_field="status", tag="done"):
    """A wish granted: the site's `seq` at which it is true, and the offset it took on every channel it touched."""

    seq: int
    offsets: dict[str, int]
    result: Any = None


Answer = Done | Refused


class State(Struct, frozen=True, kw_only=True):
    """One consistent snapshot of a channel; publications with an offset at or below `offset` are already in it."""

    channel: str
    offset: int
    epoch: str
    seq: int
    at: datetime
    rows: Any
    """A list of rows."""


HTTP_STATUS: dict[str, int] = {
    "invalid": 422,
    "unauthorised": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "rate_limited": 429,
    "unavailable": 503,
}


def invalid(field: str, message: str, *, reason: str = "invalid") -> Refused:
    """A refusal that names the field that was wrong."""
    return Refused(code="invalid", reason=reason, message=message, field=field)


def not_found(field: str, message: str) -> Refused:
    return Refused(code="not_found", reason="not_found", message=message, field=field)


def conflict(
    reason: str, message: str, *, about: Any = None, retry: Retry = "reread", field: str | None = None
) -> Refused:
    return Refused(code="conflict", reason=reason, message=message, about=about, retry=retry, field=field)


__all__ = [
    "HTTP_STATUS", "Answer", "Command", "Count", "Covers", "DeleteReason", "Done", "Email", "Fact", "Flag", "Flags",
    "Id", "Key", "Minutes", "Name", "Note", "Patch", "Phone", "Refused", "Row", "State", "TableIds", "conflict",
    "invalid", "not_found",
]  # fmt: skip
