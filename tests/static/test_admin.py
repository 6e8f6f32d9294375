"""The office at work: what a manager changes is looked at first, published, and on record; who may not, sees why."""

import re

import httpx
import pytest

from tests.static.conftest import live
from tests.static.test_fit_and_finish import violations

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(240)]
BUFFER = "dining.buffer_min"


@pytest.fixture
def office(handed, evening):
    """Opens a section of the office in a role."""

    def open_one(place="policies", *, role="manager", width=1280, height=800, theme="light", wait=True):
        page = handed(width=width, height=height, role=role, has_touch=True,
                      script=f"localStorage.setItem('theme-admin', '{theme}')")  # fmt: skip
        page.goto(f"{evening.url}/admin#{place}")
        if wait:
            page.locator(".page .listing").wait_for()
            live(page)
        return page

    return open_one


@pytest.fixture
def boss(evening):
    """A manager elsewhere in the house, without a browser."""
    with httpx.Client(base_url=evening.url, timeout=10) as client:
        client.post("/api/login/sample", json={"role": "manager"})
        site = client.get("/api/me").json()["sites"][0]["site_id"]

        class Boss:
            name = client.get("/api/me").json()["name"]
            count = 0

            def give(self, command, **args):
                Boss.count += 1
                body = {"site_id": site, "key": f"boss-{id(self)}-{Boss.count}", **args}
                return client.post(f"/api/commands/{command}", json=body).json()

            def read(self, path):
                return client.get(f"/api/sites/{site}/{path}").json()

            def value(self, policy, kind=None):
                views = self.read("policies")
                here = [v for v in views if v["policy"] == policy]
                return next((v for v in here if v["kind"] == kind), here[0])["value"]

            def reset(self, *policies):
                for view in self.read("policies"):
                    if view["policy"] in policies and not view["kind"]:
                        for said in view["values"]:
                            self.give("set_policy", policy=view["policy"], scope=said["scope"], kind=said["kind"], value=None)

        yield Boss()


def publish(page):
    page.get_by_test_id("review").click()
    page.get_by_test_id("publish").click()
    page.get_by_test_id("reviewing").wait_for(state="detached")


def test_a_policy_is_changed_after_a_look_and_put_back(office, boss):
    boss.reset(BUFFER)
    page = office()
    page.get_by_label("Find a policy").fill("cleaning")
    row = page.locator(f'[data-policy="{BUFFER}"]')
    assert page.locator("[data-policy]").count() == 1
    row.click()
    editor = page.get_by_test_id("editor")
    assert editor.get_by_test_id("review").is_disabled()  # nothing changed yet
    assert "until 20:45" in editor.get_by_test_id("example").inner_text()  # 19:00, 90 minutes, 15 of cleaning
    editor.get_by_label("Cleaning time between two parties: more").click()
    assert "until 20:50" in editor.get_by_test_id("example").inner_text()
    editor.get_by_label("Why").fill("Fridays run over")
    editor.get_by_test_id("review").click()
    assert re.search(r"15 min\s*after\s*20 min", editor.get_by_test_id("diff").inner_text())
    assert boss.value(BUFFER) == 15, "a look is no change"
    editor.get_by_test_id("publish").click()
    page.get_by_test_id("toast").filter(has_text="Published").wait_for()
    row.filter(has_text="20 min").filter(has_text="This site").filter(has_text=boss.name).wait_for()
    assert boss.value(BUFFER) == 20
    first = editor.locator(".hist li").first
    first.filter(has_text="in force").filter(has_text="Fridays run over").wait_for()
    older = int(first.locator(".v").inner_text())
    editor.get_by_label("Cleaning time between two parties: less").click()
    editor.get_by_label("Cleaning time between two parties: less").click()
    publish(page)
    row.filter(has_text="10 min").wait_for()
    editor.get_by_role("button", name=f"Restore version {older}", exact=True).click()
    assert re.search(r"10 min\s*after\s*20 min", editor.get_by_test_id("back").inner_text())
    editor.get_by_test_id("restore").click()
    row.filter(has_text="20 min").wait_for()
    assert boss.value(BUFFER) == 20
    editor.get_by_label("Take this value back").check()
    publish(page)
    row.filter(has_text="Default").wait_for()
    page.keyboard.press("Escape")
    editor.wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.policy") == BUFFER  # focus goes back to the list


