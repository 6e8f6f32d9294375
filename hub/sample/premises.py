"""Casa Lumen's rooms, tables, sections and people. Floor units are about a pixel at scale 1.

Tables stand at least 40 units apart, which leaves room for seats, the pill of the next booking and the hint below it.
"""

from dataclasses import dataclass
from typing import Any

from schemas.floor import Fixture

ORG, SITE, NAME, ZONE = "casa-lumen", "lumen", "Casa Lumen", "Europe/London"
SECOND_SITE, SECOND_NAME = "lumen2", "Casa Lumen Harbour"

WHERE: dict[str, dict[str, str]] = {
    SITE: {
        "slug": "casa-lumen", "address": "12 Lantern Row, London SE1 0ZZ", "phone": "+44 20 7946 0958",
        "email": "table@casa-lumen.example", "country": "GB",
    },
    SECOND_SITE: {
        "slug": "casa-lumen-harbour", "address": "3 Tidewater Steps, London E14 0ZZ", "phone": "+44 20 7946 0959",
        "email": "harbour@casa-lumen.example", "country": "GB",
    },
}  # fmt: skip
"""What guests are told of each house; addresses and numbers that do not exist."""

HOURS = {str(day): ["12:00", "15:00", "17:00", "00:30"] for day in range(1, 8)}
WIDTH, HEIGHT = 864.0, 688.0


