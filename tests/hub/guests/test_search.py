"""Search as you type, and the doors: names of every script, numbers however they are written, nobody else's guests."""

import pytest
from httpx import ASGITransport, AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from hub.app import make_app
from hub.core import auth
from hub.guests import views
from hub.guests.rules import asked, searchable, spelled
from tests.hub.guests.test_card import MANAGER, added, another_manager  # noqa: F401 - a fixture
from tests.kit import OTHER_SITE, SITE

PEOPLE = {
    "Yılmaz Işık": ["yilmaz", "YILMAZ", "Yılmaz", "isik", "IŞIK", "ışık"],
    "Weiß, Jürgen": ["weiss", "WEISS", "weiß", "jurgen", "jürgen", "jürg"],
    "Nguyễn Thị Đào": ["nguyen", "nguyễn", "thi dao", "đào", "ĐÀO", "dao nguyen"],
    "山田 太郎": ["山", "山田", "太郎", "山田 太", "田"],
    "やまだ ハナコ": ["やまだ", "ハナ", "ﾊﾅｺ"],
    "محمد العلي": ["محمد", "مُحَمَّد", "العلي", "مح"],
    "Анна Ёлкина": ["анна", "АННА", "елкина", "Ёлкина", "ан"],
    "김민준": ["김", "김민준", "기"],
    "Παπαδόπουλος Γιώργος": ["παπαδοπουλος", "ΠΑΠΑ", "γιωργοσ"],
    "Søren Ærø-Łukasz": ["soren", "SØREN", "aero", "lukasz", "ærø"],
    "Siân O’Connor": ["sian", "o'connor", "oconnor", "O’Con"],
    "Zoë al-Masri": ["zoe", "al-masri", "almasri", "al masri"],
    "José  María\tde la Cruz": ["jose maria", "cruz jose", "de la", "maría"],
    "Wu": ["w", "wu", "WU"],
}


async def found(house, text, site=SITE, limit=20):
    return [hit.name for hit in await views.search(house.pool, site, text, limit)]


async def test_names_of_many_scripts_are_found_as_they_are_typed(house):
    for name in PEOPLE:
        await added(house, name=name, phone=None)
    for name, typed in PEOPLE.items():
        for text in typed:
            if name == "山田 太郎" and text == "田":
                assert name not in await found(house, text), "one letter begins a word, or is not looked for"
            else:
                assert name in await found(house, text), (name, text)
        plain = searchable(name)
        for end in range(1, len(plain) + 1):
            assert name in await found(house, plain[:end]), (name, plain[:end])


async def test_numbers_are_found_by_any_part_however_they_are_written(house):
    guest = await added(house, name="Ana", phone="+44 7700 900123")
    await added(house, name="Else", phone="+33 6 39 98 12 34")
    for text in ("07700", "+44 7700", "447700", "0044 7700 900", "7700 900 123", "900123", "(0)7700-900", "+44 (0)7700", "07", "٠٧٧٠٠"):
        hits = await views.search(house.pool, SITE, text, 5)
        assert [hit.id for hit in hits] == [guest], text
        assert hits[0].matched == "phone"
    assert await found(house, "06 39") == ["Else"]
    assert await found(house, "ana 900") == ["Ana"]


async def test_addresses(house):
    await added(house, name="Ana", email="a.silva@example.test", phone=None)
    await added(house, name="Silvan", email="post@firma.test", phone=None)
    hits = await views.search(house.pool, SITE, "a.silva@exa", 5)
    assert [(hit.name, hit.matched) for hit in hits] == [("Ana", "email")]
    assert await found(house, "A.SILVA@EXAMPLE.TEST") == ["Ana"]
    assert await found(house, "a.silva@firma") == []
    assert await found(house, "silva") == ["Silvan", "Ana"]
    assert await found(house, "example") == [], "half of all guests share one"


async def test_who_begins_so_comes_first_then_who_comes_most(house):
    for name, visits in (("Tom Martin", 40), ("Martin Once", 1), ("Martin Often", 9), ("Kleinmartin", 99)):
        guest = await added(house, name=name, phone=None)
        await house.pool.execute("UPDATE guest_profile SET visits = $2 WHERE id = $1", guest, visits)
    assert await found(house, "martin") == ["Martin Often", "Martin Once", "Tom Martin", "Kleinmartin"]
    assert await found(house, "martin", limit=2) == ["Martin Often", "Martin Once"]
    assert await found(house, "ma") == ["Martin Often", "Martin Once", "Tom Martin"]


