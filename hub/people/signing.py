"""Doors for signing in, staying signed in, and signing out."""

import hashlib
from time import time
from typing import Any

import msgspec
import redis.asyncio as redis
import structlog
from litestar import MediaType, Request, Response, post
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException, NotFoundException, TooManyRequestsException
from litestar.params import JSONBody

from hub.core import auth, passwords, sql
from hub.core.clock import wall_now
from hub.core.limits import Buckets
from hub.people import orders, signins, views
from schemas.base import HTTP_STATUS, Refused, invalid
from schemas.people import ChangePassword, Credentials, Me, SampleRole

log = structlog.get_logger("people")
q = sql.load(__file__)

REFRESH_COOKIE = "maitred_refresh"
REFRESH_PATH = "/api/refresh"  # the only address that cookie is ever sent to
TRIES_PER_MINUTE = 10  # sign-ins from one address for one login: a person mistypes, a machine guesses
ADDRESS_PER_MINUTE = 60  # sign-ins from one address for any login: a whole team behind one router at shift change
_alone = Buckets(per_second=TRIES_PER_MINUTE / 60, burst=TRIES_PER_MINUTE)  # while Redis is away, per process


@post("/api/login", status_code=200, tags=["people"], request_max_body_size=4096)
async def login(request: Request, data: JSONBody[Credentials]) -> Response[Me]:
    """Signs in with an address and a password; session and refresh token come as cookies."""
    auth.refuse_foreign(request)
    house = request.app.state.house
    address = request.client.host if request.client else "?"
    await _throttle(house.redis, f"{address}|{data.email.lower()}", TRIES_PER_MINUTE)
    await _throttle(house.redis, address, ADDRESS_PER_MINUTE)
    known = await q.by_email(house.pool, email=data.email)
    right = await passwords.matches(known["password_hash"] if known else None, data.password)
    if not right or not known["active"]:
        raise NotAuthorizedException("This address and password do not go together.")
    return await _signed_in(request, await signins.begin(house.pool, known["id"]))


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
    return await _signed_in(request, await signins.begin(pool, person["id"]))


@post(REFRESH_PATH, status_code=200, tags=["people"], request_max_body_size=4096)
async def refresh(request: Request) -> Response[Me]:
    """A new session and a new refresh token for the refresh token of the cookie, which is then used. One that was used
    before ends its whole sign-in (401, `refresh_reused`)."""
    auth.refuse_foreign(request)
    secret = request.cookies.get(REFRESH_COOKIE)
    if not secret:
        return _turned_away(request, Refused(code="unauthorised", reason="signed_out", message="Please sign in."))
    house = request.app.state.house
    answer = await signins.renew(house.pool, secret, wall_now())
    if isinstance(answer, signins.Opened):
        return await _signed_in(request, answer)
    if isinstance(answer, signins.Reused):
        log.warning("refresh_reused", staff_id=answer.staff_id, sign_in=answer.sign_in_id)
        auth.forget(request, sign_in_id=answer.sign_in_id)
        await orders.sign_out(house, answer.staff_id, answer.sign_in_id)
        sentence = "This sign-in was used in two places and has been ended. Please sign in again."
        answer = Refused(code="unauthorised", reason="refresh_reused", message=sentence)
    return _turned_away(request, answer)


@post("/api/logout", status_code=204, tags=["people"])
async def logout(request: Request) -> Response[None]:
    """Signs this sign-in out: its sessions here and in other tabs, its refresh token, its sockets."""
    auth.refuse_foreign(request)
    secret = request.cookies.get(auth.COOKIE)
    if secret:
        digest = auth.hash_of(secret)
        ended = await signins.end(request.app.state.house, digest, wall_now())
        auth.forget(request, sign_in_id=ended or "", digest=digest)
    return Response(None, status_code=204, cookies=_cookies(request, None, None))


@post("/api/me/password", status_code=200, tags=["people"], request_max_body_size=4096)
async def change_password(request: Request, data: JSONBody[ChangePassword]) -> Response[Me]:
    """A new password for the person signed in; everywhere else they are signed out."""
    session = await auth.session_of(request)
    if session is None or auth.key_said(request) is not None:
        raise NotAuthorizedException("Please sign in.")
    house = request.app.state.house
    await _throttle(house.redis, f"password|{session.staff_id}", TRIES_PER_MINUTE)
    known = await q.password(house.pool, staff_id=session.staff_id)
    if not await passwords.matches(known["password_hash"] if known else None, data.old):
        return _answer(invalid("old", "That is not your password.", reason="wrong_password"))
    if data.new == data.old:
        return _answer(invalid("new", "That is the old password.", reason="same_password"))
    new = await passwords.hashed(data.new)
    changed = await q.set_password(
        house.pool, staff_id=session.staff_id, password_hash=new, was=known["password_hash"]
    )  # fmt: skip
    if changed is None:
        return _answer(Refused(code="conflict", reason="stale", field="old", message="Your password has just changed."))
    for sign_in_id in await signins.end_others(house, session.staff_id, keep=session, now=wall_now()):
        auth.forget(request, sign_in_id=sign_in_id)
    log.info("password_changed", staff_id=session.staff_id)
    person = await views.me(house.pool, session.staff_id)
    if person is None:
        raise NotAuthorizedException("Please sign in.")
    return Response(person, headers={"cache-control": "no-store"})


async def _signed_in(request: Request, opened: signins.Opened) -> Response[Me]:
    person = await views.me(request.app.state.house.pool, opened.staff_id)
    if person is None:
        raise NotAuthorizedException("Please sign in.")  # deactivated between the two looks
    return Response(
        person, headers={"cache-control": "no-store"}, cookies=_cookies(request, opened.session, opened.refresh)
    )


def _turned_away(request: Request, refused: Refused) -> Response[Any]:
    """A refresh token that brings nothing is taken away with its session, unless asking again may help."""
    gone = _cookies(request, None, None) if refused.code == "unauthorised" else []
    return _answer(refused, gone)


def _answer(refused: Refused, cookies: list[Cookie] | None = None) -> Response[Any]:
    status = HTTP_STATUS[refused.code]
    headers = {"cache-control": "no-store"} | ({"retry-after": f"{refused.retry_s:.0f}"} if refused.retry_s else {})
    body = msgspec.json.encode(refused)
    return Response(body, status_code=status, media_type=MediaType.JSON, headers=headers, cookies=cookies)


def _cookies(request: Request, session: str | None, refresh: str | None) -> list[Cookie]:
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    life = int(signins.REFRESH_LIFE.total_seconds()) if refresh else 0
    renewal = Cookie(
        REFRESH_COOKIE, value=refresh or "", path=REFRESH_PATH, httponly=True, samesite="strict", secure=secure,
        max_age=life,
    )  # fmt: skip
    return [auth.cookie(session, secure=secure), renewal]


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


ROUTES = (login, login_sample, refresh, logout, change_password)
