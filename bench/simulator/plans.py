"""What each party is going to do, drawn once per party from a stream of its own.

A stream is seeded by (seed, kind, the party's stable name), never by the order or the hour in which parties are
looked at: what the Moreaus do does not depend on who came before them, on a restart, or on how fast the clock runs.
Every draw of a plan is made whether it is used or not, so that one draw never shifts another.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random
from typing import Final, Literal

from bench.simulator import demand

NO_SHOW_SHARE: Final = 0.07
CANCEL_SHARE: Final = 0.03
LATE_SHARE: Final = 0.15  # of those who come
CALLS_SHARE: Final = 0.6  # of those who will be late
WALK_IN_LARGEST: Final = 8  # covers; bigger parties telephone
WALK_INS_PER_SEAT: Final = 0.28  # parties an evening: 120 seats see about 34, which fills the gaps and makes a line
SEATS_MAX: Final = 400  # seats of the largest house whose walk-ins are drawn; a smaller one thins the same list
CALLS_A_DAY: Final = 7.0  # telephone bookings taken during the service
PLANS_KEPT: Final = 2048  # drawn plans remembered; a forgotten one is drawn again, the same
CALLS_FROM_MIN, CALLS_UNTIL_MIN = 16 * 60, 21 * 60 + 30  # local minutes

_FIRST = (
    "Ada Amir Anouk Astrid Bela Bruno Carmen Cyril Dana Davor Edith Elif Enzo Esme Farid Flora Gaspar Greta Hanna Hugo "
    "Ida Idris Ines Ivo Jana Joel Jules Kai Kira Lara Leif Lena Luca Maja Malik Marta Milan Mina Nadia Nils Noor Olga "
    "Oskar Otto Paola Petra Pia Rafi Remy Rosa Ruben Saga Samir Selma Silvio Sofie Tarek Tess Tilda Tomas Ugo Vera "
    "Viggo Wanda Xenia Yara Yusuf Zita"
)
_LAST = (
    "Abbott Adeyemi Bakker Beaumont Castellan Corvi Dahl Delacroix Eklund Ferrant Fiedler Garrow Halloran Hartwig "
    "Ibarra Jansky Kessler Kowal Lindqvist Lorcan Maddox Marchetti Norling Okafor Ostrow Pellier Quist Ravel "
    "Rosenthal Sandoval Sorel Takeda Thorne Urban Valcourt Verhoeven Whitlock Yilmaz Zander Zielin"
)
_WALK_IN_FLAGS = ((0.06, "high_chair"), (0.05, "gluten"), (0.04, "birthday"), (0.02, "step_free"))


def stream(seed: int, *subject: str) -> Random:
    """The subject's own random stream; the same in every process (strings seed by their digest, not their hash)."""
    return Random("|".join((str(seed), *subject)))


# ---- booked parties

Fate = Literal["come", "no_show", "cancel"]


@dataclass(frozen=True, slots=True)
class BookedPlan:
    """Minutes relative to the booked time unless said otherwise; negative is earlier."""

    fate: Fate
    comes_min: float
    calls_min: float | None
    """When a late party telephones; None if it does not."""
    cancels_min: float
    partial: bool
    rest_after_min: float
    """A party that comes in parts is whole this long after its first guests."""
    react_min: float
    """The host's time from arrival to the table."""
    no_show_after_min: float


@lru_cache(maxsize=PLANS_KEPT)
def booked(seed: int, subject: str, covers: int) -> BookedPlan:
    rng = stream(seed, "booked", subject)
    luck, lateness, calls, in_parts = rng.random(), rng.random(), rng.random(), rng.random()
    late_min, early_min, usual_min = rng.uniform(10, 26), rng.uniform(6, 16), rng.gauss(-1.5, 4)
    call_min, cancel_min = rng.uniform(-12, 4), -rng.uniform(20, 160)
    rest_min, react_min, no_show_min = rng.uniform(5, 12), rng.uniform(1, 4), rng.uniform(17, 27)
    fate: Fate = "no_show" if luck < NO_SHOW_SHARE else "cancel" if luck < NO_SHOW_SHARE + CANCEL_SHARE else "come"
    late = lateness < LATE_SHARE
    comes_min = late_min if late else -early_min if lateness > 0.8 else min(max(usual_min, -12), 9)
    return BookedPlan(
        fate=fate, comes_min=comes_min, calls_min=call_min if late and calls < CALLS_SHARE else None,
        cancels_min=cancel_min, partial=covers >= 4 and in_parts < 0.12, rest_after_min=rest_min, react_min=react_min,
        no_show_after_min=no_show_min,
    )  # fmt: skip


# ---- walk-ins and telephone bookings of a day


@dataclass(frozen=True, slots=True)
class WalkIn:
    at_min: int
    """Local minutes after midnight of the service day."""
    name: str
    covers: int
    flags: tuple[str, ...]
    patience_min: float
    react_min: float
    shrug: float
    """At a quote of more than 1.5 times its patience, it leaves after this many minutes instead."""


