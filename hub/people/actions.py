"""Logins, roles and keys change here and nowhere else. Every change is on record; passwords and hashes are not."""

from typing import Any

from hub.core import passwords, roles, sql
from hub.core.actor import Actor
from hub.core.clock import wall_now
from hub.core.commands import TAKEN, Commands, handles, prepares
from hub.core.work import Work
from hub.people import rules
from schemas.base import Refused, conflict, not_found
from schemas.people import (
    AddApiKey,
    AddStaff,
    ApiKeyAdded,
    ApiKeyRevoked,
    DeactivateStaff,
    ReactivateStaff,
    RevokeApiKey,
    RolesSet,
    SetRoles,
    StaffAdded,
    StaffDeactivated,
    StaffReactivated,
)

q = sql.load(__file__)

KEYS_MAX = 50  # living keys of a site; a key per program, and nobody counts further
KEY_PREFIX_BYTES = 4  # what a key is known by in lists
KEY_SECRET_BYTES = 32

TAKEN["staff_email_key"] = ("email_taken", "There is a login with this address already.")


@prepares(AddStaff)
async def hash_password(commands: Commands, actor: Actor, wish: AddStaff) -> str | None:
    """A hash takes a tenth of a second, which the floor must not wait for. Only who may add people gets one."""
    if actor.kind != "system":
        held = await q.roles_at(commands.pool, site_id=wish.site_id, staff_id=actor.staff_id)
        if wish.permission not in roles.permissions([role for (role,) in held]):
            return None
    return await passwords.hashed(wish.password)


@handles(AddStaff)
async def add_staff(work: Work, wish: AddStaff) -> dict[str, str] | Refused:
    known = await q.by_email(work.db, email=wish.email)
    if known is not None:
        ours = known["org_id"] == work.org_id  # else nothing more is told: another house's people are its own business
        about = {"staff_id": known["id"]} if ours else None
        return conflict(*TAKEN["staff_email_key"], about=about, retry="never", field="email")
    staff_id = work.new_id()
    await q.add_staff(
        work.db, staff_id=staff_id, org_id=work.org_id, email=wish.email, name=wish.name,
        initials=rules.initials(wish.name), password_hash=work.prepared or await passwords.hashed(wish.password),
    )  # fmt: skip
    held: list[str] = sorted(set(wish.roles))
    await q.set_roles(work.db, site_id=work.site_id, staff_id=staff_id, roles=held)
    work.note_change("staff", staff_id, None, {"name": wish.name, "email": wish.email, "roles": held, "active": True})
    work.tell(StaffAdded(staff_id=staff_id, roles=held))
    return {"staff_id": staff_id}


@handles(SetRoles)
async def set_roles(work: Work, wish: SetRoles) -> Refused | None:
    person = await q.one(work.db, staff_id=wish.staff_id, org_id=work.org_id, site_id=work.site_id)
    if person is None:
        return not_found("staff_id", "There is no such person here.")
    if wish.expect_version is not None and wish.expect_version != person["version"]:
        return conflict("stale", "Somebody changed this person since you looked.", field="expect_version")
    held: list[str] = sorted(set(wish.roles))
    refused = await _last_admin(
        work, wish.staff_id, was_one=person["super_admin"] and person["active"],
        stays_one="super_admin" in held or person["elsewhere"],
    )  # fmt: skip
    if refused:
        return refused
    was = [role for (role,) in await q.roles_at(work.db, site_id=work.site_id, staff_id=wish.staff_id)]
    await q.set_roles(work.db, site_id=work.site_id, staff_id=wish.staff_id, roles=held)
    if was != held:
        work.note_change("staff", wish.staff_id, {"roles": was}, {"roles": held})
    work.tell(RolesSet(staff_id=wish.staff_id, roles=held))
    return None


@handles(DeactivateStaff)
async def deactivate_staff(work: Work, wish: DeactivateStaff) -> Refused | None:
    person = await q.one(work.db, staff_id=wish.staff_id, org_id=work.org_id, site_id=work.site_id)
    if person is None or not person["active"]:
        return not_found("staff_id", "There is no such person here.")
    refused = await _last_admin(work, wish.staff_id, was_one=person["super_admin"], stays_one=False)
    if refused:
        return refused
    await q.deactivate(work.db, staff_id=wish.staff_id, now=wall_now())
    work.note_change("staff", wish.staff_id, {"active": True}, {"active": False})
    work.tell(StaffDeactivated(staff_id=wish.staff_id))
    return None


@handles(ReactivateStaff)
async def reactivate_staff(work: Work, wish: ReactivateStaff) -> Refused | None:
    """With the roles and the password they had; signed in nowhere."""
    person = await q.one(work.db, staff_id=wish.staff_id, org_id=work.org_id, site_id=work.site_id)
    if person is None:
        return not_found("staff_id", "There is no such person here.")
    if wish.expect_version is not None and wish.expect_version != person["version"]:
        return conflict("stale", "Somebody changed this person since you looked.", field="expect_version")
    if person["active"]:
        return conflict("active", "This login is open.", retry="never", field="staff_id")
    await q.reactivate(work.db, staff_id=wish.staff_id)
    work.note_change("staff", wish.staff_id, {"active": False}, {"active": True})
    work.tell(StaffReactivated(staff_id=wish.staff_id))
    return None


@handles(AddApiKey)
async def add_api_key(work: Work, wish: AddApiKey) -> dict[str, Any] | Refused:
    if await q.living_keys(work.db, site_id=work.site_id) >= KEYS_MAX:
        return conflict("too_many_keys", f"There are {KEYS_MAX} keys already. Revoke one first.", retry="never")
    await q.add_key(
        work.db, key_id=wish.key_id, org_id=work.org_id, site_id=work.site_id, name=wish.name, prefix=wish.prefix,
        hash=bytes.fromhex(wish.hash_hex), scopes=wish.scopes, now=wall_now(), by=wish.by,
    )  # fmt: skip
    made = {"name": wish.name, "prefix": wish.prefix, "scopes": wish.scopes, "revoked": False}
    work.note_change("api_key", wish.key_id, None, made)
    work.tell(ApiKeyAdded(key_id=wish.key_id, scopes=list(wish.scopes)))
    return {"key_id": wish.key_id}


@handles(RevokeApiKey)
async def revoke_api_key(work: Work, wish: RevokeApiKey) -> Refused | None:
    """Commands with it are refused at once, doors within 5 s."""
    known = await q.key(work.db, site_id=work.site_id, key_id=wish.key_id)
    if known is None:
        return not_found("key_id", "There is no such key here.")
    await q.revoke_key(work.db, site_id=work.site_id, key_id=wish.key_id, now=wall_now())
    work.note_change("api_key", wish.key_id, {"revoked": False}, {"revoked": True})
    work.tell(ApiKeyRevoked(key_id=wish.key_id))
    return None


async def _last_admin(work: Work, staff_id: str, *, was_one: bool, stays_one: bool) -> Refused | None:
    others = await q.other_admins(work.db, org_id=work.org_id, staff_id=staff_id)
    if not rules.leaves_no_admin(was_one=was_one, stays_one=stays_one, others=others):
        return None
    sentence = "This is the last super admin; make somebody else one first."
    return conflict("last_super_admin", sentence, retry="never", field="staff_id")
