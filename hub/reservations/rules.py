"""When and where a dining booking may be made, and when a missing party may be written off. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.core.clock import service_date
from schemas.base import Refused, conflict, invalid
from schemas.bookings import BookingRow
from schemas.floor import JoinRow, TableRow

WINDOW = timedelta(minutes=120)  # other times are offered this far around the asked one
OFFERED_MAX = 3  # G-08


def whole_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def refuse_time(starts_at: datetime, now: datetime, *, timezone: str, max_days: int) -> Refused | None:
    """R-AVL-01, R-AVL-02: not in the past, not beyond the horizon in local days; later today is fine (C-05)."""
    if starts_at.tzinfo is None:
        return invalid("starts_at", "The time needs a time zone.")
    if starts_at < whole_minute(now):
        return invalid("starts_at", "That time is over.", reason="past")
    zone = ZoneInfo(timezone)
    # the year 9999 has no local time everywhere, so the far future is told by plain hours first
    far = starts_at - now > timedelta(days=max_days + 2)
    if far or (starts_at.astimezone(zone).date() - now.astimezone(zone).date()).days > max_days:
        return invalid("starts_at", f"Bookings are taken up to {max_days} days ahead.", reason="too_far_ahead")
    return None


def refuse_covers(covers: int, most: int) -> Refused | None:
    if covers > most:
        return invalid("covers", f"Parties of up to {most} can be booked.", reason="too_many")
    return None


def seats(tables: Sequence[TableRow], joins: Collection[JoinRow]) -> int | None:
    """How many these tables seat together; None when they cannot all be pushed together (G-28).

    A join may seat fewer or more than its two tables alone: along the joins that connect the group each adds its
    difference."""
    wanted = {table.id: table for table in tables}
    first, *rest = wanted
    total, reached, left = wanted[first].max_covers, {first}, set(rest)
    while left:
        step = next(
            ((a, b, j) for j in joins for a, b in ((j.a, j.b), (j.b, j.a)) if a in reached and b in left), None
        )
        if step is None:
            return None
        a, b, join = step
        total += join.combined_max - wanted[a].max_covers
        reached.add(b)
        left.remove(b)
    return total


def refuse_tables(
    table_ids: Sequence[str], tables: Mapping[str, TableRow], joins: Collection[JoinRow], *, covers: int,
    accessible: bool, today: bool,
) -> Refused | None:  # fmt: skip
    """Why a party cannot be planned at the tables a host named (R-ASN-02); `tables` are those in use at this site.
    A table that is out of service tonight may still be planned for another day."""
    unknown = [table_id for table_id in table_ids if table_id not in tables]
    if unknown:
        return invalid("table_ids", "There is no such table in use here.", reason="unknown_table")
    named = [tables[table_id] for table_id in dict.fromkeys(table_ids)]
    numbers = " + ".join(table.number for table in named)
    blocked = [table.number for table in named if table.status == "out_of_service"]
    if blocked and today:
        return invalid("table_ids", f"Table {blocked[0]} is out of service.", reason="out_of_service")
    if accessible and (steps := [table.number for table in named if "accessible" not in table.features]):
        return invalid("table_ids", f"Table {steps[0]} is not accessible.", reason="not_accessible")
    together = seats(named, joins)
    if together is None:
        return invalid("table_ids", f"Tables {numbers} cannot be pushed together.", reason="not_joined")
    if together < covers:
        return invalid("table_ids", f"{numbers} seats {together}, the party is {covers}.", reason="too_small")
    return None


def warnings(covers: int, named: Sequence[TableRow], *, events_team_above: int) -> list[str]:
    """What the host should hear about a booking that is fine (R-AVL-05: a warning never blocks)."""
    said = []
    if covers > events_team_above:
        said.append(f"A party of {covers}: the events team has been told and will call.")
    if len(named) == 1 and covers < named[0].min_covers:
        said.append(f"Table {named[0].number} is meant for {named[0].min_covers} or more.")
    return said


def other_times(
    starts_at: datetime, now: datetime, *, step_min: int, timezone: str, day_ends: str
) -> Iterator[datetime]:
    """Times on the slot step around the asked one, nearest first and the later of two equals first; the same service
    day, never in the past. Steps are real minutes, so an hour the clocks skip or repeat does no harm."""
    local = starts_at.astimezone(ZoneInfo(timezone))
    on_step = whole_minute(starts_at) - timedelta(minutes=(local.hour * 60 + local.minute) % step_min)
    reach = int(WINDOW / timedelta(minutes=step_min)) + 1
    around = (on_step + timedelta(minutes=step_min * count) for count in range(-reach, reach + 1))
    day = service_date(starts_at, timezone, day_ends)
    fitting = [
        moment for moment in around
        if moment != starts_at and abs(moment - starts_at) <= WINDOW and moment >= now
        and service_date(moment, timezone, day_ends) == day
    ]  # fmt: skip
    yield from sorted(fitting, key=lambda moment: (abs(moment - starts_at), moment < starts_at))


def shift(asked: datetime, other: datetime) -> str:
    """How a host would say it."""
    minutes = round((other - asked).total_seconds() / 60)
    return f"{abs(minutes)} minutes {'later' if minutes > 0 else 'earlier'}"


def decide_at(booking: BookingRow, grace_min: int) -> datetime:
    """When the host is asked whether a missing party is a no-show: the grace after its time, or after the time it said
    it would come when it called."""
    return max(booking.starts_at, booking.expected_at or booking.starts_at) + timedelta(minutes=grace_min)


def refuse_no_show(booking: BookingRow, now: datetime, *, grace_min: int, timezone: str) -> Refused | None:
    """G-14: nobody is written off before the grace after the booked time is over."""
    earliest = booking.starts_at + timedelta(minutes=grace_min)
    if now >= earliest:
        return None
    clock = earliest.astimezone(ZoneInfo(timezone)).strftime("%H:%M")
    return Refused(
        code="conflict", reason="too_early", message=f"{booking.name} has until {clock} to come.", about=booking,
        retry="later", retry_s=(earliest - now).total_seconds(),
    )  # fmt: skip


def minutes_late(booking: BookingRow, now: datetime) -> int:
    return max(0, int((now - booking.starts_at).total_seconds() // 60))


def duplicate(first: BookingRow) -> Refused:
    """R-AVL-14: the same guest at the same time is the same wish."""
    sentence = f"{first.name} has this booking already: {first.code}."
    return conflict("duplicate", sentence, about=first, retry="never")
