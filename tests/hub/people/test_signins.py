"""Refresh tokens: used once, rotated, and what happens to one that comes back."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from centrifuge import Client, ClientEventHandler, DisconnectedContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.app import make_app
from hub.core import auth, passwords
from hub.core.actor import Actor
from hub.core.clock import wall_now
from hub.core.upkeep import keep_up
from hub.people import signins
from hub.people.signing import REFRESH_COOKIE
from schemas.base import Refused
from tests.hub.people.test_doors import HASHED, LOGIN, PASSWORD
from tests.kit import SITE
from tests.served import Served

OLD = timedelta(seconds=11)


@pytest.fixture
async def browser(house):
    """Makes browsers that share nothing but the house."""
    await house.pool.execute("UPDATE staff SET password_hash = $1", HASHED)
    app = make_app(house.house)
    opened = []

    def make() -> httpx.AsyncClient:
        opened.append(httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://house.test"))
        return opened[-1]

    yield make
    for one in opened:
        await one.aclose()


def token_of(browser: httpx.AsyncClient) -> str:
    return browser.cookies[REFRESH_COOKIE]


async def renewed_with(browser: httpx.AsyncClient, token: str) -> httpx.Response:
    """A renewal with a token of one's own choosing, whatever is in the jar."""
    browser.cookies.delete(REFRESH_COOKIE)
    return await browser.post("/api/refresh", headers={"cookie": f"{REFRESH_COOKIE}={token}"})


async def aged(house, by: timedelta = OLD) -> None:
    await house.pool.execute("UPDATE refresh_token SET used_at = used_at - $1::interval, issued_at = issued_at - $1", by)


async def test_a_renewal_brings_a_new_session_and_a_new_token(house, browser):
    one = browser()
    await one.post("/api/login", json=LOGIN)
    session, token = one.cookies[auth.COOKIE], token_of(one)
    await house.pool.execute("UPDATE session SET expires_at = now() - interval '1 s'")
    assert (await one.get("/api/me")).status_code == 401
    answer = await one.post("/api/refresh")
    assert answer.status_code == 200 and answer.json()["staff_id"] == "st_host"
    assert one.cookies[auth.COOKIE] != session and token_of(one) != token
    assert (await one.get("/api/me")).status_code == 200
    assert await house.pool.fetchval("SELECT count(*) FROM session") == 1, "the one that ran out is gone"
    assert await house.pool.fetchval("SELECT count(*) FROM sign_in") == 1
    kept = str(await house.pool.fetch("SELECT * FROM refresh_token"))
    assert token not in kept and token_of(one) not in kept


async def test_a_screen_whose_session_ran_out_still_gets_its_page(house, browser):
    one = browser()
    assert (await one.get("/floor")).headers["location"] == "/login"
    await one.post("/api/login", json=LOGIN)
    await house.pool.execute("UPDATE session SET expires_at = now() - interval '1 s'")
    assert (await one.get("/floor")).status_code == 200
    await one.post("/api/logout")
    assert (await one.get("/floor")).headers["location"] == "/login"


async def test_without_a_token_or_with_an_unknown_one(browser):
    one = browser()
    assert (await one.post("/api/refresh")).json()["reason"] == "signed_out"
    answer = await renewed_with(one, "nonsense")
    assert (answer.status_code, answer.json()["reason"]) == (401, "refresh_unknown")


async def test_a_page_of_another_site_renews_nothing(house, browser):
    one = browser()
    await one.post("/api/login", json=LOGIN)
    answer = await one.post("/api/refresh", headers={"origin": "http://evil.test"})
    assert answer.status_code == 403 and "set-cookie" not in answer.headers
    assert await house.pool.fetchval("SELECT count(*) FROM refresh_token WHERE used_at IS NOT NULL") == 0


async def test_a_lost_answer_may_be_asked_for_again_for_ten_seconds(house, browser):
    one = browser()
    await one.post("/api/login", json=LOGIN)
    token = token_of(one)
    assert (await renewed_with(one, token)).status_code == 200
    await aged(house, timedelta(seconds=9))
    assert (await renewed_with(one, token)).status_code == 200
    assert (await one.get("/api/me")).status_code == 200


