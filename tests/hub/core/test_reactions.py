"""Reactions hear every commit at least once, in order, and none can hold up another."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.core import reactions
from hub.core.reactions import RAN, Reaction, Reactions, hears
from tests.hub.core.jobs import Bare, a_bare_house, add_site, until


@pytest.fixture
async def house(servers, db_dsn) -> AsyncIterator[Bare]:
    bare = await a_bare_house(db_dsn, servers.valkey.url(), "s1", "s2")
    yield bare
    await bare.redis.aclose()
    await bare.pool.close()


@contextlib.asynccontextmanager
async def reacting(bare: Bare, *those: Reaction) -> AsyncIterator[Reactions]:
    running = Reactions(bare.dsn, bare.pool, bare, those)
    task = asyncio.create_task(running.run())
    try:
        yield running
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Notes(list):
    """A reaction that writes down what it hears, as (site, seq, facts)."""

    def hearing(self, *facts: str, name: str = "notes", **how) -> Reaction:
        @hears(*facts, name=name, **how)
        async def note(house, site_id, seq, facts):
            self.append((site_id, seq, [fact["fact"] for fact in facts]))

        return note

    async def reach(self, count: int) -> None:
        async def enough():
            return len(self) >= count

        await until(enough)


async def cursor(bare: Bare, name: str, site: str) -> int | None:
    return await bare.pool.fetchval("SELECT seq FROM reaction WHERE name = $1 AND site_id = $2", name, site)


async def test_it_hears_its_facts_in_order_and_no_others(house):
    notes = Notes()
    async with reacting(house, notes.hearing("table.*", "booking.made")):
        for facts in (
            ["table.seated", "booking.changed"],
            ["waitlist.added"],
            ["booking.made"],
            [],
            ["tables.odd"],
            ["table.left"],
        ):
            await house.commit("s1", *facts)
        await house.commit("s2", "table.seated")
        await notes.reach(4)
        await asyncio.sleep(0.1)
    assert [note for note in notes if note[0] == "s1"] == [
        ("s1", 1, ["table.seated"]), ("s1", 3, ["booking.made"]), ("s1", 6, ["table.left"]),
    ]  # fmt: skip
    assert [note for note in notes if note[0] == "s2"] == [("s2", 1, ["table.seated"])]
    assert await cursor(house, "notes", "s1") == 6


async def test_what_happened_while_nobody_listened_is_heard_and_nothing_twice(house):
    notes = Notes()
    await house.commit("s1", "table.seated")
    async with reacting(house, notes.hearing("table.*")):
        await notes.reach(1)
        await until(lambda: _reached(house, 1))
    await house.commit("s1", "table.left")
    await house.commit("s1", "waitlist.added")
    async with reacting(house, notes.hearing("table.*")):
        await notes.reach(2)
        await asyncio.sleep(0.1)
    assert notes == [("s1", 1, ["table.seated"]), ("s1", 2, ["table.left"])]


async def _reached(bare: Bare, seq: int, name: str = "notes") -> bool:
    return await cursor(bare, name, "s1") == seq


async def test_a_process_killed_while_reacting_makes_it_hear_again(house):
    script = f"""
import asyncio, os, signal
from hub.core import sql
from hub.core.reactions import Reactions, hears

@hears("table.*", name="notes")
async def dies(house, site_id, seq, facts):
    if seq == 2:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    await Reactions({house.dsn!r}, await sql.connect_pool({house.dsn!r}), None, [dies]).run()

