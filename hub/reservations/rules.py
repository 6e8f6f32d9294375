"""When, where and for whom a dining booking may be made, and when a missing party may be written off. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from msgspec import structs

from hub.core.clock import service_date
from hub.floor import rules as floor
from hub.slots.calendar import Slot
from schemas.base import Refused, conflict, invalid
from schemas.bookings import BookingKind, BookingRow
from schemas.floor import Feature, JoinRow, TableRow
from schemas.guests import GuestRow
from schemas.reservations import Alternative, Booked, SlotKept
from schemas.slots import DaySlot, SlotFlag

DINING: BookingKind = "dining"
STEP_FREE = "step_free"
FEATURES = frozenset(get_args(Feature)) - {"accessible"}  # that one is asked for by itself and never traded away
CALLED = {"high_chair": "highchair"}  # what a guest needs is called so, what a table has is called so
UNSAID = frozenset({"walk_in", "import"})  # a guest at the door, or of another book, is not written to
BY_GUESTS = frozenset({"web", "telegram", "whatsapp", "ai_assistant", "sms", "qr"})
"""Sources without a host in between: what staff are only warned of is refused there."""
WHY_MIN = 10  # characters of a reason that is one (R-AUD-02)
OTHER_DAYS = ((1, "the next day at the same time"), (7, "a week later at the same time"))  # R-SUG-01
FURTHER = range(2, 61)  # days looked through when nothing nearer is possible: a holiday, a season
FURTHER_TRIED = 10  # of them, days whose tables are looked at
WINDOW = timedelta(minutes=120)  # other times are offered this far around the asked one
OFFERED_MAX = 3  # G-08


def whole_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def minute_in_utc(moment: datetime) -> datetime:
    """The whole minute in UTC. The calendar's first and last hours have none there and stay as they are written: no
    booking is taken for them.
    """
    try:
        return whole_minute(moment.astimezone(UTC))
    except OverflowError:
        return whole_minute(moment)


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


def comes_twice(moment: datetime, timezone: str) -> str | None:
    """A warning for the night the clocks go back: the guest reads a time that is there twice."""
    local = moment.astimezone(ZoneInfo(timezone))
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return None
    which = "second" if local.fold else "first"
    return f"The clocks go back that night: {local:%H:%M} comes twice, and this is the {which}."


def days_later(moment: datetime, days: int, timezone: str) -> datetime | None:
    """The same time by the wall clock so many days later; None where the clocks skip it."""
    zone = ZoneInfo(timezone)
    wanted = moment.astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    there = wanted.replace(tzinfo=zone).astimezone(UTC)
    return there if there.astimezone(zone).replace(tzinfo=None) == wanted else None


def no_contact(source: str, phone: str | None, email: str | None) -> Refused | None:
    """C-21: a reservation has a name and one way to reach its guest."""
    if phone or email or source in UNSAID:
        return None
    return invalid("phone", "A phone number or an e-mail is needed, to reach the guest.", reason="no_contact")


def refuse_blacklisted(guest: GuestRow | None, *, anyway: bool, reason: str | None) -> Refused | None:
    """R-AVL-15: staff may override it, and say why."""
    if guest is None or not guest.blacklisted:
        return None
    why = f": {guest.blacklist_reason}" if guest.blacklist_reason else ""
    if not anyway:
        sentence = f"{guest.name} is not to be booked here{why}. Book anyway only with a reason."
        return conflict("blacklisted", sentence, retry="anyway")
    if len((reason or "").strip()) < WHY_MIN:
        return invalid("reason", f"Say in {WHY_MIN} characters or more why {guest.name} is booked.", reason="no_reason")
    return None


def for_guest(answer: Any) -> Any:
    """What of an answer a guest may read (F-RES-13): no notes, no tables, no other booking, no list they are on."""
    if isinstance(answer, Booked):
        return structs.replace(answer, table_ids=[], warnings=[])
    if isinstance(answer, SlotKept):
        return structs.replace(answer, table_ids=[], warnings=[])
    if not isinstance(answer, Refused):
        return answer
    if answer.reason in ("blacklisted", "no_reason"):
        return conflict("call_us", "Please call us about this booking.", retry="never")
    if answer.reason == "slot_full":
        answer = structs.replace(answer, message="That time is full for a party of this size.")
    if answer.reason == "duplicate":
        answer = structs.replace(answer, message="There is a booking at that time already.")
    offered = answer.about if isinstance(answer.about, list) else []
    plain = [structs.replace(other, table_ids=[]) for other in offered if isinstance(other, Alternative)]
    return structs.replace(answer, about=plain or None)


def features(*wishes: Iterable[str]) -> frozenset[str]:
    """The features a table should have, of all that is wished for or needed (F-ASN-04, F-RES-07)."""
    return FEATURES.intersection(CALLED.get(wish, wish) for some in wishes for wish in some)


def codes_meant(text: str) -> list[str]:
    """The codes somebody may mean who types this: any letter case, spaces and dashes in it, O for 0, I or L for 1."""
    said = text.upper()
    bare = re.sub(r"[^0-9A-Z]", "", said)
    return list(dict.fromkeys(code for code in (said, bare, bare.translate(_READ_AS)) if code))


_READ_AS = str.maketrans("OIL", "011")


def like_a_phone(text: str) -> bool:
    """Whether a look-up is a telephone number and not a code or a name: digits in the main."""
    digits = sum(letter.isdecimal() for letter in text)
    return digits >= 5 and not re.search(r"[^\W\d_]", text)


def no_table(covers: int, starts_at: datetime, timezone: str) -> str:
    return f"No table is free for {covers} at {starts_at.astimezone(ZoneInfo(timezone)):%H:%M}."


def cancel_words(free_h: int, free_until: datetime, timezone: str) -> str:
    """The cancellation policy of a dining booking as it is read to a guest (R-REF-03)."""
    local = free_until.astimezone(ZoneInfo(timezone))
    if free_h == 0:
        return "A booking can be cancelled at no cost at any time."
    return f"A booking can be cancelled at no cost up to {free_h} hours before, here until {local:%A %d %B, %H:%M}."


def refuse_covers(covers: int, most: int) -> Refused | None:
    if covers > most:
        return invalid("covers", f"Parties of up to {most} can be booked.", reason="too_many")
    return None


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
    together = floor.seats(named, joins)
    if together is None:
        return invalid("table_ids", f"Tables {numbers} cannot be pushed together.", reason="not_joined")
    if together < covers:
        return invalid("table_ids", f"{numbers} seats {together}, the party is {covers}.", reason="too_small")
    return None


def for_events_team(covers: int) -> str:
    return f"A party of {covers}: the events team is told and will call."


def too_large_a_table(covers: int, named: Sequence[TableRow]) -> list[str]:
    """What the host should hear about a table that is fine but meant for more people (R-AVL-05: never blocks)."""
    if len(named) == 1 and covers < named[0].min_covers:
        return [f"Table {named[0].number} is meant for {named[0].min_covers} or more."]
    return []


def in_shut_areas(named: Sequence[TableRow], areas: Mapping[str, str]) -> list[str]:
    """What is wrong with the areas of these tables then; `areas` are those that are shut, with why."""
    out = [table for table in named if table.area_id in areas]
    return [f"Table {table.number} is not offered then. {areas[table.area_id]}." for table in out]


def other_times(
    starts_at: datetime, now: datetime, *, step_min: int, timezone: str, day_ends: str,
    slots: Iterable[datetime] = (),
) -> Iterator[datetime]:  # fmt: skip
    """Times on the slot step around the asked one, and `slots` near it, nearest first and the later of two equals
    first; the same service day, never in the past. Steps are real minutes, so an hour the clocks skip or repeat does no
    harm."""
    local = starts_at.astimezone(ZoneInfo(timezone))
    on_step = whole_minute(starts_at) - timedelta(minutes=(local.hour * 60 + local.minute) % step_min)
    reach = int(WINDOW / timedelta(minutes=step_min)) + 1
    around = {on_step + timedelta(minutes=step_min * count) for count in range(-reach, reach + 1)} | set(slots)
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


def in_days(count: int) -> str:
    return f"{count} days later at the same time"


def day_slot(slot: Slot, covers: int, bookings: int, *, filling_fast_pct: int) -> DaySlot:
    """A slot as it is shown, judged by its cap (R-AVL-11, G-09)."""
    cap = slot.covers_max
    full = cap is not None and covers >= cap
    marks: dict[SlotFlag, bool] = {
        "recommended": slot.recommended, "off_peak": slot.incentive is not None,
        "filling_fast": bool(cap) and not full and covers * 100 >= filling_fast_pct * (cap or 0),
    }  # fmt: skip
    return DaySlot(
        starts_at=slot.starts_at, ends_at=slot.ends_at, at=slot.at,
        state="closed" if not slot.active else "full" if full else "available",
        flags=[mark for mark, there in marks.items() if there], covers_max=cap, covers_booked=covers,
        bookings=bookings, staff_level=slot.staff_level, special_event=slot.special_event, pricing=slot.pricing,
        incentive=slot.incentive,
    )  # fmt: skip


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
