"""The book's acceptance scenarios, end to end: real doors, real sockets, guests' own pages as forms without script."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from hub.core.actor import Actor
from tests.hub.test_doors import FLOOR, Tablet
from tests.kit import OTHER_SITE, SITE, a_room
from tests.served import Served
from tests.test_scenarios import ask

SUPER = Actor.staff("st_super_admin")
PHONE = "+44 20 7946 0123"
NEXT_FRIDAY = datetime(2026, 11, 27, 19, 0, tzinfo=UTC)
DAY = "2026-11-27"
BOOK = f"book:{SITE}:{DAY}"


async def until(found: Callable[[], Awaitable[Any]], within_s: float = 10.0) -> Any:
    async with asyncio.timeout(within_s):
        while not (value := await found()):  # noqa: ASYNC110 - what is waited for is in a server
            await asyncio.sleep(0.02)
        return value


@pytest.fixture
async def tables(served: Served) -> dict[str, str]:
    await served.house.pool.execute(
        "UPDATE site SET slug = 'the-house', address = '1 Dock Street' WHERE id = $1", SITE
    )  # fmt: skip
    return await a_room(served.house, ("T1", 4))


@pytest.fixture
async def guest(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A phone: no script, cookies kept, redirects followed as a browser does."""
    async with httpx.AsyncClient(base_url=served.url, timeout=10, follow_redirects=True) as phone:
        yield phone


def key_in(page: httpx.Response) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def newest_code(served: Served) -> str:
    async def look() -> str | None:
        return await served.house.pool.fetchval(
            "SELECT substring(body FROM '[0-9]{6}') FROM message WHERE template = 'one_time_code' "
            "ORDER BY created_at DESC, id DESC LIMIT 1"
        )

    return await until(look)


async def let_in(served: Served, guest: httpx.AsyncClient, contact: str) -> httpx.Response:
    """Finds bookings by a contact and types the code that was sent to it."""
    page = await guest.get("/s/the-house")
    asked = await guest.post("/s/the-house", data={"key": key_in(page), "contact": contact})
    code = await newest_code(served)
    return await guest.post("/s/the-house/enter", data={"key": key_in(asked), "code": code})


async def a_booking(tablet: Tablet, **args: Any) -> dict[str, Any]:
    wish = {
        "name": "Ada Silva", "covers": 2, "starts_at": NEXT_FRIDAY.isoformat(), "phone": PHONE, "sms_opt_in": True,
        **args,
    }  # fmt: skip
    done = await ask(tablet, "book", **wish)
    assert done["status"] == "done", done
    return done["result"]


async def status(tablet: Tablet, booking_id: str, channel: str = BOOK) -> dict[str, Any]:
    rows = (await tablet.http.get(f"/api/state/{channel}")).json()["rows"]
    return next(row for row in rows if row["type"] == "booking" and row["id"] == booking_id)


