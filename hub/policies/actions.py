"""Policies change here and nowhere else: by a new version."""

from typing import Any

import msgspec

from hub.core import roles, sql
from hub.core.commands import handles
from hub.core.work import Work
from hub.policies import views
from hub.policies.defaults import POLICIES, PolicyError
from schemas.base import Refused, conflict, invalid, not_found
from schemas.policies import PolicyChanged, RestorePolicy, SetPolicy

q = sql.load(__file__)


@handles(SetPolicy)
async def set_policy(work: Work, wish: SetPolicy) -> dict[str, int] | Refused:
    policy = POLICIES.get(wish.policy)
    if policy is None:
        return invalid("policy", "There is no such policy.", reason="unknown_policy")
    if (wish.kind is not None) != (wish.scope == "kind"):
        return invalid("kind", "A kind of booking goes with the scope “kind”, and only with it.")
    value = wish.value
    if value is not None:
        try:
            value = policy.checked(value)
        except PolicyError as wrong:
            return invalid(f"value.{wrong.part}" if wrong.part else "value", f"{policy.title}: {wrong}")
    return await _add(work, wish.policy, wish.scope, wish.kind, value, expect=wish.expect_version, reason=wish.reason)


@handles(RestorePolicy)
async def restore_policy(work: Work, wish: RestorePolicy) -> dict[str, int] | Refused:
    if wish.policy not in POLICIES:
        return invalid("policy", "There is no such policy.", reason="unknown_policy")
    found = await q.version(work.db, org_id=work.org_id, site_id=work.site_id, policy=wish.policy, version=wish.version)
    if found is None:
        return not_found("version", "There is no such version.")
    if found["value"] is not None:
        try:
            POLICIES[wish.policy].checked(found["value"])
        except PolicyError as wrong:
            sentence = f"That value is no longer one this policy may have: {wrong}"
            return conflict("out_of_bounds", sentence, retry="never", field="version")
    return await _add(
        work, wish.policy, found["scope"], found["kind"], found["value"], expect=wish.expect_version, reason=wish.reason
    )


async def _add(
    work: Work, policy: str, scope: str, kind: str | None, value: Any, *, expect: int | None, reason: str | None
) -> dict[str, int] | Refused:
    if scope == "org" and work.actor.staff_id is not None:
        held = await q.roles_elsewhere(work.db, org_id=work.org_id, staff_id=work.actor.staff_id)
        if any("policy.edit" not in roles.permissions(at_site) for _, at_site in held):
            return Refused(
                code="forbidden", reason="org_scope", field="scope",
                message="A value for the whole organisation needs the right to change policies at all of its sites.",
            )  # fmt: skip
    if expect is not None and (refused := await _stale(work, policy, expect)):
        return refused
    newest = await q.newest(work.db, org_id=work.org_id, policy=policy)
    was = await q.said_so_far(
        work.db, org_id=work.org_id, site_id=work.site_id, policy=policy, scope=scope, kind=kind
    )  # fmt: skip
    await q.add_version(
        work.db, org_id=work.org_id, policy=policy, version=newest + 1, scope=scope, kind=kind,
        site_id=None if scope == "org" else work.site_id, by_id=work.actor.id, at=work.now, reason=reason,
        value=None if value is None else msgspec.json.encode(value).decode(),  # encoded: a plain str would pass as JSON
    )  # fmt: skip
    reach = kind or scope  # on record by how far it reaches: an organisation's value is not its site's
    work.note_change("policy", policy, {reach: was and was["value"]}, {reach: value})
    work.tell(PolicyChanged(policy=policy, scope=scope, version=newest + 1))
    return {"version": newest + 1}


async def _stale(work: Work, policy: str, expect: int) -> Refused | None:
    """Refused with what was said meanwhile. What another site says for itself is none of this one's business."""
    newest = await views.history(work.db, work.org_id, work.site_id, policy, at_most=1)
    if expect == (newest[0].version if newest else 0):
        return None
    if not newest:
        return conflict("stale", "This policy has no such version.", retry="never", field="expect_version")
    sentence = f"{newest[0].by_name} has changed this since you looked."
    return conflict("stale", sentence, about=newest[0], field="expect_version")