def test_who_was_quicker_is_named_and_nothing_is_overwritten_unseen(office, boss):
    boss.reset(BUFFER)
    page = office(f"policies/{BUFFER}", role="super_admin")
    editor = page.get_by_test_id("editor")
    editor.get_by_label("Cleaning time between two parties: more").click()
    editor.get_by_test_id("review").click()
    assert boss.give("set_policy", policy=BUFFER, value=30, reason="Big parties")["status"] == "done"
    editor.get_by_test_id("publish").click()
    rival = editor.get_by_test_id("rival")
    rival.wait_for()
    for told in (boss.name, "30 min", "Big parties"):
        assert told in rival.inner_text()
    assert boss.value(BUFFER) == 30
    rival.get_by_role("button", name="Publish mine over it").click()
    page.locator(f'[data-policy="{BUFFER}"]').filter(has_text="20 min").wait_for()
    assert boss.value(BUFFER) == 20
    boss.reset(BUFFER)


def test_what_is_refused_is_said_at_its_field(office, boss):
    boss.reset(BUFFER, "waitlist.priority")
    page = office(f"policies/{BUFFER}")
    editor = page.get_by_test_id("editor")
    editor.get_by_label("Cleaning time between two parties", exact=True).fill("500")
    publish(page)
    field = editor.locator("fieldset.value")
    assert "from 0 to 120" in field.get_by_role("alert").inner_text()
    assert field.get_by_role("spinbutton").get_attribute("aria-invalid") == "true"
    assert boss.value(BUFFER) == 15
    page.goto(page.url.replace(BUFFER, "waitlist.priority"))
    editor.get_by_role("spinbutton", name="Gold").fill("11")
    publish(page)
    line = editor.locator(".parts li").filter(has_text="Gold")
    assert "10 or less" in line.get_by_role("alert").inner_text()


def test_a_kind_of_booking_can_differ(office, boss):
    boss.reset(BUFFER)
    page = office(f"policies/{BUFFER}")
    editor = page.get_by_test_id("editor")
    editor.get_by_role("button", name="Events").click()
    editor.get_by_label("Cleaning time between two parties", exact=True).fill("45")
    publish(page)
    row = page.locator(f'[data-policy="{BUFFER}"]')
    row.filter(has_text="Events: 45 min").filter(has_text="15 min").wait_for()
    assert (boss.value(BUFFER, "event"), boss.value(BUFFER)) == (45, 15)
    boss.reset(BUFFER)


def test_each_make_of_value_has_its_editor(office, boss):
    made = {
        "qr.auto_occupy": (lambda e: e.get_by_role("switch").click(), False),
        "floor.theme": (lambda e: e.get_by_text("Classic five").click(), "classic"),
        "venue.day_ends": (lambda e: e.get_by_label("The service day ends").fill("05:30"), "05:30"),
        "assign.weights": (lambda e: e.get_by_role("button", name="Empty seat: more").click(),
                           {"wasted_seat": 5, "feature": 3, "preference": 2, "priority": 1}),
        "waitlist.quote_bands": (lambda e: e.get_by_role("button", name="Take out the band 5 to 6").click(),
                                 [[1, 2], [3, 4], [5, 20]]),
    }  # fmt: skip
    boss.reset(*made)
    page = office()
    try:
        for policy, (act, value) in made.items():
            page.evaluate("hash => { location.hash = hash }", f"policies/{policy}")
            page.locator(f'[data-policy="{policy}"][aria-current]').wait_for()
            act(page.get_by_test_id("editor"))
            assert page.get_by_test_id("example").inner_text() != ""
            publish(page)
            page.locator(f'[data-policy="{policy}"]').filter(has_text="This site").wait_for()
            assert boss.value(policy) == value
    finally:
        boss.reset(*made)


