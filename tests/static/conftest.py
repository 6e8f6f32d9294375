"""Tablets at a real sample evening: the house's own doors and socket, a real browser in front of them."""

import asyncio
import concurrent.futures
import functools
import itertools
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
OPEN_S = 60  # wall seconds for the serving process to be ready
PATIENCE_MS = 30_000  # for anything that is waited for on a page: this box may be busy


class Evening:
    """The sample house at 19:05 on its own database, with a serving process that can be stopped and started again."""

    def __init__(self, settings: Any) -> None:
        self.settings, self.url = settings, settings.url
        self.process: subprocess.Popen[bytes] | None = None
        self._keys = itertools.count()
        self.client: httpx.Client | None = None
        self.log = settings.data_dir / "serve.log"

    def start(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MAITRED_")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub.serve"], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
                env=environment | self.settings.as_environment(),
            )  # fmt: skip
        end = time.monotonic() + OPEN_S
        with httpx.Client(base_url=self.url, timeout=2) as caller:
            while time.monotonic() < end:
                try:
                    if caller.get("/health/ready").status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                assert self.process.poll() is None, self.log.read_text()[-3000:]
                time.sleep(0.1)
        raise AssertionError("the house did not open: " + self.log.read_text()[-3000:])

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
            self.process = None

    # ---- another member of staff, without a browser

    def sign_in(self) -> httpx.Client:
        if self.client is None:
            self.client = httpx.Client(base_url=self.url, timeout=10)
            assert self.client.post("/api/login/sample", json={"role": "host"}).status_code in (200, 201)
        return self.client

    @functools.cached_property
    def site(self) -> str:
        return self.sign_in().get("/api/me").json()["sites"][0]["site_id"]

    def give(self, name: str, /, **args: Any) -> dict[str, Any]:
        key = f"test-{next(self._keys):05d}-{secrets.token_hex(4)}"
        return self.sign_in().post(f"/api/commands/{name}", json={"site_id": self.site, "key": key, **args}).json()

    def rows(self, kind: str) -> dict[str, dict[str, Any]]:
        site = self.site
        day = next(r for r in self.state(f"floor:{site}") if r["type"] == "venue")["service_date"]
        channel = {"booking": f"book:{site}:{day}", "hold": f"book:{site}:{day}", "party": f"waitlist:{site}",
                   "wait": f"waitlist:{site}"}.get(kind, f"floor:{site}")  # fmt: skip
        return {r["id"]: r for r in self.state(channel) if r["type"] == kind}

    def state(self, channel: str) -> list[dict[str, Any]]:
        return self.sign_in().get(f"/api/state/{channel}").json()["rows"]

    def now(self) -> str:
        return self.sign_in().get(f"/api/state/floor:{self.site}").json()["at"]

    def free_tables(self, seats: int = 2, *, booked: bool = False) -> list[str]:
        """Numbers of free tables of the first area without (or with) a booking still to come."""
        area = min((a for a in self.rows("area").values()), key=lambda a: a["position"])["id"]
        now = self.now()
        held = {h["table_id"] for h in self.rows("hold").values() if h["status"] == "held" and h["ends_at"] > now}
        taken = {t for s in self.rows("seating").values() for t in s["table_ids"]}
        return [
            t["number"]
            for t in self.rows("table").values()
            if t["area_id"] == area and t["active"] and t["status"] == "available" and t["max_covers"] >= seats
            and (t["id"] in held) == booked and t["id"] not in taken
        ]  # fmt: skip

    def free_up(self, count: int, seats: int = 2) -> list[str]:
        """Makes sure that many tables are free and unbooked, by clearing and bussing parties; returns their numbers."""
        tables = self.rows("table")
        held = {
            h["table_id"] for h in self.rows("hold").values() if h["status"] == "held" and h["ends_at"] > self.now()
        }
        area = min((a for a in self.rows("area").values()), key=lambda a: a["position"])["id"]
        ready = self.free_tables(seats)
        for seating in self.rows("seating").values():
            if len(ready) >= count:
                break
            ids = seating["table_ids"]
            if (
                len(ids) == 1
                and ids[0] not in held
                and tables[ids[0]]["max_covers"] >= seats
                and tables[ids[0]]["area_id"] == area
            ):
                assert self.give("clear_seating", seating_id=seating["id"])["status"] == "done"
                if self.rows("table")[ids[0]]["status"] == "cleaning":
                    assert self.give("set_table_status", table_id=ids[0], status="available")["status"] == "done"
                ready.append(tables[ids[0]]["number"])
        for table in tables.values():
            if (
                len(ready) < count
                and table["status"] == "cleaning"
                and table["id"] not in held
                and table["max_covers"] >= seats
                and table["area_id"] == area
            ):
                self.give("set_table_status", table_id=table["id"], status="available")
                ready.append(table["number"])
        assert len(ready) >= count, "the sample house has too few tables for this test"
        return ready[:count]

    def close(self) -> None:
        if self.client:
            self.client.close()
        self.stop()


