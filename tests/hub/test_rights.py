"""Who may do what, at every door, command and channel (SC-23): the roles as they are, asked one by one."""

import asyncio
import json

import httpx
import pytest
from centrifuge import Client, ClientEventHandler, ConnectedContext, DisconnectedContext

from hub.app import make_app
from hub.core import auth, roles
from hub.core.actor import Actor
from hub.core.commands import decode
from hub.gate import FORBIDDEN, INVALID_TOKEN, UNKNOWN_CHANNEL, Gate
from realtime.backend import Grant, Session
from schemas.base import Refused
from schemas.catalogue import ASKABLE
from tests.hub.test_tenants import BODIES, CHANNEL_DAYS, DOORS, doors_of_sites, with_words
from tests.kit import ORG, SITE, LawfulHouse, a_room
from tests.served import Served

MORE = {
    "set_policy": {"policy": "dining.buffer_min", "value": 10},
    "set_clock": {"rate": 1},
    "set_slot": {"on": "2026-11-21", "at": "19:00", "covers_max": 8},
    "set_staff_level": {"on": "2026-11-21", "level": 3},
    "add_staff": {"email": "x@example.test", "name": "X", "password": "a long password", "roles": ["host"]},
}
READS_STAFF = ("super_admin", "admin", "manager", "station_manager", "host")


class Nobody(dict):
    """Stands for any id there is none of."""

    def __missing__(self, word: str) -> str:
        return "0" * 22


@pytest.fixture
async def everybody(house: LawfulHouse) -> LawfulHouse:
    """Somebody of every role there is: `st_{role}`."""
    for role in roles.PERMISSIONS:
        await house.pool.execute(
            "INSERT INTO staff (id, org_id, email, name, initials) VALUES ($1, $2, $3, $4, 'XX') ON CONFLICT DO NOTHING",
            f"st_{role}", ORG, f"{role}@example.test", role,
        )  # fmt: skip
        await house.pool.execute("INSERT INTO staff_role VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", SITE, f"st_{role}", role)
    return house


def wishes() -> list[tuple[str, bytes]]:
    made = []
    for name, body in {**BODIES, **MORE}.items():
        ids = Nobody(seq=1, version=1, basis=1)
        filled = with_words(body, ids)
        filled |= {field: 1 for field in ("seq", "version", "basis") if field in filled}
        made.append((name.strip(), json.dumps({"site_id": SITE, "key": f"rights-{len(made):04d}", **filled}).encode()))
    return made


async def test_every_command_asks_for_its_permission(everybody: LawfulHouse):
    """Each role gives every command there is: what it may not, it is told so, and what it may, it is told otherwise."""
    asked = wishes()
    assert {name for name, _ in asked} == set(ASKABLE)
    for role in roles.PERMISSIONS:
        may = roles.permissions([role])
        for name, body in asked:
            wish = decode(name, body)
            assert not isinstance(wish, Refused), (name, wish)
            if role == "super_admin" and name in ("set_roles", "deactivate_staff"):
                continue  # nobody there, and granted elsewhere
            answer = await everybody.house.commands.give(Actor.staff(f"st_{role}"), wish)
            forbidden = isinstance(answer, Refused) and answer.reason == "forbidden"
            assert forbidden == (ASKABLE[name].permission not in may), (role, name, answer)


def test_who_may_manage_people_delete_and_more():
    def who(permission: str) -> set[str]:
        return {role for role, may in roles.PERMISSIONS.items() if permission in may}

    assert who("people.manage") == {"super_admin"}
    assert "customer_support" not in who("book.delete") | who("guests.delete") | who("guests.merge")
    assert "customer_support" in who("book.read") & who("book.write") & who("guests.write") & who("waitlist.read")
    assert who("keys.manage") == who("policy.edit") == {"super_admin", "admin", "manager", "station_manager"}
    assert roles.PERMISSIONS["chef"] == frozenset()
    assert roles.permissions(["admin"]) == roles.permissions(["super_admin"]) - {"people.manage"}
    assert not {command for command in ASKABLE.values() if command.permission not in who.__globals__["ALL"]}


ALL = frozenset().union(*roles.PERMISSIONS.values(), roles.GUEST)


async def test_a_chef_gets_nothing_by_any_door_or_channel(everybody: LawfulHouse):
    app = make_app(everybody.house)
    assert doors_of_sites(app) == set(DOORS)
    gate, chef = Gate(everybody.house), Session("st_chef")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://house.test") as client:
        client.cookies.set(auth.COOKIE, await auth.open_session(everybody.pool, "st_chef"))
        for questions in DOORS.values():
            for path, query, body in questions:
                at, asked = with_words(f"/api/sites/{SITE}/{path}", Nobody()), with_words(query, Nobody())
                said = with_words(body, Nobody())
                answer = await (client.post(at, json=said) if said else client.get(at, params=asked))
                assert answer.status_code == 403, (path, answer.text)
        made = await client.post(f"/api/sites/{SITE}/keys", json={"name": "x", "scopes": ["book.read"]})
        assert made.status_code == 403
        for kind, day in CHANNEL_DAYS.items():
            channel = f"{kind}:{SITE}{day}"
            assert (await client.get(f"/api/state/{channel}")).status_code == 403, channel
            assert await gate.authorise(chef, channel) == FORBIDDEN
        me = (await client.get("/api/me")).json()
        assert me["sites"][0]["permissions"] == [], "their own name, and no more"


