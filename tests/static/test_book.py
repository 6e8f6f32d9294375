"""The book as a host uses it: real doors and socket, by touch and keyboard, one tablet and two."""

import gzip
import itertools
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.static.conftest import ROOT, live
from tests.static.test_fit_and_finish import FIRST_JS_GZ, first_js, violations

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(240)]

_numbers = itertools.count(100)


def phone() -> str:
    """A number nobody has, of the range set aside for plays."""
    return f"+44 20 7946 {next(_numbers):04d}"


@pytest.fixture
def books(tablets):
    """One more tablet with the book open."""

    def open_one(path: str = "/book", **how: Any) -> Any:
        page = tablets(path, **{"role": "manager", **how})
        page.locator(".book-list [data-booking], .book-list .empty").first.wait_for(state="attached")
        return page

    return open_one


def later(evening, days: int, time: str = "19:00") -> str:
    """A wall time in London some days from the house's today, as a moment (no summer time in the sample's autumn)."""
    today = next(r for r in evening.state(f"floor:{evening.site}") if r["type"] == "venue")["service_date"]
    date = datetime.fromisoformat(today) + timedelta(days=days)
    return f"{date:%Y-%m-%d}T{time}:00+00:00"


def booked(evening, **more: Any) -> dict[str, Any]:
    wish = {"name": "Testa", "covers": 2, "starts_at": later(evening, 3), "phone": phone(), **more}
    answer = evening.give("book", **wish)
    assert answer["status"] == "done", answer
    return answer["result"]


def row_of(evening, booking_id: str) -> dict[str, Any]:
    return evening.sign_in().get(f"/api/sites/{evening.site}/bookings/{booking_id}").json()


def row(page, booking_id: str) -> Any:
    return page.locator(f'[data-booking="{booking_id}"]')


def toast(page, words: str) -> None:
    page.get_by_test_id("toast").filter(has_text=words).wait_for()


def form(page) -> Any:
    page.get_by_test_id("form").wait_for()
    return page.get_by_test_id("form")


def sheet(page) -> Any:
    page.get_by_test_id("booking").wait_for()
    return page.get_by_test_id("booking")


def test_the_first_javascript_stays_within_its_budget():
    files = first_js(ROOT / "static" / "book" / "screen.js")
    assert {f.name for f in files} >= {"list.js", "faces.js", "ui.js"}
    assert not {f.name for f in files} & {"form.js", "booking.js", "guest.js", "timeline.js", "centrifuge.js"}, "these load late"
    assert sum(len(gzip.compress(f.read_bytes(), 9)) for f in files) <= FIRST_JS_GZ


def test_the_day_stands_in_the_book_by_time(books, evening):
    page = books()
    rows = [b for b in evening.rows("booking").values() if b["kind"] == "dining"]
    alive = [b for b in rows if b["status"] not in ("cancelled", "no_show", "rescheduled")]
    assert page.locator("[data-booking]").count() == len(alive)
    assert page.get_by_test_id("parties").inner_text() == str(len(alive))
    times = page.locator("[data-booking] .tm b").all_text_contents()
    assert times == sorted(times)
    for name, statuses in (
        ("coming", {"inquiry", "pending", "confirmed", "reminded"}),
        ("here", {"arrived", "seated", "dining"}),
        ("gone", {"cancelled", "no_show", "rescheduled"}),
    ):
        chip = page.locator(f"[data-filter={name}]")
        wanted = sum(b["status"] in statuses for b in rows)
        assert chip.locator("b").inner_text() == str(wanted)
        chip.click()
        page.wait_for_function("n => document.querySelectorAll('[data-booking]').length === n", arg=wanted)
    page.locator("[data-filter=all]").click()
    assert sum(int(t or 0) for t in page.locator(".strip b").all_text_contents()) == sum(b["covers"] for b in alive)
    allergic = next(
        b for b in alive if set(b["flags"] + b["guest_flags"]) & {"gluten", "nut_allergy", "shellfish", "dairy"}
    )
    assert row(page, allergic["id"]).locator(".chip.al svg").count() >= 1