def run_apart(work: Any) -> None:
    """Runs a coroutine in a thread of its own: the browser's driver keeps a loop running in this one."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


async def say(servers: Any, statement: str) -> None:
    db = await servers.superuser()
    try:
        await db.execute(statement)
    finally:
        await db.close()


async def furnish(settings: Any) -> None:
    """Loads the sample house; one that is loaded already goes on at its last event, as after a pause."""
    from hub.house import House
    from hub.sample import load as sample

    house = await House.open(settings)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sample, "PAUSED_AFTER", timedelta(0))
            await sample.load(house)
    finally:
        await house.close()


@pytest.fixture(scope="session")
def furnished(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that holds the sample house at 19:05; nobody is connected to it."""
    from hub.core.settings import Settings

    run_apart(say(servers, "CREATE DATABASE furnished TEMPLATE maitred STRATEGY FILE_COPY OWNER maitred"))
    run_apart(furnish(Settings(
        data_dir=tmp_path_factory.mktemp("furnished"), database_url=servers.postgres.dsn("furnished"),
        redis_url=servers.valkey.url(), secret="s" * 40, demo=True,
    )))  # fmt: skip
    return "furnished"


# one for each file: the tests of a file play it on, and need not ask what those of another left behind
@pytest.fixture(scope="module")
def evening(servers: Any, furnished: str, request: pytest.FixtureRequest) -> Iterator[Evening]:
    """A file that says `PLANS = True` has a house that plans its evening by itself, as outside of tests."""
    from hub.core.settings import Settings

    name = f"screen_{secrets.token_hex(3)}"
    run_apart(say(servers, f"CREATE DATABASE {name} TEMPLATE {furnished} STRATEGY FILE_COPY OWNER maitred"))
    servers.valkey.forget()
    root = Path(tempfile.mkdtemp(prefix="screens-"))
    settings = Settings(
        data_dir=root, database_url=servers.postgres.dsn(name), redis_url=servers.valkey.url(), secret="s" * 40,
        port=free_port(), demo=True, plans=getattr(request.module, "PLANS", False),
    )  # fmt: skip
    run_apart(furnish(settings))
    opened = Evening(settings)
    try:
        opened.start()
        yield opened
    finally:
        opened.close()
        run_apart(say(servers, f"DROP DATABASE {name} WITH (FORCE)"))
        shutil.rmtree(root, ignore_errors=True)