def test_a_text_for_guests_is_seen_as_they_will_read_it(office, boss):
    policy = "template.table_ready.sms"
    boss.reset(policy)
    page = office(f"policies/{policy}")
    editor = page.get_by_test_id("editor")
    text = editor.get_by_label("Text")
    text.fill("Your table is ready, ")
    editor.get_by_role("button", name="guest name").click()
    assert text.input_value() == "Your table is ready, {guest_name}"
    assert "Your table is ready, Marta Silva" in editor.locator(".smsbox").inner_text()
    assert "32 characters, sent as 1 text" in editor.get_by_test_id("count").inner_text()
    text.press_sequentially(" 🎉")
    assert "only 70" in editor.get_by_test_id("count").inner_text()
    text.fill("Hello {gest_name}")
    assert "There is no {gest_name} here" in editor.get_by_role("alert").inner_text()
    publish(page)
    assert "There is no {gest_name} here" in editor.get_by_role("alert").inner_text()  # now the house says so
    text.fill("Ready, {guest_name}: {link}")
    editor.get_by_test_id("review").click()
    assert editor.locator("ins").count() > 0
    editor.get_by_test_id("publish").click()
    page.locator(f'[data-policy="{policy}"]').filter(has_text="Ready, {guest_name}").wait_for()
    assert boss.value(policy) == {"body": "Ready, {guest_name}: {link}"}
    boss.reset(policy)


def test_staff_come_change_roles_leave_and_come_back(office):
    page = office("staff", role="super_admin")
    page.get_by_test_id("add-staff").click()
    page.get_by_test_id("save").click()
    dialog = page.locator("dialog[open]")
    assert dialog.get_by_role("alert").count() == 4  # name, address, password, roles
    dialog.get_by_label("Name").fill("Noor Haddad")
    dialog.get_by_label("E-mail").fill("elena@casa-lumen.example")
    dialog.get_by_label("First password").fill("correct horse battery")
    dialog.get_by_text("Host", exact=True).click()
    dialog.get_by_label("E-mail").fill("noor@casa-lumen.example")
    page.get_by_test_id("save").click()
    card = page.locator("[data-staff]").filter(has_text="Noor Haddad")
    card.filter(has_text="Host").wait_for()
    card.get_by_role("button").click()
    dialog.get_by_text("Manager", exact=True).click()
    page.get_by_test_id("save").click()
    card.filter(has_text="Manager").wait_for()
    card.get_by_role("button").click()
    dialog.get_by_role("button", name="Close login").click()
    page.get_by_test_id("yes").click()
    card.wait_for(state="detached")
    page.get_by_role("button", name=re.compile("^Left")).click()
    card.get_by_role("button").click()
    page.get_by_test_id("back").click()
    card.wait_for(state="detached")
    page.get_by_role("button", name=re.compile("^Here")).click()
    page.get_by_label("Find by name or role").fill("noor")
    card.wait_for()
    assert page.locator("[data-staff]").count() == 1
    card.get_by_role("button").click()  # gone again: one-tap sign-in takes the first of a role
    dialog.get_by_role("button", name="Close login").click()
    page.get_by_test_id("yes").click()
    card.wait_for(state="detached")


def test_the_last_super_admin_stays_and_only_they_change_people(office):
    page = office("staff", role="super_admin")
    page.locator("[data-staff]").filter(has_text="you").get_by_role("button").click()
    dialog = page.locator("dialog[open]")
    owner = dialog.get_by_role("checkbox", name="Super admin")
    assert owner.is_disabled()
    assert "make somebody else one first" in dialog.inner_text()
    assert dialog.get_by_role("button", name="Close login").is_disabled()
    page.keyboard.press("Escape")
    rights = page.locator(".matrix tbody tr").filter(has_text="people.manage")
    assert rights.locator("td").first.inner_text().strip() == "yes"
    assert rights.get_by_text("yes").count() == 1
    other = office("staff", role="manager")
    assert other.get_by_test_id("add-staff").count() == 0
    assert other.locator("[data-staff] button").count() == 0


def test_a_key_is_shown_once_and_revoked(office, evening):
    page = office("keys")
    page.get_by_test_id("make-key").click()
    page.get_by_test_id("save").click()
    dialog = page.locator("dialog[open]")
    assert dialog.get_by_role("alert").count() == 2
    dialog.get_by_label("For which program").fill("The website")
    dialog.get_by_text("See the floor").click()
    page.get_by_test_id("save").click()
    key = page.get_by_test_id("key").input_value()
    asked = httpx.get(f"{evening.url}/api/state/floor:{evening.site}", headers={"authorization": f"Bearer {key}"})
    assert asked.status_code == 200
    page.get_by_role("button", name="I have written it down").click()
    card = page.locator("[data-key]").filter(has_text="The website").first
    assert key not in page.content()
    card.get_by_role("button", name="Revoke The website").click()
    page.get_by_test_id("yes").click()
    page.locator(".past summary").click()
    page.locator(".past [data-key]").filter(has_text="revoked").wait_for()


