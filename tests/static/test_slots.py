"""When a party may come, in the booking dialog: the day's times, the days to come, why not, and the time that is kept."""

import itertools
import re
import secrets
import time as clock
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.static.conftest import until
from tests.static.test_book import booked, form, later
from tests.static.test_fit_and_finish import violations

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(400)]

_days = itertools.count(20)  # each test has a day of its own, far from tonight
COLD_S = 240  # loops that nobody has compiled yet, on a busy box
SIZE = 11  # seats in the private room: at P1, or at P3 and P4 together


@pytest.fixture
def dialogs(tablets):
    """One more tablet with the dialog open, and its times known."""

    def open_one(query: str, *, path: str = "/book?new=1&", **how: Any) -> Any:
        page = tablets(path + query, **{"role": "host", **how})
        times(page)
        return page

    return open_one


def times(page) -> Any:
    f = form(page)
    f.locator('[data-testid=openings][aria-busy=false] [data-state]:not([data-state="asking"])').first.wait_for()
    return f


def at(f, time: str) -> Any:
    return f.locator(f'[data-time="{time}"]')


def state(f, time: str, wanted: str) -> Any:
    f.locator(f'[data-time="{time}"][data-state="{wanted}"]').wait_for()
    return at(f, time)


def table_id(evening, number: str) -> str:
    return next(t["id"] for t in evening.rows("table").values() if t["number"] == number)


def seated(evening, number: str, covers: int, day: int, *, name: str, stays: bool = False) -> str:
    """A booking at that table of the private room; one that stays is moved by nobody."""
    made = booked(evening, name=name, covers=covers, starts_at=later(evening, day), table_ids=[table_id(evening, number)])
    if stays:
        assert evening.give("pin_booking", booking_id=made["booking_id"])["status"] == "done"
    return made["booking_id"]


def private(evening, day: int, covers: int = SIZE) -> str:
    area = next(a["id"] for a in evening.rows("area").values() if a["name"] == "Private")
    return f"date={later(evening, day)[:10]}&covers={covers}&area_id={area}"


def proven(page, evening, day: int, time: str, wanted: str) -> None:
    """The house has come to this answer: its minds may still be warming up."""
    area = next(a["id"] for a in evening.rows("area").values() if a["name"] == "Private")
    query = {"date": later(evening, day)[:10], "covers": SIZE, "area_id": area}

    def told() -> bool:
        found = evening.sign_in().get(f"/api/sites/{evening.site}/availability", params=query, timeout=60).json()
        return any(s["at"] == time and s["state"] == wanted and s["exact"] for s in found.get("slots", []))

    patiently(page, told)


def patiently(page, true: Callable[[], bool]) -> None:
    """Until the house, which may still be warming up, has it so."""
    end = clock.monotonic() + COLD_S
    while not true():
        assert clock.monotonic() < end, "the house never came to an answer"
        page.wait_for_timeout(400)


def focused(page) -> str:
    return page.evaluate("document.activeElement.dataset.time ?? document.activeElement.dataset.day ?? ''")


def test_times_are_walked_by_keys_told_in_words_and_taken(dialogs, evening):
    day = next(_days)
    seated(evening, "P1", 12, day, name="Ravensworth", stays=True)
    seated(evening, "P3", 3, day, name="Quimby", stays=True)
    page = dialogs(private(evening, day))
    f = form(page)
    assert state(f, "19:00", "full").get_attribute("aria-label").startswith("19:00, full")
    assert state(f, "21:00", "free").get_attribute("aria-label") == "21:00, free"
    stops = f.locator('[data-testid=openings] button[tabindex="0"]')
    assert stops.count() == 1, "one stop for the tab key"
    f.get_by_role("button", name="Dinner", exact=True).click()
    stops.focus()
    page.keyboard.press("Home")
    first = focused(page)
    page.keyboard.press("ArrowRight")
    assert focused(page) > first
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    row = page.evaluate("t => document.querySelector(`[data-time='${t}']`).offsetLeft", focused(page))
    assert row == page.evaluate("t => document.querySelector(`[data-time='${t}']`).offsetLeft", first) and focused(page) > first
    page.keyboard.press("End")
    assert focused(page) == f.locator("[data-time]").last.get_attribute("data-time")
    page.keyboard.press("ArrowRight")
    assert focused(page) == f.locator("[data-time]").last.get_attribute("data-time"), "there is an end"
    page.keyboard.press("Enter")
    chosen = f.get_by_test_id("chosen")
    chosen.filter(has_text=focused(page)).wait_for()
    f.get_by_role("button", name="Lunch", exact=True).click()
    state(f, "12:00", "free")
    assert chosen.filter(has_text=f.get_by_label("Exact time").input_value()).count(), "what was chosen stays in sight"
    f.get_by_label("Area").select_option("")  # anywhere there is room at seven
    f.get_by_label("Exact time").fill("19:05")  # between two times: typing goes on as it did
    chosen.filter(has_text="19:05").wait_for()
    f.get_by_role("status").filter(has_text="would be held").wait_for()