# by package: while the driver lives, its loop runs in this thread, and no other test could run one
@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser at {CHROMIUM}; name one in CHROMIUM to run the screens' tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Shelf:
    """Where tablets lie between two tests: one that is wiped and handed on costs half of what a new one does."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.lying: dict[str, list[Any]] = {}
        self.kinds: dict[Any, str] = {}  # by page
        self.errors: dict[Any, list[str]] = {}

    def take(self, origin: str, *, width: int, height: int, script: str = "", role: str = "", **kind: Any) -> Any:
        """A page without any memory at `about:blank`, signed in as `role`. `kind` is what a context is opened with."""
        kind = {"reduced_motion": "reduce", "locale": "en-GB", "timezone_id": "Europe/London", **kind}
        named = repr((sorted(kind.items()), script))
        if self.lying.get(named):
            page = self.lying[named].pop()
            page.set_viewport_size({"width": width, "height": height})
        else:
            viewport = {"width": width, "height": height}
            # a worker is installed where that is what is tested: it fetches a hundred files each time
            context = self.browser.new_context(viewport=viewport, **{"service_workers": "block", **kind})
            context.set_default_timeout(PATIENCE_MS)
            context.add_init_script(f"if (location.protocol !== 'about:') {{ {script} }}")
            page = context.new_page()
            errors = self.errors[page] = []
            page.on("pageerror", lambda e: errors.append(str(e)))
            self.kinds[page] = named
        if role:
            answer = page.context.request.post(origin + "/api/login/sample", data={"role": role})
            assert answer.ok, answer.text()
        return page

    def put_back(self, page: Any, origin: str) -> list[str]:
        """Takes a page back, and all that its context keeps; returns the errors it saw."""
        errors, self.errors[page][:] = list(self.errors[page]), []
        try:
            for other in page.context.pages:
                if other is not page:
                    other.close()
            page.unroute_all(behavior="ignoreErrors")
            page.context.set_offline(False)
            page.goto("about:blank")
            wiping = page.context.new_cdp_session(page)
            wiping.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
            wiping.detach()
            page.context.clear_cookies()
            self.lying.setdefault(self.kinds[page], []).append(page)
        except Exception:  # noqa: BLE001 a page that fell over is not handed on
            page.context.close()
        return errors


@pytest.fixture(scope="package")
def shelf(chromium: Any) -> Shelf:
    return Shelf(chromium)


@pytest.fixture
def handed(shelf: Shelf, evening: Evening) -> Iterator[Callable[..., Any]]:
    """`Shelf.take`, each page put back when the test is over. Page errors fail the test."""
    out: list[Any] = []

    def take(**how: Any) -> Any:
        out.append(shelf.take(evening.url, **how))
        return out[-1]

    yield take
    errors = [error for page in out for error in shelf.put_back(page, evening.url)]
    assert errors == []


@pytest.fixture
def tablets(handed: Callable[..., Any], evening: Evening) -> Callable[..., Any]:
    """Each call opens one more tablet, signed in and live."""

    def open_one(
        path: str = "/floor", *, width: int = 1280, height: int = 800, theme: str = "dark", role: str = "host", **kind: Any
    ) -> Any:
        page = handed(
            width=width, height=height, role=role, has_touch=True, color_scheme="dark", **kind,
            script=f"if (!localStorage.getItem('theme')) localStorage.setItem('theme', '{theme}')",
        )  # fmt: skip
        page.goto(evening.url + path)
        live(page)
        if path.startswith("/floor"):
            page.locator(".rail").get_by_text(re.compile("Sound|Muted")).wait_for()  # keys and drawers are there too
        return page

    return open_one


def live(page: Any) -> None:
    page.get_by_test_id("link").filter(has_text="Live").wait_for()


def still(page: Any) -> None:
    """Waits until what is due to be drawn is drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


def until(page: Any, true: Callable[[], Any]) -> Any:
    """Asks again and again until the answer is true, and returns it."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not (answer := true()):
        assert time.monotonic() < end, "what was waited for never came"
        page.wait_for_timeout(50)
    return answer


def table(page: Any, number: str) -> Any:
    return page.locator(f'[data-number="{number}"]')


def look(page: Any, number: str, wanted: str) -> None:
    page.locator(f'[data-number="{number}"][data-look="{wanted}"]').wait_for()


def seat_walk_in(page: Any, number: str, covers: int = 2) -> None:
    """Two taps: the table, then the size."""
    table(page, number).click()
    page.get_by_test_id("sheet").locator(f'[data-covers="{covers}"]').click()
