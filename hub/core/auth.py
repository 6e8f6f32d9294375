"""Who is at the door: the session cookie, a program's key, the socket's token, and what the asker may do now.

A session is 32 random bytes in an HttpOnly cookie; the database holds only their hash. It lives half an hour and is
renewed by a refresh token (`hub.people.signins`), which belongs to the same sign-in. A program sends its key in the
Authorization header instead. What was read of either is trusted for 5 s, so that a revoked one is out everywhere within
5 s; roles are looked up anew at every door. Sessions, keys and socket tokens run on wall time, never on house time.
"""

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from math import ceil
from time import monotonic, time
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import jwt
from litestar import Request
from litestar.datastructures import Cookie
from litestar.exceptions import (
    NotAuthorizedException,
    NotFoundException,
    PermissionDeniedException,
    TooManyRequestsException,
)

from hub.core import roles, sql
from hub.core.actor import Actor
from hub.core.clock import wall_now

q = sql.load(__file__)

COOKIE = "maitred_session"
COOKIE_LIFE = timedelta(days=30)  # as long as its sign-in may last: a screen opened late still knows whom to renew
SESSION_LIFE = timedelta(minutes=30)  # from its making; a stolen one is good for no longer
TRUSTED_S = 5.0  # seconds what was read of a session or key is believed
KEPT_MAX = 5_000  # sessions and keys remembered; the longest unused is read again
TOKEN_LIFE_S = 600  # a socket token; the socket refreshes it
AUDIENCE = "maitred-socket"  # so that no other token signed with this secret opens a socket
READS = {"GET", "HEAD", "OPTIONS"}
KEY_MARK = "mk_"  # how a program's key begins, so that it is known for one wherever it turns up
KEY_USE_NOTED = timedelta(minutes=1)  # when a key was last used is written at most this often


@dataclass(frozen=True, slots=True)
class Session:
    """A person's session: whose, and the sign-in it belongs to ("" = none: it ends by itself)."""

    staff_id: str
    sign_in_id: str
    id: str


@dataclass(frozen=True, slots=True)
class Key:
    """A program's key: what it may do (`scopes`) at its one site."""

    id: str
    site_id: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Claims:
    """A socket token, its signature good. It may have expired: `expires_at` (unix seconds) says."""

    staff_id: str
    session_id: str
    sign_in_id: str
    expires_at: float
    info: dict[str, Any]


# ---- cookie sessions


