"""Programs' keys: made once, scoped to one site, limited, and gone when they are revoked."""

import msgspec
import pytest

from hub.core import auth, roles
from hub.core.actor import Actor
from hub.core.limits import Buckets
from hub.people import actions
from schemas.catalogue import ASKABLE
from schemas.people import Scope
from tests.hub.people.test_doors import LOGIN, door, sign_in  # noqa: F401
from tests.kit import OTHER_SITE, SITE, a_room

MANAGER = {"email": "manager@example.test"}
KEYS = f"/api/sites/{SITE}/keys"


async def made(door, *scopes, name="Web shop"):  # noqa: F811
    """A key, and what sends it (the manager's cookies are gone)."""
    await sign_in(door, **MANAGER)
    answer = await door.post(KEYS, json={"name": name, "scopes": list(scopes)})
    assert answer.status_code == 201, answer.text
    door.cookies.clear()
    said = answer.json()
    return said["id"], {"authorization": f"Bearer {said['key']}"}


def test_scopes_are_permissions_there_are_and_none_that_manages():
    scopes = set(Scope.__args__)
    assert scopes <= roles.permissions(["super_admin"])
    assert not scopes & {
        "people.manage", "keys.manage", "policy.edit", "book.delete", "guests.delete", "guests.merge", "journal.read",
        "undo", "import",
    }  # fmt: skip


async def test_a_key_is_shown_once_and_kept_as_a_hash(house, door):  # noqa: F811
    await sign_in(door, **MANAGER)
    answer = await door.post(KEYS, json={"name": "Web shop", "scopes": ["book.write", "book.read", "book.read"]})
    said = answer.json()
    assert said["scopes"] == ["book.read", "book.write"] and answer.headers["cache-control"] == "no-store"
    mark, prefix, secret = said["key"].split("_", 2)
    assert mark == "mk" and len(prefix) == 8 and len(secret) >= 43
    (listed,) = (await door.get(KEYS)).json()
    assert (listed["name"], listed["prefix"], listed["created_by"]) == ("Web shop", prefix, "Manager")
    assert listed["last_used_at"] is None and listed["revoked_at"] is None and "hash" not in listed
    for table in ("api_key", "journal", "change", "answer", "publication"):
        kept = str(await house.pool.fetch(f"SELECT * FROM {table}"))
        assert secret not in kept, table
    assert auth.hash_of(said["key"]).hex() not in str(await house.pool.fetch("SELECT * FROM change"))
    line = await house.pool.fetchrow("SELECT * FROM journal ORDER BY seq DESC LIMIT 1")
    assert (line["command"], line["actor"]) == ("add_api_key", "staff:st_manager")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["people.manage"]}, "scopes"),
        ({"name": "", "scopes": ["book.read"]}, "name"),
        ({"name": "x", "scopes": ["book.read"], "by": "me"}, "by"),
    ],
)
async def test_a_wrong_wish_for_a_key_names_the_field(house, door, body, field):  # noqa: F811
    await sign_in(door, **MANAGER)
    answer = await door.post(KEYS, json=body)
    assert answer.status_code == 422 and field in answer.text
    assert await house.pool.fetchval("SELECT count(*) FROM api_key") == 0


async def test_only_who_manages_keys_makes_lists_and_revokes_them(house, door):  # noqa: F811
    key_id, key = await made(door, "book.read")
    await sign_in(door)  # the host
    assert (await door.post(KEYS, json={"name": "x", "scopes": ["book.read"]})).status_code == 403
    assert (await door.get(KEYS)).status_code == 403
    await house.refused("revoke_api_key", "forbidden", actor=Actor.staff("st_host"), key_id=key_id)
    door.cookies.clear()
    assert (await door.get(KEYS, headers=key)).status_code == 403
    assert (await door.post(KEYS, headers=key, json={"name": "x", "scopes": ["book.read"]})).status_code == 403
    assert "add_api_key" not in ASKABLE


