"""The plan of the evening on the screens: a table for who waits, what the house proposes and why, and what would be if."""

import re
import time
from typing import Any

import httpx
import pytest

from tests.static.conftest import still, until
from tests.static.test_book import booked, later, phone, toast
from tests.static.test_fit_and_finish import violations

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(400)]
PLANS = True

WARM_S = 180  # wall seconds until the planner has its kernels, on a box that is busy

TARGETS = """root => [...document.querySelectorAll(root + ' button, ' + root + ' summary, ' + root + ' input, ' + root + ' select')]
  .filter(b => b.offsetParent && b.type !== 'checkbox' && b.getBoundingClientRect().height < 44).map(b => b.outerHTML.slice(0, 120))"""
WATCH_TABLES = """() => { window.drawn = []; new MutationObserver(all => all.forEach(m => {
  const spot = (m.target.nodeType === 1 ? m.target : m.target.parentElement)?.closest('.spot');
  if (spot) window.drawn.push(spot.querySelector('[data-number]')?.dataset.number); }))
  .observe(document.querySelector('.plan'), { subtree: true, childList: true, attributes: true, characterData: true }); }"""


@pytest.fixture(autouse=True, scope="module")
def still_time(evening):
    """The evening stands still, and the planner has started: what is proposed is then a matter of what was done alone."""
    with httpx.Client(base_url=evening.url, timeout=10) as boss:
        assert boss.post("/api/login/sample", json={"role": "manager"}).is_success
        done = boss.post("/api/commands/set_clock", json={"site_id": evening.site, "key": "stand-still-01", "rate": 0})
        assert done.json()["status"] == "done", done.text
    end = time.monotonic() + WARM_S
    while not any(row["flag"] is None for row in evening.rows("plan").values()):
        assert time.monotonic() < end, "the house never planned"
        time.sleep(0.2)


def tonight(evening, at: str) -> str:
    return later(evening, 0, at)


def proposed(evening, page, booking_id: str) -> dict[str, Any]:
    """The proposal for a booking, as soon as the house has made one."""
    return until(page, lambda: evening.rows("ghost").get(booking_id))


def at_a_large_table(evening, name: str, at: str = "22:30") -> dict[str, Any]:
    """A party of two late tonight at the largest table that is free then: the plan would have it elsewhere."""
    made = booked(evening, name=name, covers=2, starts_at=tonight(evening, at))
    tables = evening.rows("table")
    for table in sorted(tables.values(), key=lambda t: -t["max_covers"]):
        answer = evening.give("place_booking", booking_id=made["booking_id"], table_ids=[table["id"]])
        if answer["status"] == "done":
            return {"id": made["booking_id"], "table": table["id"], "number": table["number"]}
    raise AssertionError("no large table is free late tonight")


def held(evening, booking_id: str) -> list[str]:
    return sorted(
        h["table_id"] for h in evening.rows("hold").values() if h["owner_id"] == booking_id and h["status"] == "held"
    )


@pytest.fixture(scope="module")
def grand(evening):
    """A booking that no table of the house is large enough for."""
    return booked(evening, name="Grandville", covers=20, starts_at=tonight(evening, "22:00"))["booking_id"]


@pytest.fixture
def oversized(evening):
    """A booking the plan would move, gone after the test."""
    made = at_a_large_table(evening, "Sparse")
    yield made
    evening.give("cancel_booking", booking_id=made["id"])


def sheet(page, key: str = "p") -> Any:
    page.keyboard.press(key)
    return page.get_by_test_id("plan-sheet" if key == "p" else "whatif")


def change(page, booking_id: str) -> Any:
    return page.locator(f'[data-change="{booking_id}"]')


# ---- a table for who waits


@pytest.fixture
def waiting(evening):
    added = []

    def add(name: str, **more: Any) -> str:
        assert (
            evening.give("add_party", name=name, **{"covers": 2, "priority": 10, "phone": phone(), **more})["status"]
            == "done"
        )
        added.append(next(p["id"] for p in evening.rows("party").values() if p["name"] == name))
        return added[-1]

    yield add
    for party_id in added:
        evening.give("remove_party", party_id=party_id)


def card(page, party_id: str) -> Any:
    return page.locator(f'[data-party="{party_id}"]')


