"""The life of one connection, without its socket: messages in, lines out, the clock, the end with its code.

Commands (`commands.py`) are answered strictly in order, one at a time, also while a check waits for the database: the
rest queues here, and the socket is not read while too much does. Only pongs pass, they are nobody's command. What was
begun is finished when the connection goes (a command may have been committed); its answer is then dropped.

States: new → connecting → connected; an error reply to connect leaves it refused, where any command is 3501.
"""

import asyncio
import logging
import math
import os
import time
from collections import deque
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import msgspec

from realtime import codes, commands, subscriptions, wire
from realtime.backend import Refusal, Session
from realtime.channels import Subscription
from realtime.codes import Close, Error, Refused
from realtime.turn import Reader
from realtime.wire import Command

if TYPE_CHECKING:
    from realtime.gateway import Gateway

log = logging.getLogger("realtime")

MESSAGE_BYTES = 65_536
"""Largest message taken; over it 1009."""
CONNECT_S = 10.0
"""A socket that is not connected by then is stale."""
PONG_S = 8.0
"""A ping is answered within this time, or nobody is there."""
COMMAND_S = 10.0
"""Time limit of one command, calls to the backend included; then error 100, temporary."""
BACKLOG_BYTES = 131_072
"""Commands waiting behind one that takes its time: two full messages; then the socket is not read."""
COMMANDS_PER_S = 200.0
"""Commands a connection may send for good; above it 111, temporary."""
COMMANDS_BURST = 400
"""Commands at once: a reconnect with all its subscriptions, three times over. As many refused ones on top end the
connection with 3013."""
COMMANDS_A_TURN = 32
"""Commands of one connection answered in a row; then the others have their turn."""