def test_a_time_given_back_elsewhere_reopens_unasked(dialogs, evening):
    """F-AVL-03 on a screen."""
    day = next(_days)
    seated(evening, "P1", 12, day, name="Ravensworth", stays=True)
    other = seated(evening, "P3", 3, day, name="Quimby", stays=True)
    page = dialogs(private(evening, day))
    f = form(page)
    state(f, "19:00", "full")
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/availability?" in r.url else None)
    assert evening.give("cancel_booking", booking_id=other, reason="Plans changed")["status"] == "done"
    state(f, "19:00", "free")
    assert 1 <= len(asked) <= 3, "told to look again, and not over and over"


def test_many_changes_are_one_question_at_a_time(dialogs, evening):
    page = dialogs(f"date={later(evening, next(_days))[:10]}&covers=2")
    f = form(page)
    under_way, most, sent = 0, 0, []

    def began(request: Any) -> None:
        nonlocal under_way, most
        if "/availability?" in request.url:
            under_way += 1
            most = max(most, under_way)
            sent.append(request.url)

    def ended(request: Any) -> None:
        nonlocal under_way
        under_way -= "/availability?" in request.url

    page.on("request", began)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    page.evaluate("""() => { for (const n of [3, 4, 5, 6, 7, 8]) document.querySelector(`[data-testid=form] [data-covers="${n}"]`).click() }""")
    f.locator('[data-testid=openings][aria-label$="for 8"][aria-busy=false]').wait_for()
    state(f, "19:00", "free")
    assert len(sent) == 1 and "covers=8" in sent[0], sent
    page.route("**/availability?*covers=5*", lambda _: None)  # the house never comes to an answer about five
    with page.expect_request(lambda r: "covers=5" in r.url and "/availability?" in r.url):
        f.locator('[data-covers="5"]').click()
    f.locator('[data-covers="6"]').click()
    f.locator('[data-testid=openings][aria-label$="for 6"][aria-busy=false]').wait_for()
    state(f, "19:00", "free")
    assert most == 1


def test_who_would_move_is_shown_before_and_moves_with_the_booking(dialogs, evening):
    day = next(_days)
    couple = seated(evening, "P1", 8, day, name="Ravensworth")
    seated(evening, "P3", 3, day, name="Quimby", stays=True)
    page = dialogs(private(evening, day))
    proven(page, evening, day, "19:00", "moving")
    page.reload()
    f = times(page)
    state(f, "19:00", "moving").click()
    assert re.search(r"open if 1 other moves", at(f, "19:00").get_attribute("aria-label"))
    moves = f.get_by_test_id("moves")
    moves.filter(has_text="Ravensworth").filter(has_text="P1").wait_for()
    new = moves.locator("li.new").inner_text()
    assert "This party" in new and "P1" in new
    assert f.locator('[data-kept="kept"]').count() == 0, "what others have cannot be kept"
    f.locator("[name=name]").fill("Halloran")
    f.locator("[name=phone]").fill("+44 20 7946 0555")
    f.get_by_test_id("save").filter(has_text="1 move").click()
    done = page.get_by_test_id("done")
    done.filter(has_text="One other booking was moved").wait_for()
    held = {h["owner_id"]: h["table_id"] for h in evening.state(f"book:{evening.site}:{later(evening, day)[:10]}") if h["type"] == "hold"}
    assert held[couple] != table_id(evening, "P1") and table_id(evening, "P1") in held.values()


