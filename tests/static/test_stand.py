"""The stand: what is said there, in which order, how large, and that it is never older than it looks."""

import gzip
import re

import pytest

from tests.static.conftest import live, still, until
from tests.static.test_fit_and_finish import FIRST_JS_GZ, STATIC, first_js, violations

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(240)]
MOVE = """([id, minutes, change]) => import('/static/parts/here.js').then(async ({ replica }) => {
  const { houseNow } = await import('/static/replica/clock.js');
  const book = [...replica.channels.keys()].find(c => c.startsWith('book:')), rows = replica.channels.get(book).rows.get('booking');
  rows.set(id, { ...rows.get(id), starts_at: new Date(houseNow() + minutes * 60000).toISOString(), ...change });
  replica.draw();
})"""


@pytest.fixture
def stand(handed, evening):
    def open_one(width=1280, height=800, motion="reduce", script=""):
        page = handed(width=width, height=height, role="host", reduced_motion=motion, script=script)
        page.goto(evening.url + "/stand")
        page.locator(".stand").wait_for()
        live(page)
        return page

    return open_one


def group(page, name):
    return page.locator(f'[data-group="{name}"]')


def test_arrivals_stand_by_time_and_late_ones_are_marked(stand, evening):
    page = stand()
    coming = sorted(
        (b for b in evening.rows("booking").values() if b["kind"] == "dining" and b["status"] in ("pending", "confirmed", "reminded")),
        key=lambda b: (b["starts_at"], b["name"]),
    )  # fmt: skip
    lines = group(page, "arriving").locator(".line")
    shown = [line.get_attribute("data-line") for line in lines.all()]
    assert shown == [b["id"] for b in coming[: len(shown)]]
    assert len(shown) >= 6
    last = coming[-1]["id"]
    page.evaluate(MOVE, [last, -21.5, {}])
    first = lines.first
    until(page, lambda: first.get_attribute("data-line") == last)  # by its time it is the first to be looked for
    assert "late" in first.get_attribute("class").split()
    assert "21′" in first.inner_text()
    assert "late" in first.inner_text()
    assert first.locator("use[href='#triangle-alert']").count() == 1
    late = int(re.search(r"(\d+) late", group(page, "arriving").locator("h2").inner_text())[1])
    assert late >= lines.and_(page.locator(".late")).count() >= 1
    page.evaluate(MOVE, [last, -21.5, {"status": "arrived", "arrived_at": None, "arrival": "bar"}])
    here = group(page, "here").locator(f'[data-line="{last}"]')
    assert "at the bar" in here.inner_text()
    assert "21′" in here.inner_text()


def test_the_line_offers_and_replies_are_live(stand, evening):
    number = evening.free_up(1)[0]
    table = next(t["id"] for t in evening.rows("table").values() if t["number"] == number)
    page = stand(1600, 1500)  # room for whoever stands last
    made = evening.give("add_party", name="Quartz", covers=2, quoted_min=20)
    assert made["status"] == "done", made
    party = made["result"]["party_id"]
    waits = group(page, "waiting").locator(f'[data-line="{party}"]')
    waits.filter(has_text="of 20′ quoted").wait_for()
    offer = evening.give("notify_party", party_id=party, table_ids=[table])
    assert offer["status"] == "done", offer
    asked = group(page, "offers").locator(".line").filter(has_text="Quartz")
    asked.wait_for()
    assert asked.locator(".lead").inner_text() == number
    assert "left" in asked.inner_text()
    assert waits.count() == 0  # not told twice
    done = evening.give("answer_offer", offer_id=offer["result"]["offer_id"], answer="accept")
    assert done["status"] == "done", done
    asked.filter(has_text="On my way").wait_for()
    assert evening.give("remove_party", party_id=party)["status"] == "done"
    asked.wait_for(state="detached")


def test_the_map_draws_tables_as_they_are(stand, evening):
    page = stand()
    tables, areas = evening.rows("table"), evening.rows("area")
    shown = page.locator(".room").first.locator("ul").get_attribute("aria-label")
    area = next(a["id"] for a in areas.values() if a["name"] == shown)
    assert page.locator(".room").first.locator(".m").count() == sum(t["area_id"] == area and t["active"] for t in tables.values())
    number = evening.free_up(1)[0]
    table = next(t["id"] for t in tables.values() if t["number"] == number)
    seated = evening.give("seat_party", table_ids=[table], covers=2, name="Mapp")
    page.locator(".m").filter(has_text=f"Table {number}, Just sat").wait_for()
    seated_covers = str(sum(s["covers"] for s in evening.rows("seating").values()))
    page.locator('[data-kpi="seated"]').filter(has_text=re.compile(f"^{seated_covers}$")).wait_for()
    evening.give("undo", seq=seated["seq"])


def test_it_is_read_from_afar_and_nothing_is_cut_off(stand):
    page = stand()
    for width, height in ((1280, 800), (1920, 1080), (1080, 1920)):
        page.set_viewport_size({"width": width, "height": height})
        still(page)  # lists are measured anew
        page.wait_for_function(
            "wanted => [document.documentElement.scrollWidth, document.documentElement.scrollHeight].join() === wanted",
            arg=f"{width},{height}",
        )  # fmt: skip
        page.wait_for_timeout(200)
        seen = page.evaluate("""() => [...document.querySelectorAll('.line .lead, .line .n, .line .fig b')].map(e =>
            [parseFloat(getComputedStyle(e).fontSize), e.closest('.line').getBoundingClientRect().bottom <= e.closest('.col').getBoundingClientRect().bottom + 1])""")
        assert seen
        assert all(whole for _, whole in seen), (width, height)
        assert min(size_px for size_px, _ in seen) >= 26
        assert page.locator(".clock").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 56
        assert violations(page) == []


def test_it_says_how_old_it_is(stand, evening):
    page = stand()
    assert page.locator(".line").count() > 6
    evening.stop()
    try:
        page.get_by_test_id("link").filter(has_text="Offline").wait_for()
        page.get_by_role("alert").filter(has_text="No link since").wait_for()
        assert page.locator(".line").count() > 6  # the last known room stays
    finally:
        evening.start()
    live(page)
    page.get_by_role("alert").filter(has_text="No link").wait_for(state="detached")


@pytest.mark.parametrize("page", ["stand", "admin"])
def test_first_javascript_stays_within_its_budget(page):
    files = first_js(STATIC / page / "screen.js")
    assert len(files) > 10
    assert sum(len(gzip.compress(f.read_bytes(), 9)) for f in files) <= FIRST_JS_GZ


def test_areas_take_turns_unless_motion_is_unwanted(stand):
    hurry = "const real = setInterval; window.setInterval = (f, ms, ...a) => real(f, ms === 15000 ? 700 : ms, ...a)"
    for motion, moves in (("no-preference", True), ("reduce", False)):
        page = stand(motion=motion, script=hurry)
        rooms = page.locator(".room ul")
        page.locator(".room").first.wait_for()
        assert rooms.count() < page.locator(".rooms li").count()
        assert page.locator(".rooms .on").count() == rooms.count()
        seen = set()
        for _ in range(8):
            seen.add(" ".join(room.get_attribute("aria-label") for room in rooms.all()))
            page.wait_for_timeout(300)
        assert (len(seen) > 1) == moves, seen
