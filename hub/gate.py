"""What the gateway asks of the hub: who is this, may they read that channel, what did they miss, do this command."""

from collections.abc import Sequence
from time import time

import asyncpg
import msgspec

from hub.core import auth, roles, sql
from hub.core.actor import Actor
from hub.core.gathering import Gathered
from hub.core.rows import ChannelName
from hub.house import House
from realtime.backend import Grant, History, Refusal, Session

q = sql.load(sql.__file__)
_encode = msgspec.json.Encoder().encode

STAFF_PING_S = 5  # staff screens call a link stale after 8 s of silence
INVALID_TOKEN = Refusal(code=3500, reason="invalid token", close=True, temporary=False)
EXPIRED_TOKEN = Refusal(code=109, reason="token expired", close=False, temporary=False)
EXPIRED_CONNECTION = Refusal(code=3005, reason="connection expired", close=True, temporary=True)  # comes again, anew
FORBIDDEN = Refusal(code=103, reason="permission denied", close=False, temporary=False)
NOT_AVAILABLE = Refusal(code=108, reason="not available")
UNKNOWN_CHANNEL = Refusal(code=102, reason="unknown channel", close=False, temporary=False)


class Gate:
    """The hub's side of `realtime.backend.Backend`. Tablets that come all at once are looked up all at once."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._lives = Gathered(self._sessions_live)
        self._rights = Gathered(self._rights_of)

    async def _sessions_live(self, asked: Sequence[auth.SignIn]) -> list[bool]:
        return await auth.sessions_live(self.house.pool, asked)

    async def _rights_of(self, asked: Sequence[tuple[str, str, str]]) -> list[asyncpg.Record]:
        """Of site, person and sign-in: `roles` and `stands`."""
        site_ids, staff_ids, sign_in_ids = zip(*asked, strict=True)
        return await q.rights_of(self.house.pool, site_ids=site_ids, staff_ids=staff_ids, sign_in_ids=sign_in_ids)

    async def connect(self, token: str, data: bytes = b"") -> Session | Refusal:  # noqa: ARG002  (screens say nothing)
        claims = auth.read_token(self.house.settings.secret, token)
        if claims is None:
            return INVALID_TOKEN
        if claims.expires_at <= time():
            return EXPIRED_TOKEN
        if not await self._lives((claims.session_id, claims.sign_in_id, claims.staff_id)):
            return INVALID_TOKEN
        return Session(
            user=claims.staff_id,
            expires_at=claims.expires_at,
            ping_s=STAFF_PING_S,
            info=_encode(claims.info),
            sign_in=claims.sign_in_id,
            meta=claims,
        )  # fmt: skip

    async def refresh(self, session: Session, token: str) -> Session | Refusal:
        fresh = await self.connect(token)
        if fresh is EXPIRED_TOKEN:
            return EXPIRED_CONNECTION
        if isinstance(fresh, Session) and fresh.user != session.user:
            return INVALID_TOKEN
        return fresh

    async def stands(self, session: Session) -> Refusal | None:
        claims = session.meta
        assert isinstance(claims, auth.Claims)
        lives = await self._lives((claims.session_id, claims.sign_in_id, claims.staff_id))
        return None if lives else INVALID_TOKEN

    async def authorise(self, session: Session, channel: str, token: str = "") -> Grant | Refusal:  # noqa: ARG002
        """By roles, whatever a token says."""
        parsed = ChannelName.parse(channel)
        permission = roles.CHANNEL_READ.get(parsed.kind) if parsed else None
        if parsed is None or permission is None:
            return UNKNOWN_CHANNEL
        rights = await self._rights((parsed.site_id, session.user, session.sign_in))
        if not rights["stands"]:
            return INVALID_TOKEN
        if permission not in roles.permissions(rights["roles"]):
            return FORBIDDEN
        return Grant(presence=parsed.kind == "floor", join_leave=parsed.kind == "floor")

    async def publish(self, session: Session, channel: str, data: bytes, info: bytes) -> Refusal:  # noqa: ARG002
        """Commits publish, clients do not."""
        return NOT_AVAILABLE

    async def history(self, channel: str, since: int | None, limit: int) -> History:
        return History(*await self.house.states.history(channel, since, limit))

    async def rpc(self, session: Session, method: str, data: bytes) -> bytes | Refusal:
        answer = await self.house.commands.ask(Actor.staff(session.user, source="socket"), method, data)
        return _encode(answer)


def site_of(channel: str) -> str:
    """The site whose commits a channel is fed from; none for a name no channel has."""
    parsed = ChannelName.parse(channel)
    return parsed.site_id if parsed else ""
