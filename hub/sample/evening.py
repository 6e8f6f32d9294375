"""Friday evening at Casa Lumen as a script: who booked what, who sits where by five past seven, who waits. Pure.

The book has the shape of real ones: party sizes, arrivals by the hour on a Friday and lead times follow aggregates of
36,259 public reservations (275 restaurants, 2017; times there are rounded to the hour). Bookings are placed largest
first at the table or pair that wastes least, 90 minutes and 15 for cleaning each, so that no two ever meet.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub.sample import premises
from hub.sample.premises import JOINS, TABLES, Spot

BOOKINGS = 70
NOW = 19 * 60 + 5  # minutes of the local day: the house opens its doors to us in the middle of service
TURN, LONG_TURN, BUFFER = 90, 120, 15  # minutes; the policies' defaults, and what large parties are given
LARGE = 7  # covers from which a party is given the long turn
LATEST = 24 * 60 + 15  # minutes: nobody is planned to stay longer
FREE_NOW = ("t11", "t31", "t22", "t24")  # nothing planned here until eight: somewhere to seat the first who ask

PARTY_SIZES = {
    1: 1.6, 2: 42.7, 3: 16.7, 4: 13.6, 5: 6.3, 6: 4.9, 7: 2.7, 8: 2.7, 9: 1.3, 10: 1.3, 11: 0.8, 12: 0.8, 13: 0.5,
    14: 0.5,
}  # fmt: skip
"""% of reservations by covers; larger ones (3.9 %) are taken by telephone for another day."""
FRIDAY_HOURS = {17: 11.7, 18: 30.4, 19: 27.9, 20: 17.3, 21: 9.0, 22: 3.6}
"""% of evening arrivals by hour, Fridays and Saturdays."""
LEAD_HOURS: tuple[tuple[int, tuple[int, ...]], ...] = (
    (2, (0, 3, 24, 94, 216, 343)), (4, (0, 6, 48, 148, 321, 460)), (8, (1, 25, 93, 218, 427, 579)),
    (99, (3, 72, 193, 404, 701, 959)),
)  # fmt: skip
"""Hours from booking to visit at P5, P25, P50, P75, P90, P95, by largest party of the band."""
_QUANTILES = (5, 25, 50, 75, 90, 95)

SOURCES = {"web": 42, "phone": 26, "ai_assistant": 10, "whatsapp": 8, "in_person": 6, "telegram": 4, "sms": 4}
NOTES = ("Quiet corner, please", "Regulars, like the window", "New job, cheers", "Theatre at 21:30", "First visit")


@dataclass(slots=True)
class Booked:
    """One booking of the evening. Times are minutes of the local day; `booked_h` hours before it."""

    ref: str
    name: str
    covers: int
    start: int
    turn: int
    tables: tuple[str, ...]
    booked_h: float
    source: str
    phone: str
    flags: list[str] = field(default_factory=list)
    occasion: str | None = None
    notes: str | None = None

    @property
    def ends(self) -> int:
        """When its tables are free again, cleaning included."""
        return self.start + self.turn + BUFFER


@dataclass(frozen=True, slots=True)
class Step:
    """One command at its house time. `ref` names the id it brings; an argument `@ref` stands for such an id."""

    at: datetime
    command: str
    args: dict[str, Any]
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Evening:
    day: date
    now: datetime
    bookings: list[Booked]
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Place:
    """A table or a pair."""

    tables: tuple[str, ...]
    least: int
    most: int
    accessible: bool
    priority: int


def places() -> list[Place]:
    """Everything a party can be planned at; table 25 is out of service tonight."""
    found = [Place((spot.id,), *spot.covers, "accessible" in spot.features, spot.priority) for spot in TABLES]
    by_number = {spot.number: spot for spot in TABLES}
    for a, b, most in JOINS:
        one, other = by_number[a], by_number[b]
        least = max(one.covers[1], other.covers[1]) + 1
        both = all("accessible" in spot.features for spot in (one, other))
        found.append(Place((one.id, other.id), least, most, both, min(one.priority, other.priority)))
    return [place for place in found if "t25" not in place.tables]


class Plan:
    """Which minutes of which table are planned: the same law as the holds', `[start, end)` with the cleaning."""

    def __init__(self) -> None:
        self.taken: dict[str, list[tuple[int, int]]] = {spot.id: [] for spot in TABLES}
        for table_id in FREE_NOW:
            self.taken[table_id].append((18 * 60 + 20, 20 * 60))

    def free(self, tables: Iterable[str], start: int, end: int) -> bool:
        return all(not (start < b and a < end) for table in tables for a, b in self.taken[table])

    def take(self, tables: Iterable[str], start: int, end: int) -> None:
        for table in tables:
            self.taken[table].append((start, end))

    def first_start(self, tables: Iterable[str]) -> int:
        """The first planned minute of the evening on any of the tables."""
        return min(a for table in tables for a, _ in self.taken[table])

    def next_start(self, tables: Iterable[str], after: int) -> int:
        """The first planned minute on any of the tables after this one."""
        return min((a for table in tables for a, b in self.taken[table] if a >= after and b > a), default=LATEST + 999)


