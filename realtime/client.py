"""One connection's side of the protocol, without its socket: messages in, frames out, close codes at the end.

Commands are answered strictly in order, one at a time, also while a check waits for the database: the rest queues
here, and the socket is not read while too much does. Only pongs pass, they are nobody's command. What was begun is
finished when the connection goes (a command may have been committed); its answer is then dropped.

States: new → (connect) → connected; an error reply to connect leaves it refused, where any command is 3501.
"""

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import msgspec

from realtime import codes, wire
from realtime.backend import Grant, Refusal, Session
from realtime.channels import Channel, Subscription
from realtime.codes import Close, Error
from realtime.turn import Reader
from realtime.wire import Command

if TYPE_CHECKING:
    from realtime.gateway import Gateway

log = logging.getLogger("realtime")

MESSAGE_BYTES = 65_536
"""Largest message taken; over it 1009."""
CONNECT_S = 10.0
"""A socket that has not said connect by then is stale."""
PONG_S = 8.0
"""A ping is answered within this time, or nobody is there."""
REFRESH_S = 25.0
"""Grace after a token's end for the refresh to arrive."""
COMMAND_S = 10.0
"""Time limit of one command, calls to the backend included; then error 100, temporary."""
CHANNELS = 128
"""Subscriptions per connection."""
CHANNEL_BYTES = 255
HISTORY_LIMIT = 300
"""Publications in one history reply."""
BACKLOG_BYTES = 131_072
"""Commands waiting behind one that takes its time: two full messages; then the socket is not read."""


class Refused(Exception):  # noqa: N818  (an answer on its way out, not a fault)
    """Ends a command: an error reply (`temporary` invites a retry), or the end of the connection."""

    def __init__(self, why: Error | Close | Refusal) -> None:
        super().__init__(why)
        self.why = why


