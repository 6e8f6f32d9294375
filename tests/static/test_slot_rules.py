"""When guests can book, set by a manager: in words, after a look at who is booked, seen by the other manager at once."""

import re

import httpx
import pytest

from tests.static.conftest import live, until
from tests.static.test_fit_and_finish import violations

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(240)]
KINDS = {"rules": ("delete_slot_rule", "rule_id"), "days": ("delete_special_day", "day_id"), "weather": ("delete_weather", "weather_id")}
NOTHING = dict.fromkeys(("covers_max", "staff_level", "special_event", "pricing", "incentive", "recommended"))


@pytest.fixture
def office(handed, evening):
    """Opens the booking times in a role."""

    def open_one(face="week", *, role="manager", width=1180, height=820, theme="light"):
        page = handed(width=width, height=height, role=role, has_touch=True,
                      script=f"localStorage.setItem('theme-admin', '{theme}')")  # fmt: skip
        page.goto(f"{evening.url}/admin#slots/{face}")
        page.locator({"week": ".wgrid", "dates": "[data-testid=add-day]", "night": ".bars, [data-testid=closing]"}[face]).first.wait_for()
        live(page)
        return page

    return open_one


@pytest.fixture
def boss(evening):
    """A manager elsewhere in the house, without a browser; the calendar is empty before and after."""
    with httpx.Client(base_url=evening.url, timeout=10) as client:
        client.post("/api/login/sample", json={"role": "admin"})
        me = client.get("/api/me").json()
        site = me["sites"][0]["site_id"]

        class Boss:
            name, count = me["name"], 0

            def give(self, command, **args):
                Boss.count += 1
                answer = client.post(f"/api/commands/{command}", json={"site_id": site, "key": f"boss-{id(self)}-{Boss.count}", **args}).json()
                assert answer["status"] == "done", answer
                return answer["result"]

            def read(self, path):
                return client.get(f"/api/sites/{site}/{path}").json()

            def config(self, kind):
                return self.read("slots/config")[kind]

            @property
            def today(self):
                return self.read("card")["service_date"]

            def clear(self):
                for kind, (command, field) in KINDS.items():
                    for row in self.config(kind):
                        self.give(command, **{field: row["id"]})
                for row in self.config("records"):
                    self.give("set_slot", on=row["on"], at=row["at"], active=True, **NOTHING)
                for row in self.config("staff_levels"):
                    self.give("set_staff_level", on=row["on"], level=None)

        boss = Boss()
        boss.clear()
        yield boss
        boss.clear()


RULE = {"weekdays": [2], "from_time": "17:00", "until_time": "22:30", "covers_max": 40}


def look(page):
    page.get_by_test_id("review").click()
    page.get_by_test_id("effects").wait_for()


def confirm(page):
    page.get_by_test_id("confirm").click()
    page.get_by_test_id("reviewing").wait_for(state="detached")


def toast(page, text):
    found = page.get_by_test_id("toast").filter(has_text=text)
    found.wait_for()
    return found


def test_a_service_is_added_in_words_seen_by_the_other_manager_at_once_and_taken_back(office, boss):
    page, other = office(), office(role="admin")
    page.get_by_test_id("add-rule").click()
    editor = page.get_by_test_id("editor")
    editor.get_by_label("Friday").click()
    editor.get_by_label("Tuesday").click()
    editor.get_by_label("From").fill("17:00")
    editor.get_by_label("Until").fill("22:30")
    editor.get_by_role("spinbutton", name="Covers").fill("40")
    words = "Tue 17:00–22:30 every 15 min, 40 covers per 15 min"
    editor.get_by_test_id("words").filter(has_text=f"{words}. 22 times, the last at 22:15, 880 covers at most.").wait_for()
    look(page)
    assert boss.config("rules") == [], "a look is no change"
    confirm(page)
    for screen in (page, other):
        row = screen.locator("[data-rule]").filter(has_text="Tue 17:00–22:30").filter(has_text="40 covers per 15 min")
        row.locator(".by").wait_for()  # who and when
        assert screen.locator(".svc").count() == 1
    toast(page, words).get_by_role("button", name="Undo").click()
    other.locator("[data-rule]").wait_for(state="detached")
    assert boss.config("rules") == []


