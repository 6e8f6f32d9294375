"""Reach, contrast, size and speed: what a tablet needs beyond being right."""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from static.tools.shell import written
from tests.static.conftest import ROOT, still

STATIC = ROOT / "static"
FIRST_JS_GZ = 60 * 1024  # bytes; the budget of a screen's first JavaScript
MAIN_THREAD_MS = 450  # per second, this box shared with others; 200 is the aim on a quiet one

browser = [pytest.mark.browser, pytest.mark.house, pytest.mark.timeout(240)]


def first_js(entry: Path) -> set[Path]:
    """Every module the entry pulls in before anything is shown."""
    seen: set[Path] = set()
    todo = [entry]
    while todo:
        path = todo.pop().resolve()
        if path in seen:
            continue
        seen.add(path)
        todo += [path.parent / m for m in re.findall(r"(?:from|import) '(\.[^']+)'", path.read_text())]
    return seen


def test_first_javascript_stays_within_its_budget():
    files = first_js(STATIC / "floor" / "screen.js")
    assert len(files) > 20
    assert sum(len(gzip.compress(f.read_bytes(), 9)) for f in files) <= FIRST_JS_GZ


def test_the_shell_list_is_up_to_date():
    source = (STATIC / "sw.js").read_text()
    assert written(source) == source, "run: python -m static.tools.shell"


def test_vendored_files_are_what_their_list_says():
    listed = dict(re.findall(r"\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|", (STATIC / "vendor" / "README.md").read_text()))
    found = {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest()
        for p in (STATIC / "vendor").iterdir()
        if p.suffix in {".js", ".svg"}
    }
    assert listed == found


def test_the_modules_keep_to_their_types():
    tsc = os.environ.get("TSC") or shutil.which("tsc")
    if not tsc:
        pytest.skip("no TypeScript compiler here; name one in TSC to check the screens' types")
    done = subprocess.run([tsc, "-p", str(STATIC)], check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


def test_pages_name_no_other_host():
    for page in [*STATIC.rglob("*.html"), *STATIC.rglob("*.css")]:
        assert not re.search(r"https?://(?!www\.w3\.org)", page.read_text()), page


def violations(page) -> list[str]:
    """What axe finds wrong on the page as it is once nothing moves any more."""
    from axe_playwright_python.base import AXE_FILE_PATH

    still(page)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_FILE_PATH.read_text())
    found = page.evaluate("() => axe.run({ resultTypes: ['violations'] }).then(all => all.violations)")
    return [f"{v['id']}: {n['html'][:140]} {n.get('failureSummary', '')[:200]}" for v in found for n in v["nodes"][:4]]


@pytest.mark.parametrize("theme", ["dark", "light"])
class TestAxe:
    pytestmark = browser

    def test_floor_lists_sheets_and_pads(self, tablets, theme):
        page = tablets(theme=theme)
        assert violations(page) == []
        page.locator("[data-party] .pick, [data-tab=arriving]").first.click()
        page.wait_for_timeout(400)
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.locator("[data-tab=arriving]").click()
        page.locator("[data-booking] .pick").first.click()
        page.locator(".pane.picking").wait_for()
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.locator("[data-tab=seated]").click()
        for wanted in ("dining", "available", "dirty"):
            if page.locator(f"[data-look={wanted}]").count():
                page.locator(f"[data-look={wanted}]").first.click()
                page.get_by_test_id("sheet").wait_for()
                assert violations(page) == [], wanted
        for key, opens in (("a", "add"), ("b", "book"), ("w", "walkin"), ("h", "history")):
            page.keyboard.press("Escape")
            page.locator("body").click(position={"x": 2, "y": 2})
            page.keyboard.press(key)
            page.get_by_test_id(opens).wait_for()
            assert violations(page) == [], key

    def test_the_door(self, handed, evening, theme):
        page = handed(width=1280, height=800, script=f"localStorage.setItem('theme', '{theme}')")
        page.goto(evening.url + "/login")
        page.locator("[data-role=host]").wait_for()
        assert violations(page) == []
        page.get_by_role("button", name="Sign in with e-mail").click()
        page.get_by_label("E-mail").fill("nobody@example.test")
        page.get_by_label("Password").fill("not the password")
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("alert").wait_for()
        assert violations(page) == []