async def test_sc_22_a_reservation_from_the_first_call_to_the_archive(served: Served, tables: dict[str, str]):
    host, other = await Tablet(served, "host").open(), await Tablet(served, "manager").open()
    assert await other.watch(BOOK) is None

    async def step(name: str, /, **args: Any) -> list[dict]:
        """One command on one tablet, seen on the other within a second."""
        key = f"{name}-{time.monotonic_ns()}"
        began = time.monotonic()
        answer = await ask(host, name, key=key, **args)
        assert answer["status"] == "done", answer
        said = await other.hears(key)
        assert time.monotonic() - began < 1.0
        return [patch["put"] for patch in said["patches"] if "put" in patch and patch["put"]["type"] == "booking"]

    (made,) = await step(
        "book", name="Ada Silva", covers=2, starts_at=NEXT_FRIDAY.isoformat(), phone=PHONE, sms_opt_in=True,
        status="pending", flags=["nut_allergy"], occasion="birthday",
    )  # fmt: skip
    booking = made["id"]
    assert (made["status"], made["unplaced"]) == ("pending", False)
    assert [row["status"] for row in await step("confirm_booking", booking_id=booking)] == ["confirmed"]
    assert [row["status"] for row in await step("remind_booking", booking_id=booking)] == ["reminded"]
    await served.house.set_now(NEXT_FRIDAY + timedelta(minutes=2))
    (here,) = await step("arrive_booking", booking_id=booking)
    assert (here["status"], here["arrived_at"]) == ("arrived", "2026-11-27T19:02:00Z")
    (sat,) = await step("seat_party", booking_id=booking, table_ids=[tables["T1"]])
    assert (sat["status"], sat["seated_at"]) == ("seated", "2026-11-27T19:02:00Z")
    seating = (await served.house.pool.fetchval("SELECT id FROM seating WHERE booking_id = $1", booking)) or ""
    assert [row["status"] for row in await step("set_stage", seating_id=seating, stage="ordered")] == ["dining"]
    await served.house.set_now(NEXT_FRIDAY + timedelta(minutes=91))
    (over,) = await step("clear_seating", seating_id=seating)
    assert (over["status"], over["departed_at"]) == ("completed", "2026-11-27T20:31:00Z")
    turn = datetime.fromisoformat(over["departed_at"]) - datetime.fromisoformat(over["seated_at"])
    assert turn == timedelta(minutes=89)

    # completed is the end
    refused = await ask(host, "seat_party", booking_id=booking, table_ids=[tables["T1"]])
    assert refused["status"] == "refused"
    assert (await status(host, booking))["status"] == "completed"

    # the record tells the whole life, by whom
    told = (await other.http.get(f"/api/sites/{SITE}/changes/booking/{booking}")).json()
    assert [line["by"] for line in told] == ["Host"] * len(told)
    lived = [line["fields"]["status"] for line in reversed(told) if "status" in line["fields"]]
    assert [after for _, after in lived] == [
        "pending", "confirmed", "reminded", "arrived", "seated", "dining", "completed",
    ]  # fmt: skip
    # and the guest is known from now on
    (hit,) = (await host.http.get(f"/api/sites/{SITE}/guests", params={"q": "020 7946 0123"})).json()
    visited = await until(lambda: _visits(host, hit["id"]))
    assert (visited["visits"], visited["no_shows"]) == (1, 0)
    await host.close()
    await other.close()


async def _visits(tablet: Tablet, guest_id: str) -> dict | None:
    card = (await tablet.http.get(f"/api/sites/{SITE}/guests/{guest_id}")).json()
    return card if card["visits"] else None


async def test_sc_22_a_guest_moves_their_own_booking(
    served: Served, tables: dict[str, str], guest: httpx.AsyncClient
):
    host = await Tablet(served, "host").open()
    made = await a_booking(host)
    page = await let_in(served, guest, "02079460123")
    assert "Ada Silva" in page.text
    assert made["code"] in page.text

    ticket = made["ticket"]
    page = await guest.get(f"/g/{ticket}/change", params={"day": DAY, "covers": 2})
    assert page.url.path.endswith("/change"), "one code opens every booking of this phone"
    eight = "2026-11-27T20:00:00"
    value = next(found for found in re.findall(r'name="starts_at" value="([^"]+)"', page.text) if eight in found)
    moved = await guest.post(f"/g/{ticket}/change", data={"key": key_in(page), "covers": "2", "starts_at": value})
    assert (moved.status_code, "20:00" in moved.text) == (200, True)

    old = await status(host, made["booking_id"])
    new = await status(host, old["rescheduled_to"])
    assert (old["status"], new["status"], new["rescheduled_from"]) == ("rescheduled", "confirmed", old["id"])
    assert new["starts_at"] == "2026-11-27T20:00:00Z"
    assert (await guest.get(f"/g/{ticket}")).status_code == 200, "the guest's link goes with the booking"

    # the old slot is free at once for a party that is gone before eight, buffer included
    again = await ask(
        host, "book", name="Bo", covers=2, starts_at="2026-11-27T18:15:00Z", table_ids=[tables["T1"]],
        phone="+44 20 7946 0999",
    )  # fmt: skip
    assert again["status"] == "done", again

    # a move to a full time keeps the booking as it is, and says what is free
    refused = await ask(host, "reschedule_booking", booking_id=new["id"], starts_at="2026-11-27T18:30:00Z")
    assert (refused["code"], refused["reason"]) == ("conflict", "full")
    kept = await status(host, new["id"])
    assert (kept["status"], kept["starts_at"]) == ("confirmed", new["starts_at"])
    holds = (await host.http.get(f"/api/state/{BOOK}")).json()["rows"]
    assert [row["table_id"] for row in holds if row["type"] == "hold" and row["owner_id"] == new["id"]] == [
        tables["T1"]
    ]

    # reconfirmed by the guest, with the link alone
    page = await guest.get(f"/g/{ticket}")
    answer = await guest.post(f"/g/{ticket}/answer", data={"key": key_in(page), "answer": "coming"})
    assert answer.status_code == 200
    assert (await status(host, new["id"]))["reconfirmed_at"]
    await host.close()


