"""Guests' pages in a real browser: with script and without, on a small phone, by day and by night, for every eye."""

import itertools
import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.static.test_fit_and_finish import violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]  # many pages a test, and each is read by axe
PHONE = {"width": 360, "height": 640}
SHOTS = os.environ.get("MAITRED_SHOTS")
"""A folder to leave pictures of every page in, to be looked at."""
LEAST_TAP = 44  # px
_names = itertools.count(1)


@pytest.fixture
def phones(handed: Callable[..., Any], evening: Any) -> Iterator[Callable[..., Any]]:
    """Each call opens one more phone; anything the security policy stops fails the test."""
    opened: list[Any] = []
    stopped: list[str] = []

    def hear(said: Any) -> None:
        if "Content Security" in said.text:
            stopped.append(said.text)

    def open_one(path: str, *, script: bool = True, scheme: str = "light", width: int = 360, height: int = 640) -> Any:
        page = handed(width=width, height=height, has_touch=True, is_mobile=True, java_script_enabled=script,
                      color_scheme=scheme, device_scale_factor=2)  # fmt: skip
        page.on("console", hear)
        opened.append(page)
        page.goto(evening.url + path)
        return page

    yield open_one
    for page in opened:
        page.remove_listener("console", hear)
    assert stopped == []


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def number() -> str:
    """A phone number nobody has yet."""
    return f"+44207{secrets.randbelow(10**7):07d}"


def _tickets(evening: Any, kind: str, row_id: str) -> str:
    site = evening.site
    return evening.sign_in().get(f"/api/sites/{site}/{kind}/{row_id}/link").json()["url"].rpartition("/")[2]


def look_up(evening: Any) -> str:
    """Where guests of the sample house find their booking again."""
    card = evening.sign_in().get(f"/api/sites/{evening.site}/card").json()
    return f"/s/{card['slug'] or card['id']}"


def a_booking(evening: Any, *, days: int = 3, covers: int = 2, **said: Any) -> dict[str, Any]:
    """A booking some days ahead, at a time that is free."""
    from datetime import datetime, timedelta

    at = (datetime.fromisoformat(evening.now()) + timedelta(days=days)).replace(hour=18, minute=0, second=0, microsecond=0)
    for step in range(12):
        wish = {"name": "Ada Lovelace", "covers": covers, "starts_at": (at + timedelta(minutes=15 * step)).isoformat(),
                "phone": number(), "sms_opt_in": True, "occasion": "anniversary", "requests": "A quiet corner, please", **said}  # fmt: skip
        answer = evening.give("book", **wish)
        if answer["status"] == "done":
            return answer["result"] | {"phone": wish["phone"], "starts_at": wish["starts_at"]}
    raise AssertionError(answer)


def a_party(evening: Any, **said: Any) -> tuple[str, str]:
    wish = {"name": f"Grace Hopper {next(_names)}", "covers": 2, "phone": number(), **said}
    answer = evening.give("add_party", **wish)
    assert answer["status"] == "done", answer
    party_id = answer["result"]["party_id"]
    return party_id, _tickets(evening, "parties", party_id)


def code_for(evening: Any, phone: str) -> str:
    """The newest code sent to a number, read off the sample house's own messages."""
    day = next(r for r in evening.state(f"floor:{evening.site}") if r["type"] == "venue")["service_date"]
    sent = [
        row for row in evening.state(f"messages:{evening.site}:{day}")
        if row["template"] == "one_time_code" and row["recipient"] == phone
    ]  # fmt: skip
    assert sent, "no code was sent"
    return re.search(r"\d{6}", max(sent, key=lambda row: row["id"])["body"])[0]


def pass_code(evening: Any, page: Any, phone: str) -> None:
    page.get_by_role("button", name="Send me").click()
    page.get_by_role("heading", name="Your code").wait_for()
    page.get_by_label("Code").fill(code_for(evening, phone))
    page.get_by_role("button", name="Go on").click()


def fits(page: Any) -> None:
    """Nothing runs out of the side, everything to tap is large enough for a thumb."""
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        """least => [...document.querySelectorAll('a, button, input:not([type=hidden]), select')].filter(e => e.offsetParent)
            .map(e => [e.textContent.trim() || e.outerHTML, e.getBoundingClientRect()])
            .filter(([_, r]) => r.height < least && r.width > 0).map(([t]) => t)""",
        LEAST_TAP,
    )
    assert [text for text in small if text != "Other times and sizes"] == []


def everybody_can_read_it(page: Any) -> None:
    assert violations(page) == []


