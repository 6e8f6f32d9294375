"""When two spans meet, and how long a seated party may plan to stay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.slots.spans import overlap
from schemas.base import Refused, conflict
from schemas.holds import HoldRow

__all__ = ["LEAST", "Turn", "overlap", "span", "taken", "turn"]

LEAST = timedelta(minutes=1)  # a party that is at its table holds it at least this long, whatever was planned


def span(hold: HoldRow) -> tuple[datetime, datetime]:
    return hold.starts_at, hold.ends_at


@dataclass(frozen=True, slots=True)
class Turn:
    """What a party holds from now on: per table [start, end); `ends_at` is when it has to have left them all."""

    spans: dict[str, tuple[datetime, datetime]]
    ends_at: datetime


def turn(starts: Mapping[str, datetime], until: datetime, others: Sequence[HoldRow]) -> Turn | list[HoldRow]:
    """The turn of a party at the tables of `starts` (since when it has each), clipped at the next hold on any of them.

    `others` are other owners' holds on these tables. Those that are under way at a table's start stand in the way and
    are returned instead. A table whose next hold has begun already (an overstay) keeps what it had."""
    in_the_way = [hold for hold in others if hold.starts_at <= starts[hold.table_id] < hold.ends_at]
    if in_the_way:
        return in_the_way
    caps: dict[str, datetime] = {}
    for hold in others:
        if hold.starts_at > starts[hold.table_id]:
            caps[hold.table_id] = min(hold.starts_at, caps.get(hold.table_id, hold.starts_at))
    together = min((until, *caps.values()))
    spans = {}
    for table_id, start in starts.items():
        end = max(together, start + LEAST)
        spans[table_id] = (start, min(end, caps.get(table_id, end)))
    return Turn(spans, min(end for _, end in spans.values()))


_KEPT_FOR = {
    "booking": "kept for a booking", "seating": "in use by a party", "offer": "offered to a waiting party",
    "checkout": "being booked by a guest right now", "opening": "kept for the waiting line", "block": "blocked",
}  # fmt: skip


def taken(clashes: Sequence[HoldRow], numbers: Mapping[str, str], timezone: str) -> Refused:
    """Which table is taken, by what kind of owner and until when (local time); `about` holds the rows themselves."""
    first = min(clashes, key=lambda hold: (hold.starts_at, hold.table_id))
    owner = "in use by a party" if first.status == "active" else _KEPT_FOR[first.owner_kind]
    since, until = (moment.astimezone(ZoneInfo(timezone)).strftime("%H:%M") for moment in span(first))
    number = numbers.get(first.table_id, first.table_id)
    return conflict("table_taken", f"Table {number} is {owner} from {since} until {until}.", about=list(clashes))
