"""The evening by table: bars taken in hand and put elsewhere by tap, by drag and by keys, as every tablet then shows it."""

from typing import Any

import pytest

from tests.static.conftest import until
from tests.static.test_book import booked, form, later, sheet, toast
from tests.static.test_fit_and_finish import violations

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(240)]


@pytest.fixture
def timelines(tablets, evening):
    """One more tablet with the timeline of a day open."""

    def open_one(date: str = "", **how: Any) -> Any:
        page = tablets(f"/book?view=timeline{'&date=' + date if date else ''}", **{"role": "manager", **how})
        page.locator(".tl [data-lane]").first.wait_for()
        return page

    return open_one


IN_SIGHT = """() => {
  const box = document.querySelector('.tl').getBoundingClientRect();
  const seen = l => l.getBoundingClientRect().top > box.top + 120 && l.getBoundingClientRect().bottom < box.bottom - 60;
  const lane = [...document.querySelectorAll('.lane.yes')].find(seen);
  return [lane.dataset.lane, lane.getBoundingClientRect().top];
}"""  # a table that would do and need not be scrolled to


def tables_of(evening, booking_id: str) -> list[str]:
    rows = evening.sign_in().get(f"/api/sites/{evening.site}/bookings/{booking_id}")
    assert rows.status_code == 200
    date = rows.json()["service_date"]
    held = evening.sign_in().get(f"/api/state/book:{evening.site}:{date}").json()["rows"]
    return sorted(row["table_id"] for row in held if row["type"] == "hold" and row["owner_id"] == booking_id and row["status"] == "held")


def bar(page, booking_id: str) -> Any:
    return page.locator(f'[data-bar="{booking_id}"]')


def lane(page, table_id: str) -> Any:
    return page.locator(f'[data-lane="{table_id}"]')


def test_every_plan_stands_at_its_table(timelines, evening):
    page = timelines()
    numbers = {table["id"]: table["number"] for table in evening.rows("table").values()}
    seated = {seating["id"]: seating["table_ids"] for seating in evening.rows("seating").values()}
    shown = page.evaluate("[...document.querySelectorAll('[data-lane]')].map(l => [l.dataset.number, [...l.querySelectorAll('[data-bar]')].map(b => b.dataset.bar)])")
    at = dict(shown)
    assert sorted(at) == sorted(numbers.values())
    still = {seating["id"]: seating["table_ids"] for seating in evening.rows("seating").values()}
    stayed = [one for one, ids in seated.items() if still.get(one) == ids]
    assert stayed
    for one in stayed:
        for table in seated[one]:
            assert one in at[numbers[table]], one


def test_a_tap_takes_it_and_a_tap_puts_it_elsewhere(timelines, evening):
    made = booked(evening, name="Lanes", covers=2, starts_at=later(evening, 20, "18:00"))
    mine, date = made["booking_id"], later(evening, 20)[:10]
    page, other = timelines(date), timelines(date)
    [was] = tables_of(evening, mine)
    bar(page, mine).click()
    page.get_by_test_id("hand").get_by_text("Lanes").wait_for()
    assert lane(page, was).locator(".put").is_disabled()
    assert "Here now" in lane(page, was).inner_text()
    target = page.locator(".lane.yes").nth(2)
    table = target.get_attribute("data-lane")
    target.locator(".put").click(position={"x": 200, "y": 20})
    toast(page, "Lanes planned at")
    lane(other, table).locator(f'[data-bar="{mine}"]').wait_for()
    assert table in tables_of(evening, mine)
    page.keyboard.press("u")
    lane(other, was).locator(f'[data-bar="{mine}"]').wait_for()
    assert tables_of(evening, mine) == [was]


def test_a_taken_table_says_by_whom(timelines, evening):
    first = booked(evening, name="Firstcome", covers=2, starts_at=later(evening, 21, "18:00"))
    second = booked(evening, name="Secondcome", covers=2, starts_at=later(evening, 21, "18:30"))
    page = timelines(later(evening, 21)[:10])
    bar(page, second["booking_id"]).click()
    taken = lane(page, first["table_ids"][0])
    assert "Firstcome 18:00" in taken.inner_text()
    assert taken.locator(".put").is_disabled()
    page.keyboard.press("Escape")
    page.get_by_test_id("hand").wait_for(state="detached")


def test_it_is_dragged_by_a_mouse(timelines, evening):
    made = booked(evening, name="Dragged", covers=2, starts_at=later(evening, 22, "18:00"))
    page = timelines(later(evening, 22)[:10])
    bar(page, made["booking_id"]).evaluate("e => e.scrollIntoView({ block: 'center' })")
    box = bar(page, made["booking_id"]).bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + 60, steps=4)
    page.locator(".lane.yes").first.wait_for()
    table, top = page.evaluate(IN_SIGHT)
    page.mouse.move(box["x"] + 20, top + 20, steps=4)
    page.locator(".lane.aim").wait_for()
    page.mouse.up()
    lane(page, table).locator(f'[data-bar="{made["booking_id"]}"]').wait_for()
    until(page, lambda: table in tables_of(evening, made["booking_id"]))
    assert page.get_by_test_id("hand").count() == 0, "the drop is not also a tap"


def test_by_keyboard_alone(timelines, evening):
    made = booked(evening, name="Keyed", covers=2, starts_at=later(evening, 23, "18:00"))
    page = timelines()
    page.keyboard.press("v")
    page.locator(".book-list").wait_for()
    page.keyboard.press("v")
    page.goto(f"{evening.url}/book?view=timeline&date={later(evening, 23)[:10]}")
    bar(page, made["booking_id"]).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_test_id("hand").wait_for()
    page.keyboard.press("ArrowDown")
    table = page.locator(".lane.aim").get_attribute("data-lane")
    page.keyboard.press("Enter")
    lane(page, table).locator(f'[data-bar="{made["booking_id"]}"]').wait_for()
    until(page, lambda: table in tables_of(evening, made["booking_id"]))


def test_who_has_no_table_waits_on_top_until_one_is_named(timelines, evening):
    made = booked(evening, name="Grand", covers=20, starts_at=later(evening, 24, "18:00"))
    booked(evening, name="Beside", covers=2, starts_at=later(evening, 24, "18:00"))
    page = timelines(later(evening, 24)[:10])
    assert made["table_ids"] == [], "no place of the sample house seats twenty"
    loose = page.locator(f'[data-loose="{made["booking_id"]}"]')
    loose.click()
    hand = page.get_by_test_id("hand")
    hand.get_by_text("no table would do").or_(hand.get_by_text("no other table would do")).wait_for()
    hand.get_by_role("button", name="Open").click()
    sheet(page).get_by_text("Grand").first.wait_for()
    page.keyboard.press("Escape")
    loose.click()
    hand.get_by_role("button", name="Other time").click()
    form(page)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_all_can_use_it_and_a_phone_has_room_for_it(timelines, evening, theme):
    page = timelines(theme=theme)
    page.locator(".bar.to").first.click()
    page.get_by_test_id("hand").wait_for()
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator(".inhand").bounding_box()["height"] < 100