async def test_sc_22_looking_up_somebody_else_brings_nothing(
    served: Served, tables: dict[str, str], guest: httpx.AsyncClient
):
    host = await Tablet(served, "host").open()
    made = await a_booking(host)
    page = await guest.get("/s/the-house")
    known = await guest.post("/s/the-house", data={"key": key_in(page), "contact": PHONE})
    page = await guest.get("/s/the-house")
    stranger = await guest.post("/s/the-house", data={"key": key_in(page), "contact": "+44 20 7946 0777"})

    def plain(answer: httpx.Response) -> str:
        return re.sub(r'name="key" value="[^"]+"', "", answer.text)

    assert plain(known) == plain(stranger), "nobody learns whether there is a booking"
    sent = await served.house.pool.fetch("SELECT recipient FROM message WHERE template = 'one_time_code'")
    assert len(sent) == 1, "the code goes to the booking's own phone only"

    # six wrong codes lock; the right one is then too late. Each page's key is new, as a browser has it.
    fresh = httpx.AsyncClient(base_url=served.url, timeout=10, follow_redirects=True)
    page = await fresh.get("/s/the-house")
    page = await fresh.post("/s/the-house", data={"key": key_in(page), "contact": made["code"].lower()})
    code = await until(lambda: _second_code(served))
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(6):
        page = await fresh.post("/s/the-house/enter", data={"key": f"try-{time.monotonic_ns()}", "code": wrong})
    page = await fresh.post("/s/the-house/enter", data={"key": f"try-{time.monotonic_ns()}", "code": code})
    assert "opens nothing any more" in page.text
    assert "Ada Silva" not in (await fresh.get("/s/the-house/mine")).text
    await fresh.aclose()

    # staff find it however the code is typed
    found = (await host.http.get(f"/api/sites/{SITE}/lookup", params={"q": made["code"].lower()})).json()
    assert [(hit["booking"]["id"], hit["matched"]) for hit in found] == [(made["booking_id"], "code")]
    await host.close()


async def _second_code(served: Served) -> str | None:
    codes = await served.house.pool.fetch(
        "SELECT substring(body FROM '[0-9]{6}') FROM message WHERE template = 'one_time_code' ORDER BY created_at, id"
    )
    return codes[1][0] if len(codes) > 1 else None


async def test_sc_22_no_show_by_the_hosts_word_and_the_line_is_served(served: Served, tables: dict[str, str]):
    host, manager = await Tablet(served, "host").open(), await Tablet(served, "manager").open()
    booked = await a_booking(host)
    joined = await ask(
        host, "join_waitlist", name="Bo", covers=2, wanted_at="2026-11-27T19:00:00Z", phone="+44 20 7946 0444",
        flexible=[{"earliest": "2026-11-27T19:00:00Z", "latest": "2026-11-27T20:00:00Z"}],
    )  # fmt: skip
    assert joined["status"] == "done", joined
    await served.house.set_now(NEXT_FRIDAY + timedelta(minutes=14))
    early = await ask(host, "mark_no_show", booking_id=booked["booking_id"])
    assert (early["status"], early["reason"]) == ("refused", "too_early")
    await served.house.set_now(NEXT_FRIDAY + timedelta(minutes=15))
    await served.house.done("note_lateness", booking_id=booked["booking_id"])
    assert (await status(host, booked["booking_id"]))["no_show_proposed_at"], "the host is asked, nothing happens alone"
    assert (await status(host, booked["booking_id"]))["status"] == "confirmed"
    gone = await ask(host, "mark_no_show", booking_id=booked["booking_id"], reason="Nobody came or called.")
    assert gone["status"] == "done"

    async def offered() -> dict | None:
        rows = (await host.http.get(f"/api/state/waitlist:{SITE}")).json()["rows"]
        return next((row for row in rows if row["type"] == "offer"), None)

    offer = await until(offered, within_s=2.0)
    assert offer["table_ids"] == [tables["T1"]]
    taken = await ask(host, "answer_offer", offer_id=offer["id"], answer="accept")
    assert taken["status"] == "done", taken
    assert taken["result"]["code"]

    # 19:20: they turn up after all; the table is Bo's by now, so they come back without one
    await served.house.set_now(NEXT_FRIDAY + timedelta(minutes=20))
    back = await ask(manager, "arrive_booking", booking_id=booked["booking_id"])
    assert back["status"] == "done", back
    row = await status(host, booked["booking_id"])
    assert (row["status"], row["unplaced"]) == ("arrived", True)
    await host.close()
    await manager.close()


