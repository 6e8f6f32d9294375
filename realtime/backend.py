"""What the gateway asks of the house behind it: a handful of functions, handed in; nothing else is known of it.

Every call is awaited under a time limit (`realtime.client.COMMAND_S`). A refusal is a value; an exception is a fault,
which the client sees as error 100 (temporary).
"""

from typing import Protocol

from msgspec import Struct


class Session(Struct, frozen=True):
    """Who is connected, until when. `expires_at` is unix seconds; `info` is raw JSON shown in presence; `sign_in` names
    which of the user's sign-ins opened the connection, so that one of them can be closed alone."""

    user: str
    expires_at: float | None = None
    ping_s: int = 25
    info: bytes | None = None
    sign_in: str = ""
    meta: object = None


class Refusal(Struct, frozen=True):
    """A no: an error reply, or with `close` the end of the connection. `temporary` invites the client to retry."""

    code: int
    reason: str
    close: bool = False
    temporary: bool = False


class Grant(Struct, frozen=True):
    """Leave to read a channel, and whether it shows who else is there."""

    presence: bool = False
    join_leave: bool = False


class History(Struct, frozen=True):
    """A channel's position `(epoch, top)` and publications `(offset, JSON bytes)` after the asked one, oldest first.

    What is no longer kept is simply missing at the front; the caller sees it by the first offset.
    """

    epoch: str
    top: int
    publications: list[tuple[int, bytes]]


class Backend(Protocol):
    async def connect(self, token: str) -> Session | Refusal:
        """Who holds this token. 109 when it expired (error reply), 3500 with `close` when it is not valid at all."""

    async def refresh(self, session: Session, token: str) -> Session | Refusal:
        """The same person with a later end; 3005 with `close` if this token has expired as well."""

    async def authorise(self, session: Session, channel: str) -> Grant | Refusal:
        """May this person read this channel now? By the roles as they are now, never as the token had them."""

    async def history(self, channel: str, since: int | None, limit: int) -> History:
        """Position and what came after `since` (exclusive), from the database. `None` asks for the position only."""

    async def rpc(self, session: Session, method: str, data: bytes) -> bytes | Refusal:
        """Do what is asked; the answer is JSON bytes."""
