"""Tokens as Centrifugo's users make them: JWTs signed with a shared secret, for a connection or for one channel.

A token is judged in this order: signature and form, purpose, time. So a forged one never learns whether it expired.
"""

import base64
import time
from collections.abc import Callable
from typing import Final, TypeVar

import jwt
import msgspec
from msgspec import Raw, Struct

from realtime.backend import Grant, Refusal, Session
from realtime.codes import INVALID_TOKEN, PERMISSION_DENIED, TOKEN_EXPIRED
from realtime.wire import EMPTY

ALGORITHMS: Final = ["HS256", "HS384", "HS512"]

INVALID: Final = Refusal(*INVALID_TOKEN, close=True)
EXPIRED: Final = Refusal(TOKEN_EXPIRED.code, TOKEN_EXPIRED.message)
DENIED: Final = Refusal(PERMISSION_DENIED.code, PERMISSION_DENIED.message)

Claims = TypeVar("Claims", "ConnectionClaims", "ChannelClaims")


class Switch(Struct, frozen=True):
    value: bool = False


class Override(Struct, frozen=True):
    """What a token may change of a channel's options."""

    presence: Switch | None = None
    join_leave: Switch | None = None
    force_positioning: Switch | None = None
    force_recovery: Switch | None = None


class Terms(Struct, frozen=True):
    """What a token says about one channel. `b64info` and `b64data` are the same as JSON bytes in base64."""

    info: Raw = EMPTY
    b64info: str | None = None
    data: Raw = EMPTY
    b64data: str | None = None
    override: Override | None = None


class ConnectionClaims(Struct, frozen=True):
    """`expire_at` replaces `exp` for the life of the connection; zero or less means for ever."""

    sub: str | None = None
    exp: float | None = None
    nbf: float | None = None
    expire_at: float | None = None
    info: Raw = EMPTY
    b64info: str | None = None
    channels: list[str] | None = None
    subs: dict[str, Terms] | None = None
    channel: str | None = None


class ChannelClaims(Terms, frozen=True):
    sub: str | None = None
    channel: str | None = None
    exp: float | None = None
    nbf: float | None = None
    expire_at: float | None = None


_connection: Final = msgspec.json.Decoder(ConnectionClaims)
_channel: Final = msgspec.json.Decoder(ChannelClaims)


class Tokens:
    """`secret` = "" knows no valid token. `grant` is what a channel's reader gets before a token changes it."""

    def __init__(self, secret: str, grant: Grant, *, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret.encode()
        self._grant = grant
        self._clock = clock
        self._jws = jwt.PyJWS(algorithms=ALGORITHMS)

    def session(self, token: str) -> Session | Refusal:
        """Who holds this connection token. `Session.meta` maps the channels it names to their grants."""
        try:
            claims = self._claims(token, _connection)
            if claims.channel:
                return INVALID
            if self._out_of_time(claims):
                return EXPIRED
            granted = dict.fromkeys(claims.channels or (), self._grant)
            granted |= {name: self.granted(terms) for name, terms in (claims.subs or {}).items()}
            info = _json(claims.info, claims.b64info)
        except ValueError:
            return INVALID
        return Session(claims.sub or "", _end(claims), info=info, channels=tuple(granted), meta=granted)

    def grant(self, token: str, user: str, channel: str) -> Grant | Refusal:
        """What this subscription token allows; one made for another channel or user ends the connection."""
        try:
            claims = self._claims(token, _channel)
            if claims.channel != channel or (claims.sub or "") != user:
                return INVALID
            if self._out_of_time(claims):
                return EXPIRED
            return self.granted(claims, _end(claims))
        except ValueError:
            return DENIED

    def _claims(self, token: str, decoder: msgspec.json.Decoder[Claims]) -> Claims:
        """What a token says, once its signature is right. Raises ValueError."""
        if not self._secret:
            raise ValueError("no secret to verify with")
        try:
            return decoder.decode(self._jws.decode(token, self._secret, ALGORITHMS))
        except (jwt.InvalidTokenError, TypeError, RecursionError) as fault:
            raise ValueError("not a token of ours") from fault

    def _out_of_time(self, claims: ConnectionClaims | ChannelClaims) -> bool:
        now = self._clock()
        ended = claims.exp is not None and now >= claims.exp
        return ended or (claims.nbf is not None and now < claims.nbf)

    def granted(self, terms: Terms, expires_at: float | None = None) -> Grant:
        """Raises ValueError for terms that are no JSON."""
        said = terms.override or Override()
        forced = any(switch is not None and switch.value for switch in (said.force_recovery, said.force_positioning))
        return Grant(
            presence=self._grant.presence if said.presence is None else said.presence.value,
            join_leave=self._grant.join_leave if said.join_leave is None else said.join_leave.value,
            recovery="always" if forced else self._grant.recovery,
            history=self._grant.history,
            expires_at=expires_at,
            info=_json(terms.info, terms.b64info),
            data=_json(terms.data, terms.b64data),
        )


def _end(claims: ConnectionClaims | ChannelClaims) -> float | None:
    end = claims.exp if claims.expire_at is None else claims.expire_at
    return end if end is not None and end > 0 else None


def _json(raw: Raw, encoded: str | None) -> bytes | None:
    """JSON bytes, given as they are or in base64 (which wins). Raises ValueError when they are no JSON."""
    data = json_bytes(encoded) if encoded else bytes(raw)
    return data if data not in (b"", b"null") else None


def json_bytes(encoded: str) -> bytes:
    """One JSON value in UTF-8, out of base64. Raises ValueError when it is not that."""
    data = base64.b64decode(encoded, validate=True)
    data.decode()
    try:
        return bytes(_any.decode(data))
    except RecursionError as fault:
        raise ValueError("JSON too deep") from fault


_any: Final = msgspec.json.Decoder(Raw)
