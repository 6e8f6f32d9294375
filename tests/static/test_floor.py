"""The floor screen at work: what one tablet does, every tablet sees; what goes wrong is said."""

import re

import pytest

from tests.static.conftest import live, look, seat_walk_in, table, until

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(240)]


def test_the_floor_is_drawn_as_it_is(tablets, evening):
    page = tablets()
    area = min(evening.rows("area").values(), key=lambda a: a["position"])
    tables = [t for t in evening.rows("table").values() if t["area_id"] == area["id"] and t["active"]]
    assert page.locator("[data-table]").count() == len(tables)
    seating = next(
        s
        for s in evening.rows("seating").values()
        if s["table_ids"][0] in {t["id"] for t in tables} and s["stage"] == "served"
    )
    button = page.locator(f'[data-table="{seating["table_ids"][0]}"]')
    label = button.get_attribute("aria-label")
    assert seating["name"] in label
    assert f"party of {seating['covers']}" in label
    assert "seats" in label
    assert re.search(r"seated \d+", label)
    assert page.locator(".areas button").count() == len(evening.rows("area"))


def test_a_walk_in_takes_two_taps_and_shows_on_the_other_tablet(tablets, evening):
    number = evening.free_up(1)[0]
    a, b = tablets(), tablets()
    look(b, number, "available")
    seat_walk_in(a, number)
    assert table(a, number).get_attribute("data-look") == "seated"  # in the same frame, before any answer
    look(b, number, "seated")
    toast = a.get_by_test_id("toast")
    toast.filter(has_text=f"seated at {number}").wait_for()
    toast.get_by_role("button", name="Undo").click()
    look(a, number, "available")
    look(b, number, "available")


def test_stages_clear_and_bus(tablets, evening):
    number = evening.free_up(1)[0]
    page = tablets()
    seat_walk_in(page, number)
    page.locator(f'[data-number="{number}"]:not(.ghost)[data-look=seated]').wait_for()
    table(page, number).click()
    sheet = page.get_by_test_id("sheet")
    for stage, then in (("Ordered", "dining"), ("Served", "dining"), ("Check", "check"), ("Paid", "check")):
        sheet.get_by_test_id("next").filter(has_text=stage).click()
        look(page, number, then)
    sheet.get_by_role("button", name="Clear table").click()
    look(page, number, "dirty")
    page.locator("[data-tab=seated]").click()
    page.get_by_role("button", name=f"Table {number} is ready").click()  # one tap
    look(page, number, "available")


def test_undo_by_key_and_by_history(tablets, evening):
    one, two = evening.free_up(2)
    page = tablets()
    seat_walk_in(page, one)
    page.get_by_test_id("toast").get_by_role("button", name="Undo").wait_for()
    page.keyboard.press("u")
    look(page, one, "available")
    seat_walk_in(page, two)
    page.get_by_test_id("toast").get_by_role("button", name="Undo").wait_for()
    page.keyboard.press("h")
    page.get_by_test_id("history").get_by_role("button", name=re.compile("^Undo")).first.click()
    look(page, two, "available")


def test_a_waiting_party_glows_where_it_fits_and_is_seated_there(tablets, evening):
    number = evening.free_up(2)[0]
    answer = evening.give("add_party", name="Quill", covers=2)
    assert answer["status"] == "done"
    page = tablets()
    page.locator("[data-party] .pick").filter(has_text="Quill").click()
    page.locator(".spot:not(.dim) .fit").first.wait_for()
    assert page.locator(".spot.dim").count() > 0
    page.locator(".fit.best").first.wait_for()
    target = page.locator(f'.fit[data-number="{number}"]')
    target.click()
    look(page, number, "seated")
    page.locator("[data-party]").filter(has_text="Quill").wait_for(state="detached")
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    page.locator("[data-party]").filter(has_text="Quill").wait_for()
    look(page, number, "available")
    party = next(p for p in evening.rows("party").values() if p["name"] == "Quill")
    evening.give("remove_party", party_id=party["id"])