def evening(seed: int, day: date, zone: str = premises.ZONE) -> Evening:
    """The whole evening of `day`, ready to be given as commands in order of their times."""
    rng = random.Random(seed)
    plan, names = Plan(), _names(rng)
    bookings = _book(rng, plan, names)
    script = _Script(day, ZoneInfo(zone))
    cancelled = set(rng.sample([b.ref for b in bookings if b.start >= 20 * 60 and b.booked_h > 48], 2))
    _serve(rng, plan, [b for b in bookings if b.start <= NOW], script)
    _arrive_early(bookings, script)
    _walk_in(rng, plan, names, script)
    for booking in bookings:
        # before anybody sits there: who is seated some minutes late may stay into a table's next, not yet booked turn
        script.book(booking, latest=plan.first_start(booking.tables) - 10)
        if booking.ref in cancelled:
            script.add(16 * 60 + rng.randrange(60), "cancel_booking", booking_id="@" + booking.ref)
    _wait(script)
    script.add(15 * 60, "set_table_status", table_id="t25", status="out_of_service", note="Wobbly leg")
    now = script.moment(NOW) + timedelta(seconds=1)  # after the last step, whose milliseconds keep the order
    return Evening(day, now, bookings, sorted(script.steps, key=lambda step: step.at))


# ---- the book


def _book(rng: random.Random, plan: Plan, names: list[str]) -> list[Booked]:
    wanted: list[tuple[int, int]] = []
    while len(wanted) < BOOKINGS:
        wanted += [(_drawn(rng, PARTY_SIZES), hour) for hour in _hours(rng, BOOKINGS - len(wanted))]
    everywhere = places()
    bookings: list[Booked] = []
    numbers: set[str] = set()
    # largest first: a small party finds a place between large ones, not the other way round
    for covers, hour in sorted(wanted, key=lambda one: -one[0]):
        turn = LONG_TURN if covers >= LARGE else TURN
        flags = _flags(rng, covers)
        placed = _placed(rng, plan, everywhere, covers, hour, turn, step_free="step_free" in flags)
        if placed is None:
            continue
        start, place = placed
        plan.take(place.tables, start, start + turn + BUFFER)
        ref = f"b{len(bookings) + 1:02d}"
        occasion: str | None = next((flag for flag in ("birthday", "anniversary") if flag in flags), None)
        if occasion is None and rng.random() < 0.2:
            occasion = rng.choice(("business", "date", "casual"))
        bookings.append(
            Booked(
                ref, names.pop(), covers, start, turn, place.tables, _lead(rng, covers), _drawn(rng, SOURCES),
                _own(_phone(rng), numbers), flags, occasion,
                rng.choice(NOTES) if rng.random() < 0.15 else None,
            )
        )  # fmt: skip
    return sorted(bookings, key=lambda booking: (booking.start, booking.ref))


def _hours(rng: random.Random, count: int) -> list[int]:
    """Arrival hours in the proportions of a Friday, not merely drawn from them: one evening is a small sample."""
    share = {hour: count * percent / sum(FRIDAY_HOURS.values()) for hour, percent in FRIDAY_HOURS.items()}
    hours = [hour for hour, wanted in share.items() for _ in range(round(wanted))]
    while len(hours) < count:
        hours.append(_drawn(rng, FRIDAY_HOURS))
    rng.shuffle(hours)
    return hours[:count]


