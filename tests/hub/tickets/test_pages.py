"""Guests' pages over real HTTP, without script: forms, redirects, limits, and nothing that is staff's."""

import asyncio
import html
from datetime import timedelta

import httpx
import icalendar
import pytest

from hub.core.actor import Actor
from hub.tickets import routes
from tests.hub.tickets.at_work import (
    ADA,
    TOMORROW_19,
    Browser,
    a_house,
    another,
    booked,
    code_sent,
    waiting,
)
from tests.kit import FRIDAY_19


@pytest.fixture
async def guest(served):
    browser = Browser(served.url)
    yield browser
    await browser.close()


async def with_code(house, guest, ticket, to):
    """From the booking to a page that takes a code first."""
    await guest.open(f"/g/{ticket}/{to}")
    assert str(guest.page.url).endswith(f"/g/{ticket}/code?to={to}")
    assert "···958" in guest.page.text
    await guest.send(f"/g/{ticket}/code")
    await guest.send(f"/g/{ticket}/enter", code=await code_sent(house))
    assert guest.page.url.path == f"/g/{ticket}/{to}"


async def test_a_booking_s_page(served, guest):
    house = served.house
    await a_house(house)
    booking = await booked(house, occasion="birthday", requests="A quiet corner, <b>please</b>")
    page = await guest.open(f"/g/{booking['ticket']}")
    assert page.status_code == 200
    for shown in ("House s1", "Saturday 21 November", "19:00", "Table for 2", booking["code"], "Confirmed", "Birthday",
                  "A quiet corner, &lt;b&gt;please&lt;/b&gt;", "1 Dock Street, London"):  # fmt: skip
        assert shown in page.text, shown
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert page.headers["referrer-policy"] == "same-origin"
    assert "'unsafe-inline'" not in page.headers["content-security-policy"].split("style-src")[0]
    assert "<script>" not in page.text and " onclick=" not in page.text
    await guest.send(f"/g/{booking['ticket']}/answer", answer="coming")
    assert guest.page.url.query == b"said=coming"
    assert "You told us that you are coming" in guest.page.text
    assert (await house.row("booking", booking["booking_id"])).reconfirmed_at == FRIDAY_19


async def test_a_change_after_a_code(served, guest):
    house = served.house
    await a_house(house)
    booking = await booked(house)
    ticket = booking["ticket"]
    await with_code(house, guest, ticket, "change")
    await guest.open(f"/g/{ticket}/change?day=2026-11-22&covers=4")
    assert "Sunday 22 November, for 4" in guest.page.text
    await guest.send(f"/g/{ticket}/change", starts_at=(TOMORROW_19 + timedelta(days=1)).isoformat())
    assert guest.page.url.path == f"/g/{ticket}"
    assert "your booking is changed" in guest.page.text
    assert "Sunday 22 November" in guest.page.text
    assert "Table for 4" in guest.page.text


async def test_a_cancellation_says_first_what_it_means(served, guest):
    house = served.house
    await a_house(house)
    booking = await booked(house, starts_at=(TOMORROW_19 + timedelta(days=3)).isoformat())
    ticket = booking["ticket"]
    await with_code(house, guest, ticket, "cancel")
    text = guest.page.text
    order = [text.index(said) for said in
             ("24 hours before", "nothing to give back", "Would another time do?", "Why, if you like", "Cancel my booking")]
    assert order == sorted(order)
    assert (await house.row("booking", booking["booking_id"])).status == "confirmed"
    await guest.send(f"/g/{ticket}/cancel", why="Somebody is ill")
    assert "Your booking is cancelled" in guest.page.text
    gone = await house.row("booking", booking["booking_id"])
    assert (gone.status, gone.cancel_reason) == ("cancelled", "Somebody is ill")
    again = await guest.open(f"/g/{ticket}/cancel")
    assert again.url.path == f"/g/{ticket}", "there is nothing left to cancel"