async def test_every_role_reads_its_channels_and_no_other(everybody: LawfulHouse):
    gate = Gate(everybody.house)
    opened = {}
    for role in roles.PERMISSIONS:
        answers = {
            kind: await gate.authorise(Session(f"st_{role}"), f"{kind}:{SITE}{day}") for kind, day in CHANNEL_DAYS.items()
        }
        assert all(isinstance(answer, Grant) or answer == FORBIDDEN for answer in answers.values())
        opened[role] = {kind for kind, answer in answers.items() if isinstance(answer, Grant)}
    every = {"floor", "book", "waitlist", "messages", "availability", "slots"}
    assert opened == {
        "super_admin": every, "admin": every, "manager": every, "station_manager": every, "host": every,
        "server": {"floor", "book", "availability", "slots"}, "kitchen": {"floor", "availability"},
        "customer_support": {"book", "waitlist", "messages", "availability", "slots"},
        "chef": set(),
    }  # fmt: skip
    for odd in ("", "floor", "guests:s1", "journal:s1", f"floor:{SITE}:x:y"):
        assert await gate.authorise(Session("st_super_admin"), odd) in (UNKNOWN_CHANNEL, FORBIDDEN), odd


async def test_support_reads_and_writes_and_deletes_nothing(everybody: LawfulHouse):
    await a_room(everybody, ("1", 4), ("2", 4), ("3", 4))
    support = Actor.staff("st_customer_support")
    at = "2026-11-20T21:00:00Z"
    booked = await everybody.done("book", actor=support, name="Okafor", covers=2, starts_at=at, phone="+442079460123")
    booking_id = booked.result["booking_id"]
    await everybody.done("edit_booking", actor=support, booking_id=booking_id, covers=3)
    guest_id = (await everybody.row("booking", booking_id)).guest_id
    await everybody.done("edit_guest", actor=support, guest_id=guest_id, tags=["press"])
    reason = "the guest asked me to"
    for name, args in (
        ("delete_booking", {"booking_id": booking_id, "reason": reason}),
        ("delete_guest", {"guest_id": guest_id, "reason": reason}),
        ("set_blacklist", {"guest_id": guest_id, "blacklisted": True, "reason": reason}),
        ("undo", {"seq": booked.seq}),
    ):
        await everybody.refused(name, "forbidden", actor=support, **args)
    await everybody.done("cancel_booking", actor=support, booking_id=booking_id)


async def test_a_reason_for_deleting_has_ten_to_five_hundred_characters(everybody: LawfulHouse):
    await a_room(everybody, ("1", 4), ("2", 4), ("3", 4))
    manager = Actor.staff("st_manager")

    async def one() -> str:
        at = "2026-11-20T21:00:00Z"
        return (await everybody.done("book", name="Okafor", covers=2, starts_at=at)).result["booking_id"]

    booking_id = await one()
    for length in (0, 9, 501):
        refused = await everybody.refused("delete_booking", actor=manager, booking_id=booking_id, reason="x" * length)
        assert (refused.code, refused.field) == ("invalid", "reason")
    await everybody.done("delete_booking", actor=manager, booking_id=booking_id, reason="x" * 10)
    await everybody.done("delete_booking", actor=manager, booking_id=await one(), reason="x" * 500)


async def test_what_is_deleted_comes_back_on_day_thirty_and_not_on_day_thirty_one(everybody: LawfulHouse):
    await a_room(everybody, ("1", 4), ("2", 4), ("3", 4))
    manager, ids = Actor.staff("st_manager"), []
    for _ in range(2):
        done = await everybody.done(
            "book", name="Okafor", covers=2, starts_at="2027-01-10T19:00:00Z", phone="+442079460123", anyway=True
        )
        ids.append(done.result["booking_id"])
        await everybody.done("delete_booking", actor=manager, booking_id=ids[-1], reason="entered by mistake")
    guest_id = await everybody.pool.fetchval("SELECT id FROM guest")
    await everybody.done("delete_guest", actor=manager, guest_id=guest_id, reason="entered by mistake")
    await everybody.pass_time(30 * 24 * 60 - 1)
    await everybody.done("restore_booking", actor=manager, booking_id=ids[0])
    await everybody.pass_time(24 * 60)
    for name, args in (("restore_booking", {"booking_id": ids[1]}), ("restore_guest", {"guest_id": guest_id})):
        refused = await everybody.refused(name, actor=manager, **args)
        assert refused.code in {"conflict", "not_found"}, refused