async def test_an_older_reuse_ends_the_whole_sign_in(house, browser, caplog):
    one, other = browser(), browser()
    await one.post("/api/login", json=LOGIN)
    await other.post("/api/login", json=LOGIN)
    stolen = token_of(one)
    await one.post("/api/refresh")
    assert (await one.get("/api/me")).status_code == 200
    await aged(house)
    answer = await renewed_with(browser(), stolen)
    assert (answer.status_code, answer.json()["reason"]) == (401, "refresh_reused")
    assert all("Max-Age=0" in line for line in answer.headers.get_list("set-cookie"))
    assert (await one.get("/api/me")).status_code == 401, "at once in this process"
    last = await one.post("/api/refresh")
    assert (last.status_code, last.json()["reason"]) == (401, "refresh_ended"), "the newest token is dead too"
    assert (await other.get("/api/me")).status_code == 200, "another sign-in of the same person goes on"
    ended = await house.pool.fetchrow("SELECT * FROM sign_in WHERE ended_at IS NOT NULL")
    assert ended["end_reason"] == "reused"
    assert stolen not in caplog.text
    said = [entry[b"c"] for _, entry in await house.redis.xrange("control")]
    assert any(ended["id"].encode() in one for one in said)
    assert not any(stolen.encode() in one for one in said)


async def test_siblings_of_the_ten_seconds_do_not_hide_a_copy(house, browser):
    """Two went through with the same token; when the second of their successors comes back, the copy is found out."""
    one, thief = browser(), browser()
    await one.post("/api/login", json=LOGIN)
    token = token_of(one)
    await one.post("/api/refresh")
    assert (await renewed_with(thief, token)).status_code == 200
    mine, copied = token_of(one), token_of(thief)
    assert mine != copied
    await aged(house)
    assert (await one.post("/api/refresh")).status_code == 200
    await aged(house)
    assert (await renewed_with(thief, copied)).json()["reason"] == "refresh_reused"


async def test_two_tabs_at_the_same_moment_both_go_on(house, browser):
    one = browser()
    await one.post("/api/login", json=LOGIN)
    token = token_of(one)
    pool, now = house.pool, wall_now()
    answers = await asyncio.gather(*(signins.renew(pool, token, now) for _ in range(4)))
    assert all(isinstance(answer, signins.Opened) for answer in answers)
    assert len({answer.refresh for answer in answers}) == 4
    assert await pool.fetchval("SELECT count(*) FROM sign_in WHERE ended_at IS NOT NULL") == 0


async def test_a_sign_in_renewed_in_a_loop_waits_and_keeps_its_token(house, browser):
    one = browser()
    await one.post("/api/login", json=LOGIN)
    codes = [(await one.post("/api/refresh")).status_code for _ in range(signins.RENEWALS_MAX + 1)]
    assert codes[0] == 200 and codes[-1] == 429
    last = await one.post("/api/refresh")
    assert last.headers["retry-after"] == "60" and "set-cookie" not in last.headers
    await aged(house, timedelta(seconds=61))
    assert (await one.post("/api/refresh")).status_code == 200


async def test_thirty_days_unused_and_it_is_over(house, browser):
    one = browser()
    await one.post("/api/login", json=LOGIN)
    left = await house.pool.fetchval("SELECT expires_at FROM sign_in")
    assert timedelta(days=29, hours=23) < left - wall_now() <= timedelta(days=30)
    await house.pool.execute("UPDATE sign_in SET expires_at = now() + interval '1 h'")
    assert (await one.post("/api/refresh")).status_code == 200
    assert await house.pool.fetchval("SELECT expires_at FROM sign_in") >= left, "each use begins the thirty days again"
    await house.pool.execute("UPDATE sign_in SET expires_at = now() - interval '1 s'")
    assert (await one.post("/api/refresh")).json()["reason"] == "refresh_ended"


async def test_signing_out_kills_the_token_too(house, browser):
    one = browser()
    await one.post("/api/login", json=LOGIN)
    token = token_of(one)
    await one.post("/api/logout")
    assert (await renewed_with(one, token)).json()["reason"] == "refresh_ended"


async def test_a_screen_left_alone_can_still_be_signed_out(house, browser):
    one = browser()
    await one.post("/api/login", json=LOGIN)
    token = token_of(one)
    await house.pool.execute("UPDATE session SET expires_at = now() - interval '1 day'")
    await keep_up(house.pool)
    assert (await one.post("/api/logout")).status_code == 204
    assert (await renewed_with(one, token)).json()["reason"] == "refresh_ended"