class Client:
    __slots__ = (
        "_allowance",
        "_allowed_at",
        "_backlog",
        "_backlog_bytes",
        "_busy",
        "_lapse",
        "_next_ping",
        "_pinged_at",
        "_reader",
        "_state",
        "_unanswered",
        "_wake_at",
        "channels",
        "closed",
        "gateway",
        "ident",
        "rights",
        "session",
    )

    def __init__(self, gateway: "Gateway", reader: Reader) -> None:
        """`rights` counts changes of this user's rights: what was authorised at another count was asked too early."""
        self.ident = ""
        self.session: Session | None = None
        self.channels: dict[str, Subscription] = {}
        self.closed = False
        self.gateway = gateway
        self.rights = 0
        self._reader = reader
        self._backlog: deque[bytes] | None = None
        self._backlog_bytes = 0
        self._busy = False
        self._state = "new"
        self._unanswered = 0
        self._pinged_at = self._next_ping = self._wake_at = self._allowed_at = 0.0
        self._allowance = float(COMMANDS_BURST)
        self._lapse = math.inf  # unix seconds: the first of the subscriptions to end

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
        try:
            self._take_commands()
        except Exception:  # the outermost edge of one connection
            log.exception("a connection failed")
            self.end(*codes.FAULT)

    def _take_commands(self) -> None:
        """Take the next commands; hand over to a task as soon as one has to wait for something."""
        backlog, taken = self._backlog, 0
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._allowance = min(self._allowance + (now - self._allowed_at) * COMMANDS_PER_S, float(COMMANDS_BURST))
        self._allowed_at = now
        while backlog and not self.closed:
            if taken == COMMANDS_A_TURN:
                self._busy = True
                loop.call_soon(self._go_on)
                return
            taken += 1
            command = self._read(backlog.popleft())
            if command is None or not self._affords(command):
                continue
            self.gateway.count.commands += 1
            work = self._begin(command)
            if work is not None:
                self._busy = True
                self.gateway.spawn(self._finish(command.id, work))
                return
        self._backlog = None
        if self._backlog_bytes:
            self._backlog_bytes = 0
            self._reader.hold(on=False)

    def _go_on(self) -> None:
        self._busy = False
        self._work()

    async def _finish(self, ident: int, work: Coroutine[Any, Any, None]) -> None:
        try:
            async with asyncio.timeout(COMMAND_S):
                await work
        except Refused as refused:
            self.refuse(ident, refused.why)
        except Exception:  # the outermost edge of one command: its fault is not the connection's
            log.exception("a command failed")
            self.refuse(ident, codes.INTERNAL)
        self._go_on()
        if self._busy:  # with the next one: what they publish leaves together
            self.gateway.turn.linger()

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

    def _affords(self, command: Command) -> bool:
        """Who floods is asked to come again later, then closed."""
        self._allowance -= 1
        if self._allowance >= 0 or self.gateway.unlimited:
            return True
        if self._allowance < -COMMANDS_BURST:
            self.end(*codes.FLOOD)
        else:
            self.refuse(command.id, codes.TOO_MANY)
        return False

    def _begin(self, command: Command) -> Coroutine[Any, Any, None] | None:
        """Answer at once, or give the coroutine that will."""
        if command.connect is not None and self._state == "new":
            self._state = "connecting"
            return commands.connect(self, command.id, command.connect)
        if command.connect is not None or self._state != "connected":
            self.end(*codes.MALFORMED)
            return None
        try:
            return commands.begin(self, command)
        except Refused as refused:
            self.refuse(command.id, refused.why)
            return None

    # Out

    def say(self, line: bytes) -> None:
        if not self.closed:
            self._reader.send(line)

    def refuse(self, ident: int, why: Error | Close | Refusal) -> None:
        if isinstance(why, Close) or (isinstance(why, Refusal) and why.close):
            self.end(why.code, why.reason)
            return
        self.gateway.count.errors += 1
        if self._state == "connecting":
            self._state = "refused"
            self._backlog = None
            self.gateway.unseat(self)
        if ident:
            message = why.message if isinstance(why, Error) else why.reason
            self.say(wire.error_reply(ident, why.code, message, temporary=why.temporary))

    # Who it is, and what it reads

    def recognised(self, session: Session) -> None:
        """From here on a change of this user's rights concerns this connection."""
        self.session = session
        self.ident = os.urandom(12).hex()
        self.gateway.users.setdefault(session.user, set()).add(self)

    def welcome(self, session: Session) -> None:
        """The connect reply is on its way."""
        self._state = "connected"
        self.gateway.count.connected += 1
        self._next_ping = asyncio.get_running_loop().time() + session.ping_s
        self._wake(self._next_ping)
        self.lasts(session.expires_at)

    @property
    def connected(self) -> bool:
        return self._state == "connected" and not self.closed

    def info(self, chan_info: bytes | None = None) -> bytes:
        """How others see this connection: raw JSON."""
        assert self.session is not None
        more = b',"conn_info":' + wire.one_line(self.session.info) if self.session.info else b""
        if chan_info:
            more += b',"chan_info":' + wire.one_line(chan_info)
        return b'{"user":%b,"client":"%b"%b}' % (wire.quote(self.session.user), self.ident.encode(), more)

    def joins(self, subscription: Subscription) -> None:
        """It reads this channel from here on; the reply that says so goes out in the same turn."""
        channel = subscription.channel
        self.gateway.channels.join(channel, self._reader, subscription)
        self.channels[channel.name] = subscription

    def leaves(self, name: str) -> bool:
        subscription = self.channels.pop(name, None)
        if subscription is None:
            return False
        self.gateway.channels.leave(subscription.channel, self._reader)
        self.gateway.went(subscription)
        return True

    def drop(self, name: str, why: Close) -> None:
        """The server ends a subscription; nothing of that channel follows the push."""
        if self.leaves(name):
            self.say(wire.unsubscribe_push(name, *why))

    def lost(self, subscription: Subscription) -> None:
        """The channel cannot go on from where it was; it has forgotten this reader already."""
        if self.channels.pop(subscription.channel.name, None) is None:
            return
        self.gateway.went(subscription)
        if subscription.server:
            self.end(*codes.POSITION_LOST)
        else:
            self.say(wire.unsubscribe_push(subscription.channel.name, *codes.INSUFFICIENT))

    def rights_changed(self) -> None:
        """Whatever is being authorised right now was asked too early."""
        self.rights += 1

    # Time

    def wind(self) -> None:
        """Start the clock on a connection that has said nothing yet."""
        self._allowed_at = asyncio.get_running_loop().time()
        self._next_ping = self._allowed_at + CONNECT_S
        self._wake(self._next_ping)

    def _wake(self, when: float) -> None:
        self._wake_at = when
        self.gateway.wake_at(self, when)

    def lasts(self, expires_at: float | None) -> None:
        """Be there when the grace after `expires_at` (unix seconds) is over."""
        if expires_at is not None:
            when = asyncio.get_running_loop().time() + max(0.0, expires_at + subscriptions.REFRESH_S - time.time())
            if when < self._wake_at:
                self._wake(when)

    def minds(self, subscription: Subscription) -> None:
        """The same for a subscription."""
        if subscription.grant.expires_at is not None:
            self._lapse = min(self._lapse, subscription.grant.expires_at)
            self.lasts(self._lapse)

    def due(self, now: float) -> None:
        """Called about when it asked to be: end what is stale, expired or silent; ping; say when to call again."""
        if now < self._wake_at:
            return  # an earlier appointment, overtaken
        session = self.session
        spared = self.gateway.spared(now)
        if session is None or self._state != "connected":
            if spared:
                self._wake(now)
            else:
                self.end(*codes.STALE)
            return
        if self._unanswered and now - self._pinged_at >= PONG_S and not spared:
            self.end(*codes.NO_PONG)
            return
        ends = min(session.expires_at or math.inf, self._lapse) + subscriptions.REFRESH_S
        if ends < math.inf and time.time() > ends and not spared:
            self._expire(session, time.time() - subscriptions.REFRESH_S)
            if self.closed:
                return
        if now >= self._next_ping:
            if not self._unanswered:
                self._pinged_at = now
            self._unanswered += 1
            self._next_ping = now + session.ping_s
            self._reader.send(wire.PING)
        self._wake(min(self._next_ping, self._pinged_at + PONG_S if self._unanswered else self._next_ping))
        self.lasts(session.expires_at)
        self.lasts(None if self._lapse == math.inf else self._lapse)

    def _expire(self, session: Session, before: float) -> None:
        """End what was to be refreshed and was not."""
        if session.expires_at is not None and session.expires_at < before:
            self.end(*codes.EXPIRED)
            return
        self._lapse = math.inf
        for name, subscription in list(self.channels.items()):
            expires_at = subscription.grant.expires_at or math.inf
            if expires_at >= before:
                self._lapse = min(self._lapse, expires_at)
            elif subscription.server:  # its client cannot refresh it; it comes back and is given what is right then
                self.end(*codes.SUBSCRIPTION_EXPIRED)
                return
            else:
                self.drop(name, codes.UNSUBSCRIBE_EXPIRED)

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
            self.gateway.count.closes += 1
            self.gone()
            self._reader.close(code, reason)

    def gone(self) -> None:
        """The socket is no more, or about to be."""
        if self.closed:
            return
        for name in list(self.channels):
            self.leaves(name)
        self.closed = True
        self.gateway.left(self)
