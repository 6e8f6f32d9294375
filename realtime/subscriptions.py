"""How the subscriptions of a connection begin (asked for, or given by the server) and are prolonged.

A subscription is prepared first, which takes as many calls as it takes; when all that begin together have their leave
and stand still at once, they begin in one go: position, reply and the first push after it belong together, so there is
no await between `prepare` and the reply.
"""

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from realtime import codes, wire
from realtime.backend import Grant, Refusal, Session
from realtime.channels import Channel, Subscription
from realtime.codes import Close, Error, Refused

if TYPE_CHECKING:
    from realtime.client import Client

CHANNELS = 128
"""Subscriptions per connection."""
REFRESH_S = 25.0
"""Grace after the end of a connection or a subscription for its new token to arrive."""


class Wish:
    """A subscription that is to be."""

    __slots__ = ("ask", "channel", "grant", "missed", "name", "rights", "server")

    def __init__(self, name: str, ask: wire.Subscribe, *, server: bool) -> None:
        self.name = name
        self.ask = ask
        self.server = server
        self.rights = -1
        self.grant = Grant()
        self.channel: Channel | None = None
        self.missed: bytes | None = None

    @property
    def recoverable(self) -> bool:
        kind = self.grant.recovery
        return kind == "always" or (kind == "asked" and (self.server or self.ask.recoverable or self.ask.recover))

    @property
    def positioned(self) -> bool:
        return self.recoverable or (self.grant.recovery == "asked" and self.ask.positioned)


async def granted(client: "Client", name: str, token: str) -> Grant:
    """Leave to read, as it stands now: a revocation that arrives while we ask makes us ask again."""
    while True:
        rights = client.rights
        assert client.session is not None
        answer = await client.gateway.backend.authorise(client.session, name, token)
        if isinstance(answer, Refusal):
            raise Refused(answer)
        if rights == client.rights:
            return answer


def stands(subscription: Subscription, why: Error | Close | Refusal) -> bool:
    """Whether a subscription outlives this refusal: the token that opened it has run out, but not what it gave."""
    if why.code != codes.TOKEN_EXPIRED.code or not subscription.token:
        return False
    ends = subscription.grant.expires_at
    return ends is None or time.time() <= ends + REFRESH_S


def life(expires_at: float | None) -> bytes:
    """How long until `expires_at` (unix seconds), as fields of a reply."""
    if expires_at is None:
        return b""
    return b'"expires":true,"ttl":%d' % max(1, int(expires_at - time.time()))


async def prepare(client: "Client", wishes: list[Wish]) -> list[Wish]:
    """Leave, channel and missed publications of each. On return all of them hold, until the next await.

    What the server would give and may not is left out; what a client asked for and may not have is `Refused`.
    """
    channels = client.gateway.channels
    while True:
        for wish in list(wishes):
            try:
                if wish.rights != client.rights:
                    wish.grant = await granted(client, wish.name, wish.ask.token or "")
                    wish.rights = client.rights
            except Refused as refused:
                if not wish.server or refused.terminal:
                    raise
                wishes.remove(wish)
                continue
            if wish.channel is None or not channels.still(wish.channel):
                ask = wish.ask
                since = (ask.offset, ask.epoch or "") if ask.recover and wish.recoverable else None
                wish.channel, wish.missed = await channels.place(wish.name, since)
        if client.closed or all(
            wish.rights == client.rights and wish.channel and channels.still(wish.channel) for wish in wishes
        ):
            return wishes


