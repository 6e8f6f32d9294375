"""Turns learned from a house's own past: what is read, what is believed of it, and when it is read anew."""

import asyncio
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from hub.core.clock import service_date
from hub.quoting import turns
from hub.quoting.turns import TurnsKept, history, told
from tests.hub.quoting.evening import a_past
from tests.kit import FRIDAY_19, SITE, ZONE, a_room

SAT = datetime(2026, 11, 13, 19, tzinfo=UTC)
DAY = service_date(FRIDAY_19, ZONE)
MORNING = datetime(2026, 11, 20, 4, tzinfo=UTC)


def a_record(row_id, turn_min):
    return {"id": row_id, "covers": 2, "hour": 19, "evening": 9, "seated_at": SAT, "turn_min": turn_min}


def a_mark(row_id, stage, minute):
    return {"row_id": row_id, "stage": stage, "began": SAT + timedelta(minutes=minute)}


def test_stages_out_of_order_are_not_believed():
    found = told(
        [a_record("a", 80.0), a_record("b", 60.0)],
        [
            a_mark("a", "just_sat", 3), a_mark("a", "ordered", 10), a_mark("a", "served", 5), a_mark("a", "check", 70),
            a_mark("b", "paid", 61), a_mark("b", "served", 0),
        ],
    )  # fmt: skip
    np.testing.assert_array_equal(found.began, [[0, 10, np.nan, 70, np.nan], [0, np.nan, 0, np.nan, np.nan]])
    assert found.turn_min.tolist() == [80, 60] and found.evening.tolist() == [9, 9]


async def kept(house, of, day=DAY, default_min=90):
    return await of.of(house.pool, SITE, day=day, timezone=ZONE, day_ends="04:00", default_min=default_min)


async def test_what_is_read_of_a_past(house, monkeypatch):
    t = await a_room(house, ("1", 2))
    sat = (await house.done("seat_party", table_ids=[t["1"]], covers=2)).result["seating_id"]
    for minutes, stage in ((10, "ordered"), (20, "check"), (1, "ordered"), (14, "served"), (25, "paid")):
        await house.pass_time(minutes)
        await house.done("set_stage", seating_id=sat, stage=stage)
    await house.pass_time(5)
    await house.done("clear_seating", seating_id=sat)
    tomorrow = MORNING + timedelta(days=1)
    monkeypatch.setattr(turns, "ENOUGH", 1)
    records, stages = await history(house.pool, SITE, tomorrow, timezone=ZONE, day_ends="04:00")
    assert [(one["id"], one["covers"], one["hour"], one["turn_min"]) for one in records] == [(sat, 2, 19, 75.0)]
    minutes = {one["stage"]: (one["began"] - FRIDAY_19).total_seconds() / 60 for one in stages}
    assert minutes == {"ordered": 31, "check": 30, "served": 45, "paid": 70}, "the last time each was set"
    found = told(records, stages)
    np.testing.assert_array_equal(found.began, [[0, 31, 45, np.nan, 70]])
    assert (await history(house.pool, SITE, MORNING, timezone=ZONE, day_ends="04:00"))[0] == []
    await house.pool.execute("UPDATE seating SET merged_into = 'another' WHERE id = $1", sat)
    assert (await history(house.pool, SITE, tomorrow, timezone=ZONE, day_ends="04:00"))[0] == []


async def test_a_house_speaks_for_itself_from_enough_parties_on(house):
    """F-DUR-02: prediction replaces the default once history is sufficient, and says so."""
    t = await a_room(house, ("1", 2))
    of = TurnsKept()
    first = await kept(house, of)
    assert (first.parties, first.turns.source(0, 2, 19), round(first.turns.quantile(0.5, 2, 19))) == (0, ("default", 0), 90)
    await a_past(house, t["1"])
    assert await kept(house, of) is first, "read once a day"
    tomorrow = await kept(house, of, day=DAY + timedelta(days=1))
    assert tomorrow.parties == 60 and tomorrow.turns.source(0, 2, 19)[0] == "cell"
    assert 40 <= tomorrow.turns.quantile(0.5, 2, 19) < 55
    assert tomorrow.turns.source(0, 8, 12)[0] == "house"
    longer = await kept(house, of, day=DAY + timedelta(days=1), default_min=120)
    assert longer.turns.quantile(0.5, 8, 12) > tomorrow.turns.quantile(0.5, 8, 12), "another policy is another default"


async def test_a_long_history_is_read_once_and_to_its_end_whoever_still_waits(house, monkeypatch):
    of, gate, read = TurnsKept(), asyncio.Event(), []

    async def slow(*said, **more):
        read.append(said)
        await gate.wait()
        return await history(*said, **more)

    monkeypatch.setattr(turns, "history", slow)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await kept(house, of)
    both = asyncio.gather(kept(house, of), kept(house, of))
    gate.set()
    first, second = await both
    assert first is second is await kept(house, of) and len(read) == 1
    gate.clear()
    left = asyncio.create_task(kept(house, of, default_min=60))
    await asyncio.sleep(0)
    await of.close()
    with pytest.raises(asyncio.CancelledError):
        await left