@dataclass(frozen=True, slots=True)
class Area:
    id: str
    name: str
    kind: str
    service_type: str
    features: tuple[str, ...]
    fixtures: tuple[Fixture, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """One table as it stands in its area."""

    id: str
    area_id: str
    number: str
    covers: tuple[int, int]
    furniture: str
    size_class: str
    shape: str
    box: tuple[float, float, float, float]
    features: tuple[str, ...]
    preferred_for: tuple[str, ...]
    priority: int
    section_id: str


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    roles: tuple[str, ...]


def _line(kind: Any, *points: float) -> Fixture:
    return Fixture(kind=kind, points=list(points))


def _named(kind: Any, text: str, *points: float) -> Fixture:
    return Fixture(kind=kind, points=list(points), text=text)


AREAS = (
    Area(
        "main", "Main room", "indoor", "full_service", (),
        (
            _line("wall", 14, 14, 854, 14), _line("wall", 14, 14, 14, 668), _line("wall", 854, 14, 854, 330),
            _line("wall", 854, 392, 854, 668), _line("wall", 14, 668, 270, 668), _line("wall", 370, 668, 854, 668),
            _line("window", 60, 14, 200, 14), _line("window", 262, 14, 402, 14), _line("window", 464, 14, 604, 14),
            _line("window", 666, 14, 812, 14),
            _named("zone", "", 26, 474, 568, 138), _named("bar", "BAR", 46, 490, 528, 42),
            _named("zone", "LOUNGE", 618, 362, 226, 278),
            _named("label", "WINDOW", 30, 38), _named("label", "ENTRANCE", 289, 672),
            _line("plant", 606, 456, 10), _line("plant", 600, 642, 11), _line("plant", 36, 642, 11),
        ),
    ),
    Area(
        "terrace", "Terrace", "patio", "full_service", ("outdoor",),
        (
            _line("wall", 14, 668, 14, 14, 380, 14), _line("wall", 484, 14, 854, 14, 854, 668),
            _line("window", 60, 14, 200, 14), _line("window", 240, 14, 340, 14), _line("window", 524, 14, 664, 14),
            _line("window", 702, 14, 816, 14),
            _named("zone", "PERGOLA", 26, 184, 812, 178), _named("zone", "GARDEN SIDE", 26, 386, 812, 262),
            _named("label", "TO THE MAIN ROOM", 376, 20),
            _line("plant", 40, 40, 11), _line("plant", 828, 40, 11), _line("plant", 40, 636, 12),
            _line("plant", 300, 640, 10), _line("plant", 564, 640, 10), _line("plant", 824, 636, 12),
        ),
    ),
    Area(
        "private", "Private", "private_room", "full_service", ("private",),
        (
            _line("wall", 14, 14, 854, 14, 854, 668, 480, 668), _line("wall", 400, 668, 14, 668, 14, 14),
            _line("wall", 14, 336, 360, 336), _line("wall", 470, 336, 854, 336),
            _line("window", 80, 14, 300, 14), _line("window", 560, 14, 780, 14),
            _named("zone", "LIBRARY", 30, 30, 808, 290), _named("zone", "CELLAR ROOM", 30, 352, 808, 300),
            _named("label", "ENTRANCE", 414, 672),
            _line("plant", 48, 300, 11), _line("plant", 820, 300, 11), _line("plant", 820, 372, 11),
        ),
    ),
)  # fmt: skip

_KINDS: dict[str, tuple[str, str, str]] = {
    "two": ("standard", "2_top", "square"), "four": ("standard", "4_top", "rectangular"),
    "round": ("standard", "4_top", "round"), "booth": ("booth", "6_top", "rectangular"),
    "long": ("standard", "large_party", "rectangular"), "stool": ("bar", "bar_stool", "round"),
    "patio two": ("patio", "2_top", "square"), "patio four": ("patio", "4_top", "rectangular"),
    "patio round": ("patio", "4_top", "round"), "patio six": ("patio", "6_top", "rectangular"),
    "patio long": ("patio", "large_party", "rectangular"), "room six": ("private", "6_top", "rectangular"),
    "room long": ("private", "large_party", "rectangular"), "room round": ("private", "large_party", "round"),
}  # fmt: skip
"""Furniture, size class and shape (R-TAB-08, R-TAB-10) of the tables that come in kinds."""

# number, covers, kind, box, features, preferred for, priority, section
_Row = tuple[str, tuple[int, int], str, tuple[float, float, float, float], str, str, int, str]
_TABLES: dict[str, tuple[_Row, ...]] = {
    "main": (
        ("1", (2, 4), "four", (46, 62, 108, 76), "window", "romantic", 8, "window"),
        ("2", (2, 4), "four", (178, 62, 108, 76), "window", "romantic", 8, "window"),
        ("3", (2, 4), "four", (310, 62, 108, 76), "window", "", 8, "window"),
        ("4", (2, 4), "four", (442, 62, 108, 76), "window", "", 7, "garden"),
        ("5", (3, 6), "booth", (574, 62, 108, 76), "window quiet", "family", 7, "garden"),
        ("6", (3, 6), "booth", (706, 62, 108, 76), "window quiet", "family", 7, "garden"),
        ("10", (2, 4), "round", (58, 206, 90, 90), "accessible highchair", "family", 6, "window"),
        ("11", (2, 4), "round", (202, 206, 90, 90), "accessible highchair", "family", 6, "window"),
        ("12", (2, 4), "round", (346, 206, 90, 90), "accessible highchair", "", 5, "centre"),
        ("13", (2, 4), "round", (490, 206, 90, 90), "accessible", "", 5, "centre"),
        ("20", (5, 8), "long", (640, 206, 174, 90), "accessible highchair", "family", 6, "garden"),
        ("21", (1, 2), "two", (50, 362, 78, 72), "", "romantic", 5, "centre"),
        ("22", (1, 2), "two", (162, 362, 78, 72), "", "romantic", 5, "centre"),
        ("23", (1, 2), "two", (274, 362, 78, 72), "accessible", "", 5, "centre"),
        ("24", (1, 2), "two", (386, 362, 78, 72), "", "", 4, "centre"),
        ("25", (1, 2), "two", (498, 362, 78, 72), "", "", 3, "centre"),
        ("30", (2, 4), "round", (640, 412, 82, 82), "quiet", "business", 7, "bar"),
        ("31", (2, 4), "round", (746, 412, 82, 82), "quiet", "business", 7, "bar"),
        ("32", (4, 6), "booth", (646, 540, 174, 76), "quiet business_friendly", "business", 7, "bar"),
        *((f"B{n}", (1, 1), "stool", (63 * n - 3, 548, 46, 46), "", "", 3, "bar") for n in range(1, 9)),
    ),
    "terrace": (
        *((f"T{n}", (1, 2), "patio two", (136 * n - 86, 70, 78, 72), "", "romantic", 6, "terrace")
          for n in range(1, 7)),
        *((f"T{n + 9}", (2, 4), "patio round", (146 * n - 82, 226, 90, 90), "accessible", "", 5, "terrace")
          for n in range(1, 5)),
        ("T14", (3, 6), "patio six", (654, 230, 158, 80), "accessible", "family", 5, "terrace"),
        *((f"T{n + 19}", (2, 4), "patio four", (136 * n - 76, 430, 100, 76), "quiet", "", 5, "orchard")
          for n in range(1, 5)),
        ("T24", (6, 10), "patio long", (610, 430, 206, 88), "highchair", "family", 5, "orchard"),
        *((f"T{n + 29}", (1, 2), "patio two", (148 * n - 74, 566, 72, 68), "quiet", "romantic", 5, "orchard")
          for n in range(1, 5)),
    ),
    "private": (
        ("P1", (8, 14), "room long", (90, 120, 320, 104), "private accessible", "business", 6, "orchard"),
        ("P2", (5, 8), "room round", (540, 104, 132, 132), "private quiet", "business", 6, "orchard"),
        ("P3", (3, 6), "room six", (90, 454, 150, 84), "private quiet", "", 5, "orchard"),
        ("P4", (3, 6), "room six", (310, 454, 150, 84), "private quiet", "", 5, "orchard"),
        ("P5", (6, 10), "room long", (560, 452, 230, 90), "private", "family", 5, "orchard"),
    ),
}  # fmt: skip

TABLES: tuple[Spot, ...] = tuple(
    Spot(
        f"t{number.lower()}", area_id, number, covers, *_KINDS[kind], box, tuple(features.split()),
        tuple(preferred.split()), priority, section,
    )
    for area_id, rows in _TABLES.items()
    for number, covers, kind, box, features, preferred, priority, section in rows
)  # fmt: skip

JOINS: tuple[tuple[str, str, int], ...] = (
    ("1", "2", 8), ("2", "3", 8), ("3", "4", 8), ("5", "6", 12), ("21", "22", 4), ("22", "23", 4), ("23", "24", 4),
    ("24", "25", 4), ("30", "31", 8), *((f"B{n}", f"B{n + 1}", 2) for n in range(1, 8)),
    ("T1", "T2", 4), ("T3", "T4", 4), ("T5", "T6", 4), ("T20", "T21", 8), ("T22", "T23", 8), ("T30", "T31", 4),
    ("T32", "T33", 4), ("P3", "P4", 12), ("T14", "T13", 10),
)  # fmt: skip
"""Pairs that stand next to each other (G-28), and how many each then seats."""

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("window", "Window", "maya"), ("garden", "Garden side", "jonas"), ("centre", "Centre", "aisha"),
    ("bar", "Bar and lounge", "nils"), ("terrace", "Terrace", "tomas"), ("orchard", "Orchard and private", "hana"),
)  # fmt: skip
"""Section, its name, its server."""