def start(client: "Client", wish: Wish) -> bytes:
    """Join the channel; the SubscribeResult to put into the reply of this turn."""
    channel, ask, grant, count = wish.channel, wish.ask, wish.grant, client.gateway.count
    assert channel is not None
    ring = channel.ring
    assert ring is not None
    said: list[bytes] = []
    offset = ring.top
    if wish.recoverable:
        said.append(b'"recoverable":true')
        if ask.recover:
            missed = None if wish.missed is None else ring.missed(ask.offset)
            said.append(b'"was_recovering":true')
            if missed is not None:
                count.recovered += 1
                offset = ask.offset
                said.append(b'"recovered":true')
                if len(missed) > 2:
                    said.append(b'"publications":' + missed)
            else:
                count.unrecovered += 1
                if ask.flag & 2 and not wish.server:
                    raise Refused(codes.UNRECOVERABLE)
    if wish.positioned:
        said.append(b'"positioned":true,"epoch":' + wire.quote(ring.epoch))
        if offset:
            said.append(b'"offset":%d' % offset)
    if grant.expires_at is not None and not wish.server:
        said.append(life(grant.expires_at))
    if grant.data:
        said.append(b'"data":' + wire.one_line(grant.data))
    subscription = Subscription(
        client, channel, grant, token=ask.token or "", join_leave=grant.join_leave and (ask.join_leave or wish.server),
        positioned=wish.positioned, server=wish.server,
    )  # fmt: skip
    client.joins(subscription)
    return b"{" + b",".join(said) + b"}"


def started(client: "Client", wish: Wish) -> None:
    """The reply is on its way: others hear of it."""
    subscription = client.channels.get(wish.name)
    if subscription is not None:
        client.minds(subscription)
        client.gateway.came(subscription)


# Asked for


async def subscribe(client: "Client", ident: int, name: str, ask: wire.Subscribe) -> None:
    _askable(client, name)
    if ask.type:
        raise Refused(codes.NOT_AVAILABLE)
    if ask.tf is not None:
        raise Refused(codes.BAD_REQUEST)
    wish = Wish(name, ask, server=False)
    await prepare(client, [wish])
    if client.closed:
        return
    _askable(client, name)  # the server may have given it meanwhile
    client.say(wire.reply(ident, b"subscribe", start(client, wish)))
    started(client, wish)


def _askable(client: "Client", name: str) -> None:
    if name in client.channels:
        raise Refused(codes.ALREADY_SUBSCRIBED)
    if len(client.channels) >= CHANNELS:
        raise Refused(codes.LIMIT_EXCEEDED)


async def refresh(client: "Client", ident: int, name: str, token: str) -> None:
    """A new token for a subscription that ends."""
    subscription = client.channels.get(name)
    if subscription is None or subscription.server:
        raise Refused(codes.PERMISSION_DENIED)
    try:
        grant = await granted(client, name, token)
    except Refused as refused:
        if refused.why.code == codes.TOKEN_EXPIRED.code:
            raise Refused(codes.LAPSED) from None
        if refused.why.code == codes.PERMISSION_DENIED.code:
            raise Refused(codes.INVALID_TOKEN) from None
        raise
    if client.closed:
        return
    if client.channels.get(name) is not subscription:
        raise Refused(codes.PERMISSION_DENIED)
    subscription.token = token
    subscription.grant = replace(subscription.grant, expires_at=grant.expires_at)
    client.minds(subscription)
    client.say(wire.reply(ident, b"sub_refresh", b"{%b}" % life(grant.expires_at)))


# Given by the server


async def of_session(client: "Client", session: Session, stood: dict[str, wire.Subscribe]) -> list[Wish]:
    """The channels that come with a session, from where the client stood in them."""
    if len(session.channels) > CHANNELS:
        raise Refused(codes.CHANNEL_LIMIT)
    if not session.channels:
        return []
    nothing = wire.Subscribe()
    wishes = [Wish(name, stood.get(name, nothing), server=True) for name in dict.fromkeys(session.channels)]
    return await prepare(client, wishes)


async def give(client: "Client", name: str) -> bool:
    """Subscribe a connection that did not ask; whether it reads the channel now. `Refused` ends the connection."""
    wishes = await prepare(client, [Wish(name, wire.Subscribe(), server=True)])
    if client.closed or not wishes:
        return False
    if name in client.channels:
        return True
    if len(client.channels) >= CHANNELS:
        raise Refused(codes.CHANNEL_LIMIT)
    client.say(wire.subscribe_push(name, start(client, wishes[0])))
    started(client, wishes[0])
    return True