@pytest.mark.parametrize("text", ["", " ", "%", "_", "\\", "%%%", "-", "'", "()", "+", "@", "@example", "a" * 500, "\ud7ff", "() +"])
async def test_what_is_no_name_finds_nobody(house, text):
    await added(house, name="Ana", email="ana@example.test")
    assert await found(house, text) == []


async def test_wildcards_are_letters(house):
    await added(house, name="100% Ana_B\\C", phone=None)
    await added(house, name="1000 AnaXB C", phone=None)
    for text in ("100%", "ana_b", "b\\c"):
        assert await found(house, text) == ["100% Ana_B\\C"], text


async def test_another_sites_guests_are_not_found(house):
    await added(house, OTHER_SITE, name="Ana Far", email="far@example.test")
    for text in ("ana", "far", "07700", "far@example.test"):
        assert await found(house, text) == []


@given(st.text())
def test_made_comparable_twice_is_made_comparable_once(text):
    once = searchable(text)
    assert searchable(once) == once
    assert once == once.strip()
    assert "  " not in once


@given(st.text(), st.text())
def test_case_and_marks_never_matter(one, other):
    assert searchable(one.upper()) == searchable(searchable(one).upper()) or not one.isascii()
    assert searchable(one, other) == searchable(f"{one} {other}")


def test_the_search_text_of_a_person():
    known = [("Ana Silva", "+447700900123", "a.silva@example.test"), ("Ana Costa", "12345", None)]
    assert spelled(known) == " ana silva a.silva 447700900123 07700900123 ana costa 12345"


@given(st.text(max_size=200))
def test_any_text_is_asked_or_is_nothing(text):
    wanted = asked(text)
    if wanted is not None:
        assert all(other != wanted.rarest and len(other) <= len(wanted.rarest) for other in wanted.others)
        assert all(pattern.strip("% ") for pattern in (wanted.rarest, *wanted.others))


# ---- doors


@pytest.fixture
async def door(house):
    transport = ASGITransport(make_app(house.house))  # in this test's own loop, where the pool lives
    async with AsyncClient(transport=transport, base_url="http://house.test") as client:
        client.cookies.set(auth.COOKIE, await auth.open_session(house.pool, "st_server"))
        yield client


async def test_the_doors(house, door):
    guest = await added(house, name="Ana Silva", tags=["press"])
    far = await added(house, OTHER_SITE, name="Far", phone="020 7946 0001")
    at = f"/api/sites/{SITE}/guests"
    assert [hit["name"] for hit in (await door.get(at, params={"q": "sil"})).json()] == ["Ana Silva"]
    assert (await door.get(at)).json() == []
    for limit, count in ((0, 1), (10_000, 1), (-5, 1)):
        assert len((await door.get(at, params={"q": "sil", "limit": limit})).json()) == count
    assert (await door.get(at, params={"q": "sil", "limit": "x"})).status_code in (400, 422)
    shown = (await door.get(f"{at}/{guest}")).json()
    assert (shown["name"], shown["tags"]) == ("Ana Silva", ["press"])
    assert (await door.get(f"{at}/{guest}/visits")).json() == {"upcoming": [], "past": []}
    for nobody in (far, "nobody", "%00"):
        for door_of in ("", "/visits"):
            assert (await door.get(f"{at}/{nobody}{door_of}")).status_code in (404, 422), nobody
    assert (await door.get(f"/api/sites/{OTHER_SITE}/guests/{guest}")).status_code == 404
    assert (await door.get(f"/api/sites/{OTHER_SITE}/guests", params={"q": "far"})).status_code == 404


async def test_the_doors_are_for_those_who_may_read_guests(house, door):
    guest = await added(house)
    door.cookies.set(auth.COOKIE, await auth.open_session(house.pool, "st_kitchen"))
    for path in ("guests?q=ana", f"guests/{guest}", f"guests/{guest}/visits"):
        assert (await door.get(f"/api/sites/{SITE}/{path}")).status_code == 403, path
    door.cookies.clear()
    assert (await door.get(f"/api/sites/{SITE}/guests?q=ana")).status_code == 401