def looks(page: Any, scheme: str) -> Callable[[str], None]:
    def looked_at(name: str) -> None:
        fits(page)
        everybody_can_read_it(page)
        shot(page, f"{name}-{scheme}")

    return looked_at


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_booking_s_pages_fit_a_small_phone_and_are_for_everybody(evening, phones, scheme):
    booking = a_booking(evening)
    ticket = booking["ticket"]
    page = phones(f"/g/{ticket}", scheme=scheme)
    page.get_by_text(booking["code"]).wait_for()
    looked_at = looks(page, scheme)
    looked_at("booking")
    page.get_by_role("button", name="We are coming").click()
    page.get_by_text("you are coming").wait_for()
    looked_at("booking-coming")
    page.get_by_role("link", name="Change").click()
    looked_at("code")
    page.get_by_role("button", name="Send me").click()
    page.get_by_role("heading", name="Your code").wait_for()
    looked_at("enter")
    code = code_for(evening, booking["phone"])
    page.get_by_label("Code").fill("000000" if code != "000000" else "000001")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("4 more times").wait_for()
    looked_at("enter-wrong")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Change your booking").wait_for()
    looked_at("change")
    page.goto(f"{evening.url}/g/{ticket}/cancel")
    looked_at("cancel")
    page.goto(evening.url + look_up(evening))
    page.get_by_role("heading", name="Find my booking").wait_for()
    looked_at("find")
    page.goto(evening.url + look_up(evening) + "/mine")
    page.get_by_role("heading", name="Your bookings").wait_for()
    looked_at("mine")
    page.goto(f"{evening.url}/g/{'T' * 22}")
    looked_at("nowhere")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_a_place_in_line_fit_a_small_phone_and_are_for_everybody(evening, phones, scheme):
    party_id, line = a_party(evening)
    page = phones(f"/g/{line}", scheme=scheme)
    page.get_by_role("button", name="On my way").wait_for()
    looked_at = looks(page, scheme)
    looked_at("place")
    page.goto(f"{evening.url}/g/{line}/leave")
    looked_at("leave")
    evening.free_up(1)
    answer = evening.give("notify_party", party_id=party_id)
    assert answer["status"] == "done", answer
    page.goto(f"{evening.url}/g/{line}")
    page.locator(".left").filter(has_text="left").wait_for()
    looked_at("offer")
    page.get_by_role("button", name="Yes, we are coming").click()
    page.get_by_text("Your table is kept").first.wait_for()
    looked_at("kept")


def test_all_of_it_works_without_script(evening, phones):
    booking = a_booking(evening)
    ticket = booking["ticket"]
    page = phones(f"/g/{ticket}", script=False)
    page.get_by_role("button", name="We are coming").click()
    page.get_by_text("You told us that you are coming").wait_for()
    page.get_by_role("link", name="Change").click()
    pass_code(evening, page, booking["phone"])
    page.get_by_label("People").select_option("4")
    page.get_by_role("button", name="Show free times").click()
    page.locator("button.slot").first.click()
    page.get_by_text("your booking is changed").wait_for()
    page.get_by_text("Table for 4").wait_for()
    page.get_by_role("link", name="Cancel booking").click()
    page.get_by_label("Why").select_option("Somebody is ill")
    page.get_by_role("button", name="Cancel my booking").click()
    page.get_by_text("Your booking is cancelled").wait_for()
    _, line = a_party(evening)
    page.goto(f"{evening.url}/g/{line}")
    assert page.locator("noscript").count() == 1
    page.get_by_role("button", name="On my way").click()
    page.get_by_text("You told us that you are on your way").wait_for()
    page.get_by_role("link", name="Leave the line").click()
    page.get_by_role("button", name="Leave the line").click()
    page.get_by_text("You left our list").wait_for()


def test_the_page_follows_the_house_by_itself(evening, phones):
    party_id, line = a_party(evening)
    page = phones(f"/g/{line}")
    page.get_by_role("button", name="On my way").wait_for()
    evening.free_up(1)
    assert evening.give("notify_party", party_id=party_id)["status"] == "done"
    page.get_by_text("Your table is ready").wait_for()
    page.locator(".left").filter(has_text="left").wait_for()
    assert page.url.endswith(line), "the page stayed where it was"
    assert evening.give("remove_party", party_id=party_id)["status"] == "done"
    page.get_by_text("You left our list").wait_for()


def test_what_has_the_focus_keeps_it(evening, phones):
    party_id, line = a_party(evening)
    page = phones(f"/g/{line}")
    page.locator("#leave").focus()
    assert evening.give("edit_party", party_id=party_id, covers=3)["status"] == "done"
    page.get_by_text("Party of 3").wait_for()
    assert page.evaluate("document.activeElement.id") == "leave"


def test_without_a_connection_it_says_so_and_comes_back(evening, phones):
    _, line = a_party(evening)
    page = phones(f"/g/{line}")
    page.get_by_role("button", name="On my way").wait_for()
    page.context.set_offline(True)
    page.get_by_text("No connection").wait_for()
    shot(page, "offline-light")
    everybody_can_read_it(page)
    page.context.set_offline(False)
    page.locator("#offline").wait_for(state="hidden")


def test_a_booking_is_found_again(evening, phones):
    booking = a_booking(evening)
    page = phones(look_up(evening), script=False)
    page.get_by_label("Code, phone number or e-mail").fill(booking["code"].lower())
    pass_code(evening, page, booking["phone"])
    page.get_by_role("link", name="See, change or cancel").click()
    page.get_by_text(booking["code"]).wait_for()


def test_the_calendar_file_is_handed_over(evening, phones):
    booking = a_booking(evening)
    page = phones(f"/g/{booking['ticket']}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Add to calendar").click()
    assert download.value.suggested_filename == f"{booking['code']}.ics"


def test_the_script_is_small_and_the_page_needs_little(evening):
    static = Path(__file__).parent.parent.parent / "static" / "guest"
    assert (static / "live.js").stat().st_size < 10_000
    assert (static / "guest.css").stat().st_size < 12_000
    page = httpx.get(evening.url + look_up(evening)).text
    assert len(page) < 8_000
    assert re.findall(r'src="([^"]+)"', page) == []


def test_words_as_long_as_they_may_be_still_fit(evening, phones):
    name = "Maximiliana-Theodora " * 3 + "von Hohenzollern-Sigm"
    booking = a_booking(evening, name=name[:80], requests="W" * 200 + " " + "quiet please " * 20, covers=4)
    _, line = a_party(evening, name=name[:80], covers=4)
    for path in (f"/g/{booking['ticket']}", f"/g/{line}"):
        page = phones(path, width=320, height=568)
        fits(page)
        shot(page, f"long-{'booking' if booking['ticket'] in path else 'place'}")