def test_add_party_pad(tablets, evening):
    page = tablets()
    page.keyboard.press("a")
    pad = page.get_by_test_id("add")
    pad.locator('[data-covers="3"]').click()
    pad.get_by_test_id("save").click()
    pad.get_by_role("alert").wait_for()  # a name is wanted
    pad.get_by_label("Name").fill("Zeta")
    pad.get_by_role("button", name="Nut allergy").click()
    pad.get_by_test_id("save").click()
    card = page.locator("[data-party]").filter(has_text="Zeta")
    card.wait_for()
    assert "Nut allergy" in card.inner_text()
    page.locator("[data-party]:not(.ghost)").filter(has_text="Zeta").wait_for()
    party = next(p for p in evening.rows("party").values() if p["name"] == "Zeta")
    assert (party["covers"], party["flags"]) == (3, ["nut_allergy"])
    evening.give("remove_party", party_id=party["id"])
    card.wait_for(state="detached")


def test_a_new_booking_arrives_in_the_list_and_at_a_table(tablets, evening):
    page = tablets()
    page.locator("[data-tab=arriving]").click()
    page.keyboard.press("b")
    pad = page.get_by_test_id("book")
    pad.get_by_label("Name").fill("Umber")
    pad.get_by_label("Time").fill("22:00")
    pad.get_by_test_id("save").click()
    card = page.locator("[data-booking]").filter(has_text="Umber")
    card.wait_for()
    page.locator("[data-booking]:not(.ghost)").filter(has_text="Umber").wait_for()
    booking = next(b for b in evening.rows("booking").values() if b["name"] == "Umber")
    assert booking["starts_at"].startswith(evening.rows("venue")[evening.site]["service_date"] + "T22:00")
    card.locator(".pick").click()
    card.get_by_role("button", name="At bar").click()
    card.filter(has_text="At the bar").wait_for()
    card.get_by_role("button", name="Cancel Umber").click()
    page.get_by_test_id("yes").click()
    card.wait_for(state="detached")


def test_a_refusal_says_who_won(tablets, evening):
    number = evening.free_up(1)[0]
    page = tablets()
    ids = [t["id"] for t in evening.rows("table").values() if t["number"] == number]
    assert evening.give("seat_party", table_ids=ids, covers=2, name="Firsts")["status"] == "done"
    look(page, number, "seated")
    page.evaluate(
        "ids => import('/static/floor/hand.js').then(h => h.ask('seat_party', {table_ids: ids, covers: 2, name: 'Seconds'}))",
        ids,
    )
    warning = page.locator(".toast.warn")
    warning.wait_for()
    assert "Firsts" in warning.inner_text()
    assert "Firsts" in table(page, number).get_attribute("aria-label")
    seating = next(s for s in evening.rows("seating").values() if s["name"] == "Firsts")
    evening.give("clear_seating", seating_id=seating["id"])


def test_booked_soon_asks_before_it_seats_anyway(tablets, evening):
    page = tablets()
    button = page.locator("[data-look=reserved]").first
    number = button.get_attribute("data-number")
    seat_walk_in(page, number)
    dialog = page.locator("dialog[open]")
    dialog.wait_for()
    dialog.get_by_role("button", name="Leave it").click()
    look(page, number, "reserved")
    seat_walk_in(page, number)
    page.get_by_test_id("yes").filter(has_text="Seat anyway").click()
    look(page, number, "seated")
    page.locator("[data-tab=arriving]").click()
    page.locator("[data-booking]").filter(has_text="no table").first.wait_for()
    page.keyboard.press("u")
    look(page, number, "reserved")