async def test_what_a_key_may_do(house, door):  # noqa: F811
    await a_room(house, ("1", 4))
    _, key = await made(door, "book.read", "host.write")
    assert (await door.get(f"/api/state/book:{SITE}:2026-11-20", headers=key)).status_code == 200
    assert (await door.get(f"/api/state/floor:{SITE}", headers=key)).status_code == 403
    assert (await door.get(f"/api/sites/{SITE}/staff", headers=key)).status_code == 403
    wish = {"site_id": SITE, "key": "from-a-program", "name": "Okafor", "covers": 2}
    answer = await door.post("/api/commands/add_party", headers=key, json=wish)
    assert answer.status_code == 200, answer.text
    again = await door.post("/api/commands/add_party", headers=key, json=wish)
    assert again.json() == answer.json(), "one key, one answer, for programs too"
    line = await house.pool.fetchrow("SELECT * FROM journal ORDER BY seq DESC LIMIT 1")
    assert line["actor"].startswith("key:") and line["source"] == "key"
    wish = {"site_id": SITE, "key": "from-a-program-2", "name": "Li", "covers": 2, "starts_at": "2026-11-20T21:00:00Z"}
    assert (await door.post("/api/commands/book", headers=key, json=wish)).status_code == 403


async def test_a_key_opens_its_own_site_only(house, door):  # noqa: F811
    _, key = await made(door, "book.read", "host.write", "floor.read", "guests.read", "messages.read")
    for path in (f"/api/state/floor:{OTHER_SITE}", f"/api/sites/{OTHER_SITE}/guests?q=a", f"/api/sites/{OTHER_SITE}/keys"):
        assert (await door.get(path, headers=key)).status_code == 404, path
    wish = {"site_id": OTHER_SITE, "key": "from-a-program", "name": "Okafor", "covers": 2}
    answer = await door.post("/api/commands/add_party", headers=key, json=wish)
    assert (answer.status_code, answer.json()["reason"]) == (404, "unknown_site")


async def test_no_socket_and_no_person_behind_a_key(door):  # noqa: F811
    _, key = await made(door, "book.read")
    for path in ("/api/token", "/api/me", "/api/roles"):
        assert (await door.get(path, headers=key)).status_code == 401, path
    said = {"old": "x", "new": "a long password"}
    assert (await door.post("/api/me/password", headers=key, json=said)).status_code == 401


async def test_beside_a_key_the_cookie_counts_for_nothing(door):  # noqa: F811
    _, key = await made(door, "book.read")
    await sign_in(door, **MANAGER)
    assert (await door.get(KEYS)).status_code == 200
    assert (await door.get(KEYS, headers=key)).status_code == 403
    assert (await door.get(KEYS, headers={"authorization": "Bearer mk_00000000_nothing"})).status_code == 401
    assert (await door.get("/api/me", headers=key)).status_code == 401
    for others in ("Basic dTpw", "Bearer eyJ.of.aproxy", "Bearer", ""):  # what a proxy in front may add
        assert (await door.get(KEYS, headers={"authorization": others})).status_code == 200, others


async def test_where_a_program_runs_does_not_matter(house, door):  # noqa: F811
    """No page can send the header to another site, so there is nothing to forge."""
    _, key = await made(door, "host.write")
    wish = {"site_id": SITE, "key": "from-a-program", "name": "Okafor", "covers": 2}
    headers = {**key, "origin": "https://shop.test", "sec-fetch-site": "cross-site"}
    assert (await door.post("/api/commands/add_party", headers=headers, json=wish)).status_code == 200