def test_a_booking_is_found_on_its_day_and_beyond_it(books, evening):
    there = booked(evening, name="Quillfeather", starts_at=later(evening, 4, "18:30"))
    page = books()
    page.keyboard.press("/")
    page.keyboard.type("quillf")
    found = page.locator(f'[data-found="{there["booking_id"]}"]')
    found.filter(has_text="found by name").wait_for()
    page.get_by_label("Find in the book").fill(there["code"])
    found.filter(has_text="found by code").wait_for()
    found.click()
    sheet(page).get_by_role("heading", name="Quillfeather").wait_for()
    row(page, there["booking_id"]).wait_for()  # the page turned to that day
    assert page.get_by_test_id("day").input_value() == later(evening, 4)[:10]
    assert f"booking={there['booking_id']}" in page.url
    page.get_by_role("button", name="Today", exact=True).click()
    somebody = next(b for b in evening.rows("booking").values() if b["status"] == "confirmed")
    page.get_by_label("Find in the book").fill(somebody["name"].upper())
    row(page, somebody["id"]).wait_for()


def test_turning_days_and_an_empty_one(books, evening):
    page = books()
    page.get_by_test_id("after").click()
    page.wait_for_function("d => document.querySelector('main').dataset.day === d", arg=later(evening, 1)[:10])
    page.get_by_test_id("day").fill(later(evening, 60)[:10])
    page.get_by_text("Nobody is booked").wait_for()
    made = booked(evening, name="Faraway", starts_at=later(evening, 60, "12:30"))
    row(page, made["booking_id"]).filter(has_text="Faraway").wait_for()  # a further day is live as well
    page.reload()
    row(page, made["booking_id"]).wait_for()


def test_a_booking_is_taken_and_every_tablet_sees_it(books, evening):
    known = booked(evening, name="Rosamund Vane", starts_at=later(evening, 9), flags=["vip"])
    page, other = books("/book?new=1&covers=3"), books()
    f = form(page)
    assert f.locator('[data-covers="3"]').get_attribute("aria-pressed") == "true"
    f.locator("[name=name]").press_sequentially("rosam", delay=20)
    option = f.get_by_role("option").filter(has_text="Rosamund Vane")
    option.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    f.get_by_test_id("glance").filter(has_text="Rosamund Vane").wait_for()
    assert f.locator("[name=phone]").input_value()
    f.locator('[data-time="22:45"]').click()
    f.get_by_role("button", name="Anniversary").click()
    f.locator("[name=requests]").fill("By the window")
    f.locator("[name=notes]").fill("Careful with the bill")
    f.get_by_role("status").filter(has_text="would be held").wait_for()
    f.get_by_test_id("save").click()
    card = page.get_by_test_id("done")
    code = card.get_by_test_id("code").inner_text()
    assert re.fullmatch(r"[A-Z0-9]{6}", code)
    assert card.get_by_test_id("guest-link").locator("img").evaluate("i => i.complete && i.naturalWidth > 0")
    mine = next(b for b in evening.rows("booking").values() if b["code"] == code)
    assert (mine["covers"], mine["occasion"], mine["requests"], mine["notes"]) == (
        3, "anniversary", "By the window", "Careful with the bill",
    )  # fmt: skip
    assert mine["guest_id"] == row_of(evening, known["booking_id"])["guest_id"]
    row(other, mine["id"]).filter(has_text="Rosamund Vane").wait_for()
    card.get_by_test_id("good").click()
    row(page, mine["id"]).wait_for()


