"""What every page shares: a session that is renewed in passing, further days, the way between the screens."""

from datetime import date, timedelta
from urllib.parse import quote

import pytest

from tests.static.conftest import live

pytestmark = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(240)]

RECENT = """site => import('/static/replica/house.js').then(h =>
  Promise.all([1, 2, 3, 4].map(() => h.call(`/api/sites/${site}/recent`).then(() => 'read', e => String(e)))))"""


def renewals(pages):
    """Counts from now on how often these pages renew their session."""
    seen = []
    for page in pages:
        page.on("request", lambda r: seen.append(r.url) if r.url.endswith("/api/refresh") else None)
    return seen


def lose_session(page):
    page.context.clear_cookies(name="maitred_session")


def test_a_session_that_ran_out_is_renewed_once_for_all_who_ask(tablets, evening):
    page = tablets()
    seen = renewals([page])
    lose_session(page)
    assert page.evaluate(RECENT, evening.site) == ["read"] * 4
    assert len(seen) == 1
    lose_session(page)
    page.goto(evening.url + "/login?next=" + quote("/floor"))
    assert page.evaluate(RECENT, evening.site) == ["read"] * 4


def test_a_house_too_busy_to_renew_signs_nobody_out(tablets, evening):
    page = tablets()
    page.route("**/api/refresh", lambda route: route.fulfill(status=503, json={"status": "refused"}))
    lose_session(page)
    assert all("no renewal just now" in said for said in page.evaluate(RECENT, evening.site))
    page.unroute("**/api/refresh")
    assert page.evaluate(RECENT, evening.site) == ["read"] * 4
    assert page.url.endswith("/floor")


def test_two_tabs_renew_one_session_between_them(tablets, evening):
    one = tablets()
    two = one.context.new_page()
    two.goto(evening.url + "/floor")
    live(two)
    seen = renewals([one, two])
    lose_session(one)
    for page in (one, two):  # both ask before either has been answered
        page.evaluate(f"site => {{ window.asked = ({RECENT})(site); }}", evening.site)
    for page in (one, two):
        assert page.evaluate("() => window.asked") == ["read"] * 4
    assert 1 <= len(seen) <= 2
    for page in (one, two):  # neither lost its sign-in over it
        assert page.evaluate(RECENT, evening.site) == ["read"] * 4


def test_who_is_signed_out_comes_back_to_where_they_were(tablets, evening):
    page = tablets()
    page.context.clear_cookies()
    page.evaluate("import('/static/replica/house.js').then(h => h.call('/api/me')).catch(() => {})")
    page.wait_for_url("**/login?next=%2Ffloor")
    page.locator("[data-role=host]").click()
    page.wait_for_url("**/floor")
    live(page)


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/api/logout"]
)
def test_the_door_leads_nowhere_but_into_the_house(handed, evening, elsewhere):
    page = handed(width=1280, height=800)
    page.goto(f"{evening.url}/login?next={quote(elsewhere, safe='')}")
    page.locator("[data-role=host]").click()
    page.wait_for_url(evening.url + "/floor")


def test_another_days_bookings_join_while_they_are_watched(tablets, evening):
    page = tablets()
    today = date.fromisoformat(evening.rows("venue")[evening.site]["service_date"])
    day = today + timedelta(days=3)
    word = f"import('/static/parts/here.js').then(h => h.link.days.value.get('{day}'))"
    names = "import('/static/parts/here.js').then(h => [...h.replica.all('booking').values()].map(b => b.name))"
    page.evaluate(
        f"import('/static/parts/here.js').then(h => {{ h.link.watchDay('{day}'); h.link.watchDay('{day}'); }})"
    )
    page.wait_for_function(f"() => {word}.then(w => w === 'live')")
    made = evening.give("book", name="Thursday", covers=2, starts_at=f"{day}T18:00:00Z", anyway=True)
    assert made["status"] == "done", made
    page.wait_for_function(f"() => {names}.then(n => n.includes('Thursday'))")
    page.locator("[data-tab=arriving]").click()
    page.locator("[data-booking]").first.wait_for()
    assert page.locator("[data-booking]").filter(has_text="Thursday").count() == 0  # not tonight's arrivals
    live(page)
    page.evaluate(f"import('/static/parts/here.js').then(h => h.link.unwatchDay('{day}'))")
    assert "Thursday" in page.evaluate(names)  # somebody still looks
    page.evaluate(f"import('/static/parts/here.js').then(h => h.link.unwatchDay('{day}'))")
    page.wait_for_function(f"() => {names}.then(n => !n.includes('Thursday'))")


def test_a_day_that_is_none_is_told_and_harms_nothing(tablets):
    page = tablets()
    page.evaluate("import('/static/parts/here.js').then(h => h.link.watchDay('never'))")
    page.wait_for_function(
        "() => import('/static/parts/here.js').then(h => h.link.days.value.get('never') === 'closed')"
    )
    page.wait_for_timeout(1500)
    live(page)


def test_the_rail_shows_the_screens_a_role_may_enter(tablets):
    host, manager, server = tablets(), tablets(role="manager"), tablets(role="server")
    rail = "all => all.map(a => new URL(a.href).pathname)"
    assert host.locator(".rail a").evaluate_all(rail) == ["/book", "/stand"]
    assert manager.locator(".rail a").evaluate_all(rail) == ["/book", "/stand", "/admin"]
    assert server.locator(".rail a").evaluate_all(rail) == ["/book"]
    assert host.locator(".rail [aria-current=page]").inner_text() == "Floor"
