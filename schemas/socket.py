"""The bodies of the socket's replies and pushes (Centrifugal client protocol v2), as this house sends them.

On the wire they are put together from bytes; here they stand as words, for the documents made from words. Fields that
have nothing to say are left out. What comes up is in `realtime.wire`.
"""

from typing import Any

from msgspec import UNSET, Struct, UnsetType


class Publication(Struct, forbid_unknown_fields=True):
    """`offset` is one more than that of the channel's publication before, always; `data` is the channel's message."""

    offset: int
    data: Any


class Badge(Struct, forbid_unknown_fields=True):
    name: str
    initials: str
    role: str


class ClientInfo(Struct, forbid_unknown_fields=True):
    """One connection, as others see it."""

    user: str
    client: str
    conn_info: Badge


class Connected(Struct, forbid_unknown_fields=True):
    """`ping`: a ping comes every so many seconds, and is answered. `ttl`: seconds until a `refresh` is due."""

    client: str
    version: str
    ping: int
    pong: bool
    expires: bool | UnsetType = UNSET
    ttl: int | UnsetType = UNSET


class Refreshed(Struct, forbid_unknown_fields=True):
    client: str
    version: str
    expires: bool | UnsetType = UNSET
    ttl: int | UnsetType = UNSET


class Subscribed(Struct, forbid_unknown_fields=True):
    """From here on every publication comes once and in order. Asked to recover: `recovered` and `publications` bring
    what was missed after the asked offset, and `offset` is the asked one; otherwise `offset` (0 if left out) is where
    the channel stands."""

    recoverable: bool
    positioned: bool
    epoch: str
    offset: int | UnsetType = UNSET
    was_recovering: bool | UnsetType = UNSET
    recovered: bool | UnsetType = UNSET
    publications: list[Publication] | UnsetType = UNSET


class Unsubscribed(Struct, forbid_unknown_fields=True):
    """Nothing of this channel follows."""


class Presence(Struct, forbid_unknown_fields=True):
    """By connection."""

    presence: dict[str, ClientInfo]


class PresenceStats(Struct, forbid_unknown_fields=True):
    num_clients: int
    num_users: int


class Page(Struct, forbid_unknown_fields=True):
    """`epoch` and `offset` are where the channel stands, whatever was listed."""

    publications: list[Publication]
    epoch: str
    offset: int


class Answered(Struct, forbid_unknown_fields=True):
    """`data` is a message of `commands`: done, or refused."""

    data: Any


class Fault(Struct, forbid_unknown_fields=True):
    """`temporary` invites to ask again after a while."""

    code: int
    message: str
    temporary: bool | UnsetType = UNSET


class Ended(Struct, forbid_unknown_fields=True):
    """A subscription is over; from code 2500 on it should be asked for again, with its position."""

    code: int
    reason: str


class Came(Struct, forbid_unknown_fields=True):
    info: ClientInfo