def test_why_not_names_what_stands_in_the_way_and_one_tap_takes_what_would_do(dialogs, evening):
    day = next(_days)
    seated(evening, "P1", 12, day, name="Ravensworth", stays=True)
    seated(evening, "P3", 3, day, name="Quimby", stays=True)
    page = dialogs(private(evening, day))
    proven(page, evening, day, "19:00", "full")
    f = form(page)
    state(f, "19:00", "full").click()
    why = f.get_by_test_id("why")
    facts = why.get_by_test_id("facts")
    facts.filter(has_text="Ravensworth (12) is booked at P1").wait_for()
    assert "Quimby (3) is booked at P3" in facts.inner_text()
    assert why.get_by_role("button", name="waiting list for 19:00").is_visible()
    assert violations(page) == []
    why.get_by_test_id("instead").locator('[data-kind="later"], [data-kind="earlier"], [data-kind="area"]').first.click()
    why.wait_for(state="detached")
    f.locator('[data-kept="kept"]').wait_for()
    f.get_by_role("status").filter(has_text="kept for this booking").wait_for()
    f.get_by_label("Area").select_option(label="Private")
    state(f, "19:00", "full").click()
    why.get_by_test_id("instead").locator('[data-kind="split"]').click()
    f.get_by_test_id("second").filter(has_text=re.compile(r"At two tables: \d here, \d at another")).wait_for()
    f.locator("[name=name]").fill("Halloran")
    f.locator("[name=phone]").fill("+44 20 7946 0557")
    f.get_by_test_id("save").filter(has_text=re.compile(r"\d \+ \d")).click()
    page.get_by_test_id("done").get_by_test_id("second").filter(has_text=re.compile(r"Second table for \d: \S+, code")).wait_for()


def test_a_chosen_time_is_kept_told_to_others_let_go_and_over(dialogs, evening):
    """F-AVL-12 on a screen."""
    day = next(_days)
    seated(evening, "P3", 3, day, name="Quimby", stays=True)
    mine, other = dialogs(private(evening, day)), dialogs(private(evening, day))
    f, theirs = form(mine), form(other)
    assert f.locator('[data-kept="kept"]').count() == 0, "nobody has chosen yet"
    state(f, "19:00", "free").click()
    f.get_by_test_id("kept").filter(has_text="kept 10 min").wait_for()
    state(theirs, "19:00", "full")
    assert at(f, "19:00").get_attribute("data-state") == "free", "one's own is in nobody's way"
    f.get_by_role("status").filter(has_text="P1 is kept").wait_for()
    mine.keyboard.press("Escape")
    mine.get_by_test_id("form").wait_for(state="detached")
    state(theirs, "19:00", "free").click()
    theirs.get_by_test_id("kept").filter(has_text="kept 10 min").wait_for()
    house_now = datetime.fromisoformat(evening.now())
    assert evening.give("set_clock", rate=1, house_at=(house_now + timedelta(minutes=11)).isoformat())["status"] == "done"
    theirs.get_by_test_id("keep-again").click()
    theirs.get_by_test_id("kept").filter(has_text="kept 10 min").wait_for()
    theirs.locator("[name=name]").fill("Halloran")
    theirs.locator("[name=phone]").fill("+44 20 7946 0556")
    theirs.get_by_test_id("save").click()
    card = other.get_by_test_id("done")
    card.filter(has_text="P1").wait_for()
    assert "no longer" not in card.inner_text() and "not kept" not in card.inner_text(), "the very time that was kept"


def test_a_page_that_goes_away_lets_go(dialogs, evening):
    day = next(_days)
    page = dialogs(f"date={later(evening, day)[:10]}&covers=2")
    state(form(page), "20:00", "free").click()
    form(page).locator('[data-kept="kept"]').wait_for()
    channel = f"book:{evening.site}:{later(evening, day)[:10]}"
    checkouts = lambda: [r for r in evening.state(channel) if r["type"] == "hold" and r["owner_kind"] == "checkout"]  # noqa: E731
    assert checkouts()
    page.goto("about:blank")
    until(page, lambda: not checkouts())