def test_the_card_changes_the_time_and_keeps_the_rest(books, evening):
    page = books(f"/book?date={later(evening, 5)[:10]}")
    page.keyboard.press("n")
    f = form(page)
    f.locator("[name=name]").fill("Odalys Kern")
    f.locator("[name=phone]").fill(phone())
    f.locator('[data-covers="4"]').click()
    f.locator("[name=requests]").fill("A high stool")
    f.locator('[data-time="18:00"]').click()
    f.get_by_test_id("save").click()
    card = page.get_by_test_id("done")
    first = card.get_by_test_id("code").inner_text()
    card.get_by_role("button", name="Change time").click()
    f = form(page)
    assert f.locator("[name=requests]").input_value() == "A high stool"
    assert f.locator('[data-time="18:00"]').evaluate("e => e === document.activeElement")
    f.locator('[data-time="20:30"]').click()
    f.get_by_test_id("save").filter(has_text="Move to 20:30").click()
    card.get_by_role("heading", name="Moved").wait_for()
    second = card.get_by_test_id("code").inner_text()
    assert second != first
    card.get_by_role("button", name="Open").click()
    assert "20:30" in sheet(page).inner_text() and "A high stool" in sheet(page).inner_text()
    sheet(page).get_by_role("button", name="the earlier booking").click()
    sheet(page).locator(".st.done").filter(has_text="Moved").wait_for()


def test_what_is_wrong_stands_at_its_field_and_other_times_are_a_tap_away(books, evening):
    page = books()
    page.keyboard.press("n")
    f = form(page)
    f.get_by_test_id("save").click()
    f.get_by_role("alert").filter(has_text="In whose name?").wait_for()
    f.locator("[name=name]").fill("Sable")
    f.locator("[name=phone]").fill("12")
    f.get_by_test_id("save").click()
    f.locator("[name=phone] >> xpath=ancestor::*[@class='field']").get_by_role("alert").wait_for()
    f.locator("[name=phone]").fill(phone())
    f.get_by_label("Exact time").fill("12:15")
    f.get_by_test_id("time").get_by_role("alert").filter(has_text="over").wait_for()
    f.get_by_label("Exact time").fill("20:00")
    f.get_by_role("button", name="Name one").click()
    taken = f.locator(".tchip.busy").first
    taken.click()
    f.get_by_test_id("where").get_by_role("alert").wait_for()
    f.get_by_test_id("others").get_by_role("button").first.click()
    f.get_by_role("status").filter(has_text="would be held").wait_for()
    assert f.locator("[name=name]").input_value() == "Sable"
    f.locator("[data-preset=large]").click()
    assert f.locator('[data-covers="8"]').get_attribute("aria-pressed") == "true"
    f.locator("[data-preset=brunch]").click()
    assert f.get_by_label("Exact time").input_value() == "11:00"


def fill_up(evening, starts_at: str, covers: int = 12) -> list[str]:
    """Books that time until nothing is left for so many."""
    made = []
    for _ in range(12):
        answer = evening.give("book", name="Crowd", covers=covers, starts_at=starts_at, phone=phone())
        if answer["status"] == "refused":
            assert answer["reason"] == "full", answer
            return made
        made.append(answer["result"]["booking_id"])
    raise AssertionError("that time is never full")


def test_a_full_time_is_waited_for_offered_and_taken(books, evening):
    at = later(evening, 6, "20:00")
    crowd = fill_up(evening, at)
    page = books(f"/book?waiting=1&date={at[:10]}", width=820)
    page.locator(".panes [aria-pressed=true]").filter(has_text="Waiting").wait_for()
    page.keyboard.press("n")
    f = form(page)
    f.locator("[name=name]").fill("Wystan Pike")
    f.locator("[name=phone]").fill(phone())
    f.get_by_label("More guests").select_option("12")
    f.locator('[data-time="20:00"]').click()
    full = f.get_by_test_id("full")
    full.get_by_role("button", name="waiting list for 20:00").click()
    f.get_by_role("button", name="Only then").click()
    f.get_by_test_id("join-now").click()
    waits = page.locator("[data-slot]").filter(has_text="Wystan Pike")
    waits.wait_for()
    assert evening.give("cancel_booking", booking_id=crowd[0], reason="Plans changed")["status"] == "done"
    waits.locator(".offer.sent").filter(has_text="Offered").wait_for()
    waits.get_by_text("left").wait_for()
    waits.get_by_role("button", name="They take it").click()
    waits.wait_for(state="detached")
    page.locator(".panes button").first.click()
    page.locator("[data-booking]").filter(has_text="Wystan Pike").filter(has_text="Confirmed").wait_for()