@pytest.mark.browser
@pytest.mark.house
@pytest.mark.parametrize("size", [(1280, 800), (1024, 768), (768, 1024), (390, 844)])
def test_no_sideways_scroll_and_every_target_is_a_fingers_width(tablets, size):
    page = tablets(width=size[0], height=size[1])
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    small = page.evaluate("""() => [...document.querySelectorAll('button')].filter(b => b.offsetParent).map(b => {
        const r = b.getBoundingClientRect(), s = getComputedStyle(b, '::after');
        const grow = b.dataset.table ? 2 * Math.max(0, -parseFloat(s.top)) : 0;
        return [b.ariaLabel || b.textContent.trim().slice(0, 30), r.width + grow, r.height + grow];
    }).filter(([, w, h]) => w < 43.5 || h < 43.5)""")
    assert small == []


@pytest.mark.browser
@pytest.mark.house
@pytest.mark.timeout(240)
def test_two_hundred_changes_a_second_leave_the_main_thread_free(tablets, record_property):
    """150 tables in one room, 200 publications a second for four seconds, through the replica to the page."""
    page = tablets()
    page.evaluate("""async () => {
      const { replica, link } = await import('/static/floor/house.js');
      link.client.disconnect();
      const floor = [...replica.channels.keys()].find(c => c.startsWith('floor:'));
      const held = replica.channels.get(floor), first = [...held.rows.get('area').values()][0];
      const tables = held.rows.get('table'), t0 = [...tables.values()][0], s0 = [...held.rows.get('seating').values()][0];
      for (const t of [...tables.values()]) tables.delete(t.id);
      held.rows.get('area').set(first.id, { ...first, width: 1600, height: 1000, fixtures: [] });
      for (const s of [...held.rows.get('seating').keys()]) held.rows.get('seating').delete(s);
      for (let i = 0; i < 150; i++) {
        tables.set('x' + i, { ...t0, id: 'x' + i, area_id: first.id, number: String(i), x: 30 + (i % 15) * 104, y: 30 + Math.floor(i / 15) * 96, w: 76, h: 64, status: 'occupied' });
        held.rows.get('seating').set('y' + i, { ...s0, id: 'y' + i, table_ids: ['x' + i], name: 'Party ' + i });
      }
      replica.soon();
    }""")
    page.wait_for_function("document.querySelectorAll('[data-table]').length === 150")
    page.wait_for_timeout(1000)
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy_s() -> float:
        return next(m["value"] for m in cdp.send("Performance.getMetrics")["metrics"] if m["name"] == "TaskDuration")

    before = busy_s()
    page.evaluate("""() => new Promise(async done => {
      const { replica } = await import('/static/floor/house.js');
      const floor = [...replica.channels.keys()].find(c => c.startsWith('floor:')), held = replica.channels.get(floor);
      const stages = ['just_sat', 'ordered', 'served', 'check']; let n = 0; const began = performance.now();
      const timer = setInterval(() => {
        const due = Math.floor((performance.now() - began) / 5);
        for (; n < due && n < 800; n++) {
          const s = held.rows.get('seating').get('y' + (n * 7) % 150);
          replica.publish(floor, held.offset + 1, { seq: held.seq + 1, at: held.at, facts: [], patches: [{ put: { ...s, stage: stages[n % 4], version: s.version + 1 } }] });
        }
        if (n >= 800) { clearInterval(timer); done(); }
      }, 5);
    })""")
    per_s = (busy_s() - before) / 4 * 1000
    record_property("main_thread_ms_per_s", round(per_s))
    print(f"\nmain thread: {per_s:.0f} ms/s at 150 tables, 200 changes/s")
    assert per_s <= MAIN_THREAD_MS
