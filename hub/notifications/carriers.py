"""Carriers: whoever takes a message to a phone or a mailbox.

A carrier is given a letter with an id of its own and may be given it again after a crash or a lost answer: the id is
what tells the two apart, and the guest's phone must ring once. `tests/hub/notifications/test_carriers.py` is what every
carrier has to pass. The console needs no account and no key; its messages are read on the house's own screens.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

import structlog

from schemas.notifications import MessageChannel

log = structlog.get_logger("carrier")

REMEMBERED = 10_000  # ids a carrier in this process knows it has taken; a crash forgets them, and says so in the log


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Letter:
    """One message on its way. Without a `repr`: what a guest is told belongs in no log."""

    id: str
    channel: MessageChannel
    recipient: str
    name: str
    subject: str | None
    body: str
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """`sent` = taken over, word of its arrival may follow; `delivered` = it is there."""

    status: Literal["sent", "delivered"]


class NotNowError(Exception):
    """The carrier is busy or away: the same letter may go later."""


class NotEverError(Exception):
    """The letter will never go this way (no such number, mailbox closed). The message is for the host: no address."""


class Carrier(Protocol):
    async def carry(self, letter: Letter) -> Receipt:
        """Takes a letter over. The same id again brings a receipt, and no second letter. Raises `NotNowError`,
        `NotEverError`, or what a network raises (`OSError`, `TimeoutError`), which means not now. The courier ends a
        call that takes longer than its limit; a carrier must not hide that from it."""
        ...


@dataclass(slots=True)
class Remembered:
    """The ids a carrier has taken lately; the longest ago is forgotten first."""

    _ids: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def has(self, letter_id: str) -> bool:
        return letter_id in self._ids

    def add(self, letter_id: str) -> None:
        self._ids[letter_id] = None
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)


class ConsoleCarrier:
    """The carrier of a house without accounts: the message stands on its screens, the log says that it would have
    gone."""

    def __init__(self) -> None:
        self._taken = Remembered()

    async def carry(self, letter: Letter) -> Receipt:
        if not self._taken.has(letter.id):
            self._taken.add(letter.id)
            log.info("carried", message=letter.id, channel=letter.channel)
        return Receipt("delivered")


class FlakyCarrier:
    """For tests: meets what is listed, call by call, before it behaves. An exception is raised; "lost" takes the letter
    and then fails, as when the answer of a carrier does not come back; None lets the call pass."""

    def __init__(self, meets: Iterable[Exception | type[Exception] | Literal["lost"] | None] = ()) -> None:
        self._meets: Iterator[Exception | type[Exception] | Literal["lost"] | None] = iter(meets)
        self.arrived: list[Letter] = []
        self.calls = 0

    async def carry(self, letter: Letter) -> Receipt:
        self.calls += 1
        met = next(self._meets, None)
        if met is not None and met != "lost":
            raise met
        if letter.id not in {there.id for there in self.arrived}:
            self.arrived.append(letter)
        if met == "lost":
            raise ConnectionResetError("the answer was lost")
        return Receipt("sent")
