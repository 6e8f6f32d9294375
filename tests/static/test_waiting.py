"""The waiting line on the floor: an offer, its message, the guest's answer, and who the guest is."""

import re

import pytest

from tests.static.conftest import live, table, until
from tests.static.test_fit_and_finish import violations

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(240)]


@pytest.fixture
def waiting(evening):
    """Adds a party with a phone, as a host would, and takes it off afterwards."""
    added = []

    def add(name, *, covers=2, **more):
        answer = evening.give("add_party", name=name, covers=covers, **{"priority": 10, **more})
        assert answer["status"] == "done", answer
        party = next(p for p in evening.rows("party").values() if p["name"] == name)
        added.append(party["id"])
        return party

    yield add
    for party_id in added:
        evening.give("remove_party", party_id=party_id)


def card(page, name):
    return page.locator("[data-party]").filter(has_text=name)


def offer_of(evening, party):
    rows = evening.state(f"waitlist:{evening.site}")
    return next((r for r in rows if r["type"] == "offer" and r["party_id"] == party["id"]), None)


def test_a_party_is_told_and_its_table_is_kept_in_its_name(tablets, evening, waiting):
    evening.free_up(1)
    party = waiting("Nadia", phone="+1 555 010 0101")
    a, b = tablets(), tablets()
    mine = card(a, "Nadia")
    mine.locator(".pick").click()
    mine.get_by_role("button", name=re.compile("^Seat at")).wait_for()
    mine.get_by_role("button", name="Notify").click()
    card(b, "Nadia").locator(".chip.off").filter(has_text=re.compile(r"\d+′")).wait_for()
    offer = offer_of(evening, party)
    assert offer["status"] == "sent"
    ids = {t["id"]: t for t in evening.rows("table").values()}
    first = ids[offer["table_ids"][0]]
    area = evening.rows("area")[first["area_id"]]
    b.locator(".areas button").filter(has_text=area["name"]).click()
    kept = b.locator(f'[data-table="{first["id"]}"]')
    kept.wait_for()
    label = kept.get_attribute("aria-label")
    assert "Nadia" in label
    assert "Offered" in label
    # the message's own way: queued, then what its carrier says
    mine.get_by_test_id("told").filter(has_text=re.compile("Delivered|Sent|Being sent")).wait_for()
    mine.get_by_role("button", name="Take offer back").click()
    card(b, "Nadia").locator(".chip.off").wait_for(state="detached")
    assert offer_of(evening, party) is None


def test_another_table_is_offered_by_tapping_it(tablets, evening, waiting):
    number = evening.free_up(2)[1]
    party = waiting("Oskar", phone="+1 555 010 0102")
    page = tablets()
    mine = card(page, "Oskar")
    mine.locator(".pick").click()
    mine.get_by_role("button", name="More for Oskar").click()
    mine.get_by_role("button", name="Offer another table").click()
    page.locator(".inhand").filter(has_text="tap the table to offer").wait_for()
    table(page, number).click()
    mine.locator(".chip.off").wait_for()
    page.locator(f'[data-number="{number}"][aria-label*="Oskar"]').wait_for()
    offer = until(page, lambda: offer_of(evening, party))
    assert [evening.rows("table")[t]["number"] for t in offer["table_ids"]] == [number]


def test_the_guest_answers_from_their_phone_and_both_tablets_say_so(tablets, evening, waiting):
    evening.free_up(1)
    waiting("Petra", phone="+1 555 010 0103")
    a, b = tablets(), tablets()
    mine = card(a, "Petra")
    mine.locator(".pick").click()
    mine.get_by_role("button", name="Notify").click()
    mine.locator(".chip.off").wait_for()
    a.keyboard.press("Escape")
    a.locator(".rail").get_by_text("Phones").click()
    phones = a.get_by_test_id("phones")
    phones.locator(".people button").filter(has_text="Petra").click()
    bubble = phones.locator(".bubble").filter(has_text="your table is ready")
    bubble.wait_for()
    bubble.filter(has_text=re.compile("Delivered|Sent")).wait_for()
    phones.locator("[data-answer=accept]").click()
    for page in (a, b):
        card(page, "Petra").locator(".reply").filter(has_text="On my way").wait_for()
    phones.locator("[data-answer=leave]").wait_for()
    card(b, "Petra").get_by_role("button", name="Seen").click()
    for page in (a, b):
        card(page, "Petra").locator(".reply").wait_for(state="detached")
    phones.locator("[data-answer=leave]").click()
    a.keyboard.press("Escape")
    for page in (a, b):  # their card is gone with them, their word is not
        page.locator("[data-left]").filter(has_text="Petra").filter(has_text="Cancelled").wait_for()
        card(page, "Petra").wait_for(state="detached")
    b.locator("[data-left]").get_by_role("button", name="Seen: Petra").click()
    b.locator("[data-left]").wait_for(state="detached")


