"""A house whose sockets have a port of their own: screens find it without a proxy, and with one they do not ask for it."""

from dataclasses import replace

import pytest

from tests.realtime.kit import Raw
from tests.static.conftest import free_port, run_apart

pytest.importorskip("socketify", reason="NO SOCKETIFY: the edge with a port of its own is not tested here")


@pytest.fixture
def parted(evening):
    evening.stop()
    evening.settings = replace(evening.settings, edge="socketify", socket_port=free_port())
    evening.start()
    return evening


def test_a_screen_is_live_on_the_sockets_own_port(parted, tablets):
    doors, sockets = parted.settings.port, parted.settings.socket_port
    page = tablets()  # and waits for it to be live
    assert page.evaluate("import('/static/parts/here.js').then(h => h.link.socketHost)") == f"127.0.0.1:{sockets}"

    def told(**headers: str) -> int | None:
        return parted.sign_in().get("/api/me", headers=headers).json()["socket_port"]

    assert told() == sockets
    assert told(host="maitred.example") is None, "behind a proxy both are at one address"
    assert told(**{"x-forwarded-for": "192.0.2.1"}) is None
    assert told(host="maitred.example:no") is None

    async def pages_of_others_stay_out() -> None:
        own = {f"http://127.0.0.1:{doors}", f"http://127.0.0.1:{sockets}"}
        for origin in (*own, "http://127.0.0.1:1", f"http://evil.example:{doors}"):
            assert (await Raw.dial(sockets, headers=[f"Origin: {origin}"])).status == (101 if origin in own else 403), origin

    run_apart(pages_of_others_stay_out())