def test_moving_a_seated_party_by_tap_and_by_drag(tablets, evening):
    one, two, three = evening.free_up(3)
    page = tablets()
    seat_walk_in(page, one)
    page.locator(f'[data-number="{one}"]:not(.ghost)[data-look=seated]').wait_for()
    table(page, one).click()
    page.get_by_test_id("sheet").get_by_role("button", name="Move").click()
    table(page, two).click()
    look(page, two, "seated")
    page.locator(f'[data-number="{two}"]:not(.ghost)[data-look=seated]').wait_for()
    a, b = table(page, two).bounding_box(), table(page, three).bounding_box()
    page.mouse.move(a["x"] + a["width"] / 2, a["y"] + a["height"] / 2)
    page.mouse.down()
    page.mouse.move(a["x"] + a["width"] / 2 + 20, a["y"] + a["height"] / 2, steps=3)
    page.mouse.move(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2, steps=5)
    page.mouse.up()
    look(page, three, "seated")
    look(page, two, "available")  # nobody has eaten there: nothing to clear, at once and for good
    page.locator(f'[data-number="{three}"]:not(.ghost)[data-look=seated]').wait_for()
    look(page, two, "available")
    look(page, one, "available")


def test_far_too_much_text_is_refused_and_the_link_stays(tablets, evening):
    page = tablets()
    ask = """text => import('/static/floor/hand.js').then(h => h.ask('add_party', {name: 'Long', covers: 2, notes: text}))"""
    answer = page.evaluate(ask, "\U0001d11e" * 20_000)
    assert answer["status"] == "refused"
    assert "Shorten" in answer["message"]
    live(page)
    assert not [p for p in evening.rows("party").values() if p["name"] == "Long"]


def drag(page, a, b, *, dwell_ms: int = 0) -> None:
    page.mouse.move(a["x"] + a["width"] / 2, a["y"] + a["height"] / 2)
    page.mouse.down()
    page.mouse.move(a["x"] + a["width"] / 2 + 20, a["y"] + a["height"] / 2, steps=3)
    page.mouse.move(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2, steps=5)
    page.wait_for_timeout(dwell_ms)
    page.mouse.up()


def test_a_waiting_party_is_dragged_to_its_table(tablets, evening):
    number = evening.free_up(1)[0]
    assert evening.give("add_party", name="Dragan", covers=2)["status"] == "done"
    page = tablets()
    card = page.locator("[data-party]").filter(has_text="Dragan")
    card.scroll_into_view_if_needed()
    drag(page, card.bounding_box(), table(page, number).bounding_box())
    look(page, number, "seated")
    card.wait_for(state="detached")


def test_dwelling_offers_to_join_and_naming_both_to_merge(tablets, evening):
    one, two = evening.free_up(2)
    page = tablets()
    for number in (one, two):
        seat_walk_in(page, number)
        page.locator(f'[data-number="{number}"]:not(.ghost)[data-look=seated]').wait_for()
    drag(page, table(page, one).bounding_box(), table(page, two).bounding_box())
    dialog = page.locator("dialog[open]")
    dialog.wait_for()
    text = dialog.inner_text()
    assert "Merge" in text
    assert one in text
    assert two in text
    dialog.get_by_role("button", name="Leave them").click()
    join = next(iter(evening.rows("join").values()))
    tables = evening.rows("table")
    number = {t["id"]: t["number"] for t in tables.values()}
    a, b = join["a"], join["b"]
    for seating in evening.rows("seating").values():
        if {a, b} & set(seating["table_ids"]):
            evening.give("clear_seating", seating_id=seating["id"])
    for t in (a, b):
        evening.give("set_table_status", table_id=t, status="available")
    assert evening.give("seat_party", table_ids=[a], covers=2, name="Twofer", anyway=True)["status"] == "done"
    area = next(x for x in evening.rows("area").values() if x["id"] == tables[a]["area_id"])
    page.locator(".areas button").filter(has_text=area["name"]).click()
    page.locator(f'[data-table="{a}"][data-look=seated]').wait_for()
    page.locator(f'[data-table="{b}"]:not([data-look=dirty])').wait_for()
    drag(
        page,
        page.locator(f'[data-table="{a}"]').bounding_box(),
        page.locator(f'[data-table="{b}"]').bounding_box(),
        dwell_ms=700,
    )
    page.locator("dialog[open]").filter(has_text=f"Join {number[a]} and {number[b]}").wait_for()
    page.get_by_test_id("yes").click()
    anyway = page.locator("dialog[open]").get_by_role("button", name="Do it anyway")
    page.locator(f'[data-table="{b}"] .pair').or_(anyway).first.wait_for()
    if anyway.count():
        anyway.click()
        page.locator(f'[data-table="{b}"] .pair').wait_for()