class Client:
    __slots__ = (
        "_backlog",
        "_backlog_bytes",
        "_busy",
        "_gateway",
        "_next_ping",
        "_pinged_at",
        "_reader",
        "_rights",
        "_state",
        "_unanswered",
        "_wake_at",
        "channels",
        "closed",
        "ident",
        "session",
    )

    def __init__(self, gateway: "Gateway", reader: Reader) -> None:
        self.ident = ""
        self.session: Session | None = None
        self.channels: dict[str, Channel] = {}
        self.closed = False
        self._gateway = gateway
        self._reader = reader
        self._backlog: deque[bytes] | None = None
        self._backlog_bytes = 0
        self._busy = False
        self._state = "new"
        self._rights = 0
        self._unanswered = 0
        self._pinged_at = self._next_ping = self._wake_at = 0.0

    # In

    def received(self, message: bytes) -> None:
        """One whole message: one or more commands, a line each."""
        if message == b"{}":
            self._pong()
            return
        lines = message.split(b"\n")
        if not lines[-1] and len(lines) > 1:
            lines.pop()
        if self._busy:
            assert self._backlog is not None
            self._backlog.extend(lines)
            self._backlog_bytes += len(message)
            if self._backlog_bytes > BACKLOG_BYTES:
                self._reader.hold(on=True)
            return
        self._backlog = deque(lines)
        self._work()

    def _work(self) -> None:
        """Take the next commands; hand over to a task as soon as one has to wait for something."""
        backlog = self._backlog
        while backlog and not self.closed:
            line = backlog.popleft()
            command = self._read(line)
            if command is None:
                continue
            self._gateway.count.commands += 1
            work = self._begin(command)
            if work is not None:
                self._busy = True
                self._gateway.spawn(self._finish(command.id, work))
                return
        self._backlog = None
        if self._backlog_bytes:
            self._backlog_bytes = 0
            self._reader.hold(on=False)

    async def _finish(self, ident: int, work: Coroutine[Any, Any, None]) -> None:
        try:
            async with asyncio.timeout(COMMAND_S):
                await work
        except Refused as refused:
            self._refuse(ident, refused.why)
        except Exception:  # the outermost edge of one command: its fault is not the connection's
            log.exception("a command failed")
            self._refuse(ident, codes.INTERNAL)
        self._busy = False
        self._work()

    def _read(self, line: bytes) -> Command | None:
        try:
            command = wire.decode_command(line)
        except (msgspec.DecodeError, RecursionError):
            self.end(*codes.MALFORMED)
            return None
        if not 0 <= command.id < 1 << 32:
            self.end(*codes.MALFORMED)
            return None
        if not command.id and command.send is None:
            if line.translate(None, b" \t\r") == b"{}":
                self._pong()
            else:
                self.end(*codes.MALFORMED)
            return None
        return command

    def _begin(self, command: Command) -> Coroutine[Any, Any, None] | None:
        """Answer at once, or give the coroutine that will."""
        if command.connect is not None:
            if self._state != "new":
                self.end(*codes.MALFORMED)
                return None
            return self._connect(command.id, command.connect)
        if self._state != "connected":
            self.end(*codes.MALFORMED)
            return None
        try:
            return self._ask(command)
        except Refused as refused:
            self._refuse(command.id, refused.why)
            return None

    def _ask(self, command: Command) -> Coroutine[Any, Any, None] | None:
        ident = command.id
        if command.subscribe is not None:
            return self._subscribe(ident, self._askable(command.subscribe), command.subscribe)
        if command.unsubscribe is not None:
            self._unsubscribe(ident, self._named(command.unsubscribe.channel))
        elif command.publish is not None:
            raise Refused(codes.NOT_AVAILABLE)  # commits publish, clients do not
        elif command.presence is not None:
            return self._presence(ident, self._named(command.presence.channel), stats=False)
        elif command.presence_stats is not None:
            return self._presence(ident, self._named(command.presence_stats.channel), stats=True)
        elif command.history is not None:
            return self._history(ident, self._named(command.history.channel), command.history)
        elif command.send is not None:
            pass  # a message without an answer, and without a taker
        elif command.rpc is not None:
            return self._rpc(ident, command.rpc)
        elif command.refresh is not None:
            if not command.refresh.token:
                raise Refused(codes.MALFORMED)
            return self._refresh(ident, command.refresh.token)
        elif command.sub_refresh is not None:
            held = self._named(command.sub_refresh.channel) in self.channels
            raise Refused(codes.NOT_AVAILABLE if held else codes.PERMISSION_DENIED)
        else:
            raise Refused(codes.MALFORMED)  # no request at all, or the schema's unused ping
        return None

    # Connect and refresh

    async def _connect(self, ident: int, ask: wire.Connect) -> None:
        self._state = "connecting"
        answer = await self._gateway.backend.connect(ask.token or "", bytes(ask.data))
        if self.closed:
            return
        if isinstance(answer, Refusal):
            self._state = "refused"
            if self._backlog:
                self._backlog.clear()
            raise Refused(answer)
        self._state = "connected"
        self.session = answer
        self.ident = os.urandom(12).hex()
        gateway = self._gateway
        gateway.users.setdefault(answer.user, set()).add(self)
        gateway.count.connected += 1
        body = b'{"client":"%b","version":%b,"ping":%d,"pong":true%b}'
        life = self._life(answer)
        said = body % (self.ident.encode(), wire.quote(gateway.version), answer.ping_s, life)
        self._reader.send(wire.reply(ident, b"connect", said))
        now = asyncio.get_running_loop().time()
        self._next_ping = now + answer.ping_s
        self._wake(self._next_ping)

    async def _refresh(self, ident: int, token: str) -> None:
        session = self.session
        assert session is not None
        answer = await self._gateway.backend.refresh(session, token)
        if self.closed:
            return
        if isinstance(answer, Refusal):
            raise Refused(answer)
        if answer.user != session.user:
            raise Refused(codes.INVALID_TOKEN)
        self.session = answer
        body = b'{"client":"%b","version":%b%b}'
        said = body % (self.ident.encode(), wire.quote(self._gateway.version), self._life(answer))
        self._reader.send(wire.reply(ident, b"refresh", said))

    @staticmethod
    def _life(session: Session) -> bytes:
        if session.expires_at is None:
            return b""
        return b',"expires":true,"ttl":%d' % max(1, int(session.expires_at - time.time()))

    # Channels

    def _named(self, channel: str | None) -> str:
        if not channel:
            raise Refused(codes.MALFORMED)
        if len(channel.encode()) > CHANNEL_BYTES:
            raise Refused(codes.BAD_REQUEST)
        return channel

    def _askable(self, ask: wire.Subscribe) -> str:
        channel = self._named(ask.channel)
        if channel in self.channels:
            raise Refused(codes.ALREADY_SUBSCRIBED)
        if len(self.channels) >= CHANNELS:
            raise Refused(codes.LIMIT_EXCEEDED)
        if ask.type:
            raise Refused(codes.NOT_AVAILABLE)
        if ask.tf is not None:
            raise Refused(codes.BAD_REQUEST)
        return channel

    async def _granted(self, channel: str) -> Grant:
        """Leave to read, as it stands now: a revocation that arrives while we ask makes us ask again."""
        while True:
            rights = self._rights
            assert self.session is not None
            answer = await self._gateway.backend.authorise(self.session, channel)
            if isinstance(answer, Refusal):
                raise Refused(answer)
            if rights == self._rights:
                return answer

    async def _subscribe(self, ident: int, name: str, ask: wire.Subscribe) -> None:
        channels, count = self._gateway.channels, self._gateway.count
        while True:
            grant = await self._granted(name)
            rights = self._rights
            since = (ask.offset, ask.epoch or "") if ask.recover else None
            channel, missed = await channels.place(name, since)
            if self.closed:
                return
            if rights == self._rights:
                break
        # No await from here on: the position in the reply is the one the pushes go on from.
        ring = channel.ring
        assert ring is not None
        if missed is not None:
            count.recovered += 1
            shown = b',"publications":%b' % missed if len(missed) > 2 else b""
            offset, rest = ask.offset, shown + b',"recovered":true,"was_recovering":true'
        elif ask.recover:
            count.unrecovered += 1
            if ask.flag & 2:
                raise Refused(codes.UNRECOVERABLE)
            offset, rest = ring.top, b',"was_recovering":true'
        else:
            offset, rest = ring.top, b""
        subscription = Subscription(self, grant, join_leave=grant.join_leave and ask.join_leave)
        channels.join(channel, self._reader, subscription)
        self.channels[name] = channel
        where = b',"offset":%d' % offset if offset else b""
        body = b'{"recoverable":true,"positioned":true,"epoch":%b%b%b}' % (wire.quote(ring.epoch), where, rest)
        self._reader.send(wire.reply(ident, b"subscribe", body))
        if grant.join_leave:
            self._tell(channel, b"join")

    def _unsubscribe(self, ident: int, name: str) -> None:
        self._leave(name)
        self._reader.send(wire.reply(ident, b"unsubscribe"))

    def drop(self, name: str, why: Close) -> None:
        """The server ends a subscription; nothing of that channel follows the push."""
        if self._leave(name):
            self._reader.send(wire.unsubscribe_push(name, *why))

    def rights_changed(self) -> None:
        """Whatever is being authorised right now was asked too early."""
        self._rights += 1

    def _leave(self, name: str) -> bool:
        channel = self.channels.pop(name, None)
        if channel is None:
            return False
        subscription = self._gateway.channels.leave(channel, self._reader)
        if subscription is not None and subscription.grant.join_leave:
            self._tell(channel, b"leave")
        return True

    def _tell(self, channel: Channel, kind: bytes) -> None:
        push = None
        for reader, subscription in channel.readers.items():
            if subscription.join_leave:
                push = push or wire.presence_push(channel.name, kind, self.info())
                reader.send(push)

    def info(self) -> bytes:
        """How presence shows this connection."""
        assert self.session is not None
        more = b',"conn_info":' + wire.one_line(self.session.info) if self.session.info else b""
        return b'{"user":%b,"client":"%b"%b}' % (wire.quote(self.session.user), self.ident.encode(), more)

    async def _presence(self, ident: int, name: str, *, stats: bool) -> None:
        grant = await self._granted(name)
        if not grant.presence:
            raise Refused(codes.NOT_AVAILABLE)
        if stats:
            found = self._gateway.channels.get(name)
            there = [s.client for s in found.readers.values() if s.grant.presence] if found else []
            users = {client.session.user for client in there if client.session is not None}
            body = b'{"num_clients":%d,"num_users":%d}' % (len(there), len(users))
            self._say(wire.reply(ident, b"presence_stats", body))
            return
        present = await self._gateway.presence(name)
        listed = b",".join(b'"%b":%b' % (k.encode(), v) for k, v in present.items())
        self._say(wire.reply(ident, b"presence", b'{"presence":{%b}}' % listed))

    async def _history(self, ident: int, name: str, ask: wire.ReadHistory) -> None:
        await self._granted(name)
        limit = HISTORY_LIMIT if ask.limit < 0 else min(ask.limit, HISTORY_LIMIT)
        read = self._gateway.channels.history
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
        self._say(wire.reply(ident, b"history", body))

    async def _rpc(self, ident: int, ask: wire.Rpc) -> None:
        assert self.session is not None
        answer = await self._gateway.backend.rpc(self.session, ask.method, bytes(ask.data))
        if isinstance(answer, Refusal):
            raise Refused(answer)
        self._say(wire.reply(ident, b"rpc", b'{"data":%b}' % wire.one_line(answer or b"null")))

    # Out

    def _say(self, data: bytes) -> None:
        if not self.closed:
            self._reader.send(data)

    def _refuse(self, ident: int, why: Error | Close | Refusal) -> None:
        if isinstance(why, Close) or (isinstance(why, Refusal) and why.close):
            self.end(why.code, why.reason)
            return
        self._gateway.count.errors += 1
        if ident:
            message = why.message if isinstance(why, Error) else why.reason
            self._say(wire.error_reply(ident, why.code, message, temporary=why.temporary))

    # Time

    def wind(self) -> None:
        """Start the clock on a connection that has said nothing yet."""
        self._next_ping = asyncio.get_running_loop().time() + CONNECT_S
        self._wake(self._next_ping)

    def _wake(self, when: float) -> None:
        self._wake_at = when
        self._gateway.wake_at(self, when)

    def due(self, now: float) -> None:
        """Called about when it asked to be: end what is stale, expired or silent; ping; say when to call again."""
        if now < self._wake_at:
            return  # an earlier appointment, overtaken
        session = self.session
        if session is None:
            self.end(*codes.STALE)
            return
        if self._unanswered and now - self._pinged_at >= PONG_S:
            self.end(*codes.NO_PONG)
            return
        if session.expires_at is not None and time.time() > session.expires_at + REFRESH_S:
            self.end(*codes.EXPIRED)
            return
        if now >= self._next_ping:
            if not self._unanswered:
                self._pinged_at = now
            self._unanswered += 1
            self._next_ping = now + session.ping_s
            self._reader.send(wire.PING)
        self._wake(min(self._next_ping, self._pinged_at + PONG_S if self._unanswered else self._next_ping))

    def _pong(self) -> None:
        if not self._unanswered:
            self.end(*codes.MALFORMED)
            return
        self._unanswered -= 1
        if self._unanswered and self.session is not None:
            self._pinged_at += self.session.ping_s

    # The end

    def end(self, code: int, reason: str) -> None:
        """Close: what is queued goes first, then the code. Nothing of this connection remains in any channel."""
        if not self.closed:
            self._gateway.count.closes += 1
            self.gone()
            self._reader.close(code, reason)

    def gone(self) -> None:
        """The socket is no more, or about to be."""
        if self.closed:
            return
        for name in list(self.channels):
            self._leave(name)
        self.closed = True
        self._gateway.left(self)
