"""What people at the screens feel, in a real browser: a tap on one tablet until the pixel on another, and how busy
the floor screen's main thread is while a large floor changes fast. Needs Chromium and Playwright; says if they miss.
"""

import asyncio
import os
from contextlib import asynccontextmanager
from typing import Any, Final

from bench.wire import AwayError

CHROMIUM: Final = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS: Final = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]  # fmt: skip
SHOWN_S: Final = 5.0  # a tap that is not shown on the other tablet by then failed
TAP_EVERY_S: Final = 0.15  # a quick hand, and time for the screen to come to rest

# Resolves with the moment just after the frame in which the table's look became another one was drawn: the change is
# observed, the next frame begins, and a message posted in it is delivered once that frame has been painted.
_ARM = """(number) => {
  const button = document.querySelector(`[data-number="${number}"]`);
  window.shown = new Promise((resolve) => {
    const watch = new MutationObserver(() => {
      watch.disconnect();
      requestAnimationFrame(() => {
        const painted = new MessageChannel();
        painted.port1.onmessage = () => resolve(performance.timeOrigin + performance.now());
        painted.port2.postMessage(0);
      });
    });
    watch.observe(button, { attributes: true, attributeFilter: ['data-look'] });
  });
}"""
_TAP = """(stage) => {
  const buttons = [...document.querySelectorAll('[data-testid="sheet"] .stages button')];
  const button = buttons.find((b) => b.textContent.trim() === stage);
  const at = performance.timeOrigin + performance.now();
  button.click();
  return at;
}"""


class NoBrowserError(Exception):
    """There is no browser to measure with; the message says what is missing."""


@asynccontextmanager
async def browser() -> Any:
    """A headless Chromium. Raises NoBrowserError."""
    if not os.access(CHROMIUM, os.X_OK):
        raise NoBrowserError(f"no Chromium at {CHROMIUM} (set CHROMIUM)")
    try:
        from playwright.async_api import async_playwright
    except ImportError as missing:
        raise NoBrowserError("playwright is not installed (uv sync)") from missing
    async with async_playwright() as play:
        opened = await play.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        try:
            yield opened
        finally:
            await opened.close()


async def tablet(opened: Any, url: str, role: str = "host") -> Any:
    """A page of its own, signed in, on the live floor."""
    context = await opened.new_context(
        viewport={"width": 1280, "height": 800}, has_touch=True, locale="en-GB", reduced_motion="reduce",
        color_scheme="dark",
    )  # fmt: skip
    page = await context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    answer = await context.request.post(f"{url}/api/login/sample", data={"role": role})
    if answer.status != 200:
        raise AwayError(f"sign-in of the tablet: {answer.status}")
    await page.goto(f"{url}/floor")
    await page.get_by_test_id("link").filter(has_text="Live").wait_for(timeout=20_000)
    return page


async def taps(opened: Any, url: str, number: str, count: int) -> list[float]:
    """Milliseconds from the tap on tablet A (just before the click) to the painted frame on tablet B, for so many
    changes of one seated table's stage to and fro. Both tablets run on this machine, so they share its clock.
    """
    first, second = await tablet(opened, url), await tablet(opened, url, "server")
    await first.locator(f'[data-number="{number}"]').tap()
    await first.get_by_test_id("sheet").locator(".stages").wait_for()
    took = []
    stage = "Check"
    for _ in range(count):
        await second.evaluate(_ARM, number)
        tapped_at = await first.evaluate(_TAP, stage)
        async with asyncio.timeout(SHOWN_S):
            shown_at = await second.evaluate("window.shown")
        took.append(shown_at - tapped_at)
        stage = "Served" if stage == "Check" else "Check"
        await asyncio.sleep(TAP_EVERY_S)
    _no_faults(first, second)
    await first.context.close()
    await second.context.close()
    return took


async def main_thread(page: Any, seconds: float) -> dict[str, float]:
    """Milliseconds a second the page's main thread works, by Chromium's own thread clock: neighbours do not count."""
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = await _metrics(cdp)
    await asyncio.sleep(seconds)
    after = await _metrics(cdp)
    passed = after["Timestamp"] - before["Timestamp"]
    _no_faults(page)
    names = ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
    return {name: (after[name] - before[name]) / seconds * 1000 for name in names} | {"seconds": passed}


async def _metrics(cdp: Any) -> dict[str, float]:
    said = await cdp.send("Performance.getMetrics")
    return {metric["name"]: metric["value"] for metric in said["metrics"]}


def _no_faults(*pages: Any) -> None:
    faults = [fault for page in pages for fault in page.faults]
    assert not faults, f"the screen had faults: {faults[:3]}"
