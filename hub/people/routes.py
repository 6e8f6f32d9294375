"""Doors for people: who am I, the socket's token, who works here and may do what, and the keys of programs."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from litestar import MediaType, Request, Response, get, post
from litestar.exceptions import NotAuthorizedException
from litestar.params import FromPath, JSONBody
from msgspec.structs import replace

from hub.core import auth, roles, sql
from hub.core.actor import Actor
from hub.people import signing, views
from hub.people.actions import KEY_PREFIX_BYTES, KEY_SECRET_BYTES
from schemas.base import HTTP_STATUS, Refused
from schemas.people import AddApiKey, ApiKeyView, MadeApiKey, Me, NewApiKey, RoleView, SocketToken, StaffMember
from schemas.venues import HouseView

q = sql.load(__file__)

PROXIED = {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}


@get("/api/me", tags=["people"])
async def me(request: Request) -> Response[Me]:
    """The person signed in, their sites, roles and permissions."""
    person, _ = await _person(request)
    return Response(replace(person, socket_port=_socket_port(request)), headers={"cache-control": "no-store"})


def _socket_port(request: Request) -> int | None:
    """Only for who came to the doors' own port: a proxy has one address for both."""
    settings = request.app.state.house.settings
    if settings.edge == "direct" or PROXIED & request.headers.keys():
        return None
    try:
        port = urlsplit(f"//{request.headers.get('host', '')}").port or 80
    except ValueError:
        return None
    return settings.socket_port if port == settings.port else None


@get("/api/token", tags=["people"])
async def token(request: Request) -> Response[SocketToken]:
    """A token for the socket: what its connect and refresh take. Sockets are for people; a program asks by HTTP."""
    person, session = await _person(request)
    made = auth.make_token(
        request.app.state.house.settings.secret, staff_id=person.staff_id, session=session.id,
        sign_in=session.sign_in_id, info=views.badge(person),
    )  # fmt: skip
    return Response(SocketToken(token=made, ttl_s=auth.TOKEN_LIFE_S), headers={"cache-control": "no-store"})


@get("/api/house", tags=["people"])
async def house(request: Request) -> HouseView:
    """What the sign-in page shows before anybody is known."""
    sample, name, known = await q.house(request.app.state.house.pool)
    return HouseView(name=name or "maitred", sample=sample, roles=known or [])


@get("/api/roles", tags=["people"])
async def all_roles(request: Request) -> list[RoleView]:
    """Every role and what it may do, for whoever is signed in."""
    await _person(request)
    return [RoleView(role=role, permissions=sorted(may)) for role, may in roles.PERMISSIONS.items()]  # type: ignore[arg-type]


@get("/api/sites/{site_id:str}/staff", tags=["people"])
async def staff(request: Request, site_id: FromPath[str]) -> list[StaffMember]:
    """Everybody with a role at the site."""
    await auth.require(request, site_id, "staff.read")
    return await views.staff_of_site(request.app.state.house.pool, site_id)


@get("/api/sites/{site_id:str}/keys", tags=["people"])
async def keys(request: Request, site_id: FromPath[str]) -> list[ApiKeyView]:
    """The site's API keys, without what they open with."""
    await auth.require(request, site_id, "keys.manage")
    return await views.keys_of_site(request.app.state.house.pool, site_id)


@post("/api/sites/{site_id:str}/keys", status_code=201, tags=["people"], request_max_body_size=4096)
async def make_key(request: Request, site_id: FromPath[str], data: JSONBody[NewApiKey]) -> Response[MadeApiKey]:
    """Makes an API key. This answer is the only place it ever stands in: the house keeps its hash."""
    asker = await auth.require(request, site_id, "keys.manage")
    house = request.app.state.house
    key_id, prefix = house.commands.ids(), secrets.token_hex(KEY_PREFIX_BYTES)
    said = f"{auth.KEY_MARK}{prefix}_{secrets.token_urlsafe(KEY_SECRET_BYTES)}"
    wish = AddApiKey(
        site_id=site_id, key=f"add-{key_id}", key_id=key_id, name=data.name, prefix=prefix,
        hash_hex=auth.hash_of(said).hex(), scopes=sorted(set(data.scopes)), by=asker.id,
    )  # fmt: skip
    answer: Any = await house.commands.give(Actor("system", asker.id, source="api"), wish)
    if isinstance(answer, Refused):
        return Response[Any](answer, status_code=HTTP_STATUS[answer.code], media_type=MediaType.JSON)
    made = MadeApiKey(id=key_id, name=data.name, key=said, scopes=list(wish.scopes))
    return Response(made, status_code=201, headers={"cache-control": "no-store"})


async def _person(request: Request) -> tuple[Me, auth.Session]:
    session = None if auth.key_said(request) else await auth.session_of(request)
    person = await views.me(request.app.state.house.pool, session.staff_id) if session else None
    if session is None or person is None:
        raise NotAuthorizedException("Please sign in.")
    return person, session


ROUTES = (*signing.ROUTES, me, token, house, all_roles, staff, keys, make_key)
