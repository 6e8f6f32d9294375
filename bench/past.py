"""A house with a long past: guests from many countries, and the reservations they made over four years.

The rows are those the house itself would have left behind: people and their cards, bookings that are over, the parties
that sat, the tables they sat at and the holds they gave back; counts on the cards are those of the bookings. They are
copied in at once, seeded, and the planner is told, as `maitred import` tells it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg
import phonenumbers

from bench.simulator import demand
from hub.core.ids import short_code
from hub.core.sql import connect_one
from hub.guests.rules import searchable, spelled

YEARS: Final = 4
AT_ONCE: Final = 20_000  # rows of one COPY
COMPLETED, CANCELLED = 0.91, 0.06  # of all reservations; the rest are no-shows
TURN_MIN: Final = 90

_NAMES: Final = """
GB Olivia George Amelia Arthur Isla Noah Ava Leo|Smith Jones Taylor Brown Wilson Evans Thomas Roberts O'Neill Walker
US Emma Liam Mia Ethan Zoe Mason Ruby Owen|Johnson Williams Miller Davis Anderson Moore Jackson White Harris Clark
FR Camille Léo Chloé Hugo Élise Théo Anaïs Rémi|Martin Bernard Dubois Lefèvre Moreau Girard André Fournier Noël Gauthier
DE Mia Jürgen Jörg Lena Björn Käthe Felix Anke|Müller Schmidt Weiß Schäfer Krüger Groß Köhler Vogel Böhm Lang
ES Lucía Martín José Inés Íñigo Sofía Raúl Marta|García Fernández Muñoz Peña López Núñez Ibáñez Vázquez Ruiz Gil
PT João Inês Rui Conceição Tiago Beatriz Simão Ana|Silva Gonçalves Araújo Simões Conceição Falcão Rocha Lopes Nóbrega Sá
IT Chiara Niccolò Giulia Luca Cosìma Marco Elisa Dario|Rossi Russo Ferrari Esposito Bianchi Romano Greco Conti D'Angelo
PL Zofia Łukasz Małgorzata Paweł Jan Ola Piotr|Nowak Wiśniewski Wójcik Kowalczyk Łuczak Źrebiec Ślusarz Żak Król
TR Işıl Çağrı Gökçe Şule Ömer Ayşe İbrahim Deniz|Yılmaz Kaya Demir Çelik Şahin Yıldız Öztürk Aydın Işık Güneş
GR Γιώργος Ελένη Νίκος Μαρία Δημήτρης Άννα Κώστας Σοφία|Παπαδόπουλος Γεωργίου Δημητρίου Νικολάου Βλάχος Αγγελής Μακρής
RU Анна Дмитрий Ольга Сергей Алёна Фёдор Юлия Иван|Иванова Смирнов Кузнецов Попов Соколов Лебедев Ёлкин Новиков Морозов
UA Оксана Тарас Їжак Юрій Соломія Андрій Ганна Остап|Шевченко Коваленко Бондаренко Ткаченко Їжакевич Мельник Кравець
JP 太郎 花子 健一 美咲 翔太 陽子 直樹 さくら|佐藤 鈴木 高橋 田中 渡辺 伊藤 山本 中村 小林 加藤
CN 伟 芳 娜 敏 静 磊 军 洋|王 李 张 刘 陈 杨 赵 黄 周 吴
KR 민준 서연 지훈 하은 도윤 수빈 예준 지우|김 이 박 최 정 강 조 윤 장 임
VN Nguyệt Đức Hương Tuấn Thảo Quỳnh Bảo Lân|Nguyễn Trần Lê Phạm Huỳnh Vũ Đặng Bùi Đỗ Hồ
AE محمد فاطمة أحمد مريم علي نورة خالد ليلى|العلي الهاشمي المنصوري النعيمي الشامسي الكتبي المزروعي الحوسني
IN Aarav Diya Vihaan Ananya Arjun Ishita Kabir Meera|Sharma Patel Singh Gupta Iyer Reddy Nair Das Mehta Rao
NG Chinedu Ngozi Emeka Folake Tunde Amaka Sade Obi|Okafor Adeyemi Balogun Eze Okonkwo Bello Nwosu Musa Abiola Uche
BR Thiago Beatriz João Larissa Caíque Júlia Davi Sônia|Souza Oliveira Pereira Lima Araújo Cavalcânti Melo Assunção
"""
NAMES: Final[dict[str, tuple[list[str], list[str]]]] = {
    line[:2]: (line[3:].partition("|")[0].split(), line.partition("|")[2].split())
    for line in _NAMES.strip().splitlines()
}
"""Country → given names, family names."""
HOME: Final = "GB"
AT_HOME: Final = 0.4  # of the guests; the others come from everywhere


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    phone: str
    """E.164."""
    email: str | None


@dataclass(frozen=True, slots=True)
class Visit:
    """One reservation of the past; `guest` is its person's place in the list."""

    id: str
    guest: int
    starts_at: datetime
    day: date
    covers: int
    status: str
    booked_at: datetime
    code: str