# ---- SC-23: roles, audit, soft delete, tenants


async def test_sc_23_roles_hold_at_every_door(served: Served, tables: dict[str, str]):
    house, pool = served.house, served.house.pool
    for role in ("chef", "customer_support", "admin", "station_manager"):
        await pool.execute(
            "INSERT INTO staff (id, org_id, email, name, initials) VALUES ($1, 'o1', $2, $3, 'XX')",
            f"st_{role}", f"{role}@example.test", role.title(),
        )  # fmt: skip
        await pool.execute("INSERT INTO staff_role VALUES ($1, $2, $3)", SITE, f"st_{role}", role)
    host = await Tablet(served, "host").open()
    made = await a_booking(host, notes="Owes us one", tags=["regular"])

    chef = await Tablet(served, "chef").open()
    for channel in (FLOOR, BOOK, f"waitlist:{SITE}", f"messages:{SITE}:{DAY}"):
        assert await chef.watch(channel, reads_state=False) == 103, channel
        assert (await chef.http.get(f"/api/state/{channel}")).status_code == 403, channel
    assert (await chef.http.get(f"/api/sites/{SITE}/guests", params={"q": "Ada"})).status_code == 403

    support = await Tablet(served, "customer_support").open()
    edited = await ask(support, "edit_booking", booking_id=made["booking_id"], requests="By the window, please")
    assert edited["status"] == "done", edited
    for name, args in (
        ("delete_booking", {"booking_id": made["booking_id"], "reason": "Made by mistake"}),
        ("delete_guest", {"guest_id": made["guest_id"], "reason": "Made by mistake"}),
    ):
        assert (await ask(support, name, **args))["code"] == "forbidden", name

    admin = await Tablet(served, "admin").open()
    person = {"email": "new@example.test", "name": "New", "password": "long enough now", "roles": ["host"]}
    assert (await ask(admin, "add_staff", **person))["code"] == "forbidden"
    chief = await Tablet(served, "super_admin").open()
    assert (await ask(chief, "add_staff", **person))["status"] == "done"

    # a manager of one station sees nothing of the other, by any door
    keeper = await Tablet(served, "station_manager").open()
    assert await keeper.watch(f"floor:{OTHER_SITE}") == 103
    assert (await keeper.http.get(f"/api/state/floor:{OTHER_SITE}")).status_code == 404
    assert (await keeper.http.get(f"/api/sites/{OTHER_SITE}/guests", params={"q": "Ada"})).status_code == 404

    # a role taken away while connected: the channel closes within five seconds
    assert await host.watch(FLOOR) is None
    await house.done("set_roles", actor=SUPER, staff_id="st_host", roles=[])

    await asyncio.wait_for(host.lost, 5)
    assert (await host.http.get(f"/api/state/{FLOOR}")).status_code == 404
    for tablet in (host, chef, support, admin, chief, keeper):
        await tablet.close()


async def test_sc_23_nothing_of_staffs_reaches_the_guest(
    served: Served, tables: dict[str, str], guest: httpx.AsyncClient
):
    host = await Tablet(served, "host").open()
    made = await a_booking(
        host, notes="NOTE-MARK", tags=["TAG-MARK"], flags=["vip"], access_notes="GATE-MARK", email="ada@example.test",
        emergency_contact="HELP-MARK", requests="By the window",
    )  # fmt: skip
    ticket = made["ticket"]
    told = [
        (await guest.get(path)).text for path in (f"/g/{ticket}", f"/g/{ticket}/now", f"/g/{ticket}/calendar.ics")
    ]
    told += [(await let_in(served, guest, PHONE)).text, (await guest.get(f"/g/{ticket}/change")).text]
    told += [(await guest.get(f"/g/{ticket}/cancel")).text]
    told += [record["body"] for record in await served.house.pool.fetch("SELECT body FROM message")]
    assert "By the window" in told[0]
    for text in told:
        assert "MARK" not in text
        assert not re.search(r"\bT1\b", text), "tables are the house's business"
    await host.close()


