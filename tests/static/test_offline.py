"""Without the link: the room stays, taps wait in sight, and what cannot be done afterwards is put to the host."""

from pathlib import Path

import pytest

from tests.static.conftest import ROOT, live, look, seat_walk_in, table

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(240)]


def test_a_tap_without_link_waits_and_is_sent(tablets, evening):
    number = evening.free_up(1)[0]
    page = tablets()
    evening.stop()
    try:
        page.locator(".banner").filter(has_text="Offline since").wait_for(timeout=5000)
        assert page.locator("[data-table]").count() > 10  # the last known room
        seat_walk_in(page, number)
        look(page, number, "seated")
        page.get_by_test_id("link").filter(has_text="Offline · 1 queued").wait_for()
        page.locator(".banner").filter(has_text="1 change will be sent").wait_for()
        party = page.locator("[data-party] .pick").first
        if party.count():
            party.click()  # what ends something for good waits for the link
            assert page.get_by_role("button", name="off the waitlist").first.is_disabled()
            page.keyboard.press("Escape")
    finally:
        evening.start()
    live(page)
    page.locator(f'[data-number="{number}"]:not(.ghost)[data-look=seated]').wait_for(timeout=20_000)
    ids = {t["number"]: t["id"] for t in evening.rows("table").values()}
    assert any(ids[number] in s["table_ids"] for s in evening.rows("seating").values())


def test_of_two_queued_for_one_table_one_wins_and_the_other_is_asked(tablets, evening):
    number = evening.free_up(1)[0]
    a, b = tablets(), tablets()
    evening.stop()
    try:
        for page in (a, b):
            page.locator(".banner").filter(has_text="Offline since").wait_for(timeout=5000)
            seat_walk_in(page, number)
    finally:
        evening.start()
    for page in (a, b):
        live_or_asked(page)
    a.wait_for_timeout(1500)
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
    page = tablets()
    reserved = page.locator("[data-look=reserved]").first
    number = reserved.get_attribute("data-number")
    evening.stop()
    try:
        page.locator(".banner").filter(has_text="Offline since").wait_for(timeout=5000)
        seat_walk_in(page, number)
    finally:
        evening.start()
    page.get_by_role("button", name="Decide").click(timeout=20_000)
    page.get_by_test_id("queue").get_by_role("button", name="Apply anyway").click()
    look(page, number, "seated")
    page.keyboard.press("Escape")
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    look(page, number, "reserved")


def live_or_asked(page):
    page.locator(".live.live:has-text('Live'), .banner:has-text('not granted')").first.wait_for(timeout=20_000)


def test_a_cold_start_without_the_house_shows_the_last_room(tablets, evening):
    page = tablets()
    shown = page.locator("[data-table]").count()
    page.wait_for_function(
        "() => new Promise(r => { const o = indexedDB.open('keyval-store'); o.onsuccess = () => { const q = o.result.transaction('keyval').objectStore('keyval').get('room'); q.onsuccess = () => r(!!q.result); }; })",
        timeout=15_000,
    )

    def from_disk(route):  # stands in for the service worker, which needs the house to have been met once
        path = route.request.url.split("://", 1)[1].partition("/")[2].partition("?")[0]
        file = Path(ROOT) / ("static/pages/floor.html" if path == "floor" else path)
        route.fulfill(path=file)

    page.context.route("**/floor", from_disk)
    page.context.route("**/static/**", from_disk)
    evening.stop()
    try:
        page.reload()
        page.locator("[data-table]").first.wait_for()
        assert page.locator("[data-table]").count() == shown
        page.locator(".banner").filter(has_text="last known room").wait_for()
    finally:
        evening.start()
    live(page)
    assert table(page, page.locator("[data-table]").first.get_attribute("data-number")).count() == 1
