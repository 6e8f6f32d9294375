"""Whom Casa Lumen knows by this evening: some two hundred guests, their past visits, and tonight's regulars. Pure.

Nothing is claimed that the past does not show: visits, no-shows and tiers are those of the bookings that are there.
Every number lies in a range kept free for fiction.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub.sample import premises
from hub.sample.evening import Booked

KNOWN = 200
TONIGHT = 0.55  # of tonight's bookings are of guests who were here before
YEARS_BACK = 2
LASTING = frozenset({
    "vip", "gluten", "nut_allergy", "shellfish", "dairy", "vegan", "step_free", "vegetarian", "sesame", "halal",
})  # fmt: skip
"""Flags of a booking that are its guest's for good."""

_FIRST = """
    Amara Noor Kenji Layla Minh Chiara Inês Zofia Priyanka Owen Camille Margot Lukas Élodie Beatriz Folake Wei Tereza
    Freya Niamh Lucía Jonas Elif Eleni Daria Jisoo Harpreet Yusuf Thandi Ciara Astrid Aino Zoltán Ioana Pavel Femke
    Sanne Urs Giulia Rui Carmen Haruto Sora Li-Hua Linh Paolo Rosa Farid Nadia Dilani Ayesha Bilal Miriam Tova Selam
    Kwame Aminata Idris Salma Khadija Wanjiru Achieng Sipho Anneke Grace Rhys Megan Callum Isla Declan Aoife Peter
    Ruth Simon Hannah Martha Hiro Yuki Takumi Eun-ji Kai Mei Ananya Kavya Rohan Diego Valeria Mateo Nina Javier Duarte
    Marta Kasia Jan Lenka Ana Ivan Besa Nikos Deniz Zehra Parisa Dara Omar Leila
"""
FIRST: tuple[str, ...] = tuple(_FIRST.split())
TAGS = ("regular", "press", "neighbour", "wine club", "early bird", "big spender", "critic", "theatre", "industry")
PREFERENCES = ("window", "booth", "quiet", "patio", "bar")
CARD_NOTES = (
    "Always the table by the window; brings her mother on Sundays", "Knows the chef from Lisbon",
    "Orders by the glass, asks for the list of small growers", "Allergic reaction in 2024: tell the kitchen in person",
    "Likes to be seated at once, orders quickly", "Proposed here; anniversary dessert on the house", "Tips well",
    "Speaks little English; Tomás helps", "Hard of hearing, seat with a wall behind", "Prefers no music above",
)  # fmt: skip
BANNED = "Threw a glass at the bar and left without paying, twice"


@dataclass(frozen=True, slots=True)
class Visit:
    """One booking of the past."""

    id: str
    starts_at: datetime
    covers: int
    status: str
    booked_h: float
    source: str


@dataclass(slots=True)
class Regular:
    """One guest and what the house has noted of them."""

    id: str
    name: str
    phone: str
    email: str | None
    birthday: str | None
    flags: list[str] = field(default_factory=list)
    anniversaries: list[str] = field(default_factory=list)
    preferences: list[str] = field(default_factory=list)
    preferred_times: list[str] = field(default_factory=list)
    favourite_table_id: str | None = None
    tags: list[str] = field(default_factory=list)
    notes: str | None = None
    consents: list[str] = field(default_factory=list)
    blacklist_reason: str | None = None
    visits: list[Visit] = field(default_factory=list)

    @property
    def kept(self) -> list[Visit]:
        """The evenings they were really here."""
        return [visit for visit in self.visits if visit.status == "completed"]

    @property
    def tier(self) -> str | None:
        came = len(self.kept)
        return next((tier for least, tier in _TIERS if came >= least), None)


_TIERS = ((20, "platinum"), (12, "gold"), (6, "silver"), (3, "bronze"))


def regulars(seed: int, day: date, bookings: Iterable[Booked], zone: str = premises.ZONE) -> list[Regular]:
    """Everybody the house knows on the morning of `day`; those of tonight's bookings have their numbers."""
    rng = random.Random(seed + 200)
    taken = {booking.phone.replace(" ", "") for booking in bookings}
    people: list[Regular] = []
    for booking in bookings:
        if rng.random() < TONIGHT:
            name = f"{rng.choice(FIRST)} {booking.name}"
            known = _person(rng, len(people), name, booking.phone.replace(" ", ""), day)
            known.flags = [flag for flag in booking.flags if flag in LASTING]
            people.append(known)
    while len(people) < KNOWN:
        name = f"{rng.choice(FIRST)} {rng.choice(premises.GUESTS)}"
        people.append(_person(rng, len(people), name, _free_number(rng, taken), day))
    for place, person in enumerate(people):
        _note(rng, person)
        _remember(rng, person, place, day, ZoneInfo(zone))
    for person, ahead in zip((people[0], people[-2]), (0, 4), strict=True):  # one of them comes tonight
        person.birthday = f"{day + timedelta(days=ahead):%m-%d}"
    people[-1].blacklist_reason = BANNED
    return people


