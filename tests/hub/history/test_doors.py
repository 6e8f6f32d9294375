"""The doors to the past: the journal, the record of one thing, what can be restored; and who may look."""

from datetime import timedelta

import httpx
import pytest

from hub.app import make_app
from hub.core import auth
from hub.core.actor import HOUSE, Actor
from tests.kit import OTHER_SITE, SITE, a_room

AT = "2026-11-20T21:00:00Z"
MANAGER = Actor.staff("st_manager")


@pytest.fixture
async def door(house):
    """Opens the doors as somebody: `await door("manager")`."""
    app, opened = make_app(house.house), []

    async def make(role: str) -> httpx.AsyncClient:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://house.test")
        client.cookies.set(auth.COOKIE, await auth.open_session(house.pool, f"st_{role}"))
        opened.append(client)
        return client

    yield make
    for client in opened:
        await client.aclose()


def path(what: str, site: str = SITE) -> str:
    return f"/api/sites/{site}/{what}"


async def test_what_became_of_a_booking(house, door):
    await a_room(house, ("1", 4), ("2", 4))
    booked = await house.done("book", name="Okafor", covers=2, starts_at=AT, phone="+44 20 7946 0123")
    booking_id = booked.result["booking_id"]
    await house.done("edit_booking", actor=MANAGER, booking_id=booking_id, covers=4, reason="two more friends")
    told = (await (await door("host")).get(path(f"changes/booking/{booking_id}"))).json()
    edited, made = told
    assert edited["fields"]["covers"] == [2, 4] and "name" not in edited["fields"]
    assert (edited["by"], edited["actor"], edited["source"]) == ("Manager", "staff:st_manager", "api")
    assert (edited["reason"], edited["command"], edited["what"]) == ("two more friends", "edit_booking", "Okafor · 4 changed")
    assert made["fields"]["covers"] == [None, 2] and made["by"] == "Host"
    assert edited["seq"] > made["seq"] == booked.seq


async def test_what_becomes_of_a_thing_is_for_those_who_may_see_it(house, door):
    tables = await a_room(house, ("1", 4))
    booking_id = (await house.done("book", name="Okafor", covers=2, starts_at=AT)).result["booking_id"]
    seen = {}
    for role in ("manager", "host", "server", "kitchen"):
        client = await door(role)
        seen[role] = [
            (await client.get(path(f"changes/{kind}/{row_id}"))).status_code
            for kind, row_id in (
                ("booking", booking_id), ("guest", "nobody"), ("party", "nobody"), ("table", tables["1"]), ("staff", "st_host"),
            )
        ]  # fmt: skip
    assert seen == {
        "manager": [200, 200, 200, 200, 200],
        "host": [200, 200, 200, 403, 403],
        "server": [200, 200, 403, 403, 403],
        "kitchen": [403, 403, 403, 403, 403],
    }
    assert (await (await door("other")).get(path(f"changes/booking/{booking_id}"))).status_code == 404


async def test_the_journal_is_read_a_page_at_a_time(house, door):
    for number in range(5):
        await house.done("add_party", name=f"Party {number}", covers=2)
    client = await door("manager")
    first = (await client.get(path("journal"), params={"limit": 2})).json()
    assert [line["what"] for line in first] == [f"Party {n} · 2 added to the waitlist" for n in (4, 3)]
    second = (await client.get(path("journal"), params={"limit": 2, "before": first[-1]["seq"]})).json()
    assert [line["what"] for line in second] == [f"Party {n} · 2 added to the waitlist" for n in (2, 1)]
    assert second[0]["by"] == "Host" and [kind for kind, _ in second[0]["rows"]] == ["party"]
    everything = []
    before = {}
    while page := (await client.get(path("journal"), params={"limit": 3, **before})).json():
        everything += [line["seq"] for line in page]
        before = {"before": page[-1]["seq"]}
    assert everything == list(range(await house.states.head(SITE), 0, -1))


