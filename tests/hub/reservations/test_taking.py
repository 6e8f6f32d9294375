"""Taking a booking: whose it is, whether they may, what they are told, and when the house is open."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest

from hub.bookings import views as book
from hub.core.actor import Actor
from hub.reservations import actions
from schemas.base import Done, Refused
from schemas.reservations import Book
from tests.hub.holds.at_work import at_work
from tests.hub.reservations.book import EMAIL, GUEST, MANAGER, PHONE, a_guest, at, booked, policy, said
from tests.kit import SITE, a_room

LONDON = ZoneInfo("Europe/London")


async def test_a_guest_is_recognised_and_their_card_stands_on_the_booking(house):
    await a_room(house, ("T1", 4))
    guest = await a_guest(house, flags=["nut_allergy", "vip"])
    result = await booked(house, phone="020 7946 0000", flags=["birthday"], requests="candles", tags=["press"],
                          preferences=["window"], preorders=[{"what": "cake", "quantity": 2}],
                          access_notes="side door", emergency_contact="Rui 020 7946 0001")  # fmt: skip
    row = await house.row("booking", result.booking_id)
    assert (row.guest_id, row.guest_flags, row.guest_visits) == (guest, ["nut_allergy", "vip"], 0)
    assert (result.guest_id, row.flags, row.requests, row.tags) == (guest, ["birthday"], "candles", ["press"])
    assert (row.preferences, row.preorders) == (["window"], [{"what": "cake", "quantity": 2}])
    assert (row.access_notes, row.emergency_contact) == ("side door", "Rui 020 7946 0001")


async def test_a_mere_name_is_no_guest(house):
    await a_room(house, ("T1", 4))
    row = await house.row("booking", (await booked(house)).booking_id)
    assert (row.guest_id, row.guest_flags, row.guest_visits) == (None, [], None)
    assert await house.pool.fetchval("SELECT count(*) FROM guest") == 0
    assert await said(house, row.id) == []


async def test_a_booking_by_the_guests_card_is_reached_by_what_stands_there(house):
    await a_room(house, ("T1", 4))
    guest = await a_guest(house, email=EMAIL)
    row = await house.row("booking", (await booked(house, guest_id=guest)).booking_id)
    assert (row.guest_id, row.phone, row.email) == (guest, "+442079460000", EMAIL)
    refused = await house.refused("book", "not_found", name="X", covers=2, starts_at=at(house, 200), guest_id="nobody")
    assert refused.field == "guest_id"


async def test_the_confirmation_is_written_in_the_same_commit_with_a_calendar_entry(house):
    await a_room(house, ("T1", 4))
    await house.pool.execute("UPDATE site SET address = '1 Quay Street, Bristol', phone = '+44 117 496 0000', email = 'desk@house.test'")
    done = await house.done("book", name="Silva", covers=4, starts_at=at(house, 60), email=EMAIL)
    (message,) = await said(house, done.result["booking_id"])
    assert (message["template"], message["channel"], message["recipient"]) == ("booking_confirmed", "email", EMAIL)
    assert (message["seq"], message["status"], message["ticket"]) == (done.seq, "queued", done.result["ticket"])
    assert done.result["code"] in message["body"]
    (event,) = icalendar.Calendar.from_ical(message["calendar"]).walk("VEVENT")
    assert event["dtstart"].dt.astimezone(LONDON) == (house.now + timedelta(minutes=60)).astimezone(LONDON)
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=90)
    assert event["location"] == "1 Quay Street, Bristol"


async def test_text_messages_need_consent(house):
    await a_room(house, ("T1", 4), ("T2", 4), ("T3", 4))
    opted = await booked(house, phone=PHONE, sms_opt_in=True)
    assert [message["status"] for message in await said(house, opted.booking_id)] == ["queued"]
    silent = await booked(house, name="Wang", phone="+44 20 7946 0001")
    assert [message["status"] for message in await said(house, silent.booking_id)] == ["suppressed"]
    await a_guest(house, name="Rossi", phone="+44 20 7946 0002", consents=["sms"])
    known = await booked(house, name="Rossi", phone="+44 20 7946 0002")
    (message,) = await said(house, known.booking_id)
    assert (message["status"], message["recipient"]) == ("queued", "+442079460002")


@pytest.mark.parametrize(("args", "template"), [
    ({"status": "inquiry"}, "booking_received"), ({"status": "pending"}, "booking_received"), ({}, "booking_confirmed"),
    ({"source": "walk_in"}, None), ({"source": "import"}, None),
])  # fmt: skip
async def test_what_is_said_first(house, args, template):
    await a_room(house, ("T1", 4))
    result = await booked(house, email=EMAIL, **args)
    assert [message["template"] for message in await said(house, result.booking_id)] == ([template] if template else [])
    assert (await house.row("booking", result.booking_id)).status == args.get("status", "confirmed")


async def test_a_blacklisted_guest_is_booked_only_by_somebody_who_says_why(house):
    await a_room(house, ("T1", 4))
    guest = await a_guest(house)
    await house.done("set_blacklist", actor=MANAGER, guest_id=guest, blacklisted=True, reason="walked out without paying")
    wish = {"name": "Silva", "covers": 4, "starts_at": at(house, 60), "phone": "020 7946 0000"}
    before = await house.rows()
    refused = await house.refused("book", "blacklisted", **wish)
    assert (refused.code, refused.retry) == ("conflict", "anyway")
    refused = await house.refused("book", "no_reason", anyway=True, **wish)
    assert (refused.code, refused.field) == ("invalid", "reason")
    refused = await house.refused("book", "no_reason", anyway=True, reason="too short", **wish)
    assert await house.rows() == before
    done = await house.done("book", anyway=True, reason="paid the bill since", **wish)
    why = await house.pool.fetchval("SELECT reason FROM journal WHERE site_id = $1 AND seq = $2", SITE, done.seq)
    assert why == "paid the bill since"


async def test_a_guest_is_not_told_that_they_are_on_a_list_nor_where_they_sit(house):
    await a_room(house, ("T1", 4))
    async def ask(phone, **more):
        async with at_work(house) as work:
            work.actor = GUEST
            wish = Book(site_id=SITE, key="guests-0001", name="Silva", covers=4, source="web", phone=phone,
                        starts_at=house.now + timedelta(minutes=60), **more)  # fmt: skip
            return await actions.take(work, wish)

    taken = await ask("+44 20 7946 0007")
    assert (taken.table_ids, taken.warnings) == ([], [])
    full = await ask("+44 20 7946 0008")
    assert full.reason == "full" and full.about
    assert all(other.table_ids == [] for other in full.about)
    duplicate = await ask("+44 20 7946 0007")
    assert (duplicate.reason, duplicate.about) == ("duplicate", None)
    assert taken.code not in duplicate.message
    guest = await a_guest(house)
    await house.done("set_blacklist", actor=MANAGER, guest_id=guest, blacklisted=True, reason="walked out without paying")
    refused = await ask(PHONE, anyway=True, reason="because I say so")
    assert refused.reason == "call_us"
    assert "paying" not in refused.message and "list" not in refused.message


async def test_guests_need_a_way_to_be_reached_and_an_open_house(house):
    await a_room(house, ("T1", 4))
    wish = {"name": "Silva", "covers": 4, "source": "web"}
    refused = await house.refused("book", "no_contact", starts_at=at(house, 60), **wish)
    assert (refused.code, refused.field) == ("invalid", "phone")
    refused = await house.refused("book", "closed", starts_at=at(house, 5 * 60), email=EMAIL, **wish)  # midnight
    assert (refused.code, refused.field) == ("invalid", "starts_at")
    await house.done("book", starts_at=at(house, 60), email=EMAIL, **wish)
    at_midnight = await house.done("book", name="Crew", covers=4, starts_at=at(house, 5 * 60))
    assert at_midnight.result["warnings"] == ["The house is closed at 00:00 on Saturday."]


async def test_a_house_that_says_nothing_of_its_hours_is_never_closed(house):
    await a_room(house, ("T1", 4))
    await house.pool.execute("UPDATE site SET opening_hours = '{}'")
    assert (await booked(house, 9 * 60)).warnings == []


@pytest.mark.parametrize(("first", "second"), [
    ({"phone": PHONE}, {"phone": "(020) 7946-0000"}), ({"email": EMAIL}, {"email": EMAIL.upper()}),
    ({"email": EMAIL, "phone": PHONE}, {"email": EMAIL, "phone": "+44 20 7946 0009"}),
])  # fmt: skip
async def test_the_same_guest_however_they_are_named_hears_the_first_code(house, first, second):
    await a_room(house, ("T1", 4), ("T2", 4))
    one = await booked(house, **first)
    refused = await house.refused("book", "duplicate", name="S.", covers=2, starts_at=at(house, 60), **second)
    assert one.code in refused.message
    assert await house.pool.fetchval("SELECT count(*) FROM booking") == 1


async def test_needs_choose_the_table(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4), ("T3", 4), accessible=["T2"])
    await house.done("put_table", actor=MANAGER, table_id=tables["T3"], features=["highchair"])
    assert (await booked(house, flags=["high_chair"])).table_ids == [tables["T3"]]
    await a_guest(house, flags=["step_free"])
    known = await booked(house, phone=PHONE)
    assert known.table_ids == [tables["T2"]]
    assert (await house.row("booking", known.booking_id)).accessible


async def test_the_number_of_the_policies_in_force_is_kept(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    numbers = []
    for minutes in (60, 61):
        result = await booked(house, minutes)
        numbers.append(await house.pool.fetchval("SELECT policy_version FROM booking WHERE id = $1", result.booking_id))
        await policy(house, "booking.cancel_free_h", 48)
    assert numbers == [0, 1]


async def test_a_ticket_is_a_bookings_own_or_the_one_its_guest_has(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    result = await booked(house)
    site_id, row = await book.by_ticket(house.pool, result.ticket)
    assert (site_id, row.id) == (SITE, result.booking_id)
    assert len(result.ticket) >= 22
    async with at_work(house) as work:
        waited = await actions.take(
            work, Book(site_id=SITE, key="waited-0001", name="Wang", covers=2, starts_at=house.now + timedelta(hours=2)),
            ticket="a-ticket-from-the-line",
        )  # fmt: skip
    assert waited.ticket == "a-ticket-from-the-line"
    assert (await book.by_ticket(house.pool, "a-ticket-from-the-line"))[1].id == waited.booking_id
    for nonsense in ("", "x", "\x00"):
        assert await book.by_ticket(house.pool, nonsense) is None


BAD = [
    ("name", {"name": ""}), ("covers", {"covers": 0}), ("covers", {"covers": 21}), ("starts_at", {"starts_at": "soon"}),
    ("phone", {"phone": "call me"}), ("email", {"email": "nobody"}), ("duration_min", {"duration_min": 14}),
    ("status", {"status": "seated"}), ("source", {"source": "pigeon"}), ("occasion", {"occasion": "Tuesday"}),
    ("flags", {"flags": ["x"] * 13}), ("tags", {"tags": [""]}), ("preorders", {"preorders": [{"what": "", "quantity": 1}]}),
    ("preorders", {"preorders": [{"what": "cake", "quantity": 51}]}), ("sms_opt_in", {"sms_opt_in": "yes"}),
    ("emergency_contact", {"emergency_contact": "x" * 121}), ("requests", {"requests": "x" * 501}),
    ("colour", {"colour": "blue"}), ("starts_at", {"starts_at": "2026-11-20T20:00:00"}),
]  # fmt: skip


async def test_bad_input_names_the_field_and_changes_nothing(house):
    await a_room(house, ("T1", 4))
    before = await house.rows()
    for field, wrong in BAD:
        wish = {"name": "Silva", "covers": 4, "starts_at": at(house, 60)} | wrong
        refused = await house.refused("book", None, **wish)
        assert (refused.code, refused.field) == ("invalid", field), (wrong, refused)
        assert refused.message
    assert await house.rows() == before


@pytest.mark.parametrize("role", ["server", "kitchen"])
async def test_who_may_not_write_in_the_book(house, role):
    await a_room(house, ("T1", 4))
    refused = await house.refused("book", "forbidden", actor=Actor.staff(f"st_{role}"), name="X", covers=2, starts_at=at(house, 60))
    assert refused.code == "forbidden"


NIGHTS = [  # the zone, a time that comes twice by the wall clock, how much the clocks go back
    ("Europe/London", datetime(2027, 10, 31, 1, 30), 60), ("Australia/Lord_Howe", datetime(2027, 4, 4, 1, 45), 30),  # noqa: DTZ001
    ("America/Santiago", datetime(2027, 4, 3, 23, 30), 60),  # noqa: DTZ001
]  # fmt: skip


@pytest.mark.parametrize(("zone", "local", "back"), NIGHTS)
async def test_a_time_that_comes_twice_is_two_times(house, zone, local, back):
    """Each is a booking of its own, its turn as long as ever, and the host hears which of the two it is."""
    await a_room(house, ("T1", 4))
    await house.pool.execute("UPDATE site SET timezone = $1, opening_hours = '{}'", zone)
    first, second = (local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(ZoneInfo("UTC")) for fold in (0, 1))
    assert second - first == timedelta(minutes=back)
    await house.set_now(first - timedelta(days=20))
    one = await house.done("book", name="Silva", covers=4, starts_at=first.isoformat(), duration_min=15, email=EMAIL)
    assert "comes twice, and this is the first" in one.result["warnings"][0]
    two = await house.give("book", name="Silva", covers=4, starts_at=second.isoformat(), duration_min=15, email=EMAIL)
    assert isinstance(two, Done), two  # 15 minutes and the buffer of 15 are over by then
    assert "this is the second" in two.result.warnings[0]
    (message,) = await said(house, two.result.booking_id)
    (event,) = icalendar.Calendar.from_ical(message["calendar"]).walk("VEVENT")
    assert event["dtstart"].dt == second
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=15)


@pytest.mark.parametrize(("zone", "skipped"), [
    ("Europe/London", datetime(2027, 3, 28, 1, 30)), ("Australia/Lord_Howe", datetime(2027, 10, 3, 2, 15)),  # noqa: DTZ001
    ("America/Santiago", datetime(2027, 9, 5, 0, 30)),  # noqa: DTZ001
])  # fmt: skip
async def test_a_time_that_is_skipped_is_never_offered(house, zone, skipped):
    """A full slot the night before offers the next day at the same time, unless the clocks leave it out."""
    await a_room(house, ("T1", 4))
    await house.pool.execute("UPDATE site SET timezone = $1, opening_hours = '{}'", zone)
    asked = (skipped - timedelta(days=1)).replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
    await house.set_now(asked - timedelta(days=10))
    await house.done("book", name="All night", covers=4, starts_at=(asked - timedelta(minutes=300)).isoformat(), duration_min=480)
    refused = await house.give("book", name="Silva", covers=4, starts_at=asked.isoformat(), duration_min=480)
    assert isinstance(refused, Refused) and refused.reason == "full"
    local = [other.starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for other in refused.about]
    assert skipped not in local
    assert skipped + timedelta(days=6) in local, "a week later the time is there again"
