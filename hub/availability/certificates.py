"""How somebody would get in by moving others, kept until they are booked; then with their booking.

A certificate is on no channel and changes nothing, so it takes no command to keep one. It is worth nothing by itself:
`book` looks at the floor of its own moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
import msgspec

from hub.core import sql
from hub.core.ids import new_id
from schemas.availability import Certificate
from schemas.planning import PlanMove

q = sql.load(__file__)
Db: TypeAlias = asyncpg.Connection | asyncpg.Pool

GOOD_FOR = timedelta(minutes=15)  # as long as a guest is on the telephone
REMEMBERED = timedelta(days=1)  # after its end, if nobody took it up


@dataclass(frozen=True, slots=True)
class Kept:
    """A certificate as it is kept. `booking_id`: who got in by it."""

    id: str
    basis: int
    covers: int
    starts_at: datetime
    duration_min: int
    table_ids: list[str]
    moves: list[PlanMove]
    made_at: datetime
    expires_at: datetime
    booking_id: str | None

    def told(self) -> Certificate:
        return Certificate(
            id=self.id, starts_at=self.starts_at, covers=self.covers, table_ids=self.table_ids, moves=self.moves,
            expires_at=self.expires_at,
        )  # fmt: skip


async def keep(
    db: Db, site_id: str, *, basis: int, now: datetime, covers: int, starts_at: datetime, duration_min: int,
    table_ids: Sequence[str], moves: Sequence[PlanMove], booking_id: str | None = None,
) -> Kept:  # fmt: skip
    """A new one, for a booking that is being taken or for whoever may take it up."""
    kept = Kept(
        new_id(), basis, covers, starts_at, duration_min, list(table_ids), list(moves), now, now + GOOD_FOR, booking_id
    )
    await q.keep_certificate(
        db, site_id=site_id, forget_before=now - REMEMBERED,
        **{name: getattr(kept, name) for name in Kept.__slots__},
    )  # fmt: skip
    return kept


async def of(db: Db, site_id: str, certificate_id: str) -> Kept | None:
    return _kept(await q.certificate(db, site_id=site_id, id=certificate_id))


async def of_booking(db: Db, site_id: str, booking_id: str) -> Kept | None:
    """How a booking got in; None for one that found a table as everybody was planned."""
    return _kept(await q.certificate_of(db, site_id=site_id, booking_id=booking_id))


def _kept(record: Any) -> Kept | None:
    if record is None:
        return None
    return Kept(**{**record, "moves": msgspec.convert(record["moves"], list[PlanMove])})


async def take_up(db: Db, site_id: str, certificate_id: str, booking_id: str) -> None:
    await q.take_up(db, site_id=site_id, id=certificate_id, booking_id=booking_id)


__all__ = ["Kept", "keep", "of", "of_booking", "take_up"]