# ---- sockets


class Screen(ClientEventHandler):
    def __init__(self) -> None:
        self.opened = asyncio.get_running_loop().create_future()
        self.code = asyncio.get_running_loop().create_future()

    async def on_connected(self, ctx: ConnectedContext) -> None:
        if not self.opened.done():
            self.opened.set_result(True)

    async def on_disconnected(self, ctx: DisconnectedContext) -> None:
        if not self.code.done():
            self.code.set_result(ctx.code)


async def ended(served: Served, token: str) -> int:
    """The code a socket with this token is closed with."""
    screen = Screen()
    client = Client(served.socket_url, token=token, events=screen)
    await client.connect()
    try:
        return await asyncio.wait_for(screen.code, 5)
    finally:
        await client.disconnect()


async def test_a_token_that_is_forged_anothers_or_of_a_closed_login_is_the_end(served: Served):
    house = served.house.house
    person = await served.signed_in("host")
    good = (await person.get("/api/token")).json()["token"]
    head, body, sign = good.split(".")
    foreign = auth.make_token("x" * 40, staff_id="st_host", session="s", info={})
    nobodys = auth.make_token(house.settings.secret, staff_id="st_host", session="0" * 32, info={})
    other_family = auth.make_token(
        house.settings.secret, staff_id="st_manager", session="0" * 32, info={},
        sign_in=auth.read_token(house.settings.secret, good).sign_in_id,
    )  # fmt: skip
    for token in (foreign, f"{head}.{body}.{sign[::-1]}", f"{head}.{body}.", nobodys, other_family):
        assert await ended(served, token) == 3500
    await served.house.done("deactivate_staff", actor=Actor.staff("st_super_admin"), staff_id="st_host")
    assert await ended(served, good) == 3500
    await person.aclose()


async def test_an_expired_token_asks_for_a_new_one_and_a_signed_out_person_gets_none(served: Served, monkeypatch):
    person = await served.signed_in("host")
    monkeypatch.setattr(auth, "TOKEN_LIFE_S", -5)
    old = (await person.get("/api/token")).json()["token"]
    monkeypatch.undo()
    gate = Gate(served.house.house)
    answer = await gate.connect(old)
    assert answer.code == 109, "an error reply: come back with a new token"
    fresh = await gate.connect((await person.get("/api/token")).json()["token"])
    assert isinstance(fresh, Session)
    again = await gate.refresh(fresh, old)
    assert (again.code, again.close) == (3005, True)
    assert await gate.stands(fresh) is None
    await person.post("/api/logout")
    assert (await person.get("/api/token")).status_code == 401
    assert await gate.stands(fresh) == INVALID_TOKEN
    assert await gate.authorise(fresh, f"floor:{SITE}") == INVALID_TOKEN
    await person.aclose()


async def test_a_page_of_another_site_opens_no_socket(served: Served):
    host = served.url.removeprefix("http://")
    for origin, status in (("http://evil.test", b"403"), (f"http://{host}.evil.test", b"403"), (served.url, b"101")):
        reader, writer = await asyncio.open_connection(*host.split(":"))
        writer.write(
            f"GET /connection/websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: {origin}\r\n\r\n".encode()
        )
        assert (await asyncio.wait_for(reader.readline(), 5)).split()[1] == status, origin
        writer.close()


async def test_a_role_taken_away_while_connected_ends_its_channels_only(served: Served):
    person = await served.signed_in("host")

    async def token(*_: object) -> str:
        return (await person.get("/api/token")).json()["token"]

    screen = Screen()
    client = Client(served.socket_url, get_token=token, events=screen)
    await client.connect()
    await asyncio.wait_for(screen.opened, 5)
    channels = {kind: f"{kind}:{SITE}{day}" for kind, day in CHANNEL_DAYS.items()}
    for channel in channels.values():
        subscription = client.new_subscription(channel)
        await subscription.subscribe()
        await subscription.ready(timeout=5)
    await served.house.done("set_roles", actor=Actor.staff("st_super_admin"), staff_id="st_host", roles=["server"])
    async with asyncio.timeout(5):
        while any(  # noqa: ASYNC110 - the SDK has no event for all of it
            client.get_subscription(channels[kind]).state.name == "SUBSCRIBED" for kind in ("waitlist", "messages")
        ):
            await asyncio.sleep(0.02)
    assert all(client.get_subscription(channels[kind]).state.name == "SUBSCRIBED" for kind in ("floor", "book"))
    assert not screen.code.done()
    await client.disconnect()
    await person.aclose()