async def test_a_closed_login_renews_nothing_and_does_not_come_back_with_it(house, browser):
    one = browser()
    await one.post("/api/login", json=LOGIN)
    token = token_of(one)
    chief = Actor.staff("st_super_admin")
    await house.done("deactivate_staff", actor=chief, staff_id="st_host")
    assert (await renewed_with(one, token)).json()["reason"] == "refresh_ended"
    await house.done("reactivate_staff", actor=chief, staff_id="st_host")
    assert (await renewed_with(one, token)).json()["reason"] == "refresh_ended"
    assert (await one.post("/api/login", json=LOGIN)).status_code == 200


async def test_a_new_password_signs_out_everywhere_else(house, browser):
    here, there = browser(), browser()
    for one in (here, there):
        await one.post("/api/login", json=LOGIN)
    bare = await auth.open_session(house.pool, "st_host")
    new = "another long password"
    wrong = await here.post("/api/me/password", json={"old": "not it at all", "new": new})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "old")
    same = await here.post("/api/me/password", json={"old": PASSWORD, "new": PASSWORD})
    assert (same.status_code, same.json()["field"]) == (422, "new")
    short = await here.post("/api/me/password", json={"old": PASSWORD, "new": "short"})
    assert (short.status_code, short.json()["field"]) == (422, "new")
    assert (await there.get("/api/me")).status_code == 200, "nothing has changed so far"
    assert (await here.post("/api/me/password", json={"old": PASSWORD, "new": new})).status_code == 200
    assert (await here.get("/api/me")).status_code == 200
    assert (await here.post("/api/refresh")).status_code == 200
    assert (await there.get("/api/me")).status_code == 401
    assert (await there.post("/api/refresh")).json()["reason"] == "refresh_ended"
    assert await house.pool.fetchval("SELECT count(*) FROM session WHERE hash = $1", auth.hash_of(bare)) == 0
    assert (await there.post("/api/login", json=LOGIN)).status_code == 401
    assert (await there.post("/api/login", json={**LOGIN, "password": new})).status_code == 200
    kept = await house.pool.fetchval("SELECT password_hash FROM staff WHERE id = 'st_host'")
    assert await passwords.matches(kept, new)
    stranger = browser()
    assert (await stranger.post("/api/me/password", json={"old": PASSWORD, "new": new})).status_code == 401


async def test_guessing_the_old_password_is_throttled(house, browser, monkeypatch):
    one = browser()
    await one.post("/api/login", json=LOGIN)

    async def never(*_):
        return False

    monkeypatch.setattr(passwords, "matches", never)
    monkeypatch.setattr("hub.people.signing.time", lambda: 2_000_000.0)
    said = {"old": "guess", "new": "a long password"}
    codes = [(await one.post("/api/me/password", json=said)).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]


async def test_upkeep_keeps_what_may_still_be_used(house, browser):
    gone, lives = browser(), browser()
    for one in (gone, lives):
        await one.post("/api/login", json=LOGIN)
    await gone.post("/api/logout")
    await lives.post("/api/refresh")
    await keep_up(house.pool)
    assert await house.pool.fetchval("SELECT count(*) FROM sign_in") == 2, "an ended one is told why for a day"
    await house.pool.execute("UPDATE sign_in SET ended_at = ended_at - interval '25 h'")
    await house.pool.execute("UPDATE refresh_token SET used_at = used_at - interval '8 days'")
    await keep_up(house.pool)
    assert await house.pool.fetchval("SELECT count(*) FROM sign_in") == 1
    assert await house.pool.fetchval("SELECT count(*) FROM refresh_token") == 1
    assert (await lives.post("/api/refresh")).status_code == 200
    await house.pool.execute("UPDATE sign_in SET expires_at = now() - interval '25 h'")
    await keep_up(house.pool)
    assert await house.pool.fetchval("SELECT count(*) FROM session") == 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_whatever_is_tried_no_token_outlives_the_finding_of_a_copy(house, data):
    """Tokens presented in any order and at any time: an ended sign-in stays ended, a used token older than the grace
    ends it, and as long as it stands exactly the unused ones renew."""
    now = wall_now()
    opened = await signins.begin(house.pool, "st_host")
    used: dict[str, object] = {}
    waiting, ended = [opened.refresh], False
    for _ in range(data.draw(st.integers(1, 12))):
        now += timedelta(seconds=data.draw(st.sampled_from([1, 5, 9, 30, 1800])))
        token = data.draw(st.sampled_from([*waiting, *used]))
        answer = await signins.renew(house.pool, token, now)
        if ended:
            assert isinstance(answer, Refused) and answer.reason == "refresh_ended"
        elif token in used and now - used[token] > signins.GRACE:
            assert isinstance(answer, signins.Reused)
            ended = True
        elif isinstance(answer, Refused):
            assert answer.reason == "rate_limited"
        else:
            assert isinstance(answer, signins.Opened)
            if token in waiting:
                used |= dict.fromkeys(waiting, now)
                waiting = []
            waiting.append(answer.refresh)
    stands = await house.pool.fetchval("SELECT ended_at IS NULL FROM sign_in WHERE id = $1", opened.sign_in_id)
    assert stands != ended
    living = await house.pool.fetchval("SELECT count(*) FROM session WHERE sign_in_id = $1", opened.sign_in_id)
    assert (living == 0) == ended


