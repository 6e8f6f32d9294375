"""Signing in and out over HTTP: sessions, tokens, throttle, foreign pages, and rights that go within 5 s."""

import asyncio
from datetime import timedelta

import httpx
import jwt
import pytest

from hub.app import make_app
from hub.core import auth, passwords
from hub.core.clock import wall_now
from hub.people.signing import REFRESH_COOKIE
from tests.kit import OTHER_SITE, SITE

PASSWORD = "correct horse battery"
HASHED = asyncio.run(passwords.hashed(PASSWORD))
LOGIN = {"email": "host@example.test", "password": PASSWORD}


@pytest.fixture
async def door(house):
    await house.pool.execute("UPDATE staff SET password_hash = $1", HASHED)
    transport = httpx.ASGITransport(app=make_app(house.house))
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test") as client:
        yield client


async def sign_in(door, **more):
    answer = await door.post("/api/login", json={**LOGIN, **more})
    assert answer.status_code == 200, answer.text
    return answer


async def test_signing_in_brings_a_cookie_no_script_can_read(house, door):
    answer = await sign_in(door)
    me = answer.json()
    assert (me["staff_id"], me["initials"], me["sample"]) == ("st_host", "HO", False)
    assert [(site["site_id"], site["roles"]) for site in me["sites"]] == [(SITE, ["host"])]
    assert "host.write" in me["sites"][0]["permissions"]
    kept, renewal = answer.headers.get_list("set-cookie")
    assert kept.startswith(auth.COOKIE) and "HttpOnly" in kept and "SameSite=lax" in kept and "Path=/;" in f"{kept};"
    assert renewal.startswith(REFRESH_COOKIE) and "HttpOnly" in renewal and "SameSite=strict" in renewal
    assert "Path=/api/refresh;" in f"{renewal};" and "Max-Age=2592000" in renewal
    assert "Secure" not in kept + renewal
    secret = door.cookies[auth.COOKIE]
    record = await house.pool.fetchrow("SELECT * FROM session")
    assert record["hash"] == auth.hash_of(secret) and len(secret) >= 43
    assert timedelta(minutes=29) < record["expires_at"] - wall_now() <= timedelta(minutes=30)
    assert (await house.pool.fetchval("SELECT hash FROM refresh_token")) == auth.hash_of(door.cookies[REFRESH_COOKIE])
    assert (await door.get("/api/me")).json()["staff_id"] == "st_host"


async def test_behind_tls_the_cookie_is_secure(door):
    answer = await door.post("/api/login", json=LOGIN, headers={"x-forwarded-proto": "https"})
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "credentials",
    [{"password": "wrong"}, {"email": "nobody@example.test"}, {"password": PASSWORD.upper()}],
)
async def test_wrong_credentials_are_refused_all_alike(door, credentials):
    answer = await door.post("/api/login", json={**LOGIN, **credentials})
    assert answer.status_code == 401
    assert answer.json()["message"] == "This address and password do not go together."
    assert "set-cookie" not in answer.headers


async def test_an_unknown_login_costs_a_hash_too(door, monkeypatch):
    asked = []

    async def matches(kept, password):
        asked.append(kept)
        return False

    monkeypatch.setattr(passwords, "matches", matches)
    for email in ("host@example.test", "nobody@example.test"):
        await door.post("/api/login", json={**LOGIN, "email": email})
    assert asked[0].startswith("$argon2id$") and asked[1] is None


