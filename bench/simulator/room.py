"""The room as a client sees it: the rows of its channels, kept by the patches of the publications.

Only the row types the evening reads are kept; a row type this client does not know is passed over, since the wire may
gain types. `offset` per channel is the last publication that is in.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from schemas.base import Row
from schemas.bookings import BookingRow
from schemas.floor import JoinRow, TableRow
from schemas.holds import HoldRow
from schemas.seating import SeatingRow
from schemas.venues import ClockRow, VenueRow
from schemas.waitlist import PartyRow

KEPT: dict[str, type[Row]] = {
    cls.__struct_config__.tag: cls
    for cls in (TableRow, JoinRow, SeatingRow, BookingRow, HoldRow, PartyRow, VenueRow, ClockRow)
}


class Room:
    """Rows by type and id. `take_state` replaces a channel's rows, `take` applies one publication's patches."""

    def __init__(self, site_id: str, timezone: str) -> None:
        self.site_id, self.zone = site_id, ZoneInfo(timezone)
        self.offsets: dict[str, int] = {}
        self.seq = 0
        self._rows: dict[str, dict[str, Any]] = {kind: {} for kind in KEPT}
        self._home: dict[tuple[str, str], str] = {}

    # ---- keeping

    def take_state(self, state: dict[str, Any]) -> None:
        channel = state["channel"]
        self.forget(channel)
        for row in state["rows"]:
            self._put(channel, row)
        self.offsets[channel] = state["offset"]
        self.seq = max(self.seq, state["seq"])

    def take(self, channel: str, offset: int, data: dict[str, Any]) -> bool:
        """False if this publication cannot be applied (a gap, or the channel was reset): read the state again."""
        if offset <= self.offsets.get(channel, -1):
            return True
        if data.get("type") == "reset" or offset != self.offsets.get(channel, -1) + 1:
            return False
        for patch in data["patches"]:
            if "put" in patch:
                self._put(channel, patch["put"])
            else:
                kind, row_id = patch["drop"]
                # a row that moved to another channel is put there and dropped here, in either order
                if self._home.get((kind, row_id)) == channel:
                    self._drop(kind, row_id)
        self.offsets[channel] = offset
        self.seq = max(self.seq, data["seq"])
        return True

    def forget(self, channel: str) -> None:
        for kind, row_id in [key for key, home in self._home.items() if home == channel]:
            self._drop(kind, row_id)
        self.offsets.pop(channel, None)

    def _put(self, channel: str, row: dict[str, Any]) -> None:
        kind = row["type"]
        if kind in KEPT:
            self._rows[kind][row["id"]] = msgspec.convert(row, KEPT[kind])
            self._home[kind, row["id"]] = channel

    def _drop(self, kind: str, row_id: str) -> None:
        self._home.pop((kind, row_id), None)
        self._rows.get(kind, {}).pop(row_id, None)

    # ---- reading

    def all(self, kind: str) -> Iterator[Any]:
        """Rows of one type, in id order, so that nothing depends on the order in which they came."""
        rows = self._rows[kind]
        return (rows[row_id] for row_id in sorted(rows))

    def get(self, kind: str, row_id: str | None) -> Any | None:
        return self._rows[kind].get(row_id) if row_id else None

    @property
    def venue(self) -> VenueRow | None:
        return next(self.all("venue"), None)

    @property
    def clock(self) -> ClockRow | None:
        return next(self.all("clock"), None)

    def now(self, wall: datetime | None = None) -> datetime:
        """House time; wall time where no clock row is shown."""
        wall = wall or datetime.now(UTC)
        clock = self.clock
        return wall if clock is None else clock.house_at + (wall - clock.wall_at) * clock.rate

    def wall_s_until(self, moment: datetime) -> float | None:
        """Wall seconds until it is `moment` here; None while the clock stands still."""
        clock = self.clock
        rate = 1.0 if clock is None else clock.rate
        return None if rate <= 0 else max(0.0, (moment - self.now()).total_seconds() / rate)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def free_tables(self) -> dict[str, TableRow]:
        return {t.id: t for t in self.all("table") if t.active and t.status == "available"}

    def held_by(self, booking_id: str) -> list[str]:
        return sorted(h.table_id for h in self.all("hold") if h.owner_kind == "booking" and h.owner_id == booking_id)

    def next_hold_min(self, table_id: str, now: datetime) -> float:
        """Minutes until the next planned use of a table; infinite when there is none."""
        starts = [h.starts_at for h in self.all("hold") if h.table_id == table_id and h.status == "held"]
        return min(((at - now) / timedelta(minutes=1) for at in starts), default=float("inf"))

    def could_fit(self, covers: int) -> bool:
        """Whether any free table or free joined pair is big enough: worth asking the house where."""
        free = self.free_tables()
        return any(covers <= t.max_covers for t in free.values()) or any(
            j.a in free and j.b in free and covers <= j.combined_max for j in self.all("join")
        )


def rows_of(kinds: Iterable[Row]) -> list[dict[str, Any]]:
    """Structs as they look on the wire."""
    return [msgspec.to_builtins(row) for row in kinds]