# ---- sockets


class Ended(ClientEventHandler):
    def __init__(self):
        self.code = asyncio.get_running_loop().create_future()

    async def on_disconnected(self, ctx: DisconnectedContext) -> None:
        if not self.code.done():
            self.code.set_result(ctx.code)


async def connected(served: Served, person: httpx.AsyncClient) -> tuple[Client, Ended]:
    ended = Ended()

    async def token(*_) -> str:
        return (await person.get("/api/token")).json()["token"]

    client = Client(served.socket_url, get_token=token, events=ended)
    await client.connect()
    await client.ready(timeout=5)
    return client, ended


async def test_signing_out_closes_this_sign_ins_sockets_and_no_others(served: Served):
    one, other = await served.signed_in("host"), await served.signed_in("host")
    mine, gone = await connected(served, one)
    theirs, stays = await connected(served, other)
    assert (await one.post("/api/logout")).status_code == 204
    assert await asyncio.wait_for(gone.code, 5) == 3500
    await asyncio.sleep(1.2)  # the control stream has been read as well
    assert not stays.code.done() and theirs.state.name.lower() == "connected"
    for client in (mine, theirs):
        await client.disconnect()


async def test_a_reused_token_closes_the_sockets(served: Served):
    person = await served.signed_in("host")
    stolen = token_of(person)
    await person.post("/api/refresh")
    await aged(served.house)
    client, gone = await connected(served, person)
    async with httpx.AsyncClient(base_url=served.url) as thief:
        assert (await renewed_with(thief, stolen)).json()["reason"] == "refresh_reused"
    assert await asyncio.wait_for(gone.code, 5) == 3500
    await client.disconnect()


async def test_another_process_is_told_by_the_control_stream(served: Served):
    """As if the door stood in a process without sockets: only the stream reaches this gateway."""
    person = await served.signed_in("host")
    client, gone = await connected(served, person)
    sign_in = await served.house.pool.fetchval("SELECT id FROM sign_in")
    gateway, served.house.house.gateway = served.house.house.gateway, None
    try:
        assert (await person.post("/api/logout")).status_code == 204
    finally:
        served.house.house.gateway = gateway
    assert await asyncio.wait_for(gone.code, 5) == 3500
    assert sign_in and await served.house.pool.fetchval("SELECT end_reason FROM sign_in") == "signed_out"
    await client.disconnect()


async def test_a_socket_whose_sign_in_ended_unheard_loses_its_channels_when_it_is_asked_about(served: Served):
    """While Redis was away nobody was told; afterwards every subscription is asked for again."""
    person = await served.signed_in("host")
    client, gone = await connected(served, person)
    subscription = client.new_subscription(f"floor:{SITE}")
    await subscription.subscribe()
    await asyncio.sleep(0.3)
    await served.house.pool.execute("UPDATE sign_in SET ended_at = now()")
    await served.gateway.recheck_everyone()
    assert await asyncio.wait_for(gone.code, 5) == 3500
    await client.disconnect()


async def test_a_socket_outlives_its_session_but_not_its_sign_in(served: Served):
    """The session ends after half an hour; a token made a minute before must not throw the screen out for good."""
    person = await served.signed_in("host")
    token = (await person.get("/api/token")).json()["token"]
    claims = auth.read_token(served.house.settings.secret, token)
    await served.house.pool.execute("DELETE FROM session")
    assert await auth.session_lives(served.house.pool, claims)
    await served.house.pool.execute("UPDATE sign_in SET ended_at = now()")
    assert not await auth.session_lives(served.house.pool, claims)
