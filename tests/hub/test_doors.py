"""The doors as others use them: browsers, the official SDK, strangers."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from centrifuge import (
    CentrifugeError,
    Client,
    PublicationContext,
    StreamPosition,
    SubscriptionEventHandler,
    UnsubscribedContext,
)

from hub.core.actor import Actor
from tests.kit import OTHER_SITE, SITE, LawfulHouse, a_room
from tests.served import Served

FLOOR = f"floor:{SITE}"


async def test_nobody_gets_in_without_signing_in(served: Served):
    async with httpx.AsyncClient(base_url=served.url) as stranger:
        assert (await stranger.get("/floor")).headers["location"] == "/login"
        for path in (
            "/api/me",
            "/api/token",
            f"/api/state/{FLOOR}",
            f"/api/sites/{SITE}/recent",
            f"/api/sites/{SITE}/fits?covers=2",
        ):
            answer = await stranger.get(path)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised"), path
        answer = await stranger.post("/api/commands/seat_party", json={})
        assert answer.status_code == 401
        stranger.cookies.set("maitred", "forged")
        assert (await stranger.get("/api/me")).status_code == 401


async def test_signing_in_acting_and_signing_out(served: Served):
    tables = await a_room(served.house, ("1", 4))
    host = await served.signed_in("host")
    me = (await host.get("/api/me")).json()
    assert me["sites"][0]["site_id"] == SITE
    body = {"site_id": SITE, "key": "from-rest-1", "table_ids": [tables["1"]], "covers": 2}
    answer = await host.post("/api/commands/seat_party", json=body)
    assert (answer.status_code, answer.json()["status"]) == (200, "done")
    state = (await host.get(f"/api/state/{FLOOR}")).json()
    assert [row["covers"] for row in state["rows"] if row["type"] == "seating"] == [2]
    recent = (await host.get(f"/api/sites/{SITE}/recent")).json()
    assert recent[0]["what"] == "Walk-in · 2 seated at 1"
    assert recent[0]["undoable_until"]
    await host.post("/api/logout")
    assert (await host.get("/api/me")).status_code == 401


REFUSALS = [
    ("seat_party", b"{", 422, None),
    ("seat_party", json.dumps({"site_id": SITE, "key": "12345678", "table_ids": ["x"], "covers": 21}).encode(), 422, "covers"),
    ("seat_party", json.dumps({"site_id": SITE, "key": "short", "table_ids": ["x"], "covers": 2}).encode(), 422, "key"),
    ("seat_party", json.dumps({"site_id": "nosuch", "key": "12345678", "table_ids": ["x"], "covers": 2}).encode(), 404, "site_id"),
    ("seat_party", json.dumps({"site_id": OTHER_SITE, "key": "12345678", "table_ids": ["x"], "covers": 2}).encode(), 404, "site_id"),
    ("no_such", b"{}", 404, None),
    ("refresh_waiting", json.dumps({"site_id": SITE, "key": "12345678"}).encode(), 404, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "status", "field"), REFUSALS, ids=range(len(REFUSALS)))
async def test_every_refusal_has_one_shape(served: Served, name: str, body: bytes, status: int, field: str | None):
    host = await served.signed_in("host")
    answer = await host.post(f"/api/commands/{name}", content=body)
    assert answer.status_code == status
    told = answer.json()
    assert told["status"] == "refused"
    assert told.get("field") == field
    assert told["message"].endswith((".", "?")) or told["code"] == "invalid"


async def test_a_body_too_large_is_refused(served: Served):
    host = await served.signed_in("host")
    answer = await host.post("/api/commands/seat_party", content=b"x" * 300_000)
    assert answer.status_code == 413
    assert answer.json()["status"] == "refused"


async def test_another_sites_rows_leave_by_no_door(served: Served):
    host = await served.signed_in("host")
    for path in (
        f"/api/state/floor:{OTHER_SITE}", f"/api/state/book:{OTHER_SITE}:2026-11-20", f"/api/state/waitlist:{OTHER_SITE}",
        f"/api/sites/{OTHER_SITE}/recent", f"/api/sites/{OTHER_SITE}/fits?covers=2", f"/api/sites/{OTHER_SITE}/policies",
        f"/api/sites/{OTHER_SITE}/staff", f"/api/sites/{OTHER_SITE}/tables/t1/visits",
    ):  # fmt: skip
        there, nowhere = await host.get(path), await host.get(path.replace(OTHER_SITE, "nosuch"))
        assert there.status_code == 404, path
        assert there.json() == nowhere.json(), "a house that is not yours looks like no house"
    tablet = await Tablet(served, "host").open()
    assert await tablet.watch(f"floor:{OTHER_SITE}") == 103
    await tablet.close()


async def test_roles_read_whole_channels_or_nothing(served: Served):
    kitchen = await served.signed_in("kitchen")
    assert (await kitchen.get(f"/api/state/{FLOOR}")).status_code == 200
    assert (await kitchen.get(f"/api/state/waitlist:{SITE}")).status_code == 403
    assert (await kitchen.get(f"/api/state/book:{SITE}:2026-11-20")).status_code == 403
    tablet = await Tablet(served, "kitchen").open()
    assert await tablet.watch(f"waitlist:{SITE}") == 103
    assert await tablet.watch("nosuch:s1") == 102
    assert await tablet.watch(FLOOR) is None
    await tablet.close()


async def test_a_foreign_page_may_neither_act_nor_listen(served: Served):
    host = await served.signed_in("host")
    body = {"site_id": SITE, "key": "12345678", "name": "Li", "covers": 2}
    foreign = await host.post("/api/commands/add_party", json=body, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    handshake = {
        "connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13", "sec-websocket-key": "x" * 22 + "==",
    }  # fmt: skip
    refused = await host.get("/connection/websocket", headers={**handshake, "origin": "https://evil.example"})
    assert refused.status_code == 403


async def test_health_tells_live_from_ready(served: Served):
    async with httpx.AsyncClient(base_url=served.url) as anyone:
        assert (await anyone.get("/health/ready")).status_code == 200
        good, served.house.house.redis = served.house.house.redis, _Gone()
        try:
            ready = await anyone.get("/health/ready")
        finally:
            served.house.house.redis = good
        assert ready.status_code == 503
        assert ready.json()["checks"]["redis"]["ok"] is False
        assert (await anyone.get("/health/live")).status_code == 200
        assert "maitred_commands_total" in (await anyone.get("/metrics")).text


class _Gone:
    async def ping(self) -> None:
        raise ConnectionError


async def test_a_guests_scan_occupies_a_free_table_and_leaves_a_dirty_one(served: Served):
    tables = await a_room(served.house, ("1", 4))
    qr = (await served.house.row("table", tables["1"])).qr
    async with httpx.AsyncClient(base_url=served.url) as guest:
        assert (await guest.post("/t/nosuch")).status_code == 404
        assert (await guest.post(f"/t/{qr}")).json()["status"] == "done"
        assert (await served.house.row("table", tables["1"])).status == "occupied"
        seating = await served.house.pool.fetchval("SELECT id FROM seating")
        await served.house.done("clear_seating", seating_id=seating)
        assert (await guest.post(f"/t/{qr}")).json()["status"] == "done"
        assert (await served.house.row("table", tables["1"])).status == "cleaning"


# ---- the socket, through the official SDK


class Tablet(SubscriptionEventHandler):
    """One screen of a member of staff."""

    def __init__(self, served: Served, role: str) -> None:
        self.served, self.role = served, role
        self.heard: list[dict[str, Any]] = []
        self.lost: asyncio.Future = asyncio.get_running_loop().create_future()

    async def open(self) -> "Tablet":
        self.http = await self.served.signed_in(self.role)
        self.client = Client(self.served.socket_url, get_token=self._token)
        await self.client.connect()
        return self

    async def _token(self, *_: Any) -> str:
        return (await self.http.get("/api/token")).json()["token"]

    async def _state(self, channel: str) -> StreamPosition:
        state = (await self.http.get(f"/api/state/{channel}")).json()
        return StreamPosition(offset=state["offset"], epoch=state["epoch"])

    async def watch(self, channel: str, *, reads_state: bool = True) -> int | None:
        """Subscribes; None once live, or the code it was refused with."""
        self.lost = asyncio.get_running_loop().create_future()
        own_state = self._state if channel == FLOOR and reads_state else None
        subscription = self.client.new_subscription(channel, events=self, get_state=own_state)
        await subscription.subscribe()
        try:
            await subscription.ready(timeout=5)
        except CentrifugeError:
            return await asyncio.wait_for(self.lost, 5)
        return None

    async def on_publication(self, ctx: PublicationContext) -> None:
        self.heard.append(ctx.pub.data)

    async def on_unsubscribed(self, ctx: UnsubscribedContext) -> None:
        if not self.lost.done():
            self.lost.set_result(ctx.code)

    async def hears(self, key: str, within_s: float = 5) -> dict[str, Any]:
        async with asyncio.timeout(within_s):
            while True:
                for data in self.heard:
                    if data.get("key") == key:
                        return data
                await asyncio.sleep(0.005)

    async def close(self) -> None:
        await self.client.disconnect()
        await self.http.aclose()


async def test_one_tablet_seats_and_another_sees_it(served: Served):
    tables = await a_room(served.house, ("1", 4))
    one, two = await Tablet(served, "host").open(), await Tablet(served, "server").open()
    assert await two.watch(FLOOR) is None
    body = {"site_id": SITE, "key": "over-the-socket", "table_ids": [tables["1"]], "covers": 3}
    reply = await one.client.rpc("seat_party", body)
    assert reply.data["status"] == "done"
    said = await two.hears("over-the-socket")
    assert said["seq"] == reply.data["seq"]
    assert {fact["fact"] for fact in said["facts"]} >= {"table.seated", "table.status_changed"}
    put = {patch["put"]["type"]: patch["put"] for patch in said["patches"]}
    assert put["table"]["status"] == "occupied"
    assert put["seating"]["table_ids"] == [tables["1"]]
    presence = await two.client.get_subscription(FLOOR).presence()
    assert [info.conn_info["role"] for info in presence.clients.values()] == ["server"]
    await one.close()
    await two.close()


async def test_a_refusal_over_the_socket_is_an_answer_not_an_error(served: Served):
    tablet = await Tablet(served, "host").open()
    reply = await tablet.client.rpc("seat_party", {"site_id": SITE, "key": "12345678", "table_ids": ["x"], "covers": 0})
    assert (reply.data["status"], reply.data["field"]) == ("refused", "covers")
    await tablet.close()


async def test_a_role_taken_away_ends_the_subscription_within_five_seconds(served: Served):
    tablet = await Tablet(served, "server").open()
    assert await tablet.watch(FLOOR) is None
    await served.house.done("set_roles", actor=Actor.staff("st_super_admin"), staff_id="st_server", roles=[])
    code = await asyncio.wait_for(tablet.lost, 5)
    assert 2000 <= code < 2500 or code == 103, "gone, and told not to come back"
    await tablet.close()


async def test_signing_out_of_the_house_ends_the_socket_at_its_next_refresh(served: Served):
    tablet = await Tablet(served, "host").open()
    token = await tablet._token()
    await tablet.http.post("/api/logout")
    other = Client(served.socket_url, token=token)
    await other.connect()
    await asyncio.sleep(0.5)
    assert other.state.name.lower() == "disconnected", "the token's own life does not outlast the session"
    await tablet.client.disconnect()


async def test_rows_of_a_lawful_house_reach_the_screen_whole(served: Served):
    """State, then publications: exactly the rows of now."""
    house: LawfulHouse = served.house
    tables = await a_room(house, ("1", 4), ("2", 2))
    tablet = await Tablet(served, "host").open()
    state = (await tablet.http.get(f"/api/state/{FLOOR}")).json()
    rows = {(row["type"], row["id"]): row for row in state["rows"]}
    assert await tablet.watch(FLOOR) is None
    for n, table in enumerate(tables.values()):
        await house.done("seat_party", table_ids=[table], covers=2, key=f"whole-{n:04}")
    await tablet.hears("whole-0001")
    for data in tablet.heard:
        for patch in data["patches"]:
            if "put" in patch:
                rows[patch["put"]["type"], patch["put"]["id"]] = patch["put"]
            else:
                rows.pop(tuple(patch["drop"]), None)
    want = {(row["type"], row["id"]): row for row in (await tablet.http.get(f"/api/state/{FLOOR}")).json()["rows"]}
    assert rows == want
    await tablet.close()


async def test_addresses_with_a_character_no_text_has_are_refused(served: Served):
    host = await served.signed_in("host")
    for path in (f"/api/sites/{SITE}/fits?party_id=%00", "/api/state/floor:%00", f"/api/sites/{SITE}/tables/%00/visits"):
        answer = await host.get(path)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), path
    assert (await host.post("/t/%00")).status_code == 422
    answer = await host.post("/api/login", json={"email": "a\0@b", "password": "x" * 10})
    assert answer.status_code == 422
