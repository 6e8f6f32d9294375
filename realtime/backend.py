"""What the gateway asks of the house behind it: a handful of functions, handed in; nothing else is known of it.

Every call is awaited under a time limit (`realtime.client.COMMAND_S`). A refusal is a value; an exception is a fault,
which the client sees as error 100 (temporary).
"""

from typing import Literal, Protocol

from msgspec import Struct


class Session(Struct, frozen=True):
    """Who is connected, until when. `expires_at` is unix seconds; `info` is raw JSON shown in presence; `sign_in` names
    which of the user's sign-ins opened the connection, so that one of them can be closed alone. `data` is raw JSON for
    the connect reply; `channels` are subscribed with the connection, unasked, each authorised as if asked for."""

    user: str
    expires_at: float | None = None
    ping_s: int = 25
    info: bytes | None = None
    sign_in: str = ""
    data: bytes | None = None
    channels: tuple[str, ...] = ()
    meta: object = None


class Refusal(Struct, frozen=True):
    """A no: an error reply, or with `close` the end of the connection. `temporary` invites the client to retry."""

    code: int
    reason: str
    close: bool = False
    temporary: bool = False


class Grant(Struct, frozen=True):
    """Leave to read a channel, and what comes with it.

    `presence` shows who else is there, and lets others see this one; `join_leave` tells those who ask of comings and
    goings; `recovery` gives position and recovery to all ("always"), to who asks ("asked"), or to nobody ("never");
    `history` may be read. `expires_at` (unix seconds) ends the subscription unless a new token is shown by then;
    `info` is raw JSON for presence, `data` raw JSON for the subscribe reply.
    """

    presence: bool = False
    join_leave: bool = False
    recovery: Literal["always", "asked", "never"] = "always"
    history: bool = True
    expires_at: float | None = None
    info: bytes | None = None
    data: bytes | None = None


class History(Struct, frozen=True):
    """A channel's position `(epoch, top)` and publications `(offset, JSON bytes)` after the asked one, oldest first.

    What is no longer kept is simply missing at the front; the caller sees it by the first offset.
    """

    epoch: str
    top: int
    publications: list[tuple[int, bytes]]


class Backend(Protocol):
    async def connect(self, token: str, data: bytes) -> Session | Refusal:
        """Who holds this token ("" = none was shown). 109 when it expired (error reply), 3500 with `close` when it is
        not valid at all. `data` is what the client said besides, raw JSON, or empty."""

    async def refresh(self, session: Session, token: str) -> Session | Refusal:
        """The same person with a later end; 3005 with `close` if this token has expired as well."""

    async def stands(self, session: Session) -> Refusal | None:
        """Whether what opened this connection still stands; with `close` it is ended. Asked when a revocation may have
        been missed."""

    async def authorise(self, session: Session, channel: str, token: str = "") -> Grant | Refusal:
        """May this person read this channel now? By the roles as they are now, never as the connection's token had
        them. `token` is the subscription's own, where a channel needs one: shown when it is subscribed and, before
        `expires_at`, again."""

    async def publish(self, session: Session, channel: str, data: bytes, info: bytes) -> Refusal | None:
        """Publish raw JSON in this person's name; `info` is how readers see who it was (`wire.signed`)."""

    async def history(self, channel: str, since: int | None, limit: int) -> History:
        """Position and what came after `since` (exclusive), from the database. `None` asks for the position only."""

    async def rpc(self, session: Session, method: str, data: bytes) -> bytes | Refusal:
        """Do what is asked; the answer is JSON bytes."""


class Others(Protocol):
    """Who reads our channels at other gateways. Calls without `await` only take note; nothing may fail in them."""

    def came(self, channel: str, ident: str, info: bytes, *, shown: bool, told: bool) -> None:
        """Someone began to read here: connection id and raw JSON `{user, client, …}`; `shown` in presence, `told` =
        joins are told of, one of the two at least."""

    def went(self, channel: str, ident: str, info: bytes, *, told: bool) -> None: ...

    async def there(self, channel: str) -> dict[str, bytes]:
        """Readers at the other gateways, by connection id: raw JSON."""


class Nobody:
    """A gateway alone in the world."""

    def came(self, channel: str, ident: str, info: bytes, *, shown: bool, told: bool) -> None: ...
    def went(self, channel: str, ident: str, info: bytes, *, told: bool) -> None: ...

    async def there(self, channel: str) -> dict[str, bytes]:  # noqa: ARG002
        return {}
