"""The document of the socket and the socket itself: every line of a real conversation is one the document has."""

import asyncio
import json

import jsonschema
import pytest

from hub import golden
from hub.core.actor import Actor
from tests.kit import FRIDAY_19, SITE, a_room
from tests.realtime.kit import Closed, Raw
from tests.served import Served

DAY = FRIDAY_19.date().isoformat()
UNHEARD = {"ping"}
"""A ping takes five seconds to come; what it looks like is `{}`."""


class Document:
    def __init__(self):
        self.whole = json.loads((golden.ROOT / "schemas/golden/asyncapi.json").read_text())
        self.said: set[str] = set()
        socket, operations = self.whole["channels"]["socket"]["messages"], self.whole["operations"]
        ups = {name.removeprefix("socket_") for name, operation in operations.items()
               if name.startswith("socket_") and operation["action"] == "send"}  # fmt: skip
        self.up = {name: self.check(f"#/channels/socket/messages/{name}/payload") for name in ups}
        self.down = {
            name: self.check(f"#/channels/socket/messages/{name}/payload") for name in socket.keys() - ups - {"pong"}
        }

    def check(self, ref):
        return jsonschema.Draft7Validator(self.whole | {"$ref": ref})

    def goes_up(self, line):
        name = next(name for name in line if name != "id")
        self.up[name].validate(line)
        if name == "rpc":
            method = line["rpc"]["method"]
            self.check(f"#/channels/commands/messages/{method}/payload").validate(line["rpc"]["data"])

    def came_down(self, line):
        fits = [name for name, known in self.down.items() if known.is_valid(line)]
        assert len(fits) == 1, (fits, line)
        self.said.add(fits[0])
        if fits[0] == "pub_push":
            push = line["push"]
            messages = self.whole["channels"][push["channel"].split(":")[0]]["messages"]
            kind = "reset" if push["pub"]["data"].get("type") == "reset" else "publication"
            self.check(messages[kind]["payload"]["$ref"]).validate(push["pub"]["data"])


class Screen(Raw):
    """A raw client that holds each line it sends or gets against the document, and keeps pushes."""

    document: Document

    def put(self, *values):
        for value in values:
            self.document.goes_up(value)
        super().put(*values)

    async def next(self, timeout=10):  # noqa: ASYNC109  (as `Raw` has it)
        line = await super().next(timeout)
        self.document.came_down(line)
        return line

    def stash(self, got):
        self.pushes = [*getattr(self, "pushes", ()), got]

    async def until(self, kind, channel):
        """A push of this kind on this channel, among those kept or to come."""
        while True:
            for push in getattr(self, "pushes", ()):
                if push["push"]["channel"] == channel and kind in push["push"]:
                    self.pushes.remove(push)
                    return push["push"][kind]
            self.stash(await self.next())

    async def wish(self, method, **args):
        got = await self.ask(rpc={"method": method, "data": {"site_id": SITE, **args}})
        return got["rpc"]["data"]


@pytest.fixture
def document():
    return Document()


async def test_every_line_of_a_conversation_is_in_the_document(served: Served, document: Document, monkeypatch):
    monkeypatch.setattr(Screen, "document", document, raising=False)
    tables = await a_room(served.house, ("1", 4), ("2", 4))
    host = await served.signed_in("host")

    async def token():
        return (await host.get("/api/token")).json()["token"]

    port = int(served.url.rsplit(":", 1)[1])
    screen, other = await Screen.dial(port), await Screen.dial(port)
    for one in (screen, other):
        hello = await one.ask(connect={"token": await token(), "name": "js"})
    floor, line = f"floor:{SITE}", f"waitlist:{SITE}"
    got = await screen.subscribe(floor, flag=2, recover=True, offset=0, epoch="", join_leave=True)
    missed = got["subscribe"]["publications"]
    assert missed, "a_room's tables"
    for one in missed:
        document.came_down({"push": {"channel": floor, "pub": one}})
    for channel in (line, f"book:{SITE}:{DAY}", f"messages:{SITE}:{DAY}"):
        await screen.subscribe(channel)

    # Others come and go
    await screen.until("join", floor)  # its own
    await other.subscribe(floor)
    assert (await screen.until("join", floor))["info"]["client"] == hello["connect"]["client"]
    assert len((await screen.ask(presence={"channel": floor}))["presence"]["presence"]) == 2
    await screen.ask(presence_stats={"channel": floor})
    other.cut()
    await screen.until("leave", floor)

    # Wishes, and what comes of them
    assert (await screen.wish("seat_party", key="tap-00000001", table_ids=[tables["1"]], covers=3))["status"] == "done"
    assert (await screen.until("pub", floor))["data"]["patches"]
    refused = await screen.wish("seat_party", key="tap-00000002", table_ids=[tables["1"]], covers=3)
    assert refused["status"] == "refused"
    assert (await screen.wish("add_party", key="tap-00000003", name="Okafor", covers=2))["status"] == "done"
    await screen.until("pub", line)
    booked = await screen.wish(
        "book", key="tap-00000004", name="Lind", covers=2, starts_at=f"{DAY}T21:00:00Z", phone="+44 20 7946 0018"
    )
    assert booked["status"] == "done", booked
    await screen.until("pub", f"book:{SITE}:{DAY}")
    await screen.until("pub", f"messages:{SITE}:{DAY}")
    await screen.ask(history={"channel": floor, "limit": 2, "reverse": True})

    # No's and ends
    for request in ({"channel": floor}, {"channel": "nowhere:s1"}, {"channel": "floor:s2"}):
        assert "error" in await screen.ask(subscribe=request)
    await screen.ask(unsubscribe={"channel": floor})
    lost = await screen.subscribe(floor, flag=2, recover=True, offset=1, epoch="another")
    known = {said["code"] for said in document.whole["x-errors"]}
    assert lost["error"]["code"] == 112
    assert {112, 105, 102, 103} <= known
    await screen.ask(refresh={"token": await token()})
    await served.house.done("set_roles", actor=Actor.staff("st_super_admin"), staff_id="st_host", roles=["server"])
    ended = await screen.until("unsubscribe", line)
    assert ended["code"] in {said["code"] for said in document.whole["x-unsubscribes"]}
    await host.post("/api/logout")
    await host.aclose()
    with pytest.raises(Closed) as end:
        async with asyncio.timeout(10):
            while True:
                await screen.next()
    assert {"code": end.value.code, "reason": "invalid token", "again": False} in document.whole["x-disconnects"]
    screen.cut()
    assert document.said == document.down.keys() - UNHEARD