def hash_of(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def session_id(secret: str) -> str:
    """How a session is named in tokens and logs: a part of its hash, of no use at the door."""
    return hash_of(secret).hex()[:32]


async def open_session(db: asyncpg.Pool | asyncpg.Connection, staff_id: str, sign_in_id: str | None = None) -> str:
    """A new session's secret, to be put into the cookie."""
    secret = secrets.token_urlsafe(32)
    await q.open_session(
        db, hash=hash_of(secret), staff_id=staff_id, sign_in_id=sign_in_id, expires_at=wall_now() + SESSION_LIFE
    )
    return secret


def cookie(secret: str | None, *, secure: bool) -> Cookie:
    """The session cookie; None takes it away."""
    return Cookie(
        COOKIE, value=secret or "", path="/", httponly=True, samesite="lax", secure=secure,
        max_age=int(COOKIE_LIFE.total_seconds()) if secret else 0,
    )  # fmt: skip


async def session_of(request: Request) -> Session | None:
    """The living session of the cookie. A page of a foreign origin may not change anything in its name."""
    refuse_foreign(request)
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    digest, kept = hash_of(secret), _kept(request)
    known = kept.get(digest)
    if known is None:
        found = await q.use_session(request.app.state.house.pool, hash=digest, now=wall_now())
        if found is None:
            return None
        known = kept.put(digest, Session(found["staff_id"], found["sign_in_id"] or "", session_id(secret)))
    return known if isinstance(known, Session) else None


def forget(request: Request, *, sign_in_id: str = "", digest: bytes = b"") -> None:
    """What was signed out is out here at once, and in other processes within 5 s."""
    _kept(request).forget(sign_in_id, digest)


# ---- programs' keys


def key_said(request: Request) -> str | None:
    """The key in the Authorization header. What a proxy in front may have put there instead is none of ours."""
    scheme, _, said = request.headers.get("authorization", "").partition(" ")
    said = said.strip()
    return said if scheme.lower() == "bearer" and said.startswith(KEY_MARK) else None


async def key_of(request: Request) -> Key | None:
    """The living key of the Authorization header. Cookies count for nothing beside it, and no page of another site can
    send it, so where the request comes from does not matter."""
    said = key_said(request)
    if said is None:
        return None
    digest, kept = hash_of(said), _kept(request)
    known = kept.get(digest)
    if known is None:
        now = wall_now()
        found = await q.use_key(request.app.state.house.pool, hash=digest, now=now, noted_before=now - KEY_USE_NOTED)
        if found is None:
            return None
        known = kept.put(digest, Key(found["id"], found["site_id"], frozenset(found["scopes"])))
    return known if isinstance(known, Key) else None


# ---- at every door


async def actor_of(request: Request, source: str = "api") -> Actor | None:
    """The person whose session this is, or the program whose key."""
    if key_said(request) is not None:
        key = await key_of(request)
        return Actor.key(key.id) if key else None
    session = await session_of(request)
    return Actor.staff(session.staff_id, source=source) if session else None


async def require(request: Request, site_id: str, permission: str) -> Actor:
    """The asker, if their roles (or their key's scopes) at the site allow it now. Another house's site looks like one
    that does not exist."""
    if key_said(request) is not None:
        return await _require_key(request, site_id, permission)
    session = await session_of(request)
    if session is None:
        raise NotAuthorizedException("Please sign in.")
    held = await q.roles_of(request.app.state.house.pool, site_id=site_id, staff_id=session.staff_id)
    if not held:
        raise NotFoundException("There is no such site.")
    if permission not in roles.permissions(held):
        raise PermissionDeniedException("Your role may not do this here.")
    return Actor.staff(session.staff_id)


async def _require_key(request: Request, site_id: str, permission: str) -> Actor:
    key = await key_of(request)
    if key is None:
        raise NotAuthorizedException("This key opens nothing.")
    actor = Actor.key(key.id)
    wait = request.app.state.house.commands.key_rate.take(actor.id)
    if wait:
        raise TooManyRequestsException("Too many requests with this key.", headers={"retry-after": str(ceil(wait))})
    if key.site_id != site_id:
        raise NotFoundException("There is no such site.")
    if permission not in key.scopes:
        raise PermissionDeniedException("This key may not do this.")
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
    """Sessions and keys this process has read lately, by the hash of their secret."""

    known: OrderedDict[bytes, tuple[float, Session | Key]] = field(default_factory=OrderedDict)

    def get(self, digest: bytes) -> Session | Key | None:
        since, known = self.known.get(digest, (0.0, None))
        return known if known is not None and monotonic() - since < TRUSTED_S else None

    def put(self, digest: bytes, known: Session | Key) -> Session | Key:
        self.known[digest] = (monotonic(), known)
        self.known.move_to_end(digest)
        if len(self.known) > KEPT_MAX:
            self.known.popitem(last=False)
        return known

    def forget(self, sign_in_id: str, digest: bytes) -> None:
        self.known.pop(digest, None)
        if sign_in_id:
            for at in [at for at, (_, known) in self.known.items() if getattr(known, "sign_in_id", "") == sign_in_id]:
                del self.known[at]


def _kept(request: Request) -> _Kept:
    state = request.app.state
    if "sessions" not in state:
        state["sessions"] = _Kept()
    return state["sessions"]


# ---- socket tokens


def make_token(secret: str, *, staff_id: str, session: str, info: dict[str, Any], sign_in: str = "") -> str:
    """A token for the socket's connect and refresh: 10 minutes, named to one session and its sign-in."""
    now = int(time())
    claims = {
        "sub": staff_id, "sid": session, "fam": sign_in, "aud": AUDIENCE, "iat": now, "exp": now + TOKEN_LIFE_S,
        "info": info,
    }  # fmt: skip
    return jwt.encode(claims, secret, algorithm="HS256")


def read_token(secret: str, token: str) -> Claims | None:
    """The claims of a token this house signed; None for anything else. The caller looks at `expires_at`."""
    try:
        said = jwt.decode(
            token, secret, algorithms=["HS256"], audience=AUDIENCE,
            options={"require": ["sub", "exp"], "verify_exp": False, "verify_iat": False},
        )  # fmt: skip
        sign_in = str(said.get("fam") or "")
        return Claims(said["sub"], str(said.get("sid", "")), sign_in, float(said["exp"]), said.get("info") or {})
    except (jwt.InvalidTokenError, TypeError, ValueError):
        return None


SignIn = tuple[str, str, str]  # session id, sign-in id, staff id: what a token says of itself


async def session_lives(pool: asyncpg.Pool, claims: Claims) -> bool:
    """Whether the sign-in behind a token (of a session without one: the session) is still open: signed out is out,
    whatever the token's own end."""
    return (await sessions_live(pool, [(claims.session_id, claims.sign_in_id, claims.staff_id)]))[0]


async def sessions_live(pool: asyncpg.Pool, asked: Sequence[SignIn]) -> list[bool]:
    """The same for many, in their order."""
    ids, sign_in_ids, staff_ids = zip(*asked, strict=True)
    found = await q.sessions_live(pool, ids=ids, sign_in_ids=sign_in_ids, staff_ids=staff_ids, now=wall_now())
    return [record["lives"] for record in found]