asyncio.run(main())
"""
    for _ in range(3):
        await house.commit("s1", "table.seated")
    dying = await asyncio.create_subprocess_exec(sys.executable, "-c", script, cwd=Path(__file__).parents[3])
    assert await asyncio.wait_for(dying.wait(), 30) == -signal.SIGKILL
    notes = Notes()
    async with reacting(house, notes.hearing("table.*")):
        await notes.reach(2)
    assert [seq for _, seq, _ in notes] == [2, 3], "the first was done, the second was cut short"


async def test_a_coalesced_one_runs_once_for_a_burst_and_is_deaf_to_itself(house):
    notes = Notes()

    @hears("table.*", "waitlist.*", name="waiting", coalesced=True, tells=("waitlist.reordered",))
    async def refresh(bare, site_id, seq, facts):
        notes.append((site_id, seq, len(facts)))
        await bare.commit(site_id, "waitlist.reordered")

    async with reacting(house, refresh):
        for _ in range(10):
            await house.commit("s1", "table.seated")
        await notes.reach(1)
        await asyncio.sleep(2 * reactions.GATHER_S + 0.3)
        assert notes == [("s1", 10, 10)], "one run, at the newest commit, and none for its own fact"
        await house.commit("s1", "waitlist.added")
        await notes.reach(2)
    assert notes[1] == ("s1", 12, 1)


async def test_a_coalesced_one_hears_what_comes_while_it_runs(house):
    notes, let_go = Notes(), asyncio.Event()

    @hears("table.*", name="slow", coalesced=True)
    async def slow(bare, site_id, seq, facts):
        notes.append(seq)
        await let_go.wait()

    async with reacting(house, slow):
        await house.commit("s1", "table.seated")
        await notes.reach(1)
        await house.commit("s1", "table.left")
        await asyncio.sleep(0.1)
        let_go.set()
        await notes.reach(2)
    assert notes == [1, 2]


async def test_one_that_raises_is_tried_again_then_skipped_and_holds_nobody_up(house, monkeypatch):
    monkeypatch.setattr(reactions, "AFTER_FAULT_S", (0.05, 0.05))
    tries: list[tuple[str, int]] = []
    notes = Notes()

    @hears("table.*", name="broken")
    async def broken(bare, site_id, seq, facts):
        tries.append((site_id, seq))
        if (site_id, seq) == ("s1", 1) or tries.count((site_id, seq)) < 2:
            raise RuntimeError("no")

    skipped = RAN.labels("broken", "skipped")._value.get()
    async with reacting(house, broken, notes.hearing("table.*")):
        await house.commit("s1", "table.seated")
        await house.commit("s1", "table.left")
        await house.commit("s2", "table.seated")
        await notes.reach(3)
        await until(lambda: _reached(house, 2, "broken"))
    assert tries.count(("s1", 1)) == 3, "tried as often as there are waits, and once"
    assert tries.count(("s1", 2)) == 2
    assert tries.count(("s2", 1)) == 2
    assert tries.index(("s2", 1)) < tries.index(("s1", 2)), "the other site did not wait"
    assert RAN.labels("broken", "skipped")._value.get() - skipped == 1


async def test_one_that_hangs_does_not_hold_up_the_others(house):
    notes = Notes()

    @hears("*", name="hangs")
    async def hangs(bare, site_id, seq, facts):
        await asyncio.sleep(60)

    async with reacting(house, hangs, notes.hearing("*")):
        for _ in range(5):
            await house.commit("s1", "table.seated")
        await notes.reach(5)


async def test_a_site_opened_later_is_heard_from_its_first_commit(house):
    notes = Notes()
    async with reacting(house, notes.hearing("*")):
        await house.commit("s1", "table.seated")
        await notes.reach(1)
        await add_site(house.pool, "s3")
        await house.commit("s3", "table.seated")
        await notes.reach(2)
    assert notes[1] == ("s3", 1, ["table.seated"])


async def test_a_reaction_new_to_an_old_house_hears_only_what_is_recent(house):
    for _ in range(4):
        await house.commit("s1", "table.seated")
    await house.pool.execute("UPDATE journal SET wall_at = wall_at - interval '1 day' WHERE seq <= 2")
    notes = Notes()
    async with reacting(house, notes.hearing("*")):
        await notes.reach(2)
        await asyncio.sleep(0.1)
    assert [seq for _, seq, _ in notes] == [3, 4]


async def test_only_one_process_reacts(house):
    one, two = Notes(), Notes()
    async with reacting(house, one.hearing("*")), reacting(house, two.hearing("*")):
        for _ in range(10):
            await house.commit("s1", "table.seated")

        async def all_heard():
            return len(one) + len(two) >= 10

        await until(all_heard)
        await asyncio.sleep(0.1)
    assert sorted([len(one), len(two)]) == [0, 10]


async def test_an_idle_reaction_writes_down_how_far_it_is_now_and_then(house, monkeypatch):
    monkeypatch.setattr(reactions, "KEEP_EVERY", 5)
    notes = Notes()
    async with reacting(house, notes.hearing("table.*")):
        await house.commit("s1", "table.seated")
        await notes.reach(1)
        for _ in range(12):
            await house.commit("s1", "waitlist.added")
        await until(lambda: _far(house))


async def _far(bare: Bare) -> bool:
    return (await cursor(bare, "notes", "s1") or 0) >= 6


async def test_a_lost_connection_loses_nothing(house):
    notes = Notes()
    async with reacting(house, notes.hearing("*")):
        await house.commit("s1", "table.seated")
        await notes.reach(1)
        await house.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for _ in range(3):
            with contextlib.suppress(Exception):
                await house.pool.fetchval("SELECT 1")  # the pool throws its dead connections away
        await house.commit("s1", "table.left")

        async def heard():
            return ("s1", 2, ["table.left"]) in notes

        await until(heard)
