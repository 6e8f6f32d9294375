"""Waits as intervals: on the floor, before a party is added, and held against what came of them, in the office."""

import re
from datetime import timedelta

import asyncpg
import pytest

from tests.static.conftest import live, run_apart
from tests.static.test_fit_and_finish import violations

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(240)]
PLANS = True
SPAN = re.compile(r"\d+–\d+′|\d+′?\+")


LOADED_S = 120  # the loop is loaded beside everything else, and yields to it


def played_forward(page, evening, covers):
    """A party that has to wait, told by the loop that plays forward: it is loaded a little after the doors open."""
    for _ in range(LOADED_S):
        if evening.sign_in().get(f"/api/sites/{evening.site}/quote", params={"covers": covers}).json()["source"] != "rule":
            answer = evening.give("add_party", name="Large", covers=covers)
            return evening.rows("party")[answer["result"]["party_id"]]
        page.wait_for_timeout(1000)
    raise AssertionError("the loop was never loaded")


def test_a_wait_is_an_interval_wherever_it_is_told(tablets, evening):
    page = tablets()
    party = played_forward(page, evening, 8)
    assert party["quote_source"] == "default"
    card = page.locator(f"[data-party='{party['id']}']")
    span = f"{party['quoted_low_min']}–{party['quoted_high_min']}" if party["quoted_high_min"] else f"{party['quoted_low_min']}+"
    card.locator(".w").filter(has_text=span).wait_for()
    page.locator(".quote").get_by_text(SPAN).first.wait_for()
    card.locator(".pick").click()
    card.get_by_test_id("wait").filter(has_text="by usual turns").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    pad = page.get_by_test_id("add")
    pad.get_by_role("button", name="8", exact=True).click()
    pad.locator(".chipb").filter(has_text=re.compile(r"House’s estimate \d+[–+]")).wait_for()
    pad.get_by_test_id("quoted").filter(has_text=re.compile(r"in \d+ of 100 evenings, by usual turns")).wait_for()
    assert violations(page) == []


def test_a_manager_sees_what_was_told_against_what_was_waited(handed, evening):
    async def past():
        db = await asyncpg.connect(evening.settings.database_url)
        try:
            now = await db.fetchval("SELECT house_at FROM house_clock")
            for number, waited in enumerate((25, 31, 44)):
                told = now - timedelta(minutes=90 + number)
                await db.execute(
                    "INSERT INTO party (site_id, id, name, covers, status, joined_at, quoted_min, quoted_at, expires_at,"
                    " converted_at, ended_at, seating_id, quoted_low_min, quoted_median_min, quoted_high_min,"
                    " quote_confidence, quote_source) VALUES ($1, $2, 'Past', 2, 'converted', $3, 35, $3, $4, $5, $5, 's',"
                    " 20, 30, 40, 0.85, 'default')", evening.site, f"past{number}", told, now + timedelta(hours=5),
                    told + timedelta(minutes=waited),
                )  # fmt: skip
        finally:
            await db.close()

    run_apart(past())
    page = handed(width=1280, height=800, role="manager", has_touch=True)
    page.goto(f"{evening.url}/admin#waits")
    page.locator(".page .listing").wait_for()
    live(page)
    page.get_by_test_id("told").filter(has_text=re.compile(r"67 %.*of 3 parties; the house expected 85 %", re.DOTALL)).wait_for()
    assert page.locator(".waits li").count() == 3 and page.locator(".waits b.warn").count() == 1
    turns = page.get_by_test_id("turns")
    assert turns.locator("tbody tr").count() == 4 and turns.locator("td.default").count() == 20
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_role("button", name="7 days").click()
    page.get_by_test_id("told").wait_for()
    assert violations(page) == []