def people(seed: int, count: int) -> list[Person]:
    """So many guests; no two have one number."""
    rng = random.Random(seed)
    taken: set[str] = set()
    found: list[Person] = []
    countries = sorted(NAMES)
    while len(found) < count:
        country = HOME if rng.random() < AT_HOME else rng.choice(countries)
        phone = _number(rng, country)
        if phone in taken:
            continue
        taken.add(phone)
        given, family = (rng.choice(words) for words in NAMES[country])
        name = f"{family} {given}" if country in {"JP", "CN", "KR"} else f"{given} {family}"
        plain = "".join(letter for letter in searchable(f"{given}.{family}") if letter.isascii())
        number = len(found)
        email = f"{plain.strip('.') or 'guest'}{number}@example.com" if rng.random() < 0.6 else None
        found.append(Person(f"g{number:06d}", name, phone, email))
    return found


def _number(rng: random.Random, country: str) -> str:
    number = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    known = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{known[:-6]}{rng.randrange(10**6):06d}"


def visits(seed: int, guests: int, count: int, *, before: date, zone: str) -> Iterator[Visit]:
    """So many reservations on the days before `before`, by the mix of real books; a few guests come very often."""
    rng = random.Random(seed + 1)
    local = ZoneInfo(zone)
    weekdays = (9.0, 10.1, 12.0, 12.2, 21.6, 23.6, 11.6)  # % of reservations, Monday first
    days = [before - timedelta(days=ago) for ago in range(1, 365 * YEARS)]
    chosen = rng.choices(days, weights=[weekdays[day.weekday()] for day in days], k=count)
    for place, day in enumerate(sorted(chosen)):
        covers = demand.covers(rng)
        minute = demand.arrival_min(rng, day.weekday()) // 15 * 15
        starts_at = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=local).astimezone(UTC)
        fate = rng.random()
        status = "completed" if fate < COMPLETED else "cancelled" if fate < COMPLETED + CANCELLED else "no_show"
        booked_at = starts_at - timedelta(hours=demand.lead_h(rng, covers))
        guest = int(guests * rng.random() ** 1.5)
        code = short_code((place * _SPREAD + _OWN_CODES) % 2**30)
        yield Visit(f"v{place:07d}", guest, starts_at, day, covers, status, booked_at, code)


_SPREAD: Final = 2_654_435_761  # odd, so that no code comes twice
_OWN_CODES: Final = 7  # where the codes begin: none of them is the sample evening's


async def fill(dsn: str, site_id: str, seed: int, *, guests: int, reservations: int) -> list[Person]:
    """Gives a site its past. Returns its guests."""
    db = await connect_one(dsn, command_timeout=600)
    try:
        await db.set_builtin_type_codec("citext", schema="public", codec_name="text")
        site = await db.fetchrow("SELECT org_id, timezone, service_date FROM site WHERE id = $1", site_id)
        stand = await db.fetch("SELECT id FROM floor_table WHERE site_id = $1 ORDER BY id", site_id)
        tables = [row["id"] for row in stand]
        known = people(seed, guests)
        past = list(visits(seed, guests, reservations, before=site["service_date"], zone=site["timezone"]))
        async with db.transaction():
            await _copy_people(db, site_id, site["org_id"], known, past)
            for start in range(0, len(past), AT_ONCE):
                await _copy_past(db, site_id, known, past[start : start + AT_ONCE], tables)
        await db.execute("ANALYZE guest, guest_profile, booking, hold, seating, seating_table")
    finally:
        await db.close()
    return known