async def test_a_body_that_is_no_login_names_the_field(door):
    for body, field in (
        ({"email": "x@y.test"}, "password"),
        ({**LOGIN, "email": "nobody"}, "email"),
        ({**LOGIN, "x": 1}, "x"),
    ):
        answer = await door.post("/api/login", json=body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == "invalid"
        assert field in answer.text


async def test_the_eleventh_try_in_a_minute_waits(door, monkeypatch):
    async def never(*_):
        return False

    monkeypatch.setattr(passwords, "matches", never)
    monkeypatch.setattr("hub.people.signing.time", lambda: 1_000_000.0)
    tries = [(await door.post("/api/login", json={**LOGIN, "password": "wrong"})).status_code for _ in range(11)]
    assert tries == [401] * 10 + [429]
    other = await door.post("/api/login", json={"email": "kitchen@example.test", "password": "wrong"})
    assert other.status_code == 401, "another login is not held up"
    monkeypatch.setattr("hub.people.signing.time", lambda: 1_000_060.0)
    assert (await door.post("/api/login", json={**LOGIN, "password": "wrong"})).status_code == 401


async def test_without_redis_tries_are_still_counted(house, door, monkeypatch):
    import redis.asyncio as redis

    from hub.core.limits import Buckets
    from hub.people import signing

    async def never(*_):
        return False

    monkeypatch.setattr(passwords, "matches", never)
    monkeypatch.setattr(signing, "_alone", Buckets(per_second=0.001, burst=4))  # two looks a try: address, and both
    monkeypatch.setattr(house.house, "redis", redis.from_url("unix:///nowhere/valkey.sock"))
    tries = [(await door.post("/api/login", json={**LOGIN, "password": "wrong"})).status_code for _ in range(5)]
    assert tries == [401] * 4 + [429]


async def test_signing_out_is_at_once(house, door):
    await sign_in(door)
    secret = door.cookies[auth.COOKIE]
    assert (await door.get("/api/me")).status_code == 200
    answer = await door.post("/api/logout")
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await door.get("/api/me", headers={"cookie": f"{auth.COOKIE}={secret}"})).status_code == 401
    assert await house.pool.fetchval("SELECT count(*) FROM session") == 0


async def test_a_session_ends_after_half_an_hour_of_use_or_none(house, door, monkeypatch):
    await sign_in(door)
    fresh = await house.pool.fetchval("SELECT expires_at FROM session")
    monkeypatch.setattr(auth, "TRUSTED_S", 0.0)
    await house.pool.execute("UPDATE session SET expires_at = now() + interval '10 s'")
    answer = await door.get("/api/me")
    assert answer.status_code == 200 and "set-cookie" not in answer.headers
    assert await house.pool.fetchval("SELECT expires_at FROM session") < fresh, "use does not lengthen it"
    await house.pool.execute("UPDATE session SET expires_at = now() - interval '1 s'")
    assert (await door.get("/api/me")).status_code == 401


async def test_a_deactivated_login_is_out_within_five_seconds(house, door, monkeypatch):
    from hub.core.actor import Actor

    await sign_in(door)
    now = 1_000.0
    monkeypatch.setattr(auth, "monotonic", lambda: now)
    assert (await door.get("/api/me")).status_code == 200
    await house.done("deactivate_staff", actor=Actor.staff("st_super_admin"), staff_id="st_host")
    now += 5.0
    assert (await door.get("/api/me")).status_code == 401
    assert (await door.post("/api/login", json=LOGIN)).status_code == 401


async def test_roles_are_looked_up_at_every_door(house, door):
    from hub.core.actor import Actor

    await sign_in(door)
    assert (await door.get(f"/api/sites/{SITE}/staff")).status_code == 200
    assert (await door.get(f"/api/sites/{SITE}/policies")).status_code == 403
    assert (await door.get(f"/api/sites/{OTHER_SITE}/staff")).status_code == 404
    assert (await door.get("/api/sites/nowhere/staff")).status_code == 404
    await house.done("set_roles", actor=Actor.staff("st_super_admin"), staff_id="st_host", roles=["server"])
    assert (await door.get(f"/api/sites/{SITE}/staff")).status_code == 403