def test_a_waiting_party_has_its_table_with_the_reason_and_one_tap_seats_it(tablets, evening, waiting):
    evening.free_up(3)
    party = waiting("Lindqvist")
    a, b = tablets(), tablets()
    row = until(a, lambda: evening.rows("wait").get(party))
    assert row["table_ids"], "a table was freed up"
    number = evening.rows("table")[row["table_ids"][0]]["number"]
    line = card(a, party).locator(f'[data-suggested="{number}"]')
    line.wait_for()
    assert row["why"].split(" · ")[-1].lower() in line.inner_text().lower()
    line.get_by_role("button", name=f"Seat Lindqvist at {number}").click()
    card(a, party).wait_for(state="detached")
    card(b, party).wait_for(state="detached")
    assert any(
        s["name"] == "Lindqvist" and s["table_ids"] == row["table_ids"] for s in evening.rows("seating").values()
    )


def test_the_others_come_in_order_with_their_reasons_and_are_offered_by_a_tap(tablets, evening, waiting):
    evening.free_up(3)
    party = waiting("Okonkwo")
    page = tablets()
    mine = card(page, party)
    mine.locator(".why1").click()
    mine.locator(".sugs ol li").first.wait_for()
    fits = evening.sign_in().get(f"/api/sites/{evening.site}/fits", params={"party_id": party}).json()["fits"]
    numbers = {t["id"]: t["number"] for t in evening.rows("table").values()}
    first = evening.rows("wait")[party]["table_ids"]
    wanted = [
        (" + ".join(numbers[i] for i in f["table_ids"]), f["why"].lower())
        for f in fits
        if f["legal"] and f["table_ids"] != first
    ]
    shown = [
        (li.locator("b").inner_text(), li.locator("span").first.inner_text().lower())
        for li in mine.locator(".sugs ol li").all()
    ]
    assert shown
    assert shown == wanted[: len(shown)]
    assert page.evaluate(TARGETS, f'[data-party="{party}"]') == []
    number = shown[0][0]
    mine.get_by_role("button", name=f"Offer {number} to Okonkwo").click()
    offer = until(
        page,
        lambda: next(
            (r for r in evening.state(f"waitlist:{evening.site}") if r["type"] == "offer" and r["party_id"] == party),
            None,
        ),
    )
    assert [numbers[i] for i in offer["table_ids"]] == number.split(" + ")
    mine.locator(".chip.off").wait_for()
    assert mine.locator(".sug").count() == 0, "who has an offer has a table"


def test_the_suggestion_follows_the_floor(tablets, evening, waiting):
    evening.free_up(3)
    party = waiting("Abernathy")
    page = tablets()
    first = card(page, party).locator(".sug").get_attribute("data-suggested") or ""
    row = until(page, lambda: evening.rows("wait").get(party))
    assert evening.give("seat_party", table_ids=row["table_ids"], covers=2, anyway=True)["status"] == "done"
    until(page, lambda: card(page, party).locator(".sug").get_attribute("data-suggested") != first)
    heights = page.evaluate("[...document.querySelectorAll('.sug')].map(s => s.getBoundingClientRect().height)")
    assert len({*heights}) == 1, "with a table or without, a card is as tall"


# ---- what the house proposes


def test_the_difference_is_told_in_words_and_each_change_with_its_reason(tablets, evening, grand, oversized):
    page = tablets()
    ghost, left = proposed(evening, page, oversized["id"]), proposed(evening, page, grand)
    plan = sheet(page)
    change(page, oversized["id"]).wait_for()
    change(page, grand).wait_for()
    told = plan.get_by_role("status").inner_text()
    assert re.search(r"\d+ moves?", told)
    assert re.search(r"\d+ cannot be placed", told)
    assert ghost["why"] in change(page, oversized["id"]).inner_text()
    assert left["why"] in change(page, grand).inner_text()
    assert "No table here seats 20" in left["why"]
    sure = plan.get_by_test_id("sure").inner_text()
    assert "Proven best" in sure or "below the best" in sure
    badge = page.locator(".rail").get_by_role("button", name="Plan").locator(".badge").inner_text()
    assert int(badge) == page.locator("[data-change]").count()
    assert page.evaluate(TARGETS, ".drawer") == []
    page.locator("[data-tab=arriving]").evaluate("b => b.click()")
    assert told in page.get_by_test_id("planline").inner_text()


