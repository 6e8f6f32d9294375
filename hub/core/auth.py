"""Who is at the door: the session cookie, the socket's token, and what the asker's roles allow now.

A session is 32 random bytes in an HttpOnly cookie; the database holds only their hash. It lives 12 h and slides while
it is used. What was read of a session is trusted for 5 s, so that a revoked one is out everywhere within 5 s; roles
are looked up anew at every door. Sessions and socket tokens run on wall time, never on house time.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from time import monotonic, time
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import jwt
from litestar import Request
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException

from hub.core import roles, sql
from hub.core.actor import Actor
from hub.core.clock import wall_now

q = sql.load(__file__)

COOKIE = "maitred_session"
SESSION_LIFE = timedelta(hours=12)  # a shift; sliding
SESSION_RENEW = timedelta(hours=1)  # a session is written at most once an hour for its sliding
TRUSTED_S = 5.0  # seconds what was read of a session is believed
SESSIONS_KEPT = 5_000  # sessions remembered; the longest unused is read again
TOKEN_LIFE_S = 600  # a socket token; the socket refreshes it
AUDIENCE = "maitred-socket"  # so that no other token signed with this secret opens a socket
READS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Claims:
    """A socket token, its signature good. It may have expired: `expires_at` (unix seconds) says."""

    staff_id: str
    session_id: str
    expires_at: float
    info: dict[str, Any]


# ---- cookie sessions


def hash_of(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def session_id(secret: str) -> str:
    """How a session is named in tokens and logs: a part of its hash, of no use at the door."""
    return hash_of(secret).hex()[:32]


async def open_session(pool: asyncpg.Pool, staff_id: str) -> str:
    """A new session's secret, to be put into the cookie."""
    secret = secrets.token_urlsafe(32)
    await q.open_session(pool, hash=hash_of(secret), staff_id=staff_id, expires_at=wall_now() + SESSION_LIFE)
    return secret


async def close_session(request: Request) -> None:
    """Signs this session out, here at once and in other processes within 5 s."""
    secret = request.cookies.get(COOKIE)
    if secret:
        _kept(request).forget(hash_of(secret))
        await q.close_session(request.app.state.house.pool, hash=hash_of(secret))


def cookie(secret: str | None, *, secure: bool) -> Cookie:
    """The session cookie; None takes it away."""
    return Cookie(
        COOKIE, value=secret or "", path="/", httponly=True, samesite="lax", secure=secure,
        max_age=int(SESSION_LIFE.total_seconds()) if secret else 0,
    )  # fmt: skip


async def actor_of(request: Request, source: str = "api") -> Actor | None:
    """The person whose session this is. A page of a foreign origin may not change anything in their name."""
    refuse_foreign(request)
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    digest, kept = hash_of(secret), _kept(request)
    staff_id = kept.get(digest)
    if staff_id is None:
        now = wall_now()
        staff_id = await q.use_session(
            request.app.state.house.pool, hash=digest, now=now, expires_at=now + SESSION_LIFE,
            renew_before=now + SESSION_LIFE - SESSION_RENEW,
        )  # fmt: skip
        if staff_id is None:
            return None
        kept.put(digest, staff_id)
    return Actor.staff(staff_id, source=source)


async def require(request: Request, site_id: str, permission: str) -> Actor:
    """The asker, if their roles at the site allow it now. Another house's site looks like one that does not exist."""
    actor = await actor_of(request)
    if actor is None:
        raise NotAuthorizedException("Please sign in.")
    held = await q.roles_of(request.app.state.house.pool, site_id=site_id, staff_id=actor.staff_id)
    if not held:
        raise NotFoundException("There is no such site.")
    if permission not in roles.permissions(held):
        raise PermissionDeniedException("Your role may not do this here.")
    return actor


def refuse_foreign(request: Request) -> None:
    """Cross-site request forgery: what changes state must come from the house's own pages, or from no page at all."""
    if request.method in READS:
        return
    origin = request.headers.get("origin")
    if origin is None:
        foreign = request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
    else:
        foreign = not welcome(origin, request.headers.get("host", ""), request.app.state.house.settings.origins)
    if foreign:
        raise PermissionDeniedException("This came from a page of another site.")


def welcome(origin: str, host: str, origins: tuple[str, ...]) -> bool:
    """Whether a page of this origin is the house's own (same host and port, whatever a proxy did to the scheme) or one
    the settings name."""
    return origin in origins or (urlsplit(origin).netloc.lower() == host.lower() and host != "")


@dataclass(slots=True)
class _Kept:
    """Sessions this process has read lately."""

    staff: OrderedDict[bytes, tuple[float, str]] = field(default_factory=OrderedDict)

    def get(self, digest: bytes) -> str | None:
        since, staff_id = self.staff.get(digest, (0.0, None))
        return staff_id if staff_id is not None and monotonic() - since < TRUSTED_S else None

    def put(self, digest: bytes, staff_id: str) -> None:
        self.staff[digest] = (monotonic(), staff_id)
        self.staff.move_to_end(digest)
        if len(self.staff) > SESSIONS_KEPT:
            self.staff.popitem(last=False)

    def forget(self, digest: bytes) -> None:
        self.staff.pop(digest, None)


def _kept(request: Request) -> _Kept:
    state = request.app.state
    if "sessions" not in state:
        state["sessions"] = _Kept()
    return state["sessions"]


# ---- socket tokens


def make_token(secret: str, *, staff_id: str, session: str, info: dict[str, Any]) -> str:
    """A token for the socket's connect and refresh: 10 minutes, named to one session."""
    now = int(time())
    claims = {
        "sub": staff_id, "sid": session, "aud": AUDIENCE, "iat": now, "exp": now + TOKEN_LIFE_S, "info": info,
    }  # fmt: skip
    return jwt.encode(claims, secret, algorithm="HS256")


def read_token(secret: str, token: str) -> Claims | None:
    """The claims of a token this house signed; None for anything else. The caller looks at `expires_at`."""
    try:
        said = jwt.decode(
            token, secret, algorithms=["HS256"], audience=AUDIENCE,
            options={"require": ["sub", "exp"], "verify_exp": False, "verify_iat": False},
        )  # fmt: skip
        return Claims(said["sub"], str(said.get("sid", "")), float(said["exp"]), said.get("info") or {})
    except (jwt.InvalidTokenError, TypeError, ValueError):
        return None


async def session_lives(pool: asyncpg.Pool, claims: Claims) -> bool:
    """Whether the session behind a token is still open: signed out is out, whatever the token's own end."""
    return bool(await q.session_lives(pool, id=claims.session_id, staff_id=claims.staff_id, now=wall_now()))
