"""People: staff logins, roles and what each role may do."""

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
    """GET /api/me."""

    staff_id: str
    name: str
    initials: str
    sites: list[SiteRoles]
    sample: bool


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
