"""Doors to the policies: what is in force, and how it came to be."""

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from hub.core import auth
from hub.policies import views
from hub.policies.defaults import POLICIES
from schemas.policies import PolicyVersion, PolicyView


@get("/api/sites/{site_id:str}/policies", tags=["policies"])
async def policies(request: Request, site_id: FromPath[str]) -> list[PolicyView]:
    """Every policy with its bounds, its default and the value in force here."""
    await auth.require(request, site_id, "policy.read")
    pool = request.app.state.house.pool
    return await views.catalogue(pool, await views.org_of(pool, site_id), site_id)


@get("/api/sites/{site_id:str}/policies/{policy:str}", tags=["policies"])
async def policy_history(request: Request, site_id: FromPath[str], policy: FromPath[str]) -> list[PolicyVersion]:
    """The versions of one policy that reach this site, newest first."""
    await auth.require(request, site_id, "policy.read")
    if policy not in POLICIES:
        raise NotFoundException("There is no such policy.")
    pool = request.app.state.house.pool
    return await views.history(pool, await views.org_of(pool, site_id), site_id, policy)


ROUTES = (policies, policy_history)