def test_what_is_wrong_is_said_at_its_field_by_the_screen_and_by_the_house(office, boss):
    boss.give("set_slot_rule", **RULE)
    page = office()
    page.get_by_label("Add a service on Friday 12:00–15:00").click()
    editor = page.get_by_test_id("editor")
    editor.get_by_test_id("words").filter(has_text="Fri 12:00–15:00").wait_for()
    page.get_by_test_id("add-rule").click()
    editor.get_by_test_id("words").filter(has_text="Fri 17:00").wait_for()
    editor.get_by_label("Friday").click()
    editor.get_by_label("Until").fill("16:00")
    editor.get_by_label("From").fill("17:00")
    editor.get_by_role("spinbutton", name="Covers").fill("1000")
    editor.get_by_test_id("review").click()
    for told in ("Name the weekdays", "end after it begins", "from 0 to 999"):
        editor.get_by_role("alert").filter(has_text=told).wait_for()
    assert editor.get_by_label("Until").get_attribute("aria-invalid") == "true"
    editor.get_by_label("Tuesday").click()
    editor.get_by_label("Until").fill("18:00")
    editor.get_by_role("spinbutton", name="Covers").fill("10")
    editor.get_by_test_id("review").click()
    field = editor.locator("label.f").filter(has_text="From")
    field.get_by_role("alert").filter(has_text="On Tuesday there is a rule from 17:00 until 22:30 already.").wait_for()
    assert len(boss.config("rules")) == 1


def test_who_was_quicker_is_named_while_one_writes_and_when_one_saves(office, boss):
    rule_id = boss.give("set_slot_rule", **RULE)["rule_id"]
    page = office()
    page.locator(f'[data-rule="{rule_id}"]').click()
    editor, rival = page.get_by_test_id("editor"), page.get_by_test_id("rival")
    assert editor.get_by_test_id("review").is_disabled()  # nothing changed yet
    editor.get_by_role("spinbutton", name="Covers").fill("20")
    boss.give("set_slot_rule", rule_id=rule_id, covers_max=30)
    rival.filter(has_text=boss.name).filter(has_text="30 covers per 15 min").wait_for()  # unasked
    rival.get_by_role("button", name="Keep theirs").click()
    assert editor.get_by_role("spinbutton", name="Covers").input_value() == "30"
    editor.get_by_role("spinbutton", name="Covers").fill("20")
    look(page)
    boss.give("set_slot_rule", rule_id=rule_id, covers_max=35)
    page.get_by_test_id("confirm").click()
    rival.filter(has_text=boss.name).filter(has_text="35 covers per 15 min").wait_for()
    assert boss.config("rules")[0]["covers_max"] == 35, "nothing is overwritten unseen"
    rival.get_by_role("button", name="Save mine over it").click()
    page.get_by_test_id("editor").wait_for(state="detached")
    assert boss.config("rules")[0]["covers_max"] == 20
    page.locator(f'[data-rule="{rule_id}"]').click()
    assert "Covers 35 → 20" in editor.get_by_label("History").inner_text()


def test_a_day_is_closed_after_its_bookings_were_looked_at_and_deleted_with_a_way_back(office, boss, evening):
    coming = sum(b["status"] in ("confirmed", "reminded") for b in evening.rows("booking").values())
    page = office("dates")
    page.get_by_test_id("add-day").click()
    editor = page.get_by_test_id("editor")
    editor.get_by_label("First day").fill(boss.today)
    editor.get_by_test_id("review").click()
    editor.get_by_role("alert").filter(has_text="Give it a name").wait_for()
    editor.get_by_label("What it is called").fill("Power cut")
    look(page)
    told = page.get_by_test_id("effects").inner_text()
    assert re.match(rf"{coming} bookings, \d+ covers, would no longer fit", told), (coming, told)
    assert page.locator(".touched li").count() == 6
    page.get_by_role("button", name=f"Show all {coming}").click()
    assert page.locator(".touched li").count() == coming
    confirm(page)
    row = page.locator("[data-day]").filter(has_text="Power cut").filter(has_text="Closed")
    row.click()
    page.get_by_test_id("delete").click()
    assert "Nobody is left out" in page.get_by_test_id("effects").inner_text()
    confirm(page)
    row.wait_for(state="detached")
    toast(page, "Deleted").get_by_role("button", name="Undo").click()
    row.wait_for()
    assert [day["title"] for day in boss.config("days")] == ["Power cut"]