async def test_everybody_with_a_role_here_is_listed_and_nobody_else(door):
    await sign_in(door)
    listed = {one["id"]: one for one in (await door.get(f"/api/sites/{SITE}/staff")).json()}
    assert listed["st_host"]["roles"] == ["host"] and listed["st_host"]["active"]
    assert "st_other" not in listed
    assert not {"email", "password_hash", "phone"} & set(listed["st_host"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://house.test"}, 204),
        ({"origin": "https://house.test"}, 204),  # a proxy that ends TLS
        ({"origin": "http://evil.test"}, 403),
        ({"origin": "http://house.test.evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 204),
        ({}, 204),
    ],
)
async def test_pages_of_other_sites_change_nothing(door, headers, status):
    await sign_in(door)
    assert (await door.post("/api/logout", headers=headers)).status_code == status
    said = {"site_id": SITE, "key": "key-000001", "name": "Okafor", "covers": 2}
    answer = await door.post("/api/commands/add_party", json=said, headers=headers)
    assert answer.status_code == (403 if status == 403 else 401)
    assert (await door.get("/api/me", headers=headers)).status_code == (200 if status == 403 else 401)


async def test_a_page_of_another_site_cannot_sign_somebody_in(door):
    answer = await door.post("/api/login", json=LOGIN, headers={"origin": "http://evil.test"})
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


def test_origins_the_settings_name_are_welcome():
    assert auth.welcome("https://pad.test", "house.test", ("https://pad.test",))
    assert not auth.welcome("https://pad.test", "house.test", ())
    assert not auth.welcome("null", "", ())


async def test_the_socket_token_names_the_session_and_dies_with_it(house, door, settings):
    assert (await door.get("/api/token")).status_code == 401
    await sign_in(door)
    said = (await door.get("/api/token")).json()
    claims = auth.read_token(settings.secret, said["token"])
    assert (claims.staff_id, claims.info) == ("st_host", {"name": "Host", "initials": "HO", "role": "host"})
    assert said["ttl_s"] == 600
    assert 590 <= claims.expires_at - wall_now().timestamp() <= 600
    assert await auth.session_lives(house.pool, claims)
    assert door.cookies[auth.COOKIE] not in said["token"]
    await door.post("/api/logout")
    assert not await auth.session_lives(house.pool, claims)


def test_tokens_of_others_open_nothing():
    mine, other = "m" * 40, "o" * 40
    token = auth.make_token(mine, staff_id="st_host", session="s", info={})
    assert auth.read_token(mine, token).staff_id == "st_host"
    head, body, _ = token.split(".")
    unsigned = jwt.encode({"sub": "st_host", "exp": 9e9, "aud": auth.AUDIENCE}, None, algorithm="none")
    foreign = jwt.encode({"sub": "st_host", "exp": 9_000_000_000, "aud": "else"}, mine, algorithm="HS256")
    for bad in (
        auth.make_token(other, staff_id="st_host", session="s", info={}),
        f"{head}.{body}.",
        unsigned,
        foreign,
        "",
        "x.y.z",
    ):
        assert auth.read_token(mine, bad) is None
    past = jwt.encode({"sub": "st_host", "exp": 1_000, "aud": auth.AUDIENCE}, mine, algorithm="HS256")
    assert auth.read_token(mine, past).expires_at == 1_000, "expired is told from invalid"


async def test_one_tap_sign_in_is_for_sample_houses(house, door):
    assert (await door.post("/api/login/sample", json={"role": "host"})).status_code == 404
    assert (await door.get("/api/house")).json() == {"name": f"House {SITE}", "sample": False, "roles": []}
    await house.pool.execute("UPDATE house SET sample = true")
    told = (await door.get("/api/house")).json()
    assert told["sample"] and "host" in told["roles"]
    answer = await door.post("/api/login/sample", json={"role": "host"})
    assert answer.status_code == 200 and answer.json()["sample"]
    assert (await door.post("/api/login/sample", json={"role": "chef"})).status_code == 404
    assert (await door.post("/api/login/sample", json={"role": "king"})).status_code == 422


async def test_the_policies_have_doors(door):
    await sign_in(door, email="manager@example.test")
    listed = (await door.get(f"/api/sites/{SITE}/policies")).json()
    assert {"policy": "dining.buffer_min", "value": 15, "scope": "default"}.items() <= next(
        one for one in listed if one["policy"] == "dining.buffer_min"
    ).items()
    said = {"site_id": SITE, "key": "key-000001", "policy": "dining.buffer_min", "value": 20, "reason": "slow bussing"}
    assert (await door.post("/api/commands/set_policy", json=said)).status_code == 200
    (line,) = (await door.get(f"/api/sites/{SITE}/policies/dining.buffer_min")).json()
    assert (line["value"], line["by"], line["reason"]) == (20, "staff:st_manager", "slow bussing")
    assert (await door.get(f"/api/sites/{SITE}/policies/dining.nothing")).status_code == 404