def test_outlines_stand_where_the_plan_would_put_somebody_and_draw_no_table(tablets, evening, oversized):
    page = tablets()
    ghost = proposed(evening, page, oversized["id"])
    sheet(page)
    change(page, oversized["id"]).locator(".pick").click()
    outline = page.locator(f'[data-outline="{ghost["to_ids"][0]}"]')
    outline.wait_for()
    assert "Sparse" in outline.inner_text()
    area = evening.rows("area")[evening.rows("table")[ghost["to_ids"][0]]["area_id"]]
    assert page.locator(".areas [aria-pressed=true]").inner_text().startswith(area["name"])
    still(page)
    page.evaluate(WATCH_TABLES)
    change(page, oversized["id"]).locator(".pick").click()
    page.get_by_role("button", name="Outlines").click()
    outline.wait_for(state="detached")
    change(page, oversized["id"]).locator(".pick").click()
    outline.wait_for()
    shown = page.evaluate("[...document.querySelectorAll('[data-outline]')].map(o => o.dataset.outline)")
    assert {*shown} <= {*ghost["to_ids"], *ghost["from_ids"]}, "what is looked at is shown, and that alone"
    change(page, oversized["id"]).locator(".pick").click()
    page.get_by_role("button", name="Outlines").click()
    outline.wait_for()
    assert page.evaluate("window.drawn") == []


def test_one_change_is_accepted_and_taken_back(tablets, evening, oversized):
    page, other = tablets(), tablets()
    ghost = proposed(evening, page, oversized["id"])
    sheet(page)
    sheet(other)
    change(other, oversized["id"]).wait_for()
    moves = [g for g in evening.rows("ghost").values() if g["from_ids"] and g["to_ids"]]
    do = change(page, oversized["id"]).get_by_role("button", name=re.compile("^Do it: Sparse"))
    many = int(re.search(r"\d+|$", do.inner_text())[0] or 1)  # with those that make room
    do.focus()
    page.keyboard.press("Enter")
    change(page, oversized["id"]).wait_for(state="detached")
    page.wait_for_function("!!document.activeElement.closest('.drawer')")  # the focus stays in the sheet
    change(other, oversized["id"]).wait_for(state="detached")
    until(page, lambda: held(evening, oversized["id"]) == sorted(ghost["to_ids"]))
    assert sum(held(evening, g["id"]) == sorted(g["to_ids"]) for g in moves) == many, "the others wait to be decided"
    page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    until(page, lambda: held(evening, oversized["id"]) == [oversized["table"]])
    change(other, oversized["id"]).wait_for()


def test_it_is_told_at_the_booking_and_at_the_table_too(tablets, evening, oversized):
    page = tablets()
    ghost = proposed(evening, page, oversized["id"])
    tables = evening.rows("table")
    number = tables[ghost["to_ids"][0]]["number"]
    page.locator("[data-tab=arriving]").click()
    mine = page.locator(f'[data-booking="{oversized["id"]}"]')
    assert number in mine.locator(".plto").text_content()
    page.get_by_role("button", name=evening.rows("area")[tables[oversized["table"]]["area_id"]]["name"]).first.click()
    page.locator(f'[data-table="{oversized["table"]}"]').click()
    page.get_by_test_id("sheet").get_by_role("button", name="Show Sparse in the plan").click()
    page.locator(f'[data-change="{oversized["id"]}"].sel').wait_for()
    page.keyboard.press("Escape")
    mine.locator(".pick").click()
    assert ghost["why"] in mine.get_by_test_id("planhere").inner_text()
    mine.get_by_test_id("planhere").get_by_role("button", name="Stays").click()
    mine.get_by_role("button", name="Pinned").wait_for()
    assert held(evening, oversized["id"]) == [oversized["table"]]


def test_everything_is_accepted_at_once(tablets, evening, oversized):
    page = tablets()
    proposed(evening, page, oversized["id"])
    plan = sheet(page)
    change(page, oversized["id"]).wait_for()
    plan.get_by_role("button", name=re.compile("^Do (it|all)")).first.click()
    until(page, lambda: held(evening, oversized["id"]) not in ([], [oversized["table"]]))
    until(page, lambda: not [g for g in evening.rows("ghost").values() if g["from_ids"] and g["to_ids"]])
    page.locator("[data-change].move").first.wait_for(state="detached")


def test_a_pinned_booking_stays_and_may_be_moved_again(tablets, evening, oversized):
    page = tablets()
    proposed(evening, page, oversized["id"])
    sheet(page)
    change(page, oversized["id"]).get_by_role("button", name="Pin Sparse").click()
    pinned = page.locator(f'[data-pinned="{oversized["id"]}"]')
    pinned.wait_for()
    change(page, oversized["id"]).wait_for(state="detached")
    assert held(evening, oversized["id"]) == [oversized["table"]]
    pinned.get_by_role("button", name="Unpin Sparse").click()
    pinned.wait_for(state="detached")
    change(page, oversized["id"]).wait_for()