def test_a_blacklisted_guest_is_booked_with_a_reason_only(books, evening):
    made = booked(evening, name="Mordred Ash", starts_at=later(evening, 10))
    guest = row_of(evening, made["booking_id"])["guest_id"]
    page = books(f"/book?guest={guest}")
    card = page.get_by_test_id("guest")
    card.get_by_test_id("ban").click()
    page.get_by_test_id("reason").get_by_test_id("yes").click()
    page.get_by_test_id("reason").get_by_role("alert").wait_for()  # no reason, no blacklist
    page.get_by_label("Reason").fill("Threw a chair at the piano")
    page.get_by_test_id("reason").get_by_test_id("yes").click()
    card.get_by_text("Threw a chair at the piano").first.wait_for()
    card.get_by_role("button", name="Book", exact=True).click()
    f = form(page)
    f.locator('[data-time="23:00"]').click()
    banned = f.get_by_test_id("banned")
    banned.wait_for()
    f.get_by_test_id("save").click()
    banned.get_by_role("alert").filter(has_text="10 characters").wait_for()
    banned.get_by_role("textbox").fill("The piano forgave him")
    f.get_by_test_id("save").click()
    page.get_by_test_id("done").get_by_test_id("good").click()
    page.locator("[data-booking]").filter(has_text="Mordred Ash").first.wait_for()


def test_a_change_shows_what_others_changed_meanwhile(books, evening):
    made = booked(evening, name="Isaura Bly", starts_at=later(evening, 7), notes="old")
    page = books(f"/book?booking={made['booking_id']}")
    sheet(page).get_by_test_id("change").click()
    f = form(page)
    f.locator("[name=notes]").fill("mine")
    assert evening.give("edit_booking", booking_id=made["booking_id"], notes="theirs")["status"] == "done"
    f.get_by_test_id("save").click()
    clash = f.get_by_test_id("clash")
    clash.filter(has_text="since you looked").filter(has_text="theirs").wait_for()
    clash.get_by_role("button", name="Apply mine anyway").click()
    f.wait_for(state="detached")
    toast(page, "Isaura Bly changed")
    assert row_of(evening, made["booking_id"])["notes"] == "mine"
    log = sheet(page).get_by_test_id("log")
    log.filter(has_text="theirs").filter(has_text="mine").wait_for()
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    toast(page, "Taken back")
    assert row_of(evening, made["booking_id"])["notes"] == "theirs"


def test_arrivals_in_step_on_two_tablets_and_back(books, evening):
    somebody = next(
        b
        for b in evening.rows("booking").values()
        if b["status"] == "confirmed" and not b["unplaced"] and not b["late_at"]
    )
    a, b = books(), books(role="host")
    row(a, somebody["id"]).locator("button.quick").click()
    for page in (a, b):
        row(page, somebody["id"]).filter(has_text="Here").wait_for()
    toast(a, "is here")
    a.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    row(b, somebody["id"]).filter(has_text="Confirmed").wait_for()
    row(b, somebody["id"]).locator(".open").click()
    s = sheet(b)
    s.get_by_role("button", name="Late call").click()
    s.get_by_role("button", name="20′").click()
    row(a, somebody["id"]).filter(has_text="expects").wait_for()
    s.get_by_role("button", name="Reconfirm").click()
    s.get_by_text("Reconfirmed").first.wait_for()
    s.get_by_role("button", name="At the bar").click()
    row(a, somebody["id"]).filter(has_text="At the bar").wait_for()
    assert not s.get_by_role("button", name="Late call").count(), "who is here cannot be late"
    assert s.get_by_role("link", name=re.compile("floor|Elsewhere")).get_attribute("href").startswith("/floor")


def test_a_late_party_is_told_by_minutes_and_may_be_written_off(books, evening):
    late = [b for b in evening.rows("booking").values() if b["status"] in ("confirmed", "reminded") and b["late_at"]]
    page = books()
    if not late:
        made = booked(evening, name="Tardy", starts_at=evening.now()[:16] + ":00Z")
        assert evening.give("mark_late", booking_id=made["booking_id"])["status"] == "done"
        assert evening.give("set_clock", rate=60)["status"] == "done"
        late = [{"id": made["booking_id"]}]
    target = row(page, late[0]["id"])
    target.get_by_text(re.compile(r"\d+′ late")).wait_for()
    if evening.sign_in().get("/api/state/floor:" + evening.site):
        evening.give("set_clock", rate=1)
    page.locator("[data-filter=late]").click()
    target.locator(".open").click()
    sheet(page).get_by_role("button", name="No-show").wait_for()