async def test_the_journal_by_who_and_by_what(house, door):
    party = (await house.done("add_party", name="Silva", covers=2)).result["party_id"]
    taken = await house.done("remove_party", actor=MANAGER, party_id=party)
    undo = await house.done("undo", actor=MANAGER, seq=taken.seq)
    client = await door("manager")
    mine = (await client.get(path("journal"), params={"actor": "staff:st_manager"})).json()
    assert [(line["command"], line["undoes"], line["undone"]) for line in mine] == [
        ("undo", taken.seq, False), ("remove_party", None, True),
    ]  # fmt: skip
    assert mine[0]["what"] == "Taken back: Silva · 2 taken off the waitlist" and mine[0]["seq"] == undo.seq
    adds = (await client.get(path("journal"), params={"command": "add_party"})).json()
    assert [line["command"] for line in adds] == ["add_party"]
    assert (await client.get(path("journal"), params={"actor": "staff:nobody"})).json() == []


@pytest.mark.parametrize(
    ("asked", "field"), [({"limit": 0}, "limit"), ({"limit": 10_000}, "limit"), ({"before": "x"}, "before"), ({"before": -1}, "before")]
)
async def test_a_wrong_question_names_its_field(door, asked, field):
    answer = await (await door("manager")).get(path("journal"), params=asked)
    assert answer.status_code == 422 and answer.json()["field"] == field, answer.text


async def test_the_journal_is_for_managers(door):
    for role, status in (("host", 403), ("server", 403), ("kitchen", 403), ("other", 404), ("super_admin", 200)):
        assert (await (await door(role)).get(path("journal"))).status_code == status, role
        assert (await (await door(role)).get(path("deleted"))).status_code == status, role


async def test_who_did_it_has_a_name(house, door):
    key_id = await house.pool.fetchval(
        "INSERT INTO api_key VALUES ('k1', 'o1', $1, 'Web shop', 'abcd', '\\x00', '{host.write}', now(), 'staff:st_manager') RETURNING id",
        SITE,
    )
    tables = await a_room(house, ("1", 4))
    qr = (await house.row("table", tables["1"])).qr
    await house.done("add_party", actor=Actor.key(key_id), name="Silva", covers=2)
    await house.done("scan_table", actor=Actor("guest", "guest:table", source="qr"), qr=qr)
    await house.done("refresh_waiting", actor=HOUSE)
    lines = (await (await door("manager")).get(path("journal"), params={"limit": 3})).json()
    assert [line["by"] for line in lines] == ["The house", "A guest", "Web shop"]


async def test_what_was_deleted_can_be_seen_as_long_as_it_can_come_back(house, door):
    await a_room(house, ("1", 4), ("2", 4))
    booking_id = (await house.done("book", name="Okafor", covers=2, starts_at=AT)).result["booking_id"]
    guest_id = (await house.done("add_guest", name="Ada Byron", phone="+44 20 7946 0999")).result["guest_id"]
    await house.done("delete_booking", actor=MANAGER, booking_id=booking_id, reason="entered twice by mistake")
    await house.pass_time(1)
    await house.done("delete_guest", actor=MANAGER, guest_id=guest_id, reason="asked to be forgotten here")
    client = await door("manager")
    guest, booking = (await client.get(path("deleted"))).json()
    assert (guest["kind"], guest["id"], guest["name"], guest["by"]) == ("guest", guest_id, "Ada Byron", "Manager")
    assert (booking["kind"], booking["id"], booking["reason"]) == ("booking", booking_id, "entered twice by mistake")
    assert booking["by"] == "Manager" and booking["restorable_until"].startswith("2026-12-20T19:00")
    assert (await (await door("other")).get(path("deleted", OTHER_SITE))).status_code == 403
    await house.set_now(house.now + timedelta(days=30, minutes=-2))
    assert len((await client.get(path("deleted"))).json()) == 2
    await house.set_now(house.now + timedelta(days=1))
    assert (await client.get(path("deleted"))).json() == []


async def test_the_undo_drawer_speaks_of_the_book_too(house, door):
    await a_room(house, ("1", 4), ("2", 4))
    booking_id = (await house.done("book", name="Okafor", covers=2, starts_at=AT)).result["booking_id"]
    await house.done("reconfirm_booking", booking_id=booking_id)
    await house.done("edit_booking", booking_id=booking_id, covers=3)
    told = (await (await door("host")).get(path("recent"))).json()
    assert [line["what"] for line in told] == ["Okafor · 3 changed", "Okafor · 3 will come", "Okafor · 3 booked"]
    assert all(line["undoable_until"] for line in told)
