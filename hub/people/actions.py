"""Logins and roles change here and nowhere else."""

from hub.core import passwords, sql
from hub.core.commands import TAKEN, handles
from hub.core.work import Work
from hub.people import rules
from schemas.base import Refused, conflict, not_found
from schemas.people import AddStaff, DeactivateStaff, RolesSet, SetRoles, StaffAdded, StaffDeactivated

q = sql.load(__file__)

TAKEN["staff_email_key"] = ("email_taken", "There is a login with this address already.")


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
        initials=rules.initials(wish.name), password_hash=await passwords.hashed(wish.password),
    )  # fmt: skip
    held: list[str] = sorted(set(wish.roles))
    await q.set_roles(work.db, site_id=work.site_id, staff_id=staff_id, roles=held)
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
    await q.set_roles(work.db, site_id=work.site_id, staff_id=wish.staff_id, roles=held)
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
    await q.deactivate(work.db, staff_id=wish.staff_id)
    work.tell(StaffDeactivated(staff_id=wish.staff_id))
    return None


async def _last_admin(work: Work, staff_id: str, *, was_one: bool, stays_one: bool) -> Refused | None:
    others = await q.other_admins(work.db, org_id=work.org_id, staff_id=staff_id)
    if not rules.leaves_no_admin(was_one=was_one, stays_one=stays_one, others=others):
        return None
    sentence = "This is the last super admin; make somebody else one first."
    return conflict("last_super_admin", sentence, retry="never", field="staff_id")