def test_the_record_tells_who_did_what_and_what_it_made(office, boss):
    boss.reset(BUFFER)
    assert boss.give("set_policy", policy=BUFFER, value=25, reason="For the record")["status"] == "done"
    page = office("record")
    page.get_by_label("What").select_option("set_policy")
    line = page.locator(".jline").filter(has_text="For the record").first
    line.wait_for()
    assert boss.name in line.inner_text()
    page.get_by_label("What").select_option("seat_party")
    page.get_by_label("Who").select_option("")
    seated = page.locator(".jline").filter(has_text="seated at").first
    seated.get_by_role("button").click()
    seated.locator(".changes td.now").filter(has_text="occupied").first.wait_for()
    boss.reset(BUFFER)


def test_what_was_deleted_is_restored(office, boss, evening):
    booking = next(b for b in evening.rows("booking").values() if b["status"] == "confirmed")
    done = boss.give("delete_booking", booking_id=booking["id"], reason="Taken down twice by mistake")
    assert done["status"] == "done", done
    page = office("deleted")
    card = page.locator(f'[data-deleted="{booking["id"]}"]')
    assert "Taken down twice by mistake" in card.inner_text()
    assert boss.name in card.inner_text()
    card.get_by_role("button").click()
    page.get_by_test_id("yes").click()
    card.wait_for(state="detached")
    assert booking["id"] in evening.rows("booking")


def test_the_house_and_who_may_come_in(office):
    page = office("house")
    assert "Casa Lumen" in page.locator(".listing h2").inner_text()
    assert page.locator(".hours tbody tr").count() >= 7
    assert page.locator(".hours .on").count() == 1
    host = office(role="host", wait=False)
    host.get_by_role("heading", name="No administration for this sign-in").wait_for()


def test_a_house_that_does_not_answer_is_asked_again(office):
    page = office("house")
    page.route("**/api/sites/**", lambda route: route.abort())
    page.get_by_role("link", name="API keys").click()
    page.get_by_role("alert").filter(has_text="does not answer").wait_for()
    page.unroute("**/api/sites/**")
    page.get_by_role("button", name="Try again").click()
    page.get_by_test_id("make-key").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_section_is_clear_to_all(office, theme):
    page = office(role="super_admin", theme=theme)
    for place in (f"policies/{BUFFER}", "policies/template.booking_confirmed.email", "policies/waitlist.quote_bands",
                  "policies/assign.weights", "policies/floor.theme", "staff", "keys", "record", "deleted", "house"):  # fmt: skip
        page.evaluate("hash => { location.hash = hash }", place)
        page.wait_for_function("() => !document.querySelector('.page .skel')")
        page.wait_for_timeout(100)
        assert violations(page) == [], place
    page.evaluate("location.hash = 'staff'")
    page.get_by_test_id("add-staff").click()
    assert violations(page) == [], "add somebody"


def test_it_fits_and_every_target_is_a_fingers_width(office):
    page = office(f"policies/{BUFFER}", role="super_admin")
    page.get_by_test_id("editor").wait_for()
    for width, height in ((1280, 800), (1024, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for place in (f"policies/{BUFFER}", "policies/waitlist.quote_bands", "staff", "record", "house"):
            page.evaluate("hash => { location.hash = hash }", place)
            page.wait_for_function("() => !document.querySelector('.page .skel')")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, place)
            small = page.evaluate("""() => [...document.querySelectorAll('button, .sections a, .rail a, .radio, .check, select')].filter(b => b.offsetParent).map(b => {
                const r = b.getBoundingClientRect(); return [b.ariaLabel || b.textContent.trim().slice(0, 30), r.width, r.height];
            }).filter(([, w, h]) => w < 43.5 || h < 43.5)""")
            assert small == [], (width, place)