def walk_ins(seed: int, day: date, seats: int) -> list[WalkIn]:
    """The day's walk-ins by arrival. A Poisson process shaped by the hours of `demand`; a house of fewer seats keeps a
    part of the same list, so adding one table does not change who else comes.
    """
    rng = stream(seed, "walk_ins", day.isoformat())
    count = _poisson(rng, SEATS_MAX * WALK_INS_PER_SEAT)
    names = _names(seed, day, _FIRST, count)
    found = []
    for n in range(count):
        own = stream(seed, "walk_in", day.isoformat(), str(n))
        kept = own.random() < seats / SEATS_MAX
        at_min, covers = demand.arrival_min(own, day.weekday()), demand.covers(own, largest=WALK_IN_LARGEST)
        flags = tuple(flag for share, flag in _WALK_IN_FLAGS if own.random() < share)
        patience = min(max(own.gauss(38, 14), 12), 75)
        plan = WalkIn(at_min, names[n], covers, flags, patience, own.uniform(1, 5), own.uniform(2, 5))
        if kept:
            found.append(plan)
    return sorted(found, key=lambda w: (w.at_min, w.name))


@dataclass(frozen=True, slots=True)
class PhoneCall:
    at_min: int
    name: str
    covers: int
    phone: str
    lead_min: int
    """From the call to the wished time, before rounding to the quarter."""
    occasion: str | None


def phone_calls(seed: int, day: date) -> list[PhoneCall]:
    """Bookings taken by telephone during the service: two in three for tonight, the rest by real books' lead times."""
    rng = stream(seed, "phone", day.isoformat())
    count = _poisson(rng, CALLS_A_DAY)
    names = _names(seed, day, _LAST, count)
    calls = []
    for n in range(count):
        own = stream(seed, "call", day.isoformat(), str(n))
        at_min, covers = own.randrange(CALLS_FROM_MIN, CALLS_UNTIL_MIN), demand.covers(own, largest=12)
        tonight, soon_min, lead_min = own.random() < 0.67, own.uniform(40, 150), demand.lead_h(own, covers) * 60
        # the range kept free for use in drama: nobody's telephone
        phone = f"+44 20 7946 0{own.randrange(1000):03d}"
        occasion = own.choice(["birthday", "anniversary", "business", "date"]) if own.random() < 0.25 else None
        wished = round(soon_min if tonight else lead_min + 1440)
        calls.append(PhoneCall(at_min, names[n], covers, phone, wished, occasion))
    return sorted(calls, key=lambda c: (c.at_min, c.name))


def _names(seed: int, day: date, pool: str, count: int) -> list[str]:
    """Different names for one day's parties; when the pool is used up, "Ada B." and so on."""
    order = pool.split()
    stream(seed, "names", day.isoformat(), order[0]).shuffle(order)
    return [order[n % len(order)] + (f" {chr(64 + n // len(order))}." if n >= len(order) else "") for n in range(count)]


def _poisson(rng: Random, mean: float) -> int:
    """How many arrivals fall into one unit of time at `mean` a unit, by their exponential gaps."""
    count, at = 0, rng.expovariate(mean)
    while at < 1:
        count, at = count + 1, at + rng.expovariate(mean)
    return count


# ---- at the table

STAGES: Final = ("just_sat", "ordered", "served", "check", "paid")


@dataclass(frozen=True, slots=True)
class TablePlan:
    """`pace`: the real turn over the promised one. `reached`: share of the real turn at which each stage is reached."""

    pace: float
    reached: dict[str, float]
    moves_after_min: float | None
    joins_after_min: float | None


@lru_cache(maxsize=PLANS_KEPT)
def at_table(seed: int, subject: str, covers: int) -> TablePlan:
    rng = stream(seed, "table", subject)
    luck, usual, slow, quick = rng.random(), rng.gauss(0.92, 0.08), rng.uniform(1.06, 1.35), rng.uniform(0.55, 0.75)
    pace = slow if luck < 0.16 else quick if luck > 0.94 else min(max(usual, 0.72), 1.05)
    reached = {
        "ordered": rng.uniform(0.07, 0.14), "served": rng.uniform(0.28, 0.40), "check": rng.uniform(0.76, 0.86),
        "paid": rng.uniform(0.88, 0.93),
    }  # fmt: skip
    whim, whim_min = rng.random(), rng.uniform(4, 15)
    return TablePlan(
        pace=pace + (0.06 if covers >= 6 else 0),
        reached=reached,
        moves_after_min=whim_min if whim < 0.03 else None,
        joins_after_min=whim_min if whim > 0.97 else None,
    )


def bus_min(seed: int, table_number: str, since: str) -> float:
    """Minutes to clear and lay a table again."""
    return stream(seed, "bus", table_number, since).uniform(3, 8)
