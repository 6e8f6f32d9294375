"""Policies: every threshold, window and default as versioned data, scoped org → site → booking kind."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from schemas.base import Command, Fact, Id, Name

Scope = Literal["org", "site", "kind"]


class SetPolicy(Command, frozen=True, kw_only=True, tag="set_policy"):
    """Makes a new version of one policy at one scope; `value` None falls back to the wider scope again."""

    permission: ClassVar[str] = "policy.edit"
    org_wide: ClassVar[bool] = True
    policy: Name
    scope: Scope = "site"
    kind: Literal["dining", "event"] | None = None
    value: Any = None


class RestorePolicy(Command, frozen=True, kw_only=True, tag="restore_policy"):
    """Makes an earlier version current again (as a new version: history is never rewritten)."""

    permission: ClassVar[str] = "policy.edit"
    org_wide: ClassVar[bool] = True
    policy: Name
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]


class PolicyChanged(Fact, frozen=True, kw_only=True, tag="policy.changed"):
    policy: str
    scope: str
    version: int


class PolicyVersion(Struct, frozen=True):
    """One line of a policy's history; GET /api/sites/{site}/policies/{policy}."""

    policy: str
    scope: str
    kind: str | None
    version: int
    value: Any
    by: Id | None
    at: datetime
    reason: str | None
    by_name: str = "The house"
    """The person's name."""


class PolicyView(Struct, frozen=True):
    """One policy as it is in force here: its unit, bounds, default, value, where the value comes from, its version."""

    policy: str
    title: str
    unit: str
    default: Any
    value: Any
    scope: str
    version: int
    min: float | None = None
    max: float | None = None
    kind: str | None = None
    """The kind of booking a value is for; None = all."""
    choices: list[str] = []
    variables: list[str] = []
    newest: int = 0
    """The newest version that reaches this site, at any scope: what `expect_version` is held against."""
    values: list[PolicyVersion] = []
    """What each scope says now, the widest first; a scope with nothing to say is left out."""