async def test_wrong_codes_are_counted_on_the_page(served, guest):
    house = served.house
    await a_house(house)
    ticket = (await booked(house))["ticket"]
    await guest.open(f"/g/{ticket}/code?to=change")
    await guest.send(f"/g/{ticket}/code")
    code = await code_sent(house)
    for said in ("4 more times", "3 more times", "2 more times", "once more"):
        page = await guest.send(f"/g/{ticket}/enter", code=another(code))
        assert page.status_code == 409
        assert said in page.text
    page = await guest.send(f"/g/{ticket}/enter", code="12")
    assert "six digits" in page.text
    assert "opens nothing any more" in (await guest.send(f"/g/{ticket}/enter", code=another(code))).text


async def test_a_second_tap_on_the_same_page_sends_one_code(served, guest):
    house = served.house
    await a_house(house)
    ticket = (await booked(house))["ticket"]
    await guest.open(f"/g/{ticket}/code?to=change")
    form = {"key": "the-same-page-twice", "to": "change"}
    for _ in range(2):
        await guest.client.post(f"/g/{ticket}/code", data=form)
    assert await house.pool.fetchval("SELECT count(*) FROM message WHERE template = 'one_time_code'") == 1


async def test_the_place_in_line(served, guest):
    house = served.house
    await a_house(house)
    await waiting(house, name="First", phone=None)
    party_id, ticket = await waiting(house)
    page = await guest.open(f"/g/{ticket}")
    for shown in ("2nd", "in line", "Party of 2", '<noscript><meta http-equiv="refresh"', "estimate"):
        assert shown in page.text or (shown == "estimate" and "Any moment now" in page.text), shown
    await guest.send(f"/g/{ticket}/answer", answer="on_my_way")
    assert "You told us that you are on your way" in guest.page.text
    await guest.open(f"/g/{ticket}/leave")
    assert await house.row("party", party_id), "asked before it is done"
    await guest.send(f"/g/{ticket}/answer", answer="leave")
    assert "You left our list" in guest.page.text
    assert await house.row("party", party_id) is None
    assert (await guest.open(f"/g/{ticket}/leave")).url.path == f"/g/{ticket}"


async def test_an_offer_and_its_answer(served, guest):
    house = served.house
    await a_house(house)
    party_id, ticket = await waiting(house)
    await house.done("notify_party", party_id=party_id)
    page = await guest.open(f"/g/{ticket}")
    for shown in ("Your table is ready", "We keep it until <b>19:15</b>", 'data-until="2026-11-20T19:15'):
        assert shown in page.text, shown
    await guest.send(f"/g/{ticket}/answer", answer="accept")
    assert "Your table is kept" in guest.page.text
    page = await guest.client.post(f"/g/{ticket}/answer", data={"answer": "decline"})
    assert page.status_code == 409, "an answer is given once"


async def test_too_late_is_said_kindly(served, guest):
    house = served.house
    await a_house(house)
    party_id, ticket = await waiting(house)
    await house.done("notify_party", party_id=party_id)
    await guest.open(f"/g/{ticket}")
    await house.pass_time(15)
    page = await guest.send(f"/g/{ticket}/answer", answer="accept")
    assert (page.status_code, "This offer is over" in page.text) == (409, True)


async def test_now_changes_when_something_does(served, guest):
    house = served.house
    await a_house(house)
    party_id, ticket = await waiting(house)
    first = await guest.client.get(f"/g/{ticket}/now")
    assert first.json()["place"]["position"] == 1
    tag = first.headers["etag"]
    assert f'data-tag="{html.escape(tag)}"'.replace("&quot;", "&#34;") in (await guest.open(f"/g/{ticket}")).text
    await house.pass_time(1)
    same = await guest.client.get(f"/g/{ticket}/now", headers={"if-none-match": tag})
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["maitred-at"].startswith("2026-11-20T19:01")
    await house.done("notify_party", party_id=party_id)
    changed = await guest.client.get(f"/g/{ticket}/now", headers={"if-none-match": tag})
    assert (changed.status_code, changed.json()["place"]["offer"]) == (200, "sent")
    assert changed.headers["etag"] != tag


