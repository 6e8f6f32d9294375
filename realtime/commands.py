"""What a client may ask: each command checks, asks the house behind the gateway, and answers.

`begin` answers at once or gives the coroutine that will. `Refused` ends a command with its error, or the connection.
"""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from realtime import codes, subscriptions, wire
from realtime.backend import Grant, Refusal
from realtime.codes import Refused
from realtime.wire import Command

if TYPE_CHECKING:
    from realtime.client import Client

CHANNEL_BYTES = 255
HISTORY_LIMIT = 300
"""Publications in one history reply."""
NESTED = 128
"""Levels of a publication's data: some readers' JSON parsers end at a thousand, and would lose the connection there."""


def begin(client: "Client", command: Command) -> Coroutine[Any, Any, None] | None:
    ident = command.id
    if command.subscribe is not None:
        return subscriptions.subscribe(client, ident, _named(command.subscribe.channel), command.subscribe)
    if command.unsubscribe is not None:
        client.leaves(_named(command.unsubscribe.channel))
        client.say(wire.reply(ident, b"unsubscribe"))
    elif command.publish is not None:
        return _publish(client, ident, _named(command.publish.channel), command.publish)
    elif command.presence is not None:
        return _presence(client, ident, _named(command.presence.channel), stats=False)
    elif command.presence_stats is not None:
        return _presence(client, ident, _named(command.presence_stats.channel), stats=True)
    elif command.history is not None:
        return _history(client, ident, _named(command.history.channel), command.history)
    elif command.send is not None:
        pass  # a message without an answer, and without a taker
    elif command.rpc is not None:
        return _rpc(client, ident, command.rpc)
    elif command.refresh is not None:
        return _refresh(client, ident, _shown(command.refresh.token))
    elif command.sub_refresh is not None:
        name, token = _named(command.sub_refresh.channel), _shown(command.sub_refresh.token)
        return subscriptions.refresh(client, ident, name, token)
    else:
        raise Refused(codes.MALFORMED)  # no request at all, or the schema's unused ping
    return None


def _named(channel: str | None) -> str:
    if not channel:
        raise Refused(codes.MALFORMED)
    if len(channel.encode()) > CHANNEL_BYTES:
        raise Refused(codes.BAD_REQUEST)
    return channel


def _shown(token: str | None) -> str:
    if not token:
        raise Refused(codes.MALFORMED)
    return token


# The connection


async def connect(client: "Client", ident: int, ask: wire.Connect) -> None:
    gateway = client.gateway
    revocations = -1
    while revocations != gateway.revocations:  # one that came while we asked may have been this person's
        revocations = gateway.revocations
        session = await gateway.backend.connect(ask.token or "", bytes(ask.data))
        if client.closed:
            return
    if isinstance(session, Refusal):
        raise Refused(session)
    client.recognised(session)
    given = await subscriptions.of_session(client, session, ask.subs or {})
    if client.closed:
        return
    # No await from here on: the positions in the reply are those the pushes go on from.
    subs = b",".join(b"%b:%b" % (wire.quote(wish.name), subscriptions.start(client, wish)) for wish in given)
    said = [_names(client), b'"ping":%d,"pong":true' % session.ping_s]
    if session.expires_at is not None:
        said.append(subscriptions.life(session.expires_at))
    if session.data:
        said.append(b'"data":' + wire.one_line(session.data))
    if subs:
        said.append(b'"subs":{%b}' % subs)
    client.say(wire.reply(ident, b"connect", b"{%b}" % b",".join(said)))
    client.welcome(session)
    for wish in given:
        subscriptions.started(client, wish)


async def _refresh(client: "Client", ident: int, token: str) -> None:
    session = client.session
    assert session is not None
    answer = await client.gateway.backend.refresh(session, token)
    if client.closed:
        return
    if isinstance(answer, Refusal):
        raise Refused(answer)
    if answer.user != session.user:
        raise Refused(codes.INVALID_TOKEN)
    client.session = answer
    client.lasts(answer.expires_at)
    said = [_names(client)]
    if answer.expires_at is not None:
        said.append(subscriptions.life(answer.expires_at))
    client.say(wire.reply(ident, b"refresh", b"{%b}" % b",".join(said)))


def _names(client: "Client") -> bytes:
    return b'"client":"%b","version":%b' % (client.ident.encode(), wire.quote(client.gateway.version))


# Channels


async def _readable(client: "Client", name: str) -> Grant:
    """Leave to read a channel, subscribed to or not."""
    held = client.channels.get(name)
    try:
        return await subscriptions.granted(client, name, held.token if held else "")
    except Refused as refused:
        if held is not None and subscriptions.stands(held, refused.why):
            return held.grant
        raise


async def _publish(client: "Client", ident: int, name: str, ask: wire.Publish) -> None:
    if ask.type:
        raise Refused(codes.NOT_AVAILABLE)
    data = bytes(ask.data)
    if not data or wire.nested_deeper(data, NESTED):
        raise Refused(codes.BAD_REQUEST)
    held = client.channels.get(name)
    info = client.info(held.grant.info if held else None)
    assert client.session is not None
    refusal = await client.gateway.backend.publish(client.session, name, wire.one_line(data), info)
    if refusal is not None:
        raise Refused(refusal)
    client.say(wire.reply(ident, b"publish"))


async def _presence(client: "Client", ident: int, name: str, *, stats: bool) -> None:
    grant = await _readable(client, name)
    if not grant.presence:
        raise Refused(codes.NOT_AVAILABLE)
    if stats:
        body = b'{"num_clients":%d,"num_users":%d}' % await client.gateway.presence_stats(name)
        client.say(wire.reply(ident, b"presence_stats", body))
    else:
        present = await client.gateway.presence(name)
        listed = b",".join(b"%b:%b" % (wire.quote(key), info) for key, info in present.items())
        client.say(wire.reply(ident, b"presence", b'{"presence":{%b}}' % listed))


async def _history(client: "Client", ident: int, name: str, ask: wire.ReadHistory) -> None:
    if not (await _readable(client, name)).history:
        raise Refused(codes.NOT_AVAILABLE)
    limit = HISTORY_LIMIT if ask.limit < 0 else min(ask.limit, HISTORY_LIMIT)
    read = client.gateway.channels.history
    if ask.reverse and ask.since is not None and not ask.since.offset:
        raise Refused(codes.BAD_REQUEST)
    if ask.reverse or not limit:
        found = await read(name, None, 0)
        items: list[tuple[int, bytes]] = []
        end = found.top if ask.since is None else min(ask.since.offset - 1, found.top)
        if limit and end > 0:
            found = await read(name, max(0, end - limit), limit)
            items = [item for item in reversed(found.publications) if item[0] <= end]
    else:
        found = await read(name, ask.since.offset if ask.since else 0, limit)
        items = found.publications[:limit]
    if ask.since is not None and ask.since.epoch and ask.since.epoch != found.epoch:
        raise Refused(codes.UNRECOVERABLE)
    listed = b",".join(wire.publication(offset, data) for offset, data in items)
    body = b'{"publications":[%b],"epoch":%b,"offset":%d}' % (listed, wire.quote(found.epoch), found.top)
    client.say(wire.reply(ident, b"history", body))


# Anything else


async def _rpc(client: "Client", ident: int, ask: wire.Rpc) -> None:
    assert client.session is not None
    answer = await client.gateway.backend.rpc(client.session, ask.method, bytes(ask.data))
    if isinstance(answer, Refusal):
        raise Refused(answer)
    client.say(wire.reply(ident, b"rpc", b'{"data":%b}' % wire.one_line(answer or b"null")))