def test_cancelling_asks_for_another_time_and_for_the_reason(books, evening):
    made = booked(evening, name="Perpetua Lund", starts_at=later(evening, 2))
    page = books(f"/book?booking={made['booking_id']}")
    sheet(page).get_by_role("button", name="Cancel", exact=True).click()
    d = page.get_by_test_id("cancel")
    d.get_by_test_id("terms").filter(has_text="Free until").wait_for()
    assert d.get_by_test_id("others").get_by_role("button").count() >= 1
    d.get_by_test_id("yes").click()
    d.get_by_role("alert").wait_for()
    d.get_by_role("button", name="Plans changed").click()
    d.get_by_test_id("yes").click()
    d.wait_for(state="detached")
    sheet(page).get_by_text("“Plans changed”").first.wait_for()
    assert not sheet(page).get_by_test_id("change").count()
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    sheet(page).get_by_text("Confirmed", exact=True).first.wait_for()


def test_a_mistaken_booking_is_deleted_with_a_reason_and_restored(books, evening):
    made = booked(evening, name="Twice Told", starts_at=later(evening, 8))
    page = books(f"/book?booking={made['booking_id']}")
    row(page, made["booking_id"]).wait_for()
    sheet(page).get_by_test_id("delete").click()
    d = page.get_by_test_id("reason")
    d.get_by_label("Reason").fill("too short")
    d.get_by_test_id("yes").click()
    d.get_by_role("alert").filter(has_text="1 to go").wait_for()
    d.get_by_label("Reason").fill("made twice by phone")
    d.get_by_test_id("yes").click()
    row(page, made["booking_id"]).wait_for(state="detached")
    page.get_by_test_id("deleted").click()
    gone = page.get_by_test_id("deleted-list").get_by_role("listitem").filter(has_text="Twice Told")
    gone.filter(has_text="made twice by phone").get_by_role("button", name="Restore").click()
    row(page, made["booking_id"]).wait_for()


def test_a_guest_card_is_changed_in_place_and_its_booking_follows(books, evening):
    made = booked(evening, name="Ottoline Grey", starts_at=later(evening, 11))
    page = books(f"/book?booking={made['booking_id']}")
    sheet(page).get_by_test_id("guest").click()
    card = page.get_by_test_id("guest").filter(has_text="To come · 1")
    card.get_by_test_id("edit").click()
    edit = page.get_by_test_id("guest-edit")
    edit.locator("[data-flag=nut_allergy]").click()
    edit.get_by_role("button", name="Text", exact=True).click()
    edit.locator("[name=notes]").fill("Prefers the corner")
    edit.get_by_test_id("save").click()
    page.get_by_test_id("guest").get_by_text("Prefers the corner").first.wait_for()
    page.get_by_test_id("guest").get_by_text("Nut allergy").first.wait_for()
    row(page, made["booking_id"]).locator(".chip.al").filter(has_text="Nut allergy").wait_for()
    page.get_by_test_id("guest").get_by_test_id("log").filter(has_text="Prefers the corner").wait_for()


def test_two_cards_of_one_person_become_one(books, evening):
    one = row_of(evening, booked(evening, name="Leopold Marsh", starts_at=later(evening, 12))["booking_id"])
    two = row_of(evening, booked(evening, name="Leo Marsh", starts_at=later(evening, 13))["booking_id"])
    page = books(f"/book?guest={one['guest_id']}")
    page.get_by_test_id("guest").get_by_test_id("merge").click()
    d = page.get_by_test_id("merge-dialog")
    d.locator(f'[data-guest="{two["guest_id"]}"]').click()
    d.get_by_role("row", name="Phone").wait_for()
    d.get_by_test_id("yes").click()
    d.wait_for(state="detached")
    page.get_by_test_id("guest").filter(has_text="To come · 2").wait_for()
    assert row_of(evening, two["id"])["guest_id"] == one["guest_id"]