@pytest.mark.parametrize(
    "ticket", ["T" * 22, "x", "%00" * 20, "..%2f..%2f", "é" * 20, "a" * 500, "<script>alert(1)</script>"]
)
async def test_a_link_that_leads_nowhere_says_so(served, guest, ticket):
    for path in ("", "/now", "/change", "/cancel", "/code", "/enter", "/leave", "/calendar.ics"):
        page = await guest.client.get(f"/g/{ticket}{path}")
        assert page.status_code == 404, path
        assert "<script>alert" not in page.text
    assert "leads nowhere" in (await guest.client.get("/g/" + "T" * 22)).text


async def test_what_is_long_over_leads_nowhere(served, guest):
    house = served.house
    await a_house(house)
    ticket = (await booked(house))["ticket"]
    _, line = await waiting(house)
    await house.pass_time(60 * 24 * 7)
    assert (await guest.open(f"/g/{ticket}")).status_code == 200
    assert (await guest.open(f"/g/{line}")).status_code == 404
    await house.pass_time(60 * 24 * 30)
    assert (await guest.open(f"/g/{ticket}")).status_code == 404


async def test_the_journal_names_no_number_for_ever(served, guest):
    """Not even by a hash: there are few enough numbers to try them all."""
    house = served.house
    await a_house(house)
    for _ in range(2):
        await guest.open("/s/the-house")
        await guest.send("/s/the-house", contact="020 7946 0111")
    actors = [row["actor"] for row in await house.pool.fetch("SELECT actor FROM journal WHERE command = 'send_code'")]
    assert len(set(actors)) == 2
    assert all(len(actor) == len("guest:") + 16 for actor in actors)


async def test_the_calendar_file_has_the_right_time_and_place(served, guest):
    await a_house(served.house)
    summer = FRIDAY_19.replace(year=2027, month=6, day=4)
    await served.house.done("set_policy", actor=Actor.staff("st_manager"), policy="booking.max_days_ahead", value=365)
    booking = await booked(served.house, starts_at=summer.isoformat())
    answer = await guest.client.get(f"/g/{booking['ticket']}/calendar.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    (event,) = icalendar.Calendar.from_ical(answer.text).walk("VEVENT")
    assert event.start.astimezone(summer.tzinfo) == summer  # 20:00 in London's summer
    assert event["location"] == "1 Dock Street, London"


async def test_find_my_booking(served, guest):
    house = served.house
    await a_house(house)
    first = await booked(house)
    await booked(house, starts_at=(TOMORROW_19 + timedelta(days=1)).isoformat())
    await booked(house, name="Grace", phone="+442079460959")
    await guest.open("/s/the-house")
    await guest.send("/s/the-house", contact="020 7946 0958")
    assert "If there is a booking with that" in guest.page.text
    await guest.send("/s/the-house/enter", code=await code_sent(house))
    assert guest.page.url.path == "/s/the-house/mine"
    assert guest.page.text.count("See, change or cancel") == 2
    assert "Grace" not in guest.page.text
    page = await guest.open(f"/g/{first['ticket']}/change")
    assert page.url.path == f"/g/{first['ticket']}/change", "one code is enough for all of them"


async def test_looking_up_a_stranger_s_number_shows_nothing(served, guest):
    house = served.house
    await a_house(house)
    await booked(house)
    answers = []
    for contact in ("020 7946 0958", "020 7946 0111"):
        await guest.open("/s/the-house")
        page = await guest.send("/s/the-house", contact=contact)
        answers.append((page.status_code, page.url.path, page.text.split('name="key"')[0]))
    assert answers[0] == answers[1]
    assert (await guest.open("/s/the-house/mine")).url.path == "/s/the-house"
    for nobody in ("/s/nowhere", "/s/%00", "/s/s1"):
        assert (await guest.client.get(nobody)).status_code == 404, nobody


async def test_the_cookie_is_out_of_reach_of_scripts(served, guest):
    await a_house(served.house)
    await guest.open("/s/the-house")
    answer = await guest.client.post(
        "/s/the-house", data={"contact": "a@example.test"}, follow_redirects=False,
        headers={"x-forwarded-proto": "https"},
    )  # fmt: skip
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 303
    for part in ("httponly", "samesite=lax", "secure", "maitred_guest="):
        assert part in cookie


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}])
async def test_a_foreign_page_can_do_nothing_in_a_guest_s_name(served, guest, headers):
    house = served.house
    await a_house(house)
    party_id, ticket = await waiting(house)
    page = await guest.client.post(f"/g/{ticket}/answer", data={"answer": "leave"}, headers=headers)
    assert page.status_code == 403
    assert await house.row("party", party_id)


