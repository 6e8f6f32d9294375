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
    said = {
        (record["policy"], record["kind"]): record
        for record in await _by_scope(db, org_id, site_id)
        if record["value"] is not None
    }
    views = [_view(policy, said.get((policy.key, None))) for policy in POLICIES.values()]
    views += [_view(POLICIES[key], found) for (key, kind), found in said.items() if kind and key in POLICIES]
    return views


def _view(policy: Policy, found: asyncpg.Record | None) -> PolicyView:
    scope, kind, version, value = found[1:5] if found else ("default", None, 0, policy.default)
    title = f"{policy.title} ({kind})" if kind else policy.title
    return PolicyView(
        policy=policy.key, title=title, unit=policy.unit, default=policy.default, value=value, scope=scope,
        version=version, min=policy.min, max=policy.max, kind=kind, choices=list(policy.choices),
        variables=list(policy.variables),
    )  # fmt: skip


async def history(db: Db, org_id: str, site_id: str, policy: str) -> list[PolicyVersion]:
    """The versions of one policy that reach a site, newest first."""
    records = await q.history(db, org_id=org_id, site_id=site_id, policy=policy, at_most=HISTORY_MAX)
    return [
        PolicyVersion(policy=policy, scope=scope, kind=kind, version=version, value=value, by=by, at=at, reason=reason)
        for scope, kind, version, value, by, at, reason in records
    ]


async def org_of(db: Db, site_id: str) -> str:
    """The organisation of an open site."""
    return await q.org_of(db, site_id=site_id)


async def _by_scope(db: Db, org_id: str, site_id: str) -> list[asyncpg.Record]:
    """The newest version per scope, widest scope first, so that a later one overrules."""
    width = {"org": 0, "site": 1, "kind": 2}
    return sorted(await q.in_force(db, org_id=org_id, site_id=site_id), key=lambda record: width[record["scope"]])
