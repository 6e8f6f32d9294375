"""The doors of the book: whose booking is it, what would be said, what cancelling means, the guest's link."""

from datetime import timedelta

import phonenumbers
import pytest
from httpx import ASGITransport, AsyncClient
from phonenumbers import PhoneNumberFormat

from hub.app import make_app
from hub.core import auth
from tests.hub.reservations.book import EMAIL, MANAGER, PHONE, a_guest, at, booked, policy
from tests.kit import SITE, a_room


async def signed_in(house, role):
    transport = ASGITransport(make_app(house.house))  # in this test's own loop, where the pool lives
    client = AsyncClient(transport=transport, base_url="http://house.test")
    client.cookies.set(auth.COOKIE, await auth.open_session(house.pool, f"st_{role}"))
    return client


@pytest.fixture
async def door(house):
    async with await signed_in(house, "host") as client:
        yield client


async def find(door, q):
    answer = await door.get(f"/api/sites/{SITE}/lookup", params={"q": q})
    assert answer.status_code == 200, answer.text
    return [(found["booking"]["id"], found["matched"]) for found in answer.json()]


async def check(door, house, **args):
    wish = {"covers": 4, "starts_at": at(house, 60)} | args
    answer = await door.post(f"/api/sites/{SITE}/check", json=wish)
    assert answer.status_code == 200, answer.text
    return answer.json()


def reasons(checked, severity):
    return [problem["reason"] for problem in checked["problems"] if problem["severity"] == severity]


async def test_a_booking_is_found_by_whatever_the_guest_remembers(house, door):
    await a_room(house, ("T1", 4), ("T2", 4))
    ana = await booked(house, name="Ana Conceição", phone="+44 20 7946 0000", email="Ana@Example.test")
    await booked(house, name="Wang", phone="+44 20 7946 0001")
    code = ana.code
    for spelled in (code, code.lower(), f"{code[:3]} {code[3:].lower()}", f"{code[:2]}-{code[2:]}", code.replace("0", "O").replace("1", "l")):
        assert await find(door, spelled) == [(ana.booking_id, "code")], spelled
    for number in ("+44 20 7946 0000", "020 7946 0000", "(020)79460000", "0044 20 7946 0000", "442079460000"):
        assert await find(door, number) == [(ana.booking_id, "phone")], number
    assert await find(door, "ana@EXAMPLE.test") == [(ana.booking_id, "email")]
    for name in ("Conceição", "conceicao", "CONCEI", "ana", "ana conceicao", "anna conceicao"):
        assert await find(door, name) == [(ana.booking_id, "name")], name
    for nothing in ("", " ", "%", "___", "zzzz", "ZZZZZZ", "+44 20 7946 0009", "nobody@example.test", "\x00", "x" * 500, "'; --"):
        assert await find(door, nothing) == [], nothing


async def test_what_is_to_come_stands_before_what_is_over(house, door):
    await a_room(house, ("T1", 4))
    first = await booked(house, 60, phone=PHONE)
    gone = await booked(house, 300, phone=PHONE)
    await house.done("cancel_booking", booking_id=gone.booking_id)
    await house.pass_time(2 * 24 * 60)
    later, soon = await booked(house, 300, phone=PHONE), await booked(house, 60, phone=PHONE)
    assert [found for found, _ in await find(door, PHONE)] == [soon.booking_id, later.booking_id, gone.booking_id, first.booking_id]
    await house.done("delete_booking", actor=MANAGER, booking_id=soon.booking_id, reason="made by mistake")
    assert soon.booking_id not in [found for found, _ in await find(door, PHONE)]


async def test_at_most_twenty(house, door):
    await a_room(house, ("T1", 4))
    for day in range(1, 24):
        await booked(house, 24 * 60 * day, name=f"Rossi {day}")
    assert len(await find(door, "rossi")) == 20