def _placed(
    rng: random.Random, plan: Plan, everywhere: list[Place], covers: int, hour: int, turn: int, *, step_free: bool
) -> tuple[int, Place] | None:
    starts = [hour * 60 + quarter for quarter in (0, 15, 30, 45)]
    rng.shuffle(starts)
    fitting = [p for p in everywhere if p.least <= covers <= p.most and (p.accessible or not step_free)]
    # a table of its own at any quarter of the hour, before tables are pushed together or somebody sits at the bar
    for tables in (1, 2):
        for start in starts:
            wanted = [p for p in fitting if len(p.tables) == tables and start + turn <= LATEST]
            free = [place for place in wanted if plan.free(place.tables, start, start + turn + BUFFER)]
            if free:
                return start, min(free, key=lambda p: (4 * (p.most - covers) - p.priority, rng.random()))
    return None


def _lead(rng: random.Random, covers: int) -> float:
    """Hours between booking and visit, interpolated between the known quantiles."""
    hours = next(hours for most, hours in LEAD_HOURS if covers <= most)
    at = rng.uniform(5, 95)
    k = next(k for k in range(len(_QUANTILES) - 1) if at <= _QUANTILES[k + 1])
    part = (at - _QUANTILES[k]) / (_QUANTILES[k + 1] - _QUANTILES[k])
    return hours[k] + part * (hours[k + 1] - hours[k])


def _flags(rng: random.Random, covers: int) -> list[str]:
    flags = []
    for flag, chance in (("vip", 0.07), ("gluten", 0.06), ("nut_allergy", 0.05), ("shellfish", 0.03), ("dairy", 0.03),
                         ("vegan", 0.05), ("step_free", 0.05)):  # fmt: skip
        if rng.random() < chance:
            flags.append(flag)
    if covers >= 3 and rng.random() < 0.14:
        flags.append("birthday")
    elif covers == 2 and rng.random() < 0.08:
        flags.append("anniversary")
    if 3 <= covers <= 8 and rng.random() < 0.1:
        flags.append("high_chair")
    return flags[:3]


def _phone(rng: random.Random) -> str:
    """A number from the ranges kept free for fiction: United Kingdom (mobile, London), United States, France."""
    return rng.choice(
        (
            f"+44 7700 900{rng.randrange(1000):03d}", f"+44 7700 900{rng.randrange(1000):03d}",
            f"+44 20 7946 0{rng.randrange(1000):03d}", f"+1 212 555 01{rng.randrange(100):02d}",
            f"+33 6 39 98 {rng.randrange(100):02d} {rng.randrange(100):02d}",
        )
    )  # fmt: skip


def _own(phone: str, taken: set[str]) -> str:
    """The number, or the next of its range that nobody has: one number is one guest."""
    while phone in taken:
        phone = f"{phone[:-2]}{(int(phone[-2:]) + 1) % 100:02d}"
    taken.add(phone)
    return phone


def _names(rng: random.Random) -> list[str]:
    names = [name for name in premises.GUESTS if name not in {name for name, *_ in WAITING}]
    rng.shuffle(names)
    return names


def _drawn(rng: random.Random, shares: Mapping[Any, float]) -> Any:
    return rng.choices(list(shares), weights=list(shares.values()))[0]


# ---- what has happened by five past seven


