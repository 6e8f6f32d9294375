"""Sign-ins: one family of sessions and refresh tokens each, from the password to signing out.

A sign-in opens a session of half an hour and a refresh token of thirty days. A refresh token is used once: it brings a
new session and its own successor. One that comes back after it was used has been copied, and nobody can tell by whom:
the whole sign-in ends, its sessions and sockets with it.

One exception: within 10 s of its use the same token brings another session and another successor. An answer may have
been lost on the way, and two tabs of one screen may ask at the same moment; refusing them would sign tablets out on bad
wireless. Which of such siblings is used next uses up all of them, so a copy that slipped through the 10 s is found out
when the second of the two comes back.

Only hashes are stored. What is written here runs under the sign-in's own row lock, one renewal at a time.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from hub.core import auth, sql
from hub.core.clock import wall_now
from hub.core.ids import new_id
from hub.people import orders
from schemas.base import Refused

q = sql.load(__file__)

REFRESH_LIFE = timedelta(days=30)  # unused for that long, a screen signs in anew; each use begins it again
GRACE = timedelta(seconds=10)  # a used token that comes back this soon was lost on the way, or raced
RENEWALS_MAX = 10  # of one sign-in in a minute: a screen's tabs need one in half an hour
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Opened:
    """What goes into the cookies."""

    staff_id: str
    sign_in_id: str
    session: str
    refresh: str


@dataclass(frozen=True, slots=True)
class Reused:
    """A token came back that was used before: its sign-in has just been ended."""

    staff_id: str
    sign_in_id: str


async def begin(pool: asyncpg.Pool, staff_id: str) -> Opened:
    """A new sign-in of a person whose password was right."""
    now, sign_in_id = wall_now(), new_id()
    async with pool.acquire(timeout=5) as db, db.transaction():
        await q.begin_sign_in(db, sign_in_id=sign_in_id, staff_id=staff_id, now=now, expires_at=now + REFRESH_LIFE)
        return await _open(db, staff_id, sign_in_id, now)


async def renew(pool: asyncpg.Pool, secret: str, now: datetime) -> Opened | Reused | Refused:
    """A refresh token's one use."""
    digest = auth.hash_of(secret)
    async with pool.acquire(timeout=5) as db, db.transaction():
        sign_in_id = await q.lock_family(db, hash=digest)
        if sign_in_id is None:
            return _refused("refresh_unknown", "Please sign in.")
        token = await q.refresh_token(db, hash=digest, lately=now - _MINUTE)
        if token["ended_at"] is not None or token["expires_at"] <= now or not token["active"]:
            return _refused("refresh_ended", "You were signed out. Please sign in.")
        if token["used_at"] is not None and now - token["used_at"] > GRACE:
            await q.end_sign_in(db, sign_in_id=sign_in_id, now=now, reason="reused")
            return Reused(token["staff_id"], sign_in_id)
        if token["renewals"] >= RENEWALS_MAX:
            return Refused(
                code="rate_limited", reason="rate_limited", message="Renewed too often. Wait a minute.", retry="later",
                retry_s=_MINUTE.total_seconds(),
            )  # fmt: skip
        if token["used_at"] is None:
            await q.use_tokens(db, sign_in_id=sign_in_id, now=now)
        await q.slide_sign_in(db, sign_in_id=sign_in_id, now=now, expires_at=now + REFRESH_LIFE)
        return await _open(db, token["staff_id"], sign_in_id, now)


async def end(house: Any, session_hash: bytes, now: datetime) -> str | None:
    """Signs out: the session's whole sign-in, its sockets at once. Works with a session that has run out too, or a
    screen left alone for half an hour could not be signed out. Its sign-in's id, if it has one."""
    ended = await q.end_by_session(house.pool, hash=session_hash, now=now)
    if ended is None or ended["sign_in_id"] is None:
        return None
    await orders.sign_out(house, ended["staff_id"], ended["sign_in_id"])
    return str(ended["sign_in_id"])


async def end_others(house: Any, staff_id: str, *, keep: auth.Session, now: datetime) -> list[str]:
    """Signs a person out everywhere but here."""
    records = await q.end_other_sign_ins(
        house.pool, staff_id=staff_id, keep=keep.sign_in_id, keep_session=keep.id, now=now
    )  # fmt: skip
    ended = [str(record["id"]) for record in records]
    for sign_in_id in ended:
        await orders.sign_out(house, staff_id, sign_in_id)
    return ended


async def _open(db: asyncpg.Connection, staff_id: str, sign_in_id: str, now: datetime) -> Opened:
    refresh = secrets.token_urlsafe(32)
    await q.issue_token(db, hash=auth.hash_of(refresh), sign_in_id=sign_in_id, now=now)
    return Opened(staff_id, sign_in_id, await auth.open_session(db, staff_id, sign_in_id), refresh)


def _refused(reason: str, sentence: str) -> Refused:
    return Refused(code="unauthorised", reason=reason, message=sentence)