async def test_a_revoked_key_is_out_at_once_for_commands_and_within_five_seconds_for_doors(house, door, monkeypatch):  # noqa: F811
    key_id, key = await made(door, "book.read", "host.write")
    path = f"/api/state/book:{SITE}:2026-11-20"
    now = 1_000_000.0
    monkeypatch.setattr(auth, "monotonic", lambda: now)
    assert (await door.get(path, headers=key)).status_code == 200
    manager = Actor.staff("st_manager")
    await house.refused("revoke_api_key", "not_found", actor=manager, key_id="nosuchkey")
    await house.done("revoke_api_key", actor=manager, key_id=key_id, reason="left the shop")
    wish = {"site_id": SITE, "key": "from-a-program", "name": "Okafor", "covers": 2}
    answer = await door.post("/api/commands/add_party", headers=key, json=wish)
    assert answer.json()["status"] == "refused"
    now += auth.TRUSTED_S
    assert (await door.get(path, headers=key)).status_code == 401
    assert (await door.post("/api/commands/add_party", headers=key, json=wish)).status_code == 401
    again = await house.refused("revoke_api_key", "not_found", actor=manager, key_id=key_id)
    assert again.field == "key_id"
    was, is_now = await house.pool.fetchrow("SELECT was, now FROM change WHERE kind = 'api_key' ORDER BY seq DESC LIMIT 1")
    assert (was, is_now) == ({"revoked": False}, {"revoked": True})


async def test_the_hundred_and_first_request_in_a_minute_waits(house, door, monkeypatch):  # noqa: F811
    _, key = await made(door, "book.read")
    monkeypatch.setattr(house.commands, "key_rate", Buckets(per_second=100 / 60, burst=5))
    assert house.house.commands.key_rate.burst == 5
    answers = [await door.get(f"/api/state/book:{SITE}:2026-11-20", headers=key) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "1" and answers[-1].json()["retry"] == "later"
    wish = {"site_id": SITE, "key": "from-a-program", "name": "Okafor", "covers": 2}
    refused = await door.post("/api/commands/add_party", headers=key, json=wish)
    assert refused.status_code == 429, "doors and commands count together"
    _, other = await made(door, "book.read")
    assert (await door.get(f"/api/state/book:{SITE}:2026-11-20", headers=other)).status_code == 200


def test_the_limit_is_a_hundred_a_minute():
    from hub.core.commands import Commands

    rate = Commands.__dataclass_fields__["key_rate"].default_factory()
    assert (rate.burst, rate.per_second * 60) == (100, 100)


async def test_when_it_was_last_used_is_written_once_a_minute(house, door, monkeypatch):  # noqa: F811
    _, key = await made(door, "book.read")
    monkeypatch.setattr(auth, "TRUSTED_S", 0.0)
    path = f"/api/state/book:{SITE}:2026-11-20"
    await door.get(path, headers=key)
    first = await house.pool.fetchval("SELECT last_used_at FROM api_key")
    assert first is not None
    await door.get(path, headers=key)
    assert await house.pool.fetchval("SELECT last_used_at FROM api_key") == first
    await house.pool.execute("UPDATE api_key SET last_used_at = last_used_at - interval '61 s'")
    await door.get(path, headers=key)
    assert await house.pool.fetchval("SELECT last_used_at FROM api_key") > first


async def test_a_site_has_so_many_keys_and_no_more(house, door, monkeypatch):  # noqa: F811
    monkeypatch.setattr(actions, "KEYS_MAX", 1)
    key_id, _ = await made(door, "book.read")
    await sign_in(door, **MANAGER)
    answer = await door.post(KEYS, json={"name": "Another", "scopes": ["book.read"]})
    assert (answer.status_code, answer.json()["reason"]) == (409, "too_many_keys")
    await house.done("revoke_api_key", actor=Actor.staff("st_manager"), key_id=key_id)
    assert (await door.post(KEYS, json={"name": "Another", "scopes": ["book.read"]})).status_code == 201
    listed = (await door.get(KEYS)).json()
    assert [one["revoked_at"] is None for one in listed] == [True, False]


async def test_roles_and_what_they_may_do_are_told_to_who_is_signed_in(door):  # noqa: F811
    assert (await door.get("/api/roles")).status_code == 401
    await sign_in(door)
    told = {one["role"]: one["permissions"] for one in (await door.get("/api/roles")).json()}
    assert set(told) == set(roles.PERMISSIONS) and told["chef"] == []
    assert [role for role, may in told.items() if "people.manage" in may] == ["super_admin"]
    assert msgspec.json.encode(told)
