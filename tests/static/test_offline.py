"""Without the link: the room stays, taps wait in sight, and what cannot be done afterwards is put to the host."""

import re
import signal

import pytest

from static.tools.shell import shell
from tests.static.conftest import live, look, seat_walk_in, until

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(240)]


def test_a_tap_without_link_waits_and_is_sent(tablets, evening):
    number = evening.free_up(1)[0]
    page = tablets(service_workers="allow")
    evening.stop()
    try:
        page.locator(".banner").filter(has_text="Offline since").wait_for()
        assert page.locator("[data-table]").count() > 10  # the last known room
        seat_walk_in(page, number)
        look(page, number, "seated")
        page.get_by_test_id("link").filter(has_text="Offline · 1 queued").wait_for()
        page.locator(".banner").filter(has_text="1 change will be sent").wait_for()
        party = page.locator("[data-party] .pick").first
        if party.count():
            party.click()  # what ends something for good waits for the link, and so does a promise
            assert page.get_by_role("button", name=re.compile("^(Notify|Resend)")).is_disabled()
            page.get_by_role("button", name="More for").click()
            assert page.get_by_role("button", name="off the waitlist").first.is_disabled()
            page.keyboard.press("Escape")
    finally:
        evening.start()
    live(page)
    page.locator(f'[data-number="{number}"]:not(.ghost)[data-look=seated]').wait_for()
    ids = {t["number"]: t["id"] for t in evening.rows("table").values()}
    assert any(ids[number] in s["table_ids"] for s in evening.rows("seating").values())


def test_of_two_queued_for_one_table_one_wins_and_the_other_is_asked(tablets, evening):
    number = evening.free_up(1)[0]
    a, b = tablets(service_workers="allow"), tablets(service_workers="allow")
    evening.stop()
    try:
        for page in (a, b):
            page.locator(".banner").filter(has_text="Offline since").wait_for()
            seat_walk_in(page, number)
    finally:
        evening.start()
    settled = f'[data-number="{number}"]:not(.ghost)[data-look=seated]'
    until(a, lambda: all(settles(page, settled) for page in (a, b)))
    refused = [p for p in (a, b) if p.locator(".banner").filter(has_text="not granted").count()]
    assert len(refused) == 1
    page = refused[0]
    page.get_by_role("button", name="Decide").click()
    queue = page.get_by_test_id("queue")
    assert "taken" in queue.inner_text().lower() or "party" in queue.inner_text().lower()
    queue.get_by_role("button", name="Discard").click()
    page.locator(".banner").wait_for(state="detached")
    look(page, number, "seated")


def test_a_refused_tap_is_applied_anyway(tablets, evening):
    page = tablets(service_workers="allow")
    reserved = page.locator("[data-look=reserved]").first
    number = reserved.get_attribute("data-number")
    evening.stop()
    try:
        page.locator(".banner").filter(has_text="Offline since").wait_for()
        seat_walk_in(page, number)
    finally:
        evening.start()
    page.get_by_role("button", name="Decide").click()
    page.get_by_test_id("queue").get_by_role("button", name="Apply anyway").click()
    look(page, number, "seated")
    page.keyboard.press("Escape")
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    look(page, number, "reserved")


def settles(page, seated):
    """Nothing is queued any more: what was tapped is granted, or the host is asked about it."""
    if page.locator(".banner:has-text('not granted')").count():
        return True
    return page.get_by_test_id("link").filter(has_text="Live").count() and page.locator(seated).count()


def test_a_cold_start_without_the_house_shows_the_last_room(tablets, evening):
    page = tablets(service_workers="allow")
    shown = page.locator("[data-table]").count()
    keeps(page)
    evening.stop()
    try:
        page.goto(evening.url + "/floor")  # the shell comes from the service worker, the room from the tablet's store
        page.locator("[data-table]").first.wait_for()
        assert page.locator("[data-table]").count() == shown
        page.locator(".banner").filter(has_text="last known room").wait_for()
        for screen, title in (
            ("book", "Book"),
            ("stand", "Stand"),
            ("floor", "Floor"),
        ):  # from one to another, still away
            page.goto(f"{evening.url}/{screen}")
            assert title in page.title()
            page.get_by_test_id("link").filter(has_text="Offline").wait_for()
        page.locator("[data-table]").first.wait_for()
        assert page.locator("[data-table]").count() == shown  # no screen has forgotten what another keeps
    finally:
        evening.start()
    live(page)


def keeps(page):
    """Waits until the tablet has kept both the room and the shell."""
    kept = """() => Promise.all([
      import('/static/replica/kept.js').then(k => k.lastKnown()),
      caches.keys().then(names => names[0] ? caches.open(names[0]).then(c => c.keys()) : []),
    ]).then(([room, files]) => [room?.states.length ?? 0, files.length])"""
    files = len(shell())
    until(page, lambda: page.evaluate(kept) == [4, files])


def test_a_silent_house_is_told_from_a_live_one(tablets, evening):
    page = tablets(service_workers="allow")
    evening.process.send_signal(signal.SIGSTOP)
    try:
        page.get_by_test_id("link").filter(has_text="Quiet").wait_for()
        page.locator(".banner").filter(has_text="may be old").wait_for()
    finally:
        evening.process.send_signal(signal.SIGCONT)
    page.locator(".banner").wait_for(state="detached")
    live(page)
