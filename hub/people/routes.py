"""Doors for people: signing in and out, who am I, the socket's token, who works here."""

import hashlib
from time import time

import redis.asyncio as redis
import structlog
from litestar import Request, Response, get, post
from litestar.exceptions import NotAuthorizedException, NotFoundException, TooManyRequestsException
from litestar.params import FromPath, JSONBody

from hub.core import auth, passwords, sql
from hub.core.limits import Buckets
from hub.people import views
from schemas.people import Credentials, Me, SampleRole, SocketToken, StaffMember
from schemas.venues import HouseView

log = structlog.get_logger("people")
q = sql.load(__file__)

TRIES_PER_MINUTE = 10  # sign-ins from one address for one login: a person mistypes, a machine guesses
ADDRESS_PER_MINUTE = 60  # sign-ins from one address for any login: a whole team behind one router at shift change
_alone = Buckets(per_second=TRIES_PER_MINUTE / 60, burst=TRIES_PER_MINUTE)  # while Redis is away, per process


@post("/api/login", status_code=200, tags=["people"], request_max_body_size=4096)
async def login(request: Request, data: JSONBody[Credentials]) -> Response[Me]:
    """Signs in with an address and a password; the session comes as a cookie."""
    auth.refuse_foreign(request)
    house = request.app.state.house
    address = request.client.host if request.client else "?"
    await _throttle(house.redis, f"{address}|{data.email.lower()}", TRIES_PER_MINUTE)
    await _throttle(house.redis, address, ADDRESS_PER_MINUTE)
    known = await q.by_email(house.pool, email=data.email)
    right = await passwords.matches(known["password_hash"] if known else None, data.password)
    if not right or not known["active"]:
        raise NotAuthorizedException("This address and password do not go together.")
    return await _signed_in(request, known["id"])


@post("/api/login/sample", status_code=200, tags=["people"], request_max_body_size=4096)
async def login_sample(request: Request, data: JSONBody[SampleRole]) -> Response[Me]:
    """One-tap sign-in with a role; in a sample house only."""
    auth.refuse_foreign(request)
    pool = request.app.state.house.pool
    if not await q.sample(pool):
        raise NotFoundException("There is nothing here.")
    person = await q.with_role(pool, role=data.role)
    if person is None:
        raise NotFoundException("Nobody has this role here.")
    return await _signed_in(request, person["id"])


@post("/api/logout", status_code=204, tags=["people"])
async def logout(request: Request) -> Response[None]:
    """Signs this session out."""
    auth.refuse_foreign(request)
    await auth.close_session(request)
    return Response(None, status_code=204, cookies=[auth.cookie(None, secure=_secure(request))])


@get("/api/me", tags=["people"])
async def me(request: Request) -> Response[Me]:
    """The person signed in, their sites, roles and permissions."""
    person = await _person(request)
    return Response(person, headers={"cache-control": "no-store"}, cookies=_slid(request))


@get("/api/token", tags=["people"])
async def token(request: Request) -> Response[SocketToken]:
    """A token for the socket: what its connect and refresh take."""
    person = await _person(request)
    made = auth.make_token(
        request.app.state.house.settings.secret, staff_id=person.staff_id,
        session=auth.session_id(request.cookies[auth.COOKIE]), info=views.badge(person),
    )  # fmt: skip
    body = SocketToken(token=made, ttl_s=auth.TOKEN_LIFE_S)
    return Response(body, headers={"cache-control": "no-store"}, cookies=_slid(request))


@get("/api/house", tags=["people"])
async def house(request: Request) -> HouseView:
    """What the sign-in page shows before anybody is known."""
    sample, name, roles = await q.house(request.app.state.house.pool)
    return HouseView(name=name or "maitred", sample=sample, roles=roles or [])


@get("/api/sites/{site_id:str}/staff", tags=["people"])
async def staff(request: Request, site_id: FromPath[str]) -> list[StaffMember]:
    """Everybody with a role at the site."""
    await auth.require(request, site_id, "staff.read")
    return await views.staff_of_site(request.app.state.house.pool, site_id)


async def _person(request: Request) -> Me:
    actor = await auth.actor_of(request)
    known = actor.staff_id if actor else None
    person = await views.me(request.app.state.house.pool, known) if known else None
    if person is None:
        raise NotAuthorizedException("Please sign in.")
    return person


async def _signed_in(request: Request, staff_id: str) -> Response[Me]:
    pool = request.app.state.house.pool
    secret = await auth.open_session(pool, staff_id)
    cookies = [auth.cookie(secret, secure=_secure(request))]
    person = await views.me(pool, staff_id)
    if person is None:
        raise NotAuthorizedException("Please sign in.")  # deactivated between the two looks
    return Response(person, headers={"cache-control": "no-store"}, cookies=cookies)


def _slid(request: Request) -> list:
    """The cookie slides with its session."""
    return [auth.cookie(request.cookies[auth.COOKIE], secure=_secure(request))]


def _secure(request: Request) -> bool:
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"


async def _throttle(bus: redis.Redis, who: str, per_minute: int) -> None:
    """Counts by the minute, over all processes; by each process alone while Redis is away."""
    who = hashlib.sha256(who.encode()).hexdigest()[:32]  # addresses of people are not left lying about
    key = f"login:{who}:{int(time() // 60)}"
    try:
        async with bus.pipeline(transaction=True) as pipe:
            pipe.incr(key)
            pipe.expire(key, 120)
            tries, _ = await pipe.execute()
        wait = tries > per_minute
    except redis.RedisError:
        log.warning("login_throttle_alone")
        wait = _alone.take(who) > 0
    if wait:
        raise TooManyRequestsException("Too many tries. Wait a minute.")


ROUTES = (login, login_sample, logout, me, token, house, staff)