def test_a_tap_reaches_the_other_tablet_fast(tablets, evening, record_property):
    number = evening.free_up(1)[0]
    a, b = tablets(), tablets()
    seat_walk_in(a, number)
    b.locator(f'[data-number="{number}"]:not(.ghost)[data-look=seated]').wait_for()
    a.locator(f'[data-number="{number}"]:not(.ghost)[data-look=seated]').wait_for()
    seating = b.evaluate(
        "n => import('/static/floor/house.js').then(h => h.allFaces().find(f => f.number === n).seating)", number
    )
    took = []
    for stage, shown in (("ordered", "dining"), ("check", "check")) * 5:
        b.evaluate("""([n, shown]) => { window.seen = new Promise(done => {
          const el = document.querySelector(`[data-number="${n}"]`);
          new MutationObserver((_, me) => { if (el.dataset.look === shown) { me.disconnect(); requestAnimationFrame(() => done(performance.timeOrigin + performance.now())); } })
            .observe(el, { attributes: true, subtree: true, childList: true });
        }); }""", [number, shown])  # fmt: skip
        began = a.evaluate("""([id, stage]) => import('/static/floor/hand.js').then(h => {
          const t = performance.timeOrigin + performance.now(); h.ask('set_stage', { seating_id: id, stage }, { quiet: true }); return t; })""", [seating, stage])  # fmt: skip
        took.append(b.evaluate("() => window.seen") - began)
        a.wait_for_timeout(150)
    took.sort()
    record_property("tap_to_other_tablet_ms", took)
    print(f"\ntap to other tablet: median {took[len(took) // 2]:.0f} ms, slowest {took[-1]:.0f} ms")
    assert took[len(took) // 2] < 1000  # this box is shared; a quiet one shows 30-60


def test_the_classic_colours_are_a_policy(tablets, evening):
    page = tablets()
    before = page.locator("[data-look=blocked]").first.evaluate("e => getComputedStyle(e).borderTopColor")
    manager = tablets(role="manager")
    manager.evaluate(
        "import('/static/floor/house.js').then(h => h.pending.ask('set_policy', {policy: 'floor.theme', value: 'classic'}))"
    )
    page.locator("html[data-colours=classic]").wait_for()
    assert page.locator("[data-look=blocked]").first.evaluate("e => getComputedStyle(e).borderTopColor") != before
    manager.evaluate(
        "import('/static/floor/house.js').then(h => h.pending.ask('set_policy', {policy: 'floor.theme', value: 'house'}))"
    )
    page.locator("html[data-colours=house]").wait_for()


def test_the_keyboard_walks_the_floor(tablets):
    page = tablets()
    first = page.locator("[data-table][tabindex='0']")
    first.focus()
    start = first.get_attribute("data-number")
    page.keyboard.press("ArrowRight")
    there = page.evaluate("document.activeElement.dataset.number")
    assert there
    assert there != start
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.dataset.number") == start
    page.keyboard.press("Enter")
    page.get_by_test_id("sheet").wait_for()
    page.keyboard.press("Escape")
    page.get_by_test_id("sheet").wait_for(state="detached")
    page.wait_for_function(
        "n => document.activeElement.dataset.number === n", arg=start
    )  # focus goes back to the table
    page.keyboard.press("w")
    page.get_by_test_id("walkin").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.get_by_label("Name, phone, code or table").fill(start)
    page.keyboard.press("Enter")
    page.get_by_test_id("sheet").wait_for()


def test_sections_are_assigned_by_server_then_tables(tablets, evening):
    page, other = tablets(), tablets()
    sections = evening.rows("section")
    section = next(s for s in sections.values() if s["server_name"])
    stray = next(t for t in evening.rows("table").values() if t["section_id"] != section["id"]
                 and t["area_id"] == min(evening.rows("area").values(), key=lambda a: a["position"])["id"])  # fmt: skip
    page.locator(".rail").get_by_text("Sections").click()
    page.locator(".sec").filter(has_text=section["server_name"]).locator(".pick").click()
    table(page, stray["number"]).click()
    other.locator(f'[data-number="{stray["number"]}"][aria-label*="server {section["server_name"]}"]').wait_for()
    assert evening.rows("table")[stray["id"]]["section_id"] == section["id"]


def test_who_is_connected(tablets):
    page, _ = tablets(), tablets()
    page.get_by_test_id("link").filter(has_text=re.compile(r"[2-9] devices")).wait_for()
    page.get_by_test_id("link").click()
    drawer = page.get_by_test_id("devices")
    drawer.get_by_text("this screen").wait_for()
    assert drawer.locator("li").count() >= 2


def test_the_simulator_turns_the_evening(tablets):
    page, other = tablets(), tablets()
    page.locator(".sim").click()
    page.get_by_test_id("simulator").get_by_role("button", name="60×").click()
    other.locator(".sim").filter(has_text="60×").wait_for()
    page.get_by_test_id("simulator").get_by_role("button", name="Pause").click()
    other.locator(".sim .off").wait_for()
    page.get_by_test_id("simulator").get_by_role("button", name="1×", exact=True).click()
    other.locator(".sim").filter(has_text="1×").wait_for()
    until(page, lambda: page.get_by_test_id("clock").inner_text() == other.get_by_test_id("clock").inner_text())


def test_a_server_sees_the_floor_without_the_waiting_line(tablets):
    page = tablets(role="server")
    live(page)
    assert page.locator("[data-tab=waiting]").count() == 0
    assert page.locator("[data-seating]").count() > 0


def test_the_kitchen_sees_the_floor_and_support_is_told_it_has_none(tablets, handed, evening):
    page = tablets(role="kitchen")
    assert page.locator("[data-table]").count() > 10
    assert page.locator("[data-tab]").count() == 1
    other = handed(width=1280, height=800)
    other.goto(evening.url + "/login")
    other.locator("[data-role=customer_support]").click()
    other.get_by_role("heading", name="No floor for this sign-in").wait_for()


def test_filters_dim_the_rest(tablets):
    page = tablets()
    page.locator(".legend button").filter(has_text="Dining").click()
    page.locator(".spot.dim").first.wait_for()
    shown = page.locator(".spot:not(.dim) [data-table]")
    assert shown.count() > 0
    assert set(shown.evaluate_all("all => all.map(e => e.dataset.look)")) == {"dining"}
    page.keyboard.press("Escape")
    page.locator(".spot.dim").first.wait_for(state="detached")


def test_a_seated_party_is_edited(tablets, evening):
    number = evening.free_up(1)[0]
    page = tablets()
    seat_walk_in(page, number)
    page.locator(f'[data-number="{number}"]:not(.ghost)[data-look=seated]').wait_for()
    ids = {t["number"]: t["id"] for t in evening.rows("table").values()}

    def at(number):
        return next(s for s in evening.rows("seating").values() if ids[number] in s["table_ids"])

    before = at(number)["turn_min"]
    table(page, number).click()
    sheet = page.get_by_test_id("sheet")
    sheet.get_by_role("button", name="Edit").click()
    sheet.get_by_role("button", name="Turn, minutes: more").click()
    sheet.get_by_role("button", name="Guests: less").click()
    sheet.get_by_label("Notes").fill("by the window, please")
    sheet.get_by_role("button", name="Save").click()
    sheet.get_by_text("by the window, please").first.wait_for()
    page.get_by_test_id("toast").get_by_role("button", name="Undo").wait_for()
    seating = at(number)
    assert (seating["covers"], seating["turn_min"]) == (1, before + 15)
    assert seating["notes"] == "by the window, please"


def test_a_party_at_two_tables_is_split(tablets, evening):
    tables, rows = evening.rows("table"), evening.rows("join").values()
    first = min(evening.rows("area").values(), key=lambda a: a["position"])
    join = next(
        j
        for j in rows
        if tables[j["a"]]["area_id"] == first["id"]
        and j["combined_max"] >= 4
        and {tables[j["a"]]["status"], tables[j["b"]]["status"]} != {"out_of_service"}
    )
    pair = [join["a"], join["b"]]
    for seating in evening.rows("seating").values():
        if set(pair) & set(seating["table_ids"]):
            evening.give("clear_seating", seating_id=seating["id"])
    for one in pair:
        evening.give("set_table_status", table_id=one, status="available")
    answer = evening.give("seat_party", table_ids=pair, covers=4, name="Twins", anyway=True)
    assert answer["status"] == "done", answer
    page = tablets()
    button = page.locator(f'[data-table="{pair[1]}"]')
    page.locator(f'[data-table="{pair[1]}"] .pair').wait_for()
    button.click()
    sheet = page.get_by_test_id("sheet")
    sheet.get_by_role("button", name="Split", exact=True).click()
    sheet.get_by_role("button", name=re.compile("^Split 2 off")).click()
    page.locator(f'[data-table="{pair[1]}"] .pair').wait_for(state="detached")
    page.get_by_test_id("toast").filter(has_text="split").wait_for()

    def at_them() -> list:
        return [s for s in evening.rows("seating").values() if set(s["table_ids"]) & set(pair)]

    until(page, lambda: len(at_them()) == 2)
    parts = at_them()
    assert sorted((s["covers"], s["table_ids"]) for s in parts) == sorted([(2, [pair[0]]), (2, [pair[1]])])


def test_late_is_told_and_a_no_show_is_the_hosts_word(tablets, evening):
    page = tablets()
    page.locator("[data-tab=arriving]").click()
    asks = page.locator("[data-booking]").filter(has_text="No-show?")
    if not asks.count():
        pytest.skip("nobody is so late in this evening")
    booking = asks.first.get_attribute("data-booking")
    card = page.locator(f'[data-booking="{booking}"]')
    card.get_by_role("button", name="Wait 15′").click()
    card.filter(has_text="No-show?").wait_for(state="detached")
    card.filter(has_text="here ~").wait_for()
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    card.filter(has_text="No-show?").wait_for()
    card.get_by_role("button", name="No-show").click()
    page.locator("dialog[open]").get_by_role("button", name="Not yet").click()
    assert evening.rows("booking")[booking]["status"] != "no_show"
    card.get_by_role("button", name="No-show").click()
    page.get_by_test_id("yes").click()
    card.get_by_role("button", name="Came after all").click()
    card.filter(has_text="Here").wait_for()
    until(page, lambda: evening.rows("booking")[booking]["status"] == "arrived")


def test_a_finger_that_rests_drags_and_one_that_slides_scrolls(tablets, evening):
    number, other = evening.free_up(2)
    page = tablets()
    seat_walk_in(page, number)
    page.locator(f'[data-number="{number}"]:not(.ghost)[data-look=seated]').wait_for()
    a, b = table(page, number).bounding_box(), table(page, other).bounding_box()
    touch = page.context.new_cdp_session(page)

    def finger(kind, x=0.0, y=0.0):
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = a["x"] + a["width"] / 2, a["y"] + a["height"] / 2
    finger("touchStart", x, y)
    finger("touchMove", x + 30, y)  # at once: this finger scrolls
    page.wait_for_timeout(400)
    assert page.locator(".shade").count() == 0
    finger("touchEnd")
    page.keyboard.press("Escape")
    finger("touchStart", x, y)
    page.wait_for_timeout(450)  # it rests: this one drags
    page.locator(".shade").wait_for()
    for step in range(1, 6):
        to = step / 5
        finger("touchMove", x + (b["x"] + b["width"] / 2 - x) * to, y + (b["y"] + b["height"] / 2 - y) * to)
    finger("touchEnd")
    look(page, other, "seated")
    page.locator(f'[data-number="{other}"]:not(.ghost)[data-look=seated]').wait_for()
    ids = {t["number"]: t["id"] for t in evening.rows("table").values()}
    party = next(s for s in evening.rows("seating").values() if ids[other] in s["table_ids"])
    assert party["table_ids"] == [ids[other]]
    assert table(page, number).get_attribute("data-look") != "seated"
