"""Which policies are in force at a site, and how they came to be."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeAlias

import asyncpg

from hub.core import sql
from hub.core.work import Policies
from hub.policies.defaults import POLICIES, Policy
from schemas.base import Fact
from schemas.policies import PolicyChanged, PolicyVersion, PolicyView

q = sql.load(__file__)

Db: TypeAlias = asyncpg.Connection | asyncpg.Pool

KEPT_S = 2.0  # wall seconds a process trusts what it read: live everywhere within 5 s leaves room for a slow read
HISTORY_MAX = 200  # versions shown; older ones stay in the table
_WIDTH = {"org": 0, "site": 1, "kind": 2}  # the wider is overruled


async def policies_of(db: Db, org_id: str, site_id: str) -> Policies:
    """The policies in force at a site, read from the database: kind over site over organisation over default."""
    values: dict[tuple[str, str | None], Any] = {(key, None): policy.default for key, policy in POLICIES.items()}
    for policy, _, kind, _, value in await _by_scope(db, org_id, site_id):
        if value is not None and policy in POLICIES:
            values[policy, kind] = value
    return Policies(values)


@dataclass(slots=True)
class PoliciesInForce:
    """Policies as one process knows them: read at most every 2 s and site, and dropped at once when one changes here.

    `of` is what commands are given; `heard` belongs among the commands' `after_commit`.
    """

    _kept: dict[tuple[str, str], tuple[float, Policies]] = field(default_factory=dict)
    _changes: int = 0

    async def of(self, db: Db, org_id: str, site_id: str) -> Policies:
        kept = self._kept.get((org_id, site_id))
        if kept and monotonic() - kept[0] < KEPT_S:
            return kept[1]
        changes, began = self._changes, monotonic()
        fresh = await policies_of(db, org_id, site_id)
        if changes == self._changes:  # else what was read may be older than the change
            self._kept[org_id, site_id] = (began, fresh)
        return fresh

    def heard(self, _site_id: str, _seq: int, facts: list[Fact]) -> None:
        if any(isinstance(fact, PolicyChanged) for fact in facts):
            self._changes += 1
            self._kept.clear()


async def catalogue(db: Db, org_id: str, site_id: str) -> list[PolicyView]:
    """Every policy with its bounds and the value in force at the site, then what single kinds of booking differ in."""
    said: dict[str, list[PolicyVersion]] = {}
    for record in await q.said(db, org_id=org_id, site_id=site_id):
        said.setdefault(record["policy"], []).append(_version(record))
    for versions in said.values():
        versions.sort(key=lambda version: _WIDTH[version.scope])
    everywhere = [_view(policy, said.get(policy.key, []), None) for policy in POLICIES.values()]
    kinds = [
        _view(POLICIES[key], versions, version.kind)
        for key, versions in said.items() if key in POLICIES
        for version in versions if version.kind and version.value is not None
    ]  # fmt: skip
    return everywhere + kinds


def _view(policy: Policy, versions: list[PolicyVersion], kind: str | None) -> PolicyView:
    """A policy with what each scope says of it; the last, most specific one is in force for `kind`."""
    values = [version for version in versions if version.value is not None]
    found = next((version for version in reversed(values) if version.kind == kind), None)
    return PolicyView(
        policy=policy.key, title=f"{policy.title} ({kind})" if kind else policy.title, unit=policy.unit,
        default=policy.default, value=found.value if found else policy.default,
        scope=found.scope if found else "default", version=found.version if found else 0, min=policy.min,
        max=policy.max, kind=kind, choices=list(policy.choices), variables=list(policy.variables),
        newest=max((version.version for version in versions), default=0), values=values,
    )  # fmt: skip


async def history(db: Db, org_id: str, site_id: str, policy: str, at_most: int = HISTORY_MAX) -> list[PolicyVersion]:
    """The versions of one policy that reach a site, newest first."""
    return [
        _version(record)
        for record in await q.history(db, org_id=org_id, site_id=site_id, policy=policy, at_most=at_most)
    ]


def _version(record: asyncpg.Record) -> PolicyVersion:
    policy, scope, kind, version, value, by, at, reason, by_name = record
    return PolicyVersion(
        policy=policy, scope=scope, kind=kind, version=version, value=value, by=by, at=at, reason=reason,
        by_name=by_name or "The house",
    )  # fmt: skip


async def org_of(db: Db, site_id: str) -> str:
    """The organisation of an open site."""
    return await q.org_of(db, site_id=site_id)


async def _by_scope(db: Db, org_id: str, site_id: str) -> list[asyncpg.Record]:
    """The newest version per scope, widest scope first, so that a later one overrules."""
    return sorted(await q.in_force(db, org_id=org_id, site_id=site_id), key=lambda record: _WIDTH[record["scope"]])