async def test_who_is_too_fast_is_asked_to_wait(served, guest, monkeypatch):
    await a_house(served.house)
    ticket = (await booked(served.house))["ticket"]
    monkeypatch.setattr(routes, "LOOKS_PER_MINUTE", 3)
    monkeypatch.setattr(routes, "ADDRESS_MISSES", 2)
    monkeypatch.setattr(routes, "ADDRESS_CODES", 1)
    seen = [(await guest.client.get(f"/g/{ticket}")).status_code for _ in range(4)]
    assert seen in ([200, 200, 200, 429], [200, 200, 200, 200])  # the minute may turn in between
    missed = [(await guest.client.get(f"/g/{'T' * 20}{n:02d}")).status_code for n in range(3)]
    assert missed in ([404, 404, 429], [404, 404, 404])
    asked = [
        (await guest.client.post("/s/the-house", data={"contact": f"{n}@example.test"}, follow_redirects=False)).status_code
        for n in range(2)
    ]
    assert asked in ([303, 429], [303, 303])
    assert 429 in seen + missed + asked


async def test_without_redis_each_process_counts_alone(served, guest, monkeypatch):
    await a_house(served.house)
    ticket = (await booked(served.house))["ticket"]
    monkeypatch.setattr(routes, "LOOKS_PER_MINUTE", 5)
    pool = served.house.house.redis.connection_pool

    async def away(*_args, **_kwargs):
        raise __import__("redis").ConnectionError("away")

    monkeypatch.setattr(pool, "get_connection", away)
    seen = [(await guest.client.get(f"/g/{ticket}")).status_code for _ in range(7)]
    assert seen[:5] == [200] * 5
    assert seen[-1] == 429


async def test_a_large_form_is_not_read(served, guest):
    await a_house(served.house)
    ticket = (await booked(served.house))["ticket"]
    page = await guest.client.post(f"/g/{ticket}/answer", data={"answer": "x" * 10_000})
    assert page.status_code == 413


MARK = "ZZSTAFFZZ"