def _person(rng: random.Random, number: int, name: str, phone: str, day: date) -> Regular:
    plain = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())
    birthday = day + timedelta(days=rng.randrange(30, 330))  # whose is this week is said, not drawn
    return Regular(
        id=f"guest-{number + 1:03d}", name=name, phone=phone,
        email=f"{plain}{number}@example.com" if rng.random() < 0.7 else None,
        birthday=f"{birthday:%m-%d}" if rng.random() < 0.3 else None,
    )  # fmt: skip


def _free_number(rng: random.Random, taken: set[str]) -> str:
    """A number nobody has: one number is one person."""
    while True:
        phone = rng.choice((
            f"+447700900{rng.randrange(1000):03d}", f"+44207946{rng.randrange(1000):04d}",
            f"+3363998{rng.randrange(10_000):04d}", f"+1212555{100 + rng.randrange(100):04d}",
        ))  # fmt: skip
        if phone not in taken:
            taken.add(phone)
            return phone


def _note(rng: random.Random, person: Regular) -> None:
    if not person.flags and rng.random() < 0.25:
        person.flags = rng.sample(sorted(LASTING), 1)
    if rng.random() < 0.35:
        person.preferences = rng.sample(PREFERENCES, rng.choice((1, 1, 2)))
    if rng.random() < 0.2:
        person.preferred_times = [rng.choice(("18:00", "19:00", "19:30", "20:00", "20:30"))]
    if rng.random() < 0.12:
        person.favourite_table_id = rng.choice(("t1", "t2", "t3", "t5", "t6", "t30", "t32"))
    if rng.random() < 0.3:
        person.tags = rng.sample(TAGS, rng.choice((1, 1, 2)))
    if rng.random() < 0.18:
        person.notes = rng.choice(CARD_NOTES)
    if rng.random() < 0.1:
        person.anniversaries = [f"{rng.randrange(1, 10):02d}-{rng.randrange(1, 29):02d}"]
    person.consents = [kind for kind, chance in (("sms", 0.7), ("email", 0.5)) if rng.random() < chance]


def _remember(rng: random.Random, person: Regular, place: int, day: date, zone: ZoneInfo) -> None:
    """Evenings of the last two years: most guests came a few times, some every other week."""
    often = min(40, int(rng.expovariate(1 / 4.5)) + 1)
    for number in range(often):
        ago = rng.randrange(3, 365 * YEARS_BACK)
        hour, minute = rng.choice((18, 18, 19, 19, 20, 21)), rng.choice((0, 15, 30, 45))
        on = day - timedelta(days=ago)
        starts_at = datetime(on.year, on.month, on.day, hour, minute, tzinfo=zone).astimezone(UTC)
        status = rng.choices(("completed", "cancelled", "no_show"), weights=(90, 7, 3))[0]
        source = rng.choice(("phone", "web", "web", "in_person", "whatsapp"))
        covers = rng.choices((1, 2, 3, 4, 5, 6, 8), weights=(3, 45, 16, 20, 6, 6, 4))[0]
        lead = rng.choice((2.0, 8.0, 26.0, 50.0, 120.0, 300.0))
        person.visits.append(Visit(f"past-{place + 1:03d}-{number + 1:02d}", starts_at, covers, status, lead, source))
    person.visits.sort(key=lambda visit: visit.starts_at)


def counts(person: Regular) -> dict[str, Any]:
    """What their visits add up to, as the house itself would count them."""
    kept = person.kept
    return {
        "visits": len(kept), "covers_total": sum(visit.covers for visit in kept),
        "no_shows": sum(visit.status == "no_show" for visit in person.visits),
        "cancellations": sum(visit.status == "cancelled" for visit in person.visits),
        "first_seen": kept[0].starts_at if kept else None, "last_seen": kept[-1].starts_at if kept else None,
    }  # fmt: skip