def test_the_days_to_come_by_keys(dialogs, evening):
    manager = httpx.Client(base_url=evening.url, timeout=10)
    assert manager.post("/api/login/sample", json={"role": "manager"}).is_success
    out, event = later(evening, 5)[:10], later(evening, 6)[:10]
    for kind, title, on in (("closed", "Staff outing", out), ("event", "Jazz night", event)):
        wish = {"site_id": evening.site, "key": secrets.token_hex(8), "kind": kind, "title": title, "first_day": on, "last_day": on}
        assert manager.post("/api/commands/set_special_day", json=wish).json()["status"] == "done"
    manager.close()
    page = dialogs(f"date={later(evening, 1)[:10]}&covers=4")
    f = form(page)
    door = f"/api/sites/{evening.site}/calendar"
    patiently(page, lambda: evening.sign_in().get(door, params={"covers": 4}, timeout=60).status_code == 200)
    f.get_by_test_id("calendar").click()
    heat = f.get_by_test_id("heat")
    f.locator('[data-testid=heat][aria-busy=false] [aria-selected=true] [data-kind="open"]').wait_for()
    assert heat.locator('[role=gridcell] button[tabindex="0"]').count() == 1
    heat.locator('[tabindex="0"]').focus()
    shown = {}
    for _ in range(7):  # days of next month are told once the keys are there
        day = heat.locator(":focus")
        shown[focused(page)] = (day.get_attribute("data-kind"), day.get_attribute("aria-label"), day.get_attribute("aria-disabled"))
        page.keyboard.press("ArrowRight")
        page.wait_for_function("was => document.activeElement.dataset.day !== was", arg=next(reversed(shown)))
    kind, label, disabled = shown[out]
    assert (kind, disabled) == ("out", "true") and "closed: Staff outing" in label
    assert shown[event][0] == "open" and "Jazz night" in shown[event][1]
    assert re.search(r"\d+ of \d+ times free for 4", shown[event][1])
    for _ in range(5):
        page.keyboard.press("PageDown")
    heat.get_by_test_id("heat-day").filter(has_text=datetime.fromisoformat(later(evening, 90)).strftime("%a %-d %b")).wait_for()
    assert heat.get_by_label("The month after").is_disabled(), "there is a horizon, and it is told"
    assert heat.locator(".until").inner_text().startswith("Bookable until")
    for _ in range(5):
        page.keyboard.press("PageUp")
    assert heat.locator(":focus").get_attribute("aria-current") == "date"
    page.keyboard.press("Escape")
    heat.wait_for(state="detached")
    assert f.is_visible(), "only the calendar closes"
    f.get_by_test_id("calendar").click()
    heat.locator('[tabindex="0"]').focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("d => document.activeElement.dataset.day === d", arg=later(evening, 8)[:10])
    page.keyboard.press("Enter")
    heat.wait_for(state="detached")
    assert f.get_by_label("Day", exact=True).input_value() == later(evening, 8)[:10]
    assert page.evaluate("document.activeElement.dataset.testid") == "calendar"


def test_without_an_answer_or_a_link_times_can_still_be_typed(dialogs, evening):
    page = dialogs(f"date={later(evening, next(_days))[:10]}&covers=2")
    f = form(page)
    page.route("**/availability?*", lambda route: route.fulfill(status=500, json={"message": "no"}))
    f.locator('[data-covers="3"]').click()
    f.get_by_role("alert").filter(has_text="did not say which times are open").wait_for()
    assert at(f, "19:00").get_attribute("data-state") == "unknown"
    page.unroute("**/availability?*")
    f.get_by_role("button", name="Ask again").click()
    state(f, "19:00", "free")
    evening.stop()
    try:
        f.get_by_text("No link: which times are open is told when it is back").wait_for()
        f.get_by_label("Exact time").fill("20:10")
        f.get_by_test_id("save").filter(has_text="20:10").wait_for()
    finally:
        evening.start()
    state(f, "19:00", "free")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_is_hard_to_see_or_to_hit(dialogs, evening, theme):
    day = next(_days)
    seated(evening, "P1", 8, day, name="Ravensworth")
    seated(evening, "P3", 3, day, name="Quimby", stays=True)
    wide = theme == "dark"
    page = dialogs(private(evening, day), theme=theme, width=1180 if wide else 390, height=820 if wide else 844)
    f = form(page)
    proven(page, evening, day, "19:00", "moving")
    place = """t => { const b = document.querySelector(`[data-time='${t}']`), s = b.closest('.stack');
        return [b.getBoundingClientRect().x, Math.round(b.getBoundingClientRect().y - s.getBoundingClientRect().y)]; }"""
    before = page.evaluate(place, "19:00")
    state(f, "21:00", "free").click()
    f.locator('[data-kept="kept"]').wait_for()
    assert page.evaluate(place, "19:00") == before, "nothing moves under the finger"
    assert violations(page) == []
    state(f, "19:00", "moving").click()
    f.get_by_test_id("moves").wait_for()
    f.get_by_test_id("calendar").click()
    f.locator('[data-testid=heat][aria-busy=false] [data-kind="open"]').first.wait_for()
    assert violations(page) == []
    small = page.evaluate("""() => [...document.querySelectorAll('[data-testid=form] button, [data-testid=form] input, [data-testid=form] select')]
        .filter(b => b.offsetParent && !b.closest('.fine, .told')).map(b => { const r = b.getBoundingClientRect(); return [b.ariaLabel || b.textContent.trim().slice(0, 30), r.width, r.height]; })
        .filter(([, w, h]) => w < 43.5 || h < 43.5)""")
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= (1180 if wide else 390)