async def _copy_people(
    db: asyncpg.Connection, site_id: str, org_id: str, known: list[Person], past: list[Visit]
) -> None:  # fmt: skip
    sums = [[0, 0, 0, 0] for _ in known]
    seen: list[list[datetime]] = [[] for _ in known]
    for visit in past:
        here = sums[visit.guest]
        here[("completed", "no_show", "cancelled").index(visit.status)] += 1
        if visit.status == "completed":
            here[3] += visit.covers
            seen[visit.guest].append(visit.starts_at)
    await db.copy_records_to_table(
        "guest", records=[(one.id, org_id, one.name, one.phone, one.email) for one in known],
        columns=("id", "org_id", "name", "phone", "email"),
    )  # fmt: skip
    cards = [
        (
            site_id, one.id, spelled([(one.name, one.phone, one.email)]), *counts, min(at, default=None),
            max(at, default=None),
        )
        for one, counts, at in zip(known, sums, seen, strict=True)
    ]  # fmt: skip
    columns = (
        "site_id", "id", "search", "visits", "no_shows", "cancellations", "covers_total", "first_seen", "last_seen",
    )  # fmt: skip
    await db.copy_records_to_table("guest_profile", records=cards, columns=columns)


async def _copy_past(
    db: asyncpg.Connection, site_id: str, known: list[Person], past: list[Visit], tables: list[str]
) -> None:
    bookings: list[tuple[Any, ...]] = []
    seatings: list[tuple[Any, ...]] = []
    sat_at: list[tuple[Any, ...]] = []
    holds: list[tuple[Any, ...]] = []
    for number, visit in enumerate(past):
        guest, table = known[visit.guest], tables[number % len(tables)]
        ends_at = visit.starts_at + timedelta(minutes=TURN_MIN)
        came = visit.status == "completed"
        bookings.append((
            site_id, visit.id, visit.code, guest.name, guest.phone, guest.phone, searchable(guest.name),
            guest.email, visit.covers, visit.day, visit.starts_at, TURN_MIN, visit.status, ends_at, "phone",
            visit.booked_at, False, guest.id, visit.starts_at if came else None, ends_at if came else None,
        ))  # fmt: skip
        during = asyncpg.Range(visit.starts_at, ends_at + timedelta(minutes=15))
        holds.append((
            site_id, f"h{visit.id}", "booking", visit.id, table, visit.day, visit.starts_at, during, visit.starts_at,
            "released",
        ))  # fmt: skip
        if came:
            seatings.append((
                site_id, f"s{visit.id}", visit.id, guest.name, visit.covers, "paid", ends_at, visit.starts_at, TURN_MIN,
                ends_at, guest.id,
            ))  # fmt: skip
            sat_at.append((site_id, f"s{visit.id}", table, visit.starts_at, ends_at))
    for name, records, columns in (
        ("booking", bookings, _BOOKING), ("hold", holds, _HOLD), ("seating", seatings, _SEATING),
        ("seating_table", sat_at, ("site_id", "seating_id", "table_id", "since", "left_at")),
    ):  # fmt: skip
        await db.copy_records_to_table(name, records=records, columns=columns)


_BOOKING = (
    "site_id", "id", "code", "name", "phone", "phone_key", "search", "email", "covers", "service_date", "starts_at",
    "duration_min", "status", "status_since", "source", "booked_at", "unplaced", "guest_id", "seated_at", "departed_at",
)  # fmt: skip
_HOLD = (
    "site_id", "id", "owner_kind", "owner_id", "table_id", "service_date", "starts_at", "during", "reserved_from",
    "status",
)  # fmt: skip
_SEATING = (
    "site_id", "id", "booking_id", "name", "covers", "stage", "stage_since", "seated_at", "turn_min", "left_at",
    "guest_id",
)  # fmt: skip