STAFF: tuple[Person, ...] = (
    Person("elena", "Elena Marchetti", ("super_admin",)),
    Person("oskar", "Oskar Lindgren", ("admin",)),
    Person("priya", "Priya Nair", ("manager",)),
    Person("camille", "Camille Laurent", ("host",)),
    Person("maya", "Maya Kapoor", ("server",)),
    Person("jonas", "Jonas Richter", ("server",)),
    Person("aisha", "Aisha Lawal", ("server",)),
    Person("nils", "Nils Aalto", ("server",)),
    Person("tomas", "Tomás Vidal", ("server",)),
    Person("hana", "Hana Sato", ("server",)),
    Person("diego", "Diego Fuentes", ("kitchen",)),
    Person("grace", "Grace Okonkwo", ("customer_support",)),
)
HOST = "camille"

_NAMES = """
    Okafor Lindqvist Tanaka Haddad Nguyen Rossi Silva Kowalski Patel Ivers Dubois Moreau Brandt Marchand Ferreira
    Adeyemi Chen Novak Sørensen Murphy García Müller Yılmaz Papadopoulos Ivanova Kim Singh Al-Masri Mbeki O'Connor
    Andersson Virtanen Horváth Popescu Petrov Janssen Peeters Schmid Bianchi Costa Fernández Nakamura Park Wang Li
    Tran Santos Reyes Rahman Chowdhury Fernando Perera Khan Hussain Cohen Levi Haile Tesfaye Mensah Diallo Traoré
    Benali Mansour Farah Kamau Otieno Dlamini Botha Wright Campbell Davies Evans MacLeod Sinclair Byrne Walsh
    Thompson Baker Carter Bennett Hughes Kapoor-Reid Suzuki Watanabe Yamada Choi Lim Tan Wong Gupta Iyer Rao
    Castillo Mendoza Vargas Quispe Rojas Herrera Sousa Almeida Oliveira Nowak Wiśniewska Dvořák Kučera Kovač Jurić
    Hoxha Georgiou Demir Kaya Nazari Karimi Abdallah Saleh
"""
GUESTS: tuple[str, ...] = tuple(_NAMES.split())
"""Family names from many countries; each comes once in an evening."""