async def test_a_check_says_all_there_is_to_say_and_writes_nothing(house, door):
    tables = await a_room(house, ("T1", 4), ("T2", 6))
    guest = await a_guest(house, flags=["gluten"])
    before = await house.rows()
    fine = await check(door, house, phone="020 7946 0000")
    assert fine["valid"] and fine["table_ids"] == [tables["T1"]] and fine["alternatives"] == []
    assert (fine["known"]["id"], fine["known"]["matched"], fine["known"]["flags"]) == (guest, "phone", ["gluten"])
    assert reasons(fine, "info") == ["soon", "table_kinds"]
    unreached = await check(door, house)
    assert unreached["valid"] and reasons(unreached, "warning") == ["no_contact"] and unreached["known"] is None
    far = await check(door, house, starts_at=at(house, 3 * 24 * 60), phone=PHONE)
    assert "soon" not in reasons(far, "info")
    thirteen = await check(door, house, covers=13, phone=PHONE)
    assert thirteen["valid"] and reasons(thirteen, "warning") == ["events_team", "unplaced"]
    night = await check(door, house, starts_at=at(house, 6 * 60), phone=PHONE)
    assert night["valid"] and reasons(night, "warning") == ["closed"]
    assert await house.rows() == before
    assert await house.pool.fetchval("SELECT count(*) FROM guest") == 1


@pytest.mark.parametrize(("field", "reason", "wrong"), [
    ("starts_at", "past", {"starts_at": "2026-11-19T19:00:00Z"}), ("starts_at", "too_far_ahead", {"starts_at": "2027-11-19T19:00:00Z"}),
    ("starts_at", "invalid", {"starts_at": "2026-11-20T20:00:00"}), ("covers", "too_many", {"covers": 21}),
    ("covers", "invalid", {"covers": 0}), ("phone", "invalid", {"phone": "call"}), ("email", "invalid", {"email": "nobody"}),
    ("area_id", "unknown_area", {"area_id": "elsewhere"}), ("guest_id", "not_found", {"guest_id": "nobody"}),
    ("table_ids", "unknown_table", {"table_ids": ["elsewhere"]}),
])  # fmt: skip
async def test_a_check_names_what_is_wrong(house, door, field, reason, wrong):
    await a_room(house, ("T1", 4))
    checked = await check(door, house, **wrong)
    assert not checked["valid"]
    errors = {(problem["field"], problem["reason"]) for problem in checked["problems"] if problem["severity"] == "error"}
    assert (field, reason) in errors


async def test_a_check_and_the_command_agree(house, door):
    tables = await a_room(house, ("T1", 4))
    first = await booked(house, phone=PHONE)
    full = await check(door, house, starts_at=at(house, 120), phone="+44 20 7946 0001")
    assert not full["valid"] and reasons(full, "error") == ["full"] and 1 <= len(full["alternatives"]) <= 3
    text = next(problem["message"] for problem in full["problems"] if problem["reason"] == "full")
    assert "It would work 45 minutes later." in text
    refused = await house.refused("book", "full", name="Wang", covers=4, starts_at=at(house, 120))
    assert [other.starts_at.isoformat().replace("+00:00", "Z") for other in refused.about] == [
        other["starts_at"] for other in full["alternatives"]
    ]
    taken = await check(door, house, starts_at=at(house, 120), table_ids=[tables["T1"]], phone="+44 20 7946 0001")
    assert reasons(taken, "error") == ["table_taken"]
    duplicate = await check(door, house, phone="020 7946 0000")
    assert "duplicate" in reasons(duplicate, "error")
    guest = (await house.row("booking", first.booking_id)).guest_id
    await house.done("set_blacklist", actor=MANAGER, guest_id=guest, blacklisted=True, reason="walked out without paying")
    assert "blacklisted" in reasons(await check(door, house, starts_at=at(house, 240), phone=PHONE), "error")


async def test_a_check_of_a_change_has_its_own_table_and_time(house, door):
    tables = await a_room(house, ("T1", 4))
    result = await booked(house, phone=PHONE)
    same = await check(door, house, booking_id=result.booking_id)
    assert same["valid"] and same["table_ids"] == [tables["T1"]] and same["known"]
    later = await check(door, house, booking_id=result.booking_id, starts_at=at(house, 90))
    assert later["valid"] and later["table_ids"] == [tables["T1"]]
    more = await check(door, house, booking_id=result.booking_id, covers=5)
    assert reasons(more, "error") == ["full"]
    await house.done("cancel_booking", booking_id=result.booking_id)
    assert reasons(await check(door, house, booking_id=result.booking_id), "error") == ["illegal_move"]
    missing = await door.post(f"/api/sites/{SITE}/check", json={"covers": 2, "starts_at": at(house, 60), "booking_id": "nobody"})
    assert missing.status_code == 404
    odd = await door.post(f"/api/sites/{SITE}/check", json={"covers": 2, "starts_at": at(house, 60), "colour": "blue"})
    assert odd.status_code in (400, 422)