async def test_sc_23_deleted_with_a_reason_and_restored_within_thirty_days(served: Served, tables: dict[str, str]):
    manager = await Tablet(served, "manager").open()
    made = await a_booking(manager)
    for reason, fine in (("x" * 9, False), ("x" * 501, False), ("x" * 10, True)):
        answer = await ask(manager, "delete_booking", booking_id=made["booking_id"], reason=reason)
        assert (answer["status"] == "done") is fine, reason
        if not fine:
            assert (answer["code"], answer["field"]) == ("invalid", "reason")
    await served.house.done("release_opening", owner_id=made["booking_id"])  # the waiting line's two seconds are over
    free = await ask(
        manager, "book", name="Bo", covers=2, starts_at=NEXT_FRIDAY.isoformat(), table_ids=[tables["T1"]],
        phone="+44 20 7946 0444",
    )  # fmt: skip
    assert free["status"] == "done", "its table is free again"
    (gone,) = (await manager.http.get(f"/api/sites/{SITE}/deleted")).json()
    assert (gone["kind"], gone["id"], gone["by"], gone["reason"]) == (
        "booking", made["booking_id"], "Manager", "x" * 10,
    )  # fmt: skip
    back = await ask(manager, "restore_booking", booking_id=made["booking_id"])
    assert back["status"] == "done", back
    assert (await status(manager, made["booking_id"]))["unplaced"] is True, "somebody has its table by now"
    told = (await manager.http.get(f"/api/sites/{SITE}/changes/booking/{made['booking_id']}")).json()
    assert all(line["actor"] and line["source"] for line in told)

    again = await ask(manager, "delete_booking", booking_id=made["booking_id"], reason="y" * 500)
    assert again["status"] == "done"
    await served.house.pass_time(31 * 24 * 60)
    late = await ask(manager, "restore_booking", booking_id=made["booking_id"])
    assert (late["status"], late["code"]) == ("refused", "conflict")
    await manager.close()


async def test_sc_23_sign_ins_tokens_and_keys(served: Served, tables: dict[str, str]):
    host = await served.signed_in("host")
    spent = host.cookies.get("maitred_refresh")
    assert (await host.post("/api/refresh")).status_code == 200
    assert (await host.get("/api/me")).status_code == 200
    await served.house.pool.execute("UPDATE refresh_token SET used_at = used_at - interval '1 hour'")
    thief = httpx.AsyncClient(base_url=served.url, timeout=10)
    thief.cookies.set("maitred_refresh", spent or "", path="/api/refresh")
    stolen = await thief.post("/api/refresh")
    assert (stolen.status_code, stolen.json()["reason"]) == (401, "refresh_reused")
    assert (await host.post("/api/refresh")).status_code == 401, "the whole sign-in is over"
    await thief.aclose()

    manager = await served.signed_in("manager")
    key = (await manager.post(f"/api/sites/{SITE}/keys", json={"name": "Site", "scopes": ["book.read"]})).json()
    program = httpx.AsyncClient(base_url=served.url, timeout=10, headers={"authorization": f"Bearer {key['key']}"})
    assert (await program.get(f"/api/state/{BOOK}")).status_code == 200
    assert (await program.get(f"/api/state/{FLOOR}")).status_code == 403
    assert (await program.get(f"/api/state/book:{OTHER_SITE}:{DAY}")).status_code == 404
    body = {"site_id": SITE, "key": "revoke-it-1", "key_id": key["id"]}
    assert (await manager.post("/api/commands/revoke_api_key", json=body)).status_code == 200
    await until(lambda: _unwelcome(program), within_s=6.0)
    foreign = {"site_id": SITE, "key": "foreign-page", "seq": 1}
    answer = await manager.post("/api/commands/undo", json=foreign, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    await program.aclose()


async def _unwelcome(program: httpx.AsyncClient) -> bool:
    return (await program.get(f"/api/state/{BOOK}")).status_code == 401