def test_what_was_said_to_the_guest_stands_on_the_sheet(books, evening):
    made = booked(evening, name="Cosima Hale", starts_at=later(evening, 14), sms_opt_in=True)
    page = books(f"/book?booking={made['booking_id']}")
    messages = sheet(page).get_by_test_id("messages")
    messages.filter(has_text=made["code"]).wait_for()
    messages.get_by_text(re.compile("sent|delivered|waiting to go")).first.wait_for()
    sheet(page).get_by_role("button", name="Remind").click()
    sheet(page).get_by_text("Reminded", exact=True).first.wait_for()
    messages.get_by_role("listitem").nth(1).wait_for()


def test_without_the_link_the_form_is_kept_and_sent_when_it_is_back(books, evening):
    page = books()
    page.keyboard.press("n")
    f = form(page)
    f.locator("[name=name]").fill("Patience Storm")
    f.locator("[name=phone]").fill(phone())
    f.locator('[data-time="23:15"]').click()
    evening.stop()
    try:
        page.locator(".banner").filter(has_text="Offline since").wait_for()
        f.get_by_test_id("save").click()
        f.get_by_test_id("save").filter(has_text="Waiting for the link").wait_for()
        assert page.locator("[data-booking]").count() > 10  # the book as it was last known
    finally:
        evening.start()
    page.get_by_test_id("done").wait_for()
    assert any(b["name"] == "Patience Storm" for b in evening.rows("booking").values())