async def test_nothing_of_the_staff_s_reaches_a_guest(served, guest):
    """Every field only staff may read holds a mark; no page, answer, calendar or message has it (F-RES-13)."""
    house = served.house
    await a_house(house)
    for number in (1, 2, 3):
        await house.pool.execute("UPDATE floor_table SET number = $2 WHERE number = $1", f"T{number}", f"{MARK}{number}")
    await house.pool.execute("UPDATE area SET name = $1", MARK)
    known = (await house.done(
        "add_guest", name="Ada Lovelace", phone=ADA["phone"], notes=MARK, tags=[MARK], flags=[MARK], preferences=[MARK],
        consents=["sms"],
    )).result["guest_id"]  # fmt: skip
    booking = await booked(
        house, guest_id=known, notes=MARK, tags=[MARK], flags=[MARK], preferences=[MARK], access_notes=MARK,
        emergency_contact=MARK, preorders=[{"what": MARK}], requests="Asked for", email="ada@example.test",
    )  # fmt: skip
    await house.done("edit_booking", booking_id=booking["booking_id"], notes=MARK + "2", reason=MARK)
    other = await booked(house, name=f"{MARK} Smith", phone="+442079460111", requests=MARK)
    await house.done("add_party", name=f"{MARK} Jones", covers=2, notes=MARK)
    party_id, line = await waiting(house, notes=MARK, flags=[MARK])
    seen: list[httpx.Response] = []

    async def look(*paths):
        for path in paths:
            seen.append(await guest.open(path))
            assert seen[-1].status_code in (200, 409), (path, seen[-1].status_code)

    ticket = booking["ticket"]
    await look(f"/g/{ticket}", f"/g/{ticket}/now", f"/g/{ticket}/calendar.ics", f"/g/{ticket}/code")
    await with_code(house, guest, ticket, "change")
    await look(f"/g/{ticket}/change", f"/g/{ticket}/change?covers=4&day=2026-11-21", f"/g/{ticket}/change?covers=9",
               f"/g/{ticket}/change")  # fmt: skip
    seen.append(await guest.send(f"/g/{ticket}/change", starts_at=(TOMORROW_19 + timedelta(hours=9)).isoformat()))
    await guest.open(f"/g/{ticket}/change")
    seen.append(await guest.send(f"/g/{ticket}/change", starts_at=(TOMORROW_19 + timedelta(hours=1)).isoformat()))
    assert "20:00" in seen[-1].text
    await look(f"/g/{ticket}/cancel", "/s/the-house/mine", f"/g/{line}", f"/g/{line}/now", f"/g/{line}/leave")
    await house.done("notify_party", party_id=party_id)
    await look(f"/g/{line}/now", f"/g/{line}")
    seen.append(await guest.send(f"/g/{line}/answer", answer="accept"))
    await guest.open(f"/g/{ticket}/cancel")
    seen.append(await guest.send(f"/g/{ticket}/cancel"))
    await look(f"/g/{ticket}", f"/g/{ticket}/now")
    for answer in seen:
        assert MARK not in answer.text, (answer.request.method, answer.url, answer.text)
        assert MARK not in str(answer.headers)
    told = await house.pool.fetch("SELECT * FROM message WHERE about_id <> $1", other["booking_id"])
    assert {message["template"] for message in told} >= {"booking_confirmed", "booking_changed", "booking_cancelled"}
    for message in told:
        if MARK not in message["guest_name"]:
            assert MARK not in str(tuple(message)), message["template"]


async def test_two_guests_take_the_last_table_at_once(served, guest):
    """One has it, the other is told kindly and keeps what they had."""
    house = served.house
    await a_house(house)
    at = (TOMORROW_19 + timedelta(days=1)).isoformat()
    for number in range(2):
        await booked(house, name=f"Guest {number}", phone=None, starts_at=at)
    browsers, tickets = [Browser(served.url) for _ in range(2)], []
    for number, browser in enumerate(browsers):
        booking = await booked(house, name=f"Mover {number}", phone=f"+44207946095{number}")
        tickets.append(booking["ticket"])
        await browser.open(f"/g/{booking['ticket']}/code?to=change")
        await browser.send(f"/g/{booking['ticket']}/code")
        await browser.send(f"/g/{booking['ticket']}/enter", code=await code_sent(house))
        await browser.open(f"/g/{booking['ticket']}/change?day=2026-11-22&covers=2")
    answers = await asyncio.gather(*(
        browser.send(f"/g/{ticket}/change", starts_at=at) for browser, ticket in zip(browsers, tickets, strict=True)
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await house.pool.fetchval("SELECT count(*) FROM booking WHERE starts_at = $1 AND status = 'confirmed'", TOMORROW_19 + timedelta(days=1)) == 3
    assert await house.pool.fetchval("SELECT count(*) FROM booking WHERE starts_at = $1 AND status = 'confirmed'", TOMORROW_19) == 1
    for browser in browsers:
        await browser.close()
