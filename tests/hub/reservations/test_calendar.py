"""The calendar file: read back by another's reader it says the right time in every zone, and one entry stays one entry."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from hub.reservations import calendar
from hub.venues.views import Site
from tests.hub.bookings.test_rules import a_booking

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
ZONES = ["Europe/London", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"]
LINK = "https://book.house.test/g/abcdefghijklmnop"


def a_site(**fields):
    said = {"id": "s1", "org_id": "o1", "name": "Bella Vista", "timezone": "Europe/London", "opening_hours": {},
            "service_date": date(2026, 11, 20), "day_ends": "04:00"}  # fmt: skip
    return Site(**(said | fields))


def event(text):
    (found,) = Calendar.from_ical(text).walk("VEVENT")
    return found


def entry(booking=None, site=None, ticket="abcdefghijklmnop", link=LINK):
    return calendar.file(booking or a_booking(), site or a_site(), ticket=ticket, link=link, now=NOW)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.sampled_from(ZONES).map(ZoneInfo)), st.integers(15, 480))  # noqa: DTZ001
def test_the_right_time_in_every_zone_also_when_the_clocks_change(local, minutes):
    starts_at = local.astimezone(UTC).replace(microsecond=0)
    booking = a_booking(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes), duration_min=minutes)
    read = event(entry(booking, a_site(timezone=str(local.tzinfo))))
    assert read["dtstart"].dt == starts_at
    assert read["dtstart"].dt.astimezone(local.tzinfo).replace(tzinfo=None) == starts_at.astimezone(local.tzinfo).replace(tzinfo=None)
    assert read["dtend"].dt - read["dtstart"].dt == timedelta(minutes=minutes)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=80), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=120))
def test_names_and_addresses_of_every_country_stay_whole(name, address):
    read = event(entry(a_booking(name=name), a_site(name=name, address=address or None)))
    assert str(read["location"]) == (address or name)
    assert str(read["summary"]) == f"{name}: table for 4"
    assert name in str(read["description"])


def test_nothing_typed_into_a_name_becomes_a_line_of_the_file():
    text = entry(a_booking(name="X\r\nBEGIN:VEVENT\r\nSUMMARY:free dinner"))
    (read,) = Calendar.from_ical(text).walk("VEVENT")
    assert "BEGIN:VEVENT" not in text.replace("\\n", " ").split("BEGIN:VEVENT", 1)[1].split("\r\n")
    assert str(read["summary"]) == "Bella Vista: table for 4"


def test_lines_are_as_long_as_calendars_read_them():
    text = entry(a_booking(name="ü" * 80), a_site(address="ж" * 300))
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_one_entry_through_changes_and_a_cancellation():
    first, changed = event(entry(a_booking(version=1))), event(entry(a_booking(version=4, covers=2)))
    text = entry(a_booking(version=5, status="cancelled"))
    gone = event(text)
    assert first["uid"] == changed["uid"] == gone["uid"]
    assert first["sequence"] < changed["sequence"] < gone["sequence"]
    assert (str(first["status"]), str(gone["status"])) == ("CONFIRMED", "CANCELLED")
    assert "METHOD:CANCEL" in text and "METHOD:PUBLISH" in entry()
    assert str(event(entry(a_booking(status="pending")))["status"]) == "TENTATIVE"
    assert event(entry(ticket="another-ticket-of-16"))["uid"] != first["uid"]
    assert "abcdefghijklmnop" not in str(first["uid"]), "a calendar may be shared"


def test_a_house_without_a_public_address_gives_no_dead_link():
    read = event(entry(link="/g/abcdefghijklmnop"))
    assert "url" not in read and "/g/" not in str(read["description"])
    assert str(event(entry())["url"]) == LINK
    house = event(entry(site=a_site(email="desk@house.test")))["organizer"]
    assert str(house).lower() == "mailto:desk@house.test"


def test_staffs_words_stay_with_staff():
    text = entry(a_booking(notes="argues about the bill", tags=["difficult"]))
    assert "argues" not in text and "difficult" not in text