def test_a_plan_that_is_out_of_date_is_not_done(tablets, evening, oversized):
    page = tablets()
    proposed(evening, page, oversized["id"])
    sheet(page)
    mine = change(page, oversized["id"])
    mine.wait_for()
    page.evaluate("""async () => { const { plan } = await import('/static/plan/state.js'); plan.peek().basis -= 1; }""")
    mine.get_by_role("button", name=re.compile("^Do it")).click()
    toast(page, "The plan has changed since you looked")
    assert held(evening, oversized["id"]) == [oversized["table"]]
    mine.wait_for()


def test_how_sure_the_house_is_is_said_in_plain_words(tablets, evening):
    page = tablets()
    words = page.evaluate("""async () => {
      const { sureness } = await import('/static/plan/rows.js');
      const q = { basis: 1, found_by: 'exact', proven: false, gap: 0.00341, cost: 1, bound: 1, covers: 1, terms: {}, flag: null, made: '' };
      return [q, { ...q, gap: 0.0000001 }, { ...q, gap: 0.1234 }, { ...q, proven: true, gap: 0 }, { ...q, flag: 'crashed' }, { ...q, found_by: 'greedy' }].map(x => sureness(x).word);
    }""")
    assert words == [
        "At most 0.4 % below the best", "At most 0.1 % below the best", "At most 13 % below the best", "Proven best",
        "Simple plan", "Simple plan",
    ]  # fmt: skip


def test_a_move_goes_with_those_that_make_room_for_it(tablets, evening):
    page = tablets()
    chains = page.evaluate("""async () => {
      const { together } = await import('/static/plan/rows.js');
      const move = (id, from, to, starts, ends) => ({ id, kind: 'move', from_ids: [from], to_ids: [to], starts, ends });
      const all = [move('a', '1', '2', 10, 20), move('b', '2', '3', 15, 25), move('c', '3', '4', 24, 30),
        move('d', '2', '5', 20, 30), move('e', '5', '1', 10, 20)];
      return ['a', 'b', 'e'].map(id => together(all, id).map(c => c.id).join(''));
    }""")
    assert chains == ["abc", "bc", "eabc"], "d comes once a has left, so it is in nobody's way"


# ---- between the lanes


def test_ghosts_stand_in_the_timeline_and_lead_to_their_reason(tablets, evening, oversized):
    page = tablets("/book?view=timeline", role="manager")
    ghost = proposed(evening, page, oversized["id"])
    bar = page.locator(f'[data-lane="{ghost["to_ids"][0]}"] [data-bar="plan:{oversized["id"]}"]')
    bar.wait_for()
    assert ghost["why"] in bar.get_attribute("aria-label")
    bar.click()
    page.locator(f'[data-change="{oversized["id"]}"].sel').wait_for()
    page.keyboard.press("Escape")
    strip = page.get_by_test_id("plan")
    assert re.search(r"\d+ move", strip.inner_text())
    strip.get_by_role("button", name="Outlines").click()
    bar.wait_for(state="detached")
    strip.get_by_role("button", name="Outlines").click()
    bar.wait_for()


def test_another_day_is_planned_on_asking(tablets, evening):
    day = later(evening, 24, "19:00")
    made = booked(evening, name="Faraway", covers=2, starts_at=day)
    large = max(evening.rows("table").values(), key=lambda t: t["max_covers"])["id"]
    assert evening.give("place_booking", booking_id=made["booking_id"], table_ids=[large])["status"] == "done"
    page = tablets(f"/book?view=timeline&date={day[:10]}", role="manager")
    page.get_by_test_id("plan").get_by_role("button", name="Plan this day").click()
    page.locator(f'[data-bar="plan:{made["booking_id"]}"]').wait_for()
    sheet(page)
    change(page, made["booking_id"]).get_by_role("button", name=re.compile("^Do it: Faraway")).click()
    change(page, made["booking_id"]).wait_for(state="detached")
    page.get_by_text("Everybody sits where the plan would have them").wait_for()


# ---- what if