def test_one_time_of_one_day_is_taken_out_of_offers(office, boss):
    page = office("dates")
    page.get_by_test_id("add-time").click()
    page.locator(".timegrid").get_by_role("button", name=re.compile("^21:00")).click()
    page.get_by_role("button", name="Not offered").click()
    look(page)
    confirm(page)
    row = page.locator("[data-time]").filter(has_text="21:00").filter(has_text="not offered")
    row.click()
    assert next(slot for slot in boss.read(f"slots/{boss.today}")["slots"] if slot["at"] == "21:00")["state"] == "closed"
    page.get_by_test_id("delete").click()
    confirm(page)
    row.wait_for(state="detached")
    assert boss.config("records") == []


def test_tonight_staff_rain_and_closing(office, boss):
    boss.give("set_slot_rule", **RULE | {"weekdays": [1, 2, 3, 4, 5, 6, 7], "covers_max": 30, "staff_needed": 10})
    page, other = office("night"), office("night", role="admin")
    staff = page.get_by_test_id("staff-level")
    staff.get_by_role("spinbutton", name="People serving").fill("5")
    staff.get_by_test_id("save-level").click()
    page.get_by_test_id("reviewing").filter(has_text="50 % where 10 are needed").wait_for()
    page.get_by_test_id("effects").wait_for()
    confirm(page)
    other.get_by_test_id("staff-level").filter(has_text="5 people on duty").locator(".by").wait_for()
    other.locator('.bar[title*="of 15 covers"]').first.wait_for()  # what is offered fell with it
    page.get_by_test_id("rain-tell").click()
    page.get_by_test_id("effects").wait_for()
    assert "Terrace" in page.get_by_test_id("reviewing").inner_text()
    confirm(page)
    other.get_by_test_id("rain").filter(has_text="Rain until").get_by_test_id("dry").click()
    other.get_by_test_id("effects").wait_for()
    confirm(other)
    page.get_by_test_id("rain").filter(has_text="Dry").wait_for()
    page.get_by_test_id("close-early").click()
    page.get_by_label("Nobody comes from").fill("21:30")
    page.get_by_test_id("closing-next").click()
    page.get_by_test_id("effects").wait_for()
    confirm(page)
    other.get_by_test_id("closing").filter(has_text="–21:30 today").wait_for()
    assert until(page, lambda: [s["at"] for s in boss.read(f"slots/{boss.today}")["slots"]][-1]) == "21:15"
    page.get_by_test_id("closing").get_by_test_id("reopen").click()
    page.get_by_test_id("effects").wait_for()
    confirm(page)
    page.get_by_role("button", name="Close Terrace").click()
    page.get_by_label("Why").fill("Wedding")
    page.get_by_test_id("closing-next").click()
    page.get_by_test_id("effects").wait_for()
    confirm(page)
    other.get_by_test_id("closing").filter(has_text="Terrace is closed").filter(has_text="Wedding").wait_for()
    assert [(day["kind"], bool(day["area_id"]), day["title"]) for day in boss.config("days")] == [("closed", True, "Wedding")]


@pytest.mark.parametrize(("theme", "width", "height"), [("light", 1280, 800), ("dark", 390, 844)])
def test_it_is_clear_to_all_it_fits_and_every_target_is_a_fingers_width(office, boss, theme, width, height):
    rule_id = boss.give("set_slot_rule", **RULE)["rule_id"]
    boss.give("set_special_day", kind="event", title="Jazz", first_day="2026-12-24", hours=["18:00", "23:00"])
    page = office(theme=theme, width=width, height=height)
    for face, ready, opens in (("night", ".bars", ""), ("week", ".wgrid", f'[data-rule="{rule_id}"]'), ("dates", "[data-day]", "[data-day]")):
        page.evaluate("hash => { location.hash = hash }", f"slots/{face}")
        page.locator(ready).first.wait_for()
        if opens:
            page.locator(opens).first.click()
            page.get_by_label("History").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, face)
        small = page.evaluate("""() => [...document.querySelectorAll('button, .sections a, .radio, .check, select, input.in')].filter(b => b.offsetParent).map(b => {
            const r = b.getBoundingClientRect(); return [b.ariaLabel || b.textContent.trim().slice(0, 30), r.width, r.height];
        }).filter(([, w, h]) => w < 43.5 || h < 43.5)""")
        assert small == [], (width, face)
        assert violations(page) == [], (width, face)
        if opens:
            page.get_by_test_id("editor").get_by_label("Close", exact=True).click()