class _Script:
    def __init__(self, day: date, zone: ZoneInfo) -> None:
        self.day, self.zone = day, zone
        self.steps: list[Step] = []

    def moment(self, minute: float) -> datetime:
        """A minute of the evening as a moment; local time, as people book."""
        midnight = datetime(self.day.year, self.day.month, self.day.day)  # noqa: DTZ001 - local on purpose
        return (midnight + timedelta(minutes=minute)).replace(tzinfo=self.zone).astimezone(UTC)

    def add(self, minute: float, command: str, *, ref: str | None = None, **args: Any) -> None:
        if minute <= NOW:
            kept = {name: value for name, value in args.items() if value is not None}
            # seconds apart, so that steps of one minute keep the order they were written in
            self.steps.append(Step(self.moment(minute) + timedelta(milliseconds=len(self.steps)), command, kept, ref))

    def book(self, booking: Booked, *, latest: int) -> None:
        minute = booking.start - booking.booked_h * 60
        hour = (minute // 60) % 24
        if hour < 9:
            minute += (9 - hour) * 60  # nobody answers the telephone at night
        minute = min(minute, latest, booking.start - 45)
        self.add(
            minute, "book", ref=booking.ref, name=booking.name, covers=booking.covers, phone=booking.phone,
            starts_at=self.moment(booking.start), duration_min=booking.turn if booking.turn != TURN else None,
            source=booking.source, occasion=booking.occasion, flags=booking.flags, notes=booking.notes,
            accessible="step_free" in booking.flags, table_ids=list(booking.tables),
        )  # fmt: skip

    def stay(self, ref: str, tables: tuple[str, ...], seated: int, leaves: int, bussed: int) -> None:
        """A party's stages and its end, as far as they lie before now."""
        length = leaves - seated
        for part, stage in ((0.11, "ordered"), (0.28, "served"), (0.74, "check"), (0.9, "paid")):
            self.add(seated + round(part * length), "set_stage", seating_id="@" + ref, stage=stage)
        self.add(leaves, "clear_seating", seating_id="@" + ref)
        for table_id in tables:
            self.add(bussed, "set_table_status", table_id=table_id, status="available")


def _serve(rng: random.Random, plan: Plan, begun: list[Booked], script: _Script) -> None:
    """Bookings whose time has come: seated, dining, gone; one never came, one is late, one called, one outstays."""
    fates = _fates(plan, begun)
    for booking in begun:
        fate = fates.get(booking.ref)
        if fate == "no_show":
            script.add(booking.start + 24, "mark_no_show", booking_id="@" + booking.ref)
        if fate in {"no_show", "late"}:
            continue
        if fate == "called":
            script.add(booking.start + 4, "mark_late", booking_id="@" + booking.ref, expected_in_min=25)
            continue
        arrives = booking.start + rng.randrange(-6, 9)
        if fate in {"bar", "partial"}:
            script.add(min(arrives, NOW - 3), "arrive_booking", booking_id="@" + booking.ref, arrival=fate)
            continue
        seated = max(arrives, booking.start) + rng.randrange(1, 4)
        script.add(arrives, "arrive_booking", booking_id="@" + booking.ref)
        ref = f"s{booking.ref}"
        script.add(seated, "seat_party", ref=ref, booking_id="@" + booking.ref, table_ids=list(booking.tables))
        latest = plan.next_start(booking.tables, booking.start + 1) - 9  # cleared and bussed before the next party
        leaves = min(seated + rng.randrange(66, 94) + (booking.turn - TURN), latest)
        if fate == "over":
            leaves = NOW + 25
        script.stay(ref, booking.tables, seated, leaves, leaves + rng.randrange(4, 8))


def _fates(plan: Plan, begun: list[Booked]) -> dict[str, str]:
    """One booking for each of the things that go otherwise than planned."""
    left, fates = list(begun), {}

    def choose(fate: str, fits: Any) -> None:
        found = next((booking for booking in left if fits(booking)), None)
        if found:
            left.remove(found)
            fates[found.ref] = fate

    choose("no_show", lambda b: b.start == 18 * 60 and b.covers <= 3)
    choose("late", lambda b: b.start == 18 * 60 + 45 and b.covers <= 4)
    choose("called", lambda b: 18 * 60 + 45 <= b.start <= 19 * 60 and b.covers <= 4)
    def may_outstay(booking: Booked) -> bool:
        begun_early = booking.start <= 17 * 60 + 15 and booking.turn == TURN
        return begun_early and plan.next_start(booking.tables, booking.start + 1) >= NOW + 15

    choose("over", may_outstay)
    choose("over", may_outstay)
    choose("bar", lambda b: b.start == 19 * 60)
    choose("partial", lambda b: b.start == 19 * 60 and b.covers >= 3)
    return fates


def _arrive_early(bookings: list[Booked], script: _Script) -> None:
    early = next((b for b in bookings if b.start == 19 * 60 + 15 and b.covers <= 4), None)
    if early:
        script.add(NOW - 2, "arrive_booking", booking_id="@" + early.ref, arrival="bar")


def _walk_in(rng: random.Random, plan: Plan, names: list[str], script: _Script) -> None:
    """Parties without a booking, at tables nobody has planned: the bar, and most of what is left of the room."""
    stools = [("tb1", 38), ("tb2", 38), ("tb5", 7), ("tb6", 9), ("tb8", None)]
    for table_id, since in stools:
        if plan.free((table_id,), NOW - 70, NOW + TURN):
            _seat_walk_in(script, plan, names.pop(), 1, (table_id,), NOW - (since or 66), gone=since is None)
    rest = [spot for spot in TABLES if spot.furniture != "bar" and spot.id not in FREE_NOW and spot.id != "t25"]
    rng.shuffle(rest)
    for spot in rest:
        ago = rng.randrange(38, 80) if spot.covers[1] == 2 else rng.randrange(8, 70)
        if plan.free((spot.id,), NOW - ago - 10, NOW - ago + TURN + BUFFER) and spot.covers[1] <= 6:
            covers = rng.randrange(max(1, spot.covers[0]), spot.covers[1] + 1)
            _seat_walk_in(script, plan, names.pop(), covers, (spot.id,), NOW - ago)
    # two tables whose parties left a moment ago: one is being cleared, one was just made ready
    _seat_walk_in(script, plan, names.pop(), 2, ("t24",), NOW - 48 - 60, gone=True)
    _seat_walk_in(script, plan, names.pop(), 3, ("t11",), NOW - 15 - 72, gone=True, bussed=True)


def _seat_walk_in(
    script: _Script, plan: Plan, name: str, covers: int, tables: tuple[str, ...], seated: int, *, gone: bool = False,
    bussed: bool = False,
) -> None:  # fmt: skip
    ref = f"w{tables[0]}"
    plan.take(tables, seated, seated + TURN + BUFFER)
    script.add(seated, "seat_party", ref=ref, table_ids=list(tables), covers=covers, name=name)
    leaves = NOW - (11 if bussed else 4) if gone else max(NOW + 10, seated + 86)
    script.stay(ref, tables, seated, leaves, leaves + 6)


WAITING: tuple[tuple[str, int, int, int, tuple[str, ...], str | None], ...] = (
    ("Marchetti", 4, 17, 25, ("gluten",), "Table only, no bar"),
    ("Adeyemi", 6, 14, 40, ("birthday",), "Booth preferred"),
    ("Ferreira", 2, 11, 10, ("vip",), "Bar is fine"),
    ("Chen", 2, 6, 10, ("step_free",), None),
    ("Novak", 3, 4, 25, ("high_chair",), None),
)
"""Waiting at the door: name, covers, minutes ago, quoted minutes, flags, note."""


FULL: tuple[tuple[str, int, int, int, int, str, str | None], ...] = (
    ("Lindgren", 2, 21 * 60, 20 * 60 + 30, 22 * 60, "+44 7700 900777", None),
    ("Kapoor", 4, 43 * 60 + 30, 42 * 60 + 30, 44 * 60 + 30, "+44 20 7946 0777", "birthday"),
)
"""Waiting for a time that is full: name, covers, wanted and the window they would also take (minutes of the day; the
second asks for tomorrow), number, occasion."""


def _wait(script: _Script) -> None:
    rng = random.Random(len(WAITING))
    for name, covers, ago, quoted, flags, note in WAITING:
        script.add(
            NOW - ago, "add_party", name=name, covers=covers, quoted_min=quoted, phone=_phone(rng), flags=list(flags),
            notes=note, accessible="step_free" in flags, priority=1 if "vip" in flags else 0,
        )  # fmt: skip
    for name, covers, at, earliest, latest, phone, occasion in FULL:
        script.add(
            NOW - 35, "join_waitlist", name=name, covers=covers, wanted_at=script.moment(at), phone=phone,
            flexible=[{"earliest": script.moment(earliest), "latest": script.moment(latest)}], occasion=occasion,
        )  # fmt: skip


def spots() -> dict[str, Spot]:
    return {spot.id: spot for spot in TABLES}