def test_everything_by_keyboard(books, evening):
    page = books()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.keyboard.press("1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("document.activeElement.closest('[data-booking]').dataset.booking")
    assert focused == page.locator("[data-booking]").nth(1).get_attribute("data-booking")
    page.keyboard.press("Enter")
    sheet(page)
    page.keyboard.press("e")
    f = form(page)
    assert page.evaluate("!!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    f.wait_for(state="detached")
    page.wait_for_function("!!document.activeElement.closest('.drawer')")  # focus comes back to the sheet
    page.keyboard.press("Escape")
    page.wait_for_function("id => document.activeElement.closest('[data-booking]')?.dataset.booking === id", arg=focused)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("d => document.querySelector('main').dataset.day === d", arg=later(evening, 1)[:10])
    page.keyboard.press("t")
    page.wait_for_function("d => document.querySelector('main').dataset.day === d", arg=later(evening, 0)[:10])


def test_a_row_that_left_meanwhile_leaves_the_focus_to_its_list(books, evening):
    made = booked(evening, name="Gone", starts_at=later(evening, 0, "23:45"))
    page = books()
    page.locator("[data-filter=coming]").click()
    row(page, made["booking_id"]).locator(".open").press("Enter")
    sheet(page)
    assert evening.give("cancel_booking", booking_id=made["booking_id"], reason="changed_plans")["status"] == "done"
    row(page, made["booking_id"]).wait_for(state="detached")
    page.keyboard.press("Escape")
    page.locator(".book-list:focus").wait_for()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing(books, evening, theme):
    made = booked(evening, name="Axel", starts_at=later(evening, 0, "23:30"), flags=["nut_allergy"], occasion="birthday",
                  requests="A cake", notes="Regular", tags=["press"], preorders=[{"what": "Cake"}])  # fmt: skip
    page = books(theme=theme)
    assert violations(page) == []
    row(page, made["booking_id"]).locator(".open").click()
    sheet(page).get_by_test_id("log").wait_for()
    sheet(page).get_by_test_id("messages").wait_for()
    assert violations(page) == [], "sheet"
    sheet(page).get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_test_id("terms").wait_for()
    assert violations(page) == [], "cancel"
    page.keyboard.press("Escape")
    sheet(page).get_by_test_id("guest").click()
    page.get_by_test_id("guest").get_by_text("To come").wait_for()
    assert violations(page) == [], "guest"
    page.get_by_test_id("guest").get_by_test_id("edit").click()
    assert violations(page) == [], "guest, changing"
    page.keyboard.press("Escape")
    page.locator("body").press("n")
    f = form(page)
    f.locator("[name=name]").press_sequentially("Axe", delay=20)
    f.locator("[role=option]").first.wait_for()
    f.get_by_role("button", name="Name one").click()
    f.get_by_role("button", name="More: ").click()
    assert violations(page) == [], "form"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("[data-testid=deleted]").click()
    page.get_by_test_id("deleted-list").wait_for()
    assert violations(page) == [], "deleted"


@pytest.mark.parametrize("size", [(1280, 800), (1024, 768), (768, 1024), (390, 844)])
def test_no_sideways_scroll_and_every_target_is_a_fingers_width(books, size):
    page = books(width=size[0], height=size[1])

    def small() -> list[Any]:
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        return page.evaluate("""() => [...document.querySelectorAll('button, a, select, input:not([type=checkbox])')]
            .filter(b => b.checkVisibility() && b.getClientRects().length && !b.closest('.glink a, .taglist')).map(b => {
                const r = b.getBoundingClientRect();
                return [b.ariaLabel || b.textContent.trim().slice(0, 30) || b.name, Math.round(r.width), Math.round(r.height)];
            }).filter(([, w, h]) => w < 43.5 || h < 41.5)""")

    assert small() == []
    page.locator("[data-filter=coming]").click()
    page.locator("[data-booking] .open").first.click()
    sheet(page).get_by_test_id("log").wait_for()
    assert small() == [], "sheet"
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    form(page)
    assert small() == [], "form"
    box = page.get_by_test_id("save").bounding_box()
    assert box["y"] + box["height"] <= size[1], "the main button is in sight"


def test_four_hundred_bookings_scroll_and_filter_at_once(tablets, evening, record_property):
    page = tablets(role="manager")

    def many(route: Any) -> None:
        """The day's own state, its bookings told several times over."""
        state = route.fetch().json()
        copies = [
            row | {"id": f"{row['id']}-{n}", "name": f"{row['name']} {n}"}
            for n in range(8) for row in state["rows"] if row["type"] == "booking"
        ]  # fmt: skip
        route.fulfill(json=state | {"rows": state["rows"] + copies})

    page.route(re.compile(r"/api/state/book"), many)
    page.goto(evening.url + "/book")
    page.wait_for_function("() => document.querySelectorAll('[data-booking]').length >= 400")
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable", {"timeDomain": "threadTicks"})  # the thread's own time: others share this box

    def worked_s() -> float:
        return next(m["value"] for m in cdp.send("Performance.getMetrics")["metrics"] if m["name"] == "TaskDuration")

    page.evaluate("document.querySelector('.book-list').scrollTop = 0")
    page.wait_for_timeout(500)
    before = worked_s()
    page.evaluate("""async () => {
        for (let i = 0; i < 40; i++) {
            document.querySelector('.book-list').scrollTop += 700;
            await new Promise(requestAnimationFrame);
        }
    }""")
    spent_ms = (worked_s() - before) * 1000 / 40
    record_property("main_thread_ms_per_screenful", round(spent_ms, 1))
    assert spent_ms < 60, spent_ms
    name = next(b["name"] for b in evening.rows("booking").values() if b["status"] == "confirmed")
    page.get_by_label("Find in the book").fill(f"{name} 7")
    page.wait_for_function("() => document.querySelectorAll('[data-booking]').length < 10")
    page.unroute_all(behavior="wait")


def test_a_booking_is_taken_to_the_floor(books, evening):
    """From the sheet to the plan: the party is in hand there, and the address says no more about it."""
    page = books()
    coming = next(r for r in evening.rows("booking").values() if r["status"] == "confirmed" and not r["unplaced"])
    page.goto(f"{evening.url}/floor?booking={coming['id']}")
    live(page)
    page.locator(".pane.picking").wait_for()
    page.get_by_text(coming["name"]).first.wait_for()
    assert page.url.endswith("/floor")
    page.keyboard.press("Escape")
    page.locator(".pane.picking").wait_for(state="detached")
