"""Who works here, as doors and other slices may see them."""

from typing import Any

import asyncpg

from hub.core import roles, sql
from hub.people import rules
from schemas.people import ApiKeyView, Me, SiteRoles, StaffMember

q = sql.load(__file__)

ROWS = ()
KEYS_SHOWN = 200  # of a site, those that open something first


async def me(db: asyncpg.Pool, staff_id: str) -> Me | None:
    """A person's own name, sites, roles and permissions; None once they are deactivated."""
    named = await q.name_of(db, staff_id=staff_id)
    if named is None:
        return None
    sites = [
        SiteRoles(site_id=site_id, name=name, timezone=zone, roles=held, permissions=sorted(roles.permissions(held)))
        for _, _, site_id, name, zone, held in await q.me(db, staff_id=staff_id)
    ]
    return Me(staff_id=staff_id, name=named[0], initials=named[1], sites=sites, sample=await q.sample(db))


def badge(person: Me) -> dict[str, Any]:
    """What others on the same channel see of a connected person."""
    held = {role for site in person.sites for role in site.roles}
    return {"name": person.name, "initials": person.initials, "role": rules.chief(held)}


async def staff_of_site(db: asyncpg.Pool, site_id: str) -> list[StaffMember]:
    return [StaffMember(*record) for record in await q.staff_of_site(db, site_id=site_id)]


async def keys_of_site(db: asyncpg.Pool, site_id: str) -> list[ApiKeyView]:
    return [ApiKeyView(*record) for record in await q.keys(db, site_id=site_id, at_most=KEYS_SHOWN)]
