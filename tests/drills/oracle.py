"""Asks the database itself, in words of its own, and holds every screen against the answer."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg
import httpx

from bench.house import House
from hub.core.embedded import Postgres
from tests.drills.screens import Screen

PATIENCE_S = 40.0
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, httpx.HTTPError, TimeoutError)


async def all_agree(house: House, site: str, screens: Iterable[Screen], granted: Mapping[str, int]) -> None:
    """Waits until every screen stands where its channels stand in the database. Then each publication it was sent is
    the one published, what it shows is what the tables and the doors say, what was acknowledged is there, and nothing
    has a hole."""
    screens = list(screens)
    not_yet: Any = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    not_yet = await _look(house, site, screens, granted)
                except AWAY as away:
                    not_yet = away
                if not not_yet:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"never all there: {str(not_yet)[:1500]}; {_faults(screens)[:5]}") from None


def _faults(screens: list[Screen]) -> list[str]:
    return [f"{screen.name}: {fault}" for screen in screens for fault in screen.faults]


async def _look(house: House, site: str, screens: list[Screen], granted: Mapping[str, int]) -> Any:
    """What is not there yet, if anything; whatever is wrong for good fails."""
    channels = sorted({channel for screen in screens for channel in screen.channels})
    db = await asyncpg.connect(Postgres(house.data_dir / "postgres").dsn(), timeout=10)
    try:
        async with db.transaction(isolation="repeatable_read", readonly=True):
            tops = dict(await db.fetch("SELECT channel, top FROM channel_head WHERE channel = ANY($1)", channels))
            if behind := _behind(screens, tops):
                return behind
            seqs = [seq for (seq,) in await db.fetch("SELECT seq FROM journal WHERE site_id = $1 ORDER BY seq", site)]
            kept = dict(await db.fetch("SELECT key, seq FROM answer WHERE site_id = $1", site))
            published: dict[str, dict[int, Any]] = {channel: {} for channel in channels}
            for channel, pos, data in await db.fetch(
                "SELECT channel, pos, data FROM publication WHERE channel = ANY($1) ORDER BY pos", channels
            ):
                published[channel][pos] = json.loads(data)
            tables = dict(await db.fetch("SELECT id, status FROM floor_table WHERE site_id = $1 AND active", site))
            waiting = {i for (i,) in await db.fetch("SELECT id FROM party WHERE site_id = $1 AND status = 'waiting'", site)}
    finally:
        await db.close()
    states = {channel: (await screens[0].http.get(f"/api/state/{channel}")).json() for channel in channels}
    # no await from here on: the screens stand still
    if moved := [channel for channel in channels if states[channel].get("offset") != tops.get(channel, 0)]:
        return moved
    if behind := _behind(screens, tops):
        return behind
    assert not _faults(screens), _faults(screens)[:10]
    assert seqs == list(range(1, len(seqs) + 1)), "the journal has no holes"
    lost = {key: seq for key, seq in granted.items() if kept.get(key) != seq}
    assert not lost, f"acknowledged and gone: {lost}"
    for channel in channels:
        assert list(published[channel]) == list(range(1, tops.get(channel, 0) + 1)), f"{channel} has no holes"
    for screen in screens:
        for channel in screen.channels:
            heard = screen.heard.get(channel, {})
            wrong = [offset for offset, data in heard.items() if published[channel].get(offset) != data]
            assert not wrong, f"{screen.name} was told otherwise on {channel} at {wrong[:5]}"
            want = {(channel, row["type"], row["id"]): row for row in states[channel]["rows"]}
            have = {at: row for at, row in screen.rows.items() if at[0] == channel}
            odd = [at for at in {*have, *want} if have.get(at) != want.get(at)]
            assert not odd, f"{screen.name}: {[(have.get(at), want.get(at)) for at in odd[:2]]}"
        if f"floor:{site}" in screen.channels:
            shown = {row["id"]: row["status"] for row in screen.rows.values() if row["type"] == "table" and row["active"]}
            assert shown == tables, f"{screen.name} shows another floor than the tables hold"
        if f"waitlist:{site}" in screen.channels:
            line = {row["id"] for row in screen.rows.values() if row["type"] == "party" and row["status"] == "waiting"}
            assert line == waiting, f"{screen.name} shows another line than the tables hold"
    return None


def _behind(screens: list[Screen], tops: Mapping[str, int]) -> list[Any]:
    return [
        (screen.name, channel, screen.positions.get(channel), tops.get(channel, 0), screen.live.is_set())
        for screen in screens for channel in screen.channels
        if not screen.live.is_set() or screen.positions.get(channel, (None,))[0] != tops.get(channel, 0)
    ]  # fmt: skip