async def test_what_cancelling_means_before_anybody_does(house, door):
    await a_room(house, ("T1", 4), ("T2", 4))
    soon, later = await booked(house, 60), await booked(house, 48 * 60, name="Wang")
    await house.pass_time(1)
    await policy(house, "booking.cancel_free_h", 72)

    async def terms(booking_id):
        answer = await door.get(f"/api/sites/{SITE}/bookings/{booking_id}/cancel-terms")
        assert answer.status_code == 200
        return answer.json()

    said = await terms(later.booking_id)
    assert (said["late"], said["refund_cents"]) == (False, 0), "what was in force when it was booked counts"
    assert said["free_until"] == (house.now + timedelta(hours=24, minutes=-1)).isoformat().replace("+00:00", "Z")
    assert "24 hours" in said["policy"] and "19:00" in said["policy"]
    assert 1 <= len(said["alternatives"]) <= 3
    assert (await terms(soon.booking_id))["late"]
    newer = await booked(house, 50 * 60, name="Rossi")
    assert (await terms(newer.booking_id))["late"]
    assert await house.pool.fetchval("SELECT count(*) FROM booking WHERE status = 'confirmed'") == 3


async def test_one_booking_and_its_link(house, door):
    await a_room(house, ("T1", 4))
    result = await booked(house, email=EMAIL)
    one = await door.get(f"/api/sites/{SITE}/bookings/{result.booking_id}")
    assert one.json()["code"] == result.code
    assert "ticket" not in one.json()
    link = (await door.get(f"/api/sites/{SITE}/bookings/{result.booking_id}/link")).json()
    assert link["url"] == f"/g/{result.ticket}"
    assert link["qr_svg"].startswith("<svg") and "script" not in link["qr_svg"]
    moved = await house.done("reschedule_booking", booking_id=result.booking_id, starts_at=at(house, 200))
    assert (await door.get(f"/api/sites/{SITE}/bookings/{result.booking_id}/link")).status_code == 404
    again = (await door.get(f"/api/sites/{SITE}/bookings/{moved.result['booking_id']}/link")).json()
    assert again["url"] == link["url"]
    kitchen = await signed_in(house, "kitchen")
    for path in ("lookup?q=silva", f"bookings/{result.booking_id}", f"bookings/{result.booking_id}/link", f"bookings/{result.booking_id}/cancel-terms"):
        assert (await kitchen.get(f"/api/sites/{SITE}/{path}")).status_code == 403
        assert (await door.get(f"/api/sites/s2/{path}")).status_code == 404
    await kitchen.aclose()


PEOPLE = [
    ("GB", "Siobhán O'Connor", "o'connor"), ("PL", "Łukasz Żółć", "lukasz"), ("TR", "İpek Çağlar", "ipek"),
    ("DE", "Jürgen Groß", "gross"), ("JP", "田中 太郎", "田中"), ("RU", "Фёдор Достоевский", "федор"),
    ("SA", "محمد العتيبي", "محمد"), ("GR", "Ελένη Παπαδοπούλου", "ελενη"), ("IN", "प्रिया शर्मा", "शर्मा"),
    ("KR", "김민준", "김민준"), ("VN", "Nguyễn Thị Hương", "nguyen thi"), ("BR", "João Assunção", "joao"),
    ("IL", "יוסף כהן", "כהן"), ("TH", "สมชาย ใจดี", "สมชาย"), ("ET", "አበበ ቢቂላ", "አበበ"), ("US", "Zoë Li", "li"),
]  # fmt: skip


async def test_guests_of_every_country_are_found_by_name_and_number(house, door):
    await a_room(house, *((f"T{n}", 4) for n in range(len(PEOPLE))))
    for country, name, typed in PEOPLE:
        number = phonenumbers.example_number(country)
        international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
        booking_id = (await booked(house, name=name, covers=2, phone=international)).booking_id
        assert (booking_id, "name") in await find(door, typed), name
        assert (booking_id, "name") in await find(door, name), name
        assert await find(door, phonenumbers.format_number(number, PhoneNumberFormat.E164)) == [(booking_id, "phone")], country
