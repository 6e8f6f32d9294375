"""People: staff logins, roles and what each role may do."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from schemas.base import Command, Email, Fact, Id, Name

RoleName = Literal[
    "super_admin", "admin", "manager", "host", "server", "kitchen", "customer_support", "station_manager", "chef"
]
Password = Annotated[str, Meta(min_length=10, max_length=200)]


class AddStaff(Command, frozen=True, kw_only=True, tag="add_staff"):
    permission: ClassVar[str] = "people.manage"
    org_wide: ClassVar[bool] = True
    email: Email
    name: Name
    password: Password
    roles: Annotated[list[RoleName], Meta(min_length=1, max_length=4)]


class SetRoles(Command, frozen=True, kw_only=True, tag="set_roles"):
    """Replaces one person's roles at this site; an empty list takes them off it. Sockets follow within 5 s."""

    permission: ClassVar[str] = "people.manage"
    org_wide: ClassVar[bool] = True
    staff_id: Id
    roles: Annotated[list[RoleName], Meta(max_length=4)]


class DeactivateStaff(Command, frozen=True, kw_only=True, tag="deactivate_staff"):
    permission: ClassVar[str] = "people.manage"
    org_wide: ClassVar[bool] = True
    staff_id: Id


class StaffAdded(Fact, frozen=True, kw_only=True, tag="people.staff_added"):
    staff_id: str
    roles: list[str]


class RolesSet(Fact, frozen=True, kw_only=True, tag="people.roles_set"):
    staff_id: str
    roles: list[str]


class StaffDeactivated(Fact, frozen=True, kw_only=True, tag="people.staff_deactivated"):
    staff_id: str


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """POST /api/login."""

    email: Email
    password: Annotated[str, Meta(min_length=1, max_length=200)]


class SampleRole(Struct, frozen=True, forbid_unknown_fields=True):
    """POST /api/login/sample: one-tap sign-in, sample house only."""

    role: RoleName


class SiteRoles(Struct, frozen=True):
    site_id: str
    name: str
    timezone: str
    roles: list[str]
    permissions: list[str]


class Me(Struct, frozen=True):
    """GET /api/me. `socket_port` is where this host's socket listens, if it is not where this was asked."""

    staff_id: str
    name: str
    initials: str
    sites: list[SiteRoles]
    sample: bool
    socket_port: int | None = None


class SocketToken(Struct, frozen=True):
    """GET /api/token: what the socket's connect and refresh take. `ttl_s` seconds of life."""

    token: str
    ttl_s: int


class StaffMember(Struct, frozen=True):
    """GET /api/sites/{site}/staff."""

    id: str
    name: str
    initials: str
    roles: list[str]
    active: bool


Scope = Literal[
    "floor.read", "floor.status", "book.read", "book.write", "waitlist.read", "host.write", "seating.write",
    "guests.read", "guests.write", "messages.read", "availability.read",
]  # fmt: skip
"""What an API key may be allowed; never people, policies, deletion or other keys."""


class AddApiKey(Command, frozen=True, kw_only=True, tag="add_api_key"):
    """System: a key's hash, for the door that made the key and shows it once (POST /api/sites/{site}/keys)."""

    key_id: Id
    name: Name
    prefix: str
    hash_hex: str
    scopes: list[Scope]
    by: str


class RevokeApiKey(Command, frozen=True, kw_only=True, tag="revoke_api_key"):
    permission: ClassVar[str] = "keys.manage"
    key_id: Id


class ReactivateStaff(Command, frozen=True, kw_only=True, tag="reactivate_staff"):
    permission: ClassVar[str] = "people.manage"
    org_wide: ClassVar[bool] = True
    staff_id: Id


class ApiKeyAdded(Fact, frozen=True, kw_only=True, tag="people.key_added"):
    key_id: str
    scopes: list[str]


class ApiKeyRevoked(Fact, frozen=True, kw_only=True, tag="people.key_revoked"):
    key_id: str


class StaffReactivated(Fact, frozen=True, kw_only=True, tag="people.staff_reactivated"):
    staff_id: str


class NewApiKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /api/sites/{site}/keys."""

    name: Name
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=11)]


class MadeApiKey(Struct, frozen=True):
    """The key itself, this once; the house keeps its hash only."""

    id: str
    name: str
    key: str
    scopes: list[str]


class ApiKeyView(Struct, frozen=True):
    """GET /api/sites/{site}/keys."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None


class ChangePassword(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /api/me/password: every other session of this person is signed out."""

    old: Annotated[str, Meta(min_length=1, max_length=200)]
    new: Password


class RoleView(Struct, frozen=True):
    """GET /api/roles: a role and what it may do."""

    role: RoleName
    permissions: list[str]