def test_a_party_a_host_takes_off_is_no_answer(tablets, evening, waiting):
    party = waiting("Uma")
    page = tablets()
    card(page, "Uma").wait_for()
    evening.give("remove_party", party_id=party["id"])
    card(page, "Uma").wait_for(state="detached")
    page.wait_for_timeout(700)
    assert page.locator("[data-left]").count() == 0


def test_a_guest_the_house_knows_is_recognised_while_typing(tablets, evening):
    client = evening.sign_in()
    hits = []
    for letters in ("mar", "and", "son", "lin", "ker"):
        hits = [g for g in client.get(f"/api/sites/{evening.site}/guests", params={"q": letters}).json() if g["phone"]]
        if hits:
            break
    assert hits, "the sample house knows nobody"
    guest = hits[0]
    page = tablets()
    page.keyboard.press("a")
    pad = page.get_by_test_id("add")
    pad.get_by_label("Name").fill(guest["name"])
    pad.locator(f'[data-guest="{guest["id"]}"]').click()
    taken = pad.get_by_test_id("guest")
    taken.filter(has_text=guest["name"]).wait_for()
    assert pad.get_by_label("Phone").input_value() == guest["phone"]
    pad.get_by_test_id("save").click()
    page.locator("[data-party]:not(.ghost)").filter(has_text=guest["name"]).first.wait_for()
    party = next(p for p in evening.rows("party").values() if p["guest_id"] == guest["id"])
    evening.give("remove_party", party_id=party["id"])


def test_the_link_of_a_place_in_line_can_be_scanned(tablets, evening, waiting):
    waiting("Quentin", phone="+1 555 010 0104")
    page = tablets()
    mine = card(page, "Quentin")
    mine.locator(".pick").click()
    mine.get_by_role("button", name="More for Quentin").click()
    mine.get_by_role("button", name="Their link").click()
    sheet = page.get_by_test_id("link-sheet")
    code = sheet.get_by_alt_text(re.compile("Code to scan"))
    code.wait_for()
    page.wait_for_function("document.querySelector('.qr')?.naturalWidth > 50")
    assert sheet.get_by_role("link", name="Open").get_attribute("href").startswith("/g/")


def test_news_sound_on_other_tablets_until_muted(tablets, evening, waiting):
    page = tablets()
    rung = "import('/static/parts/sound.js').then(s => s.rung.value)"
    page.locator(".top h1").click()  # a browser lets nothing sound before the first tap
    before = page.evaluate(rung)
    waiting("Rosa")
    card(page, "Rosa").wait_for()
    page.wait_for_function(f"n => {rung}.then(r => r > n)", arg=before)
    page.locator(".rail").get_by_text("Sound").click()
    page.locator(".rail").get_by_text("Muted").wait_for()
    before = page.evaluate(rung)
    waiting("Sven")
    card(page, "Sven").wait_for()
    page.wait_for_timeout(300)
    assert page.evaluate(rung) == before
    page.reload()
    live(page)
    page.locator(".rail").get_by_text("Muted").wait_for()  # kept by the tablet
    page.locator(".rail").get_by_text("Muted").click()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_on_offers_answers_and_phones(tablets, evening, waiting, theme):
    evening.free_up(1)
    waiting("Tilda", phone="+1 555 010 0105")
    page = tablets(theme=theme)
    mine = card(page, "Tilda")
    mine.locator(".pick").click()
    mine.get_by_role("button", name="More for Tilda").click()
    mine.get_by_role("button", name="Notify").click()
    mine.locator(".chip.off").wait_for()
    page.locator(".toast").wait_for(state="detached")
    assert violations(page) == []
    page.locator(".rail").get_by_text("Phones").click()
    page.get_by_test_id("phones").locator(".bubble").first.wait_for()
    assert violations(page) == []