def test_what_would_be_stands_beside_what_is_and_is_adopted_or_dropped(tablets, evening):
    page = tablets(role="manager")
    what = sheet(page, "i")
    what.locator("[data-kind=add_party]").click()
    draft = what.locator("[data-draft=add_party]")
    for _ in range(8):
        draft.get_by_role("button", name="Guests: less").click()
    draft.get_by_label("At", exact=True).fill("22:45")
    assert page.evaluate(TARGETS, ".drawer") == []
    what.get_by_role("button", name="Show what would be").click()
    compared = page.get_by_test_id("compared")
    compared.wait_for()
    cells = compared.locator(".beside tbody tr").first.locator("td").all_inner_texts()
    assert int(cells[1]) - int(cells[0]) == int(cells[2].replace("−", "-").replace("=", "0")) == 4
    assert "A party of 4 at 22:45" in compared.inner_text()
    compared.get_by_label("In whose name").fill("Whatif")
    compared.get_by_role("button", name="Adopt").click()
    booking = until(page, lambda: next((b for b in evening.rows("booking").values() if b["name"] == "Whatif"), None))
    assert booking["covers"] == 4
    compared.get_by_role("button", name=re.compile("^Take (it|all) back")).click()
    until(
        page,
        lambda: not any(b["name"] == "Whatif" and b["status"] != "cancelled" for b in evening.rows("booking").values()),
    )
    compared.get_by_text("Taken back").first.wait_for()
    compared.get_by_role("button", name=re.compile("Drop it|Good")).click()
    what.get_by_text("What are you thinking of?").wait_for()


def test_a_step_that_is_refused_stops_there_and_says_so(tablets, evening):
    page = tablets(role="manager")
    what = sheet(page, "i")
    what.locator("[data-kind=lose_table]").click()
    number = evening.free_up(1)[0]
    table = next(t for t in evening.rows("table").values() if t["number"] == number)
    what.locator("[data-draft] select").select_option(table["id"])
    what.get_by_role("button", name="Show what would be").click()
    compared = page.get_by_test_id("compared")
    compared.wait_for()
    assert evening.give("seat_party", table_ids=[table["id"]], covers=2, anyway=True)["status"] == "done"
    compared.get_by_role("button", name="Adopt").click()
    compared.locator(".steps .refused").wait_for()
    assert compared.get_by_role("alert").inner_text()


def test_thinking_is_shown_cancelled_and_its_failure_told(tablets, evening):
    page = tablets(role="manager")
    asked = []

    def never(route) -> None:
        asked.append(route)

    page.route("**/what-if", never)
    what = sheet(page, "i")
    what.locator("[data-kind=rain]").click()
    what.get_by_role("button", name="Show what would be").click()
    what.get_by_text("Planning both evenings").wait_for()
    what.get_by_role("button", name="Cancel").click()
    what.get_by_role("button", name="Show what would be").wait_for()
    still(page)
    assert len(asked) == 1, "the tap that cancels asks for nothing"
    assert what.get_by_role("alert").count() == 0, "who cancels is told of no failure"
    page.unroute_all(behavior="ignoreErrors")
    page.route("**/what-if", lambda route: route.abort())
    what.get_by_role("button", name="Show what would be").click()
    alert = what.get_by_role("alert")
    alert.filter(has_text="Nothing was changed").wait_for()
    page.unroute_all(behavior="ignoreErrors")
    what.get_by_role("button", name="Show what would be").click()
    page.get_by_test_id("compared").wait_for()


# ---- for everybody


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_all_can_use_it_and_a_phone_has_room_for_it(tablets, evening, grand, oversized, waiting, theme):
    party = waiting("Everyone")
    page = tablets(theme=theme, role="manager")
    proposed(evening, page, oversized["id"])
    card(page, party).locator(".why1").click()
    card(page, party).locator(".sugs").wait_for()
    assert violations(page) == []
    sheet(page)
    change(page, grand).wait_for()
    page.locator(".weighed summary").click()
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 1180, "height": 820})
    page.keyboard.press("Escape")
    what = sheet(page, "i")
    for kind in ("add_party", "close_area", "rain", "lose_server", "lose_table"):
        what.locator(f"[data-kind={kind}]").click()
    assert violations(page) == []
    what.get_by_role("button", name="Show what would be").click()
    page.get_by_test_id("compared").wait_for()
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_the_link_the_plan_stays_and_nothing_can_be_done_with_it(tablets, evening, oversized):
    page = tablets()
    proposed(evening, page, oversized["id"])
    sheet(page)
    change(page, oversized["id"]).wait_for()
    page.context.set_offline(True)
    page.get_by_test_id("link").filter(has_text=re.compile("Offline|Connecting")).wait_for()
    until(page, lambda: change(page, oversized["id"]).get_by_role("button", name=re.compile("^Do it")).is_disabled())
    page.context.set_offline(False)
    page.get_by_test_id("link").filter(has_text="Live").wait_for()
